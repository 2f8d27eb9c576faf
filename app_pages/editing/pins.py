"""Whether a site must be opened, or must not: two switches beside the map."""

import streamlit as st

from app_pages.editing.acts import pin
from app_pages.editing.scene import Scene
from planner.language import say

__all__ = ["show_pins"]


def show_pins(scene: Scene, site: str) -> None:
    """Show the two switches of a venue; each is kept in the settings at once, and can be undone."""
    if scene.is_station(site):
        return  # whether a station may close or move is set on the page of limits
    limits = scene.limits
    columns = st.columns(2)
    for column, name, title, of_one in (
        (columns[0], "lock", say("Must be opened"), site in limits.lock),
        (columns[1], "forbid", say("Must not be opened"), site in limits.forbid),
    ):
        key = f"pin_{name}_{site}"
        st.session_state[key] = of_one
        with column:
            st.toggle(
                title,
                key=key,
                on_change=_switched,
                args=(scene, site, name),
                disabled=bool(scene.why_not),
            )


def _switched(scene: Scene, site: str, name: str) -> None:
    pin(scene, site, name if st.session_state[f"pin_{name}_{site}"] else "")
