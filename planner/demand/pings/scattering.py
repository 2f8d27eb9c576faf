"""Records -> those of one group of people side by side, and in time order, in compiled code."""

import numpy as np
from numpy.typing import NDArray

from planner.compiled import kernel
from planner.demand.pings.model import RECORD, Scattered

__all__ = ["by_person", "scatter"]


def scatter(
    person: NDArray[np.uint64],
    time_s: NDArray[np.uint32],
    place: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.uint8]],
    partitions: int,
) -> Scattered:
    """Lay records out by partition, the highest bits of the hashed person.

    Parameters
    ----------
    place
        x and y in centimetres, and whether they lie inside the boundary.
    partitions
        A power of two.
    """
    records = np.empty(len(person), dtype=RECORD)
    bits = partitions.bit_length() - 1
    starts = spread(person, time_s, *place, bits, records)
    return Scattered(records=records, starts=starts)


@kernel
def spread(  # noqa: PLR0913, PLR0917 - a kernel takes its arrays one by one
    person: NDArray[np.uint64],
    time_s: NDArray[np.uint32],
    x_cm: NDArray[np.int32],
    y_cm: NDArray[np.int32],
    inside: NDArray[np.uint8],
    bits: int,
    records: NDArray[np.void],
) -> NDArray[np.int64]:
    """Fill in the records by partition (a counting sort); give where each begins."""
    count = 1 << bits
    starts = np.zeros(count + 1, dtype=np.int64)
    shift = np.uint64(63 - bits)
    one = np.uint64(1)
    for at in range(len(person)):
        starts[np.int64((person[at] >> shift) >> one) + 1] += 1
    for part in range(count):
        starts[part + 1] += starts[part]
    free = starts[:-1].copy()
    for at in range(len(person)):
        part = int((person[at] >> shift) >> one)
        to = free[part]
        free[part] = to + 1
        records[to].person = person[at]
        records[to].time_s = time_s[at]
        records[to].x_cm = x_cm[at]
        records[to].y_cm = y_cm[at]
        records[to].inside = inside[at]
    return starts


@kernel
def by_person(  # noqa: C901, PLR0912 - one walk over the records
    records: NDArray[np.void],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Order records by person, and each person's by time and then by place.

    Records that come in order (as most files have them) are only looked through.

    Returns
    -------
    tuple
        Rows of the records in order, shape (n,), and where each person's begin with the end of the
        last, shape (persons + 1,).
    """
    n = len(records)
    size = 1 << 10
    while size < 2 * n:
        size *= 2
    table = np.full(size, -1, dtype=np.int64)
    people = np.empty(n, dtype=np.uint64)
    own = np.empty(n, dtype=np.int64)
    count, last, last_own = 0, np.uint64(0), np.int64(-1)
    for at in range(n):
        person = records[at].person
        if person != last:
            slot = np.int64(person & np.uint64(size - 1))
            while table[slot] != -1 and people[table[slot]] != person:
                slot = (slot + 1) & (size - 1)
            if table[slot] == -1:
                table[slot] = count
                people[count] = person
                count += 1
            last, last_own = person, table[slot]
        own[at] = last_own
    starts = np.zeros(count + 1, dtype=np.int64)
    for at in range(n):
        starts[own[at] + 1] += 1
    for who in range(count):
        starts[who + 1] += starts[who]
    free = starts[:-1].copy()
    order = np.empty(n, dtype=np.int64)
    for at in range(n):
        order[free[own[at]]] = at
        free[own[at]] += 1
    for who in range(count):
        _sort(records, order[starts[who] : starts[who + 1]])
    return order, starts


@kernel
def _before(records: NDArray[np.void], first: int, second: int) -> int:
    """Compare two records: below 0 where the first comes first, 0 where they are alike."""
    one, other = records[first], records[second]
    if one.time_s != other.time_s:
        return -1 if one.time_s < other.time_s else 1
    if one.x_cm != other.x_cm:
        return -1 if one.x_cm < other.x_cm else 1
    if one.y_cm != other.y_cm:
        return -1 if one.y_cm < other.y_cm else 1
    return 0


@kernel
def _sort(  # noqa: C901, PLR0912 - one sort, in its two steps
    records: NDArray[np.void], order: NDArray[np.int64]
) -> None:
    """Order the rows of one person by time and place: merge sort, bottom up, in place."""
    n = len(order)
    sorted_yet = True
    for at in range(1, n):
        if _before(records, order[at - 1], order[at]) > 0:
            sorted_yet = False
            break
    if sorted_yet:
        return
    run = 16
    for start in range(0, n, run):
        for at in range(start + 1, min(start + run, n)):
            row, to = order[at], at
            while to > start and _before(records, order[to - 1], row) > 0:
                order[to] = order[to - 1]
                to -= 1
            order[to] = row
    spare = np.empty(n, dtype=np.int64)
    while run < n:
        for start in range(0, n, 2 * run):
            middle, end = min(start + run, n), min(start + 2 * run, n)
            left, right = start, middle
            for to in range(start, end):
                if right >= end or (
                    left < middle and _before(records, order[left], order[right]) <= 0
                ):
                    spare[to] = order[left]
                    left += 1
                else:
                    spare[to] = order[right]
                    right += 1
        order[:] = spare
        run *= 2
