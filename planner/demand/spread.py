"""Areas and streets -> small cells on the streets, each with a share of its area."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from planner.demand.squares import (
    CELL_M,
    NO_SQUARES,
    boxes_of,
    columns_and_rows,
    find_squares,
    squares_at,
)
from planner.streets.graph import MODE_BITS, StreetGraph

__all__ = ["CELL_M", "PIECE_M", "Spread", "spread_over_area", "spread_over_streets"]

PIECE_M = 25.0
"""Longest piece of street that is counted in one cell, by its middle: a tenth of a cell."""


_LEAST_M2 = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Cells of k areas, those of one area side by side."""

    xy: NDArray[np.float64]
    """A point of the cell, on a street where there are streets; metres in the plane of the areas,
    shape (n, 2)."""
    weight: NDArray[np.float64]
    """Metres of street in the cell; without streets in the area 1 for a cell that stands for it;
    0 for a cell that only a pattern may fill, shape (n,)."""
    starts: NDArray[np.int64]
    """Where the cells of each area begin, and the end of the last, shape (k + 1,)."""
    without_streets: tuple[int, ...]
    """Positions of the areas that hold no street: one cell at a point inside the area stands for
    them."""
    square: NDArray[np.int64]
    """The square of each cell, as `squares.join_squares` names it, shape (n,)."""
    within: NDArray[np.float64]
    """Share of what a pattern has in the square that falls to the cell, shape (n,): by metres of
    street where the square has any, else by overlap; 0 in a square without streets that was not
    asked for."""


def spread_over_streets(
    areas: Sequence[BaseGeometry],
    graph: StreetGraph,
    *,
    squares: NDArray[np.int64] = NO_SQUARES,
    region: BaseGeometry | None = None,
) -> Spread:
    """Cut areas into square cells and weigh each by the metres of walkable street in it.

    Parameters
    ----------
    areas
        Polygons in the plane of the graph; areas that overlap are each cut on their own.
    graph
        Streets; those that nobody may walk along (motorways) do not count.
    squares
        Squares in which a pattern has something: they are cells also where no street is.
    region
        What patterns have in a square lies inside of this alone; None: anywhere in the square.

    Notes
    -----
    Streets are cut into pieces of at most `PIECE_M`; a piece belongs to the area and
    the cell in which its middle lies (a middle on the border of an area counts as inside). The
    point of a cell is the middle of the piece nearest to the length-weighted centre of its pieces,
    so it always lies on a street, never in water or on empty land. A cell without a street stands
    at a point of the area in the square.
    """
    middle, length_m = _pieces(graph)
    area, piece = shapely.STRtree(shapely.points(middle)).query(
        _shapes(areas), predicate="intersects"
    )
    base = _gather(areas, area, middle[piece], length_m[piece])
    inside = _inside(region, middle)
    known, place = np.unique(squares_at(middle[inside]), return_inverse=True)
    metres = np.bincount(place, length_m[inside], len(known)).astype(np.float64)
    at = find_squares(known, base.square)
    stands = np.isin(_areas_of(base), base.without_streets)
    on_street = (at >= 0) & ~stands
    shared = np.zeros(len(at))
    shared[on_street] = np.minimum(base.weight[on_street] / metres[at[on_street]], 1.0)
    return _with_squares(areas, base, shared, np.setdiff1d(squares, known), region)


def spread_over_area(
    areas: Sequence[BaseGeometry],
    *,
    squares: NDArray[np.int64] = NO_SQUARES,
    region: BaseGeometry | None = None,
) -> Spread:
    """Cut areas into square cells of equal weight, for a district without streets.

    The point of a cell is its centre; a cell counts where its centre lies in the area (the border
    counts as inside). Other squares that a pattern fills are cells of weight 0.
    """
    area, centre = [np.empty(0, np.int64)], [np.empty((0, 2))]
    for position, shape in enumerate(areas):
        inside = _centres_within(shape)
        area.append(np.full(len(inside), position))
        centre.append(inside)
    flat = np.concatenate(centre)
    base = _gather(areas, np.concatenate(area), flat, np.ones(len(flat)))
    return _with_squares(areas, base, np.zeros(len(base.weight)), np.unique(squares), region)


def _inside(region: BaseGeometry | None, xy: NDArray[np.float64]) -> NDArray[np.bool_]:
    if region is None:
        return np.ones(len(xy), dtype=bool)
    shapely.prepare(region)
    return np.asarray(shapely.intersects_xy(region, xy), dtype=bool)


def _shapes(areas: Sequence[BaseGeometry]) -> NDArray[np.object_]:
    """Give areas as an array, also where there are none."""
    return np.array(list(areas), dtype=object)


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
    if area.is_empty:
        return np.empty((0, 2))
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
        square=squares_at(middle[nearest]),
        within=np.zeros(len(keys)),
    )


def _areas_of(spread: Spread) -> NDArray[np.int64]:
    return np.repeat(np.arange(len(spread.starts) - 1), np.diff(spread.starts))


def _with_squares(
    areas: Sequence[BaseGeometry],
    base: Spread,
    within: NDArray[np.float64],
    squares: NDArray[np.int64],
    region: BaseGeometry | None,
) -> Spread:
    """Add the cells of squares by their overlap with the areas; one that is there is kept."""
    boxes = boxes_of(squares)
    area, box = shapely.STRtree(boxes).query(_shapes(areas), predicate="intersects")
    overlap = shapely.intersection(_shapes(areas)[area], boxes[box])
    inside = boxes if region is None else shapely.intersection(boxes, region)
    share = shapely.area(overlap) / np.maximum(shapely.area(inside), _LEAST_M2)[box]
    share = np.minimum(share, 1.0)
    some = share > 0
    area, square, overlap, share = area[some], squares[box[some]], overlap[some], share[some]
    points = shapely.get_coordinates(shapely.point_on_surface(overlap)).reshape(-1, 2)
    areas_of = np.concatenate([_areas_of(base), area])
    all_squares = np.concatenate([base.square, square])
    column, row = columns_and_rows(all_squares)
    order = np.lexsort((column, row, areas_of))  # stable: a cell of the base comes first
    first = np.ones(len(order), dtype=bool)
    first[1:] = (np.diff(areas_of[order]) != 0) | (np.diff(all_squares[order]) != 0)
    cell = np.cumsum(first) - 1
    shares = np.bincount(cell, np.concatenate([within, share])[order], int(first.sum()))
    kept = order[first]
    return Spread(
        xy=np.concatenate([base.xy, points])[kept],
        weight=np.concatenate([base.weight, np.zeros(len(area))])[kept],
        starts=np.searchsorted(areas_of[kept], np.arange(len(areas) + 1)).astype(np.int64),
        without_streets=base.without_streets,
        square=all_squares[kept],
        within=shares.astype(np.float64),
    )
