"""Demand and coverage -> where workers are dense, and which dense places nobody serves."""

from planner.density.surface import Surface, density_surface

__all__ = ["Surface", "density_surface"]
