"""What was computed for a district, kept while the app runs."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

import streamlit as st

from app_pages.jobs import Job
from app_pages.workspace import PLAN_FOLDER
from planner.coverage import Figures
from planner.district import Settings, read_settings
from planner.district.settings import Limits, ScoreWeights
from planner.language import current_language
from planner.maps import Ground, ground_of
from planner.pipeline import PlanResult, Prepared, cover, load_result, prepare

__all__ = ["Entry", "figures_of", "ground", "kept_plan", "shelf"]

_MOST_DISTRICTS = 4
_RETRY_AFTER_S = 10.0
_Value = TypeVar("_Value")


@dataclass
class Entry:
    """One district folder as it stood, and everything computed from it."""

    folder: Path
    fingerprint: str
    preparing: Job[Prepared]
    planning: Job[PlanResult] | None = None
    replaced: bool = False
    """Whether the folder has changed since: what is still computed from this must not be kept."""
    papers: threading.Lock = field(default_factory=threading.Lock)
    """Held while the documents in the folder are written or read, so that they fit each other."""
    _values: dict[object, object] = field(default_factory=dict)
    _latest: dict[str, tuple[object, object]] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _making: dict[object, threading.RLock] = field(default_factory=dict)

    @property
    def running(self) -> bool:
        """Whether a plan is being made."""
        return self.planning is not None and not self.planning.done

    def once(self, key: object, make: Callable[[], _Value]) -> _Value:
        """Compute a value the first time it is asked for; others wait for that value alone."""
        with self._lock_of(key):
            if key not in self._values:
                self._values[key] = make()
            value: _Value = self._values[key]  # type: ignore[assignment]  # what `make` of this key gave
            return value

    def latest(self, name: str, key: object, make: Callable[[], _Value]) -> _Value:
        """Compute a value unless it is the one that was asked for last under this name."""
        with self._lock_of(name):
            if self._latest.get(name, (None, None))[0] != key:
                self._latest[name] = key, make()
            value: _Value = self._latest[name][1]  # type: ignore[assignment]  # as in `once`
            return value

    def _lock_of(self, key: object) -> threading.RLock:
        with self._lock:
            return self._making.setdefault(key, threading.RLock())


class Shelf:
    """The districts that were open last."""

    def __init__(self) -> None:
        self._entries: OrderedDict[Path, Entry] = OrderedDict()
        self._lock = threading.Lock()

    def entry(self, folder: Path) -> Entry:
        """Give what is known of a district folder as it stands; prepare it where it changed.

        Raises
        ------
        PlannerError
            If `district.toml` cannot be read.
        """
        fingerprint = _fingerprint(folder, read_settings(folder))
        with self._lock:
            found = self._entries.get(folder)
            if found is None or found.fingerprint != fingerprint or _worth_another_try(found):
                if found is not None:
                    _leave(found)
                job = Job(lambda job: prepare(folder, progress=job.report))
                found = Entry(folder, fingerprint, job)
                self._entries[folder] = found
            self._entries.move_to_end(folder)
            self._keep_few(folder)
            return found

    def _keep_few(self, folder: Path) -> None:
        """Let go of the districts that were not looked at for longest, where nothing runs."""
        idle = [
            path
            for path, entry in self._entries.items()
            if path != folder and entry.preparing.done and not entry.running
        ]
        for path in idle[: max(len(self._entries) - _MOST_DISTRICTS, 0)]:
            del self._entries[path]


@st.cache_resource
def shelf() -> Shelf:
    """Give the one shelf of this server."""
    return Shelf()


def figures_of(entry: Entry) -> Figures:
    """Give today's coverage of a district that is prepared."""
    return entry.once("figures", lambda: cover(entry.preparing.answer()))


def ground(entry: Entry, prepared: Prepared) -> Ground:
    """Give what lies under every map of a district, packed once for each language."""
    key = "ground", current_language()
    return entry.once(key, lambda: ground_of(prepared.district, prepared.streets))


def kept_plan(entry: Entry) -> PlanResult | None:
    """Give the plan that the folder keeps: of this start, of an earlier one, or of the commands."""
    out = entry.folder / PLAN_FOLDER
    try:
        kept = hashlib.sha256((out / "plan.json").read_bytes()).digest()
    except OSError:
        return None
    return entry.latest("plan", kept, lambda: load_result(entry.preparing.answer(), out))


def _leave(entry: Entry) -> None:
    """End what runs for a folder that has changed: nobody sees it, nobody else could stop it."""
    entry.replaced = True
    if entry.planning is not None:
        entry.planning.stop()


def _worth_another_try(entry: Entry) -> bool:
    """Tell whether preparing failed a while ago: a network or a disk may be there by now."""
    job = entry.preparing
    return job.failed and job.seconds > _RETRY_AFTER_S


def _fingerprint(folder: Path, settings: Settings) -> str:
    """Tell apart all that preparing depends on: settings (not the plan's), and each file."""
    base = replace(settings, limits=Limits(), score_weights=ScoreWeights())
    files = [settings.stations, settings.venues, settings.boundary, settings.communities]
    named = [file.path for file in (*files, *settings.workers) if file is not None]
    paths = [folder / name for name in (*named, settings.streets.path, "placed.csv") if name]
    # The files of a Shapefile stand beside each other and change together.
    beside = {other for path in paths for other in path.parent.glob(f"{path.stem}.*")}
    states = [
        (str(path), path.stat().st_size, path.stat().st_mtime_ns)
        for path in sorted({*paths, *beside})
        if path.is_file()
    ]
    return hashlib.sha256(repr((base, states)).encode()).hexdigest()
