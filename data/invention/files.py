"""Tables and shapes -> files as a union keeps them, the same bytes for the same content."""

import csv
import gzip
import io
import json
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import shapely
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet
from shapely import Point
from shapely.geometry.base import BaseGeometry

from planner.geo import from_wgs84, to_degrees

__all__ = [
    "HEADER_LINE",
    "NOTE",
    "Cell",
    "Listing",
    "in_system",
    "position",
    "write_csv",
    "write_csv_gz",
    "write_lines",
    "write_polygons",
    "write_workbook",
]

Cell = str | int | float | None
_PLANE = "+proj=tmerc +lat_0=29.6 +lon_0=106.4 +k=1 +x_0=0 +y_0=0 +ellps=WGS84 +units=m +no_defs"
_STAMP = (2025, 1, 1, 0, 0, 0)
_MADE = "2025-01-01T00:00:00Z"
NOTE = (
    "本区为虚构，由 data/make_sample.py 用固定的随机种子生成，仅供试用软件。",
    "区名、镇街、社区、站点、单位、道路、人数、费用、电话均为编造，与任何真实地点、单位和个人无关。",
    "Everything here is invented by data/make_sample.py; no place, firm or person is real.",
)

HEADER_LINE = 2
"""Line of the header in each sheet: the title stands above it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One sheet with a title and a header."""

    file: str
    title: str
    sheet: str
    header: tuple[str, ...]
    rows: list[list[Cell]]


def in_system(shape: BaseGeometry, crs: str) -> BaseGeometry:
    """Turn metres of the invented plane into degrees of a coordinate system, 7 decimals (1 cm)."""

    def move(xy: np.ndarray) -> np.ndarray:
        lon, lat = from_wgs84(*to_degrees(xy, projection=_PLANE), crs=crs)
        return np.round(np.column_stack([lon, lat]), 7)

    return shapely.transform(shape, move)


def position(spot: Point, crs: str) -> tuple[float, float]:
    """Give longitude and latitude of a spot, 6 decimals as map services give them."""
    there = in_system(spot, crs)
    return round(there.x, 6), round(there.y, 6)


def write_workbook(folder: Path, listing: Listing) -> None:
    """Write a list as offices do: a title over all columns, the header, a sheet of notes."""
    book = Workbook()
    table = book.active
    assert isinstance(table, Worksheet)  # noqa: S101 - a new workbook has one; this tells mypy
    table.title = listing.sheet
    table.append([listing.title])
    table.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(listing.header))
    table["A1"].font = Font(bold=True, size=14)
    table["A1"].alignment = Alignment(horizontal="center")
    table.append(list(listing.header))
    for row in listing.rows:
        table.append(list(row))
    for column, text in enumerate(listing.header, start=1):
        table.cell(HEADER_LINE, column).font = Font(bold=True)
        cells = [text, *(str(row[column - 1] or "") for row in listing.rows)]
        width = max(sum(1 + (c > "ⁿ") for c in cell) for cell in cells)
        table.column_dimensions[get_column_letter(column)].width = min(48, width + 3)
    table.freeze_panes = f"A{HEADER_LINE + 1}"
    notes = book.create_sheet("说明")
    for line in NOTE:
        notes.append([line])
    notes.column_dimensions["A"].width = 100
    _save(book, folder / listing.file)


def _save(book: Workbook, path: Path) -> None:
    """Save a workbook without the moment of saving, so that it is the same each time."""
    buffer = io.BytesIO()
    book.save(buffer)
    with zipfile.ZipFile(buffer) as made, zipfile.ZipFile(path, "w") as kept:
        for name in made.namelist():
            content = made.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"\d{4}-\d\d-\d\dT[\d:]+Z", _MADE.encode(), content)
            entry = zipfile.ZipInfo(name, _STAMP)
            entry.compress_type = zipfile.ZIP_DEFLATED
            kept.writestr(entry, content)


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """Write a list as map services export it: UTF-8 with a mark that spreadsheets understand."""
    path.write_text(_csv(header, rows), encoding="utf-8-sig", newline="")


def write_csv_gz(path: Path, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """Write records as platforms hand them over, compressed; without the moment of writing."""
    packed = gzip.compress(_csv(header, rows).encode(), compresslevel=9, mtime=0)
    path.write_bytes(packed)


def _csv(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def write_polygons(
    path: Path, rows: Sequence[tuple[Mapping[str, str], BaseGeometry]], *, note: str
) -> None:
    """Write polygons as GeoJSON, one a line; `note` stands at the head of the file."""
    lines = [
        json.dumps(
            {
                "type": "Feature",
                "properties": dict(values),
                "geometry": shapely.geometry.mapping(shape),
            },
            ensure_ascii=False,
        )
        for values, shape in rows
    ]
    head = json.dumps({"type": "FeatureCollection", "description": note}, ensure_ascii=False)
    path.write_text(
        head[:-1] + ', "features": [\n' + ",\n".join(lines) + "\n]}\n",
        encoding="utf-8",
        newline="\n",
    )


def write_lines(path: Path, table: gpd.GeoDataFrame, *, layer: str) -> None:
    """Write lines as a GeoPackage; the database keeps a fixed date."""
    path.unlink(missing_ok=True)
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2025-01-01T00:00:00.000Z"})
    try:
        pyogrio.write_dataframe(
            table, path, layer=layer, driver="GPKG", layer_options={"SPATIAL_INDEX": "NO"}
        )
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
