"""Places to the nearest street: ours beside shapely's tree of lines, in one run.

    python benchmarks/snapping.py [--nodes 500000] [--places 1000000]

Every distance of the peer must be ours (to a millionth of a metre), else the run ends with exit
code 1; where streets are equally near, either may be named. Places are given to both in the order
in which they stand, which is that of no map. The time of our kernels' compilation is not counted.
"""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import shapely
from city import spread_places, trial_city
from numpy.typing import NDArray

from planner.streets import StreetGraph, distance_to_streets, snap

__all__ = ["Snapping", "compare_snapping", "lines_of"]

_LIMIT_M = 500.0
_EQUAL_M = 1e-6
_RUNS = 3
PROMISED = 10
"""How many times faster than the peer we say we are."""


class Snapping(NamedTuple):
    """What both took for the same places."""

    ours_s: float
    """Best of three, as for the peer; the building of the grid counted in."""
    ours_busy_s: float
    """Of all processors together."""
    peer_s: float
    """Best of three, its search in input order; the building of its tree is not in it."""
    peer_busy_s: float
    peer_prepare_s: float
    different: int
    """Places with another distance."""


def compare_snapping(graph: StreetGraph, places: NDArray[np.float64]) -> Snapping:
    """Snap places with our grid and with `STRtree.nearest`, and compare the distances."""
    snap(graph, places[:100], mode="walk", limit_m=_LIMIT_M)
    ours = _best(lambda: snap(graph, places, mode="walk", limit_m=_LIMIT_M))
    own = distance_to_streets(graph, places, limit_m=_LIMIT_M, modes=("walk",))
    points = shapely.points(places)
    found: list[NDArray[np.int64]] = []
    start = time.perf_counter()
    lines = lines_of(graph)
    tree = shapely.STRtree(lines)
    tree.nearest(points[0])  # the tree is built at the first question
    prepared = time.perf_counter() - start
    peer = _best(lambda: found.append(tree.nearest(points)))
    nearest = found.pop()
    theirs = shapely.distance(points, lines[nearest])
    beyond = np.isinf(own)
    differ = np.where(beyond, theirs <= _LIMIT_M, np.abs(own - theirs) > _EQUAL_M)
    return Snapping(*ours, *peer, prepared, int(differ.sum()))


def _best(work: Callable[[], object]) -> tuple[float, float]:
    """Give what the shortest of some runs took."""
    return min(_timed(work) for _ in range(_RUNS))


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    """Give the seconds on the wall and those of all processors together."""
    start, busy = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - start, time.process_time() - busy


def lines_of(graph: StreetGraph) -> NDArray[np.object_]:
    """Draw the streets for shapely, shape (m,)."""
    owner = np.repeat(np.arange(len(graph.tail)), np.diff(graph.line_start))
    lines: NDArray[np.object_] = shapely.linestrings(graph.line_xy, indices=owner)
    return lines


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the comparison and print it; 1 where a distance differs, else 0."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--nodes", type=int, default=500_000)
    parser.add_argument("--places", type=int, default=1_000_000)
    asked = parser.parse_args(arguments)
    graph = trial_city(asked.nodes)
    print(f"city: {len(graph.node_xy):,} nodes, {len(graph.tail):,} streets")
    found = compare_snapping(graph, spread_places(graph, asked.places, clustered_share=0.9, seed=2))
    same = "all distances equal" if not found.different else f"{found.different:,} DIFFER"
    print(
        f"{asked.places:,} places to the nearest street: ours {found.ours_s:.2f} s;"
        f" STRtree.nearest {found.peer_s:.2f} s (its tree took {found.peer_prepare_s:.2f} s more):"
        f" {found.peer_s / found.ours_s:.0f} times ours (promised: {PROMISED}),"
        f" {found.peer_busy_s / found.ours_busy_s:.0f} times the work of processors; {same}"
    )
    return int(found.different > 0)


if __name__ == "__main__":
    sys.exit(main())
