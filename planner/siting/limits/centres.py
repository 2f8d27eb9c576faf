"""Levels of stations -> limits that give each new station a centre near it."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import KDTree

from planner.district.settings import Levels
from planner.language import Message, note
from planner.siting.limits.entering import Entering
from planner.siting.limits.single_limits import LimitRow
from planner.siting.problem import UNLIMITED, About

__all__ = ["Centred", "centre_rows"]

_TOUCHING_M = 1e-6


class Centred(NamedTuple):
    """What levels ask of options."""

    rows: list[LimitRow]
    alone: Mapping[int, Message]
    """Place of an option -> why it cannot be chosen: no centre can be near."""


def centre_rows(entering: Entering, levels: Levels | None) -> Centred:
    """Let each new station that is no centre have one within straight metres, that far counted in.

    A centre is a station in working order at a host of the types that are named, of today or
    chosen. Stations of today need none.
    """
    if levels is None:
        return Centred([], {})
    there, sites = entering.there, entering.sites
    centre = _is_centre(there, sites, levels)
    new = np.flatnonzero(entering.opens & ~centre)
    if not len(new):
        return Centred([], {})
    places = there.iloc[new].groupby("place", sort=True).indices
    firsts = np.array([new[at[0]] for at in places.values()])
    served = _near_standing(entering, levels, there["site"].iloc[firsts])
    centres = np.flatnonzero(centre)
    near = _near(entering, levels, there["site"].iloc[firsts], there["site"].iloc[centres])
    rows: list[LimitRow] = []
    alone: dict[int, Message] = {}
    reason = note(
        "no centre is or can be within {metres} m of it.", metres=f"{levels.within_m:,.0f}"
    )
    for at, mine in enumerate(places.values()):
        if served[at]:
            continue
        if not len(near[at]):
            alone |= {int(place): reason for place in new[mine]}
            continue
        rows.append(_row(there, new[mine], centres[near[at]], levels))
    return Centred(rows, alone)


def _row(
    there: pd.DataFrame, station: NDArray[np.int64], centres: NDArray[np.int64], levels: Levels
) -> LimitRow:
    """Let the centres that are chosen be no fewer than the options of one place."""
    at = np.concatenate([station, centres])
    weight = np.concatenate([np.full(len(station), -1, np.int64), np.ones(len(centres), np.int64)])
    order = np.argsort(at)
    about = About(
        kind="level",
        name=note(
            "a centre within {metres} m of {site}",
            metres=f"{levels.within_m:,.0f}",
            site=str(there["site"].iloc[station[0]]),
        ),
    )
    return LimitRow(at[order], weight[order], 0, UNLIMITED, about)


def _is_centre(table: pd.DataFrame, sites: pd.DataFrame, levels: Levels) -> NDArray[np.bool_]:
    host = sites["host_type"].reindex(table["site"]).isin(levels.centre_hosts).to_numpy(bool)
    all_year = np.array([not weeks for weeks in table["weeks"]], np.bool_)
    return np.asarray(
        host & table["working"].to_numpy(bool) & all_year & ~table["bought"].to_numpy(bool),
        np.bool_,
    )


def _near_standing(entering: Entering, levels: Levels, sites: pd.Series) -> NDArray[np.bool_]:
    """Say which sites have a centre near that stays in any case."""
    standing = entering.standing
    centres = standing["site"][_is_centre(standing, entering.sites, levels)]
    near = _near(entering, levels, sites, centres)
    return np.array([bool(len(found)) for found in near], np.bool_)


def _near(
    entering: Entering, levels: Levels, sites: pd.Series, centres: pd.Series
) -> list[NDArray[np.int64]]:
    """List the centres near each site."""
    if not len(centres):
        return [np.zeros(0, np.int64)] * len(sites)
    from_xy, to_xy = (
        entering.sites.loc[ids, ["x", "y"]].to_numpy(float) for ids in (sites, centres)
    )
    found = KDTree(to_xy).query_ball_point(from_xy, levels.within_m + _TOUCHING_M)
    return [np.array(sorted(some), np.int64) for some in found]
