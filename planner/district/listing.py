"""The settings of a district -> its files as they stand there, each with its faults."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry.base import BaseGeometry

from planner.district.findings import Findings, Listed
from planner.district.placing import Placed, apply_placed, read_placed
from planner.district.settings import FileSettings, Settings, WorkerSource
from planner.district.sites import complete_sites, day_notes
from planner.district.tables import (
    label_of,
    read_area,
    read_grid_outlines,
    read_polygons,
    read_sites,
    read_workers,
    refuse_no_pings,
)
from planner.errors import Problem
from planner.intake import Checked, EmptyListError
from planner.language import note
from planner.progress import Progress

__all__ = ["TO_PLACE", "Tables", "read_tables"]

TO_PLACE = ("table", "id", "name", "address", "row")
"""Columns of the rows that wait for a place."""
_WAITS = "a position"
"""What a row that waits for a place lacks, as `intake` tells it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """The files as they were read."""

    stations: Listed
    venues: Listed
    communities: Listed
    grids: Listed
    boundary: BaseGeometry | None
    no_go: BaseGeometry | None
    workers: tuple[tuple[WorkerSource, Listed], ...]


def read_tables(folder: Path, settings: Settings, found: Findings, progress: Progress) -> Tables:
    """Read every file, also after one that cannot be used, so that all faults are told at once."""
    reading = note("Reading the input files")
    placed = read_placed(folder)
    progress(reading, 0.0)
    empty: list[EmptyListError] = []
    stations = _read_sites(_sites_of(folder, settings, "stations", empty), placed, found)
    progress(reading, 0.2)
    venues = _read_sites(_sites_of(folder, settings, "venues", empty), placed, found)
    progress(reading, 0.4)
    _tell_empty(settings, empty, found)
    communities = _read_communities(folder, settings.communities, found)
    grids = _read_grids(folder, settings.grids, found)
    boundary = _read_area(folder, settings.boundary, found)
    no_go = _read_area(folder, settings.no_go, found)
    workers = []
    for at, source in enumerate(settings.workers):
        progress(reading, 0.5 + 0.4 * at / len(settings.workers))
        listed = _read_source(folder, settings, source, found)
        if listed is not None:
            workers.append((source, listed))
    return Tables(
        stations=stations,
        venues=venues,
        communities=communities,
        grids=grids,
        boundary=boundary,
        no_go=no_go,
        workers=tuple(workers),
    )


def _read_source(
    folder: Path, settings: Settings, source: WorkerSource, found: Findings
) -> Listed | None:
    """Read a source of workers, None where it cannot be used; pings are read when binned."""
    if source.kind == "pings":
        if not found.try_to(partial(refuse_no_pings, folder, source)):
            return None
        nothing = pd.DataFrame({name: pd.Series(dtype="int64") for name in ("row", "at")})
        return Listed(name=label_of(source), rows=nothing, origin=None)
    checked = found.take(partial(read_workers, folder, settings, source))
    if checked is None:
        return None
    return Listed(name=label_of(source), rows=checked.rows, origin=checked.origin)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sites:
    """A list of sites that is to be read."""

    table: str
    settings: Settings
    read: Callable[[], Checked | None]

    @property
    def file(self) -> FileSettings | None:
        """Where the list is."""
        return self.settings.stations if self.table == "stations" else self.settings.venues


def _sites_of(folder: Path, settings: Settings, table: str, empty: list[EmptyListError]) -> _Sites:
    """Name a list to be read; one without a row goes to `empty`."""

    def read() -> Checked | None:
        try:
            return read_sites(folder, settings, table)
        except EmptyListError as error:
            empty.append(error)
            return None

    return _Sites(table=table, settings=settings, read=read)


def _tell_empty(settings: Settings, empty: Sequence[EmptyListError], found: Findings) -> None:
    """Tell the lists without a row: one of them is an assumption, all of them a fault."""
    named = [file for file in (settings.stations, settings.venues) if file is not None]
    if len(empty) == len(named):
        found.errors[:0] = empty
        return
    found.notes.extend(
        note("{told} Until then it counts as an empty list.", told=error.message) for error in empty
    )


def _read_sites(sites: _Sites, placed: list[Placed], found: Findings) -> Listed:
    """Read a list and fill its blanks; rows that were placed by a click are used."""
    checked, settings = found.take(sites.read), sites.settings
    rows = pd.DataFrame() if checked is None else checked.rows
    if checked is not None and len(checked.to_place):
        ready, waiting, notes = apply_placed(checked.to_place, placed, table=sites.table)
        if len(ready):
            rows = pd.concat([rows, ready[rows.columns]]) if len(rows) else ready[rows.columns]
        found.problems = _without_placed(found.problems, checked, ready)
        found.to_place.append(waiting.reindex(columns=list(TO_PLACE)))
        found.notes.extend(notes)
    name = _file_name(sites.file)
    found.notes.extend(day_notes(rows, file=name))
    return Listed(
        name=name,
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
    return _outlines(file, checked, "street")


def _read_grids(folder: Path, file: FileSettings | None, found: Findings) -> Listed:
    checked = None if file is None else found.take(lambda: read_grid_outlines(folder, file))
    return _outlines(file, checked, "community")


def _outlines(file: FileSettings | None, checked: Checked | None, within: str) -> Listed:
    """Give the outlines of a file, with the column that says within what each lies."""
    if checked is None:
        empty = pd.DataFrame({name: pd.Series(dtype="str") for name in ("name", within)})
        empty[["row", "at"]] = np.empty((0, 2), dtype=np.int64)
        nothing = gpd.GeoDataFrame(
            empty.set_index(pd.Index([], name="id", dtype="str")), geometry=[], crs="EPSG:4326"
        )
        return Listed(name="", rows=nothing, origin=None)
    rows = checked.rows.assign(**{within: checked.rows[within].fillna("")})
    return Listed(name=_file_name(file), rows=rows, origin=checked.origin)


def _read_area(folder: Path, file: FileSettings | None, found: Findings) -> BaseGeometry | None:
    """Give all polygons of a file as one shape; None where none is named or can be used."""
    if file is None:
        return None
    checked = found.take(lambda: read_area(folder, file))
    return None if checked is None else checked.rows


def _file_name(file: FileSettings | None) -> str:
    return "" if file is None else label_of(file)
