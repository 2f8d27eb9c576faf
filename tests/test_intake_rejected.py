"""The file of rows set aside: one sheet a table, reasons first, nothing that Excel would run."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from intake_files import GOOD, HEADER, stations_of
from openpyxl import load_workbook

from planner.intake import write_rejected
from planner.language import use_language


def rows_of(path: Path, sheet: int = 0) -> list[tuple[object, ...]]:
    return [tuple(row) for row in load_workbook(path).worksheets[sheet].iter_rows(values_only=True)]


def test_each_file_has_a_sheet_with_its_own_columns_and_the_reason_first(tmp_path: Path) -> None:
    rejected = pd.concat(
        [
            pd.DataFrame({"table": ["a.csv"], "row": [7], "reason": ["wrong"], "名称": ["站"]}),
            pd.DataFrame(
                {"table": ["b.xlsx [x]"], "row": [3], "reason": ["bad"], "人数": ["若干"]}
            ),
        ]
    )
    path = tmp_path / "rejected.xlsx"
    write_rejected(rejected, path)
    assert load_workbook(path).sheetnames == ["a.csv", "b.xlsx  x"]
    assert rows_of(path) == [("Row in the file", "Reason", "名称"), (7, "wrong", "站")]
    assert rows_of(path, 1) == [("Row in the file", "Reason", "人数"), (3, "bad", "若干")]


def test_its_headers_are_chinese_by_default(tmp_path: Path) -> None:
    use_language("zh")
    checked = stations_of(tmp_path, GOOD, ("A2", "", *GOOD[2:]))
    write_rejected(checked.rejected, tmp_path / "r.xlsx")
    header, row = rows_of(tmp_path / "r.xlsx")
    assert header == ("原文件行号", "理由", *HEADER)
    assert row[0] == 3
    assert str(row[1]).startswith("“名称”列")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =cmd|' /C calc'!A0"])
def test_cells_that_look_like_formulas_are_text(tmp_path: Path, text: str) -> None:
    rejected = pd.DataFrame({"table": ["a"], "row": [1], "reason": ["r"], text: [text]})
    write_rejected(rejected, tmp_path / "r.xlsx")
    sheet = load_workbook(tmp_path / "r.xlsx").worksheets[0]
    for cell in (sheet.cell(1, 3), sheet.cell(2, 3)):
        assert (cell.value, cell.data_type, cell.quotePrefix) == (text, "s", True)


def test_nothing_set_aside_is_a_file_that_says_so(tmp_path: Path) -> None:
    checked = stations_of(tmp_path, GOOD)
    write_rejected(checked.rejected, tmp_path / "r.xlsx")
    assert load_workbook(tmp_path / "r.xlsx").sheetnames == ["No rows set aside"]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.text(min_size=1, max_size=40), min_size=1, max_size=4),
    st.text(max_size=40),
    st.text(min_size=1, max_size=20),
)
def test_any_text_can_be_written(
    tmp_path_factory: pytest.TempPathFactory, tables: list[str], cell: str, header: str
) -> None:
    path = tmp_path_factory.mktemp("r") / "r.xlsx"
    rejected = pd.DataFrame(
        {"table": tables, "row": 1, "reason": cell, f"{header} ": [cell] * len(tables)}
    )
    write_rejected(rejected, path)
    assert len(load_workbook(path).sheetnames) == len(set(tables))
