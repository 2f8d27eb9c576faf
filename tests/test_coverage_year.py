"""Stations that are there in a part of the year count in its weeks alone."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plane_towns import Place, plane_town

from planner.coverage import Coverage, measure_coverage
from planner.coverage.year import WHOLE_YEAR, cut_year, part_of
from planner.district.settings import ServiceRules
from planner.hours import YEAR_WEEKS
from planner.siting.limits.demand_rows import served_over_year

_HALF_A_MILLI = 0.0005
"""To which people in a slot are told."""
WINTER = (1, 2, 3, 50, 51, 52)
SUMMER = tuple(range(23, 36))


def seasonal(weeks: Sequence[tuple[int, ...]], *, planned: tuple[int, ...] = ()) -> Coverage:
    """Put stations S0, S1 ... 100 m apart beside as many cells of 7 people each; reach 100 m."""
    places = {f"S{n}": Place(x=100.0 * n, stands=True) for n in range(len(weeks))}
    cells = [(100.0 * n, 10.0) for n in range(len(weeks))]
    coverage = plane_town(places, cells, {"rider": [7.0] * len(weeks)})
    there = pd.Series(list(weeks), index=coverage.options.table.index, dtype=object)
    table = coverage.options.table.assign(weeks=there)
    options = replace(coverage.options, table=table)
    return replace(coverage, options=options, planned_weeks=planned)


def test_a_station_of_13_weeks_serves_a_quarter_of_the_year() -> None:
    always, summer = seasonal([()]), seasonal([SUMMER])
    whole = measure_coverage(always, ["S0"])
    part = measure_coverage(summer, ["S0"])
    assert part.total_milli == whole.total_milli
    assert part.served_milli * 4 == whole.served_milli
    assert part.effective_share == pytest.approx(whole.effective_share / 4)
    assert part.by_group["out_of_reach_share"].iloc[0] == pytest.approx(1 - whole.nominal_share / 4)


def test_in_the_season_that_is_planned_for_its_stations_are_there_all_the_time() -> None:
    whole = measure_coverage(seasonal([()]), ["S0"])
    assert measure_coverage(seasonal([SUMMER], planned=SUMMER), ["S0"]).served_milli == (
        whole.served_milli
    )
    assert measure_coverage(seasonal([WINTER], planned=SUMMER), ["S0"]).served_milli == 0


_WEEKS = st.sampled_from([(), WINTER, SUMMER, (1,), tuple(range(30, 52)), tuple(range(2, 53))])


@settings(max_examples=20, deadline=None)
@given(
    weeks=st.lists(_WEEKS, min_size=1, max_size=4),
    planned=st.sampled_from([(), SUMMER, WINTER]),
    data=st.data(),
)
def test_figures_are_those_of_each_week_on_average(
    weeks: list[tuple[int, ...]], planned: tuple[int, ...], data: st.DataObject
) -> None:
    coverage = seasonal(weeks, planned=planned)
    chosen = [name for name in coverage.options.table.index if data.draw(st.booleans())]
    told = measure_coverage(coverage, chosen)
    asked = planned or tuple(range(1, YEAR_WEEKS + 1))
    plain = seasonal([()] * len(weeks))
    own = coverage.options.table["weeks"].to_dict()
    by_week = [
        tuple(name for name in chosen if not own[name] or week in own[name]) for week in asked
    ]
    known = {there: measure_coverage(plain, there) for there in set(by_week)}
    each_week = [known[there] for there in by_week]
    served = np.mean([figures.served_milli for figures in each_week])
    # Each of the rows (at most 4 cells and some slots) is cut to whole numbers.
    assert told.served_milli == pytest.approx(served, abs=4 * len(coverage.slot_minutes))
    assert told.total_milli == plain.total_milli
    assert told.nominal_share == pytest.approx(
        np.mean([figures.nominal_share for figures in each_week]), abs=_HALF_A_MILLI / 7
    )
    assert served_over_year(coverage, chosen) == told.served_milli


@pytest.mark.parametrize(
    "rules",
    [
        ServiceRules(decay="linear"),
        ServiceRules(count_seats=True),
        ServiceRules(count_seats=True, decay="gaussian"),
    ],
)
def test_seats_and_ways_are_counted_in_each_part_of_the_year(rules: ServiceRules) -> None:
    coverage = seasonal([(), SUMMER, WINTER])
    few = coverage.options.table.assign(capacity=1.0)
    coverage = replace(coverage, options=replace(coverage.options, table=few))
    told = measure_coverage(coverage, ["S0", "S1", "S2"], service=rules)
    plain = seasonal([(), (), ()])
    plain = replace(
        plain, options=replace(plain.options, table=plain.options.table.assign(capacity=1.0))
    )
    parts = [(["S0", "S1"], 13), (["S0", "S2"], 6), (["S0"], 33)]
    for name in ("effective_share", "graded_share", "full_share", "nominal_share"):
        expected = sum(
            measure_coverage(plain, there, service=rules).whole[name] * weeks
            for there, weeks in parts
        )
        assert told.whole[name] == pytest.approx(expected / YEAR_WEEKS, abs=3 * _HALF_A_MILLI / 21)


def test_a_year_without_comings_and_goings_is_one_part() -> None:
    (part,) = cut_year([(), ()])
    assert part.share == (0, YEAR_WEEKS, YEAR_WEEKS)
    assert part_of(np.array([5, -3]), WHOLE_YEAR).tolist() == [5, -3]


@given(value=st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=5))
def test_the_parts_of_a_year_add_up_to_the_whole(value: list[int]) -> None:
    whole = np.array(value, np.int64)
    parts = cut_year([(), SUMMER, WINTER, (30, 31, 50)])
    assert np.sum([part_of(whole, part.share) for part in parts], axis=0).tolist() == value
