"""Ways -> the p-median: the least sum of weight x cost to the nearest of p sites."""

import numpy as np
from numpy.typing import NDArray

from planner.siting.matrix.answer import Answer, Clock, Ending
from planner.siting.matrix.assigning import answer_with_ways, no_sites_reach, with_more
from planner.siting.matrix.center import radius_covering
from planner.siting.matrix.covers import cover_all
from planner.siting.matrix.median_lists import MedianLists, median_lists
from planner.siting.matrix.median_tree import Best, prove_median
from planner.siting.matrix.medians import FREE, IN, assign, descend
from planner.siting.matrix.ways import Ways

__all__ = ["solve_median"]

_SHAKE_WORK = 300_000_000
"""Ways that all shakes may look at, roughly: a limit of work, not of time."""
_FEWEST, _MOST = 10, 150
_PASSES = 6
_WIDEST = 8
_AT_ONCE = 20


def solve_median(
    ways: Ways, count: int, *, clock: Clock, gap_share: float = 0.0, seed: int = 0
) -> Answer:
    """Choose exactly `count` sites so that the sum of weight x cost to the nearest is least.

    A greedy start and exchanges, shaken (variable neighbourhood search), then branch and bound by
    prices of the cells, which proves it. Each cell that any site reaches must be reached; cells
    without weight do not count.

    Returns
    -------
    Answer
        Objective and bound in weight x cost.
    """
    lists = median_lists(ways)
    state = np.where(ways.fixed, IN, FREE).astype(np.int8)
    chosen = _start(ways, count, clock)
    if chosen is None:
        return no_sites_reach(ways, "p-median", count, Ending.INFEASIBLE, clock)
    best = _Exchange(lists, state, chosen, clock).run(seed)
    if best.cost >= lists.far:
        return no_sites_reach(ways, "p-median", count, Ending.UNKNOWN, clock)
    best.bound = float(lists.cost[lists.start[:-1]].sum())
    prove_median(lists, state, count, best, gap_share=gap_share, clock=clock)
    bound = min(best.bound, best.cost)
    proven = bound >= best.cost * (1 - max(gap_share, 1e-8))
    return answer_with_ways(
        ways,
        "p-median",
        best.chosen,
        objective=best.cost / lists.scale,
        bound=bound / lists.scale,
        ending=clock.ending(proven=proven),
        clock=clock,
    )


def _start(ways: Ways, count: int, clock: Clock) -> NDArray[np.bool_] | None:
    """Give `count` sites that reach all cells, if need be by a covering; None: there are none."""
    chosen = with_more(ways, ways.fixed, count)
    wanted = (ways.weight > 0) & ways.reached
    near, _, _ = assign(ways.start, ways.site, ways.cost, chosen, np.inf)
    if (near[wanted] >= 0).all():
        return chosen
    sets = radius_covering(ways, np.flatnonzero(wanted), np.inf)
    found = cover_all(sets, np.ones(len(ways.sites)), ways.fixed, clock, most=float(count))
    if found.chosen is not None:
        return with_more(ways, found.chosen, count)
    return None if found.proven else chosen


class _Exchange:
    """Exchanges from shaken choices."""

    def __init__(
        self,
        lists: MedianLists,
        state: NDArray[np.int8],
        chosen: NDArray[np.bool_],
        clock: Clock,
    ) -> None:
        self.lists, self.state, self.clock = lists, state, clock
        self.best = Best(chosen, float(assign(*lists.by_cell, chosen, lists.far)[1].sum()))

    def run(self, seed: int) -> Best:
        self._descend(self.best.chosen.copy())
        rng = np.random.default_rng(seed)
        work = max(1, len(self.lists.site)) * _PASSES
        width = 1
        for _ in range(min(_MOST, max(_FEWEST, _SHAKE_WORK // work))):
            if self.clock.ended():
                break
            shaken = self.best.chosen.copy()
            taken = np.flatnonzero(shaken & (self.state != IN))
            others = np.flatnonzero(~shaken)
            size = min(width, len(taken), len(others))
            shaken[rng.choice(taken, size, replace=False)] = False
            shaken[rng.choice(others, size, replace=False)] = True
            width = 1 if self._descend(shaken) else width % _WIDEST + 1
        return self.best

    def _descend(self, chosen: NDArray[np.bool_]) -> bool:
        """Exchange until nothing is better; whether that is the best so far."""
        before = np.inf
        while not self.clock.ended():
            lists = self.lists
            cost = descend(*lists.by_cell, *lists.by_site, self.state, chosen, lists.far, _AT_ONCE)
            if cost >= before:
                break
            before = cost
        _, first, _ = assign(*self.lists.by_cell, chosen, self.lists.far)
        if first.sum() < self.best.cost:
            self.best.chosen, self.best.cost = chosen, float(first.sum())
            return True
        return False
