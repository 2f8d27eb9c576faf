"""Keeping scenarios: what is kept, who may change it, two people at once; on both databases."""

import os
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
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

from planner.errors import ConflictError, StoreError
from planner.scenarios import Draft
from planner.scenarios.store import ScenarioStore, close_stores, district_key, open_store

DISTRICT = "d" * 32


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    skip_without_postgres()
    with running_postgres() as one:
        yield one


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return sqlite_address(tmp_path)
    cluster: Cluster = request.getfixturevalue("cluster")
    return cluster.new_database()


@pytest.fixture
def store(address: str) -> Iterator[ScenarioStore]:
    yield open_store(address)
    close_stores()


def _afresh(address: str) -> ScenarioStore:
    """Open the store as another program would: nothing is remembered."""
    close_stores()
    return open_store(address)


def _started(program: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - a program of our own
        [sys.executable, "-c", program, *arguments],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[1],
    )


def _run(program: str, *arguments: str) -> str:
    """Run another program of the planner and give what it prints."""
    with _started(program, *arguments) as started:
        said, _ = started.communicate(timeout=60)
        assert started.returncode == 0
    return said


def test_what_was_added_is_read_again_as_it_was(store: ScenarioStore, address: str) -> None:
    given = small_scenario()
    made = store.add(given)
    again = _afresh(address).get(made.id)
    assert again == made
    assert len(made.id) == 32
    assert made.version == 1
    same = replace(made, id="", version=0, created=given.created, changed=given.changed)
    assert same == given


def test_a_save_keeps_every_part_and_counts_the_version(store: ScenarioStore, address: str) -> None:
    made = store.add(small_scenario())
    wanted = replace(
        made,
        name="方案1 改",
        notes="",
        settings='[district]\nname = "江南"\n',
        inputs="b" * 64,
        plan={"chosen": ["V9"]},
        figures=None,
        history=(*made.history, small_edit(1)),
    )
    saved = store.save(wanted)
    again = _afresh(address).get(made.id)
    assert again == saved
    assert saved.version == 2
    assert replace(saved, version=1, changed=wanted.changed) == wanted
    (told,) = open_store(address).list(DISTRICT)
    assert (told.name, told.place, told.version, told.figures) == ("方案1 改", "江南", 2, None)


def test_a_plan_that_is_taken_out_is_gone(store: ScenarioStore, address: str) -> None:
    made = store.add(small_scenario())
    store.save(replace(made, plan=None, figures=None, inputs=""))
    assert _afresh(address).get(made.id).plan is None


def test_a_history_that_is_cut_or_rewritten_is_kept_as_given(
    store: ScenarioStore, address: str
) -> None:
    made = store.add(replace(small_scenario(), history=tuple(map(small_edit, range(4)))))
    other = (small_edit(0), small_edit(7), small_edit(2))
    store.save(replace(made, history=other))
    assert _afresh(address).get(made.id).history == other


def test_the_second_of_two_savers_is_told_and_sees_what_the_first_did(
    store: ScenarioStore,
) -> None:
    mine = theirs = store.add(small_scenario())
    saved = store.save(replace(theirs, name="theirs"))
    with pytest.raises(ConflictError, match="Somebody else has saved theirs") as told:
        store.save(replace(mine, name="mine"))
    assert told.value.theirs == saved
    assert store.get(mine.id).name == "theirs"
    kept = store.add(replace(mine, name="mine too"))
    assert [each.name for each in store.list(DISTRICT)] == ["theirs", "mine too"]
    assert kept.id != mine.id


def test_of_many_who_save_the_same_at_once_exactly_one_does(store: ScenarioStore) -> None:
    made = store.add(small_scenario())
    start = threading.Barrier(8)

    def save(number: int) -> bool:
        start.wait()
        try:
            store.save(replace(made, name=f"of {number}"))
        except ConflictError:
            return False
        return True

    with ThreadPoolExecutor(8) as people:
        won = list(people.map(save, range(8)))
    assert won.count(True) == 1
    assert store.get(made.id).name == f"of {won.index(True)}"
    assert store.get(made.id).version == 2


def test_saving_again_what_was_saved_is_no_conflict(store: ScenarioStore) -> None:
    """An answer may be lost on the way though the step was kept; the caller asks again."""
    made = store.add(small_scenario())
    wanted = replace(made, name="new")
    saved = store.save(wanted)
    assert store.save(wanted) == saved
    assert store.get(made.id).version == 2


def test_a_district_has_one_baseline_that_nothing_changes(store: ScenarioStore) -> None:
    base = store.add(small_scenario("现状", baseline=True))
    assert store.add(small_scenario("second", baseline=True)) == base
    assert store.add(replace(small_scenario("other", baseline=True), district="e" * 32)) != base
    for change in (
        lambda: store.save(replace(base, name="x")),
        lambda: store.save(replace(base, baseline=False)),
        lambda: store.delete(base.id, author=""),
    ):
        with pytest.raises(StoreError, match="现状 is locked"):
            change()
    assert store.get(base.id) == base


def test_a_district_begins_with_baseline_and_first_scenario_once(store: ScenarioStore) -> None:
    base, first = small_scenario("现状", baseline=True), small_scenario("方案1")
    start = threading.Barrier(6)

    def begin(_: int) -> str:
        start.wait()
        return store.begin(base, first).id

    with ThreadPoolExecutor(6) as people:
        ids = set(people.map(begin, range(6)))
    kept = store.list(DISTRICT)
    assert [each.name for each in kept] == ["现状", "方案1"]
    assert ids == {kept[0].id} == {kept[1].parent}


def test_a_copy_has_all_but_the_name_and_the_lock(store: ScenarioStore) -> None:
    base = store.add(small_scenario("现状", baseline=True))
    copy = store.copy(base.id, name="mine", author="李四")
    same = replace(
        copy,
        id=base.id,
        name=base.name,
        author=base.author,
        created=base.created,
        changed=base.changed,
        baseline=True,
        parent="",
    )
    assert same == base
    assert (copy.parent, copy.version, copy.author) == (base.id, 1, "李四")
    assert store.save(replace(copy, name="changed")).name == "changed"


def test_deleting_is_undone_and_loses_nothing(store: ScenarioStore) -> None:
    one, two = store.add(small_scenario("one")), store.add(small_scenario("two"))
    store.delete(one.id, author="张三")
    assert [each.name for each in store.list(DISTRICT)] == ["two"]
    assert [each.name for each in store.list(DISTRICT, deleted=True)] == ["one"]
    assert store.get(one.id).deleted is not None
    store.delete(one.id, author="张三")  # again: nothing more happens
    store.undelete(one.id)
    back = store.get(one.id)
    assert replace(back, version=1) == one
    assert [each.id for each in store.list(DISTRICT)] == [one.id, two.id]


def test_who_saves_what_was_deleted_meanwhile_is_told(store: ScenarioStore) -> None:
    made = store.add(small_scenario())
    store.delete(made.id, author="李四")
    with pytest.raises(ConflictError, match="deleted 方案1 in the meantime") as told:
        store.save(replace(made, name="mine"))
    with pytest.raises(StoreError, match="Bring it back before"):
        store.save(told.value.theirs)
    store.undelete(made.id)
    assert store.save(replace(store.get(made.id), name="mine")).name == "mine"


def test_what_is_not_there_is_told_by_its_id(store: ScenarioStore) -> None:
    for ask in (
        lambda: store.get("nix"),
        lambda: store.copy("nix", name="a", author=""),
        lambda: store.delete("nix", author=""),
        lambda: store.undelete("nix"),
        lambda: store.save(replace(small_scenario(), id="nix")),
        lambda: store.append_edit("nix", "p", 1, small_edit(0), ()),
    ):
        with pytest.raises(StoreError, match="no scenario nix"):
            ask()


@pytest.mark.parametrize("name", ["", "  ", "\n", "\u202e", "a" * 201])
def test_a_name_that_says_nothing_or_too_much_is_refused(store: ScenarioStore, name: str) -> None:
    with pytest.raises(StoreError, match="needs a name of at most 200 characters"):
        store.add(small_scenario(name))
    made = store.add(small_scenario())
    with pytest.raises(StoreError, match="needs a name"):
        store.save(replace(made, name=name))
    with pytest.raises(StoreError, match="needs a name"):
        store.copy(made.id, name=name, author="")


def test_hostile_names_are_kept_as_text_without_what_no_screen_shows(
    store: ScenarioStore, address: str
) -> None:
    name = "<img src=x onerror=alert(1)> ${1} `x` '); DROP TABLE planner_scenarios; --"
    made = store.add(
        replace(
            small_scenario(f"{name}\0\u202eabc\ud800"),
            author="\ud83d\0evil",
            notes="line\r\nnext\x1b[31m\tend",
        )
    )
    again = _afresh(address).get(made.id)
    assert again == made
    assert again.name == f"{name}  abc"
    assert again.author == "evil"
    assert again.notes == "line\nnext [31m\tend"


def test_settings_that_are_no_text_are_refused(store: ScenarioStore) -> None:
    for settings in ("a\0b", "\ud800"):
        with pytest.raises(StoreError, match="no text"):
            store.add(replace(small_scenario(), settings=settings))
    assert store.list(DISTRICT) == ()


def test_lists_are_of_one_district_or_of_all(store: ScenarioStore) -> None:
    store.add(small_scenario("a"))
    store.add(replace(small_scenario("b"), district="e" * 32))
    assert [each.name for each in store.list(DISTRICT)] == ["a"]
    assert [each.name for each in store.list("e" * 32)] == ["b"]
    assert [each.name for each in store.list()] == ["a", "b"]
    assert store.list("f" * 32) == ()


def test_a_list_shows_what_another_program_saved(store: ScenarioStore, address: str) -> None:
    made = store.add(small_scenario())
    assert store.list(DISTRICT)[0].figures == {
        "workers": 12.25,
        "notes": [{"zh": "注", "en": "note"}],
    }
    program = (
        "import sys; from dataclasses import replace\n"
        "from planner.scenarios.store import open_store\n"
        "store = open_store(sys.argv[1]); one = store.get(sys.argv[2])\n"
        "store.save(replace(one, name='other', figures={'workers': 1}))\n"
    )
    _run(program, address, made.id)
    assert (store.list(DISTRICT)[0].name, store.list(DISTRICT)[0].figures) == (
        "other",
        {"workers": 1},
    )
    assert store.get(made.id).name == "other"


# --- Drafts --------------------------------------------------------------------------------------


def test_edits_are_read_again_in_their_order_with_what_stands(
    store: ScenarioStore, address: str
) -> None:
    made = store.add(small_scenario())
    for number in range(12):
        store.append_edit(made.id, "p", 1, small_edit(number), [f"V{number}"])
    assert _afresh(address).draft(made.id, "p") == Draft(
        scenario=made.id,
        person="p",
        base_version=1,
        chosen=("V11",),
        edits=tuple(map(small_edit, range(12))),
    )


def test_drafts_of_people_and_scenarios_are_apart(store: ScenarioStore) -> None:
    one, two = store.add(small_scenario("one")), store.add(small_scenario("two"))
    store.append_edit(one.id, "p", 1, small_edit(1), ["a"])
    store.append_edit(one.id, "q", 1, small_edit(2), ["b"])
    store.append_edit(two.id, "p", 1, small_edit(3), ["c"])
    store.drop_draft(one.id, "p")
    assert store.draft(one.id, "p") is None
    kept = [store.draft(one.id, "q"), store.draft(two.id, "p")]
    assert [draft and draft.chosen for draft in kept] == [("b",), ("c",)]


def test_an_edit_that_is_sent_twice_is_kept_once(store: ScenarioStore) -> None:
    made = store.add(small_scenario())
    for _ in range(2):
        store.append_edit(made.id, "p", 1, small_edit(1), ["a"])
    store.append_edit(made.id, "p", 1, small_edit(2), ["b"])
    draft = store.draft(made.id, "p")
    assert draft is not None
    assert draft.edits == (small_edit(1), small_edit(2))


def test_an_edit_that_is_sent_again_after_others_is_kept_once(store: ScenarioStore) -> None:
    made = store.add(small_scenario())
    for number in (1, 2):
        store.append_edit(made.id, "p", 1, small_edit(number), [f"V{number}"])
    store.append_edit(made.id, "p", 1, small_edit(1), ["V1"])  # its answer was lost
    draft = store.draft(made.id, "p")
    assert draft is not None
    assert (draft.edits, draft.chosen) == ((small_edit(1), small_edit(2)), ("V2",))


def test_an_edit_that_is_sent_again_after_it_became_the_plan_begins_no_draft(
    store: ScenarioStore,
) -> None:
    made = store.add(small_scenario())
    store.append_edit(made.id, "p", 1, small_edit(5), ["V5"])
    kept = store.save(replace(made, history=(*made.history, small_edit(5))), draft_of="p")
    store.append_edit(made.id, "p", 1, small_edit(5), ["V5"])
    assert store.draft(made.id, "p") is None
    assert store.get(made.id) == kept
    # Another person may do the very same at another moment.
    store.append_edit(made.id, "q", 2, small_edit(6), ["V6"])
    assert store.draft(made.id, "q") is not None


def test_edits_from_another_version_are_refused_until_the_draft_is_given_up(
    store: ScenarioStore,
) -> None:
    made = store.add(small_scenario())
    store.append_edit(made.id, "p", 1, small_edit(1), ["a"])
    with pytest.raises(ConflictError, match="began from another version"):
        store.append_edit(made.id, "p", 2, small_edit(2), ["b"])
    draft = store.draft(made.id, "p")
    assert draft is not None
    store.keep_draft(replace(draft, base_version=2))
    store.append_edit(made.id, "p", 2, small_edit(2), ["b"])
    draft = store.draft(made.id, "p")
    assert draft is not None
    assert (draft.base_version, len(draft.edits)) == (2, 2)


def test_a_draft_that_is_kept_whole_takes_the_place_of_the_other(store: ScenarioStore) -> None:
    made = store.add(small_scenario())
    for number in range(5):
        store.append_edit(made.id, "p", 1, small_edit(number), [])
    shorter = Draft(
        scenario=made.id, person="p", base_version=1, chosen=("z",), edits=(small_edit(9),)
    )
    store.keep_draft(shorter)
    assert store.draft(made.id, "p") == shorter


def test_keeping_a_draft_as_the_plan_drops_it_in_the_same_step(store: ScenarioStore) -> None:
    made = store.add(small_scenario())
    store.append_edit(made.id, "p", 1, small_edit(1), ["a"])
    with pytest.raises(ConflictError):
        store.save(replace(made, version=9, plan={"chosen": ["a"]}), draft_of="p")
    assert store.draft(made.id, "p") is not None
    store.save(replace(made, plan={"chosen": ["a"]}), draft_of="p")
    assert store.draft(made.id, "p") is None


def test_twenty_people_who_edit_at_once_lose_no_edit(store: ScenarioStore, address: str) -> None:
    """Two programs of ten people each, who never wait: far more than an edit each 3 seconds."""
    made = [store.add(small_scenario(f"of {n}")) for n in range(2)]
    program = (
        "import sys; sys.path.insert(0, sys.argv[4])\n"
        "from concurrent.futures import ThreadPoolExecutor\n"
        "from planner.scenarios.store import open_store\n"
        "from scenario_stores import small_edit\n"
        "store = open_store(sys.argv[1]); ids = sys.argv[3].split(',')\n"
        "def edit(person):\n"
        "    for number in range(25):\n"
        "        store.append_edit(ids[person % 2], f'{sys.argv[2]}-{person}', 1,\n"
        "                          small_edit(number), [str(number)])\n"
        "with ThreadPoolExecutor(10) as people: list(people.map(edit, range(10)))\n"
    )
    ids = ",".join(each.id for each in made)
    here = str(Path(__file__).parent)
    programs = [_started(program, address, str(n), ids, here) for n in range(2)]
    for each in programs:
        with each:
            assert each.wait(timeout=120) == 0
    wanted = tuple(map(small_edit, range(25)))
    for number in range(2):
        for person in range(10):
            draft = store.draft(made[person % 2].id, f"{number}-{person}")
            assert draft is not None
            assert draft.edits == wanted
            assert draft.chosen == ("24",)


def test_two_windows_of_one_person_lose_no_edit(store: ScenarioStore) -> None:
    made = store.add(small_scenario())

    def edit(window: int) -> None:
        for number in range(20):
            store.append_edit(made.id, "p", 1, small_edit(100 * window + number), [])

    with ThreadPoolExecutor(2) as windows:
        list(windows.map(edit, (1, 2)))
    draft = store.draft(made.id, "p")
    assert draft is not None
    numbers = [int(each.added[0][1:]) for each in draft.edits]
    assert [n for n in numbers if n < 200] == list(range(100, 120))
    assert [n for n in numbers if n >= 200] == list(range(200, 220))


def test_a_draft_that_is_kept_and_dropped_at_once_crosses_nothing(store: ScenarioStore) -> None:
    """Two windows of one person: one gives the edits up while the other keeps them."""
    made = store.add(small_scenario())
    edits = tuple(map(small_edit, range(30)))
    draft = Draft(scenario=made.id, person="p", base_version=1, chosen=(), edits=edits)

    def change(window: int) -> None:
        for number in range(30):
            if window:
                store.drop_draft(made.id, "p")
            else:
                store.keep_draft(replace(draft, edits=edits[number % 2 :]))

    with ThreadPoolExecutor(4) as windows:
        list(windows.map(change, (0, 1, 0, 1)))
    store.keep_draft(draft)
    assert store.draft(made.id, "p") == draft
    store.drop_draft(made.id, "p")
    assert store.draft(made.id, "p") is None
    store.keep_draft(replace(draft, edits=()))
    assert store.draft(made.id, "p") == replace(draft, edits=())


# --- Opening -------------------------------------------------------------------------------------


def test_opening_again_gives_the_same_store(store: ScenarioStore, address: str) -> None:
    assert open_store(address) is store


def test_many_who_open_a_new_store_at_once_find_one_store(address: str) -> None:
    program = (
        "import sys; sys.path.insert(0, sys.argv[2])\n"
        "from planner.scenarios.store import open_store\n"
        "from scenario_stores import small_scenario\n"
        "open_store(sys.argv[1]).add(small_scenario())\n"
    )
    here = str(Path(__file__).parent)
    programs = [_started(program, address, here) for _ in range(3)]
    for each in programs:
        with each:
            assert each.wait(timeout=120) == 0
    assert len(_afresh(address).list(DISTRICT)) == 3


def test_a_store_of_a_newer_version_is_told_and_left_alone(
    store: ScenarioStore, address: str
) -> None:
    made = store.add(small_scenario())
    with store.writing() as connection:
        connection.exec_driver_sql("UPDATE planner_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="newer version of the planner"):
        _afresh(address)
    with store.writing() as connection:
        connection.exec_driver_sql("UPDATE planner_version SET version_num = '0002'")
    store.close()
    assert _afresh(address).get(made.id) == made


def test_the_steps_of_the_migrations_make_the_tables_that_are_used(
    store: ScenarioStore,
) -> None:
    from alembic.autogenerate import compare_metadata  # noqa: PLC0415 - slow
    from alembic.migration import MigrationContext  # noqa: PLC0415

    from planner.scenarios.tables import HEAD, VERSION_TABLE, metadata  # noqa: PLC0415

    with store.reading() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert context.get_current_revision() == HEAD
        assert compare_metadata(context, metadata) == []


def test_a_store_of_a_file_that_was_taken_away_begins_anew(tmp_path: Path) -> None:
    address = sqlite_address(tmp_path)
    open_store(address).add(small_scenario())
    for file in tmp_path.iterdir():
        file.unlink()
    assert open_store(address).list() == ()
    open_store(address).add(small_scenario())
    assert len(_afresh(address).list()) == 1
    close_stores()


def test_a_store_whose_file_was_put_back_from_a_backup_keeps_what_comes_after(
    tmp_path: Path,
) -> None:
    address = sqlite_address(tmp_path)
    open_store(address).add(small_scenario("before"))
    close_stores()
    backup = (tmp_path / "scenarios.sqlite").read_bytes()
    open_store(address).add(small_scenario("damaged since"))
    for file in tmp_path.iterdir():
        file.unlink()
    (tmp_path / "backup").write_bytes(backup)
    (tmp_path / "backup").rename(tmp_path / "scenarios.sqlite")
    assert [each.name for each in open_store(address).list()] == ["before"]
    open_store(address).add(small_scenario("after"))
    assert [each.name for each in _afresh(address).list()] == ["before", "after"]
    close_stores()


@pytest.mark.parametrize("name", ["片区 方案", "100%25", "why?", "a=b&c#d"])
def test_a_store_lies_in_the_folder_that_is_named_whatever_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    folder = tmp_path / name
    folder.mkdir()
    monkeypatch.delenv("PLANNER_STORE", raising=False)
    monkeypatch.setenv("PLANNER_WORKSPACE", str(folder))
    store = open_store()
    assert store is open_store(str(folder / "scenarios.sqlite"))
    assert store.name == str(folder / "scenarios.sqlite")
    assert (folder / "scenarios.sqlite").is_file()
    assert list(tmp_path.iterdir()) == [folder]
    close_stores()


def test_a_damaged_file_is_told_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "scenarios.sqlite").write_bytes(b"PK\3\4 no database" * 500)
    with pytest.raises(StoreError, match="is damaged or no store of scenarios"):
        open_store(sqlite_address(tmp_path))
    assert (tmp_path / "scenarios.sqlite").read_bytes().startswith(b"PK")


def test_a_file_damaged_in_the_middle_is_told(tmp_path: Path) -> None:
    address = sqlite_address(tmp_path)
    store = open_store(address)
    for number in range(30):
        store.add(small_scenario(f"{number}", plan_of=500))
    close_stores()
    with (tmp_path / "scenarios.sqlite").open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(4096)
        file.write(b"\xa5" * (size - 4096))
    with pytest.raises(StoreError, match="damaged"):
        open_store(address).list()
    close_stores()


def test_a_store_that_may_not_be_written_is_told(tmp_path: Path) -> None:
    """As a user without rights: root may write anything."""
    address = sqlite_address(tmp_path)
    made = open_store(address).add(small_scenario())
    close_stores()
    if os.geteuid() != 0:
        pytest.skip("only root may become another user for this")
    program = (
        "import os, sys; from planner.language import use_language; use_language('en')\n"
        "from planner.errors import StoreError\n"
        "from planner.scenarios.store import open_store\n"
        "open_store(sys.argv[3]); os.setgid(65534); os.setuid(65534)  # all is imported now\n"
        "try:\n"
        "    store = open_store(sys.argv[1]); store.delete(sys.argv[2], author='')\n"
        "except StoreError as told: print(told)\n"
    )
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == os.geteuid() and len(folder.parts) > 2:
            folder.chmod(folder.stat().st_mode | stat.S_IXOTH | stat.S_IROTH)
    (tmp_path / "scenarios.sqlite").chmod(0o644)
    said = _run(program, address, made.id, str(tmp_path / "other.sqlite"))
    assert "may not be read or written" in said
    assert "--store or PLANNER_STORE" in said
    assert open_store(address).get(made.id).deleted is None
    close_stores()


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("mysql://root@localhost/planner", "address of mysql"),
        ("sqlite://", "address of sqlite"),
        ("sqlite:///:memory:", "address of sqlite"),
        ("postgresql://host:port/x", "address of postgresql"),
        ("postgresql://host", "address of postgresql"),
        ("postgresql://me:half@secret@host/x", r"address of postgresql\. Name"),
        ("\udcd6\udcd0/x.sqlite", "address of sqlite"),
        ("nonsense://", "address of nonsense"),
    ],
)
def test_addresses_that_lead_nowhere_are_told(url: str, told: str) -> None:
    with pytest.raises(StoreError, match=told):
        open_store(url)


def test_a_server_that_is_not_there_is_told_without_the_password(tmp_path: Path) -> None:
    skip_without_postgres()
    with pytest.raises(StoreError, match="cannot be reached") as told:
        open_store(f"postgresql://me:secret@/planner?host={tmp_path}")
    assert "secret" not in str(told.value)


def test_a_file_in_the_place_of_the_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="There can be no store of scenarios"):
        open_store(str(tmp_path / "file" / "scenarios.sqlite"))


def test_a_busy_store_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("planner.scenarios.engines._WAIT_S", 0.2)
    address = sqlite_address(tmp_path)
    store = open_store(address)
    made = store.add(small_scenario())
    other = sqlite3.connect(tmp_path / "scenarios.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="is busy"):
        store.save(replace(made, name="x"))
    assert store.get(made.id) == made  # reading does not wait for who writes
    other.execute("ROLLBACK")
    other.close()
    assert store.save(replace(made, name="x")).version == 2
    close_stores()


def test_a_district_is_known_by_its_folder_however_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "a")
    monkeypatch.chdir(tmp_path)
    keys = {district_key(Path(p)) for p in ("a", "./a/", "link", "a/../a", str(tmp_path / "a"))}
    assert len(keys) == 1
    assert district_key(tmp_path) not in keys
    assert str(tmp_path) not in keys.pop()
