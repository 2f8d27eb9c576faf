"""Small siting problems, their limits and best plans found by other means than the planner's."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from hypothesis import strategies as st
from plan_checker import broken_limits, recount
from scipy.sparse import csr_array

from planner.language import Message
from planner.siting import Plan, SitingProblem
from planner.siting.problem import UNLIMITED, About, CoverageFloors, LinearLimits


@dataclass(frozen=True, kw_only=True)
class Rules:
    """Limits and attributes of the options of a problem, told by id."""

    costs: dict[str, float] = field(default_factory=dict)
    sites: dict[str, str] = field(default_factory=dict)
    apart: tuple[tuple[str, str], ...] = ()
    count: int | None = None
    budget: float | None = None
    lock: tuple[str, ...] = ()
    forbid: tuple[str, ...] = ()
    keeps: tuple[str, ...] = ()


def siting(
    serves: dict[str, str],
    values: dict[str, int],
    rules: Rules | None = None,
    *,
    base: int = 0,
    lost: int = 0,
) -> SitingProblem:
    """Write a problem as words: option -> letters of the rows it serves, row letter -> value."""
    rules = rules or Rules()
    options = tuple(sorted(serves))
    rows = sorted(values)
    table = np.array([[row in serves[k] for row in rows] for k in options], bool)
    place = {k: n for n, k in enumerate(options)}
    pairs = [[place[a], place[b]] for a, b in rules.apart]
    return SitingProblem(
        options=options,
        sites=tuple(rules.sites.get(k, k) for k in options),
        serves=csr_array(table.reshape(len(options), len(rows))),
        value_milli=np.array([values[row] for row in rows], np.int64),
        base_milli=base,
        total_milli=base + lost + sum(values.values()),
        cost_yuan=np.array([rules.costs.get(k, 0.0) for k in options], np.float64),
        counts=np.array([k not in rules.keeps for k in options], bool),
        budget_yuan=rules.budget,
        count=rules.count,
        locked=np.array([k in rules.lock for k in options], bool),
        forbidden=np.array([k in rules.forbid for k in options], bool),
        too_close=np.array(pairs, np.int32).reshape(-1, 2),
        keeps=rules.keeps,
    )


def present(problem: SitingProblem, plan: Plan) -> set[str]:
    """Say which options of a problem stand in a plan."""
    assert set(plan.closed) == set(problem.keeps) - set(plan.options)
    return set(plan.options)


def faults(problem: SitingProblem, chosen: set[str]) -> list[str]:
    """Check each limit on its own, in plain Python."""
    place = {k: n for n, k in enumerate(problem.options)}
    found = []
    if problem.count is not None:
        opened = sum(1 for k in chosen if problem.counts[place[k]])
        found += ["count"] if opened > problem.count else []
    if problem.budget_yuan is not None:
        fen = sum(round(float(problem.cost_yuan[place[k]]) * 100) for k in chosen)
        found += ["budget"] if fen > round(problem.budget_yuan * 100) else []
    for a, b in problem.too_close.tolist():
        if {problem.options[a], problem.options[b]} <= chosen:
            found.append("too close")
    used = [problem.sites[place[k]] for k in chosen]
    found += ["site twice"] if len(used) != len(set(used)) else []
    for k in problem.options:
        if problem.locked[place[k]] and k not in chosen:
            found.append("locked")
        if problem.forbidden[place[k]] and k in chosen:
            found.append("forbidden")
    return found


def served_by(problem: SitingProblem, chosen: set[str]) -> int:
    """Add up what is served, row by row."""
    table = problem.serves.toarray()
    return problem.base_milli + sum(
        int(value)
        for row, value in enumerate(problem.value_milli)
        if any(table[n, row] for n, k in enumerate(problem.options) if k in chosen)
    )


def best_by_trying_all(problem: SitingProblem) -> int | None:
    """Try every set of options; None: none keeps the limits."""
    values = [
        served_by(problem, set(chosen))
        for size in range(len(problem.options) + 1)
        for chosen in itertools.combinations(problem.options, size)
        if not faults(problem, set(chosen))
    ]
    return max(values, default=None)


def with_rows_shuffled(problem: SitingProblem, seed: int) -> SitingProblem:
    order = np.random.default_rng(seed).permutation(len(problem.value_milli))
    return replace(problem, serves=problem.serves[:, order], value_milli=problem.value_milli[order])


@st.composite
def random_sitings(draw: st.DrawFn, *, most_options: int = 7) -> SitingProblem:
    """Draw a problem with every kind of limit, some of them clashing."""
    n, rows = draw(st.integers(1, most_options)), draw(st.integers(0, 9))
    options = [f"k{k}" for k in range(n)]
    letters = [chr(97 + row) for row in range(rows)]
    value = st.one_of(st.integers(1, 9), st.integers(1, 10**10))
    cost = st.one_of(st.sampled_from([0.0, 1.0, 3.5]), st.integers(1, 10**6).map(float))
    pair = st.tuples(st.sampled_from(options), st.sampled_from(options))
    apart = draw(st.lists(pair, max_size=5))
    locked = draw(st.sets(st.sampled_from(options), max_size=2))
    keeps = draw(st.sets(st.sampled_from(options), max_size=1))
    served = st.sets(st.sampled_from(letters)) if letters else st.just(set[str]())
    return siting(
        {k: "".join(draw(served)) for k in options},
        {letter: draw(value) for letter in letters},
        Rules(
            costs={k: 0.0 if k in keeps else draw(cost) for k in options},
            sites={k: draw(st.sampled_from(["here", k, k])) for k in options},
            apart=tuple((a, b) for a, b in apart if a != b),
            count=draw(st.one_of(st.none(), st.integers(0, n))),
            budget=draw(st.one_of(st.none(), st.integers(0, 10).map(float), cost)),
            lock=tuple(locked),
            forbid=tuple(draw(st.sets(st.sampled_from(options), max_size=2)) - locked),
            keeps=tuple(keeps),
        ),
        base=draw(st.integers(0, 5)),
        lost=draw(st.integers(0, 5)),
    )


def about(kind: str, name: str = "", *, may_relax: bool = True) -> About:
    """Name a limit by its kind."""
    return About(kind=kind, name=Message(name or kind), may_relax=may_relax)


def linear(
    problem: SitingProblem,
    limits: Sequence[tuple[dict[str, int], int | None, int | None]],
    abouts: tuple[About, ...] | None = None,
) -> LinearLimits:
    """Write linear limits as words: option -> weight, least, most."""
    table = [[weights.get(k, 0) for k in problem.options] for weights, _, _ in limits]
    return LinearLimits(
        weights=csr_array(np.array(table, np.int64).reshape(len(limits), len(problem.options))),
        least=np.array([-UNLIMITED if low is None else low for _, low, _ in limits], np.int64),
        most=np.array([UNLIMITED if high is None else high for _, _, high in limits], np.int64),
        about=abouts or tuple(about("quota", f"limit {i}") for i in range(len(limits))),
    )


def floors(problem: SitingProblem, limits: list[tuple[dict[int, int], int]]) -> CoverageFloors:
    """Write floors as words: place of the row -> what it counts, least."""
    rows = len(problem.value_milli)
    table = [[values.get(row, 0) for row in range(rows)] for values, _ in limits]
    return CoverageFloors(
        values=csr_array(np.array(table, np.int64).reshape(len(limits), rows)),
        least=np.array([least for _, least in limits], np.int64),
        about=tuple(about("floor", f"floor {i}") for i in range(len(limits))),
    )


def best_sum_by_trying_all(problem: SitingProblem) -> int | None:
    """Try every set of options for all that it adds up to; None: none keeps the limits."""
    sums = [
        recount(problem, list(chosen))[1]
        for size in range(len(problem.options) + 1)
        for chosen in itertools.combinations(range(len(problem.options)), size)
        if not broken_limits(problem, list(chosen))
    ]
    return max(sums, default=None)


@st.composite
def limited_sitings(draw: st.DrawFn, *, most_options: int = 6, calm: bool = False) -> SitingProblem:
    """Draw a problem with linear limits, floors, rows served twice and worths, some clashing.

    Those that are `calm` clash less often: nothing is locked, and limits are wide.
    """
    problem = draw(random_sitings(most_options=most_options))
    none = np.zeros(len(problem.options), bool)
    if calm:
        problem = replace(problem, locked=none, budget_yuan=None)
    n, rows = len(problem.options), len(problem.value_milli)
    weight = st.one_of(st.sampled_from([0, 0, 1, 1]), st.integers(-3, 4))
    low = st.one_of(st.none(), st.integers(-2, 1 if calm else 4))
    high = st.one_of(st.none(), st.integers(1 if calm else -2, 5))
    limit = st.tuples(st.lists(weight, min_size=n, max_size=n), low, high)
    rules = draw(st.lists(limit, max_size=3))
    counted = st.lists(st.integers(0, 4), min_size=rows, max_size=rows)
    floor = st.tuples(counted, st.integers(-1, 3 if calm else 8))
    below = draw(st.lists(floor, max_size=2))
    small = st.one_of(st.integers(0, 6), st.integers(0, 10**9))
    worth = st.one_of(st.integers(-6, 6), st.integers(-(10**9), 10**9))
    twice, worths = draw(st.booleans()), draw(st.booleans())
    ids = problem.options
    return replace(
        problem,
        linear=linear(
            problem,
            [(dict(zip(ids, weights, strict=True)), low, high) for weights, low, high in rules],
        ),
        floors=floors(problem, [(dict(enumerate(values)), least) for values, least in below]),
        twice_milli=np.array([draw(small) for _ in range(rows)], np.int64) if twice else None,
        worth_milli=np.array([draw(worth) for _ in range(n)], np.int64) if worths else None,
    )
