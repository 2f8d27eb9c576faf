"""Options that come and go -> the tally of `measure_coverage`, counted again only where they are.

An option touches the cells within reach of its site. Their outcomes are taken out of the sums as
they stood and put in as they are, whole numbers both times, so the sums are at every moment those
of a count of everything.
"""

from copy import copy
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.compiled import kernel
from planner.coverage.factors import Coverage
from planner.coverage.figures import Figures
from planner.coverage.rows import SlotWeights
from planner.coverage.tally import COLUMNS, OUTCOMES, PLACE, WHOLE_WEIGHT, Tally, part_of_row
from planner.coverage.year import WHOLE_YEAR, YearPart, cut_year

__all__ = ["CellShares", "ChangingTally"]

_OUT_OF_REACH = PLACE["out_of_reach"]
_BACKUP = PLACE["backup"]
_KEPT = len(OUTCOMES) + 1
"""Columns that are kept: outcomes and backup; what is graded follows from who is served."""
_NOBODY = 255
"""Above every failure: no option is in reach."""


class CellShares(NamedTuple):
    """What becomes of the worker-hours of each cell, 0 to 1; shape (m cells,) each."""

    there: NDArray[np.bool_]
    """Whether there are any."""
    effective: NDArray[np.float64]
    nominal: NDArray[np.float64]
    out_of_reach: NDArray[np.float64]

    @classmethod
    def of_figures(cls, figures: Figures) -> "CellShares":
        """Read the shares of the cells from figures."""
        by_cell = figures.by_cell
        return cls(
            by_cell["worker_hours_week"].to_numpy(float) > 0,
            by_cell["effective_share"].to_numpy(float),
            by_cell["nominal_share"].to_numpy(float),
            by_cell["out_of_reach_share"].to_numpy(float),
        )


class _Layout(NamedTuple):
    """Who is in reach of whom, for the groups with the same ways."""

    site_start: NDArray[np.int64]
    """Where the cells in reach of each site begin, shape (n sites + 1,)."""
    cells: NDArray[np.int32]
    cell_start: NDArray[np.int64]
    """Where the sites in reach of each cell begin, shape (m cells + 1,)."""
    sites: NDArray[np.int32]


class _Kinds(NamedTuple):
    """Options of each site, and what keeps each from serving."""

    option_start: NDArray[np.int64]
    """Where the options of each site begin in `options`, shape (n sites + 1,)."""
    options: NDArray[np.int64]
    class_of: NDArray[np.int32]
    """Class of each option."""
    failure: NDArray[np.uint8]
    """As in Coverage, of one group, shape (k, s)."""


class ChangingTally:
    """What becomes of all demand while options come and go; nobody is turned away.

    Equal to the tally of `measure_coverage` with seats not counted and every way as good, after any
    sequence of changes. `fork` gives a second one that shares all that never changes: it costs 72
    bytes a cell and 72 for each group and slot.

    Parameters
    ----------
    coverage
        Reach and service of every option; nothing stands at first.
    """

    def __init__(self, coverage: Coverage) -> None:
        self.coverage = coverage
        table = coverage.options.table
        site = coverage.options.sites.index.get_indexer(pd.Index(table["site"].to_numpy()))
        self._site_of = site.astype(np.int64)
        self._layouts = _layouts(coverage)
        self._kinds = _kinds(coverage, self._site_of)
        self._slots = SlotWeights(coverage.slot_minutes, coverage.slot_band.astype(np.int64))
        self._parts = _parts(coverage)
        self._holds = [
            np.array([part.holds(weeks) for weeks in table["weeks"]], np.bool_)
            for part in self._parts
        ]
        cells, groups = len(coverage.demand.cells), len(coverage.demand.groups)
        self._standing = np.zeros(len(table), np.bool_)
        self._by_cell = np.zeros((cells, _KEPT), np.int64)
        self._by_slot = np.zeros((groups, len(coverage.slot_minutes), _KEPT), np.int64)
        everywhere = np.arange(cells)
        for group in range(groups):
            self._count(group, everywhere, 1)

    def fork(self) -> "ChangingTally":
        """Give a second one that stands where this one does."""
        other = copy(self)
        for name in ("_standing", "_by_cell", "_by_slot"):
            setattr(other, name, getattr(self, name).copy())
        return other

    @property
    def standing(self) -> NDArray[np.bool_]:
        """Which options are there, shape (n options,); not to be changed."""
        return self._standing

    def stand(self, standing: NDArray[np.bool_]) -> bool:
        """Let just these options be there; tell whether anything changed.

        Parameters
        ----------
        standing
            Shape (n options,), in the order of `options.table`.
        """
        changed = np.flatnonzero(standing != self._standing)
        if not len(changed):
            return False
        sites = np.unique(self._site_of[changed])
        touched: dict[int, NDArray[np.int64]] = {}
        for group, layout in enumerate(self._layouts):
            if id(layout) not in touched:
                touched[id(layout)] = _touched(layout, sites)
            self._count(group, touched[id(layout)], -1)
        self._standing[:] = standing
        for group, layout in enumerate(self._layouts):
            self._count(group, touched[id(layout)], 1)
        return True

    @property
    def by_cell(self) -> NDArray[np.int64]:
        """Thousandths of a worker-minute a week of each cell, shape (m cells, outcomes + 1).

        The columns are OUTCOMES, then what two open stations serve at once. Not to be changed.
        """
        return self._by_cell

    @property
    def shares(self) -> CellShares:
        """The shares of the cells, equal to those of figures to the last digit."""
        total = self._by_cell[:, : len(OUTCOMES)].sum(axis=1)
        least = np.maximum(total, 1)
        out = self._by_cell[:, PLACE["out_of_reach"]]
        served = self._by_cell[:, PLACE["served"]]
        return CellShares(total > 0, served / least, (total - out) / least, out / least)

    @property
    def tally(self) -> Tally:
        """The whole tally, in arrays of its own."""
        weeks = self._parts[0].share[2]
        by_slot = (2 * self._by_slot + weeks) // (2 * weeks)  # as `tally_service` rounds
        return Tally(_with_graded(by_slot), _with_graded(self._by_cell))

    def _count(self, group: int, cells: NDArray[np.int64], sign: int) -> None:
        """Put the outcomes of some cells into the sums (1), or take them out (-1)."""
        layout = self._layouts[group]
        kinds = self._kinds._replace(failure=self.coverage.failure[:, group])
        for part, holds in zip(self._parts, self._holds, strict=True):
            _count_cells(
                cells,
                (layout.cell_start, layout.sites),
                kinds,
                self._standing & holds,
                (self.coverage.demand.people_milli, group),
                self._slots,
                np.array((*part.share, sign), np.int64),
                (self._by_cell, self._by_slot[group]),
            )


def _layouts(coverage: Coverage) -> list[_Layout]:
    """Turn the reach of each group so that each cell has its sites together; equal ones once."""
    made: dict[int, _Layout] = {}
    for group in coverage.demand.groups:
        reach = coverage.reach[group]
        if id(reach) not in made:
            by_site = reach if reach.has_sorted_indices else reach.sorted_indices()
            by_cell = by_site.tocsc()
            made[id(reach)] = _Layout(
                by_site.indptr.astype(np.int64),
                by_site.indices.astype(np.int32, copy=False),
                by_cell.indptr.astype(np.int64),
                by_cell.indices.astype(np.int32, copy=False),
            )
    return [made[id(coverage.reach[group])] for group in coverage.demand.groups]


def _kinds(coverage: Coverage, site_of: NDArray[np.int64]) -> _Kinds:
    order = np.argsort(site_of, kind="stable")
    starts = np.searchsorted(site_of[order], np.arange(len(coverage.options.sites) + 1))
    return _Kinds(
        starts.astype(np.int64),
        order.astype(np.int64),
        coverage.option_class,
        np.zeros((0, 0), np.uint8),
    )


def _parts(coverage: Coverage) -> tuple[YearPart, ...]:
    """Cut the year where any option can come or go; one part where none does."""
    weeks = coverage.options.table["weeks"].to_numpy()
    if not any(weeks):
        return (YearPart(1, WHOLE_YEAR),)
    return cut_year(weeks, planned=coverage.planned_weeks)


def _with_graded(counted: NDArray[np.int64]) -> NDArray[np.int64]:
    whole = np.zeros((*counted.shape[:-1], len(COLUMNS)), np.int64)
    whole[..., :_KEPT] = counted
    whole[..., PLACE["graded"]] = counted[..., PLACE["served"]] * WHOLE_WEIGHT
    return whole


@kernel
def _touched(layout: _Layout, sites: NDArray[np.int64]) -> NDArray[np.int64]:
    """List the cells in reach of any of some sites, each once."""
    room = 0
    for site in sites:
        room += layout.site_start[site + 1] - layout.site_start[site]
    cells = np.empty(room, np.int64)
    seen = np.zeros(len(layout.cell_start) - 1, np.bool_)
    end = 0
    for site in sites:
        for at in range(layout.site_start[site], layout.site_start[site + 1]):
            cell = layout.cells[at]
            if not seen[cell]:
                seen[cell] = True
                cells[end] = cell
                end += 1
    return cells[:end].copy()


@kernel
def _count_cells(  # noqa: C901, PLR0912, PLR0913, PLR0915, PLR0917 - one loop nest reads clearer whole
    cells: NDArray[np.int64],
    in_reach: tuple[NDArray[np.int64], NDArray[np.int32]],
    kinds: _Kinds,
    standing: NDArray[np.bool_],
    demand: tuple[NDArray[np.int64], int],
    slots: SlotWeights,
    share: NDArray[np.int64],
    counted: tuple[NDArray[np.int64], NDArray[np.int64]],
) -> None:
    """Give the people of some cells the outcome of the option in reach that fails least.

    The last of `share` is the sign with which they are counted.
    """
    start, sites = in_reach
    people, group = demand
    by_cell, by_slot = counted
    weeks, sign = share[1] - share[0], share[3]
    times = np.zeros(len(kinds.failure), np.int64)  # options of each class in reach of the cell
    found_kinds = np.empty(len(kinds.failure), np.int64)
    best = np.empty(len(slots.minutes), np.uint8)
    serving = np.empty(len(slots.minutes), np.int64)
    for cell in cells:
        best[:] = _NOBODY
        serving[:] = 0
        found = 0
        for at in range(start[cell], start[cell + 1]):
            site = sites[at]
            for place in range(kinds.option_start[site], kinds.option_start[site + 1]):
                option = kinds.options[place]
                if standing[option]:
                    kind = kinds.class_of[option]
                    if times[kind] == 0:
                        found_kinds[found] = kind
                        found += 1
                    times[kind] += 1
        for kind in found_kinds[:found]:
            for slot in range(len(best)):
                failure = kinds.failure[kind, slot]
                best[slot] = min(best[slot], failure)
                serving[slot] += times[kind] * (failure == 0)
            times[kind] = 0
        for slot in range(len(best)):
            outcome = _OUT_OF_REACH if best[slot] == _NOBODY else best[slot] & 7
            there = np.int64(people[slots.band[slot], cell, group])
            value = sign * part_of_row(there * slots.minutes[slot], share)
            there *= weeks * sign
            by_slot[slot, outcome] += there
            by_cell[cell, outcome] += value
            if serving[slot] > 1:
                by_slot[slot, _BACKUP] += there
                by_cell[cell, _BACKUP] += value
