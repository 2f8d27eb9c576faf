"""A district whose folder was moved: its scenarios are offered, taken over, or left."""

from pathlib import Path

import pytest
from app_driver import app, click, has_button, page, words
from line_town import line_town
from streamlit.testing.v1 import AppTest

from app_pages.memory import scenario as scenarios
from planner.scenarios.homes import all_homes
from planner.scenarios.store import district_key, open_store

# streamlit-folium and Streamlit use each other's older names.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a district in a workspace of its own, opened once, with a scenario called 夜班."""
    monkeypatch.setenv("PLANNER_WORKSPACE", str(tmp_path / "districts"))
    monkeypatch.setenv("PLANNER_CACHE", str(tmp_path / "cache"))
    (tmp_path / "districts").mkdir()
    folder = line_town(tmp_path / "districts" / "town")
    _open(folder)
    first = open_store().list(district_key(folder))[1]
    open_store().copy(first.id, name="夜班", author="")
    return folder


def _open(folder: Path, *, language: str = "zh") -> AppTest:
    return page(app(district=folder.name, language=language), "today")


def _moved(folder: Path) -> Path:
    scenarios.look_again()
    return Path(folder.rename(folder.with_name("moved")))


def _names(folder: Path) -> list[str]:
    return [each.name for each in open_store().list(district_key(folder))]


def test_a_moved_district_has_its_scenarios_back_with_one_click(town: Path) -> None:
    assert [home.folders[0].path for home in all_homes(open_store())] == [str(town)]
    new = _moved(town)
    test = _open(new)
    assert "现已不在原处" in words(test)
    assert "数据与当时一致" in words(test)
    key = district_key(town)
    click(test, f"found_again_{key}")
    assert _names(new) == ["State of today", "Scenario 1", "夜班"]
    (first, *_) = open_store().list(district_key(new))[1:]
    assert scenarios.scenario_of(first).district == first.district != key
    assert "已找回" in words(test)
    assert "现已不在原处" not in words(test)
    box = next(w for w in test.selectbox if str(w.key).startswith("scenario_choice_"))
    assert box.options == ["现状（锁定）", "方案1", "夜班"]


def test_who_begins_anew_is_not_asked_again(town: Path) -> None:
    new = _moved(town)
    test = _open(new, language="en")
    assert "which is not there any more" in words(test)
    click(test, f"not_found_again_{district_key(town)}")
    assert "which is not there any more" not in words(test)
    assert not has_button(page(test, "limits"), f"found_again_{district_key(town)}")
    assert _names(new) == ["State of today", "Scenario 1"]
    assert _names(town) == ["State of today", "Scenario 1", "夜班"]


def test_nothing_is_offered_while_the_folder_is_there_or_after_work_was_done(town: Path) -> None:
    key = f"found_again_{district_key(town)}"
    assert not has_button(_open(line_town(town.with_name("copy"))), key)
    new = _moved(town)
    assert has_button(_open(new), key)
    first = open_store().list(district_key(new))[1]
    open_store().copy(first.id, name="x", author="")
    scenarios.look_again()
    assert has_button(_open(new), key)  # a copy that was not touched is no work
    open_store().delete(first.id, author="")
    open_store().undelete(first.id)
    scenarios.look_again()
    assert not has_button(_open(new), key)


def test_who_may_only_look_is_offered_nothing(town: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    new = _moved(town)
    monkeypatch.setattr("app_pages.scenarios.found_again.may", lambda _role: False)
    assert not has_button(_open(new), f"found_again_{district_key(town)}")


def test_a_store_that_cannot_note_a_folder_stops_no_page(
    town: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from planner.errors import StoreError  # noqa: PLC0415 - of this test alone
    from planner.language import note  # noqa: PLC0415

    def full(*_: object) -> None:
        raise StoreError(note("There is no room."))

    monkeypatch.setattr(scenarios, "see_folder", full)
    new = _moved(town)
    assert "现状" in words(_open(new))
    assert [
        home.folders for home in all_homes(open_store()) if home.district == district_key(new)
    ] == [()]
