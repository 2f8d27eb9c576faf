"""The address of a page: "back" leads to the page before, whatever was written there meanwhile."""

from urllib.parse import urlsplit

from browser_driver import Server, browsing, go, needs_browser, settled
from playwright.sync_api import Browser, Page, expect

pytestmark = needs_browser

_CURRENT = '[data-testid="stSidebarNav"] a[aria-current="page"]'


def path_of(page: Page) -> str:
    return urlsplit(page.url).path


def switch_language(page: Page, name: str, *, to: str) -> None:
    page.locator('[data-testid="stSidebar"] [data-testid="stRadio"] label', has_text=name).click()
    page.wait_for_url(f"**/*lang={to}*")
    settled(page)


def test_back_and_forward_go_from_page_to_page(server: Server, chromium: Browser) -> None:
    with browsing(chromium, server.url) as page:
        page.goto(server.url)
        settled(page)
        go(page, "demand")
        switch_language(page, "English", to="en")
        switch_language(page, "中文", to="zh")
        go(page, "today")
        for step, path, number in ((page.go_back, "/demand", 2), (page.go_back, "/", 1)):
            step()
            # The list marks the page that the server has drawn, not only the one in the address.
            expect(page.locator(_CURRENT)).to_contain_text(f"{number} ")
            settled(page)
            assert path_of(page) == path
        page.go_forward()
        expect(page.locator(_CURRENT)).to_contain_text("2 ")
        assert path_of(page) == "/demand"
