"""[measures.*] of `district.toml` -> what can be done to sites, and what it costs."""

from collections.abc import Collection
from dataclasses import fields, replace

from planner.district.default_measures import DEFAULT_MEASURES
from planner.district.settings import MEASURES, HostCost, Measure
from planner.district.toml_table import AT_LEAST_ZERO, LENGTH_M, SHARE, Range, TomlTable
from planner.hours import read_hours
from planner.language import note

__all__ = ["read_measures"]

_ANY = Range(-1e9, 1e9)
_ONLY_OF = {
    "hours": ("open_evening", "extend_evening"),
    "seats": ("enlarge",),
    "within_m": ("move",),
}
"""What is said of some measures alone."""
_FREE = ("close",)
"""A measure that takes no money: what it saves is the running cost of the station."""
_MONEY = ("cost_setup_yuan", "cost_year_yuan", "union_share", "hosts")


def read_measures(table: TomlTable, hosts: Collection[str]) -> tuple[Measure, ...]:
    """Read [measures]; of what it does not name the defaults hold.

    Parameters
    ----------
    hosts
        Ids of the host types of the district; what a default measure says of others is left out.

    Returns
    -------
    tuple of Measure
        All of MEASURES, in their order.
    """
    table.only(MEASURES)
    return tuple(_measure(table, _known_hosts(base, hosts), hosts) for base in DEFAULT_MEASURES)


def _known_hosts(base: Measure, hosts: Collection[str]) -> Measure:
    return replace(base, hosts=tuple(each for each in base.hosts if each.host in hosts))


def _measure(top: TomlTable, base: Measure, hosts: Collection[str]) -> Measure:
    """Read one measure; what is left out of it is as usual."""
    table = top.table(base.id)
    if table is None:
        return base
    table.only(_names(base.id))
    setup = table.number("cost_setup_yuan", base.cost_setup_yuan, allowed=AT_LEAST_ZERO)
    year = table.number("cost_year_yuan", base.cost_year_yuan, allowed=_ANY)
    share = table.values.get("union_share")
    return Measure(
        id=base.id,
        cost_setup_yuan=setup,
        cost_year_yuan=year,
        hosts=_hosts(table, base, (setup, year), hosts),
        hours=table.checked_text("hours", read_hours, base.hours) if base.hours else "",
        seats=table.whole_or_none("seats", base.seats, low=0) or 0,
        within_m=_within(table, base.within_m),
        union_share=None if share is None else table.number("union_share", 1.0, allowed=SHARE),
        possible=table.flag("possible", default=True),
        assumed=table.flag("assumed", default=not table.values.keys() & set(_MONEY)),
    )


def _within(table: TomlTable, default: float) -> float:
    return table.number("within_m", default, allowed=LENGTH_M) if default else 0.0


def _names(identity: str) -> list[str]:
    """Give the names that a measure knows."""
    left_out = {"id"} | {name for name, of in _ONLY_OF.items() if identity not in of}
    if identity in _FREE:
        left_out |= set(_MONEY)
    return [part.name for part in fields(Measure) if part.name not in left_out]


def _hosts(
    table: TomlTable, base: Measure, cost: tuple[float, float], hosts: Collection[str]
) -> tuple[HostCost, ...]:
    """Read what a measure costs at some host types, those of the default one among them.

    A host type with an empty table is as all the others.
    """
    named = table.table("hosts")
    found: dict[str, HostCost | None] = {each.host: each for each in base.hosts}
    for identity in named.values if named is not None else ():
        inside = named.table(identity) if named is not None else None
        if identity not in hosts:
            table.tell(f"hosts.{identity}", identity, note("a host type of [hosts]"))
        elif inside is not None:
            usual = found.get(identity) or HostCost(
                host=identity, cost_setup_yuan=cost[0], cost_year_yuan=cost[1]
            )
            found[identity] = _host(inside, usual) if inside.values else None
    return tuple(each for _, each in sorted(found.items()) if each is not None)


def _host(table: TomlTable, base: HostCost) -> HostCost:
    table.only([part.name for part in fields(HostCost) if part.name != "host"])
    return HostCost(
        host=base.host,
        cost_setup_yuan=table.number(
            "cost_setup_yuan", base.cost_setup_yuan, allowed=AT_LEAST_ZERO
        ),
        cost_year_yuan=table.number("cost_year_yuan", base.cost_year_yuan, allowed=_ANY),
        possible=table.flag("possible", default=base.possible or "cost_setup_yuan" in table.values),
    )
