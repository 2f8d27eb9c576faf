"""The search: proven plans against all plans tried, laws, and towns whose best plan is known by hand."""

from dataclasses import replace
from math import inf, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_sitings import (
    best_by_trying_all,
    faults,
    present,
    random_sitings,
    served_by,
    siting,
    with_rows_shuffled,
)

from planner.siting import Plan, SitingProblem, Status, solve


def proven(problem: SitingProblem, *, seed: int = 0) -> Plan:
    return solve(problem, time_limit_s=30, gap_share=0.0, seed=seed)


@given(random_sitings())
@settings(max_examples=150, deadline=None)
def test_a_proven_plan_is_the_best_of_all_plans(problem: SitingProblem) -> None:
    best = best_by_trying_all(problem)
    plan = proven(problem)
    if best is None:
        assert plan.status is Status.INFEASIBLE
        assert plan.reasons
    else:
        assert plan.status is Status.OPTIMAL
        assert plan.served_milli == best == served_by(problem, present(problem, plan))
        assert plan.bound_milli >= best
        assert faults(problem, present(problem, plan)) == []
