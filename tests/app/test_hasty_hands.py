"""Who presses a button and goes on at once: it is done once, and where it was meant."""

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from app_driver import (
    SAMPLE,
    app,
    click,
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
from app_pages.memory import scenario as scenarios
from app_pages.memory.desks import Desk
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
