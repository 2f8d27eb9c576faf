"""A district and its streets -> Demand: sources laid out over cells, hour by hour of the week."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from planner.demand.bands import merge_hours
from planner.demand.counts import DAY_HOURS
from planner.demand.evidence import Evidence, counts_nobody
from planner.demand.fitting import fit_patterns
from planner.demand.ledger import tell_sources
from planner.demand.mixing import Pattern
from planner.demand.parts import Ground, GroupHours, lay_out_parts
from planner.demand.patterns import Teller, over_cells, squares_of, tell_counts, tell_features
from planner.demand.records import out_by_hour, tell_records
from planner.demand.sources import (
    Counted,
    Placed,
    gives_headcount,
    in_order,
    place_counts,
    read_counts,
)
from planner.demand.squares import squares_at
from planner.demand.surface import Demand
from planner.demand.telling import hours_a_head, tell_counts_taken, tell_places, tell_season
from planner.demand.totals import allot, scale_to_stated, season_of
from planner.demand.zones import Zones, lay_out_zones, region_of, zones_of
from planner.district import District, projection_of
from planner.district.settings import Group, Settings
from planner.errors import InputError
from planner.language import Message, note
from planner.progress import Progress, silent
from planner.streets.graph import StreetGraph

__all__ = ["build_demand"]

_COUNTING = ("survey", "points")


def build_demand(
    district: District,
    streets: StreetGraph | None,
    *,
    progress: Progress = silent,
    cache: Path | None = None,
) -> Demand:
    """Lay the workers of every source out over cells, groups and the hours of the week.

    Parameters
    ----------
    district
        Its `workers` are the sources, in any order; its settings say for which season.
    streets
        In the plane of `projection_of(district)`; None where there are none.
    progress
        Told how far the work is.
    cache
        Folder in which what GPS records come to is kept for the next time; None: nowhere.

    Returns
    -------
    Demand
        Cells: squares of 250 m in each counted area (and, where a total is laid out by patterns
        alone, in the whole district), at a point on their streets; counted places, one each.
        Headcounts are whole thousandths of a person. A group never has more people present than its
        headcount, in any hour. Hours with equal people in every cell are one band.

    Raises
    ------
    InputError
        If no source can be placed, or nobody is counted.

    Notes
    -----
    The rules, and why: docs/decisions/0007-demand.md and 0011-combining-sources.md.
    """
    progress(note("Laying workers out over the district"), 0.0)
    known = _read(district, progress, cache)
    if not known.counted and not known.tellers:
        raise InputError(note("No source says where any worker is; a plan needs at least one."))
    ground, cells, placed = _lay_out(district, streets, known)
    groups, settings = district.settings.groups, district.settings
    evidence, fits, fit_notes = _weigh(ground, cells, placed, known, settings)
    parts, told = allot(ground, evidence)
    if sum(part.total_milli for part in parts) <= 0:
        raise InputError(note("The sources of workers count nobody at all."))
    hours = [_hours(group, settings.season, known.tellers) for group in groups]
    workers, error_share = lay_out_parts(parts, cells=len(cells), groups=len(groups))
    band_of_hour, people_milli = merge_hours(parts, hours, cells=len(cells), progress=progress)
    a_head = hours_a_head(workers, band_of_hour, people_milli)
    kept = _with_anybody(len(ground.zones.cells), workers, people_milli)
    return Demand(
        cells=cells[kept],
        groups=tuple(group.id for group in groups),
        workers=workers[kept],
        band_of_hour=band_of_hour,
        people_milli=people_milli if kept.all() else np.ascontiguousarray(people_milli[:, kept]),
        error_share=error_share[kept],
        sources=tell_sources(parts, groups, hours, counted=known.as_counted, tellers=known.tellers),
        fits=fits,
        season=settings.season,
        problems=tuple(fault for teller in known.tellers for fault in teller.problems),
        notes=(
            *tell_season(settings.seasons, groups, settings.season),
            *tell_places(ground.zones, parts),
            *known.notes,
            *fit_notes,
            *told,
            *tell_counts_taken(evidence.counted, groups, hours, parts, a_head=a_head),
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What all sources say, before it is laid out."""

    as_counted: tuple[Counted, ...]
    """Sources that count at places and give headcounts, as their files have them."""
    counted: tuple[Counted, ...]
    """The same, scaled to the totals that are stated for them."""
    tellers: tuple[Teller, ...]
    projection: str
    region: BaseGeometry | None
    """What the district covers, in the plane; None where no source tells a pattern."""
    notes: tuple[Message, ...]


def _read(district: District, progress: Progress, cache: Path | None) -> _Known:
    """Read every source, in an order that does not depend on that of the settings."""
    projection = projection_of(district)
    settings = district.settings
    as_counted, tellers = [], []
    patterns = any(
        not gives_headcount(t.source) or t.source.kind not in _COUNTING for t in district.workers
    )
    region = region_of(district, projection=projection) if patterns else shapely.Polygon()
    for position, table in enumerate(in_order(district.workers)):
        kind = table.source.kind
        if kind == "pings":
            told = tell_records(district, table, position, progress=progress, cache=cache)
            tellers.append(told)
        elif table.rows.empty:
            continue
        elif kind == "proxies":
            groups = settings.groups
            tellers.append(
                tell_features(table, position, groups, projection=projection, region=region)
            )
        else:
            counted = read_counts(district, table, position, projection=projection)
            if gives_headcount(table.source):
                as_counted.append(counted)
            else:
                tellers.append(tell_counts(counted))
    scaled = [scale_to_stated(counted) for counted in as_counted]
    notes = [message for _, told in scaled for message in told]
    notes += [message for teller in tellers for message in teller.notes]
    return _Known(
        as_counted=tuple(as_counted),
        counted=tuple(counted for counted, _ in scaled),
        tellers=tuple(tellers),
        projection=projection,
        region=region if patterns else None,
        notes=tuple(notes),
    )


def _lay_out(
    district: District, streets: StreetGraph | None, known: _Known
) -> tuple[Ground, pd.DataFrame, list[Placed]]:
    """Cut what is needed of the district into cells; give all cells, and those of each count."""
    everybody = [*known.counted, *(t.counted for t in known.tellers if t.counted is not None)]
    zones = lay_out_zones(
        zones_of(
            district,
            communities=_positions([each.community for each in everybody]),
            grids=_positions([each.grid for each in everybody]),
            whole=_whole_district(known, district.settings),
            projection=known.projection,
        ),
        streets,
        squares=squares_of(known.tellers),
        region=known.region,
        projection=known.projection,
    )
    cells, placed = place_counts(known.counted, zones, district)
    return Ground(zones=zones, cells=len(cells)), cells, placed


def _positions(found: Sequence[NDArray[np.int64]]) -> list[int]:
    every = np.unique(np.concatenate([np.empty(0, np.int64), *found]))
    return [int(position) for position in every if position >= 0]


def _whole_district(known: _Known, settings: Settings) -> bool:
    """Tell whether people may have to be laid out where nobody counted."""
    counted = {group for source in known.counted for group in source.counts}
    told = {group for teller in known.tellers for group in teller.patterns}
    return (
        any(group.total_workers is not None for group in settings.groups)
        or bool(told - counted)
        or any(counts_nobody(source) for source in known.counted)
        or any(t.source.total_workers is not None and not t.patterns for t in known.tellers)
        or any(gives_headcount(teller.source) for teller in known.tellers)
        or any(teller.counted is not None for teller in known.tellers)
    )


def _weigh(
    ground: Ground,
    cells: pd.DataFrame,
    placed: Sequence[Placed],
    known: _Known,
    settings: Settings,
) -> tuple[Evidence, pd.DataFrame, list[Message]]:
    """Lay the patterns of every source over the cells; fitted models take the place of rates."""
    told = {
        group.id: _patterns(ground.zones, known.tellers, group.id, len(cells))
        for group in settings.groups
    }
    patterns, fits, notes = fit_patterns(ground, known.counted, known.tellers, told, settings)
    xy = cells[["x", "y"]].to_numpy(np.float64)
    evidence = Evidence(
        groups=settings.groups,
        factors=np.array([season_of(g, settings.season)[1] for g in settings.groups]),
        counted=known.counted,
        placed=placed,
        tellers=known.tellers,
        patterns=patterns,
        told=told,
        xy=xy,
        square=np.append(ground.zones.spread.square, squares_at(xy[len(ground.zones.cells) :])),
    )
    return evidence, fits, notes


def _patterns(zones: Zones, tellers: Sequence[Teller], group: str, cells: int) -> list[Pattern]:
    found = (over_cells(teller, group, zones, cells=cells) for teller in tellers)
    return [pattern for pattern in found if pattern is not None]


def _hours(group: Group, season: str | None, tellers: Sequence[Teller]) -> GroupHours:
    """Take the presence table of the season; records say how its hours lie over a kind of day."""
    table, _ = season_of(group, season)
    shape, recorded = np.zeros_like(table), np.zeros(len(table), dtype=np.bool_)
    for teller in tellers:
        if teller.hours is not None and group.id in teller.patterns:
            shape += teller.source.trust * np.where(teller.hours.known, teller.hours.share, 0.0)
            recorded |= teller.hours.known
    share = table.copy()
    for day in (slice(0, DAY_HOURS), slice(DAY_HOURS, None)):
        if recorded[day].any():
            share[day] = out_by_hour(shape[day], table[day])
    return GroupHours(share=share, recorded=recorded)


def _with_anybody(
    zone_cells: int, workers: NDArray[np.float64], people_milli: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Find the cells to keep: every counted point, and of areas those with people at any time."""
    counted_point = np.arange(len(workers)) >= zone_cells
    return np.asarray(counted_point | workers.any(axis=1) | people_milli.any(axis=(0, 2)))
