"""Which options to choose: greedy, swaps, bounds, exact; and why each is chosen."""

from planner.siting.build import build_problem
from planner.siting.explain import explain_plan
from planner.siting.plan import Plan, Status
from planner.siting.problem import SitingProblem
from planner.siting.solve import solve

__all__ = ["Plan", "SitingProblem", "Status", "build_problem", "explain_plan", "solve"]
