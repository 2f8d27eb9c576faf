"""The three columns and the shares of cells after edits, against a measurement of everything."""

from dataclasses import fields, replace

import numpy as np
import pytest
from coverage_towns import GOOD, NEVER, alone, coverage_of, daily, districts
from hypothesis import given, settings
from hypothesis import strategies as st
from option_towns import Choice, Spot, Town

from planner.bundle import sample_folder
from planner.coverage import CellShares, ChangingTally, Coverage, measure_coverage
from planner.district.settings import Limits
from planner.hours import ALWAYS
from planner.pipeline import prepare, problem_for
from planner.siting import LiveSession, SitingProblem, build_problem, edited_plan
from planner.siting.build import groundwork
from planner.siting.editing.outcomes import LiveOutcomes
from planner.siting.limits.known_rows import merge_rows
from planner.siting.there import options_there

NOON = daily((11, 13))
SUMMER = tuple(range(23, 36))


def assert_as_measured(live: LiveOutcomes, session: LiveSession, coverage: Coverage) -> None:
    """Hold the outcomes of what stands against those of a plan with the same options."""
    plan = edited_plan(session, bound_milli=session.problem.total_milli)
    there = options_there(coverage, plan)
    measured = measure_coverage(coverage, there)
    assert live.there == there
    told = live.outcomes
    assert told.served_milli == measured.served_milli
    assert told.total_milli == measured.total_milli
    for name, share in measured.whole.items():
        reason = str(name).removesuffix("_share")
        if reason in ("closed", "full", "not_admitted", "unlisted", "gated", "maintenance"):
            assert told.unserved_milli.get(reason, 0) / max(told.total_milli, 1) == share
    for one, other in zip(live.shares, CellShares.of_figures(measured), strict=True):
        assert one.tolist() == other.tolist()


@st.composite
def towns(draw: st.DrawFn) -> Town:
    """Draw a town with an upgrade, a move, a longer opening and a stay of a part of the year."""

    def place() -> tuple[float, float]:
        return float(draw(st.integers(0, 9)) * 60), float(draw(st.integers(0, 5)) * 60)

    hours = st.sampled_from([ALWAYS, NOON])
    spots, choices = {}, {}
    for name in ("S0", "S1", "V0", "V1"):
        x, y = place()
        stands = name.startswith("S")
        spots[name] = Spot(x=x, y=y, stands=stands)
        choices[name] = Choice(
            site=name, measure="keep" if stands else "open", hours=draw(hours), cost=0.0, union=0
        )
    choices["S0+24h"] = Choice(
        site="S0", measure="upgrade", steps=("extend_24h",), hours=ALWAYS, cost=1.0, union=0
    )
    choices["S1>V0"] = Choice(
        site="V0", measure="move", steps=("move",), replaces="S1", hours=draw(hours), cost=1.0,
        union=0,
    )  # fmt: skip
    choices["V1+24h"] = Choice(
        site="V1", measure="open_24h", steps=("open_24h",), hours=ALWAYS, cost=1.0, union=0
    )
    choices["V0+summer"] = Choice(
        site="V0", measure="container", steps=("container",), hours=ALWAYS, cost=0.0, union=0,
        weeks=draw(st.sampled_from([(), SUMMER])), season="summer",
    )  # fmt: skip
    cells = [(*place(), "c1") for _ in range(4)]
    people = st.lists(st.integers(0, 9), min_size=4, max_size=4)
    return Town(
        spots=spots,
        choices=choices,
        cells=cells,
        people={"a": draw(people), "b": draw(people)},
        reach_m=100.0,
    )


LIMITS = Limits(
    measures=("open", "open_24h", "extend_24h", "container"),
    may_close=("S0",),
    may_move=("S1",),
    containers=1,
    count=3,
)


def problem_of(town: Town) -> tuple[Coverage, SitingProblem]:
    coverage = town.coverage()
    return coverage, build_problem(coverage, LIMITS, district=town.district())


def test_the_three_columns_of_a_town_worked_by_hand() -> None:
    # One worker in each of three cells, always out: 168 hours each. s0 opens for 2 hours a day at
    # the first two, s1 never opens at the second, nobody is near the third.
    at_noon, never = ((hours, (), True, "open", True) for hours in (NOON, NEVER))
    coverage = coverage_of([at_noon, never, GOOD], NEAR, alone(3))
    tally = ChangingTally(coverage)
    assert columns(tally) == (0, 0, 3 * 168)
    tally.stand(np.array([True, False, False]))
    assert columns(tally) == (2 * 14, 2 * 154, 168)
    tally.stand(np.array([True, True, False]))
    assert columns(tally) == (2 * 14, 2 * 154, 168)
    tally.stand(np.array([False, False, True]))
    assert columns(tally) == (168, 0, 2 * 168)
    assert tally.shares.effective.tolist() == [0, 1, 0]
    assert not tally.stand(np.array([False, False, True]))


NEAR = [[0.0, 10.0, 900.0], [900.0, 10.0, 900.0], [900.0, 20.0, 900.0]]


def columns(tally: ChangingTally) -> tuple[float, float, float]:
    """Give served, within reach and not served, and out of reach in hours."""
    hours = (tally.by_cell.sum(axis=0) / 60_000).tolist()
    return hours[0], sum(hours[1:7]), hours[7]


@settings(max_examples=60)
@given(districts(), st.data())
def test_a_tally_equals_a_measurement_after_any_changes(
    coverage: Coverage, data: st.DataObject
) -> None:
    options = coverage.options.table.index
    size = len(options)
    tally, other = ChangingTally(coverage), ChangingTally(coverage).fork()
    for _ in range(data.draw(st.integers(1, 5))):
        there = np.array(data.draw(st.lists(st.booleans(), min_size=size, max_size=size)))
        tally.stand(there)
        measured = measure_coverage(coverage, list(options[there]))
        assert tally.by_cell[:, 0].sum() == measured.served_milli
        for one, another in zip(tally.shares, CellShares.of_figures(measured), strict=True):
            assert one.tolist() == another.tolist()
    assert other.by_cell[:, 0].sum() == 0  # a fork is not touched


@settings(max_examples=40)
@given(towns(), st.data())
def test_edits_with_upgrades_moves_and_closings_equal_a_measurement(
    town: Town, data: st.DataObject
) -> None:
    coverage, problem = problem_of(town)
    live, session = LiveOutcomes(coverage, problem), LiveSession(problem)
    assert_as_measured(live, session, coverage)
    for option in data.draw(st.lists(st.sampled_from(problem.options), max_size=6)):
        if option in session.chosen:
            session.remove(option)
        else:
            session.add(option)
        live.stand(session.chosen)
        assert_as_measured(live, session, coverage)


def test_edits_of_the_sample_equal_a_measurement() -> None:
    prepared = prepare(sample_folder())
    problem = problem_for(prepared, prepared.district.settings.limits)
    live, session = LiveOutcomes(prepared.coverage, problem).fork(), LiveSession(problem)
    rng = np.random.default_rng(3)
    for option in rng.choice(problem.options, 30, replace=False).tolist():
        session.add(option)
        live.stand(session.chosen)
    assert_as_measured(live, session, prepared.coverage)
    for option in session.chosen[::2]:
        session.remove(option)
        live.stand(session.chosen)
    assert_as_measured(live, session, prepared.coverage)


def test_a_fork_stands_by_itself() -> None:
    coverage = coverage_of([GOOD], [[10.0]], alone())
    tally = ChangingTally(coverage)
    other = tally.fork()
    other.stand(np.array([True]))
    assert columns(tally) == (0, 0, 168)
    assert columns(other) == (168, 0, 0)


def test_an_option_that_the_problem_does_not_know_is_refused() -> None:
    town = Town(
        spots={"V0": Spot(x=0, y=0)},
        choices={"V0": Choice(site="V0", measure="open")},
        cells=[(0, 0, "c1")],
        people={"a": [3]},
        reach_m=100.0,
    )
    coverage = town.coverage()
    problem = build_problem(coverage, Limits(count=1), district=town.district())
    with pytest.raises(ValueError, match="'V9', which the problem does not know"):
        LiveOutcomes(coverage, problem).stand(["V9"])


def test_a_locked_site_within_an_area_is_told_although_it_stands() -> None:
    town = Town(
        spots={"V1": Spot(x=0.0, lon=120.0, lat=31.0)},
        choices={"V1": Choice(site="V1")},
        cells=[(0.0, 0.0, "c1")],
        people={"a": [10]},
    )
    ring = ((119.9, 30.9), (120.1, 30.9), (120.1, 31.1), (119.9, 31.1))
    limits = Limits(count=1, lock=("V1",), no_go=(ring,))
    problem = build_problem(town.coverage(), limits, district=town.district())
    broken = LiveSession(problem, ["V1"]).figures().broken
    assert [(each.kind, each.text.text("en")) for each in broken] == [
        ("clash", "V1 is locked, but it lies in an area where nothing may be opened.")
    ]


DECIDED = st.sampled_from([(), ("V0",), ("V1",), ("V0", "V1"), ("V1+24h",)])


SQUARE = ((90.0, 20.0), (140.0, 20.0), (140.0, 40.0), (90.0, 40.0))


@given(towns(), DECIDED, DECIDED, st.sampled_from([(), (SQUARE,)]))
@settings(deadline=None, max_examples=30)
def test_what_is_decided_on_ground_that_is_laid_asks_the_same_as_afresh(
    town: Town,
    locked: tuple[str, ...],
    forbidden: tuple[str, ...],
    areas: tuple[tuple[tuple[float, float], ...], ...],
) -> None:
    coverage, district = town.coverage(), town.district()
    asked = replace(
        LIMITS,
        lock=tuple(site for site in locked if site not in forbidden),
        forbid=forbidden,
        no_go=areas,
    )
    ground = groundwork(coverage, LIMITS, district=district)
    known = merge_rows(coverage, ground.some, district=district)
    laid = build_problem(coverage, asked, district=district, known=known, ground=ground)
    afresh = build_problem(coverage, asked, district=district)
    assert laid.serves is known.rows.serves
    assert laid.serves.toarray().tolist() == afresh.serves.toarray().tolist()
    before = build_problem(coverage, LIMITS, district=district, known=known, ground=ground)
    one, other = LiveSession(laid, like=LiveSession(before)), LiveSession(afresh)
    for option in laid.options[:2]:
        assert one.add(option) == other.add(option)
    assert (one.gains(), one.best_swap()) == (other.gains(), other.best_swap())
    for each in fields(SitingProblem):
        if each.name not in ("serves", "linear"):
            assert plain(getattr(laid, each.name)) == plain(getattr(afresh, each.name)), each.name
    assert linear_of(laid) == linear_of(afresh)


def plain(value: object) -> object:
    return value.tolist() if isinstance(value, np.ndarray) else value


def linear_of(problem: SitingProblem) -> object:
    limits = problem.linear
    if limits is None:
        return None
    return (
        limits.weights.toarray().tolist(),
        limits.least.tolist(),
        limits.most.tolist(),
        limits.about,
    )


@given(towns(), st.data())
@settings(deadline=None, max_examples=20)
def test_outcomes_that_are_taken_over_by_another_problem_are_those_of_that_problem(
    town: Town, data: st.DataObject
) -> None:
    coverage, first = problem_of(town)
    stays = replace(LIMITS, may_close=(), forbid=("V1",))
    for limits in (replace(LIMITS, lock=("V0",)), stays):
        other = build_problem(coverage, limits, district=town.district())
        earlier = LiveOutcomes(coverage, first)
        earlier.stand(first.options[:1])
        live, session = earlier.on(other), LiveSession(other)
        for option in data.draw(st.lists(st.sampled_from(other.options), max_size=3, unique=True)):
            session.add(option)
        chosen = set(session.chosen) - live.overruled(session.chosen)
        afresh = LiveOutcomes(coverage, other)
        afresh.stand(tuple(chosen))
        live.stand(tuple(chosen))
        assert live.there == afresh.there
        assert live.outcomes == afresh.outcomes
