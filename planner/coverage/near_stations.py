"""Coverage and the largest distance -> who lies too far from an open station, for any options."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.coverage.factors import Coverage
from planner.coverage.gaps import CellNeeds, are_open

__all__ = ["NearStations", "TooFar"]

_MODE = "walk"


@dataclass(frozen=True, slots=True, kw_only=True)
class TooFar:
    """Who must have an open station near and has none, though some site lies near enough."""

    workers: float
    """Headcount of the cells."""
    cells: int


class NearStations:
    """The sites that lie near enough to the cells which must have a station near.

    Tells the gaps of `check_gaps` of any set of options in the time of walking through what lies
    near their sites. It never changes, so any number of people can share it.

    Parameters
    ----------
    coverage
        With ways on foot up to both limits.
    needs
        Which of its cells must have a station near; candidates do not matter for them.
    """

    def __init__(self, coverage: Coverage, needs: CellNeeds) -> None:
        ways = coverage.travel[_MODE].length_mm
        near = (ways.data <= needs.limit_mm[ways.indices]) & needs.required[ways.indices]
        self._coverage = coverage
        self._start = np.concatenate([[0], np.cumsum(near)])[ways.indptr]
        self._cells = ways.indices[near].astype(np.int32, copy=False)
        self._could = np.zeros(len(needs.required), np.bool_)
        self._could[self._cells] = True
        self._workers_milli = needs.workers_milli
        table = coverage.options.table
        site = coverage.options.sites.index.get_indexer(pd.Index(table["site"].to_numpy()))
        self._site_of = site.astype(np.int64)
        self._opens = are_open(table)

    def too_far(self, there: Collection[str]) -> TooFar:
        """Tell who lies too far from an open station; whom no site could serve is not among them.

        Parameters
        ----------
        there
            Ids of the options that are there, stations of today included.

        Raises
        ------
        ValueError
            If an option is not known.
        """
        places = self._coverage.positions_of(sorted(there))
        far = self._could.copy()
        is_open = np.zeros(len(self._start) - 1, np.bool_)
        is_open[self._site_of[places[self._opens[places]]]] = True
        far[self._cells[np.repeat(is_open, np.diff(self._start))]] = False
        milli = int(np.dot(self._workers_milli, far))
        return TooFar(workers=milli / 1000, cells=int(np.count_nonzero(far)))
