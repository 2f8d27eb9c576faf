"""A workspace with the sample in it, for every test of the app."""

import shutil
from pathlib import Path

import pytest
from app_driver import SAMPLE, copied


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
    copied(SAMPLE, folder / "sample")
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
