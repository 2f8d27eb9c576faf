"""Choices and seats -> who sits where in each slot, and who finds no seat.

A station takes those for whom it lies nearest first; who finds it full goes on to the next nearest
that serves. That is one rule: in each slot take the pairs of a group in a cell and a station in
order of the share of the reach (ties: station, cell, group, each by id), and seat as many as are
left and as there is room for. It is worked out station by station as long as somebody is turned
away, keeping the nearest each time (deferred acceptance), which ends at the same seats: both sides
rank the pairs alike, so there is only one stable outcome.

D. Gale and L. S. Shapley (1962), College admissions and the stability of marriage, American
Mathematical Monthly 69, 9-15.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.coverage.choices import Choices
from planner.coverage.entries import next_entries, option_of, parts_of, sum_by_option
from planner.district.settings import ServiceRules

__all__ = ["NO_LIMIT", "Change", "Party", "Seating", "rooms_of", "seat_workers"]

NO_LIMIT = 1 << 62
"""Room of a station whose number of seats is not known."""

_MILLI = 1000
_MOST_PARTIES = 16_000_000
_ANY_SHARE = 1 << 40
_SHARE_ROOM = 32
"""Bits that a share of the reach in parts needs."""


class Party(NamedTuple):
    """People of a group in a cell who are at one station (or nowhere) in a slot; shape (q,) each.

    A group in a cell may be split over several.
    """

    row: NDArray[np.int64]
    """Place of the cell x number of groups + place of the group."""
    slot: NDArray[np.int64]
    entry: NDArray[np.int64]
    """The station, as in choices; -1: nowhere."""
    milli: NDArray[np.int64]
    """Thousandths of a person."""

    def where(self, which: NDArray[np.bool_] | NDArray[np.int64]) -> "Party":
        """Keep some."""
        return Party(*(part[which] for part in self))

    def and_(self, other: "Party") -> "Party":
        """Put others behind."""
        return Party(*(np.concatenate(parts) for parts in zip(self, other, strict=True)))


class Change(NamedTuple):
    """What counting seats changes in some slots against everybody at the nearest station."""

    before: Party
    """Those who turned first to a station with a limit."""
    after: Party
    """The same people where they sit in the end, those without a seat left out."""
    lost: Party
    """Those of them who find no seat anywhere."""


@dataclass(frozen=True, slots=True)
class Seating:
    """How many come to each station and how many it seats, thousandths of a person."""

    room_milli: NDArray[np.int64]
    """People present whom each station can serve, NO_LIMIT: as many as come; shape (n,)."""
    wanted: NDArray[np.int64]
    """People present by group and slot whom some station would serve, shape (g, s)."""
    lost: NDArray[np.int64]
    """Those of them who find no seat anywhere."""
    came: NDArray[np.int64]
    """People who turn to each station in each slot, first or because others were full; shape
    (n, s)."""
    turned_away: NDArray[np.int64]
    """Those of them for whom it has no seat."""


def rooms_of(seats: "pd.Series[float]", *, service: ServiceRules) -> NDArray[np.int64]:
    """Give how many people present each station can serve, whole thousandths, rounded down.

    Each worker who is out takes a seat for `stay_min` minutes once in `visit_every_h` hours, so a
    seat serves visit_every_h x 60 / stay_min workers who are out at the same time (at least 1).

    Parameters
    ----------
    seats
        Number of seats; missing: no limit.
    service
        How long people stay and how often they come.

    Raises
    ------
    ValueError
        If the stay or the time between two visits is not above 0.
    """
    if not (service.stay_min > 0 and service.visit_every_h > 0):
        raise ValueError(
            f"stay_min and visit_every_h must be above 0, got {service.stay_min:g} and"
            f" {service.visit_every_h:g}"
        )
    a_seat = max(Fraction(1), Fraction(service.visit_every_h) * 60 / Fraction(service.stay_min))
    known = pd.to_numeric(seats).astype(float)
    return np.array(
        [NO_LIMIT if np.isnan(n) else int(Fraction(n) * a_seat * _MILLI) for n in known], np.int64
    )


def seat_workers(choices: Choices, *, service: ServiceRules) -> tuple[Seating, Iterator[Change]]:
    """Seat the people present in each slot.

    Parameters
    ----------
    choices
        The stations that are there and the ways to them.
    service
        How long people stay and how often they come.

    Returns
    -------
    seating, changes
        The changes must be used up before `seating` is whole: they are worked out one by one, each
        for some slots, so that memory stays bounded.

    Notes
    -----
    Where no station is overfull in a slot, everybody sits at the nearest one and one walk over the
    ways is all. Each overfull slot costs another walk over the people who turn to a station with a
    limit (a sort of them) and a step for each station that turns them away.
    """
    coverage = choices.coverage
    table = coverage.options.table.iloc[choices.places]
    room = rooms_of(table["capacity"], service=service)
    groups, slots = len(coverage.demand.groups), len(coverage.slot_minutes)
    first = np.zeros((groups, len(room) + 1, slots), np.int64)
    for block in choices.blocks():
        option = choices.served(block, nth=1).option
        sum_by_option(choices.people(block), option, first)
    came = np.asarray(first[:, :-1].sum(axis=0))
    seating = Seating(
        room_milli=room,
        wanted=np.asarray(first[:, :-1].sum(axis=1)),
        lost=np.zeros((groups, slots), np.int64),
        came=came,
        turned_away=np.zeros_like(came),
    )
    overfull = np.flatnonzero((came > room[:, None]).any(axis=0))
    return seating, _changes(choices, seating, overfull)


def _changes(choices: Choices, seating: Seating, overfull: NDArray[np.int64]) -> Iterator[Change]:
    """Seat people in the slots in which a station is overfull, some slots at a time."""
    demand = choices.coverage.demand
    rows = len(demand.cells) * len(demand.groups)
    at_once = max(1, _MOST_PARTIES // max(rows, 1))
    if not len(overfull):
        return
    rank = _ranks(demand.cells.index)[:, None] * len(demand.groups) + _ranks(demand.groups)
    for start in range(0, len(overfull), at_once):
        slots = overfull[start : start + at_once]
        before = _first_turns(choices, seating.room_milli, slots)
        after, lost = _seat(choices, seating, before, rank.ravel())
        np.add.at(seating.lost, (lost.row % len(demand.groups), lost.slot), lost.milli)
        yield Change(before, after, lost)


def _ranks(ids: "pd.Index[str] | tuple[str, ...]") -> NDArray[np.int64]:
    """Give the place of each id among all, sorted."""
    ranks = np.empty(len(ids), np.int64)
    ranks[np.argsort(np.array(ids, dtype=object), kind="stable")] = np.arange(len(ids))
    return ranks


def _first_turns(choices: Choices, room: NDArray[np.int64], slots: NDArray[np.int64]) -> Party:
    """Gather those whose nearest station has a limit."""
    groups = len(choices.coverage.demand.groups)
    parts = []
    limited = np.append(room < NO_LIMIT, False)  # the last: no station
    for block in choices.blocks():
        served = choices.served(block, nth=1)
        people = choices.people(block)[:, slots]
        row, at = np.nonzero(limited[served.option[:, slots]] & (people > 0))
        cell = block.cells[row // groups]
        parts.append(
            Party(
                cell * groups + row % groups,
                slots[at],
                served.entry[row, slots[at]],
                people[row, at],
            )
        )
    return Party(*(np.concatenate(part) for part in zip(*parts, strict=True)))


def _seat(
    choices: Choices, seating: Seating, party: Party, rank: NDArray[np.int64]
) -> tuple[Party, Party]:
    """Seat parties until nobody is turned away any more.

    Parameters
    ----------
    choices
        The stations and ways.
    seating
        `came` and `turned_away` are brought up to date.
    party
        Where people turn first.
    rank
        Order of rows (cell, then group) in which ties are broken.

    Returns
    -------
    after, lost
        Where they sit, and those without a seat.
    """
    room = seating.room_milli
    worst = np.full(seating.came.shape, _ANY_SHARE, np.int64)
    held, nowhere = party, party.where(np.zeros(len(party.row), np.bool_))
    lost = settled = nowhere
    load = _count(party, worst.shape)
    while True:
        full = (load > room[:, None])[option_of(held.entry), held.slot]
        if not full.any():
            return held.and_(settled), lost
        kept, away = _keep_nearest(held.where(full), room, rank, worst)
        turned_away = _count(away, worst.shape)
        seating.turned_away[:] += turned_away
        moved = _go_on(choices, seating, away, worst)
        lost = lost.and_(moved.where(moved.entry < 0))
        moved = moved.where(moved.entry >= 0)
        unlimited = room[option_of(moved.entry)] == NO_LIMIT
        settled = settled.and_(moved.where(unlimited))
        moved = moved.where(~unlimited)
        load += _count(moved, worst.shape) - turned_away
        held = held.where(~full).and_(kept).and_(moved)


def _count(party: Party, shape: tuple[int, ...]) -> NDArray[np.int64]:
    """Count people by station and slot, shape (n, s)."""
    count = np.zeros(shape, np.int64)
    np.add.at(count, (option_of(party.entry), party.slot), party.milli)
    return count


def _keep_nearest(
    party: Party, room: NDArray[np.int64], rank: NDArray[np.int64], worst: NDArray[np.int64]
) -> tuple[Party, Party]:
    """Let overfull stations keep the nearest as far as there is room, and turn the rest away."""
    station = option_of(party.entry)
    place = station * worst.shape[1] + party.slot
    near = (place << _SHARE_ROOM) | parts_of(party.entry)  # one number sorts faster than two
    order = np.lexsort((rank[party.row], near))
    party, station, place = party.where(order), station[order], place[order]
    so_far = np.cumsum(party.milli)
    first = np.searchsorted(place, place)  # where the same station and slot begin
    before = so_far - party.milli - (so_far[first] - party.milli[first])
    stays = np.clip(room[station] - before, 0, party.milli)
    last = (stays < party.milli) & (before <= room[station])  # the first who do not all sit
    worst[station[last], party.slot[last]] = parts_of(party.entry[last])
    kept = party._replace(milli=stays).where(stays > 0)
    goes = party.milli - stays
    return kept, party._replace(milli=goes).where(goes > 0)


def _go_on(choices: Choices, seating: Seating, away: Party, worst: NDArray[np.int64]) -> Party:
    """Send those who were turned away to the next station that may still take them."""
    groups = len(choices.coverage.demand.groups)
    entry = np.empty(len(away.row), np.int64)
    cell = away.row // groups
    order = np.argsort(cell, kind="stable")
    for some in np.array_split(order, 1 + len(order) // 100_000):
        block = choices.block(np.unique(cell[some]))
        at = np.searchsorted(block.cells, cell[some]) * groups + away.row[some] % groups
        entry[some] = next_entries(
            (block.start, block.entry),
            (choices.class_of, choices.serves),
            (at, away.slot[some], away.entry[some], away.milli[some]),
            (seating.came, seating.turned_away, worst),
        )
    return away._replace(entry=entry)
