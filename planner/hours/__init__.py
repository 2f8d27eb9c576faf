"""Opening hours: from free text to the open minutes of a week and back; days to weeks."""

from planner.hours.reading import read_hours
from planner.hours.telling import hours_text
from planner.hours.week import ALWAYS, DAY_MINUTES, WEEK_MINUTES, WeeklyHours, week_of
from planner.hours.year import YEAR_WEEKS, day_of_year, weeks_between, weeks_from

__all__ = [
    "ALWAYS",
    "DAY_MINUTES",
    "WEEK_MINUTES",
    "YEAR_WEEKS",
    "WeeklyHours",
    "day_of_year",
    "hours_text",
    "read_hours",
    "week_of",
    "weeks_between",
    "weeks_from",
]
