"""OpenStreetMap, graph and line files -> StreetGraph (arrays); places -> the nearest point on a street."""

from planner.streets.graph import MODE_BITS, StreetGraph
from planner.streets.reading import streets_from_file
from planner.streets.snapping import Snapped, snap

__all__ = ["MODE_BITS", "Snapped", "StreetGraph", "snap", "streets_from_file"]
