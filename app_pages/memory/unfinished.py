"""Long work that goes on -> a note of it beside the districts, found after the server has ended."""

import functools
import json
import os
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

__all__ = ["Note", "Notes", "Unfinished", "notes_of"]

_FOLDER = ".runs"
_HELD = "held"
_MOST = 16
"""So many notes of servers that have ended are told, the newest; older ones go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """Long work that had not ended when it was noted last."""

    kind: str
    """As of `Run`; `scenario`, `place` and `person` as well."""
    scenario: str
    name: str
    """Of the scenario, when it began."""
    given: str
    """Mark of the name where the program gave it, see `planner.scenarios.naming`."""
    place: str
    person: str
    began: str
    """ISO 8601, UTC."""
    seen: str
    """When it was noted last."""
    gap: float | None = None
    """How far the best so far was from the best possible; None: not known."""
    robust: bool = False
    """Whether a plan was looked for that suits many possible demands."""
    id: str = ""
    """Of the note."""

    @property
    def ended(self) -> datetime:
        """About when the server ended."""
        return datetime.fromisoformat(self.seen)

    @property
    def lasted_s(self) -> float:
        """How long it had been at work."""
        return (self.ended - datetime.fromisoformat(self.began)).total_seconds()


class Note:
    """The note of one piece of work of this server, as long as it goes on."""

    def __init__(self, path: Path | None, about: Unfinished) -> None:
        """Begin; None: the disk has no room for notes, so nothing is kept."""
        self._path, self._about = path, about
        self._lock = threading.Lock()

    def keep(self, *, gap: float | None = None) -> None:
        """Write that it goes on, and how near to the best possible it is."""
        now = datetime.now(UTC).isoformat()
        about = replace(self._about, seen=now, gap=gap)
        with self._lock, suppress(OSError):
            if self._path is not None:
                _write(self._path, about)

    def over(self) -> None:
        """Take the note away: the work has ended by itself."""
        with self._lock, suppress(OSError):
            if self._path is not None:
                self._path.unlink(missing_ok=True)
            self._path = None


class Notes:
    """The notes of a workspace: of this server, and of those before it.

    Each server has a folder with a file that it holds as long as it runs. The system lets go of it
    when the server ends, however that comes about: what is noted in the folder then was broken off.
    Where the disk refuses, nothing is noted, and the work goes on all the same.
    """

    def __init__(self, root: Path) -> None:
        self._folder = root / _FOLDER
        self._own = self._folder / uuid4().hex
        self._hold: sqlite3.Connection | None = None
        self._ended: set[Path] = set()
        self._lock = threading.Lock()

    def begin(self, about: Unfinished) -> Note:
        """Note that work begins; what was broken off of the same kind is not told any more."""
        self.forget(*(each.id for each in self._of_before() if _is_same(each, about)))
        with self._lock:
            path = self._own / f"{uuid4().hex}.json" if self._held() else None
        note = Note(path, about)
        note.keep()
        return note

    def broken_off(self) -> tuple[Unfinished, ...]:
        """Give the work that servers of before did not come to the end of, the newest first."""
        found = sorted(self._of_before(), key=lambda each: each.seen, reverse=True)
        if len(found) > _MOST:
            self.forget(*(each.id for each in found[_MOST:]))
        return tuple(found[:_MOST])

    def forget(self, *ids: str) -> None:
        """Tell of work that was broken off no more."""
        for folder in self._before():
            with suppress(OSError):
                for identity in ids:
                    (folder / f"{identity}.json").unlink(missing_ok=True)
                if not any(folder.glob("*.json")):
                    shutil.rmtree(folder)

    def _of_before(self) -> Iterator[Unfinished]:
        for folder in self._before():
            for path in folder.glob("*.json"):
                with _what_is_no_note():
                    yield _read(path)

    def _before(self) -> list[Path]:
        """Give the folders of servers that have ended."""
        try:
            folders = [each for each in self._folder.iterdir() if each != self._own]
        except OSError:
            return []
        self._ended.update(each for each in folders if each not in self._ended and _is_free(each))
        return [each for each in folders if each in self._ended]

    def _held(self) -> bool:
        """Hold the file of this server until it ends; false where that cannot be."""
        if self._hold is None:
            with suppress(OSError, sqlite3.Error):
                self._own.mkdir(parents=True)
                held = sqlite3.connect(
                    self._own / _HELD, isolation_level=None, check_same_thread=False
                )
                held.execute("BEGIN EXCLUSIVE")
                self._hold = held
        return self._hold is not None


@functools.cache
def notes_of(root: Path) -> Notes:
    """Give the notes of a workspace."""
    return Notes(root)


def _is_free(folder: Path) -> bool:
    """Tell whether no server holds the file of a folder; what cannot be looked at is held."""
    if not (folder / _HELD).is_file():
        return False
    try:
        with closing(sqlite3.connect(folder / _HELD, timeout=0, isolation_level=None)) as there:
            there.execute("BEGIN EXCLUSIVE")
    except sqlite3.Error:
        return False
    return True


def _is_same(one: Unfinished, other: Unfinished) -> bool:
    return (one.kind, one.scenario) == (other.kind, other.scenario)


def _write(path: Path, about: Unfinished) -> None:
    """Write a note so that it is whole from the moment it is there."""
    values = {name: getattr(about, name) for name in Unfinished.__slots__ if name != "id"}
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8") as file:
        json.dump(values, file)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def _read(path: Path) -> Unfinished:
    values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    gap, robust = values.pop("gap"), values.pop("robust")
    "".join(values.values()).encode()  # texts, and none with half of a character
    known = None if gap is None else float(gap)
    found = Unfinished(**values, gap=known, robust=bool(robust), id=path.stem)
    if not found.lasted_s >= 0:
        raise ValueError(path.name)
    return found


@contextmanager
def _what_is_no_note() -> Iterator[None]:
    """Pass over a file that is damaged, or of another version."""
    with suppress(OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        yield
