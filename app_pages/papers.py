"""The documents of a plan, in the district folder and in the language of the reader."""

from pathlib import Path

from app_pages.workspace import PLAN_FOLDER
from planner.language import current_language
from planner.pipeline import PlanResult, write_outputs
from planner.progress import Progress, silent

__all__ = ["papers_language", "write_papers"]

_MARK = ".language"


def write_papers(result: PlanResult, folder: Path, *, progress: Progress = silent) -> None:
    """Write every document of a plan, in the language in use.

    Raises
    ------
    SettingsError
        If the folder cannot be written to.
    """
    out = folder / PLAN_FOLDER
    write_outputs(result, out, progress=progress)
    (out / _MARK).write_text(current_language(), encoding="utf-8")


def papers_language(folder: Path) -> str:
    """Give the language that the documents are in; "" where there are none."""
    try:
        return (folder / PLAN_FOLDER / _MARK).read_text(encoding="utf-8")
    except OSError:
        return ""
