"""Country roads: the easiest ways over the hills between villages, bridges and towns."""
# ruff: noqa: PLR2004 - the shares and distances are the invention itself

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import networkx as nx
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree
from shapely import LineString, contains_xy

from invention.draft import Draft, Xy, rounded, wet
from invention.terrain import LAND, TOWNS, slope

__all__ = ["draw_country_roads"]

_STEP_M = 80.0
_HALF = 150  # the raster has 301 x 301 cells
_MAIN_ROADS = (
    ("北坪", "老城"), ("大学城", "老城"), ("大学城", "北坪"), ("上溪", "北坪"), ("南湾", "西港"),
    ("南湾", "柳岭"), ("柳岭", "东岸新区"), ("桐垭", "东岸新区"), ("南湾", "东岸新区"),
)  # fmt: skip
_CUT_OFF = (-9800.0, -4300.0)
"""A hamlet whose way out is missing on the map: an island, as real files have them."""

_Cells = NDArray[np.int64]


def draw_country_roads(draft: Draft, loose: Sequence[Xy], rng: np.random.Generator) -> None:
    """Tie towns, loose bridge ends and villages; ways share their lower parts, as in valleys."""
    raster = _Raster()
    villages = _villages(raster, rng)
    ways = nx.Graph()
    for pair in _MAIN_ROADS:
        here, there = (raster.cells_of([(t.x, t.y)]) for t in TOWNS if t.name in pair)
        nx.add_path(ways, _path(raster.ways_to(here), int(there[0])), main=True)
    _leave_towns(ways, raster, draft)
    roads = raster.cells_of(sorted(set(draft.graph.nodes) - set(loose)))
    roads = _tie(ways, raster.cells_of(loose), np.union1d(roads, list(ways)), raster, main=True)
    for batch in np.array_split(villages, 7):
        roads = _tie(ways, batch, roads, raster, main=False)
    _add_loops(ways, raster, villages, rng)
    raster.move_to(sorted(draft.graph.nodes), ways)
    _draw_ways(draft, ways, raster)
    hamlets = [p for p in map(raster.place, villages.tolist()) if p in draft.graph]
    for hamlet in (*hamlets, _CUT_OFF):
        _draw_hamlet(draft, hamlet, rng)


class _Raster:
    """Cells of 80 m with the effort to go from each to its neighbours."""

    def __init__(self) -> None:
        side = np.arange(-_HALF, _HALF + 1) * _STEP_M
        x, y = (a.ravel() for a in np.meshgrid(side, side))
        self.xy = np.column_stack([x, y])
        self.slope = slope(x, y)
        land = LAND.boundary.buffer(-60).difference(LAND.river.buffer(70))
        self.dry = np.asarray(contains_xy(land, x, y), dtype=np.bool_)
        self._width = len(side)
        self._effort = self._measure(LAND.height_m(x, y))
        self._place = self.xy + np.random.default_rng(41).uniform(-24, 24, self.xy.shape)

    def _measure(self, height: NDArray[np.float64]) -> csr_array:
        """Weigh each step to a neighbour by length, and by the square of how steep it is."""
        cells = np.arange(len(height)).reshape(self._width, self._width)
        pairs = [
            (cells[:-1], cells[1:]),
            (cells[:, :-1], cells[:, 1:]),
            (cells[:-1, :-1], cells[1:, 1:]),
            (cells[:-1, 1:], cells[1:, :-1]),
        ]
        here = np.concatenate([a.ravel() for a, _ in pairs])
        there = np.concatenate([b.ravel() for _, b in pairs])
        dry = self.dry[here] & self.dry[there]
        here, there = here[dry], there[dry]
        length = np.hypot(*(self.xy[there] - self.xy[here]).T)
        effort = length * (1 + ((height[there] - height[here]) / length / 0.05) ** 2)
        oneway = csr_array((effort, (here, there)), shape=(len(height),) * 2)
        return oneway + oneway.T

    def cells_of(self, points: Iterable[Xy]) -> _Cells:
        """Give the cells that some points lie in, each once, sorted."""
        at = np.rint(np.array(list(points)) / _STEP_M).astype(np.int64) + _HALF
        return np.unique(at[:, 1] * self._width + at[:, 0])

    def place(self, cell: int) -> Xy:
        """Give the point of a cell, a little off its middle so that roads are not stiff."""
        return rounded(self._place[cell])

    def move_to(self, nodes: Sequence[Xy], cells: Iterable[int]) -> None:
        """Put cells that hold a junction of a town on the nearest one: there the roads meet."""
        tree = cKDTree(nodes)
        for cell in cells:
            away, index = tree.query(self.xy[cell])
            if away <= 0.71 * _STEP_M:
                self._place[cell] = nodes[index]

    def ways_to(self, goals: _Cells, *, limit: float = np.inf) -> _Cells:
        """Give, for each cell, the next one on the easiest way to a goal; below 0 at its end."""
        _, came_from, _ = dijkstra(
            self._effort, indices=goals, min_only=True, return_predecessors=True, limit=limit
        )
        return np.asarray(came_from, dtype=np.int64)


def _path(came_from: _Cells, cell: int) -> Iterator[int]:
    while cell >= 0:
        yield cell
        cell = int(came_from[cell])


def _villages(raster: _Raster, rng: np.random.Generator) -> _Cells:
    """Choose some 300 places in the country, 560 m apart or more, farther where it is steep."""
    x, y = raster.xy.T
    town = np.min([np.hypot(x - t.x, y - t.y) / t.radius_m for t in TOWNS], axis=0)
    chosen: list[int] = []
    for cell in rng.permutation(np.flatnonzero(raster.dry & (town > 1.02) & (raster.slope < 0.3))):
        away = np.hypot(*(raster.xy[chosen] - raster.xy[cell]).T)
        if not (away < 560 + 900 * raster.slope[cell]).any():
            chosen.append(int(cell))
    return np.asarray(chosen)


def _leave_towns(ways: nx.Graph, raster: _Raster, draft: Draft) -> None:
    """Cut off the parts of main roads inside a town, where its own streets lead on."""
    cells = sorted(ways)
    away, _ = cKDTree(sorted(draft.graph)).query(raster.xy[cells])
    near = {cell for cell, metres in zip(cells, away, strict=True) if metres <= 0.71 * _STEP_M}
    ways.remove_edges_from([(a, b) for a, b in ways.edges if a in near and b in near])
    ways.remove_nodes_from([cell for cell in cells if ways.degree(cell) == 0])


def _tie(
    ways: nx.Graph, cells: _Cells, roads: _Cells, raster: _Raster, *, main: bool
) -> NDArray[np.int64]:
    """Lead each cell to the nearest road; give the cells of all roads then."""
    came_from = raster.ways_to(roads)
    for cell in cells.tolist():
        path = list(_path(came_from, cell))
        ways.add_edges_from((p for p in pairwise(path) if not ways.has_edge(*p)), main=main)
        roads = np.union1d(roads, path)
    return roads


def _add_loops(ways: nx.Graph, raster: _Raster, villages: _Cells, rng: np.random.Generator) -> None:
    """Join a quarter of the villages to a neighbour too, so that the country is not a mere tree."""
    neighbours = cKDTree(raster.xy[villages]).query(raster.xy[villages], k=4)[1]
    for row in rng.permutation(len(villages))[: len(villages) // 4]:
        other = int(villages[neighbours[row, int(rng.integers(1, 4))]])
        path = list(_path(raster.ways_to(villages[row : row + 1], limit=6000), other))
        ways.add_edges_from((p for p in pairwise(path) if not ways.has_edge(*p)), main=False)


def _draw_ways(draft: Draft, ways: nx.Graph, raster: _Raster) -> None:
    """Draw the chains of cells between forks as smooth winding roads."""
    fixed = {c for c in ways if ways.degree(c) != 2 or raster.place(c) in draft.graph}
    for chain in _chains(ways, fixed):
        small = "unclassified" if len(chain) > 9 or chain[0] % 5 == 0 else "residential"
        highway = "secondary" if ways.edges[chain[0], chain[1]]["main"] else small
        draft.add(*_smooth([raster.place(c) for c in chain]), highway=highway)


def _chains(graph: nx.Graph, fixed: set[int]) -> Iterator[list[int]]:
    """Walk each edge once, from one fixed node to the next."""
    walked: set[frozenset[int]] = set()
    for start in sorted(fixed):
        for step in sorted(graph.neighbors(start)):
            if frozenset((start, step)) in walked:
                continue
            chain = [start, step]
            while chain[-1] not in fixed:
                chain.append(next(n for n in graph.neighbors(chain[-1]) if n != chain[-2]))
            walked.update(frozenset(pair) for pair in pairwise(chain))
            yield chain


def _smooth(points: Sequence[Xy]) -> list[Xy]:
    """Cut the corners twice (Chaikin 1974), keep the ends, drop what makes less than 4 m."""
    line = np.array(points)
    for _ in range(2 if len(line) > 2 else 0):
        cut = np.empty((2 * (len(line) - 1), 2))
        cut[0::2] = 0.75 * line[:-1] + 0.25 * line[1:]
        cut[1::2] = 0.25 * line[:-1] + 0.75 * line[1:]
        line = np.vstack([line[:1], cut[1:-1], line[-1:]])
    return [rounded(point) for point in LineString(line).simplify(4.0).coords]


def _draw_hamlet(draft: Draft, village: Xy, rng: np.random.Generator) -> None:
    """Grow a few lanes with dead ends from a village."""
    tips = [village]
    for _ in range(int(rng.integers(5, 14))):
        base = tips[int(rng.integers(len(tips)))]
        angle, length = rng.uniform(0, 2 * np.pi), rng.uniform(45, 170)
        tip = rounded(np.add(base, [length * np.cos(angle), length * np.sin(angle)]))
        if not wet(base, tip):
            bow = rounded(np.add(base, tip) / 2 + rng.normal(0, 0.09 * length, 2))
            draft.add(base, bow, tip, highway="track" if rng.random() < 0.2 else "service")
            tips.append(tip)
