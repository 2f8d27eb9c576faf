"""The page of the report: its states, the scenarios beside the plan, and the names of its files."""

import io
import shutil
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from app_driver import SAMPLE, app, healthy, page, words
from docx import Document
from docx.oxml.ns import qn
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from app_pages.access import who as who_module
from app_pages.access.signing import Person, browser_person
from app_pages.comparing import document as beside_page
from app_pages.memory import scenario as scenarios
from app_pages.memory.jobs import Job
from app_pages.memory.runs import Runs, runs
from app_pages.memory.shelf import shelf
from app_pages.reporting import papers as papers_module
from app_pages.reporting.papers import document_of, papers_of
from app_pages.text.file_names import download_name, is_harmless
from planner.district.settings import Limits
from planner.pipeline import PlanResult, plan, prepare
from planner.pipeline.meeting import Meeting
from planner.pipeline.scenarios import baseline_of, first_scenario, scenario_with
from planner.scenarios import Scenario
from planner.scenarios.store import open_store

pytestmark = [
    pytest.mark.skipif(
        not (SAMPLE / "district.toml").is_file(),
        reason="the sample is not there: data/make_sample.py",
    ),
    # streamlit-folium and Streamlit use each other's older names.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]
NAME = '../方案:"甲"<b>'


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> PlanResult:
    """Search a plan of the sample, once for all tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLANNER_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))
        return plan(prepare(SAMPLE), Limits(count=2, time_limit_s=20.0, gap_share=0.02))


@pytest.fixture(scope="module")
def own_space(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a workspace that no other test changes: the plan must not become out of date."""
    folder = tmp_path_factory.mktemp("reports") / "districts"
    shutil.copytree(SAMPLE, folder / "sample", ignore=shutil.ignore_patterns("plan"))
    return folder


@pytest.fixture
def opened(own_space: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PLANNER_WORKSPACE", str(own_space))
    monkeypatch.delenv("PLANNER_LANG", raising=False)
    return own_space / "sample"


@pytest.fixture
def made(opened: Path, found: PlanResult) -> dict[str, Scenario]:
    """Keep the state of today, a scenario with a plan, one of other data and an empty one."""
    district = replace(found.prepared.district, folder=opened)
    prepared = replace(found.prepared, district=district)
    store = open_store()
    base = store.add(baseline_of(prepared))
    empty = store.add(replace(first_scenario(base), name="empty"))
    result = replace(found, prepared=prepared)
    new = first_scenario(base)
    good = store.add(scenario_with(replace(new, name=NAME), result, author=""))
    stale = scenario_with(replace(new, name="old"), result, author="")
    old = store.add(replace(stale, inputs="0" * 64))
    scenarios.look_again()
    return {"today": base, "empty": empty, "good": good, "old": old}


@pytest.fixture
def few_papers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write two small files instead of all documents: other tests look into those."""

    def write(_result: PlanResult, out: Path, **_more: object) -> None:
        out.mkdir(parents=True)
        for name in ("report.docx", "sites.xlsx"):
            (out / name).write_bytes(name.encode())

    monkeypatch.setattr(papers_module, "write_outputs", write)


def reporting(folder: Path, scenario: Scenario) -> AppTest:
    test = app(district=folder.name, language="en")
    test.session_state["scenario"] = scenario.id
    return page(test, "report")


def files(test: AppTest) -> dict[str, str]:
    return {str(each.key): str(each.proto.url) for each in test.download_button}


def test_a_scenario_without_a_plan_says_so_and_offers_nothing(
    opened: Path, made: dict[str, Scenario]
) -> None:
    for name, told in (
        ("empty", "There is no plan yet"),
        ("today", "There is no plan yet"),
        ("old", "The plan is out of date, so no documents are made of it"),
    ):
        test = reporting(opened, made[name])
        assert told in words(test), name
        assert "download_all" not in files(test)


@pytest.mark.usefixtures("few_papers")
def test_while_a_search_goes_on_the_documents_are_told_to_be_of_the_plan_before(
    opened: Path, made: dict[str, Scenario]
) -> None:
    end = Event()
    entry = shelf().entry(opened, scenarios.settings_of_scenario(made["good"], opened))
    entry.preparing.answer() if entry.preparing.wait(120) else None
    try:
        for name in ("good", "empty"):
            _search_without_end(runs(), entry, made[name], end)
        told = words(reporting(opened, made["good"]))
        assert "These documents are of the plan before it" in told
        assert "are ready to download" in told
        test = reporting(opened, made["empty"])
        assert "Its documents are here when it has ended" in words(test)
        assert "download_all" not in files(test)
    finally:
        end.set()


def _search_without_end(known: Runs, entry: Any, scenario: Scenario, end: Event) -> None:  # noqa: ANN401 - Entry
    def work(_run: object, _job: Job[object]) -> None:
        end.wait()

    known.begin("search", entry, scenario, work, person=Person("x", "", "admin"), place="sample")


@pytest.mark.usefixtures("few_papers")
def test_a_scenario_that_somebody_deletes_while_its_documents_are_written_is_told_all_the_same(
    opened: Path, made: dict[str, Scenario], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beside_page, "document_of", lambda meeting: meeting.scenario.id.encode())
    test = reporting(opened, made["good"])

    def slow(*args: Any) -> Any:  # noqa: ANN401 - as `papers_of`
        papers = papers_of(*args)
        open_store().delete(made["good"].id, author="")
        scenarios.look_again()
        return papers

    monkeypatch.setattr(papers_module, "papers_of", slow)
    (chooser,) = [each for each in test.multiselect if "report_beside" in str(each.key)]
    chooser.set_value([made["today"].id])
    healthy(test.run())
    assert "download_report.docx" in files(test)


@pytest.mark.usefixtures("few_papers")
def test_the_document_compares_with_what_is_chosen_and_marks_what_is_out_of_date(
    opened: Path, made: dict[str, Scenario], monkeypatch: pytest.MonkeyPatch
) -> None:
    meetings: list[Meeting] = []
    papers: list[bytes] = []

    def seen(meeting: Meeting) -> bytes:
        meetings.append(meeting)
        papers.append(document_of(meeting))
        return papers[-1]

    monkeypatch.setattr(beside_page, "document_of", seen)
    browser = browser_person
    monkeypatch.setattr(
        who_module,
        "browser_person",
        lambda cookie, _: Person(browser(cookie, "view").id, "", "view"),
    )
    test = reporting(opened, made["good"])
    plain = files(test)
    assert meetings == []
    (chooser,) = [each for each in test.multiselect if "report_beside" in str(each.key)]
    assert chooser.options == ["State of today", "old (out of date)"]
    chooser.set_value([made["today"].id, made["old"].id])
    healthy(test.run())
    assert not test.error
    (meeting,) = meetings
    states = [(side.name, side.state) for side in meeting.comparison.sides]
    assert states == [(NAME, "current"), ("State of today", "current"), ("old", "stale")]
    assert set(meeting.stands) == {made["good"].id, made["today"].id}
    body = Document(io.BytesIO(papers[0])).element.body
    text = "".join(each.text or "" for each in body.iter(qn("w:t")))
    assert "7. Comparison of scenarios" in text
    assert f"Scenario: {NAME}" in text
    chosen = files(test)
    assert chosen["download_report.docx"] != plain["download_report.docx"]
    assert chosen["download_sites.xlsx"] == plain["download_sites.xlsx"]
    healthy(test.run())
    assert len(meetings) == 1  # not written again


@given(st.lists(st.text(), max_size=3))
def test_whatever_a_scenario_is_called_its_file_has_a_harmless_name(parts: list[str]) -> None:
    name = download_name(*parts, ending=".zip")
    assert is_harmless(name)
    assert name.endswith(".zip")
    assert len(name) > len(".zip")


@pytest.mark.parametrize("name", ["CON", "", "...", "😀" * 300, "a/../../b", "x\u202egpj"])
def test_names_that_are_no_names_become_some(name: str) -> None:
    assert is_harmless(download_name(name, ending=".zip"))
