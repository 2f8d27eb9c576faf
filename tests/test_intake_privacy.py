"""Numbers and names of people: hidden however they are written; degrees and counts are not."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from intake_files import GOOD, GROUPS, HEADER, stations_of, write_csv

from planner.errors import InputError
from planner.intake import Checked, read_communities, read_points, read_venues
from planner.intake.privacy import mask, mask_all, shown

PRIVATE = """
    １３８００１３８０００|008613800138000|138 001 38000|138—0013—8000|138.0013.8000|013800138000|
    +86 138-0013-8000|(86)13800138000|1 3 8 0 0 1 3 8 0 0 0|①③⑧⓪⓪①③⑧⓪⓪⓪|138，0013，8000|
    02367881234|023 67881234|(023)6788-1234|0086-23-67881234|6788-1234|510106 19800101 1234|
    51010619800101123X|zhang@example.com|张三＠example.com|渝A12345|渝A·D12345
"""
ANNOUNCED = (
    "QQ:12345678|电话67881234|热线 6788 1234|Tel: 6788 1234|tel.13800138000|微信号：zhang_88"
)
HARMLESS = """
    113.380013800138000|18.2528765431|18.252876543, 109.51|18.2528 109.5123|8:30-12:00 14:30-18:00|
    2023-2024|2024-08-12|510106001002|510106001002001|0000000001|50000000|13012345.5 4850000.25|
    B0FFG12345|渝北区12号3栋4单元501|电话亭12345|微信小程序：扫码|电话 8:00-18:00|-180.123456789
"""


def cases(text: str) -> list[str]:
    return [case.strip() for case in text.split("|")]


def everything(checked: Checked) -> str:
    texts = (checked.rejected.to_string(), *map(str, checked.problems), *map(str, checked.notes))
    return "\n".join([checked.rows.to_string(), *texts])


@pytest.mark.parametrize("text", cases(PRIVATE))
def test_a_number_of_a_person_is_hidden_however_it_is_written(text: str) -> None:
    assert mask(text) == "***"
    if "@" not in text and "＠" not in text:
        assert mask(f"张记{text}便利店") == "张记***便利店"


@pytest.mark.parametrize("text", cases(ANNOUNCED))
def test_a_number_that_is_said_to_be_one_is_hidden(text: str) -> None:
    assert mask(text).endswith("***")
    assert not any(map(str.isdigit, mask(text)))


@pytest.mark.parametrize("text", cases(HARMLESS))
def test_degrees_hours_codes_and_counts_stay(text: str) -> None:
    assert mask(text) == text


def test_what_stands_beside_a_number_stays_as_it_is() -> None:
    assert mask("张记（东）１３８００１３８０００，二楼") == "张记（东）***，二楼"


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="138０１ -:.@微信qqA渝a电话", max_size=30))
def test_the_quick_way_for_columns_hides_the_same(text: str) -> None:
    quick, changed = mask_all(np.array([text], dtype=object))
    assert quick[0] == mask(text)
    assert changed == (mask(text) != text)


def test_a_long_text_is_read_in_one_pass() -> None:
    for part in ("1 ", "13-", "电话", "a.", "1"):
        assert len(shown(part * 30_000)) <= 42


def test_a_phone_as_an_id_is_replaced_and_told(tmp_path: Path) -> None:
    checked = stations_of(tmp_path, ("１３９ 0013 9001", *GOOD[1:]), ("7", "b", "", 113.3, 23.2))
    assert checked.rows.index.tolist() == ["S2", "S7"]
    assert "cannot be ids; those in rows 2 were" in everything(checked)
    assert "9001" not in everything(checked)


def test_a_phone_as_the_id_of_a_counted_place_is_replaced(tmp_path: Path) -> None:
    path = write_csv(
        tmp_path / "p.csv", [("id", "经度", "纬度", "快递员"), ("13900139001", 113, 23, 4)]
    )
    checked = read_points(path, crs="WGS-84", groups=GROUPS, periods={})
    assert checked.rows["id"].tolist() == ["P2"]


def test_a_phone_as_the_id_of_a_community_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "c.geojson"
    ring = "[[113,23],[113.1,23],[113.1,23.1],[113,23]]"
    path.write_text(
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"id":"13900139001",'
        '"name":"东"},"geometry":{"type":"Polygon","coordinates":[' + ring + "]}}]}",
        "utf-8",
    )
    assert read_communities(path).rows.index.tolist() == ["东"]


def test_cells_of_columns_that_nobody_knows_are_not_written_aside(tmp_path: Path) -> None:
    header = (*HEADER, "片区小王", "联络员", "面积")
    checked = stations_of(
        tmp_path, GOOD, ("A2", "b", "", "x", "2", "甲某", "乙某", "3"), header=header
    )
    assert list(checked.rejected.columns) == ["table", "row", "reason", *HEADER, "面积"]
    assert "某" not in everything(checked)


def test_a_number_in_a_header_is_hidden(tmp_path: Path) -> None:
    header = (*HEADER, "李四13800138000", "面积（问13900139000）")
    checked = stations_of(tmp_path, GOOD, ("A2", "b", "", "x", "2", "", "x"), header=header)
    assert "138000" not in everything(checked)
    assert "139000" not in everything(checked)
    assert "columns F hold names or phone numbers" in everything(checked)


def test_a_group_of_workers_is_counted_whatever_its_header_sounds_like(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "p.csv", [("经度", "纬度", "司机", "联系人"), (113, 23, 4, "甲某")])
    checked = read_points(path, crs="WGS-84", groups={"司机": "taxi"}, periods={})
    assert checked.rows[["group", "workers"]].values.tolist() == [["taxi", 4.0]]
    assert "某" not in everything(checked)


def test_the_first_line_of_a_file_that_is_no_table_is_told_without_its_numbers(
    tmp_path: Path,
) -> None:
    path = tmp_path / "v.csv"
    path.write_text("张三、13800138000\n李四、13900139000\n", "utf-8")
    with pytest.raises(InputError, match=r"\('张三、\*\*\*'\)") as caught:
        read_venues(path)
    assert "138001" not in str(caught.value)
