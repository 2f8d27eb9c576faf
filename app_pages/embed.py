"""A map -> the page, with everything that it needs served by the app itself."""

import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import folium
import streamlit as st
import streamlit.components.v1 as components
import streamlit_folium

from app_pages.base_maps import offer_bases
from planner.maps import LINKS, Drawn, PlannerMap, static_data

__all__ = ["show_map"]

_NAME = "served"
_URL = f"../{__name__}.{_NAME}"
"""Where the files are, seen from the frame of streamlit-folium: a folder beside its own."""
_MOST_DATA_FILES = 64


def show_map(
    made: PlannerMap,
    *,
    key: str,
    height: int,
    layers: Sequence[Drawn] = (),
    clicks: bool = False,
    acts: bool = False,
) -> Mapping[str, Any]:
    """Show a map and give what was clicked, where `clicks` is set.

    Parameters
    ----------
    made
        What does not change: its big layers are files that the browser fetches once.
    key
        Of the widget.
    height
        In pixels.
    layers
        What changes: sent to the map that stands, which keeps its view.
    clicks
        Whether a click on the map runs the page again; panning and zooming never do.
    acts
        Whether what a hand does with the tools of `EditTools` runs the page again; what it did
        stands under "last_active_drawing".
    """
    offer_bases(made)
    changing = [_grouped(layer) for layer in layers]
    _serve(static_data([made, *changing]))
    streamlit_folium._component_func = _door  # noqa: SLF001 - the one place where a page is handed over
    has_control = any(isinstance(part, folium.LayerControl) for part in made._children.values())  # noqa: SLF001 - folium has no other way to ask
    control = None if has_control else folium.LayerControl(position="topright", collapsed=False)
    answer = streamlit_folium.st_folium(
        made,
        key=key,
        height=height,
        use_container_width=True,
        returned_objects=["last_clicked"] * clicks + ["last_active_drawing"] * acts,
        feature_group_to_add=changing or None,
        layer_control=control,
    )
    return answer or {}


def _grouped(layer: Drawn) -> folium.FeatureGroup:
    """Put a layer into what streamlit-folium takes; it then stands in the list of layers itself."""
    group = folium.FeatureGroup(name=layer.layer_name, control=layer.control, show=layer.show)
    layer.add_to(group)
    return group


_component = streamlit_folium._component_func  # noqa: SLF001 - kept before the door is put in its place


def _door(**handed: Any) -> Any:  # noqa: ANN401 - the component's own arguments and answer
    """Hand a page over with each link turned into the app's own; any other link is an error."""
    for links in ("js_links", "css_links"):
        handed[links] = [_local(link) for link in handed[links]]
    return _component(**handed)


def _local(link: str) -> str:
    if link in LINKS:
        return f"{_URL}/{LINKS[link].name}"
    if link.startswith("planner:data/"):
        return f"{_URL}/{link.removeprefix('planner:')}"
    raise ValueError(f"a map may only use the planner's own scripts and styles, got {link!r}")


def _serve(data: Mapping[str, str]) -> None:
    """Put scripts, styles and data (link -> script) where the browser can fetch them.

    A file of data is named by the fingerprint of what it holds, and folders are not listed: only
    who was shown the map knows the name.
    """
    folder = _folder()
    components.declare_component(_NAME, path=folder)
    for link, text in data.items():
        path = folder / link.removeprefix("planner:")
        if not path.exists():
            _keep_few(path.parent)
            _write(path, text)
        os.utime(path)


def _folder() -> Path:
    return Path(_served().name)


@st.cache_resource
def _served() -> tempfile.TemporaryDirectory[str]:
    """Make the folder that is served; it is removed when the app ends."""
    made = tempfile.TemporaryDirectory(prefix="planner-served-")
    folder = Path(made.name)
    (folder / "data").mkdir()
    for path in LINKS.values():
        shutil.copyfile(path, folder / path.name)
        pictures = path.parent / "images"
        if pictures.is_dir():
            shutil.copytree(pictures, folder / "images", dirs_exist_ok=True)
    return made


def _write(path: Path, text: str) -> None:
    """Write a file that is whole from the moment it is there."""
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", dir=path.parent, suffix=".part", delete=False
    ) as file:
        file.write(text)
    Path(file.name).replace(path)


def _keep_few(folder: Path) -> None:
    newest_first = sorted(folder.glob("*.js"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in newest_first[_MOST_DATA_FILES - 1 :]:
        path.unlink(missing_ok=True)
