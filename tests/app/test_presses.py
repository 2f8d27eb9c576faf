"""The second press of a double click, where the first has put something else under the pointer."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import streamlit
from app_driver import app, click, healthy, open_scenario
from streamlit.testing.v1 import AppTest

from app_pages.memory import scenario as scenarios
from app_pages.scenarios import presses
from planner.scenarios.store import district_key, open_store

# streamlit-folium and Streamlit use each other's older names.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(presses, "_now", clock)
    return clock


def _there(folder: Path) -> set[str]:
    return {each.id for each in open_store().list(district_key(folder))}


def _beside(test: AppTest, count: int) -> list[str]:
    """Keep more scenarios of the open district, as another window does."""
    first = open_scenario(test)
    made = [open_store().copy(first.id, name=f"S{n}", author="").id for n in range(count)]
    scenarios.look_again()
    healthy(test.run())
    return made


def test_the_second_press_of_a_double_click_deletes_no_other_scenario(
    opened: Path, clock: Clock
) -> None:
    test = app(district=opened.name)
    first = open_scenario(test).id
    _beside(test, 2)
    before = _there(opened)
    click(test, f"scenario_delete_{first}")
    second = test.session_state["scenario"]
    click(test, f"scenario_delete_{second}")
    assert _there(opened) == before - {first}
    assert test.session_state["scenario"] == second
    clock.now += 2.0  # who means it presses again
    click(test, f"scenario_delete_{second}")
    assert _there(opened) == before - {first, second}


@pytest.mark.usefixtures("clock")
def test_a_double_click_brings_back_one_scenario_and_makes_one_copy(opened: Path) -> None:
    test = app(district=opened.name)
    for each in _beside(test, 2):
        open_store().delete(each, author="")
    scenarios.look_again()
    healthy(test.run())
    before = _there(opened)
    for _ in range(2):
        click(test, f"scenario_bring_back_{test.selectbox(key='scenario_gone').value}")
    assert len(_there(opened) - before) == 1
    before = _there(opened)
    for _ in range(2):
        healthy(next(each for each in test.button if each.label == "复制并打开").click().run())
    assert len(_there(opened) - before) == 1


@pytest.mark.parametrize(
    ("later_s", "redrawn", "done"), [(0.9, True, 1), (1.1, True, 2), (9, False, 1)]
)
def test_a_press_counts_where_the_button_was_drawn_anew_and_a_moment_went_by(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, later_s: float, done: int, *, redrawn: bool
) -> None:
    state: dict[str, Any] = {}
    monkeypatch.setattr(streamlit, "session_state", state)
    acts: list[Callable[..., Any] | str] = []

    def act(what: str) -> None:
        clock.now += 5.0  # the moment begins when it is done
        acts.append(what)

    seen = presses.presses("a")
    presses.press_once("a", seen, act, "first")
    clock.now += later_s
    presses.press_once("a", presses.presses("a") if redrawn else seen, act, "second")
    assert len(acts) == done
    presses.press_once("b", presses.presses("b"), act, "another button")
    assert acts[-1] == "another button"
