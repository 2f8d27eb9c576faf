"""The files of a district side by side -> the faults that no file shows alone."""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from planner.columns import COMMUNITIES, VENUES, Column
from planner.district.communities import name_key
from planner.district.findings import Findings, Listed
from planner.errors import Problem
from planner.language import note

__all__ = [
    "tell_overlapping",
    "tell_shared_names",
    "without_clashes",
]

_OVERLAP_SHARE = 0.05
"""Communities may share this much of the smaller one: outlines are drawn by hand."""


def without_clashes(venues: Listed, stations: pd.DataFrame, found: Findings) -> Listed:
    """Set aside venues that have the id of a station."""
    taken = venues.rows.index.isin(stations.index)
    faults = [
        Problem(
            table=venues.label(int(at)),
            row=int(row),
            column=venues.header("id") or _header(VENUES, "id"),
            found=str(identity),
            expected=note("an id that no station has"),
            fix=note("Give the venue another id."),
        )
        for identity, row, at in venues.rows.loc[taken, ["row", "at"]].itertuples()
    ]
    return found.set_aside(venues, taken, faults)


def tell_shared_names(communities: Listed, found: Findings) -> None:
    """Tell the outlines that have the name of an earlier one; they are used."""
    rows = communities.rows
    if rows.empty:
        return
    keys = rows["name"].map(name_key)
    first_row = rows["row"].groupby(keys).transform("first")
    for at in np.flatnonzero(keys.duplicated().to_numpy()):
        row = rows.iloc[at]
        found.problems.append(
            Problem(
                table=communities.label(int(row["at"])),
                row=int(row["row"]),
                column=communities.header("name") or _header(COMMUNITIES, "name"),
                found=str(row["name"]),
                expected=note("a name of its own"),
                fix=note(
                    "The outline in row {line} has the same name: give each its own, or write the "
                    "ids in the lists of workers. The outline is used.",
                    line=int(first_row.iloc[at]),
                ),
                fatal=False,
            )
        )


def tell_overlapping(communities: Listed, found: Findings) -> None:
    """Tell the outlines that share over 5 % of the smaller one with an earlier one.

    A point in both lies in the first, so the workers of the second are spread over the same ground
    as those of the first. All are used.
    """
    rows = communities.rows
    for first, second, share in _overlaps(rows):
        row, other = rows.iloc[second], rows.iloc[first]
        found.problems.append(
            Problem(
                table=communities.label(int(row["at"])),
                row=int(row["row"]),
                column="",
                found=str(row["name"]),
                expected=note("an area that no other community covers"),
                fix=note(
                    "It shares {percent} % of the smaller of the two areas with row {line} "
                    "({name}): check both outlines. Both are used.",
                    percent=f"{100 * share:.0f}",
                    line=int(other["row"]),
                    name=str(other["name"]),
                ),
                fatal=False,
            )
        )


def _overlaps(rows: gpd.GeoDataFrame) -> list[tuple[int, int, float]]:
    """Give the pairs that overlap too much, and the shared part of the smaller, 0 to 1."""
    shapes = rows.geometry.to_numpy() if len(rows) else np.empty(0, dtype=object)
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    keep = one < other
    one, other = one[keep], other[keep]
    shared = shapely.area(shapely.intersection(shapes[one], shapes[other]))
    # The share of two areas at one place is the same in degrees as in metres.
    share: NDArray[np.float64] = shared / np.minimum(
        shapely.area(shapes[one]), shapely.area(shapes[other])
    )
    over = share > _OVERLAP_SHARE
    return sorted(zip(one[over].tolist(), other[over].tolist(), share[over].tolist(), strict=True))


def _header(columns: Sequence[Column], name: str) -> str:
    """Give the header under which a person knows a column."""
    return next(column.header for column in columns if column.name == name)
