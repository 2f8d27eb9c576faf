"""A problem and phases -> the plan that is best over all of them, with a bound.

Small problems are expanded and searched whole. A large one is taken apart: first what is best at
the end of each phase by itself, which gives a bound of the sum; then the best plan in phases among
the options that those ends chose, a small problem again (kernel search: E. Angelelli, R. Mansini
and M. G. Speranza 2010, Kernel search: a general heuristic for the multi-dimensional knapsack
problem, Computers & Operations Research 37, 2017-2026).
"""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from planner.language import note
from planner.siting.goals.expansion import expand_phases
from planner.siting.goals.ladder import Effort
from planner.siting.goals.objectives import value_of
from planner.siting.goals.phase_ends import end_problem
from planner.siting.goals.phases import Phased, Rollout, phase_weights
from planner.siting.plan import Plan, Status
from planner.siting.problem import SitingProblem
from planner.siting.solve import solve

__all__ = ["PhasePlan", "bound_of", "search_phases"]

_MOST_WHOLE = 240
"""Up to so many pairs of option and phase are searched at once."""
_ENDS_SHARE, _STEPS_SHARE, _KERNEL_SHARE = 0.5, 0.3, 0.6
"""Of the time that is left: for the ends of all phases, for going step by step, for a kernel."""
_PART_OF_GAP = 0.35
"""How near to the best each end and each kernel must be, as a share of the gap asked for."""
_ROUNDS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class PhasePlan:
    """A plan of the expanded problem."""

    plan: Plan
    """Of `Phased.problem` of the whole; or none, with the reasons."""
    bound: int
    """What no sum over all phases exceeds."""


def bound_of(problem: SitingProblem, plan: Plan) -> int:
    """Give the bound of the sum that a search for a plan has proven."""
    aim = problem.aim
    if plan.is_none or plan.goal is None:
        return plan.bound_milli
    bound = plan.goal.bound * aim.scale
    return aim.offset - math.floor(bound) if aim.minimise else math.ceil(bound) - aim.offset


def search_phases(
    problem: SitingProblem,
    rollout: Rollout,
    effort: Effort,
    hear: Callable[[Phased, PhasePlan], None],
) -> tuple[Phased, PhasePlan]:
    """Find the best plan over all phases.

    Parameters
    ----------
    problem
        What is asked at the end of the last phase.
    rollout
        Phases, and what they need.
    effort
        When to end.
    hear
        Told of better plans.
    """
    whole = expand_phases(problem, rollout)
    if len(whole.option) <= _MOST_WHOLE or len(rollout.phases) == 1:
        return whole, _searched(whole, effort, partial(hear, whole))
    return whole, _Apart(problem, rollout, whole, effort, partial(hear, whole)).run()


def _searched(phased: Phased, effort: Effort, hear: Callable[[PhasePlan], None]) -> PhasePlan:
    def tell(plan: Plan) -> None:
        hear(PhasePlan(plan=plan, bound=bound_of(phased.problem, plan)))

    plan = solve(
        phased.problem,
        time_limit_s=effort.left_s,
        gap_share=effort.gap_share,
        seed=effort.seed,
        work_limit=effort.work_limit,
        progress=effort.progress,
        stop=effort.stop,
        on_better=tell,
    )
    return PhasePlan(plan=plan, bound=bound_of(phased.problem, plan))


class _Apart:
    """A search that takes the phases apart."""

    def __init__(
        self,
        problem: SitingProblem,
        rollout: Rollout,
        whole: Phased,
        effort: Effort,
        hear: Callable[[PhasePlan], None],
    ) -> None:
        self.problem, self.rollout, self.whole = problem, rollout, whole
        self.effort, self.hear = effort, hear
        self.weights = phase_weights(rollout.phases)
        self.count = len(rollout.phases)
        self.names = np.array(problem.options, dtype=object)
        self.bounds = [self._most(u) for u in range(self.count)]
        self.kernel: set[str] = set(problem.keeps) | set(self.names[problem.locked])
        self.kernel.update(*(phase.done or () for phase in rollout.phases))
        self.best: Plan | None = None
        self.value = 0

    def _most(self, u: int) -> int:
        """Bound the end of a phase by all that there is."""
        del u
        problem = self.problem
        most = problem.base_milli + int(problem.value_milli.sum())
        if problem.twice_milli is not None:
            most += int(problem.twice_milli.sum())
        if problem.worth_milli is not None:
            most += int(np.maximum(0, problem.worth_milli).sum())
        return most

    @property
    def bound(self) -> int:
        """What no sum over all phases exceeds."""
        every = sum(
            int(weight) * bound for weight, bound in zip(self.weights, self.bounds, strict=True)
        )
        return max(every, self.value) if self.best is not None else every

    def run(self) -> PhasePlan:
        """Bound each end, then look for a plan among what they chose, in growing circles."""
        impossible = self._ends()
        if impossible is not None:
            return PhasePlan(plan=impossible, bound=0)
        if self.rollout.growth is not None:
            self._step_by_step()
        plan = self._in_kernel()
        if self.best is None and not self._ended():
            plan = self._in_whole()
        rounds = 0
        while self.best is not None and rounds < _ROUNDS and not self._ended():
            known = len(self.kernel), self.bound
            self._onward()
            self._in_kernel()
            rounds += 1
            if (len(self.kernel), self.bound) == known:
                break
        return self._told(plan if self.best is None else self.best)

    def _ended(self) -> bool:
        effort = self.effort
        return effort.left_s <= 0 or effort.stop() or (self.best is not None and self._near())

    def _near(self) -> bool:
        aim = self.whole.problem.aim
        whole = aim.offset - self.value if aim.minimise else aim.offset + self.bound
        return self.bound - self.value <= self.effort.gap_share * max(0, whole)

    def _asked(
        self,
        problem: SitingProblem,
        limit_s: float,
        part: float = _PART_OF_GAP,
        *,
        explain: bool = False,
    ) -> Plan:
        effort = self.effort
        return solve(
            problem,
            time_limit_s=max(0.0, min(limit_s, effort.left_s)),
            gap_share=effort.gap_share * part,
            seed=effort.seed,
            work_limit=effort.work_limit,
            stop=effort.stop,
            explain=explain,
        )

    def _ends(self) -> Plan | None:
        """Find what is best at the end of each phase; give a plan that says why there is none."""
        given_s = self.effort.left_s * _ENDS_SHARE
        ends_s = time.monotonic() + given_s
        for u in range(self.count):
            self.effort.progress(
                note("Choosing what stands at the end of phase {phase}", phase=self._id(u)),
                0.5 * u / self.count,
            )
            left_s = max(0.0, ends_s - time.monotonic())
            plan = self._end(u, left_s / (self.count - u))
            if plan.status is Status.INFEASIBLE:
                return plan
        return None

    def _id(self, u: int) -> str:
        return self.rollout.phases[u].id

    def _end(self, u: int, limit_s: float, part: float = _PART_OF_GAP) -> Plan:
        """Find what is best at the end of one phase."""
        asked = end_problem(self.problem, self.rollout, u)
        plan = self._asked(asked, limit_s, part, explain=True)
        if not plan.is_none:
            self.bounds[u] = min(self.bounds[u], bound_of(asked, plan))
            self.kernel.update(plan.options)
        return plan

    def _step_by_step(self) -> None:
        """Put into the kernel what is best phase by phase, each upon what stands before it."""
        standing: set[str] = set()
        for u in range(self.count):
            if self._ended():
                return
            share = self.effort.left_s * _STEPS_SHARE / (self.count - u)
            plan = self._upon(u, standing, share)
            if plan.is_none:
                return
            standing = set(plan.options) - self._left(plan.options)

    def _left(self, options: Sequence[str]) -> set[str]:
        """Name what some options replace."""
        return {self.rollout.before.get(option, "") for option in options}

    def _upon(self, u: int, standing: set[str], limit_s: float) -> Plan:
        """Find what is best at the end of a phase if some options stand before it."""
        asked = end_problem(self.problem, self.rollout, u)
        locked = np.isin(self.names, list(standing)) & ~asked.forbidden
        plan = self._asked(replace(asked, locked=asked.locked | locked), limit_s)
        if not plan.is_none:
            self.kernel.update(plan.options)
        return plan

    def _in_kernel(self) -> Plan:
        """Find the best plan in phases among the options of the kernel."""
        self.effort.progress(
            note(
                "Choosing what is done in which phase, among {count} options",
                count=len(self.kernel),
            ),
            0.6,
        )
        outside = ~np.isin(self.names, list(self.kernel))
        some = replace(self.problem, forbidden=self.problem.forbidden | outside, excluded={})
        phased = expand_phases(some, self.rollout)
        plan = self._asked(phased.problem, self.effort.left_s * _KERNEL_SHARE)
        self._take(plan)
        return plan

    def _in_whole(self) -> Plan:
        """Look everywhere, where the kernel has no plan."""
        plan = self._asked(self.whole.problem, self.effort.left_s, 1.0, explain=True)
        self._take(plan)
        return plan

    def _take(self, plan: Plan) -> None:
        """Keep a plan if it is the best so far."""
        if plan.is_none:
            return
        places = np.isin(np.array(self.whole.problem.options, dtype=object), list(plan.options))
        value = value_of(self.whole.problem, places)
        if self.best is None or value > self.value:
            self.best, self.value = plan, value
            self.hear(self._told(plan))

    def _told(self, plan: Plan) -> PhasePlan:
        if plan.is_none:
            return PhasePlan(plan=plan, bound=self.bound)
        near = Status.OPTIMAL if self._near() else Status.FEASIBLE
        status = Status.STOPPED if near is Status.FEASIBLE and self.effort.stop() else near
        return PhasePlan(plan=replace(plan, status=status), bound=self.bound)

    def _onward(self) -> None:
        """Ask anew at the end of each phase: sharper, and from what stands before it."""
        if self.best is None:
            return
        standing: set[str] = set()
        option, phase = self.whole.pairs_of(self.best)
        for u in range(self.count):
            if self._ended():
                return
            share = self.effort.left_s * _ENDS_SHARE / (2 * (self.count - u))
            self._end(u, share, _PART_OF_GAP / 3)
            if standing and not self._ended():
                self._upon(u, standing, share)
            until = list(map(str, self.names[option[phase <= u]]))
            standing = set(until) - self._left(until)
