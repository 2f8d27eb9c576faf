"""Rows and outcomes taken over from a district with other candidates, against merging afresh."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from option_towns import Choice, Spot, Town

from planner.bundle import sample_folder
from planner.coverage import Coverage, of_cells
from planner.district.settings import AddedSite, Limits
from planner.hours import ALWAYS, WeeklyHours
from planner.pipeline import Prepared, ground_for, prepare, problem_for, rows_for, with_candidates
from planner.siting import LiveSession, SitingProblem, build_problem
from planner.siting.build import groundwork
from planner.siting.editing.outcomes import LiveOutcomes
from planner.siting.limits import known_rows
from planner.siting.limits.demand_rows import DemandRows
from planner.siting.limits.known_rows import KnownRows, merge_rows

LIMITS = Limits(
    measures=("open", "open_24h", "extend_24h", "container"),
    may_close=("S0",),
    may_move=("S1",),
    containers=1,
    count=3,
)
VENUES = ("V0", "V1", "V2")
NOON = WeeklyHours(tuple((day * 1440 + 660, day * 1440 + 780) for day in range(7)))
SUMMER = tuple(range(23, 36))


def sets_of(
    rows: DemandRows | SitingProblem, options: tuple[str, ...]
) -> dict[frozenset[str], int]:
    """Give the value of each set of options, each set once."""
    table = rows.serves.toarray()
    found = [frozenset(np.array(options)[column].tolist()) for column in table.T]
    assert len(set(found)) == len(found)
    assert rows.serves.has_sorted_indices
    return dict(zip(found, rows.value_milli.tolist(), strict=True))


def known_of(town: Town) -> KnownRows:
    coverage, district = town.coverage(), town.district()
    some = groundwork(coverage, LIMITS, district=district).some
    return merge_rows(coverage, some, district=district)


@st.composite
def two_towns(draw: st.DrawFn) -> tuple[Town, Town, set[str]]:
    """Draw a town twice, the second with other venues; and which of them differ."""

    def place() -> tuple[float, float]:
        return float(draw(st.integers(0, 9)) * 60), float(draw(st.integers(0, 5)) * 60)

    hours = st.sampled_from([ALWAYS, NOON])
    weeks = draw(st.sampled_from([(), (), SUMMER]))
    cells = [(*place(), "c1") for _ in range(draw(st.integers(3, 8)))]
    people = st.lists(st.integers(0, 9), min_size=len(cells), max_size=len(cells))
    workers = {"a": draw(people), "b": draw(people)}
    stands = {name: Spot(x=place()[0], y=place()[1], stands=True) for name in ("S0", "S1")}
    keeps = {name: Choice(site=name, measure="keep", hours=draw(hours), cost=0) for name in stands}
    upgrade = Choice(site="S0", measure="upgrade", steps=("extend_24h",), hours=ALWAYS)
    venues = {name: (Spot(x=place()[0], y=place()[1]), draw(hours)) for name in VENUES}

    def with_venues(some: dict[str, tuple[Spot, WeeklyHours]]) -> Town:
        choices = {**keeps, "S0+24h": upgrade}
        for name, (_, opens) in some.items():
            choices[name] = Choice(site=name, hours=opens)
            choices[f"{name}+24h"] = Choice(site=name, measure="open_24h", hours=ALWAYS)
        for name in sorted(some)[:1]:  # the nearest that there is: a new one takes its place
            choices[f"S1>{name}"] = Choice(
                site=name, measure="move", steps=("move",), replaces="S1", hours=some[name][1]
            )
            choices[f"{name}+c"] = Choice(
                site=name, measure="container", hours=ALWAYS, season="summer", weeks=weeks
            )
        spots = {**stands, **{name: spot for name, (spot, _) in some.items()}}
        return Town(spots=spots, choices=choices, cells=cells, people=workers, reach_m=100.0)

    here, there = draw(st.sets(st.sampled_from(VENUES))), draw(st.sets(st.sampled_from(VENUES)))
    moved = {
        name: (Spot(x=place()[0], y=place()[1]), draw(hours))
        for name in draw(st.sets(st.sampled_from(VENUES), max_size=1))
    }
    one = with_venues({name: venues[name] for name in sorted(here)})
    other = with_venues({name: (venues | moved)[name] for name in sorted(there)})
    return one, other, (here ^ there) | set(moved)


@settings(max_examples=50, deadline=None)
@given(two_towns())
def test_rows_taken_over_where_candidates_differ_are_those_of_merging_everything(
    towns: tuple[Town, Town, set[str]],
) -> None:
    town, other, changed = towns
    coverage, district = other.coverage(), other.district()
    some = groundwork(coverage, LIMITS, district=district).some
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(known_rows, "_MOST_SHARE", 1.0)  # of the few cells most may differ
        found = merge_rows(coverage, some, district=district, known=known_of(town), changed=changed)
    afresh = known_of(other)
    options = tuple(map(str, some.there.index))
    assert sets_of(found.rows, options) == sets_of(afresh.rows, options)
    assert (found.rows.base_milli, found.rows.total_milli) == (
        afresh.rows.base_milli,
        afresh.rows.total_milli,
    )
    assert found.rows.serves.indices.dtype == afresh.rows.serves.indices.dtype


@settings(max_examples=25, deadline=None)
@given(two_towns(), st.data())
def test_outcomes_taken_over_where_candidates_differ_are_those_of_counting_everything(
    towns: tuple[Town, Town, set[str]], data: st.DataObject
) -> None:
    town, other, _ = towns
    here, there = town.coverage(), other.coverage()
    first = build_problem(here, LIMITS, district=town.district())
    second = build_problem(there, LIMITS, district=other.district())
    before = LiveOutcomes(here, first)
    before.stand(first.options[:1])
    live, afresh = before.on(second, coverage=there), LiveOutcomes(there, second)
    some = st.lists(st.sampled_from(second.options), max_size=3, unique=True)
    for chosen in ((), data.draw(some)):
        known = set(chosen) - afresh.overruled(chosen)
        live.stand(known)
        afresh.stand(known)
        assert (live.there, live.outcomes) == (afresh.there, afresh.outcomes)
        for one, another in zip(live.shares, afresh.shares, strict=True):
            assert one.tolist() == another.tolist()


def test_a_candidate_without_anybody_near_enters_with_a_row_of_nothing() -> None:
    town = Town(
        spots={"V0": Spot(x=0.0)}, choices={"V0": Choice(site="V0")}, cells=[(0.0, 0.0, "c1")],
        people={"a": [3]},
    )  # fmt: skip
    far = replace(
        town,
        spots={**town.spots, "A1": Spot(x=9000.0)},
        choices={"A1": Choice(site="A1"), **town.choices},
    )
    some = groundwork(far.coverage(), LIMITS, district=far.district()).some
    found = merge_rows(far.coverage(), some, known=known_of(town), changed={"A1"})
    assert found.rows.serves.toarray().tolist() == [[False], [True]]
    assert found.rows.value_milli.tolist() == known_of(town).rows.value_milli.tolist()


@pytest.fixture(scope="module")
def sample() -> Prepared:
    return prepare(sample_folder())


def with_added(sample: Prepared, *near: int) -> Prepared:
    """Put a candidate some 100 m east of each of some sites."""
    sites = sample.options.sites
    added = tuple(
        AddedSite(
            id=f"A{site}", name="", lon=float(sites["lon"].iloc[site]) + 0.001,
            lat=float(sites["lat"].iloc[site]), host="shop",
        )
        for site in near
    )  # fmt: skip
    return with_candidates(sample, replace(sample.district.settings, added=added))


def test_edits_with_added_candidates_are_those_of_a_district_prepared_afresh(
    sample: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    stations = sample.options.sites.index[sample.options.sites["existing"].to_numpy(bool)].tolist()
    limits = replace(
        sample.district.settings.limits, may_move=tuple(stations[:3]), may_close=(stations[0],)
    )
    exchanged: list[int] = []

    def some_cells(whole: Coverage, cells: NDArray[np.int64]) -> Coverage:
        exchanged.append(len(cells))
        return of_cells(whole, cells)

    monkeypatch.setattr(known_rows, "of_cells", some_cells)
    before = with_added(sample, 3, 40)
    known = rows_for(before, ground_for(before, limits))
    outcomes = LiveOutcomes(before.coverage, problem_for(before, limits, known=known))
    for now in (with_added(sample, 3, 40, 7), with_added(sample, 40), sample):
        rows = rows_for(now, ground_for(now, limits), like=(before, known))
        problem = problem_for(now, limits, known=rows)
        assert exchanged.pop() == exchanged.pop() > 0
        assert problem.serves is rows.rows.serves
        afresh = problem_for(now, limits)
        assert problem.options == afresh.options
        assert sets_of(problem, problem.options) == sets_of(afresh, afresh.options)
        live, one, other = (
            outcomes.on(problem, coverage=now.coverage), LiveSession(problem), LiveSession(afresh),
        )  # fmt: skip
        counted = LiveOutcomes(now.coverage, afresh)
        assert one.gains() == other.gains()
        for _ in range(4):
            found = one.suggest_next()
            assert found is not None
            assert found == other.suggest_next()
            assert one.add(found) == other.add(found)
            live.stand(one.chosen)
            counted.stand(other.chosen)
            assert (live.there, live.outcomes) == (counted.there, counted.outcomes)
        assert one.best_swap() == other.best_swap()
