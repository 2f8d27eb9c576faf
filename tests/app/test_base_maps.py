"""Base maps on offer, what an office sets for them, and the print view: pages without a browser."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from app_driver import app, click, healthy, page, words
from map_districts import HOSTILE, small_world
from streamlit.testing.v1 import AppTest

from app_pages.access import who
from app_pages.mapping import base_maps, sheets, tile_routes
from app_pages.mapping.base_maps import bases_offered, offer_bases
from app_pages.mapping.tile_book import BaseSettings, keep_bases, kept_bases
from planner.language import use_language
from planner.maps import BASES, Bases, base_map, bases_choice, ground_of, standalone_html

WORLD = small_world()
SHENZHEN, SEOUL = (113.9, 22.5, 114.0, 22.6), (126.9, 37.5, 127.0, 37.6)

pytestmark = [
    # streamlit-folium and Streamlit use each other's older names.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


@pytest.fixture(autouse=True)
def _own_settings_only(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PLANNER_TILES", "PLANNER_TIANDITU_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the app believe that its server has tiles."""
    monkeypatch.setattr(base_maps, "are_served", lambda: True)


def offered(choice: Bases | None) -> dict[str, Any]:
    assert choice is not None
    found: dict[str, Any] = json.loads(choice.words)
    return found


def plain_map() -> Any:  # noqa: ANN401 - folium has no types
    return base_map(WORLD.district, ground=ground_of(WORLD.district, WORLD.streets))


# On offer ----------------------------------------------------------------------------------------


def test_a_server_without_tiles_offers_no_base_map(
    space: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del space
    monkeypatch.setattr(tile_routes, "_SERVED", type("Never", (), {"is_set": lambda: False}))
    made = plain_map()
    offer_bases(made)
    assert bases_offered() is None
    assert not any(isinstance(part, Bases) for part in made._children.values())  # noqa: SLF001 - folium has no other way to ask


@pytest.mark.usefixtures("served")
def test_a_map_is_given_the_choice_once(space: Path) -> None:
    del space
    made = plain_map()
    offer_bases(made)
    offer_bases(made)
    there = [part for part in made._children.values() if isinstance(part, Bases)]  # noqa: SLF001 - as above
    assert len(there) == 1
    assert [base["id"] for base in offered(there[0])["bases"]] == ["amap", "osm"]


@pytest.mark.parametrize(("language", "name"), [("zh", "高德地图"), ("en", "Amap")])
def test_base_maps_are_named_in_the_language_in_use(language: str, name: str) -> None:
    use_language(language)
    told = offered(bases_choice(SHENZHEN, BASES))
    use_language("zh")
    assert [base["name"] for base in told["bases"]][1] == name
    assert all("©" in base["marks"] for base in told["bases"])


def test_amap_is_not_offered_outside_china_and_nothing_offers_nothing() -> None:
    assert [base["id"] for base in offered(bases_choice(SEOUL, BASES))["bases"]] == [
        "tianditu",
        "osm",
    ]
    assert bases_choice(SEOUL, [base for base in BASES if base.id == "amap"]) is None
    assert bases_choice(SHENZHEN, []) is None


def test_a_page_from_disk_may_fetch_nothing_and_one_of_the_app_from_the_app_alone() -> None:
    def policy(*, in_app: bool) -> str:
        text = standalone_html(plain_map(), title="A map", in_app=in_app)
        found = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
        assert found is not None
        return found[1].replace("&#x27;", "'")

    assert "connect-src 'none'" in policy(in_app=False)
    assert re.search(r"img-src data:\s*;", policy(in_app=False))
    assert "connect-src 'self'" in policy(in_app=True)
    assert "img-src data: 'self';" in policy(in_app=True)
    assert "http" not in policy(in_app=True)


@pytest.mark.usefixtures("served")
def test_no_key_stands_in_a_map_or_a_sheet(space: Path) -> None:
    del space
    keep_bases(BaseSettings(tianditu_key="abc123secret"))
    made = plain_map()
    address = sheets.serve_sheet(made, title=HOSTILE)
    path = Path(sheets._served().name) / address.rsplit("/", 1)[1]  # noqa: SLF001 - where it is served from
    text = path.read_text(encoding="utf-8")
    assert '"id":"tianditu"' in text
    assert "abc123secret" not in text
    assert "<img" not in text


# The print view ----------------------------------------------------------------------------------


def opened_sheet(test: AppTest) -> str:
    """Give the page that is shown as a sheet."""
    (frame,) = test.get("iframe")
    src = str(frame.proto.src)
    name = src.rsplit("/", 1)[1].removesuffix("#A4")
    assert src.endswith(".html#A4")
    return (Path(sheets._served().name) / name).read_text(encoding="utf-8")  # noqa: SLF001 - where it is served from


@pytest.mark.usefixtures("opened")
def test_each_map_has_a_sheet_with_its_title() -> None:
    test = page(app(district="sample", language="en"), "print_view")
    titles = {
        "coverage": "Coverage of workers today",
        "gaps": "Maximum gap between open stations",
        "areas": "Service areas of stations",
        "demand": "Where the workers are",
        "sites": "Stations and candidate venues",
        "plan": "Plan with measures and coverage",
    }
    for name, title in titles.items():
        test.selectbox(key="print_map").set_value(name)
        healthy(test.run())
        text = opened_sheet(test)
        assert f'{title}"' in text
        assert "Internal working sketch" in text
        assert "stations.xlsx" in text


@pytest.mark.usefixtures("opened")
def test_each_page_with_a_map_leads_to_the_print_view() -> None:
    test = app(district="sample", language="en")
    for name, wanted in (("demand", "demand"), ("today", "coverage"), ("siting", "plan")):
        page(test, name)
        links = [link.proto for link in test.get("page_link")]
        assert f"map={wanted}" in [link.query_string for link in links if link.page == "print"]


# What an office sets -----------------------------------------------------------------------------


@pytest.mark.usefixtures("opened", "served")
def test_an_administrator_sets_a_key_that_is_never_shown_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(who, "on_own_machine", lambda: True)
    test = page(app(district="sample", language="en"), "print_view")
    test.text_input(key="bases_key").set_value("  abc123secret ")
    click(test, "bases_key_keep")
    assert kept_bases().tianditu_key == "abc123secret"
    assert "abc123secret" not in words(test) + str(test.text_input(key="bases_key").proto)
    assert test.text_input(key="bases_key").placeholder == "a key is kept"
    click(test, "bases_key_drop")
    assert kept_bases().tianditu_key == ""


@pytest.mark.usefixtures("opened", "served")
def test_own_tiles_that_are_not_there_are_told_and_not_kept() -> None:
    test = page(app(district="sample", language="en"), "print_view")
    test.text_input(key="bases_own").set_value("/nowhere/at/all")
    click(test, "bases_own_keep")
    assert "There is no folder and no file" in words(test).replace("\\", "")
    assert kept_bases().own == ""


@pytest.mark.usefixtures("opened", "served")
def test_who_is_no_administrator_sees_no_settings_and_keeps_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(base_maps, "may", lambda role: role != "admin")
    test = page(app(district="sample", language="en"), "print_view")
    assert "bases_key" not in [widget.key for widget in test.text_input]
    base_maps._keep(BaseSettings(tianditu_key="abc"))  # noqa: SLF001 - the act itself refuses too
    assert kept_bases().tianditu_key == ""
