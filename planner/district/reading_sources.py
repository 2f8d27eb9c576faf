"""Tables of `district.toml` -> the files of a district and its sources of workers."""

from collections.abc import Sequence
from dataclasses import fields
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from planner.columns import TABLES
from planner.district.settings import FileSettings, PingRules, Rate, WorkerSource
from planner.district.toml_table import ABOVE_ZERO, AT_LEAST_ZERO, TomlTable
from planner.geo import system_name
from planner.language import note

__all__ = ["FILES", "KINDS", "read_crs", "read_file", "read_source"]

FILES = ("stations", "venues", "boundary", "communities", "grids", "no_go", "travel")
"""Names under [files], which are those of the settings."""
KINDS = ("survey", "points", "pings", "proxies")
_FILE_NAMES = ("path", "crs", "sheet", "layer", "columns")
_GIVES = ("headcount", "pattern")
_MEASURES = ("count", "area", "length", "amount")
_OF_PROXIES = ("measure", "rates")


def read_file(files: TomlTable, name: str) -> FileSettings | None:
    """Read [files.*], one of `FILES`; nothing where it is not there."""
    table = files.table(name)
    if table is None:
        return None
    table.only(_FILE_NAMES)
    return _file_settings(table, name)


def _file_settings(table: TomlTable, kind: str) -> FileSettings:
    return FileSettings(
        path=table.needed_text("path"),
        crs=read_crs(table),
        sheet=table.text("sheet") or None,
        layer=table.text("layer") or None,
        columns=_columns(table, kind),
    )


def read_crs(table: TomlTable) -> str | None:
    """Read the coordinate system of a file under the name that `geo` gives it."""
    named = table.checked_text("crs", system_name) if "crs" in table.values else ""
    return system_name(named) if named else None


def _columns(table: TomlTable, kind: str) -> dict[str, str]:
    inside = table.table("columns")
    if inside is None:
        return {}
    known = [column.name for column in TABLES[kind]] if kind in TABLES else []
    if known:
        inside.only(known)
    return {name: inside.needed_text(name) for name in inside.values if name in known}


def read_source(table: TomlTable, groups: Sequence[str]) -> WorkerSource:
    """Read one of [[workers]].

    Parameters
    ----------
    groups
        Ids of the groups that a source or a rate may name.
    """
    table.only([part.name for part in fields(WorkerSource)])
    kind = table.needed_text("kind", among=KINDS)
    _refuse_of_another_kind(table, kind)
    file = _file_settings(table, kind)
    source = WorkerSource(
        kind=kind,
        path=file.path,
        crs=file.crs,
        sheet=file.sheet,
        layer=file.layer,
        columns=file.columns,
        total_workers=table.number_or_none("total_workers", None, low=0),
        gives=table.text("gives", among=_GIVES) or None,
        trust=table.number("trust", 1.0, allowed=ABOVE_ZERO),
        groups=table.texts("groups", among=groups),
        measure=table.text("measure", "count", among=_MEASURES),
        rates=_rates(table, groups),
        pings=_pings(table.table("pings")),
    )
    if kind == "proxies" and source.gives == "headcount" and _counts_nobody(source):
        expected = note("a rate of workers, or total_workers, where a source gives a headcount")
        table.tell("rates", "-", expected, fix=note("Add it."))
    return source


def _counts_nobody(source: WorkerSource) -> bool:
    return source.total_workers is None and not any(rate.workers for rate in source.rates)


def _refuse_of_another_kind(table: TomlTable, kind: str) -> None:
    """Refuse names that mean something for another kind of source alone."""
    if kind not in KINDS:
        return
    names = [name for name in _OF_PROXIES if kind != "proxies"]
    names += ["pings"] if kind != "pings" else []
    for name in names:
        if name in table.values:
            other = "pings" if name == "pings" else "proxies"
            expected = note("nothing: {name} belongs to kind {other}", name=name, other=other)
            table.tell(name, kind, expected, fix=note("Correct or delete it."))


def _rates(table: TomlTable, groups: Sequence[str]) -> tuple[Rate, ...]:
    found: dict[tuple[str, str], Rate] = {}
    for part in table.tables("rates"):
        rate = _rate(part, groups)
        if (rate.group, rate.of) in found:
            part.tell("group", rate.group, note("each group and class once"))
        found[rate.group, rate.of] = rate
    return tuple(found.values())


def _rate(table: TomlTable, groups: Sequence[str]) -> Rate:
    table.only([part.name for part in fields(Rate)])
    if "workers" not in table.values:
        table.tell("workers", "-", AT_LEAST_ZERO.told(), fix=note("Add it."))
    return Rate(
        group=table.needed_text("group", among=groups),
        workers=table.number("workers", 0.0, allowed=AT_LEAST_ZERO),
        of=table.text("of"),
    )


def _pings(table: TomlTable | None) -> PingRules:
    base = PingRules()
    if table is None:
        return base
    table.only([part.name for part in fields(base)])
    return PingRules(
        most_gap_min=table.number("most_gap_min", base.most_gap_min, allowed=ABOVE_ZERO),
        most_speed_kmh=table.number("most_speed_kmh", base.most_speed_kmh, allowed=ABOVE_ZERO),
        stay_radius_m=table.number("stay_radius_m", base.stay_radius_m, allowed=ABOVE_ZERO),
        stay_min=table.number("stay_min", base.stay_min, allowed=AT_LEAST_ZERO),
        only_stays=table.flag("only_stays", default=base.only_stays),
        timezone=table.checked_text("timezone", _time_zone, base.timezone),
    )


def _time_zone(name: str) -> ZoneInfo:
    """Give a time zone.

    Raises
    ------
    ValueError
        If it is not known.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(note("'{name}' is no known time zone", name=name)) from error
