"""What a file says of its coordinate system -> the one it is read in."""

from collections.abc import Sequence
from dataclasses import dataclass

from pyproj import CRS

from planner.errors import InputError
from planner.geo import SYSTEMS, system_name
from planner.intake.cells import word_key
from planner.intake.grid import Source
from planner.language import Message, note

__all__ = ["System", "system_of"]

_IN_HEADERS = {
    "GCJ-02": ("gcj", "高德", "火星", "腾讯", "amap"),
    "BD-09": ("bd09", "百度", "baidu"),
    "WGS-84": ("wgs", "gps"),
    "CGCS2000": ("cgcs", "国家2000", "天地图"),
}
_ALIKE = {"CGCS2000": "WGS-84"}
"""Systems that differ by less than a metre."""


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """The coordinate system of a file."""

    name: str
    """One of geo.SYSTEMS, or "EPSG:n"."""
    degrees: bool
    """Whether its numbers are degrees."""
    notes: tuple[Message, ...] = ()
    """What was assumed, or what in the file says otherwise."""


def system_of(source: Source, *, own: CRS | None, headers: Sequence[str] = ()) -> System:
    """Decide the coordinate system of a file.

    The declared one holds; else the one that a header of a position names, else that of the map
    file itself, else WGS-84 is assumed. What contradicts the choice is told.

    Parameters
    ----------
    own
        What a map file names, always with an EPSG code.
    headers
        Of the columns that hold the position.

    Raises
    ------
    InputError
        If the declared system is not known.
    """
    named = _named_in(headers)
    inside = None if own is None else system_name(f"EPSG:{own.to_epsg()}")
    if source.crs is not None:
        declared = _declared(source, source.crs)
        return _system(declared, _contradictions(source, declared, named, inside))
    if named is not None:
        told = note(
            "{table}: a header names the coordinate system {system}; it was used.",
            table=source.label,
            system=named,
        )
        return _system(named, (told,))
    if inside is not None:
        return _system(inside, ())
    assumed = note(
        "{table}: no coordinate system is stated; WGS-84 was assumed. State it in district.toml "
        "(crs), for example GCJ-02 for Amap and Tencent, BD-09 for Baidu.",
        table=source.label,
    )
    return _system("WGS-84", (assumed,))


def _named_in(headers: Sequence[str]) -> str | None:
    keys = [word_key(header) for header in headers]
    return next(
        (
            system
            for system, words in _IN_HEADERS.items()
            if any(word in key for word in words for key in keys)
        ),
        None,
    )


def _declared(source: Source, crs: str) -> str:
    try:
        return system_name(crs)
    except ValueError as error:
        raise InputError(
            note(
                "{table}: the coordinate system '{found}' is not known. Write WGS-84, GCJ-02, "
                "BD-09, CGCS2000 or an EPSG code such as EPSG:4490 as crs of this file in "
                "district.toml.",
                table=source.label,
                found=crs,
            )
        ) from error


def _contradictions(
    source: Source, declared: str, named: str | None, inside: str | None
) -> tuple[Message, ...]:
    out = []
    if named is not None and _alike(named) != _alike(declared):
        out.append(
            note(
                "{table}: a header names the coordinate system {system}, but {declared} is "
                "declared and was used. Check which is right: the two lie hundreds of metres "
                "apart.",
                table=source.label,
                system=named,
                declared=declared,
            )
        )
    # No map file can name GCJ-02 or BD-09, so there it says nothing.
    shifted = declared in {"GCJ-02", "BD-09"}
    if inside is not None and not shifted and _alike(inside) != _alike(declared):
        out.append(
            note(
                "{table}: the file itself names the coordinate system {own}; the declared "
                "{declared} was used.",
                table=source.label,
                own=inside,
                declared=declared,
            )
        )
    return tuple(out)


def _alike(system: str) -> str:
    return _ALIKE.get(system, system)


def _system(name: str, notes: tuple[Message, ...]) -> System:
    degrees = name in SYSTEMS or bool(CRS.from_user_input(name).is_geographic)
    return System(name=name, degrees=degrees, notes=notes)
