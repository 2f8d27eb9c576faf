"""Ways that were computed before, kept on disk under the fingerprint of their inputs."""

import hashlib
import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from planner.streets.store import DAMAGED_ARCHIVE, drop_oldest
from planner.travel.matrix import csr_from_rows

__all__ = ["fingerprint", "kept_file", "read_kept", "write_kept"]


def kept_file(folder: Path, key: str) -> Path:
    """Name the file of a fingerprint."""
    return folder / f"travel-{key}.npz"


def fingerprint(arrays: Iterable[NDArray[np.generic]], *settings: object) -> str:
    """Give the SHA-256 of arrays (values, types, shapes) and settings, as 64 hexadecimal digits."""
    digest = hashlib.sha256(repr(settings).encode())
    for array in arrays:
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def read_kept(path: Path, shape: tuple[int, int]) -> csr_array | None:
    """Read a kept matrix; None where there is none, or the file is damaged or of another shape.

    The archive has a checksum for each array, so a changed byte is noticed.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            start, cell, length_mm = kept["start"], kept["cell"], kept["length_mm"]
    except DAMAGED_ARCHIVE:
        return None
    types = (start.dtype, cell.dtype, length_mm.dtype)
    fits = (
        types == (np.int64, np.int32, np.int32)
        and start.shape == (shape[0] + 1,)
        and start[0] == 0
        and cell.shape == length_mm.shape == (start[-1],)
        and bool((np.diff(start) >= 0).all())
        and (not len(cell) or (cell.min() >= 0 and cell.max() < shape[1]))
    )
    if not fits:
        return None
    with suppress(OSError):
        os.utime(path)  # used today, so not the first to go
    return csr_from_rows(start, cell, length_mm, shape)


def write_kept(path: Path, matrix: csr_array, *, most_bytes: int) -> None:
    """Keep a matrix: the file is there whole or not at all, also when two programs write it.

    Files that were used longest ago go when all together exceed `most_bytes`. A folder that can't
    be written to is no error: the ways are then computed again next time.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    except OSError:
        return
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(
                file,
                start=matrix.indptr.astype(np.int64),
                cell=matrix.indices.astype(np.int32),
                length_mm=matrix.data,
            )
        part.replace(path)
        drop_oldest(path.parent, kept_file(path.parent, "*").name, most_bytes)
    except OSError:
        part.unlink(missing_ok=True)
