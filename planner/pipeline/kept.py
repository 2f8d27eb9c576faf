"""A prepared district <-> a file of its arrays and tables, found again by what it was made from."""

import hashlib
import json
import logging
import os
import tempfile
import types
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields, is_dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np
import pyproj
import shapely

import planner
from planner.coverage import Coverage
from planner.demand import Demand
from planner.district import District, Settings
from planner.district import settings as settings_module
from planner.district.bundle import WorkerTable
from planner.district.fingerprint import fingerprint_of
from planner.district.plain import plain_settings
from planner.errors import Problem
from planner.hours import WeeklyHours
from planner.language import Message, current_language
from planner.options import Options
from planner.pipeline.kept_values import Array, from_tree, to_tree
from planner.streets import StreetGraph
from planner.streets.store import drop_oldest
from planner.travel import TravelMatrix

__all__ = ["code_version", "keep_prepared", "kept_key", "kept_prepared"]

_LOG = logging.getLogger(__name__)
_MAGIC = b"planner kept 1\n\0"
_ALIGNED = 64
_MOST_BYTES = 4_000_000_000
_ASKED_OF_A_PLAN = ("limits", "score_weights")
_DAMAGED = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    IndexError,
    AttributeError,
    ArithmeticError,
    RecursionError,
    MemoryError,
    shapely.errors.ShapelyError,
    pyproj.exceptions.ProjError,
)
"""What reading a file may raise, whatever its bytes are; arrow's errors are of these too."""
_LIBRARIES = (
    "geopandas",
    "numba",
    "numpy",
    "pandas",
    "pyarrow",
    "pyproj",
    "scikit-learn",
    "scipy",
    "shapely",
)
"""Another version of one may find other figures, or read a file another way."""
_CLASSES = (
    District,
    WorkerTable,
    StreetGraph,
    TravelMatrix,
    Demand,
    Options,
    Coverage,
    Problem,
    WeeklyHours,
    *(
        each
        for each in vars(settings_module).values()
        if isinstance(each, type) and is_dataclass(each)
    ),
)
_Kept = TypeVar("_Kept")


def kept_key(folder: Path, settings: Settings) -> str:
    """Give the fingerprint of everything that a prepared district depends on.

    These are the content of every input file, the settings (limits and weights of the score apart),
    where the folder is, the language (some texts are told when they are found), and the versions of
    the program and of the libraries that compute and hold it.

    Parameters
    ----------
    folder
        As it will be given to `prepare`.
    settings
        Of the folder, with the season that is planned for.
    """
    told = {k: v for k, v in plain_settings(settings).items() if k not in _ASKED_OF_A_PLAN}
    parts = [
        code_version(),
        _library_versions(),
        fingerprint_of(folder, settings),
        told,
        settings.season,
        str(folder),
        str(folder.resolve()),
        current_language(),
    ]
    text = json.dumps(parts, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def keep_prepared(
    prepared: object, cache_folder: Path, key: str, *, most_bytes: int = _MOST_BYTES
) -> None:
    """Write a prepared district: the file is there whole or not at all, whoever else writes it.

    Files that were used longest ago go when all together exceed `most_bytes`; one that is larger
    alone is not kept. A folder that can't be written to, or a value that can't be kept, is no
    error: the district is then prepared again next time.
    """
    try:
        tree, arrays = to_tree(prepared, _classes(type(prepared)))
        pieces = _pieces(tree, arrays)
        if sum(map(len, pieces)) > most_bytes:
            return
        cache_folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=cache_folder, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.writelines(pieces)
            Path(name).replace(_file(cache_folder, key))
        finally:
            Path(name).unlink(missing_ok=True)
        drop_oldest(cache_folder, _file(cache_folder, "*").name, most_bytes)
    except (OSError, TypeError, ValueError) as error:
        _LOG.debug("a prepared district was not kept: %s", type(error).__name__)


def kept_prepared(kind: type[_Kept], cache_folder: Path, key: str) -> _Kept | None:
    """Read what `keep_prepared` wrote; None where there is none or it is damaged.

    Large arrays are those of the file, mapped into memory and read when they are used; what is
    written to them stays in memory.

    Parameters
    ----------
    kind
        The class that was kept.
    """
    path = _file(cache_folder, key)
    try:
        found = from_tree(*_read(path), _classes(kind))
    except FileNotFoundError:
        return None
    except _DAMAGED as error:
        _LOG.debug("a damaged file of the cache is passed over: %s", type(error).__name__)
        return None
    if not isinstance(found, kind) or not _fields_fit(found):
        return None
    with suppress(OSError):
        os.utime(path)  # used today, so not the first to go
    return found


@cache
def code_version() -> str:
    """Give the SHA-256 of the program's own source, so that another program reads nothing kept."""
    root = Path(planner.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(str(path.relative_to(root)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


@cache
def _library_versions() -> dict[str, str]:
    """Give the versions as installed: asking a library itself would load it."""
    return {name: version(name) for name in _LIBRARIES}


def _fields_fit(value: object) -> bool:
    """Tell whether the fields of an object, and of objects in them, are of their declared kinds.

    What a list, tuple or mapping holds is looked at only where it is an object itself.
    """
    if isinstance(value, Mapping):
        return all(map(_fields_fit, value.values()))
    if isinstance(value, (list, tuple)):
        # Ids of a million cells hold no object: their kinds are found quickly.
        return {*map(type, value)} <= {str, int, float} or all(map(_fields_fit, value))
    if not is_dataclass(value) or isinstance(value, (type, Message)):
        return True
    hints = _hints(type(value))
    named = {part.name: getattr(value, part.name) for part in fields(value)}
    return all(_is_of(each, hints[name]) and _fields_fit(each) for name, each in named.items())


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _is_of(value: object, declared: Any) -> bool:  # noqa: ANN401 - a type as it was written
    """Tell whether a value is of a declared kind; what a container holds is not looked at."""
    origin = get_origin(declared)
    if origin in {Union, types.UnionType}:
        return any(_is_of(value, each) for each in get_args(declared))
    kind = origin or declared
    if kind is float:
        return isinstance(value, (int, float))
    return isinstance(value, kind) if isinstance(kind, type) else True


def _classes(kind: type) -> set[type]:
    """Give the classes that may be made; some messages are of a kind of their own."""
    messages, found = [Message], set[type]()
    while messages:
        one = messages.pop()
        found.add(one)
        messages += one.__subclasses__()
    return {*_CLASSES, *found, kind}


def _file(cache_folder: Path, key: str) -> Path:
    return cache_folder / f"prepared-{key}.kept"


def _pieces(tree: Any, arrays: Sequence[Array]) -> list[bytes | memoryview]:  # noqa: ANN401 - JSON
    """Lay out a file: mark, length and checksum of the tree, the tree, then the arrays, aligned."""
    content = [np.ascontiguousarray(array) for array in arrays]
    described, at = [], 0
    for array in content:
        described.append([array.dtype.str, list(array.shape), at, zlib.crc32(_bytes(array))])
        at += -(-array.nbytes // _ALIGNED) * _ALIGNED
    text = json.dumps({"arrays": described, "bytes": at, "tree": tree}).encode()
    numbers = np.array([len(text), zlib.crc32(text)], "<u8").tobytes()
    head = len(_MAGIC) + len(numbers) + len(text)
    pieces: list[bytes | memoryview] = [_MAGIC, numbers, text, bytes(-head % _ALIGNED)]
    for array in content:
        pieces += [_bytes(array), bytes(-array.nbytes % _ALIGNED)]
    return pieces


def _bytes(array: Array) -> memoryview:
    return array.reshape(-1).view(np.uint8).data


def _read(path: Path) -> tuple[Any, list[Array]]:
    """Map a file and check it: its length, and every byte that holds anything by a checksum.

    The bytes that only fill up to the next place count in none.
    """
    whole = np.asarray(np.memmap(path, np.uint8, mode="c"))  # "c": what is written stays here
    at = len(_MAGIC)
    if whole[:at].tobytes() != _MAGIC:
        raise ValueError("the file is of another kind")
    length, checksum = whole[at : at + 16].view("<u8").tolist()
    text = whole[at + 16 : at + 16 + length].tobytes()
    if zlib.crc32(text) != checksum:
        raise ValueError("the description is damaged")
    told = json.loads(text)
    first = -(-(at + 16 + length) // _ALIGNED) * _ALIGNED
    if len(whole) != first + told["bytes"]:
        raise ValueError("the file is cut short")
    return told["tree"], list(_arrays(whole[first:], told["arrays"]))


def _arrays(whole: Array, described: Sequence[Sequence[Any]]) -> Iterator[Array]:
    for kind, shape, start, checksum in described:
        dtype = np.dtype(kind)
        if dtype.kind not in "biuf":
            raise ValueError("an array is of another kind")
        size = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
        part = whole[start : start + size]
        if zlib.crc32(part.data) != checksum:
            raise ValueError("an array is damaged")
        yield part.view(dtype).reshape(shape)
