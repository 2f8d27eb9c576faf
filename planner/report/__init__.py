"""A plan with all that it rests on -> Excel, Word, GeoJSON, JSON."""

from planner.report.excel import write_sites_xlsx
from planner.report.files import write_plan_json, write_sites_geojson
from planner.report.model import PlanReport
from planner.report.objects import coverage_json, plan_json
from planner.report.people import (
    demand_json,
    fits_table,
    season_name,
    sources_table,
    totals_table,
)
from planner.report.tables import Table, cell_text
from planner.report.word import Pictures, write_word

__all__ = [
    "Pictures",
    "PlanReport",
    "Table",
    "cell_text",
    "coverage_json",
    "demand_json",
    "fits_table",
    "plan_json",
    "season_name",
    "sources_table",
    "totals_table",
    "write_plan_json",
    "write_sites_geojson",
    "write_sites_xlsx",
    "write_word",
]
