"""Features (POI, land use, floor area, roads) -> how much of each class lies in each square."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from planner.demand.squares import CELL_M, join_squares
from planner.district.settings import Rate
from planner.geo import to_plane

__all__ = ["Features", "best_beginning", "measure_features", "rate_of"]

_M2_PER_HA, _M_PER_KM = 10_000.0, 1000.0
_CLASSES_OF_ONE = "|"
"""Between the classes of a place that is of several, as map firms write them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """Units of each class in each square; one entry a square and class."""

    squares: NDArray[np.int64]
    """Squares with anything in them, ascending, shape (k,)."""
    classes: tuple[str, ...]
    at: NDArray[np.int64]
    """Place of each entry in `squares`, shape (e,)."""
    of: NDArray[np.int64]
    """Place of each entry in `classes`, shape (e,)."""
    units: NDArray[np.float64]
    """Features, hectares, kilometres or the amount, as the source measures, shape (e,)."""
    records: NDArray[np.float64]
    """Features (parts count as parts) behind the entry, shape (e,)."""
    unmeasured: int
    """Features that have nothing of what the source measures (a point has no area)."""

    def weighed(self, worth: Mapping[str, float]) -> tuple[NDArray[np.float64], ...]:
        """Give units times the worth of their class, and records of a worth above 0, by square.

        Returns
        -------
        units, records
            Each of shape (k,).
        """
        by_class = np.array([worth[name] for name in self.classes], dtype=np.float64)
        value = by_class[self.of] if len(by_class) else np.empty(0)
        count = len(self.squares)
        units = np.bincount(self.at, self.units * value, count).astype(np.float64)
        records = np.bincount(self.at, self.records * (value > 0), count).astype(np.float64)
        return units, records


def best_beginning(name: str, beginnings: Iterable[str]) -> str | None:
    """Give the longest of some beginnings that a class has; None: none fits.

    A place of several classes ("A|B") may begin with any of them. "" fits every class.

    Examples
    --------
    >>> best_beginning("住宿服务;宾馆|餐饮服务;中餐厅", ["", "餐饮", "公园"])
    '餐饮'
    """
    parts = [part.strip() for part in name.split(_CLASSES_OF_ONE)]
    fitting = [each for each in beginnings if any(part.startswith(each.strip()) for part in parts)]
    return max(fitting, key=lambda each: (len(each.strip()), each), default=None)


def rate_of(name: str, rates: Iterable[Rate]) -> float:
    """Give the workers that a unit of a class stands for: by the longest beginning that fits.

    Of several rates for one beginning the highest counts. No rate fits: 0.

    Examples
    --------
    >>> shop, any_place = Rate(group="rider", workers=2, of="餐饮"), Rate(group="rider", workers=1)
    >>> rate_of("餐饮服务;中餐厅", [shop, any_place]), rate_of("公园", [shop])
    (2, 0.0)
    """
    known = tuple(rates)
    best = best_beginning(name, (rate.of for rate in known))
    return max((rate.workers for rate in known if rate.of == best), default=0.0)


def measure_features(
    rows: pd.DataFrame, *, measure: str, projection: str, region: BaseGeometry | None = None
) -> Features:
    """Measure features in the squares of the plane.

    Parameters
    ----------
    rows
        Columns geometry (shapely, WGS-84), of (class), amount (NaN: none).
    measure
        "count": each feature is 1; "area": hectares of polygons; "length": kilometres of lines;
        "amount": the column. What a polygon or a line has is shared over the squares by exact
        overlap; nothing of a feature is lost or counted twice, also on the edge of a square.
    projection
        The plane of the district.
    region
        In the plane; only what lies inside of it counts (a point on its border does), the rest of
        a feature is left out. None: everything.
    """
    shapes = _in_plane(rows["geometry"].to_numpy(), projection)
    whole = _measured(shapes, rows, measure)
    unmeasured = int((~(whole > 0)).sum())
    inside = shapes if region is None else _clipped(shapes, region)
    feature, square, share = _cut(shapes, inside)
    names = rows["of"].fillna("").astype(str)
    of, classes = pd.factorize(names, sort=True)
    table = pd.DataFrame(
        {"square": square, "of": of[feature], "units": whole[feature] * share, "records": 1.0}
    )
    table = table[table["units"] > 0].groupby(["square", "of"], as_index=False).sum()
    squares, at = np.unique(table["square"].to_numpy(np.int64), return_inverse=True)
    return Features(
        squares=squares,
        classes=tuple(map(str, classes)),
        at=at.astype(np.int64),
        of=table["of"].to_numpy(np.int64),
        units=table["units"].to_numpy(np.float64),
        records=table["records"].to_numpy(np.float64),
        unmeasured=unmeasured,
    )


def _in_plane(shapes: NDArray[np.object_], projection: str) -> NDArray[np.object_]:
    """Turn shapes into the plane; rings that cross themselves are mended first."""
    moved: NDArray[np.object_] = shapely.transform(
        shapes, lambda xy: to_plane(xy[:, 0], xy[:, 1], projection=projection)
    )
    broken = ~shapely.is_valid(moved)
    moved[broken] = shapely.make_valid(moved[broken])
    return moved


def _measured(shapes: NDArray[np.object_], rows: pd.DataFrame, measure: str) -> NDArray[np.float64]:
    """Give what each whole feature has, shape (n,)."""
    if measure == "count":
        return np.ones(len(shapes))
    if measure == "amount":
        return np.asarray(rows["amount"].fillna(0.0), dtype=np.float64)
    if measure == "area":
        return np.asarray(shapely.area(shapes) / _M2_PER_HA, dtype=np.float64)
    lines = shapely.get_dimensions(shapes) == 1
    return np.where(lines, shapely.length(shapes), 0.0) / _M_PER_KM


def _clipped(shapes: NDArray[np.object_], region: BaseGeometry) -> NDArray[np.object_]:
    """Leave out what lies outside of a region."""
    shapely.prepare(region)
    crossing = ~shapely.covers(region, shapes)
    inside = shapes.copy()
    inside[crossing] = shapely.intersection(shapes[crossing], region)
    return inside


def _cut(
    shapes: NDArray[np.object_], inside: NDArray[np.object_]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Cut what is inside along the edges of squares: feature, square and share of the feature."""
    across, column, strips = _cut_along(inside, axis=0)
    back, row, parts = _cut_along(strips, axis=1)
    feature, column = across[back], column[back]
    size = _size(parts, shapely.get_dimensions(shapes)[feature].astype(np.int64))
    flat = size <= 0
    solid = np.bincount(feature, size, len(shapes)) > 0
    keep = ~flat | ~solid[feature]  # what only touches a square is no part of it
    feature, column, row, size = feature[keep], column[keep], row[keep], size[keep]
    size = np.where(solid[feature], size, 1.0)
    parts_of = np.bincount(feature, size, len(shapes))
    return (
        feature,
        join_squares(column, row),
        size / parts_of[feature] * _kept(shapes, inside)[feature],
    )


def _kept(shapes: NDArray[np.object_], inside: NDArray[np.object_]) -> NDArray[np.float64]:
    """Give the share of each feature that is inside."""
    dimension = np.maximum(shapely.get_dimensions(shapes), 0).astype(np.int64)
    before, after = _size(shapes, dimension), _size(inside, dimension)
    return np.divide(after, before, out=np.ones(len(shapes)), where=before > 0)


def _cut_along(
    shapes: NDArray[np.object_], *, axis: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.object_]]:
    """Cut shapes into strips of one axis: which shape, number of the strip, the part."""
    bounds = shapely.bounds(shapes).reshape(-1, 4)
    there = np.flatnonzero(~shapely.is_empty(shapes) & np.isfinite(bounds).all(axis=1))
    low = np.floor(bounds[there, axis] / CELL_M).astype(np.int64)
    high = np.floor(bounds[there, axis + 2] / CELL_M).astype(np.int64)
    count = high - low + 1
    shape = np.repeat(there, count)
    strip = np.arange(len(shape)) - np.repeat(np.cumsum(count) - count, count)
    strip += np.repeat(low, count)
    parts = shapes[shape]
    several = np.repeat(count > 1, count)
    parts[several] = shapely.intersection(
        parts[several], _strips(bounds[shape[several]], strip[several], axis)
    )
    full = ~shapely.is_empty(parts)
    return shape[full], strip[full], parts[full]


def _strips(
    bounds: NDArray[np.float64], strip: NDArray[np.int64], axis: int
) -> NDArray[np.object_]:
    """Draw boxes that hold a strip of the bounds and a metre beyond the ends."""
    low, high = strip * CELL_M, (strip + 1) * CELL_M
    other = 1 - axis
    start, end = bounds[:, other] - 1, bounds[:, other + 2] + 1
    corners = (low, start, high, end) if axis == 0 else (start, low, end, high)
    boxes: NDArray[np.object_] = shapely.box(*corners)
    return boxes


def _size(parts: NDArray[np.object_], dimension: NDArray[np.int64]) -> NDArray[np.float64]:
    """Measure parts by what the whole feature is: area (2), length (1) or points (0)."""
    points = np.where(shapely.get_dimensions(parts) == 0, shapely.get_num_coordinates(parts), 0)
    by_dimension = [points, shapely.length(parts), shapely.area(parts)]
    return np.asarray(np.choose(dimension, by_dimension), dtype=np.float64)
