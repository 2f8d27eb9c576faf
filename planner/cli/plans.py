"""`planner plan` and `planner demo`: what to open, upgrade, move or close."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from planner.bundle import sample_folder
from planner.cli.limits import with_words
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
from planner.cli.saving import Saving, Store
from planner.cli.telling import print_curve, print_plan
from planner.errors import SettingsError
from planner.language import note, say

__all__: list[str] = []


@app.command(cls=Command)
def plan(
    folder: District,
    *,
    objective: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND",
            help="served, served_twice, graded, fewest_sites, least_money, p_median, p_center or"
            " p_dispersion; several are added up.",
        ),
    ] = None,
    target: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE",
            help="Share of what could be served at all, 0 to 1, with fewest_sites and least_money.",
        ),
    ] = None,
    measure: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ID",
            help="What the plan may do: open, open_evening, open_24h, container, extend_evening,"
            " extend_24h, list, open_gate, admit, enlarge, move, close.",
        ),
    ] = None,
    budget: Annotated[
        float | None, typer.Option(metavar="YUAN", help="Added set-up money in yuan.")
    ] = None,
    budget_union: Annotated[
        float | None, typer.Option(metavar="YUAN", help="The part of it that the union pays.")
    ] = None,
    budget_partner: Annotated[
        float | None, typer.Option(metavar="YUAN", help="The part that hosts and partners pay.")
    ] = None,
    budget_year: Annotated[
        float | None, typer.Option(metavar="YUAN", help="Added running cost in yuan a year.")
    ] = None,
    count: Annotated[int | None, typer.Option(metavar="N", help="Additional openings.")] = None,
    containers: Annotated[
        int | None,
        typer.Option(
            metavar="N", help="Relocatable stations that may be bought, with --measure container."
        ),
    ] = None,
    min_separation: Annotated[
        float | None,
        typer.Option(metavar="M", help="Metres between a new station and any other."),
    ] = None,
    along_streets: Annotated[
        bool | None,
        typer.Option(
            "--along-streets/--straight", help="How the separation is measured.", show_default=False
        ),
    ] = None,
    max_gap: Annotated[
        str | None,
        typer.Option(
            metavar="HOW",
            help="Largest distance to a station (see gaps in district.toml): off, hard, or the"
            " worker-hours a week that each shortfall counts.",
        ),
    ] = None,
    quota: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SCOPE:STATIONS:LEAST",
            help="How many there must be: community:any:1, all:all_day:15%.",
        ),
    ] = None,
    floor: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WHO:SHARE",
            help="Share of worker-hours to be served: rider:40%, community:20% (each), :50%.",
        ),
    ] = None,
    lock: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="Site that must be opened, or option that must be chosen."),
    ] = None,
    forbid: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="Site or option that must not be chosen."),
    ] = None,
    may_close: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Station that the plan may close.")
    ] = None,
    may_move: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Station that the plan may move.")
    ] = None,
    time_limit: Annotated[
        float | None,
        typer.Option(
            metavar="S", help="Seconds the search may take; 0: the first plan that comes."
        ),
    ] = None,
    work_limit: Annotated[
        int | None,
        typer.Option(metavar="N", help="Steps of the search, whatever the clock says."),
    ] = None,
    gap: Annotated[
        float | None,
        typer.Option(metavar="SHARE", help="End when proven this near to the best, 0 to 1."),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(metavar="N", help="Of the random part of the search.")
    ] = None,
    season: Season = None,
    sure: Annotated[
        int,
        typer.Option(
            metavar="N", min=0, help="Draws to tell how sure the plan is (200 is usual); 0: none."
        ),
    ] = 0,
    robust: Annotated[
        bool,
        typer.Option("--robust", help="Plan for many possible demands at once, not for one."),
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(metavar="OUT", help="Folder for the results; without it DIR/plan."),
    ] = None,
    save: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Keep the plan in the scenario of this name, made where missing."
        ),
    ] = None,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Choose what to open, upgrade, move or close for the money there is, with a proof."""
    given: dict[str, Any] = {
        "objective": objective,
        "target": target,
        "measures": tuple(measure) if measure else None,
        "budget_yuan": budget,
        "budget_union_yuan": budget_union,
        "budget_partner_yuan": budget_partner,
        "budget_year_yuan": budget_year,
        "count": count,
        "containers": containers,
        "min_separation_m": min_separation,
        "separation_along_streets": along_streets,
        "gap": max_gap,
        "quotas": quota,
        "floors": floor,
        "time_limit_s": time_limit,
        "work_limit": work_limit,
        "gap_share": gap,
        "seed": seed,
        "robust": True if robust else None,
        **{
            name: tuple(ids) if ids else None
            for name, ids in (
                ("lock", lock),
                ("forbid", forbid),
                ("may_close", may_close),
                ("may_move", may_move),
            )
        },
    }
    wanted = _Wanted(season=season, draws=sure, save=save, store=store)
    _run_plan(folder, given, out or folder / "plan", wanted=wanted, as_json=as_json)


@app.command(cls=Command)
def curve(
    folder: District,
    *,
    by: Annotated[
        str, typer.Option(metavar="KIND", help="count (new stations) or money (set-up yuan).")
    ] = "count",
    points: Annotated[int, typer.Option(metavar="N", min=2, help="Points of the curve.")] = 24,
    time_limit: Annotated[
        float | None, typer.Option(metavar="S", help="Seconds the search may take.")
    ] = None,
    season: Season = None,
    as_json: AsJson = False,
) -> None:
    """Show the most that can be served at every number of new stations, or at every budget."""
    from planner.pipeline import curve_object, curve_of, prepare  # noqa: PLC0415 - slow, see folder.py

    if by not in ("count", "money"):
        raise SettingsError(note("--by {by}: expected count or money.", by=by))
    with progress_bars() as progress:
        prepared = prepare(folder, season=season, progress=progress)
        kept = prepared.district.settings.limits
        limits = kept if time_limit is None else replace(kept, time_limit_s=time_limit)
        with interrupt_means_enough() as stop:
            found = curve_of(prepared, limits, by=by, points=points, progress=progress, stop=stop)
    if as_json:
        print_json(curve_object(prepared, found))
    else:
        print_curve(found)
    if not found.points:
        raise typer.Exit(NO_PLAN)


@app.command(cls=Command)
def demo(
    *,
    out: Annotated[
        Path, typer.Option(metavar="OUT", help="Folder for the results of the sample.")
    ] = Path("demo-out"),
    as_json: AsJson = False,
) -> None:
    """Run the main job on the embedded sample district (invented data)."""
    _run_plan(sample_folder(), {}, out, wanted=_Wanted(), as_json=as_json)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """What is asked beside the limits."""

    season: str | None = None
    draws: int = 0
    """Draws of how sure the plan is; 0: not asked."""
    save: str | None = None
    """Name of the scenario that keeps the plan; None: none does."""
    store: str | None = None
    """Where scenarios are kept; None: where they are as a rule."""


def _run_plan(
    folder: Path, given: Mapping[str, Any], out: Path, *, wanted: _Wanted, as_json: bool
) -> None:
    from planner.district import read_settings  # noqa: PLC0415 - slow, see folder.py
    from planner.district.limits import limit_faults, require_a_limit  # noqa: PLC0415
    from planner.pipeline import plan as choose  # noqa: PLC0415
    from planner.pipeline import plan_object, prepare, refuse_inputs, with_sureness, write_outputs  # noqa: PLC0415 - slow, see folder.py

    # Wrong or missing limits are told before the files are read.
    settings = read_settings(folder)
    limits = with_words(settings.limits, given, groups=[group.id for group in settings.groups])
    if faults := limit_faults(limits, where=""):
        raise SettingsError(note("The limits of the plan cannot hold:"), problems=faults)
    require_a_limit(limits)
    refuse_inputs(folder, settings, out)
    saving = None if wanted.save is None else Saving(folder, wanted.save, wanted.store)
    with progress_bars() as progress:
        prepared = prepare(folder, season=wanted.season, progress=progress)
        with interrupt_means_enough() as stop:
            result = choose(prepared, limits, progress=progress, stop=stop)
            none = result.plan.is_none
            if wanted.draws and not none:
                result = with_sureness(result, draws=wanted.draws, progress=progress, stop=stop)
        written = {} if none else write_outputs(result, out, progress=progress)
    kept = None if saving is None or none else saving.keep(result)
    if as_json:
        plain = plan_object(result)
        print_json(plain if kept is None else {**plain, "scenario": kept.id})
    else:
        _tell(result, say("Written to {folder}: {files}", folder=out, files=", ".join(written)))
        _tell_kept(kept)
    if none:
        raise typer.Exit(NO_PLAN)


def _tell(result: Any, written: str) -> None:  # noqa: ANN401 - PlanResult, whose import is slow
    """Print a plan and where it is written, or that there is none."""
    if result.plan.is_none:
        _print_none(result.plan)
    else:
        print_plan(result)
        print(written)


def _tell_kept(kept: Any) -> None:  # noqa: ANN401 - Scenario or None
    """Print which scenario keeps the plan, if one does."""
    if kept is not None:
        print(say("{name} is kept, with the id {id}.", name=kept.name, id=kept.id))


def _print_none(plan: Any) -> None:  # noqa: ANN401 - Plan, whose import is slow
    """Tell that there is no plan, why, and the cheapest way out."""
    print(say("No plan meets the limits:"), file=sys.stderr)
    for reason in plan.reasons:
        print(f"- {reason}", file=sys.stderr)
    if plan.way_out:
        print(say("The cheapest way out:"), file=sys.stderr)
    for way in plan.way_out:
        print(f"- {way}", file=sys.stderr)
