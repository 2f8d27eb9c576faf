"""A plan told as JSON, GeoJSON, Excel and Word."""

import io
import json
import math
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import pytest
from docx import Document
from docx.document import Document as WordDocument
from docx.oxml.ns import qn
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from PIL import Image
from small_plans import small_coverage, small_district, small_report, without_stations

from planner.coverage import measure_coverage
from planner.district.settings import Limits
from planner.language import note, use_language
from planner.report import (
    Pictures,
    PlanReport,
    coverage_json,
    plan_json,
    write_plan_json,
    write_sites_geojson,
    write_sites_xlsx,
    write_word,
)
from planner.report.tables import comparison, today
from planner.siting import Plan, Status


@pytest.fixture(scope="module")
def report() -> PlanReport:
    return small_report()


@pytest.fixture(scope="module")
def pictures() -> Pictures:
    file = io.BytesIO()
    Image.new("RGB", (400, 300), (200, 210, 220)).save(file, "PNG")
    return Pictures(plan_map=file.getvalue(), by_group=file.getvalue())


def cells(sheet: Worksheet) -> Iterator[object]:
    for row in sheet.iter_rows():
        for cell in row:
            if cell.value is not None:
                yield cell.value


def words(document: WordDocument) -> str:
    """All text of paragraphs and tables, in the order of the page."""
    texts = [element.text or "" for element in document.element.body.iter(qn("w:t"))]
    return "".join(texts)


def saved_workbook(report: PlanReport, folder: Path) -> Workbook:
    write_sites_xlsx(report, folder / "sites.xlsx")
    return load_workbook(folder / "sites.xlsx")


def saved_word(report: PlanReport, folder: Path, pictures: Pictures) -> WordDocument:
    write_word(report, folder / "report.docx", pictures=pictures)
    return Document(str(folder / "report.docx"))


def infeasible() -> PlanReport:
    plan = Plan(
        options=(),
        served_milli=0,
        bound_milli=0,
        total_milli=1,
        cost_yuan=0.0,
        status=Status.INFEASIBLE,
        seconds=0.1,
        reasons=(note("Money."),),
    )
    return small_report(plan=plan)


def test_the_object_of_a_plan_adds_up(report: PlanReport) -> None:
    told = plan_json(report)
    assert told["options"] == [site["id"] for site in told["sites"]]
    assert sorted(told["options"]) == list(report.plan.options)
    assert told["cost_yuan"] == sum(site["cost_yuan"] for site in told["sites"]) == 7000
    gained = sum(site["gain_hours"] for site in told["sites"])
    assert told["served"] - told["before"]["served"] == pytest.approx(gained)
    assert told["served"] == pytest.approx(told["effective_share"] * told["worker_hours_week"])
    assert told["before"]["nominal_share"] >= told["before"]["effective_share"]
    assert told["bound"] >= told["served"] > told["before"]["served"]
    assert told["gap"] < 1e-6
    assert (told["status"], told["rows_set_aside"]) == ("optimal", 1)
    assert told["limits"]["count"] == 2
    assert told["workers"] == 1300.5


def test_the_object_names_every_station_that_is_there_and_whether_it_stays(
    report: PlanReport,
) -> None:
    told = plan_json(report)
    assert [(site["id"], site["stays"]) for site in told["existing"]] == [
        ("S1", True),
        ("S2", True),
    ]
    closing = replace(report.plan, closed=("S1",))
    limits = Limits(count=2, may_close=("S1",))
    shut = plan_json(small_report(limits=limits, plan=closing))
    assert [(site["id"], site["stays"]) for site in shut["existing"]] == [
        ("S1", False),
        ("S2", True),
    ]
    assert shut["effective_share"] < told["effective_share"]


def test_json_holds_null_and_never_a_number_that_is_none(
    report: PlanReport, tmp_path: Path
) -> None:
    alone = without_stations(report)
    write_plan_json(alone, tmp_path / "plan.json")
    told = json.loads(
        (tmp_path / "plan.json").read_text(encoding="utf-8"),
        parse_constant=lambda name: pytest.fail(f"found {name}"),
    )
    assert {site["nearest_m"] for site in told["sites"]} == {None}
    first = (
        next(site for site in told["sites"] if site["id"] == "V1")
        if "V1" in told["options"]
        else None
    )
    assert first is None or first["cost_year_yuan"] is None
    assert told["before"]["served"] == 0


def test_a_plan_that_cannot_be_is_an_object_with_reasons_and_no_document(
    pictures: Pictures, tmp_path: Path
) -> None:
    told = plan_json(infeasible())
    assert (told["status"], told["sites"], told["served"]) == ("infeasible", [], None)
    assert told["reasons"] == ["Money."]
    with pytest.raises(ValueError, match="got an infeasible one"):
        write_word(infeasible(), tmp_path / "report.docx", pictures=pictures)


def test_coverage_is_told_whole_by_group_by_period_and_by_community(report: PlanReport) -> None:
    told = coverage_json(report.district, report.before)
    assert told["workers"] == 1300.5
    assert [group["name"] for group in told["by_group"].values()] == ["Riders", "Sanitation"]
    assert told["by_group"]["rider"]["workers"] == 1200.5
    assert told["by_community"]["C1"]["name"] == "江北社区"
    assert told["by_period"]["night"]["name"] == "Night 18:00–06:00"
    for level in ("by_group", "by_period", "by_community"):
        hours = sum(row["worker_hours_week"] for row in told[level].values())
        assert hours == pytest.approx(told["worker_hours_week"])
    served = sum(
        row["effective_share"] * row["worker_hours_week"] for row in told["by_group"].values()
    )
    assert served == pytest.approx(told["effective_share"] * told["worker_hours_week"])
    assert json.loads(json.dumps(told, allow_nan=False)) == told


def test_names_are_told_in_the_language_in_use(report: PlanReport) -> None:
    use_language("zh")
    told = coverage_json(report.district, report.before)
    assert [group["name"] for group in told["by_group"].values()] == ["外卖骑手", "环卫工人"]


def test_map_points_stand_where_the_lists_say_in_degrees(
    report: PlanReport, tmp_path: Path
) -> None:
    write_sites_geojson(report, tmp_path / "sites.geojson")
    told = json.loads((tmp_path / "sites.geojson").read_text(encoding="utf-8"))
    points = {f["id"]: f["geometry"]["coordinates"] for f in told["features"]}
    kinds = {f["id"]: f["properties"]["kind"] for f in told["features"]}
    assert points["S1"] == [120.3025, 31.5025]
    assert kinds == dict.fromkeys(report.plan.options, "proposed") | {
        "S1": "existing",
        "S2": "existing",
    }
    assert "lon" not in told["features"][0]["properties"]
    assert "Internal working sketch." in told["note"]


def test_the_workbook_has_its_sheets_with_heads_that_stay(
    report: PlanReport, tmp_path: Path
) -> None:
    use_language("zh")
    book = saved_workbook(report, tmp_path)
    assert book.sheetnames == [
        "措施",
        "现有站点",
        "方案前后对比",
        "按措施和出资方统计的资金",
        "未入选",
        "假设与说明",
    ]
    new = book["措施"]
    assert new.freeze_panes == "F4"
    assert new.auto_filter.ref == "A3:Q5"
    heads = [cell.value for cell in new[3]]
    assert heads[:6] == ["序号", "类别", "措施", "编号", "名称", "场所类型"]
    assert heads[-3:] == ["选址理由", "经度（WGS-84）", "纬度（WGS-84）"]
    assert not re.search("[a-z]{3}", "".join(map(str, heads)).replace("WGS", ""))
    assert "内部工作资料" in str(new["A2"].value)
    assert "虚构" in str(new["A2"].value)


def test_the_workbook_tells_the_figures_of_the_plan(report: PlanReport, tmp_path: Path) -> None:
    book = saved_workbook(report, tmp_path)
    new, figures = book["Measures"], book["Today and with the plan"]
    heads = [cell.value for cell in new[3]]
    gain = heads.index("Newly served (worker-hours a week)")
    told = [row[gain] for row in new.iter_rows(min_row=4, values_only=True)]
    assert told == pytest.approx(report.sites["gain_hours"].tolist())
    assert new.cell(4, gain + 1).number_format == "#,##0"
    rows = list(figures.iter_rows(min_row=4, values_only=True))
    assert [row[0] for row in rows] == [
        "District",
        *["Group"] * 2,
        *["Period"] * 2,
        *["Community"] * 2,
    ]
    whole = rows[0]
    assert whole[6:8] == pytest.approx(
        (report.before.effective_share, report.after.effective_share)
    )
    points = 100 * (report.after.effective_share - report.before.effective_share)
    assert whole[8] == pytest.approx(points)
    assert figures["G4"].number_format == "0.0%"


def test_a_text_that_begins_like_a_formula_is_marked_as_text_and_unchanged(tmp_path: Path) -> None:
    hostile = small_district(name="=HYPERLINK(1)")
    for sign in ("=", "+", "-", "@"):
        venues = hostile.venues.assign(name=f"{sign}cmd|' /C calc'!A0")
        stations = hostile.stations.assign(name=f"{sign}SUM(A1)")
        told = small_report(replace(hostile, venues=venues, stations=stations))
        book = saved_workbook(told, tmp_path)
        texts = [v for sheet in book.worksheets for v in cells(sheet) if isinstance(v, str)]
        assert f"{sign}cmd|' /C calc'!A0" in texts  # as its owner wrote it
        assert not [text for text in texts if text.startswith("'")]
        signed = [
            cell
            for sheet in book.worksheets
            for row in sheet.iter_rows()
            for cell in row
            if isinstance(cell.value, str) and cell.value.startswith(("=", "+", "-", "@"))
        ]
        assert signed
        assert all(cell.data_type == "s" and cell.quotePrefix for cell in signed)
        with ZipFile(tmp_path / "sites.xlsx") as parts:
            assert not [n for n in parts.namelist() if b"<f>" in parts.read(n)]


def test_letters_that_xml_cannot_hold_are_left_out(pictures: Pictures, tmp_path: Path) -> None:
    hostile = small_district(name="区\x00\x1b\ufffe\n名")
    venues = hostile.venues.assign(name="</w:t>\x0b\ufffe&<b>\t名")
    told = small_report(replace(hostile, venues=venues))
    book = saved_workbook(told, tmp_path)
    assert "</w:t>&<b> 名" in list(cells(book.worksheets[0]))
    text = words(saved_word(told, tmp_path, pictures))
    assert "区‹U+0000›‹U+001B› 名" in text  # a name in a sentence shows what is hidden in it
    assert "</w:t>&<b> 名" in text


def test_the_properties_of_the_document_hold_any_name_and_the_day_of_writing(
    pictures: Pictures, tmp_path: Path
) -> None:
    name = "长" * 300
    document = saved_word(small_report(small_district(name=name)), tmp_path, pictures)
    assert name in document.paragraphs[0].text
    told = document.core_properties
    assert told.title == document.paragraphs[0].text[:255]
    assert told.created == told.modified
    assert told.created is not None
    assert told.created.year > 2013  # when python-docx made its template


def test_the_document_answers_the_question_in_order(
    report: PlanReport, pictures: Pictures, tmp_path: Path
) -> None:
    document = saved_word(report, tmp_path, pictures)
    heads = [p.text for p in document.paragraphs if p.style and p.style.name == "Heading 1"]
    assert heads == [
        "1. The question",
        "2. The data",
        "3. Where the workers are",
        "4. Coverage today",
        "5. The proposal",
        "6. What it achieves",
        "7. Money",
        "8. How good the plan is",
        "9. Assumptions",
        "10. List of measures",
    ]
    text = words(document)
    assert "Proposal: open 2 stations for 7,000 yuan." in text
    assert f"{report.before.effective_share:.1%} to {report.after.effective_share:.1%}" in text
    assert "Of the budget 3,000 yuan are left." in text
    assert "Proof: under the same limits the plan is proven best." in text
    assert "1 rows were set aside" in text
    assert str(report.spots) in text
    assert str(report.gaps_today) in text
    assert "2026-03-05" in text
    assert "Internal working document" in text
    assert "虚构 / invented" in text
    assert "on foot 600 m" in text
    for note_ in report.notes:
        assert str(note_) in text


def test_the_chinese_document_has_no_english_word(
    report: PlanReport, pictures: Pictures, tmp_path: Path
) -> None:
    use_language("zh")
    venues = report.district.venues.assign(name="某场所")
    district = replace(
        report.district,
        venues=venues,
        settings=replace(report.district.settings, data_note="虚构数据"),
    )
    text = words(saved_word(small_report(district), tmp_path, pictures))
    left = re.sub(r"(rejected|workers)\.xlsx|planner 0\.1\.0|[0-9a-f]{16}", "", text)
    assert re.findall("[A-Za-z]{2,}", left) == []
    assert "一、要解决的问题" in text
    assert "2026年3月5日" in text


def test_each_table_repeats_its_head_and_keeps_its_rows_whole(
    report: PlanReport, pictures: Pictures, tmp_path: Path
) -> None:
    document = saved_word(report, tmp_path, pictures)
    tables = document.tables[1:]
    assert len(tables) == 14
    for table in tables:
        first = table.rows[0]._tr  # noqa: SLF001 - python-docx shows the head in no other way
        assert first.trPr is not None
        assert first.trPr.find(qn("w:tblHeader")) is not None
        for row in table.rows:
            assert row._tr.trPr.find(qn("w:cantSplit")) is not None  # noqa: SLF001 - see above


def test_pages_are_a4_and_the_list_lies_across(
    report: PlanReport, pictures: Pictures, tmp_path: Path
) -> None:
    document = saved_word(report, tmp_path, pictures)
    sizes = [
        (round(section.page_width.cm, 1), round(section.page_height.cm, 1))
        for section in document.sections
        if section.page_width and section.page_height
    ]
    assert sizes == [(21.0, 29.7), (29.7, 21.0)]
    for section in document.sections:
        footer = section.footer.paragraphs[0]._p.xml  # noqa: SLF001 - fields have no other door
        assert "PAGE" in footer
        assert "NUMPAGES" in footer


def test_every_chinese_letter_has_a_chinese_font(
    report: PlanReport, pictures: Pictures, tmp_path: Path
) -> None:
    use_language("zh")
    write_word(report, tmp_path / "report.docx", pictures=pictures)
    with ZipFile(tmp_path / "report.docx") as parts:
        styles = parts.read("word/styles.xml").decode()
        body = parts.read("word/document.xml").decode()
    assert 'w:eastAsia="宋体"' in styles
    assert 'w:eastAsia="黑体"' in styles
    assert 'w:eastAsia="宋体"' in body


def test_pictures_are_in_the_document_with_a_text_for_those_who_cannot_see(
    report: PlanReport, pictures: Pictures, tmp_path: Path
) -> None:
    document = saved_word(report, tmp_path, pictures)
    assert len(document.inline_shapes) == 2
    described = [e.get("descr") for e in document.element.body.iter(qn("wp:docPr"))]
    assert described[1] == "Existing and proposed stations (internal working sketch)"


@pytest.mark.parametrize(
    ("status", "ended"),
    [
        (Status.FEASIBLE, "The search ended before the proof asked for was reached."),
        (Status.OPTIMAL, "The search ended because the proof asked for was reached."),
    ],
)
def test_the_proof_is_rounded_so_that_it_never_promises_more(
    report: PlanReport, pictures: Pictures, tmp_path: Path, status: Status, ended: str
) -> None:
    bound = math.ceil(report.plan.served_milli / 0.99995)
    told = replace(report, plan=replace(report.plan, bound_milli=bound, status=status))
    text = words(saved_word(told, tmp_path, pictures))
    assert "under the same limits the plan is at most 0.01% from the best possible" in text
    assert "proven best" not in text
    assert ended in text


def test_what_hands_made_worse_is_told_as_worse_and_without_a_time(
    report: PlanReport, pictures: Pictures, tmp_path: Path
) -> None:
    worse = replace(
        report,
        before=report.after,
        after=report.before,
        limits=replace(report.limits, budget_yuan=report.plan.cost_yuan - 100.0),
        plan=replace(report.plan, status=Status.EDITED, seconds=0.0),
    )
    text = words(saved_word(worse, tmp_path, pictures))
    before, after = (f"{each.effective_share:.1%}" for each in (report.after, report.before))
    assert f"Effective coverage falls from {before} to {after} of worker-hours" in text
    assert "rises" not in text
    assert "The budget is exceeded by 100 yuan." in text
    assert "It took" not in text
    assert "It took 1 seconds." in words(saved_word(_quick(report), tmp_path, pictures))


def _quick(report: PlanReport) -> PlanReport:
    return replace(report, plan=replace(report.plan, seconds=0.2))


def test_of_a_group_that_nobody_is_in_there_is_no_share(report: PlanReport) -> None:
    by_group = report.before.by_group.copy()
    by_group.loc["cleaner"] = 0.0
    empty = replace(report, before=replace(report.before, by_group=by_group))
    for table in (
        today(empty, "group"),
        comparison(empty, "group").only("name", "before", "change"),
    ):
        rider, cleaner = table.rows
        forms = [column.form for column in table.columns]
        for value, form in zip(cleaner, forms, strict=True):
            assert (value is None) == (form in ("share", "points"))
        assert None not in rider


def test_limits_are_told_as_they_were_given(
    report: PlanReport, pictures: Pictures, tmp_path: Path
) -> None:
    limits = Limits(
        count=2,
        min_separation_m=300.0,
        separation_from_existing=False,
        lock=("V1",),
        forbid=("V4",),
        may_close=("S1",),
    )
    plan = replace(report.plan, closed=("S1",))
    text = words(saved_word(small_report(limits=limits, plan=plan), tmp_path, pictures))
    assert (
        "At least 300 m in a straight line between a new station and any other new station." in text
    )
    assert "Must be opened: =1+1." in text
    assert "Must not be opened: 偏远网点." in text
    assert "May be closed: 工会驿站." in text
    assert "open 2 stations, close 1 station" in text
    assert "All existing stations stay as they are." not in text
    assert "set-up money: at most" not in text


def test_a_plan_without_any_opening_is_a_document_too(
    report: PlanReport, pictures: Pictures, tmp_path: Path
) -> None:
    coverage = small_coverage(report.district)
    today_figures = measure_coverage(coverage, ["S1", "S2"])
    plan = replace(
        report.plan,
        options=(),
        served_milli=today_figures.served_milli,
        bound_milli=today_figures.served_milli,
        cost_yuan=0.0,
    )
    none = small_report(limits=Limits(count=0), plan=plan)
    text = words(saved_word(none, tmp_path, pictures))
    assert "Proposal: no measure for 0 yuan." in text
    assert (
        f"Effective coverage stays at {today_figures.effective_share:.1%} of worker-hours." in text
    )
    assert saved_workbook(none, tmp_path).worksheets[0].max_row == 3
