"""Files from the user's machine -> a district folder, and the coordinate system of each file."""

import contextlib
import re
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import IO, Any, TypeVar

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from app_pages import shell
from app_pages.access.who import may
from app_pages.memory.keeping import keep_data
from app_pages.opening.first_district import begin_district, named
from app_pages.spaces.unpacking import SETTINGS_FILE, holds_settings, unpack_files
from app_pages.spaces.workspace import PLAN_FOLDER, Place, workspace, writing_to
from app_pages.text.file_names import TEMPLATE_FILE, is_harmless, one_spelling, shown
from planner.demand import two_names
from planner.district import (
    DEFAULT_GROUPS,
    Settings,
    read_settings,
    write_settings,
)
from planner.district.settings import (
    FileSettings,
    Group,
    Rate,
    StreetSettings,
    WorkerSource,
)
from planner.district.writing import write_file
from planner.errors import InputError, PlannerError
from planner.geo import SYSTEMS
from planner.language import note, say

__all__ = ["show", "show_files", "system_names"]

_Taken = TypeVar("_Taken")
_SOURCES = ("survey", "points", "pings", "proxies")
"""Uses that are sources of workers; the others are one file each."""
_NAMED = (
    "stations",
    "venues",
    "boundary",
    "communities",
    "grids",
    "travel",
    "workers",
    "streets",
)
"""What of the settings names files."""
_WITHOUT_POSITIONS = ("travel", None)
"""Ways have no positions of their own."""
_TEMPLATES = ("stations.xlsx", "venues.xlsx", "workers.xlsx")
"""Names of the lists of the template, which asks for positions as in Amap."""
_RESERVED = (SETTINGS_FILE, "placed.csv", PLAN_FOLDER, "", ".", "..")
"""What the planner itself keeps in a district folder, and what is no name."""
_HINTS = (
    ("pings", "轨迹|定位|gps|ping|订单|trace|trajector"),
    ("proxies", "兴趣点|用地|建筑|landuse|building|floor"),
    ("travel", "矩阵|matrix|travel"),
    ("grids", "网格面|^grids?[._]"),
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
        say("Name of the district"), value=_title_of(packed), max_chars=60, key="upload_title"
    )
    if packed is not None:
        _tell_left_out(packed, files)
        given = []
    else:
        given = _ask_uses(files, DEFAULT_GROUPS)
        _tell_missing(given)
    missing = any(each.use is None for each in given) or not may("plan")
    asked = st.button(say("Open these files"), key="open_upload", type="primary", disabled=missing)
    if asked and may("plan"):
        with shell.told():
            shell.open_place(
                _once(
                    files,
                    lambda: (
                        _new_district(title, given)
                        if packed is None
                        else _unpacked(packed, title=title)
                    ),
                )
            )
        st.rerun()


def _once(files: Sequence[UploadedFile], take: Callable[[], _Taken]) -> _Taken:
    """Take files in once: the second press of a double click breaks off the run of the first.

    It does so where something of the session is asked for, so what was taken is noted in place.
    """
    taken = st.session_state.setdefault("files_taken", {})
    mark = tuple(file.file_id for file in files)
    if mark not in taken:
        taken[mark] = take()
    found: _Taken = taken[mark]
    return found


def _title_of(packed: UploadedFile | None) -> str:
    """Suggest a name: that of a zipped folder, unless it is the template's own."""
    own = PurePath(TEMPLATE_FILE).stem
    stem = own if packed is None else PurePath(packed.name).stem
    return say("New district") if stem.startswith((own, "district")) else stem


def _unpacked(packed: UploadedFile, *, title: str) -> Place:
    place = workspace().add_zip(packed, title=title)
    with contextlib.suppress(PlannerError):  # the page tells what is wrong with the settings
        named(place.folder, title)
    return place


def _tell_missing(given: Sequence["_Given"]) -> None:
    """Tell which lists a plan needs that are not among the files yet."""
    uses = {each.use for each in given}
    missing = [
        *([] if uses & {*_SOURCES, None} else [say("Outdoor workers")]),
        *(
            []
            if uses & {"stations", "venues", None}
            else [say("stations that exist, or venues that could hold one")]
        ),
    ]
    if missing:
        st.warning(
            say(
                "A plan needs more: {missing}. Choose these files too.",
                missing=say(", ").join(missing),
            ),
            icon=":material/playlist_add:",
        )


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
            "In which map the positions of a file were picked is never guessed: a wrong choice"
            " shifts every place by 100 to 700 m. The faults say which one fits the streets."
        )
    )
    files = st.container(key="files")
    for at, (use, path, crs) in enumerate(_files_of(settings)):
        name, system = files.columns(2, vertical_alignment="center")
        name.markdown(f"**{_use_names()[use]}**　{shell.plain(path)}")
        if use in _WITHOUT_POSITIONS:
            continue
        known = [None, *SYSTEMS, *([crs] if crs and crs not in SYSTEMS else [])]
        # What is kept belongs to the key: a choice that another window made is never undone.
        key = f"crs_{folder.name}_{use}_{at}_{path}_{crs}"
        chosen = system.selectbox(
            say("Coordinate system"),
            known,
            index=known.index(crs),
            format_func=system_names(known).__getitem__,
            disabled=not may("plan"),
            key=key,
            label_visibility="collapsed",
        )
        if chosen != crs and may("plan"):
            keep_data(folder, _with_system(settings, at, chosen))
    _ask_more(folder, settings)


def _ask_more(folder: Path, settings: Settings) -> None:
    """Take more files into a district that is open, or corrected ones in place of those there."""
    files = st.file_uploader(
        say("Add files, or upload corrected ones: a file of the same name takes the other's place"),
        accept_multiple_files=True,
        disabled=not may("plan"),
        key=shell.fresh_key("more_files"),
    )
    if not files:
        return
    # A file that lies elsewhere is not the district's own.
    own = (path for _, path, _ in _files_of(settings) if PurePath(path).name == path)
    there = {path.lower(): path for path in own}
    again = {there[file.name.lower()]: file for file in files if file.name.lower() in there}
    for path in again:
        st.info(
            say("{file} takes the place of the file of this name.", file=shell.plain(path)),
            icon=":material/swap_horiz:",
        )
    new = [file for file in files if file.name.lower() not in there]
    given = _ask_uses(new, settings.groups or DEFAULT_GROUPS) if new else []
    missing = any(each.use is None for each in given) or not may("plan")
    asked = st.button(say("Take in these files"), key="add_files", type="primary", disabled=missing)
    if asked and may("plan"):
        with shell.told():
            _once(files, lambda: _add(folder, given, again))
        st.session_state["openings"] = st.session_state.get("openings", 0) + 1  # empties the form
        st.rerun()


def _add(folder: Path, given: Sequence["_Given"], again: Mapping[str, IO[bytes]]) -> None:
    """Put files beside those of a district and name them in its settings; all or none."""
    _refuse_names(again)  # settings of a stranger may name district.toml as a list
    _refuse_names((each.path for each in given), there=[path.name for path in folder.iterdir()])
    settings = read_settings(folder)
    for each in given:
        settings = _with_file(settings, each)
    written: list[Path] = []
    try:
        for each in given:
            written.append(folder / each.path)
            _write(each, folder)
        write_settings(folder, settings)
    except BaseException:
        for path in written:
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
        raise
    for name, file in again.items():
        write_file(folder / name, file.read())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Given:
    """An uploaded file and what was said of it."""

    name: str
    file: IO[bytes]
    use: str | None
    crs: str | None = None
    groups: tuple[str, ...] = ()
    """Of records and features: the groups that they tell of; empty: all."""
    measure: str = "count"

    @property
    def path(self) -> str:
        """Where it lies in the district folder; zipped records become a folder."""
        return PurePath(self.name).stem if self.packed else self.name

    @property
    def packed(self) -> bool:
        """Whether it is a zipped folder of records."""
        return self.use == "pings" and self.name.lower().endswith(".zip")


def _ask_uses(files: Sequence[UploadedFile], known: Sequence[Group]) -> list[_Given]:
    """Ask for each file what it is and which coordinate system its positions are in."""
    titles, systems = _use_names(), system_names([None, *SYSTEMS])
    given = []
    shown_files = st.container(key="files_asked")
    heads = shown_files.columns([2, 3, 4], vertical_alignment="bottom")
    for head, words in zip(
        heads, (say("File"), say("What it is"), say("Positions were picked in")), strict=True
    ):
        head.caption(words)
    for at, file in enumerate(files):
        # Two files may have one name: they are told apart until one is renamed.
        again = sum(other.name == file.name for other in files[:at])
        key = f"{file.name}_{again}" if again else file.name
        label, use_place, system = shown_files.columns([2, 3, 4], vertical_alignment="center")
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
        if use not in _WITHOUT_POSITIONS:
            crs = system.selectbox(
                say("Coordinate system of {name}", name=file.name),
                list(systems),
                index=1 + SYSTEMS.index("GCJ-02") if file.name in _TEMPLATES else 0,
                format_func=systems.__getitem__,
                key=f"system_{key}",
                label_visibility="collapsed",
            )
        with shown_files:
            groups, measure = _ask_meaning(use, key, known)
        name = PurePath(file.name).name
        given.append(_Given(name=name, file=file, use=use, crs=crs, groups=groups, measure=measure))
    return given


def _ask_meaning(use: str | None, key: str, known: Sequence[Group]) -> tuple[tuple[str, ...], str]:
    """Ask whom records or features tell of, and what of a feature counts."""
    if use not in ("pings", "proxies"):
        return (), "count"
    names = {group.id: str(two_names(group.name, group.name_en)) for group in known}
    _, who, what = st.columns([1, 4, 2])
    groups = who.multiselect(
        say("Groups that it tells of"),
        list(names),
        format_func=names.__getitem__,
        placeholder=say("all groups"),
        key=f"groups_{key}",
    )
    measures = {
        "count": say("each feature is one"),
        "area": say("by area"),
        "length": say("by length"),
        "amount": say("by the column of amounts"),
    }
    if use == "pings":
        return tuple(groups), "count"
    measure = what.selectbox(
        say("What counts"), list(measures), format_func=measures.__getitem__, key=f"measure_{key}"
    )
    return tuple(groups), str(measure)


def _new_district(title: str, given: Sequence[_Given]) -> Place:
    """Make a district of single files; what cannot be is told before anything is written."""
    _refuse_names(each.path for each in given)
    base = Settings(name=title.strip() or say("New district"))
    for each in given:
        if each.use is not None:
            base = _with_file(base, each)

    def fill(folder: Path) -> None:
        kept = begin_district(folder, name=base.name)
        for each in given:
            _write(each, folder)
        changes: dict[str, Any] = {name: getattr(base, name) for name in ("name", *_NAMED)}
        write_settings(folder, replace(kept, **changes))

    return workspace().add_filled(fill, title=title)


def _write(each: _Given, folder: Path) -> None:
    with writing_to(folder):
        if each.packed:
            unpack_files(each.file, folder / each.path)
        else:
            (folder / each.path).write_bytes(each.file.read())


def _refuse_names(names: Iterable[str], *, there: Iterable[str] = ()) -> None:
    """Refuse names that would overwrite another file, whatever case a disk tells apart."""
    seen = {one_spelling(name) for name in there}
    for name in names:
        if one_spelling(name) in _RESERVED or "/" in name or not is_harmless(name):
            raise InputError(
                note(
                    "A file cannot be called {name} here. Rename it and choose it again.",
                    name=shown(name),
                )
            )
        if one_spelling(name) in seen:
            raise InputError(
                note("Two files are called {name}. Rename one and choose it again.", name=name)
            )
        seen.add(one_spelling(name))


def _with_file(settings: Settings, given: _Given) -> Settings:
    use, path, crs = given.use, given.path, given.crs
    if use is None:
        return settings
    if use in _SOURCES:
        # As a pattern, the rates of features only say how they share the workers out.
        # A group that the district does not have is refused when the settings are written.
        known = [group.id for group in settings.groups or DEFAULT_GROUPS]
        source = WorkerSource(
            path=path,
            crs=crs,
            kind=use,
            groups=given.groups if use == "pings" else (),
            measure=given.measure,
            rates=tuple(Rate(group=group, workers=1.0) for group in given.groups or known)
            if use == "proxies"
            else (),
        )
        return replace(settings, workers=(*settings.workers, source))
    if use == "streets" and settings.streets.path is None:
        return replace(settings, streets=replace(settings.streets, path=path, crs=crs))
    if getattr(settings, use) is not None:
        raise InputError(
            note("Two files are named as {use}. Choose one for each use.", use=_use_names()[use])
        )
    return _replaced(settings, use, FileSettings(path=path, crs=crs))


def _with_system(settings: Settings, at: int, crs: str | None) -> Settings:
    """Declare the system of one file: its place in `_files_of` tells two of one name apart."""
    use = _named_files(settings)[at][0]
    if use in _SOURCES:
        source = sum(use in _SOURCES for use, _ in _named_files(settings)[:at])
        changed = list(settings.workers)
        changed[source] = replace(changed[source], crs=crs)
        return replace(settings, workers=tuple(changed))
    return _replaced(settings, use, replace(getattr(settings, use), crs=crs))


def _replaced(settings: Settings, use: str, file: FileSettings | StreetSettings) -> Settings:
    changes: dict[str, Any] = {use: file}
    return replace(settings, **changes)


def _files_of(settings: Settings) -> list[tuple[str, str, str | None]]:
    """Give what each file is for, its path, and its coordinate system as declared."""
    return [(use, str(file.path), file.crs) for use, file in _named_files(settings)]


def _named_files(
    settings: Settings,
) -> list[tuple[str, FileSettings | StreetSettings | WorkerSource]]:
    named: list[tuple[str, FileSettings | StreetSettings | WorkerSource | None]] = [
        ("stations", settings.stations),
        ("venues", settings.venues),
        *((source.kind, source) for source in settings.workers),
        ("communities", settings.communities),
        ("boundary", settings.boundary),
        ("grids", settings.grids),
        ("travel", settings.travel),
        ("streets", settings.streets if settings.streets.path else None),
    ]
    return [(use, file) for use, file in named if file is not None and file.path is not None]


def _use_names() -> dict[str, str]:
    return {
        "stations": say("Existing stations"),
        "venues": say("Candidate venues"),
        "survey": say("Workers by community"),
        "points": say("Workers by place"),
        "pings": say("GPS or order records"),
        "proxies": say("Features that draw workers (POI, land use, buildings)"),
        "communities": say("Communities"),
        "boundary": say("Boundary"),
        "grids": say("Grids"),
        "streets": say("Streets"),
        "travel": say("Travel matrix"),
    }


def system_names(known: Sequence[str | None]) -> dict[str | None, str]:
    """Name coordinate systems by where their positions come from."""
    usual = {
        None: say("unknown: by its header, else GPS (WGS-84)"),
        "WGS-84": say("GPS or OpenStreetMap (WGS-84)"),
        "GCJ-02": say("Amap or Tencent maps (GCJ-02)"),
        "BD-09": say("Baidu maps (BD-09)"),
        "CGCS2000": say("Tianditu or government maps (CGCS2000)"),
    }
    return {crs: usual.get(crs, str(crs)) for crs in known}


def _guessed_use(name: str) -> str | None:
    """Guess what a file is by its name; None where nothing in it tells."""
    found = (use for use, hint in _HINTS if re.search(hint, name.lower()))
    return next(found, None)
