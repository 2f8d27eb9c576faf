"""The settings of a scenario -> by what it counts, and at what two scenarios do not count alike."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from planner.district.plain import plain_settings
from planner.district.settings import Settings
from planner.language import Message, note

__all__ = ["basis_of", "unlike"]

_DIGITS = 16

_PARTS: Mapping[str, Message] = {
    "files": note("the files of the district"),
    "workers": note("the sources of workers"),
    "groups": note("the groups of workers and when they are out"),
    "reach": note("how far workers go to a station"),
    "periods": note("the parts of the day"),
    "stations": note("what is assumed of stations and venues"),
    "measures": note("what measures do"),
    "prices": note("prices"),
    "seats": note("whether and how seats are counted"),
    "gaps": note("the largest distance"),
}
"""What a scenario is counted by, in the order in which it is told."""


def basis_of(settings: Settings, *, counts_seats: bool) -> dict[str, str]:
    """Give a fingerprint of each part of settings that figures are counted by.

    What is asked of a plan (limits, candidates added by hand, weights of the score) is none of
    them, nor are names.

    Parameters
    ----------
    settings
        Of the scenario.
    counts_seats
        Whether who finds no seat counts as not served; edits by hand are counted without seats
        whatever the settings say.

    Returns
    -------
    dict
        One for each part that `unlike` can name.
    """
    plain = plain_settings(settings)
    hosts, measures = plain.get("hosts", {}), plain.get("measures", {})
    files, groups = plain.get("files", {}), plain.get("groups", [])
    assumed, service = plain.get("assumptions", {}), plain.get("service", {})
    outings = ("id", "weekday", "weekend", "total_workers", "seasons")
    money = ("cost_setup_yuan", "cost_year_yuan", "union_share", "hosts")
    parts: dict[str, Any] = {
        "files": {name: file for name, file in files.items() if name not in ("travel", "no_go")},
        "workers": [plain.get("workers"), plain.get("demand", {}).get("model")],
        "groups": [
            [_only(group, *outings) for group in groups],
            [_only(each, "id", "weeks", "starts") for each in plain.get("seasons", [])],
            settings.season,
        ],
        "reach": [
            [_only(group, "id", "ways") for group in groups],
            plain.get("streets"),
            files.get("travel"),
        ],
        "periods": [
            _only(each, "id", "start_hour", "end_hour") for each in plain.get("periods", [])
        ],
        "stations": [
            {name: _only(host, "hours") for name, host in hosts.items()},
            _only(assumed, "hours", "listed", "access"),
        ],
        "measures": {
            name: _only(each, "hours", "seats", "within_m", "possible")
            for name, each in measures.items()
        },
        "prices": [
            {name: _only(host, *money) for name, host in hosts.items()},
            {name: _only(each, *money) for name, each in measures.items()},
            _only(assumed, "cost_setup_yuan"),
        ],
        "seats": [
            _only(service, "stay_min", "visit_every_h"),
            {name: _only(host, "capacity") for name, host in hosts.items()},
        ]
        if counts_seats
        else None,
        "gaps": _only(
            plain.get("gaps", {}), "urban_m", "dense_m", "dense_workers_per_km2", "least_workers"
        ),
    }
    return {name: _digest(part) for name, part in parts.items()}


def unlike(first: Mapping[str, Any], then: Mapping[str, Any]) -> dict[str, Message]:
    """Tell at what two scenarios do not count alike, in order; empty where nothing is known of it.

    Parameters
    ----------
    first, then
        As `scenario_figures` gives them; those kept before it told of this have no basis.

    Returns
    -------
    dict
        Id of the part -> what a person calls it.
    """
    one, other = first.get("basis", {}), then.get("basis", {})
    return {
        name: title
        for name, title in _PARTS.items()
        if name in one and name in other and one[name] != other[name]
    }


def _only(table: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: table[name] for name in names if name in table}


def _digest(part: Any) -> str:  # noqa: ANN401 - any plain value
    text = json.dumps(part, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]
