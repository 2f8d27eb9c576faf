"""The one list of measures of a plan, each with its money, its gain and its reason."""

from collections.abc import Mapping

import streamlit as st

from app_pages.text.tables import Column, join_known, number, share, show_table, text, yuan
from planner.language import say
from planner.pipeline import PlanResult
from planner.report.model import Names
from planner.report.words import kind_name, steps_text

__all__ = ["counted", "show_measures"]


def counted(result: PlanResult) -> str:
    """Count the measures of each kind, in words."""
    kinds = result.measures["kind"].value_counts()
    return say(
        "{new} new, {upgrade} upgraded, {move} moved, {close} closed",
        **{kind: int(kinds.get(kind, 0)) for kind in ("new", "upgrade", "move", "close")},
    )


def show_measures(result: PlanResult, sure: Mapping[str, float] | None) -> None:
    """Show every measure: what opens and moves, what is upgraded, what closes.

    Parameters
    ----------
    result
        The plan.
    sure
        Option id -> how often it was chosen while the numbers moved; None: not asked.
    """
    measures, names = result.measures, Names(result.prepared.district)
    if not len(measures):
        st.info(say("There is no measure in this plan."), icon=":material/info:")
        return
    phases = {phase.id: names.phase(phase) for phase in result.limits.phases}
    rows: dict[str, list[object]] = {
        "place": list(range(1, len(measures) + 1)),
        "what": [
            f"{kind_name(kind)}\n{steps_text(steps)}"
            for kind, steps in zip(measures["kind"], measures["steps"], strict=True)
        ],
        "site": [
            f"{text(name)} ({site})\n" + join_known(names.host(host), names.community(community))
            for site, name, host, community in zip(
                measures["site"],
                measures["name"],
                measures["host_type"],
                measures["community"],
                strict=True,
            )
        ],
        "phase": [phases.get(str(phase), "") for phase in measures["phase"]],
        "setup": measures["cost_setup_yuan"].tolist(),
        "union": measures["cost_union_yuan"].tolist(),
        "year": measures["added_year_yuan"].tolist(),
        "gain": measures["gain_hours"].tolist(),
        "loss": measures["loss_hours"].tolist(),
        "nearest": measures["nearest_m"].tolist(),
        "sure": [(sure or {}).get(str(option)) for option in measures.index],
        "reason": [str(reason) for reason in measures["reason"]],
    }
    columns = [
        Column(key="place", title=say("No."), show=number, right=True, keep=True),
        Column(key="what", title=say("Measure"), show=text),
        Column(key="site", title=say("Site"), show=text, wide=True),
        Column(key="phase", title=say("Phase"), show=text),
        Column(key="setup", title=say("Set-up cost (yuan)"), show=yuan, right=True),
        Column(key="union", title=say("Union pays"), show=yuan, right=True),
        Column(key="year", title=say("Added a year"), show=yuan, right=True),
        Column(key="gain", title=say("Newly served"), show=number, right=True),
        Column(key="loss", title=say("Lost without it"), show=number, right=True),
        Column(key="sure", title=say("How often chosen"), show=share, right=True),
        Column(key="reason", title=say("Reason"), show=text, long=True),
    ]
    absent = {
        *(() if any(rows["phase"]) else ("phase",)),
        *(() if sure is not None else ("sure",)),
    }
    st.caption(
        say(
            "Newly served: worker-hours a week that no station serves today."
            " Lost without it: what the whole plan would serve less."
        )
    )
    show_table(rows, [each for each in columns if each.key not in absent], height_px=560)
