"""GPS and order records: files -> batches of checked arrays, in bounded memory."""

from planner.intake.pings.faults import count_set_aside, merge_faults, problems_of
from planner.intake.pings.files import find_files, split_file, told_name
from planner.intake.pings.looking import Look, look_at
from planner.intake.pings.model import Batch, Layout, PingTask, Reading, TaskFaults
from planner.intake.pings.moments import (
    DAY_S,
    FIRST_YEARLESS_DAY,
    FORM_NAMES,
    REAL_DAYS,
    TIME_ONLY_DAY,
)
from planner.intake.pings.reading import read_batches
from planner.intake.pings.zones import offsets_of

__all__ = [
    "DAY_S",
    "FIRST_YEARLESS_DAY",
    "FORM_NAMES",
    "REAL_DAYS",
    "TIME_ONLY_DAY",
    "Batch",
    "Layout",
    "Look",
    "PingTask",
    "Reading",
    "TaskFaults",
    "count_set_aside",
    "find_files",
    "look_at",
    "merge_faults",
    "offsets_of",
    "problems_of",
    "read_batches",
    "split_file",
    "told_name",
]
