"""Communities and streets -> small cells on the streets, each with a share of its community."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from planner.streets.graph import MODE_BITS, StreetGraph

__all__ = ["CELL_M", "PIECE_M", "Spread", "spread_over_area", "spread_over_streets"]

CELL_M = 250.0
"""Side of a grid cell: half of the usual walking reach (500 m), so that moving a worker to the
middle of the cell changes a way by less than the reach, and the grid in which built-up area is
commonly published."""

PIECE_M = 25.0
"""Longest piece of street that is counted in one cell, by its middle: a tenth of a cell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Cells of k areas, those of one area side by side."""

    xy: NDArray[np.float64]
    """A point of the cell, on a street where there are streets; metres in the plane of the areas,
    shape (n, 2)."""
    weight: NDArray[np.float64]
    """Metres of street in the cell (or 1 where there are no streets), above 0, shape (n,)."""
    starts: NDArray[np.int64]
    """Where the cells of each area begin, and the end of the last, shape (k + 1,)."""
    without_streets: tuple[int, ...]
    """Positions of the areas that hold no street: one cell at a point inside the area stands for
    them."""


def spread_over_streets(areas: Sequence[BaseGeometry], graph: StreetGraph) -> Spread:
    """Cut areas into square cells and weigh each by the metres of walkable street in it.

    Parameters
    ----------
    areas
        Polygons in the plane of the graph; areas that overlap are each cut on their own.
    graph
        Streets; those that nobody may walk along (motorways) do not count.

    Notes
    -----
    Streets are cut into pieces of at most `PIECE_M`; a piece belongs to the area and
    the cell in which its middle lies (a middle on the border of an area counts as inside). The
    point of a cell is the middle of the piece nearest to the length-weighted centre of its pieces,
    so it always lies on a street, never in water or on empty land.
    """
    middle, length_m = _pieces(graph)
    area, piece = shapely.STRtree(shapely.points(middle)).query(areas, predicate="intersects")
    return _gather(areas, area, middle[piece], length_m[piece])


def spread_over_area(areas: Sequence[BaseGeometry]) -> Spread:
    """Cut areas into square cells of equal weight, for a district without streets.

    The point of a cell is its centre; a cell counts where its centre lies in the area (the border
    counts as inside).
    """
    area, centre = [np.empty(0, np.int64)], [np.empty((0, 2))]
    for position, shape in enumerate(areas):
        inside = _centres_within(shape)
        area.append(np.full(len(inside), position))
        centre.append(inside)
    flat = np.concatenate(centre)
    return _gather(areas, np.concatenate(area), flat, np.ones(len(flat)))


def _pieces(graph: StreetGraph) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the middle, shape (n, 2), and the metres, shape (n,), of each walkable piece."""
    walkable = ((graph.forward | graph.backward) & MODE_BITS["walk"]) > 0
    points = np.diff(graph.line_start)
    street = np.repeat(np.arange(len(points)), points)
    first = np.flatnonzero((street[:-1] == street[1:]) & walkable[street[:-1]])
    start, step = graph.line_xy[first], graph.line_xy[first + 1] - graph.line_xy[first]
    length_m = np.hypot(step[:, 0], step[:, 1])
    drawn = length_m > 0
    start, step, length_m = start[drawn], step[drawn], length_m[drawn]
    cuts = np.ceil(length_m / PIECE_M).astype(np.int64)
    segment = np.repeat(np.arange(len(cuts)), cuts)
    number = np.arange(len(segment)) - np.repeat(np.cumsum(cuts) - cuts, cuts)
    along = (number + 0.5) / cuts[segment]
    return start[segment] + step[segment] * along[:, None], (length_m / cuts)[segment]


def _centres_within(area: BaseGeometry) -> NDArray[np.float64]:
    low_x, low_y, high_x, high_y = (np.asarray(area.bounds) // CELL_M).astype(int)
    column, row = np.meshgrid(np.arange(low_x, high_x + 1), np.arange(low_y, high_y + 1))
    centre = (np.stack([column.ravel(), row.ravel()], axis=1) + 0.5) * CELL_M
    shapely.prepare(area)
    inside: NDArray[np.float64] = centre[shapely.intersects_xy(area, centre)]
    return inside


def _gather(
    areas: Sequence[BaseGeometry],
    area: NDArray[np.int64],
    middle: NDArray[np.float64],
    length_m: NDArray[np.float64],
) -> Spread:
    """Gather pieces into cells, and give a point to each area that has none."""
    without = np.setdiff1d(np.arange(len(areas)), area)
    inside = [areas[position].representative_point() for position in without]
    area = np.concatenate([area, without])
    middle = np.concatenate([middle, np.array([(p.x, p.y) for p in inside]).reshape(-1, 2)])
    length_m = np.concatenate([length_m, np.ones(len(without))])
    square = np.floor(middle / CELL_M).astype(np.int64)
    keys, cell = np.unique(
        np.column_stack([area, square[:, 1], square[:, 0]]), axis=0, return_inverse=True
    )
    cell = cell.ravel()
    weight = np.bincount(cell, length_m, len(keys)).astype(np.float64)
    centre = np.stack(
        [np.bincount(cell, length_m * middle[:, axis], len(keys)) / weight for axis in (0, 1)],
        axis=1,
    )
    far = np.round(((middle - centre[cell]) ** 2).sum(axis=1), 3)
    order = np.lexsort((middle[:, 1], middle[:, 0], far, cell))
    nearest = order[np.searchsorted(cell[order], np.arange(len(keys)))]
    return Spread(
        xy=middle[nearest],
        weight=weight,
        starts=np.searchsorted(keys[:, 0], np.arange(len(areas) + 1)).astype(np.int64),
        without_streets=tuple(int(position) for position in without),
    )
