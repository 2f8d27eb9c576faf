"""Stations, venues and measures -> options: a site in one configuration, with its cost."""

from planner.options.build import build_options
from planner.options.bundle import Options

__all__ = ["Options", "build_options"]
