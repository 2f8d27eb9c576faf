"""A hand on the page of siting -> every kind of edit that the toolbar has, several times."""

from collections.abc import Iterator

from edit_browser import Edit, Hand, at_rest

__all__ = ["Places", "edit_all"]

Places = list[tuple[float, float]]
"""Longitude and latitude of candidate venues."""
_TIMES = 5
_CORNER = 0.006
"""Degrees from the middle of a no-go area to its corners."""
_BESIDE = 0.003
"""Degrees from a venue to a new candidate."""
Found = tuple[str, list[Edit]]


def edit_all(hand: Hand, places: Places) -> Iterator[Found]:
    """Make edits of every kind; what one kind takes is told once it is through.

    Parameters
    ----------
    hand
        On a page that nobody has edited.
    places
        At least 25, far apart.
    """
    yield "the first edit of a district (suggest next)", [hand.press("edit_suggest")]
    yield "suggest next", [hand.press("edit_suggest") for _ in range(_TIMES)]
    yield from _by_hand(hand, places[:3])
    yield from _back_and_forth(hand, "of stations", _TIMES)
    for tool, some in (("lock", places[3:8]), ("forbid", places[8:13])):
        hand.take(tool)
        yield f"{tool} a site by a click", [hand.click(lon, lat) for lon, lat in some]
        yield from _back_and_forth(hand, f"of {tool}", 3)
    hand.take("area")
    yield "a no-go area", [hand.corners(_around(*place)) for place in places[13:16]]
    yield from _back_and_forth(hand, "of an area", 3)
    yield from _candidates(hand, places[16:19])


def _by_hand(hand: Hand, places: Places) -> Iterator[Found]:
    """Select sites, put them in, and exchange them again for better ones."""
    selected, put, swapped = [], [], []
    for lon, lat in places:
        selected.append(hand.click(lon, lat))
        put.append(hand.press("option_"))
        swapped.append(hand.press("edit_swap"))
    yield "select a site by a click", selected
    yield "put a site in", put
    yield "best swap", swapped


def _back_and_forth(hand: Hand, name: str, times: int) -> Iterator[Found]:
    yield f"undo {name}", [hand.press("edit_undo") for _ in range(times)]
    yield f"redo {name}", [hand.press("edit_redo") for _ in range(times)]


def _candidates(hand: Hand, places: Places) -> Iterator[Found]:
    """Add candidates; the last number is what the new one gains, behind its ways."""
    added = []
    for lon, lat in places:
        hand.take("add")
        hand.click(lon + _BESIDE, lat + _BESIDE)
        at_rest(hand.page)
        added.append(hand.press("edit_new_add"))
    yield "a new candidate, first numbers", [each.at_first for each in added]
    yield "  until what it gains is told", added
    yield from _back_and_forth(hand, "of a candidate", 2)


def _around(lon: float, lat: float) -> Places:
    steps = ((-1, -1), (1, -1), (1, 1), (-1, 1))
    return [(lon + x * _CORNER, lat + y * _CORNER) for x, y in steps]
