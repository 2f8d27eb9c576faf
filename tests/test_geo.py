"""Positions: coordinate systems against published values, laws, and the local plane."""

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from planner.geo import (
    SYSTEMS,
    from_wgs84,
    geometry_to_plane,
    geometry_to_wgs84,
    in_china,
    local_projection,
    system_name,
    to_degrees,
    to_plane,
    to_wgs84,
)

WGS84 = Geod(ellps="WGS84")

# lon, lat in WGS-84, then in GCJ-02: the reference values of the public EvilTransform project,
# which came from a Chinese map service.
PUBLISHED_GCJ = {
    "Shanghai": (121.5272106, 31.1774276, 121.531541859215, 31.17530398364597),
    "Shenzhen": (113.912316, 22.543847, 113.9171764808363, 22.540796131694766),
    "Beijing": (116.377817, 39.911954, 116.38404722455657, 39.91334545536069),
}

INSIDE = {
    "Beijing": (116.40, 39.90),
    "Xinwu": (120.36, 31.55),
    "Hong Kong": (114.17, 22.28),
    "Macao": (113.54, 22.20),
    "Taipei": (121.56, 25.03),
    "Sanya": (109.50, 18.25),
    "Yongxing": (112.33, 16.83),
    "Mohe": (122.54, 53.48),
    "Fuyuan": (134.30, 48.36),
    "Wuqia": (73.90, 39.70),
    "Dandong": (124.39, 40.12),
    "Hunchun": (130.61, 42.42),
    "Manzhouli": (117.43, 49.60),
    "Erenhot": (111.97, 43.65),
    "Khorgos": (80.42, 44.20),
    "Zhangmu": (85.98, 27.99),
    "Yadong": (88.90, 27.48),
    "Ruili": (97.85, 24.01),
    "Hekou": (103.96, 22.51),
    "Dongxing": (107.97, 21.54),
    "Rongcheng": (122.55, 37.20),
    "Shengsi": (122.45, 30.73),
}
OUTSIDE = {
    "Seoul": (126.98, 37.57),
    "Pyongyang": (125.75, 39.03),
    "Tokyo": (139.70, 35.70),
    "Vladivostok": (131.88, 43.12),
    "Ulaanbaatar": (106.90, 47.90),
    "Almaty": (76.90, 43.25),
    "Kathmandu": (85.32, 27.71),
    "Thimphu": (89.64, 27.47),
    "Delhi": (77.20, 28.60),
    "Hanoi": (105.85, 21.03),
    "Mandalay": (96.10, 22.00),
    "Manila": (121.00, 14.60),
    "Yonaguni": (123.00, 24.45),
    "Andorra": (1.52, 42.51),
    "Campo Grande": (-54.62, -20.45),
}


@pytest.mark.parametrize("place", PUBLISHED_GCJ)
def test_gcj_02_of_known_places_is_the_published_value(place: str) -> None:
    lon, lat, gcj_lon, gcj_lat = PUBLISHED_GCJ[place]
    there = from_wgs84([lon], [lat], crs="GCJ-02")
    assert np.concatenate(there) == pytest.approx([gcj_lon, gcj_lat], abs=1e-9)
    back = to_wgs84([gcj_lon], [gcj_lat], crs="GCJ-02")
    assert np.concatenate(back) == pytest.approx([lon, lat], abs=1e-9)


def test_the_shift_of_gcj_02_at_its_origin_is_what_the_formula_gives_by_hand() -> None:
    # At 105 E, 35 N all waves but the constants are 0: 300 m east, 100 m south on the ellipsoid of
    # Krasovsky. sin 35 = 0.573576, its square 0.328990; W = 1 - 0.0066934216 * 0.328990 = 0.997798.
    # A radian of longitude: 6378245 * cos 35 / sqrt W = 6378245 * 0.819152 / 0.998898 = 5230507 m;
    # of latitude: 6378245 * 0.9933065784 / (W * sqrt W) = 6335552 / 0.996699 = 6356537 m.
    lon, lat = from_wgs84([105.0], [35.0], crs="GCJ-02")
    assert math.radians(lon[0] - 105) * 5_230_507 == pytest.approx(300, abs=0.01)
    assert math.radians(lat[0] - 35) * 6_356_537 == pytest.approx(-100, abs=0.01)


def test_bd_09_is_near_the_values_of_another_published_way_back() -> None:
    # bdLat 29.199786, bdLng 120.019809 -> wgs 29.196131605, 120.008779011 in EvilTransform, whose
    # way back is the one-step approximation, good to a few metres.
    lon, lat = to_wgs84([120.019809], [29.199786], crs="BD-09")
    _, _, metres = WGS84.inv(lon[0], lat[0], 120.00877901149691, 29.196131605295484)
    assert metres < 12


def test_bd_09_on_top_of_gcj_02_is_recounted_with_plain_mathematics() -> None:
    lon, lat = 116.38404722455657, 39.91334545536069  # GCJ-02 of the place in Beijing above
    turn = math.pi * 3000 / 180
    radius = math.sqrt(lon**2 + lat**2) + 0.00002 * math.sin(lat * turn)
    angle = math.atan2(lat, lon) + 0.000003 * math.cos(lon * turn)
    expected = (radius * math.cos(angle) + 0.0065, radius * math.sin(angle) + 0.006)
    there = from_wgs84([116.377817], [39.911954], crs="BD-09")
    assert np.concatenate(there) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("system", ["GCJ-02", "BD-09"])
@settings(max_examples=40)
@given(
    lon=st.lists(st.floats(70, 138), min_size=1, max_size=20),
    lat=st.lists(st.floats(14, 54), min_size=20, max_size=20),
)
def test_there_and_back_is_within_a_tenth_of_a_millimetre_anywhere_in_china(
    system: str, lon: list[float], lat: list[float]
) -> None:
    east, north = np.array(lon), np.array(lat[: len(lon)])
    china = in_china(east, north)
    east, north = east[china], north[china]
    back = to_wgs84(*from_wgs84(east, north, crs=system), crs=system)
    assert np.abs(np.subtract(back, (east, north))).max(initial=0) < 1e-9


@pytest.mark.parametrize("system", ["GCJ-02", "BD-09"])
def test_the_shift_in_china_is_a_hundred_metres_to_two_kilometres(system: str) -> None:
    lon, lat = np.array(list(INSIDE.values())).T
    _, _, metres = WGS84.inv(lon, lat, *from_wgs84(lon, lat, crs=system))
    assert metres.min() > 100
    assert metres.max() < 2000


@pytest.mark.parametrize("system", ["GCJ-02", "BD-09"])
def test_outside_china_nothing_is_shifted_either_way(system: str) -> None:
    lon, lat = np.array(list(OUTSIDE.values())).T
    for moved in (from_wgs84(lon, lat, crs=system), to_wgs84(lon, lat, crs=system)):
        assert np.array_equal(moved, (lon, lat))


def test_border_towns_are_in_china_and_neighbouring_capitals_are_not() -> None:
    assert [name for name, place in INSIDE.items() if not in_china(*place)[0]] == []
    assert [name for name, place in OUTSIDE.items() if in_china(*place)[0]] == []


@pytest.mark.parametrize("system", SYSTEMS)
def test_one_list_in_any_system_gives_the_same_places(system: str) -> None:
    lon, lat = np.array([106.45, 106.52]), np.array([29.54, 29.61])
    assert np.allclose(
        to_wgs84(*from_wgs84(lon, lat, crs=system), crs=system), (lon, lat), atol=1e-9
    )


def test_cgcs2000_and_wgs_84_are_left_as_they_are() -> None:
    for system in ("WGS-84", "CGCS2000", "EPSG:4490", "EPSG:4326"):
        lon, lat = to_wgs84([120.1], [30.2], crs=system)
        assert (lon[0], lat[0]) == (120.1, 30.2)


def test_an_epsg_system_takes_x_first_and_goes_back() -> None:
    # The central meridian of UTM zone 50 is 117 E: x = 500,000 there; on the equator y = 0.
    x, y = from_wgs84([117.0, 117.0], [0.0, 31.5], crs="EPSG:32650")
    assert x == pytest.approx([500_000, 500_000], abs=1e-6)
    assert y[0] == pytest.approx(0, abs=1e-6)
    lon, lat = to_wgs84(x, y, crs="epsg:32650")
    assert np.concatenate((lon, lat)) == pytest.approx([117, 117, 0, 31.5], abs=1e-9)


def test_a_place_that_is_none_becomes_nan_and_spoils_no_other() -> None:
    for system in ("GCJ-02", "BD-09", "EPSG:32650"):
        lon, lat = to_wgs84([np.nan, 116.4, np.inf], [39.9, 39.9, 39.9], crs=system)
        assert np.isnan(lon).tolist() == np.isnan(lat).tolist() == [True, False, True]


def test_an_empty_list_of_places_stays_empty() -> None:
    for system in (*SYSTEMS, "EPSG:32650"):
        lon, lat = to_wgs84([], [], crs=system)
        assert len(lon) == len(lat) == 0


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("wgs84", "WGS-84"),
        ("WGS 84", "WGS-84"),
        ("gcj02", "GCJ-02"),
        ("火星坐标", "GCJ-02"),
        ("高德", "GCJ-02"),
        ("bd-09", "BD-09"),
        ("百度坐标", "BD-09"),
        ("国家2000", "CGCS2000"),
        ("EPSG：4490", "CGCS2000"),
        ("epsg:4547", "EPSG:4547"),
    ],
)
def test_a_system_is_known_by_the_names_people_use(spelling: str, name: str) -> None:
    assert system_name(spelling) == name


@pytest.mark.parametrize("spelling", ["", "mars", "EPSG:", "EPSG:0", "EPSG:999999", "4326", "bd-9"])
def test_an_unknown_system_is_refused_by_name(spelling: str) -> None:
    with pytest.raises(ValueError, match=r"is no known system: WGS-84, GCJ-02, BD-09"):
        to_wgs84([0.0], [0.0], crs=spelling)


def test_a_system_of_heights_is_refused() -> None:
    with pytest.raises(ValueError, match="is no known system"):
        system_name("EPSG:5737")  # Yellow Sea 1985 height


def test_lists_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="same shape"):
        to_wgs84([1.0, 2.0], [1.0], crs="GCJ-02")


@settings(max_examples=60)
@given(
    lon=st.floats(73, 135),
    lat=st.floats(18, 53),
    bearing=st.floats(0, 360),
    metres=st.floats(1, 60_000),
    off_bearing=st.floats(0, 360),
    off_metres=st.floats(0, 30_000),
)
def test_lengths_in_the_plane_are_those_on_the_ellipsoid(
    *,
    lon: float,
    lat: float,
    bearing: float,
    metres: float,
    off_bearing: float,
    off_metres: float,
) -> None:
    start_lon, start_lat, _ = WGS84.fwd(lon, lat, off_bearing, off_metres)
    end_lon, end_lat, _ = WGS84.fwd(start_lon, start_lat, bearing, metres)
    plane = local_projection(lon, lat)
    xy = to_plane([start_lon, end_lon], [start_lat, end_lat], projection=plane)
    assert math.dist(*xy) == pytest.approx(metres, rel=1e-4)


def test_the_plane_has_east_and_north_in_metres_and_goes_back() -> None:
    plane = local_projection(106.451, 29.549)
    xy = to_plane([106.45, 106.46, 106.45], [29.55, 29.55, 29.56], projection=plane)
    assert xy.shape == (3, 2)
    assert xy[0] == pytest.approx([0, 0], abs=1e-6)  # the centre is rounded to 0.01 degrees
    assert xy[1, 0] > 900  # 0.01 degrees of longitude there: 111.3 km x cos 29.55 = 969 m
    assert xy[2, 1] == pytest.approx(1108, abs=1)  # of latitude: 110.85 km a degree
    lon, lat = to_degrees(xy, projection=plane)
    assert np.concatenate((lon, lat)) == pytest.approx(
        [106.45, 106.46, 106.45, 29.55, 29.55, 29.56], abs=1e-9
    )


def test_no_places_have_no_position_in_the_plane() -> None:
    plane = local_projection(106, 29)
    assert to_plane([], [], projection=plane).shape == (0, 2)
    assert len(to_degrees(np.empty((0, 2)), projection=plane)[0]) == 0


def test_the_name_of_the_plane_does_not_change_with_a_small_move_nor_with_a_minus_zero() -> None:
    assert local_projection(106.4512, 29.5481) == local_projection(106.4549, 29.5512)
    assert "lon_0=0.00" in local_projection(-0.001, -0.001)
    assert "lat_0=0.00" in local_projection(-0.001, -0.001)


@pytest.mark.parametrize(("lon", "lat"), [(181, 0), (0, 91), (math.nan, 0)])
def test_a_plane_needs_a_place_on_earth(lon: float, lat: float) -> None:
    with pytest.raises(ValueError, match="lon must be -180 to 180"):
        local_projection(lon, lat)


def test_geometries_move_corner_by_corner() -> None:
    square = shapely.box(120.0, 31.0, 120.1, 31.1)
    gcj = shapely.transform(
        square, lambda xy: np.column_stack(from_wgs84(xy[:, 0], xy[:, 1], crs="GCJ-02"))
    )
    assert gcj.distance(square.exterior) < 0.01
    assert not gcj.equals_exact(square, 1e-4)
    assert geometry_to_wgs84(gcj, crs="GCJ-02").equals_exact(square, 1e-9)
    plane = geometry_to_plane(square, projection=local_projection(120.05, 31.05))
    # 0.1 degrees of longitude at 31.05 N: 9,546 m; of latitude: 11,087 m.
    assert plane.area == pytest.approx(9_546 * 11_087, rel=1e-3)
