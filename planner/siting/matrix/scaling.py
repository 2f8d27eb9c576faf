"""Decimal numbers -> whole ones held in floats, so that sums of them are exact."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["FLOAT_SHARE", "whole_scale"]

FLOAT_SHARE = 1e-9
"""What a bound summed from floats may be wrong by, as a share of the objective."""
_MOST = 2.0**50
_MOST_DECIMALS = 6


def whole_scale(values: NDArray[np.float64]) -> float:
    """Give the power of ten that makes all values whole numbers; 0.0 where none up to 10**6 does.

    Examples
    --------
    >>> import numpy as np
    >>> whole_scale(np.array([1.5, 2.0])), whole_scale(np.array([7.0]))
    (10.0, 1.0)
    >>> whole_scale(np.array([1 / 3]))
    0.0
    """
    for decimals in range(_MOST_DECIMALS + 1):
        scaled = values * 10.0**decimals
        if scaled.max(initial=0.0) >= _MOST:
            return 0.0
        if (np.abs(scaled - np.rint(scaled)) <= 1e-9 * np.maximum(1.0, scaled)).all():
            # A number with more digits than a float holds is no decimal number of six places.
            return 10.0**decimals
    return 0.0
