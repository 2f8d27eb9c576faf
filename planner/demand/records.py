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

__all__ = ["hours_of_records", "out_by_hour", "pattern_of_records", "tell_records"]

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
    """Bin the records of a source and take them for a pattern of places and of hours.

    Where some files have ids, the hours follow these alone: without, a file sampled densely in one
    hour would outweigh all others.

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
    only_stays = source.pings.only_stays and bins.has_ids  # else nobody can tell who stays
    hours = bins.stay_hours if only_stays else bins.person_hours
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
        hours=hours_of_records(
            bins.id_hours if bins.has_ids else bins.person_hours.sum(axis=0, dtype=np.float64)
        ),
        problems=tuple(bins.problems),
        notes=(*bins.notes, *_notes(source, persons=persons, there=there, stays=only_stays)),
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


def hours_of_records(hours: NDArray[np.float64]) -> RecordedHours:
    """Give how the people's time lies over the hours of each kind of day.

    Only the shape: how many are out follows the presence table (`out_by_hour`), since the number of
    different persons depends on how long was recorded and how often ids change.

    Parameters
    ----------
    hours
        Person-hours of weekdays, then of weekend days, shape (48,).
    """
    days = np.maximum(hours, 0.0).reshape(2, _HOURS)
    total = days.sum(axis=1, keepdims=True)
    shape = np.divide(days, total, out=np.zeros_like(days), where=total > 0)
    return RecordedHours(share=shape.reshape(-1), known=np.repeat(total[:, 0] > 0, _HOURS))


def out_by_hour(shape: NDArray[np.float64], table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scale the shape of one kind of day so that it has as many hours a head as the table.

    In no hour are more than all out: what is above lies over the other recorded hours in
    proportion; where these are too few, all are out in each of them and the rest of their hours
    lies where nobody recorded, as in the table.

    Parameters
    ----------
    shape
        At least 0, shape (24,).
    table
        Share of the people who are out, 0 to 1, shape (24,).

    Returns
    -------
    numpy.ndarray
        Share of the people who are out, 0 to 1, shape (24,).

    Examples
    --------
    >>> out_by_hour(np.array([6.0, 3.0, 1.0, 0.0]), np.array([0.5, 0.5, 0.5, 0.5])).tolist()
    [1.0, 0.75, 0.25, 0.0]
    >>> out_by_hour(np.array([1.0, 0.0, 0.0, 0.0]), np.array([0.5, 0.5, 0.5, 0.5])).tolist()
    [1.0, 0.3333333333333333, 0.3333333333333333, 0.3333333333333333]
    """
    hours_a_head = float(table.sum())
    full = np.zeros(len(shape), dtype=np.bool_)
    while True:
        rest = np.where(full, 0.0, shape)
        if not rest.any():
            return np.where(full, 1.0, _rest_of(table, full))
        share: NDArray[np.float64] = rest / rest.sum() * (hours_a_head - full.sum())
        if not (share > 1).any():
            return np.where(full, 1.0, share)
        full |= share > 1


def _rest_of(table: NDArray[np.float64], full: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Lay what is left of the hours of a table over the other hours; never above the table."""
    other = np.where(full, 0.0, table)
    left = max(0.0, float(table.sum()) - float(full.sum()))
    return other * (left / other.sum()) if other.any() else other


def _groups(source: WorkerSource, settings: Settings) -> tuple[str, ...]:
    known = tuple(group.id for group in settings.groups)
    return tuple(group for group in known if not source.groups or group in source.groups)


def _notes(source: WorkerSource, *, persons: int, there: bool, stays: bool) -> list[Message]:
    table = label_of(source)
    if not there and stays and persons:
        return [note("{table}: nobody in the records stays anywhere in the district.", table=table)]
    if not there:
        return [note("{table}: no record lies in the district.", table=table)]
    if not persons:
        return [
            note(
                "{table}: the records tell no persons apart, so they say where people are and how "
                "they lie over the hours of the day, and not how many they are.",
                table=table,
            )
        ]
    return []
