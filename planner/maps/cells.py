"""Cells with workers and what is known of them -> a layer of circles."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from planner.coverage import Coverage, Figures
from planner.demand import Demand, two_names
from planner.district import District
from planner.language import say
from planner.maps.layers import Cells
from planner.maps.style import STYLE
from planner.maps.words import community_names, percent, positions

__all__ = ["RIM", "Painted", "cells_layer", "painted_cells", "workers_layer", "workers_text"]

RIM: Mapping[str, object] = {"color": "#4a5560", "weight": 0.6}
"""How a cell stands in a legend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Painted:
    """What the cells of a layer show."""

    fill: NDArray[np.int64]
    """Which of `colours` each cell has, shape (m,)."""
    colours: Sequence[str]
    labels: Sequence[str]
    """What stands before each value of a card; the first values also show under the mouse."""
    values: Sequence[Sequence[str]]
    """The card of each cell, after its community and workers."""
    legend: Sequence[Mapping[str, object]]
    brief: int = 9


def cells_layer(district: District, coverage: Coverage, figures: Figures) -> Cells:
    """Draw each cell with workers as a circle: area by workers, colour by effective share."""
    rows = figures.by_cell.loc[figures.by_cell["worker_hours_week"] > 0]
    shares = rows["effective_share"].to_numpy(float)
    values = [
        [f"{hours:,.0f}", percent(effective), percent(nominal), percent(out)]
        for hours, effective, nominal, out in zip(
            rows["worker_hours_week"],
            shares,
            rows["nominal_share"],
            rows["out_of_reach_share"],
            strict=True,
        )
    ]
    painted = Painted(
        fill=np.digitize(shares, STYLE.share_borders),
        colours=STYLE.share_colours,
        labels=[
            say("Worker-hours a week"),
            say("Effective coverage"),
            say("Nominal coverage"),
            say("Out of reach"),
        ],
        values=values,
        legend=_share_legend(),
    )
    return painted_cells(
        district, coverage.demand, rows.index, painted, name=say("Coverage of workers")
    )


def workers_layer(district: District, demand: Demand, *, show: bool = False) -> Cells:
    """Draw how many workers of each group are counted on in each cell, and how sure that is."""
    there = np.flatnonzero(demand.workers.sum(axis=1) > 0)
    names = {group.id: two_names(group.name, group.name_en) for group in district.settings.groups}
    workers, error = demand.workers[there], (demand.workers * demand.error_share)[there]
    painted = Painted(
        fill=np.zeros(len(there), np.int64),
        colours=(STYLE.cell_colour,),
        labels=[str(names.get(group, group)) for group in demand.groups],
        values=[
            [_with_error(*pair) if pair[0] else "" for pair in zip(people, errors, strict=True)]
            for people, errors in zip(workers, error, strict=True)
        ],
        legend=[],
    )
    name = say("Workers by cell")
    cells = demand.cells.index[there]
    return painted_cells(district, demand, cells, painted, name=name, show=show)


def painted_cells(
    district: District,
    demand: Demand,
    which: pd.Index,
    painted: Painted,
    *,
    name: str,
    show: bool = True,
) -> Cells:
    """Draw some cells as circles: area by workers, colour and card as told.

    Parameters
    ----------
    district, demand
        Where the cells are and who is there.
    which
        Ids of the cells, in the order of the rows of `painted`.
    painted
        Colours and cards.
    name
        Of the layer.
    show
        Whether it is there at first.
    """
    cells = demand.cells.loc[which]
    at = demand.cells.index.get_indexer(which)
    workers = demand.workers[at].sum(axis=1)
    heads = zip(
        community_names(district, cells["community"]), workers_text(demand, at), strict=True
    )
    payload = {
        **positions(cells),
        "radius_m": _radii(cells[["x", "y"]].to_numpy(float), workers),
        "fill": painted.fill.tolist(),
        "colours": list(painted.colours),
        "title": [say("Cell {id}", id=cell) for cell in cells.index],
        "labels": [say("Community"), say("Workers"), *painted.labels],
        "brief": painted.brief,
        "values": [[*head, *rest] for head, rest in zip(heads, painted.values, strict=True)],
    }
    return Cells(payload, name=name, legend=painted.legend, show=show)


def workers_text(demand: Demand, at: NDArray[np.int64]) -> list[str]:
    """Tell the headcount of some cells with its standard error, where that is known.

    The groups of a cell are taken to err independently of each other.
    """
    workers = demand.workers[at]
    error = np.sqrt(((workers * demand.error_share[at]) ** 2).sum(axis=1))
    return [
        _with_error(total, spread) for total, spread in zip(workers.sum(axis=1), error, strict=True)
    ]


def _with_error(people: float, error: float) -> str:
    if error < 0.05:  # noqa: PLR2004 - what would be shown as 0.0
        return f"{people:,.1f}"
    return say("{workers} (± {error})", workers=f"{people:,.1f}", error=f"{error:,.1f}")


def _share_legend() -> list[Mapping[str, object]]:
    borders = (0.0, *STYLE.share_borders, 1.0)
    entries = [
        {**RIM, "label": f"{low:.0%}–{high:.0%}", "fillColor": colour, "place": place}
        for place, (colour, low, high) in enumerate(
            zip(STYLE.share_colours, borders[:-1], borders[1:], strict=True)
        )
    ]
    return [{"title": say("Effective coverage"), "place": 2, "entries": entries}]


def _radii(xy: NDArray[np.float64], workers: NDArray[np.float64]) -> list[float]:
    """Give each cell a circle in metres, its area by workers; neighbours hardly overlap."""
    if len(xy) < 2:  # noqa: PLR2004 - a single cell has no neighbour
        return [200.0] * len(xy)
    nearest = cKDTree(xy).query(xy, k=2)[0][:, 1]
    room = float(np.clip(np.median(nearest), 60.0, 1200.0)) / 2
    usual = float(np.quantile(workers, 0.9)) or 1.0
    scaled = room * np.clip(np.sqrt(workers / usual), 0.3, 1.25)
    rounded: list[float] = scaled.round(1).tolist()
    return rounded
