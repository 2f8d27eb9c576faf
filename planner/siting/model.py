"""Arrays that the kernels of the search work on, and the state of a search in them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["NO_LIMIT", "Model", "State", "empty_state"]

NO_LIMIT = 2**62


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
    """Value of the rows of each option that nothing chosen serves, shape (m,)."""
    blocked: NDArray[np.int32]
    """How many chosen options conflict with each option, shape (m,)."""
    left: NDArray[np.int64]
    """Money and places left, shape (2,)."""
    used: NDArray[np.int64]
    """Sum of the weights of the chosen options in each linear limit, shape (q,)."""
    met: NDArray[np.int64]
    """Value of the served rows toward each floor, shape (f,)."""


def empty_state(model: Model) -> State:
    """Give the state in which nothing is chosen."""
    m = len(model.cost)
    value = np.concatenate([[0], np.cumsum(model.value[model.rows])])
    return State(
        chosen=np.zeros(m, np.bool_),
        times=np.zeros(len(model.value), np.int32),
        gain=value[model.row_start[1:]] - value[model.row_start[:-1]],
        blocked=np.zeros(m, np.int32),
        left=np.array([model.money, model.places], np.int64),
        used=np.zeros(len(model.most), np.int64),
        met=np.zeros(len(model.floor_least), np.int64),
    )
