"""Text or numbers -> local times, with the form in which each was written, in compiled code."""

from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from planner.compiled import kernel

__all__ = [
    "DATE_ONLY",
    "DAY_FIRST",
    "DAY_S",
    "DOTTED",
    "FIRST_YEARLESS_DAY",
    "FORMS",
    "FORM_NAMES",
    "JOINED",
    "MONTH_FIRST",
    "NO_TIME",
    "REAL_DAYS",
    "TIME_ONLY",
    "TIME_ONLY_DAY",
    "UNCLEAR",
    "UNKNOWN_TIME",
    "YEARLESS",
    "from_epoch",
    "read_times",
]

DAY_S = 86_400
_BASE_DAY = 7_305
"""Days from 1970-01-01 to 1990-01-01, a Monday, from which local seconds are counted."""
REAL_DAYS = 35_794
"""Days of 1990 to 2087; days that are not known lie beyond."""
TIME_ONLY_DAY = 36_000
"""Stands for the day of times without a date."""
FIRST_YEARLESS_DAY = 36_010
"""Stands for January 1 of dates without a year; 366 days."""

NO_TIME, UNKNOWN_TIME, UNCLEAR, DATE_ONLY, TIME_ONLY, YEARLESS = 0, 1, 2, 3, 4, 5
DASHED, SLASHED, DOTTED, WRITTEN, COMPACT = 6, 7, 8, 9, 10
EPOCH, DAY_FIRST, MONTH_FIRST, JOINED = 11, 12, 13, 14
FORMS = 15
"""How many forms there are; those from TIME_ONLY on are times that are used. NO_TIME: blank.
UNCLEAR: day and month could be either. JOINED: a date and a time of day in two columns."""
FORM_NAMES = MappingProxyType(
    {
        TIME_ONLY: "hh:mm:ss",
        YEARLESS: "mm-dd hh:mm:ss",
        DASHED: "yyyy-mm-dd hh:mm:ss",
        SLASHED: "yyyy/mm/dd hh:mm:ss",
        DOTTED: "yyyy.mm.dd hh:mm:ss",
        WRITTEN: "yyyy年mm月dd日 hh:mm:ss",
        COMPACT: "yyyymmddhhmmss",
        EPOCH: "1970 + s",
        DAY_FIRST: "dd/mm/yyyy hh:mm:ss",
        MONTH_FIRST: "mm/dd/yyyy hh:mm:ss",
        JOINED: "yyyy-mm-dd + hh:mm:ss",
    }
)
"""How the forms that are used are told; the same in both languages."""

_Bytes = NDArray[np.uint8]
_Places = NDArray[np.int64]
_Zone = NDArray[np.int64]

_ZERO, _NINE, _COLON, _DOT, _MINUS, _PLUS, _SLASH = 48, 57, 58, 46, 45, 43, 47
_SPACE, _UNDERSCORE, _T, _Z, _ASCII = 32, 95, 116, 122, 128
_A, _P, _M = 97, 112, 109
_OTHER, _WORD = 0, 1
"""Kinds of what stands between groups of digits, beside the codes of single marks."""
_MOST_GROUPS = 10
_LONGEST_WORD = 3
"""Bytes of one Chinese character; two (such as 下午) are not understood."""


@kernel
def _day_number(year: int, month: int, day: int) -> int:
    """Count the days from 1990-01-01 (H. Hinnant's days_from_civil); -1: there is no such day."""
    if not (1990 <= year <= 2087 and 1 <= month <= 12 and 1 <= day <= 31):  # noqa: PLR2004
        return -1
    if day > 30 and month in (4, 6, 9, 11):  # noqa: PLR2004
        return -1
    leap = year % 4 == 0  # holds for 1901 to 2099
    if month == 2 and day > (29 if leap else 28):  # noqa: PLR2004
        return -1
    shifted = year - (1 if month <= 2 else 0)  # noqa: PLR2004 - the year begins in March
    era = shifted // 400
    of_era = shifted - era * 400
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1  # noqa: PLR2004
    return (
        era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468 - _BASE_DAY
    )


@kernel
def _local(utc_s: int, zone: _Zone) -> int:
    """Turn seconds since 1970 in UTC into local seconds since 1990; -1 outside 1990 to 2087."""
    low, high = 0, zone.shape[1] - 1
    while low < high:
        middle = (low + high + 1) // 2
        if zone[0, middle] <= utc_s:
            low = middle
        else:
            high = middle - 1
    out = utc_s + zone[1, low] - _BASE_DAY * DAY_S
    return out if 0 <= out < REAL_DAYS * DAY_S else -1


@kernel
def _epoch(value: int, zone: _Zone) -> int:
    """Read seconds, milli-, micro- or nanoseconds since 1970 by their size; -1: none of them."""
    if 10**8 <= value < 10**11:
        return _local(value, zone)
    if 10**11 <= value < 10**14:
        return _local(value // 1000, zone)
    if 10**14 <= value < 10**17:
        return _local(value // 10**6, zone)
    if value >= 10**17:
        return _local(value // 10**9, zone)
    return -1


@kernel
def _clock(hour: int, minute: int, second: int) -> int:
    """Give the second of the day; -1: there is no such time."""
    if hour > 23 or minute > 59 or second > 59:  # noqa: PLR2004
        return -1
    return hour * 3600 + minute * 60 + second


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
        return _day_number(value[0], value[1], value[2]), form
    if digits[2] != 4:  # noqa: PLR2004
        return -1, UNKNOWN_TIME
    first, second = value[0], value[1]
    if first > 12 or (order == DAY_FIRST and second <= 12):  # noqa: PLR2004
        return _day_number(value[2], second, first), DAY_FIRST
    if second > 12 or order == MONTH_FIRST:  # noqa: PLR2004
        return _day_number(value[2], first, second), MONTH_FIRST
    return -1, UNCLEAR


@kernel
def _time(  # noqa: C901, PLR0911, PLR0912, PLR0913, PLR0915, PLR0917 - the forms in order
    text: _Bytes,
    start: int,
    end: int,
    order: int,
    zone: _Zone,
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
        return _one_group(value[0], digits[0], zone)
    # the date, of 0, 1, 2 or 3 groups
    day, form, used = -1, TIME_ONLY, 0
    if digits[0] == 8:  # noqa: PLR2004 - 20141022
        day = _day_number(value[0] // 10_000, value[0] // 100 % 100, value[0] % 100)
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
        day = _day_number(2000, value[0], value[1])  # a leap year
        if day >= 0:
            day += FIRST_YEARLESS_DAY - _day_number(2000, 1, 1)
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
        out = _local(out + _BASE_DAY * DAY_S - offset, zone)
    return (out, form) if out >= 0 else (0, UNKNOWN_TIME)


@kernel
def _one_group(value: int, digits: int, zone: _Zone) -> tuple[int, int]:
    """Read 20141022215430, 201410222154, 20141022, or a count since 1970."""
    if digits in (12, 14):
        whole = value if digits == 14 else value * 100  # noqa: PLR2004
        date, clock = whole // 10**6, whole % 10**6
        day = _day_number(date // 10_000, date // 100 % 100, date % 100)
        second = _clock(clock // 10_000, clock // 100 % 100, clock % 100)
        if day >= 0 and second >= 0:
            return day * DAY_S + second, COMPACT
        return 0, UNKNOWN_TIME
    if digits == 8:  # noqa: PLR2004
        day = _day_number(value // 10_000, value // 100 % 100, value % 100)
        return (day * DAY_S, DATE_ONLY) if day >= 0 else (0, UNKNOWN_TIME)
    found = _epoch(value, zone) if digits in (10, 13, 16, 19) else -1
    return (found, EPOCH) if found >= 0 else (0, UNKNOWN_TIME)


@kernel
def _count_digits(value: int) -> int:
    """Count the decimal digits of a number; 0 below 1."""
    digits = 0
    while value > 0:
        value //= 10
        digits += 1
    return digits


@kernel
def from_epoch(
    value: NDArray[np.int64],
    missing: NDArray[np.bool_],
    per_s: int,
    zone: _Zone,
    local: bool,  # noqa: FBT001 - kernels have no keywords
) -> tuple[NDArray[np.uint32], _Bytes]:
    """Turn counts since 1970 into local seconds since 1990 and their forms.

    Parameters
    ----------
    value, missing
        The counts, and which of them are blank, shape (n,).
    per_s
        Counts a second; 0: to be told by the size of each (seconds, milli-, micro- or
        nanoseconds, or 20141022215430).
    zone
        From when (UTC seconds since 1970) which offset holds (seconds), shape (2, k).
    local
        Whether the counts are of local clocks already.
    """
    time = np.zeros(len(value), dtype=np.uint32)
    form = np.zeros(len(value), dtype=np.uint8)
    for row in range(len(value)):
        if missing[row]:
            continue
        if per_s == 0:
            found, kind = _one_group(value[row], _count_digits(value[row]), zone)
            time[row], form[row] = np.uint32(found), np.uint8(kind)
            continue
        if local:
            found = value[row] // per_s - _BASE_DAY * DAY_S
            found = found if 0 <= found < REAL_DAYS * DAY_S else -1
        else:
            found = _local(value[row] // per_s, zone)
        form[row] = EPOCH if found >= 0 else UNKNOWN_TIME
        time[row] = np.uint32(max(found, 0))
    return time, form


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
        return _clock(clock // 10_000, clock // 100 % 100, clock % 100), 0, before[count] == _Z
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
        return _clock(hour, minute, second), 0, False
    if at == count:
        plain = mark in (_OTHER, _SPACE, _WORD, _Z)
        return (_clock(hour, minute, second) if plain else -1), 0, mark == _Z
    if before[at] not in (_PLUS, _MINUS) or count - at > 2 or mark != _OTHER:  # noqa: PLR2004
        return -1, 0, False
    if digits[at] == 4:  # noqa: PLR2004 - +0800
        offset = value[at] // 100 * 3600 + value[at] % 100 * 60
    else:
        offset = value[at] * 3600 + (value[at + 1] * 60 if count - at == 2 else 0)  # noqa: PLR2004
    if offset > 14 * 3600:
        return -1, 0, False
    return _clock(hour, minute, second), (offset if before[at] == _PLUS else -offset), True


@kernel
def read_times(
    text: _Bytes, starts: _Places, ends: _Places, order: int, zone: _Zone
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
