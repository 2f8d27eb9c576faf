"""What was computed for a district under some settings, kept while the app runs."""

import functools
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from glob import escape
from pathlib import Path
from typing import TypeVar

import streamlit as st

from app_pages.memory.jobs import Job
from planner.coverage import Figures, GapCheck
from planner.density import HotSpots, hot_spots
from planner.district import Settings, projection_of
from planner.district.fingerprint import fingerprint_of
from planner.district.limits import require_a_limit
from planner.district.plain import plain_settings
from planner.district.settings import (
    DemandRules,
    Limits,
    ScoreWeights,
    ServiceRules,
)
from planner.district.writing import OF_THE_DATA
from planner.errors import SettingsError
from planner.language import current_language, note
from planner.maps import Ground, ground_of
from planner.pipeline import (
    Prepared,
    cover,
    find_gaps,
    prepare,
    with_candidates,
)

__all__ = [
    "Entry",
    "Memory",
    "figures_of",
    "files_today",
    "fingerprint_today",
    "gaps_of",
    "ground",
    "has_a_limit",
    "hot_spots_of",
    "shelf",
]

_MOST_PREPARED = 4
"""Districts under other reaches or seasons count as others: each takes memory of its own."""
_MOST_ENTRIES = 12
_MOST_FINGERPRINTS = 200
_RETRY_AFTER_S = 10.0
_Value = TypeVar("_Value")


class Memory:
    """Values that were computed once, each by its key; several threads may ask at once."""

    def __init__(self) -> None:
        self._values: dict[object, object] = {}
        self._latest: dict[str, OrderedDict[object, object]] = {}
        self._lock = threading.RLock()
        self._making: dict[object, threading.RLock] = {}

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


@dataclass
class Entry:
    """One district as its files stood, under some settings, and everything computed from both.

    Scenarios whose settings differ only in what is asked of a plan share it.
    """

    folder: Path
    fingerprint: str
    """Of settings and files, as they stood."""
    preparing: Job[Prepared]
    base: str = ""
    """Of those of them that reading and ways depend on."""
    states: str = ""
    """Of the files alone."""
    work: list[Job[object]] = field(default_factory=list)
    """Long work that goes on with it."""
    replaced: bool = False
    """Whether the files have changed since: what is still computed from this must not be kept."""
    alike: Memory = field(default_factory=Memory)
    """What added candidates leave as it is: entries that differ in nothing else share it."""
    _own: Memory = field(default_factory=Memory)

    @property
    def busy(self) -> bool:
        """Whether something is computed from it."""
        return not self.preparing.done or any(not job.done for job in self.work)

    def once(self, key: object, make: Callable[[], _Value]) -> _Value:
        """Compute a value the first time it is asked for; others wait for that value alone."""
        return self._own.once(key, make)

    def latest(
        self, name: str, key: object, make: Callable[[], _Value], *, most: int = 1
    ) -> _Value:
        """Compute a value unless it is among the `most` that were asked for last by this name."""
        return self._own.latest(name, key, make, most=most)


class Shelf:
    """The districts and settings that were open last."""

    def __init__(self) -> None:
        self._entries: OrderedDict[tuple[Path, str], Entry] = OrderedDict()
        self._lock = threading.Lock()

    def entry(self, folder: Path, settings: Settings) -> Entry:
        """Give what is known of a district under some settings; prepare it where nothing is."""
        states, base, fingerprint = _fingerprints(folder, settings)
        with self._lock:
            for outdated in self._of(folder):
                if outdated.states != states:
                    _leave(outdated)
            key = folder, fingerprint
            found = self._entries.get(key)
            if found is None or found.replaced or _worth_another_try(found):
                found = self._made(folder, settings, (states, base, fingerprint))
                self._entries[key] = found
            self._entries.move_to_end(key)
            self._keep_few(found)
            return found

    def _of(self, folder: Path) -> list[Entry]:
        return [entry for (path, _), entry in self._entries.items() if path == folder]

    def _made(self, folder: Path, settings: Settings, marks: tuple[str, str, str]) -> Entry:
        """Prepare a district; where only rules of showing differ, what there is is used again."""
        states, base, fingerprint = marks
        like = (
            entry
            for entry in reversed(self._of(folder))
            if entry.base == base and not entry.replaced and not entry.preparing.failed
        )
        earlier = next(like, None)
        if earlier is not None:
            job = _with_other_rules(folder, settings, earlier.preparing)
            return Entry(folder, fingerprint, job, base, states)
        near = self._but_for_candidates(folder, settings)
        if near is not None:
            job = _with_candidates(settings, near.preparing.answer())
            return Entry(folder, fingerprint, job, base, states, alike=near.alike)
        job = Job[Prepared](lambda job: prepare(folder, settings=settings, progress=job.report))
        return Entry(folder, fingerprint, job, base, states)

    def _but_for_candidates(self, folder: Path, settings: Settings) -> Entry | None:
        """Give an entry that is prepared and differs in nothing but added candidates."""
        wanted = _fingerprints(folder, replace(settings, added=()))[2]
        for entry in reversed(self._of(folder)):
            if entry.replaced or not entry.preparing.done or entry.preparing.failed:
                continue
            prepared = entry.preparing.answer()
            plain = replace(prepared.district.settings, added=())
            if _fingerprints(folder, plain)[2] == wanted:
                return entry
        return None

    def _keep_few(self, wanted: Entry) -> None:
        """Let go of what was not looked at for longest, where nothing runs."""
        for key, entry in list(self._entries.items()):
            if entry is wanted or entry.busy:
                continue
            prepared = {(other.folder, other.base) for other in self._entries.values()}
            many = len(prepared) > _MOST_PREPARED or len(self._entries) > _MOST_ENTRIES
            if many or entry.replaced:
                del self._entries[key]


@st.cache_resource
def shelf() -> Shelf:
    """Give the one shelf of this server."""
    return Shelf()


def figures_of(entry: Entry) -> Figures:
    """Give today's coverage of a district that is prepared."""
    return entry.alike.once("figures", lambda: cover(entry.preparing.answer()))


def gaps_of(entry: Entry, prepared: Prepared) -> GapCheck:
    """Give who is too far from the stations that are there."""
    return entry.once("gap check", lambda: find_gaps(prepared))


def has_a_limit(limits: Limits) -> bool:
    """Tell whether limits allow a search: something must end it."""
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
    return entry.alike.once(key, lambda: ground_of(prepared.district, prepared.streets))


_fingerprints_known: OrderedDict[tuple[str, str, str], str] = OrderedDict()
_fingerprints_lock = threading.Lock()


def fingerprint_today(folder: Path, settings: Settings) -> str:
    """Give the fingerprint of a district under some settings, its files as they stand.

    It is what `prepared.district.fingerprint` would be; files that did not change since are not
    read again.
    """
    asked = replace(settings, limits=Limits(), score_weights=ScoreWeights())
    key = str(folder), _states(folder, settings), repr(asked)
    with _fingerprints_lock:
        known = _fingerprints_known.get(key)
    if known is None:
        known = fingerprint_of(folder, settings)
        with _fingerprints_lock:
            _fingerprints_known[key] = known
            while len(_fingerprints_known) > _MOST_FINGERPRINTS:
                _fingerprints_known.popitem(last=False)
    return known


def files_today(folder: Path, settings: Settings) -> str:
    """Mark the files of a district as they stand, of all its scenarios; none of them is read."""
    return _states(folder, settings)


def _leave(entry: Entry) -> None:
    """End what runs for files that have changed: its answer would be of what is gone."""
    entry.replaced = True
    for job in entry.work:
        job.stop()


def _worth_another_try(entry: Entry) -> bool:
    """Tell whether preparing failed a while ago: a network or a disk may be there by now."""
    job = entry.preparing
    return job.failed and job.seconds > _RETRY_AFTER_S


def _with_candidates(settings: Settings, near: Prepared) -> Job[Prepared]:
    return Job(lambda job: with_candidates(near, settings, progress=job.report))


def _with_other_rules(folder: Path, settings: Settings, earlier: Job[Prepared]) -> Job[Prepared]:
    def work(job: Job[Prepared]) -> Prepared:
        while not earlier.wait(0.2):
            job.report(earlier.step or note("Reading the district"), earlier.done_share)
        prepared = earlier.answer()
        mark = fingerprint_of(folder, settings)
        district = replace(prepared.district, settings=settings, fingerprint=mark)
        return replace(prepared, district=district)

    return Job(work)


def _fingerprints(folder: Path, settings: Settings) -> tuple[str, str, str]:
    """Tell apart all that preparing depends on, and with it all that is shown from it.

    The first is of the files; the second also of settings that reading and ways depend on (ways
    on foot are as long as the largest gap asks); the third also of rules by which the same coverage
    is told. The limits of a plan are in none.
    """
    read, shown = _plain(_Itself(settings))
    states = _states(folder, settings)
    base = hashlib.sha256(f"{read}{states}".encode()).hexdigest()
    return states, base, hashlib.sha256(f"{base}{shown}".encode()).hexdigest()


@dataclass(frozen=True, slots=True, eq=False)
class _Itself:
    """Settings that equal themselves alone: to compare takes as long as to write them down."""

    settings: Settings

    def __hash__(self) -> int:
        return id(self.settings)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Itself) and other.settings is self.settings


@functools.lru_cache(maxsize=64)
def _plain(itself: _Itself) -> tuple[str, str]:
    """Write down what reading depends on, and with it what is shown from it.

    As plain values: 500 m and 500.0 m are equal and prepare alike, but are written differently.
    """
    shown = replace(itself.settings, limits=Limits(), score_weights=ScoreWeights())
    read = replace(
        shown,
        service=ServiceRules(),
        demand=DemandRules(model=shown.demand.model),
    )
    return repr(plain_settings(read)), repr(plain_settings(shown))


def _states(folder: Path, settings: Settings) -> str:
    """Mark what a district says of its files, and the size and time of each, also in folders."""
    files = (
        settings.stations,
        settings.venues,
        settings.boundary,
        settings.communities,
        settings.grids,
        settings.no_go,
        settings.travel,
        *settings.workers,
    )
    named = [file.path for file in files if file is not None]
    paths = [folder / name for name in (*named, settings.streets.path, "placed.csv") if name]
    # The files of a Shapefile stand beside each other and change together.
    beside = {other for path in paths for other in path.parent.glob(f"{escape(path.stem)}.*")}
    inside = {other for path in paths if path.is_dir() for other in path.rglob("*")}
    found = [
        (str(path), path.stat().st_size, path.stat().st_mtime_ns)
        for path in sorted({*paths, *beside, *inside})
        if path.is_file()
    ]
    declared = [getattr(settings, name) for name in OF_THE_DATA]
    return hashlib.sha256(repr((declared, found)).encode()).hexdigest()
