"""What a model answers: the sites, what they achieve, and the proof."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from planner.language import Message
from planner.progress import Stop, never

__all__ = ["Answer", "Clock", "Ending"]


class Ending(StrEnum):
    """How a search ended."""

    OPTIMAL = "optimal"
    """Proven best (to the gap asked for)."""
    FEASIBLE = "feasible"
    """An answer; ended at the limit of time, the gap says how near to the best."""
    STOPPED = "stopped"
    """An answer; the user ended the search."""
    INFEASIBLE = "infeasible"
    """Proven that there is no answer; `reasons` says why."""
    UNKNOWN = "unknown"
    """Ended before an answer was found, or before it was proven that there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Chosen sites and what they achieve under one model."""

    model: str
    sites: tuple[str, ...]
    """Ids, sorted."""
    objective: float | None
    """In the units of the input; None where there is no answer."""
    bound: float | None
    """No other choice is better than this; None where nothing can be said."""
    maximise: bool
    status: Ending
    seconds: float
    assignment: Mapping[str, str] | None = None
    """Cell -> its site, for p-median and p-center; a cell out of reach is not in it."""
    figures: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    """What a reader needs besides: weights served, costs, counts."""
    unreachable: tuple[str, ...] = ()
    """Cells with demand that no site can serve; sorted."""
    reasons: tuple[Message, ...] = ()
    """Why there is no answer."""
    notes: tuple[Message, ...] = ()

    def __post_init__(self) -> None:
        """Check that the bound is on the right side.

        Raises
        ------
        ValueError
            If it is not.
        """
        if self.objective is None or self.bound is None:
            return
        worse = self.bound - self.objective if self.maximise else self.objective - self.bound
        if worse < 0:
            raise ValueError(f"the objective {self.objective} is beyond the bound {self.bound}")

    @property
    def gap(self) -> float | None:
        """How far the answer may be from the best, 0 to 1 (0 is proven best); None: unknown."""
        if self.objective is None or self.bound is None:
            return None
        large, small = max(self.objective, self.bound), min(self.objective, self.bound)
        return 1 - small / large if large > 0 else 0.0


class Clock:
    """When a search must end: at its time, or when somebody asks."""

    def __init__(self, time_limit_s: float, stop: Stop = never) -> None:
        self.started_s = time.monotonic()
        self.end_s = self.started_s + time_limit_s
        self.stop, self.stopped = stop, False

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started_s

    @property
    def left_s(self) -> float:
        """Seconds left, at least 0."""
        return max(0.0, self.end_s - time.monotonic())

    def ending(self, *, proven: bool) -> Ending:
        """Tell how a search ended that has an answer."""
        if proven:
            return Ending.OPTIMAL
        return Ending.STOPPED if self.stopped else Ending.FEASIBLE

    def ended(self) -> bool:
        """Whether the search must end."""
        self.stopped = self.stopped or self.stop()
        return self.stopped or time.monotonic() >= self.end_s
