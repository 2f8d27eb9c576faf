"""Published instances through the engine of `planner solve`: time, gap, and the published optimum.

python benchmarks/published.py [FOLDER]

FOLDER may hold files of the OR-Library as they are published: pmed1.txt ... (p-median and, with the
same files, p-center), scp41.txt ... (set covering). A file that is not there is made after the same
recipe: a connected random graph of n nodes and n * n / 50 edges of 1 to 100. Of those the optimum
is not known, so that the proof alone tells.
"""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from planner.siting.matrix import Question, Ways, solve_matrix
from planner.siting.matrix.ways import ways_from_pairs

LIMIT_S = 600.0
PMED = (
    (1, 100, 5, 5819, 127),
    (2, 100, 10, 4093, 98),
    (3, 100, 10, 4250, 93),
    (4, 100, 20, 3034, 74),
    (5, 100, 33, 1355, 48),
    (6, 200, 5, 7824, 84),
    (7, 200, 10, 5631, 64),
    (8, 200, 20, 4445, 55),
    (9, 200, 40, 2734, 37),
    (10, 200, 67, 1255, 20),
    (11, 300, 5, 7696, 59),
    (12, 300, 10, 6634, 51),
    (13, 300, 30, 4374, 36),
    (14, 300, 60, 2968, 26),
    (15, 300, 100, 1729, 18),
    (16, 400, 5, 8162, 47),
    (17, 400, 10, 6999, 39),
    (18, 400, 40, 4809, 28),
    (19, 400, 80, 2845, 18),
    (20, 400, 133, 1789, 13),
    (21, 500, 5, 9138, 40),
    (22, 500, 10, 8579, 38),
    (23, 500, 50, 4619, 22),
    (24, 500, 100, 2961, 15),
    (25, 500, 167, 1828, 11),
    (26, 600, 5, 9917, 38),
    (27, 600, 10, 8307, 32),
    (28, 600, 60, 4498, 18),
    (29, 600, 120, 3033, 13),
    (30, 600, 200, 1989, 9),
    (31, 700, 5, 10086, 30),
    (32, 700, 10, 9297, 29),
    (33, 700, 70, 4700, 15),
    (34, 700, 140, 3013, 11),
    (35, 800, 5, 10400, 30),
    (36, 800, 10, 9934, 27),
    (37, 800, 80, 5057, 15),
    (38, 900, 5, 11060, 29),
    (39, 900, 10, 9423, 23),
    (40, 900, 90, 5128, 13),
)
"""Number, nodes, p, published optimum of p-median and of p-center (Beasley 1985; Garcia, Labbe and
Marin 2011; Calik and Tansel 2013)."""
SCP = {"scp41": 429, "scp51": 253, "scp61": 138, "scpa1": 253, "scpe1": 5}


def read_pmed(path: Path) -> tuple[NDArray[np.float64], int]:
    """Read a p-median file: the ways between all nodes, and p.

    Of an edge that stands in the file twice the last counts.
    """
    numbers = np.array(path.read_text(encoding="ascii").split(), dtype=np.int64)
    n, _, p = numbers[:3].tolist()
    edges = numbers[3:].reshape(-1, 3)
    lengths = np.zeros((n, n))
    for a, b, cost in edges.tolist():
        lengths[a - 1, b - 1] = lengths[b - 1, a - 1] = cost
    return np.asarray(dijkstra(csr_array(lengths), directed=False)), p


def like_pmed(n: int, seed: int) -> NDArray[np.float64]:
    """Make ways between n nodes after the recipe of the OR-Library."""
    rng = np.random.default_rng(seed)
    lengths = np.zeros((n, n))
    ends = [(a, int(rng.integers(0, a))) for a in range(1, n)]
    ends += rng.integers(0, n, (n * n // 50 - n + 1, 2)).tolist()
    for a, b in ends:
        if a != b:
            lengths[a, b] = lengths[b, a] = rng.integers(1, 101)
    return np.asarray(dijkstra(csr_array(lengths), directed=False))


def complete_ways(cost: NDArray[np.float64]) -> Ways:
    """Take a complete matrix, shape (cells, sites)."""
    m, n = cost.shape
    cell, site = np.indices(cost.shape)
    start, order, sorted_cost = ways_from_pairs(site.ravel(), cell.ravel(), cost.ravel(), m)
    return _ways(n, m, start, order, sorted_cost, np.ones(n))


def read_scp(path: Path) -> Ways:
    """Read a set covering file: a cost of 0 where a column covers a row."""
    numbers = np.array(path.read_text(encoding="ascii").split(), dtype=np.int64).tolist()
    m, n = numbers[:2]
    costs, at = np.array(numbers[2 : 2 + n], dtype=float), 2 + n
    cells, sites = [], []
    for row in range(m):
        size = numbers[at]
        sites += [column - 1 for column in numbers[at + 1 : at + 1 + size]]
        cells += [row] * size
        at += 1 + size
    pairs = ways_from_pairs(np.array(sites), np.array(cells), np.zeros(len(sites)), m)
    return _ways(n, m, *pairs, costs)


def _ways(
    n: int,
    m: int,
    start: NDArray[np.int64],
    site: NDArray[np.int32],
    cost: NDArray[np.float64],
    site_cost: NDArray[np.float64],
) -> Ways:
    return Ways(
        sites=tuple(f"{j:05d}" for j in range(n)),
        cells=tuple(f"{i:06d}" for i in range(m)),
        start=start,
        site=site,
        cost=cost,
        weight=np.ones(m),
        load=np.ones(m),
        site_cost=site_cost,
        capacity=np.full(n, np.inf),
        fixed=np.zeros(n, bool),
        priced=True,
    )


def cases(folder: Path | None) -> Iterator[tuple[str, Ways, Question, float | None]]:
    """Give name, ways, question and published optimum of each case."""
    for number, n, p, median, center in PMED:
        path = folder / f"pmed{number}.txt" if folder else None
        there = path is not None and path.exists()
        cost, count = read_pmed(path) if path is not None and there else (like_pmed(n, number), p)
        ways, name = complete_ways(cost), f"pmed{number}" if there else f"like pmed{number}"
        for model, known in (("p-median", median), ("p-center", center)):
            question = Question(model=model, count=count)
            yield f"{name} {model}", ways, question, float(known) if there else None
    for path in sorted(folder.glob("scp*.txt")) if folder else ():
        known_cost = SCP.get(path.stem)
        optimum = None if known_cost is None else float(known_cost)
        yield path.stem, read_scp(path), Question(model="lscp", radius=0.0), optimum


def main() -> None:
    """Print a line a case."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    total_s = 0.0
    print(f"{'case':24} {'found':>9} {'bound':>9} {'gap':>8} {'published':>9} {'seconds':>8}")
    for name, ways, question, known in cases(folder):
        started_s = time.perf_counter()
        answer = solve_matrix(ways, question, time_limit_s=LIMIT_S)
        seconds = time.perf_counter() - started_s
        total_s += seconds
        wrong = known is not None and answer.status == "optimal" and answer.objective != known
        told = "-" if known is None else f"{known:g}"
        print(
            f"{name:24} {answer.objective:9g} {answer.bound:9g} {answer.gap:8.4%}"
            f" {told:>9} {seconds:8.2f}{'  WRONG' if wrong else ''}",
            flush=True,
        )
    print(f"all together {total_s:.1f} s")


if __name__ == "__main__":
    main()
