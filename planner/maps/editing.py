"""Decisions made by hand, and the tool in hand -> layers and words of a map that is edited."""

from collections.abc import Mapping, Sequence

import pandas as pd
from branca.element import MacroElement
from folium.elements import JSCSSMixin
from folium.template import Template

from planner.language import say
from planner.maps.layers import Drawn, Sites, as_script
from planner.maps.style import STYLE
from planner.maps.words import positions

__all__ = ["EditTools", "NoGo", "area_name", "areas_layer", "editing_script", "pins_layer"]

_KINDS = ("locked", "forbidden", "added")
"""Of marks, in the order of a legend."""


class EditTools(JSCSSMixin, MacroElement):
    """Lets a map tell what was clicked, drawn or typed, by the tool that the page around names.

    Parameters
    ----------
    view
        Name under which the browser keeps the view of the map: another map of the same name begins
        where this one was left.
    """

    default_js = [("planner_edit", "planner:planner_edit.js")]  # noqa: RUF012 - folium reads a list of the class
    default_css = [("planner_edit_css", "planner:planner_edit.css")]  # noqa: RUF012 - as above

    _template = Template(
        """
        {% macro script(this, kwargs) %}
            plannerEdit.begin({{ this._parent.get_name() }}, {{ this.words }});
        {% endmacro %}
        """
    )

    def __init__(self, *, view: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # branca has no types here
        self._name = "EditTools"
        self.words = as_script(
            {
                "view": view,
                "label": say(
                    "Map of the plan. Arrow keys move it, + and - zoom, the space bar points at the"
                    " middle."
                ),
                "area": say("Click the corners of the area."),
                "corners": say(
                    "{count} corners. Double click, Enter or the button closes the area; Esc drops"
                    " it.",
                    count="%",
                ),
                "few": say("An area needs at least 3 corners."),
                "sent": say("The area is handed over."),
                "close": say("Close the area"),
                "back": say("Last corner back"),
                "cancel": say("Drop it"),
            }
        )


class NoGo(JSCSSMixin, Drawn):
    """Areas where nothing may be opened; a map without `EditTools` gets their script with them."""

    default_js = EditTools.default_js
    default_css = EditTools.default_css
    kind = "noGo"


def area_name(number: int) -> str:
    """Name a no-go area by its number among the settings, from 1."""
    return say("No-go area {number}", number=number)


def areas_layer(rings: Sequence[Sequence[tuple[float, float]]]) -> NoGo:
    """Draw areas where nothing may be opened, each with its name.

    Parameters
    ----------
    rings
        Corners (lon, lat) in WGS-84, in the order of the settings.
    """
    areas = [
        {"name": area_name(number), "ring": [list(corner) for corner in ring]}
        for number, ring in enumerate(rings, start=1)
    ]
    title = say("Decided by hand")
    entry = {**STYLE.no_go, "shape": "square", "label": say("No-go area"), "place": 3}
    legend = [{"title": title, "place": 1, "entries": [entry]}] if areas else []
    payload = {"areas": areas, "style": dict(STYLE.no_go)}
    return NoGo(payload, name=say("No-go areas"), legend=legend)


def pins_layer(sites: pd.DataFrame, pins: Mapping[str, Sequence[str]]) -> Sites:
    """Draw what was decided of sites: each kind of mark has a shape of its own.

    Parameters
    ----------
    sites
        Index site id; columns lon, lat, name.
    pins
        Ids by "locked", "forbidden" and "added"; those that are not among the sites are not drawn.
    """
    names = {
        "locked": say("Must be opened"),
        "forbidden": say("Must not be opened"),
        "added": say("Added by hand"),
    }
    of_kind = [
        (kind, sites.loc[[site for site in pins.get(kind, ()) if site in sites.index]])
        for kind in _KINDS
    ]
    rows = pd.concat([rows for _, rows in of_kind])
    kinds = [kind for kind, rows in of_kind for _ in range(len(rows))]
    payload = {
        **positions(rows),
        "kind": kinds,
        "kinds": {kind: dict(STYLE.kinds[kind]) for kind in sorted(set(kinds))},
        "title": [
            f"{name} ({site})" if name else str(site)
            for site, name in zip(rows.index, rows["name"].fillna(""), strict=True)
        ],
        "labels": [say("Decided by hand")],
        "brief": 1,
        "values": [[names[kind]] for kind in kinds],
    }
    entries = [
        {**STYLE.kinds[kind], "label": names[kind], "place": place}
        for place, kind in enumerate(_KINDS)
        if kind in kinds
    ]
    legend = [{"title": say("Decided by hand"), "place": 1, "entries": entries}] if entries else []
    return Sites(payload, name=say("Decided by hand"), legend=legend)


def editing_script(
    *,
    tool: str,
    off: bool,
    selected: Sequence[float] | None = None,
    pending: Sequence[float] | None = None,
) -> str:
    """Write the script by which a page tells its map which tool is in hand.

    Parameters
    ----------
    tool
        "select", "add", "lock", "forbid" or "area".
    off
        Whether nothing may be changed: a click then only selects.
    selected, pending
        Longitude and latitude of the site that is selected, and of the new one that is asked about.
    """
    state = {
        "tool": tool,
        "off": off,
        "selected": None if selected is None else list(selected),
        "pending": None if pending is None else list(pending),
    }
    return (
        f"window.plannerEditing = {as_script(state)};"
        ' window.dispatchEvent(new Event("plannerediting"));'
    )
