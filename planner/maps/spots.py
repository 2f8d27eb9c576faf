"""Hot spots -> numbered circles on the map."""

from collections.abc import Mapping

import pandas as pd

from planner.language import say
from planner.maps.layers import Areas
from planner.maps.style import STYLE
from planner.maps.words import metres_text, percent, positions

__all__ = ["spots_layer"]

_MOST_NUMBERS = 200
_ALWAYS_NUMBERED = 8
"""Of the first ones, however small they are on the screen."""
_SHOWN = (
    "workers",
    "worker_hours_week",
    "unserved_share",
    "candidates",
    "candidate_share",
    "look_for_host",
    "nearest_hosts",
)


def spots_layer(spots: pd.DataFrame, *, show: bool = True) -> Areas:
    """Draw each hot spot as a circle; a dotted one needs a host to be looked for.

    Parameters
    ----------
    spots
        A row each, in the order in which they are numbered: the table of `HotSpots`.
    show
        Whether the layer is there at first.
    """
    kinds = ["lacking" if look else "spot" for look in spots["look_for_host"]]
    payload = {
        **positions(spots),
        "radius_m": spots["radius_m"].astype(float).round(1).tolist(),
        "kind": kinds,
        "kinds": {kind: dict(look) for kind, look in STYLE.spots.items()},
        "numbered": _ALWAYS_NUMBERED,
        "numbers": [str(number) for number in spots.index[:_MOST_NUMBERS]],
        "title": [
            say("Hot spot {number}: {name}", number=number, name=name)
            for number, name in spots["name"].items()
        ],
        "labels": [
            say("Workers"),
            say("Worker-hours a week"),
            say("Not served today"),
            say("Candidates within reach"),
            say("Workers with one within reach"),
            say("Finding"),
            say("Nearest hosts"),
        ],
        "brief": 6,
        "values": [
            [
                f"{workers:,.0f}",
                f"{hours:,.0f}",
                percent(unserved),
                f"{candidates:,}",
                percent(covered),
                say("look for a host here") if look else "",
                say(", ").join(f"{host.name} ({metres_text(host.straight_m)})" for host in hosts),
            ]
            for workers, hours, unserved, candidates, covered, look, hosts in zip(
                *(spots[name] for name in _SHOWN), strict=True
            )
        ],
    }
    return Areas(payload, name=say("Hot spots"), legend=_legend(set(kinds)), show=show)


def _legend(kinds: set[str]) -> list[Mapping[str, object]]:
    names = {
        "spot": say("hot spot"),
        "lacking": say("candidates reach less than half: look for a host here"),
    }
    entries = [
        {**look, "label": names[kind], "place": place}
        for place, (kind, look) in enumerate(STYLE.spots.items())
        if kind in kinds
    ]
    return [{"title": say("Hot spots"), "place": 1.5, "entries": entries}] if entries else []
