"""Opening hours, bands of demand and periods -> slots, the parts of the week that are alike."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.district.settings import Period
from planner.hours import WEEK_MINUTES, WeeklyHours

__all__ = ["Slots", "cut_week"]

_HOURS_OF_WEEK = 168
_MINUTES_OF_DAY = 24 * 60
_WEEKEND = 5 * _MINUTES_OF_DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Slots:
    """The week cut where an opening or the demand changes; equal pieces of it are one slot."""

    minutes: NDArray[np.int64]
    """Minutes a week of each slot, above 0, shape (s,); they sum to 10,080."""
    band: NDArray[np.int16]
    """Band of demand of each slot, shape (s,)."""
    day_minutes: NDArray[np.int64]
    """Minutes of each slot within each period on weekdays and at the weekend, shape (s, 2, p); a
    night that runs over midnight belongs to the day on the calendar, minute by minute."""
    open: NDArray[np.bool_]
    """Which weekly hours are open in which slot, shape (h, s)."""


def cut_week(
    hours: Sequence[WeeklyHours], band_of_hour: NDArray[np.int16], periods: Sequence[Period]
) -> Slots:
    """Cut the week at every opening and closing and every change of band, and merge what is alike.

    The borders of periods do not cut: who is open and how many people are out is the same all over
    a slot, so its minutes in each period say everything. Slots come in the order in which they
    first occur in the week.

    Parameters
    ----------
    hours
        Distinct weekly hours, shape (h,).
    band_of_hour
        Band of demand of each hour of the week, Monday 00:00 first, shape (168,).
    periods
        Parts of the day; together they cover the day once.

    Raises
    ------
    ValueError
        If the periods leave out an hour or share one, or `band_of_hour` does not have 168 entries.
    """
    if band_of_hour.shape != (_HOURS_OF_WEEK,):
        raise ValueError(f"band_of_hour must have shape (168,), got {band_of_hour.shape}")
    starts = _cuts(hours, band_of_hour)
    ends = np.append(starts[1:], WEEK_MINUTES)
    band = band_of_hour[starts // 60].astype(np.int16)
    is_open = _open_at(hours, starts)
    alike = np.vstack([np.packbits(is_open, axis=0), band.view(np.uint8).reshape(-1, 2).T])
    _, first, member = np.unique(alike, axis=1, return_index=True, return_inverse=True)
    order = np.argsort(first)  # np.unique sorts by bytes; we want the order of the week
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    slot, first = rank[member.ravel()], first[order]
    before = _minutes_before(periods)
    day_minutes = np.zeros((len(first), 2, len(periods)), np.int64)
    np.add.at(day_minutes, slot, np.moveaxis(before[..., ends] - before[..., starts], -1, 0))
    minutes = np.zeros(len(first), np.int64)
    np.add.at(minutes, slot, ends - starts)
    return Slots(minutes=minutes, band=band[first], day_minutes=day_minutes, open=is_open[:, first])


def _cuts(hours: Sequence[WeeklyHours], band_of_hour: NDArray[np.int16]) -> NDArray[np.int64]:
    """Give the minutes at which something changes, 0 first, each below 10,080."""
    doors = {minute for weekly in hours for interval in weekly.intervals for minute in interval}
    changes = (np.flatnonzero(np.diff(band_of_hour)) + 1) * 60
    return np.array(sorted({0, *doors, *changes.tolist()} - {WEEK_MINUTES}), np.int64)


def _open_at(hours: Sequence[WeeklyHours], starts: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say which hours are open from each start on, shape (h, pieces)."""
    is_open = np.zeros((len(hours), len(starts)), np.bool_)
    for row, weekly in zip(is_open, hours, strict=True):
        for first, last in np.searchsorted(starts, np.array(weekly.intervals).reshape(-1, 2)):
            row[first:last] = True
    return is_open


def _minutes_before(periods: Sequence[Period]) -> NDArray[np.int64]:
    """Count the minutes of weekdays and weekend in each period before each minute of the week.

    Returns
    -------
    numpy.ndarray
        Shape (2, p, 10,081): weekdays, then the weekend.
    """
    of_day = np.zeros((len(periods), _MINUTES_OF_DAY), np.int64)
    for row, period in zip(of_day, periods, strict=True):
        # A period that ends at or before its start runs over midnight.
        length_h = (period.end_hour - period.start_hour) % 24 or 24
        row[(np.arange(length_h * 60) + period.start_hour * 60) % _MINUTES_OF_DAY] = 1
    times = of_day.sum(axis=0)
    if (times != 1).any():
        hour = int(np.argmax(times != 1)) // 60
        raise ValueError(
            f"periods must cover the day once, hour {hour} is covered {times[hour * 60]} times"
        )
    week = np.zeros((2, len(periods), WEEK_MINUTES + 1), np.int64)
    week[0, :, 1 : _WEEKEND + 1] = np.tile(of_day, 5)
    week[1, :, _WEEKEND + 1 :] = np.tile(of_day, 2)
    return week.cumsum(axis=2)
