"""A zipped district folder -> its files in a folder, or the reason why it is refused."""

import errno
import shutil
import stat
import struct
import tomllib
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from app_pages.text.file_names import is_harmless, one_spelling, shown
from planner.errors import InputError
from planner.language import note

__all__ = ["SETTINGS_FILE", "holds_settings", "unpack", "unpack_files"]

SETTINGS_FILE = "district.toml"
_MOST_FILES = 500
_MOST_BYTES = 2_000_000_000
_MOST_TIMES = 400
"""Most times that a file may grow; text of coordinates grows about 10 times."""
_HARMLESS_BYTES = 16 * 1024 * 1024
"""Up to this size a file may grow as often as it likes."""
_LOCAL_HEADER_BYTES = 30
_UTF8_NAME = 0x800
_ENCRYPTED = 0x1
_DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError),
    *(ValueError, struct.error),
)
"""What reading an entry raises: damage, a password, a way of packing that Python does not know,
a name in no letters, or one that the disk refuses."""
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
"""What a disk says that takes nothing more: no fault of the archive."""


def holds_settings(file: IO[bytes], *, name: str) -> bool:
    """Tell whether a file is a zipped district; one named so that cannot be read counts too.

    The file is then at its beginning again.
    """
    if _lists_too_many(file):
        return True  # it is refused, with the reason, when it is opened
    try:
        with zipfile.ZipFile(file) as packed:
            return any(PurePosixPath(each).name == SETTINGS_FILE for each in packed.namelist())
    except _DAMAGED:
        return name.lower().endswith(".zip")
    finally:
        file.seek(0)


def unpack(file: IO[bytes], target: Path) -> None:
    """Unpack a zipped district folder, from where its `district.toml` is.

    Raises
    ------
    InputError
        If it is no zip file, is damaged or encrypted, has no `district.toml`, is too large, names
        a place outside its folder, or has settings that would read or fetch anything else.
    OSError
        If the disk takes nothing more.
    """
    _refuse_long_list(file)
    try:
        with zipfile.ZipFile(file) as packed:
            _unpack(packed, target)
    except _DAMAGED as wrong:
        _raise_if_full(wrong)
        raise InputError(
            note("The zip file is damaged or cannot be read. Pack the district folder again.")
            if zipfile.is_zipfile(file)
            else note("The file is not a zip file. Pack the district folder again.")
        ) from None
    _refuse_paths_outside(target)


def unpack_files(file: IO[bytes], target: Path) -> None:
    """Unpack a zipped folder of files, such as records of many days.

    Raises
    ------
    InputError
        If it is no zip file, is damaged, encrypted, empty or too large, or names a place outside
        its folder.
    OSError
        If the disk takes nothing more.
    """
    _refuse_long_list(file)
    try:
        with zipfile.ZipFile(file) as packed:
            if all(entry.is_dir() for entry in packed.infolist()):
                raise InputError(note("The zip file is empty. Pack the folder again."))
            _write_entries(packed, target, top=PurePosixPath())
    except _DAMAGED as wrong:
        _raise_if_full(wrong)
        raise InputError(
            note("The zip file is damaged or cannot be read. Pack the folder again.")
        ) from None


def _raise_if_full(wrong: Exception) -> None:
    if isinstance(wrong, OSError) and wrong.errno in _NO_ROOM:
        raise wrong


def _unpack(packed: zipfile.ZipFile, target: Path) -> None:
    names = [_name_of(entry) for entry in packed.infolist() if not entry.is_dir()]
    _write_entries(packed, target, top=_folder_of_settings(names))


def _write_entries(packed: zipfile.ZipFile, target: Path, *, top: PurePosixPath) -> None:
    """Write the files below a folder of the zip file into `target`."""
    entries = [(_name_of(entry), entry) for entry in packed.infolist() if not entry.is_dir()]
    _refuse_large_or_encrypted(packed, [entry for _, entry in entries])
    inside = [(path.relative_to(top), entry) for path, entry in entries if path.is_relative_to(top)]
    _refuse_names(entries, top=top)
    _refuse_collisions([path for path, _ in inside])
    for path, entry in inside:
        written = target.joinpath(*path.parts)
        written.parent.mkdir(parents=True, exist_ok=True)
        with packed.open(entry) as source, written.open("wb") as sink:
            shutil.copyfileobj(source, sink)


def _refuse_names(
    entries: list[tuple[PurePosixPath, zipfile.ZipInfo]], *, top: PurePosixPath
) -> None:
    """Refuse names that lead out of the folder or that a disk takes for something else."""
    for path, entry in entries:
        leaves = path.is_absolute() or ".." in path.parts or "\0" in entry.orig_filename
        link = stat.S_ISLNK(entry.external_attr >> 16)
        if leaves or link or (path.is_relative_to(top) and not is_harmless(path)):
            raise InputError(
                note("The zip file names a place outside its folder: {name}", name=shown(path))
            )


def _refuse_collisions(paths: list[PurePosixPath]) -> None:
    """Refuse two files of one place: on one disk the second would be written over the first."""
    seen: set[str] = set()
    folders: set[str] = set()
    for path in paths:
        spelled = one_spelling(path)
        if spelled in seen:
            raise InputError(
                note("The zip file holds two files of one name: {name}", name=shown(path))
            )
        seen.add(spelled)
        folders |= {one_spelling(folder) for folder in path.parents}
    if clash := sorted(seen & folders):
        raise InputError(
            note("The zip file holds two files of one name: {name}", name=shown(clash[0]))
        )


def _name_of(entry: zipfile.ZipInfo) -> PurePosixPath:
    """Give the name of an entry; Windows in Chinese packs names in GBK and does not say so."""
    if not entry.flag_bits & _UTF8_NAME:
        try:
            return PurePosixPath(
                entry.orig_filename.encode("cp437").decode("gbk").replace("\\", "/")
            )
        except UnicodeError:
            pass  # neither GBK nor plain: the name as Python reads it
    return PurePosixPath(entry.filename)


def _lists_too_many(file: IO[bytes]) -> bool:
    from planner.intake.archives import lists_too_many  # noqa: PLC0415 - heavy: the first page must not wait

    return lists_too_many(file)


def _refuse_long_list(file: IO[bytes]) -> None:
    """Refuse a zip that lists far more files than a district has, before it is listed."""
    if _lists_too_many(file):
        raise _holds_more()


def _holds_more() -> InputError:
    return InputError(
        note(
            "The zip file holds more than {files} files or {size} GB."
            " Pack the district folder alone.",
            files=_MOST_FILES,
            size=_MOST_BYTES // 1_000_000_000,
        )
    )


def _refuse_large_or_encrypted(packed: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> None:
    size = sum(entry.file_size for entry in entries)
    if len(entries) > _MOST_FILES or size > _MOST_BYTES:
        raise _holds_more()
    if any(entry.flag_bits & _ENCRYPTED for entry in entries):
        raise InputError(
            note("The zip file is locked with a password. Pack the folder without one.")
        )
    if size > max(_HARMLESS_BYTES, _MOST_TIMES * _size_of(packed)) or _overlap(packed, entries):
        raise InputError(
            note("The zip file unpacks to far more than a district's data. It was not opened.")
        )


def _size_of(packed: zipfile.ZipFile) -> int:
    file = packed.fp
    if file is None:  # only after it is closed
        return 0
    at = file.tell()
    size = file.seek(0, 2)
    file.seek(at)
    return size


def _overlap(packed: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> bool:
    """Tell whether entries share their bytes: so a small file can swell beyond all measure."""
    ends = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        if entry.header_offset < ends:
            return True
        ends = entry.header_offset + _LOCAL_HEADER_BYTES + entry.compress_size
    return ends > packed.start_dir


def _folder_of_settings(paths: list[PurePosixPath]) -> PurePosixPath:
    found = [path for path in paths if path.name == SETTINGS_FILE]
    if not found:
        raise InputError(
            note("The zip file has no district.toml. Pack the folder that `planner init` made.")
        )
    return min(found, key=lambda path: len(path.parts)).parent


def _refuse_paths_outside(folder: Path) -> None:
    """Refuse settings of a stranger that read other files of this machine, or download streets."""
    try:
        text = (folder / SETTINGS_FILE).read_text(encoding="utf-8-sig")
        _refuse_slow(text)
        settings = tomllib.loads(text)
    except (ValueError, RecursionError):
        return  # it names nothing that can be read; the faults are told where it is opened
    for key, value in _texts(settings):
        if key == "path" and not _is_inside(folder, value):
            raise InputError(
                note(
                    "district.toml names a file outside the zip file: {name}."
                    " Put the file into the folder.",
                    name=value,
                )
            )
        if key == "place" and value.strip():
            raise InputError(
                note(
                    "district.toml has streets downloaded for {name}."
                    " Put a file of streets into the folder.",
                    name=value,
                )
            )


def _refuse_slow(text: str) -> None:
    """Refuse settings that hold up the server: they are read wherever the district is named."""
    from planner.district.slow_text import takes_long  # noqa: PLC0415 - heavy: the first page must not wait

    if takes_long(text):
        raise InputError(
            note("district.toml is too large, or has a name of too many parts. It was not read.")
        )


def _is_inside(folder: Path, name: str) -> bool:
    try:
        return (folder / name.strip()).resolve().is_relative_to(folder.resolve())
    except (OSError, ValueError):
        return False


def _texts(value: object, key: str = "") -> Iterator[tuple[str, str]]:
    """Give every text of a TOML table with the key that it stands under."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _texts(part, name)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part, key)
    elif isinstance(value, str):
        yield key, value
