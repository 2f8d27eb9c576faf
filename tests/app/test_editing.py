"""Edits on the map without a browser: what the toolbar does, what the map tells, and undo of it."""

import gc
import weakref
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from app_driver import (
    SAMPLE,
    app,
    click,
    healthy,
    keep_settings,
    kept_settings,
    open_scenario,
    page,
    shown_html,
    words,
)
from streamlit.testing.v1 import AppTest

from app_pages.access import who as who_module
from app_pages.access.signing import Person, browser_person
from app_pages.editing import edit_map
from app_pages.editing import figures as figures_module
from app_pages.editing import settings as edit_settings
from app_pages.editing import view as view_module
from app_pages.editing.scene import Scene
from app_pages.memory import desks as desks_module
from app_pages.memory import keeping
from app_pages.memory.desks import Desk
from app_pages.memory.shelf import Memory, shelf
from planner.coverage import CellShares, TooFar, check_gaps
from planner.district import Settings, settings_from_text, settings_text
from planner.district.decisions import lock
from planner.district.settings import AddedSite, GapRules, Limits
from planner.errors import StoreError
from planner.language import note
from planner.pipeline import cover
from planner.scenarios.store import ScenarioStore, open_store

FEW = Limits(count=3, budget_yuan=200_000.0, budget_union_yuan=150_000.0, time_limit_s=20.0)
NORTH = [[106.38, 29.61], [106.41, 29.61], [106.41, 29.63], [106.38, 29.63]]

pytestmark = [
    pytest.mark.skipif(
        not (SAMPLE / "district.toml").is_file(),
        reason="the sample is not there: data/make_sample.py",
    ),
    # streamlit-folium and Streamlit use each other's older names.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


def siting(folder: Path, limits: Limits = FEW, language: str = "zh") -> AppTest:
    """Open the page of siting with some limits."""
    keep_settings(folder, replace(kept_settings(folder), limits=limits))
    return page(app(district=folder.name, language=language), "siting")


def desk_of(test: AppTest) -> Desk:
    """Give what this person lets stand: the browser of a test keeps no cookie."""
    who = browser_person(test.session_state["browser"], "admin").id
    known = desks_module.desks()._desks  # noqa: SLF001 - there is no other way to look at one
    return next(desk for (person, _), desk in known.items() if person == who)


def told_by_map(test: AppTest, *acts: dict[str, Any], frame: str = "one") -> AppTest:
    """Let the map tell what was done on it, as its script does: numbered, all of them again."""
    numbered = [{"number": at, **act} for at, act in enumerate(acts, start=1)]
    properties = {"frame": frame, "acts": numbered}
    drawing = {"type": "Feature", "geometry": None, "properties": properties}
    test.session_state["siting_map"] = {"last_active_drawing": drawing}
    return healthy(test.run())


def place_of(test: AppTest, folder: Path, site: str) -> list[float]:
    """Give where a site is."""
    del folder
    sites = desk_of(test).outcomes._tally.coverage.options.sites  # noqa: SLF001 - to look at it
    lon, lat = sites.loc[[site], ["lon", "lat"]].to_numpy(float)[0].tolist()
    return [lon, lat]


# Decisions ---------------------------------------------------------------------------------------


def test_a_click_with_the_lock_keeps_it_in_the_scenario_and_undo_takes_it_out(
    opened: Path,
) -> None:
    test = siting(opened)
    at = place_of(test, opened, "V010")
    told_by_map(test, {"tool": "lock", "at": at, "reach_m": 50})
    assert kept_settings(opened).limits.lock == ("V010",)
    assert "V010" in words(test)
    assert "未满足的约束" in words(test)  # it does not stand yet
    click(test, "option_V010")
    assert "未满足的约束" not in words(test)
    click(test, "edit_undo")
    assert desk_of(test).chosen == ()
    assert kept_settings(opened).limits.lock == ("V010",)
    click(test, "edit_undo")
    assert kept_settings(opened).limits.lock == ()
    assert test.button(key="edit_undo").disabled
    click(test, "edit_redo")
    assert kept_settings(opened).limits.lock == ("V010",)


def test_what_two_people_decide_at_the_same_moment_both_stands(
    opened: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = siting(opened)
    at = place_of(test, opened, "V010")
    others = iter(["V011", "V012"])

    def another_saves_first(settings: Settings) -> str:
        site = next(others, None)
        if site is not None:
            keep_settings(opened, lock(kept_settings(opened), site).done(kept_settings(opened)))
        return settings_text(settings)

    monkeypatch.setattr(keeping, "settings_text", another_saves_first)
    told_by_map(test, {"tool": "lock", "at": at, "reach_m": 50})
    assert set(kept_settings(opened).limits.lock) == {"V010", "V011", "V012"}
    assert "clash" not in test.session_state


def test_a_decision_never_goes_to_another_scenario_where_its_own_was_just_deleted(
    opened: Path,
) -> None:
    test = siting(opened)
    told_by_map(test, {"tool": "select", "at": place_of(test, opened, "V010"), "reach_m": 50})
    store, mine = open_store(), open_scenario(test)
    other = store.copy(mine.id, name="other", author="")
    store.delete(mine.id, author="")
    healthy(test.toggle(key="pin_lock_V010").set_value(True).run())
    assert not any("V010" in each for each in locks_of(store, other.id, mine.id))
    assert "已被删除" in words(test)


def locks_of(store: ScenarioStore, *scenarios: str) -> list[tuple[str, ...]]:
    """Give what must be opened in some scenarios."""
    return [settings_from_text(store.get(each).settings).limits.lock for each in scenarios]


def test_a_second_click_with_the_same_tool_lets_the_site_free(opened: Path) -> None:
    test = siting(opened)
    act = {"tool": "forbid", "at": place_of(test, opened, "V010"), "reach_m": 50}
    told_by_map(test, act)
    assert kept_settings(opened).limits.forbid == ("V010",)
    told_by_map(test, act, act)
    assert kept_settings(opened).limits.forbid == ()


def test_an_act_that_is_told_again_is_done_once(opened: Path) -> None:
    test = siting(opened)
    act = {"tool": "lock", "at": place_of(test, opened, "V010"), "reach_m": 50}
    told_by_map(test, act)
    told_by_map(test, act)
    assert kept_settings(opened).limits.lock == ("V010",)
    told_by_map(test, act, frame="a map that was made anew")
    assert kept_settings(opened).limits.lock == ()


def test_two_acts_that_come_at_once_are_both_done(opened: Path) -> None:
    test = siting(opened)
    told_by_map(
        test,
        {"tool": "lock", "at": place_of(test, opened, "V010"), "reach_m": 50},
        {"tool": "forbid", "at": place_of(test, opened, "V020"), "reach_m": 50},
    )
    limits = kept_settings(opened).limits
    assert (limits.lock, limits.forbid) == (("V010",), ("V020",))


def test_a_click_beside_every_site_locks_nothing_and_says_so(opened: Path) -> None:
    test = siting(opened)
    told_by_map(test, {"tool": "lock", "at": [106.0, 29.0], "reach_m": 30})
    assert kept_settings(opened).limits.lock == ()
    assert any("请靠近" in toast.value for toast in test.toast)


def test_an_area_is_kept_listed_deleted_and_found_again_by_undo(opened: Path) -> None:
    test = siting(opened)
    told_by_map(test, {"tool": "area", "ring": NORTH})
    ring = tuple((lon, lat) for lon, lat in NORTH)
    assert kept_settings(opened).limits.no_go == (ring,)
    assert "禁区1" in words(test)
    click(test, "decided_area_1")
    assert kept_settings(opened).limits.no_go == ()
    click(test, "edit_undo")
    assert kept_settings(opened).limits.no_go == (ring,)


def test_an_area_that_crosses_itself_is_refused_with_the_reason(opened: Path) -> None:
    test = siting(opened)
    crossed = [NORTH[0], NORTH[2], NORTH[1], NORTH[3]]
    told_by_map(test, {"tool": "area", "ring": crossed})
    assert kept_settings(opened).limits.no_go == ()
    assert test.error
    assert test.button(key="edit_undo").disabled


def test_sites_in_an_area_may_no_longer_be_opened(opened: Path) -> None:
    test = siting(opened)
    lon, lat = place_of(test, opened, "V010")
    around = [[lon + dx, lat + dy] for dx, dy in ((-1e-4, -1e-4), (1e-4, -1e-4), (0, 1e-4))]
    test.session_state["live_site"] = "V010"
    click(healthy(test.run()), "option_V010")
    assert "未满足的约束" not in words(test)
    told_by_map(test, {"tool": "area", "ring": around})
    assert "未满足的约束" in words(test)


# A new candidate ---------------------------------------------------------------------------------


def added(test: AppTest, folder: Path, name: str = "") -> AddedSite:
    """Add a candidate near V010 and give it."""
    lon, lat = place_of(test, folder, "V010")
    told_by_map(test, {"tool": "add", "at": [lon + 0.002, lat + 0.002]})
    test.selectbox(key="edit_new_host").select_index(2)
    test.text_input(key="edit_new_name").set_value(name)
    click(test, "edit_new_add")
    return kept_settings(folder).added[-1]


def test_a_click_makes_a_candidate_that_can_be_chosen_at_once(opened: Path) -> None:
    test = siting(opened)
    site = added(test, opened, "新点")
    assert (site.id, site.name, site.host) == (
        "A1",
        "新点",
        kept_settings(opened).hosts[2].id,
    )
    before = desk_of(test).figures().served_milli
    click(test, f"option_{site.id}")
    assert desk_of(test).chosen == (site.id,)
    assert desk_of(test).figures().served_milli > before
    assert "新点" in words(test)


def test_a_new_candidate_is_marked_before_the_district_is_prepared_with_it(
    opened: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = siting(opened)
    before = shelf().entry(opened, kept_settings(opened))
    drawn: list[tuple[str | None, str | None, tuple[float, float]]] = []

    def draw(scene: Scene) -> None:
        early = replace(scene, entry=before, prepared=before.preparing.answer())
        marks = edit_map._with_coming(early)  # noqa: SLF001 - what the marks are drawn of
        rows = marks.loc[marks.index == "A1"]
        if len(rows):
            lon, lat = float(rows["lon"].iloc[0]), float(rows["lat"].iloc[0])
            coming = early.coming
            drawn.append((scene.selected, coming.id if coming else None, (lon, lat)))

    monkeypatch.setattr(view_module, "draw_map", draw)
    site = added(test, opened)
    assert drawn == [("A1", "A1", (site.lon, site.lat))]  # once: the page has it already
    after = shelf().entry(opened, kept_settings(opened))
    assert after is not before
    assert after.alike is before.alike
    today, then = (cover(each.preparing.answer()) for each in (before, after))
    pd.testing.assert_frame_equal(today.by_cell, then.by_cell, check_exact=True)
    assert today.whole.equals(then.whole)
    assert (today.stations, today.stations_assumed) == (then.stations, then.stations_assumed)


def test_undo_takes_the_new_candidate_away_and_redo_brings_it_back(opened: Path) -> None:
    test = siting(opened)
    site = added(test, opened)
    click(test, f"option_{site.id}")
    click(test, "edit_undo")
    assert desk_of(test).chosen == ()
    click(test, "edit_undo")
    assert kept_settings(opened).added == ()
    assert site.id not in desk_of(test).session.options
    click(test, "edit_redo")
    click(test, "edit_redo")
    assert kept_settings(opened).added == (site,)
    assert desk_of(test).chosen == (site.id,)


def test_a_candidate_that_is_deleted_leaves_the_plan_too(opened: Path) -> None:
    test = siting(opened)
    site = added(test, opened)
    click(test, f"option_{site.id}")
    click(test, "edit_forget_site")
    assert kept_settings(opened).added == ()
    assert desk_of(test).chosen == ()


def test_the_question_about_a_new_candidate_can_be_dropped(opened: Path) -> None:
    test = siting(opened)
    told_by_map(test, {"tool": "add", "at": [106.4, 29.6]})
    assert "106.4" in words(test)
    click(test, "edit_new_drop")
    assert kept_settings(opened).added == ()
    assert "edit_new_add" not in [button.key for button in test.button]


# Toolbar, list and figures -----------------------------------------------------------------------


def test_one_tool_is_in_hand_and_the_map_is_told_which(opened: Path) -> None:
    test = siting(opened, language="en")
    for tool in ("add", "lock", "forbid", "area", "select"):
        click(test, f"edit_tool_{tool}")
        assert f'"tool":"{tool}"' in shown_html(test)


def test_every_tool_tells_the_key_that_presses_it(opened: Path) -> None:
    test = siting(opened, language="en")
    keys = ("select", "add", "lock", "forbid", "area")
    names = [*(f"edit_tool_{key}" for key in keys), "edit_undo", "edit_redo"]
    names += ["edit_suggest", "edit_swap"]
    letters = [test.button(key=name).help.rsplit("Key: ", 1)[1] for name in names]
    assert letters == ["S", "A", "L", "F", "D", "Z", "Y", "P", "X"]


def test_a_site_that_is_found_by_name_can_be_added_like_one_that_was_clicked(
    opened: Path,
) -> None:
    test = siting(opened)
    test.selectbox(key="edit_find").set_value("V010")
    healthy(test.run())
    assert test.selectbox(key="edit_find").value is None
    click(test, "option_V010")
    assert desk_of(test).chosen == ("V010",)


def test_each_budget_tells_what_is_left_and_the_three_columns_add_up(opened: Path) -> None:
    limits = replace(FEW, budget_year_yuan=1e9)
    test = siting(opened, limits, language="en")
    click(test, "edit_suggest")
    told = words(test)
    assert "Money left: paid by the union:" in told
    assert "; running cost a year: enough for everything that can be chosen" in told
    figures, columns = desk_of(test).figures(), desk_of(test).columns()
    assert f"{figures.money_left_yuan:,.0f} left" in [m.delta for m in test.metric]
    assert "2 left" in [metric.delta for metric in test.metric]
    assert columns.served_milli == figures.served_milli
    for milli in (columns.served_milli, columns.within_reach_milli, columns.out_of_reach_milli):
        assert f"{milli / 60_000:,.0f} worker-hours" in shown_html(test)
        assert f"{milli / columns.total_milli:.1%}" in shown_html(test)
    coverage = desk_of(test).outcomes._tally.coverage  # noqa: SLF001 - to look at it
    rules = kept_settings(opened).gaps
    far = check_gaps(coverage, desk_of(test).outcomes.there, rules=rules).whole
    assert far["gap_cells"] > 0
    assert (
        f"Too far from any open station: {far['gap_workers']:,.0f} workers in"
        f" {far['gap_cells']:,.0f} places."
    ) in told


def test_edits_that_the_store_refuses_are_told_on_the_page(
    opened: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = siting(opened, language="en")

    def full(*_: object) -> None:
        raise StoreError(note("The disk is full."))

    monkeypatch.setattr(ScenarioStore, "append_edit", full)
    click(test, "edit_suggest")
    assert len(desk_of(test).chosen) == 1
    assert any("disk is full" in error.value for error in test.error)
    assert "It is saved with the next one." in words(test)
    monkeypatch.undo()
    click(test, "edit_suggest")
    assert not test.error


def test_stations_that_may_be_closed_count_as_today_until_somebody_closes_them(
    opened: Path,
) -> None:
    before = desk_of(siting(opened, language="en")).figures().served_milli
    test = siting(opened, replace(FEW, may_close=("S1", "S2")), language="en")
    assert desk_of(test).figures().served_milli == before
    assert desk_of(test).chosen == ("S1", "S2")
    assert test.metric[0].delta in (None, "")
    assert test.button(key="edit_keep").disabled
    test.session_state["live_site"] = "S1"
    click(healthy(test.run()), "option_S1")
    assert desk_of(test).chosen == ("S2",)
    assert desk_of(test).figures().served_milli <= before


def test_who_may_only_look_is_told_so_and_changes_nothing(
    opened: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = siting(opened, language="en")
    at = place_of(test, opened, "V010")
    viewer = Person(browser_person(test.session_state["browser"], "admin").id, "", "view")
    for module in (edit_settings, who_module):
        monkeypatch.setattr(module, "may", lambda role: role == "view")
    monkeypatch.setattr(who_module, "person", lambda: viewer)
    told_by_map(
        test,
        {"tool": "lock", "at": at, "reach_m": 50},
        {"tool": "area", "ring": NORTH},
        {"tool": "add", "at": at},
    )
    assert kept_settings(opened).limits == FEW
    assert "your role is “view”" in words(test)
    for key in ("tool_add", "tool_lock", "tool_forbid", "tool_area", "suggest", "swap", "undo"):
        button = test.button(key=f"edit_{key}")
        assert button.disabled
        assert "your role is “view”" in button.help


HOSTILE_ACTS: tuple[Any, ...] = (
    "no act",
    {"number": "1", "tool": "lock"},
    {"number": True},
    {"number": 1, "tool": "lock", "at": ["a", None]},
    {"number": 2, "tool": "area", "ring": [["x", 1], 2, None]},
    {"number": 3, "tool": "area", "ring": [[106.0 + k * 1e-6, 29.0] for k in range(501)]},
    {"number": 4, "tool": "lock", "at": [1e300, float("nan")], "reach_m": "far"},
    {"number": 5, "tool": "add", "at": [400, 29]},
    {"number": 6, "tool": "drop everything", "at": [106.4, 29.6]},
)


def test_nonsense_from_a_browser_changes_nothing(opened: Path) -> None:
    test = siting(opened)
    for answer in (
        {"last_active_drawing": {"properties": {"frame": "f", "acts": list(HOSTILE_ACTS)}}},
        {"last_active_drawing": {"properties": {"frame": 3, "acts": []}}},
        {"last_active_drawing": "text"},
        "text",
    ):
        test.session_state["siting_map"] = answer
        healthy(test.run())
    kept = kept_settings(opened)
    assert (kept.limits, kept.added) == (FEW, ())


def test_where_no_plan_is_found_the_map_is_painted_by_what_still_stands() -> None:
    today, stands = object(), object()
    desk = SimpleNamespace(
        chosen=("V1",),
        lock=nullcontext(),
        outcomes=SimpleNamespace(shares=stands),
        session=SimpleNamespace(problem=SimpleNamespace(keeps=())),
    )
    scene: Any = SimpleNamespace(result=None, edited=False, desk=desk)
    drawn: Any = SimpleNamespace(shares=today)
    assert edit_map._shares(scene, drawn) is stands  # noqa: SLF001 - what cells are painted by
    desk.chosen = ()
    assert edit_map._shares(scene, drawn) is today  # noqa: SLF001 - as above
    desk.session.problem.keeps = ("keep S1",)  # the only station that may be closed is closed
    assert edit_map._shares(scene, drawn) is stands  # noqa: SLF001 - as above
    desk.chosen = ("keep S1",)
    assert edit_map._shares(scene, drawn) is today  # noqa: SLF001 - as above


def test_a_candidate_that_must_be_opened_is_not_taken_back_and_that_is_told(opened: Path) -> None:
    test = siting(opened)
    site = added(test, opened)
    settings = kept_settings(opened)
    keep_settings(opened, replace(settings, limits=replace(settings.limits, lock=(site.id,))))
    healthy(test.run())
    click(test, "edit_undo")
    kept = kept_settings(opened)
    assert (kept.limits.lock, kept.added) == ((site.id,), (site,))
    assert test.error


@pytest.mark.parametrize(
    ("then", "now", "holds"),
    [
        (FEW, FEW, True),
        (FEW, replace(FEW, lock=("V1",), forbid=("V2",)), True),
        (FEW, replace(FEW, time_limit_s=5.0), True),
        (FEW, replace(FEW, budget_yuan=300_000.0), False),
        (replace(FEW, forbid=("V2",)), FEW, False),
    ],
)
def test_what_a_plan_proves_holds_for_edits_only_while_no_limit_allows_more(
    then: Limits, now: Limits, *, holds: bool
) -> None:
    plan = SimpleNamespace(bound_milli=7, counts_seats=False)
    scene: Any = SimpleNamespace(result=SimpleNamespace(plan=plan, limits=then), limits=now)
    assert view_module._known_bound(scene) == (7 if holds else None)  # noqa: SLF001 - what a kept plan is told by
    plan.counts_seats = True
    assert view_module._known_bound(scene) is None  # noqa: SLF001 - as above


def test_who_is_too_far_is_told_by_the_rules_that_the_district_is_prepared_by(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[GapRules] = []

    def needs(coverage: object, *, rules: GapRules) -> None:
        del coverage
        asked.append(rules)

    near = SimpleNamespace(too_far=lambda _: TooFar(workers=0.0, cells=0))
    monkeypatch.setattr(figures_module, "cell_needs", needs)
    monkeypatch.setattr(figures_module, "NearStations", lambda *_: near)
    own = SimpleNamespace(settings=SimpleNamespace(gaps=GapRules()))
    scene: Any = SimpleNamespace(
        entry=SimpleNamespace(once=Memory().once, alike=Memory()),
        prepared=SimpleNamespace(coverage=None, district=own),
        settings=SimpleNamespace(gaps=GapRules(urban_m=3000.0)),
        desk=SimpleNamespace(lock=nullcontext(), outcomes=SimpleNamespace(there=())),
    )
    figures_module._too_far(scene)  # noqa: SLF001 - as it is told beside the map
    assert asked == [GapRules()]


def test_no_later_plan_is_taken_for_the_one_whose_cells_are_drawn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Result:
        after = None

    monkeypatch.setattr(edit_map, "cells_layer", lambda *_: None)
    monkeypatch.setattr(CellShares, "of_figures", lambda _: None)
    prepared = SimpleNamespace(district=None, coverage=None)
    result, kept = Result(), Memory()
    known = weakref.ref(result)
    edit_map._drawn(SimpleNamespace(entry=kept, result=result, prepared=prepared))  # type: ignore[arg-type]  # noqa: SLF001 - no scene
    del result
    gc.collect()
    assert known() is not None  # another one could have its place, hence its `id`
