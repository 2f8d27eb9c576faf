"""Where districts are kept, and which of them is open."""

import contextlib
import hashlib
import json
import os
import re
import shutil
import tempfile
import threading
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import IO

import platformdirs

from app_pages.spaces.unpacking import SETTINGS_FILE as _SETTINGS
from app_pages.spaces.unpacking import unpack
from planner.bundle import sample_folder
from planner.errors import InputError
from planner.language import note

__all__ = ["PLAN_FOLDER", "SAMPLE", "Place", "Workspace", "workspace", "writing_to"]

PLAN_FOLDER = "plan"
"""Where a district keeps its last plan and the documents of it."""
SAMPLE = "sample"
_STATE = "workspace.json"
_STATE_LOCK = threading.RLock()
_MOST_LASTS = 500


@dataclass(frozen=True, slots=True)
class Place:
    """A district folder, and the short name by which a page address knows it."""

    id: str
    folder: Path

    @property
    def title(self) -> str:
        """The district's own name, else the short one."""
        try:
            settings = tomllib.loads((self.folder / _SETTINGS).read_text(encoding="utf-8"))
            name = settings["district"]["name"]
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return self.id
        return name if isinstance(name, str) and name else self.id


@dataclass(frozen=True, slots=True)
class _State:
    """What is remembered from one start to the next."""

    last: str | None = None
    folders: Mapping[str, str] = field(default_factory=dict)
    lasts: Mapping[str, str] = field(default_factory=dict)
    """Key of a person -> the district that this person had open."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """A folder that holds a folder a district, and remembers districts that lie elsewhere."""

    root: Path

    def places(self) -> tuple[Place, ...]:
        """Give every district that can be opened, in the order of their names."""
        inside = {
            path.parent.name: path.parent
            for path in self.root.glob(f"*/{_SETTINGS}")
            if not path.parent.name.startswith(".")
        }
        elsewhere = {
            name: Path(folder)
            for name, folder in self._state().folders.items()
            if (Path(folder) / _SETTINGS).is_file()
        }
        return tuple(Place(name, folder) for name, folder in sorted((inside | elsewhere).items()))

    def find(self, name: str | None) -> Place | None:
        """Give a district by its short name; None where it is not there."""
        if not name:
            return None
        # One look where it would be, not at every district: a page asks again and again.
        folder = self._state().folders.get(name)
        with contextlib.suppress(OSError):  # a link may name what no disk can hold
            if folder and (Path(folder) / _SETTINGS).is_file():
                return Place(name, Path(folder))
            # By its true name alone: some disks take "TOWN" for "town", which would be two.
            inside = not name.startswith(".") and any(
                each.name == name for each in self.root.iterdir()
            )
            if inside and (self.root / name / _SETTINGS).is_file():
                return Place(name, self.root / name)
        return None

    def lost(self, name: str | None) -> Path | None:
        """Give the folder that a short name meant; None where it is there, or never was named."""
        if not name or self.find(name):
            return None
        folders = self._state().folders
        return Path(folders[name]) if name in folders else self.root / name

    def last(self, person: str = "") -> Place | None:
        """Give the district that a person had open last; "": whoever sits at this machine."""
        state = self._state()
        return self.find(state.lasts.get(person) if person else state.last)

    def remember(self, place: Place, person: str = "") -> None:
        """Keep in mind which district a person has open, for the next start; "" as for `last`."""
        # Where the disk refuses, the district opens all the same.
        with _STATE_LOCK, contextlib.suppress(OSError):
            state = self._state()
            if (state.lasts.get(person) if person else state.last) == place.id:
                return
            if not person:
                self._write_state(replace(state, last=place.id))
                return
            others = {key: kept for key, kept in state.lasts.items() if key != person}
            latest = dict(list(others.items())[1 - _MOST_LASTS :])
            self._write_state(replace(state, lasts=latest | {person: place.id}))

    def add_sample(self) -> Place:
        """Give the sample district: a copy, in which what is set on the screens is kept."""
        target = self.root / SAMPLE
        if not (target / _SETTINGS).is_file():
            self._copy_in(sample_folder(), target)
        return Place(SAMPLE, target)

    def add_folder(self, text: str) -> Place:
        """Open a folder of this machine where it lies; what is set on the screens is kept there.

        Raises
        ------
        InputError
            If there is no such folder, or no `district.toml` in it.
        """
        folder = Path(text.strip().strip('"')).expanduser()
        if not folder.is_dir():
            raise InputError(note("There is no folder {folder}. Check the path.", folder=folder))
        folder = folder.resolve()
        if not (folder / _SETTINGS).is_file():
            raise InputError(
                note(
                    "The folder {folder} has no district.toml."
                    " Make one with: planner init {folder}",
                    folder=folder,
                )
            )
        if folder.parent == self.root.resolve():
            return Place(folder.name, folder)
        name = f"{_short_name(folder.name)}-{hashlib.sha256(str(folder).encode()).hexdigest()[:8]}"
        with _STATE_LOCK:
            state = self._state()
            self._write_state(replace(state, folders={**state.folders, name: str(folder)}))
        return Place(name, folder)

    def new_folder(self, title: str) -> Place:
        """Make an empty folder for a new district."""
        self.root.mkdir(parents=True, exist_ok=True)
        short = _short_name(title)
        number = 1
        while True:
            name = short if number == 1 else f"{short}-{number}"
            try:
                (self.root / name).mkdir()
            except FileExistsError:
                number += 1
            else:
                return Place(name, self.root / name)

    def add_zip(self, file: IO[bytes], *, title: str) -> Place:
        """Unpack a zipped district folder.

        Raises
        ------
        InputError
            As `unpack`; nothing is left in the workspace then.
        """
        return self.add_filled(lambda folder: unpack(file, folder), title=title)

    def add_filled(self, fill: Callable[[Path], None], *, title: str) -> Place:
        """Add a district that `fill` writes: whole, or not at all where that fails.

        Raises
        ------
        InputError
            If the disk refuses it.
        """
        with self._making() as made:
            filled = Path(made) / "district"
            filled.mkdir()
            fill(filled)
            place = self.new_folder(title)
            place.folder.rmdir()  # the name is ours; Windows renames to nothing that is there
            filled.rename(place.folder)
        return place

    def _copy_in(self, source: Path, target: Path) -> None:
        """Copy a folder so that it is whole from the moment it is there."""
        with self._making() as made:
            copy = Path(made) / "copy"
            shutil.copytree(source, copy, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
            if not target.exists():
                copy.rename(target)

    @contextlib.contextmanager
    def _making(self) -> Iterator[str]:
        """Give a folder beside the districts in which one is made."""
        with writing_to(self.root):
            self.root.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self.root, prefix=".new-") as made:
                yield made

    def _state(self) -> _State:
        try:
            kept = json.loads((self.root / _STATE).read_text(encoding="utf-8"))
            lasts = kept.get("lasts", {})
            return _State(kept["last"], _texts(kept["folders"]), _texts(lasts))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            # Missing or damaged: the districts in the workspace are found all the same.
            return _State()

    def _write_state(self, state: _State) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        part = self.root / f".{_STATE}.part"
        part.write_text(json.dumps(asdict(state), ensure_ascii=False, indent=1), encoding="utf-8")
        part.replace(self.root / _STATE)


@contextlib.contextmanager
def writing_to(folder: Path) -> Iterator[None]:
    """Tell what a disk refuses as a fault that a person can mend."""
    try:
        yield
    except OSError as error:
        raise InputError(
            note(
                "{folder} cannot be written to: {reason}",
                folder=folder,
                reason=error.strerror or type(error).__name__,
            )
        ) from error


def workspace() -> Workspace:
    """Give the workspace: PLANNER_WORKSPACE, else a folder of the user's own."""
    named = os.environ.get("PLANNER_WORKSPACE")
    root = (
        Path(named)
        if named
        else Path(platformdirs.user_data_dir("station-planner", appauthor=False)) / "districts"
    )
    return Workspace(root)


def _texts(given: Mapping[str, object]) -> dict[str, str]:
    return {str(key): str(value) for key, value in given.items()}


def _short_name(title: str) -> str:
    return re.sub(r"[^\w-]+", "-", title).strip("-_.")[:40] or "district"
