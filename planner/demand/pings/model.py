"""People's time in squares by hour: what GPS and order records come to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from planner.district.settings import PingRules
from planner.errors import Problem
from planner.intake.pings import Layout, PingTask, Reading, TaskFaults
from planner.language import Message

__all__ = ["HOURS", "MS_AN_HOUR", "RECORD", "PingBins", "PingPart", "PingPlan", "Scattered"]

HOURS = 48
"""Hours 0-23 of weekdays, then of weekends."""
MS_AN_HOUR = 3_600_000
RECORD = np.dtype(
    [("person", "<u8"), ("time_s", "<u4"), ("x_cm", "<i4"), ("y_cm", "<i4"), ("inside", "u1")]
)
"""A record with an id: hashed person, local seconds since 1990, place in the plane, and whether it
lies inside the boundary."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PingBins:
    """Where people were at which hour, each person at one place at a time."""

    squares: NDArray[np.int64]
    """Column and row of each square (x / cell_m and y / cell_m, rounded down, in the plane), shape
    (k, 2), sorted, each once."""
    person_hours: NDArray[np.float32]
    """Hours that people spent there, by hour 0-23 of weekdays and then of weekends, summed over all
    days, shape (k, 48). Without ids: one minute for each record."""
    stay_hours: NDArray[np.float32]
    """The part of them that people stayed (did not pass), shape (k, 48); 0 without ids."""
    id_hours: NDArray[np.float64]
    """`person_hours` of the records with ids alone, over all squares, shape (48,)."""
    records: NDArray[np.int64]
    """Records that were used, shape (k,)."""
    persons: int
    """Different people; 0 where the files have no ids."""
    weekdays: int
    """Different days that were seen, Monday to Friday; a day whose date or year is not known counts
    as one of them."""
    weekend_days: int
    has_ids: bool
    set_aside: Mapping[str, int] = field(default_factory=dict)
    """Reason -> records that were set aside for it."""
    problems: tuple[Problem, ...] = ()
    notes: tuple[Message, ...] = ()
    cell_m: float = 250.0

    def __post_init__(self) -> None:
        """Check what must hold for all bins."""
        count = len(self.squares)
        if self.squares.shape != (count, 2) or self.records.shape != (count,):
            raise ValueError("squares must be of shape (k, 2) and records of shape (k,)")
        if not self.person_hours.shape == self.stay_hours.shape == (count, HOURS):
            raise ValueError(f"person_hours and stay_hours must be of shape (k, {HOURS})")
        if self.id_hours.shape != (HOURS,):
            raise ValueError(f"id_hours must be of shape ({HOURS},)")
        if count and not (self.stay_hours.min() >= 0 and self.person_hours.min() >= 0):
            raise ValueError("person_hours and stay_hours must be at least 0")

    def __len__(self) -> int:
        """Count the squares."""
        return len(self.squares)


@dataclass(frozen=True, slots=True, kw_only=True)
class PingPlan:
    """All that a run decides before it reads; can be sent to other processes.

    It holds the secret that ids are hashed with: it is never kept.
    """

    tasks: tuple[PingTask, ...]
    """Parts of files that are read apart, in any order."""
    bin_files: tuple[Path, ...]
    """Files that hold bins and no records."""
    layouts: Mapping[Path, Layout]
    reading: Reading
    crs: str
    rules: PingRules
    projection: str
    boundary: BaseGeometry | None
    """WGS-84."""
    cell_cm: int
    partitions: int
    """A power of two; people are spread over so many."""
    problems: tuple[Problem, ...] = ()
    """Files that can't be used."""
    notes: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PingPart:
    """What some of the records come to: whole numbers, so that parts add up in any order."""

    squares: NDArray[np.int64]
    """Shape (k, 2), sorted, each once."""
    person_ms: NDArray[np.int64]
    """Shape (k, 48)."""
    stay_ms: NDArray[np.int64]
    """Shape (k, 48)."""
    records: NDArray[np.int64]
    """Shape (k,)."""
    loose_ms: NDArray[np.int64] = field(default_factory=lambda: np.zeros(HOURS, dtype=np.int64))
    """`person_ms` of records without ids, over all squares, shape (48,)."""
    days: frozenset[int] = frozenset()
    """Days since 1990-01-01 that were seen."""
    persons: int = 0
    """Different people; no person is in two parts."""
    repeated: int = 0
    """Records that another one repeats."""
    jumps: int = 0
    """Records that could only be reached too fast."""
    faults: tuple[TaskFaults, ...] = ()
    """Of the tasks that are in this part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scattered:
    """Records with ids, those of one partition of people side by side."""

    records: NDArray[np.void]
    """Of type RECORD."""
    starts: NDArray[np.int64]
    """Where each partition begins, and the end of the last, shape (partitions + 1,)."""

    def of(self, partition: int) -> NDArray[np.void]:
        """Give the records of one partition."""
        return self.records[self.starts[partition] : self.starts[partition + 1]]
