"""The compiled loops of the streets: Morton codes, a grid over segments, the nearest segment."""

import numpy as np
from numpy.typing import NDArray

from planner.compiled import kernel

__all__ = ["count_in_cells", "fill_cells", "morton_code", "nearest_segments"]

_MORTON_BITS = 21  # of each coordinate; two of them fill 42 bits


def morton_code(xy: NDArray[np.float64]) -> NDArray[np.uint64]:
    """Give each place its number along a Morton (Z-order) curve, shape (n,)."""
    if not len(xy):
        return np.zeros(0, dtype=np.uint64)
    low = xy.min(axis=0)
    extent = max(float((xy.max(axis=0) - low).max()), 1e-9)
    scaled = ((xy - low) * ((2**_MORTON_BITS - 1) / extent)).astype(np.uint64)
    return _spread(scaled[:, 0]) | (_spread(scaled[:, 1]) << np.uint64(1))


def _spread(value: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Put a zero bit between the bits of each number (below 2**32)."""
    for shift, mask in (
        (16, 0x0000FFFF0000FFFF),
        (8, 0x00FF00FF00FF00FF),
        (4, 0x0F0F0F0F0F0F0F0F),
        (2, 0x3333333333333333),
        (1, 0x5555555555555555),
    ):
        value = (value | (value << np.uint64(shift))) & np.uint64(mask)
    return value


@kernel
def count_in_cells(
    segments: NDArray[np.float64], low: NDArray[np.float64], size: float, shape: tuple[int, int]
) -> NDArray[np.int64]:
    """Count the segments that each cell of a grid touches.

    Parameters
    ----------
    segments
        x, y of the start and x, y of the end, metres, shape (s, 4).
    low
        Corner of the grid with the smallest x and y.
    size
        Side of a cell in metres.
    shape
        Rows and columns.

    Returns
    -------
    numpy.ndarray
        Where each cell begins in a list of all of them, shape (rows * columns + 1,).
    """
    rows, columns = shape
    start = np.zeros(rows * columns + 1, dtype=np.int64)
    for s in range(len(segments)):
        first_row, last_row = _rows_of(segments[s], low, size, rows)
        for row in range(first_row, last_row + 1):
            first, last = _columns_of(segments[s], low, size, row, columns)
            for column in range(first, last + 1):
                start[row * columns + column + 1] += 1
    for cell in range(rows * columns):
        start[cell + 1] += start[cell]
    return start


@kernel
def fill_cells(
    segments: NDArray[np.float64],
    low: NDArray[np.float64],
    size: float,
    shape: tuple[int, int],
    start: NDArray[np.int64],
) -> NDArray[np.int32]:
    """List the segments of each cell, smallest first, as `count_in_cells` counted them."""
    rows, columns = shape
    filled = start[:-1].copy()
    inside = np.empty(start[-1], dtype=np.int32)
    for s in range(len(segments)):
        first_row, last_row = _rows_of(segments[s], low, size, rows)
        for row in range(first_row, last_row + 1):
            first, last = _columns_of(segments[s], low, size, row, columns)
            for column in range(first, last + 1):
                cell = row * columns + column
                inside[filled[cell]] = s
                filled[cell] += 1
    return inside


@kernel
def _rows_of(
    segment: NDArray[np.float64], low: NDArray[np.float64], size: float, rows: int
) -> tuple[int, int]:
    """Give the first and the last row of the grid that a segment touches."""
    first = int(np.floor((min(segment[1], segment[3]) - low[1]) / size))
    last = int(np.floor((max(segment[1], segment[3]) - low[1]) / size))
    return min(max(first, 0), rows - 1), min(max(last, 0), rows - 1)


@kernel
def _columns_of(
    segment: NDArray[np.float64], low: NDArray[np.float64], size: float, row: int, columns: int
) -> tuple[int, int]:
    """Give the first and the last column that a segment touches in a row, and a hair more."""
    x1, y1, x2, y2 = segment[0], segment[1], segment[2], segment[3]
    slack = 1e-6 * size
    left, right = min(x1, x2), max(x1, x2)
    if y1 != y2:
        bottom, top = low[1] + row * size - slack, low[1] + (row + 1) * size + slack
        at_bottom = x1 + (min(max(bottom, min(y1, y2)), max(y1, y2)) - y1) / (y2 - y1) * (x2 - x1)
        at_top = x1 + (min(max(top, min(y1, y2)), max(y1, y2)) - y1) / (y2 - y1) * (x2 - x1)
        left = max(left, min(at_bottom, at_top))
        right = min(right, max(at_bottom, at_top))
    first = int(np.floor((left - slack - low[0]) / size))
    last = int(np.floor((right + slack - low[0]) / size))
    return min(max(first, 0), columns - 1), min(max(last, 0), columns - 1)


@kernel
def _to_segment(x: float, y: float, segment: NDArray[np.float64]) -> tuple[float, float]:
    """Give the squared distance to a segment, and where along it (0 to 1) that is."""
    dx, dy = segment[2] - segment[0], segment[3] - segment[1]
    squared = dx * dx + dy * dy
    along = (x - segment[0]) * dx + (y - segment[1]) * dy
    if along <= 0.0 or squared == 0.0:  # the very end, so that streets that meet there tie exactly
        ex, ey, share = x - segment[0], y - segment[1], 0.0
    elif along >= squared:
        ex, ey, share = x - segment[2], y - segment[3], 1.0
    else:
        share = along / squared
        ex, ey = x - (segment[0] + share * dx), y - (segment[1] + share * dy)
    return ex * ex + ey * ey, share


@kernel
def _nearest_in_cell(
    x: float,
    y: float,
    inside: NDArray[np.int32],
    segments: NDArray[np.float64],
    best: tuple[float, int, float],
) -> tuple[float, int, float]:
    """Improve the best (squared distance, segment, share along it) by a cell; ties: the first."""
    squared, nearest, share = best
    for s in inside:
        found, at = _to_segment(x, y, segments[s])
        if found < squared or (found == squared and (nearest < 0 or s < nearest)):
            squared, nearest, share = found, s, at
    return squared, nearest, share


@kernel
def _nearest_segment(
    x: float,
    y: float,
    segments: NDArray[np.float64],
    grid: tuple[NDArray[np.float64], float, int, int, NDArray[np.int64], NDArray[np.int32]],
    limit: float,
) -> tuple[float, int, float]:
    """Search the cells in rings around a place until no farther ring can be nearer."""
    low, size, rows, columns, start, inside = grid
    column, row = int(np.floor((x - low[0]) / size)), int(np.floor((y - low[1]) / size))
    # How far the place is from the nearest side of its own cell: what a ring more adds to.
    left, bottom = x - (low[0] + column * size), y - (low[1] + row * size)
    margin = max(min(left, size - left, bottom, size - bottom), 0.0)
    ring = max(-column, column - columns + 1, -row, row - rows + 1, 0)
    last = max(column, columns - 1 - column, row, rows - 1 - row)
    squared, nearest, share = limit * limit, -1, 0.0
    while ring <= last:
        reached = max((ring - 1) * size + margin, 0.0) - 1e-6 * size
        if ring > 0 and reached > 0.0 and reached * reached > squared:
            break
        for r in range(max(row - ring, 0), min(row + ring, rows - 1) + 1):
            step = 1 if r in (row - ring, row + ring) else max(2 * ring, 1)
            for c in range(column - ring, column + ring + 1, step):
                if 0 <= c < columns:
                    cell = r * columns + c
                    if start[cell] < start[cell + 1]:
                        squared, nearest, share = _nearest_in_cell(
                            x,
                            y,
                            inside[start[cell] : start[cell + 1]],
                            segments,
                            (squared, nearest, share),
                        )
        ring += 1
    return squared, nearest, share


@kernel
def nearest_segments(
    xy: NDArray[np.float64],
    segments: NDArray[np.float64],
    grid: tuple[NDArray[np.float64], float, int, int, NDArray[np.int64], NDArray[np.int32]],
    limit: float,
) -> tuple[NDArray[np.float64], NDArray[np.int32], NDArray[np.float64]]:
    """Find the nearest segment of each place.

    Parameters
    ----------
    xy
        Metres, shape (n, 2).
    segments
        As for `count_in_cells`.
    grid
        Its corner, the side of a cell, rows, columns, and the two lists of `count_in_cells` and
        `fill_cells`.
    limit
        Metres; a segment at the limit still counts.

    Returns
    -------
    tuple
        Distance in metres, number of the segment (-1: none within the limit; ties: the smallest),
        share along it.
    """
    n = len(xy)
    distance = np.zeros(n)
    nearest = np.full(n, -1, dtype=np.int32)
    share = np.zeros(n)
    for i in range(n):
        squared, found, at = _nearest_segment(xy[i, 0], xy[i, 1], segments, grid, limit)
        if found >= 0:
            distance[i] = np.sqrt(squared)
            nearest[i] = found
            share[i] = at
    return distance, nearest, share
