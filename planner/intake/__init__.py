"""Files -> checked tables (one file a format family), all problems at once."""

from planner.intake.areas import read_boundary, read_communities, read_grids
from planner.intake.faults import Checked, EmptyListError, NothingLeftError, Origin, rejected_rows
from planner.intake.features import read_proxies
from planner.intake.layout import asks_for_headers, lines_text
from planner.intake.rejected import write_rejected
from planner.intake.sites import read_stations, read_venues
from planner.intake.ways import read_travel_table
from planner.intake.workers import read_points, read_survey

__all__ = [
    "Checked",
    "EmptyListError",
    "NothingLeftError",
    "Origin",
    "asks_for_headers",
    "lines_text",
    "read_boundary",
    "read_communities",
    "read_grids",
    "read_points",
    "read_proxies",
    "read_stations",
    "read_survey",
    "read_travel_table",
    "read_venues",
    "rejected_rows",
    "write_rejected",
]
