"""Places in the plane -> the squares of 250 m that they lie in, each named by one whole number."""

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "CELL_M",
    "NO_SQUARES",
    "boxes_of",
    "columns_and_rows",
    "find_squares",
    "join_squares",
    "squares_at",
]

CELL_M = 250.0
"""Side of a square: half of the usual walking reach (500 m), so that moving a worker to the
middle of the square changes a way by less than the reach, and the grid in which built-up area is
commonly published."""

NO_SQUARES: NDArray[np.int64] = np.empty(0, dtype=np.int64)

_ROWS = 2**32
_HALF = 2**31


def join_squares(column: ArrayLike, row: ArrayLike) -> NDArray[np.int64]:
    """Name squares by column and row of the plane, each between -2^31 and 2^31 - 1.

    Names rise with the column, then the row.
    """
    named = np.asarray(column, np.int64) * _ROWS + (np.asarray(row, np.int64) + _HALF)
    return np.asarray(named, dtype=np.int64)


def columns_and_rows(squares: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the column and the row of each named square.

    Examples
    --------
    >>> column, row = columns_and_rows(join_squares([-3, 4], [7, -1]))
    >>> column.tolist(), row.tolist()
    ([-3, 4], [7, -1])
    """
    column, row = np.divmod(squares, _ROWS)
    return column, row - _HALF


def squares_at(xy: NDArray[np.float64]) -> NDArray[np.int64]:
    """Name the square of each point, shape (n, 2) in metres; a western or southern edge is in."""
    cell = np.floor(xy / CELL_M).astype(np.int64)
    return join_squares(cell[:, 0], cell[:, 1])


def boxes_of(squares: NDArray[np.int64]) -> NDArray[np.object_]:
    """Draw squares, in metres of the plane, shape (n,)."""
    column, row = columns_and_rows(squares)
    west, south = column * CELL_M, row * CELL_M
    boxes: NDArray[np.object_] = shapely.box(west, south, west + CELL_M, south + CELL_M)
    return boxes


def find_squares(known: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.int64]:
    """Find where wanted squares stand among known ones, which ascend; -1 where they do not.

    Examples
    --------
    >>> find_squares(np.array([2, 5]), np.array([5, 3, 2])).tolist()
    [1, -1, 0]
    """
    if not len(known):
        return np.full(len(wanted), -1, dtype=np.int64)
    place = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    return np.where(known[place] == wanted, place, -1)
