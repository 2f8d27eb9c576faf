"""Ways to stations -> entries, one number each, in the order in which workers turn to stations.

"Nearest" is by the share of the reach that a way uses up: a group may ride 800 m or walk 300 m, and
100 m of a walk are then as far as 267 m of a ride. A station counts with that of the group's ways
that uses the least. Shares are whole parts of 2^31, rounded down, so equal ones are equal on every
machine; ties go to the station that comes first, and among its ways to the first of MODES. For one
way alone this is the order by metres. An entry holds the share, the station (its place among those
that are there) and the mode, so that entries sort as numbers.
"""

import numpy as np
from numpy.typing import NDArray

from planner.compiled import kernel

__all__ = [
    "WHOLE_REACH",
    "Column",
    "gather",
    "next_entries",
    "option_of",
    "parts_of",
    "share_of",
    "sum_by_option",
    "walk",
]

_SHARE_BITS = 31
_MODE_BITS = 2
_OPTION_BITS = 29
_SHARE_PLACE = _OPTION_BITS + _MODE_BITS
"""Bit at which the share begins in the number of a station; mode and option stand below."""
_MODE_MASK = (1 << _MODE_BITS) - 1
_OPTION_MASK = (1 << _OPTION_BITS) - 1

WHOLE_REACH = 1 << _SHARE_BITS
"""Parts in which shares of the reach are counted."""

Column = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]
"""Ways of a mode by cell: where those of each cell begin, the options, millimetres."""


def option_of(entry: NDArray[np.int64]) -> NDArray[np.int64]:
    """Read the station of an entry, its place among the chosen options."""
    return (entry >> _MODE_BITS) & _OPTION_MASK


def parts_of(entry: NDArray[np.int64]) -> NDArray[np.int64]:
    """Read the share of the reach of an entry in whole parts of 2^31."""
    return entry >> _SHARE_PLACE


def share_of(entry: NDArray[np.int64]) -> NDArray[np.float64]:
    """Read the share of the reach of an entry, 0 to 1; no entry: 0."""
    return np.maximum(parts_of(entry), 0) / WHOLE_REACH


@kernel
def sum_by_option(
    people: NDArray[np.int64], option: NDArray[np.int32], sums: NDArray[np.int64]
) -> None:
    """Add the people of a block up by group, option and slot.

    Parameters
    ----------
    people, option
        Of each row in each slot, shape (r, s); option -1 (none) is the last in `sums`.
    sums
        Shape (g, options + 1, s), added to.
    """
    for row in range(len(people)):
        for slot in range(people.shape[1]):
            sums[row % len(sums), option[row, slot], slot] += people[row, slot]


@kernel
def gather(
    columns: tuple[Column, ...],
    reach_mm: NDArray[np.int64],
    ever: NDArray[np.bool_],
    cells: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """List the options that ever serve each group in each cell, smallest share of the reach first.

    Parameters
    ----------
    columns
        Ways by cell, one for each mode.
    reach_mm
        Shape (g, modes).
    ever
        Whether an option serves a group in any slot, shape (n, g).
    cells
        Places of the cells.

    Returns
    -------
    start, entry
        As in Block.
    """
    groups = len(reach_mm)
    room = 0
    for mode in range(len(columns)):
        going = (reach_mm[:, mode] >= 0).sum()
        for cell in cells:
            room += (columns[mode][0][cell + 1] - columns[mode][0][cell]) * going
    entries = np.empty(room, np.int64)
    start = np.zeros(len(cells) * groups + 1, np.int64)
    listed = np.full(len(ever), -1, np.int64)  # where each option stands, if in this row
    end = 0
    for row in range(len(start) - 1):
        cell, group = cells[row // groups], row % groups
        for mode in range(len(columns)):
            reach = reach_mm[group, mode]
            starts, options, ways = columns[mode]
            for at in range(starts[cell], starts[cell + 1]):
                option = options[at]
                if ways[at] > reach or not ever[option, group]:
                    continue
                share = (np.int64(ways[at]) << _SHARE_BITS) // reach
                entry = (((share << _OPTION_BITS) | option) << _MODE_BITS) | mode
                if listed[option] >= start[row]:
                    entries[listed[option]] = min(entries[listed[option]], entry)
                    continue
                listed[option] = end
                entries[end] = entry
                end += 1
        entries[start[row] : end].sort()
        start[row + 1] = end
    return start, entries[:end].copy()


@kernel
def walk(
    block: tuple[NDArray[np.int64], NDArray[np.int64]],
    rules: tuple[NDArray[np.int32], NDArray[np.bool_], NDArray[np.bool_], NDArray[np.int64]],
    nth: int,
    found: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int64]],
) -> None:
    """Go from each row to its stations in order, until each slot has had n that serve."""
    start, entries = block
    class_of, serves, ever, reach_mm = rules
    option_at, way_mm, entry_at = found
    slots = serves.shape[2]
    left, waiting = np.empty(slots, np.int64), np.empty(slots, np.int64)
    for row in range(len(start) - 1):
        group = row % len(reach_mm)
        left[:] = nth
        still = 0
        for slot in range(slots):
            if ever[group, slot]:
                waiting[still] = slot
                still += 1
        for at in range(start[row], start[row + 1]):
            entry = entries[at]
            option = (entry >> _MODE_BITS) & _OPTION_MASK
            kind = class_of[option]
            reach = reach_mm[group, entry & _MODE_MASK]
            # The share was rounded down by less than a millimetre of the way.
            way = ((entry >> _SHARE_PLACE) * reach + (1 << _SHARE_BITS) - 1) >> _SHARE_BITS
            kept = 0
            for place in range(still):
                slot = waiting[place]
                left[slot] -= serves[kind, group, slot]
                if left[slot] == 0:
                    option_at[row, slot] = option
                    way_mm[row, slot] = way
                    entry_at[row, slot] = entry
                else:
                    waiting[kept] = slot
                    kept += 1
            still = kept
            if still == 0:
                break


@kernel
def next_entries(
    block: tuple[NDArray[np.int64], NDArray[np.int64]],
    rules: tuple[NDArray[np.int32], NDArray[np.bool_]],
    party: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]],
    stations: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]],
) -> NDArray[np.int64]:
    """Send people on to the next station that serves them in a slot and may still take them.

    Parameters
    ----------
    block
        `start` and `entry` of a Block.
    rules
        Class of each option, and whether it serves a group in a slot.
    party
        Row in the block, slot, entry of the station they come from, and people; shape (q,) each.
    stations
        By option and slot: people who came and who were turned away (both added to), and the share
        of the reach beyond which nobody is taken any more, in parts.

    Returns
    -------
    numpy.ndarray
        Entry of the station where they are now, -1: none is left; shape (q,).
    """
    start, entries = block
    class_of, serves = rules
    row_of, slot_of, from_entry, milli = party
    came, turned_away, worst = stations
    found = np.full(len(row_of), -1, np.int64)
    for one in range(len(row_of)):
        row, slot = row_of[one], slot_of[one]
        for at in range(start[row], start[row + 1]):
            entry = entries[at]
            option = (entry >> _MODE_BITS) & _OPTION_MASK
            if (
                entry <= from_entry[one]
                or not serves[class_of[option], row % serves.shape[1], slot]
            ):
                continue
            came[option, slot] += milli[one]
            if (entry >> _SHARE_PLACE) <= worst[option, slot]:
                found[one] = entry
                break
            turned_away[option, slot] += milli[one]
    return found
