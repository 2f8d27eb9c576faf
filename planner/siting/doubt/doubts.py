"""What a plan rests on that nobody knows for sure -> draws of demand, reach, cost and closures."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.coverage import Coverage
from planner.demand.uncertainty import COUNT_ERROR
from planner.language import Message, note

__all__ = ["KINDS", "Doubts", "Draw", "Drawer"]

KINDS = ("demand", "reach", "cost", "closures")
"""What is drawn, each from a stream of its own."""

_Reals = NDArray[np.float64]
_MOST_ERROR = 5.0
"""A larger standard error of a share says no more: nearly all people are then in one cell."""
_SINGLE = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubts:
    """How unsure each thing is; all of it assumed but for the errors of the demand."""

    demand: float = 1.0
    """How many times the standard error that `Demand.error_share` tells; 0: demand is certain."""
    together_share: float = 0.5
    """Of the squared error of counts, the part by which all counts of a group err alike (one survey
    asks everywhere in the same way), 0 to 1; the rest is apart in each counted area."""
    reach_share: float = 0.1
    """Each group goes so much farther or less far at most, all values between alike, 0 to below
    1."""
    cost_share: float = 0.2
    """Set-up costs of a host type are so much higher or lower at most, all values between alike,
    0 to below 1."""
    close_share: float = 0.05
    """Chance of each station, of today or new, to be shut, 0 to below 1."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        if not 0 <= self.demand < np.inf:
            raise ValueError(f"demand must be at least 0 and finite, got {self.demand}")
        if not 0 <= self.together_share <= 1:
            raise ValueError(f"together_share must be from 0 to 1, got {self.together_share}")
        for name in ("reach_share", "cost_share", "close_share"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(
                    f"{name} must be at least 0 and below 1, got {getattr(self, name)}"
                )

    @property
    def told(self) -> tuple[Message, ...]:
        """Tell what is drawn and how."""
        return (
            note(
                "Demand: each cell and group by {times} times its standard error (gamma), what is"
                " counted in an area being as sure as the count; {share} of the error of counts is"
                " the same for a whole group.",
                times=f"{self.demand:g}",
                share=f"{self.together_share:.0%}",
            ),
            note(
                "Reach: each group up to {share} farther or less far.",
                share=_told(self.reach_share),
            ),
            note(
                "Costs: each host type up to {share} dearer or cheaper.",
                share=_told(self.cost_share),
            ),
            note(
                "Closures: each station, of today or new, is shut with a chance of {share}.",
                share=_told(self.close_share),
            ),
        )


def _told(share: float) -> str:
    return f"{share:.3g}" if 0 < share < 0.005 else f"{share:.0%}"  # noqa: PLR2004 - half a percent


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """One way in which things may turn out."""

    people: _Reals
    """People for each one that is expected, by cell and group, shape (m, g)."""
    reach: _Reals
    """Where in the range of reach each group is, -1 to 1, shape (g,)."""
    cost: _Reals
    """Set-up money for each yuan that is expected, by site, shape (n,)."""
    shut: NDArray[np.bool_]
    """Sites that are shut, shape (n,)."""

    def only(self, kinds: Collection[str]) -> "Draw":
        """Give the same draw with all that is not of some of KINDS as expected."""
        return Draw(
            people=self.people if "demand" in kinds else np.ones_like(self.people),
            reach=self.reach if "reach" in kinds else np.zeros_like(self.reach),
            cost=self.cost if "cost" in kinds else np.ones_like(self.cost),
            shut=self.shut if "closures" in kinds else np.zeros_like(self.shut),
        )


class Drawer:
    """Draws from doubts about one district; a draw depends on the seed and its number alone."""

    def __init__(self, coverage: Coverage, doubts: Doubts, seed: int) -> None:
        self.doubts, self.seed = doubts, seed
        self.shape = (len(coverage.demand.cells), len(coverage.demand.groups))
        sites = coverage.options.sites
        self.sites = len(sites)
        hosts = sites["host_type"].astype(str).to_numpy(object)
        self.hosts, self.host_of = np.unique(hosts.astype(str), return_inverse=True)
        self.area_of = _areas(coverage.demand.cells)
        workers, error = coverage.demand.workers, coverage.demand.error_share * doubts.demand
        count = np.array(
            [_count_error(coverage.demand.sources, group) for group in coverage.demand.groups]
        )
        count = count * doubts.demand
        self.count = count
        counted = np.minimum(count, error)
        # How far a cell follows the error of the counts of its area.
        self.follows = np.divide(
            counted, count, out=np.zeros(self.shape), where=np.broadcast_to(count > 0, self.shape)
        )
        within = np.sqrt(np.maximum(0.0, (1 + error**2) / (1 + counted**2) - 1))
        self.workers = workers
        self.own = self._own_errors(workers, within)

    def draw(self, number: int) -> Draw:
        """Give one draw, by its number from 0 on."""
        doubts = self.doubts
        at = np.random.default_rng([self.seed, number, KINDS.index("reach")])
        reach = (
            at.uniform(-1.0, 1.0, self.shape[1]) if doubts.reach_share else np.zeros(self.shape[1])
        )
        at = np.random.default_rng([self.seed, number, KINDS.index("cost")])
        cost = 1 + doubts.cost_share * at.uniform(-1.0, 1.0, len(self.hosts))
        at = np.random.default_rng([self.seed, number, KINDS.index("closures")])
        return Draw(
            people=self._people(np.random.default_rng([self.seed, number, 0])),
            reach=reach,
            cost=cost[self.host_of],
            shut=at.random(self.sites) < doubts.close_share,
        )

    def _own_errors(self, workers: _Reals, within: _Reals) -> _Reals:
        """Give the error of each cell's weight before the weights of an area are scaled to a sum.

        A weight with a share w of its area has then, by the delta method, the squared error
        (1 - 2 w + the sum of all w^2) times its own; this undoes it. A cell that is alone in its
        area has none.
        """
        own = np.zeros(self.shape)
        for group in range(self.shape[1]):
            noisy = within[:, group] > 0
            people = np.where(noisy, workers[:, group], 0.0)
            total = np.bincount(self.area_of, people)[self.area_of]
            share = np.divide(people, total, out=np.zeros(len(people)), where=total > 0)
            squares = np.bincount(self.area_of, share**2)[self.area_of]
            left = 1 - 2 * share + squares
            told = noisy & (left > _SINGLE)
            own[told, group] = within[told, group] / np.sqrt(left[told])
        return np.minimum(own, _MOST_ERROR)

    def _people(self, chance: np.random.Generator) -> _Reals:
        """Draw people for each one that is expected."""
        areas = int(self.area_of.max(initial=-1)) + 1
        alike = _gamma(chance, np.sqrt(self.doubts.together_share) * self.count)
        apart = np.sqrt(1 - self.doubts.together_share) * self.count
        by_area = _gamma(chance, np.broadcast_to(apart, (areas, self.shape[1])))
        people = 1 + self.follows * (alike * by_area[self.area_of] - 1)
        weight = _gamma(chance, self.own)
        for group in range(self.shape[1]):
            noisy = self.own[:, group] > 0
            before = np.where(noisy, self.workers[:, group], 0.0)
            wanted = np.bincount(self.area_of, before)
            found = np.bincount(self.area_of, before * weight[:, group])
            scale = np.divide(wanted, found, out=np.ones(areas), where=found > 0)[self.area_of]
            people[:, group] *= np.where(noisy, weight[:, group] * scale, 1.0)
        return people


def _gamma(chance: np.random.Generator, error: _Reals) -> _Reals:
    """Draw numbers of mean 1 with these standard errors; 1 where the error is 0."""
    shape = np.divide(1.0, error**2, out=np.ones(error.shape), where=error > 0)
    drawn = chance.standard_gamma(shape) / shape
    return np.where(error > 0, drawn, 1.0)


def _areas(cells: pd.DataFrame) -> NDArray[np.int64]:
    """Give the counted area of each cell by number: its grid, else its community, else one."""
    names = cells["community"].astype(str).to_numpy(object)
    if "grid" in cells:
        grid = cells["grid"].astype(str).to_numpy(object)
        names = np.where(grid != "", "#" + grid, names)
    numbers, _ = pd.factorize(names)
    return numbers.astype(np.int64)


def _count_error(sources: pd.DataFrame, group: str) -> float:
    """Give the standard error of the headcounts of a group by its sources, as a share of them."""
    mine = sources[(sources["group"] == group) & sources["kind"].isin(list(COUNT_ERROR))]
    used = mine["used"].to_numpy(float)
    if not (used > 0).any():
        return COUNT_ERROR["survey"]
    squared = np.array([COUNT_ERROR[kind] for kind in mine["kind"]]) ** 2
    trust = np.maximum(mine["trust"].to_numpy(float), 1e-9)
    return float(np.sqrt((np.nan_to_num(used) * squared / trust).sum() / np.nansum(used)))
