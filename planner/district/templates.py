"""A new district folder: `district.toml` with comments, Excel templates to fill in."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from planner.columns import STATIONS, SURVEY, VENUES, Column, Kind
from planner.district.defaults import DEFAULT_GROUPS, DEFAULT_HOSTS, DEFAULT_PERIODS
from planner.district.reading import FILE_NAME
from planner.district.settings import Group, HostType, Period
from planner.district.writing import write_file
from planner.errors import InputError, SettingsError
from planner.language import note

__all__ = ["SHEETS", "init_district"]

SHEETS = {"stations": "站点", "venues": "候选场所", "workers": "劳动者"}
"""Name of the sheet of each template that holds the table."""

_NOTES = "说明 Notes"
_NOT_IN_TEMPLATES = frozenset(
    {"lnglat", "latlng", "province", "city", "district", "grid", "type_code", "updated"}
)
_NOT_FOR_VENUES = frozenset({"visits_day", "opened", "income_year_yuan", "status"})
_ROWS_WITH_LISTS = 2000
_HEADER_FILL = PatternFill("solid", fgColor="DDE8F3")
_NARROW, _WIDE = 12, 40


@dataclass(frozen=True, slots=True)
class _Header:
    """One column of a template."""

    chinese: str
    english: str
    meaning_chinese: str
    meaning_english: str
    choices: tuple[str, ...] = ()


def init_district(folder: Path) -> list[Path]:
    """Write a new district folder: `district.toml` and templates for stations, venues and workers.

    Files that are there already are left as they are.

    Returns
    -------
    list of pathlib.Path
        The files written.

    Raises
    ------
    SettingsError
        If the folder has a `district.toml` already.
    InputError
        If the folder cannot be made or written to.
    """
    folder = Path(folder)
    if (folder / FILE_NAME).exists():
        raise SettingsError(
            note(
                "{folder} has a {file} already; it was left as it is.",
                folder=folder,
                file=FILE_NAME,
            )
        )
    content = {
        "stations.xlsx": _workbook(SHEETS["stations"], _site_headers(STATIONS)),
        "venues.xlsx": _workbook(SHEETS["venues"], _site_headers(VENUES, _NOT_FOR_VENUES)),
        "workers.xlsx": _workbook(SHEETS["workers"], _worker_headers(DEFAULT_GROUPS)),
        FILE_NAME: _toml(folder.resolve().name).encode(),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            note(
                "{folder} cannot be written to: {reason}",
                folder=folder,
                reason=error.strerror or type(error).__name__,
            )
        ) from error
    missing = [folder / name for name in content if not (folder / name).exists()]
    for path in missing:
        write_file(path, content[path.name])
    return missing


def _site_headers(
    columns: Sequence[Column], left_out: frozenset[str] = frozenset()
) -> list[_Header]:
    hosts = tuple(host.name for host in DEFAULT_HOSTS)
    return [
        _header(column, hosts if column.kind is Kind.HOST else _first_words(column))
        for column in columns
        if column.name not in _NOT_IN_TEMPLATES | left_out
    ]


def _first_words(column: Column) -> tuple[str, ...]:
    """Give the first Chinese word of each choice."""
    return tuple(
        next((word for word in words if not word.isascii()), words[0])
        for words in column.choices.values()
    )


def _header(column: Column, choices: tuple[str, ...] = ()) -> _Header:
    needed = column.required or column.name in {"lon", "lat"}
    return _Header(
        chinese=column.header,
        english=column.name,
        meaning_chinese=("必填。" if needed else "") + column.meaning.text("zh"),
        meaning_english=("Needed. " if needed else "") + column.meaning.text("en"),
        choices=choices,
    )


def _worker_headers(groups: Sequence[Group]) -> list[_Header]:
    """Give a column for the community and one for each group."""
    named = {column.name: column for column in SURVEY}
    count = named["workers"]
    counts = [
        _Header(
            chinese=group.name,
            english=group.name_en,
            meaning_chinese=f"{group.name}：{count.meaning.text('zh')}",
            meaning_english=f"{group.name_en}: {count.meaning.text('en')}",
        )
        for group in groups
    ]
    return [_header(named["street"]), _header(named["community"]), *counts]


def _workbook(title: str, headers: Sequence[_Header]) -> bytes:
    book = Workbook()
    sheet = book.active
    if not isinstance(sheet, Worksheet):  # a new workbook has one sheet
        raise TypeError(type(sheet))
    sheet.title = title
    for at, header in enumerate(headers, start=1):
        for row, text in enumerate((header.chinese, header.english), start=1):
            cell = sheet.cell(row, at, text)
            cell.font = Font(bold=row == 1, color="000000" if row == 1 else "666666")
            cell.fill = _HEADER_FILL
            cell.alignment = Alignment(wrap_text=True, vertical="center")
        letter = get_column_letter(at)
        sheet.column_dimensions[letter].width = max(_NARROW, len(header.chinese) * 2 + 2)
        if header.choices:
            _offer(sheet, letter, header.choices)
    sheet.freeze_panes = "A3"
    _explain(book.create_sheet(_NOTES), headers)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _offer(sheet: Worksheet, letter: str, choices: Sequence[str]) -> None:
    """Offer a list of words in a column; others can be typed all the same."""
    offered = DataValidation(
        type="list", formula1=f'"{",".join(choices)}"', allow_blank=True, showErrorMessage=False
    )
    offered.add(f"{letter}3:{letter}{_ROWS_WITH_LISTS}")
    sheet.add_data_validation(offered)


def _explain(sheet: Worksheet, headers: Sequence[_Header]) -> None:
    """Write what each column means, in both languages."""
    sheet.append(["列", "Column", "说明", "Meaning", "可选 Choices"])
    for header in headers:
        choices = "、".join(header.choices)
        sheet.append(
            [
                header.chinese,
                header.english,
                header.meaning_chinese,
                header.meaning_english,
                choices,
            ]
        )
    for cell in sheet[1]:
        cell.font = Font(bold=True)
        cell.fill = _HEADER_FILL
    for letter, width in zip("ABCDE", (16, 16, _WIDE, _WIDE, _WIDE), strict=True):
        sheet.column_dimensions[letter].width = width
    for row in sheet.iter_rows(min_row=2):
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")


def _toml(name: str) -> str:
    parts = (
        _HEAD.format(name=_quoted(name), **{key: _quoted(text) for key, text in SHEETS.items()}),
        _GROUPS_HEAD,
        *(_group_toml(group) for group in DEFAULT_GROUPS),
        _PERIODS_HEAD,
        *(_period_toml(period) for period in DEFAULT_PERIODS),
        _HOSTS_HEAD,
        *(_host_toml(host) for host in DEFAULT_HOSTS),
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

# 劳动者人数，可有多个来源。kind："survey" 按社区统计；"points" 按地点统计（含经纬度）。
# Workers, from any number of sources. kind: "survey": counts by community; "points": at places.
[[workers]]
kind = "survey"
path = "workers.xlsx"
sheet = {workers}
# total_workers = 5000   # 填报总人数，按此等比例换算。 Stated headcount to scale to.

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
# Groups. reach_m: the longest way along streets to a station; weekday and weekend: the share that
# is out in each hour 0 to 23. All of it is assumed; set assumed = false once it is confirmed.
"""

_PERIODS_HEAD = """
# 时段，合起来正好一天；end_hour 不计入。 Periods of the day; end_hour is not counted in.
"""

_HOSTS_HEAD = """
# 场所类型：通常的建站费用、年运行费用（元）和开放时间。
# 均为默认假设，核实后请把 assumed 改为 false。
# Host types: usual cost to set up and to run a year (yuan), usual hours. Assumed until confirmed.
"""

_TAIL = """
# 台账留空时的取值。 What a blank in a list is taken for.
[assumptions]
hours = "周一至周日 08:00-18:00"
listed = true
access = "open"   # open 开放, registration 登记, gated 门禁
cost_setup_yuan = 9900

# 方案的限制条件。 What a plan must keep to.
[limits]
# budget_yuan = 500000   # 新增建站资金（元）。 Added set-up money.
# count = 20   # 新增站点数。 Additional openings.
min_separation_m = 0
separation_from_existing = true
# lock = ["V1"]   # 必须建设的场所编号。 Ids that must be opened.
# forbid = ["V2"]   # 不得建设的场所编号。 Ids that must not be opened.
# may_close = ["S1"]   # 可以撤并的现有站点编号。 Existing stations that may be closed.
time_limit_s = 60
gap_share = 0.001

# 候选场所评分的权重。 Weights of the score of candidates.
[score_weights]
newly_served = 0.35
worker_density = 0.2
distance_to_nearest = 0.15
overlap = 0.1
cost_per_hour = 0.1
hours_open = 0.1
"""
