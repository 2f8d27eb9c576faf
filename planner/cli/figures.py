"""`planner coverage` and `planner score`: who is served today, and which venue stands how."""

from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from planner.cli.program import AsJson, Command, District, Season, app, print_json, progress_bars
from planner.cli.telling import (
    print_figures,
    print_notes,
    print_problems,
    print_report_table,
    print_scores,
    tell_data_note,
    tell_rows_set_aside,
)
from planner.errors import SettingsError
from planner.language import note, say

__all__: list[str] = []

_TOLD_OF_GAPS = ("name", "community", "workers", "limit", "nearest", "candidate", "candidate_m")
"""What fits a terminal; the workbook has every column."""


@app.command(cls=Command)
def demand(
    folder: District,
    *,
    season: Season = None,
    top: Annotated[int, typer.Option(min=1, help="How many hot spots to list.")] = 20,
    out: Annotated[
        Path | None, typer.Option(metavar="OUT", help="Folder for demand.xlsx and demand.html.")
    ] = None,
    group: Annotated[
        str | None, typer.Option(metavar="ID", help="Group on the map; without it all.")
    ] = None,
    period: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Part of the day on the map; without it the headcount."),
    ] = None,
    day: Annotated[
        str, typer.Option(metavar="KIND", help="weekday or weekend, with --period.")
    ] = "weekday",
    along_streets: Annotated[
        bool, typer.Option("--along-streets", help="Spread workers along the streets on the map.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show where the workers are from: what each source gave, and the totals of each group."""
    from planner.pipeline import (  # noqa: PLC0415 - slow, see folder.py
        demand_object,
        density_of,
        find_hot_spots,
        prepare,
        write_demand,
    )
    from planner.report import (  # noqa: PLC0415
        fits_table,
        season_name,
        sources_table,
        spot_table,
        totals_table,
    )

    _refuse_replacing(folder, out)
    with progress_bars() as progress:
        prepared = prepare(folder, season=season, progress=progress)
        spots = find_hot_spots(prepared)
    surface = density_of(prepared, group=group, period=period, day=day, along_streets=along_streets)
    written = write_demand(prepared, spots, surface, out) if out else ()
    if as_json:
        print_json(demand_object(prepared, spots))
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
    print(spots)
    print_report_table(
        spot_table(district, spots, most=top, most_hosts=2).only(
            "number", "name", "workers", "share", "candidates", "advice", "hosts"
        )
    )
    print_notes(people.notes)
    if people.problems:
        print_problems(people.problems)
    _tell_written(written)
    tell_rows_set_aside(len(district.rejected))


@app.command(cls=Command)
def coverage(
    folder: District,
    *,
    season: Season = None,
    seats: Annotated[
        bool | None,
        typer.Option(
            "--seats/--no-seats", help="Turn away those for whom a station has no seat left."
        ),
    ] = None,
    decay: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="How the graded share fades: none, linear, gaussian, exponential or stepped.",
        ),
    ] = None,
    details: Annotated[
        bool,
        typer.Option("--details", help="Also ways, seats, losses and service areas."),
    ] = False,
    out: Annotated[
        Path | None, typer.Option(metavar="OUT", help="Folder for today.xlsx and today.html.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show who is served today: nominal beside effective, by group, period and community."""
    from planner.pipeline import (  # noqa: PLC0415 - slow, see folder.py
        analyse,
        cover,
        coverage_object,
        prepare,
        today_object,
        write_today,
    )

    _refuse_replacing(folder, out)
    with progress_bars() as progress:
        prepared = prepare(folder, season=season, progress=progress)
        service = _service(prepared.district.settings.service, seats=seats, decay=decay)
        whole = details or out is not None
        report = analyse(prepared, service=service, progress=progress) if whole else None
    written = write_today(prepared, report, out) if report and out else ()
    if as_json:
        told = today_object(prepared, report) if report and details else None
        print_json(told or coverage_object(prepared, cover(prepared, service=service)))
        return
    tell_data_note(prepared.district.settings.data_note)
    _print_coverage(prepared, report.figures if report else cover(prepared, service=service))
    if report and details:
        _print_details(report)
    _tell_written(written)
    tell_rows_set_aside(len(prepared.district.rejected))


@app.command(cls=Command)
def gaps(
    folder: District,
    *,
    top: Annotated[int, typer.Option(min=1, help="How many places to list.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Check the largest gap: which workers have no open station near, by density class."""
    from planner.coverage import small_stations  # noqa: PLC0415 - slow, see folder.py
    from planner.pipeline import find_gaps, gaps_object, prepare  # noqa: PLC0415
    from planner.report import gap_cells, gap_totals, room  # noqa: PLC0415

    with progress_bars() as progress:
        prepared = prepare(folder, progress=progress)
        check = find_gaps(prepared)
        if as_json:
            print_json(gaps_object(prepared, check))
            return
    district = prepared.district
    tell_data_note(district.settings.data_note)
    print(check)
    for table in (
        gap_totals(district, check, "street"),
        gap_totals(district, check, "community"),
        gap_cells(district, prepared.coverage, check, most=top).only(*_TOLD_OF_GAPS),
        room(district, small_stations(district.stations, rules=district.settings.gaps)),
    ):
        print_report_table(table)
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


def _service(base: Any, *, seats: bool | None, decay: str | None) -> Any:  # noqa: ANN401 - ServiceRules, whose import is slow
    from planner.district.settings import DECAYS  # noqa: PLC0415 - slow, see folder.py

    if decay is not None and decay not in DECAYS:
        raise SettingsError(
            note("--decay {name}: expected one of {names}.", name=decay, names=", ".join(DECAYS))
        )
    changed = {"count_seats": seats, "decay": decay}
    return replace(base, **{name: value for name, value in changed.items() if value is not None})


def _print_coverage(prepared: Any, figures: Any) -> None:  # noqa: ANN401 - Prepared and Figures, whose import is slow
    from planner.report import coverage_json  # noqa: PLC0415 - slow, see folder.py

    told = coverage_json(prepared.district, figures)
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
    print(
        say(
            "Served by two stations at once: {backup:.1%}. Graded by the way: {graded:.1%}.",
            backup=float(figures.whole["backup_share"]),
            graded=float(figures.whole["graded_share"]),
        )
    )
    for title, part in (
        (say("By group"), "by_group"),
        (say("By period"), "by_period"),
        (say("By community"), "by_community"),
    ):
        print_figures(title, told[part].values())


def _print_details(report: Any) -> None:  # noqa: ANN401 - TodayReport, whose import is slow
    from planner.report import (  # noqa: PLC0415 - slow, see folder.py
        nearest,
        outcomes,
        seats,
        service_area_table,
        shut_for_a_day,
    )

    for table in (
        outcomes(report, "group"),
        outcomes(report, "day_period"),
        nearest(report.district, report.nearest),
        seats(report),
        shut_for_a_day(report.district, report.coverage, report.losses),
        service_area_table(report.district, report.coverage, report.areas),
    ):
        print_report_table(table)


def _refuse_replacing(folder: Path, out: Path | None) -> None:
    """Refuse, before anything is computed, to replace what the district is read from."""
    from planner.district import read_settings  # noqa: PLC0415 - slow, see folder.py
    from planner.pipeline import refuse_replacing  # noqa: PLC0415

    if out is not None:
        refuse_replacing(folder, read_settings(folder), out)


def _tell_written(files: Sequence[Path]) -> None:
    if files:
        names = ", ".join(path.name for path in files)
        print(say("Written to {folder}: {files}", folder=files[0].parent, files=names))
