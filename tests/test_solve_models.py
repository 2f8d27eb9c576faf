"""Textbook models on a matrix of costs: by hand, against every choice, and their laws."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matrix_ways import (
    between,
    cheapest_cover,
    choices,
    dense,
    least_longest,
    least_median,
    least_with_room,
    most_covered,
    most_twice,
    solved,
    tables,
    times_covered,
    ways,
)

from planner.errors import SettingsError
from planner.siting.matrix import Answer, Ending, Question, Ways, solve_matrix

LINE = {(f"s{site}", f"c{cell}"): float(abs(site - cell)) for site in range(7) for cell in range(7)}
"""Seven places in a row, one apart: each is a site and a cell."""


def check(problem: Ways, answer: Answer) -> None:
    """Hold what is true of every answer."""
    assert set(answer.sites) <= set(problem.sites)
    assert list(answer.sites) == sorted(set(answer.sites))
    kept = {s for s, there in zip(problem.sites, problem.fixed, strict=True) if there}
    assert not answer.sites or kept <= {*answer.sites}
    if answer.objective is not None and answer.bound is not None:
        better = answer.bound - answer.objective
        assert (better if answer.maximise else -better) >= 0
        assert answer.gap is not None
        assert 0 <= answer.gap <= 1


def at(problem: Ways, answer: Answer) -> list[int]:
    return [problem.sites.index(site) for site in answer.sites]


def test_two_medians_of_a_row_stand_at_its_quarters() -> None:
    # Places 0 to 6: sites at 1 and 4 (or 5) cost 1 + 0 + 1 and 1 + 0 + 1 + 2: 6 in all.
    answer = solved(ways(LINE), "p-median", count=2)
    assert answer.objective == 6.0
    assert answer.bound == 6.0
    assert answer.status is Ending.OPTIMAL
    assert answer.assignment is not None
    assert answer.assignment["c0"] == answer.sites[0]


def test_weights_draw_the_median() -> None:
    heavy = {**{f"c{cell}": 1.0 for cell in range(7)}, "c6": 100.0}
    assert solved(ways(LINE, weights=heavy), "p-median", count=1).sites == ("s6",)


def test_two_centers_of_a_row_leave_nobody_farther_than_two() -> None:
    answer = solved(ways(LINE), "p-center", count=2)
    assert (answer.objective, answer.bound, answer.status) == (2.0, 2.0, Ending.OPTIMAL)


def test_a_cell_without_weight_draws_no_center() -> None:
    weights = {f"c{cell}": float(cell < 3) for cell in range(7)}
    answer = solved(ways(LINE, weights=weights), "p-center", count=1)
    assert (answer.sites, answer.objective) == (("s1",), 1.0)


def test_three_sites_of_a_row_are_at_most_three_apart() -> None:
    apart = {(f"s{a}", f"s{b}"): float(b - a) for a in range(7) for b in range(a + 1, 7)}
    answer = solved(between(apart), "p-dispersion", count=3)
    assert (answer.sites, answer.objective) == (("s0", "s3", "s6"), 3.0)


def test_fixed_sites_are_kept_apart_from_too_and_bound_the_answer() -> None:
    apart = {(f"s{a}", f"s{b}"): float(b - a) for a in range(7) for b in range(a + 1, 7)}
    answer = solved(between(apart, fixed=["s2", "s3"]), "p-dispersion", count=3)
    assert {"s2", "s3"} < set(answer.sites)
    assert (answer.objective, answer.bound) == (1.0, 1.0)


def test_five_sites_in_a_ring_are_proven_not_to_hold_three_apart() -> None:
    # Neighbours of the ring are 1 apart, others 2: any three of five hold two neighbours. Counting
    # pairs of neighbours alone would allow three.
    names = [f"s{j}" for j in range(5)]
    apart = {
        (a, b): 1.0 if (names.index(b) - names.index(a)) % 5 in (1, 4) else 2.0
        for a, b in itertools.combinations(names, 2)
    }
    answer = solved(between(apart), "p-dispersion", count=3)
    assert (answer.objective, answer.bound, answer.status) == (1.0, 1.0, Ending.OPTIMAL)


def test_sites_without_a_way_between_them_are_as_far_apart_as_can_be() -> None:
    answer = solved(between({("a", "b"): 1.0, ("c", "d"): 2.0}), "p-dispersion", count=2)
    assert answer.objective is None
    assert "No two of the chosen sites" in str(answer.notes[-1])


def test_the_radius_itself_still_covers() -> None:
    at_radius = solved(ways(LINE), "lscp", radius=1.0)
    assert (at_radius.objective, at_radius.status) == (3.0, Ending.OPTIMAL)
    below = solved(ways(LINE), "lscp", radius=0.999)
    assert below.objective == 7.0


def test_a_site_on_the_spot_covers_at_radius_zero() -> None:
    assert solved(ways(LINE), "mclp", radius=0.0, count=2).objective == 2.0


def test_fewest_sites_are_not_the_cheapest_where_costs_are_given() -> None:
    costs = {("all", "x"): 1.0, ("all", "y"): 1.0, ("one", "x"): 1.0, ("two", "y"): 1.0}
    cheap = ways(costs, prices={"all": 5.0, "one": 2.0, "two": 2.0})
    assert solved(cheap, "lscp", radius=1.0).sites == ("one", "two")
    assert solved(ways(costs), "lscp", radius=1.0).sites == ("all",)


def test_cells_that_nobody_covers_are_exempt_and_told() -> None:
    answer = solved(ways({("s", "near"): 1.0, ("s", "far"): 9.0}), "lscp", radius=2.0)
    assert (answer.sites, answer.unreachable) == (("s",), ("far",))


def test_a_share_that_no_sites_cover_has_no_answer() -> None:
    answer = solved(ways({("s", "near"): 1.0, ("s", "far"): 9.0}), "lscp", radius=2.0, share=0.6)
    assert answer.status is Ending.INFEASIBLE
    assert answer.objective is None
    assert "50.00%" in str(answer.reasons[0])


def test_half_of_the_demand_needs_fewer_sites() -> None:
    assert solved(ways(LINE), "lscp", radius=1.0, share=0.5).objective == 2.0


def test_backup_takes_the_cover_that_covers_most_twice() -> None:
    # a and b cover all, so do a and c; with b the heavy cell x is covered twice.
    costs = {
        ("a", "x"): 1.0,
        ("a", "y"): 1.0,
        ("b", "z"): 1.0,
        ("b", "x"): 1.0,
        ("c", "z"): 1.0,
        ("c", "y"): 1.0,
    }
    answer = solved(ways(costs, weights={"x": 5.0, "y": 1.0, "z": 1.0}), "backup", radius=1.0)
    assert (answer.sites, answer.objective) == (("a", "b"), 5.0)
    assert answer.figures["cost"] == answer.figures["cost_bound"] == 2.0


def test_a_cell_with_one_site_is_not_backed_up() -> None:
    answer = solved(ways({("a", "x"): 1.0}), "backup", radius=1.0)
    assert (answer.sites, answer.objective, answer.bound) == (("a",), 0.0, 0.0)


def test_a_budget_limits_the_covering_sites() -> None:
    prices = {f"s{site}": 1.0 + site for site in range(7)}
    answer = solved(ways(LINE, prices=prices), "mclp", radius=1.0, count=2, budget=6.0)
    assert answer.figures["cost"] <= 6.0
    assert answer.objective == 5.0  # s0 or s1 and s3: five cells; s1 and s4 would cost 7


def test_room_sends_a_cell_to_the_farther_site() -> None:
    costs = {("a", "x"): 1.0, ("a", "y"): 1.0, ("b", "x"): 5.0, ("b", "y"): 3.0}
    tight = ways(costs, rooms={"a": 1.0, "b": 1.0})
    answer = solved(tight, "p-median", count=2)
    assert answer.objective == 4.0
    assert answer.assignment == {"x": "a", "y": "b"}


def test_too_little_room_has_no_answer() -> None:
    tight = ways({("a", "x"): 1.0, ("a", "y"): 1.0}, rooms={"a": 1.0})
    answer = solved(tight, "p-median", count=1)
    assert answer.status is Ending.INFEASIBLE
    assert "does not fit" in str(answer.reasons[0])


def test_too_few_sites_to_reach_all_have_no_answer() -> None:
    lone = ways({("a", "x"): 1.0, ("b", "y"): 1.0})
    for model in ("p-median", "p-center"):
        answer = solved(lone, model, count=1)
        assert (answer.status, answer.objective) == (Ending.INFEASIBLE, None)
        assert "more than 1 sites" in str(answer.reasons[0])


@pytest.mark.parametrize(
    ("model", "asked", "told"),
    [
        ("p-median", {"count": 8}, "more than the 7 sites"),
        ("p-median", {"count": 0}, "--count must be at least 1"),
        ("p-dispersion", {"count": 1}, "--count must be at least 2"),
        ("p-median", {}, "p-median needs --count"),
        ("p-median", {"count": 1, "radius": 5.0}, "--radius has no meaning for p-median"),
        ("mclp", {"count": 1}, "mclp needs --radius"),
        ("mclp", {"radius": 1.0}, "mclp needs --count"),
        ("mclp", {"radius": -1.0, "count": 1}, "--radius must be 0 or more"),
        ("mclp", {"radius": float("nan"), "count": 1}, "--radius must be 0 or more"),
        ("lscp", {"radius": 1.0, "share": 0.0}, "--share must be above 0"),
        ("lscp", {"radius": 1.0, "share": 1.1}, "--share must be above 0"),
        ("mclp", {"radius": 1.0, "count": 1, "budget": -1.0}, "--budget must be 0 or more"),
        ("tsp", {}, "There is no model tsp"),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused(
    model: str, asked: dict[str, float], told: str
) -> None:
    with pytest.raises(SettingsError, match=told):
        solved(ways(LINE), model, **asked)


def test_more_fixed_sites_than_asked_for_are_refused() -> None:
    with pytest.raises(SettingsError, match="2 sites are fixed, more than --count 1"):
        solved(ways(LINE, fixed=["s0", "s1"]), "p-median", count=1)


def test_capacities_are_refused_where_they_would_be_lost() -> None:
    with pytest.raises(SettingsError, match="Capacities are kept by p-median alone"):
        solved(ways(LINE, rooms={"s0": 1.0}), "mclp", radius=1.0, count=1)


@pytest.mark.parametrize(("limit", "gap"), [(-1.0, 0.0), (float("nan"), 0.0), (1.0, 2.0)])
def test_a_search_limit_out_of_range_is_refused(limit: float, gap: float) -> None:
    with pytest.raises(ValueError, match="must be"):
        solve_matrix(
            ways(LINE), Question(model="p-median", count=1), time_limit_s=limit, gap_share=gap
        )


@pytest.mark.parametrize(
    "question",
    [
        Question(model="mclp", radius=1.0, count=2),
        Question(model="lscp", radius=1.0),
        Question(model="lscp", radius=1.0, share=0.7),
        Question(model="p-median", count=2),
        Question(model="p-center", count=2),
        Question(model="p-dispersion", count=2),
        Question(model="backup", radius=1.0),
    ],
    ids=str,
)
def test_without_time_there_is_a_quick_answer_with_a_valid_bound(question: Question) -> None:
    problem = ways(LINE)
    if question.model == "p-dispersion":
        problem = between({(a, b): abs(int(a[1]) - int(b[1])) for a, b in _pairs(problem.sites)})
    answer = solve_matrix(problem, question, time_limit_s=0.0)
    check(problem, answer)
    assert answer.status in (Ending.FEASIBLE, Ending.OPTIMAL)
    assert answer.sites


def _pairs(sites: tuple[str, ...]) -> list[tuple[str, str]]:
    return list(itertools.combinations(sites, 2))


def test_an_interrupted_search_says_so() -> None:
    answer = solve_matrix(
        ways(LINE), Question(model="p-median", count=3), time_limit_s=9.0, stop=lambda: True
    )
    assert answer.status is Ending.STOPPED
    assert answer.objective is not None


@settings(max_examples=60, deadline=None)
@given(tables(), st.integers(1, 4))
def test_medians_and_centers_are_those_of_looking_at_every_choice(
    problem: Ways, count: int
) -> None:
    count = min(count, len(problem.sites))
    count = max(count, int(problem.fixed.sum()))
    for model, best in (
        ("p-median", least_median(problem, count)),
        ("p-center", least_longest(problem, count)),
    ):
        answer = solved(problem, model, count=count)
        check(problem, answer)
        if np.isinf(best):
            assert answer.status is Ending.INFEASIBLE
        else:
            assert (answer.objective, answer.bound) == (best, best)
            assert answer.status is Ending.OPTIMAL
            assert len(answer.sites) == count


@settings(max_examples=30, deadline=None)
@given(tables(whole=False), st.integers(1, 4))
def test_medians_of_broken_numbers_are_proven_as_far_as_floats_can(
    problem: Ways, count: int
) -> None:
    count = max(min(count, len(problem.sites)), int(problem.fixed.sum()))
    best = least_median(problem, count)
    answer = solved(problem, "p-median", count=count)
    if np.isfinite(best):
        assert answer.objective == pytest.approx(best, rel=1e-8, abs=1e-8)
        assert answer.status is Ending.OPTIMAL


@settings(max_examples=60, deadline=None)
@given(tables(), st.integers(0, 9), st.sampled_from([0.25, 0.5, 0.9, 1.0]))
def test_covers_are_those_of_looking_at_every_choice(
    problem: Ways, radius: int, share: float
) -> None:
    best = cheapest_cover(problem, radius, share)
    answer = solved(problem, "lscp", radius=radius, share=share)
    check(problem, answer)
    if np.isinf(best):
        assert answer.status is Ending.INFEASIBLE
    else:
        assert (answer.objective, answer.bound) == (best, best)
        assert answer.status is Ending.OPTIMAL


@settings(max_examples=40, deadline=None)
@given(tables(), st.integers(0, 9))
def test_backup_covers_are_those_of_looking_at_every_choice(problem: Ways, radius: int) -> None:
    cost, twice = most_twice(problem, radius)
    answer = solved(problem, "backup", radius=radius)
    check(problem, answer)
    assert (answer.figures["cost"], answer.objective, answer.bound) == (cost, twice, twice)
    times = times_covered(problem, at(problem, answer), radius)
    assert float(problem.weight[times > 1].sum()) == twice


@settings(max_examples=40, deadline=None)
@given(tables(), st.integers(0, 9), st.integers(1, 4))
def test_maximal_covers_are_those_of_looking_at_every_choice(
    problem: Ways, radius: int, count: int
) -> None:
    answer = solved(problem, "mclp", radius=radius, count=count)
    check(problem, answer)
    best = most_covered(problem, radius, count)
    assert (answer.objective, answer.bound) == (best, best)
    times = times_covered(problem, at(problem, answer), radius)
    assert float(problem.weight[times > 0].sum()) == best


@settings(max_examples=25, deadline=None)
@given(tables(), st.integers(1, 2), st.integers(2, 12))
def test_medians_with_room_are_those_of_looking_at_every_choice(
    problem: Ways, count: int, room: int
) -> None:
    few = ways(
        {
            (problem.sites[s], problem.cells[c]): float(cost)
            for s, c, cost in zip(problem.site, problem.cell, problem.cost, strict=True)
            if c < 5
        },
        weights=dict(zip(problem.cells[:5], problem.weight[:5], strict=False)),
        rooms=dict.fromkeys(problem.sites, float(room)),
        sites=problem.sites,
    )
    count = min(count, len(few.sites))
    best = least_with_room(few, count)
    answer = solved(few, "p-median", count=count)
    check(few, answer)
    if np.isinf(best):
        assert answer.status is Ending.INFEASIBLE
    else:
        assert (answer.objective, answer.bound) == (best, best)
        assert answer.assignment is not None
        load = dict.fromkeys(few.sites, 0.0)
        for cell, site in answer.assignment.items():
            load[site] += float(few.weight[few.cells.index(cell)])
        assert max(load.values()) <= room


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 7), st.data())
def test_dispersions_are_those_of_looking_at_every_choice(n: int, data: st.DataObject) -> None:
    names = [f"s{j}" for j in range(n)]
    apart = {pair: float(data.draw(st.integers(0, 6))) for pair in itertools.combinations(names, 2)}
    count = data.draw(st.integers(2, n))
    problem = between(apart)
    answer = solved(problem, "p-dispersion", count=count)
    check(problem, answer)
    cost = dense(problem)
    best = max(
        min(cost[a, b] for a, b in itertools.combinations(chosen, 2))
        for chosen in choices(problem, [count])
    )
    assert (answer.objective, answer.bound) == (best, best)
    assert len(answer.sites) == count


@settings(max_examples=25, deadline=None)
@given(tables(), st.integers(1, 3), st.integers(0, 9))
def test_more_sites_or_a_longer_radius_never_make_an_answer_worse(
    problem: Ways, count: int, radius: int
) -> None:
    count = max(min(count, len(problem.sites) - 1), int(problem.fixed.sum()), 1)
    one = solved(problem, "mclp", radius=radius, count=count)
    more = solved(problem, "mclp", radius=radius, count=count + 1)
    wider = solved(problem, "mclp", radius=radius + 1, count=count)
    assert one.objective is not None
    assert more.objective is not None
    assert wider.objective is not None
    assert one.objective <= min(more.objective, wider.objective)
    if count < len(problem.sites):
        few = solved(problem, "p-median", count=count)
        many = solved(problem, "p-median", count=count + 1)
        if few.objective is not None:
            assert many.objective is not None
            assert many.objective <= few.objective


@settings(max_examples=25, deadline=None)
@given(tables(), st.randoms(use_true_random=False), st.integers(1, 3))
def test_the_order_of_the_rows_never_changes_an_answer(
    problem: Ways, random: object, count: int
) -> None:
    count = max(min(count, len(problem.sites)), int(problem.fixed.sum()))
    rows = [
        ((problem.sites[s], problem.cells[c]), float(cost))
        for s, c, cost in zip(problem.site, problem.cell, problem.cost, strict=True)
    ]
    random.shuffle(rows)  # type: ignore[attr-defined]  # Hypothesis gives a random.Random
    again = ways(
        dict(rows),
        weights=dict(zip(problem.cells, problem.weight, strict=True)),
        fixed=[s for s, there in zip(problem.sites, problem.fixed, strict=True) if there],
        sites=problem.sites,
    )
    for model, asked in (("p-median", {"count": count}), ("p-center", {"count": count})):
        assert solved(problem, model, **asked).sites == solved(again, model, **asked).sites
