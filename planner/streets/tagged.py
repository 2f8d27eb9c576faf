"""What every reader of streets hands on: drawn ways in degrees, with their tags."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.errors import StreetsError
from planner.geo import to_plane
from planner.language import Message, note
from planner.streets.lines import Lines
from planner.streets.rules import kinds_of_nobody, permitted

__all__ = ["TaggedLines", "check_degrees", "reading_notes", "to_lines"]

_NAMED_KINDS = 5
_MOST_EAST, _MOST_NORTH = 180.0, 90.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TaggedLines:
    """Ways as a file holds them."""

    lon_lat: NDArray[np.float64]
    """Vertices of all ways one after the other, WGS-84 degrees, shape (k, 2)."""
    vertex: NDArray[np.int64]
    """Which point of the network each vertex is, shape (k,); see `Lines`."""
    start: NDArray[np.int64]
    """Where each way begins, shape (m + 1,)."""
    tags: pd.DataFrame
    """One row a way and the columns of `rules.TAGS` that the file has."""
    not_lines: int = 0
    """Shapes in the file that are left out because they are no lines."""


def check_degrees(lon_lat: NDArray[np.float64], file: str) -> None:
    """Refuse coordinates that are no longitude and latitude.

    Raises
    ------
    StreetsError
        If one is not finite or out of range.
    """
    lon, lat = np.abs(lon_lat).max(axis=0)
    if not (lon <= _MOST_EAST and lat <= _MOST_NORTH):  # also where one is not a number
        raise StreetsError(
            note(
                "{file} has coordinates that are no longitude and latitude. Set `crs` under "
                "[streets] in district.toml to the system they are in, for example EPSG:4547.",
                file=file,
            )
        )


def to_lines(ways: TaggedLines, *, projection: str) -> Lines:
    """Lay ways into a metric plane and tell who may use them."""
    bits = permitted(ways.tags)
    return Lines(
        xy=to_plane(ways.lon_lat[:, 0], ways.lon_lat[:, 1], projection=projection),
        vertex=ways.vertex,
        start=ways.start,
        forward=bits.forward,
        backward=bits.backward,
    )


def reading_notes(ways: TaggedLines, lines: Lines) -> tuple[Message, ...]:
    """Tell what the tags leave open, and what is left out."""
    notes = []
    if ways.not_lines:
        notes.append(
            note(
                "{shapes} shapes of the street file are left out because they are no lines "
                "(points, areas, or collections of several kinds). Save streets among them as "
                "lines.",
                shapes=ways.not_lines,
            )
        )
    if "highway" not in ways.tags:
        notes.append(
            note(
                "The street file does not tell the kinds of street (highway): every line counts as "
                "an ordinary road, open to everyone."
            )
        )
    if "oneway" not in ways.tags:
        notes.append(
            note(
                "The street file does not tell one-ways: driving goes both ways, except on "
                "motorways."
            )
        )
    unknown = kinds_of_nobody(ways.tags)
    if len(unknown):
        named = ", ".join(f"{kind} ({n})" for kind, n in unknown.head(_NAMED_KINDS).items())
        notes.append(
            note(
                "{lines} lines are left out because nobody may use their kind of street, or it is "
                "not known: {kinds}",
                lines=int(unknown.sum()),
                kinds=named if len(unknown) <= _NAMED_KINDS else f"{named}, ...",
            )
        )
    closed = int(((lines.forward | lines.backward) == 0).sum()) - int(unknown.sum())
    if closed > 0:
        notes.append(
            note("{lines} streets that are closed to everyone are left out.", lines=closed)
        )
    return tuple(notes)
