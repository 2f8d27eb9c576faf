"""The faulty copy of the sample: 25 planted faults of every kind, as data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from invention.files import HEADER_LINE, Cell, Listing

__all__ = ["FAULTS", "Fault", "Row", "plant", "plant_in_shapes"]

Row = tuple[Mapping[str, str], BaseGeometry]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One planted fault."""

    file: str
    line: int
    """Line in the sheet (the title is line 1), or number of the shape in the file."""
    column: str
    """Header of the cell at fault; "" for the whole row."""
    cells: Mapping[str, Cell]
    """Header -> what is written instead."""
    kind: str
    like: int = 0
    """Line whose name and position are written here too; 0: none."""
    used: bool = False
    """Whether the row is used all the same."""


_STATIONS, _VENUES, _WORKERS = "stations.xlsx", "venues.xlsx", "workers.xlsx"
_SHAPES = "communities.geojson"
_SAME = ("驿站名称", "经度", "纬度")

FAULTS: tuple[Fault, ...] = (
    Fault(
        file=_STATIONS,
        line=4,
        column="纬度",
        cells={"纬度": 148.2},
        kind="latitude out of range",
    ),
    Fault(
        file=_STATIONS,
        line=6,
        column="经度",
        cells={"经度": 29.6012, "纬度": 106.3987},
        kind="longitude and latitude swapped",
    ),
    Fault(
        file=_STATIONS,
        line=8,
        column="经度",
        cells={"经度": "老城附近"},
        kind="longitude is a word",
    ),
    Fault(
        file=_STATIONS,
        line=9,
        column="经度",
        cells={"经度": 0, "纬度": 0},
        kind="position at 0, 0",
    ),
    Fault(
        file=_STATIONS,
        line=11,
        column="经度",
        cells={"经度": 121.9, "纬度": 29.6},
        kind="far outside the district, in the sea",
    ),
    Fault(
        file=_STATIONS,
        line=13,
        column="开放时间",
        cells={"开放时间": "看情况开放"},
        kind="hours not hours",
    ),
    Fault(
        file=_STATIONS,
        line=15,
        column="",
        cells={},
        like=3,
        kind="the same place as in line 3",
    ),
    Fault(file=_STATIONS, line=17, column="驿站名称", cells={"驿站名称": None}, kind="no name"),
    Fault(
        file=_STATIONS, line=19, column="序号", cells={"序号": 3}, kind="running number used twice"
    ),
    Fault(
        file=_STATIONS,
        line=20,
        column="面积（㎡）",
        cells={"面积（㎡）": -12},
        kind="negative area",
        used=True,
    ),
    Fault(file=_STATIONS, line=22, column="状态", cells={"状态": "研究中"}, kind="unknown status"),
    Fault(
        file=_STATIONS,
        line=24,
        column="类型",
        cells={"类型": "飞船"},
        kind="unknown host type of a station",
        used=True,
    ),
    Fault(
        file=_STATIONS,
        line=26,
        column="是否上图",
        cells={"是否上图": "也许"},
        kind="neither yes nor no",
    ),
    Fault(
        file=_STATIONS,
        line=28,
        column="经度",
        cells={"经度": None, "纬度": None},
        kind="address without a position",
        used=True,
    ),
    Fault(
        file=_VENUES,
        line=5,
        column="类型",
        cells={"类型": "热气球"},
        kind="unknown host type of a venue",
    ),
    Fault(
        file=_VENUES,
        line=9,
        column="建站费用（元）",
        cells={"建站费用（元）": -3500},
        kind="negative cost",
    ),
    Fault(
        file=_VENUES,
        line=12,
        column="建站费用（元）",
        cells={"建站费用（元）": "面议"},
        kind="cost is a word",
    ),
    Fault(
        file=_VENUES, line=18, column="经纬度", cells={"经纬度": "106.41"}, kind="half a position"
    ),
    Fault(
        file=_VENUES,
        line=27,
        column="经纬度",
        cells={"经纬度": None, "地址": None},
        kind="neither position nor address",
    ),
    Fault(file=_VENUES, line=40, column="编号", cells={"编号": "V001"}, kind="id used twice"),
    Fault(
        file=_VENUES, line=44, column="进入方式", cells={"进入方式": "爬窗"}, kind="unknown way in"
    ),
    Fault(
        file=_WORKERS, line=7, column="总人数", cells={"总人数": "若干"}, kind="people not counted"
    ),
    Fault(
        file=_WORKERS, line=14, column="社区", cells={"社区": "月亮社区"}, kind="unknown community"
    ),
    Fault(file=_WORKERS, line=21, column="群体", cells={"群体": "宇航员"}, kind="unknown group"),
    Fault(file=_SHAPES, line=5, column="", cells={}, kind="border crosses itself", used=True),
)
"""All 25, in the order of files and lines."""


def plant(listing: Listing) -> Listing:
    """Copy a list with its faults in it."""
    rows = [list(row) for row in listing.rows]
    for fault in FAULTS:
        if fault.file == listing.file:
            same = rows[fault.like - HEADER_LINE - 1] if fault.like else []
            cells = dict(zip(listing.header, same, strict=False))
            copied = {header: cells[header] for header in _SAME if header in cells}
            for header, cell in (copied | dict(fault.cells)).items():
                rows[fault.line - HEADER_LINE - 1][listing.header.index(header)] = cell
    return Listing(
        file=listing.file,
        title=listing.title,
        sheet=listing.sheet,
        header=listing.header,
        rows=rows,
    )


def plant_in_shapes(rows: Sequence[Row]) -> list[Row]:
    """Copy shapes, one with a border that crosses itself: two of its corners are changed over."""
    planted = list(rows)
    for fault in FAULTS:
        if fault.file == _SHAPES:
            values, shape = planted[fault.line - 1]
            planted[fault.line - 1] = (values, _crossed(shape))
    return planted


def _crossed(shape: BaseGeometry) -> Polygon:
    corners = list(shape.exterior.coords)
    corners[10], corners[14] = corners[14], corners[10]
    return Polygon(corners)
