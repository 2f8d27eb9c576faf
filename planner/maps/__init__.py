"""A district with its figures and sites -> maps that ask nobody outside for anything."""

from planner.maps.build import (
    base_map,
    cells_layer,
    coverage_map,
    legend,
    place_map,
    plan_map,
    proposed_layer,
    sites_layer,
)
from planner.maps.layers import LINKS, PlannerMap
from planner.maps.page import link_text, standalone_html

__all__ = [
    "LINKS",
    "PlannerMap",
    "base_map",
    "cells_layer",
    "coverage_map",
    "legend",
    "link_text",
    "place_map",
    "plan_map",
    "proposed_layer",
    "sites_layer",
    "standalone_html",
]
