"""Small towns with people, stations and ways as given, for tests of coverage."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from planner.coverage import Coverage, build_coverage
from planner.demand import Demand, no_fits, no_sources
from planner.district.settings import Group, Period, Way
from planner.hours import ALWAYS, WeeklyHours
from planner.options import Options
from planner.travel import TravelMatrix

PERIODS = (
    Period(id="day", name="白天", name_en="Day", start_hour=7, end_hour=19),
    Period(id="evening", name="傍晚", name_en="Evening", start_hour=19, end_hour=22),
    Period(id="night", name="夜间", name_en="Night", start_hour=22, end_hour=7),
)
NEVER = WeeklyHours(())


def daily(*hours: tuple[float, float]) -> WeeklyHours:
    """Open every day between these hours of the day."""
    week = [
        (round(1440 * day + 60 * start), round(1440 * day + 60 * end))
        for day in range(7)
        for start, end in sorted(hours)
    ]
    return WeeklyHours(tuple(week))


def group(name: str, *ways: Way) -> Group:
    share = (1.0,) * 24
    return Group(id=name, name=name, name_en=name, ways=ways, weekday=share, weekend=share)


def demand_of(
    people_milli: np.ndarray,
    *,
    band_of_hour: Sequence[int] | None = None,
    communities: Sequence[str] | None = None,
) -> Demand:
    """People in thousandths, shape (bands, cells, groups)."""
    _, cells, groups = people_milli.shape
    table = pd.DataFrame(
        {"lon": 120.0, "lat": 31.0, "x": 0.0, "y": 0.0, "community": communities or [""] * cells},
        index=pd.Index([f"c{n}" for n in range(cells)]),
    )
    return Demand(
        cells=table,
        groups=tuple("abcdef"[:groups]),
        workers=people_milli.max(axis=0) / 1000,
        band_of_hour=np.array(band_of_hour if band_of_hour is not None else [0] * 168, np.int16),
        people_milli=people_milli.astype(np.int64),
        error_share=np.zeros((cells, groups)),
        sources=no_sources(),
        fits=no_fits(),
        season=None,
        problems=(),
        notes=(),
    )


Configuration = tuple[WeeklyHours, tuple[str, ...], bool, str, bool]
"""Hours, admitted groups, listed, access, working."""
CONFIGURATION = ("hours", "groups", "listed", "access", "working")
GOOD: Configuration = (ALWAYS, (), True, "open", True)


def options_of(
    configurations: Sequence[Configuration], seats: Sequence[float | None] = ()
) -> Options:
    """One site and one option for each configuration; seats of none are not known."""
    ids = [f"s{n}" for n in range(len(configurations))]
    table = pd.DataFrame(
        {
            "site": ids,
            "measure": "open",
            "hours": [c[0] for c in configurations],
            "groups": [c[1] for c in configurations],
            "listed": [c[2] for c in configurations],
            "access": [c[3] for c in configurations],
            "working": [c[4] for c in configurations],
            "capacity": list(seats) or None,
            "cost_setup_yuan": 1000.0,
            "cost_year_yuan": 0.0,
            "assumed": 0,
            "weeks": [()] * len(ids),
        },
        index=ids,
    )
    sites = pd.DataFrame(
        {"name": ids, "lon": 120.0, "lat": 31.0, "x": 0.0, "y": 0.0, "host_type": "shop"},
        index=ids,
    ).assign(community="", existing=False)
    return Options(sites=sites, table=table)


def coverage_of(
    configurations: Sequence[Configuration],
    metres: Sequence[Sequence[float]],
    demand: Demand,
    *,
    reach_m: float = 500,
) -> Coverage:
    """Join options and demand of a town where every group walks."""
    travel = TravelMatrix.from_dense(
        metres,
        sites=[f"s{n}" for n in range(len(configurations))],
        cells=list(demand.cells.index),
        cutoff_m=reach_m,
    )
    groups = [group(name, Way(mode="walk", reach_m=reach_m)) for name in demand.groups]
    return build_coverage(
        demand, options_of(configurations), {"walk": travel}, groups=groups, periods=PERIODS
    )


def alone(cells: int = 1, people: int = 1000) -> Demand:
    """One group, always out, the same people in each cell."""
    return demand_of(np.full((1, cells, 1), people))


pieces_of_day = st.lists(st.integers(0, 7 * 24 * 2), max_size=6, unique=True)


@st.composite
def weekly_hours(draw: st.DrawFn) -> WeeklyHours:
    """Draw hours in steps of half an hour, closed and always among them."""
    cuts = sorted(draw(pieces_of_day))
    if draw(st.integers(0, 4)) == 0:
        return ALWAYS
    return WeeklyHours(tuple((30 * a, 30 * b) for a, b in zip(cuts[::2], cuts[1::2], strict=False)))


configurations = st.tuples(
    weekly_hours(),
    st.sampled_from([(), ("a",), ("b",), ("a", "b")]),
    st.sampled_from([True, True, True, False]),
    st.sampled_from(["open", "open", "registration", "gated"]),
    st.sampled_from([True, True, True, False]),
)


@st.composite
def people(draw: st.DrawFn, cells: int) -> Demand:
    """Draw demand of two groups in up to three bands."""
    bands = draw(st.integers(1, 3))
    counts = draw(
        st.lists(st.integers(0, 5000), min_size=bands * cells * 2, max_size=bands * cells * 2)
    )
    seed = draw(st.integers(0, 9))
    band_of_hour = np.random.default_rng(seed).integers(0, bands, 24).repeat(7)
    communities = [draw(st.sampled_from(["", "north", "south"])) for _ in range(cells)]
    return demand_of(
        np.array(counts).reshape(bands, cells, 2),
        band_of_hour=band_of_hour.tolist(),
        communities=communities,
    )


@st.composite
def districts(draw: st.DrawFn) -> Coverage:
    """Draw a small district with ways as given."""
    sites, cells = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    metres = st.sampled_from([0.0, 300.0, 500.0, 501.0])
    table = [[draw(metres) for _ in range(cells)] for _ in range(sites)]
    return coverage_of([draw(configurations) for _ in range(sites)], table, draw(people(cells)))


WAYS: Mapping[str, tuple[Way, ...]] = {
    "a": (Way(mode="ebike", reach_m=800), Way(mode="walk", reach_m=300)),
    "b": (Way(mode="walk", reach_m=500),),
}
"""Group a rides or walks, group b walks."""
Metres = Sequence[Sequence[float]]


def served_town(
    configurations: Sequence[Configuration],
    metres: Mapping[str, Metres],
    demand: Demand,
    *,
    seats: Sequence[float | None] = (),
) -> Coverage:
    """Join options and demand of a town with ways by mode; the groups go as WAYS says."""
    travel = {
        mode: TravelMatrix.from_dense(
            table,
            sites=[f"s{n}" for n in range(len(configurations))],
            cells=list(demand.cells.index),
            cutoff_m=800,
            mode=mode,
        )
        for mode, table in metres.items()
    }
    groups = [group(name, *WAYS[name]) for name in demand.groups]
    options = options_of(configurations, seats)
    return build_coverage(demand, options, travel, groups=groups, periods=PERIODS)


@st.composite
def served_towns(draw: st.DrawFn) -> tuple[Coverage, Mapping[str, Metres]]:
    """Draw a small town with seats; many ways are equal, so that ties occur."""
    sites, cells = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    metres = st.sampled_from(
        [0.0, 100.0, 187.5, 299.999, 300.0, 300.001, 500.0, 750.0, 800.0, 900.0]
    )
    tables = {
        mode: [[draw(metres) for _ in range(cells)] for _ in range(sites)]
        for mode in ("walk", "ebike")
    }
    seats = [draw(st.sampled_from([None, 0, 1, 1.5, 3])) for _ in range(sites)]
    drawn = [draw(configurations) for _ in range(sites)]
    return served_town(drawn, tables, draw(people(cells)), seats=seats), tables
