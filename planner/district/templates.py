"""A new district folder: `district.toml` with comments, Excel templates to fill in."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from planner.columns import NOTES_SHEET, STATIONS, SURVEY, VENUES, Column, Kind
from planner.district.defaults import DEFAULT_GROUPS, DEFAULT_HOSTS
from planner.district.reading import FILE_NAME
from planner.district.settings import Group
from planner.district.template_sheets import (
    STATIONS_TEMPLATE,
    VENUES_TEMPLATE,
    WORKERS_TEMPLATE,
    TemplateSheet,
)
from planner.district.template_toml import template_toml
from planner.district.writing import write_file
from planner.errors import InputError, SettingsError
from planner.language import note

__all__ = ["SHEETS", "init_district"]

SHEETS = {
    "stations": STATIONS_TEMPLATE.title,
    "venues": VENUES_TEMPLATE.title,
    "workers": WORKERS_TEMPLATE.title,
}
"""Name of the sheet of each template that holds the table."""

_NOT_IN_TEMPLATES = frozenset(
    {"lnglat", "latlng", "province", "city", "district", "grid", "type_code", "updated"}
)
_NOT_FOR_VENUES = frozenset({"visits_day", "opened", "income_year_yuan", "status"})
_ROWS_WITH_LISTS = 2000
_FIRST_ROW = 3
_HEADER_FILL = PatternFill("solid", fgColor="DDE8F3")
_NEEDED_FILL = PatternFill("solid", fgColor="F6D9A8")
_EXAMPLE_FONT = Font(italic=True, color="6B6B6B")
_NARROW, _WIDE = 12, 40
_STEP_POINTS = 46


@dataclass(frozen=True, slots=True)
class _Header:
    """One column of a template."""

    chinese: str
    english: str
    meaning_chinese: str
    meaning_english: str
    choices: tuple[str, ...] = ()
    needed: bool = False


def init_district(folder: Path) -> list[Path]:
    """Write a new district folder: `district.toml` and templates for stations, venues and workers.

    Files that are there already are left as they are.

    Returns
    -------
    list of pathlib.Path
        The files written.

    Raises
    ------
    SettingsError
        If the folder has a `district.toml` already.
    InputError
        If the folder cannot be made or written to.
    """
    folder = Path(folder)
    if (folder / FILE_NAME).exists():
        raise SettingsError(
            note(
                "{folder} has a {file} already; it was left as it is.",
                folder=folder,
                file=FILE_NAME,
            )
        )
    content = {
        "stations.xlsx": _workbook(STATIONS_TEMPLATE, _site_headers(STATIONS)),
        "venues.xlsx": _workbook(VENUES_TEMPLATE, _site_headers(VENUES, _NOT_FOR_VENUES)),
        "workers.xlsx": _workbook(WORKERS_TEMPLATE, _worker_headers(DEFAULT_GROUPS)),
        FILE_NAME: template_toml(folder.resolve().name, sheets=SHEETS).encode(),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            note(
                "{folder} cannot be written to: {reason}",
                folder=folder,
                reason=error.strerror or type(error).__name__,
            )
        ) from error
    missing = [folder / name for name in content if not (folder / name).exists()]
    for path in missing:
        write_file(path, content[path.name])
    return missing


def _site_headers(
    columns: Sequence[Column], left_out: frozenset[str] = frozenset()
) -> list[_Header]:
    hosts = tuple(host.name for host in DEFAULT_HOSTS)
    return [
        _header(
            column,
            hosts if column.kind is Kind.HOST else _first_words(column),
            needed=column.required or column.name in {"lon", "lat"},
        )
        for column in columns
        if column.name not in _NOT_IN_TEMPLATES | left_out
    ]


def _first_words(column: Column) -> tuple[str, ...]:
    """Give the first Chinese word of each choice."""
    return tuple(
        next((word for word in words if not word.isascii()), words[0])
        for words in column.choices.values()
    )


def _header(
    column: Column, choices: tuple[str, ...] = (), *, needed: bool | None = None
) -> _Header:
    needed = column.required if needed is None else needed
    return _Header(
        needed=needed,
        chinese=column.header,
        english=column.name,
        meaning_chinese=("必填。" if needed else "") + column.meaning.text("zh"),
        meaning_english=("Needed. " if needed else "") + column.meaning.text("en"),
        choices=choices,
    )


def _worker_headers(groups: Sequence[Group]) -> list[_Header]:
    """Give columns for where people were counted, and one for each group."""
    named = {column.name: column for column in SURVEY}
    count = named["workers"]
    counts = [
        _Header(
            chinese=group.name,
            english=group.name_en,
            meaning_chinese=f"{group.name}：{count.meaning.text('zh')}",
            meaning_english=f"{group.name_en}: {count.meaning.text('en')}",
        )
        for group in groups
    ]
    where = ("street", "community", "place", "lon", "lat")
    return [*(_header(named[name]) for name in where), *counts]


def _workbook(holds: TemplateSheet, headers: Sequence[_Header]) -> bytes:
    book = Workbook()
    sheet = book.active
    if not isinstance(sheet, Worksheet):  # a new workbook has one sheet
        raise TypeError(type(sheet))
    sheet.title = holds.title
    for at, header in enumerate(headers, start=1):
        for row, text in enumerate((header.chinese, header.english), start=1):
            cell = sheet.cell(row, at, text)
            cell.font = Font(bold=row == 1, color="000000" if row == 1 else "666666")
            cell.fill = _NEEDED_FILL if header.needed else _HEADER_FILL
            cell.alignment = Alignment(wrap_text=True, vertical="center")
        letter = get_column_letter(at)
        wide = max(len(header.chinese) * 2 + 2, _longest(holds, header) * 2)
        sheet.column_dimensions[letter].width = min(_WIDE, max(_NARROW, wide))
        if header.choices:
            _offer(sheet, letter, header.choices)
    _write_examples(sheet, holds, headers)
    sheet.freeze_panes = "A3"
    _explain(book.create_sheet(NOTES_SHEET), holds, headers)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _longest(holds: TemplateSheet, header: _Header) -> int:
    """Give the length of the longest text that the examples have in a column."""
    return max(len(str(row.get(header.english, ""))) for row in holds.examples)


def _write_examples(sheet: Worksheet, holds: TemplateSheet, headers: Sequence[_Header]) -> None:
    for row, example in enumerate(holds.examples, start=_FIRST_ROW):
        for at, header in enumerate(headers, start=1):
            if header.english in example:
                cell = sheet.cell(row, at, example[header.english])
                cell.font = _EXAMPLE_FONT


def _offer(sheet: Worksheet, letter: str, choices: Sequence[str]) -> None:
    """Offer a list of words in a column; others can be typed all the same."""
    offered = DataValidation(
        type="list", formula1=f'"{",".join(choices)}"', allow_blank=True, showErrorMessage=False
    )
    offered.add(f"{letter}3:{letter}{_ROWS_WITH_LISTS}")
    sheet.add_data_validation(offered)


def _explain(sheet: Worksheet, holds: TemplateSheet, headers: Sequence[_Header]) -> None:
    """Write how to fill the sheet in, then what each column means, in both languages."""
    sheet.append(["怎样填写 How to fill it in"])
    for number, (chinese, english) in enumerate(holds.steps, start=1):
        sheet.append([f"{number}. {chinese}", None, f"{number}. {english}"])
    for at in range(2, sheet.max_row + 1):
        sheet.merge_cells(f"A{at}:B{at}")
        sheet.merge_cells(f"C{at}:E{at}")
        sheet.row_dimensions[at].height = _STEP_POINTS
    sheet.append([])
    sheet.append(["列", "Column", "说明", "Meaning", "可选 Choices"])
    head = sheet.max_row
    for header in headers:
        sheet.append(
            [
                header.chinese,
                header.english,
                header.meaning_chinese,
                header.meaning_english,
                "、".join(header.choices),
            ]
        )
    for cell in (sheet.cell(1, 1), *sheet[head]):
        cell.font = Font(bold=True)
        cell.fill = _HEADER_FILL
    for letter, width in zip("ABCDE", (24, 24, _WIDE, _WIDE, _WIDE), strict=True):
        sheet.column_dimensions[letter].width = width
    for row in sheet.iter_rows(min_row=2):
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
