"""Faults found column by column -> problems row by row, and the rows that are set aside."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.errors import InputError, PlannerError, Problem
from planner.intake.body import Body, Rule
from planner.intake.privacy import mask, shown
from planner.language import Message, note

__all__ = ["Checked", "EmptyListError", "Faults", "NothingLeftError", "Origin", "rejected_rows"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The rows of data as they stand in the file, for faults that only other files show.

    `at` in the tables of `Checked` is the position of a row here; all arrays have shape (n rows,).
    """

    label: NDArray[np.object_]
    """Name of the file (and sheet) of each row."""
    line: NDArray[np.int64]
    """Line in the file of each row."""
    header: Mapping[str, str]
    """Canonical name -> header as it stands in the file."""
    cells: pd.DataFrame
    """As in `Checked.rejected`, without table, row and reason; phone numbers are not hidden yet."""
    x: NDArray[np.float64] | None = None
    """First number of the position, before it was converted; None: the rows have no positions."""
    y: NDArray[np.float64] | None = None
    position: str = ""
    """Header of the column that positions stand in first; "": they are shapes."""

    def stated(self, at: int) -> str:
        """Give a position as the file states it; "" where it states none."""
        if self.x is None or self.y is None or not np.isfinite(self.x[at] + self.y[at]):
            return ""
        return shown(f"{self.x[at]:.10g}, {self.y[at]:.10g}")

    def rejected(self, at: Sequence[int], reasons: Sequence[str]) -> pd.DataFrame:
        """Give rows to set aside: table, row, reason, then the cells as they stand in the file."""
        front = pd.DataFrame(
            {
                "table": self.label[list(at)],
                "row": self.line[list(at)],
                "reason": np.array(reasons, dtype=object),
            }
        )
        cells = self.cells.iloc[list(at)].reset_index(drop=True).map(mask)
        cells.columns = [f"{name} " if name in front else name for name in cells.columns]
        return pd.concat([front, cells], axis=1)


class EmptyListError(InputError):
    """A list has a header, and no row below it but examples of a template."""


class NothingLeftError(InputError):
    """Nothing usable is left; the rows set aside are kept for their owner to mend."""

    def __init__(
        self, message: Message, *, problems: Iterable[Problem] = (), rejected: pd.DataFrame
    ) -> None:
        super().__init__(message, problems=problems)
        self.rejected = rejected
        """As `Checked.rejected`."""


def rejected_rows(error: PlannerError) -> pd.DataFrame:
    """Give the rows that were set aside before an error, as `write_rejected` takes them.

    Returns
    -------
    pandas.DataFrame
        Columns table, row, reason, then cells; without rows where nothing was set aside.
    """
    if isinstance(error, NothingLeftError):
        return error.rejected
    return pd.DataFrame({name: pd.Series(dtype="str") for name in ("table", "row", "reason")})


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What one file holds: rows to use, every fault, and the rows set aside."""

    rows: Any
    """Good rows, a DataFrame (communities: a GeoDataFrame; boundary: one shape alone); `row` is the
    line in the file, `at` the position in `origin`."""
    problems: tuple[Problem, ...]
    """Every fault of the file, by row; also those that the row survived (`fatal` is false)."""
    rejected: pd.DataFrame
    """Rows set aside: table, row, reason, then the cells as they stand in the file."""
    to_place: pd.DataFrame
    """Rows with an address and no position: `table`, then the columns of `rows`."""
    notes: tuple[Message, ...]
    """What was assumed, not used or skipped."""
    origin: Origin
    """The rows as they stand in the file."""
    skipped: int = 0
    """Rows that are no data (blank, totals, remarks, repeated headers), told in `notes`."""


@dataclass(frozen=True, slots=True)
class _Fault:
    row: int
    rule: Rule
    found: str
    fix: Message


class Faults:
    """Collects the faults of one body; the first fatal fault of a cell is the one that is told.

    Where the cells of a row stand under wrong headers, that alone is told.
    """

    def __init__(self, body: Body) -> None:
        self._body = body
        self._faults: list[_Fault] = []
        self._whole: list[Problem] = []
        self._told: dict[str, NDArray[np.bool_]] = {}
        self.bad: NDArray[np.bool_] = np.zeros(body.size, dtype=bool)
        """Rows to set aside."""
        self._moved = np.zeros(body.size, dtype=bool)
        for mark in body.marks:
            self.add(mark.where, mark.rule, found=mark.found)
            if mark.rule.fatal and not mark.rule.column:
                self._moved |= mark.where

    def add(
        self,
        where: NDArray[np.bool_],
        rule: Rule,
        *,
        found: Sequence[str] | str | None = None,
        fixes: Sequence[Message] | None = None,
    ) -> None:
        """Note a fault in some rows.

        Parameters
        ----------
        where
            Rows that have it, shape (n,); those whose cell has a fatal fault already are left out.
        rule
            What is wrong; its own fix holds unless `fixes` gives one for each row.
        found
            What to show, one text for all or one for each row of the body; None: the cell.
        fixes
            One for each row of the body.
        """
        told = self._told.setdefault(rule.column, np.zeros(self._body.size, dtype=bool))
        rows = np.flatnonzero(where & ~self._moved & (~told if rule.column else True))
        for row in rows.tolist():
            fix = rule.fix if fixes is None else fixes[row]
            self._faults.append(_Fault(row, rule, self._found(row, rule.column, found), fix))
        if rule.fatal:
            told[rows] = True
            self.bad[rows] = True

    def add_column(self, rule: Rule, *, found: str) -> None:
        """Note a fault of a whole column that sets no row aside."""
        self.add_outside(rule, found=found, label=str(self._body.label[0]), line="")

    def add_outside(self, rule: Rule, *, found: str, label: str, line: int | str) -> None:
        """Note a fault of a line of a file that is no row of data; it sets no row aside."""
        self._whole.append(
            Problem(
                table=label,
                row=line,
                column=self._body.header[rule.column],
                found=found,
                expected=rule.expected,
                fix=rule.fix,
                fatal=False,
            )
        )

    def add_repeats(self, keys: pd.DataFrame, rule: Rule, *, show: str) -> None:
        """Note the rows that repeat an earlier one.

        Parameters
        ----------
        keys
            What must differ; the index is the position of each row in the body.
        rule
            What is wrong; the line of the first such row is added to its fix.
        show
            Canonical name of the column to show.
        """
        repeated = keys.index.to_numpy()[keys.duplicated(keep="first").to_numpy()]
        if not len(repeated):
            return
        firsts = keys.groupby(list(keys.columns), sort=False, dropna=False).cumcount() == 0
        group = keys.groupby(list(keys.columns), sort=False, dropna=False).ngroup()
        first_row = dict(zip(group[firsts], keys.index[firsts], strict=True))
        where = np.zeros(self._body.size, dtype=bool)
        where[repeated] = True
        fixes, found = [rule.fix] * self._body.size, [""] * self._body.size
        for row in repeated.tolist():
            line = int(self._body.line[first_row[group[row]]])
            fixes[row] = note("{fix} The first is row {line}.", fix=rule.fix, line=line)
            found[row] = shown(self._cell(row, show))
        self.add(where, rule, found=found, fixes=fixes)

    def told(self, column: str) -> NDArray[np.bool_]:
        """Tell which rows have a fatal fault in a column."""
        return self._told.get(column, np.zeros(self._body.size, dtype=bool))

    def _found(self, row: int, column: str, found: Sequence[str] | str | None) -> str:
        if isinstance(found, str):
            return found
        if found is not None:
            return found[row]
        return shown(self._cell(row, column))

    def _cell(self, row: int, column: str) -> str:
        cells = self._body.text.get(column)
        return "" if cells is None else str(cells[row])

    def problems(self) -> tuple[Problem, ...]:
        """Give every fault: those of whole columns and of totals, then by row."""
        body = self._body
        by_row = (
            Problem(
                table=str(body.label[fault.row]),
                row=int(body.line[fault.row]),
                column=body.header.get(fault.rule.column, ""),
                found=fault.found,
                expected=fault.rule.expected,
                fix=fault.fix,
                fatal=fault.rule.fatal,
            )
            for fault in sorted(self._faults, key=lambda fault: fault.row)
        )
        return (*self._whole, *by_row)

    def rejected(self) -> pd.DataFrame:
        """Give the rows set aside with their reasons, in the language in use."""
        reasons: dict[int, list[str]] = {}
        for fault in self._faults:
            if fault.rule.fatal:
                reasons.setdefault(fault.row, []).append(self._sentence(fault))
        rows = sorted(reasons)
        return self.origin().rejected(rows, [" ".join(reasons[row]) for row in rows])

    def origin(
        self,
        x: NDArray[np.float64] | None = None,
        y: NDArray[np.float64] | None = None,
        *,
        column: str = "",
    ) -> Origin:
        """Give the rows as they stand in the file, with the positions that they state.

        Parameters
        ----------
        x, y
            The numbers as they stand there, shape (n,).
        column
            Canonical name of the column that they stand in first; "": shapes.
        """
        body = self._body
        return Origin(
            label=body.label,
            line=body.line,
            header=body.header,
            cells=body.cells,
            x=x,
            y=y,
            position=body.header.get(column, ""),
        )

    def _sentence(self, fault: _Fault) -> str:
        values = {"found": fault.found, "expected": fault.rule.expected, "fix": fault.fix}
        column = self._body.header.get(fault.rule.column, "")
        if not column:
            return str(note("Found {found}, expected {expected}. {fix}", **values))
        return str(
            note(
                "Column '{column}': found {found}, expected {expected}. {fix}",
                column=column,
                **values,
            )
        )

    def refuse_if_none_left(
        self, path: Path, left: int, *, noticed: Sequence[Message] = ()
    ) -> None:
        """Raise where no row can be used.

        Parameters
        ----------
        path
            The file.
        left
            Rows that can be used.
        noticed
            What may explain it, such as another coordinate system than the declared one.

        Raises
        ------
        InputError
            If `left` is 0, with every fault.
        """
        if left == 0 and self._body.size == 0:
            raise EmptyListError(
                note(
                    "{file}: there is a header but no row below it. Fill the table in and save it.",
                    file=path.name,
                )
            )
        if left == 0:
            told = note(
                "{file}: none of the {rows} rows can be used. Mend the faults below.",
                file=path.name,
                rows=self._body.size,
            )
            for other in noticed:
                told = note("{first}\n{second}", first=told, second=other)
            raise NothingLeftError(told, problems=self.problems(), rejected=self.rejected())
