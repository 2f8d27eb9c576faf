"""Catchments of many sites in a trial city: ours beside NetworkX and SciPy, in one run.

    python benchmarks/catchments.py [--nodes 500000] [--sites 10000] [--cells 1000000]
                                    [--reach-m 1000] [--peer-sites N]

Every distance that a peer finds must be the one that we find, else the run ends with exit code 1.
Nothing is saved. The compilation of our kernels (once on a machine) and the building of the peers'
graphs are told apart from the search; our time is that of the whole call, the layout of its arrays
counted in.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple, TypeVar

import networkx as nx
import numpy as np
from city import spread_places, trial_city
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from planner.streets import Snapped, StreetGraph, snap
from planner.travel import TravelMatrix, travel_matrix

if sys.platform != "win32":
    import resource

_USUAL_BATCH = 250
"""Sites that SciPy is given at a time: rows of 4 MB each in the large city, 1 GB in all."""
_QUICK_BATCH = 16
"""So many that the rows stay in memory that the system has given already."""
_SNAP_LIMIT_M = 500.0
_Result = TypeVar("_Result")


class Took(NamedTuple):
    """How long something took."""

    seconds: float
    """By the clock on the wall."""
    busy_s: float
    """Of all processors together: what the clock would say of one, were nobody else at work."""

    def plus(self, other: "Took") -> "Took":
        """Add the time of a further step."""
        return Took(self.seconds + other.seconds, self.busy_s + other.busy_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """What another library took for how many sites, and whether it found the same."""

    name: str
    took: Took
    """Search alone, for the sites that it was asked for."""
    sites: int
    prepare_s: float
    different: int
    """Distances that are not ours."""
    promised: int = 0
    """How many times faster than it we say we are; 0: nothing is said."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the comparison and print it; 1 where a distance differs, else 0."""
    asked = _read_arguments(arguments)
    graph = trial_city(asked.nodes)
    print(
        f"city: {len(graph.node_xy):,} nodes, {len(graph.tail):,} streets;"
        f" reach {asked.reach_m:g} m on foot"
    )
    compiled, _ = _timed(_warm_up)
    print(f"loading or compiling our kernels (once, not counted below): {compiled.seconds:.2f} s")
    count = min(asked.sites, len(graph.node_xy))
    site_node = np.random.default_rng(1).choice(len(graph.node_xy), count, replace=False)
    ours, catchments = _best_of_three(graph, site_node, asked.reach_m)
    print(
        f"ours: catchments of {count:,} sites, {catchments.length_mm.nnz:,} distances:"
        f" {ours.seconds:.2f} s (processors {ours.busy_s:.2f} s; best of 3)"
    )
    _print_cells(graph, asked)
    if sys.platform != "win32":
        peak_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(f"ours: memory at its highest, the city and cells counted in: {peak_kb / 1e6:.2f} GB")
    peer_sites = min(asked.peer_sites or len(site_node), len(site_node))
    peers = [
        _ask_networkx(graph, site_node[:peer_sites], catchments),
        _ask_scipy(graph, site_node[:peer_sites], catchments, usual=True),
        _ask_scipy(graph, site_node[:peer_sites], catchments, usual=False),
    ]
    for peer in peers:
        _print_peer(peer, ours, count)
    return int(any(peer.different for peer in peers))


def _best_of_three(
    graph: StreetGraph, site_node: NDArray[np.int64], reach_m: float
) -> tuple[Took, TravelMatrix]:
    """Find the junctions within reach of each site with our search; the layout counted in."""
    sites = _at_nodes(graph, site_node)
    cells = _at_nodes(graph, np.arange(len(graph.node_xy)))
    runs = [_timed(lambda: _ways(graph, sites, cells, reach_m)) for _ in range(3)]
    return min(runs, key=lambda run: run[0].seconds)


def _read_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--nodes", type=int, default=500_000)
    parser.add_argument("--sites", type=int, default=10_000)
    parser.add_argument("--cells", type=int, default=1_000_000)
    parser.add_argument("--reach-m", type=float, default=1000.0)
    parser.add_argument(
        "--peer-sites",
        type=int,
        help="ask the peers for so many sites only and scale their time up",
    )
    return parser.parse_args(arguments)


def _timed(work: Callable[[], _Result]) -> tuple[Took, _Result]:
    start, busy = time.perf_counter(), time.process_time()
    result = work()
    return Took(time.perf_counter() - start, time.process_time() - busy), result


def _warm_up() -> None:
    """Call everything once on a handful of streets."""
    small = trial_city(9)
    _best_of_three(small, np.array([0]), 100)
    snap(small, small.node_xy, mode="walk", limit_m=1)


def _at_nodes(graph: StreetGraph, nodes: NDArray[np.int64]) -> Snapped:
    """Stand at junctions: at an end of a street there."""
    street = np.empty(len(graph.node_xy), np.int32)
    offset_mm = np.zeros(len(graph.node_xy), np.int32)
    rows = np.arange(len(graph.tail), dtype=np.int32)
    street[graph.head], offset_mm[graph.head] = rows, graph.length_mm
    street[graph.tail], offset_mm[graph.tail] = rows, 0
    return Snapped(
        street=street[nodes], offset_mm=offset_mm[nodes], access_mm=np.zeros(len(nodes), np.int32)
    )


def _ways(graph: StreetGraph, sites: Snapped, cells: Snapped, reach_m: float) -> TravelMatrix:
    # Ids that cost nothing: nothing here reads them.
    return travel_matrix(
        graph,
        sites=sites,
        cells=cells,
        site_ids=("",) * len(sites),
        cell_ids=("",) * len(cells),
        mode="walk",
        cutoff_m=reach_m,
    )


def _print_cells(graph: StreetGraph, asked: argparse.Namespace) -> None:
    """Time the whole way that a plan needs: snap the cells, then ways from door to door."""
    cell_xy = spread_places(graph, asked.cells, clustered_share=0.9, seed=2)
    site_xy = spread_places(graph, asked.sites, clustered_share=0.5, seed=3)
    snapped, cells = _timed(lambda: snap(graph, cell_xy, mode="walk", limit_m=_SNAP_LIMIT_M))
    sites = snap(graph, site_xy, mode="walk", limit_m=_SNAP_LIMIT_M)
    found, ways = _timed(lambda: _ways(graph, sites, cells, asked.reach_m))
    print(
        f"ours: {asked.cells:,} cells to the nearest street: {snapped.seconds:.2f} s;"
        f" door to door for {asked.sites:,} sites, {ways.length_mm.nnz:,} ways:"
        f" {found.seconds:.2f} s"
    )


def _ask_networkx(graph: StreetGraph, site_node: NDArray[np.int64], ours: TravelMatrix) -> Peer:
    """Let NetworkX search each site with its cutoff and compare every distance."""

    def build() -> nx.Graph:
        joined = nx.Graph()
        for tail, head, length_mm in zip(
            graph.tail.tolist(), graph.head.tolist(), graph.length_mm.tolist(), strict=True
        ):
            known = joined.get_edge_data(tail, head, {"mm": length_mm})["mm"]
            joined.add_edge(tail, head, mm=min(known, length_mm))
        return joined

    prepared, joined = _timed(build)
    cutoff_mm = round(ours.cutoff_m * 1000)
    search = nx.single_source_dijkstra_path_length
    took, different = Took(0.0, 0.0), 0
    for row, node in enumerate(site_node.tolist()):
        step, found = _timed(partial(search, joined, node, cutoff=cutoff_mm, weight="mm"))
        took = took.plus(step)
        nodes = np.fromiter(found.keys(), np.int64, len(found))
        order = np.argsort(nodes)
        lengths = np.fromiter(found.values(), np.int64, len(found))
        different += _count_different(ours, row, nodes[order], lengths[order])
    return Peer(
        name="NetworkX, cutoff",
        took=took,
        sites=len(site_node),
        prepare_s=prepared.seconds,
        different=different,
        promised=10,
    )


def _ask_scipy(
    graph: StreetGraph, site_node: NDArray[np.int64], ours: TravelMatrix, *, usual: bool
) -> Peer:
    """Let SciPy search with its limit and compare every distance.

    Usual: the streets once, taken as undirected, as many sites a call as rows fit 1 GB. Else the
    quickest way that we found: each street stored in both directions, few sites a call.
    """
    batch = _USUAL_BATCH if usual else _QUICK_BATCH
    prepared, joined = _timed(lambda: _scipy_graph(graph, both_ways=not usual))
    limit_mm = round(ours.cutoff_m * 1000)
    took, different = Took(0.0, 0.0), 0
    for rows in _batches(len(site_node), batch):
        step, found = _timed(partial(dijkstra, joined, not usual, site_node[rows], limit=limit_mm))
        took = took.plus(step)
        for row, lengths in zip(rows.tolist(), found, strict=True):
            nodes = np.flatnonzero(np.isfinite(lengths))
            different += _count_different(ours, row, nodes, lengths[nodes])
    how = "undirected" if usual else "both ways stored"
    return Peer(
        name=f"SciPy, limit ({how}, {batch} sites a call)",
        took=took,
        sites=len(site_node),
        prepare_s=prepared.seconds,
        different=different,
        promised=50 if usual else 0,
    )


def _scipy_graph(graph: StreetGraph, *, both_ways: bool) -> csr_array:
    """Lay out the streets for SciPy: once, or in both directions; of parallel ones the shortest."""
    ends = np.sort(np.stack([graph.tail, graph.head], axis=1), axis=1)
    order = np.lexsort((graph.length_mm, ends[:, 1], ends[:, 0]))
    ends, length_mm = ends[order], graph.length_mm[order].astype(np.float64)
    shortest = np.ones(len(ends), np.bool_)
    shortest[1:] = (np.diff(ends, axis=0) != 0).any(axis=1)
    size = len(graph.node_xy)
    once = csr_array((length_mm[shortest], tuple(ends[shortest].T)), shape=(size, size))
    return csr_array(once + once.T) if both_ways else once


def _batches(count: int, size: int) -> Iterator[NDArray[np.int64]]:
    for first in range(0, count, size):
        yield np.arange(first, min(first + size, count))


def _count_different(
    ours: TravelMatrix, row: int, nodes: NDArray[np.int64], length_mm: NDArray[np.number]
) -> int:
    """Count nodes (ascending) that only one of two found, or found at another distance."""
    own = slice(*ours.length_mm.indptr[row : row + 2])
    own_nodes, own_mm = ours.length_mm.indices[own], ours.length_mm.data[own]
    both, mine, theirs = np.intersect1d(own_nodes, nodes, assume_unique=True, return_indices=True)
    alone = len(own_nodes) + len(nodes) - 2 * len(both)
    return int(alone + np.count_nonzero(own_mm[mine] != length_mm[theirs]))


def _print_peer(peer: Peer, ours: Took, sites: int) -> None:
    """Tell what a peer took, what that is in our times, and whether it found the same."""
    scale = sites / peer.sites
    scaled = "" if peer.sites == sites else f", scaled up from {peer.sites:,} sites"
    promised = f" (promised: {peer.promised})" if peer.promised else ""
    same = "all distances equal" if not peer.different else f"{peer.different:,} DISTANCES DIFFER"
    print(
        f"{peer.name}: {peer.took.seconds * scale:.2f} s{scaled}"
        f" (its graph took {peer.prepare_s:.2f} s more):"
        f" {peer.took.seconds * scale / ours.seconds:.0f} times ours{promised},"
        f" {peer.took.busy_s * scale / ours.busy_s:.0f} times the work of processors; {same}"
    )


if __name__ == "__main__":
    sys.exit(main())
