"""The street network as arrays."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.language import Message

__all__ = ["MODE_BITS", "THROUGH_ONLY", "StreetGraph"]

MODE_BITS = {"walk": 1, "ebike": 2, "drive": 4}

THROUGH_ONLY = 8
"""A bit beside those of the modes: one may pass along, but no place is reached from there
(motorways and their ramps), so nothing is snapped to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetGraph:
    """Streets between junctions, in a metric plane; one row a street, whichever way it may be used.

    Lengths are whole millimetres, so that sums are the same in whatever order they are added.
    """

    node_xy: NDArray[np.float64]
    """Metres in the projection `crs`, shape (n nodes, 2)."""
    tail: NDArray[np.int32]
    """Node at the start of each street, shape (m streets,)."""
    head: NDArray[np.int32]
    length_mm: NDArray[np.int32]
    """Length of the drawn line, at least 1, shape (m,)."""
    forward: NDArray[np.uint8]
    """MODE_BITS of those who may go from tail to head, and THROUGH_ONLY, shape (m,)."""
    backward: NDArray[np.uint8]
    """The same from head to tail, shape (m,)."""
    line_start: NDArray[np.int64]
    """Where each street's line begins in `line_xy`, shape (m + 1,)."""
    line_xy: NDArray[np.float64]
    """The drawn lines from tail to head, ends included, metres, shape (k, 2)."""
    crs: str
    """The metric projection, as pyproj reads it (see `geo.local_projection`)."""
    notes: tuple[Message, ...] = ()
    """What was assumed or left out when the streets were read."""

    def __post_init__(self) -> None:
        """Check that the arrays belong together."""
        streets = len(self.line_start) - 1
        for name in ("tail", "head", "length_mm", "forward", "backward"):
            if getattr(self, name).shape != (streets,):
                raise ValueError(f"{name} must have one value for each of {streets} streets")
        if self.line_start[-1] != len(self.line_xy):
            raise ValueError("line_start must end with the number of vertices in line_xy")
        if streets and not 0 <= min(self.tail.min(), self.head.min()) <= max(
            self.tail.max(), self.head.max()
        ) < len(self.node_xy):
            raise ValueError("tail and head must be rows of node_xy")
