"""Workers and venues of a trial city, as arrays and tables in memory."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from city import spread_places
from numpy.typing import NDArray

from planner.demand.surface import Demand, no_fits, no_sources
from planner.district.settings import Group, Way
from planner.hours import ALWAYS, WeeklyHours
from planner.options import Options
from planner.streets import StreetGraph

__all__ = ["CityDemand", "trial_demand"]

_DAYS = 7
_DAY_MINUTES = 24 * 60
_BAND_HOURS = 4
_DAILY = (
    (7, 22), (8, 18), (9, 17), (5, 19), (6, 12), (11, 14), (17, 22), (10, 21), (4, 10), (10, 23),
    (1, 3),
)  # fmt: skip
"""Opening hours that venues of a city with many slots have, every day the same."""


class CityDemand(NamedTuple):
    """What stands in memory before anything of coverage is computed."""

    demand: Demand
    options: Options
    groups: tuple[Group, ...]
    cell_xy: NDArray[np.float64]
    site_xy: NDArray[np.float64]


def trial_demand(graph: StreetGraph, *, cells: int, sites: int, groups: int) -> CityDemand:
    """Scatter workers and venues over a trial city.

    Parameters
    ----------
    graph
        The streets.
    cells, sites
        How many; most cells and half of the sites are near 400 centres.
    groups
        1: one group that is out all the time, and doors that never close: one slot. More: each with
        a reach of its own, six bands of the day and twelve kinds of hours: 20 slots.
    """
    cell_xy = spread_places(graph, cells, clustered_share=0.9, seed=2)
    site_xy = spread_places(graph, sites, clustered_share=0.5, seed=3)
    rng = np.random.default_rng(5)
    kinds = tuple(
        Group(
            id=f"group{number}",
            name=f"group{number}",
            name_en=f"group{number}",
            ways=(Way(mode="walk", reach_m=1000.0 - 100 * number),),
            weekday=(1.0,) * 24,
            weekend=(1.0,) * 24,
        )
        for number in range(groups)
    )
    demand = _demand(cell_xy, tuple(group.id for group in kinds), rng)
    hours = [ALWAYS, *map(_every_day, _DAILY)] if groups > 1 else [ALWAYS]
    return CityDemand(demand, _options(site_xy, hours, rng), kinds, cell_xy, site_xy)


def _demand(
    cell_xy: NDArray[np.float64], groups: tuple[str, ...], rng: np.random.Generator
) -> Demand:
    bands = 1 if len(groups) == 1 else 24 // _BAND_HOURS
    of_day = np.repeat(np.arange(bands, dtype=np.int16), 24 // bands)
    people = rng.integers(0, 3000, (bands, len(cell_xy), len(groups)))
    return Demand(
        cells=_at(cell_xy, "c"),
        groups=groups,
        workers=people.max(axis=0) / 1000,
        band_of_hour=np.tile(of_day, _DAYS),
        people_milli=people,
        notes=(),
        error_share=np.zeros((len(cell_xy), len(groups))),
        sources=no_sources(),
        fits=no_fits(),
        season=None,
        problems=(),
    )


def _options(
    site_xy: NDArray[np.float64], hours: list[WeeklyHours], rng: np.random.Generator
) -> Options:
    chosen = rng.integers(0, len(hours), len(site_xy))
    sites = _at(site_xy, "s").assign(existing=False)
    table = pd.DataFrame(
        {
            "site": sites.index,
            "measure": "open",
            "hours": [hours[kind] for kind in chosen],
            "groups": [()] * len(sites),
            "listed": True,
            "access": "open",
            "working": True,
            "weeks": [()] * len(sites),
        },
        index=sites.index,
    )
    return Options(sites=sites, table=table)


def _every_day(hours: tuple[int, int]) -> WeeklyHours:
    first, last = hours
    return WeeklyHours(
        tuple(
            (day * _DAY_MINUTES + first * 60, day * _DAY_MINUTES + last * 60)
            for day in range(_DAYS)
        )
    )


def _at(xy: NDArray[np.float64], prefix: str) -> pd.DataFrame:
    return pd.DataFrame(
        {"x": xy[:, 0], "y": xy[:, 1]}, index=[f"{prefix}{row}" for row in range(len(xy))]
    )
