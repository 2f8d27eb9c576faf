"""Demand and coverage -> where workers are dense, and which dense places nobody serves."""

from planner.density.hosts import NearHost
from planner.density.spots import SPOT_COLUMNS, HotSpots, hot_spots
from planner.density.surface import Surface, density_surface

__all__ = ["SPOT_COLUMNS", "HotSpots", "NearHost", "Surface", "density_surface", "hot_spots"]
