"""Why each measure is in a plan, and why each other option is not."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from changed_towns import Change, option_town
from hypothesis import given, settings
from hypothesis import strategies as st
from line_town import line_town
from plane_towns import PERIODS, Place, daily, groups_of, plane_town
from scipy.sparse import csr_array

from planner.coverage import Coverage, measure_coverage
from planner.district.settings import MEASURES, Limits
from planner.hours import ALWAYS
from planner.language import note
from planner.pipeline.choose import plan as planned
from planner.pipeline.prepare import prepare
from planner.siting import Plan, Status, build_problem, explain_plan
from planner.siting.problem import UNLIMITED, About, LinearLimits, SitingProblem
from planner.siting.telling.alternatives import explain_rest
from planner.siting.telling.reasons import STEPS, Telling
from planner.siting.telling.times import top_hours

MILLI_HOUR = 60_000


def plan_of(*options: str, closed: tuple[str, ...] = (), **more: object) -> Plan:
    """Give a plan by hand; its figures do not matter to what is told of its measures."""
    return Plan(
        options=tuple(sorted(options)),
        closed=closed,
        served_milli=0,
        bound_milli=0,
        total_milli=0,
        cost_yuan=0.0,
        status=Status.FEASIBLE,
        seconds=0.0,
        **more,  # type: ignore[arg-type]  # fields of Plan
    )


def square() -> Coverage:
    """S1 by day at 0, S2 at 1000; V1 at 500, V2 at 60; four places of riders and couriers.

    S1 can open all day and night, S2 can move to V1; couriers are at 0 and 1000 alone.
    """
    places = {
        "S1": Place(x=0, stands=True, hours=daily(8, 20)),
        "S2": Place(x=1000, stands=True),
        "V1": Place(x=500, cost=3000.0),
        "V2": Place(x=60, cost=1000.0),
    }
    changes = {
        "S1+24h": Change(site="S1", steps=("extend_24h",)),
        "S2>V1": Change(site="V1", steps=("move",), replaces="S2", cost=4000.0),
    }
    people = {"rider": [4, 10, 3, 2], "courier": [1, 0, 2, 0]}
    cells = [(0, 0), (500, 0), (1000, 0), (150, 0)]
    return option_town(places, changes, cells, people, cutoff_m=600.0)


def test_longer_hours_a_move_and_a_new_station_are_told_in_one_list_of_measures() -> None:
    told = explain_plan(square(), plan_of("S1+24h", "S2>V1", "V2"), periods=PERIODS)
    assert list(told.index) == ["S2>V1", "V2", "S1+24h"]
    assert told["kind"].tolist() == ["move", "new", "upgrade"]
    # The move newly serves the 10 riders at 500 m and loses the 5 people at 1,000 m, all week. V2
    # adds the 2 riders at 150 m, and whom S1 serves by day, by night; S1 by night then nobody.
    assert told["gain_hours"].tolist() == [(10 - 5) * 168, 2 * 168 + 5 * 84, 0]
    assert told["taken_hours"].tolist() == [5 * 168, 0, 0]
    # Both V2 and S1+24h serve those at 0 m: alone, neither is missed there.
    assert told["loss_hours"].tolist() == [(10 - 5) * 168, 2 * 168, 0]
    assert told["workers_by_group"].tolist() == [
        {"rider": 10.0},
        {"rider": 6.0, "courier": 1.0},
        {},
    ]
    assert told["by_group"]["V2"] == {"rider": (2 * 168 + 4 * 84) / 756, "courier": 84 / 756}
    assert told["cost_setup_yuan"].tolist() == [4000, 1000, 500]
    assert told["added_year_yuan"].tolist() == [100, 0, 100]
    assert told["replaces"].tolist() == ["S2", "", ""]
    assert told["steps"].tolist() == [("move",), ("open",), ("extend_24h",)]


def test_the_nearest_station_is_told_straight_and_on_foot_without_itself() -> None:
    told = explain_plan(square(), plan_of("S1+24h", "S2>V1", "V2"))
    assert told["nearest_site"].to_dict() == {"S2>V1": "S1", "S1+24h": "S2", "V2": "S1"}
    assert told["nearest_m"].to_dict() == {"S2>V1": 500, "S1+24h": 1000, "V2": 60}
    # On foot by way of a place of workers: from V1 over the riders at its door, from V2 over those
    # at the door of S1; no place lies within 600 m of both S1 and S2 but that at 500 m.
    assert told["nearest_walk_m"].to_dict() == {"S2>V1": 500, "S1+24h": 1000, "V2": 60}


def test_who_is_newly_served_is_told_by_hour_of_the_day() -> None:
    told = explain_plan(square(), plan_of("S1+24h"))
    by_hour = told["by_hour"]["S1+24h"]
    assert by_hour["courier"] == (1.0,) * 8 + (0.0,) * 12 + (1.0,) * 4
    assert told["top_hours"]["S1+24h"] == "0:00-6:00"
    assert told["new_workers"]["S1+24h"] == 5


def test_a_closing_is_a_measure_that_loses_what_no_other_station_serves() -> None:
    told = explain_plan(square(), plan_of("V2", closed=("S1", "S2")), periods=PERIODS)
    assert list(told.index) == ["V2", "S1", "S2"]
    assert told["kind"].tolist() == ["new", "close", "close"]
    # V2 keeps up whom S1 served; it adds them by night, and the two riders at 150 m.
    assert told["gain_hours"].tolist() == [5 * 84 + 2 * 168, 0, -5 * 168]
    # Without V2 those of S1 are lost by day too; S1 kept open would add nothing, S2 its five.
    assert told["loss_hours"].tolist() == [(5 + 2) * 168, 0, -5 * 168]
    assert "nobody loses an open door by it" in told["reason"]["S1"].text("en")
    assert "840 worker-hours a week are no longer served" in told["reason"]["S2"].text("en")
    assert "Kept open, it would serve 840 worker-hours" in told["reason"]["S2"].text("en")
    assert "若予保留，每周可多服务 840 工时" in told["reason"]["S2"].text("zh")
    assert told["nearest_site"].tolist() == ["S1", "V2", "V2"]


def test_a_station_that_is_upgraded_is_not_told_as_closed() -> None:
    told = explain_plan(square(), plan_of("S1+24h", closed=("S1",)))
    assert list(told.index) == ["S1+24h"]
    assert told["gain_hours"].tolist() == [5 * 84]
    assert told["loss_hours"].tolist() == [5 * 84]


def test_the_phase_of_a_measure_stands_beside_it() -> None:
    plan = plan_of("V1", "V2", phase_of={"V1": "2027"})
    assert explain_plan(square(), plan)["phase"].to_dict() == {"V1": "2027", "V2": ""}


@pytest.mark.parametrize("step", MEASURES)
def test_each_kind_of_measure_has_a_sentence_in_both_languages(step: str) -> None:
    english, chinese = STEPS[step].text("en"), STEPS[step].text("zh")
    assert english != chinese
    assert english.isascii()


def test_the_sentence_of_a_move_names_where_from_and_what_is_lost() -> None:
    told = explain_plan(
        square(), plan_of("S2>V1"), groups=groups_of({"rider": 1, "courier": 1}), periods=PERIODS
    )
    assert told["reason"]["S2>V1"].text("en") == (
        "Moved here from S2: 10 workers newly find an open door, 1,680 worker-hours a week, most"
        " of them riders (100%), most at day, and 840 worker-hours are no longer served; the"
        " nearest other station so far is S1, 500 m away (at most 500 m on foot). Without it the"
        " plan serves 840 worker-hours a week less."
    )
    assert told["reason"]["S2>V1"].text("zh") == (
        "由 S2 迁至此处：10 名劳动者新增可用站点，每周 1,680 工时，主要为外卖骑手（100%），"
        "白天最多；另有 840 工时不再得到服务；此前最近的其他站点为 S1，直线 500 米"
        "（步行不超过 500 米）。去掉它，方案每周少服务 840 工时。"
    )


def test_a_measure_is_told_by_one_time_of_day_and_never_by_two_that_lie_apart() -> None:
    row = explain_plan(
        square(), plan_of("S2>V1"), groups=groups_of({"rider": 1, "courier": 1}), periods=PERIODS
    ).iloc[0]
    telling = Telling(groups={}, periods={"day": note("Day")}, options={})
    mornings = telling.reason(row.where(row.index != "top_hours", "8:00-12:00"))
    assert "most at 8:00-12:00, and" in mornings.text("en")
    assert "，8:00-12:00最多" in mornings.text("zh")
    assert "most at Day, and" in telling.reason(row).text("en")


def test_a_container_counts_in_the_weeks_of_its_stay_alone() -> None:
    changes = {
        "V1+container@stay": Change(site="V1", steps=("container",), weeks=tuple(range(1, 14)))
    }
    coverage = option_town({"V1": Place(x=0)}, changes, [(0, 0)], {"rider": [8]})
    told = explain_plan(coverage, plan_of("V1+container@stay"))
    assert told["gain_hours"].tolist() == [8 * 168 / 4]  # 13 of 52 weeks
    assert told["loss_hours"].tolist() == [8 * 168 / 4]
    assert told["new_workers"].tolist() == [8]
    assert "Container station" in told["reason"].iloc[0].text("en")


def test_a_plan_in_phases_has_no_money_left_beyond_what_it_spends() -> None:
    problem = rows_problem([[0], [1]], [9, 3])
    told = explain_rest(problem, plan_of("V0", phase_of={"V0": "2027"}))
    assert told["cause"].to_dict() == {"V1": "money"}
    assert explain_rest(problem, plan_of("V0"))["cause"].to_dict() == {"V1": "less"}


def rows_problem(serves: list[list[int]], values: list[int], **more: object) -> SitingProblem:
    """Give a problem by hand: who serves which rows, and worker-hours of each row."""
    n = len(serves)
    matrix = np.zeros((n, len(values)), bool)
    for k, rows in enumerate(serves):
        matrix[k, rows] = True
    given: dict[str, object] = {
        "options": tuple(f"V{k}" for k in range(n)),
        "sites": tuple(f"V{k}" for k in range(n)),
        "serves": csr_array(matrix),
        "value_milli": np.array(values, np.int64) * MILLI_HOUR,
        "base_milli": 0,
        "total_milli": sum(values) * MILLI_HOUR,
        "cost_yuan": np.full(n, 1000.0),
        "counts": np.ones(n, bool),
        "budget_yuan": None,
        "count": None,
        "locked": np.zeros(n, bool),
        "forbidden": np.zeros(n, bool),
        "too_close": np.zeros((0, 2), np.int32),
    }
    return SitingProblem(**(given | more))  # type: ignore[arg-type]  # fields of SitingProblem


def test_each_reason_why_an_option_is_not_chosen_is_told() -> None:
    forbidden = np.zeros(10, bool)
    forbidden[[1, 2]] = True
    cost = np.full(10, 1000.0)
    cost[8] = 9000.0
    problem = rows_problem(
        [[0], [1], [1], [2], [], [0], [3], [4], [5], [6, 7]],
        [50, 1, 1, 1, 20, 30, 40, 5],
        sites=("V0", "V1", "V2", "V0", "V4", "V5", "V6", "V7", "V8", "V9"),
        excluded={"V2": note("it is {n} m from station S9.", n=5)},
        forbidden=forbidden,
        too_close=np.array([[0, 6]], np.int32),
        cost_yuan=cost,
        budget_yuan=3000.0,
        count=3,
    )
    told = explain_rest(problem, plan_of("V0", "V9"))
    assert told["cause"].to_dict() == {
        "V1": "forbidden",
        "V2": "excluded",
        "V3": "same_site",
        "V4": "nobody",
        "V5": "served_already",
        "V6": "too_near",
        "V7": "less",
        "V8": "money",
    }
    assert told["other"].to_dict() == {
        name: "V0" if name in ("V3", "V6") else "" for name in told.index
    }
    assert told["gain_hours"]["V8"] == 30
    # In place of V9 (45) V7 serves 20; in place of V0 (50) V6 serves 1.
    assert told["exchange_with"][["V6", "V7"]].tolist() == ["V0", "V9"]
    assert told["exchange_hours"][["V6", "V7"]].tolist() == [1 - 50, 20 - 45]
    assert told["reason"]["V2"].text("en") == "It is 5 m from station S9."
    assert told["reason"]["V8"].text("en") == (
        "It would add 30 worker-hours a week, but costs 9,000 yuan and 1,000 yuan are left; no"
        " single exchange for it keeps all limits."
    )
    assert told["reason"]["V7"].text("en") == (
        "It would add only 20 worker-hours a week; the best exchange, for V9, would serve 25"
        " worker-hours a week less."
    )
    for reason in told["reason"]:
        assert reason.text("zh") != reason.text("en")


def test_an_option_that_another_one_makes_needless_names_it() -> None:
    problem = rows_problem([[0], [1], [1, 2], [1]], [9, 3, 2], count=1)
    told = explain_rest(problem, plan_of("V0"))
    assert told["cause"].to_dict() == {"V1": "dominated", "V2": "less", "V3": "dominated"}
    assert told["other"].to_dict() == {"V1": "V2", "V2": "", "V3": "V2"}
    assert "all openings are used" in told["reason"]["V2"].text("en")


def test_a_quota_that_is_full_is_named() -> None:
    linear = LinearLimits(
        weights=csr_array(np.array([[1, 1, 0]], np.int64)),
        least=np.array([-UNLIMITED]),
        most=np.array([1]),
        about=(About(kind="quota", name=note("at most one bank {n}", n=1)),),
    )
    problem = rows_problem([[0], [1], [2]], [9, 3, 2], linear=linear)
    told = explain_rest(problem, plan_of("V0"))
    assert told["cause"].to_dict() == {"V1": "limit", "V2": "less"}
    assert "break a limit: at most one bank 1" in told["reason"]["V1"].text("en")
    # In place of V0 the quota holds.
    assert told["exchange_hours"]["V1"] == 3 - 9


@st.composite
def towns(draw: st.DrawFn) -> tuple[Coverage, Limits, Plan]:
    metres = st.integers(0, 6).map(lambda n: 60.0 * n)
    sites = {
        f"{'S' if draw(st.booleans()) else 'V'}{n}": Place(
            x=draw(metres),
            hours=draw(st.sampled_from([ALWAYS, daily(8, 14), daily(10, 22)])),
            cost=draw(st.sampled_from([1.0, 2.5, 4.0])),
        )
        for n in range(draw(st.integers(2, 6)))
    }
    sites = {
        name: Place(x=p.x, hours=p.hours, cost=p.cost, stands=name.startswith("S"))
        for name, p in sites.items()
    }
    cells = [(x, 0.0) for x in draw(st.lists(metres, min_size=1, max_size=6))]
    people = draw(st.lists(st.integers(0, 9), min_size=len(cells), max_size=len(cells)))
    coverage = plane_town(sites, cells, {"rider": people}, reach_m=100.0)
    stations = tuple(name for name in sites if name.startswith("S"))
    shut = tuple(draw(st.lists(st.sampled_from(stations), unique=True)) if stations else ())
    limits = Limits(
        may_close=stations,
        min_separation_m=draw(st.sampled_from([0.0, 70.0])),
        separation_from_existing=False,
        budget_yuan=draw(st.sampled_from([None, 6.0])),
    )
    venues = [name for name in sites if name.startswith("V")]
    opened = draw(st.lists(st.sampled_from(venues), unique=True)) if venues else []
    kept = [name for name in stations if name not in shut]
    return coverage, limits, plan_of(*opened, *kept, closed=tuple(sorted(shut)))


def served(coverage: Coverage, options: set[str]) -> int:
    return measure_coverage(coverage, sorted(options)).served_milli


@given(towns())
@settings(max_examples=40, deadline=None)
def test_gains_of_openings_and_closings_add_up_and_losses_are_those_of_recounting(
    town: tuple[Coverage, Limits, Plan],
) -> None:
    coverage, _, plan = town
    told = explain_plan(coverage, plan)
    table = coverage.options.table
    today = set(table.index[table["measure"] == "keep"])
    there = (today - set(plan.closed)) | set(plan.options)
    gained = round(told["gain_hours"].sum() * MILLI_HOUR)
    assert gained == served(coverage, there) - served(coverage, today)
    for name, kind, loss in zip(
        map(str, told.index), told["kind"], told["loss_hours"], strict=True
    ):
        without = there | {name} if kind == "close" else there - {name}
        lost = served(coverage, there) - served(coverage, without)
        assert round(loss * MILLI_HOUR) == lost


def keeps_limits(problem: SitingProblem, chosen: set[int]) -> bool:
    cost = sum(problem.cost_fen[list(chosen)]) if chosen else 0
    pairs = {tuple(sorted(pair)) for pair in problem.too_close.tolist()}
    return (problem.budget_fen is None or cost <= problem.budget_fen) and not any(
        pair in pairs for pair in combinations(sorted(chosen), 2)
    )


@given(towns())
@settings(max_examples=40, deadline=None)
def test_what_could_be_done_instead_is_the_best_of_all_exchanges_that_keep_the_limits(
    town: tuple[Coverage, Limits, Plan],
) -> None:
    coverage, limits, plan = town
    problem = build_problem(coverage, limits)
    chosen = {problem.options.index(name) for name in plan.options}
    if not keeps_limits(problem, chosen):
        return
    told = explain_plan(coverage, plan, problem=problem)
    rest = explain_rest(problem, plan)
    now = served(coverage, set(plan.options))

    def value(out: str, new: str) -> int | None:
        places = (chosen - {problem.options.index(out)}) | {problem.options.index(new)}
        if not keeps_limits(problem, places):
            return None
        without = set(plan.options) - {out}
        after = served(coverage, without | {new})
        return None if after == served(coverage, without) else after

    free = [name for name in problem.options if name not in plan.options]
    for name in told.index[told["kind"] != "close"]:
        values = [v for v in (value(str(name), new) for new in free) if v is not None]
        less = told["instead_hours"][name]
        assert bool(values) == bool(told["instead"][name])
        assert pd.isna(less) if not values else round(less * MILLI_HOUR) == now - max(values)
        reason = str(told["reason"][name])
        assert ("more than now" in reason) == bool(values and max(values) > now)
        assert " -" not in reason  # what would serve more is not said to serve less
    for name in rest.index:
        values = [v for v in (value(out, str(name)) for out in plan.options) if v is not None]
        change = rest["exchange_hours"][name]
        assert pd.isna(change) if not values else round(change * MILLI_HOUR) == max(values) - now


def test_hours_of_the_day_run_over_midnight() -> None:
    assert top_hours(np.eye(24, dtype=np.int64)[0] + np.eye(24, dtype=np.int64)[23]) == (
        "0:00-1:00"
    )
    late = np.zeros(24, np.int64)
    late[[22, 23, 0, 1]] = 5
    late[10] = 1
    assert top_hours(late) == "22:00-1:00"
    assert top_hours(np.zeros(24, np.int64)) == ""


def test_the_measures_of_a_district_read_from_files_are_told_with_its_names(tmp_path: Path) -> None:
    # 40 couriers at the door of V1, 10 at that of V2; S1 is 0.01 and 0.02 degrees away.
    prepared = prepare(line_town(tmp_path / "town"))
    result = planned(prepared, Limits(count=2, budget_yuan=5000.0))
    told = result.measures
    assert list(told.index) == ["V1", "V2"]
    assert told["new_workers"].tolist() == [40, 10]
    assert told["gain_hours"].sum() * MILLI_HOUR == pytest.approx(
        result.after.served_milli - result.before.served_milli
    )
    assert told["gain_hours"].tolist() == pytest.approx(told["loss_hours"].tolist())
    assert told["gain_hours"]["V1"] == pytest.approx(4 * told["gain_hours"]["V2"])
    assert told["nearest_site"].tolist() == ["S1", "S1"]
    metres = 0.01 * 111_320 * np.cos(np.radians(29.5))
    assert told["nearest_m"].tolist() == pytest.approx([metres, 2 * metres], rel=2e-3)
    assert told["cost_setup_yuan"].tolist() == [3000, 2000]
    english = told["reason"]["V1"].text("en")
    assert english.startswith("New station: 40 workers newly find an open door, ")
    assert "the nearest other station so far is 一号站 (S1), 9" in english
    assert result.rest.empty
    one = planned(prepared, Limits(count=1))
    assert one.rest["cause"].to_dict() == {"V2": "less"}
    assert one.rest["exchange_with"].to_dict() == {"V2": "V1"}
    assert "东头商店（V1）" in one.rest["reason"]["V2"].text("zh")
