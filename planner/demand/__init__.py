"""Surveys and counted places -> Demand (cells x groups x bands of the week)."""

from planner.demand.build import build_demand
from planner.demand.names import joined, two_names
from planner.demand.surface import Demand, no_fits, no_sources

__all__ = ["Demand", "build_demand", "joined", "no_fits", "no_sources", "two_names"]
