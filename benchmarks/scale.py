"""GPS records on two Dask workers beside one, in one run; needs two free processors.

    python benchmarks/scale.py [--records 20000000] [--files 16]

Both clusters are started, and their kernels loaded (or compiled) on a few records, before the clock
runs: told is how long the same files take from the call to the bins. Each worker has one thread.
The bins must be the same, else the run ends with exit code 1. On a machine where others work at the
same time the ratio says little.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from pings import write_parquet

from planner.demand.pings import PingBins
from planner.district.settings import PingRules
from planner.geo import local_projection
from planner.scale import bin_on_dask
from planner.scale.cluster import open_cluster

_PROMISED = 1.7
_RUNS = 3
_PLANE = local_projection(114.1, 22.6)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the comparison and print it; 1 where the bins differ, else 0."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--records", type=int, default=20_000_000)
    parser.add_argument("--files", type=int, default=16)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        folder, few = Path(name) / "records", Path(name) / "few"
        for place, records in ((folder, asked.records // asked.files), (few, 2000)):
            place.mkdir()
            for number in range(asked.files):
                write_parquet(place / f"{number:03d}.parquet", records, ids=True)
        one_s, one = _timed(folder, few, workers=1)
        two_s, two = _timed(folder, few, workers=2)
    busy = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    print(
        f"{asked.records:,} records in {asked.files} files: one worker {one_s:.1f} s, two"
        f" {two_s:.1f} s: {one_s / two_s:.2f} times as fast (promised: {_PROMISED}, with two free"
        f" processors; here {os.cpu_count()}{busy})"
    )
    same = same_bins(one, two)
    print("the same bins" if same else "THE BINS DIFFER")
    return int(not same)


def same_bins(one: PingBins, two: PingBins) -> bool:
    """Tell whether squares, hours, records and persons are the same, to the last bit."""
    arrays = ("squares", "person_hours", "stay_hours", "records")
    return one.persons == two.persons and all(
        np.array_equal(getattr(one, name), getattr(two, name)) for name in arrays
    )


def _timed(folder: Path, few: Path, *, workers: int) -> tuple[float, PingBins]:
    """Bin the records on a cluster that is warm; the best of three runs."""
    with open_cluster(scheduler=None, workers=workers) as cluster:
        address = cluster.client.scheduler.address
        _bin(few, address)
        took = []
        for _ in range(_RUNS):
            start = time.perf_counter()
            bins = _bin(folder, address)
            took.append(time.perf_counter() - start)
    return min(took), bins


def _bin(folder: Path, scheduler: str) -> PingBins:
    return bin_on_dask(
        [folder],
        columns={},
        crs="WGS-84",
        rules=PingRules(),
        projection=_PLANE,
        boundary=None,
        scheduler=scheduler,
    )


if __name__ == "__main__":
    sys.exit(main())
