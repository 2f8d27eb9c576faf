"""A district with its figures and sites -> maps that ask nobody outside for anything."""

from planner.maps.build import (
    Ground,
    base_map,
    coverage_map,
    demand_map,
    ground_of,
    place_map,
    plan_map,
    today_map,
)
from planner.maps.cells import cells_layer, workers_layer
from planner.maps.difference import difference_layer
from planner.maps.editing import (
    EditTools,
    area_name,
    areas_layer,
    editing_script,
    pins_layer,
)
from planner.maps.gaps import gaps_layer
from planner.maps.layers import LINKS, Bases, Cells, Drawn, PlannerMap, static_data
from planner.maps.notes import bases_choice
from planner.maps.page import link_text, standalone_html
from planner.maps.pair import PAIR_LINKS, Pane, make_pane, pair_page
from planner.maps.raster import density_layer
from planner.maps.recolour import Recoloured, recoloured_cells
from planner.maps.service import service_layer
from planner.maps.sites import chosen_layer, drawn_options, measures_layer, sites_layer
from planner.maps.spots import spots_layer
from planner.maps.tile_web import SERVERS, TileRefusal, TileServer, check_address
from planner.maps.tiles import (
    BASES,
    NOTHING,
    TileBase,
    TileFolder,
    TilePack,
    TileSource,
    offered_at,
    open_tiles,
    picture_type,
    within,
)

__all__ = [
    "BASES",
    "LINKS",
    "NOTHING",
    "PAIR_LINKS",
    "SERVERS",
    "Bases",
    "Cells",
    "Drawn",
    "EditTools",
    "Ground",
    "Pane",
    "PlannerMap",
    "Recoloured",
    "TileBase",
    "TileFolder",
    "TilePack",
    "TileRefusal",
    "TileServer",
    "TileSource",
    "area_name",
    "areas_layer",
    "base_map",
    "bases_choice",
    "cells_layer",
    "check_address",
    "chosen_layer",
    "coverage_map",
    "demand_map",
    "density_layer",
    "difference_layer",
    "drawn_options",
    "editing_script",
    "gaps_layer",
    "ground_of",
    "link_text",
    "make_pane",
    "measures_layer",
    "offered_at",
    "open_tiles",
    "pair_page",
    "picture_type",
    "pins_layer",
    "place_map",
    "plan_map",
    "recoloured_cells",
    "service_layer",
    "sites_layer",
    "spots_layer",
    "standalone_html",
    "static_data",
    "today_map",
    "within",
    "workers_layer",
]
