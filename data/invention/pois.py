"""Invented points of interest as map services export them: restaurants, shops, banks, parks."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, Point

from invention.communities import Community
from invention.draft import Street
from invention.places import Place
from invention.terrain import LAND, busy

__all__ = ["Poi", "make_pois"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Poi:
    """One point of interest, in metres of the invented plane."""

    name: str
    type: str
    """Three classes, large to small, as Amap names them."""
    spot: Point
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """A class of places: how many there are, and where."""

    type: str
    count: int
    names: tuple[str, ...]
    """`{town}` and a running number make them different."""
    gathered: float = 0.0
    """Share that stands in the food streets, 0 to 1."""
    country_share: float = 0.004
    """How likely a place in the country is, against one in the middle of the old town."""


_KINDS = (
    _Kind(
        type="餐饮服务;中餐厅;中餐厅",
        count=260,
        names=("清江小炒", "石阶饭馆", "渡口鱼庄"),
        gathered=0.5,
    ),
    _Kind(type="餐饮服务;中餐厅;火锅店", count=70, names=("石阶火锅", "三岔火锅"), gathered=0.6),
    _Kind(
        type="餐饮服务;快餐厅;快餐厅",
        count=210,
        names=("青瓦快餐", "一碗豆花", "百味小吃"),
        gathered=0.6,
    ),
    _Kind(type="餐饮服务;冷饮店;冷饮店", count=55, names=("半盏冷饮",), gathered=0.8),
    _Kind(type="餐饮服务;糕饼店;糕饼店", count=35, names=("麦垛糕饼",), gathered=0.5),
    _Kind(
        type="购物服务;便民商店/便利店;便民商店/便利店",
        count=150,
        names=("云朵便利店", "家门口商店"),
        country_share=0.02,
    ),
    _Kind(type="购物服务;超级市场;超市", count=34, names=("满仓超市",)),
    _Kind(type="医疗保健服务;医药保健销售店;药房", count=46, names=("晴朗药房",)),
    _Kind(type="金融保险服务;银行;银行", count=26, names=("江城银行", "禾丰信用社")),
    _Kind(type="生活服务;电讯营业厅;电讯营业厅", count=16, names=("江城通信",)),
    _Kind(type="生活服务;物流速递;物流速递", count=48, names=("驿马速递",), country_share=0.01),
    _Kind(type="汽车服务;汽车维修;汽车维修", count=44, names=("顺风修车",), country_share=0.02),
    _Kind(type="公共设施;公共厕所;公共厕所", count=60, names=("公共厕所",), country_share=0.01),
    _Kind(type="风景名胜;公园广场;公园", count=22, names=("口袋公园",)),
    _Kind(type="科教文化服务;学校;小学", count=28, names=("小学",), country_share=0.03),
    _Kind(type="商务住宅;住宅区;住宅小区", count=170, names=("花园小区", "江景小区", "家属院")),
)
"""Beside these stand the venues of the list that a map service would know."""

_VENUES = {
    "bank": "金融保险服务;银行;银行",
    "fuel": "汽车服务;加油站;加油站",
    "phone_shop": "生活服务;电讯营业厅;电讯营业厅",
    "logistics": "生活服务;物流速递;物流仓储场地",
}
_SHOPS = {
    "便利店": "购物服务;便民商店/便利店;便民商店/便利店",
    "药房": "医疗保健服务;医药保健销售店;药房",
    "面馆": "餐饮服务;中餐厅;中餐厅",
    "小吃": "餐饮服务;快餐厅;快餐厅",
}
"""Word in the name of a shop -> its class."""
_FOOD_STREETS = 46
_FOOD_STREET_M = 130.0
_CLOSED = ("motorway", "track", "steps")


def make_pois(
    streets: Sequence[Street],
    communities: Sequence[Community],
    venues: Sequence[Place],
    seed: int,
) -> list[Poi]:
    """Invent places along the streets, restaurants gathered in food streets; venues among them."""
    sides = _Sides(streets, communities, np.random.default_rng(seed + 7))
    made = [sides.place(kind) for kind in _KINDS for _ in range(kind.count)]
    pois = [*_of_venues(venues), *made]
    return [pois[int(k)] for k in np.random.default_rng(seed + 8).permutation(len(pois))]


def _of_venues(venues: Sequence[Place]) -> Iterator[Poi]:
    for venue in venues:
        shop = next((of for word, of in _SHOPS.items() if word in venue.name), "")
        of = shop or _VENUES.get(venue.host.id, "")
        if of:
            yield Poi(name=venue.name, type=of, spot=venue.spot, address=venue.address)


class _Sides:
    """Sides of streets, where most people pass the most places."""

    def __init__(
        self, streets: Sequence[Street], communities: Sequence[Community], rng: np.random.Generator
    ) -> None:
        self._rng = rng
        self._streets = [s for s in streets if not s.highway.startswith(_CLOSED)]
        self._lines = [LineString(s.line) for s in self._streets]
        self._length = shapely.length(self._lines)
        middles = shapely.line_interpolate_point(self._lines, 0.5, normalized=True)
        self._xy = shapely.get_coordinates(middles)
        self._busy = busy(*self._xy.T)
        found, which = shapely.STRtree([c.shape for c in communities]).query(
            middles, predicate="within"
        )
        self._community = {int(k): communities[int(c)] for k, c in zip(found, which, strict=True)}
        self._inside = np.isin(np.arange(len(middles)), found)
        lively = self._length * self._busy**1.3 * self._inside
        self._food = rng.choice(len(lively), _FOOD_STREETS, replace=False, p=lively / lively.sum())
        self._drawn = rng.uniform(0.5, 2.0, _FOOD_STREETS)
        self._names: Counter[str] = Counter()

    def place(self, kind: _Kind) -> Poi:
        """Put one place at the side of a street."""
        weight = self._weight(kind)
        while True:
            k = int(self._rng.choice(len(weight), p=weight))
            spot = self._beside(self._lines[k])
            if not LAND.river.covers(spot):
                return self._row(kind, spot, k)

    def _weight(self, kind: _Kind) -> NDArray[np.float64]:
        likely = self._busy + kind.country_share
        if self._rng.random() < kind.gathered:
            centre = self._rng.choice(self._food, p=self._drawn / self._drawn.sum())
            away = np.hypot(*(self._xy - self._xy[centre]).T)
            likely = np.exp(-((away / _FOOD_STREET_M) ** 2))
        weight = self._length * likely * self._inside
        share: NDArray[np.float64] = weight / weight.sum()
        return share

    def _beside(self, line: LineString) -> Point:
        at = self._rng.uniform(0.1, 0.9) * line.length
        here, there = (np.array(line.interpolate(d).coords[0]) for d in (at, at + 1))
        across = np.array([here[1] - there[1], there[0] - here[0]]) * self._rng.choice([-1, 1])
        return Point(here + across * self._rng.uniform(8, 22))

    def _row(self, kind: _Kind, spot: Point, street: int) -> Poi:
        community = self._community[street]
        short = community.name.removesuffix("社区").removesuffix("村")
        name = f"{short}{self._rng.choice(kind.names)}"
        self._names[name] += 1
        number = self._names[name]
        road = self._streets[street].name or f"{short}路"
        return Poi(
            name=name if number == 1 else f"{name}（{number}店）",
            type=kind.type,
            spot=spot,
            address=f"{community.street}{road}{int(self._rng.integers(1, 300))}号",
        )
