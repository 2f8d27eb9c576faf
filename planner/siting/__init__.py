"""Which options to choose: greedy, swaps, bounds, exact."""

from planner.siting.plan import Plan, Status
from planner.siting.problem import SitingProblem
from planner.siting.solve import solve

__all__ = ["Plan", "SitingProblem", "Status", "solve"]
