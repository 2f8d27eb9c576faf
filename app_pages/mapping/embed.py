"""A map -> the page, with everything that it needs served by the app itself."""

import gc
import os
import shutil
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import folium
import streamlit as st
import streamlit.components.v1 as components
import streamlit_folium
from branca.element import Element
from folium.elements import JSCSSMixin

from app_pages.mapping.base_maps import bases_offered, offer_bases
from app_pages.memory.shelf import Entry, Memory
from planner.language import current_language
from planner.maps import LINKS, PAIR_LINKS, Drawn, PlannerMap, Recoloured, static_data

__all__ = ["page_link", "serve_page", "show_map", "standing_map"]

_NAME = "served"
_URL = f"../{__name__}.{_NAME}"
"""Where the files are, seen from the frame of streamlit-folium: a folder beside its own."""
_MOST_DATA_FILES = 512
_MOST_MAPS = 6
_RENDERING = threading.RLock()
"""Held while a map is rendered: folium renames its elements as it goes."""


class _Page(NamedTuple):
    """A map that was rendered, as the browser takes it."""

    script: str
    header: str
    html: str
    id: str
    js_links: list[str]
    css_links: list[str]
    data: Mapping[str, str]
    """Link -> script of the data of its layers."""


_PAGES: "weakref.WeakKeyDictionary[PlannerMap, _Page]" = weakref.WeakKeyDictionary()


def standing_map(kept: Entry | Memory, key: object, make: Callable[[], PlannerMap]) -> PlannerMap:
    """Give what does not change of a map, drawn and rendered once for everybody who sees it.

    Parameters
    ----------
    kept
        Where it is kept: with the district, or with what added candidates leave as it is.
    key
        Tells the maps of a district apart; language and base maps need not be in it.
    make
        Draws it the first time.
    """
    about = key, current_language(), bases_offered()

    def made() -> PlannerMap:
        found = make()
        _leave_out_of_sweeps()
        return found

    return kept.latest("standing maps", about, made, most=_MOST_MAPS)


def _leave_out_of_sweeps() -> None:
    """Let Python's collector pass over what is there now.

    A sweep of the whole memory takes 0.2 s with the tables of a large district, and one is due
    whenever much was made anew. What nothing refers to any more is freed all the same; what refers
    to itself in a circle, as maps do, when the next map is made.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def show_map(
    made: PlannerMap,
    *,
    key: str,
    height: int,
    layers: Sequence[Drawn | Recoloured] = (),
    clicks: bool = False,
    acts: bool = False,
) -> Mapping[str, Any]:
    """Show a map and give what was clicked, where `clicks` is set.

    Parameters
    ----------
    made
        What does not change: its big layers are files that the browser fetches once. One that
        `standing_map` gave is not rendered again.
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
    with _RENDERING:
        offer_bases(made)
        page = _page(made)
        changing = [_grouped(layer) for layer in layers]
        groups, control = _changing(made, changing)
    _serve({**page.data, **static_data(changing)})
    wanted = ["last_clicked"] * clicks + ["last_active_drawing"] * acts
    mark = streamlit_folium.generate_js_hash(page.script, key, False)  # noqa: FBT003 - as `st_folium` calls it

    def heard() -> None:
        st.session_state[key] = st.session_state.get(mark, {})

    answer = streamlit_folium._component_func(  # noqa: SLF001 - `st_folium` would render the map each time
        script=page.script,
        header=page.header,
        html=page.html,
        id=page.id,
        key=mark,
        height=height,
        width=None,
        returned_objects=wanted,
        default=dict.fromkeys(wanted),
        zoom=None,
        center=None,
        feature_group=groups,
        return_on_hover=False,
        layer_control=control,
        pixelated=False,
        css_links=page.css_links,
        js_links=page.js_links,
        on_change=heard,
        wrap_longitude=False,
    )
    return answer or {}


def serve_page(page: str, data: Mapping[str, str]) -> str:
    """Put a page of maps where the browser can fetch it; give its address.

    Parameters
    ----------
    page
        HTML, its links being `page_link` of the planner's own.
    data
        Link -> script that holds the data of a layer.
    """
    _serve(data)
    path = _folder() / "pages" / f"{sha256(page.encode()).hexdigest()}.html"
    path.parent.mkdir(exist_ok=True)
    if not path.exists():
        _keep_few(path.parent)
        _write(path, page)
    os.utime(path)
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"{'/' if base else ''}{base}/component/{__name__}.{_NAME}/pages/{path.name}"


def page_link(link: str) -> str:
    """Give the address of one of the planner's own scripts and styles, seen from a page of maps."""
    return f"../{(PAIR_LINKS | dict(LINKS))[link].name}"


def _page(made: PlannerMap) -> _Page:
    """Give a map as the browser takes it; what was rendered before is not rendered again."""
    kept = _PAGES.get(made)
    if kept is not None:
        return kept
    made.get_root().render()
    made.render()
    html, header = streamlit_folium._get_html(made), streamlit_folium._get_header(made)  # noqa: SLF001 - what `st_folium` does
    links = [*_elements(made)]
    page = _Page(
        script=streamlit_folium._get_map_string(made),  # noqa: SLF001 - as above
        header=header,
        html=html,
        id=streamlit_folium.get_full_id(made),
        js_links=_links(links, "default_js"),
        css_links=_links(links, "default_css"),
        data=static_data([made]),
    )
    _PAGES[made] = page
    return page


def _elements(element: Element) -> Iterator[Element]:
    yield element
    for child in element._children.values():  # noqa: SLF001 - folium has no other way to ask
        yield from _elements(child)


def _links(elements: Sequence[Element], kind: str) -> list[str]:
    """Give every script or style that some elements ask for, each once, as the app's own link."""
    asked = [
        link
        for element in elements
        if isinstance(element, JSCSSMixin)
        for _, link in getattr(element, kind)
    ]
    return [_local(link) for link in dict.fromkeys(asked)]


def _changing(
    made: PlannerMap, groups: Sequence[folium.FeatureGroup]
) -> tuple[str | None, str | None]:
    """Write the scripts of the layers that change and of the list of layers.

    The map is left as it was.
    """
    root: Any = made.get_root()
    whole = [made, root.header, root.html, root.script]
    before = [(part, part._children.copy()) for part in whole]  # noqa: SLF001 - folium has no other way to ask
    has_control = any(isinstance(part, folium.LayerControl) for part in made._children.values())  # noqa: SLF001 - as above
    try:
        scripts = [
            streamlit_folium._get_feature_group_string(group, map=made, idx=at)  # noqa: SLF001 - what `st_folium` does
            for at, group in enumerate(groups)
        ]
        if has_control:
            return "".join(scripts) or None, None
        control = folium.LayerControl(position="topright", collapsed=False)
        listed = streamlit_folium._get_layer_control_string(control, made)  # noqa: SLF001 - as above
        return "".join(scripts) or None, listed
    finally:
        for part, children in before:
            part._children = children  # noqa: SLF001 - as above


def _grouped(layer: Drawn | Recoloured) -> folium.FeatureGroup:
    """Put a layer into what streamlit-folium takes; it then stands in the list of layers itself."""
    group = folium.FeatureGroup(name=layer.layer_name, control=layer.control, show=layer.show)
    layer.add_to(group)
    return group


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
    for path in (*LINKS.values(), *PAIR_LINKS.values()):
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
    kept = [*folder.glob("*.js"), *folder.glob("*.html")]
    newest_first = sorted(kept, key=lambda path: path.stat().st_mtime, reverse=True)
    for path in newest_first[_MOST_DATA_FILES - 1 :]:
        path.unlink(missing_ok=True)
