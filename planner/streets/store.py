"""StreetGraph <-> a file of arrays, found again by the fingerprint of what it was made from."""

import hashlib
import json
import logging
import os
import tempfile
import zipfile
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path

import numpy as np

from planner.language import Message
from planner.streets.graph import StreetGraph

__all__ = ["fingerprint", "load_graph", "save_graph"]

_LOG = logging.getLogger(__name__)
_PIECE_BYTES = 2**20
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


def save_graph(graph: StreetGraph, path: Path) -> None:
    """Write a graph as an uncompressed npz file, whole or not at all.

    A folder that cannot be written is not an error: the next start reads the streets anew.
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
    except (OSError, EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        _LOG.warning("a damaged file of streets in the cache is passed over: %s", error)
        return None
    return graph
