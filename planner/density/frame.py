"""Places and a bandwidth -> the pixels that a surface is made of."""

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Frame", "frame_around", "sum_of_jobs"]

_PIXEL_M = 50.0
_STEP_M = 10.0
_MOST_PIXELS = 1_000_000
_PIXELS_A_BANDWIDTH = 12
"""Finer than this a surface looks no smoother, but each cell costs the square of it."""
_JOBS = 8
_FEWEST_A_JOB = 4096


class Frame(NamedTuple):
    """A grid of square pixels, the first in the south-west, numbered row by row to the north."""

    west_m: float
    south_m: float
    pixel_m: float
    rows: int
    columns: int


def frame_around(xy: NDArray[np.float64], *, bandwidth_m: float) -> Frame:
    """Choose pixels that hold some places and everything within a bandwidth of them.

    Pixels are 50 m wide; a twelfth of the bandwidth where that is more; and so wide, in steps of
    10 m, that there are at most a million. Their borders lie on whole multiples of their width, so
    that surfaces of one width fit onto each other.

    Parameters
    ----------
    xy
        Metres, shape (n, 2); without any there is one pixel at the origin.
    """
    low, high = (xy.min(axis=0), xy.max(axis=0)) if len(xy) else (np.zeros(2), np.zeros(2))
    pixel_m = max(_PIXEL_M, math.ceil(bandwidth_m / _PIXELS_A_BANDWIDTH / _STEP_M) * _STEP_M)
    while True:
        first = np.floor((low - bandwidth_m) / pixel_m)
        columns, rows = (np.floor((high + bandwidth_m) / pixel_m) - first + 1).tolist()
        if rows * columns <= _MOST_PIXELS:
            break
        # The extent in pixels says how far off the width is; a step at a time would take long.
        pixel_m += _STEP_M * max(1, int((math.sqrt(rows * columns / _MOST_PIXELS) - 1) * 2))
    west_m, south_m = (first * pixel_m).tolist()
    return Frame(west_m, south_m, pixel_m, int(rows), int(columns))


def sum_of_jobs(
    run: Callable[[NDArray[np.int64], NDArray[np.float64]], None],
    order: NDArray[np.int64],
    pixels: int,
) -> NDArray[np.float64]:
    """Let threads lay shares of the cells out on pixels of their own, and add these up.

    The shares depend on the number of cells alone, and are added in their order: so the sum is the
    same on any number of processors.

    Parameters
    ----------
    run
        Lays the cells that are named onto the pixels, which it changes.
    order
        The cells, shape (n,).
    """
    jobs = max(1, min(_JOBS, len(order) // _FEWEST_A_JOB))

    def lay(cells: NDArray[np.int64]) -> NDArray[np.float64]:
        people = np.zeros(pixels)
        run(cells, people)
        return people

    with ThreadPoolExecutor() as pool:
        parts: Sequence[NDArray[np.float64]] = list(pool.map(lay, np.array_split(order, jobs)))
    total = parts[0]
    for part in parts[1:]:
        total += part
    return total
