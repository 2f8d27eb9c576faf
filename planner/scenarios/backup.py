"""A store in an SQLite file -> a copy of it in one file, also while others write."""

import os
import shutil
import sqlite3
import tempfile
from pathlib import Path

from planner.errors import StoreError
from planner.language import note
from planner.scenarios.failures import told_of
from planner.scenarios.store import ScenarioStore

__all__ = ["back_up"]


def back_up(store: ScenarioStore, path: Path) -> Path:
    """Copy a store as it is at one moment; a file that was there is replaced in one step.

    The copy is one file, without the log that SQLite keeps beside a store in use: copied apart,
    the two do not fit together. Whoever may not read the store may not read the copy.

    Raises
    ------
    StoreError
        If the store is no file, or the copy cannot be written: also where the log of another store
        lies beside it, which SQLite would write into the copy.
    """
    source = store.file
    if source is None:
        raise StoreError(
            note(
                "{store} is no file. Its database has tools for copies: pg_dump.", store=store.name
            )
        )
    with told_of(store.name):
        try:
            if path.exists() and path.samefile(source):
                raise StoreError(note("A store cannot be copied onto itself. Name another file."))
            _refuse_beside_a_log(path)
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=path.parent, prefix=".backup-") as made:
                copy = Path(made) / "copy"
                _copy(source, copy)
                shutil.copymode(source, copy)
                os.replace(copy, path)  # noqa: PTH105 - as the others here say it
        except OSError as wrong:
            raise StoreError(
                note(
                    "The copy {file} cannot be written: {reason}",
                    file=path,
                    reason=wrong.strerror or type(wrong).__name__,
                )
            ) from wrong
    return path


def _refuse_beside_a_log(path: Path) -> None:
    log = path.with_name(f"{path.name}-wal")
    if log.exists():
        raise StoreError(
            note(
                "Beside {file} lies {log}: a store is in use there, or its program ended badly."
                " Name another file.",
                file=path,
                log=log.name,
            )
        )


def _copy(source: Path, target: Path) -> None:
    """Copy a database in one step, and end its own log: nothing lies beside the copy."""
    there, copy = sqlite3.connect(source), sqlite3.connect(target)
    try:
        there.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")
    finally:
        there.close()
        copy.close()
