"""A plan's result -> the files of a plan, and back; figures and scores -> objects for JSON."""

import json
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import is_dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

import pandas as pd

from planner.coverage import Figures
from planner.demand import two_names
from planner.density import HotSpots
from planner.district import Settings, write_settings
from planner.district.placing import PLACED_NAME
from planner.district.reading_sources import FILES
from planner.district.settings import Limits
from planner.errors import Problem, SettingsError
from planner.intake import write_rejected
from planner.language import Message, note, say
from planner.maps import plan_map, standalone_html
from planner.pipeline.choose import PlanResult, find_gaps, find_hot_spots, result_of
from planner.pipeline.documents import write_document
from planner.pipeline.prepare import Prepared
from planner.progress import Progress, silent
from planner.report import (
    PlanReport,
    coverage_json,
    demand_json,
    plan_json,
    spots_json,
    write_sites_geojson,
    write_sites_xlsx,
)
from planner.scenarios import Scenario
from planner.siting import Plan, Status
from planner.siting.curves.curve import Curve
from planner.siting.doubt.robustness import Sureness
from planner.siting.limits.entering import BOUGHT
from planner.siting.plan import MILLI_MINUTES_AN_HOUR, Goal

__all__ = [
    "check_object",
    "coverage_object",
    "curve_object",
    "demand_object",
    "load_result",
    "not_writable",
    "plan_object",
    "put_in_place",
    "refuse_inputs",
    "refuse_replacing",
    "report_of",
    "result_from",
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
    # As in the plan and its figures.
    service = replace(prepared.district.settings.service, count_seats=result.plan.counts_seats)
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
        measures=result.measures,
        rest=result.rest,
        by_phase=result.by_phase,
        sure=result.sure,
        notes=(*prepared.notes, *result.plan.notes, *_of_seats(result)),
        problems=prepared.problems,
        made_on=datetime.now(tz=UTC).astimezone().date(),
    )


def _of_seats(result: PlanResult) -> tuple[Message, ...]:
    """Tell that edits by hand are counted without seats; of other plans their own notes tell."""
    asked = result.prepared.district.settings.service.count_seats
    if not asked or result.plan.status is not Status.EDITED:
        return ()
    return (note("Edits by hand are counted without seats; the figures of today count them."),)


def write_outputs(
    result: PlanResult,
    out: Path,
    *,
    scenario: Scenario | None = None,
    progress: Progress = silent,
) -> Mapping[str, Path]:
    """Write every file of a plan into a folder, which is made where it is missing.

    Each file is written aside and put in place whole: an older one is never half overwritten.

    Parameters
    ----------
    result
        The plan.
    out
        The folder.
    scenario
        That keeps the plan: its name and its coverage-budget curve go into the document.
    progress
        Told how far the work is.

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
        "plan.json": lambda path: _write_plan(result, path),
        "sites.xlsx": lambda path: write_sites_xlsx(report, path),
        "sites.geojson": lambda path: write_sites_geojson(report, path),
        "map.html": lambda path: _write_map(result, path),
        "report.docx": lambda path: write_document(result, report, path, scenario=scenario),
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
    except (OSError, ValueError, RecursionError):  # missing or damaged: there is no plan to show
        return None
    return result_from(prepared, kept)


def result_from(prepared: Prepared, kept: Mapping[str, Any]) -> PlanResult | None:
    """Give the plan that `plan_object` told of, if it was made from these very inputs; else None.

    What was written by another version, or by somebody's hand, gives None as well.
    """
    try:
        found = _plan_of(kept, total_milli=prepared.coverage.total_milli)
        limits = _limits_of(kept["limits"])
        fingerprint = kept["fingerprint"]
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
        return None
    known = prepared.options.table.index
    real = {option for option in found.options if not option.startswith(BOUGHT)}
    if fingerprint != prepared.district.fingerprint or not real <= set(known):
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
    """Give the plan with its figures, as `plan.json` holds it, and how sure it is where asked."""
    sureness = result.sureness
    told = plan_json(report_of(result))
    return told if sureness is None else {**told, "sureness": sureness_object(sureness)}


def sureness_object(sureness: Sureness) -> dict[str, Any]:
    """Give how sure a plan is: spread, regret, stand-ins."""
    return {
        "draws": sureness.draws,
        "asked": sureness.asked,
        "seed": sureness.seed,
        "seconds": sureness.seconds,
        "regret_share": sureness.regret_share,
        "over_budget_share": sureness.over_budget_share,
        "quantiles": json.loads(sureness.quantiles.to_json(orient="index", double_precision=10)),
        "by_kind": json.loads(sureness.by_kind.to_json(orient="index", double_precision=10)),
        "stand_ins": json.loads(sureness.stand_ins.to_json(orient="records", double_precision=10)),
        "groups": [str(each) for each in sureness.groups],
        "notes": [str(each) for each in sureness.notes],
    }


def curve_object(prepared: Prepared, curve: Curve) -> dict[str, Any]:
    """Give a coverage-budget curve: its points with plan and bound, and where the knee is."""
    total = max(1, curve.total_milli)
    return {
        "by": curve.by,
        "knee": curve.knee,
        "points": [
            {
                "limit": point.limit,
                "count": point.count,
                "cost_yuan": point.cost_yuan,
                "served": point.served_milli / MILLI_MINUTES_AN_HOUR,
                "bound": point.bound_milli / MILLI_MINUTES_AN_HOUR,
                "gap": point.gap,
                "effective_share": point.served_milli / total,
                "options": list(point.options),
            }
            for point in curve.points
        ],
        "gap": curve.gap,
        "seconds": curve.seconds,
        "reasons": [str(each) for each in curve.reasons],
        "notes": [str(each) for each in curve.notes],
        "district": prepared.district.settings.name,
        "data_note": prepared.district.settings.data_note,
    }


def _write_plan(result: PlanResult, path: Path) -> None:
    text = json.dumps(plan_object(result), ensure_ascii=False, allow_nan=False, indent=2)
    path.write_text(text + "\n", encoding="utf-8")


def _write_map(result: PlanResult, path: Path) -> None:
    prepared = result.prepared
    made = plan_map(
        prepared.district,
        prepared.coverage,
        result.after,
        result.measures,
        streets=prepared.streets,
        sure=result.sure,
    )
    title = say("{district}: station plan", district=prepared.district.settings.name)
    path.write_text(standalone_html(made, title=title), encoding="utf-8")


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
    limits: Limits = _from_plain(Limits, kept)
    return limits


def _from_plain(kind: Any, value: Any) -> Any:  # noqa: ANN401 - any annotation of the settings
    """Make settings again from what JSON holds of them, by their annotations."""
    if isinstance(kind, type) and is_dataclass(kind):
        hints = get_type_hints(kind)
        return kind(**{k: _from_plain(hints[k], v) for k, v in value.items() if k in hints})
    if isinstance(kind, UnionType):
        if value is None:
            return None
        return _from_plain(next(each for each in get_args(kind) if each is not NoneType), value)
    if get_origin(kind) is tuple:
        parts = get_args(kind)
        kinds = parts[:1] * len(value) if parts[1:] == (Ellipsis,) else parts
        return tuple(_from_plain(k, v) for k, v in zip(kinds, value, strict=True))
    return value


def _plan_of(kept: Mapping[str, Any], *, total_milli: int) -> Plan:
    goal = kept["goal"]
    return Plan(
        options=tuple(map(str, kept["chosen"])),
        closed=tuple(map(str, kept["closed"])),
        served_milli=round(kept["served"] * MILLI_MINUTES_AN_HOUR),
        bound_milli=round(kept["bound"] * MILLI_MINUTES_AN_HOUR),
        total_milli=total_milli,
        cost_yuan=float(kept["cost_yuan"]),
        status=Status(kept["status"]),
        seconds=float(kept["seconds"]),
        seed=int(kept["seed"]),
        phase_of=dict(kept["phase_of"]),
        counts_seats=kept["counts_seats"] is True,
        goal=None if goal is None else _from_plain(Goal, goal),
        notes=tuple(two_names(told, told) for told in kept["notes"]),
    )
