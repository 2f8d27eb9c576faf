"""GPS records -> people's time in squares; recounted in plain Python, and on real taxis."""

import gzip
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from ping_files import (
    CELL_M,
    PLANE,
    Record,
    bin_records,
    clock,
    milliseconds,
    recount,
    write_records,
)
from shapely.geometry.base import BaseGeometry

from planner.demand.pings import (
    PingBins,
    PingPlan,
    add_bins,
    bin_partition,
    bin_pings,
    finish_bins,
    merge_parts,
    plan_pings,
    read_bins,
    read_task,
    run_plan,
    write_bins,
)
from planner.demand.pings.area import Area
from planner.demand.pings.plane import PlaneTiles
from planner.demand.pings.tally import Tally, count_records
from planner.district.settings import PingRules
from planner.errors import InputError, PlannerError, SettingsError
from planner.geo import local_projection, to_degrees, to_plane, to_wgs84
from planner.intake.pings import split_file

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
TAXIS = SHARED / "shenzhen" / "TaxiData-Sample.csv.gz"
HOUR = 3600
EIGHT = 8 * HOUR
RULES = PingRules()


def time_of(bins: PingBins) -> dict[tuple[int, int], float]:
    """Minutes in each square."""
    sums = bins.person_hours.sum(axis=1) * 60
    return {
        (int(column), int(row)): round(float(minutes), 3)
        for (column, row), minutes in zip(bins.squares, sums, strict=True)
    }


def test_half_of_the_time_between_two_records_belongs_to_each_ones_square(tmp_path: Path) -> None:
    path = write_records(tmp_path / "a.csv", [("a", EIGHT, 10, 10), ("a", EIGHT + 600, 260, 10)])
    bins = bin_records([path])
    assert time_of(bins) == {(0, 0): 5.0, (1, 0): 5.0}
    assert bins.person_hours[:, 8].sum() * 60 == pytest.approx(10)
    assert (bins.persons, bins.weekdays, bins.weekend_days) == (1, 1, 0)
    assert bins.records.tolist() == [1, 1]


@pytest.mark.parametrize(("gap_s", "minutes"), [(1800, 15.0), (1801, 0.5 + 0.5)])
def test_a_gap_of_just_the_limit_still_counts(tmp_path: Path, gap_s: int, minutes: float) -> None:
    records = [("a", EIGHT, 10, 10), ("a", EIGHT + gap_s, 260, 10)]
    bins = bin_records([write_records(tmp_path / "a.csv", records)])
    assert time_of(bins)[0, 0] == minutes


def test_a_record_without_a_neighbour_in_time_counts_a_minute(tmp_path: Path) -> None:
    records = [("a", EIGHT, 10, 10), ("b", EIGHT + HOUR, 510, 10)]
    bins = bin_records([write_records(tmp_path / "a.csv", records)])
    assert time_of(bins) == {(0, 0): 1.0, (2, 0): 1.0}
    assert bins.persons == 2


def test_time_is_split_at_the_border_of_the_hour_and_of_the_week(tmp_path: Path) -> None:
    friday_night = 5 * 24 * HOUR - 300
    records = [("a", friday_night, 10, 10), ("a", friday_night + 600, 20, 20)]
    bins = bin_records([write_records(tmp_path / "a.csv", records)])
    assert milliseconds(bins) == {(0, 0, 23): 300_000, (0, 0, 24): 300_000}
    assert (bins.weekdays, bins.weekend_days) == (1, 1)


def test_who_stays_is_told_from_who_passes(tmp_path: Path) -> None:
    stays = [("a", EIGHT + 60 * minute, 10 + minute, 10) for minute in range(11)]
    passes = [("b", EIGHT + 60 * minute, 3000 + 200 * minute, 10) for minute in range(11)]
    short = [("c", EIGHT + 60 * minute, 10, 3000) for minute in range(10)]
    bins = bin_records([write_records(tmp_path / "a.csv", [*stays, *passes, *short])])
    assert bins.stay_hours.sum() * 60 == pytest.approx(10)
    assert bins.person_hours.sum() * 60 == pytest.approx(10 + 10 + 9)
    assert bins.squares[bins.stay_hours.any(axis=1)].tolist() == [[0, 0]]


def test_an_impossible_jump_is_set_aside_and_two_of_them(tmp_path: Path) -> None:
    way = [("a", EIGHT + 30 * at, 10 * at, 10) for at in range(10)]
    way[4] = ("a", EIGHT + 120, 90_000, 10)
    way[5] = ("a", EIGHT + 150, 90_010, 10)
    bins = bin_records([write_records(tmp_path / "a.csv", way)])
    assert dict(bins.set_aside) == {"jump": 2}
    assert time_of(bins) == {(0, 0): 4.5}


def test_after_three_records_that_agree_the_person_is_there(tmp_path: Path) -> None:
    wrong = [("a", EIGHT, 90_000, 10)]
    right = [("a", EIGHT + 60 + 30 * at, 10 + at, 10) for at in range(10)]
    bins = bin_records([write_records(tmp_path / "a.csv", [*wrong, *right])])
    assert dict(bins.set_aside) == {"jump": 2}
    assert time_of(bins)[0, 0] == 3.5


def test_records_given_twice_count_once(tmp_path: Path) -> None:
    records = [("a", EIGHT, 10, 10), ("a", EIGHT + 600, 260, 10)]
    one = write_records(tmp_path / "a.csv", records)
    two = write_records(tmp_path / "b.csv", records)
    twice = bin_records([one, two])
    assert dict(twice.set_aside) == {"repeated": 2}
    assert milliseconds(twice) == milliseconds(bin_records([one]))


def test_without_ids_each_record_counts_a_minute_in_its_hour(tmp_path: Path) -> None:
    records = [("", EIGHT + at, 10, 10) for at in range(5)] + [("", 9 * HOUR, 260, 10)]
    bins = bin_records([write_records(tmp_path / "a.csv", records, ids=False)])
    assert milliseconds(bins) == {(0, 0, 8): 300_000, (1, 0, 9): 60_000}
    assert (bins.persons, bins.has_ids) == (0, False)
    assert not bins.stay_hours.any()
    assert any("one minute" in note.text("en") for note in bins.notes)
    assert not bins.id_hours.any()


def test_the_hours_of_records_with_ids_are_kept_apart(tmp_path: Path) -> None:
    known = write_records(tmp_path / "a.csv", [("a", EIGHT + at, 10, 10) for at in (0, 600)])
    loose = [("", 14 * HOUR + at, 10, 10) for at in range(90)]
    paths = [known, write_records(tmp_path / "b.csv", loose, ids=False)]
    bins = bin_records(paths)
    assert bins.id_hours[8] * 60 == 10
    assert bins.id_hours.sum() * 60 == 10
    assert bins.person_hours.sum() * 60 == pytest.approx(100)
    write_bins(bins, tmp_path / "bins.csv", projection=PLANE)
    back = read_bins(tmp_path / "bins.csv", projection=PLANE)
    assert back.id_hours == pytest.approx(bins.id_hours)
    table = pd.read_csv(tmp_path / "bins.csv").drop(columns="id_hours")  # of an older version
    table.to_csv(tmp_path / "old.csv", index=False)
    old = read_bins(tmp_path / "old.csv", projection=PLANE)
    assert old.id_hours == pytest.approx(bins.person_hours.sum(axis=0))


def test_times_without_dates_are_one_weekday_and_said_so(tmp_path: Path) -> None:
    lon, lat = to_degrees([(10.0, 10.0), (10.0, 10.0)], projection=PLANE)
    rows = [f"a,{time},{lon[0]:.7f},{lat[0]:.7f}" for time in ("00:00:10", "00:10:10", "23:59:59")]
    path = tmp_path / "a.csv"
    path.write_text("\n".join(["id,time,lng,lat", *rows]), encoding="utf-8")
    bins = bin_records([path])
    assert (bins.weekdays, bins.weekend_days) == (1, 0)
    assert not bins.person_hours[:, 24:].any()
    assert any("without dates" in note.text("en") for note in bins.notes)


def records_of_people() -> st.SearchStrategy[list[Record]]:
    """Few people in few places at times that often meet, also at jumps and borders."""
    return st.lists(
        st.tuples(
            st.sampled_from("abc"),
            st.one_of(
                st.integers(0, 3 * HOUR),
                st.integers(0, 30).map(lambda minute: minute * 60 + EIGHT),
                st.integers(-900, 900).map(lambda second: second + 5 * 24 * HOUR),
            ),
            st.sampled_from([0, 20, 99, 120, 249, 250, 1200, 80_000]),
            st.sampled_from([0, 75, 249, 251]),
        ),
        min_size=1,
        max_size=30,
    )


@settings(max_examples=120, deadline=None)
@given(
    records_of_people(),
    st.sampled_from([RULES, replace(RULES, most_gap_min=2, stay_min=3, stay_radius_m=30)]),
)
def test_a_plain_recount_finds_the_same(
    tmp_path_factory: pytest.TempPathFactory, records: list[Record], rules: PingRules
) -> None:
    path = write_records(tmp_path_factory.mktemp("recount") / "a.csv", records)
    bins = bin_records([path], rules=rules)
    expected = recount(records, rules)
    assert milliseconds(bins) == dict(expected.person)
    assert milliseconds(bins, stay=True) == dict(expected.stay)
    assert {tuple(s): int(n) for s, n in zip(bins.squares.tolist(), bins.records, strict=True)} == (
        dict(expected.records)
    )
    assert bins.persons == expected.people
    assert dict(bins.set_aside) == {k: v for k, v in expected.set_aside.items() if v}
    assert int(bins.records.sum()) + sum(bins.set_aside.values()) == len(records)


@settings(max_examples=60, deadline=None)
@given(records_of_people())
def test_nobody_is_in_two_places(
    tmp_path_factory: pytest.TempPathFactory, records: list[Record]
) -> None:
    folder = tmp_path_factory.mktemp("law")
    for person in {record[0] for record in records}:
        own = [record for record in records if record[0] == person]
        bins = bin_records([write_records(folder / "a.csv", own)])
        # each kind of day has one day, or one and a half, so an hour has two at most
        days = [max(bins.weekdays, 1)] * 24 + [max(bins.weekend_days, 1)] * 24
        # a lone record just before midnight may reach half a minute into the next day
        assert (bins.person_hours.sum(axis=0) <= np.array(days) + 1 / 120 + 1e-6).all()
        assert (bins.stay_hours <= bins.person_hours).all()
        # and on one single day an hour holds an hour at most
        for day in {record[1] // 86_400 for record in own}:
            today = [record for record in own if record[1] // 86_400 == day]
            one = bin_records([write_records(folder / "b.csv", today)])
            assert (one.person_hours.sum(axis=0) <= 1 + 1e-6).all()


def same(one: PingBins, other: PingBins) -> bool:
    """Whether two bins are equal to the last digit."""
    arrays = ("squares", "person_hours", "stay_hours", "id_hours", "records")
    plain = ("persons", "weekdays", "weekend_days", "has_ids", "set_aside", "cell_m")
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in arrays) and all(
        getattr(one, name) == getattr(other, name) for name in plain
    )


def a_day(count: int = 3000, people: int = 40, seed: int = 1) -> list[Record]:
    """Invent a day of people who move about."""
    chance = Random(seed)  # noqa: S311 - no secret
    return [
        (
            f"p{chance.randrange(people)}",
            chance.randrange(86_400),
            chance.randrange(-2000, 2000),
            chance.randrange(-2000, 2000),
        )
        for _ in range(count)
    ]


def plan_of(paths: Sequence[Path]) -> PingPlan:
    return plan_pings(paths, columns={}, crs="WGS-84", rules=RULES, projection=PLANE, boundary=None)


def test_the_order_and_the_cutting_of_files_never_change_the_result(tmp_path: Path) -> None:
    records = a_day()
    whole = bin_records([write_records(tmp_path / "whole.csv", records)])
    shuffled = records.copy()
    Random(5).shuffle(shuffled)  # noqa: S311 - no secret
    for part in range(7):
        write_records(tmp_path / "many" / f"{part}.csv", shuffled[part::7])
    assert same(bin_records([tmp_path / "many"]), whole)
    plan = plan_of([tmp_path / "whole.csv"])
    for partitions, task_bytes, most_bytes in ((1, 900, 10**9), (256, 10_000, 0), (8, 10**9, 4000)):
        tasks = [
            task
            for path, layout in plan.layouts.items()
            for task in split_file(path, layout, task_bytes=task_bytes)
        ]
        other = replace(plan, partitions=partitions, tasks=tuple(reversed(tasks)))
        assert same(run_plan(other, most_bytes=most_bytes), whole)


def test_tasks_and_partitions_apart_come_to_what_one_run_gives(tmp_path: Path) -> None:
    for part in range(3):
        write_records(tmp_path / "in" / f"{part}.csv", a_day(seed=part))
    write_records(tmp_path / "in" / "noid.csv", a_day(100), ids=False)
    (tmp_path / "in" / "bad.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    plan = plan_of([tmp_path / "in"])
    read = [read_task(plan, task) for task in reversed(plan.tasks)]
    parts = [part for _, part in read]
    for partition in reversed(range(plan.partitions)):
        pieces = [records.of(partition) for records, _ in read]
        parts.append(bin_partition(plan, pieces))
    merged = merge_parts([merge_parts(parts[:9]), merge_parts(parts[9:])])
    apart, together = finish_bins(plan, merged), bin_records([tmp_path / "in"])
    assert same(apart, together)
    assert apart.problems == together.problems
    assert apart.notes == together.notes


@given(
    st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9), st.integers(0, 10**8)), max_size=60)
)
@settings(max_examples=40)
def test_one_tally_taken_into_another_is_the_sum_of_both(
    records: list[tuple[int, int, int]],
) -> None:
    def tally(rows: list[tuple[int, int, int]]) -> Tally:
        out = Tally()
        x, y, second = np.array(rows, dtype=np.int64).reshape(-1, 3).T
        row = out.rows_of((x * 100).astype(np.int32), (y * 100).astype(np.int32), 250)
        sums = (out.person_ms, out.records, out.loose_ms, out.days)
        count_records(second.astype(np.uint32), row, *sums)
        return out

    halves = records[::2], records[1::2]
    one, other = (tally(list(half)) for half in halves)
    one.take(other)
    taken, merged = one.part(), merge_parts(tally(list(half)).part() for half in halves)
    for name in ("squares", "person_ms", "stay_ms", "records", "loose_ms"):
        assert np.array_equal(getattr(taken, name), getattr(merged, name)), name
    assert taken.days == merged.days


def test_two_runs_hash_ids_with_different_secrets_and_agree(tmp_path: Path) -> None:
    path = write_records(tmp_path / "a.csv", a_day())
    one, two = plan_of([path]), plan_of([path])
    assert one.reading.salt != two.reading.salt
    assert same(run_plan(one), run_plan(two))


def district(west: float, south: float, east: float, north: float) -> BaseGeometry:
    """A boundary in degrees from metres in the plane."""
    lon, lat = to_degrees([(west, south), (east, north)], projection=PLANE)
    return shapely.box(lon[0], lat[0], lon[1], lat[1])


def test_what_lies_outside_is_told_and_takes_the_time_with_it(tmp_path: Path) -> None:
    records = [("a", EIGHT + 600 * at, x, 10) for at, x in enumerate([10, 10, -3000, 10])]
    path = write_records(tmp_path / "a.csv", records)
    bins = bin_pings(
        [path],
        columns={},
        crs=None,
        rules=RULES,
        projection=PLANE,
        boundary=district(0, 0, 5000, 5000),
    )
    assert dict(bins.set_aside) == {"outside": 1}
    assert [problem.row for problem in bins.problems] == [4]
    assert time_of(bins) == {(0, 0): 10 + 5 + 5}
    assert any("WGS-84" in note.text("en") for note in bins.notes)


def test_positions_the_wrong_way_round_and_at_zero_are_told_by_line(tmp_path: Path) -> None:
    lon, lat = (float(one[0]) for one in to_degrees([(10.0, 10.0)], projection=PLANE))
    places = [(lon, lat), (lat, lon), (0.0, 0.0), (lon, lat), (2.0, 50.0), (lat, lon)]
    rows = [f"a,{clock(EIGHT + 60 * at)},{x},{y}" for at, (x, y) in enumerate(places)]
    path = tmp_path / "a.csv"
    path.write_text("\n".join(["id,time,lng,lat", *rows]), encoding="utf-8")
    bins = bin_pings(
        [path],
        columns={},
        crs="WGS-84",
        rules=RULES,
        projection=PLANE,
        boundary=district(0, 0, 5000, 5000),
    )
    assert dict(bins.set_aside) == {"outside": 1, "swapped": 2, "zero": 1}
    assert {(p.row, dict(p.fix.values)["lines"]) for p in bins.problems} == {
        (3, "3, 7"),
        (4, "4"),
        (6, "6"),
    }
    west_china = tmp_path / "b.csv"
    west_china.write_text("id,time,lng,lat\na,2024-05-06 08:00:00,43.8,87.6\n" + rows[0], "utf-8")
    assert dict(bin_records([west_china]).set_aside) == {"swapped": 1}


def test_gcj_02_records_come_to_the_same_squares_as_wgs_84(tmp_path: Path) -> None:
    records = [("a", EIGHT + 60 * at, 125 + 250 * at, 125) for at in range(4)]
    path = write_records(tmp_path / "a.csv", records)
    table = pd.read_csv(path)
    shifted = table.copy()
    # the shift of GCJ-02, by trying: what comes back must be the true place
    lon, lat = table["lon"].to_numpy(), table["lat"].to_numpy()
    for _ in range(20):
        back = to_wgs84(shifted["lon"], shifted["lat"], crs="GCJ-02")
        shifted["lon"] += lon - back[0]
        shifted["lat"] += lat - back[1]
    other = tmp_path / "b.csv"
    shifted.to_csv(other, index=False)
    gcj = bin_pings([other], columns={}, crs="gcj02", rules=RULES, projection=PLANE, boundary=None)
    assert time_of(gcj) == time_of(bin_records([path]))


@pytest.mark.parametrize("crs", ["WGS-84", "GCJ-02", "BD-09", "EPSG:32650"])
def test_tiles_convert_as_the_exact_way_does(crs: str) -> None:
    rng = np.random.default_rng(1)
    lon, lat = rng.uniform(113.8, 114.4, 2000), rng.uniform(22.4, 22.8, 2000)
    if crs == "EPSG:32650":
        lon, lat = to_plane(lon, lat, projection="EPSG:32650").T.copy()
    x, y = PlaneTiles(crs, PLANE).to_plane(lon, lat)
    xy = to_plane(*to_wgs84(lon, lat, crs=crs), projection=PLANE)
    assert np.abs(np.column_stack([x, y]) - xy).max() < 0.001


def test_tiles_at_the_edge_of_the_area_of_gcj_02_and_of_the_world_are_right() -> None:
    rng = np.random.default_rng(2)
    # the Yalu: the shift of 500 m begins on a line through these tiles
    lon, lat = rng.uniform(124.0, 125.4, 500), rng.uniform(39.4, 40.6, 500)
    plane = local_projection(124.7, 40.0)
    x, y = PlaneTiles("GCJ-02", plane).to_plane(lon, lat)
    xy = to_plane(*to_wgs84(lon, lat, crs="GCJ-02"), projection=plane)
    assert np.abs(np.column_stack([x, y]) - xy).max() < 0.01
    far = np.array([np.nan, np.inf, 1e300, -180.0])
    assert np.isnan(PlaneTiles("WGS-84", PLANE).to_plane(far, far * 0.5)[0][:3]).all()


def test_a_place_has_one_square_whatever_is_converted_with_it() -> None:
    rng = np.random.default_rng(3)
    lon, lat = rng.uniform(113.8, 114.4, 300), rng.uniform(22.4, 22.8, 300)
    together = PlaneTiles("GCJ-02", PLANE).to_plane(lon, lat)
    apart = PlaneTiles("GCJ-02", PLANE)
    for at in reversed(range(300)):
        x, y = apart.to_plane(lon[at : at + 1], lat[at : at + 1])
        assert (x[0], y[0]) == (together[0][at], together[1][at])


def test_the_inside_is_that_of_the_polygon_with_its_border() -> None:
    rng = np.random.default_rng(4)
    star = shapely.Polygon([(114.0, 22.5), (114.1, 22.52), (114.08, 22.6), (114.03, 22.55)])
    shape = shapely.union_all([star, shapely.Point(114.2, 22.55).buffer(0.01)])
    area = Area(shape, PLANE)
    xy = to_plane(
        rng.uniform(113.98, 114.22, 4000), rng.uniform(22.48, 22.62, 4000), projection=PLANE
    )
    corner = shapely.get_coordinates(area.shape)[0]
    xy = np.vstack([xy, corner, [1e9, 1e9], [np.nan, 0.0]])
    expected = shapely.intersects_xy(area.shape, xy[:, 0], xy[:, 1])
    assert area.inside(xy[:, 0].copy(), xy[:, 1].copy()).astype(bool).tolist() == expected.tolist()
    assert expected[4000]


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_bins_come_back_from_a_file_as_they_were(tmp_path: Path, suffix: str) -> None:
    bins = bin_records([write_records(tmp_path / "a.csv", a_day())])
    path = tmp_path / f"bins{suffix}"
    write_bins(bins, path, projection=PLANE)
    assert same(replace(bins, set_aside={}), read_bins(path, projection=PLANE))
    # a source may name the file in place of the records
    again = bin_records([path])
    assert same(replace(bins, set_aside={}), again)


def test_bins_and_records_add_up(tmp_path: Path) -> None:
    records = write_records(tmp_path / "in" / "a.csv", a_day())
    one = bin_records([records])
    write_bins(one, tmp_path / "in" / "bins.parquet", projection=PLANE)
    both = bin_records([tmp_path / "in"])
    assert both.person_hours == pytest.approx(2 * one.person_hours)
    assert both.records.tolist() == (2 * one.records).tolist()
    assert both.persons == 2 * one.persons
    wider = bin_records([tmp_path / "in" / "bins.parquet"], cell_m=500)
    assert wider.cell_m == 500
    assert wider.records.sum() == one.records.sum()


@pytest.mark.parametrize(("wide_m", "covered"), [(500.0, 4), (600.0, 9), (1000.0, 16)])
def test_wide_bins_are_spread_evenly_over_the_squares_they_cover(
    tmp_path: Path, wide_m: float, covered: int
) -> None:
    path = write_records(tmp_path / "a.csv", [("a", EIGHT + 30 * at, 40, 40) for at in range(31)])
    wide = bin_records([path], cell_m=wide_m)
    none = replace(
        wide,
        squares=wide.squares[:0],
        person_hours=wide.person_hours[:0],
        stay_hours=wide.stay_hours[:0],
        id_hours=np.zeros(48),
        records=wide.records[:0],
        persons=0,
        cell_m=250.0,
    )
    found = add_bins(none, wide)
    assert len(found) == covered
    share = found.person_hours[:, 8] / found.person_hours[:, 8].sum()
    inside = np.minimum((found.squares + 1) * 250, wide_m) - found.squares * 250
    assert share == pytest.approx(inside.prod(axis=1) / wide_m**2)  # by area
    assert found.person_hours.sum() * 60 == pytest.approx(15)
    assert found.records.sum() == 31
    assert found.records == pytest.approx(31 * share, abs=1)
    assert found.id_hours == pytest.approx(wide.id_hours)
    assert "spread evenly" in found.notes[-1].text("en")


def test_bins_too_wide_to_tell_anything_are_refused(tmp_path: Path) -> None:
    path = write_records(tmp_path / "a.csv", [("a", EIGHT, 40, 40), ("a", EIGHT + 60, 40, 40)])
    one = bin_records([path])
    with pytest.raises(InputError, match="1,000,000 m"):
        add_bins(one, replace(one, cell_m=1_000_000.0))


def test_bad_rows_of_a_file_of_bins_are_told(tmp_path: Path) -> None:
    bins = bin_records([write_records(tmp_path / "a.csv", a_day(50))])
    path = tmp_path / "bins.csv"
    write_bins(bins, path, projection=PLANE)
    table = pd.read_csv(path, dtype=str)
    table.loc[1, "hour"] = "25"
    table.loc[3, "day"] = "someday"
    table.loc[4, "person_hours"] = "-1"
    table.to_csv(path, index=False)
    (problem,) = read_bins(path, projection=PLANE).problems
    assert (problem.row, dict(problem.fix.values)["lines"]) == (3, "3, 5, 6")
    table.drop(columns="stay_hours").to_csv(path, index=False)
    with pytest.raises(InputError, match="stay_hours"):
        read_bins(path, projection=PLANE)
    path.write_bytes(b"\x00\xff nothing")
    with pytest.raises(InputError):
        read_bins(path, projection=PLANE)


def test_kept_bins_are_used_until_a_file_or_rule_changes(tmp_path: Path) -> None:
    path = write_records(tmp_path / "a.csv", [*a_day(300), ("x", EIGHT, 10**6, 0)])

    def run(rules: PingRules = RULES) -> PingBins:
        return bin_pings(
            [path],
            columns={},
            crs=None,
            rules=rules,
            projection=PLANE,
            boundary=district(-9000, -9000, 9000, 9000),
            cache=tmp_path / "cache",
        )

    first = run()
    (kept,) = (tmp_path / "cache").iterdir()
    again = run()
    assert same(first, again)
    assert first.problems == again.problems
    assert [note.text("zh") for note in first.notes] == [note.text("zh") for note in again.notes]
    run(replace(RULES, most_gap_min=5))
    assert len(list((tmp_path / "cache").iterdir())) == 2
    kept.write_bytes(b"damaged")
    assert same(run(), first)


def test_no_id_is_in_any_result_or_message(tmp_path: Path) -> None:
    ids = [f"粤B{10_000 + at}" for at in range(20)] + ["13800138000"]
    records = [(ids[at % 21], EIGHT + 40 * at, at % 700, 5 * at % 900) for at in range(2000)]
    records += [(who, EIGHT, 80_000, 0) for who in ids]
    path = write_records(tmp_path / "in" / "a.csv", records)
    with path.open("a", encoding="utf-8") as file:
        file.write("\n" + "\n".join(f'{who},{who},0,0\n{who},1\n"{who}' for who in ids))
    bins = bin_pings(
        [path],
        columns={},
        crs="WGS-84",
        rules=RULES,
        projection=PLANE,
        boundary=district(-2000, -2000, 2000, 2000),
        cache=tmp_path / "cache",
    )
    assert bins.persons == 21
    assert len(bins.problems) >= 3
    write_bins(bins, tmp_path / "out.csv", projection=PLANE)
    write_bins(bins, tmp_path / "out.parquet", projection=PLANE)
    told = [repr(bins), *map(str, (*bins.problems, *bins.notes))]
    files = (*(tmp_path / "cache").iterdir(), *tmp_path.glob("out.*"))
    told += [file.read_bytes().decode("utf-8", errors="ignore") for file in files]
    (kept,) = (tmp_path / "cache").iterdir()
    with np.load(kept) as arrays:
        told.append(json.dumps(str(arrays["told"])))
    for text in told:
        assert not any(who in text or who[-5:] in text for who in ids)


def test_a_plate_in_the_name_of_a_file_is_in_no_message_and_no_cache(tmp_path: Path) -> None:
    path = write_records(
        tmp_path / "in" / "粤B8K3T7.csv", [("a", EIGHT, 0, 0), ("a", EIGHT + 60, 0, 0)]
    )
    with path.open("a", encoding="utf-8") as file:
        file.write("\na,bad,114,22.5")
    bins = bin_pings(
        [path.parent],
        columns={},
        crs=None,
        rules=RULES,
        projection=PLANE,
        boundary=None,
        cache=tmp_path / "cache",
    )
    assert [problem.table for problem in bins.problems] == ["***.csv #1"]
    (kept,) = (tmp_path / "cache").iterdir()
    with np.load(kept) as arrays:
        told = json.dumps(json.loads(str(arrays["told"])), ensure_ascii=False)
    assert "8K3T7" not in told + repr(bins)


def test_the_same_plates_in_two_encodings_are_the_same_people(tmp_path: Path) -> None:
    def write(name: str, encoding: str, minutes: range) -> None:
        lines = ["车牌,时间,经度,纬度"] + [
            f"{plate},2024-05-06 08:{minute:02d}:00,114.05,22.55"
            for plate in ("粤B12345", "鲁A00001")
            for minute in minutes
        ]
        (tmp_path / name).write_bytes("\n".join(lines).encode(encoding))

    write("a.csv", "utf-8", range(0, 60, 2))
    write("b.csv", "gbk", range(1, 60, 2))
    bins = bin_records([tmp_path])
    assert bins.persons == 2
    assert bins.person_hours.sum() * 60 == pytest.approx(2 * 59)


def test_nothing_usable_is_refused_with_all_problems(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,time\n1,2024-05-06 08:00:00\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text("id,time,lon,lat\n1,never,114,22.5\n", encoding="utf-8")
    (tmp_path / "c.csv").write_bytes(b"")
    with pytest.raises(InputError) as caught:
        bin_records([tmp_path, tmp_path / "missing.csv"])
    assert sorted(problem.table for problem in caught.value.problems) == [
        "a.csv",
        "b.csv",
        "c.csv",
        "missing.csv",
    ]


def test_a_run_can_be_stopped_and_leaves_nothing(tmp_path: Path) -> None:
    plan = plan_of([write_records(tmp_path / "a.csv", a_day())])
    with pytest.raises(PlannerError, match=r"已停止|Stopped"):
        run_plan(plan, stop=lambda: True)


def test_a_file_that_goes_while_it_is_read_ends_the_run(tmp_path: Path) -> None:
    for part in range(6):
        write_records(tmp_path / f"{part}.csv", a_day(50, seed=part))
    plan = plan_of([tmp_path])
    for part in range(6):
        (tmp_path / f"{part}.csv").unlink()
    with pytest.raises(InputError, match=r"\d\.csv"):
        run_plan(plan)


def test_progress_is_told_and_ends_at_one(tmp_path: Path) -> None:
    steps: list[tuple[str, float]] = []
    plan = plan_of([write_records(tmp_path / "a.csv", a_day())])
    run_plan(plan, progress=lambda step, share: steps.append((step.text("en"), share)))
    assert [share for _, share in steps if share == 1.0] == [1.0, 1.0]
    assert len({step for step, _ in steps}) == 2


def test_wrong_arguments_are_refused(tmp_path: Path) -> None:
    path = write_records(tmp_path / "a.csv", a_day(5))
    with pytest.raises(ValueError, match="cell_m"):
        bin_records([path], cell_m=0.5)
    with pytest.raises(SettingsError, match="Mars"):
        bin_pings([path], columns={}, crs="Mars", rules=RULES, projection=PLANE, boundary=None)


@pytest.mark.skipif(not TAXIS.exists(), reason="the shared data are not on this machine")
def test_the_taxis_of_shenzhen(tmp_path: Path) -> None:
    table = pd.read_csv(TAXIS, header=None, names=["id", "time", "lon", "lat", "full", "speed"])
    with gzip.open(SHARED / "shenzhen" / "sz_districts_wgs84.geojson.gz") as file:
        features = json.load(file)["features"]
    city = shapely.union_all([shapely.geometry.shape(one["geometry"]) for one in features])
    plane = local_projection(114.1, 22.6)
    bins = bin_pings(
        [TAXIS],
        columns={},
        crs="WGS-84",
        rules=RULES,
        projection=plane,
        boundary=city,
        cache=tmp_path / "cache",
    )
    assert bins.set_aside["outside"] == 1_997
    assert int(bins.records.sum()) + sum(bins.set_aside.values()) == len(table) == 544_999
    assert bins.persons == table["id"].nunique() == 180
    by_hour = bins.person_hours.sum(axis=0)
    assert (by_hour[:24] > 100).all()
    assert (by_hour[:24] <= 180).all()
    assert not by_hour[24:].any()
    # the records by hour, counted by pandas alone, follow the hours that were divided
    seen = table.groupby(table["time"].str[:2])["id"].nunique().to_numpy()
    assert (by_hour[:24] <= seen + 1e-3).all()
    files = [tmp_path / "bins.csv", tmp_path / "bins.parquet"]
    for path in files:
        write_bins(bins, path, projection=plane)
    columns = pd.read_csv(files[0])
    ids = {str(one) for one in table["id"].unique()}
    for name in ("lon", "lat", "hour", "person_hours", "stay_hours", "cell_m"):
        assert not ids & set(columns[name].astype(str))
    told = " ".join(map(str, (*bins.problems, *bins.notes)))
    assert not any(one in told for one in ids)
    (kept,) = (tmp_path / "cache").iterdir()
    with np.load(kept) as arrays:
        assert not any(one in str(arrays["told"]) for one in ids)


@pytest.mark.skipif(not TAXIS.exists(), reason="the shared data are not on this machine")
def test_the_courier_deliveries_without_a_year() -> None:
    path = SHARED / "jilin_lade" / "delivery_jl_sample40.csv"

    def run(columns: dict[str, str]) -> PingBins:
        plane = local_projection(126.57, 43.82)
        return bin_pings(
            [path], columns=columns, crs="WGS-84", rules=RULES, projection=plane, boundary=None
        )

    table = pd.read_csv(path)
    delivered = run({})
    days: dict[str, set[str]] = defaultdict(set)
    for name in ("delivery_time", "accept_gps_time"):
        days[name] = set(table[name].dropna().astype(str).str[:5])
    assert int(delivered.records.sum()) == 40
    assert delivered.persons == table["courier_id"].nunique()
    assert delivered.weekdays == len(days["delivery_time"])
    assert any("without a year" in note.text("en") for note in delivered.notes)
    accepted = run({"time": "accept_gps_time", "lon": "accept_gps_lng", "lat": "accept_gps_lat"})
    assert dict(accepted.set_aside) == {"no_place": int(table["accept_gps_lng"].isna().sum())}
    assert [(p.row, p.column) for p in accepted.problems] == [(5, "accept_gps_lng")]
    assert accepted.cell_m == CELL_M
