"""Single limits on the chosen options -> the linear limits of a problem."""

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from planner.siting.problem import UNLIMITED, About, LinearLimits

__all__ = ["LimitRow", "decimal", "limit_row", "linear_limits"]

_FINEST = 10**6
"""Largest denominator of a share."""


class LimitRow(NamedTuple):
    """Least <= sum of the weights of the chosen options <= most."""

    at: NDArray[np.int64]
    """Places of the options with a weight, each once, ascending."""
    weight: NDArray[np.int64]
    least: int
    """-UNLIMITED: none."""
    most: int
    """UNLIMITED: none."""
    about: About


def limit_row(
    weights: ArrayLike, about: About, *, least: int = -UNLIMITED, most: int = UNLIMITED
) -> LimitRow:
    """Make a limit of the weight of every option, shape (n,)."""
    every = np.asarray(weights, np.int64)
    at = np.flatnonzero(every)
    return LimitRow(at, every[at], least, most, about)


def linear_limits(rows: Sequence[LimitRow], n: int) -> LinearLimits | None:
    """Put limits on n options together, in their order; those that nothing can break are left out.

    None where no limit is left.
    """
    rows = [row for row in rows if not _holds_anyway(row)]
    if not rows:
        return None
    start = np.concatenate([[0], np.cumsum([len(row.at) for row in rows])])
    weights = csr_array(
        (
            np.concatenate([row.weight for row in rows]),
            np.concatenate([row.at for row in rows]).astype(np.int32),
            start.astype(np.int32),
        ),
        shape=(len(rows), n),
    )
    return LinearLimits(
        weights=weights,
        least=np.array([row.least for row in rows], np.int64),
        most=np.array([row.most for row in rows], np.int64),
        about=tuple(row.about for row in rows),
    )


def _holds_anyway(row: LimitRow) -> bool:
    low = int(row.weight[row.weight < 0].sum())
    high = int(row.weight[row.weight > 0].sum())
    return low >= row.least and high <= row.most


def decimal(number: float) -> Fraction:
    """Give a number as its owner wrote it: 0.15 is 15/100, not the float beside it.

    At most a millionth away, so that weights of limits stay small; what is above 0 stays so.

    Examples
    --------
    >>> decimal(0.15), decimal(1.1) * 10
    (Fraction(3, 20), Fraction(11, 1))
    >>> decimal(0.3333333333333333), decimal(1e-9)
    (Fraction(1, 3), Fraction(1, 1000000))
    """
    written = Fraction(repr(float(number)))
    near = written.limit_denominator(_FINEST)
    return near if near or not written else Fraction(1, _FINEST)
