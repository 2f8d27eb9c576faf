"""The pages, run without a browser: each opens, one whole journey, and input that is wrong."""

import io
import json
import re
import shutil
import time
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import NumberInput

from app_pages import shell
from planner.district import read_settings, write_settings
from planner.language import current_language

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "data" / "sample"
FAULTY = ROOT / "data" / "sample_faulty"
ALLOWED = "toml|district|Sample|data|all|invented|xlsx|stations|groups|hosts"
"""Names of files and of their parts, and the note of the sample, which is in both languages."""
PAGES = ("data", "demand", "today", "siting", "report")

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


def limit(test: AppTest, name: str) -> NumberInput:
    """Give the widget of a limit."""
    return next(w for w in test.number_input if str(w.key).endswith(f"_{name}"))


def set_limits(test: AppTest, **values: float | None) -> AppTest:
    for name, value in values.items():
        limit(test, name).set_value(value)
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
    ours = opened / "plan" / "en" / "map.html"
    assert "Proposed sites" in ours.read_text(encoding="utf-8")
    assert (opened / "plan" / "map.html").read_text(encoding="utf-8") == chinese


def test_two_screens_change_limits_of_one_district_without_undoing_each_other(
    opened: Path,
) -> None:
    one = page(app(district=opened.name), "siting")
    set_limits(one, budget=None, count=5, separation=0.0)
    two = page(app(district=opened.name), "siting")
    set_limits(one, count=6)
    set_limits(two, separation=250.0)
    limits = read_settings(opened).limits
    assert (limits.count, limits.min_separation_m) == (6, 250.0)
    assert limit(two, "count").value == 6
    healthy(one.run())
    assert limit(one, "separation").value == 250.0
    assert read_settings(opened).limits == limits


@pytest.fixture
def ticks(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Collect which steps are shown as done: five of them each time that the app runs."""
    shown: list[bool] = []
    draw = shell.icon

    def icon(*, done: bool) -> str:
        shown.append(done)
        return draw(done=done)

    monkeypatch.setattr(shell, "icon", icon)
    return shown


def test_steps_are_ticked_when_they_are_done(opened: Path, ticks: list[bool]) -> None:
    test = page(app(district=opened.name), "siting")
    assert ticks[-5:] == [True, True, True, False, False]
    solved(set_limits(test, budget=None, count=2, separation=0.0, time=20.0))
    assert ticks[-5:] == [True] * 5
    plan = opened / "plan" / "plan.json"
    kept = json.loads(plan.read_text(encoding="utf-8"))
    plan.write_text(json.dumps({**kept, "fingerprint": "of other inputs"}), encoding="utf-8")
    healthy(test.run())
    assert ticks[-5:] == [True, True, True, False, False]


def test_no_step_of_a_district_that_cannot_be_read_is_ticked(
    space: Path, ticks: list[bool]
) -> None:
    folder = copied(SAMPLE, space / "broken")
    (folder / "stations.xlsx").write_bytes(b"\x00\x01 not a workbook")
    test = app(district=folder.name)
    for name in PAGES[1:]:
        page(test, name)
        assert ticks[-5:] == [False] * 5


# Wrong input -------------------------------------------------------------------------------------


def faults(test: AppTest) -> str:
    """Give the tables of the page as text."""
    return "\n".join(
        unescape(re.sub(r"<[^>]*>", " ", element.value))
        for element in test.html
        if "<table" in element.value
    )


@pytest.mark.parametrize(
    ("name", "value", "title"),
    [
        ("budget", -1.0, "建设预算（元）"),
        ("count", -1, "新增站点上限（个）"),
        ("separation", -0.5, "最小间距（米）"),
        ("time", 0.0, "计算时限（秒）"),
    ],
)
def test_a_limit_out_of_range_is_told_and_hides_the_search(
    opened: Path, name: str, value: float, title: str
) -> None:
    test = page(app(district=opened.name), "siting")
    set_limits(test, budget=500_000.0, count=3, separation=0.0, time=20.0)
    kept = read_settings(opened).limits
    assert limit(test, name).proto.has_min is False  # else the browser would never send it
    set_limits(test, **{name: value})
    assert test.error
    assert title in faults(test)
    assert "已剔除" not in faults(test)
    assert "start_search" not in [button.key for button in test.button]
    assert read_settings(opened).limits == kept
    set_limits(test, **{name: value + 100})
    assert not test.error
    assert "start_search" in [button.key for button in test.button]


def test_the_name_and_the_note_of_a_district_are_plain_text(space: Path) -> None:
    picture = "![p](http://evil.example/p.png)"
    folder = copied(SAMPLE, space / "pictures")
    settings = replace(read_settings(folder), name=picture, data_note=picture)
    write_settings(folder, settings)
    test = app(district=folder.name)
    for name in PAGES:
        if name != "data":
            page(test, name)
        shown = [str(part.value) for part in (*test.header, *test.caption)]
        assert "evil" in "".join(shown)
        assert not [part for part in shown if "](" in part or "http:" in part]


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
    assert "固定（必须设立）" in faults(test)
    assert "禁止（不得设立）" in faults(test)
    assert not re.search(r"lock|forbid", faults(test))
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
    set_limits(test, budget=900_000.0)
    assert not test.error
    set_limits(test, budget=1.0)
    assert test.error


def test_faults_are_a_table_with_a_filter_and_a_download(space: Path) -> None:
    folder = copied(FAULTY, space / "faulty")
    test = app(district=folder.name)
    healthy(test.segmented_control(key="data_view_5").set_value("faults").run())
    told = words(test)
    waits = [row for row in faults(test).split("在此之前不参与计算。")[1:] if row.strip()]
    assert waits
    assert all(row.split()[0] == "待定位" for row in waits)
    healthy(test.selectbox(key="fault_outcome").select("待定位").run())
    assert "宇航员" not in words(test)
    healthy(test.selectbox(key="fault_outcome").select_index(0).run())
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
    assert "已剔除" not in faults(test)
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


def uploading(test: AppTest, files: Sequence[tuple[str, bytes]]) -> AppTest:
    test.file_uploader(key="uploaded_files").set_value(
        [(name, content, "application/octet-stream") for name, content in files]
    )
    return healthy(test.run())


def test_after_an_upload_the_new_district_is_shown_and_the_form_is_empty(opened: Path) -> None:
    test = app(district=opened.name)
    healthy(test.segmented_control(key="data_view_5").set_value("other").run())
    uploading(
        test, [(f"{n}.xlsx", (SAMPLE / f"{n}.xlsx").read_bytes()) for n in ("venues", "workers")]
    )
    test.text_input(key="upload_title").set_value("Fresh town")
    healthy(test.run())
    healthy(test.button(key="open_upload").click().run())
    try:
        assert test.session_state["place"] == "Fresh-town"
        assert not any(box.key == "open_upload" for box in test.button)
        views = next(c for c in test.segmented_control if str(c.key).startswith("data_view"))
        assert views.value != "other"
        healthy(views.set_value("other").run())
        assert not test.file_uploader(key="uploaded_files").value
    finally:
        shutil.rmtree(opened.parent / "Fresh-town", ignore_errors=True)


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (("stations.csv", "Stations.csv"), "Two files are called"),
        (("stations.csv", "stations.csv"), "Two files are called"),
        (("stations.csv", "驿站.csv"), "Two files are named as"),
        (("streets.gpkg", "roads.gpkg"), "Two files are named as"),
    ],
)
def test_single_files_that_contradict_each_other_are_told_and_leave_nothing(
    space: Path, names: tuple[str, str], told: str
) -> None:
    test = uploading(app(language="en"), [(name, b"name\nA\n") for name in names])
    healthy(test.button(key="open_upload").click().run())
    assert told in test.error[0].value
    assert [path.name for path in space.glob("*") if path.is_dir()] == []


def test_a_file_called_as_the_settings_is_refused(space: Path) -> None:
    test = uploading(app(language="en"), [("district.toml", b"[district]\n")])
    healthy(test.selectbox(key="use_district.toml").select("stations").run())
    healthy(test.button(key="open_upload").click().run())
    assert "cannot be called" in test.error[0].value
    assert not list(space.glob("*/district.toml"))


@pytest.mark.parametrize(
    ("name", "use"),
    [
        ("人数点位.csv", "points"),
        ("各社区劳动者人数.xlsx", "survey"),
        ("社区.geojson", "communities"),
        ("社区边界.geojson", "communities"),
        ("社区面.shp", "communities"),
        ("社区人数点位.geojson", "points"),
        ("站点台账.xlsx", "stations"),
        ("区界边界.geojson", "boundary"),
        ("data.xlsx", None),
        ("社区.xlsx", None),
    ],
)
@pytest.mark.usefixtures("space")
def test_what_a_file_is_for_is_guessed_from_its_name_or_asked(name: str, use: str | None) -> None:
    test = uploading(app(), [(name, b"x")])
    assert test.selectbox(key=f"use_{name}").value == use
    assert test.button(key="open_upload").disabled is (use is None)


@pytest.mark.usefixtures("space")
def test_files_beside_a_zipped_district_are_named_as_not_used() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as bundle:
        bundle.writestr("district.toml", "[district]\nname = 'Town'\n")
    test = uploading(app(language="en"), [("town.zip", file.getvalue()), ("more.csv", b"x")])
    assert "more" in test.warning[0].value
    assert "town" in test.warning[0].value


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
