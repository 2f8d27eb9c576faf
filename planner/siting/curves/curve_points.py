"""What a coverage-budget curve is: its points, their gaps, and its knee."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from planner.language import Message

__all__ = ["Curve", "CurvePoint", "knee_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """The best that is known at one size of the limit."""

    limit: float
    """Additional openings, or yuan, that are allowed."""
    count: int
    """Additional openings of the plan."""
    cost_yuan: float
    """Added set-up money of the plan."""
    served_milli: int
    """What the plan is worth: base and value of the rows served, whole thousandths of a
    worker-minute a week; with rows served twice and worth of options where the problem has them."""
    bound_milli: int
    """What no plan within the limit can exceed."""
    options: tuple[str, ...]
    """Ids of the plan, sorted."""

    @property
    def gap(self) -> float:
        """How far the plan may be from the best, 0 to 1 (0 is proven best)."""
        if self.bound_milli <= 0:
            return 0.0
        return 1 - max(0, self.served_milli) / self.bound_milli


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """What can be served from nothing to saturation; each point has a plan of its own.

    A plan of a point is not a part of the plan of the next one: see `roll_out_order` for an order
    in which one plan can be carried out.
    """

    by: str
    """"count" or "money"."""
    points: tuple[CurvePoint, ...]
    """Ascending in limit, served and bound; empty where no plan keeps the other limits."""
    knee: int | None
    """Position of the point from which on more brings less and less; None: the curve is straight
    or has fewer than three points."""
    total_milli: int
    """Value of all demand."""
    seconds: float
    reasons: tuple[Message, ...] = ()
    """Why there is no point at all: the other limits that clash, in words."""
    way_out: tuple[Message, ...] = ()
    """The cheapest way to relax them, in words."""
    notes: tuple[Message, ...] = ()
    """What a reader must know, such as limits at which there is no plan."""

    @property
    def gap(self) -> float:
        """The largest gap of all points."""
        return max((point.gap for point in self.points), default=0.0)


def knee_of(points: Sequence[CurvePoint]) -> int | None:
    """Find the point that lies farthest above the straight line from the first to the last.

    Both axes are scaled to 0 to 1 first. Of equally far points the first counts; where none lies
    above the line there is no knee.

    References
    ----------
    V. Satopaa, J. Albrecht, D. Irwin and B. Raghavan (2011), Finding a "Kneedle" in a haystack,
    31st International Conference on Distributed Computing Systems Workshops, 166-171.
    """
    if len(points) < 3:  # noqa: PLR2004 - a line has no knee
        return None
    limit = np.array([point.limit for point in points])
    served = np.array([float(point.served_milli) for point in points])
    wide, high = limit[-1] - limit[0], served[-1] - served[0]
    if wide <= 0 or high <= 0:
        return None
    above = (served - served[0]) / high - (limit - limit[0]) / wide
    knee = int(np.argmax(above))
    return knee if above[knee] > 1e-9 else None  # noqa: PLR2004 - above what rounding can make
