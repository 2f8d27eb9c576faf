"""Workbooks as unions keep them: titles, merged cells, several sheets, dates from numbers."""

import io
import zipfile
from datetime import date, datetime, time
from pathlib import Path

import pytest
from intake_files import GOOD, GROUPS, HEADER, HOSTS, OTHER, Row, fatal, told, write_xlsx
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from planner.errors import InputError
from planner.intake import Checked, read_stations, read_venues


def read(path: Path, *, sheet: str | None = None) -> Checked:
    return read_stations(path, crs="WGS-84", sheet=sheet, host_types=HOSTS, groups=GROUPS)


def sheet_of(book: Workbook) -> Worksheet:
    sheet = book.worksheets[0]
    assert isinstance(sheet, Worksheet)
    return sheet


def test_title_rows_above_the_header_are_no_data(tmp_path: Path) -> None:
    rows = [
        ("某区户外劳动者服务站点台账",),
        ("单位：个", "", "填报日期：2024-08-12"),
        (),
        HEADER,
        GOOD,
    ]
    checked = read(write_xlsx(tmp_path / "s.xlsx", {"台账": rows}, merge=["A1:E1", "A2:B2"]))
    assert checked.rows["row"].tolist() == [5]


def test_a_header_merged_over_two_rows_is_understood(tmp_path: Path) -> None:
    rows = [
        ("站点台账", "", "", "", "", ""),
        ("序号", "站点名称", "位置", "", "", "管理"),
        ("", "", "地址", "经度", "纬度", "联系电话"),
        (1, "东站", "一路1号", 113.264412, 23.130021, "13800138000"),
    ]
    merge = ["A1:F1", "A2:A3", "B2:B3", "C2:E2"]
    checked = read(write_xlsx(tmp_path / "s.xlsx", {"台账": rows}, merge=merge))
    assert checked.problems == ()
    assert checked.rows.loc["S1", ["name", "address", "lon", "row"]].tolist() == [
        *("东站", "一路1号"),
        *(113.264412, 4),
    ]


def test_the_same_header_is_understood_after_it_went_through_csv(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text(
        "序号,站点名称,位置,,,管理\n,,地址,经度,纬度,联系电话\n1,东站,一路1号,113.264412,23.130021,1\n",
        encoding="utf-8",
    )
    assert read(path).rows["lat"].tolist() == [23.130021]


def test_a_row_of_units_below_the_header_belongs_to_it(tmp_path: Path) -> None:
    header = (*HEADER, "面积", "建站费用", "可容纳人数")
    units = ("", "", "", "", "", "㎡", "（万元）", "单位：人")
    rows = [header, units, (*GOOD, 12, 3.5, 8)]
    checked = read(write_xlsx(tmp_path / "s.xlsx", {"台账": rows}))
    assert checked.problems == ()
    values = checked.rows[["area_m2", "cost_setup_yuan", "capacity", "row"]].to_numpy()
    assert values.tolist() == [[12, 35_000, 8, 3]]
    assert any("unit of the header: 建站费用 (万元)" in str(m) for m in checked.notes)


def test_merged_descriptions_count_for_each_row_and_are_told(tmp_path: Path) -> None:
    header = (*HEADER, "街道", "开放时间")
    rows = [header, (*GOOD, "城东街道", "24小时"), (*OTHER, None, None)]
    checked = read(write_xlsx(tmp_path / "s.xlsx", {"台账": rows}, merge=["F2:F3", "G2:G3"]))
    assert checked.rows["street"].tolist() == ["城东街道", "城东街道"]
    assert checked.rows["hours"].notna().all()
    assert any("'街道': their text was taken for rows 3" in str(m) for m in checked.notes)


@pytest.mark.parametrize("column", ["A", "B", "D", "F"])
def test_a_merged_name_number_or_position_is_a_fault_of_each_row(
    tmp_path: Path, column: str
) -> None:
    header = (*HEADER, "建站费用")
    third = ("A3", "南站", "三路3号", "113.28", "23.14", 9)
    rows = [header, (*GOOD, 3000), (*OTHER, 1), third]
    checked = read(write_xlsx(tmp_path / "s.xlsx", {"台账": rows}, merge=[f"{column}2:{column}3"]))
    name = header["ABCDEF".index(column)]
    assert [fault for fault in fatal(checked) if fault[1] == name] == [(2, name), (3, name)]
    assert checked.rows.index.tolist() == ["A3"]


def test_a_heading_merged_across_the_table_is_no_row(tmp_path: Path) -> None:
    rows = [HEADER, ("城东街道",), GOOD, ("城西街道",), OTHER]
    checked = read(write_xlsx(tmp_path / "s.xlsx", {"台账": rows}, merge=["A2:E2", "A4:E4"]))
    assert checked.problems == ()
    assert (len(checked.rows), checked.skipped) == (2, 2)
    assert any("rows 2, 4 are headings" in str(message) for message in checked.notes)


def test_numbers_as_text_and_full_width_digits_are_numbers(tmp_path: Path) -> None:
    header = (*HEADER, "面积", "可容纳人数")
    row = ("A1", "东站", "", "１１３．２６４４１２", " 23.130021 ", "１２㎡", "'8")
    checked = read(write_xlsx(tmp_path / "s.xlsx", {"台账": [header, row]}))
    assert checked.problems == ()
    values = checked.rows[["lon", "lat", "area_m2", "capacity"]].to_numpy()
    assert values.tolist() == [[113.264412, 23.130021, 12, 8]]


def test_what_excel_makes_dates_is_told_as_such(tmp_path: Path) -> None:
    header = (*HEADER, "可容纳人数", "开放时间")
    rows = [
        header,
        (*GOOD, 12, "9:00-17:00"),
        (*OTHER, date(2024, 8, 12), ""),
        ("A3", "南站", "", 113.28, 23.14, 9, datetime(2024, 8, 12)),  # noqa: DTZ001 - a cell has no zone
        ("A4", "北站", "", 113.29, 23.15, 9, time(9, 30)),
    ]
    checked = read(write_xlsx(tmp_path / "s.xlsx", {"台账": rows}))
    assert fatal(checked) == [(3, "可容纳人数"), (4, "开放时间"), (5, "开放时间")]
    assert [problem.found for problem in checked.problems][:2] == ["'2024-08-12'"] * 2


def test_a_whole_number_that_excel_keeps_as_a_float_is_whole(tmp_path: Path) -> None:
    header = (*HEADER, "可容纳人数")
    rows = [header, (12.0, "东站", "", 113.264412, 23.130021, 8.0)]
    checked = read(write_xlsx(tmp_path / "s.xlsx", {"台账": rows}))
    assert checked.rows.index.tolist() == ["S12"]
    assert checked.rows["capacity"].tolist() == [8]


def test_yes_and_no_may_be_boxes(tmp_path: Path) -> None:
    rows = [(*HEADER, "是否上图"), (*GOOD, True), (*OTHER, False)]
    checked = read(write_xlsx(tmp_path / "s.xlsx", {"台账": rows}))
    assert checked.rows["listed"].tolist() == [True, False]


def test_errors_of_formulas_are_told(tmp_path: Path) -> None:
    rows = [(*HEADER, "可容纳人数"), (*GOOD, "#REF!"), (*OTHER, 3)]
    path = write_xlsx(tmp_path / "s.xlsx", {"台账": rows})
    book = load_workbook(path)
    cell = sheet_of(book)["F2"]
    assert cell.data_type == "e"
    checked = read(path)
    assert fatal(checked) == [(2, "可容纳人数")]


def test_formulas_that_were_never_calculated_are_told(tmp_path: Path) -> None:
    rows = [(*HEADER, "面积"), (*GOOD, "=3*4"), (*OTHER, 3)]
    checked = read(write_xlsx(tmp_path / "s.xlsx", {"台账": rows}))
    assert checked.rows["area_m2"].isna().tolist() == [True, False]
    assert any("formulas in rows 2 have no result" in str(message) for message in checked.notes)


def test_sheets_with_the_same_table_are_read_together(tmp_path: Path) -> None:
    other_order = ("名称", "纬度", "经度", "街道")
    sheets: dict[str, list[Row]] = {
        "城东": [("城东站点",), HEADER, GOOD],
        "说明": [("请按模板填写",)],
        "城西": [other_order, ("西站", 23.135507, 113.271503, "城西"), ("", 23.1, 113.2, "")],
    }
    checked = read(write_xlsx(tmp_path / "s.xlsx", sheets))
    assert checked.rows["name"].tolist() == ["东站", "西站"]
    assert checked.rows["lon"].tolist() == [113.264412, 113.271503]
    assert checked.rows["street"].fillna("").tolist() == ["", "城西"]
    assert [(p.table, p.row) for p in checked.problems] == [("s.xlsx [城西]", 3)]
    text = "\n".join(map(str, checked.notes))
    assert "2 sheets hold such a table" in text
    assert "s.xlsx [说明]: no such table there" in text


def test_a_named_sheet_is_the_only_one_read(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "s.xlsx", {"旧": [HEADER, GOOD], "新": [HEADER, OTHER]})
    assert read(path, sheet="新").rows.index.tolist() == ["A2"]
    with pytest.raises(InputError, match=r"s.xlsx: there is no sheet '没有'. Sheets: 旧, 新"):
        read(path, sheet="没有")


def test_a_hidden_sheet_and_hidden_rows_are_told(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "s.xlsx", {"旧": [HEADER, GOOD], "新": [HEADER, OTHER, GOOD]})
    book = load_workbook(path)
    book["旧"].sheet_state = "hidden"
    book["新"].row_dimensions[3].hidden = True
    book.save(path)
    checked = read(path)
    assert checked.rows.index.tolist() == ["A2", "A1"]
    text = "\n".join(map(str, checked.notes))
    assert "hidden sheets were not read: 旧" in text
    assert "hidden rows 3 were read too" in text


def test_a_stray_cell_far_away_costs_nothing(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "s.xlsx", {"台账": [HEADER, GOOD]})
    book = load_workbook(path)
    book["台账"]["XFD9"] = "x"
    book.save(path)
    checked = read(path)
    assert checked.rows.index.tolist() == ["A1"]
    assert checked.problems == ()
    assert any("rows 9 are headings or remarks" in str(message) for message in checked.notes)


def test_a_remark_beside_the_table_is_told_and_moves_nothing(tmp_path: Path) -> None:
    rows = [(*HEADER, None), (*GOOD, "看一下"), (*OTHER, None, "核实")]
    checked = read(write_xlsx(tmp_path / "s.xlsx", {"台账": rows}))
    assert checked.problems == ()
    assert any("under no header, in rows 2-3" in str(message) for message in checked.notes)


def test_a_stated_size_that_is_a_lie_is_not_believed(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "s.xlsx", {"台账": [HEADER, GOOD]})
    _rewrite(path, "xl/worksheets/sheet1.xml", b'ref="A1:E2"', b'ref="A1:XFD1048576"')
    assert read(path).rows.index.tolist() == ["A1"]


def test_a_row_number_beyond_excel_is_an_error(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "s.xlsx", {"台账": [HEADER, GOOD]})
    _rewrite(path, "xl/worksheets/sheet1.xml", b'r="2"', b'r="99999999"')
    with pytest.raises(InputError, match=r"s.xlsx: the workbook is damaged"):
        read(path)


def _rewrite(path: Path, part: str, old: bytes, new: bytes) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == part:
                assert old in content
                content = content.replace(old, new)
            target.writestr(name, content)
    path.write_bytes(out.getvalue())


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (b"\x89PNG\r\n\x1a\n" * 9, "the content is no Excel workbook"),
        ("编号,名称\n".encode(), "the content is no Excel workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old Excel, or one with a password"),
        (b"PK\x03\x04" + bytes(60), "the archive is damaged"),
    ],
)
def test_what_is_no_workbook_is_an_error(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "s.xlsx"
    path.write_bytes(content)
    with pytest.raises(InputError, match=rf"s.xlsx: .*{reason}"):
        read(path)


def test_a_zip_that_is_no_workbook_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "s.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "x")
    with pytest.raises(InputError, match=r"s.xlsx: the workbook is damaged"):
        read(path)


def test_a_workbook_without_a_table_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"s.xlsx: no header was found"):
        read(write_xlsx(tmp_path / "s.xlsx", {"a": [("甲", "乙")], "b": []}))


def test_the_sheet_that_comes_nearest_to_a_table_is_told(tmp_path: Path) -> None:
    sheets: dict[str, list[Row]] = {
        "说明": [("名称",), ("x",)],
        "台账": [("编号", "名称", "面积"), ("1", "a", "2")],
    }
    with pytest.raises(InputError, match=r"s.xlsx \[台账\]: there is no column '经度'"):
        read(write_xlsx(tmp_path / "s.xlsx", sheets))


def test_a_list_of_amap_places_is_read(tmp_path: Path) -> None:
    header = (
        "id",
        "name",
        "type",
        "typecode",
        "address",
        "location",
        "pname",
        "cityname",
        "adname",
        "tel",
    )
    row = (
        "B0FF",
        "某某银行",
        "金融保险服务;银行;银行",
        "160100",
        "一路1号",
        "113.264412,23.130021",
    )
    path = write_xlsx(
        tmp_path / "s.xlsx", {"Sheet1": [header, (*row, "某省", "某市", "某区", "0757-1234567")]}
    )
    checked = read_venues(path, crs="GCJ-02", host_types=HOSTS)
    venue = checked.rows.loc["B0FF"]
    assert told(checked) == fatal(checked) == []
    assert venue[["name", "host_type", "type_code", "address", "district"]].tolist() == [
        *("某某银行", "bank", "160100"),
        *("一路1号", "某区"),
    ]
    assert any("J hold names or phone numbers" in str(message) for message in checked.notes)
