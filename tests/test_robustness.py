"""How sure a plan is when demand, reach, costs and closures turn out otherwise."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from changed_towns import Change, option_town
from hypothesis import given, settings
from hypothesis import strategies as st
from plane_towns import Place, daily, plane_town
from scipy.sparse import csr_array

from planner.coverage import Coverage, measure_coverage
from planner.district.settings import Limits
from planner.hours import ALWAYS
from planner.siting import Plan, SitingProblem, build_problem, solve
from planner.siting.doubt.doubts import Doubts, Draw, Drawer
from planner.siting.doubt.robustness import QUANTILES, how_sure
from planner.siting.doubt.scenes import LEVELS, Scenes
from planner.siting.doubt.trials import Trials

CERTAIN = Doubts(demand=0.0, reach_share=0.0, cost_share=0.0, close_share=0.0)
MILLI_HOUR = 60_000


def with_errors(coverage: Coverage, error: float, areas: Sequence[str] | None = None) -> Coverage:
    """Give every headcount the same standard error, and each cell an area."""
    demand = coverage.demand
    cells = demand.cells.assign(community=list(areas) if areas else "")
    errors = np.where(demand.workers > 0, error, 0.0)
    return replace(coverage, demand=replace(demand, cells=cells, error_share=errors))


def asked(coverage: Coverage, limits: Limits) -> tuple[SitingProblem, Plan]:
    problem = build_problem(coverage, limits)
    return problem, solve(problem, time_limit_s=20, gap_share=0.0)


def line(error: float = 0.3) -> Coverage:
    """V1 serves 10 people, V2 9, V3 2 of those 9 and 3 more, S1 4 others."""
    places = {
        "V1": Place(x=0),
        "V2": Place(x=1000),
        "V3": Place(x=1150),
        "S1": Place(x=2000, stands=True),
    }
    cells = [(0.0, 0.0), (1000.0, 0.0), (1075.0, 0.0), (1200.0, 0.0), (2000.0, 0.0)]
    coverage = plane_town(places, cells, {"rider": [10, 7, 2, 3, 4]})
    return with_errors(coverage, error, ["a", "b", "c", "d", "e"])


def test_without_any_doubt_the_plan_is_chosen_every_time_and_nothing_is_regretted() -> None:
    coverage = line()
    problem, plan = asked(coverage, Limits(count=2))
    sure = how_sure(coverage, problem, plan, doubts=CERTAIN, draws=10)
    assert plan.options == ("V1", "V2")
    assert sure.sure_share.to_dict() == {"V1": 1.0, "V2": 1.0, "V3": 0.0}
    assert (sure.by_draw["regret_hours"] == 0).all()
    assert (sure.by_draw["served_hours"] == plan.served).all()
    assert (sure.by_draw["served_share"] == plan.served_milli / plan.total_milli).all()
    assert (sure.by_kind.to_numpy() == 0).all()
    assert sure.over_budget_share == 0
    assert sure.stand_ins.empty
    assert list(sure.quantiles.index) == list(QUANTILES)


def test_a_draw_depends_on_seed_and_number_alone_so_that_more_draws_extend_fewer() -> None:
    coverage = line()
    problem, plan = asked(coverage, Limits(count=1, budget_yuan=1500.0))
    few = how_sure(coverage, problem, plan, draws=7, seed=3)
    many = how_sure(coverage, problem, plan, draws=12, seed=3)
    other = how_sure(coverage, problem, plan, draws=7, seed=4)
    pd.testing.assert_frame_equal(few.by_draw, many.by_draw.iloc[:7])
    assert not few.by_draw["served_hours"].equals(other.by_draw["served_hours"])
    assert (few.draws, few.asked, many.draws) == (7, 7, 12)


def test_the_second_best_site_is_chosen_as_often_as_it_has_more_people() -> None:
    # One opening: V1 with 10 people, or V2 with 7 + 2, each off by about a third.
    coverage = line(0.3)
    problem, plan = asked(coverage, Limits(count=1))
    doubts = replace(CERTAIN, demand=1.0, together_share=0.0)
    sure = how_sure(coverage, problem, plan, doubts=doubts, draws=300)
    drawer = Drawer(coverage, doubts, seed=0)
    people = np.array([drawer.draw(number).people[:, 0] for number in range(300)])
    people = people * coverage.demand.workers[:, 0]
    second = people[:, 1] + people[:, 2] > people[:, 0]
    third = people[:, 2] + people[:, 3] > np.maximum(people[:, 0], people[:, 1] + people[:, 2])
    assert sure.sure_share["V2"] == pytest.approx((second & ~third).mean())
    assert sure.sure_share["V1"] == pytest.approx((~second & ~third).mean())
    assert 0.1 < sure.sure_share["V2"] < 0.6


def test_people_of_a_cell_err_as_the_demand_says_and_those_of_an_area_as_the_count() -> None:
    cells = [(float(n), 0.0) for n in range(8)]
    coverage = plane_town({"V1": Place(x=0)}, cells, {"rider": [5, 5, 5, 5, 10, 20, 0, 0]})
    coverage = with_errors(coverage, 0.4, ["a"] * 4 + ["b"] * 4)
    error = coverage.demand.error_share.copy()
    error[4:6] = 0.1
    coverage = replace(coverage, demand=replace(coverage.demand, error_share=error))
    drawer = Drawer(coverage, CERTAIN_BUT_DEMAND, seed=1)
    people = np.array([drawer.draw(number).people[:, 0] for number in range(4000)])
    assert people.mean(axis=0) == pytest.approx(np.ones(8), abs=0.03)
    assert people[:, :6].std(axis=0) == pytest.approx([0.4] * 4 + [0.1] * 2, rel=0.12)
    whole = people @ coverage.demand.workers[:, 0]
    area = people[:, :4].sum(axis=1) / 4
    assert area.std() == pytest.approx(0.1, rel=0.1)  # a survey errs by a tenth
    assert (people[:, 6:] == 1).all()
    # Half of the squared error is common to both areas: 20 and 30 of 50 people.
    spread = 0.1 * np.sqrt(0.5 + 0.5 * (0.4**2 + 0.6**2))
    assert whole.std() / 50 == pytest.approx(spread, rel=0.1)


CERTAIN_BUT_DEMAND = replace(CERTAIN, demand=1.0)


def draw_of(coverage: Coverage, **given: object) -> Draw:
    shape = (len(coverage.demand.cells), len(coverage.demand.groups))
    as_expected: dict[str, object] = {
        "people": np.ones(shape),
        "reach": np.zeros(shape[1]),
        "cost": np.ones(len(coverage.options.sites)),
        "shut": np.zeros(len(coverage.options.sites), bool),
    }
    return Draw(**(as_expected | given))  # type: ignore[arg-type]  # fields of Draw


def test_a_site_that_is_shut_serves_nobody_and_is_not_counted_as_left_out() -> None:
    coverage = line()
    problem, plan = asked(coverage, Limits(count=2))
    trials = Trials(coverage, problem, plan, reach_share=0.0)
    sites = list(coverage.options.sites.index)
    for shut, served, best in (
        ([], 10 + 9 + 4, 10 + 9 + 4),
        (["V1"], 9 + 4, 9 + 3 + 4),
        (["V2"], 10 + 4, 10 + 2 + 3 + 4),
        (["S1"], 10 + 9, 10 + 9),
        (["V1", "V2", "V3", "S1"], 0, 0),
    ):
        draw = draw_of(coverage, shut=np.isin(sites, shut))
        trial = trials.run(draw, seed=[0])
        assert trial.served == served * 168 * MILLI_HOUR
        assert trial.best == best * 168 * MILLI_HOUR
        assert not (trial.chosen & trial.shut).any()


def test_when_prices_rise_the_budget_is_what_the_plan_costs_and_it_is_told() -> None:
    coverage = line()
    problem, plan = asked(coverage, Limits(budget_yuan=2000.0))
    trials = Trials(coverage, problem, plan, reach_share=0.0)
    dear = trials.run(draw_of(coverage, cost=np.full(4, 1.2)), seed=[0])
    assert plan.options == ("V1", "V2")
    assert dear.cost_fen == 240_000
    assert dear.best == dear.served == plan.served_milli
    cheap = trials.run(draw_of(coverage, cost=np.full(4, 0.6)), seed=[0])
    assert cheap.best == (10 + 9 + 3 + 4) * 168 * MILLI_HOUR  # there is money for all three
    sure = how_sure(coverage, problem, plan, doubts=replace(CERTAIN, cost_share=0.2), draws=40)
    assert 0.2 < sure.over_budget_share < 0.8
    assert sure.by_draw["cost_yuan"].between(1600, 2400).all()
    assert (sure.by_draw["served_hours"] == plan.served).all()


def test_a_locked_site_stays_chosen_and_a_forbidden_one_never_is() -> None:
    coverage = line()
    problem, plan = asked(coverage, Limits(count=1, lock=("V3",), forbid=("V1",)))
    sure = how_sure(coverage, problem, plan, draws=20)
    assert plan.options == ("V3",)
    assert sure.sure_share.to_dict() == {"V1": 0.0, "V2": 0.0, "V3": 1.0}


def test_two_venues_side_by_side_stand_in_for_each_other() -> None:
    # Both reach the 8 people between them, and each some of its own.
    places = {"V1": Place(x=0), "V2": Place(x=100), "V3": Place(x=2000)}
    cells = [(-90.0, 0.0), (50.0, 0.0), (190.0, 0.0), (2000.0, 0.0)]
    coverage = plane_town(places, cells, {"rider": [3, 8, 3, 30]})
    coverage = with_errors(coverage, 0.4, ["a", "b", "c", "d"])
    problem, plan = asked(coverage, Limits(count=2))
    sure = how_sure(coverage, problem, plan, doubts=CERTAIN_BUT_DEMAND, draws=60)
    assert sure.stand_ins[["one", "other", "instead_share"]].to_numpy().tolist() == [
        ["V1", "V2", 1.0]
    ]
    assert sure.stand_ins["overlap_share"][0] == pytest.approx(8 / 11)
    assert [group.text("en") for group in sure.groups] == [
        "V1, V2 stand in for each other: one of them is chosen in 100% of the draws."
    ]
    assert "可相互替代" in sure.groups[0].text("zh")


def test_an_upgrade_and_a_closing_have_a_sureness_of_their_own() -> None:
    places = {"S1": Place(x=0, stands=True, hours=daily(8, 20)), "V1": Place(x=50)}
    changes = {"S1+24h": Change(site="S1", steps=("extend_24h",))}
    coverage = option_town(places, changes, [(0, 0), (120, 0)], {"rider": [5, 1]})
    problem, _ = asked(coverage, Limits(count=1, may_close=("S1",), forbid=("S1",)))
    plan = solve(problem, time_limit_s=20, gap_share=0.0)
    assert plan.options == ("V1",)
    sure = how_sure(coverage, problem, plan, doubts=CERTAIN, draws=3)
    assert sure.sure_share["S1"] == 1.0  # closes every time
    assert sure.sure_share["V1"] == 1.0
    longer = Limits(measures=("extend_24h",), budget_yuan=500.0)
    problem, plan = asked(coverage, longer)
    assert plan.options == ("S1+24h",)
    sure = how_sure(coverage, problem, plan, doubts=replace(CERTAIN, close_share=0.5), draws=40)
    assert sure.sure_share["S1+24h"] == 1.0  # wherever the station is not shut
    assert set(sure.by_draw["served_hours"]) == {0.0, 5.0 * 168}


def test_a_plan_whose_limits_clash_or_that_serves_nobody_is_drawn_all_the_same() -> None:
    coverage = line()
    problem, plan = asked(coverage, Limits(count=0, lock=("V1",)))
    assert not plan.options
    sure = how_sure(coverage, problem, plan, doubts=CERTAIN, draws=2)
    assert sure.draws == 2
    nobody = with_errors(plane_town({"V1": Place(x=0)}, [(0.0, 0.0)], {"rider": [0]}), 0.3)
    problem, plan = asked(nobody, Limits(count=1))
    sure = how_sure(nobody, problem, plan, draws=9)
    assert (sure.by_draw[["served_hours", "served_share", "regret_hours"]] == 0).all().all()


def test_a_stay_of_some_weeks_counts_in_these_alone() -> None:
    changes = {
        "V1+container@stay": Change(site="V1", steps=("container",), weeks=tuple(range(1, 14)))
    }
    places = {"V1": Place(x=0), "S1": Place(x=500, stands=True)}
    coverage = option_town(places, changes, [(0, 0), (500, 0)], {"rider": [8, 1]})
    scenes = Scenes(coverage, ["V1", "V1+container@stay"], ["S1"], reach_share=0.0)
    scene = scenes.scene(draw_of(coverage), there=np.ones(1, bool))
    adds = scene.serves.T.astype(np.int64) @ scene.value
    assert adds.tolist() == [8 * 168 * MILLI_HOUR, 2 * 168 * MILLI_HOUR]
    assert scene.base == 168 * MILLI_HOUR


def test_a_plan_in_phases_is_held_to_its_own_money() -> None:
    coverage = line()
    problem = build_problem(coverage, Limits())
    _, plan = asked(coverage, Limits(count=1))
    phased = replace(plan, phase_of={"V1": "2027"})
    sure = how_sure(coverage, problem, phased, doubts=CERTAIN, draws=2)
    assert (sure.by_draw["regret_hours"] == 0).all()
    assert "in phases" in sure.notes[-1].text("en")
    free = how_sure(coverage, problem, plan, doubts=CERTAIN, draws=2)
    assert (free.by_draw["regret_hours"] == 12 * 168).all()  # V2 and V3 could open too


def test_stopping_early_gives_what_there_is_and_says_so() -> None:
    coverage = line()
    problem, plan = asked(coverage, Limits(count=1))
    sure = how_sure(coverage, problem, plan, draws=50, time_limit_s=0.0)
    assert (sure.draws, sure.asked, len(sure.by_draw)) == (1, 50, 1)
    assert "1 of 50 draws were made in the time." in [one.text("en") for one in sure.notes]
    calls: list[float] = []
    how_sure(
        coverage,
        problem,
        plan,
        draws=50,
        stop=lambda: len(calls) >= 4,
        progress=lambda _, done: calls.append(done),
    )
    assert calls[-1] == 1.0
    assert len(calls) == 5


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"draws": 0}, "draws must be at least 1"),
        ({"time_limit_s": float("nan")}, "time_limit_s must be at least 0"),
    ],
)
def test_numbers_out_of_range_are_refused(wrong: dict[str, float], message: str) -> None:
    coverage = line()
    problem, plan = asked(coverage, Limits(count=1))
    with pytest.raises(ValueError, match=message):
        how_sure(coverage, problem, plan, **wrong)  # type: ignore[arg-type]  # on purpose


@pytest.mark.parametrize(
    "wrong",
    [
        {"demand": -1.0},
        {"demand": float("nan")},
        {"together_share": 1.1},
        {"reach_share": 1.0},
        {"cost_share": -0.1},
        {"close_share": 1.0},
    ],
)
def test_doubts_out_of_range_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Doubts(**wrong)


@st.composite
def towns(draw: st.DrawFn) -> Coverage:
    metres = st.integers(0, 8).map(lambda n: 25.0 * n)
    hours = st.sampled_from([ALWAYS, daily(8, 12), daily(10, 22)])
    places = {
        f"{'S' if draw(st.booleans()) else 'V'}{n}": Place(x=draw(metres), hours=draw(hours))
        for n in range(draw(st.integers(1, 5)))
    }
    places = {
        name: Place(x=one.x, hours=one.hours, stands=name.startswith("S"))
        for name, one in places.items()
    }
    cells = [(x, 0.0) for x in draw(st.lists(metres, min_size=1, max_size=6))]
    count = st.lists(st.integers(0, 9), min_size=len(cells), max_size=len(cells))
    people = {"rider": draw(count), "courier": draw(count)}
    return option_town(places, {}, cells, people, reach_m=60.0, cutoff_m=90.0)


@given(towns(), st.tuples(*[st.integers(0, LEVELS - 1)] * 2), st.sampled_from(["", "shut"]))
@settings(max_examples=30, deadline=None)
def test_rows_of_a_draw_are_those_of_coverage_with_that_reach_and_without_shut_stations(
    coverage: Coverage, levels: tuple[int, int], shut: str
) -> None:
    share = 0.4
    table = coverage.options.table
    options = [name for name in table.index if table["measure"][name] == "open"]
    fixed = [name for name in table.index if table["measure"][name] == "keep"]
    scenes = Scenes(coverage, options, fixed, reach_share=share)
    places = np.array([(2 * level + 1) / LEVELS - 1 for level in levels])
    there = np.ones(len(fixed), bool)
    if shut and fixed:
        there[0] = False
    scene = scenes.scene(draw_of(coverage, reach=places), there=there)
    lengths = coverage.travel["walk"].length_mm.tocoo()
    reach = {}
    for group, at in zip(coverage.ways, places, strict=True):
        near = lengths.data <= round(60.0 * (1 + share * at) * 1000)
        dense = np.zeros(lengths.shape, bool)
        dense[lengths.row[near], lengths.col[near]] = True
        reach[group] = csr_array(dense)
    moved = replace(coverage, reach=reach)
    standing = [name for name, up in zip(fixed, there, strict=True) if up]
    assert scene.base == measure_coverage(moved, standing).served_milli
    assert scene.total == coverage.total_milli
    for k, name in enumerate(options):
        adds = int(scene.value[scene.serves[:, [k]].toarray().ravel() > 0].sum())
        assert scene.base + adds == measure_coverage(moved, [*standing, name]).served_milli


@given(towns(), st.integers(0, 3), st.integers(0, 50))
@settings(max_examples=15, deadline=None)
def test_the_best_of_a_draw_is_never_worse_than_the_plan_and_within_the_limits(
    coverage: Coverage, count: int, seed: int
) -> None:
    coverage = with_errors(coverage, 0.5)
    problem, plan = asked(coverage, Limits(count=count))
    trials = Trials(coverage, problem, plan, reach_share=0.1)
    drawer = Drawer(coverage, Doubts(close_share=0.2), seed)
    for number in range(3):
        trial = trials.run(drawer.draw(number), seed=[seed, number])
        assert trial.best >= trial.served
        assert int(trial.chosen.sum()) <= max(count, 0)
        assert not (trial.chosen & trial.shut).any()
