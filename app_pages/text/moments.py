"""A moment -> the words for it in the language in use and in the time zone of the reader."""

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from app_pages.text import tables

__all__ = ["moment"]


def moment(at: datetime) -> str:
    """Tell date and time to the minute."""
    return tables.moment(at, zone=_zone())


def _zone() -> ZoneInfo | None:
    """Give the zone that the browser tells; None: that of the server."""
    try:
        named = st.context.timezone
        return ZoneInfo(named) if named else None
    except (ZoneInfoNotFoundError, ValueError, AttributeError):
        return None
