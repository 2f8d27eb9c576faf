"""Mixtures of sources of every kind, and by hand how many people each group then has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from demand_districts import (
    PLANE,
    degrees_of,
    district,
    on_the_ground,
    points,
    proxies,
    square_at,
    survey,
)
from hypothesis import strategies as st

from planner.district import District, WorkerTable
from planner.district.settings import PingRules, Season, SeasonPresence, WorkerSource
from planner.geo import to_plane

SEEN = {"one.csv": 5, "two.csv": 2, "plain.csv": 0}
"""Persons in each file of records; those of the last have no ids."""
RIDERS_IN_SUMMER = 1.3337
_LAND = shapely.box(-2000, -500, 2000, 1000)
_NAMES = ("rider", "courier")

community = st.sampled_from("ABCD")
group = st.sampled_from(_NAMES)
people = st.floats(0, 3000).map(lambda number: round(number, 2)) | st.just(0.0)
east, north = st.floats(-2100, 2100), st.floats(-600, 1100)
trust = st.sampled_from([0.25, 1.0, 3.0])
paths = st.text("abcdefgh", min_size=6, max_size=6)
stated = st.sampled_from([None, None, 250.0, 33.3337])
period = st.sampled_from(["", "", "day", "night"])


@st.composite
def surveys(draw: st.DrawFn) -> WorkerTable:
    rows = draw(
        st.dictionaries(st.tuples(community, group, period), people, min_size=1, max_size=6)
    )
    table = [(place, name, count, when) for (place, name, when), count in rows.items()]
    gives = draw(st.sampled_from([None, None, "pattern"]))
    return survey(
        *table, path=draw(paths), total_workers=draw(stated), trust=draw(trust), gives=gives
    )


@st.composite
def surveys_by_grid(draw: st.DrawFn) -> WorkerTable:
    keys = st.tuples(st.sampled_from(["G1", "G2", ""]), group, period)
    rows = draw(st.dictionaries(keys, people, min_size=1, max_size=5))
    table = pd.DataFrame(
        [("B", place, name, count, when) for (place, name, when), count in rows.items()],
        columns=["community", "grid", "group", "workers", "period"],
    )
    plain = survey(path=draw(paths), total_workers=draw(stated), trust=draw(trust))
    return WorkerTable(source=plain.source, rows=table)


@st.composite
def places(draw: st.DrawFn) -> WorkerTable:
    hours = st.sampled_from([-1, -1, 8, 20])
    rows = draw(st.lists(st.tuples(east, north, group, people, hours), min_size=1, max_size=5))
    gives = draw(st.sampled_from([None, "pattern"]))
    if gives == "pattern":  # a place outside of the district is a cell, but no pattern in it
        rows = [(0.9 * x, 0.8 * y, name, count, hour) for x, y, name, count, hour in rows]
    return points(
        *rows, path=draw(paths), gives=gives, trust=draw(trust), total_workers=draw(stated)
    )


@st.composite
def features(draw: st.DrawFn) -> WorkerTable:
    spots = draw(st.lists(st.tuples(east | st.just(9000.0), north), min_size=1, max_size=5))
    rows = [(square_at(x, y, 300), draw(st.sampled_from("ab"))) for x, y in spots]
    rates = draw(
        st.sampled_from([(), (("rider", 2.0, "a"),), (("rider", 1.0, ""), ("courier", 3.0, "b"))])
    )
    gives = draw(st.sampled_from([None, None, "headcount"]))
    return proxies(
        *rows, rates=rates, path=draw(paths), gives=gives, measure="area",
        total_workers=draw(stated), trust=draw(trust),
    )  # fmt: skip


@st.composite
def records(draw: st.DrawFn) -> WorkerTable:
    source = WorkerSource(
        path=draw(st.sampled_from(sorted(SEEN))),
        kind="pings",
        crs="WGS-84",
        groups=draw(st.sampled_from([(), ("rider",), ("courier",)])),
        pings=PingRules(only_stays=draw(st.booleans())),
        gives=draw(st.sampled_from([None, None, "headcount"])),
        total_workers=draw(stated),
        trust=draw(trust),
    )
    return WorkerTable(source=source, rows=pd.DataFrame())


mixtures = st.lists(
    st.one_of(surveys(), surveys_by_grid(), places(), features(), records()),
    min_size=1,
    max_size=4,
).filter(lambda tables: len({table.source.path for table in tables}) == len(tables))
totals = st.dictionaries(group, st.sampled_from([0.0, 7.123, 180.0, 12345.678]), max_size=2)


def write_records(folder: Path) -> None:
    """Write the files of `SEEN`: people who stay at one place each on a Monday or a Saturday."""
    chance = np.random.default_rng(5)
    for name, persons in SEEN.items():
        rows = []
        for who in range(persons or 3):
            lon, lat = degrees_of(*chance.uniform((-1900, -400), (1900, 900)))
            start = datetime(2026, 6, int(chance.choice([1, 6])), int(chance.integers(0, 18)))  # noqa: DTZ001 - local times, as files have them
            rows += [
                (f"Q{who}", (start + timedelta(minutes=10 * n)).isoformat(sep=" "), lon, lat)
                for n in range(24)
            ]
        table = pd.DataFrame(rows, columns=["id", "time", "lon", "lat"])
        table.drop(columns=[] if persons else "id").to_csv(folder / name, index=False)


def mixed(
    tables: Sequence[WorkerTable], given: Mapping[str, float], *, folder: Path, summer: bool
) -> District:
    """Make the district with sources, stated totals, two grids and, if asked, the summer."""
    shapes = [shapely.box(-2000, 0, -1600, 700), shapely.box(-1200, 0, -700, 600)]
    grids = gpd.GeoDataFrame(
        {"name": ["一", "二"], "community": ["A", ""]},
        index=pd.Index(["G1", "G2"], name="id"),
        geometry=[on_the_ground(shape, PLANE) for shape in shapes],
        crs=4326,
    )
    place = replace(district(*tables, totals=dict(given)), folder=folder, grids=grids)
    if not summer:
        return place
    presence = SeasonPresence(
        season="summer", weekday=(0.5,) * 24, weekend=(0.4,) * 24, headcount_factor=RIDERS_IN_SUMMER
    )
    rider, courier = place.settings.groups
    season = Season(id="summer", name="夏季", name_en="summer", weeks=13)
    settings = replace(
        place.settings,
        groups=(replace(rider, seasons=(presence,)), courier),
        seasons=(season,),
        season="summer",
    )
    return replace(place, settings=settings)


# How many people each group has: from the rows, not by the code that is tested.


@dataclass(frozen=True)
class _Says:
    """What one source says of headcounts."""

    people: dict[str, float]
    """By group; a group that it says nothing of is left out."""
    rank: int
    trust: float
    adds: bool


def headcounts(
    tables: Sequence[WorkerTable], given: Mapping[str, float], *, summer: bool
) -> dict[str, float]:
    """Work out the people of each group, by the rule of decision 11."""
    said = [_said(table) for table in tables]
    found = {}
    for name in _NAMES:
        adding = [one for one in said if one.adds and name in one.people]
        others = [one for one in said if not one.adds and name in one.people]
        best = sorted(others, key=lambda one: (one.rank, -one.trust, -one.people[name]))[:1]
        counted = sum(one.people[name] for one in adding or best)
        factor = RIDERS_IN_SUMMER if summer and name == "rider" else 1.0
        found[name] = factor * given.get(name, counted)
    return found


def _said(table: WorkerTable) -> _Says:
    source = table.source
    counts = source.kind in {"survey", "points"}
    if counts:
        people = {name: _counted(table.rows, name) for name in table.rows["group"].unique()}
    elif source.kind == "proxies":
        people = _by_rates(table)
    else:
        tells_of = source.groups or _NAMES
        people = {name: SEEN[source.path] / len(tells_of) for name in tells_of}
    if source.total_workers is not None:
        total = sum(people.values())
        share = {name: one / total if total else 1 / len(people) for name, one in people.items()}
        people = {name: source.total_workers * share[name] for name in people}
    elif source.kind == "proxies" and not source.rates:
        people = {}
    adds = source.gives == "headcount" or (counts and source.gives is None)
    if not (adds and counts):  # where people were counted, nobody is a count too
        people = {name: one for name, one in people.items() if one > 0}
    rank = 0 if source.total_workers is not None else 1 if source.kind == "pings" else 2
    return _Says(people=people, rank=rank, trust=source.trust, adds=adds)


def _counted(rows: pd.DataFrame, name: str) -> float:
    """Add up headcounts; of places with counts by time alone the most people at one hour."""
    hours = {"day": range(6, 22), "night": [*range(6), 22, 23]}
    stated_at, headcount = set[object](), 0.0
    timed: list[tuple[object, list[int], float]] = []
    for row in rows[rows["group"] == name].to_dict("records"):
        place = row.get("grid") or row.get("community") or (row["lon"], row["lat"])
        hour = row.get("hour", -1)
        if hour < 0 and not row["period"]:
            headcount += row["workers"]
            stated_at.add(place)
        else:
            at = [hour] if hour >= 0 else list(hours[row["period"]])
            timed.append((place, at, row["workers"]))
    by_hour = [
        sum(workers for place, at, workers in timed if hour in at and place not in stated_at)
        for hour in range(24)
    ]
    return headcount + max(by_hour)


def _by_rates(table: WorkerTable) -> dict[str, float]:
    """Multiply hectares inside of the district by rates; without rates all groups are alike."""
    rates = {(rate.group, rate.of): rate.workers for rate in table.source.rates}
    named = dict.fromkeys(name for name, _ in rates) or dict.fromkeys(_NAMES)
    people = dict.fromkeys(named, 0.0)
    for shape, of in zip(table.rows["geometry"], table.rows["of"], strict=True):
        hectares = _in_plane(shape).intersection(_LAND).area / 10_000
        for name in people:
            rate = rates.get((name, of), rates.get((name, ""), 0.0)) if rates else 1.0
            people[name] += rate * hectares
    return people


def _in_plane(shape: shapely.Geometry) -> shapely.Geometry:
    moved: shapely.Geometry = shapely.transform(
        shape, lambda xy: to_plane(xy[:, 0], xy[:, 1], projection=PLANE)
    )
    return moved
