"""The sums of all records -> hours, problems and notes for people."""

import numpy as np
from numpy.typing import NDArray

from planner.demand.pings.model import MS_AN_HOUR, PingBins, PingPart, PingPlan
from planner.intake.pings import (
    FIRST_YEARLESS_DAY,
    REAL_DAYS,
    TIME_ONLY_DAY,
    count_set_aside,
    merge_faults,
    problems_of,
)
from planner.language import Message, note

__all__ = ["finish_bins"]

_SATURDAY = 5


def finish_bins(plan: PingPlan, part: PingPart) -> PingBins:
    """Turn the sums of all tasks and partitions of a plan into bins.

    Parameters
    ----------
    part
        All parts, merged.
    """
    files = merge_faults(part.faults)
    set_aside = count_set_aside(files)
    for reason, count in (("jump", part.jumps), ("repeated", part.repeated)):
        if count:
            set_aside[reason] = count
    weekend = {day for day in part.days if day < REAL_DAYS and day % 7 >= _SATURDAY}
    return PingBins(
        squares=part.squares,
        person_hours=_hours(part.person_ms),
        stay_hours=_hours(part.stay_ms),
        id_hours=(part.person_ms.sum(axis=0) - part.loose_ms) / MS_AN_HOUR,
        records=part.records,
        persons=part.persons,
        weekdays=len(part.days) - len(weekend),
        weekend_days=len(weekend),
        has_ids=any(layout.has_ids for layout in plan.layouts.values()),
        set_aside=set_aside,
        problems=(*plan.problems, *problems_of(files, plan.layouts)),
        notes=(*plan.notes, *_notes(plan, part)),
        cell_m=plan.cell_cm / 100,
    )


def _hours(ms: NDArray[np.int64]) -> NDArray[np.float32]:
    """Turn milliseconds into hours, rounded once, without an array of float64 between."""
    out = np.empty(ms.shape, dtype=np.float32)
    np.divide(ms, MS_AN_HOUR, out=out, dtype=np.float64, casting="same_kind")
    return out


def _notes(plan: PingPlan, part: PingPart) -> list[Message]:
    out = [*_of_days(part), *_of_ids(plan)]
    if part.jumps:
        out.append(
            note(
                "{count} GPS records were set aside: they could only be reached faster than "
                "{speed:g} km/h.",
                count=f"{part.jumps:,}",
                speed=plan.rules.most_speed_kmh,
            )
        )
    if part.repeated:
        out.append(
            note(
                "{count} GPS records were set aside: the same person, time and place occurs more "
                "than once.",
                count=f"{part.repeated:,}",
            )
        )
    return out


def _of_days(part: PingPart) -> list[Message]:
    out = []
    if TIME_ONLY_DAY in part.days:
        out.append(
            note(
                "GPS records have times without dates; they were counted as one weekday, since "
                "nobody can tell the day."
            )
        )
    yearless = sum(day >= FIRST_YEARLESS_DAY for day in part.days)
    if yearless:
        out.append(
            note(
                "GPS records have dates without a year; their {count} days were counted as "
                "weekdays, since nobody can tell the day of the week.",
                count=yearless,
            )
        )
    return out


def _of_ids(plan: PingPlan) -> list[Message]:
    without = sum(not layout.has_ids for layout in plan.layouts.values())
    if not without:
        return []
    out = [
        note(
            "{count} files of GPS records name no person or vehicle: each record counts as one "
            "minute of one person, which tells where and when, not how many.",
            count=without,
        )
    ]
    if len(plan.layouts) > without:
        out.append(
            note(
                "Other files name persons or vehicles, so the hours of the day follow those "
                "alone; the files without say only where people are."
            )
        )
    if plan.rules.only_stays:
        out.append(_of_stays(plan, without))
    return out


def _of_stays(plan: PingPlan, without: int) -> Message:
    if len(plan.layouts) == without:
        return note(
            "Without a person or vehicle nobody can tell who stays; all records were counted."
        )
    return note(
        "Without a person or vehicle nobody can tell who stays; since only stays are wanted and "
        "other files tell them, the files without were left out."
    )
