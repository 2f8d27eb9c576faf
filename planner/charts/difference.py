"""What some gain and others lose from one plan to another -> a picture of a map."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import EllipseCollection
from matplotlib.lines import Line2D

from planner.charts.marks import cell_radii, draw_sites, map_axes, site_looks
from planner.charts.paper import STYLE, ChartStyle, Picture, Words, draw_png, words_in_use
from planner.charts.sheet import draw_ground, extent, finish, outlines, site_positions
from planner.coverage import Coverage
from planner.coverage.differing import DIFFERENCES, difference_classes
from planner.district import District
from planner.language import Message, note
from planner.streets.graph import StreetGraph

__all__ = ["difference_picture"]


def difference_picture(
    district: District,
    coverage: Coverage,
    difference: pd.DataFrame,
    measures: pd.DataFrame,
    *,
    streets: StreetGraph | None,
    style: ChartStyle = STYLE,
) -> Picture:
    """Draw each cell with workers by who gains and who loses a station from one plan to another.

    Parameters
    ----------
    district, coverage
        Of the second plan.
    difference
        As `planner.coverage.served_difference` gives it.
    measures
        Of the second plan, drawn as small marks; index option id. An empty table shows none.
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
    existing, changed = site_positions(coverage, measures)
    box = extent([*outlines(district).values()], np.concatenate([existing, changed]))
    figure, axes = map_axes(box, style)
    draw_ground(axes, district, streets, style)
    shown = _draw_cells(axes, coverage, difference, style)
    looks = site_looks(style)
    # As if all lay in the core of a map: small marks without numbers.
    draw_sites(axes, existing, range(len(existing)), looks["existing"], box)
    draw_sites(axes, changed, range(len(changed)), looks["new"], box)
    level = finish(axes, district, box, style, words)
    _explain(axes, level, shown, style, words)
    return draw_png(figure, words, style)


def _draw_cells(
    axes: Axes, coverage: Coverage, difference: pd.DataFrame, style: ChartStyle
) -> set[str]:
    """Draw the cells, those that change on top; give the kinds that are there."""
    kinds = np.array(DIFFERENCES)[difference_classes(difference)]
    there = (difference["hours"] > 0).to_numpy()
    at = np.flatnonzero(there)
    at = at[np.argsort(~np.isin(kinds[at], ["both", "neither"]), kind="stable")]
    if not len(at):
        return set()
    xy = coverage.demand.cells.loc[difference.index[at], ["x", "y"]].to_numpy(float)
    width = 2 * cell_radii(xy, difference["hours"].to_numpy(float)[at])
    axes.add_collection(
        EllipseCollection(
            width,
            width,
            np.zeros(len(at)),
            units="xy",
            offsets=xy,
            transOffset=axes.transData,
            facecolors=[style.difference_colours[kind] for kind in kinds[at]],
            edgecolors="none",
            alpha=0.9,
            zorder=3,
        )
    )
    return set(kinds[at])


def _explain(axes: Axes, level: float, shown: set[str], style: ChartStyle, words: Words) -> None:
    names: dict[str, Message] = {
        "gained_much": note("newly served: a quarter of the hours or more"),
        "gained": note("newly served: less"),
        "lost_much": note("no longer served: a quarter of the hours or more"),
        "lost": note("no longer served: less"),
        "gained_and_lost": note("some newly served, others no longer"),
        "both": note("served in both, no change"),
        "neither": note("served in neither"),
    }
    marks = [("o", style.difference_colours[kind], names[kind]) for kind in names if kind in shown]
    marks += [
        ("o", style.existing, note("Existing station")),
        ("D", style.planned, note("Measure of the second plan")),
    ]
    handles = [
        Line2D(
            [],
            [],
            marker=marker,
            color=colour,
            linestyle="none",
            markersize=7 if colour in style.difference_colours.values() else 4,
            label=words.tell(name),
        )
        for marker, colour, name in marks
    ]
    axes.legend(
        handles=handles,
        loc="upper center",
        bbox_to_anchor=(0.5, level),
        ncols=3,
        frameon=False,
        fontsize=8,
        handletextpad=0.4,
        columnspacing=1.2,
    )
