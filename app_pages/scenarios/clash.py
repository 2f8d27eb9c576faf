"""Two people saved the same scenario -> the second is told, and keeps both or takes the other's."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from app_pages import shell
from app_pages.access.who import may, person
from app_pages.memory import scenario as scenarios
from app_pages.memory.desks import desks
from app_pages.memory.keeping import scenario_now
from app_pages.memory.runs import Run, runs
from app_pages.memory.saving import Clash
from app_pages.scenarios.presses import press_once, presses
from app_pages.text.moments import moment
from app_pages.text.tables import Column, number, share, show_table, text, yuan
from planner.errors import PlannerError
from planner.language import say
from planner.scenarios import Scenario
from planner.scenarios.naming import told_name

__all__ = ["show"]


def show() -> None:
    """Ask what to do with what this person could not keep; nothing where there is nothing."""
    clash: Clash | None = st.session_state.get("clash")
    run = None if clash else _run_with_clash()
    found = clash or (run.clash if run else None)
    if found is None:
        return
    with st.container(border=True):
        st.warning(
            say(
                "{name} was saved by {author} on {time} while you worked on it. Yours is not kept"
                " yet: keep it as a scenario of its own, or take theirs.",
                name=shell.plain(str(told_name(found.theirs))),
                author=shell.plain(found.theirs.author or say("another window")),
                time=shell.plain(moment(found.theirs.changed)),
            ),
            icon=":material/call_split:",
        )
        _compare(found)
        mine, theirs = st.columns(2)
        mine.button(
            say("Keep mine as a copy"),
            key="clash_mine",
            type="primary",
            width="stretch",
            on_click=press_once,
            args=("clash", presses("clash"), _keep_mine, found, run),
            disabled=not may("plan"),
        )
        theirs.button(
            say("Take theirs, drop mine"),
            key="clash_theirs",
            width="stretch",
            on_click=press_once,
            args=("clash", presses("clash"), _take_theirs, found, run),
        )


def _run_with_clash() -> Run | None:
    scenario = scenario_now()
    if scenario is None:
        return None
    who = person().id
    found = (run for run in runs().shown_to(who, scenario.id) if run.clash and run.person == who)
    return next(found, None)


def _compare(clash: Clash) -> None:
    """Show both side by side: what each chose, costs and serves."""
    told = [_figures(each) for each in (clash.mine, clash.theirs)]
    columns = [
        Column(key="whose", title=say("Version"), show=text, keep=True),
        Column(key="count", title=say("Measures"), show=number, right=True),
        Column(key="cost", title=say("Set-up cost (yuan)"), show=yuan, right=True),
        Column(key="share", title=say("Effective coverage"), show=share, right=True),
        Column(key="settings", title=say("Settings"), show=text),
    ]
    same = clash.mine.settings == clash.theirs.settings
    rows: dict[str, list[object]] = {
        "whose": [say("mine"), say("theirs")],
        **{key: [each.get(key) for each in told] for key in ("count", "cost", "share")},
        "settings": [say("the same") if same else say("not the same"), ""],
    }
    show_table(rows, columns)


def _figures(scenario: Scenario) -> dict[str, Any]:
    figures = scenario.figures
    if figures is None or scenario.plan is None:
        return {}
    coverage: Mapping[str, Any] = figures["effective_share"]
    return {
        "count": len(figures["measures"]),
        "cost": figures["money"]["setup"],
        "share": coverage["after"],
    }


def _keep_mine(clash: Clash, run: Run | None) -> None:
    """Keep what was not kept as a scenario of its own, and open it."""
    shell.choose_language()  # a click is answered before the page chooses
    now = datetime.now(UTC)
    copy = replace(
        clash.mine,
        id="",
        version=0,
        district=clash.theirs.district,  # its folder may have moved since mine was begun
        name=say("{name} (copy)", name=told_name(clash.mine)),
        parent=clash.mine.id,
        baseline=False,
        author=person().label,
        created=now,
        changed=now,
        deleted=None,
    )
    try:
        scenarios.refuse_unless_writable(copy)
        kept = scenarios.store().add(copy)
    except PlannerError as error:
        st.session_state["scenario_told"] = error.message
        return
    scenarios.look_again()
    scenarios.open_scenario(kept.id)
    _settle(clash, run)


def _take_theirs(clash: Clash, run: Run | None) -> None:
    _settle(clash, run)


def _settle(clash: Clash, run: Run | None) -> None:
    """Forget the question, and the edits that led to it."""
    if run is not None:
        run.clash = None
    st.session_state.pop("clash", None)
    if clash.of_a_draft:
        who = person().id
        desks().forget(who, clash.mine.id)
        try:
            scenarios.store().drop_draft(clash.mine.id, who)
        except PlannerError as error:
            st.session_state["scenario_told"] = error.message
