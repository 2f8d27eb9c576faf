"""Streets and places -> travel: the way from each cell to each site, up to a cutoff."""

from planner.travel.along_streets import travel_matrix
from planner.travel.given import check_given, given_travel
from planner.travel.matrix import TravelMatrix, served_within
from planner.travel.straight import straight_travel

__all__ = [
    "TravelMatrix",
    "check_given",
    "given_travel",
    "served_within",
    "straight_travel",
    "travel_matrix",
]
