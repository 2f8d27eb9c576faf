"""Editing on the map in Chromium: with the mouse, with keys alone, and with a finger."""

import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from browser_driver import (
    SAMPLE,
    Server,
    browsing,
    needs_browser,
    settled,
    the_map,
)
from playwright.sync_api import Browser, Frame, Locator, Page

pytestmark = needs_browser

NAME = "<img src=x onerror=alert(1)>`${1}`"
TARGET_PX = 40
START = "at => void map.setView(at, 13.5, { animate: false })"


@dataclass
class Editing:
    """The page of siting, with the map on it."""

    page: Page
    start: Sequence[float] = ()
    """Where the map was at first."""

    @property
    def frame(self) -> Frame:
        return next(each for each in self.page.frames if "streamlit_folium" in each.url)

    def button(self, key: str) -> Locator:
        """Give a button; Streamlit keeps a second, unseen one for its tooltip."""
        return self.page.locator(f".st-key-{key} button:visible")

    def press(self, key: str) -> None:
        self.button(key).click()
        settled(self.page)

    def tool(self, name: str) -> None:
        self.button(f"edit_tool_{name}").click()
        self.frame.locator(f"#map_div[data-planner-tool='{name}']").wait_for()

    def corner(self) -> tuple[float, float]:
        """Give where the map begins on the page, which may have been scrolled."""
        box = self.page.locator("iframe").bounding_box()
        assert box is not None
        return box["x"], box["y"]

    def point(self, x: float, y: float) -> tuple[float, float]:
        left, top = self.corner()
        return left + x, top + y

    def click(self, x: float, y: float) -> None:
        self.page.mouse.click(*self.point(x, y))

    def marks(self, shape: str) -> list[dict[str, Any]]:
        """Give the marks of a shape in pixels of the map, those in sight and free of boxes."""
        found: list[dict[str, Any]] = self.frame.evaluate(
            """shape => {
                const found = [];
                map.eachLayer((layer) => {
                    if (!layer.planner || layer.options.shape !== shape) return;
                    const at = map.latLngToContainerPoint(layer.getLatLng());
                    const { x: wide, y: high } = map.getSize();
                    if (at.x < 240 || at.x > wide - 200 || at.y < 150 || at.y > high - 160) return;
                    found.push({ x: at.x, y: at.y, title: layer.planner.title });
                });
                return found;
            }""",
            shape,
        )
        return found

    def a_venue(self) -> dict[str, Any]:
        """Give a candidate that no other site lies near."""
        taken = [*self.marks("square"), *self.marks("circle")]

        def room(one: dict[str, Any]) -> float:
            return min(
                float((one["x"] - each["x"]) ** 2 + (one["y"] - each["y"]) ** 2)
                for each in taken
                if each is not one
            )

        venue: dict[str, Any] = max(self.marks("square"), key=room)
        return venue

    def view(self) -> list[float]:
        seen: list[float] = self.frame.evaluate(
            "[map.getCenter().lat, map.getCenter().lng, map.getZoom()]"
        )
        return seen

    def shown(self, shape: str) -> None:
        """Wait until a mark of a shape is drawn."""
        self.frame.wait_for_function(
            """shape => {
                let found = 0;
                map.eachLayer((layer) => { found += Boolean(layer.planner)
                    && layer.options.shape === shape; });
                return found;
            }""",
            arg=shape,
        )

    def gone(self, shape: str) -> None:
        """Wait until no mark of a shape is drawn."""
        self.frame.wait_for_function(
            """shape => {
                let found = 0;
                map.eachLayer((layer) => { found += Boolean(layer.planner)
                    && layer.options.shape === shape; });
                return !found;
            }""",
            arg=shape,
        )

    def metric(self, number: int) -> int:
        text = self.page.locator('[data-testid="stMetricValue"]').nth(number).inner_text()
        return int(re.sub(r"\D", "", text))


@pytest.fixture(scope="module")
def district(server: Server) -> str:
    folder = server.space / "sample"
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns("*.py", "plan", "__pycache__"))
    return folder.name


@pytest.fixture(scope="module")
def window(server: Server, chromium: Browser, district: str) -> Iterator[Editing]:
    """Open the page once; no test leaves an edit behind, and no edit makes the map anew."""
    with browsing(chromium, server.url) as page:
        yield opened(page, server, district)


@pytest.fixture
def editing(window: Editing) -> Editing:
    """Give the page bare, with no tool in hand, as it was opened."""
    free(window)
    if window.button("edit_tool_select").get_attribute("aria-pressed") != "true":
        window.tool("select")
        settled(window.page)
    window.page.evaluate("document.querySelector('.st-key-edit_toolbar').scrollIntoView()")
    window.frame.evaluate(START, list(window.start))
    window.page.wait_for_timeout(200)
    return window


def opened(page: Page, server: Server, district: str) -> Editing:
    page.goto(f"{server.url}siting?lang=zh&district={district}")
    settled(page)
    the_map(page)
    made = Editing(page)
    page.evaluate("document.querySelector('.st-key-edit_toolbar').scrollIntoView()")
    made.frame.evaluate("void (window.stillThere = true)")
    made.start = made.view()[:2]
    made.frame.evaluate(START, list(made.start))
    page.wait_for_timeout(400)
    return made


def free(editing: Editing) -> None:
    """Take everything back that this browser did."""
    while editing.button("edit_undo").is_enabled():
        editing.press("edit_undo")


def test_a_site_is_added_by_a_click_put_into_the_plan_and_taken_back(editing: Editing) -> None:
    seen = editing.view()
    editing.tool("add")
    editing.click(330, 300)
    editing.button("edit_new_add").wait_for()
    assert editing.frame.locator(".planner-pending").count() == 1
    editing.page.locator(".st-key-edit_new_name input").fill(NAME)
    editing.press("edit_new_add")
    editing.shown("hexagon")
    assert editing.frame.locator(".planner-pending").count() == 0
    assert NAME in editing.page.locator('[data-testid="stMain"]').inner_text()
    before = editing.metric(0)
    editing.press("option_A1")
    assert editing.metric(3) == 1
    assert editing.metric(0) >= before
    editing.shown("diamond")
    assert editing.view() == pytest.approx(seen)
    assert editing.frame.evaluate("window.stillThere")  # the map was never made anew
    editing.press("edit_undo")
    editing.gone("diamond")
    editing.press("edit_undo")
    editing.gone("hexagon")
    assert editing.button("edit_undo").is_disabled()
    assert editing.view() == pytest.approx(seen)


def test_a_site_is_locked_and_forbidden_by_clicks_and_the_marks_tell_them_apart(
    editing: Editing,
) -> None:
    seen, venue = editing.view(), editing.a_venue()
    editing.tool("lock")
    editing.click(venue["x"], venue["y"])
    editing.shown("frame")
    editing.page.get_by_text("未满足的约束").wait_for()  # it must stand, and does not
    legend = editing.frame.locator(".planner-legend")
    assert "人工限定" in legend.inner_text()
    assert venue["title"] in editing.page.locator('[data-testid="stMain"]').inner_text()
    editing.tool("forbid")
    editing.click(venue["x"], venue["y"])
    editing.shown("cross")
    editing.gone("frame")
    editing.press("edit_undo")
    editing.shown("frame")
    # The rest of the page follows: a search keeps to the lock.
    limits = editing.page.locator('[data-testid="stExpander"]').first
    limits.click()
    limits.get_by_text(venue["title"].split(" (")[0]).first.wait_for()
    limits.locator("summary").click()
    free(editing)
    editing.gone("frame")
    assert editing.view() == pytest.approx(seen)
    assert editing.frame.evaluate("window.stillThere")


def test_an_area_is_drawn_named_and_deleted_and_escape_drops_a_draft(editing: Editing) -> None:
    editing.tool("area")
    bar = editing.frame.locator(".planner-drawing")
    for x, y in ((300, 260), (420, 260)):
        editing.click(x, y)
        editing.page.wait_for_timeout(120)
    assert "2" in bar.inner_text()
    editing.page.keyboard.press("Escape")
    assert "2" not in bar.inner_text()
    for x, y in ((300, 260), (420, 260), (420, 380)):
        editing.click(x, y)
        editing.page.wait_for_timeout(120)
    editing.page.mouse.dblclick(*editing.point(300, 380))
    label = editing.frame.locator(".planner-area")
    label.wait_for()
    assert label.inner_text() == "禁区1"
    settled(editing.page)
    editing.page.get_by_text("人工限定（1）").click()
    editing.press("decided_area_1")
    label.wait_for(state="detached")
    editing.press("edit_undo")
    label.wait_for()
    free(editing)
    label.wait_for(state="detached")


def test_the_plan_is_helped_along_by_suggestion_and_swap(editing: Editing) -> None:
    editing.press("edit_suggest")
    first = editing.metric(0)
    assert editing.metric(3) == 1
    editing.shown("diamond")
    editing.press("edit_swap")
    assert editing.metric(0) >= first
    editing.press("edit_undo")
    editing.press("edit_redo")
    assert editing.frame.evaluate("window.stillThere")
    free(editing)
    assert editing.metric(3) == 0


def test_a_layer_that_was_hidden_stays_hidden_when_an_edit_sends_it_anew(
    editing: Editing,
) -> None:
    venue = editing.a_venue()
    editing.tool("lock")
    editing.click(venue["x"], venue["y"])
    editing.shown("frame")
    settled(editing.page)
    shown = editing.frame.locator(".leaflet-control-layers-overlays label").filter(
        has_text="人工限定"
    )
    shown.click()
    editing.gone("frame")
    editing.press("edit_suggest")
    editing.shown("diamond")
    assert not shown.locator("input").is_checked()
    editing.gone("frame")
    shown.click()
    editing.shown("frame")


def opened_sites(editing: Editing, number: int) -> None:
    """Wait until so many new stations stand."""
    editing.page.wait_for_function(
        "number => document.querySelectorAll('[data-testid=stMetricValue]')[3].innerText.trim()"
        " === number",
        arg=str(number),
    )
    settled(editing.page)


def test_the_toolbar_is_used_with_the_keyboard_alone(editing: Editing) -> None:
    page, keys = editing.page, editing.page.keyboard
    editing.button("edit_tool_select").focus()
    focused = "document.activeElement.closest('[class*=st-key-edit_]').className"
    keys.press("ArrowRight")
    assert "st-key-edit_tool_add" in page.evaluate(focused)
    keys.press("Home")
    assert "st-key-edit_tool_select" in page.evaluate(focused)
    keys.press("p")
    opened_sites(editing, 1)
    keys.press("z")
    opened_sites(editing, 0)
    finder = page.locator(".st-key-edit_find input")
    finder.focus()
    finder.type("V010")  # letters of a name press nothing
    page.wait_for_timeout(300)
    keys.press("Enter")
    editing.button("option_V010").wait_for()
    settled(page)
    editing.button("option_V010").focus()
    keys.press("Enter")
    opened_sites(editing, 1)
    free(editing)


def test_an_area_is_drawn_with_the_keyboard_alone(editing: Editing) -> None:
    page, keys = editing.page, editing.page.keyboard
    editing.button("edit_tool_select").focus()
    keys.press("d")
    editing.frame.locator("#map_div[data-planner-tool='area']").wait_for()
    editing.frame.locator("#map_div").focus()
    keys.press(" ")
    for arrow in ("ArrowRight", "ArrowDown"):
        keys.press(arrow)
        page.wait_for_timeout(500)  # the map glides
        keys.press(" ")
    assert editing.frame.locator(".planner-crosshair").is_visible()
    keys.press("Enter")
    editing.frame.locator(".planner-area").wait_for()
    settled(page)
    keys.press("l")  # a letter means the same while the map has the focus
    editing.frame.locator("#map_div[data-planner-tool='lock']").wait_for()
    settled(page)
    free(editing)


def is_large(target: Locator) -> bool:
    """Tell whether a finger can hit it."""
    box = target.bounding_box()
    return box is not None and min(box["width"], box["height"]) >= TARGET_PX


def test_a_finger_reaches_every_tool_and_taps_draw_and_lock(
    server: Server, chromium: Browser, district: str
) -> None:
    with browsing(chromium, server.url, size=(820, 1180), touch=True) as page:
        editing = opened(page, server, district)
        tools = page.locator(".st-key-edit_toolbar button:visible")
        assert all(is_large(tools.nth(at)) for at in range(tools.count()))
        assert is_large(editing.frame.locator(".leaflet-control-zoom a").first)
        editing.button("edit_tool_area").tap()
        editing.frame.locator("#map_div[data-planner-tool='area']").wait_for()
        wide = editing.frame.evaluate("map.getSize().x")
        for x, y in ((0.4, 260), (0.6, 260), (0.6, 380)):
            page.touchscreen.tap(*editing.point(x * wide, y))
            page.wait_for_timeout(500)
        bar = editing.frame.locator(".planner-drawing").bounding_box()
        bases = editing.frame.locator(".planner-bases").bounding_box()
        assert bar is not None
        assert bases is not None
        assert bar["y"] + bar["height"] <= bases["y"] or bar["x"] + bar["width"] <= bases["x"]
        close = editing.frame.locator(".planner-drawing-button[data-act=close]")
        assert is_large(close)
        close.tap()
        editing.frame.locator(".planner-area").wait_for()
        settled(page)
        editing.press("edit_undo")
        editing.frame.locator(".planner-area").wait_for(state="detached")
        editing.button("edit_tool_lock").tap()
        editing.frame.locator("#map_div[data-planner-tool='lock']").wait_for()
        settled(page)
        venue = editing.a_venue()
        page.touchscreen.tap(*editing.point(venue["x"] + 8, venue["y"] + 8))
        editing.shown("frame")
        settled(page)
        free(editing)


def test_the_view_is_found_again_after_a_reload(editing: Editing) -> None:
    seen = editing.view()
    editing.page.reload()
    settled(editing.page)
    the_map(editing.page)
    assert editing.view() == pytest.approx(seen, abs=1e-3)  # whole pixels


def test_the_state_of_today_is_locked_and_says_why(editing: Editing) -> None:
    page = editing.page
    page.locator('[data-testid="stSidebar"] [data-testid="stSelectbox"]').click()
    page.get_by_role("option").filter(has_text="现状").click()
    settled(page)
    the_map(page)
    assert editing.button("edit_tool_add").is_disabled()
    editing.page.get_by_text("为现状，已锁定").first.wait_for()
