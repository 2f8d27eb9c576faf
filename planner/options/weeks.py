"""Opening hours -> what they are called in limits, and what longer ones are."""

from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from planner.hours import ALWAYS, DAY_MINUTES, WeeklyHours, week_of

__all__ = ["are_all_day", "are_evening", "each_once", "joined"]

_LAST_MINUTE = 21 * 60 - 1
_WEEKDAYS = 5
_Value = TypeVar("_Value", bound=Hashable)
_Result = TypeVar("_Result")


def each_once(values: Iterable[_Value], give: Callable[[_Value], _Result]) -> NDArray[np.object_]:
    """Apply a function to each different value once, shape (n,)."""
    known: dict[_Value, _Result] = {}
    listed = list(values)
    same = {id(value): value for value in listed}  # mostly one object, which is soon told
    for value in same.values():
        if value not in known:
            known[value] = give(value)
    given = {one: known[value] for one, value in same.items()}
    out = np.empty(len(listed), dtype=object)
    out[:] = [given[id(value)] for value in listed]
    return out


def joined(hours: Iterable[WeeklyHours], more: WeeklyHours) -> NDArray[np.object_]:
    """Give hours with others added, shape (n,)."""
    return each_once(hours, lambda own: week_of([*own.intervals, *more.intervals]))


def are_all_day(hours: Iterable[WeeklyHours]) -> NDArray[np.bool_]:
    """Tell which are 24 hours every day, shape (n,)."""
    return each_once(hours, lambda own: own == ALWAYS).astype(bool)


def are_evening(hours: Iterable[WeeklyHours]) -> NDArray[np.bool_]:
    """Tell which are open until 21:00 or later on each of Monday to Friday, shape (n,)."""

    def until_nine(own: WeeklyHours) -> bool:
        return all(own.open_at(day * DAY_MINUTES + _LAST_MINUTE) for day in range(_WEEKDAYS))

    return each_once(hours, until_nine).astype(bool)
