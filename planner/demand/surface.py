"""Demand: how many workers of each group are where, and when."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.errors import Problem
from planner.language import Message

__all__ = ["Demand", "no_fits", "no_sources"]

_SOURCES = {
    "source": "str", "kind": "str", "group": "str", "gives": "str", "trust": "float64",
    "counted": "float64", "used": "float64", "pattern_share": "float64", "hours": "str",
}  # fmt: skip
_FITS = {
    "group": "str", "model": "str", "error": "float64", "error_mean": "float64",
    "error_rates": "float64", "used": "bool", "areas": "int64",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """Workers by cell, group and time of the week."""

    cells: pd.DataFrame
    """Index cell id (str). Columns: lon, lat (WGS-84 degrees), x, y (metres, district projection),
    community (id or ""), grid (id of the counted grid that the cell is a part of, or ""); where the
    ids of some needed a number before them, place (the id without it, or "")."""
    groups: tuple[str, ...]
    """Group ids, in the order of the settings."""
    workers: NDArray[np.float64]
    """Headcount, people each once, shape (n cells, g groups)."""
    band_of_hour: NDArray[np.int16]
    """Which band each of the 168 hours of the week (Monday 00:00 first) belongs to, shape
    (168,)."""
    people_milli: NDArray[np.int64]
    """Expected people present, in whole thousandths of a person, shape (b bands, n cells, g
    groups)."""
    error_share: NDArray[np.float64]
    """Standard error of the headcount of a cell as a share of it, shape (n cells, g groups); 0
    where nobody is. Cells of one counted area err against each other: their sum is as sure as the
    count."""
    sources: pd.DataFrame
    """What each source gave, one row a source and group: source, kind, group, gives ("headcount"
    or "pattern"), trust, counted (headcount as the file has it, NaN where it has none), used
    (headcount that it gave), pattern_share (how much of the people of the group its pattern laid
    out, 0 to 1), hours (where those of its people are from, of a row of nobody those of its group:
    "counts", "records" or "table", several joined by "+"; records say how the hours of the table
    lie over the day). What is laid out of the stated total of a group beyond what was counted is a
    row of the kind "stated", so that `used` adds up to the headcount."""
    fits: pd.DataFrame
    """Fitted models: group, model, error, error_mean, error_rates (relative errors in areas that
    the model, the mean or the rates had not seen), used (bool), areas (that it learned from)."""
    season: str | None
    """Season that the people and hours are of; None: the year round."""
    problems: tuple[Problem, ...]
    """Faults found while sources were streamed (GPS records)."""
    notes: tuple[Message, ...]
    """What was assumed."""

    @property
    def band_hours(self) -> NDArray[np.int64]:
        """Hours a week of each band, shape (b,)."""
        return np.bincount(self.band_of_hour, minlength=len(self.people_milli)).astype(np.int64)

    @property
    def worker_hours_week(self) -> float:
        """People times the hours they are out, over a week."""
        by_band = self.people_milli.sum(axis=(1, 2), dtype=np.int64)
        return float(by_band @ self.band_hours) / 1000


def no_sources() -> pd.DataFrame:
    """Give the table of sources of a demand that was not built from any."""
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in _SOURCES.items()})


def no_fits() -> pd.DataFrame:
    """Give the table of fitted models where nothing was fitted."""
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in _FITS.items()})
