"""Coverage, stations and rules of service -> the tally with seats counted and ways weighed."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from planner.compiled import kernel
from planner.coverage.choices import Choices
from planner.coverage.decay import weights_of
from planner.coverage.entries import share_of
from planner.coverage.factors import REASONS, Coverage
from planner.coverage.seating import Party, seat_workers
from planner.coverage.tally import PLACE, Tally, tally_options
from planner.coverage.year import WHOLE_YEAR, cut_year, part_of
from planner.district.settings import ServiceRules

__all__ = ["tally_service"]

_CLOSED_ALONE = 8 + 1 + REASONS.index("closed")
"""Failure of a station that is closed and fails nothing else."""
_TURNED_AWAY = [PLACE["closed"], PLACE["full"]]
"""What becomes of those who find no seat."""


def tally_service(coverage: Coverage, options: Sequence[str], *, service: ServiceRules) -> Tally:
    """Count what becomes of all demand under the rules of service.

    An option that is there in some weeks of the year counts in these alone; the tally is that of a
    week on average over the year (over `Coverage.planned_weeks`, where they are known). Who finds
    no seat has the reason "full", or "closed" where a station in reach fails in that alone, since
    closed comes first among equals.

    Raises
    ------
    ValueError
        If an option is not known, or a rule is out of its range.
    """
    places = coverage.positions_of(options)
    weeks = coverage.options.table["weeks"].to_numpy()
    own = weeks[places]
    if not any(own):
        return _tally_part(coverage, options, service=service)
    parts = cut_year(weeks, planned=coverage.planned_weeks)
    found = [
        _tally_part(
            coverage,
            [option for option, its in zip(options, own, strict=True) if part.holds(its)],
            service=service,
            share=part.share,
        )
        for part in parts
    ]
    weeks_all = parts[0].share[2]
    by_slot = np.sum([tally.by_slot for tally in found], axis=0)
    return Tally(
        (2 * by_slot + weeks_all) // (2 * weeks_all),  # to the nearest thousandth of a person
        np.sum([tally.by_cell for tally in found], axis=0),
    )


def _tally_part(
    coverage: Coverage,
    options: Sequence[str],
    *,
    service: ServiceRules,
    share: tuple[int, int, int] = WHOLE_YEAR,
) -> Tally:
    """Count what becomes of demand in a part of the year, in which these options are there."""
    tally = tally_options(coverage, coverage.positions_of(options), share=share)
    graded = service.decay != "none"
    if not (graded or service.count_seats):
        return tally
    choices = Choices.of(coverage, options)
    more = Tally(np.zeros_like(tally.by_slot), np.zeros_like(tally.by_cell))
    if graded:
        for counted in (tally.by_slot, tally.by_cell):
            counted[..., PLACE["graded"]] = 0
        _grade(choices, more, service.decay)
    if service.count_seats:
        _, changes = seat_workers(choices, service=service)
        for change in changes:
            for party, sign in ((change.before, -1), (change.after, 1)):
                weight = weights_of(share_of(party.entry), decay=service.decay)
                _add(coverage, more, party, PLACE["graded"], sign * weight)
            shut = _closed_near(choices, change.lost)
            _add(coverage, more, change.lost.where(shut), PLACE["closed"], 1)
            _add(coverage, more, change.lost.where(~shut), PLACE["full"], 1)
    for counted, new in (
        (tally.by_slot, more.by_slot * (share[1] - share[0])),
        (tally.by_cell, part_of(more.by_cell, share)),
    ):
        np.add(counted, new, out=counted)
        counted[..., PLACE["served"]] -= new[..., _TURNED_AWAY].sum(axis=-1)
    return tally


def _grade(choices: Choices, tally: Tally, decay: str) -> None:
    """Weigh everybody's way to the nearest station that serves."""
    groups = len(choices.coverage.demand.groups)
    place = PLACE["graded"]
    for block in choices.blocks():
        entry = choices.served(block, nth=1).entry
        weight = np.where(entry >= 0, weights_of(share_of(entry), decay=decay), 0)
        worth = (choices.people(block) * weight).reshape(len(block.cells), groups, -1)
        tally.by_slot[..., place] += worth.sum(axis=0)
        of_group = worth @ choices.coverage.slot_minutes
        tally.by_cell[block.cells, place] += of_group.sum(axis=1)


def _add(
    coverage: Coverage,
    tally: Tally,
    party: Party,
    place: int,
    times: int | NDArray[np.int64],
) -> None:
    """Add people to a column of a tally, each so many times."""
    cell, group = np.divmod(party.row, len(coverage.demand.groups))
    milli = party.milli * times
    np.add.at(tally.by_slot[..., place], (group, party.slot), milli)
    np.add.at(tally.by_cell[:, place], cell, milli * coverage.slot_minutes[party.slot])


def _closed_near(choices: Choices, party: Party) -> NDArray[np.bool_]:
    """Say for whom a station in reach fails in nothing but that it is closed, shape (q,)."""
    coverage = choices.coverage
    cell, group = np.divmod(party.row, len(coverage.demand.groups))
    found = np.zeros(len(cell), np.bool_)
    for one in np.unique(group):
        mine = np.flatnonzero(group == one)
        start, option = coverage.options_in_reach(int(one), choices.places)
        alone = np.equal(coverage.failure[:, one], _CLOSED_ALONE)
        found[mine] = _any_of(
            (start, choices.class_of[option]), alone, cell[mine], party.slot[mine]
        )
    return found


@kernel
def _any_of(
    in_reach: tuple[NDArray[np.int64], NDArray[np.int32]],
    alone: NDArray[np.bool_],
    cell: NDArray[np.int64],
    slot: NDArray[np.int64],
) -> NDArray[np.bool_]:
    """Say where any class in reach of a cell is marked in a slot."""
    start, kind = in_reach
    found = np.zeros(len(cell), np.bool_)
    for one in range(len(cell)):
        for at in range(start[cell[one]], start[cell[one] + 1]):
            if alone[kind[at], slot[one]]:
                found[one] = True
                break
    return found
