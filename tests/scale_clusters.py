"""A real scheduler with worker processes, for tests to kill."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import distributed

from planner.progress import Progress

engine: Any = distributed  # has no types


@contextmanager
def running_cluster() -> Iterator[Any]:
    """Two worker processes that come again when they die."""
    with engine.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        silence_logs=50,
    ) as local:
        yield local


def kill_one(local: Any, killed: list[int], *, after_share: float = 0.0) -> Progress:  # noqa: ANN401
    """Kill (SIGKILL) a worker that is at work, once, as soon as more than a share is done."""

    def told(_step: object, done_share: float) -> None:
        if killed or done_share <= after_share:
            return
        with engine.Client(local, set_as_default=False) as client:
            busy = [worker for worker, keys in client.processing().items() if keys]
            pids = client.run(os.getpid, workers=busy[:1])
        killed.extend(pids.values())
        os.kill(killed[0], signal.SIGKILL)

    return told
