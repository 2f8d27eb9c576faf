"""What is left of a p-median problem -> a program over radii."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from planner.siting.matrix.median_lists import MedianLists
from planner.siting.matrix.medians import IN
from planner.siting.matrix.programs import Program

__all__ = ["median_program"]


def median_program(
    lists: MedianLists, state: NDArray[np.int8], count: int, *, enough: float
) -> tuple[Program, float]:
    """Build the radius formulation: x of each site, then z of each step of each cell.

    z is 1 where no chosen site is within a radius; each step of the radius to the next cost that
    occurs is paid for while z is 1 (Cornuejols, Nemhauser and Wolsey 1980; Garcia, Labbe and Marin
    2011). A cell must have a site in its list.

    Parameters
    ----------
    enough
        Nothing at or above this cost is wanted.

    Returns
    -------
    program, base
        The program, and what is to be added to its objective.
    """
    cell = np.repeat(np.arange(len(lists.start) - 1), np.diff(lists.start))
    new = np.ones(len(cell), bool)
    new[1:] = (cell[1:] != cell[:-1]) | (lists.cost[1:] != lists.cost[:-1])
    step = np.cumsum(new) - 1
    """Number of the radius of each entry, over all cells."""
    at = np.flatnonzero(new)
    of = cell[at]
    last = np.append(of[1:] != of[:-1], True)
    column = np.full(len(at), -1)
    column[~last] = lists.n + np.arange(int((~last).sum()))
    rise = np.append(np.diff(lists.cost[at]), 0.0)[~last]
    """A row a radius: z of it + the sites of exactly this radius >= z of the one before (or 1)."""
    first = np.append(True, last[:-1])
    rows = [step, np.flatnonzero(~last), np.flatnonzero(~first)]
    columns = [lists.site.astype(np.int64), column[~last], column[np.flatnonzero(~first) - 1]]
    values = [np.ones(len(cell)), np.ones(len(rows[1])), -np.ones(len(rows[2]))]
    size = lists.n + len(rise)
    rows.append(np.full(lists.n, len(at)))
    columns.append(np.arange(lists.n))
    values.append(np.ones(lists.n))
    matrix = csr_array(
        (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))),
        shape=(len(at) + 1, size),
    )
    low = np.append(first.astype(float), float(count))
    low[:-1][~first] = 0.0
    is_in = np.flatnonzero(state == IN)
    fixed = csr_array(
        (np.ones(len(is_in)), (np.arange(len(is_in)), is_in)), shape=(len(is_in), size)
    )
    base = float(lists.cost[lists.start[:-1]].sum())
    program = Program(
        cost=np.concatenate([np.zeros(lists.n), rise]),
        rows=csr_array(vstack([matrix, fixed])),
        low=np.concatenate([low, np.ones(len(is_in))]),
        high=np.concatenate([np.full(len(at), np.inf), [float(count)], np.ones(len(is_in))]),
        whole=np.concatenate([np.ones(lists.n, bool), np.zeros(len(rise), bool)]),
        top=np.ones(size),
        hopeless=enough - base,
    )
    return program, base
