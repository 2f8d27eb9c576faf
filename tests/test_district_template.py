"""The Excel templates as a person fills them in: examples, pairs in one cell, lists left blank."""

from pathlib import Path

import pytest
from openpyxl import load_workbook

from planner.district import init_district, read_district, typed_position
from planner.errors import InputError

Row = dict[str, str | float]

VENUE: Row = {"name": "乙处", "lon": "106.5610,29.5688", "host_type": "加油站"}
COUNTED: Row = {"community": "西社区", "lon": 106.56, "lat": 29.56, "Couriers": 12}


def add(path: Path, *rows: Row) -> None:
    """Write rows below the examples, by the English names, as a person does who keeps these."""
    book = load_workbook(path)
    sheet = book.worksheets[0]
    names = [cell.value for cell in sheet[2]]
    for row in rows:
        sheet.append([row.get(str(name)) for name in names])
    book.save(path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    init_district(tmp_path / "new")
    return tmp_path / "new"


def test_examples_of_a_template_that_stay_in_it_are_never_counted(folder: Path) -> None:
    add(folder / "stations.xlsx", {"name": "甲站", "lon": 106.55, "lat": 29.56})
    add(folder / "venues.xlsx", VENUE)
    add(folder / "workers.xlsx", COUNTED)
    district = read_district(folder)
    assert district.stations["name"].tolist() == ["甲站"]
    assert district.venues["name"].tolist() == ["乙处"]
    assert district.workers[0].rows["workers"].tolist() == [12]
    assert district.problems == ()
    assert len(district.to_place) == 0
    told = [str(note) for note in district.assumptions if "examples of the template" in str(note)]
    assert [line.split(":")[1].strip() for line in told] == [
        "rows 3-4 are examples of the template and were skipped."
    ] * 3


def test_an_example_that_was_written_over_is_counted(folder: Path) -> None:
    book = load_workbook(folder / "venues.xlsx")
    book.worksheets[0]["B3"] = "南湖社区服务中心"
    book.save(folder / "venues.xlsx")
    add(folder / "workers.xlsx", COUNTED)
    assert read_district(folder).venues["name"].tolist() == ["南湖社区服务中心"]


def test_a_template_of_stations_left_blank_counts_as_an_empty_list(folder: Path) -> None:
    add(folder / "venues.xlsx", VENUE)
    add(folder / "workers.xlsx", COUNTED)
    district = read_district(folder)
    assert len(district.stations) == 0
    told = [str(note) for note in district.assumptions if "counts as an empty list" in str(note)]
    assert len(told) == 1
    assert "stations.xlsx" in told[0]


def test_stations_and_venues_both_left_blank_are_refused(folder: Path) -> None:
    add(folder / "workers.xlsx", COUNTED)
    with pytest.raises(InputError, match=r"(?s)stations\.xlsx: there is a header.*venues\.xlsx"):
        read_district(folder)


def test_each_template_says_how_to_fill_it_in_in_both_languages(folder: Path) -> None:
    for name in ("stations", "venues", "workers"):
        notes = load_workbook(folder / f"{name}.xlsx").worksheets[1]
        steps = [row for row in notes.iter_rows(values_only=True) if str(row[0])[:2] == "1."]
        assert len(steps) == 1
        assert str(steps[0][2]).isascii()
        assert not str(steps[0][0]).isascii()


@pytest.mark.parametrize(
    "typed",
    ["106.5501,29.5601", "106.5501，29.5601", " 106.5501 29.5601 ", "北纬29.5601 东经106.5501"],
)
def test_a_position_is_taken_as_it_was_pasted(typed: str) -> None:
    assert typed_position(typed, crs="WGS-84") == pytest.approx((106.5501, 29.5601))


def test_a_position_picked_in_amap_is_moved_to_where_it_is() -> None:
    lon, lat = typed_position("106.5501,29.5601", crs="GCJ-02")
    east, north = (106.5501 - lon) * 96_600, (29.5601 - lat) * 110_900
    assert 100 < (east**2 + north**2) ** 0.5 < 700


@pytest.mark.parametrize("typed", ["", "x", "106.55", "29.5601,106.5501", "nan,nan", "1,2,3"])
def test_what_is_no_position_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(InputError, match=r"106\.5501,29\.5601"):
        typed_position(typed, crs="WGS-84")
