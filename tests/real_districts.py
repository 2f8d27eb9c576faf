"""Turn the real data beside the project into district folders; nothing of them is kept in it.

Run by hand: `.venv/bin/python tests/real_districts.py NAME FOLDER`, NAME being one of DISTRICTS.

What the data do not have is invented by fixed rules of the row number and says 虚构 in its header
or name: hours, costs, host types, access, listing, communities and headcounts. No vehicle number
is written: a taxi that sends n points in an hour counts as 1/n of a driver at each of them; where
the records themselves are read (futian_records), district.toml names the file where it lies.
"""

import gzip
import shutil
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray

from planner.geo import from_wgs84, to_wgs84

__all__ = [
    "DATA",
    "DISTRICTS",
    "all_shenzhen",
    "futian",
    "futian_records",
    "shanghai_riders",
    "xinwu",
    "xinwu_features",
]

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
XINWU_WORKERS = {"rider": 7000, "courier": 5000, "trucker": 4000, "sanitation": 6000}
"""Headcounts in Xinwu, invented; 22,000 in all."""
FUTIAN_DRIVERS = 1800
SHENZHEN_DRIVERS = 18_000
CORNERS = 200
UTM = "EPSG:32650"
_NEAR_M = 200
_SQUARE_M = 2000

_HOSTS = (
    "党群服务中心", "银行网点", "沿街商户", "加油站", "环卫工休息室", "通信营业厅", "公园",
    "物流园",
)  # fmt: skip
_HOURS = (
    "周一至周五 8:30-12:00 14:00-17:30", "9:00-17:00", "7:00-22:00", "24小时", "5:00-19:00", "",
    "周一至周六9:00-18:00",
)  # fmt: skip
_NOTE = (
    "开放时间、费用、类型、进入方式、是否上图、社区和人数均为虚构 / Hours, costs, host types, "
    "access, listing, communities and headcounts are invented"
)


def xinwu(target: Path) -> None:
    """Xinwu: road lines, demand in 3,999 cells, 579 bus stops as venues, 13 metro stations."""
    source = DATA / "wuxi_xinwu"
    target.mkdir(parents=True, exist_ok=True)
    _unpack(source / "xinwu_road_centerlines.gpkg.gz", target / "streets.gpkg")
    shutil.copyfile(source / "boundary_320214_gcj02_cnmaps.geojson", target / "boundary.geojson")
    cells = _packed(source / "xinwu_built_env_250m.gpkg.gz", "built_env_250m")
    roads = _packed(source / "xinwu_road_centerlines.gpkg.gz", "road_centerlines")
    _xinwu_points(cells, roads).to_csv(target / "points.csv", index=False)
    stops = _packed(source / "xinwu_bus_network.gpkg.gz", "topo_nodes").to_crs(4326)
    venues = _places(stops["stopName"], stops.geometry.x, stops.geometry.y)
    _as_venues(venues).to_csv(target / "venues.csv", index=False, encoding="utf-8-sig")
    metro = _packed(source / "xinwu_subway_stations.gpkg.gz", "subway_stations")
    stations = _as_stations(pd.DataFrame({"站点名称": metro["name"]}))
    _write(gpd.GeoDataFrame(stations, geometry=metro.geometry, crs=UTM), target / "stations.gpkg")
    _write_squares(shapely.get_coordinates(cells.geometry.to_numpy()), target)
    files = {
        "stations": ("stations.gpkg", UTM),
        "venues": ("venues.csv", "WGS-84"),
        "boundary": ("boundary.geojson", "GCJ-02"),
        "communities": ("communities.gpkg", UTM),
    }
    streets = f'[streets]\npath = "streets.gpkg"\ncrs = "{UTM}"\n'
    _write_settings(target, "无锡新吴区", files, streets=streets, workers=XINWU_WORKERS)


def _xinwu_points(cells: gpd.GeoDataFrame, roads: gpd.GeoDataFrame) -> pd.DataFrame:
    """Spread the headcounts over the cells by floor area, and by metres of road."""
    industry = cells["facility_industrial_m2"]
    # The industrial total is not credible: what one cell may count ends at the 90th percentile.
    most = industry[industry > 0].quantile(0.9)
    weights = {
        "rider": cells["facility_sales_m2"],
        "courier": cells["single_family_m2"]
        + cells["multi_family_m2"]
        + cells["facility_office_m2"],
        "trucker": industry.clip(upper=most),
        "sanitation": _road_metres(cells, roads[~roads["highway"].str.startswith("motorway")]),
    }
    middle = cells.geometry.representative_point().to_crs(4326)
    columns = {
        "编号": [f"G{number:04d}" for number in range(1, len(cells) + 1)],
        "经度": middle.x.round(7),
        "纬度": middle.y.round(7),
    }
    parts = [
        pd.DataFrame(
            columns
            | {
                "群体": group,
                "人数（虚构）": (total * weights[group] / weights[group].sum()).round(4),
            }
        )
        for group, total in XINWU_WORKERS.items()
    ]
    points = pd.concat(parts, ignore_index=True)
    return points[points["人数（虚构）"] > 0]


def _road_metres(cells: gpd.GeoDataFrame, roads: gpd.GeoDataFrame) -> pd.Series:
    """Measure the roads inside each cell."""
    line, cell = shapely.STRtree(cells.geometry).query(roads.geometry, predicate="intersects")
    inside = shapely.intersection(roads.geometry.to_numpy()[line], cells.geometry.to_numpy()[cell])
    metres = np.bincount(cell, shapely.length(inside), len(cells))
    return pd.Series(metres, index=cells.index)


def futian(target: Path) -> None:
    """Futian: an OSMnx graph, taxi points inside it, AED places and corners as venues, shelters."""
    target.mkdir(parents=True, exist_ok=True)
    source = DATA / "shenzhen" / "futian_osmnx.graphml.gz"
    shutil.copyfile(source, target / "streets.graphml.gz")
    graph = nx.read_graphml(source)
    corner = pd.DataFrame(
        [(d["x"], d["y"], d["street_count"]) for _, d in sorted(graph.nodes(data=True))],
        columns=["lng", "lat", "streets"],
        dtype=float,
    )
    hull = shapely.MultiPoint(corner[["lng", "lat"]].to_numpy()).convex_hull
    taxi = _taxi_points()
    taxi = taxi[shapely.contains_xy(hull, taxi["lng"], taxi["lat"])]
    _drivers(taxi, size_m=100).to_csv(target / "points.csv", index=False)
    streets = _graph_lines(graph)
    real = corner[corner["streets"] > 2].reset_index(drop=True)
    chosen = real.iloc[np.linspace(0, len(real) - 1, CORNERS).astype(int)]
    corners = _places(
        [f"路口{k}（虚构场所）" for k in range(1, CORNERS + 1)],
        *from_wgs84(chosen["lng"], chosen["lat"], crs="GCJ-02"),
    )
    venues = pd.concat([_close_to(streets, _aed_places()), corners], ignore_index=True)
    _as_venues(venues).to_csv(target / "venues.csv", index=False, encoding="gb18030")
    shelters = _close_to(streets, _shelters().drop_duplicates(["经度", "纬度"]))
    _as_stations(shelters).to_csv(target / "stations.csv", index=False)
    _write_squares(shapely.get_coordinates(streets.to_numpy()), target)
    files = {
        "stations": ("stations.csv", "GCJ-02"),
        "venues": ("venues.csv", "GCJ-02"),
        "communities": ("communities.gpkg", UTM),
    }
    network = '[streets]\npath = "streets.graphml.gz"\n'
    workers = {"driver": FUTIAN_DRIVERS}
    _write_settings(target, "深圳福田中心", files, streets=network, workers=workers)


def _graph_lines(graph: nx.Graph) -> gpd.GeoSeries:
    """Draw the edges in metres."""
    at = {node: (float(d["x"]), float(d["y"])) for node, d in graph.nodes(data=True)}
    lines = [
        shapely.from_wkt(d["geometry"]) if "geometry" in d else shapely.LineString([at[a], at[b]])
        for a, b, d in graph.edges(data=True)
    ]
    return gpd.GeoSeries(lines, crs=4326).to_crs(UTM)


def _close_to(streets: gpd.GeoSeries, places: pd.DataFrame) -> pd.DataFrame:
    """Keep the places (GCJ-02) within 200 m of a street."""
    lon, lat = to_wgs84(places["经度"], places["纬度"], crs="GCJ-02")
    points = gpd.GeoSeries(gpd.points_from_xy(lon, lat), crs=4326).to_crs(UTM)
    near = points.distance(streets.union_all()) <= _NEAR_M
    kept: pd.DataFrame = places[near.to_numpy()].reset_index(drop=True)
    return kept


def all_shenzhen(target: Path) -> None:
    """All Shenzhen: taxi points by hour, 301 AED places as venues, 462 shelters, no streets."""
    target.mkdir(parents=True, exist_ok=True)
    _drivers(_taxi_points(), size_m=500).to_csv(target / "points.csv", index=False)
    _as_venues(_aed_places()).to_csv(target / "venues.csv", index=False, encoding="gb18030")
    _as_stations(_shelters()).to_csv(target / "stations.csv", index=False)
    districts = _packed(DATA / "shenzhen" / "sz_districts_wgs84.geojson.gz", None)
    shapes = districts.rename(columns={"qh": "名称"})[["名称", "geometry"]]
    _write(shapes, target / "districts.gpkg")
    files = {
        "stations": ("stations.csv", "GCJ-02"),
        "venues": ("venues.csv", "GCJ-02"),
        "boundary": ("districts.gpkg", "WGS-84"),
        "communities": ("districts.gpkg", "WGS-84"),
    }
    workers = {"driver": SHENZHEN_DRIVERS}
    _write_settings(target, "深圳市", files, streets="", workers=workers)


def xinwu_features(target: Path) -> None:
    """Xinwu: half of the squares surveyed by invented counts, floor area and roads as features."""
    xinwu(target)
    cells = _packed(DATA / "wuxi_xinwu" / "xinwu_built_env_250m.gpkg.gz", "built_env_250m")
    uses = {
        "商业": "facility_sales_m2",
        "居住": "multi_family_m2",
        "办公": "facility_office_m2",
        "工业": "facility_industrial_m2",
    }
    parts = [
        gpd.GeoDataFrame({"类别": use, "建筑面积": cells[column]}, geometry=cells.geometry, crs=UTM)
        for use, column in uses.items()
    ]
    floor = pd.concat(parts, ignore_index=True)
    _write(floor[floor["建筑面积"] > 0], target / "floor.gpkg")
    _survey_of_squares(target).to_csv(target / "survey.csv", index=False)
    rates = {"rider": "商业", "courier": "居住", "trucker": "工业"}
    text = (target / "district.toml").read_text(encoding="utf-8")
    head, _, rest = text.partition("[[workers]]")
    _, _, tail = rest.partition("[streets]")
    workers = ['[[workers]]\nkind = "survey"\npath = "survey.csv"\n']
    workers += [
        f'[[workers]]\nkind = "proxies"\npath = "floor.gpkg"\ncrs = "{UTM}"\nmeasure = "amount"\n'
    ]
    workers += [
        f'[[workers.rates]]\ngroup = "{group}"\nworkers = 0.001\nof = "{use}"\n'
        for group, use in rates.items()
    ]
    roads = f'[[workers]]\nkind = "proxies"\npath = "streets.gpkg"\ncrs = "{UTM}"\n'
    workers.append(roads + 'measure = "length"\ngroups = ["sanitation"]\n')
    for group, total in XINWU_WORKERS.items():
        tail = tail.replace(f'id = "{group}"\n', f'id = "{group}"\ntotal_workers = {total}\n')
    text = "\n".join([head, *workers, "[streets]" + tail])
    (target / "district.toml").write_text(text, encoding="utf-8")


def _survey_of_squares(target: Path) -> pd.DataFrame:
    """Count the invented workers of every second square of 2 km, as a survey would."""
    squares = gpd.read_file(target / "communities.gpkg")
    points = pd.read_csv(target / "points.csv")
    places = gpd.GeoDataFrame(
        points, geometry=gpd.points_from_xy(points["经度"], points["纬度"]), crs=4326
    ).to_crs(UTM)
    inside = places.sjoin(squares[["编号", "geometry"]].rename(columns={"编号": "社区编号"}))
    counts = inside.pivot_table(
        values="人数（虚构）", index="社区编号", columns="群体", aggfunc="sum", fill_value=0.0
    )
    chosen: pd.DataFrame = counts.round().iloc[::2].rename_axis(index="社区").reset_index()
    return chosen


def futian_records(target: Path) -> None:
    """Futian with the raw taxi records as a source of where and when, and a stated headcount."""
    futian(target)
    (target / "points.csv").unlink()
    path = DATA / "shenzhen" / "TaxiData-Sample.csv.gz"
    text = (target / "district.toml").read_text(encoding="utf-8")
    text = text.replace('kind = "points"\npath = "points.csv"', f'kind = "pings"\npath = "{path}"')
    text = text.replace(f"total_workers = {FUTIAN_DRIVERS}\n", "")
    text = text.replace('id = "driver"\n', f'id = "driver"\ntotal_workers = {FUTIAN_DRIVERS}\n')
    (target / "district.toml").write_text(text, encoding="utf-8")


def shanghai_riders(target: Path) -> None:
    """Shanghai: restaurants with a rate of riders each, every 300th of them a venue; no streets."""
    target.mkdir(parents=True, exist_ok=True)
    source = DATA / "shanghai" / "shanghai_food.csv.gz"
    places = pd.read_csv(source)
    places.to_csv(target / "poi.csv", index=False)
    venues = places.iloc[::300]
    listed = _places(venues["name"], venues["lon"], venues["lat"])
    _as_venues(listed).to_csv(target / "venues.csv", index=False, encoding="utf-8-sig")
    text = (
        f'[district]\nname = "上海（真实底数，部分虚构）"\ndata_note = "{_NOTE}"\n\n'
        '[files.venues]\npath = "venues.csv"\ncrs = "WGS-84"\n\n'
        '[[workers]]\nkind = "proxies"\npath = "poi.csv"\ncrs = "WGS-84"\n\n'
        '[[workers.rates]]\ngroup = "rider"\nworkers = 2.0\nof = "餐饮服务"\n\n'
        '[[workers.rates]]\ngroup = "rider"\nworkers = 4.0\nof = "餐饮服务;快餐厅"\n\n'
        '[[groups]]\nid = "rider"\n'
    )
    (target / "district.toml").write_text(text, encoding="utf-8")


DISTRICTS = {
    "xinwu": xinwu,
    "xinwu_features": xinwu_features,
    "futian": futian,
    "futian_records": futian_records,
    "all_shenzhen": all_shenzhen,
    "shanghai_riders": shanghai_riders,
}


def _unpack(source: Path, target: Path) -> None:
    with gzip.open(source) as packed, target.open("wb") as plain:
        shutil.copyfileobj(packed, plain)


def _packed(path: Path, layer: str | None) -> gpd.GeoDataFrame:
    return gpd.read_file(f"/vsigzip/{path}", layer=layer)


def _write(table: gpd.GeoDataFrame, path: Path) -> None:
    table.to_file(path, layer=path.stem, driver="GPKG")


def _places(names: Iterable[str], lon: ArrayLike, lat: ArrayLike) -> pd.DataFrame:
    rounded = {"经度": np.asarray(lon, float).round(7), "纬度": np.asarray(lat, float).round(7)}
    return pd.DataFrame({"站点名称": list(names)} | rounded)


def _aed_places() -> pd.DataFrame:
    """Read the AED places, GCJ-02."""
    table = pd.read_csv(DATA / "shenzhen" / "aed_stations_gcj02.csv")
    return _places(table["title"], table["lng_gcj02"], table["lat_gcj02"])


def _shelters() -> pd.DataFrame:
    """Read the shelters, GCJ-02; 21 stand at the place of another."""
    table = pd.read_csv(DATA / "shenzhen" / "emergency_shelters_gcj02.csv")
    names = "应急避难场所" + table["sid"]
    return _places(names, table["lng_gcj02"], table["lat_gcj02"])


def _as_venues(places: pd.DataFrame) -> pd.DataFrame:
    """Add what a list of venues says, by fixed rules."""
    k = np.arange(len(places))
    money = {
        "建站费用（虚构）": 3000 + 100 * (k * 37 % 60),
        "年运行费用（虚构）": 1500 + 50 * (k * 23 % 40),
    }
    numbered = pd.DataFrame({"编号": [f"V{number:04d}" for number in k + 1]})
    return pd.concat([numbered, _invented(places)], axis=1).assign(**money)


def _as_stations(places: pd.DataFrame) -> pd.DataFrame:
    """Add what a list of stations says, by fixed rules."""
    k = np.arange(len(places))
    numbered = pd.DataFrame({"编号": [f"S{number:04d}" for number in k + 1]})
    state = np.where(k % 23 == 11, "维护", "开放")
    return pd.concat([numbered, _invented(places)], axis=1).assign(**{"状态（虚构）": state})


def _invented(places: pd.DataFrame) -> pd.DataFrame:
    k = np.arange(len(places))
    rules: dict[str, NDArray[np.str_]] = {
        "类型（虚构）": np.array(_HOSTS)[k % len(_HOSTS)],
        "开放时间（虚构）": np.array(_HOURS)[k * 5 % len(_HOURS)],
        "进入方式（虚构）": np.array(["开放", "登记", "门禁"])[(k % 9 == 4) * 2 + (k % 9 == 7)],
        "是否上图（虚构）": np.where(k % 7 == 3, "否", "是"),
    }
    return places.reset_index(drop=True).assign(**rules)


def _taxi_points() -> pd.DataFrame:
    """Read the taxi points; `share`: what each is of the driver's hour."""
    path = DATA / "shenzhen" / "TaxiData-Sample.csv.gz"
    names = ["vehicle", "time", "lng", "lat"]
    taxi = pd.read_csv(path, header=None, usecols=range(4), names=names)
    taxi["hour"] = taxi["time"].str.slice(0, 2).astype(int)
    taxi["share"] = 1 / taxi.groupby(["vehicle", "hour"])["time"].transform("size")
    return taxi.drop(columns=["vehicle", "time"])


def _drivers(taxi: pd.DataFrame, *, size_m: float) -> pd.DataFrame:
    """Sum the shares of drivers in squares of about `size_m`, hour by hour."""
    north = size_m / 111_320
    east = north / np.cos(np.deg2rad(22.6))
    column = np.floor(taxi["lng"] / east).astype(int)
    row = np.floor(taxi["lat"] / north).astype(int)
    people = taxi.groupby([column.rename("i"), row.rename("j"), "hour"])["share"].sum()
    table = people.reset_index()
    return pd.DataFrame(
        {
            "编号": "T" + table["i"].astype(str) + "_" + table["j"].astype(str),
            "经度": ((table["i"] + 0.5) * east).round(6),
            "纬度": ((table["j"] + 0.5) * north).round(6),
            "群体": "driver",
            "小时": table["hour"],
            "人数": table["share"].round(5),
        }
    ).loc[lambda t: t["人数"] > 0]


def _write_squares(xy: NDArray[np.float64], target: Path) -> None:
    """Write the squares of 2 km that hold any of the points (UTM) as communities."""
    corners = np.unique(np.floor(xy / _SQUARE_M).astype(int), axis=0)
    low = corners * _SQUARE_M
    squares = gpd.GeoDataFrame(
        {
            "编号": [f"Q{i}_{j}" for i, j in corners],
            "社区名称": [f"虚构社区{i}-{j}" for i, j in corners],
            "镇街": [f"虚构镇街{i // 3}-{j // 3}" for i, j in corners],
        },
        geometry=shapely.box(*low.T, *(low + _SQUARE_M).T),
        crs=UTM,
    )
    _write(squares, target / "communities.gpkg")


def _write_settings(
    target: Path,
    name: str,
    files: Mapping[str, tuple[str, str]],
    *,
    streets: str,
    workers: Mapping[str, int],
) -> None:
    parts = [f'[district]\nname = "{name}（真实底数，部分虚构）"\ndata_note = "{_NOTE}"\n']
    parts += [f'[files.{k}]\npath = "{p}"\ncrs = "{crs}"\n' for k, (p, crs) in files.items()]
    total = sum(workers.values())
    parts += [
        '[[workers]]\nkind = "points"\npath = "points.csv"\ncrs = "WGS-84"',
        f"total_workers = {total}\n",
        streets,
    ]
    parts += [f'[[groups]]\nid = "{group}"\n' for group in workers]
    (target / "district.toml").write_text("\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    DISTRICTS[sys.argv[1]](Path(sys.argv[2]))
