"""Positions: Chinese and other coordinate systems to WGS-84, degrees to metres in a local plane.

CGCS2000 is taken as equal to WGS-84: the two differ by decimetres, far less than a street's width.
"""

import re
from collections.abc import Callable
from functools import cache, lru_cache
from threading import get_ident

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError
from shapely.geometry.base import BaseGeometry

from planner.language import note

__all__ = [
    "SYSTEMS",
    "from_wgs84",
    "geometry_to_plane",
    "geometry_to_wgs84",
    "in_china",
    "local_projection",
    "system_name",
    "to_degrees",
    "to_plane",
    "to_wgs84",
]

SYSTEMS = ("WGS-84", "GCJ-02", "BD-09", "CGCS2000")

_Floats = NDArray[np.float64]
_Pair = tuple[_Floats, _Floats]

_SPELLINGS = {
    "wgs84": "WGS-84",
    "epsg4326": "WGS-84",
    "gps": "WGS-84",
    "gcj02": "GCJ-02",
    "火星坐标系": "GCJ-02",
    "火星坐标": "GCJ-02",
    "国测局坐标系": "GCJ-02",
    "高德坐标系": "GCJ-02",
    "高德坐标": "GCJ-02",
    "高德": "GCJ-02",
    "腾讯": "GCJ-02",
    "bd09": "BD-09",
    "bd09ll": "BD-09",
    "百度坐标系": "BD-09",
    "百度坐标": "BD-09",
    "百度": "BD-09",
    "cgcs2000": "CGCS2000",
    "epsg4490": "CGCS2000",
    "国家2000": "CGCS2000",
    "2000国家大地坐标系": "CGCS2000",
    "天地图": "CGCS2000",
}

# Krasovsky 1940, the ellipsoid that the published GCJ-02 formulae are written for.
_AXIS_M = 6378245.0
_ECCENTRICITY_SQUARED = 0.00669342162296594323
_BAIDU_TURNS = np.pi * 3000.0 / 180.0
# One pass shrinks the error at least 40-fold from at most 0.02 degrees: eight passes would do.
_PASSES = 20
_CLOSE_ENOUGH_DEGREES = 1e-12
_MOST_EAST, _MOST_NORTH = 180.0, 90.0

# Corners of the land and near sea of China, in order; drawn by hand and coarse (up to about 20 km
# off), then widened by `_MARGIN_DEGREES` so that no Chinese place is left out. It is a rule for
# arithmetic and never drawn on a map.
_MARGIN_DEGREES = 0.2
_CORNERS = (
    (121.4, 53.4), (122.4, 53.6), (123.6, 53.6), (125.7, 53.1), (126.4, 52.2), (126.9, 51.4),
    (127.4, 50.6), (127.6, 50.0), (128.4, 49.6), (129.5, 49.4), (130.7, 48.9), (130.9, 48.0),
    (132.5, 47.9), (133.6, 48.2), (135.0, 48.4), (134.6, 47.6), (134.0, 46.6), (133.4, 45.6),
    (133.0, 45.0), (131.9, 45.2), (131.3, 44.8), (131.2, 43.6), (130.9, 43.0), (130.6, 42.4),
    (129.8, 42.4), (129.0, 41.9), (128.2, 41.4), (126.9, 41.6), (126.0, 40.9), (125.2, 40.4),
    (124.4, 40.0), (124.1, 39.5), (122.6, 38.6), (123.2, 37.4), (122.7, 36.3), (122.4, 35.0),
    (123.0, 33.0), (123.4, 31.0), (123.2, 28.5), (122.4, 26.5), (122.4, 25.0), (121.8, 23.0),
    (121.2, 21.5), (118.5, 21.5), (115.0, 19.5), (113.0, 15.6), (110.8, 15.6), (109.9, 17.4),
    (108.2, 18.0), (108.1, 19.6), (108.5, 20.6), (108.1, 21.4), (107.4, 21.6), (106.8, 21.9),
    (106.6, 22.4), (106.8, 22.8), (105.4, 23.3), (104.8, 22.9), (104.0, 22.5), (103.3, 22.6),
    (102.5, 22.7), (101.7, 22.4), (101.8, 21.2), (101.2, 21.3), (100.2, 21.5), (99.9, 22.0),
    (99.2, 22.1), (99.4, 22.9), (98.8, 23.3), (98.7, 24.0), (97.7, 23.9), (97.6, 24.7),
    (98.6, 25.9), (98.7, 27.5), (97.4, 27.9), (96.2, 27.9), (94.6, 27.1), (92.2, 26.9),
    (91.7, 27.6), (91.0, 28.0), (89.8, 28.2), (89.2, 27.6), (88.9, 27.4), (88.7, 28.0),
    (88.1, 27.9), (86.9, 27.9), (86.0, 28.0), (85.3, 28.4), (84.2, 28.9), (83.2, 29.6),
    (82.0, 30.3), (81.2, 30.1), (79.6, 31.0), (78.8, 31.3), (78.5, 32.4), (79.3, 32.6),
    (78.8, 33.5), (78.9, 34.3), (78.0, 35.4), (76.3, 35.9), (75.8, 36.6), (75.0, 37.1),
    (74.8, 38.4), (73.7, 38.6), (73.6, 39.5), (74.8, 40.4), (76.3, 40.4), (77.0, 41.0),
    (78.4, 41.3), (80.1, 42.0), (80.3, 42.9), (80.7, 43.2), (80.4, 44.1), (80.4, 44.7),
    (79.9, 44.9), (81.9, 45.2), (82.5, 45.3), (82.4, 45.8), (83.0, 47.1), (84.8, 46.9),
    (85.6, 47.2), (85.7, 48.3), (86.6, 48.6), (87.0, 49.1), (87.8, 49.2), (88.0, 48.6),
    (89.0, 48.0), (90.2, 47.7), (90.9, 46.9), (91.0, 46.0), (90.7, 45.5), (91.5, 45.1),
    (93.5, 45.0), (94.7, 44.4), (95.4, 44.2), (95.9, 43.2), (96.4, 42.7), (100.0, 42.6),
    (101.8, 42.5), (103.7, 41.8), (105.0, 41.6), (107.3, 42.4), (109.3, 42.4), (110.4, 42.8),
    (111.9, 43.7), (111.4, 44.3), (112.0, 45.0), (113.6, 44.8), (114.5, 45.4), (115.7, 45.5),
    (116.6, 46.3), (118.3, 46.7), (119.9, 46.7), (119.7, 47.2), (118.5, 47.9), (117.8, 47.9),
    (115.6, 47.8), (115.8, 48.3), (116.7, 49.8), (117.8, 49.6), (119.2, 50.1), (119.4, 50.4),
    (120.7, 52.0), (120.1, 52.7), (120.9, 53.2),
)  # fmt: skip


def system_name(text: str) -> str:
    """Give the one name of a coordinate system that people spell in many ways.

    Returns
    -------
    str
        One of `SYSTEMS`, or "EPSG:n" for a code that pyproj knows.

    Raises
    ------
    ValueError
        If no system is known by that name; `args[0]` is a `Message`.

    Examples
    --------
    >>> system_name("gcj02"), system_name("百度坐标"), system_name("epsg:32650")
    ('GCJ-02', 'BD-09', 'EPSG:32650')
    """
    key = re.sub(r"[\s:_\-－：]", "", text).lower()
    if key in _SPELLINGS:
        return _SPELLINGS[key]
    code = re.fullmatch(r"epsg(\d{1,6})", key)
    if code is None or not _is_epsg(int(code[1])):
        known = ", ".join(SYSTEMS)
        raise ValueError(
            note("'{found}' is no known system: {known} or EPSG:n", found=text, known=known)
        )
    return f"EPSG:{int(code[1])}"


def in_china(lon: ArrayLike, lat: ArrayLike) -> NDArray[np.bool_]:
    """Tell which WGS-84 positions lie where Chinese map services shift theirs.

    The area is all of China with Hong Kong, Macao and Taiwan, as Baidu documents for BD-09, in a
    coarse polygon about 20 km wider than the land: every border town is inside, and a strip of up
    to 40 km of a neighbour too. The usual rule, a box from 72 to 137.8 degrees east and from 0.8
    to 55.8 north, is not used: it shifts Korea, Mongolia and Nepal.

    Examples
    --------
    >>> beijing, hong_kong, seoul = (116.4, 39.9), (114.17, 22.28), (126.98, 37.57)
    >>> in_china(*zip(beijing, hong_kong, seoul, strict=True)).tolist()
    [True, True, False]
    """
    inside: NDArray[np.bool_] = shapely.contains_xy(_china(), *_floats(lon, lat))
    return inside


def to_wgs84(lon: ArrayLike, lat: ArrayLike, *, crs: str) -> _Pair:
    """Turn positions of a coordinate system into WGS-84 degrees.

    GCJ-02 and BD-09 have no closed form for the way back; it is found by fixed-point iteration,
    exact to 1e-9 degrees (0.1 mm). A position that both a place in China and one outside could
    have is taken for the one in China; this happens only within 2 km outside the area of
    `in_china`, whose edge lies beyond the border.

    Parameters
    ----------
    lon, lat
        Degrees, or x (east) and y (north) of an EPSG system, each of shape (n,).
    crs
        A name that `system_name` knows.

    Returns
    -------
    tuple of numpy.ndarray
        Longitude and latitude, each shape (n,); NaN where a position is not finite or not in the
        domain of the system.

    Raises
    ------
    ValueError
        If the system is not known.

    References
    ----------
    GCJ-02: the formulae that became public as `EvilTransform`; BD-09: those of `bd_encrypt`.

    Examples
    --------
    >>> lon, lat = to_wgs84([116.38404722455657], [39.91334545536069], crs="GCJ-02")
    >>> round(float(lon[0]), 6), round(float(lat[0]), 6)
    (116.377817, 39.911954)
    """
    system = system_name(crs)
    x, y = _floats(lon, lat)
    if system == "GCJ-02":
        return _unshifted(_gcj_from_wgs, x, y)
    if system == "BD-09":
        return _unshifted(_bd_from_wgs, x, y)
    if system in SYSTEMS:
        return x.copy(), y.copy()
    return _projected(system, "EPSG:4326", x, y)


def from_wgs84(lon: ArrayLike, lat: ArrayLike, *, crs: str) -> _Pair:
    """Turn WGS-84 degrees into positions of a coordinate system; the way back of `to_wgs84`.

    Outside the area of `in_china` GCJ-02 and BD-09 leave a position as it is.

    Raises
    ------
    ValueError
        If the system is not known.
    """
    system = system_name(crs)
    x, y = _floats(lon, lat)
    if system == "GCJ-02":
        return _where(in_china(x, y), _gcj_from_wgs(x, y), (x, y))
    if system == "BD-09":
        return _where(in_china(x, y), _bd_from_wgs(x, y), (x, y))
    if system in SYSTEMS:
        return x.copy(), y.copy()
    return _projected("EPSG:4326", system, x, y)


def local_projection(lon: float, lat: float) -> str:
    """Name the transverse Mercator plane centred on a place, in metres on WGS-84.

    The centre is rounded to 0.01 degrees, so that a small change in the data leaves the plane as
    it is. Within 60 km of the centre a length is wrong by less than 1 part in 20,000.

    Examples
    --------
    >>> local_projection(106.4567, 29.5432)
    '+proj=tmerc +lat_0=29.54 +lon_0=106.46 +k=1 +x_0=0 +y_0=0 +datum=WGS84 +units=m +no_defs'
    """
    if not (abs(lon) <= _MOST_EAST and abs(lat) <= _MOST_NORTH):
        raise ValueError(f"lon must be -180 to 180 and lat -90 to 90, got {lon}, {lat}")
    centre = (
        f"+lat_0={round(lat, 2) + 0.0:.2f} +lon_0={round(lon, 2) + 0.0:.2f}"  # + 0.0: no minus zero
    )
    return f"+proj=tmerc {centre} +k=1 +x_0=0 +y_0=0 +datum=WGS84 +units=m +no_defs"


def to_plane(lon: ArrayLike, lat: ArrayLike, *, projection: str) -> _Floats:
    """Turn WGS-84 degrees into metres in a plane, shape (n, 2)."""
    return np.column_stack(_projected("EPSG:4326", projection, *_floats(lon, lat)))


def to_degrees(xy: ArrayLike, *, projection: str) -> _Pair:
    """Turn metres in a plane, shape (n, 2), into WGS-84 longitude and latitude, each shape (n,)."""
    points = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
    return _projected(projection, "EPSG:4326", points[:, 0], points[:, 1])


def geometry_to_plane(geometry: BaseGeometry, *, projection: str) -> BaseGeometry:
    """Turn a geometry in WGS-84 degrees into metres in a plane, corner by corner."""
    return _moved(geometry, lambda xy: to_plane(xy[:, 0], xy[:, 1], projection=projection))


def geometry_to_wgs84(geometry: BaseGeometry, *, crs: str) -> BaseGeometry:
    """Turn a geometry of a coordinate system into WGS-84 degrees, corner by corner.

    Raises
    ------
    ValueError
        If the system is not known.
    """
    return _moved(geometry, lambda xy: np.column_stack(to_wgs84(xy[:, 0], xy[:, 1], crs=crs)))


def _floats(lon: ArrayLike, lat: ArrayLike) -> _Pair:
    x, y = (np.atleast_1d(np.asarray(values, dtype=np.float64)) for values in (lon, lat))
    if x.shape != y.shape or x.ndim != 1:
        raise ValueError(f"lon and lat must have the same shape (n,), got {x.shape} and {y.shape}")
    return x, y


def _where(mask: NDArray[np.bool_], yes: _Pair, no: _Pair) -> _Pair:
    return np.where(mask, yes[0], no[0]), np.where(mask, yes[1], no[1])


def _moved(geometry: BaseGeometry, move: Callable[[_Floats], _Floats]) -> BaseGeometry:
    moved: BaseGeometry = shapely.transform(geometry, move)
    return moved


@cache
def _china() -> BaseGeometry:
    area: BaseGeometry = shapely.Polygon(_CORNERS).buffer(_MARGIN_DEGREES, quad_segs=2)
    shapely.prepare(area)
    return area


def _gcj_from_wgs(lon: _Floats, lat: _Floats) -> _Pair:
    """Shift as GCJ-02 does, wherever the place is."""
    east, north = _waves(lon - 105.0, lat - 35.0)
    sine = np.sin(np.radians(lat))
    flattened = 1.0 - _ECCENTRICITY_SQUARED * sine**2
    metres_a_radian_north = _AXIS_M * (1.0 - _ECCENTRICITY_SQUARED) / flattened**1.5
    metres_a_radian_east = _AXIS_M * np.cos(np.radians(lat)) / np.sqrt(flattened)
    return lon + np.degrees(east / metres_a_radian_east), lat + np.degrees(
        north / metres_a_radian_north
    )


def _waves(x: _Floats, y: _Floats) -> _Pair:
    """Give the shift in metres, east and north, at x and y degrees from 105 E, 35 N."""
    sin, pi, root = np.sin, np.pi, np.sqrt(np.abs(x))
    both = 20.0 * sin(6.0 * pi * x) + 20.0 * sin(2.0 * pi * x)
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + both * 2.0 / 3.0
    east += (20.0 * sin(pi * x) + 40.0 * sin(pi / 3.0 * x)) * 2.0 / 3.0
    east += (150.0 * sin(pi / 12.0 * x) + 300.0 * sin(pi / 30.0 * x)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + both * 2.0 / 3.0
    north += (20.0 * sin(pi * y) + 40.0 * sin(pi / 3.0 * y)) * 2.0 / 3.0
    north += (160.0 * sin(pi / 12.0 * y) + 320.0 * sin(pi / 30.0 * y)) * 2.0 / 3.0
    return east, north


def _bd_from_wgs(lon: _Floats, lat: _Floats) -> _Pair:
    """Shift as GCJ-02 and then BD-09 do, wherever the place is."""
    x, y = _gcj_from_wgs(lon, lat)
    radius = np.hypot(x, y) + 0.00002 * np.sin(y * _BAIDU_TURNS)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(x * _BAIDU_TURNS)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def _unshifted(shift: Callable[[_Floats, _Floats], _Pair], lon: _Floats, lat: _Floats) -> _Pair:
    """Find the places that `shift` moves to the given ones; outside China they stay as they are."""
    with np.errstate(invalid="ignore"):  # NaN and infinity in are NaN out, and are told by intake
        x, y = lon.copy(), lat.copy()
        for _ in range(_PASSES):
            shifted_x, shifted_y = shift(x, y)
            step_x, step_y = lon - shifted_x, lat - shifted_y
            x, y = x + step_x, y + step_y
            if np.nanmax(np.abs([step_x, step_y]), initial=0.0) < _CLOSE_ENOUGH_DEGREES:
                break
        return _where(in_china(x, y), (x, y), _finite(lon, lat))


def _finite(x: _Floats, y: _Floats) -> _Pair:
    good = np.isfinite(x) & np.isfinite(y)
    return np.where(good, x, np.nan), np.where(good, y, np.nan)


def _projected(source: str, target: str, x: _Floats, y: _Floats) -> _Pair:
    # A transformer must not be shared between threads.
    east, north = _transformer(source, target, get_ident()).transform(x, y)
    return _finite(east, north)


@lru_cache(maxsize=64)
def _transformer(source: str, target: str, thread: int) -> Transformer:
    del thread
    try:
        return Transformer.from_crs(source, target, always_xy=True)
    except CRSError as error:
        raise ValueError(f"pyproj cannot go from {source!r} to {target!r}: {error}") from error


@lru_cache(maxsize=64)
def _is_epsg(code: int) -> bool:
    """Tell whether a code names a system of places on the ground, geographic or projected."""
    try:
        system = CRS.from_epsg(code)
    except CRSError:
        return False
    return bool(system.is_geographic or system.is_projected)
