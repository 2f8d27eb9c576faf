"""A plan -> an order in which to carry it out, and what is served after each step."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.siting.editing import live_moves as moves
from planner.siting.plan import Plan
from planner.siting.problem import FEN_A_YUAN, SitingProblem

__all__ = ["RollOut", "roll_out_order"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RollOut:
    """The options of one plan, one after the other; each step keeps all that came before."""

    options: tuple[str, ...]
    """Ids in their order: first what stands already, then what is opened."""
    served_milli: tuple[int, ...]
    """What is served after each, base counted in, whole thousandths of a worker-minute a week; with
    rows served twice and worth of options where the problem has them."""
    count: tuple[int, ...]
    """Additional openings so far."""
    cost_yuan: tuple[float, ...]
    """Added set-up money so far."""


def roll_out_order(problem: SitingProblem, plan: Plan, *, by: str = "count") -> RollOut:
    """Order the options of a plan: always the one next that adds most.

    This nested curve lies on or below the curve of the best plans (see `coverage_curve`) wherever
    leaving out options breaks no limit; what must be there at the least is asked of the whole plan
    only. Ties go to the smallest id.

    Parameters
    ----------
    problem
        What the plan was made for.
    plan
        One that is feasible.
    by
        "count": the most for each opening; "money": the most for each yuan.

    Raises
    ------
    ValueError
        If `by` is neither, or the plan names an option that the problem does not have.
    """
    if by not in ("count", "money"):
        raise ValueError(f"by must be one of count, money, got {by!r}")
    place = {option: k for k, option in enumerate(problem.options)}
    strange = sorted(set(plan.options) - set(place))
    if strange:
        raise ValueError(f"plan must name options of the problem, got {strange[0]!r}")
    model = moves.whole_model(problem)
    now = moves.nothing_stands(model)
    left = [place[option] for option in sorted(plan.options)]
    there = [k for k in left if not problem.counts[k] and model.cost[k] == 0]
    left = [k for k in left if k not in set(there)]
    order, served, count, cost_yuan = [], [], [], []
    while there or left:
        k = there.pop(0) if there else _next(model.cost, now.step, left, by)
        moves.add(model, now, k)
        order.append(problem.options[k])
        served.append(problem.base_milli + int(now.sums.sum()))
        count.append(int(now.spent[1]))
        cost_yuan.append(int(now.spent[0]) / FEN_A_YUAN)
    return RollOut(
        options=tuple(order),
        served_milli=tuple(served),
        count=tuple(count),
        cost_yuan=tuple(cost_yuan),
    )


def _next(cost: NDArray[np.int64], step: NDArray[np.int64], left: list[int], by: str) -> int:
    """Take the option that adds most out of those that are left."""
    score = step[left].astype(np.float64)
    if by == "money":
        score /= np.maximum(1, cost[left])
    return left.pop(int(np.argmax(score)))
