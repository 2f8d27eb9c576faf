"""Kernels of set covering: what is dominated, a greedy cover, prices of the cells."""

import numpy as np
from numpy.typing import NDArray

from planner.compiled import kernel

__all__ = ["contained", "cover_greedily", "raise_prices"]

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float64]


@kernel
def contained(  # noqa: C901, PLR0912 - a kernel over arrays
    bits: NDArray[np.uint64],
    size: Longs,
    worth: Floats,
    keep_small: bool,  # noqa: FBT001 - a kernel over arrays
) -> NDArray[np.bool_]:
    """Mark the sets that another makes needless.

    Parameters
    ----------
    bits
        Sets as bits, shape (n, words).
    size
        How many members each has.
    worth
        Where `keep_small` is false: what each costs; a set goes if another that costs no more
        holds all of it. Where it is true: not read; a set goes if it holds all of another.
    """
    n, words = bits.shape
    order = np.argsort(size, kind="mergesort")
    if not keep_small:
        order = order[::-1].copy()
    gone = np.zeros(n, np.bool_)
    for a in range(n):
        keeper = order[a]
        if gone[keeper]:
            continue
        for b in range(n):
            other = order[b]
            if other == keeper or gone[other]:
                continue
            small, large = (keeper, other) if keep_small else (other, keeper)
            if size[small] > size[large]:
                continue
            if not keep_small and worth[keeper] > worth[other]:
                continue
            inside = True
            for w in range(words):
                if bits[small, w] & ~bits[large, w]:
                    inside = False
                    break
            # Of two that are the same the one with the smaller number stays.
            same = inside and size[small] == size[large]
            if (same and not keep_small and worth[keeper] == worth[other]) or (same and keep_small):
                inside = keeper < other
            if inside:
                gone[other] = True
    return gone


@kernel
def cover_greedily(  # noqa: C901, PLR0912, PLR0913, PLR0915, PLR0917 - a kernel over arrays
    start: Longs,
    cell: Ints,
    cell_start: Longs,
    site: Ints,
    cost: Floats,
    worth: Floats,
    chosen: NDArray[np.bool_],
) -> float:
    """Add the site with the lowest cost for what it newly covers until all is covered.

    Sites that became needless are left out again, dearest first. `chosen` is changed.

    Parameters
    ----------
    start, cell
        Cells of each site; `cell_start`, `site` the other way round.
    worth
        What each cell counts, above 0.

    Returns
    -------
    float
        The cost of the cover; inf where a cell has no site.
    """
    n, m = len(start) - 1, len(cell_start) - 1
    times = np.zeros(m, np.int64)
    gain = np.zeros(n)
    for j in range(n):
        for e in range(start[j], start[j + 1]):
            gain[j] += worth[cell[e]]
    left = m
    added = np.zeros(n, np.bool_)
    pending = np.flatnonzero(chosen)
    at = 0
    while True:
        if at < len(pending):
            best = pending[at]
            at += 1
        else:
            if left == 0:
                break
            best, lowest = -1, np.inf
            for j in range(n):
                if gain[j] > 1e-12 and not chosen[j]:  # noqa: PLR2004 - near nothing, or a few
                    rate = (cost[j] + 1e-12) / gain[j]
                    if rate < lowest:
                        best, lowest = j, rate
            if best < 0:
                return np.inf
            added[best] = True
        chosen[best] = True
        for e in range(start[best], start[best + 1]):
            i = cell[e]
            times[i] += 1
            if times[i] == 1:
                left -= 1
                for f in range(cell_start[i], cell_start[i + 1]):
                    gain[site[f]] -= worth[i]
    ours = np.flatnonzero(added)
    for k in ours[np.argsort(-cost[ours], kind="mergesort")]:
        needless = True
        for e in range(start[k], start[k + 1]):
            if times[cell[e]] < 2:  # noqa: PLR2004 - covered by this site alone
                needless = False
                break
        if needless:
            chosen[k] = False
            for e in range(start[k], start[k + 1]):
                times[cell[e]] -= 1
    return float(cost[chosen].sum())


@kernel
def raise_prices(  # noqa: C901, PLR0912, PLR0913, PLR0915, PLR0917 - a kernel over arrays
    start: Longs,
    cell: Ints,
    cost: Floats,
    price: Floats,
    goal: float,
    steps: int,
    eager: float,
    patience: int,
) -> tuple[float, Floats, Floats]:
    """Raise the Lagrangian bound of a covering problem: prices of the cells, at least 0.

    Parameters
    ----------
    goal
        Cost of the best cover known.

    Returns
    -------
    bound, prices, reduced
        The best bound, its prices, and the cost of each site less the prices of its cells.

    References
    ----------
    Beasley (1990); Caprara, Fischetti and Toth (1999).
    """
    n, m = len(start) - 1, len(price)
    now, best_price = price.copy(), price.copy()
    reduced, best_reduced = np.zeros(n), cost.copy()
    slope = np.zeros(m)
    before = np.zeros(m)
    best, waited = -np.inf, 0
    for _ in range(steps):
        bound = now.sum()
        slope[:] = 1.0
        for j in range(n):
            value = cost[j]
            for e in range(start[j], start[j + 1]):
                value -= now[cell[e]]
            reduced[j] = value
            if value < 0.0:
                bound += value
                for e in range(start[j], start[j + 1]):
                    slope[cell[e]] -= 1.0
        if bound > best + 1e-6 * max(1.0, abs(best)):
            waited = 0
        else:
            waited += 1
        if bound > best:
            best = bound
            best_price[:] = now
            best_reduced[:] = reduced
        if best >= goal:
            break
        if waited >= patience:
            eager *= 0.5
            waited = 0
            now[:] = best_price
            if eager < 1e-4:  # noqa: PLR2004 - near nothing, or a few
                break
        size = 0.0
        for i in range(m):
            slope[i] = 0.5 * slope[i] + 0.5 * before[i]
            before[i] = slope[i]
            if now[i] > 0.0 or slope[i] > 0.0:
                size += slope[i] * slope[i]
        if size <= 1e-12:  # noqa: PLR2004 - near nothing, or a few
            break
        length = eager * (goal - bound) / size
        for i in range(m):
            now[i] = max(0.0, now[i] + length * slope[i])
    return best, best_price, best_reduced
