"""Places of workers -> how many of them stand within the circle of 1 km2 around each place."""

import math

import numpy as np
from numpy.typing import NDArray

from planner.compiled import kernel

__all__ = ["NEIGHBOURHOOD_M", "workers_around"]

NEIGHBOURHOOD_M = math.sqrt(1e6 / math.pi)
"""Radius of a circle of 1 km2."""
_MOST_M2 = NEIGHBOURHOOD_M * NEIGHBOURHOOD_M
_MOST_SQUARES = 64
"""Squares of the grid along a radius, at most."""


def workers_around(xy: NDArray[np.float64], milli: NDArray[np.int64]) -> NDArray[np.int64]:
    """Add up the workers within the circle of 1 km2 around each cell; the border counts.

    Cells on one spot are one place. Places lie in small squares: a square that lies inside the
    circle with all its places is added as a whole, and places are looked at one by one only in
    those on the border. Squares are the smaller the more places there are (p in a neighbourhood:
    half the cube root of p along a radius), so a place costs p to the power of 2/3 instead of p.

    Parameters
    ----------
    xy
        Metres, finite, shape (n, 2).
    milli
        Thousandths of a worker, shape (n,).

    Returns
    -------
    numpy.ndarray
        Thousandths of a worker, shape (n,): whole numbers, so those of a loop over all pairs.
    """
    if not len(xy):
        return milli
    by_spot = np.lexsort(xy.T)
    is_first = np.append(True, (np.diff(xy[by_spot], axis=0) != 0).any(axis=1))
    of_cell = np.empty(len(xy), np.int64)
    of_cell[by_spot] = np.cumsum(is_first) - 1
    spot = xy[by_spot[is_first]]
    there = np.add.reduceat(milli[by_spot], np.flatnonzero(is_first))
    along = _squares_along(spot)
    key, columns = _keys(spot, along)
    order = np.argsort(key, kind="stable")
    keys, first = np.unique(key[order], return_index=True)
    inside = np.append(first, len(order))
    around = np.empty(len(spot), np.int64)
    around[order] = _sum_around(
        spot[order], there[order], (keys, inside, columns, along), _boxes(spot[order], inside)
    )
    return around[of_cell]


def _keys(spot: NDArray[np.float64], along: int) -> tuple[NDArray[np.int64], int]:
    """Give the square of each place, `along` of them to a radius, and how many are in a row."""
    square = np.floor((spot - spot.min(axis=0)) / (NEIGHBOURHOOD_M / along)).astype(np.int64)
    columns = int(square[:, 0].max()) + 1
    return square[:, 1] * columns + square[:, 0], columns


def _squares_along(spot: NDArray[np.float64]) -> int:
    """Choose how many squares there are to a radius, from the places in a place's own square."""
    inside = np.unique(_keys(spot, 1)[0], return_counts=True)[1].astype(np.float64)
    beside = (inside**2).sum() / len(spot)
    return int(np.clip(round(beside ** (1 / 3) / 2), 1, _MOST_SQUARES))


def _boxes(spot: NDArray[np.float64], inside: NDArray[np.int64]) -> NDArray[np.float64]:
    """Give the least and largest x and y of the places in each square, shape (squares, 2, 2)."""
    starts = inside[:-1]
    return np.stack([np.minimum.reduceat(spot, starts), np.maximum.reduceat(spot, starts)], axis=1)


@kernel
def _sum_around(
    xy: NDArray[np.float64],
    milli: NDArray[np.int64],
    squares: tuple[NDArray[np.int64], NDArray[np.int64], int, int],
    boxes: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Add up the workers within the circle around each place; places are sorted by square.

    Rounding keeps order: the places of two boxes that are farthest apart in x and in y, rounded,
    are no nearer than any others. So a box is taken or left exactly as all its places would be.
    """
    keys, first, columns, along = squares
    around = np.zeros(len(xy), np.int64)
    whole = np.zeros(len(keys), np.int64)
    for square in range(len(keys)):
        whole[square] = milli[first[square] : first[square + 1]].sum()
    for number in range(len(keys)):
        here = slice(first[number], first[number + 1])
        column = keys[number] % columns
        left, right = max(column - along - 1, 0), min(column + along + 1, columns - 1)
        for below in range(-along - 1, along + 2):
            row = (keys[number] // columns + below) * columns
            last = np.searchsorted(keys, row + right + 1)
            for other in range(np.searchsorted(keys, row + left), last):
                near, far = _near_and_far(boxes[number], boxes[other])
                if far <= _MOST_M2:
                    around[here] += whole[other]
                elif near <= _MOST_M2:
                    there = slice(first[other], first[other + 1])
                    _add_square(
                        xy[here],
                        around[here],
                        (xy[there], milli[there], whole[other]),
                        boxes[other],
                    )
    return around


@kernel
def _add_square(
    xy: NDArray[np.float64],
    around: NDArray[np.int64],
    square: tuple[NDArray[np.float64], NDArray[np.int64], np.int64],
    box: NDArray[np.float64],
) -> None:
    """Add the workers of one square to the places of another that lie near enough."""
    other_xy, other_milli, whole = square
    place = np.empty((2, 2))
    for here in range(len(xy)):
        place[:] = xy[here]
        near, far = _near_and_far(place, box)
        if far <= _MOST_M2:
            around[here] += whole
        elif near <= _MOST_M2:
            for there in range(len(other_xy)):
                x, y = xy[here, 0] - other_xy[there, 0], xy[here, 1] - other_xy[there, 1]
                around[here] += other_milli[there] * (x * x + y * y <= _MOST_M2)


@kernel
def _near_and_far(one: NDArray[np.float64], other: NDArray[np.float64]) -> tuple[float, float]:
    """Give the squared metres between the nearest and the farthest places of two boxes."""
    near, far = 0.0, 0.0
    for axis in range(2):
        low, high = one[0, axis] - other[1, axis], one[1, axis] - other[0, axis]
        far += max(low * low, high * high)
        if low > 0 or high < 0:
            near += min(low * low, high * high)
    return near, far
