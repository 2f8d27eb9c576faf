"""Demand: how many workers of each group are where, and when."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.language import Message

__all__ = ["Demand"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """Workers by cell, group and time of the week."""

    cells: pd.DataFrame
    """Index cell id (str). Columns: lon, lat (WGS-84 degrees), x, y (metres, district projection),
    community (id or "")."""
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
