"""The sample district: what is promised of it, and that each planted fault of its copy is found."""

import gzip
import re
import sys
from collections import Counter
from pathlib import Path

import geopandas as gpd
import networkx as nx
import pandas as pd
import pytest
from shapely import union_all

from planner.bundle import sample_folder
from planner.demand import Demand, build_demand
from planner.density.hosts import plausible_hosts
from planner.district import District, WorkerTable, projection_of, read_district
from planner.district.settings import MEASURES
from planner.options import build_options

DATA = sample_folder().parent
sys.path.insert(0, str(DATA))  # the script and its parts stand beside the sample

from invention.faults import FAULTS, Fault  # noqa: E402 - found by the line above
from make_sample import main as make_sample  # noqa: E402 - found by the line above

FAULTY = DATA / "sample_faulty"
WORKBOOKS = ("stations.xlsx", "venues.xlsx", "workers.xlsx")


@pytest.fixture(scope="module")
def district() -> District:
    return read_district(sample_folder())


@pytest.fixture(scope="module")
def faulty() -> District:
    return read_district(FAULTY)


@pytest.fixture(scope="module")
def demand(district: District, tmp_path_factory: pytest.TempPathFactory) -> Demand:
    """The workers of all sources without streets, which takes a second."""
    return build_demand(district, None, cache=tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def taxis() -> pd.DataFrame:
    rows = pd.read_csv(sample_folder() / "taxi_records.csv.gz", parse_dates=["定位时间"])
    return rows.assign(day=rows["定位时间"].dt.date)


@pytest.fixture(scope="module")
def network() -> nx.MultiGraph:
    roads = gpd.read_file(sample_folder() / "streets.gpkg")
    graph = nx.MultiGraph()
    for line, highway, name in zip(roads.geometry, roads["highway"], roads["name"], strict=True):
        graph.add_edge(line.coords[0], line.coords[-1], highway=highway, name=name)
    return graph


def source(district: District, kind: str) -> WorkerTable:
    """Give the one source of a kind."""
    (found,) = (table for table in district.workers if table.source.kind == kind)
    return found


# What the issue asks of it


def test_the_sample_has_no_fault(district: District) -> None:
    assert district.problems == ()
    assert district.rejected.empty
    assert district.to_place.empty


def test_37_stations_exist_and_three_closed_ones_are_candidates(district: District) -> None:
    assert len(district.stations) == 37
    assert Counter(district.stations["status"]) == {"open": 35, "maintenance": 2}
    assert len(district.venues) == 330 + 3


def test_venues_are_of_eight_host_types_with_cost_and_hours(district: District) -> None:
    venues = district.venues[~district.venues.index.str.startswith("S")]
    assert venues["host_type"].nunique() == 8
    assert venues["cost_setup_yuan"].between(2_000, 40_000).all()
    assert 0 < venues["hours_assumed"].sum() < 40


def test_venues_say_who_would_pay_and_some_sites_are_benchmarks(district: District) -> None:
    venues = district.venues[~district.venues.index.str.startswith("S")]
    assert venues["union_share"].dropna().between(0.2, 1).all()
    assert 0 < venues["union_share"].isna().sum() < 60
    assert venues["union_share"].groupby(venues["host_type"]).nunique().max() == 1
    assert (district.stations["benchmark"].sum(), venues["benchmark"].sum()) == (3, 21)


def test_its_measures_make_every_kind_of_option(district: District) -> None:
    table = build_options(district).table
    assert set(table["measure"]) == {
        "keep", "open", "open_evening", "open_24h", "container", "upgrade", "move",
    }  # fmt: skip
    taken = {step for steps in table["steps"] for step in steps}
    assert taken == set(MEASURES) - {"admit", "close"}  # every station admits everybody
    stays = table[table["measure"] == "container"]
    assert set(stays["season"]) == {"", "summer", "winter"}
    assert set(district.venues.loc[stays["site"], "host_type"]) == {"park"}


def test_each_community_has_a_venue_of_its_own(district: District) -> None:
    assert len(district.communities) == 33
    assert set(district.communities.index) <= set(district.venues["community"])


def test_some_stations_are_gated_some_unlisted_and_some_shut_at_noon(district: District) -> None:
    stations = district.stations
    shut_at_noon = [not hours.open_at(12 * 60 + 30) for hours in stations["hours"]]
    assert (stations["access"] == "gated").sum() >= 4
    assert (~stations["listed"].astype(bool)).sum() >= 5
    assert sum(shut_at_noon) >= 5


def test_workers_are_30_000_in_six_groups(district: District) -> None:
    rows = source(district, "survey").rows
    headcount = rows[rows["period"] == ""]
    assert headcount["group"].nunique() == 6
    assert headcount["workers"].sum() == 30_000
    assert set(headcount["community"]) == set(district.communities["name"])
    assert set(rows["period"]) - {""} == {period.id for period in district.settings.periods}


def test_no_period_has_more_people_than_the_headcount(district: District) -> None:
    wide = source(district, "survey").rows.pivot_table(
        index=["community", "group"], columns="period", values="workers"
    )
    assert (wide.drop(columns="").max(axis=1) <= wide[""]).all()


def test_1_496_places_of_a_map_service_lie_in_the_district_and_half_are_for_eating(
    district: District,
) -> None:
    poi = source(district, "proxies")
    assert len(poi.rows) == 1_496
    assert poi.rows["of"].str.fullmatch(r"[^;]+;[^;]+;[^;]+").all()
    assert 600 < poi.rows["of"].str.startswith("餐饮服务").sum() < 900
    assert poi.rows["geometry"].map(district.boundary.buffer(1e-4).contains).all()
    assert {rate.group for rate in poi.source.rates} == {"rider"}
    hosts = plausible_hosts(district, projection=projection_of(district))
    assert {"bank", "fuel", "shop", "phone_shop", "park", "logistics"} <= set(hosts["host_type"])


def test_96_taxis_are_recorded_every_two_minutes_on_a_weekday_and_a_saturday(
    taxis: pd.DataFrame,
) -> None:
    assert taxis["车牌号"].nunique() == 96
    assert {day.isoweekday() for day in taxis["day"]} == {3, 6}
    steps = taxis.groupby(["车牌号", "day"])["定位时间"].diff().dt.total_seconds()
    assert steps.median() == 120
    assert (steps.dropna() > 0).all()
    assert (sample_folder() / "taxi_records.csv.gz").stat().st_size < 1_000_000


def test_taxis_keep_to_the_streets(taxis: pd.DataFrame) -> None:
    roads = gpd.read_file(sample_folder() / "streets.gpkg").to_crs("EPSG:4523")
    some = taxis.iloc[::37]
    spots = gpd.GeoSeries.from_xy(some["经度"], some["纬度"], crs=4326).to_crs("EPSG:4523")
    _, away = roads.sindex.nearest(spots, return_all=False, return_distance=True)
    assert len(away) > 1_000
    assert (away < 100).all()  # a record between two corners of a street may lie off its line
    assert pd.Series(away).median() < 12


def test_more_taxis_stand_at_noon_than_in_the_rush_hour(taxis: pd.DataFrame) -> None:
    steps = taxis.groupby(["车牌号", "day"])[["经度", "纬度"]].diff().abs().sum(axis=1)
    stands = steps < 0.0005  # some 50 m in two minutes
    share = stands.groupby(taxis["定位时间"].dt.hour).mean()
    assert share[12] > 2 * share[8]


def test_5_200_drivers_are_stated_and_4_200_counted_so_that_the_total_is_31_000(
    demand: Demand,
) -> None:
    assert demand.workers.sum() == pytest.approx(31_000)
    assert demand.workers[:, demand.groups.index("driver")].sum() == pytest.approx(5_200)
    assert (demand.cells["community"] != "").all()
    (told,) = (str(each) for each in demand.notes if "5,200" in str(each))
    assert "4,200 counted, scaled to the stated total" in told
    assert demand.problems == ()


def test_restaurants_and_records_say_where_riders_and_drivers_are(demand: Demand) -> None:
    patterns = demand.sources[demand.sources["gives"] == "pattern"].set_index("group")
    assert patterns["kind"].to_dict() == {"rider": "proxies", "driver": "pings"}
    assert patterns["counted"]["driver"] == 96
    assert (patterns["used"] == 0).all()
    assert (patterns["pattern_share"] > 0.9).all()


def test_the_district_has_400_km2_and_communities_fill_it(district: District) -> None:
    plane = gpd.GeoSeries([district.boundary], crs=4326).to_crs("EPSG:4523")
    parts = district.communities.to_crs("EPSG:4523").geometry
    assert plane.area.iloc[0] == pytest.approx(400e6, rel=0.02)
    assert parts.area.sum() == pytest.approx(plane.area.iloc[0], rel=1e-4)
    assert union_all(parts).symmetric_difference(plane.iloc[0]).area < 3_000


def test_the_streets_have_8_000_to_12_000_junctions_and_hang_together(
    network: nx.MultiGraph,
) -> None:
    junctions = [node for node, degree in network.degree() if degree != 2]
    dead_ends = [node for node, degree in network.degree() if degree == 1]
    parts = sorted(map(len, nx.connected_components(network)))
    assert 8_000 <= len(junctions) <= 12_000
    assert 0 < len(dead_ends) < len(junctions) / 2
    assert len(parts) == 2  # the hamlet whose way out is missing on the map
    assert parts[0] < 20


def test_the_banks_of_the_river_are_joined_by_few_bridges(network: nx.MultiGraph) -> None:
    names = {name for _, _, name in network.edges(data="name") if isinstance(name, str)}
    crossings = {name for name in names if "桥" in name}
    without = network.edge_subgraph(
        [(a, b, k) for a, b, k, d in network.edges(keys=True, data=True) if not _crosses(d)]
    )
    large = [part for part in nx.connected_components(without) if len(part) > 500]
    assert len(crossings) == 6
    assert len(large) == 2


def _crosses(street: dict[str, object]) -> bool:
    """Tell whether a street leads over the river: a bridge, or the motorway."""
    return "桥" in str(street["name"]) or str(street["highway"]).startswith("motorway")


def test_it_says_in_every_file_that_it_is_invented(district: District) -> None:
    assert "虚构" in district.settings.data_note
    assert "invented" in district.settings.data_note
    for name in WORKBOOKS:
        sheets = pd.read_excel(sample_folder() / name, sheet_name=None, header=None)
        assert "虚构" in str(sheets["说明"].iloc[0, 0])
        assert "虚构" in str(next(iter(sheets.values())).iloc[0, 0])
    for name in ("boundary.geojson", "communities.geojson"):
        assert "虚构" in (sample_folder() / name).read_text(encoding="utf-8")[:200]
    poi = pd.read_csv(sample_folder() / "poi.csv")
    assert poi["编号"].str.startswith("虚构").all()
    assert poi["区县"].str.contains("虚构").all()


def test_its_telephone_numbers_belong_to_nobody() -> None:
    rows = pd.read_excel(sample_folder() / "stations.xlsx", header=1, dtype=str)
    assert rows["联系电话"].str.fullmatch(r"10000\d{6}").all()  # no number in China begins so


def test_its_number_plates_belong_to_nobody(taxis: pd.DataFrame) -> None:
    assert taxis["车牌号"].str.fullmatch(r"虚A10\d{3}").all()  # 虚 (invented) is no province


# The script


@pytest.mark.slow
def test_the_script_makes_the_same_files_again(tmp_path: Path) -> None:
    make_sample(tmp_path)
    for folder in ("sample", "sample_faulty"):
        made = sorted(path.name for path in (tmp_path / folder).iterdir())
        assert made == sorted(path.name for path in (DATA / folder).iterdir())
        for name in made:
            _assert_same(tmp_path / folder / name, DATA / folder / name)


def _assert_same(made: Path, kept: Path) -> None:
    if made.suffix == ".gpkg":  # the version of SQLite that wrote it stands inside
        pd.testing.assert_frame_equal(gpd.read_file(made), gpd.read_file(kept))
    elif made.suffix == ".xlsx":
        sheets = pd.read_excel(kept, sheet_name=None, header=None)
        for name, sheet in pd.read_excel(made, sheet_name=None, header=None).items():
            pd.testing.assert_frame_equal(sheet, sheets[name])
    elif made.suffix == ".gz":  # versions of zlib pack differently
        assert gzip.decompress(made.read_bytes()) == gzip.decompress(kept.read_bytes())
    else:
        assert made.read_text(encoding="utf-8") == kept.read_text(encoding="utf-8")


# The faulty copy


def test_25_faults_are_planted_each_in_a_row_of_its_own() -> None:
    assert len(FAULTS) == 25
    assert len({(fault.file, fault.line) for fault in FAULTS}) == 25


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.kind)
def test_each_planted_fault_is_told_by_file_row_and_column(faulty: District, fault: Fault) -> None:
    found = [
        (problem.column, problem.fatal)
        for problem in faulty.problems
        if problem.table.split(" ")[0] == fault.file and problem.row == fault.line
    ]
    assert found == [(fault.column, not fault.used)]


def test_nothing_but_the_planted_faults_is_told(faulty: District) -> None:
    told = {(problem.table.split(" ")[0], problem.row) for problem in faulty.problems}
    assert told <= {(fault.file, fault.line) for fault in FAULTS}


def test_every_row_is_used_set_aside_or_waits_for_a_place(faulty: District) -> None:
    set_aside = Counter(str(table).split(" ")[0] for table in faulty.rejected["table"])
    assert set_aside == Counter(fault.file for fault in FAULTS if not fault.used)
    assert len(faulty.to_place) == 1
    sites = len(faulty.stations) + len(faulty.venues) + len(faulty.to_place)
    assert sites + set_aside["stations.xlsx"] + set_aside["venues.xlsx"] == 40 + 330


def test_no_name_or_telephone_number_of_a_person_is_kept(faulty: District) -> None:
    rejected = faulty.rejected.to_csv()
    told = "\n".join(map(str, faulty.problems))
    for text in (rejected, told, faulty.stations.to_csv()):
        assert "1000000" not in text
        assert not re.search("[赵钱孙李周吴郑王]某", text)
