"""Features that stand for workers (POI, land use, floor area, roads) -> shapes with an amount."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from planner.columns import PROXIES
from planner.intake.body import Body, Rule
from planner.intake.faults import Checked, Faults
from planner.intake.grid import Grid, Source
from planner.intake.opening import no_column, open_table
from planner.intake.positions import Positions, read_positions
from planner.intake.shapes import read_shapes
from planner.intake.values import find_ruined_cells, read_values
from planner.intake.words import Words
from planner.language import Message, note

__all__ = ["read_proxies"]

_KINDS = {
    shapely.GeometryType.POINT: "point",
    shapely.GeometryType.MULTIPOINT: "point",
    shapely.GeometryType.LINESTRING: "line",
    shapely.GeometryType.MULTILINESTRING: "line",
    shapely.GeometryType.POLYGON: "polygon",
    shapely.GeometryType.MULTIPOLYGON: "polygon",
}
_DRAWN_AS = {"area": "polygon", "length": "line"}
"""Measure -> what a feature must be drawn as."""


def read_proxies(  # noqa: PLR0913 - the settings of one file, as district.toml holds them
    path: Path,
    *,
    table: str | None = None,
    crs: str | None = None,
    sheet: str | None = None,
    layer: str | None = None,
    renamed: Mapping[str, str] | None = None,
    measure: str = "count",
) -> Checked:
    """Read features that stand for workers, from a map file or a table with positions.

    Parameters
    ----------
    path, table, crs, sheet, layer, renamed
        As for `read_stations`.
    measure
        What is counted of each: "count", "area" (needs polygons), "length" (needs lines) or
        "amount" (needs the column amount).

    Returns
    -------
    Checked
        Rows: geometry (shapely, WGS-84; several points of one feature are their middle), kind
        ("point", "line" or "polygon"), of (class, "" where blank), amount (NaN where blank), name
        ("" where blank), lon, lat (WGS-84 degrees of the middle), row, at.

    Raises
    ------
    InputError
        If the file cannot be read at all, lacks a needed column, or has no row that can be used.
    """
    source = Source(path=path, label=table or path.name, crs=crs, sheet=sheet, layer=layer)
    lacks = partial(_lacks, measure=measure)
    body = open_table(source, PROXIES, missing=lacks, renamed=renamed or {})
    faults = Faults(body)
    find_ruined_cells(body, faults)
    values, notes = read_values(body, faults, words=Words())
    positions = read_positions(body, faults, source=source)
    column = next((name for name in ("lon", "lnglat", "latlng") if name in body.text), "")
    drawn = "" if body.geometry is not None else column
    faults.add(positions.missing, replace(_NO_POSITION, column=drawn))
    shapes, kinds = _shapes(body, faults, source, positions)
    _find_unmeasured(faults, values, kinds, measure)
    noticed = (*positions.notes, *notes)
    faults.refuse_if_none_left(path, int((~faults.bad).sum()), noticed=noticed)
    frame = pd.DataFrame(
        {
            "geometry": pd.Series(shapes, dtype=object),
            "kind": pd.Series(kinds, dtype="str"),
            "of": _texts(values.get("of"), body.size),
            "amount": values.get("amount", np.full(body.size, np.nan)),
            "name": _texts(values.get("name"), body.size),
            "lon": positions.lon,
            "lat": positions.lat,
            "row": body.line,
            "at": np.arange(body.size),
        }
    )
    return Checked(
        rows=frame[~faults.bad].reset_index(drop=True),
        problems=faults.problems(),
        rejected=faults.rejected(),
        to_place=pd.DataFrame({"table": pd.Series(dtype="str")}),
        notes=(*body.notes, *noticed),
        skipped=body.skipped,
        origin=faults.origin(positions.x, positions.y, column=positions.column),
    )


def _lacks(grid: Grid, found: frozenset[str], *, measure: str) -> Message | None:
    """Tell what a sheet lacks: a position, and what is measured."""
    if not ({"lon", "lat"} <= found or found & {"lnglat", "latlng", "geometry"}):
        return no_column(grid, PROXIES, "lon" if "lon" not in found else "lat")
    if measure == "amount" and "amount" not in found:
        return no_column(grid, PROXIES, "amount")
    if measure in _DRAWN_AS and "geometry" not in found:
        return note(
            "{table}: to measure {measure}, a map file with lines or polygons is needed. Use one, "
            'or measure = "count".',
            table=grid.label,
            measure=measure,
        )
    return None


def _shapes(
    body: Body, faults: Faults, source: Source, positions: Positions
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Give the shape of each row in WGS-84 and what it is drawn as, shape (n,)."""
    if body.geometry is None:
        return _points(positions), np.full(body.size, "point", dtype=object)
    shapes = read_shapes(body, faults, source)
    kinds = np.array([_KINDS.get(kind, "") for kind in shapely.get_type_id(shapes)], dtype=object)
    # The middle in degrees is that of the plane to less than a step.
    return np.where(kinds == "point", shapely.centroid(shapes), shapes), kinds


def _points(positions: Positions) -> NDArray[np.object_]:
    points = np.full(len(positions.lon), None, dtype=object)
    known = np.isfinite(positions.lon) & np.isfinite(positions.lat)
    points[known] = shapely.points(positions.lon[known], positions.lat[known])
    return points


def _find_unmeasured(
    faults: Faults, values: Mapping[str, Any], kinds: NDArray[np.object_], measure: str
) -> None:
    """Find the rows that have nothing of what is measured."""
    if measure == "amount":
        faults.add(np.isnan(values["amount"]) & ~faults.told("amount"), _NO_AMOUNT)
    if measure in _DRAWN_AS:
        rule = _NO_LINE if measure == "length" else _NO_AREA
        found = [f"'{kind}'" for kind in kinds]
        faults.add((kinds != _DRAWN_AS[measure]) & ~faults.bad, rule, found=found)


_NO_POSITION = Rule(expected=note("a position"), fix=note("Write longitude and latitude."))
_NO_AMOUNT = Rule(
    column="amount",
    expected=note("how many units there are"),
    fix=note("Write a number, 0 for none, or delete the row."),
)
_NO_LINE = Rule(
    expected=note("a line, whose length is measured"),
    fix=note("Draw the feature as a line, or delete the row."),
)
_NO_AREA = Rule(
    expected=note("a polygon, whose area is measured"),
    fix=note("Draw the feature as a polygon, or delete the row."),
)


def _texts(values: NDArray[np.object_] | None, size: int) -> "pd.Series[str]":
    filled = np.full(size, None, dtype=object) if values is None else values
    return pd.Series(filled, dtype="str").fillna("")
