"""Coverage and stations -> what is lost if one of them shuts for a day."""

from collections.abc import Collection

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.coverage.choices import Choices
from planner.coverage.entries import sum_by_option
from planner.coverage.factors import Coverage

__all__ = ["station_losses"]

_MILLI_MINUTES_AN_HOUR = 60_000
_MILLI = 1000
_WEEKDAYS, _WEEKEND_DAYS = 5, 2


def station_losses(coverage: Coverage, chosen: Collection[str]) -> pd.DataFrame:
    """Tell what is lost if each station shuts for a day while all others stay.

    Lost are the worker-hours that no other station serves at that time; seats are not counted.

    Parameters
    ----------
    coverage
        Reach and service of every option.
    chosen
        Ids of the options that are there.

    Returns
    -------
    pandas.DataFrame
        Index option id, most loss in a week first, then by id. Columns: weekday_hours (worker-hours
        lost on a Monday to Friday, on average over the five), weekend_hours (on a Saturday or
        Sunday, on average), week_hours (if it shuts all week: 5 of the one and 2 of the other),
        share (of that in all demand), group (id of the group that loses most, ties by the order of
        the settings; "" where nothing is lost), group_hours (its worker-hours in a week) and
        group_workers (most of its people at one time).

    Raises
    ------
    ValueError
        If an option is not known.
    """
    choices = Choices.of(coverage, chosen)
    groups, slots = len(coverage.demand.groups), len(coverage.slot_minutes)
    alone = np.zeros((groups, len(choices.options) + 1, slots), np.int64)
    for block in choices.blocks():
        first, second = (choices.served(block, nth=nth).option for nth in (1, 2))
        sum_by_option(choices.people(block), np.where(second < 0, first, -1), alone)
    return _table(coverage, choices.options, alone[:, :-1])


def _table(coverage: Coverage, options: tuple[str, ...], alone: NDArray[np.int64]) -> pd.DataFrame:
    """Turn people that one station alone serves, by group, station and slot, into losses."""
    by_day = np.einsum("gns,sd->dn", alone, coverage.slot_day_minutes.sum(axis=2))
    by_group = alone @ coverage.slot_minutes
    most = by_group.argmax(axis=0) if len(by_group) else np.zeros(len(options), np.int64)
    rows = np.arange(len(options))
    week = by_day.sum(axis=0)
    names = np.array([*coverage.demand.groups, ""], dtype=object)
    table = pd.DataFrame(
        {
            "weekday_hours": by_day[0] / (_WEEKDAYS * _MILLI_MINUTES_AN_HOUR),
            "weekend_hours": by_day[1] / (_WEEKEND_DAYS * _MILLI_MINUTES_AN_HOUR),
            "week_hours": week / _MILLI_MINUTES_AN_HOUR,
            "share": week / max(coverage.total_milli, 1),
            "group": names[np.where(week > 0, most, -1)],
            "group_hours": by_group[most, rows] / _MILLI_MINUTES_AN_HOUR,
            "group_workers": alone.max(axis=2)[most, rows] / _MILLI,
        },
        index=pd.Index(options, name="station", dtype=object),
    )
    return table.iloc[np.argsort(-week, kind="stable")]
