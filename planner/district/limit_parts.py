"""Objectives, quotas, floors, levels, phases and areas of a plan -> what is wrong with them."""

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

import shapely

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
    Range,
)
from planner.language import Message, note

__all__ = ["FLOORS_EACH", "QUOTA_SCOPES", "QUOTA_STATIONS", "Wrong", "ranges_kept", "wrong_parts"]

QUOTA_SCOPES = ("all", "community", "street", "host_type")
QUOTA_STATIONS = ("any", "all_day", "evening", "benchmark", "new", "container", "centre")
FLOORS_EACH = ("group", "community")
_WHOLE = Range(0)
_QUOTA = {
    "least": _WHOLE,
    "most": _WHOLE,
    "least_share": SHARE,
    "most_share": SHARE,
    "least_per_street": AT_LEAST_ZERO,
}
_OBJECTIVE = {"weight": ABOVE_ZERO, "tolerance_share": SHARE, "target_share": SHARE}
_PHASE = {"budget_yuan": AT_LEAST_ZERO, "count": _WHOLE, "weight": ABOVE_ZERO}
_CORNERS = 3
_LON, _LAT = 180, 90


class Wrong(NamedTuple):
    """One fault of a limit."""

    key: str
    """Such as "quotas 2 least": within [limits]."""
    found: object
    expected: Message
    fix: Message | None = None


def wrong_parts(limits: Limits) -> Iterator[Wrong]:
    """Tell every part of the limits that is out of range or contradicts itself."""
    yield from _among("measures", limits.measures, MEASURES)
    yield from _wrong_objectives(limits.objectives)
    for at, quota in enumerate(limits.quotas, start=1):
        yield from _wrong_quota(f"quotas {at}", quota, limits.levels)
    for at, floor in enumerate(limits.floors, start=1):
        yield from _wrong_floor(f"floors {at}", floor)
    if limits.gap is not None:
        yield from _wrong_gap(limits.gap)
    if limits.levels is not None:
        yield from _wrong_levels(limits.levels)
    yield from _wrong_phases(limits)
    for at, ring in enumerate(limits.no_go, start=1):
        yield from _wrong_ring(f"no_go {at}", ring)
    if "container" in limits.measures and not limits.containers:
        expected = note("a number above 0, since measures holds {name}", name="container")
        yield Wrong("containers", 0, expected)


def ranges_kept(key: str, thing: object, ranges: dict[str, Range]) -> Iterator[Wrong]:
    """Tell the values of a limit that are out of their range; None is no limit."""
    for name, allowed in ranges.items():
        value = getattr(thing, name)
        if value is not None and allowed.number(value) is None:
            yield Wrong(f"{key} {name}".strip(), value, allowed.told())


def _among(key: str, values: Sequence[str], known: Collection[str]) -> Iterator[Wrong]:
    for value in values:
        if value not in known:
            yield Wrong(key, value, note("one of: {known}", known=", ".join(known)))


def _wrong_objectives(objectives: Sequence[Objective]) -> Iterator[Wrong]:
    if not objectives:
        yield Wrong("objectives", "-", note("at least one objective"))
    for at, objective in enumerate(objectives, start=1):
        key = f"objectives {at}"
        yield from _among(f"{key} kind", [objective.kind], OBJECTIVES)
        yield from ranges_kept(key, objective, _OBJECTIVE)


def _wrong_quota(key: str, quota: Quota, levels: Levels | None) -> Iterator[Wrong]:
    yield from _among(f"{key} scope", [quota.scope], QUOTA_SCOPES)
    yield from _among(f"{key} stations", [quota.stations], QUOTA_STATIONS)
    yield from ranges_kept(key, quota, _QUOTA)
    if all(getattr(quota, name) is None for name in _QUOTA):
        names = ", ".join(_QUOTA)
        yield Wrong(key, "-", note("at least one of: {names}", names=names), note("Add it."))
    for low, high in (("least", "most"), ("least_share", "most_share")):
        least, most = getattr(quota, low), getattr(quota, high)
        if least is not None and most is not None and least > most:
            expected = note("at most {name} ({most})", name=high, most=most)
            yield Wrong(f"{key} {low}", least, expected)
    if quota.scope == "all" and quota.which:
        yield Wrong(
            f"{key} which", ", ".join(quota.which), note("a scope of which these are the names")
        )
    if quota.scope != "all" and quota.least_per_street is not None:
        yield Wrong(f"{key} least_per_street", quota.scope, note('the scope "all"'))
    if quota.stations == "centre" and levels is None:
        yield Wrong(
            f"{key} stations", "centre", note("centres that are named under [limits.levels]")
        )


def _wrong_floor(key: str, floor: Floor) -> Iterator[Wrong]:
    yield from ranges_kept(key, floor, {"least_share": SHARE})
    yield from _among(f"{key} each", [floor.each] if floor.each else [], FLOORS_EACH)


def _wrong_gap(gap: GapLimit) -> Iterator[Wrong]:
    yield from ranges_kept("gap", gap, {"price_hours": PRICE_HOURS})
    if not gap.hard and gap.price_hours == 0:
        yield Wrong("gap price_hours", 0, note("a number above 0, since the gap is not hard"))


def _wrong_levels(levels: Levels) -> Iterator[Wrong]:
    yield from ranges_kept("levels", levels, {"within_m": LENGTH_M})
    if not levels.centre_hosts:
        yield Wrong("levels centre_hosts", "-", note("at least one host type"))


def _wrong_phases(limits: Limits) -> Iterator[Wrong]:
    ids = [phase.id for phase in limits.phases]
    planned = False
    for at, phase in enumerate(limits.phases, start=1):
        key = f"phases {at}"
        yield from ranges_kept(key, phase, _PHASE)
        if not phase.id.strip():
            yield Wrong(f"{key} id", '""', note("a text in quotation marks"))
        elif ids.index(phase.id) < at - 1:
            yield Wrong(f"{key} id", phase.id, note("each id once"))
        if planned and phase.done is not None:
            yield Wrong(f"{key} done", phase.id, note("earlier phases that are done as well"))
        planned |= phase.done is None
        for number, quota in enumerate(phase.quotas, start=1):
            yield from _wrong_quota(f"{key} quotas {number}", quota, limits.levels)
    yield from _twice_done(limits.phases)


def _twice_done(phases: Sequence[Phase]) -> Iterator[Wrong]:
    """Tell options that two phases say they chose."""
    seen: set[str] = set()
    for at, phase in enumerate(phases, start=1):
        both = sorted(seen & set(phase.done or ()))
        if both:
            yield Wrong(f"phases {at} done", ", ".join(both), note("each option in one phase"))
        seen |= set(phase.done or ())


def _wrong_ring(key: str, ring: Sequence[tuple[float, float]]) -> Iterator[Wrong]:
    outside = [(lon, lat) for lon, lat in ring if not (abs(lon) <= _LON and abs(lat) <= _LAT)]
    if outside:
        expected = note("longitudes from -180 to 180 and latitudes from -90 to 90")
        yield Wrong(key, f"{outside[0][0]}, {outside[0][1]}", expected)
    elif len(set(ring)) < _CORNERS:
        yield Wrong(key, len(ring), note("a ring of at least 3 different corners"))
    elif not shapely.Polygon(ring).is_valid:
        yield Wrong(key, len(ring), note("a ring that does not cross itself"))
