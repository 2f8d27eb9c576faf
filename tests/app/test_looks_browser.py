"""What eyes, a keyboard and a screen reader meet on the seven screens, in Chromium."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser_driver import (
    PAGES,
    SAMPLE,
    SIZES,
    Server,
    browsing,
    go,
    look,
    needs_browser,
    settled,
    violations,
)
from playwright.sync_api import Browser, Page
from sized_districts import LONG, write_district

pytestmark = needs_browser
WORDS = (Path(__file__).parents[2] / "app_pages" / "words.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def places(server: Server) -> Path:
    """Put the sample, and districts of 0, 1 and 5,000 stations, into the workspace."""
    leave = shutil.ignore_patterns("*.py", "__pycache__", "plan")
    shutil.copytree(SAMPLE, server.space / "sample", ignore=leave)
    for stations in (0, 1, 5000):
        write_district(server.space / f"of{stations}", stations=stations)
    return server.space


def opened(page: Page, server: Server, name: str, *, language: str, district: str) -> None:
    """Go to a page by its address, as a link does."""
    page.goto(f"{server.url}{PAGES[name]}?lang={language}&district={district}")
    settled(page)
    drawn(page)


def drawn(page: Page) -> None:
    """Wait until the map of the page, if it has one, has the data of every layer."""
    if page.locator("iframe").count():
        frame = page.frame_locator("iframe").first
        frame.locator("#map_div[data-planner-waiting='0']").first.wait_for()


# A screen reader ---------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_empty_screen_breaks_the_rules_of_accessibility(
    empty_server: Server, chromium: Browser, language: str
) -> None:
    with browsing(chromium, empty_server.url) as page:
        page.goto(f"{empty_server.url}?lang={language}")
        settled(page)
        for name in PAGES:
            go(page, name)
            assert violations(page) == [], name
            look(page, language)


@pytest.fixture(scope="module")
def empty_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Start the app with nothing to open."""
    space = tmp_path_factory.mktemp("empty") / "districts"
    space.mkdir()
    running = Server(space)
    running.start()
    yield running
    running.stop()


# A keyboard --------------------------------------------------------------------------------------

# Within a map and a table that is typed into, their own marks show where one is.
_FOCUSED = """() => {
    const at = document.activeElement;
    if (!at || at === document.body) return null;
    const marked = (element) => {
        const style = getComputedStyle(element);
        const ring = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1;
        return ring || (style.boxShadow !== 'none' && element.matches(':focus, :focus-within'));
    };
    let seen = false;
    for (let part = at, up = 0; part && up < 4 && !seen; part = part.parentElement, up++) {
        seen = marked(part);
    }
    return {
        what: `${at.tagName} ${at.getAttribute('aria-label') || at.textContent}`.slice(0, 60),
        name: at.tagName,
        side: Boolean(at.closest('[data-testid="stSidebar"]')),
        inside: at.matches('main, iframe, [data-testid="stDataFrame"] *'),
        seen,
    };
}"""


def tabbed(page: Page, most: int = 120) -> list[dict[str, object]]:
    """Go through a page by the tab key alone; give where it stops."""
    stops: list[dict[str, object]] = []
    for _ in range(most):
        page.keyboard.press("Tab")
        at = page.evaluate(_FOCUSED)
        if at is None:
            break
        if not stops or at["what"] != stops[-1]["what"] or at["name"] != "IFRAME":
            stops.append(at)
    return stops


@pytest.mark.usefixtures("places")
@pytest.mark.parametrize("name", PAGES)
def test_a_keyboard_reaches_every_part_and_shows_where_it_is(
    server: Server, chromium: Browser, name: str
) -> None:
    with browsing(chromium, server.url) as page:
        opened(page, server, name, language="en", district="sample")
        stops = tabbed(page)
        assert stops[0]["what"] == "A Skip to main content"
        unseen = [stop["what"] for stop in stops if not stop["seen"] and not stop["inside"]]
        assert unseen == []
        # The list beside the pages comes first, then the page: never back and forth.
        side = [bool(stop["side"]) for stop in stops[1:]]
        assert side == sorted(side, reverse=True)
        told = " ".join(str(stop["what"]) for stop in stops)
        for control in page.locator('[data-testid="stMain"] button:enabled').all_inner_texts():
            words = control.split("\n")[-1].strip()
            reached = not words or words[:20] in told
            assert reached or page.get_by_role("radio", name=words).count(), words


def test_the_first_key_skips_to_the_content(
    server: Server, chromium: Browser, places: Path
) -> None:
    assert places.is_dir()
    with browsing(chromium, server.url) as page:
        opened(page, server, "demand", language="en", district="sample")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        at = page.evaluate(_FOCUSED)
        assert at is not None
        assert not at["side"]


# Eyes --------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("places")
@pytest.mark.parametrize(
    ("district", "size", "language"),
    [
        ("of5000", "1024x768", "zh"),
        ("of1", "820x1180", "zh"),
        ("of0", "1024x768", "en"),
        ("sample", "820x1180", "en"),
    ],
)
def test_nothing_is_cut_or_overlaps_whatever_the_number_of_stations_and_the_length_of_names(
    server: Server, chromium: Browser, district: str, size: str, language: str
) -> None:
    with browsing(chromium, server.url, size=SIZES[size], touch=size.startswith("820")) as page:
        opened(page, server, "data", language=language, district=district)
        for name in PAGES:
            go(page, name)
            drawn(page)
            look(page, language, names=(LONG,))


# Words that Streamlit has in English only ---------------------------------------------------------


def test_a_file_that_the_server_refuses_is_told_in_the_language_of_the_page(
    chromium: Browser,
) -> None:
    page = chromium.new_page()
    page.set_content("<p>AxiosError: Request failed with status code 413</p><b>Upload</b>")
    told = {"zh": ("文件过多", "上传"), "en": ("Too many", "Upload")}
    for language in ("zh", "en", "zh"):
        page.evaluate(f"window.plannerLanguage = '{language}'")
        page.add_script_tag(content=WORDS)
        refused, button = told[language]
        assert page.locator("p").inner_text().startswith(refused)
        assert page.locator("b").inner_text() == button
    page.close()
