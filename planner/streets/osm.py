"""OpenStreetMap files (`.osm.pbf`, `.osm`, `.osm.gz`) -> ways with tags, read by pyosmium."""

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import osmium
import pandas as pd
from numpy.typing import NDArray

from planner.errors import StreetsError
from planner.language import note
from planner.streets.opl import Ways, read_ways
from planner.streets.rules import TAGS
from planner.streets.tagged import TaggedLines

__all__ = ["OSM_ENDINGS", "DegreeWindow", "read_osm"]

OSM_ENDINGS = (".osm.pbf", ".pbf", ".osm", ".osm.gz", ".osm.bz2")
_CHUNK_BYTES = 64 * 2**20


class DegreeWindow(NamedTuple):
    """A box in WGS-84 degrees."""

    west: float
    south: float
    east: float
    north: float


def read_osm(path: Path, *, window: DegreeWindow | None = None) -> TaggedLines:
    """Read the ways with a `highway` tag.

    pyosmium finds the ways, adds the places of their nodes and writes them as plain text to a
    temporary file; the text is then read into arrays by a compiled loop, a part at a time. So no
    Python object is made for a node, a way or a tag, and memory holds what lies in the window.

    Parameters
    ----------
    path
        A file that ends in one of `OSM_ENDINGS`. Its nodes may stand before or after the ways.
    window
        Ways whose bounding box lies wholly outside are left out.

    Returns
    -------
    TaggedLines
        Ways meet where they share a node of OpenStreetMap. Where the file does not have a node
        (an extract cut at its border), the way is cut there.

    Raises
    ------
    StreetsError
        If the file cannot be read or holds no ways with a `highway` tag.
    """
    with tempfile.TemporaryDirectory(prefix="planner-streets-") as folder:
        text = Path(folder) / "ways.opl"
        _write_ways(path, text)
        parts, words = [], dict[int, str]()
        for chunk in _chunks(text):
            ways = read_ways(chunk, tags=TAGS)
            _learn_words(words, chunk, ways)
            parts.append(_within(_cut_at_gaps(ways), window))
    ways = _joined(parts)
    if len(ways.start) == 1:
        raise StreetsError(
            note(
                "{file} holds no streets (no ways tagged highway) in the area of the district. "
                "Choose an extract that covers the district.",
                file=path.name,
            )
        )
    return TaggedLines(
        lon_lat=ways.lon_lat, vertex=ways.node, start=ways.start, tags=_tags(ways.tag, words)
    )


def _write_ways(path: Path, text: Path) -> None:
    """Let pyosmium write the streets as lines of OPL with places."""
    places = osmium.NodeLocationsForWays(osmium.index.create_map("flex_mem"))
    places.ignore_errors()
    only_ways = osmium.filter.EntityFilter(osmium.osm.WAY)
    only_streets = osmium.filter.KeyFilter("highway")
    try:
        # Nodes first: in what Overpass writes they stand after the ways.
        with osmium.io.Reader(str(path), osmium.osm.NODE) as reader:
            osmium.apply(reader, places)
        form = osmium.io.File(str(text), "opl,add_metadata=false,locations_on_ways=true")
        writer = osmium.SimpleWriter(form)
        with osmium.io.Reader(str(path), osmium.osm.WAY) as reader:
            osmium.apply(reader, places, only_ways, only_streets, writer)
        writer.close()
    except (RuntimeError, OSError, ValueError) as error:
        raise StreetsError(
            note(
                "{file} cannot be read as OpenStreetMap data; it may be damaged or cut short. "
                "Download it again.",
                file=path.name,
            )
        ) from error


def _chunks(text: Path) -> Iterator[bytes]:
    """Give the text in parts of whole lines."""
    with text.open("rb") as file:
        while part := file.read(_CHUNK_BYTES):
            yield part + file.readline()


def _learn_words(words: dict[int, str], text: bytes, ways: Ways) -> None:
    """Note the text of each value of a tag that is new."""
    hashes, first = np.unique(ways.tag, return_index=True)
    places = ways.tag_at.reshape(-1, 2)
    for value, at in zip(hashes.tolist(), first.tolist(), strict=True):
        if value not in words:
            begin, end = places[at].tolist()
            words[value] = _plain(text[begin:end].decode("utf-8", errors="replace"))


def _plain(value: str) -> str:
    """Undo the escapes of OPL: "a%20%b" is "a b"."""
    return re.sub(r"%([0-9a-f]{1,6})%", lambda code: chr(int(code[1], 16)), value)


def _tags(hashed: NDArray[np.uint64], words: dict[int, str]) -> pd.DataFrame:
    columns = {}
    for place, tag in enumerate(TAGS):
        distinct, codes = np.unique(hashed[:, place], return_inverse=True)
        texts = np.array([words[value] for value in distinct.tolist()], dtype=object)
        columns[tag] = texts[codes]
    return pd.DataFrame(columns)


def _cut_at_gaps(ways: Ways) -> Ways:
    """Cut each way where a node has no place; parts of one node are dropped."""
    there = np.isfinite(ways.lon_lat[:, 0]) & np.isfinite(ways.lon_lat[:, 1])
    way = np.repeat(np.arange(len(ways.start) - 1), np.diff(ways.start))
    begins = there.copy()
    begins[1:] &= ~there[:-1] | (way[1:] != way[:-1])
    part = np.cumsum(begins) - 1
    size = np.bincount(part[there], minlength=int(begins.sum()))
    long_enough = size > 1
    keep = there & long_enough[np.maximum(part, 0)] if len(size) else there
    source = way[begins][long_enough]
    return Ways(
        start=_starts(size[long_enough]),
        node=ways.node[keep],
        lon_lat=ways.lon_lat[keep],
        tag=ways.tag[source],
        tag_at=ways.tag_at[source],
    )


def _within(ways: Ways, window: DegreeWindow | None) -> Ways:
    """Keep the ways whose bounding box touches the window."""
    if window is None or len(ways.start) == 1:
        return ways
    low = np.minimum.reduceat(ways.lon_lat, ways.start[:-1])
    high = np.maximum.reduceat(ways.lon_lat, ways.start[:-1])
    near = (low <= window[2:]).all(axis=1) & (high >= window[:2]).all(axis=1)
    size = np.diff(ways.start)
    kept = np.repeat(near, size)
    return Ways(
        start=_starts(size[near]),
        node=ways.node[kept],
        lon_lat=ways.lon_lat[kept],
        tag=ways.tag[near],
        tag_at=ways.tag_at[near],
    )


def _joined(parts: list[Ways]) -> Ways:
    """Put the parts of a file together; where the texts stood is no longer known."""
    none = np.zeros((0, len(TAGS)), dtype=np.uint64)
    return Ways(
        start=_starts(np.concatenate([np.zeros(0, np.int64), *(np.diff(p.start) for p in parts)])),
        node=np.concatenate([np.zeros(0, np.int64), *(p.node for p in parts)]),
        lon_lat=np.concatenate([np.zeros((0, 2)), *(p.lon_lat for p in parts)]),
        tag=np.concatenate([none, *(p.tag for p in parts)]),
        tag_at=np.zeros((0, len(TAGS), 2), dtype=np.int64),
    )


def _starts(size: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(size)]).astype(np.int64)
