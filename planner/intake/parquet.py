"""Parquet and GeoParquet files -> a grid of text, with shapes where the file has them."""

import io
import json
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from planner.errors import InputError
from planner.intake.archives import MOST_BYTES, MOST_CELLS
from planner.intake.grid import Grid, Source, clean
from planner.intake.mapfile import field_texts, shapes_of, with_code
from planner.language import Message, note

__all__ = ["PARQUET_SUFFIXES", "read_parquet"]

PARQUET_SUFFIXES = (".parquet", ".geoparquet", ".pq")

_MAGIC = b"PAR1"


def read_parquet(content: bytes, source: Source) -> list[Grid]:
    """Read a Parquet file; rows are counted from 1.

    Columns that hold lists or tables are left blank.

    Raises
    ------
    InputError
        If it is empty, damaged, not what its name says, or larger inside than `MOST_BYTES` or
        `MOST_CELLS`.
    """
    if not content:
        raise InputError(note("{file}: the file is empty. Export it again.", file=source.label))
    if not content.startswith(_MAGIC):
        raise InputError(
            note(
                "{file}: the content is not what the name says. Export it again as Parquet.",
                file=source.label,
            )
        )
    # Heavy, and needed for this kind of file alone.
    import pyarrow as pa  # type: ignore[import-untyped] # noqa: PLC0415 - no types; as said
    import pyarrow.parquet as pq  # type: ignore[import-untyped] # noqa: PLC0415 - the same

    try:
        file = pq.ParquetFile(io.BytesIO(content))
        _refuse_large(file.metadata, source)
        drawn, told = _drawn(file.metadata.metadata)
        table = file.read()
        if not drawn:
            return [_grid(table.to_pandas(), source)]
        written = table.column(drawn)
        if pa.types.is_binary(written.type) or pa.types.is_large_binary(written.type):
            # Read shape by shape, so that a bad one leaves the others good.
            shapes, flaws = shapes_of(np.array(written.to_pylist(), dtype=object))
            own, frame = _told_crs(told), table.drop_columns([drawn]).to_pandas()
        else:
            frame, flaws = gpd.read_parquet(io.BytesIO(content)), {}
            shapes, own = np.asarray(frame[drawn], dtype=object), frame[drawn].array.crs
            frame = pd.DataFrame(frame).drop(columns=drawn)
        crs, moved = with_code(own and own.to_wkt(), shapely.force_2d(shapes))
        return [replace(_grid(frame, source), geometry=moved, crs=crs, flaws=flaws)]
    except (
        *(pa.ArrowException, shapely.errors.ShapelyError, CRSError, AttributeError),
        *(ValueError, KeyError, TypeError, OSError, NotImplementedError, OverflowError),
    ) as error:
        raise InputError(_damaged(source)) from error


def _refuse_large(metadata: Any, source: Source) -> None:  # noqa: ANN401 - pyarrow has no types
    """Refuse a file that unpacks to more than a district's data.

    Raises
    ------
    InputError
        If it does.
    """
    size = sum(metadata.row_group(at).total_byte_size for at in range(metadata.num_row_groups))
    if size > MOST_BYTES or metadata.num_rows * metadata.num_columns > MOST_CELLS:
        raise InputError(
            note(
                "{file}: the file holds far more than a district's data; it was not opened. Keep "
                "only the rows and columns that are needed, or name it as a source of kind pings.",
                file=source.label,
            )
        )


def _drawn(metadata: dict[bytes, bytes] | None) -> tuple[str, dict[str, Any]]:
    """Give the name of the column of shapes with what is told of it; "" for a plain table.

    Raises
    ------
    ValueError
        If the file says that it has one, but not which.
    """
    told = (metadata or {}).get(b"geo")
    if told is None:
        return "", {}
    parts = json.loads(told)
    name = parts["primary_column"]
    if not isinstance(name, str) or not name:
        raise ValueError(name)
    return name, parts["columns"][name]


def _told_crs(told: dict[str, Any]) -> CRS | None:
    """Give the system of a column of shapes: without one OGC:CRS84, where it is null unknown."""
    named = told.get("crs", "OGC:CRS84")
    return None if named is None else CRS.from_user_input(named)


def _grid(frame: pd.DataFrame, source: Source) -> Grid:
    if any(name is not None for name in frame.index.names):
        frame = frame.reset_index(allow_duplicates=True)
    header = [str(name) for name in frame.columns]
    columns = [_texts(frame.iloc[:, at]) for at in range(len(header))]
    rows = (
        [list(row) for row in zip(*columns, strict=True)] if columns else [[] for _ in frame.index]
    )
    return Grid(label=source.label, rows=[header, *rows], first_line=0)


def _texts(column: "pd.Series[Any]") -> list[str]:
    """Give the cells of a column as text."""
    values = column.to_numpy()
    if values.dtype.kind in "fiub":
        return field_texts(values)
    if values.dtype.kind == "M":
        return ["" if pd.isna(value) else pd.Timestamp(value).isoformat(" ") for value in values]
    return [_text(value) for value in values]


def _text(value: object) -> str:
    if value is None or isinstance(value, list | tuple | dict | np.ndarray | bytes):
        return ""
    return "" if pd.isna(value) else clean(str(value))  # type: ignore[call-overload]  # a scalar


def _damaged(source: Source) -> Message:
    return note(
        "{file}: the Parquet file is damaged. Export it again from the program it comes from.",
        file=source.label,
    )
