"""Which sites are too near to each other -> sets of them, and sites that are far apart."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from planner.compiled import kernel

__all__ = ["greedy_apart", "partition_size", "too_near_cliques"]


@kernel
def greedy_apart(  # noqa: C901, PLR0912, PLR0915 - a kernel over arrays
    apart: NDArray[np.float64], fixed: NDArray[np.bool_], count: int, first: int
) -> NDArray[np.bool_]:
    """Choose each time the site farthest from those chosen, then exchange one of the nearest two.

    Parameters
    ----------
    apart
        Shape (n, n), symmetric, inf on the diagonal.
    fixed
        Sites that are chosen in any case.
    first
        Where to start when none is fixed.
    """
    n = len(fixed)
    chosen = fixed.copy()
    size = chosen.sum()
    if size == 0:
        chosen[first] = True
        size = 1
    nearest = np.full(n, np.inf)
    for j in range(n):
        for i in range(n):
            if chosen[i] and i != j:
                nearest[j] = min(nearest[j], apart[i, j])
    while size < count:
        best = -1
        for j in range(n):
            if not chosen[j] and (best < 0 or nearest[j] > nearest[best]):
                best = j
        chosen[best] = True
        size += 1
        for j in range(n):
            if j != best:
                nearest[j] = min(nearest[j], apart[best, j])
    for _ in range(4 * n):
        members = np.flatnonzero(chosen)
        least = np.inf
        for a in members:
            for b in members:
                if a < b:
                    least = min(least, apart[a, b])
        moved = False
        for a in members:
            if fixed[a] or nearest[a] > least:
                continue
            # Put it where it is farther from all others than the nearest two are.
            best, best_apart = -1, least
            for j in range(n):
                if not chosen[j]:
                    here = np.inf
                    for b in members:
                        if b != a:
                            here = min(here, apart[b, j])
                            if here <= best_apart:
                                break
                    if here > best_apart:
                        best, best_apart = j, here
            if best >= 0:
                chosen[a] = False
                chosen[best] = True
                moved = True
                break
        if not moved:
            break
        nearest[:] = np.inf
        for j in range(n):
            for i in range(n):
                if chosen[i] and i != j:
                    nearest[j] = min(nearest[j], apart[i, j])
    return chosen


@kernel
def partition_size(near: NDArray[np.bool_]) -> int:  # noqa: C901, PLR0912 - a kernel over arrays
    """Cut the sites into sets in which each is too near to each other; how many sets.

    No more sites can be far apart than there are sets. Sites with the fewest near ones come first.
    """
    n = len(near)
    degree = near.sum(axis=1)
    left = np.ones(n, np.bool_)
    sets = 0
    for seed in np.argsort(degree, kind="mergesort"):
        if not left[seed]:
            continue
        sets += 1
        left[seed] = False
        may = near[seed] & left
        while True:
            # The one with most near ones among those that may still join.
            best, most = -1, -1
            for j in range(n):
                if may[j]:
                    common = 0
                    for k in range(n):
                        if may[k] and near[j, k]:
                            common += 1
                    if common > most:
                        best, most = j, common
            if best < 0:
                break
            left[best] = False
            may = may & near[best]
    return sets


def too_near_cliques(near: NDArray[np.bool_]) -> csr_array:
    """Cover every pair that is too near by sets of which at most one site may be chosen.

    Each set starts from a pair that is not covered yet and takes in what is too near to all of it,
    first what covers most pairs anew. Shape (sets, n).
    """
    members, sizes = _cliques(near)
    start = np.concatenate([[0], np.cumsum(sizes)])
    return csr_array((np.ones(len(members)), members, start), shape=(len(sizes), len(near)))


@kernel
def _cliques(near: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:  # noqa: C901, PLR0912 - a kernel over arrays
    n = len(near)
    todo = near.copy()
    members = [0 for _ in range(0)]
    sizes = [0 for _ in range(0)]
    for a in range(n):
        for b in range(a + 1, n):
            if not todo[a, b]:
                continue
            clique = [a, b]
            may = near[a] & near[b]
            while True:
                best, most = -1, -1
                for j in range(n):
                    if may[j]:
                        fresh = 0
                        for k in clique:
                            if todo[j, k]:
                                fresh += 1
                        if fresh > most:
                            best, most = j, fresh
                if best < 0:
                    break
                clique.append(best)
                may = may & near[best]
            for x in clique:
                for y in clique:
                    todo[x, y] = False
                members.append(x)
            sizes.append(len(clique))
    return np.array(members, np.int64), np.array(sizes, np.int64)
