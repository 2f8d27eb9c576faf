"""Objectives on towns whose stations can move, close and be upgraded, against all plans tried."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from option_towns import PRICE, Choice, Spot, Town
from plan_checker import broken_limits
from scipy.spatial.distance import pdist

from planner.coverage import Coverage
from planner.coverage.tally import PLACE, tally_options
from planner.district.settings import Limits, Objective, Phase
from planner.errors import SettingsError
from planner.hours import ALWAYS
from planner.siting import Plan, SitingProblem, Status, build_problem
from planner.siting.choose import choose
from planner.siting.goals.phases import cumulative_curve
from planner.siting.goals.thresholds import _open_rows
from planner.siting.there import options_there


def town(seed: int) -> Town:
    """Draw two stations, of which one can be upgraded, and three venues; any may be moved to."""
    rng = np.random.default_rng(seed)

    def place() -> tuple[float, float]:
        return float(rng.integers(0, 500)), float(rng.integers(0, 300))

    spots, choices = {}, {}
    for name in ("S0", "S1", "V0", "V1", "V2"):
        x, y = place()
        stands = name.startswith("S")
        spots[name] = Spot(x=x, y=y, stands=stands)
        cost = 0.0 if stands else float(rng.integers(1, 9) * 500)
        choices[name] = Choice(site=name, measure="keep" if stands else "open", cost=cost, union=0)
    choices["S0+24h"] = Choice(
        site="S0", measure="upgrade", steps=("extend_24h",), hours=ALWAYS, cost=500.0, union=0
    )
    choices["S1>V0"] = Choice(
        site="V0", measure="move", steps=("move",), replaces="S1", cost=700.0, union=0
    )
    cells = [(*place(), "c1") for _ in range(6)]
    return Town(
        spots=spots,
        choices=choices,
        cells=cells,
        people={"a": [int(n) for n in rng.integers(0, 30, 6)]},
        reach_m=200.0,
    )


def limits(**more: object) -> Limits:
    return replace(
        Limits(
            measures=("open", "extend_24h"),
            may_close=("S0",),
            may_move=("S1",),
            count=2,
            gap_share=0.0,
            time_limit_s=300.0,
        ),
        **more,  # type: ignore[arg-type]  # fields of Limits
    )


def allowed(problem: SitingProblem) -> list[tuple[str, ...]]:
    """Give every plan that keeps all limits."""
    places = range(len(problem.options))
    return [
        tuple(problem.options[k] for k in some)
        for size in range(len(places) + 1)
        for some in combinations(places, size)
        if not broken_limits(problem, list(some))
    ]


def as_plan(problem: SitingProblem, options: tuple[str, ...]) -> Plan:
    return Plan(
        options=options, served_milli=0, bound_milli=0, total_milli=0, cost_yuan=0.0,
        status=Status.FEASIBLE, seconds=0.0,
        closed=tuple(sorted(set(problem.keeps) - set(options))),
    )  # fmt: skip


def apart(coverage: Coverage, there: tuple[str, ...]) -> float:
    """Measure the least distance of a new or moved station to any other, pair by pair."""
    table = coverage.options.table.loc[list(there)]
    where = coverage.options.sites.loc[table["site"], ["x", "y"]].to_numpy(float)
    arrived = table["kind"].isin(["new", "move"]).to_numpy()
    pairs = combinations(range(len(there)), 2)
    return min(
        float(pdist(where[[one, other]])[0])
        for one, other in pairs
        if arrived[one] or arrived[other]
    )


@pytest.mark.parametrize("seed", range(12))
def test_distances_count_stations_that_moved_or_were_upgraded_and_none_that_closed(
    seed: int,
) -> None:
    drawn = town(seed)
    coverage, asked = drawn.coverage(), limits(objectives=(Objective(kind="p_dispersion"),))
    problem = build_problem(coverage, asked, district=drawn.district())
    plan = choose(coverage, asked, district=drawn.district())
    place = {option: k for k, option in enumerate(problem.options)}
    most = max(
        apart(coverage, options_there(coverage, as_plan(problem, some)))
        for some in allowed(problem)
        if sum(problem.counts[place[option]] for option in some) == asked.count
    )
    assert plan.goal is not None
    assert plan.goal.value == pytest.approx(apart(coverage, options_there(coverage, plan)))
    assert plan.goal.value == pytest.approx(most)
    assert plan.goal.bound == pytest.approx(most)


@pytest.mark.parametrize(("seed", "times"), [(0, 1), (1, 1), (2, 1), (0, 1000), (1, 1000)])
def test_any_weights_add_up_with_money(seed: int, times: int) -> None:
    drawn = town(seed)
    dear = {name: replace(c, cost=c.cost * times) for name, c in drawn.choices.items()}
    drawn = replace(drawn, choices=dear)
    coverage, district = drawn.coverage(), drawn.district()
    weights = {"served": 2.5, "served_twice": 0.37, "p_median": 0.333, "least_money": 0.01}
    asked = limits(objectives=tuple(Objective(kind=k, weight=w) for k, w in weights.items()))
    problem = build_problem(coverage, asked, district=district)
    plan = choose(coverage, asked, district=district)
    table = coverage.options.table

    def worth(some: tuple[str, ...]) -> float:
        there = options_there(coverage, as_plan(problem, some))
        tally = tally_options(coverage, coverage.positions_of(there)).by_cell.sum(axis=0)
        served, twice = (tally[PLACE[name]] / 60_000 for name in ("served", "backup"))
        way, people = nearest(drawn, coverage, there)
        spared = (drawn.reach_m * people - way) / drawn.reach_m
        money = float(table.loc[list(some), "cost_setup_yuan"].sum())
        return float(2.5 * served + 0.37 * twice + 0.333 * spared - 0.01 * money)

    assert plan.goal is not None
    assert plan.goal.value == pytest.approx(worth(plan.options), rel=1e-5)
    assert plan.goal.value == pytest.approx(max(map(worth, allowed(problem))), rel=1e-5)


def nearest(drawn: Town, coverage: Coverage, there: tuple[str, ...]) -> tuple[float, float]:
    """Add up the ways to the nearest open door, hour by hour, and all worker-hours."""
    way = hours = 0.0
    for (x, y, _), people in zip(drawn.cells, drawn.people["a"], strict=True):
        for slot, minutes in enumerate(coverage.slot_minutes.tolist()):
            ways = []
            for option in there:
                spot = drawn.spots[drawn.choices[option].site]
                opens = coverage.service[coverage.positions_of([option])[0], 0, slot]
                metres = float(np.hypot(spot.x - x, spot.y - y))
                ways += [metres] if opens and metres <= drawn.reach_m else []
            way += people * minutes / 60 * min(ways, default=drawn.reach_m)
            hours += people * minutes / 60
    return way, hours


def test_phases_pay_for_containers_and_count_the_weeks_that_they_stand() -> None:
    stay = Choice(
        site="V0", measure="container", hours=ALWAYS, cost=300.0, season="s", weeks=(1, 2, 3, 4)
    )
    drawn = Town(
        spots={"V0": Spot(x=0.0), "V1": Spot(x=1000.0)},
        choices={"V0@s": stay, "V1": Choice(site="V1", hours=ALWAYS, cost=700.0)},
        cells=[(0.0, 10.0, "c1"), (1000.0, 10.0, "c1")],
        people={"a": [20, 10]},
    )
    steps = (
        Phase(id="y1", name="1", budget_yuan=1_000.0),
        Phase(id="y2", name="2", budget_yuan=PRICE + 300.0),
    )
    asked = Limits(
        measures=("open", "container"), containers=1, phases=steps, gap_share=0.0, time_limit_s=300
    )
    coverage, district = drawn.coverage(), drawn.district()
    plan = choose(coverage, asked, district=district)
    curve = cumulative_curve(coverage, plan, steps, district=district)
    assert {"V0@s", "V1"} <= set(plan.options)
    assert curve["cost_yuan"].tolist() == [700.0, PRICE + 300.0]
    assert curve["all_cost_yuan"].tolist()[-1] == plan.cost_yuan
    assert curve["measures"].tolist() == [1, 1]
    # 20 people for 4 of 52 weeks.
    hours = [10 * 168.0, 10 * 168.0 + 20 * 168.0 * 4 / 52]
    assert curve["served_hours"].tolist() == pytest.approx(hours, abs=0.001)
    assert curve["served_hours"].tolist()[-1] == plan.served


def test_a_container_for_some_weeks_is_nobodys_nearest_station_all_year() -> None:
    stay = Choice(site="V0", measure="container", hours=ALWAYS, cost=0.0, weeks=(1, 2, 3))
    drawn = Town(
        spots={"V0": Spot(x=0.0), "V1": Spot(x=500.0)},
        choices={"V0@s": stay, "V1": Choice(site="V1", hours=ALWAYS)},
        cells=[(10.0, 0.0, "c1")],
        people={"a": [20]},
    )
    rows = _open_rows(drawn.coverage(), ["V0@s", "V1", "container#1"])
    assert rows.tolist() == [-1, 1, -1]


@pytest.mark.parametrize("later", ["least_money", "fewest_sites", "p_center", "p_dispersion"])
def test_what_is_served_twice_cannot_come_before_a_number_of_a_plan(later: str) -> None:
    kinds = (Objective(kind="served_twice"), Objective(kind=later))
    with pytest.raises(SettingsError, match="cannot come before"):
        choose(town(1).coverage(), limits(objectives=kinds, one_after_the_other=True))
