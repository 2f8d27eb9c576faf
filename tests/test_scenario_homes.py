"""Folders that are moved, copied or on another machine, and the scenarios that are theirs."""

import io
import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from line_town import line_town
from scenario_stores import (
    Cluster,
    running_postgres,
    skip_without_postgres,
    small_edit,
    small_scenario,
    sqlite_address,
)
from sqlalchemy import Connection
from typer.testing import CliRunner

from planner.cli import app, main
from planner.errors import StoreError
from planner.scenarios import Scenario
from planner.scenarios import homes as homes_of
from planner.scenarios.homes import adopt, all_homes, is_begun_only, lost_homes, see_folder
from planner.scenarios.naming import OF_TODAY, mark_of_number
from planner.scenarios.store import ScenarioStore, close_stores, district_key, open_store

INPUTS = "b" * 64
Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    skip_without_postgres()
    with running_postgres() as one:
        yield one


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ScenarioStore]:
    if request.param == "sqlite":
        address = sqlite_address(tmp_path)
    else:
        address = request.getfixturevalue("cluster").new_database()
    yield open_store(address)
    close_stores()


def _folder(path: Path) -> Path:
    path.mkdir(parents=True)
    return path


def _begin(store: ScenarioStore, folder: Path) -> None:
    """Open a folder as the app does: its baseline, a first scenario, and where it lies."""
    bare = replace(
        small_scenario(),
        district=district_key(folder),
        plan=None,
        figures=None,
        inputs="",
        history=(),
    )
    today = replace(bare, name="现状", given=OF_TODAY, baseline=True, inputs=INPUTS)
    store.begin(today, replace(bare, given=mark_of_number(1)))
    see_folder(store, folder)


def _names(store: ScenarioStore, folder: Path, *, deleted: bool = False) -> list[str]:
    return [each.name for each in store.list(district_key(folder), deleted=deleted)]


def _plan(store: ScenarioStore, folder: Path, name: str) -> Scenario:
    return store.add(replace(small_scenario(name), district=district_key(folder), figures=None))


def _lost(store: ScenarioStore, folder: Path, *, name: str = "江北", inputs: str = "") -> list[str]:
    return [each.district for each in lost_homes(store, folder, name=name, inputs=inputs)]


BEGUN = ["State of today", "Scenario 1"]


def test_a_folder_that_was_moved_has_its_scenarios_again(
    store: ScenarioStore, tmp_path: Path
) -> None:
    old, new = _folder(tmp_path / "old"), tmp_path / "new"
    _begin(store, old)
    kept = _plan(store, old, "夜班")
    store.append_edit(kept.id, "p", 1, small_edit(9), ["a"])
    before = (store.get(kept.id), store.draft(kept.id, "p"))
    old.rename(new)
    _begin(store, new)
    assert _names(store, new) == BEGUN
    (home,) = _lost(store, new)
    there = adopt(store, home, new)
    assert _names(store, new) == [*BEGUN, "夜班"]
    assert (
        replace(store.get(kept.id), district=before[0].district),
        store.draft(kept.id, "p"),
    ) == before
    # What was made when the folder was opened is not lost either.
    assert _names(store, new, deleted=True) == ["State of today", "Scenario 1"]
    assert [each.scenarios for each in all_homes(store)] == [2]
    assert all_homes(store)[0].district == there
    assert _lost(store, new) == []


def test_another_folder_in_the_old_place_begins_anew(store: ScenarioStore, tmp_path: Path) -> None:
    old, new = _folder(tmp_path / "old"), tmp_path / "new"
    _begin(store, old)
    _plan(store, old, "夜班")
    old.rename(new)
    kept = store.list(district_key(old))[-1]
    assert store.get(kept.id).district == district_key(old)  # as a page has it that is open still
    there = adopt(store, _lost(store, new)[0], new)
    assert store.get(kept.id).district == there
    _folder(old)
    assert _names(store, old) == []
    _begin(store, old)
    assert _names(store, old) == BEGUN
    assert _names(store, new) == [*BEGUN, "夜班"]


def test_a_copy_of_a_folder_is_a_district_of_its_own(store: ScenarioStore, tmp_path: Path) -> None:
    old = _folder(tmp_path / "old")
    _begin(store, old)
    _plan(store, old, "夜班")
    copy = Path(shutil.copytree(old, tmp_path / "copy"))
    assert _lost(store, copy, inputs=INPUTS) == []
    _begin(store, copy)
    assert _names(store, copy) == BEGUN


@pytest.mark.parametrize(
    ("name", "inputs", "found"),
    [("江北", "", 1), ("江南", INPUTS, 1), ("江南", "c" * 64, 0), ("江南", "", 0)],
)
def test_only_a_district_of_this_name_or_of_these_data_is_offered(
    store: ScenarioStore, tmp_path: Path, name: str, inputs: str, found: int
) -> None:
    old, new = _folder(tmp_path / "old"), tmp_path / "new"
    _begin(store, old)
    old.rename(new)
    assert _lost(store, new, name=name, inputs=inputs) == []  # there is nothing to take over
    _plan(store, old, "夜班")
    assert len(_lost(store, new, name=name, inputs=inputs)) == found


def test_two_machines_share_the_scenarios_of_folders_of_two_paths(
    store: ScenarioStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = tmp_path / "one", _folder(tmp_path / "two")  # the first lies on another disk
    _begin(store, one)
    kept = _plan(store, one, "夜班")
    monkeypatch.setattr(homes_of, "this_machine", lambda: "another machine")
    _begin(store, two)
    (home,) = _lost(store, two)
    adopt(store, home, two)
    assert _names(store, two) == _names(store, one) == [*BEGUN, "夜班"]
    store.save(replace(store.get(kept.id), notes="of two"))
    assert store.list(district_key(one))[2].notes == "of two"
    _plan(store, two, "日班")
    assert _names(store, one)[-1] == "日班"


def test_a_move_on_one_machine_takes_nothing_from_the_other(
    store: ScenarioStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = tmp_path / "one", tmp_path / "two"  # of each machine the other sees none
    _begin(store, one)
    _plan(store, one, "夜班")
    with monkeypatch.context() as patch:
        patch.setattr(homes_of, "this_machine", lambda: "another machine")
        adopt(store, _lost(store, two)[0], two)
    moved = _folder(tmp_path / "moved")
    adopt(store, _lost(store, moved)[0], moved)
    assert _names(store, moved) == _names(store, two) == [*BEGUN, "夜班"]
    assert _names(store, one) == []
    # Back again: the folder that is gone now is the new one.
    moved.rename(one)
    adopt(store, _lost(store, one)[0], one)
    assert _names(store, one) == _names(store, two) == [*BEGUN, "夜班"]
    assert _names(store, moved) == []


def test_what_was_planned_in_the_new_folder_comes_along(
    store: ScenarioStore, tmp_path: Path
) -> None:
    old, new = _folder(tmp_path / "old"), tmp_path / "new"
    _begin(store, old)
    _plan(store, old, "夜班")
    old.rename(new)
    _begin(store, new)
    first = store.list(district_key(new))[1]
    store.append_edit(first.id, "p", 1, small_edit(3), ["V3"])
    other = _plan(store, new, "新")
    adopt(store, _lost(store, new)[0], new)
    assert sorted(_names(store, new)) == sorted([*BEGUN, "夜班", "Scenario 1", "新"])
    assert store.draft(first.id, "p") is not None
    assert store.get(other.id).plan == other.plan
    (gone,) = store.list(district_key(new), deleted=True)
    store.undelete(gone.id)
    assert sum(each.baseline for each in store.list(district_key(new))) == 1


def test_a_district_without_a_state_of_today_takes_that_of_the_folder(
    store: ScenarioStore, tmp_path: Path
) -> None:
    old, new = _folder(tmp_path / "old"), tmp_path / "new"
    _plan(store, old, "夜班")
    see_folder(store, old)
    old.rename(new)
    _begin(store, new)
    adopt(store, _lost(store, new)[0], new)
    assert _names(store, new) == ["State of today", "夜班", "Scenario 1"]


def test_a_folder_that_shares_its_scenarios_gives_none_of_them_away(
    store: ScenarioStore, tmp_path: Path
) -> None:
    one, two, third = (_folder(tmp_path / name) for name in ("one", "two", "third"))
    for folder in (one, third):
        _begin(store, folder)
    adopt(store, district_key(one), two)
    with pytest.raises(StoreError, match=r"together with .*one"):
        adopt(store, district_key(third), two)
    assert _names(store, one) == _names(store, two) == BEGUN
    assert adopt(store, district_key(one), two) == district_key(one)  # twice is once


def test_a_district_that_is_not_there_is_told(store: ScenarioStore, tmp_path: Path) -> None:
    for word in ("", "f" * 32, "'; DROP TABLE planner_folders; --"):
        with pytest.raises(StoreError, match="There is no district"):
            adopt(store, word, tmp_path)
    assert all_homes(store) == ()


def test_a_district_that_another_folder_has_just_taken_over_is_not_taken_twice(
    store: ScenarioStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, one, two = _folder(tmp_path / "old"), tmp_path / "one", _folder(tmp_path / "two")
    _begin(store, old)
    _plan(store, old, "夜班")
    _plan(store, two, "日班")
    old.rename(one)
    home, writing = _lost(store, one)[0], ScenarioStore.writing
    with monkeypatch.context() as patch:

        def after_the_other(late: ScenarioStore) -> AbstractContextManager[Connection]:
            patch.undo()
            adopt(late, home, one)
            return writing(late)

        patch.setattr(ScenarioStore, "writing", after_the_other)
        with pytest.raises(StoreError, match="There is no district"):
            adopt(store, home, two)
    assert _names(store, one) == [*BEGUN, "夜班"]
    assert _names(store, two) == ["日班"]


def test_edits_that_were_not_kept_yet_are_offered_too(store: ScenarioStore, tmp_path: Path) -> None:
    old, new = _folder(tmp_path / "old"), tmp_path / "new"
    _begin(store, old)
    first = store.list(district_key(old))[1]
    old.rename(new)
    assert _lost(store, new) == []
    store.append_edit(first.id, "p", 1, small_edit(3), ["V3"])
    adopt(store, _lost(store, new)[0], new)
    assert store.draft(store.list(district_key(new))[1].id, "p") is not None


def test_a_folder_that_may_not_be_looked_at_loses_nothing() -> None:
    # As where a folder above it is closed to this user: the system answers neither yes nor no.
    folder = homes_of.KnownFolder(key="k", path="/" + 300 * "x", here=True)
    assert folder.is_there
    assert not folder.is_gone


def test_who_makes_scenarios_while_a_folder_is_adopted_finds_them_in_it(
    store: ScenarioStore, tmp_path: Path
) -> None:
    old, new = _folder(tmp_path / "old"), tmp_path / "new"
    _begin(store, old)
    _plan(store, old, "夜班")
    old.rename(new)
    home, started = _lost(store, new)[0], threading.Event()
    made: list[str] = []

    def make() -> None:
        for number in range(40):
            made.append(_plan(store, new, f"of {number}").name)
            started.set()

    maker = threading.Thread(target=make)
    maker.start()
    started.wait(60)
    adopt(store, home, new)
    maker.join(60)
    assert len(made) == 40
    assert {*made} <= {*_names(store, new)}


def test_a_district_that_was_worked_in_is_not_asked_about(
    store: ScenarioStore, tmp_path: Path
) -> None:
    _begin(store, tmp_path)
    assert is_begun_only(store.list(district_key(tmp_path)))
    first = store.list(district_key(tmp_path))[1]
    store.save(replace(store.get(first.id), notes="seen"))
    assert not is_begun_only(store.list(district_key(tmp_path)))


def test_a_path_that_no_database_holds_is_not_noted(store: ScenarioStore, tmp_path: Path) -> None:
    for name in ("half\udc80", "turn\u202eed"):
        see_folder(store, tmp_path / name)
        _plan(store, tmp_path / name, "夜班")
        assert _names(store, tmp_path / name) == ["夜班"]
    assert [home.folders for home in all_homes(store)] == [(), ()]
    wide = tmp_path / "西乡\u3000街道"
    _begin(store, wide)
    assert any(each.path == str(wide) for home in all_homes(store) for each in home.folders)


# --- The commands ---------------------------------------------------------------------------------


def _json(capsys: Capture, *arguments: object) -> dict[str, Any]:
    capsys.readouterr()
    assert main(["--lang", "en", "scenarios", *map(str, arguments), "--json"]) == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


def _refused(capsys: Capture, *arguments: object) -> str:
    assert main(["--lang", "en", "scenarios", *map(str, arguments)]) == 2
    told = capsys.readouterr().err
    assert "Traceback" not in told
    return " ".join(told.split())


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Path]:
    """Give a district that was begun in the store that commands use."""
    folder = line_town(tmp_path / "town")
    store = open_store()
    _begin(store, folder)
    _plan(store, folder, "夜班")
    yield folder
    close_stores()


def test_commands_find_a_moved_folder_by_its_old_place(
    capsys: Capture, town: Path, tmp_path: Path
) -> None:
    new = town.rename(tmp_path / "片区 乙")
    assert "adopt" in _said(capsys, "list", new)
    told = _json(capsys, "adopt", new, "--from", town, "--yes")
    assert [each["name"] for each in told["scenarios"]] == ["Scenario 1", "夜班"]
    listed = _json(capsys, "list", new)["scenarios"]
    assert [each["name"] for each in listed] == ["State of today", "Scenario 1", "夜班"]
    assert [each["given"] for each in listed] == ["today", "scenario 1", ""]
    (home,) = _json(capsys, "districts")["districts"]
    assert home["folders"] == [{"path": str(new), "there": True}]


def _said(capsys: Capture, *arguments: object) -> str:
    capsys.readouterr()
    assert main(["--lang", "en", "scenarios", *map(str, arguments)]) == 0
    return capsys.readouterr().out


def test_the_command_tells_before_what_it_does_and_does_nothing_unasked(
    capsys: Capture, town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = str(town), town.rename(tmp_path / "new")
    _begin(open_store(), new)
    _plan(open_store(), new, "新")
    command = ["scenarios", "adopt", str(new), "--from", old]
    before = _names(open_store(), new)
    refused = CliRunner().invoke(app, command, input="n\n")
    assert refused.exit_code != 0
    told = " ".join(refused.output.split())
    assert f"2 scenarios of 江北 become those of {new}" in told
    assert f"kept for: {old} (gone)" in told
    assert f"2 scenarios that {new} has already" in told
    assert "planner scenarios backup" in told
    assert "--yes" in _refused(capsys, *command[1:], "--json")
    assert _names(open_store(), new) == before
    monkeypatch.setattr("sys.stdin", io.StringIO())  # nobody is there
    assert main(["--lang", "en", *command]) == 1
    assert "Nothing was done." in capsys.readouterr().err
    assert _names(open_store(), new) == before
    assert CliRunner().invoke(app, command, input="y\n").exit_code == 0
    assert _json(capsys, "adopt", new, "--from", new)["place"] == "江北"  # they are its own already
    assert _names(open_store(), new) == [*BEGUN, "夜班", "新"]


def test_a_folder_that_is_still_there_keeps_its_scenarios_unless_both_are_to_have_them(
    capsys: Capture, town: Path, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(town, tmp_path / "copy"))
    told = _refused(capsys, "adopt", copy, "--from", town)
    assert "still there" in told
    assert "No district" in _refused(capsys, "adopt", copy)
    _json(capsys, "adopt", copy, "--from", town, "--share", "--yes")
    for folder in (town, copy):
        names = [each["name"] for each in _json(capsys, "list", folder)["scenarios"]]
        assert names == ["State of today", "Scenario 1", "夜班"]


@pytest.mark.parametrize(
    "word", ["", "x", "../../..", "${HOME}", "<img onerror=alert(1)>", "a" * 5_000]
)
def test_a_district_that_no_folder_was_is_told(capsys: Capture, town: Path, word: str) -> None:
    assert _refused(capsys, "adopt", town, "--from", word)


def test_a_district_is_found_by_its_name_or_by_the_first_digits_of_its_id(
    capsys: Capture, town: Path, tmp_path: Path
) -> None:
    key = _json(capsys, "districts")["districts"][0]["id"]
    new = town.rename(tmp_path / "new")
    assert "No district" in _refused(capsys, "adopt", new, "--from", key[:3])
    settings = (new / "district.toml").read_text(encoding="utf-8")
    (new / "district.toml").write_text(settings.replace("测试区", "江北"), encoding="utf-8")
    told = _json(capsys, "adopt", new, "--yes")
    assert told["place"] == "江北"
    again = new.rename(tmp_path / "again")
    assert _json(capsys, "adopt", again, "--from", told["district"][:8], "--yes")["place"] == "江北"


def test_two_districts_that_fit_are_both_named(capsys: Capture, town: Path, tmp_path: Path) -> None:
    other = line_town(tmp_path / "other")
    _begin(open_store(), other)
    _plan(open_store(), other, "夜班")
    shutil.rmtree(other)
    new = town.rename(tmp_path / "new")
    settings = (new / "district.toml").read_text(encoding="utf-8")
    (new / "district.toml").write_text(settings.replace("测试区", "江北"), encoding="utf-8")
    assert _refused(capsys, "adopt", new).count("江北 (") == 2


def test_the_list_of_districts_tells_which_folders_are_gone_in_both_languages(
    capsys: Capture, town: Path
) -> None:
    shutil.rmtree(town)
    assert "(gone)" in "".join(_said(capsys, "districts").split())
    assert main(["--lang", "zh", "scenarios", "districts"]) == 0
    assert "已不在" in "".join(capsys.readouterr().out.split())
