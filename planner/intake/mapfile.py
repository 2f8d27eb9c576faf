"""Map files (GeoJSON, GeoPackage, Shapefile, KML, also packed) -> a grid of text with shapes."""

import codecs
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePath
from typing import Any

import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray
from pyogrio.errors import (
    DataSourceError,
    FeatureError,
    FieldError,
    GeometryError,
)
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError
from shapely.errors import ShapelyError

from planner.errors import InputError
from planner.intake.archives import unpack_zip
from planner.intake.body import Rule
from planner.intake.delimited import decode
from planner.intake.grid import Flaw, Grid, Source, clean
from planner.intake.kml import (
    document_of,
    folders_together,
    named_as_written,
    refuse_other_xml,
    with_plain_names,
)
from planner.language import Message, note

__all__ = ["MAP_SUFFIXES", "field_texts", "read_map", "shapes_of", "with_code"]

MAP_SUFFIXES = (".geojson", ".json", ".gpkg", ".shp", ".zip", ".kml", ".kmz")

_UNREADABLE = (
    *(DataSourceError, FeatureError, FieldError, GeometryError, ShapelyError, CRSError),
    *(ProjError, UnicodeError, ValueError, RuntimeError, OSError, KeyError, IndexError, TypeError),
    UnboundLocalError,  # pyogrio 0.13, for a coordinate system that it cannot write out
)
# GDAL looks at the content, not the name: a text that only calls itself .gpkg could make it fetch
# other files or addresses. So each content must begin as its format does.
_BEGINNINGS = {".gpkg": b"SQLite format 3\x00", ".shp": b"\x00\x00\x27\x0a"}
_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_WHOLE = 2**53
"""Up to this a float holds every whole number."""


def read_map(content: bytes, source: Source, *, suffix: str) -> list[Grid]:
    """Read one layer of a map file; features are counted from 1.

    Raises
    ------
    InputError
        If it is damaged or not what its name says, lacks a part, or has several layers and none
        that is named.
    """
    files = _files(content, source, suffix)
    try:
        with _folder(files) as folder, warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # GDAL's remarks on odd files
            path = folder / next(iter(files))
            layers = _layers(path, source)
            grids = [_grid(path, layer, source, _encodings(files)) for layer in layers]
            return [folders_together(grids, layers, source) if len(grids) > 1 else grids[0]]
    except _UNREADABLE as error:
        raise InputError(
            note(
                "{file}: the map file is damaged. Export it again from the program it comes from.",
                file=source.label,
            )
        ) from error


def _files(content: bytes, source: Source, suffix: str) -> dict[str, bytes]:
    """Give the files that GDAL needs under plain names, the one to open first."""
    if suffix == ".zip":
        return _from_zip(unpack_zip(content, source), source)
    if suffix == ".kmz":
        members = unpack_zip(content, source)
        return _one_file(members[document_of(members, source)], ".kml", source)
    if suffix == ".shp":
        beside = {part: source.path.with_suffix(part) for part in _PARTS}
        return _shapefile(
            {part: path.read_bytes() for part, path in beside.items() if path.is_file()}, source
        )
    return _one_file(content, suffix, source)


def _one_file(content: bytes, suffix: str, source: Source) -> dict[str, bytes]:
    if suffix in {".geojson", ".json"}:
        text = decode(content, source)
        if not text.lstrip().startswith("{"):
            raise InputError(_not_of_its_name(source))
        return {"layer.geojson": text.encode()}
    if not content:
        raise InputError(note("{file}: the file is empty. Export it again.", file=source.label))
    if suffix == ".kml":
        refuse_other_xml(content, source)
        return {"layer.kml": with_plain_names(content)}
    if not content.startswith(_BEGINNINGS[suffix]):
        raise InputError(_not_of_its_name(source))
    return {f"layer{suffix}": content}


def _from_zip(members: Mapping[str, bytes], source: Source) -> dict[str, bytes]:
    """Choose the one map file of an archive, or the one that is named as layer."""
    openable = (".shp", ".geojson", ".json", ".gpkg", ".kml")
    found = [name for name in members if PurePath(name).suffix.lower() in openable]
    if len(found) > 1 and source.layer is not None:
        found = [name for name in found if source.layer in {name, PurePath(name).stem}]
    if len(found) != 1:
        raise InputError(
            note(
                "{file}: the archive holds {n} map files ({names}), expected one Shapefile (.shp, "
                ".shx, .dbf, .prj), GeoJSON or GeoPackage. Pack one alone, or name it as layer in "
                "district.toml.",
                file=source.label,
                n=len(found),
                names=", ".join(found),
            )
        )
    chosen = PurePath(found[0])
    if chosen.suffix.lower() != ".shp":
        return _one_file(members[found[0]], chosen.suffix.lower(), source)
    return _shapefile(
        {
            PurePath(name).suffix.lower(): content
            for name, content in members.items()
            if PurePath(name).stem == chosen.stem and PurePath(name).suffix.lower() in _PARTS
        },
        source,
    )


def _shapefile(parts: Mapping[str, bytes], source: Source) -> dict[str, bytes]:
    missing = [part for part in (".shx", ".dbf") if part not in parts]
    if missing:
        raise InputError(
            note(
                "{file}: the Shapefile lacks its part {parts}. Put all parts (.shp, .shx, .dbf, "
                ".prj) beside each other, or into one zip.",
                file=source.label,
                parts=", ".join(missing),
            )
        )
    if not parts[".shp"].startswith(_BEGINNINGS[".shp"]):
        raise InputError(_not_of_its_name(source))
    return {f"layer{part}": parts[part] for part in _PARTS if part in parts}


def _not_of_its_name(source: Source) -> Message:
    return note(
        "{file}: the content is not what the name says. Export it again as GeoJSON, GeoPackage, "
        "KML or Shapefile.",
        file=source.label,
    )


@contextmanager
def _folder(files: Mapping[str, bytes]) -> Iterator[Path]:
    """Lay the files into a folder of their own while they are read."""
    with tempfile.TemporaryDirectory(prefix="planner-") as name:
        for file, content in files.items():
            (Path(name) / file).write_bytes(content)
        yield Path(name)


def _encodings(files: Mapping[str, bytes]) -> list[str | None]:
    """Give the encodings to try: a Shapefile often states none, or a wrong one."""
    if "layer.shp" not in files:
        return [None]
    stated = files.get("layer.cpg", b"").decode("ascii", errors="ignore").strip()
    try:
        first = [codecs.lookup(f"cp{stated}" if stated.isdigit() else stated).name]
    except LookupError:
        first = []
    return [*first, "utf-8", "gb18030"]


def _grid(path: Path, layer: str, source: Source, encodings: list[str | None]) -> Grid:
    meta, written, fields = _read(path, layer, encodings)
    shapes, flaws = shapes_of(written)
    crs, geometry = with_code(meta.get("crs"), shapes)
    header = [named_as_written(str(name)) for name in meta["fields"]]
    columns = [field_texts(field) for field in fields]
    rows = [list(row) for row in zip(*columns, strict=True)] if columns else [[] for _ in geometry]
    return Grid(
        label=source.label,
        rows=[header, *rows],
        first_line=0,
        geometry=geometry,
        crs=crs,
        flaws=flaws,
    )


_UNDRAWABLE = Rule(
    expected=note("a shape whose lines have two points and whose rings have four, or more"),
    fix=note("Draw the shape again, or delete the row."),
)
_OPEN_RING = Rule(
    expected=note("a ring that ends where it begins"),
    fix=note("The ring was closed and the area is used; check its shape."),
    fatal=False,
)


def shapes_of(written: NDArray[np.object_]) -> tuple[NDArray[np.object_], dict[int, Flaw]]:
    """Read shapes (WKB) one by one, so that a bad one leaves the others good.

    Returns
    -------
    tuple
        The shapes (an open ring closed, None for what cannot be drawn), and the flaws by row of the
        grid, whose first row is the header.
    """
    shapes = shapely.from_wkb(written, on_invalid="ignore")
    bad = shapely.is_missing(shapes) & np.array([wkb is not None for wkb in written], dtype=bool)
    shapes[bad] = shapely.from_wkb(written[bad], on_invalid="fix")
    flaws = {}
    for row in np.flatnonzero(bad).tolist():
        shape = shapes[row]
        rule = _UNDRAWABLE if shape is None else _OPEN_RING
        flaws[row + 1] = Flaw(rule, "" if shape is None else f"'{shape.geom_type}'")
    return shapes, flaws


def _layers(path: Path, source: Source) -> list[str]:
    """Find the layer to read: the named one, or the only one with shapes; of a KML all of these."""
    layers = pyogrio.list_layers(path)
    names = [str(name) for name, _ in layers]
    drawn = [str(name) for name, kind in layers if kind is not None]
    if path.suffix == ".kml":  # a folder of a KML is a layer, often an empty one
        drawn = [name for name in drawn if pyogrio.read_info(path, layer=name)["features"]]
    if len(names) == 1:
        return names  # a Shapefile or GeoJSON has one, whatever it is called
    if source.layer is None and (len(drawn) == 1 or (drawn and path.suffix == ".kml")):
        return drawn
    if source.layer not in names:
        raise InputError(
            note(
                "{file}: which layer? Layers: {layers}. Name one as layer of this file in "
                "district.toml.",
                file=source.label,
                layers=", ".join(names),
            )
        )
    return [source.layer]


def _read(
    path: Path, layer: str, encodings: list[str | None]
) -> tuple[dict[str, Any], NDArray[np.object_], list[NDArray[np.generic]]]:
    """Read with the first encoding that fits.

    Raises
    ------
    UnicodeError
        If none does.
    """
    for encoding in encodings:
        try:
            meta, _, shapes, fields = pyogrio.raw.read(
                path, layer=layer, encoding=encoding, datetime_as_string=True, force_2d=True
            )
        except UnicodeError:
            continue
        if shapes is None:
            raise ValueError(layer)  # a layer without shapes
        return meta, shapes, fields
    raise UnicodeError(layer)


def with_code(wkt: object, shapes: NDArray[np.object_]) -> tuple[CRS | None, NDArray[np.object_]]:
    """Give the system with its EPSG code; shapes of a system that has none are converted."""
    if not wkt:
        return None, shapes
    own = CRS.from_user_input(wkt)
    code = own.to_epsg()
    if code is not None:
        return CRS.from_epsg(code), shapes
    to_degrees = Transformer.from_crs(own, 4326, always_xy=True)
    moved = shapely.transform(
        shapes, lambda xy: np.column_stack(to_degrees.transform(xy[:, 0], xy[:, 1]))
    )
    return CRS.from_epsg(4326), moved


def field_texts(values: NDArray[np.generic]) -> list[str]:
    """Give the cells of a field as text, numbers as a person writes them."""
    if values.dtype.kind == "f":
        return [_number_text(float(value)) for value in values]
    if values.dtype.kind in "iub":
        return [str(value) for value in values.tolist()]
    return ["" if value is None else clean(str(value)) for value in values]


def _number_text(value: float) -> str:
    if np.isnan(value):
        return ""
    return str(int(value)) if value.is_integer() and abs(value) < _WHOLE else repr(value)
