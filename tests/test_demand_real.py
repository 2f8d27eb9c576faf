"""Demand from real records, floor area and restaurants."""

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from real_districts import DATA, DISTRICTS, FUTIAN_DRIVERS, XINWU_WORKERS

from planner.demand import Demand, build_demand
from planner.demand.squares import squares_at
from planner.district import District, WorkerTable, projection_of, read_district
from planner.district.settings import WorkerSource
from planner.geo import geometry_to_plane, to_plane
from planner.streets import StreetGraph, read_streets

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not DATA.is_dir(), reason="the real data are not beside the project"),
]
Made = tuple[District, StreetGraph | None, Demand]


def _made(name: str, folder: Path) -> Made:
    DISTRICTS[name](folder / name)
    district = read_district(folder / name)
    streets = read_streets(district, cache=folder / "cache")
    return district, streets, build_demand(district, streets, cache=folder / "cache")


@pytest.fixture(scope="module")
def xinwu(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return _made("xinwu_features", tmp_path_factory.mktemp("xinwu"))


@pytest.fixture(scope="module")
def futian(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return _made("futian_records", tmp_path_factory.mktemp("futian"))


# Xinwu has a survey of half of the squares, floor area and roads, stated totals


def test_stated_totals_and_surveyed_counts_are_kept_in_xinwu(xinwu: Made) -> None:
    _, _, demand = xinwu
    totals = dict(zip(demand.groups, demand.workers.sum(axis=0), strict=True))
    assert totals == pytest.approx(XINWU_WORKERS, abs=1e-6)
    survey = pd.read_csv(xinwu[0].folder / "survey.csv").set_index("社区")
    for group in demand.groups:
        people = demand.workers[:, demand.groups.index(group)]
        found = pd.Series(people).groupby(demand.cells["community"].to_numpy()).sum()
        counted = survey[group]
        assert found.reindex(counted.index, fill_value=0).to_numpy() == pytest.approx(
            counted.to_numpy(), abs=2e-3
        )


def test_riders_of_a_surveyed_square_lie_by_the_shop_floor_in_it(xinwu: Made) -> None:
    district, streets, demand = xinwu
    plane = projection_of(district)
    cells = gpd.read_file(district.folder / "floor.gpkg")
    shops = cells[cells["类别"] == "商业"].to_crs(plane)
    surveyed = pd.read_csv(district.folder / "survey.csv").set_index("社区")["rider"]
    busiest = str(surveyed.idxmax())
    area = district.communities.to_crs(plane).geometry[busiest]
    here = (demand.cells["community"] == busiest).to_numpy()
    told = demand.workers[here, demand.groups.index("rider")]
    # Squares that lie in the community whole hold the floor that an overlay of the files gives.
    corner = np.floor(demand.cells.loc[here, ["x", "y"]].to_numpy() / 250) * 250
    boxes = gpd.GeoSeries.from_wkt(
        [f"POLYGON(({x} {y},{x + 250} {y},{x + 250} {y + 250},{x} {y + 250},{x} {y}))"
         for x, y in corner], crs=plane,
    )  # fmt: skip
    whole = boxes.within(area).to_numpy()
    overlaps = [shops.geometry.intersection(box).area / shops.geometry.area for box in boxes]
    floor = np.array([float((share * shops["建筑面积"]).sum()) for share in overlaps])
    known = whole & (floor > 0)
    assert known.sum() > 15
    ratio = told[known] / floor[known]
    big = told[known] > 0.5
    assert ratio[big] == pytest.approx(np.full(big.sum(), np.median(ratio[big])), rel=0.02)
    assert streets is not None


def test_the_sources_of_xinwu_are_told_and_their_order_does_not_matter(xinwu: Made) -> None:
    district, streets, demand = xinwu
    used = demand.sources.groupby("group")["used"].sum()
    assert used.to_dict() == pytest.approx(XINWU_WORKERS)
    again = build_demand(replace(district, workers=district.workers[::-1]), streets)
    assert np.array_equal(again.people_milli, demand.people_milli)
    pd.testing.assert_frame_equal(again.sources, demand.sources)


# Futian has raw taxi records and a stated headcount


def test_drivers_follow_the_records_of_the_taxis_by_hour_and_square(futian: Made) -> None:
    district, _, demand = futian
    assert demand.workers.sum() == pytest.approx(FUTIAN_DRIVERS)
    by_hour = demand.people_milli.sum(axis=(1, 2))[demand.band_of_hour[:24]] / 1000
    assert by_hour.max() <= FUTIAN_DRIVERS
    # Counted by other code: hours of a taxi by the share of its records in the hour.
    taxi = pd.read_csv(
        DATA / "shenzhen" / "TaxiData-Sample.csv.gz",
        header=None, usecols=range(4), names=["vehicle", "time", "lng", "lat"],
    )  # fmt: skip
    inside = gpd.GeoSeries(gpd.points_from_xy(taxi["lng"], taxi["lat"])).intersects(
        district.boundary
    )
    taxi["hour"] = taxi["time"].str.slice(0, 2).astype(int)
    taxi["share"] = 1 / taxi.groupby(["vehicle", "hour"])["time"].transform("size")
    taxi = taxi[inside.to_numpy()]
    seen = taxi.groupby("hour")["share"].sum().reindex(range(24), fill_value=0)
    assert np.corrcoef(seen, by_hour)[0, 1] > 0.9
    xy = to_plane(taxi["lng"], taxi["lat"], projection=projection_of(district))
    hours = taxi["share"].groupby(squares_at(xy)).sum()
    own = squares_at(demand.cells[["x", "y"]].to_numpy())
    drivers = pd.Series(demand.workers[:, 0]).groupby(own).sum()
    assert np.corrcoef(hours.reindex(drivers.index, fill_value=0.0), drivers)[0, 1] > 0.9


def test_no_vehicle_of_the_records_is_named_anywhere(futian: Made) -> None:
    district, _, demand = futian
    path = DATA / "shenzhen" / "TaxiData-Sample.csv.gz"
    vehicles = set(pd.read_csv(path, header=None, usecols=[0])[0].astype(str))
    told = " ".join([*map(str, demand.notes), *map(str, demand.problems), demand.sources.to_csv()])
    words = set("".join(letter if letter.isdigit() else " " for letter in told).split())
    assert not words & vehicles
    assert not set(demand.cells.index) & vehicles
    assert district.workers[0].rows.empty


def test_what_the_errors_say_is_about_how_far_the_cells_are_off(futian: Made) -> None:
    """Survey the true hours of taxis by community, and hold the cells against the truth."""
    district, streets, truth = futian
    by_community = pd.Series(truth.workers[:, 0]).groupby(truth.cells["community"].to_numpy()).sum()
    rows = pd.DataFrame(
        {"community": by_community.index, "group": "driver", "workers": by_community.to_numpy(),
         "period": ""}
    )  # fmt: skip
    rows = rows[rows["community"] != ""]
    table = WorkerTable(source=WorkerSource(path="survey", kind="survey", trust=1e6), rows=rows)
    groups = tuple(replace(group, total_workers=None) for group in district.settings.groups)
    told = build_demand(
        replace(district, workers=(table,), settings=replace(district.settings, groups=groups)),
        streets,
    )
    true = pd.Series(truth.workers[:, 0], index=_squares(truth)).groupby(level=[0, 1]).sum()
    here = pd.Series(told.workers[:, 0], index=_squares(told))
    off = here - true.reindex(here.index, fill_value=0.0)
    said = told.error_share[:, 0] * told.workers[:, 0]
    ratio = np.sqrt((off**2).sum() / (said**2).sum())
    assert 0.6 < ratio < 1.5


def _squares(demand: Demand) -> pd.MultiIndex:
    square = squares_at(demand.cells[["x", "y"]].to_numpy())
    return pd.MultiIndex.from_arrays([demand.cells["community"].to_numpy(), square])


# Shanghai and its restaurants


def test_restaurants_of_shanghai_stand_for_riders_by_their_rates(tmp_path: Path) -> None:
    district, _, demand = _made("shanghai_riders", tmp_path)
    rows = district.workers[0].rows
    plane = projection_of(district)
    spots = to_plane(*shapely.get_coordinates(rows["geometry"].to_numpy()).T, projection=plane)
    boundary = geometry_to_plane(district.boundary, projection=plane)
    rows = rows[shapely.intersects_xy(boundary, spots)]
    fast = rows["of"].str.contains(r"(?:^|\|)餐饮服务;快餐厅", regex=True)
    food = rows["of"].str.contains(r"(?:^|\|)餐饮服务", regex=True)
    most = 4 * int(fast.sum()) + 2 * int((food & ~fast).sum())
    assert demand.workers.sum() == pytest.approx(most, abs=0.01)
    assert (demand.sources["pattern_share"] == 1).all()
