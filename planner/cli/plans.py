"""`planner plan` and `planner demo`: what to open."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from planner.bundle import sample_folder
from planner.cli.program import (
    NO_PLAN,
    AsJson,
    Command,
    District,
    Season,
    app,
    interrupt_means_enough,
    print_json,
    progress_bars,
)
from planner.cli.telling import print_plan
from planner.errors import SettingsError
from planner.language import Message, note, say

__all__: list[str] = []


@app.command(cls=Command)
def plan(
    folder: District,
    *,
    budget: Annotated[
        float | None, typer.Option(metavar="YUAN", help="Added set-up money in yuan.")
    ] = None,
    count: Annotated[int | None, typer.Option(metavar="N", help="Additional openings.")] = None,
    min_separation: Annotated[
        float | None,
        typer.Option(metavar="M", help="Straight metres between a new station and any other."),
    ] = None,
    lock: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Site that must be opened.")
    ] = None,
    forbid: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Site that must not be opened.")
    ] = None,
    time_limit: Annotated[
        float | None, typer.Option(metavar="S", help="Seconds the search may take.")
    ] = None,
    gap: Annotated[
        float | None,
        typer.Option(metavar="SHARE", help="End when proven this near to the best, 0 to 1."),
    ] = None,
    season: Season = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="OUT", help="Folder for the results; without it DIR/plan."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Choose what to open for the money there is, with a proof of how good that is."""
    given: dict[str, Any] = {
        "budget_yuan": budget,
        "count": count,
        "min_separation_m": min_separation,
        "time_limit_s": time_limit,
        "gap_share": gap,
        "lock": tuple(lock) if lock else None,
        "forbid": tuple(forbid) if forbid else None,
    }
    _run_plan(folder, given, out or folder / "plan", season=season, as_json=as_json)


@app.command(cls=Command)
def demo(
    *,
    out: Annotated[
        Path, typer.Option(metavar="OUT", help="Folder for the results of the sample.")
    ] = Path("demo-out"),
    as_json: AsJson = False,
) -> None:
    """Run the main job on the embedded sample district (invented data)."""
    _run_plan(sample_folder(), {}, out, as_json=as_json)


def _run_plan(
    folder: Path,
    given: Mapping[str, Any],
    out: Path,
    *,
    season: str | None = None,
    as_json: bool,
) -> None:
    from planner.district import read_settings  # noqa: PLC0415 - slow, see folder.py
    from planner.district.limits import limit_faults, require_a_limit  # noqa: PLC0415
    from planner.district.settings import Limits  # noqa: PLC0415
    from planner.pipeline import plan as choose  # noqa: PLC0415
    from planner.pipeline import plan_object, prepare, refuse_inputs, write_outputs  # noqa: PLC0415 - slow, see folder.py
    from planner.siting import Status  # noqa: PLC0415

    changed = {name: value for name, value in given.items() if value is not None}
    # Wrong or missing limits are told before the files are read.
    settings = read_settings(folder)
    limits = replace(settings.limits, **changed)
    if faults := limit_faults(Limits(**changed), where=""):
        raise SettingsError(note("The limits of the plan cannot hold:"), problems=faults)
    require_a_limit(limits)
    refuse_inputs(folder, settings, out)
    with progress_bars() as progress:
        prepared = prepare(folder, season=season, progress=progress)
        with interrupt_means_enough() as stop:
            result = choose(prepared, limits, progress=progress, stop=stop)
        infeasible = result.plan.status is Status.INFEASIBLE
        written = {} if infeasible else write_outputs(result, out, progress=progress)
    if as_json:
        print_json(plan_object(result))
    elif infeasible:
        _print_infeasible(result.plan.reasons)
    else:
        print_plan(result)
        print(
            say(
                "Written to {folder}: {files}",
                folder=out,
                files=", ".join(p.name for p in written.values()),
            )
        )
    if infeasible:
        raise typer.Exit(NO_PLAN)


def _print_infeasible(reasons: Sequence[Message]) -> None:
    print(say("No plan meets the limits:"), file=sys.stderr)
    for reason in reasons:
        print(f"- {reason}", file=sys.stderr)
