"""A changed scenario -> kept in the store; where somebody else was faster, both sides are told."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from app_pages.access.who import person
from app_pages.memory import scenario as scenarios
from planner.errors import ConflictError, StoreError
from planner.language import note
from planner.pipeline import PlanResult
from planner.pipeline.scenarios import scenario_with
from planner.scenarios import Edit, Scenario
from planner.scenarios.store import ScenarioStore

__all__ = ["Clash", "keep_plan", "keep_scenario", "merged", "save_over", "with_edit"]

_TRIES = 4
_PARTS = (("name", "given"), ("notes",), ("settings",), ("inputs", "plan", "figures"))
"""What two people may change at once without harm: each part is taken from who changed it."""


@dataclass(frozen=True, slots=True)
class Clash:
    """Two people changed the same of a scenario; the first is kept, the second is asked."""

    mine: Scenario
    theirs: Scenario
    of_a_draft: bool = False
    """Whether mine are edits by hand that the store has as a draft."""


def with_edit(
    scenario: Scenario, kind: str, author: str, about: Mapping[str, Any] | None = None
) -> Scenario:
    """Note in the history of a scenario that it was changed."""
    edit = Edit(kind=kind, at=datetime.now(UTC), author=author, about=dict(about or {}))
    return replace(scenario, author=author or scenario.author, history=(*scenario.history, edit))


def merged(base: Scenario, mine: Scenario, theirs: Scenario) -> Scenario | None:
    """Bring two changes of a scenario together; None where both changed the same.

    Parameters
    ----------
    base
        What both began from.
    mine, theirs
        What each made of it.
    """
    if theirs.deleted is not None:
        return None
    both = theirs
    for part in _PARTS:
        old, own, other = (_part_of(each, part) for each in (base, mine, theirs))
        if own in (old, other):
            continue
        if other != old:
            return None
        both = replace(both, **{name: getattr(mine, name) for name in part})
    added = mine.history[len(base.history) :]
    return replace(both, author=mine.author, history=(*theirs.history, *added))


def _part_of(scenario: Scenario, part: tuple[str, ...]) -> tuple[object, ...]:
    """Give a part of a scenario; a name that the program gave is the same in every language."""
    if "given" in part and scenario.given:
        return (scenario.given,)
    return tuple(getattr(scenario, name) for name in part)


def save_over(store: ScenarioStore, base: Scenario, mine: Scenario) -> Scenario:
    """Keep a changed scenario; what somebody else changed of it meanwhile stays.

    Raises
    ------
    ConflictError
        If both changed the same; nothing is kept then.
    StoreError
        If it cannot be kept.
    """
    wanted = mine
    for _ in range(_TRIES):
        try:
            return store.save(wanted)
        except ConflictError as conflict:
            both = merged(base, mine, conflict.theirs)
            if both is None:
                raise
            wanted = both
        finally:
            scenarios.look_again()
    raise StoreError(note("Others save this scenario all the time. Try again."))


def keep_scenario(base: Scenario, mine: Scenario) -> Scenario | None:
    """Keep a changed scenario; where both changed the same, the page asks, and None is given.

    Raises
    ------
    StoreError
        If it cannot be kept, or this person may not change it.
    """
    scenarios.refuse_unless_writable(base)
    try:
        return save_over(scenarios.store(), base, mine)
    except ConflictError as conflict:
        st.session_state["clash"] = Clash(mine, conflict.theirs)
        return None


def keep_plan(
    of: str,
    make: Callable[[], PlanResult],
    *,
    base_version: int,
    base_plan: Collection[str],
    edits: Sequence[Edit],
) -> tuple[Scenario, PlanResult] | None:
    """Keep a plan in a scenario; where it has another by now, or is gone, the page asks (None).

    Parameters
    ----------
    of
        Id of the scenario.
    make
        Gives the plan, which may take seconds. A person who goes to another page meanwhile ends the
        run where it next asks for something of the session: nothing is asked from then on.
    base_version
        Version of the scenario that the plan was made from.
    base_plan
        Options of the plan of that version: where the scenario has the same plan still, whatever
        else was changed of it takes nothing away.
    edits
        By which it was made by hand; they go into the history of the scenario.

    Raises
    ------
    StoreError
        If it cannot be kept, or this person may not change it.
    """
    store, author = scenarios.store(), person().label
    scenarios.refuse_unless_writable(store.get(of))
    result = make()
    theirs = store.get(of)
    # The settings stay as they stand: whoever changed them meanwhile sees a plan of those before.
    found = scenario_with(theirs, result, author=author)
    history = (*theirs.history, *edits, *found.history[len(theirs.history) :])
    mine = replace(found, settings=theirs.settings, history=history)
    same = theirs.version == base_version or _has_plan(theirs, base_plan)
    if same and theirs.deleted is None:
        try:
            return save_over(store, theirs, mine), result
        except ConflictError as conflict:
            theirs = conflict.theirs
    st.session_state["clash"] = Clash(mine, theirs, of_a_draft=True)
    return None


def _has_plan(scenario: Scenario, options: Collection[str]) -> bool:
    """Tell whether a scenario has a plan of these very options; without one it has none."""
    chosen = () if scenario.plan is None else scenario.plan.get("chosen", ())
    return set(map(str, chosen)) == set(options)
