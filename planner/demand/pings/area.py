"""The boundary -> which positions lie inside it, many at a time."""

from functools import lru_cache

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from planner.compiled import kernel
from planner.geo import geometry_to_plane

__all__ = ["CHAIN_MARGIN_M", "Area", "area_of"]

CHAIN_MARGIN_M = 50_000.0
"""A record within this of the boundary still says that a person was not inside then."""
_PIXELS = 1 << 16
_OUT, _IN, _MIXED = 0, 1, 2


class Area:
    """The inside of a boundary in the plane, on a fine grid: whole squares are known at once."""

    def __init__(self, boundary: BaseGeometry, projection: str) -> None:
        self.shape = geometry_to_plane(boundary, projection=projection)
        shapely.prepare(self.shape)
        west, south, east, north = self.shape.bounds
        self.bounds = (west, south, east, north)
        self.pixel_m = max(float(np.sqrt((east - west) * (north - south) / _PIXELS)), 1.0)
        self.corner = (west - self.pixel_m, south - self.pixel_m)
        columns = int((east - west) / self.pixel_m) + 3
        rows = int((north - south) / self.pixel_m) + 3
        x = self.corner[0] + self.pixel_m * np.arange(columns)
        y = self.corner[1] + self.pixel_m * np.arange(rows)
        west_of, south_of = np.meshgrid(x, y)
        boxes = shapely.box(west_of, south_of, west_of + self.pixel_m, south_of + self.pixel_m)
        touched = shapely.intersects(self.shape, boxes)
        whole = np.zeros_like(touched)
        whole[touched] = shapely.contains_properly(self.shape, boxes[touched])
        self.state = np.where(whole, _IN, np.where(touched, _MIXED, _OUT)).astype(np.uint8)

    def inside(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.uint8]:
        """Tell which positions lie inside; the boundary itself counts. NaN is outside."""
        out: NDArray[np.uint8] = look_up(
            x, y, self.corner[0], self.corner[1], self.pixel_m, self.state
        )
        mixed = np.flatnonzero(out == _MIXED)
        if len(mixed):
            out[mixed] = shapely.intersects_xy(self.shape, x[mixed], y[mixed])
        return out

    def is_far(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Tell which positions lie outside the box around the boundary by more than the margin."""
        west, south, east, north = self.bounds
        near = (x >= west - CHAIN_MARGIN_M) & (x <= east + CHAIN_MARGIN_M)
        near &= (y >= south - CHAIN_MARGIN_M) & (y <= north + CHAIN_MARGIN_M)
        far: NDArray[np.bool_] = ~near
        return far


def area_of(boundary: BaseGeometry, projection: str) -> Area:
    """Give the area of a boundary; that of the last few is kept."""
    return _kept(shapely.to_wkb(boundary), projection)


@lru_cache(maxsize=4)
def _kept(boundary: bytes, projection: str) -> Area:
    return Area(shapely.from_wkb(boundary), projection)


@kernel
def look_up(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    west: float,
    south: float,
    pixel_m: float,
    state: NDArray[np.uint8],
) -> NDArray[np.uint8]:
    """Look up the state of the pixel of each position; outside the grid: 0."""
    rows, columns = state.shape
    out = np.zeros(len(x), dtype=np.uint8)
    for point in range(len(x)):
        column, row = (x[point] - west) / pixel_m, (y[point] - south) / pixel_m
        if 0.0 <= column < columns and 0.0 <= row < rows:
            out[point] = state[int(row), int(column)]
    return out
