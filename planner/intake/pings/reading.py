"""One task -> batches of records."""

from collections.abc import Iterator

from planner.intake.pings.delimited import read_delimited_batches
from planner.intake.pings.model import Batch, PingTask, Reading, TaskFaults
from planner.intake.pings.parquet import read_parquet_batches

__all__ = ["read_batches"]


def read_batches(task: PingTask, reading: Reading, faults: TaskFaults) -> Iterator[Batch]:
    """Read the records of a task some megabytes at a time, faults added to `faults`.

    Raises
    ------
    ValueError
        If the task is of a file of bins, which has no records.
    OSError
        If the file is gone.
    """
    if task.layout.kind == "parquet":
        return read_parquet_batches(task, reading, faults)
    if task.layout.kind == "delimited":
        return read_delimited_batches(task, reading, faults)
    raise ValueError(f"layout.kind must be delimited or parquet, got {task.layout.kind!r}")
