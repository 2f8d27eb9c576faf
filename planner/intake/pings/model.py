"""What is known of a file of records, the part of it that is read at a time, and what comes out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

__all__ = ["Batch", "Layout", "PingTask", "Reading", "Seen", "TaskFaults"]

_FIRST = 3
"""So many lines of one kind of fault are named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How a file of records is read; found once and the same for all its parts."""

    kind: str
    """"delimited", "parquet", or "bins": no records but what `write_bins` wrote."""
    columns: Mapping[str, int] = field(default_factory=dict)
    """Canonical name ("id", "time", "date", "lon", "lat", "lnglat", "latlng") -> column, from 0."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Canonical name -> header in the file, or the number of the column, from 1."""
    width: int = 0
    """How many columns there are."""
    header: bool = True
    """Whether the first line names the columns."""
    delimiter: int = 44
    """Code of what separates cells."""
    packed: bool = False
    """Whether the file is compressed by gzip."""
    encoding: str = "utf-8"
    """"utf-8", "gb18030" (GBK; only ids are read by it), "utf-16-le" or "utf-16-be"."""
    order: int = 0
    """DAY_FIRST or MONTH_FIRST (clocks) where the file shows which of the two stands first."""

    @property
    def is_utf16(self) -> bool:
        """Tell whether the text must be turned into UTF-8 before its lines are known."""
        return self.encoding.startswith("utf-16")

    @property
    def has_ids(self) -> bool:
        """Tell whether the records name a person or vehicle."""
        return "id" in self.columns


@dataclass(frozen=True, slots=True, kw_only=True)
class PingTask:
    """A part of a file that one worker reads; small enough to be sent anywhere."""

    path: Path
    layout: Layout
    start: int = 0
    """First byte of a text (lines that begin from here on), first row group of a Parquet file."""
    end: int = -1
    """Byte or row group before which the part ends; -1: the whole file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a run decides for all files."""

    salt: tuple[int, int]
    """Secret numbers of the run that ids are hashed with, 64 bits each."""
    zone: NDArray[np.int64]
    """When (UTC seconds since 1970) which offset holds (seconds), shape (2, k)."""
    degrees: bool = True
    """Whether positions are degrees (else metres of an EPSG system)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Records that have a time and a position; arrays of one length n."""

    person: NDArray[np.uint64]
    """Hashed id, never 0; empty where the file has none."""
    time_s: NDArray[np.uint32]
    """Local seconds since 1990-01-01 (a Monday); days without a date lie beyond (clocks)."""
    lon: NDArray[np.float64]
    """Degrees (or metres) in the system of the file."""
    lat: NDArray[np.float64]
    line: NDArray[np.int64]
    """Line from the start of the task, from 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """How often one kind of fault was seen."""

    count: int = 0
    lines: tuple[int, ...] = ()
    """The first lines, from the start of the task, from 0, ascending."""
    sample: str = ""
    """What stood in the first of them, with every digit and letter hidden."""

    def joined(self, count: int, lines: tuple[int, ...], sample: str) -> "Seen":
        """Add further ones."""
        theirs_first = not self.lines or (lines and lines[0] < self.lines[0])
        return Seen(
            count=self.count + count,
            lines=tuple(sorted((*self.lines, *lines)))[:_FIRST],
            sample=sample if theirs_first else self.sample,
        )


@dataclass(slots=True, kw_only=True)
class TaskFaults:
    """The faults of one task, by kind; nothing in it grows with the file."""

    path: Path
    start: int = 0
    lines: int = 0
    """Lines that were read, good and bad."""
    by_kind: dict[str, Seen] = field(default_factory=dict)
    forms: dict[str, Seen] = field(default_factory=dict)
    """How times are written (FORM_NAMES of clocks) -> how often."""

    def add(self, kind: str, lines: NDArray[np.int64], sample: str = "") -> None:
        """Add faults of a kind, by ascending lines."""
        if len(lines):
            self.by_kind[kind] = _with(self.by_kind.get(kind), lines, sample)

    def add_form(self, form: str, lines: NDArray[np.int64]) -> None:
        """Add times of a form, by ascending lines."""
        if len(lines):
            self.forms[form] = _with(self.forms.get(form), lines, "")


def _with(seen: Seen | None, lines: NDArray[np.int64], sample: str) -> Seen:
    return (seen or Seen()).joined(len(lines), tuple(map(int, lines[:_FIRST])), sample)
