"""A plan that serves the most on average over draws, with a proof."""

from dataclasses import replace
from itertools import combinations

import pytest
from changed_towns import option_town
from hypothesis import given, settings
from hypothesis import strategies as st
from option_towns import Choice, Spot, Town
from plane_towns import Place, daily

from planner.coverage import Coverage
from planner.district.settings import GapLimit, Limits
from planner.hours import ALWAYS
from planner.siting import Status, build_problem, solve
from planner.siting.doubt.doubts import Doubts, Drawer
from planner.siting.doubt.robust import robust_plan
from planner.siting.doubt.trials import Trials
from planner.siting.plan import Plan

CERTAIN = Doubts(demand=0.0, reach_share=0.0, cost_share=0.0, close_share=0.0)


def edge() -> Coverage:
    """V1 serves 10 people at the very end of their reach, V2 9 at its door."""
    places = {"V1": Place(x=0), "V2": Place(x=1000)}
    return option_town(places, {}, [(95, 0), (1000, 0)], {"rider": [10, 9]}, cutoff_m=120.0)


def test_a_site_at_the_edge_of_reach_gives_way_to_one_that_holds_in_every_draw() -> None:
    coverage = edge()
    problem = build_problem(coverage, Limits(count=1))
    as_expected = solve(problem, time_limit_s=10, gap_share=0.0)
    doubts = replace(CERTAIN, reach_share=0.1)
    plan = robust_plan(coverage, problem, doubts=doubts, draws=40, gap_share=0.0)
    assert as_expected.options == ("V1",)
    # Below 95 m, in a fifth of all reaches, V1 serves nobody: 8 on average, against 9.
    assert plan.options == ("V2",)
    assert plan.status is Status.OPTIMAL
    assert plan.goal is not None
    assert plan.goal.value == pytest.approx(9 * 168)
    assert plan.goal.bound == pytest.approx(9 * 168)
    assert plan.served == 9 * 168
    assert plan.bound == (10 + 9) * 168
    assert "40 draws" in plan.notes[-1].text("en")
    assert "40 次" in plan.notes[-1].text("zh")


def test_without_doubt_the_robust_plan_is_the_plan() -> None:
    coverage = edge()
    problem = build_problem(coverage, Limits(count=1))
    plan = robust_plan(coverage, problem, doubts=CERTAIN, draws=3, gap_share=0.0)
    assert plan.options == ("V1",)
    assert plan.goal is not None
    assert plan.goal.value == plan.served


def test_limits_that_clash_are_told_as_always() -> None:
    coverage = edge()
    problem = build_problem(coverage, Limits(count=0, lock=("V1",)))
    plan = robust_plan(coverage, problem, draws=3)
    assert plan.status is Status.INFEASIBLE
    assert plan.reasons
    with pytest.raises(ValueError, match="draws must be at least 1"):
        robust_plan(coverage, problem, draws=0)


def test_the_price_of_a_gap_is_no_worker_hours() -> None:
    town = Town(
        spots={"V0": Spot(x=0.0), "V1": Spot(x=1000.0)},
        choices={"V0": Choice(site="V0"), "V1": Choice(site="V1")},
        cells=[(10.0, 0.0, "c1"), (1000.0, 0.0, "c1")],
        people={"a": [30, 20]},
    )
    coverage, gap = town.coverage(), GapLimit(hard=False, price_hours=10_000.0)
    priced = build_problem(coverage, Limits(count=1, gap=gap), district=town.district())
    assert priced.priced_rows > 0
    plain = build_problem(coverage, Limits(count=1), district=town.district())
    plan = robust_plan(coverage, priced, doubts=CERTAIN, draws=2, gap_share=0.0)
    expected = solve(plain, time_limit_s=10, gap_share=0.0)
    assert (plan.options, plan.served, plan.bound) == (("V0",), expected.served, 50 * 84)
    assert plan.total_milli == plain.total_milli
    assert any("price of a gap" in told.text("en") for told in plan.notes)


@st.composite
def towns(draw: st.DrawFn) -> Coverage:
    metres = st.integers(0, 8).map(lambda n: 20.0 * n)
    hours = st.sampled_from([ALWAYS, daily(8, 12), daily(10, 22)])
    places = {}
    for n in range(draw(st.integers(1, 5))):
        stands = draw(st.sampled_from([False, False, True]))
        places[f"{'S' if stands else 'V'}{n}"] = Place(
            x=draw(metres), hours=draw(hours), stands=stands
        )
    cells = [(x, 0.0) for x in draw(st.lists(metres, min_size=1, max_size=5))]
    count = st.lists(st.integers(0, 9), min_size=len(cells), max_size=len(cells))
    people = {"rider": draw(count), "courier": draw(count)}
    return option_town(places, {}, cells, people, reach_m=60.0, cutoff_m=90.0)


@given(towns(), st.integers(0, 2), st.integers(0, 100))
@settings(max_examples=15, deadline=None)
def test_no_choice_has_a_greater_mean_over_the_draws(
    coverage: Coverage, count: int, seed: int
) -> None:
    doubts = Doubts(reach_share=0.3, close_share=0.3, cost_share=0.0)
    problem = build_problem(coverage, Limits(count=count))
    plan = robust_plan(coverage, problem, doubts=doubts, draws=4, seed=seed, gap_share=0.0)
    drawer = Drawer(coverage, doubts, seed)
    drawn = [drawer.draw(number) for number in range(4)]

    def mean(options: tuple[str, ...]) -> float:
        chosen = Plan(
            options=options, served_milli=0, bound_milli=0, total_milli=0, cost_yuan=0.0,
            status=Status.FEASIBLE, seconds=0.0,
        )  # fmt: skip
        trials = Trials(coverage, problem, chosen, reach_share=doubts.reach_share)
        tried = [trials.run(one, seed=[0], search=False) for one in drawn]
        return sum(one.served for one in tried) / 60_000 / 4

    assert plan.goal is not None
    assert plan.goal.value == pytest.approx(mean(plan.options))
    best = max(mean(some) for n in range(count + 1) for some in combinations(problem.options, n))
    assert plan.goal.value == pytest.approx(best)
