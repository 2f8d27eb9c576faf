"""The one door to Numba: kernels that are compiled once and kept on disk."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

__all__ = ["kernel"]

_Function = TypeVar("_Function", bound=Callable[..., Any])


def _ensure_a_writable_cache() -> None:
    """Send Numba's cache to the temporary folder where the package's own folder is read-only.

    Numba raises while it decorates a function for which it finds no writable folder.
    """
    here = Path(__file__).parent
    if "NUMBA_CACHE_DIR" not in os.environ and not os.access(here, os.W_OK):
        folder = (
            Path(tempfile.gettempdir())
            / f"planner-kernels-{os.getuid() if hasattr(os, 'getuid') else 0}"
        )
        folder.mkdir(mode=0o700, exist_ok=True)
        os.environ["NUMBA_CACHE_DIR"] = str(folder)


_ensure_a_writable_cache()

import numba  # noqa: E402 - the folder of the cache is read from the environment at import


def kernel(function: _Function) -> _Function:
    """Compile a function of arrays to machine code, kept on disk between runs.

    It runs without Python's lock, so plain threads can share the work. Numba's own threads are not
    used: two sessions of the app at once would end the program (decision 5).
    """
    return cast("_Function", numba.njit(cache=True, nogil=True)(function))
