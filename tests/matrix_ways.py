"""Small matrices of costs, and their best sites found by looking at every choice."""

import itertools
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from planner.siting.matrix import Answer, Question, Ways, solve_matrix
from planner.siting.matrix.ways import ways_from_pairs


def ways(
    costs: Mapping[tuple[str, str], float],
    *,
    weights: Mapping[str, float] | None = None,
    prices: Mapping[str, float] | None = None,
    rooms: Mapping[str, float] | None = None,
    fixed: Sequence[str] = (),
    sites: Sequence[str] = (),
) -> Ways:
    """Make ways from (site, cell) -> cost."""
    names = sorted({site for site, _ in costs} | set(sites))
    cells = sorted({cell for _, cell in costs} | set(weights or ()))
    start, site, cost = ways_from_pairs(
        np.array([names.index(s) for s, _ in costs], dtype=np.int64),
        np.array([cells.index(c) for _, c in costs], dtype=np.int64),
        np.array(list(costs.values()), dtype=float),
        len(cells),
    )
    weight = np.array([1.0 if weights is None else weights.get(c, 0.0) for c in cells])
    return Ways(
        sites=tuple(names),
        cells=tuple(cells),
        start=start,
        site=site,
        cost=cost,
        weight=weight,
        load=weight,
        site_cost=np.array([(prices or {}).get(s, 1.0) for s in names]),
        capacity=np.array([(rooms or {}).get(s, np.inf) for s in names]),
        fixed=np.array([s in fixed for s in names], bool),
        priced=prices is not None,
    )


def between(apart: Mapping[tuple[str, str], float], *, fixed: Sequence[str] = ()) -> Ways:
    """Make ways between sites, there and back."""
    return ways({**apart, **{(b, a): cost for (a, b), cost in apart.items()}}, fixed=fixed)


def solved(problem: Ways, model: str, **asked: float) -> Answer:
    """Solve a model with a minute of time; `count` is made whole."""
    if "count" in asked:
        asked["count"] = int(asked["count"])
    question = Question(model=model, **asked)  # type: ignore[arg-type]  # count is whole by now
    return solve_matrix(problem, question, time_limit_s=60.0)


@st.composite
def tables(draw: st.DrawFn, *, whole: bool = True) -> Ways:
    """Draw a matrix of up to 7 sites and 8 cells, some pairs out of reach, a site or none fixed."""
    n, m = draw(st.integers(1, 7)), draw(st.integers(1, 8))
    cost = st.integers(0, 9).map(float) if whole else st.floats(0, 9, allow_nan=False)
    costs = {
        (f"s{j}", f"c{i}"): draw(cost)
        for j in range(n)
        for i in range(m)
        if draw(st.integers(0, 4)) > 0
    }
    weights = {f"c{i}": float(draw(st.integers(0, 5))) for i in range(m)}
    prices = {f"s{j}": float(draw(st.integers(1, 4))) for j in range(n)}
    fixed = draw(st.lists(st.sampled_from([f"s{j}" for j in range(n)]), max_size=1))
    return ways(
        costs, weights=weights, prices=prices, fixed=fixed, sites=[f"s{j}" for j in range(n)]
    )


def dense(problem: Ways) -> NDArray[np.float64]:
    """Give the costs as a matrix, inf where a pair is out of reach, shape (sites, cells)."""
    out = np.full((len(problem.sites), len(problem.cells)), np.inf)
    out[problem.site, problem.cell] = problem.cost
    return out


def choices(problem: Ways, sizes: Sequence[int]) -> Iterator[list[int]]:
    """Give every choice of such sizes with the fixed sites in it, as positions."""
    fixed = set(np.flatnonzero(problem.fixed).tolist())
    for size in sizes:
        for chosen in itertools.combinations(range(len(problem.sites)), size):
            if fixed <= set(chosen):
                yield list(chosen)


def least_median(problem: Ways, count: int) -> float:
    """Give the least sum of weight x cost, inf where no choice reaches all."""
    costs, weight = dense(problem), problem.weight
    wanted = (weight > 0) & np.isfinite(costs).any(axis=0)
    return min(
        (
            float((costs[chosen].min(axis=0)[wanted] * weight[wanted]).sum())
            for chosen in choices(problem, [count])
        ),
        default=np.inf,
    )


def least_longest(problem: Ways, count: int) -> float:
    """Give the least longest way, inf where no choice reaches all."""
    costs = dense(problem)
    wanted = (problem.weight > 0) & np.isfinite(costs).any(axis=0)
    return min(
        (
            float(costs[chosen].min(axis=0)[wanted].max(initial=0.0))
            for chosen in choices(problem, [count])
        ),
        default=np.inf,
    )


def times_covered(problem: Ways, chosen: Sequence[int], radius: float) -> NDArray[np.int64]:
    """Count the chosen sites that reach each cell within a radius."""
    return np.asarray((dense(problem)[list(chosen)] <= radius).sum(axis=0))


def most_covered(problem: Ways, radius: float, count: int) -> float:
    """Give the most weight that up to so many sites cover."""
    sizes = range(min(count, len(problem.sites)) + 1)
    return max(
        float(problem.weight[times_covered(problem, chosen, radius) > 0].sum())
        for chosen in choices(problem, sizes)
    )


def cheapest_cover(problem: Ways, radius: float, share: float = 1.0) -> float:
    """Give the least cost of a cover of all that can be covered, or of a share of all weight."""
    can = (problem.weight > 0) & (dense(problem) <= radius).any(axis=0)
    total = float(problem.weight.sum())
    return min(
        (
            float(problem.site_cost[chosen].sum())
            for chosen in choices(problem, range(len(problem.sites) + 1))
            if _covers(
                problem, times_covered(problem, chosen, radius) > 0, can, share * total, share
            )
        ),
        default=np.inf,
    )


def _covers(
    problem: Ways,
    covered: NDArray[np.bool_],
    can: NDArray[np.bool_],
    need: float,
    share: float,
) -> bool:
    if share == 1:
        return bool(covered[can].all())
    return float(problem.weight[covered].sum()) >= need - 1e-9


def most_twice(problem: Ways, radius: float) -> tuple[float, float]:
    """Give the least cost of a cover, and the most weight that one so cheap covers twice."""
    cost = cheapest_cover(problem, radius)
    can = (problem.weight > 0) & (dense(problem) <= radius).any(axis=0)
    best = -1.0
    for chosen in choices(problem, range(len(problem.sites) + 1)):
        times = times_covered(problem, chosen, radius)
        if (times[can] > 0).all() and problem.site_cost[chosen].sum() == cost:
            best = max(best, float(problem.weight[times > 1].sum()))
    return cost, best


def least_with_room(problem: Ways, count: int) -> float:
    """Give the least cost of cells each whole at a site with room, inf where nothing fits."""
    costs, weight = dense(problem), problem.weight
    cells = np.flatnonzero((weight > 0) & np.isfinite(costs).any(axis=0)).tolist()
    best = np.inf
    for chosen in choices(problem, [count]):
        for homes in itertools.product(chosen, repeat=len(cells)):
            load = np.bincount(homes, weight[cells], minlength=len(problem.sites))
            if (load <= problem.capacity).all():
                best = min(best, float((costs[list(homes), cells] * weight[cells]).sum()))
    return float(best)
