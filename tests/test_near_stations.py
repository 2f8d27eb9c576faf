"""Who is too far from an open station after an edit, against the check of everything."""

import pytest
from coverage_towns import districts
from hypothesis import given, settings
from hypothesis import strategies as st
from plane_towns import Place, plane_town

from planner.coverage import Coverage, NearStations, TooFar, cell_needs, check_gaps
from planner.district.settings import GapRules
from planner.hours import WeeklyHours

PLACES = {
    "S1": Place(x=0.0, stands=True),
    "S2": Place(x=0.0, stands=True, hours=WeeklyHours(())),
    "V1": Place(x=2000.0),
}
CELLS = [(1000.0, 0.0), (1000.001, 0.0), (2900.0, 0.0), (3900.0, 0.0)]
"""At the limit of S1; a millimetre beyond it; near V1 alone; near nothing."""


def test_whom_a_station_that_opens_has_near_is_no_longer_too_far() -> None:
    coverage = plane_town(PLACES, CELLS, {"rider": [1, 2, 4, 8]}, reach_m=1500.0)
    near = NearStations(coverage, cell_needs(coverage, rules=GapRules()))
    assert near.too_far(["S1", "S2"]) == TooFar(workers=6, cells=2)
    assert near.too_far(["S2"]) == TooFar(workers=7, cells=3)
    assert near.too_far(["S1", "V1"]) == TooFar(workers=0, cells=0)
    with pytest.raises(ValueError, match="there is no option 'V9'"):
        near.too_far(["V9"])


@given(districts(), st.sampled_from([0.0, 2.0]), st.data())
@settings(max_examples=60, deadline=None)
def test_of_any_options_those_are_too_far_whom_the_check_of_all_cells_finds(
    coverage: Coverage, least: float, data: st.DataObject
) -> None:
    rules = GapRules(urban_m=500.0, dense_m=300.0, dense_workers_per_km2=4.0, least_workers=least)
    near = NearStations(coverage, cell_needs(coverage, rules=rules))
    there = data.draw(st.sets(st.sampled_from(list(coverage.options.table.index))))
    whole = check_gaps(coverage, there, rules=rules).whole
    assert near.too_far(there) == TooFar(
        workers=whole["gap_workers"], cells=int(whole["gap_cells"])
    )
