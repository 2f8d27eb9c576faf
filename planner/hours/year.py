"""Days of the year -> the weeks of the year that lie between them."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date

from planner.language import note

__all__ = ["YEAR_WEEKS", "day_of_year", "weeks_between", "weeks_from"]

YEAR_WEEKS = 52
"""Week 1 begins on 1 January and each has seven days; the last has eight."""
_WEEK_DAYS = 7
_YEAR_DAYS = 365
_MIDDLE_DAY = 4
_DAY = re.compile(
    r"(?:\d{4}\s*[-/.年]\s*(?P<m>\d{1,2})\s*[-/.月]|(?P<month>\d{1,2})\s*[-/月])\s*"
    r"(?P<day>\d{1,2})\s*[日号]?(?:[ T]0?0:00(?::00)?)?"
)
_NO_LEAP_YEAR = 2001


def day_of_year(text: str) -> int:
    """Give the day of the year, 1 to 365, of a date, whatever its year; 29 February is the 28th.

    Raises
    ------
    ValueError
        If it is no such day; `args[0]` is a `Message`.

    Examples
    --------
    >>> day_of_year("01-01"), day_of_year("2024年12月31日"), day_of_year("2024/2/29")
    (1, 365, 59)
    """
    found = _DAY.fullmatch(unicodedata.normalize("NFKC", text).strip())
    month, day = (int(found["m"] or found["month"]), int(found["day"])) if found else (0, 0)
    if (month, day) == (2, 29):
        day -= 1
    try:
        return date(_NO_LEAP_YEAR, month, day).timetuple().tm_yday
    except ValueError:
        raise ValueError(note("'{text}' is no day such as 11-15", text=text)) from None


def weeks_between(first: int, last: int) -> tuple[int, ...]:
    """Give the weeks whose middle (fourth) day lies from the first to the last day of a year.

    A last day before the first is of the next year. Days that hold no middle of a week are given
    the week that they begin in.

    Parameters
    ----------
    first, last
        Days of the year, 1 to 365; both are counted in.

    Returns
    -------
    tuple of int
        Weeks 1 to 52, ascending; empty for the whole year.

    Examples
    --------
    >>> weeks_between(1, 14), weeks_between(360, 11)
    ((1, 2), (1, 2, 52))
    """
    length = (last - first) % _YEAR_DAYS + 1
    inside = [
        week
        for week in range(1, YEAR_WEEKS + 1)
        if (_WEEK_DAYS * (week - 1) + _MIDDLE_DAY - first) % _YEAR_DAYS < length
    ]
    if len(inside) == YEAR_WEEKS:
        return ()
    return tuple(inside) or (min((first - 1) // _WEEK_DAYS + 1, YEAR_WEEKS),)


def weeks_from(first: int, weeks: float, *, others: Iterable[int] = ()) -> tuple[int, ...]:
    """Give so many weeks, from the first whose middle day is not before a day of the year.

    Parameters
    ----------
    first
        Day of the year, 1 to 365.
    weeks
        Above 0; rounded, at least 1.
    others
        Days of the year on which other seasons begin. Where the last week is the first of one of
        them, it is left out: 13 weeks are a day or two longer than three months, and what touches
        is not to overlap.

    Returns
    -------
    tuple of int
        Weeks 1 to 52, ascending; empty for the whole year.

    Examples
    --------
    >>> weeks_from(day_of_year("12-18"), 3)
    (1, 51, 52)
    >>> weeks_from(1, 3, others=[15]), weeks_from(1, 3, others=[22])
    ((1, 2), (1, 2, 3))
    """
    length = max(1, round(weeks))
    if length >= YEAR_WEEKS:
        return ()
    before = _before(first)
    last = (before + length - 1) % YEAR_WEEKS
    if length > 1 and last in {_before(day) % YEAR_WEEKS for day in others}:
        length -= 1
    return tuple(sorted((before + step) % YEAR_WEEKS + 1 for step in range(length)))


def _before(first: int) -> int:
    """Count the weeks whose middle day is before a day of the year."""
    return -(-(first - _MIDDLE_DAY) // _WEEK_DAYS)
