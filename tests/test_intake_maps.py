"""Map files: points as places, polygons as communities and boundary, packed and broken ones."""

import gzip
import json
import zipfile
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely
from intake_files import HOSTS, fatal, told

from planner.errors import InputError
from planner.geo import from_wgs84
from planner.intake import read_boundary, read_communities, read_points, read_stations, read_venues

EAST, WEST = (113.264412, 23.130021), (113.271503, 23.135507)


def places(**columns: list[object]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"名称": ["东站", "西站"], **columns},
        geometry=[shapely.Point(EAST), shapely.Point(WEST)],
        crs=4326,
    )


def squares(*corners: tuple[float, float], **columns: list[object]) -> gpd.GeoDataFrame:
    shapes = [shapely.box(x, y, x + 0.01, y + 0.01) for x, y in corners]
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=4326)


def packed(path: Path, *names: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(path.parent.iterdir()):
            if file.suffix != ".zip" and (not names or file.suffix in names):
                archive.write(file, f"图层/{file.name}")
    return path


@pytest.mark.parametrize("name", ["p.geojson", "p.json", "p.gpkg", "p.shp"])
def test_points_of_every_kind_of_map_file_are_places(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    driver = "GeoJSON" if path.suffix == ".json" else None
    places(类型=["便利店", "银行"]).to_file(path, driver=driver)
    checked = read_venues(path, host_types=HOSTS)
    assert (checked.problems, checked.notes) == ((), ())
    assert checked.rows.index.tolist() == ["V1", "V2"]
    assert checked.rows["host_type"].tolist() == ["shop", "bank"]
    assert checked.rows[["lon", "lat"]].round(9).to_numpy().tolist() == [[*EAST], [*WEST]]


def test_a_packed_shapefile_is_read(tmp_path: Path) -> None:
    places().to_file(tmp_path / "站点.shp")
    checked = read_stations(packed(tmp_path / "站点.zip"))
    assert checked.rows["name"].tolist() == ["东站", "西站"]


@pytest.mark.parametrize("name", ["p.geojson", "p.gpkg"])
def test_a_map_file_packed_with_gzip_is_read(tmp_path: Path, name: str) -> None:
    places().to_file(tmp_path / name)
    path = tmp_path / f"{name}.gz"
    path.write_bytes(gzip.compress((tmp_path / name).read_bytes()))
    assert len(read_stations(path).rows) == 2


@pytest.mark.parametrize("encoding", ["UTF-8", "GB18030"])
@pytest.mark.parametrize("stated", [True, False])
def test_shapefiles_in_chinese_encodings_are_read(
    tmp_path: Path,
    encoding: str,
    stated: bool,  # noqa: FBT001 - a parameter of a test
) -> None:
    places().to_file(tmp_path / "p.shp", encoding=encoding)
    if not stated:
        (tmp_path / "p.cpg").unlink()
    assert read_stations(tmp_path / "p.shp").rows["name"].tolist() == ["东站", "西站"]


def test_the_system_of_the_file_is_used(tmp_path: Path) -> None:
    places().to_crs(32649).to_file(tmp_path / "p.gpkg")
    checked = read_stations(tmp_path / "p.gpkg")
    assert checked.rows["lon"].tolist() == pytest.approx([EAST[0], WEST[0]], abs=1e-9)


def test_a_system_without_a_code_is_used_too(tmp_path: Path) -> None:
    own = "+proj=tmerc +lat_0=23.1 +lon_0=113.2 +k=1 +x_0=0 +y_0=0 +datum=WGS84 +units=m"
    places().to_crs(own).to_file(tmp_path / "p.gpkg")
    checked = read_stations(tmp_path / "p.gpkg")
    assert checked.rows["lat"].tolist() == pytest.approx([EAST[1], WEST[1]], abs=1e-9)


def test_a_declared_system_goes_before_that_of_the_file(tmp_path: Path) -> None:
    lon, lat = from_wgs84([EAST[0]], [EAST[1]], crs="GCJ-02")
    frame = gpd.GeoDataFrame({"name": ["a"]}, geometry=gpd.points_from_xy(lon, lat), crs=4326)
    frame.to_file(tmp_path / "p.geojson")
    checked = read_stations(tmp_path / "p.geojson", crs="GCJ-02")
    assert checked.rows["lon"].tolist() == pytest.approx([EAST[0]], abs=1e-8)
    assert checked.notes == ()
    assert read_stations(tmp_path / "p.geojson", crs="CGCS2000").notes == ()
    other = read_stations(tmp_path / "p.geojson", crs="EPSG:4214")
    assert any("the file itself names" in str(message) for message in other.notes)


def test_a_shapefile_without_a_system_is_assumed_wgs84_and_told(tmp_path: Path) -> None:
    places().to_file(tmp_path / "p.shp")
    (tmp_path / "p.prj").unlink()
    checked = read_stations(tmp_path / "p.shp")
    assert any("WGS-84 was assumed" in str(message) for message in checked.notes)


def test_shapes_that_are_missing_swapped_or_buildings(tmp_path: Path) -> None:
    shapes = [
        shapely.Point(EAST),
        None,
        shapely.Point(WEST[1], WEST[0]),
        shapely.box(113.2, 23.1, 113.2002, 23.1004),
        shapely.Point(0, 0),
    ]
    names = {"name": list("abcde"), "address": ["", "一路1号", "", "", ""]}
    gpd.GeoDataFrame(names, geometry=shapes, crs=4326).to_file(tmp_path / "p.gpkg")
    checked = read_stations(tmp_path / "p.gpkg")
    assert checked.rows["name"].tolist() == ["a", "d"]
    assert checked.rows.loc["S4", ["lon", "lat"]].tolist() == pytest.approx([113.2001, 23.1002])
    assert checked.to_place["name"].tolist() == ["b"]
    assert fatal(checked) == [(3, ""), (5, "")]
    assert checked.problems[1].found == "'23.135507, 113.271503'"


def test_the_shape_counts_whatever_the_columns_say(tmp_path: Path) -> None:
    places(lng_gcj02=["x", 1.0], lat_gcj02=[None, 2.0]).astype({"lng_gcj02": "str"}).to_file(
        tmp_path / "p.gpkg"
    )
    checked = read_stations(tmp_path / "p.gpkg")
    assert (checked.problems, checked.notes) == ((), ())
    assert checked.rows["lon"].tolist() == [EAST[0], WEST[0]]


def test_counts_at_points_of_a_map_file_are_read(tmp_path: Path) -> None:
    places(rider=[3, 4], hour=[7, 12]).to_file(tmp_path / "p.gpkg")
    checked = read_points(tmp_path / "p.gpkg", groups={"骑手": "rider"}, periods={})
    assert checked.rows[["id", "group", "workers", "hour"]].to_numpy().tolist() == [
        ["P1", "rider", 3, 7],
        ["P2", "rider", 4, 12],
    ]


def test_a_layer_must_be_named_where_there_are_several(tmp_path: Path) -> None:
    path = tmp_path / "p.gpkg"
    places().to_file(path, layer="stops")
    squares((113.2, 23.1), name=["x"]).to_file(path, layer="areas")
    with pytest.raises(InputError, match=r"p.gpkg: which layer\? Layers: stops, areas"):
        read_stations(path)
    with pytest.raises(InputError, match="which layer"):
        read_stations(path, layer="roads")
    assert len(read_stations(path, layer="stops").rows) == 2


def test_a_table_without_shapes_beside_the_layer_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "p.gpkg"
    places().to_file(path, layer="stops")
    pyogrio.write_dataframe(pd.DataFrame({"a": [1]}), path, layer="notes", append=True)
    assert len(read_stations(path).rows) == 2


def test_communities_keep_id_name_and_street(tmp_path: Path) -> None:
    frame = squares(
        (113.2, 23.1),
        (113.3, 23.1),
        编号=["C1", "C2"],
        社区名称=["龙津", "沙园"],
        街道=["城东", None],
    )
    frame.to_file(tmp_path / "c.geojson")
    checked = read_communities(tmp_path / "c.geojson", crs="CGCS2000")
    assert checked.problems == ()
    assert checked.rows[["name", "street", "row"]].fillna("").to_numpy().tolist() == [
        ["龙津", "城东", 1],
        ["沙园", "", 2],
    ]
    assert checked.rows.index.tolist() == ["C1", "C2"]
    assert checked.rows.crs == "EPSG:4326"
    assert checked.rows.geometry.iloc[0].bounds == pytest.approx((113.2, 23.1, 113.21, 23.11))


def test_communities_without_id_or_name_get_them(tmp_path: Path) -> None:
    squares((113.2, 23.1), (113.3, 23.1), name=["龙津", None]).to_file(tmp_path / "c.gpkg")
    checked = read_communities(tmp_path / "c.gpkg")
    assert checked.rows["name"].to_dict() == {"龙津": "龙津", "C2": "C2"}


def test_faults_of_polygons_are_told_and_a_crossing_is_mended(tmp_path: Path) -> None:
    bow = shapely.Polygon([(113.2, 23.1), (113.21, 23.11), (113.21, 23.1), (113.2, 23.11)])
    flat = shapely.Polygon([(113.2, 23.1), (113.21, 23.1), (113.22, 23.1), (113.2, 23.1)])
    shapes = [
        *(shapely.box(113, 23, 113.1, 23.1), bow, flat, None, shapely.Point(113, 23)),
        *(shapely.box(500, 23, 501, 24), shapely.box(113.5, 23, 113.6, 23.1)),
    ]
    frame = gpd.GeoDataFrame({"id": list("abcdefa")}, geometry=shapes, crs=4326)
    frame.to_file(tmp_path / "c.geojson")
    checked = read_communities(tmp_path / "c.geojson")
    assert fatal(checked) == [(3, ""), (4, ""), (5, ""), (6, ""), (7, "id")]
    assert told(checked) == [(2, "")]
    assert checked.rows.index.tolist() == ["a", "b"]
    assert checked.rows.geometry.is_valid.all()
    assert checked.rows.geometry["b"].area == pytest.approx(0.01 * 0.01 / 2)


def _collection(path: Path, *geometries: object) -> Path:
    """Write a GeoJSON file of any geometries, also of those that no program would draw."""
    features = [
        {"type": "Feature", "properties": {"name": f"n{at}"}, "geometry": geometry}
        for at, geometry in enumerate(geometries, start=1)
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    return path


_RING = [[113.0, 23.0], [113.1, 23.0], [113.1, 23.1], [113.0, 23.0]]


@pytest.mark.parametrize("rings", [[_RING[:1]], [_RING[:2]], [[["a", 1], [2, 3]]], []])
def test_a_shape_that_cannot_be_drawn_is_told_and_the_others_are_used(
    tmp_path: Path, rings: list[object]
) -> None:
    good, bad = ({"type": "Polygon", "coordinates": part} for part in ([_RING], rings))
    checked = read_communities(_collection(tmp_path / "c.geojson", good, bad, good))
    assert checked.rows.index.tolist() == ["n1", "n3"]
    assert fatal(checked) == [(2, "")]
    assert checked.rejected["row"].tolist() == [2]


def test_an_open_ring_is_closed_and_told(tmp_path: Path) -> None:
    bad = {"type": "Polygon", "coordinates": [_RING[:3]]}
    checked = read_communities(_collection(tmp_path / "c.geojson", bad))
    assert checked.rows.geometry.iloc[0].equals(shapely.Polygon(_RING))
    assert (fatal(checked), told(checked)) == ([], [(1, "")])


def test_a_line_of_one_point_among_stations_is_told(tmp_path: Path) -> None:
    bad = {"type": "LineString", "coordinates": [[113, 23]]}
    good = {"type": "Point", "coordinates": [113.05, 23.05]}
    checked = read_stations(_collection(tmp_path / "p.geojson", bad, good))
    assert checked.rows["row"].tolist() == [2]
    assert fatal(checked) == [(1, "")]


def test_polygons_with_latitude_first_are_an_error(tmp_path: Path) -> None:
    shape = shapely.box(23.1, 113.2, 23.2, 113.3)
    gpd.GeoDataFrame({"id": ["a"]}, geometry=[shape], crs=4326).to_file(tmp_path / "c.geojson")
    with pytest.raises(InputError, match=r"c.geojson: longitude and latitude are swapped"):
        read_communities(tmp_path / "c.geojson")


def test_a_boundary_of_several_polygons_is_one_shape(tmp_path: Path) -> None:
    squares((113.2, 23.1), (113.21, 23.1), name=["a", "b"]).to_file(tmp_path / "b.geojson")
    checked = read_boundary(tmp_path / "b.geojson")
    shape, notes, problems = checked.rows, checked.notes, checked.problems
    assert (notes, problems) == ((), ())
    assert shape.area == pytest.approx(2e-4)
    assert shape.bounds == pytest.approx((113.2, 23.1, 113.22, 23.11))


def test_shapes_of_a_boundary_that_are_no_area_are_set_aside_with_their_cells(
    tmp_path: Path,
) -> None:
    good = {"type": "Polygon", "coordinates": [_RING]}
    line = {"type": "LineString", "coordinates": _RING[:2]}
    checked = read_boundary(_collection(tmp_path / "b.geojson", good, line))
    assert checked.rows.equals(shapely.Polygon(_RING))
    assert fatal(checked) == [(2, "")]
    assert checked.rejected[["table", "row", "name"]].to_numpy().tolist() == [
        ["b.geojson", 2, "n2"]
    ]


def test_a_boundary_may_be_a_bare_geometry(tmp_path: Path) -> None:
    path = tmp_path / "b.geojson"
    path.write_text(shapely.to_geojson(shapely.box(113.2, 23.1, 113.3, 23.2)), encoding="utf-8")
    shape = read_boundary(path, crs="WGS-84").rows
    assert shape.area == pytest.approx(0.01)


@pytest.mark.parametrize("name", ["b.csv", "b.geojson"])
def test_a_boundary_without_polygons_is_an_error(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name.endswith("csv"):
        path.write_text("名称,经度,纬度\na,113,23\n", encoding="utf-8")
    else:
        places().to_file(path)
    with pytest.raises(InputError, match=rf"{name}: .*"):
        read_boundary(path)


@pytest.mark.parametrize("name", ["a.geojson", "a.gpkg", "a.shp", "a.zip"])
@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02" * 99, b"PK\x03\x04 not a zip", b"{]"])
def test_broken_map_files_are_errors(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    (tmp_path / "a.shx").write_bytes(b"")
    (tmp_path / "a.dbf").write_bytes(b"")
    for read in (read_stations, read_communities, read_boundary):
        with pytest.raises(InputError, match=rf"{name}: "):
            read(path)


@pytest.mark.parametrize("size", [40, 100, 400, 2000])
@pytest.mark.parametrize("name", ["a.gpkg", "a.shp", "a.geojson"])
def test_map_files_that_were_cut_off_are_errors_or_whole(
    tmp_path: Path, name: str, size: int
) -> None:
    path = tmp_path / name
    places().to_file(path)
    path.write_bytes(path.read_bytes()[:size])
    try:
        checked = read_stations(path)
    except InputError as error:
        assert str(error).startswith(name)  # noqa: PT017 - either end is good
    else:
        assert len(checked.rows) + len(checked.rejected) > 0


@pytest.mark.parametrize("gone", [".shx", ".dbf"])
def test_a_shapefile_without_a_part_is_an_error_that_names_it(tmp_path: Path, gone: str) -> None:
    places().to_file(tmp_path / "p.shp")
    (tmp_path / f"p{gone}").unlink()
    with pytest.raises(InputError, match=rf"p.shp: the Shapefile lacks its part {gone}"):
        read_stations(tmp_path / "p.shp")
    with pytest.raises(InputError, match=rf"p.zip: the Shapefile lacks its part {gone}"):
        read_stations(packed(tmp_path / "p.zip"))


def test_a_zip_with_several_map_files_asks_which(tmp_path: Path) -> None:
    places().to_file(tmp_path / "p.shp")
    places().to_file(tmp_path / "q.geojson")
    path = packed(tmp_path / "a.zip")
    with pytest.raises(
        InputError, match=r"a.zip: the archive holds 2 map files \(p.shp, q.geojson\)"
    ):
        read_stations(path)
    assert len(read_stations(path, layer="q").rows) == 2


def test_a_map_file_that_is_another_kind_inside_is_not_opened(tmp_path: Path) -> None:
    secret = tmp_path / "secret.geojson"
    places().to_file(secret)
    source = f"<SrcDataSource>{secret}</SrcDataSource>"
    layer = f'<OGRVRTLayer name="secret">{source}</OGRVRTLayer>'
    trick = f"<OGRVRTDataSource>{layer}</OGRVRTDataSource>"
    for name in ("a.gpkg", "a.geojson", "a.shp"):
        (tmp_path / name).write_text(trick, encoding="utf-8")
        (tmp_path / "a.shx").write_bytes(b"")
        (tmp_path / "a.dbf").write_bytes(b"")
        with pytest.raises(InputError, match="the content is not what the name says"):
            read_stations(tmp_path / name)


def test_attributes_that_are_lists_or_dates_are_text(tmp_path: Path) -> None:
    feature = {
        "type": "Feature",
        "properties": {
            "名称": "东站",
            "服务项目": ["饮水", "热饭"],
            "更新时间": "2024-08-12",
            "面积": None,
        },
        "geometry": {"type": "Point", "coordinates": [*EAST]},
    }
    path = tmp_path / "p.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), "utf-8")
    checked = read_stations(path)
    assert checked.problems == ()
    assert "饮水" in checked.rows["services"].iloc[0]
    assert checked.rows["updated"].tolist() == ["2024-08-12"]
