"""Which community a place lies in, and which one a survey means."""

import json
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from planner.district import communities_at, communities_named, read_district
from planner.errors import InputError

SQUARES = gpd.GeoDataFrame(
    {"name": ["江东社区", "江西社区"], "street": ["", ""]},
    index=["C1", "C2"],
    geometry=[shapely.box(106.50, 29.5, 106.51, 29.51), shapely.box(106.51, 29.5, 106.52, 29.51)],
    crs="EPSG:4326",
)
SETTINGS = """
[district]
name = "测试区"
[files.venues]
path = "venues.csv"
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


def _folder(folder: Path, counts: str, names: tuple[str, str] = ("江东社区", "江西社区")) -> Path:
    (folder / "district.toml").write_text(SETTINGS, encoding="utf-8")
    (folder / "venues.csv").write_text(
        "编号,场所名称,经度,纬度,类型,营业时间\nV1,东头商店,106.505,29.505,沿街商户,24小时\n",
        encoding="utf-8",
    )
    (folder / "workers.csv").write_text("社区,快递员\n" + counts, encoding="utf-8")
    features = [
        {
            "type": "Feature",
            "properties": {"id": identity, "name": name},
            "geometry": shapely.geometry.mapping(shape),
        }
        for identity, name, shape in zip(SQUARES.index, names, SQUARES.geometry, strict=True)
    ]
    (folder / "communities.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8"
    )
    return folder


def test_a_point_lies_in_its_community_and_on_a_border_in_the_first() -> None:
    assert communities_at(SQUARES, [106.505, 106.515, 106.51, 107.0], [29.505] * 4) == [
        "C1",
        "C2",
        "C1",
        "",
    ]


def test_a_community_is_named_by_id_or_name_whatever_the_width_of_characters() -> None:
    named = pd.Series(["江西社区 ", "ｃ１", "江北社区"])
    assert communities_named(SQUARES, named).tolist() == [1, 0, -1]


def test_a_count_of_an_unknown_community_is_a_fault_of_its_row_and_the_others_go_on(
    tmp_path: Path,
) -> None:
    district = read_district(_folder(tmp_path, "江东社区,10\n西山社区,7\n"))
    [fault] = district.problems
    assert (fault.table, fault.row, fault.found) == ("workers.csv", 3, "西山社区")
    assert district.workers[0].rows["workers"].tolist() == [10]
    assert district.rejected["row"].tolist() == [3]


def test_a_name_that_two_communities_have_fits_neither(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="count nobody") as raised:
        read_district(_folder(tmp_path, "同名,7\n", names=("同名", "同名")))
    assert [problem.found for problem in raised.value.problems][-1] == "同名"


def test_a_survey_without_outlines_of_communities_is_told_the_way_out(tmp_path: Path) -> None:
    folder = _folder(tmp_path, "江东社区,10\n")
    text = SETTINGS.replace('[files.communities]\npath = "communities.geojson"\ncrs = "WGS-84"', "")
    (folder / "district.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="outlines of the communities"):
        read_district(folder)


def test_a_shared_name_is_told_with_the_way_out_in_both_files(tmp_path: Path) -> None:
    district = read_district(_folder(tmp_path, "同名,7\nC2,5\n", names=("同名", "同名")))
    outline, count = sorted(district.problems, key=lambda problem: problem.table)
    assert (outline.table, outline.row, outline.found, outline.fatal) == (
        "communities.geojson",
        2,
        "同名",
        False,
    )
    assert "row 1 has the same name" in str(outline)
    assert (count.table, count.row, count.fatal) == ("workers.csv", 2, True)
    assert "Two outlines have this name: write the id" in str(count)
    assert district.workers[0].rows["workers"].tolist() == [5]


def test_a_community_counted_under_its_id_and_its_name_is_counted_once(tmp_path: Path) -> None:
    district = read_district(_folder(tmp_path, "江东社区,10\n江西社区,3\nc1,10\n"))
    [fault] = district.problems
    assert (fault.table, fault.row, fault.column, fault.found) == ("workers.csv", 4, "社区", "c1")
    assert "Row 2 counts the same community" in str(fault)
    assert district.workers[0].rows["workers"].tolist() == [10, 3]
    assert district.rejected[["row", "社区", "快递员"]].to_numpy().tolist() == [[4, "c1", "10"]]


@pytest.mark.parametrize(
    ("east", "share"), [(106.5104, None), (106.5106, "6"), (106.51, None), (106.52, "100")]
)
def test_outlines_that_share_over_a_twentieth_of_the_smaller_are_told(
    tmp_path: Path, east: float, share: str | None
) -> None:
    folder = _folder(tmp_path, "江东社区,10\n江西社区,3\n")
    path = folder / "communities.geojson"
    features = json.loads(path.read_text(encoding="utf-8"))
    first = shapely.box(106.50, 29.5, east, 29.51)
    features["features"][0]["geometry"] = shapely.geometry.mapping(first)
    path.write_text(json.dumps(features), encoding="utf-8")
    problems = read_district(folder).problems
    if share is None:
        assert problems == ()
        return
    [fault] = problems
    assert (fault.table, fault.row, fault.found, fault.fatal) == (
        "communities.geojson",
        2,
        "江西社区",
        False,
    )
    assert f"shares {share} % of the smaller of the two areas with row 1 (江东社区)" in str(fault)


def test_a_site_outside_the_outlines_belongs_where_its_list_says_however_it_is_written(
    tmp_path: Path,
) -> None:
    folder = _folder(tmp_path, "江东社区,10\n")
    (folder / "venues.csv").write_text(
        "编号,场所名称,经度,纬度,所属社区\nV1,里,106.505,29.505,江西社区\n"
        "V2,外,106.525,29.505,ｃ２\nV3,无名,106.525,29.506,别处\n",
        encoding="utf-8",
    )
    assert read_district(folder).venues["community"].tolist() == ["C1", "C2", ""]
