"""Settings of a district, read and kept in its folder; what is wrong in them is told."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import streamlit as st

from app_pages import shell
from planner.district import Settings, read_settings, write_settings
from planner.errors import PlannerError, Problem, SettingsError
from planner.language import note, say

__all__ = ["keep", "settings_of", "tell_refused"]


def settings_of(folder: Path) -> Settings:
    """Give the settings of a district as they stand; the page ends here where they are wrong."""
    with shell.told():
        return read_settings(folder)


def keep(folder: Path, settings: Settings) -> None:
    """Keep settings in the folder and run the page again; it ends here where they are wrong."""
    try:
        write_settings(folder, settings)
    except PlannerError as refused:
        tell_refused(refused)
        st.stop()
    st.rerun()


def tell_refused(refused: PlannerError) -> None:
    """Show why a value that was set on the screen is not kept, by the name of its field."""
    if not isinstance(refused, SettingsError) or not refused.problems:
        shell.show_error(refused)
        return
    problems = [replace(each, table=_field(each)) for each in refused.problems]
    shell.show_error(SettingsError(note("Not kept:"), problems=problems))


def _field(problem: Problem) -> str:
    """Name the field of the screen; what has none keeps its place in `district.toml`."""
    found = re.search(r"(\w+)$", problem.table)
    name = _NAMES.get(found[1]) if found else None
    return problem.table if name is None else name()


_NAMES: dict[str, Callable[[], str]] = {
    "bandwidth_m": lambda: say("A worker is spread over (m)"),
    "end_hour": lambda: say("End of a part of the day"),
    "headcount_factor": lambda: say("People in this season, for each one of the headcount"),
    "hot_spot_m": lambda: say("Farthest neighbours in a hot spot (m)"),
    "hot_spot_workers": lambda: say("Fewest workers of a hot spot"),
    "reach_m": lambda: say("Reach in metres"),
    "start_hour": lambda: say("Beginning of a part of the day"),
    "stay_min": lambda: say("Minutes that a worker uses a seat"),
    "total_workers": lambda: say("Stated headcount in the whole district"),
    "visit_every_h": lambda: say("Hours between two visits"),
    "weekday": lambda: say("Share that is out on a weekday"),
    "weekend": lambda: say("Share that is out on a weekend day"),
    "weeks": lambda: say("Weeks a year"),
}
"""Key in `district.toml` -> the field in which it is set, in the language in use."""
