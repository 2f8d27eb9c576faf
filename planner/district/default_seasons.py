"""Seasons that are used where a district names none, and what groups do otherwise in them.

All of it is assumed. In the hot months outdoor work begins earlier, rests from 12 to 15 (at 37 to
40 C work in the three hottest hours is not allowed, at 40 C it stops) and lasts longer into the
evening; in the cold months it begins later and ends earlier. Drivers sit in their vehicle, and
nothing is known to differ for them. A share is of the headcount, as in the tables of the year, and
is scaled as they are: one head is out within some six hours of a week of the year round. Where a
district lies south of the frost or north of the heat, its own tables should take the place of
these.
"""

from collections.abc import Mapping
from types import MappingProxyType

from planner.district.settings import Season, SeasonPresence

__all__ = ["DEFAULT_SEASONS", "IN_SEASONS", "shares"]

_DAY_HOURS = 24


def shares(*spans: tuple[int, int, float]) -> tuple[float, ...]:
    """Give 24 shares from (first hour, hour not counted in, share); hours not named have 0."""
    hours = [0.0] * _DAY_HOURS
    for start, end, share in spans:
        hours[start:end] = [share] * (end - start)
    return tuple(hours)


DEFAULT_SEASONS: tuple[Season, ...] = (
    Season(
        id="summer",
        name="夏季（6月至8月）",
        name_en="Summer (June to August)",
        weeks=13,
        starts="06-01",
    ),
    Season(
        id="winter",
        name="冬季（12月至次年2月）",
        name_en="Winter (December to February)",
        weeks=13,
        starts="12-01",
    ),
)


def _both(
    weekend_factor: float, summer: tuple[float, ...], winter: tuple[float, ...]
) -> tuple[SeasonPresence, ...]:
    """Give the tables of summer and winter; the weekend is a share of the weekday, at most 1."""
    return tuple(
        SeasonPresence(
            season=season,
            weekday=weekday,
            weekend=tuple(min(1.0, round(share * weekend_factor, 2)) for share in weekday),
        )
        for season, weekday in (("summer", summer), ("winter", winter))
    )


IN_SEASONS: Mapping[str, tuple[SeasonPresence, ...]] = MappingProxyType(
    {
        # The first round an hour earlier, nobody sent out in the heat, the last round later.
        "sanitation": _both(
            0.88,
            shares(
                (2, 3, 0.11), (3, 4, 0.36), (4, 8, 0.65), (8, 11, 0.58), (11, 12, 0.36),
                (12, 15, 0.11), (15, 18, 0.54), (18, 21, 0.22), (21, 22, 0.11),
            ),
            shares(
                (4, 5, 0.22), (5, 6, 0.5), (6, 8, 0.65), (8, 11, 0.58), (11, 14, 0.43),
                (14, 17, 0.54), (17, 19, 0.22), (19, 21, 0.07),
            ),
        ),
        # The noon rush stays, whatever the heat; summer nights are long, winter nights short.
        "rider": _both(
            1.05,
            shares(
                (0, 2, 0.15), (2, 6, 0.04), (6, 9, 0.27), (9, 11, 0.38), (11, 14, 0.68),
                (14, 16, 0.3), (16, 17, 0.46), (17, 20, 0.68), (20, 22, 0.53), (22, 24, 0.3),
            ),
            shares(
                (0, 2, 0.08), (2, 7, 0.02), (7, 9, 0.19), (9, 11, 0.38), (11, 14, 0.68),
                (14, 16, 0.38), (16, 17, 0.46), (17, 20, 0.68), (20, 22, 0.38), (22, 24, 0.15),
            ),
        ),
        "courier": _both(
            0.88,
            shares(
                (5, 6, 0.12), (6, 7, 0.32), (7, 8, 0.56), (8, 11, 0.72), (11, 12, 0.56),
                (12, 15, 0.36), (15, 19, 0.72), (19, 21, 0.4),
            ),
            shares(
                (6, 7, 0.08), (7, 8, 0.32), (8, 11, 0.72), (11, 14, 0.56), (14, 18, 0.72),
                (18, 20, 0.32), (20, 21, 0.16),
            ),
        ),
        # Gatherings begin half an hour to an hour earlier in summer, later in winter.
        "day_labourer": _both(
            0.9,
            shares(
                (3, 4, 0.22), (4, 6, 0.65), (6, 7, 0.5), (7, 9, 0.25), (9, 12, 0.11),
                (12, 15, 0.04), (15, 18, 0.07),
            ),
            shares((4, 5, 0.22), (5, 7, 0.65), (7, 8, 0.43), (8, 10, 0.25), (10, 12, 0.14),
                   (12, 17, 0.07)),
        ),
        # Builders and gardeners pause in the heat, guards and wardens do not.
        "guard": _both(
            0.8,
            shares(
                (0, 5, 0.14), (5, 6, 0.32), (6, 8, 0.43), (8, 12, 0.5), (12, 15, 0.29),
                (15, 19, 0.5), (19, 22, 0.29), (22, 24, 0.14),
            ),
            shares(
                (0, 6, 0.14), (6, 7, 0.25), (7, 8, 0.36), (8, 17, 0.5), (17, 18, 0.43),
                (18, 21, 0.25), (21, 24, 0.14),
            ),
        ),
    }
)  # fmt: skip
"""Group id -> when it is out in the seasons in which that differs from the rest of the year."""
