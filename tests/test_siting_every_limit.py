"""The search with linear limits, floors, rows served twice and worths; what no plan keeps."""

from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from plan_checker import check_plan, recount
from scipy.sparse import csr_array
from small_sitings import best_sum_by_trying_all, limited_sitings

from planner.siting import Plan, SitingProblem, Status, solve
from planner.siting.way_out import cheapest_way_out


def proven(problem: SitingProblem, *, seed: int = 0) -> Plan:
    return solve(problem, time_limit_s=30, gap_share=0.0, seed=seed)


def added(problem: SitingProblem, plan: Plan) -> int:
    return recount(problem, [k for k, o in enumerate(problem.options) if o in plan.options])[1]


# --- Against all plans tried -------------------------------------------------------------------


@given(limited_sitings())
@settings(max_examples=150, deadline=None)
def test_a_proven_plan_is_the_best_of_all_and_none_is_told_where_none_is(
    problem: SitingProblem,
) -> None:
    best = best_sum_by_trying_all(problem)
    plan = proven(problem)
    check_plan(problem, plan)
    if best is None:
        assert plan.status is Status.INFEASIBLE
    else:
        assert plan.status is Status.OPTIMAL
        assert added(problem, plan) == best


@given(limited_sitings())
@settings(max_examples=80, deadline=None)
def test_with_no_time_the_answer_is_a_plan_or_that_none_was_found(problem: SitingProblem) -> None:
    best = best_sum_by_trying_all(problem)
    plan = solve(problem, time_limit_s=0, gap_share=0.0)
    check_plan(problem, plan)
    if best is None:
        assert plan.status in (Status.INFEASIBLE, Status.UNKNOWN)
    else:
        assert plan.status is not Status.INFEASIBLE
        if plan.goal is not None and not plan.is_none:
            assert plan.goal.bound >= best / problem.aim.scale


@given(limited_sitings())
@settings(max_examples=60, deadline=None)
def test_a_way_out_once_taken_leaves_a_plan(problem: SitingProblem) -> None:
    assume(best_sum_by_trying_all(problem) is None)
    found = cheapest_way_out(problem)
    assert found is not None
    relaxed = found.applied(problem)
    assert best_sum_by_trying_all(relaxed) is not None
    plan = proven(problem)
    assert plan.way_out
    check_plan(relaxed, proven(relaxed))


@given(limited_sitings(), st.data())
@settings(max_examples=60, deadline=None)
def test_a_limit_less_never_worsens_the_best(problem: SitingProblem, data: st.DataObject) -> None:
    plan = proven(problem)
    assume(plan.status is Status.OPTIMAL)
    none = np.zeros(len(problem.options), bool)
    wider: list[dict[str, Any]] = [
        {"linear": None},
        {"floors": None},
        {"budget_yuan": None},
        {"count": None},
        {"forbidden": none},
        {"locked": none},
        {"sites": problem.options},
    ]
    freer = replace(problem, **data.draw(st.sampled_from(wider)))
    assert added(freer, proven(freer)) >= added(problem, plan)


def reordered(problem: SitingProblem, seed: int) -> SitingProblem:
    """Shuffle rows, limits and floors; options are sorted by their ids in any case."""
    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(problem.value_milli))
    linear, floors = problem.linear, problem.floors
    assert linear is not None
    assert floors is not None
    order, of_floors = rng.permutation(len(linear.most)), rng.permutation(len(floors.least))
    return replace(
        problem,
        serves=problem.serves[:, rows],
        value_milli=problem.value_milli[rows],
        twice_milli=None if problem.twice_milli is None else problem.twice_milli[rows],
        linear=replace(
            linear,
            weights=linear.weights[order],
            least=linear.least[order],
            most=linear.most[order],
            about=tuple(linear.about[i] for i in order),
        ),
        floors=replace(
            floors,
            values=csr_array(floors.values[of_floors])[:, rows],
            least=floors.least[of_floors],
            about=tuple(floors.about[i] for i in of_floors),
        ),
    )


@given(limited_sitings(), st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_the_order_of_rows_and_limits_never_changes_the_plan(
    problem: SitingProblem, seed: int
) -> None:
    plans = [
        solve(one, time_limit_s=60, gap_share=0.0, work_limit=20)
        for one in (problem, problem, reordered(problem, seed))
    ]
    assert len({(plan.options, plan.status, plan.goal) for plan in plans}) == 1


@given(limited_sitings())
@settings(max_examples=40, deadline=None)
def test_every_plan_told_on_the_way_keeps_all_limits(problem: SitingProblem) -> None:
    told: list[Plan] = []
    final = solve(problem, time_limit_s=30, gap_share=0.0, on_better=told.append)
    assume(told)
    for plan, later in zip(told, [*told[1:], final], strict=True):
        check_plan(problem, plan)
        assert added(problem, later) >= added(problem, plan)
