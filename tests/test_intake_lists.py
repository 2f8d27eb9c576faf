"""Lists as unions keep them: their headings, whose premises they are, totals that are wrong."""

from pathlib import Path

import pytest
from intake_files import GOOD, GROUPS, HEADER, OTHER, PERIODS, Row, write_csv, write_xlsx

from planner.district.defaults import DEFAULT_HOSTS
from planner.district.tables import names_of
from planner.intake import Checked, read_points, read_stations, read_survey, read_venues

HOSTS = names_of(DEFAULT_HOSTS)
UNITS = ("建设银行解放碑支行", "中石化东环加油站", "河滨公园南门公厕", "社区银行")
KINDS = ["bank", "fuel", "park", "bank"]


def survey(folder: Path, *rows: Row) -> Checked:
    return read_survey(write_csv(folder / "摸底.csv", rows), groups=GROUPS, periods=PERIODS)


def totals_told(checked: Checked) -> list[tuple[int | str, str, object, str]]:
    return [(p.row, p.column, p.found, str(p.expected)) for p in checked.problems]


def with_units(folder: Path, header: str, *units: str) -> Path:
    rows = [(f"驿站{at}", f"113.2{at}4412", "23.130021", unit) for at, unit in enumerate(units)]
    return write_csv(folder / "台账.csv", [("驿站全称", "经度", "纬度", header), *rows])


@pytest.mark.parametrize("header", ["依托单位", "依托单位名称", "依托场所", "共建单位"])
def test_names_of_host_units_give_the_type_and_that_is_told(tmp_path: Path, header: str) -> None:
    path = with_units(tmp_path, header, *UNITS, "阳光物业")
    for read in (read_stations, read_venues):
        checked = read(path, host_types=HOSTS)
        assert checked.rows["host_type"].tolist()[:4] == KINDS
        assert checked.rows["host_type"].isna().tolist()[4:] == [True]
        assert len(checked.rejected) == 0  # a unit of no known type is used without one
        assert [(p.row, p.found, p.fatal) for p in checked.problems] == [(6, "'阳光物业'", False)]
        told = next(str(n) for n in checked.notes if header in str(n))
        assert "'建设银行解放碑支行' = 银行网点" in told
        assert told.count(" = ") == 3


def test_a_type_that_is_stated_counts_before_the_name_of_the_unit(tmp_path: Path) -> None:
    rows = [("名称", "经度", "纬度", "依托单位", "类型"), ("甲", *GOOD[3:], "建设银行", "加油站")]
    checked = read_venues(write_csv(tmp_path / "v.csv", rows), host_types=HOSTS)
    assert checked.rows["host_type"].tolist() == ["fuel"]
    assert any("not used: 依托单位" in str(told) for told in checked.notes)


def test_a_longer_name_of_a_type_is_taken_and_told_and_any_other_sets_a_venue_aside(
    tmp_path: Path,
) -> None:
    path = with_units(tmp_path, "类型", "银行", "社区居委会", "购物服务;便利店", "workshop")
    checked = read_venues(path, host_types=HOSTS)
    assert checked.rows["host_type"].tolist() == ["bank", "community", "shop"]
    assert [(p.row, p.found, p.fatal) for p in checked.problems] == [(5, "'workshop'", True)]
    told = [str(note) for note in checked.notes if "longer names" in str(note)]
    assert len(told) == 1
    assert "such as '社区居委会' = 党群服务中心. Where" in told[0]


def test_types_stated_under_the_heading_of_units_are_no_guess(tmp_path: Path) -> None:
    checked = read_stations(with_units(tmp_path, "依托单位", "银行", "加油站"), host_types=HOSTS)
    assert checked.rows["host_type"].tolist() == ["bank", "fuel"]
    assert not any("依托单位" in str(told) for told in checked.notes)


HEADINGS = {
    "name": "站点全称 服务站名称 工会驿站名称",
    "address": "站点位置 驿站位置 建设地点 坐落位置",
    "host_type": "依托单位性质 依托单位类别 场所性质",
    "hours": "对外开放时间 开放服务时间 服务时间段",
    "groups": "主要服务对象 面向群体",
    "facilities": "设施配备 配备设施",
    "area_m2": "驿站面积（㎡） 占地面积",
    "capacity": "可同时容纳人数（人） 座席数",
    "listed": "是否录入地图 是否上线电子地图",
    "cost_setup_yuan": "建设经费（万元） 投入金额",
    "visits_day": "日均接待人次 每日服务人次",
    "street": "所属乡镇 镇（街道） 乡镇（街道）",
    "community": "村（社区） 所属村（社区）",
    "district": "县（市、区） 所在区",
}


@pytest.mark.parametrize(
    ("name", "header"), [(k, h) for k, v in HEADINGS.items() for h in v.split()]
)
def test_headings_that_lists_use_are_known(tmp_path: Path, name: str, header: str) -> None:
    own = ("名称",) if name != "name" else ()
    rows = [(*own, "经度", "纬度", header), (*("东站" for _ in own), *GOOD[3:], "")]
    if name == "name":
        rows[1] = (*GOOD[3:], "东站")
    checked = read_stations(write_csv(tmp_path / "s.csv", rows), host_types=HOSTS)
    assert not any("not used" in str(told) for told in checked.notes)
    assert checked.origin.header[name] == header


def test_columns_nobody_knows_are_asked_about_by_the_headers_that_are_missing(
    tmp_path: Path,
) -> None:
    rows = [(*HEADER, "开门辰光", "类型"), (*GOOD, "8:00-20:00", "银行"), (*OTHER, "", "")]
    checked = read_stations(write_csv(tmp_path / "s.csv", rows), host_types=HOSTS)
    told = next(str(n) for n in checked.notes if "开门辰光" in str(n))
    assert "what belongs under 开放时间, 服务对象" in told
    assert "类型" not in told
    people = survey(tmp_path, ("社区", "骑手", "快递员", "扫地的"), ("龙津", 3, 4, 5))
    told = next(str(n) for n in people.notes if "扫地的" in str(n))
    assert "环卫工人" in told
    assert "快递员" not in told


def test_a_group_of_everybody_out_of_doors_admits_everybody(tmp_path: Path) -> None:
    said = ("各类户外劳动者", "环卫工人、快递员、骑手等户外劳动者", "户外劳动者和市民", "骑手等")
    rows = [(f"站{at}", f"113.2{at}", "23.13", text) for at, text in enumerate(said)]
    path = write_csv(tmp_path / "s.csv", [("名称", "经度", "纬度", "服务对象"), *rows])
    checked = read_stations(path, groups=GROUPS)
    assert checked.rows["groups"].tolist() == [(), (), (), ("rider",)]


def test_a_total_that_contradicts_its_rows_is_told_with_both_numbers(tmp_path: Path) -> None:
    rows = [("社区", "骑手", "快递员"), ("龙津", 1000, 5), ("逢源", 1082, 6), ("合计", "1,950", 11)]
    checked = survey(tmp_path, *rows)
    assert totals_told(checked) == [(4, "骑手", "1,950", "2,082, the sum of the rows")]
    assert not checked.problems[0].fatal
    assert checked.rows["workers"].sum() == 2093


def test_a_subtotal_is_held_to_the_rows_since_the_last_one(tmp_path: Path) -> None:
    rows = [
        ("镇街", "社区", "骑手"),
        *(("甲", "龙津", 3), ("甲", "逢源", 4), ("", "小计", 7)),
        *(("乙", "沙园", 5), ("乙街道小计", "", 6), ("合计", "", 13)),
    ]
    assert totals_told(survey(tmp_path, *rows)) == [
        (6, "骑手", "6", "5, the sum of the rows"),
        (7, "骑手", "13", "12, the sum of the rows"),
    ]


TRUE_TOTALS: dict[str, list[Row]] = {
    "above its rows": [("合计", "", "", 12), ("甲", "龙津", "骑手", 5), ("甲", "逢源", "骑手", 7)],
    "of a street over totals of communities": [
        *(("甲", "龙津", "骑手", 5), ("甲", "龙津", "快递员", 2), ("", "小计", "", 7)),
        *(("甲", "逢源", "骑手", 1), ("", "小计", "", 1), ("甲街道合计", "", "", 8)),
        *(("乙", "沙园", "骑手", 2), ("", "小计", "", 2), ("乙街道合计", "", "", 2)),
        ("总计", "", "", 10),
    ],
    "of one group": [
        *(("甲", "龙津", "骑手", 5), ("甲", "龙津", "快递员", 2), ("甲", "逢源", "骑手", 4)),
        *(("合计", "", "骑手", 9), ("合计", "", "快递员", 2)),
    ],
    "of something else": [("甲", "龙津", "骑手", 5), ("合计（含兼职）", "", "", 9)],
    "without the rows set aside": [
        *(("甲", "龙津", "骑手", 5), ("甲", "", "骑手", 4)), ("合计", "", "", 5),
    ],
    "blank": [("甲", "龙津", "骑手", 5), ("合计", "", "", "")],
    "of a number that cannot be read": [
        *(("甲", "龙津", "骑手", 5), ("甲", "逢源", "骑手", "几个")), ("合计", "", "", 9),
    ],
}  # fmt: skip


@pytest.mark.parametrize("case", TRUE_TOTALS)
def test_a_total_that_may_be_true_is_not_doubted(tmp_path: Path, case: str) -> None:
    checked = survey(tmp_path, ("镇街", "社区", "群体", "人数"), *TRUE_TOTALS[case])
    assert not [p for p in checked.problems if "sum of the rows" in str(p.expected)]


def test_people_counted_in_several_periods_are_not_added_up(tmp_path: Path) -> None:
    rows = [
        ("社区", "群体", "时段", "人数"),
        ("龙津", "骑手", "早晨", 5),
        ("龙津", "骑手", "中午", 9),
    ]
    assert survey(tmp_path, *rows, ("合计", "", "", 9)).problems == ()


def test_each_sheet_is_held_to_its_own_totals(tmp_path: Path) -> None:
    header = ("社区", "骑手（万人）")
    one = [header, ("龙津", 0.5), ("合计", 0.5)]
    two = [header, ("沙园", 0.2), ("合计", 0.5)]
    path = write_xlsx(tmp_path / "摸底.xlsx", {"甲": one, "乙": two})
    checked = read_survey(path, groups=GROUPS, periods=PERIODS)
    assert [
        (p.table, *rest) for p, rest in zip(checked.problems, totals_told(checked), strict=True)
    ] == [("摸底.xlsx [乙]", 3, "骑手（万人）", "5,000", "2,000, the sum of the rows")]


def test_totals_of_counted_places_are_checked_too(tmp_path: Path) -> None:
    rows = [("编号", "经度", "纬度", "骑手"), (*("A1", *GOOD[3:]), 4), ("合计", "", "", 5)]
    checked = read_points(write_csv(tmp_path / "p.csv", rows), groups=GROUPS, periods=PERIODS)
    assert totals_told(checked) == [(3, "骑手", "5", "4, the sum of the rows")]


def test_every_fault_of_a_row_with_nothing_in_it_is_told_at_once(tmp_path: Path) -> None:
    rows = [("社区", "群体", "人数", "备注"), ("龙津", "骑手", 3, ""), ("", "", "", "待补")]
    assert [(p.row, p.column) for p in survey(tmp_path, *rows).problems] == [
        *((3, "社区"), (3, "人数"), (3, "群体")),
    ]
    wrong = survey(tmp_path, *rows[:2], ("", "骑手", "几个", ""))
    assert [(p.row, p.column) for p in wrong.problems] == [(3, "人数"), (3, "社区")]


def test_rows_prepared_with_a_running_number_alone_are_skipped_and_told(tmp_path: Path) -> None:
    rows = [("序号", *HEADER[1:]), ("1", *GOOD[1:]), ("2", "", "", "", ""), ("3", "", "", "", "")]
    checked = read_stations(write_csv(tmp_path / "s.csv", rows))
    assert (len(checked.rows), checked.problems, checked.skipped) == (1, (), 2)
    assert any("rows 3-4 hold a running number and nothing else" in str(n) for n in checked.notes)
