"""A map -> one HTML page that works from disk, and asks nobody for anything."""

import base64
import html
import re
from hashlib import sha256

from branca.element import Element, Figure

from planner.language import current_language
from planner.maps.layers import LINKS, PlannerMap

__all__ = ["link_text", "standalone_html"]

_SCRIPT = re.compile(r"<script(?P<head>[^>]*)>(?P<body>.*?)</script>", re.DOTALL)
_STYLE_LINK = re.compile(r'<link rel="stylesheet" href="(?P<link>[^"]*)"\s*/?>')
_SOURCE = re.compile(r'src="(?P<link>[^"]*)"')
_PICTURE = re.compile(r"url\((?P<path>images/[\w.-]+\.png)\)")


def link_text(link: str, made: PlannerMap) -> str:
    """Give the script or style behind a link of a map.

    Raises
    ------
    ValueError
        If the link is none of the planner's own: nothing may be fetched from anywhere else.
    """
    if link in made.static_data:
        return made.static_data[link]
    if link not in LINKS:
        raise ValueError(f"a map may only use the planner's own scripts and styles, got {link!r}")
    text = LINKS[link].read_text(encoding="utf-8")
    folder = LINKS[link].parent

    def embedded(found: re.Match[str]) -> str:
        picture = base64.b64encode((folder / found["path"]).read_bytes()).decode()
        return f"url(data:image/png;base64,{picture})"

    return _PICTURE.sub(embedded, text)


def standalone_html(made: PlannerMap, *, title: str, in_app: bool = False) -> str:
    """Write a map as one page with everything inside: it opens from disk without a network.

    Parameters
    ----------
    made
        The map. It is rendered; it can be rendered again.
    title
        Title of the window.
    in_app
        Whether the page is one of the app's own addresses: then it may ask the app for tiles, and
        nobody else still.

    Returns
    -------
    str
        HTML. Its own security policy forbids the browser to fetch anything, and to run any
        script but those that were written here.

    Raises
    ------
    ValueError
        If an element of the map asks for a script or style that is not the planner's own.

    References
    ----------
    Content Security Policy Level 3, W3C: hashes of the scripts that may run.
    """
    root = made.get_root()
    if not isinstance(root, Figure):
        raise TypeError("a map that is shown alone belongs to a figure of its own")
    root.script = Element()  # an earlier writing left its own there
    root.script._parent = root  # noqa: SLF001 - as the figure itself does it
    root.render()
    head = root.header.render()
    styles = [link_text(html.unescape(found["link"]), made) for found in _STYLE_LINK.finditer(head)]
    scripts = [_script_text(found, made) for found in _SCRIPT.finditer(head)]
    scripts += made.static_data.values()
    scripts.append(_steady(root.script.render(), made))
    rest = _steady(_STYLE_LINK.sub("", _SCRIPT.sub("", head)), made)
    body = _steady(root.html.render(), made)
    _refuse_links(rest + body)
    return _page(
        title=title,
        head=rest + "".join(f"<style>{text}</style>\n" for text in styles),
        body=body,
        scripts=[_without_source_map(text) for text in scripts],
        asks="'self'" if in_app else "'none'",
    )


def _script_text(found: re.Match[str], made: PlannerMap) -> str:
    source = _SOURCE.search(found["head"])
    return link_text(html.unescape(source["link"]), made) if source else found["body"]


def _steady(text: str, made: PlannerMap) -> str:
    """Name the elements by their order instead of by chance: the same map gives the same page."""
    parts = [made, *made._children.values()]  # noqa: SLF001 - folium has no other way to ask
    for number, part in enumerate(parts):
        text = text.replace(part.get_name(), f"part_{number}")
    return text


def _refuse_links(markup: str) -> None:
    """Raise where something in the markup would still be fetched."""
    found = re.search(r"""(?:src|href)\s*=\s*["']?(?!data:|#)([^"'\s>]+)""", markup)
    if found:
        raise ValueError(
            f"a map may only use the planner's own scripts and styles, got {found[1]!r}"
        )


def _without_source_map(script: str) -> str:
    return re.sub(r"^//# sourceMappingURL=.*$", "", script, flags=re.MULTILINE)


def _page(*, title: str, head: str, body: str, scripts: list[str], asks: str) -> str:
    pictures = "" if asks == "'none'" else asks
    hashes = " ".join(
        f"'sha256-{base64.b64encode(sha256(text.encode()).digest()).decode()}'" for text in scripts
    )
    policy = (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline';"
        f" img-src data: {pictures}; connect-src {asks}; base-uri 'none'; form-action 'none'"
    )
    language = {"zh": "zh-CN", "en": "en"}[current_language()]
    return "\n".join(
        [
            "<!DOCTYPE html>",
            f'<html lang="{language}">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{html.escape(policy)}">',
            '<meta name="referrer" content="no-referrer">',
            f"<title>{html.escape(title)}</title>",
            head,
            "</head>",
            "<body>",
            body,
            *(f"<script>{text}</script>" for text in scripts),
            "</body>",
            "</html>",
            "",
        ]
    )
