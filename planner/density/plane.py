"""Workers at places -> workers in pixels, spread over a disc around each place."""

import numpy as np
from numpy.typing import NDArray

from planner.compiled import kernel
from planner.density.frame import Frame, sum_of_jobs
from planner.streets.kernels import morton_code

__all__ = ["spread_in_plane"]


def spread_in_plane(
    xy: NDArray[np.float64], people: NDArray[np.float64], frame: Frame, *, bandwidth_m: float
) -> NDArray[np.float64]:
    """Spread the people of each place over the pixels whose middle lies within the bandwidth.

    A pixel at distance d has the weight (1 - (d / bandwidth)^2)^2 (the quartic kernel); the weights
    of a place are scaled to a sum of 1 over the pixels that it touches. Where it touches none, its
    people stay in the pixel that it lies in.

    Parameters
    ----------
    xy
        Metres, inside the frame, shape (n, 2).
    people
        At each place, shape (n,).

    Returns
    -------
    numpy.ndarray
        People in each pixel, shape (rows * columns,).

    References
    ----------
    B. W. Silverman (1986), Density Estimation for Statistics and Data Analysis, Chapman and Hall,
    equation 4.5.
    """
    there = np.flatnonzero(people)
    # Near places touch the same pixels, so they are taken along a curve.
    order = there[np.argsort(morton_code(xy[there]), kind="stable")]

    def run(cells: NDArray[np.int64], pixels: NDArray[np.float64]) -> None:
        _spread(xy[cells], people[cells], frame, bandwidth_m / frame.pixel_m, pixels)

    return sum_of_jobs(run, order, frame.rows * frame.columns)


@kernel
def _spread(
    xy: NDArray[np.float64],
    people: NDArray[np.float64],
    frame: Frame,
    radius: float,
    pixels: NDArray[np.float64],
) -> None:
    """Add the people of each place to the pixels; `radius` is counted in pixels."""
    side = 2 * int(np.ceil(radius)) + 2
    weights = np.empty((side, side))
    for place in range(len(people)):
        x = (xy[place, 0] - frame.west_m) / frame.pixel_m
        y = (xy[place, 1] - frame.south_m) / frame.pixel_m
        left, right = _touched(x, radius, frame.columns)
        low, high = _touched(y, radius, frame.rows)
        total = 0.0
        for row in range(low, high):
            for column in range(left, right):
                far = ((row + 0.5 - y) ** 2 + (column + 0.5 - x) ** 2) / radius**2
                weight = (1.0 - far) ** 2 if far < 1.0 else 0.0
                weights[row - low, column - left] = weight
                total += weight
        if total == 0.0:
            pixels[int(y) * frame.columns + int(x)] += people[place]
            continue
        share = people[place] / total
        for row in range(low, high):
            for column in range(left, right):
                pixels[row * frame.columns + column] += share * weights[row - low, column - left]


@kernel
def _touched(at: float, radius: float, count: int) -> tuple[int, int]:
    """Give the first pixel whose middle may lie within the radius, and the one after the last."""
    return max(0, int(np.ceil(at - radius - 0.5))), min(count, int(np.floor(at + radius + 0.5)))
