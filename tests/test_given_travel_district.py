"""A district whose ways come from a ready table instead of streets."""

import json
from pathlib import Path

import pytest
from line_town import line_town

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


def _cells(town: Path) -> list[str]:
    _write(town, "S1,any,1")
    return list(prepare(town).demand.cells.index)
