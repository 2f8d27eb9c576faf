"""A copy of a store that is in use, and what was deleted long ago taken out for good."""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from scenario_stores import (
    Cluster,
    running_postgres,
    skip_without_postgres,
    small_edit,
    small_scenario,
    sqlite_address,
)
from sqlalchemy import func, select
from typer.testing import CliRunner

from planner.cli import app, main
from planner.errors import StoreError
from planner.scenarios import Scenario
from planner.scenarios import purge as purging
from planner.scenarios.backup import back_up
from planner.scenarios.purge import deleted_before, give_back, purge
from planner.scenarios.store import ScenarioStore, close_stores, open_store
from planner.scenarios.tables import metadata

Capture = pytest.CaptureFixture[str]
SOON = timedelta(seconds=1)


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


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    close_stores()


def _rows(store: ScenarioStore) -> int:
    """Count the rows of all tables of scenarios."""
    with store.reading() as connection:
        return sum(
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in metadata.sorted_tables
        )


# --- What was deleted long ago --------------------------------------------------------------------


def test_what_was_deleted_before_goes_with_all_its_parts(store: ScenarioStore) -> None:
    kept = store.add(small_scenario("kept"))
    before = _rows(store)
    gone = store.add(small_scenario("gone"))
    store.append_edit(gone.id, "p", 1, small_edit(1), ["a"])
    store.delete(gone.id, author="")
    now = datetime.now(tz=UTC)
    assert [each.id for each in deleted_before(store, now + SOON)] == [gone.id]
    assert purge(store, now + SOON) == 1
    assert _rows(store) == before
    assert store.list(deleted=True) == ()
    assert store.get(kept.id) == kept
    with pytest.raises(StoreError, match="There is no scenario"):
        store.undelete(gone.id)


def test_what_was_deleted_since_or_brought_back_stays(store: ScenarioStore) -> None:
    back, since = store.add(small_scenario("back")), store.add(small_scenario("since"))
    store.delete(back.id, author="")
    store.undelete(back.id)
    store.delete(since.id, author="")
    (deleted,) = store.list(deleted=True)
    assert deleted.deleted is not None
    assert purge(store, deleted.deleted) == 0  # the moment itself is not before it
    assert [each.id for each in store.list(deleted=True)] == [since.id]
    assert [each.id for each in store.list()] == [back.id]


def test_a_copy_of_what_is_purged_stays_whole(store: ScenarioStore) -> None:
    parent = store.add(small_scenario("parent"))
    child = store.copy(parent.id, name="child", author="")
    store.delete(parent.id, author="")
    purge(store, datetime.now(tz=UTC) + SOON)
    assert store.get(child.id) == child


def _purged(store: ScenarioStore) -> Scenario:
    """Keep a scenario, and take out another that is much larger."""
    kept = store.add(small_scenario("kept"))
    gone = store.add(small_scenario("gone", plan_of=200_000))
    store.delete(gone.id, author="")
    purge(store, datetime.now(tz=UTC) + SOON)
    return kept


def test_the_room_of_what_is_purged_goes_back_to_the_disk_while_others_read_and_write(
    tmp_path: Path,
) -> None:
    store = open_store(sqlite_address(tmp_path))
    kept = _purged(store)
    with sqlite3.connect(tmp_path / "scenarios.sqlite", timeout=60) as other:
        other.execute("BEGIN")
        assert other.execute("SELECT count(*) FROM planner_scenarios").fetchone() == (1,)
        give_back(store)
        assert other.execute("SELECT count(*) FROM planner_scenarios").fetchone() == (1,)
    other.close()
    after = store.save(replace(kept, notes="after"))
    gone = store.add(small_scenario("gone", plan_of=200_000))
    store.delete(gone.id, author="")
    purge(store, datetime.now(tz=UTC) + SOON)
    assert give_back(store) > 1_000_000
    assert (tmp_path / "scenarios.sqlite").stat().st_size < 200_000
    assert (tmp_path / "scenarios.sqlite-wal").stat().st_size == 0
    assert give_back(store) == 0
    assert store.get(kept.id) == after
    close_stores()
    assert open_store(sqlite_address(tmp_path)).get(kept.id).notes == "after"


def test_where_no_room_can_be_given_back_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(sqlite_address(tmp_path))
    kept = _purged(store)
    monkeypatch.setattr(purging, "_WAIT_S", 0.0)
    with store.writing(), pytest.raises(StoreError, match="busy"):
        give_back(store)
    assert store.get(kept.id) == kept
    assert give_back(store) > 0


def _deleted() -> ScenarioStore:
    store = open_store()
    store.delete(store.add(small_scenario("夜班")).id, author="")
    return store


def test_the_command_asks_before_it_purges() -> None:
    store = _deleted()
    refused = CliRunner().invoke(app, ["scenarios", "purge", "--older-than", "0"], input="n\n")
    assert refused.exit_code != 0
    assert "夜班" in refused.output
    assert len(store.list(deleted=True)) == 1
    done = CliRunner().invoke(app, ["scenarios", "purge", "--older-than", "0"], input="y\n")
    assert done.exit_code == 0
    assert store.list(deleted=True) == ()


def test_the_command_takes_no_scenario_that_was_deleted_lately(capsys: Capture) -> None:
    store = _deleted()
    assert main(["scenarios", "purge", "--older-than", "30", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["purged"] == 0
    assert main(["--lang", "en", "scenarios", "purge", "--older-than", "0", "--json"]) == 2
    assert "--yes" in capsys.readouterr().err
    assert len(store.list(deleted=True)) == 1
    assert main(["scenarios", "purge", "--older-than", "0", "--yes", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["purged"] == 1


# --- A copy of the store --------------------------------------------------------------------------


def test_a_copy_holds_what_is_still_in_the_log_beside_the_store(tmp_path: Path) -> None:
    store = open_store(sqlite_address(tmp_path))
    made = store.add(replace(small_scenario(plan_of=2_000)))
    assert (tmp_path / "scenarios.sqlite-wal").stat().st_size > 10_000
    copy = back_up(store, tmp_path / "copies" / "夜.sqlite")
    assert [file.name for file in copy.parent.iterdir()] == ["夜.sqlite"]
    store.add(small_scenario("after"))
    kept = open_store(str(copy))
    assert [kept.get(each.id) for each in kept.list()] == [made]


def test_a_copy_put_in_the_place_of_the_store_is_the_store_as_it_was(tmp_path: Path) -> None:
    store = open_store(sqlite_address(tmp_path))
    made = store.add(small_scenario("before"))
    copy = back_up(store, tmp_path / "copy")
    store.add(small_scenario("after"))
    close_stores()
    for beside in ("-wal", "-shm"):
        (tmp_path / f"scenarios.sqlite{beside}").unlink(missing_ok=True)
    copy.rename(tmp_path / "scenarios.sqlite")
    again = open_store(sqlite_address(tmp_path))
    assert [again.get(each.id) for each in again.list()] == [made]


def test_no_copy_is_put_beside_the_log_of_another_store(tmp_path: Path) -> None:
    store = open_store(sqlite_address(tmp_path))
    copy = back_up(store, tmp_path / "copy")
    opened = open_store(str(copy))
    opened.add(small_scenario("in its log"))
    with pytest.raises(StoreError, match=r"Beside .*copy lies copy-wal"):
        back_up(store, copy)
    assert [each.name for each in opened.list()] == ["in its log"]
    close_stores()  # which ends the log
    back_up(store, copy)
    assert open_store(str(copy)).list() == ()


def test_who_may_not_read_a_store_may_not_read_its_copy(tmp_path: Path) -> None:
    store = open_store(sqlite_address(tmp_path))
    (tmp_path / "scenarios.sqlite").chmod(0o600)
    assert back_up(store, tmp_path / "copy").stat().st_mode & 0o777 == 0o600


def test_a_store_whose_planner_was_killed_is_put_back_by_the_steps_that_backup_tells(
    tmp_path: Path, capsys: Capture
) -> None:
    living = tmp_path / "living"
    store = open_store(sqlite_address(living))
    made = store.add(small_scenario("before"))
    copy = tmp_path / "copy.sqlite"
    assert main(["--lang", "en", "scenarios", "backup", str(copy), "--store", store.name]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "end the planner, delete the files beside the store that end in -wal and -shm" in told
    store.add(small_scenario("after"))
    killed = tmp_path / "killed"
    shutil.copytree(living, killed)  # the log lies beside it still
    assert (killed / "scenarios.sqlite-wal").stat().st_size
    for beside in ("-wal", "-shm"):
        (killed / f"scenarios.sqlite{beside}").unlink()
    shutil.copyfile(copy, killed / "scenarios.sqlite")
    again = open_store(sqlite_address(killed))
    assert [again.get(each.id) for each in again.list()] == [made]
    assert again.save(replace(made, notes="it goes on")).version == 2


def test_what_is_no_file_or_cannot_be_written_is_told(
    tmp_path: Path, capsys: Capture, request: pytest.FixtureRequest
) -> None:
    store = open_store(sqlite_address(tmp_path))
    store.add(small_scenario())
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    for wrong in (tmp_path / "file" / "copy", tmp_path, tmp_path / (300 * "x")):
        with pytest.raises(StoreError, match="cannot be written"):
            back_up(store, wrong)
    with pytest.raises(StoreError, match="onto itself"):
        back_up(store, tmp_path / "scenarios.sqlite")
    arguments = ["--lang", "en", "scenarios", "backup", str(tmp_path / "file")]
    assert main(arguments) == 2
    assert "--replace" in capsys.readouterr().err
    assert (tmp_path / "file").read_text(encoding="utf-8") == "mine"
    assert main([*arguments, "--replace"]) == 0
    assert len(open_store(str(tmp_path / "file")).list()) == len(open_store().list())
    for command in (["backup"], ["export", open_store().list()[0].id, "--out"]):
        long = str(tmp_path / (300 * "x"))
        assert main(["--lang", "en", "scenarios", *command, long]) == 2
        assert "be written" in " ".join(capsys.readouterr().err.split())
    server = open_store(request.getfixturevalue("cluster").new_database())
    with pytest.raises(StoreError, match="pg_dump"):
        back_up(server, tmp_path / "of a server")
