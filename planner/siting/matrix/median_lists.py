"""What a p-median search works on: costs times weights by cell and by site."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.siting.matrix.medians import IN, OUT, assign
from planner.siting.matrix.scaling import whole_scale
from planner.siting.matrix.ways import BySite, Ways, by_site

__all__ = ["MedianLists", "median_lists", "restrict"]

_MOST_SUM = 2.0**50


@dataclass(frozen=True, kw_only=True)
class MedianLists:
    """The sites that may be chosen and what each costs the cells."""

    names: NDArray[np.int64]
    """Position of each site in the whole problem, shape (n,)."""
    start: NDArray[np.int64]
    site: NDArray[np.int32]
    cost: NDArray[np.float64]
    """Weight x cost, by cell, cheapest first."""
    by: BySite
    far: float
    """Counted for a cell that no chosen site reaches; more than any answer costs."""
    scale: float
    """Cost here for one of the input."""
    unit: float
    """Every cost of a choice is a multiple of it; 0: not known."""

    @property
    def n(self) -> int:
        """How many sites there are."""
        return len(self.names)

    @property
    def by_site(self) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]:
        """The lists by site, as kernels take them."""
        return self.by.start, self.by.cell, self.by.cost

    @property
    def by_cell(self) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]:
        """The lists by cell, as kernels take them."""
        return self.start, self.site, self.cost


def median_lists(ways: Ways) -> MedianLists:
    """Take the cells with demand that can be reached; whole numbers where the input allows it."""
    cells = np.flatnonzero((ways.weight > 0) & ways.reached)
    size = np.diff(ways.start)[cells]
    start = np.concatenate([[0], np.cumsum(size)]).astype(np.int64)
    entry = np.repeat(ways.start[cells] - start[:-1], size) + np.arange(start[-1])
    weight = np.repeat(ways.weight[cells], size)
    scales = whole_scale(ways.weight[cells]), whole_scale(ways.cost[entry])
    plain = weight * ways.cost[entry]
    scale, unit, cost = 1.0, 0.0, plain
    if all(scales):
        whole = np.rint(weight * scales[0]) * np.rint(ways.cost[entry] * scales[1])
        if whole[start[1:] - 1].sum() < _MOST_SUM:
            scale, unit, cost = scales[0] * scales[1], 1.0, whole
    site = ways.site[entry]
    return MedianLists(
        names=np.arange(len(ways.sites)),
        start=start,
        site=site,
        cost=cost,
        by=by_site(start, site, cost, len(ways.sites)),
        far=2.0 * float(cost[start[1:] - 1].sum()) + 1.0,
        scale=scale,
        unit=unit,
    )


def restrict(lists: MedianLists, state: NDArray[np.int8], most: NDArray[np.float64]) -> MedianLists:
    """Leave out sites that are not chosen, and ways that are longer than one to a chosen site.

    Parameters
    ----------
    most
        What each cell's way costs at most in a choice that is wanted, shape (m,).
    """
    kept = np.flatnonzero(state != OUT)
    new = np.full(lists.n, -1, np.int32)
    new[kept] = np.arange(len(kept), dtype=np.int32)
    _, nearest, _ = assign(*lists.by_cell, state == IN, np.inf)
    size = np.diff(lists.start)
    stays = (new[lists.site] >= 0) & (lists.cost <= np.repeat(np.minimum(nearest, most), size))
    cell = np.repeat(np.arange(len(size)), size)[stays]
    start = np.concatenate([[0], np.cumsum(np.bincount(cell, minlength=len(size)))])
    site, cost = new[lists.site[stays]], lists.cost[stays]
    return MedianLists(
        names=lists.names[kept],
        start=start.astype(np.int64),
        site=site,
        cost=cost,
        by=by_site(start, site, cost, len(kept)),
        far=lists.far,
        scale=lists.scale,
        unit=lists.unit,
    )
