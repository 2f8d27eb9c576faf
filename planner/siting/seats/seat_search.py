"""A choice within all limits -> a better one where seats count: add, exchange, shake, again."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.siting.editing import live_moves as moves
from planner.siting.problem import SitingProblem
from planner.siting.seats.seat_town import SeatTown
from planner.siting.solving.reduce import conflict_pairs

__all__ = ["SeatSearch"]

_Marks = NDArray[np.bool_]
_ADDS, _EXCHANGES = 12, 4
"""Options that are counted exactly at each step, the most promising ones."""
_MOST_OUT = 3
"""Options that are given up at once when a choice is shaken."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """A choice that is kept to come back to."""

    chosen: _Marks
    value: int


class SeatSearch:
    """A choice that keeps all limits, and what it serves with its seats.

    What an option may add is judged by what the plan without seats would gain and by those without
    a seat whom it could serve, at most its seats; the most promising ones are then counted exactly,
    everybody seated anew. Nothing depends on the clock, but when it ends.

    Parameters
    ----------
    problem, town
        What is asked, and who can sit where.
    chosen
        A choice that keeps all limits, shape (n,).
    seed
        Of what is given up when a choice is shaken.
    over
        Asked often; true ends the search.
    """

    def __init__(
        self,
        problem: SitingProblem,
        town: SeatTown,
        chosen: _Marks,
        *,
        seed: int,
        over: Callable[[], bool],
    ) -> None:
        self.problem, self.town, self.over = problem, town, over
        self.counted = 0
        self._model = moves.whole_model(problem)
        self._now = moves.nothing_stands(self._model)
        self._most = town.seats_milli()
        self._rng = np.random.default_rng(seed)
        pairs = conflict_pairs(problem)
        self._foes = np.concatenate([pairs, pairs[:, ::-1]])
        self._go_to(chosen)
        self.best = _Kept(self.chosen, self._value())

    @property
    def chosen(self) -> _Marks:
        """Which options stand, shape (n,)."""
        return self._now.chosen.copy()

    def start_from(self, chosen: _Marks) -> None:
        """Go to another choice and improve it, if it keeps all limits."""
        before = self.chosen
        self._go_to(chosen)
        if not self._keeps_all():
            self._go_to(before)
            return
        self.improve()

    def improve(self) -> bool:
        """Add and exchange until nothing helps; tells whether the best became better."""
        value = self._value()
        while not self.over():
            better = self._add(value)
            if better is None:
                better = self._exchange(value)
            if better is None:
                break
            value = better
        if value <= self.best.value:
            return False
        self.best = _Kept(self.chosen, value)
        return True

    def shake(self) -> bool:
        """Give up some options of the best choice, force another in, and improve what is left."""
        self._go_to(self.best.chosen)
        free = np.flatnonzero(self._now.chosen & ~self.problem.locked)
        out = np.flatnonzero(~self._now.chosen & ~self.problem.forbidden)
        if not len(free) or not len(out):
            return False
        some = self._rng.integers(1, _MOST_OUT + 1)
        for k in self._rng.choice(free, min(int(some), len(free)), replace=False):
            moves.remove(self._model, self._now, int(k))
        for k in self._rng.choice(out, min(_ADDS, len(out)), replace=False):
            if self._fits(int(k)):
                moves.add(self._model, self._now, int(k))
                break
        self._fill()
        return self._keeps_all() and self.improve()

    # --- Inside -----------------------------------------------------------------------------------

    def _go_to(self, chosen: _Marks) -> None:
        for k in np.flatnonzero(self._now.chosen & ~chosen):
            moves.remove(self._model, self._now, int(k))
        for k in np.flatnonzero(chosen & ~self._now.chosen):
            moves.add(self._model, self._now, int(k))

    def _value(self) -> int:
        """Count exactly what is served with seats, thousandths of a worker-minute a week."""
        self.counted += 1
        served = self.problem.base_milli + int(self._now.sums.sum())
        return served - self.town.lost_milli(self._now.chosen)

    def _promises(self) -> NDArray[np.int64]:
        """Judge what each option would add, shape (n,); 0 for one that stands."""
        self.counted += 1
        _, near = self.town.lost_near(self._now.chosen)
        judged: NDArray[np.int64] = np.minimum(self._now.step + near, self._most)
        judged[self._now.chosen | self.problem.forbidden] = 0
        return judged

    def _fits(self, k: int) -> bool:
        return moves.first_within(self._model, self._now, np.array([k], np.int64)) == k

    def _keeps_all(self) -> bool:
        model, now, problem = self._model, self._now, self.problem
        return bool(
            now.spent[0] <= model.money
            and now.spent[1] <= model.places
            and not now.blocked[now.chosen].any()
            and now.chosen[problem.locked].all()
            and not now.chosen[problem.forbidden].any()
            and (now.used >= model.least).all()
            and (now.used <= model.most).all()
            and (now.met >= model.floor_least).all()
        )

    def _fill(self) -> None:
        """Add what promises most, or what a limit lacks, uncounted, as long as anything fits."""
        while not self.over():
            judged = self._promises()
            k = moves.first_within(self._model, self._now, _by_promise(judged, len(judged)))
            if k < 0 and not self._keeps_all():
                k = self._mending()
            if k < 0:
                return
            moves.add(self._model, self._now, int(k))

    def _mending(self) -> int:
        """Find an option that brings a limit nearer to its least, the most promising first."""
        judged = self._promises()
        before = self._missing()
        for k in np.lexsort((np.arange(len(judged)), -judged)):
            if not self._now.chosen[k] and not self.problem.forbidden[k] and self._fits(int(k)):
                moves.add(self._model, self._now, int(k))
                mends = self._missing() < before
                moves.remove(self._model, self._now, int(k))
                if mends:
                    return int(k)
        return -1

    def _missing(self) -> float:
        model, now = self._model, self._now
        lacking = np.maximum(0, model.least - now.used).astype(float)
        unmet = np.maximum(0, model.floor_least - now.met).astype(float)
        return float(
            (lacking / np.maximum(1, np.abs(model.least))).sum()
            + (unmet / np.maximum(1, model.floor_least)).sum()
        )

    def _add(self, value: int) -> int | None:
        """Add the best of the most promising options that fit; None: none helps."""
        best, best_value = -1, value
        tried = 0
        for k in _by_promise(self._promises(), len(self._most)):
            if tried == _ADDS or self.over():
                break
            if not self._fits(int(k)):
                continue
            tried += 1
            moves.add(self._model, self._now, int(k))
            found = self._value()
            moves.remove(self._model, self._now, int(k))
            if found > best_value:
                best, best_value = int(k), found
        if best < 0:
            return None
        moves.add(self._model, self._now, best)
        return best_value

    def _exchange(self, value: int) -> int | None:
        """Exchange one option for another, first those that are missed least; None: none helps."""
        for out in self._by_loss():
            if self.over():
                return None
            moves.remove(self._model, self._now, out)
            less = self._value()
            judged = self._promises()
            judged[out] = 0
            tried = 0
            for k in _by_promise(np.where(judged > value - less, judged, 0), len(judged)):
                if tried == _EXCHANGES or self.over():
                    break
                moves.add(self._model, self._now, int(k))
                if self._keeps_all():
                    tried += 1
                    found = self._value()
                    if found > value:
                        return found
                moves.remove(self._model, self._now, int(k))
            moves.add(self._model, self._now, out)
        return None

    def _by_loss(self) -> list[int]:
        """List the options that can go, those that serve least by themselves first."""
        free = np.flatnonzero(self._now.chosen & ~self.problem.locked)
        alone = np.minimum(self._now.step[free], self._most[free])
        return [int(k) for k in free[np.lexsort((free, alone))]]


def _by_promise(judged: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """Order the options that promise anything, the most promising first; ties by place."""
    some = np.flatnonzero(judged > 0)
    return some[np.lexsort((some, -judged[some]))][:most].astype(np.int64)
