"""Seasons of a district -> the weeks of the year that each takes."""

from collections.abc import Iterable

from planner.district.settings import Season
from planner.hours import day_of_year, weeks_from

__all__ = ["season_weeks"]


def season_weeks(season: Season, seasons: Iterable[Season]) -> tuple[int, ...]:
    """Give the weeks of a season; one that touches the next ends before its first week.

    Parameters
    ----------
    seasons
        All of the district.

    Returns
    -------
    tuple of int
        Weeks 1 to 52, ascending; empty for the whole year, and where nobody knows when it begins.
    """
    if not season.starts:
        return ()
    others = [day_of_year(each.starts) for each in seasons if each.starts and each.id != season.id]
    return weeks_from(day_of_year(season.starts), season.weeks, others=others)
