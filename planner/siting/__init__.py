"""Which options to choose: greedy, swaps, bounds, exact; and why each is chosen."""

from planner.siting.alternatives import explain_rest
from planner.siting.build import build_problem
from planner.siting.choose import choose
from planner.siting.doubts import Doubts
from planner.siting.edited import edited_plan
from planner.siting.explain import explain_plan
from planner.siting.live import LiveSession
from planner.siting.phases import cumulative_curve
from planner.siting.plan import Plan, Status
from planner.siting.problem import SitingProblem
from planner.siting.robust import robust_plan
from planner.siting.robustness import Sureness, how_sure
from planner.siting.solve import solve

__all__ = [
    "Doubts",
    "LiveSession",
    "Plan",
    "SitingProblem",
    "Status",
    "Sureness",
    "build_problem",
    "choose",
    "cumulative_curve",
    "edited_plan",
    "explain_plan",
    "explain_rest",
    "how_sure",
    "robust_plan",
    "solve",
]
