"""Demand -> a smooth surface of workers per km2, in the plane or along streets."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.demand import Demand
from planner.density.along import spread_along_streets
from planner.density.frame import frame_around
from planner.density.plane import spread_in_plane
from planner.streets import StreetGraph

__all__ = ["Surface", "density_surface"]

_M2_A_KM2 = 1e6
_HOURS_OF_WEEK = 168
_FARTHEST_M = 100_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Surface:
    """Workers per km2 in square pixels."""

    values: NDArray[np.float64]
    """Workers per km2, at least 0, shape (rows, columns): the first row is the southernmost, the
    first column the westernmost. Workers of the pixel = value x its area."""
    west_m: float
    """Western edge of the first column, metres in `projection`."""
    south_m: float
    """Southern edge of the first row."""
    pixel_m: float
    """Side of a pixel."""
    projection: str
    """The metric plane, as pyproj reads it."""

    def __post_init__(self) -> None:
        """Check that there are pixels, and no workers below 0."""
        if self.values.ndim != 2 or not self.values.size or not self.pixel_m > 0:  # noqa: PLR2004 - rows and columns
            raise ValueError(f"a surface needs pixels, got {self.values.shape}")
        if not (np.isfinite(self.values).all() and self.values.min() >= 0):
            raise ValueError("values must be finite and at least 0")

    @property
    def workers(self) -> float:
        """All workers of the surface: its values times the area of a pixel, added up."""
        return float(self.values.sum()) * self.pixel_m**2 / _M2_A_KM2

    @property
    def bounds_m(self) -> tuple[float, float, float, float]:
        """West, south, east and north edge, metres in `projection`."""
        rows, columns = self.values.shape
        return (
            self.west_m,
            self.south_m,
            self.west_m + columns * self.pixel_m,
            self.south_m + rows * self.pixel_m,
        )

    def at(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the workers per km2 at places, 0 outside the surface.

        Parameters
        ----------
        xy
            Metres in `projection`, shape (n, 2); a place on an edge is in the pixel north or east
            of it.
        """
        corner = np.array([self.west_m, self.south_m])
        column, row = np.floor((np.asarray(xy, float).reshape(-1, 2) - corner) / self.pixel_m).T
        rows, columns = self.values.shape
        inside = (column >= 0) & (column < columns) & (row >= 0) & (row < rows)
        found = np.zeros(len(inside))
        found[inside] = self.values[row[inside].astype(int), column[inside].astype(int)]
        return found


def density_surface(
    demand: Demand,
    *,
    projection: str,
    group: str | None = None,
    hours: Sequence[int] | None = None,
    bandwidth_m: float,
    streets: StreetGraph | None = None,
) -> Surface:
    """Spread the workers of every cell smoothly over its surroundings; their total is kept.

    Parameters
    ----------
    demand
        Workers by cell, group and hour.
    projection
        The plane of the cells' x and y (`projection_of` the district).
    group
        Group id; None: all groups together.
    hours
        Hours of the week, Monday 00:00 first, 0 to 167: the people out at the same time, on average
        over these hours. None: headcount.
    bandwidth_m
        How far a worker is spread, metres; at this distance the weight is 0 (see `spread_in_plane`
        and `spread_along_streets`).
    streets
        Spread along them on foot; None: in the plane, over water too.

    Returns
    -------
    Surface
        Pixels are chosen by extent and bandwidth (see `frame_around`). Values times the area of a
        pixel add up to the workers, to the rounding of floating-point sums.

    Raises
    ------
    ValueError
        If the group or an hour is not known, no hour is named, the bandwidth is not above 0 and at
        most 100 km, or the streets lie in another plane.
    """
    if not 0 < bandwidth_m <= _FARTHEST_M:
        raise ValueError(f"bandwidth_m must be above 0 and at most 100000, got {bandwidth_m}")
    if streets is not None and streets.crs != projection:
        raise ValueError(f"streets lie in {streets.crs!r}, the cells in {projection!r}")
    xy = demand.cells[["x", "y"]].to_numpy(np.float64)
    people = _people(demand, group, hours)
    frame = frame_around(xy, bandwidth_m=bandwidth_m)
    if streets is None:
        pixels = spread_in_plane(xy, people, frame, bandwidth_m=bandwidth_m)
    else:
        pixels = spread_along_streets(xy, people, frame, bandwidth_m=bandwidth_m, streets=streets)
    return Surface(
        values=pixels.reshape(frame.rows, frame.columns) * (_M2_A_KM2 / frame.pixel_m**2),
        west_m=frame.west_m,
        south_m=frame.south_m,
        pixel_m=frame.pixel_m,
        projection=projection,
    )


def _people(demand: Demand, group: str | None, hours: Sequence[int] | None) -> NDArray[np.float64]:
    """Give the workers of each cell, shape (n,)."""
    if group is not None and group not in demand.groups:
        raise ValueError(f"group must be one of {', '.join(demand.groups)}, got {group!r}")
    wanted = slice(None) if group is None else [demand.groups.index(group)]
    if hours is None:
        headcount: NDArray[np.float64] = demand.workers[:, wanted].sum(axis=1)
        return headcount
    if not len(hours) or not all(0 <= hour < _HOURS_OF_WEEK for hour in hours):
        raise ValueError(f"hours must be some of 0 to 167, got {list(hours)[:5]}")
    times = np.bincount(demand.band_of_hour[np.asarray(hours)], minlength=len(demand.people_milli))
    milli = np.zeros(len(demand.cells), np.int64)
    for band in np.flatnonzero(times):
        milli += times[band] * demand.people_milli[band][:, wanted].sum(axis=1)
    return milli / (1000 * len(hours))
