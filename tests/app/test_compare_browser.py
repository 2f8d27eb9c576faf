"""Maps beside each other in Chromium: one moves the other, names stay text, tiles lie on both."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from browser_driver import browsing, needs_browser
from map_districts import HOSTILE, small_world
from playwright.sync_api import Browser, Page
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from tile_servers import picture, serving

from app_pages.mapping.tile_book import TileBook
from app_pages.mapping.tile_routes import tile_routes
from planner.coverage import served_difference
from planner.language import note, use_language
from planner.maps import (
    Pane,
    TileBase,
    bases_choice,
    cells_layer,
    difference_layer,
    ground_of,
    make_pane,
    pair_page,
    sites_layer,
)

pytestmark = needs_browser
HOME = "/component/compared/maps.html"
ALONE = "/component/compared/difference.html"
BASE = TileBase(
    id="moved",
    name=note("{name}", name="moved"),
    system="GCJ-02",
    layers=("one", "two"),
    marks=note("{name}", name="© moved"),
    max_zoom=18,
)


class Tiles:
    """Tiles of one colour that never fail."""

    def tile(self, layer: str, zoom: int, column: int, row: int) -> bytes | None:
        del layer, zoom, column, row
        return picture()


def panes() -> Sequence[Pane]:
    """Draw who is served beside what differs, both named by a hostile hand."""
    world = small_world()
    options = world.coverage.options.table
    kept = list(options.index[options["measure"] == "keep"])
    found = served_difference(world.coverage, kept, list(options.index[:4]))
    layers = (
        cells_layer(world.district, world.coverage, world.figures),
        difference_layer(
            world.district, world.coverage.demand, found, first=HOSTILE, then=f"{HOSTILE} 2"
        ),
    )
    sites = sites_layer(world.district, world.coverage, "existing")
    ground = ground_of(world.district, world.streets)
    made = [make_pane(HOSTILE, world.district, ground=ground, layers=[x, sites]) for x in layers]
    for pane in made:
        choice = bases_choice(pane.made.frame, (BASE,))
        assert choice is not None
        choice.add_to(pane.made)
    return made


@pytest.fixture(scope="module")
def own() -> Iterator[str]:
    """Serve the page and its tiles."""
    use_language("en")
    text = {
        HOME: pair_page(panes(), title=HOSTILE, key="town"),
        ALONE: pair_page(panes()[1:], title=HOSTILE, key="town"),
    }

    async def page(request: Request) -> Response:
        return HTMLResponse(text[request.url.path])

    book = TileBook((BASE,), {BASE.id: Tiles()})
    pages = [Route(path, page) for path in text]
    with serving(Starlette(routes=[*pages, *tile_routes(lambda: book)])) as address:
        yield address


def view(page: Page, at: int) -> list[float]:
    """Give zoom and centre of one of the maps."""
    found: list[float] = page.evaluate(
        "at => { const map = plannerPairMaps[at]; const { lat, lng } = map.getCenter();"
        " return [map.getZoom(), lat, lng]; }",
        at,
    )
    return found


def opened(page: Page, own: str) -> dict[str, Any]:
    """Open the maps; give the box of the first."""
    page.goto(own + HOME)
    page.wait_for_function("() => window.plannerPairMaps?.length === 2")
    page.wait_for_timeout(600)  # the first zoom to the district
    box = page.locator(".folium-map").first.bounding_box()
    assert box is not None
    return dict(box)


def test_dragging_and_zooming_one_map_moves_the_other(chromium: Browser, own: str) -> None:
    with browsing(chromium, own) as page:
        box = opened(page, own)
        before = view(page, 0)
        assert view(page, 1) == pytest.approx(before)
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + 90, y + 40, steps=6)
        page.mouse.up()
        page.wait_for_timeout(600)
        dragged = view(page, 0)
        assert dragged[1:] != pytest.approx(before[1:])
        assert view(page, 1) == pytest.approx(dragged)
        page.locator(".leaflet-control-zoom-in").nth(1).click()
        page.wait_for_timeout(600)
        assert view(page, 1)[0] == dragged[0] + 1
        assert view(page, 0) == pytest.approx(view(page, 1))


def test_thousands_of_marks_draw_the_legend_once(chromium: Browser, own: str) -> None:
    with browsing(chromium, own) as page:
        opened(page, own)
        drawn = page.evaluate(
            """async () => {
                let drawn = 0;
                const draw = plannerMap.drawLegend;
                plannerMap.drawLegend = (...given) => { drawn += 1; draw(...given); };
                for (let at = 0; at < 1000; at += 1) {
                    L.circleMarker([29.56, 106.55]).addTo(plannerPairMaps[0]);
                }
                await new Promise((done) => setTimeout(done, 100));
                plannerMap.drawLegend = draw;
                return drawn;
            }"""
        )
        assert drawn == 1
        assert page.locator(".planner-pair-legend").inner_text().strip() != ""


def test_names_of_scenarios_are_shown_letter_by_letter(chromium: Browser, own: str) -> None:
    with browsing(chromium, own) as page:
        opened(page, own)
        titles = page.locator(".planner-pair-title")
        assert titles.all_text_contents() == [HOSTILE, HOSTILE]
        assert page.title() == " ".join(HOSTILE.split())
        legend = page.locator(".planner-pair-legend")
        assert HOSTILE in legend.inner_text()
        assert legend.count() == 1
        assert page.locator("img[src='x']").count() == 0


def test_a_base_map_lies_on_both_maps_and_is_asked_for_once(chromium: Browser, own: str) -> None:
    with browsing(chromium, own) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        opened(page, own)
        page.locator(".planner-bases select").nth(1).select_option(BASE.id)
        page.locator("[data-planner-base='moved']").nth(1).wait_for()
        page.wait_for_timeout(600)
        assert page.locator("[data-planner-base='moved']").count() == 2
        assert sum("/moved?" in url for url in asked) == 1
        assert view(page, 0) == pytest.approx(view(page, 1))
        assert page.locator(".planner-base-told").all_text_contents() == ["", ""]
        page.goto("about:blank")
        opened(page, own)  # remembered: both begin with it, and neither gives up
        page.locator("[data-planner-base='moved']").nth(1).wait_for()
        page.wait_for_timeout(600)
        assert sum("/moved?" in url for url in asked) == 2
        assert page.locator("[data-planner-base='moved']").count() == 2


@pytest.mark.parametrize("path", [HOME, ALONE])
def test_maps_and_their_legend_print_on_one_sheet(chromium: Browser, own: str, path: str) -> None:
    with browsing(chromium, own) as page:
        page.goto(f"{own}{path}#A4")
        page.locator("body.planner-paper").wait_for()
        page.wait_for_timeout(600)
        sheet = page.locator("body").bounding_box()
        legend = page.locator(".planner-pair-legend").bounding_box()
        assert sheet is not None
        assert legend is not None
        assert legend["x"] >= sheet["x"]
        assert legend["y"] + legend["height"] <= sheet["y"] + sheet["height"]
        printed = page.pdf(prefer_css_page_size=True)
        assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
