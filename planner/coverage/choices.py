"""Coverage and stations -> which station each worker turns to first, second and so on."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.coverage.entries import Column, gather, walk
from planner.coverage.factors import Coverage
from planner.district.settings import MODES
from planner.travel.matrix import cutoff_millimetres

__all__ = ["Block", "Choices", "Served"]

_CELLS_A_BLOCK = 16_384
_ROOM = 2**22
"""Cells x groups x slots of a block, at most: what is told of a slot takes some 30 bytes."""


class Block(NamedTuple):
    """Some cells with the stations that ever serve each group there, nearest first.

    Row r is group r % g in cell `cells[r // g]`.
    """

    cells: NDArray[np.int64]
    """Places of the cells, ascending, shape (c,)."""
    start: NDArray[np.int64]
    """Where the stations of each row begin, shape (r + 1,)."""
    entry: NDArray[np.int64]
    """Share of the reach, station and mode in one number each, ascending in a row."""
    people: NDArray[np.int64]
    """Thousandths of a person, shape (r, b bands)."""


class Served(NamedTuple):
    """The n-th station that serves each row of a block in each slot."""

    option: NDArray[np.int32]
    """Place among the chosen options, -1: none; shape (r, s slots)."""
    way_mm: NDArray[np.int32]
    """Way to it in whole millimetres, 0 where there is none."""
    entry: NDArray[np.int64]
    """It, as in Block; -1: none. `option_of` and `share_of` read it."""


@dataclass(frozen=True, slots=True)
class Choices:
    """Chosen options and the ways to them, by cell."""

    coverage: Coverage
    options: tuple[str, ...]
    """Ids of the chosen options, sorted, shape (n,)."""
    places: NDArray[np.int64]
    """Their places in options.table."""
    columns: tuple[Column, ...]
    """One for each of MODES."""
    reach_mm: NDArray[np.int64]
    """Longest way of each group with each of MODES, -1: it does not go so; shape (g, modes)."""
    serves: NDArray[np.bool_]
    """Whether a class serves a group in a slot, shape (k, g, s)."""
    ever: NDArray[np.bool_]
    """Whether any chosen option serves a group in a slot, shape (g, s)."""
    admits: NDArray[np.bool_]
    """Whether each chosen option serves a group in any slot, shape (n, g)."""
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
            ever=np.asarray(serves[np.unique(class_of)].any(axis=0)),
            admits=np.asarray(serves.any(axis=2))[class_of],
            class_of=class_of,
        )

    def blocks(self) -> Iterator[Block]:
        """Give all cells, the fewer at a time the more groups and slots there are.

        So memory stays bounded; no result depends on how cells fall into blocks.
        """
        cells = np.arange(len(self.coverage.demand.cells))
        each = max(1, len(self.reach_mm) * len(self.coverage.slot_minutes))
        step = min(_CELLS_A_BLOCK, max(1, _ROOM // each))
        for first in range(0, len(cells), step):
            yield self.block(cells[first : first + step])

    def block(self, cells: NDArray[np.int64]) -> Block:
        """Put the stations in reach of some cells, ascending and each once, in order.

        Cost: a sort of the ways of the cells for each group, and 8 bytes for each way and group.
        """
        people = self.coverage.people_in(cells)
        start, entry = gather(self.columns, self.reach_mm, self.admits, cells)
        return Block(cells, start, entry, people.reshape(-1, people.shape[2]))

    def served(self, block: Block, *, nth: int) -> Served:
        """Find the n-th station that serves each row in each slot; 1: the nearest that serves."""
        shape = (len(block.people), len(self.coverage.slot_minutes))
        option, way_mm = np.full(shape, -1, np.int32), np.zeros(shape, np.int32)
        entry = np.full(shape, -1, np.int64)
        walk(
            (block.start, block.entry),
            (self.class_of, self.serves, self.ever, self.reach_mm),
            nth,
            (option, way_mm, entry),
        )
        return Served(option, way_mm, entry)

    def people(self, block: Block) -> NDArray[np.int64]:
        """Give the thousandths of a person of each row in each slot, shape (r, s)."""
        return block.people[:, self.coverage.slot_band]


def _column(coverage: Coverage, mode: str, sites: NDArray[np.intp]) -> Column:
    """Turn the ways of a mode so that each cell has its own together; none where it is unused."""
    if not any(way.mode == mode for ways in coverage.ways.values() for way in ways):
        nothing = np.empty(0, np.int32)
        return np.zeros(len(coverage.demand.cells) + 1, np.int64), nothing, nothing
    by_cell = coverage.travel[mode].length_mm[sites].tocsc()
    by_cell.sort_indices()
    return by_cell.indptr.astype(np.int64), by_cell.indices.astype(np.int32), by_cell.data
