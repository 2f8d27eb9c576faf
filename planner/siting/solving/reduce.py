"""A siting problem -> what is left to decide: merged rows and the options that may matter."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from planner.progress import Stop, never
from planner.siting.problem import CoverageFloors, LinearLimits, SitingProblem
from planner.siting.solving.dominance import dominated
from planner.siting.solving.imply import implied, reach_of
from planner.siting.solving.model import NO_LIMIT, Model, most_of

__all__ = ["Reduced", "conflict_pairs", "merge_rows", "reduce_problem", "same_rows"]

_Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reduced:
    """What is left to decide once everything that is certain is taken out."""

    model: Model
    option: NDArray[np.int64]
    """Position in the problem's options of each option of the model, ascending, shape (m,)."""
    certain_milli: int
    """What is added up whatever the search chooses: base and locked options."""
    locked: NDArray[np.int64]
    """Positions in the problem of the options that every plan holds: those that somebody locked,
    and those that the limits force."""
    possible: bool = True
    """False: the limits were seen to contradict each other; nothing is then left to decide."""

    @property
    def most_milli(self) -> int:
        """What would be added up if every option of the model were open and cost nothing."""
        return self.certain_milli + most_of(self.model)


@dataclass(frozen=True, slots=True)
class _Left:
    """What is left of the rows and limits beside the locked options, by the problem's options."""

    serves: csr_array
    """Shape (n, rows left)."""
    value: _Numbers
    twice: _Numbers
    worth: _Numbers
    floors: csr_array
    """Shape (f, rows left)."""
    floor_least: _Numbers
    linear: LinearLimits
    pairs: _Numbers
    money: int
    places: int
    certain_milli: int


def reduce_problem(
    problem: SitingProblem, *, ended: Stop = never, keep: NDArray[np.bool_] | None = None
) -> Reduced:
    """Take out locked, forced, forbidden, useless and dominated options, and merge equal rows.

    The best value does not change. Where the limits are seen to contradict each other the result
    says so; it does not have to be seen (see `clashes_of`).

    Parameters
    ----------
    problem
        What is asked.
    ended
        Asked a few times a second; true: options that nobody has looked at yet count as not
        dominated.
    keep
        Options that stay although others make them needless, so that a known plan is a choice in
        what is left, shape (n,).
    """
    pairs = conflict_pairs(problem)
    found = implied(problem, pairs)
    locked = np.flatnonzero(found.locked)
    left = _left_beside(problem, locked, pairs)
    kept = np.zeros(len(problem.options), bool) if keep is None else keep
    useful = (np.diff(left.serves.indptr) > 0) | (left.worth > 0)
    useful |= _helps(left.linear, found.free) | kept
    option = np.flatnonzero(found.free & useful if found.possible else np.zeros_like(kept))
    model = _model(problem, option, left)
    needless = dominated(model, ended=ended) & ~kept[option]
    if needless.any():
        option = option[~needless]
        model = _model(problem, option, left)
    return Reduced(
        model=model,
        option=option,
        certain_milli=left.certain_milli,
        locked=locked,
        possible=found.possible,
    )


def conflict_pairs(problem: SitingProblem) -> NDArray[np.int64]:
    """Pair the options that exclude each other, too close or of one site: shape (q, 2)."""
    _, site = np.unique(np.array(problem.sites, dtype=object).astype(str), return_inverse=True)
    by_site = np.argsort(site, kind="stable")
    ends = np.flatnonzero(np.diff(site[by_site], append=-1)) + 1
    pairs = [problem.too_close.astype(np.int64)]
    sizes = np.diff(ends, prepend=0)
    for alike in (
        by_site[end - size : end] for end, size in zip(ends, sizes, strict=True) if size > 1
    ):
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
    merged, order, first = same_rows(serves)
    return merged, _sums(value, order, first)


def same_rows(serves: csr_array) -> tuple[csr_array, _Numbers, _Numbers]:
    """Find the rows that the same options serve.

    Gives each set of options once (n options, r' rows), the rows that any option serves, equal ones
    beside each other, and where in these each of the r' begins.
    """
    by_row = csr_array(serves.T)
    by_row.sort_indices()
    filled = np.flatnonzero(np.diff(by_row.indptr) > 0)
    by_row = by_row[filled]
    if not len(filled):
        return csr_array((serves.shape[0], 0), dtype=np.int8), filled, filled
    words = _words(serves.shape[0])
    sums = np.add.reduceat(words[by_row.indices], by_row.indptr[:-1], axis=0)  # wraps around
    order, first = _groups(sums)
    return csr_array(by_row[order[first]].T), filled[order], first


def _words(n: int) -> _Numbers:
    """Give two random words for each option; a sum of them stands for a set."""
    return np.random.default_rng(20_240_601).integers(-(2**62), 2**62, (n, 2))


def _groups(sums: _Numbers) -> tuple[_Numbers, _Numbers]:
    """Sort by two words; gives the order and where in it each new pair of words begins."""
    order = np.lexsort((sums[:, 1], sums[:, 0]))
    fresh = np.ones(len(order), bool)
    fresh[1:] = (np.diff(sums[order], axis=0) != 0).any(axis=1)
    return order, np.flatnonzero(fresh)


def _sums(value: _Numbers, order: _Numbers, first: _Numbers) -> _Numbers:
    if not len(first):
        return np.zeros(0, np.int64)
    sums: _Numbers = np.add.reduceat(value[order], first)
    return sums


def _left_beside(problem: SitingProblem, locked: _Numbers, pairs: _Numbers) -> _Left:
    """Take what the locked options serve, use and cost out of everything."""
    n, rows = len(problem.options), len(problem.value_milli)
    serves = csr_array(problem.serves, dtype=np.int8)
    times = np.bincount(serves[locked].indices, minlength=rows)
    value = problem.value_milli
    twice = np.zeros(rows, np.int64) if problem.twice_milli is None else problem.twice_milli
    worth = np.zeros(n, np.int64) if problem.worth_milli is None else problem.worth_milli
    certain = value[times > 0].sum() + twice[times > 1].sum() + worth[locked].sum()
    floors = problem.floors or CoverageFloors.none(rows)
    counted = csr_array(floors.values, dtype=np.int64)
    linear = problem.linear or LinearLimits.none(n)
    used = csr_array(linear.weights, dtype=np.int64)[:, locked].sum(axis=1, dtype=np.int64)
    left = np.where(times == 0, value, np.where(times == 1, twice, 0))
    twice_left = np.where(times == 0, twice, 0)
    rest = np.flatnonzero((left > 0) | (twice_left > 0) | (times == 0))
    unserved = (times == 0).astype(np.int64)
    counted_left = csr_array(counted.multiply(unserved[None, :])).astype(np.int64)
    counted_left.eliminate_zeros()
    return _Left(
        serves=serves[:, rest],
        value=left[rest],
        twice=twice_left[rest],
        worth=worth,
        floors=counted_left[:, rest],
        floor_least=floors.least - counted @ (1 - unserved),
        linear=LinearLimits(
            weights=csr_array(linear.weights, dtype=np.int64),
            least=_lowered(linear.least, used),
            most=_lowered(linear.most, used),
            about=linear.about,
        ),
        pairs=pairs,
        money=_left(problem.budget_fen, problem.cost_fen[locked]),
        places=_left(problem.count, problem.counts[locked].astype(np.int64)),
        certain_milli=problem.base_milli + int(certain),
    )


def _left(limit: int | None, used: NDArray[np.int64]) -> int:
    return NO_LIMIT if limit is None else limit - int(used.sum())


def _lowered(limit: _Numbers, used: _Numbers) -> _Numbers:
    return np.where(np.abs(limit) >= NO_LIMIT, limit, limit - used)


def _helps(linear: LinearLimits, free: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Mark the options that a limit may need, so that they matter though they serve nobody."""
    weights = linear.weights
    high, low = reach_of(weights, np.zeros_like(free), free)
    limit = np.repeat(np.arange(len(linear.most)), np.diff(weights.indptr))
    needed = (weights.data > 0) & (low < linear.least)[limit]
    needed |= (weights.data < 0) & (high > linear.most)[limit]
    helps = np.zeros(len(free), bool)
    helps[weights.indices[needed]] = True
    return helps


def _model(problem: SitingProblem, kept: _Numbers, left: _Left) -> Model:
    by_option, order, first = same_rows(left.serves[kept])
    by_row = csr_array(by_option.T)
    by_row.sort_indices()
    by_option.sort_indices()
    both = _foes(left.pairs, kept, len(problem.options))
    cost, counts = problem.cost_fen[kept], problem.counts[kept].astype(np.int64)
    weights, least, most = _linear_of(left.linear, kept)
    floors, floor_least = _floors_of(left, order, first)
    return Model(
        row_start=by_option.indptr.astype(np.int64),
        rows=by_option.indices.astype(np.int32),
        option_start=by_row.indptr.astype(np.int64),
        options=by_row.indices.astype(np.int32),
        value=_sums(left.value, order, first),
        cost=cost,
        counts=counts,
        foe_start=np.searchsorted(both[:, 0], np.arange(len(kept) + 1)).astype(np.int64),
        foes=both[:, 1].astype(np.int32),
        money=NO_LIMIT if int(cost.sum()) <= left.money else left.money,
        places=NO_LIMIT if int(counts.sum()) <= left.places else left.places,
        twice=_sums(left.twice, order, first),
        worth=left.worth[kept],
        limit_start=weights.indptr.astype(np.int64),
        limits=weights.indices.astype(np.int32),
        weights=weights.data.astype(np.int64),
        least=least,
        most=most,
        floor_start=floors.indptr.astype(np.int64),
        floors=floors.indices.astype(np.int32),
        floor_values=floors.data.astype(np.int64),
        floor_least=floor_least,
    )


def _foes(pairs: _Numbers, kept: _Numbers, n: int) -> _Numbers:
    """Give the conflicts among the options kept, both ways, sorted, shape (q, 2)."""
    new = np.full(n, -1)
    new[kept] = np.arange(len(kept))
    foes = new[pairs]
    foes = foes[(foes >= 0).all(axis=1)]
    both = np.concatenate([foes, foes[:, ::-1]])
    return both[np.lexsort((both[:, 1], both[:, 0]))]


def _linear_of(linear: LinearLimits, kept: _Numbers) -> tuple[csr_array, _Numbers, _Numbers]:
    """Give the limits that can be broken, by option (m, q'), and their least and most.

    Limits of the same weights are one.
    """
    weights = csr_array(linear.weights[:, kept])
    everything = np.ones(len(kept), bool)
    high, low = reach_of(weights, ~everything, everything)
    least = np.where(low >= linear.least, -NO_LIMIT, linear.least)
    most = np.where(high <= linear.most, NO_LIMIT, linear.most)
    binding = np.flatnonzero((least > -NO_LIMIT) | (most < NO_LIMIT))
    weights, least, most = _in_units(weights[binding], least[binding], most[binding])
    if len(binding):
        order, first = _groups(weights @ _words(len(kept)))  # wraps around
        weights = weights[order[first]]
        least = np.maximum.reduceat(least[order], first)
        most = np.minimum.reduceat(most[order], first)
    by_option = csr_array(weights.T)
    by_option.sort_indices()
    by_option.eliminate_zeros()
    return by_option, least, most


def _in_units(
    weights: csr_array, least: _Numbers, most: _Numbers
) -> tuple[csr_array, _Numbers, _Numbers]:
    """Divide each limit by what divides all its weights; the choices that keep it are the same."""
    limit = np.repeat(np.arange(len(most)), np.diff(weights.indptr))
    unit = np.zeros(len(most), np.int64)
    np.gcd.at(unit, limit, weights.data)
    unit = np.maximum(1, unit)
    divided = weights.copy()
    divided.data //= unit[limit]
    return (
        divided,
        np.where(least > -NO_LIMIT, -(-least // unit), least),
        np.where(most < NO_LIMIT, most // unit, most),
    )


def _floors_of(left: _Left, order: _Numbers, first: _Numbers) -> tuple[csr_array, _Numbers]:
    """Give the floors that are not met yet, by merged row (r', f')."""
    unmet = np.flatnonzero(left.floor_least > 0)
    group = np.repeat(np.arange(len(first)), np.diff(first, append=len(order)))
    merged = csr_array(
        (np.ones(len(order), np.int64), (order, group)),
        shape=(left.serves.shape[1], len(first)),
    )
    by_row = csr_array((left.floors[unmet] @ merged).T)
    by_row.sort_indices()
    return _smaller(by_row, left.floor_least[unmet])


def _smaller(by_row: csr_array, least: _Numbers) -> tuple[csr_array, _Numbers]:
    """Tell floors in the largest unit, and count no row for more than its floor asks.

    The choices that meet them stay the same, and no floor is tiny beside its values.
    """
    by_row.data = np.minimum(by_row.data, least[by_row.indices])
    unit = np.zeros(len(least), np.int64)
    np.gcd.at(unit, by_row.indices, by_row.data)
    unit = np.maximum(1, unit)
    by_row.data //= unit[by_row.indices]
    return by_row, -(-least // unit)
