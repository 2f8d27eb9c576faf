"""Arrays that the kernels of the search work on, and the state of a search in them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

__all__ = ["NO_LIMIT", "Model", "State", "empty_state", "most_of", "size_of"]

NO_LIMIT = 2**62
_PRICE_STEPS = 1e6
"""A price of 1 is a millionth of what the limits allow."""


class Model(NamedTuple):
    """A siting problem without anything that is already decided; options and rows by position."""

    row_start: NDArray[np.int64]
    """Where each option's rows begin in `rows`, shape (m + 1,)."""
    rows: NDArray[np.int32]
    option_start: NDArray[np.int64]
    """Where each row's options begin in `options`, shape (r + 1,)."""
    options: NDArray[np.int32]
    value: NDArray[np.int64]
    """Whole thousandths of a worker-minute a week, shape (r,)."""
    cost: NDArray[np.int64]
    """Fen, shape (m,)."""
    counts: NDArray[np.int64]
    """1 where the option counts as an additional opening, else 0, shape (m,)."""
    foe_start: NDArray[np.int64]
    """Where each option's conflicts begin in `foes`, shape (m + 1,)."""
    foes: NDArray[np.int32]
    """Options that may not stand beside it."""
    money: int
    """Fen that may be spent, NO_LIMIT where there is no budget."""
    places: int
    """Additional openings, NO_LIMIT where they are not limited."""
    twice: NDArray[np.int64]
    """What each row adds once two options serve it, shape (r,)."""
    worth: NDArray[np.int64]
    """What each option adds by itself, may be below 0, shape (m,)."""
    limit_start: NDArray[np.int64]
    """Where each option's linear limits begin in `limits`, shape (m + 1,)."""
    limits: NDArray[np.int32]
    weights: NDArray[np.int64]
    """Weight of the option in each of its limits, as `limits`."""
    least: NDArray[np.int64]
    """-NO_LIMIT where there is none, shape (q,)."""
    most: NDArray[np.int64]
    """NO_LIMIT where there is none, shape (q,)."""
    floor_start: NDArray[np.int64]
    """Where each row's floors begin in `floors`, shape (r + 1,)."""
    floors: NDArray[np.int32]
    floor_values: NDArray[np.int64]
    """What the row counts toward each of its floors, as `floors`."""
    floor_least: NDArray[np.int64]
    """Shape (f,)."""


class State(NamedTuple):
    """A set of chosen options with all that a change of it needs; kernels change it in place."""

    chosen: NDArray[np.bool_]
    times: NDArray[np.int32]
    """How many chosen options serve each row, shape (r,)."""
    gain: NDArray[np.int64]
    """What choosing each option would add: its worth, the value of its rows that nothing chosen
    serves, and `twice` of those that one serves, shape (m,)."""
    blocked: NDArray[np.int32]
    """How many chosen options conflict with each option, shape (m,)."""
    left: NDArray[np.int64]
    """Money and places left, shape (2,)."""
    used: NDArray[np.int64]
    """Sum of the weights of the chosen options in each linear limit, shape (q,)."""
    met: NDArray[np.int64]
    """Value of the served rows toward each floor, shape (f,)."""
    broken: NDArray[np.int64]
    """How many linear limits and floors the choice breaks, shape (1,)."""
    price: NDArray[np.float64]
    """What each option costs, at least 1: in fen, or as a share of what the limits allow in all;
    never changed, shape (m,)."""
    limit_unit: NDArray[np.float64]
    """Largest weight of an option in each limit: shortages are told in it; never changed,
    shape (q,)."""
    floor_unit: NDArray[np.float64]
    """The most that one option serves toward each floor; never changed, shape (f,)."""


def empty_state(model: Model) -> State:
    """Give the state in which nothing is chosen."""
    m, q, f = len(model.cost), len(model.most), len(model.floor_least)
    sums = np.concatenate([[0], np.cumsum(model.value[model.rows])])
    broken = int(((model.least > 0) | (model.most < 0)).sum() + (model.floor_least > 0).sum())
    return State(
        chosen=np.zeros(m, np.bool_),
        times=np.zeros(len(model.value), np.int32),
        gain=model.worth + sums[model.row_start[1:]] - sums[model.row_start[:-1]],
        blocked=np.zeros(m, np.int32),
        left=np.array([model.money, model.places], np.int64),
        used=np.zeros(q, np.int64),
        met=np.zeros(f, np.int64),
        broken=np.array([broken], np.int64),
        price=_prices(model),
        limit_unit=_limit_units(model),
        floor_unit=_floor_units(model),
    )


def most_of(model: Model) -> int:
    """Give what all options together would add, were there no limits and no costs."""
    return int(
        model.value.sum(dtype=np.int64)
        + model.twice.sum(dtype=np.int64)
        + np.maximum(model.worth, 0).sum(dtype=np.int64)
    )


def size_of(model: Model) -> int:
    """Give the sum of everything that can be won or lost: what errors of floats are a share of."""
    return most_of(model) + int(np.maximum(-model.worth, 0).sum(dtype=np.int64))


def _prices(model: Model) -> NDArray[np.float64]:
    """Price options in fen; where linear limits cap what is spent, in shares of all caps."""
    capped = (model.most > 0) & (model.most < NO_LIMIT)
    if not capped.any():
        return np.maximum(1.0, model.cost.astype(np.float64))
    option = np.repeat(np.arange(len(model.cost)), np.diff(model.limit_start))
    spent = np.where(capped, 1.0 / np.maximum(model.most, 1), 0.0)[model.limits]
    spent *= np.maximum(model.weights, 0)
    price = np.bincount(option, weights=spent, minlength=len(model.cost)).astype(np.float64)
    if 0 < model.money < NO_LIMIT:
        price = price + model.cost / model.money
    prices: NDArray[np.float64] = np.maximum(1.0, price * _PRICE_STEPS)
    return prices


def _limit_units(model: Model) -> NDArray[np.float64]:
    units = np.ones(len(model.most))
    np.maximum.at(units, model.limits, np.abs(model.weights).astype(np.float64))
    return units


def _floor_units(model: Model) -> NDArray[np.float64]:
    m, r, f = len(model.cost), len(model.value), len(model.floor_least)
    if not f:
        return np.ones(0)
    serves = csr_array((np.ones(len(model.rows)), model.rows, model.row_start), shape=(m, r))
    counted = csr_array(
        (model.floor_values.astype(np.float64), model.floors, model.floor_start), shape=(r, f)
    )
    by_option = serves @ counted
    units = np.ones(f)
    np.maximum.at(units, by_option.indices, by_option.data)
    return units
