"""The one door to Numba: kernels that are compiled once and kept on disk."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import platformdirs

__all__ = ["kernel"]

_Function = TypeVar("_Function", bound=Callable[..., Any])


def _ensure_a_writable_cache() -> None:
    """Send Numba's cache to a folder of the user's own where the package's folder is read-only.

    Numba raises while it decorates a function for which it finds no writable folder. What it finds
    there it runs, so a folder that somebody else could have made is never taken.
    """
    if "NUMBA_CACHE_DIR" in os.environ or os.access(Path(__file__).parent, os.W_OK):
        return
    own = Path(platformdirs.user_cache_dir("station-planner", appauthor=False)) / "kernels"
    try:
        own.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=own):
            folder = str(own)
    except OSError:
        folder = tempfile.mkdtemp(prefix="planner-kernels-")
    os.environ["NUMBA_CACHE_DIR"] = folder


_ensure_a_writable_cache()

import numba  # noqa: E402 - the folder of the cache is read from the environment at import


def kernel(function: _Function) -> _Function:
    """Compile a function of arrays to machine code, kept on disk between runs.

    It runs without Python's lock, so plain threads can share the work. Numba's own threads are not
    used: two sessions of the app at once would end the program (decision 5).
    """
    return cast("_Function", numba.njit(cache=True, nogil=True)(function))
