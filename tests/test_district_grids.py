"""Counts by grid within communities, and outlines that are no areas, from files to a district."""

import json
from pathlib import Path

import pytest
import shapely

from planner.demand import build_demand
from planner.district import read_district

SETTINGS = """
[district]
name = "测试区"
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
[[groups]]
id = "courier"
"""
WEST, EAST = shapely.box(106.50, 29.5, 106.51, 29.51), shapely.box(106.51, 29.5, 106.52, 29.51)
COUNTS = """镇街,社区,网格,群体,人数
甲街,江东,网格1,快递员,10
甲街,江东,网格2,快递员,20
甲街,江西,网格3,快递员,5
"""


def _shapes(path: Path, **shapes: shapely.Geometry) -> None:
    features = [
        {
            "type": "Feature",
            "properties": {"name": name},
            "geometry": shapely.geometry.mapping(shape),
        }
        for name, shape in shapes.items()
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")


def _folder(folder: Path, counts: str = COUNTS, **outlines: shapely.Geometry) -> Path:
    (folder / "district.toml").write_text(SETTINGS, encoding="utf-8")
    (folder / "venues.csv").write_text(
        "编号,场所名称,经度,纬度,类型,营业时间\nV1,东头商店,106.505,29.505,沿街商户,24小时\n",
        "utf-8",
    )
    (folder / "workers.csv").write_text(counts, encoding="utf-8")
    _shapes(folder / "boundary.geojson", 全区=shapely.union(WEST, EAST), 界线=WEST.boundary)
    _shapes(folder / "communities.geojson", **(outlines or {"江东": WEST, "江西": EAST}))
    return folder


def test_counts_of_the_grids_of_a_community_add_up(tmp_path: Path) -> None:
    district = read_district(_folder(tmp_path))
    assert [problem.table for problem in district.problems] == ["boundary.geojson"]
    assert build_demand(district, None).workers.sum() == pytest.approx(35)


@pytest.mark.parametrize("known", [("网格1", "网格2"), ("网格1",)])
def test_a_grid_with_an_outline_of_its_own_is_taken_for_the_community(
    tmp_path: Path, known: tuple[str, ...]
) -> None:
    halves = (shapely.box(106.50, 29.5, 106.505, 29.51), shapely.box(106.505, 29.5, 106.51, 29.51))
    outlines = dict(zip(known, halves, strict=False)) | {"江东": WEST, "江西": EAST}
    district = read_district(_folder(tmp_path, **outlines))
    taken = district.workers[0].rows["community"].tolist()
    assert taken == ["网格1", "网格2" if "网格2" in known else "江东", "江西"]


def test_two_grids_are_two_counts_whatever_their_community_is_called(tmp_path: Path) -> None:
    counts = COUNTS.replace("江东,网格2", "Ｊ1,网格2") + "甲街,J1,网格1,快递员,9\n"
    folder = _folder(tmp_path, counts)
    text = (folder / "communities.geojson").read_text("utf-8")
    named = '{"id": "J1", "name": ' + json.dumps("江东")
    (folder / "communities.geojson").write_text(
        text.replace('{"name": ' + json.dumps("江东"), named), "utf-8"
    )
    district = read_district(folder)
    assert district.workers[0].rows["workers"].tolist() == [10, 20, 5]
    assert district.rejected["row"].tolist() == [2, 5]


def test_a_shape_of_the_boundary_that_is_no_area_is_written_aside(tmp_path: Path) -> None:
    district = read_district(_folder(tmp_path))
    assert district.rejected[["table", "row", "name"]].to_numpy().tolist() == [
        ["boundary.geojson", 2, "界线"]
    ]
    assert district.boundary.equals(shapely.union(WEST, EAST))
