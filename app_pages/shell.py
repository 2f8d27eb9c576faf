"""What every page has around it: language, look, the open district, and how faults are shown."""

import functools
import os
import re
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import Any, ParamSpec

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app_pages.signing_view import admit, is_admitted, show_person
from app_pages.tables import Column, show_table, text
from app_pages.who import memory_key
from app_pages.workspace import Place, workspace
from planner.errors import PlannerError, Problem
from planner.language import LANGUAGES, current_language, say, use_language

__all__ = [
    "begin",
    "fragment",
    "fresh_key",
    "heading",
    "icon",
    "next_link",
    "open_place",
    "plain",
    "problem_rows",
    "remember",
    "show_clash",
    "show_error",
    "show_problems",
    "show_scenarios",
    "sidebar",
    "steps_done",
    "the_place",
    "told",
    "views",
]

_HERE = Path(__file__).parent
_SIDEBAR_PX = 232
_WAITS = "a position"
"""What a row that waits for a click on the map lacks, as `intake` tells it."""
_READ, _LIMITED, _PLANNED = {1, 2, 3}, {4}, {4, 5, 6, 7}
"""Steps that are done once a district is read, has limits, and has a plan."""
_OF_MAPS = ("base", "map")
"""What stays in the address: the base map, which maps write there, and the map to be printed."""
_ADDRESS = re.compile(r"(https?|ftp|mailto|xmpp):(?=\S)|www(?=\.)|@(?=\w)", re.IGNORECASE)
"""Where Markdown would begin a link by itself, marked or not; a letter without width stops it."""
_Given = ParamSpec("_Given")


def begin() -> None:
    """Set up the page: language first, since every text depends on it."""
    _choose_language()
    st.set_page_config(
        page_title=say("Station planner"),
        page_icon=_icon_address(),
        layout="wide",
        initial_sidebar_state=_SIDEBAR_PX,
    )
    st.html(_HERE / "look.css")
    st.html(f'<style>:root {{--p-title: "{say("Station planner")}"}}</style>')
    st.html(_own_words(current_language()), unsafe_allow_javascript=True)
    st.session_state["views_drawn"] = {}
    admit(_language_switch)
    if "place" not in st.session_state:
        st.session_state["scenario"] = st.query_params.get("scenario")
        st.session_state["views_linked"] = st.query_params.get("view", "").split(".")
        found = workspace().find(st.query_params.get("district")) or workspace().last(memory_key())
        st.session_state["place"] = found.id if found else None
        if found:
            workspace().remember(found, memory_key())


def sidebar() -> DeltaGenerator:
    """Show which district is open and the language switch; give where its scenarios are shown."""
    remember()
    with st.sidebar:
        place = the_place()
        if place:
            st.html(
                f'<div class="p-dim">{escape(say("District in use"))}</div>'
                f'<div class="p-place">{escape(place.title)}</div>'
            )
        panel = st.container()
        show_person()
        _language_switch()
    return panel


def show_scenarios(panel: DeltaGenerator) -> bool:
    """Show the scenarios of the open district and the runs; tell whether there are any to show."""
    place = the_place()
    if place is None or "app_pages.shelf" not in sys.modules:
        return False  # nothing has been prepared yet in this process
    from app_pages import runs_view, scenario_panel  # noqa: PLC0415 - heavy, as in steps_done

    with panel:
        shown = scenario_panel.show(place)
        runs_view.show()
    if shown:
        remember()
    return shown


def show_clash() -> None:
    """Ask, above any page, what to do where two people saved the same scenario."""
    if the_place() is not None and "app_pages.shelf" in sys.modules:
        from app_pages import clash_view  # noqa: PLC0415 - heavy, as in steps_done

        clash_view.show()


def the_place() -> Place | None:
    """Give the district that is open."""
    return workspace().find(st.session_state.get("place"))


def open_place(place: Place) -> None:
    """Open a district; the address of the page and the workspace remember it."""
    st.session_state["place"] = place.id
    st.session_state["scenario"] = None
    st.session_state["openings"] = st.session_state.get("openings", 0) + 1
    workspace().remember(place, memory_key())


def fresh_key(key: str) -> str:
    """Give a key under which a widget begins anew with each district that is opened.

    The browser keeps what was chosen under a key, so a page would stay where another was opened.
    """
    openings = st.session_state.get("openings", 0)
    return f"{key}_{openings}" if openings else key


def heading(title: str, subtitle: str = "") -> None:
    """Show the title of a page, and what is said below it, as plain text: both come from files."""
    st.header(plain(title), anchor=False)
    if subtitle:
        st.caption(plain(subtitle))


def next_link(page: str) -> None:
    """Show the way to the page that follows."""
    titles = {
        "demand": say("Next: Demand"),
        "today": say("Next: Today"),
        "limits": say("Next: Limits"),
        "siting": say("Next: Siting"),
        "compare": say("Next: Compare"),
        "report": say("Next: Report"),
    }
    st.page_link(f"app_pages/{page}.py", label=titles[page], icon=":material/arrow_forward:")


def icon(*, done: bool) -> str:
    """Give the tick of a step that is done, else an empty circle."""
    return ":material/check_circle:" if done else ":material/radio_button_unchecked:"


@contextmanager
def told() -> Iterator[None]:
    """Show what a person can mend as a message with a table of faults, and end the page there."""
    try:
        yield
    except PlannerError as error:
        show_error(error)
        st.stop()


def show_error(error: PlannerError) -> None:
    """Show what a person can mend as a message with a table of faults."""
    st.error(plain(str(error.message)), icon=":material/error:")
    if error.problems:
        show_problems(error.problems)


def plain(words: str) -> str:
    """Take from a text what Markdown would read as a mark: names come from files."""
    apart = _ADDRESS.sub("\\g<0>\u2060", words)
    return re.sub(r"([\\`*_{}\[\]<>()#+\-.!|~$:&])", r"\\\1", apart)


def steps_done() -> set[int]:
    """Tell which of the steps are done for the open district: none before it has been read."""
    place = the_place()
    if place is None or "app_pages.shelf" not in sys.modules:
        return set()  # nothing has been prepared yet in this process
    # Heavy: the first page must not wait.
    from app_pages.plans import has_plan  # noqa: PLC0415
    from app_pages.scenario import settings_today, the_scenario  # noqa: PLC0415
    from app_pages.shelf import has_a_limit, shelf  # noqa: PLC0415

    try:
        settings = settings_today(place)
        entry = shelf().entry(place.folder, settings)
        if not entry.preparing.done or entry.preparing.failed:
            return set()
        if has_plan(entry, the_scenario(place)):
            return _READ | _PLANNED
        return _READ | _LIMITED if has_a_limit(settings.limits) else _READ
    except PlannerError:
        return set()  # the page tells what is wrong


def views(names: Mapping[str, str], *, key: str) -> str:
    """Let one of several views be chosen; only that one is then drawn.

    A map in a tab that is not seen has no size, so tabs would break it.
    """
    chosen = st.segmented_control(
        say("View"),
        list(names),
        default=_linked_view(names),
        format_func=names.__getitem__,
        key=key,
        label_visibility="collapsed",
    )
    shown = str(chosen or next(iter(names)))
    _remember_view(key, shown)
    return shown


def _linked_view(names: Mapping[str, str]) -> str:
    """Give the view that the link named with which the window was opened, else the first."""
    linked: list[str] = st.session_state.get("views_linked", [])
    drawn = st.session_state.setdefault("views_drawn", {})
    wanted = linked[len(drawn)] if len(drawn) < len(linked) else ""
    return wanted if wanted in names else next(iter(names))


def _remember_view(key: str, shown: str) -> None:
    """Write into the address which views are shown, the outer one first."""
    drawn = st.session_state.setdefault("views_drawn", {})
    drawn[key] = shown
    wanted = ".".join(drawn.values())
    if st.query_params.get("view") != wanted:
        st.query_params["view"] = wanted


def fragment(
    function: Callable[_Given, None] | None = None, *, run_every: float | None = None
) -> Callable[..., Any]:
    """Make a part of a page that can run alone: the language and who looks are seen to again."""
    if function is None:
        return functools.partial(fragment, run_every=run_every)

    @functools.wraps(function)
    def in_language(*args: _Given.args, **kwargs: _Given.kwargs) -> None:
        _choose_language()
        if not is_admitted():
            st.rerun()  # the whole page shows the way in
        function(*args, **kwargs)

    return st.fragment(in_language, run_every=run_every)


def problem_rows(problems: Sequence[Problem]) -> dict[str, list[str]]:
    """Lay faults out as columns of text, in the language in use."""
    return {
        "table": [problem.table for problem in problems],
        "where": [
            "\n".join(filter(None, (problem.table, _within_file(str(problem.row), problem.column))))
            for problem in problems
        ],
        "found": [_found(str(problem.found)) for problem in problems],
        "expected": [str(problem.expected) for problem in problems],
        "fix": [str(problem.fix) for problem in problems],
        "outcome": _outcomes(problems),
    }


def show_problems(problems: Sequence[Problem], *, height_px: int = 480) -> None:
    """Show faults as a table."""
    columns = [
        Column(key="where", title=say("Where"), show=text, wide=True),
        Column(key="found", title=say("Found"), show=text, wide=True),
        Column(key="expected", title=say("Expected"), show=text, wide=True),
        Column(key="fix", title=say("What to do"), show=text, wide=True),
    ]
    rows = problem_rows(problems)
    if any(rows["outcome"]):
        columns.append(Column(key="outcome", title=say("Row was"), show=text, keep=True))
    show_table(rows, columns, height_px=height_px)


def _found(found: str) -> str:
    """Show what stood in a cell, without the quotes that a sentence has around it."""
    bare = found[1:-1] if found[:1] == found[-1:] == "'" else found
    return bare or say("(blank)")


def _outcomes(problems: Sequence[Problem]) -> list[str]:
    """Tell of each fault what became of the row that it names; nothing where it names none."""
    waiting = {
        (problem.table, problem.row)
        for problem in problems
        if not problem.fatal and problem.expected.template == _WAITS
    }
    return [_outcome(problem, waiting) for problem in problems]


def _outcome(problem: Problem, waiting: set[tuple[str, int | str]]) -> str:
    if problem.row == "":
        return ""
    if problem.fatal:
        return say("set aside")
    return say("to be placed") if (problem.table, problem.row) in waiting else say("used")


def _within_file(row: str, column: str) -> str:
    if row and column:
        return say("row {row}, column “{column}”", row=row, column=column)
    if row:
        return say("row {row}", row=row)
    return say("column “{column}”", column=column) if column else ""


@functools.cache
def _icon_address() -> str:
    """Give the icon as an address that holds it: who has not signed in fetches no file."""
    return f"data:image/png;base64,{b64encode((_HERE / 'icon.png').read_bytes()).decode()}"


def _choose_language() -> None:
    state = st.session_state
    if "language" not in state:
        wanted = (st.query_params.get("lang"), os.environ.get("PLANNER_LANG"))
        state["language"] = next((name for name in wanted if name in LANGUAGES), "zh")
    use_language(state["language"])


def _language_switch() -> None:
    st.radio(
        "语言 / Language",
        LANGUAGES,
        format_func={"zh": "中文", "en": "English"}.__getitem__,
        horizontal=True,
        key="language_choice",
        index=LANGUAGES.index(current_language()),
        on_change=_switch_language,
    )


def _switch_language() -> None:
    st.session_state["language"] = st.session_state["language_choice"]


def remember() -> None:
    """Write into the address what a reload needs."""
    place = the_place()
    scenario = st.session_state.get("scenario")
    wanted = {"lang": current_language()}
    if place:
        wanted |= {"district": place.id} | ({"scenario": scenario} if scenario else {})
    for name in ("view", "compare", *_OF_MAPS):
        if name in st.query_params:
            wanted[name] = st.query_params[name]
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)


def _own_words(language: str) -> str:
    """Give the script that says Streamlit's own words in Chinese, and names the page's language."""
    script = (_HERE / "words.js").read_text(encoding="utf-8")
    return f'<script>window.plannerLanguage = "{language}";\n{script}</script>'
