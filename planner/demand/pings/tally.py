"""Time in squares, added up: a table of squares that grows, in whole milliseconds."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from planner.compiled import kernel
from planner.demand.pings.model import HOURS, PingPart
from planner.intake.pings import DAY_S, REAL_DAYS

__all__ = ["DAYS", "WITHOUT_ID_MS", "Tally", "count_records", "merge_parts", "no_part"]

DAYS = 36_400
"""Real days, and those that stand for days without a date (planner.intake.pings)."""
WITHOUT_ID_MS = 60_000
"""What a record without an id counts."""
_SHIFT = 1 << 30
_ROWS = 1 << 14


class Tally:
    """Sums of one thread."""

    def __init__(self) -> None:
        self.table = np.full(1 << 16, -1, dtype=np.int64)
        self.rows = np.zeros(1 << 16, dtype=np.int32)
        self.keys = np.zeros(1 << 10, dtype=np.int64)
        self.person_ms = np.zeros((1 << 10, HOURS), dtype=np.int64)
        self.stay_ms = np.zeros((1 << 10, HOURS), dtype=np.int64)
        self.records = np.zeros(1 << 10, dtype=np.int64)
        self.loose_ms = np.zeros(HOURS, dtype=np.int64)
        self.days = np.zeros(DAYS, dtype=np.uint8)
        self.used = 0

    def rows_of(
        self, x_cm: NDArray[np.int32], y_cm: NDArray[np.int32], cell_cm: int
    ) -> NDArray[np.int32]:
        """Give the row of each position's square in the sums, making those that are new."""
        self._make_room(len(x_cm))
        out = np.empty(len(x_cm), dtype=np.int32)
        fresh = np.empty(len(x_cm), dtype=np.int64)
        new = find_squares(x_cm, y_cm, cell_cm, self.table, self.rows, self.used, fresh, out)
        self._grow(self.used + new)
        self.keys[self.used : self.used + new] = fresh[:new]
        self.used += new
        return out

    def _make_room(self, count: int) -> None:
        """Keep the table at most half full, whatever comes."""
        size = len(self.table)
        while size < 2 * (self.used + count):
            size *= 2
        if size > len(self.table):
            self.table = np.full(size, -1, dtype=np.int64)
            self.rows = np.zeros(size, dtype=np.int32)
            refill(self.keys[: self.used], self.table, self.rows)

    def _grow(self, count: int) -> None:
        size = len(self.keys)
        while size < count:
            size *= 2
        if size > len(self.keys):
            self.keys = _grown(self.keys, size)
            self.records = _grown(self.records, size)
            self.person_ms = _grown(self.person_ms, size)
            self.stay_ms = _grown(self.stay_ms, size)

    def take(self, other: "Tally") -> None:
        """Add the sums of another tally, some squares at a time, so that little is held twice."""
        for start in range(0, other.used, _ROWS):
            own = slice(start, min(start + _ROWS, other.used))
            keys = other.keys[own]
            column = ((keys >> 32) - _SHIFT).astype(np.int32)
            row = self.rows_of(column, ((keys & 0xFFFFFFFF) - _SHIFT).astype(np.int32), 1)
            self.person_ms[row] += other.person_ms[own]  # each square is once in a tally
            self.stay_ms[row] += other.stay_ms[own]
            self.records[row] += other.records[own]
        self.loose_ms += other.loose_ms
        self.days |= other.days

    def part(self, *, persons: int = 0, repeated: int = 0, jumps: int = 0) -> PingPart:
        """Give the sums with these counts, squares sorted, and forget them."""
        keys = self.keys[: self.used]
        there = (self.records[: self.used] > 0) | self.person_ms[: self.used].any(axis=1)
        order = np.argsort(keys)
        used = order[there[order]]
        person_ms = self.person_ms[used]
        self.person_ms = np.zeros((0, HOURS), dtype=np.int64)
        stay_ms = self.stay_ms[used]
        self.stay_ms = self.person_ms
        self.used = 0
        return PingPart(
            squares=np.column_stack(
                [(keys[used] >> 32) - _SHIFT, (keys[used] & 0xFFFFFFFF) - _SHIFT]
            ),
            person_ms=person_ms,
            stay_ms=stay_ms,
            records=self.records[used],
            loose_ms=self.loose_ms.copy(),
            days=frozenset(np.flatnonzero(self.days).tolist()),
            persons=persons,
            repeated=repeated,
            jumps=jumps,
        )


def _grown(array: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    out = np.zeros((size, *array.shape[1:]), dtype=np.int64)
    out[: len(array)] = array
    return out


def no_part() -> PingPart:
    """Give the sums of no record."""
    nothing = np.zeros((0, HOURS), dtype=np.int64)
    return PingPart(
        squares=np.empty((0, 2), dtype=np.int64),
        person_ms=nothing,
        stay_ms=nothing,
        records=np.empty(0, dtype=np.int64),
    )


def merge_parts(parts: Iterable[PingPart]) -> PingPart:
    """Add parts up; their order and number make no difference, since all are whole numbers.

    Parts that are merged are of different tasks and partitions: no person is in two.
    """
    kept = list(parts)
    squares, person_ms, stay_ms, records = _sums([part for part in kept if len(part.squares)])
    return PingPart(
        squares=squares,
        person_ms=person_ms,
        stay_ms=stay_ms,
        records=records,
        loose_ms=np.sum([part.loose_ms for part in kept], axis=0, dtype=np.int64)
        if kept
        else np.zeros(HOURS, dtype=np.int64),
        days=frozenset().union(*(part.days for part in kept)),
        persons=sum(part.persons for part in kept),
        repeated=sum(part.repeated for part in kept),
        jumps=sum(part.jumps for part in kept),
        faults=tuple(fault for part in kept for fault in part.faults),
    )


def _sums(
    kept: list[PingPart],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Add up the squares, the time, the stays and the records of parts."""
    if len(kept) == 1:  # as it is, since it may be large
        return kept[0].squares, kept[0].person_ms, kept[0].stay_ms, kept[0].records
    squares, row = np.unique(
        np.concatenate([np.empty((0, 2), dtype=np.int64), *(part.squares for part in kept)]),
        axis=0,
        return_inverse=True,
    )
    ends = np.cumsum([0, *(len(part.squares) for part in kept)])
    person_ms = np.zeros((len(squares), HOURS), dtype=np.int64)
    stay_ms = np.zeros((len(squares), HOURS), dtype=np.int64)
    records = np.zeros(len(squares), dtype=np.int64)
    for part, start, end in zip(kept, ends[:-1], ends[1:], strict=True):
        own = row.reshape(-1)[start:end]  # each square is once in a part
        person_ms[own] += part.person_ms
        stay_ms[own] += part.stay_ms
        records[own] += part.records
    return squares, person_ms, stay_ms, records


@kernel
def _slot(key: int, size: int) -> int:
    """Give the place in the table where the search for a key begins."""
    mixed = np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)
    return int(mixed >> np.uint64(32)) & (size - 1)


@kernel
def find_squares(  # noqa: PLR0913, PLR0917 - a kernel takes its arrays one by one
    x_cm: NDArray[np.int32],
    y_cm: NDArray[np.int32],
    cell_cm: int,
    table: NDArray[np.int64],
    rows: NDArray[np.int32],
    used: int,
    fresh: NDArray[np.int64],
    out: NDArray[np.int32],
) -> int:
    """Fill in the row of each position's square; new squares are listed, and counted."""
    new, last, last_row = 0, -1, np.int32(-1)
    for point in range(len(x_cm)):
        column = int(x_cm[point]) // cell_cm + _SHIFT
        row = int(y_cm[point]) // cell_cm + _SHIFT
        key = (column << 32) | row
        if key != last:
            at = _slot(key, len(table))
            while table[at] != -1 and table[at] != key:
                at = (at + 1) & (len(table) - 1)
            if table[at] == -1:
                table[at] = key
                rows[at] = used + new
                fresh[new] = key
                new += 1
            last, last_row = key, rows[at]
        out[point] = last_row
    return new


@kernel
def refill(keys: NDArray[np.int64], table: NDArray[np.int64], rows: NDArray[np.int32]) -> None:
    """Put all keys into an empty table."""
    for row in range(len(keys)):
        at = _slot(keys[row], len(table))
        while table[at] != -1:
            at = (at + 1) & (len(table) - 1)
        table[at] = keys[row]
        rows[at] = row


@kernel
def count_records(
    time_s: NDArray[np.uint32],
    row: NDArray[np.int32],
    person_ms: NDArray[np.int64],
    records: NDArray[np.int64],
    loose_ms: NDArray[np.int64],
    days: NDArray[np.uint8],
) -> None:
    """Add records without ids: each counts WITHOUT_ID_MS in its hour, in `loose_ms` too."""
    for at in range(len(time_s)):
        day = np.int64(time_s[at]) // DAY_S
        hour = (np.int64(time_s[at]) - day * DAY_S) // 3600
        if day < REAL_DAYS and day % 7 >= 5:  # noqa: PLR2004 - Saturday; day 0 is a Monday
            hour += 24
        person_ms[row[at], hour] += WITHOUT_ID_MS
        loose_ms[hour] += WITHOUT_ID_MS
        records[row[at]] += 1
        days[day] = 1
