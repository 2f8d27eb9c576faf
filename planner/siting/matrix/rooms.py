"""Kernels of the capacitated p-median: cells to sites with room, and prices of the cells."""

import numpy as np
from numpy.typing import NDArray

from planner.compiled import kernel

__all__ = ["assign_with_room", "exchange_with_room", "raise_room_prices"]

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@kernel
def assign_with_room(  # noqa: C901, PLR0912, PLR0913, PLR0915, PLR0917 - a kernel over arrays
    start: Longs, site: Ints, cost: Floats, weight: Floats, room: Floats, chosen: Flags, far: float
) -> tuple[Ints, float]:
    """Give each cell a chosen site with room: first the cell that loses most by waiting.

    Then cells move, or change places, while that is cheaper. Cells for which there is no room have
    -1 and count `far`.
    """
    m = len(start) - 1
    left = room.copy()
    near = np.full(m, -1, np.int32)
    paid = np.full(m, far)
    waiting = np.ones(m, np.bool_)
    for _ in range(m):
        pick, best_loss, best_entry = -1, -1.0, -1
        for i in range(m):
            if not waiting[i]:
                continue
            first, second = -1, far
            for e in range(start[i], start[i + 1]):
                j = site[e]
                if chosen[j] and left[j] >= weight[i]:
                    if first < 0:
                        first = e
                    else:
                        second = cost[e]
                        break
            if first < 0:
                continue
            loss = second - cost[first]
            if loss > best_loss:
                pick, best_loss, best_entry = i, loss, first
        if pick < 0:
            break
        waiting[pick] = False
        near[pick] = site[best_entry]
        paid[pick] = cost[best_entry]
        left[near[pick]] -= weight[pick]
    for _ in range(50):
        better = False
        for i in range(m):
            for e in range(start[i], start[i + 1]):
                if cost[e] >= paid[i] - 1e-9:
                    break
                j = site[e]
                if not chosen[j]:
                    continue
                if left[j] >= weight[i]:
                    if near[i] >= 0:
                        left[near[i]] += weight[i]
                    near[i] = j
                    paid[i] = cost[e]
                    left[j] -= weight[i]
                    better = True
                    break
                if near[i] < 0:
                    continue
                # Change places with a cell of that site, where both then have room.
                done = False
                for k in range(m):
                    if near[k] != j:
                        continue
                    if left[j] + weight[k] < weight[i]:
                        continue
                    if left[near[i]] + weight[i] < weight[k]:
                        continue
                    for f in range(start[k], start[k + 1]):
                        if site[f] == near[i]:
                            if cost[f] + cost[e] < paid[i] + paid[k] - 1e-9:
                                old = near[i]
                                left[j] += weight[k] - weight[i]
                                left[old] += weight[i] - weight[k]
                                near[k] = old
                                paid[k] = cost[f]
                                near[i] = j
                                paid[i] = cost[e]
                                done = True
                            break
                    if done:
                        break
                if done:
                    better = True
                    break
        if not better:
            break
    return near, paid.sum()


@kernel
def exchange_with_room(  # noqa: C901, PLR0912, PLR0913, PLR0917 - a kernel over arrays
    start: Longs,
    site: Ints,
    cost: Floats,
    weight: Floats,
    room: Floats,
    chosen: Flags,
    fixed: Flags,
    far: float,
) -> tuple[Ints, float, Flags]:
    """Assign with room, and move each site to the best among those of its own cells.

    Gives the site of each cell, the cost (at least `far` where a cell has no room) and the sites.
    """
    n, m = len(room), len(start) - 1
    chosen = chosen.copy()
    near, total = assign_with_room(start, site, cost, weight, room, chosen, far)
    for _ in range(30):
        moved = chosen.copy()
        for old in np.flatnonzero(chosen):
            if fixed[old]:
                continue
            # The site that would serve this site's cells at the least cost, with room for them.
            sums = np.zeros(n)
            hits = np.zeros(n, np.int64)
            load = 0.0
            size = 0
            for i in range(m):
                if near[i] == old:
                    load += weight[i]
                    size += 1
                    for e in range(start[i], start[i + 1]):
                        sums[site[e]] += cost[e]
                        hits[site[e]] += 1
            best = int(old)
            for j in range(n):
                if hits[j] == size and size and not moved[j] and room[j] >= load:  # noqa: SIM102 - a kernel over arrays
                    if sums[j] < sums[best] - 1e-9:
                        best = j
            if best != old:
                moved[old] = False
                moved[best] = True
        again, new_total = assign_with_room(start, site, cost, weight, room, moved, far)
        if new_total >= total - 1e-9:
            break
        near, total, chosen = again, new_total, moved
    return near, total, chosen


@kernel
def raise_room_prices(  # noqa: C901, PLR0912, PLR0913, PLR0915, PLR0917 - a kernel over arrays
    start: Longs,
    cell: Ints,
    cost: Floats,
    weight: Floats,
    room: Floats,
    price: Floats,
    fixed: Flags,
    count: int,
    goal: float,
    steps: int,
    eager: float,
) -> tuple[float, Floats, Floats, Flags]:
    """Raise the bound by subgradient steps; each site fills its room with what saves most.

    A part of a cell may fill the last of the room (the continuous knapsack), so that the bound is
    valid and quickly told. `start`, `cell` and `cost` are by site.

    Returns
    -------
    bound, prices, saving, chosen
        The best bound, its prices, what each site saves at them, and the sites chosen by them.
    """
    n, m = len(start) - 1, len(price)
    now, best_price = price.copy(), price.copy()
    best = -np.inf
    saving, best_saving = np.zeros(n), np.zeros(n)
    best_chosen = fixed.copy()
    taken = np.zeros(len(cell))
    before = np.zeros(m)
    waited = 0
    for _ in range(steps):
        taken[:] = 0.0
        for j in range(n):
            value = 0.0
            size = start[j + 1] - start[j]
            rate = np.empty(size)
            for k in range(size):
                e = start[j] + k
                rate[k] = (cost[e] - now[cell[e]]) / max(weight[cell[e]], 1e-12)
            left = room[j]
            for k in np.argsort(rate):
                if rate[k] >= 0.0 or left <= 0.0:
                    break
                e = start[j] + k
                part = min(1.0, left / weight[cell[e]])
                taken[e] = part
                left -= part * weight[cell[e]]
                value += part * (cost[e] - now[cell[e]])
            saving[j] = value
        order = np.argsort(np.where(fixed, -np.inf, saving), kind="mergesort")
        bound = now.sum()
        slope = np.ones(m)
        chosen = np.zeros(n, np.bool_)
        for k in range(count):
            j = order[k]
            chosen[j] = True
            bound += saving[j]
            for e in range(start[j], start[j + 1]):
                slope[cell[e]] -= taken[e]
        if bound > best + 1e-7 * max(1.0, abs(best)):
            waited = 0
        else:
            waited += 1
        if bound > best:
            best = bound
            best_price[:] = now
            best_saving[:] = saving
            best_chosen[:] = chosen
        if best >= goal:
            break
        if waited >= 15:  # noqa: PLR2004 - steps without a better bound
            eager *= 0.6
            waited = 0
            now[:] = best_price
        length = 0.0
        for i in range(m):
            slope[i] = 0.6 * slope[i] + 0.4 * before[i]
            before[i] = slope[i]
            length += slope[i] * slope[i]
        if length <= 1e-12:  # noqa: PLR2004 - near nothing, or a few
            break
        for i in range(m):
            now[i] += eager * (goal - bound) / length * slope[i]
    return best, best_price, best_saving, best_chosen
