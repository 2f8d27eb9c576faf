"""Branch and bound on the relaxation of a siting problem: its best plan and a proof."""

import heapq
import math
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from planner.compiled import kernel
from planner.siting.solving import moves
from planner.siting.solving.bounds import first_prices
from planner.siting.solving.counting import sum_of
from planner.siting.solving.dive import dive
from planner.siting.solving.feasible import keeps_limits
from planner.siting.solving.found import Found
from planner.siting.solving.model import Model, empty_state, most_of
from planner.siting.solving.prices import (
    FREE,
    IN,
    OUT,
    Descent,
    Relaxation,
    advance,
    no_descent,
    relaxation,
    start,
)
from planner.siting.solving.settle import follow, rounded, settle_by_bound

__all__ = ["Tree"]

_Reals = NDArray[np.float64]
_Settled = NDArray[np.int8]
_Marks = NDArray[np.bool_]

_STEPS = 10
"""Steps of the bound between two looks at it."""
_LEAST_STEPS, _MOST_STEPS, _ROOT_STEPS = 40, 200, 2000
_PATIENCE, _ROOT_PATIENCE = 5.0, 50.0
"""A node is given up as not to be closed once this many times the last gain does not close it."""
_BATCH = 4
"""Nodes that are taken up together, whatever the number of threads: so the tree is the same."""
_THREADS = 2
_MOST_BYTES = 500_000_000
"""Above this the newest nodes are taken up instead of the best, so that no more are kept."""
_SWEEPS = 20
_NEAR_SHARE = 0.003
"""How far below the best a choice may be that exchanges are tried on, as a share of it."""


@dataclass(slots=True)
class _Node:
    """A part of all choices: some options settled, and where its bound stands."""

    bound: float
    """No choice in it is worth more."""
    settled: _Settled
    opened: NDArray[np.float32]
    price: NDArray[np.float32]
    limit_price: _Reals
    floor_price: _Reals
    option: int
    """The option that is settled next, both ways."""


class _Open:
    """Nodes that are still to be divided: taken from the best or the newest, told by the best."""

    def __init__(self) -> None:
        self._nodes: dict[int, _Node] = {}  # the newest is the last
        self._ranks: list[tuple[float, int]] = []  # a heap; some of its nodes are taken already

    def __len__(self) -> int:
        return len(self._nodes)

    def add(self, node: _Node, number: int) -> None:
        """Keep a node; numbers rise."""
        self._nodes[number] = node
        heapq.heappush(self._ranks, (-node.bound, number))

    def most(self) -> float:
        """Give the highest bound of all of them, -inf where there is none."""
        while self._ranks and self._ranks[0][1] not in self._nodes:
            heapq.heappop(self._ranks)
        return -self._ranks[0][0] if self._ranks else -math.inf

    def take_best(self) -> _Node:
        """Take the one with the highest bound; of equal ones the oldest."""
        self.most()  # the first of the ranks is then one that is still there
        return self._nodes.pop(heapq.heappop(self._ranks)[1])

    def take_newest(self) -> _Node:
        """Take the one that was kept last."""
        return self._nodes.popitem()[1]


@dataclass(slots=True)
class _Looked:
    """What was found of a node."""

    settled: _Settled
    here: Descent
    bound: float
    steps: float


class Tree:
    """All choices of a model, divided until each part is bounded by the best choice.

    Each node goes on from the prices and the solution in parts of the node that it divides, so that
    few steps bound it; options that its bound or the limits settle are settled at once. The parts
    with the highest bounds are divided first.

    Attributes
    ----------
    chosen
        The best choice so far, shape (m,); None: none.
    nodes
        Number of nodes bounded so far.
    work
        Entries of the coverage looked at so far.
    """

    def __init__(
        self, model: Model, cliques: csr_array, *, start: _Marks | None, gap_milli: int
    ) -> None:
        self.model, self.gap_milli = model, gap_milli
        self.chosen = start
        # Nothing is worth less than all losses together.
        least = int(np.minimum(model.worth, 0).sum()) - 1
        self.best = least if start is None else sum_of(model, start)
        amounts = np.concatenate([model.value, model.twice, model.worth])
        self.unit = max(1, int(np.gcd.reduce(amounts))) if len(amounts) else 1
        self.nodes, self.work = 0, 0
        self._rel = relaxation(model, cliques)
        self._open = _Open()
        self._most = math.inf  # of the root while it is looked at
        self._passed = least  # the most that anything left out is worth
        self._desks = [no_descent(self._rel) for _ in range(2 * _BATCH + 1)]
        self._dived = 0  # nodes at the last dive
        self._tried = least - 1  # what the last choice was worth that was exchanged
        self._halt = np.zeros(1, np.int8)

    def target(self) -> int:
        """Give what a choice must reach to be worth looking for."""
        better = self.unit if self.chosen is not None else 1
        return self.best + max(self.gap_milli + 1, better)

    def near_enough(self, bound_milli: int) -> bool:
        """Tell whether with this bound nothing is left to look for."""
        return self.chosen is not None and bound_milli < self.target()

    def found(self) -> Found:
        """Give the best choice and the bound so far."""
        open_ = max(self._most, self._open.most())
        bound = max(self._passed, self.best)
        if open_ == math.inf:
            bound = most_of(self.model)
        elif open_ > -math.inf:
            bound = max(bound, math.floor(open_) // self.unit * self.unit)
        return Found(chosen=self.chosen, bound_milli=bound)

    def grow(self, ask_every_s: float) -> Generator[Found]:
        """Divide until nothing is left, giving what is known so many seconds apart and oftener."""
        with ThreadPoolExecutor(_THREADS, thread_name_prefix="proof") as pool:
            try:
                yield from self._waited([pool.submit(self._look_at_root)], ask_every_s)
                while len(self._open):
                    nodes = self._batch()
                    self._most = max(node.bound for node in nodes)
                    target = self.target()
                    tasks = [(node, state) for node in nodes for state in (IN, OUT)]
                    desks = self._desks[: len(tasks)]
                    dives = [pool.submit(self._dive, nodes[0])] if self._dives() else []
                    looks = [
                        pool.submit(self._look, *task, desk, float(target))
                        for task, desk in zip(tasks, desks, strict=True)
                        if task[0].bound >= target
                    ]
                    yield from self._waited([*dives, *looks], ask_every_s)
            finally:
                self._halt[0] = 1
        yield self.found()

    def _waited(
        self, asked: Sequence[Future[_Looked] | Future[_Marks]], ask_every_s: float
    ) -> Generator[Found]:
        """Wait for nodes, then keep what is left of them, in the order in which they were asked."""
        every: list[Future[Any]] = list(asked)
        while wait(every, ask_every_s).not_done:
            yield self.found()
        self._most = -math.inf
        for future in asked:
            found = future.result()
            if isinstance(found, _Looked):
                self._keep(found)
            else:
                self._offer(found)
        # What was left out was worth no more than would have been allowed for the best of now.
        allowed = self.gap_milli if self.gap_milli >= self.unit else 0
        self._passed = max(self._passed, self.best + allowed)
        yield self.found()

    def _dives(self) -> bool:
        """Say whether to dive from the best node: after the root, then at ever more nodes."""
        due = self.nodes >= 2 * self._dived
        if due:
            self._dived = max(8, self.nodes)
        return due

    def _dive(self, node: _Node) -> _Marks:
        """Look for a choice by settling options without ever turning back."""
        here = self._desks[-1]
        self._set(here, node)
        return dive(self._rel, here, node.settled.copy(), self._halt)

    def _set(self, here: Descent, node: _Node) -> None:
        """Put a descent where a node stands."""
        here.opened[:], here.price[:] = node.opened, node.price
        here.limit_price[:], here.floor_price[:] = node.limit_price, node.floor_price

    def _batch(self) -> list[_Node]:
        """Take up a few nodes: the best, or the newest where too many are kept."""
        each = 4 * len(self.model.value) + 5 * len(self.model.cost)
        many = len(self._open) * each > _MOST_BYTES
        take = self._open.take_newest if many else self._open.take_best
        return [take() for _ in range(min(_BATCH, len(self._open)))]

    def _look_at_root(self) -> _Looked:
        here, m = self._desks[0], len(self.model.cost)
        here.price[:] = first_prices(self._rel, np.ones(len(self.model.value), np.int32))
        settled = np.full(m, FREE, np.int8)
        bound, steps = _examine(
            self._rel,
            here,
            settled,
            float(self.target()),
            (_ROOT_STEPS, _ROOT_PATIENCE),
            self._halt,
        )
        return _Looked(settled, here, bound, steps)

    def _look(self, node: _Node, state: int, here: Descent, target: float) -> _Looked:
        """Bound one half of a node."""
        settled = node.settled.copy()
        settled[node.option] = state
        self._set(here, node)
        bound, steps = _examine(
            self._rel, here, settled, target, (_MOST_STEPS, _PATIENCE), self._halt
        )
        return _Looked(settled, here, min(bound, node.bound), steps)

    def _keep(self, looked: _Looked) -> None:
        """Keep a node that may hold something better, and a choice near its solution."""
        self.nodes += 1
        self.work += int(looked.steps) * len(self.model.rows)
        if looked.bound == -math.inf:
            return
        here, settled = looked.here, looked.settled
        opened = here.sum_opened / here.control[0] if here.control[0] else here.opened
        self._offer(rounded(self._rel, settled, opened))
        free = np.flatnonzero(settled == FREE)
        if not len(free) or looked.bound < self.target():
            return
        part = np.minimum(opened[free], 1 - opened[free])
        self._open.add(
            _Node(
                bound=looked.bound,
                settled=settled,
                opened=here.opened.astype(np.float32),
                price=here.price.astype(np.float32),
                limit_price=here.limit_price.copy(),
                floor_price=here.floor_price.copy(),
                option=int(free[np.argmax(part / here.option_step[free])]),
            ),
            self.nodes,
        )

    def _offer(self, chosen: _Marks) -> None:
        """Exchange a choice that is nearly the best for a better one, and take that."""
        if not keeps_limits(self.model, chosen):
            return
        worth = sum_of(self.model, chosen)
        if self._tried == worth or worth < self.best - _NEAR_SHARE * abs(self.best):
            return
        self._tried = worth
        self._take(chosen, worth)
        state = empty_state(self.model)
        for k in np.flatnonzero(chosen).tolist():
            moves.open_(self.model, state, k)
        moves.improve(self.model, state, _SWEEPS)
        if keeps_limits(self.model, state.chosen):
            self._take(state.chosen, sum_of(self.model, state.chosen))

    def _take(self, chosen: _Marks, worth: int) -> None:
        if worth > self.best:
            self.best, self.chosen = worth, chosen


@kernel
def _examine(
    rel: Relaxation,
    here: Descent,
    settled: _Settled,
    target: float,
    effort: tuple[int, float],
    halt: NDArray[np.int8],
) -> tuple[float, float]:
    """Bound what is left with some options settled, and settle more; gives bound and steps.

    The bound is -inf where nothing that is left reaches the target.
    """
    most_steps, patience = effort
    bound, before, steps = np.inf, np.inf, 0.0
    if not follow(rel, settled):
        return -np.inf, steps
    start(rel, here, settled)
    while steps < most_steps and halt[0] == 0:
        advance(rel, here, settled, _STEPS)
        steps += _STEPS
        bound = min(bound, here.told[0] + here.told[1])
        if bound < target:
            return -np.inf, steps
        if settle_by_bound(rel, here, settled, target) > 0:
            if not follow(rel, settled):
                return -np.inf, steps
            if (settled != FREE).all():
                return bound, steps
            start(rel, here, settled)
            before = np.inf
        elif steps >= _LEAST_STEPS and (before - bound) * patience < bound - target:
            break
        else:
            before = bound
    return bound, steps
