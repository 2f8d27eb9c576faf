"""A plan in arrays -> the best single exchange for each chosen option, and for each other one."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.compiled import kernel
from planner.siting.solving import moves
from planner.siting.solving.model import Model, State

__all__ = ["Exchanges", "find_exchanges"]

_NONE = -(2**62)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchanges:
    """What single exchanges would change; all values in thousandths of a worker-minute a week."""

    instead: NDArray[np.int64]
    """Option that best takes the place of each one asked for, -1: none; shape (p,)."""
    instead_change: NDArray[np.int64]
    """What is served more with it, below 0 where less; 0 where there is none, shape (p,)."""
    partner: NDArray[np.int64]
    """Of those asked for the one whose place each option would best take, -1: none; shape (m,)."""
    partner_change: NDArray[np.int64]
    """What is served more then, shape (m,)."""


def find_exchanges(
    model: Model,
    state: State,
    outs: Sequence[int],
    *,
    free: NDArray[np.bool_],
    back: Sequence[int] = (),
) -> Exchanges:
    """Find the best exchange of one chosen option for one that is not, keeping every limit.

    A limit that is broken already may stay as it is, but not get worse. Ties go to the cheaper
    option, then to the first. Only options that would serve somebody count.

    Parameters
    ----------
    model, state
        Everything, and the plan in it; the state is as before when the function returns.
    outs
        Places of the chosen options that may be given up, shape (p,).
    free
        Options that may be chosen, shape (m,).
    back
        For each of `outs` an option that may come back when it goes (a station that would stay as
        it is), -1: none; then exchanges with and without it are looked at.
    """
    m = len(model.cost)
    partner, change = np.full(m, -1, np.int64), np.full(m, _NONE, np.int64)
    instead, instead_change = np.full(len(outs), -1, np.int64), np.full(len(outs), _NONE, np.int64)
    for place, out in enumerate(outs):
        used, met = state.used.copy(), state.met.copy()
        moves.close(model, state, int(out))
        loss = int(state.gain[out])
        for returns in {-1, back[place] if len(back) else -1}:
            if returns >= 0 and (state.chosen[returns] or state.blocked[returns]):
                continue
            if returns >= 0:
                loss -= int(state.gain[returns])
                moves.open_(model, state, int(returns))
            found, gained = _best_addition(
                model, state, (int(out), loss), free, (used, met), (partner, change)
            )
            if found >= 0 and gained > instead_change[place]:
                instead[place], instead_change[place] = found, gained
            if returns >= 0:
                moves.close(model, state, int(returns))
                loss += int(state.gain[returns])
        moves.open_(model, state, int(out))
    return Exchanges(
        instead=instead,
        instead_change=np.where(instead >= 0, instead_change, 0),
        partner=partner,
        partner_change=np.where(partner >= 0, change, 0),
    )


@kernel
def _best_addition(
    model: Model,
    state: State,
    given_up: tuple[int, int],
    free: NDArray[np.bool_],
    before: tuple[NDArray[np.int64], NDArray[np.int64]],
    best_of: tuple[NDArray[np.int64], NDArray[np.int64]],
) -> tuple[int, int]:
    """Find what is best added after `out` was given up, and where `out` is best for an option."""
    out, loss = given_up
    partner, change = best_of
    best, best_change = -1, -(2**62)
    toward = np.zeros(len(model.floor_least), np.int64)
    off = _limits_off(model, state, before[0])
    for k in range(len(model.cost)):
        gained = state.gain[k] - loss
        if gained <= change[k] and gained < best_change:
            continue
        if k == out or state.gain[k] <= 0 or not free[k] or not _has_room(model, state, k):
            continue
        better = gained > best_change or (
            gained == best_change and model.cost[k] < model.cost[max(best, 0)]
        )
        if not (better or gained > change[k]):
            continue
        if not (
            _mends(model, state, k, before[0], off)
            and _keeps_floors(model, state, k, before[1], toward)
        ):
            continue
        if better:
            best, best_change = k, gained
        if gained > change[k]:
            change[k], partner[k] = gained, out
    return best, best_change


@kernel
def _has_room(model: Model, state: State, k: int) -> bool:
    """Tell whether nothing chosen excludes option `k`, and money and places are left for it."""
    return bool(
        not state.chosen[k]
        and state.blocked[k] == 0
        and model.cost[k] <= state.left[0]
        and model.counts[k] <= state.left[1]
    )


@kernel
def _wrong(used: int, least: int, most: int, before: int) -> bool:
    """Tell whether a limit is broken, and more so than before."""
    return (used < least and used < before) or (used > most and used > before)


@kernel
def _limits_off(model: Model, state: State, before: NDArray[np.int64]) -> int:
    """Count the limits that are broken now and were not so before."""
    off = 0
    for q in range(len(model.most)):
        if _wrong(state.used[q], model.least[q], model.most[q], before[q]):
            off += 1
    return off


@kernel
def _mends(model: Model, state: State, k: int, before: NDArray[np.int64], off: int) -> bool:
    """Tell whether all linear limits hold once option `k` is added; `off` are broken without it."""
    for at in range(model.limit_start[k], model.limit_start[k + 1]):
        q = model.limits[at]
        if _wrong(state.used[q], model.least[q], model.most[q], before[q]):
            off -= 1
        if _wrong(state.used[q] + model.weights[at], model.least[q], model.most[q], before[q]):
            return False
    return off == 0


@kernel
def _keeps_floors(
    model: Model, state: State, k: int, before: NDArray[np.int64], toward: NDArray[np.int64]
) -> bool:
    """Tell whether all floors hold once option `k` is added; `toward` is room to count in."""
    if len(toward) == 0:
        return True
    toward[:] = state.met
    for at in range(model.row_start[k], model.row_start[k + 1]):
        row = model.rows[at]
        if state.times[row] == 0:
            for to in range(model.floor_start[row], model.floor_start[row + 1]):
                toward[model.floors[to]] += model.floor_values[to]
    for floor in range(len(toward)):
        if toward[floor] < model.floor_least[floor] and toward[floor] < before[floor]:
            return False
    return True
