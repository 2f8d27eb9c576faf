"""A district that is open -> the same, prepared; how far that is shows while it lasts."""

import streamlit as st

from app_pages import shell
from app_pages.shelf import Entry, shelf
from app_pages.workspace import Place
from planner.language import say
from planner.pipeline import Prepared

__all__ = ["ready", "wait_for"]


def wait_for(place: Place) -> tuple[Entry, Prepared]:
    """Give a district, prepared; show how far that is while it lasts.

    Raises
    ------
    PlannerError
        If the district cannot be read.
    """
    entry = shelf().entry(place.folder)
    job = entry.preparing
    if not job.wait(0.3):
        bar = st.progress(0.0, text=say("Reading the district"))
        while not job.wait(0.15):
            bar.progress(
                job.done_share, text=shell.plain(str(job.step or say("Reading the district")))
            )
        bar.empty()
    return entry, job.answer()


def ready() -> tuple[Entry, Prepared]:
    """Give the open district, prepared; the page ends here with a hint where none is open."""
    place = shell.the_place()
    if place is None:
        st.info(say("No district is open. Choose one on the page Data."), icon=":material/info:")
        st.page_link(
            "app_pages/data.py", label=say("To the page Data"), icon=":material/arrow_forward:"
        )
        st.stop()
    with shell.told():
        return wait_for(place)
