"""A plan -> what each of its measures is credited with: who newly finds an open door, and when."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.compiled import kernel
from planner.coverage import Coverage
from planner.siting.limits.demand_rows import parts_of_year
from planner.siting.limits.entering import BOUGHT
from planner.siting.plan import Plan
from planner.siting.there import closings, options_there

__all__ = ["Credit", "credit_measures"]

_Longs = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """What each measure of a plan adds and takes away; people in whole thousandths of a person."""

    measures: tuple[str, ...]
    """Chosen options that change something, in the order in which each next one adds most; then the
    options that kept a station which closes, sorted. Shape (n,)."""
    closes: int
    """How many of them, the last, are closings."""
    gained: _Longs
    """People newly served, by measure, group and slot, shape (n, g, s)."""
    lost: _Longs
    """People served today but no longer, by the measure that took their station away, likewise."""
    alone: _Longs
    """People whom the plan serves less without this measure alone, below 0 where it would serve
    more; shape (n, g, s)."""
    weeks: int
    """All of these count so many times: once for each week of the year (or season) that is told."""
    workers: _Longs
    """Headcount of the cells in which a measure newly serves somebody at some time of the week,
    by measure and group, shape (n, g)."""


def credit_measures(coverage: Coverage, plan: Plan) -> Credit:
    """Credit everybody who is newly served to one measure, and who is lost to one that takes away.

    What several measures serve is credited to the first in the order in which each next one adds
    most to today (ties to the smaller id); what several took away together to the first of these,
    in the order of the result. So gains less losses add up to what the plan serves more than
    today. An option that is there for some weeks of the year counts in these.

    Raises
    ------
    ValueError
        If the plan holds an option that is not known.
    """
    table = coverage.options.table
    today = _today(coverage)
    changes = sorted(set(plan.options) - set(today))
    coverage.positions_of([name for name in changes if not name.startswith(BOUGHT)])
    opens = _credit_order(coverage, [name for name in changes if name in table.index], today)
    closes = sorted(closings(coverage, plan))
    measures = (*opens, *closes)
    there = set(options_there(coverage, plan))
    roles = _roles(table, today, there, measures)
    places = coverage.positions_of([*today, *opens])
    own_weeks = [table["weeks"][name] for name in (*today, *opens)]
    groups, slots = len(coverage.demand.groups), len(coverage.slot_minutes)
    sums = np.zeros((3, groups, len(measures), slots), np.int64)
    workers = np.zeros((groups, len(measures)), np.int64)
    weeks = 1
    for part in parts_of_year(coverage, own_weeks, None):
        present = np.array([part.holds(own) for own in own_weeks], np.bool_)
        counts, found = _counts(coverage, roles, places, present, len(measures))
        first, last, weeks = part.share
        sums += counts * (last - first)
        workers = np.maximum(workers, found)
    gained, lost, alone = sums.transpose(0, 2, 1, 3)
    return Credit(
        measures=measures,
        closes=len(closes),
        gained=gained,
        lost=lost,
        alone=alone,
        weeks=weeks,
        workers=workers.T,
    )


def _counts(
    coverage: Coverage, roles: _Longs, places: _Longs, present: NDArray[np.bool_], measures: int
) -> tuple[_Longs, _Longs]:
    """Count people gained, lost and served alone, shape (3, g, n, s), and workers, shape (g, n).

    `present` says which options are there in the part of the year that is counted.
    """
    groups, slots = len(coverage.demand.groups), len(coverage.slot_minutes)
    counts = np.zeros((3, groups, measures, slots), np.int64)
    workers = np.zeros((groups, measures), np.int64)
    headcount = np.rint(coverage.demand.workers * 1000).astype(np.int64)
    for group in range(groups):
        serves = np.equal(coverage.failure[:, group], 0)[coverage.option_class[places]]
        _credit(
            coverage.options_in_reach(group, places),
            roles,
            serves & present[:, None],
            (coverage.people_of(group), np.ascontiguousarray(headcount[:, group])),
            coverage.slot_band.astype(np.int64),
            (counts[0, group], counts[1, group], counts[2, group], workers[group]),
        )
    return counts, workers


def _today(coverage: Coverage) -> list[str]:
    """List the options that keep a station as it is."""
    table = coverage.options.table
    existing = coverage.options.sites["existing"].loc[table["site"]].to_numpy(bool)
    return [str(k) for k in table.index[existing & (table["measure"] == "keep").to_numpy()]]


def _roles(
    table: pd.DataFrame, today: Sequence[str], there: set[str], measures: Sequence[str]
) -> _Longs:
    """Say what each option of today, and then each opening, is to a row that it serves.

    Returns
    -------
    numpy.ndarray
        Shape (4, options): is there today, is there with the plan, the measure that it is (-1:
        none), the measure that takes it away (-1: none).
    """
    place = {name: k for k, name in enumerate(measures)}
    takes: dict[str, int] = {}
    for name, k in place.items():
        takes.setdefault(str(table["site"][name]), k)
        takes.setdefault(str(table["replaces"][name]), k)
    opens = [name for name in measures if name not in set(today)]
    roles = np.full((4, len(today) + len(opens)), -1, np.int64)
    for at, name in enumerate(today):
        stays = name in there
        gone = -1 if stays else takes.get(str(table["site"][name]), -1)
        roles[:, at] = (1, stays, -1, gone)
    for at, name in enumerate(opens, start=len(today)):
        roles[:, at] = (0, 1, place[name], -1)
    return roles


def _credit_order(coverage: Coverage, opens: list[str], today: list[str]) -> list[str]:
    """Order the openings so that each next one adds most to today and those before it."""
    rows = coverage.merged_rows(opens, fixed=today)
    serves = rows.serves.astype(np.int64)
    value = rows.value_milli.copy()
    left, order = list(range(len(opens))), []
    while left:
        adds = serves @ value
        best = max(left, key=lambda k: (adds[k], -k))
        order.append(opens[best])
        left.remove(best)
        value[serves.indices[serves.indptr[best] : serves.indptr[best + 1]]] = 0
    return order


@kernel
def _credit(  # noqa: C901, PLR0912, PLR0915 - one walk over cells and slots, told in one place
    in_reach: tuple[_Longs, NDArray[np.int32]],
    roles: _Longs,
    serves: NDArray[np.bool_],
    people: tuple[_Longs, _Longs],
    band: _Longs,
    found: tuple[_Longs, _Longs, _Longs, _Longs],
) -> None:
    """Add the people of each cell and slot to the measures that they are to be credited to."""
    start, option = in_reach
    by_band, headcount = people
    gained, lost, alone, workers = found
    newly = np.full(len(gained), -1, np.int64)
    for cell in range(len(start) - 1):
        for slot in range(len(band)):
            there = by_band[cell, band[slot]]
            if there == 0:
                continue
            before, after, best, first, sole = 0, 0, -1, -1, -1
            for at in range(start[cell], start[cell + 1]):
                k = option[at]
                if not serves[k, slot]:
                    continue
                before += roles[0, k]
                after += roles[1, k]
                if roles[1, k] == 1:
                    sole = roles[2, k]
                if roles[2, k] >= 0 and (best < 0 or roles[2, k] < best):
                    best = roles[2, k]
                if roles[3, k] >= 0 and (first < 0 or roles[3, k] < first):
                    first = roles[3, k]
            if before == 0 and best >= 0:
                gained[best, slot] += there
                if newly[best] != cell:
                    newly[best] = cell
                    workers[best] += headcount[cell]
            if after == 0 and first >= 0:
                lost[first, slot] += there
            if after == 1 and sole >= 0:
                alone[sole, slot] += there
            if first >= 0 and (after == 0 or (after == 1 and sole >= 0)):
                here = option[start[cell] : start[cell + 1]]
                _give_back(here, roles[3], serves[:, slot], (sole, there), alone[:, slot])


@kernel
def _give_back(
    here: NDArray[np.int32],
    taken_by: _Longs,
    serves: NDArray[np.bool_],
    left: tuple[int, int],
    alone: _Longs,
) -> None:
    """Take people off those whom a plan would lose without a measure: what it took is there again.

    `left` is the only measure that serves them, -1: none does, and the people.
    """
    sole, people = left
    for at in range(len(here)):
        by = taken_by[here[at]]
        if by < 0 or not serves[here[at]] or sole not in (-1, by):
            continue
        again = True  # a measure may take two stations away
        for to in range(at):
            again = again and not (taken_by[here[to]] == by and serves[here[to]])
        if again:
            alone[by] -= people
