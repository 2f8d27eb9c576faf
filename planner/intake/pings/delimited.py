"""Delimited text, packed or not -> batches of records, in bounded memory."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from planner.intake.pings.clocks import read_times
from planner.intake.pings.model import Batch, PingTask, Reading, TaskFaults
from planner.intake.pings.people import hash_ids
from planner.intake.pings.rows import Columns, Times, good_rows, with_date
from planner.intake.pings.streaming import Unpacked, part_of, to_utf8, whole_lines
from planner.intake.pings.texts import (
    BLANK_ROW,
    BROKEN_ROW,
    GOOD_ROW,
    Cells,
    read_floats,
    read_pairs,
    split_rows,
)

__all__ = ["read_delimited_batches"]

_MARK = b"\xef\xbb\xbf"


def read_delimited_batches(task: PingTask, reading: Reading, faults: TaskFaults) -> Iterator[Batch]:
    """Read a part of a text file, some megabytes at a time.

    A line is used or told by its number; a line that is broken spoils no other. Of a damaged
    archive all lines before the damage are used.
    """
    with task.path.open("rb") as file:
        packed = Unpacked(file) if task.layout.packed else None
        chunks = iter(packed) if packed else part_of(file, task.start, task.end)
        if task.layout.is_utf16:
            chunks = to_utf8(chunks, task.layout.encoding)
        for block in whole_lines(chunks):
            whole = block
            if packed and packed.damaged:
                whole = block[: block.rfind(b"\n") + 1]  # the last line is cut short
            if task.start == 0 and faults.lines == 0:
                whole = whole.removeprefix(_MARK)
            yield _batch(whole, task, reading, faults)
        if packed and packed.damaged:
            faults.add("damaged", np.array([faults.lines]))


def _batch(block: bytes, task: PingTask, reading: Reading, faults: TaskFaults) -> Batch:
    """Read a block of whole lines."""
    layout = task.layout
    text = np.frombuffer(block, dtype=np.uint8)
    most = block.count(b"\n") + 1
    slots = np.full(layout.width, -1, dtype=np.int64)
    slots[list(layout.columns.values())] = np.arange(len(layout.columns))
    starts = np.zeros((len(layout.columns), most), dtype=np.int64)
    ends = np.zeros((len(layout.columns), most), dtype=np.int64)
    state = np.empty(most, dtype=np.uint8)
    count = split_rows(text, layout.delimiter, slots, starts, ends, state)
    state = state[:count]
    if layout.header and task.start == 0 and faults.lines == 0 and count:
        state[0] = BLANK_ROW
    lines = np.arange(faults.lines, faults.lines + count, dtype=np.int64)
    faults.lines += count
    faults.add("broken", lines[state == BROKEN_ROW])
    at = np.flatnonzero(state == GOOD_ROW)
    cells = {
        name: Cells(text, starts[slot][at], ends[slot][at])
        for slot, name in enumerate(layout.columns)
    }
    return good_rows(_columns(cells, task, reading), lines[at], faults)


def _columns(cells: dict[str, Cells], task: PingTask, reading: Reading) -> Columns:
    """Read the wanted cells of some rows."""
    salt = np.array(reading.salt, dtype=np.uint64)
    times: dict[str, Times] = {
        name: read_times(*cells[name], task.layout.order, reading.zone)
        for name in ("date", "time")
        if name in cells
    }
    time_s, form = with_date(times.get("date"), times.get("time"))
    lon, lat = _place(cells)
    return Columns(
        person=hash_ids(cells["id"], salt, encoding=task.layout.encoding)
        if "id" in cells
        else np.empty(0, dtype=np.uint64),
        time_s=time_s,
        form=form,
        lon=lon,
        lat=lat,
        degrees=reading.degrees,
        time_text=cells["time" if "time" in cells else "date"].shown,
    )


def _place(cells: dict[str, Cells]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if "lon" in cells:
        return read_floats(*cells["lon"]), read_floats(*cells["lat"])
    if "lnglat" in cells:
        return read_pairs(*cells["lnglat"])
    lat, lon = read_pairs(*cells["latlng"])
    return lon, lat
