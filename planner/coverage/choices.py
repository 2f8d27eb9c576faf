"""Coverage and stations -> which station each worker turns to first, second and so on.

"Nearest" is by the share of the reach that a way uses up: a group may ride 800 m or walk 300 m, and
100 m of a walk are then as far as 267 m of a ride. A station counts with that of the group's ways
that uses the least. Shares are whole parts of 2^31, rounded down, so equal ones are equal on every
machine; ties go to the smaller station id. For one way alone this is the order by metres.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.compiled import kernel
from planner.coverage.factors import Coverage
from planner.district.settings import MODES
from planner.travel.matrix import cutoff_millimetres

__all__ = ["Block", "Choices", "Served", "sum_by_option"]

_SHARE_BITS = 31
_MODE_BITS = 2
_OPTION_BITS = 29
_SHARE_PLACE = _OPTION_BITS + _MODE_BITS
"""Bit at which the share begins in the number of a station; mode and option stand below."""
_MODE_MASK = (1 << _MODE_BITS) - 1
_OPTION_MASK = (1 << _OPTION_BITS) - 1
_CELLS_A_BLOCK = 16_384
_NO_OPTION = -1

_Column = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]
"""Ways of a mode by cell: where those of each cell begin, the options, millimetres."""


class Block(NamedTuple):
    """Some cells with the stations that ever serve each group there, nearest first.

    Row r is group r % g in the cell `first` + r // g.
    """

    first: int
    """Place of the first cell."""
    start: NDArray[np.int64]
    """Where the stations of each row begin, shape (r + 1,)."""
    station: NDArray[np.int64]
    """Share of the reach, station and mode in one number each, ascending in a row."""
    people: NDArray[np.int64]
    """Thousandths of a person, shape (r, b bands)."""

    @property
    def rows(self) -> int:
        """Cells times groups."""
        return len(self.people)


class Served(NamedTuple):
    """The n-th station that serves each row of a block in each slot."""

    option: NDArray[np.int32]
    """Place among the chosen options, -1: none; shape (r, s slots)."""
    way_mm: NDArray[np.int32]
    """Way to it in whole millimetres, 0 where there is none."""
    share: NDArray[np.float64]
    """The way as a share of the reach, 0 to 1; 0 where there is none."""


@dataclass(frozen=True, slots=True)
class Choices:
    """Chosen options and the ways to them, by cell."""

    coverage: Coverage
    options: tuple[str, ...]
    """Ids of the chosen options, sorted, shape (n,)."""
    places: NDArray[np.int64]
    """Their places in options.table."""
    columns: tuple[_Column, ...]
    """One for each of MODES."""
    reach_mm: NDArray[np.int64]
    """Longest way of each group with each of MODES, -1: it does not go so; shape (g, modes)."""
    serves: NDArray[np.bool_]
    """Whether a class serves a group in a slot, shape (k, g, s)."""
    ever: NDArray[np.bool_]
    """Whether any chosen option serves a group in a slot, shape (g, s)."""
    class_of: NDArray[np.int32]
    """Class of each chosen option, shape (n,)."""

    @classmethod
    def of(cls, coverage: Coverage, chosen: Collection[str]) -> "Choices":
        """Gather the ways to some options.

        Raises
        ------
        ValueError
            If an option is not known.
        """
        options = tuple(sorted(set(chosen)))
        places = coverage.positions_of(options)
        sites = coverage.options.sites.index.get_indexer(
            pd.Index(coverage.options.table["site"].to_numpy()[places])
        )
        reach_mm = np.full((len(coverage.ways), len(MODES)), -1, np.int64)
        for row, ways in zip(reach_mm, coverage.ways.values(), strict=True):
            for way in ways:  # of two ways with one mode the longer holds both
                mode = MODES.index(way.mode)
                row[mode] = max(row[mode], cutoff_millimetres(way.reach_m))
        serves: NDArray[np.bool_] = np.equal(coverage.failure, 0)
        class_of = coverage.option_class[places]
        return cls(
            coverage=coverage,
            options=options,
            places=places,
            columns=tuple(_column(coverage, mode, sites) for mode in MODES),
            reach_mm=reach_mm,
            serves=serves,
            ever=np.asarray(serves[class_of].any(axis=0)),
            class_of=class_of,
        )

    def blocks(self) -> Iterator[Block]:
        """Give all cells, some thousand at a time, so that memory stays bounded."""
        for first in range(0, len(self.coverage.demand.cells), _CELLS_A_BLOCK):
            yield self.block(first, first + _CELLS_A_BLOCK)

    def block(self, first: int, last: int) -> Block:
        """Put the stations in reach of some cells in order.

        Cost: a sort of the ways of the cells, once a group; memory of 8 bytes for each way of these
        cells and group.
        """
        people = self.coverage.people_in(first, last)
        cells, groups, bands = people.shape
        start, station = _gather(
            self.columns,
            self.reach_mm,
            np.asarray(self.serves.any(axis=2))[self.class_of],
            (first, first + cells),
        )
        return Block(first, start, station, people.reshape(cells * groups, bands))

    def served(self, block: Block, *, nth: int) -> Served:
        """Find the n-th station that serves each row in each slot.

        Parameters
        ----------
        block
            From `blocks`.
        nth
            1: the nearest that serves.
        """
        shape = (block.rows, len(self.coverage.slot_minutes))
        option = np.full(shape, _NO_OPTION, np.int32)
        way_mm, share = np.zeros(shape, np.int32), np.zeros(shape)
        _walk(
            (block.start, block.station),
            (self.class_of, self.serves, self.ever, self.reach_mm),
            nth,
            (option, way_mm, share),
        )
        return Served(option, way_mm, share)

    def people(self, block: Block) -> NDArray[np.int64]:
        """Give the thousandths of a person of each row in each slot, shape (r, s)."""
        return block.people[:, self.coverage.slot_band]


def _column(coverage: Coverage, mode: str, sites: NDArray[np.intp]) -> _Column:
    """Turn the ways of a mode so that each cell has its own together; none where it is unused."""
    if not any(way.mode == mode for ways in coverage.ways.values() for way in ways):
        nothing = np.empty(0, np.int32)
        return np.zeros(len(coverage.demand.cells) + 1, np.int64), nothing, nothing
    by_cell = coverage.travel[mode].length_mm[sites].tocsc()
    by_cell.sort_indices()
    return by_cell.indptr.astype(np.int64), by_cell.indices.astype(np.int32), by_cell.data


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
def _gather(
    columns: tuple[_Column, ...],
    reach_mm: NDArray[np.int64],
    ever: NDArray[np.bool_],
    cells: tuple[int, int],
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
        First, and the one after the last.

    Returns
    -------
    start, station
        As in Block.
    """
    groups = len(reach_mm)
    room = 0
    for mode in range(len(columns)):
        column = columns[mode]
        room += (column[0][cells[1]] - column[0][cells[0]]) * (reach_mm[:, mode] >= 0).sum()
    station = np.empty(room, np.int64)
    start = np.zeros((cells[1] - cells[0]) * groups + 1, np.int64)
    listed = np.full(len(ever), -1, np.int64)  # where each option stands, if in this row
    end = 0
    for row in range(len(start) - 1):
        cell, group = cells[0] + row // groups, row % groups
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
                    station[listed[option]] = min(station[listed[option]], entry)
                    continue
                listed[option] = end
                station[end] = entry
                end += 1
        station[start[row] : end].sort()
        start[row + 1] = end
    return start, station[:end].copy()


@kernel
def _walk(
    block: tuple[NDArray[np.int64], NDArray[np.int64]],
    rules: tuple[NDArray[np.int32], NDArray[np.bool_], NDArray[np.bool_], NDArray[np.int64]],
    nth: int,
    found: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]],
) -> None:
    """Go from each row to its stations in order, until each slot has had n that serve."""
    start, station = block
    class_of, serves, ever, reach_mm = rules
    option_of, way_mm, share_of = found
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
            entry = station[at]
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
                    option_of[row, slot] = option
                    way_mm[row, slot] = way
                    share_of[row, slot] = way / reach
                else:
                    waiting[kept] = slot
                    kept += 1
            still = kept
            if still == 0:
                break
