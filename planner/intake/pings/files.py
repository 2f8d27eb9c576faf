"""Files and folders -> the tasks that they are read in."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import pyarrow.parquet as pq  # type: ignore[import-untyped] # it has no types

from planner.intake.pings.model import Layout, PingTask
from planner.intake.privacy import mask

__all__ = ["find_files", "split_file", "told_name"]

_SUFFIXES = (".csv", ".txt", ".tsv", ".gz", ".parquet", ".pq", ".geoparquet")
"""Files of a folder with another ending are no records."""
_TASK_BYTES = 64 << 20
_TASK_ROWS = 2_000_000
_NUMBER = re.compile(
    r"(?<!\d)(?!(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])?(?!\d))\d{5,}"
)
"""So many digits may name somebody, unless they are a date or a month."""


def find_files(paths: Iterable[Path]) -> list[Path]:
    """List files, those of folders too (at any depth, by name), each once, in a fixed order."""
    found: set[Path] = set()
    for path in paths:
        if path.is_dir():
            inside = (file for file in path.rglob("*") if not file.name.startswith("."))
            found.update(f for f in inside if f.suffix.lower() in _SUFFIXES and f.is_file())
        else:
            found.add(path)
    return sorted(found)


def told_name(path: Path) -> str:
    """Give the name of a file as it is told: a plate, phone or long number is hidden.

    Where anything is, the place of the file in its folder by name (from 1) stands behind.

    Examples
    --------
    >>> told_name(Path("gps_20141022.csv")), told_name(Path("nowhere/粤B8K3T7.csv"))
    ('gps_20141022.csv', '***.csv')
    """
    plain = mask(unicodedata.normalize("NFKC", path.name))
    told = _NUMBER.sub("***", plain)
    if told == unicodedata.normalize("NFKC", path.name):
        return path.name
    try:
        names = _names_in(path.parent, path.parent.stat().st_mtime_ns)
    except OSError:
        return told
    return f"{told} #{names[path.name]}" if path.name in names else told


@lru_cache(maxsize=8)
def _names_in(folder: Path, changed_ns: int) -> dict[str, int]:  # noqa: ARG001 - read anew if it changes
    """Give each file of a folder its number by name, from 1."""
    names = sorted(file.name for file in folder.iterdir() if not file.name.startswith("."))
    return {name: number for number, name in enumerate(names, 1)}


def split_file(
    path: Path,
    layout: Layout,
    *,
    task_bytes: int = _TASK_BYTES,
    task_rows: int = _TASK_ROWS,
) -> tuple[PingTask, ...]:
    """Cut a file into tasks that are read apart; a packed text is one task.

    The records of all tasks together are those of the file, whatever the size of a task.
    """
    if layout.kind == "parquet":
        return _row_groups(path, layout, task_rows)
    if layout.packed or layout.is_utf16:
        return (PingTask(path=path, layout=layout),)
    size = path.stat().st_size
    starts = range(0, max(size, 1), task_bytes)
    return tuple(
        PingTask(path=path, layout=layout, start=start, end=min(start + task_bytes, size))
        for start in starts
    )


def _row_groups(path: Path, layout: Layout, task_rows: int) -> tuple[PingTask, ...]:

    with pq.ParquetFile(path) as file:
        rows = [file.metadata.row_group(at).num_rows for at in range(file.num_row_groups)]
    tasks, start, held = [], 0, 0
    for at, count in enumerate(rows):
        if held and held + count > task_rows:
            tasks.append(PingTask(path=path, layout=layout, start=start, end=at))
            start, held = at, 0
        held += count
    tasks.append(PingTask(path=path, layout=layout, start=start, end=len(rows)))
    return tuple(tasks)
