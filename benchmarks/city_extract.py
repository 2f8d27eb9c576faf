"""How long an `.osm.pbf` of a large city takes to become streets, without NetworkX.

    python benchmarks/city_extract.py [--nodes 500000] [--peer]

The file is written first, with three bends in each street (not counted). With --peer OSMnx reads
the same as XML, which takes minutes and gigabytes for a large city. The numbers of nodes and
streets that we find, and OSMnx, must be those of the city, else the run ends with exit code 1.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import osmium
import osmnx
from city import trial_city
from city_files import write_city_pbf

from planner.streets import streets_from_file

_PROMISED_S = 60


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the measurement and print it; 1 where streets are missing, else 0."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--nodes", type=int, default=500_000)
    parser.add_argument("--peer", action="store_true")
    asked = parser.parse_args(arguments)
    city = trial_city(asked.nodes)
    with tempfile.TemporaryDirectory() as folder:
        small, path = Path(folder) / "small.osm.pbf", Path(folder) / "city.osm.pbf"
        write_city_pbf(trial_city(100), small)
        streets_from_file(small)  # loads or compiles the kernels
        nodes = write_city_pbf(city, path)
        start = time.perf_counter()
        streets = streets_from_file(path)
        ours_s = time.perf_counter() - start
        found = [(len(streets.node_xy), len(streets.tail))]
        print(
            f"{path.stat().st_size / 1e6:.0f} MB, {nodes:,} nodes of OpenStreetMap:"
            f" {len(streets.node_xy):,} junctions, {len(streets.tail):,} streets in {ours_s:.1f} s"
            f" (promised: {_PROMISED_S} s)"
        )
        if asked.peer:
            peer_s, peer = _read_by_osmnx(path)
            print(
                f"OSMnx, from XML: {peer_s:.1f} s, {peer_s / ours_s:.0f} times ours;"
                f" {peer[0]:,} junctions, {peer[1]:,} streets"
            )
            found.append(peer)
    there = (len(city.node_xy), len(city.tail))
    same = all(each == there for each in found)
    print("the numbers are the city's" if same else f"THE NUMBERS DIFFER: {there} are there")
    return int(not same)


def _read_by_osmnx(path: Path) -> tuple[float, tuple[int, int]]:
    """Give the seconds, and the junctions and streets (both ways of one once) that it finds.

    Streets that meet end to end are not joined, as we do not.
    """
    text = path.with_name("city.osm")
    writer = osmium.SimpleWriter(str(text))
    for entity in osmium.FileProcessor(str(path)):
        writer.add(entity)
    writer.close()
    start = time.perf_counter()
    read = osmnx.graph_from_xml(text, retain_all=True, simplify=False)
    graph = osmnx.simplify_graph(read, edge_attrs_differ=["osmid"])
    seconds = time.perf_counter() - start
    return seconds, (len(graph), len(osmnx.convert.to_undirected(graph).edges))


if __name__ == "__main__":
    sys.exit(main())
