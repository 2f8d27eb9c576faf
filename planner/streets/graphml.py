"""GraphML as OSMnx writes it -> lines with tags, one row for both directions of a street."""

import gzip
import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, cast
from xml.etree.ElementTree import Element, ParseError

import numpy as np
import pandas as pd
import shapely
from defusedxml import DefusedXmlException  # type: ignore[import-untyped]  # ships no types
from defusedxml.ElementTree import iterparse  # type: ignore[import-untyped]  # as above
from numpy.typing import NDArray

from planner.errors import StreetsError
from planner.geo import system_name, to_wgs84
from planner.language import Message, note
from planner.streets.rules import TAGS, values_of
from planner.streets.tagged import TaggedLines, check_degrees

__all__ = ["read_graphml"]

_UNREADABLE = (ParseError, DefusedXmlException, gzip.BadGzipFile, zlib.error, EOFError)
"""What damage raises, and a document type, by which a few bytes can swell or name other files."""
_WANTED = frozenset({*TAGS, "geometry"})
_CLOSE = 1e-9  # degrees or metres: two drawings of one street differ by less
_TOLD = -2  # an edge that its mate speaks for


@dataclass(slots=True)
class _Read:
    """What a pass over the file collects."""

    crs: str = "epsg:4326"
    nodes: dict[str, int] = field(default_factory=dict)
    x: list[float] = field(default_factory=list)
    y: list[float] = field(default_factory=list)
    tail: list[str] = field(default_factory=list)
    head: list[str] = field(default_factory=list)
    tags: dict[str, list[str]] = field(default_factory=lambda: {tag: [] for tag in _WANTED})


def read_graphml(path: Path, *, crs: str | None) -> TaggedLines:
    """Read a street graph that OSMnx saved.

    Each edge is a way from one node to another, drawn by its `geometry` or straight. Two edges
    that draw the same line in opposite directions and have the same tags become one row that is
    open both ways, whatever `oneway` says. A single edge is open to driving against its direction
    only where `oneway` says no.

    Parameters
    ----------
    path
        `.graphml` or `.graphml.gz`.
    crs
        The system of the coordinates; None: as the file says.

    Raises
    ------
    StreetsError
        If the file is damaged, is no GraphML, has nodes without a position, or no edges.
    """
    read = _read(path)
    if not read.tail:
        raise StreetsError(note("{file} holds no streets (no edges).", file=path.name))
    xy, vertex, start = _drawn(read, path)
    ways = _paired(xy, vertex, start, read)
    system = _system(crs or read.crs, path)
    lon_lat = np.column_stack(to_wgs84(ways.lon_lat[:, 0], ways.lon_lat[:, 1], crs=system))
    check_degrees(lon_lat, path.name)
    return TaggedLines(lon_lat=lon_lat, vertex=ways.vertex, start=ways.start, tags=ways.tags)


def _damaged(path: Path, reason: Message) -> StreetsError:
    return StreetsError(
        note(
            "{file} cannot be used as GraphML: {reason} Save the graph again with OSMnx "
            "(save_graphml).",
            file=path.name,
            reason=reason,
        )
    )


def _read(path: Path) -> _Read:
    try:
        with _opened(path) as file:
            return _collected(file, path)
    except (*_UNREADABLE, UnicodeDecodeError) as error:
        raise _damaged(path, note("it is damaged or of another kind.")) from error


def _opened(path: Path) -> IO[bytes]:
    if path.suffix.lower() == ".gz":
        return cast("IO[bytes]", gzip.open(path, "rb"))
    return path.open("rb")


def _collected(file: IO[bytes], path: Path) -> _Read:
    """Go over the elements once; each is emptied when it is read."""
    read, names = _Read(), dict[str, str]()
    for _, element in iterparse(file, forbid_dtd=True):
        kind = element.tag.rpartition("}")[2]
        if kind == "key":
            names[element.get("id", "")] = element.get("attr.name", "")
        elif kind == "node":
            _add_node(read, element, names, path)
        elif kind == "edge":
            _add_edge(read, element, names)
        elif kind == "graph":
            read.crs = dict(_data(element, names)).get("crs", read.crs)
        if kind in {"node", "edge"}:
            element.clear()
    return read


def _data(element: Element, names: dict[str, str]) -> Iterator[tuple[str, str]]:
    for child in element:
        if child.tag.endswith("data"):
            yield names.get(child.get("key", ""), ""), child.text or ""


def _add_node(read: _Read, element: Element, names: dict[str, str], path: Path) -> None:
    values = dict(_data(element, names))
    try:
        x, y = _finite(values["x"]), _finite(values["y"])
    except (KeyError, ValueError) as error:
        reason = note("node {node} has no position (x and y).", node=element.get("id", ""))
        raise _damaged(path, reason) from error
    read.nodes[element.get("id", "")] = len(read.x)
    read.x.append(x)
    read.y.append(y)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _add_edge(read: _Read, element: Element, names: dict[str, str]) -> None:
    values = dict(_data(element, names))
    read.tail.append(element.get("source", ""))
    read.head.append(element.get("target", ""))
    for tag, column in read.tags.items():
        column.append(values.get(tag, ""))


def _drawn(
    read: _Read, path: Path
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Draw every edge: vertices, their numbers (nodes keep theirs, others stand once), starts."""
    try:
        tail = np.array([read.nodes[name] for name in read.tail])
        head = np.array([read.nodes[name] for name in read.head])
        lines = shapely.from_wkt([text or None for text in read.tags["geometry"]])
    except KeyError as error:
        raise _damaged(path, note("an edge names a node that is not there.")) from error
    except shapely.errors.GEOSException as error:
        raise _damaged(path, note("the drawn line of an edge cannot be read.")) from error
    node_xy = np.column_stack([read.x, read.y])
    straight = shapely.linestrings(np.stack([node_xy[tail], node_xy[head]], axis=1))
    lines = np.where(shapely.get_num_coordinates(lines) > 1, lines, straight)
    xy, edge = shapely.get_coordinates(lines, return_index=True)
    start = np.searchsorted(edge, np.arange(len(lines) + 1)).astype(np.int64)
    vertex = len(node_xy) + np.arange(len(xy), dtype=np.int64)
    vertex[start[:-1]], vertex[start[1:] - 1] = tail, head
    # The drawn ends lie on the nodes, or the ways would not meet where they are said to.
    xy[start[:-1]], xy[start[1:] - 1] = node_xy[tail], node_xy[head]
    return xy, vertex, start


def _paired(
    xy: NDArray[np.float64], vertex: NDArray[np.int64], start: NDArray[np.int64], read: _Read
) -> TaggedLines:
    """Keep one row of each pair that draws the same line in opposite directions."""
    tail, head = vertex[start[:-1]], vertex[start[1:] - 1]
    waiting: dict[tuple[int, int, int, int], list[int]] = {}
    twin = np.full(len(tail), -1)
    size = np.diff(start)
    keys = zip(tail.tolist(), head.tolist(), size.tolist(), _kinds(read), strict=True)
    for edge, key in enumerate(keys):
        reverse = waiting.get((key[1], key[0], *key[2:]), [])
        mate = next((e for e in reverse if _mirrors(xy, start, e, edge)), None)
        if mate is None:
            waiting.setdefault(key, []).append(edge)
        else:
            reverse.remove(mate)
            twin[mate] = edge
            twin[edge] = _TOLD
    keep = np.flatnonzero(twin != _TOLD)
    tags = pd.DataFrame({tag: column for tag, column in read.tags.items() if tag != "geometry"})
    tags = tags.iloc[keep].reset_index(drop=True)
    # A pair is open both ways whatever it says; of a single edge only its direction is sure.
    tags["oneway"] = np.where(
        twin[keep] >= 0, "no", tags["oneway"].where(tags["oneway"] != "", "no")
    )
    source = np.concatenate([np.arange(start[e], start[e + 1]) for e in keep])
    return TaggedLines(
        lon_lat=xy[source],
        vertex=vertex[source],
        start=np.concatenate([[0], np.cumsum(size[keep])]).astype(np.int64),
        tags=tags,
    )


def _kinds(read: _Read) -> list[int]:
    """Give the edges numbers that are equal where their tags are, `oneway` aside.

    Of several values in one tag the order does not count: OSMnx writes a set.
    """
    columns = [read.tags[tag] for tag in TAGS if tag != "oneway"]
    numbers: dict[tuple[str, ...], int] = {}
    spelt = [numbers.setdefault(row, len(numbers)) for row in zip(*columns, strict=True)]
    same: dict[tuple[frozenset[str], ...], int] = {}
    kinds = [
        same.setdefault(tuple(frozenset(values_of(v)) for v in row), k)
        for row, k in numbers.items()
    ]
    return [kinds[number] for number in spelt]


def _mirrors(xy: NDArray[np.float64], start: NDArray[np.int64], one: int, other: int) -> bool:
    there, back = xy[start[one] : start[one + 1]], xy[start[other] : start[other + 1]]
    return bool((np.abs(there - back[::-1]) <= _CLOSE).all())


def _system(crs: str, path: Path) -> str:
    try:
        return system_name(crs)
    except ValueError as error:
        raise StreetsError(
            note("{file}: coordinate system '{crs}' is not known.", file=path.name, crs=crs)
        ) from error
