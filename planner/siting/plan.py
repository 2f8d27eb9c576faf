"""A plan: chosen options, what they achieve, and how good that is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from planner.language import Message

__all__ = ["Goal", "Plan", "Status"]

MILLI_MINUTES_AN_HOUR = 60_000


class Status(StrEnum):
    """How a search ended."""

    OPTIMAL = "optimal"
    """Proven best (to the gap asked for)."""
    FEASIBLE = "feasible"
    """Keeps all limits; ended at a limit of time or work, the gap says how near to the best."""
    STOPPED = "stopped"
    """Keeps all limits; the user ended the search."""
    EDITED = "edited"
    """Changed by hand after a search; what it breaks is in `notes`."""
    INFEASIBLE = "infeasible"
    """No plan keeps the limits; `reasons` says which clash."""
    UNKNOWN = "unknown"
    """No plan was found in the time given, and no proof that there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What a plan achieves of an objective other than worker-hours served, and what none beats."""

    kind: str
    """One of OBJECTIVES, or "mix"."""
    minimise: bool
    value: float
    bound: float
    """No plan under the same limits has more, or less where it is to be small."""
    unit: str
    """"hours a week", "stations", "yuan" or "m"."""

    @property
    def gap(self) -> float:
        """How far the plan may be from the best, 0 to 1."""
        better, worse = (self.bound, self.value) if self.minimise else (self.value, self.bound)
        return 1 - better / worse if worse > 0 else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Chosen options and what they achieve."""

    options: tuple[str, ...]
    """Ids of the chosen options, sorted: openings, and stations that might be closed but stay.
    Stations that stay in any case are not named."""
    served_milli: int
    """Served in all, existing stations counted in, whole thousandths of a worker-minute a week."""
    bound_milli: int
    """What no plan under the same limits can exceed, same unit."""
    total_milli: int
    """Value of all demand."""
    cost_yuan: float
    """Added set-up money."""
    status: Status
    seconds: float
    closed: tuple[str, ...] = ()
    """Ids of the options that would keep an existing station and are left out: stations to be
    closed."""
    seed: int = 0
    reasons: tuple[Message, ...] = ()
    """Where infeasible: the limits that clash, in words; where changed by hand: those not kept."""
    way_out: tuple[Message, ...] = ()
    """Where infeasible: the cheapest way to relax them, in words."""
    notes: tuple[Message, ...] = ()
    """What a reader must know, such as cells that no site can serve."""
    goal: Goal | None = None
    """The objective and its bound, where it is not worker-hours served; `bound_milli` is then what
    no plan at all can serve."""
    phase_of: Mapping[str, str] = field(default_factory=dict)
    """Phase id of each chosen option, where the plan is carried out in phases."""
    counts_seats: bool = False
    """Whether who finds no seat is not served, in `served_milli` and in its bound."""

    def __post_init__(self) -> None:
        """Check what must hold for every plan."""
        if not self.is_none and not 0 <= self.served_milli <= self.bound_milli:
            raise ValueError(
                f"served {self.served_milli} is not within 0 and the bound {self.bound_milli}"
            )

    @property
    def is_none(self) -> bool:
        """Whether there is no plan: none keeps the limits, or none was found."""
        return self.status in (Status.INFEASIBLE, Status.UNKNOWN)

    @property
    def served(self) -> float:
        """Worker-hours a week that find an open door within reach."""
        return self.served_milli / MILLI_MINUTES_AN_HOUR

    @property
    def bound(self) -> float:
        """What no plan under the same limits can exceed, worker-hours a week."""
        return self.bound_milli / MILLI_MINUTES_AN_HOUR

    @property
    def gap(self) -> float:
        """How far the plan may be from the best, 0 to 1 (0 is proven best)."""
        if self.goal is not None:
            return self.goal.gap
        return 1 - self.served_milli / self.bound_milli if self.bound_milli else 0.0
