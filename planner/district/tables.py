"""The settings of one file -> its checked rows."""

from collections.abc import Iterable
from pathlib import Path

from planner.district.settings import FileSettings, Group, HostType, Period, Settings, WorkerSource
from planner.intake import (
    Checked,
    read_boundary,
    read_communities,
    read_points,
    read_stations,
    read_survey,
    read_venues,
)

__all__ = [
    "label_of",
    "names_of",
    "path_of",
    "read_area",
    "read_polygons",
    "read_sites",
    "read_workers",
]


def names_of(entries: Iterable[Group | HostType | Period]) -> dict[str, str]:
    """Give every name by which lists may call a group, host type or period, with its id.

    Chinese names stand first, then English ones, ids and aliases; of two entries that share a name
    the first has it.
    """
    entries = list(entries)
    names: dict[str, str] = {}
    for pick in (_name, _name_en, _identity):
        for entry in entries:
            names.setdefault(pick(entry), entry.id)
    for entry in entries:
        for alias in () if isinstance(entry, Period) else entry.aliases:
            names.setdefault(alias, entry.id)
    return {name: value for name, value in names.items() if name}


def _name(entry: Group | HostType | Period) -> str:
    return entry.name


def _name_en(entry: Group | HostType | Period) -> str:
    return entry.name_en


def _identity(entry: Group | HostType | Period) -> str:
    return entry.id


def path_of(folder: Path, file: FileSettings) -> Path:
    """Give the path of a file that settings name: relative to the folder, or absolute."""
    return folder / file.path


def label_of(file: FileSettings) -> str:
    """Give the name of a file, with its sheet, as its owner knows it."""
    name = Path(file.path).name
    return f"{name} [{file.sheet}]" if file.sheet else name


def read_sites(folder: Path, settings: Settings, table: str) -> Checked | None:
    """Read the list of stations or of venues; None where the settings name none.

    Parameters
    ----------
    table
        "stations" or "venues".

    Raises
    ------
    InputError
        If nothing of the file can be used.
    """
    file = settings.stations if table == "stations" else settings.venues
    if file is None:
        return None
    read = read_stations if table == "stations" else read_venues
    path = path_of(folder, file)
    return read(
        path,
        table=path.name,
        crs=file.crs,
        sheet=file.sheet,
        layer=file.layer,
        renamed=file.columns,
        host_types=names_of(settings.hosts),
        groups=names_of(settings.groups),
    )


def read_workers(folder: Path, settings: Settings, source: WorkerSource) -> Checked:
    """Read one source of workers.

    Raises
    ------
    InputError
        If nothing of the file can be used.
    """
    read = read_survey if source.kind == "survey" else read_points
    path = path_of(folder, source)
    return read(
        path,
        table=path.name,
        crs=source.crs,
        sheet=source.sheet,
        layer=source.layer,
        renamed=source.columns,
        groups=names_of(settings.groups),
        periods=names_of(settings.periods),
    )


def read_polygons(folder: Path, file: FileSettings) -> Checked:
    """Read the polygons of communities.

    Raises
    ------
    InputError
        If nothing of the file can be used.
    """
    path = path_of(folder, file)
    return read_communities(
        path,
        table=path.name,
        crs=file.crs,
        sheet=file.sheet,
        layer=file.layer,
        renamed=file.columns,
    )


def read_area(folder: Path, file: FileSettings) -> Checked:
    """Read the boundary; its rows are one shape.

    Raises
    ------
    InputError
        If nothing of the file can be used.
    """
    path = path_of(folder, file)
    return read_boundary(
        path,
        table=path.name,
        crs=file.crs,
        sheet=file.sheet,
        layer=file.layer,
        renamed=file.columns,
    )
