"""StreetGraph <-> a file of arrays, found again by the fingerprint of what it was made from."""

import hashlib
import json
import logging
import lzma
import os
import tempfile
import zipfile
import zlib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import fields
from pathlib import Path

import numpy as np

from planner.language import Message
from planner.streets.graph import StreetGraph

__all__ = [
    "DAMAGED_ARCHIVE",
    "drop_oldest",
    "fingerprint",
    "kept_graph",
    "load_graph",
    "save_graph",
]

DAMAGED_ARCHIVE = (
    OSError,
    EOFError,
    KeyError,
    TypeError,  # a single array where an archive of arrays should be
    ValueError,
    RuntimeError,  # a changed flag: "encrypted", or a version that nobody knows
    zipfile.BadZipFile,
    zlib.error,  # a changed kind of compression
    lzma.LZMAError,
)
"""What reading a file of arrays may raise, whatever its bytes are."""

_LOG = logging.getLogger(__name__)
_PIECE_BYTES = 2**20
_MOST_BYTES = 1_000_000_000
_ARRAYS = tuple(f.name for f in fields(StreetGraph) if f.name not in {"crs", "notes"})


def fingerprint(files: Iterable[Path], *options: object) -> str:
    """Give a short name that changes with the content of files, with options and with this code.

    Parameters
    ----------
    files
        Read whole; their names do not count.
    options
        Told by their `repr`.
    """
    digest = hashlib.sha256(repr(options).encode())
    for path in (*sorted(Path(__file__).parent.glob("*.py")), *files):
        digest.update(b"\0file\0")
        with path.open("rb") as file:
            while piece := file.read(_PIECE_BYTES):
                digest.update(piece)
    return digest.hexdigest()[:32]


def kept_graph(folder: Path, key: str) -> Path:
    """Name the file of a fingerprint."""
    return folder / f"streets-{key}.npz"


def save_graph(graph: StreetGraph, path: Path, *, most_bytes: int = _MOST_BYTES) -> None:
    """Write a graph as an uncompressed npz file, whole or not at all.

    Files of streets that were used longest ago go when all together exceed `most_bytes`. A folder
    that cannot be written is not an error: the next start reads the streets anew.
    """
    told = [[message.template, dict(message.values)] for message in graph.notes]
    arrays = {name: np.asarray(getattr(graph, name)) for name in (*_ARRAYS, "crs")}
    arrays["notes"] = np.asarray(json.dumps(told))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                np.savez(file, allow_pickle=False, **arrays)
            Path(name).replace(path)
            drop_oldest(path.parent, kept_graph(path.parent, "*").name, most_bytes)
        finally:
            Path(name).unlink(missing_ok=True)
    except OSError as error:
        _LOG.warning("the streets were not kept in the cache: %s", error.strerror)


def load_graph(path: Path) -> StreetGraph | None:
    """Read a graph that `save_graph` wrote; None where there is none or it is damaged."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            told = json.loads(str(stored["notes"]))
            graph = StreetGraph(
                crs=str(stored["crs"]),
                notes=tuple(Message(template, values) for template, values in told),
                **{name: stored[name] for name in _ARRAYS},
            )
    except FileNotFoundError:
        return None
    except DAMAGED_ARCHIVE as error:
        _LOG.warning("a damaged file of streets in the cache is passed over: %s", error)
        return None
    with suppress(OSError):
        os.utime(path)  # used today, so not the first to go
    return graph


def drop_oldest(folder: Path, pattern: str, most_bytes: int) -> None:
    """Delete the files that were used longest ago until the others fit; the newest always stays.

    Parameters
    ----------
    folder
        Where the files are.
    pattern
        Which of its files count, as `Path.glob` reads it.
    most_bytes
        What the files that stay may take together; exactly so much is allowed.

    Raises
    ------
    OSError
        If a file cannot be looked at or deleted.
    """
    files = [(file, file.stat()) for file in folder.glob(pattern)]
    files.sort(key=lambda entry: entry[1].st_mtime_ns, reverse=True)
    together = 0
    for place, (file, status) in enumerate(files):
        together += status.st_size
        if place and together > most_bytes:
            file.unlink(missing_ok=True)
