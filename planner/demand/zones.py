"""Communities, grids and what lies outside of them -> cells: the part of each in each square."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from planner.demand.spread import Spread, spread_over_area, spread_over_streets
from planner.demand.squares import columns_and_rows
from planner.district import District, communities_at
from planner.geo import geometry_to_plane, to_degrees
from planner.streets.graph import StreetGraph

__all__ = ["Zone", "Zones", "cell_table", "lay_out_zones", "region_of", "zones_of"]

_DIGITS = 3
_STRIP_M = 100.0
"""Layers from two offices never meet to the metre: what lies between them, narrower than this all
along, is no place where anybody could be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """An area in which workers are counted, or into which a total is laid out."""

    kind: str
    """"community", "grid" or "outside" (of all communities)."""
    position: int
    """Among the communities or grids of the district; -1 for what lies outside."""
    id: str
    """"" for what lies outside."""
    name: str
    community: str
    """Id of the community, "" for none."""
    shape: BaseGeometry
    """In the plane of the district."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Zones:
    """Zones and their cells, those of one zone side by side."""

    zones: tuple[Zone, ...]
    cells: pd.DataFrame
    """As Demand.cells."""
    spread: Spread
    streets: bool
    """Whether streets are known at all."""

    @property
    def zone_of(self) -> NDArray[np.int64]:
        """Zone of each cell, shape (n,)."""
        return np.repeat(np.arange(len(self.zones)), np.diff(self.spread.starts))

    @property
    def base(self) -> NDArray[np.float64]:
        """What the people of a zone are laid out by where no pattern has anything, shape (n,)."""
        return self.spread.weight

    @property
    def on_streets(self) -> NDArray[np.bool_]:
        """Zones with walkable streets, shape (k,)."""
        with_streets = np.full(len(self.zones), self.streets)
        with_streets[list(self.spread.without_streets)] = False
        return with_streets

    @property
    def whole(self) -> NDArray[np.bool_]:
        """Cells of communities and of what lies outside, which together are the district once."""
        partition = np.array([zone.kind != "grid" for zone in self.zones], dtype=bool)
        return partition[self.zone_of]


def region_of(district: District, *, projection: str) -> BaseGeometry:
    """Draw what the district covers in the plane: its boundary and all communities."""
    shapes = [district.boundary, *district.communities.geometry]
    region: BaseGeometry = shapely.union_all(
        [geometry_to_plane(shape, projection=projection) for shape in shapes]
    )
    return region


def zones_of(
    district: District,
    *,
    communities: Sequence[int],
    grids: Sequence[int],
    whole: bool,
    projection: str,
) -> tuple[Zone, ...]:
    """Draw the zones in the plane.

    Parameters
    ----------
    communities, grids
        Positions of those that are counted.
    whole
        Whether all communities and what lies outside of them are needed too.
    """
    wanted = range(len(district.communities)) if whole else communities
    places = district.communities.iloc[list(wanted)]
    zones = [
        Zone(
            kind="community",
            position=position,
            id=str(identity),
            name=str(name),
            community=str(identity),
            shape=geometry_to_plane(shape, projection=projection),
        )
        for position, identity, name, shape in zip(
            wanted, places.index, places["name"], places.geometry, strict=True
        )
    ]
    zones += _grids(district, grids, projection)
    outside = _outside(district, zones, projection) if whole else shapely.Polygon()
    if not outside.is_empty:
        zones.append(Zone(kind="outside", position=-1, id="", name="", community="", shape=outside))
    return tuple(zones)


def lay_out_zones(
    zones: tuple[Zone, ...],
    streets: StreetGraph | None,
    *,
    squares: NDArray[np.int64],
    region: BaseGeometry | None,
    projection: str,
) -> Zones:
    """Cut zones into cells, on their streets and where patterns have something (`squares`).

    Patterns have it inside the `region`; None: there are none.
    """
    shapes = [zone.shape for zone in zones]
    if streets is None:
        spread = spread_over_area(shapes, squares=squares, region=region)
    else:
        spread = spread_over_streets(shapes, streets, squares=squares, region=region)
    zone_of = np.repeat(np.arange(len(zones)), np.diff(spread.starts))
    lon, lat = to_degrees(spread.xy, projection=projection)
    cells = cell_table(
        _cell_ids(zones, zone_of, spread),
        np.column_stack([lon, lat, spread.xy]),
        community=[zones[at].community for at in zone_of],
        grid=[zones[at].id if zones[at].kind == "grid" else "" for at in zone_of],
    )
    return Zones(zones=zones, cells=cells, spread=spread, streets=streets is not None)


def cell_table(
    ids: Sequence[str] | pd.Series,
    places: NDArray[np.float64],
    *,
    community: Sequence[str],
    grid: Sequence[str],
) -> pd.DataFrame:
    """Make a table of cells; `places` holds lon, lat, x and y, shape (n, 4)."""
    index = pd.Index(ids, name="id", dtype=str)
    table = pd.DataFrame(places, columns=["lon", "lat", "x", "y"], index=index, dtype=np.float64)
    return table.assign(
        community=pd.Series(list(community), index=index, dtype=str),
        grid=pd.Series(list(grid), index=index, dtype=str),
    )


def _grids(district: District, wanted: Sequence[int], projection: str) -> list[Zone]:
    rows = district.grids.iloc[list(wanted)]
    middle = [shape.representative_point() for shape in rows.geometry]
    lies_in = communities_at(
        district.communities, [point.x for point in middle], [point.y for point in middle]
    )
    columns = (rows.index, rows["name"], rows["community"], lies_in, rows.geometry)
    return [
        Zone(
            kind="grid",
            position=position,
            id=str(identity),
            name=str(name) or str(identity),
            community=str(stated) or found,
            shape=geometry_to_plane(shape, projection=projection),
        )
        for position, identity, name, stated, found, shape in zip(wanted, *columns, strict=True)
    ]


def _outside(district: District, zones: Sequence[Zone], projection: str) -> BaseGeometry:
    """Draw what lies outside of all communities, without strips that are drawing errors."""
    boundary = geometry_to_plane(district.boundary, projection=projection)
    communities = [zone.shape for zone in zones if zone.kind == "community"]
    parts = shapely.get_parts(boundary.difference(shapely.union_all(communities)))
    wide = ~shapely.is_empty(shapely.buffer(parts, -_STRIP_M / 2))
    outside: BaseGeometry = shapely.multipolygons(parts[wide & (shapely.area(parts) > 0)])
    return outside


def _cell_ids(zones: Sequence[Zone], zone_of: NDArray[np.int64], spread: Spread) -> list[str]:
    """Name the cells of a zone by number; those outside by column and row of the square."""
    number = np.arange(len(zone_of)) - spread.starts[:-1][zone_of] + 1
    column, row = columns_and_rows(spread.square)
    return [
        f"{zones[zone].id}-{at:0{_DIGITS}d}" if zones[zone].id else f"x{east}y{north}"
        for zone, at, east, north in zip(
            zone_of.tolist(), number.tolist(), column.tolist(), row.tolist(), strict=True
        )
    ]
