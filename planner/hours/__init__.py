"""Opening hours: from free text to the open minutes of a week, and back to words."""

from planner.hours.reading import read_hours
from planner.hours.telling import hours_text
from planner.hours.week import ALWAYS, DAY_MINUTES, WEEK_MINUTES, WeeklyHours

__all__ = [
    "ALWAYS",
    "DAY_MINUTES",
    "WEEK_MINUTES",
    "WeeklyHours",
    "hours_text",
    "read_hours",
]
