"""Published instances, solved to their published optima."""

import csv
import gzip
import importlib.util
import itertools
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, eye_array, hstack, kron, vstack

from planner.siting.matrix import Ending, Question, read_ways, solve_matrix

DATA = Path(__file__).parent / "data" / "published"
ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def published() -> ModuleType:
    spec = importlib.util.spec_from_file_location("published", ROOT / "benchmarks/published.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("model", "optimum"), [("p-median", 5819.0), ("p-center", 127.0)])
def test_pmed1_is_solved_to_its_published_optimum(
    published: ModuleType, model: str, optimum: float
) -> None:
    cost, count = published.read_pmed(DATA / "pmed1.txt")
    ways = published.complete_ways(cost)
    answer = solve_matrix(ways, Question(model=model, count=count), time_limit_s=60.0)
    assert (answer.objective, answer.bound) == (optimum, optimum)
    assert answer.status is Ending.OPTIMAL


def test_an_edge_that_is_there_twice_keeps_its_last_cost(
    published: ModuleType, tmp_path: Path
) -> None:
    path = tmp_path / "pmed.txt"
    path.write_text("3 3 1\n1 2 5\n2 3 1\n2 1 9\n", encoding="ascii")
    cost, count = published.read_pmed(path)
    assert count == 1
    assert cost.tolist() == [[0.0, 9.0, 10.0], [9.0, 0.0, 1.0], [10.0, 1.0, 0.0]]


def test_a_set_covering_file_is_solved(published: ModuleType, tmp_path: Path) -> None:
    # 3 rows, 4 columns: column 3 covers rows 1 and 2 for 3, column 4 row 3 for 1; all else dearer.
    path = tmp_path / "scp.txt"
    path.write_text("3 4\n2 2 3 1\n2\n1 3\n2\n2 3\n1\n4\n", encoding="ascii")
    ways = published.read_scp(path)
    answer = solve_matrix(ways, Question(model="lscp", radius=0.0), time_limit_s=60.0)
    assert (answer.sites, answer.objective) == (("00002", "00003"), 4.0)


def _san_francisco() -> tuple[list[str], np.ndarray, np.ndarray]:
    """Read the table without the planner: stores, metres (stores, tracts), people."""
    with gzip.open(DATA / "san_francisco_demand.csv.gz", "rt", encoding="ascii") as text:
        people = {row["cell"]: float(row["weight"]) for row in csv.DictReader(text)}
    tracts = sorted(people)
    with gzip.open(DATA / "san_francisco_travel.csv.gz", "rt", encoding="ascii") as text:
        rows = list(csv.DictReader(text))
    stores = sorted({row["site"] for row in rows})
    metres = np.full((len(stores), len(tracts)), np.inf)
    for row in rows:
        metres[stores.index(row["site"]), tracts.index(row["cell"])] = float(row["cost"])
    return stores, metres, np.array([people[tract] for tract in tracts])


def test_the_stores_of_san_francisco_are_those_of_looking_at_every_choice() -> None:
    stores, metres, people = _san_francisco()
    ways = read_ways(DATA / "san_francisco_travel.csv.gz", DATA / "san_francisco_demand.csv.gz")
    fours = [list(chosen) for chosen in itertools.combinations(range(len(stores)), 4)]
    median = solve_matrix(ways, Question(model="p-median", count=4), time_limit_s=60.0)
    assert median.objective == pytest.approx(
        min(float((metres[four].min(axis=0) * people).sum()) for four in fours), rel=1e-12
    )
    assert median.objective == pytest.approx(2_848_268_129.7145, rel=1e-10)  # told by spopt
    center = solve_matrix(ways, Question(model="p-center", count=4), time_limit_s=60.0)
    assert center.objective == min(float(metres[four].min(axis=0).max()) for four in fours)
    assert center.objective == pytest.approx(7_403.0638, abs=1e-4)  # told by spopt
    most = solve_matrix(ways, Question(model="mclp", radius=5000.0, count=4), time_limit_s=60.0)
    near = metres <= 5000.0
    assert most.objective == max(float(people[near[four].any(axis=0)].sum()) for four in fours)
    cover = solve_matrix(ways, Question(model="lscp", radius=5000.0), time_limit_s=60.0)
    assert (cover.objective, cover.bound) == (8.0, 8.0)  # told by spopt
    backup = solve_matrix(ways, Question(model="backup", radius=5000.0), time_limit_s=60.0)
    eights = itertools.combinations(range(len(stores)), 8)
    twice = [
        float(people[times > 1].sum())
        for chosen in eights
        if (times := near[list(chosen)].sum(axis=0)).min() > 0
    ]
    assert backup.objective == max(twice)
    for answer in (median, center, most, cover, backup):
        assert answer.status is Ending.OPTIMAL


@pytest.mark.parametrize(("nodes", "count"), [(60, 3), (60, 12)])
def test_made_graphs_are_proven_as_a_plain_program_proves_them(
    published: ModuleType, nodes: int, count: int
) -> None:
    cost = published.like_pmed(nodes, nodes + count)
    ways = published.complete_ways(cost)
    answer = solve_matrix(ways, Question(model="p-median", count=count), time_limit_s=60.0)
    assert answer.bound == answer.objective == _plain_median(cost, count)


def _plain_median(cost: np.ndarray, count: int) -> float:
    """Solve the textbook program by SciPy's branch and cut."""
    n = len(cost)
    each = kron(eye_array(n), np.ones((1, n)))
    only_open = hstack([eye_array(n * n), -kron(np.ones((n, 1)), eye_array(n))])
    some = csr_array(np.concatenate([np.zeros(n * n), np.ones(n)])[None, :])
    rows = vstack([hstack([each, csr_array((n, n))]), only_open, some]).tocsc()
    low = np.concatenate([np.ones(n), np.full(n * n, -np.inf), [count]])
    high = np.concatenate([np.ones(n), np.zeros(n * n), [count]])
    found = milp(
        np.concatenate([cost.ravel(), np.zeros(n)]),
        constraints=LinearConstraint(rows, low, high),
        bounds=Bounds(0, 1),
        integrality=np.concatenate([np.zeros(n * n), np.ones(n)]),
    )
    return float(round(found.fun))
