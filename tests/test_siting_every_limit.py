"""The search with linear limits, floors, rows served twice and worths; what no plan keeps."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from plan_checker import check_plan, recount
from scipy.sparse import csr_array
from small_sitings import (
    Rules,
    about,
    best_sum_by_trying_all,
    floors,
    limited_sitings,
    linear,
    siting,
)

from planner.language import Message
from planner.siting import Plan, SitingProblem, Status, solve
from planner.siting.problem import UNLIMITED, About, Aim
from planner.siting.solving.reduce import reduce_problem
from planner.siting.solving.way_out import cheapest_way_out


def proven(problem: SitingProblem, *, seed: int = 0) -> Plan:
    return solve(problem, time_limit_s=30, gap_share=0.0, seed=seed)


def added(problem: SitingProblem, plan: Plan) -> int:
    return recount(problem, [k for k, o in enumerate(problem.options) if o in plan.options])[1]


# --- Against all plans tried -------------------------------------------------------------------


@given(limited_sitings())
@settings(max_examples=150, deadline=None)
def test_a_proven_plan_is_the_best_of_all_and_none_is_told_where_none_is(
    problem: SitingProblem,
) -> None:
    best = best_sum_by_trying_all(problem)
    plan = proven(problem)
    check_plan(problem, plan)
    if best is None:
        assert plan.status is Status.INFEASIBLE
    else:
        assert plan.status is Status.OPTIMAL
        assert added(problem, plan) == best


@given(limited_sitings())
@settings(max_examples=80, deadline=None)
def test_with_no_time_the_answer_is_a_plan_or_that_none_was_found(problem: SitingProblem) -> None:
    best = best_sum_by_trying_all(problem)
    plan = solve(problem, time_limit_s=0, gap_share=0.0)
    check_plan(problem, plan)
    if best is None:
        assert plan.status in (Status.INFEASIBLE, Status.UNKNOWN)
    else:
        assert plan.status is not Status.INFEASIBLE
        if plan.goal is not None and not plan.is_none:
            assert plan.goal.bound >= best / problem.aim.scale


@given(limited_sitings())
@settings(max_examples=60, deadline=None)
def test_a_way_out_once_taken_leaves_a_plan(problem: SitingProblem) -> None:
    assume(best_sum_by_trying_all(problem) is None)
    found = cheapest_way_out(problem)
    assert found is not None
    relaxed = found.applied(problem)
    assert best_sum_by_trying_all(relaxed) is not None
    plan = proven(problem)
    assert plan.way_out
    check_plan(relaxed, proven(relaxed))


@given(limited_sitings(), st.data())
@settings(max_examples=60, deadline=None)
def test_a_limit_less_never_worsens_the_best(problem: SitingProblem, data: st.DataObject) -> None:
    plan = proven(problem)
    assume(plan.status is Status.OPTIMAL)
    none = np.zeros(len(problem.options), bool)
    wider: list[dict[str, Any]] = [
        {"linear": None},
        {"floors": None},
        {"budget_yuan": None},
        {"count": None},
        {"forbidden": none},
        {"locked": none},
        {"sites": problem.options},
    ]
    freer = replace(problem, **data.draw(st.sampled_from(wider)))
    assert added(freer, proven(freer)) >= added(problem, plan)


def reordered(problem: SitingProblem, seed: int) -> SitingProblem:
    """Shuffle rows, limits and floors; options are sorted by their ids in any case."""
    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(problem.value_milli))
    limits, below = problem.linear, problem.floors
    assert limits is not None
    assert below is not None
    order, of_floors = rng.permutation(len(limits.most)), rng.permutation(len(below.least))
    return replace(
        problem,
        serves=problem.serves[:, rows],
        value_milli=problem.value_milli[rows],
        twice_milli=None if problem.twice_milli is None else problem.twice_milli[rows],
        linear=replace(
            limits,
            weights=limits.weights[order],
            least=limits.least[order],
            most=limits.most[order],
            about=tuple(limits.about[i] for i in order),
        ),
        floors=replace(
            below,
            values=csr_array(below.values[of_floors])[:, rows],
            least=below.least[of_floors],
            about=tuple(below.about[i] for i in of_floors),
        ),
    )


@given(limited_sitings(), st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_the_order_of_rows_and_limits_never_changes_the_plan(
    problem: SitingProblem, seed: int
) -> None:
    plans = [
        solve(one, time_limit_s=60, gap_share=0.0, work_limit=20)
        for one in (problem, problem, reordered(problem, seed))
    ]
    assert len({(plan.options, plan.status, plan.goal) for plan in plans}) == 1


@given(limited_sitings())
@settings(max_examples=40, deadline=None)
def test_every_plan_told_on_the_way_keeps_all_limits(problem: SitingProblem) -> None:
    seen: list[Plan] = []
    final = solve(problem, time_limit_s=30, gap_share=0.0, on_better=seen.append)
    assume(seen)
    for plan, later in zip(seen, [*seen[1:], final], strict=True):
        check_plan(problem, plan)
        assert added(problem, later) >= added(problem, plan)


# --- Limits whose answer is known by hand ------------------------------------------------------

SERVES = {"K1": "a", "K2": "b", "K3": "c", "K4": "d"}
VALUES = {"a": 9, "b": 7, "c": 2, "d": 1}


def with_limits(
    rules: Rules | None,
    limits: Sequence[tuple[dict[str, int], int | None, int | None]],
    abouts: tuple[About, ...] | None = None,
) -> SitingProblem:
    problem = siting(SERVES, VALUES, rules)
    return replace(problem, linear=linear(problem, limits, abouts))


def quota(name: str) -> About:
    return about("quota", f"a station in {name}")


def told(plan: Plan) -> tuple[list[str], list[str]]:
    return [reason.text("en") for reason in plan.reasons], [
        step.text("en") for step in plan.way_out
    ]


def test_one_in_each_community_comes_before_the_sites_that_serve_most() -> None:
    problem = with_limits(Rules(count=2), [({"K1": 1, "K2": 1}, 1, None), ({"K4": 1}, 1, None)])
    plan = proven(problem)
    assert plan.options == ("K1", "K4")
    assert plan.served_milli == 10


def test_a_share_of_stations_lets_as_many_others_stand_as_it_allows() -> None:
    # At least a third of the stations is K4: 2 x K4 - K1 - K2 - K3 is at least 0.
    problem = with_limits(None, [({"K4": 2, "K1": -1, "K2": -1, "K3": -1}, 0, None)])
    assert proven(problem).options == ("K1", "K2", "K4")


def test_two_limits_of_money_hold_beside_each_other() -> None:
    problem = with_limits(
        None,
        [({"K1": 6, "K2": 3, "K3": 3}, None, 8), ({"K2": 2, "K3": 2, "K4": 5}, None, 4)],
    )
    assert proven(problem).options == ("K1",)


def test_what_is_served_twice_counts_once_more_where_it_is_worth_it() -> None:
    serves = {"K1": "ab", "K2": "ab", "K3": "c"}
    problem = siting(serves, {"a": 4, "b": 1, "c": 3}, Rules(count=2))
    assert proven(problem).options == ("K1", "K3")
    twice = replace(problem, twice_milli=np.array([4, 0, 9]))
    plan = proven(twice)
    assert plan.options == ("K1", "K2")
    assert plan.served_milli == 5
    assert plan.goal is not None
    assert plan.goal.value == plan.goal.bound == 9 / 60_000


def test_fewest_sites_for_a_floor_are_told_as_the_objective_asked_for() -> None:
    serves = {"K1": "abc", "K2": "abd", "K3": "cd", "K4": "e"}
    problem = siting(serves, dict.fromkeys("abcde", 1))
    problem = replace(
        problem,
        floors=floors(problem, [(dict.fromkeys(range(5), 1), 4)]),
        worth_milli=np.full(4, -1000),
        aim=Aim(kind="fewest_sites", minimise=True, offset=4, scale=1000, unit="stations"),
    )
    # K1 and K2 or K2 and K3 serve four rows: 2 sites; the rows served make no difference of one.
    plan = proven(problem)
    check_plan(problem, plan)
    assert len(plan.options) == 2
    assert plan.goal is not None
    assert plan.goal.minimise
    assert plan.goal.value == 2.0
    assert plan.goal.unit == "stations"
    assert plan.goal.bound == pytest.approx(2.0, abs=1e-3)
    assert plan.bound_milli == 5


def test_an_option_that_alone_keeps_a_limit_is_taken_as_certain() -> None:
    problem = with_limits(Rules(count=2), [({"K4": 1}, 1, None), ({"K3": 3, "K4": 1}, None, 3)])
    rest = reduce_problem(problem)
    assert rest.locked.tolist() == [3]
    assert rest.option.tolist() == [0, 1]  # K3 would break the second limit
    assert len(rest.model.most) == 0
    assert rest.model.places == 1


def test_a_site_that_adds_nothing_stays_where_a_limit_needs_it() -> None:
    problem = siting({"K1": "ab", "K2": "a"}, {"a": 5, "b": 1})
    needed = replace(problem, linear=linear(problem, [({"K2": 1}, 1, None)]))
    assert proven(problem).options == ("K1",)
    assert proven(needed).options == ("K1", "K2")


def test_a_station_is_closed_only_where_a_limit_asks_for_it() -> None:
    problem = siting({"K1": "ab", "S1": "a"}, {"a": 5, "b": 1}, Rules(keeps=("S1",)))
    assert proven(problem).options == ("K1", "S1")
    moved = replace(problem, linear=linear(problem, [({"K1": 1, "S1": 1}, 1, 1)]))
    plan = proven(moved)
    assert (plan.options, plan.closed) == (("K1",), ("S1",))


def test_a_budget_below_the_cheapest_opening_is_an_empty_plan_with_a_word_about_it() -> None:
    costs = dict.fromkeys(SERVES, 20_000.0)
    plan = proven(siting(SERVES, VALUES, Rules(costs=costs, budget=9_900.0)))
    assert (plan.status, plan.options) == (Status.OPTIMAL, ())
    assert [word.text("en") for word in plan.notes] == [
        "The budget of 9,900 yuan is less than the cheapest opening costs, 20,000 yuan."
    ]


def test_a_budget_a_few_fen_below_the_cheapest_opening_is_told_with_its_fen() -> None:
    costs = dict.fromkeys(SERVES, 10_000.4)
    plan = proven(siting(SERVES, VALUES, Rules(costs=costs, budget=9_999.6)))
    assert [word.text("en") for word in plan.notes] == [
        "The budget of 9,999.60 yuan is less than the cheapest opening costs, 10,000.40 yuan."
    ]


def test_a_limit_on_weights_above_and_below_0_is_never_proven_too_early() -> None:
    # Once told as proven with 51 of 56; the worth of the best was found by trying all choices.
    serves = {
        "k0": "bij", "k1": "afhjm", "k2": "cdfhk", "k3": "acfhkm",
        "k4": "ehjk", "k5": "bijlm", "k6": "bhj", "k7": "hil",
    }  # fmt: skip
    numbers = [6, 9, 5, 7, 9, 2, 1, 5, 2, 6, 7, 4, 3]
    values = dict(zip("abcdefghijklm", numbers, strict=True))
    apart = (("k0", "k1"), ("k2", "k5"), ("k3", "k5"), ("k4", "k5"), ("k7", "k2"))
    sites = {"k0": "s1", "k7": "s1", "k2": "s0", "k3": "s0", "k5": "s0"}
    problem = siting(serves, values, Rules(apart=apart, sites=sites, count=3), base=2, lost=3)
    problem = replace(
        problem, counts=np.isin(problem.options, ["k1", "k3", "k5", "k6", "k7"]).astype(bool)
    )
    weights = [3, -3, -3, -2, 1, 3, -4, 2], [-3, -3, -3, -3, -3, -3, 17, 0]
    first, second = (dict(zip(problem.options, row, strict=True)) for row in weights)
    problem = replace(problem, linear=linear(problem, [(first, -2, -2), (second, None, 11)]))
    assert best_sum_by_trying_all(problem) == 56
    plan = proven(problem)
    assert (plan.status, plan.served_milli, plan.bound_milli) == (Status.OPTIMAL, 56, 56)


@pytest.mark.parametrize("count", [0, 1])
def test_a_floor_that_is_tiny_beside_its_values_is_kept_or_told(count: int) -> None:
    big = 10**9
    problem = siting({"K1": "a", "K2": "b"}, {"a": 6, "b": 3}, Rules(count=count))
    problem = replace(
        problem,
        worth_milli=np.array([-big, -big]),
        floors=floors(problem, [({0: 4 * big, 1: 3 * big}, 1)]),
    )
    plan = proven(problem)
    if count:
        assert (plan.status, plan.options) == (Status.OPTIMAL, ("K1",))
    else:
        assert told(plan)[0] == [
            "No plan can keep these limits together: openings: at most 0; floor 0."
        ]
        assert len(plan.way_out) == 1


def test_a_limit_that_is_tiny_beside_its_weights_is_kept() -> None:
    big = 10**9
    problem = siting({"K1": "a", "K2": "b"}, {"a": 6, "b": 3}, Rules(count=1))
    rules = [({"K1": -4 * big, "K2": 3 * big}, 1, None)]
    plan = proven(replace(problem, linear=linear(problem, rules)))
    assert (plan.status, plan.options) == (Status.OPTIMAL, ("K2",))


def sums(n: int) -> SitingProblem:
    """Options of odd weights of which some must add up to one number: hard for any greedy."""
    rng = np.random.default_rng(5)
    ids = [f"K{k:02}" for k in range(n)]
    problem = siting(dict.fromkeys(ids, "a"), {"a": 1})
    weights = (rng.integers(500, 5_000, n) * 2).tolist()
    goal = sum(weights[::2])
    return replace(
        problem, linear=linear(problem, [(dict(zip(ids, weights, strict=True)), goal, goal)])
    )


def test_a_search_without_time_says_that_it_found_no_plan_and_not_that_there_is_none() -> None:
    problem = sums(14)
    plan = solve(problem, time_limit_s=0, gap_share=0.0)
    check_plan(problem, plan)
    assert plan.status is Status.UNKNOWN
    assert plan.is_none
    found = proven(problem)
    check_plan(problem, found)
    assert found.status is Status.OPTIMAL


# --- Which limits clash, and the way out -------------------------------------------------------


def test_limits_that_clash_are_named_and_others_are_not() -> None:
    costs = dict.fromkeys(SERVES, 5_000.0)
    problem = with_limits(
        Rules(costs=costs, budget=9_000.0, count=3),
        [({"K1": 1}, 1, None), ({"K2": 1}, 1, None), ({"K3": 1, "K4": 1}, None, 1)],
        (quota("Jinshan"), quota("Xinwu"), about("quota", "few of the rest")),
    )
    plan = proven(problem)
    assert plan.status is Status.INFEASIBLE
    assert told(plan) == (
        [
            (
                "No plan can keep these limits together: the budget of 9,000 yuan;"
                " a station in Jinshan; a station in Xinwu."
            )
        ],
        ["Relax by 1,000 yuan: the budget of 9,000 yuan."],
    )
    assert plan.reasons[0].text("zh").startswith("没有方案能同时满足以下约束：预算 9,000 元；")


def test_many_limits_of_one_kind_are_told_as_one_with_three_names() -> None:
    ids = [f"K{k:02}" for k in range(20)]
    problem = siting(dict.fromkeys(ids, ""), {}, Rules(count=5))
    gaps = tuple(about("gap", f"cell {k}") for k in ids)
    problem = replace(problem, linear=linear(problem, [({k: 1}, 1, None) for k in ids], gaps))
    reasons, way_out = told(proven(problem))
    assert len(reasons) == len(way_out) == 1
    assert reasons[0].startswith(
        "No plan can keep these limits together: openings: at most 5; cell"
    )
    assert reasons[0].endswith(" and 3 more like these.")  # six of the twenty are too many
    assert way_out[0] in (
        "Relax by 15 (number of stations): openings: at most 5.",
        "Relax 15 limits: cell K05; cell K06; cell K07 and 12 more like these.",
    ) or way_out[0].startswith("Relax 15 limits: ")


def test_a_limit_that_no_option_can_keep_stands_alone() -> None:
    plan = proven(with_limits(None, [({"K1": 1, "K2": 1}, 3, None)], (quota("Jinshan"),)))
    assert told(plan) == (
        ["No plan can keep this limit: a station in Jinshan."],
        ["Relax by 1: a station in Jinshan."],
    )


def test_no_way_out_breaks_a_rule_of_logic() -> None:
    rule = about("one_of", "S1 stays or moves", may_relax=False)
    problem = with_limits(
        Rules(forbid=("K1", "K2"), count=0),
        [({"K1": 1, "K2": 1}, 1, 1)],
        (rule,),
    )
    plan = proven(problem)
    assert plan.status is Status.INFEASIBLE
    assert len(plan.way_out) == 2
    assert {"Relax by 1 (number of stations): openings: at most 0."} < set(told(plan)[1])
    found = cheapest_way_out(problem)
    assert found is not None
    assert proven(found.applied(problem)).status is Status.OPTIMAL


def test_locked_sites_too_close_to_each_other_are_let_go_before_the_separation() -> None:
    problem = siting(SERVES, VALUES, Rules(apart=(("K1", "K2"),), lock=("K1", "K2")))
    plan = proven(problem)
    assert len(plan.way_out) == 1
    assert plan.way_out[0].text("en") in (
        "Do without: K1 is locked.",
        "Do without: K2 is locked.",
    )


def test_a_floor_out_of_reach_is_told_with_what_can_be_reached() -> None:
    problem = siting({"K1": "a", "K2": "b"}, {"a": 5, "b": 3}, Rules(count=1))
    hours = About(
        kind="floor",
        name=Message("riders in Jinshan"),
        scale=60_000,
        unit="hours a week",
    )
    floor = floors(problem, [({0: 5 * 60_000, 1: 3 * 60_000}, 6 * 60_000)])
    plan = proven(replace(problem, floors=replace(floor, about=(hours,))))
    assert told(plan) == (
        ["No plan can keep these limits together: openings: at most 1; riders in Jinshan."],
        ["Relax by 1 worker-hours a week: riders in Jinshan."],
    )


def test_where_building_found_a_contradiction_no_way_out_is_told() -> None:
    problem = replace(
        with_limits(Rules(count=0), [({"K1": 1}, 1, None)], (quota("Jinshan"),)),
        clashes=(Message("K1 is locked, but lies in a no-go area"),),
    )
    assert told(proven(problem)) == (["K1 is locked, but lies in a no-go area"], [])


def test_the_order_of_the_limits_never_changes_what_is_told_of_them() -> None:
    names = [("K1", "Jinshan"), ("K2", "Xinwu"), ("K3", "Meicun"), ("K4", "Wangzhuang")]
    rules = [({option: 1}, 1, None) for option, _ in names]
    abouts = [quota(name) for _, name in names]
    there = with_limits(Rules(count=2), rules, tuple(abouts))
    back = with_limits(Rules(count=2), rules[::-1], tuple(abouts[::-1]))
    assert told(proven(there)) == told(proven(back))


# --- Work instead of time ----------------------------------------------------------------------


@pytest.mark.parametrize("work", [0, 3])
def test_under_a_limit_of_work_two_runs_give_the_same_plan_and_bound(work: int) -> None:
    rng = np.random.default_rng(2)
    table = rng.random((40, 300)) < 0.1
    problem = replace(
        siting({f"K{k:02}": "" for k in range(40)}, {}),
        serves=csr_array(table),
        value_milli=np.full(300, 1000),
        total_milli=300_000,
        count=6,
    )
    runs = [solve(problem, time_limit_s=600, gap_share=0.0, work_limit=work) for _ in range(2)]
    assert len({(plan.options, plan.bound_milli, plan.status) for plan in runs}) == 1
    check_plan(problem, runs[0])


def test_a_limit_of_work_below_0_is_refused() -> None:
    with pytest.raises(ValueError, match="work_limit must be at least 0, got -1"):
        solve(siting(SERVES, VALUES), time_limit_s=1, gap_share=0.0, work_limit=-1)


# --- Input that makes no sense -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"twice_milli": np.array([1])}, r"twice_milli must be int64 of shape \(4,\)"),
        ({"twice_milli": np.array([1, 1, 1, -1])}, "twice_milli must be from 0 to"),
        ({"worth_milli": np.array([1.0, 1, 1, 1])}, "worth_milli must be int64"),
        ({"worth_milli": np.full(4, 2 * 10**15)}, "worth_milli must add up to at most"),
        ({"cost_yuan": np.full(4, 1e13)}, "cost_yuan must add up to at most"),
        ({"aim": Aim(scale=0)}, "aim.scale must be above 0, got 0"),
    ],
)
def test_values_beside_the_limits_that_make_no_sense_are_refused_by_name(
    change: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        replace(siting(SERVES, VALUES), **change)


def test_limits_of_another_shape_or_kind_of_number_are_refused_by_name() -> None:
    problem = with_limits(None, [({"K1": 1}, 0, 1)])
    assert problem.linear is not None
    for change, message in (
        ({"weights": csr_array((1, 3), dtype=np.int64)}, "linear.weights must be whole numbers"),
        ({"weights": csr_array(np.full((1, 4), 0.5))}, "linear.weights must be whole numbers"),
        ({"least": np.zeros(2, np.int64)}, "linear.least must be int64 of shape"),
        ({"most": np.array([UNLIMITED + 1])}, "linear.most must be from"),
        ({"about": ()}, "linear.about must name 1 limits, got 0"),
    ):
        changed = replace(problem.linear, **change)
        with pytest.raises(ValueError, match=message):
            replace(problem, linear=changed)
    below = replace(
        floors(problem, [({0: 1}, 1)]), values=csr_array(np.array([[-1, 0, 0, 0]], np.int64))
    )
    with pytest.raises(ValueError, match=r"floors\.values must be at least 0, got -1"):
        replace(problem, floors=below)
