"""Bins that were made before, kept on disk under the fingerprint of files and rules; no id."""

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from planner.demand.pings.model import PingBins
from planner.district.settings import PingRules
from planner.errors import Problem
from planner.intake.pings import find_files
from planner.language import Message
from planner.streets.store import DAMAGED_ARCHIVE, drop_oldest

__all__ = ["fingerprint_of_run", "read_kept_bins", "write_kept_bins"]

_VERSION = 2
"""Changes when the same input would give other bins."""
_MOST_BYTES = 1_000_000_000
_ARRAYS = ("squares", "person_hours", "stay_hours", "id_hours", "records")


def fingerprint_of_run(
    paths: Sequence[Path],
    rules: PingRules,
    boundary: BaseGeometry | None,
    *settings: str | float | Mapping[str, str] | None,
) -> str:
    """Give the name of the kept file: SHA-256 of all files with their names, rules and settings."""
    outline = "" if boundary is None else shapely.to_wkb(boundary, hex=True)
    told = json.dumps([_VERSION, asdict(rules), outline, *map(_plain, settings)], sort_keys=True)
    digest = hashlib.sha256(told.encode())
    for path in find_files(paths):
        digest.update(f"\n{path.name}\n".encode())
        if path.is_file():
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    return f"pings-{digest.hexdigest()}.npz"


def _plain(value: str | float | Mapping[str, str] | None) -> object:
    return dict(value) if isinstance(value, Mapping) else value


def read_kept_bins(path: Path) -> PingBins | None:
    """Read kept bins; None where there are none, or the file is damaged."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            told = json.loads(str(kept["told"]))
            bins = PingBins(
                **{name: kept[name] for name in _ARRAYS},
                problems=tuple(_problem(one) for one in told.pop("problems")),
                notes=tuple(_message(one) for one in told.pop("notes")),
                **told,
            )
    except (*DAMAGED_ARCHIVE, TypeError):
        return None
    with suppress(OSError):
        os.utime(path)  # used today, so not the first to go
    return bins


def write_kept_bins(path: Path, bins: PingBins) -> None:
    """Keep bins: the file is there whole or not at all. A folder that is closed is no error."""
    told = {
        name: getattr(bins, name)
        for name in ("persons", "weekdays", "weekend_days", "has_ids", "cell_m")
    }
    told["set_aside"] = dict(bins.set_aside)
    told["notes"] = [_of_message(one) for one in bins.notes]
    told["problems"] = [_of_problem(one) for one in bins.problems]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    except OSError:
        return
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            arrays = {one: getattr(bins, one) for one in _ARRAYS}
            np.savez_compressed(file, told=np.array(json.dumps(told)), **arrays)
        part.replace(path)
        drop_oldest(path.parent, "pings-*.npz", _MOST_BYTES)
    except OSError:
        part.unlink(missing_ok=True)


def _of_message(message: Message) -> dict[str, Any]:
    values = {
        name: _of_message(value) if isinstance(value, Message) else value
        for name, value in message.values.items()
    }
    return {"template": message.template, "values": values}


def _message(told: Mapping[str, Any]) -> Message:
    values = {
        name: _message(value) if isinstance(value, dict) else value
        for name, value in told["values"].items()
    }
    return Message(told["template"], values)


def _of_problem(problem: Problem) -> dict[str, Any]:
    return {
        field.name: _of_message(value)
        if isinstance(value := getattr(problem, field.name), Message)
        else value
        for field in fields(problem)
    }


def _problem(told: Mapping[str, Any]) -> Problem:
    messages = {name: _message(told[name]) for name in ("expected", "fix")}
    return Problem(**{**told, **messages})
