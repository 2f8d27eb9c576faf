"""Travel, options and demand -> coverage: who is served when, nominally and effectively, kept as factors."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from planner.demand import Demand
from planner.options import Options

__all__ = ["Coverage"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Who could be served by what; the product of the two factors over all rows is never stored.

    Demand row (cell c, group g, slot s) is served by option k if reach[g][site of k, c] and service[k, g, s].
    """

    demand: Demand
    options: Options
    reach: Mapping[str, csr_array]
    """Group id -> booleans (only stored trues), shape (n sites in the order of options.sites, m cells)."""
    slot_minutes: NDArray[np.int64]
    """Minutes a week of each slot, shape (s,); slots are cut at every opening and closing time and band border."""
    slot_band: NDArray[np.int16]
    """The band of demand that each slot lies in, shape (s,)."""
    slot_period_minutes: NDArray[np.int64]
    """Minutes of each slot that lie in each period of the settings, shape (s, p)."""
    service: NDArray[np.bool_]
    """Effective: open then, admits the group, not gated, listed, working; shape (n options, g groups, s slots)."""
