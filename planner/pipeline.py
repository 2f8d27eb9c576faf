"""The whole way from a district folder to a plan, once, for the command line, the app and notebooks."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import platformdirs

from planner.coverage import Coverage, Figures, build_coverage, measure_coverage
from planner.demand import Demand, build_demand
from planner.district import District, projection_of, read_district
from planner.district.limits import check_limits
from planner.district.settings import MODES, Limits, ScoreWeights
from planner.errors import Problem, SettingsError
from planner.geo import to_plane
from planner.language import Message, note
from planner.options import Options, build_options
from planner.progress import Progress, Stop, never, silent
from planner.scoring import score_candidates
from planner.siting import Plan, build_problem, explain_plan, solve
from planner.streets import StreetGraph, check_streets, coordinate_fits, read_streets, snap
from planner.travel import TravelMatrix, straight_travel, travel_matrix

__all__ = ["PlanResult", "Prepared", "cache_folder", "cover", "plan", "prepare", "rank"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A district, made ready: everything that does not depend on the limits of a plan."""

    district: District
    streets: StreetGraph | None
    """None: ways are straight lines times the detour factor."""
    demand: Demand
    options: Options
    coverage: Coverage
    problems: tuple[Problem, ...]
    """Faults of the files, then findings about streets and coordinate systems."""
    notes: tuple[Message, ...]
    """What was assumed."""

    @property
    def present(self) -> tuple[str, ...]:
        """Options that are there today."""
        table = self.options.table
        return tuple(table.index[table["measure"] == "keep"])


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanResult:
    """A plan with what it changes."""

    prepared: Prepared
    limits: Limits
    plan: Plan
    before: Figures
    after: Figures
    sites: pd.DataFrame
    """New openings; index option id, columns of `explain_plan` joined with those of the site and option."""


def cache_folder() -> Path:
    """Give the folder for results of slow steps: PLANNER_CACHE, else the user's own cache folder."""
    named = os.environ.get("PLANNER_CACHE")
    return (
        Path(named)
        if named
        else Path(platformdirs.user_cache_dir("station-planner", appauthor=False))
    )


def prepare(folder: Path, *, progress: Progress = silent) -> Prepared:
    """Read a district folder and compute who is within reach of what.

    Parameters
    ----------
    folder
        Holds `district.toml` and the files that it names.
    progress
        Told what is being done and how far it is.

    Raises
    ------
    InputError
        If a named file cannot be read at all or nothing usable is left.
    SettingsError
        If `district.toml` is wrong.
    StreetsError
        If the streets cannot be had as asked for.
    """
    cache = cache_folder()
    district = read_district(folder, progress=progress)
    streets = read_streets(district, cache=cache, progress=progress)
    demand = build_demand(district, streets, progress=progress)
    options = build_options(district)
    travel = _travel(district, streets, demand, options, cache=cache, progress=progress)
    progress(note("Joining opening hours with ways"), 0.0)
    coverage = build_coverage(
        demand, options, travel, groups=district.settings.groups, periods=district.settings.periods
    )
    progress(note("Joining opening hours with ways"), 1.0)
    found, told = _street_findings(district, streets, demand, options)
    return Prepared(
        district=district,
        streets=streets,
        demand=demand,
        options=options,
        coverage=coverage,
        problems=(*district.problems, *found),
        notes=(*district.assumptions, *demand.notes, *told),
    )


def cover(prepared: Prepared) -> Figures:
    """Measure who is served today, nominally and effectively."""
    return measure_coverage(prepared.coverage, prepared.present)


def rank(prepared: Prepared, weights: ScoreWeights | None = None) -> pd.DataFrame:
    """Score every candidate; `weights` None: those of `district.toml`."""
    return score_candidates(
        prepared.coverage, weights=weights or prepared.district.settings.score_weights
    )


def plan(
    prepared: Prepared,
    limits: Limits,
    *,
    progress: Progress = silent,
    stop: Stop = never,
    on_better: Callable[[Plan], None] | None = None,
) -> PlanResult:
    """Choose what to open within the limits and tell what it changes.

    Raises
    ------
    SettingsError
        If neither a budget nor a count is given, or the limits contradict each other.
    """
    if limits.budget_yuan is None and limits.count is None:
        raise SettingsError(
            note(
                "Neither a budget nor a count is given. Give --budget YUAN or --count N, or set"
                " budget_yuan or count under [limits] in district.toml."
            )
        )
    check_limits(limits, sites=prepared.options.sites.index)
    problem = build_problem(prepared.coverage, limits)
    found = solve(
        problem,
        time_limit_s=limits.time_limit_s,
        gap_share=limits.gap_share,
        progress=progress,
        stop=stop,
        on_better=on_better,
    )
    return result_of(prepared, limits, found)


def result_of(prepared: Prepared, limits: Limits, found: Plan) -> PlanResult:
    """Tell what a plan changes: figures before and after, and a row for each new site."""
    before = cover(prepared)
    closed = set(limits.may_close) - set(found.options)
    there = [option for option in prepared.present if option not in closed]
    explained = explain_plan(prepared.coverage, found)
    table, sites = prepared.options.table, prepared.options.sites
    described = table.join(sites.drop(columns=["x", "y"]), on="site")
    opened = described.loc[described.index.isin(found.options) & (described["measure"] == "open")]
    new = opened.join(explained[explained.columns.difference(opened.columns, sort=False)])
    return PlanResult(
        prepared=prepared,
        limits=limits,
        plan=found,
        before=before,
        after=measure_coverage(prepared.coverage, sorted({*there, *found.options})),
        sites=new.sort_values("gain_hours", ascending=False, kind="stable"),
    )


def _travel(
    district: District,
    streets: StreetGraph | None,
    demand: Demand,
    options: Options,
    *,
    cache: Path,
    progress: Progress,
) -> Mapping[str, TravelMatrix]:
    """Compute the ways of each mode that a group uses, up to the longest reach of that mode."""
    cutoffs: dict[str, float] = {}
    for way in (way for group in district.settings.groups for way in group.ways):
        cutoffs[way.mode] = max(way.reach_m, cutoffs.get(way.mode, 0.0))
    projection = projection_of(district)
    site_xy = to_plane(options.sites["lon"], options.sites["lat"], projection=projection)
    cell_xy = demand.cells[["x", "y"]].to_numpy(float)
    site_ids, cell_ids = tuple(options.sites.index), tuple(demand.cells.index)
    ways: dict[str, TravelMatrix] = {}
    for mode in (mode for mode in MODES if mode in cutoffs):
        if streets is None:
            ways[mode] = straight_travel(
                site_xy=site_xy,
                cell_xy=cell_xy,
                site_ids=site_ids,
                cell_ids=cell_ids,
                mode=mode,
                cutoff_m=cutoffs[mode],
                detour_factor=district.settings.streets.detour_factor,
            )
            continue
        limit_m = district.settings.streets.snap_limit_m
        ways[mode] = travel_matrix(
            streets,
            sites=snap(streets, site_xy, mode=mode, limit_m=limit_m),
            cells=snap(streets, cell_xy, mode=mode, limit_m=limit_m),
            site_ids=site_ids,
            cell_ids=cell_ids,
            mode=mode,
            cutoff_m=cutoffs[mode],
            cache=cache,
            progress=progress,
        )
    return ways
