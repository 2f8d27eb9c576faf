"""Who is served by one plan, by another, or by both -> a layer that shows what differs."""

from collections.abc import Mapping

import pandas as pd

from planner.coverage.differing import DIFFERENCES, SEEN_SHARE, difference_classes
from planner.demand import Demand
from planner.district import District
from planner.language import say
from planner.maps.cells import RIM, Painted, painted_cells
from planner.maps.layers import Cells
from planner.maps.words import percent

__all__ = ["DIFFERENCE_COLOURS", "difference_layer"]

DIFFERENCE_COLOURS: Mapping[str, str] = {
    "gained_much": "#1f67a8",
    "gained": "#8fbbd9",
    "lost_much": "#b5500f",
    "lost": "#eda55d",
    "gained_and_lost": "#75407f",
    "both": "#9aa6ae",
    "neither": "#dfe3e6",
}
"""Blue where more are served, orange where fewer: told apart by all kinds of colour vision."""


def difference_layer(
    district: District,
    demand: Demand,
    difference: pd.DataFrame,
    *,
    first: str,
    then: str,
    show: bool = True,
) -> Cells:
    """Draw each cell with workers by who gains and who loses a station from one plan to another.

    Parameters
    ----------
    district, demand
        The same that the difference was told of.
    difference
        As `planner.coverage.served_difference` gives it.
    first, then
        Names of the two plans.
    show
        Whether the layer is there at first.
    """
    rows = difference.loc[difference["hours"] > 0]
    kinds = difference_classes(difference)[(difference["hours"] > 0).to_numpy()]
    shares = rows[["both", "gained", "lost"]].div(rows["hours"], axis=0).to_numpy(float)
    painted = Painted(
        fill=kinds,
        colours=[DIFFERENCE_COLOURS[kind] for kind in DIFFERENCES],
        labels=[
            say("Worker-hours a week"),
            say("Served with “{name}”", name=first),
            say("Served with “{name}”", name=then),
            say("Newly served"),
            say("No longer served"),
        ],
        values=[
            [f"{hours:,.0f}", percent(both + lost), percent(both + gained), *_told(gained, lost)]
            for hours, (both, gained, lost) in zip(rows["hours"], shares, strict=True)
        ],
        legend=_legend(first, then),
    )
    name = say("What differs")
    return painted_cells(district, demand, rows.index, painted, name=name, show=show)


def _told(gained: float, lost: float) -> list[str]:
    """Tell what is gained and lost; nothing where it would not be seen."""
    return [percent(share) if share >= SEEN_SHARE else "" for share in (gained, lost)]


def _legend(first: str, then: str) -> list[Mapping[str, object]]:
    labels = {
        "gained_much": say("newly served: a quarter of the hours or more"),
        "gained": say("newly served: less"),
        "lost_much": say("no longer served: a quarter of the hours or more"),
        "lost": say("no longer served: less"),
        "gained_and_lost": say("some newly served, others no longer"),
        "both": say("served in both, no change"),
        "neither": say("served in neither"),
    }
    entries = [
        {**RIM, "label": labels[kind], "fillColor": colour, "place": place}
        for place, (kind, colour) in enumerate(DIFFERENCE_COLOURS.items())
    ]
    title = say("“{then}” against “{first}”", then=then, first=first)
    return [{"title": title, "place": 2, "entries": entries}]
