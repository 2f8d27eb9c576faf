"""Checked outlines of grids -> the grids of a district, each in its community."""

import geopandas as gpd
import numpy as np
import pandas as pd

from planner.columns import GRIDS
from planner.district.communities import communities_at, communities_named
from planner.district.findings import Findings, Listed
from planner.errors import Problem
from planner.language import note

__all__ = ["grids_within"]


def grids_within(grids: Listed, communities: gpd.GeoDataFrame, found: Findings) -> gpd.GeoDataFrame:
    """Give each grid the id of its community: as its file says, else where its middle lies, or "".

    A community that is named and not known is told; the grid is used.

    Parameters
    ----------
    grids
        Rows with index id; name, community (as named, "" where blank), geometry in WGS-84.
    communities
        Index id; column name.
    found
        Takes the faults.

    Returns
    -------
    geopandas.GeoDataFrame
        Index id. Columns: name, community, geometry.
    """
    rows = grids.rows
    ids = [*map(str, communities.index), ""]  # the last: of what is not known
    told = communities_named(communities, rows["community"])
    inside = rows.geometry.representative_point()
    around = communities_at(communities, inside.x, inside.y)
    named = [ids[position] or place for position, place in zip(told, around, strict=True)]
    lost = (told < 0) & (rows["community"] != "").to_numpy() & (len(communities) > 0)
    found.problems.extend(_unknown(grids, at) for at in np.flatnonzero(lost).tolist())
    within = pd.Series(named, index=rows.index, dtype="str")
    return rows.assign(community=within)[["name", "community", "geometry"]]


def _unknown(grids: Listed, at: int) -> Problem:
    row = grids.rows.iloc[at]
    header = next(column.header for column in GRIDS if column.name == "community")
    return Problem(
        table=grids.label(int(row["at"])),
        row=int(row["row"]),
        column=grids.header("community") or header,
        found=str(row["community"]),
        expected=note("a community whose outline is known"),
        fix=note("The grid is used, in the community that its middle lies in. Correct the name."),
        fatal=False,
    )
