"""A district and the base maps on offer -> the words that stand on a map."""

from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import PurePath

from planner.district import District
from planner.language import say
from planner.maps.layers import Bases
from planner.maps.style import STYLE
from planner.maps.tiles import TileBase, offered_at

__all__ = ["bases_choice", "map_words"]

_OPENSTREETMAP = (".osm", ".pbf", ".graphml")
"""How the names of files end whose streets come from OpenStreetMap."""
_MOST_SOURCES = 8


def map_words(
    district: District, *, with_title: bool, subtitle: str, pick: bool
) -> dict[str, object]:
    """Give the words that every map of a district has: what it is, and where its data come from."""
    notes = [
        say("Internal working sketch, not a published map"),
        district.settings.data_note,
    ]
    if _from_openstreetmap(district):
        notes.append(say("Streets © OpenStreetMap contributors"))
    return {
        "zoom_in": say("Zoom in"),
        "zoom_out": say("Zoom out"),
        "north": say("N"),
        "north_title": say("North is above"),
        "notes": [text for text in notes if text],
        "title": district.settings.name if with_title else "",
        "subtitle": subtitle or say("Service stations for outdoor workers"),
        "pick": dict(STYLE.kinds["picked"]) if pick else None,
        "sources": _sources(district),
        "paper": {
            "screen": say("Screen"),
            "print": say("Print"),
            "date": say("Printed on"),
        },
    }


def bases_choice(
    frame: tuple[float, float, float, float], bases: Sequence[TileBase]
) -> Bases | None:
    """Give the choice of base maps for a map that shows a frame; None where there is only one."""
    fitting = [base for base in bases if offered_at(base, frame)]
    if not fitting:
        return None
    return Bases(
        {
            "title": say("Base map"),
            "streets": say("Streets from the data"),
            "asking": say("Asking for tiles"),
            "why": _refusals(),
            "bases": [
                {
                    "id": base.id,
                    "name": str(base.name),
                    "system": base.system,
                    "layers": list(base.layers),
                    "marks": str(base.marks),
                    "max_zoom": base.max_zoom,
                }
                for base in fitting
            ],
        }
    )


def _refusals() -> Mapping[str, str]:
    """Tell why a base map is not shown; the map itself always is."""
    return {
        "slow": say("no answer in time. The streets from the data are shown."),
        "unreachable": say("not reachable. The streets from the data are shown."),
        "key": say("the key is not accepted. The streets from the data are shown."),
        "answer": say("gives no tiles here. The streets from the data are shown."),
        "unknown": say("is no longer set up. The streets from the data are shown."),
    }


def _sources(district: District) -> Mapping[str, str] | None:
    """Name the files that a map is drawn from, without their folders; None where none is named."""
    settings = district.settings
    files = (settings.stations, settings.venues, settings.communities, settings.boundary)
    named = [file.path for file in chain(files, settings.workers) if file is not None]
    if settings.streets.path:
        named.append(settings.streets.path)
    names = list(dict.fromkeys(PurePath(path.replace("\\", "/")).name for path in named))
    if not names:
        return None
    told = say(", ").join(names[:_MOST_SOURCES])
    if len(names) > _MOST_SOURCES:
        told = say("{files} and others", files=told)
    return {"title": say("Sources"), "files": told}


def _from_openstreetmap(district: District) -> bool:
    streets = district.settings.streets
    path = (streets.path or "").lower()
    # OSMnx writes GraphML, and takes its streets from OpenStreetMap.
    return streets.place is not None or path.removesuffix(".gz").endswith(_OPENSTREETMAP)
