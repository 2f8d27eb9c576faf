"""The app without a browser: open a page, read what it tells, fill forms, wait for long work."""

import json
import re
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import NumberInput

from app_pages.memory import scenario as scenarios
from planner.district import (
    Settings,
    read_settings,
    settings_from_text,
    settings_text,
    write_settings,
)
from planner.scenarios import Scenario
from planner.scenarios.store import district_key, open_store

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "data" / "sample"
FAULTY = ROOT / "data" / "sample_faulty"
_PATIENCE_S = 120


def copied(source: Path, target: Path) -> Path:
    """Copy a district folder; what it names beside it is found where it lies."""
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    text = (target / "district.toml").read_text(encoding="utf-8")
    absolute = text.replace('"../sample/', f'"{SAMPLE.as_posix()}/')
    (target / "district.toml").write_text(absolute, encoding="utf-8")
    return target


def app(*, district: str | None = None, language: str = "zh") -> AppTest:
    """Open the app as a browser does that knows the address."""
    test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=_PATIENCE_S)
    test.query_params["lang"] = language
    if district:
        test.query_params["district"] = district
    return healthy(test.run())


def page(test: AppTest, name: str) -> AppTest:
    """Go to a page."""
    return healthy(test.switch_page(f"app_pages/{name}.py").run())


def view(test: AppTest, key: str, name: str) -> AppTest:
    """Choose one of the views of a page."""
    return healthy(test.segmented_control(key=key).set_value(name).run())


def healthy(test: AppTest) -> AppTest:
    """Hold that nothing has gone wrong within."""
    assert not test.exception, [f"{e.message}\n{e.stack_trace}" for e in test.exception]
    return test


def words(test: AppTest) -> str:
    """Give all text of the page that a person reads."""
    shown = (
        test.header,
        test.caption,
        test.markdown,
        test.info,
        test.error,
        test.warning,
        test.success,
    )
    told = [str(element.value) for kind in shown for element in kind]
    told += [
        unescape(re.sub(r"<(style|script).*?</\1>|<[^>]*>", " ", element.value, flags=re.DOTALL))
        for element in test.html
    ]
    widgets = (
        *test.button,
        *test.selectbox,
        *test.number_input,
        *test.multiselect,
        *test.slider,
        *test.text_input,
        *test.toggle,
        *test.metric,
    )
    told += [widget.label for widget in widgets]
    return "\n".join(told)


def faults(test: AppTest) -> str:
    """Give the tables of the page as text."""
    return "\n".join(
        unescape(re.sub(r"<[^>]*>", " ", element.value))
        for element in test.html
        if "<table" in element.value
    )


def shown_html(test: AppTest) -> str:
    """Give everything that is drawn as HTML."""
    return "\n".join(element.value for element in test.html)


def until(test: AppTest, ready: Callable[[AppTest], bool]) -> AppTest:
    """Run the page again and again, as a browser does, until something is there."""
    end = time.monotonic() + _PATIENCE_S
    while not ready(test):
        assert time.monotonic() < end, words(test)
        time.sleep(0.2)
        healthy(test.run())
    return test


def open_scenario(test: AppTest) -> Scenario:
    """Give the scenario that is open, as the store has it."""
    return open_store().get(test.session_state["scenario"])


def scenario_of(folder: Path) -> Scenario | None:
    """Give the scenario of a district that was changed last; the baseline is none."""
    found = [each for each in open_store().list(district_key(folder)) if not each.baseline]
    return open_store().get(max(found, key=lambda each: each.changed).id) if found else None


def kept_settings(folder: Path) -> Settings:
    """Give the settings of that scenario; before there is one, those of the folder."""
    scenario = scenario_of(folder)
    if scenario is None:
        return read_settings(folder)
    return settings_from_text(scenario.settings, folder)


def keep_settings(folder: Path, settings: Settings) -> None:
    """Let another window save settings in that scenario; before there is one, in the folder."""
    scenario = scenario_of(folder)
    if scenario is None:
        write_settings(folder, settings)
    else:
        open_store().save(replace(scenario, settings=settings_text(settings)))
        scenarios.look_again()


def kept_options(folder: Path) -> list[str]:
    """Give the options of the plan of that scenario, sorted."""
    scenario = scenario_of(folder)
    return sorted(scenario.plan["chosen"]) if scenario and scenario.plan else []


def has_button(test: AppTest, key: str) -> bool:
    """Tell whether a button is there."""
    return key in [button.key for button in test.button]


def click(test: AppTest, key: str) -> AppTest:
    """Click a button."""
    return healthy(test.button(key=key).click().run())


def solved(test: AppTest) -> AppTest:
    """Search on the page of siting, and wait for the plan."""
    click(test, "start_search")
    until(test, lambda t: has_button(t, "start_search"))
    assert 'class="p-card p-strong"' in "".join(element.value for element in test.html)
    return test


def limit(test: AppTest, name: str) -> NumberInput:
    """Give the field of a limit by the end of its key."""
    return next(w for w in test.number_input if str(w.key).endswith(f"_{name}"))


def fill(test: AppTest, part: str, **values: float | None) -> AppTest:
    """Open a part of the page of limits, fill fields by the ends of their keys, and save."""
    view(test, "limits_view", part)
    for name, value in values.items():
        limit(test, name).set_value(value)
    return saved(test)


def saved(
    test: AppTest,
    rows: Mapping[str, Mapping[str, object]] | None = None,
    *,
    label: str | Sequence[str] = ("保存", "Save", "保存并确认"),
) -> AppTest:
    """Send the form that is shown; `rows` is what was typed into its tables, by end of key.

    The driver of Streamlit cannot type into tables, so what a browser would send stands beside
    what it sends.
    """
    names = [label] if isinstance(label, str) else list(label)
    next(b for b in test.button if b.label in names).click()
    typed = {
        table.proto.id: {"edited_rows": {}, "added_rows": [], "deleted_rows": [], **edits}
        for end, edits in (rows or {}).items()
        for table in test.data_editor
        if str(table.key).endswith(end)
    }
    assert len(typed) == len(rows or {})
    tree: Any = test._tree  # noqa: SLF001 - see above
    sent = tree.get_widget_states

    def with_tables() -> WidgetStates:
        states: WidgetStates = sent()
        for name, edits in typed.items():
            states.widgets.append(WidgetState(id=name, string_value=json.dumps(edits)))
        return states

    tree.get_widget_states = with_tables
    return healthy(test.run())
