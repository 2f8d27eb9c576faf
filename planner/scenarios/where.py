"""A district folder -> the key that its scenarios are kept under, and where the store lies."""

import functools
import hashlib
import os
import platform
import uuid
from pathlib import Path

import platformdirs

__all__ = ["STORE_NAME", "default_url", "district_key", "resolved", "this_machine"]

STORE_NAME = "scenarios.sqlite"
_MADE_UP = 1 << 40
"""Bit of a number that Python made up, another each time, since it found no card."""


def district_key(folder: Path) -> str:
    """Give the key of a district: of the folder that a path leads to, however it is written.

    Returns
    -------
    str
        32 hexadecimal digits, from which the path cannot be read.
    """
    path = os.path.normcase(resolved(folder))
    return hashlib.sha256(path.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def this_machine() -> str:
    """Give a mark of this machine, from which its name cannot be read.

    Of its name and the number of its network card: copies of a machine often have one name.
    """
    card = uuid.getnode()
    known = "" if card & _MADE_UP else str(card)
    name = f"{platform.node()} {known}".encode("utf-8", "surrogateescape")
    return hashlib.sha256(name).hexdigest()[:16]


def resolved(path: Path | str) -> Path:
    """Give a whole path; ~ leads home, and is a name like others where there is no such person."""
    return Path(os.path.expanduser(path)).resolve()  # noqa: PTH111 - pathlib's raises there


def default_url() -> str:
    """Give the address of the store: PLANNER_STORE, else a file in the folder of districts.

    That folder is PLANNER_WORKSPACE, else one of the user's own.
    """
    named = os.environ.get("PLANNER_STORE", "").strip()
    return named or f"sqlite:///{(_workspace() / STORE_NAME).as_posix()}"


@functools.lru_cache(maxsize=8)
def _whole(path: str, start: str) -> Path:
    """Give a whole path; a page asks for it dozens of times, and the disk each time."""
    return Path(start, path).resolve()


def _workspace() -> Path:
    named = os.environ.get("PLANNER_WORKSPACE")
    if named:
        return _whole(named, "" if Path(named).is_absolute() else str(Path.cwd()))
    return Path(platformdirs.user_data_dir("station-planner", appauthor=False)) / "districts"
