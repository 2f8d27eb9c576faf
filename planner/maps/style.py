"""How maps look, also to a colour-blind person or on a black-and-white print."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

__all__ = ["STYLE", "MapStyle"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MapStyle:
    """Colours and shapes of a map."""

    share_colours: tuple[str, ...] = ("#b5500f", "#eda55d", "#f3e3bd", "#8fbbd9", "#1f67a8")
    """From nobody served (orange) to everybody (blue): told apart by all kinds of colour vision."""
    share_borders: tuple[float, ...] = (0.2, 0.4, 0.6, 0.8)
    """Where one colour ends, shares of 0 to 1; a border belongs to the class above it."""
    density_colours: tuple[str, ...] = (
        "#fdeaa8",
        "#fbbd64",
        "#f08050",
        "#cc4659",
        "#8c266c",
        "#481567",
    )
    """From few workers to many: each is darker than the one before, so also without colour."""
    density_opacity: float = 0.82
    streets: Mapping[str, object] = field(
        default_factory=lambda: MappingProxyType(
            {"color": "#a9afb3", "weight": 1, "opacity": 0.9, "pane": "streets", "level": 250}
        )
    )
    border: Mapping[str, object] = field(
        default_factory=lambda: MappingProxyType(
            {
                "color": "#5a6570",
                "weight": 1.6,
                "opacity": 0.9,
                "dashArray": "6 4",
                "dashes": [4, 3],
                "pane": "border",
                "level": 260,
            }
        )
    )
    communities: Mapping[str, object] = field(
        default_factory=lambda: MappingProxyType(
            {
                "color": "#8d8aa3",
                "weight": 0.8,
                "opacity": 0.7,
                "dashArray": "2 3",
                "dashes": [2, 2],
                "pane": "border",
                "level": 260,
            }
        )
    )
    kinds: Mapping[str, Mapping[str, object]] = field(
        default_factory=lambda: MappingProxyType(
            {
                "existing": _mark("circle", "#14212b", radius=5.5),
                "maintenance": _mark("circle", "#ffffff", radius=5.5, line="#14212b"),
                "proposed": _mark("diamond", "#c2137a", radius=6.5),
                "candidate": _mark("square", "#ffffff", radius=3.2, line="#59636b"),
                "picked": _mark("triangle", "#0a7d5a", radius=7.5),
            }
        )
    )


def _mark(shape: str, fill: str, *, radius: float, line: str = "#ffffff") -> Mapping[str, object]:
    return {
        "shape": shape,
        "radius": radius,
        "color": line,
        "weight": 1.5,
        "fillColor": fill,
        "fillOpacity": 1,
    }


STYLE = MapStyle()
