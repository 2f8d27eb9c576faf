"""What stands at the end of each phase of a plan."""

import streamlit as st

from app_pages.text.tables import Column, number, share, show_table, text, yuan
from planner.language import say
from planner.pipeline import PlanResult
from planner.report.model import Names

__all__ = ["show_phases"]


def show_phases(result: PlanResult) -> None:
    """Show money, openings and coverage of each phase, and of all up to it."""
    names = Names(result.prepared.district)
    phases = {phase.id: names.phase(phase) for phase in result.limits.phases}
    table = result.by_phase
    rows: dict[str, list[object]] = {
        "name": [phases.get(str(phase), str(phase)) for phase in table.index],
        **{str(name): table[name].tolist() for name in table},
    }
    columns = [
        Column(key="name", title=say("Phase"), show=text, keep=True),
        Column(key="measures", title=say("Measures"), show=number, right=True),
        Column(key="opened", title=say("Of them openings and moves"), show=number, right=True),
        Column(key="cost_yuan", title=say("Set-up cost (yuan)"), show=yuan, right=True),
        Column(key="all_cost_yuan", title=say("Set-up cost so far (yuan)"), show=yuan, right=True),
        Column(
            key="served_hours",
            title=say("Served at its end (worker-hours a week)"),
            show=number,
            right=True,
        ),
        Column(key="share", title=say("Effective coverage at its end"), show=share, right=True),
    ]
    show_table(rows, columns)
    st.caption(say("Each row tells how things stand at the end of a phase."))
