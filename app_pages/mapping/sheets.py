"""A map -> a page of its own that the app serves, to be printed on A4 or A3."""

import os
import tempfile
from hashlib import sha256
from pathlib import Path

import streamlit as st
import streamlit.components.v1 as components

from app_pages.mapping.base_maps import offer_bases
from planner.maps import PlannerMap, standalone_html

__all__ = ["PAPERS", "serve_sheet"]

PAPERS = ("A4", "A3")
_NAME = "served"
_MOST_SHEETS = 24


def serve_sheet(made: PlannerMap, *, title: str) -> str:
    """Put a map where the browser can open it, and give its address on this server.

    The name is the fingerprint of what the page shows, and folders are not listed: only who was
    given the address knows it, and what guards the pages guards it too.
    """
    offer_bases(made)
    text = standalone_html(made, title=title, in_app=True)
    folder = Path(_served().name)
    components.declare_component(_NAME, path=folder)
    path = folder / f"{sha256(text.encode()).hexdigest()}.html"
    if not path.exists():
        _keep_few(folder)
        _write(path, text)
    os.utime(path)
    below = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"{'/' + below if below else ''}/component/{__name__}.{_NAME}/{path.name}"


@st.cache_resource
def _served() -> tempfile.TemporaryDirectory[str]:
    """Make the folder that is served; it is removed when the app ends."""
    return tempfile.TemporaryDirectory(prefix="planner-sheets-")


def _write(path: Path, text: str) -> None:
    """Write a file that is whole from the moment it is there."""
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", dir=path.parent, suffix=".part", delete=False
    ) as file:
        file.write(text)
    Path(file.name).replace(path)


def _keep_few(folder: Path) -> None:
    newest_first = sorted(
        folder.glob("*.html"), key=lambda path: path.stat().st_mtime, reverse=True
    )
    for path in newest_first[_MOST_SHEETS - 1 :]:
        path.unlink(missing_ok=True)
