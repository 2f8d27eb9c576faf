"""A siting problem -> a plan with a proof: reduce, greedy, exchange, bound, then exact."""

import time
from collections.abc import Callable
from dataclasses import replace

from planner.progress import Progress, Stop, never, silent
from planner.siting.plan import Plan, Status
from planner.siting.problem import SitingProblem
from planner.siting.solving.clashes import clashes_of
from planner.siting.solving.search import Search, Terms
from planner.siting.solving.way_out import explain_clash

__all__ = ["solve"]


def solve(  # noqa: PLR0913 - what a caller may ask of a search
    problem: SitingProblem,
    *,
    time_limit_s: float,
    gap_share: float,
    seed: int = 0,
    work_limit: int | None = None,
    progress: Progress = silent,
    stop: Stop = never,
    on_better: Callable[[Plan], None] | None = None,
    explain: bool = True,
) -> Plan:
    """Choose the options that add up to the most within all limits.

    Each step gives an answer that the next improves: greedy by gain and by gain for each yuan,
    exchange of one option for another, ruin and recreate with a fixed number of rounds, a
    Lagrangian bound that also settles options, and branch and cut (HiGHS) on what is left. Where
    greedy keeps not all limits, HiGHS is asked for a first choice that does. All but the last step
    depend on the problem and the seed alone; so does the last, unless a limit of time or the user
    ends it.

    Parameters
    ----------
    time_limit_s
        Seconds, at least 0; with 0 the answer is the greedy plan with a bound that is valid, if
        weak. Telling why no plan keeps the limits may take up to ten seconds more.
    gap_share
        The search ends when the plan is proven this near to the best, 0 to 1 (0: proven best, as
        far as floats can).
    seed
        Of the random part of the search.
    work_limit
        Rounds of ruin and recreate, at most so many steps of the bound and nodes of the search
        tree, at least 0: the same plan on every computer, as long as the time is not over before.
        None: as many as help.
    stop
        Asked often; true ends the search with the best so far.
    on_better
        Given each better plan, or the same plan with a better bound.
    explain
        Whether to say why no plan keeps the limits; false where only that matters.

    Returns
    -------
    Plan
        With `status` infeasible, the `reasons` and the `way_out` where no plan keeps the limits,
        and unknown where none was found in the time; otherwise one that keeps them all. Its `goal`
        tells the objective where that is not worker-hours served.

    Raises
    ------
    ValueError
        If `time_limit_s` or `work_limit` is negative or not a number, or `gap_share` is outside 0
        to 1.
    """
    if not time_limit_s >= 0:
        raise ValueError(f"time_limit_s must be at least 0, got {time_limit_s}")
    if not 0 <= gap_share <= 1:
        raise ValueError(f"gap_share must be from 0 to 1, got {gap_share}")
    if work_limit is not None and work_limit < 0:
        raise ValueError(f"work_limit must be at least 0, got {work_limit}")
    started_s = time.monotonic()
    search = Search(
        problem,
        Terms(
            gap_share=gap_share,
            started_s=started_s,
            end_s=started_s + time_limit_s,
            seed=seed,
            work_limit=work_limit,
            stop=stop,
            progress=progress,
            on_better=on_better,
        ),
    )
    told = clashes_of(problem)
    if told:
        search.impossible = True
    search.run()
    plan = search.plan()
    if plan.status is Status.INFEASIBLE and explain:
        why = explain_clash(problem, told, stop=stop)
        plan = replace(
            plan,
            reasons=why.reasons,
            way_out=why.way_out,
            bound_milli=plan.served_milli,
            seconds=time.monotonic() - started_s,
        )
    progress(search.last_said, 1.0)
    return plan
