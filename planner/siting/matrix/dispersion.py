"""Ways between sites -> p-dispersion: the least way between chosen sites as long as can be."""

import math

import numpy as np
from numpy.typing import NDArray

from planner.language import note
from planner.siting.matrix.answer import Answer, Clock
from planner.siting.matrix.far_sets import find_far_apart, needed_sites
from planner.siting.matrix.packing import greedy_apart, partition_size, too_near_cliques
from planner.siting.matrix.programs import Program, run_program
from planner.siting.matrix.ways import Ways

__all__ = ["solve_dispersion"]

_STARTS = 40
_FIRST_LIMIT_S = 4.0
"""How long a question may take at first; twice as long whenever none was settled."""


def solve_dispersion(
    ways: Ways, count: int, *, clock: Clock, gap_share: float = 0.0, seed: int = 0
) -> Answer:
    """Choose `count` sites whose nearest two are as far apart as can be.

    The answer is one of the costs that occur: a search by halves asks whether `count` sites can be
    packed with none of them nearer than that (Sayyady and Fathi 2016). A pair that is not in the
    table is as far apart as can be.

    Parameters
    ----------
    ways
        Cells are the sites; both directions of each pair.

    Returns
    -------
    Answer
        Objective and bound are costs; None where no two chosen sites are in the table together.
    """
    search = _Search(ways, count, clock, gap_share, seed)
    search.run()
    chosen = tuple(ways.sites[j] for j in np.flatnonzero(search.chosen))
    told = math.isfinite(search.objective)
    apart = note(
        "No two of the chosen sites stand in the table together: they are farther apart than any"
        " pair in it."
    )
    return Answer(
        model="p-dispersion",
        sites=chosen,
        objective=search.objective if told else None,
        bound=search.bound if told and math.isfinite(search.bound) else None,
        maximise=True,
        status=clock.ending(proven=search.proven),
        seconds=clock.seconds,
        notes=ways.notes if told else (*ways.notes, apart),
    )


class _Search:
    """Between a cost that is packed and one that is proven too long."""

    def __init__(self, ways: Ways, count: int, clock: Clock, gap_share: float, seed: int) -> None:
        self.ways, self.count, self.clock = ways, count, clock
        self.gap_share, self.seed = gap_share, seed
        n = len(ways.sites)
        self.apart = np.full((n, n), np.inf)
        self.apart[ways.cell, ways.site] = ways.cost
        np.fill_diagonal(self.apart, np.inf)
        self.costs = np.append(np.unique(ways.cost[ways.cell != ways.site]), np.inf)
        self.chosen = np.zeros(n, bool)
        self.objective = -math.inf
        self.high = len(self.costs) - 1
        """Position of the largest cost that may be packed."""

    @property
    def bound(self) -> float:
        """No choice has its nearest two farther apart."""
        return max(float(self.costs[self.high]), self.objective)

    @property
    def proven(self) -> bool:
        return self.objective >= self.bound or (
            math.isfinite(self.bound) and self.objective >= self.bound * (1 - self.gap_share)
        )

    def run(self) -> None:
        self._start()
        self._bound_by_fixed()
        self._quickly()
        limit_s = _FIRST_LIMIT_S
        while not self.proven and not self.clock.ended():
            if not self._ask_one(limit_s):
                limit_s *= 2

    def _quickly(self) -> None:
        """Halve by the quick bound alone."""
        low, high = self._at(self.objective) + 1, self.high
        while low <= high and not self.clock.ended():
            middle = (low + high) // 2
            if self._ask(middle, limit_s=0.0) is False:
                high = middle - 1
                self.high = min(self.high, high)
            else:
                low = middle + 1

    def _ask_one(self, limit_s: float) -> bool:
        """Ask in the middle, else near an end, where questions are easier; whether one is settled.

        A question next to the answer can take longer than all others together.
        """
        low = self._at(self.objective) + 1
        for at in dict.fromkeys(((low + self.high) // 2, self.high, low)):
            packed = self._ask(at, limit_s=limit_s)
            if packed is False:
                self.high = min(self.high, at - 1)
            if packed is not None:
                return True
            if self.clock.ended():
                break
        return False

    def _at(self, cost: float) -> int:
        return int(np.searchsorted(self.costs, cost))

    def _bound_by_fixed(self) -> None:
        fixed = np.flatnonzero(self.ways.fixed)
        if len(fixed) > 1:
            self.high = min(self.high, self._at(float(self.apart[np.ix_(fixed, fixed)].min())))

    def _start(self) -> None:
        """Start from sites that are each the farthest from those before it, exchanged."""
        rng = np.random.default_rng(self.seed)
        n = len(self.ways.sites)
        starts = rng.permutation(n)[: max(1, min(_STARTS, n))]
        for at in starts.tolist():
            if self.objective > -math.inf and self.clock.ended():
                break
            chosen = greedy_apart(self.apart, self.ways.fixed, self.count, int(at))
            self._take(chosen)

    def _take(self, chosen: NDArray[np.bool_]) -> None:
        least = float(self.apart[np.ix_(chosen, chosen)].min(initial=np.inf))
        if least > self.objective:
            self.objective, self.chosen = least, chosen

    def _take_far(self, sites: NDArray[np.int64]) -> None:
        chosen = self.ways.fixed.copy()
        chosen[sites] = True
        self._take(chosen)

    def _ask(self, at: int, *, limit_s: float) -> bool | None:
        """Ask whether the sites can be packed with none nearer than a cost; None: it stays open.

        Without time by the quick bound alone.
        """
        near = self.apart < self.costs[at]
        free = ~self.ways.fixed & ~near[self.ways.fixed].any(axis=0)
        want = self.count - int(self.ways.fixed.sum())
        names = np.flatnonzero(free)
        if len(names) < want:
            return False
        names = names[needed_sites(near[np.ix_(names, names)], want)]
        near = near[np.ix_(names, names)]
        if len(names) < want or partition_size(near) < want:
            return False
        if limit_s <= 0:
            return None
        clock = Clock(min(limit_s, self.clock.left_s), self.clock.ended)
        found, done = find_far_apart(near, want, clock)
        if found is not None:
            self._take_far(names[found])
            return True
        return False if done else self._pack(near, names, want, limit_s)

    def _pack(
        self, near: NDArray[np.bool_], names: NDArray[np.int64], want: int, limit_s: float
    ) -> bool | None:
        cliques = too_near_cliques(near)
        n = len(names)
        program = Program(
            cost=-np.ones(n),
            rows=cliques,
            low=np.zeros(cliques.shape[0]),
            high=np.ones(cliques.shape[0]),
            whole=np.ones(n, bool),
            top=np.ones(n),
            enough=float(-want),
            hopeless=-want + 1e-6,
        )
        clock = Clock(min(limit_s, self.clock.left_s), self.clock.ended)
        solved = run_program(program, clock)
        if solved.values is not None:
            picked = np.flatnonzero(solved.values > 0.5)  # noqa: PLR2004 - nearest of 0 and 1
            if len(picked) >= want and not near[np.ix_(picked, picked)].any():
                self._take_far(names[picked[:want]])
                return True
        if solved.done or solved.bound >= -want + 1e-6:
            return False
        return None
