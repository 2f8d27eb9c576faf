"""The score of candidates: each criterion by hand, scaling, weights, ties."""

from dataclasses import asdict, replace
from math import inf, isclose, nan, pi, sqrt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plane_towns import Place, daily, plane_town

from planner.coverage import Coverage, measure_coverage
from planner.district.settings import ScoreWeights
from planner.language import use_language
from planner.scoring import SCORE_COLUMNS, raw_criteria, score_candidates

NOTHING = ScoreWeights(**dict.fromkeys(asdict(ScoreWeights()), 0.0))
EVEN = ScoreWeights()


def market() -> Coverage:
    """S1 serves the first cell by day. V1 reaches cells 0 and 1, V2 cell 2, V3 nobody."""
    places = {
        "S1": Place(x=0, stands=True, hours=daily(8, 20)),
        "V1": Place(x=100, hours=daily(8, 14), cost=4200.0),
        "V2": Place(x=300, cost=840.0),
        "V3": Place(x=0, y=2000, hours=daily(8, 9), cost=500.0),
    }
    people = {"rider": [10, 2, 5]}
    return plane_town(places, [(0, 0), (200, 0), (300, 0)], people, reach_m=100.0)


def only(**weights: float) -> ScoreWeights:
    return replace(NOTHING, **weights)


def test_each_criterion_is_the_figure_worked_out_by_hand() -> None:
    # V2 is 100 m from cell 1 too, so it serves 7 people all week; V1 newly serves 2 for 42 hours,
    # and the 10 whom S1 serves at those hours already.
    table = score_candidates(market(), weights=EVEN)
    assert table["newly_served_hours"].to_dict() == {"V1": 84, "V2": 7 * 168, "V3": 0}
    assert table["nearest_m"].to_dict() == {"V1": 100, "V2": 300, "V3": 2000}
    assert table["overlap_share"]["V1"] == pytest.approx(10 / 12)
    assert table["overlap_share"]["V2"] == 0
    assert table["overlap_share"]["V3"] == 1
    assert table["yuan_per_hour"]["V1"] == 4200 / 84
    assert table["yuan_per_hour"]["V2"] == 840 / (7 * 168)
    assert np.isnan(table["yuan_per_hour"]["V3"])
    assert table["open_hours_week"].to_dict() == {"V1": 42, "V2": 168, "V3": 7}


def test_the_density_is_of_the_hull_of_the_catchment_widened_by_half_a_cell() -> None:
    # Cells lie 200, 100 and 100 m from the next: the median is 100, so the hull grows by 50 m.
    # That of V1 with cells 0 and 1 is a line of 200 m, that of V2 with cells 1 and 2 one of 100 m.
    table = score_candidates(market(), weights=EVEN)
    round_ends = pi * 50**2
    assert table["workers_km2"]["V1"] == pytest.approx(12 / (2 * 200 * 50 + round_ends) * 1e6)
    assert table["workers_km2"]["V2"] == pytest.approx(7 / (2 * 100 * 50 + round_ends) * 1e6)
    assert table["workers_km2"]["V3"] == 0


def test_the_density_of_a_catchment_with_an_area_counts_area_and_edge() -> None:
    # A right triangle whose corners are 30, 30 and 40 m from the next: it grows by 15 m.
    cells = [(0, 0), (30, 0), (0, 40)]
    coverage = plane_town({"V1": Place(x=0)}, cells, {"rider": [1, 2, 3]}, reach_m=100.0)
    density = score_candidates(coverage, weights=EVEN)["workers_km2"]["V1"]
    assert density == pytest.approx(6 / (600 + 120 * 15 + pi * 15**2) * 1e6)


def test_each_group_counts_in_its_own_catchment() -> None:
    cells = [(0, 0), (100, 0)]
    places = {"V1": Place(x=0)}
    people = {"rider": [1, 2], "courier": [4, 8]}
    reach_m = {"rider": 100.0, "courier": 50.0}
    coverage = plane_town(places, cells, people, reach_m=reach_m)
    density = score_candidates(coverage, weights=EVEN)["workers_km2"]["V1"]
    round_ends = pi * 50**2
    assert density == pytest.approx((3 / (2 * 100 * 50 + round_ends) + 4 / round_ends) * 1e6)


def test_parts_run_from_worst_to_best_and_less_is_better_for_overlap_and_cost() -> None:
    table = score_candidates(market(), weights=EVEN)
    assert table["newly_served_part"].to_dict() == {"V1": 84 / 1176, "V2": 1, "V3": 0}
    assert table["distance_to_nearest_part"].to_dict() == {"V1": 0, "V2": 200 / 1900, "V3": 1}
    assert table["overlap_part"].to_dict() == {"V1": pytest.approx(1 / 6), "V2": 1, "V3": 0}
    assert table["cost_per_hour_part"].to_dict() == {"V1": 0, "V2": 1, "V3": 0}
    assert table["hours_open_part"].to_dict() == {"V1": 35 / 161, "V2": 1, "V3": 0}


def test_the_score_is_the_weighted_sum_of_the_parts_and_the_best_comes_first() -> None:
    table = score_candidates(market(), weights=only(newly_served=3.0, distance_to_nearest=1.0))
    expected = 0.75 * table["newly_served_part"] + 0.25 * table["distance_to_nearest_part"]
    assert table["score"].to_dict() == pytest.approx(expected.to_dict())
    assert list(table.index) == ["V2", "V3", "V1"]
    assert table["rank"].tolist() == [1, 2, 3]


def test_only_the_proportions_of_the_weights_matter() -> None:
    one = score_candidates(market(), weights=only(overlap=1.0, hours_open=2.0))
    other = score_candidates(market(), weights=only(overlap=50.0, hours_open=100.0))
    assert one.equals(other)


def test_equal_candidates_are_ranked_by_id_and_equal_criteria_tell_nothing() -> None:
    places = {"V2": Place(x=0), "V10": Place(x=0), "V1": Place(x=0)}
    table = score_candidates(plane_town(places, [(0, 0)], {"rider": [1]}), weights=EVEN)
    assert list(table.index) == ["V1", "V10", "V2"]
    assert table["rank"].tolist() == [1, 2, 3]
    parts = table[[name for name in table.columns if name.endswith("_part")]]
    assert (parts == 0).all(axis=None)
    assert (table["score"] == 0).all()


def test_where_no_station_stands_the_distance_tells_nothing() -> None:
    coverage = plane_town({"V1": Place(x=0)}, [(0, 0)], {"rider": [1]})
    table = score_candidates(coverage, weights=EVEN)
    assert np.isnan(table["nearest_m"]["V1"])
    assert table["distance_to_nearest_part"]["V1"] == 0
    assert table["overlap_share"]["V1"] == 0


@pytest.mark.parametrize("added", [("V2",), ("V1", "V3"), ("V1", "V2", "V3"), ()])
def test_candidates_that_are_known_and_those_that_are_added_rank_as_all_do(
    added: tuple[str, ...],
) -> None:
    known = raw_criteria(market(), without=added)
    assert sorted(known.index) == sorted({"V1", "V2", "V3"} - set(added))
    pd.testing.assert_frame_equal(
        score_candidates(market(), weights=EVEN, known=known),
        score_candidates(market(), weights=EVEN),
        check_exact=True,
    )


def test_stations_are_not_ranked_and_without_candidates_the_table_is_empty() -> None:
    coverage = plane_town({"S1": Place(x=0, stands=True)}, [(0, 0)], {"rider": [1]})
    table = score_candidates(coverage, weights=EVEN)
    assert table.empty
    assert list(table.columns) == list(SCORE_COLUMNS)
    assert "S1" not in score_candidates(market(), weights=EVEN).index


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (NOTHING, "one weight at least must be above 0"),
        (only(overlap=-0.1, newly_served=1.0), "weight overlap must be at least 0 .* got -0.1"),
        (only(overlap=nan), "weight overlap must be at least 0 and finite, got nan"),
        (only(hours_open=inf), "weight hours_open must be at least 0 and finite, got inf"),
    ],
)
def test_weights_that_make_no_sense_are_refused(weights: ScoreWeights, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        score_candidates(market(), weights=weights)


def test_every_column_is_named_in_chinese() -> None:
    english = [str(name) for name in SCORE_COLUMNS.values()]
    use_language("zh")
    assert all(
        str(name) != told for name, told in zip(SCORE_COLUMNS.values(), english, strict=True)
    )


@st.composite
def towns(draw: st.DrawFn) -> Coverage:
    metres = st.integers(0, 6).map(lambda n: 50.0 * n)
    places = {
        f"{'S' if draw(st.booleans()) else 'V'}{n}": draw(
            st.builds(Place, x=metres, y=metres, cost=st.sampled_from([1.0, 9.0]))
        )
        for n in range(draw(st.integers(1, 6)))
    }
    places = {k: replace(place, stands=k.startswith("S")) for k, place in places.items()}
    cells = draw(st.lists(st.tuples(metres, metres), min_size=1, max_size=5))
    counts = st.lists(st.integers(0, 9), min_size=len(cells), max_size=len(cells))
    return plane_town(places, cells, {"rider": draw(counts)}, reach_m=120.0)


weights_of_any_kind = st.builds(
    ScoreWeights, **{name: st.floats(0, 10) for name in asdict(ScoreWeights())}
).filter(lambda weights: sum(asdict(weights).values()) > 0)


@given(towns(), weights_of_any_kind)
@settings(max_examples=40, deadline=None)
def test_in_any_town_scores_lie_from_0_to_1_and_fall_with_the_rank(
    coverage: Coverage, weights: ScoreWeights
) -> None:
    table = score_candidates(coverage, weights=weights)
    assert table["rank"].tolist() == list(range(1, len(table) + 1))
    assert table["score"].between(0, 1 + 1e-9).all()
    assert (table["score"].diff().dropna() <= 1e-8).all()
    parts = table[[name for name in table.columns if name.endswith("_part")]]
    assert ((parts >= 0) & (parts <= 1)).all(axis=None)


@given(towns())
@settings(max_examples=40, deadline=None)
def test_in_any_town_newly_served_and_distance_are_those_of_a_recount(coverage: Coverage) -> None:
    table = score_candidates(coverage, weights=EVEN)
    today = [name for name in coverage.options.table.index if name.startswith("S")]
    sites = coverage.options.sites
    before = measure_coverage(coverage, today).served_milli
    for name in table.index:
        after = measure_coverage(coverage, [*today, name]).served_milli
        assert round(table["newly_served_hours"][name] * 60_000) == after - before
        ways = [
            sqrt((sites["x"][name] - sites["x"][k]) ** 2 + (sites["y"][name] - sites["y"][k]) ** 2)
            for k in today
        ]
        if ways:
            assert isclose(table["nearest_m"][name], min(ways), abs_tol=1e-6)
