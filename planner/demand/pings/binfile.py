"""Bins -> a table that holds no person, and back."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.demand.pings.model import HOURS, PingBins
from planner.errors import InputError, Problem
from planner.geo import to_degrees, to_plane
from planner.intake.pings import told_name
from planner.language import note

__all__ = ["read_bins", "write_bins"]

_DAYS = ("weekday", "weekend")
_TOTALS = ("persons", "weekdays", "weekend_days", "has_ids", "cell_m")
_COLUMNS = ("lon", "lat", "day", "hour", "person_hours", "stay_hours", "records", *_TOTALS)
_ID_HOURS = "id_hours"
"""Not in files of older versions."""
_DEGREE_PLACES = 7
"""About a centimetre."""
_FIRST = 3


def write_bins(bins: PingBins, path: Path, *, projection: str) -> None:
    """Write bins as Parquet or, by the name of the file, as CSV (UTF-8 with a mark, for Excel).

    One row for each square, kind of day and hour in which anybody was there: lon and lat of the
    square's centre (WGS-84), day ("weekday" or "weekend"), hour, person_hours, stay_hours; records
    (those of the whole square, the same in each of its rows); and the totals persons, weekdays,
    weekend_days, has_ids and cell_m, the same in all rows; and id_hours, the hours of records with
    ids over all squares at that hour of that kind of day. Nobody's id is in it. The
    file is written aside and put in place whole: an older one is never half overwritten.
    """
    centre = (bins.squares + 0.5) * bins.cell_m
    lon, lat = to_degrees(centre, projection=projection)
    shown = (bins.person_hours > 0) | (bins.stay_hours > 0)
    shown[~shown.any(axis=1), 0] = True  # a square that was only passed in no time
    square, slot = np.nonzero(shown)
    table = pd.DataFrame(
        {
            "lon": lon[square].round(_DEGREE_PLACES),
            "lat": lat[square].round(_DEGREE_PLACES),
            "day": np.array(_DAYS, dtype=object)[slot // 24],
            "hour": slot % 24,
            "person_hours": bins.person_hours[square, slot].astype(np.float64),
            "stay_hours": bins.stay_hours[square, slot].astype(np.float64),
            "records": bins.records[square],
            _ID_HOURS: bins.id_hours[slot],
            **{name: getattr(bins, name) for name in _TOTALS},
        }
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".new-") as aside:
        part = Path(aside) / path.name
        if path.suffix.lower() == ".csv":
            table.to_csv(part, index=False, encoding="utf-8-sig")
        else:
            table.to_parquet(part, index=False)
        part.replace(path)


def read_bins(path: Path, *, projection: str) -> PingBins:
    """Read what `write_bins` wrote, in the same or in another plane.

    In another plane a square goes, whole, to the one that holds its centre.

    Raises
    ------
    InputError
        If it can't be read, lacks a column, or no row of it can be used.
    """
    table = _read(path)
    missing = [name for name in _COLUMNS if name not in table.columns]
    if missing:
        raise InputError(
            note(
                "{file}: the column {name} is missing; write the file again with `planner pings`.",
                file=told_name(path),
                name=missing[0],
            )
        )
    numbers = {
        name: pd.to_numeric(table[name], errors="coerce").to_numpy(np.float64)
        for name in ("lon", "lat", "hour", "person_hours", "stay_hours", "records")
    }
    good = _good(table, numbers)
    problems = _problems(path, good)
    if not good.any():
        raise InputError(
            note("{file}: no row can be used.", file=told_name(path)), problems=problems
        )
    totals = _totals(path, table[good].iloc[0])
    day = (table["day"][good] == _DAYS[1]).to_numpy()
    kept = {name: values[good] for name, values in numbers.items()}
    slot = kept["hour"].astype(np.int64) + 24 * day
    xy = to_plane(kept["lon"], kept["lat"], projection=projection)
    squares, row = np.unique(
        np.floor(xy / totals["cell_m"]).astype(np.int64), axis=0, return_inverse=True
    )
    row = row.reshape(-1)
    hours = np.zeros((2, len(squares), HOURS))
    np.add.at(hours[0], (row, slot), kept["person_hours"])
    np.add.at(hours[1], (row, slot), kept["stay_hours"])
    return PingBins(
        squares=squares,
        person_hours=hours[0].astype(np.float32),
        stay_hours=hours[1].astype(np.float32),
        id_hours=_id_hours(table[good], slot, hours[0], has_ids=bool(totals["has_ids"])),
        records=_records(kept, row, len(squares)),
        persons=int(totals["persons"]),
        weekdays=int(totals["weekdays"]),
        weekend_days=int(totals["weekend_days"]),
        has_ids=bool(totals["has_ids"]),
        problems=problems,
        cell_m=float(totals["cell_m"]),
    )


def _read(path: Path) -> pd.DataFrame:
    try:
        if path.suffix.lower() in (".csv", ".txt"):
            return pd.read_csv(path, encoding="utf-8-sig", dtype=str)
        return pd.read_parquet(path)
    except (OSError, ValueError) as error:  # of pandas and PyArrow alike
        raise InputError(
            note(
                "{file}: it can't be read; write it again with `planner pings`.",
                file=told_name(path),
            )
        ) from error


def _good(table: pd.DataFrame, numbers: Mapping[str, NDArray[np.float64]]) -> NDArray[np.bool_]:
    """Tell which rows are right."""
    good = np.array(table["day"].isin(_DAYS), dtype=np.bool_)
    for name in ("person_hours", "stay_hours", "records"):
        good &= np.isfinite(numbers[name]) & (numbers[name] >= 0)
    good &= np.isin(numbers["hour"], np.arange(24))
    good &= (np.abs(numbers["lon"]) <= 180) & (np.abs(numbers["lat"]) <= 90)  # noqa: PLR2004
    return good


def _problems(path: Path, good: NDArray[np.bool_]) -> tuple[Problem, ...]:
    bad = np.flatnonzero(~good) + 2  # the header is line 1
    if not len(bad):
        return ()
    return (
        Problem(
            table=told_name(path),
            row=int(bad[0]),
            column="",
            found="-",
            expected=note("a row as `planner pings` writes it"),
            fix=note(
                "{count} rows like this were set aside; first in lines {lines}. Write the file "
                "again.",
                count=f"{len(bad):,}",
                lines=", ".join(map(str, bad[:_FIRST])),
            ),
        ),
    )


def _totals(path: Path, row: "pd.Series[str]") -> dict[str, float]:
    """Read the totals, which all rows repeat."""
    words = {"true": "1", "false": "0"}
    texts = {name: str(row[name]) for name in _TOTALS}
    read = {
        name: float(pd.to_numeric(words.get(text.lower(), text), errors="coerce"))
        for name, text in texts.items()
    }
    for name, value in read.items():
        least = 0.01 if name == "cell_m" else 0
        if not (np.isfinite(value) and value >= least):
            raise InputError(
                note(
                    "{file}: {name} is no number; write the file again with `planner pings`.",
                    file=told_name(path),
                    name=name,
                )
            )
    return read


def _id_hours(
    table: pd.DataFrame, slot: NDArray[np.int64], hours: NDArray[np.float64], *, has_ids: bool
) -> NDArray[np.float64]:
    """Read the hours of records with ids; all or none where the file does not tell them apart."""
    every = hours.sum(axis=0)
    if _ID_HOURS not in table.columns:
        return every if has_ids else np.zeros(HOURS)
    told = pd.to_numeric(table[_ID_HOURS], errors="coerce").to_numpy(np.float64)
    out = np.zeros(HOURS)
    out[slot] = np.where(np.isfinite(told), np.maximum(told, 0.0), 0.0)
    return out


def _records(
    kept: Mapping[str, NDArray[np.float64]], row: NDArray[np.int64], count: int
) -> NDArray[np.int64]:
    """Add up the records of each centre once, since each of its rows repeats them."""
    place = np.column_stack([kept["lon"], kept["lat"]])
    _, first = np.unique(place, axis=0, return_index=True)
    out = np.zeros(count, dtype=np.int64)
    np.add.at(out, row[first], kept["records"][first].astype(np.int64))
    return out
