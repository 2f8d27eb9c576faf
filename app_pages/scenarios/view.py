"""What a person must know of the open scenario on every page: locked, or of other inputs."""

import streamlit as st

from app_pages import shell
from app_pages.access.who import may, person
from app_pages.memory import scenario as scenarios
from app_pages.memory.keeping import scenario_now
from app_pages.scenarios.plan_then import kept_at, show_plan_then
from app_pages.scenarios.presses import press_once, presses
from app_pages.text.moments import moment
from planner.errors import PlannerError
from planner.language import say
from planner.pipeline import Prepared
from planner.pipeline.scenarios import is_stale
from planner.scenarios import Scenario
from planner.scenarios.naming import free_mark, given_name

__all__ = ["tell_locked", "tell_state"]


def tell_state(prepared: Prepared) -> None:
    """Say above the page what became of the open scenario, and whether its plan still counts."""
    told = st.session_state.pop("scenario_told", None)
    if told is not None:
        st.info(shell.plain(str(told)), icon=":material/info:")
    scenario = scenario_now()
    if scenario is None or scenario.plan is None:
        return
    if is_stale(scenario, prepared.district.fingerprint):
        st.warning(
            say(
                "Out of date: files or settings have changed since the plan of {name} was kept"
                " ({time}). What it was is not shown as today's; search again to renew it.",
                name=shell.plain(scenario.name),
                time=shell.plain(moment(kept_at(scenario))),
            ),
            icon=":material/history:",
        )
        show_plan_then(scenario)


def tell_locked() -> bool:
    """Say that the baseline cannot be changed, and offer a copy; tell whether it is open."""
    scenario = scenario_now()
    if scenario is None:
        return False
    if not may("plan"):
        st.info(say("You may look at everything here, and change nothing."), icon=":material/lock:")
        return False
    if not scenario.baseline:
        return False
    told, button = st.columns([4, 1], vertical_alignment="center")
    told.info(
        say(
            "{name} is the state of today: it is locked, and stays as it is for comparing.",
            name=shell.plain(scenario.name),
        ),
        icon=":material/lock:",
    )
    button.button(
        say("Make a copy to plan with"),
        key="copy_of_baseline",
        type="primary",
        width="stretch",
        on_click=press_once,
        args=("copy_of_baseline", presses("copy_of_baseline"), make_copy, scenario, None),
    )
    return True


def make_copy(scenario: Scenario, name: str | None) -> None:
    """Copy a scenario under a name and open the copy; what is wrong is told on the page."""
    try:
        if not may("plan"):
            scenarios.refuse_unless_writable(scenario)
        place = shell.the_place()
        own = (name or "").strip()
        mark = "" if own else free_mark(scenarios.listed(place) if place else ())
        wanted = own or str(given_name(mark))
        copy = scenarios.store().copy(scenario.id, name=wanted, author=person().label, given=mark)
    except PlannerError as error:
        st.session_state["scenario_told"] = error.message
        return
    scenarios.look_again()
    scenarios.open_scenario(copy.id)
