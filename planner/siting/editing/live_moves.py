"""Add and remove options of a whole problem, keeping what every other one would change by."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array

from planner.compiled import kernel
from planner.siting.problem import SitingProblem
from planner.siting.solving.model import NO_LIMIT, Model
from planner.siting.solving.reduce import conflict_pairs

__all__ = [
    "Standing",
    "add",
    "best_swap",
    "copied",
    "first_within",
    "floor_gains",
    "nothing_stands",
    "remove",
    "swap_changes",
    "whole_model",
]


class Standing(NamedTuple):
    """Which options stand, and all that a change of them needs; kernels change it in place."""

    chosen: NDArray[np.bool_]
    times: NDArray[np.int32]
    """How many chosen options serve each row, shape (r,)."""
    owner: NDArray[np.int32]
    """Their positions, combined by exclusive or: where there is one, its position, shape (r,)."""
    step: NDArray[np.int64]
    """What the sum gains if an option that does not stand is added, and loses if one that stands is
    removed; shape (n,)."""
    sums: NDArray[np.int64]
    """Value of the rows served, what rows served twice add, worth of the chosen: shape (3,)."""
    blocked: NDArray[np.int32]
    """How many chosen options conflict with each option, shape (n,)."""
    spent: NDArray[np.int64]
    """Fen and additional openings, shape (2,)."""
    used: NDArray[np.int64]
    """Sum of the weights of the chosen options in each linear limit, shape (q,)."""
    met: NDArray[np.int64]
    """Value of the served rows toward each floor, shape (f,)."""


def whole_model(problem: SitingProblem, *, like: Model | None = None) -> Model:
    """Give the arrays of a problem as it is: every option, every row, in their order.

    With `like`, the model of a problem that has the same `serves`, lists of those are shared.
    """
    n, r = problem.serves.shape
    serves = problem.serves
    if not serves.has_canonical_format:
        serves = serves.copy()
        serves.sum_duplicates()
    row_start, rows = serves.indptr.astype(np.int64), serves.indices.astype(np.int32, copy=False)
    turned = _turned(row_start, rows, r) if like is None else (like.option_start, like.options)
    pairs = conflict_pairs(problem)
    both = np.concatenate([pairs, pairs[:, ::-1]])
    both = both[np.lexsort((both[:, 1], both[:, 0]))]
    linear, floors = problem.linear, problem.floors
    weights = _by_column(linear.weights) if linear is not None else None
    counted = _by_column(floors.values) if floors is not None else None
    none, nobody = np.zeros(0, np.int64), np.zeros(0, np.int32)
    return Model(
        row_start=row_start,
        rows=rows,
        option_start=turned[0],
        options=turned[1],
        value=problem.value_milli,
        cost=problem.cost_fen,
        counts=problem.counts.astype(np.int64),
        foe_start=np.searchsorted(both[:, 0], np.arange(n + 1)).astype(np.int64),
        foes=both[:, 1].astype(np.int32),
        money=NO_LIMIT if problem.budget_fen is None else problem.budget_fen,
        places=NO_LIMIT if problem.count is None else problem.count,
        twice=_whole(problem.twice_milli, r),
        worth=_whole(problem.worth_milli, n),
        limit_start=np.zeros(n + 1, np.int64) if weights is None else _long(weights.indptr),
        limits=nobody if weights is None else weights.indices.astype(np.int32),
        weights=none if weights is None else _long(weights.data),
        least=none if linear is None else _long(linear.least),
        most=none if linear is None else _long(linear.most),
        floor_start=np.zeros(r + 1, np.int64) if counted is None else _long(counted.indptr),
        floors=nobody if counted is None else counted.indices.astype(np.int32),
        floor_values=none if counted is None else _long(counted.data),
        floor_least=none if floors is None else _long(floors.least),
    )


def _by_column(matrix: csr_array) -> csc_array:
    turned = csc_array(matrix)
    turned.sum_duplicates()
    return turned


def _whole(given: NDArray[np.int64] | None, size: int) -> NDArray[np.int64]:
    return np.zeros(size, np.int64) if given is None else _long(given)


def _long(values: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.ascontiguousarray(values, np.int64)


@kernel
def _turned(
    row_start: NDArray[np.int64], rows: NDArray[np.int32], r: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """List the options of each row, ascending, from the rows of each option."""
    start = np.zeros(r + 1, np.int64)
    for row in rows:
        start[row + 1] += 1
    for row in range(r):
        start[row + 1] += start[row]
    at, options = start[:-1].copy(), np.empty(len(rows), np.int32)
    for k in range(len(row_start) - 1):
        for entry in range(row_start[k], row_start[k + 1]):
            row = rows[entry]
            options[at[row]] = k
            at[row] += 1
    return start, options


def nothing_stands(model: Model) -> Standing:
    """Give the state in which nothing is chosen."""
    n, r = len(model.cost), len(model.value)
    return Standing(
        chosen=np.zeros(n, np.bool_),
        times=np.zeros(r, np.int32),
        owner=np.zeros(r, np.int32),
        step=_alone(model),
        sums=np.zeros(3, np.int64),
        blocked=np.zeros(n, np.int32),
        spent=np.zeros(2, np.int64),
        used=np.zeros(len(model.most), np.int64),
        met=np.zeros(len(model.floor_least), np.int64),
    )


def copied(now: Standing) -> Standing:
    """Give the same state in arrays of its own."""
    return Standing._make(array.copy() for array in now)


@kernel
def _alone(model: Model) -> NDArray[np.int64]:
    """Add up what each option would give if nothing else stood."""
    step = model.worth.copy()
    for k in range(len(step)):
        for at in range(model.row_start[k], model.row_start[k + 1]):
            step[k] += model.value[model.rows[at]]
    return step


@kernel
def _count(model: Model, now: Standing, k: int, sign: int) -> None:
    """Keep the books of option `k`: money, openings, limits, conflicts and its own worth."""
    now.chosen[k] = sign > 0
    now.sums[2] += sign * model.worth[k]
    now.spent[0] += sign * model.cost[k]
    now.spent[1] += sign * model.counts[k]
    for at in range(model.limit_start[k], model.limit_start[k + 1]):
        now.used[model.limits[at]] += sign * model.weights[at]
    for at in range(model.foe_start[k], model.foe_start[k + 1]):
        now.blocked[model.foes[at]] += sign


@kernel
def _first(model: Model, now: Standing, row: int, sign: int) -> None:
    """Tell all others that a row got its first server (1) or lost its last (-1)."""
    now.sums[0] += sign * model.value[row]
    change = sign * (model.twice[row] - model.value[row])
    for at in range(model.option_start[row], model.option_start[row + 1]):
        now.step[model.options[at]] += change
    _add_floors(model, row, sign, now.met)


@kernel
def _second(model: Model, now: Standing, row: int, one: int, sign: int) -> None:
    """Tell that a row got a second server beside `one` (1), or lost it (-1)."""
    twice = model.twice[row]
    now.sums[1] += sign * twice
    now.step[one] -= sign * model.value[row]
    if twice > 0:
        now.step[one] += 2 * sign * twice  # the loop takes one of them back
        for at in range(model.option_start[row], model.option_start[row + 1]):
            now.step[model.options[at]] -= sign * twice


@kernel
def _third(model: Model, now: Standing, row: int, sign: int) -> None:
    """Tell that a row which counts twice got a third server (1), or lost it (-1)."""
    for at in range(model.option_start[row], model.option_start[row + 1]):
        k = model.options[at]
        if now.chosen[k]:
            now.step[k] -= sign * model.twice[row]


@kernel
def add(model: Model, now: Standing, k: int) -> None:
    """Let option `k` stand, and update what every other option would change."""
    own = now.step[k]  # what it would add is what it would take away again
    for at in range(model.row_start[k], model.row_start[k + 1]):
        row = model.rows[at]
        if now.times[row] == 0:
            _first(model, now, row, 1)
        elif now.times[row] == 1:
            _second(model, now, row, now.owner[row], 1)
        elif now.times[row] == 2 and model.twice[row] > 0:  # noqa: PLR2004 - two servers
            _third(model, now, row, 1)
        now.times[row] += 1
        now.owner[row] ^= k
    now.step[k] = own
    _count(model, now, k, 1)


@kernel
def remove(model: Model, now: Standing, k: int) -> None:
    """Take option `k` away; undoes `add` exactly."""
    own = now.step[k]
    _count(model, now, k, -1)
    for at in range(model.row_start[k], model.row_start[k + 1]):
        row = model.rows[at]
        now.times[row] -= 1
        now.owner[row] ^= k
        if now.times[row] == 0:
            _first(model, now, row, -1)
        elif now.times[row] == 1:
            _second(model, now, row, now.owner[row], -1)
        elif now.times[row] == 2 and model.twice[row] > 0:  # noqa: PLR2004 - two servers
            _third(model, now, row, -1)
    now.step[k] = own


@kernel
def _freed(model: Model, now: Standing, out: int, extra: NDArray[np.int64]) -> None:
    """Add to `extra` what each other option would add more once `out` is gone."""
    for at in range(model.row_start[out], model.row_start[out + 1]):
        row = model.rows[at]
        if now.times[row] == 1:
            change = model.value[row] - model.twice[row]
        elif now.times[row] == 2:  # noqa: PLR2004 - two servers
            change = model.twice[row]
        else:
            continue
        if change != 0:
            for to in range(model.option_start[row], model.option_start[row + 1]):
                extra[model.options[to]] += change


@kernel
def swap_changes(model: Model, now: Standing, out: int) -> NDArray[np.int64]:
    """Give the change of the sum if each option took the place of `out`, shape (n,).

    Where an option stands already, 0.
    """
    extra = np.zeros(len(now.step), np.int64)
    _freed(model, now, out, extra)
    for k in range(len(extra)):
        extra[k] = 0 if now.chosen[k] else extra[k] + now.step[k] - now.step[out]
    return extra


@kernel
def best_swap(
    model: Model, now: Standing, outs: NDArray[np.int64], may_come: NDArray[np.bool_]
) -> tuple[int, int, int]:
    """Find the exchange that adds most and makes no limit worse, over all pairs.

    Ties go to the first of `outs`, then to the first option. Gives the two positions (-1: no
    exchange adds anything) and what it adds.
    """
    extra = np.zeros(len(now.step), np.int64)
    best_out, best_in, best = -1, -1, 0
    for out in outs:
        extra[:] = 0
        _freed(model, now, out, extra)
        loss = now.step[out]
        for k in range(len(extra)):
            gain = now.step[k] + extra[k] - loss
            free = gain > best and not now.chosen[k] and may_come[k]
            if free and _stays_within(model, now, out, k):
                best_out, best_in, best = out, k, gain
    return best_out, best_in, best


@kernel
def _stays_within(model: Model, now: Standing, out: int, k: int) -> bool:
    """Tell whether adding `k`, in the place of `out` (-1: of none), makes no limit worse.

    A limit that is broken already may stay as broken as it is.
    """
    near = 0
    for at in range(model.foe_start[k], model.foe_start[k + 1]):
        if model.foes[at] == out:
            near = 1
    cost, places = model.cost[k], model.counts[k]
    if out >= 0:
        cost, places = cost - model.cost[out], places - model.counts[out]
    return (
        now.blocked[k] == near
        and not (cost > 0 and now.spent[0] + cost > model.money)
        and not (places > 0 and now.spent[1] + places > model.places)
        and _keeps_linear(model, now, out, k)
        and (out < 0 or len(now.met) == 0 or _keeps_floors(model, now, out, k))
    )


@kernel
def _weight(model: Model, k: int, limit: int) -> int:
    """Give the weight of an option in a limit; 0 for no option."""
    if k >= 0:
        for at in range(model.limit_start[k], model.limit_start[k + 1]):
            if model.limits[at] == limit:
                return int(model.weights[at])
    return 0


@kernel
def _keeps_linear(model: Model, now: Standing, out: int, k: int) -> bool:
    for one in (k, out):
        if one >= 0:
            for at in range(model.limit_start[one], model.limit_start[one + 1]):
                limit = model.limits[at]
                change = _weight(model, k, limit) - _weight(model, out, limit)
                after = now.used[limit] + change
                if change > 0 and after > model.most[limit]:
                    return False
                if change < 0 and after < model.least[limit]:
                    return False
    return True


@kernel
def _keeps_floors(model: Model, now: Standing, out: int, k: int) -> bool:
    """Tell whether no floor falls below its least, or further below."""
    change = np.zeros(len(now.met), np.int64)
    for at in range(model.row_start[out], model.row_start[out + 1]):
        if now.times[model.rows[at]] == 1:
            _add_floors(model, model.rows[at], -1, change)
    for at in range(model.row_start[k], model.row_start[k + 1]):
        row = model.rows[at]
        if now.times[row] == 0 or (now.times[row] == 1 and now.owner[row] == out):
            _add_floors(model, row, 1, change)
    for floor in range(len(change)):
        if change[floor] < 0 and now.met[floor] + change[floor] < model.floor_least[floor]:
            return False
    return True


@kernel
def _add_floors(model: Model, row: int, sign: int, sums: NDArray[np.int64]) -> None:
    for at in range(model.floor_start[row], model.floor_start[row + 1]):
        sums[model.floors[at]] += sign * model.floor_values[at]


@kernel
def first_within(model: Model, now: Standing, order: NDArray[np.int64]) -> int:
    """Give the first option of an order that makes no limit worse; -1: none."""
    for k in order:
        if _stays_within(model, now, -1, k):
            return int(k)
    return -1


@kernel
def floor_gains(model: Model, now: Standing, floor: int) -> NDArray[np.int64]:
    """Give what each option would add to a floor, shape (n,); 0 for one that stands."""
    gains = np.zeros(len(now.step), np.int64)
    for row in range(len(now.times)):
        if now.times[row] == 0:
            for at in range(model.floor_start[row], model.floor_start[row + 1]):
                if model.floors[at] == floor:
                    for to in range(model.option_start[row], model.option_start[row + 1]):
                        gains[model.options[to]] += model.floor_values[at]
    return gains
