"""A trial city -> an `.osm.pbf` as a download would be, for measuring how long reading takes."""

from pathlib import Path

import numpy as np
import osmium

from planner.geo import to_degrees
from planner.streets import StreetGraph

__all__ = ["write_city_pbf"]

_PER_STREET = 3
"""Bends of a street between its ends: real extracts have several nodes for each junction."""


def write_city_pbf(graph: StreetGraph, path: Path) -> int:
    """Write each street as a way with a few bends; give the number of nodes in the file."""
    tail, head = graph.node_xy[graph.tail], graph.node_xy[graph.head]
    share = (np.arange(_PER_STREET) + 1) / (_PER_STREET + 1)
    bends = tail[:, None] + (head - tail)[:, None] * share[None, :, None]
    places = np.vstack([graph.node_xy, bends.reshape(-1, 2)])
    lon, lat = to_degrees(places, projection=graph.crs)
    writer = osmium.SimpleWriter(str(path))
    for number, place in enumerate(zip(lon.tolist(), lat.tolist(), strict=True), start=1):
        writer.add_node(osmium.osm.mutable.Node(id=number, location=place, version=1))
    first = len(graph.node_xy) + 1
    ends = zip(graph.tail.tolist(), graph.head.tolist(), strict=True)
    for row, (one, other) in enumerate(ends):
        between = range(first + row * _PER_STREET, first + (row + 1) * _PER_STREET)
        writer.add_way(
            osmium.osm.mutable.Way(
                id=row + 1,
                nodes=[one + 1, *between, other + 1],
                tags={"highway": "residential"},
                version=1,
            )
        )
    writer.close()
    return len(places)
