"""A small case of each model: solved once, it compiles what the search runs."""

import numpy as np

from planner.siting.matrix.answer import Clock
from planner.siting.matrix.center import radius_covering
from planner.siting.matrix.cover_search import improve_cover
from planner.siting.matrix.far_sets import find_far_apart
from planner.siting.matrix.packing import too_near_cliques
from planner.siting.matrix.rooms import assign_with_room
from planner.siting.matrix.ways import Ways, ways_from_pairs

__all__ = ["SMALL_COUNT", "SMALL_RADIUS", "run_late_kernels", "small_ways"]

_PLACES = 45
SMALL_COUNT = 4
SMALL_RADIUS = 24.0
_LATE_S = 600.0
_FAR = 1e9


def small_ways(*, roomy: bool) -> Ways:
    """Make places in a square of 100 x 100, each a site and a cell; with capacities or without."""
    at = np.arange(1.0, _PLACES + 1)
    x, y = at * 61.803398875 % 100, at * 75.487766625 % 100
    apart = np.rint(np.hypot(x[:, None] - x, y[:, None] - y))
    cell, site = np.indices(apart.shape)
    start, order, cost = ways_from_pairs(site.ravel(), cell.ravel(), apart.ravel(), _PLACES)
    names = tuple(f"{number:02d}" for number in range(_PLACES))
    weight = at % 7 + 1
    return Ways(
        sites=names,
        cells=names,
        start=start,
        site=order,
        cost=cost,
        weight=weight,
        load=weight,
        site_cost=np.ones(_PLACES),
        capacity=np.full(_PLACES, weight.sum() / 3 if roomy else np.inf),
        fixed=np.zeros(_PLACES, bool),
    )


def run_late_kernels(model: str, *, roomy: bool) -> None:
    """Run the kernels that a case as small as this is solved without."""
    ways = small_ways(roomy=roomy)
    every = np.ones(_PLACES, bool)
    if model == "p-dispersion":
        near = np.zeros((_PLACES, _PLACES), bool)
        near[ways.cell, ways.site] = ways.cost < SMALL_RADIUS
        np.fill_diagonal(near, val=False)
        find_far_apart(near, SMALL_COUNT, Clock(_LATE_S))
        too_near_cliques(near)
        return
    if roomy:
        args = ways.start, ways.site, ways.cost, ways.load, ways.capacity
        assign_with_room(*args, every, float(_FAR))
    sets = radius_covering(ways, np.arange(_PLACES), SMALL_RADIUS)
    lists = sets.start, sets.cell, sets.cell_start, sets.site
    improve_cover(*lists, ways.site_cost, every, 0.0, 1, 0)
