"""The name of a time zone -> when which offset from UTC holds."""

from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

from planner.errors import SettingsError
from planner.language import note

__all__ = ["UTC_ONLY", "offsets_of"]

_FIRST_S, _LAST_S = 631_065_600, 3_755_000_000
"""From the last days of 1989 to 2088."""
_STEP_S = 86_400 * 7

UTC_ONLY = np.array([[-(2**62)], [0]], dtype=np.int64)
"""As `offsets_of` gives for a place on UTC."""


@lru_cache(maxsize=8)
def offsets_of(zone: str) -> NDArray[np.int64]:
    """List the changes of a zone's offset from UTC from 1990 to 2088.

    Returns
    -------
    numpy.ndarray
        From when (UTC seconds since 1970) and the offset from then on (seconds, east above 0),
        int64 of shape (2, k); the first begins before all times.

    Raises
    ------
    SettingsError
        If no time zone is known by that name.
    """
    try:
        place = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise SettingsError(
            note(
                "The time zone '{zone}' is not known; write a name such as Asia/Shanghai.",
                zone=zone,
            )
        ) from error
    start, offset = [-(2**62)], [_offset(place, _FIRST_S)]
    for end in range(_FIRST_S + _STEP_S, _LAST_S, _STEP_S):
        if _offset(place, end) != offset[-1]:
            at = _change(place, end - _STEP_S, end)
            start.append(at)
            offset.append(_offset(place, at))
    out = np.array([start, offset], dtype=np.int64)
    out.flags.writeable = False
    return out


def _offset(place: ZoneInfo, second: int) -> int:
    there = datetime.fromtimestamp(second, tz=UTC).astimezone(place).utcoffset()
    return int(there.total_seconds()) if there is not None else 0


def _change(place: ZoneInfo, before: int, after: int) -> int:
    """Find the second from which another offset holds; one change at most lies between."""
    old = _offset(place, before)
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(place, middle) == old:
            before = middle
        else:
            after = middle
    return after
