"""Coverage and stations -> service areas: who goes to which station, and how far that is."""

from collections.abc import Collection

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.compiled import kernel
from planner.coverage.choices import Choices
from planner.coverage.factors import Coverage

__all__ = ["main_stations", "service_areas"]

_MILLI = 1000
_MILLI_MINUTES_AN_HOUR = 60_000


def service_areas(coverage: Coverage, chosen: Collection[str]) -> pd.DataFrame:
    """Send each worker to the nearest station that serves them, by group and period.

    Nearest is by the share of the reach that a way uses up, ties by id. Seats are not counted.

    Parameters
    ----------
    coverage
        Reach and service of every option.
    chosen
        Ids of the options that are there.

    Returns
    -------
    pandas.DataFrame
        Index (station, group, period); the station "" holds those whom no station serves. Only rows
        with somebody in them, by station id ("" last), in the order of groups and periods. Columns:
        value_milli (whole thousandths of a worker-minute a week; the rows sum to all demand, those
        with a station to `Figures.served_milli`), worker_hours_week, workers (who come from there
        at the same time, on average over the period), mean_way_m (weighted by worker-hours) and
        farthest_way_m (NaN for the station "").

    Raises
    ------
    ValueError
        If an option is not known.
    """
    choices = Choices.of(coverage, chosen)
    shape = (len(coverage.demand.groups), len(choices.options) + 1, len(coverage.slot_minutes))
    people, way = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    farthest_mm = np.zeros(shape, np.int32)
    for block in choices.blocks():
        served = choices.served(block, nth=1)
        _add(choices.people(block), (served.option, served.way_mm), (people, way, farthest_mm))
    return _table(coverage, choices.options, (people, way, farthest_mm))


def main_stations(coverage: Coverage, chosen: Collection[str]) -> pd.DataFrame:
    """Tell which station most worker-hours of each cell go to, for a map.

    Returns
    -------
    pandas.DataFrame
        Index cell id. Columns: station (option id; "" where nobody is served; of equal ones the
        smaller id) and share (of the worker-hours of the cell that go there, 0 to 1).

    Raises
    ------
    ValueError
        If an option is not known.
    """
    choices = Choices.of(coverage, chosen)
    parts = []
    for block in choices.blocks():
        minutes = choices.people(block) * coverage.slot_minutes
        shape = (len(block.cells), -1)
        option = choices.served(block, nth=1).option.reshape(shape)
        parts.append(_main(minutes.reshape(shape), option, len(choices.options)))
    main = np.concatenate([np.empty((0, 3), np.int64), *parts])
    names = np.array([*choices.options, ""], dtype=object)
    return pd.DataFrame(
        {"station": names[main[:, 0]], "share": main[:, 1] / np.maximum(main[:, 2], 1)},
        index=coverage.demand.cells.index,
    )


def _table(
    coverage: Coverage,
    options: tuple[str, ...],
    sums: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]],
) -> pd.DataFrame:
    """Turn sums by group, station and slot into rows with somebody in them."""
    people, way, farthest_mm = sums
    minutes = coverage.slot_period_minutes
    value = (people @ minutes).transpose(1, 0, 2)  # station, group, period
    there = value > 0
    mm_minutes = (way @ minutes.astype(np.float64)).transpose(1, 0, 2)
    most_mm = np.stack(
        [farthest_mm[:, :, lasts > 0].max(axis=2, initial=0).T for lasts in minutes.T], axis=2
    )
    station, group, period = np.nonzero(there)
    somewhere = station < len(options)
    found = value[there]
    return pd.DataFrame(
        {
            "value_milli": found,
            "worker_hours_week": found / _MILLI_MINUTES_AN_HOUR,
            "workers": found / minutes.sum(axis=0)[period] / _MILLI,
            "mean_way_m": np.where(somewhere, mm_minutes[there] / found / _MILLI, np.nan),
            "farthest_way_m": np.where(somewhere, most_mm[there] / _MILLI, np.nan),
        },
        index=pd.MultiIndex.from_arrays(
            [
                np.array([*options, ""], dtype=object)[station],
                np.array(coverage.demand.groups, dtype=object)[group],
                np.array(coverage.periods, dtype=object)[period],
            ],
            names=["station", "group", "period"],
        ),
    )


@kernel
def _add(
    people: NDArray[np.int64],
    found: tuple[NDArray[np.int32], NDArray[np.int32]],
    sums: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]],
) -> None:
    """Add the rows of a block to people, people times millimetres, and the farthest way."""
    option, way_mm = found
    by_option, way, farthest_mm = sums
    groups, last = by_option.shape[0], by_option.shape[1] - 1
    for row in range(len(people)):
        group = row % groups
        for slot in range(people.shape[1]):
            there = people[row, slot]
            if there == 0:
                continue
            at = option[row, slot] if option[row, slot] >= 0 else last
            by_option[group, at, slot] += there
            way[group, at, slot] += there * way_mm[row, slot]
            farthest_mm[group, at, slot] = max(farthest_mm[group, at, slot], way_mm[row, slot])


@kernel
def _main(minutes: NDArray[np.int64], option: NDArray[np.int32], options: int) -> NDArray[np.int64]:
    """Give each cell's station with most worker-minutes (-1: none), these, and those of all.

    Parameters
    ----------
    minutes, option
        Thousandths of a worker-minute and where they go, by cell and (group, slot).
    options
        How many there are.
    """
    result = np.zeros((len(minutes), 3), np.int64)
    sums = np.zeros(options, np.int64)
    for cell in range(len(minutes)):
        best, most = -1, 0
        for at in range(minutes.shape[1]):
            result[cell, 2] += minutes[cell, at]
            if option[cell, at] >= 0:
                sums[option[cell, at]] += minutes[cell, at]
        for one in option[cell]:
            if one >= 0 and (sums[one] > most or (sums[one] == most and one < best)):
                best, most = one, sums[one]
        result[cell, 0], result[cell, 1] = best, most
        for one in option[cell]:
            if one >= 0:
                sums[one] = 0
    return result
