"""Plans in phases: money, openings and quotas of each, growth, and what is done already."""

import itertools
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from chosen_towns import Place, counted, random_town, town_of, venues
from coverage_towns import demand_of
from hypothesis import given, settings
from hypothesis import strategies as st
from plan_checker import broken_limits
from scipy.sparse import csr_array
from small_sitings import Rules, siting

from planner.coverage import Coverage
from planner.district.settings import Limits, Objective, Phase, Quota
from planner.errors import SettingsError
from planner.siting import Plan, Status, build_problem, solve
from planner.siting.choose import choose
from planner.siting.goals.expansion import expand_phases
from planner.siting.goals.phase_ends import end_problem
from planner.siting.goals.phases import (
    Growth,
    Phased,
    Rollout,
    cumulative_curve,
    phase_weights,
)
from planner.siting.goals.rollout import growth_of, rollout_of

SEEDS = (1, 2, 3)


def phase(number: int, **more: object) -> Phase:
    return replace(Phase(id=f"y{number}", name=f"第{number}年"), **more)  # type: ignore[arg-type]  # fields of Phase


def line(*people: int, gap_m: float = 400.0, today: int = 0) -> Coverage:
    """Give a town where each venue serves one cell, on a line; the first may stand today."""
    cells = len(people)
    return town_of(
        [
            Place(
                metres=tuple(0.0 if cell == n else 1900.0 for cell in range(cells)),
                existing=n < today,
                xy=(n * gap_m, 0.0),
                community=f"C{n}",
            )
            for n in range(cells)
        ],
        demand_of(np.array(people, np.int64).reshape(1, cells, 1) * 1000),
    )


def within(phases: tuple[Phase, ...], **more: object) -> Limits:
    return replace(
        Limits(phases=phases, gap_share=0.0, time_limit_s=300.0),
        **more,  # type: ignore[arg-type]  # fields of Limits
    )


def by_phase(plan: Plan) -> list[tuple[str, str]]:
    return sorted((step, option) for option, step in plan.phase_of.items())


def sets_by_phase(options: list[str], count: int) -> Iterator[list[set[str]]]:
    """Give every way to open some options in phases."""
    for when in itertools.product(range(-1, count), repeat=len(options)):
        pairs = list(zip(options, when, strict=True))
        yield [{option for option, at in pairs if at == t} for t in range(count)]


def sum_over_phases(town: Coverage, opened: list[set[str]], phases: tuple[Phase, ...]) -> float:
    """Add up the worker-hours served at the end of each phase, by weight."""
    until = [set().union(*opened[: t + 1]) for t in range(len(opened))]
    return sum(
        step.weight * counted(town, sorted(there))
        for step, there in zip(phases, until, strict=True)
    )


def test_what_serves_most_is_opened_first() -> None:
    plan = choose(line(30, 10, 20), within((phase(1, count=1), phase(2, count=1))))
    assert by_phase(plan) == [("y1", "s0"), ("y2", "s2")]
    hours = 168.0
    assert plan.served == 50 * hours
    assert plan.goal is not None
    assert plan.goal.value == pytest.approx((30 + 50) / 2 * hours)  # mean over the phases
    assert plan.goal.bound == pytest.approx(plan.goal.value)


def test_money_that_is_left_over_goes_to_the_next_phase_and_openings_do_not() -> None:
    town = line(30, 20, 10)
    spent = choose(town, within((phase(1, budget_yuan=500.0), phase(2, budget_yuan=1500.0))))
    assert by_phase(spent) == [("y2", "s0"), ("y2", "s1")]
    counts = choose(town, within((phase(1, count=0), phase(2, count=1))))
    assert by_phase(counts) == [("y2", "s0")]


def test_a_later_phase_of_more_weight_may_come_dear_to_an_earlier_one() -> None:
    # s1 costs what both phases have; s0 and s2 one phase each.
    town = line(10, 30, 10)
    costs = town.options.table.assign(cost_setup_yuan=[1000.0, 2000.0, 1000.0])
    town = replace(town, options=replace(town.options, table=costs))
    steps = (phase(1, budget_yuan=1000.0), phase(2, budget_yuan=1000.0))
    assert by_phase(choose(town, within(steps))) == [("y2", "s1")]
    early = (replace(steps[0], weight=3.0), steps[1])
    assert by_phase(choose(town, within(early))) == [("y1", "s0"), ("y2", "s2")]


def test_what_opens_has_an_earlier_station_near() -> None:
    town = line(1, 2, 3, 50, today=1)
    steps = (phase(1), phase(2))
    plan = choose(town, within(steps, contiguous_m=400.0))
    assert by_phase(plan) == [("y1", "s1"), ("y2", "s2")]  # s3 would be the third step
    nowhere = choose(line(1, 2, 3, 50), within((phase(1, count=1), phase(2)), contiguous_m=400.0))
    assert by_phase(nowhere) == [("y1", "s3"), ("y2", "s2")]


def test_what_is_done_stays_and_nothing_else_opens_in_that_phase() -> None:
    town = line(30, 20, 10)
    steps = (phase(1, count=2, done=("s2",)), phase(2, count=1))
    plan = choose(town, within(steps))
    assert by_phase(plan) == [("y1", "s2"), ("y2", "s0")]
    gone = choose(town, within((phase(1, done=("s7",)), phase(2))))
    assert gone.status is Status.INFEASIBLE
    assert "s7 was chosen in phase y1" in gone.reasons[0].text("en")


def test_quotas_of_a_phase_hold_from_its_end_on() -> None:
    town = line(30, 20, 10)
    must = Quota(scope="community", which=("C2",), least=1)
    steps = (phase(1, count=1, quotas=(must,)), phase(2, count=1))
    assert by_phase(choose(town, within(steps))) == [("y1", "s2"), ("y2", "s0")]
    atend = within((phase(1, count=1), phase(2, count=1)), quotas=(must,))
    assert by_phase(choose(town, atend)) == [("y1", "s0"), ("y2", "s2")]


def test_three_years_end_with_the_shares_that_a_province_asks_for() -> None:
    # Zhejiang: benchmark stations 1.3 times the streets (here 2: 3 of them), 24 hours at 15 %.
    town = line(60, 50, 40, 30, 20, 10, 5, 4)
    marked = town.options.table.assign(
        benchmark=[False, True, False, True, True, False, False, False],
        all_day=[False, False, False, False, False, False, True, True],
    )
    town = replace(town, options=replace(town.options, table=marked))
    shares = (Quota(stations="benchmark", least=3), Quota(stations="all_day", least_share=0.15))
    steps = tuple(phase(n, count=2) for n in (1, 2, 3))
    plan = choose(town, within(steps, quotas=shares))
    # Six openings: three benchmarks, one of 24 hours (15 % of six is 0.9), and the two best others;
    # the most is served early.
    assert by_phase(plan) == [
        ("y1", "s0"), ("y1", "s1"), ("y2", "s2"), ("y2", "s3"), ("y3", "s4"), ("y3", "s6"),
    ]  # fmt: skip
    curve = cumulative_curve(town, plan, steps)
    assert curve["served_hours"].tolist() == [110 * 168.0, 180 * 168.0, 205 * 168.0]
    assert curve["measures"].tolist() == [2, 2, 2]


def test_the_curve_tells_what_stands_at_the_end_of_each_phase() -> None:
    town = line(30, 10, 20, today=1)
    steps = (phase(1, count=1), phase(2, count=1))
    curve = cumulative_curve(town, choose(town, within(steps)), steps)
    assert curve.index.tolist() == ["y1", "y2"]
    assert curve["opened"].tolist() == [1, 1]
    assert curve["all_cost_yuan"].tolist() == [1000.0, 2000.0]
    assert curve["served_hours"].tolist() == [50 * 168.0, 60 * 168.0]
    assert curve["share"].tolist() == pytest.approx([5 / 6, 1.0])


def test_a_station_serves_as_it_is_until_it_is_upgraded() -> None:
    problem = siting(
        {"keep": "a", "keep+24h": "ab", "new": "c"},
        {"a": 5, "b": 1, "c": 4},
        Rules(
            sites={"keep": "here", "keep+24h": "here"},
            costs={"keep+24h": 1.0, "new": 1.0},
            keeps=("keep",),
        ),
    )
    steps = (phase(1, budget_yuan=1.0), phase(2, budget_yuan=1.0))
    phased = expand_phases(problem, Rollout(phases=steps, before={"keep+24h": "keep"}))
    plan = solve(phased.problem, time_limit_s=60, gap_share=0)
    assert plan.options == ("keep+24h (y2)", "new (y1)")
    assert plan.served_milli == (5 + 4) + (5 + 1 + 4)


def test_one_phase_is_no_phase() -> None:
    for seed in SEEDS:
        town = random_town(seed)
        plain = choose(town, Limits(count=2, budget_yuan=4000.0, gap_share=0.0))
        alone = choose(town, within((phase(1),), count=2, budget_yuan=4000.0))
        assert alone.options == plain.options
        assert alone.served_milli == plain.served_milli
        assert set(alone.phase_of.values()) <= {"y1"}


def test_weights_become_small_whole_numbers() -> None:
    assert phase_weights([phase(1), phase(2)]).tolist() == [1, 1]
    assert phase_weights([phase(1, weight=1.5), phase(2, weight=0.25)]).tolist() == [6, 1]


@pytest.mark.parametrize("seed", SEEDS)
def test_no_other_way_to_open_in_phases_is_better(seed: int) -> None:
    town = random_town(seed, sites=6, existing=1)
    new = venues(town)
    cost = town.options.table["cost_setup_yuan"]
    steps = (
        phase(1, budget_yuan=3000.0, count=1),
        phase(2, budget_yuan=2500.0, weight=2.0),
        phase(3, budget_yuan=2000.0, count=1),
    )
    limits = within(steps, contiguous_m=350.0, count=3)
    where = town.options.sites[["x", "y"]]

    def allowed(opened: list[set[str]]) -> bool:
        spent = given = 0.0
        standing = ["s0"]
        for step, some in zip(steps, opened, strict=True):
            spent += float(cost[sorted(some)].sum())
            given += step.budget_yuan or 0.0
            far = where.loc[sorted(some)].to_numpy()[:, None] - where.loc[standing].to_numpy()
            near = np.hypot(far[..., 0], far[..., 1]) <= 350.0
            if spent > given or not near.any(axis=1).all():
                return False
            if step.count is not None and len(some) > step.count:
                return False
            standing += sorted(some)
        return len(standing) <= 4

    most = max(
        sum_over_phases(town, opened, steps) for opened in sets_by_phase(new, 3) if allowed(opened)
    )
    plan = choose(town, limits)
    opened = [{k for k in plan.options if plan.phase_of[k] == step.id} for step in steps]
    assert allowed(opened)
    assert sum_over_phases(town, opened, steps) == pytest.approx(most)
    assert plan.goal is not None
    assert plan.goal.value == pytest.approx(most / 4)
    assert most / 4 - 1e-6 <= plan.goal.bound <= most / 4 + 1e-3


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.data())
def test_what_stands_at_the_end_of_a_phase_is_a_choice_of_that_end(
    seed: int, data: st.DataObject
) -> None:
    town = random_town(seed, sites=6, existing=2)
    steps = (
        phase(1, count=data.draw(st.integers(0, 2)), budget_yuan=3000.0),
        phase(2, budget_yuan=float(data.draw(st.integers(0, 5)) * 1000)),
        phase(3, count=1),
    )
    limits = within(steps, may_close=("s1",), min_separation_m=150.0, contiguous_m=500.0)
    problem = build_problem(town, limits)
    rollout = rollout_of(problem, town, limits, lambda asked: build_problem(town, asked))
    phased = expand_phases(problem, rollout)
    plan = solve(phased.problem, time_limit_s=60, gap_share=0)
    if plan.status is Status.INFEASIBLE:
        return
    assert broken_limits(phased.problem, _places(phased, plan)) == []
    option, at = phased.pairs_of(plan)
    for u in range(3):
        end = end_problem(problem, rollout, u)
        assert broken_limits(end, sorted(option[at <= u].tolist())) == []


def _places(phased: Phased, plan: Plan) -> list[int]:
    return [k for k, name in enumerate(phased.problem.options) if name in plan.options]


def test_a_large_town_is_taken_apart_with_a_bound_that_holds() -> None:
    town = random_town(5, sites=100, cells=60, existing=2)
    steps = tuple(phase(n, budget_yuan=6000.0, count=3) for n in (1, 2, 3))
    limits = within(steps, min_separation_m=60.0, contiguous_m=600.0, gap_share=0.01)
    problem = build_problem(town, limits)
    rollout = rollout_of(problem, town, limits, lambda asked: build_problem(town, asked))
    phased = expand_phases(problem, rollout)
    assert len(phased.option) > 240
    heard: list[Plan] = []
    plan = choose(town, limits, on_better=heard.append)
    assert heard
    names = {f"{option} ({step})" for option, step in plan.phase_of.items()}
    places = [k for k, name in enumerate(phased.problem.options) if name in names]
    assert len(places) == len(plan.options) > 0
    assert broken_limits(phased.problem, places) == []
    whole = solve(phased.problem, time_limit_s=60, gap_share=0.01)
    assert plan.goal is not None
    assert plan.goal.bound >= whole.served_milli / 3 / 60_000
    assert plan.goal.value <= whole.bound_milli / 3 / 60_000
    assert plan.goal.gap <= 0.01


def test_objectives_that_do_not_add_up_over_phases_are_refused() -> None:
    town, steps = line(1, 2), (phase(1), phase(2))
    with pytest.raises(SettingsError, match="p_center"):
        choose(town, within(steps, objectives=(Objective(kind="p_center"),), count=1))
    two = (Objective(), Objective(kind="graded"))
    with pytest.raises(SettingsError):
        choose(town, within(steps, objectives=two, one_after_the_other=True, count=1))
    with pytest.raises(ValueError, match="id of its own"):
        Rollout(phases=(phase(1), phase(1)))


def test_a_mean_way_is_a_mean_over_the_phases_too() -> None:
    town = line(30, 10)
    median = (Objective(kind="p_median"),)
    plan = choose(town, within((phase(1, count=1), phase(2, count=1)), objectives=median))
    assert by_phase(plan) == [("y1", "s0"), ("y2", "s1")]
    assert plan.goal is not None
    assert plan.goal.value == pytest.approx((500 * 10 / 40 + 0) / 2)


def test_places_exactly_as_far_apart_as_growth_may_step_are_near() -> None:
    town = line(1, 1, 1, today=1)
    problem = build_problem(town, Limits(count=2))
    near = growth_of(problem, town, 400.0)
    assert near is not None
    assert near.near_today.tolist() == [True, False]
    assert near.near.toarray().tolist() == [[0, 1], [1, 0]]
    short = growth_of(problem, town, 399.9)
    assert short is not None
    assert not short.near.toarray().any()
    assert growth_of(problem, town, None) is None


def test_growth_needs_an_earlier_station_not_one_of_the_same_phase() -> None:
    problem = siting({"a": "x", "b": "y"}, {"x": 1, "y": 1})
    growth = Growth(
        near=csr_array(np.array([[0, 1], [1, 0]], np.int8)),
        near_today=np.array([True, False]),
        anything_today=True,
    )
    phased = expand_phases(problem, Rollout(phases=(phase(1), phase(2)), growth=growth))
    assert phased.problem.options == ("a (y1)", "a (y2)", "b (y2)")
    both = [phased.problem.options.index(name) for name in ("a (y2)", "b (y2)")]
    assert broken_limits(phased.problem, both) != []
    turn = [phased.problem.options.index(name) for name in ("a (y1)", "b (y2)")]
    assert broken_limits(phased.problem, turn) == []
