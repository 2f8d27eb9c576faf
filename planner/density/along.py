"""Workers at places -> workers in pixels, spread along the streets around each place."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.compiled import kernel
from planner.density.frame import Frame, sum_of_jobs
from planner.streets import StreetGraph, snap
from planner.streets.graph import THROUGH_ONLY
from planner.streets.kernels import morton_code
from planner.travel.arcs import (
    LENGTH_BITS,
    LENGTH_MASK,
    Legs,
    Links,
    Places,
    Streets,
    group_by,
    link_nodes,
    places_of,
    streets_of,
)
from planner.travel.matrix import cutoff_millimetres
from planner.travel.search import drop_first, push

__all__ = ["PIECE_M", "spread_along_streets"]

PIECE_M = 25.0
"""Longest piece of street that is shown in one pixel, by its middle: half of a pixel."""

_FAR = 2**31 - 1


class _Network(NamedTuple):
    """The streets on foot, cut into pieces."""

    streets: Streets
    links: Links
    """By node: the nodes that a street joins to it."""
    at_node: tuple[NDArray[np.int64], NDArray[np.int64]]
    """Where the streets of each node begin, and the streets by node (2 x its number, + 1 at the
    head)."""
    first_piece: NDArray[np.int64]
    """Where the pieces of each street begin, shape (m streets + 1,)."""
    pixel: NDArray[np.int32]
    """The pixel that shows each piece."""


def spread_along_streets(
    xy: NDArray[np.float64],
    people: NDArray[np.float64],
    frame: Frame,
    *,
    bandwidth_m: float,
    streets: StreetGraph,
) -> NDArray[np.float64]:
    """Spread the people of each place over the pieces of street within the bandwidth on foot.

    A way is the straight metres from the place to its street and the metres along the streets to
    the middle of a piece. A piece of length l at distance d has the weight
    l * (1 - (d / bandwidth)^2)^2, and counts in the pixel that its middle lies in; the weights of a
    place are scaled to a sum of 1. A place within the bandwidth of a street, but not of the middle
    of any piece, stays in the pixel of the street point next to it; one that is farther from every
    street stays in the pixel that it lies in.

    Parameters
    ----------
    xy
        Metres in the plane of the streets, inside the frame, shape (n, 2).
    people
        At each place, shape (n,).
    streets
        Those that people may walk; one may pass along motorway-like streets where walking is
        allowed there, but nobody stays on them.

    Returns
    -------
    numpy.ndarray
        People in each pixel, shape (rows * columns,).

    References
    ----------
    A. Okabe, T. Satoh and K. Sugihara (2009), A kernel density estimation method for networks, its
    computational method and a GIS-based tool, International Journal of Geographical Information
    Science 23, 7-32: distances along the network. Their kernels keep the total by splitting at
    junctions; here each place's kernel is scaled instead.
    """
    there = np.flatnonzero(people)
    order = there[np.argsort(morton_code(xy[there]), kind="stable")]
    cells = places_of(snap(streets, xy, mode="walk", limit_m=bandwidth_m))
    network = _network(streets, frame)
    cutoff_mm = cutoff_millimetres(bandwidth_m)

    def run(wanted: NDArray[np.int64], pixels: NDArray[np.float64]) -> None:
        mine = Places(cells.street[wanted], cells.offset_mm[wanted], cells.access_mm[wanted])
        far = _spread(mine, people[wanted], network, cutoff_mm, pixels)
        left = wanted[far]
        np.add.at(pixels, _pixels_of(xy[left], frame), people[left])

    return sum_of_jobs(run, order, frame.rows * frame.columns)


def _pixels_of(xy: NDArray[np.float64], frame: Frame) -> NDArray[np.int64]:
    column = ((xy[:, 0] - frame.west_m) // frame.pixel_m).astype(np.int64)
    row = ((xy[:, 1] - frame.south_m) // frame.pixel_m).astype(np.int64)
    return row * frame.columns + column


def _network(graph: StreetGraph, frame: Frame) -> _Network:
    """Take the streets that may be walked in any direction, and cut those where people may be."""
    streets = streets_of(graph, "walk")
    walked = streets.forward | streets.backward
    streets = streets._replace(forward=walked, backward=walked)
    nobody = np.empty(0, np.int32)
    links = link_nodes(streets, Legs(nobody, nobody, nobody.astype(np.int64)), 0)
    stays = walked & (((graph.forward | graph.backward) & THROUGH_ONLY) == 0)
    counts = np.where(stays, np.ceil(graph.length_mm / (PIECE_M * 1000)), 0).astype(np.int64)
    first_piece = np.concatenate([[0], np.cumsum(counts)])
    ends = np.column_stack([streets.tail, streets.head]).ravel()
    ends[np.repeat(~stays, 2)] = -1
    return _Network(
        streets=streets,
        links=links,
        at_node=group_by(ends, streets.nodes),
        first_piece=first_piece,
        pixel=_cut(graph.line_start, graph.line_xy, first_piece, frame),
    )


@kernel
def _cut(
    line_start: NDArray[np.int64],
    line_xy: NDArray[np.float64],
    first_piece: NDArray[np.int64],
    frame: Frame,
) -> NDArray[np.int32]:
    """Give the pixel of the middle of each piece; -1 outside the frame."""
    pixel = np.full(first_piece[-1], -1, np.int32)
    for street in range(len(line_start) - 1):
        first, last = line_start[street], line_start[street + 1]
        pieces = first_piece[street + 1] - first_piece[street]
        if pieces == 0:
            continue
        whole_m = 0.0
        for at in range(first, last - 1):
            step = line_xy[at + 1] - line_xy[at]
            whole_m += np.hypot(step[0], step[1])
        at, before_m, length_m = first - 1, 0.0, 0.0
        for number in range(pieces):
            middle_m = whole_m * (number + 0.5) / pieces
            while at < first or (before_m + length_m < middle_m and at + 2 < last):
                before_m += length_m
                at += 1
                length_m = np.hypot(
                    line_xy[at + 1, 0] - line_xy[at, 0], line_xy[at + 1, 1] - line_xy[at, 1]
                )
            share = (middle_m - before_m) / length_m if length_m > 0 else 0.0
            x = line_xy[at, 0] + share * (line_xy[at + 1, 0] - line_xy[at, 0])
            y = line_xy[at, 1] + share * (line_xy[at + 1, 1] - line_xy[at, 1])
            column = int(np.floor((x - frame.west_m) / frame.pixel_m))
            row = int(np.floor((y - frame.south_m) / frame.pixel_m))
            if 0 <= column < frame.columns and 0 <= row < frame.rows:
                pixel[first_piece[street] + number] = row * frame.columns + column
    return pixel


class _Search(NamedTuple):
    """What one search writes on."""

    nearest: NDArray[np.int32]
    """Way from the place to each node, millimetres; _FAR between searches."""
    nodes: NDArray[np.int32]
    """Nodes with a way."""
    heap: NDArray[np.int64]
    """Millimetres x 2^32 + node."""
    pixel: NDArray[np.int32]
    """The pixels of the pieces within the bandwidth, and their weights."""
    weight: NDArray[np.float64]


@kernel
def _spread(
    cells: Places,
    people: NDArray[np.float64],
    network: _Network,
    cutoff_mm: int,
    pixels: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Add the people of each place to the pixels; mark the places that no street is near to."""
    far = np.zeros(len(people), np.bool_)
    seen = np.full(len(network.streets.tail), -1, np.int64)
    search = _Search(
        np.full(network.streets.nodes, _FAR, np.int32),
        np.empty(network.streets.nodes, np.int32),
        np.empty(len(network.links.packed) + 2, np.int64),
        np.empty(len(network.pixel), np.int32),
        np.empty(len(network.pixel)),
    )
    start, ends = network.at_node
    for cell in range(len(people)):
        street = cells.street[cell]
        if street < 0:
            far[cell] = True
            continue
        reached = _reach_nodes(cells, cell, network, cutoff_mm, search)
        own = (int(cells.offset_mm[cell]), int(cells.access_mm[cell]))
        found = _weigh(street, own, network, cutoff_mm, search, 0)
        seen[street] = cell
        for at in range(reached):
            node = search.nodes[at]
            for end in range(start[node], start[node + 1]):
                other = ends[end] >> 1
                if seen[other] != cell:
                    seen[other] = cell
                    found = _weigh(other, (0, _FAR), network, cutoff_mm, search, found)
        for at in range(reached):
            search.nearest[search.nodes[at]] = _FAR
        far[cell] = not _put(search, found, people[cell], pixels)
        if far[cell]:
            far[cell] = not _put_at_home(street, own[0], network, people[cell], pixels)
    return far


@kernel
def _reach_nodes(
    cells: Places, cell: int, network: _Network, cutoff_mm: int, search: _Search
) -> int:
    """Find the shortest way to each node within the cutoff; the number of such nodes."""
    nearest, nodes, heap = search.nearest, search.nodes, search.heap
    start, links = network.links
    reached = _set_out(cells, cell, network, cutoff_mm, search)
    size = 0
    for at in range(reached):
        size = push(heap, size, (np.int64(nearest[nodes[at]]) << LENGTH_BITS) | nodes[at])
    while size:
        length_mm = heap[0] >> LENGTH_BITS
        node = heap[0] & LENGTH_MASK
        size = drop_first(heap, size)
        if length_mm > nearest[node]:
            continue  # a shorter way was found after this one was put on the heap
        for at in range(start[node], start[node + 1]):
            way = links[at] + length_mm
            other = way >> LENGTH_BITS
            way_mm = way & LENGTH_MASK
            if way_mm <= cutoff_mm and way_mm < nearest[other]:
                if nearest[other] == _FAR:
                    nodes[reached] = other
                    reached += 1
                nearest[other] = way_mm
                size = push(heap, size, (way_mm << LENGTH_BITS) | other)
    return reached


@kernel
def _set_out(cells: Places, cell: int, network: _Network, cutoff_mm: int, search: _Search) -> int:
    """Go from a place to the ends of its street within the cutoff; the number of nodes."""
    street = cells.street[cell]
    offset_mm, access_mm = np.int64(cells.offset_mm[cell]), np.int64(cells.access_mm[cell])
    rest_mm = network.streets.length_mm[street] - offset_mm
    tail, head = network.streets.tail[street], network.streets.head[street]
    reached = 0
    for node, way_mm in ((tail, access_mm + offset_mm), (head, access_mm + rest_mm)):
        if way_mm <= cutoff_mm and way_mm < search.nearest[node]:
            if search.nearest[node] == _FAR:
                search.nodes[reached] = node
                reached += 1
            search.nearest[node] = way_mm
    return reached


@kernel
def _weigh(
    street: int,
    own: tuple[int, int],
    network: _Network,
    cutoff_mm: int,
    search: _Search,
    found: int,
) -> int:
    """List the pieces of a street within the cutoff; `own` is the place on it, if it is there."""
    first, last = network.first_piece[street], network.first_piece[street + 1]
    if first == last:
        return found
    whole_mm = float(network.streets.length_mm[street])
    from_tail = float(search.nearest[network.streets.tail[street]])
    from_head = float(search.nearest[network.streets.head[street]])
    length_mm = whole_mm / (last - first)
    scale = 1.0 / (float(cutoff_mm) * cutoff_mm)
    for piece in range(first, last):
        middle = (piece - first + 0.5) * length_mm
        way = min(from_tail + middle, from_head + whole_mm - middle, own[1] + abs(middle - own[0]))
        if way < cutoff_mm and network.pixel[piece] >= 0:
            search.pixel[found] = network.pixel[piece]
            search.weight[found] = length_mm * (1.0 - way * way * scale) ** 2
            found += 1
    return found


@kernel
def _put(search: _Search, found: int, people: float, pixels: NDArray[np.float64]) -> bool:
    """Share the people out over the pieces found; false where there is none."""
    total = 0.0
    for at in range(found):
        total += search.weight[at]
    if total == 0.0:
        return False
    share = people / total
    for at in range(found):
        pixels[search.pixel[at]] += share * search.weight[at]
    return True


@kernel
def _put_at_home(
    street: int, offset_mm: int, network: _Network, people: float, pixels: NDArray[np.float64]
) -> bool:
    """Put the people into the piece that their place lies on; false where it is not shown."""
    first, last = network.first_piece[street], network.first_piece[street + 1]
    if first == last:
        return False
    number = offset_mm * (last - first) // network.streets.length_mm[street]
    pixel = network.pixel[first + min(number, last - first - 1)]
    if pixel < 0:
        return False
    pixels[pixel] += people
    return True
