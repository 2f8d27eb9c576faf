"""Text with phone numbers and papers of people -> text without them."""

import re

import numpy as np
from numpy.typing import NDArray

__all__ = ["mask", "mask_all", "shown"]

_HIDDEN = "***"
_LONGEST = 40
_SUSPECT = re.compile(r"@|\d[-\s\d)）]{5,}\d")
_PRIVATE = re.compile(
    # a mobile phone, also with spaces or hyphens
    r"(?<![\d.])(?:\+?86[-\s]?)?1[3-9]\d[-\s]?\d{4}[-\s]?\d{4}(?!\d)"
    # an identity card: six digits of a place, a date of birth, three digits and a check
    r"|(?<!\d)[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?!\d)"
    # a telephone with its area code
    r"|(?<![\d.])\(?0\d{2,3}[-)）]\s?\d{7,8}(?!\d)"
    # a mail address
    r"|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
)


def mask(text: str) -> str:
    """Hide what looks like a phone number, an identity card or a mail address.

    Examples
    --------
    >>> mask("张记便利店 138-0013-8000"), mask("113.380013800138")
    ('张记便利店 ***', '113.380013800138')
    """
    return _PRIVATE.sub(_HIDDEN, text)


def mask_all(texts: NDArray[np.object_]) -> tuple[NDArray[np.object_], int]:
    """Hide private numbers in an array of texts, None where there is none.

    Returns
    -------
    tuple
        The texts, same shape, and how many of them were changed.
    """
    out = texts.copy()
    changed = 0
    for position, text in enumerate(texts):
        # Only a mail address, or seven digits and more, can be private; most cells have neither.
        if text is not None and _SUSPECT.search(text) and (hidden := mask(text)) != text:
            out[position] = hidden
            changed += 1
    return out, changed


def shown(text: str) -> str:
    """Give a cell as it is told in a fault: private numbers hidden, shortened, in quotes."""
    safe = " ".join(mask(text).split())
    return f"'{safe if len(safe) <= _LONGEST else safe[: _LONGEST - 1] + '…'}'"
