"""A batch of records -> where they lie in the plane, what is not usable told."""

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from planner.demand.pings.area import CHAIN_MARGIN_M, area_of
from planner.demand.pings.model import PingPlan
from planner.demand.pings.plane import plane_tiles
from planner.intake.pings import Batch, TaskFaults

__all__ = ["Placed", "place"]

Placed = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.uint8]]
"""x and y in whole centimetres, and whether each lies inside the boundary."""

_Bools = NDArray[np.bool_]
_Box = tuple[float, float, float, float]

_CHINA: _Box = (73.0, 3.0, 136.0, 54.0)
_SHIFT_DEGREES = 0.02
"""More than GCJ-02 and BD-09 shift."""
_M_A_DEGREE = 111_000.0
_MOST_M = 2.0e7
"""Farther from the middle of the plane nothing is; whole centimetres fit 32 bits."""


def place(batch: Batch, plan: PingPlan, faults: TaskFaults) -> tuple[_Bools, Placed]:
    """Find where records lie.

    A record whose latitude and longitude are swapped, or that lies outside the boundary, is counted
    in `faults`. Within 50 km of the boundary's box it still tells that a person was not inside.

    Returns
    -------
    tuple
        Which records are used, shape (n,), and where these lie.
    """
    lon, lat = batch.lon, batch.lat
    swapped = _swapped(lon, lat, plan) if plan.reading.degrees else np.zeros(len(lon), np.bool_)
    lost = swapped | _beyond(lon, lat, plan)
    if lost.any():
        lon, lat = np.where(lost, np.nan, lon), np.where(lost, np.nan, lat)
    x, y = plane_tiles(plan.crs, plan.projection).to_plane(lon, lat)
    near = (np.abs(x) < _MOST_M) & (np.abs(y) < _MOST_M)
    inside = near.astype(np.uint8)
    if plan.boundary is not None:
        area = area_of(plan.boundary, plan.projection)
        inside = area.inside(x, y)
        near &= ~area.is_far(x, y)
    if swapped.any():
        faults.add("swapped", batch.line[swapped])
    outside = (inside == 0) & ~swapped
    if outside.any():
        faults.add("outside", batch.line[outside])
    if len(batch.person) == 0:
        near &= inside.astype(np.bool_)
    if not near.all():
        x, y, inside = x[near], y[near], inside[near]
    return near, (_centimetres(x), _centimetres(y), inside)


def _centimetres(values: NDArray[np.float64]) -> NDArray[np.int32]:
    return np.floor(values * 100.0).astype(np.int32)


def _within(lon: NDArray[np.float64], lat: NDArray[np.float64], box: _Box, around: float) -> _Bools:
    west, south, east, north = box
    inside = (lon >= west - around) & (lon <= east + around)
    inside &= (lat >= south - around) & (lat <= north + around)
    return inside


def _swapped(lon: NDArray[np.float64], lat: NDArray[np.float64], plan: PingPlan) -> _Bools:
    """Tell which records lie in the district (in China) only the other way round."""
    box = _CHINA if plan.boundary is None else plan.boundary.bounds
    turned = _within(lat, lon, box, _SHIFT_DEGREES)
    if turned.any():
        turned &= ~_within(lon, lat, box, _SHIFT_DEGREES)
    return turned


def _beyond(lon: NDArray[np.float64], lat: NDArray[np.float64], plan: PingPlan) -> _Bools:
    """Tell which records are so far away that they need not be converted."""
    if plan.boundary is None or not plan.reading.degrees:
        return np.zeros(len(lon), dtype=np.bool_)
    box: BaseGeometry = plan.boundary
    north = max(abs(box.bounds[1]), abs(box.bounds[3]))
    a_degree_m = _M_A_DEGREE * max(np.cos(np.radians(min(north + 1.0, 85.0))), 0.05)
    return ~_within(lon, lat, box.bounds, _SHIFT_DEGREES + 1.1 * CHAIN_MARGIN_M / a_degree_m)
