"""`planner pings` and `planner plan-many`: many records, many districts, on Dask."""

import math
from pathlib import Path
from typing import Annotated, Any

import typer

from planner.cli.program import (
    FAULTS_FOUND,
    AsJson,
    Command,
    Season,
    app,
    interrupt_means_enough,
    print_json,
    progress_bars,
)
from planner.cli.telling import print_notes, print_problems, print_table
from planner.errors import SettingsError
from planner.language import note, say

__all__: list[str] = []

Scheduler = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS",
        help="Address of a Dask scheduler whose workers see the same files; without it processes"
        " of this machine.",
    ),
]
Workers = Annotated[
    int, typer.Option(min=1, help="How many processes of this machine, without a scheduler.")
]


@app.command(cls=Command)
def pings(
    sources: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Files of records, or folders of them.")
    ],
    *,
    out: Annotated[Path, typer.Option(metavar="OUT", help="The file to write, .parquet or .csv.")],
    district: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="District whose boundary and squares are used."),
    ] = None,
    centre: Annotated[
        str | None,
        typer.Option(
            metavar="LON,LAT", help="Middle of the area (WGS-84), where no district is named."
        ),
    ] = None,
    crs: Annotated[
        str | None,
        typer.Option(metavar="SYSTEM", help="Coordinate system: WGS-84, GCJ-02, BD-09 ..."),
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=HEADER", help="Which column is id, time, date, lon, lat or lnglat."
        ),
    ] = None,
    cell: Annotated[float, typer.Option(metavar="M", help="Side of a square in metres.")] = 250.0,
    scheduler: Scheduler = None,
    workers: Workers = 2,
    as_json: AsJson = False,
) -> None:
    """Bin GPS or order records to squares by hour; no id is in the result."""
    from planner.demand.pings import write_bins  # noqa: PLC0415 - slow, see folder.py
    from planner.district.settings import PingRules  # noqa: PLC0415
    from planner.scale import bin_on_dask  # noqa: PLC0415

    projection, boundary = _area(district, centre)
    if out.suffix.lower() not in {".parquet", ".csv"}:
        raise SettingsError(note("--out {out}: expected .parquet or .csv.", out=out))
    with progress_bars() as progress, interrupt_means_enough() as stop:
        bins = bin_on_dask(
            sources,
            columns=_columns(column or []),
            crs=crs,
            rules=PingRules(),
            projection=projection,
            boundary=boundary,
            cell_m=cell,
            scheduler=scheduler,
            workers=workers,
            progress=progress,
            stop=stop,
        )
    write_bins(bins, out, projection=projection)
    told = {
        "written": str(out),
        "squares": len(bins.squares),
        "person_hours": float(bins.person_hours.sum()),
        "records": int(bins.records.sum()),
        "persons": bins.persons,
        "weekdays": bins.weekdays,
        "weekend_days": bins.weekend_days,
        "set_aside": dict(bins.set_aside),
        "problems": [str(problem) for problem in bins.problems],
        "assumptions": [str(each) for each in bins.notes],
    }
    if as_json:
        print_json(told)
    else:
        print(
            say(
                "{records:,} records of {persons:,} people in {squares:,} squares, {hours:,.0f}"
                " person-hours; written to {out}.",
                records=told["records"],
                persons=bins.persons,
                squares=told["squares"],
                hours=told["person_hours"],
                out=out,
            )
        )
        print_notes(bins.notes)
        print_problems(bins.problems)
    if bins.problems:
        raise typer.Exit(FAULTS_FOUND)


@app.command(name="plan-many", cls=Command)
def plan_many(
    folders: Annotated[
        list[Path],
        typer.Argument(metavar="DIR...", help="District folders, or folders of such folders."),
    ],
    *,
    out: Annotated[
        Path, typer.Option(metavar="OUT", help="Folder for the plans and comparison.xlsx.")
    ],
    budget: Annotated[
        float | None, typer.Option(metavar="YUAN", help="Added set-up money in yuan.")
    ] = None,
    count: Annotated[int | None, typer.Option(metavar="N", help="Additional openings.")] = None,
    time_limit: Annotated[
        float | None, typer.Option(metavar="S", help="Seconds the search may take.")
    ] = None,
    season: Season = None,
    again: Annotated[
        bool, typer.Option("--again", help="Plan anew what was finished in an earlier run.")
    ] = False,
    scheduler: Scheduler = None,
    workers: Workers = 2,
    as_json: AsJson = False,
) -> None:
    """Plan many districts and compare them; one that fails is told, the others go on."""
    from planner.scale import COMPARISON, district_folders  # noqa: PLC0415 - slow, see folder.py
    from planner.scale import plan_many as plan_all  # noqa: PLC0415

    given = {"budget_yuan": budget, "count": count, "time_limit_s": time_limit}
    with progress_bars() as progress, interrupt_means_enough() as stop:
        table = plan_all(
            district_folders(folders),
            out=out,
            limits={name: value for name, value in given.items() if value is not None},
            season=season,
            scheduler=scheduler,
            workers=workers,
            resume=not again,
            progress=progress,
            stop=stop,
        )
    if as_json:
        rows = table.reset_index().to_dict(orient="records")
        print_json({"districts": [_plain(row) for row in rows], "written": str(out / COMPARISON)})
    else:
        _print_comparison(table)
        print(say("Written to {folder}: {files}", folder=out, files=COMPARISON))
    if not table["status"].isin(["planned", "kept"]).all():
        raise typer.Exit(FAULTS_FOUND)


def _area(district: Path | None, centre: str | None) -> tuple[str, Any]:
    """Give the plane in which records are binned, and the boundary if there is one."""
    if (district is None) == (centre is None):
        raise SettingsError(
            note("Say where the squares lie: either --district DIR or --centre LON,LAT.")
        )
    if centre is not None:
        from planner.geo import local_projection  # noqa: PLC0415 - slow, see folder.py

        lon, _, lat = centre.partition(",")
        try:
            return local_projection(float(lon), float(lat)), None
        except ValueError as wrong:
            raise SettingsError(
                note("--centre {text}: expected longitude,latitude in degrees.", text=centre)
            ) from wrong
    from planner.district import projection_of, read_district  # noqa: PLC0415 - slow, see folder.py

    read = read_district(district or Path())
    return projection_of(read), read.boundary


def _columns(given: list[str]) -> dict[str, str]:
    pairs = [text.partition("=") for text in given]
    for name, sign, header in pairs:
        if not (name and sign and header):
            raise SettingsError(
                note("--column {text}: expected NAME=HEADER.", text=f"{name}{sign}{header}")
            )
    return {name: header for name, _, header in pairs}


def _plain(row: dict[Any, Any]) -> dict[str, Any]:
    """Give a row as JSON can hold it."""
    return {
        str(name): None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in row.items()
    }


def _print_comparison(table: Any) -> None:  # noqa: ANN401 - DataFrame, whose import is slow
    statuses = {
        "planned": say("planned"),
        "kept": say("kept from an earlier run"),
        "infeasible": say("no plan meets the limits"),
        "failed": say("failed"),
        "stopped": say("not finished"),
    }
    columns = [
        say("District"),
        say("Outcome"),
        say("New stations"),
        say("Yuan"),
        say("Effective today"),
        say("Effective with the plan"),
        say("Gap"),
    ]
    forms = {
        "opened": ",.0f",
        "cost_yuan": ",.0f",
        "effective_before": ".1%",
        "effective_after": ".1%",
        "gap": ".2%",
    }
    rows = [
        [
            f"{identity} {row['name']}".strip(),
            statuses[row["status"]],
            *("-" if math.isnan(row[key]) else f"{row[key]:{form}}" for key, form in forms.items()),
        ]
        for identity, row in table.iterrows()
    ]
    print_table(say("Districts"), columns, rows)
    for identity, row in table.iterrows():
        if row["notes"] and row["status"] not in {"planned", "kept"}:
            print(f"- {identity}: {row['notes']}")
