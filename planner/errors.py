"""Every error raised on purpose, and the fault of one cell told so that its owner can mend it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from planner.language import Message, note

__all__ = [
    "ConflictError",
    "InputError",
    "PlannerError",
    "Problem",
    "SettingsError",
    "StoreError",
    "StreetsError",
    "problem_sentence",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One fault, told so that the owner of the data can mend it."""

    table: str
    """Name of the file (and sheet) as its owner knows it."""
    row: int | str
    """Line in the file (the header is line 1), or the id where no file is at hand; "": the file."""
    column: str
    """Header as it stands in the file; "" for the whole row or file."""
    found: str
    """What stands there, shortened; never a phone number or a person's name."""
    expected: Message
    fix: Message
    fatal: bool = True
    """Whether the row was set aside; false: it is used, with the assumption told."""

    def __str__(self) -> str:
        """Tell the fault as one sentence."""
        return str(problem_sentence(self))


def problem_sentence(problem: Problem) -> Message:
    """Tell a fault as one sentence: file, row, column, found, expected, fix."""
    values = {
        "table": problem.table,
        "row": problem.row,
        "column": problem.column,
        "found": problem.found,
        "expected": problem.expected,
        "fix": problem.fix,
    }
    if problem.row == "" and problem.column == "":
        return note("{table}: found {found}, expected {expected}. {fix}", **values)
    if problem.row == "":
        return note(
            "{table}, column '{column}': found {found}, expected {expected}. {fix}", **values
        )
    if problem.column == "":
        return note("{table}, row {row}: found {found}, expected {expected}. {fix}", **values)
    return note(
        "{table}, row {row}, column '{column}': found {found}, expected {expected}. {fix}", **values
    )


class PlannerError(Exception):
    """Something a person can mend; the message says what, where and how."""

    def __init__(self, message: Message, *, problems: Iterable[Problem] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.problems = tuple(problems)

    def __str__(self) -> str:
        """Tell the message and each fault in the language in use."""
        return "\n".join([str(self.message), *map(str, self.problems)])


class InputError(PlannerError):
    """A file cannot be read at all, or nothing usable is left of what was read."""


class SettingsError(PlannerError):
    """`district.toml` or the arguments are wrong, or contradict each other."""


class StreetsError(PlannerError):
    """The streets cannot be had as asked for."""


class StoreError(PlannerError):
    """Scenarios cannot be read or kept, or there is no such scenario."""


class ConflictError(StoreError):
    """Somebody else has saved the same scenario in the meantime."""

    def __init__(self, message: Message, *, theirs: Any) -> None:  # noqa: ANN401 - scenarios come later in the flow
        super().__init__(message)
        self.theirs = theirs
        """The scenario (`planner.scenarios.Scenario`) as the other person saved it."""
