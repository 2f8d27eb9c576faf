"""Laws of intake that hold for any table (Hypothesis): no row is lost, nothing but InputError."""

import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from intake_files import GROUPS, HOSTS, PERIODS, Row, write_csv, write_xlsx

from planner.errors import InputError
from planner.intake import Checked, read_points, read_stations, read_survey, read_venues
from planner.intake.cells import read_degrees, read_number, read_pair

HEADER = ("编号", "名称", "地址", "经度", "纬度", "类型", "面积", "状态", "服务对象", "心情")
LON = st.one_of(
    st.floats(113, 114).map(lambda x: f"{x:.6f}"),
    st.sampled_from(["", "无", "x", "0", "23.1", "200", "113°15′", "#N/A", "113.2,23.1"]),
)
LAT = st.one_of(
    st.floats(23, 24).map(lambda x: f"{x:.6f}"),
    st.sampled_from(["", "-", "y", "0", "113.1", "91", "23°7′48″N"]),
)
CELLS = st.tuples(
    st.sampled_from(["", "1", "2", "A1", "A2", "B", "合计"]),
    st.sampled_from(["", "东站", "西站", "名称", "??", "小计"]),
    st.sampled_from(["", "一路1号", "二路2号"]),
    LON,
    LAT,
    st.sampled_from(["", "便利店", "飞船", "-"]),
    st.sampled_from(["", "12㎡", "-3", "多"]),
    st.sampled_from(["", "开放", "关闭", "？"]),
    st.sampled_from(["", "骑手", "骑手,快递员", "宇航员"]),
    st.sampled_from(["", "好"]),
)
TABLES = st.lists(st.one_of(CELLS, st.just(("",) * 10), st.just(HEADER)), min_size=1, max_size=12)
SMALL = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def checked_or_none(path: Path) -> Checked | None:
    try:
        return read_venues(path, crs="WGS-84", host_types=HOSTS, groups=GROUPS)
    except InputError as error:
        assert path.name in str(error)  # noqa: PT017 - both ends are checked
        return None


@SMALL
@given(TABLES)
def test_each_row_is_used_rejected_to_be_placed_or_told_as_skipped(
    tmp_path: Path, rows: list[Row]
) -> None:
    checked = checked_or_none(write_csv(tmp_path / "t.csv", [HEADER, *rows]))
    if checked is None:
        return
    lines = [
        *checked.rows["row"].tolist(),
        *checked.rejected["row"].tolist(),
        *checked.to_place["row"].tolist(),
    ]
    assert len(lines) == len(set(lines))
    assert len(lines) + checked.skipped == len(rows)
    told = [str(message) for message in checked.notes]
    skips = [text for text in told if "skipped" in text or "set aside" in text]
    assert (checked.skipped > 0) == bool(skips)
    assert {p.row for p in checked.problems if p.fatal} == set(checked.rejected["row"].tolist())
    waiting = {p.row for p in checked.problems if not p.fatal}
    assert set(checked.to_place["row"].tolist()) <= waiting


@SMALL
@given(TABLES)
def test_rows_that_are_used_obey_the_ranges(tmp_path: Path, rows: list[Row]) -> None:
    checked = checked_or_none(write_csv(tmp_path / "t.csv", [HEADER, *rows]))
    if checked is None:
        return
    good = checked.rows
    assert good.index.is_unique
    assert good["lon"].between(-180, 180).all()
    assert good["lat"].between(-90, 90).all()
    assert good["name"].str.len().gt(0).all()
    assert (good["area_m2"].isna() | (good["area_m2"] >= 0)).all()
    assert good["status"].dropna().isin(["open", "closed", "maintenance"]).all()
    assert good["host_type"].dropna().isin(["shop", "bank"]).all()


@settings(parent=SMALL, max_examples=25)
@given(TABLES)
def test_a_workbook_and_a_text_file_of_the_same_table_are_read_alike(
    tmp_path: Path, rows: list[Row]
) -> None:
    text = checked_or_none(write_csv(tmp_path / "t.csv", [HEADER, *rows]))
    book = checked_or_none(write_xlsx(tmp_path / "t.xlsx", {"t": [HEADER, *rows]}))
    assert (text is None) == (book is None)
    if text is not None and book is not None:
        pd.testing.assert_frame_equal(text.rows, book.rows)
        assert [(p.row, p.column) for p in text.problems] == [
            (p.row, p.column) for p in book.problems
        ]


@settings(parent=SMALL, max_examples=25)
@given(st.permutations(range(len(HEADER))))
def test_the_order_of_the_columns_never_changes_the_rows(tmp_path: Path, order: list[int]) -> None:
    rows: list[Row] = [
        ("7", "东站", "一路1号", "113.264412", "23.130021", "便利店", "12㎡", "关闭", "骑手", "好"),
        ("8", "西站", "", "113.271503", "23.135507", "银行", "", "", "", ""),
        ("9", "南站", "", "x", "23.1", "", "", "", "", ""),
    ]
    straight = checked_or_none(write_csv(tmp_path / "a.csv", [HEADER, *rows]))
    turned = [[row[column] for column in order] for row in [HEADER, *rows]]
    other = checked_or_none(write_csv(tmp_path / "b.csv", turned))
    assert straight is not None
    assert other is not None
    pd.testing.assert_frame_equal(straight.rows, other.rows)
    assert straight.rejected["row"].tolist() == other.rejected["row"].tolist() == [4]


@SMALL
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["龙津", "沙园", "", "合计"]),
            st.sampled_from(["骑手", "快递员", "宇航员", ""]),
            st.sampled_from(["", "3", "-1", "若干", "约5人"]),
            st.sampled_from(["", "7", "无"]),
            st.sampled_from(["", "9"]),
        ),
        min_size=1,
        max_size=9,
    )
)
def test_each_row_of_a_survey_is_used_rejected_or_told_as_skipped(
    tmp_path: Path, rows: list[Row]
) -> None:
    header = ("社区", "群体", "早晨", "中午", "总人数")
    try:
        checked = read_survey(
            write_csv(tmp_path / "t.csv", [header, *rows]), groups=GROUPS, periods=PERIODS
        )
    except InputError:
        return
    used, rejected = set(checked.rows["row"]), set(checked.rejected["row"])
    assert not used & rejected
    assert len(used) + len(rejected) + checked.skipped == len(rows)
    assert not checked.rows.duplicated(["community", "group", "period"]).any()


@SMALL
@given(st.binary(max_size=400))
def test_any_bytes_named_csv_are_read_or_refused_with_a_message(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    checked_or_none(path)


@SMALL
@given(st.text(alphabet="名称经纬度地址,;\"'\n\r\t=#?1.3°′", max_size=120))
def test_any_text_named_csv_is_read_or_refused_with_a_message(tmp_path: Path, text: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"名称,经度,纬度\n{text}", encoding="utf-8")
    checked_or_none(path)


@settings(parent=SMALL, max_examples=40)
@given(st.data())
def test_a_damaged_workbook_is_read_or_refused_with_a_message(
    tmp_path: Path, data: st.DataObject
) -> None:
    path, whole = tmp_path / "t.xlsx", tmp_path / "whole.xlsx"
    if not whole.exists():  # its bytes hold the time, and must not change between examples
        write_xlsx(whole, {"t": [HEADER, ("1", "东站", "", 113.2, 23.1)]})
    content = bytearray(whole.read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(bytes(content[: data.draw(st.integers(1, len(content)))]))
    checked_or_none(path)


@settings(parent=SMALL, max_examples=25)
@given(st.data())
@pytest.mark.parametrize("name", ["t.gpkg", "t.geojson", "t.shp", "t.zip"])
def test_a_damaged_map_file_is_read_or_refused_with_a_message(
    tmp_path: Path, name: str, data: st.DataObject
) -> None:
    content = bytearray(_map_file(tmp_path, name))
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / name
    path.write_bytes(bytes(content))
    checked_or_none(path)


def _map_file(folder: Path, name: str) -> bytes:

    path = folder / f"whole-{name.replace('zip', 'shp')}"
    if not path.exists():
        shapes = [shapely.Point(113.2, 23.1), shapely.Point(113.3, 23.2)]
        gpd.GeoDataFrame({"name": ["a", "b"]}, geometry=shapes, crs=4326).to_file(path)
        for part in (".shx", ".dbf"):
            if path.with_suffix(part).exists():
                (folder / f"t{part}").write_bytes(path.with_suffix(part).read_bytes())
        with zipfile.ZipFile(folder / "whole-t.zip", "w") as archive:
            for file in folder.glob("whole-t.*"):
                if file.suffix != ".zip":
                    archive.write(file, file.name)
    return (folder / f"whole-{name}").read_bytes()


@given(st.floats(-180, 180), st.sampled_from(["", "plain", "marks"]))
def test_degrees_minutes_and_seconds_are_the_number_they_stand_for(value: float, form: str) -> None:
    size = abs(value)
    degrees, rest = int(size), (size - int(size)) * 60
    minutes, seconds = int(rest), (rest - int(rest)) * 60
    if round(seconds, 6) >= 60:
        return
    texts = {
        "": f"{degrees}°{minutes}′{seconds:.6f}″",
        "plain": f"{degrees} {minutes} {seconds:.6f}",
        "marks": f"{degrees}度{minutes}分{seconds:.6f}秒",
    }
    side = "W" if value < 0 and form != "plain" else ""
    read, axis = read_degrees(texts[form] + side)
    assert read == pytest.approx(-size if side else size, abs=1e-8)
    assert axis == ("lon" if side else "")


@given(st.floats(-180, 180), st.floats(-90, 90), st.sampled_from([",", "，", " ", ";", " / "]))
def test_a_pair_is_the_two_numbers_it_is_made_of(lon: float, lat: float, between: str) -> None:
    first, second, axis = read_pair(f"{lon:.8f}{between}{lat:.8f}")
    assert (first, second) == pytest.approx((lon, lat), abs=1e-8)
    assert axis == ""


@given(st.floats(0, 1e9, allow_nan=False), st.sampled_from(["", "元", "万元", "约"]))
def test_a_number_is_the_same_with_thousands_separators(value: float, dress: str) -> None:
    units = {"元": 1.0, "万元": 10_000.0}
    unit = dress if dress in units else ""
    text = f"{'约' if dress == '约' else ''}{value:,.4f}{unit}"
    number, named = read_number(text, units=units)
    assert number == pytest.approx(round(value, 4) * units.get(unit, 1), rel=1e-12, abs=1e-9)
    assert named == bool(unit)


@given(st.text(max_size=30))
def test_any_text_is_a_number_or_not_and_never_an_error(text: str) -> None:
    number, _ = read_number(text, units={"元": 1.0})
    degrees, _ = read_degrees(text)
    first, second, _ = read_pair(text)
    assert np.isnan(number) or np.isfinite(number)
    assert np.isnan(degrees) or np.isfinite(degrees)
    assert np.isnan(first) == np.isnan(second)


@settings(parent=SMALL, max_examples=30)
@given(st.lists(st.tuples(LON, LAT, st.sampled_from(["3", "", "x"])), min_size=1, max_size=9))
def test_each_row_of_points_is_used_or_rejected(tmp_path: Path, rows: list[Row]) -> None:
    path = write_csv(tmp_path / "p.csv", [("经度", "纬度", "骑手"), *rows])
    try:
        checked = read_points(path, crs="GCJ-02", groups=GROUPS, periods=PERIODS)
    except InputError:
        return
    used, rejected = checked.rows["row"].tolist(), checked.rejected["row"].tolist()
    assert len(used) + len(rejected) + checked.skipped == len(rows)
    assert np.isfinite(checked.rows[["lon", "lat"]].to_numpy()).all()


def test_the_reading_of_a_file_never_depends_on_the_last_one(tmp_path: Path) -> None:
    good = write_csv(tmp_path / "g.csv", [HEADER[:5], ("1", "东站", "", "113.26401", "23.13001")])
    bad = write_csv(tmp_path / "b.csv", [HEADER[:5], ("1", "", "", "x", "y")])
    first = read_stations(good, crs="WGS-84")
    with pytest.raises(InputError):
        read_stations(bad, crs="WGS-84")
    pd.testing.assert_frame_equal(first.rows, read_stations(good, crs="WGS-84").rows)
