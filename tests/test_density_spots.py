"""Hot spots: who is in one, how it is named, who serves it, and who could host a station there."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from line_town import line_town
from plane_towns import Place, plane_town
from shapely import MultiPoint, Point, Polygon
from sklearn.cluster import DBSCAN

from planner.coverage import Coverage, measure_coverage
from planner.density import SPOT_COLUMNS, HotSpots, hot_spots
from planner.density.cluster import find_spots
from planner.density.hosts import HOST_OF_CLASS, host_type_of
from planner.district import DEFAULT_HOSTS, District, Settings
from planner.district.bundle import WorkerTable
from planner.district.settings import (
    DemandRules,
    HostType,
    Limits,
    ServiceRules,
    WorkerSource,
)
from planner.geo import local_projection, to_degrees, to_plane
from planner.language import use_language
from planner.pipeline import analyse, cover, plan, prepare, report_of

PLANE = local_projection(120.0, 31.0)
RULES = DemandRules(hot_spot_workers=50, hot_spot_m=350)


def district(
    communities: Mapping[str, tuple[str, str]] | None = None,
    points: Sequence[tuple[str, str, float, float]] = (),
    hosts: tuple[HostType, ...] = DEFAULT_HOSTS,
) -> District:
    """Make a district of communities (id -> name, street) and points (name, class, x, y)."""
    known = communities or {}
    places = gpd.GeoDataFrame(
        {
            "name": pd.Series([name for name, _ in known.values()], dtype="str"),
            "street": pd.Series([street for _, street in known.values()], dtype="str"),
            "geometry": [Point(120, 31).buffer(0.1)] * len(known),
        },
        crs="EPSG:4326",
    ).set_index(pd.Index(list(known), dtype="str"))
    lon, lat = to_degrees([(x, y) for *_, x, y in points], projection=PLANE)
    rows = pd.DataFrame(
        {
            "geometry": [Point(*at) for at in zip(lon, lat, strict=True)],
            "kind": "point",
            "of": [kind for _, kind, *_ in points],
            "name": [name for name, *_ in points],
        }
    )
    source = WorkerSource(path="poi.csv", kind="proxies")
    empty = pd.DataFrame()
    return District(
        folder=Path(),
        settings=Settings(name="", hosts=hosts),
        stations=empty,
        venues=empty,
        to_place=empty,
        boundary=Polygon(),
        communities=places,
        workers=(WorkerTable(source=source, rows=rows),) if points else (),
        problems=(),
        rejected=empty,
        assumptions=(),
        fingerprint="",
    )


def spots(
    coverage: Coverage, bundle: District | None = None, rules: DemandRules = RULES
) -> HotSpots:
    table = coverage.options.table
    standing = list(table.index[table["measure"] == "keep"])
    return hot_spots(
        coverage, standing, district=bundle or district(), projection=PLANE, rules=rules
    )


def in_communities(coverage: Coverage, *names: str) -> Coverage:
    cells = coverage.demand.cells.assign(community=names)
    return replace(coverage, demand=replace(coverage.demand, cells=cells))


# Which cells make a spot


def test_places_within_a_step_of_a_dense_one_are_of_its_spot_and_the_step_itself_counts() -> None:
    # c0 to c2 stand 350 m apart: 20 + 30 make c0 dense. c3 is 350.001 m from c2.
    xy = np.array([[0, 0], [350, 0], [700, 0], [1050.001, 0]])
    milli = np.array([20_000, 30_000, 1, 40_000])
    found = find_spots(xy, milli, least_milli=50_000, step_m=350)
    assert found.tolist() == [0, 0, 0, -1]
    assert find_spots(xy, milli, least_milli=50_002, step_m=350).tolist() == [-1] * 4


def test_a_place_between_two_spots_is_of_the_nearest() -> None:
    # Two pairs of 60 workers; between them a place with 59.5 around it, so that it is not dense.
    xy = np.array([[-300.0, 0], [0, 0], [340, 0], [660, 0], [960, 0]])
    milli = np.array([30_000, 30_000, 500, 29_000, 31_000])
    spot = find_spots(xy, milli, least_milli=60_000, step_m=345)
    assert spot[0] == spot[1] != spot[2] == spot[3] == spot[4]
    xy[2] = 320, 0
    spot = find_spots(xy, milli, least_milli=60_000, step_m=345)
    assert spot[0] == spot[1] == spot[2] != spot[3] == spot[4]


def test_cells_without_workers_are_of_no_spot() -> None:
    xy = np.zeros((3, 2))
    found = find_spots(xy, np.array([0, 50_000, 0]), least_milli=50_000, step_m=350)
    assert found.tolist() == [-1, 0, -1]
    assert find_spots(xy, np.zeros(3, np.int64), least_milli=1, step_m=350).tolist() == [-1] * 3
    assert find_spots(xy[:0], np.zeros(0, np.int64), least_milli=1, step_m=350).tolist() == []


def test_a_spot_that_is_too_wide_falls_into_its_denser_parts() -> None:
    # A street of 3 km with 60 workers every 300 m, and 600 at either end.
    x = np.arange(0, 3001, 300.0)
    milli = np.full(len(x), 60_000)
    milli[[0, -1]] = 600_000
    found = find_spots(np.column_stack([x, 0 * x]), milli, least_milli=50_000, step_m=350)
    assert sorted(set(found)) == [-1, 0, 1]
    # The third place is within a step of the second, which has 720 around it.
    assert len(set(found[:3])) == len(set(found[-3:])) == 1
    assert found[0] != found[-1]
    assert (found[3:-3] == -1).all()


def test_a_wide_spot_that_is_everywhere_alike_stays_as_wide_as_it_is() -> None:
    x = np.arange(0, 3001, 300.0)
    milli = np.full(len(x), 600_000)
    found = find_spots(np.column_stack([x, 0 * x]), milli, least_milli=1_800_000, step_m=350)
    assert found.tolist() == [0] * len(x)


def test_cells_close_together_count_as_one_place() -> None:
    # 100 cells in a square of 50 m, which lies within one of 70 m.
    chance = np.random.default_rng(2)
    xy = 10 + chance.uniform(0, 50, (100, 2))
    found = find_spots(xy, np.full(100, 600), least_milli=50_000, step_m=350)
    assert (found == 0).all()


@st.composite
def scattered(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    spot = st.tuples(st.integers(-15, 15), st.integers(-15, 15))
    places = draw(st.lists(spot, min_size=1, max_size=40, unique=True))
    counts = st.lists(st.integers(0, 40), min_size=len(places), max_size=len(places))
    return np.array(places) * 103.0, np.array(draw(counts)) * 1000


@given(scattered(), st.integers(20, 120))
@settings(max_examples=40, deadline=None)
def test_without_splitting_the_spots_are_the_clusters_of_scikit_learn(
    drawn: tuple[np.ndarray, np.ndarray],
    workers: int,
) -> None:
    xy, milli = drawn
    assume(milli.any())
    model = DBSCAN(eps=206, min_samples=workers * 1000).fit(xy, sample_weight=milli)
    found = find_spots(xy, milli, least_milli=workers * 1000, step_m=206)
    for cluster in range(model.labels_.max() + 1):
        inside = model.labels_ == cluster
        centre = np.average(xy[inside], axis=0, weights=milli[inside]) if milli[inside].sum() else 0
        if np.hypot(*(xy[inside] - centre).T).max() > 412:
            return  # too wide: split on purpose
    dense = model.core_sample_indices_
    for one in dense:
        alike = model.labels_[dense] == model.labels_[one]
        if found[one] >= 0 and milli[one]:
            held = found[dense] == found[one]
            assert (alike == held)[milli[dense] > 0].all()
    assert not (found[model.labels_ < 0] >= 0).any()
    for number in range(found.max() + 1):
        assert milli[found == number].sum() >= workers * 1000


@given(scattered(), st.randoms())
@settings(max_examples=40, deadline=None)
def test_the_order_of_the_cells_never_changes_a_spot(
    drawn: tuple[np.ndarray, np.ndarray],
    chance: object,
) -> None:
    xy, milli = drawn
    order = list(range(len(xy)))
    chance.shuffle(order)  # type: ignore[attr-defined]  # random.Random
    one = find_spots(xy, milli, least_milli=60_000, step_m=250)
    other = find_spots(xy[order], milli[order], least_milli=60_000, step_m=250)
    assert other.tolist() == one[order].tolist()


# What is told of a spot


def market() -> Coverage:
    """A market of 60 riders and 20 couriers at 0, half of it served; a depot of 70 at 5 km."""
    places = {
        "S1": Place(x=-50, stands=True),
        "V1": Place(x=250),
        "V2": Place(x=9000),
    }
    cells = [(0, 0), (300, 0), (5000, 0), (5000, 200), (2500, 0)]
    people = {"rider": [40, 20, 0, 0, 4], "courier": [10, 10, 50, 20, 0]}
    return plane_town(places, cells, people, reach_m=100.0)


def test_each_figure_of_a_spot_is_the_one_worked_out_by_hand() -> None:
    found = spots(in_communities(market(), "A", "B", "C", "C", ""), district(
        {"A": ("集市社区", "东街道"), "B": ("桥头社区", "东街道"), "C": ("物流社区", "")}
    ))  # fmt: skip
    assert list(found.table.columns) == list(SPOT_COLUMNS)
    assert found.cell_spot.tolist() == [2, 2, 1, 1, 0]
    depot, market_ = found.table.loc[1], found.table.loc[2]
    assert [depot["name"], market_["name"]] == ["物流社区", "集市社区"]
    assert [depot["street"], market_["street"]] == ["", "东街道"]
    assert [depot["community"], market_["community"]] == ["C", "A"]
    assert [depot["group"], market_["group"]] == ["courier", "rider"]
    assert [depot["workers"], market_["workers"]] == [70, 80]
    assert [depot["cells"], market_["cells"]] == [2, 2]
    assert market_["worker_hours_week"] == 80 * 168
    assert market_["unserved_share"] == pytest.approx(30 / 80)
    assert market_["unserved_workers"] == pytest.approx(30)
    assert [depot["unserved_share"], depot["unserved_workers"]] == [1, 70]
    centre = np.array([[5000, 20 * 200 / 70], [30 * 300 / 80, 0]])
    got = to_plane(found.table["lon"], found.table["lat"], projection=PLANE)
    assert got == pytest.approx(centre, abs=1e-6)
    assert depot["radius_m"] == 175  # its cells lie within 143 m; half a step is the least
    assert market_["radius_m"] == pytest.approx(300 - 112.5)
    assert [depot["candidates"], market_["candidates"]] == [0, 1]
    assert [depot["candidate_share"], market_["candidate_share"]] == [0, 30 / 80]
    assert found.table["look_for_host"].tolist() == [True, True]
    assert str(found) == (
        "2 hot spots hold 150 workers, 100 of them not served today; at 2 of the spots a host must"
        " be looked for."
    )


def test_a_host_is_looked_for_where_less_than_half_have_a_candidate_and_some_are_not_served() -> (
    None
):
    cells = [(0.0, 0.0), (300.0, 0.0)]
    venue = {"V1": Place(x=0)}
    even = spots(plane_town(venue, cells, {"rider": [30, 30]}))
    assert even.table["candidate_share"].tolist() == [0.5]
    assert even.table["look_for_host"].tolist() == [False]
    less = spots(plane_town(venue, cells, {"rider": [29, 31]}))
    assert less.table["look_for_host"].tolist() == [True]
    served = {"S1": Place(x=0, stands=True), "S2": Place(x=300, stands=True)}
    assert spots(plane_town(served, cells, {"rider": [30, 30]})).without_host.empty


def test_only_who_can_reach_a_candidate_by_a_way_of_the_group_has_one() -> None:
    cells = [(0.0, 0.0)]
    reach_m = {"rider": 800.0, "courier": 100.0}
    coverage = plane_town(
        {"V1": Place(x=500)}, cells, {"rider": [20], "courier": [60]}, reach_m=reach_m
    )
    found = spots(coverage).table.iloc[0]
    assert found["candidates"] == 1
    assert found["candidate_share"] == 0.25
    nobody = plane_town(
        {"V1": Place(x=500)}, cells, {"rider": [0], "courier": [60]}, reach_m=reach_m
    )
    assert spots(nobody).table["candidates"].tolist() == [0]


def test_a_venue_that_is_opened_is_no_candidate_any_more() -> None:
    coverage = plane_town({"V1": Place(x=0)}, [(0, 0)], {"rider": [60]})
    opened = hot_spots(coverage, ["V1"], district=district(), projection=PLANE, rules=RULES)
    assert opened.table[["candidates", "unserved_share"]].to_numpy().tolist() == [[0, 0]]
    assert opened.without_host.empty


def test_who_finds_no_seat_is_not_served_where_the_settings_or_the_caller_count_seats() -> None:
    coverage = plane_town({"S1": Place(x=0, stands=True)}, [(0, 0)], {"rider": [60]})
    table = coverage.options.table.assign(capacity=15.0)
    coverage = replace(coverage, options=replace(coverage.options, table=table))
    counted = ServiceRules(count_seats=True, stay_min=60, visit_every_h=1)
    here = district()
    assert spots(coverage, here).table["unserved_workers"].tolist() == [0]
    asked = hot_spots(
        coverage, ["S1"], district=here, projection=PLANE, rules=RULES, service=counted
    )
    assert asked.table[["unserved_share", "unserved_workers"]].to_numpy().tolist() == [[0.75, 45]]
    set_so = replace(here, settings=replace(here.settings, service=counted))
    assert spots(coverage, set_so).table["unserved_workers"].tolist() == [45]


def test_hot_spots_of_today_agree_with_its_figures_and_those_of_a_plan_with_the_plan(
    tmp_path: Path,
) -> None:
    folder = line_town(tmp_path / "town")
    settings_file = folder / "district.toml"
    seats = "\n[service]\ncount_seats = true\nstay_min = 60\nvisit_every_h = 1\n"
    settings_file.write_text(settings_file.read_text(encoding="utf-8") + seats, encoding="utf-8")
    (folder / "stations.csv").write_text(
        "编号,站点名称,经度,纬度,类型,开放时间,座位数\nS1,一号站,106.5,29.5,银行网点,24小时,15\n",
        encoding="utf-8",
    )
    (folder / "workers.csv").write_text(
        "名称,经度,纬度,快递员\n东市场,106.5001,29.5,400\n", encoding="utf-8"
    )
    prepared = prepare(folder)
    for service in (None, ServiceRules(count_seats=False)):
        report = analyse(prepared, service=service)
        share = report.spots.table["unserved_share"].tolist()
        assert share == [pytest.approx(1 - report.figures.effective_share)]
        assert (share[0] > 0) == (service is None)
    planned = report_of(plan(prepared, Limits(count=1)))
    assert planned.plan.counts_seats
    before = planned.before.effective_share
    assert before == cover(prepared).effective_share < 1
    assert planned.spots.table["unserved_share"].tolist() == [pytest.approx(1 - before)]


def test_several_spots_of_one_community_are_numbered_and_one_of_none_has_its_number() -> None:
    cells = [(0, 0), (2000, 0), (4000, 0), (6000, 0)]
    coverage = plane_town({"V1": Place(x=-900)}, cells, {"rider": [90, 80, 70, 60]})
    found = spots(in_communities(coverage, "A", "", "A", "B"), district({"A": ("西湖", "")}))
    assert found.table["name"].tolist() == ["西湖 1", "#2", "西湖 2", "B"]


def test_without_a_dense_place_the_table_is_empty_and_has_its_columns() -> None:
    found = spots(plane_town({"V1": Place(x=0)}, [(0, 0)], {"rider": [49.999]}))
    assert found.table.empty
    assert list(found.table.columns) == list(SPOT_COLUMNS)
    assert found.cell_spot.tolist() == [0]
    assert str(found).startswith("0 hot spots hold 0 workers")


def test_spots_with_most_unserved_workers_come_first_then_the_larger_then_by_id() -> None:
    places = {"S1": Place(x=0, stands=True), "S2": Place(x=2000, stands=True)}
    cells = [(0, 0), (2000, 0), (4000, 0), (6000, 0)]
    coverage = plane_town(places, cells, {"rider": [60, 90, 70, 70]})
    assert spots(coverage).cell_spot.tolist() == [4, 3, 1, 2]


@given(
    st.lists(
        st.tuples(st.integers(-9, 9), st.integers(-9, 9), st.integers(0, 90)),
        min_size=1,
        max_size=15,
        unique_by=lambda place: place[:2],
    ),
    st.data(),
)
@settings(max_examples=15, deadline=None)
def test_whatever_the_order_of_the_cells_the_table_is_the_same_and_adds_up(
    drawn: list[tuple[int, int, int]], data: st.DataObject
) -> None:
    places = {"S1": Place(x=0, stands=True), "V1": Place(x=400)}
    cells = [(200.0 * x, 200.0 * y) for x, y, _ in drawn]
    coverage = plane_town(places, cells, {"rider": [n for *_, n in drawn]}, reach_m=300.0)
    order = data.draw(st.permutations(range(len(cells))))
    shuffled = plane_town(
        places,
        [cells[at] for at in order],
        {"rider": [drawn[at][2] for at in order]},
        reach_m=300.0,
    )
    ids = [f"c{at}" for at in order]
    renamed = replace(
        shuffled,
        demand=replace(shuffled.demand, cells=shuffled.demand.cells.set_index(pd.Index(ids))),
    )
    one, other = spots(coverage), spots(renamed)
    pd.testing.assert_frame_equal(one.table, other.table, check_exact=True)
    assert other.cell_spot.tolist() == one.cell_spot[order].tolist()
    by_cell = measure_coverage(coverage, ["S1"]).by_cell
    for number, row in one.table.iterrows():
        inside = one.cell_spot == number
        unserved = by_cell["worker_hours_week"] * (1 - by_cell["effective_share"])
        assert row["workers"] == pytest.approx(by_cell["workers"][inside].sum())
        assert row["unserved_share"] * row["worker_hours_week"] == pytest.approx(
            unserved[inside].sum()
        )
        xy = np.array(cells)[inside]
        centre = to_plane([row["lon"]], [row["lat"]], projection=PLANE)
        assert np.hypot(*(xy - centre).T).max() <= row["radius_m"] + 1e-6


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf")])
def test_rules_that_make_no_sense_are_refused(value: float) -> None:
    coverage = plane_town({"V1": Place(x=0)}, [(0, 0)], {"rider": [60]})
    with pytest.raises(ValueError, match="hot_spot_workers must be above 0 and finite, got"):
        spots(coverage, rules=replace(RULES, hot_spot_workers=value))
    with pytest.raises(ValueError, match="hot_spot_m must be above 0 and finite, got"):
        spots(coverage, rules=replace(RULES, hot_spot_m=value))


def test_an_option_that_is_not_known_is_refused() -> None:
    coverage = plane_town({"V1": Place(x=0)}, [(0, 0)], {"rider": [60]})
    with pytest.raises(ValueError, match="there is no option 'V9'"):
        hot_spots(coverage, ["V9"], district=district(), projection=PLANE, rules=RULES)


def test_the_sentence_is_told_in_chinese() -> None:
    found = spots(plane_town({"V1": Place(x=900)}, [(0, 0)], {"rider": [60]}))
    use_language("zh")
    assert str(found).startswith("共有1处劳动者聚集热点，涉及60人")


def test_cells_and_table_must_name_the_same_spots() -> None:
    found = spots(plane_town({"V1": Place(x=900)}, [(0, 0)], {"rider": [60]}))
    with pytest.raises(ValueError, match="cell_spot and the numbers of the table differ"):
        HotSpots(table=found.table, cell_spot=np.array([2]))


# Hosts


def lonely(
    points: Sequence[tuple[str, str, float, float]], hosts: tuple[HostType, ...] = DEFAULT_HOSTS
) -> HotSpots:
    """Find the one spot of a town without venues near; points are of interest."""
    coverage = plane_town({"V1": Place(x=9000)}, [(0, 0)], {"rider": [60]})
    return spots(coverage, district(points=points, hosts=hosts))


def test_the_nearest_plausible_hosts_are_named_with_their_straight_way() -> None:
    found = lonely([
        ("建设银行", "金融保险服务;银行;中国建设银行", 300, 400),
        ("乙便利店", "购物服务;便民商店/便利店;便民商店/便利店", 0, -30),
        ("甲便利店", "购物服务;便民商店/便利店", 30, 0),
        ("某大厦", "商务住宅;楼宇;商务写字楼", 1, 1),
        ("远加油站", "汽车服务;加油站;中国石化", 0, 1000.5),
        ("近加油站", "汽车服务;加油站;中国石化", 0, 999.5),
        ("", "汽车服务;加油站;中国石化", 5, 5),
    ])  # fmt: skip
    hosts = found.table["nearest_hosts"].iloc[0]
    assert [(host.name, host.host_type) for host in hosts] == [
        ("乙便利店", "shop"), ("甲便利店", "shop"), ("建设银行", "bank"), ("近加油站", "fuel"),
    ]  # fmt: skip
    assert [host.straight_m for host in hosts] == pytest.approx([30, 30, 500, 999.5], abs=0.002)
    lon, lat = to_degrees([(300, 400)], projection=PLANE)
    assert (hosts[2].lon, hosts[2].lat) == pytest.approx((lon[0], lat[0]))


def test_at_most_five_hosts_are_named_and_one_that_is_listed_twice_once() -> None:
    points = [(f"银行{n}", "金融保险服务;银行", 10.0 * n, 0.0) for n in range(9)]
    hosts = lonely([*points, *points]).table["nearest_hosts"].iloc[0]
    assert [host.name for host in hosts] == [f"银行{n}" for n in range(5)]


def test_hosts_are_named_only_where_one_is_looked_for_and_only_from_points() -> None:
    points = [("银行", "金融保险服务;银行", 0.0, 0.0)]
    coverage = plane_town({"V1": Place(x=0)}, [(0, 0)], {"rider": [60]})
    assert spots(coverage, district(points=points)).table["nearest_hosts"].tolist() == [()]
    bundle = district(points=points)
    rows = bundle.workers[0].rows
    lines = replace(bundle.workers[0], rows=rows.assign(kind="line"))
    coverage = plane_town({"V1": Place(x=9000)}, [(0, 0)], {"rider": [60]})
    assert spots(coverage, replace(bundle, workers=(lines,))).table["nearest_hosts"].tolist() == [
        ()
    ]
    both = replace(bundle.workers[0], rows=rows.assign(geometry=[MultiPoint(rows["geometry"])]))
    found = spots(coverage, replace(bundle, workers=(both,))).table["nearest_hosts"].iloc[0]
    assert [host.name for host in found] == ["银行"]


def test_host_types_of_the_settings_decide_what_a_plausible_host_is() -> None:
    own = (
        HostType(
            id="tea",
            name="茶馆",
            name_en="Tea house",
            cost_setup_yuan=1.0,
            cost_year_yuan=1.0,
            hours="",
            aliases=("茶艺馆",),
        ),
    )
    points = [("清香", "餐饮服务;茶艺馆;茶艺馆", 9.0, 0.0), ("工行", "金融保险服务;银行", 5.0, 0.0)]
    hosts = lonely(points, own).table["nearest_hosts"].iloc[0]
    assert [(host.name, host.host_type) for host in hosts] == [("清香", "tea")]


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("生活服务;物流速递;物流仓储场地", "logistics"),
        ("生活服务;物流速递;物流速递", "courier_depot"),
        ("住宿服务;宾馆酒店;五星级宾馆|餐饮服务;糕饼店;糕饼店", "shop"),
        ("政府机构及社会团体;政府机关;乡镇以下级政府及事业单位", "community"),
        ("政府机构及社会团体;政府机关;区县级政府及事业单位", "union"),
        ("银行网点", "bank"),
        ("Bank branch", "bank"),
        ("BANK", "bank"),
        ("公厕", "park"),
        ("金融保险服务;自动提款机", ""),
        ("商务住宅;住宅区;住宅小区", ""),
        ("", ""),
    ],
)
def test_a_class_is_the_host_type_that_its_beginning_or_a_name_tells(text: str, host: str) -> None:
    assert host_type_of(text, DEFAULT_HOSTS) == host


def test_every_class_leads_to_a_default_host_type() -> None:
    assert set(HOST_OF_CLASS.values()) <= {host.id for host in DEFAULT_HOSTS}
