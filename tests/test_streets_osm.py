"""OpenStreetMap files become streets."""

import bz2
import gzip
from pathlib import Path

import numpy as np
import osmium
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from street_files import ALL, DRIVE, EBIKE, PLANE, WALK, bits, ends, write_osm

from planner.errors import StreetsError
from planner.streets import StreetGraph, streets_from_file
from planner.streets.graph import THROUGH_ONLY
from planner.streets.opl import read_ways
from planner.streets.osm import DegreeWindow, read_osm

ROAD = {"highway": "residential"}

# A small town by hand: a main road with a one-way side road, a roundabout, steps, a motorway on a
# bridge over the main road, a cut-off yard and a dead end.
NODES = {
    1: (0, 0), 2: (100, 0), 3: (200, 0), 4: (300, 0),
    5: (100, 100), 6: (100, 200),
    7: (300, 20), 8: (320, 0), 9: (300, -20), 10: (280, 0),
    11: (200, -60),
    12: (150, -500), 13: (150, 500),
    14: (900, 900), 15: (960, 900),
}  # fmt: skip
WAYS = [
    ([1, 2, 3, 10], {"highway": "primary", "name": "人民路"}),
    ([2, 5, 6], {"highway": "residential", "oneway": "yes"}),
    ([10, 9, 8, 7, 10], {"highway": "primary", "junction": "roundabout"}),
    ([3, 11], {"highway": "steps"}),
    ([12, 13], {"highway": "motorway", "bridge": "yes"}),
    ([14, 15], {"highway": "service"}),
]


def town(folder: Path, *, ways_first: bool = False) -> StreetGraph:
    path = write_osm(folder / "town.osm", NODES, WAYS, ways_first=ways_first)
    return streets_from_file(path, projection=PLANE)


def test_a_small_town_is_cut_at_its_junctions(tmp_path: Path) -> None:
    assert ends(town(tmp_path)) == {
        ((0, 0), (100, 0), 100),
        ((100, 0), (200, 0), 100),
        ((200, 0), (280, 0), 80),
        ((280, 0), (280, 0), 113),
        ((100, 0), (100, 200), 200),
        ((200, 0), (200, -60), 60),
        ((150, -500), (150, 500), 1000),
        ((900, 900), (960, 900), 60),
    }


def test_a_small_town_is_open_to_those_who_may_use_it(tmp_path: Path) -> None:
    found = bits(town(tmp_path))
    assert found[(0, 0), (100, 0)] == (ALL, ALL)
    assert found[(100, 0), (100, 200)] == (ALL, WALK | EBIKE)
    assert found[(280, 0), (280, 0)] == (ALL, WALK | EBIKE)
    assert found[(200, 0), (200, -60)] == (WALK, WALK)
    assert found[(150, -500), (150, 500)] == (DRIVE | THROUGH_ONLY, 0)


def test_a_bridge_that_shares_no_node_with_the_road_below_is_not_joined_to_it(
    tmp_path: Path,
) -> None:
    graph = town(tmp_path)
    assert (150, 0) not in {tuple(xy) for xy in np.rint(graph.node_xy).astype(int).tolist()}


def test_nodes_may_stand_after_the_ways_as_overpass_writes_them(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "other").mkdir()
    first, last = town(tmp_path / "one"), town(tmp_path / "other", ways_first=True)
    assert ends(first) == ends(last)


@pytest.mark.parametrize("ending", [".osm.gz", ".osm.bz2", ".osm.pbf", ".pbf"])
def test_packed_files_give_the_same_streets(tmp_path: Path, ending: str) -> None:
    plain = write_osm(tmp_path / "town.osm", NODES, WAYS)
    path = tmp_path / f"packed{ending}"
    if ending == ".osm.gz":
        path.write_bytes(gzip.compress(plain.read_bytes()))
    elif ending == ".osm.bz2":
        path.write_bytes(bz2.compress(plain.read_bytes()))
    else:
        writer = osmium.SimpleWriter(str(path))
        osmium.apply(str(plain), writer)
        writer.close()
    unpacked = streets_from_file(plain, projection=PLANE)
    packed = streets_from_file(path, projection=PLANE)
    assert bits(packed) == bits(unpacked)
    assert packed.length_mm.tolist() == unpacked.length_mm.tolist()


def test_a_way_is_cut_where_the_extract_lacks_a_node(tmp_path: Path) -> None:
    nodes = {1: (0, 0), 2: (100, 0), 4: (300, 0), 5: (400, 0), 7: (600, 0)}
    ways = [([1, 2, 3, 4, 5, 6, 7], ROAD), ([8, 9], ROAD)]
    graph = streets_from_file(write_osm(tmp_path / "a.osm", nodes, ways), projection=PLANE)
    assert ends(graph) == {((0, 0), (100, 0), 100), ((300, 0), (400, 0), 100)}


def test_two_nodes_at_one_place_are_not_one(tmp_path: Path) -> None:
    nodes = {1: (0, 0), 2: (100, 0), 3: (100, 0), 4: (200, 0)}
    path = write_osm(tmp_path / "a.osm", nodes, [([1, 2], ROAD), ([3, 4], ROAD)])
    assert len(streets_from_file(path, projection=PLANE).node_xy) == 4


def test_tags_with_signs_that_the_text_form_escapes_are_read_rightly(tmp_path: Path) -> None:
    tags = {"name": "a,b=c d%20%e 路", "highway": "residential", "oneway": "yes", "x": "highway=no"}
    path = write_osm(tmp_path / "a.osm", {1: (0, 0), 2: (100, 0)}, [([1, 2], tags)])
    assert list(bits(streets_from_file(path, projection=PLANE)).values()) == [(ALL, ALL ^ DRIVE)]


def test_ways_without_a_highway_are_no_streets(tmp_path: Path) -> None:
    ways = [([1, 2], {"building": "yes"}), ([1, 2], {"railway": "rail"})]
    path = write_osm(tmp_path / "a.osm", {1: (0, 0), 2: (100, 0)}, ways)
    with pytest.raises(StreetsError, match=r"a\.osm holds no streets"):
        streets_from_file(path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.osm", b""),
        ("a.osm", b"<osm version='0.6'><node id='1'"),
        ("a.osm.gz", b"\x1f\x8b no gzip at all"),
        ("a.osm.pbf", b"PK\x03\x04 no pbf"),
        ("a.osm.pbf", b""),
        ("a.osm", b"\x00\x01\x02"),
    ],
)
def test_a_damaged_file_is_named_with_what_to_do(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(StreetsError, match=rf"^{name} (cannot be read as OpenStreetMap|holds no)"):
        streets_from_file(tmp_path / name)


def test_a_file_that_was_cut_short_is_an_error(tmp_path: Path) -> None:
    whole = gzip.compress(write_osm(tmp_path / "town.osm", NODES, WAYS).read_bytes())
    (tmp_path / "half.osm.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(StreetsError, match="cannot be read as OpenStreetMap data"):
        streets_from_file(tmp_path / "half.osm.gz")


def test_only_ways_that_touch_the_window_are_kept(tmp_path: Path) -> None:
    path = write_osm(tmp_path / "town.osm", NODES, WAYS)
    everything = read_osm(path)
    east = DegreeWindow(everything.lon_lat[:, 0].max() - 1e-6, -90, 180, 90)
    assert read_osm(path, window=east).tags["highway"].tolist() == ["service"]
    with pytest.raises(StreetsError, match="holds no streets"):
        read_osm(path, window=DegreeWindow(0, 0, 1, 1))


places = st.integers(-1_800_000_000, 1_800_000_000)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.lists(st.tuples(st.integers(-(2**40), 2**40), places, places), min_size=1, max_size=4),
        max_size=4,
    )
)
def test_the_text_form_is_read_to_the_last_digit(ways: list[list[tuple[int, int, int]]]) -> None:
    lines = [
        f"w{n} Thighway=path N" + ",".join(f"n{i}x{_plain(x)}y{_plain(y)}" for i, x, y in nodes)
        for n, nodes in enumerate(ways)
    ]
    read = read_ways(("\n".join(lines) + "\n").encode(), tags=["oneway", "highway"])
    flat = [node for nodes in ways for node in nodes]
    assert read.node.tolist() == [i for i, _, _ in flat]
    assert read.lon_lat.tolist() == [[float(_plain(x)), float(_plain(y))] for _, x, y in flat]
    assert np.diff(read.start).tolist() == [len(nodes) for nodes in ways]
    assert (read.tag[:, 0] == 0).all()
    assert (read.tag[:, 1] != 0).all()


def _plain(ten_millionths: int) -> str:
    """A coordinate as osmium writes it: without zeros at the end."""
    return f"{ten_millionths / 10**7:.7f}".rstrip("0").rstrip(".")


def test_lines_that_are_no_ways_are_passed_over_and_gaps_are_not_a_number() -> None:
    text = b"n5 x1y2\nw7 v1 dV Thighway=road,a=b Nn1x1y2,n2xy,n3\nr1 Tw=1 Mw7@\nw8 T N\n"
    read = read_ways(text, tags=["highway", "a"])
    assert read.node.tolist() == [1, 2, 3]
    assert np.isnan(read.lon_lat[1:]).all()
    assert read.start.tolist() == [0, 3, 3]
    assert [text[a:b] for a, b in read.tag_at[0].tolist()] == [b"road", b"b"]
