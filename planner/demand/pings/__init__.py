"""GPS and order records -> people's time in squares by hour."""

from planner.demand.pings.adding import add_bins
from planner.demand.pings.binfile import read_bins, write_bins
from planner.demand.pings.build import bin_pings, run_plan
from planner.demand.pings.finishing import finish_bins
from planner.demand.pings.model import PingBins, PingPart, PingPlan, Scattered
from planner.demand.pings.planning import plan_pings
from planner.demand.pings.tally import merge_parts
from planner.demand.pings.working import bin_partition, read_task

__all__ = [
    "PingBins",
    "PingPart",
    "PingPlan",
    "Scattered",
    "add_bins",
    "bin_partition",
    "bin_pings",
    "finish_bins",
    "merge_parts",
    "plan_pings",
    "read_bins",
    "read_task",
    "run_plan",
    "write_bins",
]
