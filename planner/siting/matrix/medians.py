"""Kernels of the p-median search: nearest chosen sites, the best exchange, prices of the cells.

All take the ways by cell, cheapest first (`start`, `site`, `cost`), and where said by site as well
(`by_start`, `by_cell`, `by_cost`). A cost here is weight x cost of the way. A site has a state:
`FREE`, `IN` (it is chosen) or `OUT` (it is not).
"""

import numpy as np
from numpy.typing import NDArray

from planner.compiled import kernel

__all__ = ["FREE", "IN", "OUT", "add_greedily", "ascend", "assign", "descend", "priced"]

FREE, IN, OUT = 0, 1, 2
_TINY = 1e-9

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float64]
States = NDArray[np.int8]


@kernel
def assign(
    start: Longs, site: Ints, cost: Floats, chosen: NDArray[np.bool_], far: float
) -> tuple[Ints, Floats, Floats]:
    """Find the nearest chosen site of each cell (-1: none, `far`), its cost, the next one's cost.

    Ties go to the first in the list. Three arrays of shape (m cells,).
    """
    m = len(start) - 1
    near = np.full(m, -1, np.int32)
    first = np.full(m, far)
    second = np.full(m, far)
    for i in range(m):
        for e in range(start[i], start[i + 1]):
            if chosen[site[e]]:
                if near[i] < 0:
                    near[i] = site[e]
                    first[i] = cost[e]
                else:
                    second[i] = cost[e]
                    break
    return near, first, second


@kernel
def add_greedily(  # noqa: C901, PLR0912, PLR0913, PLR0917 - a kernel over arrays
    by_start: Longs,
    by_cell: Ints,
    by_cost: Floats,
    weight: Floats,
    chosen: NDArray[np.bool_],
    far: float,
    count: int,
) -> None:
    """Add sites until `count` are chosen: each time the one that shortens the ways most.

    Ties go to the first. A cell without a site counts as `far` away. `chosen` is changed.
    """
    n = len(chosen)
    nearest = np.full(len(weight), far)
    for j in range(n):
        if chosen[j]:
            for e in range(by_start[j], by_start[j + 1]):
                nearest[by_cell[e]] = min(nearest[by_cell[e]], by_cost[e])
    for _ in range(count - chosen.sum()):
        best, most = -1, -1.0
        for j in range(n):
            if chosen[j]:
                continue
            gain = 0.0
            for e in range(by_start[j], by_start[j + 1]):
                i = by_cell[e]
                if by_cost[e] < nearest[i]:
                    gain += weight[i] * (nearest[i] - by_cost[e])
            if gain > most:
                best, most = j, gain
        chosen[best] = True
        for e in range(by_start[best], by_start[best + 1]):
            nearest[by_cell[e]] = min(nearest[by_cell[e]], by_cost[e])


@kernel
def descend(  # noqa: C901, PLR0912, PLR0913, PLR0915, PLR0917 - a kernel over arrays
    start: Longs,
    site: Ints,
    cost: Floats,
    by_start: Longs,
    by_cell: Ints,
    by_cost: Floats,
    state: States,
    chosen: NDArray[np.bool_],
    far: float,
    most: int,
) -> float:
    """Exchange a chosen site for another while that is cheaper; `chosen` is changed.

    Each exchange is the best that there is: the gain of a site to come in is counted once for all
    that may go out (Whitaker 1983; Hansen and Mladenovic 1997). At most `most` exchanges.
    Returns the cost.
    """
    n = len(state)
    loss = np.zeros(n)
    relief = np.zeros(n)
    taken = np.flatnonzero(chosen)
    near, first, second = assign(start, site, cost, chosen, far)
    total = first.sum()
    for _ in range(most):
        loss[taken] = 0.0
        for i in range(len(first)):
            if near[i] >= 0:
                loss[near[i]] += second[i] - first[i]
        best, into, out = -_TINY * max(1.0, abs(total)), -1, -1
        for j in range(n):
            if chosen[j] or state[j] == OUT:
                continue
            gain = 0.0
            relief[taken] = 0.0
            for e in range(by_start[j], by_start[j + 1]):
                i = by_cell[e]
                c = by_cost[e]
                if c < first[i]:
                    gain += first[i] - c
                    if near[i] >= 0:
                        relief[near[i]] += second[i] - first[i]
                elif c < second[i] and near[i] >= 0:
                    relief[near[i]] += second[i] - c
            for k in taken:
                if state[k] != IN:
                    change = loss[k] - relief[k] - gain
                    if change < best:
                        best, into, out = change, j, int(k)
        if into < 0:
            break
        chosen[into] = True
        chosen[out] = False
        taken = np.flatnonzero(chosen)
        near, first, second = assign(start, site, cost, chosen, far)
        total = first.sum()
    return float(total)


@kernel
def priced(
    start: Longs, site: Ints, cost: Floats, price: Floats, state: States, take: int
) -> tuple[float, Floats, Longs]:
    """Bound the cost by prices of the cells: what each site saves, and the sites that save most.

    Parameters
    ----------
    take
        How many of the free sites are chosen.

    Returns
    -------
    bound
        No choice costs less.
    saving
        The sum over cells of cost less price where that is below 0, shape (n,).
    order
        The free sites, those that save most first.

    References
    ----------
    Narula, Ogbu and Samuelsson (1977); Beasley (1985).
    """
    saving = np.zeros(len(state))
    bound = 0.0
    for i in range(len(start) - 1):
        bound += price[i]
        for e in range(start[i], start[i + 1]):
            less = cost[e] - price[i]
            if less >= 0.0:
                break
            saving[site[e]] += less
    free = np.flatnonzero(state == FREE)
    order = free[np.argsort(saving[free], kind="mergesort")]
    for j in range(len(state)):
        if state[j] == IN:
            bound += saving[j]
    for k in range(min(take, len(order))):
        bound += saving[order[k]]
    return bound, saving, order


@kernel
def ascend(  # noqa: C901, PLR0912, PLR0913, PLR0915, PLR0917 - a kernel over arrays
    start: Longs,
    site: Ints,
    cost: Floats,
    price: Floats,
    state: States,
    take: int,
    goal: float,
    steps: int,
    eager: float,
    patience: int,
) -> tuple[float, Floats, Floats, float]:
    """Raise the bound by subgradient steps from given prices.

    Parameters
    ----------
    goal
        Cost of the best choice known; the steps are measured by it, and end once the bound is
        there.
    steps
        At most so many.
    eager
        Length of the first steps (Polyak's factor, 0 to 2); halved after `patience` steps
        without a better bound.

    Returns
    -------
    bound, prices, often, eager
        The best bound, its prices, the share of late steps in which each site was chosen, and how
        long the next steps would be; 0 where nothing more is to be had.
    """
    m, n = len(start) - 1, len(state)
    best, best_price = -np.inf, price.copy()
    now = price.copy()
    often = np.zeros(n)
    slope = np.zeros(m)
    before = np.zeros(m)
    chosen = np.zeros(n, np.bool_)
    waited = 0
    settled = False
    for _ in range(steps):
        bound, _, order = priced(start, site, cost, now, state, take)
        if bound > best + 1e-7 * max(1.0, abs(best)):
            waited = 0
        else:
            waited += 1
        if bound > best:
            best = bound
            best_price[:] = now
        if best >= goal:
            break
        if waited >= patience:
            eager *= 0.5
            waited = 0
            now[:] = best_price
            if eager < 1e-4:  # noqa: PLR2004 - near nothing, or a few
                break
        for j in range(n):
            chosen[j] = state[j] == IN
        for k in range(min(take, len(order))):
            chosen[order[k]] = True
        often *= 0.97
        for j in range(n):
            if chosen[j]:
                often[j] += 0.03
        size = 0.0
        for i in range(m):
            times = 0
            for e in range(start[i], start[i + 1]):
                if cost[e] >= now[i]:
                    break
                if chosen[site[e]]:
                    times += 1
            slope[i] = (1.0 - times) * 0.4 + 0.6 * before[i]
            before[i] = slope[i]
            size += slope[i] * slope[i]
        settled = size <= 1e-12  # noqa: PLR2004 - near nothing, or a few
        if settled:
            break
        length = eager * (goal - bound) / size
        for i in range(m):
            now[i] += length * slope[i]
    if best >= goal or eager < 1e-4 or settled:  # noqa: PLR2004 - near nothing, or a few
        eager = 0.0
    return best, best_price, often, eager
