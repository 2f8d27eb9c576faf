"""What is wrong with the files of a district, gathered from all of them before anything is told."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.errors import InputError, Problem, problem_sentence
from planner.intake import Checked, NothingLeftError, Origin, lines_text, rejected_rows
from planner.language import Message, note

__all__ = ["Findings", "Listed", "folded", "stacked"]

_REJECTED = ("table", "row", "reason")
_MOST_SET_ASIDE, _MOST_USED = 20, 100
"""Of one kind that are told one by one. Rows that are used stand nowhere else than in what is told.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """The rows of one file that can be used, and the file as it stands."""

    name: str
    """Name of the file, with its sheet where the settings name one; "" for no file."""
    rows: pd.DataFrame
    """Each with `row`, its line in the file, and `at`, its position in `origin`."""
    origin: Origin | None
    """None where there is no such file."""

    @property
    def labels(self) -> NDArray[np.object_]:
        """Give the file, and its sheet, of each row, shape (n,)."""
        if self.origin is None:
            return np.full(len(self.rows), self.name, dtype=object)
        labels: NDArray[np.object_] = self.origin.label[self.rows["at"].to_numpy(dtype=np.int64)]
        return labels

    def label(self, at: int) -> str:
        """Give the file, and its sheet, in which a row of the origin stands."""
        return self.name if self.origin is None else str(self.origin.label[at])

    def header(self, column: str) -> str:
        """Give the header of a column as it stands in the file; "" where it does not."""
        return "" if self.origin is None else self.origin.header.get(column, "")


@dataclass(slots=True)
class Findings:
    """What was found in the files so far."""

    errors: list[InputError] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    rejected: list[pd.DataFrame] = field(default_factory=list)
    to_place: list[pd.DataFrame] = field(default_factory=list)
    notes: list[Message] = field(default_factory=list)

    def take(self, read: Callable[[], Checked | None]) -> Checked | None:
        """Read a file and keep what is wrong with it; None where it cannot be used."""
        try:
            checked = read()
        except InputError as error:
            self.errors.append(error)
            return None
        if checked is not None:
            self.problems.extend(checked.problems)
            self.rejected.append(checked.rejected)
            self.notes.extend(checked.notes)
        return checked

    def try_to(self, check: Callable[[], None]) -> bool:
        """Run a check of a file and keep what is wrong with it; tell whether nothing is."""
        try:
            check()
        except InputError as error:
            self.errors.append(error)
            return False
        return True

    def refuse(self) -> None:
        """Raise where a file cannot be used, with the faults of all files together.

        Raises
        ------
        InputError
            With the message of each file, and every fault.
        """
        if not self.errors:
            return
        told = self.errors[0].message
        for error in self.errors[1:]:
            told = note("{first}\n{second}", first=told, second=error.message)
        faults = [fault for error in self.errors for fault in error.problems]
        raise InputError(told, problems=folded([*faults, *self.problems]))

    def with_rejected(self, error: InputError) -> InputError:
        """Give an error with the rows that were set aside before it, of all files."""
        parts = [*map(rejected_rows, [*self.errors, error]), *self.rejected]
        rejected = stacked(parts, _REJECTED)
        if rejected.empty:
            return error
        return NothingLeftError(error.message, problems=error.problems, rejected=rejected)

    def set_aside(
        self, listed: Listed, bad: NDArray[np.bool_], faults: Sequence[Problem]
    ) -> Listed:
        """Keep rows that cannot be used with their faults, and give the others.

        Parameters
        ----------
        listed
            The rows of one file.
        bad
            Which of them to set aside, shape (n,).
        faults
            One for each row set aside, in order; those of one row of the file (it may stand here
            several times, once a group) are told once.
        """
        told: dict[int, Problem] = {}
        for at, fault in zip(listed.rows.loc[bad, "at"].tolist(), faults, strict=True):
            told.setdefault(at, fault)
        self.problems.extend(told.values())
        if listed.origin is not None and told:
            reasons = [str(problem_sentence(fault)) for fault in told.values()]
            self.rejected.append(listed.origin.rejected(list(told), reasons))
        return replace(listed, rows=listed.rows[~bad])

    def all_problems(self) -> tuple[Problem, ...]:
        """Give every fault: file by file in the order of reading, in each by row.

        Many of one kind are told as one, see `folded`.
        """
        tables = {name: at for at, name in enumerate(dict.fromkeys(p.table for p in self.problems))}
        by_row = sorted(
            self.problems,
            key=lambda p: (tables[p.table], p.row if isinstance(p.row, int) else -1),
        )
        return tuple(folded(by_row))

    def all_rejected(self) -> pd.DataFrame:
        """Give all rows set aside, of all files."""
        return stacked(self.rejected, _REJECTED)


def folded(problems: Sequence[Problem]) -> list[Problem]:
    """Tell many faults of one kind in one column of a file as one: how many, which rows first.

    Many are over 20 of rows set aside (which the list of rejected rows holds one by one), and over
    100 of rows that are used all the same. The first of them stands for all.
    """
    kinds: dict[tuple[object, ...], list[Problem]] = {}
    for problem in problems:
        kinds.setdefault(_kind(problem), []).append(problem)
    out = []
    for problem in problems:
        same = kinds[_kind(problem)]
        if len(same) <= (_MOST_SET_ASIDE if problem.fatal else _MOST_USED):
            out.append(problem)
        elif problem is same[0]:
            out.append(_of_many(same))
    return out


def _kind(problem: Problem) -> tuple[object, ...]:
    by_row = isinstance(problem.row, int)
    return (
        problem.table,
        problem.column,
        by_row,
        str(problem.expected),
        _templates(problem.fix),
        problem.fatal,
    )


def _templates(message: Message) -> tuple[object, ...]:
    """Give what a message says apart from its values: its template and those of messages in it."""
    values = message.values  # noqa: PD011 - a mapping, no column
    inside = [part for part in values.values() if isinstance(part, Message)]
    return message.template, *map(_templates, inside)


def _of_many(same: Sequence[Problem]) -> Problem:
    rows = sorted({problem.row for problem in same if isinstance(problem.row, int)})
    first = same[0]
    if not rows:
        return first
    told = {"n": len(rows), "fix": first.fix}
    fix = note("{n} rows have this fault. {fix}", **told)
    if first.fatal:
        fix = note(
            "{n} rows have this fault and are listed one by one among those set aside. {fix}",
            **told,
        )
    return replace(first, row=lines_text(rows), fix=fix)


def stacked(tables: Sequence[pd.DataFrame], columns: Sequence[str]) -> pd.DataFrame:
    """Put tables under each other; the named columns stand first and are there without a row."""
    filled = [table for table in tables if len(table)]
    if not filled:
        return pd.DataFrame({name: pd.Series(dtype="str") for name in columns})
    return pd.concat(filled, ignore_index=True)
