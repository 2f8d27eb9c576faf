"""The largest distance to an open station: limits, density classes, what nothing could serve."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plane_towns import PERIODS, Place, demand_of, groups_of, options_of, plane_town
from small_towns import cut_streets, random_towns, spot, town, ways

from planner.coverage import Coverage, GapCheck, build_coverage, check_gaps, small_stations
from planner.coverage.around import workers_around
from planner.district.settings import GapRules
from planner.hours import WeeklyHours
from planner.language import use_language

RULES = GapRules()
NEVER = WeeklyHours(())


def gaps(
    places: Mapping[str, Place],
    cells: Sequence[tuple[float, float]],
    workers: Sequence[float],
    rules: GapRules = RULES,
) -> GapCheck:
    """Check a town with ways of up to 1.5 km, its standing stations open."""
    coverage = plane_town(places, cells, {"rider": workers}, reach_m=1500.0)
    return check_gaps(coverage, standing(coverage), rules=rules)


def standing(coverage: Coverage) -> list[str]:
    table = coverage.options.table
    return list(table.index[table["measure"] == "keep"])


# S5: the Shandong rule


def test_s5_gaps_over_1_km_and_over_half_a_km_where_workers_are_dense_are_flagged() -> None:
    # A busy crossing 600 m from the station, two quiet streets 999 and 1001 m from it on the other
    # side, and a venue that could serve both gaps but not the far village.
    places = {"S1": Place(x=0, stands=True), "V1": Place(x=700), "V2": Place(x=-1300)}
    cells = [(600, 0), (0, -999), (-1001, 0), (0, 9000)]
    found = gaps(places, cells, [500, 20, 10, 7])
    cell = found.by_cell
    assert cell["dense"].tolist() == [True, False, False, False]
    assert cell["limit_m"].tolist() == [500, 1000, 1000, 1000]
    assert cell["state"].tolist() == ["gap", "served", "gap", "exempt"]
    assert cell["nearest_m"].tolist()[:3] == [600, 999, 1001]
    assert cell["nearest"].tolist() == ["S1", "S1", "S1", ""]
    assert cell["candidate"].tolist() == ["V1", "V1", "V2", ""]
    assert cell["candidate_m"].tolist()[0] == 100
    assert list(found.gaps.index) == ["c0", "c2"]
    assert list(found.exempt.index) == ["c3"]
    assert found.whole["gap_workers"] == 510
    assert found.whole["served_workers"] == 20
    assert found.whole["exempt_workers"] == 7
    assert found.whole["workers"] == 537


def test_s5_a_station_of_12_m2_is_large_enough_one_below_is_flagged_the_unknown_are_apart() -> None:
    stations = pd.DataFrame(
        {
            "name": ["甲", "乙", "丙", "丁", "戊"],
            "community": ["C1", "C1", "C2", "", ""],
            "area_m2": [12.0, 11.9, None, 8.0, np.nan],
        },
        index=["S1", "S2", "S5", "S4", "S3"],
    )
    found = small_stations(stations, rules=RULES)
    assert list(found.index) == ["S4", "S2", "S3", "S5"]
    assert found["known"].tolist() == [True, True, False, False]
    assert list(found.columns) == ["name", "community", "area_m2", "known"]
    assert list(small_stations(stations, rules=GapRules(least_area_m2=12.5)).index) == [
        "S4", "S2", "S1", "S3", "S5",
    ]  # fmt: skip


def test_a_list_without_any_area_is_a_list_of_unknown_rooms() -> None:
    stations = pd.DataFrame({"name": ["甲"], "community": [""], "area_m2": [None]}, index=["S1"])
    assert small_stations(stations, rules=RULES)["known"].tolist() == [False]
    assert small_stations(stations.iloc[:0], rules=RULES).empty


# The borders


@pytest.mark.parametrize(("metres", "state"), [(1000.0, "served"), (1000.001, "gap")])
def test_the_limit_itself_is_served_and_a_millimetre_more_is_a_gap(
    metres: float, state: str
) -> None:
    found = gaps({"S1": Place(x=0, stands=True), "V1": Place(x=1100)}, [(metres, 0)], [1])
    assert found.by_cell["state"].tolist() == [state]


@pytest.mark.parametrize(("metres", "state"), [(1000.0, "gap"), (1000.001, "exempt")])
def test_what_a_candidate_at_the_limit_could_serve_is_a_gap_a_millimetre_more_is_exempt(
    metres: float, state: str
) -> None:
    found = gaps({"V1": Place(x=0)}, [(metres, 0)], [1])
    assert found.by_cell["state"].tolist() == [state]


@pytest.mark.parametrize(("workers", "dense"), [(500.0, True), (499.999, False)])
def test_from_the_stated_density_on_workers_are_dense(workers: float, dense: bool) -> None:  # noqa: FBT001 - a column of the table above
    found = gaps({"S1": Place(x=0, stands=True)}, [(0, 0)], [workers])
    assert found.by_cell["dense"].tolist() == [dense]


def test_density_counts_the_circle_of_one_square_kilometre_around_each_cell() -> None:
    # The radius is 564.1896 m. Cells on a line at 0, 564, 565 and 1128 m.
    cells = [(0, 0), (564, 0), (565, 0), (1128, 0)]
    found = gaps({"S1": Place(x=0, stands=True)}, cells, [1, 10, 100, 1000])
    assert found.by_cell["workers_km2"].tolist() == [11, 1111, 1110, 1110]


def test_cells_with_no_more_workers_than_the_least_need_no_station() -> None:
    places = {"V1": Place(x=0)}
    cells = [(0, 0), (10, 0), (20, 0)]
    found = gaps(places, cells, [0, 5, 5.001])
    assert found.by_cell["state"].tolist() == ["not_required", "gap", "gap"]
    found = gaps(places, cells, [0, 5, 5.001], GapRules(least_workers=5))
    assert found.by_cell["state"].tolist() == ["not_required", "not_required", "gap"]
    assert found.whole["cells"] == 1
    assert found.whole["workers"] == pytest.approx(5.001)


# Which stations count


def test_a_station_counts_that_works_is_listed_is_not_gated_and_opens_at_some_time() -> None:
    coverage = plane_town(
        {"S1": Place(x=0, stands=True), "V1": Place(x=9)}, [(0, 0)], {"rider": [1]}, reach_m=1500.0
    )
    assert check_gaps(coverage, ["S1"], rules=RULES).whole["gap_cells"] == 0
    faults = {"working": False, "listed": False, "access": "gated", "hours": NEVER}
    for column, fault in faults.items():
        was = coverage.options.table
        table = was.assign(**{column: pd.Series([fault, was[column]["V1"]], index=["S1", "V1"])})
        spoilt = replace(coverage, options=replace(coverage.options, table=table))
        found = check_gaps(spoilt, ["S1"], rules=RULES)
        assert found.by_cell["state"].tolist() == ["gap"], column
        assert found.by_cell["candidate"].tolist() == ["S1"]
    table = coverage.options.table.copy()
    table["access"] = "registration"
    asking = replace(coverage, options=replace(coverage.options, table=table))
    assert check_gaps(asking, ["S1"], rules=RULES).whole["gap_cells"] == 0


def test_opening_a_venue_closes_the_gap_it_reaches() -> None:
    coverage = plane_town({"V1": Place(x=0)}, [(600, 0)], {"rider": [3]}, reach_m=1500.0)
    assert check_gaps(coverage, [], rules=RULES).whole["gap_workers"] == 3
    assert check_gaps(coverage, ["V1"], rules=RULES).whole["gap_workers"] == 0


def test_of_equally_near_stations_the_first_id_is_named() -> None:
    places = {"S2": Place(x=10, stands=True), "S1": Place(x=-10, stands=True)}
    assert gaps(places, [(0, 0)], [1]).by_cell["nearest"].tolist() == ["S1"]


# Lists


def test_streets_and_communities_add_up_to_the_whole_and_the_worst_come_first() -> None:
    places = {"S1": Place(x=0, stands=True), "V1": Place(x=2000)}
    coverage = plane_town(
        places, [(0, 0), (1500, 0), (2000, 0), (9999, 0)], {"rider": [4, 6, 8, 2]}, reach_m=1500.0
    )
    cells = coverage.demand.cells.assign(community=["A", "A", "B", ""])
    coverage = replace(coverage, demand=replace(coverage.demand, cells=cells))
    communities = pd.DataFrame({"street": ["东街", None]}, index=["A", "B"])
    found = check_gaps(coverage, ["S1"], rules=RULES, communities=communities)
    assert list(found.by_community.index) == ["B", "A", ""]
    assert found.by_community["gap_workers"].tolist() == [8, 6, 0]
    assert found.by_community["exempt_workers"].tolist() == [0, 0, 2]
    assert found.by_community["served_share"].tolist() == [0, 0.4, 0]
    assert found.by_community["farthest_m"].tolist() == [np.inf, 1500, np.inf]
    assert found.by_community["street"].tolist() == ["", "东街", ""]
    assert dict(found.by_street["gap_workers"]) == {"": 8, "东街": 6}
    for table in (found.by_community, found.by_street):
        sums = table[["cells", "workers", "gap_cells", "gap_workers", "exempt_workers"]].sum()
        assert (sums == found.whole[sums.index]).all()
    assert set(check_gaps(coverage, ["S1"], rules=RULES).by_cell["street"]) == {""}


def test_the_result_is_told_in_both_languages() -> None:
    found = gaps({"V1": Place(x=0)}, [(0, 0)], [3])
    assert str(found).startswith("Of 3 workers whose place must have a station near, 0 have")
    use_language("zh")
    assert str(found).startswith("应在限距内设有站点的劳动者共3人")


# Arguments


def test_ways_on_foot_that_are_missing_or_too_short_are_told() -> None:
    coverage = plane_town({"V1": Place(x=0)}, [(0, 0)], {"rider": [1]}, reach_m=900.0)
    with pytest.raises(ValueError, match=r"urban_m must be above 0 and at most 900, .* got 1000"):
        check_gaps(coverage, [], rules=RULES)
    with pytest.raises(ValueError, match=r"dense_m must be above 0 and at most 900, .* got 901"):
        check_gaps(coverage, [], rules=GapRules(urban_m=900, dense_m=901))
    with pytest.raises(ValueError, match="dense_m must be above 0"):
        check_gaps(coverage, [], rules=GapRules(urban_m=900, dense_m=0))
    check_gaps(coverage, [], rules=GapRules(urban_m=900, dense_m=900))
    with pytest.raises(ValueError, match="lacks the mode 'walk'"):
        check_gaps(replace(coverage, travel={}), [], rules=RULES)


def test_an_option_that_is_not_known_is_refused() -> None:
    coverage = plane_town({"V1": Place(x=0)}, [(0, 0)], {"rider": [1]}, reach_m=1500.0)
    with pytest.raises(ValueError, match="there is no option 'V9'"):
        check_gaps(coverage, ["V9"], rules=RULES)


# Counted once more


@given(random_towns(), st.data())
@settings(max_examples=60, deadline=None)
def test_on_any_streets_the_states_are_those_of_networkx(drawn: tuple, data: st.DataObject) -> None:  # type: ignore[type-arg]  # the tuple of random_towns
    nodes, streets, sites, cells = drawn
    streets = [(a, b, 1000 * mm, 7, 7) for a, b, mm, *_ in streets]
    sites = [(street, 1000 * offset, 1000 * access) for street, offset, access in sites]
    cells = [(street, 1000 * offset, 1000 * access) for street, offset, access in cells]
    stands = data.draw(st.lists(st.booleans(), min_size=len(sites), max_size=len(sites)))
    workers = data.draw(st.lists(st.integers(0, 9), min_size=len(cells), max_size=len(cells)))
    limit_m = data.draw(st.integers(1, 60))
    demand = demand_of([(9000.0 * n, 0) for n in range(len(cells))], {"rider": workers})
    options = options_of({f"s{n}": Place(x=0, stands=there) for n, there in enumerate(stands)})
    coverage = build_coverage(
        demand,
        options,
        {"walk": ways(town(nodes, streets), sites, cells)},
        groups=groups_of({"rider": 100.0}),
        periods=PERIODS,
    )
    rules = GapRules(urban_m=limit_m, dense_m=limit_m)
    found = check_gaps(coverage, standing(coverage), rules=rules)
    graph = cut_streets(streets, sites + cells)
    for n, (street, offset, access) in enumerate(cells):
        lengths = {}
        if street >= 0:
            start = spot(streets, street, offset)
            lengths = nx.single_source_dijkstra_path_length(graph, start, weight="mm")
        way_mm = [
            access + lengths.get(spot(streets, at, offset_mm), np.inf) + leg if at >= 0 else np.inf
            for at, offset_mm, leg in sites
        ]
        within = [way <= 1000 * limit_m for way in way_mm]
        expected = "exempt"
        if not workers[n]:
            expected = "not_required"
        elif any(near and there for near, there in zip(within, stands, strict=True)):
            expected = "served"
        elif any(within):
            expected = "gap"
        assert found.by_cell["state"].iloc[n] == expected


def test_where_nobody_is_nothing_must_have_a_station_and_nothing_is_missing() -> None:
    found = gaps({"S1": Place(x=0, stands=True)}, [], [])
    assert found.by_cell.empty
    assert found.by_community.empty
    assert found.by_street.empty
    assert found.whole.to_dict() == {
        "cells": 0,
        "workers": 0,
        "served_workers": 0,
        "gap_cells": 0,
        "gap_workers": 0,
        "exempt_cells": 0,
        "exempt_workers": 0,
        "served_share": 1,
        "farthest_m": 0,
    }
    assert str(found).startswith("Of 0 workers")


@given(
    st.lists(
        st.tuples(st.integers(-12, 12), st.integers(-12, 12), st.integers(0, 300)),
        min_size=1,
        max_size=25,
    )
)
@settings(max_examples=60, deadline=None)
def test_the_density_is_that_of_a_plain_double_loop(drawn: list[tuple[int, int, int]]) -> None:
    cells = [(141.0474 * x, 141.0474 * y) for x, y, _ in drawn]
    found = gaps({"S1": Place(x=0, stands=True)}, cells, [count for *_, count in drawn])
    for (x, y), density in zip(cells, found.by_cell["workers_km2"], strict=True):
        near = [
            count
            for (other_x, other_y), (*_, count) in zip(cells, drawn, strict=True)
            if np.pi * ((x - other_x) ** 2 + (y - other_y) ** 2) <= 1e6
        ]
        assert density == sum(near)


@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 400),
    st.sampled_from([0.0, 1.0, 30.0, 141.0474, 600.0]),
    st.sampled_from([40.0, 700.0, 2000.0, 30_000.0]),
)
@settings(max_examples=60, deadline=None)
def test_the_density_of_crowded_cells_is_that_of_every_pair(
    seed: int, cells: int, step_m: float, wide_m: float
) -> None:
    # Anywhere, or (with a step) on a lattice, where many stand on one spot and on the border.
    chance = np.random.default_rng(seed)
    xy = chance.uniform(-wide_m, wide_m, (cells, 2))
    if step_m:
        xy = np.rint(xy / step_m) * step_m
    milli = chance.integers(0, 10**9, cells)
    away = xy[:, None] - xy[None]
    near = (away**2).sum(axis=2) <= math.sqrt(1e6 / math.pi) ** 2
    expected = np.where(near, milli, 0).sum(axis=1)
    assert workers_around(xy, milli).tolist() == expected.tolist()
