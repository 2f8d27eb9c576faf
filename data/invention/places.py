"""Invented stations and host venues along the streets, with what lists say of them."""
# ruff: noqa: PLR2004 - the numbers are the invention itself

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import starmap

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, Point

from invention.communities import Community
from invention.draft import Street
from invention.hosts import HOSTS, Host
from invention.terrain import LAND, busy

__all__ = ["DISTRICT", "Place", "make_places"]

DISTRICT = "清江区（虚构）"
_UNION_PERCENT = {"bank": 20, "fuel": 30, "shop": 50, "phone_shop": 20, "logistics": 40}
"""Where the host pays a part of what a station costs; elsewhere the union pays all."""
_DIGITS = "〇一二三四五六七八九"
_SERVICES = (
    "饮水、热饭、休息",
    "饮水、休息、充电",
    "饮水、热饭、休息、应急药品",
    "饮水、休息、如厕",
    "饮水、充电、雨具",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One row of a list of stations or venues, in metres; "" is a blank cell."""

    name: str
    host: Host
    spot: Point
    community: Community
    address: str
    hours: str
    services: str
    area_m2: int
    capacity: int
    cost_yuan: int
    cost_year_yuan: int
    listed: str = "是"
    access: str = "开放"
    status: str = "开放"
    benchmark: str = ""
    union_percent: int | None = None
    """What of the set-up money the union would pay; None is a blank cell."""


def make_places(
    streets: Sequence[Street], communities: Sequence[Community], seed: int
) -> tuple[list[Place], list[Place]]:
    """Invent the stations that exist and the venues that could be one.

    Of the 40 stations 35 are open, 2 under repair and 3 closed: 37 that count as existing. They
    crowd in the middle of the old town; each community has a venue of its own.
    """
    spots = _Spots(streets, communities, np.random.default_rng(seed))
    order = np.random.default_rng(seed + 1)
    stations = [spots.place(host, crowded=True) for host in HOSTS for _ in range(host.stations)]
    stations += [spots.place(host, crowded=False) for host in HOSTS[:4] if host.id != "fuel"]
    stations = [stations[int(k)] for k in order.permutation(len(stations))]
    venues = [spots.place(HOSTS[0], inside=community) for community in communities]
    rest = [(host, host.venues - (len(communities) if host is HOSTS[0] else 0)) for host in HOSTS]
    venues += [spots.place(host) for host, count in rest for _ in range(count)]
    return list(starmap(_as_listed, enumerate(stations))), list(
        starmap(_as_venue, enumerate(venues))
    )


def _as_listed(row: int, place: Place) -> Place:
    """Give a station the failings of real ones, by its row."""
    access = {1: "门禁", 4: "登记"}.get(row % 7, "开放" if row % 11 else "")
    listed = "否" if row % 6 == 2 else ("" if row % 13 == 5 else "是")
    status = {9: "维护", 27: "维护", 6: "关闭", 20: "关闭", 33: "关闭"}.get(row, "开放")
    hours = "" if row % 10 == 3 else place.hours
    benchmark = "是" if row % 12 == 4 else "否"
    return replace(
        place, access=access, listed=listed, status=status, hours=hours, benchmark=benchmark
    )


def _as_venue(row: int, place: Place) -> Place:
    """Leave some hours blank, put a few venues behind gates, and say who would pay of most."""
    access = "门禁" if row % 29 == 11 else ("登记" if row % 23 == 7 else "开放")
    return replace(
        place,
        access=access,
        hours="" if row % 17 == 9 else place.hours,
        benchmark="是" if row % 16 == 6 else "",
        union_percent=None if row % 7 == 5 else _UNION_PERCENT.get(place.host.id, 100),
    )


class _Spots:
    """Sides of streets, handed out one by one, 45 m or more apart."""

    def __init__(
        self, streets: Sequence[Street], communities: Sequence[Community], rng: np.random.Generator
    ) -> None:
        self._rng = rng
        self._streets = [s for s in streets if not s.highway.startswith("motorway")]
        self._lines = [LineString(s.line) for s in self._streets]
        middles = shapely.line_interpolate_point(self._lines, 0.5, normalized=True)
        self._busy = busy(shapely.get_x(middles), shapely.get_y(middles))
        shapes = shapely.STRtree([c.shape for c in communities])
        found, which = shapes.query(middles, predicate="within")
        self._community = {int(k): communities[int(c)] for k, c in zip(found, which, strict=True)}
        self._taken: list[Point] = []
        self._names: Counter[str] = Counter()

    def place(self, host: Host, *, crowded: bool = False, inside: Community | None = None) -> Place:
        """Put one host at the side of a street; `crowded`: chiefly in the middle of towns."""
        weight = self._weight(host, crowded=crowded, inside=inside)
        while True:
            k = int(self._rng.choice(len(weight), p=weight))
            spot = self._beside(self._lines[k])
            if not LAND.river.covers(spot) and all(spot.distance(t) >= 45 for t in self._taken):
                self._taken.append(spot)
                return self._row(host, spot, k)

    def _weight(
        self, host: Host, *, crowded: bool, inside: Community | None
    ) -> NDArray[np.float64]:
        good = [
            s.highway in host.streets
            and k in self._community
            and inside in (None, self._community[k])
            for k, s in enumerate(self._streets)
        ]
        likely = self._busy**1.6 if crowded else np.sqrt(self._busy) + host.country_share
        if inside is not None:
            likely = 0.02 + self._busy
        weight = np.array(good) * shapely.length(self._lines) * likely
        share: NDArray[np.float64] = weight / weight.sum()
        return share

    def _beside(self, line: LineString) -> Point:
        at = self._rng.uniform(0.2, 0.8) * line.length
        here, there = (np.array(line.interpolate(d).coords[0]) for d in (at, at + 1))
        across = np.array([here[1] - there[1], there[0] - here[0]]) * self._rng.choice([-1, 1])
        return Point(here + across * self._rng.uniform(9, 18))

    def _row(self, host: Host, spot: Point, street: int) -> Place:
        rng, community = self._rng, self._community[street]
        short = community.name.removesuffix("社区").removesuffix("村")
        road = self._streets[street].name or f"{short}{_chinese(int(rng.integers(1, 20)))}巷"
        money = rng.uniform(0.75, 1.35, 2)
        return Place(
            name=self._name(host, community, short),
            host=host,
            spot=spot,
            community=community,
            address=f"{DISTRICT}{community.street}{road}{int(rng.integers(1, 300))}号",
            hours=str(rng.choice(host.hours)),
            services=str(rng.choice(_SERVICES)),
            area_m2=int(host.area_m2 * rng.uniform(0.6, 1.8)),
            capacity=int(rng.integers(4, 24)),
            cost_yuan=int(round(host.cost_yuan * money[0], -2)),
            cost_year_yuan=int(round(host.cost_year_yuan * money[1], -2)),
        )

    def _name(self, host: Host, community: Community, short: str) -> str:
        template = str(self._rng.choice(host.names))
        town = community.town or short
        plain = template.format(community=community.name, town=town, n="")
        self._names[plain] += 1
        n = _chinese(self._names[plain])
        return template.format(community=community.name, town=town, n=n)


def _chinese(number: int) -> str:
    """Write 1 to 99 in Chinese.

    >>> [_chinese(n) for n in (3, 10, 14, 20, 31)]
    ['三', '十', '十四', '二十', '三十一']
    """
    tens, ones = divmod(number, 10)
    text = ("" if tens == 1 else _DIGITS[tens]) + "十" if tens else ""
    return text + (_DIGITS[ones] if ones or not tens else "")
