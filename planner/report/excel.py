"""A report -> an Excel workbook: a sheet for each of its tables, and what was assumed."""

from collections.abc import Sequence
from pathlib import Path

from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from planner.demand import Demand
from planner.density import HotSpots
from planner.district import District, Settings
from planner.intake.commands import like_command
from planner.language import Message, current_language, say
from planner.report.model import PlanReport
from planner.report.people import fits_table, sources_table, totals_table
from planner.report.tables import (
    Table,
    comparison,
    existing_stations,
    measures_table,
    money_by_payer,
    phase_table,
    plain_text,
    rest_table,
)
from planner.report.today import (
    TodayReport,
    gap_cells,
    gap_totals,
    nearest,
    outcomes,
    room,
    seats,
    service_area_table,
    shut_for_a_day,
    spot_table,
)

__all__ = ["write_demand_xlsx", "write_sites_xlsx", "write_today_xlsx"]

_FORMATS = {
    "whole": "#,##0",
    "decimal": "#,##0.0",
    "share": "0.0%",
    "points": "+0.0;-0.0;0.0",
    "degrees": "0.000000",
}
_HEAD_FILL = PatternFill("solid", fgColor="1F4E79")
_LINE = Side(style="thin", color="BFBFBF")
_HEADER_ROW = 3
_LINE_HEIGHT_POINTS = 15


def write_sites_xlsx(report: PlanReport, path: Path) -> None:
    """Write the lists of a plan as an Excel workbook, in the language in use.

    Sheets: measures, existing stations, today beside the plan, money,
    phases, what is not chosen and why, assumptions. Headers stay
    in sight and filter; a text that Excel would read as a formula is marked as text, unchanged.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    figures = comparison(report, "whole", "group", "period", "community")
    tables = [
        measures_table(report),
        existing_stations(report),
        figures,
        money_by_payer(report),
        phase_table(report),
        rest_table(report),
    ]
    _write_book(report.district.settings, tables, report.notes, path)


def write_today_xlsx(report: TodayReport, path: Path) -> None:
    """Write what is known of the stations that are there as an Excel workbook.

    Sheets: where the workers are from, coverage by group, by day and period and by community, ways
    to the nearest stations, seats, what is lost if a station shuts, service areas, the maximum-gap
    check, hot spots, stations with too little room, assumptions. A table without rows has no sheet.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    district, coverage, demand = report.district, report.coverage, report.coverage.demand
    tables = [
        sources_table(district, demand),
        totals_table(district, demand),
        fits_table(district, demand),
        *(outcomes(report, level) for level in ("group", "day_period", "community")),
        nearest(district, report.nearest),
        seats(report),
        shut_for_a_day(district, coverage, report.losses),
        service_area_table(district, coverage, report.areas),
        spot_table(district, report.spots),
        gap_totals(district, report.gaps, "community"),
        gap_totals(district, report.gaps, "street"),
        gap_cells(district, coverage, report.gaps),
        room(district, report.small),
    ]
    _write_book(district.settings, tables, report.notes, path)


def write_demand_xlsx(
    district: District,
    demand: Demand,
    spots: HotSpots,
    notes: Sequence[Message],
    path: Path,
) -> None:
    """Write where the workers are as an Excel workbook: sources, totals, fits, hot spots.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    tables = [
        sources_table(district, demand),
        totals_table(district, demand),
        fits_table(district, demand),
        spot_table(district, spots),
    ]
    _write_book(district.settings, tables, notes, path)


def _write_book(
    settings: Settings, tables: Sequence[Table], notes: Sequence[Message], path: Path
) -> None:
    book = Workbook()
    book.remove(book.worksheets[0])
    for table in tables:
        if table.rows or table is tables[0]:
            _write_table(book.create_sheet(table.title[:31]), table, settings)
    _write_lines(book.create_sheet(say("Assumptions")), notes, settings)
    book.properties.creator = ""
    book.properties.title = plain_text(settings.name)
    book.save(path)


def _write_table(sheet: Worksheet, table: Table, settings: Settings) -> None:
    _put(sheet, (1, 1), f"{settings.name} · {table.title}").font = _font(size=14, bold=True)
    _put(sheet, (2, 1), _marking(settings)).font = _font(color="7F7F7F", italic=True)
    for place, column in enumerate(table.columns, start=1):
        head = _put(sheet, (_HEADER_ROW, place), column.label)
        head.font = _font(bold=True, color="FFFFFF")
        head.fill = _HEAD_FILL
        head.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
        sheet.column_dimensions[get_column_letter(place)].width = column.width + 2
    sheet.row_dimensions[_HEADER_ROW].height = 3 * _LINE_HEIGHT_POINTS
    for number, row in enumerate(table.rows, start=_HEADER_ROW + 1):
        for place, (column, value) in enumerate(zip(table.columns, row, strict=True), start=1):
            told = value * 100 if column.form == "points" and isinstance(value, float) else value
            cell = _put(sheet, (number, place), told)
            cell.font = _font()
            cell.number_format = _FORMATS.get(column.form, "General")
            side = "left" if column.form == "text" else "right"
            cell.alignment = Alignment(horizontal=side, vertical="top", wrap_text=True)
            cell.border = Border(bottom=_LINE)
    sheet.freeze_panes = f"{get_column_letter(_frozen_columns(table) + 1)}{_HEADER_ROW + 1}"
    last = get_column_letter(len(table.columns))
    sheet.auto_filter.ref = f"A{_HEADER_ROW}:{last}{_HEADER_ROW + len(table.rows)}"
    _fit_for_print(sheet)


def _frozen_columns(table: Table) -> int:
    """Keep the columns up to the name in sight."""
    return next((n for n, column in enumerate(table.columns, start=1) if column.key == "name"), 1)


def _write_lines(sheet: Worksheet, notes: Sequence[Message], settings: Settings) -> None:
    _put(sheet, (1, 1), f"{settings.name} · {say('Assumptions')}").font = _font(14, bold=True)
    _put(sheet, (2, 1), _marking(settings)).font = _font(color="7F7F7F", italic=True)
    for number, note in enumerate(notes, start=_HEADER_ROW):
        cell = _put(sheet, (number, 1), str(note))
        cell.font = _font()
        cell.alignment = Alignment(vertical="top", wrap_text=True)
    sheet.column_dimensions["A"].width = 110
    sheet.freeze_panes = f"A{_HEADER_ROW}"
    _fit_for_print(sheet)


def _marking(settings: Settings) -> str:
    note = settings.data_note
    return " · ".join([say("Internal working document"), *([note] if note else [])])


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
    elif isinstance(value, bool) or value is None or not isinstance(value, (int, float)):
        cell.value = None if value is None else str(value)
    else:
        cell.value = value
    return cell


def _font(
    size: float = 10.5, *, bold: bool = False, italic: bool = False, color: str = "000000"
) -> Font:
    name = "微软雅黑" if current_language() == "zh" else "Calibri"
    return Font(name=name, size=size, bold=bold, italic=italic, color=color)


def _fit_for_print(sheet: Worksheet) -> None:
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = f"1:{_HEADER_ROW}"
