"""Settings of a district, read and kept in its folder; what is wrong in them is told."""

from pathlib import Path

import streamlit as st

from app_pages import shell
from planner.district import Settings, read_settings, write_settings

__all__ = ["keep", "settings_of"]


def settings_of(folder: Path) -> Settings:
    """Give the settings of a district as they stand; the page ends here where they are wrong."""
    with shell.told():
        return read_settings(folder)


def keep(folder: Path, settings: Settings) -> None:
    """Keep settings in the folder and run the page again; it ends here where they are wrong."""
    with shell.told():
        write_settings(folder, settings)
    st.rerun()
