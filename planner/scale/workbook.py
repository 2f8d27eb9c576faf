"""The rows of many districts -> an Excel workbook that compares them."""

import math
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from planner.intake.commands import like_command
from planner.language import current_language, say
from planner.report.tables import plain_text
from planner.siting.telling.endings import quality_of, told_gap

__all__ = ["write_comparison"]

_FORMATS = {
    "workers": "#,##0",
    "worker_hours_week": "#,##0",
    "cost_yuan": "#,##0",
    "nominal_before": "0.0%",
    "effective_before": "0.0%",
    "nominal_after": "0.0%",
    "effective_after": "0.0%",
    "gap": "0.00%",
    "seconds": "0.0",
}
_SUMMED = (
    "workers",
    "worker_hours_week",
    "stations",
    "opened",
    "upgraded",
    "moved",
    "closed",
    "cost_yuan",
    "seconds",
    "rows_set_aside",
)
_SHARES = ("nominal_before", "effective_before", "nominal_after", "effective_after")
_WIDE = {"folder": 40, "name": 20, "notes": 60}
_USUAL_WIDTH = 14
_HEADER_ROW = 2
_HEAD_FILL = PatternFill("solid", fgColor="1F4E79")


def write_comparison(table: pd.DataFrame, path: Path) -> None:
    """Write the comparison of many districts, in the language in use.

    A row a district, then one for all: sums, and shares by worker-hours of the districts that have
    a plan. A text that Excel would read as a formula is marked as text, unchanged. The file is
    written aside and put in place whole.

    Parameters
    ----------
    table
        As `plan_many` gives it.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = say("Comparison of districts")[:31]
    _fill(sheet, table)
    book.properties.creator = ""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".new-") as aside:
        book.save(Path(aside) / path.name)
        (Path(aside) / path.name).replace(path)


def _fill(sheet: Worksheet, table: pd.DataFrame) -> None:
    columns = ["district", *table.columns]
    _put(sheet, (1, 1), say("Internal working document")).font = _font(italic=True)
    for place, name in enumerate(columns, start=1):
        head = _put(sheet, (_HEADER_ROW, place), _labels()[name])
        head.font, head.fill = _font(bold=True, color="FFFFFF"), _HEAD_FILL
        head.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
        width = _WIDE.get(name, _USUAL_WIDTH)
        sheet.column_dimensions[get_column_letter(place)].width = width
    rows: list[Mapping[Any, Any]] = [
        *table.reset_index(names="district").to_dict(orient="records"),
        _together(table),
    ]
    for number, row in enumerate(rows, start=_HEADER_ROW + 1):
        last = number == len(rows) + _HEADER_ROW
        for place, name in enumerate(columns, start=1):
            cell = _put(sheet, (number, place), _told(name, row))
            cell.number_format = _FORMATS.get(name, "General")
            cell.font = _font(bold=last)
            cell.alignment = Alignment(vertical="top", wrap_text=name in _WIDE)
    sheet.freeze_panes = f"B{_HEADER_ROW + 1}"
    end = f"{get_column_letter(len(columns))}{_HEADER_ROW + len(rows) - 1}"
    sheet.auto_filter.ref = f"A{_HEADER_ROW}:{end}"


def _together(table: pd.DataFrame) -> Mapping[str, Any]:
    """Give the row of all districts."""
    row: dict[str, Any] = {"district": say("All districts")}
    row |= {name: float(table[name].sum()) for name in _SUMMED}
    there = table[table[list(_SHARES)].notna().all(axis=1)]
    hours = there["worker_hours_week"].sum()
    if hours > 0:
        row |= {
            name: float((there[name] * there["worker_hours_week"]).sum() / hours)
            for name in _SHARES
        }
    if len(there) < len(table):
        row["notes"] = say(
            "The shares are of the {there} districts that have a plan.", there=len(there)
        )
    return row


def _told(name: str, row: Mapping[Any, Any]) -> object:
    """Tell words in the language in use; a blank for what is not known."""
    value = row.get(name)
    if isinstance(value, str):
        if name == "proof":
            return _proof(value, row["gap"])
        return _words().get(value, value) if name == "status" else value
    if isinstance(value, float) and math.isnan(value):
        return None
    return told_gap(value) if name == "gap" and isinstance(value, float) else value


def _proof(status: str, gap: float) -> str:
    """Tell how good a plan is; nothing of a district that was not planned."""
    return str(quality_of(status, None if math.isnan(gap) else gap)) if status else ""


def _put(sheet: Worksheet, place: tuple[int, int], value: object) -> Cell:
    """Write a value at (row, column), from 1; text never becomes a formula."""
    cell = sheet.cell(*place)
    if not isinstance(cell, Cell):
        raise TypeError(f"{place} is in the middle of merged cells")
    if isinstance(value, str):
        text = plain_text(value)
        cell.value = text
        cell.data_type = "s"  # openpyxl takes a text that begins with = for a formula
        cell.quotePrefix = like_command(text)
    elif isinstance(value, (int, float)):
        cell.value = int(value) if float(value).is_integer() else float(value)
    return cell


def _font(*, bold: bool = False, italic: bool = False, color: str = "000000") -> Font:
    name = "微软雅黑" if current_language() == "zh" else "Calibri"
    return Font(name=name, size=10.5, bold=bold, italic=italic, color=color)


def _words() -> Mapping[str, str]:
    return {
        "planned": say("planned"),
        "kept": say("planned before, nothing has changed"),
        "infeasible": say("no plan meets the limits"),
        "failed": say("failed"),
        "stopped": say("not planned, stopped before"),
    }


def _labels() -> Mapping[str, str]:
    return {
        "district": say("District folder"),
        "folder": say("Read from"),
        "name": say("Name of the district"),
        "status": say("Planned?"),
        "proof": say("How good"),
        "workers": say("Workers"),
        "worker_hours_week": say("Worker-hours a week"),
        "stations": say("Stations today"),
        "opened": say("New openings"),
        "upgraded": say("Upgrades"),
        "moved": say("Moves"),
        "closed": say("Closings"),
        "cost_yuan": say("Added set-up money (yuan)"),
        "nominal_before": say("Within reach today"),
        "effective_before": say("Served today"),
        "nominal_after": say("Within reach with the plan"),
        "effective_after": say("Served with the plan"),
        "gap": say("Gap to the best possible, at most"),
        "seconds": say("Seconds"),
        "rows_set_aside": say("Rows set aside"),
        "notes": say("Notes"),
    }
