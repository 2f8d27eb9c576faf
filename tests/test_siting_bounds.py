"""The bound: never below what a choice is worth, tight in the end, whatever the limits."""

import itertools

import numpy as np
from hypothesis import given, settings
from scipy.sparse import csr_array
from small_models import choices, flags, keeps_by_hand, model_of, random_models, worth_by_hand

from planner.siting.solving.bounds import relax
from planner.siting.solving.cliques import conflict_cliques
from planner.siting.solving.counting import sum_of
from planner.siting.solving.feasible import keeps_limits
from planner.siting.solving.model import NO_LIMIT, Model


def bounds(model: Model, most: int = 60) -> list[int]:
    none = np.zeros(len(model.value), np.int32)
    steps = relax(model, conflict_cliques(model), served=none)
    return [step.bound_milli for step in itertools.islice(steps, most)]


@given(random_models())
@settings(max_examples=80, deadline=None)
def test_no_choice_is_worth_more_than_any_bound_says_of_it(model: Model) -> None:
    plans = [(chosen, worth_by_hand(model, chosen)) for chosen in choices(model)]
    none = np.zeros(len(model.value), np.int32)
    last = None
    for step in itertools.islice(relax(model, conflict_cliques(model), served=none), 25):
        assert last is None or step.bound_milli <= last
        last = step.bound_milli
        for chosen, worth in plans:
            assert worth <= step.bound_milli
            held = flags(model, chosen)
            assert (step.if_opened[held] >= worth).all()
            assert (step.if_left[~held] >= worth).all()


@given(random_models())
@settings(max_examples=150, deadline=None)
def test_worth_and_limits_are_counted_as_by_hand(model: Model) -> None:
    for chosen in ({k for k in range(len(model.cost)) if n >> k & 1} for n in range(0, 64, 7)):
        held = flags(model, chosen)
        assert sum_of(model, held) == worth_by_hand(model, chosen)
        assert keeps_limits(model, held) == keeps_by_hand(model, chosen)


def test_a_linear_limit_bounds_as_parts_of_options_would() -> None:
    # Weights 4, 3, 2 within 5: the first whole and a third of the second, 10 + 2.
    model = model_of([{0}, {1}, {2}], [10, 6, 2], linear=[([4, 3, 2], -NO_LIMIT, 5)])
    assert bounds(model, 1000)[-1] == 12


def test_what_must_be_there_at_least_lowers_the_bound() -> None:
    # One place; the second option must have it.
    model = model_of([{0}, {1}], [10, 6], places=1, linear=[([0, 1], 1, NO_LIMIT)])
    assert bounds(model, 1000)[-1] == 6


def test_a_floor_lowers_the_bound() -> None:
    # One place; the floor counts the second row alone.
    model = model_of([{0}, {1}], [10, 6], places=1, floors=[([0, 3], 3)])
    assert bounds(model, 1000)[-1] == 6


def test_twice_is_bounded_by_how_often_options_are_open() -> None:
    # Two of three options that serve one row: 5 once and 3 for the second; a third adds nothing.
    assert bounds(model_of([{0}, {0}, {0}], [5], twice=[3]), 1000)[-1] == 8
    assert bounds(model_of([{0}, {0}, {0}], [5], twice=[3], places=1), 1000)[-1] == 5


def test_least_money_for_a_floor_is_bounded_by_the_cheapest_parts() -> None:
    # 4 of 6 must be served; 3 for 6 yuan, 2 for 3, 1 for 1: the two cheapest and a third of 6.
    model = model_of([{0}, {1}, {2}], [0, 0, 0], worth=[-6, -3, -1], floors=[([3, 2, 1], 4)])
    assert bounds(model, 2000)[-1] == -6


def test_an_empty_model_is_worth_nothing() -> None:
    model = model_of([set()], [])
    steps = list(relax(model, csr_array((0, 1)), served=np.zeros(0, np.int32)))
    assert steps[-1].bound_milli == 0
