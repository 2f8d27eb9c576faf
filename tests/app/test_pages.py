"""The pages, run without a browser: each opens, one whole journey, and input that is wrong."""

import io
import re
import shutil
import time
import zipfile
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from planner.district import read_settings
from planner.language import current_language

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "data" / "sample"
FAULTY = ROOT / "data" / "sample_faulty"
ALLOWED = "toml|district|Sample|data|all|invented|xlsx|stations|groups|hosts"
"""Names of files and of their parts, and the note of the sample, which is in both languages."""
PAGES = ("data", "today", "siting", "report")

needs_sample = pytest.mark.skipif(
    not (SAMPLE / "district.toml").is_file(), reason="the sample is not there: data/make_sample.py"
)
pytestmark = [
    needs_sample,
    # streamlit-folium and Streamlit use each other's older names.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


@pytest.fixture
def space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an empty workspace."""
    monkeypatch.setenv("PLANNER_WORKSPACE", str(tmp_path / "districts"))
    monkeypatch.delenv("PLANNER_LANG", raising=False)
    return tmp_path / "districts"


@pytest.fixture(scope="module")
def shared_space(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a workspace with a copy of the sample in it; read once for all tests here."""
    folder = tmp_path_factory.mktemp("shared") / "districts"
    copied(SAMPLE, folder / "sample")
    return folder


@pytest.fixture
def opened(shared_space: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the shared copy of the sample, without a plan and with its own limits."""
    monkeypatch.setenv("PLANNER_WORKSPACE", str(shared_space))
    monkeypatch.delenv("PLANNER_LANG", raising=False)
    folder = shared_space / "sample"
    shutil.rmtree(folder / "plan", ignore_errors=True)
    shutil.copyfile(SAMPLE / "district.toml", folder / "district.toml")
    return folder


def copied(source: Path, target: Path) -> Path:
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    text = (target / "district.toml").read_text(encoding="utf-8")
    absolute = text.replace('"../sample/', f'"{SAMPLE.as_posix()}/')
    (target / "district.toml").write_text(absolute, encoding="utf-8")
    return target


def app(*, district: str | None = None, language: str = "zh") -> AppTest:
    test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    test.query_params["lang"] = language
    if district:
        test.query_params["district"] = district
    return healthy(test.run())


def page(test: AppTest, name: str) -> AppTest:
    return healthy(test.switch_page(f"app_pages/{name}.py").run())


def healthy(test: AppTest) -> AppTest:
    assert not test.exception, [f"{e.message}\n{e.stack_trace}" for e in test.exception]
    return test


def words(test: AppTest) -> str:
    """Give all text of the page that a person reads."""
    shown = (
        test.header,
        test.caption,
        test.markdown,
        test.info,
        test.error,
        test.warning,
        test.success,
    )
    told = [str(element.value) for kind in shown for element in kind]
    told += [
        unescape(re.sub(r"<(style|script).*?</\1>|<[^>]*>", " ", element.value, flags=re.DOTALL))
        for element in test.html
    ]
    widgets = (
        *test.button,
        *test.selectbox,
        *test.number_input,
        *test.multiselect,
        *test.slider,
        *test.text_input,
    )
    told += [widget.label for widget in widgets]
    return "\n".join(told)


def until(test: AppTest, ready: Callable[[AppTest], bool]) -> AppTest:
    """Run the page again and again, as a browser does, until something is there."""
    end = time.monotonic() + 120
    while not ready(test):
        assert time.monotonic() < end, words(test)
        time.sleep(0.2)
        healthy(test.run())
    return test


def solved(test: AppTest) -> AppTest:
    healthy(test.button(key="start_search").click().run())
    until(test, lambda t: "start_search" in [button.key for button in t.button])
    assert 'class="p-card p-strong"' in "".join(element.value for element in test.html)
    return test


def set_limits(test: AppTest, **values: float | None) -> AppTest:
    for name, value in values.items():
        next(w for w in test.number_input if str(w.key).endswith(f"_{name}")).set_value(value)
    return healthy(test.run())


# Opening -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", PAGES)
def test_each_page_opens_without_a_district(space: Path, name: str, language: str) -> None:
    test = app(language=language)
    if name != "data":
        page(test, name)
        assert [info.value for info in test.info]
    assert not space.exists()


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", PAGES)
def test_each_page_opens_with_the_sample_in_one_language_only(
    opened: Path, name: str, language: str
) -> None:
    test = app(district=opened.name, language=language)
    if name != "data":
        page(test, name)
    told = words(test)
    assert len(told) > 60
    if language == "zh":
        assert re.findall(rf"\b(?!(?:{ALLOWED})\b)[A-Za-z]{{3,}}\b", told) == []
    else:
        own = [line for line in told.splitlines() if "{" in line]
        assert own == []
        assert "有效" not in told


def test_the_language_of_the_pages_does_not_leak_into_the_process(opened: Path) -> None:
    assert current_language() == "en"
    app(district=opened.name, language="zh")
    assert current_language() == "en"


def test_the_sample_is_opened_as_a_copy_and_found_again(space: Path) -> None:
    test = app()
    healthy(test.button(key="open_sample").click().run())
    assert (space / "sample" / "district.toml").is_file()
    assert "37" in words(test)
    again = app()
    assert again.session_state["place"] == "sample"
    assert again.query_params["district"] == "sample"


def test_a_district_opened_before_is_opened_again(shared_space: Path, opened: Path) -> None:
    other = copied(SAMPLE, shared_space / "other")
    try:
        test = app(district=opened.name)
        healthy(test.segmented_control(key="data_view_5").set_value("other").run())
        box = test.selectbox(key="known_district")
        assert ["other" in name for name in box.options] == [True, False]
        box.select_index(0)
        healthy(test.button(key="open_known").click().run())
        assert test.session_state["place"] == "other"
        assert test.query_params["district"] == "other"
    finally:
        shutil.rmtree(other)


def test_the_switch_changes_every_word(opened: Path) -> None:
    test = app(district=opened.name)
    assert "候选场所" in words(test)
    healthy(test.radio(key="language_choice").set_value("en").run())
    assert "Candidate venues" in words(test)
    assert "候选场所" not in words(test)
    page(test, "today")
    assert "Effective coverage" in words(test)


# One whole journey -------------------------------------------------------------------------------


def test_from_limits_to_documents_and_found_again_after_a_restart(opened: Path) -> None:
    before = (opened / "district.toml").read_text(encoding="utf-8")
    test = page(app(district=opened.name), "siting")
    set_limits(test, budget=None, count=4, separation=500.0, time=20.0)
    kept = (opened / "district.toml").read_text(encoding="utf-8")
    comment = next(line for line in before.splitlines() if line.startswith("#"))
    assert comment in kept
    limits = read_settings(opened).limits
    assert (limits.budget_yuan, limits.count) == (None, 4)
    assert (limits.min_separation_m, limits.time_limit_s) == (500.0, 20.0)

    solved(test)
    told = words(test)
    assert "建议站点清单（4）" in str(test.segmented_control(key="siting_view").options)
    assert "新增站点 4" in re.sub(r"\s+", " ", told)
    for view in ("change", "scores"):
        healthy(test.segmented_control(key="siting_view").set_value(view).run())
    page(test, "report")
    there = {path.name for path in (opened / "plan").iterdir()}
    assert {
        "report.docx",
        "sites.xlsx",
        "sites.geojson",
        "plan.json",
        "map.html",
        "district.toml",
    } <= there
    assert {f"download_{name}" for name in there if not name.startswith(".")} <= {
        button.key for button in test.download_button
    }

    restarted = page(app(), "siting")
    assert next(w.value for w in restarted.number_input if str(w.key).endswith("_count")) == 4
    assert "新增站点 4" in re.sub(r"\s+", " ", words(restarted))
    assert not restarted.warning


def test_changed_limits_are_told_beside_an_older_plan(opened: Path) -> None:
    test = page(app(district=opened.name), "siting")
    solved(set_limits(test, budget=None, count=2, separation=0.0, time=20.0))
    assert not test.warning
    set_limits(test, count=3)
    assert "重新选址" in test.warning[0].value


def test_documents_follow_the_language_of_the_page(opened: Path) -> None:
    test = page(app(district=opened.name), "siting")
    solved(set_limits(test, budget=None, count=2, separation=0.0, time=20.0))
    chinese = (opened / "plan" / "map.html").read_text(encoding="utf-8")
    assert "建议新增站点" in chinese
    english = page(app(district=opened.name, language="en"), "report")
    assert not english.error
    assert "Proposed sites" in (opened / "plan" / "map.html").read_text(encoding="utf-8")


# Wrong input -------------------------------------------------------------------------------------


def test_without_budget_and_count_there_is_no_search(opened: Path) -> None:
    test = page(app(district=opened.name), "siting")
    set_limits(test, budget=None, count=None)
    assert test.button(key="start_search").disabled


def test_a_site_that_is_both_fixed_and_forbidden_is_told(opened: Path) -> None:
    test = page(app(district=opened.name), "siting")
    set_limits(test, budget=None, count=3, separation=0.0)
    lock, forbid = (
        next(w for w in test.multiselect if str(w.key).endswith(name))
        for name in ("_lock", "_forbid")
    )
    lock.select(lock.options[0])
    forbid.select(forbid.options[0])
    healthy(test.run())
    assert test.error
    assert "start_search" not in [button.key for button in test.button]
    limits = read_settings(opened).limits
    assert not set(limits.lock) & set(limits.forbid)
    next(w for w in test.multiselect if str(w.key).endswith("_forbid")).set_value([])
    healthy(test.run())
    assert not test.error
    assert len(read_settings(opened).limits.lock) == 1


def test_limits_that_no_plan_keeps_are_named(opened: Path) -> None:
    test = page(app(district=opened.name), "siting")
    set_limits(test, budget=1.0, count=3, separation=0.0)
    widget = next(w for w in test.multiselect if str(w.key).endswith("_lock"))
    widget.select(widget.options[0])
    healthy(test.run())
    healthy(test.button(key="start_search").click().run())
    until(test, lambda t: bool(t.error))
    assert not (opened / "plan").exists()


def test_faults_are_a_table_with_a_filter_and_a_download(space: Path) -> None:
    folder = copied(FAULTY, space / "faulty")
    test = app(district=folder.name)
    healthy(test.segmented_control(key="data_view_5").set_value("faults").run())
    told = words(test)
    assert "看情况开放" in told
    assert "宇航员" in told
    assert [button.key for button in test.download_button] == ["download_rejected"]
    healthy(test.selectbox(key="fault_file").select("communities.geojson").run())
    assert "宇航员" not in words(test)


def test_a_damaged_district_is_told_and_can_be_left(space: Path) -> None:
    folder = copied(SAMPLE, space / "broken")
    (folder / "stations.xlsx").write_bytes(b"\x00\x01 not a workbook")
    test = app(district=folder.name)
    assert test.error
    healthy(test.segmented_control(key="data_view_2").set_value("other").run())
    healthy(test.button(key="open_sample").click().run())
    assert not test.error


def test_settings_that_cannot_be_read_are_told(space: Path) -> None:
    folder = copied(SAMPLE, space / "broken")
    (folder / "district.toml").write_text("[district\n", encoding="utf-8")
    test = app(district=folder.name)
    assert test.error
    for name in PAGES[1:]:
        assert page(test, name).error


def test_a_folder_that_is_not_there_is_told(space: Path) -> None:
    test = app(language="en")
    test.text_input(key="folder_path").set_value("/nowhere/at/all")
    button = next(b for b in test.button if b.label == "Open the folder")
    healthy(button.click().run())
    if test.error:
        assert "nowhere" in test.error[0].value
    else:
        assert "this machine alone" in words(test)
    assert not space.exists()


def test_an_uploaded_zip_becomes_a_district(space: Path) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as bundle:
        for path in SAMPLE.iterdir():
            bundle.write(path, f"town/{path.name}")
    test = app()
    test.file_uploader(key="uploaded_files").upload("town.zip", file.getvalue())
    healthy(test.run())
    healthy(test.button(key="open_upload").click().run())
    assert (space / "town" / "district.toml").is_file()
    assert "37" in words(test)


def test_single_files_become_a_district_with_the_system_that_was_declared(space: Path) -> None:
    test = app()
    names = ("stations.xlsx", "venues.xlsx", "workers.xlsx", "communities.geojson")
    test.file_uploader(key="uploaded_files").set_value(
        [(name, (SAMPLE / name).read_bytes(), "application/octet-stream") for name in names]
    )
    healthy(test.run())
    assert [test.selectbox(key=f"use_{name}").value for name in names] == [
        "stations",
        "venues",
        "survey",
        "communities",
    ]
    for name in names[:2]:
        test.selectbox(key=f"system_{name}").select("GCJ-02")
    test.text_input(key="upload_title").set_value("Test town")
    healthy(test.run())
    healthy(test.button(key="open_upload").click().run())
    settings = read_settings(space / "Test-town")
    assert settings.name == "Test town"
    assert settings.stations is not None
    assert settings.stations.crs == "GCJ-02"
    assert settings.streets.path is None
    assert [source.kind for source in settings.workers] == ["survey"]


@pytest.mark.usefixtures("space")
def test_an_upload_that_is_no_list_is_told() -> None:
    test = app(language="en")
    test.file_uploader(key="uploaded_files").upload("stations.xlsx", b"\x00\x01")
    healthy(test.run())
    healthy(test.button(key="open_upload").click().run())
    assert "workers" in words(test)  # nobody is counted anywhere


def test_the_system_of_a_file_can_be_declared_anew(opened: Path) -> None:
    test = app(district=opened.name)
    healthy(test.segmented_control(key="data_view_5").set_value("files").run())
    box = next(w for w in test.selectbox if w.key and "_venues_" in w.key)
    assert box.value == "GCJ-02"
    healthy(box.select("WGS-84").run())
    settings = read_settings(opened)
    assert settings.venues is not None
    assert settings.venues.crs == "WGS-84"
