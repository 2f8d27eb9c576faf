"""Stations, venues and proposed sites -> layers of marks."""

from collections.abc import Collection, Mapping, Sequence

import pandas as pd

from planner.coverage import Coverage
from planner.district import District
from planner.language import say
from planner.maps.layers import Sites
from planner.maps.style import STYLE
from planner.maps.words import (
    access_text,
    community_names,
    host_name,
    hours_words,
    metres_text,
    positions,
    yes_or_no,
)

__all__ = ["listed_layer", "proposed_layer", "sites_layer"]

_KINDS = ("proposed", "existing", "maintenance", "candidate")
"""Of sites, in the order of a legend."""


def sites_layer(
    district: District,
    coverage: Coverage,
    kind: str,
    *,
    show: bool = True,
    without: Collection[str] = (),
) -> Sites:
    """Draw the stations that are there (`kind` "existing") or that could be ("candidate")."""
    options = coverage.options
    measure = {"existing": "keep", "candidate": "open"}[kind]
    table = options.table.loc[options.table["measure"] == measure]
    table = table.loc[~table.index.isin(list(without))]
    rows = table.join(options.sites, on="site")
    return listed_layer(district, rows, kind, show=show)


def proposed_layer(district: District, sites: pd.DataFrame) -> Sites:
    """Draw proposed sites with what each brings and why it is chosen."""
    values = [
        [
            host_name(district, row["host_type"]),
            community,
            hours_words(row["hours"]),
            f"{row['cost_setup_yuan']:,.0f}",
            f"{row['gain_hours']:,.0f}",
            f"{row['loss_hours']:,.0f}",
            metres_text(row["nearest_m"]),
            str(row["reason"]),
        ]
        for (_, row), community in zip(
            sites.iterrows(), community_names(district, sites["community"]), strict=True
        )
    ]
    kinds = ["proposed"] * len(sites)
    payload = {
        **_marked(sites, kinds),
        "labels": [
            say("Type"),
            say("Community"),
            say("Opening hours"),
            say("Set-up cost (yuan)"),
            say("Newly served (worker-hours a week)"),
            say("Lost without it (worker-hours a week)"),
            say("To the nearest existing station"),
            say("Reason"),
        ],
        "brief": 5,
        "values": values,
    }
    return Sites(payload, name=say("Proposed sites"), legend=_legend(kinds))


def listed_layer(district: District, rows: pd.DataFrame, kind: str, *, show: bool = True) -> Sites:
    """Draw rows of a list as `kind` "existing" or "candidate"."""
    values = [
        [
            host_name(district, host),
            community,
            hours_words(hours),
            yes_or_no(listed),
            access_text(access),
        ]
        for host, community, hours, listed, access in zip(
            rows["host_type"],
            community_names(district, rows["community"]),
            rows["hours"],
            rows["listed"],
            rows["access"],
            strict=True,
        )
    ]
    kinds = _kinds(rows, kind)
    payload = {
        **_marked(rows, kinds),
        "labels": [
            say("Type"),
            say("Community"),
            say("Opening hours"),
            say("On the public map"),
            say("Access"),
        ],
        "brief": 3,
        "values": values,
    }
    name = say("Existing stations") if kind == "existing" else say("Candidate venues")
    return Sites(payload, name=name, legend=_legend(kinds), show=show)


def _kinds(rows: pd.DataFrame, kind: str) -> list[str]:
    """Give the mark of each row: existing stations under maintenance have one of their own."""
    working = rows["working"] if "working" in rows else rows["status"] != "maintenance"
    return [kind if works or kind != "existing" else "maintenance" for works in working]


def _marked(rows: pd.DataFrame, kinds: Sequence[str]) -> dict[str, object]:
    return {
        **positions(rows),
        "kind": list(kinds),
        "kinds": {kind: dict(STYLE.kinds[kind]) for kind in sorted(set(kinds))},
        "title": [
            f"{name} ({site})" if name else str(site)
            for site, name in zip(rows.index, rows["name"].fillna(""), strict=True)
        ],
    }


def _legend(kinds: Collection[str]) -> list[Mapping[str, object]]:
    """Tell what the marks that are drawn mean, and no others."""
    names = {
        "existing": say("Existing station"),
        "maintenance": say("Station under maintenance"),
        "candidate": say("Candidate venue"),
        "proposed": say("Proposed site"),
    }
    entries = [
        {**STYLE.kinds[kind], "label": names[kind], "place": place}
        for place, kind in enumerate(_KINDS)
        if kind in set(kinds)
    ]
    return [{"title": say("Sites"), "place": 0, "entries": entries}] if entries else []
