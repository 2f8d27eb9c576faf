"""Whole parts of whole totals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.demand.rounding import share_out

segments = st.lists(
    st.tuples(
        st.integers(0, 10**9),
        st.lists(st.floats(0, 1e6, allow_subnormal=False), min_size=1, max_size=8).filter(
            lambda weights: sum(weights) > 0
        ),
    ),
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(segments)
def test_parts_add_up_to_their_total_and_lie_within_one_of_their_exact_share(
    parts: list[tuple[int, list[float]]],
) -> None:
    totals = np.array([total for total, _ in parts], dtype=np.int64)
    weights = np.array([weight for _, own in parts for weight in own], dtype=np.float64)
    starts = np.cumsum([0, *(len(own) for _, own in parts)]).astype(np.int64)

    given_out = share_out(totals, weights, starts)

    for (total, own), first in zip(parts, starts, strict=False):
        got = given_out[first : first + len(own)]
        assert got.sum() == total
        for part, weight in zip(got, own, strict=True):
            assert abs(part - total * weight / sum(own)) < 1 + 1e-6 * total
            assert weight > 0 or part == 0


def test_of_equal_remainders_the_earlier_gets_the_unit() -> None:
    parts = share_out(np.array([5]), np.array([1.0, 1.0]), np.array([0, 2]))
    assert parts.tolist() == [3, 2]


def test_segments_do_not_borrow_from_each_other() -> None:
    parts = share_out(np.array([1, 2]), np.array([0.1, 0.1, 5.0, 0.0]), np.array([0, 2, 4]))
    assert parts.tolist() == [1, 0, 2, 0]


def test_a_segment_without_members_is_passed_over() -> None:
    parts = share_out(np.array([0, 7]), np.array([2.0]), np.array([0, 0, 1]))
    assert parts.tolist() == [7]


def test_a_total_that_no_weight_can_carry_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a weight above 0"):
        share_out(np.array([1]), np.array([0.0, 0.0]), np.array([0, 2]))
