"""Venues and measures -> in which configurations each can be opened."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from planner.district.season_weeks import season_weeks
from planner.district.settings import Season
from planner.hours import ALWAYS, YEAR_WEEKS, read_hours
from planner.options.costs import Measures
from planner.options.tables import as_listed, opens, rows_named
from planner.options.weeks import are_all_day, joined

__all__ = ["longer_openings", "stays"]


def longer_openings(venues: pd.DataFrame, measures: Measures) -> list[pd.DataFrame]:
    """Give each venue open into the evening and open 24 hours, where that is longer than usual."""
    out = []
    evening = measures.get("open_evening")
    if evening and evening.hours:
        rows = opens(venues, measures, identity="open_evening")
        own = rows["hours"].to_numpy()
        hours = joined(own, read_hours(evening.hours))
        out.append(_named(rows.assign(hours=hours)[hours != own], "evening"))
    rows = opens(venues, measures, identity="open_24h")
    grows = ~are_all_day(rows["hours"])
    whole = np.empty(len(rows), dtype=object)
    whole[:] = [ALWAYS] * len(rows)
    out.append(_named(rows.assign(hours=whole)[grows], "24h"))
    return out


def _named(rows: pd.DataFrame, word: str) -> pd.DataFrame:
    return rows_named(rows, [f"{site}+{word}" for site in rows["site"].to_numpy(object)])


def stays(
    venues: pd.DataFrame, measures: Measures, seasons: Sequence[Season]
) -> list[pd.DataFrame]:
    """Give the stays of a relocatable container: all year, and in each season alone.

    A season of which nobody knows when it begins has none. A stay costs what the measure says for
    the host; running cost is that of its part of the year.
    """
    costs = measures.costs("container", venues)
    spots = np.flatnonzero(costs.possible)
    if not len(spots):
        return []
    base = as_listed(venues).iloc[spots].assign(measure="container", kind="new")
    steps = np.empty(len(spots), dtype=object)
    steps[:] = [("container",)] * len(spots)
    base = base.assign(
        steps=steps,
        cost_setup_yuan=costs.setup_yuan[spots],
        cost_union_yuan=costs.union_yuan[spots],
        cost_year_yuan=np.maximum(costs.year_yuan[spots], 0.0),  # never runs for less than nothing
    )
    part = np.array([len(weeks) / YEAR_WEEKS if weeks else 1.0 for weeks in base["weeks"]])
    year = base["cost_year_yuan"].to_numpy(float) * part
    out = [_named(base.assign(cost_year_yuan=year, added_year_yuan=year), "container")]
    for season in seasons:
        weeks = season_weeks(season, seasons)
        if weeks:
            out.append(_in_season(base, season.id, weeks))
    return out


def _in_season(base: pd.DataFrame, season: str, weeks: tuple[int, ...]) -> pd.DataFrame:
    """Give stays for a season, or what of it lies in the part of the year of the venue."""
    there = np.empty(len(base), dtype=object)
    there[:] = [tuple(week for week in weeks if not own or week in own) for own in base["weeks"]]
    part = np.array([len(some) / YEAR_WEEKS for some in there])
    year = base["cost_year_yuan"].to_numpy(float) * part
    rows = base.assign(weeks=there, season=season, cost_year_yuan=year, added_year_yuan=year)
    return _named(rows[part > 0], f"container@{season}")
