"""A plan's measures -> the nearest other station of each, straight and on foot."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import KDTree

from planner.coverage import Coverage
from planner.siting.plan import Plan
from planner.siting.there import options_there

__all__ = ["nearest_stations_of"]

_MODE = "walk"
_MM = 1000


def nearest_stations_of(
    coverage: Coverage, plan: Plan, measures: Sequence[str], *, closes: int
) -> dict[str, Sequence[object]]:
    """Name the nearest station of today of each measure, of a closing that of the plan.

    Itself and the station that it replaces are left out. Metres on foot are those by way of the
    cell over which they are shortest, since ways are known between cells and sites alone.

    Parameters
    ----------
    closes
        How many of the measures, the last, are closings.

    Returns
    -------
    dict
        Columns nearest_site, nearest_name ("" where there is none), nearest_m, nearest_walk_m (NaN
        where there is none, or it is farther than ways were looked for).
    """
    sites, table = coverage.options.sites, coverage.options.table
    today = [str(site) for site in sites.index[sites["existing"].to_numpy(bool)]]
    then = sorted({str(table["site"][name]) for name in options_there(coverage, plan)})
    first = len(measures) - closes
    found = [
        *_nearest(coverage, measures[:first], today),
        *_nearest(coverage, measures[first:], then),
    ]
    places = sites.index.get_indexer(
        pd.Index([str(table["site"][name]) for name in measures], dtype=object)
    )
    names = [str(sites["name"][site]) if site else "" for site, _ in found]
    return {
        "nearest_site": [site for site, _ in found],
        "nearest_name": names,
        "nearest_m": [metres for _, metres in found],
        "nearest_walk_m": [
            _walk_m(coverage, int(place), site)
            for place, (site, _) in zip(places, found, strict=True)
        ],
    }


def _nearest(
    coverage: Coverage, measures: Sequence[str], others: Sequence[str]
) -> list[tuple[str, float]]:
    """Give the nearest of some sites and the straight metres to it; ties to the smaller id."""
    if not others:
        return [("", np.nan)] * len(measures)
    sites, table = coverage.options.sites, coverage.options.table
    ids = sorted(others)
    tree = KDTree(_plane(sites, ids))
    count = min(3, len(ids))  # itself and the one that it replaces may be among them
    found = []
    for name in measures:
        own = {str(table["site"][name]), str(table["replaces"][name])}
        metres, at = tree.query(
            _plane(sites, [str(table["site"][name])])[0], k=[*range(1, count + 1)]
        )
        near = sorted(
            (float(m), ids[k]) for m, k in zip(metres, at, strict=True) if ids[k] not in own
        )
        found.append((near[0][1], near[0][0]) if near else ("", np.nan))
    return found


def _plane(sites: pd.DataFrame, ids: Sequence[str]) -> NDArray[np.float64]:
    xy: NDArray[np.float64] = sites.loc[list(ids), ["x", "y"]].to_numpy(float)
    return xy


def _walk_m(coverage: Coverage, place: int, other: str) -> float:
    """Measure the way on foot between two sites over the best cell; NaN where none is known."""
    walk = coverage.travel.get(_MODE)
    if walk is None or not other:
        return float("nan")
    to = int(coverage.options.sites.index.get_loc(other))  # type: ignore[arg-type]  # ids are unique
    lengths = walk.length_mm
    one, two = (slice(lengths.indptr[k], lengths.indptr[k + 1]) for k in (place, to))
    both, at, there = np.intersect1d(
        lengths.indices[one], lengths.indices[two], assume_unique=True, return_indices=True
    )
    if not len(both):
        return float("nan")
    way = lengths.data[one][at].astype(np.int64) + lengths.data[two][there]
    return float(way.min()) / _MM
