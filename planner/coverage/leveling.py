"""Entries by level -> rows of the options that give each step of worth: the kernels."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.compiled import kernel

__all__ = [
    "OPTION_BITS",
    "Factors",
    "Found",
    "find_backed_up",
    "find_leveled",
    "list_members",
    "sort_rows",
]

OPTION_BITS = 29
"""In an entry the level stands above so many bits, the option within them."""
_OPTION_MASK = (1 << OPTION_BITS) - 1


class Factors(NamedTuple):
    """What the kernels need of the options and slots."""

    candidate: NDArray[np.int64]
    """Place among the candidates of each option of the choices, -1: it is fixed; shape (n,)."""
    site: NDArray[np.int64]
    """Number of the site of each option, shape (n,)."""
    class_of: NDArray[np.int32]
    serves: NDArray[np.bool_]
    """Whether a class serves a group in slots of a pattern, shape (k, g, p)."""
    marks: NDArray[np.uint64]
    """Random numbers of each option, two each, shape (n, 2)."""


class Found(NamedTuple):
    """Rows found in a block; q is their number."""

    hashes: NDArray[np.uint64]
    """Shape (q, 2)."""
    value: NDArray[np.int64]
    """Value and value for the second, shape (q, 2)."""
    where: NDArray[np.int64]
    """Row of the block, pattern, last level, and site that is left out (-1: none), shape (q, 4)."""


@kernel
def sort_rows(start: NDArray[np.int64], entry: NDArray[np.int64]) -> None:
    """Sort the entries of each row."""
    for row in range(len(start) - 1):
        entry[start[row] : start[row + 1]].sort()


@kernel
def _serves(factors: Factors, entry: int, row: int, pattern: int) -> bool:
    """Tell whether the option of an entry serves the group of a row in a pattern."""
    kind = factors.class_of[entry & _OPTION_MASK]
    return bool(factors.serves[kind, row % factors.serves.shape[1], pattern])


@kernel
def find_leveled(
    lists: tuple[NDArray[np.int64], NDArray[np.int64]],
    value: NDArray[np.int64],
    factors: Factors,
    worth: NDArray[np.int64],
    base: NDArray[np.int64],
) -> Found:
    """Find a row for each step of worth that a candidate gives above what is fixed.

    `worth` has a last level of 0, shape (g, l + 1); `base` is added to.
    """
    start, entries = lists
    none = worth.shape[1] - 1
    room = len(entries) * value.shape[1]
    rows = Found(
        np.empty((room, 2), np.uint64),
        np.zeros((room, 2), np.int64),
        np.full((room, 4), -1, np.int64),
    )
    end = 0
    for row, pattern in zip(*np.nonzero(value)):  # noqa: B905 - the compiler knows no `strict`
        there, steps = value[row, pattern], worth[row % len(worth)]
        mark = np.zeros(2, np.uint64)
        last, best = none, none
        for entry in entries[start[row] : start[row + 1]]:
            option, level = entry & _OPTION_MASK, entry >> OPTION_BITS
            if level >= none or not _serves(factors, entry, row, pattern):
                continue
            if last < level:
                end = _add_row(rows, end, mark, there * (steps[last] - steps[level]))
                rows.where[end - 1, :3] = row, pattern, last
            if factors.candidate[option] < 0:
                best = level
                break
            mark += factors.marks[option]
            last = level
        base[0] += there * steps[best]
        if last < none and best == none:
            end = _add_row(rows, end, mark, there * steps[last])
            rows.where[end - 1, :3] = row, pattern, last
    return Found(rows.hashes[:end].copy(), rows.value[:end].copy(), rows.where[:end].copy())


@kernel
def _add_row(rows: Found, end: int, mark: NDArray[np.uint64], value: int) -> int:
    """Note a row behind the last, and give the new end."""
    rows.hashes[end] = mark
    rows.value[end, 0] = value
    return end + 1


@kernel
def _fixed_sites(
    entries: NDArray[np.int64], factors: Factors, row: int, pattern: int
) -> tuple[int, int]:
    """Count the fixed stations that serve a row in a pattern; also give the site of the last."""
    times, site = 0, -1
    for entry in entries:
        option = entry & _OPTION_MASK
        if factors.candidate[option] < 0 and _serves(factors, entry, row, pattern):
            times, site = times + 1, factors.site[option]
    return times, site


@kernel
def find_backed_up(
    lists: tuple[NDArray[np.int64], NDArray[np.int64]],
    value: NDArray[np.int64],
    factors: Factors,
    base: NDArray[np.int64],
) -> Found:
    """Find the candidates that serve each row beside at most one fixed station."""
    start, entries = lists
    room = np.count_nonzero(value)
    hashes = np.zeros((room, 2), np.uint64)
    found, where = np.zeros((room, 2), np.int64), np.zeros((room, 4), np.int64)
    end = 0
    for row, pattern in zip(*np.nonzero(value)):  # noqa: B905 - the compiler knows no `strict`
        mine = entries[start[row] : start[row + 1]]
        times, site = _fixed_sites(mine, factors, row, pattern)
        if times > 1:
            base[0] += value[row, pattern]
            continue
        members = 0
        for entry in mine:
            option = entry & _OPTION_MASK
            new = factors.candidate[option] >= 0 and factors.site[option] != site
            if new and _serves(factors, entry, row, pattern):
                hashes[end] += factors.marks[option]
                members += 1
        if members + times > 1 and members > 0:
            found[end, 1 - times] = value[row, pattern]
            where[end] = row, pattern, 0, site
            end += 1
        else:
            hashes[end] = 0
    return Found(hashes[:end].copy(), found[:end].copy(), where[:end].copy())


@kernel
def list_members(
    lists: tuple[NDArray[np.int64], NDArray[np.int64]],
    factors: Factors,
    where: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """List the candidates of some rows again: how many, and which."""
    start, entries = lists
    sizes = np.zeros(len(where), np.int64)
    room = 0
    for one in range(len(where)):
        room += start[where[one, 0] + 1] - start[where[one, 0]]
    members = np.empty(room, np.int64)
    end = 0
    for one in range(len(where)):
        row, pattern, last, site = where[one]
        for entry in entries[start[row] : start[row + 1]]:
            option = entry & _OPTION_MASK
            if entry >> OPTION_BITS > last:
                break
            new = factors.candidate[option] >= 0 and factors.site[option] != site
            if new and _serves(factors, entry, row, pattern):
                members[end] = factors.candidate[option]
                sizes[one] += 1
                end += 1
    return sizes, members[:end].copy()
