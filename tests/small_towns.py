"""Small street towns for tests, and their ways found by other means than the planner's."""

from itertools import pairwise
from pathlib import Path

import networkx as nx
import numpy as np
from hypothesis import strategies as st

from planner.streets import Snapped, StreetGraph
from planner.travel import TravelMatrix, travel_matrix

WALK, DRIVE = 1, 4
ALL = 7
Street = tuple[int, int, int, int, int]
Place = tuple[int, int, int]


def town(nodes: int, streets: list[Street]) -> StreetGraph:
    """Build a graph of (tail, head, millimetres, forward, backward); where the nodes lie does not
    matter."""
    columns = np.array(streets, np.int64).reshape(-1, 5).T
    xy = np.random.default_rng(nodes).uniform(0, 100, (nodes, 2))
    ends = np.stack([xy[columns[0]], xy[columns[1]]], axis=1).reshape(-1, 2)
    return StreetGraph(
        node_xy=xy,
        tail=columns[0].astype(np.int32),
        head=columns[1].astype(np.int32),
        length_mm=columns[2].astype(np.int32),
        forward=columns[3].astype(np.uint8),
        backward=columns[4].astype(np.uint8),
        line_start=np.arange(0, 2 * len(streets) + 1, 2, dtype=np.int64),
        line_xy=ends,
        crs="EPSG:32651",
    )


def snapped(places: list[Place]) -> Snapped:
    """Put places on (street, offset, access)."""
    street, offset_mm, access_mm = np.array(places, np.int32).reshape(-1, 3).T
    return Snapped(street=street, offset_mm=offset_mm, access_mm=access_mm)


def names(letter: str, places: list[Place]) -> tuple[str, ...]:
    return tuple(f"{letter}{n}" for n in range(len(places)))


def ways(
    graph: StreetGraph,
    sites: list[Place],
    cells: list[Place],
    *,
    mode: str = "walk",
    cutoff_m: float = 1000.0,
    cache: Path | None = None,
) -> TravelMatrix:
    return travel_matrix(
        graph,
        sites=snapped(sites),
        cells=snapped(cells),
        site_ids=names("s", sites),
        cell_ids=names("c", cells),
        mode=mode,
        cutoff_m=cutoff_m,
        cache=cache,
    )


def pairs(travel: TravelMatrix) -> dict[tuple[int, int], int]:
    """List what is stored, zeros too."""
    table = travel.length_mm.tocoo()
    return {
        (int(s), int(c)): int(mm)
        for s, c, mm in zip(table.coords[0], table.coords[1], table.data, strict=True)
    }


lengths = st.integers(1, 30)


@st.composite
def random_towns(draw: st.DrawFn) -> tuple[int, list[Street], list[Place], list[Place]]:
    """Draw a small town: loops, parallel and one-way streets, dead ends and islands all occur."""
    nodes = draw(st.integers(1, 7))
    node = st.integers(0, nodes - 1)
    bits = st.sampled_from([0, DRIVE])
    streets = draw(st.lists(st.tuples(node, node, lengths, bits, bits), min_size=1, max_size=12))

    def place() -> Place:
        street = draw(st.integers(-1, len(streets) - 1))
        end = streets[street][2] if street >= 0 else 0
        offset = draw(st.one_of(st.sampled_from([0, end]), st.integers(0, end)))
        return street, offset, draw(st.integers(0, 9))

    sites = [place() for _ in range(draw(st.integers(1, 4)))]
    cells = [place() for _ in range(draw(st.integers(1, 6)))]
    return nodes, streets, sites, cells


Spot = tuple[str, int, int]


def spot(streets: list[Street], street: int, offset: int) -> Spot:
    """Name the point of a street: its ends are corners, which streets share."""
    tail, head, length, *_ = streets[street]
    if offset in (0, length):
        return ("corner", tail if offset == 0 else head, 0)
    return ("along", street, offset)


def cut_streets(streets: list[Street], places: list[Place]) -> nx.DiGraph:
    """Build a graph in which every place is a node that cuts its street."""
    graph = nx.DiGraph()

    def join(start: Spot, end: Spot, length: int) -> None:
        known = graph.get_edge_data(start, end, {"mm": length})["mm"]
        graph.add_edge(start, end, mm=min(known, length))

    for number, (_, _, length, forward, backward) in enumerate(streets):
        cuts = {0, length, *(offset for street, offset, _ in places if street == number)}
        for first, second in pairwise(sorted(cuts)):
            here, there = spot(streets, number, first), spot(streets, number, second)
            graph.add_nodes_from([here, there])
            if forward:
                join(here, there, second - first)
            if backward:
                join(there, here, second - first)
    return graph


def recount(
    streets: list[Street], sites: list[Place], cells: list[Place], cutoff_mm: int
) -> dict[tuple[int, int], int]:
    """Find the ways by a plain double loop over the distances that NetworkX gives."""
    graph = cut_streets(streets, sites + cells)
    found = {}
    for c, (street, offset, access) in enumerate(cells):
        if street < 0:
            continue
        start = spot(streets, street, offset)
        length_mm = nx.single_source_dijkstra_path_length(graph, start, weight="mm")
        for s, (site_street, site_offset, site_access) in enumerate(sites):
            end = spot(streets, site_street, site_offset) if site_street >= 0 else None
            if end in length_mm and access + length_mm[end] + site_access <= cutoff_mm:
                found[s, c] = access + length_mm[end] + site_access
    return found
