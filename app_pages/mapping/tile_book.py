"""What an office has set of base maps -> the base maps that can be chosen, with their pictures."""

import json
import os
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from app_pages.spaces.workspace import workspace
from planner.errors import SettingsError
from planner.language import Message, note
from planner.maps import (
    BASES,
    SERVERS,
    TileBase,
    TileFolder,
    TilePack,
    TileServer,
    TileSource,
    check_address,
    open_tiles,
)

__all__ = ["OWN", "BaseSettings", "TileBook", "keep_bases", "kept_bases", "tile_book"]

OWN = "own"
_FILE = "base_maps.json"
_SYSTEMS = ("WGS-84", "GCJ-02")


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseSettings:
    """What an office sets: kept in its workspace, never in a district, a scenario or an export."""

    tianditu_key: str = field(default="", repr=False)
    own: str = ""
    """Folder, file .mbtiles or address of own tiles; "": none."""
    own_name: str = ""
    own_marks: str = ""
    """Whose the own tiles are."""
    own_system: str = "WGS-84"
    own_flipped: bool = False


@dataclass(frozen=True, slots=True)
class TileBook:
    """Base map -> where its pictures come from."""

    bases: tuple[TileBase, ...]
    sources: Mapping[str, TileSource]

    def base(self, name: str) -> TileBase | None:
        """Give a base map by its id; None where it is not offered."""
        return next((base for base in self.bases if base.id == name), None)


def kept_bases() -> BaseSettings:
    """Give what is set: by the environment first, then by the file of the workspace."""
    kept = _from_file()
    named = os.environ.get("PLANNER_TILES", "").strip()
    key = _key_of_environment()
    values = asdict(kept)
    if key:
        values["tianditu_key"] = key
    if named and named != kept.own:
        # What is kept of other tiles (their system, their rows) says nothing of these.
        values = asdict(BaseSettings(own=named, tianditu_key=values["tianditu_key"]))
    return BaseSettings(**values)


def _key_of_environment() -> str:
    return os.environ.get("PLANNER_TIANDITU_KEY", "").strip()


def keep_bases(wanted: BaseSettings) -> None:
    """Keep what an office sets, in a file that the user of the server alone can read.

    Raises
    ------
    SettingsError
        If own tiles are named that cannot be shown.
    """
    _own(wanted)
    if wanted.tianditu_key and wanted.tianditu_key == _key_of_environment():
        # Who gives a key by the environment does not want it in a file.
        wanted = replace(wanted, tianditu_key=_from_file().tianditu_key)
    path = workspace().root / _FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{_FILE}.part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(asdict(wanted), file, ensure_ascii=True, indent=1)
    part.replace(path)


def tile_book() -> TileBook:
    """Give the base maps as they are set now; made anew only where that has changed."""
    settings = kept_bases()
    with _LOCK:
        if settings not in _BOOKS:
            _BOOKS.clear()
            _BOOKS[settings] = _book(settings)
        return _BOOKS[settings]


_BOOKS: dict[BaseSettings, TileBook] = {}
_LOCK = threading.Lock()


def _book(settings: BaseSettings) -> TileBook:
    bases, sources = [], {}
    for base in BASES:
        if base.id != "tianditu" or settings.tianditu_key:
            bases.append(base)
            sources[base.id] = _server(base.id, settings)
    try:
        own = _own(settings)
    except SettingsError:
        own = None  # the folder is gone: whoever sets base maps is told
    if own is not None:
        bases.append(own[0])
        sources[OWN] = own[1]
    return TileBook(tuple(bases), sources)


def _server(name: str, settings: BaseSettings) -> TileSource:
    return TileServer(SERVERS[name], key=settings.tianditu_key if name == "tianditu" else "")


def _own(settings: BaseSettings) -> tuple[TileBase, TileSource] | None:
    """Open own tiles.

    Raises
    ------
    SettingsError
        If they cannot be shown.
    """
    if not settings.own:
        return None
    source: TileServer | TileFolder | TilePack
    if "://" in settings.own:
        source, deepest = TileServer({OWN: check_address(settings.own)}), 18
    else:
        source = open_tiles(Path(settings.own), flipped=settings.own_flipped)
        deepest = source.max_zoom
    marks = settings.own_marks or (source.marks if isinstance(source, TilePack) else "")
    base = TileBase(
        id=OWN,
        name=_as_it_is(settings.own_name) if settings.own_name else note("Own tiles"),
        system="GCJ-02" if settings.own_system == "GCJ-02" else "WGS-84",
        layers=(OWN,),
        marks=note("Base map: {marks}", marks=marks) if marks else note("Base map: own tiles"),
        max_zoom=deepest,
    )
    return base, source


def _as_it_is(words: str) -> Message:
    return note("{name}", name=words)


def _from_file() -> BaseSettings:
    try:
        kept = json.loads((workspace().root / _FILE).read_text(encoding="utf-8"))
        known = {name: kept[name] for name in asdict(BaseSettings()) if name in kept}
        flipped = bool(known.pop("own_flipped", False))
        made = BaseSettings(
            **{name: str(value) for name, value in known.items()}, own_flipped=flipped
        )
    except (OSError, ValueError, TypeError):
        return BaseSettings()  # missing or damaged: the streets are always there
    return made if made.own_system in _SYSTEMS else BaseSettings()
