"""Drawn lines become streets between junctions."""

import gzip
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from street_files import (
    ALL,
    DRIVE,
    PLANE,
    WALK,
    bits,
    degrees,
    drawn,
    ends,
    graph_of,
    write_lines,
)

from planner.errors import StreetsError
from planner.geo import from_wgs84
from planner.streets import streets_from_file
from planner.streets.lines import Lines, clip_lines, cut_at_junctions, street_graph

CROSS = [([(0, 0), (100, 0), (200, 0)], ALL, ALL), ([(100, -50), (100, 0), (100, 80)], ALL, ALL)]


def test_lines_that_share_a_vertex_are_cut_there() -> None:
    assert ends(graph_of(CROSS)) == {
        ((0, 0), (100, 0), 100),
        ((100, 0), (200, 0), 100),
        ((100, -50), (100, 0), 50),
        ((100, 0), (100, 80), 80),
    }


def test_lines_that_only_cross_stay_apart_like_a_bridge_and_the_road_below() -> None:
    graph = graph_of([([(0, 0), (200, 0)], ALL, ALL), ([(100, -50), (100, 80)], ALL, ALL)])
    assert ends(graph) == {((0, 0), (200, 0), 200), ((100, -50), (100, 80), 130)}


def test_an_end_that_touches_the_middle_of_a_line_without_a_vertex_does_not_join_it() -> None:
    graph = graph_of([([(0, 0), (200, 0)], ALL, ALL), ([(100, 0), (100, 80)], ALL, ALL)])
    assert len(graph.node_xy) == 4


def test_bends_are_no_nodes_and_count_in_the_length() -> None:
    graph = graph_of([([(0, 0), (30, 0), (30, 40)], ALL, ALL)])
    assert len(graph.node_xy) == 2
    assert graph.length_mm.tolist() == [70_000]
    assert graph.line_xy.tolist() in ([[0, 0], [30, 0], [30, 40]], [[30, 40], [30, 0], [0, 0]])


def test_a_line_that_comes_back_to_itself_is_cut_where_it_meets() -> None:
    loop = [(0, 0), (100, 0), (150, 50), (150, -50), (100, 0)]
    graph = graph_of([(loop, ALL, ALL)])
    assert sorted(round(int(mm) / 1000) for mm in graph.length_mm) == [100, 241]
    assert (graph.tail == graph.head).sum() == 1  # the loop begins and ends at one node


def test_repeated_vertices_are_one_and_a_line_of_one_place_is_no_street() -> None:
    graph = graph_of([([(0, 0), (0, 0), (50, 0), (50, 0)], ALL, ALL), ([(9, 9), (9, 9)], ALL, ALL)])
    assert ends(graph) == {((0, 0), (50, 0), 50)}
    assert len(graph.line_xy) == 2


def test_a_street_of_less_than_a_millimetre_is_one_millimetre_long() -> None:
    assert graph_of([([(0, 0), (0.0001, 0)], ALL, ALL)]).length_mm.tolist() == [1]


def test_a_one_way_keeps_its_direction_when_it_is_cut() -> None:
    lines = [([(0, 0), (100, 0), (200, 0)], ALL, WALK), ([(100, 0), (100, 80)], WALK, WALK)]
    found = bits(graph_of(lines))
    assert found[(0, 0), (100, 0)] == (ALL, WALK)
    assert found[(100, 0), (200, 0)] == (ALL, WALK)


def test_a_street_that_nobody_may_use_is_left_out_and_cuts_nothing() -> None:
    graph = graph_of([([(0, 0), (100, 0), (200, 0)], ALL, ALL), ([(100, 0), (100, 80)], 0, 0)])
    assert ends(graph) == {((0, 0), (200, 0), 200)}


def test_the_window_keeps_what_touches_it_whole() -> None:
    xy = np.array([[0, 0], [100, 0], [200, 0], [200, 1], [300, 0], [400, 0]], float)
    lines = Lines(
        xy=xy,
        vertex=np.arange(6),
        start=np.array([0, 2, 4, 6]),
        forward=np.full(3, ALL, np.uint8),
        backward=np.full(3, ALL, np.uint8),
    )
    assert len(clip_lines(lines, (50, -9, 200, 9))) == 2  # a line on the border stays
    assert len(clip_lines(lines, (50, -9, 199.9, 9))) == 1
    graph = street_graph(lines, crs=PLANE, window=(50, -9, 60, 9))
    assert graph.length_mm.tolist() == [100_000]


def test_nothing_in_the_window_is_an_empty_graph() -> None:
    graph = street_graph(_lines_of_one(), crs=PLANE, window=(900, 900, 901, 901))
    assert len(graph.tail) == len(graph.node_xy) == len(graph.length_mm) == 0
    assert graph.line_start.tolist() == [0]


def _lines_of_one() -> Lines:
    one = np.full(1, ALL, np.uint8)
    return Lines(
        xy=np.array([[0.0, 0], [1, 0]]),
        vertex=np.arange(2),
        start=np.array([0, 2]),
        forward=one,
        backward=one,
    )


steps = st.tuples(st.integers(0, 6), st.integers(0, 6))
walks = st.lists(st.lists(steps, min_size=2, max_size=7), min_size=1, max_size=8)


@settings(max_examples=60, deadline=None)
@given(walks)
def test_cutting_keeps_every_metre_and_meets_only_at_ends(
    paths: list[list[tuple[int, int]]],
) -> None:
    lines = [([(10.0 * x, 10.0 * y) for x, y in path], ALL, ALL) for path in paths]
    graph = graph_of(lines)
    before = sum(shapely.LineString(points).length for points, _, _ in lines)
    after = sum(line.length for line in drawn(graph))
    assert after == pytest.approx(before)
    assert graph.length_mm.sum() == pytest.approx(before * 1000, abs=len(graph.tail))
    # Every vertex that stands twice is an end wherever it stands.
    inner = np.ones(len(graph.line_xy), bool)
    inner[graph.line_start[:-1]] = False
    inner[graph.line_start[1:] - 1] = False
    corners = [tuple(xy) for xy in graph.line_xy[inner].tolist()]
    nodes = {tuple(xy) for xy in graph.node_xy.tolist()}
    assert len(set(corners)) == len(corners)
    assert not nodes & set(corners)


@settings(max_examples=40, deadline=None)
@given(walks, st.randoms(use_true_random=False))
def test_the_order_of_the_lines_never_changes_the_streets(
    paths: list[list[tuple[int, int]]], random: object
) -> None:
    lines = [([(10.0 * x, 10.0 * y) for x, y in path], ALL, ALL) for path in paths]
    shuffled = list(lines)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # Hypothesis types it as Random itself
    one, other = graph_of(lines), graph_of(shuffled)
    assert one.node_xy.tolist() == other.node_xy.tolist()
    assert sorted(zip(one.tail, one.head, one.length_mm, strict=True)) == sorted(
        zip(other.tail, other.head, other.length_mm, strict=True)
    )


def test_each_street_is_drawn_from_its_tail_to_its_head() -> None:
    graph = graph_of(CROSS)
    first, last = graph.line_xy[graph.line_start[:-1]], graph.line_xy[graph.line_start[1:] - 1]
    assert (first == graph.node_xy[graph.tail]).all()
    assert (last == graph.node_xy[graph.head]).all()


def test_near_nodes_have_near_numbers() -> None:
    grid = [(x, y) for x in range(16) for y in range(16)]
    graph = graph_of(
        [([(100.0 * x, 100.0 * y), (100.0 * x + 100, 100.0 * y)], 1, 1) for x, y in grid]
    )
    step = np.hypot(*np.diff(graph.node_xy, axis=0).T)
    assert np.median(step) <= 150  # along rows or columns the median would be 100, at random 800


def test_a_geojson_file_is_read_with_its_kinds_and_one_ways(tmp_path: Path) -> None:
    path = write_lines(
        tmp_path / "roads.geojson",
        [
            ([(0, 0), (100, 0)], {"highway": "residential", "oneway": "yes"}),
            ([(100, 0), (100, 80)], {"highway": "footway", "oneway": None}),
            ([(100, 0), (300, 0)], {"highway": "motorway", "oneway": "no"}),
        ],
    )
    graph = streets_from_file(path, projection=PLANE)
    assert bits(graph)[(0, 0), (100, 0)] == (ALL, ALL ^ DRIVE)
    assert bits(graph)[(100, 0), (100, 80)] == (WALK, WALK)
    assert graph.length_mm.tolist() == pytest.approx([100_000, 80_000, 200_000], abs=60)


@pytest.mark.parametrize(
    ("columns", "kind"), [({}, "fclass"), ({"highway_column": "等级名"}, "等级名")]
)
def test_the_column_of_the_kind_may_have_another_name(
    tmp_path: Path, columns: dict[str, str], kind: str
) -> None:
    path = write_lines(tmp_path / "roads.geojson", [([(0, 0), (100, 0)], {kind: "footway"})])
    graph = streets_from_file(path, projection=PLANE, **columns)
    assert list(bits(graph).values()) == [(WALK, WALK)]


def test_a_file_without_kinds_is_taken_for_ordinary_roads_and_says_so(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "roads.geojson", [([(0, 0), (100, 0)], {"name": "x"})])
    graph = streets_from_file(path, projection=PLANE)
    assert list(bits(graph).values()) == [(ALL, ALL)]
    assert "every line counts as an ordinary road" in str(graph.notes[0])
    assert "one-ways" in str(graph.notes[1])


def test_kinds_that_nobody_may_use_are_left_out_and_told(tmp_path: Path) -> None:
    lines = [([(0, 0), (100, 0)], {"highway": "residential", "oneway": ""})]
    lines += [([(0, 10), (100, 10)], {"highway": "proposed", "oneway": ""})] * 2
    lines += [([(0, 20), (100, 20)], {"highway": "service", "oneway": "", "access": "no"})]
    graph = streets_from_file(write_lines(tmp_path / "roads.geojson", lines), projection=PLANE)
    assert len(graph.tail) == 1
    assert [str(told) for told in graph.notes] == [
        (
            "2 lines are left out because nobody may use their kind of street, or it is not known: "
            "proposed (2)"
        ),
        "1 streets that are closed to everyone are left out.",
    ]


@pytest.mark.parametrize("ending", [".gpkg", ".shp", ".geojson"])
def test_every_kind_of_line_file_gives_the_same_streets(tmp_path: Path, ending: str) -> None:
    lines = [shapely.LineString(degrees(points)) for points, _, _ in CROSS]
    table = gpd.GeoDataFrame({"highway": ["footway", "primary"]}, geometry=lines, crs=4326)
    table.to_crs(32651).to_file(tmp_path / f"roads{ending}")
    graph = streets_from_file(tmp_path / f"roads{ending}", projection=PLANE)
    assert ends(graph) == ends(graph_of(CROSS))


def test_a_zipped_shapefile_and_a_packed_geopackage_are_read(tmp_path: Path) -> None:
    lines = [shapely.LineString(degrees(points)) for points, _, _ in CROSS]
    table = gpd.GeoDataFrame({"highway": ["footway", "primary"]}, geometry=lines, crs=4326)
    table.to_file(tmp_path / "roads.shp")
    with zipfile.ZipFile(tmp_path / "packed.zip", "w") as packed:
        for part in tmp_path.glob("roads.*"):
            packed.write(part, part.name)
    table.to_file(tmp_path / "roads.gpkg")
    (tmp_path / "roads.gpkg.gz").write_bytes(gzip.compress((tmp_path / "roads.gpkg").read_bytes()))
    for name in ("packed.zip", "roads.gpkg.gz"):
        graph = streets_from_file(tmp_path / name, projection=PLANE)
        assert ends(graph) == ends(graph_of(CROSS)), name


def test_a_file_in_a_chinese_system_is_moved_to_where_the_streets_are(tmp_path: Path) -> None:
    lon, lat = np.array(degrees([(0, 0), (100, 0)])).T
    line = shapely.LineString(np.column_stack(from_wgs84(lon, lat, crs="GCJ-02")))
    table = gpd.GeoDataFrame({"highway": ["footway"]}, geometry=[line], crs=4326)
    table.to_file(tmp_path / "roads.gpkg")
    graph = streets_from_file(tmp_path / "roads.gpkg", crs="GCJ-02", projection=PLANE)
    assert ends(graph) == {((0, 0), (100, 0), 100)}


def test_the_layer_with_lines_is_found_and_a_wrong_name_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "map.gpkg"
    points = gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(CROSS[0][0][0])], crs=4326)
    points.to_file(path, layer="stops")
    lines = [shapely.LineString(degrees(points)) for points, _, _ in CROSS]
    gpd.GeoDataFrame({"highway": ["road"] * 2}, geometry=lines, crs=4326).to_file(
        path, layer="roads"
    )
    assert ends(streets_from_file(path, projection=PLANE)) == ends(graph_of(CROSS))
    with pytest.raises(StreetsError, match="no layer 'streets'"):
        streets_from_file(path, layer="streets")
    with pytest.raises(StreetsError, match="holds no lines"):
        streets_from_file(path, layer="stops")


def test_several_lines_in_one_row_are_each_a_street(tmp_path: Path) -> None:
    lines = shapely.MultiLineString([degrees(points) for points, _, _ in CROSS])
    table = gpd.GeoDataFrame({"highway": ["road"]}, geometry=[lines], crs=4326)
    table.to_file(tmp_path / "roads.gpkg")
    assert ends(streets_from_file(tmp_path / "roads.gpkg", projection=PLANE)) == ends(
        graph_of(CROSS)
    )


def test_shapes_that_are_no_lines_are_left_out_and_told(tmp_path: Path) -> None:
    line, other = (shapely.LineString(degrees([(0, y), (100, y)])) for y in (0, 50))
    point = shapely.Point(degrees([(0, 9)])[0])
    geometry = [line, shapely.GeometryCollection([other, point]), point, None]
    table = gpd.GeoDataFrame({"highway": ["road"] * 4}, geometry=geometry, crs=4326)
    table.to_file(tmp_path / "roads.gpkg")
    graph = streets_from_file(tmp_path / "roads.gpkg", projection=PLANE)
    assert ends(graph) == {((0, 0), (100, 0), 100)}
    assert str(graph.notes[0]).startswith("2 shapes of the street file are left out because")


def test_rows_without_a_line_are_passed_over(tmp_path: Path) -> None:
    geometry = [None, shapely.LineString(), shapely.LineString(degrees([(0, 0), (100, 0)]))]
    table = gpd.GeoDataFrame({"highway": ["road"] * 3}, geometry=geometry, crs=4326)
    table.to_file(tmp_path / "roads.gpkg")
    graph = streets_from_file(tmp_path / "roads.gpkg", projection=PLANE)
    assert ends(graph) == {((0, 0), (100, 0), 100)}
    assert not any("shapes" in str(told) for told in graph.notes)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("roads.geojson", b"", "cannot be read as a map file"),
        ("roads.gpkg", b"\x00\x01 no database", "cannot be read as a map file"),
        ("roads.gpkg.gz", b"no gzip", "cannot be read as a map file"),
        ("roads.zip", b"PK no zip", "cannot be read as a map file"),
        ("roads.shp", b"", "cannot be read as a map file"),
        ("roads.xyz", b"whatever", "cannot be read as a map file"),
        ("roads.geojson", b'{"type":"FeatureCollection","features":[]}', "holds no lines"),
        ("roads.csv", b"a,b\n1,2\n", "holds no lines"),
    ],
)
def test_a_file_that_is_no_street_file_is_named_with_what_to_do(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(StreetsError, match=f"^{name} {message}"):
        streets_from_file(tmp_path / name)


def test_a_missing_file_and_an_unknown_system_are_named(tmp_path: Path) -> None:
    with pytest.raises(StreetsError, match=r"street file roads\.gpkg is not there"):
        streets_from_file(tmp_path / "roads.gpkg")
    path = write_lines(tmp_path / "roads.geojson", [([(0, 0), (100, 0)], {})])
    with pytest.raises(StreetsError, match="coordinate system 'Mars' is not known"):
        streets_from_file(path, crs="Mars")


def test_a_file_whose_kinds_are_all_unknown_says_which_column_to_check(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "roads.geojson", [([(0, 0), (9, 0)], {"highway": "41000"})])
    with pytest.raises(StreetsError, match=r"no street that anyone may use.*highway_column"):
        streets_from_file(path)


def test_coordinates_that_no_system_has_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "roads.geojson").write_text(
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},"geometry":'
        '{"type":"LineString","coordinates":[[512000,3400000],[512100,3400000]]}}]}'
    )
    with pytest.raises(StreetsError, match="coordinates"):
        streets_from_file(tmp_path / "roads.geojson")


def test_cutting_no_lines_gives_no_lines() -> None:
    assert len(cut_at_junctions(clip_lines(_lines_of_one(), (5, 5, 6, 6)))) == 0
