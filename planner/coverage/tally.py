"""Coverage and the options that are there -> people by slot and cell, by what becomes of them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.compiled import kernel
from planner.coverage.factors import REASONS, Coverage
from planner.coverage.rows import SlotWeights
from planner.coverage.year import WHOLE_YEAR

__all__ = [
    "COLUMNS",
    "OUTCOMES",
    "PLACE",
    "WHOLE_WEIGHT",
    "Tally",
    "part_of_row",
    "tally_options",
]

OUTCOMES = ("served", *REASONS, "out_of_reach")
"""What becomes of a worker-hour; each has one of these."""

COLUMNS = (*OUTCOMES, "backup", "graded")
"""What is counted: the outcomes, then what two open stations serve at once, then what is served
times its weight by the length of the way, in ten-thousandths."""

PLACE: Mapping[str, int] = {name: place for place, name in enumerate(COLUMNS)}

WHOLE_WEIGHT = 10_000
"""Weight of a worker whose way does not lessen the worth of a station."""

_OUT_OF_REACH = PLACE["out_of_reach"]
_BACKUP = PLACE["backup"]
_NOBODY = 255
"""Above every failure: no option is in reach."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What becomes of all demand; k is the number of COLUMNS."""

    by_slot: NDArray[np.int64]
    """Thousandths of a person in each slot, shape (g groups, s slots, k); of a part of the year
    times its weeks."""
    by_cell: NDArray[np.int64]
    """Thousandths of a worker-minute a week, shape (m cells, k); of a part of the year what falls
    into it."""


def tally_options(
    coverage: Coverage,
    places: NDArray[np.int64],
    *,
    share: tuple[int, int, int] = WHOLE_YEAR,
) -> Tally:
    """Count what becomes of all demand if nobody is turned away and every way is as good.

    Parameters
    ----------
    coverage
        Reach and service of every option.
    places
        Places in options.table of the options that are there.
    share
        Part of the year that is counted, see `Coverage.merged_rows`.
    """
    cells, groups = len(coverage.demand.cells), len(coverage.demand.groups)
    slots = SlotWeights(coverage.slot_minutes, coverage.slot_band.astype(np.int64))
    by_slot = np.zeros((groups, len(slots.minutes), len(COLUMNS)), np.int64)
    by_cell = np.zeros((cells, len(COLUMNS)), np.int64)
    for group in range(groups):
        start, option = coverage.options_in_reach(group, places)
        _tally(
            (start, coverage.option_class[places][option]),
            np.ascontiguousarray(coverage.failure[:, group]),
            coverage.people_of(group),
            slots,
            np.array(share, np.int64),
            (by_cell, by_slot[group]),
        )
    for counted in (by_slot, by_cell):
        counted[..., PLACE["graded"]] = counted[..., PLACE["served"]] * WHOLE_WEIGHT
    return Tally(by_slot, by_cell)


@kernel
def part_of_row(value: int, share: NDArray[np.int64]) -> int:
    """Give what of a row falls into a part of the year, split as `Coverage.merged_rows` does."""
    if share[2] == 1:
        return value
    return int(value * share[1] // share[2] - value * share[0] // share[2])


@kernel
def _tally(
    in_reach: tuple[NDArray[np.int64], NDArray[np.int32]],
    failure: NDArray[np.uint8],
    people: NDArray[np.int64],
    slots: SlotWeights,
    share: NDArray[np.int64],
    counted: tuple[NDArray[np.int64], NDArray[np.int64]],
) -> None:
    """Give the people of each cell and slot the outcome of the option in reach that fails least."""
    start, kind = in_reach
    by_cell, by_slot = counted
    weeks = share[1] - share[0]
    times = np.zeros(len(failure), np.int64)  # options of each class in reach of the cell
    kinds = np.empty(len(failure), np.int64)
    best = np.empty(len(slots.minutes), np.uint8)
    serving = np.empty(len(slots.minutes), np.int64)
    for cell in range(len(start) - 1):
        best[:] = _NOBODY
        serving[:] = 0
        found = 0
        for at in range(start[cell], start[cell + 1]):
            if times[kind[at]] == 0:
                kinds[found] = kind[at]
                found += 1
            times[kind[at]] += 1
        for one in kinds[:found]:
            for slot in range(len(best)):
                best[slot] = min(best[slot], failure[one, slot])
                serving[slot] += times[one] * (failure[one, slot] == 0)
            times[one] = 0
        for slot in range(len(best)):
            outcome = _OUT_OF_REACH if best[slot] == _NOBODY else best[slot] & 7
            there = people[cell, slots.band[slot]]
            value = part_of_row(there * slots.minutes[slot], share)
            there *= weeks
            by_slot[slot, outcome] += there
            by_cell[cell, outcome] += value
            if serving[slot] > 1:
                by_slot[slot, _BACKUP] += there
                by_cell[cell, _BACKUP] += value
