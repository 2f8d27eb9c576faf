"""Parts with hours -> bands: hours of the week with the same people in every cell."""

import hashlib
from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from planner.demand.counts import DAY_HOURS
from planner.demand.parts import GroupHours, Part
from planner.language import note
from planner.progress import Progress

__all__ = ["merge_hours"]

_WEEKDAYS, _WEEKEND_DAYS = 5, 2


def merge_hours(
    parts: Sequence[Part],
    hours: Sequence[GroupHours],
    *,
    cells: int,
    progress: Progress,
) -> tuple[NDArray[np.int16], NDArray[np.int64]]:
    """Merge hours with the same people everywhere; bands are numbered as they first occur.

    Parameters
    ----------
    hours
        One a group; their number is that of the groups.

    Returns
    -------
    band_of_hour, people_milli
        As of Demand.
    """
    columns = _Columns(parts, hours)
    number: dict[tuple[int, ...], int] = {}
    band_of_day = []
    for hour in range(2 * DAY_HOURS):
        progress(note("Laying workers out over the week"), hour / (2 * DAY_HOURS))
        band_of_day.append(number.setdefault(columns.of_hour(hour), len(number)))
    weekday, weekend = band_of_day[:DAY_HOURS], band_of_day[DAY_HOURS:]
    band_of_hour = np.array(weekday * _WEEKDAYS + weekend * _WEEKEND_DAYS, np.int16)
    people_milli = np.zeros((len(number), cells, len(hours)), dtype=np.int64)
    for name, band in number.items():
        for part, column in zip(parts, columns.named(name), strict=True):
            people_milli[band, part.cells, part.group] += column
    return band_of_hour, people_milli


class _Columns:
    """The different columns of people that each part has over the week, each kept once."""

    def __init__(self, parts: Sequence[Part], hours: Sequence[GroupHours]) -> None:
        self._parts, self._hours = parts, hours
        self._kept: list[list[NDArray[np.int64]]] = [[] for _ in parts]
        self._by_name: list[dict[Hashable, int]] = [{} for _ in parts]
        self._by_content: list[dict[bytes, int]] = [{} for _ in parts]

    def of_hour(self, hour: int) -> tuple[int, ...]:
        """Name the columns of an hour, one number a part; equal columns have equal numbers."""
        return tuple(self._number(at, part, hour) for at, part in enumerate(self._parts))

    def named(self, name: tuple[int, ...]) -> list[NDArray[np.int64]]:
        """Give the columns of a name, one a part."""
        return [kept[number] for kept, number in zip(self._kept, name, strict=True)]

    def _number(self, position: int, part: Part, hour: int) -> int:
        names, hours = self._by_name[position], self._hours[part.group]
        name = part.name_of_hour(hour, hours)
        if name not in names:
            column = part.present(hour, hours)
            digest = hashlib.sha256(column.tobytes()).digest()
            contents, kept = self._by_content[position], self._kept[position]
            if digest not in contents:
                contents[digest] = len(kept)
                kept.append(column)
            names[name] = contents[digest]
        return names[name]
