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
    gap_colours: Mapping[str, str] = field(
        default_factory=lambda: MappingProxyType(
            {"served": "#bcd0de", "gap": "#d2691e", "exempt": "#4b2a7b"}
        )
    )
    """By the state of a cell: the darker, the worse."""
    area_colours: tuple[str, ...] = (
        "#4e86b8",
        "#e3a33c",
        "#3f9b82",
        "#c98bb3",
        "#9ecae1",
        "#b5602b",
        "#e6da5e",
        "#75607f",
    )
    """Of service areas, told apart by all kinds of colour vision where they touch."""
    nobody_colour: str = "#d4d8db"
    cell_colour: str = "#7f9db5"
    """Of cells that only show who is there."""
    spots: Mapping[str, Mapping[str, object]] = field(
        default_factory=lambda: MappingProxyType(
            {
                "spot": {"color": "#0b6b77", "weight": 2.5, "opacity": 1},
                "lacking": {
                    "color": "#0b6b77",
                    "weight": 3,
                    "opacity": 1,
                    "dashArray": "2 6",
                    "dashes": [2, 3],
                },
            }
        )
    )
    """Rims of hot spots: with a candidate in reach, and without."""
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
    no_go: Mapping[str, object] = field(
        default_factory=lambda: MappingProxyType(
            {
                "color": "#8f1d14",
                "weight": 2,
                "opacity": 1,
                "dashArray": "6 4",
                "dashes": [3, 2],
                "fillColor": "#8f1d14",
                "fillOpacity": 0.14,
            }
        )
    )
    """Areas where nothing may be opened."""
    kinds: Mapping[str, Mapping[str, object]] = field(
        default_factory=lambda: MappingProxyType(
            {
                "existing": _mark("circle", "#14212b", radius=5.5),
                "maintenance": _mark("circle", "#ffffff", radius=5.5, line="#14212b"),
                "proposed": _mark("diamond", "#c2137a", radius=6.5),
                "moved": _mark("triangle", "#c2137a", radius=6.5),
                "upgraded": _mark("circle", "#ffd23f", radius=6.5, line="#14212b"),
                "closed": _mark("square", "#14212b", radius=4.5),
                "candidate": _mark("square", "#ffffff", radius=3.2, line="#59636b"),
                "picked": _mark("triangle", "#0a7d5a", radius=7.5),
                "added": {**_mark("hexagon", "#0a7d5a", radius=8.0, line="#0a7d5a")}
                | {"fillOpacity": 0, "weight": 3},
                "locked": {**_mark("frame", "#14212b", radius=7.5, line="#14212b")}
                | {"fillOpacity": 0, "weight": 2.5},
                "forbidden": _mark("cross", "#8f1d14", radius=7.0),
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
