"""A number that a plan should make small, tried by halves -> the least that some plan keeps."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from planner.language import Message, note
from planner.progress import Progress, Stop, never, silent
from planner.siting.plan import Plan, Status
from planner.siting.problem import SitingProblem
from planner.siting.solve import solve

__all__ = ["Climb", "Effort", "Ladder", "climb"]

_LAST_SHARE = 0.25
"""Of the time, kept for serving the most with the number that was found."""
_STEP_SHARE, _QUICK_SHARE = 0.4, 0.06
"""Of the time that is left, at most, for one question; and for one of the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How long a search may take, and who hears of it."""

    end_s: float
    """On the monotonic clock."""
    gap_share: float
    seed: int = 0
    work_limit: int | None = None
    progress: Progress = silent
    stop: Stop = never

    @property
    def left_s(self) -> float:
        """Seconds that are left."""
        return max(0.0, self.end_s - time.monotonic())


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """Numbers from the best to the easiest, each with the problem of keeping it."""

    values: Sequence[float] | NDArray[np.int64] | NDArray[np.float64]
    """What each rung stands for; the first is the best."""
    problem_at: Callable[[int], SitingProblem]
    """Worker-hours served within the limits and the number of a rung."""
    needed_milli: int
    """Value that a plan must serve; 0: any plan will do."""
    rung_of: Callable[[Plan, int], int]
    """The best rung that a plan keeps, given one that it keeps."""
    told: Callable[[float], Message]
    """Tells a number with its unit."""
    hopeless: int = -1
    """Last rung of which it is known from the start that no plan keeps it."""
    relative: bool = True
    """Whether the gap is a share of the number."""


@dataclass(slots=True)
class Climb:
    """What is known after a climb."""

    plan: Plan
    """The plan on the best rung found, or an infeasible one."""
    rung: int
    """Best rung that a plan keeps; -1: none is known."""
    refuted: int
    """Last rung of which it is proven that no plan keeps it; -1: none."""
    stopped: bool = False
    tried: list[int] = field(default_factory=list)


def climb(ladder: Ladder, effort: Effort, on_better: Callable[[Climb], None]) -> Climb:
    """Find the best rung by halves, asking for a plan that keeps it or a proof that none does.

    The last rung is asked first. Then each question gets little time, and one that is left open
    counts as a no for the way on and as nothing for the proof. What time is left goes to questions
    between the best rung that is refuted and the best that is kept; and at last, on that rung, the
    most is served.
    """
    last = len(ladder.values) - 1
    first = _asked(ladder, last, effort, effort.left_s * _STEP_SHARE)
    if not _enough(ladder, first):
        refuted = last if _never(ladder, first) else -1
        return Climb(first, -1, refuted, first.status is Status.STOPPED, [last])
    found = Climb(first, ladder.rung_of(first, last), ladder.hopeless, tried=[last])
    found.refuted = min(found.refuted, found.rung - 1)
    on_better(found)
    for share in (_QUICK_SHARE, _STEP_SHARE):
        _halve(ladder, effort, found, share, on_better)
    found.stopped = effort.stop()
    best = _polished(ladder, found, effort)
    if _enough(ladder, best) and best.served_milli >= found.plan.served_milli:
        found.plan = best
    return found


def _halve(
    ladder: Ladder,
    effort: Effort,
    found: Climb,
    share: float,
    on_better: Callable[[Climb], None],
) -> None:
    """Ask between what is refuted and what is kept, each time a share of the time that is left.

    Once a question was left open, only better rungs than it are asked for a proof, if it is for
    that (a large share), and only easier ones for a plan otherwise.
    """
    low, high = found.refuted, found.rung
    while high - low > 1 and not _near(ladder, found, effort):
        left_s = effort.left_s * (1 - _LAST_SHARE)
        if left_s <= 0 or effort.stop():
            return
        middle = (low + high) // 2
        effort.progress(
            note(
                "Asking whether a plan can keep {amount}",
                amount=ladder.told(float(ladder.values[middle])),
            ),
            1 - (high - low) / (len(ladder.values) + 1),
        )
        plan = _asked(ladder, middle, effort, left_s * share)
        found.tried.append(middle)
        if _enough(ladder, plan):
            found.plan, found.rung = plan, ladder.rung_of(plan, middle)
            high = found.rung
            on_better(found)
        elif _never(ladder, plan):
            low = found.refuted = max(found.refuted, middle)
        elif share == _QUICK_SHARE:
            low = middle
        else:
            high = middle


def _near(ladder: Ladder, found: Climb, effort: Effort) -> bool:
    """Tell whether the proof is near enough to the best rung found."""
    best, here = ladder.values[found.refuted + 1], ladder.values[found.rung]
    largest = max(abs(best), abs(here))
    return ladder.relative and abs(here - best) <= effort.gap_share * largest


def _enough(ladder: Ladder, plan: Plan) -> bool:
    return not plan.is_none and plan.served_milli >= ladder.needed_milli


def _never(ladder: Ladder, plan: Plan) -> bool:
    """Tell whether a plan proves that none serves what is needed."""
    if plan.is_none:
        return plan.status is Status.INFEASIBLE
    return plan.bound_milli < ladder.needed_milli


def _asked(ladder: Ladder, rung: int, effort: Effort, limit_s: float) -> Plan:
    """Search until a plan serves what is needed, or until it is proven that none does."""
    settled = [False]

    def hear(plan: Plan) -> None:
        settled[0] = settled[0] or _enough(ladder, plan) or _never(ladder, plan)

    return solve(
        ladder.problem_at(rung),
        time_limit_s=limit_s,
        gap_share=1.0 if ladder.needed_milli == 0 else 0.0,
        seed=effort.seed,
        work_limit=effort.work_limit,
        stop=lambda: settled[0] or effort.stop(),
        on_better=hear,
        explain=rung == len(ladder.values) - 1,
    )


def _polished(ladder: Ladder, found: Climb, effort: Effort) -> Plan:
    """Serve the most on the rung that was found."""
    return solve(
        ladder.problem_at(found.rung),
        time_limit_s=effort.left_s,
        gap_share=effort.gap_share,
        seed=effort.seed,
        work_limit=effort.work_limit,
        stop=effort.stop,
    )
