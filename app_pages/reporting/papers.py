"""The documents of a plan, made for one scenario, version and language when they are asked for."""

import shutil
import threading
from collections.abc import Mapping
from pathlib import Path

from app_pages.spaces.workspace import workspace
from planner.errors import SettingsError
from planner.language import current_language, note
from planner.pipeline import PlanResult, write_outputs
from planner.progress import Progress, silent
from planner.scenarios import Scenario

__all__ = ["papers_of"]

_FOLDER = ".papers"
_WHOLE = ".whole"
_locks: dict[Path, threading.Lock] = {}
_locks_lock = threading.Lock()


def papers_of(
    result: PlanResult, scenario: Scenario, *, progress: Progress = silent
) -> Mapping[str, bytes]:
    """Give the documents of the plan of a scenario, in the language in use.

    They lie in a folder of this scenario alone, one for each version and language, so that no two
    readers ever overwrite each other's; those of versions before are taken away.

    Raises
    ------
    SettingsError
        If the folder cannot be written to.
    """
    own = workspace().root / _FOLDER / scenario.id
    out = own / f"{scenario.version}-{current_language()}"
    with _lock_of(own):
        if not (out / _WHOLE).is_file():
            _clear(own, but=scenario.version)
            _make(own)
            write_outputs(result, out, progress=progress)
            (out / _WHOLE).write_bytes(b"")
        return {
            path.name: path.read_bytes()
            for path in out.iterdir()
            if path.is_file() and path.name != _WHOLE
        }


def _lock_of(folder: Path) -> threading.Lock:
    with _locks_lock:
        return _locks.setdefault(folder, threading.Lock())


def _make(folder: Path) -> None:
    """Make a folder that other users of the machine cannot look into."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise SettingsError(
            note(
                "{folder} cannot be written to: {reason}",
                folder=folder,
                reason=error.strerror or type(error).__name__,
            )
        ) from error


def _clear(own: Path, *, but: int) -> None:
    """Take away the documents of versions before."""
    if own.is_dir():
        for folder in own.iterdir():
            if folder.name.split("-")[0] != str(but):
                shutil.rmtree(folder, ignore_errors=True)
