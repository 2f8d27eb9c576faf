"""Costs from sites to cells with what is known of both, in arrays: what every model starts from."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from planner.compiled import kernel
from planner.language import Message

__all__ = ["BySite", "Ways", "by_site", "ways_from_pairs"]


@dataclass(frozen=True, slots=True)
class BySite:
    """The cells that each site reaches, by id of the cell."""

    start: NDArray[np.int64]
    """Where the cells of each site begin, shape (n + 1,)."""
    cell: NDArray[np.int32]
    cost: NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Ways:
    """Sites, cells and what it costs to get from one to the other.

    A pair that is not there is out of reach; a cost of 0 is a site on the spot. Ids are sorted, so
    that the order of the input never changes an answer.
    """

    sites: tuple[str, ...]
    cells: tuple[str, ...]
    start: NDArray[np.int64]
    """Where the sites of each cell begin, shape (m + 1,)."""
    site: NDArray[np.int32]
    """The sites that reach each cell, cheapest first, ties by id."""
    cost: NDArray[np.float64]
    """Of each of them, at least 0 and finite."""
    weight: NDArray[np.float64]
    """Demand of each cell, at least 0 and finite, shape (m,)."""
    load: NDArray[np.float64]
    """What each cell takes of the room of its site, at least 0 and finite, shape (m,)."""
    site_cost: NDArray[np.float64]
    """At least 0 and finite, shape (n,)."""
    capacity: NDArray[np.float64]
    """Most load that a site can take, inf where there is no limit, shape (n,)."""
    fixed: NDArray[np.bool_]
    """Sites that are there already: in every answer, and counted, shape (n,)."""
    priced: bool = False
    """Whether somebody gave costs of sites."""
    notes: tuple[Message, ...] = field(default=())
    """What a reader must know of the data."""

    @cached_property
    def cell(self) -> NDArray[np.int32]:
        """The cell of each entry."""
        return np.repeat(np.arange(len(self.cells), dtype=np.int32), np.diff(self.start))

    @cached_property
    def reached(self) -> NDArray[np.bool_]:
        """Whether any site reaches the cell, shape (m,)."""
        return np.diff(self.start) > 0

    def within(self, radius: float) -> "Ways":
        """Keep the ways that cost at most `radius`; the radius itself still counts."""
        kept = self.cost <= radius
        count = np.bincount(self.cell[kept], minlength=len(self.cells))
        return Ways(
            **{
                **{name: getattr(self, name) for name in _UNCHANGED},
                "start": np.concatenate([[0], np.cumsum(count)]),
                "site": self.site[kept],
                "cost": self.cost[kept],
            }
        )


_UNCHANGED = (
    "sites",
    "cells",
    "weight",
    "load",
    "site_cost",
    "capacity",
    "fixed",
    "priced",
    "notes",
)


def ways_from_pairs(
    site: NDArray[np.integer],
    cell: NDArray[np.integer],
    cost: NDArray[np.float64],
    cells: int,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]:
    """Sort pairs by cell, cost and site: starts, sites and costs as `Ways` holds them.

    Parameters
    ----------
    site, cell
        Positions, each pair once.
    cost
        Of each pair.
    cells
        How many cells there are.
    """
    order = np.argsort(site, kind="stable")
    order = order[np.argsort(cell[order], kind="stable")]
    start = np.concatenate([[0], np.cumsum(np.bincount(cell, minlength=cells))]).astype(np.int64)
    order = order[_cheapest_first(start, cost[order])]
    return start, site[order].astype(np.int32), cost[order]


@kernel
def _cheapest_first(start: NDArray[np.int64], cost: NDArray[np.float64]) -> NDArray[np.int64]:
    """Sort the entries of each cell by cost, those of one cost as they stand."""
    order = np.empty(len(cost), np.int64)
    for i in range(len(start) - 1):
        a, b = start[i], start[i + 1]
        order[a:b] = a + np.argsort(cost[a:b], kind="mergesort")
    return order


def by_site(
    start: NDArray[np.int64],
    site: NDArray[np.int32],
    cost: NDArray[np.float64],
    sites: int,
) -> BySite:
    """Turn lists by cell into lists by site."""
    cell = np.repeat(np.arange(len(start) - 1, dtype=np.int32), np.diff(start))
    order = np.argsort(site, kind="stable")
    count = np.bincount(site, minlength=sites)
    return BySite(
        np.concatenate([[0], np.cumsum(count)]).astype(np.int64), cell[order], cost[order]
    )
