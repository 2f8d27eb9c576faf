"""A small district with a plan, for tests of what is told of it."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from planner.coverage import Coverage, GapCheck, build_coverage, check_gaps, measure_coverage
from planner.demand import build_demand
from planner.density import hot_spots
from planner.district import (
    District,
    Settings,
    WorkerTable,
    communities_at,
    projection_of,
)
from planner.district.settings import Group, HostType, Limits, Period, Way, WorkerSource
from planner.errors import Problem
from planner.hours import WeeklyHours, read_hours
from planner.language import note
from planner.options import build_options
from planner.report import PlanReport
from planner.siting import Plan, build_problem, explain_plan, explain_rest, solve
from planner.siting.goals.phases import cumulative_curve
from planner.siting.telling.listing import list_measures
from planner.siting.there import options_there
from planner.travel import straight_travel

DAYTIME = (0.0,) * 6 + (1.0,) * 12 + (0.5,) * 6
GROUPS = (
    Group(
        id="rider",
        name="外卖骑手",
        name_en="Riders",
        ways=(Way(mode="walk", reach_m=600.0),),
        weekday=DAYTIME,
        weekend=DAYTIME,
    ),
    Group(
        id="cleaner",
        name="环卫工人",
        name_en="Sanitation",
        ways=(Way(mode="walk", reach_m=400.0),),
        weekday=DAYTIME,
        weekend=DAYTIME,
    ),
)
PERIODS = (
    Period(id="day", name="白天", name_en="Day", start_hour=6, end_hour=18),
    Period(id="night", name="夜间", name_en="Night", start_hour=18, end_hour=6),
)
HOSTS = (
    HostType(
        id="bank",
        name="银行网点",
        name_en="Bank",
        cost_setup_yuan=3500.0,
        cost_year_yuan=800.0,
        hours="9:00-17:00",
    ),
)
COMMUNITIES = gpd.GeoDataFrame(
    {"name": ["江北社区", "桥头社区"], "street": ["", ""]},
    index=pd.Index(["C1", "C2"], name="id"),
    geometry=[shapely.box(120.3, 31.5, 120.31, 31.51), shapely.box(120.31, 31.5, 120.32, 31.51)],
    crs=4326,
)


def sites(*rows: tuple[str, str, float, float, str, str]) -> pd.DataFrame:
    """Build stations or venues of (id, name, lon, lat, hours, access)."""
    hours: list[WeeklyHours] = [read_hours(row[4]) for row in rows]
    return pd.DataFrame(
        {
            "name": [row[1] for row in rows],
            "lon": [row[2] for row in rows],
            "lat": [row[3] for row in rows],
            "address": "",
            "host_type": "bank",
            "hours": hours,
            "hours_assumed": [number == 0 for number in range(len(rows))],
            "groups": [()] * len(rows),
            "services": "",
            "area_m2": float("nan"),
            "capacity": None,
            "listed": True,
            "listed_assumed": False,
            "access": [row[5] for row in rows],
            "access_assumed": [number == 0 for number in range(len(rows))],
            "cost_setup_yuan": 3500.0,
            "cost_year_yuan": [
                float("nan") if number == 0 else 800.0 for number in range(len(rows))
            ],
            "union_share": float("nan"),
            "benchmark": False,
            "weeks": [()] * len(rows),
            "status": "open",
            "community": communities_at(
                COMMUNITIES, [row[2] for row in rows], [row[3] for row in rows]
            ),
            "street": "",
        },
        index=pd.Index([row[0] for row in rows], name="id", dtype=str),
    )


STATIONS = sites(
    ("S1", "工会驿站", 120.3025, 31.5025, "9:00-17:00", "open"),
    ("S2", "园区驿站", 120.3175, 31.5075, "24小时", "gated"),
)
VENUES = sites(
    ("V1", "=1+1", 120.3075, 31.5075, "24小时", "open"),
    ("V2", '<b onclick="x">&${a}`"\x07</b>', 120.3125, 31.5025, "8:00-20:00", "registration"),
    ("V3", "", 120.3175, 31.5050, "9:00-17:00", "open"),
    ("V4", "偏远网点", 120.3199, 31.5001, "9:00-17:00", "open"),
)


def small_district(
    *, stations: pd.DataFrame = STATIONS, venues: pd.DataFrame = VENUES, name: str = "示例区"
) -> District:
    source = WorkerSource(path="workers.xlsx", kind="survey")
    rows = pd.DataFrame(
        [
            ("C1", "rider", 120.0, ""),
            ("C2", "rider", 1080.5, ""),
            ("C1", "cleaner", 40.0, ""),
            ("C2", "cleaner", 60.0, ""),
        ],
        columns=["community", "group", "workers", "period"],
    )
    fault = Problem(
        table="stations.xlsx",
        row=3,
        column="lat",
        found="148.2",
        expected=note("yes"),
        fix=note("no"),
    )
    return District(
        folder=Path(),
        settings=Settings(
            name=name, groups=GROUPS, periods=PERIODS, hosts=HOSTS, data_note="虚构 / invented"
        ),
        stations=stations,
        venues=venues,
        to_place=pd.DataFrame(),
        boundary=shapely.box(120.3, 31.5, 120.32, 31.51),
        communities=COMMUNITIES,
        workers=(WorkerTable(source=source, rows=rows),),
        problems=(fault,),
        rejected=pd.DataFrame({"table": ["stations.xlsx"], "row": [3]}),
        assumptions=(),
        fingerprint="0123456789abcdef" * 4,
    )


def small_coverage(district: District) -> Coverage:
    demand, options = build_demand(district, None), build_options(district)
    ways = straight_travel(
        site_xy=options.sites[["x", "y"]].to_numpy(float),
        cell_xy=demand.cells[["x", "y"]].to_numpy(float),
        site_ids=tuple(options.sites.index),
        cell_ids=tuple(demand.cells.index),
        mode="walk",
        cutoff_m=1000.0,
        detour_factor=1.32,
    )
    assert projection_of(district).startswith("+proj=tmerc")
    return build_coverage(demand, options, {"walk": ways}, groups=GROUPS, periods=PERIODS)


def small_report(
    district: District | None = None, *, limits: Limits | None = None, plan: Plan | None = None
) -> PlanReport:
    """Give a plan of at most two new stations; a plan that is given is told instead."""
    district = district or small_district()
    limits = limits or Limits(count=2, budget_yuan=10_000.0)
    coverage = small_coverage(district)
    plan = plan or solve(build_problem(coverage, limits), time_limit_s=10, gap_share=0.0)
    problem = build_problem(coverage, limits)
    table = coverage.options.table
    today = list(table.index[table["measure"] == "keep"])
    there = options_there(coverage, plan)
    explained = explain_plan(coverage, plan, groups=GROUPS, periods=PERIODS, problem=problem)
    measures = list_measures(coverage.options, explained)
    return PlanReport(
        district=district,
        coverage=coverage,
        limits=limits,
        plan=plan,
        before=measure_coverage(coverage, today),
        after=measure_coverage(coverage, there),
        spots=hot_spots(
            coverage,
            today,
            district=district,
            projection=projection_of(district),
            rules=district.settings.demand,
        ),
        gaps_today=_gaps(coverage, district, today),
        gaps_after=_gaps(coverage, district, list(there)),
        sites=measures.loc[measures["kind"].isin(["new", "move"])],
        measures=measures,
        rest=explain_rest(problem, plan, coverage=coverage),
        by_phase=cumulative_curve(coverage, plan, limits.phases),
        notes=coverage.demand.notes,
        problems=district.problems,
        made_on=date(2026, 3, 5),
    )


def _gaps(coverage: Coverage, district: District, there: list[str]) -> GapCheck:
    rules = district.settings.gaps
    return check_gaps(coverage, there, rules=rules, communities=district.communities)


def without_stations(report: PlanReport) -> PlanReport:
    """Give a report of the same district with nothing there today."""
    empty = STATIONS.iloc[:0]
    return small_report(replace(report.district, stations=empty))
