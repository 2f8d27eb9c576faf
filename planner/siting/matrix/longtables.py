"""CSV and Parquet files of any length -> columns of text, with the line of each row."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]  # no types
import pyarrow.compute as pc  # type: ignore[import-untyped]  # the same
import pyarrow.csv as pacsv  # type: ignore[import-untyped]  # the same
import pyarrow.parquet as pq  # type: ignore[import-untyped]  # the same
from numpy.typing import NDArray

from planner.columns import header_key
from planner.errors import InputError, Problem
from planner.intake.archives import unpack_gzip
from planner.intake.delimited import decode
from planner.intake.grid import Source
from planner.language import Message, note

__all__ = ["LongTable", "read_long_table"]

_TEXT = (".csv", ".tsv", ".txt")
_PARQUET = (".parquet", ".pq")
_MARKS = (",", "\t", ";", "|")
_TOLD = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class LongTable:
    """A table with the columns that were asked for."""

    label: str
    columns: Mapping[str, pa.ChunkedArray]
    """Text, by the name asked for; a column that the file does not have is not there."""
    headers: Mapping[str, str]
    """How each is called in the file; where nothing is, by its own name."""
    text: bytes = b""
    """The file, where it is text: lines are only counted where a fault is told."""
    heading: int = 0
    """Rows before the first row of data."""
    notes: tuple[Message, ...] = field(default=())

    @property
    def size(self) -> int:
        """How many rows there are."""
        return len(next(iter(self.columns.values())))

    def line(self, row: int) -> int:
        """Give the line of a row in the file; in a file without lines the row, counted from 1."""
        if not self.text:
            return row + 1
        lines = (at for at, line in enumerate(self.text.splitlines(), 1) if line.strip())
        return next(at for count, at in enumerate(lines) if count == row + self.heading)

    def ids(self, name: str) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
        """Give the ids of a column, and each row the number of its own; blank ids are "".

        Returns
        -------
        numbers, ids
            The number of each row, and the different ids, sorted.
        """
        coded = pc.utf8_trim_whitespace(self.columns[name]).combine_chunks().dictionary_encode()
        if isinstance(coded, pa.ChunkedArray):
            coded = coded.combine_chunks()
        known = np.array(coded.dictionary.to_pylist(), dtype=object)
        order = np.argsort(known.astype(str), kind="stable") if len(known) else np.zeros(0, int)
        rank = np.empty(len(order), np.int64)
        rank[order] = np.arange(len(order))
        return rank[np.asarray(coded.indices).astype(np.int64)], known[order]

    def numbers(self, name: str) -> NDArray[np.float64]:
        """Read a column of numbers; NaN for what is none, and for what is infinite."""
        text = pc.utf8_trim_whitespace(self.columns[name])
        try:
            values = np.asarray(pc.cast(text, pa.float64())).astype(np.float64)
        except pa.ArrowInvalid:
            values = pd.to_numeric(text.to_pandas(), errors="coerce").to_numpy(np.float64)
        return np.where(np.isfinite(values), values, np.nan)

    def found(self, name: str, row: int) -> str:
        """Give what stands in a cell, shortened."""
        return str(self.columns[name][row].as_py())[:40]


def read_long_table(
    path: Path,
    wanted: Mapping[str, Sequence[str]],
    *,
    needed: Sequence[str],
    in_order: Sequence[str],
) -> LongTable:
    """Read the columns of a table, by their headers or, where there are none, by their order.

    A first line with a number in it where a number is expected is a row, not a header. Headers
    that are not known are taken by their order too, and told, where there are just as many columns
    as are needed.

    Parameters
    ----------
    wanted
        Name of a column -> headers that are understood.
    needed
        Columns without which there is no table.
    in_order
        The columns as they stand where they have no names; the last of `needed` is a number.

    Raises
    ------
    InputError
        If the file cannot be read, is empty, lacks a column or has broken lines.
    """
    label = path.name
    suffixes = [part.lower() for part in path.suffixes]
    content = _content(path)
    if suffixes and suffixes[-1] == ".gz":
        content, suffixes = unpack_gzip(content, Source(path=path, label=label)), suffixes[:-1]
    suffix = suffixes[-1] if suffixes else ""
    if suffix in _PARQUET:
        frame, names, text = _parquet(content, label), [], b""
        names = list(frame.column_names)
    elif suffix in _TEXT:
        text = decode(content, Source(path=path, label=label)).encode()
        frame, names = _delimited(text, label), []
    else:
        raise InputError(
            note(
                "{file}: files of this kind ({suffix}) are not read here. Use .csv or .parquet.",
                file=label,
                suffix=suffix or "?",
            )
        )
    heading = 0
    if text:
        first = [str(column[0].as_py()).strip() for column in frame.columns]
        if _is_header(first, wanted, in_order, needed):
            names, heading = first, 1
            frame = frame.slice(1)
    found, notes = _matched(names, frame.num_columns, wanted, needed, in_order, label)
    if not frame.num_rows:
        raise InputError(note("{file}: there is no row under the header.", file=label))
    return LongTable(
        label=label,
        columns={name: frame.column(at) for name, at in found.items()},
        headers={name: names[at] if names else name for name, at in found.items()},
        text=text,
        heading=heading,
        notes=notes,
    )


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(
            note(
                "{file}: the file cannot be opened ({reason}).",
                file=path.name,
                reason=error.strerror or type(error).__name__,
            )
        ) from error


def _parquet(content: bytes, label: str) -> pa.Table:
    try:
        frame = pq.read_table(io.BytesIO(content))
        return pa.table(
            [_as_text(column) for column in frame.columns], names=list(frame.column_names)
        )
    except (pa.ArrowException, OSError, ValueError) as error:
        raise InputError(
            note(
                "{file}: the Parquet file is damaged, or a column of it holds neither text nor"
                " numbers. Export it again.",
                file=label,
            )
        ) from error


def _as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_floating(column.type):
        # Ids that a program has turned into decimal numbers read as whole ones again.
        values = column.to_numpy()
        whole = np.isfinite(values) & (values == np.rint(values)) & (np.abs(values) < 2.0**53)
        if whole.all():
            column = pa.chunked_array([pa.array(values.astype(np.int64))])
    return pc.fill_null(column.cast(pa.string()), "")


def _delimited(text: bytes, label: str) -> pa.Table:
    head = next((line for line in text[:65536].splitlines() if line.strip()), b"").decode(
        errors="replace"
    )
    mark = max(_MARKS, key=head.count)
    broken: list[pacsv.InvalidRow] = []

    def keep(row: pacsv.InvalidRow) -> str:
        broken.append(row)
        return "skip"

    columns = head.count(mark) + 1 if '"' not in head else 0
    names = [f"f{at}" for at in range(columns)] if columns else None
    types = {f"f{at}": pa.string() for at in range(1000)}
    try:
        table = pacsv.read_csv(
            io.BytesIO(text),
            read_options=pacsv.ReadOptions(
                column_names=names, autogenerate_column_names=names is None, use_threads=False
            ),
            parse_options=pacsv.ParseOptions(delimiter=mark, invalid_row_handler=keep),
            convert_options=pacsv.ConvertOptions(
                column_types=types, strings_can_be_null=False, null_values=[]
            ),
        )
    except (pa.ArrowException, ValueError) as error:
        raise InputError(
            note("{file}: the lines cannot be cut into columns. Save it as CSV.", file=label)
        ) from error
    if broken:
        raise InputError(
            note(
                "{file}: {count} lines have too few or too many columns.",
                file=label,
                count=len(broken),
            ),
            problems=[_broken_row(row, label) for row in broken[:_TOLD]],
        )
    return table


def _broken_row(row: pacsv.InvalidRow, label: str) -> Problem:
    return Problem(
        table=label,
        row="" if row.number is None else row.number,
        column="",
        found=str(row.text)[:40],
        expected=note("{count} columns", count=row.expected_columns),
        fix=note("Correct or delete the row."),
    )


def _is_header(
    first: Sequence[str],
    wanted: Mapping[str, Sequence[str]],
    in_order: Sequence[str],
    needed: Sequence[str],
) -> bool:
    """Tell whether the first line holds names: known ones, or no number where one is needed."""
    keys = {header_key(cell) for cell in first}
    if any(keys & {header_key(alias) for alias in aliases} for aliases in wanted.values()):
        return True
    at = in_order.index(needed[-1])
    if len(first) <= at or at == 0:
        return False
    return bool(np.isnan(pd.to_numeric(pd.Series([first[at]]), errors="coerce")).all()) and first[
        at
    ].casefold() not in ("", "nan", "na", "null", "inf", "-inf")


def _matched(
    names: Sequence[str],
    size: int,
    wanted: Mapping[str, Sequence[str]],
    needed: Sequence[str],
    in_order: Sequence[str],
    label: str,
) -> tuple[dict[str, int], tuple[Message, ...]]:
    """Find the place of each column."""
    keys = [header_key(name) for name in names]
    found: dict[str, int] = {}
    for name, aliases in wanted.items():
        for alias in aliases:
            places = [
                at
                for at, key in enumerate(keys)
                if key == header_key(alias) and at not in found.values()
            ]
            if places:
                found[name] = places[0]
                break
    if all(name in found for name in needed):
        return found, ()
    if (not names and size >= len(needed)) or (names and size == len(needed) and not found):
        told = note(
            "{file}: the headers are not known; the columns were taken in the order {order}.",
            file=label,
            order=", ".join(in_order[:size]),
        )
        return {name: at for at, name in enumerate(in_order[:size])}, (told,) if names else ()
    missing = next(name for name in needed if name not in found)
    if not names:
        raise InputError(
            note(
                "{file}: expected the columns {columns}, found {count} columns.",
                file=label,
                columns=", ".join(in_order),
                count=size,
            )
        )
    raise InputError(
        note(
            "{file}: there is no column '{column}'. Headers that are understood: {headers}.",
            file=label,
            column=missing,
            headers=", ".join(wanted[missing][:8]),
        )
    )
