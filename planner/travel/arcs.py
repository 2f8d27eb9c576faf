"""A street graph and places on it -> arrays for a search from the sites: arcs against the traffic,
first and last legs."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.compiled import kernel
from planner.streets import MODE_BITS, Snapped, StreetGraph
from planner.streets.kernels import morton_code

__all__ = ["Arcs", "Legs", "Line", "legs_by", "legs_of", "lines_of", "reversed_arcs", "usable"]


class Arcs(NamedTuple):
    """The streets as a search from a site sees them: from a node to those from which a traveller
    may come.

    Nodes are numbered along a Morton curve, so that near nodes lie near in memory.
    """

    number: NDArray[np.int32]
    """The number here of each node of the graph, shape (n,)."""
    start: NDArray[np.int64]
    """Where the arcs of each node begin, shape (n + 1,)."""
    source: NDArray[np.int32]
    """The node that a traveller comes from, shape (a,)."""
    length_mm: NDArray[np.int32]
    """Shape (a,)."""


class Legs(NamedTuple):
    """Ways between a place and the first nodes beside it; a place on a street has up to two, one at
    a node has one."""

    start: NDArray[np.int64]
    """Where the legs of each node (or place) begin, shape (n + 1,)."""
    other: NDArray[np.int32]
    """The place (or node) at the other end."""
    length_mm: NDArray[np.int64]
    """Access of the place counted in."""


class Line(NamedTuple):
    """Places by the street that they are on."""

    start: NDArray[np.int64]
    """Where the places of each street begin, shape (m streets + 1,)."""
    place: NDArray[np.int32]


def reversed_arcs(graph: StreetGraph, mode: str) -> Arcs:
    """List, for each node, the nodes from which one street of the mode leads to it."""
    number = np.empty(len(graph.node_xy), np.int32)
    number[np.argsort(morton_code(graph.node_xy), kind="stable")] = np.arange(len(number))
    forward, backward = usable(graph, mode)
    tail, head = number[graph.tail], number[graph.head]
    target = np.concatenate([head[forward], tail[backward]])
    source = np.concatenate([tail[forward], head[backward]])
    length_mm = np.concatenate([graph.length_mm[forward], graph.length_mm[backward]])
    start, order = group_by(target, len(number))
    return Arcs(number, start, source[order], length_mm[order])


def legs_of(
    graph: StreetGraph, places: Snapped, *, mode: str, number: NDArray[np.int32], leaving: bool
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int64]]:
    """List the legs between places and the nodes beside them.

    Parameters
    ----------
    number
        The number of each node of the graph in the search.
    leaving
        True: from the place to the node (a worker sets out); false: from the node to the place (he
        arrives).

    Returns
    -------
    place, node, length_mm
        One entry a leg, access counted in. A place at a node has a leg to it whichever way the
        street may be used.
    """
    there = np.flatnonzero(places.street >= 0).astype(np.int32)
    street = places.street[there]
    offset_mm = places.offset_mm[there].astype(np.int64)
    rest_mm = graph.length_mm[street] - offset_mm
    forward, backward = (allowed[street] for allowed in usable(graph, mode))
    to_head, to_tail = (forward, backward) if leaving else (backward, forward)
    at_tail = to_tail | (offset_mm == 0)
    at_head = to_head | (rest_mm == 0)
    access_mm = places.access_mm[there]
    return (
        np.concatenate([there[at_tail], there[at_head]]),
        np.concatenate([number[graph.tail[street[at_tail]]], number[graph.head[street[at_head]]]]),
        np.concatenate([(offset_mm + access_mm)[at_tail], (rest_mm + access_mm)[at_head]]),
    )


def legs_by(
    key: NDArray[np.int32], other: NDArray[np.int32], length_mm: NDArray[np.int64], count: int
) -> Legs:
    """Gather legs by one of their ends, whose numbers are below `count`."""
    start, order = group_by(key, count)
    return Legs(start, other[order], length_mm[order])


def lines_of(places: Snapped, streets: int) -> Line:
    """Gather places by street."""
    there = np.flatnonzero(places.street >= 0)
    start, order = group_by(places.street[there], streets)
    return Line(start, there[order].astype(np.int32))


def usable(graph: StreetGraph, mode: str) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Say which streets the mode may go along from tail to head, and from head to tail."""
    bit = MODE_BITS[mode]
    return (graph.forward & bit) != 0, (graph.backward & bit) != 0


@kernel
def group_by(key: NDArray[np.int32], count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Order rows by a key below `count`, rows of one key as they stood: where each key begins, and
    the order."""
    start = np.zeros(count + 1, np.int64)
    for row in range(len(key)):
        start[key[row] + 1] += 1
    for number in range(count):
        start[number + 1] += start[number]
    last = start[:-1].copy()
    order = np.empty(len(key), np.int64)
    for row in range(len(key)):
        order[last[key[row]]] = row
        last[key[row]] += 1
    return start, order
