"""Who sits at the screen, and what this person may do."""

from dataclasses import dataclass
from typing import Literal
from uuid import uuid4

import streamlit as st

__all__ = ["COOKIE", "Person", "Role", "may", "person"]

Role = Literal["view", "plan", "admin"]
_RANKS: tuple[Role, ...] = ("view", "plan", "admin")
COOKIE = "planner_browser"
"""Cookie by which a browser is known again after a reload, where nobody signs in."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody at a screen."""

    id: str
    """Key under which drafts and runs are kept: never shown, never a name."""
    label: str
    """The name under which the person signed in; "": nobody did."""
    role: Role


def person() -> Person:
    """Give who sits at this screen."""
    known = st.context.cookies.get(COOKIE) or st.session_state.setdefault("browser", uuid4().hex)
    return Person(f"browser:{known}", "", "admin")


def may(role: Role) -> bool:
    """Tell whether the person may do what a role is needed for."""
    return _RANKS.index(person().role) >= _RANKS.index(role)
