"""What every page has around it: look, sign-in, the open district, scenarios and runs."""

import functools
import sys
from base64 import b64encode
from html import escape
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app_pages.access.signing_view import admit, show_person
from app_pages.access.who import memory_key
from app_pages.shell import choose_language, plain, the_place
from app_pages.spaces.workspace import workspace
from planner.errors import PlannerError
from planner.language import LANGUAGES, current_language, say

__all__ = [
    "begin",
    "show_clash",
    "show_runs",
    "show_scenarios",
    "sidebar",
    "steps_done",
    "tell_kept",
    "tell_lost_link",
]

_HERE = Path(__file__).parent
_SIDEBAR_PX = 232
_READ, _LIMITED, _PLANNED = {1, 2, 3}, {4}, {4, 5, 6, 7}
"""Steps that are done once a district is read, has limits, and has a plan."""
_NAMED = 60
"""Letters of what a link names that are told."""
_OF_MAPS = ("base", "map")
"""What stays in the address: the base map, which maps write there, and the map to be printed."""


def begin() -> None:
    """Set up the page: language first, since every text depends on it."""
    choose_language()
    st.set_page_config(
        page_title=say("Station planner"),
        page_icon=_icon_address(),
        layout="wide",
        initial_sidebar_state=_SIDEBAR_PX,
    )
    st.html(_HERE / "look.css")
    st.html(f'<style>:root {{--p-title: "{say("Station planner")}"}}</style>')
    st.html(_own_words(current_language()), unsafe_allow_javascript=True)
    st.session_state["views_drawn"] = {}
    admit(_language_switch)
    if "place" not in st.session_state:
        _follow_link()


def _follow_link() -> None:
    """Open what the address names; without a district there, the one that was open last."""
    state, named = st.session_state, st.query_params.get("district")
    linked = workspace().find(named)
    lost = bool(named) and linked is None
    state["link_lost"] = named if lost else None
    state["scenario"] = None if lost else st.query_params.get("scenario")
    state["views_linked"] = st.query_params.get("view", "").split(".")
    found = linked or workspace().last(memory_key())
    state["place"] = found.id if found else None
    if found:
        workspace().remember(found, memory_key())


def tell_kept() -> None:
    """Say once that what was chosen outside of a form is kept."""
    if st.session_state.pop("kept", False):
        st.toast(say("Saved."), icon=":material/check:")


def tell_lost_link() -> None:
    """Say that the district of a link is not here, until another one is opened."""
    lost, place = st.session_state.get("link_lost"), the_place()
    if not lost:
        return
    told = say("The link names a district that is not here: {name}.", name=plain(lost[:_NAMED]))
    if place is not None:
        told += say(" What you see is “{district}”.", district=plain(place.title))
    st.warning(told, icon=":material/link_off:")


def sidebar() -> tuple[DeltaGenerator, DeltaGenerator]:
    """Show which district is open and the language switch; give where scenarios and runs go."""
    remember()
    with st.sidebar:
        place = the_place()
        if place:
            st.html(
                f'<div class="p-dim">{escape(say("District in use"))}</div>'
                f'<div class="p-place">{escape(place.title)}</div>'
            )
        panel, below = st.container(), st.container()
        show_person()
        _language_switch()
    return panel, below


def show_scenarios(panel: DeltaGenerator) -> bool:
    """Show the scenarios of the open district; tell whether there are any to show."""
    place = the_place()
    if place is None or "app_pages.memory.shelf" not in sys.modules:
        return False  # nothing has been prepared yet in this process
    from app_pages.scenarios import panel as scenario_panel  # noqa: PLC0415 - heavy, as in steps_done

    with panel:
        shown = scenario_panel.show(place)
    if shown:
        remember()
    return shown


def show_runs(panel: DeltaGenerator) -> bool:
    """Show a person's runs, those of another district too while this one has not been read.

    Returns
    -------
    bool
        Whether it is known if there are any: not before anything was prepared in this process.
    """
    if the_place() is None or "app_pages.memory.shelf" not in sys.modules:
        return False
    from app_pages.scenarios import runs_list as runs_view  # noqa: PLC0415 - heavy, as in steps_done

    with panel:
        runs_view.show()
    return True


def show_clash() -> None:
    """Ask, above any page, what to do where two people saved the same scenario."""
    if the_place() is not None and "app_pages.memory.shelf" in sys.modules:
        from app_pages.scenarios import clash as clash_view  # noqa: PLC0415 - heavy, as in steps_done

        clash_view.show()


def steps_done() -> set[int]:
    """Tell which of the steps are done for the open district: none before it has been read."""
    place = the_place()
    if place is None or "app_pages.memory.shelf" not in sys.modules:
        return set()  # nothing has been prepared yet in this process
    # Heavy: the first page must not wait.
    from app_pages.memory.plans import has_plan  # noqa: PLC0415
    from app_pages.memory.scenario import settings_today, the_scenario  # noqa: PLC0415
    from app_pages.memory.shelf import has_a_limit, shelf  # noqa: PLC0415

    try:
        settings = settings_today(place)
        entry = shelf().entry(place.folder, settings)
        if not entry.preparing.done or entry.preparing.failed:
            return set()
        if has_plan(entry, the_scenario(place)):
            return _READ | _PLANNED
        return _READ | _LIMITED if has_a_limit(settings.limits) else _READ
    except PlannerError:
        return set()  # the page tells what is wrong


@functools.cache
def _icon_address() -> str:
    """Give the icon as an address that holds it: who has not signed in fetches no file."""
    return f"data:image/png;base64,{b64encode((_HERE / 'icon.png').read_bytes()).decode()}"


def _language_switch() -> None:
    st.radio(
        "语言 / Language",
        LANGUAGES,
        format_func={"zh": "中文", "en": "English"}.__getitem__,
        horizontal=True,
        key="language_choice",
        index=LANGUAGES.index(current_language()),
        on_change=_switch_language,
    )


def _switch_language() -> None:
    st.session_state["language"] = st.session_state["language_choice"]


def remember() -> None:
    """Write into the address what a reload needs."""
    place = the_place()
    scenario = st.session_state.get("scenario")
    wanted = {"lang": current_language()}
    if place:
        wanted |= {"district": place.id} | ({"scenario": scenario} if scenario else {})
    for name in ("view", "compare", *_OF_MAPS):
        if name in st.query_params:
            wanted[name] = st.query_params[name]
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)


def _own_words(language: str) -> str:
    """Give the scripts that say Streamlit's own words in Chinese and keep the address in order."""
    scripts = [(_HERE / name).read_text(encoding="utf-8") for name in ("words.js", "address.js")]
    return f'<script>window.plannerLanguage = "{language}";\n{"".join(scripts)}</script>'
