"""Invented places and counts -> the lists of a union: header and rows of each sheet."""

from collections.abc import Iterator, Sequence

import shapely

from invention.files import Cell, Listing, in_system, position
from invention.places import DISTRICT, Place
from invention.pois import Poi
from invention.taxis import Track
from invention.workers import PERIODS, Count

__all__ = [
    "POI_HEADER",
    "TRACK_HEADER",
    "poi_rows",
    "station_list",
    "survey_list",
    "track_rows",
    "venue_list",
]

POI_HEADER = ("编号", "名称", "类型", "地址", "经纬度", "区县")
TRACK_HEADER = ("车牌号", "定位时间", "经度", "纬度")


def station_list(stations: Sequence[Place]) -> Listing:
    """List the stations that exist; names and telephone numbers in it are made up."""
    header = (
        "序号", "驿站名称", "所属镇街", "所属社区", "详细地址", "经度", "纬度", "类型", "开放时间",
        "服务项目", "面积（㎡）", "可容纳人数", "是否上图", "进入方式", "是否标杆站点",
        "状态", "负责人", "联系电话",
    )  # fmt: skip
    return Listing(
        file="stations.xlsx",
        title=f"{DISTRICT}户外劳动者服务站点台账",
        sheet="站点台账",
        header=header,
        rows=[_station_row(k, place) for k, place in enumerate(stations, start=1)],
    )


def _station_row(number: int, place: Place) -> list[Cell]:
    lon, lat = position(place.spot, "GCJ-02")
    person = "赵钱孙李周吴郑王"[number % 8] + "某"
    return [
        number, place.name, place.community.street, place.community.name, place.address, lon, lat,
        place.host.name, place.hours or None, place.services, place.area_m2, place.capacity,
        place.listed or None, place.access or None, place.benchmark, place.status, person,
        f"1000000{number:04d}",
    ]  # fmt: skip


def venue_list(venues: Sequence[Place]) -> Listing:
    """List the venues that could hold a station, each position in one cell."""
    header = (
        "编号", "场所名称", "镇街", "社区", "地址", "经纬度", "类型", "营业时间", "面积（平方米）",
        "建站费用（元）", "工会出资比例", "年运行费用（元）", "进入方式", "是否标杆站点",
    )  # fmt: skip
    return Listing(
        file="venues.xlsx",
        title=f"{DISTRICT}候选场所清单",
        sheet="候选场所",
        header=header,
        rows=[_venue_row(k, place) for k, place in enumerate(venues, start=1)],
    )


def _venue_row(number: int, place: Place) -> list[Cell]:
    lon, lat = position(place.spot, "GCJ-02")
    return [
        f"V{number:03d}", place.name, place.community.street, place.community.name, place.address,
        f"{lon:.6f},{lat:.6f}", place.host.name, place.hours or None, place.area_m2,
        place.cost_yuan, None if place.union_percent is None else f"{place.union_percent}%",
        place.cost_year_yuan, place.access, place.benchmark or None,
    ]  # fmt: skip


def survey_list(counts: Sequence[Count]) -> Listing:
    """List the workers counted in each community, by group and period."""
    return Listing(
        file="workers.xlsx",
        title=f"{DISTRICT}户外劳动者摸底调查表（人）",
        sheet="摸底调查",
        header=("序号", "镇街", "社区", "群体", "总人数", *PERIODS),
        rows=[
            [k, c.community.street, c.community.name, c.group, c.headcount, *c.out]
            for k, c in enumerate(counts, start=1)
        ],
    )


def poi_rows(pois: Sequence[Poi]) -> Iterator[list[Cell]]:
    """List points of interest, each with the name of the district, which says what they are."""
    for number, poi in enumerate(pois, start=1):
        lon, lat = position(poi.spot, "GCJ-02")
        place = f"{lon:.6f},{lat:.6f}"
        yield [f"虚构{number:04d}", poi.name, poi.type, poi.address, place, DISTRICT]


def track_rows(tracks: Sequence[Track]) -> Iterator[list[Cell]]:
    """List the records of taxis; their number plates begin with 虚 (invented), as none does."""
    for track in tracks:
        places = shapely.get_coordinates(in_system(shapely.LineString(track.xy), "WGS-84"))
        for time, (lon, lat) in zip(track.time_s.tolist(), places.tolist(), strict=True):
            clock = f"{time // 3600:02d}:{time // 60 % 60:02d}:{time % 60:02d}"
            plate = f"虚A{10000 + track.taxi}"
            yield [plate, f"{track.date} {clock}", f"{lon:.5f}", f"{lat:.5f}"]
