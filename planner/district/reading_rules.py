"""Tables of `district.toml` -> streets, and the rules and limits that a plan is made by."""

from collections.abc import Sequence
from dataclasses import fields, replace

from planner.district.reading_sources import read_crs
from planner.district.settings import (
    DECAYS,
    AddedSite,
    Assumptions,
    DemandRules,
    GapRules,
    HostType,
    ScoreWeights,
    ServiceRules,
    StreetSettings,
)
from planner.district.toml_table import (
    ABOVE_ZERO,
    AT_LEAST_ZERO,
    LENGTH_M,
    Range,
    TomlTable,
)
from planner.hours import read_hours
from planner.language import note

__all__ = [
    "read_added",
    "read_assumptions",
    "read_demand",
    "read_gaps",
    "read_service",
    "read_streets",
    "read_weights",
]

_ACCESS = ("open", "registration", "gated")
_LON, _LAT = Range(-180, 180), Range(-90, 90)
_MODELS = ("rates", "fitted")


def read_streets(table: TomlTable) -> StreetSettings:
    """Read [streets]."""
    base = StreetSettings()
    table.only([part.name for part in fields(base)])
    if "path" in table.values and "place" in table.values:
        table.tell(
            "place", table.values["place"], note("either path or place"), fix=note("Delete one.")
        )
    return StreetSettings(
        path=table.text("path") or None,
        place=table.text("place") or None,
        crs=read_crs(table),
        layer=table.text("layer") or None,
        detour_factor=table.number("detour_factor", base.detour_factor, allowed=Range(1)),
        snap_limit_m=table.number("snap_limit_m", base.snap_limit_m, allowed=ABOVE_ZERO),
        highway_column=table.text("highway_column", base.highway_column),
        oneway_column=table.text("oneway_column", base.oneway_column),
    )


def read_added(table: TomlTable, hosts: Sequence[HostType]) -> AddedSite:
    """Read one of [[added]]."""
    table.only([part.name for part in fields(AddedSite)])
    for axis in ("lon", "lat"):
        if axis not in table.values:
            table.tell(axis, "-", note("a number in degrees"), fix=note("Add it."))
    return AddedSite(
        id=table.needed_text("id"),
        name=table.text("name"),
        lon=table.number("lon", 0.0, allowed=_LON),
        lat=table.number("lat", 0.0, allowed=_LAT),
        host=table.needed_text("host", among=[host.id for host in hosts]),
    )


def read_assumptions(table: TomlTable) -> Assumptions:
    """Read [assumptions]."""
    base = Assumptions()
    table.only([part.name for part in fields(base)])
    return Assumptions(
        hours=table.checked_text("hours", read_hours, base.hours),
        listed=table.flag("listed", default=base.listed),
        access=table.text("access", base.access, among=_ACCESS),
        cost_setup_yuan=table.number(
            "cost_setup_yuan", base.cost_setup_yuan, allowed=AT_LEAST_ZERO
        ),
    )


def read_weights(table: TomlTable) -> ScoreWeights:
    """Read [score_weights]."""
    base = ScoreWeights()
    names = [part.name for part in fields(base)]
    table.only(names)
    weights = replace(
        base,
        **{name: table.number(name, getattr(base, name), allowed=AT_LEAST_ZERO) for name in names},
    )
    if not any(getattr(weights, name) for name in names):
        table.tell(names[0], "0", note("at least one weight above 0"))
    return weights


def read_demand(table: TomlTable) -> DemandRules:
    """Read [demand]."""
    base = DemandRules()
    table.only([part.name for part in fields(base)])
    return DemandRules(
        model=table.text("model", base.model, among=_MODELS),
        bandwidth_m=table.number("bandwidth_m", base.bandwidth_m, allowed=LENGTH_M),
        hot_spot_workers=table.number(
            "hot_spot_workers", base.hot_spot_workers, allowed=ABOVE_ZERO
        ),
        hot_spot_m=table.number("hot_spot_m", base.hot_spot_m, allowed=LENGTH_M),
    )


def read_service(table: TomlTable) -> ServiceRules:
    """Read [service]."""
    base = ServiceRules()
    table.only([part.name for part in fields(base)])
    return ServiceRules(
        stay_min=table.number("stay_min", base.stay_min, allowed=ABOVE_ZERO),
        visit_every_h=table.number("visit_every_h", base.visit_every_h, allowed=ABOVE_ZERO),
        count_seats=table.flag("count_seats", default=base.count_seats),
        decay=table.text("decay", base.decay, among=DECAYS),
        assumed=table.flag("assumed", default=base.assumed),
    )


def read_gaps(table: TomlTable) -> GapRules:
    """Read [gaps]."""
    base = GapRules()
    table.only([part.name for part in fields(base)])
    return GapRules(
        urban_m=table.number("urban_m", base.urban_m, allowed=LENGTH_M),
        dense_m=table.number("dense_m", base.dense_m, allowed=LENGTH_M),
        dense_workers_per_km2=table.number(
            "dense_workers_per_km2", base.dense_workers_per_km2, allowed=AT_LEAST_ZERO
        ),
        least_workers=table.number("least_workers", base.least_workers, allowed=AT_LEAST_ZERO),
        least_area_m2=table.number("least_area_m2", base.least_area_m2, allowed=AT_LEAST_ZERO),
    )
