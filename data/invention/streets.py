"""Invented streets: a turned and bent grid in each town, winding roads between villages, bridges, a motorway."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import networkx as nx
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree
from shapely import LineString, contains_xy, intersects, prepare

from invention.terrain import LAND, TOWNS, Land, Town, noise

__all__ = ["Street", "make_streets"]

Xy = tuple[float, float]
_WATER = LAND.river.buffer(20)
_STEP_M = 80.0
_HALF = 150  # the raster for country roads has 301 x 301 cells
prepare(_WATER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Street:
    """One street between two junctions or to a dead end."""

    line: tuple[Xy, ...]
    """Metres in the plane of the invented land; junctions of streets have the same point to the last digit."""
    highway: str
    oneway: str = "no"
    name: str = ""


@dataclass(slots=True)
class _Draft:
    """The network while it is drawn: points as nodes, streets as edges with a line."""

    graph: nx.Graph = field(default_factory=nx.Graph)

    def add(self, *points: Xy, highway: str, oneway: str = "no", name: str = "") -> None:
        """Add one street along some points; the first and the last are its ends."""
        if points[0] != points[-1] and not self.graph.has_edge(points[0], points[-1]):
            self.graph.add_edge(
                points[0], points[-1], line=points, highway=highway, oneway=oneway, name=name
            )


def make_streets(seed: int) -> list[Street]:
    """Invent the whole network; the same seed gives the same streets in the same order."""
    rng = np.random.default_rng(seed)
    draft = _Draft()
    for town in TOWNS:
        _draw_town(draft, town, rng)
    _keep_largest_parts(draft.graph, at_least=40)
    _draw_spurs(draft, rng)
    loose = _draw_bridges(draft)
    _draw_tunnels(draft)
    _draw_country_roads(draft, loose, rng)
    _draw_motorway(draft)
    _keep_largest_parts(draft.graph, at_least=9)
    return _joined(draft.graph)


def _round(x: float, y: float) -> Xy:
    return (round(float(x), 2), round(float(y), 2))


# Towns


def _draw_town(draft: _Draft, town: Town, rng: np.random.Generator) -> None:
    """Draw a bent grid: every sixth line a main road, every third a collector, a third of the rest left out."""
    points = _grid(town, rng)
    for (i, j), here in points.items():
        for step in ((1, 0), (0, 1)):
            there = points.get((i + step[0], j + step[1]))
            if there is None or _wet(here, there):
                continue
            highway, name = _rank(town, j if step[0] else i, along=bool(step[0]))
            if highway in ("residential", "service") and rng.random() < _left_out_share(town, here):
                if rng.random() < 0.16:  # a stairway or footpath where no street leads through
                    draft.add(here, there, highway="steps" if rng.random() < 0.45 else "footway")
                continue
            oneway = "yes" if highway == "residential" and rng.random() < 0.12 else "no"
            ends = (there, here) if oneway == "yes" and (i + j) % 2 else (here, there)
            draft.add(*ends, highway=highway, oneway=oneway, name=name)


def _grid(town: Town, rng: np.random.Generator) -> dict[tuple[int, int], Xy]:
    """Give the crossings of a town's grid that lie on dry, gentle ground inside the town."""
    half = int(1.35 * town.radius_m / town.spacing_m)
    i, j = (a.ravel() for a in np.meshgrid(np.arange(-half, half + 1), np.arange(-half, half + 1)))
    turn = np.deg2rad(town.turn_deg)
    jitter = rng.normal(0, 0.075 * town.spacing_m, (len(i), 2))
    u, v = i * town.spacing_m, j * town.spacing_m
    x = town.x + u * np.cos(turn) - v * np.sin(turn)
    y = town.y + u * np.sin(turn) + v * np.cos(turn)
    bend = 1.5 * town.spacing_m
    bent_x = x + bend * noise(x, y, wave_m=2600, seed=31) + jitter[:, 0]
    bent_y = y + bend * noise(x, y, wave_m=2600, seed=32) + jitter[:, 1]
    away = np.hypot(bent_x - town.x, bent_y - town.y) / town.radius_m
    ragged = 0.17 * noise(bent_x, bent_y, wave_m=1500, seed=33)
    good = (
        (away + ragged < 1)
        & _buildable(bent_x, bent_y)
        & (_nearest_town(bent_x, bent_y) == TOWNS.index(town))
    )
    return {
        (int(a), int(b)): _round(px, py)
        for a, b, px, py in zip(i[good], j[good], bent_x[good], bent_y[good], strict=True)
    }


def _nearest_town(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.int64]:
    away = [np.hypot(x - t.x, y - t.y) / t.radius_m for t in TOWNS]
    nearest: NDArray[np.int64] = np.argmin(away, axis=0)
    return nearest


def _buildable(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell where a town can stand: inside the district, 60 m from the water, slopes below 22 %."""
    dry = LAND.boundary.buffer(-150).difference(LAND.river.buffer(60))
    gentle = _slope(LAND, x, y) < 0.22
    buildable: NDArray[np.bool_] = contains_xy(dry, x, y) & gentle
    return buildable


def _slope(land: Land, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    here = land.height_m(x, y)
    slope: NDArray[np.float64] = (
        np.hypot(land.height_m(x + 30, y) - here, land.height_m(x, y + 30) - here) / 30
    )
    return slope


def _rank(town: Town, line: int, *, along: bool) -> tuple[str, str]:
    """Give the class and name of a grid line."""
    number = line // 6 + 10
    if line % 12 == 0:
        return "primary", f"{town.name}{'横' if along else '纵'}{number}大道"
    if line % 6 == 0:
        return "secondary", f"{town.name}{'横' if along else '纵'}{number}路"
    if line % 3 == 0:
        return "tertiary", ""
    return "residential", ""


def _left_out_share(town: Town, here: Xy) -> float:
    """Give the share of small streets that are missing: more at the edge of a town than in its middle."""
    away = float(np.hypot(here[0] - town.x, here[1] - town.y)) / town.radius_m
    return 0.2 + 0.3 * away


def _wet(here: Xy, there: Xy) -> bool:
    return bool(intersects(_WATER, LineString([here, there])))


def _keep_largest_parts(graph: nx.Graph, *, at_least: int) -> None:
    for part in list(nx.connected_components(graph)):
        if len(part) < at_least:
            graph.remove_nodes_from(part)


def _draw_spurs(draft: _Draft, rng: np.random.Generator) -> None:
    """Let lanes lead from the middle of small streets into the blocks, to a dead end or a small loop."""
    small = [
        (a, b)
        for a, b, data in draft.graph.edges(data=True)
        if data["highway"] in ("residential", "tertiary") and data["oneway"] == "no"
    ]
    for index in rng.permutation(len(small))[: int(0.2 * len(small))]:
        a, b = small[index]
        data = draft.graph.edges[a, b]
        middle = _round(*(np.add(a, b) / 2 + rng.normal(0, 2, 2)))
        along = np.subtract(b, a)
        side = np.array([-along[1], along[0]]) * rng.choice([-1, 1]) * rng.uniform(0.22, 0.42)
        end = _round(*(middle + side + rng.normal(0, 5, 2)))
        if np.hypot(*along) < 60 or _wet(middle, end):
            continue
        draft.graph.remove_edge(a, b)
        draft.add(a, middle, highway=data["highway"], name=data["name"])
        draft.add(middle, b, highway=data["highway"], name=data["name"])
        draft.add(middle, end, highway="service")


# Bridges, tunnels, motorway

_BRIDGES = (  # share of the river's line at which the bridge stands, class, name
    (0.335, "secondary", "西港大桥"),
    (0.418, "primary", "南门大桥"),
    (0.487, "primary", "清江一桥"),
    (0.528, "footway", "老渡口人行桥"),
    (0.585, "primary", "清江二桥"),
    (0.745, "secondary", "上溪大桥"),
)


def _nearest_node(graph: nx.Graph, point: NDArray[np.float64]) -> tuple[Xy, float]:
    """Give the junction nearest to a point, and how far it is in metres."""
    nodes = sorted(graph.nodes)
    away, index = cKDTree(nodes).query(point)
    return nodes[index], float(away)


def _draw_bridges(draft: _Draft) -> list[Xy]:
    """Cross the river at right angles; give the ends that lie too far in the country to be tied to a town."""
    line, loose = LAND.river_line, []
    for share, highway, name in _BRIDGES:
        middle = np.array(line.interpolate(share, normalized=True).coords[0])
        ahead = np.array(line.interpolate(share + 0.002, normalized=True).coords[0]) - middle
        across = np.array([-ahead[1], ahead[0]]) / np.hypot(*ahead)
        heads = [_round(*(middle + sign * 300 * across)) for sign in (-1, 1)]
        joints = [_nearest_node(draft.graph, np.asarray(head)) for head in heads]
        for head, (joint, away) in zip(heads, joints, strict=True):
            if away < 400 and not _wet(head, joint):
                draft.add(joint, head, highway=highway, name=name)
            else:
                loose.append(head)
        draft.add(heads[0], _round(*middle), heads[1], highway=highway, name=name)
    return loose


_TUNNELS = (((-4300, 1200), (-7400, 1500), "西山隧道"), ((6600, -1500), (9400, -1100), "东岭隧道"))


def _draw_tunnels(draft: _Draft) -> None:
    for here, there, name in _TUNNELS:
        ends = [
            _nearest_node(draft.graph, np.asarray(end, dtype=float))[0] for end in (here, there)
        ]
        draft.add(*ends, highway="primary", name=name)


_MOTORWAY = [
    (-3600, 11900), (-3300, 8300), (-4700, 4300), (-4950, 900), (-4600, -2300),
    (-3600, -4600), (-2500, -7200), (-2900, -11900),
]  # fmt: skip


def _draw_motorway(draft: _Draft) -> None:
    """Draw two carriageways, each one-way, with links to the nearest main road at five places."""
    from scipy.interpolate import CubicSpline  # noqa: PLC0415 - placeholder for order of imports

    curve = CubicSpline(np.arange(len(_MOTORWAY)), np.asarray(_MOTORWAY, dtype=float))
    middle = curve(np.linspace(0, len(_MOTORWAY) - 1, 160))
    ahead = np.gradient(middle, axis=0)
    across = np.column_stack([-ahead[:, 1], ahead[:, 0]]) / np.hypot(*ahead.T)[:, None]
    prepare(LAND.boundary)
    inside = contains_xy(LAND.boundary, *middle.T)
    exits = (24, 52, 78, 104, 128)
    main = draft.graph.edge_subgraph(
        (a, b)
        for a, b, h in draft.graph.edges(data="highway")
        if h in ("primary", "secondary", "tertiary")
    )
    joints = [_nearest_node(main, middle[k])[0] for k in exits]
    for sign in (1, -1):
        points = [_round(*p) for p in (middle + 13 * sign * across)[inside]][::sign]
        first = int(np.argmax(inside))
        stops = sorted(
            {
                0,
                len(points) - 1,
                *((k - first) if sign > 0 else (len(points) - 1 - (k - first)) for k in exits),
            }
        )
        for start, end in zip(stops, stops[1:], strict=False):
            draft.add(
                *points[start : end + 1], highway="motorway", oneway="yes", name="绕城高速（虚构）"
            )
        for k, joint in zip(exits, joints, strict=True):
            point = points[k - first if sign > 0 else len(points) - 1 - (k - first)]
            draft.add(point, joint, highway="motorway_link", oneway="no")


# Country roads


_MAIN_ROADS = (
    ("北坪", "老城"), ("大学城", "老城"), ("大学城", "北坪"), ("上溪", "北坪"), ("南湾", "西港"),
    ("南湾", "柳岭"), ("柳岭", "东岸新区"), ("桐垭", "东岸新区"), ("南湾", "东岸新区"),
)  # fmt: skip


def _draw_country_roads(draft: _Draft, loose: list[Xy], rng: np.random.Generator) -> None:
    """Tie towns, bridges and villages by the easiest ways over the hills, which share their lower parts."""
    raster = _Raster()
    villages = _villages(raster, rng)
    ways = nx.Graph()
    for here, there in _MAIN_ROADS:
        ends = [raster.cells_of([(t.x, t.y)]) for t in TOWNS if t.name in (here, there)]
        nx.add_path(ways, _path(raster.ways_to(ends[0]), int(ends[1][0])), main=True)
    _leave_towns(ways, raster, draft)
    roads = raster.cells_of(sorted(set(draft.graph.nodes) - set(loose)))
    roads = np.union1d(roads, sorted(ways.nodes))
    for number, batch in enumerate((raster.cells_of(loose), *np.array_split(villages, 7))):
        came_from = raster.ways_to(roads)
        for cell in batch:
            path = list(_path(came_from, int(cell)))
            new = [pair for pair in pairwise(path) if not ways.has_edge(*pair)]
            ways.add_edges_from(new, main=number == 0)
            roads = np.union1d(roads, path)
    _add_loops(ways, raster, villages, rng)
    _tie_to_streets(draft, ways, raster)
    _draw_ways(draft, ways, raster)
    _draw_hamlets(draft, [raster.place(int(v)) for v in villages], rng)


def _leave_towns(ways: nx.Graph, raster: "_Raster", draft: _Draft) -> None:
    """Cut off the parts of main roads that run inside a town, where its own streets lead on."""
    tree = cKDTree(sorted(draft.graph.nodes))
    cells = sorted(ways.nodes)
    away, _ = tree.query(np.column_stack([raster.x[cells], raster.y[cells]]))
    near = {cell for cell, metres in zip(cells, away, strict=True) if metres <= 0.71 * _STEP_M}
    ways.remove_edges_from([(a, b) for a, b in ways.edges if a in near and b in near])
    ways.remove_nodes_from([cell for cell in cells if ways.degree(cell) == 0])


class _Raster:
    """Cells of 80 m with the effort to go from each to its neighbours."""

    def __init__(self) -> None:
        side = np.arange(-_HALF, _HALF + 1) * _STEP_M
        self.x, self.y = (a.ravel() for a in np.meshgrid(side, side))
        self.width = len(side)
        self.height = LAND.height_m(self.x, self.y)
        prepare(LAND.river)
        self.barred = ~contains_xy(LAND.boundary.buffer(-60), self.x, self.y) | contains_xy(
            LAND.river.buffer(70), self.x, self.y
        )
        self.effort = self._effort()
        rng = np.random.default_rng(41)
        self._shift = rng.uniform(-24, 24, (len(self.x), 2))

    def _effort(self) -> csr_array:
        cells = np.arange(len(self.x)).reshape(self.width, self.width)
        froms, tos = [], []
        for a, b in ((slice(None, -1), slice(1, None)), (slice(1, None), slice(None, -1))):
            froms += [
                cells[a].ravel(),
                cells[:, a].ravel(),
                cells[a, a].ravel(),
                cells[a, b].ravel(),
            ]
            tos += [cells[b].ravel(), cells[:, b].ravel(), cells[b, b].ravel(), cells[b, a].ravel()]
        here, there = np.concatenate(froms), np.concatenate(tos)
        dry = ~(self.barred[here] | self.barred[there])
        here, there = here[dry], there[dry]
        length = np.hypot(self.x[there] - self.x[here], self.y[there] - self.y[here])
        steep = np.abs(self.height[there] - self.height[here]) / length
        weight = length * (1 + (steep / 0.05) ** 2)
        return csr_array((weight, (here, there)), shape=(len(self.x),) * 2)

    def cells_of(self, points: Iterable[Xy]) -> NDArray[np.int64]:
        """Give the cells that some points lie in, each once, sorted."""
        at = np.rint(np.asarray(list(points)) / _STEP_M).astype(np.int64) + _HALF
        return np.unique(at[:, 1] * self.width + at[:, 0])

    def place(self, cell: int) -> Xy:
        """Give the point of a cell, moved a little so that roads are not stiff."""
        return _round(self.x[cell] + self._shift[cell, 0], self.y[cell] + self._shift[cell, 1])

    def ways_to(self, roads: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give, for each cell, the next one on the easiest way to a road (negative: none, or on it)."""
        _, came_from, _ = dijkstra(
            self.effort, indices=roads, min_only=True, return_predecessors=True
        )
        return np.asarray(came_from, dtype=np.int64)


def _path(came_from: NDArray[np.int64], cell: int) -> Iterator[int]:
    while cell >= 0:
        yield cell
        cell = int(came_from[cell])


def _villages(raster: "_Raster", rng: np.random.Generator) -> NDArray[np.int64]:
    """Choose about 300 places in the country, at least 560 m apart, farther and rarely where it is steep."""
    town = np.min([np.hypot(raster.x - t.x, raster.y - t.y) / t.radius_m for t in TOWNS], axis=0)
    steep = _slope(LAND, raster.x, raster.y)
    places = np.column_stack([raster.x, raster.y])
    chosen: list[int] = []
    for cell in rng.permutation(np.flatnonzero(~raster.barred & (town > 1.02) & (steep < 0.3))):
        away = np.hypot(*(places[chosen] - places[cell]).T)
        if not (away < 560 + 900 * steep[cell]).any():
            chosen.append(int(cell))
    return np.asarray(chosen)


def _add_loops(
    ways: nx.Graph, raster: "_Raster", villages: NDArray[np.int64], rng: np.random.Generator
) -> None:
    """Join some villages to a neighbour too, so that the country is not a mere tree."""
    places = np.column_stack([raster.x[villages], raster.y[villages]])
    neighbours = cKDTree(places).query(places, k=4)[1]
    for row in rng.permutation(len(villages))[: len(villages) // 4]:
        other = int(villages[neighbours[row, int(rng.integers(1, 4))]])
        _, came_from = dijkstra(
            raster.effort, indices=int(villages[row]), return_predecessors=True, limit=6000
        )
        path = list(_path(came_from, other))
        new = [pair for pair in pairwise(path) if not ways.has_edge(*pair)]
        ways.add_edges_from(new, main=False)


def _tie_to_streets(draft: _Draft, ways: nx.Graph, raster: "_Raster") -> None:
    """Give the cells where a country road meets a town the place of the town's nearest junction."""
    nodes = np.asarray(sorted(draft.graph.nodes))
    tree = cKDTree(nodes)
    for cell in ways.nodes:
        distance, index = tree.query((raster.x[cell], raster.y[cell]))
        if distance <= _STEP_M * 0.71:
            raster._shift[cell] = nodes[index] - (raster.x[cell], raster.y[cell])


def _draw_ways(draft: _Draft, ways: nx.Graph, raster: "_Raster") -> None:
    """Draw the chains of cells between forks as smooth winding roads."""
    fixed = {c for c in ways.nodes if ways.degree(c) != 2 or raster.place(c) in draft.graph}
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
            walked.add(frozenset((start, step)))
            while chain[-1] not in fixed:
                after = next(n for n in sorted(graph.neighbors(chain[-1])) if n != chain[-2])
                walked.add(frozenset((chain[-1], after)))
                chain.append(after)
            yield chain


def _smooth(points: list[Xy]) -> list[Xy]:
    """Cut the corners twice (Chaikin 1974), keep the ends, drop what makes less than 4 m of difference."""
    line = np.asarray(points)
    for _ in range(2):
        if len(line) < 3:
            break
        cut = np.empty((2 * (len(line) - 1), 2))
        cut[0::2] = 0.75 * line[:-1] + 0.25 * line[1:]
        cut[1::2] = 0.25 * line[:-1] + 0.75 * line[1:]
        line = np.vstack([line[:1], cut[1:-1], line[-1:]])
    return [_round(x, y) for x, y in LineString(line).simplify(4.0).coords]


def _draw_hamlets(draft: _Draft, villages: list[Xy], rng: np.random.Generator) -> None:
    """Grow a few lanes with dead ends from each village."""
    for village in villages:
        if village not in draft.graph:
            continue
        tips = [village]
        for _ in range(int(rng.integers(5, 14))):
            base = tips[int(rng.integers(len(tips)))]
            angle, length = rng.uniform(0, 2 * np.pi), rng.uniform(45, 170)
            tip = _round(base[0] + length * np.cos(angle), base[1] + length * np.sin(angle))
            if not _wet(base, tip):
                bow = _round(*(np.add(base, tip) / 2 + rng.normal(0, 0.09 * length, 2)))
                draft.add(base, bow, tip, highway="track" if rng.random() < 0.2 else "service")
                tips.append(tip)


# The result


def _joined(graph: nx.Graph) -> list[Street]:
    """Give every street of the draft in a fixed order."""
    streets = [
        Street(line=tuple(d["line"]), highway=d["highway"], oneway=d["oneway"], name=d["name"])
        for _, _, d in graph.edges(data=True)
    ]
    return sorted(streets, key=lambda s: (s.line, s.highway))
