"""A district folder -> District: settings and all files, with every fault of every file."""

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from planner.district.area import Places, far_rows, hull_of, refuse_apart
from planner.district.bundle import District, WorkerTable
from planner.district.communities import communities_at
from planner.district.crossing import (
    by_grid,
    tell_overlapping,
    tell_shared_names,
    without_clashes,
    without_counted_twice,
    without_unknown_communities,
)
from planner.district.findings import Findings, Listed, stacked
from planner.district.fingerprint import fingerprint_of
from planner.district.placing import Placed, apply_placed, read_placed
from planner.district.reading import FILE_NAME, read_settings
from planner.district.settings import FileSettings, Settings, WorkerSource
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

    stations: Listed
    venues: Listed
    communities: Listed
    boundary: BaseGeometry | None
    workers: tuple[tuple[WorkerSource, Listed], ...]


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
    refuse_apart(boundary, source, _all_places(tables))
    tables = _without_strangers(tables, boundary, found)
    stations, venues = _stations_and_venues(tables, found)
    communities: gpd.GeoDataFrame = tables.communities.rows.drop(columns="at")
    _refuse_nobody(tables, found)
    found.notes.extend([*_default_notes(settings), *site_notes(stations, venues)])
    return District(
        folder=folder,
        settings=settings,
        stations=_in_communities(stations, communities),
        venues=_in_communities(venues, communities),
        to_place=stacked(found.to_place, _TO_PLACE),
        boundary=boundary,
        communities=communities,
        workers=tuple(
            WorkerTable(source=source, rows=_filed(listed)) for source, listed in tables.workers
        ),
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
            listed = Listed(name=label_of(source), rows=checked.rows, origin=checked.origin)
            workers.append((source, listed))
    return _Tables(
        stations=stations,
        venues=venues,
        communities=communities,
        boundary=boundary,
        workers=tuple(workers),
    )


def _read_sites(
    folder: Path, settings: Settings, table: str, placed: list[Placed], found: Findings
) -> Listed:
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
    return Listed(
        name=_file_name(settings.stations if table == "stations" else settings.venues),
        rows=complete_sites(rows, hosts=settings.hosts, assumptions=settings.assumptions),
        origin=None if checked is None else checked.origin,
    )


def _without_placed(
    problems: list[Problem], checked: Checked, ready: pd.DataFrame
) -> list[Problem]:
    """Leave out that rows have no position which were placed by a click."""
    places = ready["at"].tolist() if len(ready) else []
    done = {(checked.origin.label[at], checked.origin.line[at]) for at in places}
    settled = {
        problem
        for problem in checked.problems
        if not problem.fatal
        and (problem.table, problem.row) in done
        and problem.expected.template == _WAITS
    }
    return [problem for problem in problems if problem not in settled]


def _read_communities(folder: Path, file: FileSettings | None, found: Findings) -> Listed:
    checked = None if file is None else found.take(lambda: read_polygons(folder, file))
    if checked is None:
        empty = pd.DataFrame({name: pd.Series(dtype="str") for name in ("name", "street")})
        empty[["row", "at"]] = np.empty((0, 2), dtype=np.int64)
        nothing = gpd.GeoDataFrame(
            empty.set_index(pd.Index([], name="id", dtype="str")), geometry=[], crs="EPSG:4326"
        )
        return Listed(name="", rows=nothing, origin=None)
    rows = checked.rows.assign(street=checked.rows["street"].fillna(""))
    return Listed(name=_file_name(file), rows=rows, origin=checked.origin)


def _read_boundary(folder: Path, file: FileSettings | None, found: Findings) -> BaseGeometry | None:
    if file is None:
        return None
    checked = found.take(lambda: read_area(folder, file))
    return None if checked is None else checked.rows


def _boundary(tables: _Tables, settings: Settings, found: Findings) -> tuple[BaseGeometry, str]:
    """Give the boundary and the name of the file that it comes from, "" for none."""
    if tables.boundary is not None and settings.boundary is not None:
        return tables.boundary, label_of(settings.boundary)
    if len(tables.communities.rows):
        found.notes.append(note("No boundary is given: that of all communities was taken."))
        whole: BaseGeometry = shapely.union_all(tables.communities.rows.geometry.to_numpy())
        return whole, tables.communities.name
    places = _all_places(tables)
    if not any(len(part.lon) for part in places):
        raise InputError(
            note("No place in the files has a position that can be used."), problems=found.problems
        )
    found.notes.append(
        note("No boundary is given: the area around all places was taken, 500 m wider.")
    )
    return hull_of(places), ""


def _all_places(tables: _Tables) -> list[Places]:
    """Give the places of each file, those of communities by a point inside."""
    parts = [
        _places(tables.stations),
        _places(tables.venues),
        *(_places(listed) for _, listed in tables.workers),
    ]
    communities = tables.communities.rows
    if len(communities):
        inside = communities.geometry.representative_point()
        spots = communities[["row", "at"]].assign(lon=inside.x, lat=inside.y)
        parts.append(_places(replace(tables.communities, rows=pd.DataFrame(spots))))
    return [part for part in parts if part is not None]


def _file_name(file: FileSettings | None) -> str:
    return "" if file is None else label_of(file)


def _places(listed: Listed) -> Places | None:
    """Give the places of a file; None where its rows have no positions of their own."""
    rows, origin = listed.rows, listed.origin
    if "lon" not in rows or rows.empty:
        return None
    at = rows["at"].to_numpy(dtype=np.int64)
    return Places(
        table=listed.name,
        where=listed.labels,
        lon=rows["lon"].to_numpy(dtype=np.float64),
        lat=rows["lat"].to_numpy(dtype=np.float64),
        rows=rows["row"].to_numpy(dtype=np.int64),
        stated=lambda number: "" if origin is None else origin.stated(int(at[number])),
        column="" if origin is None else origin.position,
    )


def _without_strangers(tables: _Tables, boundary: BaseGeometry, found: Findings) -> _Tables:
    """Set aside what lies clearly outside the boundary, and what the outlines do not know."""

    def near(listed: Listed) -> Listed:
        places = _places(listed)
        return listed if places is None else found.set_aside(listed, *far_rows(boundary, places))

    outlines: gpd.GeoDataFrame = tables.communities.rows
    tell_shared_names(tables.communities, found)
    tell_overlapping(tables.communities, found)
    workers = []
    for source, listed in tables.workers:
        known = without_unknown_communities(by_grid(near(listed), outlines), outlines, found)
        workers.append((source, without_counted_twice(known, outlines, found)))
    return replace(
        tables,
        stations=near(tables.stations),
        venues=near(tables.venues),
        workers=tuple(workers),
    )


def _stations_and_venues(tables: _Tables, found: Findings) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give the stations that are there, and the venues with the stations that are closed."""
    venues = without_clashes(tables.venues, tables.stations.rows, found)
    stations, closed = split_closed(_filed(tables.stations, "stations"))
    candidates = _filed(venues, "venues")
    if len(closed):
        candidates = pd.concat([candidates, closed]) if len(candidates) else closed
        found.notes.append(note("{n} closed stations are candidates again.", n=len(closed)))
    return stations, candidates


def _filed(listed: Listed, table: str = "") -> pd.DataFrame:
    """Name the file, and its sheet, in which each row stands; sites also name their list."""
    names = {"table": table} if table else {}
    labels = pd.Series(listed.labels, index=listed.rows.index, dtype="str")
    rows = listed.rows.drop(columns="at")
    return rows.assign(**names, file=labels)[[*rows.columns.drop("row"), *names, "file", "row"]]


def _refuse_nobody(tables: _Tables, found: Findings) -> None:
    if not any(listed.rows["workers"].sum() > 0 for _, listed in tables.workers):
        raise InputError(
            note("The files of workers count nobody: there is no demand to plan for."),
            problems=found.problems,
        )


def _in_communities(rows: pd.DataFrame, communities: gpd.GeoDataFrame) -> pd.DataFrame:
    at = communities_at(communities, rows["lon"], rows["lat"])
    return place_in_communities(rows, communities, at)


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
