"""A district folder -> District: settings and all files, with every fault of every file."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from planner.columns import SURVEY, VENUES, Column
from planner.district.area import Places, far_rows, hull_of, refuse_apart
from planner.district.bundle import District, WorkerTable
from planner.district.communities import communities_at, communities_named
from planner.district.findings import Findings, stacked
from planner.district.fingerprint import fingerprint_of
from planner.district.placing import Placed, apply_placed, read_placed
from planner.district.reading import FILE_NAME, read_settings
from planner.district.settings import FileSettings, Settings
from planner.district.sites import complete_sites, place_in_communities, site_notes, split_closed
from planner.district.tables import label_of, read_area, read_polygons, read_sites, read_workers
from planner.errors import InputError, Problem
from planner.intake import Checked
from planner.language import Message, note
from planner.progress import Progress, silent

__all__ = ["read_district"]

_TO_PLACE = ("table", "id", "name", "address", "row")
_WAITS = "a position"
"""What a row that waits for a place lacks, as `intake` tells it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tables:
    """The files as they were read."""

    stations: pd.DataFrame
    venues: pd.DataFrame
    communities: gpd.GeoDataFrame
    boundary: BaseGeometry | None
    workers: tuple[WorkerTable, ...]


def read_district(folder: Path, *, progress: Progress = silent) -> District:
    """Read the settings and all files of a district folder.

    Every fault of every file is in `problems`; rows that cannot be used are in `rejected`. Places
    over 2 km beyond the boundary are faults; without a boundary file the communities together are
    the boundary, and without those the hull of all places.

    Raises
    ------
    InputError
        If a named file cannot be read at all, all places of a file lie outside the boundary, or
        there is nobody to serve or nowhere to serve them.
    SettingsError
        If `district.toml` is wrong.
    """
    folder = Path(folder)
    settings = read_settings(folder)
    _refuse_nothing_named(settings)
    found = Findings()
    tables = _read_tables(folder, settings, found, progress)
    found.refuse()
    progress(note("Checking the positions"), 0.9)
    boundary, source = _boundary(tables, settings, found)
    refuse_apart(boundary, source, _all_places(tables, settings))
    tables = _without_far(tables, settings, boundary, found)
    tables = _without_lost(tables, found)
    stations, closed = split_closed(tables.stations)
    venues = _without_clashes(tables.venues, tables.stations, settings, found)
    if len(closed):
        venues = pd.concat([venues, closed]) if len(venues) else closed
        found.notes.append(note("{n} closed stations are candidates again.", n=len(closed)))
    _refuse_nobody(tables.workers, found)
    found.notes.extend([*_default_notes(settings), *site_notes(stations, venues)])
    return District(
        folder=folder,
        settings=settings,
        stations=_in_communities(stations, tables.communities),
        venues=_in_communities(venues, tables.communities),
        to_place=stacked(found.to_place, _TO_PLACE),
        boundary=boundary,
        communities=tables.communities,
        workers=tables.workers,
        problems=found.all_problems(),
        rejected=found.all_rejected(),
        assumptions=tuple({str(told): told for told in found.notes}.values()),
        fingerprint=fingerprint_of(folder, settings),
    )


def _refuse_nothing_named(settings: Settings) -> None:
    if settings.stations is None and settings.venues is None:
        raise InputError(
            note(
                "{file} names neither stations nor venues. Name at least one of them under "
                "[files.stations] or [files.venues].",
                file=FILE_NAME,
            )
        )
    if not settings.workers:
        raise InputError(
            note(
                "{file} names no workers. Name at least one source under [[workers]], with kind "
                "and path.",
                file=FILE_NAME,
            )
        )


def _read_tables(folder: Path, settings: Settings, found: Findings, progress: Progress) -> _Tables:
    """Read every file, also after one that cannot be used, so that all faults are told at once."""
    reading = note("Reading the input files")
    placed = read_placed(folder)
    progress(reading, 0.0)
    stations = _read_sites(folder, settings, "stations", placed, found)
    progress(reading, 0.2)
    venues = _read_sites(folder, settings, "venues", placed, found)
    progress(reading, 0.4)
    communities = _read_communities(folder, settings.communities, found)
    boundary = _read_boundary(folder, settings.boundary, found)
    workers = []
    for at, source in enumerate(settings.workers):
        progress(reading, 0.5 + 0.4 * at / len(settings.workers))
        checked = found.take(partial(read_workers, folder, settings, source))
        if checked is not None:
            workers.append(WorkerTable(source=source, rows=checked.rows))
    return _Tables(
        stations=stations,
        venues=venues,
        communities=communities,
        boundary=boundary,
        workers=tuple(workers),
    )


def _read_sites(
    folder: Path, settings: Settings, table: str, placed: list[Placed], found: Findings
) -> pd.DataFrame:
    """Read a list and fill its blanks; rows that were placed by a click are used."""
    checked = found.take(lambda: read_sites(folder, settings, table))
    rows = pd.DataFrame() if checked is None else checked.rows
    if checked is not None and len(checked.to_place):
        ready, waiting, notes = apply_placed(checked.to_place, placed, table=table)
        if len(ready):
            rows = pd.concat([rows, ready[rows.columns]]) if len(rows) else ready[rows.columns]
        found.problems = _without_placed(found.problems, checked, ready)
        found.to_place.append(waiting.reindex(columns=list(_TO_PLACE)))
        found.notes.extend(notes)
    return complete_sites(rows, hosts=settings.hosts, assumptions=settings.assumptions)


def _without_placed(
    problems: list[Problem], checked: Checked, ready: pd.DataFrame
) -> list[Problem]:
    """Leave out that rows have no position which were placed by a click."""
    done = set(ready["row"].tolist()) if len(ready) else set()
    settled = {
        problem
        for problem in checked.problems
        if not problem.fatal and problem.row in done and problem.expected.template == _WAITS
    }
    return [problem for problem in problems if problem not in settled]


def _read_communities(folder: Path, file: FileSettings | None, found: Findings) -> gpd.GeoDataFrame:
    checked = None if file is None else found.take(lambda: read_polygons(folder, file))
    if checked is None:
        empty = pd.DataFrame({"name": pd.Series(dtype="str"), "street": pd.Series(dtype="str")})
        return gpd.GeoDataFrame(
            empty.set_index(pd.Index([], name="id", dtype="str")), geometry=[], crs="EPSG:4326"
        )
    rows: gpd.GeoDataFrame = checked.rows
    return rows.assign(street=rows["street"].fillna(""))


def _read_boundary(folder: Path, file: FileSettings | None, found: Findings) -> BaseGeometry | None:
    if file is None:
        return None
    try:
        boundary, notes, problems = read_area(folder, file)
    except InputError as error:
        found.errors.append(error)
        return None
    found.notes.extend(notes)
    found.problems.extend(problems)
    return boundary


def _boundary(tables: _Tables, settings: Settings, found: Findings) -> tuple[BaseGeometry, str]:
    """Give the boundary and the name of the file that it comes from, "" for none."""
    if tables.boundary is not None and settings.boundary is not None:
        return tables.boundary, label_of(settings.boundary)
    if len(tables.communities) and settings.communities is not None:
        found.notes.append(note("No boundary is given: that of all communities was taken."))
        whole: BaseGeometry = shapely.union_all(tables.communities.geometry.to_numpy())
        return whole, label_of(settings.communities)
    places = _all_places(tables, settings)
    if not any(len(part.lon) for part in places):
        raise InputError(
            note("No place in the files has a position that can be used."), problems=found.problems
        )
    found.notes.append(
        note("No boundary is given: the area around all places was taken, 500 m wider.")
    )
    return hull_of(places), ""


def _all_places(tables: _Tables, settings: Settings) -> list[Places]:
    """Give the places of each file, those of communities by a point inside."""
    parts = [
        _places(tables.stations, _file_name(settings.stations)),
        _places(tables.venues, _file_name(settings.venues)),
        *(_places(table.rows, _file_name(table.source)) for table in tables.workers),
    ]
    if len(tables.communities):
        inside = tables.communities.geometry.representative_point()
        spots = pd.DataFrame({"lon": inside.x, "lat": inside.y, "row": tables.communities["row"]})
        parts.append(_places(spots, _file_name(settings.communities)))
    return [part for part in parts if part is not None]


def _file_name(file: FileSettings | None) -> str:
    return "" if file is None else label_of(file)


def _places(rows: pd.DataFrame, table: str) -> Places | None:
    """Give the places of a file; None where its rows have no positions of their own."""
    if "lon" not in rows or rows.empty:
        return None
    return Places(
        table=table,
        lon=rows["lon"].to_numpy(dtype=np.float64),
        lat=rows["lat"].to_numpy(dtype=np.float64),
        rows=rows["row"].to_numpy(dtype=np.int64),
    )


def _without_far(
    tables: _Tables, settings: Settings, boundary: BaseGeometry, found: Findings
) -> _Tables:
    """Set aside what lies clearly outside the boundary."""

    def near(rows: pd.DataFrame, file: FileSettings | None) -> pd.DataFrame:
        places = _places(rows, _file_name(file))
        return rows if places is None else found.set_aside(rows, *far_rows(boundary, places))

    return replace(
        tables,
        stations=near(tables.stations, settings.stations),
        venues=near(tables.venues, settings.venues),
        workers=tuple(
            replace(table, rows=near(table.rows, table.source)) for table in tables.workers
        ),
    )


def _without_lost(tables: _Tables, found: Findings) -> _Tables:
    """Set aside counts of communities whose outline is not known."""
    return replace(
        tables,
        workers=tuple(
            replace(table, rows=_of_known_communities(table, tables.communities, found))
            for table in tables.workers
        ),
    )


def _of_known_communities(
    table: WorkerTable, communities: gpd.GeoDataFrame, found: Findings
) -> pd.DataFrame:
    if "community" not in table.rows:
        return table.rows
    lost = communities_named(communities, table.rows["community"]) < 0
    fix = (
        note("Write the communities as in the list of communities, by name or by number.")
        if len(communities)
        else note(
            "Give a file with the outlines of the communities, or count by places with coordinates."
        )
    )
    faults = [
        Problem(
            table=_file_name(table.source),
            row=int(row),
            column=_header(SURVEY, "community"),
            found=str(name),
            expected=note("a community whose outline is known"),
            fix=fix,
        )
        for name, row in table.rows.loc[lost, ["community", "row"]].itertuples(index=False)
    ]
    return found.set_aside(table.rows, lost, faults)


def _without_clashes(
    venues: pd.DataFrame, stations: pd.DataFrame, settings: Settings, found: Findings
) -> pd.DataFrame:
    """Set aside venues that have the id of a station."""
    taken = venues.index.isin(stations.index)
    where = _file_name(settings.venues)
    faults = [
        Problem(
            table=where,
            row=int(row),
            column=_header(VENUES, "id"),
            found=str(identity),
            expected=note("an id that no station has"),
            fix=note("Give the venue another id."),
        )
        for identity, row in venues["row"][taken].items()
    ]
    return found.set_aside(venues, taken, faults)


def _header(columns: Sequence[Column], name: str) -> str:
    """Give the header under which a person knows a column."""
    return next(column.header for column in columns if column.name == name)


def _refuse_nobody(workers: tuple[WorkerTable, ...], found: Findings) -> None:
    if not any(table.rows["workers"].sum() > 0 for table in workers):
        raise InputError(
            note("The files of workers count nobody: there is no demand to plan for."),
            problems=found.problems,
        )


def _in_communities(rows: pd.DataFrame, communities: gpd.GeoDataFrame) -> pd.DataFrame:
    at = communities_at(communities, rows["lon"], rows["lat"])
    return place_in_communities(rows, communities, at).drop(columns="row")


def _default_notes(settings: Settings) -> list[Message]:
    """Tell which settings are assumptions that nobody has confirmed."""
    groups = sum(group.assumed for group in settings.groups)
    hosts = sum(host.assumed for host in settings.hosts)
    told = [
        note(
            "Reach and hours of {n} of {all} groups of workers are assumptions; check them under "
            "[[groups]] in {file}.",
            n=groups,
            all=len(settings.groups),
            file=FILE_NAME,
        ),
        note(
            "Costs and hours of {n} of {all} host types are assumptions; check them under [hosts] "
            "in {file}.",
            n=hosts,
            all=len(settings.hosts),
            file=FILE_NAME,
        ),
    ]
    return [part for part, number in zip(told, (groups, hosts), strict=True) if number]
