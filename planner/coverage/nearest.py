"""Coverage and stations -> how far it is to the nearest open station, the second, the n-th."""

import math
from collections.abc import Collection
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.compiled import kernel
from planner.coverage.choices import Choices
from planner.coverage.factors import Coverage

__all__ = ["nearest_by_cell", "nearest_stations"]

_MILLI_MINUTES_AN_HOUR = 60_000
_MM = 1000
_MOST_BINS = 10_000
_Numbers = NDArray[np.int64] | NDArray[np.float64]


class _Count(NamedTuple):
    """Thousandths of a person by group and slot, shape (g, s)."""

    people: NDArray[np.int64]
    served: NDArray[np.int64]
    """Those with an n-th station."""
    way: NDArray[np.int64]
    """Those times their way in millimetres."""
    by_bin: NDArray[np.int64]
    """Those by length of the way, shape (g, s, bins)."""


def nearest_stations(coverage: Coverage, chosen: Collection[str], *, n: int = 1) -> pd.DataFrame:
    """Tell how far workers have to the n-th nearest station that serves them.

    A station counts in the slots in which it serves. Nearest is by the share of the reach that a
    way uses up (for a group with one way: by metres); metres are those of that way.

    Parameters
    ----------
    coverage
        Reach and service of every option.
    chosen
        Ids of the options that are there.
    n
        1: the nearest; at least 1.

    Returns
    -------
    pandas.DataFrame
        Index (group, period); "" stands for all groups and for the whole week. Columns:
        worker_hours_week (all demand), share (of it, with an n-th station within reach), then over
        that share, weighted by worker-hours: mean_way_m, median_way_m and way_95_m (half, and 95 %,
        have at most so far). These two are rounded up to whole metres, or to the 10,000th part of
        the longest reach where that is more. NaN where nobody has an n-th station.

    Raises
    ------
    ValueError
        If an option is not known, or n is below 1.
    """
    choices = _choices(coverage, chosen, n)
    longest_mm = int(choices.reach_mm.max(initial=0))
    bin_mm = max(_MM, math.ceil(longest_mm / _MOST_BINS))
    shape = (len(coverage.demand.groups), len(coverage.slot_minutes))
    count = _Count(
        people=np.zeros(shape, np.int64),
        served=np.zeros(shape, np.int64),
        way=np.zeros(shape, np.int64),
        by_bin=np.zeros((*shape, 1 + math.ceil(longest_mm / bin_mm)), np.int64),
    )
    for block in choices.blocks():
        served = choices.served(block, nth=n)
        _add(choices.people(block), (served.option, served.way_mm), bin_mm, count)
    times = _times(coverage)
    told = [_tell(count, minutes, bin_mm) for minutes in times.values()]
    index = pd.MultiIndex.from_product(
        [(*coverage.demand.groups, ""), times], names=["group", "period"]
    )
    return pd.DataFrame(
        {name: np.stack([one[name] for one in told], axis=1).ravel() for name in told[0]},
        index=index,
    )


def nearest_by_cell(coverage: Coverage, chosen: Collection[str], *, n: int = 1) -> pd.DataFrame:
    """Tell how far the workers of each cell have to the n-th nearest station that serves them.

    Returns
    -------
    pandas.DataFrame
        Index cell id. Columns: worker_hours_week, share (of them, with an n-th station) and
        mean_way_m (over these, weighted by worker-hours; NaN where there are none).

    Raises
    ------
    ValueError
        If an option is not known, or n is below 1.
    """
    choices = _choices(coverage, chosen, n)
    cells = coverage.demand.cells.index
    all_value, value, way = np.zeros(len(cells)), np.zeros(len(cells)), np.zeros(len(cells))
    for block in choices.blocks():
        served = choices.served(block, nth=n)
        minutes = choices.people(block) * coverage.slot_minutes
        there = np.where(served.option >= 0, minutes, 0)
        shape = (len(block.cells), -1)
        all_value[block.cells] = minutes.reshape(shape).sum(axis=1)
        value[block.cells] = there.reshape(shape).sum(axis=1)
        way[block.cells] = (there * served.way_mm.astype(np.float64)).reshape(shape).sum(axis=1)
    return pd.DataFrame(
        {
            "worker_hours_week": all_value / _MILLI_MINUTES_AN_HOUR,
            "share": value / np.maximum(all_value, 1),
            "mean_way_m": _divided(way, value) / _MM,
        },
        index=cells,
    )


def _choices(coverage: Coverage, chosen: Collection[str], n: int) -> Choices:
    if n < 1:
        raise ValueError(f"n must be at least 1, got {n}")
    return Choices.of(coverage, chosen)


def _times(coverage: Coverage) -> dict[str, NDArray[np.int64]]:
    """Give the minutes of each slot in each period, and in the week ("")."""
    by_period = coverage.slot_period_minutes.T
    return dict(zip(coverage.periods, by_period, strict=True)) | {"": coverage.slot_minutes}


def _tell(count: _Count, minutes: NDArray[np.int64], bin_mm: int) -> dict[str, NDArray[np.float64]]:
    """Tell what holds at a time for each group and then for all of them, shape (g + 1,) each."""
    people = _with_sum(count.people @ minutes)
    served = _with_sum(count.served @ minutes)
    way = _with_sum(count.way @ minutes.astype(np.float64))
    by_bin = np.einsum("gsb,s->gb", count.by_bin, minutes)
    by_bin = np.vstack([by_bin, by_bin.sum(axis=0)])
    return {
        "worker_hours_week": people / _MILLI_MINUTES_AN_HOUR,
        "share": served / np.maximum(people, 1),
        "mean_way_m": _divided(way, served) / _MM,
        "median_way_m": _quantile(by_bin, 1, 2) * (bin_mm / _MM),
        "way_95_m": _quantile(by_bin, 19, 20) * (bin_mm / _MM),
    }


def _with_sum(values: _Numbers) -> NDArray[np.float64]:
    return np.append(values, values.sum()).astype(np.float64)


def _quantile(by_bin: NDArray[np.int64], part: int, whole: int) -> NDArray[np.float64]:
    """Give the first bin by which part / whole of each row is counted, NaN for an empty row."""
    so_far = by_bin.cumsum(axis=1)
    found = (whole * so_far >= part * so_far[:, -1:]).argmax(axis=1)
    return np.where(so_far[:, -1] > 0, found, np.nan)


def _divided(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    """Divide, NaN where there is nothing to divide by."""
    return np.where(whole > 0, part / np.maximum(whole, 1), np.nan)


@kernel
def _add(
    people: NDArray[np.int64],
    found: tuple[NDArray[np.int32], NDArray[np.int32]],
    bin_mm: int,
    count: _Count,
) -> None:
    """Add the rows of a block; a way goes to the bin that it fills or begins to fill."""
    option, way_mm = found
    groups = len(count.people)
    for row in range(len(people)):
        group = row % groups
        for slot in range(people.shape[1]):
            there = people[row, slot]
            count.people[group, slot] += there
            if option[row, slot] >= 0:
                way = np.int64(way_mm[row, slot])
                count.served[group, slot] += there
                count.way[group, slot] += there * way
                count.by_bin[group, slot, (way + bin_mm - 1) // bin_mm] += there
