"""One document for the meeting: a plan, and the scenarios that it is held against."""

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET
from zipfile import ZipFile

import pytest
from docx import Document
from docx.document import Document as WordDocument
from docx.oxml.ns import qn
from line_town import line_town

from planner.charts.figures import _plan_label
from planner.charts.paper import words_in_use
from planner.cli import main
from planner.district import settings_from_text, settings_text
from planner.district.settings import Limits
from planner.errors import SettingsError, StoreError
from planner.language import use_language
from planner.pipeline import plan, prepare, problem_for
from planner.pipeline.choose import result_of
from planner.pipeline.comparing import write_comparison_maps
from planner.pipeline.meeting import compared_in, meeting_of, write_meeting
from planner.pipeline.scenarios import baseline_of, first_scenario, scenario_with
from planner.report import MOST_SIDES
from planner.report.compared import figures_table
from planner.scenarios import Scenario
from planner.scenarios.changes import signed
from planner.scenarios.figures import with_curve
from planner.scenarios.store import close_stores, open_store
from planner.siting import LiveSession, edited_plan

HOSTILE = '_<img src=x onerror="1">$a$ \u202eevil${b}`|\x0c'
CURVE = {
    "by": "count",
    "knee": None,
    "points": [
        {
            "limit": size,
            "count": size,
            "cost_yuan": 1000.0 * size,
            "served": 10.0 * size,
            "bound": 11.0 * size,
            "effective_share": 0.1 * size,
        }
        for size in range(3)
    ],
}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return line_town(tmp_path_factory.mktemp("meeting") / "town")


@pytest.fixture(scope="module")
def made(town: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Scenario]:
    """The state of today, a plan of one opening, and one of two under a hostile name."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLANNER_CACHE", str(tmp_path_factory.mktemp("cache")))
        prepared = prepare(town)
        today = replace(baseline_of(prepared), id="0" * 32, name="Today")
        one, two = (
            scenario_with(
                replace(first_scenario(today), id=f"{count}" * 32, name=name),
                plan(prepared, Limits(count=count, work_limit=200)),
                author="",
            )
            for count, name in ((1, "One"), (2, HOSTILE))
        )
    return {"today": today, "one": one, "two": two}


@pytest.fixture(autouse=True)
def _cached(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANNER_CACHE", str(tmp_path_factory.getbasetemp() / "meeting_cache"))


@pytest.fixture(scope="module")
def path(town: Path, made: dict[str, Scenario], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The document that proposes One and holds the others against it."""
    use_language("en")
    meeting = meeting_of([made["one"], made["two"], made["today"]], town)
    return write_meeting(meeting, tmp_path_factory.mktemp("written") / "new" / "meeting.docx")


def words(document: WordDocument) -> str:
    return "".join(element.text or "" for element in document.element.body.iter(qn("w:t")))


def captions(document: WordDocument) -> list[str]:
    return [e.get("descr", "") for e in document.element.body.iter(qn("wp:docPr"))]


def test_the_document_holds_the_plan_and_the_others_against_it(
    path: Path, town: Path, made: dict[str, Scenario]
) -> None:
    document = Document(str(path))
    heads = [p.text for p in document.paragraphs if p.style and p.style.name == "Heading 1"]
    at = heads.index("7. Comparison of scenarios")
    assert (heads[at - 1], heads[at + 1]) == ("6. What it achieves", "8. Money")
    parts = [p.text for p in document.paragraphs if p.style and p.style.name == "Heading 2"]
    assert parts == [
        "7.1 Figures side by side",
        "7.2 Charts",
        "7.3 Measures that differ",
        "7.4 Who gains and who loses",
    ]
    text = words(document)
    assert "Scenario: One" in text
    assert "“One” is the scenario that this document proposes; the others are held against" in text
    assert "“Today” against “One” (internal working sketch)" in " ".join(captions(document))
    others = [made["one"], made["two"], made["today"]]
    for sentence in meeting_of(others, town).comparison.sentences:
        assert str(sentence) in text


def test_the_state_of_today_is_never_proposed(town: Path, made: dict[str, Scenario]) -> None:
    meeting = meeting_of([made["today"], made["one"]], town)
    assert meeting.scenario.name == "One"
    assert [side.name for side in meeting.comparison.sides] == ["Today", "One"]


def test_what_a_scenario_gains_stands_beside_its_figure_and_the_best_has_a_star(
    path: Path, made: dict[str, Scenario]
) -> None:
    table = next(t for t in Document(str(path)).tables if t.rows[0].cells[0].text == "Figure")
    served = next(row for row in table.rows if row.cells[0].text.startswith("Served (effective"))
    one, two, today = (
        made[name].figures["effective_share"]["after"]  # type: ignore[index]  # a plan has figures
        for name in ("one", "two", "today")
    )
    assert two > one > today
    assert [cell.text for cell in served.cells[1:]] == [
        f"{one:.1%}",
        f"{two:.1%}* ({100 * (two - one):+.1f})",
        f"{today:.1%} ({100 * (today - one):+.1f})",
    ]


def test_a_scenario_of_other_data_is_marked_and_neither_judged_nor_drawn(
    town: Path, made: dict[str, Scenario]
) -> None:
    stale = replace(made["two"], name="Two", inputs="0" * 64)
    meeting = meeting_of([made["one"], stale], town)
    told = str(meeting.comparison.sentences[-1])
    assert told.startswith("“Two” was found from data or settings that have changed since")
    compared = compared_in(meeting)
    assert compared.differences == ()
    table, heads = figures_table(compared.comparison)
    assert [column.label for column in table.columns] == ["Figure", "One", "Two (out of date)"]
    rows = [row for at, row in enumerate(table.rows) if at not in heads]
    assert not any(re.search(r"[*(]", str(row[2])) for row in rows if "%" in str(row[2]))
    with pytest.raises(StoreError, match="Two has no plan for the data as they are now"):
        meeting_of([stale, made["one"]], town)


def test_of_two_that_count_other_workers_no_map_of_others_is_left(
    town: Path, made: dict[str, Scenario], tmp_path: Path
) -> None:
    out, today = tmp_path / "maps", made["today"]
    assert list(write_comparison_maps([today, made["one"]], town, out)) == [
        "comparison.html",
        "difference.html",
    ]
    settings = settings_from_text(today.settings, town)
    groups = tuple(replace(each, total_workers=900.0) for each in settings.groups)
    more = replace(today, settings=settings_text(replace(settings, groups=groups)))
    write_comparison_maps([more, made["one"]], town, out)
    assert [file.name for file in out.iterdir()] == ["comparison.html"]


@pytest.mark.parametrize("many", [1, MOST_SIDES + 1])
def test_so_many_scenarios_are_refused_before_anything_is_read(
    town: Path, made: dict[str, Scenario], many: int
) -> None:
    use_language("en")
    with pytest.raises(SettingsError, match="compares 2 to 5 scenarios"):
        meeting_of([made["one"]] * many, town)


def test_a_map_that_counts_no_seats_says_so_where_the_figures_count_them(
    town: Path, made: dict[str, Scenario]
) -> None:
    one, today = made["one"], made["today"]
    (without,) = compared_in(meeting_of([one, today], town)).differences
    assert not without.without_seats
    settings = settings_from_text(today.settings, town)
    seats = replace(settings, service=replace(settings.service, count_seats=True))
    result = plan(prepare(town, settings=seats), Limits(count=1, work_limit=200))
    counted = scenario_with(one, result, author="")
    base = replace(today, settings=settings_text(seats))
    (found,) = compared_in(meeting_of([counted, base], town)).differences
    assert (found.exact, found.without_seats) == (True, True)


def test_a_curve_that_is_kept_is_drawn(town: Path, made: dict[str, Scenario]) -> None:
    assert compared_in(meeting_of([made["one"], made["today"]], town)).curve is None
    kept = replace(made["one"], figures=with_curve(made["one"].figures or {}, CURVE))
    assert compared_in(meeting_of([kept, made["today"]], town)).curve is not None


def test_the_document_tells_which_curves_are_missing_and_what_shared_measures_gain(
    town: Path, made: dict[str, Scenario], path: Path, tmp_path: Path
) -> None:
    def missing(*scenarios: Scenario) -> tuple[str, ...]:
        return compared_in(meeting_of(scenarios, town)).without_curve

    two = replace(made["two"], name="Two")
    kept = replace(made["one"], figures=with_curve(made["one"].figures or {}, CURVE))
    stale = replace(two, inputs="0" * 64)
    assert missing(made["one"], two, made["today"]) == ("One", "Two")
    assert missing(kept, two, made["today"]) == ("Two",)
    assert missing(kept, stale) == ()
    text = words(Document(str(path)))
    assert "is not computed yet for this plan" in text
    assert "not computed yet for: “One”; “" in text
    more = [{**e, "gain_hours": e["gain_hours"] + 10} for e in (kept.figures or {})["measures"]]
    figures = {**(kept.figures or {}), "measures": more}
    same = replace(kept, id="3" * 32, name="Same", figures=figures)
    out = write_meeting(meeting_of([kept, same], town), tmp_path / "kept.docx")
    text = words(Document(str(out)))
    assert "not computed yet" not in text
    assert "“Same” against “One”: 0 measures differ, 1 are the same; difference in all: +10" in text
    assert "Measures in both are credited with +10 worker-hours a week" in text


def test_a_plan_that_hands_took_beyond_its_limits_is_told_so_in_the_language_of_the_reader(
    town: Path, made: dict[str, Scenario], tmp_path: Path
) -> None:
    use_language("zh")
    prepared, limits = prepare(town), Limits(count=1)
    session = LiveSession(problem_for(prepared, limits))
    for option in sorted(session.options)[:2]:
        session.add(option)
    plan = edited_plan(session, bound_milli=session.problem.total_milli)
    beyond = scenario_with(made["one"], result_of(prepared, limits, plan), author="")
    use_language("en")
    out = write_meeting(meeting_of([beyond, made["today"]], town), tmp_path / "beyond.docx")
    text = words(Document(str(out)))
    assert "changed by hand and does not keep 1 of its limits" in text
    told = "2 sites are opened, but at most 1 may be."
    assert f"These limits are not kept:{told}" in text
    assert f"“One” was changed by hand and does not keep its own limits: {told}" in text
    assert text.count(told) == 2  # it is no assumption


def test_a_plan_is_named_beside_its_curve_where_it_has_none() -> None:
    words = words_in_use()
    assert _plan_label("One", words, alone=False, has_line=False) == "One"
    assert _plan_label("One", words, alone=False, has_line=True) is None


def test_what_rounds_to_nothing_has_no_sign() -> None:
    assert [signed(each) for each in (-0.4, 0.0, 0.6, -1234.0)] == ["0", "0", "+1", "-1,234"]


def test_a_hostile_name_is_a_text_and_nothing_else(path: Path) -> None:
    with ZipFile(path) as parts:
        for name in parts.namelist():
            if name.endswith((".xml", ".rels")):
                ET.fromstring(parts.read(name))  # noqa: S314 - our own file
        body = parts.read("word/document.xml").decode()
    assert "<img" not in body
    assert "&lt;img src=x" in body
    assert "\u202e" not in body


def test_the_chapter_has_no_english_word_in_chinese(
    town: Path, made: dict[str, Scenario], tmp_path: Path
) -> None:
    use_language("zh")
    one, today = replace(made["one"], name="甲"), replace(made["today"], name="现状")
    kept = replace(one, figures=with_curve(one.figures or {}, CURVE))
    path = write_meeting(meeting_of([kept, today], town), tmp_path / "会议.docx")
    document = Document(str(path))
    texts = [p.text for p in document.paragraphs]
    first = next(at for at, text in enumerate(texts) if text == "七、方案比选")
    last = next(at for at, text in enumerate(texts) if text == "八、资金安排")
    table = next(t for t in document.tables if t.rows[0].cells[0].text == "指标")
    told = "\n".join([*texts[first:last], *(c.text for row in table.rows for c in row.cells)])
    assert re.findall("[A-Za-z]{2,}", told) == []
    assert "（内部工作示意图）" in told
    assert any("覆盖—投入曲线" in caption for caption in captions(document))


def test_the_command_writes_the_document_and_names_what_it_lacks(
    town: Path, made: dict[str, Scenario], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = str(tmp_path / "kept.sqlite")
    store = open_store(url)
    for name in ("today", "one"):
        store.add(replace(made[name], id=""))
    out = tmp_path / "new" / "meeting.docx"
    asked = ["--lang", "en", "compare", "One", "Today", "--store", url, "--out", str(out)]
    try:
        assert main(asked) == 2
        assert "name its folder with --district" in capsys.readouterr().err
        assert main([*asked, "--district", str(town)]) == 0
        assert capsys.readouterr().out.rstrip().endswith("meeting.docx")
        (tmp_path / "taken").write_text("a file, no folder", encoding="utf-8")
        taken = ["--out", str(tmp_path / "taken"), "--district", str(town)]
        assert main([*asked[:-2], *taken]) == 2
        assert "cannot be written to" in capsys.readouterr().err
    finally:
        close_stores()
    assert "Comparison of scenarios" in words(Document(str(out)))
