"""The best p-median choice and its proof: branch and bound on the prices of the cells."""

import heapq
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from planner.siting.matrix.answer import Clock
from planner.siting.matrix.median_lists import MedianLists, restrict
from planner.siting.matrix.median_program import median_program
from planner.siting.matrix.medians import FREE, IN, OUT, ascend, assign, descend, priced
from planner.siting.matrix.programs import run_program
from planner.siting.matrix.scaling import FLOAT_SHARE

__all__ = ["Best", "prove_median"]

_ROOT, _NODE = (5000, 0.6, 80), (150, 0.4, 10)
"""Steps, how eager the first ones are, and how many without a better bound are borne."""
_PIECE_WORK = 200_000_000
"""Ways that are looked at, at most, between two looks at the clock."""
_STALLED, _SOME, _WHILE_S = 300, 24, 30.0
"""After so many parts all is given to HiGHS if no more ways than this are left for each cell, for
so many seconds."""
_FEW = 6
"""A part of the tree with so few ways left for each cell, on average, is given to HiGHS."""
_SHRINK = 0.6
"""A part of the tree gets lists of its own once so few of its sites may still be chosen."""


@dataclass
class Best:
    """The best choice so far, and the best bound."""

    chosen: NDArray[np.bool_]
    """Of all sites of the problem."""
    cost: float
    bound: float = 0.0


@dataclass(order=True)
class _Node:
    """A part of the tree: what is settled in it, and the prices it starts from."""

    bound: float
    number: int
    lists: MedianLists = field(compare=False)
    state: NDArray[np.int8] = field(compare=False)
    price: NDArray[np.float64] = field(compare=False)
    root: bool = field(default=False, compare=False)


def prove_median(
    lists: MedianLists,
    state: NDArray[np.int8],
    count: int,
    best: Best,
    *,
    gap_share: float,
    clock: Clock,
) -> None:
    """Search until `best` is proven (to the gap), or the clock ends it; `best` is changed.

    A part of the tree is bounded by Lagrangian relaxation of the rule that each cell has one site;
    sites that the reduced costs settle are left out or fixed in it.

    Parameters
    ----------
    state
        `FREE`, or `IN` for sites that must be chosen.
    count
        Exactly so many sites are chosen.
    """
    tree = _Tree(lists, count, best, gap_share, clock)
    _, first, second = assign(*lists.by_cell, best.chosen, lists.far)
    price = np.where(second < lists.far, (first + second) / 2, first)
    tree.run(_Node(-np.inf, 0, lists, state, price, root=True))


class _Tree:
    """One search."""

    def __init__(
        self, lists: MedianLists, count: int, best: Best, gap_share: float, clock: Clock
    ) -> None:
        self.lists, self.count, self.best = lists, count, best
        self.gap_share, self.clock = gap_share, clock
        self.heap: list[_Node] = []
        self.number = 0
        self.root_price = np.zeros(0)
        self.rest: _Node | None = None
        """What the root leaves to decide."""
        self.stalled, self.while_s = _STALLED, _WHILE_S
        self.pruned = np.inf
        """The least bound of a part that was given up."""

    @property
    def enough(self) -> float:
        """A part with this bound holds nothing that is wanted."""
        cost, unit = self.best.cost, self.lists.unit
        slack = FLOAT_SHARE * max(1.0, cost)
        exact = cost - unit + slack if unit else cost - slack
        return min(exact, cost * (1 - self.gap_share)) if self.gap_share else exact

    def run(self, root: _Node) -> None:
        self.heap = [root]
        while self.heap and not self.clock.ended():
            node = heapq.heappop(self.heap)
            if node.bound >= self.enough:
                self._give_up(node.bound)
                continue
            cost = self.best.cost
            self._work(node)
            self._tell_bound()
            if self.best.cost < cost and not node.root:
                # A better choice settles more sites: begin again with shorter lists.
                self.heap = [replace(root, price=self.root_price)]
            elif self.number >= self.stalled and self._finish_whole():
                self.heap = []
                self._tell_bound()
        self._tell_bound()

    def _tell_bound(self) -> None:
        open_bound = self.heap[0].bound if self.heap else np.inf
        bound = min(open_bound, self.pruned, self.best.cost)
        if self.lists.unit and np.isfinite(bound):
            bound = float(np.ceil(bound - FLOAT_SHARE * max(1.0, bound)))
        self.best.bound = max(self.best.bound, min(bound, self.best.cost))

    def _give_up(self, bound: float) -> None:
        """Keep the bound of a part that holds nothing better; of a proven one nothing is kept."""
        exact = self.best.cost - (self.lists.unit or 0.0)
        slack = FLOAT_SHARE * max(1.0, self.best.cost)
        if bound < exact + (slack if self.lists.unit else -slack):
            self.pruned = min(self.pruned, bound)
        elif not self.lists.unit:
            self.pruned = min(self.pruned, self.best.cost - slack)

    def _work(self, node: _Node) -> None:
        lists, state = node.lists, node.state
        take = self.count - int((state == IN).sum())
        root = node.root
        bound, price, often = self._raise(lists, state, take, node.price, root=root)
        if root:
            self.root_price = price
        bound = max(bound, node.bound)
        _, saving, order = priced(*lists.by_cell, price, state, take)
        self._try(lists, state, order[:take])
        if bound >= self.enough:
            self._give_up(bound)
            return
        state = self._settled(state, take, bound, saving, order)
        take = self.count - int((state == IN).sum())
        free = np.flatnonzero(state == FREE)
        if take <= 0 or take >= len(free):
            self._leaf(lists, state, free if take > 0 else free[:0], take)
            return
        if root or len(free) + (state == IN).sum() < _SHRINK * lists.n:
            kept = state != OUT
            most = price + (self.enough - bound)
            lists, state, often = restrict(lists, state, most), state[kept], often[kept]
            free = np.flatnonzero(state == FREE)
            if root:
                self.rest = _Node(bound, 0, lists, state, price)
            if len(lists.site) <= _FEW * (len(lists.start) - 1):
                self._finish(_Node(bound, 0, lists, state, price), self.clock)
                return
        branch = free[np.argmin(np.abs(often[free] - 0.5))]
        for value in (IN, OUT):
            child = state.copy()
            child[branch] = value
            self.number += 1
            heapq.heappush(self.heap, _Node(bound, self.number, lists, child, price))

    def _raise(
        self,
        lists: MedianLists,
        state: NDArray[np.int8],
        take: int,
        price: NDArray[np.float64],
        *,
        root: bool,
    ) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
        """Raise the bound of a part, in pieces between which the clock is looked at."""
        steps, eager, patience = _ROOT if root else _NODE
        piece = max(10, _PIECE_WORK // max(1, len(lists.site)))
        patience = min(patience, max(3, piece // 3))
        bound, often = -np.inf, np.zeros(lists.n)
        while steps > 0 and eager > 0 and not (np.isfinite(bound) and self.clock.ended()):
            now = min(steps, piece)
            found, better, often, eager = ascend(
                *lists.by_cell, price, state, take, self.best.cost, now, eager, patience
            )
            steps -= now
            if found >= bound:
                bound, price = found, better
        return bound, price, often

    def _settled(
        self,
        state: NDArray[np.int8],
        take: int,
        bound: float,
        saving: NDArray[np.float64],
        order: NDArray[np.int64],
    ) -> NDArray[np.int8]:
        """Fix sites that no choice better than the best can do without, or with."""
        state = state.copy()
        if take <= 0 or take >= len(order):
            return state
        last_in, first_out = saving[order[take - 1]], saving[order[take]]
        inside, outside = order[:take], order[take:]
        state[outside[bound + saving[outside] - last_in >= self.enough]] = OUT
        state[inside[bound - saving[inside] + first_out >= self.enough]] = IN
        return state

    def _finish_whole(self) -> bool:
        """Give all that the root leaves to HiGHS for a while, where the tree gets nowhere."""
        self.stalled += self.number
        while_s, self.while_s = self.while_s, 2 * self.while_s
        rest = self.rest
        if rest is None or len(rest.lists.site) > _SOME * (len(rest.lists.start) - 1):
            return False
        clock = Clock(min(while_s, self.clock.left_s), self.clock.ended)
        return self._finish(rest, clock)

    def _finish(self, node: _Node, clock: Clock) -> bool:
        """Solve a small part as a program; whether that is done. What is left goes on the heap."""
        lists, state, bound = node.lists, node.state, node.bound
        if (np.diff(lists.start) == 0).any():
            return True  # a cell with no site left: nothing wanted is here
        program, base = median_program(lists, state, self.count, enough=self.enough)
        solved = run_program(program, clock)
        if solved.values is not None:
            chosen = np.flatnonzero(np.rint(solved.values[: lists.n]))
            self._take(lists, (state == IN).astype(np.int8) * IN, chosen)
        found = max(bound, solved.bound + base)
        if solved.done or found >= self.enough:
            self._give_up(found)
            return True
        self.number += 1
        heapq.heappush(self.heap, _Node(found, self.number, lists, state, node.price))
        return False

    def _leaf(
        self, lists: MedianLists, state: NDArray[np.int8], free: NDArray[np.int64], take: int
    ) -> None:
        """Count the one choice that is left; none where too few sites are."""
        if 0 <= take <= len(free):
            self._take(lists, state, free)

    def _try(self, lists: MedianLists, state: NDArray[np.int8], picked: NDArray[np.int64]) -> None:
        chosen = state == IN
        chosen[picked] = True
        if int(chosen.sum()) != self.count:
            return
        _, first, _ = assign(*lists.by_cell, chosen, lists.far)
        if first.sum() > self.best.cost * 1.02:  # too dear to be worth exchanges
            return
        descend(*lists.by_cell, *lists.by_site, state, chosen, lists.far, 50)
        self._take(lists, (chosen * IN).astype(np.int8), picked[:0])

    def _take(self, lists: MedianLists, state: NDArray[np.int8], more: NDArray[np.int64]) -> None:
        chosen = state == IN
        chosen[more] = True
        whole = np.zeros(self.lists.n, bool)
        whole[lists.names[chosen]] = True
        _, first, _ = assign(*self.lists.by_cell, whole, self.lists.far)
        cost = float(first.sum())
        if cost < self.best.cost:
            self.best.cost, self.best.chosen = cost, whole
