"""Coverage and the options that are there -> who finds an open door, who does not, and why."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TypedDict

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.compiled import kernel
from planner.coverage.factors import REASONS, Coverage
from planner.coverage.rows import SlotWeights
from planner.language import say

__all__ = ["Figures", "measure_coverage"]

_OUTCOMES = ("served", *REASONS, "out_of_reach")
_OUT_OF_REACH = len(_OUTCOMES) - 1
_MILLI_MINUTES_AN_HOUR = 60_000
_NOBODY = 255
"""Above every failure: no option is in reach."""


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
    by_group: pd.DataFrame
    """Index group id. Columns: workers, worker_hours_week, nominal_share, effective_share, then the
    share of each reason why a worker-hour is not served: closed_share, not_admitted_share,
    unlisted_share, gated_share, maintenance_share (these in reach) and out_of_reach_share.
    Effective and the reasons sum to 1."""
    by_period: pd.DataFrame
    """Index period id; `workers` are the people out at the same time, on average over the
    period."""
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


def measure_coverage(coverage: Coverage, chosen: Collection[str]) -> Figures:
    """Measure who is served by the options that are there.

    A worker-hour within reach that is not served has one reason: that of the station in reach which
    fails the fewest conditions. Where several are equally near, and where a station fails several
    conditions, the first of this order counts: closed, group not admitted, unlisted, gated, in
    maintenance. All sums are whole numbers until the last division.

    Parameters
    ----------
    coverage
        Reach and service of every option.
    chosen
        Ids of the options that are there, existing stations included.

    Raises
    ------
    ValueError
        If an option is not known.
    """
    options = sorted(set(chosen))
    places = coverage.positions_of(options)
    demand = coverage.demand
    by_cell = np.zeros((len(demand.cells), len(_OUTCOMES)), np.int64)
    by_group = np.zeros((len(demand.groups), len(_OUTCOMES)), np.int64)
    by_period = np.zeros((len(coverage.periods), len(_OUTCOMES)), np.int64)
    for group in range(len(demand.groups)):
        by_slot = _tally_group(coverage, group, places, by_cell)
        by_group[group] = coverage.slot_minutes @ by_slot
        by_period += coverage.slot_period_minutes.T @ by_slot
    return Figures(
        served_milli=int(by_group[:, 0].sum()),
        total_milli=int(by_group.sum()),
        **_count_stations(coverage.options.table.iloc[places]),
        **_tables(coverage, by_group, by_period, by_cell),
    )


class _Stations(TypedDict):
    stations: int
    stations_assumed: int
    stations_registration: int


class _Tables(TypedDict):
    by_group: pd.DataFrame
    by_period: pd.DataFrame
    by_community: pd.DataFrame
    by_cell: pd.DataFrame
    whole: pd.Series


def _count_stations(table: pd.DataFrame) -> _Stations:
    """Count the options that are there, and those with something to be told."""
    return {
        "stations": len(table),
        "stations_assumed": int((table["assumed"] > 0).sum()),
        "stations_registration": int((table["access"] == "registration").sum()),
    }


def _tables(
    coverage: Coverage,
    by_group: NDArray[np.int64],
    by_period: NDArray[np.int64],
    by_cell: NDArray[np.int64],
) -> _Tables:
    """Turn thousandths of worker-minutes by outcome into tables that people read."""
    demand = coverage.demand
    of_cell = demand.workers.sum(axis=1)
    code, communities = pd.factorize(demand.cells["community"].astype(str))
    by_community = np.zeros((len(communities), len(_OUTCOMES)), np.int64)
    np.add.at(by_community, code, by_cell)
    of_community = np.zeros(len(communities))
    np.add.at(of_community, code, of_cell)
    minutes = coverage.slot_period_minutes.sum(axis=0)
    present = by_period.sum(axis=1) / minutes / 1000
    whole = _table(by_group.sum(axis=0)[None], pd.Index(["all"]), of_cell.sum(keepdims=True))
    return {
        "by_group": _table(
            by_group, pd.Index(demand.groups, name="group"), demand.workers.sum(axis=0)
        ),
        "by_period": _table(by_period, pd.Index(coverage.periods, name="period"), present),
        "by_community": _table(by_community, pd.Index(communities, name="community"), of_community),
        "by_cell": _table(by_cell, demand.cells.index, of_cell),
        "whole": whole.iloc[0],
    }


def _tally_group(
    coverage: Coverage, group: int, places: NDArray[np.int64], by_cell: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Count the people of a group by slot and outcome, and add their minutes to `by_cell`."""
    start, option = coverage.options_in_reach(group, places)
    by_slot = np.zeros((len(coverage.slot_minutes), len(_OUTCOMES)), np.int64)
    _tally(
        (start, coverage.option_class[places][option]),
        np.ascontiguousarray(coverage.failure[:, group]),
        coverage.people_of(group),
        SlotWeights(coverage.slot_minutes, coverage.slot_band.astype(np.int64)),
        by_cell,
        by_slot,
    )
    return by_slot


@kernel
def _tally(
    in_reach: tuple[NDArray[np.int64], NDArray[np.int32]],
    failure: NDArray[np.uint8],
    people: NDArray[np.int64],
    slots: SlotWeights,
    by_cell: NDArray[np.int64],
    by_slot: NDArray[np.int64],
) -> None:
    """Give the people of each cell and slot the outcome of the option in reach that fails least."""
    start, kind = in_reach
    classes = len(failure)
    seen = np.full(classes, -1, np.int64)
    best = np.empty(len(slots.minutes), np.uint8)
    for cell in range(len(start) - 1):
        best[:] = _NOBODY
        for at in range(start[cell], start[cell + 1]):
            if seen[kind[at]] == cell:
                continue
            seen[kind[at]] = cell
            for slot in range(len(best)):
                best[slot] = min(best[slot], failure[kind[at], slot])
        for slot in range(len(best)):
            outcome = _OUT_OF_REACH if best[slot] == _NOBODY else best[slot] & 7
            there = people[cell, slots.band[slot]]
            by_slot[slot, outcome] += there
            by_cell[cell, outcome] += there * slots.minutes[slot]


def _table(
    outcomes: NDArray[np.int64], index: pd.Index, workers: NDArray[np.float64]
) -> pd.DataFrame:
    """Turn thousandths of worker-minutes by outcome into hours and shares."""
    total = outcomes.sum(axis=1)
    shares = {
        f"{name}_share": _share(outcomes[:, place], total)
        for place, name in enumerate(_OUTCOMES)
        if place
    }
    return pd.DataFrame(
        {
            "workers": workers,
            "worker_hours_week": total / _MILLI_MINUTES_AN_HOUR,
            "nominal_share": _share(total - outcomes[:, _OUT_OF_REACH], total),
            "effective_share": _share(outcomes[:, 0], total),
            **shares,
        },
        index=index,
    )


def _share(part: NDArray[np.int64], total: NDArray[np.int64]) -> NDArray[np.float64]:
    """Divide, 0 where there is nothing to divide by."""
    return part / np.maximum(total, 1)
