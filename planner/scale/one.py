"""A district folder and limits -> its plan on disk, and one row that compares it with others."""

import hashlib
import json
import logging
import math
import tempfile
import time
import traceback
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import planner
from planner.district import Settings, read_settings
from planner.district.fingerprint import fingerprint_of
from planner.district.placing import PLACED_NAME
from planner.district.reading_sources import FILES
from planner.errors import PlannerError, SettingsError
from planner.language import Message, note, use_language
from planner.pipeline import PlanResult, plan, prepare, refuse_inputs, write_outputs
from planner.pipeline.kept import code_version
from planner.siting import Status

__all__ = [
    "FIGURES",
    "DistrictTask",
    "failed_row",
    "not_writable",
    "plan_folder",
    "refuse_input_at",
]

FIGURES = (
    "workers",
    "worker_hours_week",
    "stations",
    "opened",
    "upgraded",
    "moved",
    "closed",
    "cost_yuan",
    "nominal_before",
    "effective_before",
    "nominal_after",
    "effective_after",
    "gap",
    "seconds",
    "rows_set_aside",
)
"""Numbers of a row, None where there is no plan. Shares are 0 to 1."""
_SUMMARY = "summary.json"
"""Is written last: a folder with one is finished."""
_PLAN_FILES = (
    "plan.json",
    "sites.xlsx",
    "sites.geojson",
    "map.html",
    "report.docx",
    "rejected.xlsx",
    "district.toml",
    PLACED_NAME,
)
"""What a plan may leave in its folder beside the summary; "plan.json" is written first."""
_WORDS = ("name", "status", "proof", "notes")
_SAVED = {"planned", "infeasible"}
"""What a summary may say; a district that failed has none."""
_FORMAT = 1
_LONGEST_NOTE = 2000
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class DistrictTask:
    """What a worker needs to plan one district."""

    folder: str
    """Absolute; a worker on another machine must see it there too."""
    out: str
    """Absolute folder for the results of this district."""
    limits: Mapping[str, Any] = field(default_factory=dict)
    """Limits that replace those of `district.toml`."""
    season: str | None = None
    language: str = "zh"
    resume: bool = True
    """Whether a finished plan of the same inputs and limits is taken as it is."""
    run: str = ""
    """Name of this run: what it finished itself (before a worker died) is not done twice."""


def plan_folder(task: DistrictTask) -> dict[str, Any]:
    """Plan a district and write its results; never raises, a failure is a row too.

    Returns
    -------
    dict
        name (of the district), status ("planned", "kept", "infeasible" or "failed"), proof (as
        `siting.Status`), notes, and `FIGURES`.
    """
    use_language(task.language)
    try:
        return _plan_or_kept(task)
    except PlannerError as error:
        return failed_row(str(error))
    except Exception as error:  # noqa: BLE001 - one district must not end the others
        return failed_row(str(_unexpected(error)))


def failed_row(told: str) -> dict[str, Any]:
    """Give the row of a district without a plan."""
    return _row(status="failed", notes=told)


def _row(**known: object) -> dict[str, Any]:
    blank = {**dict.fromkeys(_WORDS, ""), **dict.fromkeys(FIGURES)}
    row: dict[str, Any] = {**blank, **known}
    row["notes"] = str(row["notes"])[:_LONGEST_NOTE]
    return row


def _plan_or_kept(task: DistrictTask) -> dict[str, Any]:
    folder, out = Path(task.folder), Path(task.out)
    settings = read_settings(folder)
    key = _key(task, settings)
    kept = _kept_row(out, key, task)
    if kept is not None:
        return kept
    refuse_inputs(folder, settings, out)  # here, before the folder is emptied
    refuse_input_at(out / _SUMMARY, folder, settings)
    _begin(out)
    began = time.perf_counter()
    prepared = prepare(folder, season=task.season)
    result = plan(prepared, replace(settings.limits, **task.limits))
    infeasible = result.plan.is_none
    files = [] if infeasible else [path.name for path in write_outputs(result, out).values()]
    row = _figures(result, seconds=time.perf_counter() - began)
    _keep(out, {"key": key, "run": task.run, "files": files, "row": row})
    return row


def _figures(result: PlanResult, *, seconds: float) -> dict[str, Any]:
    before, chosen = result.before, result.plan
    told = {
        "name": result.prepared.district.settings.name,
        "proof": str(chosen.status),
        "workers": round(before.workers, 3),  # is kept in thousandths
        "worker_hours_week": before.worker_hours_week,
        "stations": before.stations,
        "nominal_before": before.nominal_share,
        "effective_before": before.effective_share,
        "seconds": seconds,
        "rows_set_aside": len(result.prepared.district.rejected),
    }
    if chosen.is_none:
        reasons = "\n".join(str(reason) for reason in chosen.reasons)
        return _row(status="infeasible", notes=reasons, **told)
    kinds = {str(kind): int(n) for kind, n in result.measures["kind"].value_counts().items()}
    return _row(
        status="planned",
        opened=kinds.get("new", 0),
        upgraded=kinds.get("upgrade", 0),
        moved=kinds.get("move", 0),
        closed=kinds.get("close", 0),
        cost_yuan=chosen.cost_yuan,
        nominal_after=result.after.nominal_share,
        effective_after=result.after.effective_share,
        gap=chosen.gap,
        **told,
    )


def _key(task: DistrictTask, settings: Settings) -> str:
    """Give a name for everything that the results depend on, the words on them included."""
    limits = asdict(replace(settings.limits, **task.limits))
    parts = [
        _FORMAT,
        planner.__version__,
        code_version(),
        fingerprint_of(Path(task.folder), settings),
        settings.name,
        settings.data_note,
        limits,
        task.season,
        task.language,
    ]
    text = json.dumps(parts, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _kept_row(out: Path, key: str, task: DistrictTask) -> dict[str, Any] | None:
    """Give the row of a finished plan of the same inputs, if it may be used and is whole."""
    try:
        kept = json.loads((out / _SUMMARY).read_text(encoding="utf-8"))
        same_run = bool(task.run) and kept["run"] == task.run
        whole = all((out / name).is_file() for name in kept["files"])
        if kept["key"] != key or not whole or not (task.resume or same_run):
            return None
        row = _row(**_checked(kept["row"]))
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None  # missing, damaged or of another version
    if not same_run and row["status"] == "planned":
        row["status"] = "kept"
    return row


def _checked(row: Mapping[str, Any]) -> dict[str, Any]:
    """Give what a summary says, where each value can be one of ours.

    Raises
    ------
    KeyError, OverflowError, TypeError, ValueError
        If one is missing or cannot be.
    """
    found = {name: row[name] for name in _row()}
    if found["status"] not in _SAVED or not all(isinstance(found[n], str) for n in _WORDS):
        raise ValueError("a text of the summary is damaged")
    Status(found["proof"])
    for name in FIGURES:
        value = found[name]
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if value is not None and not (is_number and math.isfinite(value)):
            raise ValueError("a figure of the summary is damaged")
    return found


def refuse_input_at(result: Path, folder: Path, settings: Settings) -> None:
    """Refuse to write a result where an input file of a district lies.

    Raises
    ------
    SettingsError
        If `result` is a file that the district is read from.
    """
    files = [getattr(settings, name) for name in FILES]
    named = [file.path for file in (*files, *settings.workers, settings.streets) if file]
    if result.resolve() in {(folder / path).resolve() for path in named if path}:
        raise SettingsError(
            note(
                "{out} holds files of the district that the results would replace. Name another"
                " folder with --out.",
                out=result.parent,
            )
        )


def _begin(out: Path) -> None:
    """Take the summary away, and an older plan with it: from here on the folder is not finished.

    Nothing is taken from a folder that holds no plan.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        marks = (_SUMMARY, _PLAN_FILES[0])
        if any((out / name).is_file() for name in marks):
            for name in (*_PLAN_FILES[1:], *marks):  # what tells a plan goes last
                (out / name).unlink(missing_ok=True)
    except OSError as error:
        raise SettingsError(not_writable(out, error)) from error


def _keep(out: Path, summary: Mapping[str, Any]) -> None:
    """Write the summary: there whole, or not at all."""
    try:
        with tempfile.TemporaryDirectory(dir=out, prefix=".new-") as aside:
            part = Path(aside) / _SUMMARY
            part.write_text(json.dumps(summary, ensure_ascii=False, indent=1), encoding="utf-8")
            part.replace(out / _SUMMARY)
    except OSError as error:
        raise SettingsError(not_writable(out, error)) from error


def not_writable(path: Path, error: OSError) -> Message:
    """Say that results cannot be written."""
    return note(
        "{folder} cannot be written to ({reason}). Name another folder with --out.",
        folder=path,
        reason=error.strerror or type(error).__name__,
    )


def _unexpected(error: Exception) -> Message:
    """Tell where an error came from that nobody expected; its text may be about a person."""
    frames = traceback.extract_tb(error.__traceback__)
    root = Path(planner.__file__).parent
    own = [frame for frame in frames if Path(frame.filename).is_relative_to(root)]
    last = (own or frames)[-1]
    place = f"{Path(last.filename).name}:{last.lineno}"
    kind = type(error).__name__
    _LOG.error("a district failed unexpectedly: %s at %s", kind, place)
    return note(
        "An unexpected error ended the planning of this district: {kind} at {place}. Run"
        " 'planner check' on its folder; if that finds nothing, please report the error.",
        kind=kind,
        place=place,
    )
