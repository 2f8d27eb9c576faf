"""What every page uses: language, the open district, views, and how faults are shown."""

import functools
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ParamSpec

import streamlit as st

from app_pages.access.signing_view import is_admitted
from app_pages.access.who import memory_key
from app_pages.spaces.workspace import Place, workspace
from app_pages.text.tables import Column, show_table, text
from planner.errors import PlannerError, Problem
from planner.language import LANGUAGES, say, use_language

__all__ = [
    "choose_language",
    "fragment",
    "fresh_key",
    "heading",
    "icon",
    "keep_chosen",
    "next_link",
    "open_place",
    "plain",
    "problem_rows",
    "show_error",
    "show_problems",
    "the_place",
    "told",
    "views",
]

_WAITS = "a position"
"""What a row that waits for a click on the map lacks, as `intake` tells it."""
_TOTAL = "{sum}, the sum of the rows"
"""What a row of totals should be; it is never used, whatever it says."""
_ADDRESS = re.compile(r"(https?|ftp|mailto|xmpp):(?=\S)|www(?=\.)|@(?=\w)", re.IGNORECASE)
"""Where Markdown would begin a link by itself, marked or not; a letter without width stops it."""
_Given = ParamSpec("_Given")


def the_place() -> Place | None:
    """Give the district that is open."""
    return workspace().find(st.session_state.get("place"))


def open_place(place: Place) -> None:
    """Open a district; the address of the page and the workspace remember it."""
    st.session_state["place"] = place.id
    st.session_state["scenario"] = None
    st.session_state["link_lost"] = None
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


def views(names: Mapping[str, str], *, key: str) -> str:
    """Let one of several views be chosen; only that one is then drawn.

    A map in a tab that is not seen has no size, so tabs would break it.
    """
    chosen = st.segmented_control(
        say("View"),
        list(names),
        default=_linked_view(names, key),
        format_func=names.__getitem__,
        key=key,
        label_visibility="collapsed",
    )
    shown = str(chosen or next(iter(names)))
    _remember_view(key, shown)
    return shown


def _linked_view(names: Mapping[str, str], key: str) -> str:
    """Give the view that the link named with which the window was opened, else the first.

    The link speaks of the page that it opened, not of another one with a view of the same name.
    """
    linked: list[str] = st.session_state.get("views_linked", [])
    drawn = st.session_state.setdefault("views_drawn", {})
    outer = next(iter(drawn), key)
    meant = st.session_state.setdefault("views_linked_of", outer) == outer
    wanted = linked[len(drawn)] if meant and len(drawn) < len(linked) else ""
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
        choose_language()
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
    if problem.row == "" or problem.expected.template == _TOTAL:
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


def choose_language() -> None:
    """Take the language of the session into use; a new one follows its link or the server."""
    state = st.session_state
    if "language" not in state:
        wanted = (st.query_params.get("lang"), os.environ.get("PLANNER_LANG"))
        state["language"] = next((name for name in wanted if name in LANGUAGES), "zh")
    use_language(state["language"])
    if state.setdefault("language_shown", state["language"]) != state["language"]:
        state["language_shown"] = state["language"]
        _keep_what_is_chosen()


def _keep_what_is_chosen() -> None:
    """Let what is chosen in lists stay chosen: a browser knows it by its words in one language."""
    for key, value in st.session_state.items():
        if isinstance(value, str) or (value and isinstance(value, list) and _is_text(value)):
            st.session_state[key] = value


def _is_text(values: list[object]) -> bool:
    return all(isinstance(each, str) for each in values)


def keep_chosen(key: str, names: Mapping[str, str]) -> None:
    """Let what is chosen in a list of names that people give stay chosen where one has changed."""
    shown = f"names_of_{key}"
    if key in st.session_state and st.session_state.get(shown, names) != names:
        st.session_state[key] = st.session_state[key]
    st.session_state[shown] = names
