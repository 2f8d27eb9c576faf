"""Features that stand for workers: POI tables, land use, floor area, roads; KML and Parquet."""

import json
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from intake_files import fatal, stations_of, write_csv
from shapely.geometry import LineString, MultiPoint, Point, Polygon, box

from planner.errors import InputError
from planner.geo import from_wgs84
from planner.intake import (
    read_boundary,
    read_communities,
    read_grids,
    read_points,
    read_proxies,
    read_stations,
    read_travel_table,
)

AMAP = ("id", "name", "type", "typecode", "address", "location", "tel")
KML = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>doc</name>
<Folder><name>{folder}</name>{places}</Folder>{more}</Document></kml>"""
SQUARE = (
    "<Polygon><outerBoundaryIs><LinearRing><coordinates>"
    "113.2,23.1,0 113.3,23.1,0 113.3,23.2,0 113.2,23.2,0 113.2,23.1,0"
    "</coordinates></LinearRing></outerBoundaryIs></Polygon>"
)


def placemark(name: str, shape: str) -> str:
    return f"<Placemark><name>{name}</name>{shape}</Placemark>"


def point(lon: float, lat: float) -> str:
    return f"<Point><coordinates>{lon},{lat},0</coordinates></Point>"


def kml(path: Path, *places: str, more: str = "") -> Path:
    text = KML.format(folder="表", places="".join(places), more=more)
    path.write_text(text, encoding="utf-8")
    return path


def layer(path: Path, shapes: list[object], crs: str = "EPSG:4326", **columns: object) -> Path:
    gpd.GeoDataFrame(columns, geometry=shapes, crs=crs).to_file(path)
    return path


def test_a_list_of_amap_places_is_read_with_its_types_and_shifted(tmp_path: Path) -> None:
    lon, lat = from_wgs84([113.26441], [23.13002], crs="GCJ-02")
    path = write_csv(
        tmp_path / "poi.csv",
        [
            AMAP,
            ("B1", "粉店", "餐饮服务;中餐厅;中餐厅", "050100", "一路", f"{lon[0]},{lat[0]}", "1"),
            ("B2", "无名", "", "", "", f"{lon[0]},{lat[0]}", ""),
            ("B3", "丢了", "餐饮服务", "", "", "", ""),
        ],
    )
    read = read_proxies(path, crs="GCJ-02")
    assert read.rows[["kind", "of", "name", "row"]].to_numpy().tolist() == [
        ["point", "餐饮服务;中餐厅;中餐厅", "粉店", 2],
        ["point", "", "无名", 3],
    ]
    spot = read.rows["geometry"].iloc[0]
    assert (spot.x, spot.y) == pytest.approx((113.26441, 23.13002), abs=1e-6)
    assert read.rows["amount"].isna().all()
    assert fatal(read) == [(4, "location")]
    assert any("not read" in str(told) for told in read.notes)  # the telephones


def test_points_lines_and_areas_of_a_map_file_keep_their_shapes_in_degrees(tmp_path: Path) -> None:
    metric = "EPSG:32649"
    shapes = [
        box(700_000, 2_560_000, 700_100, 2_560_200),
        LineString([(700_000, 2_560_000), (700_300, 2_560_400)]),
        Point(700_000, 2_560_000),
        MultiPoint([(700_000, 2_560_000), (700_100, 2_560_000)]),
    ]
    path = layer(tmp_path / "f.gpkg", shapes, metric, Class=[3.0, 1.0, 2.0, 2.5])
    rows = read_proxies(path).rows
    assert rows["kind"].tolist() == ["polygon", "line", "point", "point"]
    assert rows["of"].tolist() == ["3", "1", "2", "2.5"]
    back = gpd.GeoSeries(rows["geometry"].tolist(), crs="EPSG:4326").to_crs(metric)
    assert back.area.iloc[0] == pytest.approx(20_000, rel=1e-4)
    assert back.length.iloc[1] == pytest.approx(500, rel=1e-4)
    assert (back.iloc[3].x, back.iloc[3].y) == pytest.approx((700_050, 2_560_000), abs=0.5)
    assert np.isfinite(rows[["lon", "lat"]].to_numpy()).all()


def test_what_is_measured_must_be_there(tmp_path: Path) -> None:
    table = write_csv(tmp_path / "p.csv", [("名称", "经度", "纬度"), ("店", "113.2", "23.1")])
    with pytest.raises(InputError, match=r"p.csv: there is no column '数量'"):
        read_proxies(table, crs="WGS-84", measure="amount")
    with pytest.raises(InputError, match="to measure area, a map file"):
        read_proxies(table, crs="WGS-84", measure="area")
    path = layer(
        tmp_path / "m.gpkg",
        [box(113, 23, 113.1, 23.1), LineString([(113, 23), (113.1, 23.1)])],
        建筑面积=[120.5, None],
    )
    assert fatal(read_proxies(path, measure="area")) == [(2, "")]
    assert fatal(read_proxies(path, measure="length")) == [(1, "")]
    amounts = read_proxies(path, measure="amount")
    assert amounts.rows["amount"].tolist() == [120.5]
    assert fatal(amounts) == [(2, "建筑面积")]


def test_a_bad_amount_and_a_bad_position_are_told_with_their_rows(tmp_path: Path) -> None:
    path = write_csv(
        tmp_path / "p.csv",
        [
            ("店名", "类别", "经度", "纬度", "订单量"),
            ("甲", "餐饮", "113.26", "23.13", "30"),
            ("乙", "餐饮", "113.26", "23.13", "-3"),
            ("丙", "餐饮", "0", "0", "3"),
            ("丁", "餐饮", "23.13", "113.26", "3"),
            ("戊", "餐饮", "113.26", "23.13", "很多"),
        ],
    )
    read = read_proxies(path, crs="WGS-84", measure="amount")
    assert fatal(read) == [(3, "订单量"), (4, "经度"), (5, "经度"), (6, "订单量")]
    assert read.rows["amount"].tolist() == [30]


def test_grids_are_read_with_their_community(tmp_path: Path) -> None:
    path = layer(
        tmp_path / "g.gpkg",
        [box(113, 23, 113.1, 23.1), box(113.1, 23, 113.2, 23.1), Point(113, 23)],
        网格编号=["W1", "W1", "W3"],
        网格名称=["第一网格", "第二网格", "点"],
        所属社区=["龙津", None, ""],
    )
    read = read_grids(path)
    assert read.rows.index.tolist() == ["W1"]
    assert read.rows[["name", "community"]].to_numpy().tolist() == [["第一网格", "龙津"]]
    assert fatal(read) == [(2, "网格编号"), (3, "")]


def test_stations_points_and_areas_come_from_kml_and_kmz(tmp_path: Path) -> None:
    path = kml(
        tmp_path / "s.kml",
        placemark("东站", point(113.264412, 23.130021)),
        placemark("西站", point(113.271503, 23.135507)),
        more="<Folder><name>空</name></Folder>",
    )
    stations = read_stations(path)
    assert stations.rows["name"].tolist() == ["东站", "西站"]
    assert stations.rows["lon"].tolist() == pytest.approx([113.264412, 113.271503], abs=1e-9)
    assert not any("assumed" in str(told) for told in stations.notes)  # KML is WGS-84
    shifted = read_stations(path, crs="GCJ-02")
    assert abs(shifted.rows["lon"].iloc[0] - 113.264412) > 0.003
    areas = kml(tmp_path / "c.kml", placemark("龙津", SQUARE))
    assert read_communities(areas).rows["name"].tolist() == ["龙津"]
    packed = tmp_path / "c.kmz"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(areas, "doc.kml")
        archive.writestr("files/icon.png", b"\x89PNG")
    assert read_boundary(packed).rows.equals(read_boundary(areas).rows)
    assert read_proxies(areas, measure="area").rows["kind"].tolist() == ["polygon"]


def test_all_folders_of_a_kml_are_read_together_unless_one_is_named(tmp_path: Path) -> None:
    broken = "<LineString><coordinates>113.2,23.1</coordinates></LineString>"
    other = (
        f"<Folder><name>乙</name>{placemark('断', broken)}{placemark('西', point(113.3, 23.1))}"
        f"<Folder><name>丙</name>{placemark('北', point(113.4, 23.2))}</Folder></Folder>"
    )
    path = kml(tmp_path / "s.kml", placemark("东", point(113.2, 23.1)), more=other)
    read = read_stations(path)
    good = read.rows[["name", "lon", "row"]].to_numpy().tolist()
    assert good[:1] + good[-2:] == [["东", 113.2, 1], ["西", 113.3, 3], ["北", 113.4, 4]]
    assert any("the folders 表, 乙, 丙 were read together" in str(told) for told in read.notes)
    assert read_stations(path, layer="丙").rows["name"].tolist() == ["北"]
    with pytest.raises(InputError, match="which layer\\? Layers: 表, 乙, 丙"):
        read_stations(path, layer="丁")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04", "not what the name says"),
        (b"<html><body>404</body></html>", "not what the name says"),
        (b"<?xml version='1.0'?><kml><Document>", "no header|damaged|which layer"),
        (
            b'<!DOCTYPE kml [<!ENTITY a SYSTEM "file:///etc/hosts">]><kml><name>&a;</name></kml>',
            "not what the name says",
        ),
        (
            b"<kml><NetworkLink><Link><href>http://a.org/a.kml</href></Link></NetworkLink></kml>",
            "only links to places",
        ),
    ],
)
def test_a_bad_kml_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "s.kml"
    path.write_bytes(content)
    with pytest.raises(InputError, match=reason):
        read_stations(path)


def test_the_same_stations_come_from_parquet_and_csv(tmp_path: Path) -> None:
    rows = [("A1", "东站", "113.264412", "23.130021"), ("A2", "西站", "113.271503", "23.135507")]
    header = ("编号", "名称", "经度", "纬度")
    from_csv = stations_of(tmp_path, *rows, header=header).rows
    frame = pd.DataFrame(rows, columns=list(header)).astype({"经度": float, "纬度": float})
    frame.to_parquet(tmp_path / "s.parquet")
    plain = read_stations(tmp_path / "s.parquet", crs="WGS-84").rows
    assert plain[["name", "lon", "lat"]].equals(from_csv[["name", "lon", "lat"]])
    assert plain["row"].tolist() == [1, 2]
    spots = gpd.points_from_xy(frame["经度"], frame["纬度"], crs="EPSG:4326")
    geo = gpd.GeoDataFrame(frame[["编号", "名称"]], geometry=spots)
    for crs in ("EPSG:4326", "EPSG:32649"):
        geo.to_crs(crs).to_parquet(tmp_path / "g.parquet")
        drawn = read_stations(tmp_path / "g.parquet").rows
        assert drawn[["lon", "lat"]].to_numpy() == pytest.approx(
            plain[["lon", "lat"]].to_numpy(), abs=1e-8
        )


def test_a_parquet_without_coordinates_is_told(tmp_path: Path) -> None:
    pd.DataFrame({"名称": ["东站"], "人数": [3]}).to_parquet(tmp_path / "s.parquet")
    with pytest.raises(InputError, match=r"s.parquet: there is no column '经度'"):
        read_stations(tmp_path / "s.parquet")
    with pytest.raises(InputError, match=r"s.parquet: there is no column '经度'"):
        read_proxies(tmp_path / "s.parquet")
    with pytest.raises(InputError, match=r"s.parquet: there is no column '经度'"):
        read_points(tmp_path / "s.parquet", groups={"骑手": "rider"}, periods={})


def test_a_parquet_of_odd_columns_is_read(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "名称": ["东站", None],
            "经度": [113.26, float("nan")],
            "纬度": [23.13, 23.1],
            "更新时间": pd.to_datetime(pd.Series(["2024-05-01 08:30", ""])),
            "标签": [[1, 2], None],
            "开放": [True, False],
        }
    )
    frame.to_parquet(tmp_path / "s.parquet")
    read = read_stations(tmp_path / "s.parquet", crs="WGS-84")
    assert read.rows[["name", "updated"]].to_numpy().tolist() == [["东站", "2024-05-01 08:30:00"]]
    assert sorted(fatal(read)) == [(2, "名称"), (2, "经度")]


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" + bytes(64) + b"PAR1", b"a,b\n1,2\n"])
def test_a_broken_parquet_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "s.parquet"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"s.parquet: the (file is empty|Parquet file|content)"):
        read_stations(path)


def test_a_parquet_whose_shapes_are_broken_is_refused(tmp_path: Path) -> None:
    geo = gpd.GeoDataFrame({"名称": ["东"]}, geometry=[Point(113, 23)], crs="EPSG:4326")
    geo.to_parquet(tmp_path / "g.parquet")
    import pyarrow.parquet as pq  # type: ignore[import-untyped] # noqa: PLC0415 - only here

    table = pq.read_table(tmp_path / "g.parquet")
    told = json.loads(table.schema.metadata[b"geo"])
    told["primary_column"] = "nothing"
    spoilt = table.replace_schema_metadata({b"geo": json.dumps(told).encode()})
    pq.write_table(spoilt, tmp_path / "s.parquet")
    with pytest.raises(InputError, match="Parquet file is damaged"):
        read_stations(tmp_path / "s.parquet")


def test_polygons_of_geoparquet_are_communities(tmp_path: Path) -> None:
    square = Polygon([(113, 23), (113.1, 23), (113.1, 23.1), (113, 23)])
    geo = gpd.GeoDataFrame({"名称": ["龙津"]}, geometry=[square], crs="EPSG:4326")
    geo.to_parquet(tmp_path / "c.geoparquet")
    (shape,) = read_communities(tmp_path / "c.geoparquet").rows.geometry
    assert shapely.equals(shape, square)


def test_a_travel_matrix_is_read_and_every_fault_told(tmp_path: Path) -> None:
    path = write_csv(
        tmp_path / "t.csv",
        [
            ("站点编号", "地点编号", "距离(km)", "方式"),
            ("S1", "C1", "0", "步行"),
            ("S1", "C2", "1.25", "电动车"),
            ("S1", "C2", "1.5", "ebike"),
            ("S1", "C2", "1.5", ""),
            ("S2", "C1", "-1", ""),
            ("S2", "C1", "", ""),
            ("S2", "C1", "NaN", ""),
            ("", "C1", "3", ""),
            ("S2", "", "3", "飞"),
        ],
    )
    read = read_travel_table(path)
    assert read.rows.drop(columns="at").to_numpy().tolist() == [
        ["S1", "C1", 0.0, "walk", 2],
        ["S1", "C2", 1250.0, "ebike", 3],
        ["S1", "C2", 1500.0, "", 5],
    ]
    assert fatal(read) == [
        (4, "地点编号"),
        *((6, "距离(km)"), (7, "距离(km)"), (8, "距离(km)"), (9, "站点编号")),
        *((10, "方式"), (10, "地点编号")),
    ]


def test_a_travel_matrix_in_parquet_equals_that_in_csv_and_needs_its_columns(
    tmp_path: Path,
) -> None:
    frame = pd.DataFrame({"site": ["S1", "S2"], "cell": ["7", "8"], "cost_m": [0.5, 1200.0]})
    frame.to_parquet(tmp_path / "t.parquet")
    frame.to_csv(tmp_path / "t.csv", index=False)
    columns = ["site", "cell", "cost_m", "mode"]
    from_parquet = read_travel_table(tmp_path / "t.parquet").rows[columns]
    assert from_parquet.equals(read_travel_table(tmp_path / "t.csv").rows[columns])
    frame.drop(columns="cost_m").to_csv(tmp_path / "u.csv", index=False)
    with pytest.raises(InputError, match=r"u.csv: there is no column '路程（米）'"):
        read_travel_table(tmp_path / "u.csv")


def _areas(path: Path, count: int, columns: dict[str, list[str]]) -> Path:
    gpd.GeoDataFrame(columns, geometry=_boxes(count), crs="EPSG:4326").to_file(path)
    return path


def _boxes(count: int) -> list[object]:
    return [box(113 + at / 100, 23, 113.01 + at / 100, 23.01) for at in range(count)]


@pytest.mark.parametrize("numbered", [{}, {"序号": ["1", "2", "1", "2"]}])
def test_grids_named_within_their_community_alone_are_all_kept(
    tmp_path: Path, numbered: dict[str, list[str]]
) -> None:
    named = {"网格名称": ["第一网格", "第二网格"] * 2, "所属社区": ["甲", "甲", "乙", "乙"]}
    path = _areas(tmp_path / "g.geojson", 4, named | numbered)
    grids = read_grids(path)
    assert grids.problems == ()
    assert grids.rows["name"].tolist() == ["第一网格", "第二网格"] * 2
    assert grids.rows.index.is_unique
    assert grids.rows.index[0] == ("甲1" if numbered else "甲第一网格")
    assert any("4 outlines share an id or name" in str(note) for note in grids.notes)


def test_communities_of_one_name_in_two_streets_are_kept_and_twice_one_id_is_a_fault(
    tmp_path: Path,
) -> None:
    named = {"名称": ["幸福", "幸福", "和平"], "街道": ["甲", "乙", "乙"]}
    rows = read_communities(_areas(tmp_path / "c.geojson", 3, named)).rows
    assert rows.index.tolist() == ["甲幸福", "乙幸福", "和平"]
    coded = {"社区代码": ["44", "44", "45"], **named}
    assert fatal(read_communities(_areas(tmp_path / "d.geojson", 3, coded))) == [(2, "社区代码")]


def test_a_parquet_of_more_cells_than_can_be_held_is_refused_before_it_is_read(
    tmp_path: Path,
) -> None:
    same = pd.Series(np.zeros(3_000_000))
    frame = pd.DataFrame(dict.fromkeys(("经度", "纬度", "类型", "数量", "名称"), same))
    frame.to_parquet(tmp_path / "s.parquet")
    with pytest.raises(InputError, match="holds far more than a district's data"):
        read_proxies(tmp_path / "s.parquet")


def test_a_text_of_more_cells_than_can_be_held_is_refused_before_it_is_read(
    tmp_path: Path,
) -> None:
    path = tmp_path / "s.csv"
    path.write_bytes("经度,纬度\n".encode() + b"1,2\n" * 6_100_000)
    with pytest.raises(InputError, match="holds far more than a district's data"):
        read_proxies(path)
    path.write_bytes(b"1,2\n")
    with path.open("r+b") as file:
        file.truncate(600 * 1024 * 1024)  # holes: nothing is written
    with pytest.raises(InputError, match="holds far more than a district's data"):
        read_proxies(path)


def _spoilt(path: Path, told: dict[str, object], *written: bytes) -> Path:
    import pyarrow as pa  # noqa: PLC0415 - only here
    import pyarrow.parquet as pq  # noqa: PLC0415 - the same

    table = pa.table({"geometry": list(written), "name": [f"店{at}" for at in range(len(written))]})
    geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": told}}
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(geo)}), path)
    return path


def test_one_broken_shape_of_a_geoparquet_leaves_the_others_good(tmp_path: Path) -> None:
    good = shapely.to_wkb(Point(113, 23))
    path = _spoilt(tmp_path / "s.parquet", {"encoding": "WKB"}, good, good[:9])
    read = read_proxies(path)
    assert read.rows[["name", "lon", "lat"]].to_numpy().tolist() == [["店0", 113, 23]]
    assert [row for row, _ in fatal(read)] == [2]


def test_a_geoparquet_that_misnames_its_shapes_is_read_or_refused(tmp_path: Path) -> None:
    path = _spoilt(tmp_path / "s.parquet", {"encoding": "point"}, shapely.to_wkb(Point(113, 23)))
    assert read_proxies(path).rows["lon"].tolist() == [113]
    for crs in ("X", 7.5):
        told: dict[str, object] = {"encoding": "WKB", "crs": crs}
        path = _spoilt(tmp_path / f"{crs}.parquet", told, shapely.to_wkb(Point(113, 23)))
        with pytest.raises(InputError, match="Parquet file is damaged"):
            read_proxies(path)


def test_shapes_in_the_arrow_encoding_are_read(tmp_path: Path) -> None:
    geo = gpd.GeoDataFrame({"名称": ["东"]}, geometry=[Point(113, 23)], crs="EPSG:4326")
    geo.to_parquet(tmp_path / "g.parquet", geometry_encoding="geoarrow")
    rows = read_stations(tmp_path / "g.parquet").rows
    assert rows[["name", "lon", "lat"]].to_numpy().tolist() == [["东", 113, 23]]


def test_every_level_of_an_index_of_a_parquet_is_a_column(tmp_path: Path) -> None:
    frame = pd.DataFrame({"名称": ["东", "西"], "经度": [113.0, 113.1], "纬度": [23.0, 23.1]})
    frame["编号"] = ["A", "B"]
    frame.set_index(["编号", "名称"]).to_parquet(tmp_path / "s.parquet")
    rows = read_stations(tmp_path / "s.parquet", crs="WGS-84").rows
    assert rows["name"].tolist() == ["东", "西"]


def test_untyped_data_of_a_kml_keeps_its_chinese_names(tmp_path: Path) -> None:
    data = (
        '<ExtendedData><Data name="骑手"><value>12</value></Data>'
        "<Data name='快递员 &lt;全职&gt;'><value>3</value></Data></ExtendedData>"
    )
    path = kml(tmp_path / "p.kml", placemark("北门", data + point(113.26, 23.13)))
    groups = {"骑手": "rider", "快递员 <全职>": "courier"}
    rows = read_points(path, groups=groups, periods={}).rows
    assert rows[["group", "workers"]].to_numpy().tolist() == [["rider", 12], ["courier", 3]]


@pytest.mark.parametrize(
    ("header", "cell", "amount"),
    [
        ("建筑面积（万平方米）", "12", 120_000),
        ("建筑面积", "1200平方米", 1200),
        ("建筑面积", "1.2万平方米", 12_000),
        ("座位数（个）", "80", 80),
        ("床位数", "80张", 80),
        ("规模", "3公顷", 30_000),
    ],
)
def test_amounts_are_read_in_the_unit_that_they_name(
    tmp_path: Path, header: str, cell: str, amount: float
) -> None:
    rows = [("名称", "经度", "纬度", header), ("甲", "113.264412", "23.130021", cell)]
    read = read_proxies(write_csv(tmp_path / "p.csv", rows), crs="WGS-84", measure="amount")
    assert read.rows["amount"].tolist() == [amount]
