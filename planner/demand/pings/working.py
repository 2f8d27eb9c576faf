"""Task -> records by partition, partition -> time in squares: what runs anywhere, in any order."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from planner.demand.pings.dwell import Limits, add_dwell
from planner.demand.pings.model import RECORD, PingPart, PingPlan, Scattered
from planner.demand.pings.placing import place
from planner.demand.pings.scattering import by_person, scatter
from planner.demand.pings.tally import Tally, count_records
from planner.district.settings import PingRules
from planner.errors import InputError
from planner.intake.pings import PingTask, TaskFaults, read_batches, told_name
from planner.language import note
from planner.progress import Stop, never

__all__ = ["add_partition", "bin_partition", "read_into", "read_task"]

_CM_PER_S_A_KMH = 100_000.0 / 3_600.0


def read_into(
    plan: PingPlan,
    task: PingTask,
    tally: Tally,
    keep: Callable[[Scattered], None],
    *,
    stop: Stop = never,
) -> TaskFaults:
    """Read a task batch by batch: records without ids into `tally`, those with ids to `keep`.

    Where `stop` says so between two batches, the rest is left out.

    Returns
    -------
    TaskFaults
        What was wrong, to be put into the part that the tally gives.

    Raises
    ------
    InputError
        If the file is gone, or the disk full.
    """
    faults = TaskFaults(path=task.path, start=task.start)
    try:
        for batch in read_batches(task, plan.reading, faults):
            if stop():
                break
            used, placed = place(batch, plan, faults)
            time_s = batch.time_s if used.all() else batch.time_s[used]
            if task.layout.has_ids:
                person = batch.person if used.all() else batch.person[used]
                keep(scatter(person, time_s, placed, plan.partitions))
            else:
                row = tally.rows_of(placed[0], placed[1], plan.cell_cm)
                count_records(
                    time_s, row, tally.person_ms, tally.records, tally.loose_ms, tally.days
                )
    except OSError as error:
        raise InputError(
            note(
                "{file}: reading ended with an error of the system ({reason}). Check that the file "
                "is there and that the disk has room.",
                file=told_name(task.path),
                reason=error.strerror or type(error).__name__,
            )
        ) from error
    return faults


def read_task(plan: PingPlan, task: PingTask) -> tuple[Scattered, PingPart]:
    """Read a task: its records with ids by partition, and what the others and the faults come to.

    Pure: the same arguments give the same result anywhere.
    """
    kept: list[Scattered] = []
    tally = Tally()
    faults = read_into(plan, task, tally, kept.append)
    return _joined(kept, plan.partitions), replace(tally.part(), faults=(faults,))


def _joined(kept: Sequence[Scattered], partitions: int) -> Scattered:
    if len(kept) == 1:
        return kept[0]
    parts = [[one.of(partition) for one in kept] for partition in range(partitions)]
    counts = [sum(map(len, pieces)) for pieces in parts]
    empty = np.empty(0, dtype=RECORD)
    return Scattered(
        records=np.concatenate([empty, *(piece for pieces in parts for piece in pieces)]),
        starts=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
    )


def bin_partition(plan: PingPlan, pieces: Sequence[NDArray[np.void]]) -> PingPart:
    """Divide the time of the people of one partition over squares and hours.

    Parameters
    ----------
    pieces
        The records of the partition from all tasks, in any order.
    """
    tally = Tally()
    records = np.concatenate([np.empty(0, dtype=RECORD), *pieces])
    persons, repeated, jumps = add_partition(plan, records, tally)
    return tally.part(persons=persons, repeated=repeated, jumps=jumps)


def add_partition(plan: PingPlan, records: NDArray[np.void], tally: Tally) -> tuple[int, int, int]:
    """Add the records of one partition; give its people, repeated records and jumps."""
    if not len(records):
        return 0, 0, 0
    row = tally.rows_of(
        np.ascontiguousarray(records["x_cm"]), np.ascontiguousarray(records["y_cm"]), plan.cell_cm
    )
    order, starts = by_person(records)
    persons, repeated, jumps = add_dwell(
        records,
        order,
        starts,
        row,
        _limits(plan.rules),
        tally.person_ms,
        tally.stay_ms,
        tally.records,
        tally.days,
    )
    return int(persons), int(repeated), int(jumps)


def _limits(rules: PingRules) -> Limits:
    return Limits(
        gap_s=int(rules.most_gap_min * 60),
        cm_per_s=float(rules.most_speed_kmh * _CM_PER_S_A_KMH),
        radius_cm=float(rules.stay_radius_m * 100),
        stay_s=int(np.ceil(rules.stay_min * 60)),
    )
