"""The proof: the best choice of any small model, with a bound that meets it."""

import math

from hypothesis import given, settings
from small_models import choices, flags, model_of, random_models, worth_by_hand

from planner.siting.cliques import conflict_cliques
from planner.siting.exact import Found, prove
from planner.siting.model import NO_LIMIT, Model
from planner.siting.worth import keeps_limits, worth_of


def proven(model: Model, start: set[int] | None, gap: int = 0) -> Found:
    return prove(
        model,
        conflict_cliques(model),
        start=None if start is None else flags(model, start),
        gap_milli=gap,
        time_limit_s=60.0,
        tell=lambda _: False,
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
        known = max(known, worth_of(model, found.chosen))
    assert known >= best - slack(model)


def test_the_second_time_is_never_paid_for_half_an_option() -> None:
    # 2 once and 9 more for the second, one place: 2.
    model = model_of([{0}, {0}], [2], twice=[9], places=1)
    assert proven(model, {0}).bound_milli <= 2 + slack(model)


def test_a_first_choice_is_found_where_none_is_known() -> None:
    model = model_of([{0}, {1}], [10, 6], places=1, linear=[([0, 1], 1, NO_LIMIT)])
    found = proven(model, None)
    assert found.chosen is not None
    assert found.chosen.tolist() == [False, True]
