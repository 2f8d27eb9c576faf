"""Reach and service of candidates -> demand rows merged by who of the candidates serves them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from planner.compiled import kernel

__all__ = ["GroupFactors", "MergedRows", "RowParts", "SlotWeights", "join_rows", "number_equal"]

_HASH_SEED = 20_250_107


class RowParts(NamedTuple):
    """Whose demand stands in merged rows, by group and class of cell."""

    row: NDArray[np.int64]
    """Place in the merged rows, shape (q,)."""
    group: NDArray[np.int64]
    cell_class: NDArray[np.int64]
    value_milli: NDArray[np.int64]
    """Above 0; all of a row add up to its value."""
    base_milli: NDArray[np.int64]
    """What the fixed options serve, shape (g groups, k classes)."""
    total_milli: NDArray[np.int64]
    """Value of all demand, shape (g, k)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedRows:
    """Demand that candidates can serve, one row a set of candidates."""

    options: tuple[str, ...]
    """Option ids of the candidates, as given."""
    serves: csr_array
    """Booleans (only stored trues), shape (n options, r rows), sorted indices; no two rows have the
    same options, and each has at least one."""
    value_milli: NDArray[np.int64]
    """Value of each row, whole thousandths of a worker-minute a week, above 0, shape (r,)."""
    base_milli: int
    """Value that the fixed options serve."""
    total_milli: int
    """Value of all demand, also that which nobody serves."""
    parts: RowParts | None = None
    """The same by group and class of cell, where classes were given."""

    def __post_init__(self) -> None:
        """Check that the values do not exceed the whole."""
        if self.base_milli + int(self.value_milli.sum()) > self.total_milli:
            raise ValueError("rows and base exceed the value of all demand")


class GroupFactors(NamedTuple):
    """Reach and service for one group, as the kernels take them."""

    start: NDArray[np.int64]
    """Where the candidates in reach of each cell begin in `candidate`, shape (m cells + 1,)."""
    candidate: NDArray[np.int32]
    """Places of candidates, ascending within a cell."""
    fixed_start: NDArray[np.int64]
    """Where the fixed options in reach of each cell begin in `fixed_class`, shape (m + 1,)."""
    fixed_class: NDArray[np.int32]
    """Class of each fixed option in reach."""
    class_of: NDArray[np.int32]
    """Class of each candidate, shape (n,)."""
    serves: NDArray[np.bool_]
    """Whether a class serves the group in a slot, shape (k, s)."""
    people: NDArray[np.int64]
    """Thousandths of a person in each band, shape (m cells, b)."""


class SlotWeights(NamedTuple):
    """What a slot is worth, as the kernels take it."""

    minutes: NDArray[np.int64]
    """Minutes a week, shape (s,)."""
    band: NDArray[np.int64]
    """Band of demand, shape (s,)."""


class _Where(NamedTuple):
    """A group, cell and slot that the same options serve as a row, shape (r,) each."""

    group: NDArray[np.int64]
    cell: NDArray[np.int64]
    slot: NDArray[np.int64]


class _Rows(NamedTuple):
    """Rows found in one group."""

    hashes: NDArray[np.uint64]
    """Two independent 64-bit sums over the options that serve, shape (r, 2)."""
    value: NDArray[np.int64]
    """Thousandths of a worker-minute a week, shape (r,)."""
    cell: NDArray[np.int64]
    """A cell and a slot in which these options serve, shape (r,) each."""
    slot: NDArray[np.int64]
    cell_class: NDArray[np.int64]
    """Class of that cell, shape (r,)."""


class _Split(NamedTuple):
    """By what demand is told apart."""

    cell_class: NDArray[np.int64]
    """From 0, shape (m cells,)."""
    classes: int
    year: NDArray[np.int64]
    """First week counted from 0, the week after the last, and the weeks of a year, shape (3,)."""


def join_rows(
    options: tuple[str, ...],
    groups: Sequence[GroupFactors],
    slots: SlotWeights,
    *,
    cell_class: NDArray[np.int64] | None = None,
    weeks: tuple[int, int, int] = (0, 1, 1),
) -> MergedRows:
    """Join reach and service of all groups into merged rows.

    Sets of options are told apart by two 64-bit sums of random numbers drawn for each option: two
    sets are taken for one with a chance below 1 in 10^24 even among 10 million. Rows are sorted by
    these sums, which depend on the order of the options alone.

    Parameters
    ----------
    options
        Ids of the candidates, shape (n,).
    groups
        The factors of each group.
    slots
        Minutes and band of each slot.
    cell_class
        A whole number from 0 for each cell, by which (and by group) the rows are taken apart in
        `parts`, shape (m cells,); None: they are not.
    weeks
        Part of the year that is counted, see `Coverage.merged_rows`.
    """
    random = np.random.default_rng(_HASH_SEED)
    marks = random.integers(0, 2**64, (len(options), 2), dtype=np.uint64)
    split = _split(groups, cell_class, weeks)
    found = [_group_rows(factors, marks, slots, split) for factors in groups]
    parts = [rows for rows, _, _ in found]
    base, total = (np.array([each[at] for each in found], np.int64) for at in (1, 2))
    of_group = np.repeat(np.arange(len(parts)), [len(rows.value) for rows in parts])
    hashes = np.concatenate([rows.hashes for rows in parts])
    same, first = number_equal(hashes)
    values = np.concatenate([rows.value for rows in parts])
    value = np.zeros(len(first), np.int64)
    np.add.at(value, same, values)
    order = np.lexsort((hashes[first, 1], hashes[first, 0]))
    wanted = first[order]
    where = _Where(
        of_group[wanted],
        np.concatenate([rows.cell for rows in parts])[wanted],
        np.concatenate([rows.slot for rows in parts])[wanted],
    )
    classes = np.concatenate([rows.cell_class for rows in parts])
    told = RowParts(np.argsort(order)[same], of_group, classes, values, base, total)
    return MergedRows(
        options=options,
        serves=_who_serves(groups, where, len(options)),
        value_milli=value[order],
        base_milli=int(base.sum()),
        total_milli=int(total.sum()),
        parts=None if cell_class is None else told,
    )


def _split(
    groups: Sequence[GroupFactors],
    cell_class: NDArray[np.int64] | None,
    weeks: tuple[int, int, int],
) -> _Split:
    """Say by what demand is told apart; one class of cells where none were given."""
    cells = len(groups[0].start) - 1 if groups else 0
    of_cell = np.zeros(cells, np.int64) if cell_class is None else cell_class.astype(np.int64)
    classes = int(of_cell.max()) + 1 if len(of_cell) else 1
    return _Split(of_cell, classes, np.array(weeks, np.int64))


def _group_rows(
    factors: GroupFactors, marks: NDArray[np.uint64], slots: SlotWeights, split: _Split
) -> tuple[_Rows, NDArray[np.int64], NDArray[np.int64]]:
    """Find the rows of one group; also what its fixed options serve, and its demand, by class.

    Cells of a class with the same candidates in reach are one first; then slots with the same of
    them serving.
    """
    sets, a_cell = number_equal(_hash_sets(factors, marks))
    if split.classes > 1:
        _, a_cell, sets = np.unique(
            sets * split.classes + split.cell_class, return_index=True, return_inverse=True
        )
    weight, base, total = _weigh(factors, slots, sets, len(a_cell), split)
    hashes = _hash_slots(factors, marks, a_cell)
    _merge_slots(hashes, weight)
    number, slot = np.nonzero(weight)
    cell = a_cell[number]
    rows = _Rows(hashes[number, slot], weight[number, slot], cell, slot, split.cell_class[cell])
    return rows, base, total


def _who_serves(groups: Sequence[GroupFactors], rows: _Where, options: int) -> csr_array:
    """Read again which options serve each row, shape (n options, r rows)."""
    columns, members = [np.empty(0, np.int64)], [np.empty(0, np.int32)]
    for group, factors in enumerate(groups):
        mine = np.flatnonzero(rows.group == group)
        sizes, found = _members(factors, rows.cell[mine], rows.slot[mine])
        columns.append(np.repeat(mine, sizes))
        members.append(found)
    row, column = np.concatenate(members), np.concatenate(columns)
    order = np.lexsort((column, row))
    start = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=options))]).astype(np.int32)
    return csr_array(
        (np.ones(len(row), np.bool_), column[order].astype(np.int32), start),
        shape=(options, len(rows.group)),
    )


@kernel
def number_equal(hashes: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give equal pairs one number, in order of their first place.

    Returns
    -------
    number, first
        The number of each row, shape (r,), and the first row of each number.
    """
    size = 16
    while size < 2 * len(hashes):
        size *= 2
    table = np.full(size, -1, np.int64)
    number = np.empty(len(hashes), np.int64)
    first = np.empty(len(hashes), np.int64)
    found = 0
    for row in range(len(hashes)):
        place = np.int64(hashes[row, 0] & np.uint64(size - 1))
        while table[place] >= 0 and (
            hashes[first[table[place]], 0] != hashes[row, 0]
            or hashes[first[table[place]], 1] != hashes[row, 1]
        ):
            place = (place + 1) & (size - 1)
        if table[place] < 0:
            table[place] = found
            first[found] = row
            found += 1
        number[row] = table[place]
    return number, first[:found].copy()


@kernel
def _hash_sets(factors: GroupFactors, marks: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Sum the marks of the candidates in reach of each cell, shape (m cells, 2)."""
    cells = len(factors.start) - 1
    hashes = np.zeros((cells, 2), np.uint64)
    for cell in range(cells):
        for at in range(factors.start[cell], factors.start[cell + 1]):
            hashes[cell, 0] += marks[factors.candidate[at], 0]
            hashes[cell, 1] += marks[factors.candidate[at], 1]
    return hashes


@kernel
def _weigh(
    factors: GroupFactors,
    slots: SlotWeights,
    sets: NDArray[np.int64],
    set_count: int,
    split: _Split,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Sum the value that no fixed option serves by set and slot.

    Also what the fixed options serve, and all, both by class of cell.
    """
    first_week, end_week, weeks = split.year[0], split.year[1], split.year[2]
    weight = np.zeros((set_count, len(slots.minutes)), np.int64)
    base = np.zeros(split.classes, np.int64)
    total = np.zeros(split.classes, np.int64)
    served = np.zeros(len(slots.minutes), np.bool_)
    for cell in range(len(sets)):
        for slot in range(len(served)):
            served[slot] = False
        for at in range(factors.fixed_start[cell], factors.fixed_start[cell + 1]):
            for slot in range(len(served)):
                served[slot] |= factors.serves[factors.fixed_class[at], slot]
        for slot in range(len(served)):
            whole = factors.people[cell, slots.band[slot]] * slots.minutes[slot]
            value = whole
            if weeks > 1:
                value = whole * end_week // weeks - whole * first_week // weeks
            total[split.cell_class[cell]] += value
            if served[slot]:
                base[split.cell_class[cell]] += value
            else:
                weight[sets[cell], slot] += value
    return weight, base, total


@kernel
def _hash_slots(
    factors: GroupFactors, marks: NDArray[np.uint64], cells: NDArray[np.int64]
) -> NDArray[np.uint64]:
    """Sum the marks of the candidates that serve some cells in each slot, shape (c, s, 2)."""
    hashes = np.zeros((len(cells), factors.serves.shape[1], 2), np.uint64)
    for row in range(len(cells)):
        for at in range(factors.start[cells[row]], factors.start[cells[row] + 1]):
            candidate = factors.candidate[at]
            kind = factors.class_of[candidate]
            for slot in range(hashes.shape[1]):
                if factors.serves[kind, slot]:
                    hashes[row, slot, 0] += marks[candidate, 0]
                    hashes[row, slot, 1] += marks[candidate, 1]
    return hashes


@kernel
def _merge_slots(hashes: NDArray[np.uint64], weight: NDArray[np.int64]) -> None:
    """Move the weight of each set and slot to the first slot of the set in which the same serve.

    Where nobody serves the weight is dropped.
    """
    for row in range(len(weight)):
        for slot in range(weight.shape[1]):
            low, high = hashes[row, slot]
            moved = weight[row, slot]
            weight[row, slot] = 0
            if moved == 0 or (low == 0 and high == 0):
                continue
            first = 0
            while hashes[row, first, 0] != low or hashes[row, first, 1] != high:
                first += 1
            weight[row, first] += moved


@kernel
def _members(
    factors: GroupFactors, cells: NDArray[np.int64], slots: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """List the candidates that serve each cell in its slot: how many, and which, ascending."""
    sizes = np.zeros(len(cells), np.int64)
    for row in range(len(cells)):
        for at in range(factors.start[cells[row]], factors.start[cells[row] + 1]):
            sizes[row] += factors.serves[factors.class_of[factors.candidate[at]], slots[row]]
    members = np.empty(sizes.sum(), np.int32)
    last = 0
    for row in range(len(cells)):
        for at in range(factors.start[cells[row]], factors.start[cells[row] + 1]):
            candidate = factors.candidate[at]
            if factors.serves[factors.class_of[candidate], slots[row]]:
                members[last] = candidate
                last += 1
    return sizes, members
