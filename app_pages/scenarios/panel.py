"""The scenarios of the open district: chosen, copied, renamed, deleted, carried elsewhere."""

import tempfile
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from html import escape
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from app_pages import shell
from app_pages.access.who import may, person
from app_pages.memory import scenario as scenarios
from app_pages.memory.saving import keep_scenario, with_edit
from app_pages.scenarios.found_again import offer_scenarios
from app_pages.scenarios.history import show_history
from app_pages.scenarios.presses import press_once, presses
from app_pages.scenarios.view import make_copy
from app_pages.spaces.workspace import Place
from app_pages.text.file_names import download_name
from app_pages.text.moments import moment
from planner.errors import PlannerError, StoreError
from planner.language import current_language, note, say
from planner.pipeline import export_scenario, import_scenario
from planner.scenarios import Scenario, Summary
from planner.scenarios.naming import told_name

__all__ = ["show"]

_LONGEST_NAME = 80
_FITTING = 16
"""How wide a name may be, in letters, for the list of scenarios to show it whole."""
_FITTING_DELETED = 30
"""The same for the list of what was deleted."""


def show(place: Place) -> bool:
    """Show which scenario is open and let another be; tell whether there are any yet."""
    try:
        found = scenarios.listed(place)
        now = scenarios.the_scenario(place)
    except StoreError as error:
        shell.show_error(error)
        return True
    if now is None:
        return False
    _choose(place, found, now)
    who = say("{author}, ", author=now.author) if now.author else ""
    st.caption(shell.plain(who + moment(now.changed)))
    if now.notes:
        st.caption(shell.plain(now.notes))
    # A panel of its own for each scenario: where a copy is opened it shuts, and lies over nothing.
    with (
        st.container(key="scenario_panel"),
        st.popover(
            say("Manage scenarios"),
            key=f"scenario_panel_{now.id}",
            icon=":material/tune:",
            width="stretch",
        ),
    ):
        _manage(place, now)
    _offer_undo(place)
    _offer_others(place, found)
    return True


def _offer_others(place: Place, found: tuple[Summary, ...]) -> None:
    try:
        offer_scenarios(place, found)
    except StoreError as error:
        shell.show_error(error)


def _choose(place: Place, found: tuple[Summary, ...], now: Scenario) -> None:
    names = scenarios.told_apart({each.id: _name(place, each) for each in found})
    ids = list(names)
    key = f"scenario_choice_{now.id}_{st.session_state.get('openings', 0)}"
    st.selectbox(
        say("Scenario"),
        ids,
        index=ids.index(now.id) if now.id in ids else 0,
        format_func=lambda each: names.get(each, each),
        key=key,
        on_change=_open_chosen,
        args=(key,),
    )
    whole = names.get(now.id, now.name)
    if _width(whole) > _FITTING:
        st.html(f'<div class="p-place">{escape(whole)}</div>')


def _width(name: str) -> int:
    """Give how wide a name is, in letters of the alphabet; a Chinese one is as wide as two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in name)


def _open_chosen(key: str) -> None:
    chosen = st.session_state[key]
    place = shell.the_place()
    # What another window renamed meanwhile comes as the name that this one showed.
    if place is not None and chosen in {each.id for each in scenarios.listed(place)}:
        scenarios.open_scenario(chosen)


def _name(place: Place, each: Summary) -> str:
    """Give the name of a scenario with its mark: locked, out of date, or without a plan."""
    if each.baseline:
        return say("{name} (locked)", name=each.name)
    if scenarios.is_outdated(each, place.folder):
        return say("{name} (out of date)", name=each.name)
    return each.name


def _manage(place: Place, now: Scenario) -> None:
    off = not may("plan")
    _copy(now, off=off)
    if not now.baseline:
        _describe(now, off=off)
        with st.container(key="scenario_delete"):
            st.button(
                say("Delete this scenario"),
                key=f"scenario_delete_{now.id}",  # of what was on the screen when it was pressed
                icon=":material/delete:",
                width="stretch",
                disabled=off,
                on_click=press_once,
                args=("scenario_delete", presses("scenario_delete"), _delete, place, now),
            )
    st.divider()
    _export(now)
    _import(place, off=off)
    _list_deleted(place, off=off)
    show_history(now)


def _copy(now: Scenario, *, off: bool) -> None:
    mark = _mark(now)
    with st.form(f"scenario_copy_{mark}", border=False):
        st.text_input(
            say("Name of a copy"),
            value=say("{name} (copy)", name=now.name),
            max_chars=_LONGEST_NAME,
            key=f"scenario_copy_name_{mark}",
        )
        st.form_submit_button(
            say("Copy and open it"),
            key="scenario_copy",
            type="primary",
            width="stretch",
            disabled=off,
            on_click=press_once,
            args=("scenario_copy", presses("scenario_copy"), _copy_as_named, now, mark),
        )


def _copy_as_named(now: Scenario, mark: str) -> None:
    make_copy(now, st.session_state[f"scenario_copy_name_{mark}"])


def _mark(now: Scenario) -> str:
    """Tell fields apart that show another name: of another version, or in another language."""
    return f"{now.id}_{now.version}_{current_language()}"


def _describe(now: Scenario, *, off: bool) -> None:
    mark = _mark(now)
    with st.form(f"scenario_about_{mark}", border=False):
        st.text_input(
            say("Name"), value=now.name, max_chars=_LONGEST_NAME, key=f"scenario_name_{mark}"
        )
        st.text_area(say("Notes"), value=now.notes, height=90, key=f"scenario_notes_{mark}")
        st.form_submit_button(
            say("Save name and notes"),
            key="scenario_describe",
            width="stretch",
            disabled=off,
            on_click=_keep_description,
            args=(now, mark),
        )


def _keep_description(now: Scenario, mark: str) -> None:
    name = str(st.session_state[f"scenario_name_{mark}"]).strip() or now.name
    notes = str(st.session_state[f"scenario_notes_{mark}"]).strip()
    if (name, notes) == (now.name, now.notes):
        return
    kind = "rename" if name != now.name else "note"
    given = now.given if name == now.name else ""  # a name that a person chose stays as it is
    wanted = replace(now, name=name, given=given, notes=notes)
    changed = with_edit(wanted, kind, person().label)
    _do(lambda: keep_scenario(now, changed))


def _delete(place: Place, now: Scenario) -> None:
    def act() -> None:
        scenarios.refuse_unless_writable(now)
        scenarios.store().delete(now.id, author=person().label)
        st.session_state["scenario_deleted"] = now.id, told_name(now), place.id
        scenarios.look_again()
        left = [each.id for each in scenarios.listed(place) if not each.baseline]
        st.session_state["scenario"] = None
        if left:
            scenarios.open_scenario(left[-1])

    _do(act)


def _offer_undo(place: Place) -> None:
    """Offer to bring back what this window has just deleted of a district."""
    just = st.session_state.get("scenario_deleted")
    if just is not None and just[2] == place.id:
        st.button(
            say("Deleted: {name}. Undo", name=shell.plain(str(just[1]))),
            key="scenario_undelete",
            icon=":material/undo:",
            width="stretch",
            on_click=_undelete,
            args=(just[0],),
        )


def _list_deleted(place: Place, *, off: bool) -> None:
    """List everything that was deleted of the district, by whomever, and bring one back."""
    gone = {each.id: each for each in scenarios.listed(place, deleted=True)}
    if not gone:
        return
    names = scenarios.told_apart({each.id: _name_and_end(each) for each in gone.values()})
    chosen = st.selectbox(
        say("Deleted scenarios ({count})", count=len(gone)),
        sorted(gone, key=lambda each: str(gone[each].deleted), reverse=True),
        format_func=lambda each: names.get(each, each),
        key="scenario_gone",
    )
    if chosen in names and _width(names[chosen]) > _FITTING_DELETED:
        st.html(f'<div class="p-place">{escape(names[chosen])}</div>')
    with st.container(key="scenario_bring_back"):
        st.button(
            say("Bring it back"),
            key=f"scenario_bring_back_{chosen}",
            icon=":material/undo:",
            width="stretch",
            disabled=off,
            on_click=press_once,
            args=("scenario_bring_back", presses("scenario_bring_back"), _undelete, chosen),
        )


def _name_and_end(gone: Summary) -> str:
    return f"{gone.name} · {moment(gone.deleted)}" if gone.deleted else gone.name


def _undelete(identity: str) -> None:
    def act() -> None:
        if not may("plan"):
            raise StoreError(note("You may look at everything here, and change nothing."))
        scenarios.store().undelete(identity)
        scenarios.look_again()
        st.session_state.pop("scenario_deleted", None)
        scenarios.open_scenario(identity)

    _do(act)


def _export(now: Scenario) -> None:
    """Offer the scenario as one file; it is made when it is asked for."""
    st.download_button(
        say("Save it as a file"),
        data=lambda: _packed(now.id),
        file_name=download_name(now.name, ending=".scenario"),
        key="scenario_export",
        icon=":material/download:",
        width="stretch",
        on_click="ignore",
    )


def _packed(identity: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scenario.json"
        export_scenario(scenarios.store(), identity, path)
        return path.read_bytes()


def _import(place: Place, *, off: bool) -> None:
    key = shell.fresh_key("scenario_file")
    file = st.file_uploader(say("Open a scenario from a file"), key=key, disabled=off)
    if file is not None:
        st.button(
            say("Add it to this district"),
            key="scenario_import",
            width="stretch",
            disabled=off,
            on_click=press_once,
            args=("scenario_import", presses("scenario_import"), _take_in, place, file),
        )


def _take_in(place: Place, file: UploadedFile) -> None:
    def act() -> None:
        if not may("plan"):
            raise StoreError(note("You may look at everything here, and change nothing."))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "scenario.json"
            path.write_bytes(file.getvalue())
            kept = import_scenario(
                scenarios.store(), path, folder=place.folder, author=person().label
            )
        scenarios.look_again()
        scenarios.open_scenario(kept.id)

    _do(act)


def _do(act: Callable[[], object]) -> None:
    """Do what changes the store; what is wrong is told above the page."""
    try:
        act()
    except PlannerError as error:
        st.session_state["scenario_told"] = error.message
