"""The table [limits] of `district.toml` -> what a plan is to achieve and must keep to."""

from dataclasses import fields

from planner.district.limit_parts import FLOORS_EACH, QUOTA_SCOPES, QUOTA_STATIONS
from planner.district.settings import (
    MEASURES,
    OBJECTIVES,
    Floor,
    GapLimit,
    Levels,
    Limits,
    Objective,
    Phase,
    Quota,
)
from planner.district.toml_table import (
    ABOVE_ZERO,
    AT_LEAST_ZERO,
    LENGTH_M,
    PRICE_HOURS,
    SHARE,
    TomlTable,
)
from planner.language import note

__all__ = ["read_limits"]

_CORNER = 2


def read_limits(table: TomlTable) -> Limits:
    """Read [limits] with its lists of tables; what contradicts itself is told by `limit_faults`."""
    base = Limits()
    table.only([part.name for part in fields(base)])
    return Limits(
        objectives=tuple(map(_objective, table.tables("objectives"))) or base.objectives,
        one_after_the_other=table.flag("one_after_the_other", default=False),
        robust=table.flag("robust", default=False),
        measures=table.texts("measures", base.measures, among=MEASURES),
        budget_yuan=table.number_or_none("budget_yuan", None, low=0),
        budget_union_yuan=table.number_or_none("budget_union_yuan", None, low=0),
        budget_partner_yuan=table.number_or_none("budget_partner_yuan", None, low=0),
        budget_year_yuan=table.number_or_none("budget_year_yuan", None, low=0),
        count=table.whole_or_none("count", None, low=0),
        min_separation_m=table.number("min_separation_m", 0.0, allowed=AT_LEAST_ZERO),
        separation_from_existing=table.flag(
            "separation_from_existing", default=base.separation_from_existing
        ),
        separation_along_streets=table.flag("separation_along_streets", default=False),
        lock=table.texts("lock"),
        forbid=table.texts("forbid"),
        no_go=_rings(table),
        may_close=table.texts("may_close"),
        may_move=table.texts("may_move"),
        containers=table.whole_or_none("containers", 0, low=0) or 0,
        gap=_gap(table.table("gap")),
        quotas=tuple(map(_quota, table.tables("quotas"))),
        floors=tuple(map(_floor, table.tables("floors"))),
        levels=_levels(table.table("levels")),
        phases=tuple(map(_phase, table.tables("phases"))),
        contiguous_m=_length_or_none(table, "contiguous_m"),
        seed=table.whole_or_none("seed", 0, low=0) or 0,
        work_limit=table.whole_or_none("work_limit", None, low=1),
        time_limit_s=table.number("time_limit_s", base.time_limit_s, allowed=AT_LEAST_ZERO),
        gap_share=table.number("gap_share", base.gap_share, allowed=SHARE),
    )


def _objective(table: TomlTable) -> Objective:
    base = Objective()
    table.only([part.name for part in fields(base)])
    return Objective(
        kind=table.text("kind", base.kind, among=OBJECTIVES),
        weight=table.number("weight", base.weight, allowed=ABOVE_ZERO),
        tolerance_share=table.number("tolerance_share", base.tolerance_share, allowed=SHARE),
        target_share=table.number("target_share", base.target_share, allowed=SHARE),
    )


def _quota(table: TomlTable) -> Quota:
    base = Quota()
    table.only([part.name for part in fields(base)])
    return Quota(
        scope=table.text("scope", base.scope, among=QUOTA_SCOPES),
        which=table.texts("which"),
        stations=table.text("stations", base.stations, among=QUOTA_STATIONS),
        least=table.whole_or_none("least", None, low=0),
        most=table.whole_or_none("most", None, low=0),
        least_share=_share_or_none(table, "least_share"),
        most_share=_share_or_none(table, "most_share"),
        least_per_street=table.number_or_none("least_per_street", None, low=0),
    )


def _floor(table: TomlTable) -> Floor:
    table.only([part.name for part in fields(Floor)])
    share = _share_or_none(table, "least_share")
    if "least_share" not in table.values:
        table.tell("least_share", "-", SHARE.told(), fix=note("Add it."))
    each = table.text("each", among=FLOORS_EACH) if table.values.get("each") != "" else ""
    return Floor(
        least_share=share or 0.0,
        groups=table.texts("groups"),
        communities=table.texts("communities"),
        each=each,
    )


def _gap(table: TomlTable | None) -> GapLimit | None:
    if table is None:
        return None
    base = GapLimit()
    table.only([part.name for part in fields(base)])
    return GapLimit(
        hard=table.flag("hard", default=base.hard),
        price_hours=table.number("price_hours", base.price_hours, allowed=PRICE_HOURS),
    )


def _levels(table: TomlTable | None) -> Levels | None:
    if table is None:
        return None
    table.only([part.name for part in fields(Levels)])
    for name in ("centre_hosts", "within_m"):
        if name not in table.values:
            table.tell(name, "-", note("a value"), fix=note("Add it."))
    return Levels(
        centre_hosts=table.texts("centre_hosts"),
        within_m=table.number("within_m", 1.0, allowed=LENGTH_M),
    )


def _phase(table: TomlTable) -> Phase:
    table.only([part.name for part in fields(Phase)])
    identity = table.needed_text("id")
    return Phase(
        id=identity,
        name=table.text("name", identity),
        name_en=table.text("name_en"),
        budget_yuan=table.number_or_none("budget_yuan", None, low=0),
        count=table.whole_or_none("count", None, low=0),
        quotas=tuple(map(_quota, table.tables("quotas"))),
        weight=table.number("weight", 1.0, allowed=ABOVE_ZERO),
        done=table.texts("done") if "done" in table.values else None,
    )


def _share_or_none(table: TomlTable, key: str) -> float | None:
    if key not in table.values:
        return None
    return table.number(key, 0.0, allowed=SHARE)


def _length_or_none(table: TomlTable, key: str) -> float | None:
    if key not in table.values:
        return None
    return table.number(key, 1.0, allowed=LENGTH_M)


def _rings(table: TomlTable) -> tuple[tuple[tuple[float, float], ...], ...]:
    """Read no_go, a list of rings of [lon, lat]."""
    value = table.values.get("no_go", [])
    rings = value if isinstance(value, list) else [value]
    read = [_ring(ring) for ring in rings]
    for ring, found in zip(rings, read, strict=True):
        if found is None:
            example = "no_go = [[[106.50, 29.50], [106.51, 29.50], [106.51, 29.51]]]"
            expected = note("rings of [lon, lat], such as {example}", example=example)
            table.tell("no_go", ring, expected)
    return tuple(ring for ring in read if ring is not None)


def _ring(value: object) -> tuple[tuple[float, float], ...] | None:
    """Read one ring; None where it is not a list of pairs of numbers."""
    if not isinstance(value, list) or not all(map(_is_corner, value)):
        return None
    return tuple((float(lon), float(lat)) for lon, lat in value)


def _is_corner(value: object) -> bool:
    return (
        isinstance(value, list)
        and len(value) == _CORNER
        and all(isinstance(part, int | float) and not isinstance(part, bool) for part in value)
    )
