"""Map files of communities, grids and the boundary -> checked polygons in WGS-84."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from planner.columns import BOUNDARY, COMMUNITIES, GRIDS, Column, header_key
from planner.intake.body import Body, Rule
from planner.intake.faults import Checked, Faults
from planner.intake.grid import Grid, Source
from planner.intake.opening import open_table
from planner.intake.shapes import read_polygons
from planner.intake.values import find_ruined_cells, read_values
from planner.intake.words import Words
from planner.language import Message, note

__all__ = ["read_boundary", "read_communities", "read_grids"]


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
    return _read_outlines(source, COMMUNITIES, renamed or {}, "street")


def read_grids(
    path: Path,
    *,
    table: str | None = None,
    crs: str | None = None,
    sheet: str | None = None,
    layer: str | None = None,
    renamed: Mapping[str, str] | None = None,
) -> Checked:
    """Read the polygons of the grids of communities.

    Returns
    -------
    Checked
        As `read_communities`, with `community` (as the file names it, NaN where blank) in place of
        `street`.

    Raises
    ------
    InputError
        If the file cannot be read at all or has no polygon that can be used.
    """
    source = Source(path=path, label=table or path.name, crs=crs, sheet=sheet, layer=layer)
    return _read_outlines(source, GRIDS, renamed or {}, "community")


def _read_outlines(
    source: Source, columns: Sequence[Column], renamed: Mapping[str, str], within: str
) -> Checked:
    """Read named polygons, and the column that says within what each lies."""
    body = open_table(source, columns, missing=_no_shapes, renamed=renamed)
    faults = Faults(body)
    find_ruined_cells(body, faults)
    values, notes = read_values(body, faults, words=Words())
    shapes, told = read_polygons(body, faults, source)
    names = _filled(values.get("name"), body.size)
    withins = _filled(values.get(within), body.size)
    own = _filled(values.get("id"), body.size)
    ids, shared = _ids(body, own, names, withins)
    frame = pd.DataFrame({"id": ids})
    faults.add_repeats(frame[~faults.bad], _SAME_ID, show="id")
    faults.refuse_if_none_left(source.path, int((~faults.bad).sum()), noticed=told)
    rows = gpd.GeoDataFrame(
        {
            "name": pd.Series(_first_known(names, own, ids), dtype="str"),
            within: pd.Series(withins, dtype="str"),
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
        notes=(*body.notes, *told, *notes, *_told_shared(body, ids[shared & ~faults.bad])),
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
    shapes, told = read_polygons(body, faults, source)
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
        "{table}: a map file with polygons is needed here: GeoJSON, GeoPackage, KML, GeoParquet, "
        "or a Shapefile as .zip.",
        table=grid.label,
    )


def _filled(values: NDArray[np.object_] | None, size: int) -> NDArray[np.object_]:
    return np.full(size, None, dtype=object) if values is None else values


def _first_known(*parts: NDArray[np.object_]) -> NDArray[np.object_]:
    """Give of each row the first of several texts that is there."""
    rows = zip(*parts, strict=True)
    return np.array(
        [next((text for text in row if text is not None), None) for row in rows], dtype=object
    )


def _ids(
    body: Body,
    own: NDArray[np.object_],
    names: NDArray[np.object_],
    within: NDArray[np.object_],
) -> tuple[NDArray[np.object_], NDArray[np.bool_]]:
    """Give each polygon an id: its own, else its name, else C and its number.

    Where two that lie within different communities (or streets) would have the same, such as the
    first grid of each, what they lie within stands before it; for communities with an id of their
    own that is an error of the file, unless the id is a running number.

    Returns
    -------
    tuple
        The ids, and which of them are made so, each of shape (n,).
    """
    lines = np.array([f"C{line}" for line in body.line], dtype=object)
    plain = _first_known(own, names, lines)
    may = ~pd.isna(within)
    if "community" not in body.columns and header_key(body.header.get("id", "")) != _RUNNING:
        may &= pd.isna(own)
    frame = pd.DataFrame({"id": plain, "within": within})[may]
    several = frame.groupby("id")["within"].transform("nunique") > 1
    shared = np.zeros(body.size, dtype=bool)
    shared[frame.index[several]] = True
    return np.where(shared, np.where(may, within, "") + plain, plain), shared


_RUNNING = header_key("序号")


def _told_shared(body: Body, ids: NDArray[np.object_]) -> tuple[Message, ...]:
    if not len(ids):
        return ()
    return (
        note(
            "{table}: {n} outlines share an id or name with one that lies elsewhere; their ids are "
            "made of both, such as {id}.",
            table=body.table,
            n=len(ids),
            id=str(ids[0]),
        ),
    )


_SAME_ID = Rule(
    column="id",
    expected=note("an id that is used once"),
    fix=note("The same id stands in an earlier row: give each place its own."),
)
