"""Shapes of a map file -> valid shapes in WGS-84, with the fault of each row."""

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from planner.errors import InputError
from planner.geo import to_wgs84
from planner.intake.body import Body, Rule
from planner.intake.faults import Faults
from planner.intake.grid import Source
from planner.intake.positions import looks_swapped
from planner.intake.systems import System, system_of
from planner.language import Message, note

__all__ = ["read_polygons", "read_shapes"]

_POLYGONS = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
_DRAWN = (
    *_POLYGONS,
    *(shapely.GeometryType.LINESTRING, shapely.GeometryType.MULTILINESTRING),
    *(shapely.GeometryType.POINT, shapely.GeometryType.MULTIPOINT),
)
_FARTHEST = (180.0, 90.0)

_NO_POLYGON = Rule(
    expected=note("a polygon"),
    fix=note("Draw the area as a polygon, or delete the row."),
)
_NO_SHAPE = Rule(
    expected=note("a point, line or polygon"),
    fix=note("Draw the feature as one of these, or delete the row."),
)
_MENDED = Rule(
    expected=note("a polygon whose edge does not cross itself"),
    fix=note("The crossing was taken out and the area is used; check its shape."),
    fatal=False,
)
_OFF_THE_GLOBE = Rule(
    expected=note("a position in the coordinate system of the file"),
    fix=note("Check the crs of this file in district.toml, and the numbers of this row."),
)


def read_polygons(
    body: Body, faults: Faults, source: Source
) -> tuple[NDArray[np.object_], tuple[Message, ...]]:
    """Give valid polygons in WGS-84; what is none is a fault.

    Returns
    -------
    tuple
        Shapes, shape (n,), and what was assumed of their coordinate system.

    Raises
    ------
    InputError
        If longitude and latitude are swapped, or the coordinate system is not known.
    """
    shapes = np.asarray(body.geometry, dtype=object)
    system = system_of(source, own=body.crs)
    _find_others(shapes, faults, _POLYGONS, _NO_POLYGON)
    _refuse_swapped(shapes[~faults.bad], system, source)
    moved = _in_degrees(shapes, faults, system)
    _mend(moved, faults)
    return moved, system.notes


def read_shapes(body: Body, faults: Faults, source: Source) -> NDArray[np.object_]:
    """Give valid points, lines and polygons in WGS-84, shape (n,); what is none is a fault.

    What their positions alone show (swapped, off the globe) is told by `read_positions`.

    Raises
    ------
    InputError
        If the coordinate system is not known.
    """
    shapes = np.asarray(body.geometry, dtype=object)
    _find_others(shapes, faults, _DRAWN, _NO_SHAPE)
    moved = _in_degrees(shapes, faults, system_of(source, own=body.crs))
    _mend(moved, faults)
    return moved


def _find_others(
    shapes: NDArray[np.object_], faults: Faults, wanted: Sequence[int], rule: Rule
) -> None:
    nothing = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    other = ~np.isin(shapely.get_type_id(shapes), wanted)
    faults.add(nothing | other, rule, found=_kinds(shapes))


def _kinds(shapes: NDArray[np.object_]) -> list[str]:
    return ["" if shape is None else f"'{shape.geom_type}'" for shape in shapes]


def _in_degrees(shapes: NDArray[np.object_], faults: Faults, system: System) -> NDArray[np.object_]:
    moved: NDArray[np.object_] = shapely.transform(
        shapes, lambda xy: np.column_stack(to_wgs84(xy[:, 0], xy[:, 1], crs=system.name))
    )
    bounds = shapely.bounds(moved)
    inside = np.all(np.abs(bounds) <= [*_FARTHEST, *_FARTHEST], axis=1)
    faults.add(~inside & ~faults.bad, _OFF_THE_GLOBE, found=_bounds_text(shapes))
    return moved


def _mend(moved: NDArray[np.object_], faults: Faults) -> None:
    """Take the crossings out of polygons, in place."""
    polygon = np.isin(shapely.get_type_id(moved), _POLYGONS)
    kinds = _kinds(moved)
    crossed = polygon & ~shapely.is_valid(moved) & ~faults.bad
    moved[crossed] = [_areas_of(shape) for shape in shapely.make_valid(moved[crossed])]
    flat = crossed & shapely.is_empty(moved)
    faults.add(flat, _NO_POLYGON, found=kinds)
    faults.add(crossed & ~flat, _MENDED, found=kinds)


def _areas_of(shape: BaseGeometry) -> BaseGeometry:
    """Keep the areas of a mended shape, without the lines and points that came off."""
    parts = shapely.get_parts(shape)
    parts = shapely.get_parts(parts)  # a collection may hold a multipolygon
    return shapely.union_all(parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON])


def _bounds_text(shapes: NDArray[np.object_]) -> list[str]:
    return [
        "'" + ", ".join(f"{value:.6g}" for value in row) + "'" for row in shapely.bounds(shapes)
    ]


def _refuse_swapped(shapes: NDArray[np.object_], system: System, source: Source) -> None:
    """Refuse a file whose polygons all have latitude first.

    Raises
    ------
    InputError
        If they have.
    """
    if not system.degrees or not len(shapes):
        return
    west, south, east, north = shapely.bounds(shapes).T
    if looks_swapped((west + east) / 2, (south + north) / 2).all():
        raise InputError(
            note(
                "{table}: longitude and latitude are swapped in all {n} shapes. Export the file "
                "again with longitude first.",
                table=source.label,
                n=len(shapes),
            )
        )
