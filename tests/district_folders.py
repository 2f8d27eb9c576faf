"""Small district folders, written as a union would keep them, for tests to spoil."""

import json
from pathlib import Path

import numpy as np
import shapely

from planner.geo import from_wgs84

WEST, SOUTH, EAST, NORTH = 106.50, 29.50, 106.60, 29.60

TOML = """\
# 测试区 the test district
[district]
name = "测试区"

[files.stations]
path = "stations.csv"  # 2024 年台账
crs = "GCJ-02"

[files.venues]
path = "venues.csv"
crs = "WGS-84"

[files.boundary]
path = "boundary.geojson"
crs = "WGS-84"

[files.communities]
path = "communities.geojson"
crs = "WGS-84"

[[workers]]
kind = "survey"
path = "workers.csv"

# 预算 money
[limits]
count = 3
"""


def square(west: float, south: float, east: float, north: float) -> list[list[list[float]]]:
    corners = shapely.box(west, south, east, north).exterior.coords
    return [[[x, y] for x, y in corners]]


def write_polygons(path: Path, named: dict[str, list[list[list[float]]]]) -> None:
    features = [
        {
            "type": "Feature",
            "properties": {"编号": f"C{at}", "名称": name},
            "geometry": {"type": "Polygon", "coordinates": rings},
        }
        for at, (name, rings) in enumerate(named.items(), start=1)
    ]
    text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
    path.write_text(text, encoding="utf-8")


def write_list(path: Path, header: str, *rows: str) -> None:
    path.write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")


def gcj(lon: float, lat: float) -> str:
    """Tell a WGS-84 place as a list that was picked in Amap does."""
    x, y = from_wgs84([lon], [lat], crs="GCJ-02")
    return f"{x[0]:.7f},{y[0]:.7f}"


def make_folder(folder: Path) -> Path:
    """Write two communities, three stations (one closed, one without a position), two venues."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "district.toml").write_text(TOML, encoding="utf-8")
    write_polygons(folder / "boundary.geojson", {"测试区": square(WEST, SOUTH, EAST, NORTH)})
    middle = float(np.mean([WEST, EAST]))
    write_polygons(
        folder / "communities.geojson",
        {
            "西社区": square(WEST, SOUTH, middle, NORTH),
            "东社区": square(middle, SOUTH, EAST, NORTH),
        },
    )
    write_list(
        folder / "stations.csv",
        "序号,站点名称,经度,纬度,地址,类型,开放时间,是否上图,进入方式,状态",
        f"1,甲站,{gcj(106.52, 29.55)},甲路1号,银行网点,8:30-17:30,是,开放,开放",
        f"2,乙站,{gcj(106.57, 29.56)},乙路2号,加油站,,,,关闭",
        "3,丙站,,,丙路3号,,,,,",
    )
    write_list(
        folder / "venues.csv",
        "编号,名称,经度,纬度,类型,建站费用（元）,社区",
        "V甲,一号网点,106.53,29.54,银行网点,12000,",
        "V乙,二号商户,106.58,29.58,沿街商户,,东社区",
    )
    write_list(folder / "workers.csv", "社区,外卖骑手,快递员", "西社区,40,10", "东社区,20,")
    return folder
