"""What the invented lists say of each of the eight kinds of host, as data."""

from dataclasses import dataclass

__all__ = ["HOSTS", "Host"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """A kind of venue: how many there are, on which streets, and what the lists say of it."""

    id: str
    """The id of the kind in the settings of the district."""
    name: str
    venues: int
    stations: int
    """How many of the stations that exist are of this kind."""
    names: tuple[str, ...]
    """`{town}`, `{community}` and `{n}`, a running number in Chinese."""
    streets: frozenset[str]
    """Classes of street that it stands on."""
    country_share: float
    """How likely a place in the country is, against one in the middle of the old town."""
    hours: tuple[str, ...]
    cost_yuan: int
    cost_year_yuan: int
    area_m2: int


_MAIN = frozenset({"primary", "secondary", "tertiary"})
_LOCAL = frozenset({"residential", "tertiary", "unclassified"})

HOSTS = (
    Host(
        id="community",
        name="党群服务中心",
        venues=46,
        stations=11,
        names=("{community}{n}号党群服务站",),
        streets=_LOCAL,
        country_share=0.05,
        hours=(
            "周一至周五 8:30-12:00，14:00-17:30",
            "周一至周五8:30-12:00 13:30-17:30",
            "8:30-12:00 14:00-18:00",
            "周一至周日9:00-17:00",
        ),
        cost_yuan=3200,
        cost_year_yuan=1800,
        area_m2=40,
    ),
    Host(
        id="bank",
        name="银行网点",
        venues=58,
        stations=9,
        names=("江城银行{town}第{n}支行", "山水农商行{town}{n}分理处", "禾丰信用社{town}第{n}网点"),
        streets=_MAIN,
        country_share=0.0,
        hours=(
            "周一至周五9:00-17:00",
            "9:00-12:00 14:00-17:00",
            "周一至周五9:00-17:00，周六周日9:00-16:00",
            "9：00—17：00",
        ),
        cost_yuan=4200,
        cost_year_yuan=1500,
        area_m2=18,
    ),
    Host(
        id="fuel",
        name="加油站",
        venues=28,
        stations=1,
        names=("{town}第{n}加油站",),
        streets=frozenset({"primary", "secondary"}),
        country_share=0.12,
        hours=("24小时", "全天24小时", "00:00-24:00", "6:00-22:00"),
        cost_yuan=6800,
        cost_year_yuan=3200,
        area_m2=16,
    ),
    Host(
        id="shop",
        name="沿街商户",
        venues=94,
        stations=4,
        names=(
            "云朵便利店{town}{n}店",
            "山城面馆{town}{n}店",
            "晴朗药房{town}{n}店",
            "百味小吃{town}{n}店",
        ),
        streets=_MAIN | {"residential"},
        country_share=0.008,
        hours=(
            "8:00-22:00",
            "7:00-23:00",
            "早上7点至晚上9点",
            "9:00-21:30",
            "10:00-14:00 16:30-21:00",
            "24小时",
        ),
        cost_yuan=3400,
        cost_year_yuan=2400,
        area_m2=12,
    ),
    Host(
        id="phone_shop",
        name="通信营业厅",
        venues=30,
        stations=3,
        names=("江城通信{town}第{n}营业厅",),
        streets=_MAIN,
        country_share=0.0,
        hours=("9:00-18:00", "9:00-12:00 13:30-18:00", "8:30-20:00"),
        cost_yuan=3900,
        cost_year_yuan=1900,
        area_m2=15,
    ),
    Host(
        id="crew_room",
        name="环卫工休息室",
        venues=38,
        stations=6,
        names=("{community}{n}号环卫作息房",),
        streets=_LOCAL | {"service"},
        country_share=0.01,
        hours=("5:00-19:00", "04:30-11:00 13:00-18:00", "5:00-21:00"),
        cost_yuan=5600,
        cost_year_yuan=2600,
        area_m2=20,
    ),
    Host(
        id="park",
        name="公园、公厕管理房",
        venues=24,
        stations=2,
        names=("{community}{n}号公园管理房", "{community}{n}号公厕管理房"),
        streets=frozenset({"footway", "steps", "residential"}),
        country_share=0.01,
        hours=("6:00-22:00", "6:30-21:00", "24小时"),
        cost_yuan=9500,
        cost_year_yuan=3800,
        area_m2=14,
    ),
    Host(
        id="logistics",
        name="物流园区",
        venues=12,
        stations=1,
        names=("{town}第{n}物流园司机之家",),
        streets=frozenset({"primary", "secondary"}),
        country_share=0.35,
        hours=("24小时", "全天", "6:00-24:00"),
        cost_yuan=24000,
        cost_year_yuan=9000,
        area_m2=90,
    ),
)
