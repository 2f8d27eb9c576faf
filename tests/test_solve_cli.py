"""`planner solve` as a person or a program calls it."""

import json
from pathlib import Path

import pytest

from planner.cli import main

TRAVEL = "site,cell,cost\nA,x,0\nA,y,5\nB,y,1\nB,z,4\nC,z,2\nC,w,9\n"


@pytest.fixture
def travel(tmp_path: Path) -> Path:
    path = tmp_path / "travel.csv"
    path.write_text(TRAVEL, encoding="utf-8")
    return path


def called(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = main(["--lang", "en", "solve", *map(str, arguments)])
    out, err = capsys.readouterr()
    return code, out, err


@pytest.mark.parametrize(
    ("model", "asked", "sites", "objective"),
    [
        ("mclp", ["--radius", 4, "--count", 1], ["B"], 2),
        ("lscp", ["--radius", 5], ["A", "B"], 2),
        ("p-median", ["--count", 2], ["A", "C"], 16),
        ("p-center", ["--count", 2], ["A", "C"], 9),
        ("backup", ["--radius", 5], ["A", "B"], 1),
    ],
)
def test_each_model_answers_in_json(
    capsys: pytest.CaptureFixture[str],
    travel: Path,
    model: str,
    asked: list[object],
    sites: list[str],
    objective: float,
) -> None:
    code, out, _ = called(capsys, "--model", model, "--travel", travel, *asked, "--json")
    told = json.loads(out)
    assert code == 0
    assert (told["model"], told["sites"], told["objective"]) == (model, sites, objective)
    assert (told["bound"], told["gap"], told["status"]) == (objective, 0.0, "optimal")
    assert told["seconds"] >= 0
    assert ("assignment" in told) is model.startswith("p-")


def test_the_assignment_names_the_nearest_site_of_each_cell(
    capsys: pytest.CaptureFixture[str], travel: Path
) -> None:
    _, out, _ = called(capsys, "--model", "p-median", "--travel", travel, "--count", 2, "--json")
    assert json.loads(out)["assignment"] == {"x": "A", "y": "A", "z": "C", "w": "C"}


def test_dispersion_takes_a_table_of_sites(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "between.csv"
    path.write_text("site,site,cost\na,b,1\na,c,3\nb,c,2\n", encoding="utf-8")
    code, out, _ = called(
        capsys, "--model", "p-dispersion", "--travel", path, "--count", 2, "--json"
    )
    assert code == 0
    assert json.loads(out)["sites"] == ["a", "c"]


def test_no_answer_ends_with_three_and_says_why(
    capsys: pytest.CaptureFixture[str], travel: Path
) -> None:
    asked = ["--model", "p-median", "--travel", travel, "--count", 1]
    code, out, _ = called(capsys, *asked, "--json")
    told = json.loads(out)
    assert code == 3
    assert (told["status"], told["objective"], told["gap"]) == ("infeasible", None, None)
    assert "more than 1 sites" in told["reasons"][0]
    code, _, err = called(capsys, *asked)
    assert code == 3
    assert "more than 1 sites" in err


@pytest.mark.parametrize(
    "asked",
    [
        ["--model", "p-median"],
        ["--model", "nothing", "--count", 1],
        ["--model", "p-median", "--count", 99],
        ["--model", "p-median", "--count", 1, "--time-limit", -1],
        ["--model", "p-median", "--count", 1, "--time-limit", "nan"],
        ["--model", "p-median", "--count", 1, "--gap", 2],
        ["--model", "p-median", "--count", 1, "--seed", -1],
        ["--model", "p-median", "--count", "many"],
        ["--model", "p-dispersion", "--count", 2, "--demand", "x.csv"],
        ["--model", "p-median", "--count", 1, "--demand", "missing.csv"],
    ],
)
def test_a_wrong_call_ends_with_two_and_one_json_object(
    capsys: pytest.CaptureFixture[str], travel: Path, asked: list[object]
) -> None:
    code, out, err = called(capsys, "--travel", travel, *asked, "--json")
    assert code == 2
    assert json.loads(out)["error"]
    assert "Error:" in err


def test_wrong_data_are_told_row_by_row(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "travel.csv"
    path.write_text(TRAVEL + "A,w,-3\nB,w,?\n", encoding="utf-8")
    code, out, _ = called(capsys, "--model", "p-median", "--travel", path, "--count", 1, "--json")
    told = json.loads(out)
    assert code == 2
    assert [("row 8" in told["problems"][0]), ("row 9" in told["problems"][1])] == [True, True]


def test_the_answer_is_written_to_a_file(
    capsys: pytest.CaptureFixture[str], travel: Path, tmp_path: Path
) -> None:
    out_file = tmp_path / "answers" / "median.json"
    code, out, _ = called(
        capsys, "--model", "p-median", "--travel", travel, "--count", 2, "--out", out_file, "--json"
    )
    assert code == 0
    assert json.loads(out_file.read_text(encoding="utf-8")) == json.loads(out)


def test_people_read_it_in_both_languages(capsys: pytest.CaptureFixture[str], travel: Path) -> None:
    asked = ["--model", "lscp", "--travel", travel, "--radius", 5]
    _, english, _ = called(capsys, *asked)
    assert "1 cells with demand are beyond every site: w" in english
    assert "lscp: 2; no answer is better than 2. It is proven best;" in english
    main(["--lang", "zh", "solve", *map(str, asked)])
    chinese, _ = capsys.readouterr()
    assert "1 个有需求的地点不在任何站点可达范围内：w" in chinese
    assert "共 2 个站点" in chinese
