"""Travel, options and demand -> coverage: who is served when, nominally and effectively.

The two factors reach (site x cell, by group) and service (class of options x group x slot) are kept
apart; `merged_rows` joins them for a search, `measure_coverage` for figures that people read.
"""

from planner.coverage.areas import main_stations, service_areas
from planner.coverage.changing import CellShares, ChangingTally
from planner.coverage.differing import net_difference, served_difference
from planner.coverage.factors import Coverage, build_coverage
from planner.coverage.figures import Figures, measure_coverage
from planner.coverage.gaps import GapCheck, cell_needs, check_gaps, small_stations
from planner.coverage.losses import station_losses
from planner.coverage.near_stations import NearStations, TooFar
from planner.coverage.nearest import nearest_by_cell, nearest_stations
from planner.coverage.rows import MergedRows
from planner.coverage.seats import seat_use
from planner.coverage.some_cells import cells_near, of_cells

__all__ = [
    "CellShares",
    "ChangingTally",
    "Coverage",
    "Figures",
    "GapCheck",
    "MergedRows",
    "NearStations",
    "TooFar",
    "build_coverage",
    "cell_needs",
    "cells_near",
    "check_gaps",
    "main_stations",
    "measure_coverage",
    "nearest_by_cell",
    "nearest_stations",
    "net_difference",
    "of_cells",
    "seat_use",
    "served_difference",
    "service_areas",
    "small_stations",
    "station_losses",
]
