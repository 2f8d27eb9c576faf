"""An invented city of any size for measuring speed: its streets, and places to stand on."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from planner.streets import StreetGraph

__all__ = ["spread_places", "trial_city"]

_PROJECTION = "EPSG:32651"
_ALL_MODES = 7
_STREETS_SHARE = 0.75
_PATHS_SHARE = 0.03


def trial_city(nodes: int, *, seed: int = 20) -> StreetGraph:
    """Lay out a city of about that many junctions, all joined.

    Avenues and cross streets lie 50 to 110 m apart and wander by up to 20 m; a quarter of the
    pieces between junctions is missing, a few blocks have a path across, and a street is up to a
    quarter longer than the straight line. Junctions and streets come in random order, as files have
    them.

    Parameters
    ----------
    nodes
        Junctions wished for, at least 4; a few less or more come out.
    seed
        The same seed gives the same city.
    """
    rng = np.random.default_rng(seed)
    side = max(2, round((1.03 * nodes) ** 0.5))
    avenue, cross = (np.cumsum(rng.uniform(50, 110, side)) for _ in range(2))
    xy = np.stack(np.meshgrid(avenue, cross, indexing="ij"), axis=-1).reshape(-1, 2)
    xy += rng.uniform(-20, 20, xy.shape)
    streets = rng.permutation(_pieces(side, rng))
    joined = _largest_part(streets, len(xy))
    number = np.full(len(xy), -1)
    number[joined] = rng.permutation(len(joined))
    streets = number[streets]
    streets = streets[(streets >= 0).all(axis=1)]
    place = np.empty((len(joined), 2))
    place[number[joined]] = xy[joined]
    return _graph(place, streets, rng.uniform(1, 1.25, len(streets)))


def spread_places(
    graph: StreetGraph, count: int, *, clustered_share: float, seed: int
) -> NDArray[np.float64]:
    """Scatter places over a city, a share of them around 400 centres of unequal weight.

    Returns
    -------
    numpy.ndarray
        Metres in the plane of the city, shape (count, 2).
    """
    rng = np.random.default_rng(seed)
    low, high = graph.node_xy.min(axis=0), graph.node_xy.max(axis=0)
    near = round(count * clustered_share)
    centre = rng.uniform(low, high, (400, 2))
    chosen = rng.choice(400, near, p=rng.dirichlet(np.full(400, 0.6)))
    around = (
        centre[chosen] + rng.normal(0, 1, (near, 2)) * rng.uniform(150, 1500, 400)[chosen, None]
    )
    places = np.vstack([around, rng.uniform(low, high, (count - near, 2))])
    inside: NDArray[np.float64] = np.clip(rng.permutation(places), low, high)
    return inside


def _pieces(side: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Join neighbours of a square of junctions, some left out, some blocks crossed, (m, 2)."""
    corner = np.arange(side * side).reshape(side, side)
    along = np.stack([corner[:-1].ravel(), corner[1:].ravel()], axis=1)
    across = np.stack([corner[:, :-1].ravel(), corner[:, 1:].ravel()], axis=1)
    block = np.stack([corner[:-1, 1:].ravel(), corner[1:, :-1].ravel()], axis=1)
    grid = np.vstack([along, across])
    return np.vstack(
        [grid[rng.random(len(grid)) < _STREETS_SHARE], block[rng.random(len(block)) < _PATHS_SHARE]]
    )


def _largest_part(streets: NDArray[np.int64], nodes: int) -> NDArray[np.int64]:
    """Give the junctions of the largest joined part."""
    joined = coo_array((np.ones(len(streets)), tuple(streets.T)), shape=(nodes, nodes))
    _, part = connected_components(joined, directed=False)
    return np.flatnonzero(part == np.bincount(part).argmax())


def _graph(
    xy: NDArray[np.float64], streets: NDArray[np.int64], detour: NDArray[np.float64]
) -> StreetGraph:
    """Draw each street as a straight line that counts as somewhat longer."""
    ends = xy[streets]
    straight_m = np.hypot(*(ends[:, 1] - ends[:, 0]).T)
    everyone = np.full(len(streets), _ALL_MODES, np.uint8)
    return StreetGraph(
        node_xy=xy,
        tail=streets[:, 0].astype(np.int32),
        head=streets[:, 1].astype(np.int32),
        length_mm=np.maximum(np.rint(straight_m * detour * 1000), 1).astype(np.int32),
        forward=everyone,
        backward=everyone,
        line_start=np.arange(0, 2 * len(streets) + 1, 2, dtype=np.int64),
        line_xy=ends.reshape(-1, 2),
        crs=_PROJECTION,
    )
