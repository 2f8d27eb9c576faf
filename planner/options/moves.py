"""Existing stations and venues nearby -> where each station can move to."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import KDTree

from planner.options.costs import Measures
from planner.options.tables import opens, rows_named

__all__ = ["MOST_MOVES", "moves"]

MOST_MOVES = 5
"""Venues that one station can move to: the nearest."""
_TOUCHING_M = 1e-6


def moves(
    stations: pd.DataFrame, venues: pd.DataFrame, measures: Measures, *, sites: pd.DataFrame
) -> pd.DataFrame | None:
    """Give the moves of each station to the nearest venues that can be opened.

    A move costs what opening the venue costs, and the measure's own cost; it saves what running the
    station costs. A station in maintenance does not move.

    Parameters
    ----------
    sites
        Index site id, columns x, y in metres.

    Returns
    -------
    pandas.DataFrame or None
        None where no station can move.
    """
    measure = measures.get("move")
    targets = opens(venues, measures)
    costs = measures.costs("move", stations)
    can = costs.possible & (stations["status"] != "maintenance").to_numpy(bool)
    if measure is None or targets.empty or not can.any():
        return None
    leaving = stations.index[can]
    pairs = _nearest(sites, leaving, targets.index, measure.within_m)
    if not len(pairs):
        return None
    old, new = leaving[pairs[:, 0]], targets.iloc[pairs[:, 1]]
    at = stations.index.get_indexer(old)
    share = new["cost_union_yuan"].to_numpy(float), new["cost_setup_yuan"].to_numpy(float)
    steps = np.empty(len(new), dtype=object)
    steps[:] = [("move",)] * len(new)
    year = new["cost_year_yuan"].to_numpy(float) + costs.year_yuan[at]
    year = np.where(year < 0, 0.0, year)  # no station runs for less than nothing
    moved = new.assign(
        measure="move",
        kind="move",
        steps=steps,
        replaces=old.astype(str),
        cost_setup_yuan=share[1] + costs.setup_yuan[at],
        cost_union_yuan=share[0] + costs.union_yuan[at],
        cost_year_yuan=year,
        added_year_yuan=year - stations["cost_year_yuan"].to_numpy(float)[at],
    )
    return rows_named(moved, [f"{a}>{b}" for a, b in zip(old, new["site"], strict=True)])


def _nearest(
    sites: pd.DataFrame, leaving: pd.Index, targets: pd.Index, within_m: float
) -> NDArray[np.int64]:
    """List (station, venue) by place, the nearest venues of each first, ties by id."""
    start, end = (sites.loc[ids, ["x", "y"]].to_numpy(float) for ids in (leaving, targets))
    names = targets.to_numpy()
    found = KDTree(end).query_ball_point(start, within_m + _TOUCHING_M)
    pairs = []
    for station, near in enumerate(found):
        away = np.rint(1000 * np.hypot(*(end[near] - start[station]).T))
        order = np.lexsort((names[near].astype(str), away))[:MOST_MOVES]
        pairs += [(station, near[place]) for place in order]
    return np.array(pairs, np.int64).reshape(-1, 2)
