"""What everything around the map that is edited needs to know, for one run of it."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from app_pages.memory.desks import Desk, live_of
from app_pages.memory.shelf import Entry
from planner.district import Settings, projection_of
from planner.district.settings import AddedSite, Limits
from planner.geo import to_plane
from planner.language import Message
from planner.pipeline import PlanResult, Prepared
from planner.siting.telling.reasons import names_of

__all__ = [
    "PENDING",
    "SELECTED",
    "TOLD",
    "TOOL",
    "TOOLS",
    "Scene",
    "candidates_changed",
    "next_run",
    "select",
    "tell",
]

SELECTED, PENDING, TOOL, TOLD = "live_site", "edit_pending", "edit_tool", "edit_told"
"""Keys of the session: id of the site that is selected, where a new candidate is asked about,
which tool is in hand, and what is told once."""
TOOLS = ("select", "add", "lock", "forbid", "area")
_WHOLE, _CANDIDATES = "edit_whole", "edit_candidates"
_FINGER_M = 1500.0
"""How far from a site a click may be that does not say how much a finger covers."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A scenario that is open, what this person lets stand on it, and whether that may change."""

    entry: Entry
    prepared: Prepared
    settings: Settings
    result: PlanResult | None
    desk: Desk
    why_not: str
    """Why nothing may be changed; "": it may."""

    @property
    def limits(self) -> Limits:
        """Limits that edits are held to."""
        return self.settings.limits

    def held(self) -> AbstractContextManager[None]:
        """Count what stands by this window's district and limits until the end.

        Raises
        ------
        SettingsError
            If the limits contradict each other.
        """
        return self.desk.hold(live_of(self.entry, self.prepared, self.limits))

    @property
    def edited(self) -> bool:
        """Whether what stands differs from the plan that is kept."""
        return self.desk.edited

    @property
    def selected(self) -> str | None:
        """Give the site that is selected; None: none is, or it is gone."""
        site = st.session_state.get(SELECTED)
        return site if site in self.prepared.options.sites.index else None

    @property
    def coming(self) -> AddedSite | None:
        """Give the candidate that was just added and is selected, while the district has not it."""
        site, known = st.session_state.get(SELECTED), self.prepared.options.sites.index
        here = (each for each in self.settings.added if each.id == site and site not in known)
        return next(here, None)

    @property
    def names(self) -> Mapping[str, Message | str]:
        """Give what options and sites are called, by id; made once for everybody."""
        return self.entry.once("names of options", lambda: names_of(self.prepared.options))

    def title(self, site: str) -> str:
        """Name a site, with its id."""
        sites = self.prepared.options.sites
        name = str(sites["name"].get(site, "") or "")
        return f"{name} ({site})" if name else site

    def options_of(self, site: str) -> list[str]:
        """Give the options of a site that edits know."""
        table = self.prepared.options.table
        here, known = table.index[table["site"] == site], self.desk.session.options
        return [str(option) for option in here if option in known]

    def is_station(self, site: str) -> bool:
        """Tell whether a site is a station that is there today."""
        return bool(self.prepared.options.sites["existing"][site])

    def place_of(self, site: str) -> tuple[float, float]:
        """Give longitude and latitude of a site."""
        places = self.prepared.options.sites[["lon", "lat"]].astype(float)
        return float(places["lon"][site]), float(places["lat"][site])

    def site_at(self, lon: float, lat: float, *, reach_m: float = _FINGER_M) -> str | None:
        """Find the site nearest to a place, within reach; what stands goes before what could."""
        sites = self.prepared.options.sites
        if not len(sites):
            return None
        at = to_plane([lon], [lat], projection=projection_of(self.prepared.district))[0]
        metres = np.hypot(*(sites[["x", "y"]].to_numpy(float) - at).T)
        nearest = float(metres.min())
        if nearest > reach_m:
            return None
        here = [str(site) for site in sites.index[metres <= nearest]]
        table = self.prepared.options.table["site"]
        standing = {str(table[each]) for each in self.desk.chosen if each in table.index}
        return next((site for site in here if site in standing), here[0])


def select(site: str | None) -> None:
    """Select a site, or none."""
    st.session_state[SELECTED] = site


def tell(message: Any) -> None:  # noqa: ANN401 - a message or an error
    """Tell something beside the map with the next run of it."""
    st.session_state[TOLD] = message


def next_run(*, whole: bool = False) -> bool:
    """Ask for a run of the whole page after this one; without `whole` tell whether one was."""
    if whole:
        st.session_state[_WHOLE] = True
        return True
    return bool(st.session_state.pop(_WHOLE, False))


def candidates_changed(*, now: bool = False) -> bool:
    """Note that this hand added or deleted a candidate; without `now` tell whether it did.

    The district is prepared with one site more or less then, which the figures need not wait for.
    """
    if now:
        st.session_state[_CANDIDATES] = True
        return True
    return bool(st.session_state.pop(_CANDIDATES, False))
