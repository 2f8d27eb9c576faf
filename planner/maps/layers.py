"""Layers of a map as folium elements: one element a layer, however many rows it has."""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

from branca.element import MacroElement
from folium import Map
from folium.elements import JSCSSMixin
from folium.map import Layer
from folium.template import Template
from xstatic.pkg import leaflet

__all__ = ["LINKS", "Cells", "Furniture", "Legend", "Lines", "PlannerMap", "Sites", "as_script"]

_HERE = Path(__file__).parent
_LEAFLET = Path(leaflet.BASE_DIR)

LINKS: Mapping[str, Path] = MappingProxyType(
    {
        "planner:leaflet.js": _LEAFLET / "leaflet.js",
        "planner:leaflet.css": _LEAFLET / "leaflet.css",
        "planner:planner_map.js": _HERE / "planner_map.js",
        "planner:planner_map.css": _HERE / "planner_map.css",
    }
)
"""Every script and style that a map may ask for, and the installed file that holds it."""


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
    """

    default_js = [  # noqa: RUF012 - folium reads a list of the class
        ("leaflet", "planner:leaflet.js"),
        ("planner_map", "planner:planner_map.js"),
    ]
    default_css = [  # noqa: RUF012 - folium reads a list of the class
        ("leaflet_css", "planner:leaflet.css"),
        ("planner_map_css", "planner:planner_map.css"),
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
        self.fit_bounds(bounds, padding=(12, 12))

    @property
    def static_data(self) -> Mapping[str, str]:
        """Link -> script that holds the data of a layer that does not change."""
        layers = (child for child in self._children.values() if isinstance(child, Lines))
        return {layer.link: layer.script_text for layer in layers}


class _Drawn(Layer):
    """A layer made by one call of `plannerMap` in the page."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
            var {{ this.get_name() }} = plannerMap.{{ this.call }};
        {% endmacro %}
        """
    )

    def __init__(self, call: str, *, name: str, show: bool = True, control: bool = True) -> None:
        super().__init__(name=name, overlay=True, control=control, show=show)
        self._name = type(self).__name__
        self.call = call


class Lines(JSCSSMixin, _Drawn):
    """Lines that nobody clicks, such as streets: their data is a script of its own, sent once."""

    def __init__(
        self, data: object, *, name: str, style: Mapping[str, object], control: bool = True
    ) -> None:
        text = as_script(data)
        key = sha256(text.encode()).hexdigest()
        super().__init__(f"lines({as_script(key)}, {as_script(style)})", name=name, control=control)
        self.link = f"planner:data/{key}.js"
        self.script_text = f"plannerMap.data[{as_script(key)}]={text};"
        self.default_js = [(f"data_{key}", self.link)]


class Cells(_Drawn):
    """Circles in metres, one a place where workers are."""

    def __init__(self, payload: Mapping[str, object], *, name: str, show: bool = True) -> None:
        super().__init__(f"cells({as_script(payload)})", name=name, show=show)


class Sites(_Drawn):
    """Marks in pixels, one a site; their shape tells the kind, also without colour."""

    def __init__(self, payload: Mapping[str, object], *, name: str, show: bool = True) -> None:
        super().__init__(f"sites({as_script(payload)})", name=name, show=show)


class Legend(MacroElement):
    """What the colours and shapes mean."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
            plannerMap.legend({{ this.parts }}).addTo({{ this._parent.get_name() }});
        {% endmacro %}
        """
    )

    def __init__(self, parts: Sequence[Mapping[str, object]]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # branca has no types here
        self._name = "Legend"
        self.parts = as_script(parts)


class Furniture(MacroElement):
    """Zoom buttons, scale, title and notes."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
            plannerMap.furnish({{ this._parent.get_name() }}, {{ this.words }});
        {% endmacro %}
        """
    )

    def __init__(self, words: Mapping[str, object]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # branca has no types here
        self._name = "Furniture"
        self.words = as_script(words)
