"""A district with its figures and sites -> a map."""

from collections.abc import Mapping
from dataclasses import dataclass

import folium
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from shapely import get_coordinates, get_parts, get_rings

from planner.coverage import Coverage, Figures, GapCheck
from planner.density import Surface
from planner.district import District
from planner.language import say
from planner.maps.cells import cells_layer
from planner.maps.gaps import gaps_layer
from planner.maps.layers import Furniture, Lines, PlannerMap
from planner.maps.lines import pack_lines, pack_streets
from planner.maps.notes import map_words
from planner.maps.raster import density_layer
from planner.maps.service import service_layer
from planner.maps.sites import listed_layer, measures_layer, sites_layer
from planner.maps.spots import spots_layer
from planner.maps.style import STYLE
from planner.streets import StreetGraph

__all__ = ["Ground", "base_map", "coverage_map", "ground_of", "place_map", "plan_map"]


@dataclass(frozen=True, slots=True)
class Ground:
    """What lies under every map of a district, packed once; its words are of one language."""

    lines: tuple[Lines, ...]


def coverage_map(
    district: District,
    coverage: Coverage,
    figures: Figures,
    *,
    streets: StreetGraph | None,
    with_title: bool = True,
) -> PlannerMap:
    """Draw who is served today: cells by effective coverage, and existing stations.

    Candidates are a layer that is hidden at first.

    Parameters
    ----------
    district, coverage
        The same that the figures were measured on.
    figures
        What is to be shown; `by_cell` is drawn.
    streets
        The base map; None: without streets.
    with_title
        Whether the name of the district stands on the map.
    """
    made = base_map(district, ground=ground_of(district, streets), with_title=with_title)
    cells_layer(district, coverage, figures).add_to(made)
    sites_layer(district, coverage, "candidate", show=False).add_to(made)
    sites_layer(district, coverage, "existing").add_to(made)
    _layer_control().add_to(made)
    return made


def demand_map(
    district: District,
    coverage: Coverage,
    surface: Surface,
    spots: pd.DataFrame,
    *,
    streets: StreetGraph | None,
) -> PlannerMap:
    """Draw where the workers are: the surface, hot spots and existing stations.

    Parameters
    ----------
    district, coverage
        The same that the surface and the spots are of.
    surface
        Workers per km2.
    spots
        Table of the hot spots.
    streets
        The base map; None: without streets.
    """
    made = base_map(district, ground=ground_of(district, streets), with_title=True)
    density_layer(surface, name=say("Density of workers")).add_to(made)
    spots_layer(spots).add_to(made)
    sites_layer(district, coverage, "candidate", show=False).add_to(made)
    sites_layer(district, coverage, "existing").add_to(made)
    _layer_control().add_to(made)
    return made


def today_map(
    district: District,
    coverage: Coverage,
    figures: Figures,
    gaps: GapCheck,
    main: pd.DataFrame,
    *,
    streets: StreetGraph | None,
) -> PlannerMap:
    """Draw who is served today, with service areas and the largest gaps as layers to choose.

    Parameters
    ----------
    district, coverage
        The same that the figures were measured on.
    figures, gaps, main
        As `measure_coverage`, `check_gaps` and `main_stations` give them.
    streets
        The base map; None: without streets.
    """
    made = base_map(district, ground=ground_of(district, streets), with_title=True)
    cells_layer(district, coverage, figures).add_to(made)
    for layer in (gaps_layer(district, coverage, gaps), service_layer(district, coverage, main)):
        layer.show = False
        layer.add_to(made)
    sites_layer(district, coverage, "candidate", show=False).add_to(made)
    sites_layer(district, coverage, "existing").add_to(made)
    _layer_control().add_to(made)
    return made


def plan_map(
    district: District,
    coverage: Coverage,
    figures: Figures,
    measures: pd.DataFrame,
    *,
    streets: StreetGraph | None,
    sure: Mapping[str, float] | None = None,
) -> PlannerMap:
    """Draw a plan: cells by effective coverage with it, existing stations and measures.

    Parameters
    ----------
    district, coverage
        The same that the plan was made with.
    figures
        Coverage with the plan.
    measures
        Every measure, a row each: the table `measures` of a plan's result.
    streets
        The base map; None: without streets.
    sure
        How often each measure was chosen while the numbers moved; None: not asked.
    """
    made = base_map(district, ground=ground_of(district, streets), with_title=True)
    cells_layer(district, coverage, figures).add_to(made)
    taken = {str(site) for site in measures["site"]}
    sites_layer(district, coverage, "candidate", show=False, without=taken).add_to(made)
    sites_layer(district, coverage, "existing").add_to(made)
    measures_layer(district, measures, sure=sure).add_to(made)
    _layer_control().add_to(made)
    return made


def place_map(district: District, *, ground: Ground, pick: bool = True) -> PlannerMap:
    """Draw what was read, before anything is computed; with `pick` a click leaves a mark."""
    made = base_map(district, ground=ground, pick=pick)
    for kind, rows in (("candidate", district.venues), ("existing", district.stations)):
        listed_layer(district, rows, kind).add_to(made)
    _layer_control().add_to(made)
    return made


def ground_of(district: District, streets: StreetGraph | None) -> Ground:
    """Pack what lies under every map: streets, communities and the boundary."""
    lines = []
    if streets is not None:
        packed = {**pack_streets(streets), "style": dict(STYLE.streets)}
        lines.append(Lines(packed, name=say("Streets")))
    if len(district.communities):
        packed = _outlines(district.communities.geometry.to_numpy(), STYLE.communities)
        lines.append(Lines(packed, name=say("Communities")))
    border = _outlines(np.array([district.boundary]), STYLE.border)
    entry = {**STYLE.border, "shape": "line", "label": say("Boundary"), "place": 9}
    legend = [{"title": say("Sites"), "place": 0, "entries": [entry]}]
    lines.append(Lines(border, name=say("Boundary"), legend=legend, control=False))
    return Ground(tuple(lines))


def base_map(
    district: District,
    *,
    ground: Ground,
    with_title: bool = False,
    pick: bool = False,
    asks: bool = False,
    subtitle: str = "",
) -> PlannerMap:
    """Draw what lies under every map: streets, communities, the boundary, scale and notes.

    No national or provincial border is drawn, and the map says that it is a working sketch. With
    `asks` a click opens no card and moves nothing: what was clicked is told beside the map.
    `subtitle` stands below the title, where there is one.
    """
    west, south, east, north = district.boundary.bounds
    frame = [[south, west], [north, east]]
    made = PlannerMap(centre=((south + north) / 2, (west + east) / 2), bounds=frame)
    for lines in ground.lines:
        lines.again().add_to(made)
    words = map_words(district, with_title=with_title, subtitle=subtitle, pick=pick)
    Furniture({**words, "asks": asks, "frame": frame}).add_to(made)
    return made


def _outlines(geometries: NDArray[np.object_], style: Mapping[str, object]) -> dict[str, object]:
    rings = get_rings(get_parts(geometries))
    degrees, ring = get_coordinates(rings, return_index=True)
    return {**pack_lines(degrees[:, 0], degrees[:, 1], line=ring), "style": dict(style)}


def _layer_control() -> folium.LayerControl:
    return folium.LayerControl(position="topright", collapsed=False)
