"""Ways and capacities -> the capacitated p-median: each cell whole at one site that has room."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from planner.language import note
from planner.siting.matrix.answer import Answer, Clock, Ending
from planner.siting.matrix.assigning import answer_with_ways, out_of_reach
from planner.siting.matrix.median_lists import MedianLists, median_lists
from planner.siting.matrix.programs import Program, run_program
from planner.siting.matrix.rooms import exchange_with_room, raise_room_prices
from planner.siting.matrix.scaling import FLOAT_SHARE
from planner.siting.matrix.ways import Ways

__all__ = ["solve_capacitated"]

_ROUNDS = 12
_STEPS = 150


def solve_capacitated(
    ways: Ways, count: int, *, clock: Clock, gap_share: float = 0.0, seed: int = 0
) -> Answer:
    """Choose exactly `count` sites, and a site with room for each cell, at the least cost.

    A cell goes whole to one site (Mulvey and Beck 1984). Prices of the cells (Lagrangian
    relaxation; each site fills its room with the cells that save most) give a bound, choices, and
    ways that no better answer uses; branch and cut does the rest.

    Returns
    -------
    Answer
        Objective and bound in weight x cost.
    """
    lists = median_lists(ways)
    cells = np.flatnonzero((ways.weight > 0) & ways.reached)
    search = _Search(ways, lists, ways.load[cells], count, clock, gap_share)
    search.run(seed)
    if search.near is None:
        return _without(ways, count, Ending.INFEASIBLE if search.none else Ending.UNKNOWN, clock)
    near = np.full(len(ways.cells), -1)
    near[cells] = search.near
    bound = min(search.bound, search.cost)
    proven = bound >= search.cost * (1 - max(gap_share, 1e-8))
    chosen = search.chosen.copy()
    _place_the_weightless(ways, near, chosen)
    return answer_with_ways(
        ways,
        "p-median",
        chosen,
        objective=search.cost / lists.scale,
        bound=bound / lists.scale,
        ending=clock.ending(proven=proven),
        clock=clock,
        near=near,
    )


class _Search:
    """The best choice so far, and the best bound."""

    def __init__(
        self,
        ways: Ways,
        lists: MedianLists,
        load: NDArray[np.float64],
        count: int,
        clock: Clock,
        gap_share: float,
    ) -> None:
        self.ways, self.lists, self.load, self.count = ways, lists, load, count
        self.clock, self.gap_share = clock, gap_share
        self.room = ways.capacity * (1 + FLOAT_SHARE)
        self.near: NDArray[np.int64] | None = None
        self.chosen = ways.fixed.copy()
        self.cost = math.inf
        self.bound = float(lists.cost[lists.start[:-1]].sum())
        self.none = False

    def run(self, seed: int) -> None:
        lists, fixed = self.lists, self.ways.fixed
        price = lists.cost[lists.start[:-1]] + 1.0
        rng = np.random.default_rng(seed)
        kept = np.ones(len(lists.site), bool)
        for at in range(_ROUNDS):
            goal = self.cost if math.isfinite(self.cost) else 1.5 * self.bound + 1.0
            bound, price, saving, picked = raise_room_prices(
                *lists.by_site,
                self.load,
                self.room,
                price,
                fixed,
                self.count,
                goal,
                _STEPS if at else 4 * _STEPS,
                1.5 / (1 + at),
            )
            self._take_bound(bound)
            self._try(picked)
            self._try(self._shaken(rng))
            if self._settled() or self.clock.ended():
                return
        kept = self._useful(saving, bound)
        self._prove(kept)

    def _settled(self) -> bool:
        return self.bound >= self._enough()

    def _enough(self) -> float:
        slack = FLOAT_SHARE * max(1.0, self.cost)
        exact = self.cost - self.lists.unit + slack if self.lists.unit else self.cost - slack
        return min(exact, self.cost * (1 - self.gap_share)) if self.gap_share else exact

    def _take_bound(self, bound: float) -> None:
        if self.lists.unit and math.isfinite(bound):
            bound = math.ceil(bound - FLOAT_SHARE * max(1.0, bound))
        self.bound = max(self.bound, bound)

    def _shaken(self, rng: np.random.Generator) -> NDArray[np.bool_]:
        chosen = self.chosen.copy()
        may = np.flatnonzero(chosen & ~self.ways.fixed)
        others = np.flatnonzero(~chosen)
        size = min(2, len(may), len(others))
        if int(chosen.sum()) == self.count and size:
            chosen[rng.choice(may, size, replace=False)] = False
            chosen[rng.choice(others, size, replace=False)] = True
        return chosen

    def _try(self, chosen: NDArray[np.bool_]) -> None:
        if int(chosen.sum()) != self.count:
            return
        lists = self.lists
        near, cost, picked = exchange_with_room(
            *lists.by_cell, self.load, self.room, chosen, self.ways.fixed, lists.far
        )
        if cost < min(self.cost, lists.far):
            self.near, self.cost, self.chosen = near.astype(np.int64), float(cost), picked

    def _useful(self, saving: NDArray[np.float64], bound: float) -> NDArray[np.bool_]:
        """Mark the ways that an answer better than the best may use, shape (ways,)."""
        kept = np.ones(len(self.lists.site), bool)
        if not math.isfinite(self.cost):
            return kept
        free = np.flatnonzero(~self.ways.fixed)
        order = free[np.argsort(saving[free], kind="stable")]
        take = self.count - int(self.ways.fixed.sum())
        if 0 < take <= len(order):
            extra = np.maximum(0.0, saving - saving[order[take - 1]])
            extra[self.ways.fixed] = 0.0
            kept = bound + extra[self.lists.site] < self._enough()
        return kept

    def _prove(self, kept: NDArray[np.bool_]) -> None:
        program = self._program(kept)
        if program is None:
            self._take_bound(self.cost)
            self.none = not math.isfinite(self.cost)
            return
        solved = run_program(program, self.clock)
        if solved.values is not None:
            self._read(solved.values, kept)
        if solved.done:
            self._take_bound(min(solved.bound, self.cost))
            self.bound = max(self.bound, min(self._enough(), self.cost))
            self.none = not math.isfinite(self.cost)
        else:
            self._take_bound(min(solved.bound, self._enough() + self.lists.unit))

    def _program(self, kept: NDArray[np.bool_]) -> Program | None:
        """Build x of each site, then y of each way; None: a cell has no way left."""
        lists, n = self.lists, self.lists.n
        m = len(lists.start) - 1
        cell = np.repeat(np.arange(m), np.diff(lists.start))[kept]
        site, size = lists.site[kept], int(kept.sum())
        if (np.bincount(cell, minlength=m) == 0).any():
            return None
        way = n + np.arange(size)
        finite = np.flatnonzero(np.isfinite(self.room))
        row_of = np.full(n, -1)
        row_of[finite] = m + 1 + size + np.arange(len(finite))
        capped = row_of[site] >= 0
        entries = (
            (cell, way, np.ones(size)),
            (np.full(n, m), np.arange(n), np.ones(n)),
            (m + 1 + np.arange(size), way, -np.ones(size)),
            (m + 1 + np.arange(size), site, np.ones(size)),
            (row_of[site[capped]], way[capped], -self.load[cell[capped]]),
            (row_of[finite], finite, self.room[finite]),
        )
        rows, columns, values = (np.concatenate(part) for part in zip(*entries, strict=True))
        height = m + 1 + size + len(finite)
        low = np.zeros(height)
        low[:m], low[m] = 1.0, self.count
        high = np.full(height, np.inf)
        high[:m], high[m] = 1.0, self.count
        return Program(
            cost=np.concatenate([np.zeros(n), lists.cost[kept]]),
            rows=csr_array((values, (rows, columns)), shape=(height, n + size)),
            low=low,
            high=high,
            whole=np.ones(n + size, bool),
            top=np.ones(n + size),
            low_x=np.concatenate([self.ways.fixed.astype(float), np.zeros(size)]),
            hopeless=self._enough() if math.isfinite(self.cost) else None,
            gap=self.gap_share * self.cost if math.isfinite(self.cost) else 0.0,
        )

    def _read(self, values: NDArray[np.float64], kept: NDArray[np.bool_]) -> None:
        lists, n = self.lists, self.lists.n
        used = np.flatnonzero(kept)[values[n:] > 0.5]  # noqa: PLR2004 - nearest of 0 and 1
        cell = np.searchsorted(lists.start, used, side="right") - 1
        near = np.full(len(lists.start) - 1, -1)
        near[cell] = lists.site[used]
        load = np.bincount(near, self.load, minlength=n)
        cost = float(lists.cost[used].sum())
        if (near >= 0).all() and (load <= self.room).all() and cost < self.cost:
            self.near, self.cost = near, cost
            self.chosen = values[:n] > 0.5  # noqa: PLR2004 - nearest of 0 and 1


def _place_the_weightless(ways: Ways, near: NDArray[np.int64], chosen: NDArray[np.bool_]) -> None:
    """Give cells without weight their nearest chosen site; `near` is changed."""
    for cell in np.flatnonzero((ways.weight == 0) & ways.reached).tolist():
        sites = ways.site[ways.start[cell] : ways.start[cell + 1]]
        open_ = sites[chosen[sites]]
        if len(open_):
            near[cell] = open_[0]


def _without(ways: Ways, count: int, ending: Ending, clock: Clock) -> Answer:
    most = float(np.sort(ways.capacity)[-count:].sum())
    reason = (
        note(
            "The demand does not fit into {count} sites within reach: it takes {demand:g}, the"
            " largest {count} have room for {room:g} together, and each cell goes whole to one"
            " site. Allow more sites or more room.",
            count=count,
            demand=float(ways.load[(ways.weight > 0) & ways.reached].sum()),
            room=most,
        )
        if ending is Ending.INFEASIBLE
        else note(
            "No way to fit the demand into {count} sites was found in the time given. Allow more"
            " time.",
            count=count,
        )
    )
    return Answer(
        model="p-median",
        sites=(),
        objective=None,
        bound=None,
        maximise=False,
        status=ending,
        seconds=clock.seconds,
        unreachable=out_of_reach(ways),
        reasons=(reason,),
        notes=ways.notes,
    )
