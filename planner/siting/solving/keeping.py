"""Whether a change of the choice keeps the linear limits and floors, and how far it is from that.

All of it looks at the limits of single options; nothing here costs anything where there are none.
"""

import numpy as np
from numpy.typing import NDArray

from planner.compiled import kernel
from planner.siting.solving.model import Model, State

__all__ = [
    "floor_relief",
    "limit_relief",
    "limited",
    "limits_allow",
    "meet",
    "mends",
    "put_back",
    "relief",
    "take_away",
    "use",
]

_WORSE = 2.0
"""What a limit that is broken further counts against one that is mended."""


@kernel
def limited(model: Model) -> bool:
    """Tell whether there is any linear limit or floor."""
    return len(model.most) + len(model.floor_least) > 0


@kernel
def use(model: Model, state: State, k: int, sign: int) -> None:
    """Add the weights of option `k` to what is used of its limits, or take them away."""
    for at in range(model.limit_start[k], model.limit_start[k + 1]):
        i = model.limits[at]
        used = state.used[i]
        state.broken[0] -= used < model.least[i] or used > model.most[i]
        used += sign * model.weights[at]
        state.broken[0] += used < model.least[i] or used > model.most[i]
        state.used[i] = used


@kernel
def meet(model: Model, state: State, k: int, sign: int) -> None:
    """Add what only option `k` serves toward floors, or take it away; before `times` is changed."""
    if len(model.floor_least) == 0:
        return
    alone = 0 if sign > 0 else 1
    for at in range(model.row_start[k], model.row_start[k + 1]):
        row = model.rows[at]
        if state.times[row] != alone:
            continue
        for to in range(model.floor_start[row], model.floor_start[row + 1]):
            i = model.floors[to]
            state.broken[0] -= state.met[i] < model.floor_least[i]
            state.met[i] += sign * model.floor_values[to]
            state.broken[0] += state.met[i] < model.floor_least[i]


@kernel
def limits_allow(model: Model, state: State, k: int) -> bool:
    """Tell whether option `k` could be added without breaking a limit or one that is broken more.

    Floors are only served better by one more option.
    """
    for at in range(model.limit_start[k], model.limit_start[k + 1]):
        i = model.limits[at]
        before = state.used[i]
        after = before + model.weights[at]
        if after > model.most[i] and after > before:
            return False
        if after < model.least[i] and after < before:
            return False
    return True


@kernel
def take_away(model: Model, state: State, out: int) -> None:
    """Take a chosen option out of limits, rows and floors alone; `put_back` undoes it.

    What options would add, conflicts, money and places stay as they are.
    """
    use(model, state, out, -1)
    meet(model, state, out, -1)
    for at in range(model.row_start[out], model.row_start[out + 1]):
        state.times[model.rows[at]] -= 1


@kernel
def put_back(model: Model, state: State, out: int) -> None:
    """Undo `take_away`."""
    use(model, state, out, 1)
    meet(model, state, out, 1)
    for at in range(model.row_start[out], model.row_start[out + 1]):
        state.times[model.rows[at]] += 1


@kernel
def mends(model: Model, state: State, k: int, got: NDArray[np.int64]) -> bool:
    """Tell whether every limit and floor holds once option `k` is added.

    `got` is room for a number for each floor.
    """
    left = state.broken[0]
    for at in range(model.limit_start[k], model.limit_start[k + 1]):
        i = model.limits[at]
        used = state.used[i]
        before = used < model.least[i] or used > model.most[i]
        used += model.weights[at]
        if used < model.least[i] or used > model.most[i]:
            return False
        left -= before
    if left == 0:
        return True
    if left > len(got):
        return False
    _serve_floors(model, state, k, got)
    for i in range(len(got)):
        if state.met[i] < model.floor_least[i] <= state.met[i] + got[i]:
            left -= 1
    return bool(left == 0)


@kernel
def relief(model: Model, state: State, k: int, got: NDArray[np.int64]) -> float:
    """Say by how much option `k`, once added, lowers what limits and floors lack in all.

    A shortage is told in units of what one option can do (`State.limit_unit`); below 0 where it
    breaks more than it mends.
    """
    return limit_relief(model, state, k) + floor_relief(model, state, k, got)


@kernel
def limit_relief(model: Model, state: State, k: int) -> float:
    """Say by how much option `k`, once added, lowers what the linear limits lack."""
    total = 0.0
    for at in range(model.limit_start[k], model.limit_start[k + 1]):
        i = model.limits[at]
        used = state.used[i]
        after = used + model.weights[at]
        if min(used, after) >= model.least[i] and max(used, after) <= model.most[i]:
            continue
        less = max(0, used - model.most[i]) + max(0, model.least[i] - used)
        less -= max(0, after - model.most[i]) + max(0, model.least[i] - after)
        total += (less if less > 0 else _WORSE * less) / state.limit_unit[i]
    return total


@kernel
def floor_relief(model: Model, state: State, k: int, got: NDArray[np.int64]) -> float:
    """Say by how much option `k`, once added, lowers what the floors lack.

    Never more than before another option was added.
    """
    total = 0.0
    for i in range(len(got)):
        if state.met[i] < model.floor_least[i]:
            _serve_floors(model, state, k, got)
            break
    for i in range(len(got)):
        if state.met[i] < model.floor_least[i]:
            total += min(got[i], model.floor_least[i] - state.met[i]) / state.floor_unit[i]
    return total


@kernel
def _serve_floors(model: Model, state: State, k: int, got: NDArray[np.int64]) -> None:
    """Count what option `k` would newly serve toward each floor."""
    got[:] = 0
    for at in range(model.row_start[k], model.row_start[k + 1]):
        row = model.rows[at]
        if state.times[row] == 0:
            for to in range(model.floor_start[row], model.floor_start[row + 1]):
                got[model.floors[to]] += model.floor_values[to]
