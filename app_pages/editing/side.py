"""Beside the map: the list to search, the site that is selected, a new one, what was decided."""

from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st

from app_pages import shell
from app_pages.editing.acts import (
    add_site,
    forget_area,
    forget_site,
    pin,
    stand_instead,
    take_away,
)
from app_pages.editing.pins import show_pins
from app_pages.editing.scene import PENDING, Scene, select
from app_pages.text.tables import number, yuan
from planner.language import current_language, say
from planner.maps import area_name
from planner.report.words import steps_text

__all__ = ["show_decided", "show_finder", "show_new_site", "show_selected"]

_MILLI_MINUTES_AN_HOUR = 60_000
_FIND, _HOST, _NAME = "edit_find", "edit_new_host", "edit_new_name"
_MOST_ROWS = 30
_MOST_LETTERS = 60


def show_finder(scene: Scene) -> None:
    """Show the list of all sites, to be searched by name or id: as good as a click on the map."""
    titles = scene.entry.once(
        ("titles of sites", len(scene.prepared.options.sites)),
        lambda: _titles(scene),
    )
    st.selectbox(
        say("Find a site by name or id"),
        list(titles),
        index=None,
        format_func=titles.__getitem__,
        key=_FIND,
        placeholder=say("Type a name or an id"),
        on_change=_found,
    )


def _titles(scene: Scene) -> dict[str, str]:
    """Name every site, as `Scene.title` does; a large district has thousands."""
    names = scene.prepared.options.sites["name"]
    pairs = zip(names.index.to_numpy(object), names.to_numpy(object), strict=True)
    return {
        str(site): f"{name} ({site})" if isinstance(name, str) and name else str(site)
        for site, name in pairs
    }


def _found() -> None:
    """Select what was found; the list is then free for the next one."""
    site = st.session_state.get(_FIND)
    if site is not None:
        select(site)
        st.session_state[_FIND] = None


def show_selected(scene: Scene) -> None:
    """Show the site that is selected, with what each of its options would change."""
    site, coming = scene.selected, scene.coming
    if coming is not None:
        name = shell.plain(coming.name or coming.id)
        st.caption(say("{site} is added. What it gains is being computed.", site=name))
        return
    if site is None:
        st.caption(say("Click a site on the map to add it, take it away, or see what it gains."))
        return
    with st.container(border=True):
        st.markdown(f"**{shell.plain(scene.title(site))}**")
        options = scene.options_of(site)
        for each in options:
            _option_row(scene, each)
        if not options:
            st.caption(say("Nothing may be done here within the measures that are allowed."))
        _reason(scene, options)
        show_pins(scene, site)
        if any(each.id == site for each in scene.settings.added):
            st.button(
                say("Delete this candidate"),
                key="edit_forget_site",
                icon=":material/delete:",
                disabled=bool(scene.why_not),
                on_click=partial(forget_site, scene, site),
            )


def _reason(scene: Scene, options: list[str]) -> None:
    result = scene.result
    if result is None or scene.edited:
        return
    for option in options:
        if option in result.measures.index:
            st.caption(shell.plain(str(result.measures["reason"][option])))


def _option_row(scene: Scene, option: str) -> None:
    """Show one option of a site with what it changes, and the button that adds or removes it."""
    row = scene.prepared.options.table.loc[option]
    stands = option in set(scene.desk.chosen)
    hours = scene.desk.session.gain_of(option) / _MILLI_MINUTES_AN_HOUR
    label = steps_text(tuple(row["steps"])) or say("Stay as it is")
    told, button = st.columns([3, 1], vertical_alignment="center")
    change = (
        say("without it {hours} worker-hours a week less", hours=number(hours))
        if stands
        else say("adds {hours} worker-hours a week", hours=number(hours))
    )
    told.markdown(
        shell.plain(
            say(
                "{what}: {cost} yuan, {change}",
                what=label,
                cost=yuan(row["cost_setup_yuan"]),
                change=change,
            )
        )
    )
    button.button(
        say("Take away") if stands else say("Add"),
        key=f"option_{option}",
        width="stretch",
        disabled=bool(scene.why_not),
        on_click=partial(take_away if stands else stand_instead, scene, option),
    )


def show_new_site(scene: Scene) -> None:
    """Ask what the new candidate is, where the finger pointed."""
    place = st.session_state.get(PENDING)
    if place is None or scene.why_not:
        return
    chinese = current_language() == "zh"
    hosts = {host.id: host.name if chinese else host.name_en for host in scene.settings.hosts}
    with st.form("edit_new", border=True):
        lon, lat = place
        st.markdown(
            f"**{say('New candidate at {lon}, {lat}', lon=f'{lon:.5f}', lat=f'{lat:.5f}')}**"
        )
        st.selectbox(say("Type"), list(hosts), format_func=hosts.__getitem__, key=_HOST)
        st.text_input(say("Name (may stay empty)"), key=_NAME, max_chars=_MOST_LETTERS)
        with st.container(horizontal=True):
            st.form_submit_button(
                say("Add this candidate"),
                key="edit_new_add",
                type="primary",
                on_click=partial(_make, scene),
            )
            st.form_submit_button(say("Drop it"), key="edit_new_drop", on_click=_drop)


def _make(scene: Scene) -> None:
    host = st.session_state.get(_HOST)
    if host is not None:
        add_site(scene, str(host), str(st.session_state.pop(_NAME, "")))


def _drop() -> None:
    st.session_state.pop(PENDING, None)


def show_decided(scene: Scene) -> None:
    """List what was decided by hand, each with the way back."""
    limits, sites = scene.limits, scene.prepared.options.sites.index
    count = len(limits.lock) + len(limits.forbid) + len(limits.no_go) + len(scene.settings.added)
    if not count:
        return
    free = say("Let it free")
    rows: list[tuple[str, str, str, Callable[[], Any]]] = [
        *(
            (f"area_{at}", area_name(at), say("Delete"), partial(forget_area, scene, at))
            for at in range(1, len(limits.no_go) + 1)
        ),
        *(
            (
                f"added_{each.id}",
                _row(say("Added"), each.name or each.id),
                say("Delete"),
                partial(forget_site, scene, each.id),
            )
            for each in scene.settings.added
        ),
        *(
            (
                f"lock_{site}",
                _row(say("Must be opened"), scene.title(site)),
                free,
                partial(pin, scene, site, ""),
            )
            for site in limits.lock
            if site in sites
        ),
        *(
            (
                f"forbid_{site}",
                _row(say("Must not be opened"), scene.title(site)),
                free,
                partial(pin, scene, site, ""),
            )
            for site in limits.forbid
            if site in sites
        ),
    ]
    with st.expander(say("Decided by hand ({count})", count=count)):
        for key, label, way, act in rows[:_MOST_ROWS]:
            told, button = st.columns([3, 1], vertical_alignment="center")
            told.markdown(shell.plain(label))
            button.button(
                way,
                key=f"decided_{key}",
                width="stretch",
                disabled=bool(scene.why_not),
                on_click=act,
            )
        if len(rows) > _MOST_ROWS:
            st.caption(say("{count} more", count=len(rows) - _MOST_ROWS))


def _row(what: str, name: str) -> str:
    return say("{what}: {name}", what=what, name=name)
