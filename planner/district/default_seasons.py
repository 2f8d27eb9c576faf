"""Seasons that are used where a district names none, and what groups do otherwise in them.

All of it is assumed. In the hot months outdoor work begins earlier, rests from 12 to 15 (at 37 to
40 C work in the three hottest hours is not allowed, at 40 C it stops) and lasts longer into the
evening; in the cold months it begins later and ends earlier. Drivers sit in their vehicle, and
nothing is known to differ for them. Where a district lies south of the frost or north of the heat,
its own tables should take the place of these.
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
    Season(id="summer", name="夏季（6月至8月）", name_en="Summer (June to August)", weeks=13),
    Season(
        id="winter", name="冬季（12月至次年2月）", name_en="Winter (December to February)", weeks=13
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
                (2, 3, 0.15), (3, 4, 0.5), (4, 8, 0.9), (8, 11, 0.8), (11, 12, 0.5),
                (12, 15, 0.15), (15, 18, 0.75), (18, 21, 0.3), (21, 22, 0.15),
            ),
            shares(
                (4, 5, 0.3), (5, 6, 0.7), (6, 8, 0.9), (8, 11, 0.8), (11, 14, 0.6),
                (14, 17, 0.75), (17, 19, 0.3), (19, 21, 0.1),
            ),
        ),
        # The noon rush stays, whatever the heat; summer nights are long, winter nights short.
        "rider": _both(
            1.05,
            shares(
                (0, 2, 0.2), (2, 6, 0.05), (6, 9, 0.35), (9, 11, 0.5), (11, 14, 0.9),
                (14, 16, 0.4), (16, 17, 0.6), (17, 20, 0.9), (20, 22, 0.7), (22, 24, 0.4),
            ),
            shares(
                (0, 2, 0.1), (2, 7, 0.03), (7, 9, 0.25), (9, 11, 0.5), (11, 14, 0.9),
                (14, 16, 0.5), (16, 17, 0.6), (17, 20, 0.9), (20, 22, 0.5), (22, 24, 0.2),
            ),
        ),
        "courier": _both(
            0.88,
            shares(
                (5, 6, 0.15), (6, 7, 0.4), (7, 8, 0.7), (8, 11, 0.9), (11, 12, 0.7),
                (12, 15, 0.45), (15, 19, 0.9), (19, 21, 0.5),
            ),
            shares(
                (6, 7, 0.1), (7, 8, 0.4), (8, 11, 0.9), (11, 14, 0.7), (14, 18, 0.9),
                (18, 20, 0.4), (20, 21, 0.2),
            ),
        ),
        # Gatherings begin half an hour to an hour earlier in summer, later in winter.
        "day_labourer": _both(
            0.9,
            shares(
                (3, 4, 0.3), (4, 6, 0.9), (6, 7, 0.7), (7, 9, 0.35), (9, 12, 0.15),
                (12, 15, 0.05), (15, 18, 0.1),
            ),
            shares((4, 5, 0.3), (5, 7, 0.9), (7, 8, 0.6), (8, 10, 0.35), (10, 12, 0.2),
                   (12, 17, 0.1)),
        ),
        # Builders and gardeners pause in the heat, guards and wardens do not.
        "guard": _both(
            0.8,
            shares(
                (0, 5, 0.2), (5, 6, 0.45), (6, 8, 0.6), (8, 12, 0.7), (12, 15, 0.4),
                (15, 19, 0.7), (19, 22, 0.4), (22, 24, 0.2),
            ),
            shares(
                (0, 6, 0.2), (6, 7, 0.35), (7, 8, 0.5), (8, 17, 0.7), (17, 18, 0.6),
                (18, 21, 0.35), (21, 24, 0.2),
            ),
        ),
    }
)  # fmt: skip
"""Group id -> when it is out in the seasons in which that differs from the rest of the year."""
