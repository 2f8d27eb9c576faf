"""Extracts of OpenStreetMap, read by our arrays and by OSMnx, are the same streets.

What differs, and is taken into account here:

- OSMnx reads every way of a file: it is given the ways tagged `highway` alone, and for the last
  comparison those that somebody may use by our rules of access.
- A piece between two nodes that several ways draw, or one draws twice, is one piece here and two
  edges there; a piece from a node to itself is no street here.
- We cut a street where a way ends; OSMnx joins what goes on without a junction. A ring without any
  junction is left out there.
- A way that leaves the extract is cut where its nodes end; OSMnx refuses such a file, so it is
  given the parts.
- Islands stay (`retain_all`), here as there.
- OSMnx measures on a sphere, we on the ellipsoid: up to 0.5 % apart.
"""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import osmium
import osmnx
import pytest
from numpy.typing import NDArray
from street_files import SHARED

from planner.streets import StreetGraph, streets_from_file
from planner.streets.osm import read_osm
from planner.streets.rules import permitted
from planner.streets.tagged import TaggedLines

EXTRACTS = SHARED / "osm_extracts"
pytestmark = pytest.mark.skipif(not EXTRACTS.is_dir(), reason="the shared real data are not here")
SPHERE_SHARE = 0.005
Piece = frozenset[int]


@pytest.fixture(scope="module", params=["andorra", "campo_grande"])
def extract(request: pytest.FixtureRequest) -> Path:
    (path,) = (
        each for each in EXTRACTS.iterdir() if request.param.replace("_", "") in plain(each.name)
    )
    return path


@pytest.fixture(scope="module")
def highways(extract: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_xml(extract, tmp_path_factory.mktemp("xml") / "highways.osm")


def plain(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")


def write_xml(source: Path, target: Path, *, used: NDArray[np.bool_] | None = None) -> Path:
    """Let pyosmium write the ways tagged highway (or some of them), and the nodes, as XML.

    A way is written in parts where the extract does not have its nodes.
    """
    there = {node.id for node in osmium.FileProcessor(str(source), osmium.osm.NODE)}
    writer = osmium.SimpleWriter(str(target))
    for node in osmium.FileProcessor(str(source), osmium.osm.NODE):
        writer.add_node(node)
    number = 0
    way: Any  # pyosmium's type is that of any entity
    for way in osmium.FileProcessor(str(source), osmium.osm.WAY):
        if "highway" not in way.tags:
            continue
        refs = [node.ref for node in way.nodes]
        for present, run in groupby(refs, there.__contains__):
            part = list(run)
            if present and len(part) > 1:
                if used is None or used[number]:
                    writer.add_way(way.replace(id=number + 1, nodes=part))
                number += 1
    writer.close()
    assert used is None or number == len(used)
    return target


def by_osmnx(path: Path) -> Any:  # noqa: ANN401 - OSMnx has no types
    """Read all ways of an XML file in both directions; each piece once, none to itself."""
    graph = osmnx.graph_from_xml(path, bidirectional=True, simplify=False, retain_all=True)
    graph.remove_edges_from(
        [(u, v, key) for u, v, key in graph.edges(keys=True) if key > 0 or u == v]
    )
    return graph


def pieces_of(ways: TaggedLines) -> set[Piece]:
    """Give the pairs of neighbours along the ways."""
    inside = np.ones(len(ways.vertex), bool)
    inside[ways.start[1:] - 1] = False
    first = np.flatnonzero(inside)
    pairs = zip(ways.vertex[first].tolist(), ways.vertex[first + 1].tolist(), strict=True)
    return {frozenset(pair) for pair in pairs if pair[0] != pair[1]}


def test_every_piece_between_two_nodes_is_that_of_osmnx(extract: Path, highways: Path) -> None:
    ways = read_osm(extract)
    theirs = by_osmnx(highways)
    ours = pieces_of(ways)
    assert {node for piece in ours for node in piece} == set(nx.utils.flatten(theirs.edges()))
    assert ours == {frozenset(edge) for edge in theirs.edges()}
    assert len(ours) > 20_000


def test_the_streets_are_those_of_osmnx_when_what_goes_on_is_joined(
    extract: Path, tmp_path: Path
) -> None:
    # given: the ways that somebody may use, as OSMnx reads and simplifies them
    bits = permitted(read_osm(extract).tags)
    usable = (bits.forward | bits.backward) != 0
    raw = by_osmnx(write_xml(extract, tmp_path / "usable.osm", used=usable))
    raw.remove_nodes_from([node for node, degree in list(raw.degree()) if degree == 0])
    theirs = osmnx.simplify_graph(raw, remove_rings=True)  # each street there and back
    # when
    streets = streets_from_file(extract)
    ours = joined(streets)
    # then
    assert ours.number_of_nodes() == theirs.number_of_nodes()
    assert 2 * ours.number_of_edges() == theirs.number_of_edges()
    own_m = sum(length for *_, length in ours.edges(data="length"))
    their_m = sum(length for *_, length in theirs.edges(data="length"))
    assert 2 * own_m == pytest.approx(their_m, rel=SPHERE_SHARE)
    assert ours.number_of_nodes() > 1500


def joined(streets: StreetGraph) -> nx.MultiGraph:
    """Join streets at nodes that only two of them touch; drop rings without a junction."""
    graph = nx.MultiGraph()
    rows = (streets.tail.tolist(), streets.head.tolist(), streets.length_mm.tolist())
    for tail, head, length_mm in zip(*rows, strict=True):
        graph.add_edge(tail, head, length=length_mm / 1000)
    for part in list(rings(graph)):
        graph.remove_nodes_from(part)
    for node in list(graph):
        near = list(graph.edges(node, keys=True, data="length"))
        if passes_through(graph, node):
            (_, one, _, first), (_, other, _, second) = near
            graph.remove_node(node)
            graph.add_edge(one, other, length=first + second)
    return graph


def passes_through(graph: nx.MultiGraph, node: int) -> bool:
    """Tell a node between two streets (that may come from one other): no junction, no end."""
    return graph.degree(node) == 2 and not graph.has_edge(node, node)


def rings(graph: nx.MultiGraph) -> Iterator[set[int]]:
    for part in nx.connected_components(graph):
        if all(graph.degree(node) == 2 for node in part):
            yield part


def test_the_xml_of_an_extract_gives_the_streets_of_its_pbf(extract: Path, highways: Path) -> None:
    one = streets_from_file(extract)
    other = streets_from_file(highways, projection=one.crs)
    assert np.array_equal(one.tail, other.tail)
    assert np.array_equal(one.length_mm, other.length_mm)
    assert np.array_equal(one.forward, other.forward)
