"""Streets of real places; skipped where the shared data are not there."""

import gzip
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import networkx as nx
import numpy as np
import osmnx
import pandas as pd
import pyogrio
import pytest
import shapely
from numpy.typing import NDArray
from pyproj import Geod
from street_files import SHARED, drawn

from planner.geo import from_wgs84, to_plane, to_wgs84
from planner.streets import (
    MODE_BITS,
    Places,
    StreetGraph,
    fit_coordinates,
    islands,
    snap,
    streets_from_file,
)
from planner.streets.linefile import read_line_file
from planner.streets.lines import cut_at_junctions
from planner.streets.rules import HIGHWAYS
from planner.streets.tagged import to_lines

Floats = NDArray[np.float64]
XINWU = SHARED / "wuxi_xinwu"
SHENZHEN = SHARED / "shenzhen"
EXTRACTS = SHARED / "osm_extracts"
pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared real data are not here")


@pytest.fixture(scope="module")
def xinwu() -> StreetGraph:
    return streets_from_file(XINWU / "xinwu_road_centerlines.gpkg.gz")


@pytest.fixture(scope="module")
def futian() -> StreetGraph:
    return streets_from_file(SHENZHEN / "futian_osmnx.graphml.gz")


def points_of(path: Path, layer: str | None = None) -> tuple[Floats, Floats]:
    table = pyogrio.read_dataframe(f"/vsigzip/{path}", layer=layer).to_crs(4326)
    return table.geometry.x.to_numpy(), table.geometry.y.to_numpy()


def declared_as(lon: Floats, lat: Floats, crs: str, *, truly: str = "WGS-84") -> Places:
    """The places as read from a file in `truly` that was declared `crs`."""
    read = to_wgs84(*from_wgs84(lon, lat, crs=truly), crs=crs)
    return Places(
        table="t", ids=tuple(map(str, range(len(lon)))), lon=read[0], lat=read[1], crs=crs
    )


def test_the_road_lines_of_xinwu_are_cut_as_counted_by_other_means(xinwu: StreetGraph) -> None:
    ways = read_line_file(
        XINWU / "xinwu_road_centerlines.gpkg.gz", crs=None, layer=None, columns={}
    )
    lines = cut_at_junctions(to_lines(ways, projection=xinwu.crs))
    ends = np.concatenate([lines.vertex[lines.start[:-1]], lines.vertex[lines.start[1:] - 1]])
    tail, head = ends.reshape(2, -1)
    pairs = {tuple(sorted(pair)) for pair in zip(tail.tolist(), head.tolist(), strict=True)}
    assert len(ways.start) - 1 == 5835
    assert len(np.unique(ends)) == 9443
    assert len(pairs) == 13163
    assert nx.number_connected_components(nx.Graph(list(pairs))) == 28
    assert xinwu.length_mm.sum() / 1e6 == pytest.approx(2046, abs=5)


def test_modes_of_xinwu_follow_the_kinds_of_road(xinwu: StreetGraph) -> None:
    length = {
        mode: xinwu.length_mm[(xinwu.forward & bit) > 0].sum() for mode, bit in MODE_BITS.items()
    }
    assert length["walk"] > 0.8 * xinwu.length_mm.sum()
    walkable = (xinwu.forward & MODE_BITS["walk"]) > 0
    motorway_m = 1000 * _kilometres_of("motorway", "motorway_link")
    assert xinwu.length_mm[~walkable].sum() / 1000 >= motorway_m
    one_way = ((xinwu.forward ^ xinwu.backward) & MODE_BITS["drive"]) > 0
    assert xinwu.length_mm[one_way].sum() / 1000 == pytest.approx(motorway_m, rel=0.001)


def _kilometres_of(*kinds: str) -> float:
    table = pyogrio.read_dataframe(f"/vsigzip/{XINWU / 'xinwu_road_centerlines.gpkg.gz'}")
    return float(table.loc[table["highway"].isin(kinds), "length_m"].sum() / 1000)


def test_the_graph_of_futian_has_the_streets_that_osmnx_reads(
    futian: StreetGraph, tmp_path: Path
) -> None:
    graph = osmnx.load_graphml(unpacked(SHENZHEN / "futian_osmnx.graphml.gz", tmp_path))
    streets = osmnx.convert.to_undirected(graph)
    closed = [
        (u, v, k)
        for u, v, k, tags in streets.edges(keys=True, data=True)
        if tags.get("access") in ("no", "private")
    ]
    streets.remove_edges_from(closed)
    assert len(futian.tail) == streets.number_of_edges()
    total_m = sum(length for *_, length in streets.edges(data="length"))
    assert futian.length_mm.sum() / 1000 == pytest.approx(total_m, rel=0.003)
    drivable = (futian.forward | futian.backward) & MODE_BITS["drive"] > 0
    both = futian.forward & futian.backward & MODE_BITS["drive"] > 0
    assert 0 < both.sum() < drivable.sum()


def test_ways_through_futian_are_as_long_as_networkx_finds_them(
    futian: StreetGraph, tmp_path: Path
) -> None:
    """Shortest ways by car, over the arrays and over OSMnx's own graph.

    OSMnx measures on a sphere, which is up to 0.5 % off.
    """
    graph = osmnx.load_graphml(unpacked(SHENZHEN / "futian_osmnx.graphml.gz", tmp_path))
    walkers = {"footway", "path", "pedestrian", "steps", "cycleway", "corridor"}
    theirs = nx.MultiDiGraph()
    for u, v, tags in graph.edges(data=True):
        kinds = tags["highway"] if isinstance(tags["highway"], list) else [tags["highway"]]
        if not walkers & set(kinds) and tags.get("access") not in ("no", "private"):
            theirs.add_edge(u, v, length=tags["length"])
    ours = driving(futian)
    number = same_nodes(graph, futian)
    names = [name for name in theirs if name in number]
    compared = 0
    for source in np.random.default_rng(0).choice(names, 15, replace=False).tolist():
        expected = nx.single_source_dijkstra_path_length(
            theirs, source, cutoff=5000, weight="length"
        )
        found = nx.single_source_dijkstra_path_length(ours, number[source], weight="length")
        for target, length in expected.items():
            assert found[number[target]] == pytest.approx(length, rel=0.005, abs=0.1)
            compared += 1
    assert compared > 1000


def unpacked(path: Path, folder: Path) -> Path:
    plain = folder / path.stem
    plain.write_bytes(gzip.decompress(path.read_bytes()))
    return plain


def driving(graph: StreetGraph) -> nx.MultiDiGraph:
    """The streets as a graph of NetworkX, for cars, in metres."""
    car, arcs = MODE_BITS["drive"], nx.MultiDiGraph()
    for tail, head, mm, forward, backward in zip(
        graph.tail.tolist(),
        graph.head.tolist(),
        graph.length_mm.tolist(),
        graph.forward.tolist(),
        graph.backward.tolist(),
        strict=True,
    ):
        if forward & car:
            arcs.add_edge(tail, head, length=mm / 1000)
        if backward & car:
            arcs.add_edge(head, tail, length=mm / 1000)
    return arcs


def same_nodes(graph: nx.MultiDiGraph, streets: StreetGraph) -> dict[int, int]:
    """The node of the arrays that lies where a node of the graph does."""
    lon, lat = ([value for _, value in graph.nodes(data=axis)] for axis in ("x", "y"))
    xy = np.round(to_plane(lon, lat, projection=streets.crs), 3)
    number = {tuple(place): n for n, place in enumerate(np.round(streets.node_xy, 3).tolist())}
    named = zip(graph.nodes, map(tuple, xy.tolist()), strict=True)
    return {name: number[place] for name, place in named if place in number}


@pytest.mark.parametrize(
    ("name", "nodes", "streets", "kilometres"),
    [("andorra.osm.pbf", 2300, 2700, 850), ("campo-grande.osm.gz", 8800, 13_700, 1480)],
)
def test_extracts_of_openstreetmap_are_read(
    name: str, nodes: int, streets: int, kilometres: float
) -> None:
    graph = streets_from_file(EXTRACTS / name)
    assert len(graph.node_xy) == pytest.approx(nodes, rel=0.05)
    assert len(graph.tail) == pytest.approx(streets, rel=0.05)
    assert graph.length_mm.sum() / 1e6 == pytest.approx(kilometres, rel=0.02)
    walk = islands(graph, mode="walk")
    assert (walk == 0).sum() > 0.7 * len(walk)


def test_an_extract_has_every_metre_of_its_open_ways() -> None:
    """Counted over the XML itself, on the ellipsoid; nodes that the extract lacks cut a way."""
    with gzip.open(EXTRACTS / "campo-grande.osm.gz") as file:
        root = ET.parse(file).getroot()  # noqa: S314 - a file of ours
    place = {
        n.get("id"): (float(n.get("lon", 0)), float(n.get("lat", 0))) for n in root.iter("node")
    }
    earth, total_m = Geod(ellps="WGS84"), 0.0
    for way in root.iter("way"):
        tags = {tag.get("k"): tag.get("v") for tag in way.iter("tag")}
        if tags.get("highway") not in HIGHWAYS or tags.get("access") in ("no", "private"):
            continue
        corners = [place.get(nd.get("ref")) for nd in way.iter("nd")]
        for one, other in pairwise(corners):
            if one and other:
                total_m += earth.inv(*one, *other)[2]
    graph = streets_from_file(EXTRACTS / "campo-grande.osm.gz")
    assert graph.length_mm.sum() / 1000 == pytest.approx(total_m, rel=1e-4)


@pytest.mark.parametrize("mode", sorted(MODE_BITS))
def test_real_places_are_as_far_from_streets_as_a_tree_of_boxes_says(
    xinwu: StreetGraph, mode: str
) -> None:
    rng = np.random.default_rng(7)
    xy = rng.uniform(xinwu.node_xy.min(axis=0) - 500, xinwu.node_xy.max(axis=0) + 500, (4000, 2))
    found = snap(xinwu, xy, mode=mode, limit_m=1000)
    bits = xinwu.forward | xinwu.backward
    usable = np.flatnonzero(((bits & MODE_BITS[mode]) > 0) & (bits < 8))
    tree = shapely.STRtree(np.array(drawn(xinwu), dtype=object)[usable])
    _, metres = tree.query_nearest(shapely.points(xy), all_matches=False, return_distance=True)
    hit = found.street >= 0
    assert (hit == (metres <= 1000)).all()
    assert np.abs(found.access_mm[hit] - 1000 * metres[hit]).max() <= 0.5 + 1e-6


@pytest.mark.parametrize("wrong", ["GCJ-02", "BD-09"])
def test_bus_stops_of_xinwu_declared_wrongly_are_found(xinwu: StreetGraph, wrong: str) -> None:
    stops = points_of(XINWU / "xinwu_bus_network.gpkg.gz", "topo_nodes")
    assert fit_coordinates(xinwu, declared_as(*stops, "WGS-84")) == ()
    (fit,) = fit_coordinates(xinwu, declared_as(*stops, wrong))
    assert (fit.system, fit.share) == ("WGS-84", 1.0)
    assert fit.system_m < 5
    assert fit.declared_m > 30
    assert fit_coordinates(xinwu, declared_as(*stops, wrong, truly=wrong)) == ()


def test_thirteen_metro_stations_are_enough_to_tell(xinwu: StreetGraph) -> None:
    stations = points_of(XINWU / "xinwu_subway_stations.gpkg.gz")
    assert fit_coordinates(xinwu, declared_as(*stations, "WGS-84")) == ()
    (fit,) = fit_coordinates(xinwu, declared_as(*stations, "GCJ-02"))
    assert fit.system == "WGS-84"


def test_grid_cells_of_xinwu_speak_for_no_system(xinwu: StreetGraph) -> None:
    path = XINWU / "xinwu_built_env_250m.gpkg.gz"
    table = pyogrio.read_dataframe(f"/vsigzip/{path}", layer="built_env_250m").to_crs(4326)
    middle = shapely.centroid(table.geometry.to_numpy())
    cells = shapely.get_x(middle), shapely.get_y(middle)
    for crs in ("WGS-84", "GCJ-02", "BD-09"):
        assert fit_coordinates(xinwu, declared_as(*cells, crs)) == ()


def test_the_few_shelters_and_aeds_near_futian_are_not_accused(futian: StreetGraph) -> None:
    for name in ("aed_stations_gcj02.csv", "emergency_shelters_gcj02.csv"):
        table = pd.read_csv(SHENZHEN / name)
        lon, lat = to_wgs84(table["lng_gcj02"], table["lat_gcj02"], crs="GCJ-02")
        assert fit_coordinates(futian, declared_as(lon, lat, "GCJ-02", truly="GCJ-02")) == ()


def test_taxis_in_futian_declared_in_a_map_system_are_found(futian: StreetGraph) -> None:
    names = ["vehicle", "time", "lon", "lat", "occupied", "speed"]
    taxis = pd.read_csv(SHENZHEN / "TaxiData-Sample.csv.gz", header=None, names=names).iloc[::40]
    places = taxis["lon"].to_numpy(), taxis["lat"].to_numpy()
    assert fit_coordinates(futian, declared_as(*places, "WGS-84")) == ()
    (fit,) = fit_coordinates(futian, declared_as(*places, "BD-09"))
    assert fit.system == "WGS-84"


def test_a_list_of_bus_stops_in_three_systems_is_reported_as_mixed(xinwu: StreetGraph) -> None:
    lon, lat = points_of(XINWU / "xinwu_bus_network.gpkg.gz", "topo_nodes")
    third = np.arange(len(lon)) * 3 // len(lon)
    raw = [from_wgs84(lon, lat, crs=crs) for crs in ("WGS-84", "GCJ-02", "BD-09")]
    mixed = [np.choose(third, [axis[n] for axis in raw]) for n in (0, 1)]
    fits = fit_coordinates(xinwu, declared_as(mixed[0], mixed[1], "WGS-84"))
    assert {fit.system for fit in fits} == {"GCJ-02", "BD-09"}
    for fit in fits:
        assert fit.share == pytest.approx(1 / 3, abs=0.06)
        assert {int(name) * 3 // len(lon) for name in fit.ids[2:-2]} == {
            1 if fit.system == "GCJ-02" else 2
        }
