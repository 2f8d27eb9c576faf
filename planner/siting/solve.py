"""A siting problem -> a plan with a proof: reduce, greedy, exchange, bound, then exact."""

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from planner.language import Message, note
from planner.progress import Progress, Stop, never, silent
from planner.siting import moves
from planner.siting.bounds import Relaxed, relax
from planner.siting.clashes import clashes_of
from planner.siting.cliques import conflict_cliques
from planner.siting.exact import PROOF_SHARE, Found, prove
from planner.siting.model import Model, State, empty_state
from planner.siting.plan import Plan, Status
from planner.siting.problem import FEN_A_YUAN, SitingProblem
from planner.siting.reduce import Reduced, conflict_pairs, reduce_problem

__all__ = ["solve"]

_POWERS = (0.0, 0.5, 1.0)
_RELAX_STEPS = 250
_DROP = 0.05
"""How far below the best a choice may be that the search goes on from, as a share of what one site
serves on average."""
_MOST_SWEEPS = 100
_SAY_EVERY_S = 0.5
_ROUND_WORK = 100_000_000
"""Entries of the coverage that all rounds of ruin and recreate may look at, roughly: a limit of
work, not of time."""
_FEWEST_ROUNDS, _MOST_ROUNDS = 40, 3000
_RETELL_SHARE = 0.8
"""A bound is told again once the gap has fallen to this share of what was told."""


def solve(  # noqa: PLR0913 - what a caller may ask of a search
    problem: SitingProblem,
    *,
    time_limit_s: float,
    gap_share: float,
    seed: int = 0,
    progress: Progress = silent,
    stop: Stop = never,
    on_better: Callable[[Plan], None] | None = None,
) -> Plan:
    """Choose the options that serve the most worker-hours within all limits.

    Each step gives an answer that the next improves: greedy by gain and by gain for each yuan,
    exchange of one option for another, ruin and recreate with a fixed number of rounds, a
    Lagrangian bound that also settles options, and branch and cut (HiGHS) on what is left. All but
    the last depend on the problem and the seed alone; so does the last, unless a limit of time or
    the user ends it.

    Parameters
    ----------
    time_limit_s
        Seconds, at least 0; with 0 the answer is the greedy plan with a bound that is valid, if
        weak.
    gap_share
        The search ends when the plan is proven this near to the best, 0 to 1 (0: proven best, as
        far as floats can).
    seed
        Of the random part of the search.
    stop
        Asked often; true ends the search with the best so far.
    on_better
        Given each better plan, or the same plan with a better bound.

    Returns
    -------
    Plan
        With `status` infeasible and the `reasons` where no plan keeps the limits; otherwise one
        that keeps them all.

    Raises
    ------
    ValueError
        If `time_limit_s` is negative or not a number, or `gap_share` is outside 0 to 1.
    """
    if not time_limit_s >= 0:
        raise ValueError(f"time_limit_s must be at least 0, got {time_limit_s}")
    if not 0 <= gap_share <= 1:
        raise ValueError(f"gap_share must be from 0 to 1, got {gap_share}")
    started_s = time.monotonic()
    reasons = clashes_of(problem)
    if reasons:
        return _infeasible(problem, reasons, time.monotonic() - started_s, seed)
    search = _Search(
        problem,
        gap_share=gap_share,
        seed=seed,
        started_s=started_s,
        end_s=started_s + time_limit_s,
        stop=stop,
    )
    search.progress, search.on_better = progress, on_better
    search.run()
    progress(search.last_said, 1.0)
    return search.plan()


class _Search:
    """One search: the best choice so far, the best bound so far."""

    progress: Progress
    on_better: Callable[[Plan], None] | None
    proof_s: float
    said_s: float
    last_said: Message

    def __init__(
        self,
        problem: SitingProblem,
        *,
        gap_share: float,
        seed: int,
        started_s: float,
        end_s: float,
        stop: Stop,
    ) -> None:
        self.problem, self.gap_share, self.seed = problem, gap_share, seed
        self.started_s, self.end_s = started_s, end_s
        self.stop, self.stopped = stop, False
        self.whole = reduce_problem(problem, ended=self.broken_off)
        self.served_milli = -1
        self.chosen = np.zeros(len(problem.options), bool)
        self.bound_milli = self.whole.most_milli
        self.told_milli = self.bound_milli
        self.margin_milli = int(PROOF_SHARE * self.whole.model.value.sum())
        model = self.whole.model
        self.powers = _POWERS if model.money < int(model.cost.sum()) else _POWERS[:1]
        work = max(1, len(model.rows))
        self.rounds = min(_MOST_ROUNDS, max(_FEWEST_ROUNDS, _ROUND_WORK // work))

    def run(self) -> None:
        """Go through the steps until the plan is near enough to the best, or the time is over."""
        self.say(note("Choosing the first sites"), 0.0)
        state = self._greedy()
        if self.ended():
            return
        moves.improve(self.whole.model, state, _MOST_SWEEPS)
        self.take(self.whole, state.chosen)
        self.say(note("Computing what no plan can exceed"), 0.1)
        cliques = conflict_cliques(self.whole.model, ended=self.ended)
        if self.ended():
            return
        relaxed = self._bounded(state, cliques)
        if self.ended():
            return
        self.say(note("Exchanging sites for better ones"), 0.3)
        self._shake(state)
        if self.ended():
            return
        self.proof_s = self.said_s = time.monotonic()
        self._say_proof()
        self._proven(relaxed)

    def say(self, step: Message, done_share: float) -> None:
        """Tell the user what is being done."""
        self.last_said = step
        self.progress(step, done_share)

    def _say_proof(self) -> None:
        """Tell how near the proof is, and as share of the step how much of the time is used."""
        used = (time.monotonic() - self.proof_s) / max(1e-9, self.end_s - self.proof_s)
        gap = 1 - self.served_milli / self.bound_milli if self.bound_milli else 0.0
        self.say(
            note("Proving how good the plan is: at most {gap} short of the best", gap=f"{gap:.2%}"),
            0.4 + 0.59 * min(1.0, max(0.0, used)),
        )

    def ended(self) -> bool:
        """Tell whether to end: proven, out of time, or stopped by the user."""
        return self.broken_off() or self.near_enough()

    def broken_off(self) -> bool:
        """Tell whether the time is over or the user has stopped the search."""
        if not self.stopped and self.stop():
            self.stopped = True
        return self.stopped or time.monotonic() >= self.end_s

    def near_enough(self) -> bool:
        """Tell whether the plan is proven as near to the best as was asked for."""
        return self.bound_milli - self.served_milli <= self.allowed_milli()

    def allowed_milli(self) -> int:
        """How far below the bound the plan may stay."""
        return int(self.gap_share * self.bound_milli) + self.margin_milli

    def _proof_gap_milli(self) -> int:
        """Give a distance from the best that is near enough wherever the bound ends.

        The last bound is at least what the plan serves now, and may be wrong by the margin.
        """
        return max(0, int(self.gap_share * self.served_milli) - self.margin_milli)

    def take(self, reduced: Reduced, chosen: NDArray[np.bool_]) -> None:
        """Keep a choice in a reduced problem if it is the best so far."""
        served = reduced.certain_milli + _value_of(reduced.model, chosen)
        if served <= self.served_milli:
            return
        self.served_milli = served
        self.chosen = np.zeros(len(self.problem.options), bool)
        self.chosen[reduced.locked] = True
        self.chosen[reduced.option[chosen]] = True
        self._tell()

    def take_bound(self, bound_milli: int) -> None:
        """Keep a bound if it is the best so far."""
        if bound_milli >= self.bound_milli:
            return
        self.bound_milli = max(bound_milli, self.served_milli)
        gap_milli, told_milli = (b - self.served_milli for b in (self.bound_milli, self.told_milli))
        if gap_milli <= _RETELL_SHARE * told_milli:
            self._tell()

    def _tell(self) -> None:
        self.told_milli = self.bound_milli
        if self.on_better is not None:
            self.on_better(self.plan())

    def plan(self) -> Plan:
        """Give the best plan so far."""
        chosen = _tidy(self.problem, self.chosen)
        ids = np.array(self.problem.options, dtype=object)
        keeps = set(self.problem.keeps)
        if self.near_enough():
            status = Status.OPTIMAL
        else:
            status = Status.STOPPED if self.stopped else Status.FEASIBLE
        return Plan(
            options=tuple(ids[chosen]),
            closed=tuple(k for k in ids[~chosen] if k in keeps),
            served_milli=self.served_milli,
            bound_milli=max(self.bound_milli, self.served_milli),
            total_milli=self.problem.total_milli,
            cost_yuan=int(self.problem.cost_fen[chosen].sum()) / FEN_A_YUAN,
            status=status,
            seconds=time.monotonic() - self.started_s,
            seed=self.seed,
        )

    def _greedy(self) -> State:
        model = self.whole.model
        states = []
        for power in self.powers:
            states.append(empty_state(model))
            moves.fill(model, states[-1], power)
            self.take(self.whole, states[-1].chosen)
        return max(states, key=lambda state: _value(model, state))

    def _bounded(self, best: State, cliques: csr_array) -> Relaxed:
        """Lower the bound for a fixed number of steps."""
        steps = relax(self.whole.model, cliques, served=best.times)
        relaxed = next(steps)
        for step, relaxed in enumerate(steps):
            self.take_bound(self.whole.certain_milli + relaxed.bound_milli)
            if step >= _RELAX_STEPS or self.ended():
                break
        return relaxed

    def _shake(self, state: State) -> None:
        """Give up a few neighbours again and again and choose anew.

        What comes out is kept while it is not too far below the best; how far narrows to nothing
        (record-to-record travel, G. Dueck 1993, Journal of Computational Physics 104, 86-92).
        """
        model = self.whole.model
        rng = np.random.default_rng(self.seed)
        current, trial = state, empty_state(model)
        best = value = _value(model, current)
        drop = _DROP * best / max(1, int(current.chosen.sum()))
        for done in range(self.rounds if len(model.cost) else 0):
            if self.ended():
                return
            moves.copy_state(current, trial)
            moves.ruin(model, trial, int(rng.integers(len(model.cost))), int(rng.integers(1, 6)))
            moves.fill(model, trial, float(rng.choice(self.powers)))
            moves.improve(model, trial, _MOST_SWEEPS)
            found = _value(model, trial)
            if found >= value or found >= best - drop * (1 - done / self.rounds):
                current, trial, value = trial, current, found
                best = max(best, found)
                self.take(self.whole, current.chosen)

    def _proven(self, relaxed: Relaxed) -> None:
        """Settle what the bound settles, then search the rest whole."""
        above = self.served_milli - self.whole.certain_milli
        locked, forbidden = self.problem.locked.copy(), np.ones(len(self.problem.options), bool)
        forbidden[self.whole.option[relaxed.if_opened > above]] = False
        locked[self.whole.option[relaxed.if_left <= above]] = True
        forbidden[locked] = False
        rest_problem = replace(self.problem, locked=locked, forbidden=forbidden, clashes=())
        if clashes_of(rest_problem):
            # Nothing that differs from the plan can be better.
            self.take_bound(self.served_milli)
            return
        rest = reduce_problem(rest_problem, ended=self.broken_off)
        cliques = conflict_cliques(rest.model, ended=self.broken_off)
        if self.broken_off():
            return

        def tell(found: Found) -> bool:
            if found.chosen is not None:
                self.take(rest, found.chosen)
            self.take_bound(rest.certain_milli + found.bound_milli)
            if time.monotonic() - self.said_s >= _SAY_EVERY_S:
                self.said_s = time.monotonic()
                self._say_proof()
            return self.ended()

        found = prove(
            rest.model,
            cliques,
            start=self.chosen[rest.option],
            gap_milli=self._proof_gap_milli(),
            time_limit_s=max(0.01, self.end_s - time.monotonic()),
            tell=tell,
        )
        if found.chosen is not None:
            self.take(rest, found.chosen)
        self.take_bound(rest.certain_milli + found.bound_milli)


def _value(model: Model, state: State) -> int:
    return int(model.value[state.times > 0].sum())


def _value_of(model: Model, chosen: NDArray[np.bool_]) -> int:
    taken = np.repeat(chosen, np.diff(model.row_start))
    served = np.zeros(len(model.value), bool)
    served[model.rows[taken]] = True
    return int(model.value[served].sum())


def _tidy(problem: SitingProblem, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Leave out openings that add nothing, dearest first; close no station without need."""
    serves = problem.serves
    tidy = chosen.copy()
    times = serves.T @ tidy.astype(np.int64)
    needless = np.flatnonzero(tidy & ~problem.locked)
    for k in needless[np.argsort(-problem.cost_fen[needless], kind="stable")]:
        rows = serves.indices[serves.indptr[k] : serves.indptr[k + 1]]
        if (times[rows] > 1).all():
            tidy[k] = False
            times[rows] -= 1
    pairs = conflict_pairs(problem)
    keeps = set(problem.keeps)
    for k in np.flatnonzero(~tidy & ~problem.forbidden):
        if problem.options[k] in keeps:
            beside = np.concatenate([pairs[pairs[:, 0] == k, 1], pairs[pairs[:, 1] == k, 0]])
            tidy[k] = not tidy[beside].any()
    return tidy


def _infeasible(
    problem: SitingProblem, reasons: tuple[Message, ...], seconds: float, seed: int
) -> Plan:
    return Plan(
        options=(),
        served_milli=problem.base_milli,
        bound_milli=problem.base_milli,
        total_milli=problem.total_milli,
        cost_yuan=0.0,
        status=Status.INFEASIBLE,
        seconds=seconds,
        seed=seed,
        reasons=reasons,
    )
