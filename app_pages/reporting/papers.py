"""The documents of a plan, made for one scenario, version and language when asked for."""

import hashlib
import shutil
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path

from app_pages.spaces.workspace import workspace
from planner.errors import SettingsError
from planner.language import current_language, note
from planner.pipeline import PlanResult, code_version, write_outputs
from planner.pipeline.meeting import Meeting, write_meeting
from planner.progress import Progress, silent
from planner.scenarios import Scenario

__all__ = ["document_of", "papers_of"]

_FOLDER = ".papers"
_WHOLE = ".whole"
_locks: dict[Path, threading.Lock] = {}
_locks_lock = threading.Lock()


def papers_of(
    result: PlanResult, scenario: Scenario, *, progress: Progress = silent
) -> Mapping[str, bytes]:
    """Give the documents of the plan of a scenario, in the language in use.

    They lie in a folder of this scenario alone, one for each version and language, so that no two
    readers ever overwrite each other's; those of versions before are taken away. What another
    program wrote, or what tells another name of the district, is written anew.

    Raises
    ------
    SettingsError
        If the folder cannot be written to.
    """
    own = workspace().root / _FOLDER / scenario.id
    out = own / f"{scenario.version}-{current_language()}"
    mark = _mark(result, scenario)
    with _lock_of(own):
        if _written(out / _WHOLE) != mark:
            _clear(own, but=scenario.version)
            _make(own)
            (out / _WHOLE).unlink(missing_ok=True)
            write_outputs(result, out, scenario=scenario, progress=progress)
            (out / _WHOLE).write_bytes(mark)
        return {
            path.name: path.read_bytes()
            for path in out.iterdir()
            if path.is_file() and path.name != _WHOLE
        }


def document_of(meeting: Meeting) -> bytes:
    """Give the document of a plan with scenarios beside it, in the language in use.

    Raises
    ------
    SettingsError
        If nothing can be written on this machine.
    """
    with tempfile.TemporaryDirectory(prefix="planner-") as aside:
        return write_meeting(meeting, Path(aside) / "report.docx").read_bytes()


def _mark(result: PlanResult, scenario: Scenario) -> bytes:
    """Tell apart what documents depend on beside scenario, version and language."""
    district = result.prepared.district
    settings = district.settings
    parts = code_version(), district.fingerprint, settings.name, settings.data_note, scenario.name
    return hashlib.sha256(repr(parts).encode(errors="surrogatepass")).hexdigest().encode()


def _written(mark: Path) -> bytes:
    """Give the mark of documents that are whole; nothing where they are not."""
    try:
        return mark.read_bytes()
    except OSError:
        return b""


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
