"""The page before all others where people sign in, and the way out."""

from collections.abc import Callable
from html import escape

import streamlit as st

from app_pages.access.cookies import sender_of
from app_pages.access.guard import running_guarded
from app_pages.access.serving import refuse_foreign_name, refuse_unguarded
from app_pages.access.uploading import note_window
from app_pages.access.who import Role, claims_now, person, sign_in_needed, signed_in
from planner.errors import PlannerError, SettingsError
from planner.language import current_language, note, say

__all__ = ["admit", "is_admitted", "show_person"]


def admit(language_switch: Callable[[], None]) -> None:
    """Show the page that follows only to who may see it; end with the way in otherwise."""
    try:
        _refuse_unguarded()
        if not sign_in_needed() or signed_in() is not None:
            note_window(sender_of(st.context.cookies, sign_in=sign_in_needed()))
            return
    except PlannerError as error:
        st.error(_plain(str(error.message)), icon=":material/error:")
        st.stop()
    with st.container(key="sign_in", width=520):
        st.header(say("Station planner"), anchor=False)
        if claims_now() is None:
            _show_way_in()
        else:
            _show_no_role()
        language_switch()
    st.query_params["lang"] = current_language()  # kept while the person is away to sign in
    st.stop()


def is_admitted() -> bool:
    """Tell whether who sits at the screen may still see pages: signed out, or no role, may not."""
    try:
        return not sign_in_needed() or signed_in() is not None
    except SettingsError:
        return False


def show_person() -> None:
    """Show in the side bar who signed in, what this person may do, and the way out."""
    if not sign_in_needed():
        return
    known = person()
    st.html(
        f'<div class="p-dim">{escape(say("Signed in"))}</div>'
        f'<div class="p-place"><bdi>{escape(known.label)}</bdi></div>'
        f'<div class="p-dim">{escape(_role_words()[known.role])}</div>'
    )
    st.button(say("Sign out"), key="sign_out", on_click=st.logout, icon=":material/logout:")


def _show_way_in() -> None:
    st.write(say("Sign in to see the districts of your office and to plan in them."))
    auth = st.secrets.get("auth", {}) if st.secrets.load_if_toml_exists() else {}
    named = [name for name in auth if hasattr(auth[name], "get") and auth[name].get("client_id")]
    for name in named or [None]:
        label = say("Sign in") if name is None else say("Sign in with {name}", name=_plain(name))
        if st.button(label, key=f"sign_in_{name}", type="primary"):
            st.login(name)
            st.caption(say("You are led to the page where you sign in."))


def _show_no_role() -> None:
    claims = claims_now() or {}
    st.warning(
        say("You signed in, but you have no role here, so no district is shown to you."),
        icon=":material/lock:",
    )
    st.write(say("Give this mark to whoever looks after the planner; it goes into roles.toml:"))
    st.code(str(claims.get("sub", "")), language=None)
    st.button(say("Sign out"), key="sign_out", on_click=st.logout)


def _refuse_unguarded() -> None:
    """Refuse what the guard would have refused, where the app was started without it.

    Raises
    ------
    SettingsError
        With what to do.
    """
    if running_guarded() is not None:
        return
    refuse_unguarded(None)
    refuse_foreign_name(st.context.headers.get("Host"))
    if sign_in_needed():
        raise SettingsError(
            note(
                "Where people sign in, maps and uploads must be guarded too. Start the planner"
                " with: planner app --secrets FILE"
            )
        )


def _role_words() -> dict[Role, str]:
    return {
        "view": say("may look"),
        "plan": say("may look and plan"),
        "admin": say("looks after the planner"),
    }


def _plain(words: str) -> str:
    return "".join(f"\\{c}" if c in r"\`*_{}[]<>()#+-.!|~$:&" else c for c in words)
