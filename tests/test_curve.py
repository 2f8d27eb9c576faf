"""The coverage-budget curve: against all plans tried, laws, and curves drawn by hand."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from plan_checker import broken_limits, recount
from small_sitings import (
    Rules,
    best_sum_by_trying_all,
    floors,
    limited_sitings,
    linear,
    random_sitings,
    served_by,
    siting,
)

from planner.language import use_language
from planner.progress import never
from planner.siting import SitingProblem, solve
from planner.siting.curves.curve import coverage_curve
from planner.siting.curves.curve_points import Curve, CurvePoint, knee_of
from planner.siting.curves.curve_search import Sweep
from planner.siting.curves.roll_out import roll_out_order


@pytest.fixture(scope="module", autouse=True)
def compiled() -> None:
    """Compile every kernel once, so that no limit of time is used up by that."""
    problem = siting({"K1": "a", "K2": "b"}, {"a": 4, "b": 3})
    for twice in (None, np.array([1, 1])):
        limited = replace(
            problem,
            linear=linear(problem, [({"K1": 1, "K2": 1}, 2, None)]),
            floors=floors(problem, [({0: 4, 1: 3}, 7)]),
            twice_milli=twice,
        )
        for by in ("count", "money"):
            coverage_curve(limited, by=by, limits=(0, 1, 2), time_limit_s=300)


def with_limit(problem: SitingProblem, by: str, limit: float) -> SitingProblem:
    if by == "money":
        return replace(problem, budget_yuan=limit)
    return replace(problem, count=int(limit))


def check_laws(problem: SitingProblem, curve: Curve) -> None:
    """More never serves less, bounds are on the right side, and every plan keeps every limit."""
    for point, later in itertools.pairwise(curve.points):
        assert point.limit < later.limit
        assert point.served_milli <= later.served_milli
        assert point.bound_milli <= later.bound_milli
    for point in curve.points:
        limited = with_limit(problem, curve.by, point.limit)
        place = [problem.options.index(option) for option in point.options]
        assert broken_limits(limited, place) == []
        assert recount(problem, place)[1] == point.served_milli <= point.bound_milli
        assert point.count == problem.counts[place].sum()
        assert point.cost_yuan == pytest.approx(problem.cost_yuan[place].sum(), abs=1e-6)


@given(
    st.one_of(random_sitings(most_options=6), limited_sitings(most_options=5)),
    st.sampled_from(["count", "money"]),
)
@settings(max_examples=80, deadline=None)
def test_every_point_is_the_best_of_all_plans(problem: SitingProblem, by: str) -> None:
    curve = coverage_curve(problem, by=by, points=6, time_limit_s=20)
    check_laws(problem, curve)
    wide = replace(problem, budget_yuan=None) if by == "money" else replace(problem, count=None)
    most = best_sum_by_trying_all(wide)
    if most is None:
        assert curve.points == ()
        assert curve.reasons
        return
    for point in curve.points:
        best = best_sum_by_trying_all(with_limit(problem, by, point.limit))
        assert point.served_milli == best
    assert curve.gap <= 1e-8 or curve.points[-1].bound_milli < 10**6
    assert not curve.points or curve.points[-1].served_milli <= most


@given(
    st.one_of(random_sitings(most_options=6), limited_sitings(most_options=5)),
    st.sampled_from(["count", "money"]),
)
@settings(max_examples=50, deadline=None)
def test_with_no_time_the_curve_keeps_its_laws(problem: SitingProblem, by: str) -> None:
    curve = coverage_curve(problem, by=by, points=4, time_limit_s=0)
    check_laws(problem, curve)
    for point in curve.points:
        best = best_sum_by_trying_all(with_limit(problem, by, point.limit))
        assert best is not None
        assert point.served_milli <= best <= point.bound_milli


@given(st.one_of(random_sitings(most_options=6), limited_sitings(most_options=5)))
@settings(max_examples=50, deadline=None)
def test_every_curve_told_on_the_way_keeps_its_laws_and_gets_better(
    problem: SitingProblem,
) -> None:
    told: list[Curve] = []
    final = coverage_curve(problem, points=4, time_limit_s=20, on_better=told.append)
    for curve, later in itertools.pairwise([*told, final]):
        check_laws(problem, curve)
        assert curve.gap >= later.gap


@given(random_sitings(most_options=6), st.sampled_from(["count", "money"]))
@settings(max_examples=30, deadline=None)
def test_the_nested_order_lies_on_or_below_the_curve(problem: SitingProblem, by: str) -> None:
    problem = replace(problem, locked=np.zeros(len(problem.options), bool))
    plan = solve(problem, time_limit_s=20, gap_share=0.0)
    order = roll_out_order(problem, plan, by=by)
    assert sorted(order.options) == list(plan.options)
    used = order.cost_yuan if by == "money" else order.count
    curve = coverage_curve(problem, by=by, limits=used or (0,), time_limit_s=20)
    best = {point.limit: point.served_milli for point in curve.points}
    for number, (limit, served) in enumerate(zip(used, order.served_milli, strict=True), start=1):
        assert served == served_by(problem, set(order.options[:number]))
        assert served <= best[limit]
    if order.options:
        assert order.served_milli[-1] == plan.served_milli


@given(random_sitings(most_options=6), st.sampled_from(["count", "money"]), st.integers(1, 4))
@settings(max_examples=40, deadline=None)
def test_bounds_by_prices_alone_are_concave_and_never_below_the_best(
    problem: SitingProblem, by: str, tens: int
) -> None:
    money = by == "money"
    wide = replace(problem, budget_yuan=None) if money else replace(problem, count=None)
    assume(best_sum_by_trying_all(wide) is not None)
    sweep = Sweep(wide, by_money=money, ended=never)
    each = 50.0 if money else 1.0
    limits = sweep.certain + np.arange(6) * round(each * (100 if money else 1))
    envelope = sweep.envelope(limits, ended=never)
    for at in (1, 4):
        sweep.aim(envelope, at, None)
        for _ in range(tens):
            envelope.descend()
    steps = np.diff(envelope.bounds)
    slack = 1e-6 * max(1.0, float(envelope.bounds.max()))
    assert (steps >= -slack).all()
    assert (np.diff(steps[1:]) <= slack).all()
    for limit, bound in zip(limits.tolist(), sweep.whole_bounds(envelope).tolist(), strict=True):
        best = best_sum_by_trying_all(with_limit(problem, by, limit / 100 if money else limit))
        assert best is None or best <= bound


# --- By hand -----------------------------------------------------------------------------------


def test_a_curve_by_count_goes_from_nothing_to_all_that_can_be_served() -> None:
    # Alone K2 serves most (6), two serve most without it (10), all three serve 12 as K1 and K3 do
    # with it; 3 more nobody reaches.
    serves = {"K1": "ab", "K2": "bce", "K3": "cd"}
    values = {"a": 3, "b": 2, "c": 2, "d": 3, "e": 2}
    curve = coverage_curve(siting(serves, values, base=1, lost=3), time_limit_s=20)
    assert [(p.limit, p.served_milli, p.options) for p in curve.points] == [
        (0, 1, ()),
        (1, 7, ("K2",)),
        (2, 11, ("K1", "K3")),
        (3, 13, ("K1", "K2", "K3")),
    ]
    assert [p.gap for p in curve.points] == [0, 0, 0, 0]
    assert curve.total_milli == 16


def test_a_curve_by_money_buys_the_big_site_once_it_can() -> None:
    problem = siting(
        {"K1": "a", "K2": "b"}, {"a": 50, "b": 1}, Rules(costs={"K1": 100.0, "K2": 1.0})
    )
    curve = coverage_curve(problem, by="money", limits=(0, 1, 99.99, 100, 101), time_limit_s=20)
    assert [(p.limit, p.served_milli, p.cost_yuan) for p in curve.points] == [
        (0, 0, 0),
        (1, 1, 1),
        (99.99, 1, 1),
        (100, 50, 100),
        (101, 51, 101),
    ]


def test_other_limits_stay_in_force_and_the_swept_one_is_put_aside() -> None:
    rules = Rules(costs={"K1": 5.0, "K2": 5.0, "K3": 5.0}, budget=10.0, count=1)
    problem = siting({"K1": "a", "K2": "b", "K3": "c"}, {"a": 4, "b": 3, "c": 2}, rules)
    by_count = coverage_curve(problem, limits=(1, 2, 3), time_limit_s=20)
    assert [p.served_milli for p in by_count.points] == [4, 7, 7]
    by_money = coverage_curve(problem, by="money", limits=(5, 15), time_limit_s=20)
    assert [p.served_milli for p in by_money.points] == [4, 4]


def test_limits_below_what_is_locked_have_no_plan_and_are_named() -> None:
    rules = Rules(lock=("K1", "K2"))
    problem = siting({"K1": "a", "K2": "b", "K3": "c"}, {"a": 4, "b": 3, "c": 2}, rules)
    curve = coverage_curve(problem, limits=(0, 1, 2, 3), time_limit_s=20)
    assert [(p.limit, p.served_milli) for p in curve.points] == [(2, 7), (3, 9)]
    use_language("zh")
    assert [str(one) for one in curve.notes] == [
        "新开 1 个及以下时，未找到满足其他限制条件的方案。"
    ]


@pytest.mark.parametrize("by", ["count", "money"])
def test_a_curve_goes_as_far_as_plans_do_where_growing_step_by_step_gets_stuck(by: str) -> None:
    # K1 and K2 only together, and at least three in all: no single step keeps the limits.
    problem = siting(
        {"K1": "a", "K2": "b", "K3": "c"},
        {"a": 4, "b": 3, "c": 2},
        Rules(costs={"K1": 5.0, "K2": 5.0, "K3": 5.0}),
    )
    pair = ({"K1": 1, "K2": -1}, 0, 0)
    problem = replace(problem, linear=linear(problem, [pair, ({"K2": 1, "K3": -1}, 0, 0)]))
    curve = coverage_curve(problem, by=by, points=6, time_limit_s=90)
    assert curve.points[-1].options == ("K1", "K2", "K3")
    assert curve.points[-1].served_milli == 9
    needed = replace(problem, linear=linear(problem, [pair, ({"K1": 1}, 1, None)]))
    assert coverage_curve(needed, by=by, points=6, time_limit_s=20).points[-1].served_milli == 9


def test_where_the_other_limits_clash_there_is_no_curve_but_reasons() -> None:
    rules = Rules(lock=("K1", "K2"), apart=(("K1", "K2"),))
    curve = coverage_curve(siting({"K1": "a", "K2": "b"}, {"a": 4, "b": 3}, rules))
    assert curve.points == ()
    assert curve.knee is None
    assert len(curve.reasons) == 1


def test_a_station_that_might_be_closed_stays_at_every_point() -> None:
    problem = siting({"K1": "a", "S1": "b"}, {"a": 4, "b": 3}, Rules(keeps=("S1",)))
    curve = coverage_curve(problem, time_limit_s=20)
    assert [(p.limit, p.options) for p in curve.points] == [(0, ("S1",)), (1, ("K1", "S1"))]
    order = roll_out_order(problem, solve(problem, time_limit_s=20, gap_share=0.0))
    assert order.options == ("S1", "K1")
    assert (order.served_milli, order.count) == ((3, 7), (0, 1))


def test_a_problem_without_options_has_one_point() -> None:
    curve = coverage_curve(siting({}, {}, base=4, lost=3))
    assert [(p.limit, p.served_milli, p.bound_milli) for p in curve.points] == [(0, 4, 4)]


def test_the_order_by_money_begins_with_what_brings_most_for_a_yuan() -> None:
    rules = Rules(costs={"K1": 100.0, "K2": 10.0})
    problem = siting({"K1": "a", "K2": "b"}, {"a": 9, "b": 3}, rules)
    plan = solve(problem, time_limit_s=20, gap_share=0.0)
    assert roll_out_order(problem, plan).options == ("K1", "K2")
    order = roll_out_order(problem, plan, by="money")
    assert order.options == ("K2", "K1")
    assert order.cost_yuan == (10, 110)


def points(*served: int) -> list[CurvePoint]:
    return [
        CurvePoint(limit=n, count=n, cost_yuan=0, served_milli=s, bound_milli=s, options=())
        for n, s in enumerate(served)
    ]


def test_the_knee_lies_farthest_above_the_straight_line() -> None:
    # Above the line from (0, 0) to (4, 12): 0, 4, 4, 2, 0; of equal ones the first.
    assert knee_of(points(0, 7, 10, 11, 12)) == 1
    assert knee_of(points(0, 7, 11, 11, 12)) == 2


def test_a_straight_or_short_or_level_curve_has_no_knee() -> None:
    assert knee_of(points(0, 1, 2, 3)) is None
    assert knee_of(points(0, 5)) is None
    assert knee_of(points(5, 5, 5)) is None
    assert knee_of([]) is None


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        ({"by": "minutes"}, "by must be one of count, money, got 'minutes'"),
        ({"points": 1}, "points must be at least 2, got 1"),
        ({"limits": (-1,)}, "limits must be from 0"),
        ({"limits": (float("nan"),)}, "limits must be from 0"),
        ({"time_limit_s": float("nan")}, "time_limit_s must be at least 0"),
        ({"gap_share": 1.5}, "gap_share must be from 0 to 1"),
    ],
)
def test_a_wrong_argument_is_named(wrong: dict[str, object], match: str) -> None:
    with pytest.raises(ValueError, match=match):
        coverage_curve(siting({"K1": "a"}, {"a": 1}), **wrong)  # type: ignore[arg-type]  # wrong on purpose


def test_an_order_of_a_strange_plan_is_refused() -> None:
    problem, other = siting({"K1": "a"}, {"a": 1}), siting({"K2": "a"}, {"a": 1})
    plan = solve(other, time_limit_s=20, gap_share=0.0)
    with pytest.raises(ValueError, match="must name options of the problem, got 'K2'"):
        roll_out_order(problem, plan)
    with pytest.raises(ValueError, match="by must be one of count, money, got 'x'"):
        roll_out_order(other, plan, by="x")
