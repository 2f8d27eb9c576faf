"""One search for a plan: the best choice so far, the best bound so far, and the steps to both."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from planner.language import Message, note
from planner.progress import Progress, Stop, never, silent
from planner.siting.plan import Plan, Status
from planner.siting.problem import FEN_A_YUAN, SitingProblem
from planner.siting.solving import moves
from planner.siting.solving.bounds import Relaxed, relax
from planner.siting.solving.cliques import conflict_cliques
from planner.siting.solving.counting import (
    allowed_milli,
    goal_of,
    is_plain,
    sum_of,
    sums_of,
    tidy_choice,
    value_of,
)
from planner.siting.solving.exact import PROOF_SHARE, Found, prove
from planner.siting.solving.feasible import find_choice, keeps_limits
from planner.siting.solving.model import NO_LIMIT, State, empty_state, size_of
from planner.siting.solving.reduce import Reduced, conflict_pairs, reduce_problem
from planner.siting.solving.repair import repair
from planner.siting.telling.endings import told_gap

__all__ = ["Search", "Terms"]

_POWERS = (0.0, 0.5, 1.0)
_RELAX_STEPS = 250
_DROP = 0.05
"""How far below the best a choice may be that the search goes on from, as a share of what one site
serves on average."""
_MOST_SWEEPS = 100
_FIRST_WORK = 50_000_000
"""Numbers that exchanges may look at until a first choice keeps all limits."""
_SWAP_WORK = 1_000_000
"""The same for each round of ruin and recreate."""
_LARGE = 1_000_000
"""Above this many entries time is looked at between one greedy choice and the next."""
_SAY_EVERY_S = 0.5
_HARDLY = 0.01
"""An option that the relaxation opens less far is not looked at when its solution is rounded."""
_ROUND_WORK = 300_000_000
"""Entries of the coverage that all rounds of ruin and recreate may look at, roughly: a limit of
work, not of time."""
_FEWEST_ROUNDS, _MOST_ROUNDS = 40, 1000
_RETELL_SHARE = 0.8
"""A bound is told again once the gap has fallen to this share of what was told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """When a search ends and whom it tells; see `solve`."""

    gap_share: float
    started_s: float
    end_s: float
    seed: int = 0
    work_limit: int | None = None
    stop: Stop = never
    progress: Progress = silent
    on_better: Callable[[Plan], None] | None = None


class Search:
    """One search: the best choice so far, the best bound so far."""

    def __init__(self, problem: SitingProblem, terms: Terms) -> None:
        self.problem, self.terms = problem, terms
        self.stopped = False
        self.pairs = conflict_pairs(problem)
        self.whole = reduce_problem(problem, ended=self.broken_off)
        self.impossible = not self.whole.possible
        self.chosen: NDArray[np.bool_] | None = None
        self.added_milli = 0
        self.bound_milli = self.whole.most_milli
        self.told_milli = self.bound_milli
        self.proof_s = self.said_s = terms.started_s
        self.last_said = note("Choosing the first sites")
        model = self.whole.model
        self.margin_milli = int(PROOF_SHARE * size_of(model))
        self.limited = len(model.most) + len(model.floor_least) > 0
        priced = model.money < NO_LIMIT or bool((model.most < NO_LIMIT).any())
        self.powers = _POWERS if priced else _POWERS[:1]
        work = max(1, len(model.rows) + len(model.limits))
        self.rounds = min(_MOST_ROUNDS, max(_FEWEST_ROUNDS, _ROUND_WORK // work))
        self.relax_steps = _RELAX_STEPS
        if terms.work_limit is not None:
            self.rounds = terms.work_limit
            self.relax_steps = min(_RELAX_STEPS, terms.work_limit)

    def run(self) -> None:
        """Go through the steps until the plan is near enough to the best, or the time is over."""
        if self.impossible:
            return
        self.say(note("Choosing the first sites"), 0.0)
        state = self._first()
        if state is None or self.ended():
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
        self._round(relaxed)
        rest = self._rest(relaxed)
        if rest is not None and not self.ended():
            rest = self._shaken(rest, relaxed)
        if self.ended():
            return
        self.proof_s = self.said_s = time.monotonic()
        self._say_proof()
        self._proven(rest)

    def say(self, step: Message, done_share: float) -> None:
        """Tell the user what is being done."""
        self.last_said = step
        self.terms.progress(step, done_share)

    def _say_proof(self) -> None:
        """Tell how near the proof is, and as share of the step how much of the time is used."""
        used = (time.monotonic() - self.proof_s) / max(1e-9, self.terms.end_s - self.proof_s)
        gap = self.plan().gap
        self.say(
            note(
                "Proving how good the plan is: at most {gap} short of the best",
                gap=f"{told_gap(gap):.2%}",
            ),
            0.4 + 0.59 * min(1.0, max(0.0, used)),
        )

    def ended(self) -> bool:
        """Tell whether to end: proven, out of time, or stopped by the user."""
        return self.broken_off() or self.near_enough()

    def broken_off(self) -> bool:
        """Tell whether the time is over or the user has stopped the search."""
        if not self.stopped and self.terms.stop():
            self.stopped = True
        return self.stopped or time.monotonic() >= self.terms.end_s

    def near_enough(self) -> bool:
        """Tell whether the plan is proven as near to the best as was asked for."""
        allowed = allowed_milli(
            self.problem, self.terms.gap_share, self.added_milli, self.bound_milli
        )
        near = self.bound_milli - self.added_milli <= allowed + self.margin_milli
        return self.chosen is not None and near

    def _proof_gap_milli(self) -> int:
        """Give a distance from the best that is near enough wherever the bound ends.

        The last bound is at least what the plan adds up to now, and may be wrong by the margin.
        """
        allowed = allowed_milli(
            self.problem, self.terms.gap_share, self.bound_milli, self.added_milli
        )
        return max(0, allowed - self.margin_milli)

    def take(self, reduced: Reduced, chosen: NDArray[np.bool_]) -> None:
        """Keep a choice in a reduced problem, which keeps all limits, if it is the best so far."""
        added = reduced.certain_milli + sum_of(reduced.model, chosen)
        if self.chosen is not None and added <= self.added_milli:
            return
        self.added_milli = added
        self.chosen = np.zeros(len(self.problem.options), bool)
        self.chosen[reduced.locked] = True
        self.chosen[reduced.option[chosen]] = True
        self._tell()

    def take_bound(self, bound_milli: int) -> None:
        """Keep a bound if it is the best so far."""
        if bound_milli >= self.bound_milli:
            return
        self.bound_milli = max(bound_milli, self.added_milli)
        gap_milli, told_milli = (b - self.added_milli for b in (self.bound_milli, self.told_milli))
        if gap_milli <= _RETELL_SHARE * told_milli:
            self._tell()

    def _tell(self) -> None:
        self.told_milli = self.bound_milli
        if self.terms.on_better is not None:
            self.terms.on_better(self.plan())

    def plan(self) -> Plan:
        """Give the best plan so far; it is none where no choice was found."""
        problem = self.problem
        chosen = np.zeros(len(problem.options), bool)
        if self.chosen is not None:
            chosen = tidy_choice(problem, self.chosen, self.pairs)
        served, added = sums_of(problem, chosen)
        bound = max(self.bound_milli, added)
        every_milli = problem.base_milli + int(problem.value_milli.sum()) - problem.priced_milli
        ids = np.array(problem.options, dtype=object)
        keeps = set(problem.keeps)
        there = self.chosen is not None
        return Plan(
            options=tuple(ids[chosen]),
            closed=tuple(k for k in ids[~chosen] if k in keeps) if there else (),
            served_milli=served,
            bound_milli=bound if is_plain(problem) else every_milli,
            total_milli=problem.total_milli - problem.priced_milli,
            cost_yuan=int(problem.cost_fen[chosen].sum()) / FEN_A_YUAN,
            status=self._status(),
            seconds=time.monotonic() - self.terms.started_s,
            seed=self.terms.seed,
            notes=(*problem.notes, *_notes(problem)),
            goal=goal_of(problem, added, bound) if there else None,
        )

    def _status(self) -> Status:
        if self.impossible:
            return Status.INFEASIBLE
        if self.chosen is None:
            return Status.UNKNOWN
        if self.near_enough():
            return Status.OPTIMAL
        return Status.STOPPED if self.stopped else Status.FEASIBLE

    def _first(self) -> State | None:
        """Choose greedily in several orders; ask HiGHS where none of them keeps all limits."""
        model = self.whole.model
        states = []
        orders = [
            (power, by_need)
            for power in self.powers
            for by_need in ((False, True) if self.limited else (False,))
        ]
        large = len(model.rows) + len(model.limits) > _LARGE
        for power, by_need in orders:
            if large and (power, by_need) != orders[0] and self.broken_off():
                break
            state = empty_state(model)
            repair(model, state, power, by_need, _FIRST_WORK)
            moves.fill(model, state, power)
            if state.broken[0] == 0:
                states.append(state)
                self.take(self.whole, state.chosen)
        if states:
            return max(states, key=lambda state: value_of(model, state))
        if self.broken_off():
            return None
        return self._asked_for()

    def _asked_for(self) -> State | None:
        """Ask HiGHS for a choice that keeps all limits."""
        model = self.whole.model
        self.say(note("Looking for a plan that keeps all limits"), 0.05)
        cliques = conflict_cliques(model, ended=self.broken_off)
        found = find_choice(
            model,
            cliques,
            time_limit_s=max(0.01, self.terms.end_s - time.monotonic()),
            ended=self.broken_off,
            most_nodes=self.terms.work_limit,
        )
        self.impossible = found.impossible
        if found.chosen is None:
            return None
        state = empty_state(model)
        for k in np.flatnonzero(found.chosen).tolist():
            moves.open_(model, state, k)
        moves.fill(model, state, 0.0)
        self.take(self.whole, state.chosen)
        return state

    def _bounded(self, best: State, cliques: csr_array) -> Relaxed:
        """Lower the bound for a fixed number of steps."""
        steps = relax(self.whole.model, cliques, served=best.times)
        relaxed = next(steps)
        for step, relaxed in enumerate(steps):
            self.take_bound(self.whole.certain_milli + relaxed.bound_milli)
            if step >= self.relax_steps or self.ended():
                break
        return relaxed

    def _round(self, relaxed: Relaxed) -> None:
        """Choose what the relaxation opens furthest, and exchange for better."""
        model = self.whole.model
        state = empty_state(model)
        for k in np.argsort(-relaxed.opened, kind="stable").tolist():
            if relaxed.opened[k] < _HARDLY:
                break
            if moves.fits(model, state, k):
                moves.open_(model, state, k)
        if self.limited:
            repair(model, state, 0.0, False, _FIRST_WORK)  # noqa: FBT003 - a kernel
        moves.fill(model, state, 0.0)
        moves.improve(model, state, _MOST_SWEEPS)
        if state.broken[0] == 0:
            self.take(self.whole, state.chosen)

    def _shaken(self, rest: Reduced, relaxed: Relaxed) -> Reduced | None:
        """Look for better plans in what is left, then settle more by what they reach."""
        before = self.added_milli
        self._shake(rest)
        if self.added_milli == before or self.ended():
            return rest
        return self._rest(relaxed)

    def _shake(self, rest: Reduced) -> None:
        """Give up a few neighbours again and again and choose anew.

        What comes out is kept while it is not too far below the best; how far narrows to nothing
        (record-to-record travel, G. Dueck 1993, Journal of Computational Physics 104, 86-92).
        """
        model, known = rest.model, self.chosen
        if known is None:
            return
        state = empty_state(model)
        for k in np.flatnonzero(known[rest.option]).tolist():
            moves.open_(model, state, k)
        rng = np.random.default_rng(self.terms.seed)
        current, trial = state, empty_state(model)
        best = value = value_of(model, current)
        drop = _DROP * abs(best) / max(1, int(current.chosen.sum()))
        for done in range(self.rounds if len(model.cost) else 0):
            if self.ended():
                return
            moves.copy_state(current, trial)
            moves.ruin(model, trial, int(rng.integers(len(model.cost))), int(rng.integers(1, 6)))
            power = float(rng.choice(self.powers))
            if self.limited:
                repair(model, trial, power, bool(rng.integers(2)), _SWAP_WORK)
            moves.fill(model, trial, power)
            moves.improve_around(model, trial, current.chosen, _MOST_SWEEPS)
            if trial.broken[0] > 0:
                continue
            found = value_of(model, trial)
            if found >= value or found >= best - drop * (1 - done / self.rounds):
                current, trial, value = trial, current, found
                best = max(best, found)
                self.take(rest, current.chosen)

    def _rest(self, relaxed: Relaxed) -> Reduced | None:
        """Settle what the bound settles; None: nothing that differs from the plan is better."""
        known = self.chosen
        if known is None:
            return None
        above = self.added_milli - self.whole.certain_milli
        locked = np.zeros(len(self.problem.options), bool)
        forbidden = ~locked
        locked[self.whole.locked] = True
        may_be_better_with = self.whole.option[relaxed.if_opened > above]
        forbidden[may_be_better_with] = False
        locked[self.whole.option[relaxed.if_left <= above]] = True
        if self.limited:  # the plan itself must stay a choice, for HiGHS to start from
            locked &= known
            forbidden &= ~known
        forbidden[locked] = False
        rest = reduce_problem(
            replace(self.problem, locked=locked, forbidden=forbidden, clashes=()),
            ended=self.broken_off,
            keep=known if self.limited else None,
        )
        return rest if rest.possible else None

    def _proven(self, rest: Reduced | None) -> None:
        """Search what the bound leaves whole; None: nothing."""
        if rest is None or self.chosen is None:
            self.take_bound(self.added_milli)
            return
        cliques = conflict_cliques(rest.model, ended=self.broken_off)
        if self.broken_off():
            return

        def tell(found: Found) -> bool:
            self._take_found(rest, found)
            if time.monotonic() - self.said_s >= _SAY_EVERY_S:
                self.said_s = time.monotonic()
                self._say_proof()
            return self.broken_off() if self.terms.work_limit is not None else self.ended()

        start = self.chosen[rest.option]
        found = prove(
            rest.model,
            cliques,
            start=start if keeps_limits(rest.model, start) else None,
            gap_milli=self._proof_gap_milli(),
            time_limit_s=min(1e9, max(0.01, self.terms.end_s - time.monotonic())),
            tell=tell,
            most_nodes=math.inf if self.terms.work_limit is None else self.terms.work_limit,
        )
        self._take_found(rest, found)

    def _take_found(self, rest: Reduced, found: Found) -> None:
        if found.chosen is not None and keeps_limits(rest.model, found.chosen):
            self.take(rest, found.chosen)
        self.take_bound(rest.certain_milli + found.bound_milli)


def _notes(problem: SitingProblem) -> list[Message]:
    """Say what a reader may wonder about: a budget that buys nothing."""
    dear = problem.counts & ~problem.forbidden
    budget = problem.budget_fen
    cheapest = int(problem.cost_fen[dear].min()) if dear.any() else 0
    if budget is None or cheapest <= budget:
        return []
    whole = f"{budget / FEN_A_YUAN:,.0f}" != f"{cheapest / FEN_A_YUAN:,.0f}"
    places = 0 if whole else 2  # where rounding would hide that one is less
    return [
        note(
            "The budget of {budget} yuan is less than the cheapest opening costs, {cost} yuan.",
            budget=f"{budget / FEN_A_YUAN:,.{places}f}",
            cost=f"{cheapest / FEN_A_YUAN:,.{places}f}",
        )
    ]
