"""Graphs that OSMnx saved become streets."""

import gzip
from collections.abc import Mapping, Sequence
from itertools import permutations
from pathlib import Path

import networkx as nx
import osmnx
import pytest
from shapely import LineString
from street_files import ALL, DRIVE, EBIKE, PLANE, WALK, Point, bits, degrees, ends

from planner.errors import StreetsError
from planner.streets import streets_from_file

PLACES = {10: (0, 0), 20: (100, 0), 30: (100, 80)}
Edge = tuple[int, int, dict[str, object]]


def save(path: Path, edges: Sequence[Edge], places: Mapping[int, Point] = PLACES) -> Path:
    """Let OSMnx write a graph; `geometry` in metres."""
    graph = nx.MultiDiGraph(crs="epsg:4326")
    for node, (lon, lat) in zip(places, degrees(list(places.values())), strict=True):
        graph.add_node(node, x=lon, y=lat)
    for tail, head, tags in edges:
        drawn = tags.pop("geometry", None)
        if drawn is not None:
            tags["geometry"] = LineString(degrees(drawn))  # type: ignore[arg-type]  # test data
        graph.add_edge(tail, head, **tags)
    osmnx.save_graphml(graph, path)
    return path


def test_two_directions_of_one_line_are_one_street(tmp_path: Path) -> None:
    road = {"highway": "residential", "oneway": False}
    edges: list[Edge] = [(10, 20, {**road}), (20, 10, {**road})]
    graph = streets_from_file(save(tmp_path / "a.graphml", edges), projection=PLANE)
    assert list(bits(graph).values()) == [(ALL, ALL)]
    assert graph.length_mm.tolist() == pytest.approx([100_000], abs=20)


def test_a_one_way_edge_binds_driving(tmp_path: Path) -> None:
    edges: list[Edge] = [(20, 10, {"highway": "residential", "oneway": True})]
    graph = streets_from_file(save(tmp_path / "a.graphml", edges), projection=PLANE)
    assert bits(graph) == {((100, 0), (0, 0)): (ALL, WALK | EBIKE)}


def test_a_single_edge_that_is_no_one_way_is_open_both_ways(tmp_path: Path) -> None:
    edges: list[Edge] = [(10, 20, {"highway": "residential", "oneway": False})]
    graph = streets_from_file(save(tmp_path / "a.graphml", edges), projection=PLANE)
    assert list(bits(graph).values()) == [(ALL, ALL)]


def test_lines_between_the_same_nodes_that_run_apart_stay_two_streets(tmp_path: Path) -> None:
    detour = {"highway": "primary", "oneway": True, "geometry": [(100, 0), (50, 60), (0, 0)]}
    edges: list[Edge] = [(10, 20, {"highway": "primary", "oneway": True}), (20, 10, detour)]
    graph = streets_from_file(save(tmp_path / "a.graphml", edges), projection=PLANE)
    assert sorted(graph.length_mm.tolist()) == pytest.approx([100_000, 156_205], abs=40)
    assert all(b & DRIVE == 0 for _, b in bits(graph).values())


def test_two_pairs_between_the_same_nodes_are_two_streets(tmp_path: Path) -> None:
    bend, back = [(0, 0), (50, 60), (100, 0)], [(100, 0), (50, 60), (0, 0)]
    road = {"highway": "primary", "oneway": False}
    edges: list[Edge] = [
        (10, 20, {**road}),
        (10, 20, {**road, "geometry": bend}),
        (20, 10, {**road, "geometry": back}),
        (20, 10, {**road}),
    ]
    graph = streets_from_file(save(tmp_path / "a.graphml", edges), projection=PLANE)
    assert sorted(graph.length_mm.tolist()) == pytest.approx([100_000, 156_205], abs=40)
    assert (graph.forward == ALL).all()
    assert (graph.backward == ALL).all()


ROAD, PATH = {"highway": "residential", "oneway": True}, {"highway": "footway", "oneway": False}


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_one_way_beside_a_footway_with_the_same_drawing_stays_a_one_way(
    tmp_path: Path, order: tuple[int, ...]
) -> None:
    edges: list[Edge] = [(10, 20, {**ROAD}), (10, 20, {**PATH}), (20, 10, {**PATH})]
    path = save(tmp_path / "a.graphml", [edges[k] for k in order])
    graph = streets_from_file(path, projection=PLANE)
    assert sorted(zip(graph.forward.tolist(), graph.backward.tolist(), strict=True)) == [
        (WALK, WALK),
        (ALL, WALK | EBIKE),
    ]


def test_a_footway_against_a_one_way_does_not_open_it(tmp_path: Path) -> None:
    edges: list[Edge] = [(10, 20, {**ROAD}), (20, 10, {**PATH})]
    graph = streets_from_file(save(tmp_path / "a.graphml", edges), projection=PLANE)
    assert bits(graph) == {
        ((0, 0), (100, 0)): (ALL, WALK | EBIKE),
        ((100, 0), (0, 0)): (WALK, WALK),
    }


def test_several_values_of_a_tag_may_stand_in_another_order(tmp_path: Path) -> None:
    edges: list[Edge] = [
        (10, 20, {"highway": ["residential", "tertiary"], "oneway": False}),
        (20, 10, {"highway": ["tertiary", "residential"], "oneway": False}),
    ]
    graph = streets_from_file(save(tmp_path / "a.graphml", edges), projection=PLANE)
    assert list(bits(graph).values()) == [(ALL, ALL)]


def test_a_loop_that_osmnx_saved_twice_is_one_street(tmp_path: Path) -> None:
    ring = [(0, 0), (30, 0), (30, 40), (0, 0)]
    road = {"highway": "service", "oneway": False}
    edges: list[Edge] = [
        (10, 10, {**road, "geometry": ring}),
        (10, 10, {**road, "geometry": ring[::-1]}),
    ]
    graph = streets_from_file(save(tmp_path / "a.graphml", edges), projection=PLANE)
    assert ends(graph) == {((0, 0), (0, 0), 120)}


def test_a_merged_edge_is_open_to_who_may_use_every_part(tmp_path: Path) -> None:
    edges: list[Edge] = [(10, 20, {"highway": ["residential", "path"], "oneway": False})]
    graph = streets_from_file(save(tmp_path / "a.graphml", edges), projection=PLANE)
    assert list(bits(graph).values()) == [(WALK | EBIKE, WALK | EBIKE)]


def test_a_projected_and_a_packed_graph_give_the_same_streets(tmp_path: Path) -> None:
    bend = [(0, 0), (50, 60), (100, 0)]
    edges: list[Edge] = [
        (10, 20, {"highway": "primary", "oneway": True, "geometry": bend}),
        (20, 30, {"highway": "footway", "oneway": False}),
    ]
    plain = save(tmp_path / "a.graphml", edges)
    projected = osmnx.project_graph(osmnx.load_graphml(plain), to_crs="EPSG:32651")
    osmnx.save_graphml(projected, tmp_path / "b.graphml")
    (tmp_path / "c.graphml.gz").write_bytes(gzip.compress(plain.read_bytes()))
    expected = ends(streets_from_file(plain, projection=PLANE))
    assert expected == {((0, 0), (100, 0), 156), ((100, 0), (100, 80), 80)}
    for name in ("b.graphml", "c.graphml.gz"):
        assert ends(streets_from_file(tmp_path / name, projection=PLANE)) == expected


def test_an_undirected_graph_is_open_both_ways(tmp_path: Path) -> None:
    graph = nx.MultiGraph(crs="epsg:4326")
    for node, (lon, lat) in zip(PLACES, degrees(list(PLACES.values())), strict=True):
        graph.add_node(node, x=lon, y=lat)
    graph.add_edge(10, 20, highway="primary")
    nx.write_graphml(graph, tmp_path / "a.graphml")
    streets = streets_from_file(tmp_path / "a.graphml", projection=PLANE)
    assert list(bits(streets).values()) == [(ALL, ALL)]


HEAD = '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">'
KEYS = (
    '<key id="x" for="node" attr.name="x"/><key id="y" for="node" attr.name="y"/>'
    '<key id="g" for="edge" attr.name="geometry"/><key id="c" for="graph" attr.name="crs"/>'
)
NODE = '<node id="{}"><data key="x">{}</data><data key="y">{}</data></node>'
TWO = NODE.format(1, 120.4, 31.5) + NODE.format(2, 120.5, 31.5)
EDGE = '<edge source="1" target="2"/>'
BROKEN = '<edge source="1" target="2"><data key="g">LINESTRING (1</data></edge>'
IN_METRES = NODE.format(1, 5e5, 3e6) + NODE.format(2, 5e5, 4e6)
NO_NUMBER = NODE.format(1, "nan", 1) + NODE.format(2, 2, 1)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "damaged or of another kind"),
        ("<graphml", "damaged or of another kind"),
        ("no xml at all", "damaged or of another kind"),
        (HEAD + "</graphml>", "holds no streets"),
        (f"{HEAD}{KEYS}<graph>{TWO}</graph></graphml>", "holds no streets"),
        (f'{HEAD}{KEYS}<graph><node id="1"/>{EDGE}</graph></graphml>', "node 1 has no position"),
        (
            f"{HEAD}{KEYS}<graph>{NODE.format(1, 'east', 31.5)}</graph></graphml>",
            "node 1 has no position",
        ),
        (
            f"{HEAD}{KEYS}<graph>{NODE.format(1, 120.4, 31.5)}{EDGE}</graph></graphml>",
            "names a node that is not there",
        ),
        (f"{HEAD}{KEYS}<graph>{TWO}{BROKEN}</graph></graphml>", "line of an edge cannot be read"),
        (
            f'{HEAD}{KEYS}<graph><data key="c">epsg:999999</data>{TWO}{EDGE}</graph></graphml>',
            "coordinate system 'epsg:999999' is not known",
        ),
        (
            f"{HEAD}{KEYS}<graph>{IN_METRES}{EDGE}</graph></graphml>",
            "coordinates that are no longitude and latitude",
        ),
        (f"{HEAD}{KEYS}<graph>{NO_NUMBER}{EDGE}</graph></graphml>", "node 1 has no position"),
    ],
)
def test_a_graph_that_cannot_be_used_is_named_with_the_reason(
    tmp_path: Path, content: str, message: str
) -> None:
    (tmp_path / "a.graphml").write_text(content)
    with pytest.raises(StreetsError, match=rf"a\.graphml.*{message}"):
        streets_from_file(tmp_path / "a.graphml")


def test_a_graph_that_grows_without_end_is_refused(tmp_path: Path) -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 9))
    text = f'<!DOCTYPE g [<!ENTITY l0 "lol">{laughs}]>{HEAD}{KEYS}<graph>&l8;</graph></graphml>'
    (tmp_path / "a.graphml").write_text(text)
    with pytest.raises(StreetsError, match="damaged or of another kind"):
        streets_from_file(tmp_path / "a.graphml")


def test_a_packed_graph_that_was_cut_short_is_an_error(tmp_path: Path) -> None:
    whole = gzip.compress(save(tmp_path / "a.graphml", [(10, 20, {})]).read_bytes())
    (tmp_path / "b.graphml.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(StreetsError, match="damaged or of another kind"):
        streets_from_file(tmp_path / "b.graphml.gz")
