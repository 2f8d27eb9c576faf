"""Coverage and limits -> what phases need to know: what is replaced, what is near, which quotas."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.spatial import KDTree

from planner.coverage import Coverage
from planner.district.settings import Limits
from planner.siting.goals.phases import Growth, Rollout
from planner.siting.problem import LinearLimits, SitingProblem

__all__ = ["growth_of", "kept_before", "rollout_of"]

_TOUCHING_M = 1e-6
_QUOTAS = ("quota", "share")


def rollout_of(
    problem: SitingProblem,
    coverage: Coverage,
    limits: Limits,
    build: Callable[[Limits], SitingProblem],
) -> Rollout:
    """Say what the phases of limits need to know of a problem.

    Parameters
    ----------
    problem
        What is asked at the end.
    coverage
        Gives sites and what options replace.
    limits
        With phases.
    build
        Turns limits into a problem over the same options.
    """
    return Rollout(
        phases=limits.phases,
        before=kept_before(problem, coverage),
        quotas=tuple(
            _quotas(build(replace(limits, quotas=phase.quotas, phases=())), problem)
            if phase.quotas
            else None
            for phase in limits.phases
        ),
        growth=growth_of(problem, coverage, limits.contiguous_m),
    )


def _quotas(built: SitingProblem, problem: SitingProblem) -> LinearLimits | None:
    """Take the quotas out of the limits of a problem."""
    if built.options != problem.options:
        raise ValueError("the quotas of a phase must not change the options")
    linear = built.linear
    if linear is None:
        return None
    mine = [place for place, about in enumerate(linear.about) if about.kind in _QUOTAS]
    return LinearLimits(
        weights=csr_array(linear.weights)[mine],
        least=linear.least[mine],
        most=linear.most[mine],
        about=tuple(linear.about[place] for place in mine),
    )


def kept_before(problem: SitingProblem, coverage: Coverage) -> dict[str, str]:
    """Say of each upgrade and move which option keeps the station as it is until then."""
    table = coverage.options.table
    keeps = {str(table["site"][option]): option for option in problem.keeps}
    before = {}
    for option in problem.options:
        if option in table.index and option not in keeps.values():
            moved = str(table["replaces"][option]) if "replaces" in table else ""
            kept = keeps.get(moved or str(table["site"][option]))
            if kept is not None:
                before[option] = kept
    return before


def growth_of(
    problem: SitingProblem, coverage: Coverage, contiguous_m: float | None
) -> Growth | None:
    """Find which options lie within a distance, itself included, of each other and of today's.

    What has no place, such as a container that is bought, is near everything of today.
    """
    if contiguous_m is None:
        return None
    sites = coverage.options.sites
    places = coverage.options.table["site"].reindex(pd.Index(problem.options, dtype=object))
    row = sites.index.get_indexer(pd.Index(places.fillna("")))
    known = np.flatnonzero(row >= 0)
    where = sites[["x", "y"]].to_numpy(float)
    tree = KDTree(where[row[known]])
    pairs = tree.query_pairs(contiguous_m + _TOUCHING_M, output_type="ndarray").astype(np.int64)
    both = known[np.concatenate([pairs, pairs[:, ::-1]])]
    n = len(problem.options)
    near_today = np.ones(n, bool)
    today = where[sites["existing"].to_numpy(bool)]
    if len(today):
        near_today[known] = KDTree(today).query(where[row[known]])[0] <= contiguous_m + _TOUCHING_M
    else:
        near_today[known] = False
    return Growth(
        near=csr_array((np.ones(len(both), np.int8), (both[:, 0], both[:, 1])), shape=(n, n)),
        near_today=near_today,
        anything_today=len(today) > 0,
    )
