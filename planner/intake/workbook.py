"""Excel workbooks -> grids of text, one for each sheet."""

import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time
from itertools import islice
from typing import Protocol, cast

import openpyxl
from openpyxl.utils.cell import coordinate_to_tuple
from openpyxl.utils.exceptions import InvalidFileException

from planner.errors import InputError
from planner.intake.archives import MOST_CELLS, check_zip, too_large
from planner.intake.grid import Grid, Merge, Source, clean
from planner.intake.layout import lines_text
from planner.intake.xml_types import declares_a_type
from planner.language import Message, note

__all__ = ["read_workbook"]

# What openpyxl and the XML parsers under it raise for a workbook that is damaged; SyntaxError is
# the base of both XML parsers' errors.
_UNREADABLE = (
    *(InvalidFileException, zipfile.BadZipFile, zlib.error, EOFError, OSError, SyntaxError),
    *(KeyError, ValueError, TypeError, IndexError, AttributeError, NotImplementedError),
    RuntimeError,
)
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_ZIP = b"PK\x03\x04"
_MERGE = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]+\d+:[A-Z]+\d+)"')
# A formula without a value: the program that wrote the file never calculated it.
_UNCALCULATED = re.compile(
    rb'<(?:\w+:)?c\s[^>]*?r="[A-Z]+(\d+)"[^>]*>\s*<(?:\w+:)?f\b[^>]*?(?:/>|>[^<]*</(?:\w+:)?f>)'
    rb"\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_HIDDEN_ROW = re.compile(rb'<(?:\w+:)?row\s(?=[^>]*?\bhidden="(?:1|true)")[^>]*?\br="(\d+)"')
_MOST_ROWS = 1_048_576
_MOST_MERGES = 50_000
_EXACT = 1e15
"""Beyond it a float is no longer exact to the unit."""


class _Sheet(Protocol):
    """A sheet that openpyxl streams; its types know only sheets that are held whole."""

    title: str
    sheet_state: str
    _worksheet_path: str

    def reset_dimensions(self) -> None: ...

    def iter_rows(self, *, values_only: bool) -> Iterator[tuple[object, ...]]: ...


def read_workbook(content: bytes, source: Source) -> list[Grid]:
    """Read the sheets of a workbook, or the one that is named; hidden sheets only if named.

    Raises
    ------
    InputError
        If it is no workbook, is damaged or locked, or has no sheet of that name.
    """
    _refuse_others(content, source)
    check_zip(content, source)
    _refuse_doctype(content, source)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of parts that planner does not read
            book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
            sheets, notes = _chosen(book, source)
            label = source.label + (" [{}]" if len(book.worksheets) > 1 else "")
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                grids = [
                    _grid(each, archive, source, label=label.replace("{}", each.title))
                    for each in sheets
                ]
    except _UNREADABLE as error:
        raise InputError(_damaged(source)) from error
    return [
        replace(grid, notes=(*notes, *grid.notes)) if at == 0 else grid
        for at, grid in enumerate(grids)
    ]


def _refuse_others(content: bytes, source: Source) -> None:
    if not content:
        raise InputError(note("{file}: the file is empty. Export it again.", file=source.label))
    if content.startswith(_OLD_EXCEL):
        raise InputError(
            note(
                "{file}: this is a workbook of old Excel, or one with a password. Open it, take "
                "the password away and save it as .xlsx.",
                file=source.label,
            )
        )
    if not content.startswith(_ZIP):
        raise InputError(
            note(
                "{file}: the name says .xlsx but the content is no Excel workbook. Open it with "
                "the program it comes from and save it as .xlsx.",
                file=source.label,
            )
        )


def _refuse_doctype(content: bytes, source: Source) -> None:
    """Refuse XML that declares a document type: no Excel does, and it could name endless text.

    Raises
    ------
    InputError
        If a part does, or cannot be read.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            declared = False
            for part in archive.infolist():  # whatever it is called: others say what it is
                with archive.open(part) as document:
                    declared = declared or declares_a_type(document)
    except _UNREADABLE as error:
        raise InputError(_damaged(source)) from error
    if declared:
        raise InputError(_damaged(source))


def _damaged(source: Source) -> Message:
    return note(
        "{file}: the workbook is damaged. Open it in Excel or WPS and save it again as .xlsx.",
        file=source.label,
    )


def _chosen(book: openpyxl.Workbook, source: Source) -> tuple[list[_Sheet], tuple[Message, ...]]:
    sheets = cast("list[_Sheet]", book.worksheets)
    names = [sheet.title for sheet in sheets]
    if source.sheet is not None:
        if source.sheet not in names:
            raise InputError(
                note(
                    "{file}: there is no sheet '{sheet}'. Sheets: {sheets}. Mend the name in "
                    "district.toml.",
                    file=source.label,
                    sheet=source.sheet,
                    sheets=", ".join(names),
                )
            )
        return [sheets[names.index(source.sheet)]], ()
    shown = [sheet for sheet in sheets if sheet.sheet_state == "visible"]
    hidden = [sheet.title for sheet in sheets if sheet.sheet_state != "visible"]
    told = note(
        "{file}: hidden sheets were not read: {sheets}.",
        file=source.label,
        sheets=", ".join(hidden),
    )
    return shown, (told,) if hidden else ()


def _grid(sheet: _Sheet, archive: zipfile.ZipFile, source: Source, *, label: str) -> Grid:
    xml = archive.read(sheet._worksheet_path)  # noqa: SLF001 - no public way to a sheet's part
    if xml.count(b"<") > MOST_CELLS:  # a cell with a value has four, an empty one alone has one
        raise InputError(too_large(source))
    sheet.reset_dimensions()  # the stated size may be a lie of a million rows
    rows = [_texts(row) for row in islice(sheet.iter_rows(values_only=True), _MOST_ROWS + 1)]
    if len(rows) > _MOST_ROWS:
        raise ValueError(sheet.title)  # a row number that Excel does not have
    while rows and not rows[-1]:
        rows.pop()
    merges = [match.group(1).decode() for match in _MERGE.finditer(xml)][:_MOST_MERGES]
    hidden = lines_text([int(match.group(1)) for match in _HIDDEN_ROW.finditer(xml)])
    uncalculated = lines_text([int(match.group(1)) for match in _UNCALCULATED.finditer(xml)])
    told = [_uncalculated_note(label, uncalculated)] if uncalculated else []
    if hidden:
        told.append(note("{table}: hidden rows {rows} were read too.", table=label, rows=hidden))
    return Grid(label=label, rows=rows, merges=tuple(map(_merge, merges)), notes=tuple(told))


def _uncalculated_note(label: str, rows: str) -> Message:
    return note(
        "{table}: formulas in rows {rows} have no result and were taken as blank. Open the file in "
        "Excel, let it calculate, and save it.",
        table=label,
        rows=rows,
    )


def _merge(text: str) -> Merge:
    (top, left), (bottom, right) = (coordinate_to_tuple(corner) for corner in text.split(":"))
    return Merge(top - 1, left - 1, bottom - 1, right - 1)


def _texts(row: tuple[object, ...]) -> list[str]:
    texts = ["" if value is None else _text(value) for value in row]
    while texts and not texts[-1]:
        texts.pop()
    return texts


def _text(value: object) -> str:
    """Give a cell as the text that a person would type for it."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        exact = value.is_integer() and abs(value) < _EXACT
        return str(int(value)) if exact else repr(value)
    if isinstance(value, datetime):
        midnight = value.time() == time()
        return value.date().isoformat() if midnight else value.isoformat(" ", "seconds")
    return value.isoformat("minutes") if isinstance(value, time) else str(value)
