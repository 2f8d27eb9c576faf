"""Small files for the tests of intake, written where they are needed."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from openpyxl import Workbook

from planner.errors import Problem
from planner.intake import Checked, read_stations, read_venues

HOSTS = {"便利店": "shop", "银行": "bank", "shop": "shop", "bank": "bank"}
GROUPS = {
    "外卖骑手": "rider",
    "rider": "rider",
    "骑手": "rider",
    "快递员": "courier",
    "courier": "courier",
    "环卫工人": "sanitation",
    "sanitation": "sanitation",
    "出租车、网约车司机": "taxi",
}
PERIODS = {"早晨": "morning", "中午": "noon", "傍晚": "evening", "morning": "morning"}

HEADER = ("编号", "名称", "地址", "经度", "纬度")
GOOD = ("A1", "东站", "一路1号", "113.264412", "23.130021")
OTHER = ("A2", "西站", "二路2号", "113.271503", "23.135507")

Row = Sequence[object]


def csv_text(rows: Sequence[Row]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


def write_csv(path: Path, rows: Sequence[Row], *, encoding: str = "utf-8") -> Path:
    path.write_bytes(csv_text(rows).encode(encoding))
    return path


def write_xlsx(
    path: Path, sheets: Mapping[str, Sequence[Row]], *, merge: Sequence[str] = ()
) -> Path:
    """Write a workbook; the blocks of `merge` are merged in its first sheet."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    for block in merge:
        book.worksheets[0].merge_cells(block)
    book.save(path)
    return path


def stations_of(folder: Path, *rows: Row, header: Row = HEADER) -> Checked:
    """Read a list of stations of the given rows, in WGS-84."""
    path = write_csv(folder / "stations.csv", [header, *rows])
    return read_stations(path, crs="WGS-84", host_types=HOSTS, groups=GROUPS)


def venues_of(folder: Path, *rows: Row, header: Row = HEADER) -> Checked:
    """Read a list of venues of the given rows, in WGS-84."""
    path = write_csv(folder / "venues.csv", [header, *rows])
    return read_venues(path, crs="WGS-84", host_types=HOSTS, groups=GROUPS)


def fatal(checked: Checked) -> list[tuple[int | str, str]]:
    """Give row and column of each fault that set a row aside."""
    return [(problem.row, problem.column) for problem in checked.problems if problem.fatal]


def told(checked: Checked) -> list[tuple[int | str, str]]:
    """Give row and column of each fault of a row that is used all the same."""
    return [(problem.row, problem.column) for problem in checked.problems if not problem.fatal]


def only(checked: Checked) -> Problem:
    """Give the one fault."""
    (problem,) = checked.problems
    return problem
