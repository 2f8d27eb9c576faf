"""The page Data tells what may be wrong although it can be used, and columns that nobody knows."""

import json
from pathlib import Path

import pytest
from app_driver import SAMPLE, app, copied, faults, view, words
from openpyxl import Workbook, load_workbook

from planner.language import note

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

_PEOPLE = 20


@pytest.fixture
def folder(space: Path) -> Path:
    """Give a copy of the sample with a total that is wrong and a heading of one's own."""
    made = copied(SAMPLE, space / "doubtful")
    stations = load_workbook(made / "stations.xlsx")
    sheet = stations.worksheets[0]
    heads = next(row for row in sheet.iter_rows() if any(cell.value == "开放时间" for cell in row))
    next(cell for cell in heads if cell.value == "开放时间").value = "开门辰光"
    stations.save(made / "stations.xlsx")
    people = Workbook()
    people.worksheets[0].title = "摸底调查"
    areas = json.loads((made / "communities.geojson").read_text(encoding="utf-8"))
    name = areas["features"][0]["properties"]["社区名称"]
    for row in (("社区", "外卖骑手"), (name, _PEOPLE), ("合计", _PEOPLE + 7)):
        people.worksheets[0].append(row)
    people.save(made / "workers.xlsx")
    return made


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_wrong_total_and_an_unknown_heading_are_told_where_the_district_is_opened(
    folder: Path, language: str
) -> None:
    test = app(district=folder.name, language=language)
    told = words(test).replace("\\", "")
    doubt = note(
        "Entries that look wrong although their rows are used: {number}. See “Faults”.", number=1
    )
    assert doubt.text(language) in told
    unknown = next(line for line in told.splitlines() if "开门辰光" in line)
    assert "开放时间" in unknown
    shown = faults(view(test, "data_view_5", "faults"))
    for number in (str(_PEOPLE), str(_PEOPLE + 7)):
        assert number in shown
    assert note("Row was").text(language) not in shown  # no row of data is meant
