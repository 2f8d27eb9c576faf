"""Streets and places on them -> arrays for a search from the sites against the traffic."""

from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from planner.compiled import kernel
from planner.streets import MODE_BITS, Snapped, StreetGraph
from planner.streets.kernels import morton_code

__all__ = [
    "LENGTH_BITS",
    "LENGTH_MASK",
    "Legs",
    "Links",
    "group_by",
    "legs_of",
    "links_by",
    "number_nodes",
    "reversed_arcs",
    "usable",
]

LENGTH_BITS = 32
LENGTH_MASK = 2**LENGTH_BITS - 1
_FINE_BITS = np.uint64(26)  # of the 42 that `morton_code` gives


class Links(NamedTuple):
    """What is joined to each of some things, and how far it is: one number, read at once."""

    start: NDArray[np.int64]
    """Where the links of each thing begin, shape (n + 1,)."""
    packed: NDArray[np.int64]
    """Number of the other end x 2^32 + millimetres."""


class Legs(NamedTuple):
    """Ways between places and the nodes beside them; a place on a street has up to two."""

    places: int
    """How many places there are, also those without a leg."""
    place: NDArray[np.int32]
    node: NDArray[np.int32]
    length_mm: NDArray[np.int64]
    """Access of the place counted in."""

    def within(self, cutoff_mm: int) -> Self:
        """Keep those that are no longer than a cutoff."""
        near = self.length_mm <= cutoff_mm
        return self._replace(
            place=self.place[near], node=self.node[near], length_mm=self.length_mm[near]
        )


def number_nodes(graph: StreetGraph) -> NDArray[np.int32]:
    """Give the nodes numbers along a Morton curve, so that near nodes lie near in memory.

    Its coarsest 16 bits do, and are sorted in one pass.
    """
    coarse = (morton_code(graph.node_xy) >> _FINE_BITS).astype(np.uint16)
    number = np.empty(len(coarse), np.int32)
    number[np.argsort(coarse, kind="stable")] = np.arange(len(number), dtype=np.int32)
    return number


def usable(graph: StreetGraph, mode: str) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Say which streets the mode may go along from tail to head, and from head to tail."""
    bit = MODE_BITS[mode]
    return (graph.forward & bit) != 0, (graph.backward & bit) != 0


def reversed_arcs(graph: StreetGraph, mode: str, number: NDArray[np.int32], sites: Legs) -> Links:
    """Link each node to the nodes from which one street leads to it.

    Parameters
    ----------
    graph, mode
        The streets that the mode may use, one-ways obeyed.
    number
        The number of each node of the graph in the search.
    sites
        Legs of the sites, which become further nodes behind those of the graph.
    """
    forward, backward = usable(graph, mode)
    tail, head = number[graph.tail], number[graph.head]
    site = (sites.place + len(number)).astype(np.int32)
    target = np.concatenate([head[forward], tail[backward], site])
    source = np.concatenate([tail[forward], head[backward], sites.node])
    length_mm = np.concatenate(
        [graph.length_mm[forward], graph.length_mm[backward], sites.length_mm]
    )
    return links_by(target, source, length_mm, len(number) + sites.places)


def legs_of(
    graph: StreetGraph,
    places: Snapped,
    *,
    mode: str,
    number: NDArray[np.int32],
    leaving: bool,
) -> Legs:
    """List the legs between places and the nodes beside them.

    Parameters
    ----------
    graph, places, mode
        Places snapped to streets; those with street -1 have no leg.
    number
        The number of each node of the graph in the search.
    leaving
        True: from the place to the node (a worker sets out); false: from the node to the place
        (he arrives).

    Returns
    -------
    Legs
        A place at a node has one leg, to it, whichever way the street may be used.
    """
    there = np.flatnonzero(places.street >= 0).astype(np.int32)
    street = places.street[there]
    offset_mm = places.offset_mm[there].astype(np.int64)
    rest_mm = graph.length_mm[street] - offset_mm
    forward, backward = (allowed[street] for allowed in usable(graph, mode))
    to_head, to_tail = (forward, backward) if leaving else (backward, forward)
    at_tail = (to_tail & (rest_mm > 0)) | (offset_mm == 0)
    at_head = (to_head & (offset_mm > 0)) | (rest_mm == 0)
    access_mm = places.access_mm[there]
    return Legs(
        len(places.street),
        np.concatenate([there[at_tail], there[at_head]]),
        np.concatenate([number[graph.tail[street[at_tail]]], number[graph.head[street[at_head]]]]),
        np.concatenate([(offset_mm + access_mm)[at_tail], (rest_mm + access_mm)[at_head]]),
    )


@kernel
def links_by(
    key: NDArray[np.int32],
    other: NDArray[np.int32],
    length_mm: NDArray[np.int64],
    count: int,
) -> Links:
    """Gather links by one of their ends, whose numbers are below `count`; lengths below 2^32."""
    start = _starts(key, count)
    last = start.copy()
    packed = np.empty(len(key), np.int64)
    for row in range(len(key)):
        packed[last[key[row]]] = (np.int64(other[row]) << LENGTH_BITS) | length_mm[row]
        last[key[row]] += 1
    return Links(start, packed)


@kernel
def group_by(key: NDArray[np.int32], count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Order rows by a key below `count`, rows of one key as they stood.

    Returns
    -------
    start, order
        Where each key begins, shape (count + 1,), and the rows in order.
    """
    start = _starts(key, count)
    last = start.copy()
    order = np.empty(len(key), np.int64)
    for row in range(len(key)):
        order[last[key[row]]] = row
        last[key[row]] += 1
    return start, order


@kernel
def _starts(key: NDArray[np.int32], count: int) -> NDArray[np.int64]:
    """Say where the rows of each key begin when they are ordered by it, shape (count + 1,)."""
    start = np.zeros(count + 1, np.int64)
    for row in range(len(key)):
        start[key[row] + 1] += 1
    for number in range(count):
        start[number + 1] += start[number]
    return start
