"""When a door is open in a week."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["ALWAYS", "DAY_MINUTES", "WEEK_MINUTES", "WeeklyHours", "week_of"]

DAY_MINUTES = 24 * 60
WEEK_MINUTES = 7 * DAY_MINUTES


@dataclass(frozen=True, slots=True)
class WeeklyHours:
    """When a door is open in a week."""

    intervals: tuple[tuple[int, int], ...]
    """Half-open [start, end) in minutes since Monday 00:00, within 0 to 10,080, sorted, apart from
    each other. Hours that run over Sunday midnight are two intervals."""

    def __post_init__(self) -> None:
        """Check that the intervals are in order, apart, and inside the week."""
        last = -1
        for start, end in self.intervals:
            if not (last < start < end <= WEEK_MINUTES):
                raise ValueError(
                    f"intervals must be sorted, apart and inside the week, got {self.intervals}"
                )
            last = end

    @property
    def open_minutes(self) -> int:
        """Minutes open a week, 0 to 10,080."""
        return sum(end - start for start, end in self.intervals)

    def open_at(self, minute: int) -> bool:
        """Tell whether the door is open in a minute of the week; the closing minute is not open.

        Parameters
        ----------
        minute
            Minutes since Monday 00:00, 0 to 10,079.

        Raises
        ------
        ValueError
            If the minute is not of the week.

        Examples
        --------
        >>> lunch = WeeklyHours(((11 * 60, 13 * 60),))
        >>> lunch.open_at(11 * 60), lunch.open_at(13 * 60)
        (True, False)
        """
        if not 0 <= minute < WEEK_MINUTES:
            raise ValueError(f"minute must be 0 to {WEEK_MINUTES - 1}, got {minute}")
        at = bisect_right(self.intervals, (minute, WEEK_MINUTES + 1)) - 1
        return at >= 0 and minute < self.intervals[at][1]


ALWAYS = WeeklyHours(((0, WEEK_MINUTES),))


def week_of(spans: Iterable[tuple[int, int]]) -> WeeklyHours:
    """Join spans of minutes into a week: they may overlap, touch, or run over Sunday midnight.

    Parameters
    ----------
    spans
        Start and end in minutes since Monday 00:00; the start is in the week, the end is later and
        at most a week after the start.

    Examples
    --------
    >>> week_of([(10_000, 10_200), (60, 90), (90, 120)]).intervals
    ((0, 120), (10000, 10080))
    """
    inside = [(start, min(end, WEEK_MINUTES)) for start, end in spans]
    over = [(0, end - WEEK_MINUTES) for _, end in spans if end > WEEK_MINUTES]
    joined: list[tuple[int, int]] = []
    for start, end in sorted(inside + over):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return WeeklyHours(tuple(joined))
