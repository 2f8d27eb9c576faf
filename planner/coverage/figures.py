"""Coverage and the options that are there -> figures for people: who finds an open door, who does
not, and why."""

from collections.abc import Collection
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Who is served by the options that are there. Shares are of worker-hours over all demand, 0 to
    1; 0 where there is none."""

    workers: float
    """Headcount, people each once."""
    worker_hours_week: float
    """People times the hours they are out, over a week."""
    nominal_share: float
    """Within reach of a station."""
    effective_share: float
    """Within reach of a station that is open then, admits the group, is listed, not gated and
    working."""
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

    def __post_init__(self) -> None:
        """Check that effective is within nominal, and nominal within all."""
        if not 0 <= self.effective_share <= self.nominal_share <= 1:
            raise ValueError(
                f"effective {self.effective_share} must be within nominal {self.nominal_share}"
            )

    def __str__(self) -> str:
        """Tell the figures as one sentence."""
        return say(
            "Stations: {stations}. Of {hours:,.0f} worker-hours a week, {nominal:.1%} have a station"
            " within reach and {effective:.1%} find one that serves them.",
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
    period_hours = coverage.slot_period_minutes.sum(axis=0) / 60
    whole = by_group.sum(axis=0)
    total = int(whole.sum())
    community = demand.cells["community"].astype(str)
    codes, communities = pd.factorize(community)
    table = coverage.options.table.iloc[places]
    present = by_period.sum(axis=1) / _MILLI_MINUTES_AN_HOUR / period_hours
    cell_workers = demand.workers.sum(axis=1)
    figures = _table(whole[None, :], pd.Index(["all"]), cell_workers.sum(keepdims=True))
    return Figures(
        workers=float(demand.workers.sum()),
        worker_hours_week=total / _MILLI_MINUTES_AN_HOUR,
        nominal_share=float(figures["nominal_share"].iloc[0]),
        effective_share=float(figures["effective_share"].iloc[0]),
        served_milli=int(whole[0]),
        total_milli=total,
        stations=len(options),
        stations_assumed=int((table["assumed"] > 0).sum()),
        stations_registration=int((table["access"] == "registration").sum()),
        by_group=_table(
            by_group, pd.Index(demand.groups, name="group"), demand.workers.sum(axis=0)
        ),
        by_period=_table(by_period, pd.Index(coverage.periods, name="period"), present),
        by_community=_table(
            _sum_by(codes, by_cell, len(communities)),
            pd.Index(communities, name="community"),
            np.bincount(codes, weights=cell_workers, minlength=len(communities)).astype(np.float64),
        ),
        by_cell=_table(by_cell, demand.cells.index, cell_workers),
        whole=figures.iloc[0],
    )


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
        best[:] = 255
        for at in range(start[cell], start[cell + 1]):
            if seen[kind[at]] == cell:
                continue
            seen[kind[at]] = cell
            for slot in range(len(best)):
                best[slot] = min(best[slot], failure[kind[at], slot])
        for slot in range(len(best)):
            outcome = _OUT_OF_REACH if best[slot] == 255 else best[slot] & 7
            there = people[cell, slots.band[slot]]
            by_slot[slot, outcome] += there
            by_cell[cell, outcome] += there * slots.minutes[slot]


def _sum_by(codes: NDArray[np.int64], values: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Sum rows with the same code."""
    sums = np.zeros((count, values.shape[1]), np.int64)
    np.add.at(sums, codes, values)
    return sums


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
