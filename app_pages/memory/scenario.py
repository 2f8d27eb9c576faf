"""The open district -> its scenarios, which of them is open, and what may be done with it."""

import functools
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import streamlit as st

from app_pages.access.who import may, person
from app_pages.memory.shelf import files_today, fingerprint_today
from app_pages.spaces.workspace import Place, workspace
from planner.district import Settings, read_settings, settings_from_text
from planner.errors import PlannerError, StoreError
from planner.language import Message, current_language, note
from planner.pipeline import Prepared
from planner.pipeline.scenarios import baseline_of, first_scenario
from planner.scenarios import Scenario, Summary
from planner.scenarios.homes import see_folder
from planner.scenarios.naming import named_for_reader, told_name
from planner.scenarios.store import ScenarioStore, default_url, district_key, open_store

__all__ = [
    "ensure_scenarios",
    "fresh_scenario",
    "is_outdated",
    "listed",
    "look_again",
    "open_scenario",
    "refuse_unless_writable",
    "scenario_of",
    "settings_of_scenario",
    "settings_today",
    "store",
    "the_scenario",
    "told_apart",
    "writable",
]

_SEEN_FOR_S = 0.3
"""A list of scenarios is read again after so long: a page asks for it many times a run."""
_MOST_HELD = 24
_MOST_MARKS = 2000
_LETTERS_OF_ID = 6
_Key = tuple[str, Path, bool, str]
"""Of a list: the store, the district, whether of what was deleted, and the reader's language."""


class _Seen:
    """Scenarios as they were read last, for everybody at this server."""

    def __init__(self) -> None:
        self.lists: dict[_Key, tuple[float, tuple[Summary, ...]]] = {}
        self.held: OrderedDict[tuple[str, str, int], Scenario] = OrderedDict()
        self.last: dict[tuple[str, str], str] = {}
        """Person and district -> the scenario that was open last."""
        self.outdated: dict[tuple[str, str, int, str], bool] = {}
        """Scenario, its version and a mark of the files -> whether its plan is of others."""
        self.files: dict[Path, tuple[float, str]] = {}
        self.noted: set[tuple[str, Path]] = set()
        """Store and folder, of the districts whose place is noted in the store."""
        self.making = threading.Lock()
        self.lock = threading.Lock()


@st.cache_resource
def _seen() -> _Seen:
    return _Seen()


def store() -> ScenarioStore:
    """Give the store of scenarios.

    Raises
    ------
    StoreError
        If it cannot be opened.
    """
    return open_store()


def look_again() -> None:
    """Read the scenarios anew the next time: one was saved."""
    _seen().lists.clear()


def listed(place: Place, *, deleted: bool = False, afresh: bool = False) -> tuple[Summary, ...]:
    """Give the scenarios of a district: the baseline first, then in the order of making.

    Parameters
    ----------
    place
        The district.
    deleted
        True: give those that were deleted instead.
    afresh
        Read them this moment, for every window: to forget what is known would let all others read
        them again, too, while twenty people decide.

    Raises
    ------
    StoreError
        If they cannot be read.
    """
    key = default_url(), place.folder, deleted, current_language()
    known = _seen().lists.get(key)
    if afresh or known is None or time.monotonic() - known[0] > _SEEN_FOR_S:
        known = time.monotonic(), store().list(district_key(place.folder), deleted=deleted)
        _seen().lists[key] = known
    return known[1]


def the_scenario(place: Place, *, afresh: bool = False) -> Scenario | None:
    """Give the open scenario of a district as it stands; None before it has any.

    Without a choice it is the one that the person had open last, else the one changed last.

    Parameters
    ----------
    place
        The district.
    afresh
        As of `listed`.

    Raises
    ------
    StoreError
        If it cannot be read.
    """
    found = listed(place, afresh=afresh)
    if not found:
        return None
    wanted = st.session_state.get("scenario")
    chosen = next((each for each in found if each.id == wanted), None)
    if chosen is None:
        if wanted:
            st.session_state["scenario_told"] = _why_not_there(wanted)
        chosen = _usual(place, found)
        st.session_state["scenario"] = chosen.id
    return _held(chosen)


def fresh_scenario(place: Place) -> Scenario:
    """Give the open scenario, read this moment: for what changes it.

    Raises
    ------
    StoreError
        If it cannot be read, or there is none.
    """
    found = the_scenario(place, afresh=True)
    if found is None:
        raise StoreError(note("This district has no scenario yet. Open it first."))
    return found


def _why_not_there(identity: str) -> Message:
    """Tell what became of a scenario that was open, or that a link names."""
    try:
        if store().get(identity).deleted is not None:
            return note("The scenario that was open was deleted.")
    except StoreError:
        pass  # there is none with this id
    return note("The scenario that the link names is not in this district. Another one is open.")


def _usual(place: Place, found: tuple[Summary, ...]) -> Summary:
    last = _seen().last.get((person().id, district_key(place.folder)))
    own = next((each for each in found if each.id == last), None)
    if own is not None:
        return own
    plans = [each for each in found if not each.baseline]
    return max(plans, key=lambda each: each.changed) if plans else found[0]


def _held(summary: Summary) -> Scenario:
    """Give a whole scenario; one of the same version is not read again."""
    seen, key = _seen(), (default_url(), summary.id, summary.version)
    with seen.lock:
        known = seen.held.get(key)
    if known is None:
        known = store().get(summary.id)
        with seen.lock:
            seen.held[key[0], known.id, known.version] = known
            while len(seen.held) > _MOST_HELD:
                seen.held.popitem(last=False)
    if known.district != summary.district:  # its folder was moved since: that is no new version
        known = replace(known, district=summary.district)
    return named_for_reader(known)


def told_apart(names: Mapping[str, str]) -> dict[str, str]:
    """Give names by id so that no two are equal: a list tells what was chosen by its words."""
    seen = Counter(names.values())
    return {
        each: name if seen[name] == 1 else f"{name} ({each[:_LETTERS_OF_ID]})"
        for each, name in names.items()
    }


def scenario_of(summary: Summary) -> Scenario:
    """Give the whole of a scenario that is listed.

    Raises
    ------
    StoreError
        If it cannot be read.
    """
    return _held(summary)


def open_scenario(identity: str) -> None:
    """Open a scenario of the open district; the address and the server remember it."""
    st.session_state["scenario"] = identity
    place = workspace().find(st.session_state.get("place"))
    if place is not None:
        _seen().last[person().id, district_key(place.folder)] = identity
    st.session_state["openings"] = st.session_state.get("openings", 0) + 1


def ensure_scenarios(place: Place, prepared: Prepared) -> Scenario:
    """Give the open scenario; the first time a district is seen, its baseline and one to work on.

    Raises
    ------
    StoreError
        If they cannot be kept.
    """
    known = the_scenario(place)
    if known is not None:
        _see(place.folder)
        return known
    with _seen().making:  # two windows at once make them once
        look_again()
        if not listed(place):
            baseline = baseline_of(prepared)
            store().begin(baseline, first_scenario(baseline, author=person().label))
        look_again()
    _see(place.folder)
    return fresh_scenario(place)


def _see(folder: Path) -> None:
    """Note where a district lies, once in the life of a server: it may be moved one day."""
    seen, key = _seen(), (default_url(), folder)
    if key in seen.noted:
        return
    try:
        see_folder(store(), folder)
    except StoreError:
        return  # nothing is lost by it: the page goes on, and the next one notes it
    seen.noted.add(key)


def settings_today(place: Place) -> Settings:
    """Give the settings that hold on the screens: of the open scenario, with today's files.

    Raises
    ------
    PlannerError
        If they cannot be read.
    """
    scenario = the_scenario(place)
    if scenario is None:
        return read_settings(place.folder)
    return settings_of_scenario(scenario, place.folder)


def settings_of_scenario(scenario: Scenario, folder: Path) -> Settings:
    """Give the settings of a scenario, with the files that the district names today.

    Raises
    ------
    PlannerError
        If they cannot be read.
    """
    return _settings(scenario.settings, folder, _mark_of(folder))


def _mark_of(folder: Path) -> tuple[int, int]:
    try:
        there = (folder / "district.toml").stat()
    except OSError:
        return 0, 0
    return there.st_mtime_ns, there.st_size


@functools.lru_cache(maxsize=16)
def _data_of(folder: Path, mark: tuple[int, int]) -> Settings:
    del mark  # of the file: another one is read again
    return read_settings(folder)


@functools.lru_cache(maxsize=256)
def _settings(text: str, folder: Path, mark: tuple[int, int]) -> Settings:
    del mark  # of the file beside the text: another one is read again
    return settings_from_text(text, folder)


def is_outdated(summary: Summary | Scenario, folder: Path) -> bool:
    """Tell whether a scenario has a plan of inputs that are others today."""
    if not summary.inputs:
        return False
    seen = _seen()
    try:
        key = default_url(), summary.id, summary.version, _files_of(folder)
        known = seen.outdated.get(key)
        if known is None:  # it stays so for every window, until files or scenario change
            scenario = _held(summary) if isinstance(summary, Summary) else summary
            settings = settings_of_scenario(scenario, folder)
            known = summary.inputs != fingerprint_today(folder, settings)
            with seen.lock:
                seen.outdated[key] = known
                while len(seen.outdated) > _MOST_MARKS:
                    del seen.outdated[next(iter(seen.outdated))]
    except (PlannerError, OSError):
        return True
    return known


def _files_of(folder: Path) -> str:
    """Mark the files of a district; a list of many scenarios asks for each of them."""
    seen = _seen()
    known = seen.files.get(folder)
    if known is None or time.monotonic() - known[0] > _SEEN_FOR_S:
        known = time.monotonic(), files_today(folder, _data_of(folder, _mark_of(folder)))
        seen.files[folder] = known
    return known[1]


def writable(scenario: Scenario | None) -> bool:
    """Tell whether this person may change a scenario."""
    return scenario is not None and not scenario.baseline and may("plan")


def refuse_unless_writable(scenario: Scenario) -> None:
    """Refuse to change what is locked, or what this person may only look at.

    Raises
    ------
    StoreError
        If it may not be changed, with the reason.
    """
    if not may("plan"):
        raise StoreError(note("You may look at everything here, and change nothing."))
    if scenario.baseline:
        raise StoreError(
            note(
                "{name} is the state of today and locked. Make a copy of it.",
                name=told_name(scenario),
            )
        )
