"""`planner init` and `planner check`: a new folder, and the faults of one."""

import sys
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer

from planner.cli.program import (
    FAULTS_FOUND,
    AsJson,
    Command,
    District,
    app,
    print_json,
    progress_bars,
)
from planner.cli.telling import print_notes, print_problems
from planner.errors import PlannerError, SettingsError
from planner.language import say

# Here and in its neighbours planner.pipeline is imported inside the commands: it needs Numba,
# GeoPandas and HiGHS (seconds), and `planner --help` must be quick.

__all__: list[str] = []


@app.command(cls=Command)
def init(folder: District) -> None:
    """Write a new district folder: district.toml and Excel templates to fill in."""
    from planner.district import init_district  # noqa: PLC0415 - see above

    written = init_district(folder)
    print(say("Written to {folder}:", folder=folder))
    for path in written:
        print(f"  {path.name}")
    print(say("Fill in the Excel files, then run: planner check {folder}", folder=folder))


@app.command(cls=Command)
def check(
    folder: District,
    *,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="OUT", help="Folder for rejected.xlsx; without it the district folder."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read all files and list every fault: file, row, column, found, expected, fix."""
    from planner.intake import rejected_rows  # noqa: PLC0415 - see above
    from planner.pipeline import check_object, prepare  # noqa: PLC0415 - see above

    try:
        with progress_bars() as progress:
            prepared = prepare(folder, progress=progress)
    except (
        PlannerError
    ) as unusable:  # nothing is left to work with: all the more is the list needed
        if len(rows := rejected_rows(unusable)):
            _tell_written(_write_rows(rows, out or folder), to=sys.stderr)
        raise
    rejected = _write_rows(prepared.district.rejected, out or folder)
    if as_json:
        print_json(check_object(prepared, rejected))
    else:
        print_problems(prepared.problems)
        print_notes(prepared.notes)
        _tell_written(rejected, to=sys.stdout)
    if prepared.problems:
        raise typer.Exit(FAULTS_FOUND)


def _write_rows(rejected: Any, folder: Path) -> Path | None:  # noqa: ANN401 - DataFrame, whose import is slow
    from planner.pipeline import write_rejected_rows  # noqa: PLC0415 - see above

    try:
        return write_rejected_rows(rejected, folder)
    except SettingsError as unwritable:  # the faults are what was asked for
        print(unwritable, file=sys.stderr)
        return None


def _tell_written(path: Path | None, *, to: TextIO) -> None:
    if path:
        print(say("Rows set aside, with the reasons: {path}", path=path), file=to)
