"""A problem and draws of what it rests on -> the plan that serves most on average over them."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, hstack

from planner.coverage import Coverage
from planner.language import Message, note
from planner.progress import Progress, Stop, never, silent
from planner.siting.doubt.doubts import Doubts, Drawer
from planner.siting.doubt.scenes import Scenes
from planner.siting.known import site_places, sites_of, standing_options
from planner.siting.plan import MILLI_MINUTES_AN_HOUR, Goal, Plan, Status
from planner.siting.problem import Aim, SitingProblem
from planner.siting.solve import solve
from planner.siting.solving.reduce import merge_rows
from planner.siting.telling.served import served_problem

__all__ = ["mean_problem", "robust_plan"]


def robust_plan(  # noqa: PLR0913 - what a caller may ask of a search
    coverage: Coverage,
    problem: SitingProblem,
    *,
    doubts: Doubts | None = None,
    draws: int = 20,
    seed: int = 0,
    time_limit_s: float = 60.0,
    gap_share: float = 0.001,
    progress: Progress = silent,
    stop: Stop = never,
) -> Plan:
    """Choose the options that serve the most worker-hours on average over draws, with a proof.

    One choice is made for all draws. Each of them has its own demand, reach and closures, and its
    rows stand in one problem: maximal covering again, so that the bound holds for the mean over
    these draws. Money is counted at the expected prices, limits hold as always; floors are left out
    (they are told in rows that each draw has anew), and so are prices of gaps and whatever else
    is worth something beside worker-hours served.

    Parameters
    ----------
    coverage, problem, doubts, seed
        As for `how_sure`.
    draws
        At least 1. `how_sure` begins with the same draws: to hold the plan against others, let it
        draw with another seed.
    time_limit_s, gap_share, progress, stop
        As for `solve`.

    Returns
    -------
    Plan
        `goal` holds the mean over the draws and its bound; `served_milli` is what the plan serves
        if all turns out as expected.

    Raises
    ------
    ValueError
        If `draws` is below 1, or the problem is infeasible by a value out of range.
    """
    if draws < 1:
        raise ValueError(f"draws must be at least 1, got {draws}")
    notes = _not_counted(problem)
    problem = served_problem(coverage, problem)
    drawer = Drawer(coverage, doubts or Doubts(), seed)
    asked = mean_problem(coverage, problem, drawer, draws=draws)
    found = solve(
        asked,
        time_limit_s=time_limit_s,
        gap_share=gap_share,
        seed=seed,
        progress=progress,
        stop=stop,
    )
    if found.status is Status.INFEASIBLE:
        return replace(
            found,
            served_milli=problem.base_milli,
            bound_milli=problem.base_milli,
            total_milli=problem.total_milli,
            notes=(*found.notes, *notes),
        )
    hours = MILLI_MINUTES_AN_HOUR * draws
    told = note(
        "Chosen to serve the most worker-hours on average over {draws} draws of demand, reach and"
        " closures: {mean} a week, at most {bound}.",
        draws=draws,
        mean=f"{found.served_milli / hours:,.0f}",
        bound=f"{found.bound_milli / hours:,.0f}",
    )
    return replace(
        found,
        served_milli=_served(problem, found.options),
        bound_milli=problem.base_milli + int(problem.value_milli.sum()),
        total_milli=problem.total_milli,
        goal=Goal(
            kind="served",
            minimise=False,
            value=found.served_milli / hours,
            bound=found.bound_milli / hours,
            unit="hours a week",
        ),
        notes=(*found.notes, *notes, told),
    )


def _not_counted(problem: SitingProblem) -> tuple[Message, ...]:
    """Say that the price of a gap is set aside, where there is one."""
    if not problem.priced_rows:
        return ()
    return (
        note(
            "The price of a gap is set aside where a plan is to hold in many draws: the largest gap"
            " is neither counted nor limited."
        ),
    )


def mean_problem(
    coverage: Coverage,
    problem: SitingProblem,
    drawer: Drawer,
    *,
    draws: int,
) -> SitingProblem:
    """Put the rows of the first draws into one problem; its values are their sums, not means."""
    standing = standing_options(coverage, problem)
    scenes = Scenes(
        coverage,
        problem.options,
        standing,
        reach_share=drawer.doubts.reach_share,
    )
    site_of = site_places(coverage, sites_of(coverage, problem))
    table = coverage.options.table
    fixed_site = site_places(coverage, [str(site) for site in table["site"].loc[standing]])
    parts, values, base, total = [], [], 0, 0
    for number in range(draws):
        draw = drawer.draw(number)
        shut = np.append(draw.shut, False)
        scene = scenes.scene(draw, there=~shut[fixed_site])
        parts.append(_without(scene.serves, shut[site_of]))
        values.append(scene.value)
        base, total = base + scene.base, total + scene.total
    serves, value = merge_rows(hstack(parts, format="csr"), np.concatenate(values))
    return replace(
        problem,
        serves=serves.astype(np.bool_),
        value_milli=value,
        base_milli=base,
        total_milli=total,
        floors=None,
        twice_milli=None,
        worth_milli=None,
        priced_rows=0,
        aim=Aim(scale=Aim().scale * draws),
    )


def _without(serves: csr_array, shut: NDArray[np.bool_]) -> csr_array:
    """Give who serves each row, shape (n, r), when some options are shut."""
    by_option = csr_array(serves.T)
    by_option.data = by_option.data * np.repeat(~shut, np.diff(by_option.indptr)).astype(np.int8)
    by_option.eliminate_zeros()
    return by_option


def _served(problem: SitingProblem, options: tuple[str, ...]) -> int:
    """Count what a choice serves if all turns out as expected."""
    chosen = np.isin(problem.options, options).astype(np.int64)
    times = problem.serves.T.astype(np.int64) @ chosen
    return problem.base_milli + int(problem.value_milli[times > 0].sum())
