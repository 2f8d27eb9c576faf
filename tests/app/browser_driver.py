"""The app in a real Chromium: start it, open pages, watch every request, find what looks wrong."""

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import urlopen

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Frame,
    FrameLocator,
    Page,
    Request,
    Response,
)

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "data" / "sample"
FAULTY = ROOT / "data" / "sample_faulty"
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
SIZES = {"1440x900": (1440, 900), "1024x768": (1024, 768), "820x1180": (820, 1180)}
PAGES = {
    "data": "",
    "demand": "demand",
    "today": "today",
    "limits": "limits",
    "siting": "siting",
    "compare": "compare",
    "report": "report",
}
"""Each page and its place below the address of the app; the first one is the address itself."""
PATIENCE_MS = 90_000
_RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}

needs_browser = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(
        CHROMIUM is None and not os.environ.get("PLANNER_REQUIRE_BROWSER"),
        reason="browser tests need Chromium (Debian: apt-get install chromium)",
    ),
]


# The server --------------------------------------------------------------------------------------


def free_port() -> int:
    """Give a port of the own machine on which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


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
        self.port = free_port()
        # Scenarios lie in the workspace, also after a restart in another test.
        not_ours = ("PLANNER_LANG", "PLANNER_STORE", "PLANNER_WORKSPACE")
        environment = {k: v for k, v in os.environ.items() if k not in not_ours}
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
            self.process.terminate()  # `planner app` alone: the server must end with it
            self.process.wait(30)
            self.process = None
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", self.port), timeout=5).close()


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


@contextlib.contextmanager
def browsing(
    chromium: Browser,
    own: str,
    *,
    size: tuple[int, int] = (1440, 900),
    touch: bool = False,
) -> Iterator[Page]:
    """Open a browser of its own, and hold at the end that nothing went wrong in it."""
    context = chromium.new_context(
        viewport={"width": size[0], "height": size[1]}, accept_downloads=True, has_touch=touch
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


_IDLE = """() => {
    const app = document.querySelector('[data-testid="stApp"]');
    if (!app || app.getAttribute('data-test-script-state') !== 'notRunning') {
        window.idleSince = undefined;
        return false;
    }
    window.idleSince ??= performance.now();
    return performance.now() - window.idleSince > 250;
}"""


def idle(page: Page) -> None:
    """Wait until the script of the page has run and does not begin again."""
    page.wait_for_timeout(150)  # what was pressed must first reach the server
    page.evaluate("window.idleSince = undefined")
    page.wait_for_function(_IDLE)


def settled(page: Page) -> None:
    """Wait until the list of pages is there and nothing runs."""
    page.wait_for_selector('[data-testid="stSidebarNav"] a')
    idle(page)


def go(page: Page, name: str) -> None:
    """Go to a page by its entry in the list beside the pages."""
    if not page.locator('[data-testid="stSidebarNav"] a').first.is_visible():
        page.get_by_test_id("stExpandSidebarButton").click()  # a narrow screen hides the list
    number = 1 + list(PAGES).index(name)
    entry = page.locator('[data-testid="stSidebarNav"] a').filter(
        has_text=re.compile(rf"{number}\s")
    )
    entry.click()
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

# What axe leaves open, such as words above a part that scrolls, and the words of charts.
FAINT = """() => {
    const parts = (colour) => {
        const found = colour.match(/^rgba?\\(([^)]+)\\)$/);
        const [red, green, blue, alpha = 1] = found ? found[1].split(/[ ,/]+/).map(Number) : [];
        return found ? [red, green, blue, alpha] : null;
    };
    const laid = (over, below) =>
        below.map((value, at) => over[at] * over[3] + value * (1 - over[3]));
    const light = (colour) => {
        const [red, green, blue] = colour.map((value) => {
            const part = value / 255;
            return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const off = ':disabled, [disabled], [aria-disabled="true"], label:has(:disabled)';
    const faint = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const holder = node.parentElement;
        if (!node.nodeValue.trim()) continue;
        if (holder.closest(`style, script, noscript, canvas, ${off}`)) continue;
        const seen = { opacityProperty: true, visibilityProperty: true };
        if (!holder.checkVisibility(seen)) continue;
        const style = getComputedStyle(holder);
        const ink = parts(holder.closest('svg') ? style.fill : style.color);
        if (!ink) continue;
        const grounds = [];
        for (let around = holder; around; around = around.parentElement) {
            const there = getComputedStyle(around);
            ink[3] *= Number(there.opacity);
            grounds.push(parts(there.backgroundColor) || [255, 255, 255, 0]);
        }
        const white = [255, 255, 255];
        const ground = grounds.reverse().reduce((below, over) => laid(over, below), white);
        const pair = [light(laid(ink, ground)), light(ground)].sort((one, two) => two - one);
        const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
        const size = parseFloat(style.fontSize);
        const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
        if (ratio < (large ? 3 : 4.5)) faint.push(`${node.nodeValue.trim()}: ${ratio.toFixed(2)}`);
    }
    return [...new Set(faint)];
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
    r"Sample data, all invented|zip|WPS|planner init|CSV|GeoPackage|Shapefile|OpenStreetMap"
    r"|GCJ-02|WGS-84|CGCS2000|BD-09|GeoJSON|Excel|Word|English|Language"
    r"|[\w-]+\.(?:xlsx|geojson|gpkg|toml|docx|html|json|csv)|\[+\w+\]+|\S*/districts/\S*|sample"
    r"|\(?[VS]\d+\)?|km²?"
)
OWN_WORDS = (
    "button, label, th, .p-card-title, .p-card-more, .p-key,"
    ' [data-testid="stCaptionContainer"], [data-testid="stHeading"], [data-testid="stAlert"]'
)
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def violations(page: Page) -> list[str]:
    """Find what of the page, and of each map in it, breaks WCAG 2 A or AA, contrast among it."""
    axe = Axe()
    answers = [axe.run(page, options=_RULES).response]
    for inner in page.locator("iframe").all():
        frame = inner.element_handle().content_frame()
        if frame is not None:
            frame.evaluate(axe.axe_script)  # that of the page is not run in frames
            answers.append(frame.evaluate("rules => axe.run(rules)", _RULES))
    return [
        f"{each['id']}: {node['target']} {node['html'][:160]}"
        for answer in answers
        for each in answer["violations"]
        for node in each["nodes"]
    ]


def look(page: Page, language: str, *, names: Sequence[str] = ()) -> None:
    """Find what a person would stumble over on the page as it stands.

    Parameters
    ----------
    page
        The page.
    language
        What every word must be in.
    names
        Chinese names that come from the data.
    """
    assert page.locator('[data-testid="stException"]').count() == 0
    assert page.locator('[data-testid="stAlertContentError"]').count() == 0
    assert page.evaluate(CUT_OR_OVERLAPPING) == []
    assert page.evaluate(CUT_NUMBERS) == []
    assert page.evaluate(FAINT) == []
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
    for words in (*names, *allowed):
        told = [text.replace(words, "") for text in told]
    assert [text for text in told if CHINESE.search(text)] == []


def photograph(page: Page, path: Path) -> None:
    """Keep pictures of the upper and the lower end of a page, for eyes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=path)
    page.locator('[data-testid="stMain"]').evaluate("e => e.scrollTo(0, 1e6)")
    page.wait_for_timeout(200)
    page.screenshot(path=path.with_stem(f"{path.stem}_end"))


def copied(source: Path, target: Path) -> Path:
    """Copy a district folder into the workspace; what it names beside it is found where it lies."""
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    settings = target / "district.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace('"../sample/', f'"{SAMPLE.as_posix()}/'), encoding="utf-8")
    return target
