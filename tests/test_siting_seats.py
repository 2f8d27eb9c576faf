"""Plans that count seats: hand-worked towns, laws, and every plan of tiny towns tried."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from chosen_towns import Place, random_town, town_of
from coverage_towns import PERIODS, demand_of, group
from hypothesis import given, settings
from hypothesis import strategies as st
from line_town import line_town
from plan_checker import broken_limits

from planner.coverage import Coverage, build_coverage, measure_coverage
from planner.district.settings import Limits, Objective, Phase, ServiceRules, Way
from planner.options import Options
from planner.pipeline import Prepared, curve_of, load_result, prepare, report_of, write_outputs
from planner.pipeline import plan as make_plan
from planner.siting import Plan, SitingProblem, Status, build_problem, choose
from planner.siting.goals.ladder import Effort
from planner.siting.goals.stages import OnBetter, solved
from planner.siting.seats import seats
from planner.siting.seats.seat_bound import by_seats_around, relaxed_problem
from planner.siting.seats.seat_town import seat_town
from planner.siting.seats.seats import choose_with_seats, seats_counted, seats_not_counted
from planner.siting.there import options_there

EACH = ServiceRules(stay_min=60, visit_every_h=1, count_seats=True)
"""A seat serves one worker who is out."""
EXACT = Limits(gap_share=0.0, time_limit_s=300.0, work_limit=30)
SERVICE = "\n[service]\ncount_seats = true\nstay_min = 60\nvisit_every_h = 1\n"
WITH_SEATS = {
    "stations.csv": (("开放时间\n", "开放时间,座位数\n"), ("17:00\n", "17:00,2\n")),
    "venues.csv": (
        ("（元）\n", "（元）,座位数\n"),
        ("3000\n", "3000,1\n"),
        ("2000\n", "2000,20\n"),
    ),
}


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prepared]:
    """40 couriers in the east at a venue with one seat, 10 in the west at one with 20."""
    folder = line_town(tmp_path_factory.mktemp("line") / "town")
    for name, changes in WITH_SEATS.items():
        text = (folder / name).read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        (folder / name).write_text(text, encoding="utf-8")
    with (folder / "district.toml").open("a", encoding="utf-8") as file:
        file.write(SERVICE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLANNER_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield prepare(folder)


def with_seats(
    coverage: Coverage, capacity: Sequence[float | None], *, enlarge: float = 0.0
) -> Coverage:
    """Give each option of a town its seats; existing stations can get more for 800 yuan."""
    table = coverage.options.table.assign(capacity=pd.array(list(capacity), dtype="float64"))
    if enlarge:
        more = table.loc[table["measure"] == "keep"].copy()
        more["measure"] = more["kind"] = "upgrade"
        more["cost_setup_yuan"] = more["cost_union_yuan"] = 800.0
        more["capacity"] += enlarge
        more["steps"] = pd.Series([("enlarge",)] * len(more), index=more.index, dtype=object)
        more.index = pd.Index([f"{name}+enlarge" for name in more.index])
        table = pd.concat([table, more])
    return rebuilt(coverage, table)


def rebuilt(coverage: Coverage, table: pd.DataFrame) -> Coverage:
    groups = [group(name, Way(mode="walk", reach_m=500.0)) for name in coverage.demand.groups]
    return build_coverage(
        coverage.demand,
        Options(sites=coverage.options.sites, table=table),
        coverage.travel,
        groups=groups,
        periods=PERIODS,
    )


def tight_town(seed: int, *, existing: int = 2) -> Coverage:
    """Draw a town with few seats, of which a station may have none or an unknown number."""
    coverage = random_town(seed, existing=existing)
    drawn = np.random.default_rng(seed).choice([0.0, 1.0, 2.0, 4.0, 8.0, np.nan], 6)
    return with_seats(coverage, drawn.tolist(), enlarge=3.0)


def seated(coverage: Coverage, options: Sequence[str]) -> int:
    return measure_coverage(coverage, options, service=EACH).served_milli


def searched(
    coverage: Coverage,
    problem: SitingProblem,
    limits: Limits = EXACT,
    *,
    on_better: OnBetter | None = None,
) -> Plan:
    def without(effort: Effort, hear: OnBetter | None) -> Plan:
        return solved(problem, effort, hear)

    end_s = time.monotonic() + limits.time_limit_s
    effort = Effort(end_s=end_s, gap_share=limits.gap_share, work_limit=limits.work_limit)
    return choose_with_seats(
        coverage, problem, without, service=EACH, effort=effort, on_better=on_better
    )


def all_plans(problem: SitingProblem) -> Iterator[list[int]]:
    """Give every choice of a small problem that keeps all limits."""
    n = len(problem.options)
    for bits in range(2**n):
        chosen = [k for k in range(n) if bits >> k & 1]
        if not broken_limits(problem, chosen):
            yield chosen


def there_with(coverage: Coverage, problem: SitingProblem, chosen: Sequence[int]) -> list[str]:
    options = tuple(problem.options[k] for k in chosen)
    closed = tuple(keep for keep in problem.keeps if keep not in options)
    plan = Plan(
        options=options,
        closed=closed,
        served_milli=0,
        bound_milli=0,
        total_milli=0,
        cost_yuan=0.0,
        status=Status.FEASIBLE,
        seconds=0.0,
    )
    return list(options_there(coverage, plan))


# By hand


def test_the_venue_with_seats_is_chosen_not_the_one_with_more_couriers(line: Prepared) -> None:
    limits = replace(EXACT, count=1)
    plan = choose(line.coverage, limits, district=line.district)
    assert plan.options == ("V2",)  # ten couriers sit there, and one in the east
    assert plan.counts_seats
    assert plan.status is Status.OPTIMAL
    assert 5 * plan.served_milli == pytest.approx(line.coverage.total_milli, rel=1e-6)
    plain = choose(line.coverage, limits)  # no district: seats are not counted
    assert (plain.options, plain.counts_seats) == (("V1",), False)


def test_a_plan_its_figures_and_its_files_tell_the_same_with_seats(
    line: Prepared, tmp_path: Path
) -> None:
    result = make_plan(line, replace(EXACT, count=2))
    assert result.after.served_milli == result.plan.served_milli
    assert result.after.whole["full_share"] > 0
    assert seats_counted() in report_of(result).notes
    write_outputs(result, tmp_path / "out")
    again = load_result(line, tmp_path / "out")
    assert again is not None
    assert again.plan.counts_seats
    assert again.plan.served_milli == result.plan.served_milli
    assert str(seats_counted()) in map(str, again.plan.notes)


def test_what_does_not_count_seats_says_so(line: Prepared) -> None:
    limits = replace(EXACT, count=1, work_limit=None, time_limit_s=5.0)
    for other in (
        replace(limits, objectives=(Objective(kind="p_median"),)),
        replace(limits, phases=(Phase(id="2026", name="2026", count=1),)),
    ):
        result = make_plan(line, other)
        assert not result.plan.counts_seats
        assert seats_not_counted() in report_of(result).notes
        assert result.after.served_milli == result.plan.served_milli
    robust = make_plan(line, replace(limits, robust=True))
    assert seats_not_counted() in robust.plan.notes
    assert seats_not_counted() in curve_of(line, limits, points=2).notes


def test_a_district_that_is_too_large_gets_the_plan_without_seats_and_is_told(
    line: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seats, "MOST_WAYS", 1)
    plan = choose(line.coverage, replace(EXACT, count=1), district=line.district)
    assert (plan.options, plan.counts_seats) == (("V1",), False)
    assert any("The plan does not count seats" in each.text("en") for each in plan.notes)


def test_more_seats_are_worth_their_money_where_seats_count() -> None:
    # Twelve workers at c0 about a station with 2 seats; three at c1 about a venue for 900 yuan.
    # Ten more seats at the station cost 800 yuan and seat ten more; there is money for one.
    demand = demand_of(np.array([12_000, 3_000]).reshape(1, -1, 1))
    places = [
        Place(metres=(100.0, 900.0), existing=True),
        Place(metres=(900.0, 100.0), cost=900.0),
    ]
    coverage = with_seats(town_of(places, demand), [2, 3], enlarge=10)
    limits = replace(EXACT, budget_yuan=1000.0, measures=("open", "enlarge"))
    problem = build_problem(coverage, limits)
    plan = searched(coverage, problem, limits)
    assert plan.options == ("s0+enlarge",)
    assert plan.served == pytest.approx(12 * 168)
    assert plan.status is Status.OPTIMAL  # the bound knows that three seats are no more than three
    assert solved(problem, Effort(end_s=np.inf, gap_share=0.0)).options == ("s1",)
    both = searched(coverage, build_problem(coverage, replace(limits, budget_yuan=1700.0)), limits)
    assert both.options == ("s0+enlarge", "s1")


# Against every plan of tiny towns


@pytest.mark.parametrize("seed", range(16))
def test_no_plan_of_a_tiny_town_beats_the_bound_and_the_search_finds_the_best(seed: int) -> None:
    coverage = tight_town(seed)
    limits = replace(
        EXACT,
        budget_yuan=2500.0,
        min_separation_m=150.0,
        measures=("open", "enlarge"),
        may_close=("s0",) if seed % 2 else (),
    )
    problem = build_problem(coverage, limits)
    plan = searched(coverage, problem, limits)
    chosen = [k for k, name in enumerate(problem.options) if name in plan.options]
    assert broken_limits(problem, chosen) == []
    assert plan.served_milli == seated(coverage, options_there(coverage, plan))
    best = max(seated(coverage, there_with(coverage, problem, one)) for one in all_plans(problem))
    assert best <= plan.bound_milli
    assert plan.served_milli == best


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000))
def test_seats_are_counted_as_coverage_does_and_no_cut_bounds_too_low(seed: int) -> None:
    coverage = tight_town(seed)
    limits = Limits(measures=("open", "enlarge"), may_close=("s0",))
    problem = build_problem(coverage, limits)
    town = seat_town(coverage, problem, service=EACH)
    plans = list(all_plans(problem))
    rng = np.random.default_rng(seed)
    some = [plans[at] for at in rng.choice(len(plans), 8)]
    marks = [np.isin(np.arange(len(problem.options)), one) for one in some]
    served = [seated(coverage, there_with(coverage, problem, one)) for one in some]
    plain = [
        measure_coverage(coverage, there_with(coverage, problem, one)).served_milli for one in some
    ]
    for chosen, without, counted in zip(marks, plain, served, strict=True):
        assert without - town.lost_milli(chosen) == counted
    random = rng.integers(0, 2, town.pairs.reach.shape).astype(bool)
    random[town.place] &= random[town.instead] | (town.instead < 0)[:, None]
    for by_seats in (by_seats_around(town, marks[0]), random, np.zeros_like(random)):
        by_seats[town.pairs.room > 10**15] = False  # as many as come: nothing to count
        relaxed, offset = relaxed_problem(problem, town, by_seats)
        assert relaxed.worth_milli is not None
        for chosen, counted in zip(marks, served, strict=True):
            rows = relaxed.serves.T @ chosen.astype(np.int64) > 0
            most = int(relaxed.value_milli[rows].sum() + relaxed.worth_milli[chosen].sum())
            assert offset + most >= counted


# Laws


def test_with_seats_for_all_the_plan_is_that_without_seats() -> None:
    for seed, capacity in ((1, None), (2, 1000.0)):
        coverage = with_seats(random_town(seed), [capacity] * 6)
        problem = build_problem(coverage, replace(EXACT, count=2))
        plan = searched(coverage, problem)
        plain = solved(problem, Effort(end_s=np.inf, gap_share=0.0, work_limit=30))
        assert plan.options == plain.options
        assert (plan.served_milli, plan.bound_milli) == (plain.served_milli, plain.bound_milli)
        assert plan.counts_seats


@pytest.mark.parametrize("seed", range(5))
def test_more_seats_never_serve_less(seed: int) -> None:
    coverage = random_town(seed)
    found = []
    for each in (0.0, 1.0, 2.0, 5.0, 50.0):
        some = with_seats(coverage, [each] * 6)
        problem = build_problem(some, replace(EXACT, count=2))
        found.append(searched(some, problem).served_milli)
    assert found == sorted(found)
    assert found[0] == 0


def test_a_station_that_is_there_for_part_of_the_year_seats_workers_then() -> None:
    coverage = tight_town(5)
    weeks = [tuple(range(1, 14)) if name == "s3" else () for name in coverage.options.table.index]
    table = coverage.options.table.assign(
        weeks=pd.Series(weeks, index=coverage.options.table.index, dtype=object)
    )
    coverage = rebuilt(coverage, table)
    problem = build_problem(coverage, replace(EXACT, count=2))
    plan = searched(coverage, problem)
    assert plan.served_milli == seated(coverage, options_there(coverage, plan))
    best = max(seated(coverage, there_with(coverage, problem, one)) for one in all_plans(problem))
    assert plan.served_milli <= best <= plan.bound_milli


def test_a_search_without_time_or_that_is_stopped_still_gives_a_plan_that_holds() -> None:
    coverage = tight_town(3)
    problem = build_problem(coverage, replace(EXACT, count=2))
    at_once = searched(coverage, problem, replace(EXACT, time_limit_s=0.0))
    told: list[Plan] = []
    whole = searched(coverage, problem, on_better=told.append)
    for plan in (at_once, whole, *told):
        chosen = [k for k, name in enumerate(problem.options) if name in plan.options]
        assert broken_limits(problem, chosen) == []
        assert plan.served_milli == seated(coverage, options_there(coverage, plan))
        assert plan.served_milli <= plan.bound_milli
    assert at_once.served_milli <= whole.served_milli


def test_the_same_seed_and_work_give_the_same_plan() -> None:
    coverage = tight_town(7)
    problem = build_problem(coverage, replace(EXACT, count=2))
    one, other = (replace(searched(coverage, problem), seconds=0.0) for _ in range(2))
    assert one == other
