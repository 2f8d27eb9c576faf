"""What no plan can exceed, by a Lagrangian relaxation that also settles options."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from planner.siting.model import NO_LIMIT, Model

__all__ = ["Relaxed", "relax"]

_Reals = NDArray[np.float64]
_ROUNDING = 1e-9
"""Added to a bound that was summed in floats, as a share of it; far above what a sum of millions
can lose."""
_MEMORY_SHARE = 0.1
"""How much the newest solution of the relaxation counts in the mean of all."""
_AIM_SHARE = 0.05
"""A step aims this far below the bound, before it is damped."""
_PATIENCE = 10
"""Steps without a better bound before steps get shorter."""
_SHORTER, _LONGER, _LONGEST, _SHORTEST = 0.66, 1.1, 2.0, 1e-5
_BISECTIONS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Relaxed:
    """The best bound so far and what it says of each option."""

    bound_milli: int
    """No choice of options in the model serves more, thousandths of a worker-minute a week."""
    if_opened: _Reals
    """No choice that holds this option serves more, shape (m,)."""
    if_left: _Reals
    """No choice without this option serves more, shape (m,)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Inner:
    """The relaxation solved for one set of multipliers."""

    value: float
    opened: _Reals
    """How far each option is open, 0 to 1."""
    net: _Reals
    """What each option adds after its price in money."""
    threshold: float
    """Net of the last option that got a place; 0 where places are left."""
    runner_up: float
    """Net of the first option that got none; 0 where none is left."""


def relax(model: Model, cliques: csr_array, *, served: NDArray[np.int32]) -> Iterator[Relaxed]:
    """Improve a Lagrangian bound step by step.

    Each row's "served only if one of its options is open" gets a multiplier u between 0 and the
    row's value, each clique's "at most one" a multiplier v of at least 0. What is left falls apart:
    a row is worth value - u, an option the sum of its u less its v, and the best options within
    count and money are found exactly for the count and in parts for the money. The result is a
    bound whatever the multipliers; the volume algorithm makes it small.

    Parameters
    ----------
    model
        What is left to decide.
    cliques
        Ones, shape (q, m); see `conflict_cliques`.
    served
        How many options of a good plan serve each row, shape (r,): where the multipliers start.

    Yields
    ------
    Relaxed
        After every step, the best so far; it never gets worse. Ends where steps get too short.

    References
    ----------
    F. Barahona and R. Anbil (2000), The volume algorithm: producing primal solutions with a
    subgradient method, Mathematical Programming 87, 385-399.
    R. Galvao and C. ReVelle (1996), A Lagrangean heuristic for the maximal covering location
    problem, European Journal of Operational Research 88, 114-123.
    """
    return _Volume(model, cliques, served).steps()


class _Volume:
    """The volume algorithm on one model; values are in units of the mean value of a row."""

    def __init__(self, model: Model, cliques: csr_array, served: NDArray[np.int32]) -> None:
        m, r = len(model.cost), len(model.value)
        self.model, self.cliques = model, cliques
        self.by_option = csr_array(
            (np.ones(len(model.rows)), model.rows, model.row_start), shape=(m, r)
        )
        self.by_row = csr_array(
            (np.ones(len(model.options)), model.options, model.option_start), shape=(r, m)
        )
        self.unit = float(model.value.mean()) if r else 1.0
        self.value = model.value / self.unit
        self.u = self.value / (1.0 + np.minimum(served, 3)) ** 2
        self.v = np.zeros(cliques.shape[0])
        # How far a step moves v beside u: as far as what the options of a clique add on average.
        self.scale: _Reals = (cliques @ (self.by_option @ self.u)) / np.diff(cliques.indptr)

    def steps(self) -> Iterator[Relaxed]:
        best = self._inner(self.u, self.v)
        opened, rows = best.opened, (self.u < self.value).astype(np.float64)
        stride, idle = 1.0, 0
        while True:
            yield self._told(best)
            slack, spare = self._slacks(opened, rows)
            length = float((self.value * slack**2).sum() + (self.scale * spare**2).sum())
            if length <= 0 or stride < _SHORTEST:
                return
            step = stride * _AIM_SHARE * best.value / length
            u = np.clip(self.u - step * self.value * slack, 0.0, self.value)
            v = np.maximum(0.0, self.v - step * self.scale * spare)
            found = self._inner(u, v)
            opened = (1 - _MEMORY_SHARE) * opened + _MEMORY_SHARE * found.opened
            rows = (1 - _MEMORY_SHARE) * rows + _MEMORY_SHARE * (u < self.value)
            idle = 0 if found.value < best.value * (1 - _AIM_SHARE / 5000) else idle + 1
            if found.value < best.value:
                self.u, self.v, best = u, v, found
                stride = min(_LONGEST, stride * _LONGER)
            if idle > _PATIENCE:
                stride, idle = stride * _SHORTER, 0

    def _inner(self, u: _Reals, v: _Reals) -> _Inner:
        inner = _best_parts(self.by_option @ u - self.cliques.T @ v, self.model)
        rest = float((self.value - u).sum()) + float(v.sum())
        return replace(inner, value=inner.value + rest)

    def _slacks(self, opened: _Reals, rows: _Reals) -> tuple[_Reals, _Reals]:
        """Subgradients of u and v at the mean solution, where the multipliers can still move."""
        slack = self.by_row @ opened - rows
        spare = 1.0 - self.cliques @ opened
        slack[(self.u >= self.value) & (slack < 0)] = 0.0
        slack[(self.u <= 0) & (slack > 0)] = 0.0
        spare[(self.v <= 0) & (spare > 0)] = 0.0
        return slack, spare

    def _told(self, inner: _Inner) -> Relaxed:
        bound = inner.value * (1 + _ROUNDING)
        counted = self.model.counts > 0
        opened = inner.net - np.where(counted, inner.threshold, 0.0)
        left = np.where(counted, inner.runner_up, 0.0) - inner.net
        return Relaxed(
            bound_milli=int(bound * self.unit),
            if_opened=(bound + np.minimum(0.0, opened)) * self.unit,
            if_left=(bound + np.minimum(0.0, left)) * self.unit,
        )


def _best_parts(adds: _Reals, model: Model) -> _Inner:
    """Choose options by what each adds, within places and money; the last may be bought in part.

    Money gets a price for a fen: whatever the price, the result is a bound, and bisection finds the
    one at which the best options cost what there is.
    """
    low = _at_price(adds, model, 0.0)
    if model.money >= NO_LIMIT or low.opened @ model.cost <= model.money:
        return low
    low_price, high_price = 0.0, 1.001 * float((adds / np.maximum(model.cost, 1)).max())
    high = _at_price(adds, model, high_price)
    for _ in range(_BISECTIONS):
        price = 0.5 * (low_price + high_price)
        middle = _at_price(adds, model, price)
        if middle.opened @ model.cost > model.money:
            low, low_price = middle, price
        else:
            high, high_price = middle, price
    best = min(low, high, key=lambda found: found.value)
    over, under = float(low.opened @ model.cost), float(high.opened @ model.cost)
    part = (model.money - under) / (over - under)
    return replace(best, opened=part * low.opened + (1 - part) * high.opened)


def _at_price(adds: _Reals, model: Model, price: float) -> _Inner:
    """Open what adds more than it costs at a price for a fen, the best where places are limited."""
    net = adds - price * model.cost
    opened = net > 0
    threshold = runner_up = 0.0
    counted = np.flatnonzero(opened & (model.counts > 0))
    if len(counted) > model.places:
        order = counted[np.argsort(-net[counted], kind="stable")]
        opened[order[model.places :]] = False
        threshold = float(net[order[model.places - 1]]) if model.places else np.inf
        runner_up = float(net[order[model.places]])
    return _Inner(
        value=float(net[opened].sum()) + (price * model.money if price else 0.0),
        opened=opened.astype(np.float64),
        net=net,
        threshold=threshold,
        runner_up=runner_up,
    )
