"""The page of siting: searches, plans changed by hand, the curve, and how sure a plan is."""

import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from app_driver import (
    SAMPLE,
    app,
    click,
    fill,
    has_button,
    healthy,
    keep_settings,
    kept_options,
    kept_settings,
    page,
    scenario_of,
    shown_html,
    solved,
    until,
    view,
    words,
)
from streamlit.testing.v1 import AppTest

from app_pages import shell
from app_pages.access.signing import browser_person
from app_pages.memory import desks as desks_module
from app_pages.memory import shelf as shelf_module
from app_pages.memory.desks import Desk
from app_pages.memory.runs import runs
from planner.district import District
from planner.district.settings import Limits, Phase
from planner.maps import Drawn, measures_layer
from planner.pipeline import problem_for
from planner.siting import LiveSession

FEW = Limits(count=3, time_limit_s=20.0, gap_share=0.01)
HOUR = 60_000
STEPS = 7
LIMITED = [True] * 4 + [False] * (STEPS - 4)

pytestmark = [
    pytest.mark.skipif(
        not (SAMPLE / "district.toml").is_file(),
        reason="the sample is not there: data/make_sample.py",
    ),
    # streamlit-folium and Streamlit use each other's older names.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


def siting(folder: Path, limits: Limits = FEW, language: str = "zh") -> AppTest:
    """Open the page with limits that are kept in the scenario."""
    keep_settings(folder, replace(kept_settings(folder), limits=limits))
    return page(app(district=folder.name, language=language), "siting")


def fresh(folder: Path, options: list[str], limits: Limits = FEW) -> LiveSession:
    """Give a session of its own in which some options stand."""
    prepared = shelf_module.shelf().entry(folder, kept_settings(folder)).preparing.answer()
    return LiveSession(problem_for(prepared, limits), options)


def the_desk(test: AppTest) -> Desk:
    """Give what this person has on the table: the browser of a test keeps no cookie."""
    known = desks_module.desks()._desks  # noqa: SLF001 - there is no other way to look at one
    who = browser_person(test.session_state["browser"], "admin").id
    return next(desk for (person, _), desk in known.items() if person == who)


def standing(test: AppTest) -> tuple[str, ...]:
    return the_desk(test).chosen


def figures_agree(test: AppTest, folder: Path) -> None:
    """Hold what the page shows to a session that begins with what stands."""
    figures = fresh(folder, list(standing(test))).figures()
    shown = {metric.label: metric.value for metric in test.metric}
    assert shown["每周服务工时"] == f"{figures.served_milli / HOUR:,.0f}"
    assert shown["建设费用（元）"] == f"{figures.cost_yuan:,.0f}"
    assert shown["新增站点"] == f"{figures.count:,}"
    assert bool(figures.broken) == ("未满足的约束" in words(test))


# Searches ----------------------------------------------------------------------------------------


def test_from_limits_to_documents_and_found_again_after_a_restart(opened: Path) -> None:
    test = page(app(district=opened.name), "limits")
    fill(test, "money", budget_yuan=None, count=4)
    fill(test, "search", time=20.0)
    solved(page(test, "siting"))
    assert "措施（4）" in str(test.segmented_control(key="siting_view").options)
    assert "新增4，提升0，迁移0，撤销0" in words(test)
    for name in ("rest", "change", "scores"):
        view(test, "siting_view", name)
        assert "<table" in shown_html(test)
    page(test, "report")
    assert "新增4，提升0，迁移0，撤销0" in words(test)
    wanted = {"report.docx", "sites.xlsx", "sites.geojson", "plan.json", "map.html"}
    offered = {button.key for button in test.download_button}
    assert {f"download_{name}" for name in wanted | {"district.toml"}} <= offered
    assert not (opened / "plan").exists()
    restarted = page(app(), "siting")
    assert "新增4，提升0，迁移0，撤销0" in words(restarted)
    assert not restarted.warning


def test_documents_follow_the_language_of_the_page(opened: Path) -> None:
    solved(siting(opened))
    kept = scenario_of(opened)
    assert kept is not None
    papers = opened.parent / ".papers" / kept.id
    page(app(district=opened.name), "report")
    english = page(app(district=opened.name, language="en"), "report")
    assert not english.error
    maps = {folder.name: (folder / "map.html").read_text("utf-8") for folder in papers.iterdir()}
    assert set(maps) == {f"{kept.version}-zh", f"{kept.version}-en"}
    assert "建议新增站点" in maps[f"{kept.version}-zh"]
    assert "Proposed site" in maps[f"{kept.version}-en"]


def test_upgrades_stand_in_the_list_with_their_steps_and_phases(opened: Path) -> None:
    asked = replace(
        FEW,
        count=1,
        budget_yuan=30_000.0,
        measures=("open", "list", "extend_evening"),
        phases=(
            Phase(id="1", name="今年", budget_yuan=15_000.0),
            Phase(id="2", name="明年", budget_yuan=15_000.0),
        ),
    )
    test = solved(siting(opened, asked))
    table = shown_html(test)
    assert "提升" in table
    assert "上线地图" in table or "延时至晚间" in table
    assert "明年" in table
    view(test, "siting_view", "phases")
    assert re.search(r"今年.*明年", shown_html(test), re.DOTALL)
    assert "累计建设费用" in shown_html(test)


def test_changed_limits_are_told_beside_an_older_plan(opened: Path) -> None:
    test = solved(siting(opened))
    assert not test.warning
    again = siting(opened, replace(FEW, count=2))
    assert any("重新" in warning.value for warning in again.warning)
    longer = siting(opened, replace(FEW, time_limit_s=99.0, seed=5))
    assert not longer.warning


def test_without_money_and_number_there_is_no_search(opened: Path) -> None:
    test = siting(opened, Limits())
    assert test.button(key="start_search").disabled


def test_limits_that_no_plan_keeps_are_told_with_reasons_and_a_way_out(opened: Path) -> None:
    test = siting(opened, replace(FEW, budget_yuan=1.0, lock=("V001",)))
    click(test, "start_search")
    until(test, lambda t: bool(t.error))
    told = words(test)
    assert "代价最小的调整办法" in told
    assert len(re.findall(r"(?m)^- ", told)) >= 2
    assert kept_options(opened) == []
    assert not siting(opened, replace(FEW, budget_yuan=900_000.0, lock=("V001",))).error
    assert siting(opened, replace(FEW, budget_yuan=1.0, lock=("V001",))).error


@pytest.fixture
def ticks(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Collect which steps are shown as done: all of them each time that the app runs."""
    shown: list[bool] = []
    draw = shell.icon

    def icon(*, done: bool) -> str:
        shown.append(done)
        return draw(done=done)

    monkeypatch.setattr(shell, "icon", icon)
    return shown


def test_steps_are_ticked_when_they_are_done(opened: Path, ticks: list[bool]) -> None:
    siting(opened, Limits())
    assert ticks[-STEPS:] == [True] * 3 + [False] * (STEPS - 3)
    test = siting(opened)
    assert ticks[-STEPS:] == LIMITED
    solved(test)
    assert ticks[-STEPS:] == [True] * STEPS
    changed = replace(kept_settings(opened), season="winter")
    keep_settings(opened, changed)
    healthy(test.run())
    until(test, lambda _: ticks[-STEPS:] == LIMITED)
    assert "已过期" in words(test)


# Changed by hand ---------------------------------------------------------------------------------


def test_edits_show_the_figures_of_a_fresh_session_and_can_be_taken_back(opened: Path) -> None:
    test = siting(opened)
    figures_agree(test, opened)
    assert standing(test) == ()
    for _ in range(2):
        wanted = fresh(opened, list(standing(test))).suggest_next()
        click(test, "edit_suggest")
        assert wanted in standing(test)
        figures_agree(test, opened)
    click(test, "edit_undo")
    click(test, "edit_undo")
    assert standing(test) == ()
    figures_agree(test, opened)


def test_a_site_is_added_taken_away_undone_and_done_again(opened: Path) -> None:
    test = siting(opened)
    test.session_state["live_site"] = "V010"
    healthy(test.run())
    click(test, "option_V010")
    assert standing(test) == ("V010",)
    figures_agree(test, opened)
    click(test, "option_V010")
    assert standing(test) == ()
    click(test, "edit_undo")
    assert standing(test) == ("V010",)
    click(test, "edit_undo")
    assert standing(test) == ()
    assert test.button(key="edit_undo").disabled
    click(test, "edit_redo")
    assert standing(test) == ("V010",)
    figures_agree(test, opened)


def test_a_worse_plan_is_swapped_better_kept_and_shown_as_changed_by_hand(opened: Path) -> None:
    test = siting(opened, replace(FEW, count=2))
    for venue in ("V010", "V020"):
        test.session_state["live_site"] = venue
        click(healthy(test.run()), f"option_{venue}")
    wanted = fresh(opened, ["V010", "V020"], replace(FEW, count=2)).best_swap()
    assert wanted is not None
    click(test, "edit_swap")
    assert wanted.new in standing(test)
    assert wanted.out not in standing(test)
    stands = sorted(standing(test))
    click(test, "edit_keep")
    assert kept_options(opened) == stands
    assert "人工" in words(test)
    assert test.button(key="edit_keep").disabled
    test.session_state["live_site"] = stands[0]
    click(healthy(test.run()), f"option_{stands[0]}")
    click(test, "edit_back")
    assert sorted(standing(test)) == stands


def test_too_many_sites_are_told_as_a_limit_that_is_not_kept(opened: Path) -> None:
    test = siting(opened, replace(FEW, count=1))
    for venue in ("V010", "V020"):
        test.session_state["live_site"] = venue
        click(healthy(test.run()), f"option_{venue}")
    assert "未满足的约束" in words(test)


def test_a_venue_is_locked_and_forbidden_beside_the_map_and_edits_stay(opened: Path) -> None:
    test = siting(opened)
    test.session_state["live_site"] = "V010"
    click(healthy(test.run()), "option_V010")
    for name, other in (("lock", "forbid"), ("forbid", "lock")):
        healthy(test.toggle(key=f"pin_{name}_V010").set_value(True).run())
        limits = kept_settings(opened).limits
        assert (getattr(limits, name), getattr(limits, other)) == (("V010",), ())
        assert standing(test) == ("V010",)
    assert "未满足的约束" in words(test)
    healthy(test.toggle(key="pin_forbid_V010").set_value(False).run())
    assert kept_settings(opened).limits == FEW


# Beside the search -------------------------------------------------------------------------------


def test_the_curve_is_computed_and_one_of_its_plans_put_on_the_map(opened: Path) -> None:
    test = siting(opened)
    click(test, "begin_curve")
    until(test, lambda t: not has_button(t, "begin_curve") and not has_button(t, "stop_curve"))
    assert "拐点" in words(test)
    run = runs().latest("curve", test.session_state["scenario"])
    assert run is not None
    point = run.job.answer().points[2]  # type: ignore[attr-defined]  # a curve
    test.session_state["curve_taken"] = point.options
    healthy(test.run())
    assert set(standing(test)) == set(point.options)
    figures_agree(test, opened)


def test_sureness_stands_in_the_list_and_in_the_size_of_the_marks(
    opened: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app_pages.searching.sure._DRAWS", 6)
    drawn: list[dict[str, float]] = []

    def watched(district: District, measures: pd.DataFrame, *, sure: dict[str, float]) -> Drawn:
        drawn.append(sure or {})
        return measures_layer(district, measures, sure=sure)

    monkeypatch.setattr("app_pages.editing.edit_map.measures_layer", watched)
    test = solved(siting(opened))
    assert drawn[-1] == {}
    view(test, "siting_view", "sure")
    click(test, "begin_sure")
    until(test, lambda t: not has_button(t, "begin_sure") and not has_button(t, "stop_sure"))
    healthy(test.run())
    assert "平均后悔值" in shown_html(test)
    assert set(kept_options(opened)) <= set(drawn[-1])
    view(test, "siting_view", "measures")
    assert "入选频率" in shown_html(test)
