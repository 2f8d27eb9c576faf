"""A district with its figures and sites -> a picture of a map."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from planner.charts.marks import (
    draw_cells,
    draw_frame,
    draw_legend,
    draw_lines,
    draw_note,
    draw_scale,
    draw_sites,
    inches_tall,
    map_axes,
    street_lines,
)
from planner.charts.paper import STYLE, ChartStyle, Picture, draw_png, words_in_use
from planner.coverage import Coverage, Figures
from planner.district import District, projection_of
from planner.geo import geometry_to_plane
from planner.language import Message, note
from planner.streets.graph import StreetGraph

__all__ = ["core_picture", "map_picture"]

_FLATTEST, _TALLEST = 0.5, 1.2
"""Height of the map for its width; a longer district gets white at its sides."""

_FEW = 12
"""So few sites are numbered on the map of the whole, wherever they lie."""

_MANY = 500
"""About so many sites are tried as the centre of the core."""

_IN_CORE_SHARES, _CORE_SHARE = (0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.5), 0.45
"""The core holds one of these shares of the sites, on so much of the longer side of the map."""


def map_picture(
    district: District,
    coverage: Coverage,
    figures: Figures,
    sites: pd.DataFrame,
    *,
    streets: StreetGraph | None,
    style: ChartStyle = STYLE,
) -> Picture:
    """Draw cells by effective coverage, existing stations and proposed sites over the streets.

    Proposed sites are numbered in the order of `sites`, existing stations in the order of their
    list; no names are drawn. Where most of them lie close together, the core is framed and its
    numbers are left to `core_picture`.

    Parameters
    ----------
    district, coverage
        The same that the figures were measured on.
    figures
        What is to be shown; `by_cell` is drawn.
    sites
        New openings; index option id. An empty table shows today.
    streets
        Drawn in grey; None: none.
    style
        Colours and size.

    Returns
    -------
    bytes
        A PNG. In English where no installed font has Chinese letters.
    """
    places = _positions(coverage, sites)
    box = _extent([*_outlines(district).values()], np.concatenate(places))
    core = _core(np.concatenate(places), box)
    return _draw(_Scene(district, coverage, figures, places, streets, style), box, core)


def core_picture(
    district: District,
    coverage: Coverage,
    figures: Figures,
    sites: pd.DataFrame,
    *,
    streets: StreetGraph | None,
    style: ChartStyle = STYLE,
) -> Picture | None:
    """Draw the part of `map_picture` where most sites lie, larger; None where the whole will do.

    The parameters are those of `map_picture`.
    """
    places = _positions(coverage, sites)
    box = _extent([*_outlines(district).values()], np.concatenate(places))
    core = _core(np.concatenate(places), box)
    if core is None:
        return None
    return _draw(_Scene(district, coverage, figures, places, streets, style), core, None)


@dataclass(frozen=True, slots=True)
class _Scene:
    """All that is to be drawn."""

    district: District
    coverage: Coverage
    figures: Figures
    places: tuple[NDArray[np.float64], NDArray[np.float64]]
    """Metres of existing stations and of proposed sites, shape (n, 2) each."""
    streets: StreetGraph | None
    style: ChartStyle


def _draw(scene: _Scene, box: NDArray[np.float64], core: NDArray[np.float64] | None) -> Picture:
    words, style = words_in_use(), scene.style
    figure, axes = map_axes(box, style)
    if scene.streets is not None:
        axes.add_collection(street_lines(scene.streets, style))
    shapes = _outlines(scene.district)
    draw_lines(axes, shapes.get("communities"), style.communities, (2, 2), 0.7)
    draw_lines(axes, shapes["outline"], style.outline, (5, 3), 1.2)
    draw_cells(axes, scene.coverage, scene.figures, style)
    existing, proposed = scene.places
    draw_sites(axes, existing, (style.existing, "o"), core)
    draw_sites(axes, proposed, (style.planned, "D"), core)
    if core is not None:
        draw_frame(axes, core, words, style)
    draw_scale(axes, box, style, words)
    tall = inches_tall(box, style)
    taken = draw_note(axes, words.tell(_marking(scene.district)), tall, style)
    draw_legend(axes, -(0.15 + taken) / tall, style, words, with_plan=len(proposed) > 0)
    return draw_png(figure, words, style)


def _positions(
    coverage: Coverage, sites: pd.DataFrame
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the metres of existing stations and of proposed sites, shape (n, 2) each."""
    table, places = coverage.options.table, coverage.options.sites[["x", "y"]]
    kept = table.loc[table["measure"] == "keep", "site"]
    opened = table.loc[sites.index, "site"]
    return places.loc[kept].to_numpy(float), places.loc[opened].to_numpy(float)


def _outlines(district: District) -> dict[str, BaseGeometry]:
    """Give the lines of the boundary and of the communities, each line once, in metres."""
    projection = projection_of(district)
    shapes = {"outline": geometry_to_plane(district.boundary.boundary, projection=projection)}
    if len(district.communities):
        borders = shapely.union_all(shapely.boundary(district.communities.geometry.to_numpy()))
        merged = shapely.line_merge(borders)
        shapes["communities"] = geometry_to_plane(merged, projection=projection)
    return shapes


def _core(points: NDArray[np.float64], box: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Give a part of the map that holds most sites on little room; None where there is none.

    It is the frame of the sites in the smallest square around a site that holds a share of all;
    of the shares the largest whose square is small enough.
    """
    if len(points) < _FEW:
        return None
    centres = points[:: 1 + len(points) // _MANY]
    apart = np.abs(centres[:, None, :] - points[None, :, :]).max(axis=2)
    for share in _IN_CORE_SHARES:
        radius = np.quantile(apart, share, axis=1)
        middle = int(np.argmin(radius))
        if 2 * radius[middle] <= _CORE_SHARE * float(np.max(box[2:] - box[:2])):
            return _extent([], points[apart[middle] <= radius[middle]], margin=0.12)
    return None


def _extent(
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
