"""Density, hot spots and gaps on three real places; some of it counted once more by other code."""

from collections.abc import Iterator
from math import inf
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from numpy.typing import NDArray
from real_districts import DATA, DISTRICTS, FUTIAN_DRIVERS, UTM, XINWU_WORKERS
from recounting import Network
from shapely import Point

from planner.coverage import check_gaps, measure_coverage, small_stations
from planner.density import HotSpots, Surface, density_surface, hot_spots
from planner.density.hosts import host_type_of
from planner.district import DEFAULT_HOSTS, projection_of
from planner.pipeline import Prepared, prepare

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not DATA.is_dir(), reason="the real data are not beside the project"),
]
BANDWIDTH_M = 300.0


def _prepared(name: str, folder: Path) -> Iterator[Prepared]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLANNER_CACHE", str(folder / "cache"))
        DISTRICTS[name](folder / name)
        yield prepare(folder / name)


@pytest.fixture(scope="module")
def xinwu(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prepared]:
    yield from _prepared("xinwu", tmp_path_factory.mktemp("xinwu"))


@pytest.fixture(scope="module")
def futian(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prepared]:
    yield from _prepared("futian", tmp_path_factory.mktemp("futian"))


@pytest.fixture(scope="module")
def shenzhen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prepared]:
    yield from _prepared("all_shenzhen", tmp_path_factory.mktemp("shenzhen"))


def _spots(prepared: Prepared) -> HotSpots:
    return hot_spots(
        prepared.coverage,
        prepared.present,
        district=prepared.district,
        projection=projection_of(prepared.district),
        rules=prepared.district.settings.demand,
    )


def _surface(prepared: Prepared, *, along: bool, group: str | None = None) -> Surface:
    return density_surface(
        prepared.demand,
        projection=projection_of(prepared.district),
        group=group,
        bandwidth_m=BANDWIDTH_M,
        streets=prepared.streets if along else None,
    )


def _shown(surface: Surface) -> tuple[NDArray[np.float64], NDArray[np.object_]]:
    """Give the share of workers in each pixel that holds any, and the squares of these."""
    share = np.divide(surface.values, surface.workers / surface.pixel_m**2 * 1e6)
    rows, columns = np.nonzero(share)
    west = surface.west_m + columns * surface.pixel_m
    south = surface.south_m + rows * surface.pixel_m
    squares = shapely.box(west, south, west + surface.pixel_m, south + surface.pixel_m)
    return share[rows, columns], squares


def _drawn(prepared: Prepared) -> NDArray[np.object_]:
    """Draw the streets."""
    streets = prepared.streets
    assert streets is not None
    street = np.repeat(np.arange(len(streets.tail)), np.diff(streets.line_start))
    lines: NDArray[np.object_] = shapely.linestrings(streets.line_xy, indices=street)
    return lines


# Surfaces


def test_in_xinwu_the_total_of_each_group_is_kept_in_the_plane_and_along_streets(
    xinwu: Prepared,
) -> None:
    for group, workers in XINWU_WORKERS.items():
        for along in (False, True):
            surface = _surface(xinwu, along=along, group=group)
            assert surface.workers == pytest.approx(workers, abs=0.01)


def test_along_streets_nobody_is_on_the_lake_as_in_the_plane_they_are(xinwu: Prepared) -> None:
    water = gpd.read_file(f"/vsigzip/{DATA}/wuxi_xinwu/xinwu_water_osm.gpkg.gz")
    water = water[water.geometry.geom_type.isin(["Polygon", "MultiPolygon"])]
    area = shapely.union_all(water.to_crs(projection_of(xinwu.district)).geometry.make_valid())
    dry = shapely.union_all(shapely.buffer(_drawn(xinwu), 1))
    lake = shapely.difference(area, dry)  # without bridges
    shapely.prepare(lake)
    wet = {}
    for along in (False, True):
        share, squares = _shown(_surface(xinwu, along=along))
        wet[along] = share[shapely.contains(lake, squares)].sum()
    assert wet[False] > 0.001
    assert wet[True] == 0


def test_the_taxis_of_futian_are_spread_over_its_streets_alone(futian: Prepared) -> None:
    surface = _surface(futian, along=True)
    assert surface.workers == pytest.approx(FUTIAN_DRIVERS, abs=0.01)
    share, squares = _shown(surface)
    crossed = np.unique(shapely.STRtree(_drawn(futian)).query(squares, predicate="intersects")[0])
    assert share.sum() == pytest.approx(1)
    assert share[crossed].sum() > 0.99


def test_the_hours_of_the_taxis_follow_those_of_the_demand(futian: Prepared) -> None:
    demand = futian.demand
    for hour in (3, 8, 18, 135):
        surface = density_surface(
            demand,
            projection=projection_of(futian.district),
            hours=[hour],
            bandwidth_m=BANDWIDTH_M,
        )
        there = demand.people_milli[demand.band_of_hour[hour]].sum() / 1000
        assert surface.workers == pytest.approx(there, rel=1e-9)


# Hot spots


@pytest.mark.parametrize("name", ["xinwu", "futian", "shenzhen"])
def test_hot_spots_are_far_denser_than_the_district_and_each_could_be_one_site(
    name: str, request: pytest.FixtureRequest
) -> None:
    prepared: Prepared = request.getfixturevalue(name)
    found = _spots(prepared)
    rules = prepared.district.settings.demand
    assert 5 <= len(found.table) <= 60
    assert (found.table["workers"] >= rules.hot_spot_workers).all()
    assert (found.table["radius_m"] <= 2 * rules.hot_spot_m).all()
    inside = found.cell_spot > 0
    workers = prepared.demand.workers.sum(axis=1)
    assert workers[inside].mean() > 2 * workers[~inside].mean()
    assert found.table["workers"].sum() == pytest.approx(workers[inside].sum())
    assert found.table["name"].is_unique
    assert found.table["unserved_workers"].is_monotonic_decreasing
    by_cell = measure_coverage(prepared.coverage, prepared.present).by_cell
    unserved = by_cell["worker_hours_week"] * (1 - by_cell["effective_share"])
    told = (found.table["unserved_share"] * found.table["worker_hours_week"]).sum()
    assert told == pytest.approx(unserved[inside].sum())


def test_a_host_is_looked_for_in_some_places_of_shenzhen_without_an_aed(shenzhen: Prepared) -> None:
    table = _spots(shenzhen).without_host
    assert len(table) > 0
    sites = shenzhen.options.sites
    venues = sites.loc[~sites["existing"], ["x", "y"]].to_numpy()
    for _, row in table[table["candidates"] == 0].iterrows():
        spot = np.array(gpd.GeoSeries([Point(row["lon"], row["lat"])], crs=4326).to_crs(
            projection_of(shenzhen.district)
        ).iloc[0].coords[0])  # fmt: skip
        # 1.5 km of street is 1,136 m straight: no venue lies nearer.
        assert np.hypot(*(venues - spot).T).min() > 1500 / 1.32 - row["radius_m"]


def test_the_restaurants_of_shanghai_are_plausible_hosts() -> None:
    types = pd.read_csv(DATA / "shanghai" / "shanghai_food.csv.gz", usecols=["type"])["type"]
    host = {text: host_type_of(text, DEFAULT_HOSTS) for text in types.unique()}
    counted = types.map(host).value_counts()
    assert counted["shop"] == 14_397
    assert counted["park"] == 1  # a park with a restaurant in it


# Gaps


def test_the_gaps_of_xinwu_are_those_that_networkx_finds_from_the_files(xinwu: Prepared) -> None:
    plane = projection_of(xinwu.district)
    found = check_gaps(
        xinwu.coverage,
        xinwu.present,
        rules=xinwu.district.settings.gaps,
        communities=xinwu.district.communities,
    )
    network = Network(xinwu.district.folder / "streets.gpkg", mode="walk", crs=UTM, plane=plane)
    cells = xinwu.demand.cells[["x", "y"]].to_numpy()
    spots = [network.snap(Point(cell)) for cell in cells]
    stations = xinwu.district.stations
    is_open = (
        (stations["status"] == "open")
        & stations["listed"].astype(bool)
        & (stations["access"] != "gated")
        & stations["hours"].map(lambda hours: hours.open_minutes > 0)
    )
    assert 0 < is_open.sum() < len(stations)
    nearest_mm, any_mm = np.full(len(cells), inf), np.full(len(cells), inf)
    for name, x, y in xinwu.options.sites[["x", "y"]].itertuples():
        ways = network.ways_mm(network.snap(Point(x, y)), spots, limit_m=1000)
        any_mm = np.minimum(any_mm, ways)
        if name in stations.index and is_open[name]:
            nearest_mm = np.minimum(nearest_mm, ways)
    workers = np.rint(xinwu.demand.workers * 1000).sum(axis=1) / 1000
    for at, (cell, row) in enumerate(found.by_cell.iterrows()):
        near = np.hypot(*(cells - cells[at]).T) <= (1e6 / np.pi) ** 0.5
        dense = workers[near].sum() >= 500 - 1e-9
        limit_mm = 500_000 if dense else 1_000_000
        expected = "exempt" if any_mm[at] > limit_mm else "gap"
        expected = "served" if nearest_mm[at] <= limit_mm else expected
        expected = expected if workers[at] > 0 else "not_required"
        assert (row["state"], row["dense"]) == (expected, dense), cell
    assert set(found.by_cell["state"]) == {"served", "gap", "exempt", "not_required"}
    assert found.by_street["workers"].sum() == pytest.approx(22_000, abs=0.01)
    assert len(found.by_street) > 5


def test_more_open_stations_leave_fewer_in_gaps(futian: Prepared) -> None:
    rules = futian.district.settings.gaps
    today = check_gaps(futian.coverage, futian.present, rules=rules)
    every = check_gaps(futian.coverage, list(futian.options.table.index), rules=rules)
    assert 0 < every.whole["gap_workers"] < today.whole["gap_workers"]
    assert every.whole["exempt_workers"] == today.whole["exempt_workers"]
    assert (
        every.gaps["nearest_m"].isna() | (every.gaps["nearest_m"] > every.gaps["limit_m"])
    ).all()


def test_no_shelter_has_a_stated_area_so_all_are_told_apart_as_unknown(futian: Prepared) -> None:
    rules = futian.district.settings.gaps
    found = small_stations(futian.district.stations, rules=rules)
    assert len(found) == len(futian.district.stations)
    assert not found["known"].any()
