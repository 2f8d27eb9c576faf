"""Streets, sites and cells -> the shortest ways along the streets, exact along edges."""

import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from planner.language import note
from planner.progress import Progress, silent
from planner.streets import MODE_BITS, Snapped, StreetGraph
from planner.travel.arcs import (
    group_by,
    legs_from,
    legs_to,
    link_cells,
    link_nodes,
    places_of,
    streets_of,
)
from planner.travel.kept import fingerprint, kept_file, read_kept, write_kept
from planner.travel.matrix import TravelMatrix, csr_from_rows, cutoff_millimetres
from planner.travel.search import Scratch, Task, put_rows, search_sites

__all__ = ["travel_matrix"]

_CODE_VERSION = 1
"""To be raised when the same inputs give another result, so that kept results are not read
again."""
_SITES_A_JOB = 128
_KEPT_BYTES = 2_000_000_000

_Job = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]


def travel_matrix(  # noqa: PLR0913 - places and their ids, twice, beside the streets and settings
    graph: StreetGraph,
    *,
    sites: Snapped,
    cells: Snapped,
    site_ids: Sequence[str],
    cell_ids: Sequence[str],
    mode: str,
    cutoff_m: float,
    cache: Path | None = None,
    progress: Progress = silent,
) -> TravelMatrix:
    """Find the shortest way along the streets from each cell to each site, up to a cutoff.

    A way is the access of the cell, the streets, and the access of the site, in whole millimetres.
    Two places on one street are joined directly where the direction allows it, else around the
    block. Driving obeys one-ways.

    Parameters
    ----------
    graph
        The streets.
    sites, cells
        Places on the streets, snapped for the same mode; a place with street -1 is out of reach.
    site_ids, cell_ids
        In the same order.
    mode
        "walk", "ebike" or "drive".
    cutoff_m
        Longest way in metres, access of both ends counted in; the cutoff itself still counts.
    cache
        Folder that keeps results under the fingerprint of their inputs; None: always computed. A
        damaged file there is computed and written again.
    progress
        Told how far it is.

    Raises
    ------
    ValueError
        If the mode is unknown, the cutoff out of range, ids and places differ in number, or a place
        does not lie on its street.

    References
    ----------
    E. W. Dijkstra (1959), A note on two problems in connexion with graphs, Numerische Mathematik 1,
    269-271.
    """
    if mode not in MODE_BITS:
        raise ValueError(f"mode must be one of {', '.join(MODE_BITS)}, got {mode!r}")
    cutoff_mm = cutoff_millimetres(cutoff_m)
    _check_places(graph, sites, site_ids, "site")
    _check_places(graph, cells, cell_ids, "cell")
    shape = (len(site_ids), len(cell_ids))
    kept = cache and kept_file(cache, _key(graph, sites, cells, mode, cutoff_mm))
    length_mm = None if kept is None else read_kept(kept, shape)
    if length_mm is None:
        length_mm = _search_all(*_task(graph, sites, cells, mode, cutoff_mm), shape, progress)
        if kept is not None:
            write_kept(kept, length_mm, most_bytes=_KEPT_BYTES)
    return TravelMatrix(
        sites=tuple(site_ids),
        cells=tuple(cell_ids),
        length_mm=length_mm,
        cutoff_m=cutoff_m,
        mode=mode,
    )


def _check_places(graph: StreetGraph, places: Snapped, ids: Sequence[str], name: str) -> None:
    """Refuse places that would be read beyond the end of an array."""
    if len(ids) != len(places.street):
        raise ValueError(
            f"{name}_ids must name each of {len(places.street)} places, got {len(ids)}"
        )
    there = places.street >= 0
    street, offset_mm = places.street[there], places.offset_mm[there]
    if (street >= len(graph.tail)).any() or (places.access_mm[there] < 0).any():
        raise ValueError(f"{name}s must lie on streets of the graph, with an access of at least 0")
    if ((offset_mm < 0) | (offset_mm > graph.length_mm[street])).any():
        raise ValueError(f"offset_mm of {name}s must be within 0 and the length of the street")


def _key(graph: StreetGraph, sites: Snapped, cells: Snapped, mode: str, cutoff_mm: int) -> str:
    """Give the fingerprint of everything that the ways depend on; ids are not part of it."""
    may = ((directions & MODE_BITS[mode]) != 0 for directions in (graph.forward, graph.backward))
    streets = (graph.tail, graph.head, graph.length_mm, *may)
    places = (array for p in (sites, cells) for array in (p.street, p.offset_mm, p.access_mm))
    return fingerprint((*streets, *places), _CODE_VERSION, cutoff_mm)


def _task(
    graph: StreetGraph, sites: Snapped, cells: Snapped, mode: str, cutoff_mm: int
) -> tuple[Task, NDArray[np.int64]]:
    """Lay out the streets and places for the search; also the sites in the order of their search.

    Near sites are searched one after the other, so that what they read is still in the cache.
    """
    streets, from_cells, to_sites = streets_of(graph, mode), places_of(cells), places_of(sites)
    site_legs = legs_to(to_sites, streets, cutoff_mm)
    task = Task(
        streets=streets,
        arcs=link_nodes(streets, site_legs, len(sites)),
        cell_legs=link_cells(legs_from(from_cells, streets, cutoff_mm), streets.nodes + len(sites)),
        on_street=group_by(cells.street, len(graph.tail)),
        sites=to_sites,
        cells=from_cells,
        cutoff_mm=cutoff_mm,
    )
    there = np.flatnonzero(sites.street >= 0)
    tail = streets.tail[sites.street[there]]
    return task, there[np.argsort(tail, kind="stable")]


def _search_all(
    task: Task, order: NDArray[np.int64], shape: tuple[int, int], progress: Progress
) -> csr_array:
    """Search from every site and put the rows in the order of the sites."""
    jobs = []
    done = 0
    for job in _finished(task, order):
        jobs.append(job)
        done += len(job[0])
        progress(note("Following the streets from each site"), done / len(order))
    count = np.zeros(shape[0], np.int64)
    for wanted, found, _, _ in jobs:
        count[wanted] = found
    start = np.concatenate([[0], np.cumsum(count)])
    cell, length_mm = np.empty(start[-1], np.int32), np.empty(start[-1], np.int32)
    while jobs:
        wanted, found, near, way_mm = jobs.pop()
        put_rows((near, way_mm), found, start[wanted], (cell, length_mm))
    return csr_from_rows(start, cell, length_mm, shape)


def _finished(task: Task, order: NDArray[np.int64]) -> Iterator[_Job]:
    """Search in as many threads as there are processors and give each job when it is done.

    Plain threads and not Numba's own: two sessions of the app may search at the same time, which
    the simplest of Numba's threading layers answers by ending the program.
    """
    pieces = [order[at : at + _SITES_A_JOB] for at in range(0, len(order), _SITES_A_JOB)]
    own = threading.local()

    def run(wanted: NDArray[np.int64]) -> _Job:
        if not hasattr(own, "scratch"):
            own.scratch = Scratch.for_task(task)
        return wanted, *search_sites(wanted, task, own.scratch)

    with ThreadPoolExecutor(_processors()) as pool:
        yield from pool.map(run, pieces)


def _processors() -> int:
    """Count the processors that this program may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
