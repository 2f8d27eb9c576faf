"""Places -> the nearest point on a street that a mode may use."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.streets.graph import MODE_BITS, StreetGraph
from planner.streets.kernels import count_in_cells, fill_cells, morton_code, nearest_segments

__all__ = ["Snapped", "snap"]

_SMALLEST_CELL_M = 5.0
_CELLS_A_SEGMENT = 1.0
_LARGEST_MM = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapped:
    """Where each place meets the streets."""

    street: NDArray[np.int32]
    """Row of the street in the graph, -1: every street is farther than the limit; shape (n,)."""
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
        "walk", "ebike" or "drive": only streets that it may use, in either direction, count.
    limit_m
        Longest accepted straight way to the street in metres; the limit itself still counts (in whole millimetres).

    Returns
    -------
    Snapped
        In the order of `xy`. Where streets are equally near, the smallest row is taken and the smallest offset.

    Raises
    ------
    ValueError
        If the mode is unknown, the limit is negative or not a number, or a place is not finite.
    """
    if mode not in MODE_BITS:
        raise ValueError(f"mode must be one of {', '.join(MODE_BITS)}, got {mode!r}")
    if not limit_m >= 0:
        raise ValueError(f"limit_m must be at least 0, got {limit_m}")
    places = np.ascontiguousarray(xy, dtype=np.float64).reshape(-1, 2)
    if not np.isfinite(places).all():
        raise ValueError("xy must be finite")
    segments, street, offset_m = _segments(graph, mode)
    if not len(places) or not len(segments):
        return _nowhere(len(places))
    # Near places search the same cells, so they are taken along a Morton curve.
    order = np.argsort(morton_code(places), kind="stable")
    limit_mm = min(np.rint(limit_m * 1000), _LARGEST_MM)
    found = nearest_segments(places[order], segments, _grid(segments), (limit_mm + 0.5) / 1000)
    distance, nearest, share = (np.empty_like(values) for values in found)
    for target, values in zip((distance, nearest, share), found, strict=True):
        target[order] = values
    access_mm = np.rint(distance * 1000)
    hit = (nearest >= 0) & (access_mm <= limit_mm)
    length_m = np.hypot(segments[:, 2] - segments[:, 0], segments[:, 3] - segments[:, 1])
    row = np.where(hit, street[nearest], 0)
    offset_mm = np.rint((offset_m[nearest] + share * length_m[nearest]) * 1000)
    return Snapped(
        street=np.where(hit, row, -1).astype(np.int32),
        offset_mm=np.where(hit, np.minimum(offset_mm, graph.length_mm[row]), 0).astype(np.int32),
        access_mm=np.where(hit, access_mm, 0).astype(np.int32),
    )


def _nowhere(n: int) -> Snapped:
    return Snapped(
        street=np.full(n, -1, dtype=np.int32),
        offset_mm=np.zeros(n, dtype=np.int32),
        access_mm=np.zeros(n, dtype=np.int32),
    )


def _segments(
    graph: StreetGraph, mode: str
) -> tuple[NDArray[np.float64], NDArray[np.int32], NDArray[np.float64]]:
    """Give the straight pieces of usable streets: ends (s, 4), street of each, metres from its tail."""
    usable = ((graph.forward | graph.backward) & MODE_BITS[mode]) != 0
    street_of_vertex = np.repeat(np.arange(len(usable), dtype=np.int32), np.diff(graph.line_start))
    begins = usable[street_of_vertex]
    begins[graph.line_start[1:] - 1] = False
    first = np.flatnonzero(begins)
    segments = np.hstack([graph.line_xy[first], graph.line_xy[first + 1]])
    length = np.hypot(segments[:, 2] - segments[:, 0], segments[:, 3] - segments[:, 1])
    street = street_of_vertex[first]
    before = np.cumsum(length) - length
    is_first = np.ones(len(street), dtype=np.bool_)
    is_first[1:] = street[1:] != street[:-1]
    start_of_street = np.flatnonzero(is_first)
    pieces = np.diff(np.append(start_of_street, len(street)))
    offset_m = before - np.repeat(before[start_of_street], pieces)
    return segments, street, offset_m


def _grid(
    segments: NDArray[np.float64],
) -> tuple[NDArray[np.float64], float, int, int, NDArray[np.int64], NDArray[np.int32]]:
    """Lay a grid over segments: its corner, side of a cell, rows, columns, and the segments of each cell."""
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
