"""Scenarios that are chosen beside a plan -> one document for the meeting."""

from collections.abc import Sequence

import streamlit as st

from app_pages import shell
from app_pages.comparing.sides import comparison_today, stand
from app_pages.memory import scenario as scenarios
from app_pages.memory.shelf import Entry
from app_pages.reporting.papers import document_of
from app_pages.spaces.workspace import Place
from planner.errors import PlannerError
from planner.language import current_language, say
from planner.pipeline import PlanResult
from planner.pipeline.comparing import Standing
from planner.pipeline.meeting import Meeting
from planner.report import MOST_SIDES
from planner.scenarios import Scenario, Summary

__all__ = ["chosen_beside", "document_beside"]

_MOST = 4
"""Documents that are kept: they are written in seconds."""


def chosen_beside(place: Place, scenario: Scenario) -> tuple[Summary, ...]:
    """Let other scenarios with figures be chosen that the document holds against the plan.

    Raises
    ------
    StoreError
        If they cannot be read.
    """
    found = {each.id: each for each in scenarios.listed(place)}
    found = {key: each for key, each in found.items() if key != scenario.id and each.figures}
    if not found:
        return ()
    names = scenarios.told_apart({each.id: _name(place, each) for each in found.values()})
    key = shell.fresh_key("report_beside")
    shell.keep_chosen(key, names)
    ids = st.multiselect(
        say("Compare in the Word document with"),
        list(found),
        format_func=lambda each: names.get(each, each),
        placeholder=say("Choose scenarios"),
        max_selections=MOST_SIDES - 1,
        help=say(
            "The document then has a chapter that holds these scenarios against the plan: figures,"
            " charts, measures that differ, and maps of who gains and who loses."
        ),
        key=key,
    )
    return tuple(found[each] for each in ids if each in found)


def _name(place: Place, summary: Summary) -> str:
    """Name a scenario, and tell whether its figures are of other data."""
    if not summary.baseline and scenarios.is_outdated(summary, place.folder):
        return say("{name} (out of date)", name=summary.name)
    return summary.name


def document_beside(
    place: Place,
    entry: Entry,
    plan: tuple[Scenario, PlanResult],
    chosen: Sequence[Summary],
) -> bytes:
    """Give the document of a plan with a chapter of other scenarios, in the language in use.

    Parameters
    ----------
    place, entry
        The district, under the settings of the plan.
    plan
        The scenario that is proposed, and its plan.
    chosen
        What it is held against.

    Raises
    ------
    PlannerError
        If the district cannot be read, or nothing can be written.
    """
    scenario, result = plan
    # As it was read with the plan: others may save or delete it while documents are written.
    sides: tuple[Scenario | Summary, ...] = (scenario, *chosen)
    comparison = comparison_today(place, sides)
    states = tuple((side.id, side.name, side.state) for side in comparison.sides)
    key = states, tuple(each.version for each in sides), current_language()
    stands = {
        scenario.id: Standing(
            name=scenario.name,
            prepared=result.prepared,
            there=result.there,
            figures=result.after,
            measures=result.measures,
        )
    }

    def make() -> bytes:
        for each in chosen:
            standing = _standing(place, each)
            if standing is not None:
                stands[each.id] = standing
        meeting = Meeting(result=result, scenario=scenario, comparison=comparison, stands=stands)
        return document_of(meeting)

    return entry.latest("document beside", key, make, most=_MOST)


def _standing(place: Place, summary: Summary) -> Standing | None:
    """Give a scenario as it can be drawn; one that cannot be read has no map in the document."""
    try:
        found = stand(place, summary)
    except PlannerError:
        return None
    return None if found is None else found[1]
