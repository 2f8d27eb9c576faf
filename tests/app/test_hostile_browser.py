"""A district in which every name is an attack, on every screen in Chromium: nothing happens."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from browser_driver import PATIENCE_MS, needs_browser
from hostile_district import ATTACKS, hostile_district
from office import Running, planner_app, window
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, Request

from planner.scenarios.store import district_key, open_store

pytestmark = needs_browser

MADE = """() => {
    const made = [];
    if (window.evil !== undefined) made.push(`script ran: ${window.evil}`);
    const sought = 'x-evil, img[src="x"], img[src*="evil"], svg[onload], a[href^="javascript"],'
        + ' a[href*="evil.example"], [onerror], [onload]';
    for (const element of document.querySelectorAll(sought)) made.push(element.outerHTML);
    for (const style of document.querySelectorAll('style'))
        if (style.textContent.includes('/evil.png')) made.push('style');
    const files = '[aria-label^="Download as CSV"], [data-planner-aria-label^="Download as CSV"]';
    for (const button of document.querySelectorAll(files))
        if (button.getClientRects().length) made.push('a CSV file with names as they are');
    return made;
}"""


IDLE = """() => {
    const app = document.querySelector('[data-testid="stApp"]');
    return app && app.getAttribute('data-test-script-state') === 'notRunning'
        && !document.querySelector('[data-testid="stSpinner"], [data-testid="stProgress"]');
}"""


@dataclass
class Watcher:
    """What a page did that a name may never bring about."""

    own: str
    done: list[str] = field(default_factory=list)

    def watch(self, context: BrowserContext) -> None:
        context.on("request", self._request)
        context.on("dialog", self._dialog)
        context.on("weberror", lambda error: self.done.append(f"error: {error.error}"))
        context.on("console", self._console)

    def _request(self, asked: Request) -> None:
        path = asked.url.removeprefix(self.own).partition("?")[0]
        is_own = asked.url.startswith((self.own, "data:", "blob:", "about:", "file:"))
        if not is_own or "evil" in path or path.rpartition("/")[2] in ("x", "x.png"):
            self.done.append(f"request: {asked.url}")

    def _dialog(self, dialog: Dialog) -> None:
        self.done.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _console(self, line: ConsoleMessage) -> None:
        if line.type == "error" and "Failed to load resource" not in line.text:
            self.done.append(f"console: {line.text}")

    def check(self, page: Page, where: str) -> None:
        for frame in page.frames:
            self.done += frame.evaluate(MADE)
        assert self.done == [], where


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("hostile")
    running = planner_app(folder)
    hostile_district(folder / "districts" / "town")
    try:
        running.start()
        yield running
    finally:
        running.stop()


def space_of(app: Running) -> Path:
    return app.log.parent / "districts"


def ready(page: Page) -> None:
    """Wait until nothing on the page still works, maps included."""
    page.locator('[data-testid="stSidebarNav"] a').first.wait_for()
    for _ in range(2):
        page.wait_for_timeout(150)
        page.wait_for_function(IDLE)
    for frame in page.frames:
        if "streamlit_folium" in frame.url:
            frame.locator("#map_div[data-planner-waiting='0']").first.wait_for()


def walk(page: Page, watcher: Watcher, where: str) -> None:
    """Look at every view of a page, and open what stands on its maps."""
    views = page.locator('[data-testid="stButtonGroup"] button')
    for at in range(max(views.count(), 1)):
        if views.count() > at and views.nth(at).is_enabled():
            views.nth(at).click()
            ready(page)
        for frame in page.frames:
            if "streamlit_folium" in frame.url:
                frame.evaluate(OPEN_ALL)
                page.wait_for_timeout(100)
        watcher.check(page, f"{where}, view {at}")


OPEN_ALL = """() => {
    const open = layer => {
        if (layer.eachLayer) layer.eachLayer(open);
        for (const kind of ['Tooltip', 'Popup']) {
            try { if (layer[`get${kind}`] && layer[`get${kind}`]()) layer[`open${kind}`](); }
            catch (error) { /* a layer that is not on the map now */ }
        }
    };
    let opened = 0;
    for (const name of Object.keys(window)) {
        const map = window[name];
        if (map && window.L && map instanceof L.Map)
            map.eachLayer(layer => { if (opened++ < 60) open(layer); });
    }
}"""


def test_no_name_does_anything_on_any_screen(
    app: Running, chromium: Browser, tmp_path: Path
) -> None:
    with window(chromium) as (context, page):
        watcher = Watcher(f"{app.url}/")
        watcher.watch(context)
        page.goto(f"{app.url}/?lang=en&district=town")
        ready(page)
        rename_scenarios(space_of(app))
        page.locator('[data-testid="stSidebarNav"] a').nth(4).click()
        page.locator(".st-key-start_search button").click()
        page.locator(".st-key-start_search").wait_for(state="detached")
        page.locator(".st-key-start_search button").wait_for(timeout=2 * PATIENCE_MS)
        count = page.locator('[data-testid="stSidebarNav"] a').count()
        assert count == 7
        for at in range(count):
            page.locator('[data-testid="stSidebarNav"] a').nth(at).click()
            ready(page)
            walk(page, watcher, f"page {at + 1}")
        assert ATTACKS[0] in page.inner_text("body")
        assert page.title().isprintable()
    said = app.said
    assert "Traceback" not in said
    assert not [attack for attack in ATTACKS[:8] if attack in said]
    the_page_of_a_map_does_nothing_when_it_is_opened_from_a_disk(app, chromium, tmp_path)


def the_page_of_a_map_does_nothing_when_it_is_opened_from_a_disk(
    app: Running, chromium: Browser, tmp_path: Path
) -> None:
    """Open what the report page offers for download, without the app."""
    made = next(space_of(app).rglob("map*.html"))
    copied = shutil.copy(made, tmp_path / "map.html")
    with window(chromium) as (context, page):
        watcher = Watcher("file://")
        watcher.watch(context)
        page.goto(Path(copied).as_uri())
        page.locator(".planner-legend").wait_for()
        page.evaluate(OPEN_ALL)
        page.wait_for_timeout(500)
        watcher.check(page, "the page of the map")


def rename_scenarios(space: Path) -> None:
    """Give every scenario of the district a hostile name and note."""
    store = open_store(f"sqlite:///{space / 'scenarios.sqlite'}")
    kept = store.list(district_key(space / "town"))
    assert len(kept) == 2
    for summary in kept:
        if not summary.baseline:
            scenario = store.get(summary.id)
            store.save(replace(scenario, name="".join(ATTACKS[:3]), notes="".join(ATTACKS[:8])))
