"""What was chosen in many draws -> which sites stand in for each other."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from planner.coverage import Coverage
from planner.demand import joined
from planner.language import Message, note
from planner.siting.known import sites_of
from planner.siting.problem import SitingProblem
from planner.siting.telling.reasons import names_of

__all__ = ["stand_ins"]

_RARE = 0.05
"""A site that is chosen in fewer draws, or left out in fewer, stands in for nobody."""
_INSTEAD = 0.8
"""Of the draws with any of the two, so many have exactly one."""
_OVERLAP = 0.3
"""Of what the smaller one serves, so much the other one serves too."""
_MOST_SITES = 400
"""Sites that are looked at, those first of which it is least sure whether they are chosen."""
_Marks = NDArray[np.bool_]


def stand_ins(
    coverage: Coverage, problem: SitingProblem, chosen: _Marks, there: _Marks
) -> tuple[pd.DataFrame, tuple[Message, ...]]:
    """Find pairs of sites of which one is chosen where the other is not, and tell their groups.

    Two sites stand in for each other where each is chosen in at least 5 % and at most 95 % of the
    draws, exactly one of them in at least 80 % of the draws that have any (a draw in which one of
    them is shut does not count), both less often than chance would have it, and they have at least
    30 % of what the smaller one serves in common.

    Parameters
    ----------
    coverage
        Names of the sites.
    problem
        What was asked.
    chosen, there
        Whether each option was chosen, and was not shut, in each draw; shape (d, n).

    Returns
    -------
    pandas.DataFrame, tuple of Message
        As in `Sureness`; most complete stand-ins first.
    """
    changes = np.flatnonzero(~np.isin(problem.options, problem.keeps))
    names = np.array(sites_of(coverage, problem), dtype=str)[changes]
    sites, site = np.unique(names, return_inverse=True)
    member = csr_array(
        (np.ones(len(changes), np.int64), (site, changes)),
        shape=(len(sites), len(problem.options)),
    )
    taken = np.asarray((member @ (chosen & there).T.astype(np.int64)) > 0)
    open_ = np.asarray((member @ there.T.astype(np.int64)) > 0)
    share = taken.mean(axis=1) if taken.shape[1] else np.zeros(len(sites))
    between = np.flatnonzero((share >= _RARE) & (share <= 1 - _RARE))
    between = np.sort(
        between[np.argsort(np.abs(share[between] - 0.5), kind="stable")][:_MOST_SITES]
    )
    overlap = _overlaps(problem, member[between])
    pairs = _pairs(sites[between], taken[between], open_[between], overlap)
    return pairs, _groups(coverage, pairs, dict(zip(sites, taken, strict=True)))


def _overlaps(problem: SitingProblem, member: csr_array) -> NDArray[np.float64]:
    """Say how much of what the smaller of two sites serves the other one serves too, (k, k)."""
    serves = csr_array(member @ csr_array(problem.serves, dtype=np.int64))
    serves.data[:] = 1
    weighed = csr_array(serves * problem.value_milli.astype(np.float64))
    shared = np.asarray((weighed @ serves.T).toarray())
    size = np.asarray(weighed.sum(axis=1)).ravel()
    smaller = np.minimum(size[:, None], size[None, :])
    shares: NDArray[np.float64] = np.divide(
        shared, smaller, out=np.zeros(shared.shape), where=smaller > 0
    )
    return shares


def _pairs(
    sites: NDArray[np.object_], taken: _Marks, there: _Marks, overlap: NDArray[np.float64]
) -> pd.DataFrame:
    t, o = taken.astype(np.int64), there.astype(np.int64)
    own = (t & o) @ o.T  # the first is chosen, and neither is shut
    both, draws = t @ t.T, o @ o.T
    any_of = own + own.T - both
    one = any_of - both
    apart = both * draws < own * own.T
    instead = np.divide(one, any_of, out=np.zeros(any_of.shape), where=any_of > 0)
    wanted = np.triu((instead >= _INSTEAD) & (overlap >= _OVERLAP) & apart, 1)
    first, second = np.nonzero(wanted)
    table = pd.DataFrame(
        {
            "one": sites[first],
            "other": sites[second],
            "instead_share": instead[first, second],
            "overlap_share": overlap[first, second],
        }
    )
    return table.sort_values(
        ["instead_share", "overlap_share", "one", "other"],
        ascending=[False, False, True, True],
        ignore_index=True,
    )


def _groups(
    coverage: Coverage, pairs: pd.DataFrame, taken: dict[str, _Marks]
) -> tuple[Message, ...]:
    """Tell which sites stand in for each other, and how often one of them is chosen."""
    names = names_of(coverage.options)
    told = []
    for mine in _together(pairs):
        any_of = float(np.any([taken[name] for name in mine], axis=0).mean())
        told.append(
            note(
                "{sites} stand in for each other: one of them is chosen in {share} of the draws.",
                sites=joined([names.get(name, name) for name in mine]),
                share=f"{any_of:.0%}",
            )
        )
    return tuple(told)


def _together(pairs: pd.DataFrame) -> list[list[str]]:
    """Gather sites that all stand in for each other; a site is in one group at most.

    Groups grow from the best pair on, by the sites in their order.
    """
    linked: dict[str, set[str]] = {}
    for one, other in zip(pairs["one"], pairs["other"], strict=True):
        linked.setdefault(str(one), set()).add(str(other))
        linked.setdefault(str(other), set()).add(str(one))
    told: set[str] = set()
    groups = []
    for one, other in zip(pairs["one"], pairs["other"], strict=True):
        if {str(one), str(other)} & told:
            continue
        mine = [str(one), str(other)]
        for more in sorted((linked[mine[0]] & linked[mine[1]]) - told):
            if linked[more].issuperset(mine):
                mine.append(more)
        told.update(mine)
        groups.append(sorted(mine))
    return groups
