"""Rows that were set aside -> an Excel file in which their owner can mend them."""

import re
from pathlib import Path

import pandas as pd
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from planner.intake.commands import like_command
from planner.language import say

__all__ = ["write_rejected"]

_LONGEST_TITLE = 31
_LONGEST_CELL = 32_000
_WIDTHS = {"row": 8, "reason": 60}
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What XML cannot hold."""


def write_rejected(rejected: pd.DataFrame, path: Path) -> None:
    """Write the rows set aside, one sheet for each file, the reasons first.

    Every cell is written as text, and marked as text where it begins like a formula, so that Excel
    runs nothing that came with the data.

    Parameters
    ----------
    rejected
        Columns table, row, reason, then the cells as they stand in the file.
    path
        The `.xlsx` to write; an older one is replaced.
    """
    book = Workbook()
    first = book.active
    tables = list(dict.fromkeys(map(str, rejected["table"])))
    for table in tables:
        rows = rejected[rejected["table"].astype(str) == table].drop(columns="table")
        filled = rows.loc[:, [*_front(rows), *_used(rows)]]
        _write_sheet(book.create_sheet(_title(table, book.sheetnames)), filled)
    if first is not None and tables:
        book.remove(first)
    elif first is not None:
        first.title = say("No rows set aside")
    book.save(path)


def _front(rows: pd.DataFrame) -> list[str]:
    return [name for name in ("row", "reason") if name in rows]


def _used(rows: pd.DataFrame) -> list[str]:
    """Give the columns that this file has; the others belong to other files."""
    return [str(name) for name in rows if name not in _WIDTHS and rows[name].notna().any()]


def _title(table: str, taken: list[str]) -> str:
    """Give a name that Excel allows for a sheet."""
    plain = re.sub(r"[\[\]:*?/\\'\x00-\x1f\ud800-\udfff\ufffe\uffff]", " ", table)
    plain = plain.strip()[:_LONGEST_TITLE].strip() or "-"
    title, number = plain, 2
    while title.casefold() in {name.casefold() for name in taken}:
        title = f"{plain[: _LONGEST_TITLE - 4]} {number}"
        number += 1
    return title


def _write_sheet(sheet: Worksheet, rows: pd.DataFrame) -> None:
    names = {"row": say("Row in the file"), "reason": say("Reason")}
    for column, name in enumerate(rows.columns, start=1):
        _write(sheet, 1, column, names.get(str(name), str(name)))
        sheet.cell(1, column).font = Font(bold=True)
        width = _WIDTHS.get(str(name), 16)
        sheet.column_dimensions[get_column_letter(column)].width = width
    for at, row in enumerate(rows.itertuples(index=False), start=2):
        for column, value in enumerate(row, start=1):
            _write(sheet, at, column, value)
        sheet.cell(at, 2).alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "C2"


def _write(sheet: Worksheet, row: int, column: int, value: object) -> None:
    if isinstance(value, int):
        sheet.cell(row, column, value)
        return
    text = value if isinstance(value, str) else ""  # NaN: a column of another sheet
    text = _UNWRITABLE.sub("", text)[:_LONGEST_CELL]
    if text:
        cell = sheet.cell(row, column, text)
        cell.data_type = "s"  # openpyxl takes a text that begins with = for a formula
        if like_command(text):
            cell.quotePrefix = True
