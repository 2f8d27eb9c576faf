"""Every notebook runs as it is stored, without a network, and tells its story with pictures."""

import ast
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
NAMES = [path.stem for path in NOTEBOOKS]

NO_NETWORK = """
import socket
import warnings

warnings.simplefilter("error")


def refuse(*args, **kwargs):
    raise OSError("a notebook asked for the network")


socket.getaddrinfo = socket.create_connection = socket.socket.connect = refuse
"""


def read(path: Path) -> Any:  # noqa: ANN401 - a notebook is a tree of plain objects
    return nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]  # nbformat's own gap


def code_of(path: Path) -> list[ast.Module]:
    return [ast.parse(cell.source) for cell in read(path).cells if cell.cell_type == "code"]


def test_there_is_a_notebook() -> None:
    assert "01_first_plan" in NAMES


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_a_notebook_is_stored_without_outputs(path: Path) -> None:
    for cell in read(path).cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_a_notebook_imports_the_planner_alone_and_defines_nothing(path: Path) -> None:
    for module in code_of(path):
        for node in ast.walk(module):
            assert not isinstance(node, (ast.FunctionDef, ast.Lambda, ast.ClassDef, ast.Import))
            if isinstance(node, ast.ImportFrom):
                assert (node.module or "").split(".")[0] == "planner"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_a_notebook_tells_its_story_in_both_languages(path: Path) -> None:
    for cell in read(path).cells:
        if cell.cell_type == "markdown":
            assert any("\u4e00" <= letter <= "\u9fff" for letter in cell.source)
            assert any(line.isascii() and len(line) > 10 for line in cell.source.splitlines())


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_a_notebook_runs_from_top_to_bottom_and_shows_a_map_and_a_chart(
    path: Path, tmp_path: Path
) -> None:
    notebook = read(path)
    guard = nbformat.v4.new_code_cell(NO_NETWORK)  # type: ignore[no-untyped-call]  # as above
    notebook.cells.insert(0, guard)

    NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": tmp_path}}
    ).execute()

    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    pictures = [output for output in outputs if "image/png" in output.get("data", {})]
    assert len(pictures) >= 2
    assert [output for output in outputs if output.get("name") == "stderr"] == []
    assert list(tmp_path.iterdir()) == []
