"""Coverage and the options that are there -> who finds an open door, who does not, and why."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TypedDict

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.coverage.factors import DAYS, Coverage
from planner.coverage.service import tally_service
from planner.coverage.tally import OUTCOMES, PLACE, WHOLE_WEIGHT, Tally
from planner.district.settings import ServiceRules
from planner.language import say

__all__ = ["Figures", "measure_coverage"]

_MILLI_MINUTES_AN_HOUR = 60_000
_AS_IT_IS = ServiceRules()
"""Seats are not counted, and every way within reach is as good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Who is served by the options that are there.

    Shares are of worker-hours over all demand, 0 to 1; 0 where there is no demand.
    """

    served_milli: int
    """Effectively served, whole thousandths of a worker-minute a week."""
    total_milli: int
    """All demand, same unit."""
    stations: int
    """Options that are there."""
    stations_assumed: int
    """Those of them with values that the list leaves blank."""
    stations_registration: int
    """Those of them that ask for registration (counted as open)."""
    stations_without_seats: int
    """Those of them whose number of seats is not known: they turn nobody away."""
    by_group: pd.DataFrame
    """Index group id. Columns: workers, worker_hours_week, nominal_share, effective_share, then the
    share of each reason why a worker-hour is not served: closed_share, full_share,
    not_admitted_share, unlisted_share, gated_share, maintenance_share (these in reach) and
    out_of_reach_share. Effective and the reasons sum to 1. Then backup_share (two stations at once
    would serve, seats or not) and graded_share (effective, each worker-hour times a weight of 0 to
    1 by its way)."""
    by_period: pd.DataFrame
    """Index period id; `workers` are the people out at the same time, on average over the
    period."""
    by_day_period: pd.DataFrame
    """Index (day, period): "weekday" (Monday to Friday) or "weekend", and period id. The hours are
    those of all five, or both, days of a week; `workers` as in `by_period`."""
    by_group_period: pd.DataFrame
    """Index (group, period), both ids; `workers` as in `by_period`."""
    by_community: pd.DataFrame
    """Index community id ("": none), in the order in which the cells name them."""
    by_cell: pd.DataFrame
    """Index cell id."""
    whole: pd.Series
    """The same columns for the whole district."""

    @property
    def workers(self) -> float:
        """Headcount, people each once."""
        return float(self.whole["workers"])

    @property
    def worker_hours_week(self) -> float:
        """People times the hours they are out, over a week."""
        return float(self.whole["worker_hours_week"])

    @property
    def nominal_share(self) -> float:
        """Within reach of a station."""
        return float(self.whole["nominal_share"])

    @property
    def effective_share(self) -> float:
        """Within reach of one that is open, admits the group, is listed, not gated and working."""
        return float(self.whole["effective_share"])

    def __post_init__(self) -> None:
        """Check that effective is within nominal, and nominal within all."""
        if not 0 <= self.effective_share <= self.nominal_share <= 1:
            raise ValueError(
                f"effective {self.effective_share} must be within nominal {self.nominal_share}"
            )

    def __str__(self) -> str:
        """Tell the figures as one sentence."""
        return say(
            "Stations: {stations}. Of {hours:,.0f} worker-hours a week, {nominal:.1%} have a"
            " station within reach and {effective:.1%} find one that serves them.",
            stations=self.stations,
            hours=self.worker_hours_week,
            nominal=self.nominal_share,
            effective=self.effective_share,
        )


def measure_coverage(
    coverage: Coverage, chosen: Collection[str], *, service: ServiceRules = _AS_IT_IS
) -> Figures:
    """Measure who is served by the options that are there.

    A worker-hour within reach that is not served has one reason: that of the station in reach which
    fails the fewest conditions. Where several are equally near, and where a station fails several
    conditions, the first of this order counts: closed, full, group not admitted, unlisted, gated,
    in maintenance. All sums are whole numbers until the last division.

    "Full" is told only where seats are counted (`service.count_seats`): a station that would serve
    has no seat left, as `seat_use` says. A station whose number of seats is not known turns nobody
    away. `graded_share` is `effective_share` with each worker-hour times the weight of its way
    (`service.decay`); the way is that to the nearest station which serves (where seats are counted:
    to the one that has a seat), and with "none" the two are equal.

    An option that is there in some weeks of the year alone counts in these; figures are those of a
    week on average over the year, or over the season that is planned for.

    Parameters
    ----------
    coverage
        Reach and service of every option.
    chosen
        Ids of the options that are there, existing stations included.
    service
        Whether seats are counted, how long people stay and how often they come, and how the worth
        of a station falls with the way.

    Raises
    ------
    ValueError
        If an option is not known, or a rule of service is out of its range.
    """
    options = sorted(set(chosen))
    tally = tally_service(coverage, options, service=service)
    return _figures_of(coverage, options, tally)


def _figures_of(coverage: Coverage, options: Sequence[str], tally: Tally) -> Figures:
    """Tell a tally that was counted with some options there as figures."""
    places = coverage.positions_of(options)
    by_group = np.tensordot(coverage.slot_minutes, tally.by_slot, axes=(0, 1))
    return Figures(
        served_milli=int(tally.by_cell[:, PLACE["served"]].sum()),
        total_milli=int(tally.by_cell[:, : len(OUTCOMES)].sum()),
        **_count_stations(coverage.options.table.iloc[places]),
        **_tables(coverage, tally, by_group),
    )


class _Stations(TypedDict):
    stations: int
    stations_assumed: int
    stations_registration: int
    stations_without_seats: int


class _Tables(TypedDict):
    by_group: pd.DataFrame
    by_period: pd.DataFrame
    by_day_period: pd.DataFrame
    by_group_period: pd.DataFrame
    by_community: pd.DataFrame
    by_cell: pd.DataFrame
    whole: pd.Series


def _count_stations(table: pd.DataFrame) -> _Stations:
    """Count the options that are there, and those with something to be told."""
    return {
        "stations": len(table),
        "stations_assumed": int((table["assumed"] > 0).sum()),
        "stations_registration": int((table["access"] == "registration").sum()),
        "stations_without_seats": int(table["capacity"].isna().sum()),
    }


def _tables(coverage: Coverage, tally: Tally, by_group: NDArray[np.int64]) -> _Tables:
    """Turn thousandths of worker-minutes into tables that people read."""
    demand = coverage.demand
    of_cell = demand.workers.sum(axis=1)
    code, communities = pd.factorize(demand.cells["community"].astype(str))
    by_community = np.zeros((len(communities), by_group.shape[1]), np.int64)
    np.add.at(by_community, code, tally.by_cell)
    of_community = np.zeros(len(communities))
    np.add.at(of_community, code, of_cell)
    whole = _table(by_group.sum(axis=0)[None], pd.Index(["all"]), of_cell.sum(keepdims=True))
    return {
        "by_group": _table(
            by_group, pd.Index(demand.groups, name="group"), demand.workers.sum(axis=0)
        ),
        **_by_time(coverage, tally.by_slot.sum(axis=0)),
        "by_group_period": _by_group_period(coverage, tally.by_slot),
        "by_community": _table(by_community, pd.Index(communities, name="community"), of_community),
        "by_cell": _table(tally.by_cell, demand.cells.index, of_cell),
        "whole": whole.iloc[0],
    }


class _ByTime(TypedDict):
    by_period: pd.DataFrame
    by_day_period: pd.DataFrame


def _by_time(coverage: Coverage, by_slot: NDArray[np.int64]) -> _ByTime:
    """Sum people in slots over periods, and over periods of weekdays and of the weekend."""
    minutes = coverage.slot_day_minutes
    by_day = np.tensordot(minutes, by_slot, axes=(0, 0))
    lasts = minutes.sum(axis=0)
    periods = pd.Index(coverage.periods, name="period")
    days = pd.MultiIndex.from_product([DAYS, coverage.periods], names=["day", "period"])
    each = by_day.reshape(-1, by_slot.shape[1])
    return {
        "by_period": _table(
            by_day.sum(axis=0), periods, _present(by_day.sum(axis=0), lasts.sum(axis=0))
        ),
        "by_day_period": _table(each, days, _present(each, lasts.ravel())),
    }


def _by_group_period(coverage: Coverage, by_slot: NDArray[np.int64]) -> pd.DataFrame:
    """Sum the people of each group in slots over periods of the whole week."""
    minutes = coverage.slot_period_minutes
    index = pd.MultiIndex.from_product(
        [coverage.demand.groups, coverage.periods], names=["group", "period"]
    )
    each = np.moveaxis(np.tensordot(minutes, by_slot, axes=(0, 1)), 0, 1)
    counted = each.reshape(len(index), by_slot.shape[2])
    lasts = np.tile(minutes.sum(axis=0), by_slot.shape[0])
    return _table(counted, index, _present(counted, lasts))


def _present(counted: NDArray[np.int64], minutes: NDArray[np.int64]) -> NDArray[np.float64]:
    """Give the people who are out at the same time, on average."""
    total: NDArray[np.int64] = counted[:, : len(OUTCOMES)].sum(axis=1)
    return total / minutes / 1000


def _table(
    counted: NDArray[np.int64], index: pd.Index, workers: NDArray[np.float64]
) -> pd.DataFrame:
    """Turn thousandths of worker-minutes, a column each of COLUMNS, into hours and shares."""
    total = counted[:, : len(OUTCOMES)].sum(axis=1)
    graded, rest = np.divmod(counted[:, PLACE["graded"]], WHOLE_WEIGHT)
    shares = {f"{name}_share": _share(counted[:, PLACE[name]], total) for name in OUTCOMES[1:]}
    return pd.DataFrame(
        {
            "workers": workers,
            "worker_hours_week": total / _MILLI_MINUTES_AN_HOUR,
            "nominal_share": _share(total - counted[:, PLACE["out_of_reach"]], total),
            "effective_share": _share(counted[:, PLACE["served"]], total),
            **shares,
            "backup_share": _share(counted[:, PLACE["backup"]], total),
            "graded_share": _share(graded + rest / WHOLE_WEIGHT, total),
        },
        index=index,
    )


def _share(
    part: NDArray[np.int64] | NDArray[np.float64], total: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Divide, 0 where there is nothing to divide by."""
    return part / np.maximum(total, 1)
