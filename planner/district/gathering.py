"""A district folder -> District: settings and all files, with every fault of every file."""

from pathlib import Path

import geopandas as gpd
import pandas as pd

from planner.district.added import added_venues, joined, notes_of_sites
from planner.district.area import (
    refuse_apart,
)
from planner.district.belonging import (
    all_places,
    boundary_of,
    named_places,
    with_known_counts,
    without_strangers,
)
from planner.district.bundle import District, WorkerTable
from planner.district.communities import communities_at
from planner.district.crossing import without_clashes
from planner.district.findings import Findings, Listed, folded, stacked
from planner.district.fingerprint import fingerprint_of
from planner.district.gazetteer import Gazetteer
from planner.district.grids import grids_within
from planner.district.listing import TO_PLACE, Tables, read_tables
from planner.district.reading import FILE_NAME, read_settings
from planner.district.settings import Settings, WorkerSource
from planner.district.sites import place_in_communities, split_closed
from planner.errors import InputError
from planner.language import Message, note
from planner.progress import Progress, silent

__all__ = ["read_district"]


def read_district(
    folder: Path, *, settings: Settings | None = None, progress: Progress = silent
) -> District:
    """Read the settings and all files of a district folder.

    With `settings`, those stand in place of its `district.toml`, as those of a scenario do.

    Every fault of every file is in `problems`; rows that cannot be used are in `rejected`. Places
    over 2 km beyond the boundary are faults; without a boundary file the communities together are
    the boundary, and without those the hull of all places.

    Raises
    ------
    InputError
        If a named file cannot be read at all, all places of a file lie outside the boundary, or
        there is nobody to serve or nowhere to serve them. The rows set aside before it are given by
        `intake.rejected_rows(error)`.
    SettingsError
        If `district.toml` is wrong.
    """
    folder = Path(folder)
    settings = settings or read_settings(folder)
    _refuse_nothing_named(settings)
    found = Findings()
    try:
        return _district(folder, settings, found, progress)
    except InputError as error:
        raise found.with_rejected(error) from error


def _district(folder: Path, settings: Settings, found: Findings, progress: Progress) -> District:
    tables = read_tables(folder, settings, found, progress)
    found.refuse()
    progress(note("Checking the positions"), 0.9)
    boundary, source = boundary_of(tables, settings, found)
    refuse_apart(boundary, source, all_places(tables, boundary=boundary))
    tables = without_strangers(tables, boundary, found)
    stations, venues = _stations_and_venues(tables, found)
    added, wrong = added_venues(settings, boundary=boundary, taken={*stations.index, *venues.index})
    venues = joined(venues, added)
    communities: gpd.GeoDataFrame = tables.communities.rows.drop(columns="at")
    grids = grids_within(tables.grids, communities, found)
    said = tables.grids.rows["community"].tolist()
    known = Gazetteer(communities, grids, named_places(tables), said=said)
    tables = with_known_counts(tables, known, found)
    _refuse_nobody(tables, found)
    found.notes.extend([*_default_notes(settings), *notes_of_sites(settings, stations, venues)])
    return District(
        folder=folder,
        settings=settings,
        stations=_in_communities(stations, communities),
        venues=_in_communities(venues, communities),
        to_place=stacked(found.to_place, TO_PLACE),
        boundary=boundary,
        communities=communities,
        grids=grids,
        no_go=tables.no_go,
        workers=tuple(
            WorkerTable(source=source, rows=_filed(listed)) for source, listed in tables.workers
        ),
        problems=(*found.all_problems(), *wrong),
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


def _stations_and_venues(tables: Tables, found: Findings) -> tuple[pd.DataFrame, pd.DataFrame]:
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


def _refuse_nobody(tables: Tables, found: Findings) -> None:
    if not any(_tells_of_somebody(source, listed) for source, listed in tables.workers):
        raise InputError(
            note("The files of workers count nobody: there is no demand to plan for."),
            problems=folded(found.problems),
        )


def _tells_of_somebody(source: WorkerSource, listed: Listed) -> bool:
    """Tell whether a source can give demand; what pings hold is known when they are binned."""
    if source.kind == "pings":
        return True
    if source.kind == "proxies":
        return len(listed.rows) > 0
    return bool(listed.rows["workers"].sum() > 0)


def _in_communities(rows: pd.DataFrame, communities: gpd.GeoDataFrame) -> pd.DataFrame:
    at = communities_at(communities, rows["lon"], rows["lat"])
    return place_in_communities(rows, communities, at)


def _default_notes(settings: Settings) -> list[Message]:
    """Tell which settings are assumptions that nobody has confirmed."""
    groups = sum(group.assumed for group in settings.groups)
    season = next((part for part in settings.seasons if part.id == settings.season), None)
    hosts = sum(host.assumed for host in settings.hosts)
    measures = sum(measure.assumed for measure in settings.measures)
    told = [
        note(
            "Reach and hours of {n} of {all} groups of workers are assumptions; check them on the "
            "page Demand (Groups and hours), or under [[groups]] in {file}.",
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
        note(
            "Costs of {n} of {all} measures (longer hours, listing, moving ...) are assumptions; "
            "check them on the page Limits and budget (Costs of measures), or under [measures] in "
            "{file}.",
            n=measures,
            all=len(settings.measures),
            file=FILE_NAME,
        ),
    ]
    numbers = (groups, hosts, measures)
    assumed = [part for part, number in zip(told, numbers, strict=True) if number]
    if season is not None and season.assumed:
        assumed.append(
            note(
                "Planned for the season {season}: its length and the hours of workers in it are "
                "assumptions; check them under [[seasons]] and [[groups.seasons]] in {file}.",
                season=season.id,
                file=FILE_NAME,
            )
        )
    return assumed
