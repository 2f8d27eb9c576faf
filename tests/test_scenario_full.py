"""A full disk in any step of keeping: told, nothing lost, and it goes on when there is room."""

import os
import random
import re
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
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

from planner.errors import StoreError
from planner.scenarios import Draft, Scenario
from planner.scenarios.store import ScenarioStore, close_stores, open_store

LARGE = "x" * 15_000
FULL = r"no room left|could not be written"


@contextmanager
def _no_file_beyond(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond so many bytes, as if the disk were full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def _steps(
    store: ScenarioStore, one: Scenario, *, text: str = LARGE
) -> dict[str, Callable[[], object]]:
    """Give every step that writes."""
    draft = Draft(
        scenario=one.id,
        person="p",
        base_version=1,
        chosen=(text,),
        edits=tuple(replace(small_edit(n), about={"x": text}) for n in range(4)),
    )
    large = replace(small_scenario(), plan={"x": text * 4}, notes=text[:15_000])
    return {
        "add": lambda: store.add(large),
        "begin": lambda: store.begin(replace(large, district="e"), replace(large, district="e")),
        "save": lambda: store.save(replace(one, plan={"x": text * 4})),
        "copy": lambda: store.copy(one.id, name="copy", author=""),
        "delete": lambda: store.delete(one.id, author=""),
        "undelete": lambda: store.undelete(store.list(deleted=True)[0].id),
        "keep_draft": lambda: store.keep_draft(draft),
        "append_edit": lambda: store.append_edit(
            one.id, "q", 1, replace(small_edit(1), about={"x": text * 4}), ("a",)
        ),
        "drop_draft": lambda: store.drop_draft(one.id, "r"),
    }


@pytest.mark.parametrize("step", list(_steps(None, small_scenario())))  # type: ignore[arg-type]  # for its names
def test_a_full_disk_is_told_and_loses_nothing(tmp_path: Path, step: str) -> None:
    address = sqlite_address(tmp_path)
    store = open_store(address)
    one = store.add(replace(small_scenario(), plan={"x": LARGE * 3}))
    gone = store.add(small_scenario("gone"))
    store.delete(gone.id, author="")
    store.append_edit(one.id, "r", 1, small_edit(1), ("a",))
    close_stores()

    store = open_store(address)
    before = _all(store)
    # What was written lies in the file of the database; what is new goes to the log beside it,
    # which is empty now and may not grow.
    with _no_file_beyond(2_000):
        with pytest.raises(StoreError, match=FULL):
            _steps(store, one)[step]()
        assert _all(store) == before
    assert _all(store) == before
    _steps(store, one)[step]()
    assert _all(store) != before
    close_stores()
    assert _all(open_store(address)) != before
    close_stores()


def _all(store: ScenarioStore) -> list[object]:
    """Give everything that is kept."""
    kept = [*store.list(), *store.list(deleted=True)]
    whole = [store.get(each.id) for each in kept]
    return [whole, [store.draft(each.id, person) for each in kept for person in "pqr"]]


def test_a_store_that_cannot_be_made_on_a_full_disk_is_told_and_made_later(
    tmp_path: Path,
) -> None:
    address = sqlite_address(tmp_path)
    with _no_file_beyond(2_000), pytest.raises(StoreError, match=FULL):
        open_store(address)
    open_store(address).add(small_scenario())
    assert len(open_store(address).list()) == 1
    close_stores()


def test_a_database_that_may_not_grow_says_that_there_is_no_room(tmp_path: Path) -> None:
    store = open_store(sqlite_address(tmp_path))
    one = store.add(small_scenario())
    with store._reader.connect() as connection:  # noqa: SLF001 - of the one connection there is
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreError, match="no room left"):
        store.add(replace(small_scenario(), notes=LARGE))
    assert [each.id for each in store.list()] == [one.id]
    with store._reader.connect() as connection:  # noqa: SLF001 - as above
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    assert store.add(replace(small_scenario(), notes=LARGE)).version == 1
    close_stores()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a disk of one megabyte, where this machine lets one be mounted."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:  # noqa: S603 - no words from outside
        pytest.skip("no small disk can be mounted here")
    try:
        yield disk
    finally:
        close_stores()
        subprocess.run(["umount", str(disk)], check=True)  # noqa: S603, S607 - as above


def test_a_disk_that_runs_full_keeps_what_was_kept_and_goes_on_when_there_is_room(
    small_disk: Path,
) -> None:
    address = sqlite_address(small_disk)
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(300_000))
    kept: list[Scenario] = []

    def keep_on() -> None:
        while True:
            kept.append(open_store(address).add(small_scenario(plan_of=2_000)))

    with pytest.raises(StoreError, match=FULL):
        keep_on()
    assert len(kept) > 3
    for _ in range(3):
        assert [open_store(address).get(each.id) for each in kept] == kept
        with pytest.raises(StoreError, match=FULL):
            open_store(address).add(small_scenario("more", plan_of=9_000))
        close_stores()
    ballast.unlink()
    kept.append(open_store(address).add(small_scenario("more", plan_of=2_000)))
    close_stores()
    assert [open_store(address).get(each.id) for each in kept] == kept


_NO_PAGE_MORE = 2_500_100
"""Not a whole number of the database's pages: one is written in part, as on a full disk."""


def _refusal(step: Callable[[], object]) -> str:
    """Do a step and give what is said against it; "": it was done."""
    try:
        step()
    except StoreError as refused:
        return str(refused)
    return ""


def _filled(address: str, *, told: str = "no room left") -> list[Scenario]:
    """Keep scenarios until there is no room for the next."""
    chance, kept = random.Random(4), []  # noqa: S311 - what cannot be compressed, no secrets

    def keep_on() -> None:
        while True:
            text = chance.randbytes(60_000).hex()
            kept.append(open_store(address).add(replace(small_scenario(), plan={"x": text})))

    with pytest.raises(StoreError, match=told):
        keep_on()
    return kept


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    skip_without_postgres()
    with running_postgres("--wal-segsize=1") as one:
        yield one


def test_a_full_disk_of_postgresql_is_told_and_loses_nothing(cluster: Cluster) -> None:
    address = cluster.new_database()
    store = open_store(address)
    one = store.add(small_scenario("one"))
    store.delete(store.add(small_scenario("gone")).id, author="")
    store.append_edit(one.id, "r", 1, small_edit(1), ("a",))
    close_stores()
    cluster.no_file_beyond(_NO_PAGE_MORE)
    store = open_store(address)
    kept = _filled(address)
    assert len(kept) > 3
    told = 0
    for step in _steps(store, one, text=random.Random(5).randbytes(9_000).hex()).values():  # noqa: S311 - as above
        before = _all(store)
        refused = _refusal(step)
        if refused:
            assert re.search(FULL, refused)
            assert _all(store) == before
            told += 1
    assert told > 1
    before = _all(store)
    close_stores()
    cluster.no_file_beyond(None)
    store = open_store(address)
    assert _all(store) == before
    assert [store.get(each.id) for each in kept] == kept
    more = store.add(replace(small_scenario(), plan=kept[0].plan))
    close_stores()
    assert open_store(address).get(more.id) == more
    close_stores()


def test_a_postgresql_that_falls_since_its_disk_is_full_loses_nothing(cluster: Cluster) -> None:
    """Where its log finds no room it ends at once, and may not begin again before there is some."""
    address = cluster.new_database()
    kept = [open_store(address).add(small_scenario(plan_of=n)) for n in range(20)]
    close_stores()
    cluster.no_file_beyond(500_000)  # half of a file of its log
    kept += _filled(address, told=rf"{FULL}|cannot be reached")
    close_stores()
    with suppress(subprocess.CalledProcessError):  # it may have ended by itself
        cluster.stop("immediate")
    cluster.start()
    there = [open_store(address).get(each.id) for each in kept]
    assert there == kept
    assert open_store(address).add(small_scenario("after")).version == 1
    close_stores()


def test_the_words_of_a_full_disk_are_chinese_too(tmp_path: Path) -> None:
    program = (
        "import sys; sys.path.insert(0, sys.argv[2])\n"
        "from planner.errors import StoreError\n"
        "from planner.language import use_language; use_language('zh')\n"
        "import resource; from planner.scenarios.store import open_store\n"
        "open_store(sys.argv[1] + '2')\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))\n"
        "try: open_store(sys.argv[1])\n"
        "except StoreError as told: print(str(told).encode())\n"
    )
    said = subprocess.run(  # noqa: S603 - a program of our own
        [sys.executable, "-c", program, sqlite_address(tmp_path), str(Path(__file__).parent)],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=Path(__file__).parents[1],
    ).stdout
    assert str("没有丢失".encode())[2:-1] in said
