"""What all tests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from planner.language import use_language


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep results of slow steps of the tests apart from the user's own."""
    folder: Path = tmp_path_factory.getbasetemp() / "cache"
    monkeypatch.setenv("PLANNER_CACHE", str(folder))


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    """Let tests read English messages unless they choose otherwise; the default is Chinese."""
    use_language("en")
    yield
    use_language("zh")
