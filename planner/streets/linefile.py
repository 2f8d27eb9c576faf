"""Files of drawn lines (GeoPackage, GeoJSON, Shapefile) -> lines with tags."""

import gzip
import shutil
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from numpy.typing import NDArray
from pyogrio.errors import DataLayerError, DataSourceError

from planner.errors import StreetsError
from planner.geo import SYSTEMS, system_name, to_wgs84
from planner.language import note
from planner.streets.rules import TAGS
from planner.streets.tagged import TaggedLines, check_degrees

__all__ = ["read_line_file"]

# Where the header that is asked for is not there; `fclass` is what Geofabrik's Shapefiles have.
_OTHER_HEADERS: Mapping[str, tuple[str, ...]] = {
    "highway": ("highway", "fclass", "道路等级", "道路类型", "等级", "类型"),
    "oneway": ("oneway", "one_way", "单行", "单行道", "单向"),
}
_DRAWN = frozenset({"LineString", "MultiLineString", "LinearRing"})


def read_line_file(
    path: Path, *, crs: str | None, layer: str | None, columns: Mapping[str, str]
) -> TaggedLines:
    """Read a file of lines.

    Parameters
    ----------
    path
        `.gpkg`, `.geojson`, `.json`, `.shp`, a zip with one of them, or any of them with `.gz`.
    crs
        The system of the coordinates; None: the file's own, else WGS-84.
    layer
        Name of the layer; None: the first that has lines.
    columns
        Tag -> header in the file, for headers that differ from the tag ("highway", "oneway").

    Returns
    -------
    TaggedLines
        WGS-84. Lines meet where their coordinates are the same in the file, to the last digit.
        Shapes that are no lines are left out and counted; rows without a shape are passed over.

    Raises
    ------
    StreetsError
        If the file cannot be read, has no such layer or no lines.
    """
    table = _table(path, layer)
    if not isinstance(table, gpd.GeoDataFrame):
        raise _no_lines(path)
    drawn = table.geometry.geom_type.isin(_DRAWN).to_numpy()
    there = ~(table.geometry.isna() | table.geometry.is_empty).to_numpy()
    lines = table[drawn & there].explode(ignore_index=True)
    lines = lines[~lines.geometry.is_empty.to_numpy()]
    if lines.empty:
        raise _no_lines(path)
    raw, line = shapely.get_coordinates(lines.geometry.to_numpy(), return_index=True)
    lon_lat = _degrees(raw, table, crs, path)
    check_degrees(lon_lat, path.name)
    return TaggedLines(
        lon_lat=lon_lat,
        vertex=_same_places(raw),
        start=np.searchsorted(line, np.arange(len(lines) + 1)).astype(np.int64),
        tags=_tags(lines, columns, path),
        not_lines=int((there & ~drawn).sum()),
    )


def _no_lines(path: Path) -> StreetsError:
    return StreetsError(
        note(
            "{file} holds no lines. Name a file (or its layer) that holds streets as lines.",
            file=path.name,
        )
    )


def _table(path: Path, layer: str | None) -> pd.DataFrame:
    try:
        with _readable(path) as source:
            chosen = layer if layer is not None else _first_layer_with_lines(source)
            table: pd.DataFrame = pyogrio.read_dataframe(source, layer=chosen)
    except DataLayerError as error:
        raise StreetsError(
            note(
                "{file} has no layer '{layer}'. Name one that it has.", file=path.name, layer=layer
            )
        ) from error
    except (DataSourceError, OSError, EOFError, zlib.error, ValueError) as error:
        raise StreetsError(
            note(
                "{file} cannot be read as a map file; it may be damaged or of another kind. Save "
                "it again as GeoPackage or GeoJSON.",
                file=path.name,
            )
        ) from error
    return table


@contextmanager
def _readable(path: Path) -> Iterator[str]:
    """Give the address by which GDAL reads a file; what was packed with gzip is unpacked aside."""
    ending = path.suffix.lower()
    if ending != ".gz":
        yield f"/vsizip/{path.as_posix()}" if ending == ".zip" else str(path)
        return
    with tempfile.TemporaryDirectory(prefix="planner-streets-") as folder:
        plain = Path(folder) / path.stem
        with gzip.open(path) as packed, plain.open("wb") as file:
            shutil.copyfileobj(packed, file)
        yield str(plain)


def _first_layer_with_lines(source: str) -> str | None:
    for name, kind in pyogrio.list_layers(source):
        if kind is None or "LineString" in str(kind) or str(kind) in {"Unknown", "Geometry"}:
            return str(name)
    return None


def _degrees(
    raw: NDArray[np.float64], table: gpd.GeoDataFrame, crs: str | None, path: Path
) -> NDArray[np.float64]:
    """Turn the file's coordinates into WGS-84 degrees."""
    declared = crs
    if declared is None and table.crs is not None:
        authority = table.crs.to_authority()
        declared = ":".join(authority) if authority else None
        if declared is None:
            moved = gpd.GeoSeries(gpd.points_from_xy(*raw.T), crs=table.crs).to_crs(4326)
            degrees: NDArray[np.float64] = shapely.get_coordinates(moved.to_numpy())
            return degrees
    try:
        system = system_name(declared or SYSTEMS[0])
    except ValueError as error:
        raise StreetsError(
            note("{file}: coordinate system '{crs}' is not known.", file=path.name, crs=declared)
        ) from error
    return np.column_stack(to_wgs84(raw[:, 0], raw[:, 1], crs=system))


def _same_places(raw: NDArray[np.float64]) -> NDArray[np.int64]:
    """Give vertices with equal coordinates equal numbers."""
    order = np.lexsort((raw[:, 1], raw[:, 0]))
    ordered = raw[order]
    differs = np.ones(len(raw), dtype=np.bool_)
    differs[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    vertex = np.empty(len(raw), dtype=np.int64)
    vertex[order] = np.cumsum(differs) - 1
    return vertex


def _tags(lines: gpd.GeoDataFrame, columns: Mapping[str, str], path: Path) -> pd.DataFrame:
    """Pick the columns that tell who may use a street."""
    headers = {str(header).lower(): header for header in lines.columns}
    found = {}
    for tag in TAGS:
        named = columns.get(tag, tag)
        if named != tag and named.lower() not in headers:
            raise _no_column(path, named, lines)
        asked = (named, *_OTHER_HEADERS.get(tag, ()))
        header = next((h.lower() for h in asked if h.lower() in headers), None)
        if header is not None:
            found[tag] = lines[headers[header]].to_numpy()
    return pd.DataFrame(found, index=pd.RangeIndex(len(lines)))


def _no_column(path: Path, column: str, lines: gpd.GeoDataFrame) -> StreetsError:
    return StreetsError(
        note(
            "{file} has no column '{column}'. Correct it under [streets] in district.toml; its "
            "columns are: {columns}",
            file=path.name,
            column=column,
            columns=", ".join(str(header) for header in lines.columns if header != "geometry"),
        )
    )
