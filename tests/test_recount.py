"""What a plan serves is counted once more, from the files, by other code: the same number."""

import math
from collections.abc import Iterator, Mapping, Sequence

import pandas as pd
import pytest
from recounting import Network, bits_of_week, served_milli
from shapely import Point

from planner.bundle import sample_folder
from planner.district import projection_of
from planner.district.settings import Limits
from planner.geo import to_plane, to_wgs84
from planner.pipeline import Prepared, plan, prepare

WEEK, WORKDAYS = "0123456", "01234"
HOURS = {  # read by hand
    "周一至周五 8:30-12:00，14:00-17:30": [(WORKDAYS, 510, 720), (WORKDAYS, 840, 1050)],
    "周一至周五8:30-12:00 13:30-17:30": [(WORKDAYS, 510, 720), (WORKDAYS, 810, 1050)],
    "8:30-12:00 14:00-18:00": [(WEEK, 510, 720), (WEEK, 840, 1080)],
    "周一至周日9:00-17:00": [(WEEK, 540, 1020)],
    "周一至周五9:00-17:00": [(WORKDAYS, 540, 1020)],
    "9:00-12:00 14:00-17:00": [(WEEK, 540, 720), (WEEK, 840, 1020)],
    "周一至周五9:00-17:00，周六周日9:00-16:00": [(WORKDAYS, 540, 1020), ("56", 540, 960)],
    "9：00—17：00": [(WEEK, 540, 1020)],
    "24小时": [(WEEK, 0, 1440)],
    "全天24小时": [(WEEK, 0, 1440)],
    "全天": [(WEEK, 0, 1440)],
    "00:00-24:00": [(WEEK, 0, 1440)],
    "6:00-22:00": [(WEEK, 360, 1320)],
    "6:00-24:00": [(WEEK, 360, 1440)],
    "6:30-21:00": [(WEEK, 390, 1260)],
    "8:00-22:00": [(WEEK, 480, 1320)],
    "7:00-23:00": [(WEEK, 420, 1380)],
    "早上7点至晚上9点": [(WEEK, 420, 1260)],
    "9:00-21:30": [(WEEK, 540, 1290)],
    "10:00-14:00 16:30-21:00": [(WEEK, 600, 840), (WEEK, 990, 1260)],
    "9:00-18:00": [(WEEK, 540, 1080)],
    "9:00-12:00 13:30-18:00": [(WEEK, 540, 720), (WEEK, 810, 1080)],
    "8:30-20:00": [(WEEK, 510, 1200)],
    "5:00-19:00": [(WEEK, 300, 1140)],
    "04:30-11:00 13:00-18:00": [(WEEK, 270, 660), (WEEK, 780, 1080)],
    "5:00-21:00": [(WEEK, 300, 1260)],
}
USUAL = {  # where a list leaves the hours blank: those of the host type in the defaults
    "党群服务中心": [(WORKDAYS, 510, 720), (WORKDAYS, 840, 1050)],
    "银行网点": [(WORKDAYS, 540, 1020), ("5", 540, 960)],
    "加油站": [(WEEK, 0, 1440)],
    "沿街商户": [(WEEK, 480, 1260)],
    "通信营业厅": [(WEEK, 540, 1080)],
    "环卫工休息室": [(WEEK, 300, 1140)],
    "公园、公厕管理房": [(WEEK, 360, 1260)],
    "物流园区": [(WEEK, 0, 1440)],
}
REACH = {  # of the sample's district.toml
    "rider": {"ebike": 800, "walk": 300},
    "courier": {"walk": 500},
    "sanitation": {"walk": 500},
    "driver": {"drive": 1500},
    "trucker": {"drive": 3000},
    "guard": {"walk": 500},
}


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prepared]:
    """The sample district, made ready once for all tests of this file."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLANNER_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield prepare(sample_folder())


@pytest.fixture(scope="module")
def networks(sample: Prepared) -> Mapping[str, Network]:
    path, plane = sample_folder() / "streets.gpkg", projection_of(sample.district)
    return {
        mode: Network(path, mode=mode, crs="EPSG:4326", plane=plane)
        for mode in ("walk", "ebike", "drive")
    }


@pytest.fixture(scope="module")
def doors(sample: Prepared) -> Mapping[str, tuple[Point, int]]:
    """Place and open minutes of each site, from the two workbooks; no minute: it serves nobody."""
    stations = pd.read_excel(sample_folder() / "stations.xlsx", header=1, dtype=str)
    stations = stations[stations["状态"] == "开放"]
    lists = [
        ("S" + stations["序号"], stations, stations["开放时间"], stations["是否上图"] == "否"),
    ]
    venues = pd.read_excel(sample_folder() / "venues.xlsx", header=1, dtype=str)
    lon_lat = venues["经纬度"].str.split(",", expand=True)
    venues = venues.assign(经度=lon_lat[0], 纬度=lon_lat[1])
    lists.append((venues["编号"], venues, venues["营业时间"], venues["编号"] == ""))
    plane = projection_of(sample.district)
    found = {}
    for ids, rows, hours, unlisted in lists:
        lon, lat = to_wgs84(rows["经度"].astype(float), rows["纬度"].astype(float), crs="GCJ-02")
        xy = to_plane(lon, lat, projection=plane)
        hidden = unlisted | (rows["进入方式"] == "门禁")
        for name, at, text, host, no in zip(ids, xy, hours, rows["类型"], hidden, strict=True):
            spans = HOURS[text] if isinstance(text, str) else USUAL[host]
            found[name] = (Point(at), 0 if no else bits_of_week(spans))
    return found


def recount(
    sample: Prepared,
    networks: Mapping[str, Network],
    doors: Mapping[str, tuple[Point, int]],
    present: Sequence[str],
) -> int:
    """Count who is served by some sites, station by station and cell by cell."""
    demand = sample.demand
    points = [Point(xy) for xy in demand.cells[["x", "y"]].to_numpy()]
    open_bits = [[0] * len(demand.groups) for _ in points]
    for mode, network in networks.items():
        cells = [network.snap(point) for point in points]
        longest = max(ways.get(mode, 0) for ways in REACH.values())
        for name in present:
            at, bits = doors.get(name, (None, 0))
            if at is None or not bits:
                continue
            ways = network.ways_mm(network.snap(at), cells, limit_m=longest)
            for cell, way_mm in enumerate(ways):
                for position, group in enumerate(demand.groups):
                    if way_mm <= 1000 * REACH[group].get(mode, -math.inf):
                        open_bits[cell][position] |= bits
    people = demand.people_milli[demand.band_of_hour]
    return served_milli(open_bits, lambda cell, group: people[:, cell, group].tolist())


def test_what_the_sample_serves_today_is_the_same_when_counted_by_other_code(
    sample: Prepared,
    networks: Mapping[str, Network],
    doors: Mapping[str, tuple[Point, int]],
) -> None:
    nothing = plan(sample, Limits(count=0))
    again = recount(sample, networks, doors, sample.present)
    assert nothing.plan.served_milli == again


def test_what_a_plan_serves_is_the_same_when_counted_by_other_code(
    sample: Prepared,
    networks: Mapping[str, Network],
    doors: Mapping[str, tuple[Point, int]],
) -> None:
    limits = Limits(
        count=8, budget_yuan=50_000, min_separation_m=300, gap_share=0.05, time_limit_s=30
    )
    result = plan(sample, limits)
    assert len(result.plan.options) == 8
    again = recount(sample, networks, doors, [*sample.present, *result.plan.options])
    assert result.plan.served_milli == again
    assert result.plan.served == pytest.approx(again / 60_000, abs=0)
