"""A district -> the metric plane that everything in it is computed in."""

from planner.district.bundle import District
from planner.geo import local_projection

__all__ = ["projection_of"]


def projection_of(district: District) -> str:
    """Name the plane of a district, in metres, centred on the centroid of its boundary.

    See `geo.local_projection`; the centre is rounded to 0.01 degrees.
    """
    centre = district.boundary.centroid
    return local_projection(centre.x, centre.y)
