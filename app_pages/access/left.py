"""Sign-ins that a person ended -> remembered on the disk, so that a restart opens none again."""

import hashlib
import json
import logging
import os
import re
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app_pages.spaces.workspace import workspace

__all__ = ["forget_those_read", "is_left", "remember_left"]

_FILE = "signed_out"
_LOG = logging.getLogger(__name__)
_LINE = re.compile(r"([0-9a-f]{64}) (\d{1,12})")
_KEPT_S = 31 * 24 * 3600
"""Longer than any cookie of a sign-in holds."""
_MOST = 50_000
_lock = threading.Lock()
_read: dict[Path, dict[str, int]] = {}


def is_left(claims: Mapping[str, Any]) -> bool:
    """Tell whether the sign-in that gave these claims was ended."""
    with _lock:
        return _mark(claims) in _known(workspace().root / _FILE)


def remember_left(claims: Mapping[str, Any]) -> None:
    """Remember that a sign-in was ended; where the disk refuses, as long as the server runs."""
    path = workspace().root / _FILE
    mark, now = _mark(claims), int(time.time())
    with _lock:
        known = _known(path)
        if mark in known:
            return
        known[mark] = now
        while len(known) > _MOST:
            del known[next(iter(known))]
        _append(path, f"{mark} {now}\n")


def forget_those_read() -> None:
    """Read the file again when it is asked for next, as after a restart."""
    with _lock:
        _read.clear()


def _mark(claims: Mapping[str, Any]) -> str:
    """Tell sign-ins apart by what was signed.

    The cookies themselves will not do: others beside them, or another spelling of the signature,
    would make another mark of the same sign-in.
    """
    return hashlib.sha256(json.dumps(claims, sort_keys=True).encode()).hexdigest()


def _known(path: Path) -> dict[str, int]:
    if path not in _read:
        _read[path] = _of_file(path)
    return _read[path]


def _of_file(path: Path) -> dict[str, int]:
    """Read what is still of use, and leave the rest out of the file."""
    try:
        lines = path.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return {}
    oldest = time.time() - _KEPT_S
    found = [line for each in lines if (line := _LINE.fullmatch(each))]
    kept = {line[1]: int(line[2]) for line in found if int(line[2]) > oldest}
    if len(kept) < len(lines):
        _rewrite(path, kept)
    return kept


def _append(path: Path, line: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(file, line.encode("ascii"))
        finally:
            os.close(file)
    except OSError as error:
        _LOG.warning("who signed out could not be kept on the disk: %s", error.strerror)


def _rewrite(path: Path, kept: Mapping[str, int]) -> None:
    part = path.with_name(f".{path.name}.part")
    try:
        part.unlink(missing_ok=True)
        _append(part, "".join(f"{mark} {when}\n" for mark, when in kept.items()))
        part.replace(path)
    except OSError:
        _LOG.debug("the list of those who signed out was not shortened")
