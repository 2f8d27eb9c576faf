"""OpenStreetMap, graph and line files -> StreetGraph; places -> the nearest point on a street."""

from planner.streets.checking import check_streets, islands_with_workers
from planner.streets.fits import CoordinateFit, coordinate_fits, fit_coordinates
from planner.streets.graph import MODE_BITS, StreetGraph
from planner.streets.islands import islands
from planner.streets.places import Places
from planner.streets.reading import read_streets, streets_from_file
from planner.streets.snapping import Snapped, distance_to_streets, snap

__all__ = [
    "MODE_BITS",
    "CoordinateFit",
    "Places",
    "Snapped",
    "StreetGraph",
    "check_streets",
    "coordinate_fits",
    "distance_to_streets",
    "fit_coordinates",
    "islands",
    "islands_with_workers",
    "read_streets",
    "snap",
    "streets_from_file",
]
