"""Counts of workers, by community or at places -> one long table."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.columns import POINTS, SURVEY, Column, Kind
from planner.intake.body import Body, Rule
from planner.intake.faults import Checked, Faults
from planner.intake.grid import Grid, Source
from planner.intake.opening import no_column, open_table
from planner.intake.positions import read_positions
from planner.intake.values import find_ruined_cells, read_values
from planner.intake.words import Words
from planner.language import Message, note

__all__ = ["read_points", "read_survey"]

_GROUP, _PERIOD = "group=", "period="
T = TypeVar("T")


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
    """Read workers counted by community.

    One row a community with a column for each group; a row for each community and group with one
    count, or with a column for each period; groups above periods in a merged header: all are
    understood. 总人数 is the headcount.

    Parameters
    ----------
    path, table, sheet, layer, renamed
        As for `read_stations`.
    crs
        Not needed; a survey has no positions.
    groups, periods
        Names that people use -> id.

    Returns
    -------
    Checked
        Rows in long form: community, grid (within the community, "" for none), group (id), workers,
        period (id, or "" for the headcount), row, at. Counts of the grids of a community add up; a
        table that names grids alone has these as its communities. A blank count gives no row; rows
        of the file are good or rejected as a whole.

    Raises
    ------
    InputError
        If the file cannot be read at all, lacks a needed column, or has no row that can be used.
    """
    del crs
    source = Source(path=path, label=table or path.name, sheet=sheet, layer=layer)
    words = Words(groups=groups, periods=periods)
    opened = _open(source, SURVEY, words, renamed or {}, _survey_lacks)
    faults = opened.faults
    community, grid = _places(opened)
    faults.add(np.asarray(pd.isna(community)), _NO_COMMUNITY)
    counts = _counts(opened)
    long = _long(opened, counts, {"community": community, "grid": grid})
    _find_counted_twice(long, faults, ["community", "grid", "group", "period"])
    faults.refuse_if_none_left(path, int((~faults.bad).sum()))
    kept = long[~faults.bad[long["at"].to_numpy()]]
    columns = ["community", "grid", "group", "workers", "period", "row", "at"]
    return _checked(opened, kept[columns], opened.notes)


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
    opened = _open(source, POINTS, words, renamed or {}, _points_lack)
    body, faults = opened.body, opened.faults
    positions = read_positions(body, faults, source=source)
    column = next((name for name in ("lon", "lnglat", "latlng") if name in body.text), "")
    faults.add(positions.missing, replace(_NO_POSITION, column=column))
    hour = opened.read.get("hour", np.full(body.size, np.nan))
    counts = _counts(opened)
    places = {
        "id": _point_ids(opened, positions.lon, positions.lat),
        "lon": positions.lon,
        "lat": positions.lat,
        "hour": np.where(np.isnan(hour), -1, hour).astype(np.int64),
    }
    long = _long(opened, counts, places)
    faults.refuse_if_none_left(path, int((~faults.bad).sum()), noticed=positions.notes)
    kept = long[~faults.bad[long["at"].to_numpy()]]
    columns = ["id", "lon", "lat", "group", "workers", "period", "hour", "row", "at"]
    checked = _checked(opened, kept[columns], (*opened.notes, *positions.notes))
    origin = faults.origin(positions.x, positions.y, column=positions.column)
    return replace(checked, origin=origin)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    """A table of counts, its columns read."""

    body: Body
    faults: Faults
    read: dict[str, Any]
    """Canonical name -> values, as `read_values` gives them."""
    notes: tuple[Message, ...]


def _open(
    source: Source,
    columns: Sequence[Column],
    words: Words,
    renamed: Mapping[str, str],
    missing: Callable[[Grid, frozenset[str]], Message | None],
) -> _Opened:
    wide = [*_wide(_GROUP, words.groups), *_wide(_PERIOD, words.periods)]
    body = _of_communities(open_table(source, [*columns, *wide], missing=missing, renamed=renamed))
    faults = Faults(body)
    find_ruined_cells(body, faults)
    values, notes = read_values(body, faults, words=words)
    return _Opened(body=body, faults=faults, read=values, notes=(*body.notes, *notes))


def _of_communities(body: Body) -> Body:
    """Take the grids for the communities where a table names no others."""
    if "grid" not in body.text or "community" in body.text:
        return body

    def moved(parts: Mapping[str, T]) -> dict[str, T]:
        return {"community" if name == "grid" else name: part for name, part in parts.items()}

    return replace(
        body,
        columns={name: replace(part, name=name) for name, part in moved(body.columns).items()},
        header=moved(body.header),
        text=moved(body.text),
        factor=moved(body.factor),
    )


def _places(opened: _Opened) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Give the community and the grid of each row; a grid without a community stands for one."""
    community = opened.read["community"]
    grid = opened.read.get("grid", np.full(opened.body.size, None, dtype=object))
    alone = pd.isna(community) & ~pd.isna(grid)
    within = np.where(pd.isna(grid) | alone, "", grid)
    return np.where(alone, grid, community), within


def _wide(prefix: str, names: Mapping[str, str]) -> Iterator[Column]:
    """Make a column for each group or period, with the names that people use as its headers."""
    by_id: dict[str, list[str]] = {}
    for name, value in names.items():
        by_id.setdefault(value, []).append(name)
    for value, known in by_id.items():
        yield Column(
            name=prefix + value,
            header=known[0],
            kind=Kind.NUMBER,
            meaning=note("Number of people of the group"),
            aliases=tuple(
                alias for name in (value, *known) for alias in (name, f"{name}人数", f"{name}数")
            ),
            unit="people",
            low=0,
            high=10_000_000,
        )


def _survey_lacks(grid: Grid, found: frozenset[str]) -> Message | None:
    if not found & {"community", "grid"}:
        return no_column(grid, SURVEY, "community")
    return _no_counts(grid, found)


def _points_lack(grid: Grid, found: frozenset[str]) -> Message | None:
    if not ({"lon", "lat"} <= found or found & {"lnglat", "latlng", "geometry"}):
        return no_column(grid, POINTS, "lon" if "lon" not in found else "lat")
    return _no_counts(grid, found)


def _no_counts(grid: Grid, found: frozenset[str]) -> Message | None:
    by_group = any(name.startswith(_GROUP) for name in found)
    counted = any(name.startswith(_PERIOD) for name in found) or found & {"workers", "headcount"}
    if by_group or ("group" in found and counted):
        return None
    return note(
        "{table}: no column says how many workers of which group there are. Use one column for "
        "each group, or the columns 群体 (group) and 人数 (workers).",
        table=grid.label,
    )


_NO_COMMUNITY = Rule(
    column="community",
    expected=note("a community"),
    fix=note("Write the name or id of the community, or delete the row."),
)
_NO_POSITION = Rule(expected=note("a position"), fix=note("Write longitude and latitude."))
_NO_GROUP = Rule(
    column="group",
    expected=note("a group of workers"),
    fix=note("Write the group, or delete the row."),
)
_NO_COUNT = Rule(
    expected=note("a number of people"),
    fix=note("Write how many there are (0 for none), or delete the row."),
)
_TWICE = Rule(
    column="community",
    expected=note("each community, group and period once"),
    fix=note("The same stands in an earlier row: add the numbers up, or delete one row."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Count:
    """One column of counts."""

    group: str | None
    """None: the column of groups says it."""
    period: str | None
    """None: the column of periods says it, if there is one; "": the headcount."""
    workers: NDArray[np.float64]


def _counts(opened: _Opened) -> list[_Count]:
    """Give each column of counts; rows with no group or no count at all are faults."""
    values, faults, size = opened.read, opened.faults, opened.body.size
    counts = []
    for name, column in values.items():
        parts = dict(part.split("=", 1) for part in name.split("&") if "=" in part)
        if parts:
            counts.append(
                _Count(group=parts.get("group"), period=parts.get("period"), workers=column)
            )
    if not any(count.group for count in counts):
        for name, period in (("workers", None), ("headcount", "")):
            if name in values:
                counts.append(_Count(group=None, period=period, workers=values[name]))
    empty = np.ones(size, dtype=bool)
    for count in counts:
        empty &= np.isnan(count.workers)
    named = next((name for name in ("workers", "headcount") if name in values), "")
    faults.add(empty & ~faults.bad, replace(_NO_COUNT, column=named))
    _find_odd_totals(opened, counts)
    if "group" in values and not all(count.group for count in counts):
        faults.add(np.asarray(pd.isna(values["group"])), _NO_GROUP)
    return counts


def _find_odd_totals(opened: _Opened, counts: Sequence[_Count]) -> None:
    """Find totals that do not agree with the counts beside them; the row is used all the same."""
    if "headcount" not in opened.read:
        return
    total = opened.read["headcount"]
    by_group = [count.workers for count in counts if count.group and not count.period]
    by_period = [count.workers for count in counts if count.period and not count.group]
    if by_group:
        parts = np.stack(by_group)
        differs = ~np.isnan(parts).all(axis=0) & (np.abs(np.nansum(parts, axis=0) - total) > _HALF)
        opened.faults.add(differs, _OTHER_SUM)
    if by_period:
        most = np.fmax.reduce(by_period)
        opened.faults.add(most > total + _HALF, _FEWER_THAN_AT_ONCE)


_HALF = 0.5
_OTHER_SUM = Rule(
    column="headcount",
    expected=note("the sum of the groups beside it"),
    fix=note("Check the numbers. Those of the groups are used, the total is not."),
    fatal=False,
)
_FEWER_THAN_AT_ONCE = Rule(
    column="headcount",
    expected=note("at least as many people as in each period"),
    fix=note("Check the numbers: nobody can be out without being counted in the total."),
    fatal=False,
)


def _long(
    opened: _Opened, counts: Sequence[_Count], keys: Mapping[str, NDArray[Any]]
) -> pd.DataFrame:
    """Put the columns of counts under each other, in the order of the rows."""
    values, body = opened.read, opened.body
    none = np.full(body.size, "", dtype=object)
    row_group = values.get("group", none)
    row_period = np.where(pd.isna(period := values.get("period", none)), "", period)
    frames = [
        pd.DataFrame(
            {
                "at": np.arange(body.size),
                **keys,
                "group": row_group if count.group is None else count.group,
                "period": row_period if count.period is None else count.period,
                "workers": count.workers,
                "row": body.line,
            }
        )
        for count in counts
    ]
    long = pd.concat(frames, ignore_index=True)
    long = long[long["workers"].notna()].sort_values("at", kind="stable", ignore_index=True)
    return long.astype({"group": "str", "period": "str"})


def _find_counted_twice(long: pd.DataFrame, faults: Faults, keys: list[str]) -> None:
    good = long[~faults.bad[long["at"].to_numpy()]]
    where = np.zeros(len(faults.bad), dtype=bool)
    where[good.loc[good.duplicated(keys), "at"].to_numpy()] = True
    faults.add(where, _TWICE)


def _point_ids(
    opened: _Opened, lon: NDArray[np.float64], lat: NDArray[np.float64]
) -> NDArray[np.object_]:
    """Give each place its id; without a column of ids, rows on one spot are one place."""
    made = pd.DataFrame({"lon": lon, "lat": lat}).groupby(["lon", "lat"], sort=False).ngroup()
    first = pd.Series(opened.body.line).groupby(made).transform("first")
    own = opened.read.get("id", np.full(opened.body.size, None, dtype=object))
    return np.array(
        [text or f"P{line}" for text, line in zip(own, first.tolist(), strict=True)],
        dtype=object,
    )


def _checked(opened: _Opened, rows: pd.DataFrame, notes: tuple[Message, ...]) -> Checked:
    return Checked(
        rows=rows.reset_index(drop=True),
        problems=opened.faults.problems(),
        rejected=opened.faults.rejected(),
        to_place=pd.DataFrame({"table": pd.Series(dtype="str")}),
        notes=notes,
        skipped=opened.body.skipped,
        origin=opened.faults.origin(),
    )
