"""From coverage and limits to the siting problem, and why each site is in a plan."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations
from math import inf, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plane_towns import PERIODS, Place, daily, groups_of, plane_town

from planner.coverage import Coverage, measure_coverage
from planner.district.settings import Limits
from planner.hours import ALWAYS
from planner.language import use_language
from planner.siting import Plan, Status, build_problem, explain_plan, solve

WEEK_HOURS = 168


def planned(coverage: Coverage, limits: Limits) -> Plan:
    return solve(build_problem(coverage, limits), time_limit_s=30, gap_share=0.0)


def line(places: Mapping[str, float], people: Mapping[float, float], **stands: float) -> Coverage:
    """Build a town along a line: venues and stations at metres, one group that walks 100 m."""
    sites = {name: Place(x=x) for name, x in places.items()}
    sites |= {name: Place(x=x, stands=True) for name, x in stands.items()}
    return plane_town(sites, [(x, 0.0) for x in people], {"rider": list(people.values())})


def test_stations_of_today_count_in_what_is_served_but_not_in_count_nor_money() -> None:
    coverage = line({"V1": 1000, "V2": 2000}, {0: 5, 1000: 3, 2000: 2}, S1=0)
    plan = planned(coverage, Limits(count=1, budget_yuan=1000.0))
    assert plan.options == ("V1",)
    assert plan.served == (5 + 3) * WEEK_HOURS
    assert plan.cost_yuan == 1000
    assert plan.total_milli == 10 * WEEK_HOURS * 60_000


def test_without_any_limit_everything_useful_is_opened() -> None:
    coverage = line({"V1": 1000, "V2": 2000, "V3": 9000}, {1000: 3, 2000: 2})
    assert planned(coverage, Limits()).options == ("V1", "V2")


def test_sites_exactly_the_separation_apart_may_both_open_and_a_millimetre_less_may_not() -> None:
    people = {0.0: 5.0, 500.0: 5.0}
    limits = Limits(count=2, min_separation_m=500.0)
    assert planned(line({"V1": 0, "V2": 500}, people), limits).options == ("V1", "V2")
    nearer = planned(line({"V1": 0, "V2": 499.999}, people), limits)
    assert len(nearer.options) == 1


def test_separation_is_measured_across_the_plane_not_along_one_axis() -> None:
    places = {"V1": Place(x=0, y=0), "V2": Place(x=300, y=400)}
    coverage = plane_town(places, [(0, 0), (300, 400)], {"rider": [1, 1]})
    assert build_problem(coverage, Limits(min_separation_m=500.0)).too_close.tolist() == []
    assert build_problem(coverage, Limits(min_separation_m=500.1)).too_close.tolist() == [[0, 1]]


def test_a_venue_too_near_to_a_station_is_excluded_with_the_reason() -> None:
    coverage = line({"V1": 50, "V2": 1000}, {150: 9, 1000: 1}, S1=0)
    limits = Limits(count=1, min_separation_m=200.0)
    problem = build_problem(coverage, limits)
    assert set(problem.excluded) == {"V1"}
    assert "50 m from station S1" in str(problem.excluded["V1"])
    assert planned(coverage, limits).options == ("V2",)
    free = replace(limits, separation_from_existing=False)
    assert planned(coverage, free).options == ("V1",)


def test_a_locked_venue_too_near_to_a_station_makes_the_plan_infeasible_in_words() -> None:
    coverage = line({"V1": 50}, {150: 9}, S1=0)
    plan = planned(coverage, Limits(count=1, min_separation_m=200.0, lock=("V1",)))
    assert plan.status is Status.INFEASIBLE
    assert [str(reason) for reason in plan.reasons] == [
        "V1 is locked, but it is 50 m from station S1, nearer than the minimum separation of 200 m."
    ]
    use_language("zh")
    assert (
        str(plan.reasons[0]) == "V1 已固定，但距保留的现有站点 S1 仅 50 米，小于最小间距 200 米。"
    )


def test_stations_of_today_may_stand_closer_together_than_the_separation() -> None:
    coverage = line({"V1": 1000}, {0: 1, 1000: 1}, S1=0, S2=10)
    plan = planned(coverage, Limits(count=1, min_separation_m=500.0, may_close=("S1", "S2")))
    assert plan.options == ("S1", "S2", "V1")
    assert plan.closed == ()


def test_a_station_closes_only_to_make_room_for_a_better_site() -> None:
    coverage = line({"V1": 120, "V2": 1000}, {20: 4, 220: 9, 1000: 1}, S1=0, S2=990)
    stuck = planned(coverage, Limits(count=2, min_separation_m=150.0))
    assert stuck.options == ()
    moved = planned(coverage, Limits(count=2, min_separation_m=150.0, may_close=("S1",)))
    assert moved.options == ("V1",)
    assert moved.closed == ("S1",)
    assert moved.served == (4 + 9 + 1) * WEEK_HOURS


def test_a_station_whose_closing_is_asked_for_closes() -> None:
    coverage = line({"V1": 1000}, {0: 4, 1000: 9}, S1=0)
    plan = planned(coverage, Limits(count=1, may_close=("S1",), forbid=("S1",)))
    assert plan.closed == ("S1",)
    assert plan.served == 9 * WEEK_HOURS


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (Limits(lock=("X",)), "lock names sites that are not there: X"),
        (Limits(forbid=("X", "V1")), "forbid names sites that are not there: X"),
        (Limits(may_close=("X",)), "may_close names sites that are not there: X"),
        (Limits(may_close=("V1",)), "may_close names sites that are no existing station: V1"),
        (Limits(lock=("V1",), forbid=("V1",)), "locked and forbidden at the same time: V1"),
        (Limits(forbid=("S1",)), "forbid names stations that stay .*: S1"),
        (Limits(budget_yuan=-1.0), "budget_yuan must be at least 0 and finite, got -1"),
        (Limits(budget_yuan=nan), "budget_yuan must be at least 0 and finite, got nan"),
        (Limits(budget_yuan=inf), "budget_yuan must be at least 0 and finite, got inf"),
        (Limits(count=-1), "count must be at least 0, got -1"),
        (Limits(min_separation_m=-0.5), "min_separation_m must be at least 0"),
        (Limits(min_separation_m=nan), "min_separation_m must be at least 0"),
    ],
)
def test_limits_that_make_no_sense_are_named(limits: Limits, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build_problem(line({"V1": 50}, {0: 1}, S1=0), limits)


def test_a_venue_that_serves_one_hour_of_a_period_is_worth_that_hour() -> None:
    places = {"V1": Place(x=0, hours=daily(11, 12)), "V2": Place(x=0, hours=daily(11, 13))}
    coverage = plane_town(places, [(0, 0)], {"rider": [3]})
    assert planned(coverage, Limits(count=1, forbid=("V2",))).served == 3 * 7
    assert planned(coverage, Limits(count=1)).options == ("V2",)


def gates() -> Coverage:
    """S1 serves the first cell by day; three venues, two of which share the middle cell."""
    places = {
        "S1": Place(x=-50, stands=True, hours=daily(8, 20)),
        "V1": Place(x=0),
        "V2": Place(x=200),
        "V3": Place(x=400, groups=("rider",)),
    }
    people = {"rider": [1, 0, 4, 1], "courier": [0, 2, 0, 8]}
    return plane_town(places, [(0, 0), (100, 0), (300, 0), (400, 0)], people)


def test_each_site_is_credited_in_order_of_what_it_adds_and_what_it_alone_holds_up() -> None:
    # V2 adds 2 couriers and 4 riders all week; V3 then the rider of the last cell (it admits no
    # couriers); V1 at last the rider of the first cell by night. V1 serves the second cell too and
    # V3 the third, so nothing is lost without V2, which stands because it is locked.
    plan = planned(gates(), Limits(count=3, lock=("V2",)))
    names = groups_of({"rider": 1, "courier": 1})
    told = explain_plan(gates(), plan, groups=names, periods=PERIODS)
    assert list(told.index) == ["V2", "V3", "V1"]
    assert told["gain_hours"].tolist() == [6 * 168, 168, 12 * 7]
    assert told["loss_hours"].tolist() == [0, 168, 12 * 7]
    assert told["by_group"]["V2"] == {"rider": 4 / 6, "courier": 2 / 6}
    assert told["by_period"].tolist() == [{"day": 0.5, "night": 0.5}] * 2 + [{"night": 1.0}]
    assert told["top_group"].tolist() == ["rider"] * 3
    assert told["nearest_m"].tolist() == [250, 450, 50]
    assert told["cost_yuan"].tolist() == [1000] * 3
    assert str(told["reason"]["V2"]) == (
        "New station: 6 workers newly find an open door, 1,008 worker-hours a week, most of them"
        " riders (67%), most at day; the nearest other station so far is S1, 250 m away."
        " Without it the plan serves 0 worker-hours a week less."
    )
    use_language("zh")
    assert str(told["reason"]["V2"]) == (
        "新设站点：6 名劳动者新增可用站点，每周 1,008 工时，主要为外卖骑手（67%），白天最多；"
        "此前最近的其他站点为 S1，直线 250 米。去掉它，方案每周少服务 0 工时。"
    )


def test_a_site_that_is_locked_and_adds_nothing_says_so() -> None:
    coverage = line({"V1": 0}, {0: 4}, S1=0)
    told = explain_plan(coverage, planned(coverage, Limits(count=1, lock=("V1",))))
    assert told["gain_hours"].tolist() == [0]
    assert told["top_group"].tolist() == [""]
    assert "nobody newly finds an open door by it alone" in str(told["reason"]["V1"])


def test_where_no_station_stands_no_distance_is_told() -> None:
    coverage = line({"V1": 0}, {0: 4})
    told = explain_plan(coverage, planned(coverage, Limits(count=1)))
    assert np.isnan(told["nearest_m"]["V1"])
    assert "nearest" not in str(told["reason"]["V1"])


def test_a_plan_that_opens_nothing_is_an_empty_table() -> None:
    coverage = line({"V1": 0}, {0: 4}, S1=0)
    told = explain_plan(coverage, planned(coverage, Limits(count=1)))
    assert told.empty
    assert "gain_hours" in told.columns


@st.composite
def towns(draw: st.DrawFn) -> Coverage:
    """Draw a town of up to 6 sites and 6 cells with two groups and opening hours."""
    metres = st.integers(0, 8).map(lambda n: 60.0 * n)
    hours = st.sampled_from([ALWAYS, daily(8, 12), daily(10, 22), daily(20, 24)])
    admitted = st.sampled_from([(), (), ("rider",), ("courier",)])
    places = {
        f"{'S' if draw(st.booleans()) else 'V'}{n}": (draw(metres), draw(metres))
        for n in range(draw(st.integers(1, 6)))
    }
    sites = {
        name: Place(
            x=x,
            y=y,
            stands=name.startswith("S"),
            hours=draw(hours),
            groups=draw(admitted),
            listed=draw(st.sampled_from([True, True, True, False])),
            cost=draw(st.sampled_from([1.0, 2.5, 4.0])),
        )
        for name, (x, y) in places.items()
    }
    cells = draw(st.lists(st.tuples(metres, metres), min_size=1, max_size=6))
    count = st.lists(st.integers(0, 9), min_size=len(cells), max_size=len(cells))
    people = {"rider": draw(count), "courier": draw(count)}
    return plane_town(sites, cells, people, reach_m={"rider": 150.0, "courier": 80.0})


limits_of_any_kind = st.builds(
    Limits,
    count=st.one_of(st.none(), st.integers(0, 4)),
    budget_yuan=st.one_of(st.none(), st.sampled_from([0.0, 2.5, 5.0])),
    min_separation_m=st.sampled_from([0.0, 60.0, 90.0, 120.0]),
    separation_from_existing=st.booleans(),
)


def stations(coverage: Coverage) -> list[str]:
    return [name for name in coverage.options.table.index if name.startswith("S")]


def best_recount(coverage: Coverage, limits: Limits) -> int:
    """Try every set of venues, each limit written out anew, served as `measure_coverage` says."""
    table, sites = coverage.options.table, coverage.options.sites
    venues = [name for name in table.index if name.startswith("V")]
    today = stations(coverage)

    def allowed(chosen: tuple[str, ...]) -> bool:
        others = [*chosen, *(today if limits.separation_from_existing else [])]
        apart = all(
            np.hypot(sites["x"][a] - sites["x"][b], sites["y"][a] - sites["y"][b])
            >= limits.min_separation_m
            for a in chosen
            for b in others
            if a != b
        )
        money = sum(table["cost_setup_yuan"][name] for name in chosen)
        return (
            apart
            and (limits.count is None or len(chosen) <= limits.count)
            and (limits.budget_yuan is None or money <= limits.budget_yuan)
        )

    return max(
        measure_coverage(coverage, [*today, *chosen]).served_milli
        for size in range(len(venues) + 1)
        for chosen in combinations(venues, size)
        if allowed(chosen)
    )


@given(towns(), limits_of_any_kind)
@settings(max_examples=40, deadline=None)
def test_the_plan_of_a_town_is_the_best_of_all_and_its_figures_are_those_of_coverage(
    coverage: Coverage, limits: Limits
) -> None:
    plan = planned(coverage, limits)
    there = [*stations(coverage), *plan.options]
    assert plan.served_milli == measure_coverage(coverage, there).served_milli
    assert plan.served_milli == best_recount(coverage, limits)


@given(towns(), limits_of_any_kind)
@settings(max_examples=40, deadline=None)
def test_gains_add_up_and_losses_are_what_leaving_a_site_out_costs(
    coverage: Coverage, limits: Limits
) -> None:
    plan = planned(coverage, limits)
    told = explain_plan(coverage, plan)
    today = stations(coverage)
    before = measure_coverage(coverage, today).served_milli
    assert round(told["gain_hours"].sum() * 60_000) == plan.served_milli - before
    for name in plan.options:
        without = [*today, *(set(plan.options) - {name})]
        lost = plan.served_milli - measure_coverage(coverage, without).served_milli
        assert round(told["loss_hours"][name] * 60_000) == lost


@given(towns(), limits_of_any_kind, st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_the_order_of_sites_and_cells_never_changes_the_plan(
    coverage: Coverage, limits: Limits, random: object
) -> None:
    rng = np.random.default_rng(random.randint(0, 99))  # type: ignore[attr-defined]  # a random.Random
    sites = rng.permutation(len(coverage.options.sites))
    cells = rng.permutation(len(coverage.demand.cells))
    options = replace(
        coverage.options,
        sites=coverage.options.sites.iloc[sites],
        table=coverage.options.table.iloc[sites],
    )
    demand = replace(
        coverage.demand,
        cells=coverage.demand.cells.iloc[cells],
        workers=coverage.demand.workers[cells],
        people_milli=coverage.demand.people_milli[:, cells],
    )
    other = replace(
        coverage,
        options=options,
        demand=demand,
        reach={name: reach[sites][:, cells] for name, reach in coverage.reach.items()},
        option_class=coverage.option_class[sites],
    )
    one, two = planned(coverage, limits), planned(other, limits)
    assert (one.options, one.served_milli) == (two.options, two.served_milli)
