"""Conflicts between pairs -> few sets of options of which at most one may be chosen."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from planner.siting.model import Model

__all__ = ["conflict_cliques"]


def conflict_cliques(model: Model) -> csr_array:
    """Cover every conflict by cliques: sets in which each two conflict.

    "At most one of the clique" says all that its pairs say and is stronger in a relaxation, where
    each option may be opened by a half. Cliques grow greedily from each pair that none holds yet,
    so there are at most as many as pairs.

    Returns
    -------
    scipy.sparse.csr_array
        Ones, shape (q cliques, m options); no rows where nothing conflicts.
    """
    m = len(model.cost)
    foes = [
        set(model.foes[start:end].tolist())
        for start, end in zip(model.foe_start, model.foe_start[1:], strict=False)
    ]
    held: list[set[int]] = [set() for _ in range(m)]
    cliques: list[NDArray[np.int64]] = []
    for one in range(m):
        for other in sorted(foes[one]):
            if other > one and other not in held[one]:
                clique = _grown([one, other], foes, held)
                for member in clique:
                    held[member].update(clique)
                cliques.append(np.array(clique))
    sizes = np.array([len(clique) for clique in cliques], np.int64)
    members = np.concatenate(cliques) if cliques else np.zeros(0, np.int64)
    start = np.concatenate([[0], np.cumsum(sizes)])
    return csr_array((np.ones(len(members)), members, start), shape=(len(cliques), m))


def _grown(clique: list[int], foes: list[set[int]], held: list[set[int]]) -> list[int]:
    """Add options that conflict with all so far, first those least covered; ties to the first."""
    common = foes[clique[0]] & foes[clique[1]]
    while common:
        best = min(
            common, key=lambda k: (len(held[k].intersection(clique)), -len(foes[k] & common), k)
        )
        clique.append(best)
        common &= foes[best]
    return sorted(clique)
