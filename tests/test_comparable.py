"""Whether scenarios count alike, and that sentences are true where they do not."""

from dataclasses import replace
from typing import Any

import pytest
from compared_scenarios import figures, outcome_of, scenario, small_figures
from small_plans import small_district, small_report

from app_pages.comparing.table import _signed
from planner.district import Settings
from planner.district.settings import Assumptions, GapRules, Limits, ServiceRules, Way
from planner.language import use_language
from planner.scenarios.basis import basis_of, unlike
from planner.scenarios.compare import compare, comparison_object
from planner.scenarios.figures import scenario_figures
from planner.scenarios.shapes import figures_fit

SETTINGS = small_district().settings


@pytest.fixture(autouse=True)
def english() -> None:
    use_language("en")


def told(first: dict[str, Any], then: dict[str, Any]) -> str:
    """Give what is said of two scenarios."""
    found = compare([scenario("one", first), scenario("other", then)])
    return " ".join(map(str, found.sentences))


def with_reach(metres: float) -> Settings:
    """Give the settings with another reach of the first group."""
    first, *others = SETTINGS.groups
    ways = (Way(mode="walk", reach_m=metres),)
    return replace(SETTINGS, groups=(replace(first, ways=ways), *others))


OTHERWISE = {
    "reach": with_reach(800.0),
    "groups": replace(SETTINGS, season="summer"),
    "workers": replace(SETTINGS, demand=replace(SETTINGS.demand, model="forest")),
    "periods": replace(SETTINGS, periods=SETTINGS.periods[:1]),
    "stations": replace(SETTINGS, assumptions=Assumptions(access="gated")),
    "prices": replace(SETTINGS, assumptions=Assumptions(cost_setup_yuan=5.0)),
    "seats": replace(SETTINGS, service=ServiceRules(stay_min=10.0)),
    "gaps": replace(SETTINGS, gaps=GapRules(urban_m=700.0)),
}


@pytest.mark.parametrize("part", OTHERWISE)
def test_what_two_scenarios_are_counted_by_is_told_apart_part_by_part(part: str) -> None:
    one, other = (
        {"basis": basis_of(settings, counts_seats=True)} for settings in (SETTINGS, OTHERWISE[part])
    )
    assert list(unlike(one, other)) == [part]


@pytest.mark.parametrize(
    "settings",
    [
        replace(SETTINGS, name="x", data_note="y"),
        replace(SETTINGS, limits=Limits(count=9, no_go=(((1.0, 1.0), (2.0, 1.0), (2.0, 2.0)),))),
        replace(SETTINGS, service=ServiceRules(stay_min=10.0)),  # nobody counts seats
        replace(SETTINGS, gaps=GapRules(least_area_m2=30.0)),
    ],
)
def test_names_limits_and_what_nobody_counts_by_leave_two_scenarios_alike(
    settings: Settings,
) -> None:
    one, other = ({"basis": basis_of(each, counts_seats=False)} for each in (SETTINGS, settings))
    assert unlike(one, other) == {}


def test_figures_tell_what_they_are_counted_by() -> None:
    made = small_figures()
    assert made["basis"] == basis_of(SETTINGS, counts_seats=False)
    assert figures_fit(made)
    assert not figures_fit({**made, "basis": {"reach": 5}})
    report = small_report()
    seats = replace(outcome_of(report), plan=replace(report.plan, counts_seats=True))
    assert list(unlike(made, scenario_figures(seats))) == ["seats"]


def test_another_reach_is_told_also_where_no_station_of_today_shows_it() -> None:
    near, far = (
        {"basis": basis_of(each, counts_seats=False)} for each in (SETTINGS, with_reach(800.0))
    )
    one = figures(before=0.0, share=0.1, setup=1000.0) | near
    other = figures(before=0.0, share=0.4, setup=2000.0) | far
    words = told(one, other)
    assert "serves 300 more worker-hours" in words
    assert "yuan for each worker-hour" not in words
    assert (
        "“other” and “one” do not count alike. They differ in: how far workers go to a station."
        " Part of what differs may come from that, not from the measures."
    ) in words
    assert "yuan for each worker-hour" in told(one, other | near)
    plain = comparison_object(compare([scenario("one", one), scenario("other", other)]))
    assert [each["counts_otherwise"] for each in plain["scenarios"]] == [[], ["reach"]]


def test_scenarios_alike_in_all_figures_are_still_told_to_count_otherwise() -> None:
    near, far = (
        {"basis": basis_of(each, counts_seats=False)} for each in (SETTINGS, with_reach(800.0))
    )
    words = told(figures() | near, figures() | far)
    assert "do not differ in any figure" in words
    assert "They differ in: how far workers go to a station." in words


def test_who_serves_a_smaller_share_of_more_demand_is_not_told_to_be_worse_in_nothing() -> None:
    one = figures(share=0.5)
    other = figures(share=0.4, hours=2000.0, groups=(0.25, 0.25), gini=0.1)
    words = told(one, other)
    assert "serves 300 more worker-hours a week than “one” (40.0% against 50.0%)" in words
    assert "nothing that is compared" not in words


def test_other_demand_stands_in_the_table_and_the_same_demand_does_not() -> None:
    one, other = scenario("one", figures()), scenario("other", figures(hours=2000.0))
    rows = {row.key: row for row in compare([one, other]).rows}
    assert rows["demand"].values == (1000.0, 2000.0)
    assert "demand" not in {row.key for row in compare([one]).rows}


def test_a_running_cost_that_nobody_knows_is_told_beside_the_sum() -> None:
    one, other = figures(), figures(share=0.3, year=300.0)
    assert "is not known" not in told(one, other)
    other["money"]["year_unknown"] = 2
    assert "What it costs to run some measures is not known and not counted." in told(one, other)
    found = compare([scenario("one", one), scenario("other", other)])
    row = next(row for row in found.rows if row.key == "year")
    assert [None if each is None else str(each) for each in row.beside] == [
        None,
        "not known of 2",
    ]


@pytest.mark.parametrize("name", ["served_hours", "effective_share", "nominal_share"])
def test_figures_without_what_every_comparison_needs_are_refused(name: str) -> None:
    made = small_figures()
    assert figures_fit(made)
    assert not figures_fit({**made, name: {"before": 0.0, "after": None}})
    assert not figures_fit({**made, "money": {**made["money"], "setup": None}})


@pytest.mark.parametrize(("share", "fits"), [(-0.1, False), (0, True), (1, True), (1.1, False)])
def test_a_share_of_a_file_is_from_nothing_to_everything(*, share: float, fits: bool) -> None:
    made = small_figures()
    for name in ("effective_share", "nominal_share", "gini"):
        assert figures_fit({**made, name: {"before": 0.5, "after": share}}) is fits
    for name in ("by_group", "by_period"):
        assert (
            figures_fit({**made, name: [{**each, "after": share} for each in made[name]]}) is fits
        )
    places, table = made["by_community"], made["by_group_period"]
    shares = {"before": [share] * len(places["id"])}
    assert figures_fit({**made, "by_community": {**places, **shares}}) is fits
    rows = [[share] * len(table["periods"]) for _ in table["groups"]]
    assert figures_fit({**made, "by_group_period": {**table, "after": rows}}) is fits


def test_figures_that_a_chart_would_stumble_over_are_refused() -> None:
    made = small_figures()
    point = dict.fromkeys(("limit", "count", "cost_yuan", "served", "bound", "effective_share"), 1)
    for name in point:
        curve = {"knee": None, "points": [{**point, name: None}]}
        assert not figures_fit({**made, "curves": {"money": curve}})
    assert figures_fit({**made, "curves": {"money": {"knee": None, "points": [point]}}})
    places = made["by_community"]
    for name in ("hours", "before", "after"):
        unknown = [None, *places[name][1:]]
        assert not figures_fit({**made, "by_community": {**places, name: unknown}})
    assert not figures_fit({**made, "by_group": made["by_group"][1:]})
    assert not figures_fit({**made, "by_period": made["by_period"][1:]})


def test_the_best_of_some_is_not_told_to_be_the_best_of_all() -> None:
    plans = [
        scenario(each, figures(share=share))
        for each, share in zip("abcd", (0.3, 0.4, 0.5, 0.9), strict=True)
    ]
    words = str(compare(plans, stale=["d"]).sentences[0])
    assert words.startswith("Of the 3 that can be compared: most served: “c”")
    assert str(compare(plans).sentences[0]).startswith("Of all 4: most served: “d”")


@pytest.mark.parametrize(
    ("value", "shown"),
    [(-0.4, "0"), (0.4, "0"), (0.0, "0"), (-1234.6, "-1,235"), (12.0, "+12"), (None, "–")],
)
def test_a_change_that_rounds_to_nothing_has_no_sign(value: float | None, shown: str) -> None:
    assert _signed(value) == shown
