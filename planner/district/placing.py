"""Positions given by a click to rows that have an address alone, kept in `placed.csv`."""

import csv
import io
import math
from dataclasses import dataclass, fields
from pathlib import Path

import pandas as pd

from planner.district.reading import read_settings
from planner.district.tables import read_sites
from planner.district.writing import write_file
from planner.errors import InputError
from planner.geo import to_wgs84
from planner.intake.cells import read_pair
from planner.intake.commands import unmarked, without_commands
from planner.language import Message, note

__all__ = [
    "PLACED_NAME",
    "Placed",
    "apply_placed",
    "place_row",
    "read_placed",
    "typed_position",
]

PLACED_NAME = "placed.csv"
_TABLES = ("stations", "venues")
_MOST_EAST, _MOST_NORTH = 180.0, 90.0


@dataclass(frozen=True, slots=True)
class Placed:
    """Where one row was placed; name and address tell whether the row is still the same."""

    table: str
    id: str
    name: str
    address: str
    lon: float
    """WGS-84 degrees."""
    lat: float


def place_row(folder: Path, table: str, identity: str, lon: float, lat: float) -> None:
    """Keep a position for a row that has an address alone; a later click replaces it.

    Parameters
    ----------
    folder
        Of the district; the position is kept in its `placed.csv`, the list itself is not changed.
    table
        "stations" or "venues".
    identity
        Id of the row in `District.to_place`.
    lon, lat
        WGS-84 degrees.

    Raises
    ------
    ValueError
        If the table is not known, the position is none, or no such row waits for a place.
    InputError
        If the list cannot be read.
    """
    if table not in _TABLES:
        raise ValueError(f"table must be one of {', '.join(_TABLES)}, got {table!r}")
    if not (abs(lon) <= _MOST_EAST and abs(lat) <= _MOST_NORTH) or math.isnan(lon + lat):
        raise ValueError(f"lon must be -180 to 180 and lat -90 to 90, got {lon}, {lat}")
    settings = read_settings(folder)
    checked = read_sites(Path(folder), settings, table)
    waiting = {} if checked is None else {str(row["id"]): row for row in _records(checked.to_place)}
    if identity not in waiting:
        raise ValueError(f"no row {identity!r} of the {table} waits for a place")
    row = waiting[identity]
    new = Placed(table, identity, row["name"], row["address"], round(lon, 7), round(lat, 7))
    others = [old for old in read_placed(folder) if (old.table, old.id) != (table, identity)]
    write_file(Path(folder) / PLACED_NAME, _csv([*others, new]))


def typed_position(text: str, *, crs: str) -> tuple[float, float]:
    """Give the position that a person typed or pasted, longitude first, as WGS-84 degrees.

    Parameters
    ----------
    text
        Two numbers in one line, as map services show them; latitude first only where the text
        names the axes.
    crs
        System of the map in which it was picked.

    Raises
    ------
    InputError
        If it is no position.
    """
    first, second, axis = read_pair(text)
    lon, lat = (second, first) if axis == "lat" else (first, second)
    if not (abs(lon) <= _MOST_EAST and abs(lat) <= _MOST_NORTH):
        raise InputError(
            note(
                "“{text}” is no position. Write longitude and latitude with a comma between, as "
                "106.5501,29.5601.",
                text=text.strip(),
            )
        )
    (east,), (north,) = to_wgs84([lon], [lat], crs=crs)
    return float(east), float(north)


def _records(rows: pd.DataFrame) -> list[dict[str, str]]:
    """Give the rows that wait for a place as texts."""
    if rows.empty:
        return []
    texts = rows[["id", "name", "address"]].fillna("").astype(str)
    return [dict(zip(texts.columns, row, strict=True)) for row in texts.to_numpy().tolist()]


def _csv(rows: list[Placed]) -> bytes:
    text = io.StringIO()
    names = [part.name for part in fields(Placed)]
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_cell(getattr(row, name)) for name in names] for row in rows)
    return b"\xef\xbb\xbf" + text.getvalue().encode()  # Excel knows UTF-8 by the mark in front


def _cell(value: object) -> object:
    return without_commands(value) if isinstance(value, str) else value


def read_placed(folder: Path) -> list[Placed]:
    """Read what was placed, in the order of the clicks; none where nothing was.

    Raises
    ------
    InputError
        If somebody changed the file so that it cannot be read.
    """
    path = Path(folder) / PLACED_NAME
    if not path.is_file():
        return []
    try:
        text = path.read_bytes().decode("utf-8-sig")
        rows = csv.DictReader(io.StringIO(text))
        return [_placed({key: unmarked(str(cell)) for key, cell in row.items()}) for row in rows]
    except (UnicodeDecodeError, ValueError, KeyError, TypeError, csv.Error) as error:
        raise InputError(
            note(
                "{file}: the file that keeps places set by a click was changed and cannot be "
                "read. Delete it and place the rows again.",
                file=PLACED_NAME,
            )
        ) from error


def _placed(row: dict[str, str]) -> Placed:
    lon, lat = float(row["lon"]), float(row["lat"])
    if not (abs(lon) <= _MOST_EAST and abs(lat) <= _MOST_NORTH):
        raise ValueError(row)
    return Placed(row["table"], row["id"], row["name"], row["address"], lon, lat)


def apply_placed(
    to_place: pd.DataFrame, placed: list[Placed], *, table: str
) -> tuple[pd.DataFrame, pd.DataFrame, list[Message]]:
    """Give the rows that were placed their position.

    Parameters
    ----------
    to_place
        Rows without a position; columns id, name, address, row and the others of the list.
    placed
        As `read_placed` gives it.
    table
        Which of its rows count.

    Returns
    -------
    tuple
        Rows that now have a position (index id), rows that still wait, and what was told. A
        position is used only where name and address are still those that were placed.
    """
    spots = {part.id: part for part in placed if part.table == table}
    same = []
    for row in _records(to_place):
        spot = spots.get(row["id"])
        same.append(spot is not None and (spot.name, spot.address) == (row["name"], row["address"]))
    ready = to_place[pd.Series(same, index=to_place.index, dtype=bool)]
    waiting = to_place.drop(index=ready.index)
    found = [spots[str(identity)] for identity in ready["id"]] if len(ready) else []
    ready = ready.assign(
        lon=pd.Series([spot.lon for spot in found], index=ready.index, dtype=float),
        lat=pd.Series([spot.lat for spot in found], index=ready.index, dtype=float),
    )
    notes = []
    if len(ready):
        notes.append(
            note(
                "{n} rows of the {table} without a position were placed by a click on the map.",
                n=len(ready),
                table=note("stations") if table == "stations" else note("venues"),
            )
        )
    return ready.set_index("id") if len(ready) else ready, waiting, notes
