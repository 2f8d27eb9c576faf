"""The searches inside `planner solve`, against programs and every choice."""

import itertools

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from planner.siting.matrix.answer import Clock
from planner.siting.matrix.cover_search import improve_cover
from planner.siting.matrix.covers import cover_all, covering
from planner.siting.matrix.far_sets import find_far_apart, needed_sites


def _near(seed: int, n: int) -> np.ndarray:
    """Draw which places are too near: of a square where the seed is even, else at random."""
    rng = np.random.default_rng(seed)
    if seed % 2:
        drawn = np.triu(rng.random((n, n)) < rng.random(), 1)
        return np.asarray(drawn | drawn.T)
    at = rng.random((n, 2))
    apart = np.hypot(at[:, None, 0] - at[:, 0], at[:, None, 1] - at[:, 1])
    return np.asarray((apart < rng.random()) & (apart > 0))


def _most_apart(near: np.ndarray) -> int:
    n = len(near)
    return max(
        size
        for size in range(1, n + 1)
        for chosen in itertools.combinations(range(n), size)
        if not near[np.ix_(chosen, chosen)].any()
    )


@pytest.mark.parametrize("seed", range(40))
def test_as_many_are_found_far_apart_as_there_are_and_not_one_more(seed: int) -> None:
    near = _near(seed, 4 + seed % 8)
    most = _most_apart(near)
    found, done = find_far_apart(near, most, Clock(60.0))
    assert done
    assert found is not None
    assert len(set(found.tolist())) == most
    assert not near[np.ix_(found, found)].any()
    assert find_far_apart(near, most + 1, Clock(60.0)) == (None, True)


def test_a_place_too_near_to_more_than_its_neighbour_is_not_needed() -> None:
    # A row of five, each too near to the next: 0 stands for 1, and 4 for 3; 2 is then left alone.
    near = np.abs(np.arange(5)[:, None] - np.arange(5)) == 1
    assert needed_sites(near, 3).tolist() == [0, 2, 4]
    assert len(needed_sites(near, 4)) < 4


def test_a_search_without_time_leaves_the_question_open() -> None:
    assert find_far_apart(_near(0, 12), 2, Clock(0.0)) == (None, False)


@pytest.mark.parametrize("seed", range(24))
def test_covers_cost_what_a_plain_program_proves_least(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, m = int(rng.integers(5, 40)), int(rng.integers(5, 50))
    covers = rng.random((m, n)) < 0.1
    covers[np.arange(m), rng.integers(0, n, m)] = True
    cost = np.ones(n) if seed % 2 else rng.integers(0, 9, n).astype(float)
    plain = milp(
        cost,
        constraints=LinearConstraint(covers.astype(float), 1, np.inf),
        bounds=Bounds(0, 1),
        integrality=np.ones(n),
    )
    cell, site = np.nonzero(covers)
    sets = covering(cell, site, m, n)
    found = cover_all(sets, cost, np.zeros(n, bool), Clock(60.0))
    assert found.proven
    assert found.chosen is not None
    assert found.cost == found.bound == pytest.approx(plain.fun)
    assert covers[:, found.chosen].any(axis=1).all()
    lists = sets.start, sets.cell, sets.cell_start, sets.site
    better, price = improve_cover(*lists, cost + 1.0, np.ones(n, bool), 0.0, 200, 0)
    assert covers[:, better].any(axis=1).all()
    assert price == (cost + 1.0)[better].sum()
