"""Lists of stations and venues -> checked tables."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.columns import STATIONS, VENUES, Column
from planner.intake.body import Body, Rule
from planner.intake.cells import word_key
from planner.intake.faults import Checked, Faults
from planner.intake.grid import Grid, Source
from planner.intake.opening import no_column, open_table
from planner.intake.positions import Positions, read_positions
from planner.intake.values import find_ruined_cells, read_values, typed_series
from planner.intake.words import Words
from planner.language import Message, note

__all__ = ["read_stations", "read_venues"]

_NUMBERED = {"stations": "S", "venues": "V"}
_SAME_PLACE_DEGREES = 6
"""Decimals in which two positions are compared: 0.1 m."""


def read_stations(  # noqa: PLR0913 - the settings of one file, as district.toml holds them
    path: Path,
    *,
    table: str | None = None,
    crs: str | None = None,
    sheet: str | None = None,
    layer: str | None = None,
    renamed: Mapping[str, str] | None = None,
    host_types: Mapping[str, str] | None = None,
    groups: Mapping[str, str] | None = None,
) -> Checked:
    """Read the list of existing stations.

    Parameters
    ----------
    path
        Excel, CSV or map file.
    table
        What faults call the file; None: its name.
    crs
        Declared coordinate system; None: the file's own, else WGS-84 is assumed and told.
    sheet, layer
        Which sheet of a workbook or layer of a map file.
    renamed
        Canonical column name -> header in this file, where the aliases do not find it.
    host_types, groups
        Names that people use -> id.

    Returns
    -------
    Checked
        Rows: index id (str); name, lon, lat (WGS-84 degrees), every column of `columns.STATIONS`
        but those of positions, `row` and `at`. Blank cells stay missing: NaN for numbers and texts,
        None for `hours` (WeeklyHours), `groups` (tuple of ids, empty: all) and `listed` (bool).

    Raises
    ------
    InputError
        If the file cannot be read at all, lacks a needed column, or has no row that can be used.
    """
    source = Source(path=path, label=table or path.name, crs=crs, sheet=sheet, layer=layer)
    words = Words(host_types=host_types or {}, groups=groups or {})
    return _read_sites("stations", STATIONS, source, words, renamed or {})


def read_venues(  # noqa: PLR0913 - the settings of one file, as district.toml holds them
    path: Path,
    *,
    table: str | None = None,
    crs: str | None = None,
    sheet: str | None = None,
    layer: str | None = None,
    renamed: Mapping[str, str] | None = None,
    host_types: Mapping[str, str] | None = None,
    groups: Mapping[str, str] | None = None,
) -> Checked:
    """Read the list of places that could hold a station; all else as `read_stations`."""
    source = Source(path=path, label=table or path.name, crs=crs, sheet=sheet, layer=layer)
    words = Words(host_types=host_types or {}, groups=groups or {})
    return _read_sites("venues", VENUES, source, words, renamed or {})


def _read_sites(
    table: str,
    columns: Sequence[Column],
    source: Source,
    words: Words,
    renamed: Mapping[str, str],
) -> Checked:
    body = open_table(source, columns, missing=_missing, renamed=renamed)
    faults = Faults(body)
    find_ruined_cells(body, faults)
    values, notes = read_values(body, faults, words=words)
    _find_nameless(faults, values)
    positions = read_positions(body, faults, source=source)
    ids = _ids(body, values.get("id"), _NUMBERED[table])
    _find_repeated(body, faults, ids, positions)
    placeless = _find_placeless(body, faults, positions, values)
    frame = _frame(body, columns, values, ids, positions)
    good = ~faults.bad & ~placeless
    noticed = (*positions.notes, *notes)
    faults.refuse_if_none_left(source.path, int((~faults.bad).sum()), noticed=noticed)
    to_place = frame[placeless & ~faults.bad].reset_index()
    to_place.insert(0, "table", table)
    return Checked(
        rows=frame[good],
        problems=faults.problems(),
        rejected=faults.rejected(),
        to_place=to_place,
        notes=(*body.notes, *noticed),
        skipped=body.skipped,
        origin=faults.origin(positions.x, positions.y, column=positions.column),
    )


def _missing(grid: Grid, found: frozenset[str]) -> Message | None:
    """Tell what a sheet lacks: a name, and a position (whole or not at all) or an address."""
    if "name" not in found:
        return no_column(grid, STATIONS, "name")
    if {"lon", "lat"} <= found or found & {"lnglat", "latlng", "geometry"}:
        return None
    if "address" in found and not found & {"lon", "lat"}:
        return None  # each row can be placed
    return no_column(grid, STATIONS, "lon" if "lon" not in found else "lat")


def _find_nameless(faults: Faults, values: Mapping[str, Any]) -> None:
    blank = pd.isna(values["name"])
    rule = Rule(
        column="name", expected=note("a name"), fix=note("Write the name, or delete the row.")
    )
    faults.add(np.asarray(blank), rule)


def _ids(body: Body, own: NDArray[np.object_] | None, letter: str) -> NDArray[np.object_]:
    """Give each row an id: its own; S12 for the running number 12; S and the line where blank.

    Ids decide between equals, so where they are made from the line, equal rows in another order
    may give another plan that is as good.
    """
    texts = [
        "" if text is None else str(text) for text in ([""] * body.size if own is None else own)
    ]
    out = np.array([f"{letter}{text}" if text.isdigit() else text for text in texts], dtype=object)
    taken = set(out)
    for row in np.flatnonzero(out == ""):
        made = f"{letter}{body.line[row]}"
        while made in taken:
            made += "a"
        out[row] = made
        taken.add(made)
    return out


def _find_repeated(
    body: Body, faults: Faults, ids: NDArray[np.object_], positions: Positions
) -> None:
    """Find rows that are there twice, ids used twice, and different places on one spot."""
    frame = pd.DataFrame(
        {
            "id": ids,
            "name": body.each("name", word_key),
            "address": body.each("address", word_key) if "address" in body.text else "",
            "lon": positions.lon.round(_SAME_PLACE_DEGREES),
            "lat": positions.lat.round(_SAME_PLACE_DEGREES),
        }
    )
    placed = frame["lon"].notna() & ~faults.bad
    elsewhere = positions.missing & ~faults.bad & (frame["address"] != "")
    spots = frame[placed]
    faults.add_repeats(spots[["name", "lon", "lat"]], _SAME_ROW, show="name")
    faults.add_repeats(frame.loc[elsewhere, ["name", "address"]], _SAME_ROW, show="name")
    faults.add_repeats(frame.loc[~faults.bad, ["id"]], _SAME_ID, show="id")
    faults.add_repeats(frame.loc[placed & ~faults.bad, ["lon", "lat"]], _SAME_SPOT, show="name")


_SAME_ROW = Rule(
    expected=note("each place once"),
    fix=note("The same name and place stand in an earlier row: delete one."),
)
_SAME_ID = Rule(
    column="id",
    expected=note("an id that is used once"),
    fix=note("The same id stands in an earlier row: give each place its own."),
)
_SAME_SPOT = Rule(
    expected=note("a position of its own"),
    fix=note("Another place stands on the very same spot: check the position. The row is used."),
    fatal=False,
)


def _find_placeless(
    body: Body, faults: Faults, positions: Positions, values: Mapping[str, Any]
) -> NDArray[np.bool_]:
    """Find rows without a position: with an address they can be placed, else they are faults."""
    address = values.get("address")
    known = np.zeros(body.size, dtype=bool) if address is None else ~pd.isna(address)
    column = next((name for name in ("lon", "lnglat", "latlng") if name in body.text), "")
    nowhere = positions.missing & ~known
    faults.add(nowhere, Rule(column=column, expected=_SOME_PLACE, fix=_GIVE_PLACE))
    placeless = positions.missing & known & ~faults.bad
    faults.add(placeless, Rule(column=column, expected=_SOME_PLACE, fix=_PLACE_IT, fatal=False))
    return np.asarray(placeless)


_SOME_PLACE = note("a position")
_GIVE_PLACE = note("Write longitude and latitude, or an address.")
_PLACE_IT = note(
    "The row has an address: place it on the map, or write longitude and latitude. Until then it "
    "is not used."
)


def _frame(
    body: Body,
    columns: Sequence[Column],
    values: Mapping[str, Any],
    ids: NDArray[np.object_],
    positions: Positions,
) -> pd.DataFrame:
    data: dict[str, Any] = {"name": None, "lon": positions.lon, "lat": positions.lat}
    for column in columns:
        if column.name not in {"id", "lon", "lat", "lnglat", "latlng"}:
            data[column.name] = typed_series(column, values.get(column.name), body.size)
    data["row"] = body.line
    data["at"] = np.arange(body.size)
    return pd.DataFrame(data).set_index(pd.Index(ids, name="id", dtype="str"))
