"""Names that the program gave follow who reads them, until a person names a scenario."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from scenario_stores import small_edit, small_scenario, sqlite_address

from planner.errors import StoreError
from planner.language import use_language
from planner.scenarios import Scenario
from planner.scenarios.exchange import _checksum as checksum
from planner.scenarios.exchange import export_text, read_export
from planner.scenarios.lookup import named_scenario
from planner.scenarios.naming import OF_TODAY, free_mark, mark_of_number, still_given
from planner.scenarios.store import ScenarioStore, close_stores, open_store

DISTRICT = "d" * 32


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ScenarioStore]:
    use_language("zh")
    yield open_store(sqlite_address(tmp_path))
    close_stores()
    use_language("zh")


@pytest.fixture
def first(store: ScenarioStore) -> Scenario:
    """Give the scenario to begin with, made by a reader of Chinese."""
    today = replace(small_scenario("现状", baseline=True), given=OF_TODAY)
    bare = replace(small_scenario("方案1"), plan=None, figures=None, inputs="", history=())
    store.begin(today, replace(bare, given=mark_of_number(1)))
    return store.get(store.list(DISTRICT)[1].id)


def _names(store: ScenarioStore, language: str) -> list[str]:
    use_language(language)
    return [each.name for each in store.list(DISTRICT)]


@pytest.mark.usefixtures("first")
def test_each_reader_sees_given_names_in_the_own_language(store: ScenarioStore) -> None:
    assert _names(store, "en") == ["State of today", "Scenario 1"]
    assert _names(store, "zh") == ["现状", "方案1"]


def test_a_scenario_that_is_remembered_is_told_in_the_language_of_who_asks(
    store: ScenarioStore, first: Scenario
) -> None:
    names = []
    for language in ("zh", "en", "zh"):
        use_language(language)
        names.append(store.get(first.id).name)
    assert names == ["方案1", "Scenario 1", "方案1"]


def test_a_save_of_anything_else_leaves_the_name_given(
    store: ScenarioStore, first: Scenario
) -> None:
    use_language("en")
    saved = store.save(replace(store.get(first.id), notes="seen"))
    assert (saved.name, saved.given) == ("Scenario 1", "scenario 1")
    assert _names(store, "zh")[1] == "方案1"


def test_a_save_that_is_sent_again_in_another_language_is_no_conflict(
    store: ScenarioStore, first: Scenario
) -> None:
    store.save(replace(first, notes="seen"))
    use_language("en")
    assert store.save(replace(first, notes="seen")).version == 2


def test_a_name_that_a_person_chose_is_the_same_for_everybody(
    store: ScenarioStore, first: Scenario
) -> None:
    store.save(replace(first, name="夜班"))
    assert _names(store, "en")[1] == "夜班"
    assert store.get(first.id).given == ""


def test_a_person_may_choose_the_name_that_the_program_gives_in_another_language(
    store: ScenarioStore, first: Scenario
) -> None:
    store.save(replace(first, name="Scenario 1", given=""))
    assert _names(store, "zh")[1] == "Scenario 1"


@pytest.mark.parametrize("word", ["方案1", "Scenario 1", "SCENARIO 1", "方案１"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_scenario_is_found_by_its_name_in_either_language(
    store: ScenarioStore, first: Scenario, language: str, word: str
) -> None:
    use_language(language)
    assert named_scenario(store, word, district=DISTRICT).id == first.id


@pytest.mark.usefixtures("first")
def test_what_is_locked_is_told_by_the_name_that_the_reader_knows(store: ScenarioStore) -> None:
    use_language("en")
    with pytest.raises(StoreError, match=r"^State of today is locked"):
        store.delete(store.list(DISTRICT)[0].id, author="")


def test_a_copy_has_the_mark_of_its_own_name_alone(store: ScenarioStore, first: Scenario) -> None:
    copy = store.copy(first.id, name="我的", author="")
    given = store.copy(first.id, name="方案2", author="", given=mark_of_number(2))
    assert (copy.given, given.given) == ("", "scenario 2")
    wrong = store.copy(first.id, name="我的2", author="", given=mark_of_number(2))
    assert wrong.given == ""


def test_the_next_number_is_free_in_both_languages(store: ScenarioStore, first: Scenario) -> None:
    assert free_mark([]) == "scenario 1"
    store.copy(first.id, name="Scenario 2", author="")
    assert free_mark(store.list(DISTRICT)) == "scenario 3"


@pytest.mark.parametrize(
    "mark", ["", "today ", "scenario 0", "scenario -1", "scenario 1e9", "{n}", "scenario 9999999"]
)
def test_a_mark_that_is_not_known_stands_for_no_name(store: ScenarioStore, mark: str) -> None:
    assert still_given(mark, "方案1") == ""
    assert store.add(replace(small_scenario("方案1"), given=mark)).given == ""


def test_a_file_carries_the_mark_beside_the_words(store: ScenarioStore, first: Scenario) -> None:
    carried = read_export(export_text(first).encode())
    use_language("en")
    there = store.add(replace(carried, district="e" * 32))
    assert (there.name, there.given) == ("Scenario 1", "scenario 1")
    named = replace(first, name="夜班")
    assert read_export(export_text(named).encode()).given == ""


def test_a_file_of_the_first_version_is_read_and_its_name_is_a_text(first: Scenario) -> None:
    told = json.loads(export_text(first))
    del told["scenario"]["given"]
    told |= {"format": 1, "sha256": checksum(told["scenario"])}
    read = read_export(json.dumps(told).encode())
    assert (read.name, read.given) == ("方案1", "")


def test_a_store_of_the_first_version_learns_which_names_were_given(tmp_path: Path) -> None:
    address = sqlite_address(tmp_path)
    store = open_store(address)
    rename = replace(small_edit(0), kind="rename")
    kept = {
        "today": store.add(small_scenario("State of today", baseline=True)),
        "scenario 7": store.add(small_scenario("方案7")),
        "": store.add(replace(small_scenario("方案8"), history=(rename,))),
        "other": store.add(small_scenario("方案7 夜")),
    }
    with store.writing() as connection:
        for words in (
            "ALTER TABLE planner_scenarios DROP COLUMN given",
            "DROP TABLE planner_folders",
            "UPDATE planner_version SET version_num = '0001'",
        ):
            connection.exec_driver_sql(words)
    close_stores()
    again = open_store(address)
    marks = {mark: again.get(each.id).given for mark, each in kept.items()}
    assert marks == {"today": "today", "scenario 7": "scenario 7", "": "", "other": ""}
    assert again.get(kept["other"].id) == kept["other"]
    close_stores()
