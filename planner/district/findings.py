"""What is wrong with the files of a district, gathered from all of them before anything is told."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.errors import InputError, Problem, problem_sentence
from planner.intake import Checked, Origin
from planner.language import Message, note

__all__ = ["Findings", "Listed", "stacked"]

_REJECTED = ("table", "row", "reason")


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
        raise InputError(told, problems=[*faults, *self.problems])

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
        """Give every fault: file by file in the order of reading, in each by row."""
        tables = {name: at for at, name in enumerate(dict.fromkeys(p.table for p in self.problems))}
        return tuple(
            sorted(
                self.problems,
                key=lambda p: (tables[p.table], p.row if isinstance(p.row, int) else -1),
            )
        )

    def all_rejected(self) -> pd.DataFrame:
        """Give all rows set aside, of all files."""
        return stacked(self.rejected, _REJECTED)


def stacked(tables: Sequence[pd.DataFrame], columns: Sequence[str]) -> pd.DataFrame:
    """Put tables under each other; the named columns stand first and are there without a row."""
    filled = [table for table in tables if len(table)]
    if not filled:
        return pd.DataFrame({name: pd.Series(dtype="str") for name in columns})
    return pd.concat(filled, ignore_index=True)
