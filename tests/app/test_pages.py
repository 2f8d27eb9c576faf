"""The pages, run without a browser: each opens, and input that is wrong."""

import io
import re
import shutil
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from app_driver import (
    FAULTY,
    SAMPLE,
    app,
    copied,
    faults,
    healthy,
    kept_settings,
    page,
    saved,
    shown_html,
    until,
    view,
    words,
)
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import NumberInput

from app_pages import shell
from app_pages.memory import shelf as shelf_module
from app_pages.surveying import density as density_view
from planner.demand import Demand
from planner.density import Surface, density_surface
from planner.district import read_settings, write_settings
from planner.language import current_language

ALLOWED = "toml|district|Sample|data|all|invented|xlsx|stations|groups|hosts"
"""Names of files and of their parts, and the note of the sample, which is in both languages."""
PAGES = ("data", "demand", "today", "limits", "siting", "report")

needs_sample = pytest.mark.skipif(
    not (SAMPLE / "district.toml").is_file(), reason="the sample is not there: data/make_sample.py"
)
pytestmark = [
    needs_sample,
    # streamlit-folium and Streamlit use each other's older names.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


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


@pytest.fixture
def ticks(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Collect which steps are shown as done: seven of them each time that the app runs."""
    shown: list[bool] = []
    draw = shell.icon

    def icon(*, done: bool) -> str:
        shown.append(done)
        return draw(done=done)

    monkeypatch.setattr(shell, "icon", icon)
    return shown


def test_no_step_of_a_district_that_cannot_be_read_is_ticked(
    space: Path, ticks: list[bool]
) -> None:
    folder = copied(SAMPLE, space / "broken")
    (folder / "stations.xlsx").write_bytes(b"\x00\x01 not a workbook")
    test = app(district=folder.name)
    for name in PAGES[1:]:
        page(test, name)
        assert ticks[-7:] == [False] * 7


# Wrong input -------------------------------------------------------------------------------------


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
    assert "download_rejected" in [button.key for button in test.download_button]
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


def test_a_declared_system_is_not_undone_by_another_window(opened: Path) -> None:
    one, two = (view(app(district=opened.name), "data_view_5", "files") for _ in range(2))
    healthy(next(w for w in one.selectbox if "_venues_" in str(w.key)).select("BD-09").run())
    healthy(two.radio(key="language_choice").set_value("en").run())
    kept = read_settings(opened).venues
    assert kept is not None
    assert kept.crs == "BD-09"


def test_each_of_two_sources_of_one_file_has_a_system_of_its_own(opened: Path) -> None:
    settings = read_settings(opened)
    source = next(each for each in settings.workers if each.kind == "proxies")
    write_settings(opened, replace(settings, workers=(*settings.workers, source)))
    test = view(app(district=opened.name), "data_view_5", "files")
    boxes = [w for w in test.selectbox if "_proxies_" in str(w.key)]
    assert [box.value for box in boxes] == ["GCJ-02", "GCJ-02"]
    healthy(boxes[1].select("BD-09").run())
    found = [each.crs for each in read_settings(opened).workers if each.kind == "proxies"]
    assert found == ["GCJ-02", "BD-09"]


# Demand ------------------------------------------------------------------------------------------


def test_the_screen_of_demand_tells_sources_totals_and_hot_spots(opened: Path) -> None:
    test = page(app(district=opened.name), "demand")
    told = re.sub(r"\s+", " ", words(test))
    assert re.search(r"户外劳动者 3\d,000", told)
    assert shown_html(test).count('class="p-spot"') > 5
    view(test, "demand_view", "sources")
    tables = faults(test)
    assert "workers.xlsx" in tables
    assert re.search(r"外卖骑手\s+—\s+([\d,]+)\s+\1\s", tables)


def test_a_surface_is_computed_once_for_what_is_chosen(
    opened: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[object, object]] = []

    def counted(demand: Demand, **wanted: Any) -> Surface:  # noqa: ANN401 - handed on as they are
        asked.append((wanted["group"], wanted["hours"]))
        return density_surface(demand, **wanted)

    monkeypatch.setattr(density_view, "density_surface", counted)
    test = page(app(district=opened.name), "demand")
    first = len(asked)
    healthy(test.selectbox(key="density_group").set_value("rider").run())
    healthy(test.selectbox(key="density_period").set_value("night").run())
    healthy(test.selectbox(key="density_day").set_value("weekend").run())
    healthy(test.selectbox(key="density_day").set_value("weekday").run())
    assert [group for group, _ in asked[first:]] == ["rider"] * 3
    nights = [hours for _, hours in asked[first + 1 :]]
    assert nights == [
        [24 * day + hour for day in range(5) for hour in (22, 23, 0, 1, 2, 3)],
        [24 * day + hour for day in (5, 6) for hour in (22, 23, 0, 1, 2, 3)],
    ]


def season_of(folder: Path) -> str | None:
    """Give the season that the server computed last for a folder."""
    return (
        shelf_module.shelf().entry(folder, kept_settings(folder)).preparing.answer().demand.season
    )


def test_another_season_is_kept_and_everything_is_computed_for_it(opened: Path) -> None:
    test = page(app(district=opened.name), "demand")
    for chosen, kept in (("winter", "winter"), ("", None)):
        box = next(w for w in test.selectbox if str(w.key).startswith("season_"))
        healthy(box.set_value(chosen).run())
        assert kept_settings(opened).season == kept
        until(test, lambda t: 'class="p-spot"' in shown_html(t))
        assert season_of(opened) == kept


def test_assumptions_are_confirmed_in_the_scenario_and_the_folder_stays(opened: Path) -> None:
    test = page(app(district=opened.name), "demand")
    told = test.warning[0].value
    assert "假设值" in told
    assert "外卖骑手" in told
    assert "冬季" in told
    assert "使用座位" in told
    healthy(test.button(key="confirm_assumed").click().run())
    settings = kept_settings(opened)
    assert not any(group.assumed for group in settings.groups)
    assert not any(season.assumed for season in settings.seasons)
    assert not settings.service.assumed
    assert not test.warning
    assert any(group.assumed for group in read_settings(opened).groups)


def test_the_reach_of_a_group_is_changed_and_confirmed_by_saving(opened: Path) -> None:
    test = view(page(app(district=opened.name), "demand"), "demand_view", "groups")
    fields = {str(w.key).rsplit("_", 1)[-1]: w for w in test.number_input}
    fields["walk"].set_value(450.0)
    fields["ebike"].set_value(None)
    fields["total"].set_value(9000.0)
    saved(test)
    rider = next(group for group in kept_settings(opened).groups if group.id == "rider")
    assert [(way.mode, way.reach_m) for way in rider.ways] == [("walk", 450.0)]
    assert (rider.total_workers, rider.assumed) == (9000.0, False)
    others = [group for group in kept_settings(opened).groups if group.id != "rider"]
    assert all(group.assumed for group in others)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"walk": None, "ebike": None}, "请至少填写一种方式"),
        ({"walk": -5.0}, "服务半径（米）"),
        ({"walk": 1e12}, "100,000"),
        ({"walk": 0.0}, "服务半径（米）"),
        ({"total": -1.0}, "全辖区申报人数"),
    ],
)
def test_a_group_that_cannot_be_is_told_and_not_kept(
    opened: Path, values: dict[str, float | None], told: str
) -> None:
    before = (opened / "district.toml").read_text(encoding="utf-8")
    test = view(page(app(district=opened.name), "demand"), "demand_view", "groups")
    fields = {str(w.key).rsplit("_", 1)[-1]: w for w in test.number_input}
    for name, value in values.items():
        fields[name].set_value(value)
    saved(test)
    assert "district.toml" not in test.error[0].value + faults(test)
    assert told in test.error[0].value + faults(test)
    assert (opened / "district.toml").read_text(encoding="utf-8") == before


def group_fields(test: AppTest) -> dict[str, NumberInput]:
    return {str(w.key).rsplit("_", 1)[-1]: w for w in test.number_input}


def rider_reach(folder: Path) -> dict[str, float]:
    rider = next(group for group in kept_settings(folder).groups if group.id == "rider")
    return {way.mode: way.reach_m for way in rider.ways}


def test_a_form_that_another_window_overtook_tells_it_and_keeps_what_was_typed(
    opened: Path,
) -> None:
    one, two = (
        view(page(app(district=opened.name), "demand"), "demand_view", "groups") for _ in range(2)
    )
    group_fields(one)["walk"].set_value(450.0)
    saved(one)
    group_fields(two)["walk"].set_value(350.0)
    saved(two)
    assert rider_reach(opened)["walk"] == 450.0
    assert any("另一窗口" in warning.value for warning in two.warning)
    assert group_fields(two)["walk"].value == 350.0
    saved(two)
    assert rider_reach(opened)["walk"] == 350.0
    assert not any("另一窗口" in warning.value for warning in two.warning)


def test_a_form_is_kept_though_another_window_saved_another_group(opened: Path) -> None:
    one, two = (
        view(page(app(district=opened.name), "demand"), "demand_view", "groups") for _ in range(2)
    )
    healthy(one.selectbox(key="settings_group").set_value("courier").run())
    group_fields(one)["walk"].set_value(450.0)
    saved(one)
    group_fields(two)["walk"].set_value(350.0)
    saved(two)
    assert rider_reach(opened)["walk"] == 350.0


def test_a_rule_of_density_is_not_undone_by_another_window(opened: Path) -> None:
    one, two = (page(app(district=opened.name), "demand") for _ in range(2))
    width = next(w for w in one.number_input if "bandwidth_m" in str(w.key))
    healthy(width.set_value(700.0).run())
    assert kept_settings(opened).demand.bandwidth_m == 700.0
    healthy(two.selectbox(key="density_group").set_value("rider").run())
    assert kept_settings(opened).demand.bandwidth_m == 700.0
    assert next(w for w in two.number_input if "bandwidth_m" in str(w.key)).value == 700.0


def test_a_hot_spot_tells_how_many_of_its_workers_a_candidate_reaches(opened: Path) -> None:
    test = page(app(district=opened.name), "demand")
    told = re.findall(r"候选场所 (\d+) 个，覆盖 ([\d.]+)% 的人", shown_html(test))
    assert len(told) > 5
    assert all((count == "0") == (reached == "0.0") for count, reached in told)


def test_parts_of_the_day_end_where_the_next_begins(opened: Path) -> None:
    test = view(page(app(district=opened.name), "demand"), "demand_view", "groups")
    noon = next(
        w for w in test.number_input if "periods_" in str(w.key) and str(w.key).endswith("_noon")
    )
    noon.set_value(12)
    button = next(b for b in test.button if b.label == "保存" and "periods_" in str(b.key))
    healthy(button.click().run())
    periods = {each.id: each for each in kept_settings(opened).periods}
    assert (periods["morning"].end_hour, periods["noon"].start_hour) == (12, 12)
    assert periods["night"].end_hour == 4


# Today -------------------------------------------------------------------------------------------


def test_counting_seats_serves_fewer_and_names_the_reason_at_once(
    opened: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = page(app(district=opened.name), "today")
    before = re.findall(r"有效覆盖率\s+([\d.]+)%", words(test))[0]
    assert "满座" not in faults(test)

    def never(*_: object, **__: object) -> None:
        raise AssertionError("the district was prepared anew")

    monkeypatch.setattr(shelf_module, "prepare", never)
    healthy(test.toggle[0].set_value(True).run())
    assert kept_settings(opened).service.count_seats
    until(test, lambda t: "满座" in faults(t))
    assert float(re.findall(r"有效覆盖率\s+([\d.]+)%", words(test))[0]) < float(before)
    decay = next(w for w in test.selectbox if str(w.key).endswith("_decay"))
    healthy(decay.set_value("linear").run())
    assert kept_settings(opened).service.decay == "linear"
    until(test, lambda t: "按路程折算" in faults(t))


def test_each_view_of_today_has_its_table(opened: Path) -> None:
    test = page(app(district=opened.name), "today")
    for name in ("period", "day", "community"):
        view(test, "today_table", name)
        assert "<table" in shown_html(test)
    view(test, "today_view", "gaps")
    assert "老城街道" in faults(test)
    assert re.search(r"(>|&gt;)1,000\s", faults(test))
    for name in ("community", "cells", "room"):
        view(test, "today_gaps", name)
        assert "<table" in shown_html(test)
    view(test, "today_view", "areas")
    assert re.search(r"\bS\d+\s", faults(test))
    view(test, "today_view", "stations")
    assert "公厕" in faults(test)
    for name in ("losses", "nearest"):
        view(test, "today_stations", name)
        assert "<table" in shown_html(test)
    view(test, "today_nearest", "2")
    assert "<table" in shown_html(test)


# Records and features as uploads ------------------------------------------------------------------


def zipped(**files: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as bundle:
        for name, content in files.items():
            bundle.writestr(name.replace("__", "/"), content)
    return file.getvalue()


def test_records_and_features_are_added_to_an_open_district(opened: Path) -> None:
    test = view(app(district=opened.name), "data_view_5", "files")
    records = zipped(days__one=b"x", days__two=b"y")
    features = b'{"type": "FeatureCollection", "features": []}'
    more = next(w for w in test.file_uploader if str(w.key).startswith("more_files"))
    more.set_value(
        [
            ("gps.zip", records, "application/zip"),
            ("建筑.geojson", features, "application/json"),
        ]
    )
    try:
        healthy(test.run())
        assert test.selectbox(key="use_gps.zip").value == "pings"
        assert test.selectbox(key="use_建筑.geojson").value == "proxies"
        test.multiselect(key="groups_gps.zip").set_value(["rider"])
        test.multiselect(key="groups_建筑.geojson").set_value(["courier"])
        test.selectbox(key="measure_建筑.geojson").set_value("area")
        healthy(test.run())
        healthy(test.button(key="add_files").click().run())
        *_, pings, proxies = read_settings(opened).workers
        assert (pings.kind, pings.path, pings.groups) == ("pings", "gps", ("rider",))
        assert (proxies.kind, proxies.measure) == ("proxies", "area")
        assert [(rate.group, rate.workers) for rate in proxies.rates] == [("courier", 1.0)]
        assert sorted(path.name for path in (opened / "gps" / "days").iterdir()) == ["one", "two"]
    finally:
        shutil.rmtree(opened / "gps", ignore_errors=True)
        (opened / "建筑.geojson").unlink(missing_ok=True)


def test_added_files_may_tell_of_the_groups_that_the_district_has(opened: Path) -> None:
    settings = read_settings(opened)
    own = replace(settings.groups[0], id="river", name="护河员", name_en="River wardens")
    write_settings(opened, replace(settings, groups=(*settings.groups, own)))
    test = view(app(district=opened.name), "data_view_5", "files")
    more = next(w for w in test.file_uploader if str(w.key).startswith("more_files"))
    more.set_value([("建筑.geojson", b'{"type": "FeatureCollection", "features": []}', "a/json")])
    healthy(test.run())
    box = test.multiselect(key="groups_建筑.geojson")
    assert "护河员" in box.options
    box.set_value(["river"])
    healthy(test.run())
    try:
        healthy(test.button(key="add_files").click().run())
        assert [rate.group for rate in read_settings(opened).workers[-1].rates] == ["river"]
    finally:
        (opened / "建筑.geojson").unlink(missing_ok=True)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("Placed.csv", b"x", "cannot be called"),
        ("轨迹.zip", b"no zip at all", "damaged or cannot be read"),
        ("..zip", zipped(a=b"x"), "cannot be called"),
        ("轨迹.zip", zipped(**{"..__up": b"x"}), "outside its folder"),
        ("轨迹.zip", zipped(), "is empty"),
    ],
)
def test_hostile_files_leave_an_open_district_as_it_is(
    opened: Path, name: str, content: bytes, told: str
) -> None:
    before = {path: path.stat().st_mtime_ns for path in opened.iterdir()}
    test = view(app(district=opened.name, language="en"), "data_view_5", "files")
    more = next(w for w in test.file_uploader if str(w.key).startswith("more_files"))
    more.set_value([(name, content, "application/octet-stream")])
    healthy(test.run())
    healthy(test.selectbox(key=f"use_{name}").set_value("pings").run())
    healthy(test.button(key="add_files").click().run())
    assert told in test.error[0].value
    assert {path: path.stat().st_mtime_ns for path in opened.iterdir()} == before


def test_a_corrected_file_takes_the_place_of_the_one_of_its_name(opened: Path) -> None:
    fewer = openpyxl.load_workbook(opened / "stations.xlsx")
    fewer.worksheets[0].delete_rows(20, 40)
    content = io.BytesIO()
    fewer.save(content)
    before, kept = (opened / "stations.xlsx").read_bytes(), read_settings(opened)
    test = view(app(district=opened.name), "data_view_5", "files")
    more = next(w for w in test.file_uploader if str(w.key).startswith("more_files"))
    more.set_value([("Stations.xlsx", content.getvalue(), "application/octet-stream")])
    healthy(test.run())
    assert "stations" in test.info[0].value
    try:
        healthy(test.button(key="add_files").click().run())
        assert (opened / "stations.xlsx").read_bytes() == content.getvalue()
        assert read_settings(opened) == kept
        cards = re.findall(r'p-card-value">(\d+)<', shown_html(test))
        assert 0 < int(cards[0]) < 37
    finally:
        (opened / "stations.xlsx").write_bytes(before)
