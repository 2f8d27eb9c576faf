"""Lines in metres -> few whole numbers that a page can draw."""

import numpy as np
import shapely
from numpy.typing import NDArray

from planner.geo import to_degrees
from planner.streets import StreetGraph

__all__ = ["UNIT_DEGREES", "pack_lines", "pack_streets"]

UNIT_DEGREES = 1e-5
"""Step of a packed position: about 1.1 m."""


def pack_streets(
    streets: StreetGraph, *, tolerance_m: float = 4.0, most_points: int = 150_000
) -> dict[str, object]:
    """Simplify the streets to what an eye can tell apart and pack them for the page.

    Parameters
    ----------
    streets
        The network; where a street may be used both ways it is drawn once.
    tolerance_m
        A drawn line lies at most this far from the street, in metres, at least 0.
    most_points
        Where more points are left, the shortest streets are not drawn.

    Returns
    -------
    dict
        What `pack_lines` gives.

    References
    ----------
    D. Douglas and T. Peucker (1973), Algorithms for the reduction of the number of points
    required to represent a digitized line or its caricature, Cartographica 10, 112-122.
    """
    counts = np.diff(streets.line_start)
    lines = shapely.linestrings(streets.line_xy, indices=np.repeat(np.arange(len(counts)), counts))
    lines = shapely.simplify(lines, tolerance_m)
    points = shapely.get_num_coordinates(lines)
    if points.sum() > most_points:
        longest_first = np.argsort(-shapely.length(lines), kind="stable")
        fits = np.cumsum(points[longest_first]) <= most_points
        lines = lines[np.sort(longest_first[fits])]
    xy, line = shapely.get_coordinates(lines, return_index=True)
    lon, lat = to_degrees(xy, projection=streets.crs)
    return pack_lines(lon, lat, line=line)


def pack_lines(
    lon: NDArray[np.float64], lat: NDArray[np.float64], *, line: NDArray[np.int64]
) -> dict[str, object]:
    """Pack lines as steps in whole units of a hundred-thousandth degree.

    Parameters
    ----------
    lon, lat
        WGS-84 degrees of all points, shape (k,).
    line
        The line that each point belongs to, not falling, shape (k,).

    Returns
    -------
    dict
        `unit` (degrees), `lon` and `lat` (where every line's first step starts, whole units),
        `lines` (for each a flat list: step in lon, step in lat, and so on). Points that fall on the
        one before are left out, and so are lines of which one point is left.
    """
    units = np.column_stack([lon, lat]) / UNIT_DEGREES
    whole = np.rint(units).astype(np.int64)
    if not len(whole):
        return {"unit": UNIT_DEGREES, "lon": 0, "lat": 0, "lines": []}
    first = np.r_[True, line[1:] != line[:-1]]
    kept = first | np.r_[True, (whole[1:] != whole[:-1]).any(axis=1)]
    whole, first = whole[kept], first[kept]
    origin = whole.min(axis=0)
    steps = np.diff(whole, axis=0, prepend=whole[:1])
    steps[first] = whole[first] - origin
    starts = np.flatnonzero(first)
    packed = [part.ravel().tolist() for part in np.split(steps, starts[1:]) if len(part) > 1]
    return {
        "unit": UNIT_DEGREES,
        "lon": int(origin[0]),
        "lat": int(origin[1]),
        "lines": packed,
    }
