"""Drawn lines -> StreetGraph: cut at junctions, clipped, measured, renumbered."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.streets.graph import StreetGraph
from planner.streets.kernels import morton_code

__all__ = ["Lines", "Window", "clip_lines", "cut_at_junctions", "street_graph"]

Window = tuple[float, float, float, float]
"""Smallest x, smallest y, largest x, largest y, metres; a street that touches it stays, whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Ways as drawn, one row a way, in a metric plane."""

    xy: NDArray[np.float64]
    """Vertices of all lines one after the other, metres, shape (k, 2)."""
    vertex: NDArray[np.int64]
    """Which point of the network each vertex is, shape (k,): lines meet where this number is the
    same, not where they merely cross (a bridge crosses the road below it)."""
    start: NDArray[np.int64]
    """Where each line begins in `xy`, shape (m + 1,); each line has at least two vertices."""
    forward: NDArray[np.uint8]
    """MODE_BITS of those who may go in the drawn direction, shape (m,)."""
    backward: NDArray[np.uint8]

    def __len__(self) -> int:
        """Count the lines."""
        return len(self.start) - 1


def street_graph(lines: Lines, *, crs: str, window: Window | None = None) -> StreetGraph:
    """Cut lines at their junctions and measure them.

    Parameters
    ----------
    lines
        In the plane `crs`.
    crs
        The metric projection of the plane.
    window
        Streets wholly outside it are left out.

    Returns
    -------
    StreetGraph
        Nodes along a Morton curve, so that near nodes are near in memory; streets by their tail.
        Streets that nobody may use are left out. May be empty.
    """
    usable = (lines.forward | lines.backward) != 0
    lines = _without_repeats(_taken(lines, np.flatnonzero(usable)))
    if window is not None:
        lines = clip_lines(lines, window)
    lines = cut_at_junctions(lines)
    if window is not None:
        lines = clip_lines(lines, window)
    return _numbered(lines, crs)


def clip_lines(lines: Lines, window: Window) -> Lines:
    """Keep the lines whose bounding box touches the window."""
    if not len(lines):
        return lines
    low = np.minimum.reduceat(lines.xy, lines.start[:-1])
    high = np.maximum.reduceat(lines.xy, lines.start[:-1])
    touches = (low <= window[2:]).all(axis=1) & (high >= window[:2]).all(axis=1)
    return _taken(lines, np.flatnonzero(touches))


def cut_at_junctions(lines: Lines) -> Lines:
    """Cut each line at every vertex that another line (or itself, again) has too.

    Ends of lines are nodes anyway; two streets that cross without a common vertex stay apart.
    """
    if not len(lines):
        return lines
    _, number, uses = np.unique(lines.vertex, return_inverse=True, return_counts=True)
    is_end = np.zeros(len(lines.vertex), dtype=np.bool_)
    is_end[lines.start[:-1]] = True
    is_end[lines.start[1:] - 1] = True
    node = np.zeros(len(uses), dtype=np.bool_)
    node[uses > 1] = True
    node[number[is_end]] = True
    first = np.zeros(len(lines.vertex), dtype=np.bool_)
    first[lines.start[:-1]] = True
    cut = node[number] & ~is_end
    # A cut vertex is the last of one street and the first of the next, so it stands twice.
    copies = 1 + cut.astype(np.int64)
    source = np.repeat(np.arange(len(copies)), copies)
    second_copy = np.zeros(len(source), dtype=np.bool_)
    second_copy[1:] = source[1:] == source[:-1]
    begins = second_copy | (first[source] & ~cut[source])
    way_of_vertex = np.repeat(np.arange(len(lines)), np.diff(lines.start))
    way = way_of_vertex[source[begins]]
    return Lines(
        xy=lines.xy[source],
        vertex=lines.vertex[source],
        start=np.append(np.flatnonzero(begins), len(source)).astype(np.int64),
        forward=lines.forward[way],
        backward=lines.backward[way],
    )


def _taken(lines: Lines, keep: NDArray[np.intp]) -> Lines:
    """Take some lines, in the order given."""
    size = np.diff(lines.start)[keep]
    start = np.concatenate([[0], np.cumsum(size)]).astype(np.int64)
    source = np.repeat(lines.start[keep] - start[:-1], size) + np.arange(start[-1])
    return Lines(
        xy=lines.xy[source],
        vertex=lines.vertex[source],
        start=start,
        forward=lines.forward[keep],
        backward=lines.backward[keep],
    )


def _without_repeats(lines: Lines) -> Lines:
    """Drop vertices that repeat the one before, and lines of which less than two are left."""
    if not len(lines):
        return lines
    keep = np.ones(len(lines.vertex), dtype=np.bool_)
    keep[1:] = lines.vertex[1:] != lines.vertex[:-1]
    keep[lines.start[:-1]] = True
    size = np.add.reduceat(keep.astype(np.int64), lines.start[:-1])
    thinned = Lines(
        xy=lines.xy[keep],
        vertex=lines.vertex[keep],
        start=np.concatenate([[0], np.cumsum(size)]).astype(np.int64),
        forward=lines.forward,
        backward=lines.backward,
    )
    return _taken(thinned, np.flatnonzero(size > 1))


def _numbered(lines: Lines, crs: str) -> StreetGraph:
    """Put the nodes along a Morton curve and the streets by their tail."""
    first, last = lines.start[:-1], lines.start[1:] - 1
    ends = np.concatenate([lines.vertex[first], lines.vertex[last]])
    _, where, node = np.unique(ends, return_index=True, return_inverse=True)
    node_xy = lines.xy[np.concatenate([first, last])[where]]
    order = np.argsort(morton_code(node_xy), kind="stable")
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    tail, head = rank[node[: len(lines)]], rank[node[len(lines) :]]
    by_tail = np.lexsort((head, tail))
    lines = _taken(lines, by_tail)
    return StreetGraph(
        node_xy=np.ascontiguousarray(node_xy[order]),
        tail=tail[by_tail],
        head=head[by_tail],
        length_mm=_length_mm(lines),
        forward=lines.forward,
        backward=lines.backward,
        line_start=lines.start,
        line_xy=np.ascontiguousarray(lines.xy),
        crs=crs,
    )


def _length_mm(lines: Lines) -> NDArray[np.int32]:
    """Measure each drawn line in whole millimetres, at least 1."""
    if not len(lines):
        return np.zeros(0, dtype=np.int32)
    step = np.zeros(len(lines.xy))
    step[:-1] = np.hypot(*(lines.xy[1:] - lines.xy[:-1]).T)
    step[lines.start[1:] - 1] = 0.0
    metres = np.add.reduceat(step, lines.start[:-1])
    whole: NDArray[np.int32] = np.maximum(np.rint(metres * 1000), 1).astype(np.int32)
    return whole
