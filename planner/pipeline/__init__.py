"""The whole way from a district folder to a plan, for command line, app and notebooks."""

from planner.pipeline.analyse import analyse, gaps_object, today_object
from planner.pipeline.choose import (
    PlanResult,
    cover,
    curve_of,
    find_gaps,
    find_hot_spots,
    plan,
    problem_for,
    rank,
    result_of,
    with_sureness,
)
from planner.pipeline.comparing import figures_of, figures_of_today
from planner.pipeline.drawing import density_of, hours_of_week, write_demand, write_today
from planner.pipeline.kept import code_version
from planner.pipeline.outputs import (
    check_object,
    coverage_object,
    curve_object,
    demand_object,
    load_result,
    plan_object,
    refuse_inputs,
    refuse_replacing,
    report_of,
    score_object,
    write_outputs,
    write_rejected_rows,
)
from planner.pipeline.prepare import YEAR_ROUND, Prepared, cache_folder, in_season, prepare

__all__ = [
    "YEAR_ROUND",
    "PlanResult",
    "Prepared",
    "analyse",
    "cache_folder",
    "check_object",
    "code_version",
    "cover",
    "coverage_object",
    "curve_object",
    "curve_of",
    "demand_object",
    "density_of",
    "figures_of",
    "figures_of_today",
    "find_gaps",
    "find_hot_spots",
    "gaps_object",
    "hours_of_week",
    "in_season",
    "load_result",
    "plan",
    "plan_object",
    "prepare",
    "problem_for",
    "rank",
    "refuse_inputs",
    "refuse_replacing",
    "report_of",
    "result_of",
    "score_object",
    "today_object",
    "with_sureness",
    "write_demand",
    "write_outputs",
    "write_rejected_rows",
    "write_today",
]
