"""Coverage and draws -> demand rows as each draw has them, counted once for each level of reach.

Cells with the same options in reach are one set, the slots in which the same of them serve one row.
What a row is worth is then a sum over its set of people that a draw changes, times minutes: so a
draw costs no walk over cells and slots. Reach is drawn in LEVELS steps.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from planner.compiled import kernel
from planner.coverage import Coverage
from planner.coverage.rows import number_equal
from planner.siting.doubt.doubts import Draw
from planner.siting.limits.demand_rows import parts_of_year
from planner.travel import served_within
from planner.travel.matrix import csr_from_pairs

__all__ = ["LEVELS", "Scene", "Scenes"]

LEVELS = 5
"""Steps in which reach is drawn, each the middle of an equal part of its range."""

_HASH_SEED = 20_251_122
_MOST_ENTRIES = 100_000_000
"""Options of rows that are kept for the next draw: half a gigabyte or so."""
_Longs = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Demand rows of one draw."""

    serves: csr_array
    """Which options would serve each row that no fixed one serves, shape (r, n); int8."""
    value: _Longs
    """Whole thousandths of a worker-minute a week, above 0, shape (r,)."""
    base: int
    """What fixed options serve."""
    total: int
    """Value of all demand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """Rows of one group at one level of reach."""

    set_of_cell: _Longs
    """Number of the set of options in reach of each cell, shape (m,)."""
    set_of_row: _Longs
    minutes: NDArray[np.int16]
    """Minutes a week of each row in each band, shape (r, b)."""
    serves: tuple[csr_array, ...]
    """Shape (r, n): options that may be chosen, in each part of the year."""
    fixed: csr_array
    """Shape (r, f): options that are there whatever is chosen."""


class _Part(NamedTuple):
    """A part of the year in which the same options can be there."""

    share: float
    options: NDArray[np.bool_]
    fixed: NDArray[np.bool_]


class Scenes:
    """Demand rows of any draw."""

    def __init__(
        self,
        coverage: Coverage,
        options: Sequence[str],
        fixed: Sequence[str],
        *,
        reach_share: float,
    ) -> None:
        """Prepare to count rows.

        Parameters
        ----------
        coverage
            Reach and service of every option.
        options
            Ids of the options that may be chosen; one that is no option of a site (bought
            containers) serves nobody.
        fixed
            Ids of the options that are there unless they are shut.
        reach_share
            How much farther or less far each group may go at most.
        """
        self.coverage, self.reach_share = coverage, reach_share
        known = coverage.options.table.index
        self.options = len(options)
        self.at = np.array([k for k, name in enumerate(options) if name in known], np.int64)
        names = [options[int(k)] for k in self.at]
        self.fixed = len(fixed)
        self.places = coverage.positions_of([*names, *fixed])
        self.columns = np.concatenate([self.at, len(options) + np.arange(len(fixed))])
        weeks = dict(coverage.options.table["weeks"])
        own = [[weeks.get(name, ()) for name in some] for some in (options, fixed)]
        self.parts = [
            _Part(
                (part.share[1] - part.share[0]) / part.share[2],
                np.array([part.holds(each) for each in own[0]], np.bool_),
                np.array([part.holds(each) for each in own[1]], np.bool_),
            )
            for part in parts_of_year(coverage, own[0] + own[1], None)
        ]
        self._blocks: dict[tuple[int, int], _Block] = {}
        self._kept = 0
        self._levels: dict[int, Coverage] = {}
        self.capped: set[str] = set()
        """Modes for which ways are not known as far as reach was drawn."""
        self.people = [coverage.people_of(group) for group in range(len(coverage.demand.groups))]
        self.band_minutes = coverage.demand.band_hours * 60

    def level_of(self, reach: float) -> int:
        """Give the step, 0 to LEVELS - 1, of a place in the range of reach from -1 to 1."""
        if not self.reach_share:
            return LEVELS // 2
        return min(LEVELS - 1, int((reach + 1) / 2 * LEVELS))

    def scene(self, draw: Draw, *, there: NDArray[np.bool_]) -> Scene:
        """Give the rows of a draw.

        Parameters
        ----------
        draw
            People and reach of it.
        there
            Fixed options that are not shut, shape (f,).
        """
        parts, values, base, total = [], [], 0, 0
        there_in = [(there & part.fixed).astype(np.int64) for part in self.parts]
        for group, people in enumerate(self.people):
            block = self._block(group, self.level_of(float(draw.reach[group])))
            drawn = people * draw.people[:, group, None]
            total += int(np.rint(drawn.sum(axis=0) @ self.band_minutes))
            whole = _values(block, drawn)
            for part, fixed, serves in zip(self.parts, there_in, block.serves, strict=True):
                value = np.rint(whole * part.share).astype(np.int64)
                standing = (block.fixed @ fixed) > 0
                base += int(value[standing].sum())
                left = np.flatnonzero(~standing & (value > 0) & (np.diff(serves.indptr) > 0))
                parts.append(serves[left])
                values.append(value[left])
        value = np.concatenate(values)
        # Each value is rounded by itself, so that all together may be a few thousandths above.
        total = max(total, base + int(value.sum()))
        return Scene(serves=vstack(parts, format="csr"), value=value, base=base, total=total)

    def _block(self, group: int, level: int) -> _Block:
        if (group, level) not in self._blocks:
            coverage = self._level(level)
            start, option = coverage.options_in_reach(group, self.places)
            serves = np.equal(coverage.failure[:, group], 0)[coverage.option_class[self.places]]
            block = self._rows(start, option, serves)
            if self._kept + block.serves[0].nnz > _MOST_ENTRIES:
                self._blocks.clear()
                self._kept = 0
            self._blocks[group, level] = block
            self._kept += block.serves[0].nnz
        return self._blocks[group, level]

    def _level(self, level: int) -> Coverage:
        """Give the coverage at a level of reach; a way that is not known that far ends there."""
        if level == LEVELS // 2:
            return self.coverage
        if level not in self._levels:
            times = 1 + self.reach_share * ((2 * level + 1) / LEVELS - 1)
            reach = {}
            for group, ways in self.coverage.ways.items():
                parts = []
                for way in ways:
                    travel = self.coverage.travel[way.mode]
                    if way.reach_m * times > travel.cutoff_m:
                        self.capped.add(way.mode)
                    limit_m = min(way.reach_m * times, travel.cutoff_m)
                    parts.append(served_within(travel, limit_m=limit_m))
                whole = parts[0] if parts else self.coverage.reach[group]
                for part in parts[1:]:
                    whole = whole + part
                reach[group] = whole
            self._levels[level] = replace(self.coverage, reach=reach)
        return self._levels[level]

    def _rows(self, start: _Longs, option: NDArray[np.int32], serves: NDArray[np.bool_]) -> _Block:
        chance = np.random.default_rng(_HASH_SEED)
        marks = chance.integers(0, 2**64, (len(self.places), 2), dtype=np.uint64)
        useful: NDArray[np.bool_] = np.any(serves, axis=1)
        sets, a_cell = number_equal(_hash_lists(start, option, marks * useful[:, None]))
        hashes = _hash_slots(start, option, marks, serves, a_cell)
        row_set, row_slot, row_of = _merge(hashes)
        by_band = np.zeros((len(row_set), len(self.band_minutes)), np.int16)
        slots = (self.coverage.slot_minutes, self.coverage.slot_band.astype(np.int64))
        _sum_minutes(row_of, slots, by_band)
        size, found = _members(start, option, serves, a_cell[row_set], row_slot)
        row = np.repeat(np.arange(len(size)), size)
        columns = self.columns[found]
        chosen = columns < self.options
        ones = np.ones(len(row), np.int8)
        serves = csr_from_pairs(
            row[chosen], columns[chosen], ones[chosen], (len(size), self.options)
        )
        fixed = (row[~chosen], columns[~chosen] - self.options)
        return _Block(
            set_of_cell=sets,
            set_of_row=row_set,
            minutes=by_band,
            serves=tuple(_within(serves, part.options) for part in self.parts),
            fixed=csr_from_pairs(*fixed, np.ones(len(fixed[0]), np.int64), (len(size), self.fixed)),
        )


def _within(serves: csr_array, there: NDArray[np.bool_]) -> csr_array:
    """Leave out options that are not there in a part of the year."""
    if there.all():
        return serves
    kept = serves.copy()
    kept.data = kept.data * there[kept.indices].astype(np.int8)
    kept.eliminate_zeros()
    return kept


def _values(block: _Block, people: NDArray[np.float64]) -> _Longs:
    """Sum what each row is worth: people of its set in each band times its minutes there."""
    sets = int(block.set_of_cell.max(initial=-1)) + 1
    of_set = np.zeros((sets, people.shape[1]))
    _sum_sets(block.set_of_cell, people, of_set)
    value = np.empty(len(block.set_of_row))
    _weigh(of_set, block.set_of_row, block.minutes, value)
    return np.rint(value).astype(np.int64)


@kernel
def _sum_sets(set_of_cell: _Longs, people: NDArray[np.float64], sums: NDArray[np.float64]) -> None:
    """Add the people of each cell to those of its set, by band."""
    for cell in range(len(set_of_cell)):
        for band in range(people.shape[1]):
            sums[set_of_cell[cell], band] += people[cell, band]


@kernel
def _weigh(
    of_set: NDArray[np.float64],
    set_of_row: _Longs,
    minutes: NDArray[np.int16],
    value: NDArray[np.float64],
) -> None:
    """Multiply the people of the set of each row by its minutes, over the bands."""
    for row in range(len(set_of_row)):
        total = 0.0
        for band in range(minutes.shape[1]):
            total += of_set[set_of_row[row], band] * minutes[row, band]
        value[row] = total


@kernel
def _hash_lists(
    start: _Longs, option: NDArray[np.int32], marks: NDArray[np.uint64]
) -> NDArray[np.uint64]:
    """Sum the marks of the options of each list, shape (m, 2)."""
    hashes = np.zeros((len(start) - 1, 2), np.uint64)
    for cell in range(len(hashes)):
        for at in range(start[cell], start[cell + 1]):
            hashes[cell, 0] += marks[option[at], 0]
            hashes[cell, 1] += marks[option[at], 1]
    return hashes


@kernel
def _hash_slots(
    start: _Longs,
    option: NDArray[np.int32],
    marks: NDArray[np.uint64],
    serves: NDArray[np.bool_],
    cells: _Longs,
) -> NDArray[np.uint64]:
    """Sum the marks of the options that serve some cells in each slot, shape (c, s, 2)."""
    hashes = np.zeros((len(cells), serves.shape[1], 2), np.uint64)
    for row in range(len(cells)):
        for at in range(start[cells[row]], start[cells[row] + 1]):
            for slot in range(serves.shape[1]):
                if serves[option[at], slot]:
                    hashes[row, slot, 0] += marks[option[at], 0]
                    hashes[row, slot, 1] += marks[option[at], 1]
    return hashes


@kernel
def _merge(hashes: NDArray[np.uint64]) -> tuple[_Longs, _Longs, _Longs]:
    """Make one row of the slots of a set in which the same options serve.

    Gives the set and a slot of each row, and the row of each set and slot (-1: nobody serves).
    """
    sets, slots = hashes.shape[0], hashes.shape[1]
    row_of = np.full((sets, slots), -1, np.int64)
    of_set = np.empty(sets * slots, np.int64)
    a_slot = np.empty(sets * slots, np.int64)
    rows = 0
    for one in range(sets):
        first = rows
        for slot in range(slots):
            low, high = hashes[one, slot]
            if low == 0 and high == 0:
                continue
            row = first
            while row < rows and (
                hashes[one, a_slot[row], 0] != low or hashes[one, a_slot[row], 1] != high
            ):
                row += 1
            if row == rows:
                of_set[rows], a_slot[rows] = one, slot
                rows += 1
            row_of[one, slot] = row
    return of_set[:rows].copy(), a_slot[:rows].copy(), row_of


@kernel
def _sum_minutes(row_of: _Longs, slots: tuple[_Longs, _Longs], by_band: NDArray[np.int16]) -> None:
    """Add the minutes of each slot to the row that it is of, by band."""
    minutes, band = slots
    for one in range(row_of.shape[0]):
        for slot in range(row_of.shape[1]):
            if row_of[one, slot] >= 0:
                by_band[row_of[one, slot], band[slot]] += minutes[slot]


@kernel
def _members(
    start: _Longs,
    option: NDArray[np.int32],
    serves: NDArray[np.bool_],
    cells: _Longs,
    slots: _Longs,
) -> tuple[_Longs, NDArray[np.int32]]:
    """List the options that serve each cell in its slot: how many, and which, ascending."""
    sizes = np.zeros(len(cells), np.int64)
    for row in range(len(cells)):
        for at in range(start[cells[row]], start[cells[row] + 1]):
            sizes[row] += serves[option[at], slots[row]]
    members = np.empty(sizes.sum(), np.int32)
    last = 0
    for row in range(len(cells)):
        for at in range(start[cells[row]], start[cells[row] + 1]):
            if serves[option[at], slots[row]]:
                members[last] = option[at]
                last += 1
    return sizes, members
