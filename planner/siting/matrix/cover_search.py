"""A cover -> a cheaper one, by search with weights of the cells that are hard to cover.

C. Gao, X. Yao, T. Weise and J. Li (2015), An efficient local search heuristic with row weighting
for the unicost set covering problem, European Journal of Operational Research 246, 750-761.
"""

import numpy as np
from numpy.typing import NDArray

from planner.compiled import kernel

__all__ = ["improve_cover"]

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float64]
Marks = NDArray[np.bool_]


@kernel
def _put(  # noqa: PLR0913, PLR0917 - a kernel over arrays
    j: int,
    start: Longs,
    cell: Ints,
    cell_start: Longs,
    site: Ints,
    weight: Longs,
    times: Longs,
    score: Longs,
    chosen: Marks,
    may: Marks,
) -> None:
    """Choose a site, and keep what each site gains or loses up to date."""
    chosen[j] = True
    score[j] = -score[j]
    for e in range(start[j], start[j + 1]):
        i = cell[e]
        times[i] += 1
        for f in range(cell_start[i], cell_start[i + 1]):
            k = site[f]
            if k == j:
                continue
            may[k] = True
            if times[i] == 1:
                score[k] -= weight[i]
            elif times[i] == 2 and chosen[k]:  # noqa: PLR2004 - it was the only one
                score[k] += weight[i]


@kernel
def _drop(  # noqa: PLR0913, PLR0917 - a kernel over arrays
    j: int,
    start: Longs,
    cell: Ints,
    cell_start: Longs,
    site: Ints,
    weight: Longs,
    times: Longs,
    score: Longs,
    chosen: Marks,
    may: Marks,
) -> None:
    """Leave a site out, and keep what each site gains or loses up to date."""
    chosen[j] = False
    score[j] = -score[j]
    may[j] = False
    for e in range(start[j], start[j + 1]):
        i = cell[e]
        times[i] -= 1
        for f in range(cell_start[i], cell_start[i + 1]):
            k = site[f]
            if k == j:
                continue
            may[k] = True
            if times[i] == 0:
                score[k] += weight[i]
            elif times[i] == 1 and chosen[k]:
                score[k] -= weight[i]


@kernel
def _least_lost(
    cost: Floats,
    score: Longs,
    chosen: Marks,
    since: Longs,
    step: int,
    new: bool,  # noqa: FBT001 - a kernel over arrays
) -> int:
    """Give the chosen site that loses least for its cost, the oldest of those; -1: none.

    Where `new` is false, not one that the last step chose.
    """
    best = -1
    for j in range(len(cost)):
        if not chosen[j] or (not new and since[j] == step - 1):
            continue
        if best < 0:
            best = j
            continue
        here, there = score[j] * cost[best], score[best] * cost[j]
        if here > there or (here == there and since[j] < since[best]):
            best = j
    return best


@kernel
def _lacking(times: Longs, cells: Longs) -> int:
    """List the cells that nothing covers; how many."""
    count = 0
    for i in range(len(times)):
        if times[i] == 0:
            cells[count] = i
            count += 1
    return count


@kernel
def improve_cover(  # noqa: C901, PLR0912, PLR0913, PLR0915, PLR0917 - a kernel over arrays
    start: Longs,
    cell: Ints,
    cell_start: Longs,
    site: Ints,
    cost: Floats,
    cover: Marks,
    enough: float,
    steps: int,
    seed: int,
) -> tuple[Marks, float]:
    """Search from a cover for cheaper ones: leave a site out, cover a cell that lacks one.

    Parameters
    ----------
    start, cell
        Cells of each site; `cell_start`, `site` the other way round.
    cost
        Above 0.
    cover
        All cells are covered.
    enough
        End with a cover that costs at most this.

    Returns
    -------
    cover, cost
        The best seen.
    """
    n, m = len(start) - 1, len(cell_start) - 1
    weight = np.ones(m, np.int64)
    times = np.zeros(m, np.int64)
    score = np.diff(start)
    chosen = np.zeros(n, np.bool_)
    may = np.ones(n, np.bool_)
    since = np.zeros(n, np.int64)
    for j in range(n):
        if cover[j]:
            _put(j, start, cell, cell_start, site, weight, times, score, chosen, may)
    best = cover.copy()
    best_cost = cost[cover].sum()
    now = best_cost
    open_cells = np.zeros(m, np.int64)
    random = np.uint64(seed * 2 + 1)
    for step in range(1, steps + 1):
        lacking = _lacking(times, open_cells)
        while lacking == 0:
            if now < best_cost:
                best[:] = chosen
                best_cost = cost[chosen].sum()
                now = best_cost
            if best_cost <= enough:
                return best, best_cost
            j = _least_lost(cost, score, chosen, since, step, True)  # noqa: FBT003 - a kernel
            if j < 0:
                return best, best_cost
            _drop(j, start, cell, cell_start, site, weight, times, score, chosen, may)
            since[j] = step
            now -= cost[j]
            lacking = _lacking(times, open_cells)
        j = _least_lost(cost, score, chosen, since, step, False)  # noqa: FBT003 - a kernel
        if j >= 0:
            _drop(j, start, cell, cell_start, site, weight, times, score, chosen, may)
            since[j] = step
            now -= cost[j]
        while True:
            lacking = _lacking(times, open_cells)
            if lacking == 0:
                break
            random = random * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)
            i = open_cells[np.int64(random >> np.uint64(33)) % lacking]
            add = -1
            for f in range(cell_start[i], cell_start[i + 1]):
                k = site[f]
                if not may[k]:
                    continue
                if add < 0:
                    add = k
                    continue
                here, there = score[k] * cost[add], score[add] * cost[k]
                if here > there or (here == there and since[k] < since[add]):
                    add = k
            if add < 0 or now + cost[add] >= best_cost:
                break
            _put(add, start, cell, cell_start, site, weight, times, score, chosen, may)
            since[add] = step
            now += cost[add]
        for i in range(m):
            if times[i] == 0:
                weight[i] += 1
                for f in range(cell_start[i], cell_start[i + 1]):
                    score[site[f]] += 1
    return best, best_cost
