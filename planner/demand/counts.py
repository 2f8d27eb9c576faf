"""The rows of one source -> the headcount of each group and its count by hour, at each place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.district.settings import Period

__all__ = ["GroupCounts", "count_groups", "hours_of"]

DAY_HOURS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupCounts:
    """What one source says of one group, at the p places of the source."""

    headcount: NDArray[np.float64]
    """People each once, shape (p,)."""
    lower_bound: bool
    """Whether the headcount, at some place, is the largest count at one time and so only a lower
    bound."""
    by_hour: NDArray[np.float64]
    """People counted at each place and hour of the day, shape (p, 24); 0 where nobody was
    counted."""
    counted_place: NDArray[np.bool_]
    """Places with counts by time; the others follow the presence table, shape (p,)."""
    counted_hour: NDArray[np.bool_]
    """Hours at which anybody counted; the others follow the presence table, shape (24,)."""

    def present(self, hour: int, table_share: float) -> NDArray[np.float64]:
        """Give the people at each place in an hour, shape (p,), by count or share of the table."""
        from_table = self.headcount * table_share
        if not self.counted_hour[hour]:
            return from_table
        return np.where(self.counted_place, self.by_hour[:, hour], from_table)

    def scaled(self, factor: float) -> "GroupCounts":
        """Give the same pattern for `factor` times the people."""
        return GroupCounts(
            headcount=self.headcount * factor,
            lower_bound=self.lower_bound,
            by_hour=self.by_hour * factor if self.counted_hour.any() else self.by_hour,
            counted_place=self.counted_place,
            counted_hour=self.counted_hour,
        )


def hours_of(period: Period) -> list[int]:
    """Give the hours of the day that a period holds; it may run over midnight.

    Examples
    --------
    >>> hours_of(Period(id="night", name="夜间", name_en="night", start_hour=22, end_hour=2))
    [22, 23, 0, 1]
    """
    end = period.end_hour if period.end_hour > period.start_hour else period.end_hour + DAY_HOURS
    return [hour % DAY_HOURS for hour in range(period.start_hour, end)]


def count_groups(
    rows: pd.DataFrame, *, places: int, groups: Sequence[str], periods: Sequence[Period]
) -> dict[str, GroupCounts]:
    """Read the counts of each group that a source has.

    Parameters
    ----------
    rows
        Columns: place (position, 0 to `places` - 1), group, workers (at least 0), period (id or
        ""), hour (0-23, or -1 where not stated). Rows of the same place, group and time add up. A
        row with an hour is taken by its hour.
    places
        Number of places p.
    groups
        Group ids in order; those that the source does not name are left out of the answer.
    periods
        What the period ids mean.

    Raises
    ------
    ValueError
        If a period is not in the settings.

    Notes
    -----
    A headcount that is stated is kept. Places that have counts by time only share the largest total
    that these places have at one hour (a lower bound of their people) by the worker-hours counted
    at each. A time that a place does not name while other places of the source do, is nobody.
    """
    by_period = {period.id: hours_of(period) for period in periods}
    unknown = set(rows["period"].unique()) - set(by_period) - {""}
    if unknown:
        raise ValueError(
            f"period must be one of {', '.join(by_period)}, got {', '.join(sorted(unknown))}"
        )
    parts = dict(iter(rows.groupby("group", sort=False)))
    return {
        group: _count_group(parts[group], places, by_period) for group in groups if group in parts
    }


def _count_group(
    rows: pd.DataFrame, places: int, by_period: Mapping[str, Sequence[int]]
) -> GroupCounts:
    place = rows["place"].to_numpy(np.int64)
    workers = rows["workers"].to_numpy(np.float64)
    by_hour, counted = _count_hours(rows, places, by_period)
    timed = ((rows["hour"] >= 0) | (rows["period"] != "")).to_numpy()
    stated = _people_at(place[~timed], workers[~timed], places)
    has_headcount = np.bincount(place[~timed], minlength=places) > 0
    open_places = counted.any(axis=1) & ~has_headcount
    open_hours = by_hour[open_places]
    most = float(open_hours.sum(axis=0).max(initial=0.0))
    all_hours = open_hours.sum()
    stated[open_places] = open_hours.sum(axis=1) * (most / all_hours if all_hours > 0 else 0.0)
    return GroupCounts(
        headcount=stated,
        lower_bound=bool(open_places.any()),
        by_hour=by_hour,
        counted_place=np.asarray(counted.any(axis=1)),
        counted_hour=np.asarray(counted.any(axis=0)),
    )


def _count_hours(
    rows: pd.DataFrame, places: int, by_period: Mapping[str, Sequence[int]]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Give people by place and hour, and where anything was counted; both of shape (p, 24)."""
    shape = (places, DAY_HOURS)
    if (rows["hour"] < 0).all() and (rows["period"] == "").all():
        # Nothing by time, as most lists: of a million places nothing that could be filled is kept.
        return np.broadcast_to(0.0, shape), np.broadcast_to(np.False_, shape)
    by_hour, counted = np.zeros(shape), np.zeros(shape, dtype=bool)
    untimed = rows["hour"] < 0
    for period, part in rows[untimed & (rows["period"] != "")].groupby("period"):
        place = part["place"].to_numpy(np.int64)
        people = _people_at(place, part["workers"].to_numpy(np.float64), places)
        seen = np.bincount(place, minlength=places) > 0
        in_period = np.isin(np.arange(DAY_HOURS), by_period[str(period)])
        by_hour = np.where(seen[:, None] & in_period, people[:, None], by_hour)
        counted |= seen[:, None] & in_period
    for hour, part in rows[~untimed].groupby("hour"):
        place = part["place"].to_numpy(np.int64)
        people = _people_at(place, part["workers"].to_numpy(np.float64), places)
        seen = np.bincount(place, minlength=places) > 0
        by_hour[seen, int(str(hour))] = people[seen]
        counted[seen, int(str(hour))] = True
    return by_hour, counted


def _people_at(
    place: NDArray[np.int64], workers: NDArray[np.float64], places: int
) -> NDArray[np.float64]:
    # Without any row NumPy would count in whole numbers.
    return np.bincount(place, workers, places).astype(np.float64)
