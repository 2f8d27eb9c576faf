"""Who presses a button and goes on at once: it is done once, and where it was meant."""

import io
import threading
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import pytest
from app_driver import (
    SAMPLE,
    app,
    click,
    fill,
    healthy,
    keep_settings,
    kept_options,
    kept_settings,
    open_scenario,
    page,
    words,
)
from streamlit.runtime.scriptrunner import RerunData, get_script_run_ctx
from streamlit.testing.v1 import AppTest

from app_pages.editing import view as view_module
from app_pages.memory import desks as desks_module
from app_pages.memory import keeping
from app_pages.memory import scenario as scenarios
from app_pages.memory.desks import Desk
from app_pages.spaces.workspace import Place, Workspace
from planner.district.settings import Limits
from planner.pipeline import result_of
from planner.scenarios.store import open_store

pytestmark = [
    pytest.mark.skipif(
        not (SAMPLE / "district.toml").is_file(),
        reason="the sample is not there: data/make_sample.py",
    ),
    # streamlit-folium and Streamlit use each other's older names.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]
FEW = Limits(count=3, time_limit_s=20.0)


def edited(folder: Path) -> tuple[AppTest, Desk, str]:
    """Open the page of siting with one edit that is not kept."""
    keep_settings(folder, replace(kept_settings(folder), limits=FEW))
    test = page(app(district=folder.name), "siting")
    known = desks_module.desks()._desks  # noqa: SLF001 - there is no other way to look at one
    desk = next(desk for (_, of), desk in known.items() if of == open_scenario(test).id)
    option = desk.suggest()
    assert option is not None
    return healthy(test.run()), desk, option


def test_a_plan_is_kept_though_another_page_is_asked_for_while_it_is_written(
    opened: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    test, _, option = edited(opened)
    asked: list[object] = []

    def slow(*args: Any) -> Any:  # noqa: ANN401 - as `result_of`
        result = result_of(*args)
        context = get_script_run_ctx()
        if context is not None and context.script_requests is not None and not asked:
            asked.append(context.page_script_hash)
            context.script_requests.request_rerun(
                RerunData(page_script_hash=context.page_script_hash)
            )
        return result

    monkeypatch.setattr(view_module, "result_of", slow)
    click(test, "edit_keep")
    assert asked
    assert kept_options(opened) == [option]


def test_what_is_done_in_another_window_while_a_plan_is_kept_is_not_lost(
    opened: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    test, desk, option = edited(opened)
    others: list[threading.Thread] = []

    def slow(*args: Any) -> Any:  # noqa: ANN401 - as `result_of`
        other = threading.Thread(target=desk.suggest)
        other.start()
        other.join(0.2)  # the other window waits, or has done it by then
        others.append(other)
        return result_of(*args)

    monkeypatch.setattr(view_module, "result_of", slow)
    click(test, "edit_keep")
    others[0].join()
    healthy(test.run())
    assert kept_options(opened) == [option]
    assert len(desk.chosen) == 2
    assert desk.can_undo


def test_a_plan_never_goes_to_another_scenario_where_its_own_was_just_deleted(
    opened: Path,
) -> None:
    test, _, _ = edited(opened)
    store, mine = open_store(), open_scenario(test)
    other = store.copy(mine.id, name="other", author="")
    store.delete(mine.id, author="")
    scenarios.look_again()
    click(test, "edit_keep")
    assert store.get(other.id).plan is None
    assert "已被删除" in words(test) or test.session_state["scenario"] == other.id


def test_a_form_says_saved_only_where_it_was(opened: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    test = page(app(district=opened.name), "limits")
    fill(test, "money", count=7)
    assert "已保存" in words(test)
    # Somebody else saves the same between what is read and what is kept.
    monkeypatch.setattr(keeping, "keep_scenario", lambda *_: None)
    fill(test, "money", count=8)
    assert "已保存" not in words(test)
    assert kept_settings(opened).limits.count == 7


def test_files_are_opened_once_though_the_button_is_pressed_again_while_they_are_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLANNER_WORKSPACE", str(tmp_path))
    test = app()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as bundle:
        bundle.writestr("district.toml", '[district]\nname = "Town"\n')
    test.file_uploader(key="uploaded_files").upload("town.zip", packed.getvalue())
    healthy(test.run())
    add = Workspace.add_zip
    pressed: list[RerunData] = []

    def slow(space: Workspace, file: IO[bytes], *, title: str) -> Place:
        place = add(space, file, title=title)
        context = get_script_run_ctx()
        if context is not None and context.script_requests is not None and not pressed:
            states = test._tree.get_widget_states()  # noqa: SLF001 - what the browser sent, sent again
            pressed.append(RerunData(context.query_string, states, context.page_script_hash))
            context.script_requests.request_rerun(pressed[0])
        return place

    monkeypatch.setattr(Workspace, "add_zip", slow)
    click(test, "open_upload")
    assert pressed
    assert [path.name for path in tmp_path.glob("*/district.toml")] == ["district.toml"]
    assert test.session_state["place"] == "town"
