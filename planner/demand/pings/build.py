"""GPS and order records -> people's time in squares by hour, in bounded memory."""

from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue
from threading import Event

from shapely.geometry.base import BaseGeometry

from planner.demand.pings.adding import add_bins
from planner.demand.pings.binfile import read_bins
from planner.demand.pings.finishing import finish_bins
from planner.demand.pings.kept import fingerprint_of_run, read_kept_bins, write_kept_bins
from planner.demand.pings.model import PingBins, PingPart, PingPlan
from planner.demand.pings.planning import plan_pings
from planner.demand.pings.store import MOST_BYTES, PartitionStore
from planner.demand.pings.tally import Tally, merge_parts, no_part
from planner.demand.pings.working import add_partition, read_into
from planner.district.settings import PingRules
from planner.errors import InputError, PlannerError
from planner.intake.pings import PingTask
from planner.language import Message, note
from planner.progress import Progress, Stop, never, silent

__all__ = ["bin_pings", "run_plan"]

_THREADS = 2
_LOOK_S = 0.5
"""So often at least it is asked whether to stop."""


def bin_pings(  # noqa: PLR0913 - what the caller knows of records
    paths: Sequence[Path],
    *,
    columns: Mapping[str, str],
    crs: str | None,
    rules: PingRules,
    projection: str,
    boundary: BaseGeometry | None,
    cell_m: float = 250.0,
    progress: Progress = silent,
    stop: Stop = never,
    cache: Path | None = None,
) -> PingBins:
    """Divide the time of the people in GPS and order records over squares and hours.

    With ids, half of the time between two records of a person that lie at most the longest gap
    apart belongs to each one's square; without, each record counts one minute (decision 10). Ids
    are hashed with a secret of this run and are in no result, message, or file that stays.

    Parameters
    ----------
    paths
        Files of records (CSV, packed or not, Parquet), files that `write_bins` wrote, and folders
        of them.
    columns
        Canonical name (id, time, date, lon, lat, lnglat, latlng) -> header, where the aliases do
        not find it; in a file without headers the number of the column, from 1.
    crs
        Coordinate system of the records; None: WGS-84 is assumed and said so.
    projection
        The plane in metres.
    boundary
        WGS-84; what lies outside is set aside. None: everything counts.
    cell_m
        Side of a square, whole centimetres.
    cache
        A folder in which the result is kept under the fingerprint of files and rules.

    Returns
    -------
    PingBins
        The same whatever the order of the files and records.

    Raises
    ------
    InputError
        If no file can be used, or no record of them, with all problems.
    SettingsError
        If the coordinate system or the time zone is not known.
    PlannerError
        If it was stopped.
    """
    kept = None
    if cache is not None:
        settings = (columns, crs, projection, cell_m)
        kept = cache / fingerprint_of_run(paths, rules, boundary, *settings)
        if (found := read_kept_bins(kept)) is not None:
            return found
    plan = plan_pings(
        paths,
        columns=columns,
        crs=crs,
        rules=rules,
        projection=projection,
        boundary=boundary,
        cell_m=cell_m,
    )
    bins = run_plan(plan, progress=progress, stop=stop)
    if kept is not None:
        write_kept_bins(kept, bins)
    return bins


def run_plan(
    plan: PingPlan,
    *,
    progress: Progress = silent,
    stop: Stop = never,
    most_bytes: int = MOST_BYTES,
) -> PingBins:
    """Run a plan on this machine, on two threads.

    Parameters
    ----------
    most_bytes
        Records that are held in memory; more go through a temporary file.
    """
    with PartitionStore(plan.partitions, most_bytes=most_bytes) as store:
        run = _Run(plan, store)
        with ThreadPoolExecutor(_THREADS) as pool:
            reading = [pool.submit(run.read, task) for task in plan.tasks]
            run.wait_for(reading, note("Reading GPS records"), progress, stop)
            if store.is_filled:
                dividing = [pool.submit(run.divide, one) for one in range(plan.partitions)]
                run.wait_for(dividing, note("Dividing people's time over places"), progress, stop)
    bins = finish_bins(plan, run.merged())
    for path in plan.bin_files:
        bins = add_bins(bins, read_bins(path, projection=plan.projection))
    if not len(bins):
        raise InputError(note("No GPS or order record can be used."), problems=bins.problems)
    return bins


class _Run:
    """The work of the threads: each one takes sums that no other uses, and gives them back."""

    def __init__(self, plan: PingPlan, store: PartitionStore) -> None:
        self.plan = plan
        self.store = store
        self.sums: SimpleQueue[Tally] = SimpleQueue()
        for _ in range(_THREADS):
            self.sums.put(Tally())
        self.parts: list[PingPart] = []
        self.ended = Event()
        """Set when the rest of the work is for nothing."""

    def read(self, task: PingTask) -> None:
        """Read a task into sums and store."""
        tally = self.sums.get()
        try:
            faults = read_into(self.plan, task, tally, self.store.add, stop=self.ended.is_set)
        finally:
            self.sums.put(tally)
        self.parts.append(replace(no_part(), faults=(faults,)))

    def divide(self, partition: int) -> None:
        """Add the people of a partition to the sums."""
        tally = self.sums.get()
        try:
            persons, repeated, jumps = add_partition(self.plan, self.store.of(partition), tally)
        finally:
            self.sums.put(tally)
        self.parts.append(replace(no_part(), persons=persons, repeated=repeated, jumps=jumps))

    def merged(self) -> PingPart:
        """Give everything together."""
        tally = self.sums.get()
        for _ in range(_THREADS - 1):
            tally.take(self.sums.get())
        return merge_parts([tally.part(), *self.parts])

    def wait_for(
        self, work: Sequence[Future[None]], step: Message, progress: Progress, stop: Stop
    ) -> None:
        """Wait until all is done; the first error, or the wish to stop, ends the rest."""
        left = set(work)
        try:
            while left and not stop():
                done, left = wait(left, timeout=_LOOK_S, return_when=FIRST_COMPLETED)
                for one in done:
                    one.result()
                progress(step, 1 - len(left) / len(work))
        finally:
            if left:
                self.ended.set()
            for one in left:
                one.cancel()
        if left:
            raise PlannerError(note("Stopped."))
