"""The address of a scheduler, or none -> a Dask cluster that work is given to."""

import logging
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any, Generic, TypeVar

import dask
import distributed
from distributed.client import FutureCancelledError
from distributed.scheduler import KilledWorker

from planner.errors import PlannerError
from planner.language import note
from planner.progress import Stop, never

__all__ = [
    "Cluster",
    "ClusterError",
    "Ended",
    "open_cluster",
    "run_tasks",
    "threads_of",
    "wait_for",
]

_engine: Any = distributed  # most of its functions have no types

_CONNECT_S = 15
_LOOK_EVERY_S = 0.25
_ADDRESS = re.compile(r"(tcp|tls|wss?|ucx)://(\[[0-9A-Fa-f:.%]+\]|[^\s/:\[\]]+):\d{1,5}")
_ONLY_THIS_MACHINE = "127.0.0.1"
_SETTINGS = {
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.comm.timeouts.connect": f"{_CONNECT_S}s",
}
_Task = TypeVar("_Task")
_Result = TypeVar("_Result")


class ClusterError(PlannerError):
    """The cluster cannot be reached, or has gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """Workers that can be given tasks."""

    client: Any
    """A `distributed.Client`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended(Generic[_Result]):
    """A task that has ended."""

    place: int
    """Of the task, in the order given."""
    result: _Result | None
    """None: every worker process that tried it died."""


@contextmanager
def open_cluster(*, scheduler: str | None, workers: int) -> Iterator[Cluster]:
    """Connect to a cluster, or start one on this machine that ends with the block.

    The local one listens on this machine alone, has no dashboard, one thread a worker process, and
    restarts a worker that dies. What does not fit in memory goes to a folder for temporary files
    that is deleted with the cluster.

    Parameters
    ----------
    scheduler
        Address such as "tcp://10.0.0.5:8786"; None: a local cluster.
    workers
        Processes of the local cluster, at least 1.

    Raises
    ------
    ClusterError
        If the address is none, or the scheduler does not answer or has no worker.
    ValueError
        If `workers` is below 1.
    """
    if workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    with dask.config.set(_SETTINGS):
        if scheduler is None:
            with _local_cluster(workers) as cluster:
                yield cluster
        else:
            cluster = _connect(scheduler)
            try:
                yield cluster
            finally:
                cluster.client.close()


def run_tasks(
    cluster: Cluster,
    work: Callable[[_Task], _Result],
    tasks: Sequence[_Task],
    *,
    stop: Stop = never,
) -> Iterator[Ended[_Result]]:
    """Let the workers do tasks, and give each result as soon as it is there.

    A task whose worker dies is given to another; one that has killed several is given up.

    Parameters
    ----------
    work
        A function of a module that the workers can import.
    tasks
        What it is called with, once each (again where a worker died).
    stop
        Asked now and then; true: tasks that have not ended are withdrawn.

    Raises
    ------
    ClusterError
        If the scheduler has gone.
    Exception
        Whatever `work` raises.
    """
    coming = enumerate(tasks)
    waiting: dict[Any, int] = {}
    try:
        while not stop():
            # One task a thread: a task that kills its worker takes no other with it.
            for place, task in islice(coming, max(threads_of(cluster) - len(waiting), 0)):
                waiting[cluster.client.submit(work, task, pure=False)] = place
            if not waiting:
                return
            for future in _next_ended(cluster, waiting):
                yield Ended(place=waiting.pop(future), result=_result_of(future))
                future.release()  # a worker need not keep what is here
    except FutureCancelledError as error:
        raise _gone() from error
    finally:
        if waiting:
            cluster.client.cancel(list(waiting))


def wait_for(
    cluster: Cluster, futures: Sequence[Any], *, stop: Stop = never
) -> Iterator[Ended[Any]]:
    """Give the results of tasks that were submitted already, each as soon as it is there.

    What a worker that dies held or was doing is done again. When it ends early, the tasks that have
    not ended are withdrawn.

    Raises
    ------
    ClusterError
        If the scheduler has gone.
    """
    waiting = {future: place for place, future in enumerate(futures)}
    try:
        while waiting and not stop():
            for future in _next_ended(cluster, waiting):
                yield Ended(place=waiting.pop(future), result=_result_of(future))
    except FutureCancelledError as error:
        raise _gone() from error
    finally:
        if waiting:
            cluster.client.cancel(list(waiting))


def threads_of(cluster: Cluster) -> int:
    """Count the tasks that can be done at the same time; 1 while all workers start again."""
    threads: dict[str, int] = cluster.client.nthreads()
    return max(sum(threads.values()), 1)


def _next_ended(cluster: Cluster, waiting: dict[Any, int]) -> list[Any]:
    """Wait a moment and give the tasks that have ended."""
    try:
        with cluster.client.as_current():
            ended = _engine.wait(
                list(waiting), timeout=_LOOK_EVERY_S, return_when="FIRST_COMPLETED"
            ).done
    except TimeoutError:
        return []
    return sorted(ended, key=waiting.__getitem__)


def _result_of(future: Any) -> Any:  # noqa: ANN401 - of a library without types
    try:
        return future.result()
    except KilledWorker:
        return None


@contextmanager
def _local_cluster(workers: int) -> Iterator[Cluster]:
    with (
        tempfile.TemporaryDirectory(prefix="planner-cluster-") as scratch,
        _engine.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            host=_ONLY_THIS_MACHINE,
            dashboard_address=f"{_ONLY_THIS_MACHINE}:0",  # None would be a port of all networks
            worker_dashboard_address=None,
            silence_logs=logging.CRITICAL,
            local_directory=scratch,
        ) as local,
        _engine.Client(local, set_as_default=False) as client,
    ):
        yield Cluster(client=client)


def _connect(scheduler: str) -> Cluster:
    # Before a client is made: one that failed over such a text cannot be closed.
    if not _ADDRESS.fullmatch(scheduler):
        raise ClusterError(
            note(
                "--scheduler {address}: expected an address such as tcp://10.0.0.5:8786.",
                address=scheduler,
            )
        )
    try:
        client: Any = _engine.Client(scheduler, timeout=_CONNECT_S, set_as_default=False)
    except (OSError, ValueError) as error:  # a time-out is an OSError
        raise ClusterError(
            note(
                "The scheduler {address} does not answer. Start it with 'dask scheduler', and"
                " workers with 'dask worker', or leave --scheduler out to work on this machine.",
                address=scheduler,
            )
        ) from error
    try:
        client.wait_for_workers(1, timeout=_CONNECT_S)
    except TimeoutError as error:
        client.close()
        raise ClusterError(
            note(
                "The scheduler {address} has no worker. Start one with 'dask worker {address}'.",
                address=scheduler,
            )
        ) from error
    return Cluster(client=client)


def _gone() -> ClusterError:
    return ClusterError(
        note(
            "The scheduler has gone while it was at work. Start it again and run the same command:"
            " what was finished is kept."
        )
    )
