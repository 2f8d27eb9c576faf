"""Checked outlines of grids -> the grids of a district, each in its community."""

import geopandas as gpd
import pandas as pd

from planner.district.communities import communities_at, communities_named

__all__ = ["grids_within"]


def grids_within(rows: gpd.GeoDataFrame, communities: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Give each grid the id of its community: as its file says, else where its middle lies, or "".

    Parameters
    ----------
    rows
        Index id; name, community (as named, NaN where blank), geometry in WGS-84.
    communities
        Index id; column name.

    Returns
    -------
    geopandas.GeoDataFrame
        Index id. Columns: name, community, geometry.
    """
    ids = [*map(str, communities.index), ""]  # the last: of what is not known
    told = communities_named(communities, rows["community"].fillna(""))
    inside = rows.geometry.representative_point()
    found = communities_at(communities, inside.x, inside.y)
    named = [ids[position] or place for position, place in zip(told, found, strict=True)]
    within = pd.Series(named, index=rows.index, dtype="str")
    return rows.assign(community=within)[["name", "community", "geometry"]]
