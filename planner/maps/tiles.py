"""Base maps that can be chosen, and own tiles on this machine -> pictures by zoom, column and row.

Every source is asked by the rows of web maps: row 0 lies in the north. What a page asks for is a
number of three whole numbers, so that no part of an address ever becomes part of a path.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import numpy as np

from planner.errors import SettingsError
from planner.geo import in_china
from planner.language import Message, note

__all__ = [
    "BASES",
    "DEEPEST_ZOOM",
    "NOTHING",
    "TileBase",
    "TileFolder",
    "TilePack",
    "TileSource",
    "offered_at",
    "open_tiles",
    "picture_type",
    "within",
]

DEEPEST_ZOOM = 22
MOST_BYTES = 2_000_000
"""Of one tile; the usual ones have a hundredth of it."""
NOTHING = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000b4944415478da636000020000050001e9fadcd80000000049454e44ae426082"
)
"""A see-through picture: own tiles need not cover everything."""
_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")
_FORMATS = ("png", "jpg", "jpeg", "webp", "image/png", "image/jpeg", "image/webp")
System = Literal["WGS-84", "GCJ-02"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TileBase:
    """A base map of tiles as a person chooses it."""

    id: str
    name: Message
    system: System
    """In which the tiles were cut; CGCS2000 is WGS-84 here."""
    layers: tuple[str, ...]
    """What lies one above another, the lowest first."""
    marks: Message
    """Whose it is: stands on the map while it is shown."""
    max_zoom: int
    """Deepest zoom that has tiles; deeper ones show them larger."""


BASES: tuple[TileBase, ...] = (
    TileBase(
        id="tianditu",
        name=note("Tianditu"),
        system="WGS-84",
        layers=("vec", "cva"),
        marks=note("Base map © Tianditu, National Platform for Common GeoSpatial Information"),
        max_zoom=18,
    ),
    TileBase(
        id="amap",
        name=note("Amap"),
        system="GCJ-02",
        layers=("road",),
        marks=note("Base map © AutoNavi (Amap)"),
        max_zoom=18,
    ),
    TileBase(
        id="osm",
        name=note("OpenStreetMap"),
        system="WGS-84",
        layers=("carto",),
        marks=note("Base map © OpenStreetMap contributors"),
        max_zoom=19,
    ),
)
"""Those of servers outside; own tiles come beside them where a folder is named."""


def offered_at(base: TileBase, bounds: tuple[float, float, float, float]) -> bool:
    """Tell whether a base map fits a district: GCJ-02 is shifted within China alone.

    Parameters
    ----------
    base
        The base map.
    bounds
        West, south, east and north of the district, WGS-84 degrees.
    """
    if base.system == "WGS-84":
        return True
    west, south, east, north = bounds
    corners = np.array([(x, y) for x in (west, east) for y in (south, north)])
    return bool(in_china(corners[:, 0], corners[:, 1]).all())


def within(zoom: int, column: int, row: int) -> bool:
    """Tell whether there can be a tile of these numbers.

    Examples
    --------
    >>> within(1, 1, 1), within(1, 2, 0), within(-1, 0, 0), within(99, 0, 0)
    (True, False, False, False)
    """
    return 0 <= zoom <= DEEPEST_ZOOM and 0 <= column < 1 << zoom and 0 <= row < 1 << zoom


def picture_type(content: bytes) -> str | None:
    """Tell the kind of a picture by how it begins; None: no picture that a map may show.

    Examples
    --------
    >>> picture_type(NOTHING), picture_type(b"<svg onload=alert(1)>")
    ('image/png', None)
    """
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return None


class TileSource(Protocol):
    """Where the pictures of a base map come from."""

    def tile(self, layer: str, zoom: int, column: int, row: int) -> bytes | None:
        """Give a picture; None where the source has none there."""


def open_tiles(path: Path, *, flipped: bool = False) -> "TileFolder | TilePack":
    """Open own tiles: a folder z/x/y.png, or a file .mbtiles.

    Parameters
    ----------
    path
        Of the folder or file on this machine; may begin with ~.
    flipped
        Whether the rows of a folder count from the south, as TMS has them; those of a file always
        do, and that is known.

    Raises
    ------
    SettingsError
        If there is nothing, nothing that can be shown or read, or vector tiles.
    """
    try:
        there = path.expanduser()
        if there.is_dir():
            return TileFolder.open(there, flipped=flipped)
        if there.is_file():
            return TilePack.open(there)
    except (OSError, RuntimeError) as error:  # a share that is gone, no right to read, ~nobody
        reason = getattr(error, "strerror", None) or error
        raise SettingsError(
            note("{file} cannot be read: {reason}", file=path, reason=reason)
        ) from error
    raise SettingsError(note("There is no folder and no file {path}. Check the path.", path=path))


@dataclass(frozen=True, slots=True)
class TileFolder:
    """Tiles as files: z/x/y with the ending of a picture."""

    root: Path
    flipped: bool
    max_zoom: int

    @classmethod
    def open(cls, path: Path, *, flipped: bool) -> "TileFolder":
        """Look what a folder holds.

        Raises
        ------
        SettingsError
            If it holds no pictures by zoom, column and row.
        """
        root = path.resolve()
        zooms = sorted(_numbered(root), reverse=True)
        deepest = next((zoom for zoom in zooms if _holds_pictures(root / str(zoom))), None)
        if deepest is not None:
            return cls(root, flipped, deepest)
        if any(root.glob("[0-9]*/[0-9]*/*.pbf")) or any(root.glob("[0-9]*/[0-9]*/*.mvt")):
            raise SettingsError(_vector(path))
        raise SettingsError(
            note(
                "The folder {path} holds no tiles. Pictures are expected as zoom/column/row.png"
                " (or .jpg, .webp).",
                path=path,
            )
        )

    def tile(self, layer: str, zoom: int, column: int, row: int) -> bytes | None:
        """Give a picture; None where there is no such file, or none of this folder."""
        del layer  # there is one
        named = (1 << zoom) - 1 - row if self.flipped else row
        for suffix in _SUFFIXES:
            path = self.root / str(zoom) / str(column) / f"{named}{suffix}"
            try:
                if not path.resolve().is_relative_to(self.root) or not path.is_file():
                    continue  # a link that leads out of the folder is no tile of it
                if path.stat().st_size <= MOST_BYTES:
                    return path.read_bytes()
            except OSError:
                continue
        return None


@dataclass(frozen=True, slots=True)
class TilePack:
    """Tiles in one SQLite file.

    References
    ----------
    MBTiles Specification 1.3: its rows count from the south.
    """

    path: Path
    max_zoom: int
    marks: str
    """What the file says of its authors, without marks of HTML."""

    @classmethod
    def open(cls, path: Path) -> "TilePack":
        """Look what a file holds.

        Raises
        ------
        SettingsError
            If it is no MBTiles, or holds vector tiles.
        """
        try:
            with _reading(path) as file:
                told = dict(file.execute("select name, value from metadata"))
                deepest = file.execute("select max(zoom_level) from tiles").fetchone()[0]
        except (sqlite3.Error, ValueError) as error:
            raise SettingsError(
                note("The file {path} is no MBTiles that can be read.", path=path)
            ) from error
        if str(told.get("format", "")).lower() == "pbf":
            raise SettingsError(_vector(path))
        if str(told.get("format", "png")).lower() not in _FORMATS or not isinstance(deepest, int):
            raise SettingsError(
                note(
                    "The file {path} holds no tiles that are pictures (PNG, JPEG, WebP).", path=path
                )
            )
        return cls(path, min(max(deepest, 0), DEEPEST_ZOOM), _plain(told.get("attribution")))

    def tile(self, layer: str, zoom: int, column: int, row: int) -> bytes | None:
        """Give a picture; None where the file has none there."""
        del layer  # there is one
        at = (zoom, column, (1 << zoom) - 1 - row, MOST_BYTES)
        try:
            with _reading(self.path) as file:
                found = file.execute(
                    "select tile_data from tiles where zoom_level = ? and tile_column = ?"
                    " and tile_row = ? and length(tile_data) <= ?",
                    at,
                ).fetchone()
        except sqlite3.Error:
            return None
        return bytes(found[0]) if found and isinstance(found[0], bytes) else None


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a file of SQLite for reading alone."""
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as file:
        file.execute("pragma trusted_schema = off")  # views of a foreign file may not act
        yield file


def _numbered(folder: Path) -> list[int]:
    names = (each.name for each in folder.iterdir() if each.is_dir())
    return [int(name) for name in names if _is_zoom(name)]


def _is_zoom(name: str) -> bool:
    return name.isascii() and name.isdecimal() and len(name) <= 2 and int(name) <= DEEPEST_ZOOM  # noqa: PLR2004 - two digits


def _holds_pictures(folder: Path) -> bool:
    found = (each for column in folder.glob("[0-9]*") for each in column.glob("[0-9]*"))
    return any(each.suffix in _SUFFIXES for each in found)


def _vector(path: Path) -> Message:
    return note(
        "{path} holds vector tiles; the planner shows tiles that are pictures (PNG, JPEG, WebP)."
        " Export them as pictures.",
        path=path,
    )


def _plain(words: object) -> str:
    """Take marks of HTML out of what a file says of its authors; what is left is shown as text."""
    text = words if isinstance(words, str) else ""
    kept, inside = [], False
    for letter in text[:1000]:
        inside = letter == "<" or (inside and letter != ">")
        if not inside and letter != ">":
            kept.append(letter)
    return " ".join("".join(kept).split())[:160]
