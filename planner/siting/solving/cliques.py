"""Conflicts between pairs -> few sets of options of which at most one may be chosen."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from planner.compiled import kernel
from planner.progress import Stop, never
from planner.siting.solving.model import Model

__all__ = ["conflict_cliques"]

_STEPS_A_PIECE = 50_000_000
"""Conflicts looked at between two questions whether to end: a fraction of a second."""


_ROOM = 100_000
"""Options of cliques found between two questions, beyond those of the last clique."""


class _Work(NamedTuple):
    """What the kernels change in place; the marks are false between two cliques."""

    held: NDArray[np.bool_]
    """Whether a clique holds each conflict, in the order of `Model.foes`."""
    common: NDArray[np.bool_]
    """Marks the options that conflict with all of the clique, shape (m,)."""
    marked: NDArray[np.bool_]
    overlap: NDArray[np.int32]
    """In how many of its conflicts with the clique an option is held already, shape (m,)."""
    degree: NDArray[np.int32]
    """How many of `common` each option of `common` conflicts with, shape (m,)."""
    left: NDArray[np.int32]
    """The options of `common`, first in the array, shape (m,)."""
    clique: NDArray[np.int32]
    """The options of the clique, first in the array, shape (m,)."""
    place: NDArray[np.int64]
    """The option and the conflict of it that come next, and the steps so far, shape (3,)."""


def conflict_cliques(model: Model, *, ended: Stop = never) -> csr_array:
    """Cover every conflict by cliques: sets in which each two conflict.

    "At most one of the clique" says all that its pairs say and is stronger in a relaxation, where
    each option may be opened by a half. Cliques grow greedily from each pair that none holds yet,
    so there are at most as many as pairs.

    Parameters
    ----------
    model
        Its conflicts.
    ended
        Asked a few times a second; true: the cliques found so far, which leave conflicts out.

    Returns
    -------
    scipy.sparse.csr_array
        Ones, shape (q cliques, m options); no rows where nothing conflicts.
    """
    m = len(model.cost)
    work = _Work(
        held=np.zeros(len(model.foes), np.bool_),
        common=np.zeros(m, np.bool_),
        marked=np.zeros(m, np.bool_),
        overlap=np.zeros(m, np.int32),
        degree=np.zeros(m, np.int32),
        left=np.zeros(m, np.int32),
        clique=np.zeros(m, np.int32),
        place=np.zeros(3, np.int64),
    )
    members, sizes = [np.zeros(0, np.int32)], [np.zeros(0, np.int64)]
    found, found_size = np.zeros(m + _ROOM, np.int32), np.zeros(m + _ROOM, np.int64)
    while work.place[0] < m:
        used, count = _piece(model, work, work.place[2] + _STEPS_A_PIECE, found, found_size)
        members.append(found[:used].copy())
        sizes.append(found_size[:count].copy())
        if ended():
            break
    start = np.concatenate([[0], np.cumsum(np.concatenate(sizes))])
    every = np.concatenate(members)
    cliques = csr_array((np.ones(len(every)), every, start), shape=(len(start) - 1, m))
    cliques.sort_indices()
    return cliques


@kernel
def _piece(
    model: Model,
    work: _Work,
    most_steps: int,
    members: NDArray[np.int32],
    sizes: NDArray[np.int64],
) -> tuple[int, int]:
    """Grow cliques until the steps are used up or there may be no room for the next one.

    Their options go to `members` one after the other, their sizes to `sizes`; gives how many of
    both.
    """
    used, count = 0, 0
    place, m = work.place, len(model.cost)
    while place[0] < m and place[2] < most_steps and used + m <= len(members):
        one = place[0]
        place[2] += 1
        place[1] = max(place[1], model.foe_start[one])
        if place[1] == model.foe_start[one + 1]:
            place[0] += 1
            continue
        other = model.foes[place[1]]
        if other > one and not work.held[place[1]]:
            size = _grow(model, work, one, other)
            for at in range(size):
                members[used + at] = work.clique[at]
            sizes[count] = size
            used, count = used + size, count + 1
        place[1] += 1
    return used, count


@kernel
def _grow(model: Model, work: _Work, one: int, other: int) -> int:
    """Add options that conflict with all so far, first those least covered; ties to the first.

    Of those equally covered the one goes first that conflicts with most of what is left. Gives the
    number of options in `work.clique`.
    """
    count = _common(model, work, one, other)
    work.clique[0], work.clique[1] = one, other
    size = 2
    while count:
        best = work.left[0]
        for at in range(1, count):
            k = work.left[at]
            less = work.overlap[k] - work.overlap[best]
            more = work.degree[k] - work.degree[best]
            if less < 0 or (less == 0 and (more > 0 or (more == 0 and k < best))):
                best = k
        work.clique[size] = best
        size += 1
        work.place[2] += count
        count = _narrow(model, work, best, count)
    _hold(model, work, size)
    return size


@kernel
def _common(model: Model, work: _Work, one: int, other: int) -> int:
    """Collect the options that conflict with both, and count what the choice among them needs."""
    count = 0
    for at in range(model.foe_start[one], model.foe_start[one + 1]):
        work.marked[model.foes[at]] = True
        work.overlap[model.foes[at]] = work.held[at]
    for at in range(model.foe_start[other], model.foe_start[other + 1]):
        k = model.foes[at]
        if work.marked[k]:
            work.common[k] = True
            work.overlap[k] += work.held[at]
            work.left[count] = k
            count += 1
    for at in range(model.foe_start[one], model.foe_start[one + 1]):
        work.marked[model.foes[at]] = False
    for place in range(count):
        k = work.left[place]
        work.degree[k] = 0
        for at in range(model.foe_start[k], model.foe_start[k + 1]):
            work.degree[k] += work.common[model.foes[at]]
        work.place[2] += model.foe_start[k + 1] - model.foe_start[k]
    return count


@kernel
def _narrow(model: Model, work: _Work, best: int, count: int) -> int:
    """Keep of the common options those that conflict with `best` too; gives their number."""
    for at in range(model.foe_start[best], model.foe_start[best + 1]):
        work.marked[model.foes[at]] = True
        work.overlap[model.foes[at]] += work.held[at]
    for at in range(count):
        work.common[work.left[at]] = work.marked[work.left[at]]
    kept = 0
    for place in range(count):
        k = work.left[place]
        if work.common[k]:
            work.left[kept] = k
            kept += 1
            continue
        for at in range(model.foe_start[k], model.foe_start[k + 1]):
            work.degree[model.foes[at]] -= 1  # counts in `common` alone
        work.place[2] += model.foe_start[k + 1] - model.foe_start[k]
    for at in range(model.foe_start[best], model.foe_start[best + 1]):
        work.marked[model.foes[at]] = False
    return kept


@kernel
def _hold(model: Model, work: _Work, size: int) -> None:
    """Note that a clique holds each conflict within it."""
    for place in range(size):
        work.marked[work.clique[place]] = True
    for place in range(size):
        k = work.clique[place]
        for at in range(model.foe_start[k], model.foe_start[k + 1]):
            work.held[at] |= work.marked[model.foes[at]]
        work.place[2] += model.foe_start[k + 1] - model.foe_start[k]
    for place in range(size):
        work.marked[work.clique[place]] = False
