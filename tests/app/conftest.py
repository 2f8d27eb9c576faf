"""What the tests in Chromium share."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

pytest.register_assert_rewrite("browser_driver")

from browser_driver import CHROMIUM, Server  # noqa: E402 - its assertions tell what they found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Start the app with an empty workspace, once for the tests of a file."""
    space = tmp_path_factory.mktemp("app") / "districts"
    space.mkdir()
    running = Server(space)
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Start Chromium, once for the tests of a file."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()
