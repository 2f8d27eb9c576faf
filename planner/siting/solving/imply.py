"""Limits -> options that every plan holds, and options that none does."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from planner.siting.problem import LinearLimits, SitingProblem
from planner.siting.solving.model import NO_LIMIT

__all__ = ["Implied", "implied"]

_MOST_ROUNDS = 100
"""Each round looks at all limits again; ending early only leaves more to decide."""

_Marks = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Implied:
    """What the limits leave open."""

    locked: _Marks
    """Options that every plan holds, shape (n,)."""
    free: _Marks
    """Options that a plan may hold or not, shape (n,)."""
    possible: bool
    """False: the limits were seen to contradict each other, so no plan keeps them."""


def implied(problem: SitingProblem, pairs: NDArray[np.int64]) -> Implied:
    """Follow each limit to what it forces, until nothing new follows.

    A limit that can only be reached with an option forces it, one that an option would break rules
    it out, and so do money, count and conflicts with options that are forced.

    Parameters
    ----------
    problem
        What is asked.
    pairs
        Options that exclude each other, shape (q, 2); see `conflict_pairs`.
    """
    linear = problem.linear or LinearLimits.none(len(problem.options))
    weights = csr_array(linear.weights, dtype=np.int64)
    locked, free = problem.locked.copy(), ~(problem.locked | problem.forbidden)
    possible = bool((linear.least <= linear.most).all())
    for _ in range(_MOST_ROUNDS):
        before = free.copy()
        possible &= _kept_by_money(problem, locked, free) & _kept_apart(pairs, locked, free)
        possible &= _kept_linear(linear, weights, locked, free)
        if not possible or (before == free).all():
            break
    possible = possible and _floors_in_reach(problem, locked | free)
    return Implied(locked=locked, free=free, possible=bool(possible))


def _kept_by_money(problem: SitingProblem, locked: _Marks, free: _Marks) -> bool:
    """Rule out what is dearer than what is left; false where the locked are already too dear."""
    cost, counts = problem.cost_fen, problem.counts
    money = NO_LIMIT if problem.budget_fen is None else problem.budget_fen - int(cost[locked].sum())
    places = NO_LIMIT if problem.count is None else problem.count - int(counts[locked].sum())
    free &= (cost <= money) & (counts <= places)
    return money >= 0 and places >= 0


def _kept_apart(pairs: NDArray[np.int64], locked: _Marks, free: _Marks) -> bool:
    """Rule out what conflicts with a locked option; false where two locked ones conflict."""
    for one, other in (pairs.T, pairs.T[::-1]):
        free[other[locked[one]]] = False
    return not locked[pairs].all(axis=1).any()


def _kept_linear(linear: LinearLimits, weights: csr_array, locked: _Marks, free: _Marks) -> bool:
    """Follow the linear limits once; false where one can no longer be kept."""
    if not len(linear.most):
        return True
    high, low = reach_of(weights, locked, free)
    if (high < linear.least).any() or (low > linear.most).any():
        return False
    limit = np.repeat(np.arange(len(linear.most)), np.diff(weights.indptr))
    weight, option = weights.data, weights.indices
    up, down = np.maximum(weight, 0), np.minimum(weight, 0)
    must = (high[limit] - up < linear.least[limit]) | (low[limit] - down > linear.most[limit])
    must_not = (high[limit] + down < linear.least[limit]) | (low[limit] + up > linear.most[limit])
    open_ = free[option]
    forced, barred = np.unique(option[must & open_]), np.unique(option[must_not & open_])
    locked[forced] = True
    free[forced] = free[barred] = False
    return not len(np.intersect1d(forced, barred))


def reach_of(
    weights: csr_array, locked: _Marks, free: _Marks
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Say how high and how low the sum of the weights in each limit can be, shape (q,) each."""
    certain = weights @ locked.astype(np.int64)
    open_ = free.astype(np.int64)
    up, down = weights.copy(), weights.copy()
    up.data, down.data = np.maximum(weights.data, 0), np.minimum(weights.data, 0)
    return certain + up @ open_, certain + down @ open_


def _floors_in_reach(problem: SitingProblem, possible: _Marks) -> bool:
    """Tell whether each floor is met at least by all options together."""
    if problem.floors is None:
        return True
    served = np.zeros(len(problem.value_milli), np.int64)
    served[csr_array(problem.serves)[np.flatnonzero(possible)].indices] = 1
    return bool((problem.floors.values.astype(np.int64) @ served >= problem.floors.least).all())
