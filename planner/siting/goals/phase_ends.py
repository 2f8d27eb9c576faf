"""A problem and phases -> for each phase, the problem of standing best at its end.

What a plan in phases has at the end of a phase is a choice in the problem of that end. So the sum
of their bounds, each with the weight of its phase, bounds the sum over all phases; and what is best
at the ends is where to look for a plan.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from planner.district.settings import Phase
from planner.language import note
from planner.siting.goals.objectives import join_limits
from planner.siting.goals.phases import Growth, Rollout, limits_where
from planner.siting.problem import FEN_A_YUAN, UNLIMITED, About, LinearLimits, SitingProblem

__all__ = ["end_problem"]

_Number = TypeVar("_Number", int, float)


def end_problem(problem: SitingProblem, rollout: Rollout, u: int) -> SitingProblem:
    """Ask for the best that can stand at the end of a phase.

    Every limit that this lacks is one of the way there, or of later phases.

    Parameters
    ----------
    problem
        What is asked at the end of the last phase.
    rollout
        Phases, and what they need.
    u
        Place of the phase.
    """
    phases = rollout.phases
    last = u == len(phases) - 1
    locked, forbidden = _settled(problem, rollout, u)
    always = limits_where(problem.linear, always=True)
    atend = limits_where(problem.linear, always=False) if last else None
    return replace(
        problem,
        budget_yuan=_least(problem.budget_yuan, _budget_until(phases, u)),
        count=_least(problem.count, _count_until(problem, phases, u)),
        locked=locked,
        forbidden=forbidden,
        excluded={},
        too_close=problem.too_close if last else _pairs(problem, rollout.before),
        linear=join_limits(
            len(problem.options),
            always,
            atend,
            *rollout.quotas[: u + 1],
            _beside(problem, rollout, u),
        ),
        floors=problem.floors if last else None,
        clashes=problem.clashes if last else (),
    )


def _settled(
    problem: SitingProblem, rollout: Rollout, u: int
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Say what must and what can't stand at the end of a phase."""
    names = np.array(problem.options, dtype=object)
    keeps = np.isin(names, list(problem.keeps))
    done = [set(phase.done) for phase in rollout.phases if phase.done is not None]
    early = [set(phase.done) for phase in rollout.phases[: u + 1] if phase.done is not None]
    fixed = np.isin(names, list(set().union(*early)))
    later = np.isin(names, list(set().union(*done))) & ~fixed
    closed = all(phase.done is not None for phase in rollout.phases[: u + 1])
    forbidden = problem.forbidden | later
    if closed:
        forbidden = forbidden | ~(fixed | keeps)
    growth = rollout.growth
    if growth is not None and growth.anything_today:
        forbidden = forbidden | ~(_within_steps(growth, fixed | keeps, u) | fixed | keeps)
    last = u == len(rollout.phases) - 1
    locked = fixed | (problem.locked & (keeps | last))
    return locked, forbidden & ~locked


def _within_steps(growth: Growth, stands: NDArray[np.bool_], steps: int) -> NDArray[np.bool_]:
    """Mark what so many further phases can reach from what is near today or stands."""
    reached = growth.near_today.copy()
    near = csr_array(growth.near, dtype=np.int64)
    reached |= near @ stands.astype(np.int64) > 0
    for _ in range(steps):
        reached |= near @ reached.astype(np.int64) > 0
    return reached


def _beside(problem: SitingProblem, rollout: Rollout, u: int) -> LinearLimits | None:
    """Ask for a station near each that has none of today near: an earlier one, so it is there."""
    growth = rollout.growth
    if growth is None or u == 0 or not growth.anything_today:
        return None
    names = np.array(problem.options, dtype=object)
    done = [phase.done for phase in rollout.phases if phase.done is not None]
    free = np.isin(names, [*problem.keeps, *(option for some in done for option in some)])
    asked = np.flatnonzero(~(growth.near_today | free | problem.forbidden))
    alone = csr_array(
        (np.ones(len(asked), np.int64), (np.arange(len(asked)), asked)),
        shape=(len(asked), len(names)),
    )
    about = About(kind="contiguous", name=note("each opening has an earlier station near"))
    return LinearLimits(
        weights=csr_array(csr_array(growth.near, dtype=np.int64)[asked] - alone),
        least=np.zeros(len(asked), np.int64),
        most=np.full(len(asked), UNLIMITED, np.int64),
        about=(about,) * len(asked),
    )


def _pairs(problem: SitingProblem, before: Mapping[str, str]) -> NDArray[np.int32]:
    """Leave out what is too close to a station that may yet move away."""
    keeps = {k for k, option in enumerate(problem.options) if option in set(before.values())}
    own = {
        (k, place)
        for k, option in enumerate(problem.options)
        if (place := _place(problem, before.get(option))) >= 0
    }
    kept = [
        (i, j)
        for i, j in problem.too_close.tolist()
        if not ({i, j} & keeps) or (i, j) in own or (j, i) in own
    ]
    return np.array(kept, np.int32).reshape(-1, 2)


def _place(problem: SitingProblem, option: str | None) -> int:
    if option is None:
        return -1
    place = int(np.searchsorted(np.array(problem.options, dtype=object), option))
    found = place < len(problem.options) and problem.options[place] == option
    return place if found else -1


def _budget_until(phases: Sequence[Phase], u: int) -> float | None:
    budgets = [phase.budget_yuan for phase in phases[: u + 1]]
    fen = [round(budget * FEN_A_YUAN) for budget in budgets if budget is not None]
    return sum(fen) / FEN_A_YUAN if len(fen) == len(budgets) else None


def _count_until(problem: SitingProblem, phases: Sequence[Phase], u: int) -> int | None:
    """Add up the openings of the phases; what is done counts as it is."""
    counted = set(np.array(problem.options, dtype=object)[problem.counts])
    total = 0
    for phase in phases[: u + 1]:
        if phase.done is not None:
            total += len(counted & set(phase.done))
        elif phase.count is None:
            return None
        else:
            total += phase.count
    return total


def _least(one: _Number | None, other: _Number | None) -> _Number | None:
    there = [each for each in (one, other) if each is not None]
    return min(there) if there else None
