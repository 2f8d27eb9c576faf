"""Prices of a relaxed model -> what no plan can exceed, at every size of one limit at once."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from planner.siting.solving.bounds import first_prices
from planner.siting.solving.model import NO_LIMIT, Model, most_of, size_of
from planner.siting.solving.prices import FREE, advance, no_descent, relaxation, start, weigh

__all__ = ["Envelope"]

_Reals = NDArray[np.float64]
_STEPS = 10
"""Steps of the method between two bounds."""
_ROUNDING = 4e-9
"""Added to a bound that was summed in floats, as a share of all that was added up."""


class Envelope:
    """Bounds of one model for many sizes of its count or its money.

    Whatever the prices of rows and limits, the relaxed model falls apart into rows and options, and
    how many options may be chosen, or what they may cost, enters only where the best of them are
    picked. So one set of prices bounds every size of the limit: a concave function of it. The least
    of the bounds of many prices, found for many sizes, is kept; it is concave and never falls.

    Parameters
    ----------
    model
        What is left to decide, without the swept limit.
    cliques
        Ones, shape (q, m); see `conflict_cliques`.
    limits
        Sizes of the swept limit, whole numbers above 0, ascending, shape (k,): openings, or fen.
    by_money
        Whether the limit is money; else openings.
    """

    def __init__(
        self, model: Model, cliques: csr_array, limits: NDArray[np.int64], *, by_money: bool
    ) -> None:
        self.limits, self.by_money = limits, by_money
        largest = int(limits[-1])
        swept = model._replace(money=largest) if by_money else model._replace(places=largest)
        self.rel = relaxation(swept, cliques)
        self.bounds: _Reals = np.full(len(limits), float(most_of(model)))
        self.whole = float(size_of(model))
        self.cost = model.cost.astype(float)
        self.here = no_descent(self.rel)
        self.settled = np.full(len(model.cost), FREE, np.int8)
        self.begun = False
        self._price_rows_whole()
        uses = self.cost > 0 if by_money else model.counts > 0
        if limits[0] == 0 and uses.all():
            self.bounds[0] = 0.0  # nothing can be chosen

    def _price_rows_whole(self) -> None:
        """Bound by what the best options would add, were each alone: best for the least limits."""
        rel = self.rel
        price = np.maximum(rel.value, (rel.value + rel.twice) / 2)
        sums = np.concatenate([[0.0], np.cumsum(price[rel.rows])])
        adds = rel.worth + sums[rel.row_start[1:]] - sums[rel.row_start[:-1]]
        best = np.maximum(0.0, adds)
        if not self.by_money:
            counted = np.sort(best[rel.counts > 0])[::-1][: rel.places]
            self._take(float(best[rel.counts == 0].sum() + counted.sum()), adds, 0.0)
        elif rel.places >= NO_LIMIT:
            self._take(float(best.sum()), adds, 0.0)

    def aim(self, at: int, served: NDArray[np.int32], price: float) -> None:
        """Look at one size of the limit from now on, from the prices that were found last.

        Parameters
        ----------
        at
            Position in the limits.
        served
            How many options of a good plan serve each row, shape (r,); used once.
        price
            What one fen more is likely to bring there; used for money.
        """
        limit = int(self.limits[at])
        if not self.begun:
            self.here.price[:] = first_prices(self.rel, served)
            self.begun = True
        if self.by_money:
            self.rel.most[-1] = limit
            self.here.limit_price[-1] = price
        else:
            self.rel = self.rel._replace(places=limit)
        start(self.rel, self.here, self.settled)

    def descend(self) -> None:
        """Make some steps for the size that is looked at, and lower the bounds of all sizes."""
        advance(self.rel, self.here, self.settled, _STEPS)
        share = 1.0 / self.here.control[0]
        money = len(self.rel.most) - 1
        for part, adds, prices in (
            (1.0, self.here.adds, self.here.limit_price),
            (share, self.here.sum_adds, self.here.sum_limit_price),
        ):
            total = weigh(self.rel, self.here, self.settled, part)
            price = float(prices[money]) * part if self.by_money else 0.0
            self._take(total, adds * part, max(0.0, price))

    def _take(self, total: float, adds: _Reals, price: float) -> None:
        """Turn the bound for the size that is looked at into one for every size."""
        if not self.by_money:
            found = total + self._best_of(adds)
            added_up = np.abs(adds).sum()
        elif self.rel.places < NO_LIMIT:
            found = total + price * (self.limits - self.rel.most[-1])
            added_up = np.abs(adds).sum() + price * self.limits[-1]
        else:
            found = total + self._bought(adds, price)
            added_up = np.abs(adds).sum() + price * (self.cost.sum() + self.limits[-1])
        found = found + _ROUNDING * (abs(total) + float(added_up) + self.whole)
        np.minimum(self.bounds, found, out=self.bounds)

    def _best_of(self, adds: _Reals) -> _Reals:
        """Give what the best options add at each count, beyond those at the count looked at."""
        counted = np.sort(np.maximum(0.0, adds[self.rel.counts > 0]))[::-1]
        sums = np.concatenate([[0.0], np.cumsum(counted)])
        here = sums[min(self.rel.places, len(counted))]
        best: _Reals = sums[np.minimum(self.limits, len(counted))] - here
        return best

    def _bought(self, adds: _Reals, price: float) -> _Reals:
        """Give what the money of each size buys, the last option in part, beyond what was paid."""
        gross = np.maximum(0.0, adds + price * self.cost)
        dear = self.cost > 0
        order = np.argsort(-gross[dear] / self.cost[dear], kind="stable")
        spent = np.concatenate([[0.0], np.cumsum(self.cost[dear][order])])
        got = np.concatenate([[0.0], np.cumsum(gross[dear][order])])
        paid = np.maximum(0.0, adds).sum() + price * self.rel.most[-1]
        bought: _Reals = np.interp(self.limits, spent, got) + gross[~dear].sum() - paid
        return bought
