"""The parts of the search, each by its own law: reduction, moves, cliques, bound."""

import importlib
from itertools import combinations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from small_sitings import (
    Rules,
    best_by_trying_all,
    best_sum_by_trying_all,
    faults,
    limited_sitings,
    random_sitings,
    served_by,
    siting,
    with_rows_shuffled,
)

from planner.siting import SitingProblem, Status, solve
from planner.siting.solving import moves
from planner.siting.solving.bounds import relax
from planner.siting.solving.clashes import clashes_of
from planner.siting.solving.cliques import conflict_cliques
from planner.siting.solving.counting import value_of as value_of_state
from planner.siting.solving.feasible import find_choice, keeps_limits
from planner.siting.solving.model import NO_LIMIT, Model, State, empty_state
from planner.siting.solving.reduce import Reduced, merge_rows, reduce_problem
from planner.siting.solving.repair import repair


def reduced(problem: SitingProblem) -> Reduced:
    assume(not clashes_of(problem))
    return reduce_problem(problem)


def rows_of(model: Model, k: int) -> set[int]:
    return set(model.rows[model.row_start[k] : model.row_start[k + 1]].tolist())


def foes_of(model: Model, k: int) -> set[int]:
    return set(model.foes[model.foe_start[k] : model.foe_start[k + 1]].tolist())


def value_of(model: Model, chosen: set[int]) -> int:
    rows = set().union(*(rows_of(model, k) for k in chosen)) if chosen else set()
    return sum(int(model.value[row]) for row in rows)


def allowed(model: Model, chosen: set[int]) -> bool:
    return (
        sum(int(model.cost[k]) for k in chosen) <= model.money
        and sum(int(model.counts[k]) for k in chosen) <= model.places
        and not any(b in foes_of(model, a) for a, b in combinations(chosen, 2))
    )


def choices(model: Model) -> list[set[int]]:
    options = range(len(model.cost))
    sets = (set(c) for n in range(len(options) + 1) for c in combinations(options, n))
    return [chosen for chosen in sets if allowed(model, chosen)]


# --- Reduction ---------------------------------------------------------------------------------


@given(random_sitings())
@settings(max_examples=100, deadline=None)
def test_what_is_left_has_the_same_best_value_as_the_whole(problem: SitingProblem) -> None:
    rest = reduced(problem)
    best = max(value_of(rest.model, chosen) for chosen in choices(rest.model))
    assert rest.certain_milli + best == best_by_trying_all(problem)


@given(random_sitings(), st.data())
@settings(max_examples=60, deadline=None)
def test_a_choice_in_what_is_left_is_a_plan_of_the_whole_with_the_same_value(
    problem: SitingProblem, data: st.DataObject
) -> None:
    rest = reduced(problem)
    chosen = data.draw(st.sampled_from(choices(rest.model)))
    places = [*rest.locked.tolist(), *(int(rest.option[k]) for k in chosen)]
    ids = {problem.options[n] for n in places}
    assert faults(problem, ids) == []
    assert served_by(problem, ids) == rest.certain_milli + value_of(rest.model, chosen)


def test_an_option_that_a_dearer_one_contains_stays() -> None:
    serves = {"K1": "ab", "K2": "a"}
    costs = {"K1": 5.0, "K2": 4.0}
    model = reduce_problem(siting(serves, {"a": 1, "b": 1}, Rules(costs=costs, budget=5.0))).model
    assert len(model.cost) == 2
    cheap = {"K1": 4.0, "K2": 4.0}
    model = reduce_problem(siting(serves, {"a": 1, "b": 1}, Rules(costs=cheap, budget=4.0))).model
    assert len(model.cost) == 1


def test_an_option_stays_where_the_one_that_contains_it_has_a_conflict_of_its_own() -> None:
    serves = {"K1": "ab", "K2": "a", "K3": "cd"}
    values = {"a": 1, "b": 1, "c": 1, "d": 1}
    rest = reduce_problem(siting(serves, values, Rules(apart=(("K1", "K3"),))))
    assert rest.option.tolist() == [0, 1, 2]
    both = (("K1", "K3"), ("K2", "K3"))
    rest = reduce_problem(siting(serves, values, Rules(apart=both)))
    assert rest.option.tolist() == [0, 2]


def test_limits_that_cannot_bind_are_none() -> None:
    costs = {"K1": 2.0, "K2": 3.0}
    problem = siting(
        {"K1": "a", "K2": "b"}, {"a": 1, "b": 1}, Rules(costs=costs, budget=5, count=2)
    )
    model = reduce_problem(problem).model
    assert (model.money, model.places) == (NO_LIMIT, NO_LIMIT)


@given(random_sitings(), st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_merged_rows_hold_each_set_once_and_do_not_depend_on_the_order(
    problem: SitingProblem, seed: int
) -> None:
    serves, value = merge_rows(problem.serves, problem.value_milli)
    table = serves.toarray().astype(bool)
    sets = [tuple(np.flatnonzero(column).tolist()) for column in table.T]
    expected: dict[tuple[int, ...], int] = {}
    for column, worth in zip(problem.serves.toarray().T, problem.value_milli, strict=True):
        key = tuple(np.flatnonzero(column).tolist())
        if key:
            expected[key] = expected.get(key, 0) + int(worth)
    assert dict(zip(sets, value.tolist(), strict=True)) == expected
    assert len(sets) == len(expected)
    other = with_rows_shuffled(problem, seed)
    again, again_value = merge_rows(other.serves, other.value_milli)
    assert (table == again.toarray()).all()
    assert (value == again_value).all()


# --- Moves -------------------------------------------------------------------------------------


def equal(one: State, other: State) -> bool:
    # `asarray`: mypy's type for the parts of a tuple depends on the order in which it reads files.
    return all(
        np.array_equal(np.asarray(a), np.asarray(b)) for a, b in zip(one, other, strict=True)
    )


def recounted(model: Model, chosen: set[int]) -> State:
    state = empty_state(model)
    for row in range(len(model.value)):
        state.times[row] = sum(1 for k in chosen if row in rows_of(model, k))
    for k in range(len(model.cost)):
        state.chosen[k] = k in chosen
        state.gain[k] = int(model.worth[k]) + sum(
            int(model.value[row]) if state.times[row] == 0 else int(model.twice[row])
            for row in rows_of(model, k)
            if state.times[row] < 2
        )
        state.blocked[k] = len(foes_of(model, k) & chosen)
    state.left[0] -= sum(int(model.cost[k]) for k in chosen)
    state.left[1] -= sum(int(model.counts[k]) for k in chosen)
    for k in chosen:
        for at in range(model.limit_start[k], model.limit_start[k + 1]):
            state.used[model.limits[at]] += model.weights[at]
    for row in np.flatnonzero(state.times).tolist():
        for at in range(model.floor_start[row], model.floor_start[row + 1]):
            state.met[model.floors[at]] += model.floor_values[at]
    wrong = (state.used < model.least) | (state.used > model.most)
    state.broken[0] = wrong.sum() + (state.met < model.floor_least).sum()
    return state


@given(limited_sitings(calm=True), st.data())
@settings(max_examples=80, deadline=None)
def test_opening_and_closing_keep_every_figure_as_a_recount_has_it(
    problem: SitingProblem, data: st.DataObject
) -> None:
    model = reduced(problem).model
    assume(len(model.cost) > 0)
    state, chosen = empty_state(model), set[int]()
    for k in data.draw(st.lists(st.integers(0, len(model.cost) - 1), max_size=8)):
        if k in chosen:
            moves.close(model, state, k)
        else:
            moves.open_(model, state, k)
        chosen ^= {k}
        assert equal(state, recounted(model, chosen))


@given(
    limited_sitings(calm=True), st.integers(0, 99), st.sampled_from([0.0, 0.5, 1.0]), st.booleans()
)
@settings(max_examples=120, deadline=None)
def test_every_step_of_the_search_keeps_the_limits_and_exchange_never_loses(
    problem: SitingProblem,
    seed: int,
    power: float,
    by_need: bool,  # noqa: FBT001 - drawn
) -> None:
    model = reduced(problem).model
    assume(len(model.cost) > 0)
    state = empty_state(model)
    repair(model, state, power, by_need, 10**6)
    broken = int(state.broken[0])
    moves.fill(model, state, power)
    assert state.broken[0] <= broken
    first, value = set(np.flatnonzero(state.chosen).tolist()), value_of_state(model, state)
    held = int(state.broken[0]) == 0
    moves.improve(model, state, 100)
    second = set(np.flatnonzero(state.chosen).tolist())
    assert value_of_state(model, state) >= value
    assert equal(state, recounted(model, second))
    if held:
        assert keeps_limits(model, state.chosen)
    moves.ruin(model, state, seed % len(model.cost), 2)
    third = set(np.flatnonzero(state.chosen).tolist())
    assert all(allowed(model, chosen) for chosen in (first, second, third))
    assert equal(state, recounted(model, third))


@given(limited_sitings(calm=True), st.booleans())
@settings(max_examples=60, deadline=None)
def test_a_choice_that_limits_need_is_found_where_there_is_one(
    problem: SitingProblem,
    by_need: bool,  # noqa: FBT001 - drawn
) -> None:
    rest = reduced(problem)
    model = rest.model
    assume(rest.possible and len(model.cost) > 0)
    state = empty_state(model)
    repair(model, state, 0.0, by_need, 10**6)
    found = find_choice(model, conflict_cliques(model), time_limit_s=30)
    if state.broken[0] == 0:
        assert keeps_limits(model, state.chosen)
        assert not found.impossible
    if found.chosen is not None:
        assert keeps_limits(model, found.chosen)
    assert found.impossible == (best_sum_by_trying_all(problem) is None)


# --- Cliques -----------------------------------------------------------------------------------


@given(random_sitings(most_options=8))
@settings(max_examples=80, deadline=None)
def test_cliques_hold_every_conflict_and_nothing_else(problem: SitingProblem) -> None:
    model = reduced(problem).model
    pairs = {(a, b) for a in range(len(model.cost)) for b in foes_of(model, a) if a < b}
    held = [
        pair
        for row in conflict_cliques(model).toarray()
        for pair in combinations(np.flatnonzero(row).tolist(), 2)
    ]
    assert set(held) == pairs


def test_sites_that_all_conflict_are_one_clique() -> None:
    options = ["K1", "K2", "K3", "K4"]
    serves = dict(zip(options, "abcd", strict=True))
    rules = Rules(apart=tuple(combinations(options, 2)))
    model = reduce_problem(siting(serves, dict.fromkeys("abcd", 1), rules)).model
    assert conflict_cliques(model).toarray().tolist() == [[1, 1, 1, 1]]


def in_a_row(sites: int, reach: int) -> SitingProblem:
    """Sites one behind the other that each serve a row, too close within `reach` places."""
    none = np.zeros(sites, bool)
    one, other = np.triu_indices(sites, 1)
    near = other - one <= reach
    ids = tuple(f"K{k:04}" for k in range(sites))
    return SitingProblem(
        options=ids,
        sites=ids,
        serves=csr_array(np.eye(sites, dtype=bool)),
        value_milli=np.full(sites, 1000, np.int64),
        base_milli=0,
        total_milli=1000 * sites,
        cost_yuan=np.ones(sites),
        counts=~none,
        budget_yuan=None,
        count=5,
        locked=none,
        forbidden=none,
        too_close=np.stack([one[near], other[near]], axis=1).astype(np.int32),
    )


def test_cliques_grown_piece_by_piece_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    model = reduce_problem(in_a_row(60, 9)).model
    whole = conflict_cliques(model).toarray().tolist()
    asked: list[int] = []

    def ended() -> bool:
        asked.append(1)
        return False

    monkeypatch.setattr("planner.siting.solving.cliques._STEPS_A_PIECE", 50)
    assert conflict_cliques(model, ended=ended).toarray().tolist() == whole
    # Sites 0 to 9 are the first clique, then 1 to 10 and so on: 51 of 10.
    assert whole == [[int(first <= k < first + 10) for k in range(60)] for first in range(51)]
    assert len(asked) > 40


def test_cliques_that_are_broken_off_are_cliques_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("planner.siting.solving.cliques._STEPS_A_PIECE", 50)
    model = reduce_problem(in_a_row(60, 9)).model
    found = conflict_cliques(model, ended=lambda: True).toarray()
    assert 0 < len(found) < 51
    assert found.sum(axis=1).tolist() == [10] * len(found)


def test_a_stop_is_heard_before_the_cliques_are_grown(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> csr_array:
        raise AssertionError("cliques were grown after the stop")

    # By `importlib`, for `planner.siting.solve` is the function.
    module = importlib.import_module("planner.siting.solving.search")
    monkeypatch.setattr(module, "conflict_cliques", refuse)
    plan = solve(in_a_row(60, 9), time_limit_s=60, gap_share=0.0, stop=lambda: True)
    assert plan.status is Status.STOPPED
    assert len(plan.options) == 5  # what greedy chose


@pytest.mark.parametrize("broken_off", [False, True])
def test_the_search_for_needless_options_can_be_broken_off(
    broken_off: bool,  # noqa: FBT001 - a case of the table
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("planner.siting.solving.dominance._STEPS_A_PIECE", 1)
    problem = siting({"K1": "ab", "K2": "b", "K3": "a"}, {"a": 1, "b": 2})
    answers = iter([False, broken_off, False])
    found = reduce_problem(problem, ended=lambda: next(answers))
    # K1 is looked at, then K2; K3 only where nobody breaks off.
    assert found.option.tolist() == ([0, 2] if broken_off else [0])


# --- Bound -------------------------------------------------------------------------------------


@given(random_sitings(most_options=6))
@settings(max_examples=80, deadline=None)
def test_every_bound_holds_and_so_does_what_it_says_of_each_option(problem: SitingProblem) -> None:
    model = reduced(problem).model
    plans = [(chosen, value_of(model, chosen)) for chosen in choices(model)]
    best = max(value for _, value in plans)
    last = None
    no_times = np.zeros(len(model.value), np.int32)
    for step, bound in enumerate(relax(model, conflict_cliques(model), served=no_times)):
        assert bound.bound_milli >= best
        assert last is None or bound.bound_milli <= last
        last = bound.bound_milli
        for k in range(len(model.cost)):
            opened = max((value for chosen, value in plans if k in chosen), default=0)
            left = max(value for chosen, value in plans if k not in chosen)
            assert bound.if_opened[k] >= opened
            assert bound.if_left[k] >= left
        if step > 60:
            break


def test_the_bound_of_a_knapsack_is_what_parts_of_sites_would_serve() -> None:
    # 10 for 4 yuan, 6 for 3, 2 for 2, and 5 yuan: the first whole and a third of the second, 12.
    costs = {"K1": 4.0, "K2": 3.0, "K3": 2.0}
    serves = {"K1": "a", "K2": "b", "K3": "c"}
    problem = siting(serves, {"a": 10, "b": 6, "c": 2}, Rules(costs=costs, budget=5.0))
    model = reduce_problem(problem).model
    steps = list(relax(model, csr_array((0, 3)), served=np.zeros(3, np.int32)))
    assert steps[-1].bound_milli == 12
