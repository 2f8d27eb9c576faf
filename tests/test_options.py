"""From lists of stations and venues to options."""

import numpy as np
import pandas as pd
import pytest
from small_plans import STATIONS, VENUES, small_district

from planner.district import projection_of
from planner.errors import InputError
from planner.geo import to_plane
from planner.hours import ALWAYS
from planner.options import Options, build_options


def test_stations_are_kept_free_of_cost_and_venues_opened_at_their_own() -> None:
    options = build_options(small_district())
    assert options.table["measure"].tolist() == ["keep"] * 2 + ["open"] * 4
    assert options.table["cost_setup_yuan"].tolist() == [0.0] * 2 + [3500.0] * 4
    assert options.table["site"].tolist() == options.table.index.tolist()
    assert options.sites["existing"].tolist() == [True] * 2 + [False] * 4


def test_each_value_that_was_not_in_the_list_is_counted() -> None:
    assert build_options(small_district()).table["assumed"].tolist() == [2, 0, 2, 0, 0, 0]


def test_hours_access_and_listing_are_those_of_the_list() -> None:
    table = build_options(small_district()).table
    assert table.loc["S2", "hours"] == ALWAYS
    assert table.loc["S2", "access"] == "gated"
    assert table.loc["V2", "access"] == "registration"
    assert bool(table.loc["V2", "listed"])


def test_a_station_in_maintenance_is_not_working() -> None:
    stations = STATIONS.assign(status=["maintenance", "open"])
    table = build_options(small_district(stations=stations)).table
    assert table["working"].tolist() == [False, True, True, True, True, True]


def test_sites_stand_in_the_plane_of_the_district_and_know_their_community() -> None:
    district = small_district()
    sites = build_options(district).sites
    plane = to_plane(sites["lon"], sites["lat"], projection=projection_of(district))
    assert np.abs(sites[["x", "y"]].to_numpy() - plane).max() == 0
    assert sites["community"].tolist() == ["C1", "C2", "C1", "C2", "C2", "C2"]


@pytest.mark.parametrize(
    ("stations", "venues", "count"),
    [(STATIONS, VENUES.iloc[:0], 2), (STATIONS.iloc[:0], VENUES, 4)],
)
def test_a_district_may_have_stations_or_venues_alone(
    stations: pd.DataFrame, venues: pd.DataFrame, count: int
) -> None:
    options = build_options(small_district(stations=stations, venues=venues))
    assert len(options.table) == count
    assert options.table["cost_setup_yuan"].dtype == np.float64
    assert options.sites["existing"].dtype == np.bool_


def test_a_district_without_either_is_refused() -> None:
    with pytest.raises(InputError, match="neither a station nor a venue"):
        build_options(small_district(stations=STATIONS.iloc[:0], venues=VENUES.iloc[:0]))


def test_an_id_of_both_a_station_and_a_venue_is_refused() -> None:
    # A district never holds one: reading sets the venue aside.
    venues = VENUES.set_axis(["S1", "V2", "V3", "V4"], axis=0)
    with pytest.raises(ValueError, match="must be unique"):
        build_options(small_district(venues=venues))


def test_an_option_without_a_site_is_refused() -> None:
    options = build_options(small_district())
    with pytest.raises(ValueError, match="every option needs a site"):
        Options(sites=options.sites.drop(index="V1"), table=options.table)


def test_ids_that_are_there_twice_are_refused() -> None:
    options = build_options(small_district())
    with pytest.raises(ValueError, match="must be unique"):
        Options(sites=options.sites, table=pd.concat([options.table, options.table]))
