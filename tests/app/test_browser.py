"""The app as a person meets it: a real server, a real Chromium, every request watched."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import urlopen

import docx
import openpyxl
import pytest
from map_districts import HOSTILE, small_world
from playwright.sync_api import (
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Download,
    Frame,
    FrameLocator,
    Page,
    Request,
    Response,
    sync_playwright,
)

from planner.district import read_settings
from planner.maps import plan_map, standalone_html

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "data" / "sample"
FAULTY = ROOT / "data" / "sample_faulty"
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
SIZES = {"1440x900": (1440, 900), "1024x768": (1024, 768)}
PAGES = {
    "data": "",
    "demand": "demand",
    "today": "today",
    "limits": "limits",
    "siting": "siting",
    "report": "report",
}
"""Each page and its place below the address of the app; the first one is the address itself."""
PATIENCE_MS = 90_000

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(
        CHROMIUM is None and not os.environ.get("PLANNER_REQUIRE_BROWSER"),
        reason="browser tests need Chromium (Debian: apt-get install chromium)",
    ),
]


# The server --------------------------------------------------------------------------------------


@dataclass
class Server:
    """The app on a free port, with a workspace of its own."""

    space: Path
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self.space.parent / "server.log"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def start(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        environment = {k: v for k, v in os.environ.items() if k != "PLANNER_LANG"}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own program
                [
                    *(sys.executable, "-m", "planner.cli", "app", "--headless"),
                    *("--port", str(self.port), "--workspace", str(self.space)),
                ],
                env={**environment, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        end = time.monotonic() + 60
        while time.monotonic() < end:
            with (
                contextlib.suppress(OSError),
                urlopen(f"{self.url}_stcore/health", timeout=5),  # noqa: S310 - our own address
            ):
                return
            time.sleep(0.2)
        pytest.fail(self.log.read_text(encoding="utf-8"))

    def stop(self) -> None:
        if self.process:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(30)
            self.process = None


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    space = tmp_path_factory.mktemp("app") / "districts"
    space.mkdir()
    running = Server(space)
    running.start()
    yield running
    running.stop()


# The browser -------------------------------------------------------------------------------------


@dataclass
class Watcher:
    """What a page did that it must not do."""

    own: str
    foreign: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def watch(self, context: BrowserContext) -> None:
        context.on("request", self._request)
        context.on("response", self._response)
        context.on("dialog", self._dialog)
        context.on("weberror", lambda error: self.said.append(str(error.error)))
        context.on("console", self._console)

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.own, "data:", "blob:", "about:")):
            self.foreign.append(request.url)

    def _response(self, response: Response) -> None:
        # On a page below the root Streamlit looks for its server step by step upwards.
        below = "|".join(filter(None, PAGES.values()))
        sought = rf"{re.escape(self.own)}({below})/_stcore/(health|host-config)"
        looked = response.status == 404 and re.fullmatch(sought, response.url)
        if response.status >= 400 and not looked:
            self.failed.append(f"{response.status} {response.url}")

    def _dialog(self, dialog: Dialog) -> None:
        self.said.append(dialog.message)
        dialog.dismiss()

    def _console(self, line: ConsoleMessage) -> None:
        if line.type == "error" and "Failed to load resource" not in line.text:
            self.said.append(line.text)

    def check(self) -> None:
        assert self.foreign == []
        assert self.failed == []
        assert self.said == []


@pytest.fixture(scope="module")
def contexts() -> Iterator[list[BrowserContext]]:
    """Open Chromium; what is put into the list is closed at the end."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        opened: list[BrowserContext] = []
        opened.append(browser.new_context())
        yield opened
        browser.close()


@contextlib.contextmanager
def browsing(
    contexts: list[BrowserContext], own: str, *, size: tuple[int, int] = (1440, 900)
) -> Iterator[Page]:
    browser = contexts[0].browser
    assert browser is not None
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, accept_downloads=True
    )
    watcher = Watcher(own)
    watcher.watch(context)
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    try:
        yield page
        watcher.check()
    finally:
        context.close()


def settled(page: Page) -> None:
    """Wait until the script of the page has run and nothing moves."""
    page.wait_for_selector('[data-testid="stSidebarNav"] a')
    page.wait_for_timeout(300)
    page.wait_for_function(
        """() => {
            const app = document.querySelector('[data-testid="stApp"]');
            return app && app.getAttribute('data-test-script-state') === 'notRunning';
        }"""
    )
    page.wait_for_timeout(300)


def go(page: Page, name: str) -> None:
    page.locator('[data-testid="stSidebarNav"] a').nth(list(PAGES).index(name)).click()
    settled(page)


def the_map(page: Page) -> FrameLocator:
    page.locator("iframe").wait_for()
    frame = page.frame_locator("iframe")
    frame.locator(".planner-legend").wait_for()
    frame.locator("#map_div[data-planner-waiting='0']").wait_for()  # the data of every layer
    page.wait_for_timeout(400)
    return frame


def drawn_pixels(frame: FrameLocator) -> list[int]:
    """Count the pixels that each canvas of the map really shows."""
    counts: list[int] = frame.locator("#map_div canvas.leaflet-zoom-animated").evaluate_all(
        """canvases => canvases.map(canvas => {
            const size = [canvas.width, canvas.height];
            const pixels = canvas.getContext('2d').getImageData(0, 0, ...size).data;
            let shown = 0;
            for (let at = 3; at < pixels.length; at += 4) shown += pixels[at] > 0;
            return shown;
        })"""
    )
    return counts


# What a person would see -------------------------------------------------------------------------

CUT_OR_OVERLAPPING = """() => {
    const faults = [];
    const main = document.querySelector('[data-testid="stMain"]');
    const side = document.querySelector('[data-testid="stSidebar"]');
    const texts = [];
    for (const root of [main, side]) {
        const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
        for (let node = walker.nextNode(); node; node = walker.nextNode()) {
            const holder = node.parentElement;
            if (!node.nodeValue.trim()) continue;
            if (holder.closest('style, script, [data-testid*="Icon"]')) continue;
            if (!holder.checkVisibility({ contentVisibilityAuto: true })) continue;
            const style = getComputedStyle(holder);
            if (style.visibility === 'hidden' || style.opacity === '0') continue;
            const range = document.createRange();
            range.selectNodeContents(node);
            for (const box of range.getClientRects()) {
                if (box.width < 2 || box.height < 2) continue;
                texts.push({ node, box, words: node.nodeValue.trim().slice(0, 40), holder });
            }
        }
    }
    for (const { box, words, holder } of texts) {
        if (holder.closest('.p-table')) continue;  // a table scrolls sideways within itself
        if (box.right > window.innerWidth + 1 || box.left < -1) faults.push(`outside: ${words}`);
        for (let around = holder; around !== document.body; around = around.parentElement) {
            const style = getComputedStyle(around);
            if (!/hidden|clip/.test(style.overflowX)) continue;
            const limit = around.getBoundingClientRect();
            if (box.right > limit.right + 1.5 || box.left < limit.left - 1.5) {
                faults.push(`cut: ${words}`);
            }
        }
    }
    const clipped = ({ box, holder }) => {
        for (let around = holder; around !== document.body; around = around.parentElement) {
            if (getComputedStyle(around).overflowY === 'visible') continue;
            const limit = around.getBoundingClientRect();
            if (box.bottom < limit.top + 2 || box.top > limit.bottom - 2) return true;
        }
        return false;
    };
    const visible = texts.filter((text) => !clipped(text)).filter(({ box, holder }) =>
        box.bottom > 0 && box.top < window.innerHeight && !holder.closest('.p-table'));
    for (let one = 0; one < visible.length; one++) {
        for (let two = one + 1; two < visible.length; two++) {
            const a = visible[one], b = visible[two];
            if (a.node === b.node) continue;
            const wide = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
            const high = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
            if (wide > 3 && high > 5) faults.push(`overlap: ${a.words} / ${b.words}`);
        }
    }
    return [...new Set(faults)];
}"""

CUT_NUMBERS = """() => [...document.querySelectorAll('input[type=number], input[inputmode]')]
    .filter(field => field.checkVisibility() && field.scrollWidth > field.clientWidth)
    .map(field => `${field.getAttribute('aria-label')}: ${field.value}`)"""

ALL_WORDS = """() => {
    const words = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        // Icons are text that a font draws; below a canvas stand ids of cells.
        const unseen = 'style, script, noscript, canvas, [data-testid*="Icon"]';
        if (!node.parentElement.closest(unseen)) words.push(node.nodeValue);
    }
    for (const element of document.querySelectorAll('[placeholder], [title], [aria-label]')) {
        if (element.closest('svg, iframe, [data-testid*="Icon"]')) continue;
        for (const name of ['placeholder', 'title']) words.push(element.getAttribute(name) || '');
    }
    return words.join('\\n');
}"""

DATA_WORDS = (
    r"Sample data, all invented|zip|planner init|CSV|GeoPackage|Shapefile|OpenStreetMap"
    r"|GCJ-02|WGS-84|CGCS2000|BD-09|GeoJSON|Excel|Word|English|Language"
    r"|[\w-]+\.(?:xlsx|geojson|gpkg|toml|docx|html|json|csv)|\[+\w+\]+|\S*/districts/\S*|sample"
    r"|\(?[VS]\d+\)?|km²?"
)
OWN_WORDS = (
    "button, label, th, .p-card-title, .p-card-more, .p-key,"
    ' [data-testid="stCaptionContainer"], [data-testid="stHeading"], [data-testid="stAlert"]'
)
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def look(page: Page, language: str) -> None:
    """Find what a person would stumble over on the page as it stands."""
    assert page.locator('[data-testid="stException"]').count() == 0
    assert page.locator('[data-testid="stAlertContentError"]').count() == 0
    assert page.evaluate(CUT_OR_OVERLAPPING) == []
    assert page.evaluate(CUT_NUMBERS) == []
    frames = page.locator("iframe")
    texts = [str(page.evaluate(ALL_WORDS))]
    if frames.count():
        texts.append(page.frame_locator("iframe").locator("body").inner_text())
    if language == "zh":
        left = re.sub(DATA_WORDS, "", "\n".join(texts))
        assert re.findall(r"[A-Za-z]{3,}.*", left) == []
        return
    district = "清江区（虚构）"
    told = [*page.locator(OWN_WORDS).all_inner_texts(), *texts[1:]]
    allowed = ("语言 / Language", "中文", "示例数据，全部虚构", district)
    for words in allowed:
        told = [text.replace(words, "") for text in told]
    assert [text for text in told if CHINESE.search(text)] == []


def photograph(page: Page, path: Path) -> None:
    """Keep pictures of the upper and the lower end of a page, for eyes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=path)
    page.locator('[data-testid="stMain"]').evaluate("e => e.scrollTo(0, 1e6)")
    page.wait_for_timeout(200)
    page.screenshot(path=path.with_stem(f"{path.stem}_end"))


# The tests ---------------------------------------------------------------------------------------


def test_from_the_first_page_to_the_word_document(
    server: Server, contexts: list[BrowserContext]
) -> None:
    with browsing(contexts, server.url) as page:
        page.goto(server.url)
        settled(page)
        assert page.evaluate("document.documentElement.lang") == "zh-CN"
        look(page, "zh")
        page.locator(".st-key-open_sample button").click()
        assert min(drawn_pixels(the_map(page))) > 1000
        settled(page)
        done = page.locator('[data-testid="stSidebarNav"]').get_by_text("check_circle")
        assert done.count() == 4  # the sample comes with limits

        _set_six_stations(page, server.space / "sample")
        go(page, "siting")
        the_map(page)
        page.locator(".st-key-start_search button").click()
        page.locator(".p-card.p-strong").first.wait_for()
        page.locator(".st-key-start_search button").wait_for()
        settled(page)
        assert "措施" in the_map(page).locator(".leaflet-control-layers").inner_text()
        assert done.count() == 6

        _edit_by_hand(page)
        assert page.locator(".p-card-value").first.inner_text() == "5"

        go(page, "report")
        with page.expect_download() as waiting:
            page.locator('[class*="st-key-download_report"] button').click()
        _is_a_word_document(waiting.value, server.space.parent)


def _edit_by_hand(page: Page) -> None:
    """Take a clicked site away, undo that, do it again, and keep the plan."""
    served = page.locator('[data-testid="stMetricValue"]').first
    before, view = served.inner_text(), view_of(page)
    click_a_proposed_site(page)
    page.locator('[class*="st-key-option_"] button').first.click()
    page.locator(".st-key-edit_undo button:enabled").wait_for()
    settled(page)
    fewer = served.inner_text()
    assert amount(fewer) < amount(before)
    assert view_of(page) == view
    assert page.locator('[class*="st-key-option_"]').count()  # still the site that was clicked
    page.locator(".st-key-edit_undo button").click()
    page.locator(".st-key-edit_redo button:enabled").wait_for()
    settled(page)
    assert served.inner_text() == before
    page.locator(".st-key-edit_redo button").click()
    page.locator(".st-key-edit_keep button:enabled").click()
    page.locator(".st-key-edit_keep button:disabled").wait_for()
    settled(page)
    assert served.inner_text() == fewer


def _set_six_stations(page: Page, folder: Path) -> None:
    """Set the limits on their page, and hold that they are kept."""
    go(page, "limits")
    choose_view(page, "limits_view", 3)
    page.locator('[class*="_count"] input').fill("6")
    press_save(page)
    choose_view(page, "limits_view", 8)
    page.locator('[class*="_time"] input').fill("8")
    press_save(page)
    limits = read_settings(folder).limits
    assert (limits.count, limits.time_limit_s) == (6, 8.0)


def choose_view(page: Page, key: str, number: int) -> None:
    page.locator(f".st-key-{key} button").nth(number).click()
    settled(page)


def press_save(page: Page) -> None:
    page.locator('[data-testid="stFormSubmitButton"] button').click()
    settled(page)


def amount(text: str) -> int:
    return int(text.replace(",", ""))


def map_frame(page: Page) -> Frame:
    return next(frame for frame in page.frames if "folium" in frame.url)


def view_of(page: Page) -> list[float]:
    """Give zoom and centre of the map, as the browser has them."""
    view: list[float] = map_frame(page).evaluate(
        "() => [map.getZoom(), map.getCenter().lat, map.getCenter().lng]"
    )
    return view


def click_a_proposed_site(page: Page) -> None:
    """Click the first proposed site where it is drawn, as a hand with a mouse does."""
    page.locator("iframe").scroll_into_view_if_needed()
    page.wait_for_timeout(500)
    at = map_frame(page).evaluate(
        """() => {
            const proposed = Object.values(map._layers).find(
                (layer) => layer.planner && layer.options.shape === 'diamond'
            );
            const point = map.latLngToContainerPoint(proposed.getLatLng());
            return [point.x, point.y];
        }"""
    )
    box = page.locator("iframe").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + at[0], box["y"] + at[1])
    page.locator('[class*="st-key-option_"] button').first.wait_for()
    settled(page)


def test_after_a_restart_everything_is_where_it_was(
    server: Server, contexts: list[BrowserContext]
) -> None:
    server.stop()
    server.start()
    with browsing(contexts, server.url) as page:
        page.goto(server.url)  # nothing in the address: the workspace remembers
        settled(page)
        go(page, "limits")
        choose_view(page, "limits_view", 3)
        assert page.locator('[class*="_count"] input').input_value() == "6"
        go(page, "siting")
        the_map(page)
        assert page.locator(".p-card-value").first.inner_text() == "5"
        page.reload()
        settled(page)
        assert page.locator(".p-card-value").first.inner_text() == "5"


def _is_a_word_document(download: Download, folder: Path) -> None:
    assert download.suggested_filename == "report.docx"
    path = folder / "report.docx"
    download.save_as(path)
    told = "\n".join(part.text for part in docx.Document(str(path)).paragraphs)
    assert "清江区" in told


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_screen_is_whole_and_in_one_language(
    server: Server, contexts: list[BrowserContext], language: str, size: str
) -> None:
    shots = os.environ.get("PLANNER_SCREENSHOTS")
    _sample_in(server)
    with browsing(contexts, server.url, size=SIZES[size]) as page:
        for name, path in PAGES.items():
            page.goto(f"{server.url}{path}?lang={language}&district=sample")
            settled(page)
            if name not in ("limits", "report"):
                assert min(drawn_pixels(the_map(page))) > 1000
            views = page.locator('[data-testid="stButtonGroup"]').first.locator("button")
            for number in range(max(1, views.count())):
                if number:
                    views.nth(number).click()
                    settled(page)
                look(page, language)
                if shots:
                    Path(shots).mkdir(parents=True, exist_ok=True)
                    shot = Path(shots) / f"{name}_{number}_{language}_{size}.png"
                    page.screenshot(path=shot)
                    page.locator('[data-testid="stMain"]').evaluate("e => e.scrollTo(0, 1e6)")
                    page.wait_for_timeout(200)
                    page.screenshot(path=shot.with_stem(f"{shot.stem}_end"))


def raster_pixels(frame: FrameLocator) -> dict[str, int]:
    """Count pixels of the picture that lies on the map: all, see-through, and dark."""
    counts: dict[str, int] = frame.locator("img.planner-raster").evaluate(
        """async image => {
            await image.decode();
            const canvas = document.createElement('canvas');
            canvas.width = image.naturalWidth;
            canvas.height = image.naturalHeight;
            const pen = canvas.getContext('2d');
            pen.drawImage(image, 0, 0);
            const pixels = pen.getImageData(0, 0, canvas.width, canvas.height).data;
            const counts = { all: 0, clear: 0, dark: 0 };
            for (let at = 0; at < pixels.length; at += 4) {
                counts.all += 1;
                counts.clear += pixels[at + 3] === 0;
                counts.dark += pixels[at + 3] > 200 && pixels[at] + pixels[at + 1] < 200;
            }
            return counts;
        }"""
    )
    return counts


def chosen(page: Page, key: str, words: str) -> None:
    """Choose an entry of a list that drops down."""
    page.locator(f".st-key-{key}").get_by_role("combobox").click()
    page.get_by_role("option", name=words, exact=False).first.click()
    settled(page)


def test_the_density_is_seen_and_the_map_stands_while_others_are_chosen(
    server: Server, contexts: list[BrowserContext]
) -> None:
    _sample_in(server)
    with browsing(contexts, server.url) as page:
        page.goto(f"{server.url}demand?lang=en&district=sample")
        settled(page)
        frame = the_map(page)
        before = raster_pixels(frame)
        assert before["all"] > 100_000
        assert 0.2 < before["clear"] / before["all"] < 0.95
        assert before["dark"] > 500
        picture = frame.locator("img.planner-raster").get_attribute("src")
        legend = frame.locator(".planner-legend").inner_text()
        assert "Workers per km²" in legend
        assert "look for a host here" in legend
        assert "Candidate venue" not in legend
        frame.locator(".leaflet-control-layers-overlays").get_by_text("Candidate venues").click()
        assert "Candidate venue" in frame.locator(".planner-legend").inner_text()
        frame.locator(".leaflet-control-zoom-in").click()
        page.wait_for_timeout(600)
        scale = frame.locator(".leaflet-control-scale-line").inner_text()
        chosen(page, "density_group", "Couriers")
        chosen(page, "density_manner", "along streets")
        frame.locator("#map_div[data-planner-waiting='0']").wait_for()
        assert frame.locator("img.planner-raster").count() == 1
        assert frame.locator("img.planner-raster").get_attribute("src") != picture
        assert raster_pixels(frame)["dark"] > 100
        assert frame.locator(".leaflet-control-scale-line").inner_text() == scale
        assert frame.locator(".planner-number").count() >= 8
        assert page.locator(".p-spot").count() > 5


def test_gaps_and_service_areas_take_the_place_of_coverage_on_one_map(
    server: Server, contexts: list[BrowserContext]
) -> None:
    _sample_in(server)
    with browsing(contexts, server.url) as page:
        page.goto(f"{server.url}today?lang=zh&district=sample")
        settled(page)
        frame = the_map(page)
        for view, told, gone in (
            (1, "超出最大间距", "有效覆盖率"),
            (2, "无站点服务", "超出最大间距"),
            (0, "有效覆盖率", "无站点服务"),
        ):
            views = page.locator('[data-testid="stButtonGroup"]').first.locator("button")
            views.nth(view).click()
            settled(page)
            frame.locator("#map_div[data-planner-waiting='0']").wait_for()
            legend = frame.locator(".planner-legend").inner_text()
            assert told in legend
            assert gone not in legend
            assert min(drawn_pixels(frame)) > 1000


def test_a_row_is_placed_by_a_click(server: Server, contexts: list[BrowserContext]) -> None:
    folder = _copied(FAULTY, server.space / "faulty")
    with browsing(contexts, server.url) as page:
        page.goto(f"{server.url}?lang=en&district=faulty")
        settled(page)
        waiting = re.compile(r"rows to place \((\d+)\)")
        before = int(waiting.findall(page.inner_text("body"))[0])
        views = page.locator('[data-testid="stButtonGroup"] button')
        for number in (1, 2, 0):
            views.nth(number).click()
            settled(page)
            look(page, "en")
        assert before > 0
        the_map(page).locator("#map_div").click(position={"x": 560, "y": 250})
        confirm = page.locator(".st-key-confirm_place button")
        confirm.wait_for()
        assert re.search(r"106\.\d{5}, 29\.\d{5}", confirm.inner_text())
        confirm.click()
        page.get_by_text(f"rows to place ({before - 1})").wait_for()
        settled(page)
    assert (folder / "placed.csv").is_file()


def test_hostile_names_stay_text_in_the_app(server: Server, contexts: list[BrowserContext]) -> None:
    folder = _copied(SAMPLE, server.space / "hostile")
    for name, column in (("stations.xlsx", "驿站名称"), ("venues.xlsx", "名称")):
        book = openpyxl.load_workbook(folder / name)
        for row in book.worksheets[0].iter_rows():
            for cell in row:
                if cell.value == column:
                    for below in range(1, 30):
                        book.worksheets[0].cell(
                            cell.row + below, cell.column
                        ).value = f"{HOSTILE}{below}"
        book.save(folder / name)
    picture = "![p](http://evil.example/p.png)"
    settings = folder / "district.toml"
    text = re.sub(
        r"(?m)^(name|data_note) = .*",
        rf'\1 = "{picture}"',
        settings.read_text(encoding="utf-8"),
        count=2,
    )
    settings.write_text(text, encoding="utf-8")
    assert text.count(picture) == 2
    assert read_settings(folder).name == picture
    with browsing(contexts, server.url) as page:
        for name in ("data", "demand", "today", "siting"):
            page.goto(f"{server.url}{PAGES[name]}?district=hostile")
            settled(page)
            frame = the_map(page)
            assert picture in page.locator('[data-testid="stHeading"]').first.inner_text()
            assert frame.locator("img[src=x]").count() == 0
            assert page.locator("img[src=x]").count() == 0


LIMITS = """[limits]
budget_yuan = 600000
count = 115
min_separation_m = 300
gap_share = 0.0
time_limit_s = 3000.0
"""
"""So tight that the proof of the very best takes far longer than anybody would wait."""


def test_the_stop_button_ends_the_search_with_the_best_so_far(
    server: Server, contexts: list[BrowserContext]
) -> None:
    folder = _copied(SAMPLE, server.space / "endless")
    text = (folder / "district.toml").read_text(encoding="utf-8")
    text = re.sub(r"(?s)\[limits\].*?(?=\n\[|\Z)", LIMITS, text)
    (folder / "district.toml").write_text(text, encoding="utf-8")
    with browsing(contexts, server.url) as page:
        page.goto(f"{server.url}siting?lang=en&district=endless")
        settled(page)
        page.locator(".st-key-start_search button").click()
        stop = page.locator(".st-key-stop_search button")
        stop.wait_for()
        page.get_by_text("Best so far").wait_for()
        stop.click()
        page.locator(".st-key-start_search button").wait_for()
        page.locator(".p-card.p-strong").first.wait_for()
        assert "stopped by hand" in page.inner_text("body")


def test_a_map_file_works_from_disk_without_a_network(
    contexts: list[BrowserContext], tmp_path: Path
) -> None:
    world = small_world(cells=200, venues=20)
    made = plan_map(
        world.district, world.coverage, world.figures, world.sites, streets=world.streets
    )
    path = tmp_path / "map.html"
    path.write_text(standalone_html(made, title=HOSTILE), encoding="utf-8")
    with browsing(contexts, path.as_uri()) as page:
        page.context.set_offline(True)
        page.goto(path.as_uri())
        page.locator(".planner-legend").wait_for()
        page.wait_for_timeout(300)
        shown = page.locator("canvas.leaflet-zoom-animated").evaluate_all(
            "canvases => canvases.map(c => c.getContext('2d')"
            ".getImageData(0, 0, c.width, c.height).data.some(value => value > 0))"
        )
        assert len(shown) >= 3
        assert all(shown)
        page.mouse.move(600, 400)
        assert page.locator("img").count() == 0
        assert "onerror" in page.locator(".planner-title").inner_text()


def _sample_in(server: Server) -> None:
    """Put the sample into the workspace, where no earlier test has."""
    if not (server.space / "sample").is_dir():
        _copied(SAMPLE, server.space / "sample")


def _copied(source: Path, target: Path) -> Path:
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    settings = target / "district.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace('"../sample/', f'"{SAMPLE.as_posix()}/'), encoding="utf-8")
    return target
