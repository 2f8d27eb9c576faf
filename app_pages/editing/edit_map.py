"""What stands and what was decided by hand -> the map that is edited."""

from hashlib import sha256
from typing import NamedTuple

import pandas as pd
import streamlit as st

from app_pages.editing.scene import Scene
from app_pages.mapping.embed import show_map, standing_map
from app_pages.memory.shelf import figures_of, ground
from app_pages.searching.sure import sureness_of
from planner.coverage import CellShares
from planner.language import current_language
from planner.maps import (
    Cells,
    Drawn,
    EditTools,
    PlannerMap,
    Recoloured,
    areas_layer,
    base_map,
    cells_layer,
    chosen_layer,
    drawn_options,
    measures_layer,
    pins_layer,
    recoloured_cells,
    sites_layer,
)
from planner.pipeline import PlanResult

__all__ = ["acts_of_map", "draw_map", "whole_map"]

_MAP = "siting_map"
_HEIGHT_PX = 620


def acts_of_map() -> object:
    """Give what the map told last."""
    return st.session_state.get(_MAP)


def draw_map(scene: Scene) -> None:
    """Draw the map; the view of it stays where it was, and cells that change alone are painted."""
    entry = scene.entry
    drawn = _drawn(scene)
    # Those that were added are marks of their own, so that one more leaves the map as it is.
    made = standing_map(
        entry.alike, ("edit", drawn.cells.data.key), lambda: _standing(scene, drawn.cells)
    )
    changed = recoloured_cells(drawn.cells, drawn.shares, _shares(scene, drawn))
    layers: list[Drawn | Recoloured] = [*_layers(scene)]
    if changed is not None:
        layers.append(changed)
    show_map(made, key=_MAP, height=_HEIGHT_PX, layers=layers, acts=True)


def whole_map(scene: Scene, *, subtitle: str) -> PlannerMap:
    """Draw the same as one map with a title, to be printed."""
    district, coverage = scene.prepared.district, scene.prepared.coverage
    drawn = _drawn(scene)
    made = base_map(
        district, ground=ground(scene.entry, scene.prepared), with_title=True, subtitle=subtitle
    )
    drawn.cells.again().add_to(made)
    sites_layer(district, coverage, "candidate", show=False, without=_added(scene)).add_to(made)
    sites_layer(district, coverage, "existing").add_to(made)
    for layer in _layers(scene):
        layer.add_to(made)
    changed = recoloured_cells(drawn.cells, drawn.shares, _shares(scene, drawn))
    if changed is not None:
        changed.add_to(made)
    return made


class _Drawn(NamedTuple):
    """The cells as the map has them from the start."""

    cells: Cells
    shares: CellShares
    of: PlanResult | None
    """The plan that is drawn; kept here, so that no later one has its `id`."""


def _drawn(scene: Scene) -> _Drawn:
    """Give the cells with the plan that is kept, or those of today where there is none."""
    entry, result = scene.entry, scene.result

    def draw() -> _Drawn:
        figures = figures_of(entry) if result is None else result.after
        cells = cells_layer(scene.prepared.district, scene.prepared.coverage, figures)
        return _Drawn(cells, CellShares.of_figures(figures), result)

    kept = entry.alike if result is None else entry
    about = None if result is None else id(result), current_language()
    return kept.latest("edited cells", about, draw, most=6)


def _shares(scene: Scene, drawn: _Drawn) -> CellShares:
    """Give the shares of cells with what stands; the plan's own and today's are drawn already.

    Where no plan is found, the one before it may stand still: then today's are not those.
    """
    today = {*scene.desk.session.problem.keeps}
    left_standing = scene.result is None and {*scene.desk.chosen} != today
    if not scene.edited and not left_standing:
        return drawn.shares
    with scene.desk.lock:
        return scene.desk.outcomes.shares


def _standing(scene: Scene, cells: Cells) -> PlannerMap:
    """Draw what no edit changes."""
    district, coverage = scene.prepared.district, scene.prepared.coverage
    added = _added(scene)
    made = base_map(district, ground=ground(scene.entry, scene.prepared), asks=True)
    cells.again().add_to(made)
    sites_layer(district, coverage, "candidate", without=added).add_to(made)
    sites_layer(district, coverage, "existing").add_to(made)
    EditTools(view=sha256(str(scene.entry.folder).encode()).hexdigest()[:16]).add_to(made)
    return made


def _added(scene: Scene) -> tuple[str, ...]:
    """Name the candidates that were added, now and in what is prepared."""
    every = (*scene.settings.added, *scene.prepared.district.settings.added)
    return tuple(dict.fromkeys(site.id for site in every))


def _layers(scene: Scene) -> list[Drawn]:
    """Give the layers that an edit changes."""
    district, coverage = scene.prepared.district, scene.prepared.coverage
    layers: list[Drawn] = []
    if scene.result is not None and not scene.edited:
        sure = sureness_of(scene.entry, scene.result)
        layers.append(measures_layer(district, scene.result.measures, sure=sure))
    elif scene.desk.chosen:
        known = scene.entry.once("drawn options", lambda: drawn_options(coverage))
        layers.append(chosen_layer(district, known, scene.desk.chosen))
    if scene.limits.no_go:
        layers.append(areas_layer(scene.limits.no_go))
    pins = {
        "locked": scene.limits.lock,
        "forbidden": scene.limits.forbid,
        "added": [site.id for site in scene.settings.added],
    }
    if any(pins.values()):
        layers.append(pins_layer(_with_coming(scene), pins))
    return layers


def _with_coming(scene: Scene) -> pd.DataFrame:
    """Give the sites, and the candidates that the district is not prepared with yet."""
    sites = scene.prepared.options.sites[["lon", "lat", "name"]]
    fresh = [each for each in scene.settings.added if each.id not in sites.index]
    if not fresh:
        return sites
    rows = [(each.lon, each.lat, each.name) for each in fresh]
    ids = [each.id for each in fresh]
    return pd.concat([sites, pd.DataFrame(rows, index=ids, columns=sites.columns)])
