"""The documents of a plan: as the search wrote them, and in the language of each reader."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from app_pages.shelf import Entry
from app_pages.workspace import PLAN_FOLDER
from planner.language import current_language
from planner.pipeline import PlanResult, write_outputs
from planner.progress import Progress, silent

__all__ = ["papers_of", "write_papers"]

_MARK = ".language"


def write_papers(result: PlanResult, entry: Entry, *, progress: Progress = silent) -> None:
    """Write every document of a plan into its district, in the language in use.

    Nothing is written where the district has changed since the search began: the plan is of
    inputs that are gone, and another search may have written its own.

    Raises
    ------
    SettingsError
        If the folder cannot be written to.
    """
    out = entry.folder / PLAN_FOLDER
    with entry.papers:
        if not entry.replaced:
            write_outputs(result, out, progress=progress)
            _mark(out, _fingerprint(out))


def papers_of(result: PlanResult, entry: Entry) -> Mapping[str, bytes]:
    """Give the documents of the plan that the district keeps, in the language in use.

    Those of the search are never rewritten: readers of another language have a folder of their
    own in it, so two readers never overwrite each other's.

    Raises
    ------
    SettingsError
        If the folder cannot be written to.
    """
    kept = entry.folder / PLAN_FOLDER
    with entry.papers:
        plan = _fingerprint(kept)
        out = kept if _is_marked(kept, plan) else kept / current_language()
        if not _is_marked(out, plan):
            write_outputs(result, out)
            _mark(out, plan)
        return {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()}


def _fingerprint(folder: Path) -> str:
    return hashlib.sha256((folder / "plan.json").read_bytes()).hexdigest()


def _mark(folder: Path, plan: str) -> None:
    """Note of which plan, and in which language, the documents of a folder are."""
    (folder / _MARK).write_text(f"{current_language()} {plan}", encoding="utf-8")


def _is_marked(folder: Path, plan: str) -> bool:
    try:
        return (folder / _MARK).read_text(encoding="utf-8") == f"{current_language()} {plan}"
    except OSError:
        return False
