"""What was changed of a scenario, when and by whom, the newest first."""

from collections.abc import Callable

import streamlit as st

from app_pages import shell
from app_pages.text.moments import moment
from planner.language import say
from planner.scenarios import Edit, Scenario

__all__ = ["show_history"]

_MOST = 30
_MOST_IDS = 6


def show_history(scenario: Scenario) -> None:
    """List the last changes of a scenario; nothing where there is none."""
    count = len(scenario.history)
    if not count:
        return
    with st.expander(say("History ({count})", count=count), key="scenario_history"):
        newest = scenario.history[: -_MOST - 1 : -1]
        st.markdown("\n".join(f"- {shell.plain(_told(edit))}" for edit in newest))
        if count > _MOST:
            st.caption(say("{count} more", count=count - _MOST))


def _told(edit: Edit) -> str:
    """Tell one change in a line: when, who, what, and which options came and went."""
    name = _KINDS.get(edit.kind)
    parts = [moment(edit.at), edit.author, edit.kind if name is None else name()]
    if edit.added:
        parts.append("+ " + _some(edit.added))
    if edit.removed:
        parts.append("− " + _some(edit.removed))
    return " · ".join(filter(None, parts))


def _some(ids: tuple[str, ...]) -> str:
    shown = say(", ").join(ids[:_MOST_IDS])
    return shown if len(ids) <= _MOST_IDS else f"{shown} …"


_KINDS: dict[str, Callable[[], str]] = {
    "add": lambda: say("Added to the plan"),
    "allow": lambda: say("Let it free"),
    "back": lambda: say("Back to the kept plan"),
    "candidate": lambda: say("Candidate added or deleted"),
    "forbid": lambda: say("Must not be opened"),
    "keep": lambda: say("Kept as the plan"),
    "lock": lambda: say("Must be opened"),
    "no_go": lambda: say("No-go area"),
    "note": lambda: say("Notes"),
    "redo": lambda: say("Redo"),
    "remove": lambda: say("Taken out of the plan"),
    "rename": lambda: say("Name"),
    "search": lambda: say("Search for a plan"),
    "settings": lambda: say("Settings"),
    "stand": lambda: say("Plan of a point of the curve"),
    "swap": lambda: say("Swapped"),
    "undo": lambda: say("Undo"),
    "unlock": lambda: say("Let it free"),
}
"""Kind of an edit -> what it was, in the language in use; another kind is named as it is."""
