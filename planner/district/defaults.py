"""Groups, periods and host types that are used where a district names none: all assumptions.

Where workers are at which hour, and how far they go for a rest, is nowhere measured as a whole. The
shares here put into figures what is reported of each trade's day. A share is of the headcount, with
those on another shift or on their day off in it: the hours of a table add up to what one head is
out in a week. Each table is scaled so that this is believable for the trade, with its peaks where
they are reported: sweepers and guards about 53 h (six shifts of eight hours, and more), riders and
couriers about 60, drivers of taxis and trucks about 63, day labourers about 22 (waiting for work
and on the way). What is out at a peak follows from that, and was counted nowhere.

Costs are anchored in four published ones (about 3,500 yuan a station in premises that exist,
Shapingba; 9,900 on average, Shandong; 13,400, Xiaoxian; 80,000 for a house of its own, Xining).
"""

from dataclasses import replace

from planner.district.default_measures import DEFAULT_MEASURES
from planner.district.default_seasons import DEFAULT_SEASONS, IN_SEASONS, shares
from planner.district.settings import Group, HostType, Period, Way

__all__ = [
    "DEFAULT_GROUPS",
    "DEFAULT_HOSTS",
    "DEFAULT_MEASURES",
    "DEFAULT_PERIODS",
    "DEFAULT_SEASONS",
]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


DEFAULT_PERIODS: tuple[Period, ...] = (
    Period(id="early", name="清晨", name_en="Early", start_hour=4, end_hour=7),
    Period(id="morning", name="上午", name_en="Morning", start_hour=7, end_hour=11),
    Period(id="noon", name="中午", name_en="Noon", start_hour=11, end_hour=14),
    Period(id="afternoon", name="下午", name_en="Afternoon", start_hour=14, end_hour=17),
    Period(id="evening", name="傍晚", name_en="Evening", start_hour=17, end_hour=22),
    Period(id="night", name="夜间", name_en="Night", start_hour=22, end_hour=4),
)

_SHIFTS = shares((0, 6, 0.14), (6, 8, 0.36), (8, 18, 0.5), (18, 22, 0.29), (22, 24, 0.14))
"""Whole shifts round the clock, most of them by day."""

_YEAR_ROUND = (
    Group(
        id="sanitation",
        name="环卫工人",
        name_en="Sanitation workers",
        aliases=_words("环卫 环卫工 保洁员 清扫工 环卫职工"),
        ways=(Way(mode="walk", reach_m=500),),
        # First round from 03:00-05:30 to 07:30, second to 11:00, then lunch, third to 17:00.
        weekday=shares(
            (3, 4, 0.11), (4, 5, 0.36), (5, 8, 0.65), (8, 11, 0.58), (11, 14, 0.43), (14, 17, 0.54),
            (17, 20, 0.22), (20, 22, 0.11),
        ),
        weekend=shares(
            (3, 4, 0.09), (4, 5, 0.32), (5, 8, 0.58), (8, 11, 0.5), (11, 14, 0.36), (14, 17, 0.47),
            (17, 20, 0.19), (20, 22, 0.09),
        ),
    ),
    Group(
        id="rider",
        name="外卖骑手",
        name_en="Delivery riders",
        aliases=_words("骑手 外卖员 外卖小哥 外卖配送员 网约配送员 送餐员 外卖送餐员"),
        ways=(Way(mode="ebike", reach_m=800), Way(mode="walk", reach_m=300)),
        # Rush at 11-14 and 17-20, a lull from 14 to 15:30, some through the night.
        weekday=shares(
            (0, 2, 0.11), (2, 6, 0.04), (6, 9, 0.23), (9, 11, 0.38), (11, 14, 0.68), (14, 16, 0.38),
            (16, 17, 0.46), (17, 20, 0.68), (20, 22, 0.46), (22, 24, 0.23),
        ),
        weekend=shares(
            (0, 2, 0.15), (2, 6, 0.04), (6, 9, 0.19), (9, 11, 0.38), (11, 14, 0.72), (14, 16, 0.46),
            (16, 17, 0.53), (17, 20, 0.72), (20, 22, 0.53), (22, 24, 0.3),
        ),
    ),
    Group(
        id="courier",
        name="快递员",
        name_en="Couriers",
        aliases=_words("快递 快递小哥 快递从业人员 投递员"),
        ways=(Way(mode="walk", reach_m=500),),
        # Rounds in the morning and the afternoon in a fixed area, a rest between them at 11-14.
        weekday=shares(
            (6, 7, 0.16), (7, 8, 0.48), (8, 11, 0.72), (11, 14, 0.56), (14, 19, 0.72),
            (19, 21, 0.32),
        ),
        weekend=shares(
            (6, 7, 0.12), (7, 8, 0.4), (8, 11, 0.64), (11, 14, 0.48), (14, 19, 0.64), (19, 21, 0.24)
        ),
    ),
    Group(
        id="driver",
        name="出租车、网约车司机",
        name_en="Taxi and ride-hailing drivers",
        aliases=_words("出租车司机 网约车司机 出租车驾驶员 网约车驾驶员 的士司机 司机 taxi"),
        ways=(Way(mode="drive", reach_m=1500),),
        # Peaks at 07-09 and 17-19; two shifts share a cab.
        weekday=shares(
            (0, 5, 0.17), (5, 7, 0.28), (7, 9, 0.62), (9, 17, 0.41), (17, 19, 0.62), (19, 22, 0.41),
            (22, 24, 0.28),
        ),
        weekend=shares(
            (0, 5, 0.21), (5, 7, 0.24), (7, 9, 0.41), (9, 17, 0.41), (17, 19, 0.55), (19, 22, 0.48),
            (22, 24, 0.35),
        ),
    ),
    Group(
        id="trucker",
        name="货车司机",
        name_en="Truck drivers",
        aliases=_words("货车 卡车司机 货运司机 货车驾驶员 大货车司机 集卡司机 truck"),
        ways=(Way(mode="drive", reach_m=3000),),
        # Trips of two to three days: they need a place at any hour.
        weekday=shares((0, 6, 0.31), (6, 18, 0.46), (18, 24, 0.39)),
        weekend=shares((0, 6, 0.23), (6, 18, 0.35), (18, 24, 0.31)),
    ),
    Group(
        id="day_labourer",
        name="零工",
        name_en="Day labourers",
        aliases=_words("零工人员 临时工 灵活就业人员 日结工 散工 day_laborer labourer"),
        ways=(Way(mode="walk", reach_m=300),),
        # Gather from 04:00 to 06:30; those who are not hired wait on.
        weekday=shares((4, 6, 0.65), (6, 7, 0.58), (7, 9, 0.29), (9, 12, 0.14), (12, 18, 0.07)),
        weekend=shares((4, 6, 0.58), (6, 7, 0.5), (7, 9, 0.25), (9, 12, 0.14), (12, 18, 0.07)),
    ),
    Group(
        id="guard",
        name="保安、交通协管及园林、建筑等户外人员",
        name_en="Guards, traffic wardens, gardeners, builders",
        aliases=_words(
            "保安 保安员 安保 安保人员 交警 交通协管员 辅警 建筑工人 建筑工 园林工人 "
            "园林绿化工人 绿化工人 security"
        ),
        ways=(Way(mode="walk", reach_m=500),),
        weekday=_SHIFTS,
        weekend=tuple(round(share * 0.8, 2) for share in _SHIFTS),
    ),
)  # fmt: skip

DEFAULT_GROUPS: tuple[Group, ...] = tuple(
    replace(group, seasons=IN_SEASONS.get(group.id, ())) for group in _YEAR_ROUND
)


# id, Chinese name, English name, yuan to set up, yuan a year, usual hours, other names
_HOSTS = (
    (
        "community", "党群服务中心", "Community centre",
        3500, 2000, "周一至周五 8:30-12:00 14:00-17:30",
        ("社区服务中心 社区党群服务中心 党群中心 社区 居委会 村委会 便民服务中心 "
        "新时代文明实践站 社区中心 党群/社区服务中心"),
    ),
    (
        "bank", "银行网点", "Bank branch",
        5000, 2000, "周一至周五 9:00-17:00，周六 9:00-16:00",
        "银行 银行营业厅 银行支行 金融网点 bank_branch",
    ),
    (
        "fuel", "加油站", "Fuel station",
        9900, 4000, "24小时",
        "加气站 充电站 加能站 petrol_station gas_station fuel_station",
    ),
    (
        "shop", "沿街商户", "Shop",
        3500, 2500, "8:00-21:00",
        "商户 商铺 爱心商家 爱心商户 便利店 超市 餐饮店 药店 merchant store",
    ),
    (
        "phone_shop", "通信营业厅", "Phone shop",
        5000, 2500, "9:00-18:00",
        "营业厅 移动营业厅 电信营业厅 联通营业厅 通讯营业厅 telecom",
    ),
    (
        "crew_room", "环卫工休息室", "Sanitation crew room",
        6000, 3000, "5:00-19:00",
        "环卫休息室 环卫工人休息室 环卫工具房 环卫驿站 道班房 垃圾中转站",
    ),
    (
        "park", "公园、公厕管理房", "Park or public toilet lodge",
        9900, 4000, "6:00-21:00",
        "公园 公厕 公园管理房 公厕管理房 公共厕所 公园驿站 绿道驿站 toilet public_toilet",
    ),
    (
        "courier_depot", "快递网点", "Courier depot",
        4000, 2000, "7:00-20:00",
        "快递站点 快递驿站 快递营业部 邮政网点 邮政支局 外卖站点 配送站 post_office",
    ),
    (
        "logistics", "物流园区", "Logistics park",
        30000, 12000, "24小时",
        "物流园 货运站 货运停车场 司机之家 truck_park",
    ),
    (
        "container", "移动驿站", "Container station",
        80000, 10000, "24小时",
        "集装箱驿站 岗亭 智能驿站 独立驿站 新建驿站 hut kiosk",
    ),
    (
        "union", "工会及单位自有场所", "Union or employer premises",
        13400, 6000, "周一至周五 8:30-17:30",
        "工会 工人文化宫 职工服务中心 工会阵地 机关单位 企事业单位 单位自有 医院 学校",
    ),
)  # fmt: skip

DEFAULT_HOSTS: tuple[HostType, ...] = tuple(
    HostType(
        id=identity,
        name=name,
        name_en=name_en,
        cost_setup_yuan=float(setup),
        cost_year_yuan=float(year),
        hours=hours,
        aliases=_words(others),
    )
    for identity, name, name_en, setup, year, hours, others in _HOSTS
)
