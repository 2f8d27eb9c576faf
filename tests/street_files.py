"""Small street files and districts for tests."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from planner.district import District, Settings
from planner.district.settings import Group, StreetSettings, Way
from planner.geo import local_projection, to_degrees
from planner.streets import MODE_BITS, StreetGraph
from planner.streets.lines import Lines, street_graph

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
CENTRE = (120.40, 31.50)
PLANE = local_projection(*CENTRE)
WALK, EBIKE, DRIVE = MODE_BITS["walk"], MODE_BITS["ebike"], MODE_BITS["drive"]
ALL = WALK | EBIKE | DRIVE

Point = tuple[float, float]


def degrees(points: Sequence[Point]) -> list[Point]:
    """Places given in metres from CENTRE, as WGS-84."""
    lon, lat = to_degrees(np.array(points, float), projection=PLANE)
    return list(zip(lon.tolist(), lat.tolist(), strict=True))


def write_osm(
    path: Path,
    nodes: Mapping[int, Point],
    ways: Sequence[tuple[Sequence[int], Mapping[str, str]]],
    *,
    ways_first: bool = False,
) -> Path:
    """Write OpenStreetMap XML; nodes in metres from CENTRE, a way is (nodes, tags)."""
    placed = dict(zip(nodes, degrees(list(nodes.values())), strict=True))
    node_lines = [
        f'<node id="{n}" version="1" lon="{lon:.7f}" lat="{lat:.7f}"/>'
        for n, (lon, lat) in placed.items()
    ]
    way_lines = [
        f'<way id="{w}" version="1">'
        + "".join(f'<nd ref="{n}"/>' for n in refs)
        + "".join(f'<tag k="{key}" v="{value}"/>' for key, value in tags.items())
        + "</way>"
        for w, (refs, tags) in enumerate(ways, start=1)
    ]
    parts = way_lines + node_lines if ways_first else node_lines + way_lines
    text = '<?xml version="1.0" encoding="UTF-8"?>\n<osm version="0.6">\n'
    path.write_text(text + "\n".join(parts) + "\n</osm>\n", encoding="utf-8")
    return path


def write_lines(path: Path, lines: Sequence[tuple[Sequence[Point], Mapping[str, object]]]) -> Path:
    """Write GeoJSON; lines in metres from CENTRE with their properties."""
    features = [
        {
            "type": "Feature",
            "properties": dict(properties),
            "geometry": {"type": "LineString", "coordinates": degrees(list(points))},
        }
        for points, properties in lines
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def graph_of(lines: Sequence[tuple[Sequence[Point], int, int]]) -> StreetGraph:
    """Build streets from (points in metres, forward bits, backward bits); equal points meet."""
    xy = np.array([point for points, _, _ in lines for point in points], float)
    _, vertex = np.unique(xy, axis=0, return_inverse=True)
    return street_graph(
        Lines(
            xy=xy,
            vertex=vertex.ravel().astype(np.int64),
            start=np.cumsum([0, *(len(points) for points, _, _ in lines)]).astype(np.int64),
            forward=np.array([forward for _, forward, _ in lines], np.uint8),
            backward=np.array([backward for _, _, backward in lines], np.uint8),
        ),
        crs=PLANE,
    )


def drawn(graph: StreetGraph) -> list[shapely.LineString]:
    """The streets as lines."""
    return [
        shapely.LineString(graph.line_xy[start:end])
        for start, end in zip(graph.line_start[:-1], graph.line_start[1:], strict=True)
    ]


def ends(graph: StreetGraph) -> set[tuple[Point, Point, int]]:
    """Each street as its two ends (metres, rounded) and its length in whole metres."""
    xy = np.rint(graph.node_xy).astype(int)
    return {
        (tuple(xy[tail].tolist()), tuple(xy[head].tolist()), round(int(mm) / 1000))
        for tail, head, mm in zip(graph.tail, graph.head, graph.length_mm, strict=True)
    }


def bits(graph: StreetGraph) -> dict[tuple[Point, Point], tuple[int, int]]:
    """Forward and backward bits by the ends of each street."""
    xy = np.rint(graph.node_xy).astype(int)
    return {
        (tuple(xy[tail].tolist()), tuple(xy[head].tolist())): (int(forward), int(backward))
        for tail, head, forward, backward in zip(
            graph.tail, graph.head, graph.forward, graph.backward, strict=True
        )
    }


def district(
    folder: Path, streets: StreetSettings, *, half_m: float = 500.0, reach_m: float = 500.0
) -> District:
    """A square district around CENTRE that holds nothing but its settings."""
    always = (1.0,) * 24
    group = Group(
        id="rider",
        name="骑手",
        name_en="Riders",
        ways=(Way(mode="walk", reach_m=reach_m),),
        weekday=always,
        weekend=always,
    )
    square = [(-half_m, -half_m), (half_m, -half_m), (half_m, half_m), (-half_m, half_m)]
    nothing = pd.DataFrame()
    return District(
        folder=folder,
        settings=Settings(name="试", streets=streets, groups=(group,)),
        stations=nothing,
        venues=nothing,
        to_place=nothing,
        boundary=shapely.Polygon(degrees(square)),
        communities=gpd.GeoDataFrame(),
        workers=(),
        problems=(),
        rejected=nothing,
        assumptions=(),
        fingerprint="",
    )


def line_lengths_m(lines: Sequence[shapely.LineString]) -> NDArray[np.float64]:
    """Lengths of lines in metres."""
    return np.array([line.length for line in lines])
