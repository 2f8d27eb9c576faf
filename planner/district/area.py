"""Where a district is: its boundary, what lies in it, and what cannot belong to it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from planner.errors import InputError, Problem
from planner.geo import geometry_to_plane, local_projection, to_degrees, to_plane
from planner.language import note

__all__ = [
    "OUTSIDE_M",
    "Places",
    "far_rows",
    "hull_of",
    "metres_outside",
    "nearest_spots",
    "refuse_apart",
]

OUTSIDE_M = 2_000.0
"""A place this far beyond the boundary or farther cannot belong to the district."""
_ROUND_A_PLACE_M = 500.0
_FAR_FROM_ALL_M = 200_000.0
_TOGETHER_M = 100_000.0
_MOST = 0.5


@dataclass(frozen=True, slots=True)
class Places:
    """Places of one file."""

    table: str
    """Name of the file."""
    where: NDArray[np.object_]
    """File, with its sheet, of each, shape (n,)."""
    lon: NDArray[np.float64]
    """WGS-84 degrees, shape (n,)."""
    lat: NDArray[np.float64]
    rows: NDArray[np.int64]
    """Line of each in the file, shape (n,)."""
    stated: Callable[[int], str]
    """Gives the position of the nth as the file states it, "" where it states none."""
    column: str = ""
    """Header of the column that positions stand in; "": they are shapes."""


def hull_of(places: Sequence[Places]) -> BaseGeometry:
    """Give the smallest round shape about all places, half a kilometre wider, in WGS-84.

    Places over 200 km from the middle one are left out: they are faults, see `far_rows`.
    """
    lon = np.concatenate([part.lon for part in places])
    lat = np.concatenate([part.lat for part in places])
    plane = local_projection(float(np.median(lon)), float(np.median(lat)))
    xy = to_plane(lon, lat, projection=plane)
    near = np.hypot(*(xy - np.median(xy, axis=0)).T) <= _FAR_FROM_ALL_M
    hull = shapely.convex_hull(shapely.multipoints(xy[near])).buffer(_ROUND_A_PLACE_M)
    there: BaseGeometry = shapely.transform(
        hull, lambda corners: np.column_stack(to_degrees(corners, projection=plane))
    )
    return there


def metres_outside(boundary: BaseGeometry, places: Places) -> NDArray[np.float64]:
    """Measure how far places lie beyond a boundary: 0 inside and on it, shape (n,)."""
    metres = np.zeros(len(places.lon))
    centre = boundary.centroid
    plane = local_projection(centre.x, centre.y)
    shape = geometry_to_plane(boundary, projection=plane)
    shapely.prepare(shape)
    xy = to_plane(places.lon, places.lat, projection=plane)
    # A place on the other side of the earth has no position in the plane.
    xy = np.where(np.isfinite(xy), xy, 1e8)
    beyond = ~shapely.contains_xy(shape, xy[:, 0], xy[:, 1])
    metres[beyond] = shapely.distance(shape, shapely.points(xy[beyond]))
    return metres


def nearest_spots(
    boundary: BaseGeometry, shapes: NDArray[np.object_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the point of each shape that is nearest to a boundary, or any that lies inside.

    Parameters
    ----------
    boundary, shapes
        WGS-84; the shapes of shape (n,).

    Returns
    -------
    tuple
        Longitude and latitude in degrees, each of shape (n,); NaN for a shape that has no position
        in the plane of the boundary.
    """
    centre = boundary.centroid
    plane = local_projection(centre.x, centre.y)
    area = geometry_to_plane(boundary, projection=plane)
    flat = shapely.transform(shapes, lambda xy: to_plane(xy[:, 0], xy[:, 1], projection=plane))
    fits = np.isfinite(shapely.bounds(flat)).all(axis=1)
    lines = np.full(len(shapes), None, dtype=object)
    shapely.prepare(area)
    lines[fits] = shapely.shortest_line(area, flat[fits])
    x, y = (axis(shapely.get_point(lines, 1)) for axis in (shapely.get_x, shapely.get_y))
    lon, lat = np.full(len(shapes), np.nan), np.full(len(shapes), np.nan)
    lon[fits], lat[fits] = to_degrees(np.column_stack([x[fits], y[fits]]), projection=plane)
    return lon, lat


def far_rows(boundary: BaseGeometry, places: Places) -> tuple[NDArray[np.bool_], list[Problem]]:
    """Find the places over 2 km beyond a boundary, each with its fault.

    Returns
    -------
    tuple
        Whether each place is too far, shape (n,), and the faults.
    """
    metres = metres_outside(boundary, places)
    far = metres > OUTSIDE_M
    expected = note("a place in the district or within 2 km of its boundary")
    problems = [
        Problem(
            table=str(places.where[at]),
            row=int(places.rows[at]),
            column=places.column,
            found=places.stated(at) or f"{places.lon[at]:.5f}, {places.lat[at]:.5f}",
            expected=expected,
            fix=note(
                "It lies {km} km outside: check longitude and latitude.",
                km=f"{metres[at] / 1000:,.0f}",
            ),
        )
        for at in np.flatnonzero(far).tolist()
    ]
    return far, problems


def refuse_apart(boundary: BaseGeometry, table: str, all_places: Sequence[Places]) -> None:
    """Refuse a file whose places all lie outside the boundary, and say which is likely wrong.

    Parameters
    ----------
    boundary
        WGS-84.
    table
        Name of the file that the boundary comes from; "" for the hull of what is there.
    all_places
        Of each file.

    Raises
    ------
    InputError
        If all places of a file lie over 2 km outside. Where those of another file lie inside, the
        file is likely wrong; where none does, the boundary is.
    """
    shares = [(part, _share_far(boundary, part)) for part in all_places if len(part.lon)]
    apart = [part for part, share in shares if share == 1.0]
    inside = [part for part, share in shares if share < _MOST]
    if not apart:
        return
    names = ", ".join(dict.fromkeys(part.table for part in apart))
    if not table:
        _refuse_far_from_all(boundary, apart, inside, names)
        return
    if inside:
        raise InputError(
            note(
                "{names}: every place lies outside the boundary ({boundary}), while {others} fits "
                "it. The positions in {names} are likely wrong: check longitude and latitude, and "
                "crs in district.toml.",
                names=names,
                boundary=table,
                others=", ".join(dict.fromkeys(part.table for part in inside)),
            ),
            problems=_first_faults(boundary, apart),
        )
    if len(apart) > 1 and _together(apart):
        raise InputError(
            note(
                "{boundary}: the boundary does not overlap the data; {names} all lie outside but "
                "near each other. The boundary is likely that of another place, or its crs in "
                "district.toml is wrong.",
                boundary=table,
                names=names,
            ),
            problems=_first_faults(boundary, apart),
        )
    raise InputError(
        note(
            "{names}: every place lies outside the boundary ({boundary}), and there is nothing to "
            "tell which of them is wrong. Check both, and their crs in district.toml.",
            names=names,
            boundary=table,
        ),
        problems=_first_faults(boundary, apart),
    )


def _refuse_far_from_all(
    hull: BaseGeometry, apart: Sequence[Places], inside: Sequence[Places], names: str
) -> None:
    """Refuse a file whose places all lie far from those of the others; no boundary is known."""
    if inside:
        raise InputError(
            note(
                "{names}: every place lies far from those of {others}. The positions in {names} "
                "are likely wrong: check longitude and latitude, and crs in district.toml.",
                names=names,
                others=", ".join(dict.fromkeys(part.table for part in inside)),
            ),
            problems=_first_faults(hull, apart),
        )


def _first_faults(boundary: BaseGeometry, apart: Sequence[Places]) -> list[Problem]:
    """Give the first fault of each file as an example."""
    firsts = [
        replace(part, where=part.where[:1], lon=part.lon[:1], lat=part.lat[:1], rows=part.rows[:1])
        for part in apart
    ]
    return [fault for part in firsts for fault in far_rows(boundary, part)[1]]


def _share_far(boundary: BaseGeometry, places: Places) -> float:
    return float((metres_outside(boundary, places) > OUTSIDE_M).mean())


def _together(parts: Sequence[Places]) -> bool:
    """Tell whether the places of several files lie about the same spot."""
    middles = [(float(np.median(part.lon)), float(np.median(part.lat))) for part in parts]
    lon, lat = zip(*middles, strict=True)
    xy = to_plane(lon, lat, projection=local_projection(lon[0], lat[0]))
    return bool(np.hypot(*(xy - xy[0]).T).max() <= _TOGETHER_M)
