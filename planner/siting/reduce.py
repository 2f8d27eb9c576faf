"""A siting problem -> what is left to decide: merged rows and the options that may matter."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from planner.compiled import kernel
from planner.progress import Stop, never
from planner.siting.model import NO_LIMIT, Model
from planner.siting.problem import SitingProblem

__all__ = ["Reduced", "conflict_pairs", "merge_rows", "reduce_problem"]

_MOST_DOMINANCE_STEPS = 2 * 10**9
"""Above this many steps the search for dominated options is left out: it would take longer than it
saves."""
_STEPS_A_PIECE = 50_000_000
"""Steps between two questions whether to end: a fraction of a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reduced:
    """What is left to decide once everything that is certain is taken out."""

    model: Model
    option: NDArray[np.int64]
    """Position in the problem's options of each option of the model, ascending, shape (m,)."""
    certain_milli: int
    """Value that is served whatever the search chooses: base and locked options."""
    locked: NDArray[np.int64]
    """Positions in the problem of the locked options."""

    @property
    def most_milli(self) -> int:
        """What would be served if every option of the model were open."""
        return self.certain_milli + int(self.model.value.sum())


def reduce_problem(problem: SitingProblem, *, ended: Stop = never) -> Reduced:
    """Take out locked, forbidden, useless and dominated options, and merge equal rows.

    The best value does not change. An option is dominated where another one serves all its rows,
    costs and counts no more and conflicts with nothing that it does not conflict with too; of two
    equal ones the first stays. The problem must be feasible (see `clashes_of`).

    Parameters
    ----------
    problem
        What is asked.
    ended
        Asked a few times a second; true: options that nobody has looked at yet count as not
        dominated.
    """
    n = len(problem.options)
    pairs = conflict_pairs(problem)
    serves = csr_array(problem.serves, dtype=np.int8)
    locked = np.flatnonzero(problem.locked)
    taken = _rows_of(serves, locked)
    money = _left(problem.budget_fen, problem.cost_fen[locked])
    places = _left(problem.count, problem.counts[locked].astype(np.int64))
    usable = ~(problem.forbidden | problem.locked)
    usable &= (problem.cost_fen <= money) & (problem.counts <= places)
    beside_locked = np.zeros(n, bool)
    for one, other in (pairs.T, pairs.T[::-1]):
        beside_locked[other[problem.locked[one]]] = True
    usable &= ~beside_locked
    open_rows = np.flatnonzero(~taken)
    usable &= np.diff(serves[:, open_rows].indptr) > 0
    option = np.flatnonzero(usable)
    certain = problem.base_milli + int(problem.value_milli[taken].sum())

    def model_of(kept: NDArray[np.int64]) -> Model:
        by_option, value = merge_rows(serves[kept][:, open_rows], problem.value_milli[open_rows])
        return _model(problem, kept, by_option, value, pairs, (money, places))

    model = model_of(option)
    if _dominance_steps(model) <= _MOST_DOMINANCE_STEPS:
        dominated = _dominated(model, ended)
        if dominated.any():
            option = option[~dominated]
            model = model_of(option)
    return Reduced(model=model, option=option, certain_milli=certain, locked=locked)


def conflict_pairs(problem: SitingProblem) -> NDArray[np.int64]:
    """Pair the options that exclude each other, too close or of one site: shape (q, 2)."""
    _, site = np.unique(np.array(problem.sites, dtype=object).astype(str), return_inverse=True)
    by_site = np.argsort(site, kind="stable")
    ends = np.flatnonzero(np.diff(site[by_site], append=-1)) + 1
    pairs = [problem.too_close.astype(np.int64)]
    for alike in np.split(by_site, ends[:-1]):
        one, other = np.triu_indices(len(alike), 1)
        pairs.append(np.stack([alike[one], alike[other]], axis=1))
    ordered = np.sort(np.concatenate(pairs), axis=1)
    keys = np.sort(ordered @ [len(site), 1])
    fresh = keys[np.diff(keys, prepend=-1) > 0]
    return np.stack(np.divmod(fresh, max(1, len(site))), axis=1)


def merge_rows(serves: csr_array, value: NDArray[np.int64]) -> tuple[csr_array, NDArray[np.int64]]:
    """Add up the values of rows that the same options serve; rows that none serves are left out.

    Parameters
    ----------
    serves
        Booleans, shape (n options, r rows).
    value
        Shape (r,).

    Returns
    -------
    scipy.sparse.csr_array, NDArray
        Booleans of shape (n options, r' rows) and the values of shape (r',), in an order that
        depends on the sets of options alone, not on the order of the rows given.
    """
    by_row = csr_array(serves.T)
    by_row.sort_indices()
    filled = np.flatnonzero(np.diff(by_row.indptr) > 0)
    by_row = by_row[filled]
    if not len(filled):
        return csr_array((serves.shape[0], 0), dtype=np.int8), np.zeros(0, np.int64)
    words = np.random.default_rng(20_240_601).integers(-(2**62), 2**62, (serves.shape[0], 2))
    sums = np.add.reduceat(words[by_row.indices], by_row.indptr[:-1], axis=0)  # wraps around
    order = np.lexsort((sums[:, 1], sums[:, 0]))
    fresh = np.ones(len(order), bool)
    fresh[1:] = (np.diff(sums[order], axis=0) != 0).any(axis=1)
    merged = np.add.reduceat(value[filled][order], np.flatnonzero(fresh))
    return csr_array(by_row[order[fresh]].T), merged


def _rows_of(serves: csr_array, options: NDArray[np.int64]) -> NDArray[np.bool_]:
    taken = np.zeros(serves.shape[1], bool)
    taken[serves[options].indices] = True
    return taken


def _left(limit: int | None, used: NDArray[np.int64]) -> int:
    return NO_LIMIT if limit is None else limit - int(used.sum())


def _model(
    problem: SitingProblem,
    kept: NDArray[np.int64],
    by_option: csr_array,
    value: NDArray[np.int64],
    pairs: NDArray[np.int64],
    limits: tuple[int, int],
) -> Model:
    new = np.full(len(problem.options), -1)
    new[kept] = np.arange(len(kept))
    foes = new[pairs]
    foes = foes[(foes >= 0).all(axis=1)]
    both = np.concatenate([foes, foes[:, ::-1]])
    both = both[np.lexsort((both[:, 1], both[:, 0]))]
    by_row = csr_array(by_option.T)
    by_row.sort_indices()
    by_option.sort_indices()
    cost, counts = problem.cost_fen[kept], problem.counts[kept].astype(np.int64)
    money, places = limits
    m, r = len(kept), len(value)
    return Model(
        row_start=by_option.indptr.astype(np.int64),
        rows=by_option.indices.astype(np.int32),
        option_start=by_row.indptr.astype(np.int64),
        options=by_row.indices.astype(np.int32),
        value=value,
        cost=cost,
        counts=counts,
        foe_start=np.searchsorted(both[:, 0], np.arange(len(kept) + 1)).astype(np.int64),
        foes=both[:, 1].astype(np.int32),
        money=NO_LIMIT if int(cost.sum()) <= money else money,
        places=NO_LIMIT if int(counts.sum()) <= places else places,
        twice=np.zeros(r, np.int64),
        worth=np.zeros(m, np.int64),
        limit_start=np.zeros(m + 1, np.int64),
        limits=np.zeros(0, np.int32),
        weights=np.zeros(0, np.int64),
        least=np.zeros(0, np.int64),
        most=np.zeros(0, np.int64),
        floor_start=np.zeros(r + 1, np.int64),
        floors=np.zeros(0, np.int32),
        floor_values=np.zeros(0, np.int64),
        floor_least=np.zeros(0, np.int64),
    )


def _dominance_steps(model: Model) -> int:
    return int((np.diff(model.option_start) ** 2).sum())


@kernel
def _alike(model: Model, j: int, k: int) -> bool:
    """Tell whether two options are equal in everything that makes one needless beside the other."""
    return bool(
        model.row_start[j + 1] - model.row_start[j] == model.row_start[k + 1] - model.row_start[k]
        and model.cost[j] == model.cost[k]
        and model.counts[j] == model.counts[k]
        and model.foe_start[j + 1] - model.foe_start[j]
        == model.foe_start[k + 1] - model.foe_start[k]
    )


@kernel
def _harmless(model: Model, k: int, marked: NDArray[np.int32], mark: int) -> bool:
    """Tell whether every conflict of option `k` is with a marked one."""
    for at in range(model.foe_start[k], model.foe_start[k + 1]):
        if marked[model.foes[at]] != mark:
            return False
    return True


def _dominated(model: Model, ended: Stop) -> NDArray[np.bool_]:
    """Mark each option that another one makes needless; see `reduce_problem` for the rule."""
    needless = np.zeros(len(model.cost), np.bool_)
    looked_at = 0
    while looked_at < len(needless):
        looked_at = _mark_dominated(model, needless, looked_at, _STEPS_A_PIECE)
        if ended():
            break
    return needless


@kernel
def _mark_dominated(model: Model, needless: NDArray[np.bool_], first: int, most_steps: int) -> int:
    """Look at the options from `first` on until the steps are used up; gives the next one."""
    m = len(model.cost)
    marked = np.full(m, -1, np.int32)
    steps = 0
    for j in range(first, m):
        if steps >= most_steps:
            return j
        for at in range(model.row_start[j], model.row_start[j + 1]):
            row = model.rows[at]
            steps += model.option_start[row + 1] - model.option_start[row]
        steps += m
        shared = _rows_shared(model, j)
        size = model.row_start[j + 1] - model.row_start[j]
        marked[j] = j
        for at in range(model.foe_start[j], model.foe_start[j + 1]):
            marked[model.foes[at]] = j
        for k in range(m):
            if (
                shared[k] == size
                and k != j
                and not needless[k]
                and model.cost[k] <= model.cost[j]
                and model.counts[k] <= model.counts[j]
                and not (k > j and _alike(model, j, k))  # of two equal ones the first stays
                and _harmless(model, k, marked, j)
            ):
                needless[j] = True
                break
    return m


@kernel
def _rows_shared(model: Model, j: int) -> NDArray[np.int32]:
    """Count the rows that each option shares with option `j`, shape (m,)."""
    shared = np.zeros(len(model.cost), np.int32)
    for at in range(model.row_start[j], model.row_start[j + 1]):
        row = model.rows[at]
        for to in range(model.option_start[row], model.option_start[row + 1]):
            shared[model.options[to]] += 1
    return shared
