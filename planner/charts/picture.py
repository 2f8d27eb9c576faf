"""A district with its figures and sites -> a picture of a map."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.charts.marks import (
    draw_cells,
    draw_frame,
    draw_legend,
    draw_sites,
    map_axes,
    site_looks,
)
from planner.charts.paper import STYLE, ChartStyle, Picture, draw_png, words_in_use
from planner.charts.sheet import draw_ground, extent, finish, outlines, site_positions
from planner.coverage import Coverage, Figures
from planner.district import District
from planner.streets.graph import StreetGraph

__all__ = ["core_picture", "map_picture"]

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
    measures: pd.DataFrame,
    *,
    streets: StreetGraph | None,
    style: ChartStyle = STYLE,
) -> Picture:
    """Draw cells by effective coverage, existing stations and measures over the streets.

    Measures are numbered in the order of their table, existing stations in the order of their
    list, and each kind has a shape of its own; no names are drawn. Where most of them lie close
    together, the core is framed and its numbers are left to `core_picture`.

    Parameters
    ----------
    district, coverage
        The same that the figures were measured on.
    figures
        What is to be shown; `by_cell` is drawn.
    measures
        What opens, moves, is upgraded or closes; index option id (of a closing: the station's own).
        An empty table shows today.
    streets
        Drawn in grey; None: none.
    style
        Colours and size.

    Returns
    -------
    bytes
        A PNG. In English where no installed font has Chinese letters.
    """
    places = site_positions(coverage, measures)
    box = extent([*outlines(district).values()], np.concatenate(places))
    core = _core(np.concatenate(places), box)
    kinds = _kinds(coverage, measures)
    return _draw(_Scene(district, coverage, figures, places, kinds, streets, style), box, core)


def core_picture(
    district: District,
    coverage: Coverage,
    figures: Figures,
    measures: pd.DataFrame,
    *,
    streets: StreetGraph | None,
    style: ChartStyle = STYLE,
) -> Picture | None:
    """Draw the part of `map_picture` where most sites lie, larger; None where the whole will do.

    The parameters are those of `map_picture`.
    """
    places = site_positions(coverage, measures)
    box = extent([*outlines(district).values()], np.concatenate(places))
    core = _core(np.concatenate(places), box)
    if core is None:
        return None
    kinds = _kinds(coverage, measures)
    return _draw(_Scene(district, coverage, figures, places, kinds, streets, style), core, None)


def _kinds(coverage: Coverage, measures: pd.DataFrame) -> NDArray[np.object_]:
    """Give the kind of each measure; the option of a closing is the keeping that is left out."""
    kinds = coverage.options.table.loc[measures.index, "kind"].to_numpy(object)
    return np.where(kinds == "keep", "close", kinds)


@dataclass(frozen=True, slots=True)
class _Scene:
    """All that is to be drawn."""

    district: District
    coverage: Coverage
    figures: Figures
    places: tuple[NDArray[np.float64], NDArray[np.float64]]
    """Metres of existing stations and of measures, shape (n, 2) each."""
    kinds: NDArray[np.object_]
    """Kind of each measure."""
    streets: StreetGraph | None
    style: ChartStyle


def _draw(scene: _Scene, box: NDArray[np.float64], core: NDArray[np.float64] | None) -> Picture:
    words, style = words_in_use(), scene.style
    figure, axes = map_axes(box, style)
    draw_ground(axes, scene.district, scene.streets, style)
    draw_cells(axes, scene.coverage, scene.figures, style)
    existing, changed = scene.places
    for kind, look in site_looks(style).items():
        if kind == "existing":
            draw_sites(axes, existing, range(1, len(existing) + 1), look, core)
            continue
        at = np.flatnonzero(scene.kinds == kind)
        draw_sites(axes, changed[at], (at + 1).tolist(), look, core)
    if core is not None:
        draw_frame(axes, core, words, style)
    level = finish(axes, scene.district, box, style, words)
    draw_legend(axes, level, style, words, set(scene.kinds))
    return draw_png(figure, words, style)


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
            return extent([], points[apart[middle] <= radius[middle]], margin=0.12)
    return None
