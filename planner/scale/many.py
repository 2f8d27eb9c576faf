"""Many district folders -> a plan for each, made by several processes, and one comparison."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import pandas as pd

from planner.district import read_settings
from planner.district.limits import limit_faults
from planner.district.reading import FILE_NAME
from planner.district.settings import Limits
from planner.errors import InputError, PlannerError, SettingsError
from planner.language import current_language, note, say
from planner.progress import Progress, Stop, never, silent
from planner.scale.cluster import open_cluster, run_tasks
from planner.scale.one import (
    FIGURES,
    DistrictTask,
    failed_row,
    not_writable,
    plan_folder,
    refuse_input_at,
)
from planner.scale.workbook import write_comparison

__all__ = ["COMPARISON", "district_folders", "plan_many"]

COMPARISON = "comparison.xlsx"
_COLUMNS = ("folder", "name", "status", "proof", *FIGURES, "notes")
_SUFFIX_DIGITS = 6


def district_folders(places: Sequence[Path]) -> list[Path]:
    """List the districts that are meant: each folder itself, or the districts directly inside it.

    Returns
    -------
    list
        Each once, in the order given, those inside a folder by name. A folder that neither is a
        district nor holds one is given as it is: it will be reported.
    """
    found: list[Path] = []
    for place in places:
        inside = []
        if not (place / FILE_NAME).is_file() and place.is_dir():
            inside = sorted(path.parent for path in place.glob(f"*/{FILE_NAME}"))
        found += inside or [place]
    once: dict[Path, Path] = {}
    for path in found:
        once.setdefault(path.resolve(), path)
    return list(once.values())


def plan_many(  # noqa: PLR0913 - what to plan, how far, where, and by whom
    folders: Sequence[Path],
    *,
    out: Path,
    limits: Mapping[str, Any] | None = None,
    season: str | None = None,
    scheduler: str | None = None,
    workers: int = 2,
    resume: bool = True,
    progress: Progress = silent,
    stop: Stop = never,
) -> pd.DataFrame:
    """Plan each of many districts and compare them; one that fails does not end the others.

    Each district has a folder in `out` with all files of a plan, and a summary that is written
    last: a run that was ended in the middle goes on where it stood. `comparison.xlsx` in `out` has
    a row for each district.

    Parameters
    ----------
    folders
        Districts; see `district_folders`.
    out
        Folder for the results, made where it is missing.
    limits
        Limits (by their names in `Limits`) that replace those of every `district.toml`.
    season
        As `pipeline.prepare`.
    scheduler
        Address of a Dask scheduler whose workers see the same folders; None: processes of this
        machine.
    workers
        How many processes, where there is no scheduler.
    resume
        Whether a district is left as it is that was finished before, from the same inputs, limits,
        season, language and program.
    progress
        Told how many districts are done.
    stop
        Asked now and then; true: districts that are not finished are left out, and said to be.

    Returns
    -------
    pandas.DataFrame
        One row a district, in the order given; index: the name of its folder in `out`. Columns:
        folder, name, status ("planned", "kept" from an earlier run, "infeasible", "failed" or
        "stopped"), proof, the figures of `one.FIGURES` and notes.

    Raises
    ------
    ClusterError
        If the scheduler does not answer or goes away.
    InputError
        If no folder is given.
    SettingsError
        If the limits cannot hold, `out` cannot be written to, or the comparison would replace a
        file that a district is read from.
    """
    if not folders:
        raise InputError(note("No district folder is given."))
    _check(limits or {})
    _refuse_inputs(folders, out)
    run = uuid4().hex
    tasks = [
        DistrictTask(
            folder=str(folder.resolve()),
            out=str(out.resolve() / name),
            limits=dict(limits or {}),
            season=season,
            language=current_language(),
            resume=resume,
            run=run,
        )
        for name, folder in _named(folders).items()
    ]
    _make(out)
    rows: list[dict[str, Any]] = [{**failed_row(""), "status": "stopped"} for _ in tasks]
    told = note("Planning the districts")
    progress(told, 0.0)
    with open_cluster(scheduler=scheduler, workers=min(workers, len(tasks))) as cluster:
        for done, ended in enumerate(run_tasks(cluster, plan_folder, tasks, stop=stop), start=1):
            rows[ended.place] = ended.result or failed_row(_killed())
            progress(told, done / len(tasks))
    table = _table(tasks, rows)
    _write(table, out)
    return table


def _check(limits: Mapping[str, Any]) -> None:
    """Refuse limits that cannot hold before anything is read."""
    if faults := limit_faults(Limits(**limits), where=""):
        raise SettingsError(note("The limits of the plan cannot hold:"), problems=faults)


def _refuse_inputs(folders: Sequence[Path], out: Path) -> None:
    """Refuse a comparison that would replace an input; what cannot be read is told in its row."""
    for folder in folders:
        try:
            settings = read_settings(folder)
        except PlannerError:
            continue
        refuse_input_at(out / COMPARISON, folder, settings)


def _named(folders: Sequence[Path]) -> dict[str, Path]:
    """Give each district a name for its results: that of its folder; of equal ones with a mark."""
    whole = [folder.resolve() for folder in folders]
    names = [path.name.casefold() for path in whole]
    found = {}
    for path, name in zip(whole, names, strict=True):
        mark = hashlib.sha256(str(path).encode()).hexdigest()[:_SUFFIX_DIGITS]
        alone = names.count(name) == 1 and name not in {"", COMPARISON}
        found[path.name if alone else f"{path.name}-{mark}"] = path
    return found


def _make(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(not_writable(out, error)) from error


def _table(tasks: Sequence[DistrictTask], rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    index = pd.Index([Path(task.out).name for task in tasks], name="district", dtype="str")
    table = pd.DataFrame(list(rows), index=index)
    table["folder"] = [task.folder for task in tasks]
    numbers = {name: pd.to_numeric(table[name]) for name in FIGURES}
    return table.assign(**numbers)[list(_COLUMNS)]


def _write(table: pd.DataFrame, out: Path) -> None:
    try:
        write_comparison(table, out / COMPARISON)
    except OSError as error:  # such as a workbook that is open in Excel
        raise SettingsError(not_writable(out / COMPARISON, error)) from error


def _killed() -> str:
    return say(
        "The worker processes that planned this district died, probably for lack of memory. Plan it"
        " alone with 'planner plan', or with fewer workers."
    )
