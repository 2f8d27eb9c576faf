"""Maps of the same place -> one page on which they stand beside each other and move together."""

import base64
import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from branca.element import Figure

from planner.district import District
from planner.language import current_language
from planner.maps.build import Ground, base_map
from planner.maps.layers import LINKS, Drawn, PlannerMap, as_script
from planner.maps.page import link_text

__all__ = ["PAIR_LINKS", "Pane", "make_pane", "pair_page"]

_HERE = Path(__file__).parent
_SCRIPT = re.compile(r"<script(?P<head>[^>]*)>(?P<body>.*?)</script>", re.DOTALL)
_SOURCE = re.compile(r'src="(?P<link>[^"]*)"')
_STYLE_LINK = re.compile(r'<link rel="stylesheet" href="(?P<link>[^"]*)"\s*/?>')

PAIR_LINKS = {
    "planner:planner_pair.js": _HERE / "planner_pair.js",
    "planner:planner_pair.css": _HERE / "planner_pair.css",
}
"""What such a page asks for beside `LINKS`, and the installed file that holds it."""


@dataclass(frozen=True, slots=True)
class Pane:
    """One of the maps that stand beside each other."""

    title: str
    made: PlannerMap


def make_pane(title: str, district: District, *, ground: Ground, layers: Sequence[Drawn]) -> Pane:
    """Draw some layers, the lowest first, over the ground of a district; none is packed anew."""
    made = base_map(district, ground=ground)
    for layer in layers:
        layer.again().add_to(made)
    return Pane(title, made)


def pair_page(
    panes: Sequence[Pane],
    *,
    title: str,
    key: str,
    link: Callable[[str], str] | None = None,
) -> str:
    """Write maps of the same place as one page; dragging or zooming one moves them all.

    Parameters
    ----------
    panes
        At least one, from left to right; below one another where the page is narrow. Each map must
        be made for this page alone.
    title
        Of the window.
    key
        Under which a browser keeps the view, so that the next page of the same key begins there.
    link
        Gives the address of one of the planner's own scripts, styles and data; None: the page
        holds everything and works from disk.

    Returns
    -------
    str
        HTML. Its own security policy forbids the browser to fetch anything from elsewhere, and to
        run any script but these.

    Raises
    ------
    ValueError
        If there is no map, or a map asks for a script or style that is not the planner's own.
    """
    if not panes:
        raise ValueError("panes must be at least one")
    figure = Figure()
    for pane in panes:
        figure.add_child(pane.made)
    figure.render()
    head = figure.header.render()
    links = [html.unescape(found["link"]) for found in _STYLE_LINK.finditer(head)]
    sources = [
        html.unescape(source["link"])
        for found in _SCRIPT.finditer(head)
        if (source := _SOURCE.search(found["head"]))
    ]
    inline = [
        found["body"] for found in _SCRIPT.finditer(head) if not _SOURCE.search(found["head"])
    ]
    rest = _SCRIPT.sub("", _STYLE_LINK.sub("", head))
    scripts = [*inline, figure.script.render(), _join(panes, key)]
    return _page(
        panes,
        link,
        title=title,
        head=_steady(rest, panes),
        body=_steady(figure.html.render(), panes),
        styles=[*links, "planner:planner_pair.css"],
        sources=[*sources, "planner:planner_pair.js"],
        scripts=[_steady(script, panes) for script in scripts],
    )


def _join(panes: Sequence[Pane], key: str) -> str:
    maps = ", ".join(pane.made.get_name() for pane in panes)
    words = as_script({"titles": [pane.title for pane in panes], "key": f"planner-pair-{key}"})
    return f"plannerPair.join([{maps}], {words});"


def _steady(text: str, panes: Sequence[Pane]) -> str:
    """Name the elements by their order instead of by chance: the same maps give the same page."""
    for at, pane in enumerate(panes):
        parts = [pane.made, *pane.made._children.values()]  # noqa: SLF001 - folium has no other way to ask
        for number, part in enumerate(parts):
            text = text.replace(part.get_name(), f"map_{at}_part_{number}_")
    return text


def _page(  # noqa: PLR0913 - the parts of a page
    panes: Sequence[Pane],
    link: Callable[[str], str] | None,
    *,
    title: str,
    head: str,
    body: str,
    styles: Sequence[str],
    sources: Sequence[str],
    scripts: Sequence[str],
) -> str:
    """Put a page together: its scripts and styles as links, or all inside."""
    _refuse_links(head + body)
    _refuse_unknown([*styles, *sources])
    language = {"zh": "zh-CN", "en": "en"}[current_language()]
    data = {} if link else {k: v for pane in panes for k, v in pane.made.static_data.items()}
    inside = [] if link else [_text(source, panes) for source in sources]
    inline = [_without_source_map(text) for text in (*inside, *data.values(), *scripts)]
    return "\n".join(
        [
            "<!DOCTYPE html>",
            f'<html lang="{language}">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{html.escape(_policy(inline))}">',
            '<meta name="referrer" content="no-referrer">',
            f"<title>{html.escape(title)}</title>",
            head,
            *(_style(each, panes, link) for each in styles),
            *(f'<script src="{html.escape(link(each))}"></script>' for each in sources if link),
            "</head>",
            "<body>",
            f'<main class="planner-pair">{body}</main>',
            '<div class="planner-pair-legend"></div>',
            *(f"<script>{text}</script>" for text in inline),
            "</body>",
            "</html>",
            "",
        ]
    )


def _style(name: str, panes: Sequence[Pane], link: Callable[[str], str] | None) -> str:
    if link:
        return f'<link rel="stylesheet" href="{html.escape(link(name))}">'
    return f"<style>{_text(name, panes)}</style>"


def _text(name: str, panes: Sequence[Pane]) -> str:
    """Give the script or style behind a link."""
    if name in PAIR_LINKS:
        return PAIR_LINKS[name].read_text(encoding="utf-8")
    return link_text(name, panes[0].made)


def _policy(inline: Sequence[str]) -> str:
    """Allow the scripts that were written here, and what comes from the same place as the page."""
    hashes = " ".join(
        f"'sha256-{base64.b64encode(sha256(text.encode()).digest()).decode()}'" for text in inline
    )
    return (
        f"default-src 'none'; script-src 'self' {hashes}; style-src 'self' 'unsafe-inline';"
        " img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'"
    )


def _refuse_unknown(names: Sequence[str]) -> None:
    """Raise where a map asks for a script or style that is not the planner's own."""
    unknown = [name for name in names if name not in LINKS and name not in PAIR_LINKS]
    if unknown:
        raise ValueError(
            f"a map may only use the planner's own scripts and styles, got {unknown[0]!r}"
        )


def _refuse_links(markup: str) -> None:
    """Raise where something in the markup would still be fetched."""
    found = re.search(r"""(?:src|href)\s*=\s*["']?(?!data:|#)([^"'\s>]+)""", markup)
    if found:
        raise ValueError(
            f"a map may only use the planner's own scripts and styles, got {found[1]!r}"
        )


def _without_source_map(script: str) -> str:
    return re.sub(r"^//# sourceMappingURL=.*$", "", script, flags=re.MULTILINE)
