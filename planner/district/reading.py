"""The text of `district.toml` -> Settings, every name and value checked."""

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from pathlib import Path

from planner.columns import TABLES
from planner.district.defaults import DEFAULT_GROUPS, DEFAULT_HOSTS, DEFAULT_PERIODS
from planner.district.limits import limit_faults
from planner.district.settings import (
    MODES,
    Assumptions,
    FileSettings,
    Group,
    HostType,
    Limits,
    Period,
    ScoreWeights,
    Settings,
    StreetSettings,
    Way,
    WorkerSource,
)
from planner.district.toml_table import Range, TomlTable, fault
from planner.errors import InputError, Problem, SettingsError
from planner.geo import system_name
from planner.hours import read_hours
from planner.language import Message, note

__all__ = ["FILE_NAME", "read_settings", "read_text", "settings_from_toml"]

FILE_NAME = "district.toml"

_ACCESS = ("open", "registration", "gated")
_AT_LEAST_ZERO = Range(0)
_ABOVE_ZERO = Range(0, above_low=True)
_DAY_HOURS = 24
_FILES = ("stations", "venues", "boundary", "communities")
_FILE_NAMES = ("path", "crs", "sheet", "layer", "columns")
_KINDS = ("survey", "points")
_TOP = (
    "district",
    "files",
    "workers",
    "streets",
    "groups",
    "periods",
    "hosts",
    "assumptions",
    "limits",
    "score_weights",
)


def read_settings(folder: Path) -> Settings:
    """Read the settings of a district folder; groups, periods and hosts not named are the defaults.

    Raises
    ------
    InputError
        If there is no such folder or it has no `district.toml`.
    SettingsError
        If the file is not TOML, or a name or value in it is not known or not allowed; all faults
        are in `problems`.
    """
    path = Path(folder) / FILE_NAME
    if not path.is_file():
        what = note("There is no folder {folder}.", folder=folder)
        if Path(folder).is_dir():
            what = note("The folder {folder} has no {file}.", folder=folder, file=FILE_NAME)
        hint = note("To make a new district run: planner init {folder}", folder=folder)
        raise InputError(note("{what} {hint}", what=what, hint=hint))
    return settings_from_toml(read_text(path))


def read_text(path: Path) -> str:
    """Read the text of a `district.toml`.

    Raises
    ------
    SettingsError
        If it is not in UTF-8.
    InputError
        If it cannot be opened.
    """
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SettingsError(
            note("{file} is not in UTF-8. Save it again with the encoding UTF-8.", file=FILE_NAME)
        ) from error
    except OSError as error:
        raise InputError(
            note("{file} cannot be read: {reason}", file=path, reason=error.strerror)
        ) from error


def settings_from_toml(text: str) -> Settings:
    r"""Read settings from the text of a `district.toml`.

    Raises
    ------
    SettingsError
        As `read_settings`.

    Examples
    --------
    >>> settings_from_toml('[district]\nname = "江北"\n[limits]\ncount = 5').limits.count
    5
    """
    try:
        values = tomllib.loads(text.removeprefix("\ufeff"))
    except (tomllib.TOMLDecodeError, RecursionError) as error:  # brackets in brackets without end
        raise SettingsError(_not_toml(error)) from error
    top = TomlTable(values, FILE_NAME, [])
    settings = _settings(top)
    if top.faults:
        raise SettingsError(
            note("{file} has {n} faults:", file=FILE_NAME, n=len(top.faults)), problems=top.faults
        )
    return settings


def _not_toml(error: Exception) -> Message:
    at = re.search(r"line (\d+), column (\d+)", str(error))
    where = (
        note("line {line}, column {column}", line=at[1], column=at[2])
        if at
        else note("the end of the file")
    )
    return note(
        "{file} cannot be understood at {where}. Look at quotation marks, brackets and names that "
        "stand twice; write folders with / and not \\.",
        file=FILE_NAME,
        where=where,
    )


def _settings(top: TomlTable) -> Settings:
    top.only(_TOP)
    district = _inside(top, "district")
    district.only(("name", "data_note"))
    files = _inside(top, "files")
    files.only(_FILES)
    settings = Settings(
        name=district.needed_text("name"),
        data_note=_data_note(district),
        **{name: _file(files, name) for name in _FILES},
        workers=tuple(_worker_source(table) for table in top.tables("workers")),
        streets=_streets(_inside(top, "streets")),
        groups=_groups(top.tables("groups")) or DEFAULT_GROUPS,
        periods=_periods(top.tables("periods")) or DEFAULT_PERIODS,
        hosts=_hosts(top),
        assumptions=_assumptions(_inside(top, "assumptions")),
        limits=_limits(_inside(top, "limits")),
        score_weights=_weights(_inside(top, "score_weights")),
    )
    top.faults.extend(limit_faults(settings.limits, where=FILE_NAME))
    top.faults.extend(_twice("[[groups]] id", (group.id for group in settings.groups)))
    top.faults.extend(_twice("[[periods]] id", (period.id for period in settings.periods)))
    top.faults.extend(_gaps_of_the_day(settings.periods))
    return settings


def _data_note(district: TomlTable) -> str:
    """Read the note of the data; an empty one is no note."""
    value = district.values.get("data_note")
    if isinstance(value, str) and not value.strip():
        return ""
    return district.text("data_note")


def _inside(top: TomlTable, key: str) -> TomlTable:
    return top.table(key) or TomlTable({}, f"{FILE_NAME} [{key}]", top.faults)


def _file(files: TomlTable, name: str) -> FileSettings | None:
    table = files.table(name)
    if table is None:
        return None
    table.only(_FILE_NAMES)
    return _file_settings(table, name)


def _file_settings(table: TomlTable, kind: str) -> FileSettings:
    return FileSettings(
        path=table.needed_text("path"),
        crs=_crs(table),
        sheet=table.text("sheet") or None,
        layer=table.text("layer") or None,
        columns=_columns(table, kind),
    )


def _crs(table: TomlTable) -> str | None:
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


def _worker_source(table: TomlTable) -> WorkerSource:
    table.only(("kind", *_FILE_NAMES, "total_workers"))
    kind = table.needed_text("kind", among=_KINDS)
    file = _file_settings(table, kind)
    return WorkerSource(
        kind=kind,
        total_workers=table.number_or_none("total_workers", None, low=0),
        **{part.name: getattr(file, part.name) for part in fields(file)},
    )


def _streets(table: TomlTable) -> StreetSettings:
    base = StreetSettings()
    table.only([part.name for part in fields(base)])
    if "path" in table.values and "place" in table.values:
        table.tell(
            "place", table.values["place"], note("either path or place"), fix=note("Delete one.")
        )
    return StreetSettings(
        path=table.text("path") or None,
        place=table.text("place") or None,
        crs=_crs(table),
        layer=table.text("layer") or None,
        detour_factor=table.number("detour_factor", base.detour_factor, allowed=Range(1)),
        snap_limit_m=table.number("snap_limit_m", base.snap_limit_m, allowed=_ABOVE_ZERO),
        highway_column=table.text("highway_column", base.highway_column),
        oneway_column=table.text("oneway_column", base.oneway_column),
    )


def _groups(tables: Sequence[TomlTable]) -> tuple[Group, ...]:
    defaults = {group.id: group for group in DEFAULT_GROUPS}
    return tuple(_group(table, defaults) for table in tables)


def _group(table: TomlTable, defaults: dict[str, Group]) -> Group:
    """Read one group; what is left out of a group that has defaults is assumed."""
    table.only([part.name for part in fields(Group)])
    identity = table.needed_text("id")
    base = defaults.get(identity)
    name = table.text("name", base.name) if base else table.needed_text("name")
    parts = ("ways", "weekday", "weekend")
    left_out = base is not None and any(part not in table.values for part in parts)
    return Group(
        id=identity,
        name=name,
        name_en=table.text("name_en", base.name_en if base else name),
        ways=_ways(table, base.ways if base else ()),
        weekday=table.shares("weekday", base.weekday if base else (), length=_DAY_HOURS),
        weekend=table.shares("weekend", base.weekend if base else (), length=_DAY_HOURS),
        assumed=table.flag("assumed", default=left_out),
        aliases=table.texts("aliases", base.aliases if base else ()),
    )


def _ways(table: TomlTable, default: tuple[Way, ...]) -> tuple[Way, ...]:
    if "ways" not in table.values and default:
        return default
    ways = table.tables("ways")
    if not ways:
        example = 'ways = [{mode = "walk", reach_m = 500}]'
        expected = note("at least one way, such as {example}", example=example)
        table.tell("ways", "-", expected)
    for way in ways:
        way.name = f"{table.name} ways"
        way.only(("mode", "reach_m"))
    return tuple(
        Way(
            mode=way.needed_text("mode", among=MODES),
            reach_m=way.number("reach_m", 0.0, allowed=_ABOVE_ZERO),
        )
        for way in ways
    )


def _periods(tables: Sequence[TomlTable]) -> tuple[Period, ...]:
    return tuple(_period(table) for table in tables)


def _period(table: TomlTable) -> Period:
    table.only([part.name for part in fields(Period)])
    name = table.needed_text("name")
    return Period(
        id=table.needed_text("id"),
        name=name,
        name_en=table.text("name_en", name),
        start_hour=table.whole("start_hour", low=0, high=_DAY_HOURS - 1),
        end_hour=table.whole("end_hour", low=1, high=_DAY_HOURS),
    )


def _hours_of(period: Period) -> list[int]:
    length = (period.end_hour - period.start_hour) % _DAY_HOURS or _DAY_HOURS
    return [(period.start_hour + step) % _DAY_HOURS for step in range(length)]


def _gaps_of_the_day(periods: Iterable[Period]) -> list[Problem]:
    """Tell the hours that no period has, or more than one."""
    hours = [hour for period in periods for hour in _hours_of(period)]
    wrong = [hour for hour in range(_DAY_HOURS) if hours.count(hour) != 1]
    if not wrong:
        return []
    found = ", ".join(f"{hour}:00 x {hours.count(hour)}" for hour in wrong)
    expected = note("each hour of the day in exactly one period")
    return [fault(f"{FILE_NAME} [[periods]]", found, expected)]


def _twice(where: str, ids: Iterable[str]) -> list[Problem]:
    found = [identity for identity in ids if identity]
    return [
        fault(f"{FILE_NAME} {where}", identity, note("each id once"))
        for identity in dict.fromkeys(found)
        if found.count(identity) > 1
    ]


def _hosts(top: TomlTable) -> tuple[HostType, ...]:
    tables = _inside(top, "hosts")
    defaults = {host.id: host for host in DEFAULT_HOSTS}
    hosts = []
    for identity in tables.values:
        table = tables.table(identity)
        if table is not None:
            hosts.append(_host(identity, table, defaults.get(identity)))
    return tuple(hosts) or DEFAULT_HOSTS


def _host(identity: str, table: TomlTable, base: HostType | None) -> HostType:
    """Read one host type; what is left out of one that has defaults is assumed."""
    known = [part.name for part in fields(HostType) if part.name != "id"]
    table.only(known)
    needed = ("cost_setup_yuan", "cost_year_yuan", "hours")
    if base is None:
        for name in needed:
            if name not in table.values:
                table.tell(name, "-", note("a value"), fix=note("Add it."))
    base_name = table.text("name", base.name) if base else table.needed_text("name")
    empty = HostType(
        id=identity, name="", name_en="", cost_setup_yuan=0.0, cost_year_yuan=0.0, hours="24小时"
    )
    start = base or empty
    left_out = any(name not in table.values for name in needed)
    return HostType(
        id=identity,
        name=base_name,
        name_en=table.text("name_en", start.name_en or base_name),
        cost_setup_yuan=table.number(
            "cost_setup_yuan", start.cost_setup_yuan, allowed=_AT_LEAST_ZERO
        ),
        cost_year_yuan=table.number("cost_year_yuan", start.cost_year_yuan, allowed=_AT_LEAST_ZERO),
        hours=table.checked_text("hours", read_hours, start.hours),
        capacity=table.whole_or_none("capacity", start.capacity, low=0),
        assumed=table.flag("assumed", default=left_out),
        aliases=table.texts("aliases", start.aliases),
    )


def _assumptions(table: TomlTable) -> Assumptions:
    base = Assumptions()
    table.only([part.name for part in fields(base)])
    return Assumptions(
        hours=table.checked_text("hours", read_hours, base.hours),
        listed=table.flag("listed", default=base.listed),
        access=table.text("access", base.access, among=_ACCESS),
        cost_setup_yuan=table.number(
            "cost_setup_yuan", base.cost_setup_yuan, allowed=_AT_LEAST_ZERO
        ),
    )


def _limits(table: TomlTable) -> Limits:
    base = Limits()
    table.only([part.name for part in fields(base)])
    return Limits(
        budget_yuan=table.number_or_none("budget_yuan", None, low=0),
        count=table.whole_or_none("count", None, low=0),
        min_separation_m=table.number("min_separation_m", 0.0, allowed=_AT_LEAST_ZERO),
        separation_from_existing=table.flag(
            "separation_from_existing", default=base.separation_from_existing
        ),
        lock=table.texts("lock"),
        forbid=table.texts("forbid"),
        may_close=table.texts("may_close"),
        time_limit_s=table.number("time_limit_s", base.time_limit_s, allowed=_ABOVE_ZERO),
        gap_share=table.number("gap_share", base.gap_share, allowed=Range(0, 1)),
    )


def _weights(table: TomlTable) -> ScoreWeights:
    base = ScoreWeights()
    names = [part.name for part in fields(base)]
    table.only(names)
    weights = replace(
        base,
        **{name: table.number(name, getattr(base, name), allowed=_AT_LEAST_ZERO) for name in names},
    )
    if not any(getattr(weights, name) for name in names):
        table.tell(names[0], "0", note("at least one weight above 0"))
    return weights
