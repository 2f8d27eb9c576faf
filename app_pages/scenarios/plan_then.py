"""A plan of inputs that are others today -> what it was, marked as of then."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import streamlit as st

from app_pages.text.moments import moment
from app_pages.text.tables import Card, Column, number, share, show_cards, show_table, text, yuan
from planner.language import say
from planner.report.words import kind_name, steps_text
from planner.scenarios import Scenario

__all__ = ["kept_at", "show_plan_then"]

_OF_A_PLAN = ("search", "keep")


def kept_at(scenario: Scenario) -> datetime:
    """Tell when the plan of a scenario was kept: later changes were of something else."""
    times = (edit.at for edit in reversed(scenario.history) if edit.kind in _OF_A_PLAN)
    return next(times, scenario.changed)


def show_plan_then(scenario: Scenario) -> None:
    """Show figures and measures of a plan as they were kept; nothing of it is computed today."""
    figures = scenario.figures
    if figures is None or scenario.plan is None:
        return
    title = say("What the plan was on {time} (not today's figures)", time=moment(kept_at(scenario)))
    with st.expander(title, key="plan_then", icon=":material/history:"):
        show_cards(_cards(figures))
        _show_measures(figures["measures"])


def _cards(figures: Mapping[str, Any]) -> list[Card]:
    effective, nominal = figures["effective_share"], figures["nominal_share"]
    return [
        Card(title=say("Measures"), value=number(len(figures["measures"]))),
        Card(title=say("Set-up cost (yuan)"), value=yuan(figures["money"]["setup"])),
        Card(
            title=say("Effective coverage"),
            value=share(effective["after"]),
            more=say("before the plan {share}", share=share(effective["before"])),
        ),
        Card(
            title=say("Nominal coverage"),
            value=share(nominal["after"]),
            more=say("before the plan {share}", share=share(nominal["before"])),
        ),
        Card(
            title=say("Served worker-hours a week"), value=number(figures["served_hours"]["after"])
        ),
    ]


def _show_measures(measures: list[Mapping[str, Any]]) -> None:
    if not measures:
        return
    columns = [
        Column(key="what", title=say("Measure"), show=text),
        Column(key="site", title=say("Site"), show=text, wide=True),
        Column(key="setup", title=say("Set-up cost (yuan)"), show=yuan, right=True),
        Column(key="gain", title=say("Newly served"), show=number, right=True),
    ]
    rows: dict[str, list[object]] = {
        "what": [f"{kind_name(each['kind'])}\n{steps_text(each['steps'])}" for each in measures],
        "site": [f"{each['name']} ({each['site']})" for each in measures],
        "setup": [each["setup"] for each in measures],
        "gain": [each["gain_hours"] for each in measures],
    }
    show_table(rows, columns, height_px=320)
