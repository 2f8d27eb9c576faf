"""A district with its figures and sites -> a picture of a map."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import EllipseCollection, PathCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Polygon
from matplotlib.path import Path
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from shapely.geometry.base import BaseGeometry

from planner.charts.paper import STYLE, ChartStyle, Words, draw_png, words_in_use
from planner.coverage import Coverage, Figures
from planner.district import District, projection_of
from planner.geo import geometry_to_plane
from planner.language import Message, note
from planner.streets.graph import StreetGraph

__all__ = ["map_picture"]

_STREETS_A_PATH = 2000
"""So many streets are drawn in one go; the painter has a limit for one path."""

_FLATTEST, _TALLEST = 0.5, 1.2
"""Height of the map for its width; a longer district gets white at its sides."""

_BELOW_INCHES = 0.8
"""Room for the note, the scale and the legend."""


def map_picture(
    district: District,
    coverage: Coverage,
    figures: Figures,
    sites: pd.DataFrame,
    *,
    streets: StreetGraph | None,
    style: ChartStyle = STYLE,
) -> bytes:
    """Draw cells by effective coverage, existing stations and proposed sites over the streets.

    Proposed sites are numbered in the order of `sites`, existing stations in the order of their
    list; no names are drawn.

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
    words = words_in_use()
    existing, proposed = _positions(coverage, sites)
    shapes = _outlines(district)
    box = _extent([*shapes.values()], np.concatenate([existing, proposed]))
    figure, axes = _map_axes(box, style)
    if streets is not None:
        axes.add_collection(_street_lines(streets, style))
    for name, dashes, width in (("communities", (2, 2), 0.7), ("outline", (5, 3), 1.2)):
        _draw_outline(axes, shapes.get(name), getattr(style, name), dashes, width)
    _draw_cells(axes, coverage, figures, style)
    _draw_sites(axes, existing, style.existing, "o")
    _draw_sites(axes, proposed, style.planned, "D")
    _draw_scale(axes, box, style, words)
    _draw_legend(axes, -0.28 / _inches(box, style), style, words, with_plan=len(proposed) > 0)
    axes.text(
        0.01,
        -0.06 / _inches(box, style),
        words.tell(_marking(district)),
        transform=axes.transAxes,
        fontsize=7,
        color=style.outline,
        verticalalignment="top",
    )
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
    projection = projection_of(district)
    shapes = {"outline": geometry_to_plane(district.boundary, projection=projection)}
    if len(district.communities):
        together = shapely.geometrycollections(district.communities.geometry.to_numpy())
        shapes["communities"] = geometry_to_plane(together, projection=projection)
    return shapes


def _extent(shapes: Sequence[BaseGeometry], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give west, south, east, north of all that is drawn, with a margin, neither flat nor tall."""
    bounds = np.array([shape.bounds for shape in shapes])
    low = np.concatenate([bounds[:, :2], points]).min(axis=0)
    high = np.concatenate([bounds[:, 2:], points]).max(axis=0)
    size = 1.04 * (high - low) + 2.0
    size = np.maximum(size, [size[1] / _TALLEST, size[0] * _FLATTEST])
    centre = (low + high) / 2
    return np.concatenate([centre - size / 2, centre + size / 2])


def _map_axes(box: NDArray[np.float64], style: ChartStyle) -> tuple[Figure, Axes]:
    west, south, east, north = box
    map_height = _inches(box, style)
    height = map_height + _BELOW_INCHES
    figure = Figure(figsize=(style.width_inches, height))
    axes = figure.add_axes((0.0, _BELOW_INCHES / height, 1.0, map_height / height))
    axes.set_xlim(west, east)
    axes.set_ylim(south, north)
    axes.set_axis_off()
    return figure, axes


def _street_lines(streets: StreetGraph, style: ChartStyle) -> PathCollection:
    codes = np.full(len(streets.line_xy), Path.LINETO, dtype=np.uint8)
    codes[streets.line_start[:-1]] = Path.MOVETO
    cuts = streets.line_start[::_STREETS_A_PATH].tolist()
    ends = [*cuts[1:], len(streets.line_xy)]
    paths = [
        Path(streets.line_xy[first:last], codes[first:last])
        for first, last in zip(cuts, ends, strict=True)
        if last > first
    ]
    return PathCollection(
        paths, facecolors="none", edgecolors=style.streets, linewidths=0.35, zorder=1
    )


def _draw_outline(
    axes: Axes, shape: BaseGeometry | None, colour: str, dashes: tuple[int, int], width: float
) -> None:
    if shape is None:
        return
    for ring in shapely.get_rings(shapely.get_parts(shape)):
        line = Polygon(
            shapely.get_coordinates(ring),
            closed=True,
            fill=False,
            edgecolor=colour,
            linewidth=width,
            linestyle=(0, dashes),
            zorder=2,
        )
        axes.add_patch(line)


def _draw_cells(axes: Axes, coverage: Coverage, figures: Figures, style: ChartStyle) -> None:
    """Draw cells as circles: area by workers, colour by effective share."""
    rows = figures.by_cell.loc[figures.by_cell["worker_hours_week"] > 0]
    xy = coverage.demand.cells.loc[rows.index, ["x", "y"]].to_numpy(float)
    if not len(xy):
        return
    colour = np.array(style.share_colours)[
        np.digitize(rows["effective_share"].to_numpy(float), style.share_borders)
    ]
    width = 2 * _radii(xy, rows["workers"].to_numpy(float))
    circles = EllipseCollection(
        width,
        width,
        np.zeros(len(xy)),
        units="xy",
        offsets=xy,
        transOffset=axes.transData,
        facecolors=colour,
        edgecolors="none",
        alpha=0.85,
        zorder=3,
    )
    axes.add_collection(circles)


def _radii(xy: NDArray[np.float64], workers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give each cell a circle in metres; neighbours hardly overlap."""
    apart = np.median(cKDTree(xy).query(xy, k=2)[0][:, 1]) if len(xy) > 1 else 400.0
    room = float(np.clip(apart, 60.0, 1200.0)) / 2
    usual = float(np.quantile(workers, 0.9)) or 1.0
    radii: NDArray[np.float64] = room * np.clip(np.sqrt(workers / usual), 0.3, 1.25)
    return radii


def _draw_sites(axes: Axes, xy: NDArray[np.float64], colour: str, marker: str) -> None:
    """Draw numbered sites; the first lie on top."""
    points = 6.0 if len(xy) <= 60 else 4.6  # noqa: PLR2004 - smaller where there are many
    size = (2.2 if marker == "o" else 2.4) * points
    for number in range(len(xy), 0, -1):
        x, y = xy[number - 1]
        line = Line2D(
            [x],
            [y],
            marker=marker,
            markersize=size,
            markerfacecolor=colour,
            markeredgecolor="#ffffff",
            markeredgewidth=0.6,
            linestyle="none",
            zorder=(4 if marker == "o" else 5) + 1 / (number + 1),
        )
        axes.add_line(line)
        axes.text(
            x,
            y,
            str(number),
            color="#ffffff",
            fontsize=points,
            ha="center",
            va="center_baseline",
            zorder=line.get_zorder(),
            clip_on=True,
        )


def _draw_scale(axes: Axes, box: NDArray[np.float64], style: ChartStyle, words: Words) -> None:
    """Draw a bar of round length below the map, and an arrow to the north."""
    width_m = box[2] - box[0]
    length_m = _round_length(width_m / 5)
    ends = [0.99 - length_m / width_m, 0.99]
    level = -0.12 / _inches(box, style)
    axes.plot(
        ends,
        [level, level],
        color=style.text,
        linewidth=2.5,
        solid_capstyle="butt",
        transform=axes.transAxes,
        clip_on=False,
    )
    told = (
        note("{n:g} km", n=length_m / 1000)
        if length_m >= 1000  # noqa: PLR2004 - a kilometre
        else note("{n:g} m", n=length_m)
    )
    axes.text(
        ends[0] - 0.01,
        level,
        words.tell(told),
        ha="right",
        va="center",
        fontsize=8,
        color=style.text,
        transform=axes.transAxes,
    )
    arrow = {"arrowstyle": "-|>", "color": style.text, "linewidth": 1.5}
    top, foot = 1 - 0.05 / _inches(box, style), 1 - 0.5 / _inches(box, style)
    axes.annotate(
        "", xy=(0.975, top), xytext=(0.975, foot), xycoords="axes fraction", arrowprops=arrow
    )
    letter = words.tell(note("N"))
    axes.text(0.975, foot, letter, transform=axes.transAxes, ha="center", va="top", fontsize=9)


def _inches(box: NDArray[np.float64], style: ChartStyle) -> float:
    """Give the height of the map on paper."""
    west, south, east, north = box
    return float(style.width_inches * (north - south) / (east - west))


def _round_length(metres: float) -> float:
    """Give the largest of 1, 2, 5 times a power of ten that is not above `metres`."""
    power = 10.0 ** np.floor(np.log10(metres))
    return float(max(step * power for step in (1, 2, 5) if step * power <= metres))


def _draw_legend(
    axes: Axes, level: float, style: ChartStyle, words: Words, *, with_plan: bool
) -> None:
    borders = (0.0, *style.share_borders, 1.0)
    handles: list[Patch | Line2D] = [
        Patch(color=colour, label=words.tell(f"{low:.0%}–{high:.0%}"))
        for colour, low, high in zip(style.share_colours, borders[:-1], borders[1:], strict=True)
    ]
    marks = [("o", style.existing, note("Existing station"))]
    marks += [("D", style.planned, note("Proposed site"))] if with_plan else []
    handles += [
        Line2D(
            [],
            [],
            marker=marker,
            color=colour,
            linestyle="none",
            markersize=7,
            label=words.tell(label),
        )
        for marker, colour, label in marks
    ]
    axes.legend(
        handles=handles,
        title=words.tell(note("Effective coverage of worker-hours")),
        loc="upper center",
        bbox_to_anchor=(0.5, level),
        ncols=len(handles),
        frameon=False,
        fontsize=8,
        title_fontsize=8,
        handletextpad=0.4,
        columnspacing=1.2,
    )


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
