"""Measure maximal covering of millions of customers, beside the usual model in HiGHS, in one run.

    python benchmarks/customers.py 40000000            100 sites, several radii, merged and proven
    python benchmarks/customers.py 10000 --peer        the same, and one row a customer in HiGHS

Customers and 100 sites lie uniformly in a square of 30 x 30, demands are 1 to 100, as in Cordeau,
Furini and Ljubic (2019, European Journal of Operational Research 275, 882-896); they are drawn as
they are read, so that no file is measured. The peer gets the pairs ready made and only its solving
is timed; of the planner everything is, from the first customer to the proof.
"""

import argparse
import json
import time
from collections.abc import Iterator

import highspy
import numpy as np
from memory import peak_gb
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array, eye_array, hstack, vstack
from scipy.spatial import KDTree

from planner.siting import Plan, SitingProblem, solve
from planner.siting.streaming.customers import Batch, Faces, merge_customers

SIDE = 30.0
SITES = 100
RADII = (3.25, 4.25, 5.5, 6.25)
COUNTS = (10, 15, 20)
BATCH = 500_000


def customers(n: int, *, seed: int) -> Iterator[Batch]:
    """Draw customers, some at a time."""
    rng = np.random.default_rng(seed)
    for first in range(0, n, BATCH):
        size = min(BATCH, n - first)
        x, y = rng.uniform(0, SIDE, size), rng.uniform(0, SIDE, size)
        yield Batch(x, y, rng.integers(1, 101, size))


def sites(*, seed: int) -> NDArray[np.float64]:
    """Draw the sites."""
    return np.random.default_rng(seed + 1_000_000).uniform(0, SIDE, (SITES, 2))


def problem_of(faces: Faces, count: int) -> SitingProblem:
    """Ask for the most demand that so many sites can serve."""
    ids = tuple(f"V{n:03}" for n in range(SITES))
    none = np.zeros(SITES, bool)
    return SitingProblem(
        options=ids,
        sites=ids,
        serves=faces.serves,
        value_milli=faces.value,
        base_milli=0,
        total_milli=int(faces.value.sum()) + faces.out_of_reach,
        cost_yuan=np.zeros(SITES),
        counts=~none,
        budget_yuan=None,
        count=count,
        locked=none,
        forbidden=none,
        too_close=np.zeros((0, 2), np.int32),
    )


def ours(n: int, radius: float, count: int, given: argparse.Namespace) -> dict[str, object]:
    """Merge and solve."""
    started_s = time.perf_counter()
    faces = merge_customers(customers(n, seed=given.seed), sites(seed=given.seed), radius)
    merged_s = time.perf_counter() - started_s
    plan = solve(problem_of(faces, count), time_limit_s=given.time_limit, gap_share=0.0)
    return {
        "merged_rows": len(faces.value),
        "merging_s": merged_s,
        "solving_s": time.perf_counter() - started_s - merged_s,
        "seconds": time.perf_counter() - started_s,
        **_told(plan),
    }


def _told(plan: Plan) -> dict[str, object]:
    return {
        "served": plan.served_milli,
        "served_share": plan.served_milli / plan.total_milli,
        "gap": plan.gap,
        "status": plan.status.value,
    }


def peer(n: int, radius: float, count: int, given: argparse.Namespace) -> dict[str, object]:
    """Solve the usual model: a row for each customer, a column for each customer and site."""
    batch = [np.concatenate(part) for part in zip(*customers(n, seed=given.seed), strict=True)]
    near = KDTree(sites(seed=given.seed)).query_ball_point(np.stack(batch[:2], 1), radius)
    sizes = np.array([len(some) for some in near])
    start = np.concatenate([[0], np.cumsum(sizes)])
    served_by = csr_array(
        (np.ones(start[-1]), np.concatenate(near).astype(np.int32), start), shape=(n, SITES)
    )
    started_s = time.perf_counter()
    solver = highspy.Highs()  # type: ignore[no-untyped-call]  # the library does not type it
    for name, value in {
        "output_flag": False,
        "time_limit": given.peer_limit,
        "mip_rel_gap": 0.0,
    }.items():
        solver.setOptionValue(name, value)
    solver.passModel(_usual(served_by, batch[2], count))
    solver.run()
    info = solver.getInfo()
    return {
        "served": round(info.objective_function_value),
        "gap": info.mip_gap,
        "seconds": time.perf_counter() - started_s,
        "status": solver.modelStatusToString(solver.getModelStatus()),
    }


def _usual(served_by: csr_array, demand: NDArray[np.int64], count: int) -> highspy.HighsLp:
    n = len(demand)
    rows = hstack([-served_by, eye_array(n)])
    places = hstack([csr_array(np.ones((1, SITES))), csr_array((1, n))])
    matrix = csc_array(vstack([rows, places]))
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = SITES + n, n + 1
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.col_cost_ = np.concatenate([np.zeros(SITES), demand.astype(float)])
    lp.col_lower_, lp.col_upper_ = np.zeros(SITES + n), np.ones(SITES + n)
    lp.row_lower_ = np.full(n + 1, -np.inf)
    lp.row_upper_ = np.concatenate([np.zeros(n), [float(count)]])
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_ = matrix.indptr, matrix.indices
    lp.a_matrix_.value_ = matrix.data
    kinds = highspy.HighsVarType
    lp.integrality_ = [kinds.kInteger] * SITES + [kinds.kContinuous] * n
    return lp


def main() -> None:
    """Measure every radius and count, and print one JSON object a line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("customers", type=int)
    parser.add_argument("--radius", type=float, nargs="*", default=RADII)
    parser.add_argument("--count", type=int, nargs="*", default=COUNTS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--time-limit", type=float, default=120.0)
    parser.add_argument("--peer", action="store_true")
    parser.add_argument("--peer-limit", type=float, default=300.0)
    given = parser.parse_args()
    merge_customers(customers(10, seed=0), sites(seed=0), 1.0)  # compiles
    for radius in given.radius:
        for count in given.count:
            figures = ours(given.customers, radius, count, given)
            line = {"customers": given.customers, "radius": radius, "count": count, **figures}
            line["peak_gb"] = peak_gb()
            if given.peer:
                other = peer(given.customers, radius, count, given)
                line["peer"] = other
                line["times_faster"] = other["seconds"] / figures["seconds"]  # type: ignore[operator]  # both are numbers
            print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
