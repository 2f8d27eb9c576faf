"""Sites -> the cells in their reach; cells -> the coverage of these alone."""

from collections.abc import Collection
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.coverage.factors import Coverage

__all__ = ["cells_near", "of_cells"]


def cells_near(coverage: Coverage, sites: Collection[str]) -> NDArray[np.int64]:
    """List the places of the cells in reach of any group from any of some sites, ascending.

    A site that the coverage does not know has none.
    """
    known = coverage.options.sites.index.get_indexer(pd.Index(list(sites), dtype=object))
    rows = known[known >= 0]
    alike = {id(reach): reach for reach in coverage.reach.values()}
    near = np.zeros(len(coverage.demand.cells), np.bool_)
    for reach in alike.values():
        near[reach[rows].indices] = True
    return np.flatnonzero(near)


def of_cells(coverage: Coverage, cells: NDArray[np.int64]) -> Coverage:
    """Give the coverage of some cells alone, by their places; it knows no ways.

    What is summed over cells (rows of demand, a tally) is summed over these.
    """
    demand = coverage.demand
    alike = {id(reach): reach[:, cells] for reach in coverage.reach.values()}
    return replace(
        coverage,
        demand=replace(
            demand,
            cells=demand.cells.iloc[cells],
            workers=demand.workers[cells],
            people_milli=demand.people_milli[:, cells],
            error_share=demand.error_share[cells],
        ),
        reach={group: alike[id(reach)] for group, reach in coverage.reach.items()},
        travel={},
    )
