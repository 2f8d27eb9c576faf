"""Compressed files -> their content, refusing what would fill the memory or leave its folder."""

import gzip
import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import IO

from planner.errors import InputError
from planner.intake.grid import Source
from planner.language import Message, note

__all__ = [
    "MOST_BYTES",
    "MOST_CELLS",
    "check_zip",
    "lists_too_many",
    "too_large",
    "unpack_gzip",
    "unpack_zip",
]

MOST_BYTES = 512 * 1024 * 1024
"""Most bytes that a file may unpack to, all its members together."""
MOST_CELLS = 12_000_000
"""Most cells of a table; each takes about 150 bytes while it is read."""
_MOST_MEMBERS = 2_000
_MOST_LISTED_BYTES = 1_000_000
_LISTED_BYTES = 5
"""Where Python tells the size of the list of members."""
_MOST_TIMES = 400
"""Most times that a file may grow; text of coordinates grows about 10 times, XML of Excel 30."""
_HARMLESS_BYTES = 16 * 1024 * 1024
"""Up to this size a file may grow as often as it likes."""
# What zipfile and gzip raise for damaged archives; names and offsets are not checked there.
_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, NotImplementedError),
    *(RuntimeError, ValueError, IndexError),
)


def unpack_gzip(content: bytes, source: Source) -> bytes:
    """Unpack a .gz file.

    Raises
    ------
    InputError
        If it is broken, or larger inside than `MOST_BYTES` or than 400 times its size.
    """
    most = min(MOST_BYTES, max(_HARMLESS_BYTES, _MOST_TIMES * len(content)))
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
            inside = packed.read(most + 1)
    except _BROKEN as error:
        raise InputError(_broken(source)) from error
    if len(inside) > most:
        raise InputError(too_large(source))
    return inside


def check_zip(content: bytes, source: Source) -> None:
    """Refuse a zip (or workbook) that is too large inside.

    Raises
    ------
    InputError
        If it is no zip, is encrypted, or is larger inside than `unpack_gzip` allows.
    """
    members = _members(content, source)
    size = sum(member.file_size for member in members)
    if size > min(MOST_BYTES, max(_HARMLESS_BYTES, _MOST_TIMES * len(content))):
        raise InputError(too_large(source))
    if len(members) > _MOST_MEMBERS:
        raise InputError(too_large(source))


def lists_too_many(file: IO[bytes]) -> bool:
    """Tell whether a zip lists far more members than any of ours, before it is listed.

    Python keeps half a kilobyte of each member as soon as a zip is opened, and a small file can
    list millions. The file is then at its beginning again; what is no zip lists none.
    """
    try:
        # Private to Python, but so nobody tells us another list than the one that it reads.
        end = zipfile._EndRecData(file)  # type: ignore[attr-defined]  # noqa: SLF001
    except (zipfile.BadZipFile, OSError):
        end = None
    file.seek(0)
    return end is not None and int(end[_LISTED_BYTES]) > _MOST_LISTED_BYTES


def _members(content: bytes, source: Source) -> list[zipfile.ZipInfo]:
    if lists_too_many(io.BytesIO(content)):
        raise InputError(too_large(source))
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return archive.infolist()
    except _BROKEN as error:
        raise InputError(_broken(source)) from error


def unpack_zip(content: bytes, source: Source) -> Mapping[str, bytes]:
    """Unpack a zip into memory, by plain file name; nothing is written anywhere.

    Names of Chinese systems before 2007 (GBK) are understood.

    Raises
    ------
    InputError
        If it is broken, encrypted or too large inside, or if a member would leave its folder (an
        absolute path, "..", a link), or if two members have the same name.
    """
    check_zip(content, source)
    out: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.infolist():
                if not member.is_dir():
                    name = _safe_name(member, source, taken=out)
                    if name:
                        out[name] = archive.read(member)
    except _BROKEN as error:
        raise InputError(_broken(source)) from error
    return out


def _safe_name(member: zipfile.ZipInfo, source: Source, *, taken: Mapping[str, bytes]) -> str:
    """Give the plain name of a member, "" for what archive programs add."""
    path = PurePosixPath(_name(member).replace("\\", "/"))
    link = stat.S_ISLNK(member.external_attr >> 16)
    if path.is_absolute() or ".." in path.parts or ":" in str(path) or link:
        raise InputError(
            note(
                "{file}: the archive holds a path that leaves its folder; it was not opened. Ask "
                "where the file comes from, or pack it again.",
                file=source.label,
            )
        )
    if path.parts[0] == "__MACOSX" or path.name.startswith("."):
        return ""
    if path.name in taken:
        raise InputError(
            note(
                "{file}: the archive holds two files named {name}. Pack one of them alone.",
                file=source.label,
                name=path.name,
            )
        )
    return path.name


def _name(member: zipfile.ZipInfo) -> str:
    unicode_flag = 0x800
    if member.flag_bits & unicode_flag:
        return member.filename
    # zipfile reads unmarked names as CP437, which keeps every byte.
    return member.filename.encode("cp437", errors="replace").decode("gb18030", errors="replace")


def _broken(source: Source) -> Message:
    return note(
        "{file}: the archive is damaged, or locked with a password. Pack or download it again.",
        file=source.label,
    )


def too_large(source: Source) -> Message:
    """Say that a file holds far more than a district does."""
    return note(
        "{file}: the archive unpacks to far more than a district's data; it was not opened. Keep "
        "only the table or layer that is needed.",
        file=source.label,
    )
