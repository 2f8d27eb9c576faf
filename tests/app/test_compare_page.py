"""The page of comparing: figures, measures, maps, charts and curves of scenarios."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from app_driver import (
    ROOT,
    SAMPLE,
    click,
    faults,
    has_button,
    healthy,
    page,
    shown_html,
    until,
    view,
    words,
)
from streamlit.testing.v1 import AppTest

from app_pages.memory import scenario as scenarios
from planner.district.settings import Limits
from planner.pipeline import Prepared, plan, prepare
from planner.pipeline.scenarios import baseline_of, first_scenario, scenario_with
from planner.scenarios import Scenario
from planner.scenarios.store import open_store

FEW = Limits(count=2, time_limit_s=20.0, gap_share=0.02)
MORE = Limits(count=4, time_limit_s=20.0, gap_share=0.02)

pytestmark = [
    pytest.mark.skipif(
        not (SAMPLE / "district.toml").is_file(),
        reason="the sample is not there: data/make_sample.py",
    ),
    # streamlit-folium and Streamlit use each other's older names.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Search two plans of the sample, once for all tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLANNER_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))
        prepared = prepare(SAMPLE)
        return {"few": plan(prepared, FEW), "more": plan(prepared, MORE)}


def kept(folder: Path, plans: Mapping[str, Any], *names: str) -> dict[str, Scenario]:
    """Keep a baseline and a scenario for each plan that is named; "empty" has none."""
    scenarios.look_again()
    store = open_store()
    prepared = _here(folder, plans)
    base = store.add(baseline_of(prepared))
    made = {"today": base}
    for name in names:
        new = store.add(replace(first_scenario(base), name=name))
        if name in plans:
            result = replace(plans[name], prepared=prepared)
            new = store.save(scenario_with(new, result, author=""))
        made[name] = new
    scenarios.look_again()
    return made


def _here(folder: Path, plans: Mapping[str, Any]) -> Prepared:
    """Give what was prepared as if it had been read from another folder."""
    prepared: Prepared = plans["few"].prepared
    return replace(prepared, district=replace(prepared.district, folder=folder))


def comparing(folder: Path, language: str = "en", *, compare: str = "") -> AppTest:
    """Open the page by its address alone, as a link does."""
    test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    test.query_params["lang"] = language
    test.query_params["district"] = folder.name
    if compare:
        test.query_params["compare"] = compare
    return page(test, "compare")


def test_with_nothing_but_today_the_way_to_a_plan_is_shown(
    opened: Path, plans: Mapping[str, Any]
) -> None:
    kept(opened, plans, "empty")
    test = comparing(opened, "zh")
    assert "目前只有现状" in words(test)
    assert not test.error


def test_the_baseline_and_a_plan_stand_beside_each_other(
    opened: Path, plans: Mapping[str, Any]
) -> None:
    made = kept(opened, plans, "few")
    test = comparing(opened)
    told = words(test)
    gained = plans["few"].after.served_milli - plans["few"].before.served_milli
    assert f"“few” serves {gained / 60_000:,.0f} more worker-hours a week than" in told
    table = faults(test)
    assert f"{plans['few'].after.effective_share:.1%}" in table
    assert f"{plans['few'].before.effective_share:.1%}" in table
    assert "(best)" in table
    marks = ".".join(made[name].id[:8] for name in ("today", "few"))
    assert test.query_params["compare"] == marks


def test_a_link_opens_the_same_scenarios(opened: Path, plans: Mapping[str, Any]) -> None:
    made = kept(opened, plans, "few", "more")
    test = comparing(opened, compare=f"{made['more'].id[:8]}.{made['few'].id[:8]}")
    chosen = test.multiselect(key=_key(test, "compare_chosen"))
    assert chosen.value == [made["more"].id, made["few"].id]
    assert test.selectbox(key=_key(test, "compare_first")).value == made["more"].id


def test_a_link_holds_the_others_against_the_scenario_that_it_names_first(
    opened: Path, plans: Mapping[str, Any]
) -> None:
    made = kept(opened, plans, "few")
    test = comparing(opened, compare=f"{made['few'].id[:8]}.{made['today'].id[:8]}")
    assert test.selectbox(key=_key(test, "compare_first")).value == made["few"].id


def test_what_is_compared_stays_so_in_another_language_and_under_another_name(
    opened: Path, plans: Mapping[str, Any]
) -> None:
    made = kept(opened, plans, "few")

    def handed(test: AppTest) -> list[str]:
        """Give the names that a browser is told to have chosen: it knows no ids."""
        proto = test.multiselect(key=_key(test, "compare_chosen")).proto
        first = test.selectbox(key=_key(test, "compare_first")).proto
        return [*proto.raw_values, first.raw_value]

    test = comparing(opened, "zh")
    healthy(test.radio(key="language_choice").set_value("en").run())
    assert handed(test) == ["State of today", "few", "State of today"]
    open_store().save(replace(made["few"], name="less"))
    scenarios.look_again()
    healthy(test.run())
    assert handed(test) == ["State of today", "less", "State of today"]


def _key(test: AppTest, name: str) -> str:
    widgets = [*test.multiselect, *test.selectbox]
    return next(str(each.key) for each in widgets if str(each.key).startswith(name))


def test_measures_that_differ_are_listed_with_gain_and_cost(
    opened: Path, plans: Mapping[str, Any]
) -> None:
    kept(opened, plans, "few", "more")
    test = comparing(opened)
    test.selectbox(key=_key(test, "compare_first")).set_value(
        test.multiselect(key=_key(test, "compare_chosen")).value[1]
    )
    healthy(test.run())
    view(test, "compare_view", "measures")
    listed = faults(test)
    few, more = (plans[name].measures for name in ("few", "more"))
    for option in set(more.index) - set(few.index):
        assert str(more["name"][option]) in listed
    cost = plans["more"].plan.cost_yuan - plans["few"].plan.cost_yuan
    assert f"{cost:+,.0f} yuan of set-up money" in words(test).replace("\\", "")


def test_each_chart_stands_with_its_figures(opened: Path, plans: Mapping[str, Any]) -> None:
    made = kept(opened, plans, "few")
    # A name that is also the key of a column may not push that column out.
    open_store().save(replace(made["few"], name="part"))
    scenarios.look_again()
    test = comparing(opened, "zh")
    view(test, "compare_view", "charts")
    for chart in ("bars", "heat", "lorenz", "steps"):
        view(test, "compare_chart", chart)
        assert "<table" in shown_html(test)
        drawn = [json.loads(each.proto.spec) for each in test.get("vega_lite_chart")]
        assert len(drawn) == (0 if chart == "heat" else 1)
        assert all(each["description"] for each in drawn)
        if chart == "bars":
            assert "外卖骑手" in faults(test)
            assert "part" in faults(test)
        if chart == "heat":
            for share in plans["few"].after.by_group_period["effective_share"]:
                assert not share or f"{share:.1%}" in faults(test)


def test_maps_are_pages_that_the_app_serves(opened: Path, plans: Mapping[str, Any]) -> None:
    kept(opened, plans, "few", "more")
    test = comparing(opened)
    view(test, "compare_view", "maps")
    for kind in ("pair", "difference"):
        view(test, "compare_maps", kind)
        frames = [each.proto for each in test.get("iframe")]
        assert len(frames) == 1
        assert frames[0].src.startswith("/component/app_pages.mapping.embed.served/pages/")
        assert frames[0].alt
    gained = plans["more"].after.served_milli - plans["few"].before.served_milli
    assert f"{gained / 60_000:,.0f}" in shown_html(test)


def test_a_scenario_of_other_data_is_told_and_led_to_a_search(
    opened: Path, plans: Mapping[str, Any]
) -> None:
    made = kept(opened, plans, "few")
    store = open_store()
    store.save(replace(made["few"], inputs="0" * 64))
    scenarios.look_again()
    test = comparing(opened)
    told = words(test)
    assert "was found from data or settings that have changed since" in told
    assert "out of date" in faults(test)
    view(test, "compare_view", "maps")
    assert "has no plan for the data as they are now" in words(test)
    assert has_button(test, f"compare_open_{made['few'].id}")


def test_one_scenario_is_asked_for_a_second_and_an_empty_one_is_told(
    opened: Path, plans: Mapping[str, Any]
) -> None:
    made = kept(opened, plans, "few", "empty")
    test = comparing(opened)
    chosen = test.multiselect(key=_key(test, "compare_chosen"))
    chosen.set_value([made["few"].id])
    healthy(test.run())
    assert "Choose at least two scenarios" in words(test)
    chosen = test.multiselect(key=_key(test, "compare_chosen"))
    chosen.set_value([each.id for each in made.values()])
    healthy(test.run())
    assert "“empty” has no plan yet." in words(test)
    click(test, f"compare_open_{made['empty'].id}")
    assert test.session_state["scenario"] == made["empty"].id


def test_a_curve_is_computed_where_it_is_asked_for_and_kept(
    opened: Path, plans: Mapping[str, Any]
) -> None:
    made = kept(opened, plans, "few", "more")
    test = comparing(opened)
    view(test, "compare_view", "curves")
    assert not test.get("vega_lite_chart")
    click(test, f"compare_curve_{made['few'].id}_money")
    until(test, lambda t: bool(t.get("vega_lite_chart")))
    now = open_store().get(made["few"].id)
    points = (now.figures or {})["curves"]["money"]["points"]
    assert len(points) > 2
    assert [each["effective_share"] for each in points] == sorted(
        each["effective_share"] for each in points
    )
    assert now.plan is not None
    assert now.plan["chosen"] == list(plans["few"].plan.options)
    assert "more" not in faults(test)
    # A second curve comes into the same plot.
    figures = {**(made["more"].figures or {}), "curves": (now.figures or {})["curves"]}
    open_store().save(replace(made["more"], figures=figures))
    scenarios.look_again()
    healthy(test.run())
    assert len(test.get("vega_lite_chart")) == 1
    assert {name for name in ("few", "more") if name in faults(test)} == {"few", "more"}


def test_hostile_names_of_scenarios_stay_text(opened: Path, plans: Mapping[str, Any]) -> None:
    made = kept(opened, plans, "few")
    name = "<img src=x onerror=alert(1)>${x}`**b**"
    open_store().save(replace(made["few"], name=name))
    scenarios.look_again()
    test = comparing(opened)
    for chosen in ("table", "measures", "maps", "charts", "curves"):
        view(test, "compare_view", chosen)
        assert "<img src=x" not in shown_html(test)
        assert all("**b**" not in str(each.value) for each in (*test.markdown, *test.caption))
