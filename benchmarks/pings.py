"""Invented GPS records to squares by hour: ours beside DuckDB and GeoPandas, in one run.

    python benchmarks/pings.py [--records 5000000] [--peer-sample 500000] [--csv-gb 0]

Each case runs in a process of its own, so that its memory at its highest is its own. The records
lie in a Parquet file that is written first and deleted at the end; --csv-gb adds a CSV of so many
gigabytes with one broken line in its middle. Compiling our kernels (once on a machine) is not
counted; starting a process and loading libraries is not counted for anybody. The run ends with exit
code 1 where DuckDB finds other records in an hour than we do, or the broken line is not told by its
number.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped] # it has no types
import pyarrow.parquet as pq  # type: ignore[import-untyped] # the same
import shapely
from memory import peak_gb

from planner.demand.pings import PingBins, bin_pings
from planner.district.settings import PingRules
from planner.geo import local_projection, to_plane

_WEST, _SOUTH, _EAST, _NORTH = 113.75, 22.45, 114.55, 22.85
_PLANE = local_projection(114.15, 22.65)
_CELL_M = 250.0
_RECORDS_A_PERSON = 2_500
_MONDAY_S = 1_704_067_200
"""2024-01-01 in seconds since 1970; local time, as the file has no zone."""
_WEEK_S = 7 * 86_400
_BATCH = 1 << 20
_DUCK_CELL = (
    "CAST(floor(lon * 111320 * cos(radians(22.65)) / 250) AS INTEGER) AS column_,"
    " CAST(floor(lat * 110574 / 250) AS INTEGER) AS row_,"
    " hour(time) + 24 * CAST(isodow(time) > 5 AS INTEGER) AS hour_"
)
_INSIDE = f"lon BETWEEN {_WEST} AND {_EAST} AND lat BETWEEN {_SOUTH} AND {_NORTH}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """What a case took, and what it found."""

    seconds: float
    busy_s: float
    """Of all processors together."""
    peak_gb: float
    """Memory at its highest, the libraries counted in; 0: not known here."""
    found: Mapping[str, object]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the comparison and print it; 1 where results differ, else 0."""
    asked = _read_arguments(arguments)
    if asked.case:
        print(json.dumps(_CASES[asked.case](Path(asked.file), asked.peer_sample)))
        return 0
    with tempfile.TemporaryDirectory(prefix="pings-") as folder:
        file = Path(folder) / "records.parquet"
        write_parquet(file, asked.records, ids=True)
        bare = Path(folder) / "bare.parquet"
        write_parquet(bare, asked.records, ids=False)
        size = file.stat().st_size / 1e9
        print(f"{asked.records:,} records, {size:.2f} GB of Parquet (with ids)")
        wrong = _compare(file, bare, asked)
        if asked.csv_gb:
            wrong |= _broken_csv(Path(folder) / "big.csv", asked)
    return int(wrong)


def _compare(file: Path, bare: Path, asked: argparse.Namespace) -> bool:
    ours, ours_once = _ask("ours", bare, asked), _ask("ours", file, asked)
    duck, duck_once = _ask("duckdb", bare, asked), _ask("duckdb-once", file, asked)
    joined = _ask("geopandas", bare, asked)
    _tell("ours, without ids", ours)
    _tell("ours, each person's time divided once", ours_once)
    _tell("DuckDB, records by square and hour", duck, ours)
    _tell("DuckDB, distinct persons by square and hour", duck_once, ours_once)
    scale = asked.records / min(asked.peer_sample, asked.records)
    _tell(f"GeoPandas join of {asked.peer_sample:,} records, scaled up", joined, ours, scale)
    differ = ours.found["records_by_hour"] != duck.found["records_by_hour"]
    print("records in each hour: " + ("DIFFERENT" if differ else "the same as DuckDB's"))
    return differ


def _broken_csv(file: Path, asked: argparse.Namespace) -> bool:
    lines, broken = write_csv(file, asked.csv_gb)
    print(f"CSV of {file.stat().st_size / 1e9:.2f} GB, {lines:,} lines, line {broken} is broken")
    took = _ask("ours", file, asked)
    _tell("ours, each person's time divided once", took)
    told = took.found["told"]
    print(f"lines told: {told}")
    return told != [broken]


def _ask(case: str, file: Path, asked: argparse.Namespace) -> Took:
    """Run a case in a process of its own."""
    command = [sys.executable, __file__, "--case", case, "--file", str(file)]
    command += ["--peer-sample", str(asked.peer_sample)]
    out = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - ourselves
    return Took(**json.loads(out.stdout.splitlines()[-1]))


def _tell(name: str, took: Took, ours: Took | None = None, scale: float = 1.0) -> None:
    beside = "" if ours is None else f", {took.seconds * scale / ours.seconds:.1f} times ours"
    print(
        f"{name}: {took.seconds * scale:.2f} s (processors {took.busy_s * scale:.2f} s, memory"
        f" {took.peak_gb:.2f} GB){beside}"
    )


def write_parquet(path: Path, records: int, *, ids: bool) -> None:
    """Write people who move about a city for a week, records in the order of time."""
    rng = np.random.default_rng(0)
    people = max(records // _RECORDS_A_PERSON, 1)
    home = rng.uniform((_WEST + 0.05, _SOUTH + 0.05), (_EAST - 0.05, _NORTH - 0.05), (people, 2))
    writer = None
    for start in range(0, records, _BATCH):
        at = np.arange(start, min(start + _BATCH, records))
        who = rng.integers(0, people, len(at))
        second = _MONDAY_S + at * _WEEK_S // records
        turn = second / 86_400 * 6 * np.pi + who
        noise = rng.normal(0, 2e-4, (2, len(at)))
        columns = {"vehicle": who} if ids else {}
        table = pa.table(
            {
                **columns,
                "time": second.astype("datetime64[s]"),
                "lon": (home[who, 0] + 0.02 * np.sin(turn) + noise[0]).round(6),
                "lat": (home[who, 1] + 0.02 * np.cos(turn) + noise[1]).round(6),
            }
        )
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    if writer is not None:
        writer.close()


def write_csv(path: Path, size_gb: float) -> tuple[int, int]:
    """Write records as CSV with one broken line in the middle; give its lines, and that one."""
    rng = np.random.default_rng(1)
    lines = 200_000
    who = rng.integers(10_000, 60_000, lines)
    lon = rng.uniform(_WEST + 0.01, _EAST - 0.01, lines)
    lat = rng.uniform(_SOUTH + 0.01, _NORTH - 0.01, lines)
    second = np.arange(lines) * 86_400 // lines
    block = "".join(
        f"{w},2024-01-01 {s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d},{x:.6f},{y:.6f},0\n"
        for w, s, x, y in zip(who, second, lon, lat, strict=True)
    ).encode()
    blocks = max(int(size_gb * 1e9 / len(block)), 2)
    with path.open("wb") as file:
        file.write(b"vehicle,time,lon,lat,speed\n")
        for number in range(blocks):
            if number == blocks // 2:
                file.write(b'12345,"2024-01-01 00:00\n')
            file.write(block)
    return lines * blocks + 2, lines * (blocks // 2) + 2


def _ours(file: Path, sample: int) -> dict[str, object]:
    """Bin a file; the kernels are loaded, or compiled, on a few records first."""
    del sample
    with tempfile.TemporaryDirectory() as folder:
        few = Path(folder) / "few.parquet"
        write_parquet(few, 5_000, ids=True)
        _bin(few)
        write_parquet(few, 5_000, ids=False)
        _bin(few)
        write_csv(Path(folder) / "few.csv", 0)
        _bin(Path(folder) / "few.csv")
    return _timed(lambda: _found(_bin(file)))


def _bin(file: Path) -> PingBins:
    return bin_pings(
        [file],
        columns={},
        crs="WGS-84",
        rules=PingRules(),
        projection=_PLANE,
        boundary=shapely.box(_WEST, _SOUTH, _EAST, _NORTH),
    )


def _found(bins: PingBins) -> dict[str, object]:
    by_hour = np.rint(bins.person_hours.astype(np.float64).sum(axis=0) * 60).astype(int)
    return {
        "records_by_hour": {str(slot): int(n) for slot, n in enumerate(by_hour) if n},
        "told": [problem.row for problem in bins.problems],
    }


def _duckdb(file: Path, sample: int) -> dict[str, object]:
    """Count records by square and hour."""
    del sample

    def ask() -> dict[str, object]:
        table = _query(
            f"SELECT {_DUCK_CELL}, count(*) AS records FROM '{file}'"  # noqa: S608 - our own file
            f" WHERE {_INSIDE} GROUP BY ALL"
        )
        by_hour = table.groupby("hour_")["records"].sum()
        return {"records_by_hour": {str(slot): int(n) for slot, n in by_hour.items()}}

    return _timed(ask)


def _duckdb_once(file: Path, sample: int) -> dict[str, object]:
    """Count distinct persons by square and hour."""
    del sample

    def ask() -> dict[str, object]:
        table = _query(
            f"SELECT {_DUCK_CELL}, count(DISTINCT vehicle) AS persons FROM '{file}'"  # noqa: S608 - our own file
            f" WHERE {_INSIDE} GROUP BY ALL"
        )
        return {"squares": len(table)}

    return _timed(ask)


def _query(text: str) -> pd.DataFrame:
    answer = duckdb.sql(text)
    if answer is None:
        raise RuntimeError("DuckDB gave no table")
    table: pd.DataFrame = answer.df()
    return table


def _geopandas(file: Path, sample: int) -> dict[str, object]:
    """Join a sample of the records to squares, the usual way."""
    table = next(pq.ParquetFile(file).iter_batches(sample)).to_pandas()
    corner = to_plane([_WEST, _EAST], [_SOUTH, _NORTH], projection=_PLANE)
    x = np.arange(*(corner[:, 0] // _CELL_M + [0, 1])) * _CELL_M
    y = np.arange(*(corner[:, 1] // _CELL_M + [0, 1])) * _CELL_M
    west, south = (side.ravel() for side in np.meshgrid(x, y))
    squares = gpd.GeoDataFrame(
        geometry=shapely.box(west, south, west + _CELL_M, south + _CELL_M), crs=_PLANE
    )

    def join() -> dict[str, object]:
        points = gpd.points_from_xy(table["lon"], table["lat"], crs="EPSG:4326").to_crs(_PLANE)
        placed = gpd.GeoDataFrame({"hour": table["time"].dt.hour}, geometry=points)
        joined = gpd.sjoin(placed, squares, predicate="within")
        return {"rows": len(joined.groupby(["index_right", "hour"]).size())}

    return _timed(join)


def _timed(work: Callable[[], dict[str, object]]) -> dict[str, object]:
    began, busy = time.perf_counter(), time.process_time()
    found = work()
    seconds, busy_s = time.perf_counter() - began, time.process_time() - busy
    return {"seconds": seconds, "busy_s": busy_s, "peak_gb": peak_gb(), "found": found}


_CASES: Mapping[str, Callable[[Path, int], dict[str, object]]] = {
    "ours": _ours,
    "duckdb": _duckdb,
    "duckdb-once": _duckdb_once,
    "geopandas": _geopandas,
}


def _read_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--records", type=int, default=5_000_000)
    parser.add_argument("--peer-sample", type=int, default=500_000)
    parser.add_argument("--csv-gb", type=float, default=0.0)
    parser.add_argument("--case", choices=sorted(_CASES), help=argparse.SUPPRESS)
    parser.add_argument("--file", help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
