"""Layers of a map as folium elements: one element a layer, however many rows it has."""

import copy
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Self

from branca.element import Element, Figure, MacroElement
from folium import Map
from folium.map import FitBounds, Layer
from folium.template import Template
from xstatic.pkg import leaflet

__all__ = [
    "LINKS",
    "Areas",
    "Bases",
    "Cells",
    "Drawn",
    "Furniture",
    "Lines",
    "PlannerMap",
    "Raster",
    "Sites",
    "as_script",
    "static_data",
]

_HERE = Path(__file__).parent
_LEAFLET = Path(leaflet.BASE_DIR)

LINKS: Mapping[str, Path] = MappingProxyType(
    {
        "planner:leaflet.js": _LEAFLET / "leaflet.js",
        "planner:leaflet.css": _LEAFLET / "leaflet.css",
        "planner:planner_map.js": _HERE / "planner_map.js",
        "planner:planner_map.css": _HERE / "planner_map.css",
        "planner:planner_base.js": _HERE / "planner_base.js",
        "planner:planner_base.css": _HERE / "planner_base.css",
        "planner:planner_edit.js": _HERE / "planner_edit.js",
        "planner:planner_edit.css": _HERE / "planner_edit.css",
    }
)
"""Every script and style that a map may ask for, and the installed file that holds it."""


_NO_ZOOM = ", maximum-scale=1.0, user-scalable=no"
"""What folium writes into the head of a page, and WCAG forbids."""


def as_script(value: object) -> str:
    r"""Write a value as JSON that can stand anywhere inside a script, whatever names it holds.

    Marks that begin or end a tag, a string, or a template of JavaScript or Jinja are written as
    their code. In JSON they stand in strings only, so the value stays the same.

    Examples
    --------
    >>> print(as_script(["</script>", "${x}"]))
    ["\u003c/script\u003e","\u0024{x}"]
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for mark in ("<", ">", "&", "'", "`", "\u2028", "\u2029", "{{", "{%", "{#"):
        text = text.replace(mark, "".join(f"\\u{ord(letter):04x}" for letter in mark))
    return text.replace("${", "\\u0024{")


class PlannerMap(Map):
    """A folium map that asks nobody for anything: no tiles, scripts and styles from packages.

    The lists of links are its own, so other folium maps in the process are left as they are.
    `frame` is what is seen at first: west, south, east and north in WGS-84 degrees.
    """

    default_js = [  # noqa: RUF012 - folium reads a list of the class
        ("leaflet", "planner:leaflet.js"),
        ("planner_map", "planner:planner_map.js"),
        ("planner_base", "planner:planner_base.js"),
    ]
    default_css = [  # noqa: RUF012 - folium reads a list of the class
        ("leaflet_css", "planner:leaflet.css"),
        ("planner_map_css", "planner:planner_map.css"),
        ("planner_base_css", "planner:planner_base.css"),
    ]

    def __init__(self, *, centre: tuple[float, float], bounds: Sequence[Sequence[float]]) -> None:
        super().__init__(
            location=centre,
            tiles=None,
            prefer_canvas=True,
            zoom_control=False,
            attribution_control=False,
            font_size="13px",
            zoom_snap=0.25,
            wheel_px_per_zoom_level=100,
        )
        # Without a tile layer Leaflet knows no deepest zoom, and would go on into nothing.
        self.options |= {"max_zoom": 19, "min_zoom": 6}
        fitted = FitBounds(bounds, padding=(12, 12))
        fitted.options["animate"] = False  # else it would end after a view that was kept is shown
        fitted.add_to(self)
        (south, west), (north, east) = bounds
        self.frame = (west, south, east, north)

    def render(self, **kwargs: object) -> None:  # type: ignore[override]  # nor does folium give one
        """Render as folium does, but let who sees badly enlarge the page."""
        super().render(**kwargs)  # type: ignore[no-untyped-call]  # folium has no types here
        root = self.get_root()
        if not isinstance(root, Figure):
            return
        head = root.header
        written = head._children[self.get_name()].render()  # noqa: SLF001 - folium has no other way to ask
        head.add_child(Element(written.replace(_NO_ZOOM, "")), name=self.get_name())

    @property
    def static_data(self) -> Mapping[str, str]:
        """Link -> script that holds the data of a layer."""
        return static_data([self])


def static_data(elements: Iterable[Element]) -> dict[str, str]:
    """Give link -> script of the data of every layer in some elements, at any depth."""
    found: dict[str, str] = {}
    for element in elements:
        if isinstance(element, Drawn):
            found[element.data.link] = element.data.script
        found |= static_data(element._children.values())  # noqa: SLF001 - folium has no other way to ask
    return found


@dataclass(frozen=True, slots=True)
class _Data:
    """The data of a layer as a script of its own, which a browser fetches once."""

    key: str
    """Fingerprint of the data."""
    script: str

    @property
    def link(self) -> str:
        """Where a map asks for it."""
        return f"planner:data/{self.key}.js"


def _kept(value: object) -> _Data:
    text = as_script(value)
    key = sha256(text.encode()).hexdigest()
    return _Data(key, f"plannerMap.data[{as_script(key)}]={text};")


class Drawn(Layer):
    """A layer made by one call of `plannerMap` in the page, its data sent as a script once.

    The page fetches the data when the layer is first shown; a page that works alone holds them.

    Parameters
    ----------
    payload
        What is drawn; anything that JSON can hold.
    name
        In the list of layers.
    legend
        What its colours and shapes mean, shown while the layer is: parts with a title and entries.
    show
        Whether it is there at first.
    control
        Whether it stands in the list of layers.
    """

    kind = ""
    """The function of `plannerMap` that draws it."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
            var {{ this.get_name() }} = plannerMap.{{ this.call }};
        {% endmacro %}
        """
    )

    def __init__(
        self,
        payload: object,
        *,
        name: str,
        legend: Sequence[Mapping[str, object]] = (),
        show: bool = True,
        control: bool = True,
    ) -> None:
        super().__init__(name=name, overlay=True, control=control, show=show)
        self._name = type(self).__name__
        self.data = _kept(payload)
        self.call = f"{self.kind}({as_script(self.data.key)}, {as_script(list(legend))})"

    def again(self) -> Self:
        """Give the same layer for another map; nothing is packed anew."""
        other = copy.copy(self)
        Layer.__init__(
            other, name=self.layer_name, overlay=True, control=self.control, show=self.show
        )
        other._name = self._name  # noqa: SLF001 - a copy of the own kind
        return other


class Lines(Drawn):
    """Lines that nobody clicks, such as streets."""

    kind = "lines"


class Cells(Drawn):
    """Circles in metres, one a place where workers are."""

    kind = "cells"


class Areas(Drawn):
    """Circles in metres around many cells, such as hot spots: only their rims are drawn."""

    kind = "areas"


class Sites(Drawn):
    """Marks in pixels, one a site; their shape tells the kind, also without colour."""

    kind = "sites"


class Raster(Drawn):
    """A picture that lies flat on the map."""

    kind = "raster"


class Furniture(MacroElement):
    """Zoom buttons, scale, the north arrow, title and notes."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
            plannerMap.furnish({{ this._parent.get_name() }}, {{ this.words }});
            plannerBase.furnish({{ this._parent.get_name() }}, {{ this.words }});
        {% endmacro %}
        """
    )

    def __init__(self, words: Mapping[str, object]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # branca has no types here
        self._name = "Furniture"
        self.words = as_script(words)


class Bases(MacroElement):
    """The choice of a base map of tiles; none is asked for before a person chooses it."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
            plannerBase.offer({{ this._parent.get_name() }}, {{ this.words }});
        {% endmacro %}
        """
    )

    def __init__(self, words: Mapping[str, object]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # branca has no types here
        self._name = "Bases"
        self.words = as_script(words)
