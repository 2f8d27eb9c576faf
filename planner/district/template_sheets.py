"""What the Excel templates say of themselves: how to fill each in, and rows as examples."""

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["STATIONS_TEMPLATE", "VENUES_TEMPLATE", "WORKERS_TEMPLATE", "TemplateSheet"]


@dataclass(frozen=True, slots=True)
class TemplateSheet:
    """What a template holds beside its headers."""

    title: str
    steps: tuple[tuple[str, str], ...]
    """How to fill it in, in Chinese and English."""
    examples: tuple[Mapping[str, str | float], ...]
    """Rows by English header; the names begin with 示例：, and `intake` skips such rows."""


_POSITIONS = (
    (
        "经度、纬度：在高德或腾讯地图上取点；两个数也可以一起写在“经度”格内，如 106.5501,29.5601。"
        "取自其他地图的，上传后在页面上选择来源。"
    ),
    (
        "Longitude and latitude: as picked in Amap or Tencent maps; both may stand in the cell of "
        "the longitude, as 106.5501,29.5601. For another map say so on the page after the upload."
    ),
)
_NO_POSITION = (
    "不知道位置的，写上详细地址，经纬度留空：上传后在地图上点一下即可定位。",
    (
        "Where the position is not known, write the address: the place is then set by a click on "
        "the map after the upload."
    ),
)
_LEAVE_BLANK = (
    "橙色表头必填；其余不知道的留空，程序会说明按什么假设计算。",
    (
        "Orange headers are needed; leave the rest blank where it is not known, and the program "
        "says what it assumes."
    ),
)
_EXAMPLES_STAY = (
    "灰色斜体为示例，名称以“示例：”开头的行不参与计算，可删除也可保留。",
    "Rows in grey italics are examples: a row whose name begins with 示例： is never counted.",
)
_NO_PEOPLE = (
    "请不要填写人员姓名和电话。",
    "Write no names and no phone numbers of people.",
)
STATIONS_TEMPLATE = TemplateSheet(
    title="站点",
    steps=(
        (
            "每行一个现有站点。没有现有站点的，本表留空。",
            "One row for each station that exists. Leave the sheet as it is where there is none.",
        ),
        _LEAVE_BLANK,
        _POSITIONS,
        _NO_POSITION,
        (
            "开放时间照常书写：周一至周五 8:30-12:00 14:30-18:00，或 24小时。",
            "Opening hours in plain words: 周一至周五 8:30-12:00 14:30-18:00, or 24小时.",
        ),
        _EXAMPLES_STAY,
        _NO_PEOPLE,
    ),
    examples=(
        {
            "name": "示例：清泉路劳动者驿站",
            "lon": 106.5501,
            "lat": 29.5601,
            "address": "清泉路12号",
            "community": "清泉社区",
            "host_type": "银行网点",
            "hours": "周一至周五 8:30-17:30",
            "area_m2": 20,
            "capacity": 8,
            "listed": "是",
            "access": "开放",
            "status": "开放",
        },
        {
            "name": "示例：东门加油站驿站",
            "lon": "106.5610,29.5688",
            "address": "东门大街1号",
            "host_type": "加油站",
            "hours": "24小时",
        },
    ),
)
VENUES_TEMPLATE = TemplateSheet(
    title="候选场所",
    steps=(
        (
            "每行一个可以设站的场所：银行网点、社区中心、加油站、商铺等。写得越多，可选的余地越大。",
            (
                "One row for each place that could hold a station: bank branches, community "
                "centres, fuel stations, shops. The more there are, the better the plan can be."
            ),
        ),
        _LEAVE_BLANK,
        _POSITIONS,
        _NO_POSITION,
        (
            "建站费用留空的，按场所类型的通常费用计算。",
            "Where the cost to set up is blank, the usual one of the host type is taken.",
        ),
        _EXAMPLES_STAY,
        _NO_PEOPLE,
    ),
    examples=(
        {
            "name": "示例：南湖社区服务中心",
            "lon": 106.5522,
            "lat": 29.5577,
            "address": "南湖路8号",
            "community": "南湖社区",
            "host_type": "党群服务中心",
            "hours": "周一至周日 8:00-20:00",
            "cost_setup_yuan": 3500,
        },
        {
            "name": "示例：北桥便利店",
            "address": "北桥路30号",
            "host_type": "沿街商户",
        },
    ),
)
WORKERS_TEMPLATE = TemplateSheet(
    title="劳动者",
    steps=(
        (
            "每行一个地方，各列填写在那里工作的人数，每人只计一次。",
            "One row for each place, and in its columns how many people work there, each once.",
        ),
        (
            "按社区统计的写社区；还没有社区边界文件的，请同时写上社区中心的经度、纬度。",
            (
                "Counts by community: write the community; without a file of outlines write the "
                "longitude and latitude of its middle too."
            ),
        ),
        (
            "按地点统计的（商圈、路口、物流园、零工市场）写社区和地点，再写经度、纬度。",
            (
                "Counts at places (a mall, a crossing, a logistics park): write community and "
                "place, and its longitude and latitude."
            ),
        ),
        _POSITIONS,
        (
            "没有统计过的群体留空。",
            "Leave groups blank that were not counted.",
        ),
        _EXAMPLES_STAY,
    ),
    examples=(
        {
            "street": "江北街道",
            "community": "示例：清泉社区",
            "lon": 106.5512,
            "lat": 29.5605,
            "Sanitation workers": 25,
            "Couriers": 18,
            "Delivery riders": 40,
        },
        {
            "community": "示例：南湖社区",
            "place": "南湖商圈",
            "lon": "106.5530,29.5580",
            "Delivery riders": 60,
        },
    ),
)
