"""The rows of a sheet under known column names, still as text."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyproj import CRS

from planner.columns import Column
from planner.language import Message

__all__ = ["Body", "Mark", "Rule", "Total", "join_bodies"]


T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One kind of fault: which column, what was expected, how to mend it."""

    expected: Message
    fix: Message
    column: str = ""
    """Canonical name; empty: the whole row."""
    fatal: bool = True
    """Whether the row is set aside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Rows that break a rule."""

    where: NDArray[np.bool_]
    rule: Rule
    found: str | None = None
    """What to show; None: the cell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """A row that says what others add up to."""

    label: str
    """Name of the file (and sheet)."""
    line: int
    word: str
    """The cell that says so, such as 合计."""
    above: int
    """How many rows of data of its sheet stand above it."""
    text: Mapping[str, str]
    """Canonical name -> cell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """The rows of one table; all arrays have shape (n rows,)."""

    label: NDArray[np.object_]
    """Name of the file (and sheet) of each row."""
    line: NDArray[np.int64]
    """Line in the file of each row."""
    columns: Mapping[str, Column]
    """The columns that are there, by canonical name."""
    header: Mapping[str, str]
    """Canonical name -> header as it stands in the file."""
    text: Mapping[str, NDArray[np.object_]]
    """Canonical name -> cells as text, blank: ""."""
    factor: Mapping[str, NDArray[np.float64]]
    """Canonical name -> factor of a number that names no unit, where the header names one."""
    cells: pd.DataFrame
    """The row as it stands in the file, without personal columns, by header."""
    geometry: NDArray[np.object_] | None = None
    crs: CRS | None = None
    """The system that the file itself names or None."""
    marks: tuple[Mark, ...] = ()
    """Faults that only the layout of the sheet shows."""
    totals: tuple[Total, ...] = ()
    notes: tuple[Message, ...] = ()
    skipped: int = 0
    """Rows that are no data: blank, totals, remarks, repeated headers; told in `notes`."""
    _different: dict[str, tuple[NDArray[np.intp], NDArray[np.object_]]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @property
    def size(self) -> int:
        """Rows of data."""
        return len(self.line)

    @property
    def table(self) -> str:
        """Name of the file, with the sheet where all rows come from one."""
        labels = list(dict.fromkeys(map(str, self.label)))
        return labels[0] if len(labels) == 1 else labels[0].partition(" [")[0]

    def each(self, name: str, read: Callable[[str], T]) -> NDArray[np.object_]:
        """Read a column, each different text once, shape (n,)."""
        codes, different = self.different(name)
        values = np.empty(len(different), dtype=object)
        values[:] = [read(text) for text in different]
        return values[codes]

    def test(self, name: str, holds: Callable[[str], bool]) -> NDArray[np.bool_]:
        """Tell of which cells something holds, shape (n,)."""
        return self.each(name, holds).astype(bool)

    def different(self, name: str) -> tuple[NDArray[np.intp], NDArray[np.object_]]:
        """Give the different texts of a column, and for each row which one it has."""
        if name not in self._different:
            self._different[name] = pd.factorize(self.text[name])
        return self._different[name]

    def with_notes(self, notes: Sequence[Message]) -> "Body":
        """Give the same rows with other notes."""
        return replace(self, notes=tuple(notes))


def join_bodies(bodies: Sequence[Body]) -> Body:
    """Put the sheets of one table under each other."""
    if len(bodies) == 1:
        return bodies[0]
    sizes = [body.size for body in bodies]
    names = list(dict.fromkeys(name for body in bodies for name in body.text))
    header = {name: head for body in reversed(bodies) for name, head in body.header.items()}
    columns = {name: column for body in reversed(bodies) for name, column in body.columns.items()}
    scaled = {name for body in bodies for name in body.factor}
    return Body(
        label=np.concatenate([body.label for body in bodies]),
        line=np.concatenate([body.line for body in bodies]),
        columns={name: columns[name] for name in names},
        header={name: header[name] for name in names},
        text={
            name: np.concatenate([body.text.get(name, _blanks(body.size)) for body in bodies])
            for name in names
        },
        factor={
            name: np.concatenate([body.factor.get(name, np.ones(body.size)) for body in bodies])
            for name in scaled
        },
        cells=pd.concat([body.cells for body in bodies], ignore_index=True).fillna(""),
        marks=tuple(_moved_marks(bodies, sizes)),
        totals=tuple(total for body in bodies for total in body.totals),
        notes=tuple(note for body in bodies for note in body.notes),
        skipped=sum(body.skipped for body in bodies),
    )


def _blanks(size: int) -> NDArray[np.object_]:
    return np.full(size, "", dtype=object)


def _moved_marks(bodies: Sequence[Body], sizes: Sequence[int]) -> list[Mark]:
    marks, start = [], 0
    for body, size in zip(bodies, sizes, strict=True):
        for mark in body.marks:
            where = np.zeros(sum(sizes), dtype=bool)
            where[start : start + size] = mark.where
            marks.append(Mark(where=where, rule=mark.rule, found=mark.found))
        start += size
    return marks
