"""Positions of a coordinate system -> metres in the plane, many at a time.

The exact way through GCJ-02 or a projection takes microseconds a position. Here the earth is cut
into tiles of 1/16 degree; in each one a polynomial of degree 5 in both directions, through 36
exactly converted positions, stands for the way. It is checked at 49 others: where it is off by more
than a millimetre (at the border of GCJ-02's area) the exact way is taken. A position has one
result, whatever else is converted with it.
"""

from functools import lru_cache
from threading import get_ident

import numpy as np
from numpy.typing import NDArray

from planner.compiled import kernel
from planner.geo import SYSTEMS, system_name, to_plane, to_wgs84

__all__ = ["PlaneTiles", "plane_tiles"]

_Floats = NDArray[np.float64]

_TILE_DEGREES = 1.0 / 16.0
_FINER = 2.0
"""BD-09 has waves so short that its tiles are smaller."""
_TILE_M = 6_000.0
_NODES = 6
_NEAR_ENOUGH_M = 0.001
_MOST_TILES = 1 << 15
"""So many tiles are remembered at most (20 MB); records are converted in slices of that size."""
_NOWHERE, _UNKNOWN = -2, -1
_FAR = 1e7
"""Beyond all coordinates in use; there the numbers of tiles would run over."""
_SHIFT = 1 << 30


def _powers(at: _Floats) -> _Floats:
    return np.vander(at, _NODES, increasing=True)


_AT = np.cos((2 * np.arange(_NODES) + 1) * np.pi / (2 * _NODES))
"""Roots of Chebyshev's polynomial, in -1 to 1."""
_FIT = np.linalg.inv(_powers(_AT))
_CHECK = np.linspace(-1.0, 1.0, 7)
_CHECK_POWERS = _powers(_CHECK)


class PlaneTiles:
    """The way from one coordinate system into one plane; for one thread at a time."""

    def __init__(self, crs: str, projection: str) -> None:
        self.crs = crs
        self.projection = projection
        system = system_name(crs)
        self.tile = _TILE_DEGREES if system in SYSTEMS else _TILE_M
        if system == "BD-09":
            self.tile /= _FINER
        self._forget()

    def _forget(self) -> None:
        self.keys = np.full(4 * _MOST_TILES, -1, dtype=np.int64)
        self.rows = np.zeros(4 * _MOST_TILES, dtype=np.int32)
        self.factors = np.zeros((64, 2, _NODES, _NODES))
        self.exact = np.zeros(64, dtype=np.bool_)
        self.count = 0

    def to_plane(self, lon: _Floats, lat: _Floats) -> tuple[_Floats, _Floats]:
        """Convert positions, shape (n,) each; not a number where one has no place in the plane."""
        x, y = np.empty(len(lon)), np.empty(len(lon))
        row = np.empty(len(lon), dtype=np.int32)
        for start in range(0, len(lon), _MOST_TILES):
            part = slice(start, start + _MOST_TILES)
            self._find(lon[part], lat[part], row[part])
            evaluate(lon[part], lat[part], row[part], self.tile, self.factors, x[part], y[part])
            exact = np.flatnonzero((row[part] >= 0) & self.exact[row[part]]) + start
            if len(exact):
                x[exact], y[exact] = self._exactly(lon[exact], lat[exact])
        return x, y

    def _find(self, lon: _Floats, lat: _Floats, row: NDArray[np.int32]) -> None:
        """Find the tile of each position, making those that are new."""
        if find_tiles(lon, lat, self.tile, self.keys, self.rows, row) == 0:
            return
        unknown = row == _UNKNOWN
        new = np.unique(tile_keys(lon[unknown], lat[unknown], self.tile))
        if self.count + len(new) > _MOST_TILES:
            self._forget()
            find_tiles(lon, lat, self.tile, self.keys, self.rows, row)
            unknown = row == _UNKNOWN
            new = np.unique(tile_keys(lon[unknown], lat[unknown], self.tile))
        for key in new:
            self._make(int(key))
        find_tiles(lon, lat, self.tile, self.keys, self.rows, row)

    def _make(self, key: int) -> None:
        if self.count == len(self.exact):
            self.factors = np.concatenate([self.factors, np.zeros_like(self.factors)])
            self.exact = np.concatenate([self.exact, np.zeros_like(self.exact)])
        west = ((key >> 32) - _SHIFT) * self.tile
        south = ((key & 0xFFFFFFFF) - _SHIFT) * self.tile
        half = self.tile / 2
        at = np.concatenate([_AT, _CHECK])
        side = len(at)
        lon = np.repeat(west + half * (1 + at), side)
        lat = np.tile(south + half * (1 + at), side)
        good = True
        for axis, values in enumerate(self._exactly(lon, lat)):
            grid = values.reshape(side, side)
            factors = _FIT @ grid[:_NODES, :_NODES] @ _FIT.T
            off = _CHECK_POWERS @ factors @ _CHECK_POWERS.T - grid[_NODES:, _NODES:]
            good = good and bool(np.abs(off).max() <= _NEAR_ENOUGH_M)  # not so for NaN
            self.factors[self.count, axis] = factors
        self.exact[self.count] = not good
        insert(key, self.count, self.keys, self.rows)
        self.count += 1

    def _exactly(self, lon: _Floats, lat: _Floats) -> tuple[_Floats, _Floats]:
        xy = to_plane(*to_wgs84(lon, lat, crs=self.crs), projection=self.projection)
        xy[~np.isfinite(xy)] = np.nan
        return xy[:, 0].copy(), xy[:, 1].copy()


def plane_tiles(crs: str, projection: str) -> PlaneTiles:
    """Give the tiles of this thread, which are kept for further records."""
    return _tiles_of(crs, projection, get_ident())


@lru_cache(maxsize=8)
def _tiles_of(crs: str, projection: str, thread: int) -> PlaneTiles:
    del thread  # only tells threads apart
    return PlaneTiles(crs, projection)


@kernel
def _key(lon: float, lat: float, tile: float) -> int:
    """Give the number of the tile of a position."""
    column = np.int64(np.floor(lon / tile)) + _SHIFT
    row = np.int64(np.floor(lat / tile)) + _SHIFT
    return int((column << 32) | row)


@kernel
def tile_keys(lon: _Floats, lat: _Floats, tile: float) -> NDArray[np.int64]:
    """Give the numbers of the tiles of positions."""
    out = np.empty(len(lon), dtype=np.int64)
    for at in range(len(lon)):
        out[at] = _key(lon[at], lat[at], tile)
    return out


@kernel
def _slot(key: int, size: int) -> int:
    """Give the place in the table where the search for a key begins."""
    mixed = np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)
    return int(mixed >> np.uint64(40)) & (size - 1)


@kernel
def insert(key: int, value: int, keys: NDArray[np.int64], rows: NDArray[np.int32]) -> None:
    """Put a key into the table."""
    at = _slot(key, len(keys))
    while keys[at] != -1:
        at = (at + 1) & (len(keys) - 1)
    keys[at] = key
    rows[at] = value


@kernel
def find_tiles(
    lon: _Floats,
    lat: _Floats,
    tile: float,
    keys: NDArray[np.int64],
    rows: NDArray[np.int32],
    out: NDArray[np.int32],
) -> int:
    """Fill in the row of each position's tile (-1: unknown, -2: no position); count the unknown."""
    unknown, last, last_row = 0, -1, _UNKNOWN
    for point in range(len(lon)):
        if not (abs(lon[point]) < _FAR and abs(lat[point]) < _FAR):
            out[point] = _NOWHERE
            continue
        key = _key(lon[point], lat[point], tile)
        if key != last:
            at = _slot(key, len(keys))
            while keys[at] != -1 and keys[at] != key:
                at = (at + 1) & (len(keys) - 1)
            last, last_row = key, (rows[at] if keys[at] == key else _UNKNOWN)
        out[point] = last_row
        if last_row == _UNKNOWN:
            unknown += 1
    return unknown


@kernel
def evaluate(  # noqa: PLR0913, PLR0917 - a kernel takes its arrays one by one
    lon: _Floats,
    lat: _Floats,
    row: NDArray[np.int32],
    tile: float,
    factors: NDArray[np.float64],
    x: _Floats,
    y: _Floats,
) -> None:
    """Fill in x and y by the polynomials of the tiles; not a number where there is no tile."""
    for point in range(len(lon)):
        if row[point] < 0:
            x[point] = np.nan
            y[point] = np.nan
            continue
        a, b = lon[point] / tile, lat[point] / tile
        a = 2.0 * (a - np.floor(a)) - 1.0
        b = 2.0 * (b - np.floor(b)) - 1.0
        own = factors[row[point]]
        for axis in range(2):
            total = 0.0
            for i in range(_NODES - 1, -1, -1):
                inner = 0.0
                for j in range(_NODES - 1, -1, -1):
                    inner = inner * b + own[axis, i, j]
                total = total * a + inner
            if axis == 0:
                x[point] = total
            else:
                y[point] = total
