"""Documents of a district in which every name is an attack: no program that opens them runs any."""

import json
import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

import docx
import openpyxl
import pytest
from hostile_district import ATTACKS, FORMULAS, hostile_district
from hypothesis import given
from hypothesis import strategies as st

from planner.cli import main
from planner.district.placing import Placed, _csv, read_placed
from planner.intake.commands import like_command, unmarked, without_commands

ROOT = Path(__file__).parents[2]
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = hostile_district(tmp_path_factory.mktemp("hostile") / "town")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLANNER_CACHE", str(tmp_path_factory.mktemp("cache")))
        assert main(["--lang", "en", "plan", str(folder)]) == 0
    return folder / "plan"


def books(plan: Path) -> list[Path]:
    return sorted(plan.glob("*.xlsx"))


def test_no_cell_of_a_workbook_is_a_formula_or_a_link(plan: Path) -> None:
    assert [path.name for path in books(plan)] == ["rejected.xlsx", "sites.xlsx"]
    risky = 0
    for path in books(plan):
        for sheet in openpyxl.load_workbook(path):
            for row in sheet.iter_rows():
                for cell in row:
                    assert cell.data_type != "f", (path.name, cell.coordinate)
                    assert cell.hyperlink is None
                    if isinstance(cell.value, str) and like_command(cell.value):
                        risky += 1
                        assert cell.quotePrefix, (path.name, cell.coordinate, cell.value)
        with zipfile.ZipFile(path) as parts:
            for name in parts.namelist():
                if name.endswith(".xml"):
                    told = ET.fromstring(parts.read(name))  # noqa: S314 - our own document
                    assert list(told.iter(f"{SHEET}f")) == [], name
            assert [name for name in parts.namelist() if "external" in name.lower()] == []
    assert risky > len(FORMULAS)


def test_a_word_report_holds_no_field_and_no_link_of_a_name(plan: Path) -> None:
    path = plan / "report.docx"
    with zipfile.ZipFile(path) as parts:
        for name in parts.namelist():
            content = parts.read(name)
            if name.endswith(".rels"):
                assert b'TargetMode="External"' not in content, name
            if name.endswith(".xml"):
                told = ET.fromstring(content)  # noqa: S314 - our own document
                fields = [e.text or "" for e in told.iter(f"{WORD}instrText")]
                fields += [e.get(f"{WORD}instr", "") for e in told.iter(f"{WORD}fldSimple")]
                assert {field.split()[0] for field in fields if field.split()} <= {
                    "PAGE",
                    "NUMPAGES",
                }
    words = [p.text for p in docx.Document(str(path)).paragraphs]
    assert any("<img src=x onerror=" in text for text in words)


def test_a_page_of_a_map_names_sites_as_text_alone(plan: Path) -> None:
    page = (plan / "map.html").read_text(encoding="utf-8")
    for attack in (
        "<img src=x",
        "<x-evil>",
        "<svg onload",
        "</style><style>",
        "<script>window.evil",
    ):
        assert attack not in page
    assert "<!--" not in page.replace("<!-- ", "")
    assert "window.evil" in page  # the names are there


def test_points_for_other_programs_hold_names_as_they_are(plan: Path) -> None:
    told = json.loads((plan / "sites.geojson").read_text(encoding="utf-8"))
    names = {str(feature["properties"]["name"]) for feature in told["features"]}
    assert any(name.startswith(attack) for name in names for attack in ATTACKS)


def test_the_command_line_shows_letters_that_hide(
    plan: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--lang", "en", "check", str(plan.parent)])
    main(["--lang", "en", "coverage", str(plan.parent)])
    said = "".join(capsys.readouterr())
    assert not set(said) & set("\u202e\u2066\u200b\x1b")


@pytest.mark.parametrize("sign", FORMULAS)
def test_a_file_of_placed_rows_holds_no_formula_and_is_read_back(sign: str, tmp_path: Path) -> None:
    row = Placed("stations", "1", f"{sign}站", f"\t{sign}", 113.0, 23.0)
    text = _csv([row])
    (tmp_path / "placed.csv").write_bytes(text)
    assert not re.search(rf"(^|,)\s*{re.escape(sign)}", text.decode("utf-8-sig"), re.MULTILINE)
    assert read_placed(tmp_path) == [row]


@given(st.text() | st.sampled_from([*ATTACKS, "''=1", "'", "'x", "\r=1", " =1"]))
def test_a_marked_text_runs_nowhere_and_comes_back(text: str) -> None:
    marked = without_commands(text)
    assert not like_command(marked)
    assert unmarked(marked) == text


def test_every_writer_of_tables_is_known_to_these_tests() -> None:
    """Hold that no other module writes workbooks or CSV files: it would have to mark its cells."""
    found = {
        path.relative_to(ROOT).as_posix()
        for folder in ("planner", "app_pages")
        for path in (ROOT / folder).rglob("*.py")
        if re.search(
            r"openpyxl import Workbook|to_excel\(|to_csv\(|csv\.writer|DictWriter",
            path.read_text("utf-8"),
        )
    }
    assert found == {
        "planner/demand/pings/binfile.py",  # numbers, and days of the planner's own
        "planner/district/placing.py",
        "planner/district/templates.py",  # empty lists to fill in
        "planner/intake/rejected.py",
        "planner/report/excel.py",
        "planner/scale/workbook.py",
    }
