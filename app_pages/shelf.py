"""What was computed for a district, kept while the app runs."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from glob import escape
from pathlib import Path
from typing import TypeVar

import streamlit as st

from app_pages.jobs import Job
from app_pages.workspace import PLAN_FOLDER
from planner.coverage import Figures
from planner.density import HotSpots, hot_spots
from planner.district import Settings, projection_of, read_settings
from planner.district.fingerprint import fingerprint_of
from planner.district.limits import require_a_limit
from planner.district.settings import (
    DemandRules,
    GapRules,
    Limits,
    ScoreWeights,
    ServiceRules,
)
from planner.errors import SettingsError
from planner.language import current_language, note
from planner.maps import Ground, ground_of
from planner.pipeline import (
    PlanResult,
    Prepared,
    analyse,
    cover,
    load_result,
    prepare,
    problem_for,
)
from planner.report import TodayReport
from planner.siting import LiveSession

__all__ = [
    "Entry",
    "figures_of",
    "ground",
    "has_a_limit",
    "hot_spots_of",
    "kept_plan",
    "problem_of",
    "shelf",
    "today_of",
]

_MOST_DISTRICTS = 4
_RETRY_AFTER_S = 10.0
_Value = TypeVar("_Value")


@dataclass
class Entry:
    """One district folder as it stood, and everything computed from it."""

    folder: Path
    fingerprint: str
    """Of settings and files, as they stood."""
    preparing: Job[Prepared]
    base: str = ""
    """Of those of them that reading and ways depend on."""
    planning: Job[PlanResult] | None = None
    beside: dict[str, tuple[object, Job[object]]] = field(default_factory=dict)
    """Long work beside the search by name ("curve", "sure"), with what it is about."""
    replaced: bool = False
    """Whether the folder has changed since: what is still computed from this must not be kept."""
    papers: threading.Lock = field(default_factory=threading.Lock)
    """Held while the documents in the folder are written or read, so that they fit each other."""
    _values: dict[object, object] = field(default_factory=dict)
    _latest: dict[str, OrderedDict[object, object]] = field(default_factory=dict)
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

    def latest(
        self, name: str, key: object, make: Callable[[], _Value], *, most: int = 1
    ) -> _Value:
        """Compute a value unless it is among the `most` that were asked for last by this name."""
        with self._lock_of(name):
            kept = self._latest.setdefault(name, OrderedDict())
            if key not in kept:
                kept[key] = make()
                while len(kept) > most:
                    kept.popitem(last=False)
            kept.move_to_end(key)
            value: _Value = kept[key]  # type: ignore[assignment]  # as in `once`
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
        settings = read_settings(folder)
        base, fingerprint = _fingerprints(folder, settings)
        with self._lock:
            found = self._entries.get(folder)
            if found is None or found.fingerprint != fingerprint or _worth_another_try(found):
                if found is not None:
                    _leave(found)
                found = _entry(folder, settings, found, base, fingerprint)
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


def today_of(entry: Entry, prepared: Prepared) -> TodayReport:
    """Give everything that is told of the stations that are there."""
    return entry.once("today", lambda: analyse(prepared))


def has_a_limit(folder: Path) -> bool:
    """Tell whether the limits of a district allow a search: something must end it.

    Raises
    ------
    PlannerError
        If `district.toml` cannot be read.
    """
    limits = read_settings(folder).limits
    try:
        require_a_limit(limits)
    except SettingsError:
        return False
    return True


def hot_spots_of(entry: Entry, prepared: Prepared) -> HotSpots:
    """Give the hot spots of a district, and who of them is served today."""
    district = prepared.district
    return entry.once(
        "hot spots",
        lambda: hot_spots(
            prepared.coverage,
            prepared.present,
            district=district,
            projection=projection_of(district),
            rules=district.settings.demand,
        ),
    )


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


def problem_of(
    entry: Entry, limits: Limits, result: PlanResult | None
) -> tuple[object, LiveSession]:
    """Give the siting problem of some limits as a session in which a plan stands.

    Several people share it, so each takes a fork. The first value tells problems and plans apart.

    Raises
    ------
    SettingsError
        If the limits contradict each other.
    """
    prepared = entry.preparing.answer()
    chosen = result.plan.options if result else ()
    mark = entry.fingerprint, limits, chosen

    def make() -> LiveSession:
        problem = problem_for(prepared, limits)
        known = set(problem.options)
        return LiveSession(problem, [option for option in chosen if option in known])

    return mark, entry.latest("live", mark, make, most=2)


def _leave(entry: Entry) -> None:
    """End what runs for a folder that has changed: nobody sees it, nobody else could stop it."""
    entry.replaced = True
    if entry.planning is not None:
        entry.planning.stop()


def _worth_another_try(entry: Entry) -> bool:
    """Tell whether preparing failed a while ago: a network or a disk may be there by now."""
    job = entry.preparing
    return job.failed and job.seconds > _RETRY_AFTER_S


def _entry(
    folder: Path, settings: Settings, before: Entry | None, base: str, fingerprint: str
) -> Entry:
    """Prepare a folder; where only rules of showing changed, what was prepared is used again."""
    if before is None or before.base != base or before.preparing.failed:
        work = Job[Prepared](lambda job: prepare(folder, progress=job.report))
        return Entry(folder, fingerprint, work, base)
    earlier = before.preparing

    def with_other_rules(job: Job[Prepared]) -> Prepared:
        while not earlier.wait(0.2):
            job.report(earlier.step or note("Reading the district"), earlier.done_share)
        prepared = earlier.answer()
        mark = fingerprint_of(folder, settings)
        district = replace(prepared.district, settings=settings, fingerprint=mark)
        return replace(prepared, district=district)

    return Entry(folder, fingerprint, Job(with_other_rules), base)


def _fingerprints(folder: Path, settings: Settings) -> tuple[str, str]:
    """Tell apart all that preparing depends on, and with it all that is shown from it.

    The first is of settings that reading and ways depend on, and of each file; the second also of
    rules by which the same coverage is told. The limits of a plan are in neither.
    """
    shown = replace(settings, limits=Limits(), score_weights=ScoreWeights())
    read = replace(
        shown,
        service=ServiceRules(),
        gaps=GapRules(),
        demand=DemandRules(model=settings.demand.model),
    )
    states = _states(folder, settings)
    base = hashlib.sha256(repr((read, states)).encode()).hexdigest()
    return base, hashlib.sha256(repr((base, shown)).encode()).hexdigest()


def _states(folder: Path, settings: Settings) -> list[tuple[str, int, int]]:
    """Give the size and time of every file that a district names, also of those in folders."""
    files = (
        settings.stations,
        settings.venues,
        settings.boundary,
        settings.communities,
        settings.grids,
        settings.travel,
        *settings.workers,
    )
    named = [file.path for file in files if file is not None]
    paths = [folder / name for name in (*named, settings.streets.path, "placed.csv") if name]
    # The files of a Shapefile stand beside each other and change together.
    beside = {other for path in paths for other in path.parent.glob(f"{escape(path.stem)}.*")}
    inside = {other for path in paths if path.is_dir() for other in path.rglob("*")}
    return [
        (str(path), path.stat().st_size, path.stat().st_mtime_ns)
        for path in sorted({*paths, *beside, *inside})
        if path.is_file()
    ]
