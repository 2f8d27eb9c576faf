"""Coverage, stations and rules of service -> how full stations are, and whom they turn away."""

from collections import deque
from collections.abc import Collection

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.coverage.choices import Choices
from planner.coverage.factors import Coverage
from planner.coverage.seating import NO_LIMIT, Seating, seat_workers
from planner.district.settings import ServiceRules

__all__ = ["seat_use"]

_MILLI = 1000
_MILLI_MINUTES_AN_HOUR = 60_000
_COLUMNS = [
    "seats", "room", "open_hours_week", "wanted", "served", "turned_away",
    "served_hours_week", "turned_away_hours_week",
]  # fmt: skip


def seat_use(coverage: Coverage, chosen: Collection[str], *, service: ServiceRules) -> pd.DataFrame:
    """Tell how many workers turn to each station, and for how many of them it has a seat.

    A worker who is out takes one seat for `stay_min` minutes once in `visit_every_h` hours, so a
    seat serves visit_every_h x 60 / stay_min workers who are out at the same time (at least 1).
    Workers turn to the nearest station that serves them (by the share of the reach); a station that
    is full keeps those who have it nearest (ties: cell, then group, by id) and sends the others on
    to the next.
    A station whose number of seats is not known takes all.

    Parameters
    ----------
    coverage
        Reach and service of every option.
    chosen
        Ids of the options that are there.
    service
        How long people stay and how often they come.

    Returns
    -------
    pandas.DataFrame
        Index (station, group, period); "" stands for all stations, all groups and the whole week.
        Rows: each station with all groups, then each group with all stations, then all with all.
        Columns: seats (NaN: not known), room (workers out at the same time whom it can serve; NaN:
        no limit), open_hours_week (hours of the period in which it serves anybody; for groups: all
        hours of the period), then workers out at the same time, on average over these hours: wanted
        (who turn to it, first or because others are full; for groups: whom any station in reach
        would serve), served (who have a seat) and turned_away (for a station: they go on to the
        next if there is one; for groups: who find no seat anywhere), and served_hours_week and
        turned_away_hours_week in worker-hours. Wanted is served plus turned away.

    Raises
    ------
    ValueError
        If an option is not known, or a rule is out of its range.
    """
    choices = Choices.of(coverage, chosen)
    seating, changes = seat_workers(choices, service=service)
    deque(changes, maxlen=0)  # the seating is whole when all changes are worked out
    groups = (*coverage.demand.groups, "")
    stations = _by_station(choices, seating)
    by_group = _told(
        _with_sum(seating.wanted),
        _with_sum(seating.lost),
        np.ones((len(groups), len(coverage.slot_minutes)), np.bool_),
        coverage,
    )
    by_group["seats"] = by_group["room"] = np.nan
    by_group.index = pd.MultiIndex.from_product([[""], groups, _times(coverage)])
    return pd.concat([stations, by_group])[_COLUMNS].rename_axis(["station", "group", "period"])


def _by_station(choices: Choices, seating: Seating) -> pd.DataFrame:
    """Tell each station, all groups together."""
    coverage = choices.coverage
    is_open = np.asarray(choices.serves.any(axis=1))[choices.class_of]
    told = _told(seating.came, seating.turned_away, is_open, coverage)
    seats = pd.to_numeric(coverage.options.table["capacity"].iloc[choices.places]).astype(float)
    limited = seating.room_milli < NO_LIMIT
    room = np.where(limited, seating.room_milli / _MILLI, np.nan)
    times = _times(coverage)
    told["seats"] = np.repeat(seats.to_numpy(), len(times))
    told["room"] = np.repeat(room, len(times))
    told.index = pd.MultiIndex.from_product([choices.options, [""], times])
    return told


def _times(coverage: Coverage) -> tuple[str, ...]:
    return (*coverage.periods, "")


def _with_sum(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.vstack([counts, counts.sum(axis=0)])


def _told(
    wanted: NDArray[np.int64],
    turned_away: NDArray[np.int64],
    is_open: NDArray[np.bool_],
    coverage: Coverage,
) -> pd.DataFrame:
    """Turn people by slot into averages over the open hours of each period and of the week."""
    minutes = np.column_stack([coverage.slot_period_minutes, coverage.slot_minutes])
    lasts = (is_open @ minutes).ravel()
    came, away = (wanted @ minutes).ravel(), (turned_away @ minutes).ravel()
    over = np.maximum(lasts, 1) * _MILLI
    return pd.DataFrame(
        {
            "open_hours_week": lasts / 60,
            "wanted": came / over,
            "served": (came - away) / over,
            "turned_away": away / over,
            "served_hours_week": (came - away) / _MILLI_MINUTES_AN_HOUR,
            "turned_away_hours_week": away / _MILLI_MINUTES_AN_HOUR,
        }
    )
