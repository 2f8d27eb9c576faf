"""Decay or length of a way -> what a station is worth, in levels that a search can count with."""

from math import gcd

import numpy as np
from numpy.typing import NDArray

from planner.coverage.decay import STEPS, weights_of
from planner.coverage.entries import WHOLE_REACH, parts_of
from planner.coverage.factors import Coverage
from planner.coverage.levels import Grades
from planner.coverage.tally import WHOLE_WEIGHT
from planner.district.settings import MODES
from planner.travel.matrix import cutoff_millimetres

__all__ = ["decay_grades", "way_ends", "way_grades"]

_STEPS = 20
"""A worth that falls smoothly is counted in so many equal steps, to the nearest."""
_MODE_MASK = 3


def decay_grades(coverage: Coverage, *, decay: str) -> Grades:
    """Say what a way is worth under a decay; without one every way within reach is worth 1.

    "stepped" is exact; the smooth ones are counted in steps of 1/20, to the nearest (a half counts
    up). `most` is what a worker on the spot is worth: results are to be divided by it.

    Parameters
    ----------
    coverage
        Its groups.
    decay
        One of DECAYS; see `planner.coverage.decay`.
    """
    if decay in ("none", "stepped"):
        weights = [weight for _, weight in STEPS] if decay == "stepped" else [1.0]
        whole = [round(weight * WHOLE_WEIGHT) for weight in weights]
        unit = gcd(*whole, WHOLE_WEIGHT)
        ends = [_last_part(weight, decay) for weight in whole]
        worth, most = [weight // unit for weight in whole], WHOLE_WEIGHT // unit
    else:
        steps = range(_STEPS, 0, -1)
        needed = [-(-(2 * step - 1) * WHOLE_WEIGHT // (2 * _STEPS)) for step in steps]
        ends, worth, most = [_last_part(each, decay) for each in needed], list(steps), _STEPS
    last = np.array(ends, np.int64)
    groups = len(coverage.demand.groups)

    def level_of(entry: NDArray[np.int64], group: NDArray[np.int64]) -> NDArray[np.int64]:
        del group  # a share of the reach is worth the same to all
        return np.searchsorted(last, parts_of(entry), side="left").astype(np.int64)

    return Grades(
        level_of=level_of,
        worth=np.tile(np.array(worth, np.int64), (groups, 1)),
        most=np.full(groups, most, np.int64),
    )


def _last_part(weight: int, decay: str) -> int:
    """Give the largest share of the reach, in parts, that has at least a weight; -1: none has."""
    low, high = -1, WHOLE_REACH
    while low < high:
        middle = (low + high + 1) // 2
        enough = weights_of(np.array([middle / WHOLE_REACH]), decay=decay)[0] >= weight
        low, high = (middle, high) if enough else (low, middle - 1)
    return low


def way_ends(coverage: Coverage, *, step_mm: int, exact: bool) -> NDArray[np.int64]:
    """Give the lengths of ways that are told apart, in millimetres, ascending.

    Parameters
    ----------
    coverage
        Its groups and ways.
    step_mm
        Lengths are rounded up to whole steps, above 0.
    exact
        Whether only lengths that occur are given; else every whole step up to the longest reach.
    """
    longest = int(_longest_mm(coverage).max(initial=0))
    if not exact:
        return np.arange(0, longest + step_mm, step_mm, dtype=np.int64)
    ways = [matrix.length_mm.data for matrix in coverage.travel.values()]
    lengths = np.unique(np.concatenate([np.zeros(0, np.int32), *ways])).astype(np.int64)
    steps: NDArray[np.int64] = np.unique(-(-lengths[lengths <= longest] // step_mm) * step_mm)
    return steps


def way_grades(coverage: Coverage, *, ends_mm: NDArray[np.int64], unit_mm: int) -> Grades:
    """Say how much shorter a way is than the longest reach of the group, in whole units.

    A way counts as the next of some lengths, itself included; where nothing is within reach the
    worth is 0, as if the way were the longest reach. `most` is that of a worker on the spot.

    Parameters
    ----------
    coverage
        Its groups and ways.
    ends_mm
        Lengths that are told apart, whole units, ascending; see `way_ends`.
    unit_mm
        Above 0; reaches are rounded up to it.
    """
    most = -(-_longest_mm(coverage) // unit_mm)
    worth = np.maximum(0, most[:, None] - (ends_mm // unit_mm)[None, :])
    reach_mm = _reach_mm(coverage)
    none = len(ends_mm)

    def level_of(entry: NDArray[np.int64], group: NDArray[np.int64]) -> NDArray[np.int64]:
        reach = reach_mm[group, entry & _MODE_MASK]
        # The share was rounded down by less than a millimetre of the way.
        way_mm = (parts_of(entry) * reach + WHOLE_REACH - 1) // WHOLE_REACH
        level = np.searchsorted(ends_mm, way_mm, side="left").astype(np.int64)
        useful = (level < none) & (worth[group, np.minimum(level, none - 1)] > 0)
        return np.where(useful, level, none)

    return Grades(level_of=level_of, worth=worth, most=most)


def _reach_mm(coverage: Coverage) -> NDArray[np.int64]:
    """Give the longest way of each group with each of MODES, 0: it does not go so."""
    reach_mm = np.zeros((len(coverage.ways), len(MODES)), np.int64)
    for row, ways in zip(reach_mm, coverage.ways.values(), strict=True):
        for way in ways:
            mode = MODES.index(way.mode)
            row[mode] = max(row[mode], cutoff_millimetres(way.reach_m))
    return reach_mm


def _longest_mm(coverage: Coverage) -> NDArray[np.int64]:
    longest: NDArray[np.int64] = _reach_mm(coverage).max(axis=1, initial=0)
    return longest
