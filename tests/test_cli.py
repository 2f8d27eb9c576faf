"""The command line as its users call it: output, exit codes, and what it says of wrong input."""

import csv
import gzip
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from line_town import STATIONS, line_town

from planner import __version__
from planner.bundle import sample_folder
from planner.cli import main
from planner.district import place_row
from planner.district.settings import ScoreWeights

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def town(tmp_path: Path) -> Path:
    return line_town(tmp_path / "town")


def _json(capsys: Capture, *arguments: object) -> tuple[int, dict[str, Any]]:
    code = main([*map(str, arguments), "--json"])
    told = json.loads(capsys.readouterr().out)
    assert isinstance(told, dict)
    return code, told


def _refused(capsys: Capture, *arguments: object) -> str:
    assert main(["--lang", "en", *map(str, arguments)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Traceback" not in captured.err
    return captured.err


def test_the_version_is_printed() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "planner.cli", "--version"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == f"planner {__version__}\n"


def test_help_loads_no_heavy_library() -> None:
    heavy = ("geopandas", "highspy", "numba", "numpy", "pandas", "sqlalchemy", "streamlit")
    program = (
        "import sys; from planner.cli import main; code = main(['--help']);"
        f"print([name for name in {heavy} if name in sys.modules], code)"
    )
    told = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert told.stdout.splitlines()[-1] == "[] 0"


@pytest.mark.parametrize(("language", "word"), [("zh", "命令"), ("en", "Commands")])
def test_help_is_told_in_either_language(capsys: Capture, language: str, word: str) -> None:
    assert main(["--lang", language, "--help"]) == 0
    assert word in capsys.readouterr().out


def test_coverage_is_one_json_object_with_its_figures(town: Path, capsys: Capture) -> None:
    code, told = _json(capsys, "coverage", town)
    assert code == 0
    assert told["workers"] == 50
    assert told["nominal_share"] == told["effective_share"] == 0
    assert set(told["by_group"]) == {"courier"}
    assert set(told) >= {"worker_hours_week", "by_period", "by_community"}


def test_the_plan_opens_the_venue_where_most_workers_are(town: Path, capsys: Capture) -> None:
    code, told = _json(capsys, "plan", town, "--count", 1)
    assert code == 0
    assert told["options"] == ["V1"]
    assert told["status"] == "optimal"
    assert 0 <= told["gap"] < 1e-6  # what floats can prove
    assert told["cost_yuan"] == 3000
    assert told["effective_share"] == pytest.approx(0.8)
    assert told["served"] == pytest.approx(0.8 * told["worker_hours_week"])
    assert told["bound"] == pytest.approx(told["served"], rel=1e-6)
    written = {path.name for path in (town / "plan").iterdir()}
    assert written == {
        "plan.json",
        "sites.xlsx",
        "sites.geojson",
        "map.html",
        "report.docx",
        "district.toml",
    }


def test_money_decides_where_it_is_short(town: Path, capsys: Capture) -> None:
    _, told = _json(capsys, "plan", town, "--budget", 2500)
    assert told["options"] == ["V2"]
    _, told = _json(capsys, "plan", town, "--budget", 5000)
    assert told["options"] == ["V1", "V2"]


def test_locked_and_forbidden_sites_are_obeyed(town: Path, capsys: Capture) -> None:
    _, told = _json(capsys, "plan", town, "--count", 1, "--lock", "V2")
    assert told["options"] == ["V2"]
    _, told = _json(capsys, "plan", town, "--count", 1, "--forbid", "V1")
    assert told["options"] == ["V2"]


def test_the_settings_as_used_give_the_same_plan_again(
    town: Path, tmp_path: Path, capsys: Capture
) -> None:
    _, first = _json(capsys, "plan", town, "--count", 1, "--lock", "V2", "--out", tmp_path / "out")
    _, again = _json(capsys, "plan", tmp_path / "out", "--out", tmp_path / "again")
    assert again["options"] == first["options"]
    assert again["served"] == first["served"]
    assert again["limits"] == first["limits"]


def test_limits_that_no_plan_meets_end_with_three_and_the_reasons(
    town: Path, capsys: Capture
) -> None:
    code, told = _json(capsys, "plan", town, "--budget", 100, "--lock", "V1")
    assert code == 3
    assert told["status"] == "infeasible"
    assert told["reasons"]
    assert not (town / "plan").exists()


def test_scores_show_each_part(town: Path, capsys: Capture) -> None:
    code, told = _json(capsys, "score", town, "--weight", "newly_served=1")
    assert code == 0
    assert [candidate["id"] for candidate in told["candidates"]] == ["V1", "V2"]
    assert {"newly_served_hours", "newly_served_part", "score"} <= set(told["candidates"][0])


def test_a_sound_district_has_no_faults(town: Path, capsys: Capture) -> None:
    code, told = _json(capsys, "check", town)
    assert (code, told["problems"], told["rejected"]) == (0, [], None)


def test_one_bad_row_is_told_and_the_plan_goes_on(town: Path, capsys: Capture) -> None:
    with (town / "venues.csv").open("a", encoding="utf-8") as file:
        csv.writer(file).writerow(["V3", "坏行", "106.49", "129.5", "沿街商户", "24小时", "1000"])
    code, told = _json(capsys, "check", town)
    assert code == 1
    [fault] = told["problems"]
    assert (fault["file"], fault["row"], fault["column"]) == ("venues.csv", 4, "纬度")
    assert Path(told["rejected"]).name == "rejected.xlsx"
    [sheet] = openpyxl.load_workbook(town / "rejected.xlsx").worksheets
    assert "坏行" in {cell.value for row in sheet.iter_rows() for cell in row}
    code, told = _json(capsys, "plan", town, "--count", 1)
    assert (code, told["options"], told["rows_set_aside"]) == (0, ["V1"], 1)


def test_places_set_by_a_click_come_along_with_the_settings_as_used(
    town: Path, tmp_path: Path, capsys: Capture
) -> None:
    with (town / "venues.csv").open("a", encoding="utf-8") as file:
        csv.writer(file).writerow(["V3", "中间商店", "", "", "沿街商户", "24小时", "1000"])
    text = (town / "venues.csv").read_text(encoding="utf-8").splitlines()
    text = [text[0] + ",地址", *(line + ",一路1号" for line in text[1:])]
    (town / "venues.csv").write_text("\n".join(text) + "\n", encoding="utf-8")
    place_row(town, "venues", "V3", 106.5101, 29.5001)
    limits = ("--count", 1, "--budget", 1500)
    _, first = _json(capsys, "plan", town, *limits, "--out", tmp_path / "out")
    assert first["options"] == ["V3"]
    _, again = _json(capsys, "plan", tmp_path / "out", "--out", tmp_path / "again")
    assert (again["options"], again["served"]) == (["V3"], first["served"])


def test_results_never_replace_the_files_of_the_district(town: Path, capsys: Capture) -> None:
    before = (town / "district.toml").read_bytes()
    assert "--out" in _refused(capsys, "plan", town, "--count", "1", "--out", town)
    assert (town / "district.toml").read_bytes() == before
    assert not (town / "plan.json").exists()


def test_weights_of_nothing_are_refused(town: Path, capsys: Capture) -> None:
    names = [field.name for field in fields(ScoreWeights)]
    none = [part for name in names for part in ("--weight", f"{name}=0")]
    assert "weights" in _refused(capsys, "score", town, *none)


def test_faults_are_told_even_where_nothing_can_be_written(town: Path, capsys: Capture) -> None:
    with (town / "venues.csv").open("a", encoding="utf-8") as file:
        csv.writer(file).writerow(["V3", "坏行", "106.49", "129.5", "沿街商户", "24小时", "1000"])
    (town / "taken").write_text("", encoding="utf-8")
    assert main(["check", str(town), "--out", str(town / "taken")]) == 1
    captured = capsys.readouterr()
    assert "129.5" in captured.out
    assert "taken" in captured.err


def test_the_language_may_stand_anywhere_and_must_be_known(town: Path, capsys: Capture) -> None:
    assert main(["coverage", str(town), "--lang", "zh"]) == 0
    assert "有效覆盖" in capsys.readouterr().out
    assert main(["--lang", "fr", "coverage", str(town)]) == 2
    assert "fr" in capsys.readouterr().err


def test_a_place_far_from_streets_is_told_by_its_file_and_row(town: Path, capsys: Capture) -> None:
    text = (town / "district.toml").read_text(encoding="utf-8")
    text = text.replace("[[groups]]", '[streets]\npath = "s.osm"\nsnap_limit_m = 50\n[[groups]]')
    (town / "district.toml").write_text(text, encoding="utf-8")
    nodes = "".join(
        f'<node id="{at}" lat="29.5" lon="{lon}"/>' for at, lon in enumerate((106.49, 106.52), 1)
    )
    (town / "s.osm").write_text(
        f'<osm version="0.6">{nodes}<way id="9"><nd ref="1"/><nd ref="2"/>'
        '<tag k="highway" v="residential"/></way></osm>',
        encoding="utf-8",
    )
    (town / "stations.csv").write_text(
        STATIONS.replace("\n", ",状态\n") + "S1,旧站,106.470,29.500,银行网点,9:00-17:00,关闭\n",
        encoding="utf-8",
    )
    code, told = _json(capsys, "check", town)
    # A closed station is a candidate, but it stands in its own list; the market in its own too.
    assert code == 1
    assert [(fault["file"], fault["row"]) for fault in told["problems"]] == [
        ("stations.csv", 2),
        ("venues.csv", 3),
        ("workers.csv", 3),
    ]


def test_a_command_without_a_terminal_shows_no_progress(town: Path, capsys: Capture) -> None:
    main(["coverage", str(town)])
    assert capsys.readouterr().err == ""


def test_a_new_folder_can_be_checked_at_once(tmp_path: Path, capsys: Capture) -> None:
    assert main(["init", str(tmp_path / "new")]) == 0
    capsys.readouterr()
    said = _refused(capsys, "check", tmp_path / "new", "--out", tmp_path)
    assert "venues.xlsx" in said or "stations.xlsx" in said or "workers.xlsx" in said


def _empty(town: Path) -> None:
    (town / "stations.csv").write_bytes(b"")


def _binary(town: Path) -> None:
    (town / "stations.xlsx").write_bytes(bytes(range(256)) * 40)
    _rename(town, "stations.csv", "stations.xlsx")


def _rename(town: Path, old: str, new: str) -> None:
    settings = town / "district.toml"
    settings.write_text(settings.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def _wrong_delimiter(town: Path) -> None:
    path = town / "stations.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",", "#"), encoding="utf-8")


def _missing_column(town: Path) -> None:
    (town / "stations.csv").write_text("编号,站点名称,经度\nS1,一号站,106.5\n", encoding="utf-8")


def _in_the_sea(town: Path) -> None:
    (town / "boundary.geojson").write_text(_square(106.4, 29.4, 0.2), encoding="utf-8")
    _add_boundary(town)
    (town / "stations.csv").write_text(
        STATIONS + "S1,一号站,125.0,29.5,银行网点,\nS2,二号站,125.1,29.5,银行网点,\n",
        encoding="utf-8",
    )


def _in_the_sea_without_a_boundary(town: Path) -> None:
    (town / "stations.csv").write_text(
        STATIONS + "S1,一号站,125.0,29.5,银行网点,\nS2,二号站,125.1,29.5,银行网点,\n",
        encoding="utf-8",
    )


def _swapped(town: Path) -> None:
    (town / "stations.csv").write_text(
        STATIONS + "S1,一号站,29.5,106.5,银行网点,\nS2,二号站,29.6,106.5,银行网点,\n",
        encoding="utf-8",
    )


def _far_boundary(town: Path) -> None:
    (town / "boundary.geojson").write_text(_square(110.0, 35.0, 0.2), encoding="utf-8")
    _add_boundary(town)


def _square(west: float, south: float, size: float) -> str:
    east, north = west + size, south + size
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return json.dumps(
        {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "properties": {},
                    "geometry": {"type": "Polygon", "coordinates": [ring]},
                }
            ],
        }
    )


def _add_boundary(town: Path) -> None:
    with (town / "district.toml").open("a", encoding="utf-8") as file:
        file.write('[files.boundary]\npath = "boundary.geojson"\ncrs = "WGS-84"\n')


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (_empty, ("stations.csv", "empty")),
        (_binary, ("stations.xlsx",)),
        (_wrong_delimiter, ("stations.csv",)),
        (_missing_column, ("stations.csv", "纬度")),
        (_in_the_sea, ("stations.csv", "boundary")),
        (_in_the_sea_without_a_boundary, ("stations.csv", "workers.csv")),
        (_swapped, ("stations.csv", "swapped")),
        (_far_boundary, ("boundary",)),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_input_that_cannot_be_used_is_named_and_ends_with_two(
    town: Path, capsys: Capture, spoil: Callable[[Path], None], named: tuple[str, ...]
) -> None:
    spoil(town)
    for command in (["check"], ["coverage"], ["plan", "--count", "1"]):
        said = _refused(capsys, *command, town)
        for name in named:
            assert name in said


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--budget", "-1"], "-1"),
        (["--count", "-1"], "-1"),
        (["--count", "1", "--lock", "V1", "--forbid", "V1"], "V1"),
        (["--count", "1", "--lock", "V9"], "V9"),
        (["--count", "1", "--forbid", "S1"], "S1"),
        (["--count", "1", "--gap", "2"], "2"),
        (["--count", "1", "--time-limit", "-5"], "-5"),
        (["--count", "1", "--min-separation", "-5"], "-5"),
        (["--count", "many"], "--count: a whole number is needed"),
        (["--budget", "much"], "--budget: a number is needed"),
        (["--cuont", "1"], "--cuont"),
        ([], "--budget"),
    ],
)
def test_arguments_that_contradict_end_with_two(
    town: Path, capsys: Capture, arguments: list[str], named: str
) -> None:
    assert named in _refused(capsys, "plan", town, *arguments)


@pytest.mark.parametrize("command", ["init", "check", "coverage", "score", "plan"])
def test_a_command_without_its_folder_asks_for_it(capsys: Capture, command: str) -> None:
    assert "DIR is missing" in _refused(capsys, command)


def test_a_missing_folder_says_how_to_make_one(tmp_path: Path, capsys: Capture) -> None:
    assert "planner init" in _refused(capsys, "coverage", tmp_path / "nowhere")


def test_an_error_with_json_is_one_json_object_too(tmp_path: Path, capsys: Capture) -> None:
    code, told = _json(capsys, "coverage", tmp_path / "nowhere")
    assert code == 2
    assert "nowhere" in told["error"]


def test_a_folder_that_cannot_be_written_to_is_named(town: Path, capsys: Capture) -> None:
    (town / "taken").write_text("", encoding="utf-8")
    assert "taken" in _refused(capsys, "plan", town, "--count", "1", "--out", town / "taken")


def test_no_phone_or_person_of_the_sample_reaches_any_output(
    tmp_path: Path, capsys: Capture
) -> None:
    folder = shutil.copytree(sample_folder(), tmp_path / "sample")
    assert main(["plan", str(folder), "--out", str(tmp_path / "out")]) == 0
    told = capsys.readouterr().out.encode()
    workbook = openpyxl.load_workbook(folder / "stations.xlsx")
    personal = [
        str(cell.value)
        for row in workbook.worksheets[0].iter_rows(min_row=3, min_col=17, max_col=18)
        for cell in row
        if cell.value
    ]
    assert len(personal) >= 60
    with gzip.open(folder / "taxi_records.csv.gz", "rt", encoding="utf-8") as records:
        personal += sorted({line.split(",")[0] for line in records if line.startswith("虚")})
    assert len(personal) >= 60 + 96
    written = told + b"".join(
        path.read_bytes() for path in sorted((tmp_path / "out").glob("*.[jgh]*")) if path.is_file()
    )
    sheet = openpyxl.load_workbook(tmp_path / "out" / "sites.xlsx")
    cells = "\n".join(
        str(cell.value) for page in sheet for row in page.iter_rows() for cell in row
    ).encode()
    assert [text for text in personal if text.encode() in written + cells] == []
