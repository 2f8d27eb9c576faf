"""Counts of surveys -> the community, grid or place of the district that each of them means."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from planner.columns import SURVEY
from planner.district.communities import communities_at, communities_named, name_key
from planner.district.findings import Findings, Listed
from planner.district.gazetteer import SAME_SPOT_DEGREES, Gazetteer
from planner.errors import Problem
from planner.language import Message, note

__all__ = ["located", "without_counted_twice"]

_SAME_PLACE_DECIMALS = 6
"""Of degrees: 0.1 m."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What one row of a survey means."""

    community: str
    grid: str
    lon: float = np.nan
    lat: float = np.nan
    part: str = ""
    """Place within the community that only the row knows."""
    wrong: str = ""
    """Column whose word is not known; "": all is."""
    told: tuple[Message, Message] | None = None
    """What was expected there and how to mend it."""
    fatal: bool = True


def located(survey: Listed, known: Gazetteer, found: Findings) -> Listed:
    """Find the community, grid or place of each count; what is not known is set aside and told.

    A row with a position is counted there. Else its place is looked up by name among the stations,
    venues and features of the district, then among its grids and communities. A grid that has an
    outline stands with its id in `grid`, and `community` is the id of its community; a grid without
    one is counted in the community beside it.

    Three columns are added for `without_counted_twice`, which drops them: `words`, all that the row
    says of where it counted, `said`, the narrowest of these, and `part`, the place within the
    community that only the row knows.
    """
    if "community" not in survey.rows:
        return survey
    rows = survey.rows
    firsts = rows.drop_duplicates("at").set_index("at")
    read = zip(firsts.index, _records(firsts), strict=True)
    meant = {int(at): _meant(row, known) for at, row in read}
    each = [meant[at] for at in rows["at"].tolist()]
    bad = np.array([part.wrong != "" and part.fatal for part in each], dtype=bool)
    out = rows.assign(
        **{
            name: pd.Series([getattr(part, name) for part in each], index=rows.index, dtype=kind)
            for name, kind in (
                ("community", "str"),
                ("grid", "str"),
                ("part", "str"),
                ("lon", float),
                ("lat", float),
            )
        },
        words=pd.Series(_words(rows), index=rows.index, dtype="str"),
        said=_said(rows),
    ).drop(columns=["street", "place"])
    _tell_survived(survey, firsts, meant, found)
    _tell_elsewhere(survey, firsts, meant, known, found)
    faults = [_fault(survey, int(at), firsts, meant[int(at)]) for at in rows.loc[bad, "at"]]
    return found.set_aside(replace(survey, rows=_in_communities(out, known)), bad, faults)


def _words(rows: pd.DataFrame) -> list[str]:
    """Write all that each row says of where it counted as one text."""
    named = rows[["community", "street", "grid", "place"]].to_numpy(object).tolist()
    return ["|".join(map(name_key, row)) for row in named]


def _said(rows: pd.DataFrame) -> "pd.Series[str]":
    """Give the narrowest word by which each row says where it counted."""
    said = rows["community"].where(rows["grid"] == "", rows["grid"])
    return said.where(rows["place"] == "", rows["place"])


def _records(rows: pd.DataFrame) -> list[dict[str, object]]:
    return [dict(zip(rows.columns, row, strict=True)) for row in rows.to_numpy(object).tolist()]


def _meant(row: Mapping[str, object], known: Gazetteer) -> _Found:
    lon, lat = float(str(row["lon"])), float(str(row["lat"]))
    if np.isfinite(lon) and np.isfinite(lat):
        return _Found(community="", grid="", lon=lon, lat=lat)
    words = {name: str(row[name]) for name in ("community", "street", "grid", "place")}
    if not words["place"]:
        return _outlined(words, known)
    place = _placed(words, known)
    if not place.wrong or not (words["community"] or words["grid"]):
        return place
    area = _outlined(words, known)
    if area.wrong:
        return place
    return replace(
        area,
        part=name_key(words["place"]),
        wrong="place",
        told=(_A_PLACE, _IN_ITS_AREA),
        fatal=False,
    )


def _placed(words: Mapping[str, str], known: Gazetteer) -> _Found:
    """Find a row by the name of its place alone."""
    name = words["place"]
    spots = known.spot(name)
    community = known.community(words["community"], words["street"])
    if len(spots) > 1 and len(community) == 1:
        at = communities_at(known.communities, *np.array(spots).T)
        spots = tuple(spot for spot, there in zip(spots, at, strict=True) if there == community[0])
    if len(spots) == 1:
        return _Found(community="", grid="", lon=spots[0][0], lat=spots[0][1])
    if len(spots) > 1:
        return _Found(community="", grid="", wrong="place", told=(_ONE_PLACE, _ADD_POSITION))
    as_grid = known.grid(name, community)
    if len(as_grid) == 1:
        return _in_grid(as_grid[0], known)
    as_community = known.community(name, words["street"])
    if len(as_community) == 1 and (not community or known.lies_in(as_community[0], community)):
        return _Found(community=as_community[0], grid="")
    return _Found(community="", grid="", wrong="place", told=(_A_PLACE, _ADD_POSITION))


def _in_grid(identity: str, known: Gazetteer) -> _Found:
    return _Found(community=str(known.grids.loc[identity, "community"]), grid=identity)


def _outlined(words: Mapping[str, str], known: Gazetteer) -> _Found:
    """Find a row by its grid, else by its community."""
    community = known.community(words["community"], words["street"])
    by_grid = _by_grid(words, community, known) if words["grid"] else None
    if by_grid is not None:
        return by_grid
    if len(community) == 1:
        return _in_community(words, community[0], known)
    as_grid = known.grid(words["community"])
    if len(as_grid) == 1 and not community:
        return _in_grid(as_grid[0], known)
    return _Found(
        community=words["community"],
        grid="",
        wrong="community" if words["community"] else "grid",
        told=_unknown(community, known),
    )


def _by_grid(
    words: Mapping[str, str], community: tuple[str, ...], known: Gazetteer
) -> _Found | None:
    """Find a row by its grid alone, in the community that it names; None: no grid is meant."""
    grid = known.grid(words["grid"], community, said=words["community"])
    if len(grid) == 1:
        part = _in_grid(grid[0], known)
        said = words["community"]
        of_it = not said or bool(community) or known.is_of(grid[0], said)
        return part if of_it else _told_astray(part, known)
    named = known.community(words["grid"])
    if len(named) != 1 or (community and not known.lies_in(named[0], community)):
        return None
    if not words["community"]:
        return _Found(community=words["grid"], grid="")
    part = _Found(community=words["grid"], grid=words["grid"])
    return part if community else _told_astray(part, known)


def _told_astray(part: _Found, known: Gazetteer) -> _Found:
    """Tell of a count whose grid is known, and whose community is not."""
    ids = known.community(part.community)
    name = str(known.communities.loc[ids[0], "name"]) if ids else "-"
    told = (_A_COMMUNITY, note("{fix} It lies in {community}.", fix=_IN_ITS_GRID, community=name))
    return replace(part, wrong="community", told=told, fatal=False)


def _in_community(words: Mapping[str, str], community: str, known: Gazetteer) -> _Found:
    """Count a row in its community; a grid that is known elsewhere alone is told."""
    # Where two have the name and the street tells which, the id says it to all that follow.
    plain = len(known.community(words["community"])) == 1
    part = _Found(community=words["community"] if plain else community, grid=words["grid"])
    elsewhere = known.grid(words["grid"]) or known.community(words["grid"])
    if not words["grid"] or not elsewhere:
        return part
    return replace(part, wrong="grid", told=(_A_GRID, _IN_ITS_COMMUNITY), fatal=False)


def _unknown(community: tuple[str, ...], known: Gazetteer) -> tuple[Message, Message]:
    if len(community) > 1:
        return _ONE_COMMUNITY, _WRITE_ID
    if len(known.communities) or len(known.grids):
        return _A_COMMUNITY, _AS_IN_THE_LIST
    return _A_COMMUNITY, _GIVE_OUTLINES


_A_PLACE = note("a place with a position, or the name of one in the files of the district")
_ONE_PLACE = note("a place that only one position can be")
_ADD_POSITION = note(
    "Write its longitude and latitude, or its name as in the list of stations, venues or grids."
)
_IN_ITS_AREA = note(
    "No place of this name is known, so the count was spread over its community or grid. Write its "
    "longitude and latitude."
)
_A_GRID = note("a grid of the community beside it")
_IN_ITS_COMMUNITY = note(
    "A grid of this name is known in another community alone, so the count was spread over the "
    "community that the row names. Correct the grid or the community."
)
_IN_ITS_GRID = note("The count was taken for the grid that the row names. Correct the community.")
_AROUND = note("the community around the position")
_AT_ITS_POSITION = note(
    "The count stands at its position, which lies outside this community. Correct the one or the "
    "other."
)
_A_COMMUNITY = note("a community whose outline is known")
_ONE_COMMUNITY = note("a community that only one outline can be")
_WRITE_ID = note("Two outlines have this name: write the id instead.")
_AS_IN_THE_LIST = note("Write the communities as in the list of communities, by name or by number.")
_GIVE_OUTLINES = note(
    "Write the longitude and latitude of its middle beside it, or give a file with the outlines of "
    "the communities."
)


def _in_communities(rows: pd.DataFrame, known: Gazetteer) -> pd.DataFrame:
    """Give the rows that were counted at a place the id of the community around it."""
    spot = rows["lon"].notna().to_numpy()
    if not spot.any():
        return rows
    community = rows["community"].to_numpy(dtype=object, copy=True)
    community[spot] = communities_at(
        known.communities, rows.loc[spot, "lon"], rows.loc[spot, "lat"]
    )
    return rows.assign(community=pd.Series(community, index=rows.index, dtype="str"))


def _tell_survived(
    survey: Listed, firsts: pd.DataFrame, meant: Mapping[int, _Found], found: Findings
) -> None:
    """Tell the rows whose place is not known but whose community is; they are used."""
    found.problems.extend(
        _fault(survey, at, firsts, part)
        for at, part in meant.items()
        if part.wrong and not part.fatal
    )


def _tell_elsewhere(
    survey: Listed,
    firsts: pd.DataFrame,
    meant: Mapping[int, _Found],
    known: Gazetteer,
    found: Findings,
) -> None:
    """Tell the rows whose position lies over 100 m outside the community that they name."""
    named = {
        at: known.community(*firsts.loc[at, ["community", "street"]].astype(str))
        for at, part in meant.items()
        if np.isfinite(part.lon)
    }
    placed = [at for at, ids in named.items() if len(ids) == 1]
    if not placed:
        return
    areas = known.communities.geometry.loc[[named[at][0] for at in placed]].to_numpy()
    spots = shapely.points([(meant[at].lon, meant[at].lat) for at in placed])
    away = shapely.distance(areas, spots) > SAME_SPOT_DEGREES
    told = _Found(
        community="", grid="", wrong="community", told=(_AROUND, _AT_ITS_POSITION), fatal=False
    )
    found.problems.extend(
        _fault(survey, at, firsts, told) for at in np.array(placed)[away].tolist()
    )


def _fault(survey: Listed, at: int, firsts: pd.DataFrame, part: _Found) -> Problem:
    expected, fix = part.told or (_A_COMMUNITY, _AS_IN_THE_LIST)
    return Problem(
        table=survey.label(at),
        row=int(firsts["row"].loc[at]),
        column=survey.header(part.wrong) or _header(part.wrong),
        found=str(firsts.loc[at, part.wrong]),
        expected=expected,
        fix=fix,
        fatal=part.fatal,
    )


def without_counted_twice(survey: Listed, communities: gpd.GeoDataFrame, found: Findings) -> Listed:
    """Set aside counts of a community, grid or place that another row counts by another name.

    A row that names it in the same words has been judged by `intake`, which knows whether the two
    count different parts of it.
    """
    rows = survey.rows
    if "words" not in rows:
        return survey
    survey = replace(survey, rows=rows.drop(columns=["part", "said", "words"]))
    # A place, and a grid that has an outline, is the same wherever its community is unknown.
    keys = rows[["grid", "part", "group", "period", "words"]].assign(
        area=communities_named(communities, rows["community"]),
        **{name: rows[name].round(_SAME_PLACE_DECIMALS) for name in ("lon", "lat")},
    )
    what = ["area", "grid", "part", "group", "period", "lon", "lat"]
    grouped = keys.groupby(what, dropna=False)
    other_words = (keys["words"] != grouped["words"].transform("first")).to_numpy(dtype=bool)
    twice = rows["at"].isin(rows.loc[other_words, "at"]).to_numpy(dtype=bool)
    first_row = rows["row"].groupby([keys[name] for name in what], dropna=False).transform("first")
    faults = [
        Problem(
            table=survey.label(int(at)),
            row=int(row),
            column=survey.header("community") or _header("community"),
            found=str(name),
            expected=note("each community, group and period once"),
            fix=note(
                "Row {line} counts the same community under its other name or its id: add the "
                "numbers up, or delete one row.",
                line=int(line),
            ),
        )
        for name, row, at, line in zip(
            rows.loc[twice, "said"],
            rows.loc[twice, "row"],
            rows.loc[twice, "at"],
            first_row[twice],
            strict=True,
        )
    ]
    return found.set_aside(survey, twice, faults)


def _header(name: str) -> str:
    """Give the header under which a person knows a column."""
    return next(column.header for column in SURVEY if column.name == name)
