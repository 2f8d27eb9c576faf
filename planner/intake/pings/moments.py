"""Days, clocks and counts since 1970 -> local seconds since 1990, in compiled code."""

from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from planner.compiled import kernel

__all__ = [
    "BASE_DAY",
    "COMPACT",
    "DASHED",
    "DATE_ONLY",
    "DAY_FIRST",
    "DAY_S",
    "DOTTED",
    "EPOCH",
    "FIRST_YEARLESS_DAY",
    "FORMS",
    "FORM_NAMES",
    "JOINED",
    "MONTH_FIRST",
    "NO_TIME",
    "REAL_DAYS",
    "SLASHED",
    "TIME_ONLY",
    "TIME_ONLY_DAY",
    "UNCLEAR",
    "UNKNOWN_TIME",
    "WRITTEN",
    "YEARLESS",
    "Zone",
    "day_number",
    "from_epoch",
    "read_digits",
    "second_of_day",
    "to_local",
]

DAY_S = 86_400
BASE_DAY = 7_305
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
Zone = NDArray[np.int64]


@kernel
def day_number(year: int, month: int, day: int) -> int:
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
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468 - BASE_DAY


@kernel
def to_local(utc_s: int, zone: Zone) -> int:
    """Turn seconds since 1970 in UTC into local seconds since 1990; -1 outside 1990 to 2087."""
    low, high = 0, zone.shape[1] - 1
    while low < high:
        middle = (low + high + 1) // 2
        if zone[0, middle] <= utc_s:
            low = middle
        else:
            high = middle - 1
    out = utc_s + zone[1, low] - BASE_DAY * DAY_S
    return out if 0 <= out < REAL_DAYS * DAY_S else -1


@kernel
def _epoch(value: int, zone: Zone) -> int:
    """Read seconds, milli-, micro- or nanoseconds since 1970 by their size; -1: none of them."""
    if 10**8 <= value < 10**11:
        return to_local(value, zone)
    if 10**11 <= value < 10**14:
        return to_local(value // 1000, zone)
    if 10**14 <= value < 10**17:
        return to_local(value // 10**6, zone)
    if value >= 10**17:
        return to_local(value // 10**9, zone)
    return -1


@kernel
def second_of_day(hour: int, minute: int, second: int) -> int:
    """Give the second of the day; -1: there is no such time."""
    if hour > 23 or minute > 59 or second > 59:  # noqa: PLR2004
        return -1
    return hour * 3600 + minute * 60 + second


@kernel
def read_digits(value: int, digits: int, zone: Zone) -> tuple[int, int]:
    """Read 20141022215430, 201410222154, 20141022, or a count since 1970."""
    if digits in (12, 14):
        whole = value if digits == 14 else value * 100  # noqa: PLR2004
        date, clock = whole // 10**6, whole % 10**6
        day = day_number(date // 10_000, date // 100 % 100, date % 100)
        second = second_of_day(clock // 10_000, clock // 100 % 100, clock % 100)
        if day >= 0 and second >= 0:
            return day * DAY_S + second, COMPACT
        return 0, UNKNOWN_TIME
    if digits == 8:  # noqa: PLR2004
        day = day_number(value // 10_000, value // 100 % 100, value % 100)
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
    zone: Zone,
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
            found, kind = read_digits(value[row], _count_digits(value[row]), zone)
            time[row], form[row] = np.uint32(found), np.uint8(kind)
            continue
        if local:
            found = value[row] // per_s - BASE_DAY * DAY_S
            found = found if 0 <= found < REAL_DAYS * DAY_S else -1
        else:
            found = to_local(value[row] // per_s, zone)
        form[row] = EPOCH if found >= 0 else UNKNOWN_TIME
        time[row] = np.uint32(max(found, 0))
    return time, form
