"""What a map on paper is made of: streets, cells, sites, scale, legend."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import EllipseCollection, PathCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.path import Path
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from shapely.geometry.base import BaseGeometry

from planner.charts.paper import ChartStyle, Words
from planner.coverage import Coverage, Figures
from planner.language import note
from planner.streets.graph import StreetGraph

__all__ = [
    "Look",
    "cell_radii",
    "draw_cells",
    "draw_frame",
    "draw_legend",
    "draw_lines",
    "draw_note",
    "draw_scale",
    "draw_sites",
    "inches_tall",
    "map_axes",
    "round_length",
    "site_looks",
    "street_lines",
]

_MANY = 80
"""More existing stations than that are dots without numbers."""

_NOTE_WIDTH = 92
"""Latin letters in a line of the note; a Chinese one takes the room of two."""

_NOTE_LINES = 3

_LATIN_ENDS = 0x2FF

_STREETS_A_PATH = 2000
"""So many streets are drawn in one go; the painter has a limit for one path."""

_BELOW_INCHES = 0.8
"""Room for the note, the scale and the legend."""

_IN_A_ROW = 8
"""More entries of a legend than that take two rows."""


def street_lines(streets: StreetGraph, style: ChartStyle) -> PathCollection:
    """Give all streets as one layer, some thousand a path."""
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


def draw_lines(
    axes: Axes, shape: BaseGeometry | None, colour: str, dashes: tuple[int, int], width: float
) -> None:
    """Draw the lines of a shape in metres, dashed; nothing for nothing."""
    if shape is None:
        return
    for part in shapely.get_parts(shape):
        x, y = shapely.get_coordinates(part).T
        axes.plot(x, y, color=colour, linewidth=width, linestyle=(0, dashes), zorder=2)


def draw_frame(axes: Axes, core: NDArray[np.float64], words: Words, style: ChartStyle) -> None:
    """Frame the part of the map that has a larger map of its own."""
    west, south, east, north = core
    x, y = [west, east, east, west, west], [south, south, north, north, south]
    axes.plot(x, y, color=style.text, linewidth=1.2, zorder=7)
    told = words.tell(note("Core: see the larger map"))
    axes.text(
        west,
        north,
        told,
        fontsize=8,
        color=style.text,
        va="bottom",
        zorder=7,
        bbox={"facecolor": "#ffffff", "edgecolor": "none", "pad": 1.0, "alpha": 0.8},
    )


def draw_cells(axes: Axes, coverage: Coverage, figures: Figures, style: ChartStyle) -> None:
    """Draw cells as circles: area by workers, colour by effective share."""
    rows = figures.by_cell.loc[figures.by_cell["worker_hours_week"] > 0]
    xy = coverage.demand.cells.loc[rows.index, ["x", "y"]].to_numpy(float)
    if not len(xy):
        return
    colour = np.array(style.share_colours)[
        np.digitize(rows["effective_share"].to_numpy(float), style.share_borders)
    ]
    width = 2 * cell_radii(xy, rows["workers"].to_numpy(float))
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


def cell_radii(xy: NDArray[np.float64], workers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give each cell a circle in metres; neighbours hardly overlap."""
    apart = np.median(cKDTree(xy).query(xy, k=2)[0][:, 1]) if len(xy) > 1 else 400.0
    room = float(np.clip(apart, 60.0, 1200.0)) / 2
    usual = float(np.quantile(workers, 0.9)) or 1.0
    radii: NDArray[np.float64] = room * np.clip(np.sqrt(workers / usual), 0.3, 1.25)
    return radii


@dataclass(frozen=True, slots=True)
class Look:
    """How sites of a kind are drawn: each kind has a shape of its own, so also without colour."""

    marker: str
    fill: str
    rim: str = "#ffffff"
    ink: str = "#ffffff"
    """Of the number."""
    above: int = 5
    """Kinds with a greater one lie on top."""


def site_looks(style: ChartStyle) -> dict[str, Look]:
    """Give the look of existing stations and of each kind of measure, in the order of a legend."""
    return {
        "existing": Look("o", style.existing, above=4),
        "new": Look("D", style.planned),
        "move": Look("^", style.planned),
        "upgrade": Look("h", style.changed, rim=style.existing, ink=style.existing),
        "close": Look("s", style.outline),
    }


def draw_sites(
    axes: Axes,
    xy: NDArray[np.float64],
    numbers: Sequence[int],
    look: Look,
    core: NDArray[np.float64] | None,
) -> None:
    """Draw sites of one kind with their numbers; small marks in the core, and for many stations.

    The first lie on top.
    """
    points = 5.4
    many = look.marker == "o" and len(xy) > _MANY
    for (x, y), number in zip(xy[::-1], numbers[::-1], strict=True):
        at = np.array([x, y])
        small = many or (
            core is not None and bool((core[:2] <= at).all() and (at <= core[2:]).all())
        )
        line = Line2D(
            [x],
            [y],
            marker=look.marker,
            markersize=3.0 if small else 2.2 * points,
            markerfacecolor=look.fill,
            markeredgecolor=look.rim,
            markeredgewidth=0.3 if small else 0.6,
            linestyle="none",
            zorder=look.above + 1 / (number + 1),
        )
        axes.add_line(line)
        if not small:
            axes.text(
                x,
                y,
                str(number),
                color=look.ink,
                fontsize=points,
                ha="center",
                va="center_baseline",
                zorder=line.get_zorder(),
                clip_on=True,
            )


def draw_scale(axes: Axes, box: NDArray[np.float64], style: ChartStyle, words: Words) -> None:
    """Draw a bar of round length below the map, and an arrow to the north."""
    width_m = box[2] - box[0]
    length_m = round_length(width_m / 5)
    ends = [0.99 - length_m / width_m, 0.99]
    level = -0.12 / inches_tall(box, style)
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
    top, foot = 1 - 0.05 / inches_tall(box, style), 1 - 0.5 / inches_tall(box, style)
    axes.annotate(
        "", xy=(0.975, top), xytext=(0.975, foot), xycoords="axes fraction", arrowprops=arrow
    )
    letter = words.tell(note("N"))
    axes.text(0.975, foot, letter, transform=axes.transAxes, ha="center", va="top", fontsize=9)


def inches_tall(box: NDArray[np.float64], style: ChartStyle) -> float:
    """Give the height of the map on paper."""
    west, south, east, north = box
    return float(style.width_inches * (north - south) / (east - west))


def round_length(metres: float) -> float:
    """Give the largest of 1, 2, 5 times a power of ten that is not above `metres`."""
    power = 10.0 ** np.floor(np.log10(metres))
    return float(max(step * power for step in (1, 2, 5) if step * power <= metres))


def draw_legend(
    axes: Axes, level: float, style: ChartStyle, words: Words, kinds: Collection[str]
) -> None:
    """Explain colours, and the marks of the kinds that are drawn, below the map.

    `level` is a height in its own units.
    """
    borders = (0.0, *style.share_borders, 1.0)
    handles: list[Patch | Line2D] = [
        Patch(color=colour, label=words.tell(f"{low:.0%}–{high:.0%}"))
        for colour, low, high in zip(style.share_colours, borders[:-1], borders[1:], strict=True)
    ]
    names = {
        "existing": note("Existing station"),
        "new": note("Proposed site"),
        "move": note("Station moves here"),
        "upgrade": note("Station to be upgraded"),
        "close": note("Station to be closed"),
    }
    handles += [
        Line2D(
            [],
            [],
            marker=look.marker,
            markerfacecolor=look.fill,
            markeredgecolor=look.rim,
            markeredgewidth=0.6,
            linestyle="none",
            markersize=7,
            label=words.tell(names[kind]),
        )
        for kind, look in site_looks(style).items()
        if kind == "existing" or kind in kinds
    ]
    axes.legend(
        handles=handles,
        title=words.tell(note("Effective coverage of worker-hours")),
        loc="upper center",
        bbox_to_anchor=(0.5, level),
        ncols=len(handles) if len(handles) <= _IN_A_ROW else -(-len(handles) // 2),
        frameon=False,
        fontsize=8,
        title_fontsize=8,
        handletextpad=0.4,
        columnspacing=1.2,
    )


def map_axes(box: NDArray[np.float64], style: ChartStyle) -> tuple[Figure, Axes]:
    """Give a sheet with a map of west, south, east, north in metres, and room below it."""
    west, south, east, north = box
    map_height = inches_tall(box, style)
    height = map_height + _BELOW_INCHES
    figure = Figure(figsize=(style.width_inches, height))
    axes = figure.add_axes((0.0, _BELOW_INCHES / height, 1.0, map_height / height))
    axes.set_xlim(west, east)
    axes.set_ylim(south, north)
    axes.set_axis_off()
    return figure, axes


def draw_note(axes: Axes, text: str, tall: float, style: ChartStyle) -> float:
    """Write a note below a map of so many inches, beside the scale; give the inches it takes."""
    lines = _lines(text)[:_NOTE_LINES]
    axes.text(
        0.01,
        -0.06 / tall,
        "\n".join(lines),
        transform=axes.transAxes,
        fontsize=7,
        linespacing=1.3,
        color=style.outline,
        verticalalignment="top",
    )
    return 0.13 * len(lines)


def _lines(text: str) -> list[str]:
    """Break a text between words, or after any Chinese letter."""
    lines, line, width = [], "", 0
    for piece in re.findall(r"[\x21-\u02ff]+ *|.", text):
        room = sum(2 if ord(letter) > _LATIN_ENDS else 1 for letter in piece)
        if line and width + room > _NOTE_WIDTH:
            lines.append(line.rstrip())
            line, width = "", 0
        line, width = line + piece, width + room
    return [*lines, line.rstrip()]
