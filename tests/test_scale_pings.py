"""Records are binned by several processes as by one."""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from scale_clusters import kill_one, running_cluster

from planner.demand.pings import PingBins, bin_pings, write_bins
from planner.district.settings import PingRules
from planner.errors import InputError, PlannerError
from planner.scale import bin_on_dask
from planner.scale.pings import _bundles

TAXI = Path(__file__).resolve().parents[2] / "shared/data/shenzhen/TaxiData-Sample.csv.gz"
PLANE = "EPSG:32650"
BOX = shapely.box(113.8, 22.45, 114.4, 22.8)
READ: dict[str, Any] = {"columns": {}, "crs": "WGS-84", "rules": PingRules(), "projection": PLANE}


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with running_cluster() as local:
        yield local


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with people in 40 files who go from one file to the other, and bad lines."""
    folder = tmp_path_factory.mktemp("records")
    rng = np.random.default_rng(3)
    count = 40_000
    start = pd.Timestamp("2024-05-06")
    table = pd.DataFrame(
        {
            "vehicle_id": [f"SECRET{number}" for number in rng.integers(0, 300, count)],
            "time": (
                start + pd.to_timedelta(rng.integers(0, 8 * 86_400, count), unit="s")
            ).strftime("%Y-%m-%d %H:%M:%S"),
            "lng": rng.uniform(113.7, 114.5, count).round(6),
            "lat": rng.uniform(22.4, 22.85, count).round(6),
        }
    ).astype(str)
    table.loc[table.index[::977], "time"] = "nan"
    table.loc[table.index[::1013], "lng"] = "x"
    for number, part in enumerate(np.array_split(np.arange(count), 40)):
        table.iloc[part].to_csv(folder / f"day{number:02d}.csv", index=False)
    nameless = table[["time", "lng", "lat"]].head(500)
    nameless.to_parquet(folder / "nameless.parquet")
    return folder


def same(one: PingBins, other: PingBins) -> None:
    for name in ("squares", "person_hours", "stay_hours", "id_hours", "records"):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name
    for name in ("persons", "weekdays", "weekend_days", "has_ids", "cell_m"):
        assert getattr(one, name) == getattr(other, name), name
    assert dict(one.set_aside) == dict(other.set_aside)


def told(bins: PingBins) -> list[str]:
    return [*map(str, bins.problems), *map(str, bins.notes)]


def test_a_killed_worker_changes_nothing(records: Path, cluster: Any) -> None:  # noqa: ANN401
    # given
    here = bin_pings([records], **READ, boundary=BOX)
    killed: list[int] = []
    # when
    there = bin_on_dask(
        [records],
        **READ,
        boundary=BOX,
        scheduler=cluster.scheduler_address,
        progress=kill_one(cluster, killed, after_share=0.2),
    )
    # then
    assert len(killed) == 1
    assert here.persons == 300
    assert here.problems
    same(here, there)
    assert told(here) == told(there)
    assert "SECRET" not in repr(there)


@pytest.mark.skipif(not TAXI.is_file(), reason="the shared real data are not here")
def test_taxis_of_shenzhen_come_out_the_same(cluster: Any, tmp_path: Path) -> None:  # noqa: ANN401
    # given: the file in six parts, so that each taxi is in several
    with gzip.open(TAXI, "rb") as file:
        lines = file.read().splitlines(keepends=True)
    for number in range(6):
        (tmp_path / f"{number}.csv").write_bytes(b"".join(lines[number::6]))
    # when
    there = bin_on_dask([tmp_path], **READ, boundary=BOX, scheduler=cluster.scheduler_address)
    # then
    assert there.persons == 180
    same(bin_pings([TAXI], **READ, boundary=BOX), there)


def test_files_of_bins_alone_need_no_worker(records: Path, tmp_path: Path) -> None:
    path = tmp_path / "bins.parquet"
    bins = bin_pings([records], **READ, boundary=None)
    write_bins(bins, path, projection=PLANE)
    # A scheduler that nobody started would be an error if it were asked.
    again = bin_on_dask([path], **READ, boundary=None, scheduler="tcp://127.0.0.1:9")
    assert np.array_equal(again.squares, bins.squares)
    assert again.persons == bins.persons


@pytest.mark.parametrize("name", ["bins.csv", "bins.parquet"])
def test_bins_that_cannot_be_written_whole_leave_the_older_file(
    records: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    path = tmp_path / name
    bins = bin_pings([records], **READ, boundary=None)
    write_bins(bins, path, projection=PLANE)
    before = path.read_bytes()

    def full_disk(_table: pd.DataFrame, place: Path, **_: object) -> None:
        place.write_bytes(b"half a")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_csv", full_disk)
    monkeypatch.setattr(pd.DataFrame, "to_parquet", full_disk)
    with pytest.raises(OSError, match="No space left"):
        write_bins(bins, path, projection=PLANE)
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == [name]


def test_nothing_usable_is_told_with_the_faults(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("time,lng,lat\n", encoding="utf-8")
    (tmp_path / "wrong.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(InputError) as told:
        bin_on_dask([tmp_path / "wrong.csv"], **READ, boundary=None, workers=1)
    assert any(problem.table == "wrong.csv" for problem in told.value.problems)


def test_stopping_withdraws_the_work(records: Path, cluster: Any) -> None:  # noqa: ANN401
    with pytest.raises(PlannerError, match="Stopped"):
        bin_on_dask(
            [records],
            **READ,
            boundary=BOX,
            scheduler=cluster.scheduler_address,
            stop=lambda: True,
        )


def test_many_small_files_are_read_several_in_one_task() -> None:
    tasks: Any = list(range(1000))
    bundles = _bundles(tasks)
    assert [one for bundle in bundles for one in bundle] == tasks
    assert len(bundles) <= 128
    assert [len(bundle) for bundle in _bundles(tasks[:5])] == [1, 1, 1, 1, 1]
