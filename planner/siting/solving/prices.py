"""A model relaxed: prices on its rows and limits, the bound they give, and steps that lower it."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from planner.compiled import kernel
from planner.siting.solving.model import NO_LIMIT, Model

__all__ = [
    "FREE",
    "IN",
    "OUT",
    "Descent",
    "Relaxation",
    "advance",
    "no_descent",
    "relaxation",
    "start",
    "weigh",
]

_Reals = NDArray[np.float64]

FREE, IN, OUT = 0, 1, 2
"""What is settled of an option: nothing, that it is chosen, that it is not."""
_ROUNDING = 1e-9
"""Added to a bound that was summed in floats, as a share of all that was added up; far above what a
sum of millions can lose."""
_LIMIT_SHARE = 0.2
"""What a limit's price is likely to be, as a share of what one of its options could serve."""
_ROUND = 200
"""Steps after which the mean of the steps is the new start, if it is better."""
_MOST_TRIES = 60
_EXACT, _NEARLY = 1e-12, 1e-9


class Relaxation(NamedTuple):
    """A model as the kernels of the bound need it; amounts in floats."""

    row_start: NDArray[np.int64]
    """Where each option's rows begin in `rows`, shape (m + 1,)."""
    rows: NDArray[np.int32]
    option_start: NDArray[np.int64]
    """Where each row's options begin in `options`, shape (r + 1,)."""
    options: NDArray[np.int32]
    value: _Reals
    twice: _Reals
    worth: _Reals
    counts: NDArray[np.int64]
    places: int
    floor_start: NDArray[np.int64]
    floors: NDArray[np.int32]
    floor_values: _Reals
    floor_least: _Reals
    limit_start: NDArray[np.int64]
    """Where each limit's options begin in `limited`, shape (q + 1,): cliques, then the limits of
    the model, then money."""
    limited: NDArray[np.int32]
    weights: _Reals
    least: _Reals
    """-inf where there is none, shape (q,)."""
    most: _Reals
    """inf where there is none, shape (q,)."""
    bound_start: NDArray[np.int64]
    """Where each option's limits begin in `bound_by`, shape (m + 1,): the same the other way."""
    bound_by: NDArray[np.int32]
    bound_weights: _Reals


class Descent(NamedTuple):
    """Where a descent stands: a solution in parts, prices, and the best bound; kernels change it.

    Of solution and prices there is the newest and the sum since the last round began.
    """

    opened: _Reals
    """How far each option is open, 0 to 1, shape (m,)."""
    once: _Reals
    """How far each row is served, shape (r,)."""
    again: _Reals
    """How far it is served twice, shape (r,)."""
    price: _Reals
    """Of "served no more often than options are open", at least 0, shape (r,)."""
    limit_price: _Reals
    """Above 0 a price on what must not be too much, below 0 a reward for what must not be too
    little, shape (q,)."""
    floor_price: _Reals
    """Reward for value that counts toward a floor, at least 0, shape (f,)."""
    adds: _Reals
    """What each option adds at these prices, shape (m,)."""
    sum_opened: _Reals
    sum_once: _Reals
    sum_again: _Reals
    sum_price: _Reals
    sum_limit_price: _Reals
    sum_floor_price: _Reals
    sum_adds: _Reals
    ahead_opened: _Reals
    """The newest solution, moved on by the last step once more; so the next two."""
    ahead_once: _Reals
    ahead_again: _Reals
    ahead_floor: _Reals
    """What that serves toward each floor, shape (f,)."""
    held: NDArray[np.int8]
    """1 where options that are settled serve a row as often as it pays, 2 where none is left that
    could, else 0, shape (r,)."""
    row_scale: _Reals
    """What prices are likely to be, shape (r,), (q,) and (f,)."""
    limit_scale: _Reals
    floor_scale: _Reals
    option_step: _Reals
    """How far a step opens an option for what it adds, shape (m,)."""
    limit_step: _Reals
    """How far a step changes the price for each that is too much, shape (q,)."""
    floor_step: _Reals
    best_adds: _Reals
    """What each option adds at the prices with the best bound, shape (m,)."""
    told: _Reals
    """The best bound, what may have been lost in its sum, what the last counted option that got a
    place adds there, what the first that got none does, and whether the mean gave the last bound;
    shape (5,)."""
    control: _Reals
    """Steps since the last round began, price of a place; shape (2,)."""


def relaxation(model: Model, cliques: csr_array) -> Relaxation:
    """Write a model and its cliques for the kernels."""
    m, q = len(model.cost), len(model.most)
    owner = np.repeat(np.arange(m), np.diff(model.limit_start))
    linear = csr_array((model.weights.astype(float), (model.limits, owner)), shape=(q, m))
    none = np.full(cliques.shape[0], -NO_LIMIT)
    parts = [(cliques, none, np.ones(len(none))), (linear, model.least, model.most)]
    if model.money < NO_LIMIT:
        money = csr_array(model.cost[None, :].astype(float))
        parts.append((money, np.array([-NO_LIMIT]), np.array([model.money])))
    least = np.concatenate([part[1] for part in parts]).astype(float)
    most = np.concatenate([part[2] for part in parts]).astype(float)
    limits = csr_array(vstack([part[0] for part in parts]))
    by_option = csr_array(limits.T)
    return Relaxation(
        row_start=model.row_start,
        rows=model.rows,
        option_start=model.option_start,
        options=model.options,
        value=model.value.astype(float),
        twice=model.twice.astype(float),
        worth=model.worth.astype(float),
        counts=model.counts,
        places=model.places,
        floor_start=model.floor_start,
        floors=model.floors,
        floor_values=model.floor_values.astype(float),
        floor_least=model.floor_least.astype(float),
        limit_start=limits.indptr.astype(np.int64),
        limited=limits.indices.astype(np.int32),
        weights=limits.data.astype(float),
        least=np.where(least <= -NO_LIMIT, -np.inf, least),
        most=np.where(most >= NO_LIMIT, np.inf, most),
        bound_start=by_option.indptr.astype(np.int64),
        bound_by=by_option.indices.astype(np.int32),
        bound_weights=by_option.data.astype(float),
    )


def no_descent(rel: Relaxation) -> Descent:
    """Give a descent that has not begun: nothing opened, no prices."""
    m, r = len(rel.worth), len(rel.value)
    shape = {"opened": m, "adds": m, "step": m, "once": r, "again": r, "price": r, "scale": r}
    shape |= {"held": r, "told": 5, "control": 2}
    limit, floor = len(rel.most), len(rel.floor_least)

    def zeros(name: str) -> _Reals:
        if "limit" in name:
            return np.zeros(limit)
        return np.zeros(floor if "floor" in name else shape[name.rsplit("_", maxsplit=1)[-1]])

    arrays = {name: zeros(name) for name in Descent._fields if name != "held"}
    return Descent(**arrays, held=np.zeros(r, np.int8))


@kernel
def start(rel: Relaxation, here: Descent, settled: NDArray[np.int8]) -> None:
    """Begin at the solution and the prices that stand in `here`, with some options settled."""
    _hold(rel, here, settled)
    _scale(rel, here, settled)
    for k in range(len(settled)):
        if settled[k] != FREE:
            here.opened[k] = 1.0 if settled[k] == IN else 0.0
    for row in range(len(rel.value)):
        times = 0.0
        for at in range(rel.option_start[row], rel.option_start[row + 1]):
            times += here.opened[rel.options[at]]
        here.once[row] = min(1.0, times)
        here.again[row] = min(1.0, times - here.once[row]) if rel.twice[row] > 0 else 0.0
    here.control[1] = 0.0
    here.told[0] = np.inf
    _round(rel, here)


@kernel
def _round(rel: Relaxation, here: Descent) -> None:
    """Begin a new round at the newest solution and prices."""
    here.ahead_opened[:] = here.opened
    here.ahead_once[:] = here.once
    here.ahead_again[:] = here.again
    here.ahead_floor[:] = 0.0
    if len(rel.floor_least):
        for row in range(len(rel.value)):
            for at in range(rel.floor_start[row], rel.floor_start[row + 1]):
                here.ahead_floor[rel.floors[at]] += rel.floor_values[at] * here.once[row]
    here.sum_opened[:] = 0.0
    here.sum_once[:] = 0.0
    here.sum_again[:] = 0.0
    here.sum_price[:] = 0.0
    here.sum_limit_price[:] = 0.0
    here.sum_floor_price[:] = 0.0
    here.sum_adds[:] = 0.0
    here.control[0] = 0.0


@kernel
def _hold(rel: Relaxation, here: Descent, settled: NDArray[np.int8]) -> None:
    """Mark the rows whose price is known because of options that are settled."""
    for row in range(len(rel.value)):
        need, left = 2 if rel.twice[row] > 0 else 1, 0
        for at in range(rel.option_start[row], rel.option_start[row + 1]):
            state = settled[rel.options[at]]
            need -= state == IN
            left += state != OUT
        here.held[row] = 0
        if need <= 0:
            here.held[row], here.price[row] = 1, 0.0
        elif left == 0:
            here.held[row], here.price[row] = 2, 0.0


@kernel
def _scale(rel: Relaxation, here: Descent, settled: NDArray[np.int8]) -> None:  # noqa: C901, PLR0912 - one pass over arrays
    """Guess the size of each price, and from them the length of the steps.

    Steps in proportion to these sizes are short enough for the method (T. Pock and A. Chambolle
    2011, Diagonal preconditioning for first order primal-dual algorithms, ICCV, 1762-1769).
    """
    m, f = len(settled), len(rel.floor_least)
    worth = 0.0
    for k in range(m):
        worth += abs(rel.worth[k]) / m
    whole, in_floor, of_floor = 0.0, np.zeros(f), np.zeros(f)
    for row in range(len(rel.value)):
        size = rel.option_start[row + 1] - rel.option_start[row]
        here.row_scale[row] = rel.value[row] + rel.twice[row]
        whole += rel.value[row]
        for at in range(rel.floor_start[row], rel.floor_start[row + 1]):
            in_floor[rel.floors[at]] += rel.floor_values[at]
            of_floor[rel.floors[at]] += rel.floor_values[at] * size / m
    for j in range(f):
        here.floor_step[j] = 0.0
        here.floor_scale[j] = whole / max(1.0, in_floor[j]) + worth / max(1.0, of_floor[j])
        here.floor_step[j] = here.floor_scale[j] / max(1.0, in_floor[j])
    here.option_step[:] = 0.0
    for row in range(len(rel.value)):
        for at in range(rel.floor_start[row], rel.floor_start[row + 1]):
            j = rel.floors[at]
            here.row_scale[row] += here.floor_scale[j] * rel.floor_values[at]
        here.row_scale[row] = max(here.row_scale[row], _EXACT)
        if here.held[row] == 0:
            for at in range(rel.option_start[row], rel.option_start[row + 1]):
                here.option_step[rel.options[at]] += here.row_scale[row]
    _scale_limits(rel, here)
    for k in range(m):
        here.option_step[k] = 1.0 / max(here.option_step[k], abs(rel.worth[k]), _EXACT)


@kernel
def _scale_limits(rel: Relaxation, here: Descent) -> None:
    """Guess the prices of limits from what their options could serve, so far in `option_step`."""
    q = len(rel.most)
    for limit in range(q):
        adds, size = 0.0, 0.0
        for at in range(rel.limit_start[limit], rel.limit_start[limit + 1]):
            k = rel.limited[at]
            adds += max(here.option_step[k], abs(rel.worth[k]))
            size += abs(rel.weights[at])
        scale = _LIMIT_SHARE * adds / size if size > 0 else 0.0
        here.limit_scale[limit] = scale
        here.limit_step[limit] = scale / size if size > 0 else 0.0
    for limit in range(q):
        for at in range(rel.limit_start[limit], rel.limit_start[limit + 1]):
            here.option_step[rel.limited[at]] += here.limit_scale[limit] * abs(rel.weights[at])


@kernel
def advance(rel: Relaxation, here: Descent, settled: NDArray[np.int8], steps: int) -> None:
    """Make some steps of the primal-dual hybrid gradient method, then bound anew."""
    count = here.control[0]
    if count >= _ROUND:
        if here.told[4] > 0:
            here.opened[:] = here.sum_opened / count
            here.once[:] = here.sum_once / count
            here.again[:] = here.sum_again / count
            here.price[:] = here.sum_price / count
            here.limit_price[:] = here.sum_limit_price / count
            here.floor_price[:] = here.sum_floor_price / count
        _round(rel, here)
    for _ in range(steps):
        _step_limits(rel, here)
        _step_rows(rel, here)
        _step_options(rel, here, settled)
        here.control[0] += 1
    newest = weigh(rel, here, settled, 1.0)
    mean = weigh(rel, here, settled, 1.0 / here.control[0])
    here.told[4] = 1.0 if mean < newest else 0.0


@kernel
def _step_limits(rel: Relaxation, here: Descent) -> None:
    """Change the prices of limits and floors by how far the solution ahead breaks them."""
    for limit in range(len(rel.most)):
        used, step = 0.0, here.limit_step[limit]
        if step <= 0:
            here.limit_price[limit] = 0.0  # nothing that it limits can be won
            continue
        for at in range(rel.limit_start[limit], rel.limit_start[limit + 1]):
            used += rel.weights[at] * here.ahead_opened[rel.limited[at]]
        price = here.limit_price[limit]
        here.limit_price[limit] = max(
            min(0.0, price + step * (used - rel.least[limit])),
            price + step * (used - rel.most[limit]),
        )
        here.sum_limit_price[limit] += here.limit_price[limit]
    for j in range(len(rel.floor_least)):
        missing = rel.floor_least[j] - here.ahead_floor[j]
        here.floor_price[j] = max(0.0, here.floor_price[j] + here.floor_step[j] * missing)
        here.sum_floor_price[j] += here.floor_price[j]
        here.ahead_floor[j] = 0.0


@kernel
def _step_rows(rel: Relaxation, here: Descent) -> None:  # noqa: C901, PLR0912, PLR0915 - one pass over arrays
    """Change the price of each row and how far it is served; sum the prices by option."""
    here.adds[:] = rel.worth
    for row in range(len(rel.value)):
        if here.held[row] != 0:
            here.ahead_once[row] = here.once[row] = 1.0 if here.held[row] == 1 else 0.0
            here.sum_once[row] += here.once[row]
            _count(rel, here, row)
            continue
        first, last = rel.option_start[row], rel.option_start[row + 1]
        once = rel.value[row]
        for at in range(rel.floor_start[row], rel.floor_start[row + 1]):
            once += here.floor_price[rel.floors[at]] * rel.floor_values[at]
        times, scale, twice = 0.0, here.row_scale[row], rel.twice[row]
        for at in range(first, last):
            times += here.ahead_opened[rel.options[at]]
        served = here.ahead_once[row] + here.ahead_again[row]
        step = scale / (last - first + (2.0 if twice > 0 else 1.0))
        price = here.price[row] + step * (served - times)
        price = max(0.0, price)
        if rel.floor_start[row] == rel.floor_start[row + 1]:  # no price need be higher
            price = min(price, max(once, 0.5 * (once + twice)))
        here.price[row] = price
        here.sum_price[row] += price
        if price > 0:
            for at in range(first, last):
                here.adds[rel.options[at]] += price
        served = min(1.0, max(0.0, here.once[row] + (once - price) / scale))
        if twice > 0:
            again = here.again[row] + (twice - price) / scale
            if again > served:
                served = 0.5 * (here.once[row] + (once - price) / scale + again)
                served = again = min(1.0, max(0.0, served))
            again = max(0.0, again)
            here.ahead_again[row] = 2 * again - here.again[row]
            here.again[row] = again
            here.sum_again[row] += again
        here.ahead_once[row] = 2 * served - here.once[row]
        here.once[row] = served
        here.sum_once[row] += served
        _count(rel, here, row)


@kernel
def _count(rel: Relaxation, here: Descent, row: int) -> None:
    """Count a row toward its floors."""
    for at in range(rel.floor_start[row], rel.floor_start[row + 1]):
        here.ahead_floor[rel.floors[at]] += rel.floor_values[at] * here.ahead_once[row]


@kernel
def _step_options(rel: Relaxation, here: Descent, settled: NDArray[np.int8]) -> None:
    """Open options further for what they add, within the count."""
    for limit in range(len(rel.most)):
        price = here.limit_price[limit]
        if price != 0:
            for at in range(rel.limit_start[limit], rel.limit_start[limit + 1]):
                here.adds[rel.limited[at]] -= price * rel.weights[at]
    wanted = here.ahead_opened  # not needed any more
    places = float(rel.places)
    for k in range(len(settled)):
        wanted[k] = here.opened[k] + here.option_step[k] * here.adds[k]
        if settled[k] == IN:
            places -= rel.counts[k]
    price = _place_price(rel, here, settled, wanted, places)
    for k in range(len(settled)):
        opened = here.opened[k]
        if settled[k] == FREE:
            opened = wanted[k] - here.option_step[k] * price * rel.counts[k]
            opened = min(1.0, max(0.0, opened))
        here.ahead_opened[k] = 2 * opened - here.opened[k]
        here.opened[k] = opened
        here.sum_opened[k] += opened
        here.sum_adds[k] += here.adds[k]


@kernel
def _place_price(
    rel: Relaxation,
    here: Descent,
    settled: NDArray[np.int8],
    wanted: _Reals,
    places: float,
) -> float:
    """Find the price of a place at which as much is opened as there are places; 0: no need.

    Newton's steps from the last price, within what is known to be too low and too high.
    """
    low, high, price = -1.0, np.inf, here.control[1]
    for _ in range(_MOST_TRIES):
        used, slope, most = _used_at(rel, here, settled, wanted, price)
        if abs(used - places) <= _NEARLY * places or (price <= 0 and used <= places):
            break
        if used > places:
            low = price
        else:
            high = price
        high = min(high, most)
        guess = price + (used - places) / slope if slope > 0 else -1.0
        if guess <= 0 and low < 0:
            guess = 0.0
        price = guess if low < guess < high else 0.5 * (max(0.0, low) + high)
        if high - low <= _EXACT * high:
            break
    here.control[1] = price
    return float(price)


@kernel
def _used_at(
    rel: Relaxation, here: Descent, settled: NDArray[np.int8], wanted: _Reals, price: float
) -> tuple[float, float, float]:
    """Tell how much is opened at a price of a place, how fast that falls, and what opens none."""
    used, slope, most = 0.0, 0.0, 0.0
    for k in range(len(settled)):
        if settled[k] == FREE and rel.counts[k] > 0:
            step = here.option_step[k]
            part = wanted[k] - step * price
            most = max(most, wanted[k] / step)
            if part > 0:
                used += min(1.0, part)
                if part < 1:
                    slope += step
    return used, slope, most


@kernel
def weigh(rel: Relaxation, here: Descent, settled: NDArray[np.int8], share: float) -> float:  # noqa: C901, PLR0912, PLR0915 - one pass over arrays
    """Bound by the newest prices (`share` 1) or the mean of the round (1 / steps); keep the best.

    Whatever the prices are, what is left of the model when its rows and limits cost them is a
    bound; rows, options and places can then be looked at one by one.
    """
    mean = share < 1
    adds = here.sum_adds if mean else here.adds
    limit_price = here.sum_limit_price if mean else here.limit_price
    floor_price = here.sum_floor_price if mean else here.floor_price
    total, size = _weigh_rows(rel, here, here.sum_price if mean else here.price, floor_price, share)
    for limit in range(len(rel.most)):
        price = limit_price[limit] * share
        if price != 0:
            side = price * (rel.most[limit] if price > 0 else rel.least[limit])
            total += side
            size += abs(side)
            for at in range(rel.limit_start[limit], rel.limit_start[limit + 1]):
                size += abs(price * rel.weights[at])
    for j in range(len(rel.floor_least)):
        side = floor_price[j] * share * rel.floor_least[j]
        total -= side
        size += abs(side)
    last, first = _thresholds(rel, adds, settled)
    best, places = 0.0, rel.places
    for k in range(len(settled)):
        if settled[k] == IN:
            best += adds[k]
            places -= rel.counts[k]
        elif settled[k] == FREE and adds[k] > 0:
            if rel.counts[k] == 0:
                best += adds[k]
            elif adds[k] > last:
                best += adds[k]
                places -= 1
    if 0 < last < np.inf:
        best += last * places  # those that add just as much as the last
    for k in range(len(settled)):
        size += abs(adds[k]) * share if settled[k] == IN else 0.0
    total += best * share
    size += abs(best) * share
    if total < here.told[0]:
        here.told[0], here.told[1] = total, _ROUNDING * size
        here.told[2], here.told[3] = last * share, first * share
        here.best_adds[:] = adds * share
    return total


@kernel
def _weigh_rows(
    rel: Relaxation, here: Descent, price: _Reals, floor_price: _Reals, share: float
) -> tuple[float, float]:
    """Serve the rows that are worth their price; gives what that adds and the sum of amounts."""
    total, size = 0.0, 0.0
    for row in range(len(rel.value)):
        if here.held[row] == 2:  # noqa: PLR2004 - nothing is left that could serve it
            continue
        once = rel.value[row]
        for at in range(rel.floor_start[row], rel.floor_start[row + 1]):
            once += floor_price[rel.floors[at]] * share * rel.floor_values[at]
        cost = price[row] * share if here.held[row] == 0 else 0.0
        rest = max(0.0, once - cost)
        if rel.twice[row] > 0:
            rest = max(rest, once + rel.twice[row] - 2 * cost)
        total += rest
        size += once + rel.twice[row]
    return total, size


@kernel
def _thresholds(rel: Relaxation, adds: _Reals, settled: NDArray[np.int8]) -> tuple[float, float]:
    """Give the least that a counted option must add to get a place, and the most of the others.

    Both 0 where there are places for all that add something.
    """
    wanted = np.empty(len(settled))
    count, places = 0, rel.places
    for k in range(len(settled)):
        if rel.counts[k] > 0:
            if settled[k] == IN:
                places -= 1
            elif settled[k] == FREE and adds[k] > 0:
                wanted[count] = adds[k]
                count += 1
    if count <= places:
        return 0.0, 0.0
    if places <= 0:
        return np.inf, wanted[:count].max()
    ordered = np.partition(wanted[:count], count - places)
    return ordered[count - places], ordered[: count - places].max()
