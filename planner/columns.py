"""What each input table holds, as data: headers in Chinese and English, unit, range, meaning."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from planner.language import Message, note

__all__ = [
    "BOUNDARY",
    "COMMUNITIES",
    "GRIDS",
    "HOST_UNITS",
    "MISSED",
    "NOTES_SHEET",
    "PINGS",
    "POINTS",
    "PROXIES",
    "STATIONS",
    "SURVEY",
    "TABLES",
    "TRAVEL",
    "UNITS",
    "VENUES",
    "Column",
    "Kind",
    "header_key",
    "header_unit",
    "is_personal",
]


class Kind(StrEnum):
    """How the text of a cell is read."""

    TEXT = "text"
    ID = "id"
    NUMBER = "number"
    WHOLE = "whole number"
    LONGITUDE = "longitude"
    LATITUDE = "latitude"
    LNGLAT = "longitude and latitude in one cell"
    LATLNG = "latitude and longitude in one cell"
    HOURS = "opening hours"
    DAY = "day of the year"
    HOST = "host type"
    GROUP = "one group"
    GROUPS = "list of groups"
    PERIOD = "period"
    CHOICE = "choice"
    YES_NO = "yes or no"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of an input table."""

    name: str
    """Canonical name, English; the key of the tables inside."""
    header: str
    """What a template prints; understood when it comes back."""
    kind: Kind
    meaning: Message
    """For the person who fills the table in."""
    aliases: tuple[str, ...] = ()
    """Other headers, the surest first; compared by `header_key`."""
    unit: str = ""
    """Key of `UNITS`; empty: a bare number, or no number at all."""
    low: float | None = None
    """Smallest value allowed, itself allowed; in the unit."""
    high: float | None = None
    """Largest value allowed, itself allowed; in the unit."""
    required: bool = False
    """Whether each row needs it (a position may also stand in other columns or in the geometry)."""
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    """Canonical value -> words that mean it; for CHOICE and YES_NO."""
    lenient: bool = False
    """Whether a wrong cell is left blank, told, instead of setting the row aside."""

    @property
    def headers(self) -> tuple[str, ...]:
        """Every header that is understood, the surest first."""
        return tuple(dict.fromkeys((self.name, self.header, *self.aliases)))


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


UNITS: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "m2": {
            **dict.fromkeys(_words("m2 ㎡ 平方米 平米 平方 平 sqm"), 1.0),
            "亩": 2000 / 3,
            **dict.fromkeys(_words("公顷 万平方米 万平米 万m2 万平"), 10_000.0),
            **dict.fromkeys(_words("平方公里 平方千米 km2"), 1e6),
        },
        "yuan": {
            **dict.fromkeys(_words("元 块 块钱 圆 yuan rmb cny 元/年"), 1.0),
            **dict.fromkeys(("千元", "千"), 1_000.0),
            **dict.fromkeys(("万元", "万", "w", "万元/年"), 10_000.0),
            **dict.fromkeys(("亿元", "亿"), 100_000_000.0),
        },
        "people": {
            **dict.fromkeys(_words("人 名 位 个 座 席 个座位 people"), 1.0),
            **dict.fromkeys(("万人", "万"), 10_000.0),
        },
        "amount": {
            **dict.fromkeys(_words("m2 ㎡ 平方米 平米 平方 平 sqm"), 1.0),
            **dict.fromkeys(_words("公顷 万平方米 万平米 万m2 万平"), 10_000.0),
            **dict.fromkeys(
                _words("个 座 席 张 床 户 间 人 名 单 件 单/日 单/天 件/日 件/天"), 1.0
            ),
            **dict.fromkeys(_words("万 万个 万人 万户 万单 万件"), 10_000.0),
        },
        "visits": {
            **dict.fromkeys(
                _words("人次 人 次 人次/日 人次/天 次/日 次/天 人/日 人/天 visits"),
                1.0,
            ),
        },
        "share": {"%": 0.01, "成": 0.1},
        "metres": {
            **dict.fromkeys(_words("m 米 公尺 metres meters"), 1.0),
            **dict.fromkeys(_words("km 公里 千米"), 1_000.0),
        },
        "hour": dict.fromkeys(_words("时 点 点钟 h :00 时整"), 1.0),
    }
)
"""Unit -> spellings in cells and in brackets of headers, each with its factor."""

_PERSONAL = re.compile(
    "电话|手机(?!充电)|身份证|证件号|联系方式|联系方法|联络方式|站长|负责同志|管理员|姓名|微信|邮箱|车牌|"
    "值班|热线|固话|座机|传真|qq|住址|法人代表|法定代表|联络员|对接员|网格员|网格长|"
    "(联系|联络|对接|负责|责任|填表|填报|上报|报送|经办|经手|采集|录入|登记|统计|调查|走访|审核|"
    "制表|监护|承办|值守|管理|运营)人(?![数次员群口流])|(管理|工作|值守)人员(?![数类])|"
    "e?-?mail|phone|mobile|wechat|contact|manager|id_?card|\\bplate|\\btel([\\W_]|$)|\\bfax\\b"
)
_PERSONAL_END = re.compile("(书记|主任|经理|店长|馆长|楼长|老板|户主|业主)$")
_PERSONAL_WHOLE = frozenset(
    {"tel", "person", "owner", "nameofperson", "联系", "联络", "法人", "司机", "志愿者", "员工"}
    | {"名字", "人名", "本人"}
)


def header_key(text: str) -> str:
    """Give the form in which headers are compared.

    Full-width letters, case, spaces, line breaks, hyphens, underscores, marks of required fields
    and anything in brackets make no difference.

    Examples
    --------
    >>> header_key("＊面积 （平方米）"), header_key("Cost_Setup Yuan")
    ('面积', 'costsetupyuan')
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    outside = re.sub(r"[(\[【{〔].*?[)\]】}〕]", "", plain)
    # A header that is nothing but a bracket keeps what is inside.
    return re.sub(r"[\s_*\-—.:#。★]+", "", outside) or re.sub(r"[\s_*\-—:()\[\]]+", "", plain)


def header_unit(text: str) -> str:
    """Give the unit that stands in the last brackets of a header, or nothing.

    Examples
    --------
    >>> header_unit("投资（万元）"), header_unit("面积[单位:㎡]"), header_unit("面积")
    ('万元', 'm2', '')
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    inside = re.findall(r"[(\[【]([^)\]】]*)[)\]】]", plain)
    return re.sub(r"^(单位)?:?\s*", "", inside[-1].strip()) if inside else ""


def is_personal(header: str) -> bool:
    """Tell whether a column holds phones, names or papers of people, which are never read.

    Examples
    --------
    >>> [is_personal(header) for header in ("联系电话", "对接人", "tel no", "登记人数", "站点名称")]
    [True, True, True, False, False]
    """
    plain = unicodedata.normalize("NFKC", header).casefold().strip()
    key = header_key(plain)
    return (
        _PERSONAL.search(plain) is not None
        or _PERSONAL_END.search(key) is not None
        or key in _PERSONAL_WHOLE
    )


_OPEN = _words("open active 开放 开放中 已开放 正常 正常开放 正常运营 运营 运营中")
_STATUS = MappingProxyType(
    {
        "open": (
            *_OPEN,
            "运行",
            "营业",
            "营业中",
            "在用",
            "启用",
            "投用",
            "已投用",
            "投入使用",
            "已投入使用",
            "试运行",
            "试运营",
            "试营业",
            "试开放",
            "使用中",
            "已建成",
            "建成",
            "已启用",
        ),
        "closed": _words(
            "closed inactive 关闭 已关闭 停用 已停用 停业 停止运营 停止开放 撤销 已撤销 "
            "撤站 关停 废弃"
        ),
        "maintenance": _words(
            "maintenance under_repair 维护 维护中 维修 维修中 检修 装修 装修中 改造 改造中 "
            "升级改造 暂停 暂停开放 暂时关闭"
        ),
    }
)
_YES_NO = MappingProxyType(
    {
        "yes": _words(
            "yes y true t 1 1.0 是 有 已 √ ✓ ✔ 已上图 上图 已标注 已上线 已收录 可查 listed 能 对"
        ),
        "no": _words(
            "no n false f 0 0.0 否 无 没有 未 × ✗ ✘ 未上图 未标注 未上线 未收录 不可查 "
            "unlisted 不能 x"
        ),
    }
)
_ACCESS = MappingProxyType(
    {
        "open": _words(
            "open public free 开放 自由 自由进出 自由进入 直接进入 无门禁 对外开放 公开 "
            "临街 无限制 不限 无 否 no"
        ),
        "gated": _words(
            "gated gate locked private 门禁 有门禁 刷卡 刷卡进入 上锁 锁闭 封闭 内部 "
            "内部使用 小区内 院内 厂区内 封闭小区内 有 是 yes"
        ),
        "registration": _words(
            "registration register booking app 登记 需登记 登记进入 实名登记 预约 需预约 "
            "预约进入 扫码 扫码进入 扫码登记 扫码开门 凭证进入 刷脸"
        ),
    }
)

_LON_ALIASES = _words(
    "lon lng long 经度 东经 经度坐标 坐标经度 gps经度 x x坐标 坐标x lngwgs84 "
    "lonwgs84 lnggcj02 longcj02 lngbd09 lonbd09 高德经度 百度经度"
)
_LAT_ALIASES = _words(
    "lat 纬度 北纬 维度 纬度坐标 坐标纬度 gps纬度 y y坐标 坐标y latwgs84 latgcj02 "
    "latbd09 高德纬度 百度纬度"
)
_LNGLAT_ALIASES = _words(
    "经纬度 经纬度坐标 经度,纬度 经度、纬度 经度/纬度 经度纬度 坐标 地理坐标 "
    "位置坐标 坐标位置 gps坐标 定位坐标 location lng,lat lon,lat lonlat "
    "coordinates 坐标点 高德坐标 百度坐标"
)
_LATLNG_ALIASES = _words("纬度,经度 纬度、经度 纬度/经度 纬度经度 纬经度 lat,lng lat,lon latlon")

_POSITION = (
    Column(
        name="lon",
        header="经度",
        kind=Kind.LONGITUDE,
        meaning=note(
            "Longitude in degrees, decimal or as degrees, minutes and seconds, in the coordinate "
            "system that is stated for the file"
        ),
        aliases=("longitude", *_LON_ALIASES),
        low=-180,
        high=180,
    ),
    Column(
        name="lat",
        header="纬度",
        kind=Kind.LATITUDE,
        meaning=note(
            "Latitude in degrees, decimal or as degrees, minutes and seconds, in the coordinate "
            "system that is stated for the file"
        ),
        aliases=("latitude", *_LAT_ALIASES),
        low=-90,
        high=90,
    ),
    Column(
        name="lnglat",
        header="经度,纬度",
        kind=Kind.LNGLAT,
        meaning=note("Longitude and latitude in one cell, in place of two columns: 113.26,23.13"),
        aliases=_LNGLAT_ALIASES,
    ),
    Column(
        name="latlng",
        header="纬度,经度",
        kind=Kind.LATLNG,
        meaning=note("Latitude and longitude in one cell, in place of two columns: 23.13,113.26"),
        aliases=_LATLNG_ALIASES,
    ),
)

_PLACE = (
    Column(
        name="address",
        header="详细地址",
        kind=Kind.TEXT,
        meaning=note(
            "Street address; a row with an address and no position can be placed on the map"
        ),
        aliases=_words(
            "地址 站点地址 驿站地址 场所地址 所在地址 具体地址 地点 位置 详细位置 具体位置 "
            "所在位置 站点位置 驿站位置 服务站地址 站点详细地址 驿站详细地址 建站地址 坐落地址 "
            "坐落位置 坐落地点 建设地点 建站地点 所在地点 addr"
        ),
    ),
    Column(
        name="province",
        header="省份",
        kind=Kind.TEXT,
        meaning=note("Province"),
        aliases=("省", "所属省份", "pname"),
    ),
    Column(
        name="city",
        header="城市",
        kind=Kind.TEXT,
        meaning=note("City"),
        aliases=("市", "所属城市", "cityname"),
    ),
    Column(
        name="district",
        header="所属区县",
        kind=Kind.TEXT,
        meaning=note("District or county"),
        aliases=_words(
            "区县 所在区县 行政区 县区 区 县 所属区 所在区 所属县区 县市区 adname county"
        ),
    ),
    Column(
        name="street",
        header="镇街",
        kind=Kind.TEXT,
        meaning=note("Town or street office that the place belongs to"),
        aliases=_words(
            "街道 所属镇街 所属街道 所在街道 乡镇 乡镇街道 街道乡镇 镇 街镇 街道/乡镇 "
            "乡镇/街道 乡镇(街道) 所在镇街 所属乡镇 所在乡镇 所属街镇 街道名称 镇街名称 镇街道 "
            "town township"
        ),
    ),
    Column(
        name="community",
        header="社区",
        kind=Kind.TEXT,
        meaning=note("Community that the place belongs to, by name or id"),
        aliases=_words(
            "所属社区 所在社区 社区名称 村社区 社区/村 村/社区 村居 村 所属村社区 所在村社区 "
            "所属村居 所属村 所在村"
        ),
    ),
    Column(
        name="grid",
        header="网格",
        kind=Kind.TEXT,
        meaning=note("Grid of the community that the place belongs to"),
        aliases=("所属网格", "所在网格", "网格名称", "网格编号"),
    ),
)

_ID = Column(
    name="id",
    header="编号",
    kind=Kind.ID,
    meaning=note("Short name that is used once in the file; made from the row where it is blank"),
    aliases=_words(
        "站点编号 驿站编号 场所编号 站点id 编码 站点编码 代码 code poiid uid sid 序号 no number"
    ),
)


def _named(*aliases: str) -> Column:
    return Column(
        name="name",
        header="名称",
        kind=Kind.TEXT,
        meaning=note("Name as people know the place"),
        aliases=aliases,
        required=True,
    )


HOST_UNITS = _words("依托单位 依托单位名称 依托场所 依托阵地 依托载体 共建单位 合作单位")
"""Headers of the kind of host under which lists write whose premises they are."""

NOTES_SHEET = "说明 Notes"
"""Sheet of a template that explains it."""

MISSED = frozenset(
    _words("host_type hours groups area_m2 capacity listed access cost_setup_yuan status")
)
"""Columns of stations and venues that are asked after where a list has others nobody knows."""


def _host(*, lenient: bool) -> Column:
    return Column(
        name="host_type",
        header="类型",
        kind=Kind.HOST,
        meaning=note("Kind of host, one of those in the settings of the district"),
        aliases=_words(
            "站点类型 驿站类型 场所类型 场所类别 依托类型 依托单位类型 单位类型 站点类别 "
            "依托单位类别 依托单位性质 依托场所类型 共建单位类型 驿站类别 场所性质 单位性质 "
            "阵地类型 载体类型 类别 type category host"
        )
        + HOST_UNITS,
        lenient=lenient,
    )


_SERVICE = (
    Column(
        name="type_code",
        header="类型代码",
        kind=Kind.TEXT,
        meaning=note("Code of the kind of place in a map service"),
        aliases=("typecode",),
    ),
    Column(
        name="hours",
        header="开放时间",
        kind=Kind.HOURS,
        meaning=note(
            "Opening hours in plain text: 周一至周五 8:30-12:00 14:30-18:00, or 24小时; "
            "blank: as usual for the host type"
        ),
        aliases=_words(
            "服务时间 营业时间 开门时间 开放时段 服务时段 工作时间 开放服务时间 对外开放时间 "
            "每日开放时间 站点开放时间 驿站开放时间 日常开放时间 开放时间段 服务时间段 营业时段 "
            "运营时间 opening_hours openinghours"
        ),
    ),
    Column(
        name="groups",
        header="服务对象",
        kind=Kind.GROUPS,
        meaning=note("Groups of workers that are admitted, with commas between them; blank: all"),
        aliases=_words(
            "服务人群 服务群体 开放对象 面向人群 准入人群 面向群体 主要服务对象 主要服务群体 "
            "admitted group"
        ),
    ),
    Column(
        name="services",
        header="服务项目",
        kind=Kind.TEXT,
        meaning=note("What is offered: water, meals heated, rest ..."),
        aliases=("服务内容", "service", "功能", "服务功能"),
    ),
    Column(
        name="facilities",
        header="服务设施",
        kind=Kind.TEXT,
        meaning=note("What stands there: microwave, air conditioning ..."),
        aliases=_words(
            "设施 设施设备 配套设施 设备 设施配备 设施配置 设备配备 配备设施 配备设备 配套设备 "
            "主要设施 基础设施 facility equipment"
        ),
    ),
    Column(
        name="area_m2",
        header="面积（平方米）",
        kind=Kind.NUMBER,
        meaning=note("Floor area in square metres"),
        aliases=_words(
            "area 建筑面积 使用面积 站点面积 场地面积 室内面积 可用面积 驿站面积 场所面积 "
            "实际面积 占地面积"
        ),
        unit="m2",
        low=0,
        high=1_000_000,
        lenient=True,
    ),
    Column(
        name="capacity",
        header="可容纳人数",
        kind=Kind.WHOLE,
        meaning=note("How many people can be there at one time"),
        aliases=_words(
            "容纳人数 同时容纳人数 座位数 座位 容量 可同时容纳人数 最大容纳人数 座席数 座席 "
            "座位数量 seats"
        ),
        unit="people",
        low=0,
        high=100_000,
    ),
    Column(
        name="listed",
        header="是否上图",
        kind=Kind.YES_NO,
        meaning=note("Whether people can find it on a map service: 是 or 否"),
        aliases=_words(
            "地图可查 线上地图可查 上图 地图标注 是否上地图 是否地图可查 是否地图标注 "
            "是否标注地图 是否录入地图 是否上线地图 地图是否可查 是否上线电子地图 onmap"
        ),
        choices=_YES_NO,
    ),
    Column(
        name="access",
        header="进入方式",
        kind=Kind.CHOICE,
        meaning=note(
            "How one gets in: 开放 (open), 登记 (after registration) or 门禁 (behind a gate)"
        ),
        aliases=_words("准入方式 出入方式 进站方式 门禁 门禁情况 有无门禁 是否有门禁"),
        choices=_ACCESS,
    ),
    Column(
        name="cost_setup_yuan",
        header="建站费用（元）",
        kind=Kind.NUMBER,
        meaning=note("Money to set the station up, yuan; blank: as usual for the host type"),
        aliases=_words(
            "costsetup setupcost cost 建设费用 建设成本 建站成本 改造费用 投入资金 "
            "建设资金 建设投入 投资 投资额 投入 一次性投入 建设经费 建站经费 建站资金 投入经费 "
            "投资金额 投入金额"
        ),
        unit="yuan",
        low=0,
        high=1e10,
    ),
    Column(
        name="cost_year_yuan",
        header="年运行费用（元）",
        kind=Kind.NUMBER,
        meaning=note("Running cost, yuan a year"),
        aliases=_words(
            "costyear yearlycost 年运营费用 年运维费用 年度运行费用 运行费用 运营费用 "
            "运维费用 年费用 年成本 运营成本"
        ),
        unit="yuan",
        low=0,
        high=1e10,
    ),
    Column(
        name="union_share",
        header="工会出资比例",
        kind=Kind.NUMBER,
        meaning=note("Share of the set-up money that the union pays, 0 to 1 or in per cent"),
        aliases=("工会承担比例", "工会投入比例", "工会占比"),
        unit="share",
        low=0,
        high=1,
        lenient=True,
    ),
    Column(
        name="benchmark",
        header="是否标杆站点",
        kind=Kind.YES_NO,
        meaning=note(
            "Whether it is a benchmark station, or would be one once opened: 是 or 否; blank: no"
        ),
        aliases=_words(
            "标杆站点 是否标杆 标杆 是否示范站点 示范站点 示范站 是否示范 model_station"
        ),
        choices=_YES_NO,
        lenient=True,
    ),
    Column(
        name="open_from",
        header="开放起始日",
        kind=Kind.DAY,
        meaning=note(
            "First day of the year that a temporary station is open, such as 11-15; blank: all year"
        ),
        aliases=_words("启用日期起 开放起始日期 开始日期 开放开始日期 起始日期 季节开始 from_day"),
        lenient=True,
    ),
    Column(
        name="open_to",
        header="开放截止日",
        kind=Kind.DAY,
        meaning=note(
            "Last day of the year that a temporary station is open, such as 03-15; blank: all year"
        ),
        aliases=_words("启用日期止 开放截止日期 结束日期 开放结束日期 截止日期 季节结束 to_day"),
        lenient=True,
    ),
    Column(
        name="income_year_yuan",
        header="年收入（元）",
        kind=Kind.NUMBER,
        meaning=note("Income of the station, yuan a year"),
        aliases=("incomeyear", "年度收入", "收入", "年营业收入"),
        unit="yuan",
        low=0,
        high=1e10,
        lenient=True,
    ),
    Column(
        name="visits_day",
        header="日均服务人次",
        kind=Kind.NUMBER,
        meaning=note("Visits on an average day"),
        aliases=_words(
            "日服务人次 日均人次 日均客流 日均服务量 日均服务人数 每日人次 每日服务人次 "
            "日均接待人次 日均接待量 日均接待人数 visits"
        ),
        unit="visits",
        low=0,
        high=1_000_000,
        lenient=True,
    ),
    Column(
        name="opened",
        header="启用时间",
        kind=Kind.TEXT,
        meaning=note("Since when it is in use"),
        aliases=_words(
            "建成时间 建站时间 投用时间 启用日期 开放日期 成立时间 建成日期 建站日期 建设时间 "
            "挂牌时间 揭牌时间 建成年份"
        ),
    ),
    Column(
        name="updated",
        header="更新时间",
        kind=Kind.TEXT,
        meaning=note("When the row was last checked"),
        aliases=("更新日期", "填报时间", "填报日期"),
    ),
    Column(
        name="status",
        header="状态",
        kind=Kind.CHOICE,
        meaning=note("开放 (open), 关闭 (closed: a candidate) or 维护 (under repair); blank: open"),
        aliases=_words("运营状态 开放状态 使用状态 站点状态 运行状态 目前状态 现状 驿站状态"),
        choices=_STATUS,
    ),
)

STATIONS: tuple[Column, ...] = (
    _ID,
    _named(
        *_words(
            "站点名称 驿站名称 站名 站点 驿站 场所名称 单位名称 站点全称 驿站全称 服务站名称 "
            "服务站点名称 服务站点 服务站 工会驿站 工会驿站名称 户外劳动者服务站点 "
            "户外劳动者服务站点名称 户外劳动者驿站名称 阵地名称 title"
        )
    ),
    *_POSITION,
    *_PLACE,
    _host(lenient=True),
    *_SERVICE,
)
"""Stations that exist."""

VENUES: tuple[Column, ...] = (
    _ID,
    _named(
        "场所名称",
        "候选场所",
        "候选场所名称",
        "网点名称",
        "单位名称",
        "站点名称",
        "驿站名称",
        "站点全称",
        "驿站全称",
        "拟选场所",
        "拟建站点名称",
        "备选场所",
        "备选场所名称",
        "title",
    ),
    *_POSITION,
    *_PLACE,
    _host(lenient=False),
    *_SERVICE,
)
"""Places that could hold a station."""

_SERIAL = Column(
    name="serial",
    header="序号",
    kind=Kind.TEXT,
    meaning=note("Running number; not used"),
    aliases=("no", "number", "行号"),
)
_PERIOD = Column(
    name="period",
    header="时段",
    kind=Kind.PERIOD,
    meaning=note("Period of the day, one of those in the settings; blank: the headcount"),
    aliases=("时间段", "时间", "统计时段", "period_id"),
)
_GROUP = Column(
    name="group",
    header="群体",
    kind=Kind.GROUP,
    meaning=note("Group of workers, one of those in the settings; or one column for each group"),
    aliases=_words(
        "劳动者群体 户外劳动者群体 劳动者类型 户外劳动者类型 人员类别 人员类型 职业 "
        "工种 岗位 行业 类别 类型 groupid"
    ),
)
_WORKERS = Column(
    name="workers",
    header="人数",
    kind=Kind.NUMBER,
    meaning=note("Number of people of the group"),
    aliases=_words(
        "户外劳动者人数 劳动者人数 户外劳动者数量 数量 人员数量 count people persons worker"
    ),
    unit="people",
    low=0,
    high=10_000_000,
)

SURVEY: tuple[Column, ...] = (
    _SERIAL,
    Column(
        name="community",
        header="社区",
        kind=Kind.TEXT,
        meaning=note("Community or grid where the people were counted, by name or id"),
        aliases=_words(
            "社区编号 社区id communityid 社区名称 所属社区 所在社区 村社区 村居 社区/村 "
            "村/社区 社区(村) 单元 区域"
        ),
        required=True,
    ),
    Column(
        name="grid",
        header="网格",
        kind=Kind.TEXT,
        meaning=note("Grid of the community; without a community, where the people were counted"),
        aliases=_words("网格名称 网格编号 所属网格 所在网格"),
    ),
    Column(
        name="street",
        header="镇街",
        kind=Kind.TEXT,
        meaning=note("Town or street office that the place belongs to"),
        aliases=_words("街道 所属镇街 所属街道 乡镇 乡镇街道 town township"),
    ),
    Column(
        name="place",
        header="地点",
        kind=Kind.TEXT,
        meaning=note(
            "Place where the people were counted, with its longitude and latitude, or by the name "
            "of a station, venue, map feature or grid of the district"
        ),
        aliases=_words(
            "点位 点位名称 地点名称 聚集点 聚集地 集聚点 集聚地 具体地点 所在地点 作业地点 "
            "站点名称 place spot location_name"
        ),
    ),
    *_POSITION,
    _GROUP,
    _PERIOD,
    _WORKERS,
    Column(
        name="headcount",
        header="总人数",
        kind=Kind.NUMBER,
        meaning=note("Headcount, each person once, beside the counts by period"),
        aliases=_words("合计人数 总数 人数合计 合计 总计 total totalworkers"),
        unit="people",
        low=0,
        high=10_000_000,
    ),
)
"""Workers counted by community, by grid or at places."""

POINTS: tuple[Column, ...] = (
    _ID,
    Column(
        name="name",
        header="名称",
        kind=Kind.TEXT,
        meaning=note("Name as people know the place"),
        aliases=("点位名称", "地点", "title"),
    ),
    *_POSITION,
    _GROUP,
    _PERIOD,
    Column(
        name="hour",
        header="小时",
        kind=Kind.WHOLE,
        meaning=note("Hour of the day in which the people were counted, 0 to 23"),
        aliases=("时", "钟点", "时刻"),
        unit="hour",
        low=0,
        high=23,
    ),
    _WORKERS,
)
"""Workers counted at places."""

PROXIES: tuple[Column, ...] = (
    Column(
        name="name",
        header="名称",
        kind=Kind.TEXT,
        meaning=note("Name as people know the place"),
        aliases=("点位名称", "店名", "道路名称", "title"),
    ),
    *_POSITION,
    Column(
        name="of",
        header="类别",
        kind=Kind.TEXT,
        meaning=note(
            "Class of the feature, by which rates tell kinds apart: an Amap type, a land use "
            "class, a kind of road"
        ),
        aliases=_words(
            "类型 大类 分类 行业类别 兴趣点类型 用地类型 用地性质 土地利用类型 用地分类 道路等级 "
            "道路类型 type class category kind landuse highway fclass typecode 类型代码 of"
        ),
    ),
    Column(
        name="amount",
        header="数量",
        kind=Kind.NUMBER,
        meaning=note("How many units the feature has, such as square metres of floor"),
        aliases=_words(
            "规模 建筑面积 建筑总面积 楼面面积 floorarea floorareatotal 座位数 床位数 订单量 单量"
        ),
        unit="amount",
        low=0,
        high=1e12,
    ),
)
"""Features that stand for workers, with a rate of each."""

_PERSON = Column(
    name="id",
    header="人员编码",
    kind=Kind.TEXT,
    meaning=note(
        "Who made the record, under any key that is the same all day; hashed as it is read, never "
        "stored"
    ),
    aliases=_words("person personid userid riderid courierid vehicleid deviceid 车辆编号 设备编号"),
)
PINGS: tuple[Column, ...] = (
    _PERSON,
    Column(
        name="time",
        header="时间",
        kind=Kind.TEXT,
        meaning=note("Time of the record, with its date where it is known"),
        aliases=_words(
            "定位时间 上报时间 记录时间 gps时间 时间戳 下单时间 揽收时间 签收时间 送达时间 "
            "timestamp datetime gpstime deliverytime acceptgpstime deliverygpstime"
        ),
    ),
    Column(
        name="date",
        header="日期",
        kind=Kind.TEXT,
        meaning=note("Date of the record, where it stands apart from the time"),
        aliases=("ds", "day"),
    ),
    *_POSITION,
)
"""GPS and order records."""

TRAVEL: tuple[Column, ...] = (
    Column(
        name="site",
        header="站点编号",
        kind=Kind.TEXT,
        meaning=note("Id of a station or venue"),
        aliases=_words("site 站点 场所编号 siteid destination destinationid 终点 to toid"),
        required=True,
    ),
    Column(
        name="cell",
        header="地点编号",
        kind=Kind.TEXT,
        meaning=note("Id of the place, grid or community that the way begins at"),
        aliases=_words("cell 地点 cellid origin originid 起点 社区编号 网格编号 from fromid"),
        required=True,
    ),
    Column(
        name="cost_m",
        header="路程（米）",
        kind=Kind.NUMBER,
        meaning=note("Length of the way in metres"),
        aliases=_words("路程 距离 costm cost distance distancem length lengthm metres meters"),
        unit="metres",
        low=0,
        high=1e7,
        required=True,
    ),
    Column(
        name="mode",
        header="方式",
        kind=Kind.CHOICE,
        meaning=note("walk, ebike or drive; blank: any"),
        aliases=_words("出行方式 交通方式 mode travelmode"),
        choices=MappingProxyType(
            {
                "walk": _words("walk walking foot 步行 走路"),
                "ebike": _words("ebike e-bike bike bicycle cycling 电动车 电动自行车 骑行"),
                "drive": _words("drive driving car 驾车 开车 汽车 驾驶"),
            }
        ),
    ),
)
"""A ready travel matrix, a row for each site and place."""

COMMUNITIES: tuple[Column, ...] = (
    Column(
        name="id",
        header="编号",
        kind=Kind.ID,
        meaning=note(
            "Short name that is used once in the file; made from the row where it is blank"
        ),
        aliases=_words(
            "社区编号 社区id 社区代码 代码 编码 code 行政区划代码 区划代码 adcode "
            "communityid osmid cellid gridid 网格编号 序号"
        ),
    ),
    Column(
        name="name",
        header="名称",
        kind=Kind.TEXT,
        meaning=note("Name as people know the place"),
        aliases=_words("社区名称 社区 村社区 村居 网格名称 网格 community title 区"),
    ),
    Column(
        name="street",
        header="镇街",
        kind=Kind.TEXT,
        meaning=note("Town or street office that the place belongs to"),
        aliases=_words("街道 所属镇街 所属街道 街道名称 乡镇 乡镇街道 town township"),
    ),
)
"""Polygons of communities."""

GRIDS: tuple[Column, ...] = (
    Column(
        name="id",
        header="网格编号",
        kind=Kind.ID,
        meaning=note(
            "Short name that is used once in the file; made from the row where it is blank"
        ),
        aliases=_words("网格代码 网格编码 编号 编码 代码 id code gridid cellid 序号"),
    ),
    Column(
        name="name",
        header="网格名称",
        kind=Kind.TEXT,
        meaning=note("Name as people know the place"),
        aliases=_words("名称 网格 name title grid"),
    ),
    Column(
        name="community",
        header="所属社区",
        kind=Kind.TEXT,
        meaning=note("Community that the place belongs to, by name or id"),
        aliases=_words("社区 社区名称 所在社区 村社区 村居 community communityid 社区编号"),
    ),
)
"""Polygons of the grids of communities."""

BOUNDARY: tuple[Column, ...] = (
    Column(
        name="name",
        header="名称",
        kind=Kind.TEXT,
        meaning=note("Name as people know the place"),
        aliases=("区", "区县", "行政区", "title"),
    ),
)
"""Polygons that make up the district."""

TABLES: Mapping[str, tuple[Column, ...]] = MappingProxyType(
    {
        "stations": STATIONS,
        "venues": VENUES,
        "survey": SURVEY,
        "points": POINTS,
        "pings": PINGS,
        "proxies": PROXIES,
        "communities": COMMUNITIES,
        "boundary": BOUNDARY,
        "grids": GRIDS,
        "travel": TRAVEL,
    }
)
"""Every input table by name."""
