"""Opening hours: from free text to the open minutes of a week."""

from dataclasses import dataclass

__all__ = ["ALWAYS", "WEEK_MINUTES", "WeeklyHours"]

WEEK_MINUTES = 7 * 24 * 60


@dataclass(frozen=True, slots=True)
class WeeklyHours:
    """When a door is open in a week."""

    intervals: tuple[tuple[int, int], ...]
    """Half-open [start, end) in minutes since Monday 00:00, within 0 to 10,080, sorted, apart from each other."""

    def __post_init__(self) -> None:
        """Check that the intervals are in order, apart, and inside the week."""
        last = -1
        for start, end in self.intervals:
            if not (last < start < end <= WEEK_MINUTES):
                raise ValueError(f"intervals must be sorted, apart and inside the week, got {self.intervals}")
            last = end

    @property
    def open_minutes(self) -> int:
        """Minutes open a week, 0 to 10,080."""
        return sum(end - start for start, end in self.intervals)


ALWAYS = WeeklyHours(((0, WEEK_MINUTES),))
