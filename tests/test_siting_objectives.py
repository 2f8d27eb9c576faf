"""Each objective on towns so small that every plan can be tried."""

from dataclasses import replace

import numpy as np
import pytest
from chosen_towns import Place, best, counted, mean_way, random_town, some_of, town_of, venues
from coverage_towns import demand_of
from hypothesis import given, settings
from hypothesis import strategies as st
from plan_checker import broken_limits
from scipy.spatial.distance import pdist

from planner.coverage import Coverage
from planner.coverage.grades import decay_grades, way_ends, way_grades
from planner.coverage.levels import LeveledRows, backup_rows, leveled_rows
from planner.coverage.service import tally_service
from planner.coverage.tally import PLACE, tally_options
from planner.district.settings import Limits, Objective, ServiceRules
from planner.errors import SettingsError
from planner.siting import Plan, Status, build_problem
from planner.siting.choose import choose
from planner.siting.goals.objectives import mixed_problem, part_problem, value_of
from planner.siting.goals.parts import Town, part_of, served_part

SEEDS = (1, 2, 3)
MINUTES = 60_000


def limits_of(*kinds: str, count: int | None = 2, **more: object) -> Limits:
    objectives = tuple(Objective(kind=kind, target_share=0.7) for kind in kinds)
    return replace(
        Limits(objectives=objectives, count=count, gap_share=0.0, time_limit_s=300.0),
        **more,  # type: ignore[arg-type]  # fields of Limits
    )


def plan_of(coverage: Coverage, *kinds: str, count: int | None = 2, **more: object) -> Plan:
    limits = limits_of(*kinds, count=count, **more)
    plan = choose(coverage, limits)
    problem = build_problem(coverage, limits)
    chosen = [k for k, option in enumerate(problem.options) if option in plan.options]
    assert broken_limits(problem, chosen) == []
    assert plan.served == pytest.approx(counted(coverage, plan.options))
    return plan


def got(rows: LeveledRows, options: list[str]) -> int:
    times = rows.serves.T.astype(int) @ np.isin(rows.options, options).astype(int)
    once = int(rows.value_milli[times > 0].sum())
    return rows.base_milli + once + int(rows.twice_milli[times > 1].sum())


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 2), st.data())
def test_rows_by_nearness_count_what_a_tally_of_everybody_counts(
    seed: int, existing: int, data: st.DataObject
) -> None:
    town = random_town(seed, existing=existing)
    new = venues(town)
    fixed = [f"s{n}" for n in range(existing)]
    chosen = data.draw(st.lists(st.sampled_from(new), unique=True))
    for decay in ("none", "stepped", "linear", "gaussian", "exponential"):
        grades = decay_grades(town, decay=decay)
        rows = leveled_rows(town, new, fixed, grades=grades)
        tally = tally_service(town, [*chosen, *fixed], service=ServiceRules(decay=decay))
        exact = tally.by_cell[:, PLACE["graded"]].sum() / 10_000
        most = int(grades.most[0])
        room = 0.51 if decay in ("none", "stepped") else town.total_milli / 40
        assert abs(got(rows, chosen) / most - exact) <= room
    backup = tally_options(town, town.positions_of([*chosen, *fixed])).by_cell[:, PLACE["backup"]]
    assert got(backup_rows(town, new, fixed), chosen) == backup.sum()


@pytest.mark.parametrize("seed", SEEDS)
def test_ways_by_steps_are_rounded_up_and_exact_ones_are_not(seed: int) -> None:
    town = random_town(seed)
    new = venues(town)
    for exact, step_mm in ((True, 1), (False, 25_000)):
        grades = way_grades(town, ends_mm=way_ends(town, step_mm=step_mm, exact=exact), unit_mm=1)
        rows = leveled_rows(town, new, ["s0"], grades=grades)
        for chosen in some_of(new, 2):
            mean = (rows.total_milli - got(rows, list(chosen))) / town.total_milli / 1000
            above = mean - mean_way(town, chosen)
            assert above == pytest.approx(0, abs=1e-6) if exact else -1e-6 <= above <= 25


def test_a_candidate_is_never_given_rows_that_a_fixed_station_serves_as_well() -> None:
    near, far = Place(metres=(100.0,), existing=True), Place(metres=(300.0,))
    town = town_of([near, far, Place(metres=(40.0,))], demand_of(np.full((1, 1, 1), 1000)))
    rows = leveled_rows(town, ["s1", "s2"], ["s0"], grades=decay_grades(town, decay="linear"))
    # 100 m of 500 is worth 16 of 20 steps, 40 m worth 18 (0.92 to the nearest), 300 m only 8.
    assert rows.serves.toarray().tolist() == [[False], [True]]
    assert rows.value_milli.tolist() == [2 * 1000 * 10_080]
    assert rows.base_milli == 16 * 1000 * 10_080


def test_an_upgrade_of_the_only_station_is_no_second_station() -> None:
    town = town_of(
        [Place(metres=(10.0,), existing=True), Place(metres=(20.0,))],
        demand_of(np.full((1, 1, 1), 1000)),
    )
    table = town.options.table
    better = table.loc[["s0"]].rename(index={"s0": "s0+24h"}).assign(measure="upgrade")
    stacked = type(table)(np.concatenate([table, better]), columns=table.columns)
    stacked.index = [*table.index, "s0+24h"]
    options = replace(town.options, table=stacked)
    both = replace(
        town, options=options, option_class=np.append(town.option_class, town.option_class[0])
    )
    rows = backup_rows(both, ["s0+24h", "s1"], ["s0"])
    assert rows.serves.toarray().tolist() == [[False], [True]]
    assert rows.twice_milli.tolist() == [0]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_most_is_served_twice(seed: int) -> None:
    town = random_town(seed, sites=7)
    plan = plan_of(town, "served_twice", count=3)
    most = best(lambda chosen: counted(town, chosen, "backup"), some_of(venues(town), 3))
    assert plan.goal is not None
    assert counted(town, plan.options, "backup") == pytest.approx(most)
    assert plan.goal.value == pytest.approx(most, abs=0.01)
    assert most <= plan.goal.bound <= most + 0.01


@pytest.mark.parametrize("seed", SEEDS)
def test_without_decay_graded_is_served(seed: int) -> None:
    town = random_town(seed)
    graded, served = plan_of(town, "graded"), plan_of(town, "served")
    assert graded.goal is not None
    assert graded.options == served.options
    assert graded.goal.value == pytest.approx(served.served)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_mean_way_is_the_least_and_is_counted_as_everybody_walks(seed: int) -> None:
    town = random_town(seed)
    plan = plan_of(town, "p_median")
    least = -best(lambda chosen: -mean_way(town, chosen), some_of(venues(town), 2))
    assert plan.goal is not None
    assert plan.goal.value == pytest.approx(least)
    assert plan.goal.value == pytest.approx(mean_way(town, plan.options))
    assert plan.goal.bound <= plan.goal.value
    assert plan.goal.gap < 1e-6


@pytest.mark.parametrize("seed", SEEDS)
def test_the_longest_way_is_the_least(seed: int) -> None:
    town = random_town(seed, sites=7, existing=seed % 2)
    plan = plan_of(town, "p_center", count=3)
    metres = town.travel["walk"].length_mm.toarray() / 1000
    stands = list(range(seed % 2))

    def longest(chosen: tuple[str, ...]) -> float:
        rows = [*stands, *(int(option[1:]) for option in chosen)]
        return float(metres[rows].min(axis=0).max()) if rows else np.inf

    least = -best(lambda chosen: -longest(chosen), some_of(venues(town), 3))
    assert plan.goal is not None
    assert (plan.goal.value, plan.goal.bound) == (least, least)
    assert longest(plan.options) == least


@pytest.mark.parametrize("seed", SEEDS)
def test_new_stations_lie_as_far_apart_as_they_can(seed: int) -> None:
    town = random_town(seed, sites=7, existing=1)
    plan = plan_of(town, "p_dispersion", count=3)
    where = town.options.sites[["x", "y"]]

    def apart(chosen: tuple[str, ...]) -> float:
        return float(pdist(where.loc[["s0", *chosen]].to_numpy(float)).min())

    most = best(apart, (c for c in some_of(venues(town), 3) if len(c) == 3))
    assert plan.goal is not None
    assert plan.goal.value == pytest.approx(most)
    assert plan.goal.bound == pytest.approx(most)
    assert apart(plan.options) == pytest.approx(most)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_target_is_reached_with_the_fewest_openings_and_with_the_least_money(seed: int) -> None:
    town = random_town(seed, sites=7, existing=1)
    new, cost = venues(town), town.options.table["cost_setup_yuan"]
    needed = 0.7 * counted(town, new)
    enough = [chosen for chosen in some_of(new) if counted(town, chosen) >= needed]
    fewest = min(map(len, enough))
    plan = plan_of(town, "fewest_sites", count=None)
    assert plan.goal is not None
    assert (plan.goal.value, plan.goal.bound, len(plan.options)) == (fewest, fewest, fewest)
    most = max(counted(town, chosen) for chosen in enough if len(chosen) == fewest)
    assert plan.served == pytest.approx(most)  # ties go to what serves most
    least = min(cost[list(chosen)].sum() for chosen in enough)
    cheap = plan_of(town, "least_money", count=None)
    assert cheap.goal is not None
    assert (cheap.goal.value, cheap.cost_yuan) == (least, least)
    assert cheap.goal.bound == least
    assert cheap.served >= needed


def test_a_target_that_the_limits_rule_out_is_told_with_what_could_be() -> None:
    town = random_town(1, sites=7, existing=0)
    plan = choose(town, limits_of("fewest_sites", count=0))
    assert plan.status is Status.INFEASIBLE
    assert plan.options == ()
    assert "fewer than the target" in plan.reasons[0].text("en")


@pytest.mark.parametrize("seed", SEEDS)
def test_a_mix_weighs_its_parts_in_worker_hours(seed: int) -> None:
    town = random_town(seed)
    mix = (
        Objective(kind="served"),
        Objective(kind="served_twice", weight=0.5),
        Objective(kind="p_median", weight=0.25),
        Objective(kind="least_money", weight=0.1),
    )
    plan = plan_of(town, count=3, objectives=mix)
    cost = town.options.table["cost_setup_yuan"]

    def worth(chosen: tuple[str, ...]) -> float:
        hours = town.total_milli / MINUTES
        return (
            counted(town, chosen)
            + 0.5 * counted(town, chosen, "backup")
            + 0.25 * hours * (500 - mean_way(town, chosen)) / 500
            - 0.1 * float(cost[list(chosen)].sum())
        )

    most = best(worth, some_of(venues(town), 3))
    assert plan.goal is not None
    assert worth(plan.options) == pytest.approx(most, abs=0.02)
    assert plan.goal.value == pytest.approx(most, abs=0.02)
    assert plan.goal.bound >= most - 0.01


@pytest.mark.parametrize("seed", SEEDS)
def test_one_after_the_other_decides_among_the_best_of_the_first(seed: int) -> None:
    town = random_town(seed, sites=7, existing=1)
    new = venues(town)
    plan = plan_of(town, "p_center", "served", count=3, one_after_the_other=True)
    alone = plan_of(town, "p_center", count=3)
    assert plan.goal is not None
    assert alone.goal is not None
    assert plan.goal.value == alone.goal.value
    metres = town.travel["walk"].length_mm.toarray() / 1000

    def served(chosen: tuple[str, ...]) -> float:
        rows = [0, *(int(option[1:]) for option in chosen)]
        longest = metres[rows].min(axis=0).max()
        return counted(town, chosen) if longest <= alone.goal.value else -1.0  # type: ignore[union-attr]  # not None, see above

    assert plan.served == pytest.approx(best(served, some_of(new, 3)))
    assert any("worker-hours" in told.text("en") for told in plan.notes)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("tolerance", [0.0, 0.1])
def test_a_tolerance_is_what_later_objectives_may_cost(seed: int, tolerance: float) -> None:
    town = random_town(seed, sites=7, existing=1)
    first = Objective(kind="served", tolerance_share=tolerance)
    both = (first, Objective(kind="p_median"))
    plan = plan_of(town, count=3, objectives=both, one_after_the_other=True)
    most = best(lambda chosen: counted(town, chosen), some_of(venues(town), 3))
    least = -best(
        lambda chosen: (
            -mean_way(town, chosen)
            if counted(town, chosen) >= (1 - tolerance) * most - 1e-6
            else -np.inf
        ),
        some_of(venues(town), 3),
    )
    assert mean_way(town, plan.options) == pytest.approx(least)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_served_twice_comes_before_what_is_served(seed: int) -> None:
    town = random_town(seed, sites=6)
    plan = plan_of(town, "served_twice", "served", count=3, one_after_the_other=True)
    most = best(lambda chosen: counted(town, chosen, "backup"), some_of(venues(town), 3))
    assert counted(town, plan.options, "backup") == pytest.approx(most)
    among = best(
        lambda chosen: (
            counted(town, chosen) if counted(town, chosen, "backup") >= most - 1e-6 else 0.0
        ),
        some_of(venues(town), 3),
    )
    assert plan.served == pytest.approx(among)


def test_objectives_that_do_not_add_up_are_refused() -> None:
    town = random_town(1)
    with pytest.raises(SettingsError, match="one_after_the_other"):
        choose(town, limits_of("served", "p_center"))
    with pytest.raises(SettingsError, match=r"count|数量"):
        choose(town, limits_of("p_dispersion", count=None))


def test_the_problem_of_served_alone_is_the_problem_itself() -> None:
    problem = build_problem(random_town(1), Limits(count=2))
    assert part_problem(problem, served_part(problem)) is problem


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000), st.data())
def test_a_mixed_problem_adds_up_what_its_parts_do(seed: int, data: st.DataObject) -> None:
    town = random_town(seed)
    problem = build_problem(town, Limits(count=2))
    place = Town(town, ("s0",), None)
    weights = [
        Objective(kind=kind, weight=weight) for kind, weight in (("served", 1.5), ("graded", 0.5))
    ]
    parts = [(weight, part_of(weight.kind, problem, place, decay="linear")) for weight in weights]
    mixed = mixed_problem(problem, parts)
    chosen = np.array(data.draw(st.lists(st.booleans(), min_size=5, max_size=5)), dtype=bool)
    wanted = sum(
        weight.weight * part.achieved(chosen) * MINUTES / part.hour for weight, part in parts
    )
    assert value_of(mixed, chosen) * MINUTES / mixed.aim.scale == pytest.approx(wanted)
