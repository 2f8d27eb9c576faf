"""Towns on a plane without streets: sites and cells at coordinates in metres, ways straight."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.coverage import Coverage, build_coverage
from planner.demand import Demand, no_fits, no_sources
from planner.district.settings import Group, Period, Way
from planner.hours import ALWAYS, WeeklyHours
from planner.options import Options
from planner.travel import straight_travel

PERIODS = (
    Period(id="day", name="白天", name_en="day", start_hour=8, end_hour=20),
    Period(id="night", name="夜间", name_en="night", start_hour=20, end_hour=8),
)


def daily(start: int, end: int) -> WeeklyHours:
    """Open every day from one full hour to another."""
    return WeeklyHours(tuple((1440 * d + 60 * start, 1440 * d + 60 * end) for d in range(7)))


@dataclass(frozen=True, kw_only=True)
class Place:
    """A station (`stands`) or a venue."""

    x: float
    y: float = 0.0
    stands: bool = False
    hours: WeeklyHours = ALWAYS
    groups: tuple[str, ...] = ()
    listed: bool = True
    cost: float = 1000.0


def groups_of(reach_m: Mapping[str, float]) -> list[Group]:
    always = (1.0,) * 24
    return [
        Group(
            id=name,
            name={"rider": "外卖骑手", "courier": "快递员"}.get(name, name),
            name_en=f"{name}s",
            ways=(Way(mode="walk", reach_m=metres),),
            weekday=always,
            weekend=always,
        )
        for name, metres in reach_m.items()
    ]


def options_of(places: Mapping[str, Place]) -> Options:
    ids = list(places)
    stands = [place.stands for place in places.values()]
    table = pd.DataFrame(
        {
            "site": ids,
            "measure": ["keep" if there else "open" for there in stands],
            "hours": [place.hours for place in places.values()],
            "groups": [place.groups for place in places.values()],
            "listed": [place.listed for place in places.values()],
            "access": "open",
            "working": True,
            "capacity": None,
            "cost_setup_yuan": [0.0 if p.stands else p.cost for p in places.values()],
            "cost_year_yuan": 0.0,
            "assumed": 0,
            "kind": ["keep" if there else "new" for there in stands],
            "steps": [() if there else ("open",) for there in stands],
            "replaces": "",
            "weeks": [()] * len(ids),
            "season": "",
            "cost_union_yuan": [0.0 if p.stands else p.cost for p in places.values()],
            "added_year_yuan": 0.0,
            "all_day": [place.hours == ALWAYS for place in places.values()],
            "evening": [place.hours == ALWAYS for place in places.values()],
            "benchmark": False,
        },
        index=ids,
    )
    sites = pd.DataFrame(
        {
            "name": ids,
            "lon": 120.0,
            "lat": 31.0,
            "x": [place.x for place in places.values()],
            "y": [place.y for place in places.values()],
            "host_type": "shop",
            "community": "",
            "existing": stands,
            "street": "",
            "area_m2": float("nan"),
        },
        index=ids,
    )
    return Options(sites=sites, table=table)


def demand_of(
    cells: Sequence[tuple[float, float]], people: Mapping[str, Sequence[float]]
) -> Demand:
    """Put the same people of each group into each cell at every hour of the week."""
    workers = np.array([people[name] for name in people], float).T.reshape(len(cells), len(people))
    table = pd.DataFrame(
        {
            "lon": 120.0,
            "lat": 31.0,
            "x": [x for x, _ in cells],
            "y": [y for _, y in cells],
            "community": "",
        },
        index=[f"c{n}" for n in range(len(cells))],
    )
    return Demand(
        cells=table,
        groups=tuple(people),
        workers=workers,
        band_of_hour=np.zeros(168, np.int16),
        people_milli=np.rint(workers * 1000).astype(np.int64)[None],
        error_share=np.zeros(workers.shape),
        sources=no_sources(),
        fits=no_fits(),
        season=None,
        problems=(),
        notes=(),
    )


def plane_town(
    places: Mapping[str, Place],
    cells: Sequence[tuple[float, float]],
    people: Mapping[str, Sequence[float]],
    *,
    reach_m: Mapping[str, float] | float = 100.0,
) -> Coverage:
    """Build the coverage of a town; `people` lists headcounts by cell for each group."""
    demand, options = demand_of(cells, people), options_of(places)
    reach = dict.fromkeys(people, reach_m) if isinstance(reach_m, float) else dict(reach_m)
    travel = straight_travel(
        site_xy=options.sites[["x", "y"]].to_numpy(float),
        cell_xy=np.array(cells, float).reshape(-1, 2),
        site_ids=list(options.sites.index),
        cell_ids=list(demand.cells.index),
        mode="walk",
        cutoff_m=max(reach.values()),
        detour_factor=1.0,
    )
    return build_coverage(
        demand, options, {"walk": travel}, groups=groups_of(reach), periods=PERIODS
    )
