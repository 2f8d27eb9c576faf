"""A model -> the options that another option, or none at all, makes needless."""

import numpy as np
from numpy.typing import NDArray

from planner.compiled import kernel
from planner.progress import Stop, never
from planner.siting.solving.model import NO_LIMIT, Model

__all__ = ["dominated"]

_MOST_STEPS = 2 * 10**9
"""Above this many steps the search for dominated options is left out: it would take longer than it
saves."""
_STEPS_A_PIECE = 50_000_000
"""Steps between two questions whether to end: a fraction of a second."""


def dominated(model: Model, *, ended: Stop = never) -> NDArray[np.bool_]:
    """Mark each option that another one makes needless, shape (m,).

    That is where the other serves all its rows, is worth at least as much, costs and counts no
    more, is at least as good in every limit and conflicts with nothing that it does not conflict
    with too; of two equal ones the first stays. Both could still be chosen together: so the two
    must conflict, or nothing must be lost by leaving the needless one out beside the other.

    Parameters
    ----------
    model
        Its limits and conflicts, ascending for each option.
    ended
        Asked a few times a second; true: options that nobody has looked at yet count as not
        dominated.
    """
    needless = np.zeros(len(model.cost), np.bool_)
    if int((np.diff(model.option_start) ** 2).sum()) > _MOST_STEPS:
        return needless
    looked_at = 0
    while looked_at < len(needless):
        looked_at = _mark_dominated(model, needless, looked_at, _STEPS_A_PIECE)
        if ended():
            break
    return needless


@kernel
def _alike(model: Model, j: int, k: int) -> bool:
    """Tell whether two options are equal in everything that makes one needless beside the other."""
    return bool(
        model.row_start[j + 1] - model.row_start[j] == model.row_start[k + 1] - model.row_start[k]
        and model.cost[j] == model.cost[k]
        and model.counts[j] == model.counts[k]
        and model.worth[j] == model.worth[k]
        and model.foe_start[j + 1] - model.foe_start[j]
        == model.foe_start[k + 1] - model.foe_start[k]
        and _as_good(model, j, k)
        and _as_good(model, k, j)
    )


@kernel
def _harmless(model: Model, k: int, marked: NDArray[np.int32], mark: int) -> bool:
    """Tell whether every conflict of option `k` is with a marked one."""
    for at in range(model.foe_start[k], model.foe_start[k + 1]):
        if marked[model.foes[at]] != mark:
            return False
    return True


@kernel
def _as_good(model: Model, j: int, k: int) -> bool:
    """Tell whether option `k` is at least as good as `j` in every limit of either."""
    one, other = model.limit_start[j], model.limit_start[k]
    one_end, other_end = model.limit_start[j + 1], model.limit_start[k + 1]
    while one < one_end or other < other_end:
        i = len(model.most)
        if one < one_end:
            i = model.limits[one]
        if other < other_end:
            i = min(i, model.limits[other])
        mine, its = 0, 0
        if one < one_end and model.limits[one] == i:
            mine = model.weights[one]
            one += 1
        if other < other_end and model.limits[other] == i:
            its = model.weights[other]
            other += 1
        if its < mine and model.least[i] > -NO_LIMIT:
            return False
        if its > mine and model.most[i] < NO_LIMIT:
            return False
    return True


@kernel
def _idle(model: Model, j: int) -> bool:
    """Tell whether leaving `j` out loses nothing where another option serves all its rows."""
    if model.worth[j] > 0:
        return False
    for at in range(model.limit_start[j], model.limit_start[j + 1]):
        i, weight = model.limits[at], model.weights[at]
        if weight > 0 and model.least[i] > -NO_LIMIT:
            return False
        if weight < 0 and model.most[i] < NO_LIMIT:
            return False
    for at in range(model.row_start[j], model.row_start[j + 1]):
        if model.twice[model.rows[at]] > 0:
            return False
    return True


@kernel
def _mark_dominated(model: Model, needless: NDArray[np.bool_], first: int, most_steps: int) -> int:
    """Look at the options from `first` on until the steps are used up; gives the next one."""
    m = len(model.cost)
    marked = np.full(m, -1, np.int32)
    steps = 0
    for j in range(first, m):
        if steps >= most_steps:
            return j
        for at in range(model.row_start[j], model.row_start[j + 1]):
            row = model.rows[at]
            steps += model.option_start[row + 1] - model.option_start[row]
        steps += m
        shared = _rows_shared(model, j)
        size = model.row_start[j + 1] - model.row_start[j]
        idle = _idle(model, j)
        if idle and size == 0:
            needless[j] = True
            continue
        marked[j] = j
        for at in range(model.foe_start[j], model.foe_start[j + 1]):
            marked[model.foes[at]] = j
        for k in range(m):
            if (
                shared[k] == size
                and k != j
                and not needless[k]
                and model.cost[k] <= model.cost[j]
                and model.counts[k] <= model.counts[j]
                and model.worth[k] >= model.worth[j]
                and (idle or marked[k] == j)
                and _as_good(model, j, k)
                and not (k > j and _alike(model, j, k))  # of two equal ones the first stays
                and _harmless(model, k, marked, j)
            ):
                needless[j] = True
                break
    return m


@kernel
def _rows_shared(model: Model, j: int) -> NDArray[np.int32]:
    """Count the rows that each option shares with option `j`, shape (m,)."""
    shared = np.zeros(len(model.cost), np.int32)
    for at in range(model.row_start[j], model.row_start[j + 1]):
        row = model.rows[at]
        for to in range(model.option_start[row], model.option_start[row + 1]):
            shared[model.options[to]] += 1
    return shared
