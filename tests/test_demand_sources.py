"""GPS records and fitted models as sources of demand."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from demand_districts import (
    EMPTY,
    PLANE,
    by_community,
    degrees_of,
    district,
    near,
    on_the_ground,
    present,
    proxies,
    square_at,
    streets,
    survey,
    told,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.demand import Demand, build_demand
from planner.demand.records import hours_of_records, out_by_hour, pattern_of_records
from planner.demand.squares import columns_and_rows
from planner.district import District, WorkerTable
from planner.district.settings import DemandRules, PingRules, WorkerSource

ONE_STREET = streets([(-2000, 100), (2000, 100)])
MONDAY, SATURDAY = datetime(2026, 6, 1), datetime(2026, 6, 6)  # noqa: DTZ001 - local times, as the files have them
PLATE = "沪A12345"


def records(path: Path, *stays: tuple[str, datetime, int, int, float, float]) -> WorkerTable:
    """Write a record every ten minutes: who, day, from hour, to hour, x, y."""
    rows = []
    for who, day, start, end, x, y in stays:
        lon, lat = degrees_of(x, y)
        rows += [
            (who, (day + timedelta(minutes=minutes)).isoformat(sep=" "), lon, lat)
            for minutes in range(60 * start, 60 * end + 1, 10)
        ]
    pd.DataFrame(rows, columns=["id", "time", "lon", "lat"]).to_csv(path, index=False)
    source = WorkerSource(
        path=str(path), kind="pings", crs="WGS-84", groups=("rider",), pings=PingRules()
    )
    return WorkerTable(source=source, rows=pd.DataFrame())


def at(demand: Demand, day: int, hour: int) -> dict[str, float]:
    """Give the riders out at an hour by community."""
    people = demand.people_milli[demand.band_of_hour[24 * day + hour], :, 0] / 1000
    sums = pd.Series(people).groupby(demand.cells["community"].to_numpy()).sum()
    return {str(name): float(number) for name, number in sums.items() if number > 0}


# GPS records


def test_records_say_where_a_stated_headcount_is_and_at_which_hour(tmp_path: Path) -> None:
    # Two people on Monday: one spends the morning in A and the afternoon in D, one all day in D.
    table = records(
        tmp_path / "pings.csv",
        ("a", MONDAY, 8, 12, -1900, 110),
        ("a", MONDAY, 14, 18, 1100, 110),
        ("b", MONDAY, 2, 20, 1100, 110),
    )
    demand = build_demand(district(table, totals={"rider": 100}), ONE_STREET)
    assert demand.workers.sum() == 100
    # 4 of 26 person-hours in A; the records of one stay reach a few minutes beyond its ends.
    assert by_community(demand, "rider")["A"] == pytest.approx(100 * 4 / 26, rel=0.05)
    # The presence table has 12.5 hours a head, so an hour of both has 100 * 12.5 * 2 / 26 out.
    assert at(demand, 0, 9) == pytest.approx({"A": 48.08, "D": 48.08}, rel=0.01)
    assert at(demand, 4, 16) == pytest.approx({"D": 96.15}, rel=0.01)
    assert present(demand, 0, 12)["rider"] == pytest.approx(48.08, rel=0.1)
    assert present(demand, 0, 1)["rider"] == 0
    # No weekend was recorded: the presence table holds there, at the places of the week.
    assert present(demand, 5, 12)["rider"] == pytest.approx(50)
    pings, stated = demand.sources.to_dict("records")
    assert (pings["counted"], pings["pattern_share"]) == (2, 1)
    assert (pings["hours"], stated["hours"]) == ("records+table", "records+table")
    # 12.5 h on five days, 6.25 h on two.
    told_of = told(demand)
    assert "as many of them as in the presence tables, for: riders (in part; 75 h a" in told_of
    assert "from the presence tables for: riders (in part; 75 h a head and week)" in told_of


def test_persons_seen_are_the_headcount_where_nobody_states_one(tmp_path: Path) -> None:
    table = records(
        tmp_path / "pings.csv",
        ("a", MONDAY, 8, 12, -1900, 110), ("b", SATURDAY, 8, 12, -1900, 110),
        ("c", SATURDAY, 9, 12, 1100, 110),
    )  # fmt: skip
    demand = build_demand(district(table), ONE_STREET)
    assert demand.workers.sum() == pytest.approx(3)
    assert "the 3 persons seen in" in told(demand)
    # In the few hours recorded all are out: the table has more hours a head than these.
    assert present(demand, 0, 10)["rider"] == pytest.approx(3, abs=0.01)
    assert present(demand, 5, 10)["rider"] == pytest.approx(3, abs=0.01)


def test_records_lie_inside_a_surveyed_area_only_by_pattern(tmp_path: Path) -> None:
    table = records(tmp_path / "pings.csv", ("a", MONDAY, 8, 12, -1100, 110))
    demand = build_demand(
        district(survey(("A", "rider", 10, ""), ("B", "rider", 4, "")), table), ONE_STREET
    )
    assert near(demand, -1100, 110, "rider") == 10
    assert by_community(demand, "rider") == {"A": 10, "B": 4}


def test_hours_that_were_counted_are_not_told_to_be_those_of_records(tmp_path: Path) -> None:
    table = records(tmp_path / "pings.csv", ("a", MONDAY, 8, 12, -1100, 110))
    counted = survey(("A", "rider", 10, ""), ("A", "rider", 6, "day"), ("A", "rider", 2, "night"))
    demand = build_demand(district(counted, table), ONE_STREET)
    assert [present(demand, 0, hour)["rider"] for hour in (3, 10, 20)] == [2, 6, 6]
    assert "in the records" not in told(demand)
    assert dict(zip(demand.sources["kind"], demand.sources["hours"], strict=True)) == {
        "survey": "counts",
        "pings": "counts",
    }
    # Six at 16 hours and two at eight, every day, of ten.
    assert "out at which hour was counted, for: riders (78 h a head and week)." in told(demand)
    assert "presence tables" not in told(demand)


def test_the_hours_of_a_survey_without_times_are_those_of_records_and_so_told(
    tmp_path: Path,
) -> None:
    days = ("a", MONDAY, 8, 12, -1100, 110), ("b", SATURDAY, 8, 12, -1100, 110)
    table = records(tmp_path / "pings.csv", *days)
    demand = build_demand(district(survey(("A", "rider", 10, "")), table), ONE_STREET)
    assert demand.sources["hours"].tolist() == ["records", "records"]
    assert "from the presence tables" not in told(demand)


def test_each_row_tells_the_hours_of_its_own_people() -> None:
    day = survey(("A", "rider", 10, ""), ("A", "rider", 8, "day"), ("B", "rider", 2, ""))
    whole = survey(("C", "rider", 4, "day"), ("C", "rider", 1, "night"), path="whole.xlsx")
    demand = build_demand(district(day, whole, totals={"rider": 30}), ONE_STREET)
    hours = dict(zip(demand.sources["source"], demand.sources["hours"], strict=True))
    assert hours == {"whole.xlsx": "counts", "调查.xlsx": "counts+table", "district.toml": "table"}


def test_hours_of_people_whom_nobody_counted_are_told_too() -> None:
    poi = proxies((shapely.Point(-1900, 110), "餐饮"), rates=[("rider", 2.5, "餐饮")])
    demand = build_demand(district(poi), ONE_STREET)
    assert "presence tables for: riders (75 h a head and week)." in told(demand)
    assert "couriers" not in told(demand)  # there are none


def without_ids(table: WorkerTable, tmp_path: Path, name: str) -> WorkerTable:
    """Write the records of a table once more, without ids."""
    path = tmp_path / name
    pd.read_csv(table.source.path).drop(columns="id").to_csv(path, index=False)
    return replace(table, source=replace(table.source, path=str(path)))


def test_records_without_ids_give_places_and_the_shape_of_the_hours(tmp_path: Path) -> None:
    table = records(tmp_path / "pings.csv", ("a", MONDAY, 2, 22, -1900, 110))
    loose = without_ids(table, tmp_path, "orders.csv")
    demand = build_demand(district(loose, totals={"rider": 50}), ONE_STREET)
    assert by_community(demand, "rider") == {"A": 50}
    # One record more lies in hour 22; 12.5 hours a head over 20 hours of 6 records and 1 of 1.
    assert present(demand, 0, 12)["rider"] == pytest.approx(50 * 12.5 * 6 / 121, abs=0.01)
    assert present(demand, 0, 1)["rider"] == 0
    assert "tell no persons apart" in told(demand)
    assert demand.sources["counted"].isna().all()


def test_a_file_without_ids_never_changes_the_hours_of_those_with_ids(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    table = records(folder / "a.csv", ("a", MONDAY, 2, 20, -1900, 110))
    alone = build_demand(district(table, totals={"rider": 100}), ONE_STREET)
    lon, lat = degrees_of(1100, 110)
    dense = [(MONDAY + timedelta(hours=14, seconds=at), lon, lat) for at in range(3600)]
    pd.DataFrame(dense, columns=["time", "lon", "lat"]).to_csv(folder / "b.csv", index=False)
    both = replace(table, source=replace(table.source, path=str(folder)))
    demand = build_demand(district(both, totals={"rider": 100}), ONE_STREET)
    for hour in range(24):
        out = [present(each, 0, hour)["rider"] for each in (alone, demand)]
        assert out[0] == pytest.approx(out[1], abs=0.002)
    assert by_community(demand, "rider")["D"] > 50  # where people are, they do tell
    assert "the hours of the day follow those alone" in told(demand)


def test_stays_alone_are_wanted_and_nobody_can_tell_them(tmp_path: Path) -> None:
    stays = PingRules(only_stays=True)
    table = records(tmp_path / "pings.csv", ("a", MONDAY, 2, 22, -1900, 110))
    loose = without_ids(table, tmp_path, "orders.csv")
    loose = replace(loose, source=replace(loose.source, pings=stays))
    demand = build_demand(district(loose, totals={"rider": 50}), ONE_STREET)
    assert by_community(demand, "rider") == {"A": 50}
    assert near(demand, -1900, 110, "rider") == 50
    assert "all records were counted" in told(demand)
    assert "no record lies" not in told(demand)


def test_stays_alone_lay_people_out_where_some_stay(tmp_path: Path) -> None:
    table = records(
        tmp_path / "pings.csv",
        ("a", MONDAY, 8, 12, -1900, 110),
        ("b", MONDAY, 8, 8, 1100, 110),
    )
    table = replace(table, source=replace(table.source, pings=PingRules(only_stays=True)))
    demand = build_demand(district(table, totals={"rider": 50}), ONE_STREET)
    assert by_community(demand, "rider") == {"A": 50}
    nobody = records(tmp_path / "none.csv", ("b", MONDAY, 8, 8, 1100, 110))
    nobody = replace(nobody, source=replace(nobody.source, pings=PingRules(only_stays=True)))
    demand = build_demand(district(nobody, totals={"rider": 50}), ONE_STREET)
    assert "nobody in the records stays" in told(demand)


def hours_a_head(demand: Demand, day: int) -> float:
    out = sum(present(demand, day, hour)["rider"] for hour in range(24))
    return float(out / demand.workers.sum())


@pytest.mark.parametrize("fresh", [False, True])
@pytest.mark.parametrize("days", [1, 3, 5])
def test_neither_more_days_nor_fresh_ids_change_who_is_out(
    tmp_path: Path, *, days: int, fresh: bool
) -> None:
    stays = [
        (
            f"v{day if fresh else 0}-{who}",
            MONDAY + timedelta(days=day),
            3 + who,
            16 + who,
            -1900.0,
            110.0,
        )
        for day in range(days)
        for who in range(5)
    ]
    table = records(tmp_path / "pings.csv", *stays)
    demand = build_demand(district(table, totals={"rider": 1000}), ONE_STREET)
    # 65 person-hours a day; the table has 12.5 hours a head on weekdays and 6.25 at weekends.
    assert present(demand, 0, 3)["rider"] == pytest.approx(1000 * 12.5 * 1 / 65, rel=0.01)
    assert present(demand, 0, 9)["rider"] == pytest.approx(1000 * 12.5 * 5 / 65, rel=0.01)
    assert hours_a_head(demand, 0) == pytest.approx(12.5, abs=0.001)
    assert hours_a_head(demand, 5) == pytest.approx(6.25, abs=0.001)
    assert present(demand, 5, 12)["rider"] == 500  # no weekend was recorded


def test_no_id_is_in_anything_that_is_told(tmp_path: Path) -> None:
    table = records(tmp_path / "pings.csv", (PLATE, MONDAY, 8, 12, -1900, 110))
    cache = tmp_path / "cache"
    demand = build_demand(district(table), ONE_STREET, cache=cache)
    every = [
        demand.cells.to_csv(),
        demand.sources.to_csv(),
        told(demand),
        *map(str, demand.problems),
    ]
    assert not any(PLATE in text for text in every)
    kept = [path for path in cache.rglob("*") if path.is_file()]
    assert kept
    assert not any(PLATE.encode() in path.read_bytes() for path in kept)
    again = build_demand(district(table), ONE_STREET, cache=cache)
    assert np.array_equal(again.people_milli, demand.people_milli)
    assert [str(n) for n in again.notes] == [str(n) for n in demand.notes]


def test_each_kind_of_day_counts_by_its_days_in_a_week() -> None:
    hours = np.zeros((2, 48), dtype=np.float32)
    hours[0, 8] = 6  # over three weekdays: 2 hours a day, 10 a week
    hours[1, 24 + 8] = 4  # over one weekend day: 8 hours a week
    squares = np.array([[5, -2], [-3, 7]])
    pattern = pattern_of_records(squares, hours, np.array([30, 20]), days=(3, 1))
    column, row = columns_and_rows(pattern.squares)
    assert list(zip(column.tolist(), row.tolist(), strict=True)) == [(-3, 7), (5, -2)]
    assert pattern.value.tolist() == [8, 10]
    assert pattern.records.tolist() == [20, 30]


def test_hours_are_a_shape_for_each_kind_of_day_that_was_recorded() -> None:
    hours = np.zeros(48)
    hours[8], hours[9] = 6, 18
    found = hours_of_records(hours)
    assert found.share[8:10].tolist() == [0.25, 0.75]
    assert found.known.tolist() == [True] * 24 + [False] * 24
    assert not found.share[24:].any()


AN_HOUR = st.just(0.0) | st.floats(1e-3, 1e4)
DAY = st.lists(AN_HOUR, min_size=24, max_size=24)
TABLE = st.lists(st.sampled_from([0.0, 0.1, 0.25, 0.7, 1.0]), min_size=24, max_size=24)


@settings(max_examples=200)
@given(DAY, TABLE, st.sampled_from([1, 3, 365]))
def test_people_are_out_for_the_hours_of_the_table_in_the_shape_of_the_records(
    day: list[float], table: list[float], times: int
) -> None:
    shape, wanted = np.array(day), np.array(table)
    if not shape.any():
        return
    share = out_by_hour(shape, wanted)
    assert share.sum() == pytest.approx(wanted.sum())
    assert (share >= 0).all()
    assert (share <= 1 + 1e-12).all()
    if share[shape == 0].any():  # only where all are out in every hour that was recorded
        assert share[shape > 0] == pytest.approx(1)
        assert (share[shape == 0] <= wanted[shape == 0] + 1e-12).all()
    free = (share < 1 - 1e-9) & (shape > 0)
    if free.any() and wanted.any():
        ratio = share[free] / shape[free]
        assert ratio == pytest.approx(np.full(len(ratio), ratio[0]))
    assert out_by_hour(shape * times, wanted) == pytest.approx(share)


# Fitted models


def chequered(rates: tuple[tuple[str, float, str], ...]) -> District:
    """Make 6 x 6 communities of 500 m: shops, 3 riders for each, and trees; half are counted."""
    chance = np.random.default_rng(3)
    corners = [(500 * i - 1500, 500 * j - 1500) for i in range(6) for j in range(6)]
    shops, trees = chance.integers(0, 9, (2, len(corners)))
    rows = [
        (shapely.Point(*(np.array(corner) + chance.uniform(10, 490, 2))), of)
        for of, numbers in (("餐饮服务", shops), ("树", trees))
        for corner, number in zip(corners, numbers, strict=True)
        for _ in range(number)
    ]
    names = [f"N{at}" for at in range(len(corners))]
    communities = gpd.GeoDataFrame(
        {"name": names, "street": ""},
        index=pd.Index(names, name="id"),
        geometry=[on_the_ground(square_at(x, y, 500), PLANE) for x, y in corners],
        crs=4326,
    )
    counted = [
        (name, "rider", 3.0 * number, "")
        for name, number in zip(names[::2], shops[::2], strict=True)
    ]
    total = 3.0 * float(shops.sum())
    place = district(
        survey(*counted), proxies(*rows, rates=rates, groups=("rider",)), totals={"rider": total}
    )
    boundary = on_the_ground(shapely.box(-1500, -1500, 1500, 1500), PLANE)
    rules = DemandRules(model="fitted")
    return replace(
        place,
        communities=communities,
        boundary=boundary,
        settings=replace(place.settings, demand=rules),
    )


GRID = streets(*([(x, -1500), (x, 1500)] for x in range(-1450, 1500, 100)))


def test_a_fitted_model_finds_the_people_of_areas_that_nobody_counted() -> None:
    place = chequered((("rider", 1.0, "餐饮"), ("rider", 1.0, "树")))  # rates that are wrong
    demand = build_demand(place, GRID)
    (fit,) = demand.fits.to_dict("records")
    assert (fit["group"], fit["used"], fit["areas"]) == ("rider", True, 18)
    assert fit["error"] < fit["error_mean"] / 2
    assert fit["error"] < fit["error_rates"] / 2
    total = place.settings.groups[0].total_workers
    assert total is not None
    assert demand.workers.sum() == pytest.approx(total)
    assert "18" in told(demand)
    poi = demand.sources.set_index("kind").loc["proxies"]
    assert poi["pattern_share"] > 0.99


def test_rates_that_are_no_worse_are_kept() -> None:
    demand = build_demand(chequered((("rider", 3.0, "餐饮"),)), GRID)
    (fit,) = demand.fits.to_dict("records")
    assert not fit["used"]
    assert fit["error_rates"] <= fit["error"]


def test_without_features_nothing_is_fitted_and_that_is_said() -> None:
    place = district(survey(("A", "rider", 10, "")))
    rules = DemandRules(model="fitted")
    demand = build_demand(
        replace(place, settings=replace(place.settings, demand=rules)), ONE_STREET
    )
    assert demand.fits.empty
    assert "No source of features" in told(demand)


def test_too_few_areas_fall_back_to_rates() -> None:
    poi = proxies((shapely.Point(-1900, 110), "餐饮"), groups=("rider",))
    place = district(survey(("A", "rider", 10, "")), poi)
    rules = DemandRules(model="fitted")
    demand = build_demand(
        replace(place, settings=replace(place.settings, demand=rules)), ONE_STREET
    )
    assert demand.fits["used"].tolist() == [False]
    assert near(demand, -1900, 110, "rider") == 10


def test_the_plane_of_the_district_is_that_of_the_tests() -> None:
    assert EMPTY.boundary.contains(shapely.Point(*degrees_of(0, 0)))
