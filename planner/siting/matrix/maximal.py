"""Ways within a radius -> maximal covering (MCLP), solved as a siting problem."""

import numpy as np
from scipy.sparse import csr_array

from planner.siting.matrix.answer import Answer, Clock, Ending
from planner.siting.matrix.center import radius_covering
from planner.siting.matrix.covering_models import cover_figures
from planner.siting.matrix.covers import merged_cells
from planner.siting.matrix.scaling import whole_scale
from planner.siting.matrix.ways import Ways
from planner.siting.plan import Plan, Status
from planner.siting.problem import SitingProblem
from planner.siting.solve import solve

__all__ = ["solve_maximal"]

_FINEST = 2.0**50
"""Weights that are no decimal numbers are cut into so many parts, all together."""


def solve_maximal(  # noqa: PLR0913 - the arrays of one problem
    ways: Ways,
    radius: float,
    count: int | None,
    budget: float | None,
    *,
    clock: Clock,
    gap_share: float = 0.0,
    seed: int = 0,
) -> Answer:
    """Choose at most `count` sites, within the budget, that cover the most weight.

    Fixed sites are there and count among them, and their cost in the budget (Church and ReVelle
    1974). A cell at the radius itself is covered.

    Returns
    -------
    Answer
        Objective and bound are weights covered.
    """
    near = ways.within(radius)
    problem, scale = _problem(ways, near, radius, count, budget)
    plan = solve(
        problem, time_limit_s=clock.left_s, gap_share=gap_share, seed=seed, stop=clock.ended
    )
    chosen = np.isin(np.array(ways.sites), np.array(plan.options)) if plan.options else ways.fixed
    figures = cover_figures(near, chosen)
    objective = figures["weight_covered"]
    bound = max(objective, plan.bound_milli / scale)
    if plan.bound_milli == plan.served_milli:
        bound = objective
    return Answer(
        model="mclp",
        sites=tuple(ways.sites[j] for j in np.flatnonzero(chosen)),
        objective=None if plan.status is Status.INFEASIBLE else objective,
        bound=None if plan.status is Status.INFEASIBLE else bound,
        maximise=True,
        status=_ending(plan, clock),
        seconds=clock.seconds,
        figures=figures,
        unreachable=tuple(near.cells[i] for i in np.flatnonzero((near.weight > 0) & ~near.reached)),
        reasons=plan.reasons,
        notes=ways.notes,
    )


def _ending(plan: Plan, clock: Clock) -> Ending:
    if plan.status is Status.STOPPED and not clock.stop():
        return Ending.FEASIBLE  # it was our clock that ended it
    return Ending(plan.status.value)


def _problem(
    ways: Ways, near: Ways, radius: float, count: int | None, budget: float | None
) -> tuple[SitingProblem, float]:
    cells = np.flatnonzero((ways.weight > 0) & near.reached)
    sets = radius_covering(ways, cells, radius)
    weight, scale = _whole(ways)
    group = merged_cells(sets)
    value = np.bincount(group, weight[cells]) if len(cells) else np.zeros(0)
    first = np.unique(group, return_index=True)[1] if len(cells) else np.zeros(0, np.int64)
    by_cell = csr_array(
        (np.ones(len(sets.site), bool), sets.site, sets.cell_start), shape=(sets.m, sets.n)
    )
    n = len(ways.sites)
    problem = SitingProblem(
        options=ways.sites,
        sites=ways.sites,
        serves=csr_array(by_cell[first].T),
        value_milli=np.rint(value).astype(np.int64),
        base_milli=0,
        total_milli=int(weight.sum()),
        cost_yuan=ways.site_cost if budget is not None else np.zeros(n),
        counts=np.ones(n, bool),
        budget_yuan=budget,
        count=count,
        locked=ways.fixed,
        forbidden=np.zeros(n, bool),
        too_close=np.zeros((0, 2), np.int32),
    )
    return problem, scale


def _whole(ways: Ways) -> tuple[np.ndarray, float]:
    """Give the weights as whole numbers, and how many of them are one of the input."""
    scale = whole_scale(ways.weight)
    total = float(ways.weight.sum())
    if not scale or total * scale > _FINEST:
        scale = _FINEST / max(total, 1e-300)
    return np.maximum(np.rint(ways.weight * scale), ways.weight > 0), scale
