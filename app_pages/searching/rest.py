"""Why the other venues and measures are not in a plan."""

import streamlit as st

from app_pages.text.tables import Column, join_known, number, show_table, text, yuan
from planner.language import say
from planner.pipeline import PlanResult
from planner.report.model import Names
from planner.report.words import steps_text

__all__ = ["show_rest"]

_MOST = 300


def show_rest(result: PlanResult) -> None:
    """Show what could be done and is not with the reason, most gain first."""
    described = result.prepared.options.described
    known = described[["site", "name", "steps", "host_type", "community"]].join(
        result.rest, how="inner"
    )
    table = known.sort_values("gain_hours", ascending=False, kind="stable")
    names = Names(result.prepared.district)
    rows: dict[str, list[object]] = {
        "site": [
            f"{text(name)} ({site})\n" + join_known(names.host(host), names.community(community))
            for site, name, host, community in zip(
                table["site"], table["name"], table["host_type"], table["community"], strict=True
            )
        ],
        "what": [steps_text(steps) for steps in table["steps"]],
        "cost": table["cost_yuan"].tolist(),
        "gain": table["gain_hours"].tolist(),
        "exchange": table["exchange_hours"].tolist(),
        "reason": [str(reason) for reason in table["reason"]],
    }
    columns = [
        Column(key="site", title=say("Site"), show=text, wide=True),
        Column(key="what", title=say("Measure"), show=text),
        Column(key="cost", title=say("Set-up cost (yuan)"), show=yuan, right=True),
        Column(key="gain", title=say("Would add"), show=number, right=True),
        Column(key="exchange", title=say("Best exchange changes"), show=number, right=True),
        Column(key="reason", title=say("Why not chosen"), show=text, wide=True),
    ]
    st.caption(
        say(
            "Would add: worker-hours a week on top of the plan. Best exchange: what changes when it"
            " takes the place of the measure that can best be spared."
        )
    )
    show_table(rows, columns, height_px=560, most=_MOST)
