"""Totals -> whole parts in proportion to weights, so that parts add up to their total exactly."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["share_out"]


def share_out(
    totals: NDArray[np.int64], weights: NDArray[np.float64], starts: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Divide whole totals over the weights of their segment by the largest remainder.

    Parameters
    ----------
    totals
        One whole number at least 0 for each segment, shape (k,).
    weights
        At least 0, shape (n,); a weight of 0 gets nothing.
    starts
        Where each segment begins in `weights`, and the end of the last, shape (k + 1,), rising from
        0 to n.

    Returns
    -------
    numpy.ndarray
        Whole parts, shape (n,): each within 1 of its exact share, and each segment adds up to its
        total. Of equal remainders the earlier gets the unit.

    Raises
    ------
    ValueError
        If a total above 0 stands over weights that are all 0.

    References
    ----------
    The method of largest remainders of Hamilton (1792).

    Examples
    --------
    >>> share_out(np.array([10]), np.array([1.0, 1.0, 1.0]), np.array([0, 3])).tolist()
    [4, 3, 3]
    """
    segment = np.repeat(np.arange(len(totals)), np.diff(starts))
    sums = np.bincount(segment, weights, len(totals))
    if np.any((totals > 0) & (sums <= 0)):
        raise ValueError("a total above 0 needs a weight above 0 in its segment")
    exact = weights / np.where(sums > 0, sums, 1.0)[segment] * totals[segment]
    parts = np.floor(exact).astype(np.int64)
    remainder = np.where(weights > 0, exact - parts, -1.0)
    order = np.lexsort((-remainder, segment))
    rank = np.empty(len(weights), dtype=np.int64)
    rank[order] = np.arange(len(weights)) - starts[:-1][segment]
    given = np.zeros(len(totals), dtype=np.int64)
    np.add.at(given, segment, parts)
    parts += rank < (totals - given)[segment]
    return parts
