"""`planner demand`, `coverage` and `gaps` as their users call them."""

import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from line_town import line_town

from planner.cli import main

Capture = pytest.CaptureFixture[str]

GROUPS = """
[[groups]]
id = "courier"
total_workers = 80
ways = [{mode = "walk", reach_m = 500}]
"""

FAR = 'ways = [{mode = "walk", reach_m = 1500}]\n'


@pytest.fixture
def town(tmp_path: Path) -> Path:
    return line_town(tmp_path / "town")


@pytest.fixture
def near_town(town: Path) -> Path:
    """A town whose couriers go as far as the station, 1 to 2 km away."""
    path = town / "district.toml"
    text = path.read_text(encoding="utf-8").replace('id = "courier"\n', f'id = "courier"\n{FAR}')
    path.write_text(text, encoding="utf-8")
    return town


def _json(capsys: Capture, *arguments: object) -> dict[str, Any]:
    assert main([*map(str, arguments), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert isinstance(told, dict)
    return told


def test_demand_tells_what_each_source_gave_and_the_totals_of_each_group(
    town: Path, capsys: Capture
) -> None:
    told = _json(capsys, "demand", town)
    assert told["workers"] == 50
    assert told["by_group"]["courier"]["workers"] == 50
    assert told["by_group"]["courier"]["assumed"] is True
    (source,) = told["sources"]
    assert (source["source"], source["kind"], source["gives"]) == (
        "workers.csv",
        "points",
        "headcount",
    )
    assert source["counted"] == source["used"] == 50


def test_a_stated_total_is_the_authority_over_the_counts(town: Path, capsys: Capture) -> None:
    path = town / "district.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('\n[[groups]]\nid = "courier"\n', GROUPS), encoding="utf-8")
    told = _json(capsys, "demand", town)
    assert told["workers"] == 80
    assert told["by_group"]["courier"]["stated"] == 80
    assert told["sources"][0]["counted"] == 50


def test_a_season_changes_the_hours_and_an_unknown_one_is_refused(
    town: Path, capsys: Capture
) -> None:
    year = _json(capsys, "demand", town)
    summer = _json(capsys, "demand", town, "--season", "summer")
    assert (year["season"], summer["season"]) == (None, "summer")
    assert summer["workers"] == year["workers"]
    assert summer["worker_hours_week"] != year["worker_hours_week"]
    assert main(["--lang", "en", "demand", str(town), "--season", "monsoon"]) == 2
    assert "monsoon" in capsys.readouterr().err


def test_coverage_tells_ways_losses_and_service_areas_on_request(
    near_town: Path, capsys: Capture
) -> None:
    plain = _json(capsys, "coverage", near_town)
    assert "service_areas" not in plain
    assert 0 < plain["effective_share"] < 1
    told = _json(capsys, "coverage", near_town, "--details")
    assert {key: told[key] for key in plain} == plain
    hours = sum(area["worker_hours_week"] for area in told["service_areas"])
    assert hours == pytest.approx(told["worker_hours_week"])
    served = sum(area["worker_hours_week"] for area in told["service_areas"] if area["station"])
    assert served == pytest.approx(told["effective_share"] * told["worker_hours_week"])
    lost = {loss["station"]: loss["share"] for loss in told["losses"]}
    assert lost == {"S1": pytest.approx(told["effective_share"])}
    assert [record["n"] for record in told["nearest"]][-1] == 3


def test_a_graded_share_is_below_the_served_one(near_town: Path, capsys: Capture) -> None:
    plain = _json(capsys, "coverage", near_town)
    assert plain["graded_share"] == plain["effective_share"]
    graded = _json(capsys, "coverage", near_town, "--decay", "linear")
    assert 0 < graded["graded_share"] < graded["effective_share"]
    assert main(["--lang", "en", "coverage", str(near_town), "--decay", "steep"]) == 2
    assert "steep" in capsys.readouterr().err


def test_the_workbook_of_today_holds_a_sheet_a_table(town: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert main(["--lang", "en", "coverage", str(town), "--out", str(out)]) == 0
    book = openpyxl.load_workbook(out / "today.xlsx")
    assert {"Sources of workers", "Totals by group", "Service areas", "Assumptions"} <= set(
        book.sheetnames
    )
    assert sorted(path.name for path in out.iterdir()) == ["today.html", "today.xlsx"]


def test_gaps_lists_who_is_too_far_from_an_open_station(town: Path, capsys: Capture) -> None:
    told = _json(capsys, "gaps", town)
    assert told["whole"]["workers"] == 50
    assert told["whole"]["gap_workers"] == 50  # the venues stand beside them, the station does not
    assert {gap["candidate"] for gap in told["gaps"]} == {"V1", "V2"}
    assert main(["--lang", "en", "gaps", str(town)]) == 0
    assert "Maximum gap" in capsys.readouterr().out


def test_check_writes_the_rejected_rows_also_where_nothing_is_left(
    town: Path, capsys: Capture
) -> None:
    header, *rows = (town / "venues.csv").read_text(encoding="utf-8").splitlines()
    spoiled = [row.replace(",29.500,", ",129.500,") for row in rows]
    (town / "venues.csv").write_text("\n".join([header, *spoiled]), encoding="utf-8")
    assert main(["--lang", "en", "check", str(town)]) == 2
    assert "rejected.xlsx" in capsys.readouterr().err
    sheet = openpyxl.load_workbook(town / "rejected.xlsx").worksheets[0]
    cells = [str(cell.value) for row in sheet.iter_rows() for cell in row]
    assert cells.count("129.500") == 2


def test_demand_writes_a_workbook_and_a_map(town: Path, tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "out"
    chosen = ["--group", "courier", "--period", "noon", "--day", "weekend"]
    assert main(["demand", str(town), "--out", str(out), *chosen]) == 0
    book = openpyxl.load_workbook(out / "demand.xlsx")
    assert book.worksheets[0].max_row == 4
    page = (out / "demand.html").read_text(encoding="utf-8")
    assert "data:image/png;base64" in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    capsys.readouterr()
    assert main(["--lang", "en", "demand", str(town), "--period", "teatime"]) == 2
    assert "teatime" in capsys.readouterr().err


def test_demand_tells_records_that_were_set_aside(town: Path, capsys: Capture) -> None:
    path = town / "district.toml"
    source = '\n[[workers]]\nkind = "pings"\npath = "records.csv"\ncrs = "WGS-84"\n'
    path.write_text(path.read_text(encoding="utf-8") + source, encoding="utf-8")
    (town / "records.csv").write_text(
        "id,time,lon,lat\nA,2026-03-02 08:00:00,106.4801,29.5\n"
        "A,2026-03-02 08:10:00,106.4801,29.5\nA,2026-03-02 08:20:00,0,0\n",
        encoding="utf-8",
    )
    told = _json(capsys, "demand", town)
    (problem,) = told["problems"]
    assert (problem["file"], problem["row"]) == ("records.csv", 4)


def test_results_never_replace_an_input_file(town: Path, capsys: Capture) -> None:
    path = town / "district.toml"
    text = path.read_text(encoding="utf-8").replace('"workers.csv"', '"demand.xlsx"')
    path.write_text(text, encoding="utf-8")
    (town / "workers.csv").rename(town / "demand.xlsx")
    before = (town / "demand.xlsx").read_bytes()
    for command in ("demand", "coverage"):
        assert main(["--lang", "en", command, str(town), "--out", str(town)]) == 2
        assert "Name another folder" in capsys.readouterr().err
    assert (town / "demand.xlsx").read_bytes() == before
