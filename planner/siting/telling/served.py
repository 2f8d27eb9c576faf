"""Coverage and a problem -> the same limits, with rows in worker-hours served."""

from dataclasses import replace

import numpy as np
from scipy.sparse import csr_array

from planner.coverage import Coverage
from planner.siting.known import standing_options
from planner.siting.problem import Aim, SitingProblem

__all__ = ["is_served_alone", "served_problem"]


def is_served_alone(problem: SitingProblem) -> bool:
    """Tell whether the value of a problem is worker-hours served and nothing else."""
    extra = (problem.twice_milli, problem.worth_milli)
    plain = all(values is None or not values.any() for values in extra) and not problem.priced_rows
    return plain and problem.aim.kind == "served"


def served_problem(coverage: Coverage, problem: SitingProblem) -> SitingProblem:
    """Ask for worker-hours served within the limits of a problem that asks for something else.

    A problem that asks for them alone is given back as it is. Floors are left out otherwise, since
    they are told in rows.
    """
    if is_served_alone(problem):
        return problem
    known = np.isin(problem.options, coverage.options.table.index)
    ids = [name for name, there in zip(problem.options, known, strict=True) if there]
    rows = coverage.merged_rows(ids, fixed=standing_options(coverage, problem))
    entries = rows.serves.tocoo()
    serves = csr_array(
        (entries.data, (np.flatnonzero(known)[entries.row], entries.col)),
        shape=(len(problem.options), len(rows.value_milli)),
    )
    return replace(
        problem,
        serves=serves,
        value_milli=rows.value_milli,
        base_milli=rows.base_milli,
        total_milli=rows.total_milli,
        floors=None,
        twice_milli=None,
        worth_milli=None,
        priced_rows=0,
        aim=Aim(),
    )
