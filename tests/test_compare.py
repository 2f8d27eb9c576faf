"""Figures of scenarios, and scenarios held against each other: hand-worked cases and laws."""

import json
from dataclasses import fields, replace
from itertools import pairwise

import numpy as np
import pytest
from compared_scenarios import figures, measure, outcome_of, scenario, small_figures
from coverage_towns import GOOD, alone, coverage_of, daily, demand_of, districts
from hypothesis import given, settings
from hypothesis import strategies as st
from small_plans import small_report

from planner.coverage import Coverage, measure_coverage, net_difference, served_difference
from planner.district.settings import Limits, Phase
from planner.errors import StoreError
from planner.language import note, use_language
from planner.report.tables import money_by_payer
from planner.scenarios import Scenario, Summary
from planner.scenarios.changes import changes_between
from planner.scenarios.compare import Comparison, compare, comparison_object
from planner.scenarios.drawn import bars_of, heat_of, lorenz_of, steps_of
from planner.scenarios.figures import gini_of, scenario_figures, with_curve
from planner.scenarios.lookup import named_scenario
from planner.siting import Status


@pytest.fixture(autouse=True)
def english() -> None:
    use_language("en")


def told(comparison: Comparison) -> list[str]:
    return [str(each) for each in comparison.sentences]


# --- Figures of one scenario ----------------------------------------------------------------------


def test_figures_are_plain_values_that_json_holds_exactly() -> None:
    made = small_figures()
    assert json.loads(json.dumps(made, allow_nan=False)) == made


def test_figures_agree_with_what_the_report_tells() -> None:
    report = small_report()
    made = scenario_figures(outcome_of(report))
    assert made["effective_share"]["after"] == report.after.effective_share
    assert made["served_milli"]["after"] == report.plan.served_milli
    assert [each["option"] for each in made["measures"]] == list(report.measures.index)
    total = money_by_payer(report).rows[-1]
    money = made["money"]
    assert (money["setup"], money["union"], money["partner"], money["year"]) == total[2:]
    assert made["gaps"]["after"]["gap_workers"] == report.gaps_after.whole["gap_workers"]


def test_figures_name_groups_in_both_languages_and_notes_too() -> None:
    report = small_report()
    made = scenario_figures(
        replace(outcome_of(report), notes=(note("{name} holds no plan.", name="X"),))
    )
    assert [(each["name"], each["name_en"]) for each in made["by_group"]] == [
        ("外卖骑手", "Riders"),
        ("环卫工人", "Sanitation"),
    ]
    assert made["notes"][0]["en"] == "X holds no plan."
    assert made["notes"][0]["zh"] != made["notes"][0]["en"]


def test_the_heat_table_adds_up_to_groups_and_to_periods() -> None:
    made = small_figures()
    table = made["by_group_period"]
    hours, after = np.array(table["hours"]), np.array(table["after"])
    for at, each in enumerate(made["by_group"]):
        assert hours[at].sum() == pytest.approx(each["hours"])
        assert (hours[at] * after[at]).sum() == pytest.approx(each["hours"] * each["after"])
    for at, each in enumerate(made["by_period"]):
        assert hours[:, at].sum() == pytest.approx(each["hours"])
        assert (hours[:, at] * after[:, at]).sum() == pytest.approx(each["hours"] * each["after"])


def test_without_a_plan_the_figures_are_those_of_today() -> None:
    report = small_report()
    today = replace(
        outcome_of(report),
        after=report.before,
        gaps_after=report.gaps_today,
        plan=None,
        measures=report.measures.iloc[:0],
    )
    made = scenario_figures(today)
    assert made["plan"] is None
    assert made["measures"] == []
    assert made["effective_share"]["before"] == made["effective_share"]["after"]
    assert made["money"] == {
        "setup": 0.0, "union": 0.0, "partner": 0.0, "year": 0.0, "year_unknown": 0, "by_kind": [],
    }  # fmt: skip


def test_of_equally_unserved_communities_the_largest_is_the_worst() -> None:
    people = np.array([[[1000], [3000], [2000], [9000]]])  # one band; four cells; one group
    demand = demand_of(people, communities=["a", "b", "c", ""])
    coverage = coverage_of([GOOD], [[600, 600, 100, 600]], demand)
    report = small_report()
    seen = measure_coverage(coverage, ["s0"])
    made = scenario_figures(replace(outcome_of(report), before=seen, after=seen))
    assert made["worst"]["after"] == {
        "id": "b", "name": "b", "share": 0.0, "hours": 3 * 168.0, "unserved": 2,
    }  # fmt: skip
    assert made["by_community"]["id"] == ["a", "b", "c"]  # what lies in none is no community


def test_the_gini_coefficient_of_a_hand_worked_town() -> None:
    # Demand 1, 2, 1; served shares 0, 1/2, 1: 0 + 1 + 1 of 4 hours. Lorenz points (1/4, 0),
    # (3/4, 1/2), (1, 1): area 1/8 + 3/16 = 5/16, so the coefficient is 1 - 5/8.
    assert gini_of([1.0, 2.0, 1.0], [0.0, 0.5, 1.0]) == pytest.approx(3 / 8)
    assert gini_of([], []) is None
    assert gini_of([5.0, 5.0], [0.0, 0.0]) == 0.0


@given(
    st.lists(st.tuples(st.integers(1, 50), st.integers(0, 10)), min_size=1, max_size=8),
    st.integers(0, 7),
)
def test_gini_knows_no_order_no_unit_and_no_cutting_of_communities(
    rows: list[tuple[int, int]], cut: int
) -> None:
    hours, shares = [float(h) for h, _ in rows], [s / 10 for _, s in rows]
    whole = gini_of(hours, shares)
    assert whole is not None
    assert 0 <= whole < 1
    assert gini_of(hours[::-1], shares[::-1]) == pytest.approx(whole)
    assert gini_of([7 * h for h in hours], shares) == pytest.approx(whole)
    at = cut % len(rows)
    halves = [*hours[:at], hours[at] / 2, hours[at] / 2, *hours[at + 1 :]]
    assert gini_of(halves, [*shares[: at + 1], *shares[at:]]) == pytest.approx(whole)


@given(st.lists(st.tuples(st.integers(1, 50), st.integers(0, 10)), min_size=1, max_size=8))
def test_twice_the_area_above_the_lorenz_curve_is_the_gini_coefficient(
    rows: list[tuple[int, int]],
) -> None:
    hours, shares = [float(h) for h, _ in rows], [s / 10 for _, s in rows]
    points = lorenz_of({"by_community": {"hours": hours, "after": shares}})
    area = sum((x1 - x0) * (y0 + y1) for (x0, y0), (x1, y1) in pairwise(points))
    assert 1 - area == pytest.approx(gini_of(hours, shares), abs=1e-9)


def test_a_curve_is_kept_with_the_figures_and_nothing_else_of_it() -> None:
    point = {"limit": 1.0, "count": 1, "cost_yuan": 5.0, "served": 9.0, "bound": 9.5,
             "effective_share": 0.3, "gap": 0.1, "options": ["a", "b"]}  # fmt: skip
    whole = {"by": "money", "knee": 0, "points": [point], "seconds": 3.0}
    kept = with_curve(with_curve(figures(), {**whole, "by": "count"}), whole)
    wanted = {k: v for k, v in point.items() if k not in ("gap", "options")}
    assert kept["curves"] == {key: {"knee": 0, "points": [wanted]} for key in ("count", "money")}


# --- What charts draw -----------------------------------------------------------------------------


def test_bars_begin_with_everybody_and_leave_out_groups_without_workers() -> None:
    made = figures(share=0.4, groups=(0.3, 0.5))
    made["by_group"][1]["hours"] = 0.0
    told = [(part, str(name), value) for part, name, value in bars_of(made)]
    assert told == [("", "All workers", 0.4), (made["by_group"][0]["id"], "group 0", 0.3)]


def test_a_cell_of_the_heat_table_without_workers_has_no_share() -> None:
    made = small_figures()
    made["by_group_period"]["hours"][1][1] = 0.0
    heat = heat_of(made)
    assert heat.shares[("cleaner", "night")] is None
    assert heat.shares[("rider", "day")] == made["by_group_period"]["after"][0][0]


def test_steps_begin_today_and_end_with_the_whole_plan() -> None:
    made = figures(share=0.4, setup=9000.0)
    assert [(str(s), c, v) for s, c, v in steps_of(made)] == [
        ("today", 0.0, 0.25),
        ("the whole plan", 9000.0, 0.4),
    ]


def test_steps_of_a_plan_in_phases_add_its_money_up() -> None:
    phases = (Phase(id="p1", name="一期", budget_yuan=3500.0), Phase(id="p2", name="二期"))
    report = small_report(limits=Limits(count=2, phases=phases))
    made = scenario_figures(outcome_of(report))
    assert [(str(s), c, v) for s, c, v in steps_of(made)][1:] == [
        (name, float(row["all_cost_yuan"]), float(row["share"]))
        for name, (_, row) in zip(("一期", "二期"), report.by_phase.iterrows(), strict=True)
    ]


# --- Side by side ---------------------------------------------------------------------------------


def test_two_scenarios_are_told_with_gain_price_and_what_each_is_better_at() -> None:
    today = scenario("today", figures(status=None), baseline=True)
    plan = scenario(
        "plan", figures(share=0.35, groups=(0.35, 0.35), periods=(0.5, 0.2), worst=0.05,
                        setup=5000.0, union=2000.0, year=300.0)
    )  # fmt: skip
    assert told(compare([today, plan])) == [
        (
            "“plan” serves 100 more worker-hours a week than “today” (35.0% against 25.0%) and"
            " costs 5,000 yuan more to set up: 50.00 yuan for each worker-hour a week. With “plan”"
            " the union pays 2,000 yuan more of it; running it costs 300 yuan a year more."
            " “plan” is better for: every group of workers, period 0; “today” is better for:"
            " period 1, the worst-served community."
        ),
    ]


def test_the_table_tells_everything_that_scenarios_are_compared_by() -> None:
    rows = compare([scenario("one", small_figures(Limits(count=1)))]).rows
    assert [row.key for row in rows] == [
        "served", "hours", "nominal", "stations",
        "group:rider", "group:cleaner",
        "period:day", "period:night",
        "worst", "unserved", "gini",
        "gap_workers", "exempt_workers",
        "setup", "union", "partner", "year",
        "new",
        "status", "gap",
    ]  # fmt: skip


def test_a_scenario_that_serves_less_for_less_money_is_told_so() -> None:
    one = scenario("one", figures(share=0.5, groups=(0.5, 0.5), setup=9000.0, union=900.0))
    two = scenario("two", figures(share=0.4, groups=(0.4, 0.5), setup=4000.0, union=900.0))
    assert told(compare([one, two])) == [
        (
            "“two” serves 100 fewer worker-hours a week than “one” (40.0% against 50.0%) and costs"
            " 5,000 yuan less to set up. “two” is worse for: group 0. Money aside, nothing that is"
            " compared is better than with"
            " “one”."
        ),
    ]


def test_a_scenario_beside_its_copy_differs_in_nothing() -> None:
    made = small_figures()
    found = compare([scenario("one", made), scenario("two", made)])
    assert told(found) == ["“two” and “one” do not differ in any figure that is compared."]
    assert all(not found.best(row) for row in found.rows)
    assert all(row.same(0, 1) for row in found.rows)
    assert found.changes[0].listed == ()
    assert found.changes[0].gain_hours == 0


def test_a_difference_that_would_not_be_seen_is_none() -> None:
    one = scenario("one", figures(share=0.25))
    two = scenario("two", figures(share=0.2504, setup=0.4))
    row = next(row for row in compare([one, two]).rows if row.key == "served")
    assert row.same(0, 1)
    assert not row.ahead(1, 0)
    more = scenario("more", figures(share=0.2505))
    row = next(row for row in compare([one, more]).rows if row.key == "served")
    assert row.ahead(1, 0)


def test_the_order_of_the_scenarios_changes_no_fact() -> None:
    one = scenario(
        "one", figures(share=0.3, setup=5.0, measures=[measure("a", "A"), measure("b", "B")])
    )
    two = scenario("two", figures(share=0.4, setup=7.0, measures=[measure("a", "A")]))
    three = scenario("three", figures(share=0.35, gini=0.1))
    forth, back = compare([one, two, three]), compare([three, two, one])
    assert [row.key for row in forth.rows] == [row.key for row in back.rows]
    for row, other in zip(forth.rows, back.rows, strict=True):
        assert row.values == other.values[::-1]
        assert {forth.sides[at].id for at in forth.best(row)} == {
            back.sides[at].id for at in back.best(other)
        }
    # What holds of all is said in both orders, word by word.
    assert told(forth)[0] == told(back)[0]
    there, again = (
        changes_between(one.figures or {}, two.figures or {}),
        changes_between(two.figures or {}, one.figures or {}),
    )
    assert (there.gain_hours, there.setup_yuan) == (-again.gain_hours, -again.setup_yuan)


def test_a_plan_that_hands_took_beyond_its_limits_is_told_to_be_beyond_them() -> None:
    report = small_report(limits=Limits(count=2))
    broken = tuple(note("Limit {number}.", number=number) for number in range(5))
    plan = replace(report.plan, status=Status.EDITED, reasons=broken, notes=(note("x"), *broken))
    beyond = scenario_figures(replace(outcome_of(report), plan=plan, notes=plan.notes))
    assert [each["broken"] for each in beyond["notes"]] == [False, *[True] * 5]
    within = scenario_figures(replace(outcome_of(report), plan=plan, notes=plan.notes[:1]))
    found = compare([scenario("A", within), scenario("B", beyond), scenario("C", None)])
    assert found.remarks == 2
    assert told(found)[-2:] == [
        (
            "“B” was changed by hand and does not keep its own limits: Limit 0. Limit 1. Limit 2."
            " 2 more limits are not kept."
        ),
        "“C” has no plan yet.",
    ]


def test_the_best_of_three_is_named_for_each_aim() -> None:
    found = compare(
        [
            scenario("today", figures(status=None), baseline=True),
            scenario("cheap", figures(share=0.3, setup=100.0, worst=0.2)),
            scenario("wide", figures(share=0.6, setup=900.0, gini=0.1, gap_workers=10.0)),
        ]
    )
    assert told(found)[0] == (
        "Of all 3: most served: “wide”; least set-up money of the plans: “cheap”; best for the"
        " worst-served community: “cheap”; most even over communities: “wide”; fewest workers too"
        " far from a station: “wide”."
    )


def test_a_stale_scenario_is_shown_as_it_was_and_judged_by_nobody() -> None:
    old = scenario("old", figures(share=0.9))
    found = compare([scenario("now", figures()), old], stale=["old"])
    assert [side.state for side in found.sides] == ["current", "stale"]
    row = next(row for row in found.rows if row.key == "served")
    assert row.values == (0.25, 0.9)
    assert found.best(row) == ()
    assert found.changes == ()
    assert told(found) == [
        (
            "“old” was found from data or settings that have changed since: its figures are what"
            " they were then. Search again to compare it."
        )
    ]


def test_against_a_stale_first_scenario_nothing_is_told() -> None:
    found = compare(
        [scenario("old", figures()), scenario("now", figures(share=0.9))], stale=["old"]
    )
    assert found.changes == ()
    assert len(told(found)) == 1
    assert told(found)[0].startswith("“old” was found from data")


def test_a_scenario_without_a_plan_is_told_and_has_no_figures() -> None:
    found = compare([scenario("now", figures()), scenario("empty", None)])
    assert [side.state for side in found.sides] == ["current", "none"]
    assert told(found) == ["“empty” has no plan yet."]
    assert all(row.values[1] is None for row in found.rows)


def test_a_search_that_found_nothing_is_not_taken_for_the_state_of_today() -> None:
    found = compare([scenario("now", figures()), scenario("none", figures(status="infeasible"))])
    assert found.sides[1].state == "failed"
    assert told(found) == ["The search for “none” ended without a plan that keeps its limits."]
    status = next(row for row in found.rows if row.key == "status")
    assert str(status.beside[1]) == "no plan keeps the limits"
    assert next(row for row in found.rows if row.key == "served").values == (0.25, None)


def test_other_demand_and_other_settings_are_told() -> None:
    one = scenario("one", figures())
    other = scenario("other", figures(share=0.3, hours=2000.0, before=0.28))
    words = told(compare([one, other]))
    assert any("count different demand (2,000 and 1,000 worker-hours" in each for each in words)
    assert any("serve 28.0% as “other” counts and 25.0% as “one” does" in each for each in words)


def test_money_is_not_told_to_have_bought_what_other_settings_serve() -> None:
    one = scenario("one", figures(status=None))
    other = scenario("other", figures(share=0.4, before=0.35, setup=5000.0))
    words = " ".join(told(compare([one, other])))
    assert "costs 5,000 yuan more to set up." in words
    assert "yuan for each worker-hour" not in words


def test_another_largest_distance_is_told_where_it_makes_the_difference() -> None:
    one = scenario("one", figures())
    other = scenario("other", figures(gap_workers=10.0, far_before=20.0))
    words = " ".join(told(compare([one, other])))
    assert "Today 20 workers are too far from any open station as “other” counts" in words


def test_of_many_scenarios_it_is_told_that_they_do_not_count_the_same() -> None:
    plans = [scenario("a", figures(status=None)), scenario("b", figures(share=0.3))]
    hint = "They do not all count alike: part of what differs"
    assert hint not in told(compare([*plans, scenario("c", figures(share=0.6))]))[0]
    wide = figures(share=0.6, before=0.5)
    assert hint in told(compare([*plans, scenario("c", wide)]))[0]


def test_of_many_scenarios_without_a_best_each_is_still_told_behind_it() -> None:
    same = [scenario(each, figures()) for each in "abc"]
    words = told(compare(same))
    assert words[0].startswith("None of the 3 stands out")
    assert len(words) == 3
    assert len(told(compare([*same, scenario("old", figures())], stale=["old"]))) == 4


def test_scenarios_alike_in_shares_alone_are_not_told_to_be_the_same() -> None:
    one = scenario("one", figures(hours=1_000_000.0))
    other = scenario("other", figures(hours=1_000_000.0, share=0.2504))
    words = told(compare([one, other]))[0]
    assert words.startswith("“other” serves 400 more worker-hours a week")
    double = scenario("double", figures(hours=2_000_000.0))
    assert "count different demand" in told(compare([one, double]))[0]


def test_who_serves_fewer_is_not_told_to_be_worse_in_nothing() -> None:
    one = scenario("one", figures(hours=1_000_000.0, share=0.2504))
    fair = scenario("fair", figures(hours=1_000_000.0, share=0.25, gini=0.1))
    words = told(compare([one, fair]))[0]
    assert "serves 400 fewer worker-hours" in words
    assert "nothing that is compared" not in words
    assert words.endswith("“fair” is better for: evenness over communities.")


def test_a_search_that_ended_near_enough_is_not_called_proven_best() -> None:
    found = compare([scenario("best", figures()), scenario("near", figures(gap=0.0004))])
    rows = {row.key: row for row in found.rows}
    assert list(map(str, rows["status"].beside)) == ["proven best", "proven as near as asked for"]
    assert rows["gap"].form == "fine_share"
    assert not rows["gap"].same(0, 1)
    strange = compare([scenario("a", figures(status="<b>"))])
    assert str(next(row for row in strange.rows if row.key == "status").beside[0]) == "<b>"


def test_groups_that_one_scenario_does_not_know_have_no_value_there() -> None:
    other = figures()
    other["by_group"] = [{**other["by_group"][0], "id": "own", "name_en": "Own"}]
    found = compare([scenario("one", figures()), scenario("two", other)])
    rows = {row.key: row.values for row in found.rows if row.section == "group"}
    assert rows == {
        "group:group0": (0.25, None),
        "group:group1": (0.25, None),
        "group:own": (None, 0.25),
    }


def test_hostile_names_stay_words() -> None:
    name = "{0}%s${x}`<img onerror=alert(1)>{name}"
    found = compare([scenario("a", figures(), name=name), scenario("b", figures(share=0.5))])
    assert name in told(found)[0]


@pytest.mark.parametrize("ids", [[], ["a", "a"]])
def test_each_scenario_is_compared_once(ids: list[str]) -> None:
    with pytest.raises(ValueError, match="at least one, each once"):
        compare([scenario(each, figures()) for each in ids])


def test_a_comparison_is_plain_values_too() -> None:
    found = compare([scenario("a", figures()), scenario("b", small_figures())])
    plain = comparison_object(found)
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert [each["id"] for each in plain["scenarios"]] == ["a", "b"]


# --- Measures that differ -------------------------------------------------------------------------


def test_added_exchanged_and_dropped_measures_are_told_with_what_they_gain_and_cost() -> None:
    first = figures(measures=[
        measure("stay", "S", gain_hours=50.0),
        measure("day", "D", gain_hours=20.0, setup=800.0, year=None),
        measure("gone", "G", gain_hours=30.0, setup=500.0),
    ])  # fmt: skip
    then = figures(measures=[
        measure("stay", "S", gain_hours=45.0),
        measure("night", "D", gain_hours=60.0, setup=1000.0),
        measure("fresh", "F", gain_hours=12.0, setup=300.0),
    ])  # fmt: skip
    found = changes_between(first, then, scenario="x")
    assert [
        (each.what, each.option, each.instead_of, each.gain_hours, each.setup_yuan, each.year_yuan)
        for each in found.listed
    ] == [
        ("added", "fresh", "", 12.0, 300.0, 100.0),
        ("other", "night", "day", 40.0, 200.0, None),
        ("dropped", "gone", "", -30.0, -500.0, -100.0),
    ]
    assert (found.kept, found.kept_gain_hours) == (1, -5.0)
    assert (found.gain_hours, found.setup_yuan) == (17.0, 0.0)
    assert str(found.sums).startswith("3 measures differ, 1 are the same; difference in all: +17")
    assert "credited with -5 worker-hours a week" in str(found.of_kept)
    assert changes_between(first, first).of_kept is None


def test_those_by_which_most_is_gained_or_lost_come_first_and_stay_where_few_are_told() -> None:
    first = figures(
        measures=[measure("a", "A", gain_hours=5.0), measure("b", "B", gain_hours=90.0)]
    )
    more = [measure("c", "C", gain_hours=1.0), measure("d", "D", gain_hours=7.0)]
    found = changes_between(first, figures(measures=more))
    assert [each.option for each in found.listed] == ["d", "c", "b", "a"]
    assert [each.option for each in found.largest(2)] == ["d", "b"]
    assert found.largest(9) == found.listed


def test_two_measures_at_one_site_are_both_told() -> None:
    first = figures(measures=[measure("summer", "P"), measure("winter", "P")])
    found = changes_between(first, figures(measures=[measure("always", "P")]))
    assert sorted(each.what for each in found.listed) == ["dropped", "other"]


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_the_gains_of_all_measures_add_up_to_what_is_served_more(count: int) -> None:
    first = small_figures(Limits(count=2))
    then = small_figures(Limits(count=count))
    found = changes_between(first, then)
    assert found.gain_hours == pytest.approx(
        then["served_hours"]["after"] - first["served_hours"]["after"]
    )
    assert found.setup_yuan == pytest.approx(then["money"]["setup"] - first["money"]["setup"])


# --- Who gains and who loses ----------------------------------------------------------------------


def test_one_who_gains_does_not_make_up_for_another_who_loses_in_the_same_place() -> None:
    # One worker all week: first a station by day (12 hours a day), then one from noon to midnight.
    day, late = daily((6, 18)), daily((12, 24))
    coverage = coverage_of(
        [(day, (), True, "open", True), (late, (), True, "open", True)], [[100], [100]], alone()
    )
    row = served_difference(coverage, ["s0"], ["s1"]).iloc[0]
    assert row.to_dict() == {"hours": 168, "both": 42, "gained": 42, "lost": 42, "neither": 42}
    net = net_difference(measure_coverage(coverage, ["s0"]), measure_coverage(coverage, ["s1"]))
    assert net.iloc[0].to_dict() == {
        "hours": 168, "both": 84, "gained": 0, "lost": 0, "neither": 84,
    }  # fmt: skip


@given(districts(), st.data())
@settings(max_examples=60, deadline=None)
def test_differences_are_those_of_the_figures_and_turn_around(
    coverage: Coverage, data: st.DataObject
) -> None:
    ids = list(coverage.options.table.index)
    first, then = (data.draw(st.sets(st.sampled_from(ids))) for _ in range(2))
    found = served_difference(coverage, first, then)
    for options, alone_in in ((first, "lost"), (then, "gained")):
        served = measure_coverage(coverage, options).by_cell
        hours = served["effective_share"] * served["worker_hours_week"]
        assert np.allclose(found["both"] + found[alone_in], hours)
    parts = found[["both", "gained", "lost", "neither"]]
    assert (parts >= 0).all(axis=None)
    assert np.allclose(parts.sum(axis=1), found["hours"])
    back = served_difference(coverage, then, first)
    assert back.equals(found.rename(columns={"gained": "lost", "lost": "gained"})[back.columns])
    same = served_difference(coverage, first, first)
    assert not same[["gained", "lost"]].any(axis=None)


def test_figures_of_other_demand_cannot_be_subtracted() -> None:
    one, two = (
        measure_coverage(coverage_of([GOOD], [[100]], alone(people=n)), ["s0"])
        for n in (1000, 2000)
    )
    with pytest.raises(ValueError, match="same demand in the same cells"):
        net_difference(one, two)


# --- What a person calls a scenario ---------------------------------------------------------------


def _summary(identity: str, called: str) -> Summary:
    made = scenario(identity, None, name=called)
    known = {each.name for each in fields(Scenario)}
    return Summary(
        **{each.name: getattr(made, each.name) for each in fields(Summary) if each.name in known}
    )


class Listed:
    """A store that only lists."""

    def __init__(self, *names: tuple[str, str]) -> None:
        self.summaries = tuple(_summary(identity, called) for identity, called in names)

    def list(self, district: str | None = None, *, deleted: bool = False) -> tuple[Summary, ...]:
        return () if deleted or district == "elsewhere" else self.summaries


STORE = Listed(("a1b2c3d4", "Plan A"), ("a1b2c3ff", "方案2"), ("0123456789", "a1b2c3d4"))


@pytest.mark.parametrize(
    ("word", "identity"),
    [
        ("a1b2c3d4", "a1b2c3d4"),  # an id counts before a name
        ("plan a", "a1b2c3d4"),
        ("方案２", "a1b2c3ff"),  # full width
        ("012345", "0123456789"),
        (" Plan A ", "a1b2c3d4"),
    ],
)
def test_a_scenario_is_found_by_name_or_id(word: str, identity: str) -> None:
    assert named_scenario(STORE, word).id == identity


def test_a_name_to_the_letter_counts_before_one_in_other_letters() -> None:
    store = Listed(("a1b2c3d4", "Plan A"), ("a1b2c3ff", "plan a"), ("0123456789", "PLAN A"))
    assert named_scenario(store, "plan a").id == "a1b2c3ff"
    assert named_scenario(store, "Plan A").id == "a1b2c3d4"
    with pytest.raises(StoreError, match="Several scenarios are called plan A"):
        named_scenario(store, "plan A")


def test_too_few_or_shared_digits_name_no_scenario() -> None:
    with pytest.raises(
        StoreError, match=r"Several scenarios are called a1b2c3: a1b2c3d4, a1b2c3ff"
    ):
        named_scenario(STORE, "a1b2c3")
    with pytest.raises(StoreError, match=r"no scenario 01234\. There are: Plan A"):
        named_scenario(STORE, "01234")
    with pytest.raises(StoreError, match="There are: none"):
        named_scenario(STORE, "Plan A", district="elsewhere")
