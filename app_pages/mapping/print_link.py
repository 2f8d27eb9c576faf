"""The way from a map to its print view."""

import streamlit as st

from planner.language import say

__all__ = ["MAP_IN_ADDRESS", "print_link"]

MAP_IN_ADDRESS = "map"
"""Which map is to be printed, in the address of the print view."""


def print_link(name: str) -> None:
    """Show the link to the print view of a map, by the name that it has there."""
    st.page_link(
        "app_pages/print_view.py",
        label=say("Print view of this map"),
        icon=":material/print:",
        query_params={MAP_IN_ADDRESS: name},
    )
