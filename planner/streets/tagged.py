"""What every reader of streets hands on: drawn ways in degrees, with their tags."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.geo import to_plane
from planner.streets.lines import Lines
from planner.streets.rules import permitted

__all__ = ["TaggedLines", "to_lines"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaggedLines:
    """Ways as a file holds them."""

    lon_lat: NDArray[np.float64]
    """Vertices of all ways one after the other, WGS-84 degrees, shape (k, 2)."""
    vertex: NDArray[np.int64]
    """Which point of the network each vertex is, shape (k,); see `Lines`."""
    start: NDArray[np.int64]
    """Where each way begins, shape (m + 1,)."""
    tags: pd.DataFrame
    """One row a way and the columns of `rules.TAGS` that the file has."""


def to_lines(ways: TaggedLines, *, projection: str) -> Lines:
    """Lay ways into a metric plane and tell who may use them."""
    bits = permitted(ways.tags)
    return Lines(
        xy=to_plane(ways.lon_lat[:, 0], ways.lon_lat[:, 1], projection=projection),
        vertex=ways.vertex,
        start=ways.start,
        forward=bits.forward,
        backward=bits.backward,
    )
