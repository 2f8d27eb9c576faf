"""Siting: the search, the plan on the map, edits by hand, and the list of measures."""

import streamlit as st

from app_pages import shell
from app_pages.charts.view import show_plan_charts
from app_pages.editing.view import show_editing
from app_pages.memory.keeping import editable, scenario_now, searching_now, settings_now
from app_pages.memory.shelf import Entry, has_a_limit
from app_pages.reporting.measures_list import counted, show_measures
from app_pages.scenarios.view import tell_locked
from app_pages.scenarios.waiting import ready
from app_pages.searching.change import show_before_after
from app_pages.searching.phases import show_phases
from app_pages.searching.rest import show_rest
from app_pages.searching.review import limits_in_words
from app_pages.searching.scores import show_scores
from app_pages.searching.search import result_of_search, same_limits, show_search, status_name
from app_pages.searching.sure import show_sureness, sureness_of
from app_pages.text.tables import Card, decimal, fine_share, number, share, show_cards, yuan
from planner.district.settings import Limits
from planner.language import say
from planner.pipeline import PlanResult, Prepared
from planner.report.words import objective_name, unit_name
from planner.siting import Plan, Status

_NONE = (Status.INFEASIBLE, Status.UNKNOWN)


def _tell_limits(prepared: Prepared, limits: Limits) -> None:
    """Say in words what the search keeps to, with the way to the page where that is set."""
    sentences = limits_in_words(prepared, limits)
    with st.expander(say("Limits of the search ({count})", count=len(sentences))):
        st.markdown("\n".join(f"- {shell.plain(sentence)}" for sentence in sentences))
        st.page_link(
            "app_pages/limits.py",
            label=say("To the page Limits and budget"),
            icon=":material/arrow_forward:",
        )


def _is_of_before() -> bool:
    """Tell whether the scenario has a plan, of inputs that are others now."""
    scenario = scenario_now()
    return scenario is not None and scenario.plan is not None


def _tell_state(result: PlanResult | None, limits: Limits) -> None:
    """Say what a person must know before reading the result."""
    if result is None:
        if not searching_now() and not _is_of_before():
            st.info(_what_to_do(limits))
    elif result.plan.status in _NONE:
        st.error(say("No plan keeps these limits."), icon=":material/block:")
        _list(result.plan.reasons)
        if result.plan.way_out:
            st.markdown(f"**{say('The cheapest way out:')}**")
            _list(result.plan.way_out)
    elif not same_limits(result.limits, limits):
        st.warning(
            say("The limits were changed since this plan was made. Search again to renew it."),
            icon=":material/history:",
        )


def _what_to_do(limits: Limits) -> str:
    """Say how the first plan of the open scenario comes about; only to who may make it."""
    if not editable():
        return say("There is no plan in this scenario.")
    if has_a_limit(limits):
        return say("No plan has been made yet. Press “Search for the best plan” above.")
    return say("No plan has been made yet. Set the limits on page 4, then search.")


def _list(sentences: tuple[object, ...]) -> None:
    st.markdown("\n".join(f"- {shell.plain(str(sentence))}" for sentence in sentences))


def _show_figures(result: PlanResult) -> None:
    before, after, found = result.before, result.after, result.plan
    goal = found.goal
    bound = found.bound if goal is None else goal.bound
    cards = [
        Card(
            title=say("Measures"),
            value=number(len(result.measures)),
            more=counted(result),
            strong=True,
        ),
        Card(title=say("Set-up cost (yuan)"), value=yuan(found.cost_yuan)),
        Card(
            title=say("Effective coverage"),
            value=share(after.effective_share),
            more=say("today {share}", share=share(before.effective_share)),
            strong=True,
        ),
        Card(
            title=say("Nominal coverage"),
            value=share(after.nominal_share),
            more=say("today {share}", share=share(before.nominal_share)),
        ),
        Card(title=say("Served worker-hours a week"), value=number(found.served)),
        Card(
            title=say("At most from the best"),
            value=fine_share(found.gap),
            more=_ending(found),
        ),
    ]
    show_cards(cards)
    unit = unit_name("hours a week" if goal is None else goal.unit)
    st.caption(
        say(
            "Objective: {objective}. Reached {value} {unit}; proven bound {bound}.",
            objective=shell.plain(objective_name("served" if goal is None else goal.kind)),
            value=f"{found.served if goal is None else goal.value:,.0f}",
            bound=f"{bound:,.0f}",
            unit=unit,
        )
    )
    if found.notes:
        with st.expander(say("What else to know ({count})", count=len(found.notes))):
            _list(found.notes)


def _ending(found: Plan) -> str:
    """Tell how a plan came about, and how long it took where that was a search."""
    if found.status is Status.EDITED:
        return status_name(found)
    return say("{status}, {seconds} s", status=status_name(found), seconds=decimal(found.seconds))


def _show_result(entry: Entry, prepared: Prepared, limits: Limits) -> None:
    found = result_of_search(entry, prepared, limits)
    _tell_state(found, limits)
    result = None if found is None or found.plan.status in _NONE else found
    if result is None:
        show_editing(entry, prepared, limits, None)
        show_scores(entry, prepared)
        return
    _show_figures(result)
    show_editing(entry, prepared, limits, result)
    views = {
        "measures": say("Measures ({number})", number=len(result.measures)),
        **({"phases": say("Phases")} if len(result.limits.phases) else {}),
        "sure": say("How sure"),
        "rest": say("Why not others"),
        "change": say("Before and after"),
        "charts": say("Charts"),
        "scores": say("Score of each candidate"),
    }
    view = shell.views(views, key="siting_view")
    if view == "measures":
        show_measures(result, sureness_of(entry, result))
    elif view == "sure":
        show_sureness(entry, result)
    elif view == "phases":
        show_phases(result)
    elif view == "rest":
        show_rest(result)
    elif view == "change":
        show_before_after(result)
    elif view == "charts":
        show_plan_charts(entry, result)
    else:
        show_scores(entry, prepared)
    shell.next_link("compare")


def _page() -> None:
    entry, prepared = ready()
    shell.heading(
        say("Siting: {district}", district=prepared.district.settings.name),
        prepared.district.settings.data_note,
    )
    limits = settings_now().limits
    tell_locked()
    with st.container(border=True):
        _tell_limits(prepared, limits)
        show_search(entry, prepared, limits)
    _show_result(entry, prepared, limits)


_page()
