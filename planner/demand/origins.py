"""People of a group and the hours assumed for them -> where the hours of the day are from."""

from collections.abc import Sequence

import numpy as np

from planner.demand.parts import GroupHours, Part

__all__ = ["hours_from"]

_KINDS = ("counts", "records", "table")


def hours_from(parts: Sequence[Part], hours: GroupHours) -> tuple[str, ...]:
    """Name what says how many are out at each hour of the week: some of counts, records and table.

    Parameters
    ----------
    parts
        Of one group. Those with nobody tell nothing; where nobody is in any, all are asked.
    hours
        Of that group, where nobody counted by time.
    """
    asked = [part for part in parts if part.total_milli > 0] or parts
    found = {kind for part in asked for kind in _of_part(part, hours)}
    return tuple(kind for kind in _KINDS if kind in found)


def _of_part(part: Part, hours: GroupHours) -> set[str]:
    counts = part.counts
    there = counts.headcount > 0
    if counts.counted_hour.any():
        there = there | counts.by_hour.any(axis=1)
    if not there.any():
        there = ~there
    counted = np.tile(counts.counted_hour, 2) & bool((counts.counted_place & there).any())
    other_places = bool((~counts.counted_place & there).any())
    assumed = np.tile(~counts.counted_hour, 2) | other_places
    found = {"counts"} if counted.any() else set()
    if (assumed & hours.recorded).any():
        found.add("records")
    if (assumed & ~hours.recorded).any():
        found.add("table")
    return found
