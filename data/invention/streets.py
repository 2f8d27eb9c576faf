"""The whole invented network: grids in towns, crossings, winding country roads."""

import numpy as np

from invention.country import draw_country_roads
from invention.crossings import draw_bridges, draw_motorway, draw_tunnels
from invention.draft import Draft, Street
from invention.terrain import TOWNS
from invention.towns import draw_lanes, draw_town, open_up

__all__ = ["make_streets"]


def make_streets(seed: int) -> list[Street]:
    """Invent the whole network; the same seed gives the same streets in the same order."""
    rng = np.random.default_rng(seed)
    draft = Draft()
    for town in TOWNS:
        draw_town(draft, town, rng)
    draft.keep_parts(at_least=40)
    open_up(draft)
    draw_lanes(draft, rng)
    loose = draw_bridges(draft)
    draw_tunnels(draft)
    draw_country_roads(draft, loose, rng)
    draw_motorway(draft)
    draft.keep_parts(at_least=5)
    return draft.streets
