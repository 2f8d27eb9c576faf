"""What is wrong with the files of a district, gathered from all of them before anything is told."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.errors import InputError, Problem, problem_sentence
from planner.intake import Checked
from planner.language import Message, note

__all__ = ["Findings", "stacked"]

_SHOWN = ("id", "name", "community", "group", "workers", "lon", "lat", "address")
_REJECTED = ("table", "row", "reason")


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
        self, rows: pd.DataFrame, far: NDArray[np.bool_], faults: Sequence[Problem]
    ) -> pd.DataFrame:
        """Keep rows that cannot be used with their faults, and give the others.

        Parameters
        ----------
        rows
            Of one file, with the column `row`; index id.
        far
            Which rows to set aside, shape (n,).
        faults
            One for each row set aside, in order; those of one row of the file are told once.
        """
        # A row of a file may stand here several times, once a group.
        first = ~rows.loc[far, "row"].duplicated().to_numpy()
        faults = [fault for fault, new in zip(faults, first, strict=True) if new]
        self.problems.extend(faults)
        cells = rows[far][first].reset_index()
        shown = [name for name in _SHOWN if name in cells]
        front = pd.DataFrame(
            {
                "table": [fault.table for fault in faults],
                "row": [fault.row for fault in faults],
                "reason": [str(problem_sentence(fault)) for fault in faults],
            }
        )
        if faults:
            self.rejected.append(pd.concat([front, cells[shown].astype(str)], axis=1))
        return rows[~far]

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
