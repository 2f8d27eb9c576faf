"""The text of times -> local seconds, with the form in which each was written, in compiled code."""

import numpy as np
from numpy.typing import NDArray

from planner.compiled import kernel
from planner.intake.pings.moments import (
    BASE_DAY,
    COMPACT,
    DASHED,
    DATE_ONLY,
    DAY_FIRST,
    DAY_S,
    DOTTED,
    FIRST_YEARLESS_DAY,
    MONTH_FIRST,
    NO_TIME,
    SLASHED,
    TIME_ONLY,
    TIME_ONLY_DAY,
    UNCLEAR,
    UNKNOWN_TIME,
    WRITTEN,
    YEARLESS,
    Zone,
    day_number,
    read_digits,
    second_of_day,
    to_local,
)

__all__ = ["read_times"]

_Bytes = NDArray[np.uint8]
_Places = NDArray[np.int64]
_ZERO, _NINE, _COLON, _DOT, _MINUS, _PLUS, _SLASH = 48, 57, 58, 46, 45, 43, 47
_SPACE, _T, _Z, _ASCII = 32, 116, 122, 128
_A, _P, _M = 97, 112, 109
_OTHER, _WORD = 0, 1
"""Kinds of what stands between groups of digits, beside the codes of single marks."""
_MOST_GROUPS = 10
_LONGEST_WORD = 3
"""Bytes of one Chinese character; two (such as 下午) are not understood."""


@kernel
def _groups(  # noqa: C901, PLR0912, PLR0915 - one walk over the bytes
    text: _Bytes, start: int, end: int, value: _Places, digits: _Places, before: _Places
) -> int:
    """Cut a text into groups of digits: value, number of digits, and the mark before each.

    Returns how many there are; -1 where something else stands between them. `before` has one more
    entry: the mark after the last group.
    """
    count, at, mark, length = 0, start, _OTHER, 0
    while at < end:
        code = int(text[at])
        if _ZERO <= code <= _NINE:
            if count == _MOST_GROUPS or length > _LONGEST_WORD:
                return -1
            before[count], value[count], digits[count] = mark, 0, 0
            while at < end and _ZERO <= text[at] <= _NINE:
                if digits[count] < 18 or (digits[count] == 18 and value[count] < 9 * 10**17):  # noqa: PLR2004 - fits 64 bits
                    value[count] = value[count] * 10 + (int(text[at]) - _ZERO)
                digits[count] += 1
                at += 1
            count += 1
            mark, length = _OTHER, 0
            continue
        if code >= _ASCII:
            mark, length = _WORD, length + 1
        elif code == _SPACE:
            mark = _SPACE if mark == _OTHER else mark
        elif 65 <= (code & 223) <= 90:  # noqa: PLR2004 - a letter
            lower = code | 32
            if lower in (_A, _P) and at + 1 < end and (text[at + 1] | 32) == _M:
                mark, at = lower, at + 1
            elif lower in (_T, _Z) and mark in (_OTHER, _SPACE):
                mark = lower
            else:
                return -1
        elif mark in (_OTHER, _SPACE):
            mark = code
        else:
            return -1
        at += 1
    before[count] = mark
    return count if length <= _LONGEST_WORD else -1


@kernel
def _date(value: _Places, digits: _Places, before: _Places, order: int) -> tuple[int, int]:
    """Read three groups as a date: day since 1990 (-1: none), form."""
    if digits[0] == 4:  # noqa: PLR2004 - a year
        mark = before[1]
        form = DASHED
        if mark == _SLASH:
            form = SLASHED
        elif mark == _DOT:
            form = DOTTED
        elif mark == _WORD:
            form = WRITTEN
        return day_number(value[0], value[1], value[2]), form
    if digits[2] != 4:  # noqa: PLR2004
        return -1, UNKNOWN_TIME
    first, second = value[0], value[1]
    if first > 12 or (order == DAY_FIRST and second <= 12):  # noqa: PLR2004
        return day_number(value[2], second, first), DAY_FIRST
    if second > 12 or order == MONTH_FIRST:  # noqa: PLR2004
        return day_number(value[2], first, second), MONTH_FIRST
    return -1, UNCLEAR


@kernel
def _time(  # noqa: C901, PLR0911, PLR0912, PLR0913, PLR0915, PLR0917 - the forms in order
    text: _Bytes,
    start: int,
    end: int,
    order: int,
    zone: Zone,
    value: _Places,
    digits: _Places,
    before: _Places,
) -> tuple[int, int]:
    """Read one time: local seconds since 1990, form."""
    while start < end and text[start] <= _SPACE:
        start += 1
    while end > start and text[end - 1] <= _SPACE:
        end -= 1
    if end == start or (end - start <= 4 and (text[start] | 32) == 110):  # noqa: PLR2004 - nan, null
        return 0, NO_TIME
    count = _groups(text, start, end, value, digits, before)
    if count <= 0 or before[0] not in (_OTHER, _SPACE):
        return 0, UNKNOWN_TIME
    if count == 1 or (count == 2 and before[1] == _DOT and digits[0] >= 10):  # noqa: PLR2004
        return read_digits(value[0], digits[0], zone)
    # the date, of 0, 1, 2 or 3 groups
    day, form, used = -1, TIME_ONLY, 0
    if digits[0] == 8:  # noqa: PLR2004 - 20141022
        day = day_number(value[0] // 10_000, value[0] // 100 % 100, value[0] % 100)
        form, used = COMPACT, 1
    elif before[1] == _COLON:
        day = TIME_ONLY_DAY
    elif before[1] == _WORD and digits[0] <= 2 and before[count] == _WORD and count <= 3:  # noqa: PLR2004
        day = TIME_ONLY_DAY  # 21时54分
    elif (
        count >= 3  # noqa: PLR2004
        and (before[2] == before[1] or before[1] == _WORD)
        and (
            digits[0] == 4 or (digits[2] == 4 and digits[0] <= 2 and digits[1] <= 2)  # noqa: PLR2004
        )
    ):
        day, form = _date(value, digits, before, order)
        used = 3
    elif count >= 4 and digits[0] <= 2 and digits[1] <= 2 and before[3] == _COLON:  # noqa: PLR2004
        day = day_number(2000, value[0], value[1])  # a leap year
        if day >= 0:
            day += FIRST_YEARLESS_DAY - day_number(2000, 1, 1)
        form, used = YEARLESS, 2
    if day < 0:
        return 0, form if form == UNCLEAR else UNKNOWN_TIME
    if used == count:
        return day * DAY_S, DATE_ONLY
    second, offset, stated = _rest(value, digits, before, used, count)
    if second < 0:
        return 0, UNKNOWN_TIME
    out = day * DAY_S + second
    if stated:
        if form in (TIME_ONLY, YEARLESS):
            return 0, UNKNOWN_TIME
        out = to_local(out + BASE_DAY * DAY_S - offset, zone)
    return (out, form) if out >= 0 else (0, UNKNOWN_TIME)


@kernel
def _rest(  # noqa: C901, PLR0911, PLR0912 - the forms in order
    value: _Places, digits: _Places, before: _Places, used: int, count: int
) -> tuple[int, int, bool]:
    """Read the groups after the date: second of the day (-1: none), offset, whether it is stated.

    Fractions of a second are dropped.
    """
    at = used
    second = 0
    if count - at == 1 and digits[at] in (4, 6) and used:  # T215430
        clock = value[at] if digits[at] == 6 else value[at] * 100  # noqa: PLR2004
        return (
            second_of_day(clock // 10_000, clock // 100 % 100, clock % 100),
            0,
            before[count] == _Z,
        )
    if count - at < 2 or digits[at] > 2 or digits[at + 1] > 2:  # noqa: PLR2004
        return -1, 0, False
    if before[at + 1] not in (_COLON, _WORD):
        return -1, 0, False
    hour, minute = value[at], value[at + 1]
    at += 2
    if at < count and before[at] in (_COLON, _WORD) and digits[at] <= 2:  # noqa: PLR2004
        second = value[at]
        at += 1
        if at < count and before[at] == _DOT:
            at += 1
    mark = before[count]
    if at == count and mark in (_A, _P):
        if not 1 <= hour <= 12:  # noqa: PLR2004
            return -1, 0, False
        hour = hour % 12 + (12 if mark == _P else 0)
        return second_of_day(hour, minute, second), 0, False
    if at == count:
        plain = mark in (_OTHER, _SPACE, _WORD, _Z)
        return (second_of_day(hour, minute, second) if plain else -1), 0, mark == _Z
    if before[at] not in (_PLUS, _MINUS) or count - at > 2 or mark != _OTHER:  # noqa: PLR2004
        return -1, 0, False
    if digits[at] == 4:  # noqa: PLR2004 - +0800
        offset = value[at] // 100 * 3600 + value[at] % 100 * 60
    else:
        offset = value[at] * 3600 + (value[at + 1] * 60 if count - at == 2 else 0)  # noqa: PLR2004
    if offset > 14 * 3600:
        return -1, 0, False
    return second_of_day(hour, minute, second), (offset if before[at] == _PLUS else -offset), True


@kernel
def read_times(
    text: _Bytes, starts: _Places, ends: _Places, order: int, zone: Zone
) -> tuple[NDArray[np.uint32], _Bytes]:
    """Read times as people and machines write them.

    Understood are 2014-10-22 21:54:30 (also with / or . or 年月日, T, without seconds, with
    fractions, with Z or an offset, with AM or PM), 22/10/2014 21:54 where it is clear what is the
    day, 20141022215430, seconds to nanoseconds since 1970, 21:54:30 alone, 10-22 21:54:30 without a
    year, and a date alone.

    Parameters
    ----------
    text, starts, ends
        The cells.
    order
        DAY_FIRST or MONTH_FIRST where the file shows which, else 0.
    zone
        As of `from_epoch`.

    Returns
    -------
    tuple
        Local seconds since 1990 (days without a date or year stand beyond all others), and the
        form; shape (n,) both.
    """
    time = np.zeros(len(starts), dtype=np.uint32)
    form = np.zeros(len(starts), dtype=np.uint8)
    value = np.zeros(_MOST_GROUPS + 1, dtype=np.int64)
    digits = np.zeros(_MOST_GROUPS + 1, dtype=np.int64)
    before = np.zeros(_MOST_GROUPS + 1, dtype=np.int64)
    for row in range(len(starts)):
        found, kind = _time(text, starts[row], ends[row], order, zone, value, digits, before)
        time[row] = np.uint32(found)
        form[row] = np.uint8(kind)
    return time, form
