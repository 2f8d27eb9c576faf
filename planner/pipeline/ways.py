"""A district with its streets, demand and options -> the ways between cells and sites, by mode."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.sparse import csr_array, vstack

from planner.demand import Demand
from planner.district import District, communities_named, projection_of
from planner.district.communities import name_key, shared_names
from planner.district.settings import MODES, Settings
from planner.district.tables import label_of, read_travel
from planner.errors import Problem
from planner.geo import to_plane
from planner.language import Message
from planner.options import Options
from planner.progress import Progress, silent
from planner.streets import StreetGraph, snap
from planner.travel import (
    TravelMatrix,
    check_given,
    given_travel,
    straight_travel,
    travel_matrix,
)

__all__ = ["Ways", "find_ways", "site_ways", "ways_with"]


class Ways(NamedTuple):
    """Ways by mode, and what is to be told of them."""

    travel: Mapping[str, TravelMatrix]
    problems: tuple[Problem, ...]
    notes: tuple[Message, ...]


def find_ways(
    district: District,
    streets: StreetGraph | None,
    demand: Demand,
    options: Options,
    *,
    cache: Path,
    progress: Progress,
) -> Ways:
    """Take the ways from the table that the settings name, else compute them."""
    given = read_travel(district.folder, district.settings)
    if given is None or district.settings.travel is None:
        computed = _travel(district, streets, demand, options.sites, cache=cache, progress=progress)
        return Ways(computed, (), ())
    rows, sites = given.rows, tuple(options.sites.index)
    names, cutoffs = _communities_in(rows, district), _cutoffs(district.settings)
    notes, problems = check_given(
        rows,
        table=label_of(district.settings.travel),
        sites=sites,
        cells=demand.cells,
        modes=[mode for mode in MODES if mode in cutoffs],
        names=names,
    )
    travel = {
        mode: given_travel(
            rows, sites=sites, cells=demand.cells, mode=mode, cutoff_m=cutoff_m, names=names
        )
        for mode, cutoff_m in cutoffs.items()
    }
    return Ways(travel, (*given.problems, *problems), (*given.notes, *notes))


def _communities_in(rows: pd.DataFrame, district: District) -> dict[str, str]:
    """Give the id of the community that a name in a table means; "" where several have it."""
    texts = pd.Series(rows["cell"].unique(), dtype=object)
    shared = shared_names(district.communities)
    ids = [*map(str, district.communities.index), ""]
    positions = communities_named(district.communities, texts)
    return {
        text: ids[at]
        for text, at in zip(texts, positions.tolist(), strict=True)
        if at >= 0 or name_key(text) in shared
    }


def ways_with(
    known: tuple[Mapping[str, TravelMatrix], pd.DataFrame],
    district: District,
    streets: StreetGraph | None,
    demand: Demand,
    sites: pd.DataFrame,
) -> Mapping[str, TravelMatrix]:
    """Give the ways of some sites, of which those that are known are not computed again.

    Parameters
    ----------
    known
        Ways by mode, computed with the same streets, cells and settings, and `Options.sites` of
        their sites.
    sites
        `Options.sites` of all sites that are wanted, in the order of the result.
    """
    travel, there = known
    place = ["lon", "lat"]
    same = sites[place].eq(there[place].reindex(sites.index)).all(axis=1)
    new = sites[~same]
    ids = tuple(sites.index.to_numpy(object))
    if new.empty:
        return {mode: _rows_of(matrix, None, ids) for mode, matrix in travel.items()}
    fresh = _travel(district, streets, demand, new, cache=None, progress=silent)
    return {mode: _rows_of(matrix, fresh[mode], ids) for mode, matrix in travel.items()}


def _rows_of(
    known: TravelMatrix, fresh: TravelMatrix | None, sites: tuple[str, ...]
) -> TravelMatrix:
    """Give the ways of some sites from two matrices; what stands in the second counts."""
    ids, length_mm = list(known.sites), known.length_mm
    if fresh is not None:
        ids += fresh.sites
        length_mm = csr_array(vstack([length_mm, fresh.length_mm], format="csr"))
    place = {site: row for row, site in enumerate(ids)}
    rows = np.array([place[site] for site in sites], np.int64)
    if len(rows) < len(ids) or (rows != np.arange(len(rows))).any():
        length_mm = csr_array(length_mm[rows])
    length_mm.sort_indices()
    return replace(known, sites=sites, length_mm=length_mm)


def _travel(
    district: District,
    streets: StreetGraph | None,
    demand: Demand,
    sites: pd.DataFrame,
    *,
    cache: Path | None,
    progress: Progress,
) -> Mapping[str, TravelMatrix]:
    """Compute the ways of each mode that is needed, up to the longest that is asked for."""
    cutoffs = _cutoffs(district.settings)
    projection = projection_of(district)
    site_xy = to_plane(sites["lon"], sites["lat"], projection=projection)
    cell_xy = demand.cells[["x", "y"]].to_numpy(float)
    site_ids, cell_ids = (tuple(rows.index.to_numpy(object)) for rows in (sites, demand.cells))
    ways: dict[str, TravelMatrix] = {}
    for mode in (mode for mode in MODES if mode in cutoffs):
        if streets is None:
            ways[mode] = straight_travel(
                site_xy=site_xy,
                cell_xy=cell_xy,
                site_ids=site_ids,
                cell_ids=cell_ids,
                mode=mode,
                cutoff_m=cutoffs[mode],
                detour_factor=district.settings.streets.detour_factor,
            )
            continue
        limit_m = district.settings.streets.snap_limit_m
        ways[mode] = travel_matrix(
            streets,
            sites=snap(streets, site_xy, mode=mode, limit_m=limit_m),
            cells=snap(streets, cell_xy, mode=mode, limit_m=limit_m),
            site_ids=site_ids,
            cell_ids=cell_ids,
            mode=mode,
            cutoff_m=cutoffs[mode],
            cache=cache,
            progress=progress,
        )
    return ways


def site_ways(
    district: District,
    streets: StreetGraph,
    options: Options,
    *,
    cutoff_m: float,
    cache: Path,
    progress: Progress,
) -> TravelMatrix:
    """Compute the ways on foot between sites along the streets, up to a distance.

    Parameters
    ----------
    cutoff_m
        Longest way that is asked for, metres, above 0.
    """
    xy = to_plane(options.sites["lon"], options.sites["lat"], projection=projection_of(district))
    ids = tuple(options.sites.index)
    places = snap(streets, xy, mode="walk", limit_m=district.settings.streets.snap_limit_m)
    return travel_matrix(
        streets,
        sites=places,
        cells=places,
        site_ids=ids,
        cell_ids=ids,
        mode="walk",
        cutoff_m=cutoff_m,
        cache=cache,
        progress=progress,
    )


def _cutoffs(settings: Settings) -> dict[str, float]:
    """Give the longest way in metres that is asked for by mode: reaches, and on foot the gaps."""
    cutoffs = {"walk": max(settings.gaps.urban_m, settings.gaps.dense_m)}
    for way in (way for group in settings.groups for way in group.ways):
        cutoffs[way.mode] = max(way.reach_m, cutoffs.get(way.mode, 0.0))
    return cutoffs
