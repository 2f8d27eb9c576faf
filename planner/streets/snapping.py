"""Places -> the nearest point on a street that a mode may use."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.streets.graph import MODE_BITS, THROUGH_ONLY, StreetGraph
from planner.streets.kernels import count_in_cells, fill_cells, morton_code, nearest_segments

__all__ = ["Snapped", "distance_to_streets", "snap"]

_PLACES_A_JOB = 20_000
"""Places that one thread looks up at a time; a thread costs less than a hundredth of that."""
_SMALLEST_CELL_M = 5.0
_CELLS_A_SEGMENT = 1.0
_LARGEST_MM = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapped:
    """Where each place meets the streets."""

    street: NDArray[np.int32]
    """Row of the street in the graph, shape (n,); -1: every street is farther than the limit."""
    offset_mm: NDArray[np.int32]
    """From the street's tail along its drawn line, 0 to the street's length, shape (n,)."""
    access_mm: NDArray[np.int32]
    """Straight from the place to that point, shape (n,)."""

    def __post_init__(self) -> None:
        """Check that the three belong together."""
        if not self.street.shape == self.offset_mm.shape == self.access_mm.shape:
            raise ValueError("street, offset_mm and access_mm must have one shape")

    def __len__(self) -> int:
        """Count the places."""
        return len(self.street)


def snap(graph: StreetGraph, xy: NDArray[np.float64], *, mode: str, limit_m: float) -> Snapped:
    """Find the nearest point on a street for each place.

    Parameters
    ----------
    graph
        The streets.
    xy
        Places in the plane of the graph, metres, shape (n, 2).
    mode
        "walk", "ebike" or "drive": only streets that it may use, in either direction, count, and
        not those that are THROUGH_ONLY (a motorway beside a place is no way to it).
    limit_m
        Longest accepted straight way to the street in metres; the limit itself still counts (in
        whole millimetres). More than 2,147 km is searched no farther.

    Returns
    -------
    Snapped
        In the order of `xy`. Where streets are equally near, the smallest row is taken and the
        smallest offset.

    Raises
    ------
    ValueError
        If the mode is unknown, the limit is negative or not a number, or a place is not finite.
    """
    if mode not in MODE_BITS:
        raise ValueError(f"mode must be one of {', '.join(MODE_BITS)}, got {mode!r}")
    pieces = _pieces(graph, MODE_BITS[mode])
    limit_mm = min(float(np.rint(_checked(limit_m) * 1000)), _LARGEST_MM)
    distance, nearest, share = _nearest(pieces, xy, limit_m=(limit_mm + 0.5) / 1000)
    access_mm = np.rint(distance * 1000)
    hit = (nearest >= 0) & (access_mm <= limit_mm)
    if not hit.any():
        nothing = np.zeros(len(hit), dtype=np.int32)
        return Snapped(street=nothing - 1, offset_mm=nothing, access_mm=nothing)
    street = pieces.street[nearest]
    offset_mm = np.rint((pieces.offset_m[nearest] + share * pieces.length_m[nearest]) * 1000)
    offset_mm = np.minimum(offset_mm, graph.length_mm[street])
    return Snapped(
        street=np.where(hit, street, -1).astype(np.int32),
        offset_mm=np.where(hit, offset_mm, 0).astype(np.int32),
        access_mm=np.where(hit, access_mm, 0).astype(np.int32),
    )


def distance_to_streets(
    graph: StreetGraph,
    xy: NDArray[np.float64],
    *,
    limit_m: float,
    modes: Sequence[str] = tuple(MODE_BITS),
) -> NDArray[np.float64]:
    """Measure the straight metres from each place to the nearest street.

    Parameters
    ----------
    graph, xy
        As for `snap`.
    limit_m
        How far is searched, metres.
    modes
        Streets that any of them may use count, save those that are THROUGH_ONLY.

    Returns
    -------
    numpy.ndarray
        Metres, infinite beyond the limit, shape (n,).
    """
    pieces = _pieces(graph, sum(MODE_BITS[mode] for mode in modes))
    distance, nearest, _ = _nearest(pieces, xy, limit_m=_checked(limit_m))
    return np.where(nearest >= 0, distance, np.inf)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pieces:
    """The straight pieces of streets, in the order of the streets and along each."""

    ends: NDArray[np.float64]
    """x, y of the start and of the end, metres, shape (s, 4)."""
    length_m: NDArray[np.float64]
    street: NDArray[np.int32]
    offset_m: NDArray[np.float64]
    """From the tail of the street to the start of the piece."""


def _checked(limit_m: float) -> float:
    if not limit_m >= 0:
        raise ValueError(f"limit_m must be at least 0, got {limit_m}")
    return limit_m


def _nearest(
    pieces: _Pieces, xy: NDArray[np.float64], *, limit_m: float
) -> tuple[NDArray[np.float64], NDArray[np.int32], NDArray[np.float64]]:
    """Find the nearest piece of each place: metres, number of the piece or -1, share along it."""
    places = np.ascontiguousarray(xy, dtype=np.float64).reshape(-1, 2)
    if not np.isfinite(places).all():
        raise ValueError("xy must be finite")
    n = len(places)
    distance, nearest, share = np.zeros(n), np.full(n, -1, dtype=np.int32), np.zeros(n)
    if n and len(pieces.ends):
        # Near places search the same cells, so they are taken along a Morton curve.
        order = np.argsort(morton_code(places), kind="stable")
        grid = _grid(pieces.ends)
        jobs = [order[at : at + _PLACES_A_JOB] for at in range(0, n, _PLACES_A_JOB)]

        def find(job: NDArray[np.intp]) -> None:
            found = nearest_segments(places[job], pieces.ends, grid, limit_m)
            distance[job], nearest[job], share[job] = found

        with ThreadPoolExecutor() as pool:
            list(pool.map(find, jobs))
    return distance, nearest, share


def _pieces(graph: StreetGraph, bits: int) -> _Pieces:
    """Give the straight pieces of the streets that someone among `bits` may use."""
    anyone = graph.forward | graph.backward
    usable = ((anyone & bits) != 0) & ((anyone & THROUGH_ONLY) == 0)
    street_of_vertex = np.repeat(np.arange(len(usable), dtype=np.int32), np.diff(graph.line_start))
    begins = usable[street_of_vertex]
    begins[graph.line_start[1:] - 1] = False
    first = np.flatnonzero(begins)
    ends = np.hstack([graph.line_xy[first], graph.line_xy[first + 1]])
    length_m = np.hypot(ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1])
    street = street_of_vertex[first]
    before = np.cumsum(length_m) - length_m
    is_first = np.ones(len(street), dtype=np.bool_)
    is_first[1:] = street[1:] != street[:-1]
    start_of_street = np.flatnonzero(is_first)
    count = np.diff(np.append(start_of_street, len(street)))
    offset_m = before - np.repeat(before[start_of_street], count)
    return _Pieces(ends=ends, length_m=length_m, street=street, offset_m=offset_m)


def _grid(
    segments: NDArray[np.float64],
) -> tuple[NDArray[np.float64], float, int, int, NDArray[np.int64], NDArray[np.int32]]:
    """Lay a grid over segments, about one cell for each.

    Gives its corner, the side of a cell, rows, columns, and the segments of each cell.
    """
    ends = segments.reshape(-1, 2)
    low, high = ends.min(axis=0), ends.max(axis=0)
    width, height = (high - low).tolist()
    fitting = (width * height / (_CELLS_A_SEGMENT * len(segments))) ** 0.5
    # A long thin network would have too many cells along its length.
    size = max(fitting, max(width, height) / (4 * len(segments)), _SMALLEST_CELL_M)
    rows, columns = int(height / size) + 1, int(width / size) + 1
    start = count_in_cells(segments, low, size, (rows, columns))
    inside = fill_cells(segments, low, size, (rows, columns), start)
    return low, size, rows, columns, start, inside
