"""Small towns with stations, venues and all columns of options, and plans found by trying all."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from coverage_towns import PERIODS, daily, demand_of, group, options_of

from planner.coverage import Coverage, build_coverage
from planner.coverage.tally import PLACE, tally_options
from planner.demand import Demand
from planner.district.settings import Way
from planner.hours import ALWAYS, WeeklyHours
from planner.options import Options
from planner.travel import TravelMatrix


@dataclass(frozen=True, kw_only=True)
class Place:
    """A station of today or a venue."""

    metres: tuple[float, ...]
    """To each cell."""
    cost: float = 1000.0
    hours: WeeklyHours = ALWAYS
    existing: bool = False
    xy: tuple[float, float] = (0.0, 0.0)
    community: str = ""


def town_of(places: Sequence[Place], demand: Demand, *, reach_m: float = 500.0) -> Coverage:
    """Join places and demand of a town where every group walks; site ids are s0, s1 ..."""
    travel = TravelMatrix.from_dense(
        [place.metres for place in places],
        sites=[f"s{n}" for n in range(len(places))],
        cells=list(demand.cells.index),
        cutoff_m=max(2000.0, reach_m),
    )
    groups = [group(name, Way(mode="walk", reach_m=reach_m)) for name in demand.groups]
    return build_coverage(
        demand, _options(places), {"walk": travel}, groups=groups, periods=PERIODS
    )


def _options(places: Sequence[Place]) -> Options:
    plain = options_of([(place.hours, (), True, "open", True) for place in places])
    existing = [place.existing for place in places]
    kind = ["keep" if stands else "new" for stands in existing]
    cost = [0.0 if place.existing else place.cost for place in places]
    table = plain.table.assign(
        measure=["keep" if stands else "open" for stands in existing],
        kind=kind,
        steps=_each([() if stands else ("open",) for stands in existing]),
        replaces="",
        season="",
        weeks=_each([() for _ in places]),
        cost_setup_yuan=cost,
        cost_union_yuan=cost,
        added_year_yuan=0.0,
        all_day=False,
        evening=False,
        benchmark=False,
    )
    sites = plain.sites.assign(
        existing=existing,
        x=[place.xy[0] for place in places],
        y=[place.xy[1] for place in places],
        community=[place.community for place in places],
        street="",
        area_m2=float("nan"),
    )
    return Options(sites=sites, table=table)


def _each(values: Sequence[tuple[str, ...]]) -> pd.Series:
    """Keep tuples as they are, one a site."""
    return pd.Series(list(values), index=[f"s{n}" for n in range(len(values))], dtype=object)


def random_town(seed: int, *, sites: int = 6, cells: int = 9, existing: int = 1) -> Coverage:
    """Draw a town of places on a square with people of two groups by day and by night."""
    rng = np.random.default_rng(seed)
    where, home = rng.integers(0, 900, (sites, 2)), rng.integers(0, 900, (cells, 2))
    apart = np.hypot(*(where[:, None] - home[None, :]).transpose(2, 0, 1))
    demand = demand_of(rng.integers(0, 4000, (2, cells, 2)), band_of_hour=[0] * 84 + [1] * 84)
    return town_of(
        [
            Place(
                metres=tuple(np.rint(apart[n])),
                cost=float(rng.integers(1, 9) * 500),
                hours=daily((8.0, 8.0 + float(rng.integers(2, 15)))),
                existing=n < existing,
                xy=(float(where[n, 0]), float(where[n, 1])),
            )
            for n in range(sites)
        ],
        demand,
    )


def venues(coverage: Coverage) -> list[str]:
    """List the options that open a venue."""
    table = coverage.options.table
    return list(map(str, table.index[table["measure"] == "open"]))


def standing(coverage: Coverage) -> list[str]:
    """List the options that keep a station."""
    table = coverage.options.table
    return list(map(str, table.index[table["measure"] == "keep"]))


def some_of(options: Sequence[str], most: int | None = None) -> Iterator[tuple[str, ...]]:
    """Give every set of some options, of at most so many."""
    for size in range(len(options) + 1 if most is None else most + 1):
        yield from itertools.combinations(options, size)


def counted(coverage: Coverage, options: Sequence[str], column: str = "served") -> float:
    """Count the worker-hours a week of some options afresh, for one of the columns of a tally."""
    there = coverage.positions_of(sorted({*options, *standing(coverage)}))
    return float(tally_options(coverage, there).by_cell[:, PLACE[column]].sum()) / 60_000


def mean_way(coverage: Coverage, options: Sequence[str], *, reach_m: float = 500.0) -> float:
    """Count the mean way of everybody by hand, cell by cell and slot by slot."""
    there = [*options, *standing(coverage)]
    metres = coverage.travel["walk"].length_mm.toarray() / 1000
    rows = coverage.options.sites.index.get_indexer(pd.Index(there))
    open_in = coverage.service[coverage.positions_of(there)]
    way = whole = 0.0
    people = coverage.demand.people_milli
    for cell, (number, _) in itertools.product(
        range(people.shape[1]), enumerate(coverage.demand.groups)
    ):
        for slot, minutes in enumerate(coverage.slot_minutes):
            ways = [
                metres[row, cell]
                for row, opens in zip(rows, open_in[:, number, slot], strict=True)
                if opens and 0 < metres[row, cell] <= reach_m
            ]
            weight = float(people[coverage.slot_band[slot], cell, number] * minutes)
            way += weight * min(ways, default=reach_m)
            whole += weight
    return way / whole


def best(values: Callable[[tuple[str, ...]], float], among: Iterator[tuple[str, ...]]) -> float:
    """Give the largest value."""
    return max(values(chosen) for chosen in among)


__all__ = [
    "Place",
    "best",
    "counted",
    "mean_way",
    "random_town",
    "replace",
    "some_of",
    "standing",
    "town_of",
    "venues",
]
