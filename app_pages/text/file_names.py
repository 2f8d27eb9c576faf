"""Names of files that strangers chose -> whether any disk can hold them without harm."""

import re
import unicodedata
from pathlib import PurePosixPath

__all__ = ["TEMPLATE_FILE", "download_name", "is_harmless", "one_spelling", "shown"]

TEMPLATE_FILE = "station-planner-template.zip"
"""What the template is called when it is taken away, and often when it comes back."""

_MOST_BYTES = 240
_LONGEST_NAME = 55
"""Letters; in UTF-8 one of them has up to four bytes."""
_DEPTH = 12
_FORBIDDEN = re.compile(r'[<>:"\\|?*]')
_DEVICES = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])(\..*)?", re.IGNORECASE)
"""What Windows takes for a device, with any ending."""


def is_harmless(path: PurePosixPath | str) -> bool:
    """Tell whether a path stays in its folder, on any disk, and looks like what it is.

    Refused are paths that lead upwards or begin at a root or a drive, names of devices of Windows,
    letters that a disk may not know, and letters that are not seen or turn text around.
    """
    text = str(path)
    parts = text.split("/")
    if not text or len(parts) > _DEPTH or any(_is_unseen(letter) for letter in text):
        return False
    return all(_is_name(part) for part in parts)


def one_spelling(path: PurePosixPath | str) -> str:
    """Spell a path so that two which one disk takes for the same are the same."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKC", str(path)).casefold())


def shown(path: PurePosixPath | str) -> str:
    """Give a path as it may be told: letters that are not seen are shown by their numbers."""
    told = "".join(f"<U+{ord(c):04X}>" if _is_unseen(c) else c for c in str(path))
    return told if len(told) <= _MOST_BYTES else f"{told[:_MOST_BYTES]}…"


def download_name(*parts: str, ending: str) -> str:
    """Make a name for a file that is taken away of names that strangers chose.

    Parameters
    ----------
    parts
        What the name tells; letters that a disk may not know become _.
    ending
        With its dot.

    Returns
    -------
    str
        A name that any disk can hold.

    Examples
    --------
    >>> download_name("../a:b", "C\u202e?", ending=".zip")
    '_a_b C__.zip'
    """
    told = " ".join(" ".join(parts).split())
    kept = "".join("_" if _is_unseen(c) or c in '<>:"/\\|?*' else c for c in told)
    short = kept[:_LONGEST_NAME].strip(" .")
    name = f"{short}{ending}"
    return name if short and is_harmless(name) else f"_{short}{ending}"


def _is_name(part: str) -> bool:
    if part in ("", ".", "..") or part != part.strip() or part.endswith("."):
        return False
    if _FORBIDDEN.search(part) or _DEVICES.fullmatch(part):
        return False
    return len(part.encode(errors="replace")) <= _MOST_BYTES


def _is_unseen(letter: str) -> bool:
    return unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zl", "Zp")
