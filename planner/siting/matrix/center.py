"""Ways -> the p-center: the longest way from a cell to its site as short as can be."""

import math

import numpy as np
from numpy.typing import NDArray

from planner.siting.matrix.answer import Answer, Clock, Ending
from planner.siting.matrix.assigning import answer_with_ways, no_sites_reach, with_more
from planner.siting.matrix.covers import Covering, cover_all, covering
from planner.siting.matrix.ways import Ways

__all__ = ["radius_covering", "solve_center"]

_FIRST_LIMIT_S = 4.0
"""How long a question may take at first; twice as long whenever none was settled."""


def solve_center(ways: Ways, count: int, *, clock: Clock, gap_share: float = 0.0) -> Answer:
    """Choose `count` sites so that the longest way to the nearest of them is as short as can be.

    A cell counts whatever its weight, unless that is 0. The answer is one of the costs that occur:
    a search by halves asks whether `count` sites cover all cells within one (Minieka 1970).

    Returns
    -------
    Answer
        Objective and bound are costs.
    """
    cells = np.flatnonzero((ways.weight > 0) & ways.reached)
    search = _Search(ways, cells, count, clock, gap_share)
    search.run()
    if search.chosen is None:
        ending = Ending.INFEASIBLE if search.proven else Ending.UNKNOWN
        return no_sites_reach(ways, "p-center", count, ending, clock)
    chosen = with_more(ways, search.chosen, count)
    return answer_with_ways(
        ways,
        "p-center",
        chosen,
        objective=_longest(ways, search.cells, chosen),
        bound=search.bound,
        ending=clock.ending(proven=search.proven),
        clock=clock,
    )


class _Search:
    """Between a cost that is proven too short and one that is enough."""

    def __init__(
        self, ways: Ways, cells: NDArray[np.int64], count: int, clock: Clock, gap_share: float
    ) -> None:
        self.ways, self.cells, self.count = ways, cells, count
        self.clock, self.gap_share = clock, gap_share
        wanted = np.zeros(len(ways.cells), bool)
        wanted[cells] = True
        self.costs = np.unique(ways.cost[wanted[ways.cell]])
        self.chosen: NDArray[np.bool_] | None = None
        self.objective = math.inf
        nearest = ways.cost[ways.start[cells]]
        self.low = int(np.searchsorted(self.costs, nearest.max())) if len(cells) else 0
        """Position of the least cost that may be enough."""
        self.high = len(self.costs) - 1
        """Position of a cost that is enough, or that nothing is known of."""
        self.failed = False

    @property
    def bound(self) -> float:
        """No choice has a shorter longest way."""
        return min(float(self.costs[self.low]), self.objective) if len(self.costs) else 0.0

    @property
    def proven(self) -> bool:
        """Whether the choice is as near to the best as was asked for, or that there is none."""
        if self.failed:
            return True
        return self.chosen is not None and (self.bound >= self.objective * (1 - self.gap_share))

    def run(self) -> None:
        chosen = with_more(self.ways, self.ways.fixed, self.count)
        if math.isfinite(_longest(self.ways, self.cells, chosen)):
            self._take(chosen)
        if not len(self.costs):
            return
        self._quickly()
        limit_s = _FIRST_LIMIT_S
        while not self.proven and not self.clock.ended():
            if not self._ask_one(limit_s):
                limit_s *= 2

    def _quickly(self) -> None:
        """Halve by quick covers and bounds alone; a question that stays open counts as enough."""
        low, high = self.low, self.high
        while low < high and not self.clock.ended():
            middle = (low + high) // 2
            if self._ask(middle, exact=False, limit_s=self.clock.left_s) is False:
                low = middle + 1
            else:
                high = min(middle, self.high)

    def _ask_one(self, limit_s: float) -> bool:
        """Ask in the middle, else near an end, where questions are easier; whether one is settled.

        A question next to the answer can take longer than all others together.
        """
        if self.chosen is None:
            return self._ask(self.high, exact=True, limit_s=self.clock.left_s) is not None
        for at in dict.fromkeys(((self.low + self.high) // 2, self.low, self.high - 1)):
            if self._ask(at, exact=True, limit_s=limit_s) is not None:
                return True
            if self.clock.ended():
                break
        return False

    def _ask(self, at: int, *, exact: bool, limit_s: float) -> bool | None:
        """Ask whether the sites can cover all within a cost; None: it stays open."""
        sets = radius_covering(self.ways, self.cells, float(self.costs[at]))
        clock = Clock(min(limit_s, self.clock.left_s), self.clock.ended)
        unit, count = np.ones(len(self.ways.sites)), float(self.count)
        found = cover_all(sets, unit, self.ways.fixed, clock, most=count, exact=exact)
        if found.chosen is not None:
            self._take(found.chosen)
            return True
        if found.proven:
            self.low = max(self.low, at + 1)
            self.failed = self.low >= len(self.costs)
            return False
        return None

    def _take(self, chosen: NDArray[np.bool_]) -> None:
        longest = _longest(self.ways, self.cells, chosen)
        if longest < self.objective or self.chosen is None:
            self.chosen, self.objective = chosen, longest
            self.high = int(np.searchsorted(self.costs, longest)) if len(self.costs) else 0


def radius_covering(ways: Ways, cells: NDArray[np.int64], radius: float) -> Covering:
    """Give which sites cover which of some cells within a radius (itself included)."""
    new = np.full(len(ways.cells), -1)
    new[cells] = np.arange(len(cells))
    kept = (ways.cost <= radius) & (new[ways.cell] >= 0)
    return covering(new[ways.cell[kept]], ways.site[kept], len(cells), len(ways.sites))


def _longest(ways: Ways, cells: NDArray[np.int64], chosen: NDArray[np.bool_]) -> float:
    nearest = np.full(len(ways.cells), np.inf)
    kept = chosen[ways.site]
    np.minimum.at(nearest, ways.cell[kept], ways.cost[kept])
    return float(nearest[cells].max(initial=0.0))
