"""`planner pings` and `planner plan-many`: many records, many districts, on Dask."""

import math
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from errno import EISDIR
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from planner.cli.program import (
    FAULTS_FOUND,
    STOPPED,
    AsJson,
    Command,
    Season,
    app,
    interrupt_means_enough,
    print_json,
    progress_bars,
)
from planner.cli.telling import print_notes, print_problems, print_table
from planner.errors import PlannerError, SettingsError
from planner.language import Message, note, say

__all__: list[str] = []

_LARGEST_CELL_M = 100_000
_WHOLE = 1e-6
_PING_COLUMNS = ("id", "time", "date", "lon", "lat", "lnglat", "latlng")

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
    timezone: Annotated[
        str | None,
        typer.Option(metavar="ZONE", help="For times that state none, such as Asia/Shanghai."),
    ] = None,
    most_gap: Annotated[
        float | None,
        typer.Option(
            metavar="MIN", help="Longest time between two records of a person that counts."
        ),
    ] = None,
    most_speed: Annotated[
        float | None,
        typer.Option(
            metavar="KMH", help="Records that only a faster person reaches are set aside."
        ),
    ] = None,
    scheduler: Scheduler = None,
    workers: Workers = 2,
    as_json: AsJson = False,
) -> None:
    """Bin GPS or order records to squares by hour; no id is in the result."""
    from planner.demand.pings import write_bins  # noqa: PLC0415 - slow, see folder.py
    from planner.scale import bin_on_dask  # noqa: PLC0415

    _check_cell(cell)
    _check_out(out, sources)
    area = _area(district, centre, sources)
    given = {"timezone": timezone, "most_gap_min": most_gap, "most_speed_kmh": most_speed}
    stopping = note("Stopping; nothing will be written ...")
    with progress_bars() as progress, interrupt_means_enough(stopping) as stop:
        try:
            bins = bin_on_dask(
                sources,
                columns=_columns(column or []) or area.columns,
                crs=crs or area.crs,
                rules=_rules(area.rules, given),
                projection=area.projection,
                boundary=area.boundary,
                cell_m=cell,
                scheduler=scheduler,
                workers=workers,
                progress=progress,
                stop=stop,
            )
        except PlannerError as ended:
            if stop():
                raise typer.Exit(STOPPED) from ended
            raise
    try:
        write_bins(bins, out, projection=area.projection)
    except OSError as wrong:
        raise SettingsError(_not_writable(out, wrong)) from wrong
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
    stopping = note("Stopping; districts that are finished are kept ...")
    with progress_bars() as progress, interrupt_means_enough(stopping) as stop:
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
    if stop():
        raise typer.Exit(STOPPED)
    if not table["status"].isin(["planned", "kept"]).all():
        raise typer.Exit(FAULTS_FOUND)


class _Area(NamedTuple):
    """Where squares lie, and how the records of a district are to be read."""

    projection: str
    boundary: Any
    rules: Any
    crs: str | None
    columns: Mapping[str, str]


def _area(district: Path | None, centre: str | None, sources: Sequence[Path]) -> _Area:
    """Give the plane in which records are binned, the boundary if there is one, and the rules.

    A district that names one of the files as a source of records says how they are read.
    """
    from planner.district.settings import PingRules  # noqa: PLC0415 - slow, see folder.py

    if (district is None) == (centre is None):
        raise SettingsError(
            note("Say where the squares lie: either --district DIR or --centre LON,LAT.")
        )
    if centre is not None:
        from planner.geo import local_projection  # noqa: PLC0415 - slow, see folder.py

        lon, _, lat = centre.partition(",")
        try:
            return _Area(local_projection(float(lon), float(lat)), None, PingRules(), None, {})
        except ValueError as wrong:
            raise SettingsError(
                note("--centre {text}: expected longitude,latitude in degrees.", text=centre)
            ) from wrong
    from planner.district import projection_of, read_district  # noqa: PLC0415 - slow, see folder.py

    folder = district or Path()
    read = read_district(folder)
    files = {path.resolve() for path in sources}
    for source in read.settings.workers:
        if source.kind == "pings" and (folder / source.path).resolve() in files:
            rules = source.pings
            return _Area(projection_of(read), read.boundary, rules, source.crs, source.columns)
    return _Area(projection_of(read), read.boundary, PingRules(), None, {})


def _rules(base: Any, given: Mapping[str, Any]) -> Any:  # noqa: ANN401 - PingRules, whose import is slow
    changed = {name: value for name, value in given.items() if value is not None}
    for name, value in changed.items():
        if not isinstance(value, str) and not 0 < value < math.inf:
            option = "--" + name.rsplit("_", 1)[0].replace("_", "-")
            raise SettingsError(
                note("{option} {value:g}: expected a number above 0.", option=option, value=value)
            )
    return replace(base, **changed)


def _check_cell(cell_m: float) -> None:
    """Refuse a side that squares cannot have: whole centimetres, 1 m to 100 km."""
    if not 1 <= cell_m <= _LARGEST_CELL_M or abs(100 * cell_m - round(100 * cell_m)) > _WHOLE:
        raise SettingsError(
            note(
                "--cell {cell:g}: expected whole centimetres, from 1 m to {most:,} m.",
                cell=cell_m,
                most=_LARGEST_CELL_M,
            )
        )


def _check_out(out: Path, sources: Sequence[Path]) -> None:
    """Refuse, before anything is read, a file that cannot be written or that is a source."""
    if out.suffix.lower() not in {".parquet", ".csv"}:
        raise SettingsError(note("--out {out}: expected .parquet or .csv.", out=out))
    whole = out.resolve()
    if any(whole == path.resolve() or path.resolve() in whole.parents for path in sources):
        raise SettingsError(
            note("--out {out} is one of the files to be read, or lies among them.", out=out)
        )
    try:
        if out.is_dir():
            raise IsADirectoryError(EISDIR, os.strerror(EISDIR))
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out.parent):
            pass
    except OSError as wrong:
        raise SettingsError(_not_writable(out, wrong)) from wrong


def _not_writable(out: Path, wrong: OSError) -> Message:
    return note(
        "--out {out} cannot be written: {reason}.",
        out=out,
        reason=wrong.strerror or type(wrong).__name__,
    )


def _columns(given: list[str]) -> dict[str, str]:
    pairs = [text.partition("=") for text in given]
    for name, sign, header in pairs:
        if not (name and sign and header):
            raise SettingsError(
                note("--column {text}: expected NAME=HEADER.", text=f"{name}{sign}{header}")
            )
        if name not in _PING_COLUMNS:
            raise SettingsError(
                note(
                    "--column {name}: expected one of {names}.",
                    name=name,
                    names=", ".join(_PING_COLUMNS),
                )
            )
    return {name: header for name, _, header in pairs}


def _plain(row: dict[Any, Any]) -> dict[str, Any]:
    """Give a row as JSON can hold it."""
    return {
        str(name): None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in row.items()
    }


def _print_comparison(table: Any) -> None:  # noqa: ANN401 - DataFrame, whose import is slow
    from planner.siting.telling.endings import told_gap  # noqa: PLC0415 - slow, see folder.py

    table = table.assign(gap=table["gap"].map(told_gap, na_action="ignore"))
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
        say("Upgrades"),
        say("Moves"),
        say("Yuan"),
        say("Effective today"),
        say("Effective with the plan"),
        say("From the best, at most"),
    ]
    forms = {
        "opened": ",.0f",
        "upgraded": ",.0f",
        "moved": ",.0f",
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
