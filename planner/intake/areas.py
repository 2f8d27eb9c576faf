"""Map files of communities and of the boundary -> checked polygons in WGS-84."""

from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from planner.columns import BOUNDARY, COMMUNITIES
from planner.errors import InputError
from planner.geo import to_wgs84
from planner.intake.body import Body, Rule
from planner.intake.faults import Checked, Faults
from planner.intake.grid import Grid, Source
from planner.intake.opening import open_table
from planner.intake.positions import looks_swapped
from planner.intake.systems import System, system_of
from planner.intake.values import find_ruined_cells, read_values
from planner.intake.words import Words
from planner.language import Message, note

__all__ = ["read_boundary", "read_communities"]

_POLYGONS = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
_FARTHEST = (180.0, 90.0)


def read_communities(
    path: Path,
    *,
    table: str | None = None,
    crs: str | None = None,
    sheet: str | None = None,
    layer: str | None = None,
    renamed: Mapping[str, str] | None = None,
) -> Checked:
    """Read the polygons of communities.

    Returns
    -------
    Checked
        Rows: a GeoDataFrame in WGS-84; index id (str); name, street (NaN where blank), row,
        at, geometry (valid polygons). A blank id is the name, a blank name is the id.

    Raises
    ------
    InputError
        If the file cannot be read at all or has no polygon that can be used.
    """
    source = Source(path=path, label=table or path.name, crs=crs, sheet=sheet, layer=layer)
    body = open_table(source, COMMUNITIES, missing=_no_shapes, renamed=renamed or {})
    faults = Faults(body)
    find_ruined_cells(body, faults)
    values, notes = read_values(body, faults, words=Words())
    shapes, told = _polygons(body, faults, source)
    names = _filled(values.get("name"), body.size)
    ids = _ids(body, _filled(values.get("id"), body.size), names)
    frame = pd.DataFrame({"id": ids})
    faults.add_repeats(frame[~faults.bad], _SAME_ID, show="id")
    faults.refuse_if_none_left(path, int((~faults.bad).sum()), noticed=told)
    rows = gpd.GeoDataFrame(
        {
            "name": pd.Series(np.where(pd.isna(names), ids, names), dtype="str"),
            "street": pd.Series(_filled(values.get("street"), body.size), dtype="str"),
            "row": body.line,
            "at": np.arange(body.size),
        },
        geometry=shapes,
        crs="EPSG:4326",
    ).set_index(pd.Index(ids, name="id", dtype="str"))
    return Checked(
        rows=rows[~faults.bad],
        problems=faults.problems(),
        rejected=faults.rejected(),
        to_place=pd.DataFrame({"table": pd.Series(dtype="str")}),
        notes=(*body.notes, *told, *notes),
        skipped=body.skipped,
        origin=faults.origin(),
    )


def read_boundary(
    path: Path,
    *,
    table: str | None = None,
    crs: str | None = None,
    sheet: str | None = None,
    layer: str | None = None,
    renamed: Mapping[str, str] | None = None,
) -> Checked:
    """Read the polygons of a district.

    Returns
    -------
    Checked
        Rows: one shape in WGS-84, all good polygons together.

    Raises
    ------
    InputError
        If the file cannot be read at all or has no polygon that can be used.
    """
    source = Source(path=path, label=table or path.name, crs=crs, sheet=sheet, layer=layer)
    body = open_table(source, BOUNDARY, missing=_no_shapes, renamed=renamed or {})
    faults = Faults(body)
    shapes, told = _polygons(body, faults, source)
    faults.refuse_if_none_left(path, int((~faults.bad).sum()), noticed=told)
    return Checked(
        rows=shapely.union_all(shapes[~faults.bad]),
        problems=faults.problems(),
        rejected=faults.rejected(),
        to_place=pd.DataFrame({"table": pd.Series(dtype="str")}),
        notes=(*body.notes, *told),
        skipped=body.skipped,
        origin=faults.origin(),
    )


def _no_shapes(grid: Grid, found: frozenset[str]) -> Message | None:
    if "geometry" in found:
        return None
    return note(
        "{table}: a map file with polygons is needed here: GeoJSON, GeoPackage, or a Shapefile as "
        ".zip.",
        table=grid.label,
    )


def _filled(values: NDArray[np.object_] | None, size: int) -> NDArray[np.object_]:
    return np.full(size, None, dtype=object) if values is None else values


def _ids(body: Body, own: NDArray[np.object_], names: NDArray[np.object_]) -> NDArray[np.object_]:
    """Give each polygon an id: its own, else its name, else C and its number."""
    out = np.full(body.size, "", dtype=object)
    for row in range(body.size):
        name = "" if names[row] is None else str(names[row])
        out[row] = own[row] or name or f"C{body.line[row]}"
    return out


_SAME_ID = Rule(
    column="id",
    expected=note("an id that is used once"),
    fix=note("The same id stands in an earlier row: give each place its own."),
)
_NO_POLYGON = Rule(
    expected=note("a polygon"),
    fix=note("Draw the area as a polygon, or delete the row."),
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


def _polygons(
    body: Body, faults: Faults, source: Source
) -> tuple[NDArray[np.object_], tuple[Message, ...]]:
    """Give valid polygons in WGS-84; what is none is a fault.

    Raises
    ------
    InputError
        If longitude and latitude are swapped, or the coordinate system is not known.
    """
    shapes = np.asarray(body.geometry, dtype=object)
    system = system_of(source, own=body.crs)
    nothing = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    polygon = np.isin(shapely.get_type_id(shapes), _POLYGONS)
    kinds = ["" if shape is None else f"'{shape.geom_type}'" for shape in shapes]
    faults.add(nothing | ~polygon, _NO_POLYGON, found=kinds)
    _refuse_swapped(shapes[~faults.bad], system, source)
    moved = shapely.transform(
        shapes, lambda xy: np.column_stack(to_wgs84(xy[:, 0], xy[:, 1], crs=system.name))
    )
    bounds = shapely.bounds(moved)
    inside = np.all(np.abs(bounds) <= [*_FARTHEST, *_FARTHEST], axis=1)
    faults.add(~inside & ~faults.bad, _OFF_THE_GLOBE, found=_bounds_text(shapes))
    crossed = ~shapely.is_valid(moved) & ~faults.bad
    moved[crossed] = [_areas_of(shape) for shape in shapely.make_valid(moved[crossed])]
    flat = crossed & shapely.is_empty(moved)
    faults.add(flat, _NO_POLYGON, found=kinds)
    faults.add(crossed & ~flat, _MENDED, found=kinds)
    return moved, system.notes


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
