"""The files of a district side by side -> the faults that no file shows alone."""

from collections.abc import Sequence
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from planner.columns import COMMUNITIES, SURVEY, VENUES, Column
from planner.district.communities import communities_named, name_key, shared_names
from planner.district.findings import Findings, Listed
from planner.errors import Problem
from planner.language import Message, note

__all__ = [
    "by_grid",
    "tell_overlapping",
    "tell_shared_names",
    "without_clashes",
    "without_counted_twice",
    "without_unknown_communities",
]

_OVERLAP_SHARE = 0.05
"""Communities may share this much of the smaller one: outlines are drawn by hand."""


def by_grid(survey: Listed, communities: gpd.GeoDataFrame) -> Listed:
    """Take the grid of a count for its community where the grid has an outline of its own."""
    if "grid" not in survey.rows:
        return survey
    rows = survey.rows
    drawn = (rows["grid"] != "") & (communities_named(communities, rows["grid"]) >= 0)
    community = rows["community"].where(~drawn, rows["grid"])
    return replace(survey, rows=rows.assign(community=community))


def without_unknown_communities(
    survey: Listed, communities: gpd.GeoDataFrame, found: Findings
) -> Listed:
    """Set aside counts of communities whose outline is not known, or that two outlines could be."""
    if "community" not in survey.rows:
        return survey
    lost = communities_named(communities, survey.rows["community"]) < 0
    shared = shared_names(communities)
    faults = [
        _unknown(survey, at, str(name), row=int(row), shared=name_key(name) in shared)
        if len(communities)
        else _no_outlines(survey, at, str(name), row=int(row))
        for name, row, at in survey.rows.loc[lost, ["community", "row", "at"]].itertuples(
            index=False
        )
    ]
    return found.set_aside(survey, lost, faults)


def _unknown(survey: Listed, at: int, name: str, *, row: int, shared: bool) -> Problem:
    expected = note("a community whose outline is known")
    fix = note("Write the communities as in the list of communities, by name or by number.")
    if shared:
        expected = note("a community that only one outline can be")
        fix = note("Two outlines have this name: write the id instead.")
    return _of_community(survey, at, name, row=row, told=(expected, fix))


def _no_outlines(survey: Listed, at: int, name: str, *, row: int) -> Problem:
    expected = note("a community whose outline is known")
    fix = note(
        "Give a file with the outlines of the communities, or count by places with coordinates."
    )
    return _of_community(survey, at, name, row=row, told=(expected, fix))


def _of_community(
    survey: Listed, at: int, name: str, *, row: int, told: tuple[Message, Message]
) -> Problem:
    return Problem(
        table=survey.label(at),
        row=row,
        column=survey.header("community") or _header(SURVEY, "community"),
        found=name,
        expected=told[0],
        fix=told[1],
    )


def without_counted_twice(survey: Listed, communities: gpd.GeoDataFrame, found: Findings) -> Listed:
    """Set aside counts of a community that another row counts under another of its names.

    A row that names it in the same words has been judged by `intake`, which knows whether the two
    count different parts of it.
    """
    rows = survey.rows
    if "community" not in rows or rows.empty:
        return survey
    area = communities_named(communities, rows["community"])
    keys = rows[["grid", "group", "period"]].assign(
        area=area, words=rows["community"].map(name_key)
    )
    what = ["area", "grid", "group", "period"]
    first = keys.groupby(what)["words"].transform("first")
    other_words = (keys["words"] != first).to_numpy(dtype=bool)
    twice = rows["at"].isin(rows.loc[other_words, "at"]).to_numpy(dtype=bool)
    first_row = rows["row"].groupby([keys[name] for name in what]).transform("first")
    expected = note("each community, group and period once")
    faults = [
        _of_community(
            survey,
            int(at),
            str(name),
            row=int(row),
            told=(
                expected,
                note(
                    "Row {line} counts the same community under its other name or its id: add the "
                    "numbers up, or delete one row.",
                    line=int(line),
                ),
            ),
        )
        for name, row, at, line in zip(
            rows.loc[twice, "community"],
            rows.loc[twice, "row"],
            rows.loc[twice, "at"],
            first_row[twice],
            strict=True,
        )
    ]
    return found.set_aside(survey, twice, faults)


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
