"""Columns of a block of rows -> the rows that are good, faults added up."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.intake.pings.model import Batch, TaskFaults
from planner.intake.pings.moments import (
    DATE_ONLY,
    DAY_S,
    FORM_NAMES,
    FORMS,
    JOINED,
    NO_TIME,
    TIME_ONLY,
    TIME_ONLY_DAY,
    UNCLEAR,
    UNKNOWN_TIME,
)

__all__ = ["Columns", "Times", "good_rows", "with_date"]

_Bools = NDArray[np.bool_]
Times = tuple[NDArray[np.uint32], NDArray[np.uint8]]
"""Local seconds since 1990 and the form of each."""
_TIME_KINDS = {
    NO_TIME: "no_time",
    UNKNOWN_TIME: "time",
    UNCLEAR: "unclear_date",
    DATE_ONLY: "date_only",
}
_MOST_LON, _MOST_LAT = 180.0, 90.0
_LONGEST = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """What the columns of a block say; arrays of one length n."""

    person: NDArray[np.uint64]
    """0: none; empty where the file has no ids."""
    time_s: NDArray[np.uint32]
    form: NDArray[np.uint8]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    degrees: bool
    """Whether the positions are degrees."""
    time_text: Callable[[int], str]
    """Gives what stands for the time in a row."""


def with_date(date: Times | None, time: Times | None) -> Times:
    """Join a column of dates with one of times of the day; a time with its own date stands."""
    if date is None or time is None:
        alone = date if time is None else time
        if alone is None:
            raise ValueError("date or time must be given")
        return alone
    (day_s, day_form), (time_s, form) = date, time
    join = (form == TIME_ONLY) & (day_form == DATE_ONLY)
    blank = (form == NO_TIME) & (day_form != NO_TIME)
    joined = day_s + (time_s - np.uint32(TIME_ONLY_DAY * DAY_S))
    out_s = np.where(join, joined, np.where(blank, day_s, time_s))
    out_form = np.where(join, JOINED, np.where(blank, day_form, form))
    return out_s.astype(np.uint32), out_form.astype(np.uint8)


def good_rows(columns: Columns, lines: NDArray[np.int64], faults: TaskFaults) -> Batch:
    """Take the rows that have a time, a position and, where the file has ids, an id.

    Each other row is counted once, by the first of: no time, no position, (0, 0), no degrees (or
    latitude and longitude the wrong way round), no id.
    """
    left = _timed(columns, lines, faults)
    left = _placed(columns, lines, left, faults)
    if len(columns.person):
        none = columns.person == 0
        faults.add("no_id", lines[left & none])
        left &= ~none
    _count_forms(columns.form, lines, left, faults)
    if left.all():
        return Batch(
            person=columns.person,
            time_s=columns.time_s,
            lon=columns.lon,
            lat=columns.lat,
            line=lines,
        )
    return Batch(
        person=columns.person[left] if len(columns.person) else columns.person,
        time_s=columns.time_s[left],
        lon=columns.lon[left],
        lat=columns.lat[left],
        line=lines[left],
    )


def _timed(columns: Columns, lines: NDArray[np.int64], faults: TaskFaults) -> _Bools:
    left: _Bools = columns.form >= TIME_ONLY
    if not left.all():
        for form, kind in _TIME_KINDS.items():
            at = np.flatnonzero(columns.form == form)
            if len(at):
                faults.add(kind, lines[at], _shape_of(columns.time_text(int(at[0]))))
    return left


def _placed(columns: Columns, lines: NDArray[np.int64], left: _Bools, faults: TaskFaults) -> _Bools:
    lon, lat = columns.lon, columns.lat
    tests: list[tuple[str, _Bools]] = [("no_place", ~(np.isfinite(lon) & np.isfinite(lat)))]
    tests.append(("zero", (lon == 0) & (lat == 0)))
    if columns.degrees:
        high = np.abs(lat) > _MOST_LAT
        turned = high & (np.abs(lat) <= _MOST_LON) & (np.abs(lon) <= _MOST_LAT)
        tests += [("swapped", turned), ("no_degrees", high | (np.abs(lon) > _MOST_LON))]
    for kind, test in tests:
        hit = left & test
        if hit.any():
            faults.add(kind, lines[hit])
            left = left & ~test
    return left


def _count_forms(
    form: NDArray[np.uint8], lines: NDArray[np.int64], left: _Bools, faults: TaskFaults
) -> None:
    for kind in np.flatnonzero(np.bincount(form[left], minlength=FORMS)):
        first = form == kind
        faults.add_form(FORM_NAMES[int(kind)], lines[first & left])


def _shape_of(text: str) -> str:
    """Hide all but marks and spaces, in any script: no id in a wrong column is ever told."""
    return "".join(map(_hidden, unicodedata.normalize("NFKC", text)))[:_LONGEST]


def _hidden(letter: str) -> str:
    kind = unicodedata.category(letter)[0]
    if kind in "PZ" or (letter.isascii() and not letter.isalnum()):
        return letter
    return "#" if kind == "N" else "x"
