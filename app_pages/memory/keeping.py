"""Settings of the open scenario, read and kept in it; what is wrong in them is told."""

import contextlib
import re
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import streamlit as st

from app_pages import shell
from app_pages.access.who import may, person
from app_pages.memory import scenario as scenarios
from app_pages.memory.runs import runs
from app_pages.memory.saving import keep_scenario, save_over, with_edit
from planner.district import Settings, settings_text, write_settings
from planner.errors import ConflictError, PlannerError, Problem, SettingsError, StoreError
from planner.language import note, say
from planner.scenarios import Scenario

__all__ = [
    "editable",
    "keep",
    "keep_data",
    "mark_now",
    "save_settings",
    "scenario_now",
    "searching_now",
    "settings_now",
    "settings_this_moment",
    "tell_refused",
]


def settings_now() -> Settings:
    """Give the settings of the open scenario as they stand; the page ends where they are wrong."""
    with shell.told():
        place = shell.the_place()
        if place is None:
            raise StoreError(note("No district is open. Choose one on the page Data."))
        return scenarios.settings_today(place)


def settings_this_moment() -> Settings:
    """Give the settings of the open scenario, read this moment.

    Raises
    ------
    PlannerError
        If they cannot be read.
    """
    place = shell.the_place()
    if place is None:
        raise StoreError(note("No district is open. Choose one on the page Data."))
    return scenarios.settings_of_scenario(scenarios.fresh_scenario(place), place.folder)


def scenario_now() -> Scenario | None:
    """Give the open scenario; None where there is none, or it cannot be read."""
    place = shell.the_place()
    try:
        return None if place is None else scenarios.the_scenario(place)
    except StoreError:
        return None


def mark_now() -> str:
    """Give the id of the open scenario, for the keys of widgets that are about it alone."""
    found = scenario_now()
    return "" if found is None else found.id


def searching_now() -> bool:
    """Tell whether a plan is being looked for in the open scenario."""
    return runs().searching(mark_now())


def editable() -> bool:
    """Tell whether this person may change the open scenario now: no search is looking at it."""
    found = scenario_now()
    return found is not None and scenarios.writable(found) and not searching_now()


def keep(change: Callable[[Settings], Settings]) -> None:
    """Change the settings of the open scenario and run the page again; it ends here if wrong.

    Parameters
    ----------
    change
        As of `save_settings`.
    """
    try:
        st.session_state["kept"] = save_settings(change)
    except PlannerError as refused:
        tell_refused(refused)
        st.stop()
    st.rerun()  # the frame of the page then says that it is saved


def save_settings(change: Callable[[Settings], Settings], *, tries: int = 1) -> bool:
    """Change the settings of the open scenario; false where somebody else has just changed them.

    Parameters
    ----------
    change
        Given the settings as they are at this moment, whatever the page showed: it sets what was
        changed and nothing else, so that what others set meanwhile stays.
    tries
        How often to read and change them, where others save between the two each time. More than
        one suits a change of a single thing, which takes back nothing of what others set.

    Raises
    ------
    SettingsError
        If the settings are not allowed.
    StoreError
        If they cannot be kept, or this person may not change them.
    """
    place = shell.the_place()
    if place is None:
        raise StoreError(note("No district is open. Choose one on the page Data."))
    for left in reversed(range(tries)):
        base = scenarios.fresh_scenario(place)
        scenarios.refuse_unless_writable(base)
        before = scenarios.settings_of_scenario(base, place.folder)
        wanted = change(before)
        if wanted == before:
            return True
        changed = replace(base, settings=settings_text(wanted))
        about = {"fields": _changed(before, wanted)}
        mine = with_edit(changed, "settings", person().label, about)
        if not left:
            return keep_scenario(base, mine) is not None
        with contextlib.suppress(ConflictError):
            save_over(scenarios.store(), base, mine)
            return True
    return False


def _changed(before: Any, after: Any) -> list[str]:  # noqa: ANN401 - Settings, or its Limits
    """Name the settings that differ; of the limits each one."""
    names = [
        each.name
        for each in fields(before)
        if getattr(before, each.name) != getattr(after, each.name)
    ]
    if "limits" not in names:
        return names
    return [
        *(name for name in names if name != "limits"),
        *(f"limits.{name}" for name in _changed(before.limits, after.limits)),
    ]


def keep_data(folder: Path, settings: Settings) -> None:
    """Keep what the folder says of its files and run the page again; it ends here if wrong."""
    try:
        if not may("plan"):
            raise StoreError(note("You may look at everything here, and change nothing."))
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
    words = re.sub(r".*\]", "", problem.table).split()
    name = _NAMES.get(words[-1]) if words else None
    rows = [word for word in words if word.isdigit()]
    if name is None and rows:  # a whole row of a table
        name = _NAMES.get(words[0])
    if name is None:
        return problem.table
    return say("{field}, row {row}", field=name(), row=rows[-1]) if rows else name()


_NAMES: dict[str, Callable[[], str]] = {
    "budget_partner_yuan": lambda: say("Of it paid by hosts and partners (yuan)"),
    "budget_union_yuan": lambda: say("Of it paid by the union (yuan)"),
    "budget_year_yuan": lambda: say("Added running cost (yuan a year)"),
    "budget_yuan": lambda: say("Set-up money in all (yuan)"),
    "centre_hosts": lambda: say("Host types whose stations are centres"),
    "containers": lambda: say("Relocatable stations that may be bought"),
    "contiguous_m": lambda: say("What opens in a phase has a station of before within (m)"),
    "cost_setup_yuan": lambda: say("Set-up cost (yuan)"),
    "cost_year_yuan": lambda: say("Added running cost (yuan a year)"),
    "count": lambda: say("New stations at most"),
    "floors": lambda: say("Who must be served"),
    "forbid": lambda: say("Must not be opened"),
    "gap_share": lambda: say("End when proven this near to the best (%)"),
    "id": lambda: say("Phase"),
    "kind": lambda: say("Objective"),
    "least": lambda: say("At least"),
    "least_per_street": lambda: say("For each street office at least"),
    "least_share": lambda: say("At least (%)"),
    "lock": lambda: say("Must be opened"),
    "may_close": lambda: say("Stations that may be closed"),
    "may_move": lambda: say("Stations that may be moved"),
    "measures": lambda: say("The plan may"),
    "min_separation_m": lambda: say("Least distance (m)"),
    "most": lambda: say("At most"),
    "most_share": lambda: say("At most (%)"),
    "no_go": lambda: say("Areas where nothing may be opened"),
    "objectives": lambda: say("Objective"),
    "phases": lambda: say("Phases"),
    "price_hours": lambda: say("Price of a shortfall (worker-hours a week)"),
    "quotas": lambda: say("How many stations of a kind there must be"),
    "scope": lambda: say("For"),
    "seed": lambda: say("Seed of the search"),
    "stations": lambda: say("What counts"),
    "target_share": lambda: say("Target (%)"),
    "time_limit_s": lambda: say("Time limit (s)"),
    "tolerance_share": lambda: say("Later ones may cost (%)"),
    "weight": lambda: say("Weight"),
    "which": lambda: say("Only these (ids)"),
    "within_m": lambda: say("Each other new station has a centre within (m)"),
    "work_limit": lambda: say("Steps of the search at most"),
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
