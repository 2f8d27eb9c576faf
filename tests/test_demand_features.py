"""Features measured in the squares of 250 m."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from real_districts import DATA
from shapely.geometry.base import BaseGeometry

from planner.demand.features import Features, measure_features, rate_of
from planner.demand.squares import columns_and_rows
from planner.district.settings import Rate
from planner.geo import geometry_to_plane, local_projection, to_degrees

PLANE = local_projection(120.0, 31.0)


def on_the_ground(shape: BaseGeometry) -> BaseGeometry:
    """Turn metres of the plane into degrees."""
    moved: BaseGeometry = shapely.transform(
        shape, lambda xy: np.column_stack(to_degrees(xy, projection=PLANE))
    )
    return moved


def rows(*features: tuple[BaseGeometry, str, float]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "geometry": np.array([on_the_ground(shape) for shape, _, _ in features], dtype=object),
            "of": [name for _, name, _ in features],
            "amount": [amount for _, _, amount in features],
        }
    )


def by_square(features: Features) -> dict[tuple[int, int, str], float]:
    column, row = columns_and_rows(features.squares)
    return {
        (int(column[at]), int(row[at]), features.classes[of]): float(units)
        for at, of, units in zip(features.at, features.of, features.units, strict=True)
    }


def test_a_parcel_over_four_squares_is_shared_by_exact_overlap() -> None:
    # 100 m into the western squares, 200 m into the eastern; 50 m and 150 m south and north.
    parcel = shapely.box(150, 200, 450, 400)
    found = by_square(measure_features(rows((parcel, "3", 0)), measure="area", projection=PLANE))
    assert found == pytest.approx(
        {(0, 0, "3"): 0.5, (1, 0, "3"): 1.0, (0, 1, "3"): 1.5, (1, 1, "3"): 3.0}, abs=1e-4
    )


def test_an_amount_is_shared_by_overlap_and_a_count_is_one_in_all() -> None:
    parcel = shapely.box(150, 200, 450, 400)
    table = rows((parcel, "floor", 6000))
    amounts = measure_features(table, measure="amount", projection=PLANE)
    assert by_square(amounts)[1, 1, "floor"] == pytest.approx(3000, abs=0.1)
    counts = measure_features(table, measure="count", projection=PLANE)
    assert by_square(counts)[0, 0, "floor"] == pytest.approx(1 / 12, abs=1e-5)
    assert counts.units.sum() == pytest.approx(1)


def test_a_hole_in_a_parcel_is_no_part_of_it() -> None:
    ring = shapely.box(0.5, 0.5, 499.5, 249.5) - shapely.box(250, 0.6, 499.4, 249.4)
    found = by_square(measure_features(rows((ring, "", 0)), measure="area", projection=PLANE))
    assert found[0, 0, ""] > 6.1
    assert found[1, 0, ""] < 0.1


def test_kilometres_of_a_line_are_counted_in_each_square() -> None:
    line = shapely.LineString([(100, 10), (700, 10)])
    found = by_square(
        measure_features(rows((line, "主干路", 0)), measure="length", projection=PLANE)
    )
    assert found == pytest.approx(
        {(0, 0, "主干路"): 0.15, (1, 0, "主干路"): 0.25, (2, 0, "主干路"): 0.2}, abs=1e-5
    )


def test_points_of_one_class_in_one_square_add_up_and_have_neither_area_nor_length() -> None:
    table = rows(
        (shapely.Point(10, 10), "餐饮", 3), (shapely.Point(240, 240), "餐饮", 4),
        (shapely.Point(-1, 10), "商务", np.nan),
    )  # fmt: skip
    counts = measure_features(table, measure="count", projection=PLANE)
    assert by_square(counts) == {(0, 0, "餐饮"): 2, (-1, 0, "商务"): 1}
    amounts = measure_features(table, measure="amount", projection=PLANE)
    assert by_square(amounts) == {(0, 0, "餐饮"): 7}
    assert amounts.unmeasured == 1
    for measure in ("area", "length"):
        nothing = measure_features(table, measure=measure, projection=PLANE)
        assert (nothing.unmeasured, len(nothing.squares)) == (3, 0)


def test_no_feature_at_all_is_an_empty_table() -> None:
    assert len(measure_features(rows(), measure="count", projection=PLANE).squares) == 0


def test_a_ring_that_crosses_itself_is_mended() -> None:
    bow = shapely.Polygon([(10, 10), (110, 110), (110, 10), (10, 110)])
    found = measure_features(rows((bow, "", 0)), measure="area", projection=PLANE)
    assert found.units.sum() == pytest.approx(0.5, abs=1e-3)


def test_the_longest_beginning_that_fits_gives_the_rate() -> None:
    rates = [
        Rate(group="rider", workers=0.5),
        Rate(group="rider", workers=3, of="餐饮服务;快餐厅"),
        Rate(group="rider", workers=2, of="餐饮服务"),
    ]
    assert rate_of("餐饮服务;快餐厅;肯德基", rates) == 3
    assert rate_of("餐饮服务;中餐厅", rates) == 2
    assert rate_of("住宿服务;宾馆酒店|餐饮服务;糕饼店", rates) == 2
    assert rate_of("公园", rates) == 0.5
    assert rate_of("公园", rates[1:]) == 0
    # A class that stands elsewhere in the text is not a beginning.
    assert rate_of("购物;餐饮服务", rates[2:]) == 0


def test_units_are_weighed_by_class_and_only_what_is_worth_something_is_evidence() -> None:
    table = rows(
        (shapely.Point(10, 10), "a", 0), (shapely.Point(20, 20), "b", 0),
        (shapely.Point(300, 10), "b", 0),
    )  # fmt: skip
    features = measure_features(table, measure="count", projection=PLANE)
    units, records = features.weighed({"a": 2.5, "b": 0.0})
    assert units.tolist() == [2.5, 0]
    assert records.tolist() == [1, 0]


coordinate = st.integers(-8, 8).map(lambda step: step * 62.5)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(coordinate, coordinate, coordinate, coordinate), min_size=1, max_size=5))
def test_nothing_is_lost_or_counted_twice_also_on_the_edges_of_squares(
    corners: list[tuple[float, float, float, float]],
) -> None:
    boxes = [shapely.box(min(a, c), min(b, d), max(a, c) + 10, max(b, d) + 10)
             for a, b, c, d in corners]  # fmt: skip
    lines = [shapely.LineString([(a, b), (c + 1, d)]) for a, b, c, d in corners]
    for shapes, measure, whole in (
        (boxes, "area", sum(shape.area for shape in boxes) / 10_000),
        (lines, "length", sum(shape.length for shape in lines) / 1000),
        ([*boxes, *lines], "count", 2 * len(corners)),
    ):
        table = rows(*((shape, "", 0.0) for shape in shapes))
        found = measure_features(table, measure=measure, projection=PLANE)
        assert found.units.sum() == pytest.approx(whole, rel=1e-6)


@pytest.mark.skipif(not DATA.is_dir(), reason="the real data are not beside the project")
def test_land_use_of_xinwu_keeps_its_hectares_and_every_overlap_is_that_of_geopandas() -> None:
    source = f"/vsigzip/{DATA}/wuxi_xinwu/xinwu_land_use.gpkg.gz"
    land = gpd.read_file(source, layer="land_use").to_crs(4326)[:300]
    table = pd.DataFrame(
        {"geometry": land.geometry.to_numpy(), "of": land["Class"].astype(str), "amount": np.nan}
    )
    projection = local_projection(120.4, 31.5)
    found = measure_features(table, measure="area", projection=projection)
    plane = [geometry_to_plane(shape, projection=projection) for shape in land.geometry]
    assert found.units.sum() == pytest.approx(sum(s.area for s in plane) / 10_000, rel=1e-9)
    column, row = columns_and_rows(found.squares)
    for place in range(0, len(column), 97):
        west, south = column[place] * 250, row[place] * 250
        box = shapely.box(west, south, west + 250, south + 250)
        overlap = sum(shape.intersection(box).area for shape in plane) / 10_000
        assert found.units[found.at == place].sum() == pytest.approx(overlap, rel=1e-9)


def test_only_what_lies_in_the_region_counts_and_a_point_on_its_border_does() -> None:
    region = shapely.box(0, 0, 400, 250)
    table = rows(
        (shapely.box(300, 0, 500, 100), "parcel", 0), (shapely.Point(401, 10), "point", 0),
        (shapely.Point(399.9, 10), "point", 0),
    )  # fmt: skip
    counts = measure_features(table, measure="count", projection=PLANE, region=region)
    assert by_square(counts) == pytest.approx({(1, 0, "parcel"): 0.5, (1, 0, "point"): 1}, abs=1e-4)
    areas = measure_features(table[:1], measure="area", projection=PLANE, region=region)
    assert by_square(areas) == pytest.approx({(1, 0, "parcel"): 1.0}, abs=1e-4)
