"""Options that come and go -> the outcomes of `measure_coverage`, counted again where they are.

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
from planner.coverage.tally import OUTCOMES, PLACE, part_of_row
from planner.coverage.year import WHOLE_YEAR, YearPart, cut_year

__all__ = ["CellShares", "ChangingTally"]

_OUT_OF_REACH = PLACE["out_of_reach"]
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

    Equal to the outcomes of `measure_coverage` with seats not counted and every way as good, after
    any sequence of changes. `fork` gives a second one that shares all that never changes: it costs
    64 bytes a cell.

    Parameters
    ----------
    coverage
        Reach and service of every option; nothing stands at first.
    """

    def __init__(self, coverage: Coverage) -> None:
        self._lay_out(coverage)
        self._count_all()

    def _lay_out(self, coverage: Coverage) -> None:
        """Take from a coverage what never changes; nothing stands."""
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
        self._standing = np.zeros(len(table), np.bool_)

    def _count_all(self) -> None:
        cells = len(self.coverage.demand.cells)
        self._by_cell = np.zeros((cells, len(OUTCOMES)), np.int64)
        for group in range(len(self._layouts)):
            self._count(group, np.arange(cells), 1)

    def on(self, coverage: Coverage) -> "ChangingTally":
        """Give one of another coverage in which the same options stand.

        Parameters
        ----------
        coverage
            Of the same demand; in it, what stands here is as it is here.

        Raises
        ------
        ValueError
            If it does not know an option that stands.
        """
        other = self.fork()
        other._turn_to(coverage)  # noqa: SLF001 - one of its own kind
        return other

    def _turn_to(self, coverage: Coverage) -> None:
        """Take over another coverage; nothing is counted again where nothing can differ.

        Parts of a year round slot by slot, and slots are cut where any option opens or closes.
        """
        there = self.coverage.options.table.index[self._standing]
        standing = np.zeros(len(coverage.options.table), np.bool_)
        standing[coverage.positions_of(there.tolist())] = True
        parts = self._parts
        self._lay_out(coverage)
        if len(parts) == len(self._parts) == 1:
            self._standing[:] = standing
        else:
            self._count_all()
            self.stand(standing)

    def fork(self) -> "ChangingTally":
        """Give a second one that stands where this one does."""
        other = copy(self)
        for name in ("_standing", "_by_cell"):
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
        """Thousandths of a worker-minute a week by cell and outcome; not to be changed.

        Shape (m cells, outcomes), in the order of OUTCOMES.
        """
        return self._by_cell

    @property
    def shares(self) -> CellShares:
        """The shares of the cells, equal to those of figures to the last digit."""
        total = self._by_cell.sum(axis=1)
        least = np.maximum(total, 1)
        out = self._by_cell[:, PLACE["out_of_reach"]]
        served = self._by_cell[:, PLACE["served"]]
        return CellShares(total > 0, served / least, (total - out) / least, out / least)

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
                self._by_cell,
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
def _count_cells(  # noqa: C901, PLR0913, PLR0917 - one loop nest reads clearer whole
    cells: NDArray[np.int64],
    in_reach: tuple[NDArray[np.int64], NDArray[np.int32]],
    kinds: _Kinds,
    standing: NDArray[np.bool_],
    demand: tuple[NDArray[np.int64], int],
    slots: SlotWeights,
    share: NDArray[np.int64],
    by_cell: NDArray[np.int64],
) -> None:
    """Give the people of some cells the outcome of the option in reach that fails least.

    The last of `share` is the sign with which they are counted.
    """
    start, sites = in_reach
    people, group = demand
    seen = np.zeros(len(kinds.failure), np.bool_)  # classes in reach of the cell
    found_kinds = np.empty(len(kinds.failure), np.int64)
    best = np.empty(len(slots.minutes), np.uint8)
    for cell in cells:
        best[:] = _NOBODY
        found = 0
        for at in range(start[cell], start[cell + 1]):
            site = sites[at]
            for place in range(kinds.option_start[site], kinds.option_start[site + 1]):
                option = kinds.options[place]
                if standing[option]:
                    kind = kinds.class_of[option]
                    if not seen[kind]:
                        seen[kind] = True
                        found_kinds[found] = kind
                        found += 1
        for kind in found_kinds[:found]:
            seen[kind] = False
            for slot in range(len(best)):
                best[slot] = min(best[slot], kinds.failure[kind, slot])
        for slot in range(len(best)):
            outcome = _OUT_OF_REACH if best[slot] == _NOBODY else best[slot] & 7
            there = np.int64(people[slots.band[slot], cell, group])
            by_cell[cell, outcome] += share[3] * part_of_row(there * slots.minutes[slot], share)
