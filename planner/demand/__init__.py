"""Surveys and counted places -> Demand (cells x groups x bands of the week)."""

from planner.demand.build import build_demand
from planner.demand.names import joined, two_names
from planner.demand.surface import Demand

__all__ = ["Demand", "build_demand", "joined", "two_names"]
