"""Coverage and the stations that are there -> cells farther from an open one than they should be.

The rule is Shandong's: less than 1 km between stations in urban areas, less than 0.5 km where
workers are dense, and at least 12 m2 of room; all of it settings.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.coverage.around import workers_around
from planner.coverage.factors import Coverage
from planner.district.settings import GapRules
from planner.language import say
from planner.travel import TravelMatrix

__all__ = ["CellNeeds", "GapCheck", "are_open", "cell_needs", "check_gaps", "small_stations"]

_STATES = ("served", "gap", "exempt", "not_required")
_NO_WAY = 2**31 - 1
_MODE = "walk"


@dataclass(frozen=True, slots=True, kw_only=True)
class CellNeeds:
    """Which cells must have a station near; all arrays have shape (m cells,)."""

    workers_milli: NDArray[np.int64]
    """Thousandths of workers."""
    near_milli: NDArray[np.int64]
    """The same within the circle of 1 km2 around each."""
    dense: NDArray[np.bool_]
    limit_mm: NDArray[np.int64]
    """Longest way on foot to a station, itself allowed."""
    required: NDArray[np.bool_]
    """False where so few workers are that no station is needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GapCheck:
    """Which cells lie too far from the nearest open station."""

    by_cell: pd.DataFrame
    """Index cell id. Columns: community (id or ""), street (name or ""), workers (headcount),
    workers_km2 (those within the circle of 1 km2 around the cell), dense (bool), limit_m, nearest_m
    (to the nearest open station on foot; NaN where there is none within `searched_m`), nearest
    (its id, or ""), candidate_m and candidate (the nearest site that is not open: a candidate, or a
    station that could be put right; NaN and "" likewise), state: "served" (within the limit),
    "gap", "exempt" (no station and no candidate lies within the limit, so no plan could serve it)
    or "not_required" (no more workers than `least_workers`)."""
    by_community: pd.DataFrame
    """Index community id ("": none), most workers in gaps first. Columns: street, cells, workers
    (of the cells that must have a station), served_workers, gap_cells, gap_workers, exempt_cells,
    exempt_workers, served_share (of workers; 1 where there are none), farthest_m (the farthest of
    the cells that must have one; infinite where one has none within `searched_m`)."""
    by_street: pd.DataFrame
    """Index street name ("": none), the same columns without street."""
    whole: pd.Series
    """The same columns for the whole district."""
    searched_m: float
    """Longest way that was looked for."""

    def __post_init__(self) -> None:
        """Check that each cell has one known state."""
        if not self.by_cell["state"].isin(_STATES).all():
            raise ValueError(f"state must be one of {', '.join(_STATES)}")

    @property
    def gaps(self) -> pd.DataFrame:
        """The rows of `by_cell` that are gaps, most workers first, then by id."""
        return _most_workers_first(self.by_cell[self.by_cell["state"] == "gap"])

    @property
    def exempt(self) -> pd.DataFrame:
        """The rows of `by_cell` that nothing could serve, most workers first, then by id."""
        return _most_workers_first(self.by_cell[self.by_cell["state"] == "exempt"])

    def __str__(self) -> str:
        """Tell the result as one sentence."""
        return say(
            "Of {workers:,.0f} workers whose place must have a station near, {served:,.0f} have an"
            " open one within the limit, {gap:,.0f} do not, and {exempt:,.0f} have neither a"
            " station nor a candidate there.",
            workers=self.whole["workers"],
            served=self.whole["served_workers"],
            gap=self.whole["gap_workers"],
            exempt=self.whole["exempt_workers"],
        )


def check_gaps(
    coverage: Coverage,
    chosen: Collection[str],
    *,
    rules: GapRules,
    communities: pd.DataFrame | None = None,
) -> GapCheck:
    """Check how far the workers of each cell walk to the nearest open station.

    A cell is dense where at least `dense_workers_per_km2` workers, of all groups, stand within the
    circle of 1 km2 around it (radius 564.19 m, the border counts): a cell's own area says nothing
    where cells are points. A station is open if it works, is listed, not gated, and opens at some
    time of the week; whom it admits and when does not matter here, coverage tells that. Ways are
    compared in whole millimetres and the limit itself is served.

    Parameters
    ----------
    coverage
        Its walking ways must have been computed up to both limits.
    chosen
        Ids of the options that are there, existing stations included.
    rules
        Limits and what is dense.
    communities
        Of the district, with the column `street`; None: no cell has a street.

    Raises
    ------
    ValueError
        If there are no ways on foot, they end before a limit, a limit is not above 0, or an option
        is not known.
    """
    walk = _walk(coverage, rules)
    cells = coverage.demand.cells
    needs = cell_needs(coverage, rules=rules)
    milli, limit_mm = needs.workers_milli, needs.limit_mm
    open_sites = _open_sites(coverage, chosen)
    nearest_mm, nearest = _nearest(walk, open_sites)
    other_mm, other = _nearest(walk, sorted(set(coverage.options.sites.index) - set(open_sites)))
    state = np.select(
        [~needs.required, nearest_mm <= limit_mm, other_mm > limit_mm],
        ["not_required", "served", "exempt"],
        "gap",
    )
    community, street_of = cells["community"].astype(str), _street_of(communities)
    by_cell = pd.DataFrame(
        {
            "community": community,
            "street": [street_of.get(each, "") for each in community],
            "workers": milli / 1000,
            "workers_km2": needs.near_milli / 1000,
            "dense": needs.dense,
            "limit_m": limit_mm / 1000,
            "nearest_m": _metres(nearest_mm),
            "nearest": nearest,
            "candidate_m": _metres(other_mm),
            "candidate": other,
            "state": state,
        },
        index=cells.index,
    )
    return GapCheck(
        by_cell=by_cell,
        by_community=_summed(by_cell, "community").join(
            by_cell.groupby("community")["street"].first()
        ),
        by_street=_summed(by_cell, "street"),
        whole=_whole(by_cell),
        searched_m=walk.cutoff_m,
    )


def cell_needs(coverage: Coverage, *, rules: GapRules) -> CellNeeds:
    """Say which cells must have a station near, and how near; see `check_gaps` for the rules.

    Raises
    ------
    ValueError
        If there are no ways on foot, they end before a limit, or a limit is not above 0.
    """
    _walk(coverage, rules)
    milli = np.rint(coverage.demand.workers * 1000).astype(np.int64).sum(axis=1)
    near_milli = workers_around(coverage.demand.cells[["x", "y"]].to_numpy(np.float64), milli)
    dense = near_milli >= round(1000 * rules.dense_workers_per_km2)
    return CellNeeds(
        workers_milli=milli,
        near_milli=near_milli,
        dense=dense,
        limit_mm=np.where(dense, round(1000 * rules.dense_m), round(1000 * rules.urban_m)),
        required=milli > round(1000 * rules.least_workers),
    )


def are_open(table: pd.DataFrame) -> NDArray[np.bool_]:
    """Tell which options put an open door there: at some time of the week, listed, not gated.

    Parameters
    ----------
    table
        Some rows of `Options.table`.

    Returns
    -------
    numpy.ndarray
        Shape (n,).
    """
    opens = np.array([hours.open_minutes > 0 for hours in table["hours"]], np.bool_)
    all_year = np.array([not weeks for weeks in table["weeks"]], np.bool_)
    there = opens & all_year & table["working"] & table["listed"] & (table["access"] != "gated")
    return np.asarray(there, np.bool_)


def small_stations(stations: pd.DataFrame, *, rules: GapRules) -> pd.DataFrame:
    """List the stations that have less room than they should, and those whose room is not known.

    Parameters
    ----------
    stations
        Of a district: index id; columns name, community and area_m2 (NaN or None: not known).
    rules
        `least_area_m2` itself is enough.

    Returns
    -------
    pandas.DataFrame
        Index id. Columns: name, community, area_m2, known (bool). Those with too little room come
        first, the smallest first, then those not known; equal ones by id.
    """
    area = pd.to_numeric(stations["area_m2"]).astype(float)
    listed = pd.DataFrame(
        {
            "name": stations["name"],
            "community": stations["community"],
            "area_m2": area,
            "known": area.notna(),
        },
        index=stations.index,
    )
    short = listed[~(area >= rules.least_area_m2)].sort_index(kind="stable")
    return short.sort_values("area_m2", kind="stable", na_position="last")


def _walk(coverage: Coverage, rules: GapRules) -> TravelMatrix:
    """Give the ways on foot, if they are long enough."""
    walk = coverage.travel.get(_MODE)
    if walk is None:
        raise ValueError("check_gaps needs ways on foot; coverage.travel lacks the mode 'walk'")
    for name, limit_m in (("urban_m", rules.urban_m), ("dense_m", rules.dense_m)):
        if not 0 < limit_m <= walk.cutoff_m:
            raise ValueError(
                f"{name} must be above 0 and at most {walk.cutoff_m:g}, up to which ways on foot"
                f" were computed, got {limit_m}"
            )
    return walk


def _open_sites(coverage: Coverage, chosen: Collection[str]) -> list[str]:
    """List the sites of the options that are there all year and open at some time, sorted."""
    table = coverage.options.table.iloc[coverage.positions_of(sorted(set(chosen)))]
    return sorted(set(table["site"][are_open(table)]))


def _nearest(walk: TravelMatrix, sites: list[str]) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    """Find the nearest of some sites for each cell, the first in their order where equal.

    Returns
    -------
    length_mm, site
        _NO_WAY and "" where none is within the cutoff, shape (m,).
    """
    length_mm = np.full(len(walk.cells), _NO_WAY, np.int64)
    best = np.full(len(walk.cells), -1, np.int64)
    start, cell, way_mm = walk.length_mm.indptr, walk.length_mm.indices, walk.length_mm.data
    rows = pd.Index(walk.sites, dtype=object).get_indexer(pd.Index(sites, dtype=object))
    for number, row in enumerate(rows):
        mine = slice(start[row], start[row + 1])
        nearer = way_mm[mine] < length_mm[cell[mine]]
        length_mm[cell[mine][nearer]] = way_mm[mine][nearer]
        best[cell[mine][nearer]] = number
    return length_mm, np.array([*sites, ""], dtype=object)[best]


def _metres(way_mm: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.where(way_mm < _NO_WAY, way_mm / 1000, np.nan)


def _street_of(communities: pd.DataFrame | None) -> dict[str, str]:
    if communities is None:
        return {}
    return {str(place): str(name) for place, name in communities["street"].fillna("").items()}


def _summed(by_cell: pd.DataFrame, key: str) -> pd.DataFrame:
    """Add up the cells that must have a station, by one of their columns."""
    must = (by_cell["state"] != "not_required").to_numpy()
    parts = {"cells": must.astype(np.int64), "workers": _milli(by_cell, must)}
    for state in _STATES[:3]:
        there = (by_cell["state"] == state).to_numpy()
        parts[f"{state}_cells"] = there.astype(np.int64)
        parts[f"{state}_workers"] = _milli(by_cell, there)
    far = np.where(must, by_cell["nearest_m"].fillna(np.inf), np.nan)
    table = pd.DataFrame(parts | {"farthest_m": far}).groupby(by_cell[key].to_numpy())
    summed = table.sum()
    summed["farthest_m"] = table["farthest_m"].max()
    workers, served = summed["workers"], summed["served_workers"]
    summed["served_share"] = (served / workers.where(workers > 0)).fillna(1.0)
    people = ["workers", *(f"{state}_workers" for state in _STATES[:3])]
    summed[people] /= 1000
    summed.index.name = key
    columns = [
        "cells", "workers", "served_workers", "gap_cells", "gap_workers", "exempt_cells",
        "exempt_workers", "served_share", "farthest_m",
    ]  # fmt: skip
    return summed[columns].sort_values("gap_workers", ascending=False, kind="stable")


def _whole(by_cell: pd.DataFrame) -> pd.Series:
    """Add up all cells; where there is none, nothing is missing."""
    summed = _summed(by_cell.assign(all="all"), "all")
    if len(summed):
        return summed.iloc[0]
    nothing = dict.fromkeys(summed.columns, 0.0) | {"served_share": 1.0}
    return pd.Series(nothing, name="all")


def _milli(by_cell: pd.DataFrame, there: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Give thousandths of workers, 0 where not there; their sums are exact."""
    return np.where(there, np.rint(by_cell["workers"].to_numpy() * 1000), 0).astype(np.int64)


def _most_workers_first(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.sort_index(kind="stable").sort_values("workers", ascending=False, kind="stable")
