"""Text files: encodings, delimiters, quotes, and what is no text file at all."""

import codecs
import gzip
from pathlib import Path

import pytest
from intake_files import GOOD, HEADER, OTHER, csv_text, fatal, told, write_csv

from planner.errors import InputError
from planner.intake import Checked, read_stations

TABLE = [HEADER, GOOD, OTHER]


def read(path: Path) -> Checked:
    return read_stations(path, crs="WGS-84")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_every_usual_encoding_gives_the_same_rows(tmp_path: Path, encoding: str) -> None:
    checked = read(write_csv(tmp_path / "s.csv", TABLE, encoding=encoding))
    assert checked.rows["name"].tolist() == ["东站", "西站"]
    assert checked.problems == ()


def test_letters_that_only_gb18030_has_are_read(tmp_path: Path) -> None:
    rows = [HEADER, ("A1", "㙍头站", *GOOD[2:])]
    checked = read(write_csv(tmp_path / "s.csv", rows, encoding="gb18030"))
    assert checked.rows["name"].tolist() == ["㙍头站"]


def test_one_damaged_letter_is_a_fault_of_its_row(tmp_path: Path) -> None:
    many = [
        (f"B{k}", f"{k}号户外劳动者驿站", "", f"113.2{k}701", "23.13001") for k in range(10, 40)
    ]
    content = csv_text([HEADER, GOOD, *many]).encode()
    path = tmp_path / "s.csv"
    path.write_bytes(content.replace("东站".encode(), "东站".encode()[:-1]))
    checked = read(path)
    assert fatal(checked) == [(2, "名称")]
    assert len(checked.rows) == len(many)


@pytest.mark.parametrize(("wrong", "right"), [("gb18030", "utf-8"), ("cp1252", "utf-8")])
def test_a_header_saved_in_a_wrong_encoding_is_told_as_such(
    tmp_path: Path, wrong: str, right: str
) -> None:
    garbled = csv_text(TABLE).encode(right).decode(wrong, errors="ignore")
    path = tmp_path / "s.csv"
    path.write_text(garbled, encoding="utf-8")
    with pytest.raises(InputError, match=r"s.csv: the text was saved in a wrong encoding"):
        read(path)


@pytest.mark.parametrize(
    ("delimiter", "name"), [(";", "semicolons"), ("\t", "tabs"), ("|", "vertical bars")]
)
def test_a_csv_with_another_delimiter_is_an_error_that_names_it(
    tmp_path: Path, delimiter: str, name: str
) -> None:
    path = tmp_path / "s.csv"
    path.write_text(csv_text(TABLE).replace(",", delimiter), encoding="utf-8")
    with pytest.raises(InputError, match=rf"s.csv: the cells are separated by {name}"):
        read(path)


def test_semicolons_with_commas_inside_are_still_semicolons(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text(
        "编号;名称;经纬度\nA1;东站;113.26,23.13\nA2;西站;113.27,23.14\n", encoding="utf-8"
    )
    with pytest.raises(InputError, match="separated by semicolons"):
        read(path)


def test_semicolons_inside_cells_of_a_csv_are_text(tmp_path: Path) -> None:
    rows = [("名称", "经度", "纬度", "服务项目"), ("东站", *GOOD[3:], "饮水;热饭;药品;休息;如厕")]
    checked = read(write_csv(tmp_path / "s.csv", rows))
    assert checked.rows["services"].tolist() == ["饮水;热饭;药品;休息;如厕"]


@pytest.mark.parametrize("suffix", [".tsv", ".txt"])
@pytest.mark.parametrize("delimiter", ["\t", ",", ";"])
def test_other_text_files_may_be_separated_otherwise(
    tmp_path: Path, suffix: str, delimiter: str
) -> None:
    path = tmp_path / f"s{suffix}"
    path.write_text(csv_text(TABLE).replace(",", delimiter), encoding="utf-8")
    assert len(read(path).rows) == 2


@pytest.mark.parametrize("mark", ["，", "、", ";", "\t"])
def test_lines_that_are_one_quoted_cell_each_are_an_error(tmp_path: Path, mark: str) -> None:
    path = tmp_path / "s.csv"
    path.write_text("".join(f'"{mark.join(row)}"\n' for row in TABLE), encoding="utf-8")
    with pytest.raises(InputError, match=r"s.csv: .*one cell"):
        read(path)


def test_commas_and_line_breaks_in_quotes_belong_to_the_cell(tmp_path: Path) -> None:
    rows = [HEADER, ("A1", "东站", "一路1号,\r\n二楼", *GOOD[3:]), ("A2", "", *OTHER[2:])]
    checked = read(write_csv(tmp_path / "s.csv", rows))
    assert checked.rows["address"].tolist() == ["一路1号,\r\n二楼"]
    assert fatal(checked) == [(3, "名称")]  # the record, as Excel counts


@pytest.mark.parametrize(
    "after", ["", csv_text([OTHER]), csv_text([OTHER]) + 'A3,"南站",,113,23\n']
)
def test_an_open_quote_sets_its_own_row_aside_and_no_other(tmp_path: Path, after: str) -> None:
    path = tmp_path / "s.csv"
    line = 'A9,"西站 问张三,二路2号,113,23\n'
    path.write_text(csv_text([HEADER, GOOD]) + line + after, encoding="utf-8")
    checked = read(path)
    assert checked.rows["row"].tolist() == [2, *range(4, 4 + after.count("\n"))]
    assert fatal(checked) == [(3, "")]
    assert "张三" not in str(checked.problems) + checked.rejected.to_string()


def test_a_quote_within_a_cell_is_told_and_the_row_is_used(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text('名称,经度,纬度\n"张记"便利店,106.461,29.561\n乙,106.462,29.562\n', "utf-8")
    checked = read(path)
    assert checked.rows["name"].tolist() == ["张记便利店", "乙"]
    assert (fatal(checked), told(checked)) == ([], [(2, "")])


def test_many_stray_quotes_take_no_longer_than_the_lines_they_stand_in(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    rows = "".join(f'"站"{k},113.{k:06},23\n' for k in range(100_000, 120_000))
    path.write_text("名称,经度,纬度\n" + rows, encoding="utf-8")
    assert len(read(path).rows) == 20_000


@pytest.mark.parametrize("title", ["统计;日期;2024", "一览|表|二", "甲\t乙\t丙\t丁\t戊"])
def test_a_title_with_other_marks_changes_no_delimiter(tmp_path: Path, title: str) -> None:
    path = tmp_path / "s.csv"
    path.write_text(title + "\n" + csv_text(TABLE), encoding="utf-8")
    assert len(read(path).rows) == 2


def test_a_mark_of_utf8_before_another_encoding_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_bytes(codecs.BOM_UTF8 + csv_text(TABLE).encode("gb18030"))
    assert read(path).rows["name"].tolist() == ["东站", "西站"]


def test_marks_that_keep_a_number_text_are_taken_off(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text(
        '编号,名称,经度,纬度\n="0012",东站,\'113.264412,\u200b23.130021\ufeff\n', "utf-8"
    )
    checked = read(path)
    assert checked.rows.index.tolist() == ["S0012"]
    assert checked.rows[["lon", "lat"]].to_numpy().tolist() == [[113.264412, 23.130021]]


@pytest.mark.parametrize("content", [b"", b"\n\n", b" \r\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_an_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "s.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"s.csv: the file is empty"):
        read(path)


def test_a_header_alone_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"s.csv: there is a header but no row"):
        read(write_csv(tmp_path / "s.csv", [HEADER]))


def test_a_file_without_header_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"s.csv: no header was found"):
        read(write_csv(tmp_path / "s.csv", [GOOD, OTHER]))


@pytest.mark.parametrize(
    "content", [bytes(range(256)), b"\x89PNG\r\n\x1a\n\x00\x00", b"\xff\xd8\xff" * 50]
)
def test_a_binary_file_named_csv_is_an_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "s.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"s.csv: "):
        read(path)


def test_a_missing_file_is_an_error_that_says_where_it_should_be(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=rf"s.csv: there is no such file in {tmp_path.name}"):
        read(tmp_path / "s.csv")


def test_a_folder_in_place_of_a_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "s.csv").mkdir()
    with pytest.raises(InputError, match=r"s.csv: the file cannot be opened"):
        read(tmp_path / "s.csv")


@pytest.mark.parametrize(
    ("name", "mend"),
    [("s.xls", "save it as .xlsx"), ("s.et", "save it as .xlsx"), ("s.pdf", ""), ("s", "")],
)
def test_a_file_of_another_kind_is_an_error(tmp_path: Path, name: str, mend: str) -> None:
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(InputError, match=rf"{name}: files of this kind .* are not read.*{mend}"):
        read(tmp_path / name)


def test_a_packed_csv_is_read(tmp_path: Path) -> None:
    path = tmp_path / "s.csv.gz"
    path.write_bytes(gzip.compress(csv_text(TABLE).encode("gbk")))
    assert len(read(path).rows) == 2


@pytest.mark.parametrize("crs", ["GCJ-02", "BD-09", "WGS-84", "CGCS2000", "EPSG:4490"])
def test_positions_are_turned_into_wgs84(tmp_path: Path, crs: str) -> None:
    from planner.geo import from_wgs84  # noqa: PLC0415

    lon, lat = from_wgs84([113.264412], [23.130021], crs=crs)
    row = ("A1", "东站", "", f"{lon[0]:.9f}", f"{lat[0]:.9f}")
    checked = read_stations(write_csv(tmp_path / "s.csv", [HEADER, row]), crs=crs)
    assert checked.rows["lon"].iloc[0] == pytest.approx(113.264412, abs=1e-8)
    assert checked.rows["lat"].iloc[0] == pytest.approx(23.130021, abs=1e-8)


def test_metres_of_a_projected_system_are_turned_into_wgs84(tmp_path: Path) -> None:
    header = ("名称", "X", "Y")
    rows = [
        header,
        ("站", "822818.244", "3489918.939"),
        ("错", "822818.244", "nan"),
        ("远", "1e30", "1e30"),
    ]
    checked = read_stations(write_csv(tmp_path / "s.csv", rows), crs="EPSG:32650")
    assert checked.rows[["lon", "lat"]].round(4).to_numpy().tolist() == [[120.3984, 31.4991]]
    assert fatal(checked) == [(3, "Y"), (4, "X")]


def test_an_undeclared_system_is_told(tmp_path: Path) -> None:
    checked = read_stations(write_csv(tmp_path / "s.csv", TABLE))
    assert any("WGS-84 was assumed" in str(message) for message in checked.notes)


def test_a_header_may_name_the_system(tmp_path: Path) -> None:
    header = ("编号", "名称", "地址", "lng_gcj02", "lat_gcj02")
    path = write_csv(tmp_path / "s.csv", [header, GOOD])
    named, declared = read_stations(path), read_stations(path, crs="GCJ-02")
    assert named.rows["lon"].tolist() == declared.rows["lon"].tolist()
    assert any("names the coordinate system GCJ-02" in str(message) for message in named.notes)
    assert declared.notes == ()
    other = read_stations(path, crs="BD-09")
    assert any("BD-09 is declared and was used" in str(message) for message in other.notes)


def test_an_unknown_system_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"coordinate system 'XX-80' is not known"):
        read_stations(write_csv(tmp_path / "s.csv", TABLE), crs="XX-80")


def test_positions_rounded_to_a_kilometre_are_told(tmp_path: Path) -> None:
    rows = [HEADER, GOOD, ("A2", "西站", "", "113.27", "23.1")]
    checked = read(write_csv(tmp_path / "s.csv", rows))
    assert any("rows 3 have at most 2 decimals" in str(message) for message in checked.notes)


@pytest.mark.parametrize(
    "cells",
    [
        ("113°15′51.8832″", "23°7′48.0756″"),
        ("东经113度15分51.8832秒", "北纬23度7分48.0756秒"),
        ("113°15'51.8832\"E", "N23°7'48.0756\""),
        ("113 15 51.8832", "23:7:48.0756"),
        ("１１３．２６４４１２", "23.130021°"),
        ("113.264412,23.130021", ""),
    ],
)
def test_degrees_are_read_as_people_write_them(tmp_path: Path, cells: tuple[str, str]) -> None:
    checked = read(write_csv(tmp_path / "s.csv", [HEADER, ("A1", "东站", "", *cells)]))
    assert checked.problems == ()
    assert checked.rows["lon"].iloc[0] == pytest.approx(113.264412, abs=1e-9)
    assert checked.rows["lat"].iloc[0] == pytest.approx(23.130021, abs=1e-9)


@pytest.mark.parametrize(
    ("header", "cell"),
    [
        ("经纬度", "113.264412,23.130021"),
        ("坐标", "113.264412，23.130021"),
        ("location", "(113.264412 23.130021)"),
        ("经度,纬度", "POINT(113.264412 23.130021)"),
        ("经纬度", "23.130021N 113.264412E"),
        ("经纬度", "东经113°15′51.8832″北纬23°7′48.0756″"),
        ("纬度,经度", "23.130021,113.264412"),
        ("纬度,经度", "113.264412E,23.130021N"),
    ],
)
def test_a_position_in_one_cell_is_read(tmp_path: Path, header: str, cell: str) -> None:
    checked = read(write_csv(tmp_path / "s.csv", [("名称", header), ("东站", cell)]))
    assert checked.problems == ()
    assert checked.rows["lon"].iloc[0] == pytest.approx(113.264412, abs=1e-9)
    assert checked.rows["lat"].iloc[0] == pytest.approx(23.130021, abs=1e-9)


@pytest.mark.parametrize(
    "cell", ["113.26", "113.26,23.13,5", "113.26,x", "23.13,113.26", "0,0", "113,95"]
)
def test_a_wrong_position_in_one_cell_is_told(tmp_path: Path, cell: str) -> None:
    rows = [("名称", "经纬度"), ("东站", "113.264412,23.130021"), ("西站", cell)]
    checked = read(write_csv(tmp_path / "s.csv", rows))
    assert fatal(checked) == [(3, "经纬度")]
    assert checked.problems[0].found == f"'{cell}'"


def test_one_column_fills_the_gaps_of_two_and_is_not_asked_otherwise(tmp_path: Path) -> None:
    header = ("名称", "经度", "纬度", "坐标")
    rows = [
        header,
        ("a", *GOOD[3:], "东门旁"),
        ("b", "", "", "113.2715,23.1355"),
        ("c", "", "", "x"),
    ]
    checked = read(write_csv(tmp_path / "s.csv", rows))
    assert checked.rows["lon"].tolist() == [113.264412, 113.2715]
    assert fatal(checked) == [(4, "坐标")]
