"""Which sites are far apart -> so many that are so from each other, or the proof of none."""

import numpy as np
from numpy.typing import NDArray

from planner.compiled import kernel
from planner.siting.matrix.answer import Clock
from planner.siting.matrix.cover_kernels import contained

__all__ = ["find_far_apart", "needed_sites", "site_bits"]

_NODES_A_PIECE = 2_000
"""Nodes of the tree between two questions whether to end."""
_FOUND, _NONE = 1, 0

Words = NDArray[np.uint64]


def site_bits(related: NDArray[np.bool_]) -> Words:
    """Turn a matrix into bits, shape (n, words)."""
    n, m = related.shape
    padded = np.zeros((n, (m // 64 + 1) * 64), bool)
    padded[:, :m] = related
    return np.packbits(padded, axis=1, bitorder="little").view(np.uint64)


def needed_sites(near: NDArray[np.bool_], want: int) -> NDArray[np.int64]:
    """Leave out sites without which as many can be far apart, or that cannot be among `want`.

    A site that is too near to all that another is too near to can be exchanged for that one. One
    with fewer than want - 1 sites far from it cannot be chosen.

    Parameters
    ----------
    near
        Which two are too near, symmetric; false on the diagonal, shape (n, n).
    """
    names = np.arange(len(near))
    while len(names) >= want:
        here = near[np.ix_(names, names)]
        kept = len(names) - 1 - here.sum(axis=1) >= want - 1
        if kept.all():
            closed = here | np.eye(len(names), dtype=bool)
            size = closed.sum(axis=1)
            gone = contained(site_bits(closed), size, np.zeros(len(names)), True)  # noqa: FBT003 - kernel
            kept = ~gone
        if kept.all():
            break
        names = names[kept]
    return names


def find_far_apart(
    near: NDArray[np.bool_], want: int, clock: Clock
) -> tuple[NDArray[np.int64] | None, bool]:
    """Find `want` sites of which no two are too near; the sites, and whether the search ended.

    Branch and bound for a clique of sites that are far apart, in bits, with colour classes that
    are coloured anew and joined where three of them hold no two more (Tomita and others 2010; San
    Segundo and others 2011, 2015).
    """
    if want <= 0:
        return np.zeros(0, np.int64), True
    names = needed_sites(near, want)
    if len(names) < want:
        return None, True
    names = names[_narrow_last(near[np.ix_(names, names)])]
    far = ~near[np.ix_(names, names)]
    np.fill_diagonal(far, val=False)
    bits = site_bits(far)
    n, words = bits.shape
    may = np.zeros((want + 1, words), np.uint64)
    may[0] = site_bits(np.ones((1, n), bool))[0]
    branches = np.zeros((want + 1, n), np.int32)
    place = np.full(want + 3, -1, np.int64)
    place[0] = 0
    chosen = np.zeros(want, np.int32)
    while not clock.ended():
        state = _search(bits, want, may, branches, place, chosen, _NODES_A_PIECE)
        if state == _FOUND:
            return np.sort(names[chosen]), True
        if state == _NONE:
            return None, True
    return None, False


@kernel
def _narrow_last(near: NDArray[np.bool_]) -> NDArray[np.int64]:  # noqa: C901 - a kernel over arrays
    """Order the sites so that each has few far ones among those before it; ties by place."""
    n = len(near)
    degree = np.zeros(n, np.int64)
    for a in range(n):
        for b in range(n):
            if a != b and not near[a, b]:
                degree[a] += 1
    order = np.empty(n, np.int64)
    left = np.ones(n, np.bool_)
    for at in range(n - 1, -1, -1):
        best = -1
        for j in range(n):
            if left[j] and (best < 0 or degree[j] <= degree[best]):
                best = j
        order[at] = best
        left[best] = False
        for j in range(n):
            if left[j] and not near[best, j]:
                degree[j] -= 1
    return order


@kernel
def _lowest(word: np.uint64) -> int:
    """Give the place of the lowest bit of a word that is not 0."""
    low = word & (~word + np.uint64(1))
    at = 0
    if low & np.uint64(0xFFFFFFFF00000000):
        at += 32
    if low & np.uint64(0xFFFF0000FFFF0000):
        at += 16
    if low & np.uint64(0xFF00FF00FF00FF00):
        at += 8
    if low & np.uint64(0xF0F0F0F0F0F0F0F0):
        at += 4
    if low & np.uint64(0xCCCCCCCCCCCCCCCC):
        at += 2
    if low & np.uint64(0xAAAAAAAAAAAAAAAA):
        at += 1
    return at


@kernel
def _meets(a: Words, b: Words) -> bool:
    for w in range(len(a)):  # noqa: SIM110 - a kernel over arrays
        if a[w] & b[w]:
            return True
    return False


@kernel
def _only(a: Words, b: Words) -> int:
    """Give the one member that two sets share; -1: none, -2: several."""
    found = -1
    for w in range(len(a)):
        both = a[w] & b[w]
        if both:
            if found >= 0 or both & (both - np.uint64(1)):
                return -2
            found = w * 64 + _lowest(both)
    return found


@kernel
def _flip(members: Words, at: int) -> None:
    members[at // 64] ^= np.uint64(1) << np.uint64(at % 64)


@kernel
def _recoloured(
    bits: Words, classes: Words, joined: NDArray[np.bool_], need: int, site: int
) -> bool:
    """Put a site into one of the first classes, if one other site at most has to move for it."""
    for a in range(need - 1):
        if joined[a]:
            continue
        other = _only(classes[a], bits[site])
        if other == -1:
            _flip(classes[a], site)
            return True
        if other < 0:
            continue
        for b in range(need - 1):
            if a != b and not joined[b] and not _meets(classes[b], bits[other]):
                _flip(classes[a], other)
                _flip(classes[a], site)
                _flip(classes[b], other)
                return True
    return False


@kernel
def _joins(  # noqa: C901, PLR0912 - a kernel over arrays
    bits: Words, classes: Words, joined: NDArray[np.bool_], need: int, site: int
) -> bool:
    """Join a site and two classes of which, with it, no three are far from each other."""
    words = bits.shape[1]
    for a in range(need - 1):
        if joined[a]:
            continue
        for b in range(a + 1, need - 1):
            if joined[b]:
                continue
            three = False
            for w in range(words):
                common = classes[a, w] & bits[site, w]
                while common and not three:
                    other = w * 64 + _lowest(common)
                    common &= common - np.uint64(1)
                    for v in range(words):
                        if classes[b, v] & bits[site, v] & bits[other, v]:
                            three = True
                            break
                if three:
                    break
            if not three:
                joined[a] = True
                joined[b] = True
                return True
    return False


@kernel
def _branches(bits: Words, may: Words, need: int, out: NDArray[np.int32]) -> int:
    """List the sites of a node that must be tried: of the others fewer than `need` can be chosen.

    Returns
    -------
    int
        How many; in `out`, the last to be tried first.
    """
    words = len(may)
    classes = np.zeros((max(1, need - 1), words), np.uint64)
    joined = np.zeros(max(1, need - 1), np.bool_)
    left = may.copy()
    count, colour = 0, 0
    while True:
        some = False
        queue = left.copy()
        for w in range(words):
            while queue[w]:
                some = True
                low = _lowest(queue[w])
                site = w * 64 + low
                one = np.uint64(1) << np.uint64(low)
                queue[w] ^= one
                left[w] ^= one
                for v in range(w, words):
                    queue[v] &= ~bits[site, v]
                if colour < need - 1:
                    classes[colour, w] |= one
                elif not (
                    _recoloured(bits, classes, joined, need, site)
                    or _joins(bits, classes, joined, need, site)
                ):
                    out[count] = site
                    count += 1
        if not some:
            break
        colour += 1
    return count


@kernel
def _search(  # noqa: PLR0913, PLR0917 - a kernel over arrays
    bits: Words,
    want: int,
    may: Words,
    branches: NDArray[np.int32],
    place: NDArray[np.int64],
    chosen: NDArray[np.int32],
    nodes: int,
) -> int:
    """Search on for some nodes; all arrays but `bits` are changed and hold where it stands.

    Parameters
    ----------
    may
        Sites that may still be chosen, for each number of chosen ones, shape (want + 1, words).
    place
        How many are chosen, then how many branches are left for each number; -1: not listed yet.

    Returns
    -------
    int
        1 found, 0 there are none, -1 it is open.
    """
    words = bits.shape[1]
    for _ in range(nodes):
        level = place[0]
        if level == want:
            return 1
        if place[1 + level] < 0:
            place[1 + level] = _branches(bits, may[level], want - level, branches[level])
        if place[1 + level] == 0:
            place[1 + level] = -1
            if level == 0:
                return 0
            place[0] = level - 1
            continue
        place[1 + level] -= 1
        site = branches[level, place[1 + level]]
        _flip(may[level], site)
        chosen[level] = site
        for w in range(words):
            may[level + 1, w] = may[level, w] & bits[site, w]
        place[0] = level + 1
        place[2 + level] = -1
    return -1
