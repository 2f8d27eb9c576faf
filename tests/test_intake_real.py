"""Intake on real lists and layers, where they are on this machine; and on the sample district."""

import importlib
import re
import sys
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

import planner
from planner.district import read_settings
from planner.district.tables import read_area, read_polygons, read_sites, read_workers
from planner.errors import Problem
from planner.intake import (
    Checked,
    read_boundary,
    read_communities,
    read_proxies,
    read_stations,
    read_venues,
)

ROOT = Path(planner.__file__).parents[1]
REAL = ROOT / "../shared/data"
XINWU, SHENZHEN, SHANGHAI = REAL / "wuxi_xinwu", REAL / "shenzhen", REAL / "shanghai"
needs_real = pytest.mark.skipif(not REAL.is_dir(), reason="the real data are not on this machine")


@needs_real
def test_shelters_of_shenzhen_are_read_and_those_on_one_spot_are_told() -> None:
    path = SHENZHEN / "emergency_shelters_gcj02.csv"
    checked = read_stations(path, crs="GCJ-02", renamed={"name": "sid"})
    assert len(checked.rows) == 462
    assert len(checked.rows.drop_duplicates(["lon", "lat"])) == 441
    assert sum("very same spot" in str(problem) for problem in checked.problems) == 462 - 441
    assert not any(problem.fatal for problem in checked.problems)


@needs_real
def test_defibrillators_of_shenzhen_are_read_with_names_and_addresses() -> None:
    path = SHENZHEN / "aed_stations_gcj02.csv"
    checked = read_venues(path, crs="GCJ-02", host_types={"运动健身:网球场": "park"}, renamed={})
    known = checked.rows["host_type"].notna()
    assert len(checked.rows) + len(checked.rejected) == 301
    assert known.all()
    stations = read_stations(path, crs="GCJ-02", host_types={})
    assert len(stations.rows) == 301
    assert stations.rows["lon"].between(113.7, 114.7).all()
    assert stations.rows["name"].notna().all()


@needs_real
def test_restaurants_of_shanghai_are_read_from_a_packed_list() -> None:
    checked = read_stations(
        SHANGHAI / "shanghai_food.csv.gz", crs="WGS-84", host_types={"中餐厅": "r"}
    )
    assert len(checked.rows) == 14_398
    assert (checked.rows["host_type"] == "r").sum() > 1_000
    assert checked.rejected.empty


@needs_real
def test_restaurants_of_shanghai_stand_for_riders_by_their_amap_types() -> None:
    checked = read_proxies(SHANGHAI / "shanghai_food.csv.gz", crs="WGS-84")
    rows = checked.rows
    assert len(rows) == 14_398
    assert checked.rejected.empty
    assert rows["of"].str.contains("餐饮服务").mean() > 0.9
    assert rows["of"].str.startswith("餐饮服务;中餐厅").sum() > 5_000
    assert (rows["kind"] == "point").all()
    assert shapely.equals(shapely.points(rows["lon"], rows["lat"]), rows["geometry"]).all()


@needs_real
def test_land_use_floor_area_and_roads_of_xinwu_stand_for_workers() -> None:
    land = read_proxies(XINWU / "xinwu_land_use.gpkg.gz", measure="area").rows
    assert len(land) == 2_033
    assert set(land["of"]) >= {"0", "1", "2", "3", "7"}
    assert (land["kind"] == "polygon").all()
    floor = read_proxies(
        XINWU / "xinwu_built_env_250m.gpkg.gz",
        layer="built_env_250m",
        renamed={"amount": "facility_office_m2"},
        measure="amount",
    ).rows
    assert len(floor) == 3_999
    assert floor["amount"].notna().all()
    assert floor["amount"].max() > 10_000
    roads = read_proxies(XINWU / "xinwu_road_centerlines.gpkg.gz", measure="length").rows
    assert len(roads) == 5_835
    assert {"residential", "motorway", "cycleway"} <= set(roads["of"])
    metric = gpd.GeoSeries(roads["geometry"].tolist(), crs="EPSG:4326").to_crs("EPSG:32650")
    assert metric.length.sum() / 1000 == pytest.approx(2_046, abs=1)


@needs_real
def test_metro_stations_of_xinwu_are_read_in_the_system_of_the_layer() -> None:
    checked = read_stations(XINWU / "xinwu_subway_stations.gpkg.gz")
    assert len(checked.rows) == 13
    assert checked.rows["lon"].between(120.3, 120.6).all()
    assert checked.rows["lat"].between(31.4, 31.6).all()


@needs_real
def test_cells_of_xinwu_are_read_as_areas() -> None:
    path = XINWU / "xinwu_built_env_250m.gpkg.gz"
    checked = read_communities(path, layer="built_env_250m")
    assert len(checked.rows) == 3_999
    assert checked.rows.index.is_unique
    assert checked.problems == ()


@needs_real
def test_the_boundary_of_xinwu_is_moved_out_of_gcj02() -> None:
    path = XINWU / "boundary_320214_gcj02_cnmaps.geojson"
    checked = read_boundary(path, crs="GCJ-02")
    moved, notes, problems = checked.rows, checked.notes, checked.problems
    stated = read_boundary(path, crs="WGS-84").rows
    assert (notes, problems) == ((), ())
    assert 0.003 < shapely.distance(moved.centroid, stated.centroid) < 0.006


@needs_real
def test_the_districts_of_shenzhen_are_read_as_communities_and_as_boundary() -> None:
    path = SHENZHEN / "sz_districts_wgs84.geojson.gz"
    communities = read_communities(path, renamed={"name": "qh"})
    boundary = read_boundary(path).rows
    assert len(communities.rows) > 5
    assert communities.rows.union_all().area == pytest.approx(boundary.area)


def tables_of(folder: Path) -> dict[str, Checked]:
    settings = read_settings(folder)
    found = {
        "stations.xlsx": read_sites(folder, settings, "stations"),
        "venues.xlsx": read_sites(folder, settings, "venues"),
        "workers.xlsx": read_workers(folder, settings, settings.workers[0]),
    }
    if settings.communities is not None:
        found["communities.geojson"] = read_polygons(folder, settings.communities)
    return {name: checked for name, checked in found.items() if checked is not None}


def test_the_sample_has_no_fault() -> None:
    folder = ROOT / "data" / "sample"
    tables = tables_of(folder)
    assert [problem for table in tables.values() for problem in table.problems] == []
    assert all(table.rejected.empty and table.skipped == 0 for table in tables.values())
    assert len(tables) == 4
    settings = read_settings(folder)
    assert settings.boundary is not None
    checked = read_area(folder, settings.boundary)
    area, problems = checked.rows, checked.problems
    assert problems == ()
    assert area.geom_type == "Polygon"


def planted() -> list[tuple[str, int, str, bool, str]]:
    """Give file, line, column, use and kind of each fault that the maker of the sample planted."""
    sys.path.insert(0, str(ROOT / "data"))
    try:
        faults = importlib.import_module("invention.faults").FAULTS
    finally:
        sys.path.remove(str(ROOT / "data"))
    return [(fault.file, fault.line, fault.column, fault.used, fault.kind) for fault in faults]


SEEN_LATER = {"far outside the district, in the sea", "unknown community"}
"""Faults that only the district as a whole shows, not a file by itself."""


def test_every_planted_fault_of_a_file_is_found_and_nothing_else() -> None:
    tables = tables_of(ROOT / "data" / "sample_faulty")
    expected = {
        (file, line, column, not used)
        for file, line, column, used, kind in planted()
        if kind not in SEEN_LATER
    }
    found = {
        (re.sub(r" \[.*", "", problem.table), problem.row, problem.column, problem.fatal)
        for table in tables.values()
        for problem in table.problems
    }
    assert found == expected
    assert len(expected) == 23


def test_no_person_of_the_sample_is_told_anywhere() -> None:
    for name, table in tables_of(ROOT / "data" / "sample_faulty").items():
        text = "\n".join(
            [table.rejected.to_string(), *map(str, table.problems), *map(str, table.notes)]
        )
        assert not re.search(r"[赵钱孙李周吴郑王]某|1000000\d{4}", text), name


def test_a_problem_names_the_sheet() -> None:
    problems: list[Problem] = [
        problem
        for table in tables_of(ROOT / "data" / "sample_faulty").values()
        for problem in table.problems
    ]
    assert {problem.table for problem in problems} == {
        *("stations.xlsx [站点台账]", "venues.xlsx [候选场所]", "workers.xlsx [摸底调查]"),
        "communities.geojson",
    }
