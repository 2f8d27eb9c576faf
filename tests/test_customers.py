"""Customers merged by the sites that serve them: against every pair looked at by itself."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.siting.streaming.customers import Batch, Faces, merge_customers


def by_pairs(
    batch: Batch, site_xy: np.ndarray, radius: np.ndarray
) -> tuple[dict[tuple[int, ...], int], int]:
    """Add up demand by set of sites; and what no site serves."""
    faces: dict[tuple[int, ...], int] = {}
    for x, y, demand in zip(*batch, strict=True):
        serving = tuple(
            n
            for n, (sx, sy) in enumerate(site_xy)
            if (x - sx) * (x - sx) + (y - sy) * (y - sy) <= radius[n] * radius[n]
        )
        faces[serving] = faces.get(serving, 0) + int(demand)
    lost = faces.pop((), 0)
    return {serving: demand for serving, demand in faces.items() if demand}, lost


def told(faces: Faces) -> dict[tuple[int, ...], int]:
    table = faces.serves.toarray().T
    sets = [tuple(np.flatnonzero(row).tolist()) for row in table]
    assert len(set(sets)) == len(sets)
    return dict(zip(sets, faces.value.tolist(), strict=True))


def cut(batch: Batch, size: int) -> Iterator[Batch]:
    for first in range(0, len(batch.x), size):
        yield Batch._make(column[first : first + size] for column in batch)


@given(
    st.integers(0, 10**6),
    st.integers(0, 30),
    st.integers(0, 300),
    st.integers(1, 100),
    st.sampled_from([1.0, 1e7]),
)
@settings(max_examples=60, deadline=None)
def test_merged_customers_are_those_of_every_pair_looked_at(
    seed: int, sites: int, customers: int, size: int, scale: float
) -> None:
    # Whole coordinates and radii, so that customers lie exactly on circles and squares.
    rng = np.random.default_rng(seed)
    site_xy = (rng.integers(0, 20, (sites, 2)) + scale).astype(np.float64)
    radius = rng.choice(np.array([1.0, 2.0, 5.0, 25.0]), sites)
    xy = (rng.integers(-5, 30, (customers, 2)) + scale).astype(np.float64)
    batch = Batch(xy[:, 0].copy(), xy[:, 1].copy(), rng.integers(0, 4, customers))
    found = merge_customers(cut(batch, size), site_xy, radius)
    faces, lost = by_pairs(batch, site_xy, radius)
    assert told(found) == faces
    assert (found.out_of_reach, found.customers) == (lost, customers)


def test_more_faces_than_the_first_table_holds_are_all_kept() -> None:
    # given: 150 large circles around a centre, which cut it into thousands of faces
    rng = np.random.default_rng(1)
    site_xy, radius = rng.normal(0, 1, (150, 2)), rng.uniform(1, 3, 150)
    xy = rng.normal(0, 2, (20_000, 2))
    batch = Batch(xy[:, 0].copy(), xy[:, 1].copy(), rng.integers(1, 101, len(xy)))
    # when
    found = merge_customers([batch], site_xy, radius)
    # then
    faces, lost = by_pairs(batch, site_xy, radius)
    assert len(faces) > 4096
    assert told(found) == faces
    assert found.out_of_reach == lost


def test_batches_and_their_order_never_change_the_faces() -> None:
    rng = np.random.default_rng(2)
    xy = rng.random((5000, 2))
    batch = Batch(xy[:, 0].copy(), xy[:, 1].copy(), rng.integers(1, 101, len(xy)))
    turned = Batch._make(column[::-1].copy() for column in batch)
    one, other = (
        merge_customers(cut(some, size), xy[:40], 0.2)
        for some, size in ((batch, 5000), (turned, 77))
    )
    assert one.value.tolist() == other.value.tolist()
    assert (one.serves != other.serves).nnz == 0


def test_a_customer_at_the_radius_is_served_and_one_beyond_is_not() -> None:
    batch = Batch(np.array([3.0, 3.0000001]), np.array([4.0, 4.0]), np.array([7, 5]))
    found = merge_customers([batch], np.array([[0.0, 0.0]]), 5.0)
    assert told(found) == {(0,): 7}
    assert found.out_of_reach == 5


def test_without_sites_or_customers_there_are_no_faces() -> None:
    batch = Batch(np.zeros(2), np.zeros(2), np.array([3, 4]))
    nobody = merge_customers([batch], np.zeros((0, 2)), 1.0)
    assert (nobody.serves.shape, nobody.out_of_reach, nobody.customers) == ((0, 0), 7, 2)
    assert merge_customers([], np.zeros((3, 2)), 1.0).serves.shape == (3, 0)


@pytest.mark.parametrize(
    ("batch", "match"),
    [
        (Batch(np.array([np.nan]), np.zeros(1), np.ones(1, np.int64)), "x and y must be finite"),
        (Batch(np.zeros(1), np.zeros(1), np.array([-1])), "demand must be from 0"),
        (Batch(np.zeros(1), np.zeros(1), np.array([2**62])), "demand must be from 0"),
        (Batch(np.zeros(2), np.zeros(1), np.ones(1, np.int64)), "one length"),
        (Batch(np.zeros(1), np.zeros(1), np.ones(1)), "demand int64"),  # type: ignore[arg-type]  # wrong on purpose
    ],
)
def test_a_bad_batch_is_refused(batch: Batch, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        merge_customers([batch], np.zeros((1, 2)), 1.0)


@pytest.mark.parametrize("radius", [0.0, -1.0, np.nan, np.inf, np.ones(3)])
def test_a_bad_radius_is_refused(radius: float) -> None:
    with pytest.raises(ValueError, match="radius must be"):
        merge_customers([], np.zeros((1, 2)), radius)


def test_bad_sites_are_refused() -> None:
    with pytest.raises(ValueError, match=r"site_xy must be finite and have shape \(n, 2\)"):
        merge_customers([], np.array([[np.nan, 0.0]]), 1.0)
