"""Slots of the week -> hours of the day, and the time of day in which most is gained."""

import numpy as np
from numpy.typing import NDArray

from planner.coverage import Coverage
from planner.coverage.slots import cut_week
from planner.district.settings import Period

__all__ = ["hours_of_slots", "top_hours"]

_HOURS = 24
_MOST_HOURS = 8
"""A longer time of day would say nothing."""


def hours_of_slots(coverage: Coverage) -> NDArray[np.int64]:
    """Give the minutes a week of each slot in each hour of the day, shape (s, 24)."""
    periods = [
        Period(id=str(hour), name="", name_en="", start_hour=hour, end_hour=hour + 1)
        for hour in range(_HOURS)
    ]
    doors = list(dict.fromkeys(coverage.options.table["hours"]))
    slots = cut_week(doors, coverage.demand.band_of_hour, periods)
    minutes: NDArray[np.int64] = slots.day_minutes.sum(axis=1)
    if not np.array_equal(minutes.sum(axis=1), coverage.slot_minutes):
        raise ValueError("slots of the coverage are not those of the hours of its options")
    return minutes


def top_hours(by_hour: NDArray[np.int64]) -> str:
    """Name the shortest time of day that holds at least half of what lies over its hours.

    Of equal ones that with more, then the earlier; it may run over midnight.

    Parameters
    ----------
    by_hour
        At least 0, shape (24,).

    Returns
    -------
    str
        Such as "11:00-14:00"; "" where there is nothing, or it takes more than eight hours.

    Examples
    --------
    >>> top_hours(np.eye(24, dtype=np.int64)[23] * 5)
    '23:00-24:00'
    """
    total = int(by_hour.sum())
    twice = np.concatenate([[0], np.cumsum(np.tile(by_hour, 2))])
    for length in range(1, _MOST_HOURS + 1):
        within = twice[length : length + _HOURS] - twice[:_HOURS]
        if 2 * int(within.max()) >= total > 0:
            start = int(np.argmax(within))
            end = (start + length) % _HOURS or _HOURS
            return f"{start}:00-{end}:00"
    return ""
