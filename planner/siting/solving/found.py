"""What a proof knows so far, and how far its floats can be trusted."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["PROOF_SHARE", "Found"]

PROOF_SHARE = 1e-8
"""What a bound told in floats may be wrong by, as a share of all value: added to every such
bound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a proof knows so far."""

    chosen: NDArray[np.bool_] | None
    """The best choice that it has, shape (m,); None: none."""
    bound_milli: int
    """No choice is worth more, whole thousandths of a worker-minute a week."""
