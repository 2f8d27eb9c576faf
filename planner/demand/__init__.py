"""Surveys and counted places -> Demand (cells x groups x bands of the week)."""

from planner.demand.surface import Demand

__all__ = ["Demand"]
