"""Hot spots -> numbered circles on the map."""

from collections.abc import Mapping

import pandas as pd

from planner.language import say
from planner.maps.layers import Areas
from planner.maps.style import STYLE
from planner.maps.words import percent, positions

__all__ = ["spots_layer"]

_MOST_NUMBERS = 60


def spots_layer(spots: pd.DataFrame, *, show: bool = True) -> Areas:
    """Draw each hot spot as a circle; a dotted one has no candidate within reach.

    Parameters
    ----------
    spots
        A row each, in the order in which they are numbered: the table of `HotSpots`.
    show
        Whether the layer is there at first.
    """
    kinds = ["spot" if candidates else "lacking" for candidates in spots["candidates"]]
    payload = {
        **positions(spots),
        "radius_m": spots["radius_m"].astype(float).round(1).tolist(),
        "kind": kinds,
        "kinds": {kind: dict(look) for kind, look in STYLE.spots.items()},
        "numbered": _MOST_NUMBERS,
        "title": [
            say("Hot spot {number}: {name}", number=number, name=name)
            for number, name in enumerate(spots["name"], start=1)
        ],
        "labels": [
            say("Workers"),
            say("Worker-hours a week"),
            say("Not served today"),
            say("Candidates within reach"),
        ],
        "brief": 4,
        "values": [
            [f"{workers:,.0f}", f"{hours:,.0f}", percent(unserved), _candidates(candidates)]
            for workers, hours, unserved, candidates in zip(
                spots["workers"],
                spots["worker_hours_week"],
                spots["unserved_share"],
                spots["candidates"],
                strict=True,
            )
        ],
    }
    return Areas(payload, name=say("Hot spots"), legend=_legend(set(kinds)), show=show)


def _candidates(number: int) -> str:
    return f"{number:,}" if number else say("none: look for a host here")


def _legend(kinds: set[str]) -> list[Mapping[str, object]]:
    names = {
        "spot": say("with a candidate within reach"),
        "lacking": say("look for a host here"),
    }
    entries = [
        {**look, "label": names[kind], "place": place}
        for place, (kind, look) in enumerate(STYLE.spots.items())
        if kind in kinds
    ]
    return [{"title": say("Hot spots"), "place": 1.5, "entries": entries}] if entries else []
