"""Stations, venues and proposed sites -> layers of marks."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
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

__all__ = ["chosen_layer", "drawn_options", "listed_layer", "measures_layer", "sites_layer"]

_KINDS = ("proposed", "moved", "upgraded", "closed", "existing", "maintenance", "candidate")
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
    described = coverage.options.described
    measure = {"existing": "keep", "candidate": "open"}[kind]
    rows = described.loc[described["measure"] == measure]
    rows = rows.loc[~rows.index.isin(list(without))]
    return listed_layer(district, rows, kind, show=show)


def measures_layer(
    district: District, measures: pd.DataFrame, *, sure: Mapping[str, float] | None = None
) -> Sites:
    """Draw the sites of the measures of a plan with what each brings and why it is chosen.

    Parameters
    ----------
    district
        For names.
    measures
        Index option id; columns of option, site and explanation, and `kind`.
    sure
        Option id -> how often it was chosen while the numbers moved, 0 to 1: the surer, the larger
        the mark. None: all are of one size.
    """
    kinds = [_MEASURE_KINDS[kind] for kind in measures["kind"]]
    shares = [(sure or {}).get(str(option)) for option in measures.index]
    values = [
        [
            host_name(district, row["host_type"]),
            community,
            hours_words(row["hours"]),
            f"{row['cost_setup_yuan']:,.0f}",
            f"{row['gain_hours']:,.0f}",
            f"{row['loss_hours']:,.0f}",
            metres_text(row["nearest_m"]),
            "" if share is None else f"{share:.0%}",
            str(row["reason"]),
        ]
        for (_, row), community, share in zip(
            measures.iterrows(),
            community_names(district, measures["community"]),
            shares,
            strict=True,
        )
    ]
    payload = {
        **_marked(measures, kinds),
        "labels": [
            say("Type"),
            say("Community"),
            say("Opening hours"),
            say("Set-up cost (yuan)"),
            say("Newly served (worker-hours a week)"),
            say("Lost without it (worker-hours a week)"),
            say("To the nearest existing station"),
            say("How often chosen"),
            say("Reason"),
        ],
        "brief": 5,
        "values": values,
    }
    if sure is not None:
        payload["grow"] = [_SMALL + _GROWS * (share or 0.0) for share in shares]
    return Sites(payload, name=say("Measures"), legend=_legend(kinds))


_MEASURE_KINDS = {"new": "proposed", "move": "moved", "upgrade": "upgraded", "close": "closed"}
_SMALL, _GROWS = 0.7, 0.7
"""Size of a mark that was never chosen, and how much one that was always chosen is larger."""


_OF_AN_OPTION = ["kind", "hours", "cost_setup_yuan"]
_OF_ITS_SITE = ["name", "lon", "lat", "host_type", "community"]


def drawn_options(coverage: Coverage) -> pd.DataFrame:
    """Give what `chosen_layer` draws of each option; made once, since every edit asks for it."""
    return coverage.options.described[_OF_AN_OPTION + _OF_ITS_SITE]


def chosen_layer(district: District, options: pd.DataFrame, chosen: Collection[str]) -> Sites:
    """Draw the options that stand after edits by hand; keeping a station is not drawn.

    Parameters
    ----------
    district
        For names.
    options
        As of `drawn_options`.
    chosen
        Ids of the options that stand.
    """
    at = options.index.get_indexer(pd.Index(list(chosen), dtype=object))
    standing = options.iloc[np.sort(at[at >= 0])]
    rows = standing.loc[standing["kind"] != "keep"]
    kinds = [_MEASURE_KINDS[kind] for kind in rows["kind"]]
    values = [
        [host_name(district, host), community, hours_words(hours), f"{cost:,.0f}"]
        for host, community, hours, cost in zip(
            rows["host_type"],
            community_names(district, rows["community"]),
            rows["hours"],
            rows["cost_setup_yuan"],
            strict=True,
        )
    ]
    payload = {
        **_marked(rows, kinds),
        "labels": [say("Type"), say("Community"), say("Opening hours"), say("Set-up cost (yuan)")],
        "brief": 4,
        "values": values,
    }
    return Sites(payload, name=say("Measures"), legend=_legend(kinds))


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
        "moved": say("Station moves here"),
        "upgraded": say("Station to be upgraded"),
        "closed": say("Station to be closed"),
    }
    entries = [
        {**STYLE.kinds[kind], "label": names[kind], "place": place}
        for place, kind in enumerate(_KINDS)
        if kind in set(kinds)
    ]
    return [{"title": say("Sites"), "place": 0, "entries": entries}] if entries else []
