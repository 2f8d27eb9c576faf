"""A street graph -> its connected parts, for one mode."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from planner.streets.graph import MODE_BITS, StreetGraph

__all__ = ["islands"]


def islands(graph: StreetGraph, *, mode: str) -> NDArray[np.int32]:
    """Tell which connected part of the streets each node belongs to.

    One-ways count as a connection in both directions.

    Parameters
    ----------
    graph
        The streets.
    mode
        "walk", "ebike" or "drive": only streets that it may use connect.

    Returns
    -------
    numpy.ndarray
        Number of the part, shape (n nodes,): 0 is the one with the most metres of street, then 1
        and so on; equally long ones in the order of their first node. -1: a node at which no
        street for this mode ends.

    Raises
    ------
    ValueError
        If the mode is unknown.
    """
    if mode not in MODE_BITS:
        raise ValueError(f"mode must be one of {', '.join(MODE_BITS)}, got {mode!r}")
    usable = ((graph.forward | graph.backward) & MODE_BITS[mode]) != 0
    tail, head = graph.tail[usable], graph.head[usable]
    nodes = len(graph.node_xy)
    links = coo_array((np.ones(len(tail), dtype=np.int8), (tail, head)), shape=(nodes, nodes))
    count, part = connected_components(links.tocsr(), directed=False)
    length = np.bincount(part[tail], graph.length_mm[usable], minlength=count)
    first_node = np.unique(part, return_index=True)[1]
    rank = np.empty(count, dtype=np.int32)
    rank[np.lexsort((first_node, -length))] = np.arange(count, dtype=np.int32)
    touched = np.zeros(nodes, dtype=np.bool_)
    touched[tail] = True
    touched[head] = True
    return np.where(touched, rank[part], -1).astype(np.int32)
