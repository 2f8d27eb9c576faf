"""The open scenario: found again, locked, saved by two, out of date; and runs in the server."""

import gc
import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

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
    limit,
    open_scenario,
    page,
    saved,
    shown_html,
    solved,
    until,
    view,
    words,
)
from sized_districts import write_district
from streamlit.testing.v1 import AppTest

from app_pages.access.signing import Person, browser_person
from app_pages.memory import scenario as scenarios
from app_pages.memory.desks import Desk, desks
from app_pages.memory.jobs import Job
from app_pages.memory.runs import Run, Runs, runs
from app_pages.memory.saving import Clash, merged, save_over, with_edit
from app_pages.memory.shelf import Entry, fingerprint_today
from app_pages.searching.search import Found
from planner.district import Settings, settings_from_text
from planner.errors import ConflictError
from planner.language import use_language
from planner.pipeline import Prepared
from planner.scenarios import Scenario
from planner.scenarios.store import ScenarioStore, district_key, open_store

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ANNA, BO = Person("anna", "Anna", "plan"), Person("bo", "Bo", "plan")

# streamlit-folium and Streamlit use each other's older names.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
needs_sample = pytest.mark.skipif(
    not (SAMPLE / "district.toml").is_file(), reason="the sample is not there: data/make_sample.py"
)


def scenario(**changes: object) -> Scenario:
    plain = Scenario(
        id="",
        district="d" * 32,
        name="Scenario 1",
        created=NOW,
        changed=NOW,
        settings='[district]\nname = "Town"\n',
    )
    return replace(plain, **changes)  # type: ignore[arg-type]  # fields of Scenario


# Two people save ----------------------------------------------------------------------------------


PARTS: dict[str, dict[str, Any]] = {
    "name": {"name": "Another"},
    "notes": {"notes": "For the meeting"},
    "settings": {"settings": '[district]\nname = "Town"\n[limits]\ncount = 4\n'},
    "plan": {"plan": {"chosen": ["V1"]}, "inputs": "a" * 64, "figures": {"hours": 1}},
}
OTHERS: dict[str, dict[str, Any]] = {
    "name": {"name": "A third"},
    "notes": {"notes": "Not for the meeting"},
    "settings": {"settings": '[district]\nname = "Town"\n[limits]\ncount = 9\n'},
    "plan": {"plan": {"chosen": ["V2"]}, "inputs": "a" * 64, "figures": {"hours": 2}},
}


@pytest.fixture
def store() -> ScenarioStore:
    return open_store()


def test_another_language_is_no_other_name() -> None:
    """A click is answered before the page has chosen its language: the store was read in two."""
    base = scenario(given="scenario 1", version=1)
    theirs = replace(base, name="方案1", version=2, notes="theirs")
    renamed = merged(base, replace(base, name="夜班", given=""), theirs)
    assert renamed is not None
    assert (renamed.name, renamed.given, renamed.notes) == ("夜班", "", "theirs")


@pytest.mark.parametrize("own", PARTS)
@pytest.mark.parametrize("other", PARTS)
def test_two_people_keep_both_changes_unless_they_change_the_same(
    store: ScenarioStore, own: str, other: str
) -> None:
    base = store.add(scenario())
    mine = with_edit(replace(base, **PARTS[own]), "settings", "Anna")
    theirs = with_edit(replace(base, **OTHERS[other]), "settings", "Bo")
    store.save(theirs)
    if own == other:
        with pytest.raises(ConflictError) as told:
            save_over(store, base, mine)
        assert told.value.theirs == store.get(base.id)
        return
    kept = save_over(store, base, mine)
    for name, value in {**PARTS[own], **OTHERS[other]}.items():
        assert getattr(kept, name) == value
    assert [edit.author for edit in kept.history] == ["Bo", "Anna"]


def test_what_was_deleted_meanwhile_is_not_brought_back_by_saving(store: ScenarioStore) -> None:
    base = store.add(scenario())
    store.delete(base.id, author="Bo")
    with pytest.raises(ConflictError):
        save_over(store, base, replace(base, notes="mine"))
    assert merged(base, replace(base, notes="mine"), store.get(base.id)) is None


# Runs ---------------------------------------------------------------------------------------------


class Office:
    """A server with one district, and work that goes on until it is let go."""

    def __init__(self) -> None:
        self.runs = Runs()
        self.entry = Entry(Path(), "", Job(lambda _: None))  # type: ignore[arg-type, return-value]  # never asked for
        self.go_on = threading.Event()
        self.begun = 0

    def begin(self, who: Person, *, of: str = "a", seen: int | None = None) -> Run | None:
        def work(_run: Run, job: Job[object]) -> object:
            self.begun += 1
            while not (self.go_on.wait(0.01) or job.should_stop()):
                pass
            return "best so far" if job.should_stop() else "the best"

        kept = scenario(id=of * 32)
        return self.runs.begin(
            "search", self.entry, kept, work, person=who, place="town", seen=seen
        )


@pytest.fixture
def office(space: Path) -> Iterator[Office]:
    del space  # runs are noted in it
    made = Office()
    yield made
    made.go_on.set()


def test_two_windows_and_two_people_never_begin_the_same_search_twice(office: Office) -> None:
    found: list[Run | None] = []
    threads = [
        threading.Thread(target=lambda who=who: found.append(office.begin(who)))
        for who in (ANNA, ANNA, BO, BO) * 5
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(run) for run in found}) == 1
    office.go_on.set()
    run = found[0]
    assert run is not None
    assert run.job.wait(10)
    assert office.begun == 1


def test_the_second_click_of_a_double_click_begins_nothing_though_the_first_run_has_ended(
    office: Office,
) -> None:
    office.go_on.set()
    seen = office.runs.begun("search", "a" * 32)
    first = office.begin(ANNA, seen=seen)
    assert first is not None
    assert first.job.wait(10)
    assert office.begin(ANNA, seen=seen) is first
    again = office.begin(ANNA, seen=office.runs.begun("search", "a" * 32))
    assert again is not first
    assert again is not None
    assert again.job.wait(10)
    assert office.begun == 2


def test_scenarios_are_searched_beside_each_other_and_one_is_stopped_with_its_best(
    office: Office,
) -> None:
    one, other = office.begin(ANNA), office.begin(ANNA, of="b")
    assert one is not None
    assert other is not None
    assert one is not other
    one.job.stop()
    assert one.job.wait(10)
    assert one.job.answer() == "best so far"
    assert not office.runs.searching("a" * 32)
    assert office.runs.searching("b" * 32)


def test_a_person_sees_own_runs_and_those_of_others_for_the_open_scenario_alone(
    office: Office,
) -> None:
    own, other = office.begin(ANNA), office.begin(BO, of="b")
    assert office.runs.shown_to("anna", None) == (own,)
    assert set(office.runs.shown_to("anna", "b" * 32)) == {own, other}
    assert office.runs.shown_to("bo", "c" * 32) == (other,)


def test_a_search_of_files_that_are_gone_is_work_of_its_district(office: Office) -> None:
    run = office.begin(ANNA)
    assert run is not None
    assert run.job in office.entry.work
    assert office.entry.busy
    run.job.stop()
    assert run.job.wait(10)


# The app ------------------------------------------------------------------------------------------


def choose(test: AppTest, identity: str) -> AppTest:
    box = next(w for w in test.selectbox if str(w.key).startswith("scenario_choice_"))
    return healthy(box.set_value(identity).run())


@needs_sample
def test_a_district_begins_with_a_locked_baseline_and_a_scenario_to_work_on(opened: Path) -> None:
    test = app(district=opened.name)
    baseline, first = open_store().list(district_key(opened))
    assert (baseline.given, baseline.baseline) == ("today", True)
    assert (first.given, first.baseline, first.parent) == ("scenario 1", False, baseline.id)
    assert (baseline.name, first.name) == ("State of today", "Scenario 1")  # as this test reads
    assert _choices(test) == ["现状（锁定）", "方案1"]  # as the page does
    assert test.session_state["scenario"] == first.id
    choose(page(test, "limits"), baseline.id)
    assert "已锁定" in words(test)
    assert next(b for b in test.button if b.label == "保存").disabled
    page(test, "siting")
    assert test.button(key="start_search").disabled
    assert "尚无方案" not in words(test)  # nobody is asked for what is locked
    click(test, "copy_of_baseline")
    assert "尚无方案" in words(test)
    assert open_scenario(test).given == "scenario 2"
    assert open_scenario(test).parent == baseline.id
    assert "已锁定" not in words(test)
    assert open_store().get(baseline.id).version == baseline.version


@needs_sample
def test_a_link_and_a_reload_open_the_same_scenario_and_view(opened: Path) -> None:
    test = app(district=opened.name)
    baseline, first = open_store().list(district_key(opened))
    choose(page(test, "today"), baseline.id)
    view(test, "today_view", "gaps")
    view(test, "today_gaps", "community")
    address = dict(test.query_params)
    again = AppTest.from_file(str(SAMPLE.parents[1] / "app.py"), default_timeout=120)
    for name, value in address.items():
        again.query_params[name] = value
    page(again, "today")  # the link leads to this page, and to no other before it
    assert again.session_state["scenario"] == baseline.id
    assert again.segmented_control(key="today_view").value == "gaps"
    assert again.segmented_control(key="today_gaps").value == "community"
    assert app(district=opened.name).session_state["scenario"] == first.id


@needs_sample
def test_settings_are_of_one_scenario_and_the_folder_stays(opened: Path) -> None:
    before = (opened / "district.toml").read_text(encoding="utf-8")
    test = page(app(district=opened.name), "limits")
    first = open_scenario(test)
    form = f"scenario_copy_name_{first.id}_{first.version}_zh"
    test.text_input(key=form).set_value("只用银行")
    button = next(b for b in test.button if b.label == "复制并打开")
    healthy(button.click().run())
    copy = open_scenario(test)
    assert (copy.name, copy.parent) == ("只用银行", first.id)
    fill(test, "money", count=2)
    assert kept_settings(opened).limits.count == 2
    assert open_store().get(first.id) == first
    assert [edit.about["fields"] for edit in open_scenario(test).history] == [["limits.count"]]
    assert (opened / "district.toml").read_text(encoding="utf-8") == before


@needs_sample
def test_a_deleted_scenario_is_brought_back_and_another_window_is_told(opened: Path) -> None:
    test, other = app(district=opened.name), app(district=opened.name)
    gone = test.session_state["scenario"]
    click(test, f"scenario_delete_{gone}")
    assert test.session_state["scenario"] != gone
    healthy(other.run())
    page(other, "today")
    assert "已被删除" in words(other)
    click(test, "scenario_undelete")
    assert test.session_state["scenario"] == gone
    assert not has_button(test, "scenario_undelete")


@needs_sample
def test_a_plan_of_other_files_is_told_as_out_of_date_everywhere(opened: Path) -> None:
    test = app(district=opened.name)
    kept = open_scenario(test)
    figures = open_store().list(district_key(opened))[0].figures
    open_store().save(replace(kept, plan={"chosen": []}, inputs="0" * 64, figures=figures))
    # Another program saved it: that is seen in a moment, in the list and above the page.
    until(page(test, "today"), lambda t: _choices(t) == ["现状（锁定）", "方案1（已过期）"])
    assert "已过期" in words(test)
    page(test, "report")
    assert not [button for button in test.download_button if button.key == "download_all"]


@needs_sample
def test_who_saves_second_is_told_and_keeps_both(opened: Path) -> None:
    test = page(app(district=opened.name), "today")
    use_language("en")  # of whoever was asked first: the page tells it in its own
    kept = open_scenario(test)
    settings = kept_settings(opened)
    keep_settings(opened, replace(settings, limits=replace(settings.limits, count=7)))
    mine = replace(kept, notes="mine")
    test.session_state["clash"] = Clash(mine, open_store().get(kept.id))
    healthy(test.run())
    assert "尚未保存" in words(test)
    assert "Scenario 1" not in words(test)
    click(test, "clash_mine")
    copy = open_scenario(test)
    assert (copy.name, copy.notes, copy.parent) == ("方案1（副本）", "mine", kept.id)
    assert open_store().get(kept.id).notes == ""
    assert "尚未保存" not in words(test)
    assert "<table" in shown_html(test)


def the_desk(test: AppTest) -> Desk:
    """Give what this person has on the table: the browser of a test keeps no cookie."""
    known = desks()._desks  # noqa: SLF001 - there is no other way to look at one
    who = browser_person(test.session_state["browser"], "admin").id
    return next(desk for (person, _), desk in known.items() if person == who)


# Two windows --------------------------------------------------------------------------------------


def other_window_sets(folder: Path, **limits: float) -> None:
    """Let another window save limits in the scenario that is open in both."""
    settings = kept_settings(folder)
    keep_settings(folder, replace(settings, limits=replace(settings.limits, **limits)))  # type: ignore[arg-type]  # fields of Limits


def siting(folder: Path) -> AppTest:
    other_window_sets(folder, count=2, time_limit_s=10.0)
    return page(app(district=folder.name), "siting")


@needs_sample
def test_a_search_never_takes_back_what_another_window_has_just_set(opened: Path) -> None:
    test = siting(opened)
    other_window_sets(opened, count=7)
    click(test, "start_search")
    assert "本次未开始求解" in words(test)
    assert not runs().searching(test.session_state["scenario"])
    assert kept_settings(opened).limits.count == 7
    assert open_scenario(test).plan is None


@needs_sample
def test_nothing_is_searched_for_a_scenario_that_another_window_deleted(opened: Path) -> None:
    test = siting(opened)
    gone = open_scenario(test)
    open_store().delete(gone.id, author="Bo")
    click(test, "start_search")
    assert "已被删除" in words(test)
    assert not runs().latest("search", gone.id)


@needs_sample
def test_keeping_a_plan_by_hand_leaves_settings_that_another_window_has_just_saved(
    opened: Path,
) -> None:
    test = siting(opened)
    desk = the_desk(test)
    option = desk.suggest()
    healthy(test.run())
    other_window_sets(opened, count=9)
    click(test, "edit_keep")
    kept = open_scenario(test)
    assert kept.plan is not None
    assert kept.plan["chosen"] == [option]
    assert kept_settings(opened).limits.count == 9


@needs_sample
def test_a_form_keeps_what_another_window_set_elsewhere_between_page_and_click(
    opened: Path,
) -> None:
    test = page(app(district=opened.name), "limits")
    view(test, "limits_view", "money")
    other_window_sets(opened, min_separation_m=250.0)
    limit(test, "count").set_value(3)
    saved(test)
    limits = kept_settings(opened).limits
    assert (limits.count, limits.min_separation_m) == (3, 250.0)


@needs_sample
def test_two_scenarios_of_one_name_are_both_opened_from_the_list(opened: Path) -> None:
    test = app(district=opened.name)
    first = open_scenario(test)
    second = open_store().copy(first.id, name=first.name, author="Bo")
    scenarios.look_again()
    for wanted in (second.id, first.id, second.id):
        choose(healthy(test.run()), wanted)
        assert test.session_state["scenario"] == wanted


@needs_sample
def test_what_another_window_deleted_is_listed_and_brought_back(opened: Path) -> None:
    use_language("zh")
    test, other = app(district=opened.name), app(district=opened.name)
    gone = open_scenario(test)
    click(test, f"scenario_delete_{gone.id}")
    scenarios.look_again()
    healthy(other.run())
    assert not has_button(other, "scenario_undelete")
    assert gone.name in other.selectbox(key="scenario_gone").options[0]
    click(other, f"scenario_bring_back_{gone.id}")
    assert other.session_state["scenario"] == gone.id
    assert not has_button(other, f"scenario_bring_back_{gone.id}")


@needs_sample
def test_a_link_to_a_scenario_that_is_not_there_says_so_and_opens_another(opened: Path) -> None:
    app(district=opened.name)
    first = open_store().list(district_key(opened))[1]
    test = AppTest.from_file(str(SAMPLE.parents[1] / "app.py"), default_timeout=120)
    test.query_params["district"] = opened.name
    test.query_params["scenario"] = "0" * 32
    page(healthy(test.run()), "today")
    assert "不在本辖区内" in words(test)
    assert test.session_state["scenario"] == first.id


@needs_sample
def test_a_plan_out_of_date_shows_what_it_was_and_edits_by_hand_are_in_the_history(
    opened: Path,
) -> None:
    test = siting(opened)
    option = the_desk(test).suggest()
    click(healthy(test.run()), "edit_keep")
    kept = open_scenario(test)
    assert [edit.kind for edit in kept.history][-2:] == ["add", "keep"]
    assert kept.history[-2].added == (option,)
    history = next(each for each in test.expander if each.label.startswith("修改记录"))
    assert option is not None
    assert option in history.markdown[0].value.replace("\\", "")
    assert kept.figures is not None
    share = f"{kept.figures['effective_share']['after']:.1%}"
    keep_settings(opened, replace(kept_settings(opened), season="winter"))
    open_store().save(replace(open_scenario(test), notes="later"))
    page(until(test, lambda t: "已过期" in words(t)), "report")
    assert any("（非当前数据）" in each.label for each in test.expander)
    assert share in shown_html(test)
    assert kept.figures["measures"][0]["name"] in shown_html(test)


@needs_sample
def test_whether_a_plan_is_out_of_date_is_looked_up_once_until_files_change(
    opened: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = app(district=opened.name)
    kept, settings = open_scenario(test), kept_settings(opened)
    mark = fingerprint_today(opened, settings)
    open_store().save(replace(kept, plan={"chosen": []}, inputs=mark, figures=None))
    summary = open_store().list(district_key(opened))[1]
    assert not scenarios.is_outdated(summary, opened)
    read: list[object] = []

    def watched(scenario: Scenario, folder: Path) -> Settings:
        read.append(scenario.id)
        return settings_from_text(scenario.settings, folder)

    monkeypatch.setattr(scenarios, "settings_of_scenario", watched)
    monkeypatch.setattr(scenarios, "_SEEN_FOR_S", 0.0)
    assert not scenarios.is_outdated(summary, opened)
    assert not read
    with (opened / "placed.csv").open("a", encoding="utf-8") as file:
        file.write("x")
    assert scenarios.is_outdated(summary, opened)
    assert read == [summary.id]


@needs_sample
def test_a_search_that_has_ended_holds_no_district_in_memory(opened: Path) -> None:
    test = solved(siting(opened))
    run = runs().latest("search", test.session_state["scenario"])
    assert run is not None
    found = run.job.answer()
    assert isinstance(found, Found)
    assert sorted(found.plan.options) == kept_options(opened)
    held, seen = [found], set[int]()
    while held:
        each = held.pop()
        assert not isinstance(each, Prepared)
        if id(each) not in seen:
            seen.add(id(each))
            held += [o for o in gc.get_referents(each) if not isinstance(o, type | ModuleType)]


def test_a_run_is_listed_once_where_another_district_is_read_for_the_first_time(
    shared_space: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLANNER_WORKSPACE", str(shared_space))
    folders = [
        write_district(shared_space / name, stations=1, name=name) for name in ("first", "second")
    ]
    try:
        test = app(district="first")
        who = browser_person(test.session_state["browser"], "admin")
        entry = Entry(Path(), "", Job(lambda _: None))  # type: ignore[arg-type, return-value]  # never asked for
        run = runs().begin(
            "search", entry, open_scenario(test), lambda _run, _job: None, person=who, place="first"
        )
        assert run is not None
        assert run.job.wait(10)
        view(test, "data_view_5", "other")
        box = test.selectbox(key="known_district")
        box.select_index(box.options.index("second"))
        click(test, "open_known")
        assert test.session_state["place"] == "second"
        assert sum(each.label == "运行任务" for each in test.expander) == 1
    finally:
        for folder in folders:
            shutil.rmtree(folder)


def _choices(test: AppTest) -> list[str]:
    """Give the names in the list of scenarios."""
    box = next(w for w in test.selectbox if str(w.key).startswith("scenario_choice_"))
    return list(box.options)
