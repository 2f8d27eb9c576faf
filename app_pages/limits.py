"""Limits and budget: what a plan is to achieve, may do, and must keep to."""

from dataclasses import replace

import streamlit as st

from app_pages import shell
from app_pages.forms.fields import Form, open_form, save, tell
from app_pages.limiting.limit_forms import DISTANCES, GOAL, MEASURES_ALLOWED, MONEY, SEARCH, SITES
from app_pages.limiting.limit_rows import PHASES, SHARES
from app_pages.limiting.measures import edit_costs
from app_pages.limiting.widgets import Part, Scene, Typed
from app_pages.memory.keeping import editable, mark_now, searching_now, settings_now
from app_pages.memory.shelf import has_a_limit
from app_pages.scenarios.view import tell_locked
from app_pages.scenarios.waiting import ready
from planner.district import Settings, check_limits
from planner.district.settings import Limits
from planner.errors import PlannerError
from planner.language import say
from planner.report import limit_sentences

_PARTS = {
    "goal": GOAL,
    "measures": MEASURES_ALLOWED,
    "money": MONEY,
    "distances": DISTANCES,
    "shares": SHARES,
    "phases": PHASES,
    "sites": SITES,
    "search": SEARCH,
}
_WIDE = ("goal", "costs", "distances", "shares", "phases")  # they need the whole width


def _fields(limits: Limits, part: Part) -> Typed:
    return {name: getattr(limits, name) for name in part.of}


def _show(scene: Scene, part: Part) -> None:
    """Draw one form; what is saved is kept in the scenario."""
    settings = settings_now()
    form = open_form(
        f"limits_{part.id}_{mark_now()}", _fields(settings.limits, part), field=part.field
    )
    tell(form)
    with st.form(f"{form.key}_form", border=False):
        part.draw(scene, form)
        st.form_submit_button(
            say("Save"),
            type="primary",
            on_click=_send,
            args=(scene, part, form),
            disabled=not editable(),
        )


def _send(scene: Scene, part: Part, form: Form[Typed]) -> None:
    sites = scene.prepared.options.sites

    def change(settings: Settings, typed: Typed) -> Settings:
        limits = replace(settings.limits, **typed)
        check_limits(
            limits,
            sites=sites.index,
            stations=sites.index[sites["existing"]],
            options=scene.prepared.options.table.index,
            district=scene.prepared.district,
        )
        return replace(settings, limits=limits)

    try:
        typed = part.read(scene, form)
    except PlannerError as refused:
        st.session_state[form.slot] = replace(form, drawn=True, refused=refused)
        return
    save(
        form,
        typed,
        now_of=lambda settings: _fields(settings.limits, part),
        change=change,
    )


def _page() -> None:
    entry, prepared = ready()
    scene = Scene(entry, prepared)
    district = prepared.district
    shell.heading(
        say("Limits and budget: {district}", district=district.settings.name),
        district.settings.data_note,
    )
    tell_locked()
    parts = {
        "goal": say("Objective"),
        "measures": say("Measures"),
        "costs": say("Costs of measures"),
        "money": say("Money and number"),
        "distances": say("Distances"),
        "shares": say("Quotas and floors"),
        "phases": say("Phases"),
        "sites": say("Locked and forbidden"),
        "search": say("Search"),
    }
    chosen = shell.views(parts, key="limits_view")
    form, told = (
        (st.container(), st.container()) if chosen in _WIDE else st.columns([3, 2], gap="large")
    )
    with form:
        if chosen == "costs":
            edit_costs()
        else:
            _show(scene, _PARTS[chosen])
    with told, st.container(border=True):
        _tell_limits(scene)
    shell.next_link("siting")


def _tell_limits(scene: Scene) -> None:
    """Say in words what a plan must keep to now."""
    limits = settings_now().limits
    names = {str(site): str(name) for site, name in scene.prepared.options.sites["name"].items()}
    st.markdown(f"**{say('What holds now')}**")
    for sentence in limit_sentences(limits, scene.prepared.district, names):
        st.markdown(f"- {shell.plain(sentence)}")
    if limits == Limits():
        st.markdown(say("No limit is set yet."))
    if not has_a_limit(limits):
        st.markdown(
            say(
                "A search needs a budget or a number of new stations (under “Money and number”),"
                " or an objective with a target."
            )
        )
    if searching_now():
        st.info(say("A search is running; limits can be changed when it has ended."))


_page()
