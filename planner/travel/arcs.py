"""Streets and places on them -> arrays for a search from the sites against the traffic."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.compiled import kernel
from planner.streets import MODE_BITS, Snapped, StreetGraph

__all__ = [
    "LENGTH_BITS",
    "LENGTH_MASK",
    "Legs",
    "Links",
    "Places",
    "Streets",
    "group_by",
    "legs_from",
    "legs_to",
    "link_cells",
    "link_nodes",
    "places_of",
    "streets_of",
]

LENGTH_BITS = 32
LENGTH_MASK = 2**LENGTH_BITS - 1
_SPREAD = np.array([int(f"{number:b}", base=4) for number in range(256)], np.uint16)
"""The eight bits of a number with a zero before each: binary digits, read with base 4."""


class Streets(NamedTuple):
    """The streets of one mode as the kernels take them, nodes numbered anew."""

    nodes: int
    tail: NDArray[np.int32]
    head: NDArray[np.int32]
    length_mm: NDArray[np.int32]
    forward: NDArray[np.bool_]
    """Whether the mode may go from tail to head, shape (m,)."""
    backward: NDArray[np.bool_]


class Places(NamedTuple):
    """Places on streets, as `Snapped` holds them."""

    street: NDArray[np.int32]
    offset_mm: NDArray[np.int32]
    access_mm: NDArray[np.int32]


class Links(NamedTuple):
    """What is joined to each of some things, and how far it is: one number, read at once."""

    start: NDArray[np.int64]
    """Where the links of each thing begin, shape (n + 1,)."""
    packed: NDArray[np.int64]
    """Number of the other end x 2^32 + millimetres."""


class Legs(NamedTuple):
    """Ways between places and the nodes beside them; a place on a street has up to two."""

    place: NDArray[np.int32]
    node: NDArray[np.int32]
    length_mm: NDArray[np.int64]
    """Access of the place counted in."""


def streets_of(graph: StreetGraph, mode: str) -> Streets:
    """Take the streets of a mode and number the nodes so that near ones lie near in memory."""
    number = _along_curve(graph.node_xy)
    bit = MODE_BITS[mode]
    return Streets(
        len(number),
        number[graph.tail],
        number[graph.head],
        graph.length_mm,
        (graph.forward & bit) != 0,
        (graph.backward & bit) != 0,
    )


def places_of(places: Snapped) -> Places:
    """Take places as the kernels do."""
    return Places(places.street, places.offset_mm, places.access_mm)


def _along_curve(xy: NDArray[np.float64]) -> NDArray[np.int32]:
    """Give places numbers along a Morton curve of 256 x 256 squares, shape (n,)."""
    low = xy.min(axis=0, initial=np.inf)
    extent = max(float((xy - low).max(initial=0)), 1e-9)
    square = ((xy - low) * (255.9 / extent)).astype(np.uint8)
    code = _SPREAD[square[:, 0]] | (_SPREAD[square[:, 1]] << np.uint16(1))
    number = np.empty(len(xy), np.int32)
    number[np.argsort(code, kind="stable")] = np.arange(len(xy), dtype=np.int32)
    return number


@kernel
def link_nodes(streets: Streets, sites: Legs, site_count: int) -> Links:
    """Link each node to those from which one street leads to it; sites are further nodes behind."""
    room = 2 * len(streets.tail) + len(sites.place)
    target = np.empty(room, np.int32)
    source = np.empty(room, np.int32)
    length_mm = np.empty(room, np.int64)
    used = 0
    for street in range(len(streets.tail)):
        tail, head = streets.tail[street], streets.head[street]
        if streets.forward[street]:
            target[used], source[used], length_mm[used] = head, tail, streets.length_mm[street]
            used += 1
        if streets.backward[street]:
            target[used], source[used], length_mm[used] = tail, head, streets.length_mm[street]
            used += 1
    for leg in range(len(sites.place)):
        target[used], source[used] = streets.nodes + sites.place[leg], sites.node[leg]
        length_mm[used] = sites.length_mm[leg]
        used += 1
    return _links_by(target[:used], source[:used], length_mm[:used], streets.nodes + site_count)


@kernel
def link_cells(cells: Legs, nodes: int) -> Links:
    """Link each node to the cells from which it is reached."""
    return _links_by(cells.node, cells.place, cells.length_mm, nodes)


@kernel
def legs_from(places: Places, streets: Streets, cutoff_mm: int) -> Legs:
    """List the legs from places to the nodes beside them, up to a cutoff, access counted in."""
    return _legs(places, streets, (streets.backward, streets.forward), cutoff_mm)


@kernel
def legs_to(places: Places, streets: Streets, cutoff_mm: int) -> Legs:
    """List the legs to places from the nodes beside them, up to a cutoff, access counted in."""
    return _legs(places, streets, (streets.forward, streets.backward), cutoff_mm)


@kernel
def _legs(
    places: Places,
    streets: Streets,
    usable: tuple[NDArray[np.bool_], NDArray[np.bool_]],
    cutoff_mm: int,
) -> Legs:
    """List legs at the tail and at the head of streets where each is usable.

    A place at a node has one leg, to it, whichever way the street may be used.
    """
    at_tail, at_head = usable
    place = np.empty(2 * len(places.street), np.int32)
    node = np.empty(2 * len(places.street), np.int32)
    length_mm = np.empty(2 * len(places.street), np.int64)
    used = 0
    for number in range(len(places.street)):
        street = places.street[number]
        if street < 0:
            continue
        offset_mm = np.int64(places.offset_mm[number])
        rest_mm = streets.length_mm[street] - offset_mm
        access_mm = places.access_mm[number]
        if (offset_mm == 0 or (at_tail[street] and rest_mm > 0)) and (
            offset_mm + access_mm <= cutoff_mm
        ):
            place[used], node[used] = number, streets.tail[street]
            length_mm[used] = offset_mm + access_mm
            used += 1
        if (rest_mm == 0 or (at_head[street] and offset_mm > 0)) and (
            rest_mm + access_mm <= cutoff_mm
        ):
            place[used], node[used] = number, streets.head[street]
            length_mm[used] = rest_mm + access_mm
            used += 1
    return Legs(place[:used], node[:used], length_mm[:used])


@kernel
def _links_by(
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
    """Order rows by a key below `count`, rows of one key as they stood; negative keys are left out.

    Returns
    -------
    start, order
        Where each key begins, shape (count + 1,), and the rows in order.
    """
    start = _starts(key, count)
    last = start.copy()
    order = np.empty(start[-1], np.int64)
    for row in range(len(key)):
        if key[row] >= 0:
            order[last[key[row]]] = row
            last[key[row]] += 1
    return start, order


@kernel
def _starts(key: NDArray[np.int32], count: int) -> NDArray[np.int64]:
    """Say where the rows of each key begin when they are ordered by it, shape (count + 1,)."""
    start = np.zeros(count + 1, np.int64)
    for row in range(len(key)):
        if key[row] >= 0:
            start[key[row] + 1] += 1
    for number in range(count):
        start[number + 1] += start[number]
    return start
