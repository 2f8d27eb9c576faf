"""Base maps and sheets of paper in Chromium: what lies where, and what is never asked for."""

import math
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from map_districts import HOSTILE, small_world
from playwright.sync_api import Browser, Page, sync_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from tile_servers import picture, serving, silent_server, tile_server

from app_pages.mapping.tile_book import TileBook
from app_pages.mapping.tile_routes import tile_routes
from planner.district.settings import FileSettings
from planner.geo import from_wgs84, to_wgs84
from planner.language import note, use_language
from planner.maps import (
    PlannerMap,
    TileBase,
    TileServer,
    TileSource,
    base_map,
    bases_choice,
    cells_layer,
    ground_of,
    sites_layer,
    standalone_html,
)

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(
        CHROMIUM is None and not os.environ.get("PLANNER_REQUIRE_BROWSER"),
        reason="browser tests need Chromium (Debian: apt-get install chromium)",
    ),
]

# WGS-84, then GCJ-02: as published, see tests/test_geo.py.
SHANGHAI = ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597))
PUBLISHED = [
    SHANGHAI,
    ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
    ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
]
WORLD = small_world()
DISTRICT = replace(
    WORLD.district,
    settings=replace(WORLD.district.settings, stations=FileSettings(path="lists/stations <b>.csv")),
)
HOME = "/component/app_pages.mapping.sheets.served/map.html"


class _Made(TileSource):
    """Tiles of one colour that never fail."""

    def tile(self, layer: str, zoom: int, column: int, row: int) -> bytes | None:
        del layer, zoom, column, row
        return picture()


def base(key: str, system: Literal["WGS-84", "GCJ-02"], *, called: str = "") -> TileBase:
    return TileBase(
        id=key,
        name=note("{name}", name=called or key),
        system=system,
        layers=("one",),
        marks=note("© {name}", name=called or key),
        max_zoom=18,
    )


BASES = (
    base("plain", "WGS-84"),
    base("moved", "GCJ-02"),
    base("hostile", "WGS-84", called=HOSTILE),
    base("silent", "WGS-84"),
    base("broken", "WGS-84"),
)


def drawn() -> PlannerMap:
    ground = ground_of(DISTRICT, WORLD.streets)
    made = base_map(DISTRICT, ground=ground, with_title=True, subtitle="Who is served")
    cells_layer(DISTRICT, WORLD.coverage, WORLD.figures).add_to(made)
    sites_layer(DISTRICT, WORLD.coverage, "existing").add_to(made)
    choice = bases_choice(made.frame, BASES)
    assert choice is not None
    choice.add_to(made)
    return made


@pytest.fixture(scope="module")
def own() -> Iterator[str]:
    """Serve a map with base maps that answer, one that hangs and one that is not there."""
    use_language("en")
    text = standalone_html(drawn(), title="A map", in_app=True)

    async def page(request: Request) -> Response:
        del request
        return HTMLResponse(text)

    with silent_server() as silent, tile_server() as (there, _):
        sources: dict[str, TileSource] = {
            "plain": _Made(),
            "moved": _Made(),
            "hostile": TileServer({"one": there}),
            "silent": TileServer({"one": silent}, limit_s=0.5),
            "broken": TileServer({"one": "http://127.0.0.1:9/{z}/{x}/{y}"}),
        }
        book = TileBook(BASES, sources)
        app = Starlette(routes=[Route(HOME, page), *tile_routes(lambda: book)])
        with serving(app) as address:
            yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM)
        yield opened
        opened.close()


@pytest.fixture
def asked() -> list[str]:
    return []


@pytest.fixture
def page(browser: Browser, own: str, asked: list[str]) -> Iterator[Page]:
    """Open the map; whatever it asks for and whatever it says is held against it."""
    context = browser.new_context(viewport={"width": 1200, "height": 800}, locale="en-GB")
    said: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    context.on("weberror", lambda error: said.append(str(error.error)))
    context.on("dialog", lambda dialog: said.append(dialog.message))
    shown = context.new_page()
    shown.set_default_timeout(20_000)
    shown.goto(own + HOME)
    settled(shown)
    yield shown
    assert said == []
    assert [url for url in asked if not url.startswith((own, "data:", "blob:"))] == []
    context.close()


def settled(page: Page) -> None:
    page.locator(".planner-legend").wait_for()
    page.wait_for_function("() => typeof part_0 !== 'undefined' && !part_0._animatingZoom")
    page.wait_for_timeout(450)  # the first zoom to the district


def choose(page: Page, name: str) -> None:
    page.locator(".planner-bases select").select_option(name)
    if name:
        page.locator(f"[data-planner-base='{name}']").wait_for()
        page.wait_for_function(
            "() => { const tiles = [...document.querySelectorAll('img.leaflet-tile')];"
            " return tiles.length && tiles.every(tile => tile.complete && tile.naturalWidth); }"
        )
        page.wait_for_timeout(350)


def tile_share(lon: float, lat: float, zoom: int) -> tuple[float, float]:
    """Give column and row with their fractions, by the usual formula of web maps."""
    rise = math.asinh(math.tan(math.radians(lat)))
    return (lon + 180) / 360 * 2**zoom, (1 - rise / math.pi) / 2 * 2**zoom


def place_on_tiles(page: Page, lon: float, lat: float) -> tuple[float, float]:
    """Find where on the screen the tiles have a position of their own system."""
    for tile in page.locator("img.leaflet-tile").all():
        found = re.search(r"/(\d+)/(\d+)/(\d+)$", tile.get_attribute("src") or "")
        assert found is not None
        zoom, left, top = map(int, found.groups())
        column, row = tile_share(lon, lat, zoom)
        if (math.floor(column), math.floor(row)) == (left, top):
            box = tile.bounding_box()
            assert box is not None
            return box["x"] + (column - left) * box["width"], box["y"] + (row - top) * box["height"]
    pytest.fail("no tile has the position")


def place_of_overlay(page: Page, lon: float, lat: float) -> tuple[float, float]:
    """Find where on the screen the map puts a WGS-84 position."""
    x, y = page.evaluate(
        "([lat, lon]) => { const at = part_0.latLngToContainerPoint([lat, lon], false);"
        " return [at.x, at.y]; }",
        [lat, lon],
    )
    return x, y


# GCJ-02 ------------------------------------------------------------------------------------------


def test_the_browser_shifts_and_unshifts_as_python_does(page: Page) -> None:
    chance = np.random.default_rng(5)
    places = np.column_stack([chance.uniform(100, 120, 60), chance.uniform(22, 40, 60)])
    here = [list(wgs) for wgs, _ in PUBLISHED] + places.tolist()
    there = page.evaluate(
        "all => all.map(([lng, lat]) => { const to = plannerBase.shifted({lat, lng});"
        " const back = plannerBase.unshifted(to);"
        " return [to.lng, to.lat, back.lng, back.lat]; })",
        here,
    )
    lon, lat = np.array(here).T
    expected = np.column_stack(from_wgs84(lon, lat, crs="GCJ-02"))
    got = np.array(there)
    assert np.abs(got[:, :2] - expected).max() < 1e-9
    assert np.abs(got[:, 2:] - np.array(here)).max() < 1e-9
    for (_, published), row in zip(PUBLISHED, got, strict=False):
        assert row[:2] == pytest.approx(published, abs=1e-9)


@pytest.mark.parametrize(("name", "which"), [("plain", 0), ("moved", 1)])
def test_a_known_place_lies_right_on_the_tiles_and_clicks_come_back(
    page: Page, name: str, which: int
) -> None:
    choose(page, name)
    lon, lat = SHANGHAI[0]
    for zoom in (13, 16.25):
        page.evaluate("([lat, lon, zoom]) => part_0.setView([lat, lon], zoom, {animate: false})",
                      [lat, lon + 0.001, zoom])  # fmt: skip
        page.wait_for_timeout(500)
        on_tiles = place_on_tiles(page, *SHANGHAI[which])
        assert place_of_overlay(page, lon, lat) == pytest.approx(on_tiles, abs=0.6)
        page.evaluate("() => part_0.once('click', ({latlng}) => { window.clicked = latlng; })")
        page.mouse.click(*on_tiles)
        clicked = page.evaluate("() => [clicked.lng, clicked.lat]")
        a_pixel = 360 / 256 / 2**zoom
        assert clicked == pytest.approx([lon, lat], abs=1.5 * a_pixel)


def test_every_layer_moves_with_the_base_map_and_back(page: Page) -> None:
    row = WORLD.district.stations.iloc[0]
    lon, lat = float(row["lon"]), float(row["lat"])
    centre = "() => [part_0.getCenter().lng, part_0.getCenter().lat, part_0.getZoom()]"
    before, seen = place_of_overlay(page, lon, lat), page.evaluate(centre)
    marks = (
        "([lat, lon]) => { let found = 1e9; part_0.eachLayer(layer => {"
        " if (layer._point && layer.planner) { const at = part_0.layerPointToContainerPoint("
        "layer._point), to = part_0.latLngToContainerPoint(layer.getLatLng());"
        " found = Math.max(found === 1e9 ? 0 : found, at.distanceTo(to)); } }); return found; }"
    )
    for name in ("moved", "plain", "moved", ""):
        choose(page, name)
        assert page.evaluate(marks, [lat, lon]) < 1.5  # each mark stands where its place is drawn
        assert page.evaluate(centre) == pytest.approx(seen, abs=1e-6)
    page.wait_for_timeout(400)
    assert place_of_overlay(page, lon, lat) == pytest.approx(before, abs=0.6)


def test_gcj_02_back_to_wgs_84_is_the_published_value() -> None:
    lon, lat = to_wgs84([SHANGHAI[1][0]], [SHANGHAI[1][1]], crs="GCJ-02")
    assert (lon[0], lat[0]) == pytest.approx(SHANGHAI[0], abs=1e-8)


# What is asked for, and what is told -------------------------------------------------------------


def test_no_tile_is_asked_for_before_a_base_map_is_chosen(page: Page, asked: list[str]) -> None:
    assert [url for url in asked if "/planner/" in url] == []
    choose(page, "plain")
    assert any("/planner/tiles/plain/one/" in url for url in asked)


def test_whose_the_tiles_are_stands_on_the_map_while_they_are_there(page: Page) -> None:
    notes = page.locator(".planner-notes")
    choose(page, "moved")
    assert "© moved" in notes.inner_text()
    choose(page, "plain")
    assert "© moved" not in notes.inner_text()
    choose(page, "")
    assert "©" not in notes.inner_text()
    assert page.locator("img.leaflet-tile").count() == 0


def test_names_of_base_maps_stay_text(page: Page) -> None:
    choose(page, "hostile")
    assert "<img src=x" in page.locator(".planner-notes").inner_text()
    assert page.locator(".planner-notes img, .planner-bases img").count() == 0


@pytest.mark.parametrize(
    ("name", "told"), [("silent", "no answer in time"), ("broken", "not reachable")]
)
def test_a_base_map_that_does_not_answer_is_told_and_the_streets_stay(
    page: Page, name: str, told: str
) -> None:
    page.locator(".planner-bases select").select_option(name)
    status = page.locator(".planner-base-told")
    status.filter(has_text=told).wait_for()
    assert page.locator(".planner-bases select").input_value() == ""
    assert page.locator("[data-planner-base]").count() == 0
    assert page.locator(".leaflet-planner-streets-pane canvas").is_visible()


def test_a_map_that_remembers_a_base_map_that_hangs_shows_at_once(
    page: Page, own: str, asked: list[str]
) -> None:
    page.goto(f"{own}{HOME}?base=silent")
    page.locator(".planner-legend").wait_for(timeout=5000)
    assert page.locator(".leaflet-planner-streets-pane canvas").is_visible()
    page.locator(".planner-base-told").filter(has_text="no answer in time").wait_for()
    assert [url for url in asked if "/tiles/silent/one/" in url] == []  # no tile before an answer


def test_the_base_map_is_remembered_by_the_address_and_by_the_browser(page: Page, own: str) -> None:
    choose(page, "moved")
    assert page.url.endswith("?base=moved")
    page.goto(own + HOME)  # without it in the address
    page.locator("[data-planner-base='moved']").wait_for()
    page.goto(f"{own}{HOME}?base=plain")  # a link that somebody sent
    page.locator("[data-planner-base='plain']").wait_for()
    choose(page, "")
    assert "base=" not in page.url
    page.goto(own + HOME)
    settled(page)
    assert page.locator("[data-planner-base]").count() == 0


# On paper ----------------------------------------------------------------------------------------


def test_a_map_has_a_legend_a_scale_an_arrow_a_note_and_its_sources(page: Page) -> None:
    assert page.locator(".leaflet-control-scale-line").inner_text().endswith("m")
    assert page.get_by_role("img", name="North is above").is_visible()
    assert "Existing station" in page.locator(".planner-legend").inner_text()
    notes = page.locator(".planner-notes")
    assert "Internal working sketch" in notes.inner_text()
    page.locator(".planner-sources summary").click()
    assert "stations <b>.csv" in notes.inner_text()
    assert "lists" not in notes.inner_text()  # folders are nobody's business


@pytest.mark.parametrize(("paper", "width_mm", "height_mm"), [("A4", 297, 210), ("A3", 420, 297)])
def test_a_sheet_prints_on_one_page_in_the_size_of_the_paper(
    page: Page, tmp_path: Path, paper: str, width_mm: int, height_mm: int
) -> None:
    page.get_by_role("button", name=paper).click()
    page.wait_for_timeout(300)
    path = tmp_path / "sheet.pdf"
    page.pdf(path=path, prefer_css_page_size=True, print_background=True)
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", path.read_bytes())
    sizes = [[float(side) / 72 * 25.4 for side in box] for box in boxes]
    assert sizes == [pytest.approx([width_mm, height_mm], abs=0.5)]


def test_a_sheet_shows_the_whole_district_and_no_button(page: Page) -> None:
    page.get_by_role("button", name="A4").click()
    page.wait_for_timeout(300)
    assert re.fullmatch(
        r"Printed on \d\d? [A-Z][a-z]+ \d{4}", page.locator(".planner-date").inner_text()
    )
    page.emulate_media(media="print")
    for hidden in (".planner-papers", ".planner-bases", ".leaflet-control-zoom"):
        assert not page.locator(hidden).first.is_visible()
    frame = page.locator(".folium-map").bounding_box()
    assert frame is not None
    for shown in (".planner-title", ".planner-legend", ".planner-notes", ".planner-north"):
        box = page.locator(shown).bounding_box()
        assert box is not None
        assert frame["x"] <= box["x"]
        assert box["x"] + box["width"] <= frame["x"] + frame["width"]
        assert box["y"] + box["height"] <= frame["y"] + frame["height"]
    west, south, east, north = WORLD.district.boundary.bounds
    corners = [place_of_overlay(page, x, y) for x in (west, east) for y in (south, north)]
    assert all(0 <= x <= frame["width"] and 0 <= y <= frame["height"] for x, y in corners)


def turned(page: Page, width: int, height: int) -> float:
    """Give the window another size; give how near the map shows the district then."""
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_function("([x, y]) => part_0.getSize().equals([x, y])", arg=[width, height])
    west, south, east, north = WORLD.district.boundary.bounds
    corners = [place_of_overlay(page, x, y) for x in (west, east) for y in (south, north)]
    assert all(0 <= x <= width and 0 <= y <= height for x, y in corners)
    return float(page.evaluate("() => part_0.getZoom()"))


def test_the_whole_district_stays_in_sight_when_a_tablet_is_turned(page: Page) -> None:
    wide, narrow = turned(page, 1180, 820), turned(page, 400, 700)
    assert narrow < wide == turned(page, 1180, 820)
    lon, lat = SHANGHAI[0]
    page.evaluate("at => void part_0.setView(at, 16, {animate: false})", [lat, lon])
    page.set_viewport_size({"width": 700, "height": 820})
    page.wait_for_function("() => part_0.getSize().x === 700")
    seen = page.evaluate("() => [part_0.getCenter().lat, part_0.getCenter().lng, part_0.getZoom()]")
    assert seen == pytest.approx([lat, lon, 16], abs=1e-4)  # what a person chose stays the middle


def test_a_page_from_disk_offers_paper_and_no_base_map(
    page: Page, tmp_path: Path, asked: list[str]
) -> None:
    use_language("en")
    made = base_map(WORLD.district, ground=ground_of(WORLD.district, WORLD.streets))
    path = tmp_path / "map.html"
    path.write_text(standalone_html(made, title="A map"), encoding="utf-8")
    before = len(asked)
    other = page.context.new_page()
    other.goto(path.as_uri() + "#A3")
    other.locator("body.planner-paper").wait_for()
    assert other.locator(".planner-bases").count() == 0
    assert [url for url in asked[before:] if not url.startswith(("file:", "data:"))] == []
    other.close()
    asked[before:] = []
