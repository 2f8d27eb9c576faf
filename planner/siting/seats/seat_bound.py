"""Who can sit where, and a choice -> what no choice at all can serve with its seats.

At each time every option is counted in one of two ways: by the workers within its reach, each once,
as if it had seats for all (open); or by its seats alone, as if each were taken by somebody whom
nothing else serves (by seats). Whatever workers are allotted to it, an option serves no more than
its seats, and all workers together no more than each once; so what any plan serves is at most the
workers whom its open options reach, and the seats of its others. That is a siting problem again,
where seats are what an option is worth by itself, and its bound holds for plans with seats.

Which way is best for a choice is told by the smallest cut of the flow from workers to seats (L. R.
Ford and D. R. Fulkerson 1956, Maximal flow through a network, Canadian Journal of Mathematics 8,
399-404): by seats are full options within reach of workers without a seat, and those which could
take over some of their workers, if these are full too.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from planner.compiled import kernel
from planner.coverage.rows import number_equal
from planner.siting.problem import Aim, SitingProblem
from planner.siting.seats.seat_town import Pairs, SeatTown, seat_at

__all__ = ["by_seats_around", "relaxed_problem"]

_Marks = NDArray[np.bool_]
_HASH_SEED = 20_251_122
_MOST_MARKS = 200
"""Marks that are made or taken away at each time while a cut is lessened."""


def by_seats_around(town: SeatTown, chosen: _Marks) -> _Marks:
    """Say which options count by seats, so that a choice has a low bound.

    Parameters
    ----------
    chosen
        A choice in the problem, shape (n,).

    Returns
    -------
    numpy.ndarray
        Shape (k options, t times). What is not chosen counts by seats where these are fewer than
        the workers whom it would serve beside the choice.
    """
    pairs, there = town.pairs, town.there(chosen)
    by_seats = np.zeros(pairs.reach.shape, np.bool_)
    kept = np.flatnonzero(there[pairs.option]).astype(np.int64)
    both = (town.place >= 0) & (town.instead >= 0)
    place, instead = town.place[both], town.instead[both]
    taken = there[place]
    upgraded = np.zeros(len(there), np.bool_)
    upgraded[place[taken]] = True
    _cut(pairs, (there, upgraded), kept, by_seats)
    by_seats[instead[taken]] = by_seats[place[taken]]
    # Else the workers of a station that stays would count beside the seats of its upgrade.
    by_seats[place] &= by_seats[instead]
    return by_seats


def relaxed_problem(
    problem: SitingProblem, town: SeatTown, by_seats: _Marks
) -> tuple[SitingProblem, int]:
    """Ask for the most that open options reach and others seat, within the same limits.

    Floors are left out.

    Parameters
    ----------
    by_seats
        Which options count by seats when, shape (k, t). Any will do.

    Returns
    -------
    relaxed, offset
        The sum of the relaxed problem plus the offset, over `town.weeks`, is at least what any
        choice serves with its seats.
    """
    pairs = town.pairs
    marks = np.random.default_rng(_HASH_SEED).integers(
        0, 2**64, (len(town.options), 2), dtype=np.uint64
    )
    hashes, value, base, at = _rows(pairs, by_seats, town.standing, marks)
    number, first = number_equal(hashes)
    milli = np.zeros(len(first), np.int64)
    np.add.at(milli, number, value)
    sizes, members = _members(pairs, by_seats, at[first])
    seats = np.where(by_seats, np.minimum(pairs.room[:, None], pairs.reach), 0) @ pairs.minutes
    row = np.repeat(np.arange(len(first)), sizes)
    known = town.place >= 0
    back = np.full(len(town.options), -1, np.int64)
    back[town.place[known]] = np.flatnonzero(known)
    option = back[members]
    serves = csr_array(
        (np.ones(int((option >= 0).sum()), np.bool_), (option[option >= 0], row[option >= 0])),
        shape=(len(problem.options), len(first)),
    )
    serves.sort_indices()
    more = np.append(seats, 0)
    relaxed = replace(
        problem,
        serves=serves,
        value_milli=milli,
        base_milli=0,
        total_milli=int(milli.sum()),
        floors=None,
        twice_milli=None,
        worth_milli=more[town.place] - more[town.instead],
        aim=Aim(scale=1),
        priced_rows=0,
        notes=(),
    )
    return relaxed, int(base) + int(seats[town.standing].sum())


@kernel
def _cut(
    pairs: Pairs,
    stands: tuple[NDArray[np.bool_], NDArray[np.bool_]],
    kept: NDArray[np.int64],
    by_seats: NDArray[np.bool_],
) -> None:
    """Mark the options of a small cut at each time; given are what is there, what is upgraded."""
    there, upgraded = stands
    rows, options = len(pairs.group), len(pairs.room)
    left, reached = np.empty(rows, np.int64), np.empty(rows, np.bool_)
    covered = np.empty(rows, np.int32)
    for time in pairs.crowded:
        room = pairs.room.copy()
        seat_at(pairs, time, kept, left, reached, room)
        lost = 0
        for row in range(rows):
            reached[row] = reached[row] and left[row] > 0
            lost += reached[row]
        if lost > 0:
            plain, spread = np.zeros(options, np.bool_), np.zeros(options, np.bool_)
            _spread(pairs, time, kept, reached, room, spread)
            better = _lessen(pairs, time, kept, spread, covered)
            if _lessen(pairs, time, kept, plain, covered) < better:
                spread = plain
            by_seats[:, time] = spread
        _cover(pairs, time, kept, by_seats[:, time], covered)
        _mark_upgraded(pairs, time, upgraded, covered, by_seats[:, time])
        _cover(pairs, time, kept, by_seats[:, time], covered)
        _weigh_others(pairs, time, there, covered, by_seats[:, time])


@kernel
def _mark_upgraded(
    pairs: Pairs,
    time: int,
    upgraded: NDArray[np.bool_],
    covered: NDArray[np.int32],
    marked: NDArray[np.bool_],
) -> None:
    """Mark what is upgraded where that costs nothing, so that its worth without it is known."""
    alone = np.zeros(len(upgraded), np.int64)
    for at in range(len(pairs.row)):
        row, option = pairs.row[at], pairs.option[at]
        only = upgraded[option] and not marked[option] and covered[row] == 1
        if only and pairs.opens[time, option, pairs.group[row]]:
            alone[option] += pairs.people[pairs.band[time], row]
    for option in range(len(upgraded)):
        seats = min(pairs.room[option], pairs.reach[option, time])
        if upgraded[option] and alone[option] >= seats:
            marked[option] = True


@kernel
def _weigh_others(
    pairs: Pairs,
    time: int,
    there: NDArray[np.bool_],
    covered: NDArray[np.int32],
    marked: NDArray[np.bool_],
) -> None:
    """Mark what is not there if its seats are fewer than those whom it alone would serve."""
    beside = np.zeros(len(there), np.int64)
    for at in range(len(pairs.row)):
        row, option = pairs.row[at], pairs.option[at]
        if covered[row] == 0 and pairs.opens[time, option, pairs.group[row]]:
            beside[option] += pairs.people[pairs.band[time], row]
    for option in range(len(there)):
        if not there[option]:
            marked[option] = pairs.room[option] < beside[option]


@kernel
def _cover(
    pairs: Pairs,
    time: int,
    kept: NDArray[np.int64],
    marked: NDArray[np.bool_],
    covered: NDArray[np.int32],
) -> None:
    """Count for each row the options that are there, serve it and are not marked."""
    covered[:] = 0
    for at in kept:
        row, option = pairs.row[at], pairs.option[at]
        if not marked[option] and pairs.opens[time, option, pairs.group[row]]:
            covered[row] += 1


@kernel
def _lessen(
    pairs: Pairs,
    time: int,
    kept: NDArray[np.int64],
    marked: NDArray[np.bool_],
    covered: NDArray[np.int32],
) -> int:
    """Mark options, or take marks away, one at a time, as long as that lowers the cut; give it."""
    for _ in range(_MOST_MARKS):
        _cover(pairs, time, kept, marked, covered)
        best = _best_mark(pairs, time, kept, marked, covered)
        if best < 0:
            break
        marked[best] = not marked[best]
    _cover(pairs, time, kept, marked, covered)
    value = 0
    for row in range(len(covered)):
        if covered[row] > 0:
            value += pairs.people[pairs.band[time], row]
    for option in range(len(marked)):
        if marked[option]:
            value += min(pairs.room[option], pairs.reach[option, time])
    return value


@kernel
def _best_mark(
    pairs: Pairs,
    time: int,
    kept: NDArray[np.int64],
    marked: NDArray[np.bool_],
    covered: NDArray[np.int32],
) -> int:
    """Find the option whose mark, made or taken away, lowers the cut most; -1: none."""
    alone = np.zeros(len(marked), np.int64)
    for at in kept:
        row, option = pairs.row[at], pairs.option[at]
        others = covered[row] - (0 if marked[option] else 1)
        if others == 0 and pairs.opens[time, option, pairs.group[row]]:
            alone[option] += pairs.people[pairs.band[time], row]
    best, less = -1, 0
    for option in range(len(marked)):
        gain = alone[option] - min(pairs.room[option], pairs.reach[option, time])
        if marked[option]:
            gain = -gain
        if gain > less:
            best, less = option, gain
    return best


@kernel
def _spread(
    pairs: Pairs,
    time: int,
    kept: NDArray[np.int64],
    reached: NDArray[np.bool_],
    room: NDArray[np.int64],
    marked: NDArray[np.bool_],
) -> None:
    """Go from workers without a seat to full options, from these to all whom they seat, and on."""
    again = True
    while again:
        again = False
        for at in kept:
            row, option = pairs.row[at], pairs.option[at]
            if (
                reached[row]
                and not marked[option]
                and room[option] == 0
                and pairs.opens[time, option, pairs.group[row]]
            ):
                marked[option] = True
                again = True
        if again:
            left, wanted = np.empty(len(reached), np.int64), np.empty(len(reached), np.bool_)
            _seated_by(pairs, time, kept, (left, wanted, pairs.room.copy()), marked, reached)


@kernel
def _seated_by(
    pairs: Pairs,
    time: int,
    kept: NDArray[np.int64],
    state: tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.int64]],
    marked: NDArray[np.bool_],
    reached: NDArray[np.bool_],
) -> None:
    """Mark the rows of which somebody sits at a marked option."""
    left, _, room = state
    for row in range(len(left)):
        left[row] = pairs.people[pairs.band[time], row]
    for at in kept:
        row, option = pairs.row[at], pairs.option[at]
        if left[row] > 0 and pairs.opens[time, option, pairs.group[row]]:
            some = min(left[row], room[option])
            left[row] -= some
            room[option] -= some
            if some > 0 and marked[option]:
                reached[row] = True


@kernel
def _rows(
    pairs: Pairs,
    by_seats: NDArray[np.bool_],
    standing: NDArray[np.bool_],
    marks: NDArray[np.uint64],
) -> tuple[NDArray[np.uint64], NDArray[np.int64], int, NDArray[np.int64]]:
    """Sum the marks of the open options of each row at each time that no standing one serves.

    Gives the sums, the values, what standing options serve, and row and time of each (one number).
    """
    times = len(pairs.band)
    hashes = np.zeros((len(pairs.group) * times, 2), np.uint64)
    value = np.zeros(len(hashes), np.int64)
    where = np.zeros(len(hashes), np.int64)
    found, base = 0, 0
    for row in range(len(pairs.group)):
        group = pairs.group[row]
        for time in range(times):
            people = pairs.people[pairs.band[time], row] * pairs.minutes[time]
            if people == 0:
                continue
            any_one, stands = False, False
            hashes[found] = 0
            for at in range(pairs.row_start[row], pairs.row_start[row + 1]):
                option = pairs.of_row[at]
                if pairs.opens[time, option, group] and not by_seats[option, time]:
                    any_one = True
                    stands |= standing[option]
                    hashes[found, 0] += marks[option, 0]
                    hashes[found, 1] += marks[option, 1]
            if stands:
                base += people
            elif any_one:
                value[found] = people
                where[found] = row * times + time
                found += 1
    return hashes[:found].copy(), value[:found].copy(), base, where[:found].copy()


@kernel
def _members(
    pairs: Pairs, by_seats: NDArray[np.bool_], where: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """List the open options of some rows and times: how many, and which."""
    times = len(pairs.band)
    sizes, room = np.zeros(len(where), np.int64), 0
    for one in range(len(where)):
        row = where[one] // times
        room += pairs.row_start[row + 1] - pairs.row_start[row]
    members, found = np.empty(room, np.int64), 0
    for one in range(len(where)):
        row, time = where[one] // times, where[one] % times
        for at in range(pairs.row_start[row], pairs.row_start[row + 1]):
            option = pairs.of_row[at]
            if pairs.opens[time, option, pairs.group[row]] and not by_seats[option, time]:
                members[found] = option
                sizes[one] += 1
                found += 1
    return sizes, members[:found].copy()
