"""The compiled search: from a site against the traffic, up to a cutoff, to every cell on the way.

Dijkstra's method with a heap whose entries go stale instead of being moved (E. W. Dijkstra 1959, A
note on two problems in connexion with graphs, Numerische Mathematik 1, 269-271); each entry of the
heap has four below it, which suits the caches of processors (D. B. Johnson 1975, Priority queues
with update and finding minimum spanning trees, Information Processing Letters 4, 53-57). Only what
a search touched is put back afterwards, so that a small catchment costs little in a large city.
"""

from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from planner.compiled import kernel
from planner.travel.arcs import LENGTH_BITS, LENGTH_MASK, Links, Places, Streets

__all__ = ["Scratch", "Task", "drop_first", "push", "put_rows", "search_sites"]

_FAR = 2**31 - 1
_FEW = 48
"""So many are sorted faster by insertion than digit by digit."""
_MANY = 1024
_FEW_BITS, _MANY_BITS = 8, 11
"""Bits of a digit: a table of all digits must not cost more than the values."""


class Task(NamedTuple):
    """What is the same for every site."""

    streets: Streets
    arcs: Links
    """By node: the nodes that a traveller may come from. Sites follow, as further nodes."""
    cell_legs: Links
    """By node: the cells that it is reached from."""
    on_street: tuple[NDArray[np.int64], NDArray[np.int64]]
    """Where the cells of each street begin, shape (m streets + 1,), and the cells by street."""
    sites: Places
    cells: Places
    cutoff_mm: int


class _Frontier(NamedTuple):
    """Nodes that a search has come to."""

    length_mm: NDArray[np.int32]
    """Shortest way known from each node to the site; _FAR between searches."""
    nodes: NDArray[np.int32]
    """Nodes with a way."""
    heap: NDArray[np.int64]
    """Millimetres x 2^32 + node."""


class _Catch(NamedTuple):
    """Cells that a search has come to."""

    length_mm: NDArray[np.int32]
    """Shortest way known from each cell to the site; _FAR between searches."""
    cells: NDArray[np.int32]
    """Cells with a way."""


class Scratch(NamedTuple):
    """What one thread writes on."""

    frontier: _Frontier
    catch: _Catch
    spare: NDArray[np.int32]
    """For sorting cells."""

    @classmethod
    def for_task(cls, task: Task) -> Self:
        """Make room for any search of a task: each arc puts a node on the heap at most once."""
        nodes, cells = len(task.arcs.start) - 1, len(task.cells.street)
        return cls(
            _Frontier(
                np.full(nodes, _FAR, np.int32),
                np.empty(nodes, np.int32),
                np.empty(len(task.arcs.packed) + 1, np.int64),
            ),
            _Catch(np.full(cells, _FAR, np.int32), np.empty(cells, np.int32)),
            np.empty(cells, np.int32),
        )


@kernel
def search_sites(
    wanted: NDArray[np.int64], task: Task, scratch: Scratch
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
    """Find the cells from which a way to each wanted site is within the cutoff, which still counts.

    Returns
    -------
    count, cell, length_mm
        How many cells each site has, shape (w,); then these, ascending for each site, and their
        ways.
    """
    catch = scratch.catch
    count = np.zeros(len(wanted), np.int64)
    cell = np.empty(1024, np.int32)
    length_mm = np.empty(1024, np.int32)
    used = 0
    for place in range(len(wanted)):
        found = _catch_own_street(wanted[place], task, catch)
        reached = _reach_nodes(wanted[place], task, scratch.frontier)
        found = _catch_beside(reached, task, scratch, found)
        _sort(catch.cells, scratch.spare, found)
        if used + found > len(cell):
            room = max(used + found, 2 * len(cell))
            cell, length_mm = _longer(cell, used, room), _longer(length_mm, used, room)
        for at in range(found):
            near = catch.cells[at]
            cell[used + at] = near
            length_mm[used + at] = catch.length_mm[near]
            catch.length_mm[near] = _FAR
        used += found
        count[place] = found
    return count, _longer(cell, used, used), _longer(length_mm, used, used)


@kernel
def _longer(values: NDArray[np.int32], used: int, room: int) -> NDArray[np.int32]:
    """Copy the used part of an array to one of another length."""
    other = np.empty(room, np.int32)
    for at in range(used):
        other[at] = values[at]
    return other


@kernel
def put_rows(
    values: tuple[NDArray[np.int32], NDArray[np.int32]],
    count: NDArray[np.int64],
    start: NDArray[np.int64],
    target: tuple[NDArray[np.int32], NDArray[np.int32]],
) -> None:
    """Copy rows that stand one behind the other, `count` long, to where each shall start."""
    first = 0
    for row in range(len(count)):
        for at in range(count[row]):
            target[0][start[row] + at] = values[0][first + at]
            target[1][start[row] + at] = values[1][first + at]
        first += count[row]


@kernel
def _reach_nodes(site: int, task: Task, frontier: _Frontier) -> int:
    """Find the shortest way from each node within the cutoff; the number of such nodes.

    The site is taken for a node itself, from which its legs lead on.
    """
    nearest, nodes, heap = frontier
    start, links = task.arcs
    cutoff_mm = task.cutoff_mm
    nodes[0] = task.streets.nodes + site
    nearest[nodes[0]] = 0
    heap[0] = nodes[0]
    reached = 1
    size = 1
    while size:
        length_mm = heap[0] >> LENGTH_BITS
        node = heap[0] & LENGTH_MASK
        size = drop_first(heap, size)
        if length_mm > nearest[node]:
            continue  # a shorter way was found after this one was put on the heap
        for at in range(start[node], start[node + 1]):
            way = links[at] + length_mm
            source = way >> LENGTH_BITS
            way_mm = way & LENGTH_MASK
            if way_mm <= cutoff_mm and way_mm < nearest[source]:
                if nearest[source] == _FAR:
                    nodes[reached] = source
                    reached += 1
                nearest[source] = way_mm
                size = push(heap, size, (way_mm << LENGTH_BITS) | source)
    return reached


@kernel
def _catch_own_street(site: int, task: Task, catch: _Catch) -> int:
    """Take the direct ways from cells on the site's own street; the number of cells."""
    street = task.sites.street[site]
    best_mm, caught = catch
    forward, backward = task.streets.forward[street], task.streets.backward[street]
    start, cells = task.on_street
    offset_mm, access_mm = np.int64(task.sites.offset_mm[site]), task.sites.access_mm[site]
    found = 0
    for at in range(start[street], start[street + 1]):
        cell = cells[at]
        ahead_mm = offset_mm - task.cells.offset_mm[cell]
        way_mm = abs(ahead_mm) + access_mm + task.cells.access_mm[cell]
        direct = ahead_mm == 0 or (forward if ahead_mm > 0 else backward)
        if direct and way_mm <= task.cutoff_mm:
            best_mm[cell] = way_mm
            caught[found] = cell
            found += 1
    return found


@kernel
def _catch_beside(reached: int, task: Task, scratch: Scratch, found: int) -> int:
    """Take the ways from cells through the nodes reached, and put these back; how many cells."""
    nearest, nodes, _ = scratch.frontier
    best_mm, caught = scratch.catch
    start, legs = task.cell_legs
    cutoff_mm = task.cutoff_mm
    for place in range(reached):
        node = nodes[place]
        for at in range(start[node], start[node + 1]):
            way = legs[at] + nearest[node]
            cell = way >> LENGTH_BITS
            way_mm = way & LENGTH_MASK
            if way_mm <= cutoff_mm and way_mm < best_mm[cell]:
                if best_mm[cell] == _FAR:
                    caught[found] = cell
                    found += 1
                best_mm[cell] = way_mm
        nearest[node] = _FAR
    return found


@kernel
def push(heap: NDArray[np.int64], size: int, entry: int) -> int:
    """Put an entry on the heap and give the new size."""
    at = size
    while at > 0:
        above = (at - 1) >> 2
        if heap[above] <= entry:
            break
        heap[at] = heap[above]
        at = above
    heap[at] = entry
    return size + 1


@kernel
def drop_first(heap: NDArray[np.int64], size: int) -> int:
    """Take the smallest entry off the heap and give the new size."""
    size -= 1
    entry = heap[size]
    at = 0
    below = 1
    while below < size:
        least, smallest = below, heap[below]
        for other in range(below + 1, min(below + 4, size)):
            if heap[other] < smallest:
                least, smallest = other, heap[other]
        if smallest >= entry:
            break
        heap[at] = smallest
        at = least
        below = 4 * at + 1
    heap[at] = entry
    return size


@kernel
def _sort(values: NDArray[np.int32], spare: NDArray[np.int32], size: int) -> None:
    """Sort the first `size` values, none negative: a few by insertion, else digit by digit."""
    if size <= _FEW:
        _insert(values, size)
        return
    bits = _FEW_BITS if size < _MANY else _MANY_BITS
    start = np.empty((1 << bits) + 1, np.int64)
    largest = 0
    for at in range(size):
        largest = max(largest, values[at])
    shift = 0
    while largest >> shift:
        _sort_by_digit(values, spare, size, shift, start)
        for at in range(size):
            values[at] = spare[at]
        shift += bits


@kernel
def _insert(values: NDArray[np.int32], size: int) -> None:
    """Sort the first `size` values by insertion."""
    for last in range(1, size):
        value = values[last]
        at = last
        while at > 0 and values[at - 1] > value:
            values[at] = values[at - 1]
            at -= 1
        values[at] = value


@kernel
def _sort_by_digit(
    values: NDArray[np.int32],
    sorted_values: NDArray[np.int32],
    size: int,
    shift: int,
    start: NDArray[np.int64],
) -> None:
    """Sort by one digit, equal ones as they stood; `start` has room for each digit and one more."""
    digits = len(start) - 1
    for digit in range(digits + 1):
        start[digit] = 0
    for at in range(size):
        start[((values[at] >> shift) & (digits - 1)) + 1] += 1
    for digit in range(digits):
        start[digit + 1] += start[digit]
    for at in range(size):
        digit = (values[at] >> shift) & (digits - 1)
        sorted_values[start[digit]] = values[at]
        start[digit] += 1
