"""Cells with workers -> which of them make up a hot spot."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

__all__ = ["find_spots"]

_SQUARES_A_STEP = 5
"""Cells in one square of a fifth of the step are one place: no step starts or ends elsewhere, and
there are at most some eighty places within a step, however many cells there are."""
_STRICTER = 1.25
"""A spot that is too wide is searched again for what is so much denser."""
_STEPS_WIDE = 2
"""A spot is too wide when it reaches farther than so many steps from its centre."""


class _Rules(NamedTuple):
    least_milli: int
    step_m: float


_Places = tuple[NDArray[np.float64], NDArray[np.int64]]
"""Where they are, metres, shape (p, 2), and their workers in whole thousandths, shape (p,)."""


def find_spots(
    xy: NDArray[np.float64], milli: NDArray[np.int64], *, least_milli: int, step_m: float
) -> NDArray[np.int64]:
    """Gather cells into hot spots by DBSCAN, each cell weighed by its workers.

    A place is dense if at least `least_milli` workers lie within a step of it, itself counted in
    (the step itself still counts). Dense places within a step of each other are of one spot; so is
    a place within a step of a dense one, with the nearest. A spot that reaches farther than two
    steps from its centre is searched again with 1.25 times as many workers for a dense place, until
    it has fallen into parts of that size; if nothing is as dense as that, it stays as wide as it
    is. A spot with fewer workers than `least_milli` in the end is none.

    The result does not depend on the order of the cells: sums are of whole thousandths and places
    are sorted first.

    Parameters
    ----------
    xy
        Metres, shape (n, 2).
    milli
        Workers in whole thousandths, shape (n,); cells with none are of no spot.

    Returns
    -------
    numpy.ndarray
        Number of the spot of each cell, from 0 without a gap; -1: of none. Shape (n,).

    References
    ----------
    M. Ester, H.-P. Kriegel, J. Sander and X. Xu (1996), A density-based algorithm for discovering
    clusters in large spatial databases with noise, Proceedings of KDD-96, 226-231.
    """
    spot = np.full(len(xy), -1, np.int64)
    there = np.flatnonzero(milli > 0)
    if not len(there):
        return spot
    square = np.floor(xy[there] / (step_m / _SQUARES_A_STEP)).astype(np.int64)
    order = np.lexsort((milli[there], *xy[there].T, *square.T))
    there, square = there[order], square[order]
    starts = np.flatnonzero(np.any(np.diff(square, axis=0, prepend=square[:1] - 1) != 0, axis=1))
    sums = np.add.reduceat(milli[there], starts)
    moments = np.add.reduceat(milli[there][:, None] * xy[there], starts)
    rules = _Rules(least_milli, step_m)
    places = (moments / sums[:, None], sums)
    number = np.full(len(sums), -1, np.int64)
    for at, part in enumerate(_spots_in(places, np.arange(len(sums)), least_milli, rules)):
        number[part] = at
    spot[there] = np.repeat(number, np.diff(np.append(starts, len(there))))
    return spot


def _spots_in(
    places: _Places, members: NDArray[np.int64], threshold: float, rules: _Rules
) -> list[NDArray[np.int64]]:
    """List the spots among some places; one that is too wide gives way to its denser parts."""
    found = []
    for part in _clusters(places, members, threshold, rules.step_m):
        xy, milli = places[0][part], places[1][part]
        if milli.sum() < rules.least_milli:
            continue
        inner = []
        if _radius_m(xy, milli) > _STEPS_WIDE * rules.step_m:
            inner = _spots_in(places, part, threshold * _STRICTER, rules)
        found += inner or [part]
    return found


def _clusters(
    places: _Places, members: NDArray[np.int64], threshold: float, step_m: float
) -> list[NDArray[np.int64]]:
    """Give the members of each cluster among some places."""
    # scikit-learn takes a second to load, which the rest of the planner should not wait for.
    from sklearn.cluster import DBSCAN  # noqa: PLC0415

    xy, milli = places[0][members], places[1][members]
    model = DBSCAN(eps=step_m, min_samples=max(1, round(threshold)))
    model.fit(xy, sample_weight=milli.astype(np.float64))
    dense = model.core_sample_indices_
    if not len(dense):
        return []
    # DBSCAN gives a place at the edge of two clusters to whichever comes first.
    _, nearest = KDTree(xy[dense]).query(xy)
    label = np.where(model.labels_ >= 0, model.labels_[dense][nearest], -1)
    return [members[label == each] for each in range(label.max() + 1)]


def _radius_m(xy: NDArray[np.float64], milli: NDArray[np.int64]) -> float:
    centre = np.average(xy, axis=0, weights=milli)
    return float(np.hypot(*(xy - centre).T).max())
