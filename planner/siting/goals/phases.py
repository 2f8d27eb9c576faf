"""What phases are to a search, and what a plan in phases gives at the end of each."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from planner.coverage import Coverage
from planner.district import District
from planner.district.settings import Phase
from planner.siting.limits.demand_rows import served_over_year
from planner.siting.plan import MILLI_MINUTES_AN_HOUR, Plan
from planner.siting.problem import (
    LinearLimits,
    SitingProblem,
)
from planner.siting.there import options_there

__all__ = [
    "Growth",
    "Phased",
    "Rollout",
    "cumulative_curve",
    "limits_where",
    "phase_weights",
]

_EVERY_PHASE = ("containers", "level", "one_of")
"""Kinds of limits that hold at the end of every phase, as rules of logic do."""
_SMALLEST_WEIGHT = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """Growth that stays contiguous: what opens has an earlier station near."""

    near: csr_array
    """Whether two options are near each other, symmetric, shape (n options, n options)."""
    near_today: NDArray[np.bool_]
    """Whether a station of today is near, shape (n,)."""
    anything_today: bool
    """False: nothing stands yet, and the first phase may open anywhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """Phases, and what an expansion over them needs to know."""

    phases: tuple[Phase, ...]
    """In order."""
    before: Mapping[str, str] = field(default_factory=dict)
    """Option -> option that it replaces and that can be chosen to keep a station as it is."""
    quotas: tuple[LinearLimits | None, ...] = ()
    """Further limits from the end of each phase on, on the options of the problem; empty: none."""
    growth: Growth | None = None
    """None: what opens may lie anywhere."""

    def __post_init__(self) -> None:
        """Check that there are phases, and that each is told from the others."""
        if not self.phases or len({phase.id for phase in self.phases}) < len(self.phases):
            raise ValueError("phases must be at least one, each with an id of its own")


@dataclass(frozen=True, slots=True, kw_only=True)
class Phased:
    """A problem over pairs of option and phase."""

    problem: SitingProblem
    option: NDArray[np.int64]
    """Place in the problem that was expanded of each option, shape (m,)."""
    phase: NDArray[np.int64]
    """Place among the phases, shape (m,)."""

    def pairs_of(self, plan: Plan) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Give the options that a plan of this problem chooses, and their phases, in order."""
        places = np.searchsorted(np.array(self.problem.options, dtype=object), list(plan.options))
        return self.option[places], self.phase[places]


def phase_weights(phases: Sequence[Phase]) -> NDArray[np.int64]:
    """Give the weights of phases as the smallest whole numbers, told apart to a thousandth."""
    shares = [Fraction(phase.weight).limit_denominator(_SMALLEST_WEIGHT) for phase in phases]
    unit = math.lcm(*(share.denominator for share in shares))
    whole = [max(1, int(share * unit)) for share in shares]
    return np.array([each // math.gcd(*whole) for each in whole], np.int64)


def limits_where(limits: LinearLimits | None, *, always: bool) -> LinearLimits | None:
    """Take the limits that hold at the end of every phase, or those of the last alone."""
    if limits is None:
        return None
    every = [not each.may_relax or each.kind in _EVERY_PHASE for each in limits.about]
    places = np.flatnonzero(np.array(every, bool) == always)
    return LinearLimits(
        weights=csr_array(limits.weights)[places],
        least=limits.least[places],
        most=limits.most[places],
        about=tuple(limits.about[place] for place in places),
    )


def cumulative_curve(
    coverage: Coverage,
    plan: Plan,
    phases: Sequence[Phase],
    *,
    district: District | None = None,
) -> pd.DataFrame:
    """Tell what stands at the end of each phase.

    Parameters
    ----------
    coverage
        Reach and service of every option.
    plan
        With `phase_of`.
    phases
        Of the limits that it was made within, in order.
    district
        Says when the season of the demand is, where stations are there for some weeks; None: all
        year counts.

    Returns
    -------
    pandas.DataFrame
        Index phase id, in order. Columns: measures (chosen in it), opened (of them, openings and
        moves), cost_yuan (set-up money of it, with containers bought in it), all_cost_yuan (of it
        and all before), served_hours (worker-hours a week served at its end), share (of all
        demand).
    """
    table = coverage.options.table
    rows = []
    cost_so_far, container = 0.0, _container_yuan(coverage, plan)
    for t, phase in enumerate(phases):
        later = {each.id for each in phases[t + 1 :]}
        chosen = [k for k in plan.options if plan.phase_of.get(k) == phase.id]
        mine = [k for k in chosen if k in table.index]
        there = options_there(coverage, _until(coverage, plan, later))
        served = served_over_year(coverage, there, district=district)
        cost = float(table.loc[mine, "cost_setup_yuan"].sum())
        cost += container * (len(chosen) - len(mine))
        cost_so_far += cost
        existing = coverage.options.sites["existing"].loc[table.loc[mine, "site"]]
        rows.append(
            {
                "measures": len(mine),
                "opened": int((~existing.to_numpy(bool)).sum()),
                "cost_yuan": cost,
                "all_cost_yuan": cost_so_far,
                "served_hours": served / MILLI_MINUTES_AN_HOUR,
                "share": served / max(1, coverage.total_milli),
            }
        )
    return pd.DataFrame(rows, index=pd.Index([phase.id for phase in phases], name="phase"))


def _container_yuan(coverage: Coverage, plan: Plan) -> float:
    """Give the price of a bought container: what a plan costs beside its options of sites."""
    table = coverage.options.table
    sites = [option for option in plan.options if option in table.index]
    bought = len(plan.options) - len(sites)
    if not bought:
        return 0.0
    return (plan.cost_yuan - float(table.loc[sites, "cost_setup_yuan"].sum())) / bought


def _until(coverage: Coverage, plan: Plan, later: set[str]) -> Plan:
    """Leave out what comes in later phases; stations that change only then are as today."""
    table = coverage.options.table
    chosen = [k for k in plan.options if plan.phase_of.get(k) not in later]
    coming = table.loc[[k for k in plan.options if k not in chosen and k in table.index]]
    waiting = {*coming["site"], *coming["replaces"]} if "replaces" in coming else {*coming["site"]}
    closed = tuple(k for k in plan.closed if table["site"][k] not in waiting)
    return replace(plan, options=tuple(chosen), closed=closed)
