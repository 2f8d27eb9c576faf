"""What all tests share."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, sync_playwright

from planner.language import use_language

sys.path.insert(0, str(Path(__file__).parent / "app"))
pytest.register_assert_rewrite("browser_driver")

from browser_driver import CHROMIUM, Server  # noqa: E402 - its assertions tell what they found

settings.register_profile("shared machine", deadline=None)  # no test is about time
settings.load_profile("shared machine")

SAMPLE = Path(__file__).parents[1] / "data" / "sample"


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep results of slow steps of the tests apart from the user's own."""
    folder: Path = tmp_path_factory.getbasetemp() / "cache"
    monkeypatch.setenv("PLANNER_CACHE", str(folder))


@pytest.fixture(autouse=True)
def _own_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the scenarios of each test apart from those of all others."""
    monkeypatch.setenv("PLANNER_STORE", f"sqlite:///{(tmp_path / 'scenarios.sqlite').as_posix()}")


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    """Let tests read English messages unless they choose otherwise; the default is Chinese."""
    use_language("en")
    yield
    use_language("zh")


@pytest.fixture
def space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an empty workspace."""
    monkeypatch.setenv("PLANNER_WORKSPACE", str(tmp_path / "districts"))
    monkeypatch.delenv("PLANNER_LANG", raising=False)
    return tmp_path / "districts"


@pytest.fixture(scope="session")
def shared_space(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a workspace with a copy of the sample in it; read once for all tests."""
    folder = tmp_path_factory.mktemp("shared") / "districts"
    shutil.copytree(SAMPLE, folder / "sample", ignore=shutil.ignore_patterns("plan"))
    return folder


@pytest.fixture
def opened(shared_space: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the shared copy of the sample, without a plan and with its own limits."""
    monkeypatch.setenv("PLANNER_WORKSPACE", str(shared_space))
    monkeypatch.delenv("PLANNER_LANG", raising=False)
    folder = shared_space / "sample"
    shutil.rmtree(folder / "plan", ignore_errors=True)
    shutil.copyfile(SAMPLE / "district.toml", folder / "district.toml")
    return folder


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
