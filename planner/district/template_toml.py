"""The text of a new `district.toml`: what must be filled in, and all else behind comments."""

from collections.abc import Mapping, Sequence

from planner.district.defaults import (
    DEFAULT_GROUPS,
    DEFAULT_HOSTS,
    DEFAULT_PERIODS,
    DEFAULT_SEASONS,
)
from planner.district.settings import Group, HostType, Period, Season, SeasonPresence
from planner.district.template_measures import measures_toml

__all__ = ["template_toml"]


def template_toml(name: str, *, sheets: Mapping[str, str]) -> str:
    """Give the text of a new `district.toml`, with comments in both languages.

    Parameters
    ----------
    name
        Of the district.
    sheets
        Table ("stations", "venues", "workers") -> sheet of its template.
    """
    parts = (
        _HEAD.format(name=_quoted(name), **{key: _quoted(text) for key, text in sheets.items()}),
        _GROUPS_HEAD,
        *(_group_toml(group) for group in DEFAULT_GROUPS),
        _PERIODS_HEAD,
        *(_period_toml(period) for period in DEFAULT_PERIODS),
        _SEASONS_HEAD,
        *(_season_toml(season) for season in DEFAULT_SEASONS),
        _HOSTS_HEAD,
        *(_host_toml(host) for host in DEFAULT_HOSTS),
        measures_toml(),
        _TAIL,
    )
    return "\n".join(parts)


def _quoted(text: str) -> str:
    """Give a TOML string; a folder may have any name."""
    plain = "".join(char for char in text if char.isprintable())
    escaped = plain.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"' if escaped.strip() else '"-"'


def _group_toml(group: Group) -> str:
    ways = ", ".join(f'{{mode = "{way.mode}", reach_m = {way.reach_m:g}}}' for way in group.ways)
    return f"""[[groups]]
id = "{group.id}"
name = "{group.name}"
name_en = "{group.name_en}"
ways = [{ways}]
weekday = [{_shares_toml(group.weekday)}]
weekend = [{_shares_toml(group.weekend)}]
assumed = true
# total_workers = 0   # 全区填报总人数。 Stated headcount of the group in the whole district.
{"".join(map(_presence_toml, group.seasons))}"""


def _presence_toml(presence: SeasonPresence) -> str:
    return f"""\
# [[groups.seasons]]
# season = "{presence.season}"
# weekday = [{_shares_toml(presence.weekday)}]
# weekend = [{_shares_toml(presence.weekend)}]
# headcount_factor = {presence.headcount_factor:g}
"""


def _shares_toml(shares: Sequence[float]) -> str:
    return ", ".join(f"{share:g}" for share in shares)


def _period_toml(period: Period) -> str:
    return f"""[[periods]]
id = "{period.id}"
name = "{period.name}"
name_en = "{period.name_en}"
start_hour = {period.start_hour}
end_hour = {period.end_hour}
"""


def _season_toml(season: Season) -> str:
    return f"""[[seasons]]
id = "{season.id}"
name = "{season.name}"
name_en = "{season.name_en}"
weeks = {season.weeks:g}
starts = "{season.starts}"
assumed = true
"""


def _host_toml(host: HostType) -> str:
    return f"""[hosts.{host.id}]
name = "{host.name}"
name_en = "{host.name_en}"
cost_setup_yuan = {host.cost_setup_yuan:g}
cost_year_yuan = {host.cost_year_yuan:g}
hours = "{host.hours}"
assumed = true
"""


_HEAD = """\
# 辖区设置。# 号后为说明，程序不读取；删去行首的 # 即启用该行。
# Settings of the district. What follows a # is a comment; delete the # in front to use a line.
# 修改后运行 planner check 检查。 After a change run: planner check

[district]
name = {name}
# data_note = "数据为虚构"   # 印在每份成果上的说明。 Printed on every output.
# season = "summer"   # 按哪一季规划；不填为全年。 Season that is planned for; without it all year.

# 坐标系 crs：高德、腾讯地图取点为 "GCJ-02"，百度地图为 "BD-09"，GPS 和 OpenStreetMap 为 "WGS-84"，
# 天地图和政府图层为 "CGCS2000"，也可写 "EPSG:编号"。坐标系写错会偏移 100 至 700 米。
# crs: "GCJ-02" for places picked in Amap or Tencent maps, "BD-09" for Baidu, "WGS-84" for GPS and
# OpenStreetMap, "CGCS2000" for Tianditu and government layers, or "EPSG:n". A wrong one shifts
# every place by 100 to 700 metres.
# 表头不同时用 columns 指明。 Where headers differ name them: columns = {{name = "驿站全称"}}

# 现有站点。 Stations that exist.
[files.stations]
path = "stations.xlsx"
sheet = {stations}
crs = "GCJ-02"

# 候选场所。 Places that could hold a station.
[files.venues]
path = "venues.xlsx"
sheet = {venues}
crs = "GCJ-02"

# 辖区边界（面）。缺省时取全部社区或全部地点的外围。
# Boundary of the district (polygon); without it that of all communities or places is taken.
# [files.boundary]
# path = "boundary.geojson"
# crs = "GCJ-02"

# 社区（面，含编号和名称）。按社区统计人数时需要。
# Communities (polygons with id and name); needed for counts by community.
# [files.communities]
# path = "communities.geojson"
# crs = "GCJ-02"

# 网格（面，含编号、名称和所属社区）。按网格统计人数时需要。
# Grids (polygons with id, name and community); needed for counts by grid.
# [files.grids]
# path = "grids.kml"

# 禁止设点的区域（面）。 Areas (polygons) in which nothing may be opened.
# [files.no_go]
# path = "no_go.geojson"

# 现成的路程表：站点编号、地点编号、路程（米），可含方式。代替按道路计算。
# A ready travel matrix: site, cell, cost_m and, if known, mode; in place of ways along the streets.
# [files.travel]
# path = "travel.csv"

# 劳动者人数，可有多个来源。kind："survey" 按社区、网格或地点统计；"points" 按地点统计（含经纬度）；
# "pings" GPS 或订单记录（文件或文件夹）；"proxies" 餐馆、用地、建筑、道路等要素，按系数折算。
# Workers, from any number of sources. kind: "survey": counts by community, grid or place; "points":
# at places; "pings": GPS or order records (a file or a folder); "proxies": features with rates.
[[workers]]
kind = "survey"
path = "workers.xlsx"
sheet = {workers}
crs = "GCJ-02"
# total_workers = 5000   # 填报总人数，按此等比例换算。 Stated headcount to scale to.
# gives = "headcount"   # headcount 计入人数，pattern 只用其分布。 Counts, or only where and when.
# trust = 1   # 与其他来源相比的可信程度。 How much its pattern counts beside other sources.

# [[workers]]
# kind = "proxies"
# path = "poi.csv"
# crs = "GCJ-02"
# measure = "count"   # count 个数, area 公顷 (hectares), length 公里 (km), amount 数量列 (column)
# [[workers.rates]]
# group = "rider"
# of = "餐饮服务"   # 类别以此开头；不填为全部。 The class begins so; without it every class.
# workers = 0.5   # 每个单位的人数。 Workers for each unit.

# [[workers]]
# kind = "pings"
# path = "gps"
# crs = "WGS-84"
# groups = ["rider"]
# [workers.pings]
# most_gap_min = 30   # 间隔更久则去向不明（分钟）。 Longer gaps: nobody knows where.
# most_speed_kmh = 150   # 更快的记录剔除。 Faster records are set aside.
# stay_radius_m = 100
# stay_min = 10   # 停留至少多久（分钟）。 Shortest stay.
# only_stays = false
# timezone = "Asia/Shanghai"

# 道路：本地文件（.osm.pbf、.osm、.graphml、.gpkg、.geojson 等）或地名；不填则按直线距离乘绕行系数。
# Streets: a file, or the name of a place to download; without both, straight lines x a factor.
[streets]
# path = "streets.osm.pbf"
# place = "无锡市新吴区"
detour_factor = 1.32
snap_limit_m = 500
"""

_GROUPS_HEAD = """
# 劳动者群体。reach_m：到站点最远可接受的沿路距离（米）；
# weekday、weekend：0 至 23 时各小时在外工作的人员比例。
# 以下均为默认假设，核实后请把 assumed 改为 false。
# 群体下方以 # 隐去的 [[groups.seasons]] 是内置的夏季、冬季作息假设；只要 weekday、weekend 未作改动
# 即采用，需要调整时去掉 # 后修改。
# Groups. reach_m: the longest way along streets to a station; weekday and weekend: the share that
# is out in each hour 0 to 23. All of it is assumed; set assumed = false once it is confirmed. The
# hours of summer and winter behind # are built in and hold as long as weekday and weekend are as
# they are here; take the # away to change them (headcount_factor: people for each one stated).
"""

_PERIODS_HEAD = """
# 时段，合起来正好一天；end_hour 不计入。 Periods of the day; end_hour is not counted in.
"""

_SEASONS_HEAD = """
# 季节；weeks：一年中的周数；starts：从哪天开始（月-日），移动驿站按季停放时需要。
# Seasons; weeks: how many of the year; starts: first day (month-day), for containers that stay for
# a season.
"""

_HOSTS_HEAD = """
# 场所类型：通常的建站费用、年运行费用（元）和开放时间。
# 均为默认假设，核实后请把 assumed 改为 false。
# Host types: usual cost to set up and to run a year (yuan), usual hours. Assumed until confirmed.
"""

_TAIL = """
# 各来源如何合成需求。model："rates" 按系数；"fitted" 按统计人数拟合（效果更好时采用）。
# How sources become demand. model: "rates", or "fitted" to surveyed counts where that is better.
[demand]
model = "rates"
bandwidth_m = 300   # 密度图的平滑距离。 Of the density surface.
hot_spot_workers = 50   # 热点最少人数。 Fewest workers of a hot spot.
hot_spot_m = 350

# 站点如何接待：每次停留（分钟）、每隔几小时来一次、座位是否计入、距离折减。均为假设。
# How a station serves: minutes of a stay, hours between visits, whether seats count, decay of its
# worth with the way: none, linear, gaussian, exponential or stepped. Assumed until confirmed.
[service]
stay_min = 30
visit_every_h = 4
count_seats = false
decay = "none"
assumed = true

# 最大间距检查（米）和站点最小面积（平方米）。 Largest gap to a station; smallest station.
[gaps]
urban_m = 1000
dense_m = 500
dense_workers_per_km2 = 500
least_workers = 0
least_area_m2 = 12

# 台账留空时的取值。 What a blank in a list is taken for.
[assumptions]
hours = "周一至周日 08:00-18:00"
listed = true
access = "open"   # open 开放, registration 登记, gated 门禁
cost_setup_yuan = 9900

# 手工添加的候选场所（在地图上点击添加），host 为场所类型，决定费用和开放时间。
# Candidates that were added by hand, such as by a click on the map; the host type says the rest.
# [[added]]
# id = "A1"
# name = "新候选点"
# lon = 106.5000
# lat = 29.5000
# host = "bank"

# 方案的限制条件。 What a plan must keep to.
[limits]
# budget_yuan = 500000   # 新增建站资金（元）。 Added set-up money.
# budget_union_yuan = 300000   # 其中工会出资。 The part of it that the union pays.
# budget_partner_yuan = 200000   # 其中场所和合作单位出资。 The part that hosts and partners pay.
# budget_year_yuan = 80000   # 新增年运行费用。 Added running cost a year.
# count = 20   # 新增站点数。 Additional openings.
# 方案可用的措施。候选场所：open 按常规时间开放、open_evening 晚间开放、open_24h 全天开放、
# container 移动驿站；现有站点：extend_evening 和 extend_24h 延长开放、list 上地图、
# open_gate 移到门外、admit 增加服务对象、enlarge 扩容。可撤并、迁移的列在 may_close、may_move 中。
# What a plan may use; stations that it may close or move are named under may_close and may_move.
# measures = ["open", "open_evening", "open_24h", "extend_evening", "extend_24h", "list"]
min_separation_m = 0   # 新设站点与其他站点的最小间距（米）。 Between a new station and any other.
separation_from_existing = true   # 与现有站点也须保持间距。 From stations of today too.
# separation_along_streets = true   # 按沿路步行距离。 Measured on foot along the streets.
# lock = ["V1"]   # 必须建设的场所或措施编号。 Ids of sites or options that must be chosen.
# forbid = ["V2+24h"]   # 不得建设的场所或措施编号。 Ids that must not be chosen.
# no_go = [[[106.50, 29.50], [106.51, 29.50], [106.51, 29.51]]]   # 禁止设点区域的顶点（WGS-84）。
# may_close = ["S1"]   # 可以撤并的现有站点编号。 Existing stations that may be closed.
# may_move = ["S2"]   # 可以迁移的现有站点编号。 Existing stations that may move to a venue.
# containers = 1   # 最多购置的移动驿站，可按季节换地点。 Containers to buy; one may move by season.
# contiguous_m = 1000   # 每期新设站点须距前期站点不超过此距离。 Near a station of an earlier phase.
# robust = true   # 同时考虑多种可能的需求。 Plan for many possible demands at once.
# seed = 0
# work_limit = 1000   # 搜索步数上限，使结果可重复。 Ends the search after so many steps.
time_limit_s = 60
gap_share = 0.001

# 以下各项可选，去掉 # 启用；同类可列多项。 All of these are optional; some may stand repeatedly.
# 目标：served 服务工时最多、served_twice 双重服务、graded 距离折减、fewest_sites 站点最少、
# least_money 费用最少、p_median 平均路程最短、p_center 最远路程最短、p_dispersion 站点最分散。
# Objectives; several are added up by weight, or come one after the other (one_after_the_other).
# [[limits.objectives]]
# kind = "served"
# weight = 1
# tolerance_share = 0   # 后列目标最多可牺牲本目标的比例。 What later ones may cost of it.
# target_share = 1   # 站点最少、费用最少时须达到的比例。 Of what can be served, for the fewest.

# 最大间距（规则见 [gaps]）。hard = false 时每处缺口按 price_hours 工时计价。
# The largest gap, by the rules of [gaps]; where it is not hard each shortfall has a price.
# [limits.gap]
# hard = true
# price_hours = 0

# 中心站：每个新设站点 within_m 米内有一个中心站。 Each new station has a centre this near.
# [limits.levels]
# centre_hosts = ["union"]
# within_m = 2000

# 数量和占比要求。scope：all 全区、community 每个社区、street 每个镇街、host_type 每类场所；
# stations：any 全部、all_day 24 小时、evening 晚间、benchmark 标杆、new 新增、container 移动驿站、
# centre 中心站。 Quotas and shares for the whole district or each community, street or host type.
# [[limits.quotas]]
# scope = "community"
# which = []   # 只对所列社区；不填为所有有场所的社区。 These alone; without it all with a site.
# stations = "any"
# least = 1   # 还可用 most、least_share、most_share；scope = "all" 时可用 least_per_street。

# 覆盖下限：应得到服务的工时比例，可限定群体、社区，或对每个群体（社区）分别要求。
# Least share of worker-hours served, of some groups or communities, together or for each of them.
# [[limits.floors]]
# least_share = 0.5
# groups = ["sanitation"]
# communities = []
# each = "community"

# 分期：每期的资金、数量和数量要求；done 列出已实施的措施编号。
# Phases with money, count and quotas of their own; done: what was carried out already.
# [[limits.phases]]
# id = "2026"
# name = "试点"
# name_en = "pilot"
# budget_yuan = 200000
# count = 10
# weight = 1
# done = []
# [[limits.phases.quotas]]
# stations = "all_day"
# least = 2

# 候选场所评分的权重。 Weights of the score of candidates.
[score_weights]
newly_served = 0.35
worker_density = 0.2
distance_to_nearest = 0.15
overlap = 0.1
cost_per_hour = 0.1
hours_open = 0.1
"""
