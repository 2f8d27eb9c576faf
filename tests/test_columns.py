"""What each table holds, as data: nothing means two things, templates are understood."""

import pytest

from planner.columns import (
    STATIONS,
    SURVEY,
    TABLES,
    UNITS,
    VENUES,
    Column,
    Kind,
    header_key,
    header_unit,
    is_personal,
)

EVERY = [(table, column) for table, columns in TABLES.items() for column in columns]
IDS = [f"{table}-{column.name}" for table, column in EVERY]

SEEN = """
    序号 站点名称 驿站名称 名称 详细地址 地址 所属区县 街道 社区 网格 经度 纬度 开放时间 服务时间
    服务项目 服务内容 服务设施 面积 类型 可容纳人数 状态 更新时间
    id name type typecode address location pname cityname adname
"""
OF_PEOPLE = """
    站长 负责人 联系电话 tel 站长姓名 负责人电话 手机号码 身份证号 Phone 联系人
    电子邮箱/E-mail 车牌号 联络员 联络人 对接人 法人代表 热线 固话 座机 传真 QQ号 店长 司机 网格员
    tel_no 填报人（签字） 社区书记 管理人员
"""
NOT_OF_PEOPLE = """
    站点名称 负载 hotel telescope 责任区 名称 服务对象 登记人数 统计人次 网约车司机 手机充电
    template 责任单位 工作人员数
"""


@pytest.mark.parametrize("table", TABLES)
def test_no_header_means_two_columns_of_one_table(table: str) -> None:
    meant: dict[str, str] = {}
    for column in TABLES[table]:
        for header in column.headers:
            assert meant.setdefault(header_key(header), column.name) == column.name, header


@pytest.mark.parametrize(
    ("table", "column"),
    # Who made a GPS record is read on purpose: hashed at once, never stored.
    [(table, column) for table, column in EVERY if (table, column.name) != ("pings", "id")],
)
def test_no_column_that_is_read_looks_personal(table: str, column: Column) -> None:
    assert [header for header in column.headers if is_personal(header)] == [], table


@pytest.mark.parametrize(("table", "column"), EVERY, ids=IDS)
def test_every_column_says_what_it_means_in_both_languages(table: str, column: Column) -> None:
    english, chinese = column.meaning.text("en"), column.meaning.text("zh")
    assert english.isascii() or any(word in english for word in ("开放", "周一", "是")), table
    assert not chinese.isascii()


@pytest.mark.parametrize(("table", "column"), EVERY, ids=IDS)
def test_units_and_ranges_are_of_numbers_alone(table: str, column: Column) -> None:
    assert column.unit in {"", *UNITS}, table
    assert bool(column.choices) == (column.kind in {Kind.CHOICE, Kind.YES_NO})
    if column.low is not None and column.high is not None:
        assert column.low < column.high
    if column.unit:
        assert column.kind in {Kind.NUMBER, Kind.WHOLE}


@pytest.mark.parametrize("header", SEEN.split())
def test_every_header_that_unions_and_amap_use_is_known(header: str) -> None:
    for columns in (STATIONS, VENUES):
        known = {header_key(name) for column in columns for name in column.headers}
        assert header_key(header) in known


@pytest.mark.parametrize("header", OF_PEOPLE.split())
def test_phones_names_and_papers_of_people_are_recognised(header: str) -> None:
    assert is_personal(header)


@pytest.mark.parametrize("header", NOT_OF_PEOPLE.split())
def test_other_headers_are_not_taken_for_personal(header: str) -> None:
    assert not is_personal(header)


def test_the_header_of_a_template_names_the_usual_unit() -> None:
    for column in STATIONS:
        unit = header_unit(column.header)
        assert unit == "" or UNITS[column.unit][unit] == 1.0


def test_a_header_is_the_same_whatever_its_width_case_and_brackets() -> None:
    same = ["经度", "＊经 度（必填）", "经度\n(GCJ-02)", "经度：", " 经度 "]
    assert {header_key(header) for header in same} == {"经度"}
    assert header_key("Cost_Setup-Yuan") == header_key("cost setup yuan")
    assert header_key("（）") == ""


def test_the_words_of_one_choice_never_mean_another() -> None:
    for _, column in EVERY:
        words = [word for value in column.choices.values() for word in value]
        assert len(words) == len(set(words)), column.name


def test_a_survey_needs_a_community() -> None:
    assert [column.name for column in SURVEY if column.required] == ["community"]
