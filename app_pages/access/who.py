"""Who sits at the screen, and what this person may do."""

import time
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import streamlit as st

from app_pages.access.cookies import COOKIE, is_browser_mark, is_signed_out
from app_pages.access.guard import running_guarded
from app_pages.access.serving import everyone_may, on_own_machine
from app_pages.access.signing import (
    Person,
    Role,
    at_least,
    browser_person,
    rules_now,
    signed_in_person,
    still_holds,
)

__all__ = [
    "Person",
    "Role",
    "claims_now",
    "may",
    "memory_key",
    "person",
    "sign_in_needed",
    "signed_in",
]

_NOBODY = Person("nobody", "", "view")


def person() -> Person:
    """Give who sits at this screen; pages are shown to somebody only (`signing_view.admitted`)."""
    if sign_in_needed():
        return signed_in() or _NOBODY
    known = st.context.cookies.get(COOKIE)
    if not is_browser_mark(known):
        known = st.session_state.setdefault("browser", uuid4().hex)
    return browser_person(known, "admin" if on_own_machine() and not everyone_may() else "plan")


def signed_in() -> Person | None:
    """Give who signed in; None: nobody, or it no longer holds, or the person has no role.

    Raises
    ------
    SettingsError
        If the file of roles cannot be read.
    """
    claims = claims_now()
    return signed_in_person(claims, rules_now()) if claims else None


def claims_now() -> Mapping[str, Any] | None:
    """Give the claims of who signed in; None where nobody did, or too long ago."""
    claims = st.user.to_dict()
    if not claims.get("is_logged_in") or not still_holds(claims, rules_now(), now=time.time()):
        return None
    return None if is_signed_out(st.context.cookies) else claims


def may(role: Role) -> bool:
    """Tell whether the person may do what a role is needed for."""
    if sign_in_needed() and signed_in() is None:
        return False
    return at_least(person().role, role)


def memory_key() -> str:
    """Give the key under which it is remembered what a person had open.

    Whoever sits at the own machine is one person, whatever the browser.
    """
    return "" if on_own_machine() and not everyone_may() and not sign_in_needed() else person().id


def sign_in_needed() -> bool:
    """Tell whether people sign in; it stays so even if the settings of it vanish meanwhile."""
    if running_guarded() is not None:
        return running_guarded() == "sign-in"
    return bool(st.secrets.load_if_toml_exists() and st.secrets.get("auth"))
