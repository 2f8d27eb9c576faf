"""A district that has just begun here -> the offer of scenarios whose folder is gone."""

import streamlit as st

from app_pages import shell
from app_pages.access.who import may
from app_pages.memory import scenario as scenarios
from app_pages.scenarios.presses import press_once, presses
from app_pages.spaces.workspace import SAMPLE, Place
from planner.errors import PlannerError, StoreError
from planner.language import note, say
from planner.scenarios import Summary
from planner.scenarios.homes import Home, adopt, is_begun_only, lost_homes

__all__ = ["offer_scenarios"]


def offer_scenarios(place: Place, listed: tuple[Summary, ...]) -> None:
    """Offer what was kept for a folder of this name or these data that is not there any more.

    Only where nothing was planned here yet: who has begun anew is not asked again.
    """
    declined = st.session_state.get("not_found_again", ())
    if place.id == SAMPLE or place.id in declined or not may("plan"):
        return
    if not is_begun_only(listed):
        return
    inputs = next((each.inputs for each in listed if each.baseline), "")
    found = lost_homes(scenarios.store(), place.folder, name=place.title, inputs=inputs)
    for home in found[:_MOST]:
        _offer(place, home, same=home.inputs == inputs)


_MOST = 3


def _offer(place: Place, home: Home, *, same: bool) -> None:
    where = home.folders[0]
    told = (
        say(
            "Scenarios of “{name}” ({count}) were kept for the folder {folder}, which is not there"
            " any more. Was it moved to here?",
            count=home.scenarios,
            name=shell.plain(home.place),
            folder=shell.plain(where.path),
        )
        if where.here
        else say(
            "Scenarios of “{name}” ({count}) are kept by another computer, for the folder {folder}."
            " Is this the same district?",
            count=home.scenarios,
            name=shell.plain(home.place),
            folder=shell.plain(where.path),
        )
    )
    data = say("The data are the same.") if same else say("The data are not the same any more.")
    st.info(f"{told} {data}", icon=":material/drive_file_move:")
    st.button(
        say("Yes, use them here"),
        key=f"found_again_{home.district}",
        type="primary",
        width="stretch",
        on_click=press_once,
        args=("found_again", presses("found_again"), _take, place, home),
    )
    st.button(
        say("No, begin anew"),
        key=f"not_found_again_{home.district}",
        width="stretch",
        on_click=_decline,
        args=(place,),
    )


def _take(place: Place, home: Home) -> None:
    try:
        if not may("plan"):
            raise StoreError(note("You may look at everything here, and change nothing."))
        adopt(scenarios.store(), home.district, place.folder)
    except PlannerError as error:
        st.session_state["scenario_told"] = error.message
        return
    scenarios.look_again()
    st.session_state["scenario"] = None
    st.session_state["scenario_told"] = note("The scenarios of this district are here again.")


def _decline(place: Place) -> None:
    declined = st.session_state.get("not_found_again", ())
    st.session_state["not_found_again"] = (*declined, place.id)
