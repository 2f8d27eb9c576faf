"""Forms that keep what is typed into them while other windows change what they began from."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

import streamlit as st

from app_pages.memory.keeping import save_settings, tell_refused
from planner.district import Settings
from planner.errors import PlannerError
from planner.language import say

__all__ = ["Form", "open_form", "save", "tell"]

_Fields = TypeVar("_Fields")
_COUNTER = "forms_opened"
_SAVED = "form_saved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Form(Generic[_Fields]):
    """One opening of a form: a new one begins when what it holds has been kept."""

    slot: str
    """Where the session remembers it."""
    key: str
    """Begin of the keys of its widgets."""
    start: _Fields
    """What was kept in the scenario when it was opened."""
    shown: _Fields
    """With what its fields begin: `start`, or what was typed before another window was faster."""
    changed: bool = False
    """Whether another window has changed what it is about."""
    drawn: bool = False
    """Whether its widgets have been there."""
    refused: PlannerError | None = None
    """Why what was sent last is not kept."""


def open_form(name: str, now: _Fields, *, field: str) -> Form[_Fields]:
    """Give the form that is open under a name, else open one.

    Parameters
    ----------
    name
        Of the form: scenario and what it is about.
    now
        What is kept in the scenario now.
    field
        Last part of the key of a widget that the form always has. Streamlit forgets widgets that
        a page did not show, and with them what was typed: the form then begins anew.
    """
    slot = f"form:{name}"
    form: Form[_Fields] | None = st.session_state.get(slot)
    if form is None:
        form = _opened(slot, start=now, shown=now)
    elif form.drawn and f"{form.key}_{field}" not in st.session_state:
        form = _opened(slot, start=now, shown=now, changed=form.start != now)
    elif form.start != now:
        form = replace(form, changed=True)
    st.session_state[slot] = replace(form, drawn=True)
    return form


def tell(form: Form[_Fields]) -> None:
    """Tell beside a form what became of what was sent, or of what it is about."""
    if st.session_state.pop(_SAVED, False):
        st.success(say("Saved."), icon=":material/check:")
    if form.refused is not None:
        tell_refused(form.refused)
    if form.changed:
        st.warning(
            say(
                "Changed in another window meanwhile: look again. What stands in the fields is"
                " kept only when you save."
            )
        )


def save(
    form: Form[_Fields],
    typed: _Fields,
    *,
    now_of: Callable[[Settings], _Fields],
    change: Callable[[Settings, _Fields], Settings],
) -> None:
    """Keep what was typed, unless another window has changed it since: that is told first.

    It runs before the page does, so nothing is lost where the page must wait for the district.
    """
    meanwhile: list[_Fields] = []

    def checked(settings: Settings) -> Settings:
        now = now_of(settings)
        if now not in (form.start, typed):
            meanwhile.append(now)
            return settings
        return change(settings, typed)

    try:
        kept = save_settings(checked)
    except PlannerError as refused:
        st.session_state[form.slot] = replace(form, drawn=True, refused=refused)
        return
    if meanwhile:
        _opened(form.slot, start=meanwhile[0], shown=typed, changed=True)
    else:
        del st.session_state[form.slot]
        st.session_state[_SAVED] = kept  # else the page asks what is to become of it


def _opened(slot: str, *, start: _Fields, shown: _Fields, changed: bool = False) -> Form[_Fields]:
    number = st.session_state.get(_COUNTER, 0) + 1
    st.session_state[_COUNTER] = number
    key = f"{slot.removeprefix('form:')}_{number}"
    form = Form(slot=slot, key=key, start=start, shown=shown, changed=changed)
    st.session_state[slot] = form
    return form
