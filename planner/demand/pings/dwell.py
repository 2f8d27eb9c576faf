"""One person's records in time order -> their time in squares, in compiled code."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.compiled import kernel
from planner.intake.pings import DAY_S, REAL_DAYS

__all__ = ["Limits", "add_dwell"]

_JUMP_ROOM_CM = 5_000.0
"""A receiver may err so much; below it nothing is a jump."""
_AGREEING = 3
"""So many records in a row that agree with each other, and not with the one before, are right."""
_ALONE_MS = 30_000
"""A record without a neighbour near in time counts so much on either side."""
_ROUGH_S = 60
"""Where all times of a person are whole minutes, each may be off by this."""


class Limits(NamedTuple):
    """The rules in whole numbers."""

    gap_s: int
    cm_per_s: float
    radius_cm: float
    stay_s: int


@kernel
def _distance(x: NDArray[np.int32], y: NDArray[np.int32], first: int, second: int) -> float:
    """Give the straight distance of two records in centimetres."""
    across = float(np.int64(x[first]) - np.int64(x[second]))
    along = float(np.int64(y[first]) - np.int64(y[second]))
    return float(np.sqrt(across * across + along * along))


@kernel
def _gather(  # noqa: PLR0913, PLR0917 - a kernel takes its arrays one by one
    records: NDArray[np.void],
    order: NDArray[np.int64],
    row: NDArray[np.int32],
    time_s: NDArray[np.int64],
    x: NDArray[np.int32],
    y: NDArray[np.int32],
    square: NDArray[np.int32],
) -> tuple[int, int]:
    """Copy one person's records without those that repeat another; square -1: outside.

    Gives how many there are, and how many inside were left out.
    """
    count, repeated = 0, 0
    for position in range(len(order)):
        one = records[order[position]]
        if (
            count
            and time_s[count - 1] == one.time_s
            and x[count - 1] == one.x_cm
            and y[count - 1] == one.y_cm
        ):
            repeated += one.inside
            continue
        time_s[count], x[count], y[count] = one.time_s, one.x_cm, one.y_cm
        square[count] = row[order[position]] if one.inside else np.int32(-1)
        count += 1
    return count, repeated


@kernel
def _drop_jumps(  # noqa: C901, PLR0912, PLR0913, PLR0917 - one walk over arrays, one by one
    time_s: NDArray[np.int64],
    x: NDArray[np.int32],
    y: NDArray[np.int32],
    square: NDArray[np.int32],
    linked: NDArray[np.uint8],
    count: int,
    limits: Limits,
) -> tuple[int, int]:
    """Keep, in place, the records that can be reached in time.

    Gives how many there are, and how many inside were left out. `linked` says for each record kept
    whether the way from the one before it is known.
    """
    rough = True
    for at in range(count):
        if time_s[at] % _ROUGH_S:
            rough = False
            break
    room_s = _ROUGH_S if rough else 1
    kept, refused, streak, jumps = 0, -1, 0, 0
    for at in range(count):
        linked[kept] = 0
        if kept:
            passed = time_s[at] - time_s[kept - 1]
            most = _JUMP_ROOM_CM + limits.cm_per_s * (passed + room_s)
            if _distance(x, y, kept - 1, at) > most:
                again = 1
                if streak:
                    since = time_s[at] - time_s[refused]
                    near = _JUMP_ROOM_CM + limits.cm_per_s * (since + room_s)
                    if _distance(x, y, refused, at) <= near:
                        again = streak + 1
                refused, streak = at, again
                if streak < _AGREEING:
                    jumps += 1 if square[at] >= 0 else 0
                    continue
            elif passed <= limits.gap_s:
                linked[kept] = 1
        streak = 0
        time_s[kept], x[kept], y[kept], square[kept] = time_s[at], x[at], y[at], square[at]
        kept += 1
    return kept, jumps


@kernel
def _mark_stays(  # noqa: PLR0913, PLR0917 - a kernel takes its arrays one by one
    time_s: NDArray[np.int64],
    x: NDArray[np.int32],
    y: NDArray[np.int32],
    linked: NDArray[np.uint8],
    stay: NDArray[np.int32],
    count: int,
    limits: Limits,
) -> None:
    """Mark the stays by number: records within the radius of the first, for long enough.

    References
    ----------
    Q. Li, Y. Zheng, X. Xie, Y. Chen, W. Liu and W.-Y. Ma (2008), Mining user similarity based on
    location history, ACM GIS; the next try begins at the next time, not at the next record.
    """
    number, start = 0, 0
    stay[:count] = 0
    while start < count:
        end = start + 1
        while end < count and linked[end] and _distance(x, y, start, end) <= limits.radius_cm:
            end += 1
        if end - start > 1 and time_s[end - 1] - time_s[start] >= limits.stay_s:
            number += 1
            stay[start:end] = number
            start = end
        else:
            first = start
            while start < count and time_s[start] == time_s[first]:
                start += 1


@kernel
def _add_time(sums: NDArray[np.int64], row: int, start_ms: int, end_ms: int) -> None:
    """Add a time to the hours that it lies in."""
    while start_ms < end_ms:
        hour = start_ms // 3_600_000
        stop = min(end_ms, (hour + 1) * 3_600_000)
        day = hour // 24
        slot = hour - day * 24
        if day < REAL_DAYS and day % 7 >= 5:  # noqa: PLR2004 - Saturday; day 0 is a Monday
            slot += 24
        sums[row, slot] += stop - start_ms
        start_ms = stop


@kernel
def _add_person(  # noqa: PLR0913, PLR0917 - a kernel takes its arrays one by one
    time_s: NDArray[np.int64],
    square: NDArray[np.int32],
    linked: NDArray[np.uint8],
    stay: NDArray[np.int32],
    count: int,
    person_ms: NDArray[np.int64],
    stay_ms: NDArray[np.int64],
    records: NDArray[np.int64],
    days: NDArray[np.uint8],
) -> int:
    """Add one person's time; 1 where any record lies inside."""
    seen = 0
    for at in range(count):
        row = square[at]
        if row < 0:
            continue
        seen = 1
        records[row] += 1
        days[time_s[at] // DAY_S] = 1
        here = time_s[at] * 1000
        before = here if at == 0 else 500 * (time_s[at - 1] + time_s[at])
        after = here if at == count - 1 else 500 * (time_s[at] + time_s[at + 1])
        from_before = at > 0 and linked[at]
        to_after = at < count - 1 and linked[at + 1]
        if not from_before and not to_after:
            start = here - _ALONE_MS if at == 0 else max(before, here - _ALONE_MS)
            end = here + _ALONE_MS if at == count - 1 else min(after, here + _ALONE_MS)
            _add_time(person_ms, row, max(start, 0), end)
        if from_before:
            _add_time(person_ms, row, before, here)
            if stay[at] and stay[at - 1] == stay[at]:
                _add_time(stay_ms, row, before, here)
        if to_after:
            _add_time(person_ms, row, here, after)
            if stay[at] and stay[at + 1] == stay[at]:
                _add_time(stay_ms, row, here, after)
    return seen


@kernel
def add_dwell(  # noqa: PLR0913, PLR0917 - a kernel takes its arrays one by one
    records_in: NDArray[np.void],
    order: NDArray[np.int64],
    starts: NDArray[np.int64],
    row: NDArray[np.int32],
    limits: Limits,
    person_ms: NDArray[np.int64],
    stay_ms: NDArray[np.int64],
    records: NDArray[np.int64],
    days: NDArray[np.uint8],
) -> tuple[int, int, int]:
    """Add the time of all people of a partition.

    Between two records of a person that follow each other within the gap, half of the time belongs
    to each one's square; a record without such a neighbour counts half a minute on either side, at
    most half of the way to the next record. So the times of a person never overlap.

    Returns
    -------
    tuple
        People with a record inside, records inside that repeat another, and that are jumps.
    """
    most = 0
    for who in range(len(starts) - 1):
        most = max(most, starts[who + 1] - starts[who])
    time_s = np.empty(most, dtype=np.int64)
    x, y = np.empty(most, dtype=np.int32), np.empty(most, dtype=np.int32)
    square, stay = np.empty(most, dtype=np.int32), np.empty(most, dtype=np.int32)
    linked = np.empty(most + 1, dtype=np.uint8)
    people, repeated, jumps = 0, 0, 0
    for who in range(len(starts) - 1):
        own = order[starts[who] : starts[who + 1]]
        count, again = _gather(records_in, own, row, time_s, x, y, square)
        kept, refused = _drop_jumps(time_s, x, y, square, linked, count, limits)
        repeated, jumps = repeated + again, jumps + refused
        _mark_stays(time_s, x, y, linked, stay, kept, limits)
        people += _add_person(time_s, square, linked, stay, kept, person_ms, stay_ms, records, days)
    return people, repeated, jumps
