"""Options that limits or a bound settle, and a choice from a solution in parts."""

import numpy as np
from numpy.typing import NDArray

from planner.compiled import kernel
from planner.siting.solving.prices import FREE, IN, OUT, Descent, Relaxation

__all__ = ["follow", "rounded", "settle_by_bound"]

_TINY = 1e-9
"""How far sums of weights in floats may be off, as a share of the limit."""


@kernel
def settle_by_bound(
    rel: Relaxation, here: Descent, settled: NDArray[np.int8], target: float
) -> int:
    """Settle each free option without which, or with which, nothing above the target is left.

    Gives how many were settled.
    """
    bound, count = here.told[0] + here.told[1], 0
    for k in range(len(settled)):
        if settled[k] == FREE:
            last = here.told[2] if rel.counts[k] > 0 else 0.0
            first = here.told[3] if rel.counts[k] > 0 else 0.0
            if bound + min(0.0, here.best_adds[k] - last) < target:
                settled[k] = OUT
                count += 1
            elif bound + min(0.0, first - here.best_adds[k]) < target:
                settled[k] = IN
                count += 1
    return count


@kernel
def follow(rel: Relaxation, settled: NDArray[np.int8]) -> bool:  # noqa: C901, PLR0912 - one pass over arrays
    """Settle what the limits leave no choice for; false: they cannot be kept any more."""
    again = True
    while again:
        again = False
        left = rel.places
        for k in range(len(settled)):
            if settled[k] == IN:
                left -= rel.counts[k]
        if left < 0:
            return False
        if left == 0:
            for k in range(len(settled)):
                if settled[k] == FREE and rel.counts[k] > 0:
                    settled[k] = OUT
        for limit in range(len(rel.most)):
            changed = _follow_limit(rel, settled, limit)
            if changed < 0:
                return False
            again = again or changed > 0
    return _floors_in_reach(rel, settled)


@kernel
def _follow_limit(rel: Relaxation, settled: NDArray[np.int8], limit: int) -> int:  # noqa: C901, PLR0912 - one pass over arrays
    """Settle what one limit leaves no choice for; gives how many, -1: it cannot be kept."""
    low, high, size, count = 0.0, 0.0, 0.0, 0
    for at in range(rel.limit_start[limit], rel.limit_start[limit + 1]):
        weight, state = rel.weights[at], settled[rel.limited[at]]
        if state == IN:
            low += weight
            high += weight
        elif state == FREE:
            low += min(0.0, weight)
            high += max(0.0, weight)
        size += abs(weight)
    most, least = rel.most[limit] + _TINY * size, rel.least[limit] - _TINY * size
    if low > most or high < least:
        return -1
    for at in range(rel.limit_start[limit], rel.limit_start[limit + 1]):
        k, weight = rel.limited[at], rel.weights[at]
        if settled[k] == FREE and weight != 0:
            # Chosen it moves one end by its weight, left out the other.
            if low + abs(weight) > most:
                settled[k] = OUT if weight > 0 else IN
            elif high - abs(weight) < least:
                settled[k] = IN if weight > 0 else OUT
            if settled[k] != FREE:
                count += 1
                if (settled[k] == IN) == (weight > 0):
                    low += abs(weight)
                else:
                    high -= abs(weight)
    return count


@kernel
def _floors_in_reach(rel: Relaxation, settled: NDArray[np.int8]) -> bool:
    """Tell whether the options that are left could serve enough toward each floor."""
    if not len(rel.floor_least):
        return True
    met = np.zeros(len(rel.floor_least))
    for row in range(len(rel.value)):
        for at in range(rel.option_start[row], rel.option_start[row + 1]):
            if settled[rel.options[at]] != OUT:
                for to in range(rel.floor_start[row], rel.floor_start[row + 1]):
                    met[rel.floors[to]] += rel.floor_values[to]
                break
    return bool((met >= rel.floor_least - _TINY * met).all())


@kernel
def rounded(
    rel: Relaxation, settled: NDArray[np.int8], opened: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Choose the options that are furthest open as long as no limit is passed."""
    chosen = np.zeros(len(settled), np.bool_)
    used, left = np.zeros(len(rel.most)), rel.places
    rank = opened.copy()
    for k in range(len(settled)):
        if settled[k] != FREE:
            rank[k] = 2.0 if settled[k] == IN else -1.0
    for k in np.argsort(-rank, kind="mergesort"):
        fits = rank[k] > 0 and rel.counts[k] <= left
        for at in range(rel.bound_start[k], rel.bound_start[k + 1]):
            limit = rel.bound_by[at]
            if used[limit] + rel.bound_weights[at] > rel.most[limit]:
                fits = False
        if fits or settled[k] == IN:  # what is settled may pass a limit that others keep again
            chosen[k] = True
            left -= rel.counts[k]
            for at in range(rel.bound_start[k], rel.bound_start[k + 1]):
                used[rel.bound_by[at]] += rel.bound_weights[at]
    return chosen
