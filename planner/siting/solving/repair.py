"""A choice that breaks limits or floors -> one that breaks fewer of them, at best none."""

import numpy as np
from numpy.typing import NDArray

from planner.compiled import kernel
from planner.siting.solving.keeping import floor_relief, limit_relief, put_back, relief, take_away
from planner.siting.solving.model import Model, State
from planner.siting.solving.moves import close, open_

__all__ = ["repair"]

_LEAST_RELIEF = 1e-9


@kernel
def repair(model: Model, state: State, power: float, by_need: bool, most_work: int) -> None:  # noqa: FBT001 - kernels take no keywords
    """Add options that limits and floors need, else exchange one, until all hold or nothing helps.

    Parameters
    ----------
    power
        As in `fill`: how much the price of an option counts.
    by_need
        Whether the option goes first that mends most for its price, or else, of those that mend
        anything, the one that adds most value for its price. Ties go to the first.
    most_work
        Numbers that exchanges may look at, roughly; each exchange looks at every pair of a chosen
        option and another one.
    """
    got = np.zeros(len(model.floor_least), np.int64)
    near = np.zeros(len(model.cost), np.int32)
    floors = np.full(len(model.cost), np.inf if len(got) else 0.0)
    work = 0
    while state.broken[0] > 0:
        best = _most_needed(model, state, (power, by_need), floors, got)
        if best >= 0:
            open_(model, state, best)
            continue
        each = len(model.cost) + len(model.limits) + (len(model.rows) if len(got) else 0)
        work += each * int(np.sum(state.chosen))
        if work > most_work:
            return
        out, into = _best_mend(model, state, near, got)
        if out < 0:
            return
        close(model, state, out)
        floors[:] = np.inf if len(got) else 0.0
        if into >= 0:
            open_(model, state, into)


@kernel
def _most_needed(  # noqa: C901 - one look at each option, told in one place
    model: Model,
    state: State,
    order: tuple[float, bool],
    floors: NDArray[np.float64],
    got: NDArray[np.int64],
) -> int:
    """Find the option to be added next; -1 where none mends anything.

    `floors` holds what each option can mend of the floors at most; it is counted again only where
    that could make the option the best.
    """
    power, by_need = order
    best, best_score, best_gain = -1, 0.0, 0
    for k in range(len(model.cost)):
        if (
            state.chosen[k]
            or state.blocked[k] > 0
            or model.cost[k] > state.left[0]
            or model.counts[k] > state.left[1]
        ):
            continue
        gain = state.gain[k]
        price = state.price[k] ** power if power > 0 else 1.0
        if by_need and gain < 0:
            price *= -gain
        if not by_need and best >= 0 and gain > 0 and gain / price < best_score:
            continue  # without a look at its limits
        mended = 0.0
        if model.limit_start[k] < model.limit_start[k + 1]:
            mended = limit_relief(model, state, k)
        for counted in (False, True):
            total = mended + floors[k]
            score = total if by_need else float(gain)
            score = score / price if score > 0 else score * price
            tied = score == best_score and gain <= best_gain
            if total <= _LEAST_RELIEF or (best >= 0 and (score < best_score or tied)):
                break
            if counted or floors[k] == 0:
                best, best_score, best_gain = k, score, gain
                break
            floors[k] = floor_relief(model, state, k, got)
    return best


@kernel
def _best_mend(
    model: Model, state: State, near: NDArray[np.int32], got: NDArray[np.int64]
) -> tuple[int, int]:
    """Find the exchange that lowers what is lacking most: what goes, and what comes (-1: nothing).

    Gives -1 twice where none does. `near` is zeros on entry and on return.
    """
    best_out, best_into, best = -1, -1, _LEAST_RELIEF
    m = len(model.cost)
    for out in range(m):
        if not state.chosen[out]:
            continue
        take_away(model, state, out)
        kept = relief(model, state, out, got)  # what `out` alone mends
        for at in range(model.foe_start[out], model.foe_start[out + 1]):
            near[model.foes[at]] = 1
        money, places = state.left[0] + model.cost[out], state.left[1] + model.counts[out]
        if -kept > best:
            best_out, best_into, best = out, -1, -kept
        for k in range(m):
            free = not state.chosen[k] and state.blocked[k] == near[k]
            near[k] = 0
            if free and model.cost[k] <= money and model.counts[k] <= places:
                mended = relief(model, state, k, got) - kept
                if mended > best + _LEAST_RELIEF:
                    best_out, best_into, best = out, k, mended
        put_back(model, state, out)
    return best_out, best_into
