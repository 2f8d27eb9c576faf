"""`planner coverage` and `planner score`: who is served today, and which venue stands how."""

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Annotated, Any

import typer

from planner.cli.program import AsJson, Command, District, Season, app, print_json, progress_bars
from planner.cli.telling import (
    print_figures,
    print_notes,
    print_report_table,
    print_scores,
    tell_data_note,
    tell_rows_set_aside,
)
from planner.errors import SettingsError
from planner.language import note, say

__all__: list[str] = []


@app.command(cls=Command)
def demand(folder: District, *, season: Season = None, as_json: AsJson = False) -> None:
    """Show where the workers are from: what each source gave, and the totals of each group."""
    from planner.pipeline import demand_object, prepare  # noqa: PLC0415 - slow, see folder.py
    from planner.report import fits_table, season_name, sources_table, totals_table  # noqa: PLC0415

    with progress_bars() as progress:
        prepared = prepare(folder, season=season, progress=progress)
    if as_json:
        print_json(demand_object(prepared))
        return
    district, people = prepared.district, prepared.demand
    tell_data_note(district.settings.data_note)
    print(
        say(
            "{workers:,.0f} workers in {cells:,} places, {hours:,.0f} worker-hours a week"
            " ({season}).",
            workers=float(people.workers.sum()),
            cells=len(people.cells),
            hours=people.worker_hours_week,
            season=season_name(district, people.season),
        )
    )
    for table in (sources_table, totals_table, fits_table):
        print_report_table(table(district, people))
    print_notes(people.notes)
    tell_rows_set_aside(len(district.rejected))


@app.command(cls=Command)
def coverage(folder: District, *, season: Season = None, as_json: AsJson = False) -> None:
    """Show who is served today: nominal beside effective, by group, period and community."""
    from planner.pipeline import cover, coverage_object, prepare  # noqa: PLC0415 - slow, see folder.py

    with progress_bars() as progress:
        prepared = prepare(folder, season=season, progress=progress)
    figures = cover(prepared)
    told = coverage_object(prepared, figures)
    if as_json:
        print_json(told)
        return
    tell_data_note(prepared.district.settings.data_note)
    print(
        say(
            "{workers:,.0f} workers, {hours:,.0f} worker-hours a week: {nominal:.1%} within reach"
            " of a station (nominal), {effective:.1%} find an open door (effective).",
            workers=figures.workers,
            hours=figures.worker_hours_week,
            nominal=figures.nominal_share,
            effective=figures.effective_share,
        )
    )
    for title, part in (
        (say("By group"), "by_group"),
        (say("By period"), "by_period"),
        (say("By community"), "by_community"),
    ):
        print_figures(title, told[part].values())
    tell_rows_set_aside(len(prepared.district.rejected))


@app.command(cls=Command)
def score(
    folder: District,
    *,
    top: Annotated[int, typer.Option(min=1, help="How many candidates to list.")] = 20,
    weight: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=NUMBER", help="Weight of a criterion; may be given several times."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Rank the candidate venues; every part of the score is shown."""
    from planner.pipeline import prepare, rank, score_object  # noqa: PLC0415 - slow, see folder.py

    with progress_bars() as progress:
        prepared = prepare(folder, progress=progress)
    ranked = rank(prepared, _weights(prepared.district.settings.score_weights, weight or []))
    if as_json:
        print_json(score_object(prepared, ranked))
        return
    tell_data_note(prepared.district.settings.data_note)
    print_scores(score_object(prepared, ranked.head(top))["candidates"])


def _weights(base: Any, given: Sequence[str]) -> Any:  # noqa: ANN401 - ScoreWeights, whose import is slow
    names = {field.name for field in fields(base)}
    changed: dict[str, float] = {}
    for text in given:
        name, _, number = text.partition("=")
        try:
            changed[name] = float(number)
        except ValueError as wrong:
            raise SettingsError(
                note(
                    "--weight {text}: a number must follow the '=', for example newly_served=0.5.",
                    text=text,
                )
            ) from wrong
        if name not in names or not 0 <= changed[name] < float("inf"):
            raise SettingsError(
                note(
                    "--weight {text}: expected one of {names} and a number of at least 0.",
                    text=text,
                    names=", ".join(sorted(names)),
                )
            )
    return replace(base, **changed)
