"""One siting problem at many sizes of one limit: plans that grow from one size to the next."""

import numpy as np
from numpy.typing import NDArray

from planner.compiled import kernel
from planner.progress import Stop
from planner.siting.curves.curve_bounds import Envelope
from planner.siting.problem import FEN_A_YUAN, SitingProblem
from planner.siting.solving import moves
from planner.siting.solving.cliques import conflict_cliques
from planner.siting.solving.counting import tidy_choice
from planner.siting.solving.model import NO_LIMIT, Model, State, empty_state
from planner.siting.solving.moves import close, fits, open_
from planner.siting.solving.reduce import conflict_pairs, reduce_problem
from planner.siting.solving.repair import repair

__all__ = ["Sweep", "limits_along"]

_MOST_SWEEPS = 8
_REPAIR_WORK = 10_000_000
"""Numbers that exchanges may look at until a plan keeps all limits again, roughly."""
_Numbers = NDArray[np.int64]


class Sweep:
    """A problem without the swept limit, reduced once, and a plan that grows in it.

    Parameters
    ----------
    wide
        The problem without a limit of the swept kind.
    by_money
        Whether the swept limit is money; else openings.
    ended
        Asked while the problem is reduced.
    """

    def __init__(self, wide: SitingProblem, *, by_money: bool, ended: Stop) -> None:
        self.problem, self.by_money = wide, by_money
        self.reduced = reduce_problem(wide, ended=ended)
        weights = wide.cost_fen if by_money else wide.counts.astype(np.int64)
        self.certain = int(weights[self.reduced.locked].sum())
        """What locked options use of the swept limit."""
        self.weights = weights[self.reduced.option]
        self.pairs = conflict_pairs(wide)
        self.limited = len(self.reduced.model.most) + len(self.reduced.model.floor_least) > 0
        self.restart(0.0)
        self.greedy: tuple[_Numbers, _Numbers] | None = None
        model = self.reduced.model
        priced = model.money < NO_LIMIT or bool((model.most < NO_LIMIT).any())
        self.powers = (1.0, 0.0) if by_money else (0.0, 1.0) if priced else (0.0,)
        """By gain for each yuan, or by gain alone: where cheap options leave room for more of
        them, both are tried."""

    def restart(self, power: float) -> None:
        """Let the plan be empty, and grow by gain / price**power from now on."""
        self.state = empty_state(self.reduced.model)
        self.state.left[0 if self.by_money else 1] = 0
        self.limit, self.power = 0, power

    def stand(self, chosen: NDArray[np.bool_]) -> None:
        """Let the plan be a choice of the problem, as far as options are left to decide."""
        wanted = chosen[self.reduced.option]
        _stand(self.reduced.model, self.state, wanted)

    def resized(self, limit: int, *, exchange: bool) -> NDArray[np.bool_] | None:
        """Let the plan shrink or grow to a limit; None: it then keeps none, or breaks another.

        Parameters
        ----------
        limit
            Openings, or fen.
        exchange
            Whether options are also exchanged for better ones.
        """
        room = limit - self.certain
        if room < 0:
            return None
        model, state = self._at(room), self.state
        swept = 0 if self.by_money else 1
        state.left[swept] += room - self.limit
        self.limit = room
        _shrink(model, state, self.weights, swept)
        if self.limited:
            repair(model, state, self.power, True, _REPAIR_WORK)  # noqa: FBT003 - a kernel
        for power in (self.power, 0.0) if self.power else (0.0,):
            moves.fill(model, state, power)
        if exchange:
            moves.improve(model, state, _MOST_SWEEPS)
        if state.broken[0] > 0 or state.left.min() < 0:
            return None
        chosen = np.zeros(len(self.problem.options), bool)
        chosen[self.reduced.locked] = True
        chosen[self.reduced.option[state.chosen]] = True
        return tidy_choice(self.problem, chosen, self.pairs)

    def path(self, power: float) -> tuple[_Numbers, _Numbers]:
        """Let a plan grow without the swept limit: what it uses and is worth after each option."""
        model = self._at(NO_LIMIT)
        state = empty_state(model)
        used, worth = _path(model, state, power, self.weights)
        certain = self.reduced.certain_milli
        return self.certain + used, certain + worth

    def used_by(self, chosen: NDArray[np.bool_]) -> int:
        """Add up what a choice uses of the swept limit, openings or fen."""
        problem = self.problem
        each = problem.cost_fen if self.by_money else problem.counts
        return int(each[chosen].sum())

    def worth_of(self, chosen: NDArray[np.bool_]) -> int:
        """Add up what a choice is worth, in whole numbers."""
        problem, serves = self.problem, self.problem.serves
        rows = serves.indices[np.repeat(chosen, np.diff(serves.indptr))]
        times = np.bincount(rows, minlength=serves.shape[1])
        worth = problem.base_milli + int(problem.value_milli[times > 0].sum())
        if problem.twice_milli is not None:
            worth += int(problem.twice_milli[times > 1].sum())
        if problem.worth_milli is not None:
            worth += int(problem.worth_milli[chosen].sum())
        return worth

    def envelope(self, limits: _Numbers, *, ended: Stop) -> Envelope:
        """Give bounds for all limits, to be lowered."""
        room = np.maximum(0, limits - self.certain)
        cliques = conflict_cliques(self.reduced.model, ended=ended)
        return Envelope(self.reduced.model, cliques, room, by_money=self.by_money)

    def aim(self, envelope: Envelope, at: int, chosen: NDArray[np.bool_] | None) -> None:
        """Let an envelope look at one limit, where a choice is known."""
        model = self.reduced.model
        served = np.zeros(len(model.value), np.int32)
        if chosen is not None:
            rows = np.repeat(chosen[self.reduced.option], np.diff(model.row_start))
            served += np.bincount(model.rows[rows], minlength=len(served)).astype(np.int32)
        envelope.aim(at, served, self._slope(int(envelope.limits[at])))

    def _slope(self, room: int) -> float:
        """Say what one fen more brings where a greedy plan has spent so much; 0 for openings."""
        if not self.by_money:
            return 0.0
        if self.greedy is None:
            self.greedy = self.path(1.0)
        used, worth = self.greedy
        paid = np.flatnonzero(np.diff(used) > 0)
        at = int(np.searchsorted(used[paid + 1], self.certain + room))
        if at >= len(paid):
            return 0.0
        k = paid[at]
        return float(worth[k + 1] - worth[k]) / float(used[k + 1] - used[k])

    def whole_bounds(self, envelope: Envelope) -> _Numbers:
        """Give the bounds of an envelope for the whole problem, rounded down."""
        found: _Numbers = self.reduced.certain_milli + np.floor(envelope.bounds).astype(np.int64)
        return found

    def _at(self, room: int) -> Model:
        model = self.reduced.model
        return model._replace(money=room) if self.by_money else model._replace(places=room)


def limits_along(sweep: Sweep, points: int, widest: NDArray[np.bool_] | None = None) -> _Numbers:
    """Choose limits from nothing to saturation, along plans that grow greedily.

    Half of them lie evenly over what is served, half over the limit; whole openings, or fen that
    are a round number of yuan. Greedy growth may get stuck where shares, floors or numbers must be
    kept at every step, so the curve goes at least as far as a choice that is known (`widest`).
    """
    paths = [sweep.path(power) for power in sweep.powers]
    used, worth = paths[0]
    last = max(int(path[0][-1]) for path in paths)
    known = [] if widest is None else [sweep.used_by(widest)]
    last = max(last, *known, 0)
    first = sweep.certain
    heights = np.linspace(worth[0], worth[-1], max(2, points // 2))
    along = used[np.minimum(np.searchsorted(worth, heights), len(used) - 1)]
    evenly = np.linspace(first, last, max(2, points - points // 2 + 2))
    unit = _round_unit(last - first) if sweep.by_money else 1
    found = np.concatenate([along.astype(float), evenly, np.array(known, float)])
    rounded = first + np.ceil((found - first) / unit).astype(np.int64) * unit
    return np.unique(np.concatenate([[first], rounded])).astype(np.int64)


def _round_unit(span_fen: int) -> int:
    """Give a power of ten, at least a yuan, that is small beside a span."""
    digits = len(str(max(1, span_fen // FEN_A_YUAN)))
    return FEN_A_YUAN * int(10 ** max(0, digits - 3))


@kernel
def _stand(model: Model, state: State, wanted: NDArray[np.bool_]) -> None:
    """Close what is not wanted, open what is."""
    for k in range(len(wanted)):
        if state.chosen[k] and not wanted[k]:
            close(model, state, k)
    for k in range(len(wanted)):
        if wanted[k] and not state.chosen[k]:
            open_(model, state, k)


@kernel
def _shrink(model: Model, state: State, weights: _Numbers, swept: int) -> None:
    """Close what loses least for what it uses of the swept limit, until the limit is kept."""
    while state.left[swept] < 0:
        worst, least = -1, np.inf
        for k in range(len(weights)):
            if state.chosen[k] and weights[k] > 0:
                loss = _loss(model, state, k) / weights[k]
                if loss < least:
                    worst, least = k, loss
        if worst < 0:
            return
        close(model, state, worst)


@kernel
def _loss(model: Model, state: State, k: int) -> float:
    """Say what closing an option loses."""
    loss = float(model.worth[k])
    for at in range(model.row_start[k], model.row_start[k + 1]):
        row = model.rows[at]
        if state.times[row] == 1:
            loss += model.value[row]
        elif state.times[row] == 2:  # noqa: PLR2004 - served twice
            loss += model.twice[row]
    return loss


@kernel
def _path(model: Model, state: State, power: float, weights: _Numbers) -> tuple[_Numbers, _Numbers]:
    """Add the best option again and again; give what is used and worth from nothing on."""
    m = len(model.cost)
    used, worth = np.zeros(m + 1, np.int64), np.zeros(m + 1, np.int64)
    for done in range(m):
        best, best_score = -1, 0.0
        for k in range(m):
            if state.gain[k] > 0 and not state.chosen[k] and state.blocked[k] == 0:
                score = float(state.gain[k])
                if power > 0:
                    score /= state.price[k] ** power
                if score > best_score and fits(model, state, k):
                    best, best_score = k, score
        if best < 0:
            return used[: done + 1], worth[: done + 1]
        used[done + 1] = used[done] + weights[best]
        worth[done + 1] = worth[done] + state.gain[best]
        open_(model, state, best)
    return used, worth
