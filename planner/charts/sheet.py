"""A district -> the sheet that every map on paper is drawn on: extent, ground, scale and note."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import shapely
from matplotlib.axes import Axes
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from planner.charts.marks import (
    draw_lines,
    draw_note,
    draw_scale,
    inches_tall,
    street_lines,
)
from planner.charts.paper import ChartStyle, Words
from planner.coverage import Coverage
from planner.district import District, projection_of
from planner.geo import geometry_to_plane
from planner.language import Message, note
from planner.streets.graph import StreetGraph

__all__ = ["draw_ground", "extent", "finish", "outlines", "site_positions"]

_FLATTEST, _TALLEST = 0.5, 1.2
"""Height of the map for its width; a longer district gets white at its sides."""


def draw_ground(
    axes: Axes, district: District, streets: StreetGraph | None, style: ChartStyle
) -> None:
    """Draw streets, communities and the boundary."""
    if streets is not None:
        axes.add_collection(street_lines(streets, style))
    shapes = outlines(district)
    draw_lines(axes, shapes.get("communities"), style.communities, (2, 2), 0.7)
    draw_lines(axes, shapes["outline"], style.outline, (5, 3), 1.2)


def finish(
    axes: Axes, district: District, box: NDArray[np.float64], style: ChartStyle, words: Words
) -> float:
    """Draw scale and note below the map; give the height at which a legend begins."""
    draw_scale(axes, box, style, words)
    tall = inches_tall(box, style)
    taken = draw_note(axes, words.tell(_marking(district)), tall, style)
    return -(0.15 + taken) / tall


def site_positions(
    coverage: Coverage, measures: pd.DataFrame
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the metres of existing stations and of measures, shape (n, 2) each."""
    table, places = coverage.options.table, coverage.options.sites[["x", "y"]]
    kept = table.loc[table["measure"] == "keep", "site"]
    changed = table.loc[measures.index, "site"]
    return places.loc[kept].to_numpy(float), places.loc[changed].to_numpy(float)


def outlines(district: District) -> dict[str, BaseGeometry]:
    """Give the lines of the boundary and of the communities, each line once, in metres."""
    projection = projection_of(district)
    shapes = {"outline": geometry_to_plane(district.boundary.boundary, projection=projection)}
    if len(district.communities):
        borders = shapely.union_all(shapely.boundary(district.communities.geometry.to_numpy()))
        merged = shapely.line_merge(borders)
        shapes["communities"] = geometry_to_plane(merged, projection=projection)
    return shapes


def extent(
    shapes: Sequence[BaseGeometry], points: NDArray[np.float64], *, margin: float = 0.04
) -> NDArray[np.float64]:
    """Give west, south, east, north of all that is drawn, with a margin, neither flat nor tall."""
    bounds = np.array([shape.bounds for shape in shapes]).reshape(-1, 4)
    corners = np.concatenate([bounds[:, :2], bounds[:, 2:], points])
    low, high = corners.min(axis=0), corners.max(axis=0)
    size = (1 + margin) * (high - low) + 2.0
    size = np.maximum(size, [size[1] / _TALLEST, size[0] * _FLATTEST])
    centre = (low + high) / 2
    return np.concatenate([centre - size / 2, centre + size / 2])


def _marking(district: District) -> Message:
    settings = district.settings
    path = (settings.streets.path or "").lower().removesuffix(".gz")
    from_osm = settings.streets.place is not None or path.endswith((".osm", ".pbf"))
    streets = note("Streets © OpenStreetMap contributors") if from_osm else ""
    return note(
        "Internal working sketch, not a published map  {data_note}  {streets}",
        data_note=settings.data_note,
        streets=streets,
    )
