"""Add and remove options one at a time, at the cost of the rows that change."""

import numpy as np
from numpy.typing import NDArray

from planner.compiled import kernel
from planner.siting.model import Model, State

__all__ = ["close", "copy_state", "fill", "fits", "improve", "open_", "ruin"]


@kernel
def open_(model: Model, state: State, k: int) -> None:
    """Choose option `k` and update what every other option would add."""
    state.chosen[k] = True
    state.left[0] -= model.cost[k]
    state.left[1] -= model.counts[k]
    for at in range(model.foe_start[k], model.foe_start[k + 1]):
        state.blocked[model.foes[at]] += 1
    for at in range(model.row_start[k], model.row_start[k + 1]):
        row = model.rows[at]
        if state.times[row] == 0:
            for to in range(model.option_start[row], model.option_start[row + 1]):
                state.gain[model.options[to]] -= model.value[row]
        state.times[row] += 1


@kernel
def close(model: Model, state: State, k: int) -> None:
    """Give up option `k`; undoes `open_` exactly."""
    state.chosen[k] = False
    state.left[0] += model.cost[k]
    state.left[1] += model.counts[k]
    for at in range(model.foe_start[k], model.foe_start[k + 1]):
        state.blocked[model.foes[at]] -= 1
    for at in range(model.row_start[k], model.row_start[k + 1]):
        row = model.rows[at]
        state.times[row] -= 1
        if state.times[row] == 0:
            for to in range(model.option_start[row], model.option_start[row + 1]):
                state.gain[model.options[to]] += model.value[row]


@kernel
def fits(model: Model, state: State, k: int) -> bool:
    """Tell whether option `k` could be added now: no conflict, money and places left."""
    return (
        not state.chosen[k]
        and state.blocked[k] == 0
        and model.cost[k] <= state.left[0]
        and model.counts[k] <= state.left[1]
    )


@kernel
def fill(model: Model, state: State, power: float) -> None:
    """Add the option with the most gain / cost**power until none fits or adds anything.

    Ties go to the first. `power` 0 looks at the gain alone, 1 at the gain for each yuan.
    """
    m = len(model.cost)
    while True:
        best, best_score = -1, 0.0
        for k in range(m):
            if state.gain[k] > 0 and fits(model, state, k):
                score = float(state.gain[k])
                if power > 0:
                    score /= max(1.0, float(model.cost[k])) ** power
                if score > best_score:
                    best, best_score = k, score
        if best < 0:
            return
        open_(model, state, best)


@kernel
def _best_swap(
    model: Model, state: State, out: int, extra: NDArray[np.int64], near: NDArray[np.int32]
) -> tuple[int, int]:
    """Find the option that best takes the place of `out`.

    Gives its position (-1: none) and what the swap adds. A swap that adds nothing but saves money
    counts. `extra` and `near` are zeros on entry and on return.
    """
    loss = 0
    for at in range(model.row_start[out], model.row_start[out + 1]):
        row = model.rows[at]
        if state.times[row] == 1:
            loss += model.value[row]
            for to in range(model.option_start[row], model.option_start[row + 1]):
                extra[model.options[to]] += model.value[row]
    for at in range(model.foe_start[out], model.foe_start[out + 1]):
        near[model.foes[at]] = 1
    money, places = state.left[0] + model.cost[out], state.left[1] + model.counts[out]
    best, best_gain, best_cost = -1, loss, model.cost[out]
    for k in range(len(model.cost)):
        gain = state.gain[k] + extra[k]
        extra[k] = 0
        free = not state.chosen[k] and state.blocked[k] == near[k]
        near[k] = 0
        better = gain > best_gain or (gain == best_gain and model.cost[k] < best_cost)
        if free and better and model.cost[k] <= money and model.counts[k] <= places:
            best, best_gain, best_cost = k, gain, model.cost[k]
    return best, best_gain - loss


@kernel
def improve(model: Model, state: State, most_sweeps: int) -> None:
    """Exchange one chosen option for a better one, in their order, until no exchange helps."""
    m = len(model.cost)
    extra, near = np.zeros(m, np.int64), np.zeros(m, np.int32)
    for _ in range(most_sweeps):
        changed = False
        for out in range(m):
            if state.chosen[out]:
                best, _gain = _best_swap(model, state, out, extra, near)
                if best >= 0:
                    close(model, state, out)
                    open_(model, state, best)
                    changed = True
        fill(model, state, 0.0)
        if not changed:
            return


@kernel
def _shared_with(model: Model, centre: int) -> NDArray[np.int64]:
    """Value of the rows that each option shares with one option, shape (m,)."""
    shared = np.zeros(len(model.cost), np.int64)
    for at in range(model.row_start[centre], model.row_start[centre + 1]):
        row = model.rows[at]
        for to in range(model.option_start[row], model.option_start[row + 1]):
            shared[model.options[to]] += model.value[row]
    return shared


@kernel
def ruin(model: Model, state: State, centre: int, most: int) -> None:
    """Give up what conflicts with `centre` or shares most rows with it, then open it if it fits.

    At most `most` options that share rows are given up; of equal ones the first.
    """
    for at in range(model.foe_start[centre], model.foe_start[centre + 1]):
        foe = np.int64(model.foes[at])  # one type of position, so that `close` is compiled once
        if state.chosen[foe]:
            close(model, state, foe)  # type: ignore[arg-type]  # a whole number
    shared = _shared_with(model, centre)
    for _ in range(most):
        best = -1
        for k in range(len(shared)):
            if state.chosen[k] and shared[k] > (0 if best < 0 else shared[best]):
                best = k
        if best < 0:
            break
        close(model, state, best)
    if fits(model, state, centre):
        open_(model, state, centre)


@kernel
def copy_state(source: State, target: State) -> None:
    """Make `target` equal to `source`."""
    target.chosen[:] = source.chosen
    target.times[:] = source.times
    target.gain[:] = source.gain
    target.blocked[:] = source.blocked
    target.left[:] = source.left
