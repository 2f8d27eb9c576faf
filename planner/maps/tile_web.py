"""Servers of tiles -> pictures, within a time limit, asked only for what a person looks at."""

import threading
import time
import urllib.error
import urllib.request
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPMessage
from types import MappingProxyType
from typing import IO
from urllib.parse import quote, urlsplit

from planner.errors import SettingsError
from planner.language import note
from planner.maps.tiles import MOST_BYTES, picture_type

__all__ = ["SERVERS", "TileRefusal", "TileServer", "check_address"]

_AGENT = "station-planner (tile maps of one district)"
_PART = 16_384

SERVERS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "tianditu": {
            name: (
                f"https://t{{s}}.tianditu.gov.cn/{name}_w/wmts?SERVICE=WMTS&REQUEST=GetTile"
                f"&VERSION=1.0.0&LAYER={name}&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles"
                "&TILEMATRIX={z}&TILECOL={x}&TILEROW={y}&tk={key}"
            )
            for name in ("vec", "cva")
        },
        "amap": {
            "road": (
                "https://webrd0{s}.is.autonavi.com/appmaptile?lang=zh_cn&size=1&scale=1&style=8"
                "&x={x}&y={y}&z={z}"
            )
        },
        "osm": {"carto": "https://tile.openstreetmap.org/{z}/{x}/{y}.png"},
    }
)
"""Base map -> layer -> address; `{s}` is one of several servers, `{key}` the office's own."""


class TileRefusal(Exception):  # noqa: N818 - it is an answer, told to the person
    """A server of tiles gave none; `why` is "slow", "unreachable", "key" or "answer"."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A server that sends elsewhere is not followed: the way could lead anywhere."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> None:
        del req, fp, code, msg, headers, newurl


_OPENER = urllib.request.build_opener(_NoRedirect)


@dataclass
class TileServer:
    """One base map of a server outside.

    After some failures in a row it is left alone for a while, so that a server that hangs keeps
    nobody waiting; what was fetched is kept in memory for an hour. The address, which holds the
    key, is in no log, no error and no answer.
    """

    addresses: Mapping[str, str]
    """Layer -> address with {z}, {x}, {y}."""
    key: str = field(default="", repr=False)
    limit_s: float = 4.0
    """In which a picture must be whole."""
    rest_s: float = 30.0
    """How long it is left alone after `most_failures`."""
    most_failures: int = 3
    clock: Callable[[], float] = time.monotonic
    _kept: OrderedDict[tuple[str, int, int, int], tuple[float, bytes]] = field(
        default_factory=OrderedDict, repr=False
    )
    _failures: int = 0
    _rests_until: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    _MOST_KEPT = 800
    _KEPT_S = 3600.0

    def tile(self, layer: str, zoom: int, column: int, row: int) -> bytes | None:
        """Give a picture; None for a layer that the base map does not have.

        Raises
        ------
        TileRefusal
            If the server gave none.
        """
        if layer not in self.addresses:
            return None
        at = layer, zoom, column, row
        with self._lock:
            now = self.clock()
            if at in self._kept and now - self._kept[at][0] < self._KEPT_S:
                self._kept.move_to_end(at)
                return self._kept[at][1]
            if now < self._rests_until:
                raise TileRefusal("slow")
        try:
            found = self._fetch(*at)
        except TileRefusal:
            self._failed()
            raise
        self._keep(at, found)
        return found

    def wake(self) -> None:
        """Ask the server again at once, though it has failed: a person wants to know."""
        with self._lock:
            self._failures, self._rests_until = 0, 0.0

    def _failed(self) -> None:
        with self._lock:
            self._failures += 1
            if self._failures >= self.most_failures:
                self._rests_until = self.clock() + self.rest_s
                self._failures = 0

    def _keep(self, at: tuple[str, int, int, int], picture: bytes) -> None:
        with self._lock:
            self._failures = 0
            self._kept[at] = (self.clock(), picture)
            while len(self._kept) > self._MOST_KEPT:
                self._kept.popitem(last=False)

    def _fetch(self, layer: str, zoom: int, column: int, row: int) -> bytes:
        address = (
            self.addresses[layer]
            .replace("{z}", str(zoom))
            .replace("{x}", str(column))
            .replace("{y}", str(row))
            .replace("{s}", str(1 + (column + row) % 4))
            .replace("{key}", quote(self.key, safe=""))
        )
        request = urllib.request.Request(address, headers={"User-Agent": _AGENT})  # noqa: S310 - checked where it is set
        end = time.monotonic() + self.limit_s
        try:
            with _OPENER.open(request, timeout=self.limit_s) as answer:
                content = _read(answer, end)
        except urllib.error.HTTPError as error:
            error.close()
            refused = error.code in {401, 403, 418}
            raise TileRefusal("key" if refused else "answer") from None
        except TimeoutError:
            raise TileRefusal("slow") from None
        except (OSError, HTTPException, ValueError) as error:
            slow = isinstance(getattr(error, "reason", None), TimeoutError)
            raise TileRefusal("slow" if slow else "unreachable") from None
        if picture_type(content) is None:
            raise TileRefusal("answer")
        return content


def check_address(address: str) -> str:
    """Give the address of an own server of tiles as it can be used.

    Raises
    ------
    SettingsError
        If it is none of http or https with {z}, {x} and {y}.
    """
    text = address.strip()
    try:
        parts = urlsplit(text)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        good = False
    if not good or not all(mark in text for mark in ("{z}", "{x}", "{y}")):
        raise SettingsError(
            note(
                "'{address}' is no address of tiles. It must be like http://server/{marks}.png.",
                address=text,
                marks="{z}/{x}/{y}",
            )
        )
    return text


def _read(answer: IO[bytes], end: float) -> bytes:
    """Read a picture that must be whole before `end`, and not too large."""
    content = b""
    while part := answer.read(_PART):
        content += part
        if time.monotonic() > end:
            raise TimeoutError
        if len(content) > MOST_BYTES:
            raise TileRefusal("answer")
    return content
