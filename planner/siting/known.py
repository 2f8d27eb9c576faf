"""A problem and the coverage that it was built from -> what its options are there."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.coverage import Coverage
from planner.siting.plan import Plan
from planner.siting.problem import SitingProblem

__all__ = ["as_asked", "site_places", "sites_of", "standing_options"]


def sites_of(coverage: Coverage, problem: SitingProblem) -> list[str]:
    """Name the site of each option of a problem.

    `SitingProblem.sites` tells what excludes what: a container stays at one site in each season.
    What is no option of a site (a bought container) is named as there.
    """
    sites = coverage.options.table["site"].to_dict()
    return [
        str(sites.get(name, place))
        for name, place in zip(problem.options, problem.sites, strict=True)
    ]


def site_places(coverage: Coverage, sites: Sequence[str]) -> NDArray[np.int64]:
    """Give the place of each site in Options.sites, -1: it is none."""
    places = coverage.options.sites.index.get_indexer(pd.Index(list(sites), dtype=object))
    return np.asarray(places, dtype=np.int64)


def standing_options(coverage: Coverage, problem: SitingProblem) -> list[str]:
    """Name the options that keep a station which stays whatever is chosen, sorted."""
    table = coverage.options.table
    existing = coverage.options.sites["existing"].loc[table["site"]].to_numpy(bool)
    keep = table["measure"].to_numpy() == "keep"
    return sorted(set(map(str, table.index[existing & keep])) - set(problem.options))


def as_asked(problem: SitingProblem, plan: Plan) -> SitingProblem:
    """Hold a problem to the money and the openings of a plan that they do not limit.

    Of a plan in phases, which has budgets of its own, and of one for another objective than
    worker-hours served, which did not spend all there is.
    """
    if not plan.phase_of and (plan.goal is None or plan.goal.kind == "served"):
        return problem
    chosen = np.isin(problem.options, plan.options)
    return replace(
        problem,
        budget_yuan=float(problem.cost_yuan[chosen].sum()),
        count=int(problem.counts[chosen].sum()),
    )
