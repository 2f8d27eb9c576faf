"""The worker tables of a district -> sources: counts at places, and the cells of each place."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from planner.demand.counts import GroupCounts, count_groups
from planner.demand.names import joined
from planner.demand.spread import Spread, spread_over_area, spread_over_streets
from planner.district import District, WorkerTable, communities_at, communities_named
from planner.errors import InputError
from planner.geo import geometry_to_plane, to_degrees, to_plane
from planner.language import Message, note
from planner.streets.graph import StreetGraph

__all__ = ["Layout", "Source", "read_sources"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The cells of some places, those of one place side by side."""

    cells: pd.DataFrame
    """Index cell id (str). Columns: lon, lat, x, y, community."""
    weight: NDArray[np.float64]
    """Share of the place that each cell gets, to any scale, shape (n,)."""
    starts: NDArray[np.int64]
    """Where the cells of each place begin, and the end of the last, shape (p + 1,)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One source of workers, ready to be laid out."""

    name: str
    counts: dict[str, GroupCounts]
    """By group id."""
    layout: int
    """Position in the layouts: surveys share the cells of the communities."""
    total_workers: float | None
    """Stated headcount of the source; None: as counted."""

    def scaled(self, factor: float) -> "Source":
        """Give the same pattern for `factor` times the people."""
        counts = {group: each.scaled(factor) for group, each in self.counts.items()}
        return replace(self, counts=counts)


@dataclass(frozen=True, slots=True)
class _Survey:
    table: WorkerTable
    rows: pd.DataFrame


def read_sources(
    district: District, streets: StreetGraph | None, *, projection: str
) -> tuple[list[Layout], list[Source], list[Message]]:
    """Lay out the places of every source and read its counts.

    Raises
    ------
    InputError
        If no source has a row.
    ValueError
        If a survey names a community that the district does not have.
    """
    layouts: list[Layout] = []
    sources: list[Source] = []
    notes: list[Message] = []
    surveys = _placed_surveys(district)
    if surveys:
        layout, renumbered, told = _lay_out_surveys(district, surveys, streets, projection)
        layouts.append(layout)
        notes += told
        sources += [
            _source(survey.table, rows, len(layout.starts) - 1, district, 0)
            for survey, rows in zip(surveys, renumbered, strict=True)
        ]
    for table in district.workers:
        if table.source.kind == "points" and len(table.rows):
            rows, layout = _lay_out_points(table.rows, district, projection)
            sources.append(_source(table, rows, len(layout.cells), district, len(layouts)))
            layouts.append(layout)
    if not sources:
        raise InputError(note("No source says where any worker is; a plan needs at least one."))
    return _with_own_ids(layouts), sources, notes


def _source(
    table: WorkerTable, rows: pd.DataFrame, places: int, district: District, layout: int
) -> Source:
    settings = district.settings
    groups = [group.id for group in settings.groups]
    counts = count_groups(rows, places=places, groups=groups, periods=settings.periods)
    total = table.source.total_workers
    return Source(name=table.source.path, counts=counts, layout=layout, total_workers=total)


def _placed_surveys(district: District) -> list[_Survey]:
    """Find the community of each survey row; a district holds rows of known ones only."""
    surveys: list[_Survey] = []
    for table in district.workers:
        if table.source.kind != "survey" or table.rows.empty:
            continue
        area = communities_named(district.communities, table.rows["community"])
        if (area < 0).any():
            lost = table.rows["community"][area < 0].iloc[0]
            raise ValueError(f"community must be one of the district's, got {lost!r}")
        rows = table.rows.assign(hour=table.rows.get("hour", -1), place=area)
        surveys.append(_Survey(table, rows))
    return surveys


def _lay_out_surveys(
    district: District, surveys: Sequence[_Survey], streets: StreetGraph | None, projection: str
) -> tuple[Layout, list[pd.DataFrame], list[Message]]:
    """Cut the surveyed communities into cells, and renumber the places of the rows to them."""
    wanted = np.unique(np.concatenate([survey.rows["place"].to_numpy() for survey in surveys]))
    communities = district.communities.iloc[wanted]
    areas = [geometry_to_plane(shape, projection=projection) for shape in communities.geometry]
    spread, notes = _spread(areas, streets, [str(name) for name in communities["name"]])
    renumbered = [
        survey.rows.assign(place=np.searchsorted(wanted, survey.rows["place"]))
        for survey in surveys
    ]
    ids = [str(identity) for identity in communities.index]
    return _survey_layout(spread, ids, projection), renumbered, notes


def _spread(
    areas: Sequence[BaseGeometry], streets: StreetGraph | None, names: Sequence[str]
) -> tuple[Spread, list[Message]]:
    if streets is None:
        told = note("Without streets, workers are spread evenly over the area of their community.")
        return spread_over_area(areas), [told]
    spread = spread_over_streets(areas, streets)
    without = joined([names[position] for position in spread.without_streets])
    told = note("No walkable street in {names}: their workers stand at one point.", names=without)
    return spread, [told] if spread.without_streets else []


def _survey_layout(spread: Spread, communities: Sequence[str], projection: str) -> Layout:
    lon, lat = to_degrees(spread.xy, projection=projection)
    cells_of = np.diff(spread.starts)
    ids = [
        f"{identity}-{number:03d}"
        for identity, count in zip(communities, cells_of, strict=True)
        for number in range(1, count + 1)
    ]
    cells = _cells(ids, lon, lat, spread.xy, [*np.repeat(np.array(communities, object), cells_of)])
    return Layout(cells=cells, weight=spread.weight, starts=spread.starts)


def _lay_out_points(
    rows: pd.DataFrame, district: District, projection: str
) -> tuple[pd.DataFrame, Layout]:
    """Make one cell of each place; rows with the same id at the same position are one place."""
    place, first = _distinct_places(rows)
    one = rows.iloc[first]
    lon, lat = one["lon"].to_numpy(np.float64), one["lat"].to_numpy(np.float64)
    ids = _made_unique(one["id"].astype(str).tolist())
    xy = to_plane(lon, lat, projection=projection)
    cells = _cells(ids, lon, lat, xy, communities_at(district.communities, lon, lat))
    layout = Layout(cells=cells, weight=np.ones(len(ids)), starts=np.arange(len(ids) + 1))
    return rows.assign(place=place), layout


def _distinct_places(rows: pd.DataFrame) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the place of each row, numbered as they first stand, and the first row of each place."""
    places = rows.groupby(["id", "lon", "lat"], sort=False, dropna=False)
    number = places.ngroup().to_numpy().astype(np.int64)
    return number, np.unique(number, return_index=True)[1].astype(np.int64)


def _made_unique(ids: Sequence[str]) -> list[str]:
    """Give a later place with an id that is taken a number behind it."""
    taken, unique = set(ids), []
    seen: set[str] = set()
    for identity in ids:
        name, number = identity, 2
        while name in seen or (name != identity and name in taken):
            name, number = f"{identity}-{number}", number + 1
        seen.add(name)
        unique.append(name)
    return unique


def _cells(
    ids: Sequence[str],
    lon: ArrayLike,
    lat: ArrayLike,
    xy: NDArray[np.float64],
    community: Sequence[str],
) -> pd.DataFrame:
    index = pd.Index(ids, name="id", dtype=str)
    columns = {"lon": lon, "lat": lat, "x": xy[:, 0], "y": xy[:, 1]}
    table = pd.DataFrame(columns, index=index, dtype=np.float64)
    return table.assign(community=pd.Series(list(community), index=index, dtype=str))


def _with_own_ids(layouts: Sequence[Layout]) -> list[Layout]:
    """Give the cells of later layouts ids that no earlier one has."""
    taken: set[str] = set()
    unique = []
    for number, layout in enumerate(layouts, start=1):
        ids = layout.cells.index
        if not taken.isdisjoint(ids):
            ids = pd.Index([f"{number}/{identity}" for identity in ids], name="id", dtype=str)
        taken.update(ids)
        unique.append(replace(layout, cells=layout.cells.set_axis(ids, axis=0)))
    return unique
