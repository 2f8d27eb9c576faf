"""Surveys and counted places -> counts of each group at the places of each source."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.demand.counts import GroupCounts, count_groups
from planner.demand.squares import NO_SQUARES, squares_at
from planner.demand.zones import Zones, cell_table
from planner.district import District, WorkerTable, communities_at, communities_named
from planner.district.settings import WorkerSource
from planner.geo import to_plane

__all__ = [
    "Counted",
    "Placed",
    "gives_headcount",
    "in_order",
    "place_counts",
    "read_counts",
    "squares_of_points",
]

_KINDS = ("survey", "points", "proxies", "pings")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What a survey or a list of counted places says, at its p places: areas, then points."""

    position: int
    """Of the source among those of the district, in the order of `in_order`."""
    source: WorkerSource
    counts: dict[str, GroupCounts]
    """By group id."""
    seen: dict[str, NDArray[np.bool_]]
    """Places at which the group was counted, be it 0; by group id, each shape (p,)."""
    community: NDArray[np.int64]
    """Position of the community that is the place; -1: it is none. Shape (p,)."""
    grid: NDArray[np.int64]
    """The same of the grid."""
    points: pd.DataFrame
    """Columns id, lon, lat, x, y, of the q last places."""

    def scaled(self, factor: float) -> "Counted":
        """Give the same pattern for `factor` times the people."""
        counts = {group: each.scaled(factor) for group, each in self.counts.items()}
        return replace(self, counts=counts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """The cells of the places of a source, those of one place side by side."""

    at: NDArray[np.int64]
    """Cells among all of the district, shape (n,)."""
    starts: NDArray[np.int64]
    """Where the cells of each place begin, and the end of the last, shape (p + 1,)."""


def gives_headcount(source: WorkerSource) -> bool:
    """Tell whether a source says how many there are, not only where they are."""
    if source.gives is None:
        return source.kind in {"survey", "points"}
    return source.gives == "headcount"


def in_order(tables: Sequence[WorkerTable]) -> list[WorkerTable]:
    """Sort sources by kind and name, so that the order of the settings changes no result."""
    named = Counter(_name_of(table.source) for table in tables)
    return sorted(
        tables,
        key=lambda table: (
            _name_of(table.source),
            _content(table.rows) if named[_name_of(table.source)] > 1 else 0,
        ),
    )


def _name_of(source: WorkerSource) -> tuple[object, ...]:
    place = (source.path, source.sheet or "", source.layer or "", source.gives or "")
    return (_KINDS.index(source.kind), *place, source.trust, source.total_workers or 0.0)


def _content(rows: pd.DataFrame) -> int:
    """Give a number that tells the rows of two tables apart that have the same name."""
    plain = rows.drop(columns="geometry", errors="ignore")
    return int(pd.util.hash_pandas_object(plain, index=False).sum()) if len(plain) else 0


def read_counts(
    district: District, table: WorkerTable, position: int, *, projection: str
) -> Counted:
    """Read the counts of one source that is a survey or a list of counted places.

    Raises
    ------
    ValueError
        If a row names neither a community nor a grid of the district and has no position.
    """
    rows = table.rows.reset_index(drop=True)
    community, grid = _areas(district, table.source.kind, rows)
    area = np.where(grid >= 0, len(district.communities) + grid, community)
    areas = np.unique(area[area >= 0])
    stands = np.flatnonzero(area < 0)
    numbered, points = _points(rows.iloc[stands], projection)
    place = np.searchsorted(areas, area)
    place[stands] = len(areas) + numbered
    places = len(areas) + len(points)
    counted = rows.assign(place=place, hour=rows.get("hour", -1))
    settings = district.settings
    groups = [group.id for group in settings.groups]
    counts = count_groups(counted, places=places, groups=groups, periods=settings.periods)
    named = rows["group"].to_numpy()
    nowhere = np.full(len(points), -1)
    of_grid = areas >= len(district.communities)
    return Counted(
        position=position,
        source=table.source,
        counts=counts,
        seen={g: np.bincount(place[named == g], minlength=places) > 0 for g in counts},
        community=np.concatenate([np.where(of_grid, -1, areas), nowhere]).astype(np.int64),
        grid=np.concatenate(
            [np.where(of_grid, areas - len(district.communities), -1), nowhere]
        ).astype(np.int64),
        points=points,
    )


def place_counts(
    sources: Sequence[Counted], zones: Zones, district: District
) -> tuple[pd.DataFrame, list[Placed]]:
    """Give the table of all cells (of zones, then of points) and the cells of each source."""
    of_community, of_grid = _zones_by_position(zones, district)
    tables, placed = [zones.cells], []
    first = len(zones.cells)
    for source in sources:
        zone = np.where(source.grid >= 0, of_grid[source.grid], of_community[source.community])[
            : len(source.community) - len(source.points)
        ]
        start, end = zones.spread.starts[zone], zones.spread.starts[zone + 1]
        length = np.concatenate([end - start, np.ones(len(source.points), np.int64)])
        starts = np.concatenate([[0], np.cumsum(length)]).astype(np.int64)
        begin = np.concatenate([start, first + np.arange(len(source.points))])
        offset = np.arange(starts[-1]) - np.repeat(starts[:-1], length)
        placed.append(Placed(at=np.repeat(begin, length) + offset, starts=starts))
        tables.append(_point_cells(source.points, district))
        first += len(source.points)
    return pd.concat(_with_own_ids(tables)).fillna({"place": ""}), placed


def squares_of_points(source: Counted, group: str) -> NDArray[np.int64]:
    """Name the squares in which a source counted a group at a point."""
    if group not in source.seen or source.points.empty:
        return NO_SQUARES
    seen = source.seen[group][len(source.community) - len(source.points) :]
    return np.unique(squares_at(source.points[["x", "y"]].to_numpy()[seen]))


def _areas(
    district: District, kind: str, rows: pd.DataFrame
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find the community or the grid of each row, by position; rows at a point have neither."""
    nothing = np.full(len(rows), -1, dtype=np.int64)
    if kind == "points":
        return nothing, nothing
    stands = np.zeros(len(rows), dtype=bool)
    if "lon" in rows:
        stands = rows["lon"].notna().to_numpy()
    grid = nothing
    if "grid" in rows and len(district.grids):
        grid = np.asarray(district.grids.index.get_indexer(rows["grid"]), dtype=np.int64)
        grid[stands] = -1
    community = communities_named(district.communities, rows["community"])
    community[stands | (grid >= 0)] = -1
    lost = (community < 0) & (grid < 0) & ~stands
    if lost.any():
        name = rows["community"][lost].iloc[0]
        raise ValueError(f"community must be one of the district's, got {name!r}")
    return community, grid


def _points(rows: pd.DataFrame, projection: str) -> tuple[NDArray[np.int64], pd.DataFrame]:
    """Give each row the number of its place: the same id at the same position is one."""
    if rows.empty:
        columns = {name: np.empty(0) for name in ("lon", "lat", "x", "y")}
        return NO_SQUARES, pd.DataFrame({"id": pd.Series(dtype=str), **columns})
    named = rows[["lon", "lat"]].assign(id=rows["id"].astype(str) if "id" in rows else "")
    places = named.groupby(["id", "lon", "lat"], sort=False, dropna=False)
    number = places.ngroup().to_numpy().astype(np.int64)
    first = np.unique(number, return_index=True)[1]
    one = named.iloc[first].reset_index(drop=True)
    xy = to_plane(one["lon"], one["lat"], projection=projection)
    ids = one["id"].where(one["id"] != "", "P")
    if not ids.is_unique:
        ids = pd.Series(_made_unique(ids.tolist()), index=one.index)
    return number, one.assign(id=ids, x=xy[:, 0], y=xy[:, 1])


def _made_unique(ids: Sequence[str]) -> list[str]:
    """Give a later place with an id that is taken a number behind it."""
    taken, unique = set(ids), list[str]()
    if len(taken) == len(ids):
        return list(ids)
    seen: set[str] = set()
    for identity in ids:
        name, number = identity, 2
        while name in seen or (name != identity and name in taken):
            name, number = f"{identity}-{number}", number + 1
        seen.add(name)
        unique.append(name)
    return unique


def _zones_by_position(
    zones: Zones, district: District
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the zone of each community and of each grid, by their position; -1 for none."""
    found = []
    for kind, table in (("community", district.communities), ("grid", district.grids)):
        zone_of = np.full(len(table) + 1, -1, dtype=np.int64)  # the last is for position -1
        for number, zone in enumerate(zones.zones):
            if zone.kind == kind:
                zone_of[zone.position] = number
        found.append(zone_of)
    return found[0], found[1]


def _point_cells(points: pd.DataFrame, district: District) -> pd.DataFrame:
    community = communities_at(district.communities, points["lon"], points["lat"])
    places = points[["lon", "lat", "x", "y"]].to_numpy(np.float64)
    return cell_table(points["id"], places, community=community, grid=[""] * len(points))


def _with_own_ids(tables: Sequence[pd.DataFrame]) -> list[pd.DataFrame]:
    """Give the cells of later tables ids that no earlier one has.

    Where that needs a number before the id, the column `place` keeps the id without it.
    """
    unique: list[pd.DataFrame] = []
    for number, cells in enumerate(tables):
        ids = cells.index
        if not ids.is_unique:
            ids = pd.Index(_made_unique(ids.tolist()), name="id", dtype=str)
        if any(earlier.index.isin(ids).any() for earlier in unique):
            cells = cells.assign(place=cells.index)  # noqa: PLW2901 - the table is not changed
            ids = pd.Index([f"{number + 1}/{identity}" for identity in ids], name="id", dtype=str)
        unique.append(cells.set_axis(ids, axis=0))
    return unique
