"""The siting problem in arrays: rows with a value, options with a cost, which option serves which row."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

__all__ = ["SitingProblem"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SitingProblem:
    """Maximal covering with limits; all values are whole numbers, so that sums are exact."""

    options: tuple[str, ...]
    """Option ids that can be chosen, sorted: ties go to the smallest, so the order of the input never matters."""
    sites: tuple[str, ...]
    """Site id of each option; at most one option a site is chosen."""
    serves: csr_array
    """Booleans, shape (n options, r rows); rows already merged by their set of options."""
    value_milli: NDArray[np.int64]
    """Value of each row: whole thousandths of a worker-minute a week, above 0, shape (r,)."""
    base_milli: int
    """Value that is served whatever is chosen (by stations that stay as they are)."""
    total_milli: int
    """Value of all demand, also that which no option reaches."""
    cost_yuan: NDArray[np.float64]
    """Added set-up money of each option, at least 0, shape (n,)."""
    counts: NDArray[np.bool_]
    """Whether the option is an additional opening and so counts in `count`, shape (n,)."""
    budget_yuan: float | None
    count: int | None
    locked: NDArray[np.bool_]
    """Options that must be chosen, shape (n,)."""
    forbidden: NDArray[np.bool_]
    """Options that must not be chosen, shape (n,)."""
    too_close: NDArray[np.int32]
    """Pairs of options that may not both be chosen, shape (q, 2)."""
