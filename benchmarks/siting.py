"""Measure the siting search beside plain HiGHS on the same invented instance, in one run.

    python benchmarks/siting.py even            10,000 points, 200 sites, evenly in a square
    python benchmarks/siting.py even_100k       the same with 100,000 points
    python benchmarks/siting.py city            points and sites clustered, 600 sites
    python benchmarks/siting.py spaced          the same with a minimum separation and a budget
    python benchmarks/siting.py district        800 sites, 20,000 merged rows
    python benchmarks/siting.py district_limits with separation and community minimums
    python benchmarks/siting.py dense           2,000 sites, 50,000 merged rows, 22 sites a row
    python benchmarks/siting.py dense_spaced    with 500 m of separation
    python benchmarks/siting.py dense_quotas    with 30 quotas of communities
    python benchmarks/siting.py dense_money     with a budget
    python benchmarks/siting.py sparse_50       10,000 sites, 1,000,000 points; also _200 and _500

Both get the same limits, gap and seconds, in two processes one after the other. Plain HiGHS gets
one row for each point and one pair for each conflict, as usual packages write the model; where an
instance is told in merged rows, it gets those, which already is more help than usual. Points are
of one group that is out all week (one group, one slot). Where plain HiGHS did not reach the gap,
`times_faster` is only what is known at least.
"""

import argparse
import json
import multiprocessing
import resource
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import highspy
import numpy as np
import psutil
from scipy.sparse import csc_array, csr_array, eye_array, hstack, vstack
from scipy.spatial import KDTree

from planner.language import note
from planner.siting import SitingProblem, solve
from planner.siting.problem import UNLIMITED, About, LinearLimits
from planner.siting.solving.reduce import merge_rows

MILLI_MINUTES_A_WEEK = 7 * 24 * 60 * 1000


@dataclass(frozen=True, kw_only=True)
class Case:
    """What is invented; metres in a square."""

    sites: int
    points: int
    count: int
    reach_m: float
    side_m: float
    clustered_share: float = 0.0
    """Of the points; of the sites as well, unless told."""
    clustered_sites_share: float | None = None
    centres: int = 40
    spread_m: tuple[float, float] | None = None
    """Least and most standard deviation of a cluster; None: a 25th of the side."""
    reach_spread_share: float = 0.0
    """Each site reaches so much more or less."""
    rows: int | None = None
    """Merge points to at most so many rows; None: one row a point."""
    lognormal: bool = False
    separation_m: float = 0.0
    budget_yuan: float | None = None
    blocks: int = 0
    """The square is cut in 5 times so many communities with quotas."""
    block_most: int = UNLIMITED


_DENSE = Case(
    sites=2000,
    points=300_000,
    count=50,
    reach_m=1600,
    side_m=25_000,
    clustered_share=0.7,
    clustered_sites_share=0.6,
    centres=60,
    spread_m=(600, 3000),
    reach_spread_share=0.25,
    rows=50_000,
    lognormal=True,
)
_DISTRICT = replace(_DENSE, sites=800, points=120_000, count=20, reach_m=2600, rows=20_000)
_SPARSE = Case(
    sites=10_000,
    points=1_000_000,
    count=50,
    reach_m=640,
    side_m=57_000,
    clustered_share=1.0,
    clustered_sites_share=0.0,
    centres=400,
    spread_m=(200, 1500),
    rows=1_000_000,
)
_EVEN = Case(sites=200, points=10_000, count=20, reach_m=1130, side_m=10_000)
_CITY = Case(sites=600, points=20_000, count=100, reach_m=800, side_m=20_000, clustered_share=0.7)
CASES = {
    "even": _EVEN,
    "even_100k": replace(_EVEN, points=100_000),
    "city": _CITY,
    "spaced": replace(_CITY, separation_m=500, budget_yuan=900_000),
    "district": _DISTRICT,
    "district_limits": replace(_DISTRICT, separation_m=500, blocks=3),
    "dense": _DENSE,
    "dense_spaced": replace(_DENSE, separation_m=500),
    "dense_quotas": replace(_DENSE, blocks=6, block_most=3),
    "dense_money": replace(_DENSE, budget_yuan=400_000),
    "sparse_50": _SPARSE,
    "sparse_200": replace(_SPARSE, count=200),
    "sparse_500": replace(_SPARSE, count=500),
}


def invent(case: Case, *, seed: int) -> SitingProblem:
    """Spread points of 1 to 100 workers and sites of 5,000 to 15,000 yuan."""
    rng = np.random.default_rng(seed)
    centre = rng.uniform(0, case.side_m, (case.centres, 2))
    low, high = case.spread_m or (case.side_m / 25, case.side_m / 25)
    spread = rng.uniform(low, high, case.centres)
    share = rng.dirichlet(np.full(case.centres, 0.7))

    def places(n: int, clustered: float) -> np.ndarray:
        near = round(n * clustered)
        of = rng.choice(case.centres, near, p=share)
        around = centre[of] + rng.normal(0, 1, (near, 2)) * spread[of, None]
        return np.vstack([around, rng.uniform(0, case.side_m, (n - near, 2))])

    of_sites = case.clustered_sites_share
    site_xy = places(case.sites, case.clustered_share if of_sites is None else of_sites)
    point_xy = places(case.points, case.clustered_share)
    more = case.reach_spread_share
    reach = case.reach_m * rng.uniform(1 - more, 1 + more, case.sites)
    found = KDTree(point_xy).query_ball_point(site_xy, reach)
    site = np.repeat(np.arange(case.sites), [len(some) for some in found])
    point = np.concatenate([np.array(some, np.int64) for some in found])
    serves = csr_array((np.ones(len(site), bool), (site, point)), (case.sites, case.points))
    workers = rng.integers(1, 101, case.points)
    if case.lognormal:
        workers = np.maximum(1, np.rint(rng.lognormal(3, 1, case.points))).astype(np.int64)
    value = workers * MILLI_MINUTES_A_WEEK
    if case.rows is not None:
        serves, value = merge_rows(serves, value)
        serves, value = csr_array(serves[:, : case.rows].astype(bool)), value[: case.rows]
    near = KDTree(site_xy).query_pairs(case.separation_m, output_type="ndarray")
    ids = tuple(f"V{n:06}" for n in range(case.sites))
    none = np.zeros(case.sites, bool)
    return SitingProblem(
        options=ids,
        sites=ids,
        serves=serves,
        value_milli=value,
        base_milli=0,
        total_milli=int(value.sum()),
        cost_yuan=np.rint(rng.uniform(5000, 15_000, case.sites)),
        counts=~none,
        budget_yuan=case.budget_yuan,
        count=case.count,
        locked=none,
        forbidden=none,
        too_close=near.astype(np.int32) if case.separation_m else np.zeros((0, 2), np.int32),
        linear=_quotas(case, site_xy),
    )


def _quotas(case: Case, site_xy: np.ndarray) -> LinearLimits | None:
    """Ask for at least one site in each community that has any, and at most so many."""
    if not case.blocks:
        return None
    cut = np.clip(site_xy / case.side_m, 0, 0.999_999) * [case.blocks, 5]
    of = cut[:, 0].astype(int) * 5 + cut[:, 1].astype(int)
    _, of = np.unique(of, return_inverse=True)
    count = int(of.max()) + 1
    weights = csr_array((np.ones(len(of), np.int64), (of, np.arange(len(of)))), (count, len(of)))
    about = About(kind="quota", name=note("quota"))
    return LinearLimits(
        weights=weights,
        least=np.ones(count, np.int64),
        most=np.full(count, case.block_most, np.int64),
        about=(about,) * count,
    )


def ours(problem: SitingProblem, time_limit_s: float, gap_share: float) -> dict[str, float]:
    """Solve with the planner."""
    plan = solve(problem, time_limit_s=time_limit_s, gap_share=gap_share)
    return {
        "served_share": plan.served_milli / plan.total_milli,
        "bound_share": plan.bound_milli / plan.total_milli,
    }


def plain(problem: SitingProblem, time_limit_s: float, gap_share: float) -> dict[str, float]:
    """Solve the textbook model with HiGHS and no help."""
    solver = highspy.Highs()  # type: ignore[no-untyped-call]  # the library does not type it
    for name, value in {
        "output_flag": False,
        "time_limit": time_limit_s,
        "mip_rel_gap": gap_share,
    }.items():
        solver.setOptionValue(name, value)
    solver.passModel(_textbook(problem))
    solver.run()
    info = solver.getInfo()
    return {
        "served_share": info.objective_function_value,
        "bound_share": info.mip_dual_bound,
    }


def _textbook(problem: SitingProblem) -> highspy.HighsLp:
    n, rows = len(problem.options), len(problem.value_milli)
    pairs = len(problem.too_close)
    chosen = csr_array((rows, n)) - csr_array(problem.serves.T.astype(float))
    apart = csr_array(
        (np.ones(2 * pairs), (np.repeat(np.arange(pairs), 2), problem.too_close.ravel())),
        (pairs, n),
    )
    limits, most = [apart], [np.ones(pairs)]
    if problem.count is not None:
        limits.append(csr_array(np.ones((1, n))))
        most.append(np.array([float(problem.count)]))
    if problem.budget_yuan is not None:
        limits.append(csr_array(problem.cost_yuan[None, :]))
        most.append(np.array([problem.budget_yuan]))
    if problem.linear is not None:
        limits += [problem.linear.weights, -problem.linear.weights]
        most += [problem.linear.most.astype(float), -problem.linear.least.astype(float)]
    limit = vstack(limits)
    matrix = csc_array(
        vstack(
            [hstack([chosen, eye_array(rows)]), hstack([limit, csr_array((limit.shape[0], rows))])]
        )
    )
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = n + rows, matrix.shape[0]
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.col_cost_ = np.concatenate([np.zeros(n), problem.value_milli / problem.total_milli])
    lp.col_lower_, lp.col_upper_ = np.zeros(n + rows), np.ones(n + rows)
    lp.row_lower_ = np.full(matrix.shape[0], -np.inf)
    lp.row_upper_ = np.concatenate([np.zeros(rows), *most])
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_ = matrix.indptr, matrix.indices
    lp.a_matrix_.value_ = matrix.data
    kind = highspy.HighsVarType
    lp.integrality_ = [kind.kInteger] * n + [kind.kContinuous] * rows
    return lp


Solver = Callable[[SitingProblem, float, float], dict[str, float]]


def _measured(task: tuple[Solver, SitingProblem, float, float]) -> dict[str, float]:
    """Run one solver and measure it; meant for a process of its own."""
    solver, problem, time_limit_s, gap_share = task
    before = psutil.Process().memory_info().rss
    started_s = time.perf_counter()
    found = solver(problem, time_limit_s, gap_share)
    seconds = time.perf_counter() - started_s
    # The peak is told in kilobytes on Linux.
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before
    gap = 1 - found["served_share"] / found["bound_share"]
    return {**found, "gap_share": gap, "seconds": seconds, "peak_memory_mb": memory / 1e6}


def compare(
    case: Case, *, seed: int, time_limit_s: float, gap_share: float
) -> Mapping[str, object]:
    """Run both on one instance, each in a process of its own."""
    problem = invent(case, seed=seed)
    merged = merge_rows(problem.serves, problem.value_milli)[0]
    context = multiprocessing.get_context("spawn")
    figures: dict[str, object] = {
        "sites": case.sites,
        "points": case.points,
        "merged_rows": merged.shape[1],
        "entries": int(problem.serves.nnz),
        "conflicts": len(problem.too_close),
        "groups": 1,
        "slots": 1,
    }
    measured = {}
    for name, solver in {"planner": ours, "plain_highs": plain}.items():
        with context.Pool(1) as pool:
            task = (solver, problem, time_limit_s, gap_share)
            measured[name] = pool.map(_measured, [task])[0]
    times = measured["plain_highs"]["seconds"] / measured["planner"]["seconds"]
    return {**figures, **measured, "times_faster": times}


def main() -> None:
    """Measure one case and print one JSON object."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("case", choices=sorted(CASES))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--time-limit", type=float, default=60.0)
    parser.add_argument("--gap", type=float, default=0.001)
    given = parser.parse_args()
    figures = compare(
        CASES[given.case], seed=given.seed, time_limit_s=given.time_limit, gap_share=given.gap
    )
    print(json.dumps({"case": given.case, **figures}, indent=2))


if __name__ == "__main__":
    main()
