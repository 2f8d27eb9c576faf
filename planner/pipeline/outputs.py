"""A plan's result -> the files of a plan, and back; figures and scores -> objects for JSON."""

import json
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from planner.charts import (
    before_after_chart,
    core_picture,
    density_picture,
    gaps_picture,
    group_chart,
    map_picture,
    period_chart,
)
from planner.coverage import Figures
from planner.density import HotSpots, density_surface
from planner.district import Settings, projection_of, write_settings
from planner.district.placing import PLACED_NAME
from planner.district.reading_sources import FILES
from planner.district.settings import Limits
from planner.errors import Problem, SettingsError
from planner.intake import write_rejected
from planner.language import Message, note, say
from planner.maps import plan_map, standalone_html
from planner.pipeline.choose import PlanResult, find_gaps, find_hot_spots, result_of
from planner.pipeline.prepare import Prepared
from planner.progress import Progress, silent
from planner.report import (
    Pictures,
    PlanReport,
    coverage_json,
    demand_json,
    plan_json,
    spots_json,
    write_plan_json,
    write_sites_geojson,
    write_sites_xlsx,
    write_word,
)
from planner.siting import Plan, Status
from planner.siting.plan import MILLI_MINUTES_AN_HOUR

__all__ = [
    "check_object",
    "coverage_object",
    "demand_object",
    "load_result",
    "not_writable",
    "plan_object",
    "put_in_place",
    "refuse_inputs",
    "refuse_replacing",
    "report_of",
    "score_object",
    "write_outputs",
    "write_rejected_rows",
]


RESULTS = (
    "plan.json",
    "sites.xlsx",
    "sites.geojson",
    "map.html",
    "report.docx",
    "rejected.xlsx",
    "district.toml",
    "demand.xlsx",
    "demand.html",
    "today.xlsx",
    "today.html",
    "summary.json",
    "comparison.xlsx",
)
"""The files that results may be written to, beside the places that were set by a click."""


def report_of(result: PlanResult) -> PlanReport:
    """Gather what every document of a plan is written from."""
    prepared = result.prepared
    # As in the plan and its figures, seats are not counted.
    service = replace(prepared.district.settings.service, count_seats=False)
    return PlanReport(
        district=prepared.district,
        coverage=prepared.coverage,
        limits=result.limits,
        plan=result.plan,
        before=result.before,
        after=result.after,
        spots=find_hot_spots(prepared, service=service),
        gaps_today=find_gaps(prepared),
        gaps_after=find_gaps(prepared, result.there),
        sites=result.sites,
        notes=(*prepared.notes, *_of_seats(prepared)),
        problems=prepared.problems,
        made_on=datetime.now(tz=UTC).astimezone().date(),
    )


def _of_seats(prepared: Prepared) -> tuple[Message, ...]:
    if not prepared.district.settings.service.count_seats:
        return ()
    return (note("The plan and its proof do not count seats; the figures of today do."),)


def write_outputs(
    result: PlanResult, out: Path, *, progress: Progress = silent
) -> Mapping[str, Path]:
    """Write every file of a plan into a folder, which is made where it is missing.

    Each file is written aside and put in place whole: an older one is never half overwritten.

    Returns
    -------
    Mapping
        File name -> path, in the order in which a reader would open them.

    Raises
    ------
    SettingsError
        If the folder cannot be written to, or a result would replace a file of the district.
    """
    refuse_inputs(result.prepared.district.folder, result.prepared.district.settings, out)
    report = report_of(result)
    writers: dict[str, Callable[[Path], None]] = {
        "plan.json": lambda path: write_plan_json(report, path),
        "sites.xlsx": lambda path: write_sites_xlsx(report, path),
        "sites.geojson": lambda path: write_sites_geojson(report, path),
        "map.html": lambda path: _write_map(result, path),
        "report.docx": lambda path: write_word(report, path, pictures=_pictures(result, report)),
    }
    written: dict[str, Path] = {}
    try:
        out.mkdir(parents=True, exist_ok=True)
        for at, (name, write) in enumerate(writers.items()):
            progress(note("Writing the results"), at / (len(writers) + 1))
            written[name] = put_in_place(write, out / name)
        rejected = write_rejected_rows(result.prepared.district.rejected, out)
        if rejected:
            written[rejected.name] = rejected
        written["district.toml"] = _write_settings_as_used(result, out)
    except OSError as wrong:
        raise SettingsError(not_writable(out, wrong)) from wrong
    progress(note("Writing the results"), 1.0)
    return written


def write_rejected_rows(rejected: pd.DataFrame, folder: Path) -> Path | None:
    """Write the rows that were set aside, with the reasons; without any, remove an older list.

    Parameters
    ----------
    rejected
        As `District.rejected` holds them, or `intake.rejected_rows` of an error.
    folder
        Where `rejected.xlsx` is to lie; made where it is missing.

    Raises
    ------
    SettingsError
        If the folder cannot be written to.
    """
    path = folder / "rejected.xlsx"
    try:
        if rejected.empty:
            path.unlink(missing_ok=True)
            return None
        folder.mkdir(parents=True, exist_ok=True)
        return put_in_place(lambda at: write_rejected(rejected, at), path)
    except OSError as wrong:
        raise SettingsError(not_writable(folder, wrong)) from wrong


def load_result(prepared: Prepared, out: Path) -> PlanResult | None:
    """Give the plan that a folder keeps, if it was made from these very inputs; else None."""
    try:
        kept = json.loads((out / "plan.json").read_text(encoding="utf-8"))
        found = _plan_of(kept, total_milli=prepared.coverage.total_milli)
        limits = _limits_of(kept["limits"])
    except (OSError, ValueError, KeyError, TypeError):
        # Missing, damaged or of another version: there is no plan to show.
        return None
    known = prepared.options.table.index
    if kept.get("fingerprint") != prepared.district.fingerprint or not set(found.options) <= set(
        known
    ):
        return None
    result = result_of(prepared, limits, found)
    return result if result.after.served_milli == found.served_milli else None


def check_object(prepared: Prepared, rejected: Path | None) -> dict[str, Any]:
    """Give the faults and assumptions of a district."""
    district = prepared.district
    return {
        "district": district.settings.name,
        "stations": len(district.stations),
        "venues": len(district.venues),
        "to_place": len(district.to_place),
        "rows_set_aside": len(district.rejected),
        "rejected": str(rejected) if rejected else None,
        "problems": _problem_objects(prepared.problems),
        "assumptions": [str(each) for each in prepared.notes],
    }


def _problem_objects(problems: Sequence[Problem]) -> list[dict[str, Any]]:
    return [
        {
            "file": problem.table,
            "row": problem.row,
            "column": problem.column,
            "found": problem.found,
            "expected": str(problem.expected),
            "fix": str(problem.fix),
            "set_aside": problem.fatal,
        }
        for problem in problems
    ]


def coverage_object(prepared: Prepared, figures: Figures) -> dict[str, Any]:
    """Give the figures of coverage with what they rest on."""
    return {
        **coverage_json(prepared.district, figures),
        "rows_set_aside": len(prepared.district.rejected),
        "assumptions": [str(each) for each in prepared.notes],
        "data_note": prepared.district.settings.data_note,
    }


def demand_object(prepared: Prepared, spots: HotSpots) -> dict[str, Any]:
    """Give the workers by group, what each source gave, and the hot spots."""
    return {
        **demand_json(prepared.district, prepared.demand),
        "hot_spots": spots_json(spots),
        "problems": _problem_objects(prepared.demand.problems),
        "rows_set_aside": len(prepared.district.rejected),
        "assumptions": [str(each) for each in prepared.notes],
        "data_note": prepared.district.settings.data_note,
    }


def score_object(prepared: Prepared, ranked: pd.DataFrame) -> dict[str, Any]:
    """Give the candidates in the order of their score, each part shown."""
    sites = prepared.options.table[["site"]].join(prepared.options.sites, on="site")
    numbers = json.loads(ranked.to_json(orient="index", double_precision=10))
    return {
        "candidates": [
            {
                "id": str(identity),
                **json.loads(
                    sites.loc[identity, ["name", "lon", "lat"]].to_json(double_precision=7)
                ),
                **parts,
            }
            for identity, parts in numbers.items()
        ],
        "rows_set_aside": len(prepared.district.rejected),
        "data_note": prepared.district.settings.data_note,
    }


def plan_object(result: PlanResult) -> dict[str, Any]:
    """Give the plan with its figures, as `plan.json` holds it."""
    return plan_json(report_of(result))


def _write_map(result: PlanResult, path: Path) -> None:
    prepared = result.prepared
    made = plan_map(
        prepared.district, prepared.coverage, result.after, result.sites, streets=prepared.streets
    )
    title = say("{district}: station plan", district=prepared.district.settings.name)
    path.write_text(standalone_html(made, title=title), encoding="utf-8")


def _pictures(result: PlanResult, report: PlanReport) -> Pictures:
    prepared, before, after = result.prepared, result.before, result.after
    district, coverage, streets = prepared.district, prepared.coverage, prepared.streets
    surface = density_surface(
        prepared.demand,
        projection=projection_of(district),
        bandwidth_m=district.settings.demand.bandwidth_m,
    )
    return Pictures(
        density=density_picture(district, surface, streets=streets, spots=report.spots.table),
        gaps=gaps_picture(district, coverage, report.gaps_today, streets=streets),
        plan_map=map_picture(district, coverage, after, result.sites, streets=streets),
        plan_core=core_picture(district, coverage, after, result.sites, streets=streets),
        by_group=group_chart(district, before),
        by_period=period_chart(district, before),
        before_after=before_after_chart(district, before, after),
    )


def refuse_inputs(folder: Path, settings: Settings, out: Path) -> None:
    """Refuse a folder for results in which they would replace what a district is read from.

    Raises
    ------
    SettingsError
        If `out` is the district folder (whose `district.toml` a plan would replace), or holds an
        input file under the name of a result.
    """
    if out.resolve() == folder.resolve():
        raise SettingsError(_would_replace(out))
    refuse_replacing(folder, settings, out)


def refuse_replacing(folder: Path, settings: Settings, out: Path) -> None:
    """Refuse a folder for tables and maps in which they would replace an input file.

    Raises
    ------
    SettingsError
        If `out` holds an input file under the name of a result.
    """
    files = [getattr(settings, name) for name in FILES]
    named = [file.path for file in (*files, *settings.workers, settings.streets) if file]
    inputs = {(folder / path).resolve() for path in named if path}
    if inputs & {(out / name).resolve() for name in RESULTS}:
        raise SettingsError(_would_replace(out))


def _would_replace(out: Path) -> Message:
    return note(
        "{out} holds files of the district that the results would replace. Name another"
        " folder with --out.",
        out=out,
    )


def _write_settings_as_used(result: PlanResult, out: Path) -> Path:
    """Write the settings of this plan, files named as seen from `out`: it can be run again."""
    district = result.prepared.district
    placed = district.folder / PLACED_NAME
    if placed.exists():
        put_in_place(lambda path: path.write_bytes(placed.read_bytes()), out / PLACED_NAME)
    else:
        (out / PLACED_NAME).unlink(missing_ok=True)
    settings = replace(_seen_from(district.settings, district.folder, out), limits=result.limits)
    return write_settings(out, settings)


def _seen_from(settings: Settings, folder: Path, out: Path) -> Settings:
    """Name the same files from another folder."""

    def renamed(path: str) -> str:
        there = (folder / path).resolve()
        try:
            return Path(os.path.relpath(there, out.resolve())).as_posix()
        except ValueError:  # another drive of a Windows machine
            return there.as_posix()

    files = {
        name: replace(file, path=renamed(file.path))
        for name in FILES
        if (file := getattr(settings, name)) is not None
    }
    streets = settings.streets
    if streets.path is not None:
        streets = replace(streets, path=renamed(streets.path))
    sources = tuple(replace(source, path=renamed(source.path)) for source in settings.workers)
    return replace(settings, **files, streets=streets, workers=sources)


def put_in_place(write: Callable[[Path], object], path: Path) -> Path:
    """Let a file be written aside and put it in place whole."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".new-") as aside:
        # The name is kept, since the suffix tells some writers the format.
        write(Path(aside) / path.name)
        (Path(aside) / path.name).replace(path)
    return path


def not_writable(folder: Path, wrong: OSError) -> Message:
    """Tell that a folder for results cannot be written to."""
    return note(
        "{folder} cannot be written to ({reason}). Name another folder with --out.",
        folder=folder,
        reason=wrong.strerror or type(wrong).__name__,
    )


def _limits_of(kept: Mapping[str, Any]) -> Limits:
    names = {field.name for field in fields(Limits)}
    given: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in kept.items()
        if name in names
    }
    return Limits(**given)


def _plan_of(kept: Mapping[str, Any], *, total_milli: int) -> Plan:
    closed = tuple(str(site["id"]) for site in kept["existing"] if not site["stays"])
    limits = _limits_of(kept["limits"])
    stays = [option for option in limits.may_close if option not in closed]
    return Plan(
        options=tuple(sorted([*map(str, kept["options"]), *stays])),
        closed=closed,
        served_milli=round(kept["served"] * MILLI_MINUTES_AN_HOUR),
        bound_milli=round(kept["bound"] * MILLI_MINUTES_AN_HOUR),
        total_milli=total_milli,
        cost_yuan=float(kept["cost_yuan"]),
        status=Status(kept["status"]),
        seconds=float(kept["seconds"]),
        seed=int(kept["seed"]),
    )
