"""`planner scenarios ...` and `planner plan --save`: what they print and how they end."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from line_town import line_town

from planner.cli import main
from planner.scenarios.kinds import EDIT_KINDS
from planner.scenarios.store import ScenarioStore, close_stores, district_key, open_store

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with a town and a store in which its plan is saved as A."""
    folder = tmp_path_factory.mktemp("saved")
    town = line_town(folder / "town")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLANNER_CACHE", str(folder / "cache"))
        save = ["--count", "1", "--work-limit", "200", "--save", "A", "--json"]
        assert main(["plan", str(town), *save, "--store", str(folder / "kept.sqlite")]) == 0
    close_stores()
    return folder


@pytest.fixture
def town(saved: Path, tmp_path: Path, capsys: Capture) -> Path:
    """Give the town, its plan A in the store of this test."""
    shutil.copyfile(saved / "kept.sqlite", tmp_path / "scenarios.sqlite")
    capsys.readouterr()
    return saved / "town"


@pytest.fixture
def bare_town(tmp_path: Path) -> Path:
    return line_town(tmp_path / "town")


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    close_stores()


def _json(capsys: Capture, *arguments: object, code: int = 0) -> dict[str, Any]:
    assert main([*map(str, arguments), "--json"]) == code
    told = json.loads(capsys.readouterr().out)
    assert isinstance(told, dict)
    return told


def _said(capsys: Capture, *arguments: object, lang: str = "en") -> str:
    assert main(["--lang", lang, *map(str, arguments)]) == 0
    return capsys.readouterr().out


def _refused(capsys: Capture, *arguments: object) -> str:
    assert main(["--lang", "en", *map(str, arguments)]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "Traceback" not in told.err
    return told.err


def _id(capsys: Capture, name: str) -> str:
    return str(_json(capsys, "scenarios", "show", name)["id"])


def test_a_saved_plan_is_listed_beside_the_state_of_today(capsys: Capture, town: Path) -> None:
    plan = json.loads((town / "plan" / "plan.json").read_text(encoding="utf-8"))
    base, made = _json(capsys, "scenarios", "list", town)["scenarios"]
    assert (base["name"], base["baseline"], base["stale"]) == ("现状", True, False)
    assert (made["name"], made["parent"]) == ("A", base["id"])
    assert (made["version"], made["stale"]) == (1, False)
    assert made["effective_share"] == pytest.approx(plan["effective_share"])
    assert made["cost_yuan"] == plan["cost_yuan"]
    said = _said(capsys, "scenarios", "list", town, lang="zh")
    assert "与现在一致" in said
    assert made["id"][:8] in said


def test_saving_again_changes_the_same_scenario(
    capsys: Capture, town: Path, tmp_path: Path
) -> None:
    first = _id(capsys, "A")
    again = _json(capsys, "plan", town, "--count", 2, "--save", "A", "--out", tmp_path / "out")
    assert again["scenario"] == first
    shown = _json(capsys, "scenarios", "show", "A")
    assert shown["version"] == 2
    assert [edit["kind"] for edit in shown["history"]] == ["search", "search"]
    assert shown["plan"]["chosen"] == again["chosen"]
    assert "count = 2" in shown["settings"]


def test_the_state_of_today_is_worked_out_once(
    capsys: Capture, town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("planner.pipeline.scenarios.baseline_of", None)
    said = _json(capsys, "plan", town, "--count", 1, "--save", "B", "--out", tmp_path / "out")
    base, _, made = _json(capsys, "scenarios", "list", town)["scenarios"]
    assert (made["id"], made["parent"]) == (said["scenario"], base["id"])


@pytest.mark.usefixtures("town")
def test_a_list_of_all_districts_reads_no_plan(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ScenarioStore, "get", None)
    assert len(_json(capsys, "scenarios", "list")["scenarios"]) == 2


def test_the_home_of_nobody_is_a_name_like_others(
    capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = _json(capsys, "scenarios", "list", "~nobody-here", "--store", "~nobody-here/kept.sqlite")
    assert told == {"store": str(tmp_path / "~nobody-here" / "kept.sqlite"), "scenarios": []}


def test_saving_under_the_name_of_today_is_refused_before_the_search(
    capsys: Capture, town: Path, tmp_path: Path
) -> None:
    for name, told in (("现状", "locked"), (" ", "needs a name")):
        out = tmp_path / "out"
        save = ("--save", name, "--out", out)
        assert told in _refused(capsys, "plan", town, "--count", 1, *save)
        assert not out.exists()


def test_a_store_that_cannot_be_opened_is_told_before_the_search(
    capsys: Capture, bare_town: Path, tmp_path: Path
) -> None:
    (tmp_path / "no").write_text("no store" * 1_000)
    told = _refused(
        capsys, "plan", bare_town, "--count", 1, "--save", "A", "--store", tmp_path / "no"
    )
    assert "damaged or no store" in told
    assert not (bare_town / "plan").exists()


def test_nothing_is_saved_where_no_plan_meets_the_limits(capsys: Capture, bare_town: Path) -> None:
    told = _json(capsys, "plan", bare_town, "--count", 1, "--floor", ":100%", "--save", "A", code=3)
    assert "scenario" not in told
    assert _json(capsys, "scenarios", "list", bare_town)["scenarios"] == []


@pytest.mark.usefixtures("town")
def test_a_scenario_is_shown_with_its_figures_and_edits_in_both_languages(capsys: Capture) -> None:
    made = _id(capsys, "A")
    for name in ("A", " a ", made, made[:8]):
        said = _said(capsys, "scenarios", "show", name)
        assert "Served with the plan" in said
        assert "searched" in said
    assert "求解" in _said(capsys, "scenarios", "show", "A", lang="zh")


def test_one_scenario_is_held_against_the_state_of_today(capsys: Capture, town: Path) -> None:
    told = _json(capsys, "compare", "A", "--district", town)
    assert told["checked"] is True
    assert [(each["name"], each["state"]) for each in told["scenarios"]] == [
        ("现状", "current"),
        ("A", "current"),
    ]
    values = {row["key"]: row["values"] for row in told["rows"]}
    assert values["served"] == [0.0, pytest.approx(0.8)]  # 40 of 50 workers, both out alike
    assert values["gap_workers"] == [50.0, 10.0]
    assert [values[key] for key in ("setup", "union", "partner")] == [[0, 3000], [0, 3000], [0, 0]]
    (changes,) = told["changes"]
    (added,) = changes["measures"]
    assert (added["what"], added["option"], added["setup_yuan"]) == ("added", "V1", 3000.0)
    assert added["gain_hours"] == pytest.approx(values["hours"][1])
    said = _said(capsys, "compare", "A", "--district", town)
    assert re.search(r"added .*东头商店.*\+2,349 .*\+3,000", said)
    assert "“A” serves 2,349 more worker-hours a week than “State of today”" in said
    assert "每周多服务2,349工时" in _said(capsys, "compare", "A", "--district", town, lang="zh")


@pytest.mark.usefixtures("town")
def test_any_scenarios_are_compared_in_the_order_in_which_they_are_named(capsys: Capture) -> None:
    open_store().copy(_id(capsys, "A"), name="B", author="")
    told = _json(capsys, "compare", "B", "现状", "A")
    assert told["checked"] is False
    assert [each["name"] for each in told["scenarios"]] == ["B", "现状", "A"]
    assert "name each once" in _refused(capsys, "compare", "A", "A")


def test_deleted_scenarios_come_back(capsys: Capture, town: Path) -> None:
    made = _id(capsys, "A")
    assert f"undelete {made}" in _said(capsys, "scenarios", "delete", "A")
    assert [each["name"] for each in _json(capsys, "scenarios", "list")["scenarios"]] == ["现状"]
    gone = _json(capsys, "scenarios", "list", town, "--deleted")["scenarios"]
    assert [each["id"] for each in gone] == [made]
    assert "no scenario" in _refused(capsys, "scenarios", "show", "A").lower()
    assert _json(capsys, "scenarios", "undelete", "A") == {
        "id": made,
        "name": "A",
        "deleted": False,
    }
    assert _json(capsys, "scenarios", "show", "A")["deleted"] is None
    assert "locked" in _refused(capsys, "scenarios", "delete", "现状")


def test_a_file_carries_a_scenario_to_another_folder_and_replays(
    capsys: Capture, town: Path, tmp_path: Path
) -> None:
    file = tmp_path / "a.json"
    assert _json(capsys, "scenarios", "export", "A", "--out", file)["file"] == str(file)
    other = shutil.copytree(town, tmp_path / "other", ignore=shutil.ignore_patterns("plan"))
    made = _json(capsys, "scenarios", "import", file, other)
    assert (made["name"], made["stale"]) == ("A", False)
    today, only = _json(capsys, "scenarios", "list", other)["scenarios"]  # nobody has opened it
    assert (today["name"], today["baseline"], today["stale"]) == ("现状", True, False)
    assert only["id"] == made["id"]
    assert made["place"] == _json(capsys, "scenarios", "show", made["id"])["place"] != ""
    again = _json(capsys, "scenarios", "replay", "A", other)
    assert (again["same"], again["searched"], again["stale"]) == (True, True, False)
    assert "the very plan of A" in _said(capsys, "scenarios", "replay", "A", other)
    assert "Several scenarios are called A" in _refused(capsys, "scenarios", "show", "A")
    assert _json(capsys, "scenarios", "show", "A", "--district", other)["id"] == made["id"]


def test_a_file_that_is_refused_leaves_nothing_in_the_store(
    capsys: Capture, town: Path, tmp_path: Path
) -> None:
    other = shutil.copytree(town, tmp_path / "other", ignore=shutil.ignore_patterns("plan"))
    _refused(capsys, "scenarios", "import", other / "district.toml", other)
    assert open_store().list(district_key(other)) == ()


def test_an_import_into_other_data_is_told_to_be_stale(
    capsys: Capture, town: Path, tmp_path: Path
) -> None:
    file = tmp_path / "a.json"
    _said(capsys, "scenarios", "export", "A", "--out", file)
    town = shutil.copytree(town, tmp_path / "changed")
    store = open_store()
    store.add(replace(store.get(_id(capsys, "A")), district=district_key(town)))
    workers = next(town.glob("workers*.csv"))
    workers.write_text(workers.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    said = _said(capsys, "scenarios", "import", file, town)
    assert "A (2) is kept" in said
    assert "other data than those" in said
    listed = _json(capsys, "scenarios", "list", town)["scenarios"]
    states = {each["name"]: each["stale"] for each in listed}
    assert states == {"现状": False, "A": True, "A (2)": True}
    told = _json(capsys, "scenarios", "replay", "A (2)", town, code=1)
    assert (told["same"], told["stale"]) == (False, True)


@pytest.mark.usefixtures("town")
def test_an_export_writes_over_nothing_unless_told_to(
    capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store()
    store.add(replace(store.get(_id(capsys, "A")), name="方案/../A:*"))
    monkeypatch.chdir(tmp_path)
    _said(capsys, "scenarios", "export", "方案/../A:*")
    (made,) = tmp_path.glob("*.scenario.json")
    assert made.name == "方案-A.scenario.json"
    made.write_text("mine")
    assert "is there already" in _refused(capsys, "scenarios", "export", "方案/../A:*")
    assert made.read_text() == "mine"
    _said(capsys, "scenarios", "export", "方案/../A:*", "--replace")
    assert json.loads(made.read_text(encoding="utf-8"))["scenario"]["name"] == "方案/../A:*"


def test_what_is_no_scenario_file_is_told(capsys: Capture, town: Path, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{}")
    assert "not a scenario" in _refused(capsys, "scenarios", "import", tmp_path / "x.json", town)
    assert "cannot be read" in _refused(capsys, "scenarios", "import", tmp_path / "y.json", town)
    _said(capsys, "scenarios", "export", "A", "--out", tmp_path / "a.json")
    told = _refused(capsys, "scenarios", "import", tmp_path / "a.json", tmp_path / "z")
    assert "There is no folder" in told


def test_an_empty_store_says_where_it_is(capsys: Capture, tmp_path: Path) -> None:
    assert "scenarios.sqlite" in _said(capsys, "scenarios", "list")
    assert "没有方案" in _said(capsys, "scenarios", "list", lang="zh")
    told = _json(capsys, "scenarios", "list", "--store", tmp_path / "own.sqlite")
    assert told == {"store": str(tmp_path / "own.sqlite"), "scenarios": []}


def test_help_of_scenarios_is_told_in_both_languages(capsys: Capture) -> None:
    assert "Bring back a scenario" in _said(capsys, "scenarios", "--help")
    assert "恢复已删除的方案" in _said(capsys, "scenarios", "--help", lang="zh")
    assert "方案库地址" in _said(capsys, "scenarios", "list", "--help", lang="zh")
    assert "no command nix" in _refused(capsys, "scenarios", "nix")


def test_help_needs_no_database() -> None:
    program = (
        "import sys; from planner.cli import main; main(['scenarios', '--help'])\n"
        "print([name for name in ('sqlalchemy', 'alembic', 'numba') if name in sys.modules])\n"
    )
    told = subprocess.run(  # noqa: S603 - a program of our own
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert told.stdout.splitlines()[-1] == "[]"


def test_every_kind_of_edit_has_a_name_in_chinese() -> None:
    assert all(name.text("zh") != name.text("en") for name in EDIT_KINDS.values())


@pytest.mark.usefixtures("town")
def test_a_history_from_another_version_is_shown(capsys: Capture) -> None:
    made = _id(capsys, "A")
    store = open_store()
    kept = store.get(made)
    store.save(replace(kept, history=(replace(kept.history[0], kind="teleport"),)))
    assert "another edit" in _said(capsys, "scenarios", "show", made)
