"""Places without streets -> travel: straight metres times a detour factor."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from planner.travel.matrix import TravelMatrix, csr_from_pairs, cutoff_millimetres

__all__ = ["straight_travel"]


def straight_travel(  # noqa: PLR0913 - places and their ids, twice, and three settings
    *,
    site_xy: NDArray[np.float64],
    cell_xy: NDArray[np.float64],
    site_ids: Sequence[str],
    cell_ids: Sequence[str],
    mode: str,
    cutoff_m: float,
    detour_factor: float,
) -> TravelMatrix:
    """Estimate ways as straight lines times a detour factor, rounded to whole millimetres.

    Parameters
    ----------
    site_xy, cell_xy
        Metres in one plane, shapes (n, 2) and (m, 2).
    site_ids, cell_ids
        In the same order.
    mode
        Kept in the result; the estimate is the same for every mode.
    cutoff_m
        Longest way in metres, detour counted in; the cutoff itself still counts.
    detour_factor
        Metres along streets for each straight metre, at least 1.

    Raises
    ------
    ValueError
        If the cutoff or the factor is out of range, a place is not finite, or ids and places differ
        in number.

    References
    ----------
    The mean over 25 Chinese cities is 1.32 (see `StreetSettings.detour_factor`).
    """
    if not 1 <= detour_factor < np.inf:
        raise ValueError(f"detour_factor must be finite and at least 1, got {detour_factor}")
    cutoff_mm = cutoff_millimetres(cutoff_m)
    sites, cells = _places(site_xy, site_ids, "site"), _places(cell_xy, cell_ids, "cell")
    # One millimetre more, so that rounding decides at the border and not the search.
    radius_m = (cutoff_mm + 1) / 1000 / detour_factor
    row, column = _pairs_within(sites, cells, radius_m)
    straight_m = np.hypot(*(sites[row] - cells[column]).T)
    millimetres = np.rint(straight_m * detour_factor * 1000)
    kept = millimetres <= cutoff_mm
    length_mm = csr_from_pairs(
        row[kept],
        column[kept],
        millimetres[kept].astype(np.int32),
        (len(sites), len(cells)),
    )
    return TravelMatrix(
        sites=tuple(site_ids),
        cells=tuple(cell_ids),
        length_mm=length_mm,
        cutoff_m=cutoff_m,
        mode=mode,
    )


def _places(xy: NDArray[np.float64], ids: Sequence[str], name: str) -> NDArray[np.float64]:
    places = np.asarray(xy, np.float64).reshape(-1, 2)
    if len(places) != len(ids):
        raise ValueError(f"{name}_ids must name each of {len(places)} places, got {len(ids)}")
    if not np.isfinite(places).all():
        raise ValueError(f"{name}_xy must be finite")
    return places


def _pairs_within(
    sites: NDArray[np.float64], cells: NDArray[np.float64], radius_m: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """List the pairs within a radius, sorted by site, then cell."""
    if not len(sites) or not len(cells):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    near = cKDTree(cells).query_ball_point(sites, radius_m, return_sorted=True)
    sizes = np.fromiter(map(len, near), np.int64, len(near))
    columns = [np.asarray(found, np.int64) for found in near]
    return np.repeat(np.arange(len(sites)), sizes), np.concatenate(columns)
