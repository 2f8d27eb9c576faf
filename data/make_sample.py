"""Invent the sample district and its faulty copy: nothing in them is real.

The district, its towns, river, streets, communities, stations, hosts, firms, costs, telephone
numbers and workers are made up here with a fixed seed. The folder `sample` is what a union would
hand in; `sample_faulty` is the same with planted faults (see `invention/faults.py`).

Run it from the root of the project: `.venv/bin/python data/make_sample.py [FOLDER]`. It writes to
`data` when no folder is named. The same seed gives the same files.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
from invention.communities import Community, make_communities
from invention.files import (
    NOTE,
    Cell,
    in_system,
    position,
    write_lines,
    write_polygons,
    write_workbook,
)
from invention.places import DISTRICT, Place, make_places
from invention.streets import Street, make_streets
from invention.terrain import LAND
from invention.workers import PERIODS, Count, make_counts
from shapely import LineString

SEED = 20250101
STATION_HEADER = (
    "序号", "驿站名称", "所属镇街", "所属社区", "详细地址", "经度", "纬度", "类型", "开放时间", "服务项目",
    "面积（㎡）", "可容纳人数", "是否上图", "进入方式", "状态", "负责人", "联系电话",
)  # fmt: skip
VENUE_HEADER = (
    "编号", "场所名称", "镇街", "社区", "地址", "经纬度", "类型", "营业时间", "面积（平方米）",
    "建站费用（元）", "年运行费用（元）", "进入方式",
)  # fmt: skip
SURVEY_HEADER = ("序号", "镇街", "社区", "群体", "总人数", *PERIODS)


def main(folder: Path) -> None:
    """Write the sample district and its faulty copy into a folder."""
    streets = make_streets(SEED)
    communities = make_communities(streets)
    stations, venues = make_places(streets, communities, SEED)
    counts = make_counts(streets, communities, venues, SEED)
    sample = folder / "sample"
    sample.mkdir(parents=True, exist_ok=True)
    write_lines(sample / "streets.gpkg", _street_table(streets), layer="roads")
    _write_lists(sample, stations, venues, counts)
    _write_shapes(sample, communities)
    (sample / "district.toml").write_text(_SETTINGS, encoding="utf-8", newline="\n")


def _street_table(streets: Sequence[Street]) -> gpd.GeoDataFrame:
    columns = {
        "name": [s.name or None for s in streets],
        "highway": [s.highway for s in streets],
        "oneway": [s.oneway for s in streets],
    }
    lines = [in_system(LineString(s.line), "WGS-84") for s in streets]
    return gpd.GeoDataFrame(columns, geometry=lines, crs="EPSG:4326")


def _write_lists(
    folder: Path, stations: Sequence[Place], venues: Sequence[Place], counts: Sequence[Count]
) -> None:
    write_workbook(
        folder / "stations.xlsx",
        title=f"{DISTRICT}户外劳动者服务站点台账",
        sheet="站点台账",
        header=STATION_HEADER,
        rows=[_station_row(k, p) for k, p in enumerate(stations, start=1)],
    )
    write_workbook(
        folder / "venues.xlsx",
        title=f"{DISTRICT}候选场所清单",
        sheet="候选场所",
        header=VENUE_HEADER,
        rows=[_venue_row(k, p) for k, p in enumerate(venues, start=1)],
    )
    write_workbook(
        folder / "workers.xlsx",
        title=f"{DISTRICT}户外劳动者摸底调查表（人）",
        sheet="摸底调查",
        header=SURVEY_HEADER,
        rows=[
            (k, c.community.street, c.community.name, c.group, c.headcount, *c.out)
            for k, c in enumerate(counts, start=1)
        ],
    )


def _station_row(number: int, place: Place) -> list[Cell]:
    lon, lat = position(place.spot, "GCJ-02")
    surname = "赵钱孙李周吴郑王"[number % 8]
    return [
        number, place.name, place.community.street, place.community.name, place.address, lon, lat,
        place.host.name, place.hours or None, place.services, place.area_m2, place.capacity,
        place.listed or None, place.access or None, place.status, f"{surname}某", f"1000000{number:04d}",
    ]  # fmt: skip


def _venue_row(number: int, place: Place) -> list[Cell]:
    lon, lat = position(place.spot, "GCJ-02")
    return [
        f"V{number:03d}", place.name, place.community.street, place.community.name, place.address,
        f"{lon:.6f},{lat:.6f}", place.host.name, place.hours or None, place.area_m2, place.cost_yuan,
        place.cost_year_yuan, place.access,
    ]  # fmt: skip


def _write_shapes(folder: Path, communities: Sequence[Community]) -> None:
    note = " ".join(NOTE)
    boundary = in_system(LAND.boundary, "GCJ-02")
    write_polygons(folder / "boundary.geojson", [({"名称": DISTRICT}, boundary)], note=note)
    rows = [
        ({"编号": c.id, "社区名称": c.name, "镇街": c.street}, in_system(c.shape, "CGCS2000"))
        for c in communities
    ]
    write_polygons(folder / "communities.geojson", rows, note=note)


_SETTINGS = f"""\
# 示例区：全部数据均为虚构，由 data/make_sample.py 生成。
# The sample district: all of it is invented by data/make_sample.py.

[district]
name = "{DISTRICT}"
data_note = "示例数据，全部虚构 / Sample data, all invented"

[files.stations]
path = "stations.xlsx"
sheet = "站点台账"
crs = "GCJ-02"

[files.venues]
path = "venues.xlsx"
sheet = "候选场所"
crs = "GCJ-02"

[files.boundary]
path = "boundary.geojson"
crs = "GCJ-02"

[files.communities]
path = "communities.geojson"
crs = "CGCS2000"

[[workers]]
kind = "survey"
path = "workers.xlsx"
sheet = "摸底调查"

[streets]
path = "streets.gpkg"
layer = "roads"
crs = "WGS-84"

# 六类劳动者；服务半径（米）和方式可改。一天中各时段在岗人数来自调查表。
# Six groups; modes and reaches (metres) may be changed. Who is out when comes from the survey.

[[groups]]
id = "rider"
name = "外卖骑手"
ways = [{{ mode = "ebike", reach_m = 800 }}, {{ mode = "walk", reach_m = 300 }}]

[[groups]]
id = "courier"
name = "快递员"
ways = [{{ mode = "walk", reach_m = 500 }}]

[[groups]]
id = "sanitation"
name = "环卫工人"
ways = [{{ mode = "walk", reach_m = 500 }}]

[[groups]]
id = "driver"
name = "出租车、网约车司机"
ways = [{{ mode = "drive", reach_m = 1500 }}]

[[groups]]
id = "trucker"
name = "货车司机"
ways = [{{ mode = "drive", reach_m = 3000 }}]

[[groups]]
id = "guard"
name = "保安等户外人员"
name_en = "Guards and others"
ways = [{{ mode = "walk", reach_m = 500 }}]

[limits]
budget_yuan = 600000
count = 115
min_separation_m = 300
"""


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
