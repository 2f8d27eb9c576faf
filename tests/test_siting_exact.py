"""The proof: the best choice of any small model, with a bound that meets it."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_models import choices, flags, model_of, random_models, worth_by_hand

from planner.siting.solving import branch
from planner.siting.solving.cliques import conflict_cliques
from planner.siting.solving.counting import sum_of
from planner.siting.solving.exact import Found, prove
from planner.siting.solving.feasible import keeps_limits
from planner.siting.solving.model import NO_LIMIT, Model


def proven(
    model: Model, start: set[int] | None, gap: int = 0, most_nodes: float = math.inf
) -> Found:
    return prove(
        model,
        conflict_cliques(model),
        start=None if start is None else flags(model, start),
        gap_milli=gap,
        time_limit_s=60.0,
        tell=lambda _: False,
        most_nodes=most_nodes,
    )


def slack(model: Model) -> int:
    """What a bound told in floats may be too high by."""
    whole = int(model.value.sum()) + int(model.twice.sum()) + int(abs(model.worth).sum())
    return 2 + math.ceil(1e-8 * whole) + math.ceil(1e-6 * 2.0 ** (whole.bit_length() - 20))


@given(random_models())
@settings(max_examples=120, deadline=None)
def test_the_best_choice_is_found_and_proven(model: Model) -> None:
    plans = list(choices(model))
    if not plans:
        return
    best = max(worth_by_hand(model, chosen) for chosen in plans)
    found = proven(model, plans[0])
    assert best <= found.bound_milli <= best + slack(model)
    known = worth_by_hand(model, plans[0])
    if found.chosen is not None:
        assert keeps_limits(model, found.chosen)
        known = max(known, sum_of(model, found.chosen))
    assert known >= best - slack(model)


@given(random_models())
@settings(max_examples=40, deadline=None)
def test_highs_beside_the_tree_changes_no_result(model: Model) -> None:
    alone = proven(model, None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("planner.siting.solving.exact._WORK_ALONE", -1)
        both = proven(model, None)
    assert both.bound_milli <= alone.bound_milli + slack(model)
    if alone.chosen is None:
        assert both.chosen is None
    else:
        assert both.chosen is not None
        assert sum_of(model, both.chosen) == sum_of(model, alone.chosen)


@given(random_models())
@settings(max_examples=60, deadline=None)
def test_where_nothing_keeps_all_limits_no_choice_is_found(model: Model) -> None:
    found = proven(model, None)
    assert (found.chosen is None) == (next(choices(model), None) is None)


@given(random_models(), st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_a_gap_that_is_allowed_is_kept(model: Model, gap: int) -> None:
    found = proven(model, None, gap)
    if found.chosen is not None:
        known = sum_of(model, found.chosen)
        assert known <= found.bound_milli <= known + gap + slack(model)
        assert max(sum_of(model, flags(model, c)) for c in choices(model)) <= found.bound_milli


@given(random_models(), st.integers(0, 5))
@settings(max_examples=60, deadline=None)
def test_a_limit_of_nodes_gives_a_bound_and_the_same_result_again(model: Model, most: int) -> None:
    first, second = proven(model, None, most_nodes=most), proven(model, None, most_nodes=most)
    assert first.bound_milli == second.bound_milli
    assert (first.chosen is None) == (second.chosen is None)
    assert first.chosen is None or (first.chosen == second.chosen).all()
    assert all(worth_by_hand(model, c) <= first.bound_milli for c in choices(model))


def cover(seed: int) -> Model:
    """Options that overlap much, and places for a few: many nodes stay open."""
    rng = np.random.default_rng(seed)
    options, rows = int(rng.integers(30, 80)), int(rng.integers(80, 300))
    serves = rng.random((options, rows)) < rng.uniform(0.04, 0.12)
    places = int(rng.integers(5, 12))
    values = rng.integers(1, 100, rows).tolist()
    return model_of([set(np.flatnonzero(row)) for row in serves], values, places=places)


@pytest.mark.parametrize("seed", [41, 73, 80])
def test_no_bound_is_below_a_better_choice_where_the_newest_nodes_come_first(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(branch, "_MOST_BYTES", 1)
    model = cover(seed)
    tree = branch.Tree(model, conflict_cliques(model), start=None, gap_milli=0)
    told = [found.bound_milli for found in tree.grow(10.0)]
    assert min(told) == told[-1] == tree.best


def test_the_second_time_is_never_paid_for_half_an_option() -> None:
    # 2 once and 9 more for the second, one place: 2.
    model = model_of([{0}, {0}], [2], twice=[9], places=1)
    assert proven(model, {0}).bound_milli <= 2 + slack(model)


def test_a_first_choice_is_found_where_none_is_known() -> None:
    model = model_of([{0}, {1}], [10, 6], places=1, linear=[([0, 1], 1, NO_LIMIT)])
    found = proven(model, None)
    assert found.chosen is not None
    assert found.chosen.tolist() == [False, True]
