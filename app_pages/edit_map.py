"""What stands and what was decided by hand -> the map that is edited."""

import streamlit as st

from app_pages.edit_scene import Scene
from app_pages.embed import show_map
from app_pages.shelf import figures_of, ground
from app_pages.sure_view import sureness_of
from planner.coverage import Figures
from planner.maps import (
    Drawn,
    EditTools,
    areas_layer,
    base_map,
    cells_layer,
    chosen_layer,
    measures_layer,
    pins_layer,
    sites_layer,
)

__all__ = ["acts_of_map", "draw_map"]

_MAP = "siting_map"
_HEIGHT_PX = 620


def acts_of_map() -> object:
    """Give what the map told last."""
    return st.session_state.get(_MAP)


def draw_map(scene: Scene) -> None:
    """Draw the map; the view of it stays where it was."""
    district, coverage = scene.prepared.district, scene.prepared.coverage
    made = base_map(district, ground=ground(scene.entry, scene.prepared), asks=True)
    # Those that were added are marks of their own, so that one more leaves the map as it is.
    added = [site.id for site in scene.settings.added]
    sites_layer(district, coverage, "candidate", without=added).add_to(made)
    EditTools(view=str(scene.entry.folder.name)).add_to(made)
    show_map(made, key=_MAP, height=_HEIGHT_PX, layers=_layers(scene), acts=True)


def _layers(scene: Scene) -> list[Drawn]:
    """Give the layers that an edit changes."""
    district, coverage = scene.prepared.district, scene.prepared.coverage
    layers: list[Drawn] = [
        cells_layer(district, coverage, _figures(scene)),
        sites_layer(district, coverage, "existing"),
    ]
    if scene.result is not None and not scene.edited:
        sure = sureness_of(scene.entry, scene.result)
        layers.append(measures_layer(district, scene.result.measures, sure=sure))
    elif scene.desk.chosen:
        layers.append(chosen_layer(district, coverage, scene.desk.chosen))
    if scene.limits.no_go:
        layers.append(areas_layer(scene.limits.no_go))
    pins = {
        "locked": scene.limits.lock,
        "forbidden": scene.limits.forbid,
        "added": [site.id for site in scene.settings.added],
    }
    if any(pins.values()):
        layers.append(pins_layer(scene.prepared.options.sites, pins))
    return layers


def _figures(scene: Scene) -> Figures:
    """Give coverage with what stands; the plan's own and today's are known."""
    if scene.result is None and not scene.desk.chosen:
        return figures_of(scene.entry)
    if scene.result is not None and not scene.edited:
        return scene.result.after
    with scene.desk.lock:
        return scene.desk.outcomes.figures
