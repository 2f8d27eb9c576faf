"""A source of GPS or order records -> where and when its people are."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from planner.demand.patterns import RecordedHours, SquarePattern, Teller
from planner.demand.squares import CELL_M, join_squares
from planner.district import District, WorkerTable, projection_of
from planner.district.settings import Settings, WorkerSource
from planner.district.tables import label_of
from planner.language import Message, note
from planner.progress import Progress

__all__ = ["hours_of_records", "pattern_of_records", "tell_records"]

_HOURS = 24
_WEEKDAYS, _WEEKEND_DAYS = 5, 2


def tell_records(
    district: District,
    table: WorkerTable,
    position: int,
    *,
    progress: Progress,
    cache: Path | None,
) -> Teller:
    """Bin the records of a source and take them for a pattern; with ids, for the hours too.

    The persons seen are the headcount that the source stands for where nobody else counts; for
    several groups they are divided evenly, since a record does not tell its group.
    """
    # It loads PyArrow and compiled kernels, which a district without records need not wait for.
    from planner.demand.pings import bin_pings  # noqa: PLC0415

    source = table.source
    bins = bin_pings(
        [district.folder / source.path],
        columns=source.columns,
        crs=source.crs,
        rules=source.pings,
        projection=projection_of(district),
        boundary=district.boundary,
        cell_m=CELL_M,
        progress=progress,
        cache=cache,
    )
    days = (bins.weekdays, bins.weekend_days)
    hours = bins.stay_hours if source.pings.only_stays else bins.person_hours
    pattern = pattern_of_records(bins.squares, hours, bins.records, days=days)
    groups = _groups(source, district.settings)
    there = bool(pattern.value.any())
    persons = bins.persons if bins.has_ids else 0
    counted = persons / len(groups) if persons and groups else None
    return Teller(
        position=position,
        source=source,
        patterns=dict.fromkeys(groups, pattern) if there else {},
        people={} if counted is None else dict.fromkeys(groups, counted),
        hours=hours_of_records(bins.person_hours, persons, days=days) if persons else None,
        problems=tuple(bins.problems),
        notes=(*bins.notes, *_notes(source, persons=persons, there=there)),
    )


def pattern_of_records(
    squares: NDArray[np.int64],
    hours: NDArray[np.float32],
    records: NDArray[np.int64],
    *,
    days: tuple[int, int],
) -> SquarePattern:
    """Take person-hours in squares for a pattern, each kind of day by its days in a week.

    Parameters
    ----------
    squares
        Column and row, shape (k, 2).
    hours
        Person-hours by hour of weekdays, then of weekend days, summed over the days, shape (k, 48).
    records
        Shape (k,).
    days
        Weekdays and weekend days that were recorded; a kind of day without any tells nothing.
    """
    daily = hours / np.repeat(np.maximum(days, 1), _HOURS).astype(np.float32)
    week = daily.astype(np.float64) @ np.repeat([_WEEKDAYS, _WEEKEND_DAYS], _HOURS)
    names = join_squares(squares[:, 0], squares[:, 1])
    order = np.argsort(names)
    order = order[week[order] > 0]
    return SquarePattern(
        squares=names[order],
        value=week[order],
        records=records[order].astype(np.float64),
        hourly=daily[order],
    )


def hours_of_records(
    hours: NDArray[np.float32], persons: int, *, days: tuple[int, int]
) -> RecordedHours:
    """Give the share of the persons seen who are out in each hour of a kind of day; at most 1."""
    daily = hours.sum(axis=0, dtype=np.float64) / np.repeat(np.maximum(days, 1), _HOURS)
    return RecordedHours(
        share=np.minimum(daily / persons, 1.0), known=np.repeat(np.array(days) > 0, _HOURS)
    )


def _groups(source: WorkerSource, settings: Settings) -> tuple[str, ...]:
    known = tuple(group.id for group in settings.groups)
    return tuple(group for group in known if not source.groups or group in source.groups)


def _notes(source: WorkerSource, *, persons: int, there: bool) -> list[Message]:
    if not there:
        return [note("{table}: no record lies in the district.", table=label_of(source))]
    if not persons:
        return [
            note(
                "{table}: the records tell no persons apart, so they say where people are, and "
                "not how many or which share of them is out.",
                table=label_of(source),
            )
        ]
    return []
