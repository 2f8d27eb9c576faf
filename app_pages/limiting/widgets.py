"""Widgets of the page of limits, and what its parts share."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from app_pages.forms.fields import Form
from app_pages.memory.shelf import Entry
from planner.language import say
from planner.pipeline import Prepared
from planner.report.model import Names

__all__ = [
    "Part",
    "Scene",
    "Typed",
    "ask_number",
    "ask_whole",
    "choose",
    "percent",
    "share_of",
    "value_or",
    "whole_or_none",
]

Typed = Mapping[str, Any]
"""Fields of Limits by name."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What every part of the page needs."""

    entry: Entry
    prepared: Prepared

    @property
    def names(self) -> Names:
        """Names of groups, communities and host types."""
        return Names(self.prepared.district)

    def sites(self, *, existing: bool) -> dict[str, str]:
        """Name the stations of today, or the venues."""
        sites = self.prepared.options.sites
        chosen = sites.loc[sites["existing"] == existing, "name"].fillna("")
        return {
            str(site): f"{name} ({site})" if name else str(site) for site, name in chosen.items()
        }


@dataclass(frozen=True, slots=True)
class Part:
    """Some fields of the limits, with the form in which they are set."""

    id: str
    field: str
    """A widget that the form always has."""
    of: tuple[str, ...]
    """Fields of Limits."""
    draw: Callable[[Scene, Form[Typed]], None]
    read: Callable[[Scene, Form[Typed]], Typed]


def choose(
    title: str,
    options: Sequence[str],
    named: Callable[[str], str],
    key: str,
    now: Sequence[str],
) -> None:
    """Let some of several be chosen."""
    st.session_state.setdefault(key, [each for each in now if each in options])
    st.multiselect(title, options, format_func=named, placeholder=say("none"), key=key)


def ask_number(
    title: str,
    key: str,
    now: float | None,
    *,
    step: float,
    form: str = "%.0f",
    empty: str | None = None,
) -> None:
    """Ask for a number that may be left empty; `empty` is what an empty field shows."""
    st.session_state.setdefault(key, now)
    shown = say("no limit") if empty is None else empty
    st.number_input(title, value=None, step=step, format=form, placeholder=shown, key=key)


def ask_whole(title: str, key: str, now: int | None) -> None:
    """Ask for a whole number that may be left empty."""
    st.session_state.setdefault(key, now)
    st.number_input(title, value=None, step=1, placeholder=say("no limit"), key=key)


def value_or(value: float | None, default: float) -> float:
    """Give a number, or what stands for an empty field."""
    return default if value is None else float(value)


def whole_or_none(value: float | None) -> int | None:
    """Give a whole number, or nothing for an empty field."""
    return None if value is None else int(value)


def percent(share: float | None) -> float | None:
    """Show a share in per cent."""
    return None if share is None else round(100 * share, 6)


def share_of(percent: float | None) -> float | None:
    """Read per cent as a share."""
    return None if percent is None else percent / 100
