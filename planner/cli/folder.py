"""`planner init` and `planner check`: a new folder, and the faults of one."""

import sys
from pathlib import Path
from typing import Annotated

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
from planner.errors import SettingsError
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
    from planner.pipeline import check_object, prepare, write_rejected_rows  # noqa: PLC0415 - see above

    with progress_bars() as progress:
        prepared = prepare(folder, progress=progress)
    try:
        rejected = write_rejected_rows(prepared, out or folder)
    except SettingsError as unwritable:  # the faults are what was asked for
        rejected = None
        print(unwritable, file=sys.stderr)
    if as_json:
        print_json(check_object(prepared, rejected))
    else:
        print_problems(prepared.problems)
        print_notes(prepared.notes)
        if rejected:
            print(say("Rows set aside, with the reasons: {path}", path=rejected))
    if prepared.problems:
        raise typer.Exit(FAULTS_FOUND)
