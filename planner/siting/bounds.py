"""What no plan can exceed: a Lagrangian relaxation, with the options that it proves needless or certain."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from planner.siting.model import NO_LIMIT, Model

__all__ = ["Relaxed", "relax"]

_Reals = NDArray[np.float64]
_ROUNDING = 1e-9
"""Added to a bound that was summed in floats, as a share of it; far above what a sum of millions can lose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relaxed:
    """The best bound so far and what it says of each option."""

    bound_milli: int
    """No choice of options in the model serves more, whole thousandths of a worker-minute a week."""
    if_opened: _Reals
    """No choice that holds this option serves more, shape (m,)."""
    if_left: _Reals
    """No choice without this option serves more, shape (m,)."""
    opened_share: _Reals
    """How far the relaxation opens each option on average, 0 to 1, shape (m,): a guide for rounding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Inner:
    """The relaxation solved for one set of multipliers."""

    value: float
    opened: _Reals
    net: _Reals
    """What each option adds after its price in money."""
    threshold: float
    """Net of the last option that got a place; 0 where places are left."""
    runner_up: float
    """Net of the first option that got none; 0 where none is left."""
    price: float
    """Value of a fen."""


def relax(model: Model, cliques: csr_array, *, served: NDArray[np.int32]) -> Iterator[Relaxed]:
    """Improve a Lagrangian bound step by step.

    Each row's "served only if one of its options is open" gets a multiplier u between 0 and the row's value, each
    clique's "at most one" a multiplier v of at least 0. What is left falls apart: a row is worth value - u, an option
    the sum of its u less its v, and the best options within count and money are found exactly for the count and as
    parts for the money. For whatever multipliers the result is a bound; the volume algorithm makes it small.

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
        After every step, the best so far; it never gets worse.

    References
    ----------
    F. Barahona and R. Anbil (2000), The volume algorithm: producing primal solutions with a subgradient method,
    Mathematical Programming 87, 385-399.
    R. Galvao and C. ReVelle (1996), A Lagrangean heuristic for the maximal covering location problem,
    European Journal of Operational Research 88, 114-123.
    """
    return _Volume(model, cliques, served).steps()


class _Volume:
    """The volume algorithm on one model."""

    def __init__(self, model: Model, cliques: csr_array, served: NDArray[np.int32]) -> None:
        m, r = len(model.cost), len(model.value)
        self.model, self.cliques = model, cliques
        ones = np.ones(len(model.rows))
        self.by_option = csr_array((ones, model.rows, model.row_start), shape=(m, r))
        self.by_row = csr_array((ones, model.options, model.option_start), shape=(r, m))
        self.unit = max(1.0, float(model.value.mean()) if r else 1.0)
        self.value = model.value / self.unit
        self.u = self.value / (1.0 + np.minimum(served, 3)) ** 2
        self.v = np.zeros(cliques.shape[0])
        self.clique_scale = self._clique_scale()

    def _clique_scale(self) -> _Reals:
        """How large the multiplier of a clique may become: what its options add, beside the values of rows."""
        if not self.cliques.shape[0]:
            return np.zeros(0)
        adds = self.by_option @ self.u
        return np.asarray(self.cliques @ adds) / np.diff(self.cliques.indptr)

    def inner(self, u: _Reals, v: _Reals) -> _Inner:
        adds = self.by_option @ u - self.cliques.T @ v
        inner = _best_parts(adds, self.model)
        value = inner.value + float((self.value - u).sum()) + float(v.sum())
        return _Inner(
            value=value,
            opened=inner.opened,
            net=inner.net,
            threshold=inner.threshold,
            runner_up=inner.runner_up,
            price=inner.price,
        )

    def steps(self) -> Iterator[Relaxed]:
        best = self.inner(self.u, self.v)
        mean, rows = best.opened, (self.u < self.value).astype(float)
        weight, since = 1.0, 0
        while True:
            slack = self.by_row @ mean - rows
            spare = 1.0 - self.cliques @ mean
            # Only what can still move counts in the length of the step.
            slack[(self.u >= self.value) & (slack < 0)] = 0.0
            slack[(self.u <= 0) & (slack > 0)] = 0.0
            spare[(self.v <= 0) & (spare > 0)] = 0.0
            length = float((self.value * slack**2).sum() + (self.clique_scale * spare**2).sum())
            if length <= 0:
                yield self._told(best, mean)
                return
            step = weight * 0.05 * best.value / length
            u = np.clip(self.u - step * self.value * slack, 0.0, self.value)
            v = np.maximum(0.0, self.v - step * self.clique_scale * spare)
            found = self.inner(u, v)
            share = 0.1
            mean = (1 - share) * mean + share * found.opened
            rows = (1 - share) * rows + share * (u < self.value)
            if found.value < best.value:
                since = 0 if found.value < best.value * (1 - 1e-5) else since + 1
                weight = min(2.0, weight * 1.1)
                self.u, self.v, best = u, v, found
            else:
                since += 1
            if since > 10:
                weight, since = weight * 0.66, 0
            yield self._told(best, mean)

    def _told(self, inner: _Inner, mean: _Reals) -> Relaxed:
        bound = inner.value * (1 + _ROUNDING)
        instead = np.where(self.model.counts > 0, inner.threshold, 0.0)
        after = np.where(self.model.counts > 0, inner.runner_up, 0.0)
        return Relaxed(
            bound_milli=int(bound * self.unit),
            if_opened=(bound + np.minimum(0.0, inner.net - instead)) * self.unit,
            if_left=(bound + np.minimum(0.0, after - inner.net)) * self.unit,
            opened_share=mean,
        )


def _best_parts(adds: _Reals, model: Model) -> _Inner:
    """Choose options by what each adds, within places and money, where the last may be bought in part."""
    free = _at_price(adds, model, 0.0)
    if model.money >= NO_LIMIT or free.opened @ model.cost <= model.money:
        return free
    low, high = free, None
    low_price, high_price = 0.0, float((adds / np.maximum(model.cost, 1)).max())
    high = _at_price(adds, model, high_price * 1.001)
    high_price *= 1.001
    for _ in range(40):
        price = 0.5 * (low_price + high_price)
        if price in (low_price, high_price):
            break
        middle = _at_price(adds, model, price)
        if middle.opened @ model.cost > model.money:
            low, low_price = middle, price
        else:
            high, high_price = middle, price
    best = min(low, high, key=lambda found: found.value)
    over, under = float(low.opened @ model.cost), float(high.opened @ model.cost)
    part = (model.money - under) / (over - under) if over > under else 0.0
    return _Inner(
        value=best.value,
        opened=part * low.opened + (1 - part) * high.opened,
        net=best.net,
        threshold=best.threshold,
        runner_up=best.runner_up,
        price=best.price,
    )


def _at_price(adds: _Reals, model: Model, price: float) -> _Inner:
    """Open what adds more than it costs at a price for a fen, the best first where places are limited."""
    net = adds - price * model.cost
    opened = net > 0
    threshold = runner_up = 0.0
    counted = np.flatnonzero(opened & (model.counts > 0))
    if len(counted) > model.places:
        order = counted[np.argsort(-net[counted], kind="stable")]
        opened[order[model.places :]] = False
        threshold = float(net[order[model.places - 1]]) if model.places else np.inf
        runner_up = float(net[order[model.places]])
    value = float(net[opened].sum()) + (price * model.money if price else 0.0)
    return _Inner(
        value=value,
        opened=opened.astype(float),
        net=net,
        threshold=threshold,
        runner_up=runner_up,
        price=price,
    )
