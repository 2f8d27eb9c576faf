"""The mark of a name that the program gave -> that name, in the language of who reads it."""

import re
from collections.abc import Collection
from dataclasses import replace
from typing import TypeVar

from planner.language import LANGUAGES, Message, current_language, note
from planner.scenarios.model import Scenario, Summary

__all__ = [
    "OF_TODAY",
    "all_names",
    "free_mark",
    "given_name",
    "mark_of_number",
    "named_for_reader",
    "still_given",
    "told_name",
]

OF_TODAY = "today"
"""The mark of the state of today."""
_NUMBERED = re.compile(r"scenario ([1-9][0-9]{0,5})")
_Kept = TypeVar("_Kept", Scenario, Summary)


def mark_of_number(number: int) -> str:
    """Give the mark of the scenario with a number."""
    return f"scenario {number}"


def given_name(mark: str) -> Message | None:
    """Give the name that a mark stands for; None: it stands for none, a person named it."""
    if mark == OF_TODAY:
        return note("State of today")
    numbered = _NUMBERED.fullmatch(mark)
    return None if numbered is None else note("Scenario {n}", n=int(numbered[1]))


def named_for_reader(kept: _Kept) -> _Kept:
    """Give a scenario with the name that its reader knows it by."""
    given = given_name(kept.given)
    if given is None:
        return kept
    name = given.text(current_language())
    return kept if kept.name == name else replace(kept, name=name)


def told_name(kept: Scenario | Summary) -> Message | str:
    """Give the name of a scenario for a message, which is told in the language of its reader."""
    return given_name(kept.given) or kept.name


def all_names(kept: Scenario | Summary) -> tuple[str, ...]:
    """Give every name that a scenario is known by, the reader's first."""
    given = given_name(kept.given)
    others = () if given is None else tuple(map(given.text, LANGUAGES))
    return tuple(dict.fromkeys((kept.name, *others)))


def still_given(mark: str, name: str) -> str:
    """Give a mark as long as a name is what it stands for, in any language; else ""."""
    given = given_name(mark)
    return mark if given is not None and name in map(given.text, LANGUAGES) else ""


def free_mark(taken: Collection[Scenario | Summary]) -> str:
    """Give the mark of the smallest number whose name no scenario has, in any language."""
    names = {name for each in taken for name in all_names(each)}
    number = 1
    while names & {note("Scenario {n}", n=number).text(language) for language in LANGUAGES}:
        number += 1
    return mark_of_number(number)
