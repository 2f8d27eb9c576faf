"""Bins beside bins -> bins of both, in the squares of the first."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from planner.demand.pings.model import HOURS, PingBins
from planner.demand.rounding import share_out
from planner.errors import InputError
from planner.language import Message, note

__all__ = ["add_bins"]

_CM = 100
_MOST_SQUARES = 4_000_000
"""Wide squares that come to more are no statement of where people are."""


def add_bins(one: PingBins, other: PingBins) -> PingBins:
    """Add bins that were read from a file to others of the same plane, in the squares of `one`.

    People are added up, as of files that tell of different people. Of days seen the larger number
    is taken, since a file of bins does not say which days they were. A narrower square goes, whole,
    to the one that holds its centre; a wider one is spread evenly over those that it covers, by
    area, and that is told.

    Raises
    ------
    InputError
        If wider squares cover more than 4 million.
    """
    theirs, of, part = _in_squares(other, one.cell_m)
    squares, row = np.unique(np.concatenate([one.squares, theirs]), axis=0, return_inverse=True)
    row = row.reshape(-1)
    hours = np.zeros((2, len(squares), HOURS))
    records = np.zeros(len(squares), dtype=np.int64)
    ours, added = row[: len(one)], row[len(one) :]
    share = part / np.maximum(np.bincount(of, part, len(other)), 1.0)[of]
    for sums, old, new in (
        (hours[0], one.person_hours, other.person_hours),
        (hours[1], one.stay_hours, other.stay_hours),
    ):
        sums[ours] += old
        for hour in range(HOURS):
            np.add.at(sums[:, hour], added, new[of, hour] * share)
    records[ours] += one.records
    starts = np.searchsorted(of, np.arange(len(other) + 1))
    np.add.at(records, added, share_out(other.records, part, starts))
    return replace(
        one,
        squares=squares,
        person_hours=hours[0].astype(np.float32),
        stay_hours=hours[1].astype(np.float32),
        id_hours=one.id_hours + other.id_hours,
        records=records,
        persons=one.persons + other.persons,
        weekdays=max(one.weekdays, other.weekdays),
        weekend_days=max(one.weekend_days, other.weekend_days),
        has_ids=one.has_ids or other.has_ids,
        problems=(*one.problems, *other.problems),
        notes=(*one.notes, *other.notes, *_of_width(one, other)),
    )


def _in_squares(
    bins: PingBins, cell_m: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Find the squares of a side that bins lie in: these, which bin each is of, and the area.

    Areas are whole square centimetres, so that what a square covers is known exactly; bins ascend.
    """
    side, cell = round(bins.cell_m * _CM), round(cell_m * _CM)
    if side <= cell:
        centre = (bins.squares + 0.5) * bins.cell_m
        return (
            np.floor(centre / cell_m).astype(np.int64),
            np.arange(len(bins)),
            np.ones(len(bins)),
        )
    most = side // cell + 2
    if len(bins) * most**2 > _MOST_SQUARES:
        raise InputError(
            note(
                "A file of bins has squares of {width:,.0f} m, too wide to say where people are; "
                "write it again with squares of {side:g} m.",
                width=bins.cell_m,
                side=cell_m,
            )
        )
    first = bins.squares * side // cell
    low = (first[:, :, None] + np.arange(most)) * cell
    start = bins.squares[:, :, None] * side
    length = np.minimum(low + cell, start + side) - np.maximum(low, start)
    area = np.maximum(length[:, 0, :, None], 0) * np.maximum(length[:, 1, None, :], 0)
    of, across, along = np.nonzero(area)
    squares = np.column_stack([first[of, 0] + across, first[of, 1] + along])
    return squares, of, area[of, across, along].astype(np.float64)


def _of_width(one: PingBins, other: PingBins) -> tuple[Message, ...]:
    if round(other.cell_m * _CM) <= round(one.cell_m * _CM):
        return ()
    return (
        note(
            "A file of bins has squares of {width:g} m: people in each were spread evenly over the "
            "squares of {side:g} m in it, since nobody can tell where in it they were.",
            width=other.cell_m,
            side=one.cell_m,
        ),
    )
