"""Charts of today and of a plan: by group, by part of the day, over communities, phase by phase."""

from pathlib import Path

import streamlit as st

from app_pages.charts.plots import show_charts
from app_pages.memory.shelf import Entry
from planner.language import say
from planner.pipeline import PlanResult, Prepared, figures_of, figures_of_today
from planner.scenarios.compare import Comparison, Side

__all__ = ["show_plan_charts", "show_today_charts"]

_STYLE = Path(__file__).parent / "compare.css"


def show_today_charts(entry: Entry, prepared: Prepared) -> None:
    """Show how today's service is spread."""
    _show([_today(entry, prepared)], without=("steps",))


def show_plan_charts(entry: Entry, result: PlanResult) -> None:
    """Show the same before and with a plan."""
    _, figures = entry.latest("charts", id(result), lambda: (result, figures_of(result)))
    name = say("with the plan")
    plan = Side(id="plan", name=name, baseline=False, state="current", figures=figures)
    _show([_today(entry, result.prepared), plan])


def _today(entry: Entry, prepared: Prepared) -> Side:
    figures = entry.once("charts of today", lambda: figures_of_today(prepared))
    return Side(id="today", name=say("Today"), baseline=True, state="current", figures=figures)


def _show(sides: list[Side], *, without: tuple[str, ...] = ()) -> None:
    st.html(_STYLE)
    comparison = Comparison(sides=tuple(sides), rows=(), changes=(), sentences=())
    show_charts(comparison, without=without)
