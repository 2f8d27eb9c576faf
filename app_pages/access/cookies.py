"""Cookies of a request -> who sends it."""

import json
import re
import time
from collections.abc import Mapping
from typing import Any, TypeGuard

from streamlit.auth_util import get_cookie_with_chunks
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from app_pages.access.left import is_left, remember_left
from app_pages.access.signing import (
    Person,
    browser_person,
    rules_now,
    signed_in_person,
    still_holds,
)
from planner.errors import SettingsError

__all__ = [
    "COOKIE",
    "is_browser_mark",
    "is_signed_out",
    "remember_signed_out",
    "sender_of",
    "signed_in_sender",
]

COOKIE = "planner_browser"
"""Cookie by which a browser is known again after a reload, where nobody signs in."""


def is_browser_mark(text: object) -> TypeGuard[str]:
    """Tell whether this has the form of the mark that a browser was given."""
    return isinstance(text, str) and re.fullmatch(r"[0-9a-f]{32}", text) is not None


def is_signed_out(cookies: Mapping[str, str]) -> bool:
    """Tell whether the person left by signing out; a copy of the cookies then opens nothing."""
    claims = _claims(cookies)
    return isinstance(claims, dict) and is_left(claims)


def remember_signed_out(cookies: Mapping[str, str]) -> None:
    """Let the sign-in that these cookies hold open nothing any more."""
    claims = _claims(cookies)
    if isinstance(claims, dict):  # what nobody of ours signed opens nothing anyhow
        remember_left(claims)


def signed_in_sender(cookies: Mapping[str, str]) -> Person | None:
    """Give who signed in, recently enough, and has a role; None: nobody."""
    claims = _claims(cookies)
    if not isinstance(claims, dict) or claims.get("is_logged_in") is not True or is_left(claims):
        return None
    try:
        rules = rules_now()
    except SettingsError:
        return None
    return signed_in_person(claims, rules) if still_holds(claims, rules, now=time.time()) else None


def sender_of(cookies: Mapping[str, str], *, sign_in: bool) -> Person | None:
    """Give who sends a request: who signed in, else the browser; None: neither is known."""
    if sign_in:
        return signed_in_sender(cookies)
    mark = cookies.get(COOKIE)
    return browser_person(mark, "plan") if is_browser_mark(mark) else None


def _claims(cookies: Mapping[str, str]) -> Any:  # noqa: ANN401 - what JSON holds
    """Give what the signed cookie of Streamlit holds; None where nobody of ours signed it."""

    def one(name: str) -> bytes | None:
        value = cookies.get(name)
        if value is None or not (secret := get_cookie_secret()):
            return None
        return decode_signed_value(secret, name, value.encode("latin-1", "replace"))

    try:
        found = get_cookie_with_chunks(one, USER_COOKIE_NAME)
        return json.loads(found) if found else None
    except (ValueError, TypeError, RecursionError):
        return None
