"""A press on a button whose meaning changes under the pointer -> done once, also by a double click.

Where a scenario is deleted or copied, the next one stands where it stood: the second press of a
double click would be meant for that one.
"""

import math
import time
from collections.abc import Callable

import streamlit as st

__all__ = ["press_once", "presses"]

_QUIET_S = 1.0
"""A second press of the same button so soon after the first was done is not meant."""
_now = time.monotonic


def presses(name: str) -> int:
    """Give how often a button was pressed in this window: for the button to remember."""
    return _pressed(name)[0]


def press_once(name: str, seen: int, act: Callable[..., object], *args: object) -> None:
    """Do what a button is for, unless the press is the second of a double click.

    Parameters
    ----------
    name
        Of the button, whatever it stands for at present.
    seen
        `presses` when the button was drawn: a press of one that was drawn before the last press was
        answered does nothing.
    act, args
        What is done, and for what: as it was on the screen.
    """
    count, ended = _pressed(name)
    if seen != count or _now() - ended < _QUIET_S:
        return
    st.session_state[_key(name)] = count + 1, ended
    act(*args)
    st.session_state[_key(name)] = count + 1, _now()


def _pressed(name: str) -> tuple[int, float]:
    """Give how often a button was pressed, and when the last press had been answered."""
    pressed: tuple[int, float] = st.session_state.get(_key(name), (0, -math.inf))
    return pressed


def _key(name: str) -> str:
    return f"presses_{name}"
