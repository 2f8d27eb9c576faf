"""Districts whose workers come from proxies, pings, grids and places."""

import gzip
import json
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from district_folders import EAST, NORTH, SOUTH, TOML, WEST, make_folder, write_list
from openpyxl import load_workbook

from planner.district import read_district, read_settings, write_settings
from planner.errors import InputError
from planner.intake import rejected_rows, write_rejected

MIDDLE = (WEST + EAST) / 2
SOURCE = """[[workers]]
kind = "survey"
path = "workers.csv"
"""
POI = """[[workers]]
kind = "proxies"
path = "poi.csv"
crs = "WGS-84"
[[workers.rates]]
group = "rider"
workers = 0.5
"""
PINGS = """[[workers]]
kind = "pings"
path = "gps"
groups = ["rider"]
"""
GRIDS = """[files.grids]
path = "grids.geojson"

[[workers]]"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_folder(tmp_path / "district")


def with_sources(folder: Path, sources: str) -> Path:
    (folder / "district.toml").write_text(TOML.replace(SOURCE, sources), encoding="utf-8")
    return folder


def write_poi(folder: Path, *rows: str) -> None:
    write_list(folder / "poi.csv", "name,type,location", *rows)


def write_grids(folder: Path, *named: tuple[str, str, str, float]) -> None:
    """Write grids as (id, name, community, western edge), each a tenth of the district wide."""
    width = (EAST - WEST) / 10
    shapes = [shapely.box(west, SOUTH, west + width, NORTH) for *_, west in named]
    frame = pd.DataFrame([row[:3] for row in named], columns=["网格编号", "网格名称", "所属社区"])
    gpd.GeoDataFrame(frame, geometry=shapes, crs="EPSG:4326").to_file(folder / "grids.geojson")
    text = (folder / "district.toml").read_text(encoding="utf-8")
    if "[files.grids]" not in text:
        text = text.replace("[[workers]]", GRIDS, 1)
        (folder / "district.toml").write_text(text, encoding="utf-8")


def count(folder: Path, header: str, *rows: str) -> list[list[object]]:
    write_list(folder / "workers.csv", header, *rows)
    rows_read = read_district(folder).workers[0].rows
    return rows_read[["community", "grid", "workers"]].to_numpy().tolist()


def test_features_alone_are_a_source_and_those_of_the_city_around_are_left_out(
    folder: Path,
) -> None:
    with_sources(folder, POI)
    write_poi(
        folder,
        '粉店,餐饮服务;中餐厅,"106.52,29.55"',
        '远处,餐饮服务;中餐厅,"107.52,29.55"',
        '无处,餐饮服务;中餐厅,""',
    )
    district = read_district(folder)
    rows = district.workers[0].rows
    assert rows[["of", "name", "kind", "file", "row"]].to_numpy().tolist() == [
        ["餐饮服务;中餐厅", "粉店", "point", "poi.csv", 2]
    ]
    assert (rows["geometry"].iloc[0].x, rows["geometry"].iloc[0].y) == (106.52, 29.55)
    assert any("1 of 2 features lie over 2 km outside" in str(n) for n in district.assumptions)
    assert [problem.row for problem in district.problems if problem.table == "poi.csv"] == [4]


def test_features_of_a_whole_city_do_not_widen_a_district_without_a_boundary(
    folder: Path,
) -> None:
    text = TOML.replace(SOURCE, POI)
    for name in ("boundary", "communities"):
        path = f'[files.{name}]\npath = "{name}.geojson"\ncrs = "WGS-84"\n'
        text = text.replace(path, "")
    (folder / "district.toml").write_text(text, encoding="utf-8")
    write_poi(folder, '近,餐饮服务,"106.53,29.55"', '远,餐饮服务,"106.93,29.55"')
    district = read_district(folder)
    assert district.boundary.bounds[2] < 106.60
    assert district.workers[0].rows["name"].tolist() == ["近"]


def test_records_alone_are_a_source_and_nothing_of_them_is_read_here(folder: Path) -> None:
    with_sources(folder, PINGS)
    (folder / "gps").mkdir()
    with pytest.raises(InputError, match="gps: no record stands there: 0 files"):
        read_district(folder)
    (folder / "gps" / "day1.csv").write_bytes(b"")
    with pytest.raises(InputError, match="gps: no record stands there: 1 files"):
        read_district(folder)
    (folder / "gps" / "day1.csv").write_text("粤B12345,08:00,106.5,29.5\n", encoding="utf-8")
    district = read_district(folder)
    assert district.workers[0].rows.empty
    assert district.workers[0].source.groups == ("rider",)
    assert "粤B12345" not in str(district)


def test_records_that_are_not_there_are_told_with_all_other_faults(folder: Path) -> None:
    with_sources(folder, PINGS)
    (folder / "venues.csv").write_bytes(b"")
    with pytest.raises(InputError, match=r"venues\.csv(.|\n)*gps: there is no such file or folder"):
        read_district(folder)


def test_the_fingerprint_follows_the_content_of_every_file_of_records(folder: Path) -> None:
    with_sources(folder, PINGS)
    (folder / "gps" / "a").mkdir(parents=True)
    day = folder / "gps" / "a" / "day1.csv.gz"
    day.write_bytes(gzip.compress(b"1,08:00,106.5,29.5\n", mtime=0))
    prints = [read_district(folder).fingerprint]
    (folder / "gps" / ".hidden").write_bytes(b"x")
    assert read_district(folder).fingerprint == prints[0]
    day.write_bytes(gzip.compress(b"1,08:01,106.5,29.5\n", mtime=0))
    prints.append(read_district(folder).fingerprint)
    day.rename(folder / "gps" / "day1.csv.gz")
    prints.append(read_district(folder).fingerprint)
    (folder / "gps" / "day2.csv").write_bytes(b"1,08:00,106.5,29.5\n")
    prints.append(read_district(folder).fingerprint)
    assert len(set(prints)) == 4


def test_the_fingerprint_follows_the_season_the_grids_and_the_travel_matrix(folder: Path) -> None:
    write_grids(folder, ("W1", "第一网格", "西社区", WEST))
    prints = [read_district(folder).fingerprint]
    settings = read_settings(folder)
    write_settings(folder, replace(settings, season="winter"))
    prints.append(read_district(folder).fingerprint)
    assert any("season winter" in str(told) for told in read_district(folder).assumptions)
    text = (folder / "district.toml").read_text(encoding="utf-8")
    (folder / "district.toml").write_text(
        text.replace("[files.grids]", '[files.travel]\npath = "t.csv"\n\n[files.grids]'), "utf-8"
    )
    prints.append(read_district(folder).fingerprint)
    write_list(folder / "t.csv", "site,cell,cost_m", "S1,C1,5")
    prints.append(read_district(folder).fingerprint)
    write_grids(folder, ("W1", "第一网格", "西社区", WEST + 0.001))
    prints.append(read_district(folder).fingerprint)
    assert len(set(prints)) == 5


def test_a_count_of_a_grid_with_an_outline_has_its_id_and_the_community_around_it(
    folder: Path,
) -> None:
    write_grids(
        folder,
        ("W1", "第一网格", "西社区", WEST),
        ("E1", "第一网格", "", MIDDLE),
        ("X9", "飞地", "别处", EAST + 1),
    )
    district = read_district(folder)
    assert district.grids[["name", "community"]].to_numpy().tolist() == [
        ["第一网格", "C1"],
        ["第一网格", "C2"],
        ["飞地", ""],
    ]
    rows = (
        "西社区,第一网格,5",  # two have the name, the community tells which
        "东社区,第一网格,6",
        "东社区,第七网格,7",  # no outline: counted in its community
        "东社区,,8",
        ",e1,9",  # by its id
        ",第一网格,10",  # nobody knows which
    )
    counted = count(folder, "社区,网格,外卖骑手", *rows)
    assert counted == [
        ["C1", "W1", 5],
        ["C2", "E1", 6],
        ["东社区", "第七网格", 7],
        ["东社区", "", 8],
    ]
    problems = read_district(folder).problems
    (enclave,) = (problem for problem in problems if problem.table == "grids.geojson")
    assert (enclave.row, enclave.column, enclave.found) == (3, "所属社区", "别处")
    assert not enclave.fatal
    twice, unknown = (problem for problem in problems if problem.table == "workers.csv")
    assert (twice.row, twice.column, twice.found, twice.fatal) == (6, "社区", "e1", True)
    assert "Row 3 counts the same" in str(twice)
    assert (unknown.row, unknown.found, unknown.fatal) == (7, "第一网格", True)


def test_a_sheet_of_grids_alone_is_counted_by_grid(folder: Path) -> None:
    write_grids(folder, ("W1", "一格", "西社区", WEST), ("W2", "二格", "西社区", WEST + 0.01))
    assert count(folder, "网格,外卖骑手", "一格,5", "w2,6") == [["C1", "W1", 5], ["C1", "W2", 6]]


def places_of(folder: Path, *rows: str) -> pd.DataFrame:
    text = (folder / "district.toml").read_text(encoding="utf-8")
    declared = SOURCE + 'crs = "WGS-84"\n'
    (folder / "district.toml").write_text(text.replace(SOURCE, declared), encoding="utf-8")
    write_list(folder / "workers.csv", "社区,地点,经度,纬度,外卖骑手", *rows)
    return read_district(folder).workers[0].rows


def test_a_count_at_a_place_stands_where_the_place_is(folder: Path) -> None:
    with_sources(folder, SOURCE + POI)
    write_poi(folder, '万达,购物服务,"106.59,29.51"')
    write_grids(folder, ("W1", "一格", "西社区", WEST))
    rows = places_of(
        folder,
        ",北门,106.525,29.575,1",  # with its own position
        ",甲站,,,2",  # a station
        ",二号商户,,,3",  # a venue
        "西社区,万达,,,4",  # a feature, though the community is another
        ",一格,,,5",  # a grid
        ",东社区,,,6",  # a community
        "西社区,无名小店,,,7",  # unknown, but its community is known
        "西社区,,,,8",
    )
    assert rows["workers"].tolist() == [1, 2, 3, 4, 5, 6, 7, 8]
    assert rows["community"].tolist() == ["C1", "C1", "C2", "C2", "C1", "C2", "西社区", "西社区"]
    assert rows["grid"].tolist() == ["", "", "", "", "W1", "", "", ""]
    placed = rows[["lon", "lat"]].to_numpy()
    assert placed[:4] == pytest.approx(
        np.array([[106.525, 29.575], [106.52, 29.55], [106.58, 29.58], [106.59, 29.51]]), abs=1e-6
    )
    assert np.isnan(placed[4:]).all()


def test_a_place_that_nobody_knows_is_told_with_its_row_and_the_way_out(folder: Path) -> None:
    rows = places_of(folder, "西社区,无名小店,,,7", ",天涯,,,9", ",甲站,,,2", ",出海,110.5,29.5,3")
    assert rows["workers"].tolist() == [7, 2]
    district = read_district(folder)
    found = [p for p in district.problems if p.table == "workers.csv"]
    assert [(p.row, p.column, p.found, p.fatal) for p in found] == [
        (2, "地点", "无名小店", False),
        (3, "地点", "天涯", True),
        (5, "经度", "'110.5, 29.5'", True),
    ]
    assert "Write its longitude and latitude, or its name as in the list" in str(found[1])
    assert district.rejected.loc[district.rejected["table"] == "workers.csv", "row"].tolist() == [
        *(5, 3),
    ]


def test_two_places_of_one_name_are_told_apart_by_the_community_or_not_at_all(
    folder: Path,
) -> None:
    write_list(
        folder / "venues.csv",
        "编号,名称,经度,纬度,类型",
        "V甲,中国银行,106.53,29.54,银行网点",
        "V乙,中国银行,106.58,29.58,银行网点",
    )
    rows = places_of(folder, "东社区,中国银行,,,3", ",中国银行,,,4")
    assert rows[["lon", "workers"]].to_numpy().tolist() == [[106.58, 3]]
    last = read_district(folder).problems[-1]
    assert (last.row, last.found) == (3, "中国银行")
    assert "a place that only one position can be" in str(last)


def test_communities_of_one_name_are_told_apart_by_their_street(folder: Path) -> None:
    path = folder / "communities.geojson"
    text = json.loads(path.read_text(encoding="utf-8"))
    for feature, street in zip(text["features"], ("甲街道", "乙街道"), strict=True):
        feature["properties"] |= {"名称": "幸福社区", "街道": street}
    path.write_text(json.dumps(text), encoding="utf-8")
    counted = count(
        folder, "街道,社区,外卖骑手", "甲街道,幸福社区,3", "乙街道,幸福社区,4", ",幸福社区,5"
    )
    assert counted == [["C1", "", 3], ["C2", "", 4]]
    last = read_district(folder).problems[-1]
    assert (last.row, last.fatal) == (4, True)
    assert "Two outlines have this name" in str(last)


def test_many_faults_of_one_kind_are_told_as_one_and_set_aside_one_by_one(folder: Path) -> None:
    write_list(
        folder / "venues.csv",
        "编号,名称,经度,纬度,类型,建站费用（元）",
        "V0,里面,106.53,29.54,银行网点,1",
        *(f"V{at},外面{at},{110 + at / 1000},29.54,银行网点,1" for at in range(1, 31)),
        *(f"V{at},贵{at},106.54,29.{at},银行网点,很多" for at in range(51, 54)),
    )
    district = read_district(folder)
    far, *dear = [p for p in district.problems if p.table == "venues.csv"]
    assert (far.row, far.column) == ("3-32", "经度")
    assert "30 rows have this fault and are listed one by one" in str(far)
    assert [p.row for p in dear] == [33, 34, 35]
    aside = district.rejected[district.rejected["table"] == "venues.csv"]
    assert sorted(aside["row"]) == list(range(3, 36))


def test_twenty_faults_of_one_kind_are_told_one_by_one(folder: Path) -> None:
    write_list(
        folder / "venues.csv",
        "编号,名称,经度,纬度,类型",
        "V0,里面,106.53,29.54,银行网点",
        *(f"V{at},外面{at},{110 + at / 1000},29.54,银行网点" for at in range(1, 21)),
    )
    problems = [p.row for p in read_district(folder).problems if p.table == "venues.csv"]
    assert problems == list(range(3, 23))


def test_rows_set_aside_can_be_written_when_nothing_usable_is_left(
    folder: Path, tmp_path: Path
) -> None:
    write_list(folder / "venues.csv", "编号,名称,经度,纬度", "V1,甲,999,29", "V2,乙,,")
    write_list(folder / "workers.csv", "社区,外卖骑手,快递员", "西社区,若干,10", "东社区,20,")
    with pytest.raises(InputError, match="none of the 2 rows can be used") as refused:
        read_district(folder)
    rejected = rejected_rows(refused.value)
    assert rejected[["table", "row"]].to_numpy().tolist() == [
        ["venues.csv", 2],
        ["venues.csv", 3],
        ["workers.csv", 2],
    ]
    write_rejected(rejected, tmp_path / "rejected.xlsx")
    book = load_workbook(tmp_path / "rejected.xlsx")
    assert book.sheetnames == ["venues.csv", "workers.csv"]
    assert book["venues.csv"]["A2"].value == 2


def test_rows_set_aside_are_kept_when_nobody_is_left_to_serve(folder: Path) -> None:
    write_list(folder / "workers.csv", "社区,外卖骑手", "西社区,0", "西山,9")
    with pytest.raises(InputError, match="count nobody") as refused:
        read_district(folder)
    assert rejected_rows(refused.value)["row"].tolist() == [3]
    assert rejected_rows(InputError(refused.value.message)).empty


def test_a_district_without_grids_has_none(folder: Path) -> None:
    grids = read_district(folder).grids
    assert grids.empty
    assert list(grids.columns) == ["name", "community", "geometry"]


def test_a_count_is_never_taken_to_another_community_than_the_one_it_names(folder: Path) -> None:
    write_grids(
        folder,
        ("W1", "第一网格", "西社区", WEST),
        ("E3", "第三网格", "东社区", MIDDLE),
    )
    assert count(folder, "社区,网格,外卖骑手", "西社区,第三网格,7", "西社区,(网格)东社区,30") == [
        ["西社区", "第三网格", 7],
        ["西社区", "(网格)东社区", 30],
    ]
    told = [p for p in read_district(folder).problems if p.table == "workers.csv"]
    assert [(p.row, p.column, p.found, p.fatal) for p in told] == [(2, "网格", "第三网格", False)]
    assert "spread over the community that the row names" in str(told[0])
    assert count(folder, "社区,网格,外卖骑手", "西社区,e3,7", "西社区,东社区,30") == [
        ["西社区", "e3", 7],
        ["西社区", "东社区", 30],
    ]
    told = [p for p in read_district(folder).problems if p.table == "workers.csv"]
    assert [p.row for p in told] == [2, 3]
    rows = places_of(folder, "西社区,东社区,,,4", "西社区,第三网格,,,5")
    assert rows["community"].tolist() == ["西社区", "西社区"]


def test_the_name_of_a_grid_of_the_community_stands_before_the_id_of_another(folder: Path) -> None:
    write_grids(folder, ("1", "2", "西社区", WEST), ("2", "1", "东社区", MIDDLE))
    assert count(folder, "社区,网格,外卖骑手", "西社区,2,5", "东社区,1,6") == [
        ["C1", "1", 5],
        ["C2", "2", 6],
    ]


def test_a_sheet_of_grids_alone_means_grids_before_communities(folder: Path) -> None:
    write_grids(folder, ("C2", "甲格", "西社区", WEST), ("C1", "乙格", "东社区", MIDDLE))
    assert count(folder, "网格,外卖骑手", "C2,5", "C1,6", "东社区,7") == [
        ["C1", "C2", 5],
        ["C2", "C1", 6],
        ["东社区", "", 7],
    ]


def test_grids_are_told_apart_by_communities_that_have_no_outlines(folder: Path) -> None:
    write_grids(folder, ("W1", "第一网格", "甲", WEST), ("E1", "第一网格", "乙", MIDDLE))
    text = (folder / "district.toml").read_text(encoding="utf-8")
    named = '[files.communities]\npath = "communities.geojson"\ncrs = "WGS-84"\n'
    (folder / "district.toml").write_text(text.replace(named, ""), encoding="utf-8")
    rows = ("乙,第一网格,5", "甲,第一网格,6", "丙,e1,7")
    assert count(folder, "社区,网格,外卖骑手", *rows) == [["", "E1", 5], ["", "W1", 6]]
    (last,) = (p for p in read_district(folder).problems if p.table == "workers.csv" and p.fatal)
    assert last.row == 4  # counts E1 again
    assert count(folder, "社区,网格,外卖骑手", "丙,e1,7") == [["", "E1", 7]]
    (told,) = (p for p in read_district(folder).problems if p.table == "workers.csv")
    assert (told.row, told.found, told.fatal) == (2, "丙", False)


def test_a_position_outside_the_community_beside_it_is_told(folder: Path) -> None:
    rows = places_of(
        folder,
        f"西社区,门口,{MIDDLE + 0.02},29.55,9",
        f"西社区,路口,{MIDDLE + 0.0005},29.55,4",  # across the street
        f"西社区,院里,{MIDDLE - 0.02},29.55,3",
    )
    assert rows["workers"].tolist() == [9, 4, 3]
    assert rows["community"].tolist() == ["C2", "C2", "C1"]
    (told,) = (p for p in read_district(folder).problems if p.table == "workers.csv")
    assert (told.row, told.column, told.found, told.fatal) == (2, "社区", "西社区", False)
    assert "lies outside this community" in str(told)


def test_faults_of_two_reasons_are_not_told_as_one(folder: Path) -> None:
    write_list(
        folder / "venues.csv",
        "编号,名称,经度,纬度,类型,营业时间",
        "V0,里面,106.53,29.54,银行网点,24小时",
        *(f"V{at},甲{at},106.53,29.54,银行网点,25:00-30:00" for at in range(1, 13)),
        *(f"V{at},乙{at},106.53,29.54,银行网点,2024-08-12" for at in range(13, 26)),
        *(f"V{at},丙{at},106.53,29.54,银行网点,2024-08-12" for at in range(26, 37)),
    )
    told = [p for p in read_district(folder).problems if p.table == "venues.csv"]
    assert [p.row for p in told] == [*range(3, 15), "15-38"]
    assert "it is a date" in str(told[-1])
    assert not any("it is a date" in str(problem) for problem in told[:-1])


def test_a_feature_that_reaches_into_the_district_is_kept(folder: Path) -> None:
    lines = {
        "进来": [(106.55, 29.55), (106.75, 29.55)],  # 14 km beyond
        "路过": [(EAST + 0.01, 29.4), (EAST + 0.01, 29.9)],  # within 2 km, its middle is not
        "远处": [(EAST + 0.03, 29.4), (EAST + 0.03, 29.9)],
    }
    shapes = [shapely.LineString(line) for line in lines.values()]
    with_sources(folder, POI.replace("poi.csv", "roads.geojson"))
    path = folder / "roads.geojson"
    gpd.GeoDataFrame({"name": list(lines)}, geometry=shapes, crs="EPSG:4326").to_file(path)
    district = read_district(folder)
    assert district.workers[0].rows["name"].tolist() == ["进来", "路过"]
    assert district.workers[0].rows["lon"].tolist() == pytest.approx([106.65, EAST + 0.01])
    assert any("1 of 3 features lie over 2 km outside" in str(n) for n in district.assumptions)
    gpd.GeoDataFrame({"name": ["进来"]}, geometry=shapes[:1], crs="EPSG:4326").to_file(path)
    assert read_district(folder).workers[0].rows["name"].tolist() == ["进来"]
