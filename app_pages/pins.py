"""Whether a site must be in a plan, or must not: set beside the map, kept among the limits."""

from dataclasses import replace

import streamlit as st

from app_pages.keeping import settings_of, tell_refused
from app_pages.shelf import Entry
from planner.district import check_limits, read_settings, write_settings
from planner.district.settings import Limits
from planner.errors import PlannerError
from planner.language import say
from planner.pipeline import Prepared

__all__ = ["show_pins"]

_REFUSED, _KEPT = "pin_refused", "pin_kept"


def show_pins(entry: Entry, prepared: Prepared, site: str) -> None:
    """Show the two switches of a venue; each is kept in the district folder at once."""
    if prepared.options.sites["existing"][site]:
        return  # whether a station may close or move is set on the page of limits
    limits = settings_of(entry.folder).limits
    columns = st.columns(2)
    for column, name, title, of_one in (
        (columns[0], "lock", say("Must be opened"), site in limits.lock),
        (columns[1], "forbid", say("Must not be opened"), site in limits.forbid),
    ):
        key = f"pin_{name}_{site}"
        st.session_state[key] = of_one
        with column:
            st.toggle(
                title,
                key=key,
                on_change=_pin,
                args=(entry, prepared, site, name),
                disabled=entry.running,
            )
    refused = st.session_state.pop(_REFUSED, None)
    if isinstance(refused, PlannerError):
        tell_refused(refused)
    if st.session_state.pop(_KEPT, False):
        st.rerun()  # the whole page: the limits are told in other parts of it too


def _pin(entry: Entry, prepared: Prepared, site: str, name: str) -> None:
    """Keep what was switched; the other of the two is switched off with it."""
    wanted = bool(st.session_state[f"pin_{name}_{site}"])
    sites = prepared.options.sites
    try:
        settings = read_settings(entry.folder)
        limits = _pinned(settings.limits, site, name if wanted else "")
        check_limits(
            limits,
            sites=sites.index,
            stations=sites.index[sites["existing"]],
            options=prepared.options.table.index,
        )
        write_settings(entry.folder, replace(settings, limits=limits))
    except PlannerError as refused:
        st.session_state[_REFUSED] = refused
    else:
        st.session_state[_KEPT] = True


def _pinned(limits: Limits, site: str, name: str) -> Limits:
    """Let a site stand in one of the two lists, or ("") in neither."""
    lock, forbid = (
        tuple(each for each in given if each != site) for given in (limits.lock, limits.forbid)
    )
    return replace(
        limits,
        lock=(*lock, site) if name == "lock" else lock,
        forbid=(*forbid, site) if name == "forbid" else forbid,
    )
