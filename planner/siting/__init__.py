"""Which options to choose: greedy, swaps, bounds, exact; and why each is chosen."""

from planner.siting.build import build_problem
from planner.siting.choose import choose
from planner.siting.doubt.doubts import Doubts
from planner.siting.doubt.robust import robust_plan
from planner.siting.doubt.robustness import Sureness, how_sure
from planner.siting.editing.edited import edited_plan
from planner.siting.editing.live import LiveSession
from planner.siting.goals.phases import cumulative_curve
from planner.siting.plan import Plan, Status
from planner.siting.problem import SitingProblem
from planner.siting.solve import solve
from planner.siting.telling.alternatives import explain_rest
from planner.siting.telling.explain import explain_plan

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
