"""Which site covers which cell -> the cheapest sites that cover all cells, with a proof."""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from planner.siting.matrix.answer import Clock
from planner.siting.matrix.cover_kernels import contained, cover_greedily, raise_prices
from planner.siting.matrix.cover_search import improve_cover
from planner.siting.matrix.programs import Program, run_program
from planner.siting.matrix.scaling import FLOAT_SHARE

__all__ = ["Cover", "Covering", "cover_all", "covering", "merged_cells"]

_MOST_WORK = 2_000_000_000
"""Words that a search for dominated sets may look at."""
_ROUNDS = 20
_STEPS, _EAGER, _PATIENCE = 2000, 0.8, 40
_FEWEST_STEPS = 60
_STEPS_WORK = 2_000_000_000
"""Pairs of site and cell that the steps look at, at most."""
_TRIES = 40
_CENTRED = 1e-6
_PIECES, _FEW_PIECES = 10, 1
_SEARCH_STEPS, _SEARCH_WORK = 20_000, 80_000_000
"""Of the local search: steps of one piece, and what they look at."""


@dataclass(frozen=True, slots=True)
class Covering:
    """Sites as columns, cells as rows, both as sparse lists."""

    start: NDArray[np.int64]
    """Where the cells of each site begin, shape (n + 1,)."""
    cell: NDArray[np.int32]
    cell_start: NDArray[np.int64]
    """Where the sites of each cell begin, shape (m + 1,)."""
    site: NDArray[np.int32]

    @property
    def n(self) -> int:
        """How many sites there are."""
        return len(self.start) - 1

    @property
    def m(self) -> int:
        """How many cells there are."""
        return len(self.cell_start) - 1

    def part(self, sites: NDArray[np.bool_], cells: NDArray[np.bool_]) -> "Covering":
        """Keep some sites and cells."""
        cell = np.repeat(np.arange(self.m), np.diff(self.cell_start))
        kept = sites[self.site] & cells[cell]
        new_site, new_cell = np.cumsum(sites) - 1, np.cumsum(cells) - 1
        return covering(
            new_cell[cell[kept]], new_site[self.site[kept]], int(cells.sum()), int(sites.sum())
        )


@dataclass(frozen=True, slots=True)
class Cover:
    """The best cover so far."""

    chosen: NDArray[np.bool_] | None
    """None: none found that is good enough."""
    cost: float
    bound: float
    """No cover costs less; inf: there is none."""
    proven: bool
    """Whether the best is proven, or that what was asked for cannot be."""


def covering(
    cell: NDArray[np.integer], site: NDArray[np.integer], cells: int, sites: int
) -> Covering:
    """Take pairs of cell and site, each once."""
    rows = np.lexsort((site, cell))
    columns = np.lexsort((cell, site))
    return Covering(
        np.concatenate([[0], np.cumsum(np.bincount(site, minlength=sites))]).astype(np.int64),
        cell[columns].astype(np.int32),
        np.concatenate([[0], np.cumsum(np.bincount(cell, minlength=cells))]).astype(np.int64),
        site[rows].astype(np.int32),
    )


def merged_cells(sets: Covering) -> NDArray[np.int64]:
    """Give each cell the number of its set of sites, shape (m,); 0 is the first to appear."""
    known: dict[bytes, int] = {}
    site, start = sets.site, sets.cell_start.tolist()
    return np.array(
        [known.setdefault(site[a:b].tobytes(), len(known)) for a, b in pairwise(start)],
        dtype=np.int64,
    )


def cover_all(  # noqa: PLR0913 - the arrays of one problem
    sets: Covering,
    cost: NDArray[np.float64],
    must: NDArray[np.bool_],
    clock: Clock,
    *,
    gap_share: float = 0.0,
    most: float = math.inf,
    exact: bool = True,
) -> Cover:
    """Find the cheapest sites that cover every cell.

    Reductions (cells and sites that another makes needless), greedy covers by prices, a Lagrangian
    bound that leaves sites out, then branch and cut.

    Parameters
    ----------
    cost
        Of each site, at least 0, shape (n,).
    must
        Sites that are chosen in any case, shape (n,).
    most
        Any cover that costs at most this will do, and a proof that there is none; inf: the
        cheapest is wanted.
    exact
        Whether branch and cut may follow the quick steps.
    """
    chosen = must.copy()
    base = float(cost[must].sum())
    cells = np.ones(sets.m, bool)
    cells[sets.cell[np.repeat(must, np.diff(sets.start))]] = False
    if not cells.any():
        return Cover(chosen, base, base, proven=True)
    if (np.diff(sets.cell_start)[cells] == 0).any():
        return Cover(None, math.inf, math.inf, proven=True)
    sites = ~must & (np.diff(sets.start) > 0)
    names = np.flatnonzero(sites)
    rest = sets.part(sites, cells)
    search = _Search(rest, cost[names], clock, gap_share, most - base, base)
    search.exact = exact
    found = search.run()
    if found.chosen is None:
        return Cover(None, math.inf, found.bound + base, found.proven)
    chosen[names[found.chosen]] = True
    return Cover(chosen, float(cost[chosen].sum()), found.bound + base, found.proven)


class _Search:
    """One search for a cover of all that the sites which are there anyway leave."""

    exact: bool = True

    def __init__(
        self,
        sets: Covering,
        cost: NDArray[np.float64],
        clock: Clock,
        gap_share: float,
        most: float,
        base: float,
    ) -> None:
        self.whole, self.cost, self.clock = sets, cost, clock
        self.gap_share, self.most, self.base = gap_share, most, base
        self.unit = 1.0 if (cost == np.rint(cost)).all() else 0.0
        self.best: NDArray[np.bool_] | None = None
        self.best_cost = math.inf
        self.bound = 0.0

    def run(self) -> Cover:
        self._greedy(self.whole, np.arange(self.whole.n), np.ones(self.whole.m))
        if not self._settled():
            names, sets = self._reduced(np.arange(self.whole.n), self.whole)
            names, sets = self._priced(names, sets)
            self._improve(names, sets)
            if self.exact and not self._settled() and not self.clock.ended():
                self._prove(names, sets)
        proven = self._settled()
        if self.best_cost > self.most:
            return Cover(None, math.inf, self.bound, proven)
        return Cover(self.best, self.best_cost, min(self.bound, self.best_cost), proven)

    @property
    def enough(self) -> float:
        """A bound here says that nothing better than the best, and good enough, is left."""
        goal = min(self.best_cost, self.most + (self.unit or FLOAT_SHARE))
        slack = FLOAT_SHARE * max(1.0, goal + self.base)
        exact = goal - self.unit + slack if self.unit else goal - slack
        allowed = (self.best_cost + self.base) * (1 - self.gap_share) - self.base
        return min(exact, allowed) if self.gap_share else exact

    def _settled(self) -> bool:
        if math.isfinite(self.most) and self.best_cost <= self.most:
            return True  # any will do
        return self.bound >= self.enough

    def _take_bound(self, bound: float) -> None:
        if self.unit and math.isfinite(bound):
            bound = math.ceil(bound - FLOAT_SHARE * max(1.0, bound))
        self.bound = max(self.bound, bound)

    def _greedy(self, sets: Covering, names: NDArray[np.int64], worth: NDArray[np.float64]) -> None:
        part = np.zeros(sets.n, bool)
        cost = cover_greedily(
            sets.start, sets.cell, sets.cell_start, sets.site, self.cost[names], worth, part
        )
        if cost < self.best_cost:
            self.best = np.zeros(self.whole.n, bool)
            self.best[names[part]] = True
            self.best_cost = float(self.cost[self.best].sum())

    def _reduced(
        self, names: NDArray[np.int64], sets: Covering
    ) -> tuple[NDArray[np.int64], Covering]:
        """Leave out cells and sites that others make needless, as long as that finds any."""
        for _ in range(_ROUNDS):
            before = sets.n, sets.m
            first = np.zeros(sets.m, bool)
            first[np.unique(merged_cells(sets), return_index=True)[1]] = True
            sets = sets.part(np.ones(sets.n, bool), first)
            if sets.m * sets.m * (sets.n // 64 + 1) <= _MOST_WORK:
                bits, size = _bits(sets.cell_start, sets.site, sets.n)
                needless = contained(bits, size, np.zeros(sets.m), True)  # noqa: FBT003 - kernel
                sets = sets.part(np.ones(sets.n, bool), ~needless)
            if sets.n * sets.n * (sets.m // 64 + 1) <= _MOST_WORK:
                bits, size = _bits(sets.start, sets.cell, sets.m)
                needless = contained(bits, size, self.cost[names], False)  # noqa: FBT003 - kernel
                sets, names = sets.part(~needless, np.ones(sets.m, bool)), names[~needless]
            if (sets.n, sets.m) == before or self.clock.ended():
                break
        return names, sets

    def _priced(
        self, names: NDArray[np.int64], sets: Covering
    ) -> tuple[NDArray[np.int64], Covering]:
        """Raise the bound, cover by its prices, and leave out sites that are too dear."""
        cost = self.cost[names]
        count = np.maximum(1, np.diff(sets.start))
        rate = np.repeat(cost / count, np.diff(sets.start))
        price = np.full(sets.m, np.inf)
        np.minimum.at(price, sets.cell, rate)
        eager, reduced = _EAGER, cost
        for at in range(_TRIES):
            if self._settled() or self.clock.ended():
                break
            most = max(_FEWEST_STEPS, min(_STEPS, _STEPS_WORK // max(1, len(sets.cell))))
            steps = most if not at else most // 20 + 1
            bound, price, reduced = raise_prices(
                sets.start, sets.cell, cost, price, self._goal(), steps, eager, _PATIENCE
            )
            self._take_bound(bound)
            kept = bound + np.maximum(reduced, 0.0) < self.enough
            # A greedy cover that takes the cells in the order of their prices, a little otherwise
            # each time.
            eager = 0.3 / (1 + at)
            shift = 1.0 + 0.5 * np.sin(np.arange(sets.m) * (at + 1.0))
            self._greedy(sets, names, (price + _CENTRED) * shift)
            if not kept.all() and not self._settled():
                names, cost = names[kept], cost[kept]
                sets = sets.part(kept, np.ones(sets.m, bool))
                if (np.diff(sets.cell_start) == 0).any():
                    self._take_bound(self.enough)  # without these sites a cell is left: none better
                    break
        return names, sets

    def _improve(self, names: NDArray[np.int64], sets: Covering) -> None:
        """Search for a cheaper cover, for longer where a proof is to follow."""
        if self.best is None or (np.diff(sets.cell_start) == 0).any():
            return
        cost = np.maximum(self.cost[names], _CENTRED)
        pieces = _PIECES if self.exact else _FEW_PIECES
        steps = min(_SEARCH_STEPS, _SEARCH_WORK // (sets.n + sets.m + len(sets.site) // 4))
        for at in range(pieces):
            if steps < 1 or self._settled() or self.clock.ended():
                break
            cover = self.best[names]
            if int(cover.sum()) < int(self.best.sum()):
                cover = np.zeros(sets.n, bool)
                worth = np.ones(sets.m)
                cover_greedily(
                    sets.start, sets.cell, sets.cell_start, sets.site, cost, worth, cover
                )
            goal = max(self.bound, self.most if math.isfinite(self.most) else -math.inf)
            found, _ = improve_cover(
                sets.start, sets.cell, sets.cell_start, sets.site, cost, cover, goal, steps, at
            )
            price = float(self.cost[names[found]].sum())
            if price < self.best_cost:
                self.best = np.zeros(self.whole.n, bool)
                self.best[names[found]] = True
                self.best_cost = price

    def _goal(self) -> float:
        return min(self.best_cost, self.most + 1.0)

    def _prove(self, names: NDArray[np.int64], sets: Covering) -> None:
        names, sets = self._reduced(names, sets)
        start = None
        if self.best is not None and self.best[names].sum() == self.best.sum():
            start = self.best[names].astype(float)
        program = Program(
            cost=self.cost[names],
            rows=csr_array(
                (np.ones(len(sets.site)), sets.site, sets.cell_start), shape=(sets.m, sets.n)
            ),
            low=np.ones(sets.m),
            high=np.full(sets.m, np.inf),
            whole=np.ones(sets.n, bool),
            top=np.ones(sets.n),
            start=start,
            enough=self.most if math.isfinite(self.most) else None,
            hopeless=self.enough,
        )
        solved = run_program(program, self.clock)
        if solved.values is not None:
            picked = np.zeros(self.whole.n, bool)
            picked[names[solved.values > 0.5]] = True  # noqa: PLR2004 - nearest of 0 and 1
            cost = float(self.cost[picked].sum())
            if cost < self.best_cost:
                self.best, self.best_cost = picked, cost
        if solved.done:
            # What was left out holds nothing better than what was known.
            self._take_bound(min(solved.bound, self.best_cost))
            self.bound = max(self.bound, min(self.enough, self.best_cost))
        else:
            self._take_bound(min(solved.bound, self.enough + self.unit))


def _bits(
    start: NDArray[np.int64], member: NDArray[np.int32], of: int
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Turn lists into bits, shape (sets, words); with the size of each."""
    size = np.diff(start)
    words = of // 64 + 1
    owner = np.repeat(np.arange(len(size)), size)
    bits = np.zeros(len(size) * words, np.uint64)
    np.bitwise_or.at(
        bits,
        owner * words + member // 64,
        np.uint64(1) << (member % 64).astype(np.uint64),
    )
    return bits.reshape(len(size), words), size
