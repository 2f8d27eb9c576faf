"""The check of the largest gap -> a layer of cells that are too far from an open station."""

from collections.abc import Mapping

import numpy as np

from planner.coverage import Coverage, GapCheck
from planner.district import District
from planner.language import say
from planner.maps.cells import RIM, Painted, painted_cells
from planner.maps.layers import Cells
from planner.maps.style import STYLE
from planner.maps.words import metres_text

__all__ = ["gaps_layer"]

_STATES = ("served", "gap", "exempt")


def gaps_layer(district: District, coverage: Coverage, check: GapCheck) -> Cells:
    """Draw the cells that must have a station near: near enough, too far, and never near.

    Parameters
    ----------
    district, coverage
        The same that was checked.
    check
        Its cells that need no station are not drawn.
    """
    rows = check.by_cell[check.by_cell["state"].isin(_STATES)]
    names = {
        "served": say("open station near enough"),
        "gap": say("too far from any open station"),
        "exempt": say("no site could serve it"),
    }
    values = [
        [
            names[state],
            say("dense") if dense else say("urban"),
            metres_text(limit),
            metres_text(nearest) or say("none found"),
        ]
        for state, dense, limit, nearest in zip(
            rows["state"], rows["dense"], rows["limit_m"], rows["nearest_m"], strict=True
        )
    ]
    painted = Painted(
        fill=np.array([_STATES.index(state) for state in rows["state"]], np.int64),
        colours=[STYLE.gap_colours[state] for state in _STATES],
        labels=[
            say("Finding"),
            say("Density class"),
            say("Limit"),
            say("To the nearest open station"),
        ],
        values=values,
        legend=_legend(names, set(rows["state"])),
    )
    return painted_cells(district, coverage.demand, rows.index, painted, name=say("Maximum gap"))


def _legend(names: Mapping[str, str], there: set[str]) -> list[Mapping[str, object]]:
    entries = [
        {**RIM, "fillColor": STYLE.gap_colours[state], "label": names[state], "place": place}
        for place, state in enumerate(_STATES)
        if state in there
    ]
    return [{"title": say("Maximum gap"), "place": 2, "entries": entries}] if entries else []
