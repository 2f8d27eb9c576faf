"""Streets and places -> travel: metres from each cell to each site within a cutoff."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

__all__ = ["TravelMatrix"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TravelMatrix:
    """Way from cell to site for one travel mode, up to a cutoff."""

    sites: tuple[str, ...]
    cells: tuple[str, ...]
    length_mm: csr_array
    """Whole millimetres (int32), shape (n sites, m cells), sorted indices. A stored 0 is on the spot; a pair that is
    not stored is out of reach."""
    cutoff_m: float
    mode: str

    def __post_init__(self) -> None:
        """Check the shape."""
        if self.length_mm.shape != (len(self.sites), len(self.cells)):
            raise ValueError(f"length_mm has shape {self.length_mm.shape}")
        if self.length_mm.dtype != np.int32:
            raise ValueError(f"length_mm must be int32, got {self.length_mm.dtype}")
