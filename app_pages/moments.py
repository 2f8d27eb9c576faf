"""A moment -> the words for it in the language in use and in the time zone of the reader."""

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from planner.language import say

__all__ = ["moment"]


def moment(at: datetime) -> str:
    """Tell date and time to the minute."""
    local = at.astimezone(_zone())
    return say(
        "{year}-{month}-{day} {time}",
        year=f"{local:%Y}",
        month=f"{local:%m}",
        day=f"{local:%d}",
        time=f"{local:%H:%M}",
    )


def _zone() -> ZoneInfo | None:
    """Give the zone that the browser tells; None: that of the server."""
    try:
        named = st.context.timezone
        return ZoneInfo(named) if named else None
    except (ZoneInfoNotFoundError, ValueError, AttributeError):
        return None
