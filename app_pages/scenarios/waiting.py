"""The open district and scenario -> the same, prepared; how far that is shows while it lasts."""

from dataclasses import replace

import streamlit as st

from app_pages import shell
from app_pages.memory import scenario as scenarios
from app_pages.memory.shelf import Entry, shelf
from app_pages.scenarios.view import tell_state
from app_pages.spaces.workspace import Place, workspace
from planner.errors import PlannerError
from planner.language import say
from planner.pipeline import Prepared

__all__ = ["ready", "tell_lost", "wait_for"]


def wait_for(place: Place) -> tuple[Entry, Prepared]:
    """Give a district under the settings of its open scenario; show how far that is meanwhile.

    The first time that a district is seen, its baseline and a first scenario are made.

    Raises
    ------
    PlannerError
        If the district cannot be read.
    """
    settings = scenarios.settings_today(place)
    entry = shelf().entry(place.folder, settings)
    job = entry.preparing
    bar = st.empty()  # always there: a map below it would be made anew if it moved
    if not job.wait(0.3):
        bar.progress(0.0, text=say("Reading the district"))
        while not job.wait(0.15):
            bar.progress(
                job.done_share, text=shell.plain(str(job.step or say("Reading the district")))
            )
        bar.empty()
    prepared = job.answer()
    # The entry is shared by scenarios: limits and weights are those of the open one alone.
    prepared = replace(prepared, district=replace(prepared.district, settings=settings))
    scenarios.ensure_scenarios(place, prepared)
    return entry, prepared


def ready() -> tuple[Entry, Prepared]:
    """Give the open district, prepared; the page ends here with a hint where none is open."""
    place = shell.the_place()
    if place is None:
        tell_lost()
        st.info(say("No district is open. Choose one on the page Data."), icon=":material/info:")
        _to_data()
        st.stop()
    try:
        entry, prepared = wait_for(place)
    except PlannerError as error:
        shell.show_error(error)
        _to_data()
        st.stop()
    tell_state(prepared)
    return entry, prepared


def tell_lost() -> None:
    """Tell that the folder of the district which this window had open is not there any more."""
    folder = workspace().lost(st.session_state.get("place"))
    if folder is not None:
        told = say(
            "The folder {folder} of the district that was open is not there any more, or has no"
            " district.toml. Put it back and open it on the page Data, or open another district.",
            folder=folder.name,
        )
        st.warning(shell.plain(told), icon=":material/folder_off:")


def _to_data() -> None:
    st.page_link(
        "app_pages/data.py", label=say("To the page Data"), icon=":material/arrow_forward:"
    )
