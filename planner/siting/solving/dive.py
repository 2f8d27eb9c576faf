"""A choice found by settling options one after the other, the furthest open first."""

import numpy as np
from numpy.typing import NDArray

from planner.siting.solving.prices import FREE, IN, Descent, Relaxation, advance, start
from planner.siting.solving.settle import follow, rounded

__all__ = ["dive"]

_SURE, _HARDLY = 0.95, 0.01
"""An option that is open so far is chosen; one that is open less far is not looked at."""
_STEPS = 30
_SHARE = 0.1
"""What share of what is left to open is chosen at least before what is left is bounded anew."""


def dive(
    rel: Relaxation, here: Descent, settled: NDArray[np.int8], halt: NDArray[np.int8]
) -> NDArray[np.bool_]:
    """Choose what is furthest open, bound what is left, and so on.

    Parameters
    ----------
    here
        Stands where the dive begins; changed.
    settled
        What is settled already, shape (m,); changed.
    halt
        Not 0: end with what is chosen so far.

    Returns
    -------
    NDArray
        Shape (m,). Keeps what must not be too much; may break what must not be too little.
    """
    opened = here.opened.copy()
    while halt[0] == 0 and _settle_some(rel, settled, opened):
        start(rel, here, settled)
        advance(rel, here, settled, _STEPS)
        opened = here.sum_opened / here.control[0]
    return rounded(rel, settled, opened)


def _settle_some(rel: Relaxation, settled: NDArray[np.int8], opened: NDArray[np.float64]) -> bool:
    """Choose the next options; false: there are none, or the limits cannot be kept any more."""
    rank = np.where(settled == FREE, opened, 0.0)
    least = int(np.ceil(_SHARE * rank.sum()))
    order = np.argsort(-rank, kind="stable")
    taken = 0
    for k in order[rank[order] >= _HARDLY].tolist():
        if taken >= least and rank[k] < _SURE:
            break
        if settled[k] == FREE:
            settled[k] = IN
            taken += 1
            if not follow(rel, settled):
                return False
    return taken > 0
