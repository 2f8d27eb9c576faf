"""Settings -> the plain tables and values that stand in `district.toml`."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from planner.district.default_measures import DEFAULT_MEASURES
from planner.district.default_seasons import DEFAULT_SEASONS, IN_SEASONS
from planner.district.defaults import DEFAULT_GROUPS, DEFAULT_HOSTS
from planner.district.plain_limits import keep_empty, plain_limits
from planner.district.settings import (
    AddedSite,
    FileSettings,
    Group,
    HostType,
    Measure,
    PingRules,
    Season,
    SeasonPresence,
    Settings,
    WorkerSource,
)

__all__ = ["plain_settings"]

_WITH_ALIASES = frozenset(
    [group.id for group in DEFAULT_GROUPS if group.aliases]
    + [host.id for host in DEFAULT_HOSTS if host.aliases]
)
"""Groups and hosts whose default aliases would hold where none stand in the file."""
_FILES = ("stations", "venues", "boundary", "communities", "grids", "no_go", "travel")


def plain_settings(settings: Settings) -> dict[str, Any]:
    """Give settings as nested dicts and lists, in the form and order of `district.toml`.

    A value that is left out in the file (None, an empty list) is left out here.
    """
    files = {name: _file(file) for name in _FILES if (file := getattr(settings, name)) is not None}
    plain: dict[str, Any] = _without_nothing(
        {
            "district": {
                "name": settings.name,
                "data_note": settings.data_note or None,
                "season": settings.season,
            },
            "files": files,
            "workers": [_source(source) for source in settings.workers],
            "streets": asdict(settings.streets),
            "groups": [_group(group) for group in settings.groups],
            "periods": [asdict(period) for period in settings.periods],
            "seasons": [_season(season) for season in settings.seasons],
            "hosts": {host.id: _host(host) for host in settings.hosts},
            "measures": {each.id: _measure(each) for each in settings.measures},
            "added": [_added(site) for site in settings.added],
            "demand": asdict(settings.demand),
            "service": asdict(settings.service),
            "gaps": asdict(settings.gaps),
            "assumptions": asdict(settings.assumptions),
            "limits": plain_limits(settings.limits),
            "score_weights": asdict(settings.score_weights),
        }
    )
    _say_what_is_gone(plain)
    keep_empty(plain.get("limits", {}), settings.limits)
    return plain


def _say_what_is_gone(plain: dict[str, Any]) -> None:
    """Name what differs from a default by not being there: left out, the default would hold."""
    for group in plain.get("groups", []):
        if group["id"] in IN_SEASONS:
            group.setdefault("seasons", [])
        if group["id"] in _WITH_ALIASES:
            group.setdefault("aliases", [])
    for identity, host in plain.get("hosts", {}).items():
        if identity in _WITH_ALIASES:
            host.setdefault("aliases", [])
    _say_which_hosts_are_gone(plain)


def _say_which_hosts_are_gone(plain: dict[str, Any]) -> None:
    there = plain.get("measures", {})
    for base in DEFAULT_MEASURES:
        for known in (each.host for each in base.hosts if each.host in plain.get("hosts", {})):
            if base.id in there:  # an empty table: at this host type as at all others
                there[base.id].setdefault("hosts", {}).setdefault(known, {})


def _measure(measure: Measure) -> dict[str, Any]:
    """Give a measure; what it is not about is left out, and that it is possible."""
    values = asdict(measure)
    if measure.id == "close":
        values = {"assumed": measure.assumed, "possible": measure.possible}
    hosts = {
        each.host: {
            "cost_setup_yuan": each.cost_setup_yuan,
            "cost_year_yuan": each.cost_year_yuan,
            "possible": None if each.possible else False,
        }
        for each in measure.hosts
    }
    return {
        **{name: value for name, value in values.items() if name != "id" and value != ""},
        "hosts": hosts,
        "seats": measure.seats if measure.id == "enlarge" else None,
        "within_m": measure.within_m or None,
        "possible": None if measure.possible else False,
    }


def _source(source: WorkerSource) -> dict[str, Any]:
    """Give a source; what is as usual is left out."""
    usual = asdict(PingRules())
    rules = {name: part for name, part in asdict(source.pings).items() if part != usual[name]}
    return {
        "kind": source.kind,
        **_file(source),
        "total_workers": source.total_workers,
        "gives": source.gives,
        "trust": None if source.trust == 1 else source.trust,
        "groups": source.groups,
        "measure": None if source.measure == "count" else source.measure,
        "rates": [
            {"group": rate.group, "workers": rate.workers, "of": rate.of or None}
            for rate in source.rates
        ],
        "pings": rules,
    }


def _file(file: FileSettings) -> dict[str, Any]:
    return {
        "path": file.path,
        "crs": file.crs,
        "sheet": file.sheet,
        "layer": file.layer,
        "columns": dict(file.columns),
    }


def _group(group: Group) -> dict[str, Any]:
    return {
        "id": group.id,
        "name": group.name,
        "name_en": group.name_en,
        "aliases": group.aliases,
        "total_workers": group.total_workers,
        "ways": [asdict(way) for way in group.ways],
        "weekday": group.weekday,
        "weekend": group.weekend,
        "assumed": group.assumed,
        "seasons": [_presence(presence) for presence in group.seasons],
    }


def _presence(presence: SeasonPresence) -> dict[str, Any]:
    factor = presence.headcount_factor
    return {
        "season": presence.season,
        "weekday": presence.weekday,
        "weekend": presence.weekend,
        "headcount_factor": None if factor == 1 else factor,
    }


def _season(season: Season) -> dict[str, Any]:
    """Give a season; that nobody knows when it begins is said where it would have a usual day."""
    usual = any(season.id == each.id for each in DEFAULT_SEASONS)
    return {**asdict(season), "starts": season.starts or ("" if usual else None)}


def _added(site: AddedSite) -> dict[str, Any]:
    return {**asdict(site), "name": site.name or None}


def _host(host: HostType) -> dict[str, Any]:
    return {name: value for name, value in asdict(host).items() if name != "id"}


def _without_nothing(value: Any) -> Any:  # noqa: ANN401 - a tree of TOML values
    """Leave out None and empty containers, all the way down; whole floats become whole numbers."""
    if isinstance(value, Mapping):
        parts = {key: _without_nothing(part) for key, part in value.items()}
        return {key: part for key, part in parts.items() if part is not None and part != {}}
    if isinstance(value, list | tuple):
        return [_without_nothing(part) for part in value] or None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
