"""The way from cell to site for one travel mode, up to a cutoff."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

__all__ = [
    "TravelMatrix",
    "csr_from_pairs",
    "csr_from_rows",
    "cutoff_millimetres",
    "served_within",
]

_LARGEST_MM = 2**31 - 2  # one more means "no way" in the search


@dataclass(frozen=True, slots=True, kw_only=True)
class TravelMatrix:
    """Way from cell to site for one travel mode, up to a cutoff."""

    sites: tuple[str, ...]
    cells: tuple[str, ...]
    length_mm: csr_array
    """Whole millimetres (int32), shape (n sites, m cells), sorted indices. A stored 0 is on the
    spot; a pair that is not stored is out of reach."""
    cutoff_m: float
    mode: str

    def __post_init__(self) -> None:
        """Check the shape."""
        if self.length_mm.shape != (len(self.sites), len(self.cells)):
            raise ValueError(f"length_mm has shape {self.length_mm.shape}")
        if self.length_mm.dtype != np.int32:
            raise ValueError(f"length_mm must be int32, got {self.length_mm.dtype}")

    @classmethod
    def from_dense(
        cls,
        metres: ArrayLike,
        *,
        sites: Sequence[str],
        cells: Sequence[str],
        cutoff_m: float,
        mode: str = "walk",
    ) -> Self:
        """Keep the ways up to the cutoff (the cutoff itself still counts) of a full table.

        Parameters
        ----------
        metres
            From cell to site, shape (n sites, m cells); infinite or not a number: no way.

        Examples
        --------
        >>> table = [[0.0, 300.0]]
        >>> near = TravelMatrix.from_dense(table, sites=["a"], cells=["b", "c"], cutoff_m=60)
        >>> near.length_mm.nnz
        1
        """
        millimetres = np.rint(np.asarray(metres, np.float64).reshape(len(sites), len(cells)) * 1000)
        row, column = np.nonzero(millimetres <= cutoff_millimetres(cutoff_m))
        length_mm = csr_from_pairs(
            row,
            column,
            millimetres[row, column].astype(np.int32),
            (len(sites), len(cells)),
        )
        return cls(
            sites=tuple(sites),
            cells=tuple(cells),
            length_mm=length_mm,
            cutoff_m=cutoff_m,
            mode=mode,
        )


def csr_from_rows(
    start: NDArray[np.int64],
    column: NDArray[np.int32],
    value: NDArray[np.generic],
    shape: tuple[int, int],
) -> csr_array:
    """Wrap rows without copying them; SciPy would widen the columns to the type of `start`."""
    if start[-1] < 2**31:
        start = start.astype(np.int32)
    return csr_array((value, column, start), shape=shape)


def csr_from_pairs(
    row: NDArray[np.int64],
    column: NDArray[np.int64],
    value: NDArray[np.generic],
    shape: tuple[int, int],
) -> csr_array:
    """Store pairs, each once and in order of row, then column; a value of 0 is stored too."""
    start = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=shape[0]))])
    return csr_from_rows(start, column.astype(np.int32), value, shape)


def cutoff_millimetres(cutoff_m: float) -> int:
    """Turn a cutoff into whole millimetres.

    Raises
    ------
    ValueError
        If it is not above 0, or beyond 2,147,483 m, which whole millimetres can't hold.
    """
    if not 0 < cutoff_m < _LARGEST_MM / 1000 + 0.0005:
        raise ValueError(f"cutoff_m must be above 0 and at most 2147483 m, got {cutoff_m}")
    return round(cutoff_m * 1000)


def served_within(travel: TravelMatrix, *, limit_m: float) -> csr_array:
    """Mark the cells that each site reaches within a way of a given length.

    Parameters
    ----------
    travel
        Ways from cell to site.
    limit_m
        Longest accepted way in metres, above 0, compared in whole millimetres; the limit itself
        still counts.

    Returns
    -------
    scipy.sparse.csr_array
        Booleans (only stored trues), shape (n sites, m cells), in the order of `travel`.

    Raises
    ------
    ValueError
        If the limit is not above 0, or lies beyond the cutoff that `travel` was computed with.

    Examples
    --------
    >>> table = [[60.0, 300.0]]
    >>> near = TravelMatrix.from_dense(table, sites=["a"], cells=["b", "c"], cutoff_m=500)
    >>> served_within(near, limit_m=60).toarray().tolist()
    [[True, False]]
    """
    if not 0 < limit_m <= travel.cutoff_m:
        raise ValueError(
            f"limit_m must be above 0 and at most the cutoff {travel.cutoff_m:g}, got {limit_m}"
        )
    ways = travel.length_mm
    within = ways.data <= cutoff_millimetres(limit_m)
    reach = csr_array((within, ways.indices, ways.indptr), shape=ways.shape, copy=True)
    reach.eliminate_zeros()  # here a false, not a way of 0
    return reach
