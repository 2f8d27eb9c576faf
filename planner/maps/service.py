"""Who goes to which station -> a layer of service areas in few colours, neighbours apart."""

import heapq
from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import Delaunay, QhullError

from planner.coverage import Coverage
from planner.district import District
from planner.language import say
from planner.maps.cells import RIM, Painted, painted_cells
from planner.maps.layers import Cells
from planner.maps.style import STYLE
from planner.maps.words import percent

__all__ = ["neighbour_colours", "service_layer"]

_FEWEST_TO_JOIN = 4
"""So many places make a triangulation; fewer are taken to be neighbours all."""


def service_layer(district: District, coverage: Coverage, main: pd.DataFrame) -> Cells:
    """Draw each cell in the colour of the station that most of its workers go to.

    Parameters
    ----------
    district, coverage
        The same that the stations were found with.
    main
        What `main_stations` gives: station ("" where nobody is served) and share of each cell.
    """
    there = main.loc[coverage.demand.workers.sum(axis=1) > 0]
    at = coverage.demand.cells.index.get_indexer(there.index)
    code, stations = pd.factorize(there["station"], sort=True)
    nobody = stations == ""
    xy = coverage.demand.cells[["x", "y"]].to_numpy(float)[at]
    served = ~nobody[code]
    colour_of = np.zeros(len(stations), np.int64)
    colour_of[~nobody] = 1
    found = neighbour_colours(xy[served], code[served], many=len(STYLE.area_colours))
    for station, colour in found.items():
        colour_of[station] = 1 + colour
    names = _station_names(coverage)
    painted = Painted(
        fill=colour_of[code],
        colours=[STYLE.nobody_colour, *STYLE.area_colours],
        labels=[say("Service area of"), say("Share of them that goes there")],
        values=[
            [names.get(station, station), percent(share)] if station else [say("no station"), ""]
            for station, share in zip(there["station"], there["share"], strict=True)
        ],
        legend=_legend(anybody=bool((~nobody).any()), nobody=bool(nobody.any())),
    )
    return painted_cells(district, coverage.demand, there.index, painted, name=say("Service areas"))


def neighbour_colours(
    xy: NDArray[np.float64], area: NDArray[np.intp], *, many: int
) -> dict[int, int]:
    """Colour areas so that those that touch differ, with few colours.

    Two areas touch where a side of the Delaunay triangles of the places joins them. Areas are
    coloured in the order in which they are left when the one with fewest neighbours is taken away
    again and again; each takes the first colour that no neighbour has. Six colours are always
    enough where areas are of one piece; if `many` do not do, the colour that fewest neighbours have
    is taken.

    Parameters
    ----------
    xy
        Places in metres, shape (n, 2).
    area
        The area of each place, shape (n,).
    many
        How many colours there are, at least 1.

    Returns
    -------
    dict
        Area -> colour, 0 to many - 1.

    References
    ----------
    D. W. Matula and L. L. Beck (1983), Smallest-last ordering and clustering and graph coloring
    algorithms, Journal of the ACM 30, 417-427.
    """
    neighbours = _neighbours(xy, area)
    colours: dict[int, int] = {}
    for one in reversed(_fewest_first(neighbours)):
        taken = [colours[other] for other in neighbours[one] if other in colours]
        counts = np.bincount(np.array(taken, np.int64), minlength=many)
        colours[one] = int(counts.argmin())
    return colours


def _neighbours(xy: NDArray[np.float64], area: NDArray[np.intp]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {int(one): set() for one in np.unique(area)}
    try:
        if len(xy) < _FEWEST_TO_JOIN:
            raise QhullError  # noqa: TRY301 - too few places are as good as places on a line
        corners = Delaunay(xy).simplices
        sides = np.vstack([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]])
        pairs = np.unique(area[sides], axis=0).tolist()
    except QhullError:  # all on one line
        pairs = [[one, other] for one in found for other in found]
    for one, other in pairs:
        if one != other:
            found[one].add(other)
            found[other].add(one)
    return found


def _fewest_first(neighbours: Mapping[int, set[int]]) -> list[int]:
    """Take away the area with fewest neighbours left, again and again; ties by number."""
    left = {one: len(others) for one, others in neighbours.items()}
    waiting = [(count, one) for one, count in left.items()]
    heapq.heapify(waiting)
    order: list[int] = []
    while waiting:
        count, one = heapq.heappop(waiting)
        if left.get(one) != count:
            continue  # it has lost neighbours since, and waits again with fewer
        order.append(one)
        del left[one]
        for other in neighbours[one]:
            if other in left:
                left[other] -= 1
                heapq.heappush(waiting, (left[other], other))
    return order


def _station_names(coverage: Coverage) -> dict[str, str]:
    table = coverage.options.table.join(coverage.options.sites["name"], on="site")
    return {
        str(option): f"{name} ({option})" if name else str(option)
        for option, name in table["name"].fillna("").items()
    }


def _legend(*, anybody: bool, nobody: bool) -> list[Mapping[str, object]]:
    entries: list[Mapping[str, object]] = []
    if anybody:
        entries.append(
            {
                **RIM,
                "fillColor": STYLE.area_colours[0],
                "label": say("one colour: goes to one station"),
                "place": 0,
            }
        )
    if nobody:
        label = say("served by no station")
        entries.append({**RIM, "fillColor": STYLE.nobody_colour, "label": label, "place": 1})
    return [{"title": say("Service areas"), "place": 2, "entries": entries}]
