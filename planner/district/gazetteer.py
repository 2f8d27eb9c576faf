"""Names and ids in a survey -> the communities, grids and places that they may mean."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from planner.district.communities import name_key

__all__ = ["SAME_SPOT_DEGREES", "Gazetteer"]

SAME_SPOT_DEGREES = 0.001
"""About 100 m: places of one name within this are one place."""


@dataclass(frozen=True, slots=True)
class _Outline:
    """One community or grid that a name may mean."""

    id: str
    within: str
    """Key of the street of a community; id of the community of a grid."""
    said: str = ""
    """Key of the community of a grid as its file names it."""


class Gazetteer:
    """Finds the community, grid or place that a survey names.

    Parameters
    ----------
    communities, grids
        As in `District`.
    spots
        Tables with name, lon and lat.
    said
        The community of each grid as its file names it; empty: the file names none.
    """

    def __init__(
        self,
        communities: gpd.GeoDataFrame,
        grids: gpd.GeoDataFrame,
        spots: Iterable[pd.DataFrame],
        *,
        said: Sequence[str] = (),
    ) -> None:
        self.communities = communities
        self.grids = grids
        streets = [name_key(street) for street in communities["street"]]
        within = grids["community"].tolist()
        told = [name_key(name) for name in said] or [""] * len(grids)
        self._communities = _Known(communities, map(_Outline, communities.index, streets))
        self._grids = _Known(grids, map(_Outline, grids.index, within, told))
        self._spots = _spots(spots)

    def community(self, name: str, street: str = "") -> tuple[str, ...]:
        """Give the ids of the communities that a name, or an id, may mean."""
        found = self._communities.find(name)
        beside = [part for part in found if street and part.within == name_key(street)]
        return _ids(beside if len(found) > 1 and beside else found)

    def grid(
        self, name: str, communities: Collection[str] = (), *, said: str = ""
    ) -> tuple[str, ...]:
        """Give the ids of the grids that a name, or an id, may mean.

        Parameters
        ----------
        communities
            Ids; a grid that lies in none of them is not meant. Empty: any may be.
        said
            The community as a survey names it, where its outline is not known: grids whose file
            names it so stand before all others.
        """
        if communities:
            return _ids(self._grids.find(name, within=communities))
        found = self._grids.find(name)
        beside = [part for part in self._grids.all(name) if said and part.said == name_key(said)]
        return _ids(beside or found)

    def is_of(self, grid: str, said: str) -> bool:
        """Tell whether a grid may be of a community without an outline that a survey names."""
        (part,) = self._grids.find(grid)
        return part.said == name_key(said) or not (part.said or len(self.communities))

    def lies_in(self, community: str, around: Collection[str]) -> bool:
        """Tell whether the middle of a community lies in one of others; all are ids."""
        shapes = self.communities.geometry
        middle = shapes.loc[community].representative_point()
        return community in around or any(shapes.loc[one].intersects(middle) for one in around)

    def spot(self, name: str) -> tuple[tuple[float, float], ...]:
        """Give the places (WGS-84) of stations, venues and features of a name."""
        return self._spots.get(name_key(name), ())


class _Known:
    """Outlines by id and by name; an id means its own outline and no other."""

    def __init__(self, outlines: gpd.GeoDataFrame, parts: Iterable[_Outline]) -> None:
        self._ids: dict[str, _Outline] = {}
        self._names: dict[str, tuple[_Outline, ...]] = {}
        for name, part in zip(outlines["name"], parts, strict=True):
            key = name_key(name)
            self._ids[name_key(part.id)] = part
            if key:
                self._names[key] = (*self._names.get(key, ()), part)

    def all(self, name: str) -> tuple[_Outline, ...]:
        """Give every outline that has the word as its id, first, or as its name."""
        key = name_key(name)
        own, named = self._ids.get(key), self._names.get(key, ())
        return named if own is None else (own, *(part for part in named if part is not own))

    def find(self, name: str, *, within: Collection[str] = ()) -> tuple[_Outline, ...]:
        found = tuple(part for part in self.all(name) if not within or part.within in within)
        own = self._ids.get(name_key(name))
        return found[:1] if found and found[0] is own else found


def _ids(parts: Iterable[_Outline]) -> tuple[str, ...]:
    return tuple(str(part.id) for part in parts)


def _spots(tables: Iterable[pd.DataFrame]) -> dict[str, tuple[tuple[float, float], ...]]:
    known: dict[str, tuple[tuple[float, float], ...]] = {}
    for table in tables:
        for name, lon, lat in zip(table["name"], table["lon"], table["lat"], strict=True):
            key = name_key(name)
            there = known.get(key, ())
            if key and not any(_is_near(spot, (lon, lat)) for spot in there):
                known[key] = (*there, (float(lon), float(lat)))
    return known


def _is_near(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return max(abs(one[0] - other[0]), abs(one[1] - other[1])) <= SAME_SPOT_DEGREES
