"""Points and names -> the community that each belongs to."""

import unicodedata
from collections import Counter

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray

__all__ = ["communities_at", "communities_named", "name_key", "shared_names"]


def communities_at(communities: gpd.GeoDataFrame, lon: ArrayLike, lat: ArrayLike) -> list[str]:
    """Give the id of the community in which each point lies, "" for none.

    Parameters
    ----------
    communities
        Index id; geometry in WGS-84. A point on a border lies inside; of two that hold it the first
        is taken.
    lon, lat
        WGS-84 degrees, shape (n,).
    """
    points = shapely.points(np.asarray(lon, np.float64), np.asarray(lat, np.float64)).reshape(-1)
    first = np.full(len(points), len(communities))
    if len(communities):
        shapes = communities.geometry.to_numpy()
        area, point = shapely.STRtree(points).query(shapes, predicate="intersects")
        np.minimum.at(first, point, area)
    ids = [*map(str, communities.index), ""]
    return [ids[position] for position in first]


def communities_named(communities: gpd.GeoDataFrame, named: pd.Series) -> NDArray[np.int64]:
    """Give the position of the community that each text names, by id or else by name; -1 for none.

    Full-width and half-width characters, capitals and spaces around count as equal. A name that two
    communities have names neither of them.
    """
    shared = shared_names(communities)
    names = [name_key(name) for name in communities["name"]]
    known = {name: at for at, name in enumerate(names) if name and name not in shared}
    known |= {name_key(identity): position for position, identity in enumerate(communities.index)}
    return np.array([known.get(name_key(text), -1) for text in named], dtype=np.int64)


def shared_names(communities: gpd.GeoDataFrame) -> frozenset[str]:
    """Give the names, as `name_key` writes them, that more than one community has."""
    count = Counter(name_key(name) for name in communities["name"])
    return frozenset(name for name, number in count.items() if name and number > 1)


def name_key(text: object) -> str:
    """Write a name so that two that a person takes for the same are equal."""
    return unicodedata.normalize("NFKC", str(text)).strip().casefold()
