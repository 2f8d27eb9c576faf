"""Input files and settings -> a fingerprint that changes when a result could."""

import hashlib
import json
from pathlib import Path

from planner.district.placing import PLACED_NAME
from planner.district.plain import plain_settings
from planner.district.settings import Settings
from planner.district.tables import files_in, path_of

__all__ = ["fingerprint_of"]

_DO_NOT_MATTER = ("district", "limits", "score_weights")
"""What is said on outputs, or asked of a plan, but does not change who is served by what."""
_BESIDE_A_SHAPEFILE = (".dbf", ".shx", ".prj", ".cpg")


def fingerprint_of(folder: Path, settings: Settings) -> str:
    """Give the SHA-256 of every input file and of the settings that the result depends on.

    The limits of a plan and the weights of the score are not in it: they are kept with a plan. A
    file that is not there counts as such.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    matters = {
        name: value
        for name, value in plain_settings(settings).items()
        if name not in _DO_NOT_MATTER
    } | {"season": settings.season}
    parts = [json.dumps(matters, ensure_ascii=False, sort_keys=True)]
    parts += [_content(path) for path in _files(folder, settings)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _files(folder: Path, settings: Settings) -> list[Path]:
    named = (
        settings.stations,
        settings.venues,
        settings.boundary,
        settings.communities,
        settings.grids,
        settings.no_go,
        settings.travel,
        *settings.workers,
    )
    paths = [path_of(folder, file) for file in named if file is not None]
    if settings.streets.path is not None:
        paths.append(folder / settings.streets.path)
    beside = [
        path.with_suffix(suffix)
        for path in paths
        if path.suffix.lower() == ".shp"
        for suffix in _BESIDE_A_SHAPEFILE
    ]
    return [*paths, *beside, folder / PLACED_NAME]


def _content(path: Path) -> str:
    """Give the digest of a file, or of every file of a folder with its name."""
    if path.is_dir():
        parts = [f"{file.relative_to(path)} {_content(file)}" for file in files_in(path)]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()
    if not path.is_file():
        return "-"
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
