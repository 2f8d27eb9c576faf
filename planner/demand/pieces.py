"""Cells -> pieces of zones as large as the areas that were counted."""

import numpy as np
import shapely
from numpy.typing import NDArray

from planner.demand.zones import Zones

__all__ = ["pieces_of"]

_LARGE = 2.0
"""A zone is cut where it is more than so many times as large as a piece."""
_M2_PER_KM2 = 1e6


def pieces_of(zones: Zones, *, piece_km2: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Put cells together to pieces about which a model of counted areas can be asked.

    Parameters
    ----------
    piece_km2
        How large the areas are that were counted, above 0.

    Returns
    -------
    piece_of
        The piece of each cell, numbered from 0, shape (n,). A zone is one piece; one
        more than twice as large as `piece_km2` is cut into squares of that size.
    km2
        Of each piece, shape (p,): what lies in its zone.

    Notes
    -----
    What people depend on looks different from near: of 144 squares of 250 m one has the shelter,
    while the 9 km2 around it have a shelter for each 9 km2. A model of densities holds for places
    as large as those it was fitted to (the change of support of geostatistics).
    """
    side_m = (piece_km2 * _M2_PER_KM2) ** 0.5
    shapes = np.array([zone.shape for zone in zones.zones], dtype=object)
    zone_km2 = shapely.area(shapes) / _M2_PER_KM2
    zone_of = zones.zone_of
    cut = zone_km2[zone_of] > _LARGE * piece_km2
    at = np.floor(zones.cells[["x", "y"]].to_numpy(np.float64) / side_m) * cut[:, None]
    keys, piece_of = np.unique(
        np.column_stack([zone_of, at]).astype(np.int64), axis=0, return_inverse=True
    )
    zone, low = keys[:, 0], keys[:, 1:] * side_m
    km2 = np.asarray(zone_km2[zone], dtype=np.float64)
    large = km2 > _LARGE * piece_km2
    boxes = shapely.box(*low[large].T, *(low[large] + side_m).T)
    km2[large] = shapely.area(shapely.intersection(boxes, shapes[zone[large]])) / _M2_PER_KM2
    return piece_of.ravel(), km2
