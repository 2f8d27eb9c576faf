"""Surveys as unions fill them in: merged cells, subtotals, blanks, several header rows, places."""

from pathlib import Path

import geopandas as gpd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from intake_files import GROUPS, PERIODS, Row, fatal, told, write_csv, write_xlsx
from shapely.geometry import Point

from planner.errors import InputError
from planner.intake import Checked, read_survey

STREETS = {"甲街道": ("龙津", "逢源", "多宝", "华林"), "乙街道": ("沙园", "凤阳", "瑞宝")}
TITLE = "××区户外劳动者摸底调查统计表"


def read(path: Path, *, crs: str | None = None) -> Checked:
    return read_survey(path, crs=crs, groups=GROUPS, periods=PERIODS)


def union_sheet(path: Path) -> Path:
    """Write 20 rows as a union does: a title, two rows of headers, streets merged, subtotals."""
    rows: list[Row] = [
        (TITLE, *[""] * 8),
        ("填报单位：", "", "", "", "", "", "", "", ""),
        ("序号", "镇街", "社区", "户外劳动者人数（人）", "", "", "合计", "联系人", "联系电话"),
        ("", "", "", "外卖骑手", "快递员", "环卫工人", "", "", ""),
    ]
    merge = ["A1:I1", "A3:A4", "B3:B4", "C3:C4", "D3:F3", "G3:G4", "H3:H4", "I3:I4"]
    number = 0
    for street, communities in STREETS.items():
        first = len(rows) + 1
        for community in communities:
            number += 1
            counts = (10 * number, number, "" if number % 3 == 0 else 2 * number)
            total = sum(int(count) for count in counts if count != "")
            rows.append((number, street, community, *counts, total, "张三", "13800138000"))
        merge.append(f"B{first}:B{len(rows)}")
        rows += [("", f"{street}小计", "", 1, 2, 3, 6, "", ""), ("", *[""] * 8)]
    rows += [
        ("", "", "（流动）", "", "", "", "", "", ""),
        ("合计（人）", "", "", 280, 28, 38, 346, "", ""),
        ("填表人：李四", "", "", "", "审核：", "", "", "填表日期：2024.5.1", ""),
    ]
    return write_xlsx(path, {"摸底表": rows}, merge=merge)


def test_a_sheet_of_twenty_rows_is_read_as_its_union_meant_it(tmp_path: Path) -> None:
    checked = read(union_sheet(tmp_path / "摸底.xlsx"))
    communities = [name for names in STREETS.values() for name in names]
    rows = checked.rows
    riders = rows[rows["group"] == "rider"]
    assert riders["community"].tolist() == communities
    assert riders["street"].tolist() == ["甲街道"] * 4 + ["乙街道"] * 3
    assert riders["workers"].tolist() == [10, 20, 30, 40, 50, 60, 70]
    sweepers = rows[rows["group"] == "sanitation"]
    assert sweepers["community"].tolist() == ["龙津", "逢源", "华林", "沙园", "瑞宝"]
    assert sweepers["workers"].sum() == 2 * (1 + 2 + 4 + 5 + 7)  # a blank is no zero
    assert (rows["period"] == "").all()
    notes = " ".join(map(str, checked.notes))
    assert "rows 9, 14, 17 are totals" in notes
    assert "2 blank rows skipped" in notes
    assert "columns H, I hold names or phone numbers" in notes
    assert fatal(checked) == [(16, "")]  # a community without any count
    everything = str(checked.rejected.to_dict()) + notes + "".join(map(str, checked.problems))
    assert "13800138000" not in everything
    assert "张三" not in everything


def test_the_same_sheet_saved_as_csv_gives_the_same_counts(tmp_path: Path) -> None:
    rows = [
        (TITLE, "", "", "", ""),
        ("镇街", "社区", "户外劳动者人数", "", ""),
        ("", "", "外卖骑手", "快递员", "环卫工人"),
        ("甲街道", "龙津", "10", "1", ""),
        ("", "逢源", "20", "", "0"),
        ("甲街道 小计", "", "30", "1", "0"),
    ]
    checked = read(write_csv(tmp_path / "s.csv", rows))
    assert checked.rows[["community", "group", "workers"]].to_numpy().tolist() == [
        ["龙津", "rider", 10],
        ["龙津", "courier", 1],
        ["逢源", "rider", 20],
        ["逢源", "sanitation", 0],
    ]
    assert checked.problems == ()


WORDS = """
    合计 小计： 甲街道小计 全区总计 合计(人) 本页合计 Total Sub-total 共计30人 累计 汇总
    总数 总人数 总人数： 共12人 合计(含物业) 小计（不含兼职） 其中：小计 总共12人
"""


@pytest.mark.parametrize("word", ["合 计", *WORDS.split()])
def test_a_row_that_adds_others_up_is_set_aside_wherever_its_word_stands(
    tmp_path: Path, word: str
) -> None:
    rows = [("镇街", "社区", "群体", "人数"), ("甲", "龙津", "骑手", "30")]
    for at, row in enumerate(([word, "", "", "30"], ["甲", word, "", "30"], ["", "", word, "30"])):
        checked = read(write_csv(tmp_path / f"{at}.csv", [*rows, row]))
        assert checked.rows["workers"].tolist() == [30]
        assert checked.problems == ()
        assert any("row" in str(note) and "totals" in str(note) for note in checked.notes)


@pytest.mark.parametrize(
    "name", ["会计社区", "合记", "总站社区", "小计然里", "共和", "总部", "共青团路", "其中"]
)
def test_a_community_whose_name_resembles_a_total_counts(tmp_path: Path, name: str) -> None:
    checked = read(write_csv(tmp_path / "s.csv", [("社区", "骑手"), (name, "3")]))
    assert checked.rows["community"].tolist() == [name]


def test_a_total_of_each_group_in_a_long_sheet_is_not_counted(tmp_path: Path) -> None:
    rows = [
        ("社区", "群体", "人数"),
        *(("龙津", "骑手", "3"), ("龙津", "快递员", "4"), ("龙津", "小计", "7")),
        *(("逢源", "骑手", "5"), ("逢源", "小计", "5"), ("合计", "", "12")),
    ]
    checked = read(write_csv(tmp_path / "s.csv", rows))
    assert checked.rows["workers"].sum() == 12
    assert checked.skipped == 3


def test_places_are_read_with_their_own_position_or_by_name(tmp_path: Path) -> None:
    rows = [
        ("点位名称", "经度", "纬度", "骑手", "快递员"),
        ("万达北门", "113.264412", "23.130021", "12", ""),
        ("一号网点", "", "", "3", "4"),
        ("", "113.271503", "23.135507", "5", ""),
        ("", "", "", "6", ""),
        ("西门", "113.27", "", "7", ""),
    ]
    checked = read(write_csv(tmp_path / "s.csv", rows), crs="WGS-84")
    columns = ["community", "place", "lon", "lat", "group", "workers"]
    spots = checked.rows[columns].fillna(-1).to_numpy().tolist()
    assert spots == [
        ["", "万达北门", 113.264412, 23.130021, "rider", 12],
        ["", "一号网点", -1, -1, "rider", 3],
        ["", "一号网点", -1, -1, "courier", 4],
        ["", "", 113.271503, 23.135507, "rider", 5],
    ]
    assert fatal(checked) == [(5, "点位名称"), (6, "纬度")]


@pytest.mark.parametrize("header", ["地点", "点位", "place", "聚集点"])
def test_a_place_and_one_cell_of_degrees_are_enough(tmp_path: Path, header: str) -> None:
    rows = [(header, "经纬度", "群体", "人数"), ("北门", "113.264412,23.130021", "骑手", "12")]
    checked = read(write_csv(tmp_path / "s.csv", rows), crs="WGS-84")
    assert checked.rows[["place", "lon", "lat"]].to_numpy().tolist() == [
        ["北门", 113.264412, 23.130021]
    ]


def test_places_in_a_shifted_system_are_moved_to_where_they_are(tmp_path: Path) -> None:
    rows = [("地点", "经纬度", "群体", "人数"), ("北门", "113.264412,23.130021", "骑手", "12")]
    path = write_csv(tmp_path / "s.csv", rows)
    shifted = read(path, crs="GCJ-02").rows
    assert 200 < 111_000 * abs(shifted["lon"].iloc[0] - 113.264412) < 900
    assert any("WGS-84 was assumed" in str(note) for note in read(path).notes)


def test_two_places_of_one_community_are_two_counts_and_one_place_twice_is_a_fault(
    tmp_path: Path,
) -> None:
    rows = [
        ("社区", "地点", "群体", "人数"),
        *(
            ("龙津", "东门", "骑手", "3"),
            ("龙津", "西门", "骑手", "4"),
            ("龙津", "西门", "骑手", "5"),
        ),
    ]
    checked = read(write_csv(tmp_path / "s.csv", rows))
    assert checked.rows["workers"].tolist() == [3, 4]
    assert [row for row, _ in fatal(checked)] == [4]


def test_communities_of_one_name_in_two_streets_are_two(tmp_path: Path) -> None:
    rows = [("镇街", "社区", "骑手"), ("甲", "幸福", "3"), ("乙", "幸福", "4")]
    checked = read(write_csv(tmp_path / "s.csv", rows))
    assert checked.rows["workers"].tolist() == [3, 4]
    assert checked.problems == ()


def test_a_sheet_that_says_nowhere_where_it_counted_is_refused(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "s.csv", [("街道", "骑手"), ("甲", "3")])
    with pytest.raises(InputError, match="there is no column '社区'"):
        read(path)
    path = write_csv(tmp_path / "t.csv", [("经度", "骑手"), ("113", "3")])
    with pytest.raises(InputError, match="there is no column '社区'"):
        read(path)


def test_totals_beside_the_groups_are_checked_in_every_row(tmp_path: Path) -> None:
    rows = [
        ("社区", "骑手", "快递员", "合计"),
        *(("龙津", "3", "", "3"), ("逢源", "3", "4", "8"), ("多宝", "0", "0", "0")),
    ]
    checked = read(write_csv(tmp_path / "s.csv", rows))
    assert told(checked) == [(3, "合计")]
    assert checked.rows["workers"].sum() == 10


_NAMES = ("龙津", "逢源", "多宝", "沙园")
_GROUPS = {"外卖骑手": "rider", "快递员": "courier", "环卫工人": "sanitation"}
_COUNTS = st.lists(
    st.lists(st.none() | st.integers(0, 999), min_size=3, max_size=3).filter(
        lambda row: any(count is not None for count in row)
    ),
    min_size=1,
    max_size=4,
)


def _wide(counts: list[list[int | None]]) -> list[Row]:
    rows: list[Row] = [("社区", *_GROUPS, "合计")]
    for name, row in zip(_NAMES, counts, strict=False):
        rows.append((name, *row, sum(count or 0 for count in row)))
    return [*rows, ("合计", *[999] * 4)]


def _long(counts: list[list[int | None]]) -> list[Row]:
    rows: list[Row] = [("社区", "人员类别", "人数")]
    for name, row in zip(_NAMES, counts, strict=False):
        rows += [(name, group, count) for group, count in zip(_GROUPS, row, strict=True)]
        rows += [(name, "小计", sum(count or 0 for count in row)), ("", "", "")]
    return [*rows, ("总计", "", 999)]


@settings(max_examples=15, deadline=None)
@given(counts=_COUNTS)
def test_wide_and_long_sheets_of_the_same_counts_are_read_alike_and_no_total_is_counted(
    counts: list[list[int | None]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("surveys")
    expected = {
        (name, group): float(count)
        for name, row in zip(_NAMES, counts, strict=False)
        for group, count in zip(_GROUPS.values(), row, strict=True)
        if count is not None
    }
    merged = [f"A{5 * at + 2}:A{5 * at + 4}" for at in range(len(counts))]
    for path in (
        write_csv(folder / "wide.csv", _wide(counts)),
        write_xlsx(folder / "wide.xlsx", {"表": _wide(counts)}),
        write_csv(folder / "long.csv", _long(counts)),
        write_xlsx(folder / "long.xlsx", {"表": _long(counts)}, merge=merged),
    ):
        rows = read(path).rows
        found = rows[["community", "group", "workers"]].itertuples(index=False, name=None)
        assert {(name, group): workers for name, group, workers in found} == expected, path.name
        assert len(rows) == len(expected)


def test_an_old_workbook_is_refused_with_the_way_out(tmp_path: Path) -> None:
    path = tmp_path / "摸底.xls"
    path.write_bytes(b"\xd0\xcf\x11\xe0" + bytes(600))
    with pytest.raises(InputError, match=r"\.xls\) are not read\. Open it and save it as \.xlsx"):
        read(path)


def test_a_total_beside_counts_without_periods_is_no_second_count(tmp_path: Path) -> None:
    rows = [
        ("社区", "群体", "人数", "总人数"),
        *(("龙津", "骑手", "10", "10"), ("龙津", "快递员", "5", "25"), ("逢源", "骑手", "", "7")),
    ]
    checked = read(write_csv(tmp_path / "s.csv", rows))
    assert checked.rows[["community", "group", "workers"]].to_numpy().tolist() == [
        ["龙津", "rider", 10],
        ["龙津", "courier", 5],
        ["逢源", "rider", 7],  # its total is all that it says
    ]
    assert checked.problems == ()


def test_a_headcount_in_each_row_of_periods_is_taken_once(tmp_path: Path) -> None:
    rows = [
        ("社区", "群体", "时段", "人数", "总人数"),
        *(("龙津", "骑手", "早晨", "10", "20"), ("龙津", "骑手", "中午", "15", "20")),
        *(("逢源", "骑手", "早晨", "1", "4"), ("逢源", "骑手", "中午", "2", "5")),
        *(("多宝", "骑手", "早晨", "6", "9"), ("多宝", "骑手", "", "9", "")),
    ]
    checked = read(write_csv(tmp_path / "s.csv", rows))
    assert checked.rows[["community", "period", "workers"]].to_numpy().tolist() == [
        *(["龙津", "morning", 10], ["龙津", "", 20], ["龙津", "noon", 15]),
        *(["逢源", "morning", 1], ["逢源", "", 4], ["逢源", "noon", 2]),
        *(["多宝", "morning", 6], ["多宝", "", 9]),
    ]
    assert told(checked) == [(5, "总人数")]
    assert fatal(checked) == []


@pytest.mark.parametrize(
    ("header", "rows", "row", "kept"),
    [
        (("社区", "网格", "骑手"), [("西", "", 30), ("西", "一", 10), ("西", "二", 20)], 2, 30),
        (("社区", "地点", "骑手"), [("西", "东门", 1), ("西", "西门", 2), ("西", "", 3)], 4, 3),
        (
            ("社区", "网格", "地点", "骑手"),
            [("西", "一", "", 3), ("西", "一", "门", 3), ("西", "二", "", 4)],
            2,
            7,
        ),
        (
            ("社区", "网格", "骑手", "快递员"),
            [("西", "", 3, 4), ("西", "一", 3, 1), ("西", "二", "", 3)],
            2,
            7,
        ),
    ],
)
def test_a_row_of_a_community_that_is_the_sum_of_its_parts_is_set_aside(
    tmp_path: Path, header: Row, rows: list[Row], row: int, kept: int
) -> None:
    checked = read(write_csv(tmp_path / "s.csv", [header, *rows]))
    (fault,) = checked.problems
    assert (fault.row, fault.fatal) == (row, True)
    assert "is the sum of its grids or places" in str(fault)
    assert "'西'" in str(fault) or "'一'" in str(fault)
    assert checked.rows["workers"].sum() == kept


def test_a_community_counted_beside_its_grids_with_another_number_is_told(tmp_path: Path) -> None:
    rows = [("社区", "网格", "骑手"), ("西", "", "5"), ("西", "一", "10"), ("东", "", "9")]
    checked = read(write_csv(tmp_path / "s.csv", rows))
    assert checked.rows["workers"].tolist() == [5, 10, 9]
    assert checked.problems == ()
    assert any("rows 2 count a whole community" in str(note) for note in checked.notes)


def test_points_of_a_map_file_are_where_a_survey_counted_and_areas_are_not(tmp_path: Path) -> None:
    spots = [Point(113.26, 23.13), Point(113.27, 23.13)]
    counted = {"社区": ["龙津", ""], "骑手": [3, 4]}
    path = tmp_path / "s.geojson"
    gpd.GeoDataFrame(counted, geometry=spots, crs="EPSG:4326").to_file(path)
    checked = read(path)
    assert checked.rows[["community", "lon", "workers"]].to_numpy().tolist() == [
        ["龙津", 113.26, 3],
        ["", 113.27, 4],
    ]
    areas = [spot.buffer(0.001) for spot in spots]
    gpd.GeoDataFrame(counted, geometry=areas, crs="EPSG:4326").to_file(path)
    checked = read(path)
    assert checked.rows["workers"].tolist() == [3]
    assert checked.rows["lon"].isna().all()
    assert any("its shapes were not used" in str(note) for note in checked.notes)
    gpd.GeoDataFrame({"骑手": [3, 4]}, geometry=spots, crs="EPSG:4326").to_file(path)
    assert read(path).rows["workers"].tolist() == [3, 4]


def test_a_row_that_only_states_the_headcount_of_an_earlier_row_is_set_aside(
    tmp_path: Path,
) -> None:
    rows = [
        ("社区", "群体", "早晨", "总人数"),
        *(("龙津", "骑手", "", "9"), ("龙津", "骑手", "", "9")),
        *(("逢源", "骑手", "1", "4"), ("逢源", "骑手", "", "5")),
    ]
    checked = read(write_csv(tmp_path / "s.csv", rows))
    assert sorted(checked.rows["workers"]) == [1, 4, 9]
    assert fatal(checked) == [(3, "总人数"), (5, "总人数")]
