"""Measure the coverage-budget curve of the trial city, from nothing to saturation.

    python benchmarks/curve.py                    514,000 junctions, 10,000 sites, 1,000,000 cells
    python benchmarks/curve.py --by money
    python benchmarks/curve.py --nodes 20000 --sites 800 --cells 40000

The city, its ways on foot up to 1 km and the merged rows are made first and not counted. Prints the
points, then one JSON object. One group, one slot.
"""

import argparse
import json
import time

import numpy as np
from city import trial_city
from city_demand import trial_demand
from memory import peak_gb

from planner.coverage import build_coverage
from planner.district.defaults import DEFAULT_PERIODS
from planner.siting import SitingProblem
from planner.siting.curves.curve import coverage_curve
from planner.siting.curves.curve_points import Curve
from planner.streets import snap
from planner.travel import travel_matrix


def city_problem(nodes: int, sites: int, cells: int, *, seed: int) -> SitingProblem:
    """Make the city and give its siting problem, without any limit."""
    graph = trial_city(nodes)
    city = trial_demand(graph, cells=cells, sites=sites, groups=1)
    places = [snap(graph, xy, mode="walk", limit_m=500.0) for xy in (city.site_xy, city.cell_xy)]
    travel = travel_matrix(
        graph,
        sites=places[0],
        cells=places[1],
        site_ids=tuple(city.options.sites.index),
        cell_ids=tuple(city.demand.cells.index),
        mode="walk",
        cutoff_m=1000.0,
    )
    coverage = build_coverage(
        city.demand, city.options, {"walk": travel}, groups=city.groups, periods=DEFAULT_PERIODS
    )
    ids = tuple(sorted(map(str, coverage.options.table.index)))
    rows = coverage.merged_rows(ids, ())
    none = np.zeros(len(ids), bool)
    rng = np.random.default_rng(seed)
    return SitingProblem(
        options=ids,
        sites=ids,
        serves=rows.serves,
        value_milli=rows.value_milli,
        base_milli=rows.base_milli,
        total_milli=rows.total_milli,
        cost_yuan=np.rint(rng.uniform(5000, 15_000, len(ids))),
        counts=~none,
        budget_yuan=None,
        count=None,
        locked=none,
        forbidden=none,
        too_close=np.zeros((0, 2), np.int32),
    )


def main() -> None:
    """Make the city, draw the curve and print it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--nodes", type=int, default=513_000)
    parser.add_argument("--sites", type=int, default=10_000)
    parser.add_argument("--cells", type=int, default=1_000_000)
    parser.add_argument("--by", choices=("count", "money"), default="count")
    parser.add_argument("--points", type=int, default=24)
    parser.add_argument("--time-limit", type=float, default=55.0)
    parser.add_argument("--gap", type=float, default=0.001)
    given = parser.parse_args()
    coverage_curve(city_problem(2000, 60, 2000, seed=1), time_limit_s=5)  # compiles
    problem = city_problem(given.nodes, given.sites, given.cells, seed=1)
    told: list[tuple[float, float]] = []
    started_s = time.perf_counter()

    def tell(curve: Curve) -> None:
        told.append((time.perf_counter() - started_s, curve.gap))

    curve = coverage_curve(
        problem,
        by=given.by,
        points=given.points,
        time_limit_s=given.time_limit,
        gap_share=given.gap,
        on_better=tell,
    )
    seconds = time.perf_counter() - started_s
    for at, point in enumerate(curve.points):
        mark = "  knee" if at == curve.knee else ""
        share = point.served_milli / curve.total_milli
        print(f"{point.limit:>14,.0f} {point.count:>6} {share:>8.2%} gap {point.gap:>7.3%}{mark}")
    figures = {
        "sites": len(problem.options),
        "rows": len(problem.value_milli),
        "entries": problem.serves.nnz,
        "seconds": seconds,
        "largest_gap": curve.gap,
        "mean_gap": float(np.mean([point.gap for point in curve.points])),
        "gap_after_s": [(round(when, 1), round(gap, 5)) for when, gap in told],
        "peak_gb": peak_gb(),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
