"""Tables of `district.toml` -> groups of workers, seasons, periods and host types."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace

from planner.district.defaults import DEFAULT_GROUPS, DEFAULT_HOSTS, DEFAULT_SEASONS
from planner.district.settings import (
    MODES,
    Group,
    HostType,
    Period,
    Season,
    SeasonPresence,
    Way,
)
from planner.district.toml_table import AT_LEAST_ZERO, LENGTH_M, Range, TomlTable
from planner.hours import day_of_year, read_hours
from planner.language import note

__all__ = ["read_groups", "read_hosts", "read_periods", "read_seasons"]

_DAY_HOURS = 24
_WEEKS = Range(0, 53, above_low=True)


def read_seasons(tables: Sequence[TomlTable]) -> tuple[Season, ...]:
    """Read [[seasons]]; without any, the default ones."""
    return tuple(_season(table) for table in tables) or DEFAULT_SEASONS


def _season(table: TomlTable) -> Season:
    table.only([part.name for part in fields(Season)])
    identity = table.needed_text("id")
    base = next((season for season in DEFAULT_SEASONS if season.id == identity), None)
    name = table.text("name", base.name) if base else table.needed_text("name")
    if base is None and "weeks" not in table.values:
        table.tell("weeks", "-", _WEEKS.told(), fix=note("Add it."))
    return Season(
        id=identity,
        name=name,
        name_en=table.text("name_en", base.name_en if base else name),
        weeks=table.number("weeks", base.weeks if base else 1.0, allowed=_WEEKS),
        assumed=table.flag("assumed", default="weeks" not in table.values),
        starts=_first_day(table, base.starts if base else ""),
    )


def _first_day(table: TomlTable, default: str) -> str:
    """Read the first day of a season; an empty one is not known."""
    value = table.values.get("starts", default)
    if not value:
        return ""
    return table.checked_text("starts", day_of_year, default)


def read_groups(tables: Sequence[TomlTable], seasons: Sequence[Season]) -> tuple[Group, ...]:
    """Read [[groups]]; without any, the default ones."""
    known = [season.id for season in seasons]
    defaults = {group.id: _in_seasons(group, known) for group in DEFAULT_GROUPS}
    return tuple(_group(table, defaults, known) for table in tables) or tuple(defaults.values())


def _in_seasons(group: Group, known: Sequence[str]) -> Group:
    """Leave out of a default group the seasons that the district does not have."""
    return replace(group, seasons=tuple(part for part in group.seasons if part.season in known))


def _group(table: TomlTable, defaults: Mapping[str, Group], seasons: Sequence[str]) -> Group:
    """Read one group; what is left out of a group that has defaults is assumed."""
    table.only([part.name for part in fields(Group)])
    identity = table.needed_text("id")
    base = defaults.get(identity)
    name = table.text("name", base.name) if base else table.needed_text("name")
    parts = ("ways", "weekday", "weekend")
    left_out = base is not None and any(part not in table.values for part in parts)
    group = Group(
        id=identity,
        name=name,
        name_en=table.text("name_en", base.name_en if base else name),
        ways=_ways(table, base.ways if base else ()),
        weekday=table.shares("weekday", base.weekday if base else (), length=_DAY_HOURS),
        weekend=table.shares("weekend", base.weekend if base else (), length=_DAY_HOURS),
        assumed=table.flag("assumed", default=left_out),
        aliases=table.texts("aliases", base.aliases if base else ()),
        total_workers=table.number_or_none("total_workers", None, low=0),
    )
    return replace(group, seasons=_presences(table, group, base, seasons))


def _presences(
    table: TomlTable, group: Group, base: Group | None, seasons: Sequence[str]
) -> tuple[SeasonPresence, ...]:
    """Read when a group is out in each season.

    The seasons of a default group hold where its hours of the year are left as they are.
    """
    if "seasons" not in table.values:
        usual = base is not None and (group.weekday, group.weekend) == (base.weekday, base.weekend)
        return base.seasons if base is not None and usual else ()
    found: dict[str, SeasonPresence] = {}
    for part in table.tables("seasons"):
        presence = _presence(part, seasons)
        if presence.season in found:
            part.tell("season", presence.season, note("each season once"))
        found[presence.season] = presence
    return tuple(found.values())


def _presence(table: TomlTable, seasons: Sequence[str]) -> SeasonPresence:
    table.only([part.name for part in fields(SeasonPresence)])
    return SeasonPresence(
        season=table.needed_text("season", among=seasons),
        weekday=table.shares("weekday", (), length=_DAY_HOURS),
        weekend=table.shares("weekend", (), length=_DAY_HOURS),
        headcount_factor=table.number("headcount_factor", 1.0, allowed=AT_LEAST_ZERO),
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
            reach_m=way.number("reach_m", 0.0, allowed=LENGTH_M),
        )
        for way in ways
    )


def read_periods(tables: Sequence[TomlTable]) -> tuple[Period, ...]:
    """Read [[periods]]."""
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


def read_hosts(tables: TomlTable) -> tuple[HostType, ...]:
    """Read [hosts.*]; without any, the default ones."""
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
            "cost_setup_yuan", start.cost_setup_yuan, allowed=AT_LEAST_ZERO
        ),
        cost_year_yuan=table.number("cost_year_yuan", start.cost_year_yuan, allowed=AT_LEAST_ZERO),
        hours=table.checked_text("hours", read_hours, start.hours),
        capacity=table.whole_or_none("capacity", start.capacity, low=0),
        assumed=table.flag("assumed", default=left_out),
        aliases=table.texts("aliases", start.aliases),
    )
