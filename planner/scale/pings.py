"""GPS and order records -> people's time in squares by hour, on a Dask cluster."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from planner.demand.pings import (
    PingBins,
    PingPart,
    PingPlan,
    add_bins,
    bin_partition,
    finish_bins,
    merge_parts,
    plan_pings,
    read_bins,
    read_task,
)
from planner.district.settings import PingRules
from planner.errors import InputError, PlannerError
from planner.intake.pings import PingTask
from planner.language import note
from planner.progress import Progress, Stop, never, silent
from planner.scale.cluster import Cluster, ClusterError, open_cluster, threads_of, wait_for

__all__ = ["bin_on_dask"]

_MOST_BUNDLES = 128
"""Small files are read several in one task: the scheduler has work for each task."""
_LEAST_GROUPS = 24
"""People are divided in so many steps at least: one fits in the memory of a worker, and records of
the next come from other workers while one is computed (8 steps made two workers 1.5 times as fast
as one, 24 steps 1.7 times)."""

_Pieces = tuple[list[NDArray[np.void]], PingPart]


def bin_on_dask(  # noqa: PLR0913 - those of bin_pings, and where
    paths: Sequence[Path],
    *,
    columns: Mapping[str, str],
    crs: str | None,
    rules: PingRules,
    projection: str,
    boundary: BaseGeometry | None,
    cell_m: float = 250.0,
    scheduler: str | None = None,
    workers: int = 2,
    progress: Progress = silent,
    stop: Stop = never,
) -> PingBins:
    """Divide the time of the people in GPS and order records over squares and hours, on a cluster.

    Gives what `bin_pings` gives, also when workers die. Records are held by the workers with hashed
    ids and never come here; the secret of the hashing is new for each run.

    Parameters
    ----------
    paths, columns, crs, rules, projection, boundary, cell_m
        As `bin_pings`.
    scheduler
        Address of a Dask scheduler whose workers see the same files; None: processes of this
        machine.
    workers
        How many processes, where there is no scheduler.
    progress
        Told how much is done.
    stop
        Asked now and then; true: the work is withdrawn.

    Raises
    ------
    ClusterError
        If the scheduler does not answer or goes away, or workers die again and again.
    InputError
        If no file can be used, or no record of them, with all problems.
    SettingsError
        If the coordinate system or the time zone is not known.
    PlannerError
        If it was stopped.
    """
    plan = plan_pings(
        [path.resolve() for path in paths],
        columns=columns,
        crs=crs,
        rules=rules,
        projection=projection,
        boundary=boundary,
        cell_m=cell_m,
    )
    part = merge_parts([])
    if plan.tasks:
        count = min(workers, len(plan.tasks))
        with open_cluster(scheduler=scheduler, workers=count) as cluster:
            part = _run(plan, cluster, progress, stop)
    bins = finish_bins(plan, part)
    for path in plan.bin_files:
        bins = add_bins(bins, read_bins(path, projection=plan.projection))
    if not len(bins):
        raise InputError(note("No GPS or order record can be used."), problems=bins.problems)
    return bins


def _run(plan: PingPlan, cluster: Cluster, progress: Progress, stop: Stop) -> PingPart:
    """Read, hand the records over by person, divide; every sum comes here."""
    submit = cluster.client.submit
    # The plan is the result of a task, so that it is sent to each worker once, also to a new one.
    shared = submit(_same, replace(plan, tasks=()), pure=False)
    groups = min(plan.partitions, max(_LEAST_GROUPS, 2 * threads_of(cluster)))
    read = [submit(_read, shared, each, groups, pure=False) for each in _bundles(plan.tasks)]
    pieces = [submit(itemgetter(0), one, pure=False) for one in read]
    sums = [submit(itemgetter(1), one, pure=False) for one in read]
    for group in range(groups):
        own = [submit(itemgetter(group), one, pure=False) for one in pieces]
        sums.append(submit(_divide, shared, own, pure=False))
    del read, pieces  # so that the records go as soon as they are divided
    step = note("Dividing GPS records over the workers")
    parts: list[PingPart] = []
    progress(step, 0.0)
    for ended in wait_for(cluster, sums, stop=stop):
        parts.append(_alive(ended.result))
        progress(step, len(parts) / len(sums))
    if len(parts) < len(sums):
        raise PlannerError(note("Stopped."))
    return merge_parts(parts)


def _bundles(tasks: Sequence[PingTask]) -> list[tuple[PingTask, ...]]:
    """Put tasks together, neighbours with neighbours."""
    size = -(-len(tasks) // _MOST_BUNDLES)
    return [tuple(tasks[at : at + size]) for at in range(0, len(tasks), size)]


def _same(plan: PingPlan) -> PingPlan:
    return plan


def _read(plan: PingPlan, tasks: Sequence[PingTask], groups: int) -> _Pieces:
    """Read tasks: their records by group of partitions, and what the rest comes to."""
    each = [read_task(plan, task) for task in tasks]
    size = -(-plan.partitions // groups)
    pieces = []
    for group in range(groups):
        first, last = (min(at * size, plan.partitions) for at in (group, group + 1))
        own = [one.records[one.starts[first] : one.starts[last]] for one, _ in each]
        pieces.append(np.concatenate(own))
    return pieces, merge_parts(part for _, part in each)


def _divide(plan: PingPlan, pieces: Sequence[NDArray[np.void]]) -> PingPart:
    """Divide the time of the people of one group of partitions."""
    return bin_partition(plan, pieces)


def _alive(part: Any) -> PingPart:  # noqa: ANN401 - None where all workers died
    if not isinstance(part, PingPart):
        raise ClusterError(
            note(
                "Worker processes died again and again while they read GPS records, probably for"
                " lack of memory. Use fewer workers, or workers with more memory."
            )
        )
    return part
