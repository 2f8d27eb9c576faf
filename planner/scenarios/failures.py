"""What a database says went wrong -> what a person can do about it."""

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoneFreeError

from planner.errors import StoreError
from planner.language import note

__all__ = ["told_of"]

_MAIN_CODE = 0xFF
"""SQLite tells more of an error in the bits above these."""
_BY_SQLITE = {
    sqlite3.SQLITE_FULL: "full",
    sqlite3.SQLITE_IOERR: "writing",
    sqlite3.SQLITE_READONLY: "forbidden",
    sqlite3.SQLITE_PERM: "forbidden",
    sqlite3.SQLITE_AUTH: "forbidden",
    sqlite3.SQLITE_CANTOPEN: "forbidden",
    sqlite3.SQLITE_CORRUPT: "damaged",
    sqlite3.SQLITE_NOTADB: "damaged",
    sqlite3.SQLITE_BUSY: "busy",
    sqlite3.SQLITE_LOCKED: "busy",
}
_BY_SQLSTATE = {
    "53100": "full",
    "58030": "writing",
    "42501": "forbidden",
    "25006": "forbidden",
    "XX001": "damaged",
    "XX002": "damaged",
    "40001": "busy",
    "40P01": "busy",
    "55P03": "busy",
    "53300": "busy",
    "57014": "busy",
}
_NO_ROOM = tuple(os.strerror(code) for code in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG))
"""What PostgreSQL says, under a state that tells nothing, where a disk or a quota is used up."""
_BY_SQLSTATE_CLASS = {"53": "full", "08": "away", "57": "away", "28": "forbidden", "3D": "away"}

_TOLD = {
    "full": note(
        "There is no room left for the scenarios in {store}. Nothing of what was kept before"
        " is lost; the last step was not kept. Make room on the disk and do it again."
        " ({reason})"
    ),
    "writing": note(
        "The scenarios in {store} could not be written. Nothing of what was kept before is"
        " lost. See whether the disk is full or its drive was taken away, then do it again."
        " ({reason})"
    ),
    "forbidden": note(
        "The scenarios in {store} may not be read or written. Give the user who runs the"
        " planner the right to do so, or name another store with --store or PLANNER_STORE."
        " ({reason})"
    ),
    "damaged": note(
        "The store {store} is damaged or no store of scenarios. Put a backup copy in its"
        " place and delete the files beside it that end in -wal and -shm, or move all of them"
        " away: a new one is then begun. Scenarios that were exported can be imported again."
        " ({reason})"
    ),
    "busy": note(
        "The store {store} is busy. Nothing was changed; do it again in a moment. ({reason})"
    ),
    "away": note(
        "The store {store} cannot be reached. See whether the database runs and the address"
        " in --store or PLANNER_STORE is right. ({reason})"
    ),
    "other": note("The store {store} could not do this: {reason}"),
}
"""What is said of each kind, and what a person can do."""


@contextmanager
def told_of(store: str) -> Iterator[None]:
    """Turn what a database raises into a `StoreError` that names the store and what to do.

    Parameters
    ----------
    store
        Where the store lies, without a password.

    Raises
    ------
    StoreError
        In the place of an error of the database.
    """
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as wrong:
        told = _TOLD[_kind_of(wrong)]
        values = {"store": store, "reason": _reason(wrong)}
        raise StoreError(replace(told, values=values)) from wrong


def _kind_of(wrong: Exception) -> str:
    """Give full, writing, forbidden, damaged, busy, away or other."""
    if isinstance(wrong, NoneFreeError):
        return "busy"
    cause = wrong.orig if isinstance(wrong, DBAPIError) else wrong
    code = getattr(cause, "sqlite_errorcode", None)
    if code is not None:
        return _BY_SQLITE.get(code & _MAIN_CODE, "other")
    state = getattr(cause, "sqlstate", None) or ""
    if any(words in str(cause) for words in _NO_ROOM):
        return "full"
    if state:
        return _BY_SQLSTATE.get(state) or _BY_SQLSTATE_CLASS.get(state[:2], "other")
    # A server that cannot be reached at all tells no state.
    away = isinstance(wrong, DBAPIError) and type(cause).__name__ == "OperationalError"
    return "away" if away else "other"


def _reason(wrong: Exception) -> str:
    """Give the database's own words, one line; never the statement, which holds values."""
    cause = wrong.orig if isinstance(wrong, DBAPIError) else wrong
    return " ".join(str(cause).split())[:300]
