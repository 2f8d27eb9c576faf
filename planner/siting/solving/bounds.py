"""What no plan can exceed, by a Lagrangian relaxation that also settles options."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from planner.siting.solving.model import Model
from planner.siting.solving.prices import (
    FREE,
    Descent,
    Relaxation,
    advance,
    no_descent,
    relaxation,
    start,
)

__all__ = ["Relaxed", "relax"]

_Reals = NDArray[np.float64]
_STEPS = 10
"""Steps of the method between two bounds."""
_PATIENCE = 40
"""Bounds that must together bring more than `_NOTABLE`, as a share of the bound, to go on."""
_NOTABLE = 2e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Relaxed:
    """The best bound so far and what it says of each option."""

    bound_milli: int
    """No choice of options in the model is worth more, thousandths of a worker-minute a week."""
    if_opened: _Reals
    """No choice that holds this option is worth more, shape (m,)."""
    if_left: _Reals
    """No choice without this option is worth more, shape (m,)."""
    opened: _Reals
    """How far each option is open in the mean solution of the relaxation, 0 to 1, shape (m,)."""


def relax(model: Model, cliques: csr_array, *, served: NDArray[np.int32]) -> Iterator[Relaxed]:
    """Improve a Lagrangian bound step by step.

    Each row's "served no more often than options are open" gets a price u of at least 0, each
    clique's "at most one", each linear limit and the money a price, each floor a reward. What is
    left falls apart: a row is worth value - u or value + twice - 2 u or nothing, an option the sum
    of its u and its worth less what its limits cost, and the best options within the count are
    found exactly. The result is a bound whatever the prices; the primal-dual hybrid gradient method
    moves them to those of the linear program.

    Parameters
    ----------
    model
        What is left to decide.
    cliques
        Ones, shape (q, m); see `conflict_cliques`.
    served
        How many options of a good plan serve each row, shape (r,): where the prices start.

    Yields
    ------
    Relaxed
        After every few steps, the best so far; it never gets worse. Ends where steps do not help
        any more.

    References
    ----------
    A. Chambolle and T. Pock (2011), A first-order primal-dual algorithm for convex problems with
    applications to imaging, Journal of Mathematical Imaging and Vision 40, 120-145.
    D. Applegate and others (2021), Practical large-scale linear programming using primal-dual
    hybrid gradient, Advances in Neural Information Processing Systems 34, 20243-20257.
    R. Galvao and C. ReVelle (1996), A Lagrangean heuristic for the maximal covering location
    problem, European Journal of Operational Research 88, 114-123.
    """
    rel = relaxation(model, cliques)
    here = no_descent(rel)
    here.price[:] = first_prices(rel, served)
    settled = np.full(len(model.cost), FREE, np.int8)
    start(rel, here, settled)
    marks: list[float] = []
    while True:
        advance(rel, here, settled, 1 if not marks else _STEPS)
        yield told(rel, here)
        marks.append(float(here.told[0]))
        if len(marks) > _PATIENCE:
            notable = _NOTABLE * max(abs(marks[-1]), 1.0)
            if marks[-1 - _PATIENCE] - marks[-1] <= notable:
                return


def first_prices(rel: Relaxation, served: NDArray[np.int32]) -> _Reals:
    """Price rows high that few options of a good plan serve, shape (r,)."""
    full = np.maximum(rel.value, (rel.value + rel.twice) / 2)
    return full / (1.0 + np.minimum(served, 3)) ** 2


def told(rel: Relaxation, here: Descent) -> Relaxed:
    """Say what the best prices of a descent prove."""
    bound = here.told[0] + here.told[1]
    counted = rel.counts > 0
    opened = here.best_adds - np.where(counted, here.told[2], 0.0)
    left = np.where(counted, here.told[3], 0.0) - here.best_adds
    return Relaxed(
        bound_milli=math.floor(bound),
        if_opened=bound + np.minimum(0.0, opened),
        if_left=bound + np.minimum(0.0, left),
        opened=here.sum_opened / max(1.0, here.control[0]),
    )
