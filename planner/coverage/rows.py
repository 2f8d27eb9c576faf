"""Reach and service of candidates -> demand rows merged by the set of candidates that serve
them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from planner.compiled import kernel

__all__ = ["GroupFactors", "MergedRows", "SlotWeights", "join_rows"]

_HASH_SEED = 20_250_107


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
    """Where the fixed options in reach of each cell begin in `fixed_class`, shape (m cells +
    1,)."""
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


class _Found(NamedTuple):
    """Rows found: the hash of the set, the value, and where the set can be read again."""

    hashes: NDArray[np.uint64]
    """Two independent 64-bit sums over the options of the set, shape (r, 2)."""
    value: NDArray[np.int64]
    cell: NDArray[np.int64]
    slot: NDArray[np.int64]


def join_rows(
    options: tuple[str, ...], groups: Sequence[GroupFactors], slots: SlotWeights
) -> MergedRows:
    """Join reach and service of all groups into merged rows.

    A set of options is told from another by two 64-bit sums of random numbers drawn for each
    option, so that two sets are taken for one with a chance below 1 in 10^24 even with 10 million
    rows. Rows are sorted by these sums, which depend on the options alone.
    """
    random = np.random.default_rng(_HASH_SEED)
    marks = random.integers(0, 2**64, (len(options), 2), dtype=np.uint64)
    found, base, total = [], 0, 0
    for factors in groups:
        sets, representative = _group_equal(_hash_sets(factors, marks))
        weight, served, whole = _weigh(factors, slots, sets, len(representative))
        base, total = base + int(served), total + int(whole)
        found.append(_Found(*_split_by_service(factors, marks, weight, representative)))
    of_group = np.repeat(np.arange(len(found)), [len(rows.value) for rows in found])
    rows = _Found(*map(np.concatenate, zip(*found, strict=True)))
    same, first = _group_equal(rows.hashes)
    value = np.zeros(len(first), np.int64)
    np.add.at(value, same, rows.value)
    order = np.lexsort((rows.hashes[first, 1], rows.hashes[first, 0]))
    serves = _read_members(groups, rows, of_group, first[order])
    return MergedRows(
        options=options,
        serves=csr_array(serves.T.tocsr()) if len(order) else _no_rows(len(options)),
        value_milli=value[order],
        base_milli=base,
        total_milli=total,
    )


def _no_rows(options: int) -> csr_array:
    return csr_array((options, 0), dtype=np.bool_)


def _read_members(
    groups: Sequence[GroupFactors],
    rows: _Found,
    of_group: NDArray[np.int64],
    wanted: NDArray[np.int64],
) -> csr_array:
    """Read the options of the wanted rows again, shape (r rows, n options)."""
    count = np.zeros(len(wanted), np.int64)
    parts = []
    for group, factors in enumerate(groups):
        mine = np.flatnonzero(of_group[wanted] == group)
        at = wanted[mine]
        sizes, members = _members(factors, rows.cell[at], rows.slot[at])
        count[mine] = sizes
        parts.append((mine, sizes, members))
    start = np.concatenate([[0], np.cumsum(count)])
    index = np.empty(start[-1], np.int32)
    for mine, sizes, members in parts:
        if len(mine):
            inside = np.arange(len(members)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
            index[np.repeat(start[mine], sizes) + inside] = members
    return csr_array(
        (np.ones(len(index), np.bool_), index, start),
        shape=(len(wanted), len(groups[0].class_of)),
    )


@kernel
def _group_equal(hashes: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Number equal pairs in order of their first place: the number of each row, and the first row
    of each number."""
    size = 16
    while size < 2 * len(hashes):
        size *= 2
    table = np.full(size, -1, np.int64)
    number = np.empty(len(hashes), np.int64)
    first = np.empty(len(hashes), np.int64)
    found = 0
    for row in range(len(hashes)):
        slot = np.int64(hashes[row, 0] & np.uint64(size - 1))
        while True:
            other = table[slot]
            if other < 0:
                table[slot] = found
                first[found] = row
                number[row] = found
                found += 1
                break
            known = first[other]
            if hashes[known, 0] == hashes[row, 0] and hashes[known, 1] == hashes[row, 1]:
                number[row] = other
                break
            slot = (slot + 1) & (size - 1)
    return number, first[:found].copy()


@kernel
def _hash_sets(factors: GroupFactors, marks: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Sum the marks of the candidates in reach of each cell."""
    cells = len(factors.start) - 1
    hashes = np.zeros((cells, 2), np.uint64)
    for cell in range(cells):
        for at in range(factors.start[cell], factors.start[cell + 1]):
            hashes[cell, 0] += marks[factors.candidate[at], 0]
            hashes[cell, 1] += marks[factors.candidate[at], 1]
    return hashes


@kernel
def _weigh(
    factors: GroupFactors, slots: SlotWeights, sets: NDArray[np.int64], set_count: int
) -> tuple[NDArray[np.int64], int, int]:
    """Sum the value that no fixed option serves by set and slot; also what the fixed serve, and
    all."""
    weight = np.zeros((set_count, len(slots.minutes)), np.int64)
    base = 0
    total = 0
    served = np.zeros(len(slots.minutes), np.bool_)
    for cell in range(len(sets)):
        served[:] = False
        for at in range(factors.fixed_start[cell], factors.fixed_start[cell + 1]):
            served |= factors.serves[factors.fixed_class[at]]
        for slot in range(len(slots.minutes)):
            value = factors.people[cell, slots.band[slot]] * slots.minutes[slot]
            total += value
            if served[slot]:
                base += value
            else:
                weight[sets[cell], slot] += value
    return weight, base, total


@kernel
def _split_by_service(
    factors: GroupFactors,
    marks: NDArray[np.uint64],
    weight: NDArray[np.int64],
    representative: NDArray[np.int64],
) -> tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Split each set in reach by who of it serves in which slot, and merge equal slots of a set."""
    classes, slots = factors.serves.shape
    of_class = np.zeros((classes, 2), np.uint64)
    present = np.empty(classes, np.int64)
    seen = np.zeros(classes, np.bool_)
    room = 64
    hashes = np.empty((room, 2), np.uint64)
    value = np.empty(room, np.int64)
    cells = np.empty(room, np.int64)
    at_slot = np.empty(room, np.int64)
    rows = 0
    for number in range(len(representative)):
        cell = representative[number]
        found = 0
        for at in range(factors.start[cell], factors.start[cell + 1]):
            candidate = factors.candidate[at]
            kind = factors.class_of[candidate]
            if not seen[kind]:
                seen[kind] = True
                of_class[kind] = 0
                present[found] = kind
                found += 1
            of_class[kind, 0] += marks[candidate, 0]
            of_class[kind, 1] += marks[candidate, 1]
        first_row = rows
        for slot in range(slots):
            if weight[number, slot] == 0:
                continue
            low = np.uint64(0)
            high = np.uint64(0)
            some = False
            for place in range(found):
                kind = present[place]
                if factors.serves[kind, slot]:
                    some = True
                    low += of_class[kind, 0]
                    high += of_class[kind, 1]
            if not some:
                continue
            row = first_row
            while row < rows and not (hashes[row, 0] == low and hashes[row, 1] == high):
                row += 1
            if row < rows:
                value[row] += weight[number, slot]
                continue
            if rows == room:
                room *= 2
                hashes = np.concatenate((hashes, np.empty_like(hashes)))
                value = np.concatenate((value, np.empty_like(value)))
                cells = np.concatenate((cells, np.empty_like(cells)))
                at_slot = np.concatenate((at_slot, np.empty_like(at_slot)))
            hashes[rows, 0] = low
            hashes[rows, 1] = high
            value[rows] = weight[number, slot]
            cells[rows] = cell
            at_slot[rows] = slot
            rows += 1
        for place in range(found):
            seen[present[place]] = False
    return hashes[:rows].copy(), value[:rows].copy(), cells[:rows].copy(), at_slot[:rows].copy()


@kernel
def _members(
    factors: GroupFactors, cells: NDArray[np.int64], slots: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """List the candidates in reach of each cell that serve in its slot: how many, and which."""
    sizes = np.zeros(len(cells), np.int64)
    for row in range(len(cells)):
        for at in range(factors.start[cells[row]], factors.start[cells[row] + 1]):
            kind = factors.class_of[factors.candidate[at]]
            if factors.serves[kind, slots[row]]:
                sizes[row] += 1
    members = np.empty(sizes.sum(), np.int32)
    last = 0
    for row in range(len(cells)):
        for at in range(factors.start[cells[row]], factors.start[cells[row] + 1]):
            candidate = factors.candidate[at]
            if factors.serves[factors.class_of[candidate], slots[row]]:
                members[last] = candidate
                last += 1
    return sizes, members
