"""Counts of workers, by community, by grid or at places -> one long table."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from planner.columns import POINTS, SURVEY
from planner.intake.body import Body, Rule
from planner.intake.counts import (
    Counted,
    counts_checked,
    in_long_form,
    no_counts,
    open_counts,
    read_counts,
)
from planner.intake.faults import Checked, Faults, Origin
from planner.intake.grid import Grid, Source
from planner.intake.opening import no_column
from planner.intake.positions import read_positions
from planner.intake.sums import COUNTED_TWICE, find_sums, with_headcounts_once
from planner.intake.totals import find_wrong_totals
from planner.intake.words import Words
from planner.language import Message, note

__all__ = ["read_points", "read_survey"]

_DEGREES = frozenset({"lon", "lat"})
_STATED = ("lon", "lnglat", "latlng")


def read_survey(  # noqa: PLR0913 - the settings of one file, as district.toml holds them
    path: Path,
    *,
    table: str | None = None,
    crs: str | None = None,
    sheet: str | None = None,
    layer: str | None = None,
    renamed: Mapping[str, str] | None = None,
    groups: Mapping[str, str],
    periods: Mapping[str, str],
) -> Checked:
    """Read workers counted by community, by grid or at places.

    One row a community with a column for each group; a row for each community and group with one
    count, or with a column for each period; groups above periods in a merged header: all are
    understood. 总人数 is the headcount.

    Parameters
    ----------
    path, table, sheet, layer, renamed
        As for `read_stations`.
    crs
        Of the positions of places, where the table has such columns.
    groups, periods
        Names that people use -> id.

    Returns
    -------
    Checked
        Rows in long form: community, street, grid and place (as named there, "" for none), lon, lat
        (WGS-84 degrees of the place, NaN where the row states none), group (id), workers, period
        (id, or "" for the headcount), row, at. Counts of the grids of a community add up. A blank
        count gives no row; rows of the file are good or rejected as a whole.

    Raises
    ------
    InputError
        If the file cannot be read at all, lacks a needed column, or has no row that can be used.
    """
    source = Source(path=path, label=table or path.name, crs=crs, sheet=sheet, layer=layer)
    words = Words(groups=groups, periods=periods)
    opened = open_counts(source, SURVEY, words, renamed or {}, missing=_survey_lacks)
    faults = opened.faults
    places, noticed, origin = _places(opened, source)
    counts = read_counts(opened)
    long = in_long_form(opened, counts, places)
    keys = ["community", "street", "grid", "place", "lon", "lat", "group", "period"]
    long = with_headcounts_once(long, faults, keys)
    _find_counted_twice(long, faults, keys, column=_where(opened.body))
    summed = find_sums(long, opened)
    find_wrong_totals(opened)
    faults.refuse_if_none_left(path, int((~faults.bad).sum()), noticed=noticed)
    kept = long[~faults.bad[long["at"].to_numpy()]]
    columns = [*places, "group", "workers", "period", "row", "at"]
    checked = counts_checked(opened, kept[columns], (*opened.notes, *noticed, *summed))
    return replace(checked, origin=origin)


def read_points(  # noqa: PLR0913 - the settings of one file, as district.toml holds them
    path: Path,
    *,
    table: str | None = None,
    crs: str | None = None,
    sheet: str | None = None,
    layer: str | None = None,
    renamed: Mapping[str, str] | None = None,
    groups: Mapping[str, str],
    periods: Mapping[str, str],
) -> Checked:
    """Read workers counted at places.

    Returns
    -------
    Checked
        Rows in long form: id, lon, lat (WGS-84 degrees), group (id), workers, period (id, or "" for
        the headcount), hour (0 to 23, or -1 where not stated), row, at.

    Raises
    ------
    InputError
        If the file cannot be read at all, lacks a needed column, or has no row that can be used.
    """
    source = Source(path=path, label=table or path.name, crs=crs, sheet=sheet, layer=layer)
    words = Words(groups=groups, periods=periods)
    opened = open_counts(source, POINTS, words, renamed or {}, missing=_points_lack)
    body, faults = opened.body, opened.faults
    positions = read_positions(body, faults, source=source)
    column = next((name for name in _STATED if name in body.text), "")
    faults.add(positions.missing, replace(_NO_POSITION, column=column))
    hour = opened.read.get("hour", np.full(body.size, np.nan))
    counts = read_counts(opened)
    places = {
        "id": _point_ids(opened, positions.lon, positions.lat),
        "lon": positions.lon,
        "lat": positions.lat,
        "hour": np.where(np.isnan(hour), -1, hour).astype(np.int64),
    }
    long = in_long_form(opened, counts, places)
    find_wrong_totals(opened)
    faults.refuse_if_none_left(path, int((~faults.bad).sum()), noticed=positions.notes)
    kept = long[~faults.bad[long["at"].to_numpy()]]
    columns = ["id", "lon", "lat", "group", "workers", "period", "hour", "row", "at"]
    checked = counts_checked(opened, kept[columns], (*opened.notes, *positions.notes))
    origin = faults.origin(positions.x, positions.y, column=positions.column)
    return replace(checked, origin=origin)


def _places(
    opened: Counted, source: Source
) -> tuple[dict[str, NDArray[Any]], tuple[Message, ...], Origin]:
    """Give where each row was counted.

    Returns
    -------
    tuple
        Columns of the long table by name, each of shape (n,); what was assumed; the rows as they
        stand in the file.
    """
    body, faults = opened.body, opened.faults
    named = {name: _texts(opened, name) for name in ("community", "street", "grid", "place")}
    nowhere = np.full(body.size, np.nan)
    notes: tuple[Message, ...] = ()
    lon, lat, origin = nowhere, nowhere, faults.origin()
    drawn = body.geometry is not None
    if drawn and not _are_points(body.geometry):
        notes = (
            note(
                "{table}: a survey is counted by the names in it; its shapes were not used.",
                table=body.table,
            ),
        )
    elif drawn or any(name in body.text for name in _STATED):
        spots = read_positions(body, faults, source=source)
        lon, lat, notes = spots.lon, spots.lat, spots.notes
        origin = faults.origin(spots.x, spots.y, column=spots.column)
    said = np.logical_or.reduce([named[name] != "" for name in ("community", "grid", "place")])
    lost = ~said & ~np.isfinite(lon)
    column = _where(body)
    rule = _NO_COMMUNITY if column in {"community", "grid"} else _NO_PLACE
    faults.add(lost & ~faults.told(column), replace(rule, column=column))
    return {**named, "lon": lon, "lat": lat}, notes, origin


def _are_points(shapes: NDArray[np.object_] | None) -> bool:
    """Tell whether all shapes that are there are points."""
    if shapes is None or shapely.is_missing(shapes).all():
        return False
    kinds = shapely.get_type_id(shapes[~shapely.is_missing(shapes)])
    return bool((kinds == shapely.GeometryType.POINT).all())


def _where(body: Body) -> str:
    """Name the column that says first where a row was counted; "" where none does."""
    names = ("community", "grid", "place", *_STATED)
    return next((name for name in names if name in body.text), "")


def _texts(opened: Counted, name: str) -> NDArray[np.object_]:
    values = opened.read.get(name, np.full(opened.body.size, None, dtype=object))
    texts: NDArray[np.object_] = np.where(pd.isna(values), "", values)
    return texts


def _survey_lacks(grid: Grid, found: frozenset[str]) -> Message | None:
    named = found & {"community", "grid", "place", "lnglat", "latlng"} | _both_degrees(found)
    if not named and not _are_points(grid.geometry):
        return no_column(grid, SURVEY, "community")
    return no_counts(grid, found)


def _both_degrees(found: frozenset[str]) -> frozenset[str]:
    return _DEGREES if found >= _DEGREES else frozenset()


def _points_lack(grid: Grid, found: frozenset[str]) -> Message | None:
    if not ({"lon", "lat"} <= found or found & {"lnglat", "latlng", "geometry"}):
        return no_column(grid, POINTS, "lon" if "lon" not in found else "lat")
    return no_counts(grid, found)


_NO_COMMUNITY = Rule(
    column="community",
    expected=note("a community"),
    fix=note("Write the name or id of the community, or delete the row."),
)
_NO_PLACE = Rule(
    expected=note("a place"),
    fix=note("Write the name of the place, or its longitude and latitude, or delete the row."),
)
_NO_POSITION = Rule(expected=note("a position"), fix=note("Write longitude and latitude."))


def _find_counted_twice(
    long: pd.DataFrame, faults: Faults, keys: list[str], *, column: str
) -> None:
    good = long[~faults.bad[long["at"].to_numpy()]]
    where = np.zeros(len(faults.bad), dtype=bool)
    where[good.loc[good.duplicated(keys), "at"].to_numpy()] = True
    faults.add(where, replace(COUNTED_TWICE, column=column))


def _point_ids(
    opened: Counted, lon: NDArray[np.float64], lat: NDArray[np.float64]
) -> NDArray[np.object_]:
    """Give each place its id; without a column of ids, rows on one spot are one place."""
    spots = pd.DataFrame({"lon": lon, "lat": lat})
    # Rows without a position are in a group too: left out, they would make floats of all numbers.
    made = spots.groupby(["lon", "lat"], sort=False, dropna=False).ngroup()
    first = pd.Series(opened.body.line).groupby(made).transform("first")
    own = opened.read.get("id", np.full(opened.body.size, None, dtype=object))
    return np.array(
        [text or f"P{line}" for text, line in zip(own, first.tolist(), strict=True)],
        dtype=object,
    )
