"""Measure edits by hand in a large city beside recomputing everything, in one run.

    python benchmarks/live.py        10,000 sites, 1,000,000 rows, about 39 million entries
    python benchmarks/live.py --sites 2000 --rows 200000 --edits 50

The city is invented: rows and sites lie around 400 centres, and each site serves the rows within a
straight distance that is chosen so that a row has 39 sites in reach on average. After every edit of
the session all figures and every candidate's gain are current; the peer computes the same from
nothing with SciPy, and both must agree to the last unit. One group, one slot.
"""

import argparse
import json
import time
from collections.abc import Callable, Iterator

import numpy as np
import psutil
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.spatial import KDTree

from planner.siting import SitingProblem
from planner.siting.editing.live import LiveSession

SIDE_M = 60_000.0
CENTRES = 400
SITES_IN_REACH = 39
STANDING = 200
SITES_A_PIECE = 500
RECOUNTED = 5
"""Edits after which the peer counts again."""


def invent(sites: int, rows: int, *, seed: int) -> SitingProblem:
    """Make the city; every row has a value of its own."""
    rng = np.random.default_rng(seed)
    centres = rng.uniform(0, SIDE_M, (CENTRES, 2))
    share = rng.dirichlet(np.full(CENTRES, 0.6))
    spread_m = rng.uniform(200, 1500, CENTRES)

    def places(n: int, clustered_share: float) -> NDArray[np.float64]:
        near = round(n * clustered_share)
        of = rng.choice(CENTRES, near, p=share)
        around = centres[of] + rng.normal(0, 1, (near, 2)) * spread_m[of, None]
        return np.vstack([around, rng.uniform(0, SIDE_M, (n - near, 2))])

    site_xy, row_xy = places(sites, 0.3), places(rows, 0.9)
    reach_m = _reach_m(site_xy, row_xy[rng.integers(0, rows, 4000)])
    serves = _within(site_xy, row_xy, reach_m)
    value = rng.integers(1, 1_000_000, rows)
    ids = tuple(f"V{n:06}" for n in range(sites))
    none = np.zeros(sites, bool)
    return SitingProblem(
        options=ids,
        sites=ids,
        serves=serves,
        value_milli=value,
        base_milli=0,
        total_milli=int(value.sum()),
        cost_yuan=np.rint(rng.uniform(5000, 15_000, sites)),
        counts=~none,
        budget_yuan=STANDING * 10_000.0,
        count=STANDING,
        locked=none,
        forbidden=none,
        too_close=KDTree(site_xy).query_pairs(50.0, output_type="ndarray").astype(np.int32),
    )


def _reach_m(site_xy: NDArray[np.float64], some_xy: NDArray[np.float64]) -> float:
    """Find the distance within which a row has as many sites as asked, on average."""
    tree, low, high = KDTree(site_xy), 10.0, SIDE_M
    for _ in range(30):
        middle = (low + high) / 2
        mean = tree.query_ball_point(some_xy, middle, return_length=True).mean()
        low, high = (middle, high) if mean < SITES_IN_REACH else (low, middle)
    return high


def _within(site_xy: NDArray[np.float64], row_xy: NDArray[np.float64], reach_m: float) -> csr_array:
    """Give who serves what; the rows are numbered along strips, so that neighbours are near."""
    order = np.lexsort((row_xy[:, 1], row_xy[:, 0] // 500))
    tree, parts, sizes = KDTree(row_xy[order]), [], []
    for first in range(0, len(site_xy), SITES_A_PIECE):
        found = tree.query_ball_point(site_xy[first : first + SITES_A_PIECE], reach_m, workers=2)
        sizes += [len(some) for some in found]
        parts += [np.sort(np.array(some, np.int32)) for some in found]
    rows, start = np.concatenate(parts), np.concatenate([[0], np.cumsum(sizes)])
    ones, start = np.ones(len(rows), bool), start.astype(np.int32)
    return csr_array((ones, rows, start), shape=(len(site_xy), len(row_xy)))


def edits_of(session: LiveSession, seed: int) -> Iterator[tuple[str, ...]]:
    """Draw edits: near half of them add, others remove, exchange or undo; sites by chance."""
    rng = np.random.default_rng(seed)
    while True:
        standing = session.chosen
        free = sorted(set(session.problem.options) - set(standing))
        kind = rng.choice(["add", "remove", "swap", "undo"], p=[0.4, 0.25, 0.25, 0.1])
        out, new = str(rng.choice(standing)), str(rng.choice(free))
        if kind == "undo" and not session.can_undo:
            continue
        yield {"add": (kind, new), "remove": (kind, out), "swap": (kind, out, new)}.get(
            kind, (kind,)
        )


def recounted(
    serves: csr_array, by_row: csr_array, value: NDArray[np.int64], chosen: NDArray[np.bool_]
) -> tuple[int, NDArray[np.int64]]:
    """Count everything again with SciPy: what is served, and what each option would change."""
    times = by_row @ chosen.astype(np.int64)
    served = int(value[times > 0].sum())
    adds = serves @ np.where(times == 0, value, 0)
    loses = serves @ np.where(times == 1, value, 0)
    return served, np.where(chosen, loses, adds)


def measure(session: LiveSession, edits: int, seed: int) -> dict[str, object]:
    """Edit, hold some answers against the recount, and tell the times of both."""
    problem = session.problem
    serves = csr_array(problem.serves, dtype=np.int64)
    by_row = csr_array(serves.T)
    place = {option: n for n, option in enumerate(problem.options)}
    ours_s, peer_s = [], []
    wanted = edits_of(session, seed)
    for done in range(edits):
        kind, *options = next(wanted)
        started_s = time.perf_counter()
        figures = getattr(session, kind)(*options)
        changes = session.changes_milli
        ours_s.append(time.perf_counter() - started_s)
        if done % max(1, edits // RECOUNTED) == 0:
            chosen = np.zeros(len(problem.options), bool)
            chosen[[place[option] for option in figures.options]] = True
            started_s = time.perf_counter()
            served, again = recounted(serves, by_row, problem.value_milli, chosen)
            peer_s.append(time.perf_counter() - started_s)
            if served != figures.served_milli or not np.array_equal(again, changes):
                raise SystemExit("the session and the recount differ")
    median_ms, slow_ms = np.percentile(ours_s, [50, 95]) * 1000
    return {
        "edits": edits,
        "median_ms": median_ms,
        "p95_ms": slow_ms,
        "slowest_ms": max(ours_s) * 1000,
        "recount_median_ms": float(np.median(peer_s)) * 1000,
        "times_faster": float(np.median(peer_s)) * 1000 / median_ms,
    }


def main() -> None:
    """Make the city, open a session, edit it, and print one JSON object."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--sites", type=int, default=10_000)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--edits", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    times = {}
    started_s = time.perf_counter()
    problem = invent(given.sites, given.rows, seed=given.seed)
    times["making_s"] = time.perf_counter() - started_s
    LiveSession(_tiny(problem)).best_swap()  # compiles
    before = psutil.Process().memory_info().rss
    started_s = time.perf_counter()
    session = LiveSession(problem)
    times["opening_s"] = time.perf_counter() - started_s
    times["session_mb"] = (psutil.Process().memory_info().rss - before) / 1e6
    started_s = time.perf_counter()
    for _ in range(min(STANDING, given.sites // 2)):
        suggested = session.suggest_next()
        if suggested is None:
            break
        session.add(suggested)
    times["greedy_s"] = time.perf_counter() - started_s
    times |= _asked(session)
    figures = {"sites": given.sites, "rows": given.rows, "entries": problem.serves.nnz}
    edited = measure(session, given.edits, given.seed)
    print(json.dumps({**figures, "standing": STANDING, **times, **edited}, indent=2))


def _tiny(problem: SitingProblem) -> SitingProblem:
    ids = ("a", "b")
    return SitingProblem(
        options=ids,
        sites=ids,
        serves=csr_array(np.eye(2, dtype=bool)),
        value_milli=np.array([1, 2]),
        base_milli=0,
        total_milli=3,
        cost_yuan=np.zeros(2),
        counts=np.ones(2, bool),
        budget_yuan=None,
        count=1,
        locked=np.zeros(2, bool),
        forbidden=np.zeros(2, bool),
        too_close=problem.too_close[:0],
    )


def _asked(session: LiveSession) -> dict[str, float]:
    """Time what a click may ask beside an edit."""
    asked = {}
    asks: dict[str, Callable[[], object]] = {
        "suggest_next_s": session.suggest_next,
        "best_swap_s": session.best_swap,
        "fork_s": session.fork,
        "gains_by_id_s": session.gains,
    }
    for name, ask in asks.items():
        started_s = time.perf_counter()
        ask()
        asked[name] = time.perf_counter() - started_s
    return asked


if __name__ == "__main__":
    main()
