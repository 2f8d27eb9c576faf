"""Figures and sites -> pictures as PNG: a map and charts, for documents and notebooks."""

from planner.charts.difference import difference_picture
from planner.charts.figures import (
    Drawn,
    bars_chart,
    curve_chart,
    heat_chart,
    lorenz_chart,
    steps_chart,
)
from planner.charts.paper import STYLE, ChartStyle, Picture
from planner.charts.picture import core_picture, map_picture
from planner.charts.plots import before_after_chart, group_chart, period_chart
from planner.charts.surfaces import density_picture, gaps_picture

__all__ = [
    "STYLE",
    "ChartStyle",
    "Drawn",
    "Picture",
    "bars_chart",
    "before_after_chart",
    "core_picture",
    "curve_chart",
    "density_picture",
    "difference_picture",
    "gaps_picture",
    "group_chart",
    "heat_chart",
    "lorenz_chart",
    "map_picture",
    "period_chart",
    "steps_chart",
]
