"""The compiled search: from each site against the traffic, up to a cutoff, to every cell on the
way.

Dijkstra's method with a binary heap whose entries go stale instead of being moved (E. W. Dijkstra
1959, A note on two problems in connexion with graphs, Numerische Mathematik 1, 269-271). Only what
a search touched is put back afterwards, so that a small catchment costs little in a large city.
"""

from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from planner.compiled import kernel
from planner.travel.arcs import Arcs, Legs, Line

__all__ = ["Places", "Scratch", "Task", "search_sites"]

_FAR = 2**31 - 1
_NODE_BITS = 32
_NODE_MASK = 2**32 - 1
_DIGIT_BITS = 11
_DIGITS = 2**_DIGIT_BITS


class Places(NamedTuple):
    """Places on streets, as `Snapped` holds them."""

    street: NDArray[np.int32]
    offset_mm: NDArray[np.int32]
    access_mm: NDArray[np.int32]


class Task(NamedTuple):
    """What is the same for every site."""

    arcs: Arcs
    site_legs: Legs
    """By site: node and millimetres from it to the site."""
    cell_legs: Legs
    """By node: cell and millimetres from it to the node."""
    on_street: Line
    """Cells by street."""
    sites: Places
    cells: Places
    usable: tuple[NDArray[np.bool_], NDArray[np.bool_]]
    """Streets that may be used from tail to head, and from head to tail."""
    cutoff_mm: int


class Scratch(NamedTuple):
    """What one thread writes on."""

    length_mm: NDArray[np.int32]
    """Shortest way known from each node to the site; _FAR between searches."""
    nodes: NDArray[np.int32]
    """Nodes with a way."""
    heap: NDArray[np.int64]
    """Millimetres x 2^32 + node."""
    best_mm: NDArray[np.int32]
    """Shortest way known from each cell; _FAR between searches."""
    cells: NDArray[np.int32]
    """Cells with a way."""
    spare: NDArray[np.int32]
    """For sorting them."""

    @classmethod
    def for_task(cls, task: Task) -> Self:
        """Make room for any search of a task: each arc puts a node on the heap at most once."""
        nodes, cells = len(task.arcs.start) - 1, len(task.cells.street)
        return cls(
            np.full(nodes, _FAR, np.int32),
            np.empty(nodes, np.int32),
            np.empty(len(task.arcs.source) + 2, np.int64),
            np.full(cells, _FAR, np.int32),
            np.empty(cells, np.int32),
            np.empty(cells, np.int32),
        )


@kernel
def search_sites(
    wanted: NDArray[np.int64], task: Task, scratch: Scratch
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
    """Find the cells from which a way to each wanted site is within the cutoff, which itself still
    counts.

    Returns
    -------
    count, cell, length_mm
        How many cells each site has, shape (w,); then these, ascending for each site, and their
        ways.
    """
    count = np.zeros(len(wanted), np.int64)
    cell = np.empty(1024, np.int32)
    length_mm = np.empty(1024, np.int32)
    used = 0
    for place in range(len(wanted)):
        found = _search(wanted[place], task, scratch)
        _sort(scratch.cells, scratch.spare, found)
        if used + found > len(cell):
            more = np.empty(max(used + found - len(cell), len(cell)), np.int32)
            cell = np.concatenate((cell, more))
            length_mm = np.concatenate((length_mm, more))
        for at in range(found):
            near = scratch.cells[at]
            cell[used + at] = near
            length_mm[used + at] = scratch.best_mm[near]
            scratch.best_mm[near] = _FAR
        used += found
        count[place] = found
    return count, cell[:used].copy(), length_mm[:used].copy()


@kernel
def _search(site: int, task: Task, scratch: Scratch) -> int:
    """Fill `best_mm` and `cells` for one site and give the number of cells; the nodes are put
    back."""
    arcs, legs = task.arcs, task.cell_legs
    nearest, heap = scratch.length_mm, scratch.heap
    found = _along_own_street(site, task, scratch)
    reached = 0
    size = 0
    for at in range(task.site_legs.start[site], task.site_legs.start[site + 1]):
        length_mm, node = task.site_legs.length_mm[at], task.site_legs.other[at]
        if length_mm <= task.cutoff_mm and length_mm < nearest[node]:
            if nearest[node] == _FAR:
                scratch.nodes[reached] = node
                reached += 1
            nearest[node] = length_mm
            size = _push(heap, size, length_mm, node)
    while size:
        length_mm = heap[0] >> _NODE_BITS
        node = heap[0] & _NODE_MASK
        size = _drop_first(heap, size)
        if length_mm > nearest[node]:
            continue  # a shorter way was found after this one was put on the heap
        for at in range(legs.start[node], legs.start[node + 1]):
            found = _offer(legs.other[at], length_mm + legs.length_mm[at], task, scratch, found)
        for at in range(arcs.start[node], arcs.start[node + 1]):
            source = arcs.source[at]
            longer_mm = length_mm + arcs.length_mm[at]
            if longer_mm <= task.cutoff_mm and longer_mm < nearest[source]:
                if nearest[source] == _FAR:
                    scratch.nodes[reached] = source
                    reached += 1
                nearest[source] = longer_mm
                size = _push(heap, size, longer_mm, source)
    for at in range(reached):
        nearest[scratch.nodes[at]] = _FAR
    return found


@kernel
def _along_own_street(site: int, task: Task, scratch: Scratch) -> int:
    """Offer the direct ways from cells on the site's own street."""
    street = task.sites.street[site]
    if street < 0:
        return 0
    found = 0
    forward, backward = task.usable[0][street], task.usable[1][street]
    offset_mm, access_mm = np.int64(task.sites.offset_mm[site]), task.sites.access_mm[site]
    for at in range(task.on_street.start[street], task.on_street.start[street + 1]):
        cell = task.on_street.place[at]
        ahead_mm = offset_mm - task.cells.offset_mm[cell]
        if ahead_mm == 0 or (forward if ahead_mm > 0 else backward):
            way_mm = abs(ahead_mm) + access_mm + task.cells.access_mm[cell]
            found = _offer(cell, way_mm, task, scratch, found)
    return found


@kernel
def _offer(cell: int, length_mm: int, task: Task, scratch: Scratch, found: int) -> int:
    """Take a way from a cell if it is within the cutoff and shorter than what is known; the number
    of cells."""
    if length_mm > task.cutoff_mm or length_mm >= scratch.best_mm[cell]:
        return found
    if scratch.best_mm[cell] == _FAR:
        scratch.cells[found] = cell
        found += 1
    scratch.best_mm[cell] = length_mm
    return found


@kernel
def _push(heap: NDArray[np.int64], size: int, length_mm: int, node: int) -> int:
    """Put a node on the heap and give the new size."""
    entry = (np.int64(length_mm) << _NODE_BITS) | np.int64(node)
    at = size
    while at > 0:
        above = (at - 1) >> 1
        if heap[above] <= entry:
            break
        heap[at] = heap[above]
        at = above
    heap[at] = entry
    return size + 1


@kernel
def _drop_first(heap: NDArray[np.int64], size: int) -> int:
    """Take the smallest entry off the heap and give the new size."""
    size -= 1
    entry = heap[size]
    at = 0
    below = 1
    while below < size:
        if below + 1 < size and heap[below + 1] < heap[below]:
            below += 1
        if heap[below] >= entry:
            break
        heap[at] = heap[below]
        at = below
        below = 2 * at + 1
    heap[at] = entry
    return size


@kernel
def _sort(values: NDArray[np.int32], spare: NDArray[np.int32], size: int) -> None:
    """Sort the first `size` values, none negative: by insertion where they are few, else digit by
    digit."""
    if size <= 48:
        for last in range(1, size):
            value = values[last]
            at = last
            while at > 0 and values[at - 1] > value:
                values[at] = values[at - 1]
                at -= 1
            values[at] = value
        return
    largest = values[:size].max()
    shift = 0
    while largest >> shift:
        start = np.zeros(_DIGITS + 1, np.int64)
        for at in range(size):
            start[((values[at] >> shift) & (_DIGITS - 1)) + 1] += 1
        for digit in range(_DIGITS):
            start[digit + 1] += start[digit]
        for at in range(size):
            digit = (values[at] >> shift) & (_DIGITS - 1)
            spare[start[digit]] = values[at]
            start[digit] += 1
        values[:size] = spare[:size]
        shift += _DIGIT_BITS
