"""Lines of OPL, the plain text form of OpenStreetMap data -> arrays, without an object a way."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.compiled import kernel

__all__ = ["Ways", "read_ways"]

_Bytes = NDArray[np.uint8]


class Ways(NamedTuple):
    """Ways with the places of their nodes."""

    start: NDArray[np.int64]
    """Where each way begins among the nodes, shape (m + 1,)."""
    node: NDArray[np.int64]
    """Number of each node, shape (k,)."""
    lon_lat: NDArray[np.float64]
    """WGS-84 degrees, NaN where the file does not have the node, shape (k, 2)."""
    tag: NDArray[np.uint64]
    """Hash of the value of each wanted tag, 0 where it is not there, shape (m, t)."""
    tag_at: NDArray[np.int64]
    """Where that value stands in the text, from and to, shape (m, t, 2)."""


def read_ways(text: bytes, *, tags: Sequence[str]) -> Ways:
    r"""Read the ways in whole lines of OPL.

    Parameters
    ----------
    text
        Lines such as ``w1 Thighway=steps Nn1x7.1y50.7,n2x7.2y50.7``; other lines are passed over.
    tags
        The keys whose values are wanted.

    References
    ----------
    OPL file format: https://osmcode.org/opl-file-format/ (a character that has a meaning in the
    format stands in text as ``%20%``, its number in hexadecimal).

    Examples
    --------
    >>> ways = read_ways(b"w1 Thighway=steps Nn1x7.1y50.7,n2x-7.25y0\n", tags=["highway"])
    >>> ways.node.tolist(), ways.lon_lat.tolist()
    ([1, 2], [[7.1, 50.7], [-7.25, 0.0]])
    """
    data = np.frombuffer(text, dtype=np.uint8)
    keys = [np.frombuffer(tag.encode(), dtype=np.uint8) for tag in tags]
    key_start = np.concatenate([[0], np.cumsum([len(key) for key in keys])]).astype(np.int64)
    most_ways = int((data == ord("\n")).sum()) + 1
    most_nodes = int((data == ord(",")).sum()) + most_ways
    ways = Ways(
        start=np.zeros(most_ways + 1, dtype=np.int64),
        node=np.empty(most_nodes, dtype=np.int64),
        lon_lat=np.empty((most_nodes, 2)),
        tag=np.zeros((most_ways, len(tags)), dtype=np.uint64),
        tag_at=np.zeros((most_ways, len(tags), 2), dtype=np.int64),
    )
    found = _parse(data, np.concatenate(keys), key_start, ways)
    nodes = ways.start[found]
    return Ways(
        start=ways.start[: found + 1].copy(),
        node=ways.node[:nodes].copy(),
        lon_lat=ways.lon_lat[:nodes].copy(),
        tag=ways.tag[:found].copy(),
        tag_at=ways.tag_at[:found].copy(),
    )


@kernel
def _parse(data: _Bytes, keys: _Bytes, key_start: NDArray[np.int64], ways: Ways) -> int:
    """Fill `ways` from every line that begins with "w"; give how many there are."""
    at, way, node = 0, 0, 0
    end = len(data)
    while at < end:
        is_way = data[at] == ord("w")
        while at < end and data[at] != ord("\n"):
            field_begins = is_way and data[at] == ord(" ") and at + 1 < end
            at += 1
            if field_begins and data[at] == ord("T"):
                at = _parse_tags(data, at + 1, keys, key_start, ways.tag[way], ways.tag_at[way])
            elif field_begins and data[at] == ord("N"):
                at, node = _parse_nodes(data, at + 1, node, ways.node, ways.lon_lat)
        if is_way:
            way += 1
            ways.start[way] = node
        at += 1
    return way


@kernel
def _parse_tags(
    data: _Bytes,
    at: int,
    keys: _Bytes,
    key_start: NDArray[np.int64],
    tag: NDArray[np.uint64],
    tag_at: NDArray[np.int64],
) -> int:
    """Read "key=value,key=value" up to the next field; give where that begins."""
    end = len(data)
    while at < end and data[at] != ord(" ") and data[at] != ord("\n"):
        key_at = at
        while at < end and data[at] != ord("="):
            at += 1
        key_end = at
        at += 1
        value_at = at
        hashed = np.uint64(14695981039346656037)  # FNV-1a
        while at < end and data[at] != ord(",") and data[at] != ord(" ") and data[at] != ord("\n"):
            hashed = (hashed ^ np.uint64(data[at])) * np.uint64(1099511628211)
            at += 1
        for k in range(len(key_start) - 1):
            if _same(data, key_at, key_end, keys, key_start[k], key_start[k + 1]):
                tag[k] = hashed
                tag_at[k, 0], tag_at[k, 1] = value_at, at
        if at < end and data[at] == ord(","):
            at += 1
    return at


@kernel
def _same(data: _Bytes, start: int, end: int, keys: _Bytes, key_start: int, key_end: int) -> bool:
    if end - start != key_end - key_start:
        return False
    for i in range(end - start):  # noqa: SIM110 - Numba knows no generators
        if data[start + i] != keys[key_start + i]:
            return False
    return True


@kernel
def _parse_nodes(
    data: _Bytes, at: int, node: int, number: NDArray[np.int64], lon_lat: NDArray[np.float64]
) -> tuple[int, int]:
    """Read "n1x7.1y50.7,n2x7.2y50.7" up to the next field; give where that begins."""
    end = len(data)
    while at < end and data[at] == ord("n"):
        at, whole, _ = _parse_number(data, at + 1)
        number[node] = whole
        lon_lat[node, 0] = np.nan
        lon_lat[node, 1] = np.nan
        for axis in range(2):
            if at < end and data[at] == ord("x") + axis:
                after, digits, scale = _parse_number(data, at + 1)
                if after > at + 1:
                    lon_lat[node, axis] = digits / scale
                at = after
        node += 1
        if at < end and data[at] == ord(","):
            at += 1
    return at, node


@kernel
def _parse_number(data: _Bytes, at: int) -> tuple[int, np.int64, float]:
    """Read "-12.5" as its digits (-125) and their scale (10.0); give where it ends."""
    end = len(data)
    sign, digits, scale, fraction = 1, np.int64(0), 1.0, False
    if at < end and data[at] == ord("-"):
        sign = -1
        at += 1
    while at < end and (ord("0") <= data[at] <= ord("9") or data[at] == ord(".")):
        if data[at] == ord("."):
            fraction = True
        else:
            digits = digits * 10 + np.int64(data[at] - ord("0"))
            if fraction:
                scale *= 10.0
        at += 1
    return at, sign * digits, scale
