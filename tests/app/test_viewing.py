"""Who may only look sends what a browser of somebody else would: nothing is changed by it."""

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from app_driver import app, click, healthy, page, view, words
from streamlit.testing.v1 import AppTest

from app_pages import shell
from app_pages.access import signing_view
from app_pages.access import who as who_module
from app_pages.access.signing import Person, Role, browser_person
from app_pages.memory import runs as runs_module
from planner.scenarios.store import default_url

pytestmark = [
    # streamlit-folium and Streamlit use each other's older names.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]

PARTS = ("goal", "measures", "costs", "money", "distances", "shares", "phases", "sites", "search")


def become(monkeypatch: pytest.MonkeyPatch, role: Role) -> None:
    """Let whoever sits at the screen have a role from now on, on the pages that stand too."""
    made = browser_person
    monkeypatch.setattr(
        who_module, "browser_person", lambda cookie, _: Person(made(cookie, role).id, "", role)
    )


def everything(folder: Path) -> str:
    """Give a mark of all that a district and the store hold."""
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            found.update(f"{path}".encode() + path.read_bytes())
    with closing(sqlite3.connect(default_url().removeprefix("sqlite:///"))) as kept:
        for line in kept.iterdump():
            found.update(line.encode())
    return found.hexdigest()


def press_all(test: AppTest) -> set[str]:
    """Press each button that stands there at once, also one that is off."""
    pressed = {str(button.key) for button in test.button if button.proto.label}
    for button in test.button:
        button.proto.disabled = False
        button.click()
    healthy(test.run())
    return pressed


def test_no_button_of_the_toolbar_or_of_a_scenario_changes_anything_for_who_may_only_look(
    opened: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = page(app(district=opened.name, language="en"), "siting")
    test.session_state["live_site"] = "V010"
    click(healthy(test.run()), "option_V010")  # so that there is something to take back
    before = everything(opened)
    become(monkeypatch, "view")
    pressed = press_all(test)  # as they stood for who could plan
    press_all(test)  # as they stand now
    wanted = {"option_V010", "start_search", "edit_back", "edit_keep"}
    wanted |= {f"scenario_delete_{test.session_state['scenario']}"}
    wanted |= {f"edit_{act}" for act in ("undo", "redo", "suggest", "swap")}
    assert wanted <= pressed
    for toggle in test.toggle:
        toggle.proto.disabled = False
        toggle.set_value(not toggle.value)
    healthy(test.run())
    assert everything(opened) == before


def test_no_form_of_limits_changes_anything_for_who_may_only_look(
    opened: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = page(app(district=opened.name, language="en"), "limits")
    before = everything(opened)
    become(monkeypatch, "view")
    for part in PARTS:
        view(test, "limits_view", part)
        for field in test.number_input:
            field.set_value(1.0)
        assert any(name.startswith("FormSubmitter:") for name in press_all(test))
        assert "change nothing" in words(test)
    assert everything(opened) == before


def test_no_rule_of_demand_and_today_changes_for_who_may_only_look(
    opened: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = page(app(district=opened.name, language="en"), "demand")
    before = everything(opened)
    become(monkeypatch, "view")
    for name in ("demand", "today", "compare"):
        page(test, name)
        press_all(test)
        for field in test.number_input:
            field.proto.disabled = False
            field.set_value(1.0)
        for toggle in test.toggle:
            toggle.proto.disabled = False
            toggle.set_value(not toggle.value)
        healthy(test.run())
    assert everything(opened) == before


def test_who_may_only_look_ends_no_run_of_others(
    space: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del space

    class Told:
        stopped = False

        def stop(self) -> None:
            self.stopped = True

    run: Any = type("Run", (), {"job": Told()})()
    monkeypatch.setattr(runs_module, "may", lambda role: role == "view")
    runs_module.stop_run(run)
    assert not run.job.stopped
    monkeypatch.setattr(runs_module, "may", lambda _: True)
    runs_module.stop_run(run)
    assert run.job.stopped


def test_a_part_of_a_page_is_shown_to_nobody_who_was_signed_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn: list[str] = []
    monkeypatch.setattr(st, "fragment", lambda function, **_: function)
    monkeypatch.setattr(shell, "choose_language", lambda: None)
    part = shell.fragment(lambda: drawn.append("secret"))

    def again() -> None:
        raise InterruptedError

    monkeypatch.setattr(st, "rerun", again)
    monkeypatch.setattr(signing_view, "sign_in_needed", lambda: True)
    monkeypatch.setattr(signing_view, "signed_in", lambda: None)
    with pytest.raises(InterruptedError):
        part()
    assert drawn == []
    monkeypatch.setattr(signing_view, "signed_in", lambda: Person("person:1", "", "view"))
    part()
    assert drawn == ["secret"]
