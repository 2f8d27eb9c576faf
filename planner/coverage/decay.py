"""The way to a station as a share of the reach -> how much that station is worth."""

import math

import numpy as np
from numpy.typing import NDArray

from planner.coverage.tally import WHOLE_WEIGHT
from planner.district.settings import DECAYS

__all__ = ["STEPS", "weights_of"]

STEPS = ((1 / 3, 1.0), (2 / 3, 0.68), (1.0, 0.22))
"""Of "stepped": up to which share of the reach (itself counted in) which weight holds."""

_EXPONENT = 3.0
_AT_REACH = math.exp(-0.5)


def weights_of(share: NDArray[np.float64], *, decay: str) -> NDArray[np.int64]:
    """Weigh ways by their length, in whole ten-thousandths, halves to the even number.

    With u for the share of the reach that a way uses up:

    - "none": 1;
    - "linear": 1 - u, so 0 at the reach;
    - "gaussian": (exp(-u^2 / 2) - exp(-1 / 2)) / (1 - exp(-1 / 2)), 0 at the reach;
    - "exponential": exp(-3 u), so 0.05 at the reach;
    - "stepped": 1 up to a third of the reach, 0.68 up to two thirds, 0.22 up to the reach; a border
      still belongs to the nearer step.

    The shapes are from the literature; that they end at the reach, the exponent 3 and the thirds
    are assumptions of ours.

    Parameters
    ----------
    share
        Any shape, 0 to 1.
    decay
        One of DECAYS.

    Raises
    ------
    ValueError
        If the decay is not known.

    References
    ----------
    R. L. Church and K. L. Roberts (1983), Generalized coverage models and public facility location,
    Papers of the Regional Science Association 53, 117-135 (steps).
    O. Berman and D. Krass (2002), The generalized maximal covering location problem, Computers &
    Operations Research 29, 563-581 (steps).
    Z. Drezner, G. O. Wesolowsky and T. Drezner (2004), The gradual covering problem, Naval Research
    Logistics 51, 841-855 (linear).
    D. Dai (2010), Black residential segregation, disparities in spatial access to health care
    facilities, and late-stage breast cancer diagnosis in metropolitan Detroit, Health & Place 16,
    1038-1052 (Gaussian that ends at the reach).
    W. Luo and Y. Qi (2009), An enhanced two-step floating catchment area (E2SFCA) method for
    measuring spatial accessibility to primary care physicians, Health & Place 15, 1100-1107 (1,
    0.68 and 0.22 in three zones).
    M.-P. Kwan (1998), Space-time and integral measures of individual accessibility, Geographical
    Analysis 30, 191-216 (negative exponential).

    Examples
    --------
    >>> weights_of(np.array([0.0, 0.5, 1.0]), decay="linear").tolist()
    [10000, 5000, 0]
    """
    if decay not in DECAYS:
        raise ValueError(f"decay must be one of {', '.join(DECAYS)}, got {decay!r}")
    return np.rint(WHOLE_WEIGHT * _worth(np.asarray(share, np.float64), decay)).astype(np.int64)


def _worth(share: NDArray[np.float64], decay: str) -> NDArray[np.float64]:
    """Apply a formula."""
    if decay == "linear":
        return 1 - share
    if decay == "gaussian":
        return (np.exp(-(share**2) / 2) - _AT_REACH) / (1 - _AT_REACH)
    if decay == "exponential":
        return np.exp(-_EXPONENT * share)
    if decay == "stepped":
        borders, weights = zip(*STEPS, strict=True)
        step = np.searchsorted(np.array(borders[:-1]), share, side="left")
        return np.array(weights)[step]
    return np.ones_like(share)
