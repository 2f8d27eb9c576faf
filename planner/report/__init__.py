"""A plan with all that it rests on -> Excel, Word, GeoJSON, JSON."""

from planner.report.compared import MOST_SIDES, Compared, Difference
from planner.report.excel import write_demand_xlsx, write_sites_xlsx, write_today_xlsx
from planner.report.files import write_plan_json, write_sites_geojson
from planner.report.limits import limit_sentences
from planner.report.model import PlanReport
from planner.report.objects import coverage_json, gaps_json, plan_json, spots_json, today_json
from planner.report.people import (
    demand_json,
    fits_table,
    season_name,
    sources_table,
    totals_table,
)
from planner.report.tables import (
    Table,
    cell_text,
    counted_kinds,
    measures_table,
    phase_table,
    rest_table,
)
from planner.report.today import (
    TodayReport,
    gap_cells,
    gap_totals,
    nearest,
    outcomes,
    room,
    seats,
    service_area_table,
    shut_for_a_day,
    spot_table,
)
from planner.report.word import Pictures, write_word

__all__ = [
    "MOST_SIDES",
    "Compared",
    "Difference",
    "Pictures",
    "PlanReport",
    "Table",
    "TodayReport",
    "cell_text",
    "counted_kinds",
    "coverage_json",
    "demand_json",
    "fits_table",
    "gap_cells",
    "gap_totals",
    "gaps_json",
    "limit_sentences",
    "measures_table",
    "nearest",
    "outcomes",
    "phase_table",
    "plan_json",
    "rest_table",
    "room",
    "season_name",
    "seats",
    "service_area_table",
    "shut_for_a_day",
    "sources_table",
    "spot_table",
    "spots_json",
    "today_json",
    "totals_table",
    "write_demand_xlsx",
    "write_plan_json",
    "write_sites_geojson",
    "write_sites_xlsx",
    "write_today_xlsx",
    "write_word",
]
