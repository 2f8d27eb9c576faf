"""Each fault of a list of places is told with its row, column and mend; good rows go on."""

from pathlib import Path

import pandas as pd
import pytest
from intake_files import (
    GOOD,
    GROUPS,
    HEADER,
    HOSTS,
    OTHER,
    fatal,
    only,
    stations_of,
    told,
    venues_of,
    write_csv,
    write_xlsx,
)

from planner.errors import InputError
from planner.hours import read_hours
from planner.intake import Checked, read_stations, read_venues
from planner.language import use_language


def with_column(header: str, *cells: object) -> list[tuple[object, ...]]:
    """Give the header and a good row for each cell, at places of their own."""
    rows = [
        (f"A{k}", f"{k}号站", "", f"113.26{k}401", "23.130021", cell)
        for k, cell in enumerate(cells, start=1)
    ]
    return [(*HEADER, header), *rows]


def read_column(folder: Path, header: str, *cells: object) -> Checked:
    head, *rows = with_column(header, *cells)
    return stations_of(folder, *rows, header=head)


def test_good_rows_come_out_typed(tmp_path: Path) -> None:
    header = (
        *HEADER,
        "类型",
        "开放时间",
        "服务对象",
        "面积",
        "可容纳人数",
        "是否上图",
        "状态",
        "进入方式",
    )
    row = (*GOOD, "便利店", "9:00-17:00", "骑手、快递员", "12.5", "8", "是", "维护", "登记")
    checked = stations_of(tmp_path, row, header=header)
    station = checked.rows.loc["A1"]
    assert checked.problems == ()
    assert (station["name"], station["address"], station["row"]) == ("东站", "一路1号", 2)
    assert (station["lon"], station["lat"]) == (113.264412, 23.130021)
    assert station["host_type"] == "shop"
    assert station["hours"] == read_hours("9:00-17:00")
    assert station["groups"] == ("rider", "courier")
    assert (station["area_m2"], station["capacity"]) == (12.5, 8)
    assert station["listed"] is True
    assert (station["status"], station["access"]) == ("maintenance", "registration")


def test_blank_cells_stay_missing(tmp_path: Path) -> None:
    header = (*HEADER, "类型", "开放时间", "服务对象", "面积", "是否上图", "状态")
    checked = stations_of(tmp_path, (*GOOD, "", "", "", "", "", ""), header=header)
    station = checked.rows.loc["A1"]
    assert station[["hours", "groups", "listed"]].tolist() == [None, None, None]
    assert station[["host_type", "area_m2", "status", "access", "cost_setup_yuan"]].isna().all()
    assert checked.problems == ()


def test_a_missing_name_sets_the_row_aside(tmp_path: Path) -> None:
    checked = stations_of(tmp_path, GOOD, ("A2", "", "二路2号", "113.27", "23.13"))
    assert fatal(checked) == [(3, "名称")]
    assert list(checked.rows.index) == ["A1"]


@pytest.mark.parametrize(
    "text", ["abc", "113.2.6", "113.26度左右", "1e5x", "#", "113°75′", "113,26"]
)
def test_a_longitude_that_is_no_number_is_told(tmp_path: Path, text: str) -> None:
    checked = stations_of(tmp_path, GOOD, ("A2", "西站", "", text, "23.13"))
    assert fatal(checked) == [(3, "经度")]


@pytest.mark.parametrize(
    ("lon", "lat", "column"), [("180.001", "23", "经度"), ("113", "-90.5", "纬度")]
)
def test_degrees_off_the_globe_are_told(tmp_path: Path, lon: str, lat: str, column: str) -> None:
    checked = stations_of(tmp_path, GOOD, ("A2", "西站", "", lon, lat))
    assert fatal(checked) == [(3, column)]


@pytest.mark.parametrize(("lon", "lat"), [("180", "23"), ("-180", "90"), ("1.5", "42.5")])
def test_degrees_at_the_edge_and_outside_china_are_used(tmp_path: Path, lon: str, lat: str) -> None:
    checked = stations_of(tmp_path, ("A2", "西站", "", lon, lat))
    assert checked.problems == ()


def test_one_swapped_row_is_told_as_such(tmp_path: Path) -> None:
    checked = stations_of(tmp_path, GOOD, ("A2", "西站", "", "23.135507", "113.271503"))
    assert fatal(checked) == [(3, "经度")]
    assert "swapped" in str(only(checked).fix)
    assert only(checked).found == "'23.135507, 113.271503'"


def test_a_latitude_of_148_is_out_of_range_and_not_swapped(tmp_path: Path) -> None:
    checked = stations_of(tmp_path, GOOD, ("A2", "西站", "", "113.2", "148.2"))
    assert str(only(checked)) == (
        "stations.csv, row 3, column '纬度': found '148.2', "
        "expected latitude in degrees, -90 to 90. Correct or delete the row."
    )


def test_hemispheres_in_the_wrong_column_are_swapped(tmp_path: Path) -> None:
    checked = stations_of(tmp_path, GOOD, ("A2", "西站", "", "23.13N", "113.27E"))
    assert "swapped" in str(only(checked).fix)


def test_a_point_at_zero_is_told(tmp_path: Path) -> None:
    checked = stations_of(tmp_path, GOOD, ("A2", "西站", "", "0", "0.0"))
    assert fatal(checked) == [(3, "经度")]
    assert "sea" in str(only(checked).fix)


def test_half_a_position_is_told_in_the_blank_half(tmp_path: Path) -> None:
    checked = stations_of(tmp_path, GOOD, ("A2", "西站", "二路2号", "113.27", ""))
    assert fatal(checked) == [(3, "纬度")]


def test_an_address_without_position_waits_to_be_placed(tmp_path: Path) -> None:
    checked = stations_of(tmp_path, GOOD, ("A2", "西站", "二路2号", "", ""))
    assert told(checked) == [(3, "经度")]
    assert len(checked.rows) == 1
    assert checked.rejected.empty
    waiting = checked.to_place.iloc[0]
    assert waiting[["table", "id", "name", "address", "row"]].tolist() == [
        *("stations", "A2", "西站", "二路2号"),
        3,
    ]


def test_neither_position_nor_address_sets_the_row_aside(tmp_path: Path) -> None:
    checked = stations_of(tmp_path, GOOD, ("A2", "西站", "", "", ""))
    assert fatal(checked) == [(3, "经度")]


def test_a_list_of_addresses_alone_can_be_placed(tmp_path: Path) -> None:
    checked = stations_of(
        tmp_path, ("东站", "一路1号"), ("西站", "二路2号"), header=("名称", "地址")
    )
    assert checked.rows.empty
    assert list(checked.to_place["id"]) == ["S2", "S3"]


def test_the_second_use_of_an_id_is_set_aside(tmp_path: Path) -> None:
    checked = stations_of(tmp_path, GOOD, ("A1", *OTHER[1:]))
    assert fatal(checked) == [(3, "编号")]
    assert "The first is row 2." in str(only(checked).fix)


def test_the_same_name_and_position_twice_is_one_place(tmp_path: Path) -> None:
    checked = stations_of(tmp_path, GOOD, OTHER, ("A9", " 东 站 ", "别的地址", *GOOD[3:]))
    assert fatal(checked) == [(4, "")]
    assert "The first is row 2." in str(only(checked).fix)


def test_the_same_name_and_address_to_be_placed_twice_is_one_place(tmp_path: Path) -> None:
    row = ("西站", "二路2号", "", "")
    checked = stations_of(tmp_path, GOOD, ("A2", *row), ("A3", *row))
    assert fatal(checked) == [(4, "")]
    assert len(checked.to_place) == 1


def test_another_name_on_the_same_spot_is_told_and_used(tmp_path: Path) -> None:
    checked = stations_of(tmp_path, GOOD, ("A2", "西站", "", *GOOD[3:]))
    assert told(checked) == [(3, "")]
    assert len(checked.rows) == 2


def test_a_place_a_metre_away_is_another_place(tmp_path: Path) -> None:
    checked = stations_of(tmp_path, GOOD, ("A2", "东站", "", "113.264422", "23.130021"))
    assert checked.problems == ()


@pytest.mark.parametrize(
    ("header", "cell"),
    [
        ("状态", "研究中"),
        ("进入方式", "爬窗"),
        ("是否上图", "也许"),
        ("服务对象", "骑手,宇航员"),
        ("开放时间", "看情况开放"),
        ("开放时间", "2024-08-12"),
        ("可容纳人数", "-1"),
        ("可容纳人数", "8.5"),
        ("可容纳人数", "二十来个"),
        ("建站费用", "-3500"),
        ("建站费用", "面议"),
        ("年运行费用", "-0.01"),
    ],
)
def test_a_wrong_cell_sets_its_row_aside_and_no_other(
    tmp_path: Path, header: str, cell: str
) -> None:
    checked = read_column(tmp_path, header, "", cell)
    assert fatal(checked) == [(3, header)]
    assert only(checked).found == f"'{cell}'"
    assert list(checked.rows.index) == ["A1"]
    assert list(checked.rejected["row"]) == [3]


@pytest.mark.parametrize(
    ("header", "name", "cell"),
    [
        ("面积", "area_m2", "-1"),
        ("面积", "area_m2", "12-15"),
        ("面积", "area_m2", "#REF!"),
        ("面积", "area_m2", "2024-08-12"),
        ("工会出资比例", "union_share", "1.01"),
        ("工会出资比例", "union_share", "101%"),
        ("工会出资比例", "union_share", "-5%"),
        ("日均服务人次", "visits_day", "很多"),
        ("年收入", "income_year_yuan", "-1"),
    ],
)
def test_a_wrong_cell_that_no_plan_needs_is_left_blank_and_told_once(
    tmp_path: Path, header: str, name: str, cell: str
) -> None:
    checked = read_column(tmp_path, header, "", cell)
    assert (fatal(checked), told(checked)) == ([], [(3, header)])
    assert only(checked).found == f"'{cell}'"
    assert checked.rows[name].isna().tolist() == [True, True]


@pytest.mark.parametrize("word", ["试运行", "试运营", "试开放", "已投用", "投入使用"])
def test_a_station_on_trial_is_open(tmp_path: Path, word: str) -> None:
    assert read_column(tmp_path, "状态", "关闭", word).rows["status"].tolist() == ["closed", "open"]


@pytest.mark.parametrize(
    ("header", "cell", "name", "value"),
    [
        ("面积", "12㎡", "area_m2", 12),
        ("面积", "１２．５ 平方米", "area_m2", 12.5),
        ("面积", "0", "area_m2", 0),
        ("面积（亩）", "3", "area_m2", 2000),
        ("可容纳人数", "约20人", "capacity", 20),
        ("可容纳人数", "20余人", "capacity", 20),
        ("建站费用", "3.5万元", "cost_setup_yuan", 35_000),
        ("建站费用（万元）", "3.5", "cost_setup_yuan", 35_000),
        ("建站费用（万元）", "约3.5", "cost_setup_yuan", 35_000),
        ("建站费用（万元）", "9800元", "cost_setup_yuan", 9_800),
        ("建站费用(单位：千元)", "1.1", "cost_setup_yuan", 1_100),
        ("建站费用", "￥1，200", "cost_setup_yuan", 1_200),
        ("工会出资比例", "100%", "union_share", 1),
        ("工会出资比例", "55%", "union_share", 0.55),
        ("工会出资比例", "1", "union_share", 1),
        ("工会出资比例（%）", "30", "union_share", 0.3),
        ("日均服务人次", "12.4人次/天", "visits_day", 12.4),
        ("年运行费用", "1e4", "cost_year_yuan", 10_000),
    ],
)
def test_numbers_are_read_with_their_units(
    tmp_path: Path, header: str, cell: str, name: str, value: float
) -> None:
    checked = read_column(tmp_path, header, cell)
    assert checked.problems == ()
    assert checked.rows[name].iloc[0] == pytest.approx(value, abs=1e-9)


@pytest.mark.parametrize(
    ("header", "cell", "name", "value"),
    [
        ("状态", "开放", "status", "open"),
        ("状态", "已关闭", "status", "closed"),
        ("状态", "维护中", "status", "maintenance"),
        ("状态", "OPEN", "status", "open"),
        ("是否上图", "已上图", "listed", True),
        ("是否上图", "√", "listed", True),
        ("是否上图", "未上图", "listed", False),
        ("是否上图", "无", "listed", False),
        ("是否上图", "0", "listed", False),
        ("进入方式", "门禁", "access", "gated"),
        ("进入方式", "需预约", "access", "registration"),
        ("是否有门禁", "是", "access", "gated"),
        ("是否有门禁", "否", "access", "open"),
        ("类型", "餐饮服务;便利店;24小时便利店|金融", "host_type", "shop"),
        ("类型", "BANK", "host_type", "bank"),
        ("服务对象", "全部", "groups", ()),
        ("服务对象", "环卫工人和骑手", "groups", ("sanitation", "rider")),
        ("服务对象", "出租车、网约车司机、骑手等", "groups", ("taxi", "rider")),
        ("服务对象", "rider courier", "groups", ("rider", "courier")),
    ],
)
def test_words_are_read_as_people_write_them(
    tmp_path: Path, header: str, cell: str, name: str, value: object
) -> None:
    checked = read_column(tmp_path, header, cell)
    assert checked.problems == ()
    assert checked.rows[name].iloc[0] == value


def test_words_for_nothing_known_are_blank_and_told(tmp_path: Path) -> None:
    checked = read_column(tmp_path, "可容纳人数", "无", "12", "-")
    assert checked.problems == ()
    assert checked.rows["capacity"].isna().tolist() == [True, False, True]
    assert any("rows 2, 4" in str(message) for message in checked.notes)


def test_an_unknown_host_type_leaves_a_station_without_one_and_sets_a_venue_aside(
    tmp_path: Path,
) -> None:
    head, *rows = with_column("类型", "便利店", "飞船")
    stations = stations_of(tmp_path, *rows, header=head)
    assert told(stations) == [(3, "类型")]
    assert stations.rows["host_type"].fillna("").tolist() == ["shop", ""]
    venues = venues_of(tmp_path, *rows, header=head)
    assert fatal(venues) == [(3, "类型")]
    assert list(venues.rows.index) == ["A1"]


def test_a_type_column_of_stations_that_means_something_else_is_one_fault(tmp_path: Path) -> None:
    checked = read_column(tmp_path, "类型", "自建", "共建", "")
    assert told(checked) == [("", "类型")]
    assert len(checked.rows) == 3


@pytest.mark.parametrize("error", ["#REF!", "#N/A", "#DIV/0!", "#VALUE!", "#NAME?"])
@pytest.mark.parametrize("header", ["服务项目", "建站费用", "状态"])
def test_the_error_of_a_formula_is_told(tmp_path: Path, error: str, header: str) -> None:
    checked = read_column(tmp_path, header, "", error)
    assert fatal(checked) == [(3, header)]
    assert "formula" in str(only(checked).expected)


@pytest.mark.parametrize("text", ["??", "？？？", "东\ufffd站", "锟斤拷站"])
def test_text_lost_in_a_wrong_encoding_is_told(tmp_path: Path, text: str) -> None:
    checked = stations_of(tmp_path, GOOD, ("A2", text, *OTHER[2:]))
    assert fatal(checked) == [(3, "名称")]
    assert "encoding" in str(only(checked).fix)


@pytest.mark.parametrize("text", ["2024-08-12", "1900-01-20 06:00:00", "8月12日", "2024/8/12"])
def test_a_number_that_excel_made_a_date_is_told(tmp_path: Path, text: str) -> None:
    checked = read_column(tmp_path, "可容纳人数", "12", text)
    assert fatal(checked) == [(3, "可容纳人数")]
    assert "date" in str(only(checked).fix)


def test_every_fault_of_a_row_is_in_one_report(tmp_path: Path) -> None:
    header = (*HEADER, "建站费用", "状态")
    checked = stations_of(
        tmp_path, (*GOOD, "", ""), ("A2", "", "", "x", "91", "-3", "?"), header=header
    )
    assert {column for _, column in fatal(checked)} == {"名称", "经度", "建站费用", "状态"}
    reason = checked.rejected["reason"].iloc[0]
    assert all(f"'{column}'" in reason for column in ("名称", "经度", "建站费用", "状态"))


def test_rejected_rows_keep_their_cells_as_they_stand(tmp_path: Path) -> None:
    checked = stations_of(tmp_path, GOOD, ("A2", "西站", "二路2号", "很远", "23.13"))
    row = checked.rejected.iloc[0]
    assert list(checked.rejected.columns) == ["table", "row", "reason", *HEADER]
    assert row[["table", "row"]].tolist() == ["stations.csv", 3]
    assert row[list(HEADER)].tolist() == ["A2", "西站", "二路2号", "很远", "23.13"]


def test_headers_that_are_called_like_ours_do_not_clash(tmp_path: Path) -> None:
    header = ("row", "table", "名称", "经度", "纬度")
    checked = stations_of(
        tmp_path, ("1", "2", *GOOD[3:], "x"), ("7", "8", "东站", *GOOD[3:]), header=header
    )
    assert checked.rejected.columns.is_unique
    assert checked.rejected["row"].tolist() == [2]


def test_numbers_become_ids_with_a_letter_and_blanks_their_line(tmp_path: Path) -> None:
    rows = [
        ("12", "a", "", "113.26401", "23.13001"),
        ("", "b", "", "113.26402", "23.13001"),
        ("S3", "c", "", "113.26403", "23.13001"),
        ("３", "d", "", "113.26404", "23.13001"),
    ]
    checked = stations_of(tmp_path, *rows)
    assert fatal(checked) == [(5, "编号")]  # ３ is S3, which line 4 has already
    assert list(checked.rows.index) == ["S12", "S3a", "S3"]
    assert venues_of(tmp_path, *rows[:2]).rows.index.tolist() == ["V12", "V3"]


def test_columns_that_are_not_known_are_told_once(tmp_path: Path) -> None:
    checked = read_column(tmp_path, "心情", "好", "坏")
    assert checked.problems == ()
    assert any("心情" in str(message) for message in checked.notes)


def test_two_columns_of_one_meaning_take_the_surer_and_tell_the_other(tmp_path: Path) -> None:
    header = ("序号", "编号", "名称", "经度", "纬度")
    checked = stations_of(tmp_path, ("1", "B7", "东站", *GOOD[3:]), header=header)
    assert list(checked.rows.index) == ["B7"]
    assert any("序号" in str(message) for message in checked.notes)


def test_totals_remarks_headings_blank_and_repeated_rows_are_skipped_and_told(
    tmp_path: Path,
) -> None:
    rows = [
        ("一、城东片区", "", "", "", ""),
        GOOD,
        ("小计", "1", "", "", ""),
        ("", "", "", "", ""),
        HEADER,
        OTHER,
        ("", "合 计", "", "2", ""),
        ("备注：以上数据截至年底", "", "", "", ""),
        ("填表人：张三", "", "审核：李四", "", ""),
    ]
    checked = stations_of(tmp_path, *rows)
    assert checked.problems == ()
    assert (len(checked.rows), checked.skipped) == (2, 7)
    text = "\n".join(map(str, checked.notes))
    assert "rows 4, 8 are totals" in text
    assert "rows 2, 9-10 are headings or remarks" in text
    assert "rows 6 repeat the header" in text
    assert "1 blank rows" in text
    assert "张三" not in text


@pytest.mark.parametrize(
    "name", ["Total加油", "合计小站", "说明书店：解放碑", "统计局宿舍:一号", "小计", "注：站"]
)
def test_a_row_with_a_position_is_a_place_whatever_it_is_called(tmp_path: Path, name: str) -> None:
    checked = stations_of(tmp_path, GOOD, ("A2", name, "", 113.28, 23.14))
    assert checked.rows["name"].tolist() == ["东站", name]
    one_cell = stations_of(tmp_path, ("A2", name, "113.28,23.14"), header=("编号", "名称", "坐标"))
    assert one_cell.rows["name"].tolist() == [name]


@pytest.mark.parametrize("name", ["Total加油", "合计小站", "说明书店：解放碑", "统计局宿舍:一号"])
def test_without_a_position_only_the_whole_word_makes_a_total_or_a_remark(
    tmp_path: Path, name: str
) -> None:
    checked = stations_of(tmp_path, GOOD, ("A2", name, "三路3号", "", ""))
    assert (checked.skipped, checked.to_place["name"].tolist()) == (0, [name])


@pytest.mark.parametrize(
    "name", ["合计", "总 计：", "小计 12", "合计：35人", "TOTAL", "备注（一）：x"]
)
def test_whole_words_of_totals_and_remarks_are_no_places(tmp_path: Path, name: str) -> None:
    assert stations_of(tmp_path, GOOD, (name, "", "", "12", "")).skipped == 1


@pytest.mark.parametrize(
    "name",
    ["填表人（签字）：张三", "审核：李四", "填报单位负责人：王五", "制 表：赵六", "联系人：孙七"],
)
def test_who_filled_a_table_in_is_named_nowhere(tmp_path: Path, name: str) -> None:
    checked = stations_of(tmp_path, GOOD, (name, "", "", "", ""))
    assert (checked.skipped, checked.problems) == (1, ())
    assert name[-2:] not in " ".join(map(str, checked.notes))


def test_a_row_with_more_cells_than_the_header_is_told_without_its_cells(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text(
        "名称,经度,纬度,站长\n东站,113.26,23.13,甲某\n西站,113.27,23.14,三楼,乙某\n", "utf-8"
    )
    checked = read_stations(path, crs="WGS-84")
    assert fatal(checked) == [(3, "")]
    assert "乙某" not in checked.rejected.to_string()
    assert "乙某" not in str(only(checked))


def test_a_row_that_is_separated_otherwise_is_told(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text("名称,经度,纬度\n东站,113.26,23.13\n西站;113.27;23.14\n", "utf-8")
    checked = read_stations(path, crs="WGS-84")
    assert (3, "") in fatal(checked)
    assert "one cell" in str(checked.problems[0].fix)


def test_phones_and_names_of_people_come_out_nowhere(tmp_path: Path) -> None:
    header = (*HEADER, "联系电话", "站长", "服务项目", "心情")
    good = (*GOOD, "13800138000", "甲某某", "饮水 13800138000", "0757-86331234")
    bad = ("A2", "", "", "x", "", "13900139000", "乙某某", "", "139 0013 9000")
    checked = stations_of(tmp_path, good, bad, header=header)
    everything = "\n".join(
        [
            checked.rows.to_string(),
            checked.rejected.to_string(),
            *map(str, checked.problems),
            *map(str, checked.notes),
        ]
    )
    for private in ("某某", "13800138000", "13900139000", "139 0013 9000", "86331234"):
        assert private not in everything
    assert checked.rows["services"].iloc[0] == "饮水 ***"
    assert any("F, G" in str(message) for message in checked.notes)


def test_a_phone_in_a_cell_at_fault_is_hidden_where_it_is_shown(tmp_path: Path) -> None:
    checked = read_column(tmp_path, "面积", "12", "问张三13800138000")
    assert only(checked).found == "'问张三***'"
    assert "13800138000" not in checked.rejected.to_string()


def test_no_row_left_is_an_error_with_every_fault(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"stations.csv: none of the 2 rows can be used") as caught:
        stations_of(tmp_path, ("A1", "", "", "1", "2"), ("A2", "b", "", "x", "2"))
    assert [problem.row for problem in caught.value.problems] == [2, 3]


def test_what_was_noticed_is_told_where_no_row_is_left(tmp_path: Path) -> None:
    header = (*HEADER[:3], "经度(高德)", "纬度(高德)")
    with pytest.raises(InputError, match=r"(?s)none of .*names the coordinate system GCJ-02, but"):
        stations_of(tmp_path, ("A1", "东站", "", "200", "23"), header=header)


def test_swapped_throughout_is_an_error_that_says_so(tmp_path: Path) -> None:
    rows = [(*row[:3], row[4], row[3]) for row in (GOOD, OTHER)]
    with pytest.raises(InputError, match=r"stations.csv: .*swapped in all 2 rows"):
        stations_of(tmp_path, *rows, ("A3", "c", "三路3号", "", ""))


@pytest.mark.parametrize(
    ("header", "named"),
    [
        (("编号", "地址", "经度", "纬度"), "名称"),
        (("编号", "名称", "经度"), "纬度"),
        (("名称", "地址", "经度"), "纬度"),
        (("编号", "名称", "纬度"), "经度"),
        (("编号", "名称", "面积"), "经度"),
    ],
)
def test_a_missing_column_is_an_error_that_names_the_headers(
    tmp_path: Path, header: tuple[str, ...], named: str
) -> None:
    with pytest.raises(InputError, match=rf"stations.csv: there is no column '{named}'.*headers"):
        stations_of(tmp_path, tuple("123456"[: len(header)]), header=header)


def test_columns_can_be_named_in_the_settings(tmp_path: Path) -> None:
    path = write_csv(
        tmp_path / "s.csv", [("sid", "叫什么", "东向", "北向"), ("1", *GOOD[1:2], *GOOD[3:])]
    )
    renamed = {"name": "叫什么", "lon": "东向", "lat": "北向"}
    checked = read_stations(path, crs="WGS-84", renamed=renamed)
    assert checked.rows["name"].tolist() == ["东站"]


@pytest.mark.parametrize(
    ("renamed", "reason"),
    [
        ({"name": "没有的表头"}, "does not have"),
        ({"nickname": "名称"}, "which this table does not have"),
        ({"name": "站长"}, "phone numbers of people"),
    ],
)
def test_a_wrong_name_of_a_column_in_the_settings_is_an_error(
    tmp_path: Path, renamed: dict[str, str], reason: str
) -> None:
    path = write_csv(tmp_path / "s.csv", [(*HEADER, "站长"), (*GOOD, "甲")])
    with pytest.raises(InputError, match=reason):
        read_stations(path, crs="WGS-84", renamed=renamed)


def test_faults_are_told_in_chinese_too(tmp_path: Path) -> None:
    use_language("zh")
    checked = stations_of(tmp_path, GOOD, ("A2", "西站", "", "113.2", "148.2"))
    assert str(only(checked)) == (
        "stations.csv，第 3 行，“纬度”列：现为 '148.2'，"
        "应为 以度为单位的纬度，-90 至 90。请改正，或删除该行。"
    )
    assert checked.rejected["reason"].iloc[0].startswith("“纬度”列：现为 '148.2'")


def test_a_header_below_the_chinese_one_in_english_is_no_row(tmp_path: Path) -> None:
    english = ("id", "name", "address", "lon", "lat")
    checked = stations_of(tmp_path, english, GOOD)
    assert list(checked.rows.index) == ["A1"]
    assert checked.rows["row"].tolist() == [3]


def test_the_numbers_of_rows_are_those_that_excel_shows(tmp_path: Path) -> None:
    rows = [
        ("某区户外劳动者服务站点台账",),
        ("填报日期：2024年",),
        HEADER,
        GOOD,
        (),
        ("A2", "", *OTHER[2:]),
    ]
    path = write_xlsx(tmp_path / "s.xlsx", {"台账": rows}, merge=["A1:E1"])
    checked = read_venues(path, crs="WGS-84", host_types=HOSTS, groups=GROUPS)
    assert fatal(checked) == [(6, "名称")]
    assert checked.rows["row"].tolist() == [4]
    assert isinstance(checked.rows.index.dtype, pd.StringDtype)
