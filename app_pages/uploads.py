"""Files from the user's machine -> a district folder, and the coordinate system of each file."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePath
from typing import IO, Any

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from app_pages import shell
from app_pages.workspace import Place, workspace
from planner.district import Settings, init_district, read_settings, write_settings
from planner.district.settings import FileSettings, StreetSettings, WorkerSource
from planner.errors import InputError
from planner.geo import SYSTEMS
from planner.language import note, say

__all__ = ["show", "show_files"]

_HINTS: Mapping[str, str] = {
    "boundary": "边界|boundary|范围",
    "communities": "社区边界|communit|网格边界|社区面",
    "streets": r"道路|路网|road|street|\.graphml|\.osm|\.pbf",
    "survey": "劳动者|人数|调查|survey|worker|问卷",
    "points": "点位|points|聚集|网格人数",
    "venues": "候选|场所|venue|candidate|poi",
    "stations": "站点|驿站|台账|station|社区",
}
"""What in a file's name tells its use; the first that fits counts."""


def show(files: Sequence[UploadedFile]) -> None:
    """Make a district of uploaded files: a zipped folder, or single files with what each is."""
    packed = next((file for file in files if _is_district_zip(file)), None)
    title = st.text_input(
        say("Name of the district"),
        value=PurePath(packed.name).stem if packed is not None else say("New district"),
        key="upload_title",
    )
    uses, systems = _ask_uses([file.name for file in files] if packed is None else [])
    if st.button(say("Open these files"), key="open_upload", type="primary"):
        with shell.told():
            if packed is not None:
                place = workspace().add_zip(packed, title=title)
            else:
                place = _new_district(title, {file.name: file for file in files}, uses, systems)
            shell.open_place(place)
        st.rerun()


def show_files(folder: Path) -> None:
    """Show the files of a district and let the coordinate system of each be declared."""
    st.caption(say("Folder: {folder}", folder=folder))
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


def _ask_uses(names: Sequence[str]) -> tuple[dict[str, str], dict[str, str | None]]:
    """Ask for each file what it is and which coordinate system its positions are in."""
    uses: dict[str, str] = {}
    systems: dict[str, str | None] = {}
    titles = _use_names()
    for name in names:
        label, use, system = st.columns([3, 2, 2], vertical_alignment="center")
        label.markdown(shell.plain(name))
        uses[name] = use.selectbox(
            say("Use of {name}", name=name),
            list(titles),
            index=list(titles).index(_guessed_use(name)),
            format_func=titles.__getitem__,
            key=f"use_{name}",
            label_visibility="collapsed",
        )
        systems[name] = None
        if uses[name] == "survey":
            continue  # counts by community have no positions of their own
        systems[name] = system.selectbox(
            say("Coordinate system of {name}", name=name),
            [None, *SYSTEMS],
            format_func=lambda crs: crs or say("not declared (WGS-84)"),
            key=f"system_{name}",
            label_visibility="collapsed",
        )
    return uses, systems


def _new_district(
    title: str,
    files: Mapping[str, IO[bytes]],
    uses: Mapping[str, str],
    systems: Mapping[str, str | None],
) -> Place:
    place = workspace().new_folder(title)
    init_district(place.folder)
    for name, file in files.items():
        (place.folder / PurePath(name).name).write_bytes(file.read())
    base = replace(
        read_settings(place.folder),
        name=title,
        stations=None,
        venues=None,
        boundary=None,
        communities=None,
        workers=(),
        streets=StreetSettings(),
    )
    for name, use in uses.items():
        base = _with_file(base, use, PurePath(name).name, systems[name])
    write_settings(place.folder, base)
    return place


def _with_file(settings: Settings, use: str, path: str, crs: str | None) -> Settings:
    if use in ("survey", "points"):
        source = WorkerSource(path=path, crs=crs, kind=use)
        return replace(settings, workers=(*settings.workers, source))
    if use == "streets":
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


def _guessed_use(name: str) -> str:
    found = (use for use, hint in _HINTS.items() if re.search(hint, name.lower()))
    return next(found, "stations")


def _is_district_zip(file: IO[bytes]) -> bool:
    content = file.read()
    file.seek(0)
    return content[:4] == b"PK\x03\x04" and b"district.toml" in content
