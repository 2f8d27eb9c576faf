"""A district whose ways come from a ready table instead of streets."""

import json
from pathlib import Path

import pytest
from line_town import line_town
from shapely import box
from shapely.geometry import mapping

from planner.cli import main
from planner.pipeline import cover, prepare

TRAVEL = '\n[files.travel]\npath = "ways.csv"\n'


@pytest.fixture
def town(tmp_path: Path) -> Path:
    folder = line_town(tmp_path / "town")
    settings = folder / "district.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + TRAVEL, encoding="utf-8")
    return folder


def _write(folder: Path, *rows: str) -> None:
    text = "\n".join(["site,cell,cost", *rows])
    (folder / "ways.csv").write_text(text + "\n", encoding="utf-8")


def test_the_table_decides_who_is_within_reach(town: Path) -> None:
    cells = tuple(_cells(town))
    _write(town, f"S1,{cells[0]},500", f"S1,{cells[1]},500.6")
    figures = cover(prepare(town))
    assert figures.by_cell["nominal_share"].tolist() == [1.0, 0.0]  # 500 m is the courier's reach


def test_a_name_that_matches_nothing_is_told_with_its_row(
    town: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _write(town, f"S1,{next(iter(_cells(town)))},100", "S9,nowhere,100")
    assert main(["check", str(town), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)["problems"]
    assert {(p["file"], p["row"], p["column"]) for p in told} == {
        ("ways.csv", 3, "site"),
        ("ways.csv", 3, "cell"),
    }


SQUARES = """
[files.communities]
path = "communities.geojson"
crs = "WGS-84"
"""


def _with_communities(town: Path, *names: str) -> None:
    """Lay a square around the eastern market and one around the western, with ids C1 and C2."""
    features = [
        {
            "type": "Feature",
            "properties": {"id": f"C{number + 1}", "name": name},
            "geometry": mapping(box(middle - 0.005, 29.49, middle + 0.005, 29.51)),
        }
        for number, (middle, name) in enumerate(zip((106.51, 106.48), names, strict=True))
    ]
    (town / "communities.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8"
    )
    settings = town / "district.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + SQUARES, encoding="utf-8")


def test_a_community_is_named_however_it_is_written(town: Path) -> None:
    _with_communities(town, "East 1", "West")
    _write(town, "S1,Ｅａｓｔ １,100")
    prepared = prepare(town)
    assert cover(prepared).by_cell["nominal_share"].tolist() == [1.0, 0.0]
    assert [problem for problem in prepared.problems if problem.table == "ways.csv"] == []


def test_a_name_of_two_communities_stands_for_neither_and_is_told_with_its_row(town: Path) -> None:
    _with_communities(town, "同名社区", "同名社区")
    _write(town, "S1,C1,100", "S1,同名社区 ,100")
    prepared = prepare(town)
    assert cover(prepared).by_cell["nominal_share"].tolist() == [1.0, 0.0]
    told = [problem for problem in prepared.problems if problem.table == "ways.csv"]
    assert [(problem.row, problem.column) for problem in told] == [(3, "cell")]
    assert "several have this name" in told[0].expected.text("en")


def test_a_mode_that_the_table_lacks_is_told_before_all_are_taken_for_exempt(town: Path) -> None:
    cell = _cells(town)[0]
    (town / "ways.csv").write_text(f"site,cell,cost,mode\nS1,{cell},100,drive\n", encoding="utf-8")
    told = [problem for problem in prepare(town).problems if problem.table == "ways.csv"]
    assert [(problem.row, problem.column) for problem in told] == [("", "mode")]
    assert "on foot" in told[0].fix.text("en")


def test_places_of_two_sources_with_one_id_are_named_by_it_and_apart_by_their_own(
    town: Path,
) -> None:
    settings = town / "district.toml"
    more = '[[workers]]\nkind = "points"\npath = "yards.csv"\ncrs = "WGS-84"\n'
    settings.write_text(settings.read_text(encoding="utf-8") + more, encoding="utf-8")
    (town / "workers.csv").write_text(
        "编号,名称,经度,纬度,快递员\n3/12,东,106.5101,29.5,40\nP,西,106.4801,29.5,10\n",
        encoding="utf-8",
    )
    (town / "yards.csv").write_text(
        "编号,名称,经度,纬度,快递员\nP,南,106.5101,29.49,7\n", encoding="utf-8"
    )
    assert _cells(town) == ["3/12", "P", "3/P"]
    _write(town, "S1,12,1", "S1,P,100", "S1,3/P,900")
    prepared = prepare(town)
    assert cover(prepared).by_cell["nominal_share"].tolist() == [0.0, 1.0, 0.0]
    told = [problem for problem in prepared.problems if problem.table == "ways.csv"]
    assert [(problem.row, problem.found) for problem in told] == [(2, "12")]


def _cells(town: Path) -> list[str]:
    _write(town, "S1,any,1")
    return list(prepare(town).demand.cells.index)
