"""Files from the user's machine -> a district folder, and the coordinate system of each file."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import IO, Any

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from app_pages import shell
from app_pages.unpacking import SETTINGS_FILE, holds_settings
from app_pages.workspace import PLAN_FOLDER, Place, workspace
from planner.district import Settings, init_district, read_settings, write_settings
from planner.district.settings import FileSettings, StreetSettings, WorkerSource
from planner.errors import InputError
from planner.geo import SYSTEMS
from planner.language import note, say

__all__ = ["show", "show_files"]

_RESERVED = (SETTINGS_FILE, "placed.csv", PLAN_FOLDER)
"""What the planner itself keeps in a district folder."""
_HINTS = (
    ("communities", "社区边界|communit|网格边界|社区面"),
    ("boundary", "边界|boundary|范围"),
    ("streets", r"道路|路网|road|street|\.graphml|\.osm|\.pbf"),
    ("points", "点位|points|聚集|网格人数"),
    ("survey", "劳动者|人数|调查|survey|worker|问卷"),
    ("venues", "候选|场所|venue|candidate|poi"),
    ("stations", "站点|驿站|台账|station"),
    ("communities", r"社区.*\.(geojson|json|gpkg|shp|zip|kml)$"),
)
"""What in a file's name tells its use; the first that fits counts: 人数点位 are points."""


def show(files: Sequence[UploadedFile]) -> None:
    """Make a district of uploaded files: a zipped folder, or single files with what each is."""
    packed = next((file for file in files if holds_settings(file, name=file.name)), None)
    title = st.text_input(
        say("Name of the district"),
        value=PurePath(packed.name).stem if packed is not None else say("New district"),
        key="upload_title",
    )
    if packed is not None:
        _tell_left_out(packed, files)
        given = []
    else:
        given = _ask_uses(files)
    if st.button(
        say("Open these files"),
        key="open_upload",
        type="primary",
        disabled=any(each.use is None for each in given),
    ):
        with shell.told():
            if packed is not None:
                place = workspace().add_zip(packed, title=title)
            else:
                place = _new_district(title, given)
            shell.open_place(place)
        st.rerun()


def _tell_left_out(packed: UploadedFile, files: Sequence[UploadedFile]) -> None:
    others = [file.name for file in files if file is not packed]
    if others:
        st.warning(
            say(
                "{zip} holds a whole district. Not used: {files}",
                zip=shell.plain(packed.name),
                files=shell.plain(say(", ").join(others)),
            )
        )


def show_files(folder: Path) -> None:
    """Show the files of a district and let the coordinate system of each be declared."""
    st.caption(shell.plain(say("Folder: {folder}", folder=folder)))
    with shell.told():
        settings = read_settings(folder)
    st.caption(
        say(
            "The coordinate system of each file is never guessed."
            " Where it is wrong, the faults say which one fits the streets."
        )
    )
    for use, path, crs in _files_of(settings):
        name, system = st.columns([3, 2], vertical_alignment="center")
        name.markdown(f"**{_use_names()[use]}**　{shell.plain(path)}")
        if use == "survey":
            continue  # counts by community have no positions of their own
        known = [None, *SYSTEMS, *([crs] if crs and crs not in SYSTEMS else [])]
        key = f"crs_{folder.name}_{use}_{path}"
        chosen = system.selectbox(
            say("Coordinate system"),
            known,
            index=known.index(crs),
            format_func=lambda crs: crs or say("not declared (WGS-84)"),
            key=key,
            label_visibility="collapsed",
        )
        if chosen != crs:
            with shell.told():
                write_settings(folder, _with_system(settings, use, path, chosen))
            st.rerun()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Given:
    """An uploaded file and what was said of it."""

    name: str
    file: IO[bytes]
    use: str | None
    crs: str | None


def _ask_uses(files: Sequence[UploadedFile]) -> list[_Given]:
    """Ask for each file what it is and which coordinate system its positions are in."""
    titles = _use_names()
    given = []
    for at, file in enumerate(files):
        # Two files may have one name: they are told apart until one is renamed.
        again = sum(other.name == file.name for other in files[:at])
        key = f"{file.name}_{again}" if again else file.name
        label, use_place, system = st.columns([3, 2, 2], vertical_alignment="center")
        label.markdown(shell.plain(file.name))
        guess = _guessed_use(file.name)
        use = use_place.selectbox(
            say("Use of {name}", name=file.name),
            list(titles),
            index=None if guess is None else list(titles).index(guess),
            format_func=titles.__getitem__,
            placeholder=say("Choose what it is"),
            key=f"use_{key}",
            label_visibility="collapsed",
        )
        crs = None
        if use != "survey":  # counts by community have no positions of their own
            crs = system.selectbox(
                say("Coordinate system of {name}", name=file.name),
                [None, *SYSTEMS],
                format_func=lambda crs: crs or say("not declared (WGS-84)"),
                key=f"system_{key}",
                label_visibility="collapsed",
            )
        given.append(_Given(name=PurePath(file.name).name, file=file, use=use, crs=crs))
    return given


def _new_district(title: str, given: Sequence[_Given]) -> Place:
    """Make a district of single files; what cannot be is told before anything is written."""
    _refuse_names(each.name for each in given)
    base = Settings(name=title.strip() or say("New district"))
    for each in given:
        if each.use is not None:
            base = _with_file(base, each.use, each.name, each.crs)

    def fill(folder: Path) -> None:
        init_district(folder)
        kept = read_settings(folder)
        for each in given:
            (folder / each.name).write_bytes(each.file.read())
        chosen = ("name", "stations", "venues", "boundary", "communities", "workers", "streets")
        changes: dict[str, Any] = {name: getattr(base, name) for name in chosen}
        write_settings(folder, replace(kept, **changes))

    return workspace().add_filled(fill, title=title)


def _refuse_names(names: Iterable[str]) -> None:
    """Refuse names that would overwrite another file, whatever case a disk tells apart."""
    seen: set[str] = set()
    for name in names:
        if name.lower() in _RESERVED:
            raise InputError(
                note(
                    "A file cannot be called {name} here. Rename it and choose it again.", name=name
                )
            )
        if name.lower() in seen:
            raise InputError(
                note("Two files are called {name}. Rename one and choose it again.", name=name)
            )
        seen.add(name.lower())


def _with_file(settings: Settings, use: str, path: str, crs: str | None) -> Settings:
    if use in ("survey", "points"):
        source = WorkerSource(path=path, crs=crs, kind=use)
        return replace(settings, workers=(*settings.workers, source))
    if use == "streets" and settings.streets.path is None:
        return replace(settings, streets=replace(settings.streets, path=path, crs=crs))
    if getattr(settings, use) is not None:
        raise InputError(
            note("Two files are named as {use}. Choose one for each use.", use=_use_names()[use])
        )
    return _replaced(settings, use, FileSettings(path=path, crs=crs))


def _with_system(settings: Settings, use: str, path: str, crs: str | None) -> Settings:
    if use in ("survey", "points"):
        changed = tuple(
            replace(source, crs=crs) if source.path == path else source
            for source in settings.workers
        )
        return replace(settings, workers=changed)
    return _replaced(settings, use, replace(getattr(settings, use), crs=crs))


def _replaced(settings: Settings, use: str, file: FileSettings | StreetSettings) -> Settings:
    changes: dict[str, Any] = {use: file}
    return replace(settings, **changes)


def _files_of(settings: Settings) -> list[tuple[str, str, str | None]]:
    """Give what each file is for, its path, and its coordinate system as declared."""
    named: list[tuple[str, FileSettings | StreetSettings | None]] = [
        ("stations", settings.stations),
        ("venues", settings.venues),
        *((source.kind, source) for source in settings.workers),
        ("communities", settings.communities),
        ("boundary", settings.boundary),
        ("streets", settings.streets if settings.streets.path else None),
    ]
    return [
        (use, file.path, file.crs)
        for use, file in named
        if file is not None and file.path is not None
    ]


def _use_names() -> dict[str, str]:
    return {
        "stations": say("Existing stations"),
        "venues": say("Candidate venues"),
        "survey": say("Workers by community"),
        "points": say("Workers by place"),
        "communities": say("Communities"),
        "boundary": say("Boundary"),
        "streets": say("Streets"),
    }


def _guessed_use(name: str) -> str | None:
    """Guess what a file is by its name; None where nothing in it tells."""
    found = (use for use, hint in _HINTS if re.search(hint, name.lower()))
    return next(found, None)
