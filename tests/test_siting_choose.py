"""The one door to a plan: what it gives for the usual objective, and on the line town by hand."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from chosen_towns import random_town
from line_town import line_town
from plan_checker import check_plan

from planner.district.settings import GapLimit, Limits, Objective, ServiceRules
from planner.pipeline import Prepared, prepare
from planner.siting import Plan, Status, build_problem, solve
from planner.siting.choose import choose


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """Two venues, open day and night, each at a market: 40 couriers in the east, 10 in the west."""
    with pytest.MonkeyPatch.context() as patch:
        cache: Path = tmp_path_factory.mktemp("cache")
        patch.setenv("PLANNER_CACHE", str(cache))
        return prepare(line_town(tmp_path_factory.mktemp("town") / "folder"))


def chosen(town: Prepared, *kinds: str, **more: object) -> Plan:
    objectives = tuple(Objective(kind=kind, target_share=0.5) for kind in kinds)
    limits = replace(
        Limits(objectives=objectives, gap_share=0.0, time_limit_s=300.0),
        **more,  # type: ignore[arg-type]  # fields of Limits
    )
    return choose(town.coverage, limits, district=town.district)


@pytest.mark.parametrize("limits", [Limits(count=1), Limits(budget_yuan=2500.0), Limits(count=0)])
def test_the_usual_objective_gives_what_the_search_gives(town: Prepared, limits: Limits) -> None:
    exact = replace(limits, gap_share=0.0)
    problem = build_problem(town.coverage, exact)
    plan = choose(town.coverage, exact, district=town.district)
    found = solve(problem, time_limit_s=exact.time_limit_s, gap_share=0.0)
    assert replace(plan, seconds=0.0) == replace(found, seconds=0.0)
    check_plan(problem, plan)


def test_each_objective_chooses_on_the_line_what_paper_says(town: Prepared) -> None:
    assert chosen(town, "served", count=1).options == ("V1",)  # four times the couriers
    assert chosen(town, "graded", count=1).options == ("V1",)
    assert chosen(town, "p_median", count=1).options == ("V1",)
    assert chosen(town, "fewest_sites").options == ("V1",)  # half of all is in the east
    assert chosen(town, "least_money").options == ("V1",)
    low, high = (Objective(kind="least_money", target_share=share) for share in (0.1, 1.0))
    assert chosen(town, objectives=(low,)).options == ("V2",)  # 2000 yuan, not 3000
    assert chosen(town, objectives=(high,)).options == ("V1", "V2")


def test_served_hours_are_told_whatever_the_objective_is(town: Prepared) -> None:
    served = chosen(town, "served", count=1)
    for kind in ("p_median", "least_money", "graded"):
        other = chosen(town, kind, count=1)
        assert (other.options, other.served_milli) == (served.options, served.served_milli)
        assert other.total_milli == served.total_milli
        assert other.goal is not None
        assert other.goal.kind == kind
        assert other.bound_milli >= other.served_milli


def test_the_mean_way_counts_the_reach_where_nothing_is_near(town: Prepared) -> None:
    # All courier hours; V1 lies 0.0001 degrees of longitude from its market, some ten metres.
    plan = chosen(town, "p_median", count=1)
    assert plan.goal is not None
    assert plan.goal.unit == "m"
    assert 0.2 * 500 < plan.goal.value < 0.2 * 500 + 0.8 * 15


def test_the_decay_of_the_settings_weighs_the_way(town: Prepared) -> None:
    rules = ServiceRules(decay="linear")
    district = replace(town.district, settings=replace(town.district.settings, service=rules))
    limits = Limits(count=1, objectives=(Objective(kind="graded"),))
    graded = choose(town.coverage, limits, district=district)
    plain = chosen(town, "graded", count=1)
    assert graded.goal is not None
    assert plain.goal is not None
    assert graded.goal.value < plain.goal.value
    assert any("1/20" in told.text("en") for told in graded.notes)


def test_the_price_of_a_gap_is_set_aside_where_it_means_nothing(town: Prepared) -> None:
    soft = GapLimit(hard=False, price_hours=5.0)
    plan = chosen(town, "p_median", count=1, gap=soft)
    assert any("price of a gap" in told.text("en") for told in plan.notes)
    hard = chosen(town, "p_median", count=2, gap=GapLimit())
    assert hard.options == ("V1", "V2")


def test_a_limit_of_time_of_0_still_gives_a_plan_for_each_objective() -> None:
    town = random_town(3, sites=8)
    for kind in ("served", "served_twice", "graded", "p_median"):
        limits = Limits(objectives=(Objective(kind=kind),), count=2, time_limit_s=0.0)
        assert choose(town, limits).options


def test_who_stops_has_the_best_so_far() -> None:
    town = random_town(3, sites=8)
    for kind in ("served", "p_median", "p_center", "fewest_sites"):
        limits = Limits(objectives=(Objective(kind=kind),), count=4, gap_share=0.0)
        plan = choose(town, limits, stop=lambda: True)
        assert plan.status in (Status.STOPPED, Status.OPTIMAL, Status.UNKNOWN)


def _asked_twice() -> Callable[[], Plan]:
    town = random_town(4, sites=8)
    limits = Limits(objectives=(Objective(kind="p_median"),), count=3, gap_share=0.0, seed=7)
    return lambda: choose(town, limits)


def test_the_same_question_has_the_same_answer() -> None:
    ask = _asked_twice()
    assert replace(ask(), seconds=0.0) == replace(ask(), seconds=0.0)
