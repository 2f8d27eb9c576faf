"""Weeks in which sites are there -> parts of the year in which the same ones can be."""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.hours import YEAR_WEEKS

__all__ = ["WHOLE_YEAR", "YearPart", "cut_year", "part_of"]

WHOLE_YEAR = (0, 1, 1)
"""The share of a year that is one part."""


class YearPart(NamedTuple):
    """Weeks of the year in which the same stations can be there."""

    week: int
    """One of them, 1 to 52."""
    share: tuple[int, int, int]
    """See `Coverage.merged_rows`."""

    def holds(self, weeks: Sequence[int]) -> bool:
        """Tell whether what is there in some weeks (empty: all) is there in this part."""
        return not weeks or self.week in weeks


def cut_year(
    kinds: Iterable[tuple[int, ...]], *, planned: Collection[int] = ()
) -> tuple[YearPart, ...]:
    """Cut the year, or a season of it, where any site can come or go.

    Parameters
    ----------
    kinds
        Weeks of each site or option, empty: all year.
    planned
        Weeks that count, empty: all.
    """
    different = sorted(set(kinds))
    alike: dict[tuple[bool, ...], list[int]] = {}
    for week in sorted(planned) or range(1, YEAR_WEEKS + 1):
        alike.setdefault(tuple(not kind or week in kind for kind in different), []).append(week)
    ends = np.cumsum([0, *(len(some) for some in alike.values())]).tolist()
    return tuple(
        YearPart(some[0], (ends[at], ends[at + 1], ends[-1]))
        for at, some in enumerate(alike.values())
    )


def part_of(value: NDArray[np.int64], share: tuple[int, int, int]) -> NDArray[np.int64]:
    """Give what of whole numbers falls into a part of the year; all parts add up to the whole."""
    first, end, weeks = share
    if weeks == 1:
        return value
    return value * end // weeks - value * first // weeks
