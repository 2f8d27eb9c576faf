"""Parquet -> batches of records, in bounded memory."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped] # it has no types
import pyarrow.parquet as pq  # type: ignore[import-untyped] # the same
from numpy.typing import NDArray

from planner.intake.pings.clocks import read_times
from planner.intake.pings.model import Batch, PingTask, Reading, TaskFaults
from planner.intake.pings.moments import (
    DATE_ONLY,
    DAY_S,
    NO_TIME,
    TIME_ONLY,
    TIME_ONLY_DAY,
    from_epoch,
)
from planner.intake.pings.people import hash_ids
from planner.intake.pings.rows import Columns, Times, good_rows, with_date
from planner.intake.pings.texts import (
    Cells,
    hash_numbers,
    read_floats,
    read_pairs,
)

__all__ = ["read_parquet_batches"]

_ROWS = 1 << 19
"""Rows of a batch: 20 MB of records."""
_BUFFER_BYTES = 1 << 20
_PER_S = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}


def read_parquet_batches(task: PingTask, reading: Reading, faults: TaskFaults) -> Iterator[Batch]:
    """Read some row groups of a Parquet file, half a million rows at a time.

    Where a page is damaged, the rows before it are used and the place is told.
    """
    with pq.ParquetFile(task.path, buffer_size=_BUFFER_BYTES, pre_buffer=False) as file:
        end = file.num_row_groups if task.end < 0 else task.end
        names = [file.schema_arrow.names[at] for at in task.layout.columns.values()]
        batches = file.iter_batches(
            _ROWS, row_groups=[*range(task.start, end)], columns=names, use_threads=False
        )
        try:
            for batch in batches:
                arrays = {
                    name: batch.column(header)
                    for name, header in zip(task.layout.columns, names, strict=True)
                }
                yield _batch(arrays, task, reading, faults)
        except (pa.ArrowException, OSError):
            faults.add("damaged", np.array([faults.lines]))
            rows = sum(file.metadata.row_group(at).num_rows for at in range(task.start, end))
            faults.lines = rows  # so that the rows of the next part keep their numbers


def _batch(arrays: dict[str, Any], task: PingTask, reading: Reading, faults: TaskFaults) -> Batch:
    count = len(next(iter(arrays.values())))
    lines = np.arange(faults.lines, faults.lines + count, dtype=np.int64)
    faults.lines += count
    return good_rows(_columns(arrays, task, reading), lines, faults)


def _columns(arrays: dict[str, Any], task: PingTask, reading: Reading) -> Columns:
    times = {
        name: _times(arrays[name], task.layout.order, reading)
        for name in ("date", "time")
        if name in arrays
    }
    time_s, form = with_date(times.get("date"), times.get("time"))
    lon, lat = _place(arrays)
    shown = arrays["time" if "time" in arrays else "date"]
    return Columns(
        person=_persons(arrays["id"], reading) if "id" in arrays else np.empty(0, dtype=np.uint64),
        time_s=time_s,
        form=form,
        lon=lon,
        lat=lat,
        degrees=reading.degrees,
        time_text=lambda row: str(shown[row].as_py()),
    )


def _plain(array: Any) -> Any:  # noqa: ANN401 - PyArrow has no types
    """Give an array without its dictionary."""
    return array.dictionary_decode() if pa.types.is_dictionary(array.type) else array


def _is_text(kind: Any) -> bool:  # noqa: ANN401
    tests = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
    binary = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_binary_view)
    return any(test(kind) for test in (*tests, *binary))


def _cells(array: Any) -> Cells:  # noqa: ANN401
    """Lay out an array of texts as bytes with places; nulls are blank."""
    texts = array.cast(pa.large_binary()).fill_null(b"")
    _, offsets, data = texts.buffers()
    places = np.frombuffer(offsets, dtype=np.int64)[texts.offset : texts.offset + len(texts) + 1]
    text = np.frombuffer(data, dtype=np.uint8) if data else np.empty(0, dtype=np.uint8)
    return Cells(text, places[:-1], places[1:])


def _missing(array: Any) -> NDArray[np.bool_]:  # noqa: ANN401
    if not array.null_count:
        return np.zeros(len(array), dtype=np.bool_)
    return np.asarray(array.is_null().to_numpy(zero_copy_only=False), dtype=np.bool_)


def _persons(array: Any, reading: Reading) -> NDArray[np.uint64]:  # noqa: ANN401
    """Hash the ids; a whole number has the hash of its digits."""
    salt = np.array(reading.salt, dtype=np.uint64)
    if pa.types.is_dictionary(array.type):
        hashed = _persons(array.dictionary, reading)
        index = array.indices.fill_null(len(hashed)).to_numpy(zero_copy_only=False)
        out: NDArray[np.uint64] = np.append(hashed, np.uint64(0))[index]
        return out
    if pa.types.is_floating(array.type):  # whole numbers with a blank among them
        numbers = array.cast(pa.float64()).fill_null(np.nan).to_numpy(zero_copy_only=False)
        if bool((np.isnan(numbers) | (numbers == np.rint(numbers))).all()):
            none = np.isnan(numbers)
            return hash_numbers(np.where(none, 0, numbers).astype(np.int64), none, salt)
    if pa.types.is_integer(array.type) and array.type != pa.uint64():
        missing = _missing(array)
        return hash_numbers(_whole(array), missing, salt)
    if not _is_text(array.type):
        array = array.cast(pa.large_string())
    return hash_ids(_cells(array), salt)


def _whole(array: Any) -> NDArray[np.int64]:  # noqa: ANN401
    filled = array.cast(pa.int64()).fill_null(0)
    return np.asarray(filled.to_numpy(zero_copy_only=False), dtype=np.int64)


def _place(arrays: dict[str, Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if "lon" in arrays:
        return _floats(arrays["lon"]), _floats(arrays["lat"])
    if "lnglat" in arrays:
        return read_pairs(*_cells(_plain(arrays["lnglat"])))
    lat, lon = read_pairs(*_cells(_plain(arrays["latlng"])))
    return lon, lat


def _floats(array: Any) -> NDArray[np.float64]:  # noqa: ANN401
    array = _plain(array)
    if _is_text(array.type):
        return read_floats(*_cells(array))
    numbers = array.cast(pa.float64())
    if numbers.null_count:
        numbers = numbers.fill_null(np.nan)
    return np.asarray(numbers.to_numpy(zero_copy_only=False), dtype=np.float64)


def _times(array: Any, order: int, reading: Reading) -> Times:  # noqa: ANN401
    """Read a column of times of whatever type."""
    array = _plain(array)
    kind = array.type
    if pa.types.is_timestamp(kind):
        local = kind.tz is None
        per_s = _PER_S[kind.unit]
        return from_epoch(_whole(array), _missing(array), per_s, reading.zone, local)
    if pa.types.is_time(kind):
        counts = array.cast(pa.int32() if pa.types.is_time32(kind) else pa.int64())
        second = _whole(counts) // _PER_S[kind.unit]
        day = np.uint32(TIME_ONLY_DAY * DAY_S)
        return second.astype(np.uint32) + day, _form(array, TIME_ONLY)
    if pa.types.is_date(kind):
        days = array.cast(pa.date32()).cast(pa.int32())
        zone = reading.zone
        time_s, form = from_epoch(_whole(days) * DAY_S, _missing(array), 1, zone, True)  # noqa: FBT003
        return time_s, np.where(form > DATE_ONLY, DATE_ONLY, form).astype(np.uint8)
    if pa.types.is_integer(kind):
        return from_epoch(_whole(array), _missing(array), 0, reading.zone, False)  # noqa: FBT003
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        numbers = _floats(array)
        none = ~np.isfinite(numbers)
        whole = np.where(none, 0, numbers).astype(np.int64)
        return from_epoch(whole, none, 0, reading.zone, False)  # noqa: FBT003
    return read_times(*_cells(array), order, reading.zone)


def _form(array: Any, form: int) -> NDArray[np.uint8]:  # noqa: ANN401
    return np.where(_missing(array), NO_TIME, form).astype(np.uint8)
