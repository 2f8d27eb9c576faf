"""Coverage, a problem and rules of service -> who can sit where, in the order of the seats.

In each slot seats are given to the pairs of a group in a cell and a station in order of the share
of the reach (ties: station, cell, group, each by id); see `planner.coverage.seating`. The order is
the same whatever stations are there, so it is made once, and a choice is counted by one walk over
the pairs of what is there. Only slots in which some station can be overfull are walked.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.compiled import kernel
from planner.coverage import Coverage
from planner.coverage.choices import Choices
from planner.coverage.entries import option_of, parts_of
from planner.coverage.seating import rooms_of
from planner.district import District
from planner.district.settings import ServiceRules
from planner.siting.known import standing_options
from planner.siting.limits.demand_rows import parts_of_year
from planner.siting.problem import SitingProblem

__all__ = ["Pairs", "SeatTown", "seat_at", "seat_town", "unseated", "ways_of"]

_Marks = NDArray[np.bool_]


class Pairs(NamedTuple):
    """Groups in cells (rows) and the options within their reach that ever serve them.

    A time is a slot of the week in a part of the year.
    """

    row: NDArray[np.int32]
    """In the order in which seats are given, shape (p,)."""
    option: NDArray[np.int32]
    row_start: NDArray[np.int64]
    """Where the options of each row begin in `of_row`, shape (r + 1,)."""
    of_row: NDArray[np.int32]
    group: NDArray[np.int32]
    """Group of each row, shape (r,)."""
    opens: _Marks
    """Whether an option serves a group at a time, shape (t, k options, g)."""
    people: NDArray[np.int64]
    """Thousandths of a person, shape (b bands, r)."""
    band: NDArray[np.int64]
    """Band of each time, shape (t,)."""
    minutes: NDArray[np.int64]
    """Minutes a week of each time, times the weeks of its part of the year, shape (t,)."""
    room: NDArray[np.int64]
    """People present whom each option can serve, thousandths, shape (k,)."""
    reach: NDArray[np.int64]
    """People within reach of each option whom it would serve at each time, shape (k, t)."""
    crowded: NDArray[np.int64]
    """Times at which some option has more people within reach than room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatTown:
    """Who can sit where, and what a choice in a problem means there."""

    pairs: Pairs
    options: tuple[str, ...]
    """Options of the problem and stations that stay, sorted, shape (k,)."""
    place: NDArray[np.int64]
    """Place of each option of the problem among them, -1: it serves nobody; shape (n,)."""
    instead: NDArray[np.int64]
    """Place of the station that stays, unless the option of the problem takes its place; -1: none;
    shape (n,)."""
    standing: _Marks
    """Which of `options` stay, shape (k,)."""
    weeks: int
    """Weeks that the year is counted in; values are as many times as large."""

    def there(self, chosen: _Marks) -> _Marks:
        """Mark the options that are there with a choice in the problem, shape (k,)."""
        there = self.standing.copy()
        there[self.instead[chosen & (self.instead >= 0)]] = False
        there[self.place[chosen & (self.place >= 0)]] = True
        return there

    def lost_milli(self, chosen: _Marks) -> int:
        """Count those who find no seat, thousandths of a worker-minute a week."""
        nothing = np.zeros(0, np.int64)
        return int(unseated(self.pairs, self.there(chosen), nothing)) // self.weeks

    def lost_near(self, chosen: _Marks) -> tuple[int, NDArray[np.int64]]:
        """Count those who find no seat: in all, and of them those whom each option could serve."""
        near = np.zeros(len(self.options), np.int64)
        lost = int(unseated(self.pairs, self.there(chosen), near)) // self.weeks
        return lost, _each(near // self.weeks, self.place)

    def seats_milli(self) -> NDArray[np.int64]:
        """Give the most that each option of the problem adds, shape (n,)."""
        pairs = self.pairs
        most = np.minimum(pairs.room[:, None], pairs.reach) @ pairs.minutes // self.weeks
        return _each(most, self.place) - _each(most, self.instead)


def _each(values: NDArray[np.int64], place: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give the value at each place, 0 where there is none."""
    found: NDArray[np.int64] = np.append(values, 0)[place]
    return found


def ways_of(coverage: Coverage, problem: SitingProblem) -> int:
    """Count the pairs of a cell and an option within reach of a group, times the slots."""
    names = _names(coverage, problem)
    places = coverage.positions_of(names)
    sites = coverage.options.sites.index.get_indexer(
        pd.Index(coverage.options.table["site"].to_numpy()[places])
    )
    ways = sum(int(np.diff(reach.indptr)[sites].sum()) for reach in coverage.reach.values())
    return ways * len(coverage.slot_minutes)


def _names(coverage: Coverage, problem: SitingProblem) -> tuple[str, ...]:
    known = coverage.options.table.index
    real = (option for option in problem.options if option in known)
    return tuple(sorted({*standing_options(coverage, problem), *real}))


def seat_town(
    coverage: Coverage,
    problem: SitingProblem,
    *,
    service: ServiceRules,
    district: District | None = None,
) -> SeatTown:
    """Gather who can sit where.

    Parameters
    ----------
    coverage
        Reach and service of every option.
    problem
        Built from it.
    service
        How long people stay and how often they come.
    district
        Says when the season of the demand is, see `parts_of_year`.

    Raises
    ------
    ValueError
        If a rule of service is out of its range.
    """
    names = _names(coverage, problem)
    choices = Choices.of(coverage, names)
    index = pd.Index(names, dtype=object)
    table = coverage.options.table.loc[list(names)]
    fixed = standing_options(coverage, problem)
    at_site = {str(table["site"][name]): name for name in fixed}
    replaces = [
        at_site.get(str(table["site"][name]), at_site.get(str(table["replaces"][name]), ""))
        if name in index
        else ""
        for name in problem.options
    ]
    year = parts_of_year(coverage, table["weeks"].tolist(), district)
    shares = [part.share for part in year]
    holds = np.array([[part.holds(weeks) for weeks in table["weeks"]] for part in year], np.bool_)
    serves = choices.serves[choices.class_of]
    opens = np.concatenate([serves & its[:, None, None] for its in holds], axis=2)
    return SeatTown(
        pairs=_pairs(
            choices,
            opens,
            np.concatenate([coverage.slot_minutes * (end - first) for first, end, _ in shares]),
            rooms_of(table["capacity"], service=service),
        ),
        options=names,
        place=np.asarray(index.get_indexer(pd.Index(problem.options, dtype=object)), np.int64),
        instead=np.asarray(index.get_indexer(pd.Index(replaces, dtype=object)), np.int64),
        standing=np.isin(np.array(names, dtype=object), fixed),
        weeks=shares[0][2],
    )


def _pairs(
    choices: Choices, opens: _Marks, minutes: NDArray[np.int64], room: NDArray[np.int64]
) -> Pairs:
    """Put pairs in the order of the seats."""
    coverage = choices.coverage
    groups, cells = len(coverage.demand.groups), len(coverage.demand.cells)
    starts, entries, people = [np.zeros(1, np.int64)], [], []
    for block in choices.blocks():
        starts.append(block.start[1:] + starts[-1][-1])
        entries.append(block.entry)
        people.append(block.people)
    start = np.concatenate(starts)
    entry = np.concatenate([np.empty(0, np.int64), *entries])
    option = option_of(entry).astype(np.int32)
    row = np.repeat(np.arange(cells * groups), np.diff(start)).astype(np.int32)
    rank = _ranks(coverage.demand.cells.index)[:, None] * groups + _ranks(coverage.demand.groups)
    order = np.lexsort((rank.ravel()[row], option, parts_of(entry)))
    parts = opens.shape[2] // len(coverage.slot_band)
    pairs = Pairs(
        row=row[order],
        option=option[order],
        row_start=start,
        of_row=option,
        group=np.tile(np.arange(groups), cells).astype(np.int32),
        opens=np.ascontiguousarray(opens.transpose(2, 0, 1)),
        people=np.ascontiguousarray(np.concatenate(people).T),
        band=np.tile(coverage.slot_band.astype(np.int64), parts),
        minutes=minutes,
        room=room,
        reach=np.zeros((len(room), len(minutes)), np.int64),
        crowded=np.zeros(0, np.int64),
    )
    _add_reach(pairs)
    crowded = np.flatnonzero((pairs.reach > room[:, None]).any(axis=0))
    return pairs._replace(crowded=crowded.astype(np.int64))


def _ranks(ids: "pd.Index[str] | tuple[str, ...]") -> NDArray[np.int64]:
    """Give the place of each id among all, sorted."""
    ranks = np.empty(len(ids), np.int64)
    ranks[np.argsort(np.array(ids, dtype=object), kind="stable")] = np.arange(len(ids))
    return ranks


@kernel
def _add_reach(pairs: Pairs) -> None:
    """Add up the people within reach of each option at each time."""
    for at in range(len(pairs.row)):
        row, option = pairs.row[at], pairs.option[at]
        group = pairs.group[row]
        for time in range(len(pairs.band)):
            if pairs.opens[time, option, group]:
                pairs.reach[option, time] += pairs.people[pairs.band[time], row]


@kernel
def unseated(pairs: Pairs, there: NDArray[np.bool_], near: NDArray[np.int64]) -> int:
    """Give the seats of what is there, and count those who find none.

    Parameters
    ----------
    pairs
        Who can sit where.
    there
        Which options are there, shape (k,).
    near
        What of those who find no seat each option could serve, added to, shape (k,); or of shape
        (0,), where nobody asks.

    Returns
    -------
    int
        Thousandths of a worker-minute a week whom something there serves, but without a seat left
        anywhere; times the weeks of the year.
    """
    kept, many = np.empty(len(pairs.row), np.int64), 0
    for at in range(len(pairs.row)):
        if there[pairs.option[at]]:
            kept[many] = at
            many += 1
    left, wanted = np.empty(len(pairs.group), np.int64), np.empty(len(pairs.group), np.bool_)
    total = 0
    for time in pairs.crowded:
        seat_at(pairs, time, kept[:many], left, wanted, pairs.room.copy())
        for row in range(len(left)):
            if wanted[row] and left[row] > 0:
                lost = left[row] * pairs.minutes[time]
                total += lost
                if len(near) > 0:
                    _tell_near(pairs, time, row, lost, near)
    return total


@kernel
def _tell_near(pairs: Pairs, time: int, row: int, lost: int, near: NDArray[np.int64]) -> None:
    """Tell each option that could serve a row of those without a seat there."""
    for at in range(pairs.row_start[row], pairs.row_start[row + 1]):
        if pairs.opens[time, pairs.of_row[at], pairs.group[row]]:
            near[pairs.of_row[at]] += lost


@kernel
def seat_at(
    pairs: Pairs,
    time: int,
    kept: NDArray[np.int64],
    left: NDArray[np.int64],
    wanted: NDArray[np.bool_],
    room: NDArray[np.int64],
) -> None:
    """Give the seats at one time.

    Parameters
    ----------
    pairs, time
        Who can sit where, and when.
    kept
        Places of the pairs of what is there, ascending.
    left, wanted
        Filled: the people of each row without a seat, and whether anything there serves them.
    room
        Lessened by those who sit, shape (k,).
    """
    wanted[:] = False
    for row in range(len(left)):
        left[row] = pairs.people[pairs.band[time], row]
    for at in kept:
        row, option = pairs.row[at], pairs.option[at]
        if left[row] > 0 and pairs.opens[time, option, pairs.group[row]]:
            wanted[row] = True
            some = min(left[row], room[option])
            left[row] -= some
            room[option] -= some
