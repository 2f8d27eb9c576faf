"""Sources of every kind together: whose headcount is kept, and who says where."""

from collections.abc import Sequence
from dataclasses import replace
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
    district,
    near,
    on_the_ground,
    points,
    present,
    proxies,
    square_at,
    streets,
    survey,
    told,
)
from demand_mixtures import (
    community,
    features,
    headcounts,
    mixed,
    mixtures,
    people,
    places,
    totals,
    write_records,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.demand import build_demand
from planner.demand.mixing import Mixture, Pattern
from planner.district import District, WorkerTable
from planner.district.settings import Season, SeasonPresence
from planner.errors import InputError
from planner.streets.graph import StreetGraph

SHOP = "餐饮服务;快餐厅"
ONE_STREET = streets([(-2000, 100), (2000, 100)])


def shop(x: float, y: float) -> tuple[shapely.Point, str]:
    return shapely.Point(x, y), SHOP


# Inside a counted area


def test_features_lay_people_out_inside_the_counted_area_and_not_over_its_border() -> None:
    # Three shops in one square of A, one in another; one in B, where nobody is counted.
    poi = proxies(shop(-1900, 110), shop(-1910, 110), shop(-1920, 120), shop(-1100, 110),
                  shop(-100, 110), rates=[("rider", 2, "餐饮服务")])  # fmt: skip
    demand = build_demand(district(survey(("A", "rider", 40, "")), poi), ONE_STREET)
    assert by_community(demand, "rider") == {"A": 40}
    assert near(demand, -1900, 110, "rider") == pytest.approx(30)
    assert near(demand, -1100, 110, "rider") == pytest.approx(10)


def test_an_area_where_no_pattern_has_anything_is_laid_out_by_its_streets() -> None:
    poi = proxies(shop(-1900, 110), rates=[("rider", 2, "餐饮服务")])
    demand = build_demand(
        district(survey(("A", "rider", 10, ""), ("B", "rider", 8, "")), poi), ONE_STREET
    )
    assert near(demand, -1900, 110, "rider") == pytest.approx(10)
    assert [near(demand, x, 100, "rider") for x in (-900, -600, -400, -100)] == [2, 2, 2, 2]


def test_patterns_are_averaged_by_trust() -> None:
    everywhere = proxies(shop(-1900, 110), path="one.csv", groups=("rider",))
    elsewhere = proxies(shop(-1100, 110), path="two.csv", groups=("rider",), trust=3.0)
    demand = build_demand(
        district(survey(("A", "rider", 100, "")), everywhere, elsewhere), ONE_STREET
    )
    assert near(demand, -1900, 110, "rider") == pytest.approx(25)
    assert near(demand, -1100, 110, "rider") == pytest.approx(75)
    shares = demand.sources.set_index("source")["pattern_share"]
    assert shares.to_dict() == {"调查.xlsx": 0, "one.csv": 0.25, "two.csv": 0.75}


def test_a_square_on_a_border_is_shared_by_its_metres_of_street() -> None:
    # The border of A and a grid at x = -1900 cuts the first square: 100 m west, 150 m east.
    west = on_the_ground(shapely.box(-2000, 0, -1900, 1000), PLANE)
    grids = gpd.GeoDataFrame(
        {"name": ["一网格"], "community": ["A"]},
        index=pd.Index(["G1"], name="id"),
        geometry=[west],
        crs=4326,
    )
    rows = pd.DataFrame(
        [("A", "G1", "rider", 10.0, "")],
        columns=["community", "grid", "group", "workers", "period"],
    )
    table = WorkerTable(source=survey().source, rows=rows)
    place = replace(district(table), grids=grids)
    demand = build_demand(place, ONE_STREET)
    assert demand.cells["grid"].tolist() == ["G1"]
    assert demand.cells["community"].tolist() == ["A"]
    assert demand.workers[:, 0].tolist() == [10]
    assert (demand.cells["x"] <= -1900).all()


def test_a_row_of_a_survey_that_stands_at_a_place_is_one_cell_there() -> None:
    rows = survey(("A", "rider", 10, ""), ("", "rider", 5, "")).rows.assign(
        lon=[np.nan, 120.0], lat=[np.nan, 31.0]
    )
    demand = build_demand(district(WorkerTable(source=survey().source, rows=rows)), ONE_STREET)
    there = demand.cells.index[(demand.cells["lon"] == 120.0) & (demand.cells["lat"] == 31.0)]
    assert demand.workers[demand.cells.index.get_indexer(there), 0].tolist() == [5]
    assert demand.workers.sum() == 15


# Stated totals of a group


def test_the_rest_of_a_stated_total_lies_where_nobody_counted_by_pattern() -> None:
    poi = proxies(shop(-1900, 110), shop(100, 110), shop(1100, 110), shop(1150, 110),
                  groups=("rider",))  # fmt: skip
    demand = build_demand(
        district(survey(("A", "rider", 10, "")), poi, totals={"rider": 100}), ONE_STREET
    )
    assert by_community(demand, "rider") == {"A": 10, "C": 30, "D": 60}
    assert "90 of the stated 100 lie where nobody counted, by the patterns" in told(demand)
    used = demand.sources.set_index("kind")["used"]
    assert used.to_dict() == {"survey": 10, "proxies": 0, "stated": 90}


def test_without_a_pattern_the_rest_lies_along_the_streets() -> None:
    short = streets(
        [(-2000, 100), (-1000, 100)], [(0, 100), (500, 100)], [(1000, 100), (1250, 100)]
    )
    demand = build_demand(district(survey(("A", "rider", 10, "")), totals={"rider": 40}), short)
    assert by_community(demand, "rider") == {"A": 10, "C": 20, "D": 10}
    assert "no source says where" in told(demand)


def test_the_rest_lies_outside_of_communities_too_and_on_the_street_of_a_square() -> None:
    both = streets([(-2000, 100), (-1000, 100)], [(600, -300), (740, -300)])
    demand = build_demand(district(survey(("A", "rider", 10, "")), totals={"rider": 15}), both)
    outside = demand.cells[demand.cells["community"] == ""]
    assert outside.index.tolist() == ["x2y-2"]
    assert outside["y"].tolist() == [-300]
    assert by_community(demand, "rider") == {"": 5, "A": 10}


@pytest.mark.parametrize(("width", "outside"), [(99, 0), (101, 30)])
def test_a_strip_between_layers_that_do_not_meet_is_no_place_for_the_rest(
    width: float, outside: float
) -> None:
    strip = on_the_ground(shapely.box(-2000, -width, 2000, 1000), PLANE)
    streets_there = streets([(-2000, 100), (2000, 100)], [(-2000, -50), (2000, -50)])
    rows = [(name, "rider", 5, "") for name in "ABCD"]
    place = replace(district(survey(*rows), totals={"rider": 50}), boundary=strip)
    demand = build_demand(place, streets_there)
    assert demand.workers.sum() == 50
    assert by_community(demand, "rider").get("", 0) == outside


def test_an_area_that_counted_nobody_gets_nothing_of_the_rest() -> None:
    rows = [("A", "rider", 10, ""), ("B", "rider", 0, ""), ("C", "rider", 0, "")]
    demand = build_demand(district(survey(*rows), totals={"rider": 30}), ONE_STREET)
    assert by_community(demand, "rider") == {"A": 10, "D": 20}


def test_a_square_with_a_counted_point_gets_nothing_of_the_rest() -> None:
    depot = points((1100, 110, "rider", 4, -1))
    rows = [("A", "rider", 1, ""), ("B", "rider", 1, ""), ("C", "rider", 1, "")]
    demand = build_demand(district(survey(*rows), depot, totals={"rider": 10}), ONE_STREET)
    assert near(demand, 1100, 110, "rider") == 4
    assert by_community(demand, "rider")["D"] == 7


def test_what_was_counted_of_one_group_leaves_the_other_free() -> None:
    rows = [("A", "rider", 10, "")]
    demand = build_demand(district(survey(*rows), totals={"courier": 8}), ONE_STREET)
    assert by_community(demand, "courier") == {"A": 2, "B": 2, "C": 2, "D": 2}
    assert by_community(demand, "rider") == {"A": 10}


@pytest.mark.parametrize("total", [5, 200])
def test_counts_are_scaled_where_they_are_too_many_or_nothing_is_left_uncounted(
    total: float,
) -> None:
    rows = [
        (name, "rider", people, "") for name, people in zip("ABCD", (10, 20, 30, 40), strict=True)
    ]
    place = district(survey(*rows), totals={"rider": total})
    whole = replace(place, boundary=place.communities.union_all())
    demand = build_demand(whole, ONE_STREET)
    assert by_community(demand, "rider") == {
        name: total * share for name, share in zip("ABCD", (0.1, 0.2, 0.3, 0.4), strict=True)
    }
    assert f"100 counted, scaled to the stated total of {total}" in told(demand)


def test_counts_by_the_hour_are_scaled_with_the_headcount() -> None:
    table = survey(("A", "rider", 100, ""), ("A", "rider", 60, "day"))
    demand = build_demand(district(table, totals={"rider": 50}), ONE_STREET)
    assert present(demand, 0, 12)["rider"] == pytest.approx(30)


@pytest.mark.parametrize(
    ("rate", "told_of"), [(2.0, False), (4.0, False), (0.9, True), (4.1, True)]
)
def test_rates_that_come_to_another_headcount_than_the_stated_one_are_told(
    rate: float, *, told_of: bool
) -> None:
    # Five shops: 10 are as many as stated and 20 just twice that; 4.5 and 20.5 are farther off.
    poi = proxies(*(shop(x, 110) for x in (-1900, -900, 100, 600, 1100)),
                  rates=[("rider", rate, "餐饮")])  # fmt: skip
    demand = build_demand(district(poi, totals={"rider": 10}), ONE_STREET)
    assert demand.workers.sum() == 10
    far = f"units times rates of poi.csv come to {5 * rate:,.0f}, far from the stated 10"
    assert (far in told(demand)) == told_of


# Stated totals of a source


def test_a_total_stated_for_a_survey_that_counted_nobody_lies_where_nobody_counted() -> None:
    nobody = survey(("A", "rider", 0, ""), ("B", "rider", 0, ""), total_workers=50)
    others = survey(("A", "courier", 5, ""), path="z.csv")
    demand = build_demand(district(nobody, others), ONE_STREET)
    assert by_community(demand, "rider") == {"C": 25, "D": 25}
    assert by_community(demand, "courier") == {"A": 5}
    assert "调查.xlsx has none of them in the district; the 50 stated for it" in told(demand)
    used = demand.sources.set_index("source")["used"]
    assert used.to_dict() == {"调查.xlsx": 50, "z.csv": 5}


def test_a_total_stated_for_features_outside_is_kept_and_the_reason_is_told() -> None:
    away = proxies((shapely.Point(50_000, 0), "a"), rates=[("rider", 1, "")], total_workers=90)
    demand = build_demand(district(survey(("A", "courier", 3, "")), away), ONE_STREET)
    assert demand.workers.sum(axis=0).tolist() == [90, 3]
    assert "poi.csv has none of them in the district; the 90 stated for it" in told(demand)
    assert "fit the rates of these groups, but have nothing in the district" in told(demand)
    assert "no feature fits" not in told(demand)
    alone = build_demand(district(away), ONE_STREET)
    assert by_community(alone, "rider") == dict.fromkeys("ABCD", 22.5)
    assert alone.sources[["source", "used"]].to_numpy().tolist() == [["poi.csv", 90]]


def test_groups_of_a_source_with_nobody_share_its_total_and_the_patterns_of_others_place_it() -> (
    None
):
    nobody = survey(("A", "rider", 0, ""), ("A", "courier", 0, ""), total_workers=30)
    seen = points((-100, 110, "rider", 7, -1), gives="pattern")
    demand = build_demand(district(nobody, seen), ONE_STREET)
    assert demand.workers.sum(axis=0).tolist() == [15, 15]
    assert by_community(demand, "rider") == {"B": 15}
    assert by_community(demand, "courier") == {"B": 5, "C": 5, "D": 5}


def test_a_total_stated_for_a_source_of_patterns_adds_nobody_to_counts_and_that_is_told() -> None:
    poi = proxies(shop(-1900, 110), rates=[("rider", 2, "餐饮")], total_workers=90)
    demand = build_demand(district(survey(("A", "rider", 40, "")), poi), ONE_STREET)
    assert demand.workers.sum() == 40
    assert "the 90 stated for poi.csv add nobody" in told(demand)


# Only patterns


def test_features_and_their_rates_stand_for_people_where_nobody_counts() -> None:
    poi = proxies(shop(-1900, 110), shop(100, 110), (shapely.Point(1100, 110), "公园"),
                  shop(5000, 110), rates=[("rider", 2.5, "餐饮服务")])  # fmt: skip
    demand = build_demand(district(poi), ONE_STREET)
    # The shop outside of the boundary stands for nobody here, and the park has no rate.
    assert by_community(demand, "rider") == {"A": 2.5, "C": 2.5}
    assert "5 follow from the counts and rates of poi.csv" in told(demand)


def test_a_total_stated_for_a_source_of_features_is_kept_over_its_groups() -> None:
    poi = proxies(shop(-1900, 110), shop(100, 110), total_workers=90,
                  rates=[("rider", 2, "餐饮服务"), ("courier", 1, "")])  # fmt: skip
    demand = build_demand(district(poi), ONE_STREET)
    assert demand.workers.sum(axis=0).tolist() == [60, 30]


def test_features_that_give_headcounts_add_to_what_was_counted() -> None:
    poi = proxies(shop(100, 110), rates=[("rider", 3, "")], gives="headcount")
    demand = build_demand(district(survey(("A", "rider", 10, "")), poi), ONE_STREET)
    assert by_community(demand, "rider") == {"A": 10, "C": 3}


def test_features_without_rates_or_total_stand_for_nobody() -> None:
    with pytest.raises(InputError, match="count nobody at all"):
        build_demand(district(proxies(shop(100, 110))), ONE_STREET)


def test_points_that_give_a_pattern_add_nobody() -> None:
    seen = points((-1900, 110, "rider", 3, -1), (-1100, 110, "rider", 1, -1), gives="pattern")
    demand = build_demand(district(survey(("A", "rider", 100, "")), seen), ONE_STREET)
    assert demand.workers.sum() == 100
    assert near(demand, -1900, 110, "rider") == pytest.approx(75)


def test_a_survey_that_gives_a_pattern_says_how_a_stated_total_lies_over_areas() -> None:
    old = survey(("A", "rider", 30, ""), ("B", "rider", 10, ""), gives="pattern")
    demand = build_demand(district(old, totals={"rider": 100}), ONE_STREET)
    assert by_community(demand, "rider") == {"A": 75, "B": 25}


def test_points_counted_by_the_hour_move_people_through_the_day() -> None:
    seen = points((-1900, 110, "rider", 8, 8), (-1100, 110, "rider", 8, 12), gives="pattern")
    demand = build_demand(district(survey(("A", "rider", 100, "")), seen), ONE_STREET)

    def at(hour: int) -> dict[float, float]:
        people = demand.people_milli[demand.band_of_hour[hour], :, 0] / 1000
        return dict(zip(demand.cells["x"].round(-2), people, strict=True))

    assert at(8)[-1900.0] == 100
    assert at(12)[-1100.0] == 100
    # At an hour that nobody counted, as over the day; a quarter is out.
    assert at(20) == {-1900.0: 12.5, -1100.0: 12.5}


# Where nothing is known


def test_people_never_lie_where_there_is_neither_street_nor_feature() -> None:
    half = streets([(-2000, 100), (-1500, 100)])
    lake = proxies((square_at(-1500, 600, 200), "湖"), rates=[("courier", 1, "工厂")],
                   measure="area")  # fmt: skip
    demand = build_demand(district(survey(("A", "rider", 10, "")), lake), half)
    assert (demand.cells["x"] < -1500).all()
    assert "no feature fits the rates of: courier" in told(demand)


def test_a_square_with_features_and_without_a_street_is_a_cell_inside_the_area() -> None:
    factory = proxies((square_at(-1400, 600, 100), "3"), groups=("rider",), measure="area")
    demand = build_demand(district(survey(("A", "rider", 10, "")), factory), ONE_STREET)
    ((x, y),) = demand.cells[["x", "y"]].to_numpy()
    assert -1500 < x < -1250
    assert 500 < y < 750


# Seasons


def test_the_season_changes_people_and_hours() -> None:
    place = district(survey(("A", "rider", 100, ""), ("A", "courier", 10, "")), season="summer")
    summer = SeasonPresence(
        season="summer", weekday=(0.8,) * 24, weekend=(0.2,) * 24, headcount_factor=1.5
    )
    rider, courier = place.settings.groups
    season = Season(id="summer", name="夏季", name_en="summer", weeks=13)
    groups = (replace(rider, seasons=(summer,)), courier)
    place = replace(place, settings=replace(place.settings, groups=groups, seasons=(season,)))
    demand = build_demand(place, ONE_STREET)
    assert demand.season == "summer"
    assert demand.workers.sum(axis=0).tolist() == [150, 10]
    assert present(demand, 0, 3) == {"rider": pytest.approx(120), "courier": 0}
    assert present(demand, 6, 3)["rider"] == pytest.approx(30)
    assert "those of the season summer" in told(demand)
    assert "by those of the year round: couriers" in told(demand)
    plain = build_demand(replace(place, settings=replace(place.settings, season=None)), ONE_STREET)
    assert (plain.season, plain.workers.sum()) == (None, 110)


# Laws


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("records")
    write_records(made)
    return made


@settings(max_examples=60, deadline=None)
@given(
    tables=mixtures,
    stated=totals,
    graph=st.sampled_from([ONE_STREET, None]),
    summer=st.booleans(),
    chance=st.randoms(use_true_random=False),
)
def test_totals_are_kept_nobody_is_out_twice_and_the_order_of_sources_does_not_matter(
    folder: Path,
    *,
    tables: list[WorkerTable],
    stated: dict[str, float],
    graph: StreetGraph | None,
    summer: bool,
    chance: object,
) -> None:
    place = mixed(tables, stated, folder=folder, summer=summer)
    expected = headcounts(tables, stated, summer=summer)
    # The people of a source are rounded, then those of each of its groups.
    near_enough = {name: 0.001 * (len(tables) + 1) + 1e-7 * expected[name] for name in expected}
    try:
        demand = build_demand(place, graph, cache=folder / "cache")
    except InputError:
        assert all(expected[name] <= near_enough[name] for name in expected)
        return
    milli = np.round(demand.workers.sum(axis=0) * 1000).astype(int)
    for name, number in zip(demand.groups, milli, strict=True):
        assert number / 1000 == pytest.approx(expected[name], abs=near_enough[name])
    for name in stated:
        assert milli[demand.groups.index(name)] == round(expected[name] * 1000)
    used = demand.sources.groupby("group")["used"].sum()
    for number, name in enumerate(demand.groups):
        assert milli[number] == pytest.approx(1000 * used.get(name, 0.0), abs=0.1)
    assert (demand.people_milli.sum(axis=1) <= milli).all()
    assert (demand.people_milli >= 0).all()
    assert np.isfinite(demand.error_share).all()
    assert (demand.error_share[demand.workers == 0] == 0).all()
    again = build_demand(_shuffled(place, chance), graph, cache=folder / "cache")
    _assert_same(demand, again)


def _shuffled(place: District, chance: object) -> District:
    tables = list(place.workers)
    chance.shuffle(tables)  # type: ignore[attr-defined]  # Hypothesis gives a random.Random
    return replace(place, workers=tuple(tables))


def _assert_same(one: object, two: object) -> None:
    for name in ("workers", "people_milli", "band_of_hour", "error_share"):
        assert np.array_equal(getattr(one, name), getattr(two, name))
    for name in ("cells", "sources"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(two, name))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(community, people), min_size=1, max_size=6), places(), features())
def test_what_a_survey_counts_in_a_community_stays_there_whatever_the_patterns_say(
    counts: Sequence[tuple[str, float]], spots: WorkerTable, poi: WorkerTable
) -> None:
    rows = [(place, "rider", number, "") for place, number in counts]
    patterns = [
        replace(table, source=replace(table.source, gives="pattern")) for table in (spots, poi)
    ]
    if sum(number for _, number in counts) < 1:
        return
    demand = build_demand(district(survey(*rows), *patterns), ONE_STREET)
    expected = pd.DataFrame(counts).groupby(0)[1].sum()
    # The total of the source is rounded, then shared by largest remainders: within a thousandth.
    found = by_community(demand, "rider")
    for place, number in expected.items():
        assert found.get(str(place), 0.0) == pytest.approx(number, abs=2e-3)


# Errors


def mixture(*values: Sequence[float], trust: Sequence[float], base: Sequence[float]) -> Mixture:
    patterns = [
        Pattern(kind="proxies", sources=(at,), trust=weight, error=0.5, value=np.array(value),
                records=np.full(len(value), np.inf))
        for at, (value, weight) in enumerate(zip(values, trust, strict=True))
    ]  # fmt: skip
    return Mixture(
        patterns=tuple(patterns),
        base=np.array(base),
        base_error=np.array([1.0]),
        starts=np.array([0, len(base)]),
    )


def test_the_only_cell_of_a_place_errs_no_more_than_the_count() -> None:
    assert mixture(trust=[], base=[3.0]).errors().tolist() == [0]
    demand = build_demand(
        district(points((100, 110, "rider", 40, -1), (900, 110, "rider", 10, -1))), ONE_STREET
    )
    assert demand.error_share[:, 0].tolist() == pytest.approx([0.1, 0.1])


def test_two_equal_halves_err_against_each_other() -> None:
    # Each share w = 1/2 errs on its own by 1: (1 - 2 w) 1 + (1/4 + 1/4) = 1/2.
    assert mixture(trust=[], base=[1.0, 1.0]).errors().tolist() == pytest.approx([0.5**0.5] * 2)


def test_the_error_of_shares_is_that_of_random_trials() -> None:
    shares, own = np.array([0.5, 0.3, 0.15, 0.05]), 0.02
    trial = shares * (1 + own * np.random.default_rng(1).standard_normal((200_000, 4)))
    trial /= trial.sum(axis=1, keepdims=True)
    found = Mixture(patterns=(), base=shares, base_error=np.array([own]), starts=np.array([0, 4]))
    assert found.errors() == pytest.approx(trial.std(axis=0) / shares, rel=0.02)


def test_patterns_that_disagree_err_more_and_records_err_less() -> None:
    agree = mixture([1, 1], [1, 1], trust=[1, 1], base=[1, 1]).errors()
    differ = mixture([1, 3], [3, 1], trust=[1, 1], base=[1, 1]).errors()
    assert (differ > agree).all()
    # Shares of 1/4 and 3/4 by one, 3/4 and 1/4 by the other: both 1/4 off a mean of 1/2.
    assert differ.tolist() == pytest.approx([((0.5**2 + 0.5**2) / 2) ** 0.5] * 2)
    few = mixture([1, 1], trust=[1], base=[1, 1])
    counted = replace(few.patterns[0], records=np.array([4.0, 4.0]))
    errors = replace(few, patterns=(counted,)).errors()
    assert errors.tolist() == pytest.approx([((0.25 + 0.25) / 2) ** 0.5] * 2)


def test_a_trusted_count_errs_less() -> None:
    sure = points((100, 110, "rider", 40, -1), trust=4.0)
    assert build_demand(district(sure), ONE_STREET).error_share[0, 0] == pytest.approx(0.05)


def test_cells_on_streets_err_less_than_cells_spread_evenly() -> None:
    table = survey(("A", "rider", 40, ""))
    along = build_demand(district(table), ONE_STREET).error_share[:, 0]
    evenly = build_demand(district(table), None).error_share[:, 0]
    assert along.max() < evenly.min()


def test_the_empty_district_has_four_communities() -> None:
    assert EMPTY.communities.index.tolist() == list("ABCD")
