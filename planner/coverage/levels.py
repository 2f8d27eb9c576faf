"""Ways to stations -> demand rows by how near a station must be, and rows that need two stations.

A worker to whom a station is worth the more the nearer it is stands in several rows: one for each
step of worth that some candidate gives, served by the candidates that reach that step (the radius
formulation). What stations that stay give is in the base, and only what is above it is in rows.

References
----------
G. Cornuejols, G. L. Nemhauser and L. A. Wolsey (1980), A canonical representation of simple plant
location problems and its applications, SIAM Journal on Algebraic and Discrete Methods 1, 261-272.
S. Garcia, M. Labbe and A. Marin (2011), Solving large p-median problems with a radius formulation,
INFORMS Journal on Computing 23, 546-556.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from planner.coverage.choices import Block, Choices
from planner.coverage.entries import option_of
from planner.coverage.factors import Coverage
from planner.coverage.leveling import (
    OPTION_BITS,
    Factors,
    Found,
    find_backed_up,
    find_leveled,
    list_members,
    sort_rows,
)
from planner.coverage.rows import number_equal

__all__ = ["Grades", "LeveledRows", "backup_rows", "leveled_rows"]

_HASH_SEED = 20_250_107
_ROOM = 2**21
"""Rows found in a block of cells, at most, before they are merged with those of other blocks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grades:
    """What a station is worth to a worker by the way to it."""

    level_of: Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.int64]]
    """Turns entries (see `planner.coverage.entries`) and the group of each into levels: 0 is the
    best, the number of levels stands for no worth at all."""
    worth: NDArray[np.int64]
    """Whole numbers that fall from level to level, shape (g groups, l levels); one of 0 is never
    given."""
    most: NDArray[np.int64]
    """What counts as all there is to have, at least the first level, shape (g,)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeveledRows:
    """Demand by who of the candidates gives it what."""

    options: tuple[str, ...]
    """Option ids of the candidates, as given."""
    serves: csr_array
    """Booleans (only stored trues), shape (n options, r rows); no two rows have the same options,
    and each has at least one."""
    value_milli: NDArray[np.int64]
    """What a row adds once one of its candidates is there: whole thousandths of a worker-minute a
    week, times the worth; at least 0, shape (r,)."""
    twice_milli: NDArray[np.int64]
    """What it adds once two are there, same unit, shape (r,)."""
    base_milli: int
    """What the fixed options give."""
    total_milli: int
    """All there is to have."""


def leveled_rows(
    coverage: Coverage, candidates: Sequence[str], fixed: Collection[str], *, grades: Grades
) -> LeveledRows:
    """Merge demand rows by which candidates give them which step of worth.

    A worker has the worth of the best station that serves the group in the slot and is within its
    reach; stations count with that of the group's ways which uses the least of its reach.

    Parameters
    ----------
    coverage
        Reach and service of every option.
    candidates
        Option ids, each once; `serves` is in this order.
    fixed
        Option ids that are there whatever is chosen; none of them a candidate.
    grades
        What a way is worth.

    Raises
    ------
    ValueError
        If an option is not known, is there twice, or is both candidate and fixed.
    """
    town = _Town(coverage, candidates, fixed)
    for block, entry in town.blocks(grades.level_of):
        value = town.values(block)
        worth = np.hstack([grades.worth, np.zeros((len(grades.worth), 1), np.int64)])
        found = np.zeros(1, np.int64)
        rows = find_leveled((block.start, entry), value, town.factors, worth, found)
        town.take(rows, int(found[0]), (block.start, entry))
    by_group = _value_by_group(coverage)
    return town.rows(total=int(by_group.astype(object) @ grades.most.astype(object)))


def backup_rows(
    coverage: Coverage, candidates: Sequence[str], fixed: Collection[str]
) -> LeveledRows:
    """Merge demand rows by which candidates serve them, and by how many fixed stations do.

    What two fixed stations serve is in the base. What one of them serves is served twice with one
    candidate more, of another site: it stands in `value_milli`. The rest needs two candidates and
    stands in `twice_milli`.

    Raises
    ------
    ValueError
        As `leveled_rows`.

    References
    ----------
    K. Hogan and C. ReVelle (1986), Concepts and applications of backup coverage, Management Science
    32, 1434-1444.
    """
    town = _Town(coverage, candidates, fixed)
    for block, entry in town.blocks(_one_level):
        found = np.zeros(1, np.int64)
        rows = find_backed_up((block.start, entry), town.values(block), town.factors, found)
        town.take(rows, int(found[0]), (block.start, entry))
    return town.rows(total=coverage.total_milli)


class _Town:
    """Collects rows block by block; equal ones become one."""

    def __init__(
        self, coverage: Coverage, candidates: Sequence[str], fixed: Collection[str]
    ) -> None:
        both = set(candidates) & set(fixed)
        if both or len(set(candidates)) < len(candidates):
            raise ValueError(f"candidates must be unique and not fixed, got {sorted(both)[:3]}")
        self.options = tuple(candidates)
        self.choices = Choices.of(coverage, {*candidates, *fixed})
        self.pattern_minutes, serves = _patterns(coverage, self.choices)
        place = {option: number for number, option in enumerate(candidates)}
        site = coverage.options.table["site"].to_numpy()[self.choices.places]
        marks = np.random.default_rng(_HASH_SEED).integers(
            0, 2**64, (len(candidates), 2), dtype=np.uint64
        )
        candidate = np.array([place.get(each, -1) for each in self.choices.options], np.int64)
        self.factors = Factors(
            candidate=candidate,
            site=np.unique(site.astype(str), return_inverse=True)[1].astype(np.int64),
            class_of=self.choices.class_of,
            serves=serves,
            marks=marks[candidate] if len(marks) else np.zeros((len(candidate), 2), np.uint64),
        )
        self.hashes = np.zeros((0, 2), np.uint64)
        self.value = np.zeros((0, 2), np.int64)
        self.sizes: list[NDArray[np.int64]] = [np.zeros(0, np.int64)]
        self.members: list[NDArray[np.int64]] = [np.zeros(0, np.int64)]
        self.base = 0

    def blocks(
        self, level_of: Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.int64]]
    ) -> Iterator[tuple[Block, NDArray[np.int64]]]:
        """Give blocks of cells with the entries of each row by level, then by option."""
        cells = np.arange(len(self.choices.coverage.demand.cells))
        groups, _, patterns = self.pattern_minutes.shape
        ways = sum(len(column[1]) for column in self.choices.columns)
        each = max(1.0, groups * patterns * (ways / max(1, len(cells)) + 1))
        step = max(1, int(_ROOM / each))
        for first in range(0, len(cells), step):
            block = self.choices.block(cells[first : first + step])
            group = np.repeat(np.arange(len(block.people)) % groups, np.diff(block.start))
            level = level_of(block.entry, group)
            entry = (level << OPTION_BITS) | option_of(block.entry)
            sort_rows(block.start, entry)
            yield block, entry

    def values(self, block: Block) -> NDArray[np.int64]:
        """Give the thousandths of a worker-minute of each row and pattern, shape (r, p)."""
        groups = len(self.pattern_minutes)
        people = block.people.reshape(len(block.cells), groups, -1)
        value = np.stack([people[:, g] @ self.pattern_minutes[g] for g in range(groups)], axis=1)
        return np.ascontiguousarray(value.reshape(len(block.people), -1))

    def take(
        self, rows: Found, base: int, lists: tuple[NDArray[np.int64], NDArray[np.int64]]
    ) -> None:
        """Add the rows of a block to those found so far."""
        self.base += base
        known = len(self.hashes)
        number, first = number_equal(np.concatenate([self.hashes, rows.hashes]))
        value = np.zeros((len(first), 2), np.int64)
        value[:known] = self.value
        np.add.at(value, number[known:], rows.value)
        fresh = first[known:] - known
        sizes, members = list_members(lists, self.factors, rows.where[fresh])
        self.hashes = np.concatenate([self.hashes, rows.hashes[fresh]])
        self.value = value
        self.sizes.append(sizes)
        self.members.append(members)

    def rows(self, *, total: int) -> LeveledRows:
        """Put the rows in an order that depends on their sets of options alone."""
        order = np.lexsort((self.hashes[:, 1], self.hashes[:, 0]))
        order = order[self.value[order].any(axis=1)]
        sizes, members = np.concatenate(self.sizes), np.concatenate(self.members)
        start = np.concatenate([[0], np.cumsum(sizes)])
        by_row = csr_array(
            (np.ones(len(members), np.bool_), members, start),
            shape=(len(sizes), len(self.options)),
        )[order]
        serves = csr_array(by_row.T)
        serves.sort_indices()
        return LeveledRows(
            options=self.options,
            serves=serves,
            value_milli=self.value[order, 0],
            twice_milli=self.value[order, 1],
            base_milli=self.base,
            total_milli=total,
        )


def _one_level(entry: NDArray[np.int64], group: NDArray[np.int64]) -> NDArray[np.int64]:
    """Take every way within reach for as good as any other."""
    return np.zeros_like(entry + group)


def _value_by_group(coverage: Coverage) -> NDArray[np.int64]:
    """Give the thousandths of a worker-minute of all demand of each group, shape (g,)."""
    people = coverage.demand.people_milli.sum(axis=1, dtype=np.int64)
    value: NDArray[np.int64] = people.T @ (coverage.demand.band_hours * 60)
    return value


def _patterns(coverage: Coverage, choices: Choices) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Put slots together in which the same classes serve a group.

    Returns
    -------
    minutes, serves
        Minutes a week of each band in each pattern, shape (g, b, p), and whether a class serves a
        group in a pattern, shape (k, g, p). Slots in which nobody serves are in no pattern.
    """
    used = np.unique(choices.class_of)
    bands = coverage.demand.people_milli.shape[0]
    kinds, groups, slots = choices.serves.shape
    minutes = np.zeros((groups, bands, slots), np.int64)
    serves = np.zeros((kinds, groups, slots), np.bool_)
    most = 1
    for group in range(groups):
        alike = choices.serves[used, group]
        ever = np.flatnonzero(alike.any(axis=0))
        patterns, member = np.unique(alike[:, ever], axis=1, return_inverse=True)
        most = max(most, patterns.shape[1])
        band = coverage.slot_band[ever].astype(np.int64)
        np.add.at(minutes[group], (band, member.ravel()), coverage.slot_minutes[ever])
        serves[used[:, None], group, np.arange(patterns.shape[1])] = patterns
    return minutes[..., :most], np.ascontiguousarray(serves[..., :most])
