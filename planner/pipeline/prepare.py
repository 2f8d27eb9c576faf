"""A district folder -> everything that a plan needs and that does not depend on its limits."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import platformdirs

from planner.coverage import Coverage, build_coverage
from planner.demand import Demand, build_demand
from planner.district import District, read_district, read_settings
from planner.district.added import with_added
from planner.district.fingerprint import fingerprint_of
from planner.district.season_weeks import season_weeks
from planner.district.settings import MODES, FileSettings, Limits, ScoreWeights, Settings
from planner.district.tables import label_of
from planner.errors import Problem, SettingsError
from planner.language import Message, note
from planner.options import Options, build_options
from planner.pipeline.kept import keep_prepared, kept_key, kept_prepared
from planner.pipeline.ways import find_ways, ways_with
from planner.progress import Progress, silent
from planner.streets import (
    Places,
    StreetGraph,
    check_streets,
    coordinate_fits,
    read_streets,
)
from planner.travel import TravelMatrix

__all__ = [
    "YEAR_ROUND",
    "Prepared",
    "cache_folder",
    "in_season",
    "prepare",
    "prepare_afresh",
    "with_candidates",
]


YEAR_ROUND = "year"
"""Names the hours that hold the year round, where a season can be named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A district, made ready: everything that does not depend on the limits of a plan."""

    district: District
    streets: StreetGraph | None
    """None: ways are straight lines times the detour factor."""
    demand: Demand
    options: Options
    coverage: Coverage
    problems: tuple[Problem, ...]
    """Faults of the files, then findings about streets and coordinate systems."""
    notes: tuple[Message, ...]
    """What was assumed."""

    @property
    def present(self) -> tuple[str, ...]:
        """Options that are there today."""
        table = self.options.table
        return tuple(table.index[table["measure"] == "keep"])


def cache_folder() -> Path:
    """Give the folder for results of slow steps: PLANNER_CACHE, else the user's cache folder."""
    named = os.environ.get("PLANNER_CACHE")
    return (
        Path(named)
        if named
        else Path(platformdirs.user_cache_dir("station-planner", appauthor=False))
    )


def settings_in_season(settings: Settings, season: str | None) -> Settings:
    """Give settings for a season; None: as they are.

    Raises
    ------
    SettingsError
        If the settings know no such season.
    """
    if season is None:
        return settings
    known = [each.id for each in settings.seasons]
    if season not in (*known, YEAR_ROUND):
        raise SettingsError(
            note(
                "There is no season {season}; known are: {known}.",
                season=season,
                known=", ".join([YEAR_ROUND, *known]),
            )
        )
    return replace(settings, season=None if season == YEAR_ROUND else season)


def in_season(district: District, season: str | None) -> District:
    """Give a district whose workers keep the hours of a season; None: as its settings say.

    Raises
    ------
    SettingsError
        If the settings know no such season.
    """
    settings = settings_in_season(district.settings, season)
    if settings.season == district.settings.season:
        return district
    return replace(
        district, settings=settings, fingerprint=fingerprint_of(district.folder, settings)
    )


def prepare(
    folder: Path,
    *,
    settings: Settings | None = None,
    season: str | None = None,
    progress: Progress = silent,
) -> Prepared:
    """Read a district folder and compute who is within reach of what.

    What was prepared before from the same files and settings is read from the cache (decision 15).

    Parameters
    ----------
    folder
        Holds `district.toml` and the files that it names.
    settings
        In place of `district.toml`, as those of a scenario; None: as that says.
    season
        Season to compute for, in place of the one in the settings; `YEAR_ROUND`: none.
    progress
        Told what is being done and how far it is.

    Raises
    ------
    InputError
        If a named file cannot be read at all or nothing usable is left.
    SettingsError
        If `district.toml` is wrong, or there is no such season.
    StreetsError
        If the streets cannot be had as asked for.
    """
    cache = cache_folder()
    settings = settings_in_season(settings or read_settings(folder), season)
    if settings.added:
        listed = prepare(folder, settings=replace(settings, added=()), progress=progress)
        return with_candidates(listed, settings, progress=progress)
    key = _key(folder, settings)
    kept = kept_prepared(Prepared, cache, key) if key else None
    if kept is not None:
        progress(note("Reading what was prepared before"), 1.0)
        return replace(kept, district=replace(kept.district, settings=settings))
    prepared = prepare_afresh(folder, settings=settings, progress=progress)
    if key and key == _key(folder, settings):  # else a file was changed while it was read
        keep_prepared(prepared, cache, key)
    return prepared


def with_candidates(
    prepared: Prepared, settings: Settings, *, progress: Progress = silent
) -> Prepared:
    """Give what `prepare` gives with these settings; the ways of new candidates alone are computed.

    Parameters
    ----------
    prepared
        Of settings that differ in nothing but `added`, limits and weights of the score; where more
        differs, or the ways are those of a table, the district is prepared as usual.
    settings
        Whose added candidates are wanted.
    progress
        Told what is being done and how far it is.

    Raises
    ------
    InputError, SettingsError, StreetsError
        As `prepare`, where the district is prepared as usual.
    """
    before = prepared.district
    if settings.travel is not None or not _is_same_but_added(before.settings, settings):
        return prepare_afresh(before.folder, settings=settings, progress=progress)
    district = with_added(before, settings)
    options = build_options(district)
    known = prepared.coverage.travel, prepared.options.sites
    travel = ways_with(known, district, prepared.streets, prepared.demand, options.sites)
    coverage = _joined(district, prepared.demand, options, travel)
    return replace(
        prepared,
        district=district,
        options=options,
        coverage=coverage,
        problems=(*district.problems, *prepared.problems[len(before.problems) :]),
        notes=(*district.assumptions, *prepared.notes[len(before.assumptions) :]),
    )


def _is_same_but_added(one: Settings, other: Settings) -> bool:
    plain = [
        replace(each, added=(), limits=Limits(), score_weights=ScoreWeights())
        for each in (one, other)
    ]
    return plain[0] == plain[1]


def _joined(
    district: District,
    demand: Demand,
    options: Options,
    travel: Mapping[str, TravelMatrix],
) -> Coverage:
    """Join opening hours with ways."""
    return build_coverage(
        demand,
        options,
        travel,
        groups=district.settings.groups,
        periods=district.settings.periods,
        planned_weeks=_planned_weeks(district.settings),
    )


def _key(folder: Path, settings: Settings) -> str:
    """Give the fingerprint of what is prepared; "" where a file cannot be read."""
    try:
        return kept_key(folder, settings)
    except OSError:
        return ""


def prepare_afresh(
    folder: Path,
    *,
    settings: Settings | None = None,
    season: str | None = None,
    progress: Progress = silent,
) -> Prepared:
    """Do as `prepare`, whatever was prepared before; slow steps of their own are still kept."""
    cache = cache_folder()
    district = in_season(read_district(folder, settings=settings, progress=progress), season)
    streets = read_streets(district, cache=cache, progress=progress)
    demand = build_demand(district, streets, progress=progress, cache=cache)
    options = build_options(district)
    ways = find_ways(district, streets, demand, options, cache=cache, progress=progress)
    progress(note("Joining opening hours with ways"), 0.0)
    coverage = _joined(district, demand, options, ways.travel)
    progress(note("Joining opening hours with ways"), 1.0)
    told, found = _street_findings(district, streets, demand)
    return Prepared(
        district=district,
        streets=streets,
        demand=demand,
        options=options,
        coverage=coverage,
        problems=(*district.problems, *demand.problems, *ways.problems, *found),
        notes=(*district.assumptions, *demand.notes, *ways.notes, *told),
    )


def _planned_weeks(settings: Settings) -> tuple[int, ...]:
    """Give the weeks of the season that is planned for; empty: all year, or not known."""
    season = next((part for part in settings.seasons if part.id == settings.season), None)
    return () if season is None else season_weeks(season, settings.seasons)


def _street_findings(
    district: District, streets: StreetGraph | None, demand: Demand
) -> tuple[tuple[Message, ...], tuple[Problem, ...]]:
    """Tell places far from streets, islands, and files that fit streets in another system."""
    if streets is None:
        return (), ()
    settings = district.settings
    shown = ["lon", "lat", "table", "file", "row"]
    sites = pd.concat([rows[shown] for rows in (district.stations, district.venues) if len(rows)])
    lists = [
        _places(file, sites[sites["table"] == table])  # a closed station stands in its own list
        for table, file in (("stations", settings.stations), ("venues", settings.venues))
        if file is not None and (sites["table"] == table).any()
    ]
    counted = [
        _places(table.source, table.rows)
        for table in district.workers
        if table.source.kind == "points" and len(table.rows)
    ]
    cells = _cells(demand, counted)
    modes = sorted({way.mode for group in settings.groups for way in group.ways}, key=MODES.index)
    notes, problems = check_streets(
        streets, [*lists, cells], modes=modes, limit_m=settings.streets.snap_limit_m
    )
    return notes, (*problems, *coordinate_fits(streets, [*lists, *counted]))


def _places(file: FileSettings, rows: pd.DataFrame) -> Places:
    """Give the places of a file, each once, as the streets see them."""
    alone = rows[~rows[["lon", "lat"]].duplicated()]
    return Places(
        table=label_of(file),
        ids=tuple(map(str, alone.get("id", alone.index))),
        lon=alone["lon"].to_numpy(float),
        lat=alone["lat"].to_numpy(float),
        crs=file.crs or "WGS-84",
        rows=tuple(zip(alone["file"].astype(str), alone["row"].tolist(), strict=True)),
    )


def _cells(demand: Demand, counted: Sequence[Places]) -> Places:
    """Give the cells of demand; one that is a counted place has the line where that stands."""
    lon, lat = demand.cells["lon"].tolist(), demand.cells["lat"].tolist()
    table = str(note("workers"))
    lines = {
        spot: places.where(number)
        for places in reversed(counted)
        for number, spot in enumerate(zip(places.lon.tolist(), places.lat.tolist(), strict=True))
    }
    ids = tuple(map(str, demand.cells.index))
    return Places(
        table=table,
        ids=ids,
        lon=np.array(lon, dtype=float),
        lat=np.array(lat, dtype=float),
        workers=demand.workers.sum(axis=1),
        rows=tuple(
            lines.get(spot, (table, identity))
            for spot, identity in zip(zip(lon, lat, strict=True), ids, strict=True)
        ),
    )
