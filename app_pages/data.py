"""Data: which district, what its files hold, and what is wrong in them."""

import streamlit as st

from app_pages import shell
from app_pages.opening import ways
from app_pages.spaces.workspace import Place
from planner.language import say


def _show(place: Place) -> None:
    with st.spinner(say("Starting")):
        from app_pages.opening import inspection  # noqa: PLC0415 - heavy: the first page must not wait for it
    inspection.show(place)


_place = shell.the_place()
if _place is None:
    ways.show_first()
else:
    _show(_place)
