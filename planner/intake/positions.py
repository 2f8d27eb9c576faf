"""Positions as a file states them -> WGS-84 degrees, with the fault of each row."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
import shapely
from numpy.typing import NDArray

from planner.columns import Kind
from planner.errors import InputError
from planner.geo import to_wgs84
from planner.intake.body import Body, Rule
from planner.intake.cells import is_blank, is_date, read_degrees, read_pair
from planner.intake.faults import Faults
from planner.intake.grid import Source
from planner.intake.layout import lines_text
from planner.intake.numbers import TYPED_AS_DATE, bare_numbers
from planner.intake.privacy import shown
from planner.intake.systems import system_of
from planner.language import Message, note

__all__ = ["Positions", "looks_swapped", "read_positions"]

_Floats = NDArray[np.float64]
_Bools = NDArray[np.bool_]

# A rough box around China, wide enough for every shifted system; only to tell swapped columns.
_WEST, _EAST, _SOUTH, _NORTH = 73.0, 136.0, 3.0, 54.0
_MOST_EAST, _MOST_NORTH = 180.0, 90.0
_COLUMNS = ("lon", "lat", "lnglat", "latlng")
_COARSE_DECIMALS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Positions:
    """WGS-84 degrees of each row, shape (n,), NaN where there is none."""

    lon: _Floats
    lat: _Floats
    missing: _Bools
    """Rows that state no position at all."""
    x: _Floats
    """First number as the file states it, before it is converted; NaN where there is none."""
    y: _Floats
    column: str
    """Canonical name of the column that positions stand in first; "": they are shapes."""
    notes: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stated:
    """What the file states, before it is converted."""

    x: _Floats
    y: _Floats
    missing: _Bools
    columns: tuple[str, ...]
    """Canonical names of the columns that hold it; empty: the shapes."""
    named_swapped: _Bools
    """Rows whose text itself says that latitude stands where longitude belongs."""

    @property
    def known(self) -> _Bools:
        return np.isfinite(self.x) & np.isfinite(self.y)


def read_positions(body: Body, faults: Faults, *, source: Source) -> Positions:
    """Read where each row is.

    A position stands in the shape of a map file (whatever its columns say), else in two columns,
    and where these are blank in one cell. Out of range, swapped, half missing or unreadable
    positions and those at 0, 0 are faults.

    Raises
    ------
    InputError
        If longitude and latitude are swapped in every row, or the coordinate system is not known.
    """
    named = [] if body.geometry is not None else [n for n in _COLUMNS if n in body.header]
    system = system_of(source, own=body.crs, headers=[body.header[name] for name in named])
    stated = _from_columns(body, faults) if body.geometry is None else _from_shapes(body.geometry)
    if system.degrees:
        _find_off_degrees(faults, stated, source)
    good = stated.known & ~faults.bad
    lon, lat = np.full(body.size, np.nan), np.full(body.size, np.nan)
    lon[good], lat[good] = to_wgs84(stated.x[good], stated.y[good], crs=system.name)
    lost = ~stated.missing & ~faults.bad & ~(np.isfinite(lon) & np.isfinite(lat))
    _fault(faults, stated, lost, _NOT_IN_SYSTEM)
    told = _coarse(body, stated, good) if system.degrees else []
    return Positions(
        lon=lon,
        lat=lat,
        missing=stated.missing,
        x=stated.x,
        y=stated.y,
        column=next(iter(stated.columns), ""),
        notes=(*system.notes, *told),
    )


def _coarse(body: Body, stated: _Stated, good: _Bools) -> list[Message]:
    """Tell which positions are rounded so far that they may be a kilometre off."""
    x, y = np.where(good, stated.x, np.nan), np.where(good, stated.y, np.nan)
    coarse = (x == x.round(_COARSE_DECIMALS)) & (y == y.round(_COARSE_DECIMALS))
    if not coarse.any():
        return []
    return [
        note(
            "{table}: positions in rows {rows} have at most 2 decimals, so they may be about a "
            "kilometre off.",
            table=body.table,
            rows=lines_text(body.line[coarse].tolist()),
        )
    ]


def _from_columns(body: Body, faults: Faults) -> _Stated:
    """Read the columns of a table: two, and one where these are blank."""
    parts = [_from_two(body, faults)] if "lon" in body.text and "lat" in body.text else []
    for name in ("lnglat", "latlng"):
        if name in body.text:
            needed = parts[-1].missing if parts else np.ones(body.size, dtype=bool)
            parts.append(_from_one(body, faults, name, needed=needed))
    if not parts:
        nowhere = np.full(body.size, np.nan)
        return _stated_as(nowhere, nowhere, np.ones(body.size, dtype=bool), columns=())
    return reduce(_filled, parts)


def _stated_as(x: _Floats, y: _Floats, missing: _Bools, *, columns: tuple[str, ...]) -> _Stated:
    nowhere = np.zeros(len(x), dtype=bool)
    return _Stated(x=x, y=y, missing=missing, columns=columns, named_swapped=nowhere)


def _filled(first: _Stated, other: _Stated) -> _Stated:
    """Take a position from other columns where the first ones have none."""
    gap = first.missing & ~other.missing
    if not gap.any():
        return first
    return _Stated(
        x=np.where(gap, other.x, first.x),
        y=np.where(gap, other.y, first.y),
        missing=first.missing & other.missing,
        columns=first.columns or other.columns,
        named_swapped=np.where(gap, other.named_swapped, first.named_swapped),
    )


def _from_two(body: Body, faults: Faults) -> _Stated:
    lon, lon_axis, lon_blank = _degrees(body, "lon")
    lat, lat_axis, lat_blank = _degrees(body, "lat")
    pairs = np.isnan(lon) & lat_blank & ~lon_blank
    if pairs.any():  # both in the cell of the longitude
        first, second, axis = _pairs(body.text["lon"])
        inside = pairs & ~np.isnan(first)
        lon, lat = np.where(inside, first, lon), np.where(inside, second, lat)
        lon_axis, lat_blank = np.where(inside, axis, lon_axis), lat_blank & ~inside
    missing = lon_blank & lat_blank
    for name, values, blank in (("lon", lon, lon_blank), ("lat", lat, lat_blank)):
        kind = _LON if name == "lon" else _LAT
        faults.add(blank & ~missing, Rule(column=name, expected=kind, fix=_HALF_FIX))
        unreadable = np.isnan(values) & ~blank
        dates = unreadable & body.test(name, is_date) if unreadable.any() else unreadable
        faults.add(dates, Rule(column=name, expected=kind, fix=TYPED_AS_DATE))
        faults.add(unreadable, Rule(column=name, expected=kind, fix=_DEGREES_FIX))
    swapped = ((lon_axis == "lat") & (lat_axis != "lat")) | (
        (lat_axis == "lon") & (lon_axis != "lon")
    )
    return _Stated(x=lon, y=lat, missing=missing, columns=("lon", "lat"), named_swapped=swapped)


def _degrees(body: Body, name: str) -> tuple[_Floats, NDArray[np.object_], _Bools]:
    """Read a column of degrees: number, axis that the text names, whether it is blank."""
    codes, different = body.different(name)
    numbers = bare_numbers(different)
    axes = np.full(len(different), "", dtype=object)
    for at in np.flatnonzero(np.isnan(numbers)):
        numbers[at], axes[at] = read_degrees(different[at])
    return numbers[codes], axes[codes], body.test(name, is_blank)


def _pairs(texts: NDArray[np.object_]) -> tuple[_Floats, _Floats, NDArray[np.object_]]:
    read = [read_pair(text) for text in texts]
    first = np.array([pair[0] for pair in read], dtype=float)
    second = np.array([pair[1] for pair in read], dtype=float)
    return first, second, np.array([pair[2] for pair in read], dtype=object)


def _from_one(body: Body, faults: Faults, name: str, *, needed: _Bools) -> _Stated:
    """Read pairs in one cell; what is not needed may be anything."""
    texts = np.where(needed, body.text[name], "")
    first, second, axis = _pairs(texts)
    missing = np.array([is_blank(text) for text in texts], dtype=bool)
    unreadable = np.isnan(first) & ~missing
    faults.add(unreadable, Rule(column=name, expected=_PAIR[name], fix=_DEGREES_FIX))
    # A text that names its axes needs no column to say the order.
    turned = (axis == "lat") if name == "lnglat" else (axis != "lon")
    x, y = np.where(turned, second, first), np.where(turned, first, second)
    return _stated_as(x, y, missing, columns=(name,))


def _from_shapes(geometry: NDArray[np.object_]) -> _Stated:
    shapes = np.asarray(geometry, dtype=object)
    missing = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    points = shapely.get_type_id(shapes) == shapely.GeometryType.POINT
    # A station drawn as a building is where its middle is.
    with np.errstate(over="ignore", invalid="ignore"):  # a damaged shape has no middle
        middle = np.where(points | missing, shapes, shapely.centroid(shapes))
    return _stated_as(shapely.get_x(middle), shapely.get_y(middle), missing, columns=())


def _find_off_degrees(faults: Faults, stated: _Stated, source: Source) -> None:
    x, y = stated.x, stated.y
    known = stated.known
    swapped = known & (stated.named_swapped | looks_swapped(x, y))
    if swapped.any() and swapped.sum() == known.sum() > 1:
        raise InputError(
            note(
                "{table}: longitude and latitude are swapped in all {n} rows with a position. "
                "Swap the two headers (or the two columns) and save the file.",
                table=source.label,
                n=int(swapped.sum()),
            )
        )
    _fault(faults, stated, swapped, _SWAPPED)
    _fault(faults, stated, known & (x == 0) & (y == 0), _AT_ZERO)
    for column, values, most, rule in (
        ("lon", x, _MOST_EAST, _LON_RANGE),
        ("lat", y, _MOST_NORTH, _LAT_RANGE),
    ):
        outside = known & (np.abs(values) > most) & ~swapped
        at = (column,) if column in stated.columns else stated.columns
        _fault(faults, stated, outside, rule, columns=at)


def looks_swapped(x: _Floats, y: _Floats) -> _Bools:
    """Tell where the numbers lie in China only with longitude and latitude changed over."""
    straight = (x >= _WEST) & (x <= _EAST) & (y >= _SOUTH) & (y <= _NORTH)
    crossed = (y >= _WEST) & (y <= _EAST) & (x >= _SOUTH) & (x <= _NORTH)
    return np.asarray(crossed & ~straight)


def _fault(
    faults: Faults,
    stated: _Stated,
    where: _Bools,
    rule: Rule,
    *,
    columns: Sequence[str] | None = None,
) -> None:
    """Note a fault in the first column of a position, showing both numbers."""
    if not where.any():
        return
    names = stated.columns if columns is None else columns
    found = np.full(len(where), "", dtype=object)
    for row in np.flatnonzero(where):
        found[row] = shown(f"{stated.x[row]:.10g}, {stated.y[row]:.10g}")
    column = names[0] if names else ""
    rule = Rule(column=column, expected=rule.expected, fix=rule.fix)
    faults.add(where, rule, found=found.tolist() if len(names) != 1 else None)


_LON = note("longitude in degrees, -180 to 180")
_LAT = note("latitude in degrees, -90 to 90")
_PAIR = {
    Kind.LNGLAT.name.lower(): note("longitude and latitude with a comma between: 113.26,23.13"),
    Kind.LATLNG.name.lower(): note("latitude and longitude with a comma between: 23.13,113.26"),
}
_HALF_FIX = note("Write both longitude and latitude, or leave both blank and give an address.")
_DEGREES_FIX = note("Write degrees as a number, such as 113.2644, or as 113°15′52″.")
_SWAPPED = Rule(
    expected=note("longitude first, then latitude"),
    fix=note("Longitude and latitude are swapped in this row: change them over."),
)
_AT_ZERO = Rule(
    expected=note("a place on land"),
    fix=note("0, 0 lies in the sea off Africa: write the true position, or leave both blank."),
)
_LON_RANGE = Rule(expected=_LON, fix=note("Correct or delete the row."))
_LAT_RANGE = Rule(expected=_LAT, fix=note("Correct or delete the row."))
_NOT_IN_SYSTEM = Rule(
    expected=note("a position in the coordinate system of the file"),
    fix=note("Check the crs of this file in district.toml, and the numbers of this row."),
)
