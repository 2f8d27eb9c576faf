"""The settings of one file -> its checked rows."""

from collections.abc import Iterable
from pathlib import Path

from planner.district.settings import FileSettings, Group, HostType, Period, Settings, WorkerSource
from planner.errors import InputError
from planner.intake import (
    Checked,
    read_boundary,
    read_communities,
    read_grids,
    read_points,
    read_proxies,
    read_stations,
    read_survey,
    read_travel_table,
    read_venues,
)
from planner.language import note

__all__ = [
    "files_in",
    "label_of",
    "names_of",
    "path_of",
    "read_area",
    "read_grid_outlines",
    "read_polygons",
    "read_sites",
    "read_travel",
    "read_workers",
    "refuse_no_pings",
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
    """Read one source of workers of kind survey, points or proxies.

    Raises
    ------
    InputError
        If nothing of the file can be used.
    """
    path = path_of(folder, source)
    if source.kind == "proxies":
        return read_proxies(
            path,
            table=path.name,
            crs=source.crs,
            sheet=source.sheet,
            layer=source.layer,
            renamed=source.columns,
            measure=source.measure,
        )
    read = read_survey if source.kind == "survey" else read_points
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


def refuse_no_pings(folder: Path, source: WorkerSource) -> None:
    """Refuse a source of pings that is not there or holds nothing; what is in it is read later.

    Raises
    ------
    InputError
        If there is no such file or folder, or no file in it that holds anything.
    """
    path = path_of(folder, source)
    if not path.exists():
        raise InputError(
            note(
                "{file}: there is no such file or folder in {folder}. Put it there, or mend its "
                "name in district.toml.",
                file=path.name,
                folder=path.parent.resolve().name,
            )
        )
    files = files_in(path)
    if not any(file.stat().st_size for file in files):
        raise InputError(
            note(
                "{file}: no record stands there: {n} files, all empty. Put the records there, or "
                "take the source out of district.toml.",
                file=path.name,
                n=len(files),
            )
        )


def files_in(path: Path) -> list[Path]:
    """Give the files of a folder and of its folders, by name; a file alone stands for itself.

    Hidden files, which programs leave behind, do not count.
    """
    if path.is_file():
        return [path]
    return sorted(
        file
        for file in path.rglob("*")
        if file.is_file() and not any(part.startswith(".") for part in file.relative_to(path).parts)
    )


def read_travel(folder: Path, settings: Settings) -> Checked | None:
    """Read the ready travel matrix of a district; None where the settings name none.

    Raises
    ------
    InputError
        If nothing of the file can be used.
    """
    file = settings.travel
    if file is None:
        return None
    path = path_of(folder, file)
    return read_travel_table(path, table=path.name, sheet=file.sheet, renamed=file.columns)


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


def read_grid_outlines(folder: Path, file: FileSettings) -> Checked:
    """Read the polygons of grids.

    Raises
    ------
    InputError
        If nothing of the file can be used.
    """
    path = path_of(folder, file)
    return read_grids(
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
