"""Counts of workers: wide and long, by period, hour or in all, at communities and places."""

from pathlib import Path

import pytest
from intake_files import GROUPS, PERIODS, Row, fatal, told, write_csv, write_xlsx

from planner.errors import InputError
from planner.intake import Checked, read_points, read_survey


def survey(folder: Path, *rows: Row) -> Checked:
    return read_survey(write_csv(folder / "w.csv", rows), groups=GROUPS, periods=PERIODS)


def points(folder: Path, *rows: Row) -> Checked:
    path = write_csv(folder / "p.csv", rows)
    return read_points(path, crs="WGS-84", groups=GROUPS, periods=PERIODS)


def long(checked: Checked) -> list[tuple[object, ...]]:
    columns = ["community", "group", "period", "workers", "row"]
    return list(checked.rows[columns].itertuples(index=False, name=None))


def test_one_column_for_each_group(tmp_path: Path) -> None:
    checked = survey(
        tmp_path, ("社区", "外卖骑手（人）", "快递员人数", "环卫工人"), ("龙津", "30", "", "0")
    )
    assert long(checked) == [("龙津", "rider", "", 30, 2), ("龙津", "sanitation", "", 0, 2)]
    assert checked.problems == ()


def test_counts_of_the_grids_of_a_community_are_all_kept(tmp_path: Path) -> None:
    checked = survey(
        tmp_path,
        ("镇街", "社区", "网格", "群体", "人数"),
        ("甲街", "龙津", "网格1", "快递员", "10"),
        ("甲街", "龙津", "网格2", "快递员", "20"),
        ("甲街", "逢源", "", "快递员", "5"),
        ("甲街", "龙津", "网格2", "快递员", "7"),
        ("甲街", "", "网格9", "快递员", "3"),
    )
    assert checked.rows[["community", "grid", "workers"]].to_numpy().tolist() == [
        ["龙津", "网格1", 10],
        ["龙津", "网格2", 20],
        ["逢源", "", 5],
        ["", "网格9", 3],
    ]
    assert fatal(checked) == [(5, "社区")]


@pytest.mark.parametrize("header", ["网格", "网格名称", "grid"])
def test_a_sheet_of_grids_alone_is_read(tmp_path: Path, header: str) -> None:
    checked = survey(tmp_path, (header, "快递员"), ("网格1", "10"), ("", "2"))
    assert long(checked) == [("", "courier", "", 10, 2)]
    assert checked.rows["grid"].tolist() == ["网格1"]
    assert fatal(checked) == [(3, header)]


def test_one_column_for_each_group_with_a_column_of_periods(tmp_path: Path) -> None:
    checked = survey(
        tmp_path,
        ("社区", "时段", "骑手", "courier"),
        ("龙津", "早晨", "3", "4"),
        ("龙津", "noon", "5", "6人"),
        ("龙津", "", "9", "8"),
    )
    assert long(checked)[:3] == [
        ("龙津", "rider", "morning", 3, 2),
        ("龙津", "courier", "morning", 4, 2),
        ("龙津", "rider", "noon", 5, 3),
    ]
    assert long(checked)[-1] == ("龙津", "courier", "", 8, 4)


def test_one_column_for_each_period_with_a_column_of_groups_and_a_total(tmp_path: Path) -> None:
    checked = survey(
        tmp_path,
        ("序号", "社区名称", "人员类别", "早晨", "中午", "总人数"),
        ("1", "龙津", "骑手", "30", "50", "60"),
    )
    assert long(checked) == [
        ("龙津", "rider", "morning", 30, 2),
        ("龙津", "rider", "noon", 50, 2),
        ("龙津", "rider", "", 60, 2),
    ]


@pytest.mark.parametrize("header", ["人数", "workers", "总人数", "户外劳动者人数", "count"])
def test_one_row_for_each_group(tmp_path: Path, header: str) -> None:
    checked = survey(tmp_path, ("社区", "群体", header), ("龙津", "出租车、网约车司机", "约7人"))
    assert long(checked) == [("龙津", "taxi", "", 7, 2)]


def test_groups_above_periods_in_a_merged_header(tmp_path: Path) -> None:
    rows = [
        ("摸底调查表", "", "", "", "", "", ""),
        ("社区", "外卖骑手", "", "", "快递员", "", "备注"),
        ("", "早晨", "中午", "傍晚", "早晨", "中午", ""),
        ("龙津", 1, 2, 3, 4, 5, "x"),
    ]
    merge = ["A1:G1", "A2:A3", "B2:D2", "E2:F2", "G2:G3"]
    path = write_xlsx(tmp_path / "w.xlsx", {"表": rows}, merge=merge)
    checked = read_survey(path, groups=GROUPS, periods=PERIODS)
    expected = [
        *(("龙津", "rider", "morning", 1, 4), ("龙津", "rider", "noon", 2, 4)),
        *(("龙津", "rider", "evening", 3, 4), ("龙津", "courier", "morning", 4, 4)),
        ("龙津", "courier", "noon", 5, 4),
    ]
    assert sorted(long(checked), key=str) == sorted(expected, key=str)
    unmerged = survey(tmp_path, *rows[1:])
    assert [row[:4] for row in long(unmerged)] == [row[:4] for row in long(checked)]


def test_a_community_merged_over_its_groups_counts_for_each(tmp_path: Path) -> None:
    rows = [("社区", "群体", "人数"), ("龙津", "骑手", 3), ("", "快递员", 4), ("合计", "", 7)]
    path = write_xlsx(tmp_path / "w.xlsx", {"表": rows}, merge=["A2:A3"])
    checked = read_survey(path, groups=GROUPS, periods=PERIODS)
    assert long(checked) == [("龙津", "rider", "", 3, 2), ("龙津", "courier", "", 4, 3)]
    assert checked.skipped == 1


def test_every_fault_of_a_survey_is_told(tmp_path: Path) -> None:
    checked = survey(
        tmp_path,
        ("社区", "群体", "时段", "人数"),
        ("龙津", "骑手", "早晨", "3"),
        ("", "骑手", "早晨", "3"),
        ("龙津", "宇航员", "早晨", "3"),
        ("龙津", "骑手", "半夜", "3"),
        ("龙津", "骑手", "中午", "若干"),
        ("龙津", "骑手", "傍晚", "-3"),
        ("龙津", "", "早晨", "3"),
        ("龙津", "骑手", "中午", ""),
        ("龙津", "骑手", "早晨", "5"),
        ("沙园", "骑手", "早晨", "#REF!"),
    )
    assert fatal(checked) == [
        (3, "社区"),
        (4, "群体"),
        (5, "时段"),
        *((6, "人数"), (7, "人数"), (8, "群体"), (9, "人数")),
        (10, "社区"),
        (11, "人数"),
    ]
    assert long(checked) == [("龙津", "rider", "morning", 3, 2)]
    assert checked.rejected["row"].tolist() == list(range(3, 12))


def test_one_bad_count_sets_the_whole_row_aside(tmp_path: Path) -> None:
    checked = survey(tmp_path, ("社区", "骑手", "快递员"), ("龙津", "3", "x"), ("沙园", "1", "2"))
    assert fatal(checked) == [(2, "快递员")]
    assert [row[0] for row in long(checked)] == ["沙园", "沙园"]


def test_a_row_without_any_count_is_told(tmp_path: Path) -> None:
    checked = survey(tmp_path, ("社区", "骑手", "快递员"), ("龙津", "", "无"), ("沙园", "1", "2"))
    assert fatal(checked) == [(2, "")]


def test_a_total_that_is_not_the_sum_is_told_and_not_used(tmp_path: Path) -> None:
    checked = survey(
        tmp_path,
        ("社区", "骑手", "快递员", "合计"),
        ("龙津", "3", "4", "7"),
        ("沙园", "3", "4", "8"),
    )
    assert told(checked) == [(3, "合计")]
    assert len(checked.rows) == 4


def test_fewer_people_in_all_than_at_one_time_is_told(tmp_path: Path) -> None:
    checked = survey(
        tmp_path,
        ("社区", "群体", "早晨", "总人数"),
        ("龙津", "骑手", "3", "3"),
        ("沙园", "骑手", "4", "3"),
    )
    assert told(checked) == [(3, "总人数")]


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (("群体", "人数"), "there is no column '社区'"),
        (("社区", "群体"), "no column says how many workers"),
        (("社区", "人数"), "no column says how many workers"),
        (("社区", "早晨"), "no column says how many workers"),
    ],
)
def test_a_survey_without_a_needed_column_is_an_error(
    tmp_path: Path, header: tuple[str, ...], reason: str
) -> None:
    with pytest.raises(InputError, match=rf"w.csv: {reason}"):
        survey(tmp_path, header, ("龙津", "骑手"))


def test_points_in_long_form_with_hours(tmp_path: Path) -> None:
    checked = points(
        tmp_path,
        ("编号", "经度", "纬度", "群体", "小时", "人数"),
        ("7", "113.26441", "23.13002", "骑手", "7:00", "3"),
        ("8", "113.27151", "23.13552", "快递员", "23", "4"),
        ("8", "113.27151", "23.13552", "骑手", "", "5"),
    )
    assert list(checked.rows.drop(columns="at").itertuples(index=False, name=None)) == [
        ("7", 113.26441, 23.13002, "rider", 3, "", 7, 2),
        ("8", 113.27151, 23.13552, "courier", 4, "", 23, 3),
        ("8", 113.27151, 23.13552, "rider", 5, "", -1, 4),
    ]


def test_points_in_wide_form_with_periods(tmp_path: Path) -> None:
    checked = points(
        tmp_path,
        ("经纬度", "时段", "骑手", "快递员"),
        ("113.26441,23.13002", "中午", "3", "4"),
        ("113.26441,23.13002", "傍晚", "", "6"),
    )
    columns = ["id", "group", "period", "workers", "row"]
    assert list(checked.rows[columns].itertuples(index=False, name=None)) == [
        ("P2", "rider", "noon", 3, 2),
        ("P2", "courier", "noon", 4, 2),
        ("P2", "courier", "evening", 6, 3),
    ]


def test_every_fault_of_points_is_told(tmp_path: Path) -> None:
    checked = points(
        tmp_path,
        ("经度", "纬度", "群体", "小时", "人数"),
        ("113.26441", "23.13002", "骑手", "0", "3"),
        ("113.26441", "93.13", "骑手", "1", "3"),
        ("", "", "骑手", "1", "3"),
        ("113.26441", "23.13002", "骑手", "24", "3"),
        ("113.26441", "23.13002", "骑手", "7:30", "3"),
        ("23.13002", "113.26441", "骑手", "1", "3"),
        ("113.26441", "23.13002", "骑手", "-1", "-2"),
    )
    assert fatal(checked) == [
        *((3, "纬度"), (4, "经度"), (5, "小时"), (6, "小时"), (7, "经度")),
        *((8, "小时"), (8, "人数")),
    ]
    assert len(checked.rows) == 1


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (("经度", "群体", "人数"), "there is no column '纬度'"),
        (("经度", "纬度", "群体"), "no column says how many workers"),
    ],
)
def test_points_without_a_needed_column_are_an_error(
    tmp_path: Path, header: tuple[str, ...], reason: str
) -> None:
    with pytest.raises(InputError, match=rf"p.csv: {reason}"):
        points(tmp_path, header, ("113", "23", "1"))


def test_counts_of_no_group_of_the_settings_are_told(tmp_path: Path) -> None:
    checked = survey(tmp_path, ("社区", "骑手", "宇航员"), ("龙津", "3", "4"))
    assert any("宇航员" in str(message) for message in checked.notes)


def test_a_row_without_a_position_changes_no_id_of_the_others(tmp_path: Path) -> None:
    rows = [("经度", "纬度", "骑手"), ("113.264412", "23.130021", "3"), ("", "", "4")]
    checked = read_points(write_csv(tmp_path / "p.csv", rows), groups=GROUPS, periods=PERIODS)
    assert checked.rows["id"].tolist() == ["P2"]
