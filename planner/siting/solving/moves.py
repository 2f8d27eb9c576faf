"""Add, remove and exchange options one at a time, at the cost of the rows that change."""

import numpy as np
from numpy.typing import NDArray

from planner.compiled import kernel
from planner.siting.solving.keeping import (
    limited,
    limits_allow,
    meet,
    mends,
    put_back,
    take_away,
    use,
)
from planner.siting.solving.model import Model, State

__all__ = ["close", "copy_state", "fill", "fits", "improve", "improve_around", "open_", "ruin"]


@kernel
def open_(model: Model, state: State, k: int) -> None:
    """Choose option `k` and update what every other option would add."""
    state.chosen[k] = True
    state.left[0] -= model.cost[k]
    state.left[1] -= model.counts[k]
    for at in range(model.foe_start[k], model.foe_start[k + 1]):
        state.blocked[model.foes[at]] += 1
    use(model, state, k, 1)
    meet(model, state, k, 1)
    for at in range(model.row_start[k], model.row_start[k + 1]):
        row = model.rows[at]
        times = state.times[row]
        less = 0
        if times == 0:
            less = model.value[row] - model.twice[row]
        elif times == 1:
            less = model.twice[row]
        if less != 0:
            for to in range(model.option_start[row], model.option_start[row + 1]):
                state.gain[model.options[to]] -= less
        state.times[row] = times + 1


@kernel
def close(model: Model, state: State, k: int) -> None:
    """Give up option `k`; undoes `open_` exactly."""
    state.chosen[k] = False
    state.left[0] += model.cost[k]
    state.left[1] += model.counts[k]
    for at in range(model.foe_start[k], model.foe_start[k + 1]):
        state.blocked[model.foes[at]] -= 1
    use(model, state, k, -1)
    meet(model, state, k, -1)
    for at in range(model.row_start[k], model.row_start[k + 1]):
        row = model.rows[at]
        times = state.times[row] - 1
        more = 0
        if times == 0:
            more = model.value[row] - model.twice[row]
        elif times == 1:
            more = model.twice[row]
        if more != 0:
            for to in range(model.option_start[row], model.option_start[row + 1]):
                state.gain[model.options[to]] += more
        state.times[row] = times


@kernel
def fits(model: Model, state: State, k: int) -> bool:
    """Tell whether option `k` could be added now.

    No conflict, money and places left, and no limit broken, or broken more than it is.
    """
    return (
        not state.chosen[k]
        and state.blocked[k] == 0
        and model.cost[k] <= state.left[0]
        and model.counts[k] <= state.left[1]
        and limits_allow(model, state, k)
    )


@kernel
def fill(model: Model, state: State, power: float) -> None:
    """Add the option with the most gain / price**power until none fits or adds anything.

    Ties go to the first. `power` 0 looks at the gain alone, 1 at the gain for each yuan.
    """
    m = len(model.cost)
    while True:
        best, best_score = -1, 0.0
        for k in range(m):
            if state.gain[k] > 0 and not state.chosen[k] and state.blocked[k] == 0:
                score = float(state.gain[k])
                if power > 0:
                    score /= state.price[k] ** power
                if score > best_score and fits(model, state, k):
                    best, best_score = k, score
        if best < 0:
            return
        open_(model, state, best)


@kernel
def _loss(model: Model, state: State, out: int, extra: NDArray[np.int64]) -> int:
    """Say what giving up `out` loses, and add to `extra` what others would then add more."""
    loss = model.worth[out]
    for at in range(model.row_start[out], model.row_start[out + 1]):
        row = model.rows[at]
        times = state.times[row]
        more = 0
        if times == 1:
            loss += model.value[row]
            more = model.value[row] - model.twice[row]
        elif times == 2:  # noqa: PLR2004 - served twice
            loss += model.twice[row]
            more = model.twice[row]
        if more != 0:
            for to in range(model.option_start[row], model.option_start[row + 1]):
                extra[model.options[to]] += more
    return loss  # type: ignore[no-any-return]  # a whole number


@kernel
def _best_swap(
    model: Model,
    state: State,
    out: int,
    scratch: tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]],
) -> tuple[int, int]:
    """Find the option that best takes the place of `out`.

    Gives its position (-1: none) and what the swap adds; -2 where it is better to leave `out` out
    and to choose nothing instead. A swap that adds nothing but saves money counts. The first two of
    `scratch` are zeros on entry and on return.
    """
    extra, near, got = scratch
    loss = _loss(model, state, out, extra)
    hard = limited(model)
    if hard:
        take_away(model, state, out)
    for at in range(model.foe_start[out], model.foe_start[out + 1]):
        near[model.foes[at]] = 1
    money, places = state.left[0] + model.cost[out], state.left[1] + model.counts[out]
    best, best_gain, best_cost = -1, loss, model.cost[out]
    if loss < 0 and state.broken[0] == 0:
        best, best_gain, best_cost = -2, 0, 0
    for k in range(len(model.cost)):
        gain = state.gain[k] + extra[k]
        extra[k] = 0
        free = not state.chosen[k] and state.blocked[k] == near[k]
        near[k] = 0
        better = gain > best_gain or (gain == best_gain and model.cost[k] < best_cost)
        if (
            free
            and better
            and model.cost[k] <= money
            and model.counts[k] <= places
            and (not hard or mends(model, state, k, got))
        ):
            best, best_gain, best_cost = k, gain, model.cost[k]
    if hard:
        put_back(model, state, out)
    return best, best_gain - loss


@kernel
def improve(model: Model, state: State, most_sweeps: int) -> None:
    """Exchange one chosen option for a better one, in their order, until no exchange helps.

    Nothing happens to a choice that breaks a limit or floor (see `repair`).
    """
    _improve(model, state, state.chosen.copy(), most_sweeps)


@kernel
def improve_around(model: Model, state: State, before: NDArray[np.bool_], most_sweeps: int) -> None:
    """Do as `improve`, but only with options that share rows with one that was changed.

    Changed are those that are not as in `before`, shape (m,), and each that an exchange changes.
    """
    near = np.zeros(len(model.cost), np.bool_)
    for k in range(len(near)):
        if state.chosen[k] != before[k]:
            _mark_near(model, k, near)
    _improve(model, state, near, most_sweeps)


@kernel
def _mark_near(model: Model, k: int, near: NDArray[np.bool_]) -> None:
    near[k] = True
    for at in range(model.row_start[k], model.row_start[k + 1]):
        row = model.rows[at]
        for to in range(model.option_start[row], model.option_start[row + 1]):
            near[model.options[to]] = True


@kernel
def _improve(model: Model, state: State, near: NDArray[np.bool_], most_sweeps: int) -> None:
    """Exchange the marked options that are chosen; what an exchange changes is marked too."""
    m = len(model.cost)
    scratch = (
        np.zeros(m, np.int64),
        np.zeros(m, np.int32),
        np.zeros(len(model.floor_least), np.int64),
    )
    if state.broken[0] > 0:
        return
    for _ in range(most_sweeps):
        changed = False
        for out in range(m):
            if near[out] and state.chosen[out]:
                best, _gain = _best_swap(model, state, out, scratch)
                if best == -1:
                    near[out] = False
                    continue
                close(model, state, out)
                _mark_near(model, out, near)
                if best >= 0:
                    open_(model, state, best)
                    _mark_near(model, best, near)
                changed = True
        fill(model, state, 0.0)
        if not changed:
            return


@kernel
def _shared_with(model: Model, state: State, centre: int) -> NDArray[np.int64]:
    """Value of the rows that each option shares with one option, shape (m,).

    An option that is needed for a limit together with `centre` shares something too: the mean value
    of the rows of `centre` for each such limit.
    """
    shared = np.zeros(len(model.cost), np.int64)
    total = 0
    for at in range(model.row_start[centre], model.row_start[centre + 1]):
        row = model.rows[at]
        total += model.value[row]
        for to in range(model.option_start[row], model.option_start[row + 1]):
            shared[model.options[to]] += model.value[row]
    if len(model.most) == 0:
        return shared
    mean = 1 + total // max(1, model.row_start[centre + 1] - model.row_start[centre])
    together = np.zeros(len(model.most), np.bool_)
    for at in range(model.limit_start[centre], model.limit_start[centre + 1]):
        together[model.limits[at]] = model.least[model.limits[at]] > 0
    for k in range(len(shared)):
        if state.chosen[k]:
            for at in range(model.limit_start[k], model.limit_start[k + 1]):
                shared[k] += mean * together[model.limits[at]]
    return shared


@kernel
def ruin(model: Model, state: State, centre: int, most: int) -> None:
    """Give up what conflicts with `centre` or shares most with it, then open it if it fits.

    At most `most` options that share rows are given up; of equal ones the first. Limits and floors
    may be broken afterwards (see `repair`).
    """
    for at in range(model.foe_start[centre], model.foe_start[centre + 1]):
        foe = np.int64(model.foes[at])  # one type of position, so that `close` is compiled once
        if state.chosen[foe]:
            close(model, state, foe)  # type: ignore[arg-type]  # a whole number
    shared = _shared_with(model, state, centre)
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
    target.used[:] = source.used
    target.met[:] = source.met
    target.broken[:] = source.broken
