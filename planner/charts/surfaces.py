"""Density and the check of the largest gap -> pictures of maps."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import EllipseCollection
from matplotlib.colors import LinearSegmentedColormap, PowerNorm
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patches import Circle
from numpy.typing import NDArray

from planner.charts.marks import cell_radii, draw_sites, map_axes, site_looks
from planner.charts.paper import STYLE, ChartStyle, Picture, Words, draw_png, words_in_use
from planner.charts.sheet import draw_ground, extent, finish, outlines
from planner.coverage import Coverage, GapCheck
from planner.density import Surface
from planner.district import District, projection_of
from planner.geo import to_plane
from planner.language import Message, note
from planner.streets.graph import StreetGraph

__all__ = ["density_picture", "gaps_picture"]

_MOST_NUMBERED = 20
_THIN = 0.12
"""Share of the scale below which the colour fades away."""


def density_picture(
    district: District,
    surface: Surface,
    *,
    streets: StreetGraph | None,
    spots: pd.DataFrame | None = None,
    style: ChartStyle = STYLE,
) -> Picture:
    """Draw workers per km2 as a smooth surface over the streets, and hot spots as circles.

    The colour goes with the square root of the density; the scale ends at its 99.5th percentile.

    Parameters
    ----------
    district
        Whose outlines are drawn.
    surface
        In the projection of the district.
    streets
        Drawn in grey; None: none.
    spots
        The table of `HotSpots`, numbered as there; dotted where a host is looked for.
    style
        Colours and size.

    Returns
    -------
    bytes
        A PNG. In English where no installed font has Chinese letters.
    """
    words = words_in_use()
    box = extent([*outlines(district).values()], np.empty((0, 2)))
    figure, axes = map_axes(box, style)
    draw_ground(axes, district, streets, style)
    picture = _draw_surface(axes, surface, style)
    if spots is not None and len(spots):
        _draw_spots(axes, district, spots, style)
    level = finish(axes, district, box, style, words)
    place = axes.inset_axes((0.3, level - 0.012, 0.4, 0.012))
    scale = figure.colorbar(picture, cax=place, orientation="horizontal")
    scale.ax.tick_params(labelsize=7, length=2)
    scale.set_label(words.tell(note("Workers per km²")), fontsize=8)
    return draw_png(figure, words, style)


def gaps_picture(
    district: District,
    coverage: Coverage,
    check: GapCheck,
    *,
    streets: StreetGraph | None,
    style: ChartStyle = STYLE,
) -> Picture:
    """Draw the cells that are too far from an open station, and those that nothing could serve.

    Parameters
    ----------
    district, coverage
        The same that was checked.
    check
        Its cells that need no station are not drawn.
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
    table, places = coverage.options.table, coverage.options.sites[["x", "y"]]
    kept = places.loc[table.loc[table["measure"] == "keep", "site"]].to_numpy(float)
    box = extent([*outlines(district).values()], kept)
    figure, axes = map_axes(box, style)
    draw_ground(axes, district, streets, style)
    _draw_states(axes, coverage, check, style)
    draw_sites(
        axes, kept, range(len(kept)), site_looks(style)["existing"], box
    )  # small marks without numbers
    level = finish(axes, district, box, style, words)
    _explain_states(axes, level, style, words)
    return draw_png(figure, words, style)


def _draw_surface(axes: Axes, surface: Surface, style: ChartStyle) -> AxesImage:
    colours = LinearSegmentedColormap.from_list("density", style.density_colours)
    density = surface.values  # noqa: PD011 - an array of its own, no table
    there = density[density > 0]
    top = float(np.quantile(there, 0.995)) if len(there) else 1.0
    strength = np.sqrt(np.clip(density / top, 0.0, 1.0))
    west, south, east, north = surface.bounds_m
    return axes.imshow(
        density,
        origin="lower",
        extent=(west, east, south, north),
        cmap=colours,
        norm=PowerNorm(0.5, vmin=0.0, vmax=top),
        alpha=0.85 * np.clip(strength / _THIN, 0.0, 1.0),
        interpolation="bilinear",
        zorder=0.5,
        aspect="auto",
    )


def _draw_spots(axes: Axes, district: District, spots: pd.DataFrame, style: ChartStyle) -> None:
    xy = to_plane(spots["lon"], spots["lat"], projection=projection_of(district))
    rows = zip(spots.index, xy, spots["radius_m"], spots["look_for_host"], strict=True)
    for place, (number, centre, radius, look) in enumerate(rows):
        line = (0, (1, 1.5)) if look else "solid"
        axes.add_patch(
            Circle(
                (float(centre[0]), float(centre[1])),
                radius,
                fill=False,
                edgecolor=style.spots,
                linewidth=1.4,
                linestyle=line,
                zorder=5,
            )
        )
        if place < _MOST_NUMBERED:
            axes.text(
                float(centre[0]),
                float(centre[1]),
                str(number),
                color=style.spots,
                fontsize=7,
                fontweight="bold",
                ha="center",
                va="center",
                bbox={"facecolor": "#ffffff", "edgecolor": "none", "pad": 0.8, "alpha": 0.8},
                zorder=6,
                clip_on=True,
            )


def _draw_states(axes: Axes, coverage: Coverage, check: GapCheck, style: ChartStyle) -> None:
    rows = check.by_cell[check.by_cell["state"].isin(list(style.gap_colours))]
    xy = coverage.demand.cells.loc[rows.index, ["x", "y"]].to_numpy(float)
    if not len(xy):
        return
    width: NDArray[np.float64] = 2 * cell_radii(xy, rows["workers"].to_numpy(float))
    axes.add_collection(
        EllipseCollection(
            width,
            width,
            np.zeros(len(xy)),
            units="xy",
            offsets=xy,
            transOffset=axes.transData,
            facecolors=[style.gap_colours[state] for state in rows["state"]],
            edgecolors="none",
            alpha=0.9,
            zorder=3,
        )
    )


def _explain_states(axes: Axes, level: float, style: ChartStyle, words: Words) -> None:
    names: list[tuple[str, Message]] = [
        (style.gap_colours["served"], note("open station near enough")),
        (style.gap_colours["gap"], note("too far from any open station")),
        (style.gap_colours["exempt"], note("no site could serve it")),
        (style.existing, note("Existing station")),
    ]
    handles = [
        Line2D(
            [], [], marker="o", color=colour, linestyle="none", markersize=7, label=words.tell(name)
        )
        for colour, name in names
    ]
    axes.legend(
        handles=handles,
        loc="upper center",
        bbox_to_anchor=(0.5, level),
        ncols=len(handles),
        frameon=False,
        fontsize=8,
        handletextpad=0.4,
        columnspacing=1.2,
    )
