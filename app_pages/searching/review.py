"""What a search would look at: told before it begins, short where nothing is wrong."""

from collections.abc import Sequence

import streamlit as st

from app_pages import shell
from app_pages.memory.keeping import scenario_now
from app_pages.memory.plans import kept_plan
from app_pages.memory.shelf import Entry
from app_pages.text.tables import number
from planner.district.settings import Limits
from planner.language import say
from planner.pipeline import Prepared
from planner.report import limit_sentences
from planner.scenarios import Scenario

__all__ = ["limits_in_words", "show_review"]

_LONG_S = 600.0


def show_review(entry: Entry, prepared: Prepared, limits: Limits) -> None:
    """Tell how large a search is, how long it may take, and what is new since the last plan."""
    scenario = scenario_now()
    if scenario is None:
        return
    st.caption(
        say(
            "To look through: {options} possible measures at {sites} sites, {places} places with"
            " workers; a plan is looked for at most {seconds} s.",
            options=number(_possible(prepared)),
            sites=number(len(prepared.options.sites)),
            places=number(len(prepared.demand.cells)),
            seconds=number(limits.time_limit_s),
        )
    )
    for told in _changed(scenario, entry, prepared, limits):
        st.caption(shell.plain(told))
    warnings = _warnings(prepared, limits)
    if warnings:
        st.warning("\n".join(f"- {shell.plain(each)}" for each in warnings), icon=":material/rule:")


def limits_in_words(prepared: Prepared, limits: Limits) -> list[str]:
    """Say in words what the search keeps to."""
    names = {str(site): str(name) for site, name in prepared.options.sites["name"].items()}
    return [str(each) for each in limit_sentences(limits, prepared.district, names)]


def _possible(prepared: Prepared) -> int:
    return int((prepared.options.table["measure"] != "keep").sum())


def _changed(scenario: Scenario, entry: Entry, prepared: Prepared, limits: Limits) -> list[str]:
    """Tell what is new since the plan that the scenario holds."""
    if scenario.plan is None:
        return []
    result = kept_plan(entry, prepared, scenario)
    if result is None:
        return [say("New since the last plan: files, or settings of demand and reach.")]
    now, then = (limits_in_words(prepared, each) for each in (limits, result.limits))
    new = [each for each in now if each not in then]
    gone = [each for each in then if each not in now]
    told = []
    if new:
        told.append(say("New since the last plan: {limits}", limits=_in_one(new)))
    if gone:
        told.append(say("No longer asked: {limits}", limits=_in_one(gone)))
    if not told:
        told.append(say("Data, settings and limits are those of the last plan."))
    return told


def _in_one(sentences: Sequence[str]) -> str:
    """Put sentences into one."""
    return say("; ").join(each.rstrip(".。") for each in sentences)


def _warnings(prepared: Prepared, limits: Limits) -> list[str]:
    """Tell what a person should look at before a long search."""
    told = []
    if not _possible(prepared):
        told.append(say("There is nothing to choose from: no venue and no measure is possible."))
    if limits.time_limit_s > _LONG_S and limits.work_limit is None:
        told.append(
            say(
                "The search may take {minutes} minutes; it can be stopped with the best so far.",
                minutes=number(limits.time_limit_s / 60),
            )
        )
    waiting = len(prepared.district.to_place)
    if waiting:
        told.append(
            say(
                "Rows that wait for a position on page 1, and do not count: {rows}.",
                rows=number(waiting),
            )
        )
    return told
